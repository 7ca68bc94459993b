/* A durable log with side tables, and the seam between Capscore and what keeps it: services see this interface,
 * only common/io/store_lmdb*.c know LMDB.
 *
 * A log is a sequence of records, numbered from 0 without gaps (positions), written in units. Units are appended in
 * groups; a group is committed atomically, together with puts to and deletes from named tables ("dead letters",
 * "marks", ...), and store_commit() returns after fdatasync. Each group is one value: key = first position, content =
 * header with format version, counts and checksum, then the units (store_format.h). Retention drops whole groups from
 * the front, in the transaction that appends. A partition number is kept with the log (0 today).
 *
 * Threads: one thread may call store_commit() while another one reads; everything else from that other one. Readers
 * in other processes may open the same folder with read_only. A writer holds a lock; a second one gets ERR_BUSY. */
#ifndef IO_STORE_H
#define IO_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/text.h"

struct store;

struct store_options {
	const char *path; /* folder, made when missing (parents too), mode 0700 */
	bool read_only;
	uint64_t map_bytes; /* bound on the file; sparse. 0: 64 GiB; a reader takes the writer's */
	uint64_t retain_bytes;	 /* keep at most about so many; 0: no bound but the map */
	uint64_t retain_records; /* likewise; 0: no bound. The newest group stays in any case */
	uint32_t partition;
};

/* One handle per folder and process. Checks the newest group in full, older ones when they are read.
 * Returns 0, ERR_BUSY (another writer, or open in this process already), ERR_NOTFOUND (read_only: no store there),
 * ERR_CORRUPT (not a store, or its newest group is damaged), ERR_MISMATCH (another partition), ERR_NOMEM, ERR_NOSPACE,
 * ERR_INVALID (path too long), ERR_IO. */
int store_open(const struct store_options *options, struct store **ret_s, struct err *e);
void store_close(struct store *s); /* accepts NULL; no commit may be under way */

/* What one commit writes. Fill with the functions below, commit, reset. Not for sharing between threads except by
 * handing it over. Memory is kept over a reset. */
struct store_group;
/* max_bytes bounds the units, and by itself once more the puts and deletes. Returns 0, ERR_NOMEM, ERR_INVALID (0, or
 * over 1 GiB). */
int store_group_create(const struct alloc *a, size_t max_bytes, struct store_group **ret_g);
void store_group_destroy(struct store_group *g); /* accepts NULL */
void store_group_reset(struct store_group *g);
/* Adds a unit of n_records >= 1 records and at least one byte. Returns 0, ERR_FULL (over max_bytes, or 2^20 units),
 * ERR_NOMEM, ERR_INVALID; unchanged on failure, as with the next two. */
int store_group_add(struct store_group *g, struct span unit, uint32_t n_records);
/* Applied in the order given. Table names: at most 8 tables per store, names up to 31 bytes. Keys 1..500 bytes.
 * Deleting a missing key is fine. Returns 0, ERR_FULL (over max_bytes, or a ninth table), ERR_NOMEM, ERR_INVALID. */
int store_group_put(struct store_group *g, const char *table, struct span key, struct span value);
int store_group_delete(struct store_group *g, const char *table, struct span key);
size_t store_group_bytes(const struct store_group *g); /* of units */
uint64_t store_group_records(const struct store_group *g);
bool store_group_is_empty(const struct store_group *g); /* no unit, no put, no delete */

/* Durable when it returns 0. Blocking: call it on a committer's thread (committer.h).
 * ret_first  position of the group's first record.
 * Returns 0, ERR_NOSPACE (disk or map full: nothing was written, may be tried again), ERR_FULL (a ninth table, or a
 * transaction too large for LMDB), ERR_NOMEM, ERR_CORRUPT, ERR_IO. Whatever fails leaves the store as it was. */
int store_commit(struct store *s, const struct store_group *g, uint64_t *ret_first, struct err *e);

/* The oldest position held, and the one after the newest committed record; fresh at each call. */
uint64_t store_first(const struct store *s);
uint64_t store_end(const struct store *s);

/* Copies whole units from the one that holds `position` on: at least one when there is any, then as long as both
 * max_records and max_bytes are not passed. Units are laid back to back in `out` (reset first).
 * ret_sizes, ret_counts   filled up to cap entries; cap bounds the number of units too.
 * ret_first               position of the first unit's first record (may be before `position`).
 * Returns 0 (with *ret_n = 0 at the end of the log), ERR_NOTFOUND (dropped by retention), ERR_RANGE (past the end),
 * ERR_CORRUPT (checksum or format; e says where), ERR_NOMEM, ERR_FULL (a unit larger than out's bound). */
int store_read(struct store *s, uint64_t position, uint64_t max_records, size_t max_bytes,
	struct buf *out, uint32_t *ret_sizes, uint32_t *ret_counts, size_t cap, size_t *ret_n,
	uint64_t *ret_first, struct err *e);

/* Side tables. Values are copied into `out`. Returns 0, ERR_NOTFOUND, ERR_NOMEM, ERR_FULL, ERR_IO. */
int store_get(struct store *s, const char *table, struct span key, struct buf *out, struct err *e);
/* Calls visit for each entry with key >= from, in bytewise key order, until it returns non-zero (which is then
 * returned). key and value are borrowed for the call. Do not write from inside. */
int store_scan(struct store *s, const char *table, struct span from,
	int (*visit)(void *ctx, struct span key, struct span value), void *ctx, struct err *e);

/* A look at the tables as one commit left them, for several reads that belong together. Values are borrowed from the map
 * until the view is closed; a view holds the pages that it shows, so keep it for a moment only. Any number may be open,
 * by the reading thread. Returns 0, ERR_NOMEM, ERR_IO. */
struct store_view;
int store_view_open(struct store *s, struct store_view **ret_v, struct err *e);
/* The value of a key. Returns 0, ERR_NOTFOUND (no text), ERR_IO. */
int store_view_get(struct store_view *v, const char *table, struct span key, struct span *ret_value,
	struct err *e);
/* The first entry with a key of `from` or greater, in bytewise order; an empty `from` means the first of all. Returns as
 * store_view_get(). */
int store_view_from(struct store_view *v, const char *table, struct span from, struct span *ret_key,
	struct span *ret_value, struct err *e);
void store_view_close(struct store_view *v); /* accepts NULL */

/* Fault injection for tests: calls before each commit's sync; a non-zero return makes the commit fail with it. */
void store_set_fault(struct store *s, int (*fault)(void *ctx), void *ctx);

/* Big-endian keys, so that bytewise order is numeric order. */
static inline void store_key_u64(uint64_t v, uint8_t out[8])
{
	for (int i = 0; i < 8; i++)
		out[i] = (uint8_t)(v >> (56 - 8 * i));
}
static inline uint64_t store_key_read_u64(const uint8_t in[8])
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | in[i];
	return v;
}

#endif
