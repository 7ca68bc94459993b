/* The store on LMDB, and the only file that knows it.
 *
 * An environment holds the database "log" (key: first position, big-endian; value: store_format.h) and one database
 * "t.NAME" per side table. The writing thread is the only one that changes the store's positions; the other thread
 * reads them, and reads the data in a read transaction of its own that is reset after each call, so that it never
 * keeps pages from being used again.
 *
 * LMDB wants new databases to be announced when nobody else begins a transaction. So a table is made in a small
 * transaction before the first commit that needs it, under `lock`, which every read takes while it begins. */
#include "common/io/store.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "common/base/hash.h"
#include "common/io/store_claim.h"
#include "common/io/store_format.h"
#include "common/io/store_group.h"

#define MAP_BYTES_DEFAULT  ((uint64_t)64 << 30)
#define DROP_MAX	   4096 /* groups that one commit drops at most, so that none takes too long */
#define READER_CHECK_EVERY 1024 /* commits between two searches for readers that died */
#define CHECKED_MAX	   64
#define TABLE_PREFIX	   "t."
#define N_DATABASES	   (STORE_TABLES_MAX + 1)

struct table {
	char name[STORE_TABLE_NAME_MAX + 1];
	MDB_dbi dbi;
};

struct fault {
	int (*call)(void *ctx);
	void *ctx;
};

struct store {
	struct store_options options;
	char path[PATH_MAX];
	struct store_claim *claim;
	MDB_env *env;
	bool has_log; /* a reader may come before the writer's first transaction */
	MDB_dbi log;

	pthread_mutex_t
		lock; /* guards tables, fault, and the making of databases against beginning reads */
	size_t n_tables;
	struct table tables[STORE_TABLES_MAX];
	struct fault fault;

	/* Of a writer: changed by the committing thread after the commit, read by the other one. */
	_Atomic uint64_t first, end;
	uint64_t bytes_end; /* bytes_before of the next group; committing thread only */
	uint64_t n_commits;

	/* Reading thread only. */
	MDB_txn *read_txn;
	MDB_cursor *read_cursor;
	uint64_t checked
		[CHECKED_MAX]; /* 1 + positions of groups whose checksum was found right, by their hash */
};

/* ---- errors ------------------------------------------------------------------------------------------------ */

/* LMDB reports a short write as EIO; on a full disk that is no defect of the disk. */
static bool is_disk_full(const struct store *s)
{
	struct statvfs v;

	return statvfs(s->path, &v) == 0 && (uint64_t)v.f_bavail * v.f_frsize < (1u << 20);
}

static int code_of(const struct store *s, int rc)
{
	switch (rc) {
	case MDB_MAP_FULL:
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return ERR_NOSPACE;
	case EIO:
		return is_disk_full(s) ? ERR_NOSPACE : ERR_IO;
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_INVALID:
	case MDB_VERSION_MISMATCH:
		return ERR_CORRUPT;
	case MDB_TXN_FULL:
		return ERR_FULL;
	case ENOMEM:
		return ERR_NOMEM;
	case ENOENT:
		return ERR_NOTFOUND;
	default:
		return ERR_IO;
	}
}

static int fail(const struct store *s, struct err *e, int rc, const char *what)
{
	return err_set(e, code_of(s, rc), "%s: %s: %s", s->path, what, mdb_strerror(rc));
}

static int corrupt(const struct store *s, struct err *e, uint64_t position, const char *why)
{
	return err_set(e, ERR_CORRUPT, "%s: damaged group at position %" PRIu64 ": %s", s->path,
		position, why);
}

/* ---- the groups of the log --------------------------------------------------------------------------------- */

struct group {
	uint64_t first, end;
	struct store_head head;
	struct span value;
};

/* The key and the value where the cursor stands after `op`. Returns 0, ERR_NOTFOUND (nothing there), ERR_CORRUPT,
 * ERR_IO. */
