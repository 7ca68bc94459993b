/* ZeroMQ on libuv (docs/adr/0002-zeromq-on-libuv.md).
 *
 *   timers -> idle -> prepare ---------> poll ----------> check ----------> (next turn)
 *                     reads ZMQ_EVENTS,  an empty         stops the idle
 *                     starts the idle    callback, the    handle, receives
 *                     handle when work   wake itself      up to the quota
 *                     waits
 *
 * The descriptor only says that something happened since it was last asked; sending and reading ZMQ_EVENTS use such
 * a wake up. So nothing depends on it: before the loop sleeps the events are read, and work that waits keeps the
 * loop from sleeping. */
#include "common/io/bus.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/mem.h"
#include "common/io/bus_endpoint.h"

#define QUOTA_DEFAULT	     64
#define HEARTBEAT_MS	     2000
#define HEARTBEAT_TIMEOUT_MS 10000
#define RECONNECT_MS	     50
#define RECONNECT_MAX_MS     1000
#define HANDSHAKE_MS	     5000
#define ROUTER_RETRY_MS	     5
#define HANDLES		     5

struct bus {
	uv_loop_t *loop;
	void *ctx;
	unsigned n_sockets; /* open ones */
};

struct bus_socket {
	struct bus *bus; /* not touched after bus_close() */
	void *zmq;
	struct bus_options options;
	struct bus_stats stats;
	uv_poll_t poll;
	uv_prepare_t prepare;
	uv_check_t check;
	uv_idle_t idle;
	uv_timer_t retry; /* ROUTER with a full peer: when to try again */
	unsigned n_open;  /* handles not closed yet; the memory lives until 0 */
	bool paused;
	bool closing;
	bool want_write; /* a send answered ERR_AGAIN and on_writable has not run since */
	bool can_write;	 /* POLLOUT as of the last look */
	bool look;	 /* something may wait to be received */
	bool prepared;	 /* between this socket's prepare and check */
	char endpoint[BUS_ENDPOINT_MAX];
};

/* ---- the context ------------------------------------------------------------------------------------------ */

int bus_create(uv_loop_t *loop, struct bus **ret_bus, struct err *e)
{
	struct bus *bus = mem_zalloc(&mem_heap, sizeof(*bus));

	if (bus == NULL)
		return err_set(e, ERR_NOMEM, "bus");
	bus->loop = loop;
	bus->ctx = zmq_ctx_new();
	if (bus->ctx == NULL) {
		mem_free(&mem_heap, bus, sizeof(*bus));
		return err_set(e, ERR_NOMEM, "ZeroMQ: %s", zmq_strerror(errno));
	}
	*ret_bus = bus;
	return 0;
}

void bus_destroy(struct bus *bus)
{
	if (bus == NULL)
		return;
	assert(bus->n_sockets == 0);
	while (zmq_ctx_term(bus->ctx) != 0 && errno == EINTR)
		;
	mem_free(&mem_heap, bus, sizeof(*bus));
}

/* ---- receiving -------------------------------------------------------------------------------------------- */

static void message_close(struct bus_message *m)
{
	for (size_t i = 0; i < m->n_frames; i++)
		(void)zmq_msg_close(&m->frames[i]);
	m->n_frames = 0;
}

/* Returns 0 with an open message, or -1 and errno. */
static int receive_part(struct bus_socket *s, zmq_msg_t *ret_part)
{
	int rc, why;

	(void)zmq_msg_init(ret_part);
	do
		rc = zmq_msg_recv(ret_part, s->zmq, ZMQ_DONTWAIT);
	while (rc < 0 && errno == EINTR);
	if (rc >= 0)
		return 0;
	why = errno;
	(void)zmq_msg_close(ret_part);
	errno = why;
	return -1;
}

static void take_identity(zmq_msg_t *part, struct bus_peer *ret_peer)
{
	size_t n = zmq_msg_size(part);

	assert(n <= BUS_IDENTITY_MAX);
	ret_peer->n = (uint8_t)n;
	memcpy(ret_peer->id, zmq_msg_data(part), n);
}

