/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file status.h
 *  What a call returns, and where to read why it failed.
 */
#ifndef LANTIAN_STATUS_H
#define LANTIAN_STATUS_H

#include <stddef.h>
#include <stdint.h>

#define LTN_VERSION_MAJOR 0
#define LTN_VERSION_MINOR 1
#define LTN_VERSION_PATCH 0

#if defined(__GNUC__)
#define LTN_API __attribute__((visibility("default")))
#define LTN_CHECKED __attribute__((warn_unused_result))
#else
#define LTN_API
#define LTN_CHECKED
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** Outcome of a call: 0, or a negative code. Values never change; new ones are appended. */
typedef enum ltn_status {
    LTN_OK = 0,             /**< done */
    LTN_ENOMEM = -1,        /**< memory ran out */
    LTN_EARGUMENT = -2,     /**< an argument is outside its documented domain */
    LTN_EIO = -3,           /**< a file could not be read or written */
    LTN_EINPUT = -4,        /**< the input has errors; all are in the diagnostics */
    LTN_EUNIT = -5,         /**< a unit is unknown or of the wrong dimension */
    LTN_ENOTFOUND = -6,     /**< nothing has the name asked for */
    LTN_EBASELINE = -7,     /**< two inventories rest on different statistical bases */
    LTN_EUNSUPPORTED = -8,  /**< read and checked, but this version does not run it */
    LTN_EREFUSED = -9,      /**< `strict` or `no_defaults` forbids what the run would need */
    LTN_ECANCELLED = -10,   /**< the progress callback asked to stop */
    LTN_ELIMIT = -11,       /**< the input is larger than a documented limit */
    LTN_ESOLVER = -12       /**< a solver found no answer to a problem that has one */
} ltn_status;

/** Language of text made for planners. Data names carry both. */
typedef enum ltn_language { LTN_ENGLISH = 0, LTN_CHINESE = 1 } ltn_language;

/** The last failure of the calling thread. Lines and columns count from 1 (columns in characters);
 *  0 where the failure has no place. Print it as `source:line:column: message`. */
typedef struct ltn_error {
    ltn_status code;
    int line;
    int column;
    char source[256];  /**< file name, or empty */
    char message[512]; /**< one sentence: what was found, what was expected */
} ltn_error;

/** The calling thread's last failure.
 *  @return a view that the thread's next failing call overwrites; never NULL. Before any failure its
 *  code is #LTN_OK and its message empty. */
LTN_API const ltn_error *ltn_last_error(void);

/** A short English text for a status.
 *  @return a string that lives as long as the program; "unknown status" for a value not in the list. */
LTN_API const char *ltn_status_text(ltn_status status);

/** The version of the library that is loaded, as "major.minor.patch".
 *  Equal to the LTN_VERSION_ numbers of the header it was built from. */
LTN_API const char *ltn_version(void);

/** Reports progress and may cancel: called from the thread that made the call, at most a few times a
 *  second of work. @param done share of the work done [0, 1]. @return 0 to go on, anything else to stop
 *  with #LTN_ECANCELLED. */
typedef int (*ltn_progress)(void *data, double done);

#ifdef __cplusplus
}
#endif
#endif
