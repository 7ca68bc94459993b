/* One input file on its way to facts: where the facts go, where the faults go, and what was counted.
 *
 * Every reader (reports, NDJSON) works on a struct reading and ends each record in one of three ways: facts come of
 * it, it is passed over (it is fine but nothing that counts, with a reason), or it is refused (it has a fault, with
 * place, reason and remedy). All three are counted by reason. */
#ifndef IMPORTS_READING_H
#define IMPORTS_READING_H

#include <limits.h>

#include "common/base/buf.h"
#include "common/base/event.h"
#include "common/base/mem.h"
#include "services/imports/calendar.h"
#include "services/imports/unknowns.h"

/* How often each reason was given. The reasons are string constants. */
#define TALLY_MAX 64
struct tally {
	size_t n;
	uint64_t total;
	struct {
		const char *reason;
		uint64_t count;
	} items[TALLY_MAX];
};
void tally_add(struct tally *t, const char *reason, uint64_t count);
void tally_merge(struct tally *t, const struct tally *from);
uint64_t tally_of(const struct tally *t, const char *reason);

struct place {
	unsigned line, column; /* from 1; 0 when not known */
};
#define PLACE_EVENT UINT_MAX /* as a column: the input is binary, and `line` counts its events */

/* How a record is written that stands in a fault. */
enum record_form { RECORD_LINE, RECORD_CLOUDEVENT, RECORD_EVENT };

struct fault {
	const char *file;
	struct place at;
	struct str record; /* as it stands in the file; empty where the reader does not keep it */
	struct str letter; /* a row of an export as it may be kept (letter.h); empty: not at all */
	enum record_form form;
	const char *reason;	 /* counted under this name */
	char text[ERR_TEXT_MAX]; /* value, what is wrong with it, and the remedy */
};

struct input;
struct person_key;
struct held;
struct side;
struct ledger;
struct reading;

/* How a fact of a file differs from what imports have said before (ledger.h). */
enum change_kind {
	CHANGE_NEW,
	CHANGE_CHANGED,
	CHANGE_RETRACTED, /* said before, not in the file any more */
	CHANGE_AGAIN,	  /* said before, but it is not known whether it arrived */
	CHANGE_KINDS
};

struct change {
	enum change_kind kind;
	const struct event *ev;
	const struct event *before; /* of CHANGE_CHANGED: what was said before; otherwise NULL */
	struct place at;
	struct span key, value; /* of the ledger: the entry, pending */
};

/* The record of a scope in the ledger. */
struct scope_note {
	struct span key, value;
	bool complete; /* false: before its first change; true: after the last change of the file */
};

/* Where differences go, instead of the handler's on_event. Each returns 0, or a code that stops the reading. */
struct reading_changes {
	struct ledger *ledger; /* what was imported before; NULL: nothing */
	int (*on_change)(void *ctx, const struct change *c);	/* c is borrowed for the call */
	int (*on_scope)(void *ctx, const struct scope_note *n); /* likewise */
	void *ctx;
	/* The words that the newest months are complete go here, to be said after the last file of a run (held.h). */
	struct held *held;
};

/* A row that was refused is read again, mended: what it says is added to what its file said. */
struct mending {
	uint64_t low,
		high; /* which row it is: a hash of it as it was refused. It is added once only */
};

struct reading_handler {
	/* ev is valid (event_validate()) and borrowed for the call. Returns 0, or a code that stops the reading. */
	int (*on_event)(void *ctx, const struct event *ev, struct place at);
	void (*on_fault)(void *ctx, const struct fault *f);
	void (*on_note)(
		void *ctx, const char *file, const char *text); /* worth saying, refuses nothing */
	void *ctx;
};

/* How events are written, by the name of --format, and the media type that means the same. */
#define EVENTS_FORMAT_TABLE(X)                                                                     \
	X(EVENTS_NDJSON, "ndjson", "application/x-ndjson", "a CloudEvent in JSON on each line")    \
	X(EVENTS_JSON, "json", "application/cloudevents+json",                                     \
		"one CloudEvent in JSON, over any lines")                                          \
	X(EVENTS_JSON_BATCH, "json-batch", "application/cloudevents-batch+json",                   \
		"a JSON array of CloudEvents")                                                     \
	X(EVENTS_CLOUDEVENT, "cloudevent", "application/cloudevents+protobuf",                     \
		"one io.cloudevents.v1.CloudEvent")                                                \
	X(EVENTS_CLOUDEVENT_BATCH, "cloudevent-batch", "application/cloudevents-batch+protobuf",   \
		"an io.cloudevents.v1.CloudEventBatch of any length")                              \
	X(EVENTS_CLOUDEVENT_STREAM, "cloudevent-stream", "",                                       \
		"CloudEvents of protobuf, each behind its length as a varint")                     \
	X(EVENTS_EVENT_BATCH, "event-batch", "application/vnd.capscore.event-batch+protobuf",      \
		"a capscore.v1.EventBatch of any length")

