/* The bus over real sockets. The far ends are plain ZeroMQ where that makes the test independent of the bus. */
#include "net.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define BATCH_OF_MESSAGES 100000

/* One socket under test and what was seen of it. */
struct end {
	struct bus_socket *s;
	uint64_t n, want;
	uint64_t next; /* number expected in the next message */
	size_t last_frames;
	size_t last_size;
	unsigned writable;
	bool in_order;
	struct bus_peer peer; /* of the last message */
};

static void count_message(void *ctx, struct bus_socket *s, struct bus_message *m)
{
	struct end *end = ctx;
	uint64_t number = 0;

	(void)s;
	end->n++;
	end->peer = m->peer;
	end->last_frames = m->n_frames;
	end->last_size = bus_frame(m, 0).n;
	if (bus_frame(m, 0).n == sizeof(number)) {
		memcpy(&number, bus_frame(m, 0).p, sizeof(number));
		end->in_order = end->in_order && number == end->next;
		end->next = number + 1;
	}
}

static void count_writable(void *ctx, struct bus_socket *s)
{
	(void)s;
	((struct end *)ctx)->writable++;
}

static bool has_enough(void *ctx)
{
	struct end *end = ctx;

	return end->n >= end->want;
}

static bool is_writable(void *ctx)
{
	return ((struct end *)ctx)->writable > 0;
}

static struct bus_options options_of(int type, struct end *end)
{
	return (struct bus_options){ .type = type,
		.max_message = 1024 * 1024,
		.high_water = 1000,
		.on_message = count_message,
		.on_writable = count_writable,
		.ctx = end };
}

static void open_end(struct net *net, struct end *end, const struct bus_options *o)
{
	memset(end, 0, sizeof(*end));
	end->in_order = true;
	assert_int_equal(bus_open(net->bus, o, &end->s, NULL), 0);
}

static void open_router(struct net *net, struct end *end)
{
	struct bus_options o = options_of(ZMQ_ROUTER, end);

	open_end(net, end, &o);
	assert_int_equal(bus_bind(end->s, net->endpoint, NULL), 0);
}

static void open_dealer(struct net *net, struct end *end)
{
	struct bus_options o = options_of(ZMQ_DEALER, end);

	open_end(net, end, &o);
	assert_int_equal(bus_connect(end->s, net->endpoint, NULL), 0);
}

static int send_number(struct end *end, const struct bus_peer *peer, uint64_t number)
{
	struct span frame = { &number, sizeof(number) };

	return bus_send(end->s, peer, &frame, 1);
}

/* ---- nothing is stranded ---------------------------------------------------------------------------------- */

struct flood {
	struct end *from;
	uint64_t sent, n;
	uv_idle_t idle;
};

static void flood_more(void *ctx, struct bus_socket *s)
{
	struct flood *f = ctx;

	(void)s;
	while (f->sent < f->n && send_number(f->from, NULL, f->sent) == 0)
		f->sent++;
}

static void flood_with_quota(unsigned quota, uint64_t n)
{
	struct net net;
	struct end in, out;
	struct flood f = { .from = &out, .n = n };
	struct bus_options o = options_of(ZMQ_DEALER, &out);
	struct bus_options ro = options_of(ZMQ_ROUTER, &in);

	net_start(&net);
	ro.quota = quota;
	open_end(&net, &in, &ro);
	assert_int_equal(bus_bind(in.s, net.endpoint, NULL), 0);
	o.on_writable = flood_more;
	o.ctx = &f;
	open_end(&net, &out, &o);
	assert_int_equal(bus_connect(out.s, net.endpoint, NULL), 0);
	in.want = n;
	flood_more(&f, out.s);
	net_run_until(&net, has_enough, &in);
	assert_true(in.in_order);
	assert_int_equal(in.n, n);
	bus_close(&in.s);
	bus_close(&out.s);
	net_stop(&net);
}