/* Returns 0, ERR_AGAIN (nothing waits), ERR_FULL (too many frames: taken off the socket and dropped). */
static int receive_message(struct bus_socket *s, struct bus_message *m)
{
	bool identity = s->options.type == ZMQ_ROUTER;
	bool dropped = false;
	bool more;

	m->n_frames = 0;
	m->peer.n = 0;
	do {
		zmq_msg_t spare;
		bool keep = !identity && m->n_frames < BUS_FRAMES_MAX;
		zmq_msg_t *part = keep ? &m->frames[m->n_frames] : &spare;

		if (receive_part(s, part) != 0) {
			message_close(m);
			return ERR_AGAIN;
		}
		more = zmq_msg_more(part) != 0;
		if (keep) {
			m->n_frames++;
			continue;
		}
		if (identity)
			take_identity(part, &m->peer);
		else
			dropped = true;
		identity = false;
		(void)zmq_msg_close(part);
	} while (more);
	if (!dropped)
		return 0;
	message_close(m);
	return ERR_FULL;
}

static void receive_some(struct bus_socket *s)
{
	struct bus_message m;

	for (unsigned i = 0; i < s->options.quota && !s->paused && !s->closing; i++) {
		int rc = receive_message(s, &m);

		if (rc == ERR_AGAIN)
			return;
		if (rc != 0) {
			s->stats.oversize_frames++;
			continue;
		}
		s->stats.received++;
		if (s->options.on_message != NULL)
			s->options.on_message(s->options.ctx, s, &m);
		message_close(&m);
	}
}

/* ---- the loop's handles ----------------------------------------------------------------------------------- */

static int events_of(struct bus_socket *s)
{
	int events = 0;
	size_t n = sizeof(events);
	int rc;

	do
		rc = zmq_getsockopt(s->zmq, ZMQ_EVENTS, &events, &n);
	while (rc != 0 && errno == EINTR);
	return rc == 0 ? events : 0;
}

static void on_idle(uv_idle_t *h)
{
	(void)h; /* its being active keeps the loop from sleeping */
}

static void stay_awake(struct bus_socket *s)
{
	(void)uv_idle_start(&s->idle, on_idle);
}

/* Sending may use up a wake that was meant for a message waiting to be received, after this turn's look. */
static void look_again(struct bus_socket *s)
{
	if (!s->prepared)
		return; /* the look is still to come */
	s->look = true;
	stay_awake(s);
}

static void on_poll(uv_poll_t *h, int status, int events)
{
	struct bus_socket *s = h->data;

	(void)status;
	(void)events;
	s->look = true;
}

/* A lost connection shows in every look until the next one stands, RECONNECT_MS later at the earliest. */
static void set_can_write(struct bus_socket *s, bool can)
{
	if (s->can_write && !can)
		s->stats.cuts++;
	s->can_write = can;
}

static void on_prepare(uv_prepare_t *h)
{
	struct bus_socket *s = h->data;
	int events = events_of(s);

	s->prepared = true;
	s->look = !s->paused && (events & ZMQ_POLLIN) != 0;
	set_can_write(s, (events & ZMQ_POLLOUT) != 0);
	if (s->look || (s->want_write && s->can_write && s->options.type != ZMQ_ROUTER))
		stay_awake(s);
}

static void tell_writable(struct bus_socket *s)
{
	s->want_write = false;
	s->options.on_writable(s->options.ctx, s);
}

static void on_check(uv_check_t *h)
{
	struct bus_socket *s = h->data;

	s->prepared = false;
	(void)uv_idle_stop(&s->idle);
	if (s->look && !s->paused) {
		s->look = false;
		receive_some(s);
	}
	if (!s->closing && s->want_write && s->can_write && s->options.type != ZMQ_ROUTER)
		tell_writable(s);
}

/* A router counts as writable when any of its peers is, so its POLLOUT says nothing about the full one. */
static void on_retry(uv_timer_t *h)
{
	struct bus_socket *s = h->data;

	if (s->want_write)
		tell_writable(s);
}

static void on_closed(uv_handle_t *h)
{
	struct bus_socket *s = h->data;

	if (--s->n_open == 0)
		mem_free(&mem_heap, s, sizeof(*s));
}

