/* The stream protocol over real sockets and a real store. Units say where they stand, so that the reader's end can
 * check each of them. */
#include "net.h"

#include <sys/stat.h>

#include "common/io/store.h"
#include "common/io/stream.h"

/* ---- a log and its server --------------------------------------------------------------------------------- */

struct unit {
	uint64_t first;
	uint32_t count;
	uint32_t kind; /* what the filter looks at */
};

struct source {
	struct net *net;
	struct bus *
		bus; /* its own: when it is destroyed the endpoint is free, as when a process ends */
	struct store *store;
	struct store_options store_options;
	struct bus_socket *router;
	struct stream_server *server;
	struct arena arena;
	char path[96];
	bool filtered;
	uint64_t silence_ms;
	int high_water;
	uint64_t reads; /* Read frames seen */
	uint64_t n_units;
};

static void source_on_message(void *ctx, struct bus_socket *s, struct bus_message *m)
{
	struct source *src = ctx;
	struct frame f;

	(void)s;
	arena_reset(&src->arena);
	assert_int_equal(frame_decode(bus_frame(m, 0), &src->arena, &f, NULL), 0);
	assert_int_equal(f.kind, FRAME_READ);
	src->reads++;
	stream_server_on_read(src->server, &m->peer, &f);
}

static void source_on_writable(void *ctx, struct bus_socket *s)
{
	(void)s;
	stream_server_on_writable(((struct source *)ctx)->server);
}

/* Lets units of kind 1 pass, whatever the filter says. */
static bool passes(void *ctx, const struct wire_filter *filter, struct span unit)
{
	struct unit u;

	(void)ctx;
	assert_int_equal(filter->n_areas, 1);
	assert_true(str_eq(filter->areas[0], STR("one")));
	assert_true(unit.n >= sizeof(u));
	memcpy(&u, unit.p, sizeof(u));
	return u.kind == 1;
}

static void source_open(struct source *src)
{
	struct bus_options o = { .type = ZMQ_ROUTER,
		.max_message = WIRE_FRAME_MAX,
		.high_water = src->high_water == 0 ? 1000 : src->high_water,
		.on_message = source_on_message,
		.on_writable = source_on_writable,
		.ctx = src };
	struct stream_server_options so = { .log = "events",
		.passes = src->filtered ? passes : NULL,
		.silence_ms = src->silence_ms };

	assert_int_equal(store_open(&src->store_options, &src->store, NULL), 0);
	assert_int_equal(bus_create(&src->net->loop, &src->bus, NULL), 0);
	assert_int_equal(bus_open(src->bus, &o, &src->router, NULL), 0);
	assert_int_equal(bus_bind(src->router, src->net->endpoint, NULL), 0);
	so.socket = src->router;
	so.store = src->store;
	assert_int_equal(stream_server_create(&src->net->loop, &so, &src->server, NULL), 0);
}

static void source_close(struct source *src)
{
	stream_server_close(&src->server);
	bus_close(&src->router);
	bus_destroy(src->bus);
	store_close(src->store);
}

static void source_start(struct source *src, struct net *net)
{
	src->net = net;
	arena_init(&src->arena, &mem_heap, 1 << 20);
	(void)snprintf(src->path, sizeof(src->path), "%s/log", net->dir);
	src->store_options.path = src->path;
	src->store_options.map_bytes = (uint64_t)1 << 30;
	source_open(src);
}

static void source_stop(struct source *src)
{
	source_close(src);
	arena_fini(&src->arena);
}

/* Appends one group of n units with 1 to 7 records each, padded to `size` bytes, and commits it. */
static void append_kind(struct source *src, unsigned n, size_t size, uint32_t kind)
{
	static uint8_t bytes[512 * 1024];
	struct store_group *g;
	uint64_t at = store_end(src->store), first;

	assert_int_equal(store_group_create(&mem_heap, (size_t)64 << 20, &g), 0);
	for (unsigned i = 0; i < n; i++) {
		struct unit u = { at, (uint32_t)(src->n_units++ % 7 + 1), kind };

		memcpy(bytes, &u, sizeof(u));
		at += u.count;
		assert_int_equal(
			store_group_add(g,
				(struct span){ bytes, size < sizeof(u) ? sizeof(u) : size },
				u.count),
			0);
	}
	assert_int_equal(store_commit(src->store, g, &first, NULL), 0);
	store_group_destroy(g);
}

static void append(struct source *src, unsigned n)
{
	append_kind(src, n, 0, 1);
}

/* ---- a reader and what it got ----------------------------------------------------------------------------- */

