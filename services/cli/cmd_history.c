/* capscore history: how a partner's points went, as they were told at the time, and what moved them. */
#include <stdlib.h>
#include <string.h>

#include "services/cli/chronicle_view.h"
#include "services/cli/score_view.h"
#include "services/cli/verbs.h"

#define ARENA_MAX  ((size_t)1 << 30)
#define EVENTS_MAX 1000u

struct request {
	const struct verb *verb;
	struct endpoints ep;
	const char *area, *by, *from, *until;
	bool events, json, all, color;
};

static int parse_day(const struct request *r, const char *option, const char *text, day_no *ret)
{
	*ret = DAY_NONE;
	if (text == NULL || day_parse(str_from(text), ret) == 0)
		return CLI_OK;
	return cli_fail(
		r->verb, CLI_USAGE, "--%s '%s' is no day; days look like 2023-06-30", option, text);
}

/* The events of what is shown, in the order of the log. */
static int fetch(struct request *r, const struct chronicle *c, struct arena *ar,
	struct chronicle_style *style)
{
	uint64_t *positions;
	struct err e = { 0 };
	size_t n;
	int rc = chronicle_causes(c, ar, &positions, &n);

	if (rc != 0)
		return cli_fail(r->verb, CLI_INTERNAL, "out of memory");
	if (n > EVENTS_MAX) {
		fprintf(stderr,
			"capscore history: %zu events are behind this; the newest %u are shown (--area, --from "
			"and --until narrow it)\n",
			n, EVENTS_MAX);
		positions += n - EVENTS_MAX;
		n = EVENTS_MAX;
	}
	rc = event_fetch(&r->ep, positions, n, ar, &style->events, &e);
	style->n_events = n;
	return rc == 0 ? CLI_OK : cli_fail(r->verb, cli_exit_of(rc), "%s", e.text);
}

static int show(struct request *r, const struct chronicle *c, struct arena *ar)
{
	struct chronicle_style style = { .all = r->all,
		.one_area = r->area != NULL,
		.unicode = score_style_of(stdout, r->color).unicode };
	int rc = r->events ? fetch(r, c, ar, &style) : CLI_OK;

	if (rc != CLI_OK)
		return rc;
	if (!r->json) {
		chronicle_print(c, &style, stdout);
		return CLI_OK;
	}
	return chronicle_print_json(c, &style) == 0
		       ? CLI_OK
		       : cli_fail(r->verb, CLI_INTERNAL, "out of memory");
}

static int run(struct request *r, const char *partner)
{
	bool by_month = strcmp(r->by, "month") == 0;
	struct chronicle c;
	struct err e = { 0 };
	struct arena ar;
	day_no from, until;
	int rc;

	if (!by_month && strcmp(r->by, "day") != 0)
		return cli_fail(r->verb, CLI_USAGE, "--by '%s' is neither day nor month", r->by);
	rc = parse_day(r, "from", r->from, &from);
	if (rc == CLI_OK)
		rc = parse_day(r, "until", r->until, &until);
	if (rc != CLI_OK)
		return rc;
	arena_init(&ar, &mem_heap, ARENA_MAX);
	rc = chronicle_read(&r->ep, str_from(partner), str_from(r->area == NULL ? "" : r->area),
		from, until, by_month, &ar, &c, &e);
	if (rc == 0)
		rc = show(r, &c, &ar);
	else
		rc = cli_fail(
			r->verb, rc == ERR_NOTFOUND ? CLI_REFUSED : cli_exit_of(rc), "%s", e.text);
	arena_fini(&ar);
	return rc;
}

int cmd_history(const struct verb *verb, int argc, char **argv)
{
	struct request r = { .verb = verb };
	const struct option_spec specs[] = {
		ENDPOINT_DATA_DIR(r.ep),
		{ .name = "area",
			.letter = 'a',
			.type = OPTION_TEXT,
			.value = &r.area,
			.metavar = "ID",
			.help = "only this solution area or specialization" },
		{ .name = "by",
			.type = OPTION_TEXT,
			.value = &r.by,
			.initial = "day",
			.metavar = "WHAT",
			.help = "day or month" },
		{ .name = "from",
			.type = OPTION_TEXT,
			.value = &r.from,
			.metavar = "DATE",
			.help = "first day; when not given six months back, by month all there is" },
		{ .name = "until",
			.type = OPTION_TEXT,
			.value = &r.until,
			.metavar = "DATE",
			.help = "last day; when not given the newest one" },
		{ .name = "events",
			.type = OPTION_FLAG,
			.value = &r.events,
			.help = "show the events that moved it, as the event log has them" },
		{ .name = "all",
			.type = OPTION_FLAG,
			.value = &r.all,
			.help = "also the specializations of which nothing was met" },
		{ .name = "json", .type = OPTION_FLAG, .value = &r.json, .help = "as JSON" },
		{ .name = "color",
			.type = OPTION_FLAG,
			.value = &r.color,
			.help = "block characters also where the output is no terminal" },
		ENDPOINT_OPTION(r.ep, SERVICE_HISTORY, "history"),
		ENDPOINT_OPTION(r.ep, SERVICE_INGESTION, "ingestion"),
	};
	int n_args, exit_code;

	if (!cli_parse(verb, specs, sizeof specs / sizeof *specs, argc, argv, &n_args, &exit_code))
		return exit_code;
	if (n_args != 1)
		return cli_fail(verb, CLI_USAGE, "takes one partner; `capscore score` lists all");
	return run(&r, argv[1]);
}
