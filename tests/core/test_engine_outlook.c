/* Forecasts and outlooks of a partner told in a few facts: dates, causes, whom an area stands on, what mends it, and when
 * outlooks are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "common/base/err.h"
#include "rules/engine/forecast.h"
#include "rules/engine/outlook.h"
#include "tests/support/edition_azure.h"
#include "tests/support/lab.h"

static struct lab lab;

static int setup(void **state)
{
	(void)state;
	lab_open(&lab, &edition_azure);
	assert_int_equal(engine_set_outlook(lab.e, &OUTLOOK_OPTIONS_DEFAULT), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	lab_close(&lab);
	return 0;
}

/* Infrastructure with 76 points: 30 for three adds, 20 for growth, 10 for five products, 8 each for two people. */
static const char QUALIFYING[] =
	"usage P C1 SQL 2022-06 1000; usage P C1 SQL 2023-06 2000; usage P C2 Storage 2023-06 2000; "
	"usage P C3 Arc 2023-06 2000; usage P C4 Monitor 2023-06 2000; usage P C4 Vault 2023-06 1; "
	"cert P A AZ-104; cert P B AZ-104; cert P A AZ-305; cert P B AZ-305; "
	"cert P A AZ-700; cert P B AZ-700; cert P A AZ-140; cert P B AZ-120 2021-06-30 2023-10-31; "
	"day 2023-07-20";

static day_no day_of(const char *text)
{
	day_no d;

	assert_int_equal(day_parse(str_from(text), &d), 0);
	return d;
}

static void tell(const char *facts)
{
	lab_tell(&lab, facts);
	lab_settle(&lab);
}

static void assert_total(struct ratio r, const char *want)
{
	char got[RATIO_TEXT];

	assert_string_equal(ratio_format(r, got), want);
}

/* The outlook of Infrastructure in the last settle; NULL when none was told. */
static const struct area_outlook *told(void)
{
	for (size_t i = 0; i < lab.n_changes; i++)
		for (size_t k = 0; k < lab.changes[i].n_outlooks; k++)
			if (str_eq(lab.changes[i].outlooks[k].shape->area, STR("infrastructure")))
				return &lab.changes[i].outlooks[k];
	return NULL;
}

static const struct area_outlook *now(void)
{
	struct area_outlook *all;
	size_t n;

	arena_reset(&lab.ar);
	assert_int_equal(engine_outlook(lab.e, STR("P"), &lab.ar, &all, &n), 0);
	assert_true(n >= 1);
	return &all[0];
}

/* ---- forecast ---------------------------------------------------------------------------------------------------- */

static void test_a_certificate_that_ends_is_named(void **state)
{
	struct forecast f;
	const struct forecast_area *a;

	(void)state;
	tell(QUALIFYING);
	assert_int_equal(engine_forecast(lab.e, STR("P"), day_of("2024-07-19"), &lab.ar, &f), 0);
	assert_int_equal(f.n_parts, 2);
	assert_int_equal(f.parts[0].from, day_of("2023-07-20"));
	assert_total(f.parts[0].areas[AREA_INFRA].total, "76");
	a = &f.parts[1].areas[AREA_INFRA];
	assert_int_equal(f.parts[1].from, day_of("2023-11-01"));
	assert_total(a->total, "72");
	assert_int_equal(a->n_falls, 1);
	assert_int_equal(a->falls[0].kind, FALL_CERTIFICATE);
	assert_true(str_eq(a->falls[0].who, STR("B")) && str_eq(a->falls[0].what, STR("AZ-120")));
}

static void test_usage_told_ahead_moves_on_the_ready_day(void **state)
{
	struct forecast f;
	const struct forecast_area *a;

	(void)state;
	tell(QUALIFYING);
	tell("usage P C1 SQL 2023-07 500");
	assert_int_equal(engine_forecast(lab.e, STR("P"), day_of("2023-09-30"), &lab.ar, &f), 0);
	assert_int_equal(f.n_parts, 2);
	assert_int_equal(f.parts[1].from, day_of("2023-08-20"));
	a = &f.parts[1].areas[AREA_INFRA];
	assert_false(a->qualifies);
	assert_int_equal(a->falls[0].kind, FALL_USAGE);
	assert_true(str_eq(a->falls[0].what, STR("2023-07")));
}

static void test_days_that_cannot_be_forecast_are_refused(void **state)
{
	struct forecast f;

	(void)state;
	lab_tell(&lab, "cert P A AZ-104");
	assert_int_equal(engine_forecast(lab.e, STR("P"), 19600, &lab.ar, &f), ERR_INVALID);
	tell("day 2023-07-20");
	assert_int_equal(engine_forecast(lab.e, STR("P"), 19557, &lab.ar, &f), ERR_INVALID);
	assert_int_equal(
		engine_forecast(lab.e, STR("P"), 19558 + FORECAST_DAYS_MAX + 1, &lab.ar, &f),
		ERR_INVALID);
	assert_int_equal(engine_forecast(lab.e, STR("Q"), 19600, &lab.ar, &f), ERR_NOTFOUND);
}

