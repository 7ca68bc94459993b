/* Traffic for the fault tests: random histories (tests/support/history.h) of many small groups of partners that meet on
 * the same customers and people, woven into one stream of batches of uneven size, with days that pass, repeats of
 * events, and events that are refused. The same seed gives the same batches. */
#ifndef HARNESS_TRAFFIC_H
#define HARNESS_TRAFFIC_H

#include "common/base/event.h"
#include "common/base/mem.h"
#include "tests/harness/sender.h"
#include "tests/harness/tail.h"

#define TRAFFIC_GROUPS_MAX 1024

struct traffic_event {
	struct event ev;
	unsigned group; /* TRAFFIC_GROUPS_MAX: a day */
};

struct traffic_group;
struct traffic {
	struct arena ar;
	struct sent_batch *batches;
	size_t n_batches;
	size_t n_sent; /* events in them */
	/* What the event log must hold in the end, in this order: no repeats, nothing refused. */
	struct traffic_event *events;
	size_t n_events;
	size_t n_repeats, n_refused;
	struct traffic_group *groups;
	unsigned n_groups;
	day_no last_day;
};

void traffic_make(struct traffic *t, uint64_t seed, unsigned n_groups);
void traffic_fini(struct traffic *t);

/* When everything is acknowledged: waits until it has gone through all services and everything they made of it is
 * durable; scoring and notification are stopped in order and started again for that. */
void traffic_settle(const struct traffic *t, struct harness *h);
/* Fails unless the event log holds every accepted event once, in the order in which it was sent first. */
void traffic_check_log(const struct traffic *t, const struct tail *log);
/* Asks scoring for every partner on several days, and fails unless each answer is the oracle's. Returns how many
 * answers were compared. */
size_t traffic_check_scores(const struct traffic *t, struct harness *h);

#endif
