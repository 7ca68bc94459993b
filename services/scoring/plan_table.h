/* Forks of a partner on some days, on which moves are made and taken back, and the tables that come of it. */
#ifndef SCORING_PLAN_TABLE_H
#define SCORING_PLAN_TABLE_H

#include "services/scoring/plan_moves.h"

struct plan_lab {
	struct str partner;
	size_t n_days;
	day_no days[PLAN_DAYS_MAX];
	struct engine *forks[PLAN_DAYS_MAX];
	uint64_t told; /* events so far: each is newer than all before it */
};

/* A fork on a day, today or later, settled; freed with engine_destroy(). track: counts whatever the rules say; empty: as
 * they say. points_only: as in struct fork_request. Returns 0, ERR_FULL (more than max_facts), ERR_NOMEM. */
int plan_fork(const struct engine *e, struct str partner, size_t max_facts, struct str track,
	bool points_only, day_no day, struct engine **ret);
/* Brings a fork to a later day. */
int plan_fork_day(struct engine *fork, day_no day);
/* Tells the events of a unit, made or taken back, and settles. *told counts on. */
int plan_tell(struct engine *fork, struct str partner, const struct plan_unit *u, bool on,
	uint64_t *told);

void plan_lab_close(struct plan_lab *lab);

/* Fills the tables of p->metrics for the targets of the making; moves and their bounds are set in p as well, its goals are
 * set already. First everything is added at once: when that does not reach the goals, the other entries are left out.
 * ret_beyond  the goals out of reach, a bit each; 0: the tables are full.
 * Returns 0, ERR_FULL (a table would be larger than PLAN_TABLE_MAX), ERR_NOMEM.
 * Cost: one settle and score per combination of the moves of each metric and day. */
int plan_tables(struct plan_lab *lab, const struct plan_making *m, const struct plan_moves *moves,
	struct search_problem *p, uint64_t *ret_beyond);

#endif
