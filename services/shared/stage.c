#include "services/shared/stage.h"

#include <stdlib.h>

#include "common/io/clock.h"
#include "common/io/committer.h"
#include "common/io/log.h"
#include "common/io/reply.h"
#include "common/io/stream.h"

#define PENDING_MAX ((size_t)8 << 20) /* bytes not yet durable before input waits */
#define ANSWER_MAX  ((size_t)256 << 20)
#define TICK_MS	    250
#define TURN_NS	    500000 /* units are taken for so long before questions are looked at */
#define DRAIN_MS    5000
/* Messages for one peer, of 1 MiB at most: what a reader that takes nothing can cost. */
#define HIGH_WATER  256
#define LINGER_MS   500
#define SILENCE_MS  (3 * STREAM_KEEPALIVE_MS) /* of the input's server, before health suffers */
#define EXIT_FAILED 3

enum state { STARTING, REPLAYING, RUNNING, DRAINING, STOPPED };
static const char *const state_names[] = { "starting", "replaying", "running", "draining",
	"stopped" };

struct stage {
	struct stage_options options;
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
	uv_timer_t tick;
	int open_handles;

	uint64_t position;
	uint64_t taken_ns; /* when the newest unit was taken */
	bool amid;	   /* the unit taken last is not done: `more` goes on with it */
	uint64_t amid_end; /* the position then */
	bool end_waits;	   /* all input has been read meanwhile, up to: */
	uint64_t told_end;
	uv_idle_t more;
	uint64_t turn_from_ns; /* since when units have been taken without a look at the sockets */
	bool input_waits;      /* the reader was told ERR_AGAIN */
	struct arena arena;
	struct buf reply;
	uint64_t units, stalls;
};

static void drain(struct stage *s);
static void leave(struct stage *s);

static void log_failure(struct stage *s, const struct err *e)
{
	char quoted[ERR_TEXT_MAX * 2];

	log_error("failed", "reason=%s", logger_quote(e->text, quoted, sizeof quoted));
	s->exit_code = EXIT_FAILED;
}

void stage_fail(struct stage *s, const struct err *e)
{
	log_failure(s, e);
	drain(s);
}

/* A unit that failed half way may have left output without its mark in the group that fills: that group is dropped,
 * and what it held is made again from the input after a restart. */
static void fail_at_once(struct stage *s, const struct err *e)
{
	log_failure(s, e);
	leave(s);
}

static const char *output_name(const struct stage *s)
{
	return s->options.output_log == NULL ? "written" : s->options.output_log;
}

static bool is_full(const struct stage *s)
{
	return s->options.is_full != NULL && s->options.is_full(s->options.ctx);
}

/* ---- input ------------------------------------------------------------------------------------------------ */

static void on_more(uv_idle_t *idle);
static void on_end(void *ctx, uint64_t end);

static int take(
	struct stage *s, struct span unit, uint64_t first, uint32_t n_records, struct err *e)
{
	int rc;

	if (first != s->position)
		return err_set(e, ERR_MISMATCH,
			"the log of %s has no unit that begins at position %llu, where the last one taken "
			"ended, but one at %llu; %s",
			s->options.input_log, (unsigned long long)s->position,
			(unsigned long long)first, s->options.gone_remedy);
	s->position = first + n_records;
	rc = s->options.take(s->options.ctx, unit, first, n_records, e);
	s->taken_ns = clock_mono_ns();
	s->units++;
	if (rc != ERR_AGAIN)
		return rc;
	s->amid = true;
	s->amid_end = s->position;
	s->position = first;
	(void)uv_idle_start(&s->more, on_more);
	return 0;
}

static void resume_input(struct stage *s)
{
	s->input_waits = false;
	if (s->reader != NULL)
		stream_reader_resume(s->reader);
}

