/* What goes wrong beneath a store: failing commits, full disks, damaged bytes, writers killed half way. */
#include "tests/io/store_fixture.h"

#include <fcntl.h>
#include <inttypes.h>
#include <lmdb.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>

#include "common/io/store_format.h"
#include "tests/support/faulty.h"

#define EXIT_CANNOT 77 /* of a child that may not do here what its test needs */

static struct folder folder;

static int make_folder(void **state)
{
	(void)state;
	folder_make(&folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	folder_remove(&folder);
	return 0;
}

/* ---- failing commits --------------------------------------------------------------------------------------- */

static int answer(void *ctx)
{
	return *(int *)ctx;
}

static void assert_value(struct store *s, const char *key, const char *want)
{
	struct buf out;
	struct err e = { 0 };

	buf_init(&out, &mem_heap, 100);
	if (want == NULL) {
		assert_int_equal(store_get(s, "t", (struct span){ key, strlen(key) }, &out, &e),
			ERR_NOTFOUND);
	} else {
		assert_ok(store_get(s, "t", (struct span){ key, strlen(key) }, &out, &e), &e);
		assert_int_equal(out.n, strlen(want));
		assert_memory_equal(out.p, want, out.n);
	}
	buf_fini(&out);
}

static void test_a_failed_commit_changes_nothing_and_may_be_tried_again(void **state)
{
	struct store_options o = { .path = folder.path, .retain_records = 25 };
	struct store *s = NULL;
	struct store_group *g = new_group();
	int codes[] = { ERR_NOSPACE, ERR_IO, ERR_NOSPACE };
	uint64_t first = 77;
	struct err e = { 0 };

	(void)state;
	assert_ok(store_open(&o, &s, &e), &e);
	(void)commit_units(s, 2, 5, 100);
	(void)commit_units(s, 2, 5, 100);
	put(s, "t", KEY("old"), KEY("stays"));
	for (size_t i = 0; i < 2; i++)
		add_unit(g, 20 + 5 * i, 5, 100);
	assert_int_equal(store_group_put(g, "t", KEY("new"), KEY("comes")), 0);
	assert_int_equal(store_group_put(g, "t2", KEY("new"), KEY("comes")), 0);
	assert_int_equal(store_group_delete(g, "t", KEY("old")), 0);
	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		store_set_fault(s, answer, &codes[i]);
		assert_int_equal(store_commit(s, g, &first, &e), codes[i]);
		assert_int_equal(first, 77);
		assert_int_equal(store_first(s), 0);
		assert_int_equal(store_end(s), 20);
		assert_value(s, "old", "stays");
		assert_value(s, "new", NULL);
		check_log(s, 0, 20, UINT64_MAX, SIZE_MAX);
	}
	store_set_fault(s, NULL, NULL);
	assert_ok(store_commit(s, g, &first, &e), &e);
	assert_int_equal(first, 20);
	assert_int_equal(store_first(s), 10);
	assert_value(s, "old", NULL);
	assert_value(s, "new", "comes");
	check_log(s, 10, 30, UINT64_MAX, SIZE_MAX);
	store_group_destroy(g);
	store_close(s);
}

static void test_a_group_survives_any_failing_allocation(void **state)
{
	int rc = ERR_NOMEM;

	(void)state;
	for (int n = 0; rc == ERR_NOMEM; n++) {
		struct faulty f = { .left = n };
		struct store_group *g = NULL;
		struct store_op op;
		size_t at = 0, n_ops = 0;

		rc = store_group_create(faulty_alloc(&f), 1 << 20, &g);
		assert_int_equal(g == NULL, rc != 0);
		for (int i = 0; i < 100 && rc == 0; i++) {
			rc = store_group_add(g, KEY("some bytes of a unit"), 3);
			assert_int_equal(store_group_records(g), 3 * (i + (rc == 0)));
			if (rc == 0)
				rc = store_group_put(g, "t", KEY("key"), KEY("value"));
			while (store_group_op(g, &at, &op))
				n_ops++;
			assert_int_equal(n_ops, i + (rc == 0));
		}
		store_group_destroy(g);
		assert_int_equal(f.live, 0);
	}
	assert_int_equal(rc, 0);
}