static void test_hundred_thousand_messages_arrive_in_order(void **state)
{
	(void)state;
	flood_with_quota(0, BATCH_OF_MESSAGES);
}

static void test_a_quota_of_one_strands_nothing(void **state)
{
	(void)state;
	flood_with_quota(1, BATCH_OF_MESSAGES / 5);
}

/* A plain peer has a message on its way while the loop is about to sleep, and a send then uses up the wake. The
 * prepare handle is started before the socket's own, so it runs after it: libuv runs the youngest first. */
struct late_send {
	struct end *end;
	void *peer; /* plain DEALER */
	uint64_t sent;
	bool armed;
	uv_prepare_t prepare;
};

static void send_late(uv_prepare_t *h)
{
	struct late_send *l = h->data;

	if (!l->armed)
		return;
	l->armed = false;
	assert_int_equal(zmq_send(l->peer, &l->sent, sizeof(l->sent), 0), sizeof(l->sent));
	l->sent++;
	/* Two answers there and back: by then the message is most likely in our queue. */
	for (int i = 0; i < 2; i++) {
		char c;

		assert_int_equal(
			bus_send(l->end->s, &l->end->peer, &(struct span){ "x", 1 }, 1), 0);
		assert_int_equal(zmq_recv(l->peer, &c, 1, 0), 1);
	}
}

static void test_a_send_does_not_lose_the_wake_of_a_waiting_message(void **state)
{
	struct net net;
	struct end in;
	struct late_send l = { .end = &in };
	void *ctx = zmq_ctx_new();

	(void)state;
	net_start(&net);
	assert_int_equal(uv_prepare_init(&net.loop, &l.prepare), 0);
	l.prepare.data = &l;
	assert_int_equal(uv_prepare_start(&l.prepare, send_late), 0);
	open_router(&net, &in);
	l.peer = zmq_socket(ctx, ZMQ_DEALER);
	assert_int_equal(zmq_connect(l.peer, net.endpoint), 0);
	assert_int_equal(zmq_send(l.peer, &l.sent, sizeof(l.sent), 0), sizeof(l.sent));
	l.sent = 1;
	for (uint64_t i = 1; i <= 500; i++) {
		in.want = i;
		net_run_until(&net, has_enough, &in);
		l.armed = true;
	}
	assert_true(in.in_order);
	uv_close((uv_handle_t *)&l.prepare, NULL);
	bus_close(&in.s);
	zmq_close(l.peer);
	zmq_ctx_term(ctx);
	net_stop(&net);
}

/* ---- back-pressure ---------------------------------------------------------------------------------------- */

static bool is_sent(void *ctx)
{
	struct flood *f = ctx;

	return f->sent == f->n;
}

static void test_a_paused_socket_holds_its_peer_and_loses_nothing(void **state)
{
	struct net net;
	struct end in, out;
	struct flood f = { .from = &out, .n = 500 };
	uint64_t held;
	struct bus_stats stats;

	(void)state;
	net_start(&net);
	open_router(&net, &in);
	struct bus_options o = options_of(ZMQ_DEALER, &out);

	o.on_writable = flood_more;
	o.ctx = &f;
	open_end(&net, &out, &o);
	assert_int_equal(bus_connect(out.s, net.endpoint, NULL), 0);
	bus_pause(in.s, true);
	flood_more(&f, out.s);
	net_run_until(&net, is_sent, &f); /* 500 fit into the queues */
	assert_int_equal(in.n, 0);
	/* Without anybody receiving, the queues (1000 on each side and the kernel's) fill up. */
	char big[4096] = { 0 };

	held = 0;
	while (bus_send(out.s, NULL, &(struct span){ big, sizeof(big) }, 1) == 0)
		held++;
	assert_in_range(held, 1, 10000);
	bus_stats_get(out.s, &stats);
	assert_true(stats.again > 0);
	in.want = 500 + held;
	bus_pause(in.s, false);
	net_run_until(&net, has_enough, &in);
	assert_int_equal(in.n, 500 + held);
	assert_true(in.in_order);
	bus_close(&in.s);
	bus_close(&out.s);
	net_stop(&net);
}

