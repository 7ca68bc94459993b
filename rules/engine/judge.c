/* Points, conditions, tracks, and whether an area qualifies: from the states of the operators. */
#include "rules/engine/engine_internal.h"

struct ratio points_capped(struct ratio each, int128 n, struct ratio cap)
{
	int128 num = each.num * n;

	if (num * cap.den >= cap.num * each.den)
		return cap;
	return each.den == 1 ? (struct ratio){ num, 1 } : ratio_make(num, each.den);
}

enum met judge_condition(const struct standing_view *v, size_t op)
{
	const struct op *o = &v->book->plan.ops[op];

	if (o->clock != NO_CLOCK && v->reference[o->clock] == MONTH_NONE)
		return MET_NOT;
	return o->kind->met(o, v);
}

static struct ratio part_points(const struct standing_view *v, size_t op)
{
	const struct op *o = &v->book->plan.ops[op];

	if (rule_is_condition(o->rule->kind))
		return ratio_int(judge_condition(v, op) == MET);
	return o->kind->points(o, v);
}

struct ratio judge_op(const struct standing_view *v, size_t op)
{
	const struct op *o = &v->book->plan.ops[op];

	if (rule_is_condition(o->rule->kind))
		return ratio_int(judge_condition(v, op));
	return o->kind->points(o, v);
}

struct ratio judge_metric(
	const struct standing_view *v, const struct plan_metric *pm, const struct metric *m)
{
	struct ratio all = part_points(v, pm->ops[0]);

	if (m->rule.kind != RULE_COMBINED)
		return all;
	for (size_t i = 1; i < pm->n; i++) {
		struct ratio part = part_points(v, pm->ops[i]);

		if (m->rule.u.combined.how != COMBINE_HIGHEST)
			all = ratio_add(all, part);
		else if (ratio_cmp(part, all) > 0)
			all = part;
	}
	if (all.num < 0)
		return RATIO_ZERO;
	return ratio_min(all, ratio_int(m->maximum));
}

bool judge_asks(const struct standing_view *v, size_t area, const struct metric *m)
{
	return m->renewal == RENEWAL_EVERY_YEAR || (v->asks_less >> area & 1) == 0;
}

/* Whole points first, so that an area with one fraction costs one addition of fractions. */
static struct ratio total_of(const struct ratio *points, size_t n)
{
	struct ratio sum = RATIO_ZERO;

	for (size_t i = 0; i < n; i++)
		if (points[i].den == 1)
			sum.num += points[i].num;
	for (size_t i = 0; i < n; i++)
		if (points[i].den != 1)
			sum = sum.den == 1
				      ? (struct ratio){ sum.num * points[i].den + points[i].num,
						points[i].den }
				      : ratio_add(sum, points[i]);
	return sum;
}

static bool passes_bound(const struct edition *ed, struct ratio r)
{
	int c = r.den == 1 && ed->metric_above.den == 1
			? (r.num > ed->metric_above.num) - (r.num < ed->metric_above.num)
			: ratio_cmp(r, ed->metric_above);

	return c > 0 || (c == 0 && ed->metric_at_least);
}

static struct ratio rounded(struct ratio r)
{
	return ratio_int((int64_t)((2 * r.num + r.den) / (2 * r.den)));
}

static bool qualifies(const struct standing_view *v, const struct area *a, const struct judged *j)
{
	const struct edition *ed = v->book->edition;
	struct ratio total = j->total;

	if (a->form != AREA_OF_METRICS)
		return ratio_eq(total, ratio_int((int64_t)a->n_metrics));
	for (size_t i = 0; i < a->n_metrics; i++)
		if (!passes_bound(ed, j->points[i]))
			return false;
	if (ed->total_compare == TOTAL_ROUNDED)
		total = rounded(total);
	return total.den == 1 ? total.num >= ed->qualifies_at.num
			      : ratio_cmp(total, ed->qualifies_at) >= 0;
}

void judge_track(const struct standing_view *v, size_t area, size_t track, struct judged *ret)
{
	const struct area *a = &v->book->edition->areas[area];
	const struct plan_track *pt = &v->book->plan.areas[area].tracks[track];

	for (size_t i = 0; i < a->n_metrics; i++) {
		const struct metric *m = &a->tracks[track].metrics[i];

		ret->points[i] = judge_asks(v, area, m) ? judge_metric(v, &pt->metrics[i], m)
							: ratio_int(m->maximum);
	}
	ret->total = total_of(ret->points, a->n_metrics);
	ret->track = track;
	ret->qualifies = qualifies(v, a, ret);
}

static size_t automatic_track(const struct standing_view *v, size_t area)
{
	const struct area *a = &v->book->edition->areas[area];
	const struct plan_track *tracks = v->book->plan.areas[area].tracks;

	for (size_t t = 0; t + 1 < a->n_tracks; t++)
		if (tracks[t].when != NO_OP && judge_condition(v, tracks[t].when) == MET)
			return t;
	return a->n_tracks - 1;
}

void judge_area(const struct standing_view *v, size_t area, int fixed_track, struct judged *ret)
{
	const struct area *a = &v->book->edition->areas[area];
	struct judged other;

	if (fixed_track >= 0 || a->choice == TRACK_ONLY) {
		judge_track(v, area, fixed_track >= 0 ? (size_t)fixed_track : 0, ret);
		return;
	}
	if (a->choice == TRACK_AUTOMATIC) {
		judge_track(v, area, automatic_track(v, area), ret);
		return;
	}
	judge_track(v, area, 0, ret);
	for (size_t t = 1; t < a->n_tracks; t++) {
		judge_track(v, area, t, &other);
		if (ratio_cmp(other.total, ret->total) > 0)
			*ret = other;
	}
}

static bool could_qualify(const struct standing_view *v, size_t area, size_t track)
{
	const struct edition *ed = v->book->edition;
	const struct area *a = &ed->areas[area];
	struct ratio best = ratio_int(1); /* a total may be rounded */

	for (size_t i = 0; i < a->n_metrics; i++) {
		const struct metric *m = &a->tracks[track].metrics[i];
		struct ratio points = ratio_int(m->maximum);

		if (m->rule.kind == RULE_PEOPLE)
			points = judge_metric(
				v, &v->book->plan.areas[area].tracks[track].metrics[i], m);
		if (ratio_cmp(points, ed->metric_above) < 0 ||
			(!ed->metric_at_least && ratio_eq(points, ed->metric_above)))
			return false;
		best = ratio_add(best, points);
	}
	return ratio_cmp(best, ed->qualifies_at) >= 0;
}

bool judge_could(const struct standing_view *v, size_t area)
{
	for (size_t t = 0; t < v->book->edition->areas[area].n_tracks; t++)
		if (could_qualify(v, area, t))
			return true;
	return false;
}
