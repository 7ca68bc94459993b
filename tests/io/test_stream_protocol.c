/* The stream protocol at its edges: a server seen from a plain socket, and a reader whose server misbehaves. */
#include "stream_rig.h"

/* ---- the protocol, seen from a plain socket --------------------------------------------------------------- */

struct plain {
	void *ctx, *s;
	struct arena arena;
	struct frame frame; /* the last one received */
	uint64_t received;  /* records */
};

static void plain_open(struct plain *p, struct net *net)
{
	int hwm = 2;

	p->ctx = zmq_ctx_new();
	p->s = zmq_socket(p->ctx, ZMQ_DEALER);
	assert_int_equal(zmq_setsockopt(p->s, ZMQ_RCVHWM, &hwm, sizeof(hwm)), 0);
	assert_int_equal(zmq_connect(p->s, net->endpoint), 0);
	arena_init(&p->arena, &mem_heap, 1 << 20);
}

static void plain_close(struct plain *p)
{
	int linger = 0;

	(void)zmq_setsockopt(p->s, ZMQ_LINGER, &linger, sizeof(linger));
	zmq_close(p->s);
	zmq_ctx_term(p->ctx);
	arena_fini(&p->arena);
}

static void plain_read(struct plain *p, uint64_t session, uint64_t position, uint32_t credit)
{
	struct frame f = { .kind = FRAME_READ };
	struct buf b;

	buf_init(&b, &mem_heap, WIRE_FRAME_MAX);
	f.u.read.session = session;
	f.u.read.position = position;
	f.u.read.credit = credit;
	f.u.read.log = STR("events");
	assert_int_equal(frame_encode(&f, &b), 0);
	assert_int_equal(zmq_send(p->s, b.p, b.n, 0), b.n);
	buf_fini(&b);
}

/* Takes a message if one is there. */
static bool plain_has(void *ctx)
{
	struct plain *p = ctx;
	zmq_msg_t m;
	bool got;

	(void)zmq_msg_init(&m);
	got = zmq_msg_recv(&m, p->s, ZMQ_DONTWAIT) >= 0;
	if (got) {
		arena_reset(&p->arena);
		assert_int_equal(frame_decode((struct span){ zmq_msg_data(&m), zmq_msg_size(&m) },
					 &p->arena, &p->frame, NULL),
			0);
	}
	while (got && zmq_msg_more(&m))
		assert_true(zmq_msg_recv(&m, p->s, 0) >= 0);
	(void)zmq_msg_close(&m);
	if (got && p->frame.kind == FRAME_RECORDS)
		for (size_t i = 0; i < p->frame.u.records.n_units; i++)
			p->received += p->frame.u.records.unit_counts[i];
	return got;
}

/* Keeps the loop turning, since nothing on it tells when a plain socket has received. */
static void on_tick(uv_timer_t *t)
{
	(void)t;
}

static void tick(struct net *net, uv_timer_t *t)
{
	assert_int_equal(uv_timer_init(&net->loop, t), 0);
	assert_int_equal(uv_timer_start(t, on_tick, 1, 1), 0);
}

