/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/hdf5_lock.h"

#include <hdf5.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* What the caller wants to happen with HDF5's errors, kept while the lock is held. HDF5 has two forms of it, and
 * refuses to tell the one that is not in use. */
static struct {
    unsigned second_form;
    H5E_auto1_t first;
    H5E_auto2_t second;
    void *data;
} callers;

void ltn_hdf5_lock(void)
{
    pthread_mutex_lock(&lock);
    callers.second_form = 1;
    H5Eauto_is_v2(H5E_DEFAULT, &callers.second_form);
    if (callers.second_form)
        H5Eget_auto2(H5E_DEFAULT, &callers.second, &callers.data);
    else
        H5Eget_auto1(&callers.first, &callers.data);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

void ltn_hdf5_unlock(void)
{
    if (callers.second_form)
        H5Eset_auto2(H5E_DEFAULT, callers.second, callers.data);
    else
        H5Eset_auto1(callers.first, callers.data);
    pthread_mutex_unlock(&lock);
}
