#include "services/notification/notification_service.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/io/bus.h"
#include "common/io/clock.h"
#include "common/io/committer.h"
#include "common/io/log.h"
#include "common/io/reply.h"
#include "common/io/store.h"
#include "common/io/stream.h"
#include "services/notification/publisher.h"

#define PENDING_MAX   ((size_t)8 << 20)
#define GROUP_MAX     ((size_t)64 << 20)
#define DECODE_MAX    ((size_t)64 << 20)
#define PUBLISH_BYTES ((size_t)1 << 20)
#define PUBLISH_UNITS 512u
#define MARK_EVERY                                                                                 \
	100000u /* score changes without an alert before the position is written anyway */
#define TICK_MS	      1000
#define DRAIN_MS      5000
#define PATH_TEXT_MAX 4096
#define MARKS	      "marks"
#define MARK_KEY      ((struct span){ "scores", 6 })
#define PARTNERS      "partners"
#define MARK_BYTES    16 /* input position, event position */

enum state { STARTING, RUNNING, DRAINING, STOPPED };
static const char *const state_names[] = { "starting", "running", "draining", "stopped" };

struct notification_service {
	struct notification_service_options options;
	uv_loop_t *loop;
	enum state state;
	int exit_code;
	uint64_t started_ns, drain_until_ns;

	struct store *store;
	struct committer *committer;
	struct bus *bus;
	struct bus_socket *socket;
	struct stream_server *server;
	struct stream_reader *reader;
	struct publisher *publisher;
	uv_timer_t tick;
	int open_handles;

	struct notification *core;
	uint64_t position;	  /* of the score log: everything before it was decided on */
	uint64_t marked_position; /* as written */
	uint64_t event_position;  /* of the event log, as the score changes tell it */
	uint64_t published;	  /* of the alert log */
	bool input_waits;

	struct arena decode;
	struct arena filter;
	struct buf unit, saved, reply, publish;
	char path[PATH_TEXT_MAX];

	uint64_t changes, stalls;
};

static void drain(struct notification_service *s);

static void fail(struct notification_service *s, const struct err *e)
{
	char quoted[ERR_TEXT_MAX * 2];

	log_error("failed", "reason=%s", logger_quote(e->text, quoted, sizeof quoted));
	s->exit_code = 3;
	drain(s);
}

/* ---- input: units of the score log ------------------------------------------------------------------------ */

static int put_mark(struct notification_service *s)
{
	uint8_t mark[MARK_BYTES];

	store_key_u64(s->position, mark);
	store_key_u64(s->event_position, mark + 8);
	s->marked_position = s->position;
	committer_kick(s->committer);
	return store_group_put(
		committer_group(s->committer), MARKS, MARK_KEY, (struct span){ mark, sizeof mark });
}

static int put_alert(struct notification_service *s, const struct alert *from)
{
	struct store_group *g = committer_group(s->committer);
	struct alert al = *from;
	int rc;

	al.position = committer_next(s->committer);
	buf_reset(&s->unit);
	buf_reset(&s->saved);
	rc = wire_encode_alert(&al, &s->unit);
	if (rc == 0)
		rc = store_group_add(g, buf_span(&s->unit), 1);
	if (rc == 0)
		rc = notification_save_partner(s->core, al.partner, &s->saved);
	if (rc == 0)
		rc = store_group_put(g, PARTNERS, (struct span){ al.partner.p, al.partner.n },
			buf_span(&s->saved));
	return rc;
}

static int take_unit(struct notification_service *s, struct span bytes, uint64_t first, uint32_t n,
	struct err *e)
{
	const struct alert *alerts;
	struct score_batch batch;
	size_t n_alerts;
	int rc;