static void test_a_server_keeps_to_the_credit(void **state)
{
	struct net net;
	struct source src = { .silence_ms = 0 };
	struct plain p = { .received = 0 };
	uv_timer_t timer;
	uint64_t after;

	(void)state;
	net_start(&net);
	source_start(&src, &net);
	tick(&net, &timer);
	append(&src, 1000);
	plain_open(&p, &net);
	plain_read(&p, 7, 0, 100);
	/* The same Read again is answered by Progress: everything in the credit was sent before. */
	plain_read(&p, 7, 0, 100);
	do {
		net_run_until(&net, plain_has, &p);
	} while (p.frame.kind != FRAME_PROGRESS);
	assert_in_range(p.received, 100, 106); /* the last unit may pass the limit */
	assert_int_equal(p.frame.u.progress.session, 7);
	assert_int_equal(p.frame.u.progress.position, p.received);
	assert_int_equal(p.frame.u.progress.end_position, store_end(src.store));
	/* More credit, then a new session that starts over. */
	after = p.received;
	plain_read(&p, 7, after, 10);
	net_run_until(&net, plain_has, &p);
	assert_int_equal(p.frame.kind, FRAME_RECORDS);
	assert_int_equal(p.frame.u.records.first_position, after);
	assert_in_range(p.received, after + 10, after + 16);
	plain_read(&p, 8, 0, 1);
	net_run_until(&net, plain_has, &p);
	assert_int_equal(p.frame.u.records.session, 8);
	assert_int_equal(p.frame.u.records.first_position, 0);
	assert_int_equal(p.frame.u.records.n_units, 1);
	assert_int_equal(stream_server_readers(src.server), 1);
	uv_close((uv_handle_t *)&timer, NULL);
	plain_close(&p);
	source_stop(&src);
	net_stop(&net);
}

static bool is_blocked(void *ctx)
{
	struct source *src = ctx;
	struct bus_stats stats;

	bus_stats_get(src->router, &stats);
	return stats.again > 0;
}

static void test_a_blocked_reader_holds_nobody_and_gets_the_rest_later(void **state)
{
	struct net net;
	struct source src = { .high_water = 2 };
	struct taker k = { .src = &src };
	struct plain p = { .received = 0 };
	uv_timer_t timer;
	uint64_t next = 0;

	(void)state;
	net_start(&net);
	source_start(&src, &net);
	tick(&net, &timer);
	for (int i = 0; i < 60; i++)
		append_kind(&src, 3, (size_t)300 * 1024, 1);
	plain_open(&p, &net);
	plain_read(&p, 1, 0, 1000000); /* and takes nothing off its socket */
	net_run_until(&net, is_blocked, &src);
	taker_open(&k, &net, 0);
	run_to_end(&net, &k);
	while (next < store_end(src.store)) {
		net_run_until(&net, plain_has, &p);
		assert_int_equal(p.frame.kind, FRAME_RECORDS);
		assert_int_equal(p.frame.u.records.first_position, next);
		next = p.frame.u.records.next_position;
	}
	uv_close((uv_handle_t *)&timer, NULL);
	plain_close(&p);
	stream_reader_close(&k.reader);
	source_stop(&src);
	net_stop(&net);
}

static void test_readers_beyond_the_table_are_told_busy(void **state)
{
	struct net net;
	struct source src = { .silence_ms = 0 };
	static struct plain p[STREAM_READERS_MAX + 1];
	void *ctx = zmq_ctx_new();
	uv_timer_t timer;

	(void)state;
	net_start(&net);
	source_start(&src, &net);
	tick(&net, &timer);
	for (size_t i = 0; i < ARRAY_LEN(p); i++) {
		p[i].ctx = ctx;
		p[i].s = zmq_socket(ctx, ZMQ_DEALER);
		assert_int_equal(zmq_connect(p[i].s, net.endpoint), 0);
		arena_init(&p[i].arena, &mem_heap, 1 << 20);
		plain_read(&p[i], 1, 0, 10);
		net_run_until(&net, plain_has, &p[i]);
		assert_int_equal(
			p[i].frame.kind, i < STREAM_READERS_MAX ? FRAME_PROGRESS : FRAME_REFUSED);
	}
	assert_true(str_eq(p[STREAM_READERS_MAX].frame.u.refused.reason, STR("busy")));
	assert_int_equal(stream_server_readers(src.server), STREAM_READERS_MAX);
	for (size_t i = 0; i < ARRAY_LEN(p); i++) {
		zmq_close(p[i].s);
		arena_fini(&p[i].arena);
	}
	zmq_ctx_term(ctx);
	uv_close((uv_handle_t *)&timer, NULL);
	source_stop(&src);
	net_stop(&net);
}

