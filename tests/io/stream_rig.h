/* What the tests of the stream protocol share: a log with its server, and a reader whose consumer checks each unit.
 * Units say where they stand. */
#ifndef TESTS_IO_STREAM_RIG_H
#define TESTS_IO_STREAM_RIG_H

#include "net.h"

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

static inline void source_on_message(void *ctx, struct bus_socket *s, struct bus_message *m)
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

static inline void source_on_writable(void *ctx, struct bus_socket *s)
{
	(void)s;
	stream_server_on_writable(((struct source *)ctx)->server);
}

/* Lets units of kind 1 pass, whatever the filter says. */
static inline bool passes(void *ctx, const struct wire_filter *filter, struct span unit)
{
	struct unit u;

	(void)ctx;
	assert_int_equal(filter->n_areas, 1);
	assert_true(str_eq(filter->areas[0], STR("one")));
	assert_true(unit.n >= sizeof(u));
	memcpy(&u, unit.p, sizeof(u));
	return u.kind == 1;
}

static inline void source_open(struct source *src)
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

static inline void source_close(struct source *src)
{
	stream_server_close(&src->server);
	bus_close(&src->router);
	bus_destroy(src->bus);
	store_close(src->store);
}

static inline void source_start(struct source *src, struct net *net)
{
	src->net = net;
	arena_init(&src->arena, &mem_heap, 1 << 20);
	(void)snprintf(src->path, sizeof(src->path), "%s/log", net->dir);
	src->store_options.path = src->path;
	src->store_options.map_bytes = (uint64_t)1 << 30;
	source_open(src);
}

static inline void source_stop(struct source *src)
{
	source_close(src);
	arena_fini(&src->arena);
}

/* Appends one group of n units with 1 to 7 records each, padded to `size` bytes, and commits it. */
static inline void append_kind(struct source *src, unsigned n, size_t size, uint32_t kind)
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

static inline void append(struct source *src, unsigned n)
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
	unsigned fail_after;  /* units; 0: never */
	bool close_at_end;
	char refused[64];
	uint64_t refused_first;
};

static inline int taker_on_unit(void *ctx, struct span bytes, uint64_t first, uint32_t n_records)
{
	struct taker *k = ctx;
	struct unit u;

	if (k->again_every > 0 && ++k->n_again % k->again_every == 0)
		return ERR_AGAIN;
	if (k->fail_after > 0 && k->n_units == k->fail_after)
		return ERR_CORRUPT;
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

static inline void taker_on_end(void *ctx, uint64_t end)
{
	struct taker *k = ctx;

	k->ends++;
	k->end = end;
	if (!k->gaps && k->n_units > 0 && k->next != end)
		k->broken = true;
	if (k->close_at_end)
		stream_reader_close(&k->reader);
}

static inline void taker_on_refused(
	void *ctx, struct str reason, struct str detail, uint64_t first_position)
{
	struct taker *k = ctx;

	assert_true(detail.n > 0);
	(void)snprintf(k->refused, sizeof(k->refused), STR_FMT, STR_ARG(reason));
	k->refused_first = first_position;
}

static const struct str filter_areas[] = { { "one", 3 } };
static const struct wire_filter filter_one = { .n_areas = 1, .areas = filter_areas };

static inline void taker_open_log(
	struct taker *k, struct net *net, const char *log, uint32_t credit)
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

static inline void taker_open(struct taker *k, struct net *net, uint32_t credit)
{
	taker_open_log(k, net, "events", credit);
}

static inline bool taker_has(void *ctx)
{
	struct taker *k = ctx;

	return k->next >= k->want || k->broken;
}

static inline bool taker_is_at_end(void *ctx)
{
	struct taker *k = ctx;

	return k->ends > 0;
}

static inline bool taker_is_refused(void *ctx)
{
	return ((struct taker *)ctx)->refused[0] != '\0';
}

/* A consumer that has room again in the loop's next turn. */
static inline void resume(uv_idle_t *h)
{
	stream_reader_resume(((struct taker *)h->data)->reader);
}

static inline void resume_always(struct net *net, struct taker *k, uv_idle_t *ret_idle)
{
	assert_int_equal(uv_idle_init(&net->loop, ret_idle), 0);
	ret_idle->data = k;
	assert_int_equal(uv_idle_start(ret_idle, resume), 0);
}

static inline void run_to_end(struct net *net, struct taker *k)
{
	k->want = store_end(k->src->store);
	net_run_until(net, taker_has, k);
	assert_false(k->broken);
	assert_int_equal(stream_reader_position(k->reader), k->want);
}

#endif
