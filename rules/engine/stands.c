/* Who an area stands on: the area is judged without each customer, and without each person, one at a time.
 *
 * What a customer gives to an operator is what the operator comes to by that customer's rows alone, so taking it away is
 * one subtraction; of products in use each product's sum tells. A person takes one from each predicate. */
#include "rules/engine/outlook_internal.h"

#include "common/base/err.h"
#include "rules/engine/sort.h"

int trial_begin(struct trial_view *t, const struct walk *w, struct arena *ar)
{
	const struct plan *plan = &w->book->plan;

	t->v = w->v;
	t->areas = w->areas;
	t->states = arena_alloc(ar, plan->n_states * sizeof *t->states + 1);
	t->counts = arena_alloc(ar, plan->n_preds * sizeof *t->counts + 1);
	if (t->states == NULL || t->counts == NULL)
		return ERR_NOMEM;
	if (w->v.states != NULL)
		memcpy(t->states, w->v.states, plan->n_states * sizeof *t->states);
	else
		kept_states_get(w->v.partner->derived, t->states);
	memcpy(t->counts, w->counts, plan->n_preds * sizeof *t->counts);
	t->v.states = t->states;
	t->v.counts = t->counts;
	return 0;
}

void trial_judge(const struct trial_view *t, size_t area, struct judged *ret)
{
	judge_area(&t->v, area, t->areas[area].fixed, ret);
}

struct finding {
	const struct walk *w;
	struct trial_view t;
	uint64_t areas;
	struct arena *ar;
	struct stand_list *lists;
};

/* ---- one of them ------------------------------------------------------------------------------------------------- */

static int note(
	struct finding *f, size_t area, enum stand_kind kind, struct str id, const struct judged *j)
{
	struct stand_list *l = &f->lists[area];
	uint32_t metric = 0;

	if (l->n == l->cap) {
		size_t cap = l->cap == 0 ? 8 : l->cap * 2;
		struct stand *more = arena_alloc(f->ar, cap * sizeof *more);

		if (more == NULL)
			return ERR_NOMEM;
		if (l->n > 0)
			memcpy(more, l->all, l->n * sizeof *more);
		l->all = more;
		l->cap = cap;
	}
	for (size_t i = f->w->book->edition->areas[area].n_metrics; i-- > 0;)
		if (j->points[i].num <= 0)
			metric = (uint32_t)i + 1;
	l->all[l->n++] =
		(struct stand){ .kind = kind, .id = id, .total = j->total, .metric = metric };
	return 0;
}

static int judge_without(struct finding *f, uint64_t areas, enum stand_kind kind, struct str id)
{
	int rc = 0;

	for (uint64_t bits = areas & f->areas; rc == 0 && bits != 0; bits &= bits - 1) {
		size_t i = (size_t)__builtin_ctzll(bits);
		struct judged j;

		trial_judge(&f->t, i, &j);
		if (!j.qualifies)
			rc = note(f, i, kind, id, &j);
	}
	return rc;
}

/* ---- people ------------------------------------------------------------------------------------------------------ */

static size_t preds_of(const struct op *op)
{
	return op->kind == &op_people ? op->rule->u.people.n_steps : op->kind == &op_hold;
}

/* The operator with one person less in each of its predicates: where that is nothing, nobody alone matters to it. */
static bool is_critical(struct finding *f, size_t number)
{
	const struct op *op = &f->w->book->plan.ops[number];
	struct ratio was = judge_op(&f->t.v, number), is;

	for (size_t i = 0; i < preds_of(op); i++)
		f->t.counts[op->preds[i]] =
			f->w->counts[op->preds[i]] > 0 ? f->w->counts[op->preds[i]] - 1 : 0;
	is = judge_op(&f->t.v, number);
	for (size_t i = 0; i < preds_of(op); i++)
		f->t.counts[op->preds[i]] = f->w->counts[op->preds[i]];
	return !ratio_eq(was, is);
}

static uint64_t critical_preds(struct finding *f, uint64_t *ret_preds)
{
	const struct plan *plan = &f->w->book->plan;
	uint64_t any = 0;

	for (size_t i = 0; i < plan->n_ops; i++) {
		const struct op *op = &plan->ops[i];

		if (preds_of(op) == 0 || (op->areas & f->areas) == 0 || !is_critical(f, i))
			continue;
		for (size_t k = 0; k < preds_of(op); k++)
			ret_preds[op->preds[k] / 64] |= 1ULL << (op->preds[k] % 64);
		any |= op->areas;
	}
	return any;
}

