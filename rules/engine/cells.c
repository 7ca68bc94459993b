/* Sums by (feed, customer or product, product, month): open addressing with linear probing. Cells are never removed; a sum
 * that returns to zero keeps its place. */
#include "rules/engine/cells.h"

#include <string.h>

#include "common/base/err.h"
#include "common/base/hash.h"
#include "common/base/slots.h"

#define CELLS_MIN 8
#define CELLS_MAX (1U << 31)

void cells_fini(struct cells *t, const struct alloc *a)
{
	mem_free(a, t->slots, t->cap * sizeof *t->slots);
	t->slots = NULL;
	t->n = t->cap = 0;
}

void cells_clear(struct cells *t)
{
	if (t->n > 0)
		memset(t->slots, 0, t->cap * sizeof *t->slots);
	t->n = 0;
}

static uint32_t place(const struct cells *t, uint64_t key, uint32_t sub)
{
	return slot_of((uint32_t)hash_u64(key + ((uint64_t)sub << 20) * 0x9e3779b1u), t->cap);
}

static struct cell *find(const struct cells *t, uint64_t key, uint32_t sub)
{
	uint32_t at = place(t, key, sub);

	while (t->slots[at].key != 0 && (t->slots[at].key != key || t->slots[at].sub != sub))
		at = slot_after(at, t->cap);
	return &t->slots[at];
}

int cells_reserve(struct cells *t, const struct alloc *a, uint32_t more)
{
	struct cells wider = { .n = t->n };
	uint64_t n = (uint64_t)t->n + more;

	if (slots_hold(n, t->cap))
		return 0;
	wider.cap = slots_for(n, t->cap, CELLS_MIN, CELLS_MAX);
	if (wider.cap == 0)
		return ERR_FULL;
	wider.slots = mem_zalloc(a, wider.cap * sizeof *wider.slots);
	if (wider.slots == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < t->cap; i++)
		if (t->slots[i].key != 0)
			*find(&wider, t->slots[i].key, t->slots[i].sub) = t->slots[i];
	mem_free(a, t->slots, t->cap * sizeof *t->slots);
	*t = wider;
	return 0;
}

struct cell *cells_put(struct cells *t, uint64_t key, uint32_t sub)
{
	struct cell *c = find(t, key, sub);

	if (c->key == 0) {
		c->key = key;
		c->sub = sub;
		t->n++;
	}
	return c;
}

int128 cells_get(const struct cells *t, uint64_t key, uint32_t sub)
{
	return t->cap == 0 ? 0 : cell_sum(find(t, key, sub));
}

void cells_prefetch(const struct cells *t, uint64_t key, uint32_t sub)
{
	if (t->cap != 0)
		__builtin_prefetch(&t->slots[place(t, key, sub)], 1);
}

int128 cells_sum(const struct cells *t, uint32_t slot, uint32_t who, uint32_t sub, month_no at)
{
	return month_is_valid(at) ? cells_get(t, cell_key(slot, who, at), sub) : 0;
}
