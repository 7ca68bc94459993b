#include "services/cli/simulate_view.h"

#include "services/cli/json_values.h"
#include "services/cli/layout.h"
#include "services/cli/paint.h"
#include "services/cli/score_view.h"

#define COLUMN_WIDTH  12
#define MAXIMUM_WIDTH 6 /* " / 100" */

/* ---- columns ------------------------------------------------------------------------------------------------- */

/* The scores that are told, from left to right; those that are not there are left out, but for the first and the last. */
struct columns {
	size_t n;
	int name_width;		      /* in front of them */
	const struct frame *score[3]; /* NULL: no such partner */
	const char *title[3];
};

static struct columns columns_of(const struct frame *answer)
{
	struct columns c = {
		.score = { answer->u.simulate_answer.before }, .title = { "now" }, .n = 1
	};

	if (answer->u.simulate_answer.without != NULL) {
		c.score[c.n] = answer->u.simulate_answer.without;
		c.title[c.n++] = "without";
	}
	c.score[c.n] = answer->u.simulate_answer.after;
	c.title[c.n++] = "what if";
	c.name_width = LAYOUT_WIDTH - (int)c.n * COLUMN_WIDTH - MAXIMUM_WIDTH;
	return c;
}

static const struct wire_area_score *area_in(const struct frame *score, struct str id)
{
	for (size_t i = 0; score != NULL && i < score->u.score_answer.n_areas; i++)
		if (str_eq(score->u.score_answer.areas[i].area, id))
			return &score->u.score_answer.areas[i];
	return NULL;
}

static const struct wire_metric_score *metric_in(const struct wire_area_score *a, struct str id)
{
	for (size_t i = 0; a != NULL && i < a->n_metrics; i++)
		if (str_eq(a->metrics[i].metric, id))
			return &a->metrics[i];
	return NULL;
}

/* Of an area or of one of its metrics in each column; NULL: the column's edition has none. */
struct cells {
	const struct wire_area_score *area[3];
	const struct wire_metric_score *metric[3];
};

static struct cells cells_of(const struct columns *c, struct str area, struct str metric)
{
	struct cells cells = { .area = { NULL } };

	for (size_t i = 0; i < c->n; i++) {
		cells.area[i] = area_in(c->score[i], area);
		cells.metric[i] = metric_in(cells.area[i], metric);
	}
	return cells;
}

/* Whether anything differs between the columns. */
static bool metric_moves(const struct columns *c, const struct cells *x)
{
	for (size_t i = 1; i < c->n; i++)
		if ((x->metric[i] == NULL) != (x->metric[0] == NULL) ||
			(x->metric[0] != NULL &&
				(!ratio_eq(x->metric[i]->points, x->metric[0]->points) ||
					x->metric[i]->met != x->metric[0]->met ||
					x->metric[i]->maximum != x->metric[0]->maximum)))
			return true;
	return false;
}

/* Of a specialization of which nothing is met it is no news that it is there. */
static bool is_something(const struct wire_area_score *a)
{
	return a != NULL && (a->form != WIRE_OF_REQUIREMENTS || score_is_something(a));
}

static bool area_moves(const struct columns *c, const struct cells *x)
{
	for (size_t i = 1; i < c->n; i++) {
		const struct wire_area_score *a = x->area[0], *b = x->area[i];

		if (a == NULL || b == NULL) {
			if (is_something(a) || is_something(b))
				return true;
			continue;
		}
		if (a->status != b->status || !str_eq(a->track, b->track) ||
			!ratio_eq(a->total, b->total) || a->n_metrics != b->n_metrics)
			return true;
		for (size_t m = 0; m < a->n_metrics; m++) {
			const struct wire_metric_score *o = metric_in(b, a->metrics[m].metric);

			if (o == NULL || !ratio_eq(o->points, a->metrics[m].points) ||
				o->met != a->metrics[m].met || o->maximum != a->metrics[m].maximum)
				return true;
		}
	}
	return false;
}

/* The area as the last column that has it tells it. */
static const struct wire_area_score *newest(const struct columns *c, const struct cells *x)
{
	const struct wire_area_score *a = NULL;

	for (size_t i = 0; i < c->n; i++)
		if (x->area[i] != NULL)
			a = x->area[i];
	return a;
}

/* Calls each() for the areas of all columns, those of the last one first. */
static void for_areas(const struct columns *c,
	void (*each)(void *ctx, const struct columns *c, struct str area), void *ctx)
{
	for (size_t i = c->n; i-- > 0;)
		for (size_t k = 0; c->score[i] != NULL && k < c->score[i]->u.score_answer.n_areas;
			k++) {
			struct str id = c->score[i]->u.score_answer.areas[k].area;
			bool told = false;

			for (size_t j = i + 1; j < c->n; j++)
				told = told || area_in(c->score[j], id) != NULL;
			if (!told)
				each(ctx, c, id);
		}
}

/* ---- for people ---------------------------------------------------------------------------------------------- */

struct printing {
	const struct simulate_view *v;
	FILE *out;
	size_t left_out;
};

