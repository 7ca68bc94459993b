/* What notification decides on, told through a small world: one partner, two metrics, 70 points needed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "common/base/err.h"
#include "services/notification/notification_core.h"

#define STEPS_MAX 6

static const struct str metric_ids[] = { { "net-customer-adds", 17 }, { "usage-growth", 12 } };
static const uint32_t maxima[] = { 50, 50 };
static const struct area_shape shape = { .area = { "infrastructure", 14 },
	.track = { "", 0 },
	.edition = { "2023-06", 7 },
	.n_metrics = 2,
	.metrics = metric_ids,
	.maximum = maxima,
	.qualifies_at = 70 };

/* Points of both metrics; the status follows from them unless `enrolled`. */
struct standing {
	int a, b;
	bool enrolled;
};

static enum area_status status_of(struct standing s)
{
	if (s.enrolled)
		return AREA_ENROLLED;
	return s.a + s.b >= 70 && s.a > 0 && s.b > 0 ? AREA_QUALIFIED : AREA_IN_PROGRESS;
}

static struct notification *make(int margin)
{
	struct notification_options o = { .max_partners = 10, .margin = ratio_int(margin) };
	struct notification *n = NULL;

	assert_int_equal(notification_create(&mem_heap, &o, &n), 0);
	return n;
}

struct world {
	struct notification *n;
	struct standing now;
	uint64_t position;
};

static size_t move(struct world *w, struct standing to, const struct alert **ret_alerts)
{
	struct ratio before[] = { ratio_int(w->now.a), ratio_int(w->now.b) };
	struct ratio after[] = { ratio_int(to.a), ratio_int(to.b) };
	struct area_change area = { &shape, before, after, status_of(w->now), status_of(to),
		STR("") };
	struct cause cause = { 41, STR("e-41"), STR("/crm") };
	struct score_change change = { .partner = STR("6100001"),
		.n_areas = 1,
		.areas = &area,
		.n_causes = 1,
		.causes = &cause,
		.cause_count = 1 };
	struct score_batch batch = { 1, &change, 42, 19570, false };
	size_t n = 99;

	assert_int_equal(notification_step(w->n, &batch, w->position++, ret_alerts, &n), 0);
	w->now = to;
	return n;
}

/* ---- tables ----------------------------------------------------------------------------------------------- */

struct row {
	const char *name;
	struct standing steps[STEPS_MAX]; /* the first is the standing before */
	size_t n_steps;
	const char *want; /* "kind:reason ..." per step, steps separated by "|" */
};

static const struct row rows[] = {
	{ "reaching the threshold is told as gained", { { 0, 0, false }, { 50, 30, false } }, 2,
		"gained:qualifies" },
	{ "below the threshold nothing is told",
		{ { 0, 0, false }, { 50, 19, false }, { 50, 10, false } }, 3, "|" },
	{ "seventy points with a metric at zero are not gained",
		{ { 0, 0, false }, { 70, 0, false } }, 2, "" },
	{ "exactly threshold plus margin is no risk", { { 0, 0, false }, { 50, 30, false } }, 2,
		"gained:qualifies" },
	{ "one point less than threshold plus margin is at risk at once",
		{ { 0, 0, false }, { 50, 29, false } }, 2,
		"gained:qualifies at-risk:within-margin" },
	{ "falling into the margin is at risk, and told once",
		{ { 0, 0, false }, { 50, 50, false }, { 50, 25, false }, { 50, 24, false } }, 4,
		"gained:qualifies|at-risk:within-margin|" },
	{ "climbing out of the margin is recovered",
		{ { 0, 0, false }, { 50, 50, false }, { 50, 25, false }, { 50, 35, false } }, 4,
		"gained:qualifies|at-risk:within-margin|recovered:margin-restored" },
	{ "falling below the threshold is lost",
		{ { 0, 0, false }, { 50, 50, false }, { 50, 19, false } }, 3,
		"gained:qualifies|lost:below-threshold" },
	{ "a metric at zero is lost whatever the total",
		{ { 0, 0, false }, { 50, 50, false }, { 90, 0, false } }, 3,
		"gained:qualifies|lost:metric-at-zero" },
	{ "lost is told once, and gained again later",
		{ { 0, 0, false }, { 50, 50, false }, { 10, 10, false }, { 9, 9, false },
			{ 50, 50, false } },
		5, "gained:qualifies|lost:below-threshold||gained:qualifies" },
	{ "an enrolled designation below the threshold is at risk, not lost",
		{ { 0, 0, false }, { 50, 50, false }, { 30, 30, true } }, 3,
		"gained:qualifies|at-risk:below-threshold" },
	{ "a graver risk is told again, a lighter one is not",
		{ { 0, 0, false }, { 50, 50, false }, { 50, 25, true }, { 30, 30, true },
			{ 50, 25, true }, { 30, 30, true } },
		6, "gained:qualifies|at-risk:within-margin|at-risk:below-threshold||" },
};

