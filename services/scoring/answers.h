/* Turns what the engine says of partners into answer frames. */
#ifndef SCORING_ANSWERS_H
#define SCORING_ANSWERS_H

#include "common/wire/frame.h"
#include "rules/engine/engine.h"

/* Fills ret_frame with the answer to a FRAME_SCORE_QUERY; everything in it lives in the arena and the engine.
 * Returns 0, ERR_NOTFOUND (the partner is not known), ERR_RANGE (as_of outside the accepted span), ERR_NOMEM. */
int answer_score(const struct engine *e, const struct frame *query,
	const struct wire_freshness *freshness, struct arena *ar, struct frame *ret_frame);

#define PARTNERS_LIMIT_DEFAULT 100u
#define PARTNERS_LIMIT_MAX     1000u

/* Likewise for a FRAME_PARTNERS_QUERY. Returns 0 or ERR_NOMEM. */
int answer_partners(const struct engine *e, const struct frame *query,
	const struct wire_freshness *freshness, struct arena *ar, struct frame *ret_frame);

#endif
