/* The clock of one process, set by whoever writes how far (64 bits, nanoseconds) into the file
   that SET_CLOCK names. Only the time of day: what only ever goes on (CLOCK_MONOTONIC) is left. */

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile const long long *set_by;

__attribute__((constructor)) static void look(void) {
    const char *name = getenv("SET_CLOCK");
    int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *there = mmap(NULL, sizeof *set_by, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (there != MAP_FAILED) set_by = there;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    long failed = syscall(SYS_clock_gettime, clock, now);
    if (failed || !set_by || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE))
        return (int)failed;
    long long shown = now->tv_sec * 1000000000LL + now->tv_nsec + *set_by;
    now->tv_sec = shown / 1000000000LL;
    now->tv_nsec = shown % 1000000000LL;
    return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec exact;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *now) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (now) *now = exact.tv_sec;
    return exact.tv_sec;
}