static void run_row(void **state)
{
	const struct row *r = *state;
	struct world w = { make(10), r->steps[0], 100 };
	char got[512];
	struct sink s;

	sink_init(&s, got, sizeof got);
	for (size_t i = 1; i < r->n_steps; i++) {
		const struct alert *alerts;
		size_t n = move(&w, r->steps[i], &alerts);

		sink_printf(&s, "%s", i > 1 ? "|" : "");
		for (size_t k = 0; k < n; k++)
			sink_printf(&s, "%s%s:%s", k > 0 ? " " : "",
				alert_kind_name(alerts[k].kind),
				alert_reason_name(alerts[k].reason));
	}
	assert_string_equal(got, r->want);
	notification_destroy(w.n);
}

/* ---- single behaviours ------------------------------------------------------------------------------------ */

static void test_alert_carries_cause_and_points(void **state)
{
	struct world w = { make(10), { 50, 25, false }, 7 };
	const struct alert *al;

	(void)state;
	(void)move(&w, (struct standing){ 50, 50, false }, &al);
	assert_int_equal(move(&w, (struct standing){ 20, 49, false }, &al), 1);
	assert_int_equal(al->severity, ALERT_CRITICAL);
	assert_int_equal(al->sequence, 2);
	assert_int_equal(al->score_position, 8);
	assert_int_equal(al->event_position, 42);
	assert_int_equal(al->day, 19570);
	assert_true(str_eq(al->partner, STR("6100001")));
	assert_true(ratio_eq(al->total_before, ratio_int(100)));
	assert_true(ratio_eq(al->total_after, ratio_int(69)));
	assert_int_equal(al->n_causes, 1);
	assert_true(str_eq(al->causes[0].id, STR("e-41")));
	assert_string_equal(al->text,
		"Partner 6100001 lost infrastructure: 69 points, were 100, 1 short of the 70 needed. Moved: "
		"net-customer-adds 50 to 20, usage-growth 50 to 49.");
	notification_destroy(w.n);
}

static void test_text_says_why(void **state)
{
	struct world w = { make(10), { 0, 0, false }, 7 };
	const struct alert *al;

	(void)state;
	assert_int_equal(move(&w, (struct standing){ 50, 25, false }, &al), 2);
	assert_string_equal(al[0].text,
		"Partner 6100001 gained infrastructure: 75 points, were 0, 70 needed. Moved: "
		"net-customer-adds 0 to 50, usage-growth 0 to 25.");
	assert_string_equal(al[1].text,
		"Partner 6100001 is at risk of losing infrastructure: 75 points, were 0, only 5 above the 70 "
		"needed. Moved: net-customer-adds 0 to 50, usage-growth 0 to 25.");
	assert_int_equal(move(&w, (struct standing){ 90, 0, false }, &al), 1);
	assert_string_equal(al->text,
		"Partner 6100001 lost infrastructure: 90 points, were 75, no points in usage-growth. Moved: "
		"net-customer-adds 50 to 90, usage-growth 25 to 0.");
	notification_destroy(w.n);
}

static void test_same_changes_give_same_alerts(void **state)
{
	struct world a = { make(10), { 0, 0, false }, 3 }, b = { make(10), { 0, 0, false }, 3 };
	const struct alert *x, *y;

	(void)state;
	assert_int_equal(move(&a, (struct standing){ 50, 50, false }, &x), 1);
	assert_int_equal(move(&b, (struct standing){ 50, 50, false }, &y), 1);
	assert_string_equal(x->id, y->id);
	assert_string_equal(x->text, y->text);
	notification_destroy(a.n);
	notification_destroy(b.n);
}

static void test_alerts_of_one_change_have_ids_of_their_own(void **state)
{
	struct world w = { make(10), { 0, 0, false }, 3 };
	const struct alert *al;

	(void)state;
	assert_int_equal(move(&w, (struct standing){ 50, 25, false }, &al), 2);
	assert_string_not_equal(al[0].id, al[1].id);
	assert_int_equal(al[0].sequence + 1, al[1].sequence);
	notification_destroy(w.n);
}

