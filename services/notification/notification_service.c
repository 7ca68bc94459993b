#include "services/notification/notification_service.h"

#include <stdio.h>
#include <string.h>

#include "common/io/log.h"
#include "services/notification/publisher.h"
#include "services/shared/stage.h"

#define GROUP_MAX     ((size_t)64 << 20)
#define DECODE_MAX    ((size_t)64 << 20)
#define PUBLISH_BYTES ((size_t)1 << 20)
#define PUBLISH_UNITS 512u
#define MARK_EVERY                                                                                 \
	100000u /* score changes without an alert before the position is written anyway */
#define MARK_NS	      (1000ull * 1000 * 1000) /* ... and after this time, when it moved */
#define PATH_TEXT_MAX 4096
#define MARKS	      "marks"
#define MARK_KEY      ((struct span){ "scores", 6 })
#define MARK_BYTES    16 /* input position, event position */
#define PARTNERS      "partners"

struct notification_service {
	struct notification_service_options options;
	uv_loop_t *loop;
	struct stage *stage;
	struct publisher *publisher;
	struct notification *core;
	uint64_t marked_position; /* of the score log, as written */
	uint64_t marked_ns;
	uint64_t event_position; /* of the event log, as the score changes tell it */
	uint64_t published;	 /* of the alert log */
	struct arena decode, filter;
	struct buf unit, saved, publish;
	char path[PATH_TEXT_MAX];
	uint64_t changes;
};

/* ---- units of the score log in, alerts out ----------------------------------------------------------------- */

static int put_mark(struct notification_service *s)
{
	uint8_t mark[MARK_BYTES];
	int rc;

	store_key_u64(stage_position(s->stage), mark);
	store_key_u64(s->event_position, mark + 8);
	rc = store_group_put(
		stage_output(s->stage), MARKS, MARK_KEY, (struct span){ mark, sizeof mark });
	if (rc != 0)
		return rc;
	s->marked_position = stage_position(s->stage);
	stage_added(s->stage);
	return 0;
}

static int put_alert(struct notification_service *s, const struct alert *from)
{
	struct store_group *g = stage_output(s->stage);
	struct alert al = *from;
	int rc;

	al.position = stage_next(s->stage);
	buf_reset(&s->unit);
	rc = wire_encode_alert(&al, &s->unit);
	return rc == 0 ? store_group_add(g, buf_span(&s->unit), 1) : rc;
}

static int put_partner(struct notification_service *s, struct str id)
{
	int rc;

	buf_reset(&s->saved);
	rc = notification_save_partner(s->core, id, &s->saved);
	return rc != 0 ? rc
		       : store_group_put(stage_output(s->stage), PARTNERS,
				 (struct span){ id.p, id.n }, buf_span(&s->saved));
}

/* The alerts of a step, the states it changed and the position after it, all in one group. */
static int put_step(struct notification_service *s, const struct alert *alerts, size_t n)
{
	const struct str *changed;
	size_t n_changed;
	int rc = 0;

	notification_changed(s->core, &changed, &n_changed);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = put_alert(s, &alerts[i]);
	for (size_t i = 0; rc == 0 && i < n_changed; i++)
		rc = put_partner(s, changed[i]);
	if (rc == 0 &&
		(n_changed > 0 || stage_position(s->stage) - s->marked_position >= MARK_EVERY))
		rc = put_mark(s);
	return rc;
}

static int take(void *ctx, struct span bytes, uint64_t first, uint32_t n, struct err *e)
{
	struct notification_service *s = ctx;
	const struct alert *alerts;
	struct score_batch batch;
	size_t n_alerts;
	int rc;

	arena_reset(&s->decode);
	rc = wire_decode_scores(bytes, &s->decode, &batch, e);
	if (rc != 0)
		return rc;
	if (score_batch_records(&batch) != n)
		return err_set(e, ERR_CORRUPT, "a unit of %u score changes holds %u", n,
			score_batch_records(&batch));
	rc = notification_step(s->core, &batch, first, &alerts, &n_alerts);
	if (rc != 0)
		return err_set(e, rc, "%s; raise --max-partners", err_text(rc));
	s->event_position = batch.event_position;
	s->changes += n;
	rc = put_step(s, alerts, n_alerts);
	return rc != 0 ? err_set(e, rc, "cannot write alerts: %s", err_text(rc)) : 0;
}

