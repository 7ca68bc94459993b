/* capscore score, with services and without: tracks, windows, requirements, explanations, one area, and the past. */
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
#include "tests/harness/scene.h"
#include "tests/support/small_rules.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof *(a))

/* Three customers of 200 USD and a person: 70 points by the track `many`, 40 by `few`. Q has a customer alone. */
static const char facts[] = "day 2024-05-25;"
			    "usage P c1 Service 2024-04 200;usage P c2 Service 2024-04 200;"
			    "usage P c3 Service 2024-04 200;cert P p1 C-1;"
			    "usage Q c4 Service 2024-04 200";

#define USAGE(id, partner, customer)                                                               \
	"{\"specversion\":\"1.0\",\"id\":\"" id "\",\"source\":\"/crm\","                          \
	"\"type\":\"capscore.usage.v1\",\"subject\":\"" partner                                    \
	"\",\"time\":\"2024-05-02T00:00:00Z\",\"data\":{\"customer\":\"" customer                  \
	"\",\"product\":\"Service\",\"month\":\"2024-04\",\"association\":\"pal\","                \
	"\"measure\":\"acr\",\"amount\":\"200\"}}\n"
static const char events[] = USAGE("1", "P", "c1") USAGE("2", "P", "c2") USAGE(
	"3", "P", "c3") USAGE("4", "Q",
	"c4") "{\"specversion\":\"1.0\",\"id\":\"5\",\"source\":\"/crm\","
	      "\"type\":\"capscore.certification.v1\",\"subject\":\"P\",\"time\":\"2024-05-02T00:00:00Z\","
	      "\"data\":{\"person\":\"p1\",\"certificate\":\"C-1\",\"state\":\"earned\","
	      "\"earned_on\":\"2021-06-30\"}}\n"
	      /* S is enrolled in a specialization, and its first renewal is next. */
	      "{\"specversion\":\"1.0\",\"id\":\"6\",\"source\":\"/crm\","
	      "\"type\":\"capscore.enrollment.v1\",\"subject\":\"S\",\"time\":\"2024-05-02T00:00:00Z\","
	      "\"data\":{\"area\":\"deep\",\"state\":\"enrolled\",\"on\":\"2024-05-01\","
	      "\"anniversary\":\"2025-05-01\"}}\n";

static struct scene *scene;

/* The same question to the services and to the files. */
static struct cli_run *ask(bool online, const char *args, int exit_code)
{
	char command[1024];

	if (online)
		(void)snprintf(
			command, sizeof command, "score --data-dir %s %s", scene->h.dir, args);
	else
		(void)snprintf(command, sizeof command,
			"score --offline --edition small.yaml --as-of 2024-05-25 events.ndjson %s",
			args);
	return cli_expect(command, exit_code);
}

/* ---- text, the same in both ways --------------------------------------------------------------------------- */

