/* capscore rules, as a user runs it: exit codes, what is printed, and the shape of its JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "tests/harness/cli.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof *(a))

static const struct row {
	const char *name, *args;
	int exit_code;
	const char *out, *err; /* parts; NULL: nothing at all is printed there */
} rows[] = {
	{ "rules --help names its verbs", "rules --help", 0, "  show     ", NULL },
	{ "an unknown verb of rules", "rules shwo", 2, NULL, "did you mean 'show'?" },
	{ "help of a verb of rules", "rules show --help", 0, "Usage: capscore rules show", NULL },
	{ "list takes nothing", "rules list x", 2, NULL, "takes no arguments" },
	{ "check needs files", "rules check", 2, NULL, "needs rule files" },
	{ "with several files the worst counts", "rules check e.yaml bad.yaml", 1,
		"ok: e.yaml: edition 2023-06", "bad.yaml:" },
	{ "the edition of today", "rules show", 0, "\nAreas\n  infrastructure ", NULL },
	{ "an edition", "rules show --edition 2023-06", 0,
		"Edition 2023-06: Microsoft Cloud Partner Program", NULL },
	{ "an edition by date", "rules show --edition 2023-08-01", 0,
		"valid from 2023-06-13 to 2023-11-30", NULL },
	{ "a day before all editions is said", "rules show --edition 2001-01-01 data-ai", 0,
		"Edition fy23", "before the oldest edition" },
	{ "an edition of a file", "rules show --edition ./e.yaml data-ai", 0, "Data & AI (Azure)",
		NULL },
	{ "the rule as a sentence", "rules show --edition 2023-06 infrastructure", 0,
		"    Up to 30 points: 10 points for each net customer add. A customer counts with\n"
		"    at least 1,000 USD of Azure consumed revenue in a single month, in the last\n"
		"    month or the one before; the customers of the same months a year before are\n"
		"    taken off.\n",
		NULL },
	{ "the table", "rules show --edition 2023-06 infrastructure", 0,
		"  Usage growth                      20  1 a per cent  1,000 USD in the last month  "
		"R-AZ-GROWTH     D23 solutions-partner-azure.md, Usage growth\n",
		NULL },
	{ "a retired certificate", "rules show --edition 2023-06 digital-app-innovation", 0,
		"AZ-220  Microsoft Certified: Azure IoT Developer Specialty "
		"(retired 2023-07-31, counts to 2024-07-31)\n",
		NULL },
	{ "certificates needed together", "rules show --edition 2023-06 infrastructure", 0,
		"       AZ-800         Administering Windows Server Hybrid Core Infrastructure\n"
		"     + AZ-801         Configuring",
		NULL },
	{ "what is not known", "rules show --edition 2023-06 data-ai", 0,
		"Not known: Whether the last month", NULL },
	{ "an area by its name", "rules show --edition 2023-06 'data & ai (azure)'", 0,
		"id data-ai", NULL },
	{ "the areas of an edition", "rules show --edition 2023-06", 0,
		"  modern-work                        Modern Work                                       5 metrics, "
		"tracks enterprise, smb\n",
		NULL },
	{ "a rule that areas share is told once", "rules show --edition 2023-06 --all", 0,
		"  Deployments: as in Infrastructure (Azure)\n", NULL },
	{ "an unknown area", "rules show --edition 2023-06 nowhere", 2, NULL,
		"has no area 'nowhere'; it has: infrastructure, digital-app-innovation, data-ai" },
	{ "two areas", "rules show data-ai infrastructure", 2, NULL, "name one area" },
	{ "an area and all of them", "rules show data-ai --all", 2, NULL, "not both" },
	{ "the catalogue of an edition", "rules show --edition 2023-06 --catalogue", 0,
		"Badge and leads, id benefit-badge\n", NULL },
	{ "an edition without a catalogue", "rules show --edition bare.yaml --catalogue", 0,
		"There is nothing in it.\n", NULL },
	{ "an unknown edition", "rules show --edition 1999-01", 2, NULL, "no edition '1999-01'" },
	{ "a missing rule file", "rules show --edition ./none.yaml", 3, NULL, "cannot open" },
	{ "an edition does not differ from itself", "rules diff 2023-06 e.yaml", 0,
		"2023-06 and e.yaml ask for the same.\n", NULL },
	{ "comments make no difference", "rules diff e.yaml commented.yaml", 0, "ask for the same",
		NULL },
	{ "a threshold that moves", "rules diff 2023-06 changed.yaml", 1,
		"  usage-growth: needed before anything is earned: 1,000 USD, now 2,500.50 USD\n",
		NULL },
	{ "diff of one edition", "rules diff 2023-06", 2, NULL, "two editions" },
	{ "diff of a missing file", "rules diff 2023-06 ./none.yaml", 3, NULL, "cannot open" },
	{ "diff of a file with faults is not a difference", "rules diff 2023-06 bad.yaml", 2, NULL,
		"bad.yaml:" },
	{ "the tests that ship pass", "rules test --shipped", 0,
		"ok    T001 one net added customer earns a third of 30\n", NULL },
	{ "tests that pass", "rules test good.tests.yaml", 0,
		"ok    A one service\n1 passed, 0 failed\n", NULL },
	{ "a test that fails", "rules test bad.tests.yaml good.tests.yaml", 1,
		"FAIL  B no service\n"
		"bad.tests.yaml:8:43: error: data-ai deployments on 2023-08-21: expected 5/2, got 2\n"
		"        expect: { data-ai: { deployments: 2.5 } }\n"
		"                                          ^~~\n"
		"ok    A one service\n1 passed, 1 failed\n",
		NULL },
	{ "a file of tests with faults does not keep the others from running",
		"rules test bad.yaml good.tests.yaml", 1, "1 passed, 0 failed\n", "bad.yaml:" },
	{ "a missing file of tests", "rules test none.yaml", 3, "0 passed, 0 failed\n",
		"cannot open none.yaml" },
	{ "tests against another edition", "rules test --edition changed.yaml growth.tests.yaml", 1,
		"expected 20, got 0", NULL },
	{ "the same against theirs", "rules test growth.tests.yaml", 0, "1 passed", NULL },
	{ "an edition that no file names", "rules test --edition 1999-01 good.tests.yaml", 1,
		"0 passed, 0 failed\n", "good.tests.yaml:1:10: error: no edition '1999-01'" },
	{ "the example of the documentation", "rules test documented.yaml", 0,
		"ok    EXPIRY a certificate counts to its last day\n1 passed", NULL },
	{ "test without files", "rules test", 2, NULL, "--shipped" },
	{ "a rule file with faults", "rules show --edition bad.yaml", 1, NULL, "bad.yaml:" },
	{ "publish says what changes, and sends nothing when asked not to",
		"rules publish next.yaml --dry-run", 0,
		"edition next (Next), valid from 2023-10-01\n"
		"changes against 2023-06, which is valid then:\n"
		"  Settings                      1 change    points to qualify: 70, now 60\n",
		NULL },
	{ "an edition that ships is published by its id",
		"rules publish 2023-06 --from 2023-01-01 --dry-run", 0,
		"changes against fy23, which is valid then:\n", NULL },
	{ "publish explains itself", "rules publish --help", 0, "    based-on: 2023-06\n", NULL },
	{ "publish needs a file", "rules publish", 2, NULL, "name one rule file" },
	{ "publish of an unknown id", "rules publish none", 2, NULL, "no edition that ships" },
	{ "publish of a file with faults", "rules publish bad.yaml", 1, NULL, "bad.yaml:" },
	{ "publish on no day", "rules publish next.yaml --from soon", 2, NULL, "not a day" },
	{ "a withdrawal is whole", "rules publish next.yaml --withdraw --from 2023-11-01", 2, NULL,
		"has no --from" },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	struct cli_run *r = cli_expect(row->args, row->exit_code);

	if (row->out == NULL)
		assert_string_equal(r->out, "");
	else
		assert_contains(r->out, row->out);
	if (row->err == NULL)
		assert_string_equal(r->err, "");
	else
		assert_contains(r->err, row->err);
	free(r);
}

