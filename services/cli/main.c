/* capscore: the command line. This file is the table of verbs and the choice among them. */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/base/text.h"
#include "services/cli/cli.h"
#include "services/cli/verbs.h"

static int run_help(const struct verb *verb, int argc, char **argv);

static const struct verb verbs[] = {
	{ "send", "FILE...", "send events, CloudEvents in JSON or protobuf, to ingestion",
		"Sends CloudEvents (docs/events.md): JSON, one a line or as an array, or protobuf, single, as a\n"
		"batch or as a stream; - is the standard input. What a file is, its content tells. Waits until\n"
		"all of them are on disk; a stream that pauses is delivered as far as it came. A faulty event\n"
		"is told with its place, kept as dead letter, and does not hold up the others; what was sent\n"
		"before is recognised, so repeating is harmless.\n\n"
		"  capscore send events.ndjson more.json             lines, and an array\n"
		"  tail -f crm.log | capscore send -                 as they come\n"
		"  capscore send --format cloudevent-stream x.bin    where the content does not tell",
		cmd_send },
	{ "import", "PATH...", "import exports of Partner Center",
		"Reads files, and all tables of folders, recognised by their header line (docs/imports.md):\n\n"
		"  Azure usage                        Trainings, exams and certifications\n"
		"  CPOR-M365 usage                    TrainingCompletions (report API)\n"
		"  Office 365 license usage           Customers and revenue\n"
		"  Enterprise Mobility license usage  Subscription details\n"
		"  Business applications revenue      Partner profile\n"
		"  Business applications usage        Teams usage (counted, feeds no score)\n"
		"  Dynamics 365, Power BI license usage\n\n"
		"and side files: offers, production, names of workloads, links of persons, attestations.\n"
		"Sends what differs from earlier imports: new and changed facts, and retractions of what a\n"
		"later export of the same partner and month does not have any more; the same file again is\n"
		"nothing. Refused rows are kept (capscore deadletter). Names and e-mail addresses are not read.\n\n"
		"  capscore import exports/                 all of them, in the order that suits\n"
		"  capscore import --dry-run azure.csv      what would change, and which scores would move\n"
		"  capscore import --strict azure.csv       stop at the first refusal, before anything is sent",
		cmd_import },
	{ "day", "DATE [DATE]", "append day records, for tests and replays",
		"Tells the services that a day has begun, or one day after the other up to the second date.\n"
		"Ingestion takes such records only when it was started to take its days from producers.",
		cmd_day },
	{ "score", "[PARTNER] | --offline [--edition E] [--as-of DATE] FILE... [PARTNER]",
		"scores of partners, explained",
		"Asks the scoring service for the score of a partner, or for the standings of all of them:\n\n"
		"  capscore score 1234567 --explain                  what counts, and what nearly does\n"
		"  capscore score 1234567 --area kubernetes          one area or specialization\n"
		"  capscore score 1234567 --history                  the best of each month, and every change\n"
		"  capscore score --status qualified                 who qualifies, and in what\n\n"
		"With --offline it scores files without any service: exports of Partner Center and events in\n"
		"JSON (one a line), mixed; - is the standard input. What a file is, its content tells. A month\n"
		"without rows is a month without usage here, and the month before --as-of is the last one.",
		cmd_score },
	{ "history", "PARTNER [OPTION...]", "how a partner's points went, and what moved them",
		"Draws how a partner's points went by day or by month, as they were told at the time, and says\n"
		"which metrics and which events moved them:\n\n"
		"  capscore history 1234567                            the last six months, day by day\n"
		"  capscore history 1234567 --by month                 as far back as it is kept\n"
		"  capscore history 1234567 --area kubernetes --events with the events themselves\n\n"
		"This is what was said then. `capscore score --history` computes the same days anew, with what\n"
		"is known now: a month that was corrected later differs.",
		cmd_history },
	{ "simulate", "PARTNER [OPTION...] | PARTNER --offline FILE... [OPTION...]",
		"what would become of a partner if",
		"Asks the scoring service what a partner's score would be if some things happened. Nothing is\n"
		"stored, nobody is alerted. The answer puts side by side what is, and what would be, metric by\n"
		"metric, and says what would be alerted:\n\n"
		"  capscore simulate 1234567 --cert CODEx2             two new people with a certificate\n"
		"  capscore simulate 1234567 --customer acr=1200       a new customer of 1,200 USD a month\n"
		"  capscore simulate 1234567 --customer mau=300,paid-units=400,product=Teams\n"
		"  capscore simulate 1234567 --lose-customer TENANT --on 2023-10-20\n"
		"  capscore simulate 1234567 --usage TENANT+20% --usage OTHER=500,product=Storage\n"
		"  capscore simulate 1234567 --expire CODE@PERSON --lose-person PERSON\n"
		"  capscore simulate 1234567 --with july.csv           if this export were imported\n"
		"  capscore simulate 1234567 --edition 2026 --track smb\n"
		"  capscore simulate 1234567 --edition mine.yaml       by rules that are only planned\n\n"
		"All of them can be given together, each any number of times. Today is the newest day that the\n"
		"service knows. The last months are three, up to the last one that counts for the partner\n"
		"(months=N for others); there the product and the association of a new customer are the first\n"
		"that count in the area (product=, association=), and name=ID makes two --customer one. A\n"
		"customer that is lost keeps what it used before. The output says what was taken.\n\n"
		"With --offline the partner's facts come from files, as `capscore score --offline` reads them.",
		cmd_simulate },
	{ "plan", "PARTNER [OPTION...] | PARTNER --offline FILE... [OPTION...]",
		"the cheapest way to a designation",
		"Asks the scoring service which additions bring a partner to qualify from today through a day,\n"
		"and cost least: certificates (of people who are there first), renewals of what would lapse,\n"
		"customers, deployments, growth, audits and references. It says what each plan buys, also in\n"
		"other areas, and what is out of reach or not known:\n\n"
		"  capscore plan 1234567 --target AREA\n"
		"  capscore plan 1234567 --target AREA --until 2024-03-31\n"
		"  capscore plan 1234567 --plans 8                     all solution areas, more other ways\n"
		"  capscore plan --costs-show >costs.yaml              prices to edit, and then:\n"
		"  capscore plan 1234567 --target AREA --costs costs.yaml\n\n"
		"Every plan was carried out by the rule engine on a copy of the partner before it is told. Usage\n"
		"that nobody has reported yet is taken to stay as it is; a new certificate does not lapse before\n"
		"the plan ends. docs/plan.md tells what is compared. Exit code 1: there is no plan.",
		cmd_plan },
	{ "forecast", "PARTNER [OPTION...]", "what the score will be on the coming days",
		"Draws what a partner's score comes to on the coming days if nothing new is told: certificates\n"
		"end, months move, windows close, another edition becomes valid; usage that is not told yet holds\n"
		"its last value, or, with --steady, goes on month by month as in the last one. For each area that\n"
		"is held or has points: the points by week with the line that they must not fall below, what falls\n"
		"when, whom the area stands on, and what would mend it.\n\n"
		"  capscore forecast 1234567\n"
		"  capscore forecast 1234567 --area AREA --days 120\n"
		"  capscore forecast 1234567 --steady --json\n"
		"  capscore forecast --offline 1234567 exports/*.csv\n\n"
		"Today is the newest day that the service knows; of files it is --as-of.",
		cmd_forecast },
	{ "rules", "VERB [ARGUMENT...]",
		"check, show, compare, test, rehearse and publish the rules",
		"Works on the editions of the rules: those that ship with the program, and rule files\n"
		"(rules/README.md). Only `publish` and `rehearse` need a service.",
		cmd_rules },
	{ "generate", "[story] FOLDER | population FOLDER",
		"write sample exports and events of invented partners",
		"Writes the Azure usage report and the trainings, exams and certifications report of invented\n"
		"partners, a file each and month, with the columns of the real ones. What they say is told by\n"
		"a story; the rest (people, companies, ids, how amounts spread) is drawn from the seed, so the\n"
		"same command always writes the same files. Their modification time is the day of the export.\n\n"
		"  capscore generate population FOLDER   thousands of partners of every size instead of a story,\n"
		"                                        as exports and as a stream of events; has its own --help\n\n"
		"A folder called `story` or `population` is written ./story.",
		cmd_generate },
	{ "up", "[OPTION...]", "run all services together, until Ctrl-C",
		"Starts the services on one data folder, starts one again that dies, and stops\n"
		"them in order on Ctrl-C or SIGTERM. Nothing acknowledged is lost by any of it.",
		cmd_up },
	{ "watch", "[OPTION...]", "follow the alerts: gained, at risk, recovered, lost",
		"Shows alerts as they come, from now on or from any position of the alert log. Goes on\n"
		"by itself when the service was away.\n\n"
		"  capscore watch --from start --until-end          everything so far\n"
		"  capscore watch --kind lost --kind at-risk        only the bad news\n"
		"  capscore watch --partner 1234567 --json | jq .   for programs",
		cmd_watch },
	{ "status", "[OPTION...]", "positions, lags and counters of the services",
		"Asks every service how it is. Exit code 0 when all are healthy, 1 otherwise.",
		cmd_status },
	{ "deadletter",
		"list | show LETTER | replay LETTER [--with FILE] | drop LETTER | replay --all | drop --all",
		"what was refused: list, show, mend, replay and drop it",
		"Ingestion keeps every event it refuses, and what `send` and `import` refuse: lines, rows of\n"
		"exports. `show` prints one (the reason goes to standard error), so that it can be mended and\n"
		"given back; a row of an export is added to what its export said, once:\n\n"
		"  capscore deadletter show 17 > event.json\n"
		"  capscore deadletter replay 17 --with event.json\n"
		"  capscore deadletter show 18 > row.csv         the header and the row\n"
		"  capscore deadletter replay 18 --with row.csv",
		cmd_deadletter },
	{ "help", "[VERB]", "explain a verb", "Explains a verb, or lists all of them.", run_help },
};
#define N_VERBS (sizeof verbs / sizeof *verbs)

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < N_VERBS; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