static void count_person(struct finding *f, const struct person *p, uint32_t step)
{
	for (size_t i = 0; i < PRED_WORDS; i++)
		for (uint64_t bits = p->satisfied[i]; bits != 0; bits &= bits - 1)
			f->t.counts[i * 64 + (size_t)__builtin_ctzll(bits)] += step;
}

static int people_stands(struct finding *f)
{
	struct engine *e = f->w->e;
	uint64_t preds[PRED_WORDS] = { 0 }, areas = critical_preds(f, preds);
	int rc = 0;

	for (uint32_t at = areas == 0 ? NONE : f->w->index; rc == 0 && at != NONE;
		at = subject_next(e, f->w->index, at))
		for (uint32_t i = e->partners[at]->first_person; rc == 0 && i != NONE;
			i = e->people[i]->next) {
			const struct person *p = e->people[i];
			uint64_t hit = 0;

			for (size_t w = 0; w < PRED_WORDS; w++)
				hit |= p->satisfied[w] & preds[w];
			if (hit == 0)
				continue;
			count_person(f, p, (uint32_t)-1);
			rc = judge_without(f, areas, STAND_PERSON, person_id(e, i));
			count_person(f, p, 1);
		}
	return rc;
}

/* ---- customers --------------------------------------------------------------------------------------------------- */

struct entry {
	const struct row *row;
	uint32_t subject, next; /* next: number + 1; 0: the last */
};
struct customer {
	uint32_t name, first; /* first: number + 1 */
	int128 weight;	      /* all its usage */
};
struct customers {
	struct entry *entries;
	struct customer *all;
	uint32_t *slots; /* number + 1 */
	size_t n, n_entries, n_slots;
};

static size_t count_rows(const struct walk *w)
{
	size_t n = 0;

	for (uint32_t at = w->index; at != NONE; at = subject_next(w->e, w->index, at))
		n += w->e->partners[at]->rows.n;
	return n;
}

static struct customer *customer_of(struct customers *c, uint32_t name)
{
	size_t i = (name * 2654435761u) & (c->n_slots - 1);

	while (c->slots[i] != 0 && c->all[c->slots[i] - 1].name != name)
		i = (i + 1) & (c->n_slots - 1);
	if (c->slots[i] == 0) {
		c->all[c->n] = (struct customer){ .name = name };
		c->slots[i] = (uint32_t)++c->n;
	}
	return &c->all[c->slots[i] - 1];
}

static int group_rows(const struct walk *w, struct arena *ar, struct customers *c)
{
	size_t n = count_rows(w);

	*c = (struct customers){ .n_slots = 16 };
	while (c->n_slots < 2 * n)
		c->n_slots *= 2;
	c->entries = arena_alloc(ar, n * sizeof *c->entries + 1);
	c->all = arena_alloc(ar, n * sizeof *c->all + 1);
	c->slots = arena_alloc(ar, c->n_slots * sizeof *c->slots);
	if (c->entries == NULL || c->all == NULL || c->slots == NULL)
		return ERR_NOMEM;
	memset(c->slots, 0, c->n_slots * sizeof *c->slots);
	for (uint32_t at = w->index; at != NONE; at = subject_next(w->e, w->index, at)) {
		const struct rows *rows = &w->e->partners[at]->rows;

		for (uint32_t i = 0; i < rows->cap; i++) {
			const struct row *r = &rows->slots[i];
			struct customer *who;

			if (r->stamp.form == 0 || r->amount == 0)
				continue;
			who = customer_of(c, r->customer);
			who->weight += r->amount;
			c->entries[c->n_entries] = (struct entry){ r, at, who->first };
			who->first = (uint32_t)++c->n_entries;
		}
	}
	return 0;
}

static bool weighs_more(const void *a, const void *b, void *ctx)
{
	const struct customer *x = a, *y = b;
	const struct engine *e = ctx;

	if (x->weight != y->weight)
		return x->weight > y->weight;
	return str_cmp(name_text(e, x->name), name_text(e, y->name)) < 0;
}

/* What a customer gives: states by its rows alone, and its products' sums. */
struct gift {
	struct cells cells, windows;
	struct op_state *states;
};

