/* A partner: its birth and end, and the sums that its usage rows add up to. */
#include "rules/engine/engine_internal.h"

#include "common/base/err.h"

/* ---- birth and end ---------------------------------------------------------------------------------------------- */

static void prefix_of(struct str id, uint64_t *ret)
{
	for (size_t w = 0; w < 2; w++) {
		ret[w] = 0;
		for (size_t i = w * 8; i < w * 8 + 8; i++)
			ret[w] = ret[w] << 8 | (i < id.n ? (unsigned char)id.p[i] : 0);
	}
}

static struct partner *partner_create(struct engine *e, struct str id, uint32_t index)
{
	struct partner *p = mem_zalloc(&e->a, sizeof *p);

	if (p == NULL)
		return NULL;
	for (size_t i = 0; i < CLOCKS_MAX; i++)
		p->reference[i] = MONTH_NONE;
	p->first_person = p->members = p->next_member = NONE;
	p->self = p->owner = index;
	p->settled_on = p->skilling_on = DAY_NONE;
	p->outlook_day = p->feed_day = DAY_NEVER;
	p->could_stale = true;
	p->turned_on = DAY_MIN;
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
	cells_fini(&p->windows, &e->a);
	mem_free(&e->a, p->months, p->cap_months * sizeof *p->months);
	mem_free(&e->a, p->markers, p->cap_markers * sizeof *p->markers);
	associations_fini(e, &p->associations);
	dossier_fini(e, p);
	derived_free(e, p);
	outlook_fini(e, p);
	mem_free(&e->a, p, sizeof *p);
}

int partner_place(struct engine *e, struct str id, uint32_t *ret_index)
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
	rc = mem_grow_tight(&e->a, (void **)&e->partners, &e->cap_partners, (size_t)index + 1,
		e->limits.max_partners, sizeof(struct partner *));
	if (rc != 0)
		return rc;
	e->partners[index] = partner_create(e, id, index);
	if (e->partners[index] == NULL)
		return ERR_NOMEM;
	e->n_partners = index + 1;
	*ret_index = index;
	return 0;
}

int partner_get(struct engine *e, struct str id, const uint32_t *cause, uint32_t *ret_index)
{
	int rc = partner_place(e, id, ret_index);

	if (rc != 0 || e->partners[*ret_index]->told)
		return rc;
	e->partners[*ret_index]->told = true;
	return engine_touch_facts(e, *ret_index, cause);
}

/* ---- sums ------------------------------------------------------------------------------------------------------- */

static bool is_derived(const struct engine *e, const struct partner *p)
{
	return p->derived != NULL && p->derived->book == e->book && !p->recredit && !p->anew;
}

void partner_fetch(const struct engine *e, const struct partner *p, const struct usage_key *key)
{
	const struct plan *plan = &e->book->plan;
	const struct shape_rule *r;

	if (plan->n_product_ops == 0 || key->shape >= e->book->cap_shapes || !is_derived(e, p))
		return;
	r = &e->book->shapes[key->shape];
	for (size_t h = 0; h < r->n; h++)
		for (size_t i = 0; i < plan->n_selection_feeds[r->hits[h].selection]; i++) {
			const struct feed *f =
				&plan->feeds[plan->selection_feeds[r->hits[h].selection][i]];

			for (size_t k = 0; f->by == FEED_BY_PRODUCT && k < f->n_ops; k++)
				cells_prefetch(&p->windows,
					cell_key(f->ops[k].op, r->hits[h].product, 0), 0);
		}
}

/* The cell of a customer's sum; NULL for feeds by product and totals, whose sums nobody looks up. What operators ask for
 * may move it. */
static struct cell *cell_of(struct engine *e, uint16_t feed, const struct cell_move *m)
{
	enum feed_by by = e->book->plan.feeds[feed].by;

	return by == FEED_BY_CUSTOMER || by == FEED_BY_BOTH
		       ? cells_put(&e->sums.cells, cell_key(feed, m->who, m->month), m->sub)
		       : NULL;
}

/* A sum on its way: the operators around the change. */
static int move_sum(struct engine *e, struct partner *p, uint16_t feed, struct cell_move *m,
	const uint32_t *cause)
{
	const struct feed *f = &e->book->plan.feeds[feed];
	struct cell *c;
	struct op_state saved[FEED_OPS_MAX];
	uint64_t moves = 0;
	struct op_ctx x = { .e = e,
		.plan = &e->book->plan,
		.edition = e->book->edition,
		.partner = p,
		.cells = &e->sums.cells,
		.customer = &e->sums,
		.windows = &p->windows };
	int rc = 0;

	for (size_t i = 0; i < f->n_ops; i++) {
		x.number = f->ops[i].op;
		x.op = &x.plan->ops[x.number];
		x.reference = p->reference[x.op->clock];
		m->role = f->ops[i].role;
		if (x.reference != MONTH_NONE && (p->rebuild >> x.op->clock & 1) == 0 &&
			x.op->kind->before(&x, m, &saved[i]))
			moves |= 1ULL << i;
	}
	c = cell_of(e, feed, m);
	if (c != NULL)
		cell_set(c, m->new);
	for (; rc == 0 && moves != 0; moves &= moves - 1) {
		size_t i = (size_t)__builtin_ctzll(moves);
		struct op_state s, was;

		x.number = f->ops[i].op;
		x.op = &x.plan->ops[x.number];
		x.reference = p->reference[x.op->clock];
		m->role = f->ops[i].role;
		s = was = kept_state_get(p->derived, x.op->state);
		if (!x.op->kind->after(&x, m, &saved[i], &s))
			continue;
		rc = kept_state_set(e, p->derived, x.op->state, &s);
		if (rc == 0)
			rc = engine_touch(e, p->self, cause);
		if (rc == 0)
			rc = remember_state(e, p, x.number, &was);
	}
	return rc;
}

