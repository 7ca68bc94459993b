/* Alerts that look ahead, by real services: what lies ahead is found by scoring, told by notification, and days are all that
 * passes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <signal.h>

#include <cmocka.h>

#include "tests/harness/alerts.h"
#include "tests/harness/scene.h"

#define INFRA "infrastructure"

/* Everything is told; the scene mutes what lies ahead. */
static int open_all(void **state)
{
	struct scene *s;

	if (scene_open(state) != 0)
		return -1;
	s = *state;
	assert_int_equal(harness_end(&s->h, HARNESS_NOTIFICATION, SIGKILL), -SIGKILL);
	s->h.args[HARNESS_NOTIFICATION][0] = NULL;
	harness_start(&s->h, HARNESS_NOTIFICATION);
	return 0;
}

static int open_waiting(void **state)
{
	struct scene *s;

	if (scene_open(state) != 0)
		return -1;
	s = *state;
	assert_int_equal(harness_end(&s->h, HARNESS_NOTIFICATION, SIGKILL), -SIGKILL);
	s->h.args[HARNESS_NOTIFICATION][2] = "--hold-days";
	s->h.args[HARNESS_NOTIFICATION][3] = "3";
	s->h.args[HARNESS_NOTIFICATION][4] = NULL;
	harness_start(&s->h, HARNESS_NOTIFICATION);
	return 0;
}

/* The alert of that kind and sense (0: any) of an area, the newest one; fails when there is none. */
static void newest(struct scene *s, enum alert_kind kind, enum alert_sense sense, const char *area,
	struct alert *ret)
{
	struct tail log;
	bool found = false;

	tail_read(&log, &s->h, HARNESS_NOTIFICATION, 0, NULL);
	arena_reset(&s->ar);
	for (size_t i = log.n_units; i > 0 && !found; i--) {
		tail_alert(&log, i - 1, &s->ar, ret);
		found = ret->kind == kind && (sense == 0 || ret->sense == sense) &&
			str_eq(ret->area, str_from(area));
	}
	tail_fini(&log);
	if (!found)
		fail_msg("no alert %s (%s) of '%s'", alert_kind_name(kind), alert_sense_name(sense),
			area);
}

static size_t count(struct scene *s, enum alert_kind kind, enum alert_sense sense)
{
	struct tail log;
	struct alert al;
	size_t n = 0;

	tail_read(&log, &s->h, HARNESS_NOTIFICATION, 0, NULL);
	for (size_t i = 0; i < log.n_units; i++) {
		arena_reset(&s->ar);
		tail_alert(&log, i, &s->ar, &al);
		n += al.kind == kind && (sense == 0 || al.sense == sense) &&
		     (al.area.n == 0 || str_eq(al.area, STR(INFRA)));
	}
	tail_fini(&log);
	return n;
}

static void pass_days_to(struct scene *s, day_no from, day_no until)
{
	char day_text[DAY_TEXT], fact[64];

	for (day_no d = from; d <= until; d++) {
		(void)snprintf(fact, sizeof fact, "day %s", day_format(d, day_text));
		(void)scene_tell(s, fact);
	}
}

/* ---- what stands on one ----------------------------------------------------------------------------------------- */

static void test_what_stands_on_one_says_on_whom(void **state)
{
	struct scene *s = *state;
	struct alert al;

	(void)scene_tell(s, "day 2023-07-20");
	(void)scene_tell(s, scene_of(s, scene_qualified, "88"));
	newest(s, ALERT_AT_RISK, ALERT_SENSE_SINGLE, INFRA, &al);
	assert_int_equal(al.severity, ALERT_WARNING);
	assert_true(al.n_stands > 0 && al.stand_count >= al.n_stands);
	assert_non_null(strstr(al.text, "Without "));
	/* Not a word of it twice: the same day, and the next. */
	(void)scene_tell(s, "day 2023-07-21");
	assert_int_equal(count(s, ALERT_AT_RISK, ALERT_SENSE_SINGLE), 1);
}

/* ---- the coast date --------------------------------------------------------------------------------------------- */

static void test_a_coast_date_escalates_as_days_pass(void **state)
{
	struct alert_account account = { { 0 } };
	struct scene *s = *state;
	struct tail log;
	struct alert al;
	day_no from = day_from_civil(2023, 7, 20);
	uint32_t last = 0;

	(void)scene_tell(s, "day 2023-07-20");
	(void)scene_tell(s, scene_of(s, scene_qualified, "88"));
	/* Its two experts' certificates end in a hundred days. */
	(void)scene_tell(s, "cert 88 88-p1 AZ-305 2022-10-28 2023-10-28;"
			    "cert 88 88-p2 AZ-305 2022-10-28 2023-10-28");
	pass_days_to(s, from + 1, from + 100);
	tail_read(&log, &s->h, HARNESS_NOTIFICATION, 0, NULL);
	for (size_t i = 0; i < log.n_units; i++) {
		arena_reset(&s->ar);
		tail_alert(&log, i, &s->ar, &al);
		if (al.kind != ALERT_AT_RISK || al.sense != ALERT_SENSE_COAST ||
			!str_eq(al.area, STR(INFRA)) || al.reason != ALERT_BECAUSE_COAST_DATE)
			continue;
		assert_true(last == 0 || al.border < last); /* graver each time */
		assert_true(al.by - al.day <= (day_no)al.border);
		assert_int_equal(al.severity, al.border <= 30 ? ALERT_CRITICAL : ALERT_WARNING);
		assert_true(al.n_falls > 0);
		last = al.border;
	}
	assert_int_equal(last, 7);
	alerts_check(&log, &account);
	tail_fini(&log);
}

