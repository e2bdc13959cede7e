/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_FORMAT_HDF5_STORE_H
#define LTN_FORMAT_HDF5_STORE_H

#include "inventory/inventory.h"

#include <lantian/store.h>

/* The layout's version: what it says can be read by every library that knows the number. */
enum { LTN_STORE_VERSION = 1 };

/* Names in the file; docs/formats.md describes it. */
#define LTN_STORE_SOURCES "sources"
#define LTN_STORE_EMISSIONS "emissions"
#define LTN_STORE_REGIONS "regions"
#define LTN_STORE_SECTORS "sectors"
#define LTN_STORE_WORDS "words"
#define LTN_STORE_METADATA "metadata"
#define LTN_STORE_FIRST "first"
#define LTN_STORE_ASSUMED "removal_assumed"

#define LTN_STORE_A_VERSION "lantian_store_version"
#define LTN_STORE_A_LIBRARY "library_version"
#define LTN_STORE_A_CONTENT "content"
#define LTN_STORE_A_RECONSTRUCTED "reconstructed"
#define LTN_STORE_A_POSITION "position"
#define LTN_STORE_A_OPEN "open"

#define LTN_STORE_CONTENT "inventory"

/* A column's name as HDF5 can have it, and back: '/' and '%' become %2F and %25, a lone '.' %2E, none at all '%'. NULL
 * with the error set; the caller frees it. */
char *ltn_store_escape(const char *name);
char *ltn_store_unescape(const char *name);

#endif