/* ---- tracks ------------------------------------------------------------------------------------------------- */

static const struct area_shape smb = { .area = STR_INIT("modern-work"),
	.track = STR_INIT("smb"),
	.edition = STR_INIT("2026"),
	.n_metrics = 2,
	.metrics = metric_ids,
	.maximum = maxima,
	.qualifies_at = 70 };
static const struct area_shape enterprise = { .area = STR_INIT("modern-work"),
	.track = STR_INIT("enterprise"),
	.edition = STR_INIT("2026"),
	.n_metrics = 2,
	.metrics = metric_ids,
	.maximum = maxima,
	.qualifies_at = 70 };

/* One change of one area, both metrics moved. */
static size_t change(struct notification *n, const struct area_shape *to, const char *track_before,
	const int points[4], enum area_status before, enum area_status after,
	const struct alert **ret_alerts)
{
	struct ratio was[] = { ratio_int(points[0]), ratio_int(points[1]) };
	struct ratio is[] = { ratio_int(points[2]), ratio_int(points[3]) };
	struct area_change area = { to, was, is, before, after, str_from(track_before) };
	struct score_change c = { .partner = STR("6100001"), .n_areas = 1, .areas = &area };
	struct score_batch batch = { 1, &c, 42, 19570, false };
	size_t count = 99;

	assert_int_equal(notification_step(n, &batch, 7, ret_alerts, &count), 0);
	return count;
}

static void test_a_designation_is_one_whatever_its_track(void **state)
{
	struct notification *n = make(10);
	struct notification_stats stats;
	const struct alert *al;

	(void)state;
	assert_int_equal(change(n, &smb, "smb", (int[]){ 0, 0, 50, 50 }, AREA_IN_PROGRESS,
				 AREA_QUALIFIED, &al),
		1);
	assert_int_equal(al->kind, ALERT_GAINED);
	assert_int_equal(al->track_before.n, 0);
	/* By another track it is still the same designation. */
	assert_int_equal(change(n, &enterprise, "smb", (int[]){ 50, 50, 50, 40 }, AREA_QUALIFIED,
				 AREA_QUALIFIED, &al),
		0);
	assert_int_equal(change(n, &smb, "enterprise", (int[]){ 50, 40, 50, 10 }, AREA_QUALIFIED,
				 AREA_IN_PROGRESS, &al),
		1);
	assert_int_equal(al->kind, ALERT_LOST);
	notification_stats_get(n, &stats);
	assert_int_equal(stats.held, 0);
	notification_destroy(n);
}

static void test_text_names_a_track_that_changed(void **state)
{
	struct notification *n = make(10);
	const struct alert *al;

	(void)state;
	assert_int_equal(change(n, &smb, "enterprise", (int[]){ 10, 50, 40, 50 }, AREA_IN_PROGRESS,
				 AREA_QUALIFIED, &al),
		1);
	assert_true(str_eq(al->track, STR("smb")));
	assert_true(str_eq(al->track_before, STR("enterprise")));
	assert_string_equal(al->text,
		"Partner 6100001 gained modern-work by the smb track, was enterprise: 90 points, were 60, 70 "
		"needed. Moved: net-customer-adds 10 to 40.");
	assert_int_equal(change(n, &smb, "smb", (int[]){ 40, 50, 10, 50 }, AREA_QUALIFIED,
				 AREA_IN_PROGRESS, &al),
		1);
	assert_string_equal(al->text,
		"Partner 6100001 lost modern-work (smb): 60 points, were 90, 10 short of the 70 needed. "
		"Moved: net-customer-adds 40 to 10.");
	notification_destroy(n);
}

/* A window closes: the points are those of yesterday. */
static void test_lost_with_points_that_qualify_names_no_shortage(void **state)
{
	struct notification *n = make(0);
	const struct alert *al;

	(void)state;
	(void)change(n, &smb, "smb", (int[]){ 0, 0, 50, 50 }, AREA_IN_PROGRESS, AREA_ENROLLED, &al);
	assert_int_equal(
		change(n, &smb, "smb", (int[]){ 50, 50, 50, 50 }, AREA_ENROLLED, AREA_LAPSED, &al),
		1);
	assert_int_equal(al->kind, ALERT_LOST);
	assert_string_equal(al->text,
		"Partner 6100001 lost modern-work (smb): 100 points, were 100, 70 needed.");
	notification_destroy(n);
}

