/* capscore simulate: what would become of a partner if some things happened. */
#include <time.h>

#include "common/io/clock.h"
#include "services/cli/json_values.h"
#include "services/cli/offline.h"
#include "services/cli/rules_verbs.h"
#include "services/cli/score_online.h"
#include "services/cli/simulate_forms.h"
#include "services/cli/score_view.h"
#include "services/cli/simulate_view.h"
#include "services/cli/verbs.h"
#include "services/shared/edition_open.h"

#define ANSWER_MAX ((size_t)256 << 20)
#define BUSY_NS	   20000000000u
#define EVENTS_MAX (WIRE_BODY_MAX - 65536) /* what the other fields of the question leave */

struct simulation {
	const struct verb *verb;
	const char *partner, *edition, *track, *area;
	day_no on, as_of;
	bool explain, json, color, all;
	struct simulate_suppositions suppositions;
	/* Events of files, encoded. */
	struct buf events;
	size_t starts[WIRE_SIMULATE_BATCHES + 1], n_batches; /* of the batches in `events` */
	size_t in_batch;
	uint64_t days;
	char edition_id[EVENT_NAME_MAX + 1]; /* of a rule file or a date */
	struct score_source source;
};

/* ---- facts of files ------------------------------------------------------------------------------------------ */

static int too_many(const struct simulation *s)
{
	return cli_fail(s->verb, CLI_USAGE,
		"the files hold more than one question takes (%zu bytes, %d batches of %u events); simulate with fewer",
		EVENTS_MAX, WIRE_SIMULATE_BATCHES, WIRE_BATCH_EVENTS_MAX);
}

static int on_event(void *ctx, const struct event *ev, struct place at)
{
	struct simulation *s = ctx;
	size_t begin = s->events.n;
	int rc;

	(void)at;
	if (ev->kind == FACT_DAY) {
		s->days++;
		return 0;
	}
	rc = wire_encode_event(ev, &s->events);
	if (rc != 0)
		return rc;
	if (s->n_batches == 0 || s->in_batch == WIRE_BATCH_EVENTS_MAX ||
		s->events.n - s->starts[s->n_batches - 1] > WIRE_BATCH_BYTES_MAX) {
		if (s->n_batches == WIRE_SIMULATE_BATCHES)
			return ERR_FULL;
		s->starts[s->n_batches++] = begin;
		s->in_batch = 0;
	}
	s->in_batch++;
	return 0;
}

static int read_paths(struct simulation *s, struct files *files, const struct option_list *paths)
{
	struct reading reading;
	struct err e = { 0 };
	int rc = 0;

	files->public_person_key = true;
	for (size_t i = 0; rc == 0 && i < paths->n; i++)
		rc = files_read(files, FACTS_ANY, paths->items[i], &reading, &e);
	if (rc == ERR_FULL)
		return too_many(s);
	if (rc != 0)
		return cli_fail(s->verb, rc == ERR_UNSUPPORTED ? CLI_REFUSED : cli_exit_of(rc),
			"%s", e.code != 0 ? e.text : err_text(rc));
	if (s->days > 0)
		fputs("day records were passed over: --on says the day\n", stderr);
	return files->refused.total == 0
		       ? CLI_OK
		       : cli_fail(s->verb, CLI_REFUSED,
				 "%llu records were refused; nothing is simulated with a part of the facts",
				 (unsigned long long)files->refused.total);
}

/* Returns an exit code. */
static int read_facts(
	struct simulation *s, const struct file_options *options, const struct option_list *paths)
{
	struct err e = { 0 };
	struct files files;
	int exit_code;

	if (paths->n == 0)
		return CLI_OK;
	if (files_init(&files, s->verb, options, on_event, s, &e) == 0)
		exit_code = read_paths(s, &files, paths);
	else
		exit_code = cli_fail(s->verb, CLI_USAGE, "%s", e.text);
	files_fini(&files);
	return exit_code;
}

/* ---- rules ----------------------------------------------------------------------------------------------------- */

/* The text of a rule file goes along, valid from a day that does not come: it is there to be asked for. */
static int add_rules(struct simulation *s, const char *path)
{
	struct event ev = {
		.id = STR("rules"), .source = STR("urn:capscore:what-if"), .kind = FACT_EDITION
	};
	struct err e = { 0 };
	struct buf text;
	int rc;

	ev.time = ev.recorded = clock_wall_ms();
	buf_init(&text, &mem_heap, EDITION_TEXT_MAX + 1);
	rc = edition_read_file(path, &text, &e);
	ev.u.edition = (struct fact_edition){ str_from(s->edition_id), DAY_MAX,
		{ (const char *)text.p, text.n } };
	if (rc == 0)
		rc = on_event(s, &ev, (struct place){ 0, 0 });
	buf_fini(&text);
	return rc == 0 ? CLI_OK
		       : cli_fail(s->verb, cli_exit_of(rc), "%s",
				 e.text[0] != '\0' ? e.text : err_text(rc));
}

