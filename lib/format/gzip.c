/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "format/gzip.h"

#include "base/memory.h"

#include <stdlib.h>
#include <zlib.h>

/* Emission tables shrink to a tenth or a fiftieth; what expands more was made to fill a memory. */
enum { EXPANSION = 200, FREE_OF_DOUBT = 64 << 20 };
static const size_t most_bytes = 2000000000;

bool ltn_gzip_recognised(const ltn_file *file)
{
    return file->size >= 2 && (unsigned char)file->data[0] == 0x1f && (unsigned char)file->data[1] == 0x8b;
}

typedef struct expansion {
    const char *path;
    const ltn_file *file;
    z_stream z;
    size_t taken; /* of the file, by the members before and the bytes handed to zlib */
    char *data;
    size_t size, capacity, most;
} expansion;

static ltn_status too_much(const expansion *x)
{
    return ltn_fail(
        LTN_ELIMIT, &(ltn_place){.source = x->path},
        "the gzip file of %zu bytes holds more than %zu bytes; the largest accepted is 2e9, and above 64 MiB "
        "%d times the file",
        x->file->size, x->most, EXPANSION);
}

static ltn_status damaged(const expansion *x, const char *what)
{
    return ltn_fail(LTN_EINPUT, &(ltn_place){.source = x->path}, "the gzip data are damaged: %s", what);
}

/* zlib counts in unsigned int: input and room are handed over in pieces. */
static void offer(expansion *x)
{
    size_t left = x->file->size - x->taken, piece = left < 1 << 30 ? left : 1 << 30;
    if (x->z.avail_in) return;
    x->z.next_in = (Bytef *)x->file->data + x->taken;
    x->z.avail_in = (uInt)piece;
    x->taken += piece;
}

static ltn_status make_room(expansion *x)
{
    size_t wanted = x->size + (1 << 16);
    if (x->size > x->most) return too_much(x);
    if (ltn_reserve(&x->data, &x->capacity, wanted, 1)) return LTN_ENOMEM;
    size_t room = x->capacity - x->size;
    x->z.next_out = (Bytef *)x->data + x->size;
    x->z.avail_out = (uInt)(room < 1 << 30 ? room : 1 << 30);
    return LTN_OK;
}

/* One step of zlib; `ended` where a member of the file ends. */
static ltn_status step(expansion *x, bool *ended)
{
    ltn_status status = make_room(x);
    if (status) return status;
    offer(x);
    uInt room = x->z.avail_out;
    int code = inflate(&x->z, Z_NO_FLUSH);
    x->size += room - x->z.avail_out;
    *ended = code == Z_STREAM_END;
    if (code == Z_MEM_ERROR) return ltn_fail_memory();
    if (code == Z_BUF_ERROR) return damaged(x, "they end too early");
    if (code != Z_OK && code != Z_STREAM_END) return damaged(x, x->z.msg ? x->z.msg : zError(code));
    return LTN_OK;
}

/* A file may be several members after one another (RFC 1952, 2.2). */
static ltn_status expand_members(expansion *x)
{
    ltn_status status = LTN_OK;
    for (bool ended = false; !status && !ended;) {
        status = step(x, &ended);
        size_t left = x->file->size - x->taken + x->z.avail_in;
        if (status || !ended || !left) continue;
        ended = false;
        if (inflateReset(&x->z) != Z_OK) status = damaged(x, "zlib cannot go on");
    }
    return !status && x->size > x->most ? too_much(x) : status;
}

ltn_status ltn_gzip_expand(const char *path, ltn_file *file)
{
    enum { GZIP_WINDOW = 15 + 16 }; /* zlib.h: the largest window, gzip only */
    expansion x = {.path = path, .file = file, .most = most_bytes};
    size_t likely = file->size > most_bytes / EXPANSION ? most_bytes : file->size * EXPANSION;
    if (likely < FREE_OF_DOUBT) likely = FREE_OF_DOUBT;
    x.most = likely;
    if (inflateInit2(&x.z, GZIP_WINDOW) != Z_OK) return ltn_fail_memory();
    ltn_status status = expand_members(&x);
    inflateEnd(&x.z);
    if (status) {
        free(x.data);
        return status;
    }
    ltn_file_close(file);
    *file = (ltn_file){.data = x.data, .size = x.size};
    return LTN_OK;
}
