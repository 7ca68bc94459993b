/* Usage rows of a partner under their natural keys, and the kinds of rows that all partners share. */
#include "rules/engine/engine_internal.h"

#include "common/base/err.h"
#include "common/base/hash.h"
#include "rules/engine/slots.h"

#define ROWS_MIN   4
#define ROWS_MAX   (1U << 31)
#define SHAPES_MAX (1U << 31)

/* ---- shapes ----------------------------------------------------------------------------------------------------- */

static uint64_t shape_hash(const struct shape *s)
{
	uint64_t rest = (uint64_t)s->measure << 24 | (uint64_t)s->association << 16 |
			(uint64_t)s->offer << 8 | s->duplicate;

	rest += hash_u64((uint64_t)s->level1 << 32 | s->group2);
	rest += hash_u64(((uint64_t)s->group3 << 32 | s->influencer) + 1);
	return hash_u64(hash_u64((uint64_t)s->product << 32 | s->component) +
			hash_u64(rest + ((uint64_t)s->compute_os << 32)));
}

static bool shape_equal(const struct shape *a, const struct shape *b)
{
	return a->product == b->product && a->component == b->component && a->level1 == b->level1 &&
	       a->group2 == b->group2 && a->group3 == b->group3 && a->influencer == b->influencer &&
	       a->compute_os == b->compute_os && a->measure == b->measure &&
	       a->association == b->association && a->offer == b->offer &&
	       a->duplicate == b->duplicate;
}

static uint32_t *shape_slot(const struct shapes *t, const struct shape *key)
{
	uint32_t at = (uint32_t)shape_hash(key) & (t->n_slots - 1);

	while (t->slots[at] != 0 && !shape_equal(&t->all[t->slots[at] - 1], key))
		at = (at + 1) & (t->n_slots - 1);
	return &t->slots[at];
}

uint32_t shape_find(const struct shapes *t, const struct shape *key)
{
	return t->n_slots == 0 ? NONE : *shape_slot(t, key) - 1; /* a free slot is 0: NONE */
}

static int shapes_widen(struct engine *e)
{
	struct shapes *t = &e->shapes;
	struct shapes wider = *t;

	wider.n_slots = t->n_slots == 0 ? 64 : t->n_slots * 2;
	wider.slots = mem_zalloc(&e->a, wider.n_slots * sizeof *wider.slots);
	if (wider.slots == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < t->n; i++)
		*shape_slot(&wider, &t->all[i]) = i + 1;
	mem_free(&e->a, t->slots, t->n_slots * sizeof *t->slots);
	*t = wider;
	return 0;
}

int shape_get(struct engine *e, const struct shape *key, uint32_t *ret_shape)
{
	struct shapes *t = &e->shapes;
	uint32_t *slot;
	int rc;

	if (((uint64_t)t->n + 1) * 2 > t->n_slots) {
		if (t->n >= SHAPES_MAX / 2)
			return ERR_FULL;
		rc = shapes_widen(e);
		if (rc != 0)
			return rc;
	}
	slot = shape_slot(t, key);
	if (*slot != 0) {
		*ret_shape = *slot - 1;
		return 0;
	}
	rc = mem_grow(
		&e->a, (void **)&t->all, &t->cap, (size_t)t->n + 1, SHAPES_MAX, sizeof *t->all);
	if (rc != 0)
		return rc;
	t->all[t->n] = *key;
	*slot = t->n + 1;
	*ret_shape = t->n++;
	return 0;
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

static uint32_t row_hash(uint32_t customer, uint32_t shape, month_no month)
{
	return (uint32_t)hash_u64(((uint64_t)customer << 32 | shape) * 4096 +
				  (uint64_t)(month - MONTH_MIN) + ((uint64_t)customer >> 20 << 40));
}

static struct row *row_find(const struct rows *t, uint32_t customer, uint32_t shape, month_no month)
{
	uint32_t at = slot_of(row_hash(customer, shape, month), t->cap);

	while (t->slots[at].stamp.form != 0 &&
		(t->slots[at].customer != customer || t->slots[at].shape != shape ||
			row_month(&t->slots[at]) != month))
		at = slot_after(at, t->cap);
	return &t->slots[at];
}

void row_fetch(const struct rows *t, const struct usage_key *key, month_no month)
{
	const struct row *r =
		&t->slots[slot_of(row_hash(key->customer, key->shape, month), t->cap)];

	__builtin_prefetch(r, 1);
	__builtin_prefetch((const char *)(r + 1) - 1, 1);
}

int rows_reserve(struct rows *t, const struct alloc *a)
{
	struct rows wider = { .n = t->n };

	if (slots_hold((uint64_t)t->n + 1, t->cap))
		return 0;
	wider.cap = slots_for((uint64_t)t->n + 1, t->cap, ROWS_MIN, ROWS_MAX);
	if (wider.cap == 0)
		return ERR_FULL;
	wider.slots = mem_zalloc(a, wider.cap * sizeof *wider.slots);
	if (wider.slots == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < t->cap; i++) {
		const struct row *r = &t->slots[i];

		if (r->stamp.form != 0)
			*row_find(&wider, r->customer, r->shape, row_month(r)) = *r;
	}
	mem_free(a, t->slots, t->cap * sizeof *t->slots);
	*t = wider;
	return 0;
}

struct row *rows_put(struct rows *t, uint32_t customer, uint32_t shape, month_no month)
{
	struct row *r = row_find(t, customer, shape, month);

	if (r->stamp.form == 0) {
		r->customer = customer;
		r->shape = shape;
		r->amount = 0;
		r->stamp.owner = (uint16_t)(month - MONTH_MIN);
		t->n++;
	}
	return r;
}
