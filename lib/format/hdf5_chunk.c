/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "format/hdf5_chunk.h"

#include <math.h>
#include <string.h>
#include <zlib.h>

/* ---- shuffle: all first bytes of the elements, then all second bytes, ... ---- */

static void shuffle(const uint8_t *in, size_t rows, size_t width, uint8_t *out)
{
    for (size_t byte = 0; byte < width; byte++, out += rows)
        for (size_t row = 0; row < rows; row++) out[row] = in[row * width + byte];
}

/* Widths known to the compiler become a few instructions for many rows. */
#define INTERLEAVE(width)                                                                                              \
    for (size_t row = 0; row < rows; row++)                                                                            \
        for (size_t byte = 0; byte < (width); byte++) out[row * (width) + byte] = in[byte * rows + row]

static void unshuffle(const uint8_t *restrict in, size_t rows, size_t width, uint8_t *restrict out)
{
    if (width == 8) {
        INTERLEAVE(8);
    } else if (width == 4) {
        INTERLEAVE(4);
    } else {
        INTERLEAVE(width);
    }
}

/* ---- checksum ---- */

/* HDF5's Fletcher32 (H5checksum.c, H5_checksum_fletcher32): 16-bit words, the high byte first; Fletcher 1982,
 * "An arithmetic checksum for serial transmissions", IEEE Trans. Commun. 30. */
static uint32_t fletcher32(const uint8_t *data, size_t size)
{
    enum { WORDS_BEFORE_OVERFLOW = 360 };
    uint32_t a = 0, b = 0;
    for (size_t words = size / 2; words;) {
        size_t run = words < WORDS_BEFORE_OVERFLOW ? words : WORDS_BEFORE_OVERFLOW;
        words -= run;
        for (; run; run--, data += 2) {
            a += (uint32_t)data[0] << 8 | data[1];
            b += a;
        }
        a = (a & 0xFFFF) + (a >> 16);
        b = (b & 0xFFFF) + (b >> 16);
    }
    if (size % 2) {
        a += (uint32_t)data[0] << 8;
        b += a;
        a = (a & 0xFFFF) + (a >> 16);
        b = (b & 0xFFFF) + (b >> 16);
    }
    a = (a & 0xFFFF) + (a >> 16);
    b = (b & 0xFFFF) + (b >> 16);
    return b << 16 | a;
}

enum { CHECKSUM_SIZE = 4 };

static size_t add_checksum(uint8_t *data, size_t size)
{
    uint32_t sum = fletcher32(data, size);
    for (int byte = 0; byte < CHECKSUM_SIZE; byte++) data[size + (size_t)byte] = (uint8_t)(sum >> 8 * byte);
    return size + CHECKSUM_SIZE;
}

static bool checksum_fits(const uint8_t *data, size_t size)
{
    uint32_t kept = 0;
    for (int byte = 0; byte < CHECKSUM_SIZE; byte++)
        kept |= (uint32_t)data[size - CHECKSUM_SIZE + (size_t)byte] << 8 * byte;
    return kept == fletcher32(data, size - CHECKSUM_SIZE);
}

/* ---- deflate ---- */

/* Bits of information in a byte of a run, by the frequencies of its bytes. */
static double entropy(const uint8_t *data, size_t size)
{
    uint32_t counts[4][256] = {0};
    size_t i = 0;
    for (; i + 4 <= size; i += 4)
        for (size_t k = 0; k < 4; k++) counts[k][data[i + k]]++;
    for (; i < size; i++) counts[0][data[i]]++;
    double bits = 0;
    for (size_t byte = 0; byte < 256; byte++) {
        double n = (double)counts[0][byte] + counts[1][byte] + counts[2][byte] + counts[3][byte];
        if (n > 0) bits -= n * log2(n / (double)size);
    }
    return size ? bits / (double)size : 0;
}

/* The low bytes of measured numbers are noise. To look for repetitions in them takes nine tenths of the time and saves
 * nothing: noise is stored, and what is nearly noise is only coded by its frequencies (Huffman). */
static void choose_effort(const uint8_t *run, size_t size, int wanted, int *level, int *strategy)
{
    static const double noise = 7.8, near_noise = 5;
    double bits = entropy(run, size);
    *level = bits > noise ? 0 : wanted;
    *strategy = bits > near_noise ? Z_HUFFMAN_ONLY : Z_DEFAULT_STRATEGY;
}

