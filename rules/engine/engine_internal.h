/* What the files of the engine share. Nobody else includes this.
 *
 * Facts are kept as they came, whatever the edition; what follows from them is derived per partner by the rules of the
 * edition that is valid on the day (its rulebook), and can be derived aside by another rulebook or for another day.
 *
 * Each file calls those above it in this list, and those in its own entry. Two things go down: the plan's table of rule
 * kinds leads to op_*, and the end of a partner frees what derive made.
 *
 *   sort, stamp, cells: sorting in place; which version of a fact stands; sums by (feed,
 *     customer or product, month)
 *   names, rows: names as numbers; usage rows by customer and month, and the kinds of rows
 *   touched, days: the partners that changed, why, and what they were before; who changes on which day
 *   edition, plan, rulebook: what can be asked of an edition; an edition turned into operators; what the engine's names
 *     and kinds of rows mean in it
 *   months: which months have rows or were reported, and which one a clock refers to
 *   associations, dossier, sums, partner: customers associated with a partner, and the rows that it is credited with;
 *     segments, attestations, enrollments; what the rows of one customer add up to; a partner, and what all do
 *   accounts: locations, and the partner that they count for
 *   people: people, their certificates, where they count
 *   judge: points, tracks and whether an area qualifies, from the states of the operators
 *   units, op_units, op_growth, op_people, op_products, op_usage, op_facts: when a unit passes a test; the rule kinds
 *   explain, explain_units, explain_growth, explain_people, explain_products, explain_conditions: why each kind of rule
 *     gives what it does (in one entry with the kinds)
 *   derive: everything that follows from a partner's facts, at once: live or aside
 *   renewal: which renewal of a specialization a day leads to
 *   standing: qualification windows, enrollments, the tracks that they fix; statuses
 *   calendar: which edition is valid on which day
 *   past: the days before: when something turned, and on which day an area last qualified
 *   question: scores on demand
 *   walk, falls, forecast: the coming days without new facts, and why something falls on one of them
 *   stands, mend, outlook, outlook_internal: what held areas stand on, what mends them, and what is told of that
 *   lookback, settle: whether a settle looks at the days before; changes out
 *   usage: facts about usage
 *   engine, ahead: events in, one or many
 *   snapshot, load, digest: the state as bytes
 *   facts, fork: what is held as events again; an engine of its own that begins with a partner's facts
 *
 * How a usage event flows: its natural key finds a row of its subject; with the difference to what stood, each sum that
 * the row belongs to moves; each operator on such a feed compares what the unit gave before and after, and adjusts two
 * numbers (struct op_state), from which points follow at the next settle. The sums are not kept: those of the customer
 * are added up from its rows in the months that an operator asks for. */
#ifndef RULES_ENGINE_INTERNAL_H
#define RULES_ENGINE_INTERNAL_H

#include "rules/engine/engine.h"
#include "rules/engine/outlook.h"
#include "rules/engine/plan.h"
#include "rules/engine/stamp.h"

#ifndef ARRAY_LEN
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#endif
#define NONE	  UINT32_MAX
#define DAY_NEVER INT32_MAX

/* ---- rulebook.c: an edition at work ------------------------------------------------------------------------------ */

/* What a kind of row means in an edition. */
struct shape_rule {
	uint16_t n;
	bool looked_up;
	const struct shape_hit *hits;
};

struct rulebook {
	const struct edition *edition;
	struct arena fixed; /* the plan */
	struct arena hits;
	struct plan plan;
	struct shape_rule *shapes; /* by shape, looked up when first met */
	size_t cap_shapes;
	int16_t *certificates; /* by name: index + 2; 1: none; 0: not looked up */
	size_t cap_certificates;
	size_t block_bytes; /* of what is derived per partner */
};

int rulebook_create(
	const struct alloc *a, const struct edition *edition, struct rulebook **ret_book);
void rulebook_destroy(const struct alloc *a, struct rulebook *book); /* accepts NULL */
/* The selections that admit rows of a shape. Returns 0 or ERR_NOMEM. */
int rulebook_shape(
	struct engine *e, struct rulebook *book, uint32_t shape, const struct shape_rule **ret);
/* The certificate that a name stands for, or -1. Returns 0 or ERR_NOMEM. */
int rulebook_certificate(struct engine *e, struct rulebook *book, uint32_t name, int *ret_index);

/* ---- partners: what they hold ------------------------------------------------------------------------------------ */

/* The names of a usage event as numbers. */
struct usage_key {
	uint32_t partner, customer, source, shape;
};

