#include "services/cli/offline.h"

#include <inttypes.h>

#include "services/cli/findings.h"
#include "services/scoring/answers.h"
#include "services/scoring/rehearsal.h"
#include "services/scoring/whatif.h"
#include "services/shared/edition_open.h"
#include "services/shared/edition_shelf.h"

#define REPORT_MAX ((size_t)1024 * 1024)

struct offline {
	struct offline_options options;
	struct edition_shelf *shelf; /* of the calendar */
	struct edition_box *box;     /* or the one that was named */
	struct engine *engine;
	struct rehearsal *rehearsal; /* NULL until one is asked for */
	struct whatif *whatif;	     /* likewise */
	uint64_t days;		     /* day records of the files, which as_of stands for */
};

/* ---- the calendar ----------------------------------------------------------------------------------------- */

/* The one edition of all days. */
static int open_one(struct offline *o, struct err *e)
{
	struct buf report;
	int rc;

	buf_init(&report, &mem_heap, REPORT_MAX);
	rc = edition_open(o->options.edition, o->options.as_of, &report, &o->box, e);
	if (report.n > 0)
		fprintf(stderr, "%.*s", (int)report.n, (const char *)report.p);
	buf_fini(&report);
	return rc == 0 ? engine_create(&mem_heap, edition_box_get(o->box), &ENGINE_LIMITS_DEFAULT,
				 &o->engine)
		       : rc;
}

static int open_told(void *ctx, struct str id, struct str text, const struct edition **ret_edition)
{
	struct offline *o = ctx;

	return edition_shelf_open(o->shelf, id, text, ret_edition, NULL);
}

/* All that ship, and what edition facts of the files bring. */
static int open_calendar(struct offline *o, struct err *e)
{
	struct edition_source told = { .open = open_told, .ctx = o };
	const struct edition *const *all;
	size_t n;
	int rc = edition_shelf_create(&o->shelf);

	if (rc == 0)
		rc = edition_shelf_add_shipped(o->shelf, e);
	if (rc != 0)
		return rc;
	all = edition_shelf_start(o->shelf, &n);
	rc = engine_create(&mem_heap, all[0], &ENGINE_LIMITS_DEFAULT, &o->engine);
	for (size_t i = 1; rc == 0 && i < n; i++)
		rc = engine_add_edition(o->engine, all[i], all[i]->valid_from);
	if (rc == 0)
		engine_set_source(o->engine, &told);
	return rc;
}

static int open_engine(struct offline *o, struct err *e)
{
	int rc = o->options.edition != NULL ? open_one(o, e) : open_calendar(o, e);

	return rc == 0 ? engine_set_complete(o->engine, true) : rc;
}

/* ---- reading ---------------------------------------------------------------------------------------------- */

static int on_event(void *ctx, const struct event *ev, struct place at)
{
	struct offline *o = ctx;

	(void)at;
	if (ev->kind == FACT_DAY) {
		o->days++;
		return 0;
	}
	return engine_apply(o->engine, ev, 0);
}

static int begin_day(struct offline *o)
{
	struct event ev = {
		.id = STR("as-of"), .source = STR("urn:capscore:offline"), .kind = FACT_DAY
	};
	const struct partner_change *changes;
	size_t n;
	int rc;

	ev.time = ev.recorded = (event_ms)o->options.as_of * MS_PER_DAY;
	ev.u.day.day = o->options.as_of;
	rc = engine_apply(o->engine, &ev, 0);
	return rc == 0 ? engine_settle(o->engine, &changes, &n) : rc;
}

static void print_tally(const struct tally *t, uint64_t records, const char *what)
{
	if (t->total == 0)
		return;
	fprintf(stderr, "%" PRIu64 " of %" PRIu64 " records were %s: ", t->total, records, what);
	tally_print(t, stderr);
	fputc('\n', stderr);
}

static void print_outcome(const struct offline *o, const struct files *f)
{
	struct engine_stats s;

	engine_stats_get(o->engine, &s);
	print_tally(&f->refused, f->records, "refused");
	print_tally(&f->passed, f->records, "passed over");
	if (o->days > 0)
		fprintf(stderr,
			"%" PRIu64 " day records were passed over: --as-of stands for them\n",
			o->days);
	if (s.editions_refused > 0)
		fprintf(stderr, "%" PRIu64 " editions of events are no rule files\n",
			s.editions_refused);
	if (s.unknown_certificates > 0)
		fprintf(stderr, "%" PRIu64 " certificates are none that the edition names\n",
			s.unknown_certificates);
}

static int read_all(struct offline *o, struct files *files, struct err *e)
{
	struct paths paths;
	int rc = files_collect(files, FACTS_ANY, o->options.n_paths, o->options.paths, &paths, e);

	if (rc != 0)
		return rc;
	for (size_t i = 0; rc == 0 && i < paths.n; i++) {
		struct reading reading;

		rc = files_read(files, FACTS_ANY, paths.names[i], &reading, e);
		if (reading.unknowns.n > 0) {
			fprintf(stderr, "%s:\n", reading.file);
			findings_print(&reading, false, stderr);
		}
	}
	paths_fini(&paths);
	return rc;
}