static int value_at(const struct store *s, MDB_cursor *c, MDB_cursor_op op, uint64_t key,
	struct group *ret_g, struct err *e)
{
	uint8_t bytes[8];
	MDB_val k = { sizeof bytes, bytes }, v;
	int rc;

	store_key_u64(key, bytes);
	rc = mdb_cursor_get(c, &k, &v, op);
	if (rc == MDB_NOTFOUND)
		return ERR_NOTFOUND;
	if (rc != 0)
		return fail(s, e, rc, "reading the log");
	if (k.mv_size != sizeof bytes)
		return err_set(
			e, ERR_CORRUPT, "%s: a key of the log has %zu bytes", s->path, k.mv_size);
	ret_g->first = store_key_read_u64(k.mv_data);
	ret_g->value = (struct span){ v.mv_data, v.mv_size };
	return 0;
}

static int read_head(const struct store *s, struct group *g, struct err *e)
{
	const char *why = store_format_head(g->value, g->first, &g->head);

	if (why != NULL)
		return corrupt(s, e, g->first, why);
	g->end = g->first + g->head.n_records;
	return 0;
}

/* Likewise with the header; after ERR_CORRUPT ret_g->first is set all the same. */
static int group_at(
	const struct store *s, MDB_cursor *c, MDB_cursor_op op, struct group *ret_g, struct err *e)
{
	int rc = value_at(s, c, op, 0, ret_g, e);

	return rc != 0 ? rc : read_head(s, ret_g, e);
}

/* The newest group, checked in full. */
static int newest_group(const struct store *s, MDB_cursor *c, struct group *ret_g, struct err *e)
{
	const char *why;
	int rc = group_at(s, c, MDB_LAST, ret_g, e);

	if (rc != 0)
		return rc;
	why = store_format_check(ret_g->value, &ret_g->head);
	return why == NULL ? 0 : corrupt(s, e, ret_g->first, why);
}

/* ---- databases --------------------------------------------------------------------------------------------- */

/* With `lock` held, or before anybody else knows the store. Returns NULL for an unknown table. */
static const struct table *table_known(const struct store *s, const char *name)
{
	for (size_t i = 0; i < s->n_tables; i++)
		if (strcmp(s->tables[i].name, name) == 0)
			return &s->tables[i];
	return NULL;
}

static void table_learn(struct store *s, const char *name, MDB_dbi dbi)
{
	struct table *t = &s->tables[s->n_tables++];

	(void)snprintf(t->name, sizeof t->name, "%s", name);
	t->dbi = dbi;
}

/* Opens the database of a table inside `txn`. Returns an LMDB code. */
static int table_dbi(MDB_txn *txn, const char *name, unsigned flags, MDB_dbi *ret_dbi)
{
	char db[sizeof TABLE_PREFIX + STORE_TABLE_NAME_MAX];

	(void)snprintf(db, sizeof db, TABLE_PREFIX "%s", name);
	return mdb_dbi_open(txn, db, flags, ret_dbi);
}

/* Opens every table that exists: their names are the keys of LMDB's main database. */
static int open_tables(struct store *s, MDB_txn *txn)
{
	char names[STORE_TABLES_MAX][STORE_TABLE_NAME_MAX + 1];
	size_t n = 0, skip = strlen(TABLE_PREFIX);
	MDB_cursor *c;
	MDB_dbi main_db, dbi;
	MDB_val k, v;
	int rc = mdb_dbi_open(txn, NULL, 0, &main_db);

	if (rc == 0)
		rc = mdb_cursor_open(txn, main_db, &c);
	if (rc != 0)
		return rc;
	while (n < STORE_TABLES_MAX && (rc = mdb_cursor_get(c, &k, &v, MDB_NEXT)) == 0) {
		if (k.mv_size <= skip || k.mv_size - skip > STORE_TABLE_NAME_MAX ||
			memcmp(k.mv_data, TABLE_PREFIX, skip) != 0)
			continue;
		(void)snprintf(names[n++], sizeof names[0], "%.*s", (int)(k.mv_size - skip),
			(const char *)k.mv_data + skip);
	}
	mdb_cursor_close(c);
	if (rc != 0 && rc != MDB_NOTFOUND)
		return rc;
	for (size_t i = 0; i < n; i++) {
		rc = table_dbi(txn, names[i], 0, &dbi);
		if (rc != 0)
			return rc;
		table_learn(s, names[i], dbi);
	}
	return 0;
}

