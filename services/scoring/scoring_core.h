/* One step of scoring: a unit of the event log goes in, what it changed comes out. Pure.
 *
 * The step is deterministic: the same edition and the same units in the same order give the same score batches,
 * byte for byte, whenever they are run. Replay after a crash rests on that. Not for sharing between threads. */
#ifndef SCORING_CORE_H
#define SCORING_CORE_H

#include "common/base/event.h"
#include "common/base/mem.h"
#include "common/base/score.h"
#include "rules/engine/engine.h"

struct scoring;

/* edition borrowed; must outlive the scoring. Returns 0, ERR_INVALID, ERR_NOMEM. */
int scoring_create(const struct alloc *a, const struct edition *edition,
	const struct engine_limits *limits, struct scoring **ret_s);
void scoring_destroy(struct scoring *s); /* accepts NULL */

/* A unit of the event log: events that were logged together and are applied together. */
struct scoring_unit {
	uint64_t first; /* position of events[0] */
	size_t n;
	const struct event *events;
};

/* ret_batch  what changed; n_changes is 0 when nothing did. Its arrays belong to s, its texts to s and to the
 *            unit's events; valid until the next step.
 * Returns 0, ERR_NOMEM, ERR_FULL (a limit of the engine); s must be dropped then. */
int scoring_step(struct scoring *s, const struct scoring_unit *in, struct score_batch *ret_batch);

struct engine *scoring_engine(struct scoring *s); /* for questions and snapshots */

#endif
