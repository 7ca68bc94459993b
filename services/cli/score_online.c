#include "services/cli/score_online.h"

#include <inttypes.h>
#include <string.h>

#include "services/cli/paint.h"
#include "services/cli/score_view.h"

#define ANSWER_MAX ((size_t)64 << 20)
#define PAGE	   500u

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

static int show(const struct score_request *r, const struct frame *a)
{
	struct score_view v = score_view_of_answer(a, r->as_of);
	struct score_style style = score_style_of(stdout, r->color);
	json_t *doc = NULL, *freshness;

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

int score_online(const struct score_request *r, struct endpoints *ep)
{
	struct frame q = { .kind = FRAME_SCORE_QUERY }, a;
	struct err e = { 0 };
	struct arena ar;
	int rc;

	arena_init(&ar, &mem_heap, ANSWER_MAX);
	q.u.score_query.request = 1;
	q.u.score_query.partner = r->partner;
	q.u.score_query.as_of = r->as_of;
	q.u.score_query.explain = r->explain;
	rc = endpoint_ask(ep, SERVICE_SCORING, &q, ASK_TIMEOUT_MS, &ar, &a, &e);
	if (rc == 0 && a.kind != FRAME_SCORE_ANSWER)
		rc = err_set(&e, ERR_PROTOCOL, "scoring sent another answer than asked for");
	if (rc == 0)
		rc = show(r, &a);
	else
		rc = cli_fail(
			r->verb, rc == ERR_NOTFOUND ? CLI_REFUSED : cli_exit_of(rc), "%s", e.text);
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

static bool is_wanted(
	const struct wire_area_standing *a, const struct score_list_options *o, enum area_status s)
{
	return (o->area == NULL || str_eq(a->area, str_from(o->area))) &&
	       (s == AREA_UNKNOWN || a->status == s);
}

static void print_standing(const struct wire_partner_standing *p,
	const struct score_list_options *o, enum area_status status)
{
	char total[RATIO_TEXT];

	for (size_t i = 0; i < p->n_areas; i++) {
		const struct wire_area_standing *a = &p->areas[i];

		if (is_wanted(a, o, status))
			printf("%-20.*s  %-28.*s  %6s  %s%s%s\n", STR_ARG(p->partner),
				STR_ARG(a->area), ratio_format_decimal(a->total, total),
				paint_on(stdout, paint_of(a->status)), area_status_name(a->status),
				paint_off(stdout));
	}
}

static json_t *standing_json(const struct wire_partner_standing *p,
	const struct score_list_options *o, enum area_status status)
{
	json_t *areas = json_array();
	char fraction[RATIO_TEXT], decimal[RATIO_TEXT];

	for (size_t i = 0; i < p->n_areas; i++) {
		const struct wire_area_standing *a = &p->areas[i];

		if (is_wanted(a, o, status))
			json_array_append_new(areas,
				json_pack("{s:s%,s:{s:s,s:s},s:s}", "id", a->area.p, a->area.n,
					"total", "fraction", ratio_format(a->total, fraction),
					"decimal", ratio_format_decimal(a->total, decimal),
					"status", area_status_name(a->status)));
	}
	return json_pack("{s:s%,s:o}", "partner", p->partner.p, p->partner.n, "areas", areas);
}

struct page {
	char after[EVENT_PARTNER_MAX + 1];
	bool more;
	struct wire_freshness freshness;
};

static int ask_page(const struct score_request *r, struct endpoints *ep,
	const struct score_list_options *o, enum area_status status, struct page *page,
	struct arena *ar, struct frame *a)
{
	struct frame q = { .kind = FRAME_PARTNERS_QUERY };
	struct err e = { 0 };
	int rc;

	q.u.partners_query.request = 1;
	q.u.partners_query.area = str_from(o->area);
	q.u.partners_query.status = status;
	q.u.partners_query.after = str_from(page->after);
	q.u.partners_query.limit = PAGE;
	rc = endpoint_ask(ep, SERVICE_SCORING, &q, ASK_TIMEOUT_MS, ar, a, &e);
	if (rc == 0 && a->kind != FRAME_PARTNERS_ANSWER)
		rc = err_set(&e, ERR_PROTOCOL, "scoring sent another answer than asked for");
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
		rc = ask_page(r, ep, o, status, &page, &ar, &a);
		for (size_t i = 0; rc == CLI_OK && i < a.u.partners_answer.n_partners; i++) {
			const struct wire_partner_standing *p = &a.u.partners_answer.partners[i];

			if (r->json)
				json_array_append_new(list, standing_json(p, o, status));
			else
				print_standing(p, o, status);
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
