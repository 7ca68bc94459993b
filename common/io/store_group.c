/* Collects what one commit writes. */
#include "common/io/store_group.h"

#include <string.h>

/* Stands before each encoded put or delete; key and value follow. */
struct op_head {
	uint8_t is_delete;
	uint8_t table;
	uint16_t n_key;
	uint32_t n_value;
};

int store_group_create(const struct alloc *a, size_t max_bytes, struct store_group **ret_g)
{
	struct store_group *g;

	if (max_bytes == 0 || max_bytes > STORE_GROUP_MAX)
		return ERR_INVALID;
	g = mem_zalloc(a, sizeof *g);
	if (g == NULL)
		return ERR_NOMEM;
	g->a = a;
	buf_init(&g->bytes, a, max_bytes);
	buf_init(&g->units, a, STORE_GROUP_UNITS * sizeof(struct store_unit));
	buf_init(&g->ops, a, max_bytes);
	*ret_g = g;
	return 0;
}

void store_group_destroy(struct store_group *g)
{
	if (g == NULL)
		return;
	buf_fini(&g->bytes);
	buf_fini(&g->units);
	buf_fini(&g->ops);
	mem_free(g->a, g, sizeof *g);
}

void store_group_reset(struct store_group *g)
{
	buf_reset(&g->bytes);
	buf_reset(&g->units);
	buf_reset(&g->ops);
	g->n_records = 0;
	g->n_tables = 0;
}

int store_group_add(struct store_group *g, struct span unit, uint32_t n_records)
{
	struct store_unit u = { .size = (uint32_t)unit.n, .n_records = n_records };
	int rc;

	if (unit.n == 0 || n_records == 0)
		return ERR_INVALID;
	rc = buf_reserve(&g->units, sizeof u);
	if (rc == 0)
		rc = buf_add(&g->bytes, unit.p, unit.n);
	if (rc != 0)
		return rc;
	rc = buf_add(&g->units, &u, sizeof u); /* there is room: cannot fail */
	g->n_records += n_records;
	return rc;
}

/* The index of a table name in the group, taken in when new. */
static int table_index(struct store_group *g, const char *table, uint8_t *ret_i)
{
	size_t n = strlen(table);

	if (n == 0 || n > STORE_TABLE_NAME_MAX)
		return ERR_INVALID;
	for (size_t i = 0; i < g->n_tables; i++) {
		if (strcmp(g->tables[i], table) == 0) {
			*ret_i = (uint8_t)i;
			return 0;
		}
	}
	if (g->n_tables == STORE_TABLES_MAX)
		return ERR_FULL;
	memcpy(g->tables[g->n_tables], table, n + 1);
	*ret_i = (uint8_t)g->n_tables++;
	return 0;
}

static int add_op(struct store_group *g, bool is_delete, const char *table, struct span key,
	struct span value)
{
	struct op_head h = { .is_delete = is_delete, .n_key = (uint16_t)key.n };
	size_t n_tables = g->n_tables;
	int rc;

	if (key.n == 0 || key.n > STORE_KEY_MAX)
		return ERR_INVALID;
	if (value.n > STORE_GROUP_MAX)
		return ERR_FULL;
	h.n_value = (uint32_t)value.n;
	rc = table_index(g, table, &h.table);
	if (rc == 0)
		rc = buf_reserve(&g->ops, sizeof h + key.n + value.n);
	if (rc != 0) {
		g->n_tables = n_tables;
		return rc;
	}
	(void)buf_add(&g->ops, &h, sizeof h); /* there is room for all three */
	(void)buf_add(&g->ops, key.p, key.n);
	return buf_add(&g->ops, value.p, value.n);
}

int store_group_put(struct store_group *g, const char *table, struct span key, struct span value)
{
	return add_op(g, false, table, key, value);
}

int store_group_delete(struct store_group *g, const char *table, struct span key)
{
	return add_op(g, true, table, key, (struct span){ NULL, 0 });
}

bool store_group_op(const struct store_group *g, size_t *at, struct store_op *ret_op)
{
	const uint8_t *p = g->ops.p + *at;
	struct op_head h;

	if (*at == g->ops.n)
		return false;
	memcpy(&h, p, sizeof h);
	p += sizeof h;
	*ret_op = (struct store_op){ .is_delete = h.is_delete != 0,
		.table = h.table,
		.key = { p, h.n_key },
		.value = { p + h.n_key, h.n_value } };
	*at += sizeof h + h.n_key + h.n_value;
	return true;
}

size_t store_group_bytes(const struct store_group *g)
{
	return g->bytes.n;
}

uint64_t store_group_records(const struct store_group *g)
{
	return g->n_records;
}

bool store_group_is_empty(const struct store_group *g)
{
	return g->units.n == 0 && g->ops.n == 0;
}
