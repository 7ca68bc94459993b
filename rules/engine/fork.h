/* A fork: an engine of its own that begins with what another one knows of a partner. Facts that are told to it, and days
 * that pass in it, change nothing in the one that it came from; what it then says of the partner is what that one would
 * say, byte for byte, had it been told the same.
 *
 * What goes along: the calendar, the day, the partner with its locations and its people (with all that anybody said of
 * them), and the claims of other partners on its customers; likewise whatever the events speak of that shall be told to
 * it. Of anybody else a fork knows nothing. */
#ifndef RULES_ENGINE_FORK_H
#define RULES_ENGINE_FORK_H

#include "rules/engine/engine.h"

struct fork_request {
	struct str partner;	    /* may be unknown: then the fork begins without facts of it */
	const struct event *events; /* that shall be told to the fork; borrowed for the call */
	size_t n_events;
	size_t max_facts; /* that are copied, at most */
	/* Counts in every area that has a track of that id, whatever the rules and enrollments say; empty: none. Borrowed
	 * as long as the fork lives. */
	struct str track;
};

/* e        borrowed for the call and not changed; settled or not. Its editions must outlive the fork.
 * a        borrowed; must outlive the fork.
 * ret_fork settled; freed with engine_destroy(). It opens no texts of editions: see engine_set_source().
 * Returns 0, ERR_FULL (more than max_facts), ERR_NOMEM.
 * Cost: O(facts copied) and one settle of the partner; the plan of each edition is made once more. */
int engine_fork(const struct engine *e, const struct alloc *a, const struct fork_request *r,
	struct engine **ret_fork);

/* Everything held of a partner, its locations and its people, as events that would bring it again, what was withdrawn
 * left out. Their texts live in the engine, but for the id, which lives for the call.
 * each  stops the walk with a code that is not 0.
 * Returns 0, ERR_NOTFOUND (no such partner), or what each() returned. */
int engine_facts(const struct engine *e, struct str partner,
	int (*each)(void *ctx, const struct event *ev), void *ctx);

/* How many facts are held of a partner, its locations and its people, withdrawn ones too; 0 when it is not known.
 * Cost: O(locations and people). */
size_t engine_fact_count(const struct engine *e, struct str partner);

/* The month that the rules call the last one of a measure, for a partner on the current day: as in engine.h. Of a partner
 * without usage of the measure, known or not, the newest month that may be referred to. MONTH_NONE before the first day. */
month_no engine_reference(const struct engine *e, struct str partner, enum measure m);

#endif
