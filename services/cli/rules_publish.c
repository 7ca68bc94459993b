/* capscore rules publish: hands an edition of the rules to the running services. */
#include <inttypes.h>
#include <string.h>

#include "common/io/clock.h"
#include "services/cli/delivery.h"
#include "services/cli/rules_verbs.h"
#include "services/cli/service_calendar.h"
#include "services/shared/edition_open.h"

#define ANSWER_MAX	 ((size_t)4 << 20)
#define PUBLISHER_SOURCE "urn:capscore:rules"

struct publish {
	const struct verb *verb;
	struct endpoints ep;
	const char *name, *from_text;
	bool withdraw, dry_run;
	int64_t timeout_s;

	struct edition_box *box; /* NULL when an id is withdrawn */
	struct str id;
	struct buf text; /* of a file; empty for an edition that ships */
	day_no from;
	struct service_calendar calendar;
	struct arena ar;
};

/* ---- what is published ------------------------------------------------------------------------------------ */

static int read_file(struct publish *p)
{
	struct err e = { 0 };
	int rc = edition_read_file(p->name, &p->text, &e);

	return rc == 0 ? CLI_OK : cli_fail(p->verb, cli_exit_of(rc), "%s", e.text);
}

/* Of a withdrawal an id is enough, of whatever edition. */
static int open_edition(struct publish *p)
{
	bool is_file = edition_is_path(p->name);
	int exit_code = CLI_OK;

	p->id = str_from(p->name);
	if (!is_file && p->withdraw)
		return CLI_OK;
	if (!is_file && shipped_by_id(p->id) == NULL)
		return cli_fail(p->verb, CLI_USAGE,
			"'%s' is no edition that ships; give a rule file, or an id that `capscore rules list` "
			"shows",
			p->name);
	if (rules_open(p->verb, p->name, &p->box, &exit_code) != 0)
		return exit_code;
	p->id = edition_box_get(p->box)->id;
	return is_file && !p->withdraw ? read_file(p) : CLI_OK;
}

static int choose_day(struct publish *p)
{
	if (p->from_text == NULL) {
		p->from = p->box != NULL ? edition_box_get(p->box)->valid_from : DAY_NONE;
		return CLI_OK;
	}
	if (p->withdraw)
		return cli_fail(p->verb, CLI_USAGE,
			"--withdraw takes an edition out of the calendar whole: it has no --from");
	if (day_parse(str_from(p->from_text), &p->from) != 0)
		return cli_fail(p->verb, CLI_USAGE,
			"'%s' is not a day like 2023-10-01 between 2000 and 2199", p->from_text);
	return CLI_OK;
}

/* ---- what it changes -------------------------------------------------------------------------------------- */

/* The edition to compare with: the one valid on that day, without what is being published. The services do not give
 * the text of one that was published before, so an edition that ships stands for it. */
static struct str compared_with(struct publish *p, bool *ret_is_published)
{
	const struct calendar_status *best = NULL, *best_shipped = NULL;
	const struct shipped_edition *shipped = NULL;

	*ret_is_published = false;
	for (size_t i = 0; i < p->calendar.n; i++) {
		const struct calendar_status *l = &p->calendar.lines[i];

		if (l->from > p->from || (str_eq(l->id, p->id) && l->from == p->from))
			continue;
		best = l;
		if (!l->published && shipped_by_id(l->id) != NULL)
			best_shipped = l;
	}
	if (best != NULL)
		*ret_is_published = best != best_shipped;
	if (best_shipped != NULL)
		return best_shipped->id;
	return shipped_choose(STR(""), p->from, &shipped, NULL) == 0 ? shipped->id : STR("");
}

static int show_changes(struct publish *p)
{
	const struct edition *e = edition_box_get(p->box);
	struct edition_box *base = NULL;
	bool is_published;
	struct str with = compared_with(p, &is_published);
	char id[80], from[DAY_TEXT];
	int exit_code = CLI_OK, rc;

	(void)snprintf(id, sizeof id, STR_FMT, STR_ARG(with));
	printf("edition " STR_FMT " (" STR_FMT "), valid from %s\n", STR_ARG(e->id),
		STR_ARG(e->title), day_format(p->from, from));
	if (rules_open(p->verb, id, &base, &exit_code) != 0)
		return exit_code;
	printf("changes against %s%s:\n", id,
		is_published
			? ", which ships (the one valid then was published, its text is not at hand)"
			: ", which is valid then");
	rc = rules_print_summary(edition_box_get(base), e);
	edition_box_destroy(base);
	if (rc != 0)
		return cli_fail(p->verb, CLI_INTERNAL, "%s", err_text(rc));
	printf("`capscore rules diff %s %s` tells every change\n", id, p->name);
	return CLI_OK;
}

/* ---- sending ---------------------------------------------------------------------------------------------- */

static void on_refusal(void *ctx, const struct fault *f, uint64_t dead_letter)
{
	const struct publish *p = ctx;

	(void)dead_letter;
	(void)cli_fail(p->verb, CLI_REFUSED, "ingestion refuses it: %s: %s", f->reason, f->text);
}

