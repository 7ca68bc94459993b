/* capscore score: scores of partners, as the scoring service knows them or of files (--offline). */
#include <unistd.h>

#include "common/io/clock.h"
#include "services/cli/score_online.h"
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

static int read_day(const char *option, const char *text, day_no *ret, struct err *e)
{
	*ret = DAY_NONE;
	if (text != NULL && day_parse(str_from(text), ret) != 0)
		return err_set(e, ERR_INVALID,
			"--%s: '%s' is not a day like 2023-07-20 between 2000 and 2199", option,
			text);
	return 0;
}

struct days {
	const char *as_of, *from, *until;
};

static int read_days(struct score_request *r, const struct days *d, struct err *e)
{
	int rc = read_day("as-of", d->as_of, &r->as_of, e);

	if (rc == 0)
		rc = read_day("from", d->from, &r->from, e);
	if (rc == 0)
		rc = read_day("until", d->until, &r->until, e);
	if (rc == 0 && !r->history && (d->from != NULL || d->until != NULL))
		rc = err_set(e, ERR_INVALID, "--from and --until go with --history");
	if (rc == 0 && r->history && r->explain)
		rc = err_set(
			e, ERR_INVALID, "--explain tells one day; it does not go with --history");
	return rc;
}

static int run_online(struct score_request *r, struct endpoints *ep,
	const struct score_list_options *list, int n_args, char **args)
{
	if (n_args > 1 || (n_args == 1 && r->partner.n > 0))
		return cli_fail(r->verb, CLI_USAGE,
			"name one partner, or none for a list; to score files, say --offline");
	if (r->edition != NULL)
		return cli_fail(r->verb, CLI_USAGE,
			"--edition goes with --offline; the services score by the edition they were started with");
	if (n_args == 1)
		r->partner = str_from(args[0]);
	if (r->partner.n > 0 && list->status != NULL)
		return cli_fail(
			r->verb, CLI_USAGE, "--status selects from a list; leave out the partner");
	if (r->history && r->partner.n == 0)
		return cli_fail(r->verb, CLI_USAGE, "--history needs a partner");
	return r->partner.n > 0 ? score_online(r, ep) : score_online_list(r, ep, list);
}

int cmd_score(const struct verb *verb, int argc, char **argv)
{
	struct score_request r = { .verb = verb };
	struct score_list_options list = { 0 };
	struct endpoints ep = { 0 };
	struct file_options files;
	struct days days;
	const char *partner;
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
			.help = "offline: edition id, a rule file, or a date (default: each day by the edition valid on it)" },
		{ .name = "as-of",
			.type = OPTION_TEXT,
			.value = &days.as_of,
			.metavar = "DATE",
			.help = "the day to score for (default: today; of a service, the newest day it knows)" },
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
		{ .name = "area",
			.letter = 'a',
			.type = OPTION_TEXT,
			.value = &r.area,
			.metavar = "AREA",
			.help = "only this area or specialization, by id or name" },
		{ .name = "all",
			.type = OPTION_FLAG,
			.value = &r.all,
			.help = "also specializations of which nothing is met" },
		{ .name = "history",
			.type = OPTION_FLAG,
			.value = &r.history,
			.help = "how the partner stood: the highest total of each month, and every change" },
		{ .name = "from",
			.type = OPTION_TEXT,
			.value = &days.from,
			.metavar = "DAY",
			.help = "with --history: the first day (default: of the fifth month before the last)" },
		{ .name = "until",
			.type = OPTION_TEXT,
			.value = &days.until,
			.metavar = "DAY",
			.help = "with --history: the last day (default: --as-of)" },
		{ .name = "status",
			.type = OPTION_TEXT,
			.value = &list.status,
			.metavar = "STATUS",
			.help = "without a partner: only standings of this status (in-progress, qualified ...)" },
		ENDPOINT_OPTION(ep, SERVICE_SCORING, "scoring"),
		FILE_OPTIONS(files),
	};
	struct err e = { 0 };
	int n_args, exit_code;

	if (!cli_parse(verb, specs, sizeof specs / sizeof *specs, argc, argv, &n_args, &exit_code))
		return exit_code;
	r.files = &files;
	r.partner = str_from(partner);
	if (read_days(&r, &days, &e) != 0)
		return cli_fail(verb, CLI_USAGE, "%s", e.text);
	if (!offline) {
		ep.data_dir = files.data_dir;
		return run_online(&r, &ep, &list, n_args, argv + 1);
	}
	if (list.status != NULL)
		return cli_fail(verb, CLI_USAGE,
			"--status selects from the list of a service; it does not go with --offline");
	if (r.as_of == DAY_NONE)
		r.as_of = day_of_ms(clock_wall_ms());
	if (find_partner(&r, n_args, argv + 1, &e) != 0)
		return cli_fail(verb, CLI_USAGE, "%s", e.text);
	if (r.history && r.partner.n == 0)
		return cli_fail(verb, CLI_USAGE, "--history needs a partner");
	return score_offline(&r);
}
