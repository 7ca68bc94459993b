/* capscore status: positions, lags and counters of the services. */
#include <inttypes.h>
#include <string.h>

#include <jansson.h>

#include "services/cli/endpoints.h"
#include "services/cli/paint.h"
#include "services/cli/service_calendar.h"
#include "services/cli/verbs.h"

#define ANSWER_MAX ((size_t)4 << 20)

struct answer {
	bool reached;
	struct frame frame; /* FRAME_STATUS_ANSWER */
	struct err why;
};

static const char *health_name(enum wire_health h)
{
	return h == HEALTH_HEALTHY ? "healthy" : h == HEALTH_DEGRADED ? "degraded" : "failed";
}

static enum paint health_paint(enum wire_health h)
{
	return h == HEALTH_HEALTHY ? PAINT_GOOD : h == HEALTH_DEGRADED ? PAINT_WARN : PAINT_BAD;
}

/* Days are numbers in the answer, since 1970; people get dates. */
static void print_counter(const struct wire_counter *c)
{
	static const char *const days[] = { CALENDAR_STATUS_DAY, "by-day-from", "by-month-from",
		"whole-from" };
	char day[DAY_TEXT];

	for (size_t i = 0; c->value != 0 && i < sizeof days / sizeof *days; i++)
		if (str_eq(c->name, str_from(days[i]))) {
			printf("  %-28.*s %s\n", STR_ARG(c->name),
				day_format(calendar_status_day(c->value), day));
			return;
		}
	printf("  %s%-28.*s %" PRIu64 "%s\n", c->value == 0 ? paint_on(stdout, PAINT_DIM) : "",
		STR_ARG(c->name), c->value, c->value == 0 ? paint_off(stdout) : "");
}

static void print_answer(enum service_id id, const struct answer *a)
{
	if (!a->reached) {
		printf("%s%-13s unreachable%s  %s\n", paint_on(stdout, PAINT_BAD),
			service_id_name(id), paint_off(stdout), a->why.text);
		return;
	}
	printf("%-13s %s%s%s, " STR_FMT ", version " STR_FMT ", up %" PRId64 " s\n",
		service_id_name(id),
		paint_on(stdout, health_paint(a->frame.u.status_answer.health)),
		health_name(a->frame.u.status_answer.health), paint_off(stdout),
		STR_ARG(a->frame.u.status_answer.state), STR_ARG(a->frame.u.status_answer.version),
		a->frame.u.status_answer.uptime_ms / 1000);
	for (size_t i = 0; i < a->frame.u.status_answer.n_positions; i++) {
		const struct wire_position *p = &a->frame.u.status_answer.positions[i];
		struct calendar_status edition;
		char span[CALENDAR_SPAN_TEXT];

		if (calendar_status_read(p, &edition)) {
			printf("  edition %-20.*s %s\n", STR_ARG(edition.id),
				service_calendar_span(&edition, span));
			continue;
		}
		printf("  %-28.*s %" PRIu64, STR_ARG(p->name), p->end);
		if (p->first > 0)
			printf(" (oldest held: %" PRIu64 ")", p->first);
		putchar('\n');
	}
	for (size_t i = 0; i < a->frame.u.status_answer.n_counters; i++)
		print_counter(&a->frame.u.status_answer.counters[i]);
}

static json_t *text(struct str s)
{
	return json_stringn(s.n == 0 ? "" : s.p, s.n);
}

