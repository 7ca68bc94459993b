/* What would become of the partners under other rules. A text of rules is compiled, kept between the pages of the answer,
 * and every partner is scored by it beside the rules of now; what is kept of the partners is not touched.
 *
 *   NONE ── a text ──► KEPT ── pages by its digest ──► KEPT ── idle, or another text ──► NONE
 *
 * One text at a time: another one is refused while further pages of the kept one are awaited. Not for sharing between threads. */
#ifndef SCORING_REHEARSAL_H
#define SCORING_REHEARSAL_H

#include "common/base/err.h"
#include "common/wire/frame.h"
#include "rules/engine/engine.h"

struct rehearsal;

#define REHEARSAL_PAGE	  250u	      /* partners looked at for one answer, at most */
#define REHEARSAL_BUSY_NS 5000000000u /* while pages are left, no other text is taken for so long */
#define REHEARSAL_IDLE_NS 60000000000u /* after it the text is dropped */

/* e       borrowed; must outlive the rehearsal.
 * now_ns  reads a clock: a page ends when budget_ns have passed, and the text is dropped by it. NULL: no time passes.
 * Returns 0 or ERR_NOMEM. */
int rehearsal_create(
	struct engine *e, uint64_t (*now_ns)(void), uint64_t budget_ns, struct rehearsal **ret_r);
void rehearsal_destroy(struct rehearsal *r); /* accepts NULL */

/* Answers a FRAME_REHEARSE_QUERY. Everything in ret_frame lives in the arena and the engine, or until the next call.
 * A text with faults is an answer: its report says which, and `edition` is empty.
 * err  says why; may be NULL.
 * Returns 0, ERR_MISMATCH (the text of that digest is not kept: send it again), ERR_AGAIN (another text is asked
 * about), ERR_INVALID (unknown area), ERR_NOMEM. */
int rehearsal_answer(struct rehearsal *r, const struct frame *query,
	const struct wire_freshness *freshness, struct arena *ar, struct frame *ret_frame,
	struct err *err);

/* Drops the text when nobody has asked about it for long. */
void rehearsal_tick(struct rehearsal *r);
bool rehearsal_is_kept(const struct rehearsal *r); /* a text is */

#endif