/* ---- JSON --------------------------------------------------------------------------------------------------- */

static json_t *document(const char *args, int exit_code)
{
	struct cli_run *r = cli_expect(args, exit_code);
	json_error_t e;
	json_t *doc = json_loads(r->out, JSON_REJECT_DUPLICATES, &e);

	if (doc == NULL)
		fail_msg("line %d: %s", e.line, e.text);
	free(r);
	return doc;
}

static const char *text_of(json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	if (s == NULL)
		fail_msg("no text '%s'", name);
	return s;
}

static long long number_of(json_t *o, const char *name)
{
	assert_true(json_is_integer(json_object_get(o, name)));
	return json_integer_value(json_object_get(o, name));
}

static json_t *list_of(json_t *o, const char *name)
{
	if (!json_is_array(json_object_get(o, name)))
		fail_msg("no list '%s'", name);
	return json_object_get(o, name);
}

static void test_show_json_has_the_documented_shape(void **state)
{
	json_t *doc = document("rules show --edition 2023-06 infrastructure --json", 0);
	json_t *areas = list_of(doc, "areas"), *metrics, *m, *step, *together;

	(void)state;
	assert_string_equal(text_of(doc, "edition"), "2023-06");
	assert_string_equal(text_of(doc, "valid_from"), "2023-06-13");
	assert_string_equal(text_of(doc, "valid_until"), "2023-11-30");
	assert_string_equal(text_of(json_object_get(doc, "qualifies_at"), "fraction"), "70");
	assert_int_equal(number_of(doc, "usage_ready_day"), 20);
	assert_string_equal(text_of(doc, "total_is_compared"), "exact");
	assert_true(json_array_size(list_of(doc, "unknown")) > 0);
	assert_int_equal(json_array_size(areas), 1);
	assert_string_equal(text_of(json_array_get(areas, 0), "form"), "metrics");
	metrics = list_of(json_array_get(areas, 0), "metrics");
	assert_int_equal(json_array_size(metrics), 5);
	m = json_array_get(metrics, 0);
	assert_string_equal(text_of(m, "measure"), "net-customer-adds");
	assert_string_equal(text_of(m, "rule"), "R-AZ-NCA");
	assert_string_equal(text_of(m, "selection"), "azure-consumption");
	assert_int_equal(number_of(m, "maximum"), 30);
	assert_int_equal(json_array_size(list_of(m, "terms")), 5);
	assert_true(json_array_size(list_of(m, "unknown")) > 0);
	step = json_array_get(list_of(json_array_get(metrics, 1), "steps"), 1);
	assert_string_equal(text_of(json_object_get(step, "points_each"), "fraction"), "4");
	together = json_array_get(list_of(step, "any_of"), 3);
	assert_string_equal(json_string_value(json_array_get(together, 1)), "AZ-801");
	json_decref(doc);
}

