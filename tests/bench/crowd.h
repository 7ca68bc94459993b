/* A generated population (services/generate) as traffic of the benchmarks: partners of every size, all areas, people that
 * earn certificates and lose them, months that arrive in bursts, amounts that are told anew. */
#ifndef BENCH_CROWD_H
#define BENCH_CROWD_H

#include "common/base/date.h"
#include "tests/bench/batches.h"

struct crowd_options {
	uint64_t seed;
	uint32_t partners, customers, people; /* customers and people: of a partner on average */
	month_no from, through;
	const char *edition;
};

struct crowd;

/* Ends the program when anything is wrong, like all of these. */
struct crowd *crowd_create(const struct crowd_options *o);
void crowd_destroy(struct crowd *c);

/* All events in order with the days they come on, those recorded before an instant apart from those from it on. Nothing
 * comes twice. */
void crowd_batches(struct crowd *c, event_ms cut, uint32_t batch_events,
	struct world_batches *before, struct world_batches *after);

/* Each makes everything once and keeps nothing. Return how many. */
uint64_t crowd_events(struct crowd *c);	 /* drawn */
uint64_t crowd_lines(struct crowd *c);	 /* events as lines of JSON */
uint64_t crowd_reports(struct crowd *c); /* rows of all reports */

#endif
