#include "services/history/history_service.h"

#include <stdio.h>

#include "common/io/log.h"
#include "common/wire/wire.h"
#include "services/history/answers.h"
#include "services/shared/calendar_status.h"
#include "services/shared/stage.h"

#define GROUP_MAX     ((size_t)1 << 30)
#define DECODE_MAX    ((size_t)64 << 20)
#define PATH_TEXT_MAX 4096

struct history_service {
	struct history_service_options options;
	struct stage *stage;
	struct keeper *keeper;
	struct arena decode;
	uint64_t flush_ns; /* when rows were written, or found all written */
	uint64_t questions;
	char path[PATH_TEXT_MAX];
};

/* ---- units of the score log in, tables out ---------------------------------------------------------------- */

static int flush(struct history_service *s, struct err *e)
{
	bool any = false;
	int rc = keeper_flush(s->keeper, stage_output(s->stage), &any, e);

	if (any)
		stage_added(s->stage);
	return rc;
}

static int take(void *ctx, struct span bytes, uint64_t first, uint32_t n, struct err *e)
{
	struct history_service *s = ctx;
	struct score_batch batch;
	int rc;

	arena_reset(&s->decode);
	rc = wire_decode_scores(bytes, &s->decode, &batch, e);
	if (rc != 0)
		return rc;
	if (score_batch_records(&batch) != n)
		return err_set(e, ERR_CORRUPT, "a unit of %u records holds %u", n,
			score_batch_records(&batch));
	rc = keeper_take(s->keeper, &batch, first, e);
	if (rc == 0 && !keeper_is_busy(s->keeper) && keeper_wants_flush(s->keeper))
		rc = flush(s, e);
	return rc;
}

static bool is_full(void *ctx)
{
	return keeper_is_full(((struct history_service *)ctx)->keeper);
}

static bool on_gone(void *ctx, uint64_t first_position)
{
	struct history_service *s = ctx;

	log_warn("scores_gone", "from=%llu until=%llu",
		(unsigned long long)stage_position(s->stage), (unsigned long long)first_position);
	keeper_pass_over(s->keeper, first_position);
	return true;
}

/* A full table that waited while the commit was under way is written at once. */
static int on_durable(void *ctx, uint64_t first, uint64_t end, struct err *e)
{
	struct history_service *s = ctx;

	(void)first;
	(void)end;
	keeper_durable(s->keeper);
	return keeper_wants_flush(s->keeper) ? flush(s, e) : 0;
}

static int on_input_end(void *ctx, uint64_t end, struct err *e)
{
	struct history_service *s = ctx;

	(void)end;
	(void)e;
	stage_ready(s->stage);
	return 0;
}

static int write_what_is_due(struct history_service *s, uint64_t now_ns, struct err *e)
{
	bool any = false;
	int rc;

	if (keeper_is_written(s->keeper))
		s->flush_ns = now_ns;
	if (now_ns - s->flush_ns >= s->options.flush_ms * 1000000) {
		s->flush_ns = now_ns;
		return flush(s, e);
	}
	rc = keeper_fold(s->keeper, stage_output(s->stage), &any, e);
	if (any)
		stage_added(s->stage);
	return rc;
}

static void on_tick(void *ctx, uint64_t now_ns)
{
	struct history_service *s = ctx;
	struct err e = { 0 };

	if (!keeper_is_busy(s->keeper) && stage_is_idle(s->stage) &&
		write_what_is_due(s, now_ns, &e) != 0)
		stage_fail(s->stage, &e);
}

/* What is pending while a commit is under way is made again from the score log after the next start. */
static void on_draining(void *ctx)
{
	struct history_service *s = ctx;
	char quoted[ERR_TEXT_MAX * 2];
	struct err e = { 0 };

	if (!keeper_is_busy(s->keeper) && flush(s, &e) != 0)
		log_warn("not_written", "reason=%s", logger_quote(e.text, quoted, sizeof quoted));
}

/* ---- questions -------------------------------------------------------------------------------------------- */

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
	default:
		return "busy";
	}
}

static struct wire_freshness freshness(struct history_service *s)
{
	uint64_t position = stage_position(s->stage), end = stage_input_end(s->stage);
	struct keeper_stats st;

	keeper_stats_get(s->keeper, &st);
	return (struct wire_freshness){ .event_position = st.event_position,
		.lag_events = end > position ? end - position : 0,
		.age_ms = (int64_t)stage_age_ms(s->stage),
		.day = st.day };
}

