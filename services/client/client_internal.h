/* What the files of the client library share.
 *
 *   client.c: opening, closing, limits, texts of errors
 *   client_fill.c: events into batches, batches to the producer
 *   client_wait.c: acknowledgements, waiting
 *
 *   add ──► batch being filled ──► sent: a ring of batches under way ──► on_ack */
#ifndef CLIENT_CLIENT_INTERNAL_H
#define CLIENT_CLIENT_INTERNAL_H

#include "common/io/producer.h"
#include "services/client/capscore_client.h"

#define CLIENT_BATCH_EVENTS 256
#define CLIENT_LINGER_MS    5
#define CLIENT_ARENA_MAX    ((size_t)64 * 1024 * 1024)

/* A batch under way. */
struct client_sent {
	uint64_t batch;
	uint32_t n_events;
	uint64_t *tags; /* of each event; NULL for a batch of the caller's making, whose tag is: */
	uint64_t tag;
};

struct capscore_client {
	struct capscore_client_options options; /* its texts are not kept */
	uv_loop_t loop;
	struct bus *bus;
	struct producer *producer;
	uv_timer_t linger, wake;
	bool woken;	     /* the time of a wait is over */
	bool inside;	     /* a callback of the caller's runs */
	bool push_due;	     /* a batch waits for room, although it may not be full */
	uint64_t awaited_ms; /* of the loop's clock: since when something is under way */
	struct err failure;  /* code is 0 until the service has refused this client */
	char *endpoint;	     /* for messages */
	/* The batch being filled. */
	struct buf batch;
	uint32_t n;
	uint64_t *tags; /* options.batch_events of them; NULL between two batches */
	/* Batches under way, oldest first: a ring. */
	struct client_sent *sent;
	size_t first, n_sent, cap_sent;
	uint64_t n_acks;
	struct capscore_client_stats stats;
	struct arena events, acks; /* one event while it is read; one acknowledgement */
};

/* Copies code and text; e may be NULL. Returns the code. */
int client_fail(struct capscore_error *e, int code, const char *fmt, ...) ERR_PRINTF(3, 4);
/* The failure that the service told, if it has. */
int client_check(const struct capscore_client *c, struct capscore_error *e);
/* Puts a batch that was sent at the end of the ring. Returns 0, ERR_NOMEM. */
int client_remember(struct capscore_client *c, const struct client_sent *s);
/* Callbacks of the producer and of the timers. */
void client_on_ack(void *ctx, uint64_t batch, uint32_t n_events, const struct frame *ack);
void client_on_failure(void *ctx, struct str reason, struct str detail);
void client_on_writable(void *ctx);
void client_on_linger(uv_timer_t *timer);

#endif
