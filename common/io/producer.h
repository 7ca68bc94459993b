/* A producer: sends batches of events to ingestion, and keeps each one until it is acknowledged.
 *
 * A batch without an acknowledgement is sent again, under the same number: after a while, and at once when the server
 * answers again after a silence or a lost connection (it was restarted). Ingestion recognises what it has logged
 * already, so that each event is logged once. Batches are sent in order; after a loss all that are not acknowledged are
 * sent again, in order and before any other.
 *
 * What is not acknowledged is bounded by the window (events): the smaller of what is asked for and what the server
 * says; and by 4,096 batches.
 * Memory: those batches, and 80 bytes for each. In the steady state a send allocates its batch's copy only. */
#ifndef IO_PRODUCER_H
#define IO_PRODUCER_H

#include "common/io/bus.h"
#include "common/wire/content.h"
#include "common/wire/frame.h"

#define PRODUCER_WINDOW_EVENTS 16384 /* until the server has said its own */
#define PRODUCER_RESEND_MS                                                                         \
	2000 /* without any acknowledgement; doubled each time, up to 8 times as long */
#define PRODUCER_HELLO_MS 1000 /* silence of the server after which it is greeted again */

struct producer;

struct producer_options {
	const char *endpoint;
	const char *name;	/* for ingestion's logs and dead letters; NULL for none */
	uint32_t window_events; /* 0: as the server says */
	/* A batch was logged, or refused in part or whole: ack->u.acknowledge, valid for the call. Once per batch. */
	void (*on_ack)(void *ctx, uint64_t batch, uint32_t n_events, const struct frame *ack);
	/* There is room again after producer_send() answered ERR_AGAIN. May be NULL. */
	void (*on_writable)(void *ctx);
	/* The server does not understand this producer ("protocol", ...). May be NULL. */
	void (*on_failure)(void *ctx, struct str reason, struct str detail);
	void *ctx;
	uint64_t resend_ms; /* 0: PRODUCER_RESEND_MS */
	uint64_t hello_ms;  /* 0: PRODUCER_HELLO_MS */
};

/* bus and loop borrowed; endpoint and name are copied. Greets the server as soon as it is there.
 * Returns 0, ERR_NOMEM, ERR_INVALID (name over 256 bytes), or what bus_connect() returned. */
int producer_create(struct bus *bus, uv_loop_t *loop, const struct producer_options *options,
	struct producer **ret_p, struct err *e);

/* Takes a copy of an encoded EventBatch of n_events events. Works before the server is there: the batch waits.
 * ret_batch  the number its acknowledgement will carry; may be NULL.
 * Returns 0, ERR_AGAIN (the window is full: on_writable follows), ERR_INVALID (no events), ERR_FULL (more events or
 * bytes than the server takes in one batch), ERR_NOMEM. */
int producer_send(struct producer *p, struct span batch, uint32_t n_events, uint64_t *ret_batch);

/* The same for a body that is written otherwise. */
int producer_send_as(struct producer *p, enum wire_content content, struct span body,
	uint32_t n_events, uint64_t *ret_batch);

bool producer_is_idle(const struct producer *p);       /* everything is acknowledged */
uint32_t producer_in_flight(const struct producer *p); /* events not acknowledged */
bool producer_is_welcome(const struct producer *p);    /* the server has answered the greeting */
uint64_t producer_silence_ms(
	const struct producer *p); /* since the server was last heard, or the start */

struct producer_limits {
	uint32_t batch_events, batch_bytes, window_events;
};
/* As the server said; the usual ones before that. */
void producer_limits_get(const struct producer *p, struct producer_limits *ret);

struct producer_stats {
	uint64_t batches, resent, acknowledged, late_acks;
	uint64_t heard; /* messages of the server */
};
void producer_stats_get(const struct producer *p, struct producer_stats *ret);

/* Forgets what is not acknowledged; no callback runs any more. NULLs *p. May be called from a callback. */
void producer_close(struct producer **p);

#endif