/* One zlib stream over runs of equal size (the bytes of one place in the elements). 0 where it does not fit `room`. */
static size_t deflate_runs(const uint8_t *in, size_t size, size_t runs, int level, uint8_t *out, size_t room)
{
    z_stream z = {.next_out = out, .avail_out = (uInt)room};
    if (deflateInit(&z, level) != Z_OK) return 0;
    int state = Z_OK;
    size_t run = size / runs;
    for (size_t i = 0; state == Z_OK && i < runs; i++) {
        int effort, strategy;
        choose_effort(in + i * run, run, level, &effort, &strategy);
        state = deflateParams(&z, effort, strategy);
        z.next_in = (uint8_t *)in + i * run; /* zlib does not write to it */
        z.avail_in = (uInt)run;
        if (state == Z_OK) state = deflate(&z, i + 1 < runs ? Z_NO_FLUSH : Z_FINISH);
        if (i + 1 < runs && z.avail_in) state = Z_BUF_ERROR;
    }
    size_t made = state == Z_STREAM_END ? z.total_out : 0;
    deflateEnd(&z);
    return made;
}

/* The stream must hold `size` bytes, no more and no fewer. Where the whole chunk has been held against its checksum,
 * zlib's own (RFC 1950: a head of 2 bytes, a tail of 4) is not reckoned once more. */
static const char *inflate_all(const uint8_t *in, size_t in_size, bool checked, uint8_t *out, size_t size)
{
    enum { HEAD = 2, TAIL = 4, RAW = -MAX_WBITS };
    z_stream z = {.next_out = out, .avail_out = (uInt)size};
    if (checked && (in_size < HEAD + TAIL || (in[0] & 0x0F) != Z_DEFLATED || in[1] & 0x20))
        return "its compressed data is damaged";
    z.next_in = (uint8_t *)in + (checked ? HEAD : 0); /* zlib does not write to it */
    z.avail_in = (uInt)(in_size - (checked ? HEAD : 0));
    if (inflateInit2(&z, checked ? RAW : MAX_WBITS) != Z_OK) return "memory ran out";
    int state = inflate(&z, Z_FINISH);
    bool whole = state == Z_STREAM_END && z.total_out == size;
    inflateEnd(&z);
    return whole ? NULL : "its compressed data is damaged";
}

/* ---- the pipeline ---- */

size_t ltn_chunk_bound(size_t size)
{
    return size + CHECKSUM_SIZE;
}

size_t ltn_chunk_encode(const void *data, size_t rows, size_t width, int level, unsigned *filters, void *scratch,
                        void *out)
{
    size_t size = rows * width, made = 0;
    const uint8_t *from = data;
    if (*filters & LTN_FILTER_SHUFFLE) {
        shuffle(data, rows, width, scratch);
        from = scratch;
    }
    if (*filters & LTN_FILTER_DEFLATE)
        made = deflate_runs(from, size, *filters & LTN_FILTER_SHUFFLE ? width : 1, level, out, size);
    if (!made) {
        *filters &= ~(unsigned)LTN_FILTER_DEFLATE;
        memcpy(out, from, size);
        made = size;
    }
    return *filters & LTN_FILTER_CHECKSUM ? add_checksum(out, made) : made;
}

const char *ltn_chunk_decode(const void *data, size_t size, unsigned filters, size_t rows, size_t width, void *scratch,
                             void *out)
{
    if (filters & LTN_FILTER_CHECKSUM) {
        if (size < CHECKSUM_SIZE) return "it is shorter than its checksum";
        if (!checksum_fits(data, size)) return "its checksum does not fit";
        size -= CHECKSUM_SIZE;
    }
    bool shuffled = filters & LTN_FILTER_SHUFFLE && width > 1;
    if (filters & LTN_FILTER_DEFLATE) {
        const char *reason =
            inflate_all(data, size, filters & LTN_FILTER_CHECKSUM, shuffled ? scratch : out, rows * width);
        if (reason) return reason;
        data = scratch;
    } else if (size != rows * width) {
        return "it is not as long as its rows";
    }
    if (shuffled)
        unshuffle(data, rows, width, out);
    else if (!(filters & LTN_FILTER_DEFLATE))
        memcpy(out, data, rows * width);
    return NULL;
}
