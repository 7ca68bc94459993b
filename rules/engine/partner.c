/* A partner: its birth and end, and the sums that its usage rows add up to. */
#include "rules/engine/engine_internal.h"

#include "common/base/err.h"

/* ---- birth and end ---------------------------------------------------------------------------------------------- */

/* Where the arrays behind a partner begin. */
struct layout {
	size_t states, points, counts, status, size;
};

static size_t align16(size_t n)
{
	return (n + 15) & ~(size_t)15;
}

static struct layout layout_of(const struct engine *e)
{
	struct layout l;

	l.states = align16(sizeof(struct partner));
	l.points = l.states + e->plan.n_states * sizeof(struct op_state);
	l.counts = l.points + e->plan.n_ops * sizeof(struct ratio);
	l.status = l.counts + e->plan.n_preds * sizeof(uint32_t);
	l.size = l.status + e->edition->n_areas;
	return l;
}

static void prefix_of(struct str id, uint64_t *ret)
{
	for (size_t w = 0; w < 2; w++) {
		ret[w] = 0;
		for (size_t i = w * 8; i < w * 8 + 8; i++)
			ret[w] = ret[w] << 8 | (i < id.n ? (unsigned char)id.p[i] : 0);
	}
}

static struct partner *partner_create(struct engine *e, struct str id)
{
	struct layout l = layout_of(e);
	char *at = mem_zalloc(&e->a, l.size);
	struct partner *p = (void *)at;

	if (p == NULL)
		return NULL;
	p->states = (void *)(at + l.states);
	p->points = (void *)(at + l.points);
	p->counts = (void *)(at + l.counts);
	p->status = (void *)(at + l.status);
	for (size_t i = 0; i < e->plan.n_ops; i++)
		p->points[i] = RATIO_ZERO;
	for (size_t i = 0; i < MEASURE_END; i++)
		p->reference[i] = MONTH_NONE;
	p->first_person = NONE;
	prefix_of(id, p->prefix);
	return p;
}

void partner_destroy(struct engine *e, struct partner *p)
{
	if (p == NULL)
		return;
	for (uint32_t i = 0; i < p->rows.cap; i++)
		stamp_fini(&e->a, &p->rows.slots[i].stamp);
	for (size_t i = 0; i < p->n_markers; i++)
		stamp_fini(&e->a, &p->markers[i].stamp);
	mem_free(&e->a, p->rows.slots, p->rows.cap * sizeof *p->rows.slots);
	cells_fini(&p->cells, &e->a);
	cells_fini(&p->windows, &e->a);
	mem_free(&e->a, p->months, p->cap_months * sizeof *p->months);
	mem_free(&e->a, p->markers, p->cap_markers * sizeof *p->markers);
	mem_free(&e->a, p, layout_of(e).size);
}

int partner_get(struct engine *e, struct str id, const uint32_t *cause, uint32_t *ret_index)
{
	uint32_t index;
	int rc = intern_put(e->partner_ids, id, &index);

	if (rc != 0)
		return rc;
	if (index < e->n_partners) {
		*ret_index = index;
		return 0;
	}
	if (names_are_over(e))
		return ERR_FULL;
	rc = mem_grow(&e->a, (void **)&e->partners, &e->cap_partners, (size_t)index + 1,
		e->limits.max_partners, sizeof(struct partner *));
	if (rc != 0)
		return rc;
	e->partners[index] = partner_create(e, id);
	if (e->partners[index] == NULL)
		return ERR_NOMEM;
	e->n_partners = index + 1;
	*ret_index = index;
	rc = engine_touch(e, index, cause);
	return rc != 0 || !e->complete ? rc : partner_refresh(e, index, e->plan.measures, cause);
}

/* ---- sums ------------------------------------------------------------------------------------------------------- */

static uint32_t who_of(enum feed_by by, const struct shape *s, uint32_t customer)
{
	return by == FEED_BY_CUSTOMER ? customer : by == FEED_BY_PRODUCT ? s->product : 0;
}

static uint32_t count_feeds(const struct plan *plan, uint32_t selections)
{
	uint32_t n = 0;

	for (; selections != 0; selections &= selections - 1)
		n += plan->n_selection_feeds[__builtin_ctz(selections)];
	return n;
}

