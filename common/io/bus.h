/* ZeroMQ sockets on a libuv loop. The one place that knows how the two fit together: ZMQ_FD is edge-triggered,
 * so after each wake and each send the pending events are read again, a prepare handle looks before the loop
 * sleeps and an idle handle keeps it awake while messages wait (docs/adr/).
 *
 * A DEALER whose connection breaks loses what it has not received by then, sent or coming: protocols over the bus
 * must notice and repeat.
 *
 * A bus_socket receives at most `quota` messages per loop turn, so that sockets share the loop fairly.
 * Every socket gets: LINGER as given, MAXMSGSIZE, high-water marks, heartbeats, reconnect interval with a maximum,
 * ROUTER_MANDATORY for routers. Plain TCP is accepted only on loopback addresses: there is no encryption yet, so
 * any other bind or connect is refused with ERR_UNSUPPORTED. ipc sockets are made with mode 0600. */
#ifndef IO_BUS_H
#define IO_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uv.h>
#include <zmq.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/text.h"

struct bus; /* a ZeroMQ context */
struct bus_socket;

#define BUS_FRAMES_MAX	 8 /* a message with more is dropped and counted */
#define BUS_IDENTITY_MAX 255

struct bus_peer { /* who a ROUTER's message came from */
	uint8_t n;
	uint8_t id[BUS_IDENTITY_MAX];
};

/* A received message. Frames are borrowed for the call, except that a frame may be taken with zmq_msg_move(). */
struct bus_message {
	struct bus_peer peer; /* of a ROUTER; n = 0 otherwise */
	size_t n_frames;
	zmq_msg_t frames[BUS_FRAMES_MAX]; /* without the identity frame */
};
static inline struct span bus_frame(struct bus_message *m, size_t i)
{
	return (struct span){ zmq_msg_data(&m->frames[i]), zmq_msg_size(&m->frames[i]) };
}

typedef void (*bus_on_message)(void *ctx, struct bus_socket *s, struct bus_message *m);

struct bus_options {
	int type;	    /* ZMQ_ROUTER, ZMQ_DEALER, ZMQ_XPUB, ZMQ_SUB */
	size_t max_message; /* bytes of one frame; larger ones make ZeroMQ drop the connection */
	int high_water;	    /* messages that wait to be sent, per peer */
	int high_water_in;  /* messages received and not yet taken, per peer; 0: as high_water */
	unsigned quota;	    /* messages received per loop turn; 0: 64 */
	int linger_ms;	    /* how long a close waits for unsent messages */
	bus_on_message
		on_message; /* may be NULL: what arrives is dropped (subscriptions of an XPUB) */
	/* Once after a send answered ERR_AGAIN, when another try makes sense; may be NULL. A ROUTER cannot tell which
	 * peer has room again, so it says this some milliseconds later. */
	void (*on_writable)(void *ctx, struct bus_socket *s);
	void *ctx;
	struct span welcome; /* XPUB only: sent to each new subscriber; empty for none */
};

/* loop borrowed, must outlive the bus. Returns 0 or ERR_NOMEM. */
int bus_create(uv_loop_t *loop, struct bus **ret_bus, struct err *e);
/* All sockets must be closed. Blocks until lingering sends are done. Accepts NULL. */
void bus_destroy(struct bus *bus);

int bus_open(struct bus *bus, const struct bus_options *options, struct bus_socket **ret_s,
	struct err *e);
/* A socket may bind and connect several endpoints: ipc://PATH (at most 107 bytes), tcp://127.0.0.1:PORT,
 * tcp://localhost:PORT, tcp://[::1]:PORT; port * or 0 to bind one that the system chooses. An ipc socket left by a
 * dead process is replaced. Binding an ipc socket sets the process's umask for a moment.
 * Returns 0, ERR_INVALID (not an endpoint), ERR_UNSUPPORTED (not loopback), ERR_BUSY (taken), ERR_EXISTS (the ipc
 * path is no socket), ERR_IO. */
int bus_bind(struct bus_socket *s, const char *endpoint, struct err *e);
int bus_connect(struct bus_socket *s, const char *endpoint, struct err *e);
int bus_subscribe(struct bus_socket *s, struct str topic, struct err *e); /* SUB */
/* XPUB: what subscribers from now on are welcomed with. It reaches those subscribed to its first bytes. */
int bus_set_welcome(struct bus_socket *s, struct span welcome, struct err *e);
/* The actual endpoint of the last bind (with the port the system chose for "tcp://127.0.0.1:*"). */
const char *bus_endpoint(const struct bus_socket *s);
/* Whether trying to connect makes sense: ERR_CLOSED for an ipc endpoint where nobody listens now, 0 where somebody
 * does and for TCP, and for others what bus_connect() would return. */
int bus_probe(const char *endpoint, struct err *e);
/* Stops callbacks at once and frees the socket when libuv has closed its handles; NULLs *s. ZeroMQ goes on in the
 * background: an endpoint that was bound is free for certain after bus_destroy(). */
void bus_close(struct bus_socket **s);

/* Sends all frames or none, never blocks; the bytes are copied. peer is for ROUTER, otherwise NULL.
 * Returns 0, ERR_AGAIN (high-water mark: nothing sent), ERR_NOTFOUND (the peer is gone), ERR_NOMEM, ERR_IO.
 * DEALER: ERR_AGAIN while not connected, too. Frames: 1..BUS_FRAMES_MAX. */
int bus_send(struct bus_socket *s, const struct bus_peer *peer, const struct span *frames,
	size_t n_frames);
/* Like bus_send() with one frame and a body that is handed over without a copy: *body is closed or moved. */
int bus_send_body(
	struct bus_socket *s, const struct bus_peer *peer, struct span head, zmq_msg_t *body);

/* Stops or resumes taking messages off the socket; while paused ZeroMQ's queues fill and the peer waits. */
void bus_pause(struct bus_socket *s, bool paused);

struct bus_stats {
	uint64_t received, sent, again, unroutable, oversize_frames;
	uint64_t
		cuts; /* DEALER: how often it could not send any more: not connected, or its queue is full */
};
void bus_stats_get(const struct bus_socket *s, struct bus_stats *ret);

#endif