/* ---- opening and closing ---------------------------------------------------------------------------------- */

static int set_int(struct bus_socket *s, int option, int value)
{
	return zmq_setsockopt(s->zmq, option, &value, sizeof(value));
}

static int set_options(struct bus_socket *s)
{
	const struct bus_options *o = &s->options;
	int64_t max_message = (int64_t)o->max_message;
	int rc = 0;

	rc |= zmq_setsockopt(s->zmq, ZMQ_MAXMSGSIZE, &max_message, sizeof(max_message));
	rc |= set_int(s, ZMQ_LINGER, o->linger_ms);
	rc |= set_int(s, ZMQ_SNDHWM, o->high_water);
	rc |= set_int(s, ZMQ_RCVHWM, o->high_water_in > 0 ? o->high_water_in : o->high_water);
	rc |= set_int(s, ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS);
	rc |= set_int(s, ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS);
	rc |= set_int(s, ZMQ_RECONNECT_IVL, RECONNECT_MS);
	rc |= set_int(s, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS);
	rc |= set_int(s, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS);
	if (o->type == ZMQ_ROUTER)
		rc |= set_int(s, ZMQ_ROUTER_MANDATORY, 1);
	if (o->type == ZMQ_DEALER)
		rc |= set_int(s, ZMQ_IMMEDIATE, 1);
	if (o->type == ZMQ_XPUB && o->welcome.n > 0)
		rc |= zmq_setsockopt(s->zmq, ZMQ_XPUB_WELCOME_MSG, o->welcome.p, o->welcome.n);
	return rc;
}

static int start_handles(struct bus_socket *s, int fd)
{
	uv_loop_t *loop = s->bus->loop;
	int rc = uv_poll_init(loop, &s->poll, fd);

	if (rc != 0)
		return rc;
	(void)uv_prepare_init(loop, &s->prepare);
	(void)uv_check_init(loop, &s->check);
	(void)uv_idle_init(loop, &s->idle);
	(void)uv_timer_init(loop, &s->retry);
	s->poll.data = s->prepare.data = s->check.data = s->idle.data = s->retry.data = s;
	s->n_open = HANDLES;
	(void)uv_prepare_start(&s->prepare, on_prepare);
	(void)uv_check_start(&s->check, on_check);
	return uv_poll_start(&s->poll, UV_READABLE, on_poll);
}

int bus_open(struct bus *bus, const struct bus_options *options, struct bus_socket **ret_s,
	struct err *e)
{
	struct bus_socket *s = mem_zalloc(&mem_heap, sizeof(*s));
	int fd = -1;
	size_t n = sizeof(fd);
	int rc;

	if (s == NULL)
		return err_set(e, ERR_NOMEM, "socket");
	s->bus = bus;
	s->options = *options;
	if (s->options.quota == 0)
		s->options.quota = QUOTA_DEFAULT;
	s->zmq = zmq_socket(bus->ctx, options->type);
	if (s->zmq == NULL) {
		rc = err_set(e, ERR_IO, "ZeroMQ socket: %s", zmq_strerror(errno));
		goto fail;
	}
	if (set_options(s) != 0 || zmq_getsockopt(s->zmq, ZMQ_FD, &fd, &n) != 0) {
		rc = err_set(e, ERR_INVALID, "ZeroMQ options: %s", zmq_strerror(errno));
		goto fail_socket;
	}
	bus->n_sockets++;
	rc = start_handles(s, fd);
	if (rc == 0) {
		*ret_s = s;
		return 0;
	}
	rc = err_set(e, ERR_IO, "watching a ZeroMQ socket: %s", uv_strerror(rc));
	if (s->n_open > 0) {
		bus_close(&s);
		return rc;
	}
	bus->n_sockets--;
fail_socket:
	(void)zmq_close(s->zmq);
fail:
	mem_free(&mem_heap, s, sizeof(*s));
	return rc;
}