struct taker {
	struct source *src;
	struct stream_reader *reader;
	uint64_t start; /* position asked for */
	uint64_t next;	/* position expected next */
	uint64_t n_units, n_again;
	uint64_t want; /* position to wait for */
	unsigned ends;
	uint64_t end;
	unsigned again_every; /* answer ERR_AGAIN to every so-manieth offer; 0: never */
	bool gaps;	      /* a filter leaves units out */
	bool broken;
	unsigned close_after; /* units; 0: never */
	char refused[64];
	uint64_t refused_first;
};

static int taker_on_unit(void *ctx, struct span bytes, uint64_t first, uint32_t n_records)
{
	struct taker *k = ctx;
	struct unit u;

	if (k->again_every > 0 && ++k->n_again % k->again_every == 0)
		return ERR_AGAIN;
	memcpy(&u, bytes.p, sizeof(u));
	if (u.first != first || u.count != n_records)
		k->broken = true;
	/* In order, none twice and none left out; the first unit may begin before the start. */
	if (k->n_units == 0 ? first > k->start || first + n_records <= k->start : first != k->next)
		k->broken = k->broken || !k->gaps || first < k->next;
	k->next = first + n_records;
	k->n_units++;
	if (k->close_after > 0 && k->n_units == k->close_after)
		stream_reader_close(&k->reader);
	return 0;
}

static void taker_on_end(void *ctx, uint64_t end)
{
	struct taker *k = ctx;

	k->ends++;
	k->end = end;
	if (!k->gaps && k->n_units > 0 && k->next != end)
		k->broken = true;
}

static void taker_on_refused(
	void *ctx, struct str reason, struct str detail, uint64_t first_position)
{
	struct taker *k = ctx;

	assert_true(detail.n > 0);
	(void)snprintf(k->refused, sizeof(k->refused), STR_FMT, STR_ARG(reason));
	k->refused_first = first_position;
}

static const struct str filter_areas[] = { { "one", 3 } };
static const struct wire_filter filter_one = { .n_areas = 1, .areas = filter_areas };

static void taker_open_log(struct taker *k, struct net *net, const char *log, uint32_t credit)
{
	struct stream_reader_options o = { .endpoint = net->endpoint,
		.log = log,
		.position = k->start,
		.credit = credit,
		.filter = k->gaps ? &filter_one : NULL,
		.on_unit = taker_on_unit,
		.on_end = taker_on_end,
		.on_refused = taker_on_refused,
		.ctx = k,
		.keepalive_ms = 20 };

	k->next = k->start;
	assert_int_equal(stream_reader_create(net->bus, &net->loop, &o, &k->reader, NULL), 0);
}

static void taker_open(struct taker *k, struct net *net, uint32_t credit)
{
	taker_open_log(k, net, "events", credit);
}

static bool taker_has(void *ctx)
{
	struct taker *k = ctx;

	return k->next >= k->want || k->broken;
}

static bool taker_is_at_end(void *ctx)
{
	struct taker *k = ctx;

	return k->ends > 0;
}

static bool taker_is_refused(void *ctx)
{
	return ((struct taker *)ctx)->refused[0] != '\0';
}

/* A consumer that has room again in the loop's next turn. */
static void resume(uv_idle_t *h)
{
	stream_reader_resume(((struct taker *)h->data)->reader);
}

static void resume_always(struct net *net, struct taker *k, uv_idle_t *ret_idle)
{
	assert_int_equal(uv_idle_init(&net->loop, ret_idle), 0);
	ret_idle->data = k;
	assert_int_equal(uv_idle_start(ret_idle, resume), 0);
}

static void run_to_end(struct net *net, struct taker *k)
{
	k->want = store_end(k->src->store);
	net_run_until(net, taker_has, k);
	assert_false(k->broken);
	assert_int_equal(stream_reader_position(k->reader), k->want);
}

/* ---- reading ---------------------------------------------------------------------------------------------- */

static void test_a_reader_gets_what_was_there_and_what_comes(void **state)
{
	struct net net;
	struct source src = { .silence_ms = 0 };
	struct taker k = { .src = &src };

	(void)state;
	net_start(&net);
	source_start(&src, &net);
	for (int i = 0; i < 20; i++)
		append(&src, 500);
	taker_open(&k, &net, 1000);
	run_to_end(&net, &k);
	assert_int_equal(k.n_units, 10000);
	for (unsigned i = 1; i <= 200; i++) {
		append(&src, i % 9 + 1);
		stream_server_wake(src.server);
		run_to_end(&net, &k);
	}
	assert_int_equal(stream_reader_end(k.reader), store_end(src.store));
	stream_reader_close(&k.reader);
	source_stop(&src);
	net_stop(&net);
}

