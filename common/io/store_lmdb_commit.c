/* Writing to the store: one transaction for the records, what retention drops, and the side tables. */
#include "common/io/store_lmdb.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define DROP_MAX	   4096 /* groups that one commit drops at most, so that none takes too long */
#define READER_CHECK_EVERY 1024 /* commits between two searches for readers that died */

/* Makes the tables that the group names and that do not exist yet. An empty table shows nowhere, so this may stand
 * although the commit that follows fails. */
static int make_tables(struct store *s, const struct store_group *g, struct err *e)
{
	MDB_txn *txn;
	MDB_dbi dbi;
	int rc;

	for (size_t i = 0; i < g->n_tables; i++) {
		if (lmdb_table_known(s, g->tables[i]) != NULL) /* only this thread changes them */
			continue;
		if (s->n_tables == STORE_TABLES_MAX)
			return err_set(e, ERR_FULL,
				"%s: no room for table %s: a store has at most %d", s->path,
				g->tables[i], STORE_TABLES_MAX);
		(void)pthread_mutex_lock(&s->lock);
		rc = mdb_txn_begin(s->env, NULL, 0, &txn);
		if (rc == 0) {
			rc = lmdb_table_dbi(txn, g->tables[i], MDB_CREATE, &dbi);
			if (rc == 0)
				rc = mdb_txn_commit(txn);
			else
				mdb_txn_abort(txn);
		}
		if (rc == 0)
			lmdb_table_learn(s, g->tables[i], dbi);
		(void)pthread_mutex_unlock(&s->lock);
		if (rc != 0)
			return lmdb_fail(s, e, rc, "making a table");
	}
	return 0;
}

static int append_group(struct store *s, MDB_txn *txn, const struct store_group *g, struct err *e)
{
	uint8_t key[8];
	MDB_val k = { sizeof key, key }, v = { store_format_size(g), NULL };
	int rc;

	store_key_u64(s->end, key);
	rc = mdb_put(txn, s->log, &k, &v, MDB_APPEND | MDB_RESERVE);
	if (rc != 0)
		return lmdb_fail(s, e, rc, "appending to the log");
	store_format_write(v.mv_data, g, s->options.partition, s->end, s->bytes_end);
	return 0;
}

static bool is_past_retention(
	const struct store *s, const struct group *g, uint64_t end, uint64_t bytes_end)
{
	const struct store_options *o = &s->options;

	return (o->retain_records != 0 && end - g->first > o->retain_records) ||
	       (o->retain_bytes != 0 && bytes_end - g->head.bytes_before > o->retain_bytes);
}

/* Drops the oldest groups while the log is longer than it may be; the newest always stays. A damaged group counts as
 * if it began the log: what it held cannot be read anyway. *ret_first is then the oldest position left (untouched
 * where everything is kept). */
static int drop_oldest(struct store *s, MDB_txn *txn, const struct store_group *g,
	uint64_t *ret_first, struct err *e)
{
	uint64_t end = s->end + g->n_records, bytes_end = s->bytes_end + store_format_size(g);
	struct group oldest;
	MDB_cursor *c;
	int rc;

	if (s->options.retain_records == 0 && s->options.retain_bytes == 0)
		return 0;
	rc = mdb_cursor_open(txn, s->log, &c);
	if (rc != 0)
		return lmdb_fail(s, e, rc, "reading the log");
	for (int i = 0; i <= DROP_MAX; i++) {
		memset(&oldest, 0, sizeof oldest);
		rc = lmdb_group_at(s, c, MDB_FIRST, &oldest, NULL);
		if (rc != 0 && rc != ERR_CORRUPT) {
			rc = err_set(e, rc, "%s: looking for the oldest records", s->path);
			break;
		}
		rc = 0;
		*ret_first = oldest.first;
		if (i == DROP_MAX || oldest.first == s->end ||
			!is_past_retention(s, &oldest, end, bytes_end))
			break;
		rc = mdb_cursor_del(c, 0);
		if (rc != 0) {
			rc = lmdb_fail(s, e, rc, "dropping the oldest records");
			break;
		}
	}
	mdb_cursor_close(c);
	return rc;
}

static int apply_ops(struct store *s, MDB_txn *txn, const struct store_group *g, struct err *e)
{
	MDB_dbi dbis[STORE_TABLES_MAX];
	struct store_op op;
	size_t at = 0;
	int rc;

	for (size_t i = 0; i < g->n_tables; i++)
		dbis[i] = lmdb_table_known(s, g->tables[i])->dbi;
	while (store_group_op(g, &at, &op)) {
		MDB_val k = { op.key.n, (void *)(uintptr_t)op.key.p };
		MDB_val v = { op.value.n, (void *)(uintptr_t)op.value.p };

		rc = op.is_delete ? mdb_del(txn, dbis[op.table], &k, NULL)
				  : mdb_put(txn, dbis[op.table], &k, &v, 0);
		if (rc != 0 && !(op.is_delete && rc == MDB_NOTFOUND))
			return lmdb_fail(s, e, rc, "writing to a table");
	}
	return 0;
}

/* Everything but the sync. */
static int fill_txn(struct store *s, MDB_txn *txn, const struct store_group *g, uint64_t *ret_first,
	struct err *e)
{
	int rc = 0;

	if (g->n_records > 0) {
		rc = append_group(s, txn, g, e);
		if (rc == 0)
			rc = drop_oldest(s, txn, g, ret_first, e);
	}
	return rc != 0 ? rc : apply_ops(s, txn, g, e);
}

static int commit(struct store *s, const struct store_group *g, struct fault fault, struct err *e)
{
	uint64_t first = s->first;
	MDB_txn *txn;
	int rc = make_tables(s, g, e);

	if (rc != 0)
		return rc;
	rc = mdb_txn_begin(s->env, NULL, 0, &txn);
	if (rc != 0)
		return lmdb_fail(s, e, rc, "beginning a commit");
	rc = fill_txn(s, txn, g, &first, e);
	if (rc == 0 && fault.call != NULL) {
		rc = fault.call(fault.ctx);
		if (rc != 0)
			(void)err_set(e, rc, "%s: injected fault: %s", s->path, err_text(rc));
	}
	if (rc != 0) {
		mdb_txn_abort(txn);
		return rc;
	}
	rc = mdb_txn_commit(txn);
	if (rc != 0)
		return lmdb_fail(s, e, rc, "committing");
	if (g->n_records > 0) {
		s->bytes_end += store_format_size(g);
		s->first = first;
		s->end += g->n_records;
	}
	return 0;
}

int store_commit(struct store *s, const struct store_group *g, uint64_t *ret_first, struct err *e)
{
	uint64_t first = s->end;
	struct fault fault;
	int dead, rc;

	assert(!s->options.read_only);
	if (store_group_is_empty(g)) {
		*ret_first = first;
		return 0;
	}
	(void)pthread_mutex_lock(&s->lock);
	fault = s->fault;
	(void)pthread_mutex_unlock(&s->lock);
	rc = commit(s, g, fault, e);
	/* The pages that a dead reader held back are free again after the check. */
	if (rc == ERR_NOSPACE || ++s->n_commits % READER_CHECK_EVERY == 0)
		(void)mdb_reader_check(s->env, &dead);
	if (rc == 0)
		*ret_first = first;
	return rc;
}

void store_set_fault(struct store *s, int (*fault)(void *ctx), void *ctx)
{
	(void)pthread_mutex_lock(&s->lock);
	s->fault = (struct fault){ fault, ctx };
	(void)pthread_mutex_unlock(&s->lock);
}