void bus_close(struct bus_socket **ps)
{
	struct bus_socket *s = *ps;

	if (s == NULL)
		return;
	*ps = NULL;
	s->closing = true;
	/* The poll handle first: it must let go of the descriptor before ZeroMQ closes it. */
	uv_close((uv_handle_t *)&s->poll, on_closed);
	uv_close((uv_handle_t *)&s->prepare, on_closed);
	uv_close((uv_handle_t *)&s->check, on_closed);
	uv_close((uv_handle_t *)&s->idle, on_closed);
	uv_close((uv_handle_t *)&s->retry, on_closed);
	(void)zmq_close(s->zmq);
	s->zmq = NULL;
	s->bus->n_sockets--;
	s->bus = NULL;
}

/* ---- endpoints -------------------------------------------------------------------------------------------- */

static int bind_error(const char *endpoint, int why, struct err *e)
{
	if (why == EADDRINUSE)
		return err_set(e, ERR_BUSY, "%s is taken by another process", endpoint);
	if (why == ENOENT)
		return err_set(e, ERR_IO, "%s: the folder does not exist", endpoint);
	return err_set(e, ERR_IO, "%s: %s", endpoint, zmq_strerror(why));
}

int bus_bind(struct bus_socket *s, const char *endpoint, struct err *e)
{
	struct bus_address a;
	size_t n = sizeof(s->endpoint);
	mode_t before;
	int rc = bus_address_parse(endpoint, true, &a, e);

	if (rc == 0 && a.transport == BUS_IPC)
		rc = bus_ipc_check_free(a.path, e);
	if (rc != 0)
		return rc;
	if (a.transport == BUS_TCP6)
		(void)set_int(s, ZMQ_IPV6, 1);
	before = umask(0177); /* an ipc socket is never open to others, not even for a moment */
	rc = zmq_bind(s->zmq, a.endpoint) == 0 ? 0 : errno;
	(void)umask(before);
	if (rc != 0)
		return bind_error(endpoint, rc, e);
	if (zmq_getsockopt(s->zmq, ZMQ_LAST_ENDPOINT, s->endpoint, &n) != 0)
		(void)snprintf(s->endpoint, sizeof(s->endpoint), "%s", a.endpoint);
	return 0;
}

int bus_connect(struct bus_socket *s, const char *endpoint, struct err *e)
{
	struct bus_address a;
	int rc = bus_address_parse(endpoint, false, &a, e);

	if (rc != 0)
		return rc;
	if (a.transport == BUS_TCP6)
		(void)set_int(s, ZMQ_IPV6, 1);
	if (zmq_connect(s->zmq, a.endpoint) != 0)
		return err_set(e, ERR_IO, "%s: %s", endpoint, zmq_strerror(errno));
	return 0;
}

int bus_probe(const char *endpoint, struct err *e)
{
	struct bus_address a;
	int rc = bus_address_parse(endpoint, false, &a, e);

	if (rc != 0 || a.transport != BUS_IPC)
		return rc;
	rc = bus_ipc_check_free(a.path, e);
	if (rc == 0)
		return err_set(
			e, ERR_CLOSED, "nobody listens at %s; is the service running?", endpoint);
	if (rc != ERR_BUSY)
		return rc;
	err_clear(e);
	return 0;
}

int bus_subscribe(struct bus_socket *s, struct str topic, struct err *e)
{
	if (zmq_setsockopt(s->zmq, ZMQ_SUBSCRIBE, topic.p, topic.n) != 0)
		return err_set(e, ERR_INVALID, "subscribe: %s", zmq_strerror(errno));
	return 0;
}

int bus_set_welcome(struct bus_socket *s, struct span welcome, struct err *e)
{
	if (zmq_setsockopt(s->zmq, ZMQ_XPUB_WELCOME_MSG, welcome.p, welcome.n) != 0)
		return err_set(e, ERR_INVALID, "welcome: %s", zmq_strerror(errno));
	return 0;
}

const char *bus_endpoint(const struct bus_socket *s)
{
	return s->endpoint;
}

/* ---- sending ---------------------------------------------------------------------------------------------- */

static int send_part(struct bus_socket *s, zmq_msg_t *part, bool more)
{
	int flags = ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0);
	int rc;

	do
		rc = zmq_msg_send(part, s->zmq, flags);
	while (rc < 0 && errno == EINTR);
	return rc < 0 ? errno : 0;
}

