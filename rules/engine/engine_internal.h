/* What the files of the engine share. Nobody else includes this.
 *
 *   plan.c     the edition turned into operators: equal metric rules once, what each looks at, in which areas it counts
 *   stamp.c    which of two versions of a fact stands
 *   cells.c    sums by (feed, customer or product, month)
 *   rows.c     usage rows by natural key
 *   partner.c  a partner: what its rows add up to, its reference months
 *   people.c   people, their certificates, where they count, on which day that changes
 *   op_*.c     one rule kind each
 *   engine.c   events in, ahead.c  many of them;  settle.c  changes out
 *   question.c, explain.c   scores on demand
 *   snapshot.c, load.c, digest.c   the state as bytes
 *
 * How a usage event flows: its natural key finds a row of its partner; the difference to what stood is added to the
 * cells of every feed that the row belongs to; each operator on a feed sees the cell before and after and adjusts
 * two numbers (struct op_state), from which points follow at the next settle. */
#ifndef RULES_ENGINE_INTERNAL_H
#define RULES_ENGINE_INTERNAL_H

#include "common/base/intern.h"
#include "rules/engine/engine.h"

#ifndef ARRAY_LEN
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#endif
#define NONE	  UINT32_MAX
#define DAY_NEVER INT32_MAX

/* ---- versions of a fact (stamp.c) ------------------------------------------------------------------------------ */

/* Which event a held fact comes from. The id keeps its text in 16 bytes where it can. */
struct stamp {
	event_ms recorded;
	uint32_t source; /* in names */
	uint16_t owner;	 /* free for the struct around it */
	uint8_t form;	 /* 0: no stamp; 1..16: bytes of text in `id`; or one of STAMP_* */
	bool retracted;
	unsigned char id[16];
};
#define STAMP_UUID 17 /* "8-4-4-4-12" lower case hexadecimal, packed */
#define STAMP_HEX  18 /* 32 lower case hexadecimal digits, packed */
#define STAMP_HEAP 19 /* pointer and length of a copy */

/* Makes `s` the stamp of the event; gives back the memory of the one before. Returns 0 or ERR_NOMEM. */
int stamp_set(const struct alloc *a, struct stamp *s, event_ms recorded, uint32_t source,
	struct str id, bool retracted);
void stamp_fini(const struct alloc *a, struct stamp *s);
#define STAMP_ID_BUF EVENT_ID_MAX
struct str stamp_id(
	const struct stamp *s, char *buf); /* the id's text; buf of STAMP_ID_BUF bytes */
/* Whether an event with these would stand over `s` (greater recorded, source, id). */
bool stamp_is_older(const struct intern *names, const struct stamp *s, event_ms recorded,
	uint32_t source, struct str id);
int stamp_cmp(const struct intern *names, const struct stamp *a, const struct stamp *b);

/* ---- cells (cells.c) ------------------------------------------------------------------------------------------- */

/* A sum in 128 bits: no number of rows of the greatest amount passes it. */
struct cell {
	uint64_t key; /* 0: free */
	uint64_t low;
	int64_t high;
};
struct cells {
	struct cell *slots;
	uint32_t n, cap; /* cap: 0 or a power of two */
};

/* slot: feed, or operator for sums over a window; who: customer or product, 0 for a total; at: a valid month, or 0. */
static inline uint64_t cell_key(uint32_t slot, uint32_t who, month_no at)
{
	uint64_t month = at == 0 ? 0 : (uint64_t)(at - MONTH_MIN + 1);

	return (1ULL << 63) | (uint64_t)slot << 44 | month << 32 | who;
}
static inline uint32_t cell_slot(const struct cell *c)
{
	return (uint32_t)(c->key >> 44) & 0x7ffff;
}
static inline uint32_t cell_who(const struct cell *c)
{
	return (uint32_t)c->key;
}
static inline month_no cell_month(const struct cell *c)
{
	return (month_no)(c->key >> 32 & 0xfff) + MONTH_MIN - 1;
}
static inline int128 cell_sum(const struct cell *c)
{
	return (int128)((uint128)(uint64_t)c->high << 64 | c->low);
}
static inline void cell_set(struct cell *c, int128 v)
{
	c->low = (uint64_t)v;
	c->high = (int64_t)(v >> 64);
}

void cells_fini(struct cells *t, const struct alloc *a);
int cells_reserve(struct cells *t, const struct alloc *a,
	uint32_t more); /* room for `more`; 0, ERR_NOMEM, ERR_FULL */
struct cell *cells_put(
	struct cells *t, uint64_t key); /* found or new with sum 0; room was reserved */
