/* Questions and answers over real sockets. */
#include "net.h"

#include <pthread.h>

#include "common/io/query.h"
#include "common/io/reply.h"

enum manner {
	ANSWER,		  /* as asked */
	ANSWER_BACKWARDS, /* the last question first, once all have come */
	SILENT,
	OTHER_KIND,
	FAIL_BY_NUMBER,
	FAIL_WITHOUT_NUMBER,
	GARBAGE_FIRST, /* bytes that are no frame, an answer nobody asked for, then the answer */
};

struct service {
	struct bus_socket *s;
	struct arena arena;
	struct buf scratch;
	enum manner manner;
	const char *reason;
	uint64_t n, n_wanted;
	uint64_t requests[QUERY_OPEN_MAX];
};

static void answer(struct service *v, const struct bus_peer *peer, uint64_t request)
{
	struct frame f = { .kind = FRAME_STATUS_ANSWER };

	f.u.status_answer.request = request;
	f.u.status_answer.service = STR("test");
	f.u.status_answer.version = STR("1");
	f.u.status_answer.state = STR("running");
	f.u.status_answer.health = HEALTH_HEALTHY;
	assert_int_equal(reply_frame(v->s, peer, &f, &v->scratch), 0);
}

static void answer_other(struct service *v, const struct bus_peer *peer, uint64_t request)
{
	struct frame f = { .kind = FRAME_DEAD_LETTER_ANSWER };

	f.u.dead_letter_answer.request = request;
	assert_int_equal(reply_frame(v->s, peer, &f, &v->scratch), 0);
}

static void service_on_message(void *ctx, struct bus_socket *s, struct bus_message *m)
{
	struct service *v = ctx;
	struct frame f;
	uint64_t request;

	arena_reset(&v->arena);
	assert_int_equal(reply_decode(s, m, &v->arena, &f, &v->scratch), 0);
	assert_int_equal(f.kind, FRAME_STATUS_QUERY);
	request = f.u.status_query.request;
	v->requests[v->n++ % QUERY_OPEN_MAX] = request;
	if (v->manner == ANSWER)
		answer(v, &m->peer, request);
	else if (v->manner == OTHER_KIND)
		answer_other(v, &m->peer, request);
	else if (v->manner == FAIL_BY_NUMBER || v->manner == FAIL_WITHOUT_NUMBER)
		(void)reply_failure(s, &m->peer, v->manner == FAIL_BY_NUMBER ? request : 0,
			v->reason, "the detail", &v->scratch);
	if (v->manner == ANSWER_BACKWARDS && v->n == v->n_wanted)
		for (uint64_t i = v->n; i-- > 0;)
			answer(v, &m->peer, v->requests[i]);
	if (v->manner == GARBAGE_FIRST) {
		assert_int_equal(bus_send(s, &m->peer, &(struct span){ "\xff\xff", 2 }, 1), 0);
		answer(v, &m->peer, request + 1000);
		answer(v, &m->peer, request);
	}
}

static void service_open(struct service *v, struct net *net)
{
	struct bus_options o = { .type = ZMQ_ROUTER,
		.max_message = WIRE_FRAME_MAX,
		.high_water = 1000,
		.on_message = service_on_message,
		.ctx = v };

	arena_init(&v->arena, &mem_heap, 1 << 20);
	buf_init(&v->scratch, &mem_heap, WIRE_FRAME_MAX);
	assert_int_equal(bus_open(net->bus, &o, &v->s, NULL), 0);
	assert_int_equal(bus_bind(v->s, net->endpoint, NULL), 0);
}

static void service_close(struct service *v)
{
	bus_close(&v->s);
	arena_fini(&v->arena);
	buf_fini(&v->scratch);
}

struct asker {
	struct query_client *q;
	uint64_t n, want;
	uint64_t last_request;
	int rc;
	char text[ERR_TEXT_MAX];
	bool has_answer;
	enum frame_kind kind;
	bool backwards;
	bool close; /* from the callback */
};

static void on_answer(
	void *ctx, uint64_t request, int rc, const struct frame *f, const struct err *e)
{
	struct asker *a = ctx;

	a->backwards = a->n > 0 && request < a->last_request;
	a->last_request = request;
	a->n++;
	a->rc = rc;
	a->has_answer = f != NULL;
	a->kind = f != NULL ? f->kind : FRAME_NONE;
	assert_int_equal(rc, e->code);
	(void)snprintf(a->text, sizeof(a->text), "%s", e->text);
	if (rc == 0 && f->kind == FRAME_STATUS_ANSWER)
		assert_int_equal(f->u.status_answer.request, request);
	if (a->close)
		query_client_close(&a->q);
}

static bool is_answered(void *ctx)
{
	struct asker *a = ctx;

	return a->n >= a->want;
}

