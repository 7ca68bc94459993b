/* The life of the ingestion service: start, throttling, draining, end.
 *
 *   STARTING ──► RUNNING ──► DRAINING ──► CLOSING ──► STOPPED
 *                   │            └ drained: exit 0; at the deadline: exit 1
 *                   └─ the store failed for good ──► CLOSING: exit 3
 */
#include "services/ingestion/ingestion_service.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "common/io/clock.h"
#include "common/io/log.h"
#include "services/ingestion/ingestion_internal.h"
#include "services/shared/edition_shelf.h"
#include "services/shared/service_main.h"

#define GROUP_SLACK	   ((size_t)8 * 1024 * 1024) /* what one message and ten years of days can add */
#define ARENA_MAX	   ((size_t)64 * 1024 * 1024)
#define UNIT_BYTES_MAX	   ((size_t)2 * 1024 * 1024)
#define ACKS_MAX	   16384u
#define ACKS_BYTES	   ((size_t)8 * 1024 * 1024)
#define REPLIES_MAX	   256u
#define REPLIES_BYTES	   ((size_t)64 * 1024)
#define NAMES_KEPT	   1024
#define PUBLISH_HIGH_WATER 512 /* answers that wait for one producer */
#define PUBLISH_WAITING	   64 /* batches that wait of one producer; bounds what ZeroMQ holds of it */
#define READ_HIGH_WATER	   256
#define LINGER_MS	   1000
#define DAY_CHECK_MS	   1000

/* ---- states ----------------------------------------------------------------------------------------------- */

static const char *const state_names[] = {
#define X(name, text) [name] = text,
	INGESTION_STATE_TABLE(X)
#undef X
};

/* moves[from] has a bit for each state that may follow. */
#define TO(state) (1u << (state))
static const unsigned moves[INGESTION_STATE_END] = {
	[STATE_STARTING] = TO(STATE_RUNNING),
	[STATE_RUNNING] = TO(STATE_DRAINING) | TO(STATE_CLOSING),
	[STATE_DRAINING] = TO(STATE_CLOSING),
	[STATE_CLOSING] = TO(STATE_STOPPED),
};

static void move_to(struct ingestion *s, enum ingestion_state state)
{
	assert((moves[s->state] & TO(state)) != 0);
	log_debug("state", "from=%s to=%s", state_names[s->state], state_names[state]);
	s->state = state;
}

const char *ingestion_state_name(enum ingestion_state state)
{
	return state_names[state];
}

event_ms ingestion_now(const struct ingestion *s)
{
	return s->options.now != NULL ? s->options.now(s->options.ctx) : clock_wall_ms();
}

static void free_memory(struct ingestion *s)
{
	ingestion_core_destroy(s->core);
	huge_heap_destroy(s->memory);
	letters_destroy(s->letters);
	names_destroy(s->names);
	acks_destroy(s->acks);
	acks_destroy(s->replies);
	arena_fini(&s->arena);
	buf_fini(&s->unit);
	buf_fini(&s->scratch);
	bus_destroy(s->bus);
	store_close(s->store);
	mem_free(&mem_heap, s, sizeof *s);
}

/* ---- closing ---------------------------------------------------------------------------------------------- */

static void one_closed(struct ingestion *s)
{
	if (--s->n_closing > 0)
		return;
	move_to(s, STATE_STOPPED);
	if (s->options.on_stopped != NULL)
		s->options.on_stopped(s->options.ctx, s->exit_code);
}

static void on_handle_closed(uv_handle_t *h)
{
	one_closed(h->data);
}

static void on_committer_closed(void *ctx)
{
	one_closed(ctx);
}

static void close_all(struct ingestion *s, int exit_code)
{
	move_to(s, STATE_CLOSING);
	s->exit_code = exit_code;
	stream_server_close(&s->stream);
	bus_close(&s->publish);
	bus_close(&s->read);
	s->n_closing = 3;
	uv_close((uv_handle_t *)&s->day_timer, on_handle_closed);
	uv_close((uv_handle_t *)&s->drain_timer, on_handle_closed);
	committer_close(&s->committer, on_committer_closed, s);
}

void ingestion_fail(struct ingestion *s, const struct err *e)
{
	char quoted[2 * ERR_TEXT_MAX];

	log_error("store_failed", "why=%s", logger_quote(e->text, quoted, sizeof quoted));
	if (s->state == STATE_RUNNING || s->state == STATE_DRAINING)
		close_all(s, INGESTION_EXIT_STORE);
}

/* ---- draining --------------------------------------------------------------------------------------------- */

