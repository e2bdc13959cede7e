/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_BASE_HASH_H
#define LTN_BASE_HASH_H

#include "base/status.h"

enum { LTN_SHA256_TEXT = 65 };

/* The SHA-256 of a regular file's bytes, in hexadecimal; an empty text where the path names no regular file (a pipe
 * cannot be read twice). Fails with LTN_EIO where the file cannot be read. */
ltn_status ltn_file_sha256(const char *path, char out[LTN_SHA256_TEXT]);

#endif
