/* Rule files that start from another edition: what is merged, and where faults are told. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/err.h"
#include "rules/compile/compile.h"
#include "tests/support/faulty.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#define METRIC(id, rule, maximum, points)                                                          \
	"      - id: " id "\n"                                                                     \
	"        name: Name of " id "\n"                                                           \
	"        rule: " rule "\n"                                                                 \
	"        source: S1\n"                                                                     \
	"        maximum: " maximum "\n"                                                           \
	"        measure: products-in-use\n"                                                       \
	"        points: " points "\n"                                                             \
	"        usage: seats\n"                                                                   \
	"        in-last-months: 12\n"

static const char first[] =
	"edition: { id: first, title: First, valid-from: 2023-06-01 }\n"
	"sources: { S1: A document }\n"
	"settings: { qualifies-at: 70, every-metric-above: 0, usage-ready-day: 20 }\n"
	"unknown: [One thing, Another]\n"
	"certificates:\n"
	"  - { code: C-1, title: Certificate One, also: [One] }\n"
	"  - { code: C-2, title: Certificate Two }\n"
	"selections:\n"
	"  - { id: seats, measure: mau, associations: [cpor, dpor], offers: [paid],\n"
	"      products: [Mail, Chat], source: S1 }\n"
	"shared-metrics:\n" METRIC("shared", "R-S", "10", "1") METRIC("spare", "R-P", "20",
		"2") "areas:\n"
		     "  - id: one\n"
		     "    name: Area one\n"
		     "    metrics:\n"
		     "      - shared\n" METRIC("a", "R-A", "50",
			     "4") "      - id: b\n"
				  "        name: Name of b\n"
				  "        rule: R-B\n"
				  "        source: S1\n"
				  "        unknown: [Something]\n"
				  "        maximum: 40\n"
				  "        measure: people\n"
				  "        steps:\n"
				  "          - { name: S, holds: { any: [C-1, C-2] }, points: 4 }\n"
				  "  - id: two\n"
				  "    name: Area two\n"
				  "    metrics:\n" METRIC("a", "R-C", "100", "4");

static const char second[] =
	"edition: { id: second, title: Second, valid-from: 2024-01-01, based-on: first }\n"
	"settings: { qualifies-at: 75 }\n";
static const char third[] =
	"edition: { id: third, title: Third, valid-from: 2025-01-01, based-on: second }\n"
	"settings: { usage-ready-day: 15 }\n";
static const char loop[] =
	"edition: { id: loop, title: Loop, valid-from: 2025-01-01, based-on: pool }\n";
static const char pool[] =
	"edition: { id: pool, title: Pool, valid-from: 2025-01-01, based-on: loop }\n";
static const char l4[] =
	"edition: { id: l4, title: L4, valid-from: 2025-01-01, based-on: third }\n";
static const char l5[] = "edition: { id: l5, title: L5, valid-from: 2025-01-01, based-on: l4 }\n";
static const char broken[] = "edition: { id: broken\n";

#define SHELF(name)                                                                                \
	{                                                                                          \
		STR_INIT(#name), #name ".yaml", STR_INIT(name), STR_INIT(""), STR_INIT("")         \
	}
static const struct shipped_edition shelf[] = { SHELF(first), SHELF(second), SHELF(third),
	SHELF(loop), SHELF(pool), SHELF(l4), SHELF(l5), SHELF(broken) };

#define OWN "edition: { id: own, title: Own, valid-from: 2024-07-01, based-on: first }\n"

static int compile_own(const char *text, struct buf *report, struct edition_box **ret)
{
	int rc;

	buf_init(report, &mem_heap, 1 << 20);
	rc = compile_edition_on(
		&mem_heap, "own.yaml", str_from(text), shelf, ARRAY_LEN(shelf), report, ret);
	assert_int_equal(buf_add(report, "", 1), 0);
	return rc;
}

static struct edition_box *box_of(const char *text)
{
	struct edition_box *box = NULL;
	struct buf report;
	int rc = compile_own(text, &report, &box);

	if (rc != 0 || report.n > 1)
		fail_msg("%d: %s", rc, (const char *)report.p);
	buf_fini(&report);
	return box;
}

struct row {
	const char *name, *text, *want;
};

static const struct row rows[] = {
	{ "a base that does not ship suggests one that does",
		"edition: { id: own, title: Own, valid-from: 2024-07-01, based-on: fist }\n",
		"own.yaml:1:67: error: no edition 'fist' ships with this program; did you mean 'first'?\n"
		"edition: { id: own, title: Own, valid-from: 2024-07-01, based-on: fist }\n"
		"                                                                  ^~~~\n" },
	{ "a base that is far from all names them",
		"edition: { id: own, title: Own, valid-from: 2024-07-01, based-on: elsewhere }\n",
		"own.yaml:1:67: error: no edition 'elsewhere' ships with this program; there are: first, second, third, loop, pool, l4, l5, broken\n"
		"edition: { id: own, title: Own, valid-from: 2024-07-01, based-on: elsewhere }\n"
		"                                                                  ^~~~~~~~~\n" },
	{ "an edition is not based on itself",
		"edition: { id: first, title: Own, valid-from: 2024-07-01, based-on: second }\n",
		"own.yaml:1:69: error: edition 'first' would be based on itself; name an edition that does not need this one\n"
		"edition: { id: first, title: Own, valid-from: 2024-07-01, based-on: second }\n"
		"                                                                    ^~~~~~\n" },
	{ "bases do not go in a circle",
		"edition: { id: own, title: Own, valid-from: 2024-07-01, based-on: loop }\n",
		"own.yaml:1:67: error: edition 'loop' would be based on itself; name an edition that does not need this one\n"
		"edition: { id: own, title: Own, valid-from: 2024-07-01, based-on: loop }\n"
		"                                                                  ^~~~\n" },
	{ "bases are four deep",
		"edition: { id: own, title: Own, valid-from: 2024-07-01, based-on: l5 }\n",
		"own.yaml:1:67: error: more than 4 editions lie one on the other; write one of them out in full\n"
		"edition: { id: own, title: Own, valid-from: 2024-07-01, based-on: l5 }\n"
		"                                                                  ^~\n" },
	{ "a base with faults is told",
		"edition: { id: own, title: Own, valid-from: 2024-07-01, based-on: broken }\n",
		"own.yaml:1:67: error: edition 'broken' has faults of its own; mend it first\n"
		"edition: { id: own, title: Own, valid-from: 2024-07-01, based-on: broken }\n"
		"                                                                  ^~~~~~\n" },
	{ "the title of the base is not that of the file",
		"edition: { id: own, valid-from: 2024-07-01, based-on: first }\n",
		"own.yaml:1:10: error: 'edition' has no 'title'; add it\n"
		"edition: { id: own, valid-from: 2024-07-01, based-on: first }\n"
		"         ^\n" },
	{ "a fault in what differs is told in the file",
		OWN "areas:\n"
		    "  - id: one\n"
		    "    metrics:\n"
		    "      - { id: a, maximum: 51, point: 4 }\n",
		"own.yaml:4:5: error: the metrics of area 'one' have 101 points at most; together they must have 100\n"
		"    metrics:\n"
		"    ^~~~~~~\n"
		"own.yaml:5:31: error: unknown key 'point' in a metric; did you mean 'points'?\n"
		"      - { id: a, maximum: 51, point: 4 }\n"
		"                              ^~~~~\n" },
	{ "a fault in what only the base has is told where the base is named",
		OWN "certificates: [{ code: C-2, removed: true }]\n",
		"own.yaml:1:67: error: certificate 'C-2' is not declared; did you mean 'C-1'? (line 52 of edition 'first')\n"
		"edition: { id: own, title: Own, valid-from: 2024-07-01, based-on: first }\n"
		"                                                                  ^~~~~\n" },
	{ "what is not there cannot go or be stood behind",
		OWN "certificates: [{ code: C-3, removed: true }]\n"
		    "areas:\n"
		    "  - { id: elsewhere, removed: true }\n"
		    "  - { id: two, after: on }\n",
		"own.yaml:2:24: error: 'C-3' is not in this list of the base; did you mean 'C-1'?\n"
		"certificates: [{ code: C-3, removed: true }]\n"
		"                       ^~~\n"
		"own.yaml:4:11: error: 'elsewhere' is not in this list of the base; take the entry out\n"
		"  - { id: elsewhere, removed: true }\n"
		"          ^~~~~~~~~\n"
		"own.yaml:5:23: error: 'on' is not in this list of the base; did you mean 'one'?\n"
		"  - { id: two, after: on }\n"
		"                      ^~\n" },
	{ "instructions are true or not there", OWN "areas: [{ id: two, removed: yes }]\n",
		"own.yaml:2:29: error: 'removed' can only be true; leave it out otherwise\n"
		"areas: [{ id: two, removed: yes }]\n"
		"                            ^~~\n" },
	{ "an entry or a key is given once",
		OWN "settings: { qualifies-at: 71, qualifies-at: 72 }\n"
		    "areas: [{ id: two, name: Two }, { id: two, name: Zwei }]\n",
		"own.yaml:2:31: error: key 'qualifies-at' is given twice; take one out\n"
		"settings: { qualifies-at: 71, qualifies-at: 72 }\n"
		"                              ^~~~~~~~~~~~\n"
		"own.yaml:3:39: error: 'two' is in this list twice; put both together\n"
		"areas: [{ id: two, name: Two }, { id: two, name: Zwei }]\n"
		"                                      ^~~\n" },
	{ "instructions mean nothing without a base",
		"edition: { id: own, title: Own, valid-from: 2024-07-01 }\n"
		"sources: { S1: A document }\n"
		"settings: { qualifies-at: 70, every-metric-above: 0, usage-ready-day: 20 }\n"
		"areas: [{ id: two, name: Two, metrics: [x], removed: true }]\n",
		"own.yaml:4:41: error: shared metric 'x' is not declared; declare it, or name one that is\n"
		"areas: [{ id: two, name: Two, metrics: [x], removed: true }]\n"
		"                                        ^\n"
		"own.yaml:4:45: error: unknown key 'removed' in an area; it has: id, name, source, metrics, track-choice, tracks, enrolled-track, all-of, rule\n"
		"areas: [{ id: two, name: Two, metrics: [x], removed: true }]\n"
		"                                            ^~~~~~~\n" },
};

static void test_row(void **state)
{
	const struct row *r = *state;
	struct edition_box *box = NULL;
	struct buf report;
	int rc = compile_own(r->text, &report, &box);

	assert_string_equal((const char *)report.p, r->want);
	assert_int_equal(rc, ERR_SYNTAX);
	assert_null(box);
	buf_fini(&report);
}

static void test_what_does_not_differ_comes_from_the_base(void **state)
{
	struct edition_box *box = box_of(OWN "settings: { qualifies-at: 75 }\n"
					     "sources: { S2: Another }\n");
	const struct edition *e = edition_box_get(box);

	(void)state;
	assert_true(str_eq(e->id, STR("own")));
	assert_true(str_eq(e->title, STR("Own")));
	assert_int_equal(e->valid_from, day_from_civil(2024, 7, 1));
	assert_int_equal(e->qualifies_at.num, 75);
	assert_int_equal(e->usage_ready_day, 20);
	assert_int_equal(e->n_unknown, 2);
	assert_int_equal(e->n_areas, 2);
	assert_int_equal(e->areas[0].n_metrics, 3);
	assert_int_equal(e->selections[0].n_products, 2);
	edition_box_destroy(box);
}

static void test_entries_are_merged_by_their_ids(void **state)
{
	struct edition_box *box = box_of(OWN
		"certificates:\n"
		"  - { code: C-1, also: [Uno, Eins] }\n"
		"  - { code: C-3, title: Certificate Three }\n"
		"selections: [{ id: seats, products: [Talk], associations: [pal] }]\n"
		"areas:\n"
		"  - id: one\n"
		"    metrics:\n"
		"      - { id: a, points: 5, source: S1 page 9 }\n"
		"      - { id: b, steps: [{ name: T, holds: { any: [C-3, C-1] }, points: 8 }] }\n");
	const struct edition *e = edition_box_get(box);
	const struct metric *m = e->areas[0].metrics;

	(void)state;
	assert_int_equal(e->n_certificates, 3);
	assert_true(str_eq(e->certificates[0].title, STR("Certificate One")));
	assert_int_equal(e->certificates[0].n_aliases, 2);
	assert_true(str_eq(e->certificates[2].code, STR("C-3")));
	assert_int_equal(e->selections[0].n_products, 1);
	assert_int_equal(e->selections[0].associations, 1U << ASSOC_PAL);
	assert_int_equal(e->selections[0].measure, MEASURE_MAU);
	assert_true(str_eq(m[1].id, STR("a")));
	assert_true(ratio_eq(m[1].rule.points_each, ratio_int(5)));
	assert_true(str_eq(m[1].name, STR("Name of a")));
	assert_true(str_eq(m[1].source, STR("S1 page 9")));
	assert_int_equal(m[2].rule.u.people.n_steps, 1);
	assert_true(str_eq(m[2].rule.u.people.steps[0].name, STR("T")));
	assert_int_equal(m[2].rule.u.people.steps[0].holds.any[0].bits[0], 4);
	edition_box_destroy(box);
}

static void test_entries_go_and_come_where_they_are_wanted(void **state)
{
	struct edition_box *box =
		box_of(OWN "areas:\n"
			   "  - { id: two, removed: true }\n"
			   "  - id: three\n"
			   "    name: Area three\n"
			   "    metrics:\n" METRIC("x", "R-X", "100",
				   "4") "  - id: four\n"
					"    after: one\n"
					"    name: Area four\n"
					"    metrics:\n" METRIC("x", "R-Y", "100",
						"4") "  - id: one\n"
						     "    metrics:\n"
						     "      - { id: shared, removed: true }\n"
						     "      - { id: a, maximum: 40 }\n"
						     "      - { id: spare, after: a }\n");
	const struct edition *e = edition_box_get(box);
	const struct area *a = &e->areas[0];

	(void)state;
	assert_int_equal(e->n_areas, 3);
	assert_true(str_eq(e->areas[1].id, STR("four")));
	assert_true(str_eq(e->areas[2].id, STR("three")));
	assert_int_equal(a->n_metrics, 3);
	assert_true(str_eq(a->metrics[0].id, STR("a")));
	assert_true(str_eq(a->metrics[1].id, STR("spare")));
	assert_true(str_eq(a->metrics[1].rule_id, STR("R-P")));
	assert_true(str_eq(a->metrics[2].id, STR("b")));
	edition_box_destroy(box);
}

static void test_a_shared_metric_gives_way_to_one_of_its_own(void **state)
{
	struct edition_box *box = box_of(OWN "areas:\n"
					     "  - id: one\n"
					     "    metrics:\n"
					     "      - shared\n" METRIC("a", "R-A", "50", "7"));
	const struct area *a = &edition_box_get(box)->areas[0];

	(void)state;
	assert_int_equal(a->n_metrics, 3);
	assert_true(ratio_eq(a->metrics[1].rule.points_each, ratio_int(7)));
	edition_box_destroy(box);
	box = box_of(OWN "areas:\n"
			 "  - id: one\n"
			 "    metrics:\n" METRIC("shared", "R-T", "10", "3"));
	a = &edition_box_get(box)->areas[0];
	assert_int_equal(a->n_metrics, 3);
	assert_true(str_eq(a->metrics[0].rule_id, STR("R-T")));
	edition_box_destroy(box);
}

static void test_a_mapping_can_replace_that_of_the_base(void **state)
{
	struct edition_box *box = box_of(OWN
		"areas:\n"
		"  - id: one\n"
		"    metrics:\n"
		"      - { id: b, replaces: true, name: New, rule: R-N, source: S1, maximum: 40,\n"
		"          measure: products-in-use, points: 1, usage: seats, in-last-months: 1 }\n");
	const struct metric *m = &edition_box_get(box)->areas[0].metrics[2];

	(void)state;
	assert_true(str_eq(m->id, STR("b")));
	assert_int_equal(m->rule.kind, RULE_PRODUCTS_IN_USE);
	assert_int_equal(m->n_unknown, 0);
	edition_box_destroy(box);
}

static void test_an_empty_value_takes_a_key_out(void **state)
{
	struct edition_box *box =
		box_of(OWN "unknown:\n"
			   "settings: { every-metric-above: , every-metric-at-least: 1 }\n"
			   "selections: [{ id: seats, products: }]\n"
			   "areas: [{ id: one, metrics: [{ id: b, unknown: }] }]\n");
	const struct edition *e = edition_box_get(box);

	(void)state;
	assert_int_equal(e->n_unknown, 0);
	assert_true(e->metric_at_least);
	assert_int_equal(e->selections[0].n_products, 0);
	assert_int_equal(e->areas[0].metrics[2].n_unknown, 0);
	edition_box_destroy(box);
}

static void test_a_section_without_entries_is_gone(void **state)
{
	struct edition_box *box = box_of(
		OWN "certificates: [{ code: C-1, removed: true }, { code: C-2, removed: true }]\n"
		    "areas: [{ id: one, removed: true }]\n");
	const struct edition *e = edition_box_get(box);

	(void)state;
	assert_int_equal(e->n_certificates, 0);
	assert_int_equal(e->n_areas, 1);
	edition_box_destroy(box);
}

static void test_a_base_can_have_a_base(void **state)
{
	struct edition_box *box =
		box_of("edition: { id: own, title: Own, valid-from: 2026-01-01, based-on: l4 }\n"
		       "areas: [{ id: two, name: Second area }]\n");
	const struct edition *e = edition_box_get(box);

	(void)state;
	assert_int_equal(e->qualifies_at.num, 75);
	assert_int_equal(e->usage_ready_day, 15);
	assert_true(str_eq(e->areas[1].name, STR("Second area")));
	edition_box_destroy(box);
}

static uint64_t digest_on(const char *base_text, const char *text)
{
	const struct shipped_edition only = { STR("first"), "first.yaml", str_from(base_text),
		STR(""), STR("") };
	struct edition_box *box = NULL;
	uint64_t digest;

	assert_int_equal(
		compile_edition_on(&mem_heap, "own.yaml", str_from(text), &only, 1, NULL, &box), 0);
	digest = edition_box_get(box)->digest;
	edition_box_destroy(box);
	return digest;
}

static void test_the_digest_covers_the_base(void **state)
{
	char *other = strdup(first);
	const char *plain = first;

	(void)state;
	assert_non_null(other);
	memcpy(strstr(other, "Area one"), "AREA one", 8);
	assert_true(digest_on(first, OWN) == digest_on(first, OWN));
	assert_true(digest_on(first, OWN) != digest_on(other, OWN));
	assert_true(digest_on(first, OWN) != digest_on(first, OWN "\n"));
	assert_true(digest_on(first, plain) == digest_on(other, plain));
	free(other);
}

static void test_every_failed_allocation_of_a_merge_is_survived(void **state)
{
	int rc = ERR_NOMEM;

	(void)state;
	for (int n = 0; rc == ERR_NOMEM; n++) {
		struct faulty f = { .left = n };
		struct edition_box *box = NULL;

		rc = compile_edition_on(faulty_alloc(&f), "own.yaml", str_from(third), shelf,
			ARRAY_LEN(shelf), NULL, &box);
		assert_int_equal(box == NULL, rc != 0);
		edition_box_destroy(box);
		assert_int_equal(f.live, 0);
	}
	assert_int_equal(rc, 0);
}

/* Every edition that ships can be a base: an empty change leaves all but the head. */
static void test_editions_that_ship_can_be_started_from(void **state)
{
	char text[256];

	(void)state;
	for (size_t i = 0; i < shipped_count(); i++) {
		const struct shipped_edition *s = shipped_edition(i);
		struct edition_box *box = NULL;
		struct buf report;

		snprintf(text, sizeof text,
			"edition: { id: mine, title: Mine, valid-from: 2030-01-01, based-on: " STR_FMT
			" }\n",
			STR_ARG(s->id));
		buf_init(&report, &mem_heap, 1 << 20);
		assert_int_equal(
			compile_edition(&mem_heap, "mine.yaml", str_from(text), &report, &box), 0);
		assert_int_equal(report.n, 0);
		assert_true(edition_box_get(box)->n_areas > 0);
		edition_box_destroy(box);
		buf_fini(&report);
	}
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(test_what_does_not_differ_comes_from_the_base),
		cmocka_unit_test(test_entries_are_merged_by_their_ids),
		cmocka_unit_test(test_entries_go_and_come_where_they_are_wanted),
		cmocka_unit_test(test_a_shared_metric_gives_way_to_one_of_its_own),
		cmocka_unit_test(test_a_mapping_can_replace_that_of_the_base),
		cmocka_unit_test(test_an_empty_value_takes_a_key_out),
		cmocka_unit_test(test_a_section_without_entries_is_gone),
		cmocka_unit_test(test_a_base_can_have_a_base),
		cmocka_unit_test(test_the_digest_covers_the_base),
		cmocka_unit_test(test_every_failed_allocation_of_a_merge_is_survived),
		cmocka_unit_test(test_editions_that_ship_can_be_started_from),
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
