/* capscore rules: checks rule files, lists the editions that ship with the program. */
#include "rules/compile/shipped.h"
#include "services/cli/verbs.h"
#include "services/shared/edition_open.h"

#define REPORT_MAX ((size_t)4 * 1024 * 1024)

static void print_edition(const char *path, const struct edition *e)
{
	char from[DAY_TEXT], until[DAY_TEXT];
	size_t n_metrics = 0;

	for (size_t i = 0; i < e->n_areas; i++)
		n_metrics += e->areas[i].n_metrics;
	printf("ok: %s: edition " STR_FMT ", valid from %s", path, STR_ARG(e->id),
		day_format(e->valid_from, from));
	if (e->valid_until != DAY_NONE)
		printf(" to %s", day_format(e->valid_until, until));
	printf(", %zu areas, %zu metrics, %zu certificates\n", e->n_areas, n_metrics,
		e->n_certificates);
}

/* Returns an exit code. */
static int check_file(const struct verb *verb, const char *path)
{
	struct edition_box *box = NULL;
	struct err e = { 0 };
	struct buf report;
	int rc;

	buf_init(&report, &mem_heap, REPORT_MAX);
	rc = edition_open(path, DAY_NONE, &report, &box, &e);
	if (report.n > 0)
		fprintf(stderr, "%.*s", (int)report.n, (const char *)report.p);
	buf_fini(&report);
	if (rc == 0)
		print_edition(path, edition_box_get(box));
	edition_box_destroy(box);
	if (rc == ERR_SYNTAX || rc == ERR_FULL)
		return cli_fail(verb, CLI_REFUSED, "%s", e.text);
	return rc == 0 ? CLI_OK
		       : cli_fail(verb, cli_exit_of(rc), "%s", e.code != 0 ? e.text : err_text(rc));
}

static int check(const struct verb *verb, int n, char **paths)
{
	int worst = CLI_OK;

	if (n == 0)
		return cli_fail(verb, CLI_USAGE, "check needs rule files");
	for (int i = 0; i < n; i++) {
		int exit_code = check_file(verb, paths[i]);

		worst = exit_code > worst ? exit_code : worst;
	}
	return worst;
}

static int list(void)
{
	for (size_t i = 0; i < shipped_count(); i++) {
		const struct shipped_edition *s = shipped_edition(i);

		printf(STR_FMT "  valid from " STR_FMT "%s" STR_FMT "\n", STR_ARG(s->id),
			STR_ARG(s->from), s->until.n > 0 ? " to " : "", STR_ARG(s->until));
	}
	return CLI_OK;
}

int cmd_rules(const struct verb *verb, int argc, char **argv)
{
	int n_args, exit_code;

	if (!cli_parse(verb, NULL, 0, argc, argv, &n_args, &exit_code))
		return exit_code;
	if (n_args >= 1 && strcmp(argv[1], "check") == 0)
		return check(verb, n_args - 1, argv + 2);
	if (n_args == 1 && strcmp(argv[1], "list") == 0)
		return list();
	return cli_fail(verb, CLI_USAGE, "say `rules check FILE...` or `rules list`");
}
