/* Numbers of rule files: which there are, what they are changed to, and that a number without a test is named. Then a
 * sample of the numbers of each edition that ships; `make mutation` takes all of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/base/err.h"
#include "rules/compile/shipped.h"
#include "tests/mutation/mutation.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define ARENA_MAX    ((size_t)16 << 20)
#define EDITIONS_MAX 32
#define SAMPLE_EVERY 11
#define TOLD_MAX     2048

/* ---- numbers ---------------------------------------------------------------------------------------------------- */

struct number_row {
	const char *name;
	const char *text; /* of a file */
	const char *want; /* its numbers, each with what is put in its place */
};

static const struct number_row number_rows[] = {
	{ "a whole number", "points: 12\n", "12: 13 11 24 6\n" },
	{ "the first numbers have fewer neighbours", "points: 1\npeople: 0\n", "1: 2 0\n0: 1\n" },
	{ "the last digit of a decimal", "rate: 0.2\npoints: 7.50\n",
		"0.2: 0.3 0.1 0.4\n7.50: 7.51 7.49 15.00 3.75\n" },
	{ "both parts of a fraction", "points: 40/6\n", "40/6: 41/6 39/6 40/7 40/5 80/6 20/6\n" },
	{ "days", "valid-from: 2024-02-29\n",
		"2024-02-29: 2024-03-01 2024-02-28 2025-03-01 2023-02-28\n" },
	{ "numbers in lists and in one line", "windows: { a: [1, { b: 5 }] }\n",
		"1: 2 0\n5: 6 4 10 2\n" },
	{ "quotes do not hide a number", "points: \"5\"\n", "5: 6 4 10 2\n" },
	{ "ids, codes, names, sources and sentences hold none",
		"edition: { id: 2026, based-on: 2023-06, title: 70 }\n"
		"certificates: [{ code: 104, title: AZ-104, also: [300] }]\n"
		"unknown: [70, Whether 70 is compared]\n"
		"sources: { D23: 2023-06-13 }\n"
		"products: [365, { name: 365, also: [365] }]\n"
		"points: four # 4\n",
		"" },
};

static void test_numbers(void **state)
{
	const struct number_row *row = *state;
	char mutants[MUTANTS_MAX][NUMBER_TEXT_MAX], got[1024];
	struct numbers numbers;
	struct arena ar;
	struct sink out;

	arena_init(&ar, &mem_heap, ARENA_MAX);
	assert_int_equal(numbers_find(&ar, "r.yaml", str_from(row->text), &numbers), 0);
	sink_init(&out, got, sizeof got);
	for (size_t i = 0; i < numbers.n; i++) {
		size_t n = number_mutants(numbers.all[i].text, mutants);

		sink_printf(&out, STR_FMT ":", STR_ARG(numbers.all[i].text));
		for (size_t k = 0; k < n; k++)
			sink_printf(&out, " %s", mutants[k]);
		sink_printf(&out, "\n");
	}
	assert_string_equal(got, row->want);
	arena_fini(&ar);
}

/* ---- the check can fail ----------------------------------------------------------------------------------------- */

static const char planted[] = "edition:\n"
			      "  id: planted\n"
			      "  title: Planted\n"
			      "  based-on: 2023-06\n"
			      "  valid-from: 2023-06-13   # on a Tuesday\n"
			      "settings:\n"
			      "  usage-ready-day: 20 # of the next month\n"
			      "shared-metrics:\n"
			      "  - { id: deployments, maximum: 10 }\n";

#define TESTS "edition: planted\ntests:\n"
#define VALID                                                                                      \
	"  - id: VALID\n"                                                                          \
	"    name: it begins on 13 June 2023\n"                                                    \
	"    steps: [{ on: 2023-08-21, expect: { edition: { valid: [2023-06-13, none] } } }]\n"
#define READY_19                                                                                   \
	"  - id: READY-19\n"                                                                       \
	"    name: on the 19th the month before is not there yet\n"                                \
	"    steps:\n"                                                                             \
	"      - on: 2023-08-19\n"                                                                 \
	"        facts: [{ usage: [Contoso, Storage, 2023-07, 1000] }]\n"                          \
	"        expect: { infrastructure: { net-customer-adds: 0 } }\n"
#define READY_20                                                                                   \
	"  - id: READY-20\n"                                                                       \
	"    name: on the 20th it is\n"                                                            \
	"    after: READY-19\n"                                                                    \
	"    steps:\n"                                                                             \
	"      - on: 2023-08-20\n"                                                                 \
	"        expect: { infrastructure: { net-customer-adds: 10 } }\n"
