/* Scores of files: of one partner, or of all there are. */
#include "rules/engine/engine.h"
#include "services/cli/json_values.h"
#include "services/cli/offline.h"
#include "services/cli/score_history.h"
#include "services/cli/score_verb.h"
#include "services/cli/score_view.h"

#define ARENA_MAX    ((size_t)256 * 1024 * 1024) /* for one page of partners */
#define PARTNER_PAGE 256

struct showing {
	const struct score_request *request;
	struct score_source source;
	struct engine *engine;
	json_t *doc; /* of --json */
	bool first;  /* no blank line before the next partner */
};

/* Adds one partner to the document, or prints it. */
static int show_partner(struct showing *s, struct str partner, struct arena *ar, struct err *e)
{
	const struct score_request *r = s->request;
	struct frame query = { .kind = FRAME_SCORE_QUERY }, answer;
	struct score_style style = score_style_of(stdout, r->color);
	struct score_view view;
	int rc;

	query.u.score_query.partner = partner;
	query.u.score_query.as_of = DAY_NONE;
	query.u.score_query.explain = r->explain;
	query.u.score_query.area = str_from(r->area == NULL ? "" : r->area);
	rc = s->source.ask(s->source.ctx, &query, ar, &answer, e);
	if (rc != 0)
		return rc;
	view = score_view_of_answer(&answer, r->as_of);
	view.all = r->all;
	view.one_area = r->area != NULL;
	if (r->json)
		return score_json_add(&s->doc, score_json(&view));
	if (!s->first)
		fputs("\n\n", stdout);
	s->first = false;
	score_print(&view, &style, stdout);
	return 0;
}

static int show_all(struct showing *s, struct err *e)
{
	struct partner_score page[PARTNER_PAGE];
	char after_text[EVENT_PARTNER_MAX];
	struct str after = { after_text, 0 };
	struct arena list, one;
	bool more = true;
	size_t shown = 0;
	int rc = 0;

	arena_init(&list, &mem_heap, ARENA_MAX);
	arena_init(&one, &mem_heap, ARENA_MAX);
	while (rc == 0 && more) {
		size_t n = 0;

		arena_reset(&list);
		rc = engine_list(s->engine, after, (struct str){ NULL, 0 }, AREA_UNKNOWN,
			PARTNER_PAGE, &list, page, &n, &more);
		for (size_t i = 0; rc == 0 && i < n; i++, shown++) {
			arena_reset(&one);
			rc = show_partner(s, page[i].partner, &one, e);
			after.n = page[i].partner.n;
			memcpy(after_text, page[i].partner.p, after.n);
		}
	}
	arena_fini(&list);
	arena_fini(&one);
	if (rc == 0 && shown == 0)
		fputs("no fact of any partner in these files\n", stderr);
	return rc;
}

static int show_one(struct showing *s, struct err *e)
{
	struct arena ar;
	int rc;

	arena_init(&ar, &mem_heap, ARENA_MAX);
	rc = show_partner(s, s->request->partner, &ar, e);
	arena_fini(&ar);
	return rc;
}

static int show(const struct score_request *r, struct offline *o)
{
	struct showing s = { .request = r,
		.source = offline_source(o),
		.engine = offline_engine(o),
		.first = true };
	struct err e = { 0 };
	int rc;

	if (r->json && (s.doc = json_pack("{s:[]}", "partners")) == NULL)
		return cli_fail(r->verb, CLI_INTERNAL, "out of memory");
	rc = r->partner.n > 0 ? show_one(&s, &e) : show_all(&s, &e);
	if (rc == 0 && r->json)
		rc = json_print(json_incref(s.doc));
	json_decref(s.doc);
	if (rc == 0)
		return ferror(stdout) == 0
			       ? CLI_OK
			       : cli_fail(r->verb, CLI_UNREACHABLE, "%s", err_text(ERR_IO));
	return cli_fail(r->verb,
		rc == ERR_NOTFOUND  ? CLI_REFUSED
		: rc == ERR_INVALID ? CLI_USAGE
				    : CLI_INTERNAL,
		"%s", e.text[0] != '\0' ? e.text : err_text(rc));
}

int score_offline(const struct score_request *r)
{
	struct offline_options options = { .verb = r->verb,
		.edition = r->edition,
		.as_of = r->as_of,
		.files = r->files,
		.n_paths = r->n_paths,
		.paths = r->paths };
	struct score_source source;
	struct offline *o;
	int exit_code = offline_open(&options, &o), shown;

	if (o == NULL)
		return exit_code;
	source = offline_source(o);
	shown = r->history ? score_history(r, &source, r->as_of) : show(r, o);
	offline_close(o);
	return shown != CLI_OK ? shown : exit_code;
}
