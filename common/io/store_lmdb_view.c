/* Several reads of tables in one transaction. */
#include <string.h>

#include "common/base/mem.h"
#include "common/io/store_lmdb.h"

struct store_view {
	struct store *store;
	MDB_txn *txn;
	size_t n_tables;
	struct table tables[STORE_TABLES_MAX]; /* as they were when it was opened */
	MDB_cursor *cursors[STORE_TABLES_MAX]; /* NULL until one is needed */
};

int store_view_open(struct store *s, struct store_view **ret_v, struct err *e)
{
	struct store_view *v = mem_zalloc(&mem_heap, sizeof *v);
	int rc;

	if (v == NULL)
		return err_set(e, ERR_NOMEM, "%s: no memory to read tables", s->path);
	v->store = s;
	(void)pthread_mutex_lock(&s->lock);
	v->n_tables = s->n_tables;
	for (size_t i = 0; i < s->n_tables; i++)
		v->tables[i] = s->tables[i];
	rc = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &v->txn);
	(void)pthread_mutex_unlock(&s->lock);
	if (rc != 0) {
		mem_free(&mem_heap, v, sizeof *v);
		return lmdb_fail(s, e, rc, "beginning to read tables");
	}
	*ret_v = v;
	return 0;
}

/* The index of a table, n_tables for one that does not exist. */
static size_t table_of(const struct store_view *v, const char *name)
{
	size_t i = 0;

	while (i < v->n_tables && strcmp(v->tables[i].name, name) != 0)
		i++;
	return i;
}

static int answer(struct store_view *v, int rc, struct err *e)
{
	if (rc == MDB_NOTFOUND)
		return ERR_NOTFOUND;
	return rc == 0 ? 0 : lmdb_fail(v->store, e, rc, "reading a table");
}

int store_view_get(struct store_view *v, const char *table, struct span key, struct span *ret_value,
	struct err *e)
{
	MDB_val k = { key.n, (void *)(uintptr_t)key.p }, value;
	size_t i = table_of(v, table);
	int rc = MDB_NOTFOUND;

	if (i < v->n_tables)
		rc = mdb_get(v->txn, v->tables[i].dbi, &k, &value);
	if (rc == 0)
		*ret_value = (struct span){ value.mv_data, value.mv_size };
	return answer(v, rc, e);
}

int store_view_from(struct store_view *v, const char *table, struct span from, struct span *ret_key,
	struct span *ret_value, struct err *e)
{
	MDB_val k = { from.n, (void *)(uintptr_t)from.p }, value;
	size_t i = table_of(v, table);
	int rc = i < v->n_tables ? 0 : MDB_NOTFOUND;

	if (rc == 0 && v->cursors[i] == NULL)
		rc = mdb_cursor_open(v->txn, v->tables[i].dbi, &v->cursors[i]);
	if (rc == 0)
		rc = mdb_cursor_get(
			v->cursors[i], &k, &value, from.n == 0 ? MDB_FIRST : MDB_SET_RANGE);
	if (rc == 0) {
		*ret_key = (struct span){ k.mv_data, k.mv_size };
		*ret_value = (struct span){ value.mv_data, value.mv_size };
	}
	return answer(v, rc, e);
}

void store_view_close(struct store_view *v)
{
	if (v == NULL)
		return;
	for (size_t i = 0; i < v->n_tables; i++)
		if (v->cursors[i] != NULL)
			mdb_cursor_close(v->cursors[i]);
	mdb_txn_abort(v->txn);
	mem_free(&mem_heap, v, sizeof *v);
}