	if (first != s->position)
		return err_set(e, ERR_PROTOCOL, "scores from position %llu expected, got %llu",
			(unsigned long long)s->position, (unsigned long long)first);
	arena_reset(&s->decode);
	rc = wire_decode_scores(bytes, &s->decode, &batch, e);
	if (rc != 0)
		return rc;
	if (batch.n_changes != n)
		return err_set(
			e, ERR_CORRUPT, "a unit of %u score changes holds %zu", n, batch.n_changes);
	rc = notification_step(s->core, &batch, first, &alerts, &n_alerts);
	if (rc != 0)
		return err_set(e, rc, "%s; raise --max-partners", err_text(rc));
	s->position = first + n;
	s->event_position = batch.event_position;
	s->changes += n;
	for (size_t i = 0; rc == 0 && i < n_alerts; i++)
		rc = put_alert(s, &alerts[i]);
	if (rc == 0 && (n_alerts > 0 || s->position - s->marked_position >= MARK_EVERY))
		rc = put_mark(s);
	return rc != 0 ? err_set(e, rc, "cannot write alerts: %s", err_text(rc)) : 0;
}

static int on_unit(void *ctx, struct span unit, uint64_t first, uint32_t n_records)
{
	struct notification_service *s = ctx;
	struct err e = { 0 };

	if (s->state != RUNNING)
		return ERR_AGAIN;
	if (committer_pending_bytes(s->committer) > PENDING_MAX) {
		s->input_waits = true;
		return ERR_AGAIN;
	}
	if (take_unit(s, unit, first, n_records, &e) != 0) {
		fail(s, &e);
		return ERR_AGAIN;
	}
	return 0;
}

static void on_refused(void *ctx, struct str reason, struct str detail, uint64_t first_position)
{
	struct notification_service *s = ctx;
	struct err e = { 0 };

	(void)err_set(&e, ERR_MISMATCH,
		"scoring refuses to serve scores from position %llu (" STR_FMT ": " STR_FMT
		"); the oldest it holds is %llu. The score log is not the one these alerts were made from: "
		"move %s away to begin anew",
		(unsigned long long)s->position, STR_ARG(reason), STR_ARG(detail),
		(unsigned long long)first_position, s->path);
	fail(s, &e);
}

/* ---- output: durable alerts ------------------------------------------------------------------------------- */

static int publish_some(struct notification_service *s, uint64_t end, struct err *e)
{
	uint32_t sizes[PUBLISH_UNITS], counts[PUBLISH_UNITS];
	uint64_t first;
	size_t n, at = 0;
	int rc = store_read(s->store, s->published, end - s->published, PUBLISH_BYTES, &s->publish,
		sizes, counts, PUBLISH_UNITS, &n, &first, e);

	if (rc != 0)
		return rc;
	for (size_t i = 0; i < n; i++) {
		struct span unit = { s->publish.p + at, sizes[i] };
		struct alert al;

		arena_reset(&s->filter);
		rc = wire_decode_alert(unit, &s->filter, &al, e);
		if (rc != 0)
			return rc;
		publisher_alert(s->publisher, &al, unit);
		at += sizes[i];
		s->published = first + i + 1;
	}
	return n > 0 ? 0
		     : err_set(e, ERR_CORRUPT, "alert %llu cannot be read back",
			       (unsigned long long)s->published);
}

static void on_durable(void *ctx, uint64_t first, uint64_t end)
{
	struct notification_service *s = ctx;
	struct err e = { 0 };

	(void)first;
	while (s->published < end)
		if (publish_some(s, end, &e) != 0) {
			fail(s, &e);
			return;
		}
	stream_server_wake(s->server);
	if (s->input_waits && committer_pending_bytes(s->committer) <= PENDING_MAX / 2) {
		s->input_waits = false;
		if (s->reader != NULL)
			stream_reader_resume(s->reader);
	}
}

static void on_stall(void *ctx, const struct err *e)
{
	struct notification_service *s = ctx;

	s->stalls++;
	log_error("disk_full", "reason=\"%s\" remedy=\"free space; alerts go on by themselves\"",
		e->text);
}

static void on_commit_failed(void *ctx, const struct err *e)
{
	fail(ctx, e);
}

/* ---- the feed and questions ------------------------------------------------------------------------------- */

static bool is_listed(struct str s, const struct str *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(s, list[i]))
			return true;
	return n == 0;
}