/* An id is the service's matter; a date and a rule file are looked up here. Returns an exit code. */
static int read_rules(struct simulation *s)
{
	const char *name = s->edition;
	struct edition_box *box;
	int exit_code = CLI_OK;
	day_no day;

	if (name == NULL || (!edition_is_path(name) && day_parse(str_from(name), &day) != 0))
		return CLI_OK;
	if (rules_open(s->verb, name, &box, &exit_code) != 0)
		return exit_code;
	(void)snprintf(
		s->edition_id, sizeof s->edition_id, STR_FMT, STR_ARG(edition_box_get(box)->id));
	s->edition = s->edition_id;
	edition_box_destroy(box);
	return edition_is_path(name) ? add_rules(s, name) : CLI_OK;
}

/* ---- asking -------------------------------------------------------------------------------------------------- */

static struct frame question(const struct simulation *s, struct span *batches)
{
	struct frame q = { .kind = FRAME_SIMULATE_QUERY };

	for (size_t i = 0; i < s->n_batches; i++) {
		size_t end = i + 1 < s->n_batches ? s->starts[i + 1] : s->events.n;

		batches[i] = (struct span){ s->events.p + s->starts[i], end - s->starts[i] };
	}
	q.u.simulate_query.request = 1;
	q.u.simulate_query.partner = str_from(s->partner);
	q.u.simulate_query.edition = str_from(s->edition == NULL ? "" : s->edition);
	q.u.simulate_query.track = str_from(s->track == NULL ? "" : s->track);
	q.u.simulate_query.area = str_from(s->area == NULL ? "" : s->area);
	q.u.simulate_query.n_batches = s->n_batches;
	q.u.simulate_query.batches = batches;
	q.u.simulate_query.n_suppositions = s->suppositions.n;
	q.u.simulate_query.suppositions = s->suppositions.all;
	q.u.simulate_query.day = s->on;
	q.u.simulate_query.explain = s->explain;
	return q;
}

static int show(const struct simulation *s, const struct frame *answer)
{
	struct simulate_view v = { .answer = answer,
		.partner = str_from(s->partner),
		.all = s->all || s->area != NULL,
		.explain = s->explain,
		.color = score_style_of(stdout, s->color).color };

	if (!s->json) {
		simulate_print(&v, stdout);
		return CLI_OK;
	}
	return json_print(simulate_json(&v)) == 0
		       ? CLI_OK
		       : cli_fail(s->verb, CLI_INTERNAL, "out of memory");
}

static int exit_of(int rc)
{
	return rc == ERR_NOTFOUND || rc == ERR_SYNTAX || rc == ERR_FULL ? CLI_REFUSED
									: cli_exit_of(rc);
}

/* While another partner with very many facts is at work, or the service starts, it waits. */
static int ask(const struct simulation *s, const struct frame *q, struct arena *ar,
	struct frame *ret, struct err *e)
{
	const struct timespec pause = { .tv_nsec = 100 * 1000 * 1000 };
	uint64_t begun_ns = clock_mono_ns();

	for (;;) {
		int rc;

		*e = (struct err){ 0 };
		arena_reset(ar);
		rc = s->source.ask(s->source.ctx, q, ar, ret, e);
		if (rc != ERR_AGAIN || clock_mono_ns() - begun_ns > BUSY_NS)
			return rc;
		(void)nanosleep(&pause, NULL);
	}
}

static int simulate(const struct simulation *s)
{
	struct span batches[WIRE_SIMULATE_BATCHES];
	struct frame q = question(s, batches), a;
	struct err e = { 0 };
	struct arena ar;
	int rc;

	arena_init(&ar, &mem_heap, ANSWER_MAX);
	rc = ask(s, &q, &ar, &a, &e);
	rc = rc == 0 ? show(s, &a)
		     : cli_fail(s->verb, exit_of(rc), "%s",
			       e.text[0] != '\0' ? e.text : err_text(rc));
	arena_fini(&ar);
	return rc;
}

static int simulate_files(
	struct simulation *s, const struct file_options *files, int n_paths, char **paths)
{
	struct offline_options o = { .verb = s->verb,
		.as_of = s->as_of != DAY_NONE ? s->as_of : day_of_ms(clock_wall_ms()),
		.files = files,
		.n_paths = n_paths,
		.paths = paths };
	struct offline *offline;
	int exit_code, rc;

	if (n_paths == 0)
		return cli_fail(s->verb, CLI_USAGE,
			"--offline needs files to read, or - for the standard input");
	exit_code = offline_open(&o, &offline);
	if (offline == NULL)
		return exit_code;
	s->source = offline_source(offline);
	rc = simulate(s);
	offline_close(offline);
	return rc != CLI_OK ? rc : exit_code;
}

static int simulate_service(struct simulation *s, struct endpoints *ep, int n_paths)
{
	if (n_paths > 0)
		return cli_fail(s->verb, CLI_USAGE,
			"name one partner; hypothetical facts come with --with FILE, and files instead of a "
			"service with --offline");
	if (s->as_of != DAY_NONE)
		return cli_fail(s->verb, CLI_USAGE,
			"--as-of goes with --offline; --on says the day that is asked about");
	s->source = score_service(ep);
	return simulate(s);
}

/* ---- the verb ------------------------------------------------------------------------------------------------ */