/* ---- no space ---------------------------------------------------------------------------------------------- */

static void test_a_full_map_is_told_and_nothing_is_written(void **state)
{
	struct store_options o = { .path = folder.path, .map_bytes = 1 << 20 };
	struct store *s = NULL;
	struct store_group *g = new_group();
	uint64_t first = 77, end;
	struct err e = { 0 };

	(void)state;
	assert_ok(store_open(&o, &s, &e), &e);
	do {
		store_group_reset(g);
		add_unit(g, store_end(s), 10, 100000);
		assert_int_equal(store_group_put(g, "t", KEY("k"), KEY("v")), 0);
	} while (store_end(s) < 10000 && store_commit(s, g, &first, &e) == 0);
	assert_int_equal(e.code, ERR_NOSPACE);
	end = store_end(s);
	assert_true(end > 20 && end < 10000);
	for (int i = 0; i < 3; i++)
		assert_int_equal(store_commit(s, g, &first, &e), ERR_NOSPACE);
	assert_int_equal(store_end(s), end);
	check_log(s, 0, end, UINT64_MAX, SIZE_MAX);
	store_close(s);

	o.map_bytes = 2 << 20; /* more room: the same group goes in */
	assert_ok(store_open(&o, &s, &e), &e);
	assert_int_equal(store_end(s), end);
	assert_ok(store_commit(s, g, &first, &e), &e);
	assert_int_equal(first, end);
	check_log(s, 0, end + 10, UINT64_MAX, SIZE_MAX);
	store_group_destroy(g);
	store_close(s);
}

/* Fills a small file system of its own; freed space lets the refused group in. In a child, so that the mount ends
 * with it. */
static int fill_disk(void *arg)
{
	char path[128], ballast[128], zeros[4096] = { 0 };
	struct store *s;
	struct store_group *g;
	uint64_t first, end;
	struct err e = { 0 };
	int fd, rc;

	(void)arg;
	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		mount("tmpfs", folder.path, "tmpfs", 0, "size=4m") != 0)
		return EXIT_CANNOT;
	(void)snprintf(path, sizeof path, "%s/log", folder.path);
	(void)snprintf(ballast, sizeof ballast, "%s/ballast", folder.path);
	fd = open(ballast, O_CREAT | O_WRONLY, 0600);
	for (int i = 0; i < 256; i++)
		assert_int_equal(write(fd, zeros, sizeof zeros), sizeof zeros);
	(void)close(fd);
	s = open_store(path);
	g = new_group();
	do {
		store_group_reset(g);
		add_unit(g, store_end(s), 10, 300000);
		rc = store_commit(s, g, &first, &e);
	} while (rc == 0 && store_end(s) < 1000);
	assert_int_equal(rc, ERR_NOSPACE);
	end = store_end(s);
	assert_int_equal(store_commit(s, g, &first, &e), ERR_NOSPACE);
	assert_int_equal(store_end(s), end);
	check_log(s, 0, end, UINT64_MAX, SIZE_MAX);
	assert_int_equal(unlink(ballast), 0);
	assert_ok(store_commit(s, g, &first, &e), &e);
	assert_int_equal(first, end);
	store_close(s);
	s = open_store(path);
	check_log(s, 0, end + 10, UINT64_MAX, SIZE_MAX);
	store_close(s);
	store_group_destroy(g);
	return 0;
}

