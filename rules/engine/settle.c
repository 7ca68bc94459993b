/* What changed since the last settle: touched partners in order of id, their operators computed anew, the areas
 * whose points or status differ. */
#include "rules/engine/engine_internal.h"

#include "common/base/err.h"

#define OUT_KEPT_MAX                                                                               \
	((size_t)64 * 1024 * 1024) /* memory of the last answer that is kept for the next */

/* ---- points ----------------------------------------------------------------------------------------------------- */

struct ratio points_capped(struct ratio each, int128 n, struct ratio cap)
{
	int128 num = each.num * n;

	if (num * cap.den >= cap.num * each.den)
		return cap;
	return each.den == 1 ? (struct ratio){ num, 1 } : ratio_make(num, each.den);
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

static bool is_above(struct ratio r, struct ratio bound)
{
	return r.den == 1 && bound.den == 1 ? r.num > bound.num
	       : bound.num == 0		    ? r.num > 0
					    : ratio_cmp(r, bound) > 0;
}

enum area_status area_status_of(const struct edition *ed, const struct ratio *points, size_t n)
{
	struct ratio total = total_of(points, n);

	for (size_t i = 0; i < n; i++)
		if (!is_above(points[i], ed->metric_above))
			return AREA_IN_PROGRESS;
	return is_above(ed->qualifies_at, total) ? AREA_IN_PROGRESS : AREA_QUALIFIED;
}

/* ---- order ------------------------------------------------------------------------------------------------------ */

static bool comes_after(
	const struct engine *e, const struct sort_entry *a, const struct sort_entry *b)
{
	if (a->prefix[0] != b->prefix[0])
		return a->prefix[0] > b->prefix[0];
	if (a->prefix[1] != b->prefix[1])
		return a->prefix[1] > b->prefix[1];
	return str_cmp(partner_id(e, a->partner), partner_id(e, b->partner)) > 0;
}

#define RUN 16

static void insertion_sort(const struct engine *e, struct sort_entry *s, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct sort_entry x = s[i];
		size_t at = i;

		for (; at > 0 && comes_after(e, &s[at - 1], &x); at--)
			s[at] = s[at - 1];
		s[at] = x;
	}
}

static void merge(const struct engine *e, const struct sort_entry *a, size_t n_a,
	const struct sort_entry *b, size_t n_b, struct sort_entry *out)
{
	while (n_a > 0 && n_b > 0)
		if (comes_after(e, a, b)) {
			*out++ = *b++;
			n_b--;
		} else {
			*out++ = *a++;
			n_a--;
		}
	memcpy(out, n_a > 0 ? a : b, (n_a + n_b) * sizeof *out);
}

/* The touched partners in order of id: merge sort, in e->order. */
static void sort_touched(struct engine *e)
{
	struct sort_entry *from = e->order, *to = e->order_spare, *t;
	size_t n = e->n_touched;

	for (size_t i = 0; i < n; i += RUN)
		insertion_sort(e, from + i, n - i < RUN ? n - i : RUN);
	for (size_t run = RUN; run < n; run *= 2) {
		for (size_t i = 0; i < n; i += run * 2) {
			size_t n_a = n - i < run ? n - i : run;
			size_t n_b = n - i - n_a < run ? n - i - n_a : run;

			merge(e, from + i, n_a, from + i + n_a, n_b, to + i);
		}
		t = from;
		from = to;
		to = t;
	}
	if (from != e->order)
		memcpy(e->order, from, n * sizeof *from);
}

static int order_touched(struct engine *e)
{
	int rc = mem_grow(&e->a, (void **)&e->order, &e->cap_order, e->n_touched,
		SIZE_MAX / sizeof *e->order, sizeof *e->order);

	if (rc == 0)
		rc = mem_grow(&e->a, (void **)&e->order_spare, &e->cap_order_spare, e->n_touched,
			SIZE_MAX / sizeof *e->order, sizeof *e->order);
	if (rc != 0)
		return rc;
	for (size_t i = 0; i < e->n_touched; i++) {
		const struct partner *p = e->partners[e->touched[i].partner];

		e->order[i] = (struct sort_entry){ .prefix = { p->prefix[0], p->prefix[1] },
			.partner = e->touched[i].partner,
			.touched = (uint32_t)i };
	}
	sort_touched(e);
	return 0;
}

/* ---- one partner ------------------------------------------------------------------------------------------------ */

/* New points of the dirty operators into e->new_points. Returns the areas in which points differ. */
static uint64_t compute_points(struct engine *e, const struct partner *p, const struct touched *t)
{
	uint64_t areas = 0;

	memcpy(e->new_points, p->points, e->plan.n_ops * sizeof *p->points);
	for (size_t w = 0; w < OP_WORDS; w++)
		for (uint64_t bits = t->dirty[w]; bits != 0; bits &= bits - 1) {
			size_t i = w * 64 + (size_t)__builtin_ctzll(bits);
			const struct op *op = &e->plan.ops[i];

			e->new_points[i] = op->kind->points(op, p->states, p->counts);
			if (!ratio_eq(e->new_points[i], p->points[i]))
				areas |= op->areas;
		}
	return areas;
}

