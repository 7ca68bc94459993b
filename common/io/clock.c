/* Reads the two clocks; nothing else in the tree does. */
#include "common/io/clock.h"

#include <assert.h>
#include <time.h>

event_ms clock_wall_ms(void)
{
	struct timespec t;
	int rc = clock_gettime(CLOCK_REALTIME, &t);

	assert(rc == 0);
	(void)rc;
	return (event_ms)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

uint64_t clock_mono_ns(void)
{
	struct timespec t;
	int rc = clock_gettime(CLOCK_MONOTONIC, &t);

	assert(rc == 0);
	(void)rc;
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
