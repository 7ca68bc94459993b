/* Runs tests as the services run: units of events into scoring, its changes into the alert decision. */
#include "common/base/err.h"
#include "rules/describe/words.h"
#include "rules/testing/tests.h"
#include "services/scoring/scoring_core.h"

#define SCRATCH_BYTES_MAX ((size_t)64 << 20)
/* More than a file of the greatest size can name. */
#define LIMITS ((struct engine_limits){ 50000, 50000, 200000 })

struct fired {
	day_no day;
	struct str area;
	enum alert_kind kind;
	enum alert_reason reason;
	bool matched;
};

#define FIRED_MAX 4096 /* alerts of one partner in one step */

struct runner {
	const struct rule_tests *tests;
	struct scoring *scoring;
	struct notification *notification;
	uint64_t event_position, score_position;
	day_no day;
	struct arena scratch; /* of a step */
	struct fired fired[FIRED_MAX];
	size_t n_fired;
	struct words w; /* texts of failures */
	struct rule_failure *failures;
	struct rule_result result;
};

static void fail_at(struct runner *r, const struct rule_step *s, const struct rule_failure *f)
{
	struct rule_failure *x;

	if (r->result.n == RULE_FAILURES_MAX) {
		r->result.n_dropped++;
		return;
	}
	x = &r->failures[r->result.n++];
	*x = *f;
	x->day = r->day;
	x->partner = s->partner;
}

/* ---- time and facts ----------------------------------------------------------------------------------------- */

static int take_alerts(
	struct runner *r, const struct rule_step *s, const struct alert *alerts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!str_eq(alerts[i].partner, s->partner))
			continue;
		if (r->n_fired == FIRED_MAX)
			return ERR_FULL;
		r->fired[r->n_fired++] = (struct fired){ .day = alerts[i].day,
			.area = alerts[i].area,
			.kind = alerts[i].kind,
			.reason = alerts[i].reason };
	}
	return 0;
}

static int notify(struct runner *r, const struct rule_step *s, const struct score_batch *batch)
{
	const struct alert *alerts;
	size_t n_alerts;
	int rc;

	if (batch->n_changes == 0)
		return 0;
	rc = notification_step(r->notification, batch, r->score_position, &alerts, &n_alerts);
	r->score_position += batch->n_changes;
	return rc == 0 ? take_alerts(r, s, alerts, n_alerts) : rc;
}

static int feed(struct runner *r, const struct rule_step *s, const struct event *events, size_t n)
{
	struct scoring_unit unit = { r->event_position, n, events };
	struct score_batch batch;
	bool done = false;
	int rc = scoring_take(r->scoring, &unit);

	r->event_position += n;
	while (rc == 0 && !done) {
		rc = scoring_part(r->scoring, &unit, &batch, &done);
		if (rc == 0)
			rc = notify(r, s, &batch);
	}
	return rc;
}

/* Every day begins, as it does in production: what ends on a day between two steps ends on that day. */
static int pass_days(struct runner *r, const struct rule_step *s)
{
	day_no d = r->day == DAY_NONE ? s->day : r->day + 1;
	int rc = 0;

	for (; rc == 0 && d <= s->day; d++) {
		struct event ev = { .id = STR("day"),
			.source = STR("urn:capscore:rule-test"),
			.kind = FACT_DAY,
			.time = (event_ms)d * MS_PER_DAY,
			.recorded = (event_ms)d * MS_PER_DAY };

		ev.u.day.day = d;
		r->day = d;
		rc = feed(r, s, &ev, 1);
	}
	return rc;
}

/* ---- expectations ------------------------------------------------------------------------------------------- */

/* Where an expectation was looked at. */
struct looked {
	struct runner *r;
	const struct rule_step *s;
	const struct rule_expect *x;
	struct str area;
};

static void missed(const struct looked *l, struct str what, struct str expected, struct str actual)
{
	fail_at(l->r, l->s,
		&(struct rule_failure){ .at = l->x->at,
			.area = l->area,
			.what = what,
			.expected = expected,
			.actual = actual });
}

