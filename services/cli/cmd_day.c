/* capscore day: day records, for tests and replays, where they do not come from ingestion's clock. */
#include <inttypes.h>

#include "services/cli/delivery.h"
#include "services/cli/endpoints.h"
#include "services/cli/verbs.h"

/* The place of a day is its number in the range, from 1. */
static void on_refusal(void *ctx, const struct fault *f, uint64_t dead_letter)
{
	const day_no *from = ctx;
	char text[DAY_TEXT];

	(void)dead_letter;
	fprintf(stderr, "%s: %s: %s\n", day_format(*from + (day_no)f->at.line - 1, text), f->reason,
		f->text);
}

static int add_day(struct delivery *d, day_no from, day_no day, struct err *e)
{
	char text[DAY_TEXT], id[DAY_TEXT + 8];
	struct event ev = { .kind = FACT_DAY, .source = STR("urn:capscore:day") };

	(void)snprintf(id, sizeof id, "day-%s", day_format(day, text));
	ev.id = str_from(id);
	ev.time = ev.recorded = (event_ms)day * MS_PER_DAY;
	ev.u.day.day = day;
	return delivery_add(d, &ev, "days", (struct place){ (unsigned)(day - from) + 1, 0 }, e);
}

/* Each day is a batch of its own, so that each is scored by itself. Returns an exit code. */
static int send_days(
	const struct verb *verb, const struct delivery_options *o, day_no from, day_no until)
{
	const struct delivery_counts *c;
	struct delivery *d = NULL;
	struct err e = { 0 };
	int rc = delivery_open(o, &d, &e), exit_code;

	for (day_no day = from; rc == 0 && day <= until; day++)
		rc = add_day(d, from, day, &e);
	if (rc == 0)
		rc = delivery_flush(d, &e);
	if (rc != 0) {
		exit_code = cli_fail(verb, cli_exit_of(rc), "%s", e.text);
	} else {
		c = delivery_counts_get(d);
		printf("days: %" PRIu64 " accepted, %" PRIu64 " duplicates, %" PRIu64 " refused\n",
			c->accepted, c->duplicates, c->refused.total);
		exit_code = c->refused.total > 0 ? CLI_REFUSED : CLI_OK;
	}
	delivery_close(&d);
	return exit_code;
}

int cmd_day(const struct verb *verb, int argc, char **argv)
{
	struct endpoints ep = { .data_dir = NULL };
	struct delivery_options o = {
		.name = verb->name, .batch_events = 1, .on_refusal = on_refusal
	};
	int64_t timeout_s;
	const struct option_spec specs[] = {
		ENDPOINT_DATA_DIR(ep),
		{ .name = "endpoint",
			.type = OPTION_TEXT,
			.value = &ep.publish,
			.metavar = "ENDPOINT",
			.help = "where ingestion takes events, when it is not in the data folder" },
		{ .name = "timeout",
			.type = OPTION_NUMBER,
			.value = &timeout_s,
			.initial = "10",
			.min = 1,
			.max = 86400,
			.metavar = "SECONDS",
			.help = "give up when the service is silent for so long" },
	};
	day_no from, until;
	int n_args, exit_code;

	if (!cli_parse(verb, specs, sizeof specs / sizeof *specs, argc, argv, &n_args, &exit_code))
		return exit_code;
	if (n_args < 1 || n_args > 2)
		return cli_fail(
			verb, CLI_USAGE, "name a day, or the first and the last of several");
	for (int i = 1; i <= n_args; i++)
		if (day_parse(str_from(argv[i]), i == 1 ? &from : &until) != 0)
			return cli_fail(verb, CLI_USAGE,
				"'%s' is not a day like 2023-07-20 between 2000 and 2199", argv[i]);
	if (n_args == 1)
		until = from;
	if (until < from)
		return cli_fail(verb, CLI_USAGE, "%s lies before %s", argv[2], argv[1]);
	o.ctx = &from;
	o.endpoint = endpoint_publish(&ep);
	o.timeout_ms = (uint64_t)timeout_s * 1000;
	return send_days(verb, &o, from, until);
}