static int read_day(const char *option, const char *text, day_no *ret, struct err *e)
{
	*ret = DAY_NONE;
	if (text != NULL && day_parse(str_from(text), ret) != 0)
		return err_set(e, ERR_INVALID,
			"--%s: '%s' is not a day like 2023-07-20 between 2000 and 2199", option,
			text);
	return 0;
}

/* What the command line says, taken apart. */
struct wanted {
	struct simulate_forms forms;
	struct option_list with;
	const char *on, *as_of;
	struct endpoints ep;
	struct file_options files;
	bool offline;
};

static int run(struct simulation *s, struct wanted *w, int n_args, char **args)
{
	struct err e = { 0 };
	struct arena ar;
	int rc;

	arena_init(&ar, &mem_heap, SIZE_MAX);
	rc = read_day("on", w->on, &s->on, &e);
	if (rc == 0)
		rc = read_day("as-of", w->as_of, &s->as_of, &e);
	if (rc == 0)
		rc = simulate_forms_read(&w->forms, &ar, &s->suppositions, &e);
	rc = rc != 0 ? cli_fail(s->verb, cli_exit_of(rc), "%s", e.text)
		     : read_facts(s, &w->files, &w->with);
	if (rc == CLI_OK)
		rc = read_rules(s);
	if (rc == CLI_OK && w->offline)
		rc = simulate_files(s, &w->files, n_args - 1, args + 1);
	else if (rc == CLI_OK)
		rc = simulate_service(s, &w->ep, n_args - 1);
	arena_fini(&ar);
	return rc;
}

#define LIST(option, field, meta, text)                                                            \
	{                                                                                          \
		.name = option, .type = OPTION_LIST, .value = &(field), .metavar = meta,           \
		.help = text                                                                       \
	}
#define FLAG(option, field, text)                                                                  \
	{                                                                                          \
		.name = option, .type = OPTION_FLAG, .value = &(field), .help = text               \
	}
#define TEXT(option, field, meta, text)                                                            \
	{                                                                                          \
		.name = option, .type = OPTION_TEXT, .value = &(field), .metavar = meta,           \
		.help = text                                                                       \
	}

int cmd_simulate(const struct verb *verb, int argc, char **argv)
{
	static struct simulation s;
	static struct wanted w;
	const struct option_spec specs[] = {
		LIST("cert", w.forms.cert, "CODE[xN][@PERSON]",
			"a certificate earned today, by N new people, or by one"),
		LIST("assessment", w.forms.assessment, "NAME[xN][@PERSON]",
			"an assessment passed today"),
		LIST("expire", w.forms.expire, "CODE@PERSON", "a certificate ends today"),
		LIST("lose-person", w.forms.lose_person, "PERSON", "somebody leaves today"),
		LIST("customer", w.forms.customer, "MEASURE=AMOUNT[,KEY=VALUE...]",
			"a new customer with so much usage in each of the last months"),
		LIST("lose-customer", w.forms.lose_customer, "CUSTOMER[,months=N]",
			"a customer that uses nothing in the last months and after them"),
		LIST("usage", w.forms.usage,
			"CUSTOMER+N%|CUSTOMER-N%|CUSTOMER=AMOUNT[,KEY=VALUE...]",
			"usage of a customer in the last months and after them"),
		LIST("with", w.with, "FILE",
			"facts of a file: events in JSON, or exports of Partner Center; - is the standard input"),
		TEXT("on", w.on, "DATE",
			"the day that is asked about (default: the newest day known)"),
		TEXT("edition", s.edition, "E",
			"by these rules: an id, a date, or a rule file (default: those of the day)"),
		TEXT("track", s.track, "ID", "by this track, in every area that has it"),
		{ .name = "area",
			.letter = 'a',
			.type = OPTION_TEXT,
			.value = &s.area,
			.metavar = "AREA",
			.help = "only this area or specialization, by id or name; a new customer then uses what it counts" },
		FLAG("all", s.all, "also areas in which nothing moves"),
		FLAG("explain", s.explain, "tell the score as it would be in full"),
		FLAG("json", s.json, "print JSON (docs/cli.md)"),
		FLAG("color", s.color, "colour even when the output is no terminal"),
		FLAG("offline", w.offline,
			"on FILES (exports and events, mixed) without any service"),
		TEXT("as-of", w.as_of, "DATE",
			"offline: the day that the files speak of (default: today)"),
		ENDPOINT_OPTION(w.ep, SERVICE_SCORING, "scoring"),
		FILE_OPTIONS(w.files),
	};
	int n_args, exit_code;

	s = (struct simulation){ .verb = verb };
	w = (struct wanted){ .offline = false };
	if (!cli_parse(verb, specs, sizeof specs / sizeof *specs, argc, argv, &n_args, &exit_code))
		return exit_code;
	if (n_args == 0)
		return cli_fail(verb, CLI_USAGE, "name a partner");
	s.partner = argv[1];
	w.ep.data_dir = w.files.data_dir;
	buf_init(&s.events, &mem_heap, EVENTS_MAX);
	exit_code = run(&s, &w, n_args, argv + 1);
	buf_fini(&s.events);
	return exit_code;
}