static void right(FILE *out, const char *text)
{
	layout_pad(out, COLUMN_WIDTH - layout_width(str_from(text)));
	fputs(text, out);
}

static void print_name(FILE *out, const struct columns *c, int indent, struct str name)
{
	layout_pad(out, indent);
	layout_cell(out, name, c->name_width - indent);
}

static void print_maximum(FILE *out, uint32_t maximum)
{
	if (maximum > 0)
		fprintf(out, " / %u", maximum);
	fputc('\n', out);
}

static uint32_t maximum_of(const struct wire_area_score *a)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < a->n_metrics; i++)
		sum += a->metrics[i].maximum;
	return sum;
}

static void print_total(const struct printing *p, const struct columns *c, const struct cells *x,
	const struct wire_area_score *a)
{
	char text[RATIO_TEXT];

	fputs(paint_on(p->out, p->v->color ? PAINT_STRONG : PAINT_NONE), p->out);
	print_name(p->out, c, 0, a->name);
	fputs(p->v->color ? paint_off(p->out) : "", p->out);
	for (size_t i = 0; i < c->n; i++)
		right(p->out,
			x->area[i] == NULL ? "-" : ratio_format_decimal(x->area[i]->total, text));
	print_maximum(p->out, maximum_of(a));
}

static void print_status(const struct printing *p, const struct columns *c, const struct cells *x)
{
	print_name(p->out, c, 2, STR("status"));
	for (size_t i = 0; i < c->n; i++)
		right(p->out, x->area[i] == NULL ? "-" : area_status_name(x->area[i]->status));
	fputc('\n', p->out);
}

static void print_track(const struct printing *p, const struct columns *c, const struct cells *x)
{
	char text[COLUMN_WIDTH + 1];
	bool any = false;

	for (size_t i = 0; i < c->n; i++)
		any = any || (x->area[i] != NULL && x->area[i]->track.n > 0);
	if (!any)
		return;
	print_name(p->out, c, 2, STR("track"));
	for (size_t i = 0; i < c->n; i++) {
		struct str t = x->area[i] == NULL || x->area[i]->track.n == 0 ? STR("-")
									      : x->area[i]->track;

		(void)snprintf(text, sizeof text, STR_FMT, STR_ARG(t));
		right(p->out, text);
	}
	fputc('\n', p->out);
}

static const char *met_text(enum wire_met met)
{
	return met == WIRE_MET		   ? "met"
	       : met == WIRE_MET_NOT_KNOWN ? "not known"
	       : met == WIRE_MET_NOT_ASKED ? "not asked"
					   : "not met";
}

static void print_metric(const struct printing *p, const struct columns *c, struct str area,
	const struct wire_metric_score *m, bool points)
{
	struct cells x = cells_of(c, area, m->metric);
	char text[RATIO_TEXT];

	if (!p->v->all && !points && !metric_moves(c, &x))
		return;
	print_name(p->out, c, 2, m->name);
	for (size_t i = 0; i < c->n; i++)
		right(p->out, x.metric[i] == NULL ? "-"
			      : points		  ? ratio_format_decimal(x.metric[i]->points, text)
						  : met_text(x.metric[i]->met));
	print_maximum(p->out, points ? m->maximum : 0);
}

static void print_area(void *ctx, const struct columns *c, struct str id)
{
	struct printing *p = ctx;
	struct cells x = cells_of(c, id, (struct str){ "", 0 });
	const struct wire_area_score *a = newest(c, &x);

	if (!p->v->all && !area_moves(c, &x)) {
		p->left_out++;
		return;
	}
	fputc('\n', p->out);
	print_total(p, c, &x, a);
	for (size_t i = 0; i < a->n_metrics; i++)
		print_metric(p, c, id, &a->metrics[i], a->form == WIRE_OF_METRICS);
	print_track(p, c, &x);
	print_status(p, c, &x);
}

/* "now: 2023-08-20, edition 2023-06, usage of 2023-07" for each column. */
static void print_columns(const struct columns *c, FILE *out)
{
	char day[DAY_TEXT], month[MONTH_TEXT];

	for (size_t i = 0; i < c->n; i++) {
		struct score_view v;

		fprintf(out, "  %-8s ", c->title[i]);
		if (c->score[i] == NULL) {
			fputs("not known\n", out);
			continue;
		}
		v = score_view_of_answer(c->score[i], DAY_NONE);
		fprintf(out, "%s, edition " STR_FMT, day_format(v.as_of, day), STR_ARG(v.edition));
		if (v.reference_month != MONTH_NONE)
			fprintf(out, ", usage of %s", month_format(v.reference_month, month));
		fputc('\n', out);
	}
}

static void print_head(const struct simulate_view *v, const struct columns *c, FILE *out)
{
	const struct frame *a = v->answer;

	fprintf(out, "Partner " STR_FMT ", if %u fact%s came true\n", STR_ARG(v->partner),
		a->u.simulate_answer.facts, a->u.simulate_answer.facts == 1 ? "" : "s");
	print_columns(c, out);
	for (size_t i = 0; i < a->u.simulate_answer.n_notes; i++) {
		layout_wrapped(out, a->u.simulate_answer.notes[i], 2, 4);
	}
	fputc('\n', out);
	layout_pad(out, c->name_width);
	for (size_t i = 0; i < c->n; i++)
		right(out, c->title[i]);
	fputc('\n', out);
}

