/* capscore forecast: what a partner's score will be on the coming days if nothing new is told. */
#include "common/io/clock.h"
#include "services/cli/forecast_view.h"
#include "services/cli/json_values.h"
#include "services/cli/offline.h"
#include "services/cli/score_online.h"
#include "services/cli/verbs.h"

#define ANSWER_MAX ((size_t)256 << 20)
#define AREAS_MAX  256
#define STEPS_MAX  8192 /* of one area */

struct asking {
	const struct verb *verb;
	const char *partner, *area, *edition;
	day_no until, as_of;
	int64_t days;
	bool steady, json, color, all;
	struct score_source source;
	struct forecast_track tracks[AREAS_MAX];
	struct forecast_view view;
};

/* ---- reading the answers ----------------------------------------------------------------------------------------- */

static struct forecast_track *track_of(struct asking *a, struct str area)
{
	struct forecast_view *v = &a->view;

	for (size_t i = 0; i < v->n_areas; i++)
		if (str_eq(v->areas[i].area, area))
			return &v->areas[i];
	if (v->n_areas == AREAS_MAX)
		return NULL;
	a->tracks[v->n_areas] = (struct forecast_track){ .area = area };
	return &a->tracks[v->n_areas++];
}

static bool is_same(const struct forecast_step *s, const struct wire_area_standing *a)
{
	const struct wire_area_standing *b = &s->standing;

	return str_eq(a->track, b->track) && ratio_eq(a->total, b->total) &&
	       a->status == b->status && a->qualifies == b->qualifies && a->maximum == b->maximum;
}

/* The falls of one area stand together. */
static void falls_of(const struct wire_forecast_span *s, struct str area,
	const struct wire_forecast_fall **ret, size_t *ret_n)
{
	size_t i = 0, n = 0;

	while (i < s->n_falls && !str_eq(s->falls[i].area, area))
		i++;
	while (i + n < s->n_falls && str_eq(s->falls[i + n].area, area))
		n++;
	*ret = s->falls + i;
	*ret_n = n;
}

static int add_step(struct asking *a, const struct wire_forecast_span *s,
	const struct wire_area_standing *standing)
{
	struct forecast_track *t = track_of(a, standing->area);
	struct forecast_step step = {
		.from = s->from, .edition = s->edition, .standing = *standing
	};
	int rc;

	if (t == NULL)
		return ERR_FULL;
	falls_of(s, standing->area, &step.falls, &step.n_falls);
	if (t->n > 0 && is_same(&t->steps[t->n - 1], standing) && step.n_falls == 0)
		return 0;
	rc = mem_grow(
		&mem_heap, (void **)&t->steps, &t->cap, t->n + 1, STEPS_MAX, sizeof *t->steps);
	if (rc == 0)
		t->steps[t->n++] = step;
	return rc;
}

static int add_spans(struct asking *a, const struct frame *answer)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < answer->u.forecast_answer.n_spans; i++) {
		const struct wire_forecast_span *s = &answer->u.forecast_answer.spans[i];

		for (size_t k = 0; rc == 0 && k < s->n_areas; k++)
			rc = add_step(a, s, &s->areas[k]);
	}
	return rc;
}

static int add_outlook(
	struct asking *a, const struct frame *answer, struct arena *ar, struct err *e)
{
	struct score_batch batch;
	int rc;

	if (answer->u.forecast_answer.outlook.n == 0)
		return 0;
	rc = wire_decode_scores(answer->u.forecast_answer.outlook, ar, &batch, e);
	for (size_t i = 0; rc == 0 && i < batch.n_changes; i++)
		for (size_t k = 0; k < batch.changes[i].n_outlooks; k++) {
			const struct area_outlook *o = &batch.changes[i].outlooks[k];
			struct forecast_track *t = track_of(a, o->shape->area);

			if (t != NULL && t->n > 0)
				t->outlook = o;
		}
	return rc;
}

static int read_answers(struct asking *a, struct arena *ar, struct err *e)
{
	struct frame q = { .kind = FRAME_FORECAST_QUERY };
	int rc;

	q.u.forecast_query.request = 1;
	q.u.forecast_query.partner = str_from(a->partner);
	q.u.forecast_query.area = str_from(a->area == NULL ? "" : a->area);
	q.u.forecast_query.from = DAY_NONE;
	q.u.forecast_query.until = a->until;
	q.u.forecast_query.days = (uint32_t)a->days;
	q.u.forecast_query.steady = a->steady;
	for (;;) {
		struct frame answer;
		day_no last;

		rc = a->source.ask(a->source.ctx, &q, ar, &answer, e);
		if (rc == 0)
			rc = add_spans(a, &answer);
		if (rc != 0)
			return rc;
		last = answer.u.forecast_answer.until;
		if (q.u.forecast_query.from == DAY_NONE) {
			rc = add_outlook(a, &answer, ar, e);
			a->view.from = answer.u.forecast_answer.n_spans > 0
					       ? answer.u.forecast_answer.spans[0].from
					       : last;
			if (answer.u.forecast_answer.n_spans > 0)
				a->view.line = answer.u.forecast_answer.spans[0].qualifies_at;
			if (a->until == DAY_NONE)
				a->until = a->view.from + (day_no)(a->days == 0 ? 365 : a->days);
			q.u.forecast_query.until = a->until;
		}
		if (rc != 0 || last >= a->until)
			return rc;
		if (last < a->view.from || last + 1 <= q.u.forecast_query.from)
			return err_set(
				e, ERR_PROTOCOL, "an answer about days that nobody asked for");
		q.u.forecast_query.from = last + 1;
	}
}

/* ---- showing ----------------------------------------------------------------------------------------------------- */