/* ---- a server that misbehaves ----------------------------------------------------------------------------- */

struct liar {
	struct bus_socket *router;
	struct arena arena;
	const struct lie *lie;
	uint64_t sessions, session;
	uint64_t position; /* of the newest session's Read */
};

struct lie {
	const char *name;
	enum frame_kind kind;
	uint64_t first, next; /* Records; or next: the Progress's position */
	uint32_t size, count; /* of the one unit */
	size_t body;	      /* bytes sent; 0: no second frame */
};

static const struct lie lies[] = {
	{ "a gap opens a new session", FRAME_RECORDS, 10, 12, 16, 2, 16 },
	{ "progress beyond what came opens a new session", FRAME_PROGRESS, 0, 5, 0, 0, 0 },
	{ "sizes beyond the body open a new session", FRAME_RECORDS, 0, 2, 17, 2, 16 },
	{ "sizes short of the body open a new session", FRAME_RECORDS, 0, 2, 15, 2, 16 },
	{ "counts that do not add up open a new session", FRAME_RECORDS, 0, 3, 16, 2, 16 },
	{ "a unit of no records opens a new session", FRAME_RECORDS, 0, 0, 16, 0, 16 },
	{ "positions that run backwards open a new session", FRAME_RECORDS, 0, UINT64_MAX, 16, 2,
		16 },
	{ "records without a body open a new session", FRAME_RECORDS, 0, 2, 16, 2, 0 },
};

static void liar_on_message(void *ctx, struct bus_socket *s, struct bus_message *m)
{
	struct liar *l = ctx;
	const struct lie *lie = l->lie;
	static uint8_t body[16];
	struct span frames[2] = { { NULL, 0 }, { body, lie->body } };
	struct frame f, a = { .kind = lie->kind };
	struct buf b;

	arena_reset(&l->arena);
	assert_int_equal(frame_decode(bus_frame(m, 0), &l->arena, &f, NULL), 0);
	if (f.u.read.session != l->session)
		l->sessions++;
	l->session = f.u.read.session;
	l->position = f.u.read.position;
	if (lie->kind == FRAME_RECORDS) {
		a.u.records.session = l->session;
		a.u.records.first_position = lie->first;
		a.u.records.next_position = lie->next;
		a.u.records.end_position = 100;
		a.u.records.n_units = 1;
		a.u.records.unit_sizes = &lie->size;
		a.u.records.unit_counts = &lie->count;
	} else {
		a.u.progress.session = l->session;
		a.u.progress.position = lie->next;
		a.u.progress.end_position = 100;
	}
	buf_init(&b, &mem_heap, WIRE_FRAME_MAX);
	assert_int_equal(frame_encode(&a, &b), 0);
	frames[0] = buf_span(&b);
	assert_int_equal(bus_send(s, &m->peer, frames, lie->body > 0 ? 2 : 1), 0);
	buf_fini(&b);
}

/* Units of two records from `first` on, as many as are asked for. */
static void send_units(struct bus_socket *s, const struct bus_peer *peer, uint64_t session,
	uint64_t first, size_t n)
{
	static const uint32_t sizes[3] = { sizeof(struct unit), sizeof(struct unit),
		sizeof(struct unit) };
	static const uint32_t counts[3] = { 2, 2, 2 };
	struct unit units[3];
	struct frame f = { .kind = FRAME_RECORDS };
	struct span frames[2] = { { NULL, 0 }, { units, n * sizeof(units[0]) } };
	struct buf b;

	for (size_t i = 0; i < n; i++)
		units[i] = (struct unit){ first + 2 * i, 2, 1 };
	f.u.records.session = session;
	f.u.records.first_position = first;
	f.u.records.next_position = first + 2 * n;
	f.u.records.end_position = 100;
	f.u.records.n_units = n;
	f.u.records.unit_sizes = sizes;
	f.u.records.unit_counts = counts;
	buf_init(&b, &mem_heap, WIRE_FRAME_MAX);
	assert_int_equal(frame_encode(&f, &b), 0);
	frames[0] = buf_span(&b);
	assert_int_equal(bus_send(s, peer, frames, 2), 0);
	buf_fini(&b);
}

