/* The way to a designation: answers to a FRAME_PLAN_QUERY. Which additions bring a partner to qualify from today through a
 * day, and cost least by the prices of the question.
 *
 * The additions come from the rules and from what is known of the partner (plan_moves.h); what each combination gives is
 * scored by the engine on forks, for today and for the last day, and put into tables (plan_table.h); the cheapest
 * combination is searched in those (plan_search.h). Each plan is then carried out on a fork of its own and judged on every
 * day between on which something lapses; a day on which it fails joins the days of the tables, and the search begins
 * again. So what is answered holds by the engine itself. */
#ifndef SCORING_PLANNER_H
#define SCORING_PLANNER_H

#include "common/base/err.h"
#include "common/wire/frame.h"
#include "rules/engine/engine.h"

#define PLAN_DAYS_DEFAULT 90 /* when there is no anniversary ahead */
#define PLANS_DEFAULT	  4u

/* engine     settled; not changed.
 * max_facts  that one fork may copy.
 * ret_frame  everything in it lives in the arena and the engine.
 * err        says why; may be NULL.
 * Returns 0, ERR_NOTFOUND (the partner is not known), ERR_INVALID (unknown target), ERR_SYNTAX (a day or a target that
 * cannot be planned), ERR_FULL (too many facts or combinations), ERR_NOMEM.
 * Cost: some thousand scores of the partner; bounded by PLAN_TABLE_MAX and the limit of the search. */
int plan_answer(struct engine *engine, size_t max_facts, const struct frame *query,
	const struct wire_freshness *freshness, struct arena *ar, struct frame *ret_frame,
	struct err *err);

#endif
