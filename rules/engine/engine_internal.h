/* What the files of the engine share. Nobody else includes this.
 *
 * No two files call each other. Each calls only those above it in this list:
 *
 *   sort, stamp, cells   sorting in place; which version of a fact stands; sums by (feed, customer or product, month)
 *   names, touched       names as numbers; the partners that changed, and why
 *   months               the months that have rows or were reported, and which one a measure refers to
 *   partner              a partner: what its rows add up to
 *   days, people         people, their certificates, where they count, on which day that changes
 *   settle               changes out
 *   explain, op_*        what rule kinds have in common when they explain; the rule kinds
 *   plan                 the edition turned into operators: which metric of which area is which
 *   question             scores on demand
 *   rows, usage          usage rows by natural key; facts about usage
 *   engine, ahead        events in, one or many
 *   snapshot, load, digest   the state as bytes
 *
 * How a usage event flows: its natural key finds a row of its partner; the difference to what stood is added to the
 * cells of every feed that the row belongs to; each operator on a feed sees the cell before and after and adjusts
 * two numbers (struct op_state), from which points follow at the next settle. */
#ifndef RULES_ENGINE_INTERNAL_H
#define RULES_ENGINE_INTERNAL_H

#include "rules/engine/engine.h"
#include "rules/engine/plan.h"
#include "rules/engine/stamp.h"

#ifndef ARRAY_LEN
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#endif
#define NONE	  UINT32_MAX
#define DAY_NEVER INT32_MAX

/* ---- partners: what they hold ----------------------------------------------------------------------------------- */

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

/* ---- rows.c ----------------------------------------------------------------------------------------------------- */

/* The number of a shape, made when it is new. Returns 0, ERR_NOMEM, ERR_FULL. */
int shape_get(struct engine *e, const struct shape *key, uint32_t *ret_shape);
uint32_t shape_find(const struct shapes *t, const struct shape *key); /* or NONE */
/* Room for one more row. Returns 0, ERR_NOMEM, ERR_FULL. */
int rows_reserve(struct rows *t, const struct alloc *a);
/* The row of a key, a free one (stamp.form 0) with the key set when there is none; room was reserved. */
struct row *rows_put(struct rows *t, uint32_t customer, uint32_t shape, month_no month);
/* Brings the row of a key into the cache. */
void row_fetch(const struct rows *t, const struct usage_key *key, month_no month);

/* ---- months.c --------------------------------------------------------------------------------------------------- */

/* The reference month of a measure on a day. */
month_no partner_reference(
	const struct engine *e, const struct partner *p, enum measure m, day_no day);
/* Looks again at the reference months; touches the partner when one moved. */
int partner_refresh(struct engine *e, uint32_t index, uint32_t measures, const uint32_t *cause);
/* One row more or less in a month; *ret_edge tells whether the month began or ceased to have rows. */
int partner_count_row(struct engine *e, struct partner *p, enum measure m, month_no month,
	bool more, bool *ret_edge);
/* The marker of a month, made (with stamp form 0) when there is none. */
int marker_put(
	struct engine *e, struct partner *p, enum measure m, month_no month, struct marker **ret);

/* The latest month that a measure without markers may refer to on a day; MONTH_NONE before the first day. */
month_no ready_month(const struct edition *ed, day_no day);
month_no closed_month(day_no day);

/* ---- partner.c -------------------------------------------------------------------------------------------------- */

/* The partner of that id, a new one (touched, so that it is reported) when it is not known.
 * Returns 0, ERR_NOMEM, ERR_FULL. */
int partner_get(struct engine *e, struct str id, const uint32_t *cause, uint32_t *ret_index);
void partner_destroy(struct engine *e, struct partner *p);
/* Brings the cells of a row into the cache. */
void partner_fetch(const struct engine *e, const struct partner *p, const struct usage_key *key,
	month_no month);
/* Operator states of the measures (bits) from the cells; `windows` are refilled, growing from the engine's memory. */
int partner_rebuild(const struct engine *e, const struct cells *cells, uint32_t measures,
	const month_no *reference, struct op_state *states, struct cells *windows);
/* Adds `delta` to every sum that a row of this shape, customer and month belongs to. */
int partner_add(struct engine *e, uint32_t index, const struct shape *s, uint32_t customer,
	month_no month, int128 delta, const uint32_t *cause);

/* ---- usage.c ---------------------------------------------------------------------------------------------------- */

/* usage_apply() in two steps, between which the row and the cells are on their way: names to numbers, the change. */
int usage_resolve(
	struct engine *e, const struct event *ev, const uint32_t *cause, struct usage_key *ret);
/* The same when nothing about the event is new, without a change to the engine; fetches row and cells. */
bool usage_find(const struct engine *e, const struct event *ev, uint64_t partner_hash,
	uint64_t customer_hash, struct usage_key *ret);
int usage_commit(struct engine *e, const struct event *ev, const struct usage_key *key,
	const uint32_t *cause);
int usage_apply(struct engine *e, const struct event *ev, const uint32_t *cause);
int usage_reported(struct engine *e, const struct event *ev, const uint32_t *cause);

/* ---- people.c, days.c ------------------------------------------------------------------------------------------- */

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
/* Enters a person under the next day on which it changes, moves or (DAY_NEVER) removes it. Returns 0 or ERR_NOMEM. */
int days_set(struct engine *e, uint32_t person, day_no day);

/* ---- the engine ------------------------------------------------------------------------------------------------- */

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

/* The number of a name, a new one when it is not known. Returns 0, ERR_NOMEM, ERR_FULL. */
int name_put(struct engine *e, struct str s, uint32_t *ret_name);
bool names_are_over(const struct engine *e);	     /* more texts are held than the limit allows */
void note_customer(struct engine *e, uint32_t name); /* counts a customer once */
int certificate_of(struct engine *e, uint32_t name); /* index in the edition, or -1 */
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

#endif