static const struct row {
	const char *name, *args;
	int exit_code;
	const char *parts[6],
		*absent; /* of the output, or of the message when the exit code is not 0 */
} rows[] = {
	{ "a score tells track, status and window", "P", 0,
		{ "Work at large, track many            qualified                        70 / 100",
			"  window 2024-04-26 to 2024-05-25: qualifies now",
			"All of it                            qualified                         1 /   1",
			"  [x] Work at large" },
		"tracks:" },
	{ "specializations are a list", "P", 0,
		{ "\nSpecializations\n",
			"  Deep work                                 in-progress   1 of 2 met\n",
			"  Lost work                                 in-progress   1 of 2 met, 1 not known\n" },
		"more specialization" },
	{ "those of which nothing is met are counted", "Q", 0,
		{ "2 specializations of which nothing is met; --all lists them" }, "Deep work" },
	{ "or listed when all are asked for", "Q --all", 0,
		{ "Deep work                                 in-progress   0 of 2 met" }, "--all" },
	{ "an explanation tells tracks, parts and catalogue", "P --explain", 0,
		{ "tracks: Few customers 40, Many customers 70 (counts)",
			"part Small ones: 30 / 60, counts", "part Tiny ones: 3 / 60\n",
			"catalogue: A badge (benefit), Gold (competency)",
			"rules\n    show --catalogue work`" },
		NULL },
	{ "and every requirement, unknown ones as unknown", "P --explain", 0,
		{ "Deep work                            in-progress                       1 /   2",
			"  [x] Designation", "  [-] Audit", "  [?] A page (not known)",
			"[?] The page is lost: not known\n" },
		NULL },
	{ "one area by id", "P --area deep", 0, { "Deep work", "  [-] Audit" }, "Work at large, " },
	{ "one area by name", "P --area 'work at large'", 0, { "Work at large, track many" },
		"Deep work" },
	{ "an area that is none", "P --area wrok", 2,
		{ "edition small has no area 'wrok'; did you mean 'work'?" }, NULL },
	{ "a partner that is none", "R", 1, { "no " }, NULL },
	{ "a history tells months and days", "P --history --from 2024-05-01", 0,
		{ "Partner P, 2024-05-01 to 2024-05-25, with the facts known now",
			"work, highest of each month\n"
			"  2024-05                      70 / 100  qualified\n"
			"  by day\n"
			"  2024-05-01 to ",
			" to 2024-05-25     70 / 100  qualified, track many\n",
			"lost, highest of each month", "in-progress, 1 not known" },
		NULL },
	{ "by default of six months", "P --history --area work", 0,
		{ "Partner P, 2023-12-01 to 2024-05-25",
			"  2023-12                      40 / 100\n",
			"  2024-05                      70 / 100  qualified\n" },
		"deep" },
	{ "of the days that are named", "P --history --from 2024-05-10 --until 2024-05-21", 0,
		{ "2024-05-10 to ", " to 2024-05-21 " }, "2024-05-25" },
	{ "a history of an area that is none", "P --history --area depp", 2,
		{ "did you mean 'deep'?" }, NULL },
	{ "a history backwards", "P --history --from 2024-05-10 --until 2024-05-01", 2,
		{ "--from lies after" }, NULL },
	{ "a history of all", "--history", 2, { "--history needs a partner" }, NULL },
	{ "days without a history", "P --from 2024-05-10", 2,
		{ "--from and --until go with --history" }, NULL },
	{ "a history explained", "P --history --explain", 2, { "does not go with --history" },
		NULL },
	{ "a day that is none", "P --history --until 2024-13-01", 2,
		{ "--until: '2024-13-01' is not a day" }, NULL },
};

static void check_row(const struct row *row, bool online)
{
	struct cli_run *r = ask(online, row->args, row->exit_code);
	const char *said = row->exit_code == 0 ? r->out : r->err;

	for (size_t i = 0; i < ARRAY_LEN(row->parts) && row->parts[i] != NULL; i++)
		assert_contains(said, row->parts[i]);
	if (row->absent != NULL)
		assert_absent(said, row->absent);
	free(r);
}

static void test_row(void **state)
{
	check_row(*state, false);
	check_row(*state, true);
}

/* ---- JSON -------------------------------------------------------------------------------------------------- */

