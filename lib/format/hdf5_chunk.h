/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_FORMAT_HDF5_CHUNK_H
#define LTN_FORMAT_HDF5_CHUNK_H

#include "base/status.h"

#include <stdbool.h>

/* HDF5's filters on one chunk, without HDF5, so that chunks can be worked on by several threads. Bytes are those that
 * HDF5's own shuffle, deflate and fletcher32 make and read, in this order. */
enum { LTN_FILTER_SHUFFLE = 1, LTN_FILTER_DEFLATE = 2, LTN_FILTER_CHECKSUM = 4 };

/* The most bytes that a chunk of `size` bytes is made into. */
size_t ltn_chunk_bound(size_t size);

/* Filters `rows` elements of `width` bytes into `out`, which holds ltn_chunk_bound() bytes; `scratch` holds the chunk.
 * `filters` loses LTN_FILTER_DEFLATE where deflating saves nothing. Returns the number of bytes. */
size_t ltn_chunk_encode(const void *data, size_t rows, size_t width, int level, unsigned *filters, void *scratch,
                        void *out);

/* Undoes the filters into `out`, which holds the chunk, as `scratch` does. NULL, or the reason why it cannot be as a
 * static part of a sentence ("its checksum does not fit"). */
const char *ltn_chunk_decode(const void *data, size_t size, unsigned filters, size_t rows, size_t width, void *scratch,
                             void *out);

#endif
