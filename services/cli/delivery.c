/* The command line's use of the client library: its window, its batches and its acknowledgements. What is added here
 * is where each event came from.
 *
 * Events carry a running number as their tag. Where they came from stands in a ring:
 *
 *        first ............... next
 *        not acknowledged, or behind one that is not
 */
#include "services/cli/delivery.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/io/clock.h"
#include "common/wire/pb.h"
#include "common/wire/wire.h"
#include "services/client/capscore_client.h"

#define TICK_MS 100
#define IDLE_MS 50 /* without input, after which a batch goes that is not full */

/* Where an event came from. */
struct origin {
	const char *file;
	struct place at;
	void *tag; /* of the caller; NULL: nobody asks */
	bool done; /* acknowledged */
	bool refused;
};

struct delivery {
	struct delivery_options options;
	struct capscore_client *client;
	struct buf event; /* the one being added */
	struct origin *origins;
	size_t cap;	      /* of origins, a power of two */
	uint64_t first, next; /* tags */
	uint32_t filling;     /* events in the batch being filled, at most */
	uint32_t unpolled;    /* events added since the last look at the acknowledgements */
	uint64_t shown_ns;    /* when progress was shown last */
	bool progress_shown;
	struct delivery_counts counts;
};

static void show_progress(struct delivery *d)
{
	struct capscore_client_stats stats;
	uint64_t now;

	if (!d->options.progress || d->counts.given == 0)
		return;
	now = clock_mono_ns();
	if (now - d->shown_ns < (uint64_t)TICK_MS * 1000000)
		return;
	d->shown_ns = now;
	capscore_client_stats_get(d->client, &stats);
	fprintf(stderr, "\r%" PRIu64 " of %" PRIu64 " events acknowledged",
		d->counts.given - stats.in_flight, d->counts.given);
	d->progress_shown = true;
}

static void end_progress(struct delivery *d)
{
	if (d->progress_shown)
		fputs("\r\033[K", stderr);
	d->progress_shown = false;
}

/* ---- acknowledgements ------------------------------------------------------------------------------------- */

static struct origin *origin_of(const struct delivery *d, uint64_t tag)
{
	return &d->origins[tag & (d->cap - 1)];
}

/* The names of reasons come from the table of event.h; one that this version does not know is counted as "other". */
static const char *reason_of(const char *name)
{
	for (int r = 1; r < REFUSAL_END; r++)
		if (strcmp(name, refusal_name((enum refusal)r)) == 0)
			return refusal_name((enum refusal)r);
	return "other";
}

static void take_refusal(struct delivery *d, const struct capscore_refusal *r)
{
	struct origin *from = origin_of(d, r->tag);
	struct fault f = { .file = from->file, .at = from->at, .reason = reason_of(r->reason) };

	from->refused = true;
	end_progress(d);
	tally_add(&d->counts.refused, f.reason, 1);
	(void)snprintf(f.text, sizeof f.text, "%s", r->detail);
	d->options.on_refusal(d->options.ctx, &f, r->dead_letter);
}

static void settle(struct delivery *d, struct origin *from)
{
	from->done = true;
	if (from->tag != NULL)
		d->options.on_settled(from->tag, !from->refused);
}

static void on_ack(void *ctx, const struct capscore_ack *ack)
{
	struct delivery *d = ctx;

	d->counts.accepted += ack->accepted;
	d->counts.duplicates += ack->duplicates;
	for (size_t i = 0; i < ack->n_refusals; i++)
		take_refusal(d, &ack->refusals[i]);
	for (size_t i = 0; i < ack->n_tags; i++)
		settle(d, origin_of(d, ack->tags[i]));
	while (d->first < d->next && origin_of(d, d->first)->done)
		d->first++;
}

/* ---- waiting ---------------------------------------------------------------------------------------------- */

/* The codes of the library are those of err.h. */
static int failed(const struct delivery *d, const struct capscore_error *why, struct err *e)
{
	if (why->code != CAPSCORE_E_TIMEOUT)
		return err_set(e, why->code, "%s", why->text);
	return err_set(e, ERR_TIMEOUT,
		"nobody answers at %s (waited %" PRIu64
		" s); start the services with `capscore up`",
		d->options.endpoint, d->options.timeout_ms / 1000);
}

static int wait_turn(struct delivery *d, int timeout_ms, struct err *e)
{
	struct capscore_error why = { 0 };
	int rc = capscore_client_poll(d->client, timeout_ms, &why);

	d->unpolled = 0;
	show_progress(d);
	if (rc < 0)
		return failed(d, &why, e);
	if (d->options.interrupted != NULL && *d->options.interrupted != 0)
		return err_set(e, ERR_CLOSED, "interrupted");
	return 0;
}

/* ---- adding ----------------------------------------------------------------------------------------------- */

/* Doubles the ring, so that the place of `next` is free. */
static int make_room(struct delivery *d)
{
	size_t cap = d->cap == 0 ? 1024 : 2 * d->cap;
	struct origin *grown;

	if (d->next - d->first < d->cap)
		return 0;
	grown = malloc(cap * sizeof *grown);
	if (grown == NULL)
		return ERR_NOMEM;
	for (uint64_t tag = d->first; tag < d->next; tag++)
		grown[tag & (cap - 1)] = *origin_of(d, tag);
	free(d->origins);
	d->origins = grown;
	d->cap = cap;
	return 0;
}

/* The event inside the entry of a batch. */
static struct span content_of(struct span entry)
{
	struct pb_in in = pb_in(entry);
	struct span content = { 0 };
	uint32_t tag;

