/* Hands events to the ingestion service and waits until they are on disk there: batches, window, acknowledgements,
 * refusals traced back to the place each event came from.
 *
 * Waits inside its calls; for the command line, which has nothing else to do meanwhile. Built on the client library
 * (services/client), as any other producer. */
#ifndef CLI_DELIVERY_H
#define CLI_DELIVERY_H

#include "common/base/buf.h"
#include "common/base/event.h"
#include "services/imports/reading.h"

#define DELIVERY_BATCH_DEFAULT 256

struct delivery;

struct delivery_options {
	const char *endpoint;
	const char *name;      /* of the producer, for ingestion's logs */
	uint32_t batch_events; /* 1..WIRE_BATCH_EVENTS_MAX; the server's own limit holds besides */
	uint64_t timeout_ms;   /* silence of the server after which delivery gives up */
	bool progress;	       /* a line on stderr that counts up */
	const volatile int *interrupted; /* not 0: waiting ends with ERR_CLOSED; NULL: never */
	/* An event that was given with a tag is on disk there, or was refused. May be NULL. */
	void (*on_settled)(void *tag, bool accepted);
	bool together; /* events may belong together: see delivery_add_encoded() */
	/* An event was refused by the server. dead_letter: where it keeps the bytes. */
	void (*on_refusal)(void *ctx, const struct fault *f, uint64_t dead_letter);
	void *ctx;
};

struct delivery_counts {
	uint64_t given, accepted, duplicates;
	struct tally refused;
};

/* Waits until the server has answered. Returns 0, ERR_TIMEOUT (nobody answers: e says what to do), ERR_INVALID (not an
 * endpoint), ERR_UNSUPPORTED, ERR_PROTOCOL, ERR_NOMEM, ERR_IO. */
int delivery_open(const struct delivery_options *options, struct delivery **ret_d, struct err *e);

/* Takes one valid event; sends when a batch is full, and waits for room.
 * file is borrowed until delivery_flush(), for on_refusal.
 * Returns 0, ERR_TIMEOUT, ERR_PROTOCOL, ERR_NOMEM, ERR_CLOSED (interrupted). */
int delivery_add(struct delivery *d, const struct event *ev, const char *file, struct place at,
	struct err *e);
/* The same for events that belong together: `encoded` is one of wire_encode_event(). Up to four times as many go into a
 * batch as were asked for, unless delivery_pause() says that the batch may end here. tag: for on_settled; not NULL. */
int delivery_add_encoded(struct delivery *d, struct span encoded, const char *file, struct place at,
	void *tag, struct err *e);
int delivery_pause(struct delivery *d, struct err *e);

/* Waits until there is something to read from fd. When nothing comes for a while, what was added is sent meanwhile, however
 * little it is, and acknowledgements are taken. Returns like delivery_add(). */
int delivery_await(struct delivery *d, int fd, struct err *e);

/* Sends what is left and waits for all acknowledgements. Returns like delivery_add(). */
int delivery_flush(struct delivery *d, struct err *e);
/* After ERR_CLOSED: from now on waiting is not interrupted any more. */
void delivery_go_on(struct delivery *d);

const struct delivery_counts *delivery_counts_get(const struct delivery *d);
void delivery_close(
	struct delivery **d); /* accepts NULL inside; forgets what is not acknowledged */

#endif
