#include "services/cli/delivery.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/io/producer.h"

#define TICK_MS 100

/* Where an event came from. */
struct origin {
	const char *file;
	struct place at;
	void *tag; /* of the caller; NULL: nobody asks */
	bool refused;
};

/* A batch under way. */
struct sent {
	uint64_t batch;
	uint32_t n;
	struct origin *origins; /* n of them */
};

struct delivery {
	struct delivery_options options;
	uv_loop_t loop;
	uv_timer_t tick;
	struct bus *bus;
	struct producer *producer;
	/* The batch being filled. */
	struct buf batch;
	uint32_t n;
	struct origin *origins;
	/* Batches under way, oldest first: a ring. */
	struct sent *sent;
	size_t first, n_sent, cap_sent;
	bool failed; /* the server does not understand us: failure says why */
	struct err failure;
	bool progress_shown;
	struct delivery_counts counts;
};

static void on_tick(uv_timer_t *timer)
{
	struct delivery *d = timer->data;

	if (!d->options.progress || d->counts.given == 0)
		return;
	fprintf(stderr, "\r%" PRIu64 " of %" PRIu64 " events acknowledged",
		d->counts.given - producer_in_flight(d->producer) - d->n, d->counts.given);
	d->progress_shown = true;
}

static void end_progress(struct delivery *d)
{
	if (d->progress_shown)
		fputs("\r\033[K", stderr);
	d->progress_shown = false;
}

/* ---- acknowledgements ------------------------------------------------------------------------------------- */

static void tell_refusal(struct delivery *d, const struct origin *from, const char *reason,
	struct str detail, uint64_t dead_letter)
{
	struct fault f = { .file = from->file, .at = from->at, .reason = reason };

	end_progress(d);
	(void)snprintf(f.text, sizeof f.text, STR_FMT, STR_ARG(detail));
	d->options.on_refusal(d->options.ctx, &f, dead_letter);
}

/* The names of reasons come from the table of event.h; one that this version does not know is counted as "other". */
static const char *reason_of(struct str name)
{
	for (int r = 1; r < REFUSAL_END; r++)
		if (str_eq(name, str_from(refusal_name((enum refusal)r))))
			return refusal_name((enum refusal)r);
	return "other";
}

static void refuse_one(
	struct delivery *d, struct origin *from, const char *reason, const struct wire_refusal *r)
{
	from->refused = true;
	tally_add(&d->counts.refused, reason, 1);
	tell_refusal(d, from, reason, r->detail, r->dead_letter);
}

static void take_refusals(struct delivery *d, const struct sent *s, const struct frame *ack)
{
	for (size_t i = 0; i < ack->u.acknowledge.n_refusals; i++) {
		const struct wire_refusal *r = &ack->u.acknowledge.refusals[i];
		const char *reason = reason_of(r->reason);

		if (r->index == WIRE_WHOLE_BATCH)
			for (uint32_t k = 0; k < s->n; k++)
				refuse_one(d, &s->origins[k], reason, r);
		else if (r->index < s->n)
			refuse_one(d, &s->origins[r->index], reason, r);
	}
}

static void settle(struct delivery *d, const struct sent *s)
{
	for (uint32_t k = 0; d->options.on_settled != NULL && k < s->n; k++)
		if (s->origins[k].tag != NULL)
			d->options.on_settled(
				d->options.ctx, s->origins[k].tag, !s->origins[k].refused);
}

static void on_ack(void *ctx, uint64_t batch, uint32_t n_events, const struct frame *ack)
{
	struct delivery *d = ctx;
	size_t i = 0;

	(void)n_events;
	while (i < d->n_sent && d->sent[(d->first + i) % d->cap_sent].batch != batch)
		i++;
	if (i == d->n_sent)
		return;
	d->counts.accepted += ack->u.acknowledge.accepted;
	d->counts.duplicates += ack->u.acknowledge.duplicates;
	take_refusals(d, &d->sent[(d->first + i) % d->cap_sent], ack);
	settle(d, &d->sent[(d->first + i) % d->cap_sent]);
	free(d->sent[(d->first + i) % d->cap_sent].origins);
	/* Mostly the oldest; otherwise the ones before it move up. */
	for (; i > 0; i--)
		d->sent[(d->first + i) % d->cap_sent] = d->sent[(d->first + i - 1) % d->cap_sent];
	d->first = (d->first + 1) % d->cap_sent;
	d->n_sent--;
}

