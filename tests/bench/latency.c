#include "tests/bench/latency.h"

#include "common/io/clock.h"
#include "common/io/producer.h"
#include "common/io/stream.h"

#define LOAD_TICK_MS 1
#define LATE_MS	     60000
#define ARENA_MAX    ((size_t)1 << 20)

struct watcher {
	uv_loop_t loop;
	struct bus *bus;
	struct harness *h;
	struct world *world;
	size_t n, sent; /* toggles: all, sent */
	unsigned gap_ms;
	bool on;	 /* what the last one turned the partner to */
	bool waits;	 /* for the alert of the last one */
	bool setting_up; /* the partner's history: nothing is measured */
	uint64_t sent_ns;
	struct producer *single, *many;
	struct stream_reader *alerts;
	struct arena arena;
	uv_timer_t gap, pace, late;
	struct latencies *alert_times, *ack_times;

	const struct world_batches *load;
	double load_rate;
	size_t load_next;
	uint64_t load_start_ns, load_acked, load_sent;
};

static void check(int rc, const struct err *e)
{
	if (rc != 0)
		harness_fail("the latency: %s %s", err_name(rc), e->text);
}

/* ---- single events ---------------------------------------------------------------------------------------- */

static void send_single(struct watcher *w, const struct world_batches *b)
{
	for (size_t i = 0; i < b->n; i++) {
		struct span bytes = { b->items[i].p, b->items[i].size };
		struct err e = { 0 };

		check(producer_send(w->single, bytes, b->items[i].n, NULL), &e);
	}
}

static void on_gap(uv_timer_t *t)
{
	struct watcher *w = t->data;
	struct world_batches b = { 0 };

	w->on = !w->on;
	w->waits = true;
	world_toggle(w->world, w->on, &b);
	w->sent++;
	w->sent_ns = clock_mono_ns();
	send_single(w, &b);
	world_batches_free(&b);
}

static void on_ack(void *ctx, uint64_t batch, uint32_t n_events, const struct frame *ack)
{
	struct watcher *w = ctx;

	(void)batch;
	if (ack->u.acknowledge.accepted != n_events)
		harness_fail("an event of the toggle was not accepted");
	if (!w->setting_up)
		latencies_add(w->ack_times, clock_mono_ns() - w->sent_ns);
}

static void finish(struct watcher *w)
{
	producer_close(&w->single);
	producer_close(&w->many);
	stream_reader_close(&w->alerts);
	uv_close((uv_handle_t *)&w->gap, NULL);
	uv_close((uv_handle_t *)&w->pace, NULL);
	uv_close((uv_handle_t *)&w->late, NULL);
}

/* What turns the partner off is a correction, which may take the alert back. */
static bool is_of_toggle(const struct watcher *w, enum alert_kind kind)
{
	return w->on ? kind == ALERT_GAINED : kind == ALERT_LOST || kind == ALERT_WITHDRAWN;
}

/* Alerts of other kinds, such as those of a designation that is held with few points to spare, are passed over. */
static int on_alert(void *ctx, struct span unit, uint64_t first, uint32_t n_records)
{
	uint64_t now = clock_mono_ns();
	struct watcher *w = ctx;
	struct err e = { 0 };
	struct alert a;

	(void)first;
	(void)n_records;
	arena_reset(&w->arena);
	check(wire_decode_alert(unit, &w->arena, &a, &e), &e);
	if (!w->waits || !is_of_toggle(w, a.kind))
		return 0;
	w->waits = false;
	if (!w->setting_up)
		latencies_add(w->alert_times, now - w->sent_ns);
	w->setting_up = false;
	if (w->sent >= w->n)
		finish(w);
	else
		(void)uv_timer_start(&w->gap, on_gap, w->gap_ms, 0);
	return 0;
}

/* ---- the load beside them --------------------------------------------------------------------------------- */

static void on_load_ack(void *ctx, uint64_t batch, uint32_t n_events, const struct frame *ack)
{
	struct watcher *w = ctx;

	(void)batch;
	if (ack->u.acknowledge.accepted != n_events)
		harness_fail("an event of the load was not accepted");
	w->load_acked += n_events;
}

