#include "services/scoring/scoring_service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/io/bus.h"
#include "common/io/clock.h"
#include "common/io/committer.h"
#include "common/io/log.h"
#include "common/io/reply.h"
#include "common/io/store.h"
#include "common/io/stream.h"
#include "services/scoring/answers.h"
#include "services/scoring/ledger_core.h"
#include "services/scoring/scoring_core.h"
#include "services/scoring/snapshots.h"

#define UNIT_CHANGES_MAX 512u		   /* changes in one unit of the score log */
#define PENDING_MAX	 ((size_t)8 << 20) /* bytes not yet durable before input waits */
#define GROUP_MAX                                                                                  \
	((size_t)1 << 30) /* one unit of input goes into one group, a day of 1 M partners too */
#define DECODE_MAX    ((size_t)64 << 20)
#define ANSWER_MAX    ((size_t)256 << 20)
#define TICK_MS	      250
#define DRAIN_MS      5000
#define PATH_TEXT_MAX 4096
#define MARKS	      "marks"
#define MARK_KEY      ((struct span){ "scores", 6 })

enum state { STARTING, REPLAYING, RUNNING, DRAINING, STOPPED };
static const char *const state_names[] = { "starting", "replaying", "running", "draining",
	"stopped" };

struct scoring_service {
	struct scoring_service_options options;
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
	struct snapshots *snapshots;
	uv_timer_t tick;
	int open_handles;

	struct scoring *scoring;
	struct ledger ledger;
	uint64_t position;	    /* of the event log: everything before it is in the state */
	uint64_t applied_ns;	    /* when the newest unit was applied */
	bool input_waits;	    /* the reader was told ERR_AGAIN */
	uint64_t snapshot_position; /* of the newest snapshot begun */
	uint64_t snapshot_ns;

	struct arena decode;
	struct arena answer;
	struct buf unit, reply;
	char scores_path[PATH_TEXT_MAX], snapshot_path[PATH_TEXT_MAX];

	uint64_t units, changes, queries, stalls, snapshots_written;
};

static void drain(struct scoring_service *s);

static void fail(struct scoring_service *s, const struct err *e, int exit_code)
{
	char quoted[ERR_TEXT_MAX * 2];

	log_error("failed", "reason=%s", logger_quote(e->text, quoted, sizeof quoted));
	s->exit_code = exit_code;
	drain(s);
}

/* ---- input: units of the event log ------------------------------------------------------------------------ */

/* Writes one output unit, or compares it while replaying. */
static int put_unit(struct scoring_service *s, const struct score_batch *part, struct err *e)
{
	bool write = false;
	int rc;

	buf_reset(&s->unit);
	rc = wire_encode_scores(part, &s->unit);
	if (rc != 0)
		return err_set(e, rc, "cannot encode a score batch: %s", err_text(rc));
	rc = ledger_output(&s->ledger, buf_span(&s->unit), (uint32_t)part->n_changes, &write);
	if (rc != 0)
		return err_set(e, rc,
			"the events before position %llu give other scores than those committed in %s; the event log or "
			"the program changed: move the folder and %s away to score everything anew",
			(unsigned long long)part->event_position, s->scores_path, s->snapshot_path);
	if (write)
		rc = store_group_add(committer_group(s->committer), buf_span(&s->unit),
			(uint32_t)part->n_changes);
	s->changes += part->n_changes;
	return rc != 0 ? err_set(e, rc, "cannot write scores: %s", err_text(rc)) : 0;
}

static int put_mark(struct scoring_service *s, uint64_t event_position, struct err *e)
{
	struct ledger_mark m = { s->ledger.outputs, s->ledger.digest, event_position,
		s->options.edition->digest };
	uint8_t bytes[LEDGER_MARK_BYTES];
	int rc;

	ledger_mark_write(&m, bytes);
	rc = store_group_put(committer_group(s->committer), MARKS, MARK_KEY,
		(struct span){ bytes, sizeof bytes });
	if (rc != 0)
		return err_set(e, rc, "cannot write the mark: %s", err_text(rc));
	committer_kick(s->committer);
	return 0;
}

