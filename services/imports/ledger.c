#include "services/imports/ledger.h"

#include <assert.h>
#include <errno.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/io/store_claim.h"

#define MAP_BYTES  ((size_t)256 << 30) /* of address space; the file grows as it is needed */
#define PATH_BYTES 4096

struct ledger {
	char path[PATH_BYTES];
	struct store_claim *claim; /* of a writer */
	MDB_env *env;
	MDB_dbi dbi;
	MDB_txn *read; /* reset between calls unless a walk is on */
	MDB_cursor *cursor;
	bool reading;
	MDB_txn *write; /* between begin and commit */
	struct ledger_key prefix;
	bool walk_begun; /* the cursor stands on what was given out last */
};

static int code_of(int rc)
{
	switch (rc) {
	case MDB_MAP_FULL:
	case ENOSPC:
	case EDQUOT:
		return ERR_NOSPACE;
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_INVALID:
	case MDB_VERSION_MISMATCH:
		return ERR_CORRUPT;
	case ENOMEM:
		return ERR_NOMEM;
	case ENOENT:
	case MDB_NOTFOUND:
		return ERR_NOTFOUND;
	default:
		return ERR_IO;
	}
}

static int fail(const struct ledger *l, int rc, const char *what, struct err *e)
{
	return err_set(e, code_of(rc), "%s: %s: %s", l->path, what, mdb_strerror(rc));
}

/* ---- opening ---------------------------------------------------------------------------------------------- */

static int open_environment(struct ledger *l, bool writer, struct err *e)
{
	int rc = mdb_env_create(&l->env);

	if (rc == 0)
		rc = mdb_env_set_mapsize(l->env, MAP_BYTES);
	/* Without the second sync a crash of the machine may lose the last transaction; the import is then repeated. */
	if (rc == 0)
		rc = mdb_env_open(l->env, l->path,
			MDB_NOTLS | MDB_NORDAHEAD | MDB_NOMETASYNC | (writer ? 0 : MDB_RDONLY),
			0600);
	return rc == 0 ? 0 : fail(l, rc, "opening the import ledger", e);
}

static int open_database(struct ledger *l, bool writer, struct err *e)
{
	MDB_txn *txn;
	int rc = mdb_txn_begin(l->env, NULL, writer ? 0 : MDB_RDONLY, &txn);

	if (rc != 0)
		return fail(l, rc, "opening the import ledger", e);
	rc = mdb_dbi_open(txn, NULL, 0, &l->dbi);
	if (rc == 0)
		rc = mdb_txn_commit(txn);
	else
		mdb_txn_abort(txn);
	if (rc == 0)
		rc = mdb_txn_begin(l->env, NULL, MDB_RDONLY, &l->read);
	if (rc == 0)
		rc = mdb_cursor_open(l->read, l->dbi, &l->cursor);
	if (l->read != NULL)
		mdb_txn_reset(l->read);
	return rc == 0 ? 0 : fail(l, rc, "opening the import ledger", e);
}

static int claim(struct ledger *l, struct err *e)
{
	int rc = store_claim_folder(l->path, e);

	if (rc != 0)
		return rc;
	rc = store_claim_take(l->path, true, &l->claim, e);
	if (rc != ERR_BUSY)
		return rc;
	return err_set(e, rc,
		"another import is at work on this data folder (%s); wait until it has finished",
		l->path);
}

