/* How long it takes from an event to its alert. */
#ifndef BENCH_LATENCY_H
#define BENCH_LATENCY_H

#include "tests/bench/figures.h"
#include "tests/bench/pipeline.h"

/* Sends n single events, each of which gains or loses the designation of one partner, one after the other's alert and
 * no faster than every `gap_ms`; and beside them, from another producer, the batches of `load` (NULL: none) at
 * `load_rate` events per second; the run ends with it when it is the shorter one. Adds to `alert` the time from an event's sending until
 * its alert is in the hands of a reader of the alert feed, and to `ack` until its acknowledgement.
 * `w` makes the events; the services must not have seen the partner before. Returns the events per second of the load that were acknowledged meanwhile. */
double latency_run(struct harness *h, struct world *w, size_t n, unsigned gap_ms,
	const struct world_batches *load, double load_rate, struct latencies *alert,
	struct latencies *ack);

#endif