static bool passes(void *ctx, const struct wire_filter *f, struct span unit)
{
	struct notification_service *s = ctx;
	struct alert al;

	arena_reset(&s->filter);
	if (wire_decode_alert(unit, &s->filter, &al, NULL) != 0)
		return false;
	return is_listed(al.partner, f->partners, f->n_partners) &&
	       is_listed(al.area, f->areas, f->n_areas) &&
	       is_listed(str_from(alert_kind_name(al.kind)), f->kinds, f->n_kinds);
}

static uint64_t lag(const struct notification_service *s)
{
	uint64_t end = s->reader != NULL ? stream_reader_end(s->reader) : s->position;

	return end > s->position ? end - s->position : 0;
}

static enum wire_health health(const struct notification_service *s)
{
	if (s->exit_code != 0)
		return HEALTH_FAILED;
	if (s->state != RUNNING || stream_reader_silence_ms(s->reader) > 3 * STREAM_KEEPALIVE_MS)
		return HEALTH_DEGRADED;
	return HEALTH_HEALTHY;
}

static void answer_status(
	struct notification_service *s, const struct bus_peer *peer, const struct frame *q)
{
	struct notification_stats st;
	struct wire_position positions[] = {
		{ STR("alerts"), store_first(s->store), store_end(s->store) },
		{ STR("scores-read"), 0, s->position },
		{ STR("events-seen"), 0, s->event_position },
	};
	struct frame a = { .kind = FRAME_STATUS_ANSWER };

	notification_stats_get(s->core, &st);
	struct wire_counter counters[] = {
		{ STR("lag-scores"), lag(s) },
		{ STR("partners"), st.partners },
		{ STR("designations-held"), st.held },
		{ STR("designations-at-risk"), st.at_risk },
		{ STR("score-changes"), s->changes },
		{ STR("alerts-gained"), st.by_kind[ALERT_GAINED] },
		{ STR("alerts-at-risk"), st.by_kind[ALERT_AT_RISK] },
		{ STR("alerts-recovered"), st.by_kind[ALERT_RECOVERED] },
		{ STR("alerts-lost"), st.by_kind[ALERT_LOST] },
		{ STR("published"), publisher_sent(s->publisher) },
		{ STR("readers"), stream_server_readers(s->server) },
		{ STR("disk-stalls"), s->stalls },
	};
	a.u.status_answer.request = q->u.status_query.request;
	a.u.status_answer.service = STR("notification");
	a.u.status_answer.version = STR(CAPSCORE_VERSION);
	a.u.status_answer.health = health(s);
	a.u.status_answer.state = str_from(state_names[s->state]);
	a.u.status_answer.uptime_ms = (int64_t)((clock_mono_ns() - s->started_ns) / 1000000);
	a.u.status_answer.positions = positions;
	a.u.status_answer.n_positions = sizeof positions / sizeof *positions;
	a.u.status_answer.counters = counters;
	a.u.status_answer.n_counters = sizeof counters / sizeof *counters;
	(void)reply_frame(s->socket, peer, &a, &s->reply);
}

static void on_message(void *ctx, struct bus_socket *socket, struct bus_message *m)
{
	struct notification_service *s = ctx;
	struct frame f;

	arena_reset(&s->decode);
	if (reply_decode(socket, m, &s->decode, &f, &s->reply) != 0)
		return;
	if (f.kind == FRAME_READ)
		stream_server_on_read(s->server, &m->peer, &f);
	else if (f.kind == FRAME_STATUS_QUERY)
		answer_status(s, &m->peer, &f);
	else
		(void)reply_failure(socket, &m->peer, 0, "unsupported",
			"notification answers read (log \"alerts\") and status", &s->reply);
}

static void on_writable(void *ctx, struct bus_socket *socket)
{
	struct notification_service *s = ctx;

	(void)socket;
	if (s->server != NULL)
		stream_server_on_writable(s->server);
}

static uint64_t event_position(void *ctx)
{
	return ((struct notification_service *)ctx)->event_position;
}

