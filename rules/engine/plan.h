/* The edition turned into operators: equal metric rules once, what each looks at, in which areas it counts. */
#ifndef RULES_ENGINE_PLAN_H
#define RULES_ENGINE_PLAN_H

#include "rules/engine/cells.h"
#include "rules/engine/edition.h"

#define FEEDS_MAX (EDITION_SELECTIONS_MAX * 3)
#define OP_WORDS  (EDITION_METRICS_MAX / 64)

enum feed_by { FEED_BY_CUSTOMER, FEED_BY_PRODUCT, FEED_TOTAL };

/* Sums that the rows of a selection go into. */
struct feed {
	uint16_t selection;
	enum feed_by by;
	enum measure measure;
	uint16_t n_ops;
	const uint16_t *ops;
};

/* What an operator remembers of a partner; everything else follows from the cells.
 * Customers: eligible now and a year before. Growth: usage now and a year before. Products: how many, 0. */
struct op_state {
	int128 now, base;
};

struct op;
struct op_kind;

struct op {
	const struct op_kind *kind;
	const struct metric_rule *rule;
	uint32_t maximum;
	uint64_t areas;	      /* bit per area it counts in */
	enum measure measure; /* 0 for people */
	uint16_t feed, state; /* unless people */
	uint16_t preds[EDITION_STEPS_MAX];
};

struct plan {
	size_t n_ops, n_feeds, n_states, n_preds, n_product_ops;
	size_t pred_words; /* of a bit set over predicates */
	struct op *ops;
	struct feed *feeds;
	uint16_t *feed_ops;
	uint8_t n_selection_feeds[EDITION_SELECTIONS_MAX];
	uint8_t selection_feeds[EDITION_SELECTIONS_MAX][3];
	const struct people_predicate **preds;
	uint64_t (*pred_ops)[OP_WORDS]; /* operators that count a predicate */
	uint64_t measure_ops[MEASURE_END][OP_WORDS];
	uint32_t measures; /* bit per measure that some operator uses */
	bool people;	   /* some operator counts people */
	uint32_t attributes[ASSOC_KIND_END][OFFER_KIND_END]
			   [MEASURE_END]; /* selections that pass them */
	uint16_t *metric_op;		  /* of all areas, one after the other */
	size_t area_first[EDITION_AREAS_MAX];
	struct area_shape *shapes;
};

/* Checks the edition and fills the plan from the arena. Returns 0, ERR_INVALID, ERR_NOMEM. */
int plan_init(struct plan *plan, const struct edition *ed, struct arena *ar);
static inline uint16_t plan_op(const struct plan *plan, size_t area, size_t metric)
{
	return plan->metric_op[plan->area_first[area] + metric];
}
/* Selections whose products and components admit these names. */
uint32_t plan_select(const struct edition *ed, struct str product, struct str component);

/* ---- rule kinds (op_*.c) --------------------------------------------------------------------------------------- */

/* A cell of the operator's feed on its way from `old` to `new`; the table still holds neither for certain. */
struct cell_move {
	uint32_t who;
	month_no month;
	int128 old, new;
};

struct explainer;
struct metric_score;

struct op_kind {
	/* Adjusts the state; true when it changed. `windows` has room for one more. NULL for people. */
	bool (*touch)(const struct op *op, size_t number, struct op_state *s,
		const struct cells *cells, struct cells *windows, month_no reference,
		const struct cell_move *m);
	/* Adds one cell of a full set to a state that began at zero. NULL for people. */
	void (*gather)(const struct op *op, size_t number, struct op_state *s,
		const struct cells *cells, struct cells *windows, month_no reference,
		const struct cell *c);
	struct ratio (*points)(
		const struct op *op, const struct op_state *states, const uint32_t *counts);
	void (*explain)(struct explainer *x, const struct op *op, struct metric_score *ret);
};
extern const struct op_kind op_customers, op_people, op_growth, op_products;

/* Whether month m lies in the `span` months that end with `last`. */
static inline bool month_in(month_no m, month_no last, uint32_t span)
{
	return m <= last && (int64_t)m > (int64_t)last - (int64_t)span;
}
/* each * n, at most cap. n >= 0. */
struct ratio points_capped(struct ratio each, int128 n, struct ratio cap);

#endif