static void make_event(const struct publish *p, char *id, size_t size, struct event *ret_ev)
{
	event_ms now = clock_wall_ms();

	(void)snprintf(id, size, "%s-" STR_FMT "-%lld", p->withdraw ? "withdraw" : "publish",
		STR_ARG(p->id), (long long)now);
	*ret_ev = (struct event){ .id = str_from(id),
		.source = STR(PUBLISHER_SOURCE),
		.time = now,
		.recorded = now,
		.retracted = p->withdraw,
		.kind = FACT_EDITION,
		.u.edition = { p->id, p->from, { (const char *)p->text.p, p->text.n } } };
}

static int send_event(struct publish *p)
{
	struct delivery_options o = { .endpoint = endpoint_publish(&p->ep),
		.name = p->verb->name,
		.batch_events = 1,
		.timeout_ms = (uint64_t)p->timeout_s * 1000,
		.on_refusal = on_refusal,
		.ctx = p };
	char id[EVENT_ID_MAX];
	struct delivery *d = NULL;
	struct err e = { 0 };
	struct event ev;
	int rc, exit_code = CLI_OK;

	make_event(p, id, sizeof id, &ev);
	rc = delivery_open(&o, &d, &e);
	if (rc == 0)
		rc = delivery_add(d, &ev, p->name, (struct place){ 0, 0 }, &e);
	if (rc == 0)
		rc = delivery_flush(d, &e);
	if (rc != 0)
		exit_code = cli_fail(p->verb, cli_exit_of(rc), "%s", e.text);
	else if (delivery_counts_get(d)->refused.total > 0)
		exit_code = CLI_REFUSED;
	delivery_close(&d);
	return exit_code;
}

static void print_done(const struct publish *p)
{
	char day[DAY_TEXT];

	if (p->withdraw)
		printf("withdrawn: " STR_FMT " is no longer in the calendar as published\n",
			STR_ARG(p->id));
	else
		printf("published: " STR_FMT "; it is in the event log\n", STR_ARG(p->id));
	if (p->calendar.reached && p->calendar.day != DAY_NONE && p->from != DAY_NONE)
		printf("The day of the log is %s: scores change %s.\n",
			day_format(p->calendar.day, day),
			p->from <= p->calendar.day ? "now" : "when the edition's first day begins");
	printf("`capscore rules list` shows the calendar.\n");
}

/* ---- the verb --------------------------------------------------------------------------------------------- */

static int publish(struct publish *p)
{
	int exit_code = open_edition(p);

	if (exit_code == CLI_OK)
		exit_code = choose_day(p);
	if (exit_code != CLI_OK)
		return exit_code;
	service_calendar_ask(&p->ep, &p->ar, &p->calendar);
	if (!p->withdraw)
		exit_code = show_changes(p);
	if (exit_code != CLI_OK || p->dry_run)
		return exit_code;
	exit_code = send_event(p);
	if (exit_code == CLI_OK)
		print_done(p);
	return exit_code;
}

int rules_publish(const struct verb *verb, int argc, char **argv)
{
	struct publish p = { .verb = verb, .from = DAY_NONE };
	const struct option_spec specs[] = {
		{ .name = "from",
			.type = OPTION_TEXT,
			.value = &p.from_text,
			.metavar = "DAY",
			.help = "first day on which it is valid, in the past or to come; without it the valid-from of the "
				"edition" },
		{ .name = "withdraw",
			.type = OPTION_FLAG,
			.value = &p.withdraw,
			.help = "take it back: all is as if it had not been published. An id is enough" },
		{ .name = "dry-run",
			.type = OPTION_FLAG,
			.value = &p.dry_run,
			.help = "check it and show what changes; send nothing" },
		ENDPOINT_DATA_DIR(p.ep),
		{ .name = "endpoint",
			.type = OPTION_TEXT,
			.value = &p.ep.publish,
			.metavar = "ENDPOINT",
			.help = "where ingestion takes events, when it is not in the data folder" },
		ENDPOINT_OPTION(p.ep, SERVICE_SCORING, "scoring"),
		{ .name = "timeout",
			.type = OPTION_NUMBER,
			.value = &p.timeout_s,
			.initial = "10",
			.min = 1,
			.max = 86400,
			.metavar = "SECONDS",
			.help = "give up when the service is silent for so long" },
	};
	int n, exit_code;

	if (!cli_parse(verb, specs, sizeof specs / sizeof *specs, argc, argv, &n, &exit_code))
		return exit_code;
	if (n != 1)
		return cli_fail(
			verb, CLI_USAGE, "name one rule file, or the id of an edition that ships");
	p.name = argv[1];
	arena_init(&p.ar, &mem_heap, ANSWER_MAX);
	buf_init(&p.text, &mem_heap, EDITION_TEXT_MAX + 1);
	exit_code = publish(&p);
	buf_fini(&p.text);
	arena_fini(&p.ar);
	edition_box_destroy(p.box);
	return exit_code;
}