static bool on_question(void *ctx, const struct bus_peer *peer, const struct frame *q)
{
	struct history_service *s = ctx;
	struct wire_freshness f = freshness(s);
	struct err e = { 0 };
	struct frame a;
	int rc;

	if (q->kind != FRAME_CHRONICLE_QUERY)
		return false;
	s->questions++;
	rc = answer_chronicle(s->keeper, q, &f, stage_arena(s->stage), &a, &e);
	if (rc == 0)
		rc = stage_reply(s->stage, peer, &a) == ERR_FULL ? ERR_FULL : 0;
	if (rc == ERR_NOTFOUND)
		(void)err_set(&e, rc, "no score was ever told of this partner");
	else if (rc == ERR_FULL)
		(void)err_set(&e, rc, "the answer does not fit a frame; ask for one area");
	else if (rc == ERR_RANGE)
		(void)err_set(&e, rc, "the days asked for end before they begin");
	if (rc == ERR_CORRUPT || rc == ERR_IO)
		log_error("unreadable", "reason=\"%s\"", e.text);
	if (rc != 0)
		(void)stage_reply_failure(s->stage, peer, q->u.chronicle_query.request,
			failure_reason(rc), e.text[0] != '\0' ? e.text : err_text(rc));
	return true;
}

/* Retention is a policy, so status says it: how long, and how far back that reaches now. */
static void describe(void *ctx, struct stage_status *st)
{
	struct history_service *s = ctx;
	struct keeper_stats ks;

	keeper_stats_get(s->keeper, &ks);
	stage_tell_position(st, "scores-end", 0, stage_input_end(s->stage));
	stage_tell_position(st, "events-seen", 0, ks.event_position);
	stage_tell_counter(st, CALENDAR_STATUS_DAY, calendar_status_number(ks.day));
	stage_tell_counter(st, "keeps-days", (uint64_t)s->options.days);
	stage_tell_counter(st, "keeps-months", (uint64_t)s->options.months);
	stage_tell_counter(st, "by-day-from", calendar_status_number(ks.days_from));
	stage_tell_counter(st, "by-month-from",
		calendar_status_number(
			ks.months_from == MONTH_NONE ? DAY_NONE : month_first_day(ks.months_from)));
	stage_tell_counter(st, "whole-from", calendar_status_number(ks.whole_from));
	stage_tell_counter(st, "scores-missed", ks.missed);
	stage_tell_counter(st, "score-changes", ks.changes);
	stage_tell_counter(st, "rows-pending", ks.pending);
	stage_tell_counter(st, "rows-folded", ks.folded);
	stage_tell_counter(st, "questions", s->questions);
}

/* ---- start and stop --------------------------------------------------------------------------------------- */

static void on_closed(void *ctx, int exit_code)
{
	struct history_service *s = ctx;
	void (*on_stopped)(void *, int) = s->options.on_stopped;
	void *stopped_ctx = s->options.ctx;

	keeper_close(s->keeper);
	arena_fini(&s->decode);
	mem_free(&mem_heap, s, sizeof *s);
	if (on_stopped != NULL)
		on_stopped(stopped_ctx, exit_code);
}

static int open_stage(struct history_service *s, uv_loop_t *loop, struct err *e)
{
	struct stage_options o = { .name = "history",
		.store_path = s->path,
		.max_group_bytes = GROUP_MAX,
		.endpoint = s->options.endpoint,
		.input_log = "scores",
		.input = s->options.scoring,
		.input_position = "scores-read",
		.take = take,
		.is_full = is_full,
		.on_input_end = on_input_end,
		.gone_remedy =
			"the score log is not the one this history was made from: restore it, or move "
			"DATA/history away to begin anew",
		.on_gone = on_gone,
		.on_durable = on_durable,
		.on_question = on_question,
		.answers = "history answers chronicle queries and status",
		.describe = describe,
		.on_tick = on_tick,
		.on_draining = on_draining,
		.on_closed = on_closed,
		.ctx = s };

	return stage_create(loop, &o, &s->stage, e);
}

static int open_parts(struct history_service *s, struct err *e)
{
	struct keeper_options o = { .store = stage_store(s->stage),
		.days = s->options.days,
		.months = s->options.months,
		.rows = s->options.rows };
	uint64_t position;
	int rc = keeper_open(&o, &s->keeper, &position, e);

	if (rc != 0)
		return err_wrap(e, "%s", s->path);
	return stage_start(s->stage, position, e);
}

int history_service_start(uv_loop_t *loop, const struct history_service_options *options,
	struct history_service **ret_s, struct err *e)
{
	struct history_service *s = mem_zalloc(&mem_heap, sizeof *s);
	int rc = 0, n;

	if (s == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the service");
	s->options = *options;
	arena_init(&s->decode, &mem_heap, DECODE_MAX);
	n = snprintf(s->path, sizeof s->path, "%s/history", s->options.data_dir);
	if (n < 0 || (size_t)n >= sizeof s->path)
		rc = err_set(e, ERR_INVALID, "the data folder's path is too long");
	if (rc == 0)
		rc = open_stage(s, loop, e);
	if (rc == 0)
		rc = open_parts(s, e);
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

void history_service_stop(struct history_service *s)
{
	stage_stop(s->stage);
}
