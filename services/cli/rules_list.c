/* capscore rules list: the editions that ship, and the calendar of the services. */
#include "rules/compile/shipped.h"
#include "services/cli/json_values.h"
#include "services/cli/layout.h"
#include "services/cli/rules_verbs.h"
#include "services/cli/service_calendar.h"

#define ANSWER_MAX ((size_t)4 << 20)

static int id_width(const struct service_calendar *c)
{
	int width = 0;

	for (size_t i = 0; i < shipped_count(); i++)
		if (layout_width(shipped_edition(i)->id) > width)
			width = layout_width(shipped_edition(i)->id);
	for (size_t i = 0; i < c->n; i++)
		if (layout_width(c->lines[i].id) > width)
			width = layout_width(c->lines[i].id);
	return width;
}

static void print_shipped(int width)
{
	printf("Editions that ship:\n");
	for (size_t i = 0; i < shipped_count(); i++) {
		const struct shipped_edition *s = shipped_edition(i);

		fputs("  ", stdout);
		layout_cell(stdout, s->id, width);
		printf("  valid from " STR_FMT "%s" STR_FMT "\n", STR_ARG(s->from),
			s->until.n > 0 ? " to " : "", STR_ARG(s->until));
	}
}

/* A star before the one of the log's day; before the first day scoring uses the newest. */
static void print_calendar(const struct service_calendar *c, const char *data_dir, int width)
{
	const struct calendar_status *now =
		service_calendar_on(c, c->day == DAY_NONE ? DAY_MAX : c->day);
	char day[DAY_TEXT], span[CALENDAR_SPAN_TEXT];

	printf("\nCalendar of the services on %s, %s%s:\n", data_dir,
		c->day == DAY_NONE ? "without a day yet" : "on ",
		c->day == DAY_NONE ? "" : day_format(c->day, day));
	for (size_t i = 0; i < c->n; i++) {
		printf("%c ", &c->lines[i] == now ? '*' : ' ');
		layout_cell(stdout, c->lines[i].id, width);
		printf("  %s\n", service_calendar_span(&c->lines[i], span));
	}
}

static json_t *calendar_json(const struct service_calendar *c)
{
	json_t *list = c->reached ? json_array() : json_null();

	for (size_t i = 0; i < c->n; i++) {
		const struct calendar_status *l = &c->lines[i];

		json_add(&list, json_pack("{s:o, s:o, s:o, s:b}", "id", text_json(l->id),
					"valid_from", day_json(l->from), "valid_until",
					day_json(l->until == DAY_NONE ? DAY_NONE : l->until - 1),
					"published", (int)l->published));
	}
	return list;
}

static int print_json(const struct service_calendar *c)
{
	json_t *shipped = json_array();

	for (size_t i = 0; i < shipped_count(); i++) {
		const struct shipped_edition *s = shipped_edition(i);

		json_add(&shipped,
			json_pack("{s:o, s:o, s:o}", "id", text_json(s->id), "valid_from",
				text_json(s->from), "valid_until", text_or_null_json(s->until)));
	}
	return json_print(json_pack("{s:o, s:o, s:o}", "shipped", shipped, "day", day_json(c->day),
		"calendar", calendar_json(c)));
}

int rules_list(const struct verb *verb, int argc, char **argv)
{
	struct endpoints ep = { 0 };
	bool json = false;
	const struct option_spec specs[] = {
		ENDPOINT_DATA_DIR(ep),
		ENDPOINT_OPTION(ep, SERVICE_SCORING, "scoring"),
		{ .name = "json",
			.type = OPTION_FLAG,
			.value = &json,
			.help = "print JSON (docs/cli.md)" },
	};
	struct service_calendar c;
	struct arena ar;
	int n, exit_code, rc = 0;

	if (!cli_parse(verb, specs, sizeof specs / sizeof *specs, argc, argv, &n, &exit_code))
		return exit_code;
	if (n > 0)
		return cli_fail(verb, CLI_USAGE, "list takes no arguments");
	arena_init(&ar, &mem_heap, ANSWER_MAX);
	service_calendar_ask(&ep, &ar, &c);
	if (json) {
		rc = print_json(&c);
	} else {
		print_shipped(id_width(&c));
		if (c.reached)
			print_calendar(&c, ep.data_dir, id_width(&c));
	}
	arena_fini(&ar);
	return rc == 0 ? CLI_OK : cli_fail(verb, CLI_INTERNAL, "%s", err_text(rc));
}
