/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_BASE_PARALLEL_H
#define LTN_BASE_PARALLEL_H

#include "base/status.h"

typedef ltn_status (*ltn_work)(void *context, size_t item);

/* Runs work(context, 0 .. items − 1), each once, on at most `threads` threads (0: as many as the machine
 * has). Items must not depend on each other. Returns the status of the failed item with the lowest number,
 * its error moved to the caller. Threads live for the call only: nothing is left behind that a fork, a
 * dlclose or a second caller could trip over. */
ltn_status ltn_parallel(size_t items, int threads, ltn_work work, void *context);

/* The number of threads that 0 stands for. */
int ltn_parallel_threads(int asked);

#endif
