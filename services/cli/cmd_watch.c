/* capscore watch: follows the alert feed. */
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "common/io/bus.h"
#include "common/io/stream.h"
#include "services/cli/alert_view.h"
#include "services/cli/endpoints.h"
#include "services/cli/paint.h"
#include "services/cli/verbs.h"

#define DECODE_MAX ((size_t)16 << 20)
#define KINDS                                                                                      \
	"gained, at-risk, recovered, lost, renewed, within-reach, withdrawn, feed-overdue, feed-resumed"
#define SILENCE_MS 5000 /* of the service, before it is said */

struct watch {
	const struct verb *verb;
	struct endpoints ep;
	struct option_list partners, areas, kinds;
	const char *from;
	int64_t count;
	bool json, details, until_end;

	uv_loop_t loop;
	uv_signal_t interrupt, term;
	uv_timer_t silence;
	struct bus *bus;
	struct stream_reader *reader;
	struct arena ar;
	uint64_t shown;
	bool silent, closing;
	int exit_code;
};

static void stop(struct watch *w, int exit_code)
{
	if (w->closing)
		return;
	w->closing = true;
	w->exit_code = exit_code;
	stream_reader_close(&w->reader);
	uv_close((uv_handle_t *)&w->interrupt, NULL);
	uv_close((uv_handle_t *)&w->term, NULL);
	uv_close((uv_handle_t *)&w->silence, NULL);
}

static void on_signal(uv_signal_t *handle, int signum)
{
	(void)signum;
	stop(handle->data, CLI_OK);
}

static int on_unit(void *ctx, struct span unit, uint64_t first, uint32_t n_records)
{
	struct watch *w = ctx;
	struct alert al;
	struct err e = { 0 };

	(void)first;
	(void)n_records;
	if (w->closing)
		return ERR_AGAIN;
	arena_reset(&w->ar);
	if (wire_decode_alert(unit, &w->ar, &al, &e) != 0) {
		stop(w, cli_fail(w->verb, CLI_INTERNAL, "an alert cannot be read: %s", e.text));
		return ERR_AGAIN;
	}
	if (w->json)
		alert_print_json(&al, stdout);
	else
		alert_print(&al, w->details, stdout);
	w->shown++;
	if (fflush(stdout) != 0)
		stop(w, CLI_UNREACHABLE); /* whoever read our output is gone */
	else if (w->count > 0 && w->shown >= (uint64_t)w->count)
		stop(w, CLI_OK);
	return 0;
}

static void on_end(void *ctx, uint64_t end_position)
{
	struct watch *w = ctx;

	(void)end_position;
	if (w->until_end)
		stop(w, CLI_OK);
}

static void on_refused(void *ctx, struct str reason, struct str detail, uint64_t first_position)
{
	struct watch *w = ctx;

	stop(w, cli_fail(w->verb, CLI_UNREACHABLE,
			"notification refuses: " STR_FMT " (" STR_FMT
			"); the oldest alert held is at position %" PRIu64,
			STR_ARG(detail), STR_ARG(reason), first_position));
}

/* Says when the service falls silent, and when it is back: an empty screen must not look like good news. */
static void on_silence(uv_timer_t *timer)
{
	struct watch *w = timer->data;
	bool silent = stream_reader_silence_ms(w->reader) > SILENCE_MS;

	if (silent != w->silent)
		fprintf(stderr, "%s%s%s\n", paint_on(stderr, PAINT_DIM),
			silent ? "notification does not answer; waiting for it"
			       : "notification is back",
			paint_off(stderr));
	w->silent = silent;
}

/* ---- start ------------------------------------------------------------------------------------------------ */

/* Position of the alert log to start at. */
static int find_start(struct watch *w, uint64_t *ret_position)
{
	struct frame q = { .kind = FRAME_STATUS_QUERY }, a;
	struct err e = { 0 };
	bool from_start = strcmp(w->from, "start") == 0;
	char *end = NULL;
	int rc;

	if (!from_start && strcmp(w->from, "now") != 0) {
		*ret_position = strtoull(w->from, &end, 10);
		if (w->from[0] < '0' || w->from[0] > '9' || *end != '\0')
			return cli_fail(w->verb, CLI_USAGE,
				"--from '%s' is none of start, now, or a position", w->from);
		return CLI_OK;
	}
	q.u.status_query.request = 1;
	rc = endpoint_ask(&w->ep, SERVICE_NOTIFICATION, &q, ASK_TIMEOUT_MS, &w->ar, &a, &e);
	if (rc != 0)
		return cli_fail(w->verb, cli_exit_of(rc), "%s", e.text);
	*ret_position = 0;
	for (size_t i = 0; a.kind == FRAME_STATUS_ANSWER && i < a.u.status_answer.n_positions; i++)
		if (str_eq(a.u.status_answer.positions[i].name, STR("alerts")))
			*ret_position = from_start ? a.u.status_answer.positions[i].first
						   : a.u.status_answer.positions[i].end;
	return CLI_OK;
}

