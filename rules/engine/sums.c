/* What rows add up to: all sums of a partner, or those of one customer while one of its rows changes.
 *
 * Sums are not kept with partners: what is kept are the rows, and those of one customer and month stand together, so
 * that such a sum is a few neighbouring rows away. For an event each month is added up once, when an operator first
 * asks for it. */
#include "rules/engine/engine_internal.h"

#include "common/base/err.h"

#define KEPT_CELLS_MAX 512 /* a table of more slots is given back after its event */

/* ---- one row ----------------------------------------------------------------------------------------------------- */

static bool is_of_customers(const struct feed *f)
{
	return f->by == FEED_BY_CUSTOMER || f->by == FEED_BY_BOTH;
}

/* Where sums go: all of a book's, or those of customers. */
struct adding {
	struct engine *e;
	struct rulebook *book;
	bool customers;		     /* only feeds by customer */
	const struct wanted *wanted; /* only these; NULL: all */
	struct cells *cells;
};

static int add_hit(const struct adding *a, const struct shape_hit *hit, const struct row *row)
{
	const struct plan *plan = &a->book->plan;
	size_t n = plan->n_selection_feeds[hit->selection];
	int rc = cells_reserve(a->cells, &a->e->a, (uint32_t)n);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		uint16_t number = plan->selection_feeds[hit->selection][i];
		const struct feed *f = &plan->feeds[number];
		struct cell *c;
		uint32_t who, sub;
		uint64_t key;

		if ((a->customers && !is_of_customers(f)) ||
			(a->wanted != NULL && !is_wanted(a->wanted, number, row_month(row))))
			continue;
		key = feed_key(f, number, row->customer, hit->product, row_month(row), &who, &sub);
		c = cells_put(a->cells, key, sub);
		cell_set(c, cell_sum(c) + (int128)row->amount * hit->weight);
	}
	return rc;
}

static int add_row(const struct adding *a, uint32_t subject, const struct row *row)
{
	const struct shape_rule *r;
	enum association_kind k;
	int rc = rulebook_shape(a->e, a->book, row->shape, &r);

	if (rc != 0 || r->n == 0 || row->amount == 0)
		return rc;
	k = row_credit(a->e, subject, &a->e->shapes.all[row->shape], row->customer, row_month(row));
	for (size_t i = 0; rc == 0 && i < r->n; i++)
		if (hit_admits(&r->hits[i], k))
			rc = add_hit(a, &r->hits[i], row);
	return rc;
}

/* ---- wanted ------------------------------------------------------------------------------------------------------ */

/* Months read before a reference month, told from a later one. */
static uint64_t months_before(uint64_t reads, month_no ago)
{
	uint64_t far = 1ULL << 63;

	if (reads == 0)
		return 0;
	if (ago >= 63)
		return far;
	/* What leaves at the far end is read as "all before". */
	return reads << ago | ((reads & far) != 0 || reads >> (63 - ago) != 0 ? far : 0);
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

void wanted_by(const struct plan *plan, uint32_t clocks, uint64_t areas, const month_no *reference,
	struct wanted *ret)
{
	ret->top = MONTH_MIN;
	for (size_t c = 0; c < plan->n_clocks; c++)
		if (reference[c] != MONTH_NONE && reference[c] > ret->top)
			ret->top = reference[c];
	for (size_t i = 0; i < plan->n_feeds; i++) {
		const struct feed *f = &plan->feeds[i];

		ret->feeds[i] = 0;
		for (size_t k = 0; k < f->n_ops; k++) {
			const struct op *op = &plan->ops[f->ops[k].op];
			month_no at = op->clock == NO_CLOCK ? MONTH_NONE : reference[op->clock];

			if (at != MONTH_NONE && (clocks >> op->clock & 1) != 0 &&
				(op->areas & areas) != 0)
				ret->feeds[i] |= months_before(op->reads, ret->top - at);
		}
	}
}

int sums_all(struct engine *e, struct rulebook *book, const struct partner *p,
	const struct wanted *wanted, struct cells *ret)
{
	const struct adding a = { e, book, false, wanted, ret };
	int rc = 0;

	cells_clear(ret);
	for (uint32_t at = p->self; rc == 0 && at != NONE; at = subject_next(e, p->self, at)) {
		const struct rows *rows = &e->partners[at]->rows;

		for (uint32_t i = 0; rc == 0 && i < rows->cap; i++)
			if (rows->slots[i].stamp.form != 0)
				rc = add_row(&a, at, &rows->slots[i]);
	}
	return rc;
}

/* ---- of a customer ----------------------------------------------------------------------------------------------- */

static int add_month(struct customer_sums *s, month_no month)
{
	const struct adding a = { s->e, s->e->book, true, NULL, &s->cells };
	uint32_t partner = s->partner->self;
	int rc = 0;

	for (uint32_t at = partner; rc == 0 && at != NONE; at = subject_next(s->e, partner, at)) {
		struct row_walk w = rows_of(&s->e->partners[at]->rows, s->customer, month);
		const struct row *row;

		while (rc == 0 && (row = row_next(&w)) != NULL)
			rc = add_row(&a, at, row);
	}
	return rc;
}

void sums_begin(
	struct customer_sums *s, struct engine *e, const struct partner *p, uint32_t customer)
{
	s->e = e;
	s->partner = p;
	s->customer = customer;
	s->rc = 0;
	memset(s->months, 0, sizeof s->months);
	cells_clear(&s->cells);
}

void sums_month(struct customer_sums *s, month_no month)
{
	uint32_t number = (uint32_t)(month - MONTH_MIN);
	uint64_t bit = 1ULL << (number % 64);

	if (!month_is_valid(month) || (s->months[number / 64] & bit) != 0 || s->rc != 0)
		return;
	s->months[number / 64] |= bit;
	s->rc = add_month(s, month);
}

int sums_end(struct customer_sums *s)
{
	if (s->cells.cap > KEPT_CELLS_MAX)
		cells_fini(&s->cells, &s->e->a);
	return s->rc;
}