static enum paint paint_of(enum alert_kind k)
{
	return k == ALERT_LOST ? PAINT_BAD : k == ALERT_AT_RISK ? PAINT_WARN : PAINT_GOOD;
}

static void print_alerts(const struct simulate_view *v, FILE *out)
{
	size_t n = v->answer->u.simulate_answer.n_alerts;

	fputs(n == 0 ? "\nNothing would be alerted.\n" : "\nWould be alerted:\n", out);
	for (size_t i = 0; i < n; i++) {
		const struct wire_simulated_alert *a = &v->answer->u.simulate_answer.alerts[i];
		char text[ALERT_TEXT_MAX * 3];
		struct sink s;

		sink_init(&s, text, sizeof text);
		sink_printf(&s, "%s: " STR_FMT, alert_kind_name(a->kind), STR_ARG(a->text));
		fputs(v->color ? paint_on(out, paint_of(a->kind)) : "", out);
		layout_wrapped(out, str_from(text), 2, 4);
		fputs(v->color ? paint_off(out) : "", out);
	}
}

void simulate_print(const struct simulate_view *v, FILE *out)
{
	struct columns c = columns_of(v->answer);
	struct printing p = { .v = v, .out = out };

	print_head(v, &c, out);
	for_areas(&c, print_area, &p);
	if (p.left_out > 0)
		fprintf(out,
			"\n%zu area%s or specialization%s in which nothing moves; --all tells them\n",
			p.left_out, p.left_out == 1 ? "" : "s", p.left_out == 1 ? "" : "s");
	print_alerts(v, out);
	if (v->explain && v->answer->u.simulate_answer.after != NULL) {
		struct score_view s =
			score_view_of_answer(v->answer->u.simulate_answer.after, DAY_NONE);
		struct score_style style = score_style_of(out, v->color);

		fputs("\nAs it would be\n\n", out);
		s.all = v->all;
		score_print(&s, &style, out);
	}
}

/* ---- for programs -------------------------------------------------------------------------------------------- */

static json_t *score_or_null(const struct frame *score)
{
	struct score_view v;

	if (score == NULL)
		return json_null();
	v = score_view_of_answer(score, DAY_NONE);
	v.all = true;
	return score_json(&v);
}

static json_t *points_or_null(const struct wire_metric_score *m)
{
	return m == NULL ? json_null() : points_json(m->points);
}

static json_t *moved_json(const struct columns *c, struct str area, const struct wire_area_score *a)
{
	json_t *list = json_array();

	for (size_t i = 0; i < a->n_metrics; i++) {
		struct cells x = cells_of(c, area, a->metrics[i].metric);

		if (metric_moves(c, &x))
			json_add(&list,
				json_pack("{s:o, s:o, s:o}", "id", text_json(a->metrics[i].metric),
					"before", points_or_null(x.metric[0]), "after",
					points_or_null(x.metric[c->n - 1])));
	}
	return list;
}

static void add_change(void *ctx, const struct columns *c, struct str id)
{
	json_t **list = ctx;
	struct cells x = cells_of(c, id, (struct str){ "", 0 });
	const struct wire_area_score *a = x.area[0], *b = x.area[c->n - 1];

	if (!area_moves(c, &x))
		return;
	json_add(list,
		json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "area", text_json(id), "status_before",
			a == NULL ? json_null() : json_string(area_status_name(a->status)),
			"status_after",
			b == NULL ? json_null() : json_string(area_status_name(b->status)),
			"total_before", a == NULL ? json_null() : points_json(a->total),
			"total_after", b == NULL ? json_null() : points_json(b->total), "metrics",
			moved_json(c, id, newest(c, &x))));
}

static json_t *alerts_json(const struct frame *answer)
{
	json_t *list = json_array();

	for (size_t i = 0; i < answer->u.simulate_answer.n_alerts; i++) {
		const struct wire_simulated_alert *a = &answer->u.simulate_answer.alerts[i];

		json_add(&list,
			json_pack("{s:s, s:s, s:s, s:o, s:o}", "kind", alert_kind_name(a->kind),
				"reason", alert_reason_name(a->reason), "severity",
				alert_severity_name(a->severity), "area", text_json(a->area),
				"text", text_json(a->text)));
	}
	return list;
}

json_t *simulate_json(const struct simulate_view *v)
{
	struct columns c = columns_of(v->answer);
	const struct frame *a = v->answer;
	json_t *changes = json_array();

	for_areas(&c, add_change, &changes);
	return json_pack("{s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "partner",
		text_json(v->partner), "facts", (json_int_t)a->u.simulate_answer.facts, "notes",
		texts_json(a->u.simulate_answer.notes, a->u.simulate_answer.n_notes), "before",
		score_or_null(a->u.simulate_answer.before), "without",
		score_or_null(a->u.simulate_answer.without), "after",
		score_or_null(a->u.simulate_answer.after), "changes", changes, "alerts",
		alerts_json(a));
}
