/* What a partner could add on the way to a goal: the moves among which a plan chooses, made from the rules of the edition
 * and from what is known of the partner, each with its price and the facts that would tell it. Pure.
 *
 * A move is made up to n_units times, in the order of its units: people who are nearest first, then new ones. */
#ifndef SCORING_PLAN_MOVES_H
#define SCORING_PLAN_MOVES_H

#include "common/wire/frame.h"
#include "rules/engine/fork.h"
#include "services/scoring/plan_search.h"

struct plan_unit {
	struct str who;	 /* person or customer */
	struct str what; /* certificates, product, attestation */
	bool known;	 /* who is; otherwise somebody new */
	size_t n;
	struct event *on, *off; /* n each; ids, times and the subject are set when they are told */
	const struct plan_move *of;
};

struct plan_move {
	enum wire_plan_kind kind;
	int64_t cost;	  /* of one, in millionths */
	uint64_t metrics; /* of the goal that it bears upon, a bit each */
	uint32_t n_units;
	struct plan_unit *units;
	enum measure measure; /* of usage; 0 */
	int64_t amount_micro; /* of usage, by one */
	uint32_t per_cent;    /* of growth, by one; 0: it is no per cent */
};

/* A metric that a plan looks at. */
struct plan_target {
	size_t goal;		    /* in the list of goals */
	size_t area, track, metric; /* places in the edition */
	const struct metric *metric_of;
};

struct plan_moves {
	size_t n;
	struct plan_move all[PLAN_MOVES_MAX];
	unsigned serial; /* the last that was made up */
	size_t n_notes;
	struct str notes[WIRE_NOTES_MAX];
};

struct plan_making {
	const struct engine *engine; /* settled; on today's day */
	const struct edition *edition;
	struct str partner;
	day_no today, until;
	size_t n_targets;
	const struct plan_target *targets;
	const uint8_t *
		option; /* per target: of a combined metric of which the better part counts, which one */
	const struct engine *later; /* a fork of `engine` on the last day, settled */
	size_t n_costs;
	const struct wire_plan_cost *costs;
	bool narrow;	 /* of every combined metric one part only, also where parts are added */
	bool coarse;	 /* growth in large steps, few of them */
	unsigned serial; /* of names that are made up: the first is one more */
	struct arena *ar;
	struct arena *tables; /* for what is needed by the search alone */
};

/* ret: everything in it lives in the arena and the engine.
 * Returns 0, ERR_FULL (more than PLAN_MOVES_MAX kinds of moves), ERR_NOMEM. Cost: O(facts of the partner). */
int plan_moves_make(const struct plan_making *m, struct plan_moves *ret);

/* The price of something by the table: the entry of that name, else the one without a name; 0 when there is none. */
int64_t plan_cost(
	const struct wire_plan_cost *costs, size_t n, enum wire_plan_kind kind, struct str name);

#endif
