/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_BASE_HDF5_LOCK_H
#define LTN_BASE_HDF5_LOCK_H

#include "base/status.h"

/* Debian's HDF5 is not safe for threads, nor is the netCDF library on top of it: whoever calls either holds
 * this lock, from before the first call to after the last. While it is held HDF5 prints nothing; when it is given
 * back, the caller's own setting of that (H5Eset_auto) is what it was. */
void ltn_hdf5_lock(void);
void ltn_hdf5_unlock(void);

/* A failed HDF5 call, while the lock is held: quotes HDF5's own innermost sentence. */
ltn_status ltn_fail_hdf5(ltn_status code, const char *path, const char *doing);

#endif
