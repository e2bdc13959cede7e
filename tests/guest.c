/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program of tests/test_behaviour.py: does guest_work() in its own locale, in two threads, before and after a fork,
 * out of a module that is loaded and let go, and with what it set itself looked at before and after.
 * Arguments: MODULE MODE DATA, then INVENTORY SCENARIO OUT once or twice. */
#include <dlfcn.h>
#include <fenv.h>
#include <gsl/gsl_errno.h>
#include <hdf5.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
typedef int work(const char *data, const char *inventory, const char *scenario, const char *out);

typedef struct job {
    work *work;
    const char *data, **files;
    int failed;
} job;

static void *run(void *data)
{
    job *j = data;
    j->failed = j->work(j->data, j->files[0], j->files[1], j->files[2]);
    return NULL;
}

static int one_after_other(job *jobs)
{
    run(&jobs[0]);
    run(&jobs[1]);
    return jobs[0].failed || jobs[1].failed;
}

static int at_once(job *jobs)
{
    pthread_t other;
    if (pthread_create(&other, NULL, run, &jobs[1])) return 1;
    run(&jobs[0]);
    pthread_join(other, NULL);
    return jobs[0].failed || jobs[1].failed;
}

/* exit() and not _exit(): what the libraries do at the end is part of it. */
static int in_child(job *j)
{
    pid_t child = fork();
    if (child == 0) {
        run(j);
        exit(j->failed);
    }
    int status = 1;
    return child < 0 || waitpid(child, &status, 0) < 0 || status;
}

static int before_a_fork(job *jobs)
{
    run(&jobs[0]);
    return jobs[0].failed || in_child(&jobs[1]);
}

static int after_a_fork(job *jobs)
{
    int failed = in_child(&jobs[1]);
    run(&jobs[0]);
    return failed || jobs[0].failed;
}

static void on_gsl_error(const char *reason, const char *file, int line, int code)
{
    fprintf(stderr, "the program's own handler of GSL's errors was called: %s:%d: %s (%d)\n", file, line, reason, code);
    exit(1);
}

static herr_t on_hdf5_error(hid_t stack, void *data)
{
    (void)stack, (void)data;
    fputs("the program's own handler of HDF5's errors was called\n", stderr);
    exit(1);
}

enum { SIGNALS = 32 };

/* What a library can change under a program's feet. */
typedef struct surroundings {
    char locale[256], folder[512], environment[65536];
    locale_t thread_locale;
    void (*handlers[SIGNALS])(int);
    sigset_t blocked;
    mode_t umask;
    int rounding;
    gsl_error_handler_t *gsl;
    H5E_auto2_t hdf5;
    void *hdf5_data;
} surroundings;

static void look(surroundings *s)
{
    memset(s, 0, sizeof *s);
    snprintf(s->locale, sizeof s->locale, "%s", setlocale(LC_ALL, NULL));
    if (!getcwd(s->folder, sizeof s->folder)) abort();
    size_t used = 0;
    for (char **e = environ; *e && used < sizeof s->environment; e++)
        used += (size_t)snprintf(s->environment + used, sizeof s->environment - used, "%s\n", *e);
    s->thread_locale = uselocale((locale_t)0);
    for (int i = 1; i < SIGNALS; i++) {
        struct sigaction action;
        if (sigaction(i, NULL, &action) == 0) s->handlers[i] = action.sa_handler;
    }
    pthread_sigmask(SIG_SETMASK, NULL, &s->blocked);
    umask(s->umask = umask(0));
    s->rounding = fegetround();
    s->gsl = gsl_set_error_handler(on_gsl_error);
    H5Eget_auto2(H5E_DEFAULT, &s->hdf5, &s->hdf5_data);
}

static int untouched(job *jobs)
{
    static surroundings before, after;
    gsl_set_error_handler(on_gsl_error);
    H5Eset_auto2(H5E_DEFAULT, on_hdf5_error, jobs);
    look(&before);
    run(&jobs[0]);
    jobs[1].files[0] = "/no/such/inventory.csv"; /* a failure is no excuse */
    freopen("/dev/null", "w", stderr);
    run(&jobs[1]);
    look(&after);
    if (!memcmp(&before, &after, sizeof before) && !jobs[0].failed && jobs[1].failed) return 0;
    printf("first job %s, second %s\n", jobs[0].failed ? "failed" : "done", jobs[1].failed ? "failed" : "done");
#define TELL(what)                                                                                                     \
    if (memcmp(&before.what, &after.what, sizeof before.what)) puts(#what " was changed")
    TELL(locale);
    TELL(folder);
    TELL(environment);
    TELL(thread_locale);
    TELL(handlers);
    TELL(blocked);
    TELL(umask);
    TELL(rounding);
    TELL(gsl);
    TELL(hdf5);
    TELL(hdf5_data);
    return 1;
}

/* 1 where a file of this name is mapped. */
static int is_loaded(const char *name)
{
    char line[1024];
    int found = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps && fgets(line, sizeof line, maps)) found = found || strstr(line, name);
    if (maps) fclose(maps);
    return found;
}

static int load(const char *module, job *jobs, void **handle)
{
    *handle = dlopen(module, RTLD_NOW | RTLD_LOCAL);
    if (!*handle) fprintf(stderr, "%s\n", dlerror());
    for (int i = 0; *handle && i < 2; i++) jobs[i].work = (work *)dlsym(*handle, "guest_work");
    return !*handle || !jobs[0].work;
}

static int again_and_again(const char *module, job *jobs)
{
    for (int turn = 0; turn < 3; turn++) {
        void *handle;
        if (load(module, jobs, &handle)) return 1;
        run(&jobs[0]);
        dlclose(handle);
        if (jobs[0].failed) return 1;
        if (!is_loaded("liblantian")) continue;
        fputs("liblantian is still there after dlclose()\n", stderr);
        return 1;
    }
    return 0;
}

static const struct {
    const char *name;
    int (*run)(job *jobs);
} modes[] = {{"one-after-other", one_after_other},
             {"at-once", at_once},
             {"before-a-fork", before_a_fork},
             {"after-a-fork", after_a_fork},
             {"untouched", untouched}};

int main(int argc, char **argv)
{
    if (argc != 10 || !setlocale(LC_ALL, "")) {
        fputs(argc != 10 ? "guest MODULE MODE DATA (INVENTORY SCENARIO OUT) twice\n" : "there is no such locale\n",
              stderr);
        return 2;
    }
    job jobs[2] = {{.data = argv[3], .files = (const char **)argv + 4},
                   {.data = argv[3], .files = (const char **)argv + 7}};
    if (strcmp(argv[2], "again-and-again") == 0) return again_and_again(argv[1], jobs);
    void *handle;
    if (load(argv[1], jobs, &handle)) return 1;
    printf("%.1f\n", 0.5);
    for (size_t m = 0; m < sizeof modes / sizeof *modes; m++)
        if (strcmp(argv[2], modes[m].name) == 0) return modes[m].run(jobs);
    return 2;
}