/* Connects a plain dealer and lets the router learn its identity. */
static void *greet(struct net *net, void *ctx, struct end *router, struct bus_peer *ret_peer)
{
	void *s = zmq_socket(ctx, ZMQ_DEALER);
	int hwm = 10;

	assert_int_equal(zmq_setsockopt(s, ZMQ_RCVHWM, &hwm, sizeof(hwm)), 0);
	assert_int_equal(zmq_connect(s, net->endpoint), 0);
	assert_int_equal(zmq_send(s, "hello", 5, 0), 5);
	router->want = router->n + 1;
	net_run_until(net, has_enough, router);
	*ret_peer = router->peer;
	return s;
}

static void test_a_full_peer_answers_again_and_others_are_served(void **state)
{
	struct net net;
	struct end in;
	struct bus_peer slow, quick;
	void *ctx = zmq_ctx_new();
	void *slow_s, *quick_s;
	char big[65536] = { 0 };
	struct span frame = { big, sizeof(big) };
	uint64_t n = 0;
	int rc;

	(void)state;
	net_start(&net);
	open_router(&net, &in);
	slow_s = greet(&net, ctx, &in, &slow);
	quick_s = greet(&net, ctx, &in, &quick);
	while ((rc = bus_send(in.s, &slow, &frame, 1)) == 0)
		assert_true(++n < 100000);
	assert_int_equal(rc, ERR_AGAIN);
	assert_int_equal(bus_send(in.s, &quick, &frame, 1), 0);
	assert_int_equal(zmq_recv(quick_s, big, sizeof(big), 0), sizeof(big));
	for (uint64_t i = 0; i < n; i++)
		assert_int_equal(zmq_recv(slow_s, big, sizeof(big), 0), sizeof(big));
	do { /* writable is a hint: the peer's word that it has read may take a moment */
		in.writable = 0;
		net_run_until(&net, is_writable, &in);
	} while ((rc = bus_send(in.s, &slow, &frame, 1)) == ERR_AGAIN);
	assert_int_equal(rc, 0);
	assert_int_equal(zmq_recv(slow_s, big, sizeof(big), 0), sizeof(big));
	bus_close(&in.s);
	zmq_close(slow_s);
	zmq_close(quick_s);
	zmq_ctx_term(ctx);
	net_stop(&net);
}

static bool is_gone(void *p)
{
	struct end *in = p;

	return bus_send(in->s, &in->peer, &(struct span){ "x", 1 }, 1) == ERR_NOTFOUND;
}

static void test_a_peer_that_left_is_not_found(void **state)
{
	struct net net;
	struct end in;
	struct bus_peer peer = { .n = 3, .id = "abc" };
	struct bus_stats stats;
	void *ctx = zmq_ctx_new();
	void *s;

	(void)state;
	net_start(&net);
	open_router(&net, &in);
	assert_int_equal(bus_send(in.s, &peer, &(struct span){ "x", 1 }, 1), ERR_NOTFOUND);
	s = greet(&net, ctx, &in, &peer);
	zmq_close(s);
	zmq_ctx_term(ctx);
	net_run_until(&net, is_gone, &in);
	bus_stats_get(in.s, &stats);
	assert_int_equal(stats.unroutable, 2);
	bus_close(&in.s);
	net_stop(&net);
}

static void test_a_dealer_without_server_says_again_and_then_writable(void **state)
{
	struct net net;
	struct end in, out;

	(void)state;
	net_start(&net);
	open_dealer(&net, &out);
	assert_int_equal(send_number(&out, NULL, 0), ERR_AGAIN);
	open_router(&net, &in);
	net_run_until(&net, is_writable, &out);
	assert_int_equal(send_number(&out, NULL, 0), 0);
	in.want = 1;
	net_run_until(&net, has_enough, &in);
	bus_close(&in.s);
	bus_close(&out.s);
	net_stop(&net);
}