/* ---- requirements ------------------------------------------------------------------------------------------- */

static const struct str requirement_ids[] = { STR_INIT("skilling"), STR_INIT("audit") };
static const uint32_t ones[] = { 1, 1 };
static const struct area_shape special = { .area = STR_INIT("kubernetes"),
	.track = STR_INIT(""),
	.edition = STR_INIT("2026"),
	.n_metrics = 2,
	.metrics = requirement_ids,
	.maximum = ones,
	.qualifies_at = 2,
	.conditions = true };

static void test_requirements_have_no_margin(void **state)
{
	struct notification *n = make(10);
	const struct alert *al;

	(void)state;
	assert_int_equal(change(n, &special, "", (int[]){ 1, 0, 1, 1 }, AREA_IN_PROGRESS,
				 AREA_QUALIFIED, &al),
		1);
	assert_int_equal(al->kind, ALERT_GAINED);
	assert_true(al->conditions);
	assert_string_equal(al->text, "Partner 6100001 gained kubernetes: 2 of 2 requirements met, "
				      "were 1; met: skilling, audit.");
	notification_destroy(n);
}

static void test_an_enrolled_one_with_a_requirement_not_met_is_at_risk(void **state)
{
	struct notification *n = make(10);
	const struct alert *al;

	(void)state;
	(void)change(n, &special, "", (int[]){ 1, 0, 1, 1 }, AREA_IN_PROGRESS, AREA_ENROLLED, &al);
	assert_int_equal(change(n, &special, "", (int[]){ 1, 1, 0, 1 }, AREA_ENROLLED,
				 AREA_RENEWAL_DUE, &al),
		1);
	assert_int_equal(al->kind, ALERT_AT_RISK);
	assert_int_equal(al->reason, ALERT_BECAUSE_BELOW_THRESHOLD);
	assert_int_equal(al->severity, ALERT_CRITICAL);
	assert_string_equal(al->text,
		"Partner 6100001 is at risk of losing kubernetes: 1 of 2 requirements met, were 2; met: "
		"audit; not met: skilling.");
	assert_int_equal(change(n, &special, "", (int[]){ 0, 1, 1, 1 }, AREA_RENEWAL_DUE,
				 AREA_ENROLLED, &al),
		2);
	assert_int_equal(al[0].kind, ALERT_RENEWED);
	assert_int_equal(al[1].kind, ALERT_RECOVERED);
	assert_int_equal(
		change(n, &special, "", (int[]){ 1, 1, 0, 0 }, AREA_ENROLLED, AREA_LAPSED, &al), 1);
	assert_string_equal(al->text,
		"Partner 6100001 lost kubernetes: 0 of 2 requirements met, were 2; not met: skilling, "
		"audit.");
	notification_destroy(n);
}

/* ---- survival ----------------------------------------------------------------------------------------------- */

/* Version 1: sequence, then areas with a text for the track. Two tracks of one area, one of them held. */
static void test_standings_of_single_tracks_become_one(void **state)
{
	static const char old[] = "\1\5\0\0\0\0\0\0\0"
				  "\13\0\3\0modern-worksmb\1\2"
				  "\13\0\12\0modern-workenterprise\0\0";
	struct notification *n = make(10), *r = make(10);
	struct notification_stats stats;
	const struct alert *al;
	struct buf saved;

	(void)state;
	buf_init(&saved, &mem_heap, 4096);
	assert_int_equal(
		notification_load_partner(n, STR("6100001"), (struct span){ old, sizeof old - 1 }),
		0);
	notification_stats_get(n, &stats);
	assert_int_equal(stats.held, 1);
	assert_int_equal(stats.at_risk, 1);
	assert_int_equal(notification_sequence(n, STR("6100001")), 5);
	/* What is written again is of today, and says the same. */
	assert_int_equal(notification_save_partner(n, STR("6100001"), &saved), 0);
	assert_int_equal(saved.p[0], 3);
	assert_int_equal(notification_load_partner(r, STR("6100001"), buf_span(&saved)), 0);
	assert_int_equal(change(r, &enterprise, "smb", (int[]){ 50, 25, 0, 25 }, AREA_QUALIFIED,
				 AREA_IN_PROGRESS, &al),
		1);
	assert_int_equal(al->kind, ALERT_LOST);
	assert_int_equal(al->sequence, 6);
	buf_fini(&saved);
	notification_destroy(n);
	notification_destroy(r);
}

