/* capscore simulate, with real services and on files: what is beside what would be, facts in short and in files, partners
 * with very many facts, and what goes wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "services/scoring/simulations.h"
#include "tests/harness/cli.h"
#include "tests/harness/scene.h"
#include "tests/support/small_rules.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof *(a))

static const char facts[] = "day 2024-05-25;"
			    "usage P c1 Service 2024-04 200;usage P c2 Service 2024-04 200;"
			    "usage P c3 Service 2024-04 200;cert P p1 C-1";

#define USAGE(id, partner, customer, product, month, amount)                                       \
	"{\"specversion\":\"1.0\",\"id\":\"" id "\",\"source\":\"/crm\","                          \
	"\"type\":\"capscore.usage.v1\",\"subject\":\"" partner                                    \
	"\",\"time\":\"2199-05-02T00:00:00Z\",\"data\":{\"customer\":\"" customer                  \
	"\",\"product\":\"" product "\",\"month\":\"" month "\",\"association\":\"pal\","          \
	"\"measure\":\"acr\",\"amount\":\"" amount "\"}}\n"

static struct scene *scene;

static struct cli_run *simulate(const char *args, int exit_code)
{
	char command[1024];

	(void)snprintf(command, sizeof command, "simulate --data-dir %s %s", scene->h.dir, args);
	return cli_expect(command, exit_code);
}

static const struct row {
	const char *name, *args;
	int exit_code;
	const char *parts[5],
		*absent; /* of the output; of the message when the exit code is not 0 */
} rows[] = {
	{ "a new customer, and what would be alerted", "P --customer acr=200", 0,
		{ "Partner P, if 3 facts came true\n  now      2024-05-25, edition small, usage of 2024-04\n",
			"  a new customer: acr of 'any product' by pal in 2024-02 to 2024-04\n",
			"Work at large                                               70          80 / 100\n",
			"  Adds                                                      30          40 / 60\n",
			"recovered: Partner P is no longer at risk of losing work (many): 80 points" },
		"Lost work" },
	{ "two of them", "P --customer acr=200,count=2", 0,
		{ "if 6 facts",
			"  Adds                                                      30          50" },
		NULL },
	{ "a customer that leaves", "P --lose-customer c1", 0,
		{ "customer 'c1': usage from 2024-04 on changes (1 row)",
			"  status                                             qualified in-progress\n",
			"lost: Partner P lost work (many): 60 points, were 70," },
		"Nothing would be alerted" },
	{ "some usage less", "P --usage c1-50.1%", 0, { "  Adds", "lost:" }, NULL },
	{ "as much usage as is asked", "P --usage c1=100,product=service,measure=acr", 0,
		{ "Nothing would be alerted" }, "  Adds" },
	{ "people", "P --cert C-1x2 --assessment C-1@new --lose-person p1", 0,
		{ "if 4 facts", "in which nothing moves", "Nothing would be alerted" }, NULL },
	{ "a certificate ends", "P --expire one@p1 --area work", 0,
		{ "  People                                                    40           0 / 40\n" },
		"nothing moves" },
	{ "another day", "P --cert C-1 --on 2024-08-01", 0,
		{ "  without  2024-08-01, edition small, usage of 2024-04\n",
			"now     without     what if\n" },
		NULL },
	{ "an edition that ships, and a track", "P --edition 2023-12 --track smb", 0,
		{ "  what if  2024-05-25, edition 2023-12",
			"Modern Work                                      -           0           0 / 100\n" },
		NULL },
	{ "rules of a file", "P --edition next.yaml --area work", 0,
		{ "  what if  2024-05-25, edition next", "if 0 facts",
			"  People                                        40          20          20 / 40\n" },
		NULL },
	{ "rules of a date", "P --edition 2023-07-01", 0,
		{ "  what if  2024-05-25, edition 2023-06" }, NULL },
	{ "rules with a fault", "P --edition bad.yaml", 1, { "bad.yaml:" }, NULL },
	{ "facts of a file, over those that are known", "P --with july.ndjson", 0,
		{ "if 2 facts",
			"  Adds                                                      30          20" },
		NULL },
	{ "a partner that nobody knows yet", "N --cert C-1 --customer acr=200,count=3", 0,
		{ "  now      not known\n",
			"Work at large                                                -          70 / 100\n",
			"gained: Partner N gained work (many): 70 points" },
		NULL },
	{ "every point of it", "P --customer acr=200 --explain --area work", 0,
		{ "As it would be\n\nPartner P, edition small", "what-if-customer-1: 200.00 USD" },
		NULL },
	{ "nothing at all", "P", 0, { "if 0 facts came true", "Nothing would be alerted" }, NULL },

	{ "a partner that nobody knows", "N", 1, { "no event about this partner has arrived" },
		NULL },
	{ "no partner", "", 2, { "name a partner" }, NULL },
	{ "two partners", "P Q", 2, { "name one partner" }, NULL },
	{ "a certificate without a person", "P --expire C-1", 2,
		{ "--expire 'C-1': expected CODE@PERSON" }, NULL },
	{ "somebody who is not there", "P --expire C-1@p9", 1,
		{ "nobody 'p9' counts for partner P" }, NULL },
	{ "a measure that is none", "P --customer arc=5", 2,
		{ "--customer 'arc=5': expected MEASURE=AMOUNT" }, NULL },
	{ "an amount that is none", "P --customer acr=much", 2, { "the amount is no number" },
		NULL },
	{ "less than nothing", "P --usage c1-101%", 2, { "at most -100%" }, NULL },
	{ "a key that is none", "P --usage c1+5%,color=red", 2,
		{ "expected product=P, measure=M, months=N" }, NULL },
	{ "an area that is none", "P --area wrok", 2, { "did you mean 'work'?" }, NULL },
	{ "an edition that is none", "P --edition 1999", 1,
		{ "no edition '1999'; the calendar has: small" }, NULL },
	{ "a day that is none", "P --on tomorrow", 2, { "--on: 'tomorrow' is not a day" }, NULL },
	{ "a file with a fault", "P --with bad.ndjson", 1,
		{ "bad.ndjson:1:", "nothing is simulated" }, NULL },
	{ "a file that is not there", "P --with missing.ndjson", 3, { "missing.ndjson" }, NULL },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	struct cli_run *r = simulate(row->args, row->exit_code);
	const char *said = row->exit_code == 0 ? r->out : r->err;

	for (size_t i = 0; i < ARRAY_LEN(row->parts) && row->parts[i] != NULL; i++)
		assert_contains(said, row->parts[i]);
	if (row->absent != NULL)
		assert_absent(said, row->absent);
	free(r);
}

