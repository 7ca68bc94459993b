#include "services/scoring/answers.h"

#include "services/scoring/area_find.h"

static const char *const catalogue_kinds[CATALOGUE_KIND_END] = { [CATALOGUE_BENEFIT] = "benefit",
	[CATALOGUE_INCENTIVE] = "incentive",
	[CATALOGUE_COMPETENCY] = "competency",
	[CATALOGUE_EXPERT] = "expert-programme" };

static enum wire_met wire_met(enum met m)
{
	static const enum wire_met same[] = { [MET_NOT] = WIRE_NOT_MET,
		[MET_UNKNOWN] = WIRE_MET_NOT_KNOWN,
		[MET] = WIRE_MET,
		[MET_NOT_ASKED] = WIRE_MET_NOT_ASKED };

	return same[m];
}

static enum wire_area_form wire_form(enum area_form f)
{
	return f == AREA_OF_METRICS ? WIRE_OF_METRICS
	       : f == AREA_OF_AREAS ? WIRE_OF_AREAS
				    : WIRE_OF_REQUIREMENTS;
}

/* A window may begin before the span of days that travels. */
static day_no within_days(day_no d)
{
	return d == DAY_NONE ? d : d < DAY_MIN ? DAY_MIN : d > DAY_MAX ? DAY_MAX : d;
}

/* ---- explanations ----------------------------------------------------------------------------------------- */

