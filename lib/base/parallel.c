/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/parallel.h"

#include "base/memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct loop {
    ltn_work work;
    void *context;
    size_t items;
    atomic_size_t next;
    pthread_mutex_t lock; /* guards the two below */
    size_t failed_item;
    ltn_error error;
} loop;

static void note_failure(loop *l, size_t item)
{
    pthread_mutex_lock(&l->lock);
    if (item < l->failed_item) {
        l->failed_item = item;
        l->error = *ltn_last_error();
    }
    pthread_mutex_unlock(&l->lock);
}

/* Items are taken in order, so when one fails every lower one has been taken and will be finished. */
static void *run(void *argument)
{
    loop *l = argument;
    for (;;) {
        size_t item = atomic_fetch_add(&l->next, 1);
        if (item >= l->items) return NULL;
        if (l->work(l->context, item)) {
            note_failure(l, item);
            atomic_store(&l->next, l->items);
        }
    }
}

int ltn_parallel_threads(int asked)
{
    if (asked > 0) return asked < 1024 ? asked : 1024;
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (int)online : 1;
}

ltn_status ltn_parallel(size_t items, int threads, ltn_work work, void *context)
{
    loop l = {.work = work, .context = context, .items = items, .failed_item = SIZE_MAX};
    size_t helpers = (size_t)ltn_parallel_threads(threads) - 1;
    if (helpers >= items) helpers = items ? items - 1 : 0;
    pthread_mutex_init(&l.lock, NULL);
    pthread_t *ids = helpers ? calloc(helpers, sizeof *ids) : NULL;
    size_t started = 0;
    /* Where a thread cannot be had, those that are there do the work. */
    while (ids && started < helpers && pthread_create(&ids[started], NULL, run, &l) == 0) started++;
    run(&l);
    for (size_t i = 0; i < started; i++) pthread_join(ids[i], NULL);
    free(ids);
    pthread_mutex_destroy(&l.lock);
    return l.failed_item == SIZE_MAX ? LTN_OK : ltn_fail_again(&l.error);
}

void ltn_watch_start(ltn_watch *watch, ltn_progress progress, void *data, const char *what)
{
    *watch = (ltn_watch){.progress = progress, .data = data, .what = what, .caller = pthread_self()};
}

void ltn_watch_add(ltn_watch *watch, size_t done, size_t of)
{
    size_t all = atomic_fetch_add(&watch->done, done) + done;
    if (!watch->progress || !pthread_equal(pthread_self(), watch->caller)) return;
    if (watch->progress(watch->data, (double)all / (double)of)) atomic_store(&watch->cancelled, true);
}

ltn_status ltn_watch_check(ltn_watch *watch)
{
    return atomic_load(&watch->cancelled) ? ltn_fail(LTN_ECANCELLED, NULL, "%s was cancelled", watch->what) : LTN_OK;
}
