/*
 * Loaded before the C library: a disk that keeps only what was synced, and a power cut. It ends the
 * process at the KILL_AT-th thing that it does to a file, counted from the one that puts a till's note
 * in its place. What was in a file when it was last synced is kept beside it, in FILE.synced.
 * The FAIL_AT-th of them fails instead, and that one alone.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* -1: no note was written yet. */
static int count = -1;

/* Counts; whether this write or sync is to fail. */
static int step(void)
{
    const char *kill_at = getenv("KILL_AT"), *fail_at = getenv("FAIL_AT");

    if (count < 0)
        return 0;
    if (kill_at != NULL && count == atoi(kill_at))
        kill(getpid(), SIGKILL);
    errno = EIO;
    count++;
    return fail_at != NULL && count == atoi(fail_at) + 1;
}

static void *real(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

static int rename_really(const char *from, const char *to)
{
    return ((int (*)(const char *, const char *))real("rename"))(from, to);
}

static ssize_t write_really(int file, const void *bytes, size_t length)
{
    return ((ssize_t (*)(int, const void *, size_t))real("write"))(file, bytes, length);
}

/*
 * Keeps what is in a file; `first` only if nothing was kept yet. It reads by the same descriptor:
 * opening the file again and closing it would end SQLite's locks.
 */
static void keep(int file, int first)
{
    char link[64], path[4096], block[65536];
    ssize_t length;
    struct stat status;
    off64_t at = 0;
    int kept, source = file;

    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode))
        return;
    sprintf(link, "/proc/self/fd/%d", file);
    length = readlink(link, path, sizeof path - sizeof ".synced");
    if (length < 0)
        return;
    strcpy(path + length, ".synced");
    kept = open(path, O_WRONLY | O_CREAT | (first ? O_EXCL : O_TRUNC), 0600);
    if (kept < 0)
        return;
    if ((fcntl(file, F_GETFL) & O_ACCMODE) == O_WRONLY) /* a till's note, and none of SQLite's */
        source = open(link, O_RDONLY);
    while ((length = pread64(source, block, sizeof block, at)) > 0) {
        if (write_really(kept, block, (size_t)length) != length)
            abort();
        at += length;
    }
    if (source != file)
        close(source);
    close(kept);
}

int rename(const char *from, const char *to)
{
    char kept_from[4096], kept_to[4096];
    int done;

    if (count < 0 && strstr(to, ".pending") != NULL)
        count = 0;
    if (step())
        return -1;
    done = rename_really(from, to);
    snprintf(kept_from, sizeof kept_from, "%s.synced", from);
    snprintf(kept_to, sizeof kept_to, "%s.synced", to);
    if (done == 0)
        rename_really(kept_from, kept_to);
    return done;
}

int unlink(const char *path)
{
    if (step())
        return -1;
    return ((int (*)(const char *))real("unlink"))(path);
}

static int sync_by(const char *name, int file)
{
    int done;

    if (step())
        return -1;
    done = ((int (*)(int))real(name))(file);
    if (done == 0)
        keep(file, 0);
    return done;
}

int fsync(int file)
{
    return sync_by("fsync", file);
}

int fdatasync(int file)
{
    return sync_by("fdatasync", file);
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t offset)
{
    keep(file, 1);
    if (step())
        return -1;
    return ((ssize_t (*)(int, const void *, size_t, off64_t))real("pwrite64"))(file, bytes, length,
                                                                              offset);
}

ssize_t write(int file, const void *bytes, size_t length)
{
    keep(file, 1);
    return write_really(file, bytes, length);
}