static void check_points(const struct looked *l, struct str what, struct ratio points)
{
	char want[RATIO_TEXT], got[RATIO_TEXT];

	if (!ratio_eq(points, l->x->points))
		missed(l, what, words_text(&l->r->w, "%s", ratio_format(l->x->points, want)),
			words_text(&l->r->w, "%s", ratio_format(points, got)));
}

static void check_name(
	const struct looked *l, const char *what, struct str expected, struct str actual)
{
	if (!str_eq(expected, actual))
		missed(l, str_from(what), expected, actual);
}

static const char *day_or_none(day_no d, char *buf)
{
	return d == DAY_NONE ? "none" : day_format(d, buf);
}

static struct str range_text(struct runner *r, struct day_range d)
{
	char from[DAY_TEXT], until[DAY_TEXT];

	return words_text(
		&r->w, "[%s, %s]", day_or_none(d.from, from), day_or_none(d.until, until));
}

static void check_days(const struct looked *l, struct str what, day_no from, day_no until)
{
	struct day_range got = { from, until };

	if (from != l->x->days.from || until != l->x->days.until)
		missed(l, what, range_text(l->r, l->x->days), range_text(l->r, got));
}

static void check_anniversary(const struct looked *l, day_no d)
{
	char want[DAY_TEXT], got[DAY_TEXT];

	if (d != l->x->days.from)
		missed(l, STR("anniversary"),
			words_text(&l->r->w, "%s", day_or_none(l->x->days.from, want)),
			words_text(&l->r->w, "%s", day_or_none(d, got)));
}

static struct str year_or_none(struct runner *r, uint32_t year)
{
	return year == 0 ? STR("none") : words_text(&r->w, "%u", year);
}

static void check_year(const struct looked *l, uint32_t year)
{
	if (year != l->x->year)
		missed(l, STR("renewal-year"), year_or_none(l->r, l->x->year),
			year_or_none(l->r, year));
}

static void check_metrics(const struct looked *l, const struct area_score *a)
{
	for (size_t i = 0; i < a->n_metrics; i++) {
		const struct metric_score *m = &a->metrics[i];

		if (!str_eq(m->metric->id, l->x->id))
			continue;
		if (l->x->kind == RULE_EXPECT_METRIC)
			check_points(l, l->x->id, m->points);
		else if (m->met != l->x->met)
			missed(l, l->x->id, str_from(rule_met_name(l->x->met)),
				str_from(rule_met_name(m->met)));
	}
}

static void check_track_total(const struct looked *l, const struct area_score *a)
{
	for (size_t i = 0; i < a->n_tracks; i++)
		if (str_eq(a->tracks[i].id, l->x->id))
			check_points(l, words_text(&l->r->w, "track " STR_FMT, STR_ARG(l->x->id)),
				a->tracks[i].points);
}

static void check_area(const struct looked *l, const struct area_score *a)
{
	switch (l->x->kind) {
	case RULE_EXPECT_METRIC:
	case RULE_EXPECT_MET:
		check_metrics(l, a);
		break;
	case RULE_EXPECT_TOTAL:
		check_points(l, STR("total"), a->total);
		break;
	case RULE_EXPECT_STATUS:
		check_name(l, "status", str_from(area_status_name(l->x->status)),
			str_from(area_status_name(a->status)));
		break;
	case RULE_EXPECT_TRACK:
		check_name(l, "track", l->x->id, a->track->id);
		break;
	case RULE_EXPECT_TRACK_TOTAL:
		check_track_total(l, a);
		break;
	case RULE_EXPECT_WINDOW:
		check_days(l, STR("window"), a->window_from, a->window_until);
		break;
	case RULE_EXPECT_ANNIVERSARY:
		check_anniversary(l, a->anniversary);
		break;
	case RULE_EXPECT_RENEWAL_YEAR:
		check_year(l, a->renewal_year);
		break;
	default:
		break;
	}
}

static struct str from_text(struct runner *r, struct str all, size_t i, day_no d)
{
	char day[DAY_TEXT];

	day_format(d, day);
	return i == 0 ? words_text(&r->w, "%s", day)
		      : words_text(&r->w, STR_FMT ", %s", STR_ARG(all), day);
}