/* More conditions than an answer carries: the last one says how many are left out. */
static int conditions_answer(
	const struct metric_score *from, struct arena *ar, struct wire_metric_score *to)
{
	size_t n =
		from->n_conditions < WIRE_CONDITIONS_MAX ? from->n_conditions : WIRE_CONDITIONS_MAX;
	struct wire_condition *list = arena_alloc(ar, n * sizeof *list);

	if (list == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		list[i] = (struct wire_condition){ from->conditions[i].name,
			from->conditions[i].expected, from->conditions[i].actual,
			wire_met(from->conditions[i].met) };
	if (n < from->n_conditions)
		list[n - 1] = (struct wire_condition){ STR("more conditions than are told here"),
			STR("-"), STR("-"), WIRE_MET_NOT_KNOWN };
	to->n_conditions = n;
	to->conditions = list;
	return 0;
}

static int items_answer(const struct explained_item *from, size_t n, struct arena *ar,
	const struct wire_item **ret_items, size_t *ret_n)
{
	struct wire_item *list = arena_alloc(ar, n * sizeof *list);

	if (list == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		list[i] = (struct wire_item){ from[i].id, from[i].detail };
	*ret_items = list;
	*ret_n = n;
	return 0;
}

static int parts_answer(const struct part_score *from, size_t n, struct arena *ar,
	const struct wire_part_score **ret_parts, size_t *ret_n)
{
	struct wire_part_score *list = arena_alloc(ar, n * sizeof *list);

	if (list == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		list[i] = (struct wire_part_score){ from[i].id, from[i].name, from[i].points,
			from[i].maximum, from[i].counts };
	*ret_parts = list;
	*ret_n = n;
	return 0;
}

static int explain(const struct metric_score *from, struct arena *ar, struct wire_metric_score *to)
{
	const struct metric *m = from->metric;
	int rc = conditions_answer(from, ar, to);

	if (rc == 0)
		rc = items_answer(from->counted, from->n_counted, ar, &to->counted, &to->n_counted);
	if (rc == 0)
		rc = items_answer(from->nearly, from->n_nearly, ar, &to->nearly, &to->n_nearly);
	if (rc == 0)
		rc = parts_answer(from->parts, from->n_parts, ar, &to->parts, &to->n_parts);
	to->explained = true;
	to->rule = m->rule_id;
	to->source = m->source;
	to->sentence = from->sentence;
	to->counted_total = (uint32_t)from->counted_total;
	to->nearly_total = (uint32_t)from->nearly_total;
	to->n_unknown = m->n_unknown < WIRE_UNKNOWN_MAX ? m->n_unknown : WIRE_UNKNOWN_MAX;
	to->unknown = m->unknown;
	return rc;
}

static bool is_of(const struct edition *ed, const struct catalogue_entry *c, const struct area *a)
{
	for (size_t i = 0; i < c->n_areas; i++)
		if (&ed->areas[c->areas[i]] == a)
			return true;
	return false;
}

static int catalogue_answer(const struct edition *ed, const struct area *area, struct arena *ar,
	struct wire_area_score *to)
{
	struct wire_catalogue_entry *list = arena_alloc(ar, ed->n_catalogue * sizeof *list);
	size_t n = 0;

	if (list == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < ed->n_catalogue; i++) {
		const struct catalogue_entry *c = &ed->catalogue[i];

		if (is_of(ed, c, area))
			list[n++] = (struct wire_catalogue_entry){ c->id,
				str_from(catalogue_kinds[c->kind]), c->name, c->text };
	}
	to->n_catalogue = n;
	to->catalogue = list;
	return 0;
}

/* ---- scores ----------------------------------------------------------------------------------------------- */

static int metrics_answer(
	const struct area_score *from, bool explained, struct arena *ar, struct wire_area_score *to)
{
	struct wire_metric_score *metrics = arena_alloc(ar, from->n_metrics * sizeof *metrics);
	int rc = metrics == NULL ? ERR_NOMEM : 0;

	for (size_t i = 0; rc == 0 && i < from->n_metrics; i++) {
		const struct metric_score *m = &from->metrics[i];

		metrics[i] = (struct wire_metric_score){ .metric = m->metric->id,
			.name = m->metric->name,
			.points = m->points,
			.maximum = m->metric->maximum,
			.met = wire_met(m->met),
			.asked_on = within_days(m->asked_on) };
		if (explained)
			rc = explain(m, ar, &metrics[i]);
	}
	to->n_metrics = from->n_metrics;
	to->metrics = metrics;
	return rc;
}

static int area_answer(const struct edition *ed, const struct area_score *from, bool explained,
	struct arena *ar, struct wire_area_score *to)
{
	int rc;

	*to = (struct wire_area_score){ .area = from->area->id,
		.name = from->area->name,
		.track = from->track->id,
		.track_name = from->track->name,
		.total = from->total,
		.status = from->status,
		.form = wire_form(from->area->form),
		.qualifies = from->qualifies,
		.enrolled = from->enrolled,
		.automatic = from->automatic,
		.enrolled_on = within_days(from->enrolled_on),
		.anniversary = within_days(from->anniversary),
		.window_from = within_days(from->window_from),
		.window_until = within_days(from->window_until),
		.last_qualified = within_days(from->last_qualified),
		.renewal_on = within_days(from->renewal_on),
		.renewal_year = from->renewal_year };
	rc = metrics_answer(from, explained, ar, to);
	if (rc != 0 || !explained)
		return rc;
	to->track_reason = from->track_reason;
	rc = parts_answer(from->tracks, from->n_tracks, ar, &to->tracks, &to->n_tracks);
	return rc == 0 ? catalogue_answer(ed, from->area, ar, to) : rc;
}

static int areas_answer(const struct partner_score *score, const struct area *only, bool explained,
	struct arena *ar, struct frame *ret)
{
	struct wire_area_score *areas = arena_alloc(ar, score->n_areas * sizeof *areas);
	size_t n = 0;
	int rc = areas == NULL ? ERR_NOMEM : 0;

	for (size_t i = 0; rc == 0 && i < score->n_areas; i++)
		if (only == NULL || score->areas[i].area == only)
			rc = area_answer(
				score->edition, &score->areas[i], explained, ar, &areas[n++]);
	ret->u.score_answer.n_areas = n;
	ret->u.score_answer.areas = areas;
	return rc;
}

int answer_of_score(const struct partner_score *score, const struct area *only, bool explained,
	const struct wire_freshness *freshness, struct arena *ar, struct frame *ret_frame)
{
	struct frame answer = { .kind = FRAME_SCORE_ANSWER };
	int rc = areas_answer(score, only, explained, ar, &answer);

	if (rc != 0)
		return rc;
	answer.u.score_answer.freshness = *freshness;
	answer.u.score_answer.freshness.day = score->day;
	answer.u.score_answer.partner = score->partner;
	answer.u.score_answer.edition = score->edition->id;
	answer.u.score_answer.usage_month = score->reference_month == MONTH_NONE
						    ? DAY_NONE
						    : month_first_day(score->reference_month);
	*ret_frame = answer;
	return 0;
}

int answer_score(struct engine *e, const struct frame *query,
	const struct wire_freshness *freshness, struct arena *ar, struct frame *ret_frame,
	struct err *err)
{
	day_no as_of = query->u.score_query.as_of;
	struct str name = query->u.score_query.area;
	bool explain = query->u.score_query.explain;
	const struct area *only = NULL;
	struct partner_score score;
	int rc;

	if (as_of != DAY_NONE && !day_is_valid(as_of))
		return ERR_RANGE;
	rc = engine_score(e, query->u.score_query.partner, as_of, explain, ar, &score);
	if (rc != 0)
		return rc;
	if (name.n > 0 && (only = area_find(score.edition, name)) == NULL)
		return area_unknown(score.edition, name, err);
	rc = answer_of_score(&score, only, explain, freshness, ar, ret_frame);
	if (rc == 0)
		ret_frame->u.score_answer.request = query->u.score_query.request;
	return rc;
}

/* ---- standings -------------------------------------------------------------------------------------------- */

uint32_t area_maximum(const struct area *a)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < a->n_metrics; i++)
		sum += a->metrics[i].maximum;
	return sum;
}

struct wire_area_standing standing_of_score(const struct area_score *a)
{
	struct wire_area_standing s = { .area = a->area->id,
		.track = a->track->id,
		.total = a->total,
		.status = a->status,
		.form = wire_form(a->area->form),
		.maximum = area_maximum(a->area),
		.qualifies = a->qualifies };

	for (size_t i = 0; i < a->n_metrics; i++)
		s.not_known += a->metrics[i].met == MET_UNKNOWN;
	return s;
}
