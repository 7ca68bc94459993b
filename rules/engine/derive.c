/* Everything that follows from a partner's facts at once: kept with the partner, or computed aside for another day or by
 * another edition. */
#include "rules/engine/engine_internal.h"

#include "common/base/err.h"

/* ---- room -------------------------------------------------------------------------------------------------------- */

static size_t align16(size_t n)
{
	return (n + 15) & ~(size_t)15;
}

void derived_free(struct engine *e, struct partner *p)
{
	if (p->derived != NULL) {
		mem_free(&e->a, p->derived->wide,
			p->derived->book->plan.n_states * sizeof *p->derived->wide);
		mem_free(&e->a, p->derived, p->derived->book->block_bytes);
	}
	p->derived = NULL;
}

static struct derived *derived_create(struct engine *e, struct rulebook *book)
{
	char *at = mem_zalloc(&e->a, book->block_bytes);
	struct derived *d = (void *)at;

	if (d == NULL)
		return NULL;
	at += align16(sizeof *d);
	d->book = book;
	d->states = (void *)at;
	at += book->plan.n_states * sizeof *d->states;
	d->areas = (void *)at;
	at += book->edition->n_areas * sizeof *d->areas;
	d->counts = (void *)at;
	for (size_t i = 0; i < book->edition->n_areas; i++)
		d->areas[i] = (struct standing){ .last = DAY_NONE, .fixed = TRACK_NOT_LOOKED_UP };
	return d;
}

/* What was told of areas stays with those that have the same id. */
static void take_over(const struct derived *from, struct derived *to)
{
	const struct edition *a = from->book->edition, *b = to->book->edition;

	for (size_t i = 0; i < b->n_areas; i++)
		for (size_t k = 0; k < a->n_areas; k++)
			if (str_eq(a->areas[k].id, b->areas[i].id)) {
				to->areas[i].status = from->areas[k].status;
				to->areas[i].track = from->areas[k].track < b->areas[i].n_tracks
							     ? from->areas[k].track
							     : 0;
			}
}

int derive_room(struct engine *e, struct partner *p)
{
	struct derived *d;

	if (p->derived != NULL && p->derived->book == e->book)
		return 0;
	d = derived_create(e, e->book);
	if (d == NULL)
		return ERR_NOMEM;
	if (p->derived != NULL)
		take_over(p->derived, d);
	derived_free(e, p);
	p->derived = d;
	return 0;
}

/* ---- kept states ------------------------------------------------------------------------------------------------- */

struct op_state kept_state_get(const struct derived *d, size_t state)
{
	const struct kept_state *k = &d->states[state];

	return k->now == KEPT_WIDE ? d->wide[state] : (struct op_state){ k->now, k->base };
}

void kept_states_get(const struct derived *d, struct op_state *ret)
{
	for (size_t i = 0; i < d->book->plan.n_states; i++)
		ret[i] = kept_state_get(d, i);
}

static bool fits(int128 n)
{
	return n > INT64_MIN && n <= INT64_MAX;
}

int kept_state_set(struct engine *e, struct derived *d, size_t state, const struct op_state *value)
{
	struct kept_state *k = &d->states[state];

	if (fits(value->now) && fits(value->base)) {
		*k = (struct kept_state){ (int64_t)value->now, (int64_t)value->base };
		return 0;
	}
	if (d->wide == NULL)
		d->wide = mem_alloc(&e->a, d->book->plan.n_states * sizeof *d->wide);
	if (d->wide == NULL)
		return ERR_NOMEM;
	d->wide[state] = *value;
	k->now = KEPT_WIDE;
	return 0;
}

/* ---- attestations ------------------------------------------------------------------------------------------------ */

void derive_attested(struct engine *e, const struct rulebook *book, const struct partner *p,
	day_no day, struct op_state *states, day_no *ret_next)
{
	*ret_next = DAY_NEVER;
	for (size_t i = 0; book->plan.attestations && i < book->plan.n_ops; i++) {
		const struct op *op = &book->plan.ops[i];
		struct op_state value;
		day_no next;

		if (op->kind != &op_attested)
			continue;
		value = (struct op_state){ attested_on(e, p, op->rule, day, &next), 0 };
		if (states != NULL)
			states[op->state] = value;
		else
			(void)kept_state_set(e, p->derived, op->state, &value); /* it fits */
		if (next < *ret_next)
			*ret_next = next;
	}
}

/* ---- live -------------------------------------------------------------------------------------------------------- */

int derive_all(struct engine *e, uint32_t index)
{
	struct partner *p = e->partners[index];
	const struct plan *plan = &e->book->plan;
	int rc = derive_room(e, p);

	for (size_t c = 0; c < CLOCKS_MAX; c++)
		p->reference[c] = c < plan->n_clocks ? partner_reference(e, e->book, p, c, e->day)
						     : MONTH_NONE;
	cells_fini(&p->windows, &e->a);
	if (rc == 0)
		rc = partner_renew(e, p, UINT8_MAX);
	p->turned_on = DAY_MIN;
	if (rc == 0)
		rc = people_count(e, e->book, p, e->day, p->derived->counts, true);
	p->rebuild = 0;
	p->recredit = p->anew = false;
	p->could_stale = true;
	return rc;
}

/* ---- aside ------------------------------------------------------------------------------------------------------- */

int derive_people(struct engine *e, struct rulebook *book, uint32_t index, day_no day,
	struct arena *ar, struct standing_view *ret)
{
	const struct partner *p = e->partners[index];
	struct op_state *states = arena_alloc(ar, book->plan.n_states * sizeof *states + 1);
	uint32_t *counts = arena_alloc(ar, book->plan.n_preds * sizeof *counts + 1);
	uint8_t *status = arena_alloc(ar, book->edition->n_areas + 1);

	if (states == NULL || counts == NULL || status == NULL)
		return ERR_NOMEM;
	memset(states, 0, book->plan.n_states * sizeof *states);
	memset(status, 0, book->edition->n_areas);
	*ret = (struct standing_view){ .e = e,
		.book = book,
		.partner = p,
		.index = index,
		.day = day,
		.states = states,
		.counts = counts,
		.status = status };
	for (size_t c = 0; c < CLOCKS_MAX; c++)
		ret->reference[c] = c < book->plan.n_clocks ? partner_reference(e, book, p, c, day)
							    : MONTH_NONE;
	return people_count(e, book, p, day, counts, false);
}

int derive_states(struct standing_view *v, const struct cells *cells, uint64_t areas)
{
	struct cells windows = { 0 };
	int rc = partner_rebuild(v->e, v->book, v->partner, cells, UINT8_MAX, areas, v->reference,
		v->states, &windows);

	cells_fini(&windows, &v->e->a);
	v->cells = cells;
	derive_attested(v->e, v->book, v->partner, v->day, v->states, &v->next_attested);
	return rc;
}

int derive_aside(struct engine *e, struct rulebook *book, uint32_t index, day_no day,
	const struct cells *cells, struct arena *ar, struct standing_view *ret)
{
	struct cells own = { 0 };
	struct wanted wanted;
	int rc = derive_people(e, book, index, day, ar, ret);

	if (rc == 0 && cells == NULL) {
		wanted_by(&book->plan, UINT8_MAX, UINT64_MAX, ret->reference, &wanted);
		rc = sums_all(e, book, e->partners[index], &wanted, &own);
	}
	if (rc == 0)
		rc = derive_states(ret, cells == NULL ? &own : cells, UINT64_MAX);
	cells_fini(&own, &e->a);
	ret->cells = cells;
	return rc;
}