static void on_more(uv_idle_t *idle)
{
	struct stage *s = idle->data;
	struct err e = { 0 };
	int rc;

	if ((s->state != RUNNING && s->state != REPLAYING) ||
		committer_pending_bytes(s->committer) > PENDING_MAX) {
		(void)uv_idle_stop(idle); /* on_done() goes on */
		return;
	}
	if (!s->amid) {
		(void)uv_idle_stop(idle);
		s->turn_from_ns = clock_mono_ns();
		if (s->input_waits && !is_full(s))
			resume_input(s);
		return;
	}
	rc = s->options.more(
		s->options.ctx, &e); /* the last time it may say that the stage is ready */
	s->taken_ns = clock_mono_ns();
	if (rc == ERR_AGAIN)
		return;
	(void)uv_idle_stop(idle);
	if (rc != 0) {
		fail_at_once(s, &e);
		return;
	}
	s->amid = false;
	s->position = s->amid_end;
	if (s->end_waits)
		on_end(s, s->told_end);
	if (s->input_waits && committer_pending_bytes(s->committer) <= PENDING_MAX)
		resume_input(s);
}

/* Whether units have been taken for so long that questions must come in between: on_more() begins the next turn, when
 * all sockets have been looked at. */
static bool turn_is_over(struct stage *s)
{
	uint64_t now = clock_mono_ns();

	if (now - s->taken_ns > TURN_NS)
		s->turn_from_ns = now; /* there was a pause */
	return now - s->turn_from_ns > TURN_NS;
}

static int on_unit(void *ctx, struct span unit, uint64_t first, uint32_t n_records)
{
	struct stage *s = ctx;
	struct err e = { 0 };
	bool over;

	if (s->state != RUNNING && s->state != REPLAYING)
		return ERR_AGAIN;
	over = turn_is_over(s);
	if (over || s->amid || committer_pending_bytes(s->committer) > PENDING_MAX || is_full(s)) {
		s->input_waits = true;
		if (over)
			(void)uv_idle_start(&s->more, on_more);
		return ERR_AGAIN;
	}
	if (take(s, unit, first, n_records, &e) != 0) {
		fail_at_once(s, &e);
		return ERR_AGAIN;
	}
	return 0;
}

static void on_end(void *ctx, uint64_t end)
{
	struct stage *s = ctx;
	struct err e = { 0 };

	s->end_waits = s->amid; /* the last unit is not done: on_more() comes back to it */
	s->told_end = end;
	if (!s->amid && s->options.on_input_end != NULL &&
		s->options.on_input_end(s->options.ctx, end, &e) != 0)
		stage_fail(s, &e);
}

static int open_reader(struct stage *s, uint64_t position, struct err *e);

/* Goes on behind what the input has dropped. */
static bool pass_over(struct stage *s, uint64_t first_position, struct err *e)
{
	if (s->options.on_gone == NULL || first_position <= s->position ||
		!s->options.on_gone(s->options.ctx, first_position))
		return false;
	stream_reader_close(&s->reader);
	s->position = first_position;
	return open_reader(s, first_position, e) == 0;
}

static void on_refused(void *ctx, struct str reason, struct str detail, uint64_t first_position)
{
	struct stage *s = ctx;
	struct err e = { 0 };

	if (str_eq(reason, STR("position-gone")) && pass_over(s, first_position, &e))
		return;
	if (e.code != 0) {
		stage_fail(s, &e);
		return;
	}
	(void)err_set(&e, ERR_MISMATCH,
		"the log of %s cannot be read from position %llu (" STR_FMT ": " STR_FMT
		"); the oldest held is %llu; %s",
		s->options.input_log, (unsigned long long)s->position, STR_ARG(reason),
		STR_ARG(detail), (unsigned long long)first_position, s->options.gone_remedy);
	stage_fail(s, &e);
}

/* ---- output ----------------------------------------------------------------------------------------------- */

static void on_done(void *ctx, uint64_t first, uint64_t end)
{
	struct stage *s = ctx;
	struct err e = { 0 };

	if (s->options.on_durable != NULL &&
		s->options.on_durable(s->options.ctx, first, end, &e) != 0) {
		stage_fail(s, &e);
		return;
	}
	stream_server_wake(s->server);
	if (committer_pending_bytes(s->committer) > PENDING_MAX / 2)
		return;
	if (s->amid)
		(void)uv_idle_start(&s->more, on_more);
	else if (s->input_waits && !is_full(s))
		resume_input(s);
}

