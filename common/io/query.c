#include "common/io/query.h"

#include <stdio.h>
#include <string.h>

#define HIGH_WATER (2 * QUERY_OPEN_MAX)
#define ARENA_MAX  ((size_t)64 * 1024 * 1024)

/* Questions, the answers they get, and where the request number stands in both. */
#define QUERY_TABLE(X)                                                                             \
	X(FRAME_STATUS_QUERY, FRAME_STATUS_ANSWER, status_query, status_answer)                    \
	X(FRAME_SCORE_QUERY, FRAME_SCORE_ANSWER, score_query, score_answer)                        \
	X(FRAME_PARTNERS_QUERY, FRAME_PARTNERS_ANSWER, partners_query, partners_answer)            \
	X(FRAME_HISTORY_QUERY, FRAME_HISTORY_ANSWER, history_query, history_answer)                \
	X(FRAME_FORECAST_QUERY, FRAME_FORECAST_ANSWER, forecast_query, forecast_answer)            \
	X(FRAME_REHEARSE_QUERY, FRAME_REHEARSE_ANSWER, rehearse_query, rehearse_answer)            \
	X(FRAME_SIMULATE_QUERY, FRAME_SIMULATE_ANSWER, simulate_query, simulate_answer)            \
	X(FRAME_PLAN_QUERY, FRAME_PLAN_ANSWER, plan_query, plan_answer)                            \
	X(FRAME_CHRONICLE_QUERY, FRAME_CHRONICLE_ANSWER, chronicle_query, chronicle_answer)        \
	X(FRAME_DEAD_LETTER_QUERY, FRAME_DEAD_LETTER_ANSWER, dead_letter_query, dead_letter_answer)

static enum frame_kind answer_of(enum frame_kind question)
{
	switch ((int)question) {
#define X(query, answer, query_field, answer_field)                                                \
	case query:                                                                                \
		return answer;
		QUERY_TABLE(X)
#undef X
	default:
		return FRAME_NONE;
	}
}

/* The request number of a question, an answer or a Failure; NULL for other frames. */
static uint64_t *request_of(struct frame *f)
{
	switch ((int)f->kind) {
#define X(query, answer, query_field, answer_field)                                                \
	case query:                                                                                \
		return &f->u.query_field.request;                                                  \
	case answer:                                                                               \
		return &f->u.answer_field.request;
		QUERY_TABLE(X)
#undef X
	case FRAME_FAILURE:
		return &f->u.failure.request;
	default:
		return NULL;
	}
}

struct question {
	uint64_t request; /* 0: the slot is free */
	enum frame_kind answer;
	uint64_t asked_ms, timeout_ms; /* of the loop's clock */
	struct buf bytes;	       /* until it is sent */
	bool sent;
	query_on_answer on_answer;
	void *ctx;
};

struct query_client {
	uv_loop_t *loop;
	struct bus_socket *socket;
	char endpoint[160]; /* for messages */
	uint64_t last_request;
	struct question open[QUERY_OPEN_MAX];
	size_t n_open;
	uv_timer_t timer;
	bool closing;
	struct arena own;
	struct arena *arena; /* of answers: `own`, or the caller's of query_ask() */
};

/* ---- timeouts --------------------------------------------------------------------------------------------- */

static void on_timer(uv_timer_t *h);

static uint64_t left_ms(const struct query_client *q, const struct question *o)
{
	uint64_t passed = uv_now(q->loop) - o->asked_ms;

	return passed >= o->timeout_ms ? 0 : o->timeout_ms - passed;
}

static void set_timer(struct query_client *q)
{
	uint64_t nearest = UINT64_MAX;

	for (size_t i = 0; i < QUERY_OPEN_MAX; i++)
		if (q->open[i].request != 0 && left_ms(q, &q->open[i]) < nearest)
			nearest = left_ms(q, &q->open[i]);
	if (nearest == UINT64_MAX)
		(void)uv_timer_stop(&q->timer);
	else
		(void)uv_timer_start(&q->timer, on_timer, nearest, 0);
}