/* A server that lost its memory in between and starts over at an old position. */
static void stutter(void *ctx, struct bus_socket *s, struct bus_message *m)
{
	struct liar *l = ctx;
	struct frame f;

	arena_reset(&l->arena);
	assert_int_equal(frame_decode(bus_frame(m, 0), &l->arena, &f, NULL), 0);
	if (f.u.read.session != l->session)
		l->sessions++;
	l->session = f.u.read.session;
	send_units(s, &m->peer, l->session, 0, 2);
	send_units(s, &m->peer, l->session, 0, 1);
	send_units(s, &m->peer, l->session, 0, 3);
}

static void test_what_comes_again_is_passed_over(void **state)
{
	struct net net;
	struct liar l = { .sessions = 0 };
	struct taker k = { .want = 6 };
	struct bus_options o = { .type = ZMQ_ROUTER,
		.max_message = WIRE_FRAME_MAX,
		.high_water = 100,
		.on_message = stutter,
		.ctx = &l };

	(void)state;
	net_start(&net);
	arena_init(&l.arena, &mem_heap, 1 << 20);
	assert_int_equal(bus_open(net.bus, &o, &l.router, NULL), 0);
	assert_int_equal(bus_bind(l.router, net.endpoint, NULL), 0);
	taker_open(&k, &net, 100);
	net_run_until(&net, taker_has, &k);
	assert_false(k.broken);
	assert_int_equal(k.n_units, 3);
	assert_int_equal(l.sessions, 1);
	stream_reader_close(&k.reader);
	bus_close(&l.router);
	arena_fini(&l.arena);
	net_stop(&net);
}

static bool has_new_session(void *ctx)
{
	return ((struct liar *)ctx)->sessions >= 2;
}

static void test_lie(void **state)
{
	struct net net;
	struct liar l = { .lie = *state };
	struct taker k = { .start = 0 };
	struct bus_options o = { .type = ZMQ_ROUTER,
		.max_message = WIRE_FRAME_MAX,
		.high_water = 100,
		.on_message = liar_on_message,
		.ctx = &l };

	net_start(&net);
	arena_init(&l.arena, &mem_heap, 1 << 20);
	assert_int_equal(bus_open(net.bus, &o, &l.router, NULL), 0);
	assert_int_equal(bus_bind(l.router, net.endpoint, NULL), 0);
	taker_open(&k, &net, 100);
	net_run_until(&net, has_new_session, &l);
	assert_int_equal(k.n_units, 0);
	assert_int_equal(l.position, 0);
	stream_reader_close(&k.reader);
	bus_close(&l.router);
	arena_fini(&l.arena);
	net_stop(&net);
}

#define FIXED(f)                                                                                   \
	{                                                                                          \
		.name = #f, .test_func = f                                                         \
	}

int main(void)
{
	static const struct CMUnitTest fixed[] = {
		FIXED(test_a_server_keeps_to_the_credit),
		FIXED(test_a_blocked_reader_holds_nobody_and_gets_the_rest_later),
		FIXED(test_readers_beyond_the_table_are_told_busy),
		FIXED(test_what_comes_again_is_passed_over),
	};
	struct CMUnitTest tests[ARRAY_LEN(fixed) + ARRAY_LEN(lies)];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		tests[n++] = fixed[i];
	for (size_t i = 0; i < ARRAY_LEN(lies); i++)
		tests[n++] = (struct CMUnitTest){ .name = lies[i].name,
			.test_func = test_lie,
			.initial_state = (void *)(uintptr_t)&lies[i] };
	return cmocka_run_group_tests_name("stream protocol", tests, NULL, NULL);
}
