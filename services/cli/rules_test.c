/* capscore rules test: runs tests of the rules, files or those that ship with the program. */
#include "rules/testing/testing.h"
#include "services/cli/json_values.h"
#include "services/cli/rules_verbs.h"
#include "services/shared/edition_open.h"

#define REPORT_MAX	 ((size_t)4 * 1024 * 1024)
#define RESULT_BYTES_MAX ((size_t)64 << 20)

struct session {
	const struct verb *verb;
	const char *edition;	 /* of all files, instead of what they say; NULL: as they say */
	struct edition_box *box; /* of the file being run */
	bool json;
	json_t *tests;
	uint64_t passed, failed;
	int worst; /* exit code so far */
};

static int open_edition(
	void *ctx, struct str name, const struct edition **ret_edition, struct err *e)
{
	struct session *s = ctx;
	char text[4097];
	struct buf report;
	int rc;

	(void)snprintf(text, sizeof text, STR_FMT, STR_ARG(name));
	buf_init(&report, &mem_heap, REPORT_MAX);
	rc = edition_open(s->edition != NULL ? s->edition : text, DAY_NONE, &report, &s->box, e);
	if (report.n > 0)
		fprintf(stderr, "%.*s", (int)report.n, (const char *)report.p);
	buf_fini(&report);
	if (rc == 0)
		*ret_edition = edition_box_get(s->box);
	return rc;
}

static void note_exit(struct session *s, int exit_code)
{
	s->worst = exit_code > s->worst ? exit_code : s->worst;
}

/* ---- one test ----------------------------------------------------------------------------------------------- */

static json_t *failure_json(const struct rule_tests *t, const struct rule_failure *f)
{
	size_t line, column;

	place_position(rule_tests_text(t), f->at.from, &line, &column);
	return json_pack("{s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "line", (json_int_t)line,
		"column", (json_int_t)column, "on", day_json(f->day), "partner",
		text_json(f->partner), "area", text_or_null_json(f->area), "what",
		text_json(f->what), "expected", text_json(f->expected), "actual",
		text_json(f->actual));
}

static void add_json(struct session *s, const struct rule_tests *t, const struct rule_test *test,
	const struct rule_result *r)
{
	json_t *failures = json_array();

	for (size_t i = 0; i < r->n; i++)
		json_add(&failures, failure_json(t, &r->failures[i]));
	json_add(&s->tests,
		json_pack("{s:s, s:o, s:o, s:o, s:b, s:o}", "file", rule_tests_name(t), "edition",
			text_json(rule_tests_edition(t)->id), "id", text_json(test->id), "name",
			text_json(test->name), "passed", (int)(r->n == 0), "failures", failures));
}

static int print_result(
	const struct rule_tests *t, const struct rule_test *test, const struct rule_result *r)
{
	struct buf report;
	int rc;

	printf("%-4s  " STR_FMT " " STR_FMT "\n", r->n == 0 ? "ok" : "FAIL", STR_ARG(test->id),
		STR_ARG(test->name));
	if (r->n == 0)
		return 0;
	buf_init(&report, &mem_heap, REPORT_MAX);
	rc = rule_result_print(t, r, &report);
	if (rc == 0)
		printf("%.*s", (int)report.n, (const char *)report.p);
	if (rc == 0 && r->n_dropped > 0)
		printf("... and %zu more\n", r->n_dropped);
	buf_fini(&report);
	return rc;
}

static int run_one(struct session *s, const struct rule_tests *t, size_t i)
{
	const struct rule_test *test = rule_tests_get(t, i);
	struct rule_result r;
	struct arena ar;
	int rc;

	arena_init(&ar, &mem_heap, RESULT_BYTES_MAX);
	rc = rule_test_run(&mem_heap, t, i, &ar, &r);
	if (rc == 0 && s->json)
		add_json(s, t, test, &r);
	else if (rc == 0)
		rc = print_result(t, test, &r);
	if (rc == 0 && r.n > 0)
		s->failed++;
	else if (rc == 0)
		s->passed++;
	arena_fini(&ar);
	return rc;
}

/* ---- a file ------------------------------------------------------------------------------------------------- */

static void run_text(struct session *s, const char *name, struct str text)
{
	struct rule_editions editions = { open_edition, s };
	struct rule_tests *t = NULL;
	struct buf report;
	int rc;

	buf_init(&report, &mem_heap, REPORT_MAX);
	rc = rule_tests_read(&mem_heap, name, text, &editions, &report, &t);
	if (report.n > 0)
		fprintf(stderr, "%.*s", (int)report.n, (const char *)report.p);
	buf_fini(&report);
	if (rc == ERR_SYNTAX)
		note_exit(
			s, cli_fail(s->verb, CLI_REFUSED, "%s is not a valid file of tests", name));
	for (size_t i = 0; rc == 0 && i < rule_tests_count(t); i++)
		rc = run_one(s, t, i);
	if (rc != 0 && rc != ERR_SYNTAX)
		note_exit(s, cli_fail(s->verb, CLI_INTERNAL, "%s: %s", name, err_text(rc)));
	rule_tests_destroy(t);
	edition_box_destroy(s->box);
	s->box = NULL;
}

static void run_file(struct session *s, const char *path)
{
	struct err e = { 0 };
	struct buf text;
	int rc;

	buf_init(&text, &mem_heap, EDITION_TEXT_MAX + 1);
	rc = edition_read_file(path, &text, &e);
	if (rc == 0)
		run_text(s, path, (struct str){ (const char *)text.p, text.n });
	else
		note_exit(s, cli_fail(s->verb, rc == ERR_FULL ? CLI_REFUSED : cli_exit_of(rc), "%s",
				     e.code != 0 ? e.text : err_text(rc)));
	buf_fini(&text);
}

static void finish(struct session *s)
{
	if (s->failed > 0)
		note_exit(s, CLI_REFUSED);
	if (!s->json) {
		printf("%llu passed, %llu failed\n", (unsigned long long)s->passed,
			(unsigned long long)s->failed);
		return;
	}
	if (json_print(json_pack("{s:I, s:I, s:o}", "passed", (json_int_t)s->passed, "failed",
		    (json_int_t)s->failed, "tests", s->tests)) != 0)
		note_exit(s, cli_fail(s->verb, CLI_INTERNAL, "out of memory"));
}

int rules_test(const struct verb *verb, int argc, char **argv)
{
	struct session s = { .verb = verb, .worst = CLI_OK };
	bool shipped;
	const struct option_spec specs[] = {
		{ .name = "edition",
			.letter = 'e',
			.type = OPTION_TEXT,
			.value = &s.edition,
			.metavar = "E",
			.help = "run against this edition (id, date or rule file) instead of the one a file names" },
		{ .name = "shipped",
			.type = OPTION_FLAG,
			.value = &shipped,
			.help = "run the tests that ship with the program" },
		{ .name = "json",
			.type = OPTION_FLAG,
			.value = &s.json,
			.help = "print JSON (docs/cli.md)" },
	};
	int n, exit_code;

	if (!cli_parse(verb, specs, sizeof specs / sizeof *specs, argc, argv, &n, &exit_code))
		return exit_code;
	if (n == 0 && !shipped)
		return cli_fail(verb, CLI_USAGE, "name files of tests, or say --shipped");
	s.tests = s.json ? json_array() : NULL;
	for (size_t i = 0; shipped && i < shipped_tests_count; i++)
		run_text(&s, shipped_tests[i].file, shipped_tests[i].text);
	for (int i = 1; i <= n; i++)
		run_file(&s, argv[i]);
	finish(&s);
	return s.worst;
}