/* Makes the tables that the group names and that do not exist yet. An empty table shows nowhere, so this may stand
 * although the commit that follows fails. */
static int make_tables(struct store *s, const struct store_group *g, struct err *e)
{
	MDB_txn *txn;
	MDB_dbi dbi;
	int rc;

	for (size_t i = 0; i < g->n_tables; i++) {
		if (table_known(s, g->tables[i]) != NULL) /* only this thread changes them */
			continue;
		if (s->n_tables == STORE_TABLES_MAX)
			return err_set(e, ERR_FULL,
				"%s: no room for table %s: a store has at most %d", s->path,
				g->tables[i], STORE_TABLES_MAX);
		(void)pthread_mutex_lock(&s->lock);
		rc = mdb_txn_begin(s->env, NULL, 0, &txn);
		if (rc == 0) {
			rc = table_dbi(txn, g->tables[i], MDB_CREATE, &dbi);
			if (rc == 0)
				rc = mdb_txn_commit(txn);
			else
				mdb_txn_abort(txn);
		}
		if (rc == 0)
			table_learn(s, g->tables[i], dbi);
		(void)pthread_mutex_unlock(&s->lock);
		if (rc != 0)
			return fail(s, e, rc, "making a table");
	}
	return 0;
}

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
		found = s->n_tables < STORE_TABLES_MAX && table_dbi(txn, table, 0, &dbi) == 0;
	if (mdb_txn_commit(txn) != 0 || !found)
		return;
	if (table != NULL) {
		table_learn(s, table, dbi);
	} else {
		s->log = dbi;
		s->has_log = true;
	}
}

/* ---- opening and closing ----------------------------------------------------------------------------------- */

static int open_env(struct store *s, struct err *e)
{
	const struct store_options *o = &s->options;
	uint64_t map = o->map_bytes == 0 ? MAP_BYTES_DEFAULT : o->map_bytes;
	unsigned flags = MDB_NOTLS | (o->read_only ? MDB_RDONLY : 0);
	int dead, rc;

	rc = mdb_env_create(&s->env);
	if (rc != 0)
		return fail(s, e, rc, "preparing");
	rc = mdb_env_set_maxdbs(s->env, N_DATABASES);
	if (rc == 0 && !o->read_only) /* a reader takes the size from the file */
		rc = mdb_env_set_mapsize(s->env, map);
	if (rc == 0)
		rc = mdb_env_open(s->env, s->path, flags, 0600);
	if (rc == 0)
		rc = mdb_reader_check(s->env, &dead);
	if (rc != 0)
		return fail(s, e, rc, "opening the store");
	return o->read_only ? 0 : store_claim_sync(s->path, e);
}

static int open_databases(struct store *s, struct err *e)
{
	unsigned txn_flags = s->options.read_only ? MDB_RDONLY : 0;
	unsigned dbi_flags = s->options.read_only ? 0 : MDB_CREATE;
	MDB_txn *txn;
	int rc = mdb_txn_begin(s->env, NULL, txn_flags, &txn);

	if (rc != 0)
		return fail(s, e, rc, "beginning");
	rc = mdb_dbi_open(txn, "log", dbi_flags, &s->log);
	s->has_log = rc == 0;
	if (rc == MDB_NOTFOUND && s->options.read_only)
		rc = 0;
	if (rc == 0)
		rc = open_tables(s, txn);
	if (rc == 0)
		rc = mdb_txn_commit(txn);
	else
		mdb_txn_abort(txn);
	return rc == 0 ? 0 : fail(s, e, rc, "opening the log");
}