/* A batch in parts of bounded size; parts and mark go into one group, so they are durable together. */
static int put_batch(struct scoring_service *s, const struct score_batch *batch, struct err *e)
{
	int rc = 0;

	for (size_t at = 0; rc == 0 && at < batch->n_changes; at += UNIT_CHANGES_MAX) {
		struct score_batch part = *batch;

		part.changes += at;
		part.n_changes = batch->n_changes - at < UNIT_CHANGES_MAX ? batch->n_changes - at
									  : UNIT_CHANGES_MAX;
		rc = put_unit(s, &part, e);
	}
	if (rc == 0 && !s->ledger.replaying && batch->n_changes > 0)
		rc = put_mark(s, batch->event_position, e);
	return rc;
}

static int apply_unit(
	struct scoring_service *s, struct span bytes, uint64_t first, uint32_t n, struct err *e)
{
	struct scoring_unit unit = { .first = first };
	struct score_batch batch;
	struct event *events;
	int rc;

	if (first != s->position)
		return err_set(e, ERR_PROTOCOL, "events from position %llu expected, got %llu",
			(unsigned long long)s->position, (unsigned long long)first);
	arena_reset(&s->decode);
	rc = wire_decode_logged_events(bytes, &s->decode, &events, &unit.n, e);
	if (rc != 0)
		return rc;
	if (unit.n != n)
		return err_set(e, ERR_CORRUPT, "a unit of %u events holds %zu", n, unit.n);
	unit.events = events;
	rc = scoring_step(s->scoring, &unit, &batch);
	if (rc != 0)
		return err_set(e, rc,
			"%s while scoring events at position %llu; raise --max-partners, "
			"--max-people or --max-names, or give the machine more memory",
			err_text(rc), (unsigned long long)first);
	s->position = first + n;
	s->applied_ns = clock_mono_ns();
	s->units++;
	return put_batch(s, &batch, e);
}

static void settle_state(struct scoring_service *s)
{
	if (s->state == REPLAYING && !s->ledger.replaying) {
		s->state = RUNNING;
		log_info("ready", "events=%llu scores=%llu took_ms=%llu",
			(unsigned long long)s->position, (unsigned long long)s->ledger.outputs,
			(unsigned long long)((clock_mono_ns() - s->started_ns) / 1000000));
	}
}

static int on_unit(void *ctx, struct span unit, uint64_t first, uint32_t n_records)
{
	struct scoring_service *s = ctx;
	struct err e = { 0 };

	if (s->state != RUNNING && s->state != REPLAYING)
		return ERR_AGAIN;
	if (committer_pending_bytes(s->committer) > PENDING_MAX) {
		s->input_waits = true;
		return ERR_AGAIN;
	}
	if (apply_unit(s, unit, first, n_records, &e) != 0) {
		fail(s, &e, 3);
		return ERR_AGAIN;
	}
	settle_state(s);
	return 0;
}

/* The event log has been read to its end: when the replay still lacks outputs, the log is not the one the scores
 * were made from. */
static void on_end(void *ctx, uint64_t end_position)
{
	struct scoring_service *s = ctx;
	struct err e = { 0 };

	if (s->state != REPLAYING || !s->ledger.replaying)
		return;
	(void)err_set(&e, ERR_MISMATCH,
		"the event log ends at position %llu, but the scores in %s were made from events up to %llu; "
		"restore the event log, or move the folder and %s away to score everything anew",
		(unsigned long long)end_position, s->scores_path,
		(unsigned long long)s->ledger.committed.event_position, s->snapshot_path);
	fail(s, &e, 3);
}

static void on_refused(void *ctx, struct str reason, struct str detail, uint64_t first_position)
{
	struct scoring_service *s = ctx;
	struct err e = { 0 };

	(void)err_set(&e, ERR_MISMATCH,
		"ingestion refuses to serve events from position %llu (" STR_FMT ": " STR_FMT
		"); the oldest it holds is %llu",
		(unsigned long long)s->position, STR_ARG(reason), STR_ARG(detail),
		(unsigned long long)first_position);
	fail(s, &e, 3);
}

/* ---- output: durable score changes ------------------------------------------------------------------------ */

