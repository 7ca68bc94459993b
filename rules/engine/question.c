/* Scores on demand. */
#include "rules/engine/explain.h"

#include "common/base/err.h"
#include "rules/engine/sort.h"

/* ---- a partner on a day ----------------------------------------------------------------------------------------- */

/* Everything that depends on the day, computed aside: the cells do not. */
static int view_compute(const struct engine *e, struct arena *ar, struct view *v)
{
	size_t n_states = e->plan.n_states * sizeof(struct op_state),
	       n_counts = e->plan.n_preds * sizeof(uint32_t);
	struct op_state *states = arena_alloc(ar, n_states + 1);
	uint32_t *counts = arena_alloc(ar, n_counts + 1);
	struct cells windows = { 0 };
	int rc;

	if (states == NULL || counts == NULL)
		return ERR_NOMEM;
	memset(counts, 0, n_counts);
	for (uint32_t at = v->partner->first_person; at != NONE; at = e->people[at]->next) {
		struct cert_set active;
		day_no next;

		person_active(e, e->people[at], v->day, &active, &next);
		for (size_t i = 0; i < e->plan.n_preds; i++)
			counts[i] += predicate_holds(e->plan.preds[i], &active);
	}
	rc = partner_rebuild(
		e, &v->partner->cells, e->plan.measures, v->reference, states, &windows);
	cells_fini(&windows, &e->a);
	v->states = states;
	v->counts = counts;
	return rc;
}

int view_init(
	const struct engine *e, uint32_t index, day_no day, struct arena *ar, struct view *ret)
{
	const struct partner *p = e->partners[index];

	*ret = (struct view){ .partner = p,
		.index = index,
		.day = day == DAY_NONE ? e->day : day,
		.states = p->states,
		.counts = p->counts };
	for (size_t m = 0; m < MEASURE_END; m++)
		ret->reference[m] = MONTH_NONE;
	for (uint32_t m = e->plan.measures; m != 0; m &= m - 1)
		ret->reference[__builtin_ctz(m)] =
			partner_reference(e, p, (enum measure)__builtin_ctz(m), ret->day);
	if (ret->day == e->day && p->rebuild == 0)
		return 0;
	return view_compute(e, ar, ret);
}

static int area_score_fill(const struct engine *e, const struct view *v, size_t area, bool explain,
	struct arena *ar, struct area_score *ret)
{
	const struct area *a = &e->edition->areas[area];
	struct metric_score *metrics = arena_alloc(ar, a->n_metrics * sizeof *metrics);
	struct ratio points[AREA_METRICS_MAX];

	if (metrics == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < a->n_metrics; i++) {
		const struct op *op = &e->plan.ops[plan_op(&e->plan, area, i)];

		points[i] = op->kind->points(op, v->states, v->counts);
		metrics[i] = (struct metric_score){ .metric = &a->metrics[i], .points = points[i] };
		if (explain) {
			int rc = explain_metric(e, v, op, ar, &metrics[i]);

			if (rc != 0)
				return rc;
		}
	}
	*ret = (struct area_score){ .area = a,
		.total = score_total(points, a->n_metrics),
		.status = area_status_of(e->edition, points, a->n_metrics),
		.n_metrics = a->n_metrics,
		.metrics = metrics };
	return 0;
}

static int score_index(const struct engine *e, uint32_t index, day_no day, bool explain,
	struct arena *ar, struct partner_score *ret)
{
	struct area_score *areas = arena_alloc(ar, e->edition->n_areas * sizeof *areas);
	struct view v;
	int rc;

	if (areas == NULL)
		return ERR_NOMEM;
	rc = view_init(e, index, day, ar, &v);
	for (size_t i = 0; rc == 0 && i < e->edition->n_areas; i++)
		rc = area_score_fill(e, &v, i, explain, ar, &areas[i]);
	if (rc != 0)
		return rc;
	*ret = (struct partner_score){ .partner = partner_id(e, index),
		.day = v.day,
		.reference_month = v.reference[MEASURE_ACR],
		.n_areas = e->edition->n_areas,
		.areas = areas };
	return 0;
}