static void test_state_of_another_version_is_refused(void **state)
{
	struct notification *n = make(10);
	char bytes[40] = { 4 };

	(void)state;
	assert_int_equal(
		notification_load_partner(n, STR("x"), (struct span){ bytes, sizeof bytes }),
		ERR_CORRUPT);
	notification_destroy(n);
}

static void test_restored_state_decides_as_before(void **state)
{
	struct world w = { make(10), { 0, 0, false }, 3 }, r = { make(10), { 50, 25, false }, 4 };
	const struct alert *al;
	struct buf saved;

	(void)state;
	buf_init(&saved, &mem_heap, 4096);
	(void)move(&w, (struct standing){ 50, 25, false }, &al);
	assert_int_equal(notification_save_partner(w.n, STR("6100001"), &saved), 0);
	assert_int_equal(notification_load_partner(r.n, STR("6100001"), buf_span(&saved)), 0);
	assert_int_equal(notification_sequence(r.n, STR("6100001")), 2);
	assert_int_equal(move(&r, (struct standing){ 50, 24, false }, &al), 0);
	assert_int_equal(move(&r, (struct standing){ 50, 10, false }, &al), 1);
	assert_int_equal(al->kind, ALERT_LOST);
	assert_int_equal(al->sequence, 3);
	buf_fini(&saved);
	notification_destroy(w.n);
	notification_destroy(r.n);
}

static void test_damaged_state_is_refused(void **state)
{
	struct world w = { make(10), { 0, 0, false }, 3 };
	const struct alert *al;
	struct buf saved;

	(void)state;
	buf_init(&saved, &mem_heap, 4096);
	(void)move(&w, (struct standing){ 50, 50, false }, &al);
	assert_int_equal(notification_save_partner(w.n, STR("6100001"), &saved), 0);
	for (size_t n = 0; n < saved.n; n++) {
		struct notification *r = make(10);
		int rc = notification_load_partner(r, STR("x"), (struct span){ saved.p, n });

		/* Only a cut right after the head leaves a whole state: one without areas. */
		assert_int_equal(rc, n == 35 ? 0 : ERR_CORRUPT);
		notification_destroy(r);
	}
	buf_fini(&saved);
	notification_destroy(w.n);
}

static void test_partners_are_bounded(void **state)
{
	struct notification_options o = { .max_partners = 1, .margin = ratio_int(10) };
	struct ratio points[] = { ratio_int(1), ratio_int(1) };
	struct area_change area = { &shape, points, points, AREA_UNKNOWN, AREA_IN_PROGRESS,
		STR("") };
	struct score_change changes[] = { { .partner = STR("1"), .n_areas = 1, .areas = &area },
		{ .partner = STR("2"), .n_areas = 1, .areas = &area } };
	struct score_batch batch = { 2, changes, 1, 19570, false };
	struct notification *n;
	const struct alert *al;
	size_t count;

	(void)state;
	assert_int_equal(notification_create(&mem_heap, &o, &n), 0);
	assert_int_equal(notification_step(n, &batch, 0, &al, &count), ERR_FULL);
	notification_destroy(n);
}

#define N_ROWS	(sizeof rows / sizeof *rows)
#define N_FIXED 14

int main(void)
{
	const struct CMUnitTest fixed[N_FIXED] = {
		cmocka_unit_test(test_alert_carries_cause_and_points),
		cmocka_unit_test(test_text_says_why),
		cmocka_unit_test(test_same_changes_give_same_alerts),
		cmocka_unit_test(test_alerts_of_one_change_have_ids_of_their_own),
		cmocka_unit_test(test_restored_state_decides_as_before),
		cmocka_unit_test(test_damaged_state_is_refused),
		cmocka_unit_test(test_a_designation_is_one_whatever_its_track),
		cmocka_unit_test(test_text_names_a_track_that_changed),
		cmocka_unit_test(test_lost_with_points_that_qualify_names_no_shortage),
		cmocka_unit_test(test_requirements_have_no_margin),
		cmocka_unit_test(test_an_enrolled_one_with_a_requirement_not_met_is_at_risk),
		cmocka_unit_test(test_standings_of_single_tracks_become_one),
		cmocka_unit_test(test_state_of_another_version_is_refused),
		cmocka_unit_test(test_partners_are_bounded),
	};
	struct CMUnitTest tests[N_ROWS + N_FIXED];

	for (size_t i = 0; i < N_ROWS; i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = run_row,
			.initial_state = (void *)(uintptr_t)&rows[i] };
	memcpy(tests + N_ROWS, fixed, sizeof fixed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