static void print_overview(FILE *out)
{
	fprintf(out,
		"Capscore keeps partner capability scores up to date and tells when a designation is\n"
		"gained, at risk or lost.\n\nUsage: capscore VERB [OPTION...] [ARGUMENT...]\n\nVerbs:\n");
	for (size_t i = 0; i < N_VERBS; i++)
		fprintf(out, "  %-12s %s\n", verbs[i].name, verbs[i].summary);
	fprintf(out,
		"\n`capscore help VERB` or `capscore VERB --help` explains one; `capscore --version` prints\n"
		"the version.\n\nExit codes:\n");
#define X(name, code, text) fprintf(out, "  %d  %s\n", code, text);
	CLI_EXIT_TABLE(X)
#undef X
}

static int unknown_verb(const char *name)
{
	const struct verb *near = NULL;
	unsigned best = 3;

	fprintf(stderr, "capscore: there is no verb '%s'", name);
	for (size_t i = 0; i < N_VERBS; i++) {
		unsigned d = str_distance(str_from(name), str_from(verbs[i].name), best);

		if (d < best) {
			best = d;
			near = &verbs[i];
		}
	}
	if (near != NULL)
		fprintf(stderr, "; did you mean '%s'?", near->name);
	fprintf(stderr, "\n`capscore --help` lists the verbs\n");
	return CLI_USAGE;
}