static int check_kinds(const struct watch *w)
{
	enum alert_kind k;

	for (size_t i = 0; i < w->kinds.n; i++)
		if (!alert_kind_by_name(str_from(w->kinds.items[i]), &k))
			return cli_fail(w->verb, CLI_USAGE, "--kind '%s' is none of " KINDS,
				w->kinds.items[i]);
	if (w->partners.n + w->areas.n + w->kinds.n > WIRE_FILTER_MAX)
		return cli_fail(w->verb, CLI_USAGE, "at most %d filters", WIRE_FILTER_MAX);
	return CLI_OK;
}

static void add_all(const struct option_list *list, struct str *items, size_t *n)
{
	for (*n = 0; *n < list->n; (*n)++)
		items[*n] = str_from(list->items[*n]);
}

static int open_feed(struct watch *w, uint64_t position, struct err *e)
{
	struct str partners[WIRE_FILTER_MAX], areas[WIRE_FILTER_MAX], kinds[WIRE_FILTER_MAX];
	struct wire_filter filter = { .partners = partners, .areas = areas, .kinds = kinds };
	struct stream_reader_options o = { .endpoint = endpoint_of(&w->ep, SERVICE_NOTIFICATION),
		.log = "alerts",
		.position = position,
		.credit = 1024,
		.on_unit = on_unit,
		.on_end = on_end,
		.on_refused = on_refused,
		.ctx = w };
	int rc;

	add_all(&w->partners, partners, &filter.n_partners);
	add_all(&w->areas, areas, &filter.n_areas);
	add_all(&w->kinds, kinds, &filter.n_kinds);
	if (filter.n_partners + filter.n_areas + filter.n_kinds > 0)
		o.filter = &filter;
	rc = bus_create(&w->loop, &w->bus, e);
	return rc != 0 ? rc : stream_reader_create(w->bus, &w->loop, &o, &w->reader, e);
}

static int follow(struct watch *w, uint64_t position)
{
	struct err e = { 0 };

	(void)uv_loop_init(&w->loop);
	(void)uv_signal_init(&w->loop, &w->interrupt);
	(void)uv_signal_init(&w->loop, &w->term);
	(void)uv_timer_init(&w->loop, &w->silence);
	w->interrupt.data = w->term.data = w->silence.data = w;
	(void)uv_signal_start(&w->interrupt, on_signal, SIGINT);
	(void)uv_signal_start(&w->term, on_signal, SIGTERM);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)uv_timer_start(&w->silence, on_silence, 1000, 1000);
	if (open_feed(w, position, &e) != 0)
		stop(w, cli_fail(w->verb, CLI_UNREACHABLE, "%s", e.text));
	(void)uv_run(&w->loop, UV_RUN_DEFAULT);
	bus_destroy(w->bus);
	(void)uv_loop_close(&w->loop);
	return w->exit_code;
}

int cmd_watch(const struct verb *verb, int argc, char **argv)
{
	struct watch w = { .verb = verb };
	const struct option_spec specs[] = {
		ENDPOINT_DATA_DIR(w.ep),
		{ .name = "from",
			.type = OPTION_TEXT,
			.value = &w.from,
			.initial = "now",
			.metavar = "WHERE",
			.help = "start (the oldest alert held), now, or a position" },
		{ .name = "partner",
			.letter = 'p',
			.type = OPTION_LIST,
			.value = &w.partners,
			.metavar = "ID",
			.help = "only alerts of this partner; may be given several times" },
		{ .name = "area",
			.letter = 'a',
			.type = OPTION_LIST,
			.value = &w.areas,
			.metavar = "ID",
			.help = "only alerts of this solution area; may be given several times" },
		{ .name = "kind",
			.letter = 'k',
			.type = OPTION_LIST,
			.value = &w.kinds,
			.metavar = "KIND",
			.help = "only " KINDS "; may be given several times" },
		{ .name = "details",
			.type = OPTION_FLAG,
			.value = &w.details,
			.help = "with the points of every metric and the events that caused it" },
		{ .name = "json",
			.type = OPTION_FLAG,
			.value = &w.json,
			.help = "one JSON object a line" },
		{ .name = "count",
			.letter = 'n',
			.type = OPTION_NUMBER,
			.value = &w.count,
			.initial = "0",
			.min = 0,
			.max = INT64_MAX,
			.metavar = "N",
			.help = "leave after N alerts; 0: never" },
		{ .name = "until-end",
			.type = OPTION_FLAG,
			.value = &w.until_end,
			.help = "leave when everything there is has been shown" },
		ENDPOINT_OPTION(w.ep, SERVICE_NOTIFICATION, "notification"),
	};
	uint64_t position = 0;
	int n_args, exit_code;

	if (!cli_parse(verb, specs, sizeof specs / sizeof *specs, argc, argv, &n_args, &exit_code))
		return exit_code;
	if (n_args > 0)
		return cli_fail(verb, CLI_USAGE, "takes no argument '%s'", argv[1]);
	arena_init(&w.ar, &mem_heap, DECODE_MAX);
	exit_code = check_kinds(&w);
	if (exit_code == CLI_OK)
		exit_code = find_start(&w, &position);
	if (exit_code == CLI_OK)
		exit_code = follow(&w, position);
	arena_fini(&w.ar);
	return exit_code;
}
