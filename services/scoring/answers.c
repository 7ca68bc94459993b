#include "services/scoring/answers.h"

static int explain(const struct metric_score *from, struct arena *ar, struct wire_metric_score *to)
{
	struct wire_condition *conditions =
		arena_alloc(ar, from->n_conditions * sizeof *conditions);
	struct wire_item *counted = arena_alloc(ar, from->n_counted * sizeof *counted);
	struct wire_item *nearly = arena_alloc(ar, from->n_nearly * sizeof *nearly);

	if (conditions == NULL || counted == NULL || nearly == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < from->n_conditions; i++)
		conditions[i] = (struct wire_condition){ from->conditions[i].name,
			from->conditions[i].expected, from->conditions[i].actual,
			from->conditions[i].met };
	for (size_t i = 0; i < from->n_counted; i++)
		counted[i] = (struct wire_item){ from->counted[i].id, from->counted[i].detail };
	for (size_t i = 0; i < from->n_nearly; i++)
		nearly[i] = (struct wire_item){ from->nearly[i].id, from->nearly[i].detail };
	to->explained = true;
	to->rule = from->metric->rule_id;
	to->source = from->metric->source;
	to->sentence = from->sentence;
	to->n_conditions = from->n_conditions;
	to->conditions = conditions;
	to->n_counted = from->n_counted;
	to->counted = counted;
	to->n_nearly = from->n_nearly;
	to->nearly = nearly;
	to->counted_total = (uint32_t)from->counted_total;
	to->nearly_total = (uint32_t)from->nearly_total;
	to->n_unknown = from->metric->n_unknown;
	to->unknown = from->metric->unknown;
	return 0;
}

static int area_answer(
	const struct area_score *from, bool explained, struct arena *ar, struct wire_area_score *to)
{
	struct wire_metric_score *metrics = arena_alloc(ar, from->n_metrics * sizeof *metrics);

	if (metrics == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < from->n_metrics; i++) {
		const struct metric_score *m = &from->metrics[i];

		metrics[i] = (struct wire_metric_score){ .metric = m->metric->id,
			.name = m->metric->name,
			.points = m->points,
			.maximum = m->metric->maximum };
		if (explained && explain(m, ar, &metrics[i]) != 0)
			return ERR_NOMEM;
	}
	*to = (struct wire_area_score){ .area = from->area->id,
		.name = from->area->name,
		.track = from->area->tracks[0].id,
		.total = from->total,
		.status = from->status,
		.n_metrics = from->n_metrics,
		.metrics = metrics };
	return 0;
}

int answer_score(const struct engine *e, const struct frame *query,
	const struct wire_freshness *freshness, struct arena *ar, struct frame *ret_frame)
{
	day_no as_of = query->u.score_query.as_of;
	bool explained = query->u.score_query.explain;
	struct partner_score score;
	struct wire_area_score *areas;
	int rc;

	if (as_of != DAY_NONE && !day_is_valid(as_of))
		return ERR_RANGE;
	rc = engine_score(e, query->u.score_query.partner, as_of, explained, ar, &score);
	if (rc != 0)
		return rc;
	areas = arena_alloc(ar, score.n_areas * sizeof *areas);
	if (areas == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; rc == 0 && i < score.n_areas; i++)
		rc = area_answer(&score.areas[i], explained, ar, &areas[i]);
	if (rc != 0)
		return rc;
	*ret_frame = (struct frame){ .kind = FRAME_SCORE_ANSWER };
	ret_frame->u.score_answer.request = query->u.score_query.request;
	ret_frame->u.score_answer.freshness = *freshness;
	ret_frame->u.score_answer.freshness.day = score.day;
	ret_frame->u.score_answer.partner = score.partner;
	ret_frame->u.score_answer.edition = engine_edition(e)->id;
	ret_frame->u.score_answer.n_areas = score.n_areas;
	ret_frame->u.score_answer.areas = areas;
	ret_frame->u.score_answer.usage_month = score.reference_month == MONTH_NONE
							? DAY_NONE
							: month_first_day(score.reference_month);
	return 0;
}

static int standing_answer(
	const struct partner_score *from, struct arena *ar, struct wire_partner_standing *to)
{
	struct wire_area_standing *areas = arena_alloc(ar, from->n_areas * sizeof *areas);

	if (areas == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < from->n_areas; i++) {
		const struct area_score *a = &from->areas[i];

		areas[i] = (struct wire_area_standing){ a->area->id, a->area->tracks[0].id,
			a->total, a->status };
	}
	*to = (struct wire_partner_standing){ from->partner, from->n_areas, areas };
	return 0;
}

int answer_partners(const struct engine *e, const struct frame *query,
	const struct wire_freshness *freshness, struct arena *ar, struct frame *ret_frame)
{
	uint32_t limit = query->u.partners_query.limit;
	struct wire_partner_standing *partners;
	struct partner_score *scores;
	bool more = false;
	size_t n = 0;
	int rc;

	limit = limit == 0		     ? PARTNERS_LIMIT_DEFAULT
		: limit > PARTNERS_LIMIT_MAX ? PARTNERS_LIMIT_MAX
					     : limit;
	scores = arena_alloc(ar, limit * sizeof *scores);
	partners = arena_alloc(ar, limit * sizeof *partners);
	if (scores == NULL || partners == NULL)
		return ERR_NOMEM;
	rc = engine_list(e, query->u.partners_query.after, query->u.partners_query.area,
		query->u.partners_query.status, limit, ar, scores, &n, &more);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = standing_answer(&scores[i], ar, &partners[i]);
	if (rc != 0)
		return rc;
	*ret_frame = (struct frame){ .kind = FRAME_PARTNERS_ANSWER };
	ret_frame->u.partners_answer.request = query->u.partners_query.request;
	ret_frame->u.partners_answer.freshness = *freshness;
	ret_frame->u.partners_answer.n_partners = n;
	ret_frame->u.partners_answer.partners = partners;
	ret_frame->u.partners_answer.more = more;
	return 0;
}