int ledger_open(const char *dir, bool writer, struct ledger **ret_l, struct err *e)
{
	struct ledger *l = calloc(1, sizeof *l);
	char file[PATH_BYTES + 16];
	int rc = 0;

	if (l == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the import ledger");
	if ((size_t)snprintf(l->path, sizeof l->path, "%s", dir) >= sizeof l->path)
		rc = err_set(e, ERR_INVALID, "the path of the data folder is too long");
	(void)snprintf(file, sizeof file, "%s/data.mdb", l->path);
	if (rc == 0 && writer)
		rc = claim(l, e);
	else if (rc == 0 && access(file, F_OK) != 0)
		rc = err_set(e, ERR_NOTFOUND, "%s: there is no import ledger yet", l->path);
	if (rc == 0)
		rc = open_environment(l, writer, e);
	if (rc == 0)
		rc = open_database(l, writer, e);
	if (rc != 0) {
		ledger_close(&l);
		return rc;
	}
	*ret_l = l;
	return 0;
}

void ledger_close(struct ledger **pl)
{
	struct ledger *l = *pl;

	*pl = NULL;
	if (l == NULL)
		return;
	if (l->write != NULL)
		mdb_txn_abort(l->write);
	if (l->cursor != NULL)
		mdb_cursor_close(l->cursor);
	if (l->read != NULL)
		mdb_txn_abort(l->read);
	if (l->env != NULL)
		mdb_env_close(l->env);
	store_claim_drop(l->claim);
	free(l);
}

/* ---- keys and values -------------------------------------------------------------------------------------- */

static void key_add(struct ledger_key *k, const void *p, size_t n)
{
	assert(n <= sizeof k->p - k->n);
	if (n > 0)
		memcpy(k->p + k->n, p, n);
	k->n += n;
}

void ledger_make_key(const char *report, struct str partner, month_no month, unsigned phase,
	struct span key, struct ledger_key *ret_k)
{
	uint32_t m = month == MONTH_NONE ? 0 : (uint32_t)month + 1;
	const unsigned char tail[5] = { (unsigned char)(m >> 24), (unsigned char)(m >> 16),
		(unsigned char)(m >> 8), (unsigned char)m, (unsigned char)phase };

	assert(strlen(report) <= LEDGER_REPORT_MAX);
	ret_k->n = 0;
	key_add(ret_k, report, strlen(report) + 1);
	key_add(ret_k, partner.p, partner.n);
	key_add(ret_k, "", 1);
	key_add(ret_k, tail, sizeof tail);
	key_add(ret_k, key.p, key.n);
}

unsigned ledger_key_phase(struct span rest)
{
	const unsigned char *p = rest.p;
	const unsigned char *zero = rest.n == 0 ? NULL : memchr(p, 0, rest.n);
	size_t at = zero == NULL ? rest.n : (size_t)(zero - p) + 5; /* behind the month */

	return at < rest.n ? p[at] : LEDGER_SCOPE;
}

enum { FLAG_PENDING = 1, FLAG_RETRACTED = 2, FLAG_ONLY_MENDED = 4, FLAG_AMOUNTS = 8 };
#define FORM_VERSION 1
#define HEAD_BYTES   10 /* version, flags, recorded */
#define AMOUNT_BYTES (2 * sizeof(decimal24))

size_t ledger_entry_encode(const struct ledger_entry *x, unsigned char *buf)
{
	bool amounts = x->amount != 0 || x->mended != 0;
	size_t n = HEAD_BYTES;

	buf[0] = FORM_VERSION;
	buf[1] = (unsigned char)((x->pending ? FLAG_PENDING : 0) |
				 (x->retracted ? FLAG_RETRACTED : 0) |
				 (x->only_mended ? FLAG_ONLY_MENDED : 0) |
				 (amounts ? FLAG_AMOUNTS : 0));
	memcpy(buf + 2, &x->recorded, sizeof x->recorded);
	if (amounts) {
		memcpy(buf + n, &x->amount, sizeof x->amount);
		memcpy(buf + n + sizeof x->amount, &x->mended, sizeof x->mended);
		n += AMOUNT_BYTES;
	}
	assert(x->fact.n <= LEDGER_VALUE_MAX - n);
	memcpy(buf + n, x->fact.p, x->fact.n);
	return n + x->fact.n;
}

int ledger_entry_decode(struct span stored, struct ledger_entry *ret)
{
	const unsigned char *p = stored.p;
	struct ledger_entry x = { 0 };
	size_t n = HEAD_BYTES;

	if (stored.n < HEAD_BYTES || p[0] != FORM_VERSION)
		return ERR_CORRUPT;
	x.pending = (p[1] & FLAG_PENDING) != 0;
	x.retracted = (p[1] & FLAG_RETRACTED) != 0;
	x.only_mended = (p[1] & FLAG_ONLY_MENDED) != 0;
	memcpy(&x.recorded, p + 2, sizeof x.recorded);
	if ((p[1] & FLAG_AMOUNTS) != 0) {
		if (stored.n < n + AMOUNT_BYTES)
			return ERR_CORRUPT;
		memcpy(&x.amount, p + n, sizeof x.amount);
		memcpy(&x.mended, p + n + sizeof x.amount, sizeof x.mended);
		n += AMOUNT_BYTES;
	}
	x.fact = (struct span){ p + n, stored.n - n };
	*ret = x;
	return 0;
}

#define SCOPE_BYTES 22

size_t ledger_scope_encode(const struct ledger_scope *s, unsigned char *buf)
{
	buf[0] = FORM_VERSION;
	buf[1] = s->complete;
	memcpy(buf + 2, &s->recorded, 8);
	memcpy(buf + 10, &s->used, 8);
	memcpy(buf + 18, &s->refused, 4);
	return SCOPE_BYTES;
}

int ledger_scope_decode(struct span stored, struct ledger_scope *ret)
{
	const unsigned char *p = stored.p;

	if (stored.n != SCOPE_BYTES || p[0] != FORM_VERSION)
		return ERR_CORRUPT;
	ret->complete = p[1] != 0;
	memcpy(&ret->recorded, p + 2, 8);
	memcpy(&ret->used, p + 10, 8);
	memcpy(&ret->refused, p + 18, 4);
	return 0;
}

/* ---- reading ---------------------------------------------------------------------------------------------- */

/* A read transaction of its own for each get and walk, so that pages are used again. */
static int renew(struct ledger *l, struct err *e)
{
	int rc;

	if (l->reading)
		mdb_txn_reset(l->read);
	l->reading = false;
	rc = mdb_txn_renew(l->read);
	if (rc == 0)
		rc = mdb_cursor_renew(l->read, l->cursor);
	if (rc != 0)
		return fail(l, rc, "reading the import ledger", e);
	l->reading = true;
	return 0;
}

int ledger_get(struct ledger *l, const struct ledger_key *k, struct span *ret_value, struct err *e)
{
	MDB_val key = { k->n, (void *)(uintptr_t)k->p }, value;
	int rc = renew(l, e);

	if (rc != 0)
		return rc;
	rc = mdb_get(l->read, l->dbi, &key, &value);
	if (rc == MDB_NOTFOUND)
		return ERR_NOTFOUND;
	if (rc != 0)
		return fail(l, rc, "reading the import ledger", e);
	*ret_value = (struct span){ value.mv_data, value.mv_size };
	return 0;
}

int ledger_walk(struct ledger *l, const struct ledger_key *prefix, struct err *e)
{
	l->prefix = *prefix;
	l->walk_begun = false;
	return renew(l, e);
}

int ledger_walk_next(struct ledger *l, struct span *ret_rest, struct span *ret_value, struct err *e)
{
	MDB_val key = { l->prefix.n, l->prefix.p }, value;
	int rc = mdb_cursor_get(l->cursor, &key, &value, l->walk_begun ? MDB_NEXT : MDB_SET_RANGE);

	l->walk_begun = true;
	if (rc == MDB_NOTFOUND)
		return ERR_NOTFOUND;
	if (rc != 0)
		return fail(l, rc, "reading the import ledger", e);
	if (key.mv_size < l->prefix.n || memcmp(key.mv_data, l->prefix.p, l->prefix.n) != 0)
		return ERR_NOTFOUND;
	*ret_rest =
		(struct span){ (const char *)key.mv_data + l->prefix.n, key.mv_size - l->prefix.n };
	*ret_value = (struct span){ value.mv_data, value.mv_size };
	return 0;
}

/* ---- writing ---------------------------------------------------------------------------------------------- */

static int give_up(struct ledger *l, int rc, struct err *e)
{
	mdb_txn_abort(l->write);
	l->write = NULL;
	return fail(l, rc, "writing the import ledger", e);
}

int ledger_begin(struct ledger *l, struct err *e)
{
	int rc;

	assert(l->write == NULL);
	rc = mdb_txn_begin(l->env, NULL, 0, &l->write);
	return rc == 0 ? 0 : fail(l, rc, "writing the import ledger", e);
}

int ledger_put(struct ledger *l, struct span key, struct span value, struct err *e)
{
	MDB_val k = { key.n, (void *)(uintptr_t)key.p };
	MDB_val v = { value.n, (void *)(uintptr_t)value.p };
	int rc = mdb_put(l->write, l->dbi, &k, &v, 0);

	return rc == 0 ? 0 : give_up(l, rc, e);
}

int ledger_delete(struct ledger *l, struct span key, struct err *e)
{
	MDB_val k = { key.n, (void *)(uintptr_t)key.p };
	int rc = mdb_del(l->write, l->dbi, &k, NULL);

	return rc == 0 || rc == MDB_NOTFOUND ? 0 : give_up(l, rc, e);
}

int ledger_commit(struct ledger *l, struct err *e)
{
	int rc = mdb_txn_commit(l->write);

	l->write = NULL;
	return rc == 0 ? 0 : fail(l, rc, "writing the import ledger", e);
}
