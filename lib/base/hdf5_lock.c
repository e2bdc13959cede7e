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

/* The stack is walked from where the error arose: the first sentence is the nearest to the cause. */
static herr_t keep_first(unsigned n, const H5E_error2_t *error, void *data)
{
    const char **text = data;
    if (n == 0 && error->desc) *text = error->desc;
    return 0;
}

ltn_status ltn_fail_hdf5(ltn_status code, const char *path, const char *doing)
{
    const char *text = NULL;
    (void)H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &text);
    return ltn_fail(code, &(ltn_place){.source = path}, "cannot %s: HDF5 says '%s'", doing, text ? text : "");
}