static int show(struct asking *a)
{
	struct score_style style = score_style_of(stdout, a->color);

	if (a->json)
		return json_print(forecast_json(&a->view)) == 0
			       ? CLI_OK
			       : cli_fail(a->verb, CLI_INTERNAL, "out of memory");
	forecast_print(&a->view, &style, stdout);
	return CLI_OK;
}

static int forecast(struct asking *a)
{
	struct err e = { 0 };
	struct arena ar;
	int rc;

	arena_init(&ar, &mem_heap, ANSWER_MAX);
	a->view = (struct forecast_view){ .partner = str_from(a->partner),
		.steady = a->steady,
		.all = a->all || a->area != NULL,
		.areas = a->tracks };
	rc = read_answers(a, &ar, &e);
	a->view.until = a->until;
	rc = rc == 0 ? show(a)
		     : cli_fail(a->verb, rc == ERR_NOTFOUND ? CLI_REFUSED : cli_exit_of(rc), "%s",
			       e.text[0] != '\0' ? e.text : err_text(rc));
	for (size_t i = 0; i < a->view.n_areas; i++)
		mem_free(&mem_heap, a->tracks[i].steps,
			a->tracks[i].cap * sizeof *a->tracks[i].steps);
	arena_fini(&ar);
	return rc;
}

static int forecast_files(
	struct asking *a, const struct file_options *files, int n_paths, char **paths)
{
	struct offline_options o = { .verb = a->verb,
		.edition = a->edition,
		.as_of = a->as_of != DAY_NONE ? a->as_of : day_of_ms(clock_wall_ms()),
		.files = files,
		.n_paths = n_paths,
		.paths = paths };
	struct offline *offline;
	int exit_code, rc;

	if (n_paths == 0)
		return cli_fail(a->verb, CLI_USAGE,
			"--offline needs files to read, or - for the standard input");
	exit_code = offline_open(&o, &offline);
	if (offline == NULL)
		return exit_code;
	a->source = offline_source(offline);
	rc = forecast(a);
	offline_close(offline);
	return rc != CLI_OK ? rc : exit_code;
}

static int forecast_service(struct asking *a, struct endpoints *ep, int n_paths)
{
	if (n_paths > 0)
		return cli_fail(a->verb, CLI_USAGE,
			"name one partner; files instead of a service go with --offline");
	if (a->as_of != DAY_NONE || a->edition != NULL)
		return cli_fail(a->verb, CLI_USAGE,
			"--as-of and --edition go with --offline; a service knows the day and the rules");
	a->source = score_service(ep);
	return forecast(a);
}

/* ---- the verb ---------------------------------------------------------------------------------------------------- */

static int read_day(const char *option, const char *text, day_no *ret, struct err *e)
{
	*ret = DAY_NONE;
	if (text != NULL && day_parse(str_from(text), ret) != 0)
		return err_set(e, ERR_INVALID,
			"--%s: '%s' is not a day like 2023-07-20 between 2000 and 2199", option,
			text);
	return 0;
}

int cmd_forecast(const struct verb *verb, int argc, char **argv)
{
	static struct asking a;
	struct endpoints ep = { 0 };
	struct file_options files;
	const char *until, *as_of;
	bool offline;
	const struct option_spec specs[] = {
		{ .name = "area",
			.letter = 'a',
			.type = OPTION_TEXT,
			.value = &a.area,
			.metavar = "AREA",
			.help = "only this area or specialization, by id or name" },
		{ .name = "until",
			.type = OPTION_TEXT,
			.value = &until,
			.metavar = "DAY",
			.help = "the last day (default: as --days says)" },
		{ .name = "days",
			.type = OPTION_NUMBER,
			.value = &a.days,
			.initial = "365",
			.min = 1,
			.max = 1200,
			.metavar = "N",
			.help = "so many days ahead" },
		{ .name = "steady",
			.type = OPTION_FLAG,
			.value = &a.steady,
			.help = "usage of the coming months is as in the last one; otherwise the last value holds" },
		{ .name = "all",
			.type = OPTION_FLAG,
			.value = &a.all,
			.help = "also areas of which nothing is held" },
		{ .name = "json",
			.type = OPTION_FLAG,
			.value = &a.json,
			.help = "print JSON (docs/forecast.md)" },
		{ .name = "color",
			.type = OPTION_FLAG,
			.value = &a.color,
			.help = "block characters even when the output is no terminal" },
		{ .name = "offline",
			.type = OPTION_FLAG,
			.value = &offline,
			.help = "read the partner's facts from FILES instead of asking a service" },
		{ .name = "as-of",
			.type = OPTION_TEXT,
			.value = &as_of,
			.metavar = "DATE",
			.help = "offline: the day that is today (default: today)" },
		{ .name = "edition",
			.letter = 'e',
			.type = OPTION_TEXT,
			.value = &a.edition,
			.metavar = "E",
			.help = "offline: by this edition alone, an id, a rule file, or a date" },
		ENDPOINT_OPTION(ep, SERVICE_SCORING, "scoring"),
		FILE_OPTIONS(files),
	};
	struct err e = { 0 };
	int n_args, exit_code;

	a = (struct asking){ .verb = verb };
	if (!cli_parse(verb, specs, sizeof specs / sizeof *specs, argc, argv, &n_args, &exit_code))
		return exit_code;
	if (read_day("until", until, &a.until, &e) != 0 ||
		read_day("as-of", as_of, &a.as_of, &e) != 0)
		return cli_fail(verb, CLI_USAGE, "%s", e.text);
	if (n_args == 0)
		return cli_fail(verb, CLI_USAGE, "name a partner");
	a.partner = argv[1];
	if (offline)
		return forecast_files(&a, &files, n_args - 1, argv + 2);
	ep.data_dir = files.data_dir;
	return forecast_service(&a, &ep, n_args - 1);
}
