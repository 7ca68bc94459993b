#include "services/scoring/scoring_service.h"

#include <stdio.h>

#include "common/io/clock.h"
#include "common/io/huge_heap.h"
#include "common/io/log.h"
#include "services/scoring/answers.h"
#include "services/scoring/ledger_core.h"
#include "services/scoring/rehearsal.h"
#include "services/scoring/scoring_core.h"
#include "services/scoring/simulations.h"
#include "services/scoring/snapshots.h"
#include "services/shared/calendar_status.h"
#include "services/shared/edition_shelf.h"
#include "services/shared/stage.h"

/* One unit of input makes one group, so that its outputs are durable together, and a group has a bound. The largest unit
 * is an edition that changes every designation of every partner: 0.4 to 0.5 kB of the score log a partner (measured:
 * edition 2026 in place of 2023-06), so a group takes two million partners. Beyond that the service stops and says so,
 * and nothing of the unit is written. Inside a group scoring_unit_changes()
 * bounds the parts. */
#define GROUP_MAX ((size_t)1 << 30)

#define DECODE_MAX    ((size_t)64 << 20)
#define REHEARSAL_NS  20000000u /* of one answer, so that events and other questions go on */
#define PATH_TEXT_MAX 4096
#define MARKS	      "marks"
#define MARK_KEY      ((struct span){ "scores", 6 })

struct scoring_service {
	struct scoring_service_options options;
	struct stage *stage;
	struct snapshots *snapshots;
	struct huge_heap *memory; /* of the state */
	struct scoring *scoring;
	struct rehearsal *rehearsal;
	struct simulations *simulations;
	uint64_t calendar_digest; /* of the editions there are from the start */
	struct ledger ledger;
	uint64_t snapshot_position; /* of the newest snapshot begun */
	uint64_t snapshot_ns;
	struct arena decode; /* of the unit taken in */
	struct scoring_unit taken;
	struct buf unit;
	char scores_path[PATH_TEXT_MAX], snapshot_path[PATH_TEXT_MAX];
	uint64_t changes, questions, snapshots_written;
	uint64_t editions_refused; /* told in the log */
};

/* ---- units of the score log out --------------------------------------------------------------------------- */

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
		rc = store_group_add(
			stage_output(s->stage), buf_span(&s->unit), (uint32_t)part->n_changes);
	s->changes += part->n_changes;
	if (rc == ERR_FULL)
		return err_set(e, rc,
			"the events before position %llu change more scores than one group of %zu MiB takes; nothing of them "
			"is written",
			(unsigned long long)part->event_position, GROUP_MAX >> 20);
	return rc != 0 ? err_set(e, rc, "cannot write scores: %s", err_text(rc)) : 0;
}

static int put_mark(struct scoring_service *s, uint64_t event_position, struct err *e)
{
	struct ledger_mark m = { s->ledger.outputs, s->ledger.digest, event_position,
		s->calendar_digest };
	uint8_t bytes[LEDGER_MARK_BYTES];
	int rc;

	ledger_mark_write(&m, bytes);
	rc = store_group_put(
		stage_output(s->stage), MARKS, MARK_KEY, (struct span){ bytes, sizeof bytes });
	if (rc != 0)
		return err_set(e, rc, "cannot write the mark: %s", err_text(rc));
	stage_added(s->stage);
	return 0;
}

/* A batch in parts of bounded size; parts and mark go into one group, so they are durable together. */
static int put_batch(struct scoring_service *s, const struct score_batch *batch, struct err *e)
{
	int rc = 0;

	for (size_t at = 0; rc == 0 && at < batch->n_changes;) {
		struct score_batch part = *batch;

		part.changes += at;
		part.n_changes = scoring_unit_changes(batch, at);
		at += part.n_changes;
		rc = put_unit(s, &part, e);
	}
	if (rc == 0 && !s->ledger.replaying && batch->n_changes > 0)
		rc = put_mark(s, batch->event_position, e);
	return rc;
}

/* ---- editions that events bring --------------------------------------------------------------------------- */

static void tell_refused(struct scoring_service *s, struct str id, const char *why)
{
	char name[EVENT_NAME_MAX + 1], quoted_name[2 * EVENT_NAME_MAX], quoted[ERR_TEXT_MAX * 2];

	(void)snprintf(name, sizeof name, STR_FMT, STR_ARG(id));
	log_warn("edition_refused", "id=%s reason=%s",
		logger_quote(name, quoted_name, sizeof quoted_name),
		logger_quote(why, quoted, sizeof quoted));
	s->editions_refused++;
}