static void test_a_full_disk_is_told_and_waited_out(void **state)
{
	pid_t pid = in_child(fill_disk, NULL);
	int status = -1;

	(void)state;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == EXIT_CANNOT) {
		print_message("no right to mount a small file system here\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- damage ------------------------------------------------------------------------------------------------ */

/* Changes the value of the group at `position`, past the store: `at` < 0 counts from its end; flips bits of a byte,
 * cuts the value before it, or removes the group. */
enum damage { DAMAGE_FLIP, DAMAGE_CUT, DAMAGE_REMOVE };

static void damage(uint64_t position, enum damage how, long at)
{
	static uint8_t bytes[1 << 16];
	uint8_t key[8];
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
	MDB_val k = { sizeof key, key }, v;

	store_key_u64(position, key);
	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_set_maxdbs(env, 10), 0);
	assert_int_equal(mdb_env_open(env, folder.path, 0, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, "log", 0, &dbi), 0);
	assert_int_equal(mdb_get(txn, dbi, &k, &v), 0);
	assert_true(v.mv_size < sizeof bytes);
	memcpy(bytes, v.mv_data, v.mv_size);
	v.mv_data = bytes;
	if (at < 0)
		at += (long)v.mv_size;
	if (how == DAMAGE_FLIP)
		bytes[at] ^= 0x41;
	else if (how == DAMAGE_CUT)
		v.mv_size = (size_t)at;
	if (how == DAMAGE_REMOVE)
		assert_int_equal(mdb_del(txn, dbi, &k, NULL), 0);
	else
		assert_int_equal(mdb_put(txn, dbi, &k, &v, 0), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
}

static const struct damage_row {
	const char *name;
	enum damage how;
	long at;
	const char *want;
} damage_rows[] = {
	{ "damage: magic", DAMAGE_FLIP, 0, "not a group of records" },
	{ "damage: version", DAMAGE_FLIP, 4,
		"written in a format that this version does not know" },
	{ "damage: checksum", DAMAGE_FLIP, 8, "checksum does not match" },
	{ "damage: partition", DAMAGE_FLIP, 16, "checksum does not match" },
	{ "damage: number of units", DAMAGE_FLIP, 20, "counts make no sense" },
	{ "damage: first position", DAMAGE_FLIP, 24, "header names another position" },
	{ "damage: number of records", DAMAGE_FLIP, 33, "checksum does not match" },
	{ "damage: bytes of units", DAMAGE_FLIP, 40, "size does not match the header" },
	{ "damage: unit table", DAMAGE_FLIP, 56, "checksum does not match" },
	{ "damage: first byte of the units", DAMAGE_FLIP, 72, "checksum does not match" },
	{ "damage: last byte", DAMAGE_FLIP, -1, "checksum does not match" },
	{ "damage: cut within the header", DAMAGE_CUT, 20, "shorter than a header" },
	{ "damage: cut to nothing", DAMAGE_CUT, 0, "shorter than a header" },
	{ "damage: cut by one byte", DAMAGE_CUT, -1, "size does not match the header" },
	{ "damage: removed", DAMAGE_REMOVE, 0, "the next group leaves a gap" },
};

static void test_damage_in_the_middle_stops_those_who_read_it_and_nobody_else(void **state)
{
	const struct damage_row *row = *state;
	struct store *s = open_store(folder.path);
	uint64_t named =
		row->how == DAMAGE_REMOVE ? 0 : 20; /* a gap is told by the group before it */
	char where[64];
	struct batch b;
	struct err e = { 0 };

	for (int i = 0; i < 3; i++)
		(void)commit_units(s, 2, 10, 2000);
	store_close(s);
	damage(20, row->how, row->at);

	s = open_store(folder.path);
	batch_init(&b);
	assert_ok(batch_read(&b, s, 5, UINT64_MAX, SIZE_MAX, &e), &e);
	assert_int_equal(batch_check(&b), 20);
	for (uint64_t position = 20; position < 40; position += 7) {
		assert_int_equal(
			batch_read(&b, s, position, UINT64_MAX, SIZE_MAX, &e), ERR_CORRUPT);
		(void)snprintf(
			where, sizeof where, "damaged group at position %" PRIu64 ": ", named);
		assert_non_null(strstr(e.text, where));
		assert_non_null(strstr(e.text, row->want));
		assert_non_null(strstr(e.text, folder.path));
	}
	assert_ok(batch_read(&b, s, 40, UINT64_MAX, SIZE_MAX, &e), &e);
	assert_int_equal(batch_check(&b), 60);
	assert_int_equal(commit_units(s, 1, 1, 1), 60);
	buf_fini(&b.out);
	store_close(s);
}

static void test_a_damaged_newest_group_keeps_the_store_from_opening(void **state)
{
	struct store_options o = { .path = folder.path };
	struct store *s = open_store(folder.path);
	struct err e = { 0 };

	(void)state;
	(void)commit_units(s, 2, 10, 2000);
	(void)commit_units(s, 2, 10, 2000);
	store_close(s);
	damage(20, DAMAGE_FLIP, -5);
	s = NULL;
	assert_int_equal(store_open(&o, &s, &e), ERR_CORRUPT);
	assert_null(s);
	assert_non_null(strstr(e.text, "position 20"));
	o.read_only = true;
	assert_int_equal(store_open(&o, &s, &e), ERR_CORRUPT);
}

/* A copy that broke off: every reading ends in an answer, never in a SIGBUS. */
static void test_a_file_that_was_cut_off_is_refused_or_read(void **state)
{
	struct store_options o = { .path = folder.path };
	struct store *s = open_store(folder.path);
	char path[128];
	struct stat whole;
	struct batch b;
	bool refused = false;

	(void)state;
	for (int i = 0; i < 8; i++)
		(void)commit_units(s, 2, 10, 9000);
	store_close(s);
	(void)snprintf(path, sizeof path, "%s/data.mdb", folder.path);
	batch_init(&b);
	assert_int_equal(stat(path, &whole), 0);
	for (off_t cut = whole.st_size - 1; cut > 0; cut -= cut % 4096 == 0 ? 1 : cut % 4096) {
		struct err e = { 0 };
		int rc;

		assert_int_equal(truncate(path, cut), 0);
		s = NULL;
		rc = store_open(&o, &s, &e);
		for (uint64_t at = 0; rc == 0 && at < store_end(s); at += 20)
			rc = batch_read(&b, s, at, 20, SIZE_MAX, &e);
		assert_true(rc == 0 || rc == ERR_CORRUPT);
		refused |= rc == ERR_CORRUPT;
		store_close(s);
	}
	assert_true(refused);
	buf_fini(&b.out);
}

/* In a child of its own, as fill_disk(). */
static int open_on_full_disk(void *arg)
{
	struct store_options o = { .path = folder.path };
	struct store *s = NULL;
	struct err e = { 0 };
	char ballast[128], zeros[4096] = { 0 };
	int fd;

	(void)arg;
	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		mount("tmpfs", folder.path, "tmpfs", 0, "size=1m") != 0)
		return EXIT_CANNOT;
	(void)snprintf(ballast, sizeof ballast, "%s/ballast", folder.path);
	fd = open(ballast, O_CREAT | O_WRONLY, 0600);
	while (write(fd, zeros, sizeof zeros) > 0)
		;
	(void)close(fd);
	assert_int_equal(store_open(&o, &s, &e), ERR_NOSPACE);
	assert_null(s);
	assert_int_equal(unlink(ballast), 0);
	assert_ok(store_open(&o, &s, &e), &e);
	store_close(s);
	return 0;
}

static void test_a_full_disk_is_told_when_a_store_is_made(void **state)
{
	pid_t pid = in_child(open_on_full_disk, NULL);
	int status = -1;

	(void)state;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == EXIT_CANNOT)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_retention_passes_over_damaged_groups(void **state)
{
	struct store_options o = { .path = folder.path, .retain_records = 45 };
	struct store *s = open_store(folder.path);
	struct err e = { 0 };

	(void)state;
	for (int i = 0; i < 4; i++)
		(void)commit_units(s, 2, 10, 2000);
	store_close(s);
	damage(0, DAMAGE_FLIP, 0);
	damage(20, DAMAGE_CUT, 3);
	assert_ok(store_open(&o, &s, &e), &e);
	assert_int_equal(store_first(s), 0);
	(void)commit_units(s, 2, 10, 2000);
	assert_int_equal(store_first(s), 60);
	check_log(s, 60, 100, UINT64_MAX, SIZE_MAX);
	store_close(s);
}

static void test_a_byte_changed_on_the_disk_is_noticed(void **state)
{
	static uint8_t file[1 << 20], want[2000];
	struct store *s = open_store(folder.path);
	char path[128];
	struct batch b;
	struct err e = { 0 };
	ssize_t n;
	uint8_t *found;
	int fd;

	(void)state;
	(void)commit_units(s, 1, 10, sizeof want);
	(void)commit_units(s, 1, 10, sizeof want);
	store_close(s);
	(void)snprintf(path, sizeof path, "%s/data.mdb", folder.path);
	fd = open(path, O_RDWR);
	n = pread(fd, file, sizeof file, 0);
	assert_true(n > 0);
	fill_unit(want, 0, 10, sizeof want);
	found = memmem(file, (size_t)n, want, sizeof want);
	assert_non_null(found);
	found[1000] ^= 1;
	assert_int_equal(pwrite(fd, found + 1000, 1, found + 1000 - file), 1);
	(void)close(fd);
	s = open_store(folder.path);
	batch_init(&b);
	assert_int_equal(batch_read(&b, s, 0, UINT64_MAX, SIZE_MAX, &e), ERR_CORRUPT);
	assert_ok(batch_read(&b, s, 10, UINT64_MAX, SIZE_MAX, &e), &e);
	buf_fini(&b.out);
	store_close(s);
}

static void test_a_file_of_something_else_is_refused(void **state)
{
	struct store_options o = { .path = folder.path };
	struct store *s = NULL;
	char path[128], junk[8192];
	struct err e = { 0 };
	int fd;

	(void)state;
	memset(junk, 'x', sizeof junk);
	(void)snprintf(path, sizeof path, "%s/data.mdb", folder.path);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_int_equal(write(fd, junk, sizeof junk), sizeof junk);
	(void)close(fd);
	assert_int_equal(store_open(&o, &s, &e), ERR_CORRUPT);
	assert_null(s);
	assert_non_null(strstr(e.text, folder.path));
}

/* What store_format.c says of a value, both steps. */
static const char *whats_wrong(struct span value, uint64_t first)
{
	struct store_head head;
	const char *why = store_format_head(value, first, &head);

	return why != NULL ? why : store_format_check(value, &head);
}

static void test_every_changed_byte_and_every_cut_is_noticed(void **state)
{
	struct store_group *g = new_group();
	uint8_t value[256];
	size_t n;

	(void)state;
	add_unit(g, 1000, 2, 11);
	add_unit(g, 1002, 3, 40);
	n = store_format_size(g);
	assert_int_equal(n, 56 + 16 + 51);
	store_format_write(value, g, 0, 1000, 12345);
	assert_null(whats_wrong((struct span){ value, n }, 1000));
	assert_non_null(whats_wrong((struct span){ value, n }, 1001));
	for (size_t i = 0; i < n; i++) {
		for (int bit = 0; bit < 8; bit++) {
			value[i] ^= (uint8_t)(1 << bit);
			if (whats_wrong((struct span){ value, n }, 1000) == NULL)
				fail_msg("bit %d of byte %zu does not count", bit, i);
			value[i] ^= (uint8_t)(1 << bit);
		}
		assert_non_null(whats_wrong((struct span){ value, i }, 1000));
	}
	store_group_destroy(g);
}

/* ---- other processes --------------------------------------------------------------------------------------- */

static bool is_past(const struct timespec *deadline)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > deadline->tv_sec;
}

