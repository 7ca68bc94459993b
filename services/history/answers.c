#include "services/history/answers.h"

#include <stdio.h>
#include <string.h>

#define PAGE_AREAS 4096u /* of one answer, so that it fits a frame */
#define TOO_MANY   1	 /* ends the reading: the page is full */

struct answering {
	struct keeper *k;
	struct arena *ar;
	struct str area; /* the only one wanted; empty: all */
	day_no from, until;
	bool by_month;
	bool is_known; /* anything was ever told of the partner */
	struct row before;
	struct keeper_row month; /* days put together so far */
	bool has_month;
	struct wire_chronicle_point *points;
	size_t n_points, n_areas;
	bool more;
	day_no next;
};

/* ---- areas ------------------------------------------------------------------------------------------------ */

static uint32_t index_of(const struct area_shape *s, struct str metric)
{
	uint32_t i = 0;

	while (i < s->n_metrics && !str_eq(s->metrics[i], metric))
		i++;
	return i;
}

/* The metrics of now with what they were, then those of before that are no more. */
static size_t put_metrics(const struct area_shape *was, const struct area_shape *is,
	const struct row_entry *e, struct wire_chronicle_metric *to)
{
	size_t n = 0;

	for (uint32_t i = 0; i < is->n_metrics; i++) {
		uint32_t k = index_of(was, is->metrics[i]);
		bool has = k < was->n_metrics;

		to[n++] = (struct wire_chronicle_metric){ is->metrics[i],
			has ? e->before.points[k] : ratio_int(0), e->after.points[i],
			has ? was->maximum[k] : 0, is->maximum[i] };
	}
	for (uint32_t k = 0; k < was->n_metrics; k++)
		if (index_of(is, was->metrics[k]) == is->n_metrics)
			to[n++] = (struct wire_chronicle_metric){ was->metrics[k],
				e->before.points[k], ratio_int(0), was->maximum[k], 0 };
	return n;
}

static int put_causes(const struct row_entry *e, struct arena *ar, struct wire_chronicle_area *to)
{
	uint64_t *causes = arena_alloc(ar, e->n_causes * sizeof *causes);

	if (causes == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < e->n_causes; i++)
		causes[i] = e->causes[i].position;
	to->n_causes = e->n_causes;
	to->causes = causes;
	return 0;
}

static int put_area(struct answering *a, const struct row_entry *e, struct wire_chronicle_area *to)
{
	const struct area_shape *was = shapes_get(keeper_shapes(a->k), e->before.shape);
	const struct area_shape *is = shapes_get(keeper_shapes(a->k), e->after.shape);
	struct wire_chronicle_metric *metrics =
		arena_alloc(a->ar, WIRE_CHRONICLE_METRICS * sizeof *metrics);

	if (metrics == NULL)
		return ERR_NOMEM;
	*to = (struct wire_chronicle_area){ .area = is->area,
		.track = is->track,
		.edition = is->edition,
		.status = e->after.status,
		.status_before = e->before.status,
		.total = score_total(e->after.points, is->n_metrics),
		.total_before = score_total(e->before.points, was->n_metrics),
		.lowest = e->low,
		.highest = e->high,
		.qualifies_at = is->qualifies_at,
		.conditions = is->conditions,
		.metrics = metrics,
		.n_metrics = put_metrics(was, is, e, metrics),
		.changes = e->changes,
		.cause_count = e->cause_count };
	for (uint32_t i = 0; i < is->n_metrics; i++)
		to->maximum += is->maximum[i];
	return put_causes(e, a->ar, to);
}

static int put_areas(struct answering *a, const struct row *row,
	const struct wire_chronicle_area **ret_areas, size_t *ret_n)
{
	struct wire_chronicle_area *list = arena_alloc(a->ar, row->n_entries * sizeof *list);
	int rc = list == NULL ? ERR_NOMEM : 0;

	for (size_t i = 0; rc == 0 && i < row->n_entries; i++)
		rc = put_area(a, &row->entries[i], &list[i]);
	*ret_areas = list;
	*ret_n = row->n_entries;
	return rc;
}

/* ---- points ----------------------------------------------------------------------------------------------- */

static int put_point(struct answering *a, const struct keeper_row *r)
{
	struct wire_chronicle_point *p = &a->points[a->n_points];

	if (a->n_points == WIRE_CHRONICLE_POINTS ||
		(a->n_points > 0 && a->n_areas + r->row.n_entries > PAGE_AREAS)) {
		a->more = true;
		a->next = r->from;
		return TOO_MANY;
	}
	*p = (struct wire_chronicle_point){ .from = r->from == 0 ? DAY_NONE : r->from,
		.month = r->kind == KEPT_MONTH };
	a->n_points++;
	a->n_areas += r->row.n_entries;
	return put_areas(a, &r->row, &p->areas, &p->n_areas);
}

static int add_rows(struct answering *a, struct row *sum, const struct row *row)
{
	struct row older = *sum;

	return row_merge(keeper_shapes(a->k), &older, row, a->ar, sum);
}

