/* Areas in rule files: tracks, areas of areas, and points that stay exact. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/err.h"
#include "tests/harness/rule_text.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#define HEAD                                                                                       \
	"edition: { id: e1, title: Test, valid-from: 2023-06-01 }\n"                               \
	"sources: { S1: A document }\n"                                                            \
	"settings: { qualifies-at: 70, every-metric-above: 0, usage-ready-day: 20 }\n"             \
	"selections:\n"                                                                            \
	"  - { id: seats, measure: mau, associations: [cpor], offers: [paid], source: S1 }\n"      \
	"  - { id: value, associations: [cpor], offers: [paid], source: S1,\n"                     \
	"      rates: [{ measure: mau, rate: 0.3, products: [A] }] }\n"

#define PRODUCTS(id, rule, maximum, points)                                                        \
	"- { id: " id ", name: N, rule: " rule ", source: S1, maximum: " maximum ", measure: "     \
	"products-in-use,\n"                                                                       \
	"            points: " points ", usage: seats, in-last-months: 12 }\n"
#define GROWTH(id, rule, maximum, points, more)                                                    \
	"- { id: " id ", name: N, rule: " rule ", source: S1, maximum: " maximum ", measure: "     \
	"usage-growth,\n"                                                                          \
	"            points: " points                                                              \
	", usage: value, basis: single-month, compared-months: 12" more " }\n"

static const char tracks[] =
	HEAD "areas:\n"			     /* 8 */
	     "  - id: one\n"		     /* 9 */
	     "    name: Area one\n"	     /* 10 */
	     "    source: S1 page 2\n"	     /* 11 */
	     "    track-choice: automatic\n" /* 12 */
	     "    tracks:\n"		     /* 13 */
	     "      - id: large\n"	     /* 14 */
	     "        name: Large\n"	     /* 15 */
	     "        when: { segments: { usage: seats, in: [Big, Huge], at-least: 80 } }\n"
	     "        metrics:\n"			  /* 17 */
	     "          " PRODUCTS("a", "R-1", "60", "4") /* 18 */
	"          " GROWTH("b", "R-2", "40", "1", "")	  /* 20 */
	"      - id: small\n"				  /* 22 */
	"        name: Small\n"
	"        metrics:\n"			       /* 24 */
	"          " PRODUCTS("a", "R-3", "60", "2")   /* 25 */
	"          " GROWTH("b", "R-4", "40", "1", "") /* 27 */
	"    enrolled-track: small\n";		       /* 29 */

static const char held[] =
	HEAD "areas:\n"
	     "  - { id: both, name: Both, source: S1, rule: R-B, all-of: [two, one] }\n"
	     "  - id: one\n" /* 10 */
	     "    name: Area one\n"
	     "    metrics:\n"
	     "          " PRODUCTS("a", "R-1", "100", "4") /* 13 */
	"  - id: two\n"
	"    name: Area two\n"
	"    metrics:\n" /* 17 */
	"          " GROWTH("b", "R-2", "100", "1", "");

struct row {
	const char *text;
	struct rule_row r;
};

