#include "tests/bench/feed.h"

#include "common/io/clock.h"
#include "common/io/producer.h"
#include "tests/harness/harness.h"

struct feeder {
	uv_loop_t loop;
	struct producer *producer;
	const struct world_batches *const *lists;
	size_t n_lists, list, item; /* the next batch to be sent */
	struct fed fed;
};

static void check(int rc, const struct err *e)
{
	if (rc != 0)
		harness_fail("the producer: %s %s", err_name(rc), e->text);
}

/* The batch that comes next, or NULL after the last one. */
static const struct world_batch *next(struct feeder *f)
{
	while (f->list < f->n_lists && f->item == f->lists[f->list]->n) {
		f->list++;
		f->item = 0;
	}
	return f->list == f->n_lists ? NULL : &f->lists[f->list]->items[f->item];
}

static void send_some(struct feeder *f)
{
	const struct world_batch *b;

	while ((b = next(f)) != NULL) {
		int rc = producer_send(f->producer, (struct span){ b->p, b->size }, b->n, NULL);

		if (rc == ERR_AGAIN)
			return;
		if (rc != 0)
			harness_fail("a batch was not sent: %s", err_name(rc));
		if (f->fed.first_send_ns == 0)
			f->fed.first_send_ns = clock_mono_ns();
		f->item++;
	}
}

static void on_writable(void *ctx)
{
	send_some(ctx);
}

static void on_ack(void *ctx, uint64_t batch, uint32_t n_events, const struct frame *ack)
{
	struct feeder *f = ctx;

	if (ack->u.acknowledge.accepted != n_events)
		harness_fail("batch %llu: %u of %u events accepted, %u duplicates, %zu refusals",
			(unsigned long long)batch, ack->u.acknowledge.accepted, n_events,
			ack->u.acknowledge.duplicates, ack->u.acknowledge.n_refusals);
	f->fed.position = ack->u.acknowledge.position;
	if (next(f) != NULL || !producer_is_idle(f->producer))
		return;
	f->fed.acked_ns = clock_mono_ns();
	producer_close(&f->producer);
}

static void on_failure(void *ctx, struct str reason, struct str detail)
{
	(void)ctx;
	harness_fail("ingestion does not take batches: " STR_FMT " " STR_FMT, STR_ARG(reason),
		STR_ARG(detail));
}

void feed(const char *endpoint, const struct world_batches *const *lists, size_t n_lists,
	uint32_t window_events, struct fed *ret)
{
	struct feeder f = { .lists = lists, .n_lists = n_lists };
	struct producer_options o = { .endpoint = endpoint,
		.window_events = window_events,
		.on_ack = on_ack,
		.on_writable = on_writable,
		.on_failure = on_failure,
		.ctx = &f };
	struct err e = { 0 };
	struct bus *bus;

	(void)uv_loop_init(&f.loop);
	check(bus_create(&f.loop, &bus, &e), &e);
	check(producer_create(bus, &f.loop, &o, &f.producer, &e), &e);
	send_some(&f);
	(void)uv_run(&f.loop, UV_RUN_DEFAULT); /* until the producer is closed */
	bus_destroy(bus);
	(void)uv_loop_close(&f.loop);
	*ret = f.fed;
}