/* ---- hostile messages ------------------------------------------------------------------------------------- */

static void test_a_message_over_the_limit_never_arrives(void **state)
{
	struct net net;
	struct end in;
	struct bus_options o = options_of(ZMQ_ROUTER, &in);
	void *ctx = zmq_ctx_new();
	struct bus_peer peer;
	char big[2048] = { 0 };
	int linger = 0;
	void *a, *b;

	(void)state;
	net_start(&net);
	o.max_message = 1024;
	open_end(&net, &in, &o);
	assert_int_equal(bus_bind(in.s, net.endpoint, NULL), 0);
	a = greet(&net, ctx, &in, &peer);
	assert_int_equal(zmq_send(a, big, sizeof(big), 0), sizeof(big));
	net_run_until(&net, is_gone, &in); /* the connection is cut */
	assert_int_equal(in.n, 1);
	b = greet(&net, ctx, &in, &peer);
	assert_int_equal(in.n, 2);
	assert_int_equal(in.last_size, 5);
	assert_int_equal(zmq_send(b, big, 1024, 0), 1024);
	in.want = 3;
	net_run_until(&net, has_enough, &in);
	assert_int_equal(in.last_size, 1024);
	bus_close(&in.s);
	zmq_setsockopt(a, ZMQ_LINGER, &linger, sizeof(linger));
	zmq_close(a);
	zmq_close(b);
	zmq_ctx_term(ctx);
	net_stop(&net);
}

static void test_a_message_with_too_many_frames_is_dropped_and_counted(void **state)
{
	struct net net;
	struct end in;
	struct bus_stats stats;
	struct bus_peer peer;
	void *ctx = zmq_ctx_new();
	void *s;

	(void)state;
	net_start(&net);
	open_router(&net, &in);
	s = greet(&net, ctx, &in, &peer);
	for (int i = 0; i < BUS_FRAMES_MAX; i++)
		assert_int_equal(zmq_send(s, "f", 1, ZMQ_SNDMORE), 1);
	assert_int_equal(zmq_send(s, "f", 1, 0), 1);
	for (int i = 0; i < BUS_FRAMES_MAX - 1; i++)
		assert_int_equal(zmq_send(s, "f", 1, ZMQ_SNDMORE), 1);
	assert_int_equal(zmq_send(s, "f", 1, 0), 1);
	in.want = 2;
	net_run_until(&net, has_enough, &in);
	assert_int_equal(in.last_frames, BUS_FRAMES_MAX);
	bus_stats_get(in.s, &stats);
	assert_int_equal(stats.oversize_frames, 1);
	assert_int_equal(stats.received, 2);
	bus_close(&in.s);
	zmq_close(s);
	zmq_ctx_term(ctx);
	net_stop(&net);
}

/* ---- handing over, closing -------------------------------------------------------------------------------- */

static void echo_and_close(void *ctx, struct bus_socket *s, struct bus_message *m)
{
	struct end *end = ctx;
	zmq_msg_t body;

	(void)zmq_msg_init(&body);
	(void)zmq_msg_move(&body, &m->frames[1]);
	assert_int_equal(bus_send_body(s, &m->peer, bus_frame(m, 0), &body), 0);
	end->n++;
	bus_close(&end->s);
}

