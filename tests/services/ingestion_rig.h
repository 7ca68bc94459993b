/* What the tests of ingestion share: a service on a thread of its own or in a process of its own, and a client that
 * speaks frames over a plain DEALER and waits for answers with a deadline. */
#ifndef TESTS_SERVICES_INGESTION_RIG_H
#define TESTS_SERVICES_INGESTION_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ftw.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/io/log.h"
#include "common/io/store.h"
#include "common/wire/frame.h"
#include "services/ingestion/ingestion_service.h"

#include <zmq.h>

#define ARRAY_LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define RIG_DEADLINE_MS 20000 /* only a broken program gets there */
#define RIG_DAY		19539 /* 2023-07-01 */

/* ---- folders ---------------------------------------------------------------------------------------------- */

static inline int rig_remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static inline void rig_make_folder(char *path, size_t size)
{
	(void)snprintf(path, size, "/tmp/capscore-ingestion-XXXXXX");
	assert_non_null(mkdtemp(path));
}

static inline void rig_remove_folder(const char *path)
{
	(void)nftw(path, rig_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- the service on a thread ------------------------------------------------------------------------------ */

struct rig {
	char dir[64];
	struct ingestion_options options;
	uv_thread_t thread;
	uv_sem_t ready;
	uv_async_t stop;
	struct ingestion *service;
	int start_rc;
	struct err start_err;
	atomic_int code;     /* of on_stopped */
	atomic_int fault;    /* what every commit answers; 0: works */
	_Atomic int64_t now; /* of the service's clock */
};

static inline int rig_fault(void *ctx)
{
	return atomic_load(&((struct rig *)ctx)->fault);
}

static inline event_ms rig_now(void *ctx)
{
	return atomic_load(&((struct rig *)ctx)->now);
}

static inline void rig_on_stopped(void *ctx, int code)
{
	struct rig *r = ctx;

	atomic_store(&r->code, code);
	uv_close((uv_handle_t *)&r->stop, NULL);
}

static inline void rig_on_stop(uv_async_t *a)
{
	ingestion_stop(((struct rig *)a->data)->service);
}

static inline void rig_run(void *arg)
{
	struct rig *r = arg;
	uv_loop_t loop;

	(void)uv_loop_init(&loop);
	r->start_rc = ingestion_start(&loop, &r->options, &r->service, &r->start_err);
	if (r->start_rc == 0) {
		(void)uv_async_init(&loop, &r->stop, rig_on_stop);
		r->stop.data = r;
		store_set_fault(ingestion_store(r->service), rig_fault, r);
	}
	uv_sem_post(&r->ready);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	ingestion_destroy(r->service);
	if (uv_loop_close(&loop) != 0)
		abort(); /* a handle was left behind */
}

/* A rig with a folder and options that a test may change before rig_start(). */
static inline void rig_make(struct rig *r)
{
	memset(r, 0, sizeof *r);
	rig_make_folder(r->dir, sizeof r->dir);
	atomic_store(&r->now, (int64_t)RIG_DAY * MS_PER_DAY + 1);
	r->options = (struct ingestion_options){
		.data_dir = r->dir,
		.days = DAYS_FROM_PRODUCERS,
		.dedup_events = 65536,
		.dedup_days = 45,
		.dead_letters_max = 1000,
		.dead_letter_bytes = 64 * 1024 * 1024,
		.now = rig_now,
		.on_stopped = rig_on_stopped,
		.ctx = r,
	};
}

static inline int rig_try_start(struct rig *r)
{
	r->service = NULL;
	atomic_store(&r->code, -1);
	err_clear(&r->start_err);
	assert_int_equal(uv_sem_init(&r->ready, 0), 0);
	assert_int_equal(uv_thread_create(&r->thread, rig_run, r), 0);
	uv_sem_wait(&r->ready);
	uv_sem_destroy(&r->ready);
	if (r->start_rc != 0)
		(void)uv_thread_join(&r->thread);
	return r->start_rc;
}

static inline void rig_start(struct rig *r)
{
	if (rig_try_start(r) != 0)
		fail_msg("start: %s", r->start_err.text);
}

/* Waits for a service that stops by itself. Returns its exit code. */
static inline int rig_join(struct rig *r)
{
	(void)uv_thread_join(&r->thread);
	return atomic_load(&r->code);
}

static inline int rig_stop(struct rig *r)
{
	(void)uv_async_send(&r->stop);
	return rig_join(r);
}

static inline void rig_fini(struct rig *r)
{
	rig_remove_folder(r->dir);
}

/* ---- batches ---------------------------------------------------------------------------------------------- */

struct batch {
	struct buf bytes;
	size_t n;
};

static inline void batch_init(struct batch *b)
{
	*b = (struct batch){ .n = 0 };
	buf_init(&b->bytes, &mem_heap, 16 * 1024 * 1024);
}

static inline void batch_fini(struct batch *b)
{
	buf_fini(&b->bytes);
}

/* A usage event with the number as its id. */
static inline struct event rig_event(uint64_t number, char id[24])
{
	int n = snprintf(id, 24, "e%llu", (unsigned long long)number);

	return (struct event){
		.id = { id, (size_t)n },
		.source = STR("/test"),
		.subject = STR("1234567"),
		.time = (event_ms)RIG_DAY * MS_PER_DAY,
		.recorded = (event_ms)RIG_DAY * MS_PER_DAY,
		.kind = FACT_USAGE,
		.u.usage = { .customer = STR("c1"),
			.product = STR("Azure Firewall"),
			.month = 24281,
			.association = ASSOC_PAL,
			.measure = MEASURE_ACR,
			.amount_micro = (int64_t)number },
	};
}

static inline void batch_add_event(struct batch *b, const struct event *ev)
{
	assert_int_equal(wire_encode_event(ev, &b->bytes), 0);
	b->n++;
}

static inline void batch_add(struct batch *b, uint64_t number)
{
	char id[24];
	struct event ev = rig_event(number, id);

	batch_add_event(b, &ev);
}

static inline void batch_range(struct batch *b, uint64_t from, uint64_t until)
{
	buf_reset(&b->bytes);
	b->n = 0;
	for (uint64_t n = from; n < until; n++)
		batch_add(b, n);
}

/* ---- the client ------------------------------------------------------------------------------------------- */

struct client {
	void *ctx, *socket;
	struct arena arena; /* of the last frame received */
	struct buf out;
	zmq_msg_t in;
	uint64_t requests;
};

static inline void client_set(struct client *c, int option, int value)
{
	assert_int_equal(zmq_setsockopt(c->socket, option, &value, sizeof value), 0);
}

static inline void client_open(struct client *c, const char *endpoint)
{
	memset(c, 0, sizeof *c);
	c->ctx = zmq_ctx_new();
	c->socket = zmq_socket(c->ctx, ZMQ_DEALER);
	client_set(c, ZMQ_LINGER, 0);
	client_set(c, ZMQ_RCVTIMEO, RIG_DEADLINE_MS);
	client_set(c, ZMQ_SNDTIMEO, RIG_DEADLINE_MS);
	client_set(c, ZMQ_SNDHWM, 0);
	client_set(c, ZMQ_RCVHWM, 0);
	client_set(c, ZMQ_RECONNECT_IVL, 10);
	assert_int_equal(zmq_connect(c->socket, endpoint), 0);
	arena_init(&c->arena, &mem_heap, 256 * 1024 * 1024);
	buf_init(&c->out, &mem_heap, 16 * 1024 * 1024);
	(void)zmq_msg_init(&c->in);
}

static inline void client_close(struct client *c)
{
	(void)zmq_msg_close(&c->in);
	(void)zmq_close(c->socket);
	(void)zmq_ctx_term(c->ctx);
	arena_fini(&c->arena);
	buf_fini(&c->out);
}

/* Opens a client on one of the default endpoints of a data folder. */
static inline void client_open_in(struct client *c, const char *dir, const char *name)
{
	char endpoint[128];

	(void)snprintf(endpoint, sizeof endpoint, "ipc://%s/run/%s.sock", dir, name);
	client_open(c, endpoint);
}

static inline void client_send_raw(struct client *c, const struct span *frames, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_true(zmq_send(c->socket, frames[i].p, frames[i].n,
				    i + 1 < n ? ZMQ_SNDMORE : 0) >= 0);
}

static inline void client_send(struct client *c, const struct frame *f, const struct span *body)
{
	struct span frames[2];

	buf_reset(&c->out);
	assert_int_equal(frame_encode(f, &c->out), 0);
	frames[0] = buf_span(&c->out);
	if (body != NULL)
		frames[1] = *body;
	client_send_raw(c, frames, body != NULL ? 2 : 1);
}

/* Takes a frame when one is there within the time. A body is dropped. */
static inline bool client_try_receive(struct client *c, int timeout_ms, struct frame *ret_f)
{
	struct err e = { 0 };
	zmq_pollitem_t item = { c->socket, 0, ZMQ_POLLIN, 0 };

	if (zmq_poll(&item, 1, timeout_ms) <= 0)
		return false;
	assert_true(zmq_msg_recv(&c->in, c->socket, 0) >= 0);
	arena_reset(&c->arena);
	if (frame_decode((struct span){ zmq_msg_data(&c->in), zmq_msg_size(&c->in) }, &c->arena,
		    ret_f, &e) != 0)
		fail_msg("an answer that is no frame: %s", e.text);
	while (zmq_msg_more(&c->in)) {
		zmq_msg_t body;

		(void)zmq_msg_init(&body);
		assert_true(zmq_msg_recv(&body, c->socket, 0) >= 0);
		(void)zmq_msg_move(&c->in, &body);
		(void)zmq_msg_close(&body);
	}
	return true;
}

/* The texts of the frame stay valid until the next one is received. */
static inline void client_receive(struct client *c, enum frame_kind want, struct frame *ret_f)
{
	if (!client_try_receive(c, RIG_DEADLINE_MS, ret_f))
		fail_msg("no answer of kind %d within the deadline", (int)want);
	if (ret_f->kind == FRAME_FAILURE && want != FRAME_FAILURE)
		fail_msg("Failure: " STR_FMT, STR_ARG(ret_f->u.failure.detail));
	assert_int_equal(ret_f->kind, want);
}

static inline void client_publish(struct client *c, uint64_t number, const struct batch *b)
{
	struct frame f = { .kind = FRAME_PUBLISH };
	struct span body = buf_span(&b->bytes);

	f.u.publish.batch = number;
	client_send(c, &f, &body);
}

/* Publishes and waits for the acknowledgement. */
static inline void client_exchange(
	struct client *c, uint64_t number, const struct batch *b, struct frame *ret_f)
{
	client_publish(c, number, b);
	client_receive(c, FRAME_ACKNOWLEDGE, ret_f);
	assert_int_equal(ret_f->u.acknowledge.batch, number);
}

static inline void client_status(struct client *c, struct frame *ret_f)
{
	struct frame f = { .kind = FRAME_STATUS_QUERY };

	f.u.status_query.request = ++c->requests;
	client_send(c, &f, NULL);
	client_receive(c, FRAME_STATUS_ANSWER, ret_f);
	assert_int_equal(ret_f->u.status_answer.request, c->requests);
}

static inline uint64_t frame_counter(const struct frame *f, const char *name)
{
	for (size_t i = 0; i < f->u.status_answer.n_counters; i++) {
		if (str_eq(f->u.status_answer.counters[i].name, str_from(name)))
			return f->u.status_answer.counters[i].value;
	}
	fail_msg("no counter %s", name);
	return 0;
}

static inline uint64_t client_counter(struct client *c, const char *name)
{
	struct frame f;

	client_status(c, &f);
	return frame_counter(&f, name);
}

/* Asks until the counter is at least `want`; fails at the deadline. Each round waits for an answer. */
static inline void client_await_counter(struct client *c, const char *name, uint64_t want)
{
	uint64_t until = uv_hrtime() + RIG_DEADLINE_MS * 1000000ULL, value;

	do
		value = client_counter(c, name);
	while (value < want && uv_hrtime() < until);
	if (value < want)
		fail_msg("%s stays at %llu, %llu wanted", name, (unsigned long long)value,
			(unsigned long long)want);
}

/* ---- what the log holds ----------------------------------------------------------------------------------- */

typedef void (*rig_visit)(void *ctx, uint64_t position, const struct event *ev);

/* Visits every event of a log that no service has open. Returns how many there are. */
static inline uint64_t rig_read_log(const char *dir, rig_visit visit, void *ctx)
{
	char path[96];
	struct store_options options = { .path = path };
	struct store *store = NULL;
	struct err e = { 0 };
	struct arena arena;
	struct buf bytes;
	uint64_t position, end;

	(void)snprintf(path, sizeof path, "%s/events", dir);
	if (store_open(&options, &store, &e) != 0)
		fail_msg("%s", e.text);
	arena_init(&arena, &mem_heap, 256 * 1024 * 1024);
	buf_init(&bytes, &mem_heap, 64 * 1024 * 1024);
	position = store_first(store);
	end = store_end(store);
	while (position < end) {
		uint32_t size, count;
		struct event *events = NULL;
		size_t n_units = 0, n = 0;
		uint64_t first = 0;

		assert_int_equal(store_read(store, position, 1, 1, &bytes, &size, &count, 1,
					 &n_units, &first, &e),
			0);
		assert_int_equal(n_units, 1);
		assert_int_equal(first, position);
		arena_reset(&arena);
		assert_int_equal(
			wire_decode_logged_events(buf_span(&bytes), &arena, &events, &n, &e), 0);
		assert_int_equal(n, count);
		for (size_t i = 0; i < n && visit != NULL; i++)
			visit(ctx, first + i, &events[i]);
		position += count;
	}
	buf_fini(&bytes);
	arena_fini(&arena);
	store_close(store);
	return end;
}

/* How often each number of rig_event() is in the log. */
struct tally {
	uint8_t *seen;
	uint64_t n;
};

static inline void rig_tally(void *ctx, uint64_t position, const struct event *ev)
{
	struct tally *t = ctx;
	char id[24];
	uint64_t number;

	(void)position;
	if (ev->kind != FACT_USAGE)
		return;
	(void)snprintf(id, sizeof id, STR_FMT, STR_ARG(ev->id));
	number = strtoull(id + 1, NULL, 10);
	assert_true(number < t->n);
	assert_int_equal(ev->u.usage.amount_micro, (int64_t)number);
	t->seen[number]++;
}

/* Every number below n once, and nothing else of that kind. */
static inline void rig_assert_once(const char *dir, uint64_t n)
{
	struct tally t = { calloc(n + 1, 1), n };

	(void)rig_read_log(dir, rig_tally, &t);
	for (uint64_t i = 0; i < n; i++) {
		if (t.seen[i] != 1)
			fail_msg("event %llu is in the log %d times", (unsigned long long)i,
				t.seen[i]);
	}
	free(t.seen);
}

#endif