/* For the engine, which counts those that cannot be opened. */
static int open_edition(
	void *ctx, struct str id, struct str text, const struct edition **ret_edition)
{
	struct scoring_service *s = ctx;
	struct err why = { 0 };
	int rc = edition_shelf_open(s->options.shelf, id, text, ret_edition, &why);

	if (rc != 0 && rc != ERR_NOMEM)
		tell_refused(s, id, why.text[0] != '\0' ? why.text : err_text(rc));
	return rc;
}

/* What was refused without being opened, or could be opened and not be run. */
static void tell_other_refusals(struct scoring_service *s)
{
	struct engine_stats es;

	engine_stats_get(scoring_engine(s->scoring), &es);
	if (es.editions_refused > s->editions_refused)
		tell_refused(
			s, STR("?"), "the calendar is full, or the edition is too large to run");
	s->editions_refused = es.editions_refused;
}

/* What was replaced or withdrawn is closed once nothing speaks of it any more, which is when the output is encoded. */
static void sweep_editions(struct scoring_service *s)
{
	struct calendar_line lines[EDITIONS_MAX];
	const struct edition *used[EDITIONS_MAX];
	size_t n = engine_calendar(scoring_engine(s->scoring), lines);

	if (edition_shelf_count(s->options.shelf) <= EDITIONS_MAX)
		return;
	for (size_t i = 0; i < n; i++)
		used[i] = lines[i].edition;
	edition_shelf_sweep(s->options.shelf, used, n);
}

/* ---- units of the event log in ---------------------------------------------------------------------------- */

static int scoring_failed(int rc, uint64_t first, struct err *e)
{
	return err_set(e, rc,
		"%s while scoring events at position %llu; raise --max-partners, --max-people or "
		"--max-names, or give the machine more memory",
		err_text(rc), (unsigned long long)first);
}

/* A part of the unit that was taken in. Returns ERR_AGAIN when there are more. */
static int score_part(void *ctx, struct err *e)
{
	struct scoring_service *s = ctx;
	struct score_batch batch;
	bool done;
	int rc = scoring_part(s->scoring, &s->taken, &batch, &done);

	if (rc != 0)
		return scoring_failed(rc, s->taken.first, e);
	rc = put_batch(s, &batch, e);
	if (rc != 0 || !done)
		return rc != 0 ? rc : ERR_AGAIN;
	tell_other_refusals(s);
	sweep_editions(s);
	if (!s->ledger.replaying)
		stage_ready(s->stage);
	return 0;
}