/* A row's change on its way into the sums. */
struct row_move {
	struct partner *partner;
	uint32_t customer;
	month_no month;
	int128 delta;
	enum association_kind credit;
	struct shape_rule rule; /* a copy: looking others up moves them */
};

/* Takes the change back out of the sums that a hit of the row's kind leads to, or moves them by it. */
static int move_hit(struct engine *e, const struct row_move *r, const struct shape_hit *hit,
	bool take_back, const uint32_t *cause)
{
	const struct plan *plan = &e->book->plan;
	int rc = cells_reserve(&e->sums.cells, &e->a, plan->n_selection_feeds[hit->selection]);

	if (rc == 0 && plan->n_product_ops > 0)
		rc = cells_reserve(&r->partner->windows, &e->a, (uint32_t)plan->n_product_ops);
	for (size_t i = 0; rc == 0 && i < plan->n_selection_feeds[hit->selection]; i++) {
		uint16_t number = plan->selection_feeds[hit->selection][i];
		struct cell_move m = { .month = r->month };
		struct cell *c;

		(void)feed_key(&plan->feeds[number], number, r->customer, hit->product, r->month,
			&m.who, &m.sub);
		c = cell_of(e, number, &m);
		if (take_back && c != NULL)
			cell_set(c, cell_sum(c) - r->delta * hit->weight);
		if (take_back)
			continue;
		m.old = c == NULL ? 0 : cell_sum(c);
		m.new = m.old + r->delta * hit->weight;
		rc = move_sum(e, r->partner, number, &m, cause);
	}
	return rc;
}

static int move_hits(
	struct engine *e, const struct row_move *r, bool take_back, const uint32_t *cause)
{
	int rc = 0;

	for (size_t h = 0; rc == 0 && h < r->rule.n; h++)
		if (hit_admits(&r->rule.hits[h], r->credit))
			rc = move_hit(e, r, &r->rule.hits[h], take_back, cause);
	return rc;
}

/* The row has its new amount already: the sums that it is part of are taken back, and then moved one by one. */
static int move_row(struct engine *e, const struct row_move *r, const uint32_t *cause)
{
	int rc, end;

	sums_begin(&e->sums, e, r->partner, r->customer);
	sums_month(&e->sums, r->month);
	rc = e->sums.rc;
	if (rc == 0)
		rc = move_hits(e, r, true, cause);
	if (rc == 0)
		rc = move_hits(e, r, false, cause);
	end = sums_end(&e->sums);
	return rc != 0 ? rc : end;
}

bool partner_reaches_past(const struct engine *e, const struct partner *p, month_no month)
{
	day_no reached = month_first_day(month + 1);

	if (p->could_stale || e->past_books)
		return true;
	if (p->seeking == 0 || reached >= e->day)
		return false;
	return month != e->closed || p->turned_on >= reached;
}

int partner_add(struct engine *e, uint32_t subject, uint32_t shape, uint32_t customer,
	month_no month, int128 delta, const uint32_t *cause)
{
	struct partner *p = e->partners[e->partners[subject]->owner];
	struct row_move move = { p, customer, month, delta, ASSOC_NONE, { 0 } };
	const struct shape_rule *rule;
	int rc;

	if (delta == 0)
		return 0;
	rc = outlook_stale(e, p->self);
	if (rc != 0)
		return rc;
	partner_note_past(p, month);
	if (!is_derived(e, p) || partner_reaches_past(e, p, month)) {
		rc = is_derived(e, p) ? engine_touch_past(e, p->self, month, cause)
				      : engine_touch(e, p->self, cause);
		if (rc != 0 || !is_derived(e, p))
			return rc;
	}
	rc = rulebook_shape(e, e->book, shape, &rule);
	if (rc != 0 || rule->n == 0)
		return rc;
	move.rule = *rule;
	move.credit = row_credit(e, subject, &e->shapes.all[shape], customer, month);
	return move_row(e, &move, cause);
}

int partner_recredit(struct engine *e, uint32_t subject, const uint32_t *cause)
{
	e->partners[e->partners[subject]->owner]->recredit = true;
	return engine_touch_facts(e, subject, cause);
}

/* ---- anew ------------------------------------------------------------------------------------------------------- */

/* What is gathered: the operators of these clocks and areas. */
struct gathering {
	uint32_t clocks;
	uint64_t areas;
	const month_no *reference;
	struct op_state *states;
	struct cells seen; /* units that were */
};