/* A partner that waits for its settle is counted anew, and comes to the same. */
static void test_a_forecast_before_the_settle_is_that_after_it(void **state)
{
	struct forecast before, after;
	struct arena ar;

	(void)state;
	arena_init(&ar, &mem_heap, (size_t)16 << 20);
	tell(QUALIFYING);
	lab_tell(&lab, "cert P C AZ-700 2023-01-01 2023-09-15; usage P C5 SQL 2023-06 3000");
	assert_int_equal(engine_forecast(lab.e, STR("P"), 19858, &ar, &before), 0);
	lab_settle(&lab);
	assert_int_equal(engine_forecast(lab.e, STR("P"), 19858, &ar, &after), 0);
	assert_int_equal(before.n_parts, 3);
	assert_int_equal(before.n_parts, after.n_parts);
	for (size_t i = 0; i < after.n_parts; i++) {
		assert_int_equal(before.parts[i].from, after.parts[i].from);
		assert_true(ratio_eq(before.parts[i].areas[AREA_INFRA].total,
			after.parts[i].areas[AREA_INFRA].total));
	}
	arena_fini(&ar);
}

/* ---- outlook ----------------------------------------------------------------------------------------------------- */

static void test_an_area_that_comes_to_be_held_is_told_at_once(void **state)
{
	const struct area_outlook *o;

	(void)state;
	tell(QUALIFYING);
	o = told();
	assert_non_null(o);
	assert_true(o->held && o->qualifies && o->reached);
	assert_total(o->total, "76");
	assert_int_equal(o->coast_on, DAY_NONE);
	assert_int_equal(o->border, 0);
	tell("!cert P A AZ-104");
	o = told();
	assert_non_null(o);
	assert_true(!o->held || !o->qualifies);
}

static void test_who_it_stands_on_comes_least_first(void **state)
{
	const struct area_outlook *o;
	size_t people = 0;

	(void)state;
	tell(QUALIFYING);
	o = now();
	/* Without A or B a prerequisite is not met: 76 less 16. Of customers C1 alone grows ... every add counts 10. */
	for (size_t i = 0; i < o->n_stands; i++) {
		people += o->stands[i].kind == STAND_PERSON;
		if (i > 0)
			assert_true(ratio_cmp(o->stands[i - 1].total, o->stands[i].total) <= 0);
		if (o->stands[i].kind == STAND_PERSON) {
			assert_total(o->stands[i].total, "60");
			assert_true(o->stands[i].metric == METRIC_INTERMEDIATE + 1);
		}
	}
	assert_int_equal(people, 2);
	/* A third person with both prerequisites and a certificate more: nobody is alone any more. */
	tell("cert P C AZ-104; cert P C AZ-305; cert P C AZ-700; cert P C AZ-140");
	o = now();
	for (size_t i = 0; i < o->n_stands; i++)
		assert_int_equal(o->stands[i].kind, STAND_CUSTOMER);
}

/* What is told to mend it does, and one less does not. */
static void test_the_smallest_addition_mends_and_one_less_does_not(void **state)
{
	const struct area_outlook *o;
	const struct addition *people = NULL;

	(void)state;
	tell(QUALIFYING);
	tell("!cert P B AZ-120; !cert P B AZ-700; day 2023-07-21; !cert P A AZ-700; cert P A AZ-700 2021-06-30 2023-08-31");
	tell("cert P D AZ-700; day 2023-07-22");
	o = now();
	assert_int_equal(o->coast_on, day_of("2023-09-01"));
	assert_total(o->coast_total, "68");
	assert_int_equal(o->border, 60);
	for (size_t i = 0; i < o->n_additions; i++)
		if (o->additions[i].metric == METRIC_INTERMEDIATE)
			people = &o->additions[i];
	assert_non_null(people);
	assert_int_equal(people->kind, ADDITION_PEOPLE);
	assert_int_equal(people->amount, 1);
	tell("cert P E AZ-700");
	assert_int_equal(now()->coast_on, DAY_NONE);
}

static void test_points_that_move_within_a_day_are_told_with_the_next(void **state)
{
	(void)state;
	tell(QUALIFYING);
	tell("cert P C AZ-700");
	assert_null(told());
	tell("day 2023-07-21");
	assert_non_null(told());
	assert_total(told()->total, "80");
	tell("day 2023-07-22");
	assert_null(told());
}

