/* libcapscore-client: hands events to Capscore's ingestion service and tells when they are on disk there.
 *
 *   struct capscore_client_options o = { .endpoint = "ipc:///var/lib/capscore/run/ingestion-publish.sock",
 *                                        .name = "crm", .on_ack = on_ack, .ctx = me };
 *   struct capscore_client *c = NULL;
 *   struct capscore_error e = { 0 };
 *
 *   if (capscore_client_open(&o, &c, &e) != 0)
 *           give_up(e.text);
 *   while (next_event(&json, &n, &number)) {
 *           int rc;
 *           while ((rc = capscore_client_add(c, CAPSCORE_JSON, json, n, number, &e)) == CAPSCORE_E_AGAIN)
 *                   capscore_client_poll(c, -1, &e);
 *           if (rc != 0)
 *                   mend(number, e.text);
 *   }
 *   if (capscore_client_flush(c, 30000, &e) != 0)
 *           say(e.text);
 *   capscore_client_close(&c);
 *
 * WHAT IT PROMISES. An event that was added, and whose batch came to on_ack without a refusal of it, is on the disk of
 * the service; it survives whatever happens to the service's process. Batches go out in the order in which they were
 * filled. One without an acknowledgement is sent again after a while, after a lost connection and after a restart of
 * the service; the service recognises events by (source, id), so each is logged once. What is not acknowledged lives
 * in the memory of this process only: a program that ends before adds the same events again at its next start, and
 * those that were logged already are counted as duplicates. So take ids that are the same then.
 *
 * BACK-PRESSURE. At most a window of events is under way (options.window_events, and what the service allows). When it
 * is full, adding answers CAPSCORE_E_AGAIN and takes nothing; poll, then add again. Nothing grows without bound, and
 * nothing is dropped.
 *
 * THREADS. A client belongs to one thread at a time; different clients may be used by different threads. No thread and
 * no signal handler is made on your side; ZeroMQ runs one thread of its own for each client. After fork() the child
 * must not touch the parent's clients.
 *
 * CALLBACKS run inside capscore_client_poll(), _ready() and _flush() only, on the calling thread. They may add events;
 * poll, ready, flush and close are refused there (CAPSCORE_E_BUSY).
 *
 * ERRORS. Functions return 0 (or a count) or a negative code of the table below; outputs are untouched on failure. The
 * text for people goes into a struct of the caller, which may be NULL. */
#ifndef CAPSCORE_CLIENT_H
#define CAPSCORE_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define CAPSCORE_API __attribute__((visibility("default")))
#else
#define CAPSCORE_API
#endif

/* Numbers stay what they are; new ones may be added. */
#define CAPSCORE_ERROR_TABLE(X)                                                                    \
	X(CAPSCORE_E_NOMEM, -1, "out of memory")                                                   \
	X(CAPSCORE_E_INVALID, -2, "an argument or an event that is not valid")                     \
	X(CAPSCORE_E_AGAIN, -4, "the window is full: poll, then try again")                        \
	X(CAPSCORE_E_FULL, -5, "larger than the service takes")                                    \
	X(CAPSCORE_E_IO, -9, "input or output failed")                                             \
	X(CAPSCORE_E_SYNTAX, -11, "bytes that are not what they are said to be")                   \
	X(CAPSCORE_E_PROTOCOL, -12, "the service does not understand this client")                 \
	X(CAPSCORE_E_TIMEOUT, -13, "no answer in time")                                            \
	X(CAPSCORE_E_UNSUPPORTED, -15, "an endpoint that is not reachable without encryption")     \
	X(CAPSCORE_E_BUSY, -17, "called from inside a callback")

enum capscore_error_code {
#define X(name, code, text) name = code,
	CAPSCORE_ERROR_TABLE(X)
#undef X
};

struct capscore_error {
	int code;	/* 0, or the code of the failure */
	char text[512]; /* for people; NUL-terminated */
};

/* ---- what is sent ------------------------------------------------------------------------------------------ */

