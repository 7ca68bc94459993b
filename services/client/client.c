#include "services/client/client_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define X(name, code, text)                                                                        \
	_Static_assert((int)name == (code), "the table of the library has the numbers of err.h");
CAPSCORE_ERROR_TABLE(X)
#undef X
_Static_assert((int)CAPSCORE_E_NOMEM == ERR_NOMEM && (int)CAPSCORE_E_INVALID == ERR_INVALID &&
		       (int)CAPSCORE_E_AGAIN == ERR_AGAIN && (int)CAPSCORE_E_FULL == ERR_FULL &&
		       (int)CAPSCORE_E_IO == ERR_IO && (int)CAPSCORE_E_SYNTAX == ERR_SYNTAX &&
		       (int)CAPSCORE_E_PROTOCOL == ERR_PROTOCOL &&
		       (int)CAPSCORE_E_TIMEOUT == ERR_TIMEOUT &&
		       (int)CAPSCORE_E_UNSUPPORTED == ERR_UNSUPPORTED &&
		       (int)CAPSCORE_E_BUSY == ERR_BUSY,
	"codes pass through as they are");

/* ---- errors ----------------------------------------------------------------------------------------------- */

const char *capscore_error_text(int code)
{
	switch (code) {
	case 0:
		return "done";
#define X(name, number, text)                                                                      \
	case name:                                                                                 \
		return text;
		CAPSCORE_ERROR_TABLE(X)
#undef X
	default:
		return "a failure that this version does not know";
	}
}

int client_fail(struct capscore_error *e, int code, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return code;
	e->code = code;
	va_start(ap, fmt);
	(void)vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	return code;
}

int client_check(const struct capscore_client *c, struct capscore_error *e)
{
	return c->failure.code == 0 ? 0 : client_fail(e, c->failure.code, "%s", c->failure.text);
}

/* Codes of the modules below that the header does not promise. */
static int public_code(int rc)
{
	return rc == ERR_NOMEM || rc == ERR_INVALID || rc == ERR_UNSUPPORTED ? rc : ERR_IO;
}

/* ---- life ------------------------------------------------------------------------------------------------- */

static int check_options(const struct capscore_client_options *o, struct capscore_error *e)
{
	if (o->endpoint == NULL || o->endpoint[0] == '\0')
		return client_fail(e, ERR_INVALID,
			"no endpoint; one is like ipc:///var/lib/capscore/run/ingestion-publish.sock");
	if (o->batch_events > WIRE_BATCH_EVENTS_MAX)
		return client_fail(e, ERR_INVALID, "batch_events %u: expected 1..%u",
			o->batch_events, WIRE_BATCH_EVENTS_MAX);
	return 0;
}

static void set_up(struct capscore_client *c, const struct capscore_client_options *o)
{
	c->options = *o;
	c->options.name = c->options.endpoint = NULL;
	if (o->batch_events == 0)
		c->options.batch_events = CLIENT_BATCH_EVENTS;
	if (o->linger_ms == 0)
		c->options.linger_ms = CLIENT_LINGER_MS;
	buf_init(&c->batch, &mem_heap, 2 * WIRE_BATCH_BYTES_MAX);
	arena_init(&c->events, &mem_heap, CLIENT_ARENA_MAX);
	arena_init(&c->acks, &mem_heap, CLIENT_ARENA_MAX);
	c->awaited_ms = uv_now(&c->loop);
	(void)uv_timer_init(&c->loop, &c->linger);
	(void)uv_timer_init(&c->loop, &c->wake);
	c->linger.data = c->wake.data = c;
}

static int start(struct capscore_client *c, const struct capscore_client_options *o,
	struct capscore_error *e)
{
	struct producer_options p = {
		.endpoint = o->endpoint,
		.name = o->name,
		.window_events = o->window_events,
		.on_ack = client_on_ack,
		.on_writable = client_on_writable,
		.on_failure = client_on_failure,
		.ctx = c,
	};
	struct err why = { 0 };
	int rc;

	c->endpoint = strdup(o->endpoint);
	if (c->endpoint == NULL)
		return client_fail(e, ERR_NOMEM, "no memory for a client");
	rc = bus_create(&c->loop, &c->bus, &why);
	if (rc == 0)
		rc = producer_create(c->bus, &c->loop, &p, &c->producer, &why);
	return rc == 0 ? 0 : client_fail(e, public_code(rc), "%s", why.text);
}

int capscore_client_open(const struct capscore_client_options *options,
	struct capscore_client **ret_c, struct capscore_error *e)
{
	struct capscore_client *c;
	int rc = check_options(options, e);

	if (rc != 0)
		return rc;
	c = calloc(1, sizeof *c);
	if (c == NULL)
		return client_fail(e, ERR_NOMEM, "no memory for a client");
	if (uv_loop_init(&c->loop) != 0) {
		free(c);
		return client_fail(e, ERR_IO, "cannot make an event loop");
	}
	set_up(c, options);
	rc = start(c, options, e);
	if (rc != 0) {
		capscore_client_close(&c);
		return rc;
	}
	*ret_c = c;
	return 0;
}

void capscore_client_close(struct capscore_client **pc)
{
	struct capscore_client *c = *pc;

	if (c == NULL || c->inside)
		return;
	*pc = NULL;
	if (c->producer != NULL)
		producer_close(&c->producer);
	uv_close((uv_handle_t *)&c->linger, NULL);
	uv_close((uv_handle_t *)&c->wake, NULL);
	(void)uv_run(&c->loop, UV_RUN_DEFAULT);
	if (c->bus != NULL)
		bus_destroy(c->bus);
	(void)uv_loop_close(&c->loop);
	for (size_t i = 0; i < c->n_sent; i++)
		free(c->sent[(c->first + i) % c->cap_sent].tags);
	free(c->sent);
	free(c->tags);
	free(c->endpoint);
	buf_fini(&c->batch);
	arena_fini(&c->events);
	arena_fini(&c->acks);
	free(c);
}

/* ---- questions -------------------------------------------------------------------------------------------- */

int capscore_client_fd(const struct capscore_client *c)
{
	return uv_backend_fd(&c->loop);
}

int capscore_client_timeout(struct capscore_client *c)
{
	uv_update_time(&c->loop); /* it may not have run for a while */
	return uv_backend_timeout(&c->loop);
}

void capscore_client_stats_get(const struct capscore_client *c, struct capscore_client_stats *ret)
{
	struct producer_limits limits;
	struct producer_stats sent;

	producer_limits_get(c->producer, &limits);
	producer_stats_get(c->producer, &sent);
	*ret = c->stats;
	ret->batches = sent.batches;
	ret->resent = sent.resent;
	ret->in_flight = producer_in_flight(c->producer) + c->n;
	ret->batch_events = limits.batch_events;
	ret->batch_bytes = limits.batch_bytes;
	ret->window_events = limits.window_events;
	ret->ready = producer_is_welcome(c->producer);
}

const char *capscore_client_version(void)
{
	return CAPSCORE_VERSION;
}
