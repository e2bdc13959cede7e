/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file diagnostics.h
 *  Everything a reader found wrong with a file, each with its place.
 */
#ifndef LANTIAN_DIAGNOSTICS_H
#define LANTIAN_DIAGNOSTICS_H

#include <lantian/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ltn_diagnostics ltn_diagnostics;

/** How bad: a warning lets the reader finish, an error makes it fail after the whole file was looked at. */
typedef enum ltn_severity { LTN_WARNING = 0, LTN_ERROR = 1 } ltn_severity;

/** One complaint; shown as `source:line:column: error: message`. */
typedef struct ltn_diagnostic {
    ltn_severity severity;
    int line;            /**< from 1; 0 for the file as a whole */
    int column;          /**< from 1, in characters; 0 for the line as a whole */
    const char *source;  /**< file name, view until the list is freed */
    const char *message; /**< one sentence, view until the list is freed */
} ltn_diagnostic;

/** Makes an empty list, to be handed to readers through their options. Owned by the caller.
 *  @return #LTN_OK or #LTN_ENOMEM. */
LTN_API LTN_CHECKED ltn_status ltn_diagnostics_create(ltn_diagnostics **out);

/** Frees a list; NULL is allowed. */
LTN_API void ltn_diagnostics_free(ltn_diagnostics *list);

/** Number of complaints kept, at most 1000. */
LTN_API size_t ltn_diagnostics_count(const ltn_diagnostics *list);

/** Number of errors met, kept or not. */
LTN_API size_t ltn_diagnostics_errors(const ltn_diagnostics *list);

/** Number of warnings met, kept or not. */
LTN_API size_t ltn_diagnostics_warnings(const ltn_diagnostics *list);

/** The i-th complaint in the order of the file; NULL where @p index is past the end. View until freed. */
LTN_API const ltn_diagnostic *ltn_diagnostics_get(const ltn_diagnostics *list, size_t index);

/** Options of the readers of scenarios and of tables other than inventories. */
typedef struct ltn_read_options {
    size_t struct_size;           /**< sizeof this struct; set by ltn_read_options_init() */
    ltn_diagnostics *diagnostics; /**< borrowed; NULL: only the first error, in ltn_last_error() */
    const char *encoding;         /**< of a table: NULL or "utf-8", or "gb18030" for a file that is not UTF-8 */
} ltn_read_options;

/** Sets every option to its default. */
LTN_API void ltn_read_options_init(ltn_read_options *options);

#ifdef __cplusplus
}
#endif
#endif
