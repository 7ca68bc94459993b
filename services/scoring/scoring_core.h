/* One step of scoring: a unit of the event log goes in, what it changed comes out. Pure.
 *
 * The step is deterministic: the same rules and the same units in the same order give the same score batches,
 * byte for byte, whenever they are run. Replay after a crash rests on that. Not for sharing between threads. */
#ifndef SCORING_CORE_H
#define SCORING_CORE_H

#include "common/base/event.h"
#include "common/base/mem.h"
#include "common/base/score.h"
#include "rules/engine/engine.h"

struct scoring;

/* By which rules partners are scored. */
struct scoring_rules {
	const struct edition *const
		*editions; /* the calendar there is from the start: each edition is
						* valid from its own first day on */
	size_t n_editions; /* 1.., each id once */
	struct edition_source
		source; /* for editions that events bring; open NULL: they are passed over */
};

/* rules   copied; the editions, those that the source opens, and its ctx must outlive the scoring.
 * Returns 0, ERR_INVALID, ERR_FULL (more editions than the engine takes), ERR_NOMEM. */
int scoring_create(const struct alloc *a, const struct scoring_rules *rules,
	const struct engine_limits *limits, struct scoring **ret_s);
void scoring_destroy(struct scoring *s); /* accepts NULL */

/* A unit of the event log: events that were logged together and are applied together. */
struct scoring_unit {
	uint64_t first; /* position of events[0] */
	size_t n;
	const struct event *events;
};

/* Takes a unit in; then scoring_part() is called until it is done, and before that nothing else is taken in.
 * Returns 0, ERR_NOMEM, ERR_FULL (a limit of the engine); s must be dropped then. */
int scoring_take(struct scoring *s, const struct scoring_unit *in);

/* Brings at most SCORING_PART_PARTNERS partners up to date. Most units are done with one part; a day that touches all has
 * many, between which questions may be asked. Parts are cut the same whenever they are made.
 * in         the unit that was taken in.
 * ret_batch  what changed; n_changes is 0 when nothing did. Its arrays belong to s, its texts to s and to the
 *            unit's events; valid until the next part.
 * Returns 0, ERR_NOMEM; s must be dropped then. */
#define SCORING_PART_PARTNERS 512u
int scoring_part(struct scoring *s, const struct scoring_unit *in, struct score_batch *ret_batch,
	bool *ret_done);

/* How many of the changes from `at` on go into one unit of the score log, 1 or more where there are any: at most
 * SCORING_UNIT_CHANGES_MAX, and so few that their encoding stays within the frames that carry units, whatever the names
 * and points. */
#define SCORING_UNIT_CHANGES_MAX 512u
size_t scoring_unit_changes(const struct score_batch *batch, size_t at);

struct engine *scoring_engine(struct scoring *s); /* for questions and snapshots */

/* Of the editions that a calendar begins with: other texts, other first days or another number of them give another
 * digest; their order does not matter. */
uint64_t scoring_rules_digest(const struct edition *const *editions, size_t n);

#endif