static void check_windows(const struct looked *l, const struct edition *e)
{
	struct str want = STR("none"), got = STR("none");

	for (size_t i = 0; i < l->x->n_from; i++)
		want = from_text(l->r, want, i, l->x->from[i]);
	for (size_t i = 0; i < e->n_windows; i++)
		got = from_text(l->r, got, i, e->windows[i].from);
	check_name(l, "windows", want, got);
}

static void check_edition(const struct looked *l)
{
	const struct edition *e = l->r->tests->edition;
	const struct metric *m;

	if (l->x->kind == RULE_EXPECT_VALID)
		check_days(l, STR("valid"), e->valid_from, e->valid_until);
	if (l->x->kind == RULE_EXPECT_WINDOWS)
		check_windows(l, e);
	if (l->x->kind != RULE_EXPECT_RULE_VALID)
		return;
	m = rule_metric(e, l->x->id);
	check_days(l, l->x->id, m->valid_from, m->valid_until);
}

/* Of the edition, and of every area that is meant. */
static void check_expect(struct runner *r, const struct rule_step *s, const struct rule_expect *x,
	const struct partner_score *score)
{
	struct looked l = { r, s, x, STR("") };

	check_edition(&l);
	for (size_t i = 0; i < score->n_areas; i++) {
		l.area = score->areas[i].area->id;
		if (x->area.n == 0 || str_eq(x->area, l.area))
			check_area(&l, &score->areas[i]);
	}
}

static bool needs_explanation(const struct rule_step *s)
{
	for (size_t i = 0; i < s->n_expects; i++)
		if (s->expects[i].kind == RULE_EXPECT_TRACK_TOTAL)
			return true;
	return false;
}

static bool is_about_a_partner(const struct rule_step *s)
{
	for (size_t i = 0; i < s->n_expects; i++)
		if (s->expects[i].kind < RULE_EXPECT_VALID)
			return true;
	return false;
}

static int check_expects(struct runner *r, const struct rule_step *s)
{
	struct partner_score score = { 0 };
	int rc = 0;

	if (is_about_a_partner(s))
		rc = engine_score(scoring_engine(r->scoring), s->partner, DAY_NONE,
			needs_explanation(s), &r->scratch, &score);
	if (rc == ERR_NOTFOUND) {
		fail_at(r, s,
			&(struct rule_failure){ .at = s->expects[0].at,
				.area = s->expects[0].area,
				.what = STR("score"),
				.expected = STR("a score"),
				.actual = STR("no fact that the edition uses") });
		return 0;
	}
	for (size_t k = 0; rc == 0 && k < s->n_expects; k++)
		check_expect(r, s, &s->expects[k], &score);
	return rc;
}

/* ---- alerts ------------------------------------------------------------------------------------------------- */

static struct str alert_text(
	struct runner *r, struct str area, enum alert_kind kind, enum alert_reason reason)
{
	return words_text(&r->w, "%s (%s) of " STR_FMT, alert_kind_name(kind),
		alert_reason_name(reason), STR_ARG(area));
}

/* What was sent in the step: those of its day first, then when others were. */
static struct str fired_text(struct runner *r)
{
	struct str all = STR("none");
	char day[DAY_TEXT];

	for (size_t i = 0; i < r->n_fired; i++) {
		const struct fired *f = &r->fired[i];
		struct str one = alert_text(r, f->area, f->kind, f->reason);

		if (f->day != r->day)
			one = words_text(
				&r->w, STR_FMT " on %s", STR_ARG(one), day_format(f->day, day));
		all = i == 0 ? one
			     : words_text(&r->w, STR_FMT ", " STR_FMT, STR_ARG(all), STR_ARG(one));
	}
	return all;
}

static bool match(struct runner *r, const struct rule_alert *want)
{
	for (size_t i = 0; i < r->n_fired; i++) {
		struct fired *f = &r->fired[i];

		if (!f->matched && f->day == r->day && f->kind == want->kind &&
			f->reason == want->reason && str_eq(f->area, want->area)) {
			f->matched = true;
			return true;
		}
	}
	return false;
}

