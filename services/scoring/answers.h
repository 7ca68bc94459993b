/* Turns what the engine says of partners into answer frames. */
#ifndef SCORING_ANSWERS_H
#define SCORING_ANSWERS_H

#include "common/base/err.h"
#include "common/wire/frame.h"
#include "rules/engine/engine.h"

/* Everywhere: everything in ret_frame lives in the arena and the engine. A question for one area names it by id or by
 * name; ERR_INVALID: there is none, e says which is nearest (e may be NULL). */

/* Fills ret_frame with the answer to a FRAME_SCORE_QUERY.
 * Returns 0, ERR_NOTFOUND (the partner is not known), ERR_RANGE (as_of outside the accepted span), ERR_INVALID,
 * ERR_NOMEM. */
int answer_score(struct engine *e, const struct frame *query,
	const struct wire_freshness *freshness, struct arena *ar, struct frame *ret_frame,
	struct err *err);

/* A score as the answer that a FRAME_SCORE_QUERY gets. only: the area to tell, of the score's edition; NULL: all.
 * Returns 0 or ERR_NOMEM. */
int answer_of_score(const struct partner_score *score, const struct area *only, bool explained,
	const struct wire_freshness *freshness, struct arena *ar, struct frame *ret_frame);

#define PARTNERS_LIMIT_DEFAULT 100u
#define PARTNERS_LIMIT_MAX     250u /* of one page, whatever the question asks for */

/* Likewise for a FRAME_PARTNERS_QUERY. Returns 0, ERR_INVALID or ERR_NOMEM. */
int answer_partners(struct engine *e, const struct frame *query,
	const struct wire_freshness *freshness, struct arena *ar, struct frame *ret_frame,
	struct err *err);

/* Days in one answer; it tells where it ends, and the reader asks on. Bounds the time that one question takes. */
#define HISTORY_DAYS_MAX 31

/* Likewise for a FRAME_HISTORY_QUERY. Returns as answer_score(); ERR_RANGE also for days in the wrong order. */
int answer_history(struct engine *e, const struct frame *query,
	const struct wire_freshness *freshness, struct arena *ar, struct frame *ret_frame,
	struct err *err);

/* An area's standing, as lists and histories tell it; texts of the edition. */
struct wire_area_standing standing_of_score(const struct area_score *a);
/* The points that an area's metrics can have in all. */
uint32_t area_maximum(const struct area *a);

#endif