int128 cells_get(const struct cells *t, uint64_t key); /* 0 where there is none */
void cells_prefetch(const struct cells *t, uint64_t key);
/* The same by parts; 0 for a month outside the calendar. */
int128 cells_sum(const struct cells *t, uint32_t slot, uint32_t who, month_no at);

/* ---- the plan (plan.c) ----------------------------------------------------------------------------------------- */

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

/* ---- partners (partner.c) -------------------------------------------------------------------------------------- */

/* The names of a usage event as numbers. */
struct usage_key {
	uint32_t partner, customer, source, shape;
};

/* All of a usage row's key but customer and month; few, shared by all partners. */
struct shape {
	uint32_t product, component; /* in names */
	uint32_t selections;	     /* that rows of this shape belong to */
	uint8_t measure, association, offer;
	bool duplicate;
};
struct shapes {
	struct shape *all;
	size_t cap;
	uint32_t n;
	uint32_t *slots; /* number + 1; 0 is free */
	uint32_t n_slots;
};

struct row {
	uint32_t customer; /* in names */
	uint32_t shape;
	int64_t amount;	    /* millionths; 0 when retracted */
	struct stamp stamp; /* owner: month - MONTH_MIN; form 0: free slot */
};
struct rows {
	struct row *slots;
	uint32_t n, cap;
};
static inline month_no row_month(const struct row *r)
{
	return MONTH_MIN + r->stamp.owner;
}

struct engine;

/* The number of a shape, made when it is new. Returns 0, ERR_NOMEM, ERR_FULL. */
int shape_get(struct engine *e, const struct shape *key, uint32_t *ret_shape);
uint32_t shape_find(const struct shapes *t, const struct shape *key); /* or NONE */
/* Room for one more row. Returns 0, ERR_NOMEM, ERR_FULL. */
int rows_reserve(struct rows *t, const struct alloc *a);
/* The row of a key, a free one (stamp.form 0) with the key set when there is none; room was reserved. */
struct row *rows_put(struct rows *t, uint32_t customer, uint32_t shape, month_no month);
/* Brings the row of a key into the cache. */
void row_fetch(const struct rows *t, const struct usage_key *key, month_no month);

/* Months with rows, and months reported complete, both in order of (measure, month). */
struct month_rows {
	uint16_t measure, month; /* month - MONTH_MIN */
	uint32_t n;		 /* rows not retracted */
};
struct marker {
	uint16_t measure, month;
	struct stamp stamp;
};

/* With, behind it, the arrays that the plan sizes. */
struct partner {
	struct rows rows;
	struct cells cells;
	uint32_t touched; /* number + 1 in engine.touched; 0: settled */
	uint8_t rebuild;  /* bit per measure whose operators wait for a rebuild from the cells */
	bool known;	  /* was reported by a settle */
	month_no reference[MEASURE_END];
	struct cells windows; /* by operator and product: sum over its window */
	uint64_t prefix[2];   /* first 16 bytes of the id, big-endian: order without its text */
	struct month_rows *months;
	struct marker *markers;
	size_t n_months, cap_months, n_markers, cap_markers;
	uint32_t first_person; /* of those that count here; NONE */
	struct op_state *states;
	struct ratio *points; /* per operator, as settled */
	uint32_t *counts;     /* people per predicate */
	uint8_t *status;      /* per area, as settled */
};

/* The partner of that id, a new one (touched, so that it is reported) when it is not known.
 * Returns 0, ERR_NOMEM, ERR_FULL. */
int partner_get(struct engine *e, struct str id, const uint32_t *cause, uint32_t *ret_index);
void partner_destroy(struct engine *e, struct partner *p);
int usage_resolve(
	struct engine *e, const struct event *ev, const uint32_t *cause, struct usage_key *ret);
/* The same when nothing about the event is new, without a change to the engine; fetches row and cells. */
bool usage_find(const struct engine *e, const struct event *ev, uint64_t partner_hash,
	uint64_t customer_hash, struct usage_key *ret);
int usage_commit(struct engine *e, const struct event *ev, const struct usage_key *key,
	const uint32_t *cause);
void note_customer(struct engine *e, uint32_t name);
int partner_usage(struct engine *e, const struct event *ev, const uint32_t *cause);
int partner_usage_reported(struct engine *e, const struct event *ev, const uint32_t *cause);
/* The reference month of a measure on a day. */
month_no partner_reference(
	const struct engine *e, const struct partner *p, enum measure m, day_no day);
