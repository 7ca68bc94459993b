/* Events into batches, batches to the producer.
 *
 * A batch that cannot go out because the window is full stays where it is, and the next event is answered with
 * CAPSCORE_E_AGAIN; it goes out with the next poll that finds room. */
#include "services/client/client_internal.h"

#include <stdlib.h>
#include <string.h>

#include "common/wire/cloud_event.h"
#include "common/wire/pb.h"

static struct producer_limits limits_of(const struct capscore_client *c)
{
	struct producer_limits limits;

	producer_limits_get(c->producer, &limits);
	if (c->options.batch_events < limits.batch_events)
		limits.batch_events = c->options.batch_events;
	return limits;
}

/* ---- batches ---------------------------------------------------------------------------------------------- */

int client_remember(struct capscore_client *c, const struct client_sent *s)
{
	if (c->n_sent == c->cap_sent) {
		size_t cap = c->cap_sent == 0 ? 64 : 2 * c->cap_sent;
		struct client_sent *grown = malloc(cap * sizeof *grown);

		if (grown == NULL)
			return ERR_NOMEM;
		for (size_t i = 0; i < c->n_sent; i++)
			grown[i] = c->sent[(c->first + i) % c->cap_sent];
		free(c->sent);
		c->sent = grown;
		c->first = 0;
		c->cap_sent = cap;
	}
	c->sent[(c->first + c->n_sent++) % c->cap_sent] = *s;
	return 0;
}

/* Gives a batch to the producer. The place in the ring is made first, so that nothing under way is forgotten. */
static int hand_over(struct capscore_client *c, enum wire_content content, struct span body,
	struct client_sent *s, struct capscore_error *e)
{
	int rc = client_remember(c, s);

	if (rc == 0) {
		struct client_sent *last = &c->sent[(c->first + c->n_sent - 1) % c->cap_sent];
		bool idle = producer_is_idle(c->producer);

		if (idle)
			uv_update_time(&c->loop); /* it may not have run for a while */
		rc = producer_send_as(c->producer, content, body, s->n_events, &last->batch);
		if (rc != 0)
			c->n_sent--;
		else if (idle)
			c->awaited_ms = uv_now(&c->loop);
	}
	if (rc == ERR_AGAIN)
		return client_fail(e, rc, "%u events are under way, the window is full",
			producer_in_flight(c->producer));
	return rc == 0 ? 0
		       : client_fail(e, rc, "sending a batch of %u events, %zu bytes: %s",
				 s->n_events, body.n, capscore_error_text(rc));
}

/* Sends the first n_bytes of the batch, which are its c->n events; what stands behind them is kept. */
static int send_filled(struct capscore_client *c, size_t n_bytes, struct capscore_error *e)
{
	struct client_sent s = { .n_events = c->n, .tags = c->tags };
	int rc = hand_over(c, CONTENT_EVENT_BATCH, (struct span){ c->batch.p, n_bytes }, &s, e);

	c->push_due = rc == ERR_AGAIN;
	if (rc != 0)
		return rc;
	(void)uv_timer_stop(&c->linger);
	memmove(c->batch.p, c->batch.p + n_bytes, c->batch.n - n_bytes);
	c->batch.n -= n_bytes;
	c->n = 0;
	c->tags = NULL;
	return 0;
}

int capscore_client_push(struct capscore_client *c, struct capscore_error *e)
{
	int rc = client_check(c, e);

	return rc != 0 || c->n == 0 ? rc : send_filled(c, c->batch.n, e);
}

void client_on_linger(uv_timer_t *timer)
{
	(void)capscore_client_push(timer->data, NULL);
}

void client_on_writable(void *ctx)
{
	struct capscore_client *c = ctx;

	if (c->push_due)
		(void)capscore_client_push(c, NULL);
}

/* ---- one event -------------------------------------------------------------------------------------------- */

static int fail_fault(const struct json_fault *f, struct capscore_error *e, int rc)
{
	if (f->line == 0)
		return client_fail(e, rc, "%s: %s", refusal_name(f->refusal), f->text);
	return client_fail(e, rc, "%s: line %u, column %u: %s", refusal_name(f->refusal), f->line,
		f->column, f->text);
}

/* What is checked here, and travels as an Event whatever it came as. */
static int put_checked(struct capscore_client *c, enum capscore_event_format format,
	const void *bytes, size_t n, struct capscore_error *e)
{
	struct json_fault fault = { 0 };
	struct event ev;
	int rc;

	arena_reset(&c->events);
	if (format == CAPSCORE_JSON)
		rc = event_from_json((struct str){ bytes, n }, &c->events, &ev, &fault);
	else
		rc = event_from_cloud((struct span){ bytes, n }, &c->events, &ev, &fault);
	return rc != 0 ? fail_fault(&fault, e, rc) : wire_encode_event(&ev, &c->batch);
}

