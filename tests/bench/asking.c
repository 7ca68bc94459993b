#include "tests/bench/asking.h"

#include <stdio.h>

#include "common/io/clock.h"
#include "common/io/producer.h"
#include "common/io/query.h"

#define LOAD_TICK_MS 1
#define TIMEOUT_MS   20000

struct asker {
	uv_loop_t loop;
	struct bus *bus;
	const struct workload *t;
	size_t n, asked;
	unsigned gap_ms;
	uint64_t sent_ns;
	struct query_client *queries;
	struct latencies *times;
	uv_timer_t gap, pace;

	struct producer *many;
	const struct world_batches *load;
	double load_rate;
	size_t load_next;
	uint64_t load_start_ns, load_acked, load_sent;
};

static void check(int rc, const struct err *e)
{
	if (rc != 0)
		harness_fail("asking: %s %s", err_name(rc), e->text);
}

static void finish(struct asker *a)
{
	query_client_close(&a->queries);
	producer_close(&a->many);
	uv_close((uv_handle_t *)&a->gap, NULL);
	uv_close((uv_handle_t *)&a->pace, NULL);
}

static void on_answer(
	void *ctx, uint64_t request, int rc, const struct frame *answer, const struct err *e)
{
	struct asker *a = ctx;

	(void)request;
	check(rc, e);
	if (answer->kind != FRAME_SIMULATE_ANSWER || answer->u.simulate_answer.after == NULL)
		harness_fail("asking: no answer, but a frame of kind %d: " STR_FMT,
			(int)answer->kind,
			STR_ARG(answer->kind == FRAME_FAILURE ? answer->u.failure.detail
							      : STR("")));
	latencies_add(a->times, clock_mono_ns() - a->sent_ns);
	if (a->asked == a->n)
		finish(a);
	else
		(void)uv_timer_start(&a->gap, a->gap.timer_cb, a->gap_ms, 0);
}

static void on_gap(uv_timer_t *timer)
{
	static const struct wire_supposition suppositions[] = {
		{ .kind = SUPPOSE_CERTIFICATE, .name = STR_INIT("AZ-305"), .count = 2 },
		{ .kind = SUPPOSE_CUSTOMER,
			.count = 2,
			.measure = MEASURE_ACR,
			.has_amount = true,
			.amount_micro = 1200000000 },
	};
	struct asker *a = timer->data;
	struct frame q = { .kind = FRAME_SIMULATE_QUERY };
	char partner[24];
	struct err e = { 0 };

	(void)snprintf(partner, sizeof partner, "%07u",
		1000000 + (unsigned)(a->asked * 7919 % a->t->options.partners));
	q.u.simulate_query.partner = str_from(partner);
	q.u.simulate_query.day = DAY_NONE;
	q.u.simulate_query.n_suppositions = 2;
	q.u.simulate_query.suppositions = suppositions;
	a->asked++;
	a->sent_ns = clock_mono_ns();
	check(query_send(a->queries, &q, TIMEOUT_MS, on_answer, a, NULL), &e);
}

/* ---- the load beside them ------------------------------------------------------------------------------------ */

static void on_load_ack(void *ctx, uint64_t batch, uint32_t n_events, const struct frame *ack)
{
	struct asker *a = ctx;

	(void)batch;
	if (ack->u.acknowledge.accepted != n_events)
		harness_fail("an event of the load was not accepted");
	a->load_acked += n_events;
}

static void on_pace(uv_timer_t *timer)
{
	struct asker *a = timer->data;
	double passed = (double)(clock_mono_ns() - a->load_start_ns) / 1e9;

	while ((double)a->load_sent < passed * a->load_rate && a->load_next < a->load->n) {
		const struct world_batch *b = &a->load->items[a->load_next];

		if (producer_send(a->many, (struct span){ b->p, b->size }, b->n, NULL) != 0)
			return;
		a->load_sent += b->n;
		a->load_next++;
	}
	if (a->load_next == a->load->n)
		a->n = a->asked; /* the next answer is the last */
}

/* ---- a run --------------------------------------------------------------------------------------------------- */

static void open_all(struct asker *a, struct harness *h)
{
	struct producer_options many = { .endpoint = h->publish,
		.window_events = WINDOW_EVENTS,
		.on_ack = on_load_ack,
		.ctx = a };
	struct err e = { 0 };

	(void)uv_loop_init(&a->loop);
	check(bus_create(&a->loop, &a->bus, &e), &e);
	check(query_client_create(a->bus, &a->loop, h->endpoint[HARNESS_SCORING], &a->queries, &e),
		&e);
	if (a->load != NULL)
		check(producer_create(a->bus, &a->loop, &many, &a->many, &e), &e);
	(void)uv_timer_init(&a->loop, &a->gap);
	(void)uv_timer_init(&a->loop, &a->pace);
	a->gap.data = a->pace.data = a;
	a->load_start_ns = clock_mono_ns();
	(void)uv_timer_start(&a->gap, on_gap, 1, 0);
	if (a->load != NULL)
		(void)uv_timer_start(&a->pace, on_pace, LOAD_TICK_MS, LOAD_TICK_MS);
}

double asking_run(struct harness *h, const struct workload *t, size_t n, unsigned gap_ms,
	const struct world_batches *load, double load_rate, struct latencies *ret)
{
	struct asker a = {
		.t = t, .n = n, .gap_ms = gap_ms, .times = ret, .load = load, .load_rate = load_rate
	};
	double load_s;

	open_all(&a, h);
	(void)uv_run(&a.loop, UV_RUN_DEFAULT); /* until everything is closed */
	load_s = (double)(clock_mono_ns() - a.load_start_ns) / 1e9;
	bus_destroy(a.bus);
	(void)uv_loop_close(&a.loop);
	return load == NULL ? 0 : (double)a.load_acked / load_s;
}