static void test_a_date_is_told_again_when_it_enters_a_border(void **state)
{
	static const struct {
		const char *day;
		uint32_t border; /* 0: nothing is told */
	} rows[] = { { "day 2023-08-02", 0 }, { "day 2023-08-03", 90 }, { "day 2023-08-04", 0 },
		{ "day 2023-09-01", 0 }, { "day 2023-09-02", 60 }, { "day 2023-10-02", 30 },
		{ "day 2023-10-24", 0 }, { "day 2023-10-25", 7 }, { "day 2023-10-30", 0 } };

	(void)state;
	tell(QUALIFYING);
	tell("!usage P C4 Vault 2023-06 0; !usage P C4 Monitor 2023-06 0; "
	     "usage P C4 SQL 2023-06 2000"); /* 72: without AZ-120 of B 68 */
	tell("day 2023-07-21");
	assert_int_equal(now()->coast_on, day_of("2023-11-01"));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		tell(rows[i].day);
		assert_int_equal(told() != NULL, rows[i].border != 0);
		if (told() != NULL)
			assert_int_equal(told()->border, rows[i].border);
	}
}

static const struct feed_outlook *feed(enum feed_kind kind)
{
	for (size_t i = 0; i < lab.n_changes; i++)
		for (size_t k = 0; k < lab.changes[i].n_feeds; k++)
			if (lab.changes[i].feeds[k].kind == kind)
				return &lab.changes[i].feeds[k];
	return NULL;
}

static void test_a_feed_is_overdue_from_a_day_until_it_tells_something(void **state)
{
	(void)state;
	tell("usage P C1 SQL 2023-06 1000; day 2023-07-20; cert P A AZ-104");
	tell("day 2023-07-30");
	assert_null(feed(FEED_SKILLING));
	tell("day 2023-07-31");
	assert_non_null(feed(FEED_SKILLING));
	assert_int_equal(feed(FEED_SKILLING)->overdue_since, day_of("2023-07-31"));
	assert_int_equal(feed(FEED_SKILLING)->newest_on, day_of("2023-07-20"));
	tell("cert P B AZ-104");
	assert_non_null(feed(FEED_SKILLING));
	assert_int_equal(feed(FEED_SKILLING)->overdue_since, DAY_NONE);
	tell("day 2023-08-20");
	assert_null(feed(FEED_USAGE));
	tell("day 2023-08-21");
	assert_non_null(feed(FEED_USAGE));
	assert_int_equal(feed(FEED_USAGE)->overdue_since, day_of("2023-08-21"));
	assert_int_equal(month_first_day(feed(FEED_USAGE)->newest_month), day_of("2023-06-01"));
	tell("day 2023-08-22");
	assert_null(feed(FEED_USAGE));
	tell("usage P C1 SQL 2023-07 900");
	assert_non_null(feed(FEED_USAGE));
	assert_int_equal(feed(FEED_USAGE)->overdue_since, DAY_NONE);
}

static void test_options_out_of_range_are_refused(void **state)
{
	static const struct outlook_options rows[] = { { 0, { 0 } }, { 1, { 0 } },
		{ 1, { OUTLOOK_DAYS + 1 } }, { 2, { 30, 60 } }, { 2, { 30, 30 } },
		{ OUTLOOK_BORDERS_MAX + 1, { 90 } } };
	struct lab fresh;

	(void)state;
	lab_open(&fresh, &edition_azure);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(engine_set_outlook(fresh.e, &rows[i]), ERR_INVALID);
	assert_int_equal(engine_set_outlook(fresh.e, &OUTLOOK_OPTIONS_DEFAULT), 0);
	lab_tell(&fresh, "cert P A AZ-104");
	assert_int_equal(engine_set_outlook(fresh.e, &OUTLOOK_OPTIONS_DEFAULT), ERR_INVALID);
	lab_close(&fresh);
}

#define IN_LAB(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_LAB(test_a_certificate_that_ends_is_named),
		IN_LAB(test_usage_told_ahead_moves_on_the_ready_day),
		IN_LAB(test_days_that_cannot_be_forecast_are_refused),
		IN_LAB(test_a_forecast_before_the_settle_is_that_after_it),
		IN_LAB(test_an_area_that_comes_to_be_held_is_told_at_once),
		IN_LAB(test_who_it_stands_on_comes_least_first),
		IN_LAB(test_the_smallest_addition_mends_and_one_less_does_not),
		IN_LAB(test_points_that_move_within_a_day_are_told_with_the_next),
		IN_LAB(test_a_date_is_told_again_when_it_enters_a_border),
		IN_LAB(test_a_feed_is_overdue_from_a_day_until_it_tells_something),
		cmocka_unit_test(test_options_out_of_range_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