/* ---- start and stop --------------------------------------------------------------------------------------- */

struct load {
	struct notification_service *s;
	struct err *e;
};

static int load_partner(void *ctx, struct span key, struct span value)
{
	struct load *l = ctx;
	int rc = notification_load_partner(l->s->core, (struct str){ key.p, key.n }, value);

	return rc == 0 ? 0
		       : err_set(l->e, rc, "%s: the state of a partner: %s", l->s->path,
				 err_text(rc));
}

static int restore(struct notification_service *s, struct err *e)
{
	struct load l = { s, e };
	int rc = notification_create(&mem_heap, &s->options.core, &s->core);

	if (rc != 0)
		return err_set(e, rc, "cannot set up: %s", err_text(rc));
	rc = store_scan(s->store, PARTNERS, (struct span){ "", 0 }, load_partner, &l, e);
	if (rc != 0 && rc != ERR_NOTFOUND)
		return rc;
	rc = store_get(s->store, MARKS, MARK_KEY, &s->reply, e);
	if (rc == 0 && s->reply.n != MARK_BYTES)
		return err_set(e, ERR_CORRUPT, "%s has an unreadable mark", s->path);
	if (rc == 0) {
		s->position = store_key_read_u64(s->reply.p);
		s->event_position = store_key_read_u64(s->reply.p + 8);
	} else if (rc != ERR_NOTFOUND || store_end(s->store) > 0) {
		return err_set(e, ERR_CORRUPT, "%s has alerts but no mark", s->path);
	}
	s->marked_position = s->position;
	s->published = store_end(s->store);
	return 0;
}

static int open_sockets(struct notification_service *s, struct err *e)
{
	struct bus_options bus = { .type = ZMQ_ROUTER,
		.max_message = WIRE_FRAME_MAX,
		.high_water = 4096,
		.linger_ms = 500,
		.on_message = on_message,
		.on_writable = on_writable,
		.ctx = s };
	struct stream_server_options server = {
		.store = s->store, .log = "alerts", .passes = passes, .ctx = s
	};
	struct publisher_options pub = { .endpoint = s->options.pub,
		.feed = s->options.endpoint,
		.end_position = store_end(s->store),
		.event_position = event_position,
		.ctx = s };
	struct stream_reader_options reader = { .endpoint = s->options.scoring,
		.log = "scores",
		.position = s->position,
		.on_unit = on_unit,
		.on_refused = on_refused,
		.ctx = s };
	int rc = bus_create(s->loop, &s->bus, e);

	if (rc == 0)
		rc = bus_open(s->bus, &bus, &s->socket, e);
	if (rc == 0) {
		server.socket = s->socket;
		rc = stream_server_create(s->loop, &server, &s->server, e);
	}
	if (rc == 0)
		rc = bus_bind(s->socket, s->options.endpoint, e);
	if (rc == 0)
		rc = publisher_create(s->loop, s->bus, &pub, &s->publisher, e);
	if (rc == 0)
		rc = stream_reader_create(s->bus, s->loop, &reader, &s->reader, e);
	return rc;
}

static int open_parts(struct notification_service *s, struct err *e)
{
	struct store_options store = { .path = s->path, .retain_bytes = s->options.retain_bytes };
	struct committer_options commit = { .max_group_bytes = GROUP_MAX,
		.on_done = on_durable,
		.on_stall = on_stall,
		.on_fail = on_commit_failed,
		.ctx = s };
	int n = snprintf(s->path, sizeof s->path, "%s/alerts", s->options.data_dir);
	int rc;

	if (n < 0 || (size_t)n >= sizeof s->path)
		return err_set(e, ERR_INVALID, "the data folder's path is too long");
	rc = store_open(&store, &s->store, e);
	if (rc == 0)
		rc = restore(s, e);
	if (rc == 0)
		rc = committer_create(s->loop, s->store, &commit, &s->committer, e);
	if (rc == 0)
		rc = open_sockets(s, e);
	return rc;
}