/* Follows the log to `want` records and then looks for a table that was made meanwhile. */
static int follow(void *arg)
{
	struct store_options o = { .path = folder.path, .read_only = true };
	uint64_t want = *(uint64_t *)arg, at = 0;
	struct batch *b = malloc(sizeof *b);
	struct timespec deadline;
	struct store *s = NULL;
	struct err e = { 0 };

	batch_init(b);
	(void)clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += 20;
	assert_ok(store_open(&o, &s, &e), &e);
	while (at < want && !is_past(&deadline)) {
		uint64_t end = store_end(s);

		assert_true(end >= at);
		assert_ok(batch_read(b, s, at, 100, SIZE_MAX, &e), &e);
		assert_true(b->n > 0 || end == at);
		at = batch_check(b);
	}
	assert_int_equal(at, want);
	while (store_get(s, "done", KEY("k"), &b->out, &e) != 0 && !is_past(&deadline))
		;
	assert_int_equal(b->out.n, 3);
	assert_int_equal(store_first(s), 0);
	buf_fini(&b->out);
	store_close(s);
	free(b);
	return 0;
}

static void test_a_reader_in_another_process_follows_the_writer(void **state)
{
	struct store *s = open_store(folder.path);
	uint64_t want = 200 * 3 * 7;
	pid_t child = in_child(follow, &want);

	(void)state;
	for (int i = 0; i < 200; i++)
		(void)commit_units(s, 3, 7, 1000);
	put(s, "done", KEY("k"), KEY("yes"));
	assert_child_succeeds(child);
	store_close(s);
}