/* Where the log begins and ends; checks the newest group, on which everything to come builds. */
static int find_ends(struct store *s, MDB_cursor *c, struct err *e)
{
	struct group oldest, newest;
	int rc = newest_group(s, c, &newest, e);

	if (rc == ERR_NOTFOUND)
		return 0;
	if (rc != 0)
		return rc;
	if (newest.head.partition != s->options.partition && !s->options.read_only)
		return err_set(e, ERR_MISMATCH, "%s: holds partition %" PRIu32 ", not %" PRIu32,
			s->path, newest.head.partition, s->options.partition);
	s->bytes_end = newest.head.bytes_before + newest.value.n;
	s->end = newest.end;
	rc = group_at(s, c, MDB_FIRST, &oldest, e);
	if (rc != 0 && rc != ERR_CORRUPT) /* a damaged one stops only those who read it */
		return rc;
	s->first = oldest.first;
	return 0;
}

static int look_at_log(struct store *s, struct err *e)
{
	MDB_txn *txn;
	MDB_cursor *c;
	int rc;

	if (!s->has_log)
		return 0;
	rc = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &txn);
	if (rc != 0)
		return fail(s, e, rc, "beginning");
	rc = mdb_cursor_open(txn, s->log, &c);
	if (rc != 0) {
		rc = fail(s, e, rc, "reading the log");
	} else {
		rc = find_ends(s, c, e);
		mdb_cursor_close(c);
	}
	mdb_txn_abort(txn);
	return rc;
}

int store_open(const struct store_options *options, struct store **ret_s, struct err *e)
{
	struct store *s;
	int rc;

	if (strlen(options->path) >= sizeof s->path - 32)
		return err_set(e, ERR_INVALID, "the path of the store is too long");
	if (!options->read_only) {
		rc = store_claim_folder(options->path, e);
		if (rc != 0)
			return rc;
	}
	s = mem_zalloc(&mem_heap, sizeof *s);
	if (s == NULL)
		return err_set(e, ERR_NOMEM, "opening %s", options->path);
	s->options = *options;
	(void)snprintf(s->path, sizeof s->path, "%s", options->path);
	s->options.path = s->path;
	(void)pthread_mutex_init(&s->lock, NULL);
	rc = store_claim_take(s->path, !options->read_only, &s->claim, e);
	if (rc == 0)
		rc = open_env(s, e);
	if (rc == 0)
		rc = open_databases(s, e);
	if (rc == 0)
		rc = look_at_log(s, e);
	if (rc != 0) {
		store_close(s);
		return rc;
	}
	*ret_s = s;
	return 0;
}

void store_close(struct store *s)
{
	if (s == NULL)
		return;
	if (s->read_txn != NULL) {
		if (s->read_cursor != NULL)
			mdb_cursor_close(s->read_cursor);
		mdb_txn_abort(s->read_txn);
	}
	if (s->env != NULL)
		mdb_env_close(s->env);
	store_claim_drop(s->claim);
	(void)pthread_mutex_destroy(&s->lock);
	mem_free(&mem_heap, s, sizeof *s);
}

/* ---- committing -------------------------------------------------------------------------------------------- */