static void test_a_reader_starts_at_any_position(void **state)
{
	struct net net;
	struct source src = { .silence_ms = 0 };
	uint64_t end;

	(void)state;
	net_start(&net);
	source_start(&src, &net);
	append(&src, 10);
	append(&src, 13);
	end = store_end(src.store);
	for (uint64_t p = 0; p < end; p++) {
		struct taker k = { .src = &src, .start = p };

		taker_open(&k, &net, 3);
		run_to_end(&net, &k);
		stream_reader_close(&k.reader);
	}
	source_stop(&src);
	net_stop(&net);
}

static void test_the_end_is_told_once_each_time_it_is_reached(void **state)
{
	struct net net;
	struct source src = { .silence_ms = 0 };
	struct taker k = { .src = &src };
	uint64_t reads;

	(void)state;
	net_start(&net);
	source_start(&src, &net);
	taker_open(&k, &net, 100);
	net_run_until(&net, taker_is_at_end, &k); /* of an empty log */
	assert_int_equal(k.end, 0);
	append(&src, 3);
	k.ends = 0;
	stream_server_wake(src.server);
	net_run_until(&net, taker_is_at_end, &k);
	assert_int_equal(k.end, store_end(src.store));
	assert_int_equal(k.n_units, 3);
	/* Signs of life and their answers do not tell it again. */
	reads = src.reads;
	while (src.reads < reads + 5)
		(void)uv_run(&net.loop, UV_RUN_ONCE);
	assert_int_equal(k.ends, 1);
	assert_false(k.broken);
	stream_reader_close(&k.reader);
	source_stop(&src);
	net_stop(&net);
}

static void test_a_consumer_without_room_gets_each_unit_once(void **state)
{
	struct net net;
	struct source src = { .silence_ms = 0 };
	struct taker k = { .src = &src, .again_every = 3 };
	uv_idle_t idle;

	(void)state;
	net_start(&net);
	source_start(&src, &net);
	for (int i = 0; i < 10; i++)
		append(&src, 100);
	taker_open(&k, &net, 50);
	resume_always(&net, &k, &idle);
	run_to_end(&net, &k);
	assert_int_equal(k.n_units, 1000);
	uv_close((uv_handle_t *)&idle, NULL);
	stream_reader_close(&k.reader);
	source_stop(&src);
	net_stop(&net);
}

static void test_a_reader_may_be_closed_by_its_consumer(void **state)
{
	struct net net;
	struct source src = { .silence_ms = 0 };
	struct taker k = { .src = &src, .close_after = 5 };

	(void)state;
	net_start(&net);
	source_start(&src, &net);
	append(&src, 100);
	taker_open(&k, &net, 1000);
	k.want = 5;
	net_run_until(&net, taker_has, &k);
	assert_null(k.reader);
	assert_int_equal(k.n_units, 5);
	source_stop(&src);
	net_stop(&net);
}

static void test_large_units_pass_one_by_one(void **state)
{
	struct net net;
	struct source src = { .silence_ms = 0 };
	struct taker k = { .src = &src };

	(void)state;
	net_start(&net);
	source_start(&src, &net);
	append_kind(&src, 40, (size_t)400 * 1024, 1);
	taker_open(&k, &net, 0);
	run_to_end(&net, &k);
	assert_int_equal(k.n_units, 40);
	stream_reader_close(&k.reader);
	source_stop(&src);
	net_stop(&net);
}

/* ---- restarts --------------------------------------------------------------------------------------------- */

/* The server goes at ever later points of the stream, each time with more to read when it comes back. */
static void restart_often(unsigned again_every)
{
	struct net net;
	struct source src = { .silence_ms = 0 };
	struct taker k = { .src = &src, .again_every = again_every };
	uv_idle_t idle;

	net_start(&net);
	source_start(&src, &net);
	for (int i = 0; i < 5; i++)
		append(&src, 200);
	taker_open(&k, &net, 300);
	resume_always(&net, &k, &idle);
	for (unsigned round = 1; round <= 6; round++) {
		k.want = round * 500;
		net_run_until(&net, taker_has, &k);
		source_close(&src);
		source_open(&src);
		append(&src, 50);
		stream_server_wake(src.server);
	}
	run_to_end(&net, &k);
	assert_int_equal(k.n_units, 1300);
	uv_close((uv_handle_t *)&idle, NULL);
	stream_reader_close(&k.reader);
	source_stop(&src);
	net_stop(&net);
}

static void test_a_restarted_server_loses_and_repeats_nothing(void **state)
{
	(void)state;
	restart_often(0);
}

static void test_a_restart_while_the_consumer_has_no_room_loses_nothing(void **state)
{
	(void)state;
	restart_often(2);
}

static bool has_no_reader(void *ctx)
{
	return stream_server_readers(((struct source *)ctx)->server) == 0;
}

static bool has_reader(void *ctx)
{
	return !has_no_reader(ctx);
}

