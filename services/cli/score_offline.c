/* Scores of files: the engine of the scoring service, run here, with the same edition and the same facts. */
#include <inttypes.h>

#include "rules/engine/engine.h"
#include "services/cli/score_verb.h"
#include "services/cli/score_view.h"
#include "services/scoring/answers.h"
#include "services/shared/edition_open.h"

#define ARENA_MAX    ((size_t)256 * 1024 * 1024) /* for one page of partners */
#define PARTNER_PAGE 256

struct offline {
	const struct score_request *request;
	struct edition_box *edition;
	struct engine *engine;
	uint64_t days; /* day records of the files, which --as-of stands for */
};

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

static int open_engine(struct offline *o, struct err *e)
{
	const struct score_request *r = o->request;
	struct buf report;
	int rc;

	buf_init(&report, &mem_heap, (size_t)1024 * 1024);
	rc = edition_open(r->edition, r->as_of, &report, &o->edition, e);
	if (report.n > 0)
		fprintf(stderr, "%.*s", (int)report.n, (const char *)report.p);
	buf_fini(&report);
	if (rc == 0)
		rc = engine_create(
			&mem_heap, edition_box_get(o->edition), &ENGINE_LIMITS_DEFAULT, &o->engine);
	return rc == 0 ? engine_set_complete(o->engine, true) : rc;
}

static int begin_day(struct offline *o)
{
	struct event ev = {
		.id = STR("as-of"), .source = STR("urn:capscore:offline"), .kind = FACT_DAY
	};
	const struct partner_change *changes;
	size_t n;
	int rc;

	ev.time = ev.recorded = (event_ms)o->request->as_of * MS_PER_DAY;
	ev.u.day.day = o->request->as_of;
	rc = engine_apply(o->engine, &ev, 0);
	return rc == 0 ? engine_settle(o->engine, &changes, &n) : rc;
}

/* ---- reading ---------------------------------------------------------------------------------------------- */

static void print_outcome(const struct offline *o, const struct files *f)
{
	struct engine_stats s;

	engine_stats_get(o->engine, &s);
	if (f->refused.total > 0) {
		fprintf(stderr,
			"%" PRIu64 " of %" PRIu64 " records were refused: ", f->refused.total,
			f->records);
		tally_print(&f->refused, stderr);
		fputc('\n', stderr);
	}
	if (f->passed.total > 0) {
		fprintf(stderr,
			"%" PRIu64 " of %" PRIu64 " records were passed over: ", f->passed.total,
			f->records);
		tally_print(&f->passed, stderr);
		fputc('\n', stderr);
	}
	if (o->days > 0)
		fprintf(stderr,
			"%" PRIu64 " day records were passed over: --as-of stands for them\n",
			o->days);
	if (s.unknown_certificates > 0)
		fprintf(stderr, "%" PRIu64 " certificates are none that the edition names\n",
			s.unknown_certificates);
}

/* Returns an exit code; CLI_REFUSED when some input was refused. */
static int read_files(struct offline *o, struct err *e)
{
	const struct score_request *r = o->request;
	struct files files;
	struct reading reading;

	if (files_init(&files, r->verb, r->files, on_event, o, e) != 0)
		return cli_fail(r->verb, CLI_USAGE, "%s", e->text);
	files.public_person_key = true;
	/* A month without rows is a month without usage here; no word of its being complete is waited for. */
	files.reading_options.complete = true;
	for (int i = 0; i < r->n_paths; i++) {
		int rc = files_read(&files, FACTS_ANY, r->paths[i], &reading, e);

		if (rc != 0)
			return cli_fail(r->verb,
				rc == ERR_UNSUPPORTED ? CLI_REFUSED : cli_exit_of(rc), "%s",
				e->code != 0 ? e->text : err_text(rc));
	}
	if (begin_day(o) != 0)
		return cli_fail(r->verb, CLI_INTERNAL, "out of memory");
	print_outcome(o, &files);
	return files.refused.total > 0 ? CLI_REFUSED : CLI_OK;
}

/* ---- answering -------------------------------------------------------------------------------------------- */