/* ---- JSON ---------------------------------------------------------------------------------------------------- */

static json_t *parse(struct cli_run *r)
{
	json_error_t e;
	json_t *doc = json_loads(r->out, JSON_REJECT_DUPLICATES, &e);

	if (doc == NULL)
		fail_msg("line %d: %s", e.line, e.text);
	free(r);
	return doc;
}

static void test_json_has_the_documented_shape(void **state)
{
	json_t *doc = parse(simulate("P --lose-customer c1 --json", 0)), *change, *alert;

	(void)state;
	assert_string_equal(json_string_value(json_object_get(doc, "partner")), "P");
	assert_int_equal(json_integer_value(json_object_get(doc, "facts")), 1);
	assert_int_equal(json_array_size(json_object_get(doc, "notes")), 1);
	assert_true(json_is_object(json_object_get(doc, "before")));
	assert_true(json_is_null(json_object_get(doc, "without")));
	assert_true(json_is_object(json_object_get(doc, "after")));
	change = json_array_get(json_object_get(doc, "changes"), 0);
	assert_string_equal(json_string_value(json_object_get(change, "area")), "work");
	assert_string_equal(
		json_string_value(json_object_get(change, "status_after")), "in-progress");
	assert_int_equal(json_array_size(json_object_get(change, "metrics")), 1);
	alert = json_array_get(json_object_get(doc, "alerts"), 0);
	assert_string_equal(json_string_value(json_object_get(alert, "kind")), "lost");
	assert_string_equal(json_string_value(json_object_get(alert, "reason")), "below-threshold");
	json_decref(doc);
}

/* ---- what comes true ------------------------------------------------------------------------------------------ */

/* More usage rows of a partner than are looked at at once. */
static void tell_many(const char *partner, unsigned rows_wanted)
{
	static char text[2048 * 64];
	unsigned told = 0;

	while (told < rows_wanted) {
		size_t n = 0;

		for (unsigned i = 0; i < 1024 && told < rows_wanted; i++, told++)
			n += (size_t)snprintf(text + n, sizeof text - n,
				"%susage %s m%u S%u 2024-04 200", i > 0 ? ";" : "", partner,
				told / 4, told % 4);
		(void)scene_tell(scene, text);
	}
}

static uint64_t counter(const char *name)
{
	struct frame q = { .kind = FRAME_STATUS_QUERY };
	const struct frame *a;

	q.u.status_query.request = 1;
	a = scene_ask(scene, HARNESS_SCORING, &q, FRAME_STATUS_ANSWER);
	for (size_t i = 0; i < a->u.status_answer.n_counters; i++)
		if (str_eq(a->u.status_answer.counters[i].name, str_from(name)))
			return a->u.status_answer.counters[i].value;
	fail_msg("no counter %s", name);
	return 0;
}

/* The same twice at once. The words come when each has ended well. */
static struct cli_run *both(const char *args)
{
	char one[512], command[2048];

