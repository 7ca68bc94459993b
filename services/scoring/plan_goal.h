/* What a plan aims at: areas that shall qualify, and through which day. Pure. */
#ifndef SCORING_PLAN_GOAL_H
#define SCORING_PLAN_GOAL_H

#include "common/base/err.h"
#include "rules/engine/engine.h"
#include "services/scoring/plan_moves.h"

struct plan_goals {
	day_no today, until;
	size_t n;
	uint16_t areas[EDITION_AREAS_MAX]; /* places in the edition */
	size_t n_targets;		   /* metrics that a plan looks at */
	struct {
		uint16_t goal, metric;
	} targets[PLAN_METRICS_MAX];
	size_t n_notes;
	struct str notes[WIRE_NOTES_MAX];
};

/* target  an area of the day's edition by id or name, or "all": every solution area. A specialization brings along the
 *         designations that it asks and that are not held.
 * until   DAY_NONE: the first anniversary ahead of the areas, or PLAN_DAYS_DEFAULT days; cut before the day on which
 *         another edition becomes valid.
 * Returns 0, ERR_INVALID (no such area), ERR_SYNTAX (a day in the past; more metrics than a plan can look at), ERR_NOMEM. */
int plan_goals_find(const struct engine *e, const struct partner_score *now, struct str target,
	day_no until, struct arena *ar, struct plan_goals *ret, struct err *err);

/* One of them alone, without notes. */
void plan_goals_only(const struct plan_goals *g, size_t goal, struct plan_goals *ret);

/* The tracks to plan by, one after the other: an empty id where no goal has any. Returns how many. */
size_t plan_goals_tracks(
	const struct plan_goals *g, const struct partner_score *now, struct str *ret, size_t cap);
/* The targets by a track. ret: room for n_targets. */
void plan_goals_targets(const struct plan_goals *g, const struct partner_score *now,
	struct str track, struct plan_target *ret);
/* What the search must reach. */
void plan_goals_limits(
	const struct plan_goals *g, const struct edition *ed, struct search_problem *p);
/* Whether a score reaches them. */
bool plan_goals_reached(const struct plan_goals *g, const struct partner_score *s);
/* Notes why nothing was found: what all additions together would give. */
void plan_goals_beyond(struct plan_goals *g, struct arena *ar, const struct search_problem *p,
	const struct search_result *r, const struct plan_target *targets, const struct edition *ed);
/* Once, however often it is said. */
void plan_goals_note(struct plan_goals *g, struct arena *ar, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
