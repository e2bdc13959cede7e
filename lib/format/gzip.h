/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_FORMAT_GZIP_H
#define LTN_FORMAT_GZIP_H

#include "base/file.h"

#include <stdbool.h>

/* True where the bytes begin as a gzip file does (RFC 1952, 2.3.1: 1f 8b). */
bool ltn_gzip_recognised(const ltn_file *file);

/* Replaces a compressed file by what it holds, in memory. Fails with LTN_EINPUT where it is damaged, with LTN_ELIMIT
 * where it would hold more than 2e9 bytes, or more than 64 MiB and 200 times its own size. */
ltn_status ltn_gzip_expand(const char *path, ltn_file *file);

#endif