static void free_all(struct notification_service *s)
{
	void (*on_stopped)(void *, int) = s->options.on_stopped;
	void *ctx = s->options.ctx;
	int exit_code = s->exit_code;

	bus_destroy(s->bus);
	store_close(s->store);
	notification_destroy(s->core);
	arena_fini(&s->decode);
	arena_fini(&s->filter);
	buf_fini(&s->unit);
	buf_fini(&s->saved);
	buf_fini(&s->reply);
	buf_fini(&s->publish);
	mem_free(&mem_heap, s, sizeof *s);
	if (on_stopped != NULL)
		on_stopped(ctx, exit_code);
}

static void on_handle_closed(void *ctx)
{
	struct notification_service *s = ctx;

	if (--s->open_handles == 0)
		free_all(s);
}

static void on_timer_closed(uv_handle_t *handle)
{
	on_handle_closed(handle->data);
}

static void close_parts(struct notification_service *s)
{
	stream_reader_close(&s->reader);
	stream_server_close(&s->server);
	publisher_close(&s->publisher);
	bus_close(&s->socket);
	s->open_handles = 1;
	if (s->committer != NULL) {
		s->open_handles++;
		committer_close(&s->committer, on_handle_closed, s);
	}
	uv_close((uv_handle_t *)&s->tick, on_timer_closed);
}

static void finish(struct notification_service *s)
{
	if (!committer_is_idle(s->committer)) {
		log_error("drain_timeout", "after_ms=%d lost=nothing", DRAIN_MS);
		_Exit(s->exit_code != 0 ? s->exit_code : 1);
	}
	s->state = STOPPED;
	log_info("stopped", "scores=%llu alerts=%llu", (unsigned long long)s->position,
		(unsigned long long)store_end(s->store));
	close_parts(s);
}

static void on_tick(uv_timer_t *timer)
{
	struct notification_service *s = timer->data;

	if (s->state == DRAINING) {
		if (committer_is_idle(s->committer) || clock_mono_ns() >= s->drain_until_ns)
			finish(s);
	} else if (s->position != s->marked_position && committer_is_idle(s->committer)) {
		(void)put_mark(s);
	}
}

static void drain(struct notification_service *s)
{
	if (s->state == DRAINING || s->state == STOPPED)
		return;
	s->state = DRAINING;
	s->drain_until_ns = clock_mono_ns() + (uint64_t)DRAIN_MS * 1000000;
	if (s->exit_code == 0 && s->position != s->marked_position)
		(void)put_mark(s);
	(void)uv_timer_start(&s->tick, on_tick, 0, 10);
}

void notification_service_stop(struct notification_service *s)
{
	drain(s);
}

int notification_service_start(uv_loop_t *loop, const struct notification_service_options *options,
	struct notification_service **ret_s, struct err *e)
{
	struct notification_service *s = mem_zalloc(&mem_heap, sizeof *s);
	int rc;

	if (s == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the service");
	s->options = *options;
	s->loop = loop;
	s->started_ns = clock_mono_ns();
	arena_init(&s->decode, &mem_heap, DECODE_MAX);
	arena_init(&s->filter, &mem_heap, DECODE_MAX);
	buf_init(&s->unit, &mem_heap, WIRE_BODY_MAX);
	buf_init(&s->saved, &mem_heap, WIRE_BODY_MAX);
	buf_init(&s->reply, &mem_heap, WIRE_BODY_MAX);
	buf_init(&s->publish, &mem_heap, WIRE_BODY_MAX);
	(void)uv_timer_init(loop, &s->tick);
	s->tick.data = s;
	rc = open_parts(s, e);
	if (rc != 0) {
		s->options.on_stopped = NULL;
		close_parts(s);
		return rc;
	}
	s->state = RUNNING;
	log_info("ready", "scores=%llu alerts=%llu", (unsigned long long)s->position,
		(unsigned long long)store_end(s->store));
	(void)uv_timer_start(&s->tick, on_tick, TICK_MS, TICK_MS);
	*ret_s = s;
	return 0;
}