/* Frees the slot, then tells: the callback may ask again, or close the client. */
static void finish(struct query_client *q, struct question *o, int rc, const struct frame *answer,
	const struct err *e)
{
	struct question done = *o;

	buf_fini(&o->bytes);
	memset(o, 0, sizeof(*o));
	q->n_open--;
	done.on_answer(done.ctx, done.request, rc, answer, e);
}

static void on_timer(uv_timer_t *h)
{
	struct query_client *q = h->data;

	for (size_t i = 0; i < QUERY_OPEN_MAX && !q->closing; i++) {
		struct question *o = &q->open[i];
		struct err e = { 0 };

		if (o->request == 0 || left_ms(q, o) > 0)
			continue;
		(void)err_set(&e, ERR_TIMEOUT, "no answer from %s in %llu ms%s", q->endpoint,
			(unsigned long long)o->timeout_ms,
			o->sent ? "" : ": nobody is there; is the service running?");
		finish(q, o, ERR_TIMEOUT, NULL, &e);
	}
	if (!q->closing)
		set_timer(q);
}

/* ---- asking ----------------------------------------------------------------------------------------------- */

static void send_question(struct query_client *q, struct question *o)
{
	struct span bytes = buf_span(&o->bytes);

	if (bus_send(q->socket, NULL, &bytes, 1) != 0)
		return; /* on_writable tries again */
	o->sent = true;
	buf_fini(&o->bytes);
}

static void on_writable(void *ctx, struct bus_socket *s)
{
	struct query_client *q = ctx;

	(void)s;
	for (size_t i = 0; i < QUERY_OPEN_MAX; i++)
		if (q->open[i].request != 0 && !q->open[i].sent)
			send_question(q, &q->open[i]);
}

static struct question *find(struct query_client *q, uint64_t request)
{
	for (size_t i = 0; i < QUERY_OPEN_MAX; i++)
		if (q->open[i].request == request)
			return &q->open[i];
	return NULL;
}

int query_send(struct query_client *q, const struct frame *question, uint64_t timeout_ms,
	query_on_answer on_answer, void *ctx, uint64_t *ret_request)
{
	struct question *o = find(q, 0);
	struct frame f = *question;
	int rc;

	if (answer_of(f.kind) == FRAME_NONE)
		return ERR_INVALID;
	if (o == NULL)
		return ERR_AGAIN;
	*request_of(&f) = q->last_request + 1;
	buf_init(&o->bytes, &mem_heap, WIRE_BODY_MAX);
	rc = frame_encode(&f, &o->bytes);
	if (rc != 0) {
		buf_fini(&o->bytes);
		return rc;
	}
	o->request = ++q->last_request;
	o->answer = answer_of(f.kind);
	o->asked_ms = uv_now(q->loop);
	o->timeout_ms = timeout_ms;
	o->on_answer = on_answer;
	o->ctx = ctx;
	q->n_open++;
	if (ret_request != NULL)
		*ret_request = o->request;
	send_question(q, o);
	set_timer(q);
	return 0;
}

/* ---- answers ---------------------------------------------------------------------------------------------- */

/* A Failure that could not name its question belongs to the only one there is. */
static struct question *question_of(struct query_client *q, struct frame *f)
{
	uint64_t *request = request_of(f);

	if (request == NULL)
		return NULL;
	if (*request != 0)
		return find(q, *request);
	if (f->kind != FRAME_FAILURE || q->n_open != 1)
		return NULL;
	for (size_t i = 0; i < QUERY_OPEN_MAX; i++)
		if (q->open[i].request != 0)
			return &q->open[i];
	return NULL;
}

static void take_answer(struct query_client *q, struct question *o, const struct frame *f)
{
	struct err e = { 0 };

	if (f->kind == o->answer || f->kind == FRAME_FAILURE) {
		finish(q, o, 0, f, &e);
	} else {
		(void)err_set(&e, ERR_PROTOCOL, "%s answered another question", q->endpoint);
		finish(q, o, e.code, NULL, &e);
	}
}

static void on_message(void *ctx, struct bus_socket *s, struct bus_message *m)
{
	struct query_client *q = ctx;
	struct question *o;
	struct frame f;

	(void)s;
	if (q->arena == &q->own)
		arena_reset(q->arena);
	if (m->n_frames == 0 || frame_decode(bus_frame(m, 0), q->arena, &f, NULL) != 0)
		return;
	o = question_of(q, &f);
	if (o == NULL)
		return; /* too late, or nothing that was asked for */
	take_answer(q, o, &f);
	if (!q->closing)
		set_timer(q);
}

