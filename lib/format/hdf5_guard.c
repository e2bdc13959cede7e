/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "format/hdf5_guard.h"

#include <hdf5.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

typedef void (*any_function)(void);

void ltn_hdf5_enter(ltn_hdf5_guard *guard)
{
    pthread_mutex_lock(&lock);
    *guard = (ltn_hdf5_guard){.second = 1};
    H5E_auto1_t print1 = NULL;
    H5E_auto2_t print2 = NULL;
    (void)H5Eauto_is_v2(H5E_DEFAULT, &guard->second);
    if (!guard->second) {
        (void)H5Eget_auto1(&print1, &guard->print_data);
        guard->print = (any_function)print1;
    } else {
        (void)H5Eget_auto2(H5E_DEFAULT, &print2, &guard->print_data);
        guard->print = (any_function)print2;
    }
    (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

void ltn_hdf5_leave(const ltn_hdf5_guard *guard)
{
    if (!guard->second)
        (void)H5Eset_auto1((H5E_auto1_t)guard->print, guard->print_data);
    else
        (void)H5Eset_auto2(H5E_DEFAULT, (H5E_auto2_t)guard->print, guard->print_data);
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