/* All of a usage row's key but customer and month; few, shared by all partners. */
struct shape {
	uint32_t product, component, level1, group2, group3, influencer, compute_os; /* in names */
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

typedef int64_t row_amount __attribute__((aligned(4))); /* without it a row would be padded */
struct row {
	uint32_t customer; /* in names */
	uint32_t shape;
	row_amount amount;  /* millionths; 0 when retracted */
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

/* A customer associated with a subject. */
struct association {
	uint32_t customer, workload, subscription; /* in names */
	uint8_t kind, claim;
	day_no from, until;
	uint32_t next; /* of the same hash of customers, by place + 1; 0: the last */
	struct stamp stamp;
};
struct associations {
	struct association *all;
	size_t n, cap;
	uint32_t *heads; /* by hash of the customer: place + 1 of the first */
	uint32_t n_heads;
};
/* A CPOR association of any subject, in the engine's list of a customer. */
struct claim {
	uint32_t subject, place, next; /* next: number + 1; 0: the last */
};

struct segment {
	uint32_t customer, text; /* in names */
	struct stamp stamp;
};
struct attestation {
	uint32_t scope, reference; /* in names */
	uint8_t kind;
	day_no on, until;
	struct stamp stamp;
};
struct enrollment {
	uint32_t area, track; /* in names */
	uint8_t state;
	day_no on, anniversary;
	struct stamp stamp;
};

/* Facts of a subject beside usage and people. Few subjects have any. */
struct dossier {
	struct segment *segments; /* in order of customer number */
	size_t n_segments, cap_segments;
	struct attestation *attestations;
	size_t n_attestations, cap_attestations;
	struct enrollment *enrollments;
	size_t n_enrollments, cap_enrollments;
};

/* What is known of the days before today on which an area qualified. */
struct standing {
	uint8_t status; /* enum area_status, as settled */
	uint8_t track;	/* that counts, as settled */
	bool qualifies; /* on the day of the last settle */
	int8_t fixed;	/* track that an enrollment fixes; -1: none; TRACK_NOT_LOOKED_UP */
	bool searched;	/* `last` was right when the days before were looked at last */
	bool asks_less; /* a specialization whose renewal does not ask for all of its requirements */
	day_no last; /* before that day, the last on which it qualified, as far as a status may depend on it; DAY_NONE */
};

#define TRACK_NOT_LOOKED_UP (-2)

/* The two numbers of an operator as they are kept: nearly all fit. */
struct kept_state {
	int64_t now, base; /* now KEPT_WIDE: both stand in the wide ones */
};
#define KEPT_WIDE INT64_MIN

/* What follows from a partner's facts by the rules of a book: the arrays lie behind it. */
struct derived {
	struct rulebook *book;
	struct kept_state *states;
	struct op_state *wide; /* NULL until some number does not fit into 64 bits; owned */
	uint32_t *counts;      /* people per predicate */
	struct standing *areas;
};

/* A subject, and, unless it is a location of another, a partner. */
struct partner {
	struct rows rows;
	uint32_t touched; /* number + 1 in engine.touched; 0: settled */
	uint8_t rebuild;  /* bit per clock whose operators wait for a rebuild from the cells */
	bool recredit; /* who is credited with rows has changed: everything waits to be added up anew */
	bool anew;     /* everything waits to be derived anew */
	bool told;     /* some fact has it as its subject */
	bool known;	 /* was reported by a settle */
	bool past_stale; /* facts came since the days before were looked at */
	month_no
		past_month; /* while stale: the first month of whose usage they were; MONTH_MIN: they may be of anything */
	bool could_stale; /* `could` waits to be looked at */
	bool facts_stale; /* attestations, enrollments or the day moved something */
	month_no reference[CLOCKS_MAX];
	month_no told_reference[CLOCKS_MAX]; /* as of the last settle */
	day_no next_day;      /* on which its standing changes by itself; DAY_NEVER */
	day_no next_attested; /* on which an attestation begins or ends to count */
	struct cells windows; /* by operator and product: sum over its window */
	uint64_t prefix[2];   /* first 16 bytes of the id, big-endian: order without its text */
	struct month_rows *months;
	struct marker *markers;
	size_t n_months, cap_months, n_markers, cap_markers;
	struct associations associations;
	struct dossier *dossier; /* NULL: none */
	uint32_t first_person;	 /* of those that count here; NONE */
	uint32_t self;		 /* its own number */
	uint32_t owner;		 /* the partner it counts for: itself unless it is a location */
	uint32_t members, next_member; /* locations of a partner; NONE */
	uint32_t
		account; /* 1 + number in engine.accounts of the fact that makes it a location; 0: none */
	struct derived *derived; /* NULL until something is derived, and for locations */
	uint64_t could;		 /* bit per area that its people do not rule out for every day */
	uint64_t seeking;	 /* those of them that did not qualify at the last settle */
	day_no turned_on; /* no later day up to today did something of its people or enrollments change by itself */
	day_no settled_on; /* day of the last settle that looked at it */
	uint32_t heap_at;  /* place in engine.days + 1; 0: none */
	/* With outlooks: */
	uint16_t n_outlooks;
	uint8_t overdue;	       /* bit per feed that was told to be */
	struct outlook_told *outlooks; /* of areas that are held, as told last; owned */
	day_no outlook_day;	       /* on which outlooks are made anew; DAY_NEVER */
	day_no feed_day;    /* on which a feed comes to be overdue, or is looked at; DAY_NEVER */
	day_no skilling_on; /* the newest day on which something of its people was told; DAY_NONE */
};

struct outlook_told {
	uint64_t digest;
	uint32_t area; /* its id, in names */
};

/* ---- rows.c ------------------------------------------------------------------------------------------------------ */

/* The number of a shape, made when it is new. Returns 0, ERR_NOMEM, ERR_FULL. */
int shape_get(struct engine *e, const struct shape *key, uint32_t *ret_shape);
uint32_t shape_find(const struct shapes *t, const struct shape *key); /* or NONE */
/* Room for one more row. Returns 0, ERR_NOMEM, ERR_FULL. */
int rows_reserve(struct rows *t, const struct alloc *a);
/* Likewise for many that are known to come. */
int rows_expect(struct rows *t, const struct alloc *a, uint32_t more);
/* The row of a key, a new one (stamp.form 0, to be set before the next call) when there is none; room was reserved.
 * Other rows may move. */
struct row *rows_put(struct rows *t, uint32_t customer, uint32_t shape, month_no month);
/* Brings the rows of a customer and month into the cache. There must be some slots. */
void rows_fetch(const struct rows *t, uint32_t customer, month_no month);
/* The rows of a customer and month, which stand together, one after the other; NULL after the last. */
struct row_walk {
	const struct rows *rows;
	uint32_t customer, month; /* month - MONTH_MIN */
	uint32_t home, at;
};
struct row_walk rows_of(const struct rows *t, uint32_t customer, month_no month);
const struct row *row_next(struct row_walk *w);

/* ---- months.c ---------------------------------------------------------------------------------------------------- */

/* The reference month of a clock on a day. */
month_no partner_reference(const struct engine *e, const struct rulebook *book,
	const struct partner *p, size_t clock, day_no day);
/* That of one measure on the current day. */
month_no measure_month(const struct engine *e, const struct partner *p, enum measure m);
/* Looks again at the reference months of the clocks that follow one of the measures (bits) of a subject; touches its
 * partner when one moved. */
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
/* The same day of the month n months before, cut to the end of that month; and the first day of which this is `day` or
 * later. */
day_no months_back(day_no day, uint32_t n);
day_no months_forward(day_no day, uint32_t n);

/* ---- associations.c ---------------------------------------------------------------------------------------------- */

/* The association of a key, made (with stamp form 0) when there is none. */
int association_put(struct engine *e, uint32_t subject, uint32_t customer,
	enum association_kind kind, uint32_t workload, uint32_t subscription,
	struct association **ret);
int association_apply(struct engine *e, const struct event *ev, const uint32_t *cause);
/* By which kind of association a row of the subject is credited: 0 when by none. */
enum association_kind row_credit(const struct engine *e, uint32_t subject, const struct shape *s,
	uint32_t customer, month_no month);
/* Which workloads an association must be about. One without a workload is about all of them. */
struct workload {
	bool any;
	size_t n; /* one of these, or, when 0, `name` */
	const struct product *listed;
	struct str name;
};
/* The month in which the earliest association began of those of the kinds (bits) that cover month `at`, over all subjects of
 * the partner; MONTH_NONE when none tells. */
month_no association_began(const struct engine *e, const struct partner *p, uint32_t kinds,
	uint32_t customer, const struct workload *w, month_no at);
void associations_fini(struct engine *e, struct associations *t);

/* ---- partner.c --------------------------------------------------------------------------------------------------- */

/* The subject of that id, a new one (touched, so that it is reported) when it is not known.
 * Returns 0, ERR_NOMEM, ERR_FULL. */
int partner_get(struct engine *e, struct str id, const uint32_t *cause, uint32_t *ret_index);
/* The same for a subject of which nothing is said thereby: it is not told of until something is. */
int partner_place(struct engine *e, struct str id, uint32_t *ret_index);
void partner_destroy(struct engine *e, struct partner *p);
static inline bool partner_is_location(const struct engine *e, uint32_t index);
/* Brings the windows of a row's products into the cache. */
void partner_fetch(const struct engine *e, const struct partner *p, const struct usage_key *key);
/* Adds `delta` to every sum that a row of this shape, customer and month of the subject belongs to. */
int partner_add(struct engine *e, uint32_t subject, uint32_t shape, uint32_t customer,
	month_no month, int128 delta, const uint32_t *cause);
/* Who is credited with the rows of a subject has changed: its partner's sums wait to be made anew. */
int partner_recredit(struct engine *e, uint32_t subject, const uint32_t *cause);
/* Operator states of the clocks (bits), as far as they matter to the areas (bits), from the cells of everything; `windows`
 * are refilled. */
int partner_rebuild(struct engine *e, const struct rulebook *book, const struct partner *p,
	const struct cells *cells, uint32_t clocks, uint64_t areas, const month_no *reference,
	struct op_state *states, struct cells *windows);

/* The same of a partner itself, of these clocks, from its rows. */
int partner_renew(struct engine *e, struct partner *p, uint32_t clocks);

/* The key of the cell of a feed that a row goes into. */
static inline uint64_t feed_key(const struct feed *f, uint16_t number, uint32_t customer,
	uint32_t product, month_no month, uint32_t *ret_who, uint32_t *ret_sub)
{
	*ret_who = f->by == FEED_BY_PRODUCT ? product : f->by == FEED_TOTAL ? 0 : customer;
	*ret_sub = f->by == FEED_BY_BOTH ? product + 1 : 0;
	return cell_key(number, *ret_who, month);
}
static inline bool hit_admits(const struct shape_hit *hit, enum association_kind k)
{
	return (hit->associations >> k & 1) != 0;
}

/* ---- sums.c ------------------------------------------------------------------------------------------------------ */

/* Which sums the operators of some clocks and areas (bits) read. */
struct wanted {
	month_no top; /* no later month is */
	uint64_t feeds
		[FEEDS_MAX]; /* bit k: the month k before that one; the last bit: all before it as well */
};
void wanted_by(const struct plan *plan, uint32_t clocks, uint64_t areas, const month_no *reference,
	struct wanted *ret);
static inline bool is_wanted(const struct wanted *w, size_t feed, month_no month)
{
	month_no ago = w->top - month;

	return month <= w->top && (w->feeds[feed] >> (ago < 63 ? ago : 63) & 1) != 0;
}

/* The sums of a partner from the rows of its subjects, by the rules of a book: those wanted, or all (NULL); what stood in
 * `ret` is replaced. Cost: O(rows). */
int sums_all(struct engine *e, struct rulebook *book, const struct partner *p,
	const struct wanted *wanted, struct cells *ret);

/* Adds one row of a subject to sums. */
int sums_row(struct engine *e, struct rulebook *book, uint32_t subject, const struct row *row,
	struct cells *ret);

/* Sums of a customer by the active book, in the cells of the feeds by customers. */
struct customer_sums {
	struct engine *e;
	const struct partner *partner;
	uint32_t customer;
	int rc;						   /* of the months that were added up */
	uint64_t months[(MONTH_MAX - MONTH_MIN) / 64 + 1]; /* bit for each that was */
	struct cells cells;
};
void sums_begin(
	struct customer_sums *s, struct engine *e, const struct partner *p, uint32_t customer);
void sums_month(struct customer_sums *s, month_no month); /* adds a month up, once */
int sums_end(struct customer_sums *s);			  /* 0, ERR_NOMEM, ERR_FULL */

/* What an operator looks up: the sum of a feed, 0 for a month outside the calendar. */
static inline void ctx_need(const struct op_ctx *x, month_no month)
{
	if (x->customer != NULL)
		sums_month(x->customer, month);
}
static inline int128 ctx_sum(
	const struct op_ctx *x, uint16_t feed, uint32_t who, uint32_t sub, month_no month)
{
	ctx_need(x, month);
	return cells_sum(x->cells, feed, who, sub, month);
}

/* ---- dossier.c --------------------------------------------------------------------------------------------------- */

int dossier_customer(struct engine *e, const struct event *ev, const uint32_t *cause);
int dossier_attestation(struct engine *e, const struct event *ev, const uint32_t *cause);
int dossier_enrollment(struct engine *e, const struct event *ev, const uint32_t *cause);
void dossier_fini(struct engine *e, struct partner *p);
/* The places of keys, made (with stamp form 0) when not there: for loading too. */
int segment_put(struct engine *e, uint32_t subject, uint32_t customer, struct segment **ret);
int attestation_put(struct engine *e, uint32_t subject, enum attestation_kind kind, uint32_t scope,
	uint32_t reference, struct attestation **ret);
int enrollment_put(struct engine *e, uint32_t subject, uint32_t area, struct enrollment **ret);
/* The segment of a customer of a partner: the newest over its subjects; empty when not known. */
struct str segment_of(const struct engine *e, const struct partner *p, uint32_t customer);
/* How many attestations of a rule hold on a day, and the next day on which that may change (DAY_NEVER: none). */
uint32_t attested_on(const struct engine *e, const struct partner *p, const struct metric_rule *r,
	day_no day, day_no *ret_next);

/* ---- accounts.c -------------------------------------------------------------------------------------------------- */

struct account {
	uint32_t location, global; /* subjects */
	struct stamp stamp;
};
int account_apply(struct engine *e, const struct event *ev, const uint32_t *cause);
int account_put(struct engine *e, uint32_t location, struct account **ret);
/* Owners of all subjects from the account facts; for loading. */
int accounts_settle(struct engine *e);

/* Every subject of a partner: itself first, then its locations.
 *   for (uint32_t at = index; at != NONE; at = subject_next(e, index, at)) */
static inline uint32_t subject_next(const struct engine *e, uint32_t partner, uint32_t at);

/* ---- usage.c ----------------------------------------------------------------------------------------------------- */

/* usage_apply() in two steps, between which the rows are on their way: names to numbers, the change. */
int usage_resolve(
	struct engine *e, const struct event *ev, const uint32_t *cause, struct usage_key *ret);
/* The same when nothing about the event is new, without a change to the engine; fetches the rows. */
bool usage_find(const struct engine *e, const struct event *ev, uint64_t partner_hash,
	uint64_t customer_hash, struct usage_key *ret);
int usage_commit(struct engine *e, const struct event *ev, const struct usage_key *key,
	const uint32_t *cause);
int usage_apply(struct engine *e, const struct event *ev, const uint32_t *cause);
int usage_reported(struct engine *e, const struct event *ev, const uint32_t *cause);

/* ---- people.c, days.c -------------------------------------------------------------------------------------------- */

/* What one subject said of one certificate or assessment of a person. */
struct report {
	uint32_t partner, name;
	uint8_t kind;  /* FACT_CERTIFICATION or FACT_ASSESSMENT: keys of their own */
	uint8_t state; /* enum certification_state; CERT_EARNED for assessments */
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
	uint32_t partner;		/* the subject where the person counts, or NONE */
	uint32_t next, prev;		/* of the same subject */
	uint32_t heap_at;		/* place in engine.days + 1; 0: none */
	uint64_t satisfied[PRED_WORDS]; /* predicates of the active book */
};

/* Who changes by itself on a day: a person, or a partner (bit DAY_PARTNER set). */
struct day_entry {
	day_no day;
	uint32_t who;
};
#define DAY_PARTNER 0x80000000u

int people_certification(struct engine *e, const struct event *ev, const uint32_t *cause);
int people_assessment(struct engine *e, const struct event *ev, const uint32_t *cause);
int people_link(struct engine *e, const struct event *ev, const uint32_t *cause);
/* The certificates that count on `day` in a book, and the next day on which that changes (DAY_NEVER: none).
 * day DAY_EVER: all that count on any day. */
int person_active(struct engine *e, struct rulebook *book, const struct person *p, day_no day,
	struct cert_set *ret_active, day_no *ret_next);
#define DAY_EVER (DAY_MIN - 1)
/* Calls `each` for the first day of every span in which a report of the person begins or ceases to count. */
int person_turns(struct engine *e, struct rulebook *book, const struct person *p,
	int (*each)(void *ctx, day_no day), void *ctx);
bool predicate_holds(const struct people_predicate *p, const struct cert_set *active);
/* Brings a person's counts, partner and next day up to date. fact: because of a fact, not because of a day. */
int person_update(struct engine *e, uint32_t index, bool fact, const uint32_t *cause);
/* The counts of a partner's people in a book on a day, from nothing; live: also the people's own notes of them. */
int people_count(struct engine *e, struct rulebook *book, const struct partner *p, day_no day,
	uint32_t *ret_counts, bool live);
int person_get(struct engine *e, struct str id, uint32_t *ret_index);
void person_destroy(struct engine *e, struct person *p);
/* Parts that loading needs too: the place of a key, made (with stamp form 0) when not there. */
int report_put(struct engine *e, struct person *p, uint32_t partner, uint32_t name,
	enum fact_kind kind, struct report **ret);
int link_put(struct engine *e, struct person *p, uint32_t partner, struct person_link **ret);
/* Enters somebody under the next day on which it changes, moves or (DAY_NEVER) removes it. Returns 0 or ERR_NOMEM. */
int days_set(struct engine *e, uint32_t who, day_no day);

/* ---- derive.c, judge.c ------------------------------------------------------------------------------------------- */

/* A partner's standing on a day, by the rules of a book: the live one, or one computed aside. Points and conditions
 * follow from it. */
struct standing_view {
	struct engine *e;
	struct rulebook *book;
	const struct partner *partner;
	uint32_t index;
	day_no day;
	month_no reference[CLOCKS_MAX];
	const struct cells *cells;
	struct op_state *states; /* NULL: those kept with the partner */
	const uint32_t *counts;
	const uint8_t *status; /* of the areas, for conditions about other areas */
	uint64_t
		asks_less; /* bit per area whose renewal does not ask for all of its requirements */
	day_no next_attested; /* on which an attestation begins or ends to count */
};

/* The numbers of an operator as they are kept, all of them, and one set. Returns 0, or ERR_NOMEM where it does not fit
 * into 64 bits and nothing of the partner was as large before. */
struct op_state kept_state_get(const struct derived *d, size_t state);
void kept_states_get(const struct derived *d, struct op_state *ret);
int kept_state_set(struct engine *e, struct derived *d, size_t state, const struct op_state *value);
static inline struct op_state view_state(const struct standing_view *v, const struct op *op)
{
	return v->states != NULL ? v->states[op->state]
				 : kept_state_get(v->partner->derived, op->state);
}

/* Computes what a partner's people give on a day aside, in a view whose states are zero and whose cells are missing; the
 * arrays live in the arena. */
int derive_people(struct engine *e, struct rulebook *book, uint32_t index, day_no day,
	struct arena *ar, struct standing_view *ret);
/* Fills the states in, as far as they matter to the areas (bits). */
int derive_states(struct standing_view *v, const struct cells *cells, uint64_t areas);
/* Computes a partner aside: everything but statuses. The arrays live in the arena; cells may be given (of that book). */
int derive_aside(struct engine *e, struct rulebook *book, uint32_t index, day_no day,
	const struct cells *cells, struct arena *ar, struct standing_view *ret);
/* Room for what is derived of a partner by the active book, zeroed. Returns 0 or ERR_NOMEM. */
int derive_room(struct engine *e, struct partner *p);
/* Everything derived anew by the active book, but statuses; statuses and tracks stay where areas have the same id. */
int derive_all(struct engine *e, uint32_t index);
void derived_free(struct engine *e, struct partner *p);
/* The states of operators that follow attestations (NULL: those kept with the partner), and the next day on which one
 * changes. */
void derive_attested(struct engine *e, const struct rulebook *book, const struct partner *p,
	day_no day, struct op_state *states, day_no *ret_next);

struct ratio judge_metric(
	const struct standing_view *v, const struct plan_metric *pm, const struct metric *m);
struct judged {
	struct ratio points[AREA_METRICS_MAX];
	struct ratio total;
	size_t track;
	bool qualifies;
};
/* Points of an area by the track that counts. fixed_track: that of an enrollment, or -1. */
void judge_area(const struct standing_view *v, size_t area, int fixed_track, struct judged *ret);
void judge_track(const struct standing_view *v, size_t area, size_t track, struct judged *ret);
/* What an operator comes to: its points, or enum met of a condition. Where that is the same, its areas are too. */
struct ratio judge_op(const struct standing_view *v, size_t op);
/* Whether an area could qualify in a track if its people counted as the view has it, and all else were full. */
bool judge_could(const struct standing_view *v, size_t area);
enum met judge_condition(const struct standing_view *v, size_t op);
/* Whether the renewal that an area is up for asks for a requirement: otherwise it counts as met. */
bool judge_asks(const struct standing_view *v, size_t area, const struct metric *m);
bool status_is_held(enum area_status s);

/* ---- renewal.c, standing.c --------------------------------------------------------------------------------------- */

/* What the statuses of a partner's areas follow from beside points. */
struct enrolled {
	bool active, automatic;
	bool renewed; /* the fact is that of a renewal */
	day_no on, anniversary;
	int track; /* -1: open */
};

/* The renewal of a specialization that a day leads to. The anniversaries are the day that the enrollment names and the same
 * day of the years before it: back to the first that is half a year after the enrollment began, and not before the
 * first day of the edition's windows of specializations, from which on renewals are looked at. A day leads to the first
 * of them that is not before it; the last one keeps the days after it. The first one is the renewal of year one.
 * A fact of a renewal with no anniversary before the one that it names began with some renewal: which one, it does not
 * tell. */
struct renewal {
	uint32_t year; /* 0: not known */
	day_no on;     /* its anniversary */
	day_no asked_on; /* the anniversary whose renewal asks for all: this one, or the one after it */
	day_no turn;	 /* the first day that leads to another one; DAY_NEVER */
};
void renewal_of(
	const struct edition *ed, const struct enrolled *n, day_no day, struct renewal *ret);
/* R-SP-RENEWAL: renewals of odd years do not ask for what every second year does. */
bool renewal_asks_less(const struct renewal *r);
/* The specializations (bits) that are enrolled on a day and whose renewal then asks for less. */
uint64_t renewals_asking_less(
	const struct engine *e, const struct edition *ed, const struct partner *p, day_no day);
/* The renewal of an area; false, and nothing set, where it is no specialization or its enrollment does not last. */
bool standing_renewal(const struct engine *e, const struct edition *ed, const struct partner *p,
	size_t area, day_no day, struct renewal *ret);

/* The window rule of a day; a rule without any window when the edition has none. */
const struct window_rule *window_on(const struct edition *ed, bool specialization, day_no day);
/* First day of the window of those that are not enrolled, ending on `day`. */
day_no window_open_from(const struct window_rule *w, day_no day);
void window_renewal(
	const struct window_rule *w, day_no anniversary, day_no *ret_from, day_no *ret_until);
bool has_enrollments(const struct engine *e, const struct partner *p);
struct area_standing {
	enum area_status status;
	struct enrolled enrolled;
	day_no window_from, window_until;
	day_no next; /* the next day on which the status may change without new facts; DAY_NEVER */
};
/* Status of an area on a day. qualifies: on that day; last: the last day before it on which it qualified, DAY_NONE. */
void standing_of(const struct engine *e, const struct edition *ed, const struct partner *p,
	size_t area, day_no day, bool qualifies, day_no last, struct area_standing *ret);
/* From which day on it matters for the status whether an area qualified. */
day_no standing_horizon(const struct engine *e, const struct edition *ed, const struct partner *p,
	size_t area, day_no day);
/* The track that a fork is asked about, where the area has it; -1. */
int standing_asked_track(const struct engine *e, const struct area *a);
bool standing_fixes_track(const struct engine *e, const struct edition *ed, const struct partner *p,
	size_t area, day_no day);
/* Calls `each` for the days in (from, until], and for others, from which on a track may be fixed or not any more. */
int standing_turns(const struct engine *e, const struct edition *ed, const struct partner *p,
	day_no from, day_no until, int (*each)(void *ctx, day_no day), void *ctx);
/* The track that an enrollment fixes, -1 when none. */
int standing_track(struct engine *e, struct rulebook *book, uint32_t index, size_t area, day_no day,
	struct arena *ar, int *ret_track);

/* ---- past.c ------------------------------------------------------------------------------------------------------ */

/* For each area of the book (bits) the last day in [horizon[area], before) on which it qualified, DAY_NONE where there is none.
 * settled_month  NULL, or, where none of the areas qualifies on `before`: only days that usage of that month or of later ones
 *                plays a part in are looked at; MONTH_MIN: all. */
int past_last(struct engine *e, struct rulebook *book, uint32_t index, day_no before,
	const day_no *horizon, uint64_t areas, const month_no *settled_month, struct arena *ar,
	day_no *ret_last);
/* The first days of the spans in [from, until] in which nothing changes by itself, ascending; the first is `from`. */
int past_turns(struct engine *e, uint32_t index, day_no from, day_no until, struct arena *ar,
	day_no **ret_days, size_t *ret_n);

/* ---- lookback.c -------------------------------------------------------------------------------------------------- */

/* Without new facts the days since the last settle were as that one left them; to be called before it is judged anew which
 * areas qualify. */
void partner_pass_days(const struct engine *e, struct partner *p);
/* Brings the last days on which areas qualified up to date. now: the partner as it stands today; whole: anything may have
 * moved, not only what was told. Returns 0 or ERR_NOMEM. */
int partner_look_back(
	struct engine *e, struct partner *p, const struct standing_view *now, bool whole);

/* ---- calendar.c -------------------------------------------------------------------------------------------------- */

struct calendar_entry;
/* The book of the edition that is valid on a day. */
struct rulebook *calendar_on(const struct engine *e, day_no day);
/* Turns to the book of the current day; every partner is derived anew when it is another. */
int calendar_turn(struct engine *e, const uint32_t *cause);
int calendar_apply(struct engine *e, const struct event *ev, const uint32_t *cause);
void calendar_settled(struct engine *e); /* no partner holds what a replaced book derived */
void calendar_fini(struct engine *e);
/* Makes the calendar of an engine without facts that of another; the editions are borrowed. */
int calendar_copy(struct engine *e, const struct engine *from);
/* Parts that loading needs too. */
int calendar_entry_put(struct engine *e, struct str id, struct calendar_entry **ret);
int calendar_open(struct engine *e, struct str id, struct str text, struct rulebook **ret);
int calendar_start_book(struct engine *e, const struct calendar_entry *c, struct rulebook **ret);
int calendar_set(struct engine *e, struct calendar_entry *c, struct str id, day_no from,
	struct str text, struct rulebook *book);

/* ---- outlook.c --------------------------------------------------------------------------------------------------- */

/* Facts of a partner (or of its location) have moved: its outlooks are made anew with the next day. */
int outlook_stale(struct engine *e, uint32_t partner);
int outlook_all_stale(struct engine *e);
/* Makes the outlooks of a settled partner; ret: those that are to be told, in engine.out. */
int outlook_tell(struct engine *e, uint32_t index, struct area_outlook **ret, size_t *ret_n);
int outlook_tell_feeds(struct engine *e, uint32_t index, struct feed_outlook **ret, size_t *ret_n);
/* Whether a feed has come to be overdue, or is no more; looks when it will. */
bool feeds_turn(struct engine *e, struct partner *p);
int outlook_keep(struct engine *e, struct partner *p, uint32_t area, uint64_t digest);
void outlook_fini(struct engine *e, struct partner *p);
/* Enters a partner under the next of its days. */
int partner_schedule(struct engine *e, const struct partner *p);

/* ---- facts.c ----------------------------------------------------------------------------------------------------- */

/* Each fact that is held, as an event that would bring it again: key, values, version. Texts are those of the engine, but
 * for the id, which lives for the call. Stops at the first code of each() that is not 0, and returns it. */
typedef int (*fact_each)(void *ctx, const struct event *ev);
/* Of a subject: usage, markers, associations, dossier, and the account that it is a location of. */
int subject_facts(const struct engine *e, uint32_t subject, fact_each each, void *ctx);
/* What any subject said of a person. */
int person_facts(const struct engine *e, uint32_t person, fact_each each, void *ctx);
/* The association of a claim. */
int claim_fact(const struct engine *e, const struct claim *c, fact_each each, void *ctx);

/* ---- the engine -------------------------------------------------------------------------------------------------- */

struct counted {
	const struct alloc *base;
	size_t bytes;
};

/* What an operator's state, or a count of people, was before the first change since the last settle. */
struct memory {
	struct memory *next;
	uint32_t number;
	bool is_count;
	struct op_state was;
};

/* The first of the events, and how many there were. */
struct cause_list {
	uint32_t count, last;
	uint32_t all[CAUSES_MAX];
};

struct touched {
	uint32_t partner;
	struct cause_list causes; /* that moved something */
	struct cause_list
		past_only; /* that may have moved days before alone: told when nothing else is */
	day_no corrected; /* the earliest day that corrections among them are about; 0: none is one */
	struct memory *memories;
	uint64_t dirty[OP_WORDS];     /* operators that moved */
	uint64_t counted[PRED_WORDS]; /* predicates whose count is remembered */
};

struct sort_entry {
	uint64_t prefix[2];
	uint32_t partner, touched;
};

/* An edition in the calendar. */
struct calendar_entry {
	struct rulebook *book; /* NULL: its text could not be read */
	uint32_t id;	       /* in names; NONE for one that no event speaks of */
	const struct edition *
		start; /* the edition that was there from the start, for its retraction; NULL: none was */
	day_no start_from;
	day_no from;
	struct str text;    /* as the event brought it, owned */
	struct stamp stamp; /* form 0: there from the start */
};

struct engine {
	struct counted counted;
	struct alloc a; /* counts what `counted.base` gives */
	struct engine_limits limits;
	struct calendar_entry calendar[EDITIONS_MAX];
	size_t n_calendar;
	struct rulebook *book;	   /* the active one */
	struct rulebook **retired; /* replaced, and freed with the next settle */
	size_t n_retired, cap_retired;
	struct edition_source source;
	uint32_t empty_name; /* number of the empty text */