static const struct row rows[] = {
	{ tracks,
		{ .name = "a misspelt choice of track is told",
			.find = "track-choice: automatic",
			.with = "track-choice: automatc",
			.want = "r.yaml:12:19: error: 'track-choice' 'automatc' is not known; did you mean 'automatic'?\n"
				"    track-choice: automatc\n"
				"                  ^~~~~~~~\n",
			.rc = ERR_SYNTAX } },
	{ tracks,
		{ .name = "tracks are chosen somehow",
			.find = "    track-choice: automatic\n",
			.with = "",
			.want = "r.yaml:9:5: error: an area with 'tracks' has no 'track-choice'; add it\n"
				"  - id: one\n"
				"    ^\n",
			.rc = ERR_SYNTAX } },
	{ tracks,
		{ .name = "the highest track needs no conditions",
			.find = "track-choice: automatic",
			.with = "track-choice: highest",
			.want = "r.yaml:16:9: error: 'when' has no meaning with 'track-choice: highest'; take it out\n"
				"        when: { segments: { usage: seats, in: [Big, Huge], at-least: 80 } }\n"
				"        ^~~~\n"
				"r.yaml:29:5: error: 'enrolled-track' has no meaning with 'track-choice: highest'; take it out\n"
				"    enrolled-track: small\n"
				"    ^~~~~~~~~~~~~~\n",
			.rc = ERR_SYNTAX } },
	{ tracks,
		{ .name = "a track before the last says when",
			.find = "        when: { segments: { usage: seats, in: [Big, Huge], at-least: 80 } }\n",
			.with = "",
			.want = "r.yaml:14:9: error: a track before the last has no 'when'; add it, or nothing behind it is ever taken\n"
				"      - id: large\n"
				"        ^\n",
			.rc = ERR_SYNTAX } },
	{ tracks,
		{ .name = "the last track does not say when",
			.find = "        name: Small\n",
			.with = "        name: Small\n"
				"        when: { unknown: Lost }\n",
			.want = "r.yaml:24:9: error: the last track is taken when no other is; take its 'when' out\n"
				"        when: { unknown: Lost }\n"
				"        ^~~~\n",
			.rc = ERR_SYNTAX } },
	{ tracks,
		{ .name = "tracks have the same metrics",
			.find = "{ id: a, name: N, rule: R-3,",
			.with = "{ id: c, name: N, rule: R-3,",
			.want = "r.yaml:25:13: error: metric 'c' differs in its id from 'a' of the first track; tracks have the same metrics in the same order, only the rules differ\n"
				"          - { id: c, name: N, rule: R-3, source: S1, maximum: 60, measure: products-in-use,\n"
				"            ^\n",
			.rc = ERR_SYNTAX } },
	{ tracks,
		{ .name = "tracks have as many metrics",
			.find = "60, measure: products-in-use,\n            points: 2, usage: seats, in-last-months: 12 }\n          - { id: b, name: N, rule: R-4, source: S1, maximum: 40, measure: usage-growth,\n            points: 1, usage: value, basis: single-month, compared-months: 12 }\n",
			.with = "100, measure: products-in-use,\n            points: 2, usage: seats, in-last-months: 12 }\n",
			.want = "r.yaml:25:13: error: metric 'a' differs in its maximum from 'a' of the first track; tracks have the same metrics in the same order, only the rules differ\n"
				"          - { id: a, name: N, rule: R-3, source: S1, maximum: 100, measure: products-in-use,\n"
				"            ^\n",
			.rc = ERR_SYNTAX } },
	{ tracks,
		{ .name = "the points of every track add up",
			.find = "rule: R-4, source: S1, maximum: 40",
			.with = "rule: R-4, source: S1, maximum: 41",
			.want = "r.yaml:24:9: error: the metrics of track 'small' have 101 points at most; together they must have 100\n"
				"        metrics:\n"
				"        ^~~~~~~\n",
			.rc = ERR_SYNTAX } },
	{ tracks,
		{ .name = "a track has an id of its own",
			.find = "id: small",
			.with = "id: large",
			.want = "r.yaml:22:13: error: a track 'large' is in this area already; choose another id\n"
				"      - id: large\n"
				"            ^~~~~\n"
				"r.yaml:29:21: error: track 'small' is not declared; declare it, or name one that is\n"
				"    enrolled-track: small\n"
				"                    ^~~~~\n",
			.rc = ERR_SYNTAX } },
	{ tracks,
		{ .name = "a track is not chosen by designations",
			.find = "segments: { usage: seats, in: [Big, Huge], at-least: 80 }",
			.with = "designations: { at-least: 1, of: [one] }",
			.want = "r.yaml:16:17: error: 'designations' has a meaning in a specialization only; choose a track by something else\n"
				"        when: { designations: { at-least: 1, of: [one] } }\n"
				"                ^~~~~~~~~~~~\n",
			.rc = ERR_SYNTAX } },
	{ tracks,
		{ .name = "an area has one form",
			.find = "    track-choice: automatic\n",
			.with = "    track-choice: automatic\n"
				"    metrics: [a]\n",
			.want = "r.yaml:14:5: error: 'metrics' and 'tracks' exclude each other in an area; keep one\n"
				"    tracks:\n"
				"    ^~~~~~\n",
			.rc = ERR_SYNTAX } },
	{ held, { .name = "an area has some form",
			.find = "all-of: [two, one]",
			.with = "enrolled-track: one",
			.want = "r.yaml:9:5: error: an area has no 'metrics', 'tracks' or 'all-of'; add one of them\n"
				"  - { id: both, name: Both, source: S1, rule: R-B, enrolled-track: one }\n"
				"    ^\n",
			.rc = ERR_SYNTAX } },
	{ held, { .name = "keys of another form have no meaning",
			.find = "    name: Area one\n",
			.with = "    name: Area one\n"
				"    track-choice: highest\n"
				"    rule: R-X\n",
			.want = "r.yaml:12:5: error: 'track-choice' has no meaning in an area without 'tracks'; take it out\n"
				"    track-choice: highest\n"
				"    ^~~~~~~~~~~~\n"
				"r.yaml:13:5: error: 'rule' has no meaning in an area without 'all-of'; take it out\n"
				"    rule: R-X\n"
				"    ^~~~\n",
			.rc = ERR_SYNTAX } },
	{ held, { .name = "an area of areas cites its rule and names areas once",
			.find = "source: S1, rule: R-B, all-of: [two, one]",
			.with = "all-of: [two, ones, two]",
			.want = "r.yaml:9:5: error: an area with 'all-of' has no 'source'; add it\n"
				"  - { id: both, name: Both, all-of: [two, ones, two] }\n"
				"    ^\n"
				"r.yaml:9:5: error: an area with 'all-of' has no 'rule'; add it\n"
				"  - { id: both, name: Both, all-of: [two, ones, two] }\n"
				"    ^\n"
				"r.yaml:9:43: error: area 'ones' is not declared; did you mean 'one'?\n"
				"  - { id: both, name: Both, all-of: [two, ones, two] }\n"
				"                                          ^~~~\n"
				"r.yaml:9:49: error: area 'two' is listed twice in 'all-of'; take one out\n"
				"  - { id: both, name: Both, all-of: [two, ones, two] }\n"
				"                                                ^~~\n",
			.rc = ERR_SYNTAX } },
	{ held, { .name = "an area of areas is not made of another",
			.find = "all-of: [two, one]",
			.with = "all-of: [two, one, both]",
			.want = "r.yaml:9:71: error: area 'both' is not declared; declare it, or name one that is\n"
				"  - { id: both, name: Both, source: S1, rule: R-B, all-of: [two, one, both] }\n"
				"                                                                      ^~~~\n",
			.rc = ERR_SYNTAX } },
};

