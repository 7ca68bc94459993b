/* Usage rows of a partner under their natural keys, and the kinds of rows that all partners share. */
#include "rules/engine/engine_internal.h"

#include "common/base/err.h"
#include "common/base/hash.h"
#include "common/base/slots.h"

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

/* Where the search for the rows of a customer and month begins. */
static uint32_t home_of(const struct rows *t, uint32_t customer, uint32_t month)
{
	return slot_of((uint32_t)hash_u64(((uint64_t)customer << 12 | month) + 1), t->cap);
}

static uint32_t distance(const struct rows *t, uint32_t home, uint32_t at)
{
	return at >= home ? at - home : at + t->cap - home;
}

static bool is_free(const struct rows *t, uint32_t at)
{
	return t->slots[at].stamp.form == 0;
}

/* Rows stand in the order of their homes, so that one which comes later in it ends a search. */
static bool ends_search(const struct rows *t, uint32_t home, uint32_t at)
{
	const struct row *r = &t->slots[at];

	return is_free(t, at) ||
	       distance(t, home_of(t, r->customer, r->stamp.owner), at) < distance(t, home, at);
}

/* The slot of a key, or the one where it would go. */
static uint32_t place_of(
	const struct rows *t, uint32_t customer, uint32_t shape, uint32_t month, bool *ret_found)
{
	uint32_t home = home_of(t, customer, month), at = home;

	for (; !ends_search(t, home, at); at = slot_after(at, t->cap)) {
		const struct row *r = &t->slots[at];

		if (r->shape == shape && r->customer == customer && r->stamp.owner == month) {
			*ret_found = true;
			return at;
		}
	}
	*ret_found = false;
	return at;
}

/* Moves the rows from a slot to the next free one by one slot. */
static void make_way(struct rows *t, uint32_t at)
{
	uint32_t end = at;

	while (!is_free(t, end))
		end = slot_after(end, t->cap);
	if (end < at) {
		memmove(&t->slots[1], &t->slots[0], end * sizeof *t->slots);
		t->slots[0] = t->slots[t->cap - 1];
		end = t->cap - 1;
	}
	memmove(&t->slots[at + 1], &t->slots[at], (end - at) * sizeof *t->slots);
}

void rows_fetch(const struct rows *t, uint32_t customer, month_no month)
{
	const struct row *r = &t->slots[home_of(t, customer, (uint32_t)(month - MONTH_MIN))];

	__builtin_prefetch(r, 1);
	__builtin_prefetch((const char *)(r + 1) - 1, 1);
}

/* Rows are most of the state. In the order of their homes they are found in a table this full. */
static bool hold(uint64_t n, uint64_t cap)
{
	return n * 16 <= cap * 15 && n < cap;
}

int rows_reserve(struct rows *t, const struct alloc *a)
{
	return rows_expect(t, a, 1);
}

int rows_expect(struct rows *t, const struct alloc *a, uint32_t more)
{
	struct rows wider = { .n = t->n };
	uint64_t n;
	bool found;

	if (hold((uint64_t)t->n + more, t->cap))
		return 0;
	n = (uint64_t)t->cap + t->cap / 8 + ROWS_MIN;
	if (!hold((uint64_t)t->n + more, n))
		n = ((uint64_t)t->n + more) * 16 / 15 + 1;
	wider.cap = (uint32_t)n;
	if (n > ROWS_MAX)
		return ERR_FULL;
	wider.slots = mem_zalloc(a, wider.cap * sizeof *wider.slots);
	if (wider.slots == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < t->cap; i++) {
		const struct row *r = &t->slots[i];
		uint32_t at;

		if (r->stamp.form == 0)
			continue;
		at = place_of(&wider, r->customer, r->shape, r->stamp.owner, &found);
		make_way(&wider, at);
		wider.slots[at] = *r;
	}
	mem_free(a, t->slots, t->cap * sizeof *t->slots);
	*t = wider;
	return 0;
}

struct row *rows_put(struct rows *t, uint32_t customer, uint32_t shape, month_no month)
{
	bool found;
	uint32_t at = place_of(t, customer, shape, (uint32_t)(month - MONTH_MIN), &found);

	if (!found) {
		make_way(t, at);
		t->slots[at] = (struct row){ .customer = customer,
			.shape = shape,
			.stamp = { .owner = (uint32_t)(month - MONTH_MIN) & 0xfff } };
		t->n++;
	}
	return &t->slots[at];
}

struct row_walk rows_of(const struct rows *t, uint32_t customer, month_no month)
{
	uint32_t number = (uint32_t)(month - MONTH_MIN);
	uint32_t home = t->cap == 0 ? 0 : home_of(t, customer, number);

	return (struct row_walk){ t, customer, number, home, home };
}

const struct row *row_next(struct row_walk *w)
{
	while (w->rows->cap > 0 && !ends_search(w->rows, w->home, w->at)) {
		const struct row *r = &w->rows->slots[w->at];

		w->at = slot_after(w->at, w->rows->cap);
		if (r->customer == w->customer && r->stamp.owner == w->month)
			return r;
	}
	return NULL;
}
