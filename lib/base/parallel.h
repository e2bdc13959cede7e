/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_BASE_PARALLEL_H
#define LTN_BASE_PARALLEL_H

#include "base/status.h"

#include <pthread.h>
#include <stdatomic.h>

typedef ltn_status (*ltn_work)(void *context, size_t item);

/* Runs work(context, 0 .. items − 1), each once, on at most `threads` threads (0: as many as the machine
 * has). Items must not depend on each other. Returns the status of the failed item with the lowest number,
 * its error moved to the caller. Threads live for the call only: nothing is left behind that a fork, a
 * dlclose or a second caller could trip over. */
ltn_status ltn_parallel(size_t items, int threads, ltn_work work, void *context);

/* The number of threads that 0 stands for. */
int ltn_parallel_threads(int asked);

/* Tells a caller how far its threads are, and hears from it whether to stop. */
typedef struct ltn_watch {
    ltn_progress progress; /* or NULL */
    void *data;
    const char *what; /* is cancelled: "the projection" */
    pthread_t caller;
    atomic_size_t done;
    atomic_bool cancelled;
} ltn_watch;

/* To be called in the caller's thread, the only one that calls back. */
void ltn_watch_start(ltn_watch *watch, ltn_progress progress, void *data, const char *what);

/* So much more is done, of so much; from any thread. */
void ltn_watch_add(ltn_watch *watch, size_t done, size_t of);

/* LTN_ECANCELLED once the caller wants no more. */
ltn_status ltn_watch_check(ltn_watch *watch);

#endif
