#include "services/cli/plan_view.h"

#include <inttypes.h>
#include <string.h>

#include "services/cli/json_values.h"
#include "services/cli/layout.h"
#include "services/cli/paint.h"
#include "services/cli/plan_costs.h"

#define AMOUNT_MAX 48
#define NAME_WIDTH 40

/* ---- amounts ------------------------------------------------------------------------------------------------------ */

/* "12,000" or "12,000.50", with the unit behind it. */
static const char *money(int64_t micro, struct str unit, char *buf)
{
	int64_t hundredths = micro / 10000 + (micro % 10000 >= 5000);
	char digits[AMOUNT_MAX];
	size_t n = (size_t)snprintf(digits, sizeof digits, "%" PRId64, hundredths / 100), at = 0;

	for (size_t i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			buf[at++] = ',';
		buf[at++] = digits[i];
	}
	buf[at] = '\0';
	if (hundredths % 100 != 0)
		at += (size_t)snprintf(buf + at, AMOUNT_MAX - at, ".%02d", (int)(hundredths % 100));
	if (unit.n > 0)
		(void)snprintf(buf + at, AMOUNT_MAX - at, " " STR_FMT, STR_ARG(unit));
	return buf;
}

static const struct wire_area_score *area_in(const struct frame *score, struct str id)
{
	for (size_t i = 0; score != NULL && i < score->u.score_answer.n_areas; i++)
		if (str_eq(score->u.score_answer.areas[i].area, id))
			return &score->u.score_answer.areas[i];
	return NULL;
}

static bool is_goal(const struct plan_view *v, struct str area)
{
	for (size_t i = 0; i < v->answer->u.plan_answer.n_goals; i++)
		if (str_eq(v->answer->u.plan_answer.goals[i], area))
			return true;
	return false;
}

/* ---- steps -------------------------------------------------------------------------------------------------------- */

static void step_text(const struct wire_plan_step *s, struct sink *out)
{
	char amount[AMOUNT_MAX];
	const char *plural = s->count == 1 ? "" : "s";

	switch (s->kind) {
	case PLAN_CERTIFICATE:
	case PLAN_RENEWAL:
		if (s->known)
			sink_printf(out, STR_FMT ": %s " STR_FMT, STR_ARG(s->who),
				s->kind == PLAN_RENEWAL ? "renews" : "earns", STR_ARG(s->what));
		else
			sink_printf(out, "%u new %s with " STR_FMT, s->count,
				s->count == 1 ? "person" : "people", STR_ARG(s->what));
		break;
	case PLAN_CUSTOMER:
		sink_printf(out, "%u new customer%s, together %s of %s (" STR_FMT ")", s->count,
			plural, money(s->amount_micro, (struct str){ "", 0 }, amount),
			measure_name(s->measure), STR_ARG(s->what));
		break;
	case PLAN_DEPLOYMENT:
		sink_printf(out, "%u deployment%s of " STR_FMT " at " STR_FMT, s->count, plural,
			STR_ARG(s->what), STR_ARG(s->who));
		break;
	case PLAN_GROWTH:
		if (s->per_cent > 0)
			sink_printf(out, "%u per cent more usage: ", s->per_cent);
		sink_printf(out, "%s of %s a month more (" STR_FMT " at " STR_FMT ")",
			money(s->amount_micro, (struct str){ "", 0 }, amount),
			measure_name(s->measure), STR_ARG(s->what), STR_ARG(s->who));
		break;
	case PLAN_ATTESTATION:
		sink_printf(out, "%u %.*s%s for " STR_FMT, s->count, STR_ARG(s->what), plural,
			STR_ARG(s->who));
		break;
	case PLAN_KIND_END:
		break;
	}
}

static void print_steps(const struct plan_view *v, const struct wire_plan *p, FILE *out)
{
	for (size_t i = 0; i < p->n_steps; i++) {
		char text[1024], cost[AMOUNT_MAX];
		struct sink s;

		sink_init(&s, text, sizeof text);
		sink_printf(&s, "- ");
		step_text(&p->steps[i], &s);
		sink_printf(&s, "  [%s]", money(p->steps[i].cost_micro, v->unit, cost));
		layout_wrapped(out, str_from(text), 2, 4);
	}
}

/* ---- what it buys ------------------------------------------------------------------------------------------------- */

