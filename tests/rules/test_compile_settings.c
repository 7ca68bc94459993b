/* What makes a designation in rule files: settings, windows, and the catalogue. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/base/err.h"
#include "tests/harness/rule_text.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static const char base[] =
	"edition: { id: e1, title: Test, valid-from: 2023-06-01 }\n"
	"sources: { S1: A document }\n"
	"settings:\n"
	"  qualifies-at: 70\n"
	"  every-metric-at-least: 1\n"
	"  usage-ready-day: 20\n"
	"windows:\n"
	"  designations:\n"
	"    - from: 2022-10-25\n"
	"      source: S1 page 1\n"
	"      not-enrolled: { days: 1 }\n"
	"      renewal: { days: 30 }\n"
	"      renewal-days: 30\n"
	"    - from: 2023-09-06\n"
	"      source: S1 page 2\n"
	"      not-enrolled: { same-day-months: 5 }\n"
	"      renewal: { full-months: 6 }\n"
	"      renewal-days: 0\n"
	"      renewal-days-count: true\n"
	"      due-days-before: 60\n"
	"certificates: [{ code: C-1, title: Certificate One }]\n"
	"areas:\n"
	"  - id: one\n"
	"    name: Area one\n"
	"    metrics:\n"
	"      - id: people\n"
	"        name: People\n"
	"        rule: R-1\n"
	"        source: S1\n"
	"        maximum: 100\n"
	"        measure: people\n"
	"        steps: [{ name: S, holds: C-1, points: 4 }]\n"
	"catalogue:\n"
	"  - { id: credits, kind: benefit, name: Credits, text: So much a year, areas: [one], source: S1 }\n"
	"  - { id: gold, kind: competency, name: Gold, text: What it became, source: S1 }\n";

static const struct rule_row rows[] = {
	{ .name = "every metric is above a bound or at it",
		.find = "  every-metric-at-least: 1\n",
		.with = "  every-metric-at-least: 1\n"
			"  every-metric-above: 0\n"
			"  total-is-compared: round\n",
		.want = "r.yaml:5:3: error: 'every-metric-above' and 'every-metric-at-least' exclude each other in 'settings'; keep one\n"
			"  every-metric-at-least: 1\n"
			"  ^~~~~~~~~~~~~~~~~~~~~\n"
			"r.yaml:7:22: error: 'total-is-compared' 'round' is not known; did you mean 'rounded'?\n"
			"  total-is-compared: round\n"
			"                     ^~~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "a window has one form",
		.find = "{ days: 1 }",
		.with = "{ days: 401, full-months: 1 }",
		.want = "r.yaml:11:34: error: 'days' and 'full-months' exclude each other in 'not-enrolled'; keep one\n"
			"      not-enrolled: { days: 401, full-months: 1 }\n"
			"                                 ^~~~~~~~~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "a window has some form",
		.find = "{ days: 30 }",
		.with = "{}",
		.want = "r.yaml:12:16: error: 'renewal' has no 'days', 'same-day-months' or 'full-months'; add one of them\n"
			"      renewal: {}\n"
			"               ^\n",
		.rc = ERR_SYNTAX },
	{ .name = "windows are bounded",
		.find = "{ same-day-months: 5 }",
		.with = "{ same-day-months: 61 }",
		.want = "r.yaml:16:40: error: 'same-day-months' 61 is out of range; write a whole number from 1 to 60\n"
			"      not-enrolled: { same-day-months: 61 }\n"
			"                                       ^~\n",
		.rc = ERR_SYNTAX },
	{ .name = "windows are in order",
		.find = "from: 2023-09-06",
		.with = "from: 2022-10-25",
		.want = "r.yaml:14:13: error: 'from' is not after that of the window before; write windows in order of their first day\n"
			"    - from: 2022-10-25\n"
			"            ^~~~~~~~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "a misspelt key of a window is told",
		.find = "due-days-before: 60",
		.with = "due-day-before: 60",
		.want = "r.yaml:20:7: error: unknown key 'due-day-before' in a window; did you mean 'due-days-before'?\n"
			"      due-day-before: 60\n"
			"      ^~~~~~~~~~~~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "the catalogue names areas and kinds",
		.find = "kind: benefit, name: Credits, text: So much a year, areas: [one]",
		.with = "kind: benefits, name: Credits, text: So much a year, areas: [two, one, one]",
		.want = "r.yaml:34:26: error: 'kind' of an entry 'benefits' is not known; did you mean 'benefit'?\n"
			"  - { id: credits, kind: benefits, name: Credits, text: So much a year, areas: [two, one, one], source: S1 }\n"
			"                         ^~~~~~~~\n"
			"r.yaml:34:81: error: area 'two' is not declared; declare it, or name one that is\n"
			"  - { id: credits, kind: benefits, name: Credits, text: So much a year, areas: [two, one, one], source: S1 }\n"
			"                                                                                ^~~\n"
			"r.yaml:34:91: error: area 'one' is listed twice in this entry; take one out\n"
			"  - { id: credits, kind: benefits, name: Credits, text: So much a year, areas: [two, one, one], source: S1 }\n"
			"                                                                                          ^~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "an entry of the catalogue has an id of its own",
		.find = "id: gold",
		.with = "id: credits",
		.want = "r.yaml:35:11: error: an entry 'credits' is in the catalogue already; choose another id\n"
			"  - { id: credits, kind: competency, name: Gold, text: What it became, source: S1 }\n"
			"          ^~~~~~~\n",
		.rc = ERR_SYNTAX },
};

static void test_row(void **state)
{
	check_rule_row(base, *state);
}

static void test_settings_say_how_points_are_compared(void **state)
{
	struct edition_box *box = rule_box_with(base, "  usage-ready-day: 20\n",
		"  usage-ready-day: 20\n  total-is-compared: rounded\n");
	const struct edition *e = edition_box_get(box);

	(void)state;
	assert_true(e->metric_at_least);
	assert_true(ratio_eq(e->metric_above, ratio_int(1)));
	assert_int_equal(e->total_compare, TOTAL_ROUNDED);
	edition_box_destroy(box);
	box = rule_box_with(base, "every-metric-at-least: 1", "every-metric-above: 0");
	e = edition_box_get(box);
	assert_false(e->metric_at_least);
	assert_true(ratio_is_zero(e->metric_above));
	assert_int_equal(e->total_compare, TOTAL_EXACT);
	edition_box_destroy(box);
}

static void test_windows_arrive_in_order(void **state)
{
	struct edition_box *box = rule_box_with(base, "e1", "e1");
	const struct edition *e = edition_box_get(box);
	const struct window_rule *w = e->windows;

	(void)state;
	assert_int_equal(e->n_windows, 2);
	assert_int_equal(e->n_specialization_windows, 0);
	assert_int_equal(w[0].from, day_from_civil(2022, 10, 25));
	assert_true(str_eq(w[0].source, STR("S1 page 1")));
	assert_int_equal(w[0].open_form, WINDOW_DAYS);
	assert_int_equal(w[0].open_n, 1);
	assert_int_equal(w[0].renewal_form, WINDOW_DAYS);
	assert_int_equal(w[0].renewal_n, 30);
	assert_int_equal(w[0].renewal_days, 30);
	assert_false(w[0].renewal_counts);
	assert_int_equal(w[0].due_days, 0);
	assert_int_equal(w[1].open_form, WINDOW_SAME_DAY);
	assert_int_equal(w[1].open_n, 5);
	assert_int_equal(w[1].renewal_form, WINDOW_FULL_MONTHS);
	assert_int_equal(w[1].renewal_n, 6);
	assert_int_equal(w[1].renewal_days, 0);
	assert_true(w[1].renewal_counts);
	assert_int_equal(w[1].due_days, 60);
	edition_box_destroy(box);
	box = rule_box_with(base, "  designations:\n", "  specializations:\n");
	e = edition_box_get(box);
	assert_int_equal(e->n_windows, 0);
	assert_int_equal(e->n_specialization_windows, 2);
	edition_box_destroy(box);
}

static void test_the_catalogue_names_areas_by_number(void **state)
{
	struct edition_box *box = rule_box_with(base, "e1", "e1");
	const struct edition *e = edition_box_get(box);

	(void)state;
	assert_int_equal(e->n_catalogue, 2);
	assert_int_equal(e->catalogue[0].kind, CATALOGUE_BENEFIT);
	assert_true(str_eq(e->catalogue[0].text, STR("So much a year")));
	assert_int_equal(e->catalogue[0].n_areas, 1);
	assert_int_equal(e->catalogue[0].areas[0], 0);
	assert_int_equal(e->catalogue[1].kind, CATALOGUE_COMPETENCY);
	assert_int_equal(e->catalogue[1].n_areas, 0);
	edition_box_destroy(box);
}

static void test_every_failed_allocation_is_survived(void **state)
{
	(void)state;
	check_rule_allocations(base);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(test_every_failed_allocation_is_survived),
		cmocka_unit_test(test_settings_say_how_points_are_compared),
		cmocka_unit_test(test_windows_arrive_in_order),
		cmocka_unit_test(test_the_catalogue_names_areas_by_number),
	};
	struct CMUnitTest tests[ARRAY_LEN(rows) + ARRAY_LEN(others)];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = test_row,
			.initial_state = (void *)(uintptr_t)&rows[i] };
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		tests[n++] = others[i];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