static void test_a_silent_reader_is_forgotten_and_may_come_back(void **state)
{
	struct net net;
	struct source src = { .silence_ms = 5 }; /* shorter than the reader's signs of life */
	struct taker k = { .src = &src };

	(void)state;
	net_start(&net);
	source_start(&src, &net);
	append(&src, 10);
	taker_open(&k, &net, 100);
	run_to_end(&net, &k);
	for (int i = 0; i < 3; i++) {
		net_run_until(&net, has_no_reader, &src);
		append(&src, 10);
		net_run_until(&net, has_reader, &src);
		run_to_end(&net, &k);
	}
	assert_int_equal(k.n_units, 40);
	stream_reader_close(&k.reader);
	source_stop(&src);
	net_stop(&net);
}

/* ---- filters ---------------------------------------------------------------------------------------------- */

static void test_a_filter_leaves_out_and_keeps_the_positions(void **state)
{
	struct net net;
	struct source src = { .filtered = true };
	struct taker k = { .src = &src, .gaps = true };
	uint64_t passing = 0;

	(void)state;
	net_start(&net);
	source_start(&src, &net);
	for (unsigned i = 0; i < 30; i++) {
		/* Runs of other units, some longer than one message looks through. */
		append_kind(&src, i % 3 == 0 ? 3000 : 5, 0, 2);
		append_kind(&src, i % 4 + 1, 0, 1);
		passing += i % 4 + 1;
	}
	append_kind(&src, 2500, 0, 2);
	taker_open(&k, &net, 700);
	net_run_until(&net, taker_is_at_end, &k);
	assert_false(k.broken);
	assert_int_equal(k.n_units, passing);
	assert_int_equal(k.end, store_end(src.store));
	assert_int_equal(stream_reader_position(k.reader), store_end(src.store));
	stream_reader_close(&k.reader);
	source_stop(&src);
	net_stop(&net);
}

/* ---- refusals --------------------------------------------------------------------------------------------- */

struct refusal_row {
	const char *name;
	const char *log;
	uint64_t start;
	bool with_filter;
	const char *want;
};

static const struct refusal_row refusals[] = {
	{ "a position past the end is refused", "events", 1000000, false, "position-ahead" },
	{ "a dropped position is refused", "events", 0, false, "position-gone" },
	{ "a log that is none is refused", "elsewhere", 5, false, "unknown-log" },
	{ "a filter where none is taken is refused", "events", 5, true, "bad-filter" },
};

static void test_refusal(void **state)
{
	const struct refusal_row *row = *state;
	struct net net;
	struct source src = { .silence_ms = 0 };
	struct taker k = { .src = &src, .start = row->start, .gaps = row->with_filter };

	net_start(&net);
	src.store_options.retain_records = 100;
	source_start(&src, &net);
	for (int i = 0; i < 20; i++)
		append(&src, 20);
	assert_true(store_first(src.store) > 0);
	taker_open_log(&k, &net, row->log, 100);
	net_run_until(&net, taker_is_refused, &k);
	assert_string_equal(k.refused, row->want);
	assert_int_equal(k.refused_first, store_first(src.store));
	assert_int_equal(k.n_units, 0);
	assert_int_equal(stream_server_readers(src.server), 0);
	stream_reader_close(&k.reader);
	source_stop(&src);
	net_stop(&net);
}

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
		FIXED(test_a_reader_gets_what_was_there_and_what_comes),
		FIXED(test_a_reader_starts_at_any_position),
		FIXED(test_the_end_is_told_once_each_time_it_is_reached),
		FIXED(test_a_consumer_without_room_gets_each_unit_once),
		FIXED(test_a_reader_may_be_closed_by_its_consumer),
		FIXED(test_large_units_pass_one_by_one),
		FIXED(test_a_restarted_server_loses_and_repeats_nothing),
		FIXED(test_a_restart_while_the_consumer_has_no_room_loses_nothing),
		FIXED(test_a_silent_reader_is_forgotten_and_may_come_back),
		FIXED(test_a_filter_leaves_out_and_keeps_the_positions),
		FIXED(test_a_server_keeps_to_the_credit),
		FIXED(test_a_blocked_reader_holds_nobody_and_gets_the_rest_later),
		FIXED(test_readers_beyond_the_table_are_told_busy),
	};
	struct CMUnitTest tests[ARRAY_LEN(fixed) + ARRAY_LEN(refusals) + ARRAY_LEN(lies)];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		tests[n++] = fixed[i];
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
		tests[n++] = (struct CMUnitTest){ .name = refusals[i].name,
			.test_func = test_refusal,
			.initial_state = (void *)(uintptr_t)&refusals[i] };
	for (size_t i = 0; i < ARRAY_LEN(lies); i++)
		tests[n++] = (struct CMUnitTest){ .name = lies[i].name,
			.test_func = test_lie,
			.initial_state = (void *)(uintptr_t)&lies[i] };
	return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
