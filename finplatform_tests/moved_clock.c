/* The wall clock of a process, moved by MOVED_CLOCK_SECONDS.

   Preloaded (LD_PRELOAD) into the tests, and by inheritance into PostgreSQL and every other program
   that they start, by `python -m finplatform_tests.dates`. Time goes on from the other date at its
   own pace. What is moved: the date that programs read. What is not: the clock that never goes back,
   by which programs measure and wait, and the times of files, by which Python trusts its caches.

   Deadlines by the wall clock are moved back before the kernel sees them. A deadline of a condition
   may be one by the other clock instead, which counts from the start of the machine. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

#define LONGEST_UPTIME 1000000000L

static long offset(void)
{
    static long seconds;
    static int known;
    if (!known) {
        const char *text = getenv("MOVED_CLOCK_SECONDS");
        seconds = text ? atol(text) : 0;
        known = 1;
    }
    return seconds;
}

/* The C library's own function; of conditions there are two generations, and the first cannot wait
   by the second's rules. */
static void *next(const char *name)
{
    void *found = dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2");
    return found ? found : dlsym(RTLD_NEXT, name);
}

#define NEXT(name) ((__typeof__(&name))next(#name))

static struct timespec moved_back(const struct timespec *deadline)
{
    struct timespec real = *deadline;
    if (real.tv_sec > LONGEST_UPTIME)
        real.tv_sec -= offset();
    return real;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    static __typeof__(&clock_gettime) real;
    if (!real)
        real = NEXT(clock_gettime);
    int failure = real(clock, now);
    if (!failure && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += offset();
    return failure;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    static __typeof__(&gettimeofday) real;
    if (!real)
        real = NEXT(gettimeofday);
    int failure = real(now, zone);
    if (!failure)
        now->tv_sec += offset();
    return failure;
}

int timespec_get(struct timespec *now, int base)
{
    return base == TIME_UTC && !clock_gettime(CLOCK_REALTIME, now) ? base : 0;
}

time_t time(time_t *kept)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (kept)
        *kept = now.tv_sec;
    return now.tv_sec;
}

int pthread_cond_timedwait(
    pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
    const struct timespec *restrict deadline)
{
    struct timespec real = moved_back(deadline);
    return NEXT(pthread_cond_timedwait)(condition, mutex, &real);
}

int pthread_mutex_timedlock(
    pthread_mutex_t *restrict mutex, const struct timespec *restrict deadline)
{
    struct timespec real = moved_back(deadline);
    return NEXT(pthread_mutex_timedlock)(mutex, &real);
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict deadline)
{
    struct timespec real = moved_back(deadline);
    return NEXT(sem_timedwait)(semaphore, &real);
}