/* Where nothing is worth an alert the position is written now and then, so that a restart has little to repeat. */
static void on_tick(void *ctx, uint64_t now_ns)
{
	struct notification_service *s = ctx;

	if (stage_position(s->stage) == s->marked_position || now_ns - s->marked_ns < MARK_NS)
		return;
	s->marked_ns = now_ns;
	if (stage_is_idle(s->stage))
		(void)put_mark(s);
}

static void on_draining(void *ctx)
{
	struct notification_service *s = ctx;

	if (stage_position(s->stage) != s->marked_position)
		(void)put_mark(s);
}

/* ---- durable alerts are published ------------------------------------------------------------------------- */

static int publish_some(struct notification_service *s, uint64_t end, struct err *e)
{
	uint32_t sizes[PUBLISH_UNITS], counts[PUBLISH_UNITS];
	uint64_t first;
	size_t n, at = 0;
	int rc = store_read(stage_store(s->stage), s->published, end - s->published, PUBLISH_BYTES,
		&s->publish, sizes, counts, PUBLISH_UNITS, &n, &first, e);

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

static int on_durable(void *ctx, uint64_t first, uint64_t end, struct err *e)
{
	struct notification_service *s = ctx;
	int rc = 0;

	(void)first;
	while (rc == 0 && s->published < end)
		rc = publish_some(s, end, e);
	return rc;
}

/* ---- the feed's filter, and status ------------------------------------------------------------------------- */

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

static void describe(void *ctx, struct stage_status *st)
{
	struct notification_service *s = ctx;
	static const char *const counters[ALERT_KIND_END] = {
#define X(name, number, text) [name] = "alerts-" text,
		ALERT_KIND_TABLE(X)
#undef X
	};
	struct notification_stats ns;
	uint64_t told = 0;

	notification_stats_get(s->core, &ns);
	stage_tell_position(st, "scores-end", 0, stage_input_end(s->stage));
	stage_tell_position(st, "events-seen", 0, s->event_position);
	stage_tell_counter(st, "partners", ns.partners);
	stage_tell_counter(st, "designations-held", ns.held);
	stage_tell_counter(st, "designations-at-risk", ns.at_risk);
	stage_tell_counter(st, "score-changes", s->changes);
	stage_tell_counter(st, "risks-waiting", ns.waiting);
	for (int k = 1; k < ALERT_KIND_END; k++) {
		stage_tell_counter(st, counters[k], ns.by_kind[k]);
		told += ns.by_kind[k];
	}
	stage_tell_counter(st, "alerts-told", told);
	stage_tell_counter(st, "published", publisher_sent(s->publisher));
}

static uint64_t event_position(void *ctx)
{
	return ((struct notification_service *)ctx)->event_position;
}

int notification_read_muted(const char *names, uint32_t *ret_muted, struct err *e)
{
	const char *at = names == NULL ? "" : names;
	uint32_t muted = 0;

	while (*at != '\0') {
		size_t n = strcspn(at, ",");
		enum alert_sense sense;

		if (!alert_sense_by_name((struct str){ at, n }, &sense))
			return err_set(e, ERR_INVALID,
				"--mute '%s': '%.*s' is none of unmet, coast, single, margin",
				names, (int)n, at);
		muted |= 1U << sense;
		at += n + (at[n] == ',');
	}
	*ret_muted = muted;
	return 0;
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

/* State and position as the newest alert left them. ret_position: of the score log. */
static int restore(struct notification_service *s, uint64_t *ret_position, struct err *e)
{
	struct store *store = stage_store(s->stage);
	struct load l = { s, e };
	int rc = notification_create(&mem_heap, &s->options.core, &s->core);

	if (rc != 0)
		return err_set(e, rc, "cannot set up: %s", err_text(rc));
	rc = store_scan(store, PARTNERS, (struct span){ "", 0 }, load_partner, &l, e);
	if (rc != 0 && rc != ERR_NOTFOUND)
		return rc;
	*ret_position = 0;
	rc = store_get(store, MARKS, MARK_KEY, &s->saved, e);
	if (rc == 0 && s->saved.n == MARK_BYTES) {
		*ret_position = store_key_read_u64(s->saved.p);
		s->event_position = store_key_read_u64(s->saved.p + 8);
	} else if (rc != ERR_NOTFOUND || store_end(store) > 0) {
		return err_set(e, ERR_CORRUPT, "%s has no readable mark", s->path);
	}
	s->marked_position = *ret_position;
	s->published = store_end(store);
	return 0;
}

static void on_closed(void *ctx, int exit_code)
{
	struct notification_service *s = ctx;
	void (*on_stopped)(void *, int) = s->options.on_stopped;
	void *stopped_ctx = s->options.ctx;

	notification_destroy(s->core);
	arena_fini(&s->decode);
	arena_fini(&s->filter);
	buf_fini(&s->unit);
	buf_fini(&s->saved);
	buf_fini(&s->publish);
	mem_free(&mem_heap, s, sizeof *s);
	if (on_stopped != NULL)
		on_stopped(stopped_ctx, exit_code);
}

static void on_drained(void *ctx, int exit_code)
{
	struct notification_service *s = ctx;

	(void)exit_code;
	publisher_close(&s->publisher);
}

static int open_stage(struct notification_service *s, struct err *e)
{
	struct stage_options o = { .name = "notification",
		.store_path = s->path,
		.retain_bytes = s->options.retain_bytes,
		.max_group_bytes = GROUP_MAX,
		.output_log = "alerts",
		.endpoint = s->options.endpoint,
		.input_log = "scores",
		.input = s->options.scoring,
		.input_position = "scores-read",
		.take = take,
		.gone_remedy =
			"the score log is not the one these alerts were made from: restore it, or move "
			"DATA/alerts away to begin anew",
		.on_durable = on_durable,
		.answers = "notification answers read (log \"alerts\") and status",
		.passes = passes,
		.describe = describe,
		.on_tick = on_tick,
		.on_draining = on_draining,
		.on_drained = on_drained,
		.on_closed = on_closed,
		.ctx = s };

	return stage_create(s->loop, &o, &s->stage, e);
}

static int open_parts(struct notification_service *s, struct err *e)
{
	struct publisher_options pub = { .endpoint = s->options.pub,
		.feed = s->options.endpoint,
		.event_position = event_position,
		.ctx = s };
	uint64_t position;
	int rc = restore(s, &position, e);

	if (rc == 0)
		rc = stage_start(s->stage, position, e);
	if (rc != 0)
		return rc;
	pub.end_position = store_end(stage_store(s->stage));
	rc = publisher_create(s->loop, stage_bus(s->stage), &pub, &s->publisher, e);
	if (rc == 0)
		stage_ready(s->stage);
	return rc;
}

int notification_service_start(uv_loop_t *loop, const struct notification_service_options *options,
	struct notification_service **ret_s, struct err *e)
{
	struct notification_service *s = mem_zalloc(&mem_heap, sizeof *s);
	int rc = 0, n;

	if (s == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the service");
	s->options = *options;
	s->loop = loop;
	arena_init(&s->decode, &mem_heap, DECODE_MAX);
	arena_init(&s->filter, &mem_heap, DECODE_MAX);
	buf_init(&s->unit, &mem_heap, WIRE_BODY_MAX);
	buf_init(&s->saved, &mem_heap, WIRE_BODY_MAX);
	buf_init(&s->publish, &mem_heap, WIRE_BODY_MAX);
	n = snprintf(s->path, sizeof s->path, "%s/alerts", s->options.data_dir);
	if (n < 0 || (size_t)n >= sizeof s->path)
		rc = err_set(e, ERR_INVALID, "the data folder's path is too long");
	if (rc == 0)
		rc = open_stage(s, e);
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

void notification_service_stop(struct notification_service *s)
{
	stage_stop(s->stage);
}
