/* What changes between two editions: each row edits one place of a small edition and names every line that follows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "rules/compile/compile.h"
#include "rules/describe/diff.h"
#include "tests/support/faulty.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define ARENA_MAX    ((size_t)4 << 20)

static const char base[] =
	"edition:\n"
	"  id: e1\n"
	"  title: Test\n"
	"  valid-from: 2023-06-01\n"
	"sources: { S1: A document }\n"
	"settings: { qualifies-at: 70, every-metric-above: 0, usage-ready-day: 20 }\n"
	"unknown:\n"
	"  - What is open.\n"
	"certificates:\n"
	"  - { code: C-1, title: One, also: [First] }\n"
	"  - { code: C-2, title: Two }\n"
	"selections:\n"
	"  - id: all-usage\n"
	"    measure: acr\n"
	"    associations: [pal]\n"
	"    offers: [paid]\n"
	"    source: S1\n"
	"areas:\n"
	"  - id: one\n"
	"    name: Area one\n"
	"    metrics:\n"
	"      - id: adds\n"
	"        name: Adds\n"
	"        rule: R-1\n"
	"        source: S1\n"
	"        measure: net-customer-adds\n"
	"        maximum: 60\n"
	"        points: 10\n"
	"        usage: all-usage\n"
	"        customer-reaches: 1000\n"
	"        in-last-months: 2\n"
	"        compared-months: 12\n"
	"      - id: skill\n"
	"        name: Skill\n"
	"        rule: R-2\n"
	"        source: S1\n"
	"        measure: people\n"
	"        maximum: 40\n"
	"        steps:\n"
	"          - { name: Base, holds: C-1, at-least-people: 2 }\n"
	"          - name: Top\n"
	"            holds: { any: [C-1, C-2] }\n"
	"            points: 4\n";

static const struct row {
	const char *name, *find, *with;
	const char *want; /* the lines */
} rows[] = {
	{ "nothing", "title: Test", "title: Test # a remark", "" },
	{ "validity", "2023-06-01", "2023-07-01\n  valid-until: 2023-12-31",
		"valid from: 2023-06-01, now 2023-07-01\nvalid to: open, now 2023-12-31\n" },
	{ "settings", "qualifies-at: 70, every-metric-above: 0, usage-ready-day: 20",
		"qualifies-at: 75, every-metric-above: 1/2, usage-ready-day: 10",
		"points to qualify: 70, now 75\nevery metric above: 0, now 1/2 (0.5)\n"
		"day from which a month counts: 20, now 10\n" },
	{ "what is not known", "What is open.", "What is open now.",
		"removed not known: What is open.\nadded not known: What is open now.\n" },
	{ "a certificate that retires", "title: Two }",
		"title: Two, retired: { on: 2024-01-31, counts-until: 2025-01-31 } }",
		"C-2: retirement: not retired, now retired 2024-01-31, counts to 2025-01-31\n" },
	{ "other names of a certificate", "also: [First]", "also: [Number one]",
		"C-1: removed also: First\nC-1: added also: Number one\n" },
	{ "a certificate that is new", "  - { code: C-2",
		"  - { code: C-3, title: Three }\n  - { code: C-2", "C-3: added Three\n" },
	{ "usage that counts", "associations: [pal]\n    offers: [paid]",
		"associations: [cpor]\n    offers: [paid, trial]\n    except-products: [X]",
		"all-usage: removed association: PAL\nall-usage: added association: CPOR\n"
		"all-usage: added offer: trial\nall-usage: added product left out: X\n" },
	{ "maxima and a threshold", "maximum: 60\n        points: 10",
		"maximum: 60\n        points: 12.5",
		"adds: points for each net customer add: 10, now 25/2 (12.5)\n" },
	{ "people of a step", "at-least-people: 2", "at-least-people: 3",
		"skill: step 'Base': people before the next step counts: 2, now 3\n" },
	{ "certificates of a step", "any: [C-1, C-2]", "any: [C-2, { all: [C-1, C-2] }]",
		"skill: step 'Top': removed certificate: C-1\n"
		"skill: step 'Top': added certificate: C-1 and C-2\n" },
	{ "a step that is new and moves another", "          - name: Top",
		"          - { name: Middle, holds: C-2, at-least-people: 1 }\n          - name: Top",
		"skill: step 'Top': place: 2, now 3\n"
		"skill: added step 'Middle': prerequisite: at least 1 person before the next step counts\n" },
	{ "a metric that is gone is told once, and what took its points",
		"maximum: 60\n        points: 10\n        usage: all-usage\n        customer-reaches: 1000\n"
		"        in-last-months: 2\n        compared-months: 12\n      - id: skill\n        name: Skill\n"
		"        rule: R-2\n        source: S1\n        measure: people\n        maximum: 40\n        steps:\n"
		"          - { name: Base, holds: C-1, at-least-people: 2 }\n          - name: Top\n"
		"            holds: { any: [C-1, C-2] }\n            points: 4\n",
		"maximum: 100\n        points: 10\n        usage: all-usage\n        customer-reaches: 1000\n"
		"        in-last-months: 2\n        compared-months: 12\n",
		"adds: maximum: 60, now 100\n"
		"removed metric skill: Up to 40 points: prerequisite, at least 2 people of step 1 (Base); "
		"then 4 points for each person of step 2 (Top). A person counts once in a step, and may count "
		"in several.\n" },
	{ "an area under another id is another area", "  - id: one\n", "  - id: other\n",
		"removed Area one\nadded Area one\n" },
};