/* Adds one partner to *doc, or prints it. first: no blank line before it. */
static int show_partner(
	struct offline *o, struct str partner, bool first, json_t **doc, struct arena *ar)
{
	const struct score_request *r = o->request;
	struct frame query = { .kind = FRAME_SCORE_QUERY }, answer;
	struct wire_freshness fresh = { .day = r->as_of };
	struct score_style style = score_style_of(stdout, r->color);
	struct score_view view;
	int rc;

	query.u.score_query.partner = partner;
	query.u.score_query.as_of = DAY_NONE;
	query.u.score_query.explain = r->explain;
	rc = answer_score(o->engine, &query, &fresh, ar, &answer);
	if (rc != 0)
		return rc;
	view = score_view_of_answer(&answer, r->as_of);
	if (r->json)
		return score_json_add(doc, score_json(&view));
	if (!first)
		fputs("\n\n", stdout);
	score_print(&view, &style, stdout);
	return 0;
}

static int show_all(struct offline *o, json_t **doc)
{
	struct partner_score page[PARTNER_PAGE];
	char after_text[EVENT_PARTNER_MAX];
	struct str after = { after_text, 0 };
	struct arena list, one;
	bool more = true, first = true;
	int rc = 0;

	arena_init(&list, &mem_heap, ARENA_MAX);
	arena_init(&one, &mem_heap, ARENA_MAX);
	while (rc == 0 && more) {
		size_t n = 0;

		arena_reset(&list);
		rc = engine_list(o->engine, after, (struct str){ NULL, 0 }, AREA_UNKNOWN,
			PARTNER_PAGE, &list, page, &n, &more);
		for (size_t i = 0; rc == 0 && i < n; i++, first = false) {
			arena_reset(&one);
			rc = show_partner(o, page[i].partner, first, doc, &one);
			after.n = page[i].partner.n;
			memcpy(after_text, page[i].partner.p, after.n);
		}
	}
	arena_fini(&list);
	arena_fini(&one);
	if (rc == 0 && first)
		fputs("no fact of any partner in these files\n", stderr);
	return rc;
}

static int show_one(struct offline *o, json_t **doc)
{
	struct arena ar;
	int rc;

	arena_init(&ar, &mem_heap, ARENA_MAX);
	rc = show_partner(o, o->request->partner, true, doc, &ar);
	arena_fini(&ar);
	return rc;
}

static int show(struct offline *o)
{
	const struct score_request *r = o->request;
	json_t *doc = r->json ? json_pack("{s:[]}", "partners") : NULL;
	int rc = r->partner.n > 0 ? show_one(o, &doc) : show_all(o, &doc);

	if (rc == 0 && r->json) {
		rc = json_dumpf(doc, stdout, JSON_INDENT(2)) == 0 || ferror(stdout) != 0
			     ? 0
			     : ERR_NOMEM;
		putchar('\n');
	}
	json_decref(doc);
	if (rc == ERR_NOTFOUND)
		return cli_fail(r->verb, CLI_REFUSED,
			"no fact of partner '" STR_FMT "' in these files", STR_ARG(r->partner));
	return rc == 0 ? CLI_OK : cli_fail(r->verb, CLI_INTERNAL, "%s", err_text(rc));
}

int score_offline(const struct score_request *r)
{
	struct offline o = { .request = r };
	struct err e = { 0 };
	int rc = open_engine(&o, &e), exit_code, shown;

	if (rc != 0) {
		exit_code = cli_fail(r->verb,
			rc == ERR_NOTFOUND ? CLI_USAGE
			: rc == ERR_SYNTAX ? CLI_REFUSED
					   : cli_exit_of(rc),
			"%s", e.code != 0 ? e.text : err_text(rc));
	} else {
		exit_code = read_files(&o, &e);
		if (exit_code == CLI_OK || (exit_code == CLI_REFUSED && e.code == 0)) {
			shown = show(&o);
			exit_code = shown != CLI_OK ? shown : exit_code;
		}
	}
	engine_destroy(o.engine);
	edition_box_destroy(o.edition);
	return exit_code;
}