	(void)snprintf(one, sizeof one, "\"$CAPSCORE_BIN/capscore\" simulate --data-dir %s %s",
		scene->h.dir, args);
	(void)snprintf(command, sizeof command,
		"help >/dev/null && { (%s && echo one done) & (%s && echo other done); wait; }",
		one, one);
	return cli(command);
}

static void test_a_partner_with_very_many_facts_is_simulated_apart(void **state)
{
	uint64_t before = counter("simulated-apart");
	struct cli_run *r;

	(void)state;
	tell_many("M", SIMULATE_AT_ONCE + 1);
	(void)scene_tell(scene, "cert M p5 C-1");
	r = simulate("M --expire C-1@p5 --area work", 0);
	assert_contains(r->out, "at-risk: Partner M is at risk of losing work (many): 60 points");
	assert_int_equal(counter("simulated-apart"), before + 1);
	free(r);
	r = simulate("M --expire C-1@p6", 1);
	assert_contains(r->err, "nobody 'p6' counts for partner M");
	free(r);
	/* Two at a time take turns. */
	r = both("M --expire C-1@p5 --area work");
	assert_int_equal(r->exit_code, 0);
	assert_contains(r->out, "one done");
	assert_contains(r->out, "other done");
	free(r);
	/* The state is as it was: the same comes out again. */
	r = simulate("M --expire C-1@p5 --area work", 0);
	assert_contains(r->out, "at-risk: Partner M is at risk of losing work (many): 60 points");
	free(r);
}

static void test_what_was_simulated_comes_true(void **state)
{
	struct cli_run *r = simulate("P --with july.ndjson --explain --json", 0);
	json_t *said = parse(r), *after, *is;
	char command[512];

	(void)state;
	(void)snprintf(command, sizeof command, "send --data-dir %s july.ndjson", scene->h.dir);
	free(cli_expect(command, 0));
	scene->events += 2;
	scene_settle(scene);
	(void)snprintf(
		command, sizeof command, "score --data-dir %s P --explain --json", scene->h.dir);
	is = parse(cli_expect(command, 0));
	after = json_object_get(said, "after");
	assert_true(json_equal(json_object_get(after, "areas"),
		json_object_get(json_array_get(json_object_get(is, "partners"), 0), "areas")));
	assert_false(json_equal(json_object_get(after, "areas"),
		json_object_get(json_object_get(said, "before"), "areas")));
	json_decref(said);
	json_decref(is);
}

static void test_on_files_without_a_service(void **state)
{
	static const char command[] = "simulate 1234567 --offline --as-of 2023-08-21 azure.ndjson "
				      "--customer acr=2000 -a infrastructure";
	struct cli_run *r = cli_expect(command, 0);

	(void)state;
	assert_contains(r->out, "edition 2023-06, usage of 2023-07");
	assert_contains(r->out,
		"  Net customer adds                                         10          20 / 30\n");
	free(r);
	r = cli_expect("simulate 1234567 --offline", 2);
	assert_contains(r->err, "--offline needs files");
	free(r);
	r = cli_expect("simulate 9 --offline azure.ndjson", 1);
	assert_contains(r->err, "no fact of partner '9' in these files");
	free(r);
	r = cli_expect("simulate P --as-of 2023-08-21 --data-dir nowhere", 2);
	assert_contains(r->err, "--as-of goes with --offline");
	free(r);
	r = cli_expect("simulate P --data-dir nowhere", 3);
	assert_contains(r->err, "does not answer");
	free(r);
}

/* ---- set-up --------------------------------------------------------------------------------------------------- */

static int set_up(void **state)
{
	static char path[256];

	if (cli_folder_make(state) != 0)
		return -1;
	cli_write("small.yaml", small_rules);
	cli_write("next.yaml", small_rules_next);
	cli_write("bad.yaml", "edition: { id: bad }\n");
	cli_write("july.ndjson", USAGE("1", "P", "c1", "Service", "2024-04", "20")
					 USAGE("2", "P", "c2", "Service", "2024-04", "300"));
	cli_write("bad.ndjson", USAGE("1", "P", "c1", "Service", "2024-14", "20"));
	cli_write("azure.ndjson", USAGE("1", "1234567", "c1", "Storage", "2023-07", "1500"));
	(void)snprintf(path, sizeof path, "%s/small.yaml", cli_folder());
	if (scene_open_by((void **)&scene, path) != 0)
		return -1;
	(void)scene_tell(scene, facts);
	return 0;
}

static int tear_down(void **state)
{
	(void)scene_close((void **)&scene);
	return cli_folder_remove(state);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(rows) + 4];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = test_row,
			.initial_state = (void *)(uintptr_t)&rows[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_json_has_the_documented_shape);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
		test_a_partner_with_very_many_facts_is_simulated_apart);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_on_files_without_a_service);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_what_was_simulated_comes_true);
	return _cmocka_run_group_tests(
		"simulation on the command line", tests, n, set_up, tear_down);
}