static int ask_status(struct asker *a, uint64_t timeout_ms)
{
	struct frame f = { .kind = FRAME_STATUS_QUERY };

	return query_send(a->q, &f, timeout_ms, on_answer, a, NULL);
}

struct row {
	const char *name;
	enum manner manner;
	const char *reason;
	uint64_t timeout_ms;
	int want;
	enum frame_kind want_kind;
	const char *want_text;
};

static const struct row rows[] = {
	{ "an answer comes back", ANSWER, NULL, 30000, 0, FRAME_STATUS_ANSWER, "" },
	{ "what is not an answer is passed over", GARBAGE_FIRST, NULL, 30000, 0,
		FRAME_STATUS_ANSWER, "" },
	{ "silence ends with the timeout", SILENT, NULL, 30, ERR_TIMEOUT, FRAME_NONE, "30 ms" },
	{ "an answer of another kind is a breach", OTHER_KIND, NULL, 30000, ERR_PROTOCOL,
		FRAME_NONE, "another question" },
	{ "a Failure is an answer", FAIL_BY_NUMBER, "unknown-partner", 30000, 0, FRAME_FAILURE,
		"" },
	{ "a Failure without a number belongs to the only question", FAIL_WITHOUT_NUMBER,
		"protocol", 30000, 0, FRAME_FAILURE, "" },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	struct net net;
	struct service v = { .manner = row->manner, .reason = row->reason };
	struct asker a = { .want = 1 };

	net_start(&net);
	service_open(&v, &net);
	assert_int_equal(query_client_create(net.bus, &net.loop, net.endpoint, &a.q, NULL), 0);
	assert_int_equal(ask_status(&a, row->timeout_ms), 0);
	net_run_until(&net, is_answered, &a);
	assert_int_equal(a.rc, row->want);
	assert_int_equal(a.kind, row->want_kind);
	assert_non_null(strstr(a.text, row->want_text));
	query_client_close(&a.q);
	service_close(&v);
	net_stop(&net);
	assert_int_equal(a.n, 1);
}

static void test_a_question_waits_for_the_service(void **state)
{
	struct net net;
	struct service v = { .manner = ANSWER };
	struct asker a = { .want = 1, .close = true };

	(void)state;
	net_start(&net);
	assert_int_equal(query_client_create(net.bus, &net.loop, net.endpoint, &a.q, NULL), 0);
	assert_int_equal(ask_status(&a, 30000), 0);
	(void)uv_run(&net.loop, UV_RUN_NOWAIT);
	service_open(&v, &net);
	net_run_until(&net, is_answered, &a);
	assert_int_equal(a.rc, 0);
	assert_null(a.q);
	service_close(&v);
	net_stop(&net);
}

static void test_nobody_there_says_so(void **state)
{
	struct net net;
	struct asker a = { .want = 1 };

	(void)state;
	net_start(&net);
	assert_int_equal(query_client_create(net.bus, &net.loop, net.endpoint, &a.q, NULL), 0);
	assert_int_equal(ask_status(&a, 20), 0);
	net_run_until(&net, is_answered, &a);
	assert_int_equal(a.rc, ERR_TIMEOUT);
	assert_non_null(strstr(a.text, "running"));
	query_client_close(&a.q);
	net_stop(&net);
}

static void test_many_questions_find_their_answers_in_any_order(void **state)
{
	struct net net;
	struct service v = { .manner = ANSWER_BACKWARDS, .n_wanted = QUERY_OPEN_MAX };
	struct asker a = { .want = QUERY_OPEN_MAX };
	struct frame no_question = { .kind = FRAME_STATUS_ANSWER };

	(void)state;
	net_start(&net);
	service_open(&v, &net);
	assert_int_equal(query_client_create(net.bus, &net.loop, net.endpoint, &a.q, NULL), 0);
	assert_int_equal(query_send(a.q, &no_question, 1, on_answer, &a, NULL), ERR_INVALID);
	for (int i = 0; i < QUERY_OPEN_MAX; i++)
		assert_int_equal(ask_status(&a, 30000), 0);
	assert_int_equal(ask_status(&a, 30000), ERR_AGAIN);
	net_run_until(&net, is_answered, &a);
	assert_true(a.backwards);
	assert_int_equal(a.rc, 0);
	v.n = 0;
	v.manner = ANSWER;
	a.want++;
	assert_int_equal(ask_status(&a, 30000), 0);
	net_run_until(&net, is_answered, &a);
	query_client_close(&a.q);
	service_close(&v);
	net_stop(&net);
}

/* ---- asking and waiting ----------------------------------------------------------------------------------- */