/* Returns an exit code. *ret_done: all files were read, whatever was refused in them. */
static int read_files(struct offline *o, struct files *files, bool *ret_done, struct err *e)
{
	const struct offline_options *r = &o->options;
	int rc = files_init(files, r->verb, r->files, on_event, o, e);

	if (rc != 0)
		return cli_fail(r->verb, CLI_USAGE, "%s", e->text);
	files->public_person_key = true;
	/* A month without rows is a month without usage here; no word of its being complete is waited for. */
	files->reading_options.complete = true;
	rc = read_all(o, files, e);
	if (rc != 0)
		return cli_fail(r->verb, rc == ERR_UNSUPPORTED ? CLI_REFUSED : cli_exit_of(rc),
			"%s", e->code != 0 ? e->text : err_text(rc));
	if (begin_day(o) != 0)
		return cli_fail(r->verb, CLI_INTERNAL, "out of memory");
	print_outcome(o, files);
	*ret_done = true;
	return files->refused.total > 0 ? CLI_REFUSED : CLI_OK;
}

int offline_open(const struct offline_options *options, struct offline **ret_o)
{
	struct offline *o = mem_zalloc(&mem_heap, sizeof *o);
	struct files files = { .verb = options->verb };
	struct err e = { 0 };
	bool done = false;
	int rc, exit_code;

	*ret_o = NULL;
	if (o == NULL)
		return cli_fail(options->verb, CLI_INTERNAL, "out of memory");
	o->options = *options;
	rc = open_engine(o, &e);
	if (rc != 0)
		exit_code = cli_fail(options->verb,
			rc == ERR_NOTFOUND ? CLI_USAGE
			: rc == ERR_SYNTAX ? CLI_REFUSED
					   : cli_exit_of(rc),
			"%s", e.code != 0 ? e.text : err_text(rc));
	else
		exit_code = read_files(o, &files, &done, &e);
	files_fini(&files);
	if (done)
		*ret_o = o;
	else
		offline_close(o);
	return exit_code;
}

void offline_close(struct offline *o)
{
	if (o == NULL)
		return;
	rehearsal_destroy(o->rehearsal);
	whatif_destroy(o->whatif);
	engine_destroy(o->engine);
	edition_box_destroy(o->box);
	edition_shelf_destroy(o->shelf);
	mem_free(&mem_heap, o, sizeof *o);
}

struct engine *offline_engine(struct offline *o)
{
	return o->engine;
}

/* ---- answering -------------------------------------------------------------------------------------------- */

static int rehearse(struct offline *o, const struct frame *q, const struct wire_freshness *fresh,
	struct arena *ar, struct frame *ret, struct err *e)
{
	int rc = o->rehearsal == NULL ? rehearsal_create(o->engine, NULL, 0, &o->rehearsal) : 0;

	return rc == 0 ? rehearsal_answer(o->rehearsal, q, fresh, ar, ret, e) : rc;
}

static int simulate(struct offline *o, const struct frame *q, const struct wire_freshness *fresh,
	struct arena *ar, struct frame *ret, struct err *e)
{
	struct whatif_options options = { .engine = o->engine, .max_facts = SIZE_MAX };
	int rc = 0;

	if (o->shelf != NULL)
		options.editions = (struct edition_source){ .open = open_told, .ctx = o };
	if (o->whatif == NULL)
		rc = whatif_create(&options, &o->whatif);
	return rc == 0 ? whatif_answer(o->whatif, q, fresh, ar, ret, e) : rc;
}

static struct str partner_of(const struct frame *q)
{
	return q->kind == FRAME_SCORE_QUERY	 ? q->u.score_query.partner
	       : q->kind == FRAME_SIMULATE_QUERY ? q->u.simulate_query.partner
						 : q->u.history_query.partner;
}

static int ask(void *ctx, const struct frame *q, struct arena *ar, struct frame *ret, struct err *e)
{
	struct offline *o = ctx;
	struct wire_freshness fresh = { .day = o->options.as_of };
	int rc;

	if (q->kind == FRAME_SCORE_QUERY)
		rc = answer_score(o->engine, q, &fresh, ar, ret, e);
	else if (q->kind == FRAME_HISTORY_QUERY)
		rc = answer_history(o->engine, q, &fresh, ar, ret, e);
	else if (q->kind == FRAME_REHEARSE_QUERY)
		rc = rehearse(o, q, &fresh, ar, ret, e);
	else if (q->kind == FRAME_SIMULATE_QUERY)
		rc = simulate(o, q, &fresh, ar, ret, e);
	else
		return err_set(e, ERR_UNSUPPORTED, "no such question without a service");
	if (rc == ERR_NOTFOUND)
		return err_set(e, rc, "no fact of partner '" STR_FMT "' in these files",
			STR_ARG(partner_of(q)));
	return rc == 0 || (e != NULL && e->text[0] != '\0') ? rc
							    : err_set(e, rc, "%s", err_text(rc));
}

struct score_source offline_source(struct offline *o)
{
	return (struct score_source){ .ask = ask, .ctx = o };
}