static int take(void *ctx, struct span bytes, uint64_t first, uint32_t n, struct err *e)
{
	struct scoring_service *s = ctx;
	struct event *events;
	void *kept; /* texts of events point into it, and parts may be scored later */
	int rc;

	arena_reset(&s->decode);
	s->taken = (struct scoring_unit){ .first = first };
	kept = arena_alloc(&s->decode, bytes.n + 1);
	if (kept == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a unit of %zu bytes", bytes.n);
	memcpy(kept, bytes.p, bytes.n);
	rc = wire_decode_logged_events(
		(struct span){ kept, bytes.n }, &s->decode, &events, &s->taken.n, e);
	if (rc != 0)
		return rc;
	if (s->taken.n != n)
		return err_set(e, ERR_CORRUPT, "a unit of %u events holds %zu", n, s->taken.n);
	s->taken.events = events;
	rc = scoring_take(s->scoring, &s->taken);
	return rc != 0 ? scoring_failed(rc, first, e) : score_part(s, e);
}

/* The event log has been read to its end: when the replay still lacks outputs, the log is not the one the scores
 * were made from. */
static int on_input_end(void *ctx, uint64_t end, struct err *e)
{
	struct scoring_service *s = ctx;

	if (!s->ledger.replaying)
		return 0;
	return err_set(e, ERR_MISMATCH,
		"the event log ends at position %llu, but the scores in %s were made from events up to %llu; "
		"restore the event log, or move the folder and %s away to score everything anew",
		(unsigned long long)end, s->scores_path,
		(unsigned long long)s->ledger.committed.event_position, s->snapshot_path);
}

static int on_durable(void *ctx, uint64_t first, uint64_t end, struct err *e)
{
	struct scoring_service *s = ctx;

	(void)first;
	(void)e;
	snapshots_durable(s->snapshots, end);
	return 0;
}

/* ---- questions -------------------------------------------------------------------------------------------- */

static struct wire_freshness freshness(const struct scoring_service *s)
{
	uint64_t position = stage_position(s->stage), end = stage_input_end(s->stage);

	return (struct wire_freshness){ .event_position = position,
		.lag_events = end > position ? end - position : 0,
		.age_ms = (int64_t)stage_age_ms(s->stage),
		.day = engine_day(scoring_engine(s->scoring)) };
}

/* The number of a question that scoring answers; false for others. */
static bool is_ours(const struct frame *q, uint64_t *ret_request)
{
	switch ((int)q->kind) {
	case FRAME_SCORE_QUERY:
		*ret_request = q->u.score_query.request;
		return true;
	case FRAME_PARTNERS_QUERY:
		*ret_request = q->u.partners_query.request;
		return true;
	case FRAME_HISTORY_QUERY:
		*ret_request = q->u.history_query.request;
		return true;
	case FRAME_REHEARSE_QUERY:
		*ret_request = q->u.rehearse_query.request;
		return true;
	case FRAME_SIMULATE_QUERY:
		*ret_request = q->u.simulate_query.request;
		return true;
	default:
		return false;
	}
}

static int answer(
	struct scoring_service *s, const struct frame *q, struct frame *ret, struct err *e)
{
	struct engine *engine = scoring_engine(s->scoring);
	struct arena *ar = stage_arena(s->stage);
	struct wire_freshness f = freshness(s);

	switch ((int)q->kind) {
	case FRAME_SCORE_QUERY:
		return answer_score(engine, q, &f, ar, ret, e);
	case FRAME_PARTNERS_QUERY:
		return answer_partners(engine, q, &f, ar, ret, e);
	case FRAME_HISTORY_QUERY:
		return answer_history(engine, q, &f, ar, ret, e);
	default:
		return rehearsal_answer(s->rehearsal, q, &f, ar, ret, e);
	}
}

static const char *failure_reason(int rc)
{
	switch (rc) {
	case ERR_NOTFOUND:
		return "unknown-partner";
	case ERR_INVALID:
		return "unknown-area";
	case ERR_RANGE:
		return "malformed";
	case ERR_FULL:
		return "too-large";
	case ERR_MISMATCH:
		return "unknown-rules";
	case ERR_SYNTAX:
		return "bad-facts";
	default:
		return "busy";
	}
}

/* Sends what came of a question. */
static void tell_answer(struct scoring_service *s, const struct bus_peer *peer, uint64_t request,
	int rc, const struct frame *a, struct err *e)
{
	if (rc == 0)
		rc = stage_reply(s->stage, peer, a) == ERR_FULL ? ERR_FULL : 0;
	if (rc == ERR_NOTFOUND)
		(void)err_set(e, rc, "no event about this partner has arrived");
	else if (rc == ERR_FULL && e->text[0] == '\0')
		(void)err_set(e, rc, "the answer does not fit a frame; ask for one area");
	if (rc != 0)
		(void)stage_reply_failure(s->stage, peer, request, failure_reason(rc),
			e->text[0] != '\0' ? e->text : err_text(rc));
}

static void on_simulated(void *ctx, const struct bus_peer *peer, uint64_t request, int rc,
	const struct frame *answer, const struct err *e)
{
	struct err why = *e;

	tell_answer(ctx, peer, request, rc, answer, &why);
}

static bool on_question(void *ctx, const struct bus_peer *peer, const struct frame *q)
{
	struct scoring_service *s = ctx;
	struct err e = { 0 };
	uint64_t request;
	bool later = false;
	struct frame a;
	int rc;

	if (!is_ours(q, &request))
		return false;
	s->questions++;
	if (!stage_is_running(s->stage)) {
		(void)stage_reply_failure(
			s->stage, peer, request, "busy", "scoring is replaying; ask again shortly");
		return true;
	}
	if (q->kind == FRAME_SIMULATE_QUERY) {
		struct wire_freshness f = freshness(s);

		rc = simulations_answer(
			s->simulations, peer, q, &f, stage_arena(s->stage), &a, &later, &e);
	} else {
		rc = answer(s, q, &a, &e);
	}
	if (!later)
		tell_answer(s, peer, request, rc, &a, &e);
	return true;
}

static void describe_calendar(struct scoring_service *s, struct stage_status *st)
{
	struct calendar_line lines[EDITIONS_MAX];
	size_t n = engine_calendar(scoring_engine(s->scoring), lines);

	for (size_t i = 0; i < n && st->n_positions < STAGE_POSITIONS_MAX; i++) {
		struct calendar_status c = { lines[i].edition->id, lines[i].from, lines[i].until,
			lines[i].told };
		char *name = arena_alloc(stage_arena(s->stage), CALENDAR_STATUS_BUF);

		if (name != NULL)
			st->positions[st->n_positions++] = calendar_status_write(&c, name);
	}
}

static void describe(void *ctx, struct stage_status *st)
{
	struct scoring_service *s = ctx;
	struct engine_stats es;

	engine_stats_get(scoring_engine(s->scoring), &es);
	stage_tell_position(st, "events-end", 0, stage_input_end(s->stage));
	describe_calendar(s, st);
	stage_tell_counter(st, CALENDAR_STATUS_DAY,
		calendar_status_number(engine_day(scoring_engine(s->scoring))));
	stage_tell_counter(st, "partners", es.partners);
	stage_tell_counter(st, "people", es.people);
	stage_tell_counter(st, "customers", es.customers);
	stage_tell_counter(st, "usage-rows", es.usage_rows);
	stage_tell_counter(st, "events-applied", es.events);
	stage_tell_counter(st, "events-stale", es.stale);
	stage_tell_counter(st, "events-unused", es.unused);
	stage_tell_counter(st, "unknown-certificates", es.unknown_certificates);
	stage_tell_counter(st, "editions-refused", es.editions_refused);
	stage_tell_counter(st, "score-changes", s->changes);
	stage_tell_counter(st, "questions", s->questions);
	stage_tell_counter(st, "simulated-apart", simulations_by_child(s->simulations));
	stage_tell_counter(st, "snapshots", s->snapshots_written);
	stage_tell_counter(st, "snapshots-failed", snapshots_failed(s->snapshots));
	stage_tell_counter(st, "state-bytes", es.bytes);
}

/* ---- snapshots -------------------------------------------------------------------------------------------- */

static struct snapshot_head snapshot_head(const struct scoring_service *s)
{
	return (struct snapshot_head){ stage_position(s->stage), s->ledger.digest,
		s->ledger.outputs, s->calendar_digest };
}

static void on_snapshot(void *ctx, const struct snapshot_head *head, uint64_t took_ms)
{
	struct scoring_service *s = ctx;

	s->snapshots_written++;
	log_info("snapshot", "events=%llu took_ms=%llu", (unsigned long long)head->position,
		(unsigned long long)took_ms);
}

static void on_tick(void *ctx, uint64_t now_ns)
{
	struct scoring_service *s = ctx;
	uint64_t events = stage_position(s->stage) - s->snapshot_position;
	struct snapshot_head head = snapshot_head(s);
	char quoted[ERR_TEXT_MAX * 2];
	struct err e = { 0 };
	int rc;

	rehearsal_tick(s->rehearsal);
	simulations_tick(s->simulations, now_ns);
	if (!stage_is_running(s->stage) || stage_is_amid(s->stage) || events == 0)
		return;
	if (events < s->options.snapshot_events &&
		now_ns - s->snapshot_ns < s->options.snapshot_ms * 1000000)
		return;
	rc = snapshots_begin(s->snapshots, &head, &e);
	if (rc == 0)
		s->snapshot_position = stage_position(s->stage);
	else if (rc != ERR_AGAIN)
		log_error("snapshot_failed", "reason=%s",
			logger_quote(e.text, quoted, sizeof quoted));
	if (rc != ERR_AGAIN)
		s->snapshot_ns = now_ns;
}

static void on_drained(void *ctx, int exit_code)
{
	struct scoring_service *s = ctx;
	struct snapshot_head head = snapshot_head(s);
	char quoted[ERR_TEXT_MAX * 2];
	struct err e = { 0 };

	if (exit_code != 0 || s->ledger.replaying || stage_is_amid(s->stage) ||
		head.position == s->snapshot_position)
		return;
	if (snapshots_now(s->snapshots, &head, &e) != 0)
		log_warn("snapshot_failed", "reason=%s",
			logger_quote(e.text, quoted, sizeof quoted));
}

/* ---- start and stop --------------------------------------------------------------------------------------- */

/* How the service must be started for a calendar of that digest; empty where none of this program has it. */
static void start_for(uint64_t digest, char *buf, size_t size)
{
	struct edition_shelf *shelf;
	const struct edition *const *editions;
	size_t n;

	buf[0] = '\0';
	if (edition_shelf_create(&shelf) != 0)
		return;
	if (edition_shelf_add_shipped(shelf, NULL) == 0) {
		editions = edition_shelf_start(shelf, &n);
		if (scoring_rules_digest(editions, n) == digest)
			(void)snprintf(buf, size, "without --edition");
		for (size_t i = 0; i < n; i++)
			if (scoring_rules_digest(&editions[i], 1) == digest)
				(void)snprintf(buf, size, "with --edition " STR_FMT,
					STR_ARG(editions[i]->id));
	}
	edition_shelf_destroy(shelf);
}

static int other_calendar(
	const struct scoring_service *s, const struct ledger_mark *m, struct err *e)
{
	char how[96];

	start_for(m->calendar_digest, how, sizeof how);
	if (how[0] == '\0')
		(void)snprintf(how, sizeof how, "with the program and the rule file of then");
	return err_set(e, ERR_MISMATCH,
		"the scores in %s were made under other editions of the rules than the service starts with; start "
		"it %s, or move the folder and %s away to score everything anew; to change rules from a day on, "
		"publish an edition (capscore rules publish)",
		s->scores_path, how, s->snapshot_path);
}

static int read_mark(struct scoring_service *s, struct ledger_mark *ret_m, struct err *e)
{
	struct store *store = stage_store(s->stage);
	int rc;

	buf_reset(&s->unit);
	rc = store_get(store, MARKS, MARK_KEY, &s->unit, e);
	if (rc == ERR_NOTFOUND && store_end(store) == 0) {
		*ret_m = (struct ledger_mark){ .calendar_digest = s->calendar_digest };
		return 0;
	}
	if (rc == 0)
		rc = ledger_mark_read(buf_span(&s->unit), ret_m);
	if (rc != 0)
		return err_set(e, rc, "%s has no readable mark: %s", s->scores_path, err_text(rc));
	if (ret_m->outputs != store_end(store))
		return err_set(e, ERR_CORRUPT, "%s holds %llu records, its mark says %llu",
			s->scores_path, (unsigned long long)store_end(store),
			(unsigned long long)ret_m->outputs);
	return ret_m->calendar_digest == s->calendar_digest ? 0 : other_calendar(s, ret_m, e);
}

static int make_scoring(struct scoring_service *s, struct err *e)
{
	struct scoring_rules rules = { .source = { open_edition, s } };
	int rc = s->memory == NULL ? huge_heap_create(&s->memory) : 0;

	rules.editions = edition_shelf_start(s->options.shelf, &rules.n_editions);
	if (rc == 0)
		rc = scoring_create(
			huge_heap_alloc(s->memory), &rules, &s->options.limits, &s->scoring);
	return rc == 0 ? 0 : err_set(e, rc, "cannot set up the engine: %s", err_text(rc));
}

/* State from the newest snapshot; without a usable one from nothing, which replays the whole event log. */
static int restore(struct scoring_service *s, struct err *e)
{
	struct snapshot_head head = { 0 };
	char quoted[ERR_TEXT_MAX * 2];
	struct engine_stats es = { 0 };
	struct ledger_mark mark;
	struct err why = { 0 };
	int rc = read_mark(s, &mark, e);

	if (rc == 0)
		rc = make_scoring(s, e);
	if (rc != 0)
		return rc;
	rc = snapshots_load(
		s->snapshot_path, s->calendar_digest, scoring_engine(s->scoring), &head, &why);
	if (rc == 0 && (rc = ledger_start(&s->ledger, &mark, head.outputs, head.digest)) != 0)
		(void)err_set(&why, rc, "%s does not belong to the scores in %s", s->snapshot_path,
			s->scores_path);
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
		if (rc == 0 && ledger_start(&s->ledger, &mark, 0, 0) != 0)
			rc = err_set(e, ERR_MISMATCH, "%s does not begin where an empty state does",
				s->scores_path);
	}
	s->snapshot_position = head.position;
	s->snapshot_ns = clock_mono_ns();
	if (rc == 0)
		engine_stats_get(scoring_engine(s->scoring), &es);
	s->editions_refused = es.editions_refused;
	return rc;
}