static void on_failure(void *ctx, struct str reason, struct str detail)
{
	struct delivery *d = ctx;

	d->failed = true;
	(void)err_set(&d->failure, ERR_PROTOCOL,
		"%s does not take events from here: " STR_FMT ": " STR_FMT, d->options.endpoint,
		STR_ARG(reason), STR_ARG(detail));
}

/* ---- waiting ---------------------------------------------------------------------------------------------- */

static int check(struct delivery *d, struct err *e)
{
	if (d->failed)
		return err_set(e, d->failure.code, "%s", d->failure.text);
	if (d->options.interrupted != NULL && *d->options.interrupted != 0)
		return err_set(e, ERR_CLOSED, "interrupted");
	if (producer_silence_ms(d->producer) > d->options.timeout_ms)
		return err_set(e, ERR_TIMEOUT,
			"nobody answers at %s (waited %" PRIu64
			" s); start the services with `capscore up`",
			d->options.endpoint, d->options.timeout_ms / 1000);
	return 0;
}

static int wait_turn(struct delivery *d, struct err *e)
{
	int rc = check(d, e);

	if (rc == 0)
		(void)uv_run(&d->loop, UV_RUN_ONCE);
	return rc;
}

static int remember(struct delivery *d, uint64_t batch)
{
	if (d->n_sent == d->cap_sent) {
		size_t cap = d->cap_sent == 0 ? 64 : 2 * d->cap_sent;
		struct sent *grown = malloc(cap * sizeof *grown);

		if (grown == NULL)
			return ERR_NOMEM;
		for (size_t i = 0; i < d->n_sent; i++)
			grown[i] = d->sent[(d->first + i) % d->cap_sent];
		free(d->sent);
		d->sent = grown;
		d->first = 0;
		d->cap_sent = cap;
	}
	d->sent[(d->first + d->n_sent++) % d->cap_sent] =
		(struct sent){ .batch = batch, .n = d->n, .origins = d->origins };
	return 0;
}

/* Events that belong together may fill a batch so far. */
static uint32_t batch_most(const struct delivery *d)
{
	uint32_t n = 4 * d->options.batch_events;

	return n < WIRE_BATCH_EVENTS_MAX ? n : WIRE_BATCH_EVENTS_MAX;
}

/* Sends the first n_bytes of the batch, which are all its d->n events but those behind them. */
static int send_batch(struct delivery *d, size_t n_bytes, struct err *e)
{
	uint64_t batch;
	int rc;

	for (;;) {
		rc = producer_send(d->producer, (struct span){ d->batch.p, n_bytes }, d->n, &batch);
		if (rc != ERR_AGAIN)
			break;
		rc = wait_turn(d, e);
		if (rc != 0)
			return rc;
	}
	if (rc == 0)
		rc = remember(d, batch);
	if (rc != 0)
		return err_set(e, rc, "sending a batch of %u events: %s", d->n, err_text(rc));
	memmove(d->batch.p, d->batch.p + n_bytes, d->batch.n - n_bytes);
	d->batch.n -= n_bytes;
	d->n = 0;
	d->origins = NULL;
	(void)uv_run(&d->loop, UV_RUN_NOWAIT);
	return check(d, e);
}

/* The event at the end of the batch, which began at `before`, is counted in; what was there is sent first when both do not
 * fit into one batch. */
static int count_in(struct delivery *d, size_t before, struct origin from, struct err *e)
{
	struct producer_limits limits;
	int rc;

	producer_limits_get(d->producer, &limits);
	if (d->n > 0 && d->batch.n > limits.batch_bytes) {
		rc = send_batch(d, before, e);
		if (rc != 0)
			return rc;
	}
	if (d->origins == NULL) {
		d->origins = malloc(batch_most(d) * sizeof *d->origins);
		if (d->origins == NULL)
			return err_set(e, ERR_NOMEM, "no memory for a batch");
	}
	d->origins[d->n++] = from;
	d->counts.given++;
	return d->n >= limits.batch_events ? send_batch(d, d->batch.n, e) : 0;
}