	struct intern *names, *partner_ids, *person_ids;
	uint16_t *name_info; /* per name: NAME_* */
	size_t cap_name_info;
	struct shapes shapes;
	struct partner **partners; /* subjects, by number in partner_ids */
	struct person **people;	   /* by number in person_ids */
	size_t cap_partners, cap_people;
	uint32_t n_partners, n_people;
	struct account *accounts;
	size_t n_accounts, cap_accounts;
	struct claim *claims;
	uint32_t *claim_heads; /* by name of the customer: number + 1 of its first claim */
	size_t n_claims, cap_claims, cap_claim_heads;
	struct day_entry *days; /* heap */
	size_t n_days, cap_days;

	day_no day;
	month_no closed, ready; /* of `day` */
	bool complete;
	bool past_books; /* other editions were valid on days that a status may depend on */
	bool jumped;	 /* more than a day has passed at once since the last settle */
	bool day_came;	 /* a day has passed since the last settle */
	struct outlook_options outlook; /* n_borders 0: none are made */
	struct str
		asked_track; /* of a fork: counts in every area that has it; empty: as the rules say */
	bool points_only; /* of a fork: the days before are not looked at, so statuses may be too low */

	day_no correcting; /* what the event that is applied corrects is about that day; 0: it corrects nothing */
	struct touched *touched;
	size_t n_touched, cap_touched;
	size_t n_settled;      /* of them, in their order, while a settle goes on */
	struct arena memories; /* of the touched partners */
	struct sort_entry *order, *order_spare;
	size_t cap_order, cap_order_spare;
	struct arena out;	   /* what the last settle gave */
	struct arena scratch;	   /* of one partner's settle, or one question */
	struct customer_sums sums; /* of the customer whose row changes */
	struct cells whole;	   /* sums of the partner that is derived */