static void on_durable(void *ctx, uint64_t first, uint64_t end)
{
	struct scoring_service *s = ctx;

	(void)first;
	stream_server_wake(s->server);
	snapshots_durable(s->snapshots, end);
	if (s->input_waits && committer_pending_bytes(s->committer) <= PENDING_MAX / 2) {
		s->input_waits = false;
		if (s->reader != NULL)
			stream_reader_resume(s->reader);
	}
}

static void on_stall(void *ctx, const struct err *e)
{
	struct scoring_service *s = ctx;

	s->stalls++;
	log_error("disk_full", "reason=\"%s\" remedy=\"free space; scoring goes on by itself\"",
		e->text);
}

static void on_commit_failed(void *ctx, const struct err *e)
{
	fail(ctx, e, 3);
}

/* ---- questions -------------------------------------------------------------------------------------------- */

static struct wire_freshness freshness(const struct scoring_service *s)
{
	uint64_t end = s->reader != NULL ? stream_reader_end(s->reader) : s->position;
	struct wire_freshness f = {
		.event_position = s->position,
		.lag_events = end > s->position ? end - s->position : 0,
		.age_ms = s->applied_ns == 0
				  ? 0
				  : (int64_t)((clock_mono_ns() - s->applied_ns) / 1000000),
		.day = engine_day(scoring_engine(s->scoring)),
	};

	return f;
}

static void answer_question(
	struct scoring_service *s, const struct bus_peer *peer, const struct frame *q)
{
	bool one = q->kind == FRAME_SCORE_QUERY;
	uint64_t request = one ? q->u.score_query.request : q->u.partners_query.request;
	struct wire_freshness f = freshness(s);
	struct frame a;
	int rc;

	s->queries++;
	if (s->state != RUNNING) {
		(void)reply_failure(s->socket, peer, request, "busy",
			"scoring is replaying; ask again shortly", &s->reply);
		return;
	}
	rc = one ? answer_score(scoring_engine(s->scoring), q, &f, &s->answer, &a)
		 : answer_partners(scoring_engine(s->scoring), q, &f, &s->answer, &a);
	if (rc == ERR_NOTFOUND)
		rc = reply_failure(s->socket, peer, request, "unknown-partner",
			"no event about this partner has arrived", &s->reply);
	else if (rc != 0)
		rc = reply_failure(s->socket, peer, request, rc == ERR_RANGE ? "malformed" : "busy",
			err_text(rc), &s->reply);
	else
		rc = reply_frame(s->socket, peer, &a, &s->reply);
	if (rc != 0)
		log_warn("answer_lost", "reason=%s", err_name(rc));
}

static enum wire_health health(const struct scoring_service *s)
{
	if (s->exit_code != 0)
		return HEALTH_FAILED;
	if (s->reader == NULL || stream_reader_silence_ms(s->reader) > 3 * STREAM_KEEPALIVE_MS)
		return HEALTH_DEGRADED;
	return s->state == RUNNING ? HEALTH_HEALTHY : HEALTH_DEGRADED;
}

static void answer_status(
	struct scoring_service *s, const struct bus_peer *peer, const struct frame *q)
{
	struct engine_stats st;
	uint64_t end = s->reader != NULL ? stream_reader_end(s->reader) : s->position;
	struct wire_position positions[] = {
		{ STR("scores"), store_first(s->store), store_end(s->store) },
		{ STR("events-read"), 0, s->position },
		{ STR("events-end"), 0, end },
	};
	struct frame a = { .kind = FRAME_STATUS_ANSWER };

	engine_stats_get(scoring_engine(s->scoring), &st);
	struct wire_counter counters[] = {
		{ STR("lag-events"), end > s->position ? end - s->position : 0 },
		{ STR("partners"), st.partners },
		{ STR("people"), st.people },
		{ STR("customers"), st.customers },
		{ STR("usage-rows"), st.usage_rows },
		{ STR("events-applied"), st.events },
		{ STR("events-stale"), st.stale },
		{ STR("events-unused"), st.unused },
		{ STR("unknown-certificates"), st.unknown_certificates },
		{ STR("score-changes"), s->changes },
		{ STR("questions"), s->queries },
		{ STR("readers"), stream_server_readers(s->server) },
		{ STR("disk-stalls"), s->stalls },
		{ STR("snapshots"), s->snapshots_written },
		{ STR("snapshots-failed"), snapshots_failed(s->snapshots) },
		{ STR("state-bytes"), st.bytes },
	};
	a.u.status_answer.request = q->u.status_query.request;
	a.u.status_answer.service = STR("scoring");
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
	struct scoring_service *s = ctx;
	struct frame f;

