/* How long a what-if takes, asked of the scoring service. */
#ifndef BENCH_ASKING_H
#define BENCH_ASKING_H

#include "tests/bench/figures.h"
#include "tests/bench/pipeline.h"

/* Asks n questions, one after the other's answer and no faster than every `gap_ms`, of partners of the world in turn: two
 * people more with a certificate, two customers more; and beside them sends the batches of `load` (NULL: none) at
 * `load_rate` events per second;
 * the questions end with it when it is the shorter one. Adds to `ret` the time from a question until its answer is decoded.
 * Returns the events per second of the load that were acknowledged meanwhile. */
double asking_run(struct harness *h, const struct workload *t, size_t n, unsigned gap_ms,
	const struct world_batches *load, double load_rate, struct latencies *ret);

#endif