static int read_after_larger_map(void *arg)
{
	struct store_options o = { .path = folder.path, .read_only = true };
	struct store *s = NULL;
	struct err e = { 0 };
	char c;

	assert_ok(store_open(&o, &s, &e), &e);
	assert_int_equal(store_end(s), 10);
	if (write(((int *)arg)[1], "1", 1) != 1 || read(((int *)arg)[2], &c, 1) != 1)
		return 1;
	assert_int_equal(store_end(s), 110);
	check_log(s, 0, 110, UINT64_MAX, SIZE_MAX);
	store_close(s);
	return 0;
}

static void test_a_reader_follows_into_a_larger_map(void **state)
{
	struct store_options o = { .path = folder.path, .map_bytes = 1 << 20 };
	struct store *s = NULL;
	struct err e = { 0 };
	int pipes[4];
	pid_t child;
	char c;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(pipe(pipes + 2), 0);
	assert_ok(store_open(&o, &s, &e), &e);
	(void)commit_units(s, 1, 10, 1000);
	store_close(s);
	child = in_child(read_after_larger_map, pipes);
	assert_int_equal(read(pipes[0], &c, 1), 1);
	o.map_bytes = 64 << 20;
	assert_ok(store_open(&o, &s, &e), &e);
	for (int i = 0; i < 10; i++)
		(void)commit_units(s, 1, 10, 500000);
	assert_int_equal(write(pipes[3], "1", 1), 1);
	assert_child_succeeds(child);
	store_close(s);
	for (int i = 0; i < 4; i++)
		(void)close(pipes[i]);
}