/* ---- feeds ------------------------------------------------------------------------------------------------------ */

static void test_an_overdue_feed_is_told_and_moves_no_score(void **state)
{
	struct scene *s = *state;
	struct alert al;
	struct ratio before;

	(void)scene_tell(s, "day 2023-07-20");
	(void)scene_tell(s, scene_of(s, scene_qualified, "88"));
	before = scene_points(s, "88", INFRA);
	pass_days_to(s, day_from_civil(2023, 7, 21), day_from_civil(2023, 8, 25));
	newest(s, ALERT_FEED_OVERDUE, 0, "", &al);
	assert_true(al.feed == FEED_USAGE || al.feed == FEED_SKILLING);
	assert_true(al.feed_since != DAY_NONE);
	assert_true(ratio_eq(scene_points(s, "88", INFRA), before));
	assert_int_equal(count(s, ALERT_LOST, 0), 0);
	(void)scene_tell(s, "usage 88 c1 Storage 2023-07 2000");
	(void)scene_tell(s, "day 2023-08-26");
	newest(s, ALERT_FEED_RESUMED, 0, "", &al);
	assert_int_equal(al.feed, FEED_USAGE);
}

/* ---- corrections ------------------------------------------------------------------------------------------------ */

static void test_usage_that_is_restated_withdraws_what_it_had_gained(void **state)
{
	struct scene *s = *state;
	struct alert al;

	(void)scene_tell(s, "day 2023-07-20");
	(void)scene_tell(s, scene_of(s, scene_qualified, "88"));
	newest(s, ALERT_GAINED, 0, INFRA, &al);
	(void)scene_tell(s, "usage 88 c1 Storage 2023-06 1;usage 88 c2 Backup 2023-06 1;"
			    "usage 88 c3 Sentinel 2023-06 1");
	newest(s, ALERT_WITHDRAWN, 0, INFRA, &al);
	assert_int_equal(al.withdraws_kind, ALERT_GAINED);
	assert_int_equal(al.withdraws, 1);
	assert_int_equal(count(s, ALERT_LOST, 0), 0);
}

/* ---- waiting ---------------------------------------------------------------------------------------------------- */

static void test_what_waits_is_told_by_a_day_on_which_nothing_else_happens(void **state)
{
	struct scene *s = *state;
	struct alert al;

	(void)scene_tell(s, "day 2023-07-20");
	(void)scene_tell(s, scene_of(s, scene_qualified, "88"));
	(void)scene_tell(s, "revoke 88 88-p4 AZ-700 2023-07-02;revoke 88 88-p5 AZ-700 2023-07-02;"
			    "revoke 88 88-p5 AZ-140 2023-07-02");
	assert_int_equal(count(s, ALERT_AT_RISK, 0), 0);
	assert_true(harness_status(&s->h, HARNESS_NOTIFICATION, "risks-waiting") >= 1);
	(void)scene_tell(s, "day 2023-07-22");
	assert_int_equal(count(s, ALERT_AT_RISK, 0), 0);
	/* Killed meanwhile: it still waits. */
	assert_int_equal(harness_end(&s->h, HARNESS_NOTIFICATION, SIGKILL), -SIGKILL);
	harness_start(&s->h, HARNESS_NOTIFICATION);
	(void)scene_tell(s, "day 2023-07-23");
	harness_wait(&s->h, HARNESS_NOTIFICATION, "alerts-at-risk", 1);
	scene_settle(s);
	newest(s, ALERT_AT_RISK, ALERT_SENSE_MARGIN, INFRA, &al);
	assert_int_equal(al.day, day_from_civil(2023, 7, 23));
	assert_true(al.n_metrics > 0);
	assert_true(al.n_causes > 0);
	assert_int_equal(harness_status(&s->h, HARNESS_NOTIFICATION, "risks-waiting"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_what_stands_on_one_says_on_whom, open_all, scene_close),
		cmocka_unit_test_setup_teardown(
			test_a_coast_date_escalates_as_days_pass, open_all, scene_close),
		cmocka_unit_test_setup_teardown(
			test_an_overdue_feed_is_told_and_moves_no_score, open_all, scene_close),
		cmocka_unit_test_setup_teardown(
			test_usage_that_is_restated_withdraws_what_it_had_gained, open_all,
			scene_close),
		cmocka_unit_test_setup_teardown(
			test_what_waits_is_told_by_a_day_on_which_nothing_else_happens,
			open_waiting, scene_close),
	};

	return cmocka_run_group_tests_name("alerts that look ahead", tests, NULL, NULL);
}
