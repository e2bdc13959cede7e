/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_BASE_HDF5_LOCK_H
#define LTN_BASE_HDF5_LOCK_H

/* Debian's HDF5 is not safe for threads, nor is the netCDF library on top of it: whoever calls either holds
 * this lock, from before the first call to after the last. While it is held HDF5 prints nothing; when it is given
 * back, the caller's own setting of that (H5Eset_auto) is what it was. */
void ltn_hdf5_lock(void);
void ltn_hdf5_unlock(void);

#endif