/* Writes groups for ever, with a mark that says where the log ends, and tells each end once it is durable. */
static int write_until_killed(void *arg)
{
	int fd = *(int *)arg;
	struct store_options o = { .path = folder.path, .retain_records = 3000 };
	struct store *s = NULL;
	struct store_group *g = new_group();
	struct err e = { 0 };

	assert_ok(store_open(&o, &s, &e), &e);
	for (uint64_t i = store_end(s);; i = store_end(s)) {
		uint64_t end = i, first;
		uint8_t mark[8];

		store_group_reset(g);
		for (uint64_t k = 0; k <= i % 5; k++, end += 7)
			add_unit(g, end, 7, 300 + i % 4000);
		store_key_u64(end, mark);
		assert_int_equal(
			store_group_put(g, "marks", KEY("end"), (struct span){ mark, 8 }), 0);
		assert_ok(store_commit(s, g, &first, &e), &e);
		assert_int_equal(first, i);
		if (write(fd, &end, sizeof end) != sizeof end)
			return 1;
	}
}

static void kill_one_round(unsigned n_acks)
{
	uint64_t acked = 0, told, mark;
	struct buf out;
	struct err e = { 0 };
	struct store *s;
	int pipes[2], status;
	pid_t child;

	assert_int_equal(pipe(pipes), 0);
	child = in_child(write_until_killed, &pipes[1]);
	(void)close(pipes[1]);
	for (unsigned i = 0; i < n_acks; i++) {
		assert_int_equal(read(pipes[0], &acked, sizeof acked), sizeof acked);
	}
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	while (read(pipes[0], &told, sizeof told) == sizeof told)
		acked = told;
	(void)close(pipes[0]);

	s = open_store(folder.path);
	assert_true(store_end(s) >= acked);
	check_log(s, store_first(s), store_end(s), UINT64_MAX, SIZE_MAX);
	buf_init(&out, &mem_heap, 8);
	assert_ok(store_get(s, "marks", KEY("end"), &out, &e), &e);
	mark = store_key_read_u64(out.p);
	assert_int_equal(mark, store_end(s));
	buf_fini(&out);
	store_close(s);
}