	arena_reset(&s->answer);
	if (reply_decode(socket, m, &s->answer, &f, &s->reply) != 0)
		return;
	switch (f.kind) {
	case FRAME_READ:
		stream_server_on_read(s->server, &m->peer, &f);
		break;
	case FRAME_SCORE_QUERY:
	case FRAME_PARTNERS_QUERY:
		answer_question(s, &m->peer, &f);
		break;
	case FRAME_STATUS_QUERY:
		answer_status(s, &m->peer, &f);
		break;
	default:
		(void)reply_failure(socket, &m->peer, 0, "unsupported",
			"scoring answers read (log \"scores\"), score, partners and status",
			&s->reply);
	}
}

static void on_writable(void *ctx, struct bus_socket *socket)
{
	struct scoring_service *s = ctx;

	(void)socket;
	if (s->server != NULL)
		stream_server_on_writable(s->server);
}

/* ---- snapshots and the passing of time -------------------------------------------------------------------- */

static struct snapshot_head snapshot_head(const struct scoring_service *s)
{
	return (struct snapshot_head){ s->position, s->ledger.digest, s->ledger.outputs,
		s->options.edition->digest };
}

static void on_snapshot(void *ctx, const struct snapshot_head *head, uint64_t took_ms)
{
	struct scoring_service *s = ctx;

	s->snapshots_written++;
	log_info("snapshot", "events=%llu took_ms=%llu", (unsigned long long)head->position,
		(unsigned long long)took_ms);
}

static void consider_snapshot(struct scoring_service *s, uint64_t now_ns)
{
	uint64_t events = s->position - s->snapshot_position;
	struct snapshot_head head = snapshot_head(s);
	struct err e = { 0 };

	if (s->state != RUNNING || events == 0)
		return;
	if (events < s->options.snapshot_events &&
		now_ns - s->snapshot_ns < s->options.snapshot_ms * 1000000)
		return;
	if (snapshots_begin(s->snapshots, &head, &e) == 0) {
		s->snapshot_position = s->position;
		s->snapshot_ns = now_ns;
	}
}

static void finish(struct scoring_service *s);

static void on_tick(uv_timer_t *timer)
{
	struct scoring_service *s = timer->data;
	uint64_t now = clock_mono_ns();

	if (s->state != DRAINING) {
		consider_snapshot(s, now);
		return;
	}
	if (committer_is_idle(s->committer) || now >= s->drain_until_ns)
		finish(s);
}

/* ---- start and stop --------------------------------------------------------------------------------------- */

static int read_mark(struct scoring_service *s, struct ledger_mark *ret_m, struct err *e)
{
	int rc = store_get(s->store, MARKS, MARK_KEY, &s->reply, e);

	if (rc == ERR_NOTFOUND && store_end(s->store) == 0) {
		*ret_m = (struct ledger_mark){ .edition_digest = s->options.edition->digest };
		return 0;
	}
	if (rc == 0)
		rc = ledger_mark_read(buf_span(&s->reply), ret_m);
	if (rc != 0)
		return err_set(e, rc, "%s has no readable mark: %s", s->scores_path, err_text(rc));
	if (ret_m->outputs != store_end(s->store))
		return err_set(e, ERR_CORRUPT, "%s holds %llu records, its mark says %llu",
			s->scores_path, (unsigned long long)store_end(s->store),
			(unsigned long long)ret_m->outputs);
	if (ret_m->edition_digest != s->options.edition->digest)
		return err_set(e, ERR_MISMATCH,
			"the scores in %s were made under another text of the rules than edition " STR_FMT
			"; start with that text, or move the folder and %s away to score everything anew",
			s->scores_path, STR_ARG(s->options.edition->id), s->snapshot_path);
	return 0;
}

