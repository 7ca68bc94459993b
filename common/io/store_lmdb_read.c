/* Reading from the store, beside the thread that writes and from other processes. */
#include "common/io/store_lmdb.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "common/base/hash.h"

/* A reader in another process: looks whether the writer has made the log, or a table, meanwhile. */
static void look_for_new(struct store *s, const char *table)
{
	MDB_txn *txn;
	MDB_dbi dbi;
	bool found;

	if (!s->options.read_only || mdb_txn_begin(s->env, NULL, MDB_RDONLY, &txn) != 0)
		return;
	if (table == NULL)
		found = mdb_dbi_open(txn, "log", 0, &dbi) == 0;
	else
		found = s->n_tables < STORE_TABLES_MAX && lmdb_table_dbi(txn, table, 0, &dbi) == 0;
	if (mdb_txn_commit(txn) != 0 || !found)
		return;
	if (table != NULL) {
		lmdb_table_learn(s, table, dbi);
	} else {
		s->log = dbi;
		s->has_log = true;
	}
}

/* Begins to read; the transaction and the cursor are kept between calls. Returns an LMDB code. */
static int renew(struct store *s)
{
	int rc = s->read_txn == NULL ? mdb_txn_begin(s->env, NULL, MDB_RDONLY, &s->read_txn)
				     : mdb_txn_renew(s->read_txn);

	if (rc == MDB_MAP_RESIZED && s->options.read_only) { /* the writer was given a larger map */
		rc = mdb_env_set_mapsize(s->env, 0);
		if (rc == 0)
			rc = s->read_txn == NULL
				     ? mdb_txn_begin(s->env, NULL, MDB_RDONLY, &s->read_txn)
				     : mdb_txn_renew(s->read_txn);
	}
	return rc;
}

/* Begins to read the log with s->read_cursor. Returns 0, ERR_NOTFOUND (no log yet), ERR_IO; read_end() after 0. */
static int read_begin_log(struct store *s, struct err *e)
{
	int rc;

	if (!s->has_log)
		look_for_new(s, NULL);
	if (!s->has_log)
		return ERR_NOTFOUND;
	(void)pthread_mutex_lock(&s->lock);
	rc = renew(s);
	(void)pthread_mutex_unlock(&s->lock);
	if (rc != 0)
		return lmdb_fail(s, e, rc, "beginning to read");
	rc = s->read_cursor == NULL ? mdb_cursor_open(s->read_txn, s->log, &s->read_cursor)
				    : mdb_cursor_renew(s->read_txn, s->read_cursor);
	if (rc != 0) {
		mdb_txn_reset(s->read_txn);
		return lmdb_fail(s, e, rc, "reading the log");
	}
	return 0;
}

static void read_end(struct store *s)
{
	mdb_txn_reset(s->read_txn);
}

/* Of a reader in another process. A damaged group at either end counts by its position alone. */
static uint64_t look_up_end(struct store *s, MDB_cursor_op op)
{
	struct group g = { .first = 0, .end = 0 };
	int rc = read_begin_log(s, NULL);

	if (rc == 0) {
		rc = lmdb_group_at(s, s->read_cursor, op, &g, NULL);
		read_end(s);
	}
	return op == MDB_FIRST || rc != 0 ? g.first : g.end; /* both 0 for an empty log */
}

uint64_t store_first(const struct store *s)
{
	if (s->options.read_only)
		return look_up_end((struct store *)s, MDB_FIRST);
	return s->first;
}

uint64_t store_end(const struct store *s)
{
	if (s->options.read_only)
		return look_up_end((struct store *)s, MDB_LAST);
	return s->end;
}

/* Finds the group that holds `position`. Returns 0, ERR_CLOSED (position is the end of the log: nothing there yet),
 * ERR_NOTFOUND, ERR_RANGE, ERR_CORRUPT, ERR_IO. */