static void print_move(FILE *out, int indent, struct str name, struct ratio from, struct ratio to,
	uint32_t maximum)
{
	char a[RATIO_TEXT], b[RATIO_TEXT];

	layout_pad(out, indent);
	layout_cell(out, name, NAME_WIDTH - indent);
	fprintf(out, " %6s -> %6s", ratio_format_decimal(from, a), ratio_format_decimal(to, b));
	if (maximum > 0)
		fprintf(out, " / %u", maximum);
	fputc('\n', out);
}

static void print_metrics(
	FILE *out, const struct wire_area_score *a, const struct wire_area_score *b)
{
	for (size_t i = 0; i < b->n_metrics && i < a->n_metrics; i++)
		if (!ratio_eq(a->metrics[i].points, b->metrics[i].points))
			print_move(out, 6, b->metrics[i].name, a->metrics[i].points,
				b->metrics[i].points, b->metrics[i].maximum);
}

/* What is aimed at with its metrics; of all others in which something moves the total. */
static void print_gains(const struct plan_view *v, const struct wire_plan *p, bool goals, FILE *out)
{
	const struct frame *before = v->answer->u.plan_answer.before;
	bool first = true;

	for (size_t i = 0; p->after != NULL && i < p->after->u.score_answer.n_areas; i++) {
		const struct wire_area_score *b = &p->after->u.score_answer.areas[i];
		const struct wire_area_score *a = area_in(before, b->area);

		if (a == NULL || is_goal(v, b->area) != goals ||
			(!goals && ratio_eq(a->total, b->total)))
			continue;
		if (first && !goals)
			fputs("  It buys elsewhere:\n", out);
		first = false;
		print_move(out, 4, b->name, a->total, b->total,
			b->form == WIRE_OF_METRICS ? 100 : (uint32_t)b->n_metrics);
		if (goals)
			print_metrics(out, a, b);
	}
}

static void print_plan(const struct plan_view *v, size_t number, FILE *out)
{
	const struct wire_plan *p = &v->answer->u.plan_answer.plans[number];
	char cost[AMOUNT_MAX], day[DAY_TEXT];

	fprintf(out, "\n%s%s %zu: %s%s\n", paint_on(out, PAINT_STRONG),
		number == 0 ? "Plan" : "Another way,", number + 1,
		money(p->cost_micro, v->unit, cost), paint_off(out));
	print_steps(v, p, out);
	print_gains(v, p, true, out);
	print_gains(v, p, false, out);
	if (p->at_end != NULL)
		fprintf(out, "  It holds through %s.\n",
			day_format(v->answer->u.plan_answer.until, day));
}

static const char *outcome_text(const struct frame *a)
{
	switch (a->u.plan_answer.outcome) {
	case PLAN_HELD:
		return "nothing has to be added: it qualifies, and keeps doing so";
	case PLAN_BEYOND:
		return "out of reach with what can be added now";
	case PLAN_CUT:
		return "no plan was found within the limit of the search; plan for one area";
	default:
		return a->u.plan_answer.proven
			       ? "the first plan is the cheapest that these additions make"
			       : "the first plan is the cheapest found; a cheaper one is possible";
	}
}

void plan_print(const struct plan_view *v, FILE *out)
{
	const struct frame *a = v->answer;
	char from[DAY_TEXT], until[DAY_TEXT];

	fprintf(out, "Partner " STR_FMT ", to qualify for " STR_FMT " from %s through %s:\n%s.\n",
		STR_ARG(v->partner), STR_ARG(v->target),
		day_format(a->u.plan_answer.freshness.day, from),
		day_format(a->u.plan_answer.until, until), outcome_text(a));
	for (size_t i = 0; a->u.plan_answer.outcome == PLAN_FOUND && i < a->u.plan_answer.n_plans;
		i++)
		print_plan(v, i, out);
	if (a->u.plan_answer.n_notes > 0)
		fputc('\n', out);
	for (size_t i = 0; i < a->u.plan_answer.n_notes; i++) {
		char text[1200];
		struct sink s;

		sink_init(&s, text, sizeof text);
		sink_printf(&s, "note: " STR_FMT, STR_ARG(a->u.plan_answer.notes[i]));
		layout_wrapped(out, str_from(text), 0, 6);
	}
}

/* ---- JSON --------------------------------------------------------------------------------------------------------- */

