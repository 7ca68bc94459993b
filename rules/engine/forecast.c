/* The coming days of a partner as parts, for those who ask. */
#include "rules/engine/forecast.h"

#include "common/base/err.h"
#include "rules/engine/walk.h"

#define FALLS_MAX 64 /* told of one area on one day */

struct collecting {
	struct arena *ar;
	struct forecast_part *parts;
	size_t n, cap;
};

static int one_more(struct collecting *c, struct forecast_part **ret)
{
	struct forecast_part *more;
	size_t cap = c->cap == 0 ? 16 : c->cap * 2;

	if (c->n == c->cap) {
		more = arena_alloc(c->ar, cap * sizeof *more);
		if (more == NULL)
			return ERR_NOMEM;
		if (c->n > 0)
			memcpy(more, c->parts, c->n * sizeof *more);
		c->parts = more;
		c->cap = cap;
	}
	*ret = &c->parts[c->n++];
	return 0;
}

static month_no month_shown(const struct walk *w)
{
	const struct plan *plan = &w->book->plan;

	for (size_t c = 0; c < plan->n_clocks; c++)
		if (plan->clocks[c] == 1U << MEASURE_ACR && w->v.reference[c] != MONTH_NONE)
			return w->v.reference[c];
	for (size_t c = 0; c < plan->n_clocks; c++)
		if (w->v.reference[c] != MONTH_NONE)
			return w->v.reference[c];
	return MONTH_NONE;
}

static int copy_falls(
	struct collecting *c, const struct walk *w, size_t area, struct forecast_area *ret)
{
	struct fall falls[FALLS_MAX], *copy;
	uint32_t all;
	int rc = walk_falls(w, area, c->ar, falls, FALLS_MAX, &ret->n_falls, &all);

	copy = rc == 0 ? arena_alloc(c->ar, ret->n_falls * sizeof *copy + 1) : NULL;
	if (rc == 0 && copy == NULL)
		rc = ERR_NOMEM;
	if (rc == 0 && ret->n_falls > 0)
		memcpy(copy, falls, ret->n_falls * sizeof *copy);
	ret->falls = copy;
	return rc;
}

static int fill_area(
	struct collecting *c, const struct walk *w, size_t area, struct forecast_area *ret)
{
	const struct area *a = &w->book->edition->areas[area];
	const struct judged *j = w->areas[area].judged;
	struct ratio *points = arena_alloc(c->ar, a->n_metrics * sizeof *points);

	if (points == NULL)
		return ERR_NOMEM;
	memcpy(points, j->points, a->n_metrics * sizeof *points);
	*ret = (struct forecast_area){ .area = a,
		.track = &a->tracks[j->track],
		.status = (enum area_status)w->status[area],
		.qualifies = j->qualifies,
		.total = j->total,
		.points = points };
	return c->n > 1 ? copy_falls(c, w, area, ret) : 0;
}

/* Areas that stand still share what was said of them in the part before. */
static int on_part(void *ctx, const struct walk *w)
{
	struct collecting *c = ctx;
	const struct forecast_part *before;
	size_t n = w->book->edition->n_areas;
	struct forecast_area *areas = arena_alloc(c->ar, n * sizeof *areas + 1);
	struct forecast_part *part;
	int rc = areas == NULL ? ERR_NOMEM : 0;

	if (rc == 0)
		rc = one_more(c, &part);
	before = rc == 0 && c->n > 1 ? &c->parts[c->n - 2] : NULL;
	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (before != NULL && (w->changed >> i & 1) == 0) {
			areas[i] = before->areas[i];
			areas[i].n_falls = 0;
		} else {
			rc = fill_area(c, w, i, &areas[i]);
		}
	}
	if (rc == 0)
		*part = (struct forecast_part){ .from = w->v.day,
			.edition = w->book->edition,
			.reference_month = month_shown(w),
			.n_areas = n,
			.areas = areas };
	return rc;
}

int engine_forecast(struct engine *e, struct str partner, day_no until, struct arena *ar,
	struct forecast *ret_forecast)
{
	uint32_t index = intern_find(e->partner_ids, partner);
	struct collecting c = { .ar = ar };
	int rc;

	if (e->day == DAY_NONE || until < e->day || until - e->day > FORECAST_DAYS_MAX)
		return ERR_INVALID;
	if (index == INTERN_NONE || !e->partners[index]->told || partner_is_location(e, index))
		return ERR_NOTFOUND;
	rc = walk_ahead(e, index, walk_is_live(e, index), until, ar, on_part, &c);
	if (rc == 0)
		*ret_forecast = (struct forecast){ .partner = partner_id(e, index),
			.from = e->day,
			.until = until,
			.n_parts = c.n,
			.parts = c.parts };
	return rc;
}