static void on_closed(void *ctx, int exit_code)
{
	struct scoring_service *s = ctx;
	void (*on_stopped)(void *, int) = s->options.on_stopped;
	void *stopped_ctx = s->options.ctx;

	snapshots_close(&s->snapshots);
	rehearsal_destroy(s->rehearsal);
	simulations_close(&s->simulations);
	scoring_destroy(s->scoring);
	huge_heap_destroy(s->memory);
	arena_fini(&s->decode);
	buf_fini(&s->unit);
	mem_free(&mem_heap, s, sizeof *s);
	if (on_stopped != NULL)
		on_stopped(stopped_ctx, exit_code);
}

static int open_stage(struct scoring_service *s, uv_loop_t *loop, struct err *e)
{
	struct stage_options o = { .name = "scoring",
		.store_path = s->scores_path,
		.retain_bytes = s->options.retain_bytes,
		.max_group_bytes = GROUP_MAX,
		.output_log = "scores",
		.endpoint = s->options.endpoint,
		.max_question = WIRE_QUESTION_MAX,
		.input_log = "events",
		.input = s->options.ingestion,
		.input_position = "events-read",
		.take = take,
		.more = score_part,
		.on_input_end = on_input_end,
		.gone_remedy =
			"the event log was cut or replaced: restore it, or move DATA/scores and "
			"DATA/scoring.snapshot away to score what is there anew",
		.on_durable = on_durable,
		.on_question = on_question,
		.answers =
			"scoring answers read (log \"scores\"), score, partners, history, rehearse, simulate and status",
		.describe = describe,
		.on_tick = on_tick,
		.on_drained = on_drained,
		.on_closed = on_closed,
		.ctx = s };

	return stage_create(loop, &o, &s->stage, e);
}