/* An Event with tag and length before it is an entry of a batch. */
static int put_event(struct capscore_client *c, const void *bytes, size_t n)
{
	int rc = buf_reserve(&c->batch, n + PB_TAG_MAX + PB_LENGTH_MAX);

	if (rc == 0)
		c->batch.n =
			(size_t)(pb_put_bytes(c->batch.p + c->batch.n, 1, bytes, n) - c->batch.p);
	return rc;
}

static int put(struct capscore_client *c, enum capscore_event_format format, const void *bytes,
	size_t n, struct capscore_error *e)
{
	int rc;

	if (n > WIRE_BATCH_BYTES_MAX)
		return client_fail(
			e, ERR_FULL, "an event of %zu bytes, at most %zu", n, WIRE_BATCH_BYTES_MAX);
	switch (format) {
	case CAPSCORE_JSON:
	case CAPSCORE_CLOUDEVENT:
		rc = put_checked(c, format, bytes, n, e);
		break;
	case CAPSCORE_EVENT:
		rc = put_event(c, bytes, n);
		break;
	default:
		return client_fail(e, ERR_INVALID,
			"format %d: expected CAPSCORE_JSON ... CAPSCORE_EVENT", (int)format);
	}
	if (rc == ERR_FULL || rc == ERR_NOMEM)
		return client_fail(e, rc, "an event of %zu bytes: %s", n, capscore_error_text(rc));
	return rc;
}

/* Counts the event that was put behind the first `before` bytes. */
static int take(struct capscore_client *c, size_t before, uint64_t tag, struct capscore_error *e)
{
	struct producer_limits limits = limits_of(c);
	int rc;

	if (c->batch.n - before > limits.batch_bytes)
		return client_fail(e, ERR_FULL, "an event of %zu bytes, at most %u",
			c->batch.n - before, limits.batch_bytes);
	if (c->batch.n > limits.batch_bytes) {
		rc = send_filled(c, before, e);
		if (rc != 0)
			return rc;
	}
	if (c->tags == NULL)
		c->tags = malloc(c->options.batch_events * sizeof *c->tags);
	if (c->tags == NULL)
		return client_fail(e, ERR_NOMEM, "no memory for a batch");
	if (c->n == 0 && c->options.linger_ms != CAPSCORE_LINGER_NEVER)
		(void)uv_timer_start(&c->linger, client_on_linger, c->options.linger_ms, 0);
	c->tags[c->n++] = tag;
	c->stats.added++;
	if (c->n >= limits.batch_events)
		(void)send_filled(c, c->batch.n, NULL); /* otherwise with the next event, or poll */
	return 0;
}

int capscore_client_add(struct capscore_client *c, enum capscore_event_format format,
	const void *bytes, size_t n, uint64_t tag, struct capscore_error *e)
{
	size_t before;
	int rc = client_check(c, e);

	if (rc == 0 && c->n > 0 && (c->push_due || c->n >= limits_of(c).batch_events))
		rc = send_filled(c, c->batch.n, e);
	if (rc != 0)
		return rc;
	before = c->batch.n;
	rc = put(c, format, bytes, n, e);
	if (rc == 0)
		rc = take(c, before, tag, e);
	if (rc != 0)
		c->batch.n = before;
	return rc;
}

/* ---- a batch of the caller's making ----------------------------------------------------------------------- */

static bool content_of(enum capscore_batch_format format, enum wire_content *ret)
{
	switch (format) {
	case CAPSCORE_EVENT_BATCH:
		*ret = CONTENT_EVENT_BATCH;
		return true;
	case CAPSCORE_CLOUDEVENT_BATCH:
		*ret = CONTENT_CLOUDEVENT_BATCH;
		return true;
	case CAPSCORE_JSON_BATCH:
		*ret = CONTENT_JSON_BATCH;
		return true;
	case CAPSCORE_NDJSON:
		*ret = CONTENT_NDJSON;
		return true;
	}
	return false;
}

int capscore_client_send(struct capscore_client *c, enum capscore_batch_format format,
	const void *bytes, size_t n, uint32_t n_events, uint64_t tag, struct capscore_error *e)
{
	struct client_sent s = { .n_events = n_events, .tag = tag };
	enum wire_content content = CONTENT_EVENT_BATCH;
	int rc = client_check(c, e);

	if (rc == 0 && !content_of(format, &content))
		rc = client_fail(e, ERR_INVALID,
			"format %d: expected CAPSCORE_EVENT_BATCH ... CAPSCORE_NDJSON",
			(int)format);
	if (rc == 0 && (n_events == 0 || n == 0))
		rc = client_fail(e, ERR_INVALID, "a batch without events");
	if (rc == 0)
		rc = capscore_client_push(c, e);
	if (rc == 0)
		rc = hand_over(c, content, (struct span){ bytes, n }, &s, e);
	if (rc == 0)
		c->stats.added += n_events;
	return rc;
}