static int make_scoring(struct scoring_service *s, struct err *e)
{
	int rc = scoring_create(&mem_heap, s->options.edition, &s->options.limits, &s->scoring);

	return rc == 0 ? 0 : err_set(e, rc, "cannot set up the engine: %s", err_text(rc));
}

/* State from the newest snapshot; without a usable one from nothing, which replays the whole event log. */
static int restore(struct scoring_service *s, struct err *e)
{
	struct ledger_mark mark;
	struct snapshot_head head = { 0 };
	struct err why = { 0 };
	char quoted[ERR_TEXT_MAX];
	int rc = read_mark(s, &mark, e);

	if (rc == 0)
		rc = make_scoring(s, e);
	if (rc != 0)
		return rc;
	rc = snapshots_load(s->snapshot_path, scoring_engine(s->scoring), &head, &why);
	if (rc == 0)
		rc = ledger_start(&s->ledger, &mark, head.outputs, head.digest);
	if (rc != 0) {
		if (rc != ERR_NOTFOUND)
			log_warn("snapshot_unusable",
				"reason=%s then=\"replaying the whole event log\"",
				logger_quote(why.text[0] != '\0' ? why.text : err_text(rc), quoted,
					sizeof quoted));
		head = (struct snapshot_head){ 0 };
		scoring_destroy(s->scoring);
		s->scoring = NULL;
		rc = make_scoring(s, e);
		if (rc == 0)
			rc = ledger_start(&s->ledger, &mark, 0, 0);
		if (rc != 0)
			return err_set(e, rc, "%s does not begin where an empty state does",
				s->scores_path);
	}
	s->position = s->snapshot_position = head.position;
	s->snapshot_ns = clock_mono_ns();
	return 0;
}

static int open_parts(struct scoring_service *s, struct err *e)
{
	struct store_options store = { .path = s->scores_path,
		.retain_bytes = s->options.retain_bytes };
	struct committer_options commit = { .max_group_bytes = GROUP_MAX,
		.on_done = on_durable,
		.on_stall = on_stall,
		.on_fail = on_commit_failed,
		.ctx = s };
	struct bus_options bus = { .type = ZMQ_ROUTER,
		.max_message = WIRE_FRAME_MAX,
		.high_water = 4096,
		.linger_ms = 500,
		.on_message = on_message,
		.on_writable = on_writable,
		.ctx = s };
	struct snapshots_options snapshots = {
		.path = s->snapshot_path, .on_written = on_snapshot, .ctx = s
	};
	struct stream_server_options server = { .log = "scores" };
	struct stream_reader_options reader = { .endpoint = s->options.ingestion,
		.log = "events",
		.on_unit = on_unit,
		.on_end = on_end,
		.on_refused = on_refused,
		.ctx = s };
	int rc = store_open(&store, &s->store, e);

	if (rc == 0)
		rc = restore(s, e);
	if (rc == 0)
		rc = committer_create(s->loop, s->store, &commit, &s->committer, e);
	if (rc == 0) {
		snapshots.engine = scoring_engine(s->scoring);
		rc = snapshots_create(s->loop, &snapshots, &s->snapshots, e);
	}
	if (rc == 0)
		rc = bus_create(s->loop, &s->bus, e);
	if (rc == 0)
		rc = bus_open(s->bus, &bus, &s->socket, e);
	if (rc == 0) {
		server.socket = s->socket;
		server.store = s->store;
		rc = stream_server_create(s->loop, &server, &s->server, e);
	}
	if (rc == 0)
		rc = bus_bind(s->socket, s->options.endpoint, e);
	if (rc == 0) {
		snapshots_durable(s->snapshots, store_end(s->store));
		reader.position = s->position;
		rc = stream_reader_create(s->bus, s->loop, &reader, &s->reader, e);
	}
	return rc;
}