static int gift_of(
	struct finding *f, const struct customers *c, const struct customer *who, struct gift *g)
{
	const struct walk *w = f->w;
	int rc = 0;

	cells_clear(&g->cells);
	for (uint32_t at = who->first; rc == 0 && at != 0; at = c->entries[at - 1].next)
		rc = sums_row(w->e, w->book, c->entries[at - 1].subject, c->entries[at - 1].row,
			&g->cells);
	memset(g->states, 0, w->book->plan.n_states * sizeof *g->states);
	if (rc == 0)
		rc = partner_rebuild(w->e, w->book, w->v.partner, &g->cells, UINT8_MAX, f->areas,
			w->v.reference, g->states, &g->windows);
	return rc;
}

/* Of products in use: those that nobody else uses. */
static void products_alone(const struct finding *f, const struct gift *g)
{
	const struct walk *w = f->w;

	for (size_t i = 0; i < w->book->plan.n_ops; i++)
		if (w->book->plan.ops[i].kind == &op_products)
			g->states[w->book->plan.ops[i].state] = (struct op_state){ 0, 0 };
	for (uint32_t i = 0; i < g->windows.cap; i++) {
		const struct cell *c = &g->windows.slots[i];
		int128 all, own;

		if (c->key == 0)
			continue;
		own = cell_sum(c);
		all = cells_get(&w->v.partner->windows, c->key, c->sub);
		g->states[w->book->plan.ops[cell_slot(c)].state].now += (all > 0) - (all - own > 0);
	}
}

/* Takes the gift away, or gives it back. Returns the areas that look at it. */
static uint64_t take(struct finding *f, const struct gift *g, int sign)
{
	const struct plan *plan = &f->w->book->plan;
	uint64_t areas = 0;

	for (size_t i = 0; i < plan->n_ops; i++) {
		const struct op *op = &plan->ops[i];
		const struct op_state *s = &g->states[op->state];

		if (op->clock == NO_CLOCK || (op->areas & f->areas) == 0 ||
			(s->now == 0 && s->base == 0))
			continue;
		f->t.states[op->state].now -= sign * s->now;
		f->t.states[op->state].base -= sign * s->base;
		areas |= op->areas;
	}
	return areas;
}

static int customer_stands(struct finding *f)
{
	struct engine *e = f->w->e;
	struct customers c;
	struct gift g = { 0 };
	int rc = group_rows(f->w, f->ar, &c);

	g.states = arena_alloc(f->ar, f->w->book->plan.n_states * sizeof *g.states + 1);
	if (rc == 0 && g.states == NULL)
		rc = ERR_NOMEM;
	if (rc == 0 && c.n > STAND_CUSTOMERS_MAX) {
		heap_sort(c.all, c.n, sizeof *c.all, weighs_more, e);
		c.n = STAND_CUSTOMERS_MAX;
	}
	for (size_t i = 0; rc == 0 && i < c.n; i++) {
		uint64_t areas;

		rc = gift_of(f, &c, &c.all[i], &g);
		if (rc != 0)
			break;
		products_alone(f, &g);
		areas = take(f, &g, 1);
		rc = judge_without(f, areas, STAND_CUSTOMER, name_text(e, c.all[i].name));
		(void)take(f, &g, -1);
	}
	cells_fini(&g.cells, &e->a);
	cells_fini(&g.windows, &e->a);
	return rc;
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

static bool stands_first(const void *a, const void *b, void *ctx)
{
	const struct stand *x = a, *y = b;
	int c = ratio_cmp(x->total, y->total);

	(void)ctx;
	if (c == 0)
		c = (int)x->kind - (int)y->kind;
	return c != 0 ? c < 0 : str_cmp(x->id, y->id) < 0;
}

int stands_find(const struct walk *w, uint64_t areas, struct arena *ar, struct stand_list *lists)
{
	struct finding f = { .w = w, .areas = areas, .ar = ar, .lists = lists };
	int rc = areas == 0 ? 0 : trial_begin(&f.t, w, ar);

	if (rc == 0 && areas != 0)
		rc = people_stands(&f);
	if (rc == 0 && areas != 0)
		rc = customer_stands(&f);
	for (uint64_t bits = areas; rc == 0 && bits != 0; bits &= bits - 1) {
		struct stand_list *l = &lists[__builtin_ctzll(bits)];

		heap_sort(l->all, l->n, sizeof *l->all, stands_first, NULL);
	}
	return rc;
}