	if (!pb_read_tag(&in, &tag) || !pb_read_bytes(&in, &content))
		content.n = 0;
	return content;
}

static int add(struct delivery *d, struct span event, struct err *e)
{
	struct capscore_error why = { 0 };
	int rc;

	while ((rc = capscore_client_add(d->client, CAPSCORE_EVENT, event.p, event.n, d->next,
			&why)) == CAPSCORE_E_AGAIN) {
		rc = wait_turn(d, TICK_MS, e);
		if (rc != 0)
			return rc;
	}
	return rc == 0 ? 0 : failed(d, &why, e);
}

/* How many events fill a batch. */
static uint32_t batch_most(const struct delivery_options *o)
{
	uint32_t most = o->together ? 4 * o->batch_events : o->batch_events;

	return most < WIRE_BATCH_EVENTS_MAX ? most : WIRE_BATCH_EVENTS_MAX;
}

int delivery_add_encoded(struct delivery *d, struct span encoded, const char *file, struct place at,
	void *tag, struct err *e)
{
	int rc = make_room(d);

	if (rc != 0)
		return err_set(e, rc, "adding an event: %s", err_text(rc));
	rc = add(d, content_of(encoded), e);
	if (rc != 0)
		return rc;
	*origin_of(d, d->next++) = (struct origin){ .file = file, .at = at, .tag = tag };
	d->counts.given++;
	if (++d->filling >= batch_most(&d->options))
		d->filling = 0;
	return ++d->unpolled >= d->options.batch_events ? wait_turn(d, 0, e) : 0;
}

int delivery_add(struct delivery *d, const struct event *ev, const char *file, struct place at,
	struct err *e)
{
	int rc;

	buf_reset(&d->event);
	rc = wire_encode_event(ev, &d->event);
	if (rc != 0)
		return err_set(e, rc, "adding an event: %s", err_text(rc));
	return delivery_add_encoded(d, buf_span(&d->event), file, at, NULL, e);
}

static int push(struct delivery *d, struct err *e)
{
	struct capscore_error why = { 0 };
	int rc;

	while ((rc = capscore_client_push(d->client, &why)) == CAPSCORE_E_AGAIN) {
		rc = wait_turn(d, TICK_MS, e);
		if (rc != 0)
			return rc;
	}
	d->filling = 0;
	return rc == 0 ? 0 : failed(d, &why, e);
}

int delivery_pause(struct delivery *d, struct err *e)
{
	return d->filling >= d->options.batch_events ? push(d, e) : 0;
}

void delivery_go_on(struct delivery *d)
{
	d->options.interrupted = NULL;
}

/* Returns 1 when fd can be read, 0 when the time is over or the client has something to do. */
static int look_at(struct delivery *d, int fd, int timeout_ms)
{
	struct pollfd fds[] = { { .fd = fd, .events = POLLIN },
		{ .fd = capscore_client_fd(d->client), .events = POLLIN } };
	int due = capscore_client_timeout(d->client);

	if (due >= 0 && due < timeout_ms)
		timeout_ms = due;
	/* Interrupted by a signal: as if the time were over. An error of fd shows when it is read. */
	return poll(fds, 2, timeout_ms) > 0 && fds[0].revents != 0;
}

int delivery_await(struct delivery *d, int fd, struct err *e)
{
	struct pollfd alone = { .fd = fd, .events = POLLIN };
	struct capscore_error why = { 0 };
	int rc = 0;

	if (poll(&alone, 1, IDLE_MS) > 0)
		return 0;
	while (rc == 0 && look_at(d, fd, TICK_MS) == 0) {
		rc = capscore_client_push(d->client, &why);
		d->filling = rc == 0 ? 0 : d->filling;
		rc = rc == 0 || rc == CAPSCORE_E_AGAIN ? wait_turn(d, 0, e) : failed(d, &why, e);
	}
	end_progress(d);
	return rc;
}

int delivery_flush(struct delivery *d, struct err *e)
{
	struct capscore_client_stats stats;
	int rc = push(d, e);

	while (rc == 0) {
		capscore_client_stats_get(d->client, &stats);
		if (stats.in_flight == 0)
			break;
		rc = wait_turn(d, TICK_MS, e);
	}
	end_progress(d);
	return rc;
}

/* ---- life ------------------------------------------------------------------------------------------------- */

int delivery_open(const struct delivery_options *options, struct delivery **ret_d, struct err *e)
{
	struct capscore_client_options o = {
		.endpoint = options->endpoint,
		.name = options->name,
		.batch_events = batch_most(options),
		.linger_ms =
			CAPSCORE_LINGER_NEVER, /* which events stand in a batch must not depend on time */
		.silence_ms = (uint32_t)options->timeout_ms,
		.on_ack = on_ack,
	};
	struct delivery *d = calloc(1, sizeof *d);
	struct capscore_error why = { 0 };
	int rc;

	if (d == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a delivery");
	d->options = *options;
	buf_init(&d->event, &mem_heap, 2 * WIRE_BATCH_BYTES_MAX);
	o.ctx = d;
	rc = capscore_client_open(&o, &d->client, &why);
	if (rc == 0)
		rc = capscore_client_ready(d->client, (int)options->timeout_ms, &why);
	if (rc != 0) {
		rc = failed(d, &why, e);
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
	capscore_client_close(&d->client);
	free(d->origins);
	buf_fini(&d->event);
	free(d);
}