static json_t *json_of(bool online, const char *args)
{
	struct cli_run *r = ask(online, args, 0);
	json_t *doc = json_loads(r->out, JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(doc);
	free(r);
	return doc;
}

static json_t *at(json_t *o, const char *name)
{
	json_t *v = json_is_array(o) ? NULL : json_object_get(o, name);
	json_t *item;
	size_t i;

	json_array_foreach(o, i, item) if (strcmp(json_string_value(json_object_get(item, "id")),
						   name) == 0) v = item;
	if (v == NULL)
		fail_msg("no '%s'", name);
	return v;
}

static const char *text_at(json_t *o, const char *name)
{
	const char *s = json_string_value(at(o, name));

	if (s == NULL)
		fail_msg("'%s' is no text", name);
	return s;
}

static void check_json(bool online)
{
	json_t *doc = json_of(online, "P --json --explain"), *areas, *a, *m;

	areas = at(json_array_get(at(doc, "partners"), 0), "areas");
	assert_int_equal(json_array_size(areas), 4);
	a = at(areas, "work");
	assert_string_equal(text_at(a, "form"), "metrics");
	assert_string_equal(text_at(a, "track"), "many");
	assert_string_equal(text_at(a, "track_name"), "Many customers");
	assert_true(json_is_true(at(a, "qualifies")));
	assert_true(json_is_null(at(a, "enrollment")));
	assert_string_equal(text_at(at(a, "window"), "from"), "2024-04-26");
	assert_string_equal(text_at(a, "last_qualified"), "2024-05-25");
	assert_true(json_is_true(at(at(at(a, "tracks"), "many"), "counts")));
	assert_string_equal(text_at(at(at(at(a, "tracks"), "few"), "points"), "fraction"), "40");
	assert_string_equal(text_at(at(at(a, "catalogue"), "badge"), "text"), "It can be shown.");
	m = at(at(at(a, "metrics"), "adds"), "explanation");
	assert_true(json_is_true(at(at(at(m, "parts"), "small"), "counts")));
	a = at(areas, "lost");
	assert_string_equal(text_at(a, "form"), "requirements");
	assert_string_equal(text_at(at(at(a, "metrics"), "designation"), "met"), "met");
	m = at(at(a, "metrics"), "page");
	assert_string_equal(text_at(m, "met"), "not-known");
	m = json_array_get(at(at(m, "explanation"), "conditions"), 0);
	assert_string_equal(text_at(m, "state"), "not-known");
	assert_true(json_is_false(at(m, "met")));
	json_decref(doc);
}

static void test_json_of_a_score(void **state)
{
	(void)state;
	check_json(false);
	check_json(true);
}

static void test_a_renewal_tells_what_it_does_not_ask_for(void **state)
{
	struct cli_run *r = ask(false, "S --area deep --explain", 0);
	json_t *doc = json_of(false, "S --json"), *a, *m;

	(void)state;
	assert_contains(r->out, "  [-] Designation\n");
	assert_contains(r->out,
		"  [~] Audit (not asked for in the renewal of year 1, again in that of\n"
		"      2026-05-01)\n");
	assert_contains(r->out, "      [-] audits passed: 0 (wanted: at least 1)\n");
	assert_contains(
		r->out, "  enrolled on 2024-05-01, anniversary 2025-05-01, renewal of year 1\n");
	free(r);
	a = at(at(json_array_get(at(doc, "partners"), 0), "areas"), "deep");
	assert_string_equal(text_at(at(a, "renewal"), "on"), "2025-05-01");
	assert_int_equal(json_integer_value(at(at(a, "renewal"), "year")), 1);
	m = at(at(a, "metrics"), "audit");
	assert_string_equal(text_at(m, "met"), "not-asked");
	r = ask(false, "S", 0);
	assert_contains(r->out,
		"  Deep work                                 enrolled      1 of 2 met, 1 of them not asked for\n");
	free(r);
	assert_string_equal(text_at(m, "asked_on"), "2026-05-01");
	assert_true(json_is_null(at(at(at(a, "metrics"), "designation"), "asked_on")));
	a = at(at(json_array_get(at(doc, "partners"), 0), "areas"), "lost");
	assert_true(json_is_null(at(a, "renewal")));
	json_decref(doc);
}

static void check_history(bool online)
{
	json_t *doc = json_of(online, "P --json --history --area work --from 2024-04-01"), *a, *m;

	assert_string_equal(text_at(doc, "partner"), "P");
	assert_string_equal(text_at(doc, "from"), "2024-04-01");
	assert_string_equal(text_at(doc, "until"), "2024-05-25");
	a = at(at(doc, "areas"), "work");
	assert_int_equal(json_array_size(at(a, "months")), 2);
	m = json_array_get(at(a, "months"), 1);
	assert_string_equal(text_at(m, "month"), "2024-05");
	assert_string_equal(text_at(at(m, "highest"), "fraction"), "70");
	assert_true(json_is_true(at(m, "qualified")));
	m = json_array_get(at(a, "spans"), 0);
	assert_string_equal(text_at(m, "from"), "2024-04-01");
	/* April counts from the 20th of May on; of files, which are complete, as soon as it is over. */
	assert_string_equal(text_at(m, "until"), online ? "2024-05-19" : "2024-04-30");
	assert_string_equal(text_at(m, "status"), "in-progress");
	m = json_array_get(at(a, "spans"), json_array_size(at(a, "spans")) - 1);
	assert_string_equal(text_at(m, "until"), "2024-05-25");
	assert_string_equal(text_at(m, "track"), "many");
	json_decref(doc);
}

static void test_json_of_a_history(void **state)
{
	(void)state;
	check_history(false);
	check_history(true);
}

/* ---- the list of a service ---------------------------------------------------------------------------------- */

static void test_the_list_of_a_service(void **state)
{
	struct cli_run *r = ask(true, "", 0);
	json_t *doc, *a;

	(void)state;
	assert_contains(r->out,
		"P                     work                              70 / 100  qualified  many");
	assert_contains(r->out, "1 / 2    in-progress  1 not known");
	assert_absent(r->out, "Q                     deep");
	free(r);
	r = ask(true, "--all", 0);
	assert_contains(r->out, "Q                     deep");
	free(r);
	r = ask(true, "--area 'Deep work'", 0);
	assert_contains(r->out, "Q                     deep");
	assert_absent(r->out, "  work");
	free(r);
	r = ask(true, "--area wrok", 2);
	assert_contains(r->err, "did you mean 'work'?");
	free(r);
	doc = json_of(true, "--json --status qualified");
	a = at(at(json_array_get(at(doc, "partners"), 0), "areas"), "work");
	assert_string_equal(text_at(a, "form"), "metrics");
	assert_int_equal(json_integer_value(at(a, "maximum")), 100);
	json_decref(doc);
}

/* ---- the calendar ------------------------------------------------------------------------------------------- */

static void test_files_are_scored_by_the_edition_of_each_day(void **state)
{
	static const char *const days[][2] = { { "2023-05-01", "edition fy23" },
		{ "2023-07-20", "edition 2023-06" }, { "2024-05-25", "edition 2023-12" } };
	char args[256];
	struct cli_run *r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(days); i++) {
		(void)snprintf(args, sizeof args, "score --offline --as-of %s events.ndjson P",
			days[i][0]);
		r = cli_expect(args, 0);
		assert_contains(r->out, days[i][1]);
		free(r);
		(void)snprintf(args, sizeof args,
			"score --offline --edition 2023-06 --as-of %s events.ndjson P", days[i][0]);
		r = cli_expect(args, 0);
		assert_contains(r->out, "edition 2023-06");
		free(r);
	}
	r = cli_expect(
		"score --offline --as-of 2023-07-20 events.ndjson P --history --area security", 0);
	assert_contains(r->out, ", edition 2023-06\n");
	free(r);
}

/* ---- set-up ------------------------------------------------------------------------------------------------- */

static int set_up(void **state)
{
	static char path[256];

	if (cli_folder_make(state) != 0)
		return -1;
	cli_write("small.yaml", small_rules);
	cli_write("events.ndjson", events);
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
	struct CMUnitTest tests[ARRAY_LEN(rows) + 5];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = test_row,
			.initial_state = (void *)(uintptr_t)&rows[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_json_of_a_score);
	tests[n++] =
		(struct CMUnitTest)cmocka_unit_test(test_a_renewal_tells_what_it_does_not_ask_for);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_json_of_a_history);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_the_list_of_a_service);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
		test_files_are_scored_by_the_edition_of_each_day);
	return _cmocka_run_group_tests("scores on the command line", tests, n, set_up, tear_down);
}
