#include "services/cli/score_online.h"

#include <inttypes.h>
#include <string.h>

#include "services/cli/json_values.h"
#include "services/cli/paint.h"
#include "services/cli/score_history.h"
#include "services/cli/score_view.h"

#define ANSWER_MAX	((size_t)64 << 20)
#define PAGE		250u
#define PLAN_TIMEOUT_MS 35000 /* a plan is worked at for 30 s at most */

static void print_freshness(const struct wire_freshness *f)
{
	char day[DAY_TEXT];

	printf("%sas of %s, with the first %" PRIu64 " events", paint_on(stdout, PAINT_DIM),
		day_format(f->day, day), f->event_position);
	if (f->lag_events > 0)
		printf(", %" PRIu64 " more wait", f->lag_events);
	printf("%s\n", paint_off(stdout));
}

static json_t *freshness_json(const struct wire_freshness *f)
{
	return json_pack("{s:I,s:I,s:I}", "event_position", (json_int_t)f->event_position,
		"lag_events", (json_int_t)f->lag_events, "age_ms", (json_int_t)f->age_ms);
}

static int print_json(json_t *doc)
{
	int rc = json_dumpf(doc, stdout, JSON_INDENT(2));

	json_decref(doc);
	putchar('\n');
	return rc == 0 ? CLI_OK : CLI_UNREACHABLE;
}

/* ---- one partner ------------------------------------------------------------------------------------------ */

static enum frame_kind answer_of(enum frame_kind question)
{
	switch ((int)question) {
	case FRAME_SCORE_QUERY:
		return FRAME_SCORE_ANSWER;
	case FRAME_HISTORY_QUERY:
		return FRAME_HISTORY_ANSWER;
	case FRAME_FORECAST_QUERY:
		return FRAME_FORECAST_ANSWER;
	case FRAME_REHEARSE_QUERY:
		return FRAME_REHEARSE_ANSWER;
	case FRAME_SIMULATE_QUERY:
		return FRAME_SIMULATE_ANSWER;
	case FRAME_PLAN_QUERY:
		return FRAME_PLAN_ANSWER;
	default:
		return FRAME_PARTNERS_ANSWER;
	}
}

static int ask(void *ctx, const struct frame *q, struct arena *ar, struct frame *ret, struct err *e)
{
	unsigned patience = q->kind == FRAME_PLAN_QUERY ? PLAN_TIMEOUT_MS : ASK_TIMEOUT_MS;
	int rc = endpoint_ask(ctx, SERVICE_SCORING, q, patience, ar, ret, e);

	if (rc == 0 && ret->kind != answer_of(q->kind))
		rc = err_set(e, ERR_PROTOCOL, "scoring sent another answer than asked for");
	return rc;
}

struct score_source score_service(struct endpoints *ep)
{
	return (struct score_source){ .ask = ask, .ctx = ep };
}

static int fail(const struct score_request *r, int rc, const struct err *e)
{
	return cli_fail(r->verb, rc == ERR_NOTFOUND ? CLI_REFUSED : cli_exit_of(rc), "%s", e->text);
}

static int show(const struct score_request *r, const struct frame *a)
{
	struct score_view v = score_view_of_answer(a, r->as_of);
	struct score_style style = score_style_of(stdout, r->color);
	json_t *doc = NULL, *freshness;

	v.all = r->all;
	v.one_area = r->area != NULL;
	if (!r->json) {
		score_print(&v, &style, stdout);
		print_freshness(&a->u.score_answer.freshness);
		return CLI_OK;
	}
	if (score_json_add(&doc, score_json(&v)) != 0)
		return cli_fail(r->verb, CLI_INTERNAL, "out of memory");
	freshness = freshness_json(&a->u.score_answer.freshness);
	if (json_object_set_new(doc, "freshness", freshness) != 0) {
		json_decref(doc);
		return cli_fail(r->verb, CLI_INTERNAL, "out of memory");
	}
	return print_json(doc);
}

/* The history ends on the day asked for, or on the newest that the service knows. */
static int show_history(
	const struct score_request *r, const struct score_source *source, const struct frame *a)
{
	day_no today = r->as_of != DAY_NONE ? r->as_of : a->u.score_answer.freshness.day;

	if (today == DAY_NONE && r->until == DAY_NONE)
		return cli_fail(r->verb, CLI_REFUSED, "no day has begun yet; say --until");
	return score_history(r, source, today);
}

int score_online(const struct score_request *r, struct endpoints *ep)
{
	struct score_source source = score_service(ep);
	struct frame q = { .kind = FRAME_SCORE_QUERY }, a;
	struct err e = { 0 };
	struct arena ar;
	int rc;

	arena_init(&ar, &mem_heap, ANSWER_MAX);
	q.u.score_query.request = 1;
	q.u.score_query.partner = r->partner;
	q.u.score_query.as_of = r->as_of;
	q.u.score_query.explain = r->explain;
	q.u.score_query.area = str_from(r->area == NULL || r->history ? "" : r->area);
	rc = ask(ep, &q, &ar, &a, &e);
	if (rc != 0)
		rc = fail(r, rc, &e);
	else if (r->history)
		rc = show_history(r, &source, &a);
	else
		rc = show(r, &a);
	arena_fini(&ar);
	return rc;
}

/* ---- all partners ----------------------------------------------------------------------------------------- */