/* For what is only supposed: it is no news when it cannot be opened. */
static int open_supposed(
	void *ctx, struct str id, struct str text, const struct edition **ret_edition)
{
	struct scoring_service *s = ctx;

	return edition_shelf_open(s->options.shelf, id, text, ret_edition, NULL);
}

static int make_simulations(struct scoring_service *s, uv_loop_t *loop)
{
	struct simulations_options o = { .engine = scoring_engine(s->scoring),
		.editions = { .open = open_supposed, .ctx = s },
		.at_once = SIMULATE_AT_ONCE,
		.on_answer = on_simulated,
		.ctx = s };

	return simulations_create(loop, &o, &s->simulations);
}

static int open_parts(struct scoring_service *s, uv_loop_t *loop, struct err *e)
{
	struct snapshots_options snapshots = {
		.path = s->snapshot_path, .on_written = on_snapshot, .ctx = s
	};
	int rc = restore(s, e);

	if (rc != 0)
		return rc;
	snapshots.engine = scoring_engine(s->scoring);
	rc = rehearsal_create(
		scoring_engine(s->scoring), clock_mono_ns, REHEARSAL_NS, &s->rehearsal);
	if (rc != 0)
		return err_set(e, rc, "no memory for rehearsals");
	rc = make_simulations(s, loop);
	if (rc != 0)
		return err_set(e, rc, "no memory for simulations");
	rc = snapshots_create(loop, &snapshots, &s->snapshots, e);
	if (rc != 0)
		return rc;
	snapshots_durable(s->snapshots, store_end(stage_store(s->stage)));
	rc = stage_start(s->stage, s->snapshot_position, e);
	if (rc == 0 && !s->ledger.replaying)
		stage_ready(s->stage);
	return rc;
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
	const struct edition *const *editions;
	size_t n_editions;
	int rc;

	if (s == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the service");
	s->options = *options;
	editions = edition_shelf_start(options->shelf, &n_editions);
	s->calendar_digest = scoring_rules_digest(editions, n_editions);
	arena_init(&s->decode, &mem_heap, DECODE_MAX);
	buf_init(&s->unit, &mem_heap, WIRE_BODY_MAX);
	rc = set_paths(s, e);
	if (rc == 0)
		rc = open_stage(s, loop, e);
	if (rc == 0)
		rc = open_parts(s, loop, e);
	if (rc != 0) {
		s->options.on_stopped = NULL;
		if (s->stage != NULL)
			stage_drop(s->stage);
		else
			on_closed(s, 0);
		return rc;
	}
	*ret_s = s;
	return 0;
}

void scoring_service_stop(struct scoring_service *s)
{
	stage_stop(s->stage);
}