static void test_row(void **state)
{
	const struct row *row = *state;

	check_rule_row(row->text, &row->r);
}

static void test_tracks_have_rules_of_their_own(void **state)
{
	struct edition_box *box = rule_box_with(tracks, "e1", "e1");
	const struct area *a = &edition_box_get(box)->areas[0];
	const struct metric_rule *when = a->tracks[0].when;

	(void)state;
	assert_int_equal(a->form, AREA_OF_METRICS);
	assert_true(str_eq(a->source, STR("S1 page 2")));
	assert_int_equal(a->choice, TRACK_AUTOMATIC);
	assert_int_equal(a->n_tracks, 2);
	assert_int_equal(a->enrolled_track, 1);
	assert_int_equal(a->n_metrics, 2);
	assert_ptr_equal(a->metrics, a->tracks[0].metrics);
	assert_true(str_eq(a->tracks[0].id, STR("large")));
	assert_true(str_eq(a->tracks[1].name, STR("Small")));
	assert_null(a->tracks[1].when);
	assert_int_equal(when->kind, RULE_SEGMENT_SHARE);
	assert_int_equal(when->u.segment.n, 2);
	assert_true(str_eq(when->u.segment.segments[1], STR("Huge")));
	assert_int_equal(when->u.segment.percent, 80);
	assert_true(ratio_eq(a->tracks[0].metrics[0].rule.points_each, ratio_int(4)));
	assert_true(ratio_eq(a->tracks[1].metrics[0].rule.points_each, ratio_int(2)));
	assert_true(str_eq(a->tracks[1].metrics[1].rule_id, STR("R-4")));
	edition_box_destroy(box);
}