static json_t *micro_json(int64_t micro)
{
	return json_real((double)micro / 1e6);
}

static json_t *step_json(const struct wire_plan_step *s)
{
	json_t *o = json_pack("{s:s,s:o,s:o,s:b,s:I,s:o}", "add", plan_kind_name(s->kind), "who",
		text_or_null_json(s->who), "what", text_or_null_json(s->what), "known", s->known,
		"count", (json_int_t)s->count, "cost", micro_json(s->cost_micro));

	if (o != NULL && s->per_cent > 0 &&
		json_object_set_new(o, "per_cent", json_integer(s->per_cent)) != 0)
		goto fail;
	if (o != NULL && s->measure != 0 &&
		(json_object_set_new(o, "measure", json_string(measure_name(s->measure))) != 0 ||
			json_object_set_new(o, "amount", micro_json(s->amount_micro)) != 0))
		goto fail;
	return o;
fail:
	json_decref(o);
	return NULL;
}

static json_t *metrics_json(const struct wire_area_score *a, const struct wire_area_score *b,
	const struct wire_area_score *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < b->n_metrics; i++)
		json_add(&list,
			json_pack("{s:o,s:o,s:o,s:o,s:I}", "metric",
				text_json(b->metrics[i].metric), "before",
				a != NULL && i < a->n_metrics ? points_json(a->metrics[i].points)
							      : json_null(),
				"after", points_json(b->metrics[i].points), "at_end",
				c != NULL && i < c->n_metrics ? points_json(c->metrics[i].points)
							      : json_null(),
				"maximum", (json_int_t)b->metrics[i].maximum));
	return list;
}

static json_t *gains_json(const struct plan_view *v, const struct wire_plan *p)
{
	json_t *list = json_array();

	for (size_t i = 0; p->after != NULL && i < p->after->u.score_answer.n_areas; i++) {
		const struct wire_area_score *b = &p->after->u.score_answer.areas[i];
		const struct wire_area_score *a = area_in(v->answer->u.plan_answer.before, b->area);
		const struct wire_area_score *c = area_in(p->at_end, b->area);

		if (a != NULL && !is_goal(v, b->area) && ratio_eq(a->total, b->total))
			continue;
		json_add(
			&list, json_pack("{s:o,s:b,s:o,s:o,s:o,s:b,s:o}", "area",
				       text_json(b->area), "goal", is_goal(v, b->area), "before",
				       a != NULL ? points_json(a->total) : json_null(), "after",
				       points_json(b->total), "at_end",
				       c != NULL ? points_json(c->total) : json_null(), "qualifies",
				       b->qualifies, "metrics", metrics_json(a, b, c)));
	}
	return list;
}

static json_t *plans_json(const struct plan_view *v)
{
	json_t *list = json_array();

	for (size_t i = 0; i < v->answer->u.plan_answer.n_plans; i++) {
		const struct wire_plan *p = &v->answer->u.plan_answer.plans[i];
		json_t *steps = json_array();

		for (size_t k = 0; k < p->n_steps; k++)
			json_add(&steps, step_json(&p->steps[k]));
		json_add(&list, json_pack("{s:o,s:o,s:o}", "cost", micro_json(p->cost_micro),
					"steps", steps, "areas", gains_json(v, p)));
	}
	return list;
}

json_t *plan_json(const struct plan_view *v)
{
	static const char *const outcomes[PLAN_OUTCOME_END] = { [PLAN_HELD] = "nothing-needed",
		[PLAN_FOUND] = "found",
		[PLAN_BEYOND] = "out-of-reach",
		[PLAN_CUT] = "given-up" };
	const struct frame *a = v->answer;

	return json_pack("{s:o,s:o,s:o,s:s,s:b,s:o,s:o,s:o,s:o,s:o}", "partner",
		text_json(v->partner), "day", day_json(a->u.plan_answer.freshness.day), "until",
		day_json(a->u.plan_answer.until), "outcome", outcomes[a->u.plan_answer.outcome],
		"proven", a->u.plan_answer.proven, "goals",
		texts_json(a->u.plan_answer.goals, a->u.plan_answer.n_goals), "edition",
		text_json(a->u.plan_answer.before->u.score_answer.edition), "unit",
		text_or_null_json(v->unit), "plans", plans_json(v), "notes",
		texts_json(a->u.plan_answer.notes, a->u.plan_answer.n_notes));
}