/* The last step of a stop, when libuv has let go of every handle. */
static void free_all(struct scoring_service *s)
{
	void (*on_stopped)(void *, int) = s->options.on_stopped;
	void *ctx = s->options.ctx;
	int exit_code = s->exit_code;

	bus_destroy(s->bus);
	store_close(s->store);
	scoring_destroy(s->scoring);
	arena_fini(&s->decode);
	arena_fini(&s->answer);
	buf_fini(&s->unit);
	buf_fini(&s->reply);
	mem_free(&mem_heap, s, sizeof *s);
	if (on_stopped != NULL)
		on_stopped(ctx, exit_code);
}

static void on_handle_closed(void *ctx)
{
	struct scoring_service *s = ctx;

	if (--s->open_handles == 0)
		free_all(s);
}

static void on_timer_closed(uv_handle_t *handle)
{
	on_handle_closed(handle->data);
}

static void close_parts(struct scoring_service *s)
{
	stream_reader_close(&s->reader);
	stream_server_close(&s->server);
	bus_close(&s->socket);
	snapshots_close(&s->snapshots);
	s->open_handles = 1;
	if (s->committer != NULL) {
		s->open_handles++;
		committer_close(&s->committer, on_handle_closed, s);
	}
	uv_close((uv_handle_t *)&s->tick, on_timer_closed);
}

static void finish(struct scoring_service *s)
{
	struct snapshot_head head = snapshot_head(s);
	struct err e = { 0 };

	if (!committer_is_idle(s->committer)) {
		/* The thread is inside a sync that does not end: nothing more can be closed in order. */
		log_error("drain_timeout", "after_ms=%d lost=nothing", DRAIN_MS);
		_Exit(s->exit_code != 0 ? s->exit_code : 1);
	}
	if (s->exit_code == 0 && !s->ledger.replaying && s->position != s->snapshot_position &&
		snapshots_now(s->snapshots, &head, &e) != 0)
		log_warn("snapshot_failed", "reason=\"%s\"", e.text);
	s->state = STOPPED;
	log_info("stopped", "events=%llu scores=%llu", (unsigned long long)s->position,
		(unsigned long long)s->ledger.outputs);
	close_parts(s);
}

static void drain(struct scoring_service *s)
{
	if (s->state == DRAINING || s->state == STOPPED)
		return;
	s->state = DRAINING;
	s->drain_until_ns = clock_mono_ns() + (uint64_t)DRAIN_MS * 1000000;
	(void)uv_timer_start(&s->tick, on_tick, 0, 10);
}

void scoring_service_stop(struct scoring_service *s)
{
	drain(s);
}

static int set_paths(struct scoring_service *s, struct err *e)
{
	int a = snprintf(s->scores_path, sizeof s->scores_path, "%s/scores", s->options.data_dir);
	int b = snprintf(s->snapshot_path, sizeof s->snapshot_path, "%s/scoring.snapshot",
		s->options.data_dir);

	if (a < 0 || b < 0 || (size_t)a >= sizeof s->scores_path ||
		(size_t)b >= sizeof s->snapshot_path)
		return err_set(e, ERR_INVALID, "the data folder's path is too long");
	return 0;
}

int scoring_service_start(uv_loop_t *loop, const struct scoring_service_options *options,
	struct scoring_service **ret_s, struct err *e)
{
	struct scoring_service *s = mem_zalloc(&mem_heap, sizeof *s);
	int rc;

	if (s == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the service");
	s->options = *options;
	s->loop = loop;
	s->started_ns = clock_mono_ns();
	arena_init(&s->decode, &mem_heap, DECODE_MAX);
	arena_init(&s->answer, &mem_heap, ANSWER_MAX);
	buf_init(&s->unit, &mem_heap, WIRE_BODY_MAX);
	buf_init(&s->reply, &mem_heap, WIRE_BODY_MAX);
	(void)uv_timer_init(loop, &s->tick);
	s->tick.data = s;
	rc = set_paths(s, e);
	if (rc == 0)
		rc = open_parts(s, e);
	if (rc != 0) {
		s->options.on_stopped = NULL;
		close_parts(s);
		return rc;
	}
	s->state = REPLAYING;
	(void)uv_timer_start(&s->tick, on_tick, TICK_MS, TICK_MS);
	settle_state(s);
	*ret_s = s;
	return 0;
}
