#include "services/cli/event_fetch.h"

#include <string.h>

#include <uv.h>

#include "common/io/stream.h"
#include "common/wire/wire.h"

struct fetch {
	struct endpoints *ep;
	struct arena *ar;
	struct err *e;
	int rc;
	uv_loop_t loop;
	uv_timer_t silence;
	struct bus *bus;
	struct stream_reader *reader;
	struct fetched_event *events;
	size_t n, next; /* next: the first that has not been looked for */
	bool closing;
};

static void stop(struct fetch *f, int rc)
{
	if (f->closing)
		return;
	f->closing = true;
	f->rc = rc;
	stream_reader_close(&f->reader);
	uv_close((uv_handle_t *)&f->silence, NULL);
}

static void look_for_next(struct fetch *f);

/* The bytes outlive the message that brought them: the decoded event points into them. */
static int decode_unit(struct fetch *f, struct span unit, struct event **ret, size_t *ret_n)
{
	uint8_t *copy = arena_alloc(f->ar, unit.n);

	if (copy == NULL)
		return err_set(f->e, ERR_NOMEM, "no memory for events");
	memcpy(copy, unit.p, unit.n);
	return wire_decode_logged_events((struct span){ copy, unit.n }, f->ar, ret, ret_n, f->e);
}

static int on_unit(void *ctx, struct span unit, uint64_t first, uint32_t n_records)
{
	struct fetch *f = ctx;
	struct event *events;
	size_t n = 0;
	int rc;

	if (f->closing)
		return ERR_AGAIN;
	rc = decode_unit(f, unit, &events, &n);
	if (rc == 0 && n != n_records)
		rc = err_set(f->e, ERR_CORRUPT, "a unit of %u events holds %zu", n_records, n);
	if (rc != 0) {
		stop(f, rc);
		return ERR_AGAIN;
	}
	while (f->next < f->n && f->events[f->next].position < first + n) {
		struct fetched_event *to = &f->events[f->next++];

		to->gone = to->position < first;
		if (!to->gone)
			to->event = events[to->position - first];
	}
	stream_reader_close(&f->reader);
	look_for_next(f);
	return ERR_AGAIN;
}

/* The log ends before the position. */
static void on_end(void *ctx, uint64_t end_position)
{
	struct fetch *f = ctx;

	if (f->closing || f->next == f->n || f->events[f->next].position < end_position)
		return;
	while (f->next < f->n)
		f->events[f->next++].gone = true;
	stop(f, 0);
}

static void on_refused(void *ctx, struct str reason, struct str detail, uint64_t first_position)
{
	struct fetch *f = ctx;
	bool dropped = str_eq(reason, STR("position-gone"));

	if (!dropped && !str_eq(reason, STR("position-ahead"))) {
		stop(f, err_set(f->e, ERR_PROTOCOL, "ingestion refuses: " STR_FMT " (" STR_FMT ")",
				STR_ARG(detail), STR_ARG(reason)));
		return;
	}
	while (f->next < f->n && (!dropped || f->events[f->next].position < first_position))
		f->events[f->next++].gone = true;
	stream_reader_close(&f->reader);
	look_for_next(f);
}

static void look_for_next(struct fetch *f)
{
	struct stream_reader_options o = { .endpoint = endpoint_of(f->ep, SERVICE_INGESTION),
		.log = "events",
		.credit = 1,
		.on_unit = on_unit,
		.on_end = on_end,
		.on_refused = on_refused,
		.ctx = f };
	int rc;

	if (f->next == f->n) {
		stop(f, 0);
		return;
	}
	o.position = f->events[f->next].position;
	rc = stream_reader_create(f->bus, &f->loop, &o, &f->reader, f->e);
	if (rc != 0)
		stop(f, rc);
	else
		(void)uv_timer_again(&f->silence);
}

static void on_silence(uv_timer_t *timer)
{
	struct fetch *f = timer->data;

	stop(f, err_set(f->e, ERR_TIMEOUT,
			"ingestion does not answer on %s; is it running? `capscore up --data-dir %s` starts "
			"the services",
			endpoint_of(f->ep, SERVICE_INGESTION), f->ep->data_dir));
}

static int run(struct fetch *f)
{
	int rc;

	(void)uv_loop_init(&f->loop);
	(void)uv_timer_init(&f->loop, &f->silence);
	f->silence.data = f;
	(void)uv_timer_start(&f->silence, on_silence, ASK_TIMEOUT_MS, ASK_TIMEOUT_MS);
	rc = bus_create(&f->loop, &f->bus, f->e);
	if (rc == 0)
		look_for_next(f);
	else
		stop(f, rc);
	(void)uv_run(&f->loop, UV_RUN_DEFAULT);
	bus_destroy(f->bus);
	(void)uv_loop_close(&f->loop);
	return f->rc;
}

int event_fetch(struct endpoints *ep, const uint64_t *positions, size_t n, struct arena *ar,
	const struct fetched_event **ret, struct err *e)
{
	struct fetch f = { .ep = ep, .ar = ar, .e = e, .n = n };
	int rc;

	f.events = arena_alloc(ar, n * sizeof *f.events);
	if (f.events == NULL)
		return err_set(e, ERR_NOMEM, "no memory for events");
	for (size_t i = 0; i < n; i++)
		f.events[i] = (struct fetched_event){ .position = positions[i] };
	rc = n == 0 ? 0 : run(&f);
	if (rc == 0)
		*ret = f.events;
	return rc;
}
