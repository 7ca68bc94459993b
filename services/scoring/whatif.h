/* What would become of a partner if some things happened: answers to a FRAME_SIMULATE_QUERY. The engine itself computes
 * it, on a fork (rules/engine/fork.h); nothing that the engine keeps is touched.
 *
 * Three scores: `before`, as it stands; `without`, on the day and by the edition and track that are asked about, where
 * those are others than now; `after`, with the facts. What the facts alone do is the step from `without` to `after`; what
 * would be alerted is the step from `before` to `after`.
 *
 * Not for sharing between threads. */
#ifndef SCORING_WHATIF_H
#define SCORING_WHATIF_H

#include "common/base/err.h"
#include "common/wire/frame.h"
#include "rules/engine/engine.h"

struct whatif;

struct whatif_options {
	struct engine *engine; /* borrowed */
	struct edition_source
		editions; /* of ids that are not in the calendar, and of edition facts; open may be NULL */
	size_t max_facts; /* of one fork; with explanations half as many of the partner itself */
};

/* Facts that one answer of a service may copy: some 0.3 GB. */
#define WHATIF_FACTS_MAX ((size_t)1 << 20)

/* Returns 0 or ERR_NOMEM. */
int whatif_create(const struct whatif_options *options, struct whatif **ret_w);
void whatif_destroy(struct whatif *w); /* accepts NULL */

/* Everything in ret_frame lives in the arena and the engine, or until the next call.
 * err  says why; may be NULL.
 * Returns 0, ERR_NOTFOUND (the partner is not known, and no fact makes it so), ERR_INVALID (unknown area), ERR_SYNTAX (a
 * fact, a supposition, an edition or a track that cannot be; err says which), ERR_RANGE (a day outside the accepted span),
 * ERR_FULL (more facts than max_facts), ERR_NOMEM.
 * Cost: O(facts of the partner), some 0.6 us each; with explanations more than twice that. */
int whatif_answer(struct whatif *w, const struct frame *query,
	const struct wire_freshness *freshness, struct arena *ar, struct frame *ret_frame,
	struct err *err);

/* Gives back what the last answer lies in. */
void whatif_tick(struct whatif *w);

/* How many facts the next answers may copy. */
void whatif_set_max_facts(struct whatif *w, size_t max_facts);

#endif