static struct edition_box *compiled(const char *text)
{
	struct edition_box *box = NULL;
	struct buf report;

	buf_init(&report, &mem_heap, 1 << 20);
	if (compile_edition(&mem_heap, "t.yaml", str_from(text), &report, &box) != 0)
		fail_msg("%.*s", (int)report.n, (const char *)report.p);
	buf_fini(&report);
	return box;
}

static struct edition_box *edited(const struct row *r)
{
	const char *at = strstr(base, r->find);
	char *text = malloc(sizeof base + strlen(r->with));
	struct edition_box *box;

	assert_non_null(at);
	assert_non_null(text);
	(void)sprintf(text, "%.*s%s%s", (int)(at - base), base, r->with, at + strlen(r->find));
	box = compiled(text);
	free(text);
	return box;
}

static void test_row(void **state)
{
	const struct row *r = *state;
	struct edition_box *a = compiled(base), *b = edited(r);
	struct edition_diff d;
	char got[4096];
	struct sink out;
	struct arena ar;

	arena_init(&ar, &mem_heap, ARENA_MAX);
	assert_int_equal(edition_diff(edition_box_get(a), edition_box_get(b), &ar, &d), 0);
	sink_init(&out, got, sizeof got);
	for (size_t i = 0; i < d.n; i++)
		sink_printf(&out, STR_FMT "\n", STR_ARG(d.entries[i].text));
	assert_string_equal(got, r->want);
	arena_fini(&ar);
	edition_box_destroy(a);
	edition_box_destroy(b);
}

static void test_what_is_added_one_way_is_removed_the_other_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct edition_box *a = compiled(base), *b = edited(&rows[i]);
		struct edition_diff there, back;
		size_t counts[2][3] = { { 0 } };
		struct arena ar;

		arena_init(&ar, &mem_heap, ARENA_MAX);
		assert_int_equal(
			edition_diff(edition_box_get(a), edition_box_get(b), &ar, &there), 0);
		assert_int_equal(
			edition_diff(edition_box_get(b), edition_box_get(a), &ar, &back), 0);
		for (size_t k = 0; k < there.n; k++)
			counts[0][there.entries[k].change]++;
		for (size_t k = 0; k < back.n; k++)
			counts[1][back.entries[k].change]++;
		assert_int_equal(counts[0][DIFF_ADDED], counts[1][DIFF_REMOVED]);
		assert_int_equal(counts[0][DIFF_REMOVED], counts[1][DIFF_ADDED]);
		assert_int_equal(counts[0][DIFF_CHANGED], counts[1][DIFF_CHANGED]);
		arena_fini(&ar);
		edition_box_destroy(a);
		edition_box_destroy(b);
	}
}

static void test_no_memory_is_an_answer_wherever_it_ends(void **state)
{
	struct edition_box *a = compiled(base), *b = edited(&rows[ARRAY_LEN(rows) - 1]);

	(void)state;
	for (int n = 0, rc = ERR_NOMEM; rc == ERR_NOMEM; n++) {
		struct faulty f = { .left = n };
		struct edition_diff d;
		struct arena ar;

		arena_init(&ar, faulty_alloc(&f), ARENA_MAX);
		rc = edition_diff(edition_box_get(a), edition_box_get(b), &ar, &d);
		assert_true(rc == 0 || rc == ERR_NOMEM);
		arena_fini(&ar);
		assert_int_equal(f.live, 0);
	}
	edition_box_destroy(a);
	edition_box_destroy(b);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(rows) + 4];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = test_row,
			.initial_state = (void *)(uintptr_t)&rows[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
		test_what_is_added_one_way_is_removed_the_other_way);
	tests[n++] =
		(struct CMUnitTest)cmocka_unit_test(test_no_memory_is_an_answer_wherever_it_ends);
	return _cmocka_run_group_tests("changes between editions", tests, n, NULL, NULL);
}