static void test_a_body_is_forwarded_and_a_socket_closes_in_its_callback(void **state)
{
	struct net net;
	struct end in;
	struct bus_options o = options_of(ZMQ_ROUTER, &in);
	void *ctx = zmq_ctx_new();
	void *peer = zmq_socket(ctx, ZMQ_DEALER);
	char got[32] = { 0 };

	(void)state;
	net_start(&net);
	o.on_message = echo_and_close;
	o.linger_ms = NET_DEADLINE_MS;
	open_end(&net, &in, &o);
	assert_int_equal(bus_bind(in.s, net.endpoint, NULL), 0);
	assert_int_equal(zmq_connect(peer, net.endpoint), 0);
	/* Two messages: the second waits when the first one's callback closes the socket. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(zmq_send(peer, "head", 4, ZMQ_SNDMORE), 4);
		assert_int_equal(zmq_send(peer, "a body", 6, 0), 6);
	}
	in.want = 1;
	net_run_until(&net, has_enough, &in);
	assert_null(in.s);
	assert_int_equal(zmq_recv(peer, got, sizeof(got), 0), 4);
	assert_int_equal(zmq_recv(peer, got, sizeof(got), 0), 6);
	assert_memory_equal(got, "a body", 6);
	zmq_close(peer);
	zmq_ctx_term(ctx);
	net_stop(&net);
	assert_int_equal(in.n, 1);
}

static void test_subscribers_are_welcomed_and_subscriptions_drained(void **state)
{
	struct net net;
	struct end pub, sub;
	struct bus_options o = options_of(ZMQ_XPUB, &pub);
	struct bus_options so = options_of(ZMQ_SUB, &sub);

	(void)state;
	net_start(&net);
	o.welcome = (struct span){ "w.hello", 7 };
	open_end(&net, &pub, &o);
	assert_int_equal(bus_bind(pub.s, net.endpoint, NULL), 0);
	assert_int_equal(bus_set_welcome(pub.s, (struct span){ "w.again", 7 }, NULL), 0);
	open_end(&net, &sub, &so);
	assert_int_equal(bus_subscribe(sub.s, STR("w."), NULL), 0);
	assert_int_equal(bus_subscribe(sub.s, STR("a."), NULL), 0);
	assert_int_equal(bus_connect(sub.s, net.endpoint, NULL), 0);
	sub.want = 1;
	net_run_until(&net, has_enough, &sub);
	assert_int_equal(sub.last_size, 7);
	pub.want = 2;
	net_run_until(&net, has_enough, &pub);
	assert_int_equal(bus_send(pub.s, NULL, &(struct span){ "b.no", 4 }, 1), 0);
	assert_int_equal(bus_send(pub.s, NULL, &(struct span){ "a.yes", 5 }, 1), 0);
	sub.want = 2;
	net_run_until(&net, has_enough, &sub);
	assert_int_equal(sub.last_size, 5);
	bus_close(&pub.s);
	bus_close(&sub.s);
	net_stop(&net);
}

/* ---- endpoints -------------------------------------------------------------------------------------------- */

#define PATH_107                                                                                   \
	"/tmp/0123456789012345678901234567890123456789012345678901234"                             \
	"56789012345678901234567890123456789012345678901"

struct endpoint_row {
	const char *name;
	const char *endpoint;
	bool bind;
	int want;
};

static const struct endpoint_row endpoints[] = {
	{ "connect to a loopback address", "tcp://127.0.0.1:5555", false, 0 },
	{ "connect to another loopback address", "tcp://127.9.8.7:5555", false, 0 },
	{ "connect to localhost", "tcp://localhost:5555", false, 0 },
	{ "connect over IPv6 loopback", "tcp://[::1]:5555", false, 0 },
	{ "bind a port of the system's choice", "tcp://127.0.0.1:*", true, 0 },
	{ "bind port 0", "tcp://localhost:0", true, 0 },
	{ "connect over ipc", "ipc:///tmp/capscore-nobody", false, 0 },
	{ "connect to a path of 107 bytes", "ipc://" PATH_107, false, 0 },
	{ "connect to a path of 108 bytes", "ipc://" PATH_107 "x", false, ERR_INVALID },
	{ "bind a path of 108 bytes", "ipc://" PATH_107 "x", true, ERR_INVALID },
	{ "bind every address", "tcp://*:5555", true, ERR_UNSUPPORTED },
	{ "bind 0.0.0.0", "tcp://0.0.0.0:5555", true, ERR_UNSUPPORTED },
	{ "bind an interface", "tcp://eth0:5555", true, ERR_UNSUPPORTED },
	{ "bind all of IPv6", "tcp://[::]:5555", true, ERR_UNSUPPORTED },
	{ "connect to another machine", "tcp://10.0.0.1:5555", false, ERR_UNSUPPORTED },
	{ "connect to a name", "tcp://example.org:5555", false, ERR_UNSUPPORTED },
	{ "a name that begins like loopback", "tcp://127.0.0.1.example.org:1", false,
		ERR_UNSUPPORTED },
	{ "a name that begins like localhost", "tcp://localhost.example.org:1", false,
		ERR_UNSUPPORTED },
	{ "a short form of an address", "tcp://127.1:5555", false, ERR_UNSUPPORTED },
	{ "IPv4 inside IPv6", "tcp://[::ffff:10.0.0.1]:5555", false, ERR_UNSUPPORTED },
	{ "a source address before another target", "tcp://127.0.0.1:0;10.0.0.1:5555", false,
		ERR_UNSUPPORTED },
	{ "a loopback target behind a source", "tcp://10.0.0.1:0;127.0.0.1:5555", false,
		ERR_UNSUPPORTED },
	{ "an abstract socket", "ipc://@capscore", true, ERR_UNSUPPORTED },
	{ "connect to port 0", "tcp://127.0.0.1:0", false, ERR_INVALID },
	{ "connect to any port", "tcp://127.0.0.1:*", false, ERR_INVALID },
	{ "a port too large", "tcp://127.0.0.1:65536", true, ERR_INVALID },
	{ "a port that is none", "tcp://127.0.0.1:http", true, ERR_INVALID },
	{ "a negative port", "tcp://127.0.0.1:-1", true, ERR_INVALID },
	{ "no port", "tcp://127.0.0.1", true, ERR_INVALID },
	{ "no host", "tcp://:5555", true, ERR_INVALID },
	{ "no path", "ipc://", true, ERR_INVALID },
	{ "a path of ZeroMQ's choice", "ipc://*", true, ERR_INVALID },
	{ "another transport", "udp://127.0.0.1:5555", true, ERR_INVALID },
	{ "inside the process", "inproc://x", true, ERR_INVALID },
	{ "nothing", "", true, ERR_INVALID },
};

static void test_endpoint(void **state)
{
	const struct endpoint_row *row = *state;
	struct net net;
	struct end end;
	struct bus_options o = options_of(ZMQ_DEALER, &end);
	struct err e = { 0 };
	int rc;

	net_start(&net);
	open_end(&net, &end, &o);
	rc = row->bind ? bus_bind(end.s, row->endpoint, &e) : bus_connect(end.s, row->endpoint, &e);
	if (rc != row->want)
		print_error("%s: %s\n", row->endpoint, e.text);
	assert_int_equal(rc, row->want);
	if (rc == 0 && row->bind)
		assert_int_equal(strncmp(bus_endpoint(end.s), "tcp://127.0.0.1:", 16), 0);
	bus_close(&end.s);
	net_stop(&net);
}

static void test_the_path_limit_names_the_remedy(void **state)
{
	struct net net;
	struct end end;
	struct bus_options o = options_of(ZMQ_DEALER, &end);
	struct err e = { 0 };

	(void)state;
	net_start(&net);
	open_end(&net, &end, &o);
	assert_int_equal(bus_bind(end.s, "ipc://" PATH_107 "x", &e), ERR_INVALID);
	assert_non_null(strstr(e.text, "108 bytes"));
	assert_non_null(strstr(e.text, "shorter"));
	assert_int_equal(bus_bind(end.s, "ipc:///nonexistent-folder/s", &e), ERR_IO);
	assert_non_null(strstr(e.text, "folder"));
	bus_close(&end.s);
	net_stop(&net);
}

static void test_an_ipc_socket_is_private_and_stale_ones_are_replaced(void **state)
{
	struct net net;
	struct end first, second;
	struct bus_options o = options_of(ZMQ_ROUTER, &first);
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct stat st;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	net_start(&net);
	/* What a killed process leaves behind: a socket file and nobody listening. */
	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s/s", net.dir);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(close(fd), 0);
	open_end(&net, &first, &o);
	open_end(&net, &second, &o);
	assert_int_equal(bus_bind(first.s, net.endpoint, NULL), 0);
	assert_int_equal(stat(a.sun_path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(bus_bind(second.s, net.endpoint, NULL), ERR_BUSY);
	assert_int_equal(stat(a.sun_path, &st), 0);
	bus_close(&first.s);
	bus_close(&second.s);
	net_stop(&net);
}

static void test_a_file_in_the_way_is_left_alone(void **state)
{
	struct net net;
	struct end end;
	struct bus_options o = options_of(ZMQ_ROUTER, &end);
	char path[96];
	struct stat st;
	int fd;

	(void)state;
	net_start(&net);
	(void)snprintf(path, sizeof(path), "%s/s", net.dir);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "mine", 4), 4);
	assert_int_equal(close(fd), 0);
	open_end(&net, &end, &o);
	assert_int_equal(bus_bind(end.s, net.endpoint, NULL), ERR_EXISTS);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 4);
	bus_close(&end.s);
	net_stop(&net);
}