static int find_group(
	const struct store *s, MDB_cursor *c, uint64_t position, struct group *ret_g, struct err *e)
{
	int rc = lmdb_value_at(s, c, MDB_SET_RANGE, position, ret_g, e);
	bool is_past_all = rc == ERR_NOTFOUND;

	if (rc == 0 && ret_g->first == position)
		return lmdb_read_head(s, ret_g, e);
	if (rc != 0 && !is_past_all)
		return rc;
	rc = lmdb_group_at(s, c, is_past_all ? MDB_LAST : MDB_PREV, ret_g, e);
	if (rc == ERR_NOTFOUND && !is_past_all)
		return err_set(e, rc, "%s: position %" PRIu64 " was dropped", s->path, position);
	if (rc == ERR_NOTFOUND) /* an empty log */
		ret_g->end = 0;
	else if (rc != 0 || position < ret_g->end)
		return rc;
	else if (!is_past_all)
		return lmdb_corrupt(s, e, ret_g->first, "the next group leaves a gap");
	if (position > ret_g->end)
		return err_set(e, ERR_RANGE, "%s: position %" PRIu64 " lies past the end, %" PRIu64,
			s->path, position, ret_g->end);
	return ERR_CLOSED;
}

/* Checks a group once; groups do not change. */
static int check_group(struct store *s, const struct group *g, struct err *e)
{
	uint64_t *slot = &s->checked[hash_u64(g->first) % STORE_CHECKED_MAX];
	const char *why;

	if (*slot == g->first + 1)
		return 0;
	why = store_format_check(g->value, &g->head);
	if (why != NULL)
		return lmdb_corrupt(s, e, g->first, why);
	*slot = g->first + 1;
	return 0;
}

/* The limits and the outcome of one store_read(). */
struct taking {
	uint64_t max_records;
	size_t max_bytes, cap;
	struct buf *out;
	uint32_t *sizes, *counts;
	size_t n;
	uint64_t first, records;
};

static bool has_room(const struct taking *t, struct store_unit u, size_t bytes)
{
	if (t->n == 0)
		return true;
	return t->n < t->cap && t->records + u.n_records <= t->max_records &&
	       bytes + u.size <= t->max_bytes && bytes + u.size <= t->out->max;
}

/* Copies units of one group, from the one that holds `position` on. *ret_more: there was room for all. */
static int take_units(struct taking *t, const struct group *g, uint64_t position, bool *ret_more)
{
	const uint8_t *units = store_format_units(g->value, &g->head);
	uint64_t at = g->first;
	size_t from = 0, run = 0, i = 0;
	struct store_unit u = store_format_unit(g->value, 0);

	while (position - at >= u.n_records) {
		at += u.n_records;
		from += u.size;
		u = store_format_unit(g->value, ++i);
	}
	if (t->n == 0)
		t->first = at;
	for (; i < g->head.n_units; i++) {
		u = store_format_unit(g->value, i);
		if (!has_room(t, u, t->out->n + run))
			break;
		t->sizes[t->n] = u.size;
		t->counts[t->n++] = u.n_records;
		t->records += u.n_records;
		run += u.size;
	}
	*ret_more = i == g->head.n_units && t->n < t->cap && t->records < t->max_records &&
		    t->out->n + run < t->max_bytes;
	return buf_add(t->out, units + from, run);
}

/* Group after group. What is wrong with a later one is said to whoever asks for it. */
static int take_groups(struct store *s, struct taking *t, uint64_t position, struct err *e)
{
	struct group g;
	bool more = true;
	int rc = find_group(s, s->read_cursor, position, &g, e);

	if (rc == 0)
		rc = check_group(s, &g, e);
	if (rc == ERR_CLOSED)
		t->first = position;
	if (rc != 0)
		return rc == ERR_CLOSED ? 0 : rc;
	for (;;) {
		rc = take_units(t, &g, position, &more);
		if (rc != 0)
			return err_set(
				e, rc, "%s: copying from position %" PRIu64, s->path, position);
		position = g.end;
		if (!more || lmdb_group_at(s, s->read_cursor, MDB_NEXT, &g, NULL) != 0 ||
			g.first != position || check_group(s, &g, NULL) != 0)
			return 0;
	}
}

