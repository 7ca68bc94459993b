/* The rule engine: holds what is known of every partner and keeps its points up to date, event by event.
 *
 * Pure: no clock, no input or output, no global. The same events give the same results.
 *
 * Time is an input: the current day D is the greatest FACT_DAY seen (or set), and before the first one no
 * usage and no certificate counts. The reference month R of a measure, the "last month" of the rules, is per
 * partner:
 *   - with FACT_USAGE_REPORTED facts of the partner for the measure: the newest such month that is closed (before
 *     the month of D);
 *   - without any: the newest closed month that has a usage fact of the measure, where month m counts from day
 *     `usage_ready_day` of month m + 1 on (program: refresh by the 20th);
 *   - in complete mode (engine_set_complete): the month before D's.
 * So missing data never lowers a score; it holds the last one.
 *
 * A certificate counts on day D when earned_on <= D, D <= expires_on, D < ended_on, and for a retired one
 * earned_on < retired_on and D <= counts_until.
 *
 * Cost of one usage or certificate event: O(1) in the number of partners, customers and months. A change of R
 * costs O(rows of the partner). A day costs a look at each partner only when D passes a month's first day or the
 * ready day; certificates are in order of the day they change.
 *
 * Not for sharing between threads. */
#ifndef RULES_ENGINE_ENGINE_H
#define RULES_ENGINE_ENGINE_H

#include "common/base/buf.h"
#include "common/base/event.h"
#include "common/base/mem.h"
#include "common/base/score.h"
#include "rules/engine/edition.h"

struct engine;

struct engine_limits {
	uint32_t max_partners; /* 1.. */
	uint32_t max_people;
	uint32_t
		max_names; /* distinct texts: partners, customers, people, products, certificates, sources */
};
#define ENGINE_LIMITS_DEFAULT ((struct engine_limits){ 2000000, 20000000, 100000000 })

/* a, edition   borrowed; must outlive the engine.
 * Returns 0, ERR_INVALID, ERR_NOMEM. */
int engine_create(const struct alloc *a, const struct edition *edition,
	const struct engine_limits *limits, struct engine **ret_e);
void engine_destroy(struct engine *e); /* accepts NULL */

/* ---- editions ------------------------------------------------------------------------------------------------ */

/* The edition that the engine was created with is valid from its own first day on. Of the editions that are in the
 * calendar the one with the latest first day up to D is valid on D (before the first of all: that one). When another
 * becomes valid, with a day or with an edition, every partner is derived anew by its rules at the next settle: facts
 * are kept whatever the edition, so nothing has to be told again. Days before are judged by the edition of their time. */

/* Adds an edition (borrowed; must outlive the engine), valid from a day on. Returns 0, ERR_INVALID, ERR_FULL, ERR_NOMEM. */
int engine_add_edition(struct engine *e, const struct edition *edition, day_no from);

/* Where the text of an edition fact becomes an edition. Without a source such facts are counted as unused. */
struct edition_source {
	/* text empty: the edition of that id that ships. ret_edition: must outlive the engine.
	 * Returns 0; ERR_NOMEM; any other code: there is no such edition, the fact is counted and passed over. */
	int (*open)(void *ctx, struct str id, struct str text, const struct edition **ret_edition);
	void *ctx;
};
void engine_set_source(struct engine *e, const struct edition_source *source);

/* Complete mode: a month without rows is a month without usage, so R is always the month before D's. For files
 * scored without a service. Off at first. Takes effect at once for all partners. */
int engine_set_complete(struct engine *e, bool complete);

/* Takes one valid event (event_validate() == REFUSED_NOT) into the state.
 * ev     borrowed for the call.
 * cause  a number of the caller's, given back by engine_settle() for each partner the event touched.
 * Facts that no rule of the edition uses are counted (engine_stats) and otherwise passed over.
 * Returns 0, ERR_NOMEM, or ERR_FULL (a limit was reached); on failure the engine must be dropped, since the
 * event may be half applied. */
int engine_apply(struct engine *e, const struct event *ev, uint32_t cause);

/* The same for n events in their order, event i with cause first_cause + i. Faster than one by one: while one event is
 * applied, the memory that the next ones need is on its way. */
int engine_apply_all(struct engine *e, const struct event *events, size_t n, uint32_t first_cause);

