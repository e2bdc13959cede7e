/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/hash.h"

#include "base/file.h"

#include <nettle/sha2.h>
#include <sys/stat.h>

static void write_hexadecimal(const uint8_t *bytes, size_t count, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
    *out = '\0';
}

ltn_status ltn_file_sha256(const char *path, char out[LTN_SHA256_TEXT])
{
    struct stat info;
    struct sha256_ctx context;
    uint8_t digest[SHA256_DIGEST_SIZE];
    ltn_file file = {0};
    out[0] = '\0';
    if (stat(path, &info)) return ltn_fail_errno(path, "look at the file");
    if (!S_ISREG(info.st_mode)) return LTN_OK;
    ltn_status status = ltn_file_read(path, SIZE_MAX, &file);
    if (status) return status;
    sha256_init(&context);
    sha256_update(&context, file.size, (const uint8_t *)file.data);
    sha256_digest(&context, sizeof digest, digest);
    ltn_file_close(&file);
    write_hexadecimal(digest, sizeof digest, out);
    return LTN_OK;
}