static void test_a_tcp_port_in_use_is_busy(void **state)
{
	struct net net;
	struct end first, second;
	struct bus_options o = options_of(ZMQ_ROUTER, &first);

	(void)state;
	net_start(&net);
	open_end(&net, &first, &o);
	open_end(&net, &second, &o);
	assert_int_equal(bus_bind(first.s, "tcp://127.0.0.1:*", NULL), 0);
	assert_int_equal(bus_bind(second.s, bus_endpoint(first.s), NULL), ERR_BUSY);
	bus_close(&first.s);
	bus_close(&second.s);
	net_stop(&net);
}

#define FIXED(f)                                                                                   \
	{                                                                                          \
		.name = #f, .test_func = f                                                         \
	}

int main(void)
{
	static const struct CMUnitTest fixed[] = {
		FIXED(test_hundred_thousand_messages_arrive_in_order),
		FIXED(test_a_quota_of_one_strands_nothing),
		FIXED(test_a_send_does_not_lose_the_wake_of_a_waiting_message),
		FIXED(test_a_paused_socket_holds_its_peer_and_loses_nothing),
		FIXED(test_a_full_peer_answers_again_and_others_are_served),
		FIXED(test_a_peer_that_left_is_not_found),
		FIXED(test_a_dealer_without_server_says_again_and_then_writable),
		FIXED(test_a_message_over_the_limit_never_arrives),
		FIXED(test_a_message_with_too_many_frames_is_dropped_and_counted),
		FIXED(test_a_body_is_forwarded_and_a_socket_closes_in_its_callback),
		FIXED(test_subscribers_are_welcomed_and_subscriptions_drained),
		FIXED(test_the_path_limit_names_the_remedy),
		FIXED(test_an_ipc_socket_is_private_and_stale_ones_are_replaced),
		FIXED(test_a_file_in_the_way_is_left_alone),
		FIXED(test_a_tcp_port_in_use_is_busy),
	};
	struct CMUnitTest tests[ARRAY_LEN(fixed) + ARRAY_LEN(endpoints)];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		tests[n++] = fixed[i];
	for (size_t i = 0; i < ARRAY_LEN(endpoints); i++)
		tests[n++] = (struct CMUnitTest){ .name = endpoints[i].name,
			.test_func = test_endpoint,
			.initial_state = (void *)(uintptr_t)&endpoints[i] };
	return cmocka_run_group_tests_name("bus", tests, NULL, NULL);
}
