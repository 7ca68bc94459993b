/* What ingestion decides: which events of a batch are logged, which are repeats, which are refused and why, and
 * which day records are due. Pure: the events come decoded and checked, `now` comes from outside, and what is to be
 * done goes out as effects, which the service carries out.
 *
 * What the core decides is taken as done: an accepted event is a duplicate from then on, although it is not on disk
 * yet. So the service either makes it durable or ends; it never drops an accepted event and goes on. */
#ifndef INGESTION_INGESTION_CORE_H
#define INGESTION_INGESTION_CORE_H

#include "common/base/buf.h"
#include "common/base/event.h"
#include "services/ingestion/dedup_core.h"

#define INGESTION_BATCH_MAX  4096u		   /* events in a batch */
#define INGESTION_DAYS_MAX   3660u		   /* day records written to catch up; ten years */
#define INGESTION_DAY_SOURCE "/capscore/ingestion" /* source of the day records */
/* Editions of one batch that are looked at, some 10 ms each: further ones are refused, to be sent in another batch. */
#define INGESTION_EDITIONS_MAX 8u

/* Where day records come from. */
enum day_policy {
	DAYS_FROM_CLOCK = 0, /* ingestion writes them; those of producers are refused */
	DAYS_FROM_PRODUCERS, /* producers send them (replays, rehearsals, tests); ingestion writes none */
};

/* Whether an edition event brings rules that can be used. NULL: all are taken. */
struct edition_check {
	/* Returns true, or false and why, for people; that text must live as long as the batch. */
	bool (*is_valid)(void *ctx, const struct fact_edition *f, const char **ret_detail);
	void *ctx;
};

struct ingestion_core_options {
	enum day_policy days;
	uint32_t dedup_events; /* dedup_create() */
	uint32_t dedup_days;
	uint64_t seed; /* of the hashes: a different one at every start */
	struct edition_check editions;
};

struct ingestion_core;

/* Returns 0, ERR_INVALID (the bounds of dedup_create()), ERR_NOMEM. */
int ingestion_core_create(const struct alloc *a, const struct ingestion_core_options *options,
	struct ingestion_core **ret_c);
void ingestion_core_destroy(struct ingestion_core *c); /* accepts NULL */

/* ---- what is in the log already --------------------------------------------------------------------------- */

/* Makes room for so many events at once, as far as the window reaches. Returns 0, ERR_NOMEM. */
int ingestion_recall_room(struct ingestion_core *c, size_t n);
/* Takes events of the log's tail, in order, at most INGESTION_BATCH_MAX: they are known from then on, and a day
 * record moves the log's day. Returns 0, ERR_INVALID (n out of range), ERR_NOMEM. */
int ingestion_recall(struct ingestion_core *c, const struct event *logged, size_t n);
/* Tells the log's day, when its record lies before the tail. DAY_NONE changes nothing. */
void ingestion_recall_day(struct ingestion_core *c, day_no day);

/* ---- batches ---------------------------------------------------------------------------------------------- */

/* One event of a batch, as decoded. All borrowed for the call. */
struct candidate {
	const struct event *event;	     /* read when refusal is REFUSED_NOT */
	enum refusal refusal;		     /* found while decoding */
	const struct refusal_detail *detail; /* NULL when not refused */
};

struct ingestion_refused {
	uint32_t index; /* in the batch */
	enum refusal refusal;
	const char *
		detail; /* for people; borrowed from the candidate or the edition check, or static */
};

struct batch_effects {
	size_t n_accepted, n_duplicates, n_refused;
	const uint32_t *accepted; /* indexes in the batch, ascending */
	const struct ingestion_refused *refused;
	day_no day; /* the log's day, when the batch moved it; otherwise DAY_NONE */
};

/* Decides a batch of at most INGESTION_BATCH_MAX events. A repeat of an event of the window, or of one earlier in
 * the same batch, is a duplicate. A refused event does not make its (source, id) known.
 *
 * ret_out  its arrays belong to the core and are valid until the next call.
 * Returns 0, ERR_INVALID (n out of range), ERR_NOMEM; nothing changed then. No allocation in the steady state. */
int ingestion_decide(struct ingestion_core *c, const struct candidate *batch, size_t n,
	struct batch_effects *ret_out);

/* Whether all events would be accepted or found duplicates; changes nothing. For what is logged whole or not at all.
 * ret_first  the first refusal, set when the answer is false. */
bool ingestion_is_clean(const struct ingestion_core *c, const struct candidate *batch, size_t n,
	struct ingestion_refused *ret_first);

/* ---- days ------------------------------------------------------------------------------------------------- */

struct day_effects {
	day_no first; /* day records first .. first + n - 1 are to be logged, each a unit of its own */
	uint32_t n; /* 0: none is due */
	uint32_t
		skipped; /* days before `first` that are passed over because the gap exceeds INGESTION_DAYS_MAX */
	bool clock_back; /* now lies before the log's day: nothing is due; told once per step back */
};

/* Which day records are due at `now`. They count as logged from here on. */
void ingestion_days_due(struct ingestion_core *c, event_ms now, struct day_effects *ret_out);

/* The event that says that a day began. Its id is "day-2023-07-01", so a day has one record whoever writes it.
 * text  storage of the id, of INGESTION_DAY_ID bytes; lives as long as the event. */
#define INGESTION_DAY_ID 32
void ingestion_day_event(day_no day, char *text, struct event *ret_event);

/* ---- queries ---------------------------------------------------------------------------------------------- */

day_no ingestion_day(const struct ingestion_core *c); /* the log's day; DAY_NONE when it has none */
const struct dedup *ingestion_dedup(const struct ingestion_core *c);

#endif
