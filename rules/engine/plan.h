/* The edition turned into operators: equal rules once, what each looks at, in which areas it counts. */
#ifndef RULES_ENGINE_PLAN_H
#define RULES_ENGINE_PLAN_H

#include "rules/engine/cells.h"
#include "rules/engine/edition.h"
#include "rules/engine/engine.h"

#define FEEDS_MAX  (EDITION_SELECTIONS_MAX * 4)
#define OP_WORDS   (EDITION_METRICS_MAX / 64)
#define PRED_WORDS 4 /* distinct predicates over certificates: at most 256 */
#define CLOCKS_MAX 8
#define NO_FEED	   UINT16_MAX
#define NO_CLOCK   UINT8_MAX

enum feed_by { FEED_BY_CUSTOMER, FEED_BY_PRODUCT, FEED_TOTAL, FEED_BY_BOTH };

/* What an operator takes from a feed. */
enum feed_role { ROLE_MAIN, ROLE_SHARE, ROLE_FILTER, ROLE_FILTER_SHARE, ROLE_END };

struct feed_op {
	uint16_t op;
	uint16_t role;
};

/* Sums that the rows of a selection go into. */
struct feed {
	uint16_t selection;
	enum feed_by by;
	bool units; /* some operator gathers its units */
	uint16_t n_ops;
	const struct feed_op *ops;
};
#define FEED_OPS_MAX 64

/* What an operator remembers of a partner; everything else follows from the cells. What the two numbers are stands with
 * each kind. */
struct op_state {
	int128 now, base;
};

struct op_kind;

struct op {
	const struct op_kind *kind;
	const struct metric_rule *rule;
	uint32_t maximum; /* of the points; 1 for a condition */
	bool pooled;	  /* points may be below zero: the pool they go into is not */
	uint8_t clock;	  /* whose reference month it refers to; NO_CLOCK: it follows no usage */
	uint64_t areas;	  /* bit per area it counts in */
	uint16_t state;	  /* unless NO_CLOCK */
	uint16_t feeds[ROLE_END];
	uint64_t
		reads; /* bit k: the month k before the reference month plays a part; the last bit: all before it as well */
	/* Of each role, the product of its selection that is the same as product i of the main selection (index + 1, 0: none);
	 * NULL: the same number in both. */
	const uint16_t *same[ROLE_END];
	uint16_t preds[EDITION_STEPS_MAX];
	uint16_t n_children; /* conditions below it */
	const uint16_t *children;
};

/* A metric of a track: one operator, or the parts of a combined one. */
struct plan_metric {
	uint16_t n;
	uint16_t ops[EDITION_PARTS_MAX];
};

struct plan_track {
	struct plan_metric metrics[AREA_METRICS_MAX];
	uint16_t when; /* an operator; NO_OP */
};
#define NO_OP UINT16_MAX

struct plan_area {
	struct plan_track *tracks;
	struct area_shape *shapes; /* per track */
};

struct plan {
	size_t n_ops, n_feeds, n_states, n_preds, n_product_ops, n_clocks;
	struct op *ops;
	struct feed *feeds;
	uint8_t n_selection_feeds[EDITION_SELECTIONS_MAX];
	uint16_t selection_feeds[EDITION_SELECTIONS_MAX][4];
	const struct people_predicate **preds;
	uint64_t (*pred_ops)[OP_WORDS]; /* operators that count a predicate */
	uint32_t clocks[CLOCKS_MAX];	/* bit per measure whose months it follows */
	uint64_t clock_ops[CLOCKS_MAX][OP_WORDS];
	uint64_t fact_ops[OP_WORDS]; /* operators that follow attestations, or other areas */
	uint32_t measures;	     /* bit per measure that some operator uses */
	bool people, segments, attestations; /* some operator looks at them */
	struct plan_area *areas;
};

