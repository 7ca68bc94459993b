/* The store on LMDB: opening it, and what its writing and its reading side share.
 *
 * An environment holds the database "log" (key: first position, big-endian; value: store_format.h) and one database
 * "t.NAME" per side table. The writing thread is the only one that changes the store's positions; the other thread
 * reads them, and reads the data in a read transaction of its own that is reset after each call, so that it never
 * keeps pages from being used again.
 *
 * LMDB wants new databases to be announced when nobody else begins a transaction. So a table is made in a small
 * transaction before the first commit that needs it, under `lock`, which every read takes while it begins. */
#include "common/io/store_lmdb.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MAP_BYTES_DEFAULT ((uint64_t)64 << 30)
#define TABLE_PREFIX	  "t."
#define N_DATABASES	  (STORE_TABLES_MAX + 1)
#define LOCK_FILE_BYTES	  8192 /* LMDB's table of 126 readers */

/* ---- errors -------------------------------------------------------------------------------------------------- */

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

int lmdb_fail(const struct store *s, struct err *e, int rc, const char *what)
{
	return err_set(e, code_of(s, rc), "%s: %s: %s", s->path, what, mdb_strerror(rc));
}

int lmdb_corrupt(const struct store *s, struct err *e, uint64_t position, const char *why)
{
	return err_set(e, ERR_CORRUPT, "%s: damaged group at position %" PRIu64 ": %s", s->path,
		position, why);
}

/* ---- groups and tables --------------------------------------------------------------------------------------- */

int lmdb_value_at(const struct store *s, MDB_cursor *c, MDB_cursor_op op, uint64_t key,
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
		return lmdb_fail(s, e, rc, "reading the log");
	if (k.mv_size != sizeof bytes)
		return err_set(
			e, ERR_CORRUPT, "%s: a key of the log has %zu bytes", s->path, k.mv_size);
	ret_g->first = store_key_read_u64(k.mv_data);
	ret_g->value = (struct span){ v.mv_data, v.mv_size };
	return 0;
}

int lmdb_read_head(const struct store *s, struct group *g, struct err *e)
{
	const char *why = store_format_head(g->value, g->first, &g->head);

	if (why != NULL)
		return lmdb_corrupt(s, e, g->first, why);
	g->end = g->first + g->head.n_records;
	return 0;
}

int lmdb_group_at(
	const struct store *s, MDB_cursor *c, MDB_cursor_op op, struct group *ret_g, struct err *e)
{
	int rc = lmdb_value_at(s, c, op, 0, ret_g, e);

	return rc != 0 ? rc : lmdb_read_head(s, ret_g, e);
}

const struct table *lmdb_table_known(const struct store *s, const char *name)
{
	for (size_t i = 0; i < s->n_tables; i++)
		if (strcmp(s->tables[i].name, name) == 0)
			return &s->tables[i];
	return NULL;
}

void lmdb_table_learn(struct store *s, const char *name, MDB_dbi dbi)
{
	struct table *t = &s->tables[s->n_tables++];

	(void)snprintf(t->name, sizeof t->name, "%.*s", STORE_TABLE_NAME_MAX, name);
	t->dbi = dbi;
}

int lmdb_table_dbi(MDB_txn *txn, const char *name, unsigned flags, MDB_dbi *ret_dbi)
{
	char db[sizeof TABLE_PREFIX + STORE_TABLE_NAME_MAX];

	(void)snprintf(db, sizeof db, TABLE_PREFIX "%.*s", STORE_TABLE_NAME_MAX, name);
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
		rc = lmdb_table_dbi(txn, names[i], 0, &dbi);
		if (rc != 0)
			return rc;
		lmdb_table_learn(s, names[i], dbi);
	}
	return 0;
}

/* ---- opening and closing ------------------------------------------------------------------------------------- */

/* The newest group, checked in full. */
static int newest_group(const struct store *s, MDB_cursor *c, struct group *ret_g, struct err *e)
{
	const char *why;
	int rc = lmdb_group_at(s, c, MDB_LAST, ret_g, e);

	if (rc != 0)
		return rc;
	why = store_format_check(ret_g->value, &ret_g->head);
	return why == NULL ? 0 : lmdb_corrupt(s, e, ret_g->first, why);
}

