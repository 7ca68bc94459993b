/* What the files of the ingestion service share. */
#ifndef INGESTION_INGESTION_INTERNAL_H
#define INGESTION_INGESTION_INTERNAL_H

#include "common/io/bus.h"
#include "common/io/committer.h"
#include "common/io/huge_heap.h"
#include "common/io/stream.h"
#include "services/ingestion/acks_core.h"
#include "services/ingestion/ingestion_service.h"
#include "services/ingestion/letters_core.h"
#include "services/ingestion/names_core.h"

#define TABLE_LETTERS	     "dead-letters"
#define TABLE_MARKS	     "marks"
#define MARK_DAY	     "day"
#define MARK_LETTERS_NEXT    "letters-next"
#define MARK_LETTERS_DROPPED "letters-dropped"

#define ENDPOINT_MAX 256
/* An acknowledgement: 4,096 refusals with reason and number, and details as far as ACK_DETAILS_MAX goes. */
#define ACK_DETAILS_MAX ((size_t)128 * 1024)
#define ACK_BYTES_MAX	((size_t)512 * 1024)

#define INGESTION_STATE_TABLE(X)                                                                   \
	X(STATE_STARTING, "starting")                                                              \
	X(STATE_RUNNING, "running")                                                                \
	X(STATE_DRAINING, "draining")                                                              \
	X(STATE_CLOSING, "closing")                                                                \
	X(STATE_STOPPED, "stopped")

#define X(name, text) name,
enum ingestion_state { INGESTION_STATE_TABLE(X) INGESTION_STATE_END };
#undef X

struct ingestion_counters { /* since the start */
	uint64_t batches, bytes, accepted, duplicates;
	uint64_t refused[REFUSAL_END];
	uint64_t commits, stalls, pauses, replayed, days;
	uint64_t failures;   /* frames answered with a Failure */
	uint64_t unanswered; /* batches for whose answer there was no room */
};

struct ingestion {
	uv_loop_t *loop;
	struct ingestion_options options;
	enum ingestion_state state;
	int exit_code;
	uint64_t started_ms; /* of the loop's clock */

	struct store *store;
	struct committer *committer;
	struct bus *bus;
	struct bus_socket *publish, *read;
	struct stream_server *stream;
	uv_timer_t day_timer, drain_timer;
	unsigned n_closing; /* handles and the committer, until STATE_STOPPED */

	struct huge_heap *memory; /* of the core: its dedup window is large */
	struct ingestion_core *core;
	struct letters *letters;
	struct names *names;
	struct acks *acks,
		*replies; /* answers that wait: on the publish endpoint, on the read endpoint */

	/* Groups of the committer, numbered from 1: the newest one that something was added to, and the newest one
	 * that is durable. What is answered now may depend on any group up to group_newest. */
	uint64_t group_newest, group_durable;
	bool paused, stalled;

	struct arena arena; /* one message */
	struct buf unit;    /* accepted events of a batch with others among them; letters */
	struct buf scratch; /* an encoded frame */
	struct candidate candidates[INGESTION_BATCH_MAX];
	struct wire_refusal refusals[INGESTION_BATCH_MAX];
	struct ingestion_counters count;
};

/* ingestion_service.c */
const char *ingestion_state_name(enum ingestion_state state);
event_ms ingestion_now(const struct ingestion *s);
/* The store or the memory failed in a way that leaves decisions undone: the process must end. */
void ingestion_fail(struct ingestion *s, const struct err *e);
/* Whether more may be taken in: room for what is not durable and for answers. */
bool ingestion_has_room(const struct ingestion *s);
/* Stops or resumes reading producers. */
void ingestion_throttle(struct ingestion *s);
/* Sends what may be sent, on both endpoints. */
void ingestion_flush(struct ingestion *s);

/* ingestion_append.c: what goes into the group that is filling */
/* The group to add to. What is added must end in a call of committer_kick(). */
struct store_group *ingestion_group(struct ingestion *s);
/* Fills s->candidates from a decoded batch. */
void ingestion_candidates(struct ingestion *s, const struct decoded_event *events, size_t n);
/* Adds the accepted events as one unit, and the day when they moved it. Returns 0, or after ingestion_fail() a code. */
int ingestion_append(struct ingestion *s, struct span batch, const struct decoded_event *events,
	size_t n, const struct batch_effects *out);
/* Keeps a refusal as a dead letter, or finds the one that holds it already. *cost grows by its bytes. */
int ingestion_keep_letter(
	struct ingestion *s, const struct letter *l, uint64_t *ret_letter, size_t *cost);
/* After letters were kept: their marks, in the same group. */
int ingestion_mark_letters(struct ingestion *s);
int ingestion_remove_letter(struct ingestion *s, uint64_t letter);
/* Logs the day records that are due now. */
void ingestion_log_days(struct ingestion *s);

/* ingestion_publish.c, ingestion_read.c */
void ingestion_on_publish(void *ctx, struct bus_socket *socket, struct bus_message *m);
void ingestion_on_read(void *ctx, struct bus_socket *socket, struct bus_message *m);
/* Answers a Failure and counts it. */
void ingestion_refuse_frame(struct ingestion *s, struct bus_socket *socket,
	const struct bus_peer *peer, const struct frame *f, const char *reason, const char *detail);

/* ingestion_recover.c */
/* Dedup window, day, dead letters and marks from the store. */
int ingestion_recover(struct ingestion *s, struct err *e);

#endif
