/* capscore plan: the cheapest additions with which a partner qualifies, and keeps doing so. */
#include <time.h>

#include "common/io/clock.h"
#include "services/cli/json_values.h"
#include "services/cli/offline.h"
#include "services/cli/plan_costs.h"
#include "services/cli/plan_view.h"
#include "services/cli/score_online.h"
#include "services/cli/verbs.h"

#define ANSWER_MAX ((size_t)1 << 30)
#define BUSY_NS	   40000000000u

struct plan_request {
	const struct verb *verb;
	const char *partner, *target, *until, *as_of, *edition, *costs_path;
	int64_t plans;
	bool json, offline, costs_show;
	struct plan_costs costs;
	struct endpoints ep;
	struct file_options files;
	struct score_source source;
};

/* ---- asking -------------------------------------------------------------------------------------------------------- */

static int show(const struct plan_request *r, const struct frame *answer)
{
	struct plan_view v = { answer, str_from(r->partner), str_from(r->target), r->costs.unit };
	enum wire_plan_outcome outcome = answer->u.plan_answer.outcome;

	if (!r->json)
		plan_print(&v, stdout);
	else if (json_print(plan_json(&v)) != 0)
		return cli_fail(r->verb, CLI_INTERNAL, "out of memory");
	return outcome == PLAN_FOUND || outcome == PLAN_HELD ? CLI_OK : CLI_REFUSED;
}

/* While scoring is at work on another plan, or starts, it waits. */
static int ask(const struct plan_request *r, const struct frame *q, struct arena *ar,
	struct frame *ret, struct err *e)
{
	const struct timespec pause = { .tv_nsec = 100 * 1000 * 1000 };
	uint64_t begun_ns = clock_mono_ns();

	for (;;) {
		int rc;

		*e = (struct err){ 0 };
		arena_reset(ar);
		rc = r->source.ask(r->source.ctx, q, ar, ret, e);
		if (rc != ERR_AGAIN || clock_mono_ns() - begun_ns > BUSY_NS)
			return rc;
		(void)nanosleep(&pause, NULL);
	}
}

static int exit_of(int rc)
{
	return rc == ERR_NOTFOUND || rc == ERR_SYNTAX || rc == ERR_FULL ? CLI_REFUSED
									: cli_exit_of(rc);
}

static int plan(const struct plan_request *r, day_no until)
{
	struct frame q = { .kind = FRAME_PLAN_QUERY }, a;
	struct err e = { 0 };
	struct arena ar;
	int rc;

	q.u.plan_query.request = 1;
	q.u.plan_query.partner = str_from(r->partner);
	q.u.plan_query.target = str_from(r->target);
	q.u.plan_query.until = until;
	q.u.plan_query.plans = (uint32_t)r->plans;
	q.u.plan_query.n_costs = r->costs.n;
	q.u.plan_query.costs = r->costs.all;
	arena_init(&ar, &mem_heap, ANSWER_MAX);
	rc = ask(r, &q, &ar, &a, &e);
	rc = rc == 0 ? show(r, &a)
		     : cli_fail(r->verb, exit_of(rc), "%s",
			       e.text[0] != '\0' ? e.text : err_text(rc));
	arena_fini(&ar);
	return rc;
}

static int plan_files(struct plan_request *r, day_no until, day_no as_of, int n_paths, char **paths)
{
	struct offline_options o = { .verb = r->verb,
		.as_of = as_of != DAY_NONE ? as_of : day_of_ms(clock_wall_ms()),
		.edition = r->edition,
		.files = &r->files,
		.n_paths = n_paths,
		.paths = paths };
	struct offline *offline;
	int exit_code, rc;

	if (n_paths == 0)
		return cli_fail(r->verb, CLI_USAGE,
			"--offline needs files to read, or - for the standard input");
	exit_code = offline_open(&o, &offline);
	if (offline == NULL)
		return exit_code;
	r->source = offline_source(offline);
	rc = plan(r, until);
	offline_close(offline);
	return rc != CLI_OK ? rc : exit_code;
}

static int plan_service(struct plan_request *r, day_no until, day_no as_of, int n_paths)
{
	if (n_paths > 0)
		return cli_fail(r->verb, CLI_USAGE,
			"name one partner; files instead of a service go with --offline");
	if (r->edition != NULL)
		return cli_fail(r->verb, CLI_USAGE,
			"--edition goes with --offline; a service plans by the rules of the day");
	if (as_of != DAY_NONE)
		return cli_fail(r->verb, CLI_USAGE,
			"--as-of goes with --offline; a service plans from the newest day it knows");
	r->source = score_service(&r->ep);
	return plan(r, until);
}