static void close_when_drained(struct ingestion *s)
{
	if (s->state != STATE_DRAINING || !committer_is_idle(s->committer))
		return;
	if (acks_count(s->acks) > 0 || acks_count(s->replies) > 0)
		return;
	log_info("drained", "events=%" PRIu64, store_end(s->store));
	close_all(s, INGESTION_EXIT_OK);
}

/* What is on disk is safe, also where its answer was not taken: that producer sends it again. */
static void on_drain_deadline(uv_timer_t *h)
{
	struct ingestion *s = h->data;
	bool durable = committer_is_idle(s->committer);

	log_warn("drain_deadline", "unanswered=%zu pending_bytes=%zu",
		acks_count(s->acks) + acks_count(s->replies),
		committer_pending_bytes(s->committer));
	close_all(s, durable ? INGESTION_EXIT_OK : INGESTION_EXIT_UNDRAINED);
}

void ingestion_stop(struct ingestion *s)
{
	if (s->state != STATE_RUNNING)
		return;
	move_to(s, STATE_DRAINING);
	log_info("draining", "pending_bytes=%zu", committer_pending_bytes(s->committer));
	/* Read, though nothing is taken: as long as there is something to read from a producer ZeroMQ does not tell that it
	 * is gone, and its answers would wait. */
	bus_pause(s->publish, false);
	(void)uv_timer_stop(&s->day_timer);
	(void)uv_timer_start(&s->drain_timer, on_drain_deadline, s->options.drain_ms, 0);
	close_when_drained(s);
}

/* ---- back-pressure and answers ---------------------------------------------------------------------------- */

static size_t pending(const struct ingestion *s)
{
	return acks_waiting_cost(s->acks) + acks_waiting_cost(s->replies);
}

bool ingestion_has_room(const struct ingestion *s)
{
	return pending(s) < s->options.pending_bytes_max && acks_has_room(s->acks, ACK_BYTES_MAX) &&
	       acks_has_room(s->replies, 1024);
}

void ingestion_throttle(struct ingestion *s)
{
	bool full = !ingestion_has_room(s) || acks_is_half_full(s->acks);
	bool low = pending(s) <= s->options.pending_bytes_max / 2 && !full;

	if (s->state != STATE_RUNNING || s->publish == NULL)
		return;
	if (!s->paused && full) {
		s->paused = true;
		s->count.pauses++;
		bus_pause(s->publish, true);
	} else if (s->paused && low) {
		s->paused = false;
		bus_pause(s->publish, false);
	}
}

static enum ack_sent send_on(struct bus_socket *socket, struct span peer, struct span frame)
{
	struct bus_peer to = { .n = (uint8_t)peer.n };
	int rc;

	memcpy(to.id, peer.p, peer.n);
	rc = bus_send(socket, &to, &frame, 1);
	return rc == 0 ? ACK_SENT : rc == ERR_AGAIN ? ACK_BLOCKED : ACK_GONE;
}

static enum ack_sent send_ack(void *ctx, struct span peer, struct span frame)
{
	return send_on(((struct ingestion *)ctx)->publish, peer, frame);
}

static enum ack_sent send_reply(void *ctx, struct span peer, struct span frame)
{
	return send_on(((struct ingestion *)ctx)->read, peer, frame);
}

void ingestion_flush(struct ingestion *s)
{
	(void)acks_flush(s->acks, send_ack, s);
	(void)acks_flush(s->replies, send_reply, s);
}

static void on_writable(void *ctx, struct bus_socket *socket)
{
	struct ingestion *s = ctx;

	if (socket == s->read)
		stream_server_on_writable(s->stream);
	ingestion_flush(s);
	ingestion_throttle(s);
	close_when_drained(s);
}

/* ---- the committer ---------------------------------------------------------------------------------------- */

static void on_done(void *ctx, uint64_t first, uint64_t end)
{
	struct ingestion *s = ctx;

	s->group_durable++;
	assert(s->group_durable <= s->group_newest);
	s->count.commits++;
	if (s->stalled) {
		s->stalled = false;
		log_info("store_recovered", "events=%" PRIu64, end);
	}
	acks_durable(s->acks, s->group_durable);
	acks_durable(s->replies, s->group_durable);
	if (s->state != STATE_RUNNING && s->state != STATE_DRAINING)
		return;
	ingestion_flush(s);
	if (end > first)
		stream_server_wake(s->stream);
	ingestion_throttle(s);
	close_when_drained(s);
}

static void on_stall(void *ctx, const struct err *e)
{
	struct ingestion *s = ctx;
	char quoted[2 * ERR_TEXT_MAX];

	s->stalled = true;
	s->count.stalls++;
	log_error("store_full", "why=%s", logger_quote(e->text, quoted, sizeof quoted));
}

