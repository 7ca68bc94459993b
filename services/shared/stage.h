/* A stage of the pipeline: a service that reads one log, decides, and writes one log. Scoring and notification are
 * stages; what they decide is theirs, everything around it is here: the store and its group commit, the socket that
 * serves the log and answers, the reader of the input, back-pressure, status, and the lifecycle:
 *
 *   STARTING ──► REPLAYING ──► RUNNING ──► DRAINING ──► STOPPED
 *                    └────────────┴── stage_fail() ──►┘
 *
 * REPLAYING is a stage that has started and has not said stage_ready() yet. DRAINING takes no more input and waits, at
 * most 5 s, until what was decided is durable.
 *
 * Not for sharing between threads. */
#ifndef SHARED_STAGE_H
#define SHARED_STAGE_H

#include <uv.h>

#include "common/io/bus.h"
#include "common/io/store.h"
#include "common/wire/frame.h"

struct stage;

/* A status answer being filled. */
#define STAGE_POSITIONS_MAX 48
#define STAGE_COUNTERS_MAX  48
struct stage_status {
	struct wire_position positions[STAGE_POSITIONS_MAX];
	struct wire_counter counters[STAGE_COUNTERS_MAX];
	size_t n_positions, n_counters;
};
void stage_tell_position(struct stage_status *st, const char *name, uint64_t first, uint64_t end);
void stage_tell_counter(struct stage_status *st, const char *name, uint64_t value);

struct stage_options {
	const char *name;	/* "scoring" */
	const char *store_path; /* folder of the log that the stage writes */
	uint64_t retain_bytes;	/* of that log; 0: no bound */
	size_t max_group_bytes; /* of one commit */
	const char
		*output_log;  /* "scores"; NULL: the stage writes tables alone, and serves no log */
	const char *endpoint; /* to bind: serves the log, answers */
	size_t max_question;  /* bytes of a message to it; 0: WIRE_FRAME_MAX */
	const char *input_log;	    /* "events" */
	const char *input;	    /* endpoint that serves it */
	const char *input_position; /* what status calls the position in the input: "events-read" */

	/* One unit of input, in order and without gaps. Returns 0, or a code with a text: the stage fails, and output
	 * that is not being synced yet is dropped. ERR_AGAIN is neither: the unit was taken and takes long; `more` goes
	 * on with it, and the next unit comes after that. */
	int (*take)(void *ctx, struct span unit, uint64_t first, uint32_t n_records, struct err *e);
	/* Goes on with such a unit for a while; questions are answered in between. Returns as take does. May be NULL when
	 * take never says ERR_AGAIN. */
	int (*more)(void *ctx, struct err *e);
	/* Whether a unit has to wait; asked before each one, and again after each commit. NULL: never. */
	bool (*is_full)(void *ctx);
	/* All input there is has been taken. Returns as take does. May be NULL. */
	int (*on_input_end)(void *ctx, uint64_t end, struct err *e);
	/* The input cannot be read from the position wanted: completes the text with a remedy. */
	const char *gone_remedy;
	/* The input's oldest records are gone, and first_position is the oldest held: whether to read on from there. NULL: the
	 * stage fails. */
	bool (*on_gone)(void *ctx, uint64_t first_position);
	/* Records first..end of the output are durable. Returns as take does. May be NULL. */
	int (*on_durable)(void *ctx, uint64_t first, uint64_t end, struct err *e);
	/* A question other than for status. Answers with stage_reply() and the like; returns false for one that is not
	 * for this stage. May be NULL. */
	bool (*on_question)(void *ctx, const struct bus_peer *peer, const struct frame *f);
	const char *
		answers; /* "scoring answers read (log \"scores\") and status", for other questions */
	/* Which units a reader's filter lets through; NULL: the log takes no filter. */
	bool (*passes)(void *ctx, const struct wire_filter *filter, struct span unit);
	void (*describe)(void *ctx, struct stage_status *st); /* adds to the status */
	void (*on_tick)(void *ctx, uint64_t now_ns); /* every 250 ms until draining; may be NULL */
	void (*on_draining)(void *ctx); /* the last moment to add to the log; may be NULL */
	void (*on_drained)(void *ctx,
		int exit_code); /* all is durable unless the stage failed; all is still open; may be NULL */
	void (*on_closed)(void *ctx, int exit_code); /* the stage is freed; runs once */
	void *ctx;
};

/* Opens the store, nothing else, so that the caller can restore its state from it. options is copied, the texts in it
 * are borrowed. Returns 0 or a code with a text. */
int stage_create(
	uv_loop_t *loop, const struct stage_options *options, struct stage **ret_s, struct err *e);
/* Opens the rest and reads the input from `position`. After a failure call stage_drop(). */
int stage_start(struct stage *s, uint64_t position, struct err *e);
/* Closes and frees without a word, for a start that failed; on_closed runs when the loop has turned. Accepts NULL. */
void stage_drop(struct stage *s);
void stage_ready(struct stage *s); /* REPLAYING -> RUNNING */
void stage_stop(struct stage *s);  /* drains, then closes */
/* Logs the text, drains, and ends with exit code 3. */
void stage_fail(struct stage *s, const struct err *e);

bool stage_is_running(const struct stage *s); /* RUNNING */
struct store *stage_store(struct stage *s);   /* for reading, and for stage_create()'s caller */
struct store_group *stage_output(
	struct stage *s);		    /* the group that fills; valid until the loop turns */
uint64_t stage_next(const struct stage *s); /* position of the next record added to it */
void stage_added(struct stage *s);	    /* after adding to it */
bool stage_is_idle(const struct stage *s);  /* all output is durable */
uint64_t stage_position(const struct stage *s);	 /* of the input: everything before it was taken */
bool stage_is_amid(const struct stage *s);	 /* the last unit taken is not done yet */
uint64_t stage_input_end(const struct stage *s); /* the input's end, as last told */
uint64_t stage_age_ms(
	const struct stage *s); /* since the last unit was taken; 0 before the first */
struct bus *stage_bus(struct stage *s);

/* Where answers are made: reset before each question. */
struct arena *stage_arena(struct stage *s);
int stage_reply(struct stage *s, const struct bus_peer *peer, const struct frame *f);
int stage_reply_failure(struct stage *s, const struct bus_peer *peer, uint64_t request,
	const char *reason, const char *detail);

#endif
