/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/file.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static ltn_status too_large(const char *path, size_t size, size_t most)
{
    ltn_place at = {.source = path};
    return ltn_fail(LTN_ELIMIT, &at, "the file holds %zu bytes; the largest accepted is %zu", size, most);
}

/* Pipes and the like have no size: read until they end. */
static ltn_status read_stream(int fd, const char *path, size_t most, ltn_file *out)
{
    char *data = NULL;
    size_t size = 0, capacity = 0;
    ltn_status status = LTN_OK;
    for (;;) {
        status = ltn_reserve(&data, &capacity, size + (1 << 16), 1);
        if (status) break;
        ssize_t got = read(fd, data + size, capacity - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) status = ltn_fail_errno(path, "read the file");
        if (got <= 0) break;
        size += (size_t)got;
        if (size > most) {
            status = too_large(path, size, most);
            break;
        }
    }
    if (status || !size) {
        free(data);
        return status;
    }
    *out = (ltn_file){.data = data, .size = size};
    return LTN_OK;
}

static ltn_status map(int fd, const char *path, size_t size, ltn_file *out)
{
    if (!size) return LTN_OK;
    void *data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED) return ltn_fail_errno(path, "map the file");
    *out = (ltn_file){.data = data, .size = size, .mapped = 1};
    return LTN_OK;
}

ltn_status ltn_file_read(const char *path, size_t most, ltn_file *out)
{
    *out = (ltn_file){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat info;
    if (fd < 0) return ltn_fail_errno(path, "open the file");
    ltn_status status = LTN_OK;
    if (fstat(fd, &info))
        status = ltn_fail_errno(path, "look at the file");
    else if (!S_ISREG(info.st_mode))
        status = read_stream(fd, path, most, out);
    else if ((size_t)info.st_size > most)
        status = too_large(path, (size_t)info.st_size, most);
    else
        status = map(fd, path, (size_t)info.st_size, out);
    close(fd);
    return status;
}

void ltn_file_close(ltn_file *file)
{
    if (file->mapped)
        munmap((void *)file->data, file->size);
    else
        free((void *)file->data);
    *file = (ltn_file){0};
}

static void advise(const ltn_file *file, size_t from, size_t to, int advice)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    from = (from + page - 1) / page * page;
    to = (to < file->size ? to : file->size) / page * page;
    if (file->mapped && from < to) (void)madvise((char *)file->data + from, to - from, advice);
}

void ltn_file_expect(const ltn_file *file, size_t from, size_t to)
{
#ifdef MADV_POPULATE_READ
    advise(file, from, to, MADV_POPULATE_READ);
#else
    advise(file, from, to, MADV_WILLNEED);
#endif
}

void ltn_file_forget(const ltn_file *file, size_t from, size_t to)
{
    advise(file, from, to, MADV_DONTNEED);
}

static char *join(const char *a, const char *b)
{
    char *text = ltn_alloc(strlen(a) + strlen(b) + 1, 1);
    if (text) strcat(strcpy(text, a), b);
    return text;
}

/* The file that will be renamed over: what a link leads to, so that the link stays. A device or a pipe would be lost. */
static ltn_status find_target(const char *path, char **out)
{
    struct stat info;
    *out = NULL;
    if (lstat(path, &info)) return (*out = join(path, "")) ? LTN_OK : LTN_ENOMEM;
    if (S_ISLNK(info.st_mode)) {
        char *real = realpath(path, NULL);
        if (!real) return ltn_fail_errno(path, "follow the link");
        ltn_status status = find_target(real, out);
        free(real);
        return status;
    }
    if (!S_ISREG(info.st_mode))
        return ltn_fail(LTN_EIO, &(ltn_place){.source = path}, "cannot write: it is there and is no ordinary file");
    return (*out = join(path, "")) ? LTN_OK : LTN_ENOMEM;
}

