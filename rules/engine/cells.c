/* Sums by (feed, customer or product, month): open addressing with linear probing. Cells are never removed; a sum
 * that returns to zero keeps its place. */
#include "rules/engine/cells.h"

#include "common/base/err.h"
#include "common/base/hash.h"

#define CELLS_MIN 16
#define CELLS_MAX (1U << 31)

void cells_fini(struct cells *t, const struct alloc *a)
{
	mem_free(a, t->slots, t->cap * sizeof *t->slots);
	t->slots = NULL;
	t->n = t->cap = 0;
}

static struct cell *find(const struct cells *t, uint64_t key)
{
	uint32_t at = (uint32_t)hash_u64(key) & (t->cap - 1);

	while (t->slots[at].key != 0 && t->slots[at].key != key)
		at = (at + 1) & (t->cap - 1);
	return &t->slots[at];
}

int cells_reserve(struct cells *t, const struct alloc *a, uint32_t more)
{
	struct cells wider = { .n = t->n, .cap = t->cap == 0 ? CELLS_MIN : t->cap };

	if (((uint64_t)t->n + more) * 4 <= (uint64_t)t->cap * 3)
		return 0;
	while (((uint64_t)t->n + more) * 4 > (uint64_t)wider.cap * 3) {
		if (wider.cap >= CELLS_MAX)
			return ERR_FULL;
		wider.cap *= 2;
	}
	wider.slots = mem_zalloc(a, wider.cap * sizeof *wider.slots);
	if (wider.slots == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < t->cap; i++)
		if (t->slots[i].key != 0)
			*find(&wider, t->slots[i].key) = t->slots[i];
	mem_free(a, t->slots, t->cap * sizeof *t->slots);
	*t = wider;
	return 0;
}

struct cell *cells_put(struct cells *t, uint64_t key)
{
	struct cell *c = find(t, key);

	if (c->key == 0) {
		c->key = key;
		t->n++;
	}
	return c;
}

int128 cells_get(const struct cells *t, uint64_t key)
{
	return t->cap == 0 ? 0 : cell_sum(find(t, key));
}

void cells_prefetch(const struct cells *t, uint64_t key)
{
	if (t->cap != 0)
		__builtin_prefetch(&t->slots[(uint32_t)hash_u64(key) & (t->cap - 1)], 1);
}

int128 cells_sum(const struct cells *t, uint32_t slot, uint32_t who, month_no at)
{
	return month_is_valid(at) ? cells_get(t, cell_key(slot, who, at)) : 0;
}