static void test_an_area_without_tracks_has_one_without_a_name(void **state)
{
	struct edition_box *box = rule_box_with(held, "e1", "e1");
	const struct area *a = &edition_box_get(box)->areas[0];

	(void)state;
	assert_int_equal(a->choice, TRACK_ONLY);
	assert_int_equal(a->n_tracks, 1);
	assert_int_equal(a->tracks[0].id.n, 0);
	assert_ptr_equal(a->tracks[0].metrics, a->metrics);
	assert_int_equal(a->enrolled_track, -1);
	edition_box_destroy(box);
}

static void test_an_area_of_areas_comes_behind_those_it_is_made_of(void **state)
{
	struct edition_box *box = rule_box_with(held, "e1", "e1");
	const struct edition *e = edition_box_get(box);
	const struct area *a = &e->areas[2];

	(void)state;
	assert_int_equal(e->n_areas, 3);
	assert_true(str_eq(e->areas[0].id, STR("one")));
	assert_true(str_eq(a->id, STR("both")));
	assert_int_equal(a->form, AREA_OF_AREAS);
	assert_int_equal(a->n_metrics, 2);
	assert_true(str_eq(a->metrics[0].id, STR("two")));
	assert_true(str_eq(a->metrics[0].name, STR("Area two")));
	assert_true(str_eq(a->metrics[0].rule_id, STR("R-B.TWO")));
	assert_int_equal(a->metrics[0].maximum, 1);
	assert_int_equal(a->metrics[0].rule.kind, RULE_AREAS_HELD);
	assert_int_equal(a->metrics[0].rule.u.held.need, 1);
	assert_int_equal(a->metrics[0].rule.u.held.n, 1);
	assert_int_equal(a->metrics[0].rule.u.held.areas[0], 1);
	assert_int_equal(a->metrics[1].rule.u.held.areas[0], 0);
	assert_int_equal(a->n_tracks, 1);
	edition_box_destroy(box);
}

/* What would not stay exact, each with the other metric of the area. */
static void test_points_that_would_not_stay_exact_are_refused(void **state)
{
	static const char *const per_cent =
		"more than one metric measures usage-growth in per cent; keep one";
	static const char *const mixed =
		"usage-growth in per cent does not stay exact beside growth 'for-each' of an amount; keep one of them";
	static const char *const small = "no common denominator up to 1000000";
	static const char *const large = "no common denominator up to 2^40";
	static const struct {
		const char *metrics;
		const char *const *want; /* NULL: accepted */
	} cases[] = {
		{ GROWTH("a", "R-1", "60", "1", "") "          " GROWTH("c", "R-3", "40", "1", ""),
			&per_cent },
		{ GROWTH("a", "R-1", "60", "1", "") "          " GROWTH(
			  "c", "R-3", "40", "1", ", for-each: 10"),
			&mixed },
		{ GROWTH("a", "R-1", "60", "1", "") "          " PRODUCTS(
			  "c", "R-3", "40", "1/1000000"),
			NULL },
		{ GROWTH("a", "R-1", "60", "1/3", "") "          " PRODUCTS(
			  "c", "R-3", "40", "1/1000000"),
			&small },
		{ PRODUCTS("a", "R-1", "60", "1/999983") "          " PRODUCTS(
			  "c", "R-3", "39", "1/999979"),
			NULL },
		{ PRODUCTS("a", "R-1", "60", "1/999983") "          " PRODUCTS("c", "R-3", "39",
			  "1/999979") "          " PRODUCTS("d", "R-4", "1", "1/7"),
			&large },
		/* 10^11 / 30 times the scale of 10; then 7 times as fine */
		{ GROWTH("a", "R-1", "100", "30", ", for-each: 100000"), NULL },
		{ GROWTH("a", "R-1", "60", "30", ", for-each: 100000") "          " PRODUCTS(
			  "c", "R-3", "40", "1/37"),
			&large },
		{ GROWTH("a", "R-1", "100", "1", ", for-each: 999999999.999999"), &large },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *text =
			rule_text_with(held, PRODUCTS("a", "R-1", "100", "4"), cases[i].metrics);
		struct edition_box *box = NULL;
		struct buf report;
		bool fits;

		buf_init(&report, &mem_heap, 1 << 20);
		(void)compile_edition(&mem_heap, "r.yaml", str_from(text), &report, &box);
		assert_int_equal(buf_add(&report, "", 1), 0);
		fits = cases[i].want != NULL
			       ? strstr((const char *)report.p, *cases[i].want) != NULL
			       : strstr((const char *)report.p, "area 'one':") == NULL;
		if (!fits)
			fail_msg("case %zu: %s", i, (const char *)report.p);
		edition_box_destroy(box);
		buf_fini(&report);
		free(text);
	}
}