/* A service on a thread of its own: answers one question and is done. */
static void *serve_one(void *arg)
{
	void *s = arg;
	struct frame f, a = { .kind = FRAME_STATUS_ANSWER };
	struct arena ar;
	struct buf b;
	char id[256], bytes[1024];
	int n_id, n;

	n_id = zmq_recv(s, id, sizeof(id), 0);
	n = zmq_recv(s, bytes, sizeof(bytes), 0);
	arena_init(&ar, &mem_heap, 1 << 20);
	buf_init(&b, &mem_heap, WIRE_FRAME_MAX);
	if (n_id > 0 && n > 0 &&
		frame_decode((struct span){ bytes, (size_t)n }, &ar, &f, NULL) == 0) {
		a.u.status_answer.request = f.u.status_query.request;
		a.u.status_answer.service = STR("thread");
		a.u.status_answer.version = STR("1");
		a.u.status_answer.state = STR("running");
		a.u.status_answer.health = HEALTH_DEGRADED;
		if (frame_encode(&a, &b) == 0) {
			(void)zmq_send(s, id, (size_t)n_id, ZMQ_SNDMORE);
			(void)zmq_send(s, b.p, b.n, 0);
		}
	}
	buf_fini(&b);
	arena_fini(&ar);
	return NULL;
}

static void test_asking_waits_for_the_answer(void **state)
{
	struct net net;
	void *ctx = zmq_ctx_new();
	void *s = zmq_socket(ctx, ZMQ_ROUTER);
	struct frame question = { .kind = FRAME_STATUS_QUERY }, got;
	struct arena ar;
	struct err e = { 0 };
	pthread_t thread;
	int linger = NET_DEADLINE_MS;

	(void)state;
	net_start(&net);
	assert_int_equal(zmq_setsockopt(s, ZMQ_LINGER, &linger, sizeof(linger)), 0);
	assert_int_equal(zmq_bind(s, net.endpoint), 0);
	assert_int_equal(pthread_create(&thread, NULL, serve_one, s), 0);
	arena_init(&ar, &mem_heap, 1 << 20);
	assert_int_equal(query_ask(net.endpoint, &question, NET_DEADLINE_MS, &ar, &got, &e), 0);
	assert_int_equal(got.kind, FRAME_STATUS_ANSWER);
	assert_true(str_eq(got.u.status_answer.service, STR("thread")));
	assert_int_equal(got.u.status_answer.health, HEALTH_DEGRADED);
	arena_fini(&ar);
	assert_int_equal(pthread_join(thread, NULL), 0);
	zmq_close(s);
	zmq_ctx_term(ctx);
	net_stop(&net);
}

static void test_asking_where_nobody_listens_fails_at_once(void **state)
{
	struct net net;
	struct frame question = { .kind = FRAME_STATUS_QUERY }, got;
	struct arena ar;
	struct err e = { 0 };
	void *ctx = zmq_ctx_new();
	void *mute = zmq_socket(ctx, ZMQ_ROUTER);

	(void)state;
	net_start(&net);
	arena_init(&ar, &mem_heap, 1 << 20);
	assert_int_equal(
		query_ask(net.endpoint, &question, NET_DEADLINE_MS, &ar, &got, &e), ERR_CLOSED);
	assert_non_null(strstr(e.text, "running"));
	assert_int_equal(
		query_ask("tcp://10.0.0.1:1", &question, 1, &ar, &got, &e), ERR_UNSUPPORTED);
	assert_int_equal(query_ask("nonsense", &question, 1, &ar, &got, &e), ERR_INVALID);
	/* Somebody listens and never answers. */
	assert_int_equal(zmq_bind(mute, net.endpoint), 0);
	assert_int_equal(query_ask(net.endpoint, &question, 20, &ar, &got, &e), ERR_TIMEOUT);
	question.kind = FRAME_READ;
	assert_int_equal(query_ask(net.endpoint, &question, 20, &ar, &got, &e), ERR_INVALID);
	arena_fini(&ar);
	zmq_close(mute);
	zmq_ctx_term(ctx);
	net_stop(&net);
}

#define FIXED(f)                                                                                   \
	{                                                                                          \
		.name = #f, .test_func = f                                                         \
	}

int main(void)
{
	static const struct CMUnitTest fixed[] = {
		FIXED(test_a_question_waits_for_the_service),
		FIXED(test_nobody_there_says_so),
		FIXED(test_many_questions_find_their_answers_in_any_order),
		FIXED(test_asking_waits_for_the_answer),
		FIXED(test_asking_where_nobody_listens_fails_at_once),
	};
	struct CMUnitTest tests[ARRAY_LEN(fixed) + ARRAY_LEN(rows)];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		tests[n++] = fixed[i];
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = test_row,
			.initial_state = (void *)(uintptr_t)&rows[i] };
	return cmocka_run_group_tests_name("query", tests, NULL, NULL);
}