/* Looks again at the reference months; touches the partner when one moved. */
int partner_refresh(struct engine *e, uint32_t index, uint32_t measures, const uint32_t *cause);
/* Operator states of the measures (bits) from the cells; `windows` are refilled, growing from the engine's memory. */
int partner_rebuild(const struct engine *e, const struct cells *cells, uint32_t measures,
	const month_no *reference, struct op_state *states, struct cells *windows);
/* Parts of partner_usage() that loading needs too. */
int partner_add(struct engine *e, uint32_t index, const struct shape *s, uint32_t customer,
	month_no month, int128 delta, const uint32_t *cause);
int partner_count_row(struct engine *e, struct partner *p, enum measure m, month_no month,
	bool more, bool *ret_edge);
int marker_put(
	struct engine *e, struct partner *p, enum measure m, month_no month, struct marker **ret);

/* The latest month that a measure without markers may refer to on a day; MONTH_NONE before the first day. */
month_no ready_month(const struct edition *ed, day_no day);
month_no closed_month(day_no day);

/* ---- people (people.c) ----------------------------------------------------------------------------------------- */

/* What one partner said of one certificate or assessment of a person. */
struct report {
	uint32_t partner, name;
	int16_t certificate; /* in the edition; -1 when it names none */
	uint8_t kind;	     /* FACT_CERTIFICATION or FACT_ASSESSMENT: keys of their own */
	uint8_t state;	     /* enum certification_state; CERT_EARNED for assessments */
	day_no earned_on, expires_on, ended_on;
	struct stamp stamp;
};
struct person_link {
	uint32_t partner;
	bool linked;
	day_no since;
	struct stamp stamp;
};

struct person {
	struct report *reports;
	struct person_link *links;
	size_t n_reports, cap_reports, n_links, cap_links;
	/* The newest report, and the newest link that links, of those not retracted; NONE: not known, or there is none. */
	uint32_t newest_report, newest_link;
	uint32_t partner;     /* where the person counts, or NONE */
	uint32_t next, prev;  /* of the same partner */
	day_no next_day;      /* the next day on which something changes, or DAY_NEVER */
	uint32_t heap_at;     /* place in engine.days + 1; 0: none */
	uint64_t satisfied[]; /* predicates */
};

struct day_entry {
	day_no day;
	uint32_t person;
};

int people_certification(struct engine *e, const struct event *ev, const uint32_t *cause);
int people_assessment(struct engine *e, const struct event *ev, const uint32_t *cause);
int people_link(struct engine *e, const struct event *ev, const uint32_t *cause);
int people_pass_day(struct engine *e, const uint32_t *cause); /* after engine.day moved */
/* The certificates that count on `day`, and the next day on which that changes. */
void person_active(const struct engine *e, const struct person *p, day_no day,
	struct cert_set *ret_active, day_no *ret_next);
bool predicate_holds(const struct people_predicate *p, const struct cert_set *active);
/* The days a report speaks for: [*ret_from, *ret_until), empty when they are equal. */
void report_span(
	const struct edition *ed, const struct report *r, day_no *ret_from, day_no *ret_until);
/* Brings a person's counts, partner and next day up to date. */
int person_update(struct engine *e, uint32_t index, const uint32_t *cause);
int person_get(struct engine *e, struct str id, uint32_t *ret_index);
void person_destroy(struct engine *e, struct person *p);
/* Parts that loading needs too: the place of a key, made (with stamp form 0) when not there. */
int report_put(struct engine *e, struct person *p, uint32_t partner, uint32_t name,
	enum fact_kind kind, struct report **ret);
int link_put(struct engine *e, struct person *p, uint32_t partner, struct person_link **ret);
int certificate_of(struct engine *e, uint32_t name); /* index or -1 */

/* ---- the engine ------------------------------------------------------------------------------------------------ */

struct counted {
	const struct alloc *base;
	size_t bytes;
};

struct touched {
	uint32_t partner;
	uint32_t cause_count, last_cause;
	uint32_t causes[CAUSES_MAX];
	uint64_t dirty[OP_WORDS]; /* operators to look at */
};

struct sort_entry {
	uint64_t prefix[2];
	uint32_t partner, touched;
};

struct engine {
	struct counted counted;
	struct alloc a; /* counts what `counted.base` gives */
	const struct edition *edition;
	struct engine_limits limits;
	struct arena fixed; /* the plan */
	struct plan plan;

	struct intern *names, *partner_ids, *person_ids;
	uint16_t *name_info; /* per name: NAME_* and the certificate */
	size_t cap_name_info;
	struct shapes shapes;
	struct partner **partners; /* by number in partner_ids */
	struct person **people;	   /* by number in person_ids */
	size_t cap_partners, cap_people;
	uint32_t n_partners, n_people;
	struct day_entry *days; /* heap */
	size_t n_days, cap_days;