static void test_a_killed_writer_loses_nothing_that_it_told_of(void **state)
{
	uint64_t x = 77001;

	(void)state;
	print_message("seed %" PRIu64 "\n", x);
	for (int round = 0; round < 12; round++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		kill_one_round((unsigned)(x >> 33) % 60 + 1);
	}
}

int main(void)
{
#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)
	static const struct CMUnitTest plain[] = {
		IN_FOLDER(test_a_failed_commit_changes_nothing_and_may_be_tried_again),
		cmocka_unit_test(test_a_group_survives_any_failing_allocation),
		IN_FOLDER(test_a_full_map_is_told_and_nothing_is_written),
		IN_FOLDER(test_a_full_disk_is_told_and_waited_out),
		IN_FOLDER(test_a_damaged_newest_group_keeps_the_store_from_opening),
		IN_FOLDER(test_a_file_that_was_cut_off_is_refused_or_read),
		IN_FOLDER(test_a_full_disk_is_told_when_a_store_is_made),
		IN_FOLDER(test_retention_passes_over_damaged_groups),
		IN_FOLDER(test_a_byte_changed_on_the_disk_is_noticed),
		IN_FOLDER(test_a_file_of_something_else_is_refused),
		cmocka_unit_test(test_every_changed_byte_and_every_cut_is_noticed),
		IN_FOLDER(test_a_reader_in_another_process_follows_the_writer),
		IN_FOLDER(test_a_reader_follows_into_a_larger_map),
		IN_FOLDER(test_a_killed_writer_loses_nothing_that_it_told_of),
	};
	struct CMUnitTest rows[ARRAY_LEN(damage_rows)];
	int failed = cmocka_run_group_tests_name("store faults", plain, NULL, NULL);

	for (size_t i = 0; i < ARRAY_LEN(damage_rows); i++)
		rows[i] = (struct CMUnitTest){ .name = damage_rows[i].name,
			.test_func =
				test_damage_in_the_middle_stops_those_who_read_it_and_nobody_else,
			.setup_func = make_folder,
			.teardown_func = remove_folder,
			.initial_state = (void *)(uintptr_t)&damage_rows[i] };
	return failed + cmocka_run_group_tests_name("store damage", rows, NULL, NULL);
}