/* Sends what is due by now; what the window does not take goes a tick later, so nothing is left out. When the load
 * ends before the toggles, the next alert is the last. */
static void on_pace(uv_timer_t *t)
{
	struct watcher *w = t->data;
	double passed = (double)(clock_mono_ns() - w->load_start_ns) / 1e9;

	while ((double)w->load_sent < passed * w->load_rate && w->load_next < w->load->n) {
		const struct world_batch *b = &w->load->items[w->load_next];

		if (producer_send(w->many, (struct span){ b->p, b->size }, b->n, NULL) != 0)
			return;
		w->load_sent += b->n;
		w->load_next++;
	}
	if (w->load_next == w->load->n)
		w->n = 0;
}

/* ---- a run ------------------------------------------------------------------------------------------------ */

static void on_late(uv_timer_t *t)
{
	struct watcher *w = t->data;

	harness_fail("%zu alerts of %zu came in %d s", w->alert_times->n, w->n, LATE_MS / 1000);
}

static void start_timers(struct watcher *w)
{
	(void)uv_timer_init(&w->loop, &w->gap);
	(void)uv_timer_init(&w->loop, &w->pace);
	(void)uv_timer_init(&w->loop, &w->late);
	w->gap.data = w->pace.data = w->late.data = w;
	(void)uv_timer_start(&w->late, on_late, LATE_MS, 0);
	if (w->load == NULL)
		return;
	w->load_start_ns = clock_mono_ns();
	(void)uv_timer_start(&w->pace, on_pace, LOAD_TICK_MS, LOAD_TICK_MS);
}

static void open_all(struct watcher *w)
{
	const struct str partner = STR("toggle");
	const struct wire_filter filter = { .n_partners = 1, .partners = &partner };
	struct producer_options single = { .endpoint = w->h->publish, .on_ack = on_ack, .ctx = w };
	struct producer_options many = { .endpoint = w->h->publish,
		.window_events = WINDOW_EVENTS,
		.on_ack = on_load_ack,
		.ctx = w };
	struct stream_reader_options alerts = { .endpoint = w->h->endpoint[HARNESS_NOTIFICATION],
		.log = "alerts",
		.position = harness_status(w->h, HARNESS_NOTIFICATION, "alerts"),
		.filter = &filter,
		.on_unit = on_alert,
		.ctx = w };
	struct err e = { 0 };

	(void)uv_loop_init(&w->loop);
	check(bus_create(&w->loop, &w->bus, &e), &e);
	check(producer_create(w->bus, &w->loop, &single, &w->single, &e), &e);
	if (w->load != NULL)
		check(producer_create(w->bus, &w->loop, &many, &w->many, &e), &e);
	check(stream_reader_create(w->bus, &w->loop, &alerts, &w->alerts, &e), &e);
}

double latency_run(struct harness *h, struct world *world, size_t n, unsigned gap_ms,
	const struct world_batches *load, double load_rate, struct latencies *alert,
	struct latencies *ack)
{
	struct watcher w = { .h = h,
		.world = world,
		.n = n,
		.gap_ms = gap_ms,
		.setting_up = true,
		.waits = true,
		.on = true,
		.load = load,
		.load_rate = load_rate,
		.alert_times = alert,
		.ack_times = ack };
	struct world_batches setup = { 0 };
	double load_s;

	arena_init(&w.arena, &mem_heap, ARENA_MAX);
	world_toggle_setup(world, &setup);
	open_all(&w);
	start_timers(&w);
	send_single(&w, &setup);
	(void)uv_run(&w.loop, UV_RUN_DEFAULT); /* until everything is closed */
	load_s = (double)(clock_mono_ns() - w.load_start_ns) / 1e9;
	bus_destroy(w.bus);
	(void)uv_loop_close(&w.loop);
	arena_fini(&w.arena);
	world_batches_free(&setup);
	return load == NULL ? 0 : (double)w.load_acked / load_s;
}