static int send_error(struct bus_socket *s, int why)
{
	if (why == EHOSTUNREACH) {
		s->stats.unroutable++;
		return ERR_NOTFOUND;
	}
	if (why != EAGAIN)
		return ERR_IO;
	s->stats.again++;
	if (s->options.type == ZMQ_DEALER)
		set_can_write(s, false);
	if (s->options.on_writable != NULL) {
		s->want_write = true;
		if (s->options.type == ZMQ_ROUTER && !uv_is_active((uv_handle_t *)&s->retry))
			(void)uv_timer_start(&s->retry, on_retry, ROUTER_RETRY_MS, 0);
	}
	return ERR_AGAIN;
}

/* Sends the parts and closes those that ZeroMQ did not take. A refusal comes with the first part: the peer gone, or
 * its queue full. Later only a connection that dies in the middle makes a part fail; then the rest is sent all
 * the same, because ZeroMQ drops parts until it has seen the last one. */
static int send_parts(struct bus_socket *s, zmq_msg_t *parts, size_t n)
{
	int why = 0;

	for (size_t i = 0; i < n; i++) {
		int rc = send_part(s, &parts[i], i + 1 < n);

		why = why == 0 ? rc : why;
		if (i == 0 && rc != 0)
			break;
	}
	for (size_t i = 0; i < n; i++)
		(void)zmq_msg_close(&parts[i]);
	look_again(s);
	if (why != 0)
		return send_error(s, why);
	s->stats.sent++;
	return 0;
}

static int copy_part(zmq_msg_t *part, const void *p, size_t n)
{
	if (zmq_msg_init_size(part, n) != 0)
		return ERR_NOMEM;
	if (n > 0)
		memcpy(zmq_msg_data(part), p, n);
	return 0;
}

static size_t copy_parts(zmq_msg_t *parts, const struct bus_peer *peer, const struct span *frames,
	size_t n_frames, size_t *ret_want)
{
	size_t n = 0;

	*ret_want = n_frames + (peer != NULL ? 1 : 0);
	if (peer != NULL) {
		if (copy_part(&parts[n], peer->id, peer->n) != 0)
			return n;
		n++;
	}
	for (size_t i = 0; i < n_frames; i++) {
		if (copy_part(&parts[n], frames[i].p, frames[i].n) != 0)
			return n;
		n++;
	}
	return n;
}

int bus_send(struct bus_socket *s, const struct bus_peer *peer, const struct span *frames,
	size_t n_frames)
{
	zmq_msg_t parts[BUS_FRAMES_MAX + 1];
	size_t n, want;

	assert(n_frames >= 1 && n_frames <= BUS_FRAMES_MAX);
	assert((peer != NULL) == (s->options.type == ZMQ_ROUTER));
	n = copy_parts(parts, peer, frames, n_frames, &want);
	if (n == want)
		return send_parts(s, parts, n);
	while (n > 0)
		(void)zmq_msg_close(&parts[--n]);
	return ERR_NOMEM;
}

int bus_send_body(
	struct bus_socket *s, const struct bus_peer *peer, struct span head, zmq_msg_t *body)
{
	zmq_msg_t parts[3];
	size_t n, want;

	assert((peer != NULL) == (s->options.type == ZMQ_ROUTER));
	n = copy_parts(parts, peer, &head, 1, &want);
	if (n < want) {
		while (n > 0)
			(void)zmq_msg_close(&parts[--n]);
		(void)zmq_msg_close(body);
		return ERR_NOMEM;
	}
	(void)zmq_msg_init(&parts[n]);
	(void)zmq_msg_move(&parts[n++], body);
	(void)zmq_msg_close(body);
	return send_parts(s, parts, n);
}

/* ---- the rest --------------------------------------------------------------------------------------------- */

void bus_pause(struct bus_socket *s, bool paused)
{
	s->paused = paused;
	if (!paused)
		look_again(s);
}

void bus_stats_get(const struct bus_socket *s, struct bus_stats *ret)
{
	*ret = s->stats;
}