	struct engine_stats stats;
};

static inline bool partner_is_location(const struct engine *e, uint32_t index)
{
	return e->partners[index]->owner != index;
}

static inline uint32_t subject_next(const struct engine *e, uint32_t partner, uint32_t at)
{
	return at == partner ? e->partners[partner]->members : e->partners[at]->next_member;
}

#define NAME_IS_CUSTOMER 0x1u

/* The number of a name, a new one when it is not known. Returns 0, ERR_NOMEM, ERR_FULL. */
int name_put(struct engine *e, struct str s, uint32_t *ret_name);
bool names_are_over(const struct engine *e);	     /* more texts are held than the limit allows */
void note_customer(struct engine *e, uint32_t name); /* counts a customer once */
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

/* Of an event that withdraws a fact: the day that it is about; 0 of others. */
day_no correction_of(const struct event *ev);
/* Notes that an event touched a partner (of a subject: its owner). Returns 0 or ERR_NOMEM. */
int engine_touch(struct engine *e, uint32_t partner, const uint32_t *cause);
/* Notes that facts changed which may matter to the days before alone. */
int engine_touch_past(struct engine *e, uint32_t partner, month_no month, const uint32_t *cause);
void partner_note_past(struct partner *p, month_no month);
/* Whether usage of a month can move a day before today other than today is moved: not where nobody looks for one, and not
 * where usage of the last closed month meets days that have been as today is. */
bool partner_reaches_past(const struct engine *e, const struct partner *p, month_no month);
/* Both: a fact moved something, and what was known of the days before may be wrong. */
int engine_touch_facts(struct engine *e, uint32_t partner, const uint32_t *cause);
/* The same for what is derived as a whole. */
int engine_touch_anew(struct engine *e, uint32_t partner, const uint32_t *cause);
/* The touched partners in order of id, in engine.order. Returns 0 or ERR_NOMEM. */
int touched_order(struct engine *e);
/* Touches the subject itself, not its owner: it begins or ceases to be a partner. */
int engine_touch_self(struct engine *e, uint32_t subject, const uint32_t *cause);
/* Remembers what an operator's state or a count was, before its first change. The partner is touched. */
int remember_state(
	struct engine *e, const struct partner *p, size_t op, const struct op_state *was);
int remember_count(struct engine *e, const struct partner *p, size_t pred, uint32_t was);

/* Brings a partner's operators, points and status up to date without a report; it counts as reported. */
int partner_restore(struct engine *e, uint32_t index);

#endif
