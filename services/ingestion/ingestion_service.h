/* The ingestion service: takes events from producers, makes them durable, acknowledges, and serves the event log.
 *
 * Two ROUTER sockets, so that a full disk or a flood of events keeps nobody from reading or asking:
 *   endpoint       Hello -> Welcome, Publish (with an EventBatch) -> Acknowledge once it is on disk
 *   read_endpoint  Read -> the event log, StatusQuery, DeadLetterQuery -> their answers
 * Each answers a Failure to what belongs to the other, and says where to ask.
 *
 * DATA/events is the store: the log "events"; the table "dead-letters" (number -> what was refused, as
 * letters_core.h stores it); the table "marks" ("day": the log's day, "letters-next", "letters-dropped").
 *
 * Bounds: bytes and batches not yet durable (past them producers are not read any more), answers not yet taken,
 * the dedup window, dead letters, names of producers. */
#ifndef INGESTION_INGESTION_SERVICE_H
#define INGESTION_INGESTION_SERVICE_H

#include <uv.h>

#include "common/io/store.h"
#include "services/ingestion/ingestion_core.h"

struct ingestion;

struct ingestion_options {
	const char *data_dir;
	const char *endpoint;	   /* NULL: ipc://DATA/run/ingestion-publish.sock */
	const char *read_endpoint; /* NULL: ipc://DATA/run/ingestion.sock */
	enum day_policy days;
	uint32_t dedup_events, dedup_days; /* dedup_core.h */
	uint64_t retain_bytes;	 /* of the event log; 0: as much as the store's map holds */
	size_t dead_letters_max; /* letters_core.h */
	uint64_t dead_letter_bytes;
	size_t pending_bytes_max; /* not yet durable, before producers wait; 0: INGESTION_PENDING_BYTES */
	uint64_t drain_ms;	  /* how long a stop waits for the disk; 0: INGESTION_DRAIN_MS */
	event_ms (*now)(void *ctx); /* the wall clock; NULL: common/io/clock.h */
	/* The service has stopped and holds no handle on the loop: ingestion_destroy() may follow, not from inside.
	 * code  what the process should exit with, an EXIT_ value below. */
	void (*on_stopped)(void *ctx, int code);
	void *ctx;
};

#define INGESTION_PENDING_BYTES ((size_t)16 * 1024 * 1024)
#define INGESTION_DRAIN_MS	5000
#define INGESTION_WINDOW_EVENTS 16384u /* that producers are told */

enum {
	INGESTION_EXIT_OK = 0,
	INGESTION_EXIT_UNDRAINED =
		1, /* the deadline passed before everything was on disk; it was not acknowledged */
	INGESTION_EXIT_STORE = 3, /* the store failed for good */
};

/* Opens the store, recalls the tail of the log, writes the day records that are due, and binds. Blocks while it
 * reads the tail.
 * loop     borrowed; must outlive the service.
 * options  copied; data_dir and endpoints must stay.
 * Returns 0 or what failed; the store may be held by another process (ERR_BUSY). */
int ingestion_start(uv_loop_t *loop, const struct ingestion_options *options,
	struct ingestion **ret_s, struct err *e);

/* Takes no more events, waits for what is pending to be durable, sends the answers, closes. on_stopped follows. A
 * second call changes nothing. */
void ingestion_stop(struct ingestion *s);

/* After on_stopped, not from inside it. Blocks up to a second while ZeroMQ sends what is left. Accepts NULL. */
void ingestion_destroy(struct ingestion *s);

/* While it runs. */
struct store *ingestion_store(struct ingestion *s); /* for tests: store_set_fault() */

#endif