static void on_stall(void *ctx, const struct err *e)
{
	struct stage *s = ctx;

	s->stalls++;
	log_error("disk_full", "reason=\"%s\" remedy=\"free space; the service goes on by itself\"",
		e->text);
}

static void on_commit_failed(void *ctx, const struct err *e)
{
	stage_fail(ctx, e);
}

/* ---- questions -------------------------------------------------------------------------------------------- */

void stage_tell_position(struct stage_status *st, const char *name, uint64_t first, uint64_t end)
{
	if (st->n_positions < STAGE_POSITIONS_MAX)
		st->positions[st->n_positions++] =
			(struct wire_position){ str_from(name), first, end };
}

void stage_tell_counter(struct stage_status *st, const char *name, uint64_t value)
{
	if (st->n_counters < STAGE_COUNTERS_MAX)
		st->counters[st->n_counters++] = (struct wire_counter){ str_from(name), value };
}

static enum wire_health health(const struct stage *s)
{
	if (s->exit_code != 0)
		return HEALTH_FAILED;
	if (s->state != RUNNING || s->reader == NULL ||
		stream_reader_silence_ms(s->reader) > SILENCE_MS)
		return HEALTH_DEGRADED;
	return HEALTH_HEALTHY;
}

static void answer_status(struct stage *s, const struct bus_peer *peer, const struct frame *q)
{
	uint64_t end = stage_input_end(s);
	struct frame a = { .kind = FRAME_STATUS_ANSWER };
	struct stage_status st = { .n_positions = 0 };

	if (s->options.output_log != NULL)
		stage_tell_position(
			&st, s->options.output_log, store_first(s->store), store_end(s->store));
	stage_tell_position(&st, s->options.input_position, 0, s->position);
	stage_tell_counter(&st, "lag", end > s->position ? end - s->position : 0);
	stage_tell_counter(&st, "units-read", s->units);
	stage_tell_counter(&st, "readers", stream_server_readers(s->server));
	stage_tell_counter(&st, "disk-stalls", s->stalls);
	s->options.describe(s->options.ctx, &st);
	a.u.status_answer.request = q->u.status_query.request;
	a.u.status_answer.service = str_from(s->options.name);
	a.u.status_answer.version = STR(CAPSCORE_VERSION);
	a.u.status_answer.health = health(s);
	a.u.status_answer.state = str_from(state_names[s->state]);
	a.u.status_answer.uptime_ms = (int64_t)((clock_mono_ns() - s->started_ns) / 1000000);
	a.u.status_answer.positions = st.positions;
	a.u.status_answer.n_positions = st.n_positions;
	a.u.status_answer.counters = st.counters;
	a.u.status_answer.n_counters = st.n_counters;
	(void)stage_reply(s, peer, &a);
}

static void on_message(void *ctx, struct bus_socket *socket, struct bus_message *m)
{
	struct stage *s = ctx;
	struct frame f;

	arena_reset(&s->arena);
	if (reply_decode(socket, m, &s->arena, &f, &s->reply) != 0)
		return;
	if (f.kind == FRAME_READ)
		stream_server_on_read(s->server, &m->peer, &f);
	else if (f.kind == FRAME_STATUS_QUERY)
		answer_status(s, &m->peer, &f);
	else if (s->options.on_question == NULL ||
		 !s->options.on_question(s->options.ctx, &m->peer, &f))
		(void)stage_reply_failure(s, &m->peer, 0, "unsupported", s->options.answers);
}

static void on_writable(void *ctx, struct bus_socket *socket)
{
	struct stage *s = ctx;

	(void)socket;
	if (s->server != NULL)
		stream_server_on_writable(s->server);
}

int stage_reply(struct stage *s, const struct bus_peer *peer, const struct frame *f)
{
	int rc = reply_frame(s->socket, peer, f, &s->reply);

	if (rc != 0)
		log_warn("answer_lost", "reason=%s", err_name(rc));
	return rc;
}