static int append_group(struct store *s, MDB_txn *txn, const struct store_group *g, struct err *e)
{
	uint8_t key[8];
	MDB_val k = { sizeof key, key }, v = { store_format_size(g), NULL };
	int rc;

	store_key_u64(s->end, key);
	rc = mdb_put(txn, s->log, &k, &v, MDB_APPEND | MDB_RESERVE);
	if (rc != 0)
		return fail(s, e, rc, "appending to the log");
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
 * if it began the log: what it held cannot be read anyway. *ret_first is then the oldest position left. */
static int drop_oldest(struct store *s, MDB_txn *txn, const struct store_group *g,
	uint64_t *ret_first, struct err *e)
{
	uint64_t end = s->end + g->n_records, bytes_end = s->bytes_end + store_format_size(g);
	struct group oldest;
	MDB_cursor *c;
	int rc = mdb_cursor_open(txn, s->log, &c);

	if (rc != 0)
		return fail(s, e, rc, "reading the log");
	for (int i = 0; i <= DROP_MAX; i++) {
		memset(&oldest, 0, sizeof oldest);
		rc = group_at(s, c, MDB_FIRST, &oldest, e);
		if (rc != 0 && rc != ERR_CORRUPT)
			break;
		rc = 0;
		*ret_first = oldest.first;
		if (i == DROP_MAX || oldest.first == s->end ||
			!is_past_retention(s, &oldest, end, bytes_end))
			break;
		rc = mdb_cursor_del(c, 0);
		if (rc != 0) {
			rc = fail(s, e, rc, "dropping the oldest records");
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
		dbis[i] = table_known(s, g->tables[i])->dbi;
	while (store_group_op(g, &at, &op)) {
		MDB_val k = { op.key.n, (void *)(uintptr_t)op.key.p };
		MDB_val v = { op.value.n, (void *)(uintptr_t)op.value.p };

		rc = op.is_delete ? mdb_del(txn, dbis[op.table], &k, NULL)
				  : mdb_put(txn, dbis[op.table], &k, &v, 0);
		if (rc != 0 && !(op.is_delete && rc == MDB_NOTFOUND))
			return fail(s, e, rc, "writing to a table");
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
		return fail(s, e, rc, "beginning a commit");
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
		return fail(s, e, rc, "committing");
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
	(void)pthread_mutex_lock(
		&s->lock); /* never taken inside a transaction: it goes before LMDB's own */
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

/* ---- reading ----------------------------------------------------------------------------------------------- */

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
		return fail(s, e, rc, "beginning to read");
	rc = s->read_cursor == NULL ? mdb_cursor_open(s->read_txn, s->log, &s->read_cursor)
				    : mdb_cursor_renew(s->read_txn, s->read_cursor);
	if (rc != 0) {
		mdb_txn_reset(s->read_txn);
		return fail(s, e, rc, "reading the log");
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
		rc = group_at(s, s->read_cursor, op, &g, NULL);
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
	int rc = value_at(s, c, MDB_SET_RANGE, position, ret_g, e);
	bool is_past_all = rc == ERR_NOTFOUND;

	if (rc == 0 && ret_g->first == position)
		return read_head(s, ret_g, e);
	if (rc != 0 && !is_past_all)
		return rc;
	rc = group_at(s, c, is_past_all ? MDB_LAST : MDB_PREV, ret_g, e);
	if (rc == ERR_NOTFOUND && !is_past_all)
		return err_set(e, rc, "%s: position %" PRIu64 " was dropped", s->path, position);
	if (rc == ERR_NOTFOUND) /* an empty log */
		ret_g->end = 0;
	else if (rc != 0 || position < ret_g->end)
		return rc;
	else if (!is_past_all)
		return corrupt(s, e, ret_g->first, "the next group leaves a gap");
	if (position > ret_g->end)
		return err_set(e, ERR_RANGE, "%s: position %" PRIu64 " lies past the end, %" PRIu64,
			s->path, position, ret_g->end);
	return ERR_CLOSED;
}

/* Checks a group once; groups do not change. */
static int check_group(struct store *s, const struct group *g, struct err *e)
{
	uint64_t *slot = &s->checked[hash_u64(g->first) % CHECKED_MAX];
	const char *why;

	if (*slot == g->first + 1)
		return 0;
	why = store_format_check(g->value, &g->head);
	if (why != NULL)
		return corrupt(s, e, g->first, why);
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
		if (!more || group_at(s, s->read_cursor, MDB_NEXT, &g, NULL) != 0 ||
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
	t = table_known(s, table);
	if (t == NULL) {
		look_for_new(s, table);
		t = table_known(s, table);
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
		return fail(s, e, rc, "reading a table");
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
	return rc != 0 ? fail(s, e, rc, "scanning a table") : visited;
}