ltn_status ltn_writer_open(ltn_writer *writer, const char *path)
{
    *writer = (ltn_writer){0};
    int fd = -1;
    ltn_status status = find_target(path, &writer->path);
    if (!status && !(writer->temporary = join(writer->path, ".XXXXXX"))) status = LTN_ENOMEM;
    if (!status && (fd = mkostemp(writer->temporary, O_CLOEXEC)) < 0)
        status = ltn_fail_errno(path, "make a file beside the target");
    if (!status && !(writer->stream = fdopen(fd, "w"))) {
        status = ltn_fail_errno(path, "open the file to write");
        close(fd);
        unlink(writer->temporary);
    }
    if (!status) return LTN_OK;
    free(writer->path);
    free(writer->temporary);
    *writer = (ltn_writer){0};
    return status;
}

/* mkstemp makes files for the owner only; a result has the rights any new file would have. */
static void give_usual_rights(int fd)
{
    mode_t mask = umask(0);
    umask(mask);
    (void)!fchmod(fd, 0666 & ~mask);
}

/* The folder of a file, opened; -1 with the error set. */
static int open_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? join(path, "") : join(".", "");
    if (!folder) return -1;
    if (slash) folder[slash == path ? 1 : slash - path] = '\0';
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) (void)ltn_fail_errno(path, "open the folder of the file");
    free(folder);
    return fd;
}

/* The rename is only safe on disk once the folder is. All else that can fail comes before it. */
static ltn_status rename_and_sync(const ltn_writer *writer)
{
    int folder = open_folder(writer->path);
    if (folder < 0) return ltn_last_error()->code;
    ltn_status status = LTN_OK;
    if (rename(writer->temporary, writer->path)) status = ltn_fail_errno(writer->path, "rename the file");
    /* Some file systems cannot sync a folder (EINVAL); that is theirs to decide. */
    else if (fsync(folder) && errno != EINVAL)
        status = ltn_fail_errno(writer->path, "sync the folder of the file");
    close(folder);
    return status;
}

/* A write that failed: says how far it came. */
static ltn_status fail_write(const ltn_writer *writer)
{
    struct stat info;
    char doing[80] = "write the file";
    int code = errno;
    if (!fstat(fileno(writer->stream), &info))
        snprintf(doing, sizeof doing, "write the file after %lld bytes", (long long)info.st_size);
    errno = code;
    return ltn_fail_errno(writer->path, doing);
}

ltn_status ltn_writer_close(ltn_writer *writer, ltn_status status)
{
    FILE *stream = writer->stream;
    if (!status && (fflush(stream) || ferror(stream))) status = fail_write(writer);
    if (!status) give_usual_rights(fileno(stream));
    if (!status && fsync(fileno(stream))) status = ltn_fail_errno(writer->path, "sync the file");
    if (fclose(stream) && !status) status = ltn_fail_errno(writer->path, "close the file");
    if (!status) status = rename_and_sync(writer);
    if (status) unlink(writer->temporary);
    free(writer->path);
    free(writer->temporary);
    *writer = (ltn_writer){0};
    return status;
}

char *ltn_path_in(const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = ltn_alloc(size, 1);
    if (path) snprintf(path, size, "%s/%s", folder, name);
    return path;
}

ltn_status ltn_folder_make(const char *path)
{
    char *part = join(path, "");
    if (!part) return LTN_ENOMEM;
    ltn_status status = LTN_OK;
    for (char *end = part + 1; !status && *part; end++) {
        char kept = *end;
        if (kept != '/' && kept != '\0') continue;
        *end = '\0';
        struct stat info;
        if (mkdir(part, 0777) && (errno != EEXIST || stat(part, &info)))
            status = ltn_fail_errno(part, "make the folder");
        if (!status && !stat(part, &info) && !S_ISDIR(info.st_mode))
            status =
                ltn_fail(LTN_EIO, &(ltn_place){.source = part}, "cannot make the folder: a file of this name is there");
        *end = kept;
        if (!kept) break;
    }
    free(part);
    return status;
}
