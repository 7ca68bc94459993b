/* Batches through a producer to a running ingestion service, as fast as the window allows. */
#ifndef BENCH_FEED_H
#define BENCH_FEED_H

#include "tests/bench/world.h"

struct fed {
	uint64_t first_send_ns; /* monotonic clock */
	uint64_t acked_ns;	/* when the last acknowledgement came */
	uint64_t position;	/* of the event log, after the newest event */
};

/* Sends all batches of the lists in order, and returns when every one is acknowledged. Fails the caller when an event
 * is refused or taken for a duplicate. */
void feed(const char *endpoint, const struct world_batches *const *lists, size_t n_lists,
	uint32_t window_events, struct fed *ret);

#endif