struct partner_change {
	struct str partner;
	size_t n_areas;			 /* areas whose points or status changed */
	const struct area_change *areas; /* in the edition's order */
	size_t n_causes;		 /* the first CAUSES_MAX causes, in order */
	const uint32_t *causes;
	uint32_t cause_count;
};

/* What changed since the last settle, sorted by partner id. status_before is AREA_UNKNOWN for a partner seen for
 * the first time; such a partner is reported even when all its points are zero.
 * ret_changes  belongs to the engine, valid until the next call of these or of engine_apply().
 * Returns 0 or ERR_NOMEM. Cost: O(touched partners). */
int engine_settle(struct engine *e, const struct partner_change **ret_changes, size_t *ret_n);
/* The same in parts, of at most `most` touched partners each, for a day that touches all: call it until *ret_done. Between
 * the parts questions may be asked, nothing may be applied. */
int engine_settle_part(struct engine *e, size_t most, const struct partner_change **ret_changes,
	size_t *ret_n, bool *ret_done);

/* Shape of an area (0..edition->n_areas-1) by one of its tracks in the edition of the day; lives as long as that edition is
 * in the calendar. area_change.shape points to these. NULL out of range. */
const struct area_shape *engine_shape(const struct engine *e, size_t area, size_t track);

day_no engine_day(const struct engine *e); /* DAY_NONE before the first */
const struct edition *engine_edition(const struct engine *e);

/* An edition and the days on which it is valid. */
struct calendar_line {
	const struct edition *edition;
	day_no from;
	day_no until; /* first day on which another one is valid; DAY_NONE: none known */
	bool told;    /* an event brought it; otherwise it was there from the start */
};

#define EDITIONS_MAX 32

/* The calendar in the order of first days, what was withdrawn left out. Of several with one first day the last is valid,
 * the others have until == from.
 * ret  room for EDITIONS_MAX; the editions live until the next engine_apply().
 * Returns how many; at least 1. */
size_t engine_calendar(const struct engine *e, struct calendar_line *ret);

/* ---- questions -------------------------------------------------------------------------------------------- */

/* One person, customer or product that counts or nearly does. */
struct explained_item {
	struct str id;
	struct str detail; /* "1,240.00 USD in 2023-05", "120.00 USD below in 2023-06 (880.00)" */
};

/* Three values: what the sources lost is neither met nor not met. */
enum met {
	MET_NOT,
	MET_UNKNOWN,
	MET,
	MET_NOT_ASKED /* of a requirement alone, not of a condition: the renewal that is due next does not ask for it again,
			 so it counts as met whatever it is */
};

struct explained_condition {
	struct str name, expected, actual;
	enum met met;
};

/* An option or a part of a combined metric, or how a track would do. */
struct part_score {
	struct str id, name;
	struct ratio points;
	uint32_t maximum;
	bool counts; /* of options: the one that counts */
};

struct metric_score {
	const struct metric *metric;
	struct ratio points;
	enum met met; /* of a requirement; of other metrics whether it has points */
	day_no asked_on; /* MET_NOT_ASKED: the anniversary whose renewal asks for it again; otherwise DAY_NONE */
	/* Filled only when explained: */
	struct str sentence;
	size_t n_parts; /* of a combined metric */
	const struct part_score *parts;
	size_t n_conditions;
	const struct explained_condition *conditions;
	size_t n_counted, counted_total; /* given (at most 50), and in all; sorted by id */
	const struct explained_item *counted;
	size_t n_nearly, nearly_total; /* given (at most 20), and in all; nearest first */
	const struct explained_item *nearly;
};

struct area_score {
	const struct area *area;
	const struct track *track; /* that counts */
	struct ratio total;
	enum area_status status;
	bool qualifies; /* on that day, whatever the status says */
	bool enrolled;	/* by an enrollment of this area, or of another when `automatic` */
	bool automatic;
	day_no enrolled_on, anniversary; /* DAY_NONE when not enrolled */
	/* Of a specialization that is enrolled: the anniversary whose renewal the day leads to (DAY_NONE otherwise), and of
	 * which year that renewal is, the first after the enrollment being one; 0: not known. */
	day_no renewal_on;
	uint32_t renewal_year;
	day_no window_from,
		window_until; /* the qualification window that the day lies in; DAY_NONE: none */
	day_no last_qualified; /* the day, or the last day of the window before it on which it qualified; DAY_NONE */
	size_t n_metrics;
	const struct metric_score *metrics;
	size_t n_tracks; /* explained, of an area with tracks: the totals of all of them */
	const struct part_score *tracks;
	struct str track_reason; /* explained: why that track counts */
};