static int status_by_name(const char *name, enum area_status *ret)
{
	*ret = AREA_UNKNOWN;
	if (name == NULL)
		return 0;
	for (int s = AREA_UNKNOWN + 1; s < AREA_STATUS_END; s++)
		if (strcmp(name, area_status_name((enum area_status)s)) == 0) {
			*ret = (enum area_status)s;
			return 0;
		}
	return ERR_INVALID;
}

static enum paint paint_of(enum area_status s)
{
	return s == AREA_QUALIFIED || s == AREA_ENROLLED ? PAINT_GOOD : PAINT_NONE;
}

/* Of specializations that were not asked for only those are listed of which something is met. */
static bool is_wanted(
	const struct wire_area_standing *a, const struct score_request *r, enum area_status s)
{
	return (s == AREA_UNKNOWN || a->status == s) &&
	       (a->form != WIRE_OF_REQUIREMENTS || r->all || r->area != NULL || s != AREA_UNKNOWN ||
		       a->total.num != 0 || a->status != AREA_IN_PROGRESS);
}

static void print_standing(const struct wire_partner_standing *p, const struct score_request *r,
	enum area_status status)
{
	char total[RATIO_TEXT];

	for (size_t i = 0; i < p->n_areas; i++) {
		const struct wire_area_standing *a = &p->areas[i];

		if (!is_wanted(a, r, status))
			continue;
		printf("%-20.*s  %-28.*s  %6s / %-3u  %s%s%s", STR_ARG(p->partner),
			STR_ARG(a->area), ratio_format_decimal(a->total, total), a->maximum,
			paint_on(stdout, paint_of(a->status)), area_status_name(a->status),
			paint_off(stdout));
		if (a->track.n > 0)
			printf("  " STR_FMT, STR_ARG(a->track));
		if (a->not_known > 0)
			printf("  %u not known", a->not_known);
		putchar('\n');
	}
}

static json_t *standing_json(const struct wire_partner_standing *p, enum area_status status)
{
	json_t *areas = json_array();

	for (size_t i = 0; i < p->n_areas; i++) {
		const struct wire_area_standing *a = &p->areas[i];

		if (status == AREA_UNKNOWN || a->status == status)
			json_add(&areas,
				json_pack("{s:o, s:s, s:o, s:o, s:I, s:s, s:b, s:I}", "id",
					text_json(a->area), "form", score_form_name(a->form),
					"track", text_or_null_json(a->track), "total",
					points_json(a->total), "maximum", (json_int_t)a->maximum,
					"status", area_status_name(a->status), "qualifies",
					(int)a->qualifies, "not_known", (json_int_t)a->not_known));
	}
	return json_pack("{s:o, s:o}", "partner", text_json(p->partner), "areas", areas);
}

struct page {
	char after[EVENT_PARTNER_MAX + 1];
	bool more;
	struct wire_freshness freshness;
};

static int ask_page(const struct score_request *r, struct endpoints *ep, enum area_status status,
	struct page *page, struct arena *ar, struct frame *a)
{
	struct frame q = { .kind = FRAME_PARTNERS_QUERY };
	struct err e = { 0 };
	int rc;

	q.u.partners_query.request = 1;
	q.u.partners_query.area = str_from(r->area == NULL ? "" : r->area);
	q.u.partners_query.status = status;
	q.u.partners_query.after = str_from(page->after);
	q.u.partners_query.limit = PAGE;
	rc = ask(ep, &q, ar, a, &e);
	if (rc != 0)
		return cli_fail(r->verb, cli_exit_of(rc), "%s", e.text);
	page->more = a->u.partners_answer.more && a->u.partners_answer.n_partners > 0;
	page->freshness = a->u.partners_answer.freshness;
	return CLI_OK;
}

static int print_list(json_t *list, const struct wire_freshness *f)
{
	char day[DAY_TEXT];

	return print_json(json_pack("{s:o,s:s?,s:o}", "partners", list, "as_of",
		f->day == DAY_NONE ? NULL : day_format(f->day, day), "freshness",
		freshness_json(f)));
}

int score_online_list(
	const struct score_request *r, struct endpoints *ep, const struct score_list_options *o)
{
	struct page page = { .more = true };
	json_t *list = json_array();
	enum area_status status;
	struct arena ar;
	int rc = CLI_OK;

	if (r->explain || r->as_of != DAY_NONE)
		rc = cli_fail(r->verb, CLI_USAGE, "--explain and --as-of need a partner");
	else if (status_by_name(o->status, &status) != 0)
		rc = cli_fail(r->verb, CLI_USAGE,
			"--status '%s' is none of in-progress, qualified, enrolled, "
			"renewal-due, lapsed",
			o->status);
	arena_init(&ar, &mem_heap, ANSWER_MAX);
	while (rc == CLI_OK && page.more) {
		struct frame a;

		arena_reset(&ar);
		rc = ask_page(r, ep, status, &page, &ar, &a);
		for (size_t i = 0; rc == CLI_OK && i < a.u.partners_answer.n_partners; i++) {
			const struct wire_partner_standing *p = &a.u.partners_answer.partners[i];

			if (r->json)
				json_add(&list, standing_json(p, status));
			else
				print_standing(p, r, status);
			(void)snprintf(page.after, sizeof page.after, STR_FMT, STR_ARG(p->partner));
		}
	}
	arena_fini(&ar);
	if (rc == CLI_OK && r->json)
		return print_list(list, &page.freshness);
	json_decref(list);
	if (rc == CLI_OK)
		print_freshness(&page.freshness);
	return rc;
}