static void on_fail(void *ctx, const struct err *e)
{
	ingestion_fail(ctx, e);
}

/* ---- start ------------------------------------------------------------------------------------------------ */

static void on_day_timer(uv_timer_t *h)
{
	ingestion_log_days(h->data);
}

static int open_store(struct ingestion *s, struct err *e)
{
	char path[4096];
	struct store_options options = { .path = path, .retain_bytes = s->options.retain_bytes };
	uint64_t want = s->options.retain_bytes * 2 + ((uint64_t)1 << 30);

	if (want > (uint64_t)64 << 30)
		options.map_bytes = want; /* the store's default is less */
	if (snprintf(path, sizeof path, "%s/events", s->options.data_dir) >= (int)sizeof path)
		return err_set(e, ERR_INVALID, "data folder: the path is too long");
	return store_open(&options, &s->store, e);
}

/* A text that quotes a rule file, as a detail: cut between characters, without control characters. */
static void make_detail(const char *text, char out[REFUSAL_DETAIL_MAX])
{
	size_t n = 0;

	for (; text[n] != '\0' && n < REFUSAL_DETAIL_MAX - 1; n++) {
		unsigned char c = (unsigned char)text[n];

		out[n] = c < 0x20 || c == 0x7f ? '?' : text[n];
	}
	while (n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80)
		n--;
	out[n] = '\0';
	for (size_t i = 0; !str_is_clean_utf8((struct str){ out, n }) && i < n; i++)
		if (((unsigned char)out[i] & 0x80) != 0)
			out[i] = '?';
}

/* The first fault goes into the arena of the message at hand. */
static bool is_valid_edition(void *ctx, const struct fact_edition *f, const char **ret_detail)
{
	struct ingestion *s = ctx;
	struct edition_box *box = NULL;
	struct err why = { 0 };
	int rc = edition_of_fact(f->edition, f->text, &box, &why);
	char *detail;

	edition_box_destroy(box);
	if (rc == 0)
		return true;
	detail = arena_alloc(&s->arena, REFUSAL_DETAIL_MAX);
	*ret_detail = detail != NULL ? detail : err_text(ERR_NOMEM);
	if (detail != NULL)
		make_detail(why.text[0] != '\0' ? why.text : err_text(rc), detail);
	return false;
}

static int make_parts(struct ingestion *s, struct err *e)
{
	struct ingestion_core_options core = { s->options.days, s->options.dedup_events,
		s->options.dedup_days, 0, { is_valid_edition, s } };
	int rc;

	arena_init(&s->arena, &mem_heap, ARENA_MAX);
	buf_init(&s->unit, &mem_heap, UNIT_BYTES_MAX);
	buf_init(&s->scratch, &mem_heap, WIRE_BODY_MAX);
	if (uv_random(NULL, NULL, &core.seed, sizeof core.seed, 0, NULL) != 0)
		return err_set(e, ERR_IO, "no random numbers for the dedup window's seed");
	rc = huge_heap_create(&s->memory);
	if (rc == 0)
		rc = ingestion_core_create(huge_heap_alloc(s->memory), &core, &s->core);
	if (rc != 0)
		return err_set(e, rc, "dedup window: %u to %u events and %u to %u days",
			DEDUP_EVENTS_MIN, DEDUP_EVENTS_MAX, DEDUP_DAYS_MIN, DEDUP_DAYS_MAX);
	rc = letters_create(
		&mem_heap, s->options.dead_letters_max, s->options.dead_letter_bytes, &s->letters);
	if (rc != 0)
		return err_set(e, rc, "dead letters: 1 to %u, and at least %zu bytes", LETTERS_MAX,
			LETTER_BYTES_MAX);
	rc = names_create(&mem_heap, NAMES_KEPT, &s->names);
	if (rc == 0)
		rc = acks_create(&mem_heap, ACKS_MAX, ACKS_BYTES, &s->acks);
	if (rc == 0)
		rc = acks_create(&mem_heap, REPLIES_MAX, REPLIES_BYTES, &s->replies);
	return rc == 0 ? 0 : err_set(e, rc, "ingestion");
}

static int make_committer(struct ingestion *s, struct err *e)
{
	struct committer_options options = {
		.max_group_bytes = s->options.pending_bytes_max + GROUP_SLACK,
		.on_done = on_done,
		.on_stall = on_stall,
		.on_fail = on_fail,
		.ctx = s,
	};

	return committer_create(s->loop, s->store, &options, &s->committer, e);
}

