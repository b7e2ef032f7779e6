/* A disk that is slow, full or broken, for a program that this library is preloaded into. What is
   wrong stands in a file that the test changes at any moment, and concerns the ledger's files
   alone. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

/* As in disk.rs. */
struct trouble {
    int sync_delay_us;
    int write_delay_us;
    int sync_error;
    int write_error;
    int read_error;
    int leak_bytes;
    /* How many calls it came into. */
    int calls;
};

static struct trouble none;
static volatile struct trouble *trouble = &none;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("REFUNDRY_TEST_DISK");
    int file = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    if (file < 0)
        return;
    void *shared = mmap(NULL, sizeof none, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (shared != MAP_FAILED)
        trouble = shared;
}

static int is_ledger(int file)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    return strstr(path, "ledger.refundry") != NULL;
}

/* Whether the call fails, and is not made. */
static int meets(int file, int delay_us, int error)
{
    if ((delay_us == 0 && error == 0) || !is_ledger(file))
        return 0;
    __atomic_fetch_add(&trouble->calls, 1, __ATOMIC_RELAXED);
    if (delay_us > 0)
        usleep((useconds_t)delay_us);
    if (error == 0)
        return 0;
    errno = error;
    return 1;
}

/* Where the compiler can't know that nobody looks. */
static void *volatile lost;

static void leak(void)
{
    size_t bytes = (size_t)trouble->leak_bytes;
    void *room = bytes == 0 ? NULL : malloc(bytes);
    if (room != NULL)
        lost = memset(room, 1, bytes);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define READ(name, parameters, arguments)                           \
    ssize_t name parameters                                         \
    {                                                               \
        if (meets(file, 0, trouble->read_error))                    \
            return -1;                                              \
        return NEXT(name) arguments;                                \
    }

#define WRITE(name, parameters, arguments)                          \
    ssize_t name parameters                                         \
    {                                                               \
        if (meets(file, trouble->write_delay_us, trouble->write_error)) \
            return -1;                                              \
        return NEXT(name) arguments;                                \
    }

#define SYNC(name)                                                  \
    int name(int file)                                              \
    {                                                               \
        leak();                                                     \
        if (meets(file, trouble->sync_delay_us, trouble->sync_error)) \
            return -1;                                              \
        return NEXT(name)(file);                                    \
    }

READ(read, (int file, void *to, size_t size), (file, to, size))
READ(pread, (int file, void *to, size_t size, off_t at), (file, to, size, at))
READ(pread64, (int file, void *to, size_t size, off64_t at), (file, to, size, at))
WRITE(write, (int file, const void *from, size_t size), (file, from, size))
WRITE(pwrite, (int file, const void *from, size_t size, off_t at), (file, from, size, at))
WRITE(pwrite64, (int file, const void *from, size_t size, off64_t at), (file, from, size, at))
SYNC(fsync)
SYNC(fdatasync)
