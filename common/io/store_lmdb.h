/* What the files of the LMDB backend share: store_lmdb.c opens, store_lmdb_commit.c writes, store_lmdb_read.c reads.
 * Nobody else includes this. */
#ifndef IO_STORE_LMDB_H
#define IO_STORE_LMDB_H

#include <limits.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>

#include "common/io/store_claim.h"
#include "common/io/store_format.h"

#define STORE_CHECKED_MAX 64

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

	/* Guards the next three, and the making of databases against beginning reads. Taken before LMDB's own
	 * locks, never inside a writing transaction. */
	pthread_mutex_t lock;
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
	uint64_t checked[STORE_CHECKED_MAX]; /* 1 + first position of groups found sound */
};

/* A group of the log as it lies in the map; valid while the transaction lasts. */
struct group {
	uint64_t first, end;
	struct store_head head;
	struct span value;
};

/* Turns an LMDB code into ours, with a text. */
int lmdb_fail(const struct store *s, struct err *e, int rc, const char *what);
int lmdb_corrupt(const struct store *s, struct err *e, uint64_t position, const char *why);

/* The key and the value where the cursor stands after `op`; `key` is for MDB_SET_RANGE. Returns 0, ERR_NOTFOUND
 * (nothing there, no text), ERR_CORRUPT, ERR_IO. */
int lmdb_value_at(const struct store *s, MDB_cursor *c, MDB_cursor_op op, uint64_t key,
	struct group *ret_g, struct err *e);
/* Fills in the header of what lmdb_value_at() found. Returns 0, ERR_CORRUPT. */
int lmdb_read_head(const struct store *s, struct group *g, struct err *e);
/* Both; after ERR_CORRUPT ret_g->first is set all the same. */
int lmdb_group_at(
	const struct store *s, MDB_cursor *c, MDB_cursor_op op, struct group *ret_g, struct err *e);

/* With `lock` held, or before anybody else knows the store. NULL for an unknown table. */
const struct table *lmdb_table_known(const struct store *s, const char *name);
void lmdb_table_learn(struct store *s, const char *name, MDB_dbi dbi);
/* Opens the database of a table inside `txn`. Returns an LMDB code. */
int lmdb_table_dbi(MDB_txn *txn, const char *name, unsigned flags, MDB_dbi *ret_dbi);

#endif