/* ---- opening and closing ---------------------------------------------------------------------------------- */

static void free_client(struct query_client *q)
{
	for (size_t i = 0; i < QUERY_OPEN_MAX; i++)
		if (q->open[i].request != 0)
			buf_fini(&q->open[i].bytes);
	arena_fini(&q->own);
	mem_free(&mem_heap, q, sizeof(*q));
}

int query_client_create(struct bus *bus, uv_loop_t *loop, const char *endpoint,
	struct query_client **ret_q, struct err *e)
{
	struct query_client *q = mem_zalloc(&mem_heap, sizeof(*q));
	struct bus_options o = { .type = ZMQ_DEALER,
		.max_message = WIRE_BODY_MAX,
		.high_water = HIGH_WATER,
		.on_message = on_message,
		.on_writable = on_writable,
		.ctx = q };
	int rc;

	if (q == NULL)
		return err_set(e, ERR_NOMEM, "client of %s", endpoint);
	q->loop = loop;
	q->arena = &q->own;
	arena_init(&q->own, &mem_heap, ARENA_MAX);
	rc = bus_open(bus, &o, &q->socket, e);
	if (rc == 0)
		rc = bus_connect(q->socket, endpoint, e);
	if (rc != 0) {
		bus_close(&q->socket);
		free_client(q);
		return rc;
	}
	(void)snprintf(q->endpoint, sizeof(q->endpoint), "%s", endpoint);
	(void)uv_timer_init(loop, &q->timer);
	q->timer.data = q;
	*ret_q = q;
	return 0;
}

static void on_closed(uv_handle_t *h)
{
	free_client(h->data);
}

void query_client_close(struct query_client **pq)
{
	struct query_client *q = *pq;

	if (q == NULL)
		return;
	*pq = NULL;
	q->closing = true;
	bus_close(&q->socket);
	uv_close((uv_handle_t *)&q->timer, on_closed);
}

/* ---- asking and waiting ----------------------------------------------------------------------------------- */

struct asking {
	struct query_client *q;
	struct frame *ret_answer;
	struct err *e;
	int rc;
};

static void on_asked(
	void *ctx, uint64_t request, int rc, const struct frame *answer, const struct err *e)
{
	struct asking *a = ctx;

	(void)request;
	a->rc = rc;
	if (rc == 0)
		*a->ret_answer = *answer;
	else
		(void)err_set(a->e, rc, "%s", e->text);
	query_client_close(&a->q); /* and the loop has nothing left to do */
}

static int ask_on(uv_loop_t *loop, struct bus *bus, const char *endpoint,
	const struct frame *question, unsigned timeout_ms, struct arena *ar, struct asking *a)
{
	int rc = query_client_create(bus, loop, endpoint, &a->q, a->e);

	if (rc != 0)
		return rc;
	a->q->arena = ar;
	rc = query_send(a->q, question, timeout_ms, on_asked, a, NULL);
	if (rc != 0) {
		(void)err_set(a->e, rc, "asking %s: %s", endpoint, err_text(rc));
		query_client_close(&a->q);
	}
	a->rc = rc;
	(void)uv_run(loop, UV_RUN_DEFAULT);
	return a->rc;
}

int query_ask(const char *endpoint, const struct frame *question, unsigned timeout_ms,
	struct arena *ar, struct frame *ret_answer, struct err *e)
{
	struct asking a = { .ret_answer = ret_answer, .e = e };
	struct bus *bus = NULL;
	uv_loop_t loop;
	int rc = bus_probe(endpoint, e);

	if (rc != 0)
		return rc;
	if (uv_loop_init(&loop) != 0)
		return err_set(e, ERR_NOMEM, "event loop");
	rc = bus_create(&loop, &bus, e);
	if (rc == 0)
		rc = ask_on(&loop, bus, endpoint, question, timeout_ms, ar, &a);
	(void)uv_run(&loop, UV_RUN_DEFAULT); /* what a failed start left to close */
	bus_destroy(bus);
	(void)uv_loop_close(&loop);
	return rc;
}