/* How one event is written. */
enum capscore_event_format {
	CAPSCORE_JSON = 1,   /* a CloudEvent as a JSON object (docs/events.md) */
	CAPSCORE_CLOUDEVENT, /* an io.cloudevents.v1.CloudEvent of protobuf */
	CAPSCORE_EVENT,	     /* a capscore.v1.Event of protobuf */
};

/* How a batch that the caller made himself is written. */
enum capscore_batch_format {
	CAPSCORE_EVENT_BATCH = 1,  /* capscore.v1.EventBatch: what the service logs, as it comes */
	CAPSCORE_CLOUDEVENT_BATCH, /* io.cloudevents.v1.CloudEventBatch */
	CAPSCORE_JSON_BATCH,	   /* a JSON array of CloudEvents */
	CAPSCORE_NDJSON,	   /* a CloudEvent in JSON on each line */
};

#define CAPSCORE_WHOLE_BATCH UINT32_MAX

struct capscore_refusal {
	uint64_t tag;	/* of the event; of the batch, where the caller made it */
	uint32_t index; /* of the event in its batch, from 0; CAPSCORE_WHOLE_BATCH for all of it */
	const char *reason; /* "bad-field" ...: the table is in docs/events.md */
	const char *detail; /* for people: the field and what is wrong; may be empty */
	uint64_t
		dead_letter; /* where the service keeps the event (`capscore deadletter`); 0: nowhere */
};

/* What became of a batch. Valid during the callback. */
struct capscore_ack {
	uint64_t batch; /* its number, from 1 */
	uint32_t n_events;
	uint32_t accepted;   /* logged now */
	uint32_t duplicates; /* logged before */
	uint64_t position;   /* of the event log, after this batch */
	size_t n_tags;	     /* n_events; of a batch that the caller made: 1, that of the batch */
	const uint64_t *tags;
	size_t n_refusals; /* refused events; the others are on disk */
	const struct capscore_refusal *refusals;
};

/* ---- a client ---------------------------------------------------------------------------------------------- */

struct capscore_client;

#define CAPSCORE_LINGER_NEVER UINT32_MAX

/* Everything but endpoint may be zero, which is the default. The struct is copied, and so are its texts. */
struct capscore_client_options {
	const char *endpoint; /* ipc://PATH or tcp://127.0.0.1:PORT, where ingestion takes events */
	const char *name;     /* of this producer, in logs and dead letters; at most 256 bytes */
	uint32_t batch_events;	/* events that fill a batch, 1..4096; 256 */
	uint32_t window_events; /* under way at most; as the service says (16384) */
	uint32_t
		linger_ms; /* a batch that is not full goes after so long, by poll; 5. CAPSCORE_LINGER_NEVER: only when it
	                     * is full, pushed or flushed */
	uint32_t
		silence_ms; /* poll and flush answer CAPSCORE_E_TIMEOUT when something is awaited and the service has been
	                      * silent for so long; 0: never. The client goes on trying all the same */
	void (*on_ack)(
		void *ctx, const struct capscore_ack *ack); /* once for each batch; may be NULL */
	void *ctx;
};

/* Does not wait for the service: what is added before it is there is kept, and sent when it comes.
 * ret_c  closed with capscore_client_close().
 * Returns 0, CAPSCORE_E_INVALID (an option out of range, no endpoint), CAPSCORE_E_UNSUPPORTED (not a local endpoint),
 * CAPSCORE_E_IO, CAPSCORE_E_NOMEM. */
CAPSCORE_API int capscore_client_open(const struct capscore_client_options *options,
	struct capscore_client **ret_c, struct capscore_error *e);

/* Frees the client and NULLs *c; accepts NULL inside. Events that are not acknowledged are forgotten here, whether or
 * not the service has them: flush first. */
CAPSCORE_API void capscore_client_close(struct capscore_client **c);

/* Waits until the service has answered the greeting, so that its limits are known and somebody is there. Need not be
 * called. timeout_ms < 0: without end. Returns 0, CAPSCORE_E_TIMEOUT, CAPSCORE_E_PROTOCOL, CAPSCORE_E_BUSY. */
CAPSCORE_API int capscore_client_ready(
	struct capscore_client *c, int timeout_ms, struct capscore_error *e);

