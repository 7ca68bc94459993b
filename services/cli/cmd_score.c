/* capscore score: scores of partners, of files (--offline). */
#include <unistd.h>

#include "common/io/clock.h"
#include "services/cli/score_verb.h"
#include "services/cli/verbs.h"

/* Splits the arguments of --offline: what is no file is the partner. */
static int find_partner(struct score_request *r, int n_args, char **args, struct err *e)
{
	r->paths = args;
	for (int i = 0; i < n_args; i++) {
		if (strcmp(args[i], "-") == 0 || access(args[i], F_OK) == 0 ||
			strpbrk(args[i], "/.") != NULL) {
			r->paths[r->n_paths++] = args[i];
			continue;
		}
		if (r->partner.n > 0)
			return err_set(e, ERR_INVALID, "neither '" STR_FMT "' nor '%s' is a file",
				STR_ARG(r->partner), args[i]);
		r->partner = str_from(args[i]);
	}
	if (r->n_paths == 0)
		return err_set(e, ERR_INVALID,
			"--offline needs files to read, or - for the standard input");
	return 0;
}

static int read_day(const char *text, day_no *ret, struct err *e)
{
	*ret = DAY_NONE;
	if (text != NULL && day_parse(str_from(text), ret) != 0)
		return err_set(e, ERR_INVALID,
			"--as-of: '%s' is not a day like 2023-07-20 between 2000 and 2199", text);
	return 0;
}

int cmd_score(const struct verb *verb, int argc, char **argv)
{
	struct score_request r = { .verb = verb };
	struct file_options files;
	const char *as_of, *partner;
	bool offline;
	const struct option_spec specs[] = {
		{ .name = "offline",
			.type = OPTION_FLAG,
			.value = &offline,
			.help = "score FILES (exports and events, mixed) without any service" },
		{ .name = "edition",
			.letter = 'e',
			.type = OPTION_TEXT,
			.value = &r.edition,
			.metavar = "E",
			.help = "offline: edition id, a rule file, or a date (default: the edition valid on --as-of)" },
		{ .name = "as-of",
			.type = OPTION_TEXT,
			.value = &as_of,
			.metavar = "DATE",
			.help = "the day to score for (default: today)" },
		{ .name = "partner",
			.letter = 'p',
			.type = OPTION_TEXT,
			.value = &partner,
			.metavar = "ID",
			.help = "only this partner" },
		{ .name = "explain",
			.type = OPTION_FLAG,
			.value = &r.explain,
			.help = "say for every metric what counts, what nearly does, and by which rule" },
		{ .name = "json",
			.type = OPTION_FLAG,
			.value = &r.json,
			.help = "print JSON (docs/cli.md)" },
		{ .name = "color",
			.type = OPTION_FLAG,
			.value = &r.color,
			.help = "colour and block characters even when the output is no terminal" },
		FILE_OPTIONS(files),
	};
	struct err e = { 0 };
	int n_args, exit_code;

	if (!cli_parse(verb, specs, sizeof specs / sizeof *specs, argc, argv, &n_args, &exit_code))
		return exit_code;
	r.files = &files;
	r.partner = str_from(partner);
	if (read_day(as_of, &r.as_of, &e) != 0)
		return cli_fail(verb, CLI_USAGE, "%s", e.text);
	if (!offline)
		return cli_fail(verb, CLI_USAGE, "say --offline and name files");
	if (r.as_of == DAY_NONE)
		r.as_of = day_of_ms(clock_wall_ms());
	if (find_partner(&r, n_args, argv + 1, &e) != 0)
		return cli_fail(verb, CLI_USAGE, "%s", e.text);
	return score_offline(&r);
}
