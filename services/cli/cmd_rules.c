/* capscore rules: the table of its verbs, and what they share. */
#include "common/io/clock.h"
#include "services/cli/rules_verbs.h"
#include "services/cli/verbs.h"
#include "services/shared/edition_open.h"

#define REPORT_MAX ((size_t)4 * 1024 * 1024)

static const struct verb rules_table[] = {
	{ "rules check", "FILE...", "check rule files",
		"Compiles rule files and prints every fault with file, line, column and remedy.",
		rules_check },
	{ "rules list", "[--json]", "the editions that ship, and the calendar of the services",
		"Lists the editions that ship with this program, oldest first. When services run on the data\n"
		"folder, also their calendar: which edition is valid from which day, what was published\n"
		"(capscore rules publish), and with a star the one of the day that the log has reached.",
		rules_list },
	{ "rules show", "[--edition E] [AREA | --all | --catalogue] [--json]",
		"an edition or an area in words",
		"Prints an edition in words: its settings, its qualification windows, and a list of its areas\n"
		"and specializations. With an area, or with --all, what it asks for: per metric the rule as a\n"
		"sentence, maximum, points each, threshold, rule id and source; how a track is chosen; the\n"
		"conditions of a specialization; the certificates that count, with titles, codes and\n"
		"retirement; the usage that counts; and what the sources leave open.",
		rules_show },
	{ "rules diff", "A B [--json]", "what changes between two editions",
		"Says in words what changes from edition A to edition B: areas, tracks, metrics, maxima,\n"
		"thresholds, conditions, certificates and their retirement, steps, selections, windows,\n"
		"settings, validity, catalogue. Exit code 0 when both ask for the same, 1 when they differ,\n"
		"2 or more when they cannot be compared.",
		rules_diff },
	{ "rules test", "[--edition E] FILE... | --shipped [--json]", "run tests of the rules",
		"Runs tests (docs/rule-tests.md): facts on days, and what must then hold of points, status and\n"
		"alerts. They run through the engine and the alert decision of the services, without a service.\n"
		"Exit code 0 when all pass, 1 when one fails or a file has faults.",
		rules_test },
	{ "rules rehearse", "EDITION [--area A] [--json] | EDITION --offline FILE...",
		"who gains and who loses under other rules",
		"Computes every partner anew under an edition (an id, a date, or a rule file) and tells who gains\n"
		"a designation, who loses one, who changes track, and which metrics move. The running scoring\n"
		"service does it, page by page, and goes on with its work; nothing that it keeps is changed.\n"
		"With --offline it is done on files, as `capscore score --offline` reads them.",
		rules_rehearse },
	{ "rules publish", "FILE | ID [--from DAY] | --withdraw",
		"make an edition valid in the services",
		"Makes an edition of the rules valid from a day on, in the services as they run. Checks the file\n"
		"as `rules check` does, says in a line per area what changes against the edition valid on that\n"
		"day, and gives the text to ingestion. It stands in the event log from then on, so that a\n"
		"restart and a replay score by it too.\n\n"
		"  capscore rules publish next.yaml --dry-run           only what would change\n"
		"  capscore rules publish next.yaml                     from its own valid-from on\n"
		"  capscore rules publish next.yaml --from 2023-10-01   from another day on\n"
		"  capscore rules publish 2023-12 --from 2023-11-15     one that ships, on another day\n"
		"  capscore rules publish next.yaml --withdraw          as if it had not been published\n\n"
		"A file need not be long. One that starts from an edition that ships says what differs:\n\n"
		"  edition:\n"
		"    id: next\n"
		"    title: Sixty points are enough\n"
		"    based-on: 2023-06\n"
		"    valid-from: 2023-10-01\n"
		"  settings:\n"
		"    qualifies-at: 60\n\n"
		"On each day the edition with the latest first day holds. When that day has come already, every\n"
		"score changes at once and the alerts follow. An id that is published again replaces what was\n"
		"published under it.",
		rules_publish },
};
#define N_RULES (sizeof rules_table / sizeof *rules_table)
#define PREFIX	(sizeof "rules " - 1)