static int area_report(struct engine *e, struct partner *p, size_t area, struct area_change *ret)
{
	size_t n = e->edition->areas[area].n_metrics;
	struct ratio *before = arena_alloc(&e->out, 2 * n * sizeof *before), *after;

	if (before == NULL)
		return ERR_NOMEM;
	after = before + n;
	for (size_t i = 0; i < n; i++) {
		uint16_t op = plan_op(&e->plan, area, i);

		before[i] = p->points[op];
		after[i] = e->new_points[op];
	}
	*ret = (struct area_change){ .shape = &e->plan.shapes[area],
		.before = before,
		.after = after,
		.status_before = (enum area_status)p->status[area],
		.status_after = area_status_of(e->edition, after, n) };
	p->status[area] = (uint8_t)ret->status_after;
	return 0;
}

static int partner_report(struct engine *e, struct partner *p, const struct touched *t,
	uint64_t areas, struct partner_change *ret)
{
	size_t n = (size_t)__builtin_popcountll(areas), at = 0;
	struct area_change *changes = arena_alloc(&e->out, n * sizeof *changes);
	uint32_t *causes = arena_alloc(&e->out, sizeof t->causes);
	int rc = 0;

	if (changes == NULL || causes == NULL)
		return ERR_NOMEM;
	memcpy(causes, t->causes, sizeof t->causes);
	for (; rc == 0 && areas != 0; areas &= areas - 1)
		rc = area_report(e, p, (size_t)__builtin_ctzll(areas), &changes[at++]);
	if (rc != 0)
		return rc;
	memcpy(p->points, e->new_points, e->plan.n_ops * sizeof *p->points);
	*ret = (struct partner_change){ .partner = partner_id(e, t->partner),
		.n_areas = n,
		.areas = changes,
		.n_causes = t->cause_count < CAUSES_MAX ? t->cause_count : CAUSES_MAX,
		.causes = causes,
		.cause_count = t->cause_count };
	return 0;
}

int partner_restore(struct engine *e, struct partner *p)
{
	int rc = partner_rebuild(
		e, &p->cells, e->plan.measures, p->reference, p->states, &p->windows);

	if (rc != 0)
		return rc;
	for (size_t i = 0; i < e->plan.n_ops; i++)
		p->points[i] = e->plan.ops[i].kind->points(&e->plan.ops[i], p->states, p->counts);
	for (size_t i = 0; i < e->edition->n_areas; i++) {
		struct ratio points[AREA_METRICS_MAX];

		for (size_t k = 0; k < e->edition->areas[i].n_metrics; k++)
			points[k] = p->points[plan_op(&e->plan, i, k)];
		p->status[i] =
			(uint8_t)area_status_of(e->edition, points, e->edition->areas[i].n_metrics);
	}
	p->rebuild = 0;
	p->touched = 0;
	p->known = true;
	return 0;
}

static uint64_t all_areas(const struct engine *e)
{
	size_t n = e->edition->n_areas;

	return n == 64 ? ~0ULL : (1ULL << n) - 1;
}

static int partner_settle(
	struct engine *e, const struct touched *t, struct partner_change *ret, size_t *n)
{
	struct partner *p = e->partners[t->partner];
	uint64_t areas;
	int rc = 0;

	if (p->rebuild != 0)
		rc = partner_rebuild(
			e, &p->cells, p->rebuild, p->reference, p->states, &p->windows);
	if (rc != 0)
		return rc;
	p->rebuild = 0;
	areas = compute_points(e, p, t);
	if (!p->known)
		areas = all_areas(e);
	if (areas != 0)
		rc = partner_report(e, p, t, areas, &ret[(*n)++]);
	p->known = true;
	p->touched = 0;
	return rc;
}

int engine_settle(struct engine *e, const struct partner_change **ret_changes, size_t *ret_n)
{
	struct partner_change *changes;
	size_t n = 0;
	int rc;

	if (e->out.total > OUT_KEPT_MAX)
		arena_fini(&e->out);
	arena_reset(&e->out);
	changes = arena_alloc(&e->out, e->n_touched * sizeof *changes);
	if (changes == NULL)
		return ERR_NOMEM;
	rc = order_touched(e);
	for (size_t i = 0; rc == 0 && i < e->n_touched; i++)
		rc = partner_settle(e, &e->touched[e->order[i].touched], changes, &n);
	if (rc != 0)
		return rc;
	e->n_touched = 0;
	*ret_changes = changes;
	*ret_n = n;
	return 0;
}
