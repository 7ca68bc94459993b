/* Questions of what if on their way through the scoring service. What bears upon few facts is answered at once; for more,
 * a child of the process answers from its copy of the state, so that events and other questions go on meanwhile.
 *
 *                    few facts
 *   a question ──────────────────────────────────────────────► answered
 *       │ many                                                    ▲
 *       ├── a child is at work ──► refused: ask again             │ its answer, or that it failed or took too long
 *       └──────────────────────► a child ─────────────────────────┘
 *
 * Not for sharing between threads. */
#ifndef SCORING_SIMULATIONS_H
#define SCORING_SIMULATIONS_H

#include <uv.h>

#include "common/io/bus.h"
#include "services/scoring/whatif.h"

struct simulations;

#define SIMULATE_AT_ONCE                                                                           \
	8192u /* facts that are copied at once, at most: some 8 ms (explained half as many) */
#define SIMULATE_CHILD_NS 30000000000u /* after it a child is ended */

struct simulations_options {
	struct engine *engine;
	struct edition_source editions; /* as in struct whatif_options */
	size_t at_once;			/* facts */
	/* What came of a question that a child took. rc 0: answer is a FRAME_SIMULATE_ANSWER, borrowed for the call;
	 * otherwise as whatif_answer() returns, or ERR_TIMEOUT, ERR_IO. */
	void (*on_answer)(void *ctx, const struct bus_peer *peer, uint64_t request, int rc,
		const struct frame *answer, const struct err *e);
	void *ctx;
};

/* options copied. Returns 0 or ERR_NOMEM. */
int simulations_create(
	uv_loop_t *loop, const struct simulations_options *options, struct simulations **ret_s);
/* Ends a child. Memory is freed when the loop has turned. Nulls *ps; accepts NULL in it. */
void simulations_close(struct simulations **ps);

/* Answers as whatif_answer() does, or hands the question to a child: then *ret_later is set and on_answer follows.
 * Also returns ERR_AGAIN (a child is at work already), ERR_IO (no child can be made). */
int simulations_answer(struct simulations *s, const struct bus_peer *peer,
	const struct frame *query, const struct wire_freshness *freshness, struct arena *ar,
	struct frame *ret_frame, bool *ret_later, struct err *err);

/* Ends a child that is late, and gives back what the last answer lies in. */
void simulations_tick(struct simulations *s, uint64_t now_ns);

uint64_t simulations_by_child(const struct simulations *s); /* answered so, or tried */

#endif