static void test_diff_json_has_the_documented_shape(void **state)
{
	json_t *doc = document("rules diff --json e.yaml changed.yaml", 1), *c;

	(void)state;
	assert_true(json_is_false(json_object_get(doc, "same")));
	assert_string_equal(text_of(doc, "a"), "2023-06");
	assert_string_equal(text_of(doc, "b"), "2023-06");
	/* A shared metric changes in each of the three areas. */
	assert_int_equal(json_array_size(list_of(doc, "changes")), 3);
	c = json_array_get(list_of(doc, "changes"), 0);
	assert_string_equal(text_of(c, "change"), "changed");
	assert_string_equal(text_of(c, "section"), "areas");
	assert_string_equal(text_of(c, "subject"), "infrastructure");
	assert_string_equal(text_of(c, "metric"), "usage-growth");
	assert_true(json_is_null(json_object_get(c, "step")));
	assert_string_equal(text_of(c, "before"), "1,000 USD");
	assert_string_equal(text_of(c, "after"), "2,500.50 USD");
	json_decref(doc);
	doc = document("rules diff --json e.yaml e.yaml", 0);
	assert_true(json_is_true(json_object_get(doc, "same")));
	assert_int_equal(json_array_size(list_of(doc, "changes")), 0);
	json_decref(doc);
}

