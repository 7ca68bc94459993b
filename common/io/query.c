#include "common/io/query.h"

#include <uv.h>

#include "common/io/bus.h"

struct query {
	uv_loop_t loop;
	uv_timer_t timeout;
	struct bus *bus;
	struct bus_socket *socket;
	struct buf out;
	struct arena *ar;
	struct frame *answer;
	struct err *e;
	bool sent, done;
	int rc;
};

static void finish(struct query *q, int rc)
{
	if (q->done)
		return;
	q->done = true;
	q->rc = rc;
	if (q->socket != NULL)
		bus_close(&q->socket);
	uv_close((uv_handle_t *)&q->timeout, NULL);
}

static void on_timeout(uv_timer_t *timer)
{
	struct query *q = timer->data;

	finish(q, err_set(q->e, ERR_TIMEOUT, "no answer in time"));
}

/* The connection may not be there yet: then the bus calls again when it is. */
static void send_question(struct query *q)
{
	struct span bytes = buf_span(&q->out);
	int rc = bus_send(q->socket, NULL, &bytes, 1);

	q->sent = rc == 0;
	if (rc != 0 && rc != ERR_AGAIN)
		finish(q, err_set(q->e, rc, "the question cannot be sent: %s", err_text(rc)));
}

static void on_writable(void *ctx, struct bus_socket *s)
{
	struct query *q = ctx;

	(void)s;
	if (!q->sent && !q->done)
		send_question(q);
}

static void on_message(void *ctx, struct bus_socket *s, struct bus_message *m)
{
	struct query *q = ctx;
	struct span bytes;
	uint8_t *copy;

	(void)s;
	if (q->done || m->n_frames == 0)
		return;
	/* The decoded frame points into its bytes, so these must outlive the message. */
	bytes = bus_frame(m, 0);
	copy = arena_alloc(q->ar, bytes.n);
	if (copy == NULL) {
		finish(q, err_set(q->e, ERR_NOMEM, "out of memory"));
		return;
	}
	memcpy(copy, bytes.p, bytes.n);
	finish(q, frame_decode((struct span){ copy, bytes.n }, q->ar, q->answer, q->e));
}

static int open_socket(struct query *q, const char *endpoint, struct err *e)
{
	struct bus_options o = { .type = ZMQ_DEALER,
		.max_message = WIRE_BODY_MAX,
		.high_water = 16,
		.on_message = on_message,
		.on_writable = on_writable,
		.ctx = q };
	int rc = bus_create(&q->loop, &q->bus, e);

	if (rc == 0)
		rc = bus_open(q->bus, &o, &q->socket, e);
	return rc == 0 ? bus_connect(q->socket, endpoint, e) : rc;
}

int query_ask(const char *endpoint, const struct frame *question, unsigned timeout_ms,
	struct arena *ar, struct frame *ret_answer, struct err *e)
{
	struct query q = { .ar = ar, .answer = ret_answer, .e = e };
	int rc;

	buf_init(&q.out, &mem_heap, WIRE_BODY_MAX);
	rc = frame_encode(question, &q.out);
	if (rc != 0) {
		buf_fini(&q.out);
		return err_set(e, rc, "the question cannot be encoded: %s", err_text(rc));
	}
	(void)uv_loop_init(&q.loop);
	(void)uv_timer_init(&q.loop, &q.timeout);
	q.timeout.data = &q;
	(void)uv_timer_start(&q.timeout, on_timeout, timeout_ms, 0);
	rc = open_socket(&q, endpoint, e);
	if (rc != 0)
		finish(&q, rc);
	else
		send_question(&q);
	(void)uv_run(&q.loop, UV_RUN_DEFAULT);
	bus_destroy(q.bus);
	(void)uv_loop_close(&q.loop);
	buf_fini(&q.out);
	return q.rc;
}
