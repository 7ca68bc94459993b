/* capscore rules check: the faults of rule files. */
#include "services/cli/rules_verbs.h"

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

int rules_check(const struct verb *verb, int argc, char **argv)
{
	int n, exit_code, worst = CLI_OK;

	if (!cli_parse(verb, NULL, 0, argc, argv, &n, &exit_code))
		return exit_code;
	if (n == 0)
		return cli_fail(verb, CLI_USAGE, "check needs rule files");
	for (int i = 1; i <= n; i++) {
		struct edition_box *box = NULL;

		exit_code = CLI_OK;
		if (rules_open(verb, argv[i], &box, &exit_code) == 0)
			print_edition(argv[i], edition_box_get(box));
		edition_box_destroy(box);
		worst = exit_code > worst ? exit_code : worst;
	}
	return worst;
}