static int tell_month(struct answering *a)
{
	int rc = a->has_month ? put_point(a, &a->month) : 0;

	a->has_month = false;
	return rc;
}

/* Days of one month put together, when months are asked for. */
static int put_into_month(struct answering *a, const struct keeper_row *r)
{
	day_no first = month_first_day(month_of_day(r->from));
	int rc = 0;

	if (a->has_month && a->month.from != first)
		rc = tell_month(a);
	if (rc != 0)
		return rc;
	if (a->has_month)
		return add_rows(a, &a->month.row, &r->row);
	a->month = (struct keeper_row){ KEPT_MONTH, first, r->until, r->row };
	a->has_month = true;
	return 0;
}

static struct row only_area(const struct answering *a, struct row row)
{
	if (a->area.n == 0)
		return row;
	for (size_t i = 0; i < row.n_entries; i++)
		if (str_eq(shapes_get(keeper_shapes(a->k), row.entries[i].after.shape)->area,
			    a->area))
			return (struct row){ row.until, 1, &row.entries[i] };
	return (struct row){ row.until, 0, NULL };
}

static int on_row(void *ctx, const struct keeper_row *from)
{
	struct answering *a = ctx;
	struct keeper_row r = *from;

	a->is_known = true;
	r.row = only_area(a, r.row);
	if (r.row.n_entries == 0)
		return 0;
	if (r.kind == KEPT_BASE || r.until < a->from)
		return add_rows(a, &a->before, &r.row);
	if (r.from > a->until)
		return 0;
	return a->by_month && r.kind == KEPT_DAY ? put_into_month(a, &r) : put_point(a, &r);
}

/* ---- the question ----------------------------------------------------------------------------------------- */

static int check_area(struct answering *a, struct err *e)
{
	const struct shapes *shapes = keeper_shapes(a->k);
	struct str nearest = STR("");
	unsigned best = 4;

	for (uint32_t i = 0; a->area.n > 0 && i < shapes_count(shapes); i++) {
		struct str id = shapes_get(shapes, i)->area;
		unsigned d = str_distance(a->area, id, best);

		if (str_eq(id, a->area))
			return 0;
		if (d < best) {
			best = d;
			nearest = id;
		}
	}
	if (a->area.n == 0)
		return 0;
	return nearest.n == 0
		       ? err_set(e, ERR_INVALID, "no score was ever told of an area '" STR_FMT "'",
				 STR_ARG(a->area))
		       : err_set(e, ERR_INVALID,
				 "no score was ever told of an area '" STR_FMT
				 "'; did you mean '" STR_FMT "'?",
				 STR_ARG(a->area), STR_ARG(nearest));
}

static int read_all(struct answering *a, struct str partner, struct err *e)
{
	int rc = keeper_read(a->k, partner, a->ar, on_row, a, e);

	if (rc == 0)
		rc = tell_month(a);
	if (rc == TOO_MANY)
		rc = 0;
	if (rc == 0 && !a->is_known)
		rc = ERR_NOTFOUND;
	return rc;
}

int answer_chronicle(struct keeper *k, const struct frame *query,
	const struct wire_freshness *freshness, struct arena *ar, struct frame *ret, struct err *e)
{
	struct frame f = { .kind = FRAME_CHRONICLE_ANSWER };
	day_no from = query->u.chronicle_query.from, until = query->u.chronicle_query.until;
	struct answering a = { .k = k,
		.ar = ar,
		.area = query->u.chronicle_query.area,
		.from = from == DAY_NONE ? INT32_MIN : from,
		.until = until == DAY_NONE ? INT32_MAX : until,
		.by_month = query->u.chronicle_query.by_month,
		.next = DAY_NONE };
	struct keeper_stats st;
	int rc = check_area(&a, e);

	if (rc == 0 && a.until < a.from)
		rc = ERR_RANGE;
	if (rc == 0 && a.by_month && from != DAY_NONE) /* months are told whole */
		a.from = month_first_day(month_of_day(from));
	a.points = arena_alloc(ar, WIRE_CHRONICLE_POINTS * sizeof *a.points);
	if (rc == 0 && a.points == NULL)
		rc = ERR_NOMEM;
	if (rc == 0)
		rc = read_all(&a, query->u.chronicle_query.partner, e);
	if (rc == 0)
		rc = put_areas(&a, &a.before, &f.u.chronicle_answer.before,
			&f.u.chronicle_answer.n_before);
	if (rc != 0)
		return rc;
	keeper_stats_get(k, &st);
	f.u.chronicle_answer.request = query->u.chronicle_query.request;
	f.u.chronicle_answer.freshness = *freshness;
	f.u.chronicle_answer.freshness.day = st.day;
	f.u.chronicle_answer.partner = query->u.chronicle_query.partner;
	f.u.chronicle_answer.n_points = a.n_points;
	f.u.chronicle_answer.points = a.points;
	f.u.chronicle_answer.more = a.more;
	f.u.chronicle_answer.next = a.next;
	f.u.chronicle_answer.days_from = st.days_from;
	f.u.chronicle_answer.whole_from = st.whole_from;
	*ret = f;
	return 0;
}
