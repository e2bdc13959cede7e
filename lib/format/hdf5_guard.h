/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_FORMAT_HDF5_GUARD_H
#define LTN_FORMAT_HDF5_GUARD_H

#include "base/status.h"

/* What stands between us and HDF5. Debian's HDF5 is not safe for threads, so whatever of ours calls it (netCDF's
 * library too, which calls it underneath) holds one lock of the process meanwhile; what a caller does with HDF5 himself
 * is his to keep apart. HDF5 prints errors by itself: not between these two calls, and as the caller had it
 * afterwards. */
typedef struct ltn_hdf5_guard {
    void (*print)(void); /* the caller's handler, H5E_auto1_t or H5E_auto2_t */
    void *print_data;
    unsigned second; /* it is an H5E_auto2_t */
} ltn_hdf5_guard;

void ltn_hdf5_enter(ltn_hdf5_guard *guard);
void ltn_hdf5_leave(const ltn_hdf5_guard *guard);

/* A failed HDF5 call: quotes HDF5's own innermost sentence. */
ltn_status ltn_fail_hdf5(ltn_status code, const char *path, const char *doing);

#endif