int rules_open(
	const struct verb *verb, const char *name, struct edition_box **ret_box, int *ret_exit)
{
	day_no today = day_of_ms(clock_wall_ms());
	struct err e = { 0 };
	struct buf report;
	int rc;

	buf_init(&report, &mem_heap, REPORT_MAX);
	rc = edition_open(name, today, &report, ret_box, &e);
	if (report.n > 0)
		fprintf(stderr, "%.*s", (int)report.n, (const char *)report.p);
	buf_fini(&report);
	if (rc == 0) {
		if (e.text[0] != '\0')
			fprintf(stderr, "capscore %s: %s\n", verb->name, e.text);
		return 0;
	}
	*ret_exit = cli_exit_of(rc);
	if (rc == ERR_SYNTAX || rc == ERR_FULL)
		*ret_exit = CLI_REFUSED;
	if (rc == ERR_NOTFOUND && (name == NULL || !edition_is_path(name)))
		*ret_exit = CLI_USAGE;
	(void)cli_fail(verb, *ret_exit, "%s", e.code != 0 ? e.text : err_text(rc));
	return rc;
}

const struct area *rules_area(const struct verb *verb, const struct edition *e, const char *name)
{
	char ids[1024];
	struct sink out;

	for (size_t i = 0; i < e->n_areas; i++)
		if (str_eq(e->areas[i].id, str_from(name)))
			return &e->areas[i];
	for (size_t i = 0; i < e->n_areas; i++)
		if (str_eq_nocase(e->areas[i].name, str_from(name)))
			return &e->areas[i];
	sink_init(&out, ids, sizeof ids);
	for (size_t i = 0; i < e->n_areas; i++)
		sink_printf(&out, "%s" STR_FMT, i == 0 ? "" : ", ", STR_ARG(e->areas[i].id));
	(void)cli_fail(verb, CLI_USAGE, "edition " STR_FMT " has no area '%s'; it has: %s",
		STR_ARG(e->id), name, ids);
	return NULL;
}

static const struct verb *find(const char *name)
{
	for (size_t i = 0; i < N_RULES; i++)
		if (strcmp(rules_table[i].name + PREFIX, name) == 0)
			return &rules_table[i];
	return NULL;
}

static int unknown(const struct verb *verb, const char *name)
{
	char all[256];
	struct sink out;

	sink_init(&out, all, sizeof all);
	for (size_t i = 0; i < N_RULES; i++)
		sink_printf(&out, "%s%s", i == 0 ? "" : ", ", rules_table[i].name + PREFIX);
	for (size_t i = 0; i < N_RULES; i++)
		if (str_distance(str_from(name), str_from(rules_table[i].name + PREFIX), 2) <= 2)
			return cli_fail(verb, CLI_USAGE,
				"there is no `rules %s`; did you mean '%s'?", name,
				rules_table[i].name + PREFIX);
	return cli_fail(verb, CLI_USAGE, "there is no `rules %s`; there are: %s", name, all);
}

/* After the options of `rules` itself, of which it has none but --help. */
static void print_table(FILE *out)
{
	fprintf(out, "\nVerbs of rules:\n");
	for (size_t i = 0; i < N_RULES; i++)
		fprintf(out, "  %-8s %s\n", rules_table[i].name + PREFIX, rules_table[i].summary);
	fprintf(out, "\n`capscore rules VERB --help` explains one.\n");
}

int cmd_rules(const struct verb *verb, int argc, char **argv)
{
	const struct verb *chosen;
	int n_args, exit_code;

	if (argc >= 2 && argv[1][0] != '-') {
		chosen = find(argv[1]);
		return chosen == NULL ? unknown(verb, argv[1])
				      : chosen->run(chosen, argc - 1, argv + 1);
	}
	if (!cli_parse(verb, NULL, 0, argc, argv, &n_args, &exit_code)) {
		if (exit_code == CLI_OK)
			print_table(stdout);
		return exit_code;
	}
	print_table(stderr);
	return cli_fail(verb, CLI_USAGE, "say which, for example `capscore rules check FILE...`");
}