static bool is_gathered(const struct gathering *g, const struct op *op)
{
	return (g->clocks >> op->clock & 1) != 0 && (op->areas & g->areas) != 0 &&
	       g->reference[op->clock] != MONTH_NONE;
}

static bool looks_at_units(
	const struct gathering *g, const struct op_ctx *x, const struct feed_op *f)
{
	const struct op *op = &x->plan->ops[f->op];

	return f->role == ROLE_MAIN && op->kind->gather_unit != NULL && is_gathered(g, op);
}

/* Each (who, sub) of a feed with operators that look at units, once. */
static int gather_units(
	struct op_ctx *x, struct gathering *g, const struct feed *f, const struct cell *c)
{
	struct cell *mark;
	size_t k = 0;
	int rc;

	while (k < f->n_ops && !looks_at_units(g, x, &f->ops[k]))
		k++;
	if (k == f->n_ops)
		return 0;
	rc = cells_reserve(&g->seen, &x->e->a, 1);
	if (rc != 0)
		return rc;
	mark = cells_put(&g->seen, cell_key(cell_slot(c), cell_who(c), 0), c->sub);
	if (cell_sum(mark) != 0)
		return 0;
	cell_set(mark, 1);
	for (; k < f->n_ops; k++) {
		if (!looks_at_units(g, x, &f->ops[k]))
			continue;
		x->number = f->ops[k].op;
		x->op = &x->plan->ops[x->number];
		x->reference = g->reference[x->op->clock];
		x->op->kind->gather_unit(x, cell_who(c), c->sub, &g->states[x->op->state]);
	}
	return 0;
}

static int gather_cell(
	struct op_ctx *x, const struct gathering *g, const struct feed *f, const struct cell *c)
{
	int rc = f->by == FEED_BY_PRODUCT ? cells_reserve(x->windows, &x->e->a, f->n_ops) : 0;

	for (size_t k = 0; rc == 0 && k < f->n_ops; k++) {
		x->number = f->ops[k].op;
		x->op = &x->plan->ops[x->number];
		if (x->op->kind->gather_cell == NULL || !is_gathered(g, x->op))
			continue;
		x->reference = g->reference[x->op->clock];
		x->op->kind->gather_cell(x, c, &g->states[x->op->state]);
	}
	return rc;
}

static void clear(
	const struct plan *plan, uint32_t clocks, struct op_state *states, struct cells *windows)
{
	for (size_t i = 0; i < plan->n_ops; i++)
		if (plan->ops[i].clock != NO_CLOCK && (clocks >> plan->ops[i].clock & 1) != 0)
			states[plan->ops[i].state] = (struct op_state){ 0, 0 };
	for (uint32_t i = 0; i < windows->cap; i++)
		if (windows->slots[i].key != 0 &&
			(clocks >> plan->ops[cell_slot(&windows->slots[i])].clock & 1) != 0)
			cell_set(&windows->slots[i], 0);
}

int partner_rebuild(struct engine *e, const struct rulebook *book, const struct partner *p,
	const struct cells *cells, uint32_t clocks, uint64_t areas, const month_no *reference,
	struct op_state *states, struct cells *windows)
{
	struct op_ctx x = { .e = e,
		.plan = &book->plan,
		.edition = book->edition,
		.partner = p,
		.cells = cells,
		.windows = windows };
	struct gathering g = {
		.clocks = clocks, .areas = areas, .reference = reference, .states = states
	};
	struct wanted wanted;
	int rc = 0;

	clear(x.plan, clocks, states, windows);
	wanted_by(x.plan, clocks, areas, reference, &wanted);
	for (uint32_t i = 0; rc == 0 && i < cells->cap; i++) {
		const struct cell *c = &cells->slots[i];
		const struct feed *f = &x.plan->feeds[cell_slot(c)];

		if (c->key == 0 || !is_wanted(&wanted, cell_slot(c), cell_month(c)))
			continue;
		rc = gather_cell(&x, &g, f, c);
		if (rc == 0 && f->units)
			rc = gather_units(&x, &g, f, c);
	}
	cells_fini(&g.seen, &e->a);
	return rc;
}

#define KEPT_CELLS_MAX 4096 /* a table of more slots is given back */

int partner_renew(struct engine *e, struct partner *p, uint32_t clocks)
{
	size_t n = e->book->plan.n_states;
	struct op_state *states = arena_alloc(&e->scratch, n * sizeof *states + 1);
	struct wanted wanted;
	int rc = states == NULL ? ERR_NOMEM : 0;

	wanted_by(&e->book->plan, clocks, UINT64_MAX, p->reference, &wanted);
	if (rc == 0)
		rc = sums_all(e, e->book, p, &wanted, &e->whole);
	if (rc == 0) {
		kept_states_get(p->derived, states);
		rc = partner_rebuild(e, e->book, p, &e->whole, clocks, UINT64_MAX, p->reference,
			states, &p->windows);
	}
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = kept_state_set(e, p->derived, i, &states[i]);
	if (e->whole.cap > KEPT_CELLS_MAX)
		cells_fini(&e->whole, &e->a);
	return rc;
}