/* Each shared metric counts wherever it is used, with its parts. */
static void test_rules_are_counted_with_their_parts(void **state)
{
	static char text[EDITION_TEXT_MAX];
	struct edition_box *box = NULL;
	struct buf report;
	size_t n = 0;

	(void)state;
	n += (size_t)snprintf(text, sizeof text, HEAD "shared-metrics:\n");
	for (int i = 0; i < 10; i++)
		n += (size_t)snprintf(text + n, sizeof text - n,
			"  - { id: m%d, name: M, rule: R-%d, source: S1, maximum: 10, parts: [\n"
			"      { id: p, name: P, measure: products-in-use, points: 1, usage: seats, in-last-months: 1 }] }\n",
			i, i);
	n += (size_t)snprintf(text + n, sizeof text - n, "areas:\n");
	for (int i = 0; i < 26; i++)
		n += (size_t)snprintf(text + n, sizeof text - n,
			"  - { id: a%d, name: A, metrics: [m0, m1, m2, m3, m4, m5, m6, m7, m8, m9] }\n",
			i);
	buf_init(&report, &mem_heap, 1 << 20);
	assert_int_equal(
		compile_edition(&mem_heap, "r.yaml", (struct str){ text, n }, &report, &box),
		ERR_SYNTAX);
	assert_int_equal(buf_add(&report, "", 1), 0);
	/* 25 areas have 500 rules; the seventh metric of the next has the 513th. */
	assert_string_equal((const char *)report.p,
		"r.yaml:55:59: error: more than 512 rules over all areas and tracks, parts and conditions included; the engine takes no more\n"
		"  - { id: a25, name: A, metrics: [m0, m1, m2, m3, m4, m5, m6, m7, m8, m9] }\n"
		"                                                          ^~\n");
	buf_fini(&report);
}

static void test_every_failed_allocation_is_survived(void **state)
{
	(void)state;
	check_rule_allocations(tracks);
	check_rule_allocations(held);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(test_every_failed_allocation_is_survived),
		cmocka_unit_test(test_tracks_have_rules_of_their_own),
		cmocka_unit_test(test_an_area_without_tracks_has_one_without_a_name),
		cmocka_unit_test(test_an_area_of_areas_comes_behind_those_it_is_made_of),
		cmocka_unit_test(test_points_that_would_not_stay_exact_are_refused),
		cmocka_unit_test(test_rules_are_counted_with_their_parts),
	};
	struct CMUnitTest tests[ARRAY_LEN(rows) + ARRAY_LEN(others)];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].r.name,
			.test_func = test_row,
			.initial_state = (void *)(uintptr_t)&rows[i] };
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		tests[n++] = others[i];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