static json_t *answer_json(enum service_id id, const struct answer *a)
{
	json_t *o = json_object(), *positions = json_object(), *counters = json_object();

	json_object_set_new(o, "service", json_string(service_id_name(id)));
	json_object_set_new(o, "reached", json_boolean(a->reached));
	if (!a->reached) {
		json_object_set_new(o, "error", json_string(a->why.text));
		json_decref(positions);
		json_decref(counters);
		return o;
	}
	json_object_set_new(o, "health", json_string(health_name(a->frame.u.status_answer.health)));
	json_object_set_new(o, "state", text(a->frame.u.status_answer.state));
	json_object_set_new(o, "version", text(a->frame.u.status_answer.version));
	json_object_set_new(o, "uptime_ms", json_integer(a->frame.u.status_answer.uptime_ms));
	for (size_t i = 0; i < a->frame.u.status_answer.n_positions; i++) {
		const struct wire_position *p = &a->frame.u.status_answer.positions[i];
		char name[64];

		(void)snprintf(name, sizeof name, STR_FMT, STR_ARG(p->name));
		json_object_set_new(positions, name,
			json_pack("{s:I,s:I}", "first", (json_int_t)p->first, "end",
				(json_int_t)p->end));
	}
	for (size_t i = 0; i < a->frame.u.status_answer.n_counters; i++) {
		const struct wire_counter *c = &a->frame.u.status_answer.counters[i];
		char name[64];

		(void)snprintf(name, sizeof name, STR_FMT, STR_ARG(c->name));
		json_object_set_new(counters, name, json_integer((json_int_t)c->value));
	}
	json_object_set_new(o, "positions", positions);
	json_object_set_new(o, "counters", counters);
	return o;
}

static void ask(struct endpoints *ep, enum service_id id, unsigned timeout_ms, struct arena *ar,
	struct answer *a)
{
	struct frame q = { .kind = FRAME_STATUS_QUERY };

	q.u.status_query.request = 1;
	a->reached = endpoint_ask(ep, id, &q, timeout_ms, ar, &a->frame, &a->why) == 0 &&
		     a->frame.kind == FRAME_STATUS_ANSWER;
}

static bool is_wanted(enum service_id id, const char *only)
{
	return only == NULL || strcmp(only, service_id_name(id)) == 0;
}

int cmd_status(const struct verb *verb, int argc, char **argv)
{
	struct endpoints ep = { 0 };
	const char *only = NULL;
	bool json = false, health = false, good = true, any = false;
	int64_t timeout_ms = 0;
	const struct option_spec specs[] = {
		ENDPOINT_DATA_DIR(ep),
		{ .name = "service",
			.type = OPTION_TEXT,
			.value = &only,
			.metavar = "NAME",
			.help = "only this one: ingestion, scoring, notification or history" },
		{ .name = "json", .type = OPTION_FLAG, .value = &json, .help = "as JSON" },
		{ .name = "health",
			.type = OPTION_FLAG,
			.value = &health,
			.help = "print nothing; exit 0 when every service asked is healthy, else 1" },
		{ .name = "timeout-ms",
			.type = OPTION_NUMBER,
			.value = &timeout_ms,
			.initial = "2000",
			.min = 10,
			.max = 60000,
			.metavar = "MS",
			.help = "how long to wait for each answer" },
		ENDPOINT_OPTION(ep, SERVICE_INGESTION, "ingestion"),
		ENDPOINT_OPTION(ep, SERVICE_SCORING, "scoring"),
		ENDPOINT_OPTION(ep, SERVICE_NOTIFICATION, "notification"),
		ENDPOINT_OPTION(ep, SERVICE_HISTORY, "history"),
	};
	json_t *list;
	struct arena ar;
	int n_args, exit_code;

	if (!cli_parse(verb, specs, sizeof specs / sizeof *specs, argc, argv, &n_args, &exit_code))
		return exit_code;
	if (n_args > 0)
		return cli_fail(verb, CLI_USAGE, "takes no argument '%s'", argv[1]);
	arena_init(&ar, &mem_heap, ANSWER_MAX);
	list = json_array();
	for (enum service_id id = 0; id < SERVICE_COUNT; id++) {
		struct answer a = { 0 };

		if (!is_wanted(id, only))
			continue;
		any = true;
		ask(&ep, id, (unsigned)timeout_ms, &ar, &a);
		good = good && a.reached && a.frame.u.status_answer.health == HEALTH_HEALTHY;
		if (json)
			json_array_append_new(list, answer_json(id, &a));
		else if (!health)
			print_answer(id, &a);
	}
	if (json) {
		(void)json_dumpf(list, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	json_decref(list);
	arena_fini(&ar);
	if (!any)
		return cli_fail(verb, CLI_USAGE,
			"there is no service '%s'; there are ingestion, scoring, notification and "
			"history",
			only);
	return good ? CLI_OK : CLI_REFUSED;
}