struct partner_score {
	struct str partner;
	const struct edition *edition; /* by which it was computed */
	day_no day;
	month_no
		reference_month; /* R of MEASURE_ACR, otherwise of the first measure that has one; MONTH_NONE */
	size_t n_areas;
	const struct area_score *areas; /* in the edition's order */
};

/* The score of one partner on `day` (DAY_NONE: the current day) with the facts known now, by the edition valid on that
 * day. On another day than the current one everything is recomputed from the partner's facts, O(rows); what is kept
 * of the partner is not touched.
 * ar        everything in ret_score is allocated there.
 * Returns 0, ERR_NOTFOUND (no fact of this partner, or it is a location of another), ERR_NOMEM. */
int engine_score(struct engine *e, struct str partner, day_no day, bool explain, struct arena *ar,
	struct partner_score *ret_score);

/* An edition made ready to score partners by it, whether it is in the calendar or not.
 * edition borrowed. Returns 0, ERR_INVALID, ERR_NOMEM. */
struct rulebook;
int engine_book_create(struct engine *e, const struct edition *edition, struct rulebook **ret_book);
void engine_book_destroy(struct engine *e, struct rulebook *book); /* accepts NULL */
/* engine_score() by that edition. Days before are judged by the editions of the calendar. */
int engine_score_by(struct engine *e, struct rulebook *book, struct str partner, day_no day,
	bool explain, struct arena *ar, struct partner_score *ret_score);

/* Up to `limit` partners after `after` (empty: from the start) in order of id, that have an area that matches:
 * `area` empty means any, status AREA_UNKNOWN means any. Sets *ret_more when there are further ones.
 * Returns 0 or ERR_NOMEM. Cost: O(partners * log limit). */
int engine_list(struct engine *e, struct str after, struct str area, enum area_status status,
	size_t limit, struct arena *ar, struct partner_score *ret_scores, size_t *ret_n,
	bool *ret_more);

/* How a partner stood over a span of days: its scores on the first day of each part in which nothing changed by itself,
 * with the facts known now, ascending. ret_scores: in the arena, without explanations.
 * Returns 0, ERR_NOTFOUND, ERR_NOMEM. Cost: O(parts * rows). */
int engine_history(struct engine *e, struct str partner, day_no from, day_no until,
	struct arena *ar, struct partner_score **ret_scores, size_t *ret_n);

struct engine_stats {
	uint64_t partners, people, customers, usage_rows, certificates, names;
	uint64_t events; /* applied */
	uint64_t stale;	 /* older than what stood: nothing changed */
	uint64_t unused; /* facts that no rule of the day's edition looks at; kept all the same */
	uint64_t unknown_certificates; /* certificate facts whose name the edition does not know */
	uint64_t editions_refused;     /* edition facts whose text is no edition */
	uint64_t bytes;		       /* memory held */
};
void engine_stats_get(const struct engine *e, struct engine_stats *ret);

/* ---- snapshot --------------------------------------------------------------------------------------------- */

/* Writes the whole state as a sequence of blobs through put() (each at most 1 MiB where a partner's own facts
 * allow it). Must be settled. Returns 0, ERR_NOMEM, or what put() returned. */
int engine_save(const struct engine *e, int (*put)(void *ctx, struct span blob), void *ctx);

/* Fills a freshly created engine from the blobs of engine_save(), in order, until get() sets ret_blob->p = NULL.
 * Checks version, edition digest and every length. Returns 0, ERR_CORRUPT, ERR_MISMATCH (another edition or
 * format), ERR_NOMEM, ERR_FULL, or what get() returned; on failure the engine must be dropped. */
int engine_load(
	struct engine *e, int (*get)(void *ctx, struct span *ret_blob), void *ctx, struct err *err);

/* A digest of all facts and points, independent of the order of arrival. Must be settled. O(state). For tests and
 * `status`. */
uint64_t engine_digest(const struct engine *e);

#endif