int stage_reply_failure(struct stage *s, const struct bus_peer *peer, uint64_t request,
	const char *reason, const char *detail)
{
	return reply_failure(s->socket, peer, request, reason, detail, &s->reply);
}

/* ---- start ------------------------------------------------------------------------------------------------ */

int stage_create(
	uv_loop_t *loop, const struct stage_options *options, struct stage **ret_s, struct err *e)
{
	struct store_options store = { .path = options->store_path,
		.retain_bytes = options->retain_bytes };
	struct stage *s = mem_zalloc(&mem_heap, sizeof *s);
	int rc;

	if (s == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the service");
	s->options = *options;
	s->loop = loop;
	s->started_ns = clock_mono_ns();
	rc = store_open(&store, &s->store, e);
	if (rc != 0) {
		mem_free(&mem_heap, s, sizeof *s);
		return rc;
	}
	arena_init(&s->arena, &mem_heap, ANSWER_MAX);
	buf_init(&s->reply, &mem_heap, WIRE_BODY_MAX);
	(void)uv_timer_init(loop, &s->tick);
	s->tick.data = s;
	(void)uv_idle_init(loop, &s->more);
	s->more.data = s;
	*ret_s = s;
	return 0;
}

static int open_socket(struct stage *s, struct err *e)
{
	struct bus_options bus = { .type = ZMQ_ROUTER,
		.max_message =
			s->options.max_question != 0 ? s->options.max_question : WIRE_FRAME_MAX,
		.high_water = HIGH_WATER,
		.linger_ms = LINGER_MS,
		.on_message = on_message,
		.on_writable = on_writable,
		.ctx = s };
	struct stream_server_options server = { .store = s->store,
		.log = s->options.output_log == NULL ? "" : s->options.output_log,
		.passes = s->options.passes,
		.ctx = s->options.ctx };
	int rc = bus_create(s->loop, &s->bus, e);

	if (rc == 0)
		rc = bus_open(s->bus, &bus, &s->socket, e);
	if (rc == 0) {
		server.socket = s->socket;
		rc = stream_server_create(s->loop, &server, &s->server, e);
	}
	return rc == 0 ? bus_bind(s->socket, s->options.endpoint, e) : rc;
}

static int open_reader(struct stage *s, uint64_t position, struct err *e)
{
	struct stream_reader_options reader = { .endpoint = s->options.input,
		.log = s->options.input_log,
		.position = position,
		.on_unit = on_unit,
		.on_end = on_end,
		.on_refused = on_refused,
		.ctx = s };

	return stream_reader_create(s->bus, s->loop, &reader, &s->reader, e);
}

static void on_tick(uv_timer_t *timer);

int stage_start(struct stage *s, uint64_t position, struct err *e)
{
	struct committer_options commit = { .max_group_bytes = s->options.max_group_bytes,
		.on_done = on_done,
		.on_stall = on_stall,
		.on_fail = on_commit_failed,
		.ctx = s };
	int rc = committer_create(s->loop, s->store, &commit, &s->committer, e);

	s->position = position;
	if (rc == 0)
		rc = open_socket(s, e);
	if (rc == 0)
		rc = open_reader(s, position, e);
	if (rc != 0)
		return rc;
	s->state = REPLAYING;
	(void)uv_timer_start(&s->tick, on_tick, TICK_MS, TICK_MS);
	return 0;
}

void stage_ready(struct stage *s)
{
	if (s->state != REPLAYING)
		return;
	s->state = RUNNING;
	log_info("ready", "%s=%llu %s=%llu took_ms=%llu", s->options.input_log,
		(unsigned long long)s->position, output_name(s),
		(unsigned long long)store_end(s->store),
		(unsigned long long)((clock_mono_ns() - s->started_ns) / 1000000));
}

/* ---- stop ------------------------------------------------------------------------------------------------- */

static void free_all(struct stage *s)
{
	void (*on_closed)(void *, int) = s->options.on_closed;
	void *ctx = s->options.ctx;
	int exit_code = s->exit_code;

	bus_destroy(s->bus);
	store_close(s->store);
	arena_fini(&s->arena);
	buf_fini(&s->reply);
	mem_free(&mem_heap, s, sizeof *s);
	on_closed(ctx, exit_code);
}

static void on_handle_closed(void *ctx)
{
	struct stage *s = ctx;

	if (--s->open_handles == 0)
		free_all(s);
}

static void on_uv_closed(uv_handle_t *handle)
{
	on_handle_closed(handle->data);
}

static void close_parts(struct stage *s)
{
	s->state = STOPPED;
	stream_reader_close(&s->reader);
	stream_server_close(&s->server);
	if (s->socket != NULL)
		bus_close(&s->socket);
	s->open_handles = 2;
	if (s->committer != NULL) {
		s->open_handles++;
		committer_close(&s->committer, on_handle_closed, s);
	}
	uv_close((uv_handle_t *)&s->tick, on_uv_closed);
	uv_close((uv_handle_t *)&s->more, on_uv_closed);
}

void stage_drop(struct stage *s)
{
	if (s != NULL)
		close_parts(s);
}

static void finish(struct stage *s)
{
	if (!committer_is_idle(s->committer)) {
		/* The thread is inside a sync that does not end: nothing more can be closed in order. */
		log_error("drain_timeout", "after_ms=%d lost=nothing", DRAIN_MS);
		_Exit(s->exit_code != 0 ? s->exit_code : 1);
	}
	leave(s);
}

static void leave(struct stage *s)
{
	if (s->options.on_drained != NULL)
		s->options.on_drained(s->options.ctx, s->exit_code);
	log_info("stopped", "%s=%llu %s=%llu", s->options.input_log,
		(unsigned long long)s->position, output_name(s),
		(unsigned long long)store_end(s->store));
	close_parts(s);
}

static void on_tick(uv_timer_t *timer)
{
	struct stage *s = timer->data;
	uint64_t now = clock_mono_ns();

	if (s->state == DRAINING) {
		if (committer_is_idle(s->committer) || now >= s->drain_until_ns)
			finish(s);
	} else if (s->options.on_tick != NULL) {
		s->options.on_tick(s->options.ctx, now);
	}
}

static void drain(struct stage *s)
{
	if (s->state == DRAINING || s->state == STOPPED)
		return;
	s->state = DRAINING;
	s->drain_until_ns = clock_mono_ns() + (uint64_t)DRAIN_MS * 1000000;
	if (s->options.on_draining != NULL && s->exit_code == 0)
		s->options.on_draining(s->options.ctx);
	(void)uv_timer_start(&s->tick, on_tick, 0, 10);
}

void stage_stop(struct stage *s)
{
	drain(s);
}

/* ---- queries ---------------------------------------------------------------------------------------------- */

bool stage_is_running(const struct stage *s)
{
	return s->state == RUNNING;
}

struct store *stage_store(struct stage *s)
{
	return s->store;
}

struct store_group *stage_output(struct stage *s)
{
	return committer_group(s->committer);
}

uint64_t stage_next(const struct stage *s)
{
	return committer_next(s->committer);
}

void stage_added(struct stage *s)
{
	committer_kick(s->committer);
}

bool stage_is_idle(const struct stage *s)
{
	return committer_is_idle(s->committer);
}

uint64_t stage_position(const struct stage *s)
{
	return s->position;
}

uint64_t stage_input_end(const struct stage *s)
{
	return s->reader != NULL ? stream_reader_end(s->reader) : s->position;
}

uint64_t stage_age_ms(const struct stage *s)
{
	return s->taken_ns == 0 ? 0 : (clock_mono_ns() - s->taken_ns) / 1000000;
}

bool stage_is_amid(const struct stage *s)
{
	return s->amid;
}

struct bus *stage_bus(struct stage *s)
{
	return s->bus;
}

struct arena *stage_arena(struct stage *s)
{
	return &s->arena;
}