/* ---- the verb ------------------------------------------------------------------------------------------------------ */

static int read_day(const struct plan_request *r, const char *option, const char *text, day_no *ret)
{
	*ret = DAY_NONE;
	if (text == NULL || day_parse(str_from(text), ret) == 0)
		return CLI_OK;
	return cli_fail(r->verb, CLI_USAGE,
		"--%s: '%s' is not a day like 2023-07-20 between 2000 and 2199", option, text);
}

static int read_costs(struct plan_request *r, struct arena *ar)
{
	struct err e = { 0 };
	struct buf report;
	int rc;

	buf_init(&report, &mem_heap, WIRE_REPORT_MAX);
	rc = plan_costs_read(r->costs_path, ar, &r->costs, &report, &e);
	if (report.n > 0)
		(void)fwrite(report.p, 1, report.n, stderr);
	buf_fini(&report);
	if (rc == ERR_SYNTAX)
		return cli_fail(r->verb, CLI_REFUSED,
			"'%s' is no table of costs; `capscore plan --costs-show` prints one to begin with",
			r->costs_path);
	return rc == 0 ? CLI_OK
		       : cli_fail(r->verb, cli_exit_of(rc), "%s",
				 e.text[0] != '\0' ? e.text : err_text(rc));
}

static int run(struct plan_request *r, int n_args, char **args)
{
	day_no until, as_of;
	struct arena ar;
	int rc;

	arena_init(&ar, &mem_heap, SIZE_MAX);
	rc = read_day(r, "until", r->until, &until);
	if (rc == CLI_OK)
		rc = read_day(r, "as-of", r->as_of, &as_of);
	if (rc == CLI_OK)
		rc = read_costs(r, &ar);
	if (rc == CLI_OK)
		rc = r->offline ? plan_files(r, until, as_of, n_args - 1, args + 1)
				: plan_service(r, until, as_of, n_args - 1);
	arena_fini(&ar);
	return rc;
}

#define TEXT(option, field, meta, text)                                                            \
	{                                                                                          \
		.name = option, .type = OPTION_TEXT, .value = &(field), .metavar = meta,           \
		.help = text                                                                       \
	}
#define FLAG(option, field, text)                                                                  \
	{                                                                                          \
		.name = option, .type = OPTION_FLAG, .value = &(field), .help = text               \
	}

int cmd_plan(const struct verb *verb, int argc, char **argv)
{
	static struct plan_request r;
	const struct option_spec specs[] = {
		TEXT("target", r.target, "AREA|SPECIALIZATION|all",
			"what is to qualify, by id or name (default: all solution areas)"),
		TEXT("until", r.until, "DATE",
			"through this day (default: the next anniversary, or 90 days)"),
		TEXT("costs", r.costs_path, "FILE",
			"what additions cost (default: the table that --costs-show prints)"),
		FLAG("costs-show", r.costs_show, "print the table of costs that ships, and stop"),
		{ .name = "plans",
			.type = OPTION_NUMBER,
			.value = &r.plans,
			.initial = "4",
			.min = 1,
			.max = WIRE_PLANS_MAX,
			.metavar = "N",
			.help = "how many plans at most, each of another mix, 1 to 16" },
		FLAG("json", r.json, "print JSON (docs/cli.md)"),
		FLAG("offline", r.offline,
			"on FILES (exports and events, mixed) without any service"),
		TEXT("as-of", r.as_of, "DATE",
			"offline: the day that the files speak of (default: today)"),
		TEXT("edition", r.edition, "E",
			"offline: by these rules: an id, a date, or a rule file (default: those of the day)"),
		ENDPOINT_OPTION(r.ep, SERVICE_SCORING, "scoring"),
		FILE_OPTIONS(r.files),
	};
	int n_args, exit_code;

	r = (struct plan_request){ .verb = verb, .target = "all", .plans = 4 };
	if (!cli_parse(verb, specs, sizeof specs / sizeof *specs, argc, argv, &n_args, &exit_code))
		return exit_code;
	if (r.costs_show) {
		fputs(plan_costs_shipped, stdout);
		return CLI_OK;
	}
	if (n_args == 0)
		return cli_fail(verb, CLI_USAGE, "name a partner");
	r.partner = argv[1];
	r.ep.data_dir = r.files.data_dir;
	return run(&r, n_args, argv + 1);
}