static int open_sockets(struct ingestion *s, struct err *e)
{
	struct bus_options publish = {
		.type = ZMQ_ROUTER,
		.max_message =
			WIRE_BODY_MAX, /* above the limit of a batch, so that a larger one is refused with a reason */
		.high_water = PUBLISH_HIGH_WATER,
		.high_water_in = PUBLISH_WAITING,
		.linger_ms = LINGER_MS,
		.on_message = ingestion_on_publish,
		.on_writable = on_writable,
		.ctx = s,
	};
	struct bus_options read = publish;
	struct stream_server_options stream = { .store = s->store, .log = "events" };
	int rc;

	read.high_water = READ_HIGH_WATER;
	read.high_water_in = 0;
	read.on_message = ingestion_on_read;
	rc = bus_create(s->loop, &s->bus, e);
	if (rc == 0)
		rc = bus_open(s->bus, &publish, &s->publish, e);
	if (rc == 0)
		rc = bus_open(s->bus, &read, &s->read, e);
	if (rc != 0)
		return rc;
	stream.socket = s->read;
	return stream_server_create(s->loop, &stream, &s->stream, e);
}

static int bind_socket(const struct ingestion *s, struct bus_socket *socket, const char *given,
	const char *name, struct err *e)
{
	char text[ENDPOINT_MAX];
	const char *endpoint =
		service_endpoint(given, s->options.data_dir, name, text, sizeof text, e);

	return endpoint == NULL ? ERR_IO : bus_bind(socket, endpoint, e);
}

static int bind_sockets(struct ingestion *s, struct err *e)
{
	int rc = bind_socket(s, s->read, s->options.read_endpoint, "ingestion", e);

	return rc != 0 ? rc
		       : bind_socket(s, s->publish, s->options.endpoint, "ingestion-publish", e);
}

static void set_defaults(struct ingestion_options *o)
{
	if (o->pending_bytes_max == 0)
		o->pending_bytes_max = INGESTION_PENDING_BYTES;
	if (o->drain_ms == 0)
		o->drain_ms = INGESTION_DRAIN_MS;
}

static int build(struct ingestion *s, struct err *e)
{
	int rc = make_parts(s, e);

	if (rc == 0)
		rc = open_store(s, e);
	if (rc == 0)
		rc = ingestion_recover(s, e);
	if (rc == 0)
		rc = open_sockets(s, e);
	if (rc == 0)
		rc = bind_sockets(s, e);
	return rc == 0 ? make_committer(s, e) : rc;
}

/* Handles of a start that failed: the loop closes them after ingestion_start() has returned. */
static void abandon_start(struct ingestion *s)
{
	stream_server_close(&s->stream);
	bus_close(&s->publish);
	bus_close(&s->read);
	free_memory(s);
}

static void log_ready(const struct ingestion *s, uint64_t began_ns)
{
	log_info("ready",
		"endpoint=%s read_endpoint=%s events=%" PRIu64 " known=%" PRIu32
		" letters=%zu took_ms=%" PRIu64,
		bus_endpoint(s->publish), bus_endpoint(s->read), store_end(s->store),
		dedup_count(ingestion_dedup(s->core)), letters_count(s->letters),
		(clock_mono_ns() - began_ns) / 1000000);
}

int ingestion_start(uv_loop_t *loop, const struct ingestion_options *options,
	struct ingestion **ret_s, struct err *e)
{
	struct ingestion *s = mem_zalloc(&mem_heap, sizeof *s);
	uint64_t began_ns = clock_mono_ns();
	int rc;

	if (s == NULL)
		return err_set(e, ERR_NOMEM, "ingestion");
	s->loop = loop;
	s->options = *options;
	set_defaults(&s->options);
	rc = build(s, e);
	if (rc != 0) {
		abandon_start(s);
		return rc;
	}
	(void)uv_timer_init(loop, &s->day_timer);
	(void)uv_timer_init(loop, &s->drain_timer);
	s->day_timer.data = s->drain_timer.data = s;
	s->started_ms = uv_now(loop);
	move_to(s, STATE_RUNNING);
	ingestion_log_days(s); /* before any event, as nothing is received until the loop turns */
	(void)uv_timer_start(&s->day_timer, on_day_timer, DAY_CHECK_MS, DAY_CHECK_MS);
	if (s->state == STATE_RUNNING) /* the first day record may have found no memory */
		log_ready(s, began_ns);
	*ret_s = s;
	return 0;
}

void ingestion_destroy(struct ingestion *s)
{
	if (s == NULL)
		return;
	assert(s->state == STATE_STOPPED);
	free_memory(s);
}

struct store *ingestion_store(struct ingestion *s)
{
	return s->store;
}