/* LMDB maps its lock file, and makes it with holes: on a full disk the first write into one would be a SIGBUS. */
static int reserve_lock_file(const struct store *s, struct err *e)
{
	char path[PATH_MAX];
	int fd, rc;

	(void)snprintf(path, sizeof path, "%.*s/lock.mdb", (int)(sizeof path - 16), s->path);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return lmdb_fail(s, e, errno, "opening lock.mdb");
	rc = posix_fallocate(fd, 0, LOCK_FILE_BYTES);
	(void)close(fd);
	return rc == 0 || rc == EOPNOTSUPP || rc == EINVAL
		       ? 0
		       : lmdb_fail(s, e, rc, "reserving room for lock.mdb");
}

/* A file that was cut off ends before the last page its header names, and reading there would be a SIGBUS. Given its
 * length again, what is missing reads as zeros, which the checks of LMDB and ours refuse. It may be short without
 * damage: pages at the end that were taken and given back in one transaction are never written. */
static int restore_length(const struct store *s, struct err *e)
{
	MDB_envinfo info;
	MDB_stat stat;
	struct stat file;
	uint64_t length;
	int fd, rc = mdb_env_info(s->env, &info);

	if (rc == 0)
		rc = mdb_env_stat(s->env, &stat);
	if (rc == 0)
		rc = mdb_env_get_fd(s->env, &fd);
	if (rc == 0 && fstat(fd, &file) != 0)
		rc = errno;
	if (rc != 0)
		return lmdb_fail(s, e, rc, "looking at data.mdb");
	if (info.me_last_pgno >= info.me_mapsize / stat.ms_psize)
		return err_set(e, ERR_CORRUPT, "%s: data.mdb names a page past its bound", s->path);
	length = ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
	if ((uint64_t)file.st_size < length && ftruncate(fd, (off_t)length) != 0)
		return lmdb_fail(s, e, errno, "giving data.mdb its length");
	return 0;
}

static int open_env(struct store *s, struct err *e)
{
	const struct store_options *o = &s->options;
	uint64_t map = o->map_bytes == 0 ? MAP_BYTES_DEFAULT : o->map_bytes;
	unsigned flags = MDB_NOTLS | (o->read_only ? MDB_RDONLY : 0);
	int dead, rc = o->read_only ? 0 : reserve_lock_file(s, e);

	if (rc != 0)
		return rc;
	rc = mdb_env_create(&s->env);
	if (rc != 0)
		return lmdb_fail(s, e, rc, "preparing");
	rc = mdb_env_set_maxdbs(s->env, N_DATABASES);
	if (rc == 0 && !o->read_only) /* a reader takes the size from the file */
		rc = mdb_env_set_mapsize(s->env, map);
	if (rc == 0)
		rc = mdb_env_open(s->env, s->path, flags, 0600);
	if (rc == 0)
		rc = mdb_reader_check(s->env, &dead);
	if (rc != 0)
		return lmdb_fail(s, e, rc, "opening the store");
	if (o->read_only)
		return 0;
	rc = restore_length(s, e);
	return rc != 0 ? rc : store_claim_sync(s->path, e);
}

static int open_databases(struct store *s, struct err *e)
{
	unsigned txn_flags = s->options.read_only ? MDB_RDONLY : 0;
	unsigned dbi_flags = s->options.read_only ? 0 : MDB_CREATE;
	MDB_txn *txn;
	int rc = mdb_txn_begin(s->env, NULL, txn_flags, &txn);

	if (rc != 0)
		return lmdb_fail(s, e, rc, "beginning");
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
	return rc == 0 ? 0 : lmdb_fail(s, e, rc, "opening the log");
}

/* Where the log begins and ends; checks the newest group, on which everything to come builds. */
static int find_ends(struct store *s, MDB_cursor *c, struct err *e)
{
	struct group oldest = { .first = 0 }, newest; /* a damaged key leaves `oldest` as it is */
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
	rc = lmdb_group_at(s, c, MDB_FIRST, &oldest, e);
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
		return lmdb_fail(s, e, rc, "beginning");
	rc = mdb_cursor_open(txn, s->log, &c);
	if (rc != 0) {
		rc = lmdb_fail(s, e, rc, "reading the log");
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