#define WRONG                                                                                      \
	"  - id: WRONG\n"                                                                          \
	"    name: it begins on another day\n"                                                     \
	"    steps: [{ on: 2023-08-21, expect: { edition: { valid: [2023-06-14, none] } } }]\n"

struct planted_row {
	const char *name;
	const char *tests;
	int rc;
	struct mutation_figures want; /* but for the changes that were tried */
	const char *told;	      /* survivors, or what is wrong */
};

static const struct planted_row planted_rows[] = {
	{ "every number is in a test, or the compiler minds it", TESTS VALID READY_19 READY_20, 0,
		{ .n = 3, .killed = 2, .refused = 1 }, "" },
	{ "a number that is in no test is named with what nobody noticed", TESTS VALID, 0,
		{ .n = 3, .killed = 1, .refused = 1, .survive = 1 },
		"7: 20 -> 21: usage-ready-day: 20 # of the next month\n"
		"7: 20 -> 19: usage-ready-day: 20 # of the next month\n"
		"7: 20 -> 10: usage-ready-day: 20 # of the next month\n" },
	{ "a number that is tested from one side only survives", TESTS VALID READY_19, 0,
		{ .n = 3, .killed = 1, .refused = 1, .survive = 1 },
		"7: 20 -> 21: usage-ready-day: 20 # of the next month\n" },
	{ "a test that fails anyhow proves nothing", TESTS VALID WRONG, ERR_SYNTAX, { 0 },
		"t.yaml: test WRONG fails as it is" },
	{ "tests of another edition are none", "edition: 2023-06\ntests:\n" VALID, ERR_NOTFOUND,
		{ 0 }, "there is no test of edition planted" },
};

static void tell(void *ctx, const struct mutation_survivor *s)
{
	sink_printf(ctx, "%zu: " STR_FMT " -> %s: " STR_FMT "\n", s->line, STR_ARG(s->number),
		s->mutant, STR_ARG(s->line_text));
}

static void test_planted(void **state)
{
	const struct planted_row *row = *state;
	const struct shipped_tests tests = { STR("t"), "t.yaml", str_from(row->tests) };
	const struct mutation_source source = { STR("planted"), "r.yaml", str_from(planted), &tests,
		1 };
	struct mutation_figures f = { 0 };
	struct err e = { 0 };
	char told[TOLD_MAX];
	struct sink out;
	int rc;

	sink_init(&out, told, sizeof told);
	rc = mutation_run(&source, &(struct mutation_sample){ 1, 0 }, tell, &out, &f, &e);
	assert_string_equal(rc == 0 ? told : e.text, row->told);
	assert_int_equal(rc, row->rc);
	assert_int_equal(f.n, row->want.n);
	assert_int_equal(f.killed, row->want.killed);
	assert_int_equal(f.refused, row->want.refused);
	assert_int_equal(f.survive, row->want.survive);
}

/* ---- a sample of those that ship -------------------------------------------------------------------------------- */

static void test_shipped(void **state)
{
	const struct shipped_edition *s = *state;
	const struct mutation_source source = { s->id, s->file, s->text, shipped_tests,
		shipped_tests_count };
	struct mutation_figures f = { 0 };
	struct err e = { 0 };
	char told[TOLD_MAX];
	struct sink out;

	sink_init(&out, told, sizeof told);
	if (mutation_run(&source, &(struct mutation_sample){ SAMPLE_EVERY, s->id.n }, tell, &out,
		    &f, &e) != 0)
		fail_msg("%s: %s", s->file, e.text);
	if (f.survive > 0)
		fail_msg("%s: no test notices\n%s", s->file, told);
	assert_true(f.killed > 0);
}

int main(void)
{
	static struct CMUnitTest
		tests[ARRAY_LEN(number_rows) + ARRAY_LEN(planted_rows) + EDITIONS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(number_rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = number_rows[i].name,
			.test_func = test_numbers,
			.initial_state = (void *)(uintptr_t)&number_rows[i] };
	for (size_t i = 0; i < ARRAY_LEN(planted_rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = planted_rows[i].name,
			.test_func = test_planted,
			.initial_state = (void *)(uintptr_t)&planted_rows[i] };
	for (size_t i = 0; i < shipped_count() && i < EDITIONS_MAX; i++)
		tests[n++] = (struct CMUnitTest){ .name = shipped_edition(i)->file,
			.test_func = test_shipped,
			.initial_state = (void *)(uintptr_t)shipped_edition(i) };
	return _cmocka_run_group_tests("mutation", tests, n, NULL, NULL);
}