/* Adds one event to the batch that is being filled; the bytes are copied. The batch goes out when it is full.
 * JSON and CloudEvents are checked here, so that what is wrong with an event is told at once, and its batch goes on
 * without it. An Event is checked by the service.
 * tag  comes back with the acknowledgement; any number.
 * Returns 0; CAPSCORE_E_AGAIN (nothing was taken), CAPSCORE_E_SYNTAX (not JSON, not protobuf), CAPSCORE_E_INVALID (not
 * an event: text has the field, and line and column or the byte), CAPSCORE_E_FULL (larger than a batch may be),
 * CAPSCORE_E_PROTOCOL (once the service has refused this client), CAPSCORE_E_NOMEM.
 * Cost: no system call but when a batch goes out. */
CAPSCORE_API int capscore_client_add(struct capscore_client *c, enum capscore_event_format format,
	const void *bytes, size_t n, uint64_t tag, struct capscore_error *e);

/* Sends the batch that is being filled, full or not. Returns 0 (also when it is empty), CAPSCORE_E_AGAIN,
 * CAPSCORE_E_PROTOCOL, CAPSCORE_E_NOMEM. */
CAPSCORE_API int capscore_client_push(struct capscore_client *c, struct capscore_error *e);

/* Sends a batch that the caller made, after what was added so far. It is checked by the service: events of it may be
 * refused singly.
 * n_events  in it, 1..4096: counts for the window.
 * Returns 0, CAPSCORE_E_AGAIN (nothing was taken), CAPSCORE_E_INVALID (format, no events), CAPSCORE_E_FULL,
 * CAPSCORE_E_PROTOCOL, CAPSCORE_E_NOMEM. */
CAPSCORE_API int capscore_client_send(struct capscore_client *c, enum capscore_batch_format format,
	const void *bytes, size_t n, uint32_t n_events, uint64_t tag, struct capscore_error *e);

/* Sends, receives, and calls back. Waits until a batch was acknowledged or the time is over: 0 does not wait, < 0 waits
 * without end (but for silence_ms), and at once when nothing is under way.
 * Returns the number of batches acknowledged, CAPSCORE_E_TIMEOUT (silence_ms), CAPSCORE_E_PROTOCOL, CAPSCORE_E_BUSY. */
CAPSCORE_API int capscore_client_poll(
	struct capscore_client *c, int timeout_ms, struct capscore_error *e);

/* Sends what is left and waits until everything is acknowledged. timeout_ms < 0: without end (but for silence_ms).
 * Returns 0, CAPSCORE_E_TIMEOUT (what is not acknowledged stays under way), CAPSCORE_E_PROTOCOL, CAPSCORE_E_NOMEM,
 * CAPSCORE_E_BUSY. */
CAPSCORE_API int capscore_client_flush(
	struct capscore_client *c, int timeout_ms, struct capscore_error *e);

/* For a loop of your own: call capscore_client_poll(c, 0) when the descriptor is readable, after at most _timeout()
 * milliseconds, and after adding events. The descriptor is the client's: watch it, do not read it. */
CAPSCORE_API int capscore_client_fd(const struct capscore_client *c);
CAPSCORE_API int capscore_client_timeout(struct capscore_client *c); /* -1: no need by time */

struct capscore_client_stats {
	uint64_t added;				/* events taken */
	uint64_t accepted, duplicates, refused; /* events, as acknowledged */
	uint64_t batches, resent;		/* sent; sent again */
	uint32_t in_flight; /* events under way or in the batch that is being filled */
	uint32_t batch_events, batch_bytes,
		window_events; /* limits as the service says; the usual ones before */
	bool ready;	       /* the service has answered the greeting */
};
CAPSCORE_API void capscore_client_stats_get(
	const struct capscore_client *c, struct capscore_client_stats *ret);

CAPSCORE_API const char *capscore_client_version(void); /* "0.1.0" */
CAPSCORE_API const char *capscore_error_text(int code); /* the meaning of a code; never NULL */

#ifdef __cplusplus
}
#endif

#endif
