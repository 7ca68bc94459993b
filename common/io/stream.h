/* The stream protocol (proto/capscore/v1/stream.proto): how logs are read over the bus, by whoever reads them.
 *
 * Server side: one stream_server per log, on a ROUTER that the service owns and may use for other frames too.
 * Client side: one stream_reader per log read, with its own DEALER. A reader survives the server's restarts:
 * it repeats its Read every second, notices lost messages by their positions, and starts a new session then. */
#ifndef IO_STREAM_H
#define IO_STREAM_H

#include "common/io/bus.h"
#include "common/io/store.h"
#include "common/wire/frame.h"

#define STREAM_READERS_MAX  256
#define STREAM_SILENCE_MS   30000 /* a reader silent for so long is forgotten */
#define STREAM_KEEPALIVE_MS 1000

struct stream_server;

struct stream_server_options {
	struct bus_socket *socket; /* borrowed: answers are sent here */
	struct store *store;	   /* borrowed */
	const char *log;	   /* "events" */
	/* NULL where the log takes no filter; otherwise whether a unit passes. */
	bool (*passes)(void *ctx, const struct wire_filter *filter, struct span unit);
	void *ctx;
	uint64_t silence_ms; /* 0: STREAM_SILENCE_MS */
};

int stream_server_create(uv_loop_t *loop, const struct stream_server_options *options,
	struct stream_server **ret_s, struct err *e);
/* Takes a decoded FRAME_READ for this log from a peer. */
void stream_server_on_read(
	struct stream_server *s, const struct bus_peer *peer, const struct frame *f);
/* Records were committed: sends to every reader that waits and has credit. */
void stream_server_wake(struct stream_server *s);
/* The socket can send again (bus on_writable). */
void stream_server_on_writable(struct stream_server *s);
size_t stream_server_readers(const struct stream_server *s);
void stream_server_close(struct stream_server **s);

struct stream_reader;

struct stream_reader_options {
	const char *endpoint;
	const char *log;
	uint64_t position;		  /* the first record wanted */
	uint32_t credit;		  /* records in flight at most; 0: 16384 */
	const struct wire_filter *filter; /* NULL for none; copied */
	/* One unit, in order. first: position of its first record (may be before `position` for the first unit: skip).
	 * Return 0, or ERR_AGAIN to be offered the same unit again after stream_reader_resume(); any other code stops
	 * the reading. The reader may be closed from inside. */
	int (*on_unit)(void *ctx, struct span unit, uint64_t first, uint32_t n_records);
	/* The reader has everything up to the log's end (again). May be NULL. */
	void (*on_end)(void *ctx, uint64_t end_position);
	/* The server refused: position-gone and the like. Reading has stopped. "busy" is not told: it is asked again
	 * every second. May be NULL. */
	void (*on_refused)(
		void *ctx, struct str reason, struct str detail, uint64_t first_position);
	void *ctx;
	uint64_t keepalive_ms; /* 0: STREAM_KEEPALIVE_MS */
};

/* bus and loop borrowed; endpoint, log and filter are copied. Returns 0, ERR_NOMEM, ERR_INVALID (log name),
 * ERR_RANGE (filter), or what bus_connect() returned. */
int stream_reader_create(struct bus *bus, uv_loop_t *loop,
	const struct stream_reader_options *options, struct stream_reader **ret_r, struct err *e);
/* After on_unit answered ERR_AGAIN. */
void stream_reader_resume(struct stream_reader *r);
/* Position after the last unit taken; the log's end as last told; milliseconds since the server was last heard (0 while
 * the reader holds a unit back and does not listen; UINT64_MAX before the first time). */
uint64_t stream_reader_position(const struct stream_reader *r);
uint64_t stream_reader_end(const struct stream_reader *r);
uint64_t stream_reader_silence_ms(const struct stream_reader *r);
void stream_reader_close(struct stream_reader **r);

#endif
