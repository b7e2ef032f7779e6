/* A clock of the system that is a number of seconds ahead, for a program that this library is
   preloaded into. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now)
{
    const char *ahead = getenv("REFUNDRY_TEST_CLOCK_AHEAD");
    int failed = (int)syscall(SYS_clock_gettime, clock, now);
    if (!failed && clock == CLOCK_REALTIME && ahead != NULL)
        now->tv_sec += atoll(ahead);
    return failed;
}