	day_no day;
	month_no closed, ready; /* of `day` */
	bool complete;

	struct touched *touched;
	size_t n_touched, cap_touched;
	struct sort_entry *order, *order_spare;
	size_t cap_order, cap_order_spare;
	struct arena out;	  /* what the last settle gave */
	struct ratio *new_points; /* n_ops, scratch of settle */

	struct engine_stats stats;
};

#define NAME_IS_CUSTOMER 0x8000u
#define NAME_CERTIFICATE 0x7fffu /* 0: not looked up, 1: none, otherwise index + 2 */

int name_put(struct engine *e, struct str s, uint32_t *ret_name);
bool names_are_over(const struct engine *e); /* more texts are held than the limit allows */
static inline struct str name_text(const struct engine *e, uint32_t name)
{
	return intern_text(e->names, name);
}
static inline struct str partner_id(const struct engine *e, uint32_t index)
{
	return intern_text(e->partner_ids, index);
}
static inline struct str person_id(const struct engine *e, uint32_t index)
{
	return intern_text(e->person_ids, index);
}

/* Notes that an event touched a partner. Returns 0 or ERR_NOMEM. */
int engine_touch(struct engine *e, uint32_t partner, const uint32_t *cause);
static inline void engine_dirty(struct engine *e, const struct partner *p, size_t op)
{
	e->touched[p->touched - 1].dirty[op / 64] |= 1ULL << (op % 64);
}
static inline void engine_dirty_all(struct engine *e, const struct partner *p, const uint64_t *ops)
{
	for (size_t i = 0; i < OP_WORDS; i++)
		e->touched[p->touched - 1].dirty[i] |= ops[i];
}
/* Brings a partner's operators, points and status up to date without a report; it counts as reported. */
int partner_restore(struct engine *e, struct partner *p);
enum area_status area_status_of(const struct edition *ed, const struct ratio *points, size_t n);

/* ---- operators (op_*.c) ---------------------------------------------------------------------------------------- */

/* A cell of the operator's feed on its way from `old` to `new`; the table still holds neither for certain. */
struct cell_move {
	uint32_t who;
	month_no month;
	int128 old, new;
};

struct explainer;

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

/* ---- questions (question.c, explain.c) ------------------------------------------------------------------------- */

/* A partner's standing on a day: the live one, or one computed aside. */
struct view {
	const struct partner *partner;
	uint32_t index;
	day_no day;
	month_no reference[MEASURE_END];
	const struct op_state *states;
	const uint32_t *counts;
};

/* Makes texts and lists in the arena; after a failure `failed` stays set and what is returned is empty. */
struct explainer {
	const struct engine *e;
	const struct view *view;
	const struct metric *metric;
	struct arena *ar;
	bool failed;
};
#define COUNTED_MAX 50
#define NEARLY_MAX  20

struct str explain_text(struct explainer *x, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* "1,240.00 USD": exact, at least two decimals for money. buf of AMOUNT_TEXT bytes. Returns buf. */
#define AMOUNT_TEXT 96
const char *quantity_format(int128 micro, enum measure m, char *buf);
const char *quantity_format_bare(int128 micro, enum measure m, char *buf); /* without the unit */
/* "2023-06" or "2022-07 to 2023-06". buf of SPAN_TEXT bytes. */
#define SPAN_TEXT 24
const char *span_format(month_no last, uint32_t months, char *buf);
void *explain_array(
	struct explainer *x, size_t n, size_t size); /* zeroed; NULL when n is 0 or out of memory */

/* A candidate for a list of items. */
struct candidate {
	struct str id;
	int128 distance; /* order in `nearly`; unused in `counted` */
	month_no month;
	int128 amount;
	uint32_t index;
};
/* Sorts by id, or by distance and then id. */
void candidates_sort(struct candidate *c, size_t n, bool by_distance);

/* In place, not stable, without memory. */
void heap_sort(void *base, size_t n, size_t size,
	bool (*less)(const void *a, const void *b, void *ctx), void *ctx);

/* Fills all of *ret but metric and points. Returns 0 or ERR_NOMEM. */
int explain_metric(const struct engine *e, const struct view *v, const struct op *op,
	struct arena *ar, struct metric_score *ret);
/* Returns 0 or ERR_NOMEM. */
int view_init(
	const struct engine *e, uint32_t index, day_no day, struct arena *ar, struct view *ret);

#endif