/* Checks the edition and fills the plan from the arena. Returns 0, ERR_INVALID, ERR_NOMEM. */
int plan_init(struct plan *plan, const struct edition *ed, struct arena *ar);

/* ---- which rows belong to which selections --------------------------------------------------------------------- */

/* A selection that admits a kind of row. */
struct shape_hit {
	uint8_t selection;
	uint32_t associations; /* bit for each by which a row counts */
	uint32_t weight;       /* of the row's amount */
	uint32_t product; /* as the selection counts it: its listed product, or the name itself */
};

/* The texts of a kind of row. */
struct shape_names {
	struct str product, component, level1, group2, group3, influencer, compute_os;
};

/* The selections that admit rows of these names and attributes, whatever their association.
 * name   number of the product's name.
 * hits   room for edition->n_selections. Returns how many. */
size_t plan_select(const struct edition *ed, const struct shape_names *names, enum measure measure,
	enum offer_kind offer, uint32_t name, struct shape_hit *hits);
/* Whether a listed product goes by that name. */
bool plan_names(const struct product *p, struct str name);
/* The name of a product as a selection counts it. name: the text of the product's number where none is listed. */
struct str plan_product(const struct selection *s, uint32_t product, struct str name);

/* ---- rule kinds (op_*.c) --------------------------------------------------------------------------------------- */

/* A cell of one of the operator's feeds on its way from `old` to `new`. */
struct cell_move {
	uint16_t role;
	uint32_t who, sub;
	month_no month;
	int128 old, new;
};

struct engine;
struct partner;
struct customer_sums;
struct explainer;
struct metric_score;
struct standing_view;

/* What an operator may look at while it follows usage. */
struct op_ctx {
	struct engine *e;
	const struct plan *plan;
	const struct edition *edition;
	const struct partner *partner;
	const struct cells *cells; /* the sums: of all feeds, or, with `customer`, ... */
	struct customer_sums
		*customer;     /* ... those of one customer in the months asked for; NULL */
	struct cells *windows; /* by operator and product: sum over its window */
	month_no reference;    /* of the operator's clock; never MONTH_NONE */
	const struct op *op;
	size_t number;
};

struct op_kind {
	/* Around a change of a cell: what the units that the cell belongs to give before (into ret_saved), and the state
	 * adjusted after. before() returns false when the change cannot matter; after() then is not called and returns
	 * whether the state changed. NULL for kinds that follow no usage. `windows` has room for one more. */
	bool (*before)(
		const struct op_ctx *x, const struct cell_move *m, struct op_state *ret_saved);
	bool (*after)(const struct op_ctx *x, const struct cell_move *m,
		const struct op_state *saved, struct op_state *s);
	/* Adds one cell of the main feed, of a full set, to a state that began at zero; or NULL and then ... */
	void (*gather_cell)(const struct op_ctx *x, const struct cell *c, struct op_state *s);
	/* ... adds one unit of the main feed: every (who, sub) of it comes once. */
	void (*gather_unit)(const struct op_ctx *x, uint32_t who, uint32_t sub, struct op_state *s);
	/* Points, for kinds that earn; at least 0 (unless op->pooled) and at most op->maximum. */
	struct ratio (*points)(const struct op *op, const struct standing_view *v);
	enum met (*met)(const struct op *op, const struct standing_view *v); /* for conditions */
	void (*explain)(struct explainer *x, const struct op *op, struct metric_score *ret);
};
extern const struct op_kind op_units, op_people, op_growth, op_products, op_level, op_share,
	op_segment, op_hold, op_attested, op_held, op_of, op_unknown;

/* Whether month m lies in the `span` months that end with `last`. */
static inline bool month_in(month_no m, month_no last, uint32_t span)
{
	return m <= last && (int64_t)m > (int64_t)last - (int64_t)span;
}
/* each * n, at most cap. n may be negative. */
struct ratio points_capped(struct ratio each, int128 n, struct ratio cap);

#endif