static void test_test_json_has_the_documented_shape(void **state)
{
	json_t *doc = document("rules test --json good.tests.yaml bad.tests.yaml", 1), *t, *f;

	(void)state;
	assert_int_equal(number_of(doc, "passed"), 1);
	assert_int_equal(number_of(doc, "failed"), 1);
	assert_int_equal(json_array_size(list_of(doc, "tests")), 2);
	t = json_array_get(list_of(doc, "tests"), 0);
	assert_true(json_is_true(json_object_get(t, "passed")));
	assert_int_equal(json_array_size(list_of(t, "failures")), 0);
	t = json_array_get(list_of(doc, "tests"), 1);
	assert_string_equal(text_of(t, "file"), "bad.tests.yaml");
	assert_string_equal(text_of(t, "edition"), "2023-06");
	assert_string_equal(text_of(t, "id"), "B");
	assert_string_equal(text_of(t, "name"), "no service");
	assert_true(json_is_false(json_object_get(t, "passed")));
	f = json_array_get(list_of(t, "failures"), 0);
	assert_int_equal(number_of(f, "line"), 8);
	assert_int_equal(number_of(f, "column"), 43);
	assert_string_equal(text_of(f, "on"), "2023-08-21");
	assert_string_equal(text_of(f, "partner"), "partner");
	assert_string_equal(text_of(f, "area"), "data-ai");
	assert_string_equal(text_of(f, "what"), "deployments");
	assert_string_equal(text_of(f, "expected"), "5/2");
	assert_string_equal(text_of(f, "actual"), "2");
	json_decref(doc);
}

static void test_list_json_has_the_documented_shape(void **state)
{
	json_t *doc = document("rules list --json", 0), *first;

	(void)state;
	assert_true(json_array_size(list_of(doc, "shipped")) >= 4);
	first = json_array_get(list_of(doc, "shipped"), 0);
	assert_string_equal(text_of(first, "id"), "fy23");
	assert_string_equal(text_of(first, "valid_from"), "2022-10-03");
	assert_string_equal(text_of(first, "valid_until"), "2023-06-12");
	assert_true(json_is_null(json_object_get(doc, "day")));
	assert_true(json_is_null(json_object_get(doc, "calendar"))); /* no service runs */
	json_decref(doc);
}

/* ---- set-up ------------------------------------------------------------------------------------------------- */

/* A test of one fact and one expectation, on lines 7 and 8. */
#define TEST(id, name, amount, expect)                                                             \
	"edition: 2023-06\ntests:\n  - id: " id "\n    name: " name "\n    steps:\n"               \
	"      - on: 2023-08-21\n        facts: [{ usage: [C, Storage, 2023-07, " amount "] }]\n"  \
	"        expect: { data-ai: { " expect " } }\n"

static int set_up(void **state)
{
	char command[512];

	if (cli_folder_make(state) != 0)
		return -1;
	cli_write("good.tests.yaml", TEST("A", "one service", "1", "deployments: 2"));
	cli_write("bad.tests.yaml", TEST("B", "no service", "1", "deployments: 2.5"));
	cli_write("growth.tests.yaml",
		"edition: 2023-06\ntests:\n  - id: G\n    name: growth\n    steps:\n"
		"      - on: 2023-08-21\n        facts:\n"
		"          - usage: [C, Storage, 2022-07, 1000]\n"
		"          - usage: [C, Storage, 2023-07, 2000]\n"
		"        expect: { infrastructure: { usage-growth: 20 } }\n");
	cli_write("bad.yaml", "edition:\n  id: [\n");
	cli_write("next.yaml",
		"edition: { id: next, title: Next, based-on: 2023-06, valid-from: 2023-10-01 }\n"
		"settings:\n  qualifies-at: 60\n");
	(void)snprintf(command, sizeof command,
		"cp rules/editions/2023-06.yaml %s/e.yaml && "
		"awk '/^```yaml/ && !n++ { p = 1; next } /^```/ { p = 0 } p' docs/rule-tests.md "
		">%s/documented.yaml && cd %s && "
		"sed 's/minimum: 1000/minimum: 2500.5/' e.yaml >changed.yaml && "
		"(echo '# a remark' && cat e.yaml) >commented.yaml && "
		"awk '/^[a-z]/ { out = /^catalogue:/ } !out' e.yaml >bare.yaml",
		cli_folder(), cli_folder(), cli_folder());
	return system(command);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(rows) + 8];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = test_row,
			.initial_state = (void *)(uintptr_t)&rows[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_show_json_has_the_documented_shape);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_diff_json_has_the_documented_shape);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_test_json_has_the_documented_shape);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_list_json_has_the_documented_shape);
	return _cmocka_run_group_tests("capscore rules", tests, n, set_up, cli_folder_remove);
}
