/* What the makers of moves share. Used by plan_*.c only. */
#ifndef SCORING_PLAN_PARTS_H
#define SCORING_PLAN_PARTS_H

#include "services/scoring/plan_moves.h"

struct plan_work {
	const struct plan_making *m;
	struct plan_moves *out;
	unsigned serial; /* of names that are made up */
	int rc;		 /* the first failure; sticky */
};

/* A copy in the arena; empty (and rc set) when there is no memory. */
struct str plan_text(struct plan_work *w, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void plan_note(struct plan_work *w, struct str s);
void *plan_alloc(struct plan_work *w, size_t bytes);
/* A new move with room for so many units; NULL (and rc set) when there is none. */
struct plan_move *plan_move_add(
	struct plan_work *w, enum wire_plan_kind kind, int64_t cost, uint32_t n_units);
/* Room for the facts of a unit. False when there is no memory. */
bool plan_unit_room(struct plan_work *w, struct plan_unit *u, size_t n);

/* Calls for a rule and for those below it that a plan may follow. part: of a combined metric. */
typedef void (*plan_rule_each)(
	struct plan_work *w, size_t target, size_t part, const struct metric_rule *rule);
void plan_rules(struct plan_work *w, plan_rule_each each);

/* plan_people.c, plan_usage.c */
void plan_people_moves(struct plan_work *w);
void plan_usage_moves(struct plan_work *w);

#endif