int engine_score(const struct engine *e, struct str partner, day_no day, bool explain,
	struct arena *ar, struct partner_score *ret_score)
{
	uint32_t index = intern_find(e->partner_ids, partner);

	return index == INTERN_NONE ? ERR_NOTFOUND
				    : score_index(e, index, day, explain, ar, ret_score);
}

/* ---- lists ------------------------------------------------------------------------------------------------------ */

static bool is_before(const struct engine *e, uint32_t a, uint32_t b)
{
	const struct partner *p = e->partners[a], *q = e->partners[b];

	if (p->prefix[0] != q->prefix[0])
		return p->prefix[0] < q->prefix[0];
	return str_cmp(partner_id(e, a), partner_id(e, b)) < 0;
}

static bool index_less(const void *a, const void *b, void *ctx)
{
	return is_before(ctx, *(const uint32_t *)a, *(const uint32_t *)b);
}

/* Statuses are those of the last settle; a partner touched since is computed. */
static int partner_matches(const struct engine *e, uint32_t index, struct str area,
	enum area_status status, struct arena *ar, bool *ret)
{
	const struct partner *p = e->partners[index];
	struct partner_score score;
	int rc = 0;

	if (p->touched != 0)
		rc = score_index(e, index, DAY_NONE, false, ar, &score);
	*ret = false;
	for (size_t i = 0; rc == 0 && i < e->edition->n_areas; i++) {
		enum area_status s =
			p->touched != 0 ? score.areas[i].status : (enum area_status)p->status[i];

		if (area.n != 0 && !str_eq(area, e->edition->areas[i].id))
			continue;
		if (status == AREA_UNKNOWN || s == status)
			*ret = true;
	}
	return rc;
}

/* Keeps the smallest `limit` in a heap with the greatest on top. Sets *ret_more when one had to go. */
static void keep_smallest(const struct engine *e, uint32_t *heap, size_t *n, size_t limit,
	uint32_t index, bool *ret_more)
{
	void *ctx = (void *)(uintptr_t)e;
	size_t at;

	if (*n == limit) {
		*ret_more = true;
		if (limit == 0 || !is_before(e, index, heap[0]))
			return;
		heap[0] = index;
		heap_sift(heap, 0, *n, sizeof *heap, index_less, ctx);
		return;
	}
	for (at = (*n)++; at > 0 && is_before(e, heap[(at - 1) / 2], index); at = (at - 1) / 2)
		heap[at] = heap[(at - 1) / 2];
	heap[at] = index;
}

int engine_list(const struct engine *e, struct str after, struct str area, enum area_status status,
	size_t limit, struct arena *ar, struct partner_score *ret_scores, size_t *ret_n,
	bool *ret_more)
{
	size_t room = limit < e->n_partners ? limit : e->n_partners, n = 0;
	uint32_t *heap = arena_alloc(ar, room * sizeof *heap + 1);
	bool more = false, matches;
	int rc = heap == NULL ? ERR_NOMEM : 0;

	for (uint32_t i = 0; rc == 0 && i < e->n_partners; i++) {
		if (after.n != 0 && str_cmp(partner_id(e, i), after) <= 0)
			continue;
		rc = partner_matches(e, i, area, status, ar, &matches);
		if (rc == 0 && matches)
			keep_smallest(e, heap, &n, room, i, &more);
	}
	if (rc != 0)
		return rc;
	heap_sort(heap, n, sizeof *heap, index_less, (void *)(uintptr_t)e);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = score_index(e, heap[i], DAY_NONE, false, ar, &ret_scores[i]);
	if (rc != 0)
		return rc;
	*ret_n = n;
	*ret_more = more;
	return 0;
}
