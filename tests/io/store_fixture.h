/* Folders, units and checks that the tests of the store share. A unit's bytes follow from its first position and its
 * number of records, so whatever is read back can be checked by itself. */
#ifndef TESTS_IO_STORE_FIXTURE_H
#define TESTS_IO_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/io/store.h"

#define ARRAY_LEN(a)	 (sizeof(a) / sizeof((a)[0]))
#define READ_UNITS	 4096
#define READ_BYTES	 ((size_t)64 << 20)
#define UNIT_MAX	 ((size_t)1 << 20)
#define KEY(literal)	 ((struct span){ (literal), sizeof(literal) - 1 })
#define GROUP_BYTES	 ((size_t)16 << 20)
#define assert_ok(rc, e) check_ok((rc), (e), __FILE__, __LINE__)

struct folder {
	char path[64];
};

static inline void folder_make(struct folder *f)
{
	(void)snprintf(f->path, sizeof f->path, "/tmp/capscore-store-XXXXXX");
	assert_non_null(mkdtemp(f->path));
}

static inline int folder_remove_one(
	const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void folder_remove(const struct folder *f)
{
	(void)nftw(f->path, folder_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline void check_ok(int rc, const struct err *e, const char *file, int line)
{
	if (rc == 0)
		return;
	print_error("%s: %s\n", err_name(rc), e->text);
	_assert_int_equal((unsigned long)rc, 0, file, line);
}

static inline struct store *open_store(const char *path)
{
	struct store_options o = { .path = path };
	struct store *s = NULL;
	struct err e = { 0 };

	assert_ok(store_open(&o, &s, &e), &e);
	return s;
}

static inline struct store_group *new_group(void)
{
	struct store_group *g = NULL;

	assert_int_equal(store_group_create(&mem_heap, GROUP_BYTES, &g), 0);
	return g;
}

static inline void fill_unit(uint8_t *p, uint64_t first, uint32_t n_records, size_t size)
{
	uint64_t x = first * 0x9e3779b97f4a7c15u + n_records;

	for (size_t i = 0; i < size; i++) {
		p[i] = (uint8_t)(x >> 56);
		x = x * 6364136223846793005u + 1442695040888963407u;
	}
}

static inline void add_unit(struct store_group *g, uint64_t first, uint32_t n_records, size_t size)
{
	static uint8_t bytes[UNIT_MAX];

	fill_unit(bytes, first, n_records, size);
	assert_int_equal(store_group_add(g, (struct span){ bytes, size }, n_records), 0);
}

/* Commits one group of n_units units, each with n_records records in `size` bytes. Returns its first position. */
static inline uint64_t commit_units(
	struct store *s, size_t n_units, uint32_t n_records, size_t size)
{
	struct store_group *g = new_group();
	uint64_t first = UINT64_MAX, at = store_end(s);
	struct err e = { 0 };

	for (size_t i = 0; i < n_units; i++)
		add_unit(g, at + i * n_records, n_records, size);
	assert_ok(store_commit(s, g, &first, &e), &e);
	store_group_destroy(g);
	return first;
}

/* What one store_read() gave. */
struct batch {
	struct buf out;
	uint32_t sizes[READ_UNITS], counts[READ_UNITS];
	size_t n;
	uint64_t first;
};

static inline void batch_init(struct batch *b)
{
	memset(b, 0, sizeof *b);
	buf_init(&b->out, &mem_heap, READ_BYTES);
}

static inline int batch_read(struct batch *b, struct store *s, uint64_t position,
	uint64_t max_records, size_t max_bytes, struct err *e)
{
	return store_read(s, position, max_records, max_bytes, &b->out, b->sizes, b->counts,
		READ_UNITS, &b->n, &b->first, e);
}

/* Checks the bytes of every unit. Returns the position after the last. */
static inline uint64_t batch_check(const struct batch *b)
{
	static uint8_t want[UNIT_MAX];
	uint64_t at = b->first;
	size_t offset = 0;

	for (size_t i = 0; i < b->n; i++) {
		assert_true(offset + b->sizes[i] <= b->out.n);
		fill_unit(want, at, b->counts[i], b->sizes[i]);
		assert_memory_equal(b->out.p + offset, want, b->sizes[i]);
		offset += b->sizes[i];
		at += b->counts[i];
	}
	assert_int_equal(offset, b->out.n);
	return at;
}

/* Reads [first, end) in batches and checks each. */
static inline void check_log(
	struct store *s, uint64_t first, uint64_t end, uint64_t max_records, size_t max_bytes)
{
	struct batch *b = malloc(sizeof *b);
	struct err e = { 0 };
	uint64_t at = first;

	assert_non_null(b);
	batch_init(b);
	while (at < end) {
		assert_ok(batch_read(b, s, at, max_records, max_bytes, &e), &e);
		assert_true(b->n > 0);
		assert_int_equal(b->first, at);
		at = batch_check(b);
	}
	assert_int_equal(at, end);
	assert_ok(batch_read(b, s, end, max_records, max_bytes, &e), &e);
	assert_int_equal(b->n, 0);
	assert_int_equal(b->first, end);
	buf_fini(&b->out);
	free(b);
}

static inline void put(struct store *s, const char *table, struct span key, struct span value)
{
	struct store_group *g = new_group();
	uint64_t first;
	struct err e = { 0 };

	assert_int_equal(store_group_put(g, table, key, value), 0);
	assert_ok(store_commit(s, g, &first, &e), &e);
	store_group_destroy(g);
}

/* Runs in a child; a failed assertion there is an abort, a returned non-zero an exit code. */
static inline pid_t in_child(int (*f)(void *arg), void *arg)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)setenv(
			"CMOCKA_TEST_ABORT", "1", 1); /* not back into the parent's list of tests */
		_exit(f(arg));
	}
	return pid;
}

static inline void assert_child_succeeds(pid_t pid)
{
	int status = -1;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

#endif