enum events_format {
	EVENTS_BY_CONTENT = 0,
#define X(name, text, media_type, help) name,
	EVENTS_FORMAT_TABLE(X)
#undef X
		EVENTS_FORMAT_END
};

struct reading_options {
	const struct alloc *a;
	event_ms recorded;	   /* of all facts of a report; 0: the file's modification time */
	event_ms now;		   /* for input without a modification time */
	enum events_format format; /* of events; EVENTS_BY_CONTENT: what the content tells */
	enum date_order dates;	   /* of A/B/YYYY in reports */
	bool complete;		   /* months count as complete in spite of refused rows */
	/* Gives the key that hides people; asked for only when a file names some. Returns 0 or a code with e set. */
	int (*person_key)(void *ctx, struct person_key *ret_key, struct err *e);
	void *person_key_ctx;
	bool bulk;	      /* the run brings several files of a report of usage */
	struct side *side;    /* what side files of the run tell; NULL: of this file alone */
	size_t memory;	      /* for the facts of a report, bytes; 0: GATHER_MEMORY_DEFAULT */
	const char *temp_dir; /* of what does not fit into it; NULL: TMPDIR, or /tmp */
	/* For reports: only what differs from earlier imports is given out; NULL: every fact, by on_event. */
	const struct reading_changes *changes;
	const struct mending *
		mending; /* the input is a mended row of a file recorded at `recorded`; NULL: a file */
	bool partial;	 /* the file holds a part only: nothing is retracted */
	bool fresh;	 /* every fact is said again, as if it were not known whether it arrived */
	bool strict; /* the first refusal ends the reading, before anything of the file was given out */
	const volatile int *interrupted; /* not 0: stop, with ERR_CLOSED; NULL: never */
	/* Called before input that is no file is read, with its descriptor: returns 0 when there is something to read, or a
	 * code that stops the reading. What came so far can be dealt with meanwhile. May be NULL. */
	int (*on_wait)(void *ctx, int fd, struct err *e);
	void *wait_ctx;
	/* Called now and then. While rows are read: bytes of the input so far, and in all (0: not known). While the facts of a
	 * report are given out (r->n_facts is not 0 then): 0 and 0. May be NULL. */
	void (*on_progress)(void *ctx, const struct reading *r, uint64_t bytes, uint64_t size);
	void *progress_ctx;
};

struct reading {
	const struct reading_options *options;
	const struct reading_handler *handler;
	const char *file;   /* as messages call it */
	const char *format; /* "Azure usage report", "events" */
	event_ms recorded;
	uint64_t records;      /* rows or lines read, without the header */
	struct str record;     /* the one being read, for faults; empty where it is not kept */
	enum record_form form; /* of all records */
	struct str letter;     /* likewise, of a row of an export that is being refused */
	uint64_t facts[FACT_KIND_END];
	uint64_t n_facts; /* that the file says */
	/* With a ledger: how many of them are as before, how many differ and how. */
	uint64_t unchanged, changes[CHANGE_KINDS];
	uint64_t superseded; /* facts of scopes of which a later export was imported already */
	uint64_t
		kept; /* not in the file, and not retracted because rows of their scope were refused */
	struct tally passed, refused;
	struct side *side;	  /* that of the options, or one for this file; set for reports */
	struct unknowns unknowns; /* names that nothing here knows */
	const char *const *
		lacks; /* what the report cannot tell, a sentence each, ends with NULL; NULL: nothing */
	int stop;      /* code of a handler that wants to stop; readers return it */
};

void reading_refuse(struct reading *r, struct place at, const char *reason, const char *fmt, ...)
	ERR_PRINTF(4, 5);
void reading_note(struct reading *r, const char *fmt, ...) ERR_PRINTF(2, 3);

/* Hands an event to the handler if it is valid, otherwise refuses the record it came of.
 * Returns 0 (also when refused), or the code of the handler, which the reader returns at once. */
int reading_emit(struct reading *r, const struct event *ev, struct place at);
/* The same for a difference; r->facts is left as it is. */
int reading_change(struct reading *r, const struct change *c);
/* Refuses the record that an event came of unless the event is valid. */
bool reading_accepts(struct reading *r, const struct event *ev, struct place at);
/* To be asked after every row and fact: 0, or why the reading has to end (r->stop): ERR_CLOSED when it was interrupted,
 * ERR_INVALID after a refusal that nothing may follow. */
int reading_check(struct reading *r);
/* To be called after every row: tells now and then how far the reading has come. */
void reading_progress(const struct reading *r, const struct input *in);

#endif
