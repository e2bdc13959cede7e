/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_BASE_FILE_H
#define LTN_BASE_FILE_H

#include "base/status.h"

#include <stdio.h>

/* A file's bytes: mapped where it is a regular file, read where it is not. `data` is NULL if empty. */
typedef struct ltn_file {
    const char *data;
    size_t size;
    int mapped;
} ltn_file;

/* Fails with LTN_ELIMIT, before reading, where a regular file holds more than `most` bytes. */
ltn_status ltn_file_read(const char *path, size_t most, ltn_file *out);
void ltn_file_close(ltn_file *file);

/* Tells the system that a mapped part will be read now: one call in place of a fault every few pages. */
void ltn_file_expect(const ltn_file *file, size_t from, size_t to);

/* Tells the system that the pages of a mapped part will not be needed again. */
void ltn_file_forget(const ltn_file *file, size_t from, size_t to);

/* A file written beside its target and renamed over it at the end. */
typedef struct ltn_writer {
    FILE *stream;
    char *path, *temporary;
} ltn_writer;

ltn_status ltn_writer_open(ltn_writer *writer, const char *path);

/* Flushes, syncs and renames where `status` is LTN_OK; else, or on failure, removes the temporary file.
 * Either way the writer is closed. Returns `status` or what went wrong. */
ltn_status ltn_writer_close(ltn_writer *writer, ltn_status status);

/* `folder/name`, owned by the caller; NULL with the error set. */
char *ltn_path_in(const char *folder, const char *name);

/* Makes a folder and those above it where they are missing. */
ltn_status ltn_folder_make(const char *path);

#endif
