/* The world that the benchmarks score: partners of the three Azure areas with customers, months and people, drawn
 * from a seed. Batches come encoded, as a producer would send them. */
#ifndef BENCH_WORLD_H
#define BENCH_WORLD_H

#include "common/base/buf.h"
#include "common/base/event.h"
#include "tests/bench/batches.h"

struct world_options {
	uint64_t seed;
	uint32_t partners;
	uint32_t customers; /* of each partner */
	uint32_t people;    /* of each partner */
	uint32_t months;    /* of history, at least 14 */
	uint32_t batch_events;
};

struct world {
	struct world_options o;
	uint64_t random;
	uint64_t n_events; /* given out */
	event_ms recorded;
	month_no newest;
};

void world_init(struct world *w, const struct world_options *o);
/* The history: a day, every customer-month, everybody's certificates, and that the months are reported. */
void world_history(struct world *w, struct world_batches *out);
/* What arrives on a day: mostly restated usage, some certificates, some facts that no rule uses. */
void world_traffic(struct world *w, uint64_t n_events, struct world_batches *out);
/* One event that makes the score of partner "sentinel" appear: the last of a run. */
void world_sentinel(struct world *w, struct world_batches *out);
/* A partner "toggle" that qualifies while its third customer is over the threshold. */
void world_toggle_setup(struct world *w, struct world_batches *out);
void world_toggle(struct world *w, bool on, struct world_batches *out);

#endif
