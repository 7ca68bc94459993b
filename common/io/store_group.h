/* What a group of commits holds, for the backend that writes it. Services see store.h only. */
#ifndef IO_STORE_GROUP_H
#define IO_STORE_GROUP_H

#include "common/io/store.h"

#define STORE_TABLES_MAX     8
#define STORE_TABLE_NAME_MAX 31
#define STORE_KEY_MAX	     500
#define STORE_GROUP_MAX	     ((size_t)1 << 30) /* bytes of units; of puts and deletes as much again */
#define STORE_GROUP_UNITS    ((size_t)1 << 20)

/* One entry of the unit table, in memory and in the log alike. */
struct store_unit {
	uint32_t size;	    /* bytes, >= 1 */
	uint32_t n_records; /* >= 1 */
};

struct store_op {
	bool is_delete;
	size_t table; /* index into tables[] of the group */
	struct span key, value;
};

struct store_group {
	const struct alloc *a;
	struct buf bytes; /* units back to back */
	struct buf units; /* struct store_unit each */
	struct buf ops;	  /* encoded puts and deletes, in order */
	uint64_t n_records;
	size_t n_tables;
	char tables[STORE_TABLES_MAX][STORE_TABLE_NAME_MAX + 1];
};

static inline size_t store_group_units(const struct store_group *g)
{
	return g->units.n / sizeof(struct store_unit);
}

/* The put or delete at *at (0 for the first), which is moved on. Returns false after the last. */
bool store_group_op(const struct store_group *g, size_t *at, struct store_op *ret_op);

#endif