void partner_fetch(const struct engine *e, const struct partner *p, const struct usage_key *key,
	month_no month)
{
	const struct shape *s = &e->shapes.all[key->shape];

	for (uint32_t mask = s->selections; mask != 0; mask &= mask - 1) {
		unsigned sel = (unsigned)__builtin_ctz(mask);

		for (size_t i = 0; i < e->plan.n_selection_feeds[sel]; i++) {
			uint8_t f = e->plan.selection_feeds[sel][i];
			const struct feed *feed = &e->plan.feeds[f];

			cells_prefetch(
				&p->cells, cell_key(f, who_of(feed->by, s, key->customer), month));
			if (feed->by == FEED_BY_PRODUCT)
				for (size_t k = 0; k < feed->n_ops; k++)
					cells_prefetch(
						&p->windows, cell_key(feed->ops[k], s->product, 0));
		}
	}
}

static int feed_ops(struct engine *e, uint32_t index, const struct feed *f,
	const struct cell_move *move, const uint32_t *cause)
{
	struct partner *p = e->partners[index];

	for (size_t i = 0; i < f->n_ops; i++) {
		const struct op *op = &e->plan.ops[f->ops[i]];
		int rc;

		if (!op->kind->touch(op, f->ops[i], &p->states[op->state], &p->cells, &p->windows,
			    p->reference[f->measure], move))
			continue;
		rc = engine_touch(e, index, cause);
		if (rc != 0)
			return rc;
		engine_dirty(e, p, f->ops[i]);
	}
	return 0;
}

int partner_add(struct engine *e, uint32_t index, const struct shape *s, uint32_t customer,
	month_no month, int128 delta, const uint32_t *cause)
{
	struct partner *p = e->partners[index];
	int rc;

	if (delta == 0 || s->selections == 0)
		return 0;
	rc = cells_reserve(&p->cells, &e->a, count_feeds(&e->plan, s->selections));
	if (rc == 0 && e->plan.n_product_ops > 0)
		rc = cells_reserve(&p->windows, &e->a, (uint32_t)e->plan.n_product_ops);
	for (uint32_t mask = s->selections; rc == 0 && mask != 0; mask &= mask - 1) {
		unsigned sel = (unsigned)__builtin_ctz(mask);

		for (size_t i = 0; rc == 0 && i < e->plan.n_selection_feeds[sel]; i++) {
			uint8_t number = e->plan.selection_feeds[sel][i];
			const struct feed *f = &e->plan.feeds[number];
			struct cell_move move = { .who = who_of(f->by, s, customer),
				.month = month };
			struct cell *c = cells_put(&p->cells, cell_key(number, move.who, month));

			move.old = cell_sum(c);
			move.new = move.old + delta;
			cell_set(c, move.new);
			if ((p->rebuild >> f->measure & 1) == 0)
				rc = feed_ops(e, index, f, &move, cause);
		}
	}
	return rc;
}

int partner_rebuild(const struct engine *e, const struct cells *cells, uint32_t measures,
	const month_no *reference, struct op_state *states, struct cells *windows)
{
	const struct plan *plan = &e->plan;
	int rc = 0;

	for (size_t i = 0; i < plan->n_ops; i++)
		if ((measures >> plan->ops[i].measure & 1) != 0 && plan->ops[i].measure != 0)
			states[plan->ops[i].state] = (struct op_state){ 0, 0 };
	for (uint32_t i = 0; i < windows->cap; i++)
		if (windows->slots[i].key != 0 &&
			(measures >> plan->ops[cell_slot(&windows->slots[i])].measure & 1) != 0)
			cell_set(&windows->slots[i], 0);
	for (uint32_t i = 0; rc == 0 && i < cells->cap; i++) {
		const struct cell *c = &cells->slots[i];
		const struct feed *f;

		if (c->key == 0)
			continue;
		f = &plan->feeds[cell_slot(c)];
		if ((measures >> f->measure & 1) == 0 || reference[f->measure] == MONTH_NONE)
			continue;
		if (f->by == FEED_BY_PRODUCT)
			rc = cells_reserve(windows, &e->a, f->n_ops);
		for (size_t k = 0; rc == 0 && k < f->n_ops; k++) {
			const struct op *op = &plan->ops[f->ops[k]];

			op->kind->gather(op, f->ops[k], &states[op->state], cells, windows,
				reference[f->measure], c);
		}
	}
	return rc;
}