static void check_alerts(struct runner *r, const struct rule_step *s)
{
	for (size_t i = 0; i < s->n_alerts; i++) {
		const struct rule_alert *want = &s->alerts[i];

		if (!match(r, want))
			fail_at(r, s,
				&(struct rule_failure){ .at = want->at,
					.area = want->area,
					.what = STR("alerts"),
					.expected =
						alert_text(r, want->area, want->kind, want->reason),
					.actual = fired_text(r) });
	}
	for (size_t i = 0; s->tells_alerts && i < r->n_fired; i++) {
		const struct fired *f = &r->fired[i];

		if (!f->matched && f->day == r->day)
			fail_at(r, s,
				&(struct rule_failure){ .at = s->alerts_at,
					.area = f->area,
					.what = STR("alerts"),
					.expected =
						s->n_alerts == 0 ? STR("none") : STR("no other"),
					.actual = alert_text(r, f->area, f->kind, f->reason) });
	}
}

/* ---- a test ------------------------------------------------------------------------------------------------- */

static int run_step(struct runner *r, const struct rule_step *s)
{
	int rc = 0;

	r->n_fired = 0;
	arena_reset(&r->scratch);
	if (s->day != DAY_NONE)
		rc = pass_days(r, s);
	if (rc == 0 && s->n_events > 0)
		rc = feed(r, s, s->events, s->n_events);
	if (rc == 0)
		rc = check_expects(r, s);
	if (rc == 0)
		check_alerts(r, s);
	return rc;
}

static int run_steps(struct runner *r, const struct alloc *a, const struct rule_test *test)
{
	struct notification_options options = { LIMITS.max_partners, ratio_int(r->tests->margin) };
	const struct scoring_rules rules = { .editions = &r->tests->edition, .n_editions = 1 };
	int rc = scoring_create(a, &rules, &LIMITS, &r->scoring);

	if (rc == 0)
		rc = notification_create(a, &options, &r->notification);
	for (size_t i = 0; rc == 0 && i < test->n_steps; i++)
		rc = run_step(r, &test->steps[i]);
	return rc == 0 && r->w.failed ? ERR_NOMEM : rc;
}

int rule_test_run(const struct alloc *a, const struct rule_tests *t, size_t i, struct arena *ar,
	struct rule_result *ret)
{
	struct runner *r = mem_zalloc(a, sizeof *r);
	int rc = ERR_NOMEM;

	if (r == NULL)
		return ERR_NOMEM;
	r->tests = t;
	r->day = DAY_NONE;
	r->w.ar = ar;
	arena_init(&r->scratch, a, SCRATCH_BYTES_MAX);
	r->failures = words_array(&r->w, RULE_FAILURES_MAX, sizeof *r->failures);
	if (r->failures != NULL)
		rc = run_steps(r, a, &t->tests[i]);
	if (rc == 0) {
		*ret = r->result;
		ret->failures = r->failures;
	}
	notification_destroy(r->notification);
	scoring_destroy(r->scoring);
	arena_fini(&r->scratch);
	mem_free(a, r, sizeof *r);
	return rc;
}

int rule_result_print(const struct rule_tests *t, const struct rule_result *r, struct buf *out)
{
	struct arena scratch;
	struct report report;
	char day[DAY_TEXT];
	int rc;

	arena_init(&scratch, t->a, SCRATCH_BYTES_MAX);
	rc = report_init(&report, &scratch, t->name, t->text);
	for (size_t i = 0; rc == 0 && i < r->n; i++) {
		const struct rule_failure *f = &r->failures[i];

		report_add(&report, REPORT_ERROR, f->at,
			STR_FMT "%s" STR_FMT " on %s: expected " STR_FMT ", got " STR_FMT,
			STR_ARG(f->area), f->area.n > 0 ? " " : "", STR_ARG(f->what),
			day_format(f->day, day), STR_ARG(f->expected), STR_ARG(f->actual));
	}
	if (rc == 0) {
		report_print(&report, out);
		rc = report.no_memory ? ERR_NOMEM : 0;
	}
	arena_fini(&scratch);
	return rc;
}