static int run_verb(const struct verb *verb, int argc, char **argv)
{
	int rc = verb->run(verb, argc, argv);

	/* Output that did not reach its file must not look like success. */
	if (fflush(stdout) != 0 && rc == CLI_OK)
		return cli_fail(verb, CLI_UNREACHABLE, "cannot write to the standard output");
	return rc;
}

static int run_help(const struct verb *self, int argc, char **argv)
{
	char name[64], option[] = "--help";
	char *verb_argv[] = { name, option, NULL };
	const struct verb *verb;

	if (argc < 2) {
		print_overview(stdout);
		return CLI_OK;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
		cli_print_verb_help(self, NULL, 0, stdout);
		return CLI_OK;
	}
	verb = find_verb(argv[1]);
	if (verb == NULL)
		return unknown_verb(argv[1]);
	(void)snprintf(name, sizeof name, "%s", verb->name);
	return verb->run(verb, 2, verb_argv);
}

int main(int argc, char **argv)
{
	const struct verb *verb;

	(void)setlocale(LC_CTYPE, "");
	if (argc < 2) {
		print_overview(stderr);
		return CLI_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("capscore %s\n", CAPSCORE_VERSION);
		return fflush(stdout) == 0 ? CLI_OK : CLI_UNREACHABLE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_overview(stdout);
		return fflush(stdout) == 0 ? CLI_OK : CLI_UNREACHABLE;
	}
	verb = find_verb(argv[1]);
	return verb == NULL ? unknown_verb(argv[1]) : run_verb(verb, argc - 1, argv + 1);
}
