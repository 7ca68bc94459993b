/* Sums by (feed, customer or product, product of the customer, month). */
#ifndef RULES_ENGINE_CELLS_H
#define RULES_ENGINE_CELLS_H

#include "common/base/date.h"
#include "common/base/mem.h"
#include "common/base/ratio.h"

/* A sum in 96 bits: 2^32 rows of 2^50, weighted by at most 2^13, do not pass it. */
struct cell {
	uint64_t key; /* 0: free */
	uint64_t low;
	int32_t high;
	uint32_t sub; /* part of the key: a product of the customer, 0 where there is none */
};
struct cells {
	struct cell *slots;
	uint32_t n, cap;
};

/* slot: feed, or operator for sums over a window; who: customer or product, 0 for a total; at: a valid month, or 0. */
static inline uint64_t cell_key(uint32_t slot, uint32_t who, month_no at)
{
	uint64_t month = at == 0 ? 0 : (uint64_t)(at - MONTH_MIN + 1);

	return (1ULL << 63) | (uint64_t)slot << 44 | month << 32 | who;
}
static inline uint32_t cell_slot(const struct cell *c)
{
	return (uint32_t)(c->key >> 44) & 0x7ffff;
}
static inline uint32_t cell_who(const struct cell *c)
{
	return (uint32_t)c->key;
}
static inline month_no cell_month(const struct cell *c)
{
	return (month_no)(c->key >> 32 & 0xfff) + MONTH_MIN - 1;
}
static inline int128 cell_sum(const struct cell *c)
{
	return (int128)((uint128)(uint64_t)(int64_t)c->high << 64 | c->low);
}
static inline void cell_set(struct cell *c, int128 v)
{
	c->low = (uint64_t)v;
	c->high = (int32_t)(v >> 64);
}

void cells_fini(struct cells *t, const struct alloc *a);
void cells_clear(struct cells *t); /* empty, with the room that it has */
int cells_reserve(struct cells *t, const struct alloc *a,
	uint32_t more); /* room for `more`; 0, ERR_NOMEM, ERR_FULL */
struct cell *cells_put(struct cells *t, uint64_t key,
	uint32_t sub); /* found or new with sum 0; room was reserved */
int128 cells_get(const struct cells *t, uint64_t key, uint32_t sub); /* 0 where there is none */
void cells_prefetch(const struct cells *t, uint64_t key, uint32_t sub);
/* The same by parts; 0 for a month outside the calendar. */
int128 cells_sum(const struct cells *t, uint32_t slot, uint32_t who, uint32_t sub, month_no at);

#endif