int delivery_add(struct delivery *d, const struct event *ev, const char *file, struct place at,
	struct err *e)
{
	size_t before = d->batch.n;
	int rc = wire_encode_event(ev, &d->batch);

	if (rc != 0)
		return err_set(e, rc, "encoding an event: %s", err_text(rc));
	rc = count_in(d, before, (struct origin){ .file = file, .at = at }, e);
	return rc == 0 ? delivery_pause(d, e) : rc;
}

int delivery_add_encoded(struct delivery *d, struct span encoded, const char *file, struct place at,
	void *tag, struct err *e)
{
	size_t before = d->batch.n;
	int rc = buf_add(&d->batch, encoded.p, encoded.n);

	if (rc != 0)
		return err_set(e, rc, "no memory for a batch");
	rc = count_in(d, before, (struct origin){ .file = file, .at = at, .tag = tag }, e);
	return rc == 0 && d->n >= batch_most(d) ? send_batch(d, d->batch.n, e) : rc;
}

int delivery_pause(struct delivery *d, struct err *e)
{
	return d->n >= d->options.batch_events ? send_batch(d, d->batch.n, e) : 0;
}

void delivery_go_on(struct delivery *d)
{
	d->options.interrupted = NULL;
}

int delivery_flush(struct delivery *d, struct err *e)
{
	int rc = d->n > 0 ? send_batch(d, d->batch.n, e) : 0;

	while (rc == 0 && !producer_is_idle(d->producer))
		rc = wait_turn(d, e);
	end_progress(d);
	return rc;
}

/* ---- life ------------------------------------------------------------------------------------------------- */

static int start(struct delivery *d, struct err *e)
{
	struct producer_options o = {
		.endpoint = d->options.endpoint,
		.name = d->options.name,
		.on_ack = on_ack,
		.on_failure = on_failure,
		.ctx = d,
	};
	int rc = bus_create(&d->loop, &d->bus, e);

	if (rc == 0)
		rc = producer_create(d->bus, &d->loop, &o, &d->producer, e);
	while (rc == 0 && !producer_is_welcome(d->producer))
		rc = wait_turn(d, e);
	return rc;
}

int delivery_open(const struct delivery_options *options, struct delivery **ret_d, struct err *e)
{
	struct delivery *d = calloc(1, sizeof *d);
	int rc;

	if (d == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a delivery");
	d->options = *options;
	buf_init(&d->batch, &mem_heap, 2 * WIRE_BATCH_BYTES_MAX);
	if (uv_loop_init(&d->loop) != 0) {
		free(d);
		return err_set(e, ERR_IO, "cannot make an event loop");
	}
	(void)uv_timer_init(&d->loop, &d->tick);
	d->tick.data = d;
	(void)uv_timer_start(&d->tick, on_tick, TICK_MS, TICK_MS);
	rc = start(d, e);
	if (rc != 0) {
		delivery_close(&d);
		return rc;
	}
	*ret_d = d;
	return 0;
}

const struct delivery_counts *delivery_counts_get(const struct delivery *d)
{
	return &d->counts;
}

void delivery_close(struct delivery **pd)
{
	struct delivery *d = *pd;

	*pd = NULL;
	if (d == NULL)
		return;
	end_progress(d);
	if (d->producer != NULL)
		producer_close(&d->producer);
	uv_close((uv_handle_t *)&d->tick, NULL);
	(void)uv_run(&d->loop, UV_RUN_DEFAULT);
	if (d->bus != NULL)
		bus_destroy(d->bus);
	(void)uv_loop_close(&d->loop);
	for (size_t i = 0; i < d->n_sent; i++)
		free(d->sent[(d->first + i) % d->cap_sent].origins);
	free(d->sent);
	free(d->origins);
	buf_fini(&d->batch);
	free(d);
}