int store_read(struct store *s, uint64_t position, uint64_t max_records, size_t max_bytes,
	struct buf *out, uint32_t *ret_sizes, uint32_t *ret_counts, size_t cap, size_t *ret_n,
	uint64_t *ret_first, struct err *e)
{
	struct taking t = { .max_records = max_records,
		.max_bytes = max_bytes,
		.cap = cap,
		.out = out,
		.sizes = ret_sizes,
		.counts = ret_counts };
	int rc = read_begin_log(s, e);

	assert(cap > 0);
	buf_reset(out);
	if (rc == 0) {
		rc = take_groups(s, &t, position, e);
		read_end(s);
	} else if (rc == ERR_NOTFOUND) {
		rc = position == 0 ? 0 : err_set(e, ERR_RANGE, "%s: the log is empty", s->path);
	}
	if (rc != 0)
		return rc;
	*ret_n = t.n;
	*ret_first = t.first;
	return 0;
}

/* Begins to read a table. Returns an LMDB code; MDB_NOTFOUND for a table that does not exist. */
static int begin_table(struct store *s, const char *table, MDB_txn **txn, MDB_dbi *ret_dbi)
{
	const struct table *t;
	int rc = MDB_NOTFOUND;

	(void)pthread_mutex_lock(&s->lock);
	t = lmdb_table_known(s, table);
	if (t == NULL) {
		look_for_new(s, table);
		t = lmdb_table_known(s, table);
	}
	if (t != NULL) {
		*ret_dbi = t->dbi;
		rc = txn == &s->read_txn ? renew(s) : mdb_txn_begin(s->env, NULL, MDB_RDONLY, txn);
	}
	(void)pthread_mutex_unlock(&s->lock);
	return rc;
}

int store_get(struct store *s, const char *table, struct span key, struct buf *out, struct err *e)
{
	MDB_val k = { key.n, (void *)(uintptr_t)key.p }, v;
	MDB_dbi dbi;
	int rc, copied = 0;

	if (key.n == 0 || key.n > STORE_KEY_MAX)
		return err_set(
			e, ERR_INVALID, "%s: a key has 1 to %d bytes", s->path, STORE_KEY_MAX);
	rc = begin_table(s, table, &s->read_txn, &dbi);
	if (rc == 0) {
		rc = mdb_get(s->read_txn, dbi, &k, &v);
		if (rc == 0) {
			buf_reset(out);
			copied = buf_add(out, v.mv_data, v.mv_size);
		}
		read_end(s);
	}
	if (rc == MDB_NOTFOUND)
		return err_set(e, ERR_NOTFOUND, "%s: no such key in table %s", s->path, table);
	if (rc != 0)
		return lmdb_fail(s, e, rc, "reading a table");
	return copied == 0 ? 0 : err_set(e, copied, "%s: copying from table %s", s->path, table);
}

static int scan(MDB_cursor *c, struct span from,
	int (*visit)(void *ctx, struct span key, struct span value), void *ctx, int *ret_visit)
{
	MDB_val k = { from.n, (void *)(uintptr_t)from.p }, v;
	int rc = mdb_cursor_get(c, &k, &v, from.n == 0 ? MDB_FIRST : MDB_SET_RANGE);

	while (rc == 0 && *ret_visit == 0) {
		*ret_visit = visit(ctx, (struct span){ k.mv_data, k.mv_size },
			(struct span){ v.mv_data, v.mv_size });
		if (*ret_visit == 0)
			rc = mdb_cursor_get(c, &k, &v, MDB_NEXT);
	}
	return rc == MDB_NOTFOUND ? 0 : rc;
}

int store_scan(struct store *s, const char *table, struct span from,
	int (*visit)(void *ctx, struct span key, struct span value), void *ctx, struct err *e)
{
	MDB_txn *txn; /* of its own, so that visit() may call store_get() */
	MDB_cursor *c;
	MDB_dbi dbi;
	int visited = 0;
	int rc;

	if (from.n > STORE_KEY_MAX)
		return err_set(
			e, ERR_INVALID, "%s: a key has at most %d bytes", s->path, STORE_KEY_MAX);
	rc = begin_table(s, table, &txn, &dbi);
	if (rc == MDB_NOTFOUND)
		return 0;
	if (rc == 0) {
		rc = mdb_cursor_open(txn, dbi, &c);
		if (rc == 0) {
			rc = scan(c, from, visit, ctx, &visited);
			mdb_cursor_close(c);
		}
		mdb_txn_abort(txn);
	}
	return rc != 0 ? lmdb_fail(s, e, rc, "scanning a table") : visited;
}
