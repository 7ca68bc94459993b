/* The log and its side tables: what is committed is read back, in the same process and after reopening. */
#include "tests/io/store_fixture.h"

#include <sys/stat.h>

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

/* ---- the log ----------------------------------------------------------------------------------------------- */

static const struct shape {
	const char *name;
	size_t n_groups, n_units;
	uint32_t n_records;
	size_t size;
} shapes[] = {
	{ "shape: one record in all", 1, 1, 1, 1 },
	{ "shape: a record per group", 40, 1, 1, 120 },
	{ "shape: one unit per group", 20, 1, 256, 30000 },
	{ "shape: many units of one record", 5, 1000, 1, 17 },
	{ "shape: many units of many records", 6, 40, 256, 4000 },
	{ "shape: a unit of a megabyte", 3, 2, 1024, UNIT_MAX },
	{ "shape: more records than bytes", 3, 7, 4000000, 3 },
};

static const struct limit {
	uint64_t max_records;
	size_t max_bytes;
} limits[] = {
	{ UINT64_MAX, SIZE_MAX },
	{ 1, SIZE_MAX },
	{ UINT64_MAX, 1 },
	{ 300, 9000 },
	{ 0, 0 },
};

static void test_shape(void **state)
{
	const struct shape *h = *state;
	struct store *s = open_store(folder.path);
	uint64_t per_group = h->n_units * h->n_records, end = h->n_groups * per_group;

	assert_int_equal(store_first(s), 0);
	assert_int_equal(store_end(s), 0);
	for (size_t i = 0; i < h->n_groups; i++) {
		assert_int_equal(commit_units(s, h->n_units, h->n_records, h->size), i * per_group);
		assert_int_equal(store_end(s), (i + 1) * per_group);
	}
	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		check_log(s, 0, end, limits[i].max_records, limits[i].max_bytes);
	store_close(s);

	s = open_store(folder.path);
	assert_int_equal(store_end(s), end);
	check_log(s, 0, end, UINT64_MAX, SIZE_MAX);
	assert_int_equal(commit_units(s, h->n_units, h->n_records, h->size), end);
	check_log(s, 0, end + per_group, UINT64_MAX, SIZE_MAX);
	store_close(s);
}

static void test_a_read_begins_with_the_unit_that_holds_the_position(void **state)
{
	struct store *s = open_store(folder.path);
	struct batch b;
	struct err e = { 0 };

	(void)state;
	(void)commit_units(s, 3, 10, 50);
	(void)commit_units(s, 2, 7, 50);
	batch_init(&b);
	for (uint64_t position = 0; position < 44; position++) {
		uint64_t want = position < 30 ? position / 10 * 10 : 30 + (position - 30) / 7 * 7;

		assert_ok(batch_read(&b, s, position, 1, SIZE_MAX, &e), &e);
		assert_int_equal(b.first, want);
		assert_int_equal(b.n, 1);
		(void)batch_check(&b);
	}
	buf_fini(&b.out);
	store_close(s);
}

static const struct stop {
	const char *name;
	uint64_t max_records;
	size_t max_bytes, cap, bound, want;
	int want_rc;
} stops[] = {
	/* the log: 10 units of 10 records and 100 bytes, in groups of 4, 4 and 2 */
	{ "stop: at the end of the log", 1000, 10000, 64, 10000, 10, 0 },
	{ "stop: before the records run over", 49, 10000, 64, 10000, 4, 0 },
	{ "stop: at exactly the records asked for", 50, 10000, 64, 10000, 5, 0 },
	{ "stop: before the bytes run over", 1000, 799, 64, 10000, 7, 0 },
	{ "stop: at exactly the bytes asked for", 1000, 800, 64, 10000, 8, 0 },
	{ "stop: when the arrays are full", 1000, 10000, 3, 10000, 3, 0 },
	{ "stop: when the buffer is full", 1000, 10000, 64, 650, 6, 0 },
	{ "stop: never before the first unit", 1, 1, 1, 10000, 1, 0 },
	{ "stop: a unit that the buffer cannot hold is an error", 1000, 10000, 64, 99, 0,
		ERR_FULL },
};

static void test_stop(void **state)
{
	const struct stop *row = *state;
	struct store *s = open_store(folder.path);
	uint32_t sizes[64], counts[64];
	size_t n = 77;
	uint64_t first = 77;
	struct buf out;
	struct err e = { 0 };
	int rc;

	(void)commit_units(s, 4, 10, 100);
	(void)commit_units(s, 4, 10, 100);
	(void)commit_units(s, 2, 10, 100);
	buf_init(&out, &mem_heap, row->bound);
	rc = store_read(s, 0, row->max_records, row->max_bytes, &out, sizes, counts, row->cap, &n,
		&first, &e);
	assert_int_equal(rc, row->want_rc);
	assert_int_equal(n, rc == 0 ? row->want : 77);
	assert_int_equal(first, rc == 0 ? 0 : 77);
	assert_int_equal(out.n, row->want * 100);
	buf_fini(&out);
	store_close(s);
}

static void test_positions_outside_the_log_have_their_errors(void **state)
{
	struct store_options o = { .path = folder.path, .retain_records = 10 };
	struct store *s = NULL;
	struct batch b;
	struct err e = { 0 };

	(void)state;
	batch_init(&b);
	assert_ok(store_open(&o, &s, &e), &e);
	assert_ok(batch_read(&b, s, 0, 1, 1, &e), &e);
	assert_int_equal(b.n, 0);
	assert_int_equal(batch_read(&b, s, 1, 1, 1, &e), ERR_RANGE);
	for (int i = 0; i < 5; i++)
		(void)commit_units(s, 1, 5, 20);
	assert_int_equal(store_first(s), 15);
	assert_int_equal(batch_read(&b, s, 14, 1, 1, &e), ERR_NOTFOUND);
	assert_non_null(strstr(e.text, "position 14 was dropped"));
	assert_int_equal(batch_read(&b, s, 26, 1, 1, &e), ERR_RANGE);
	assert_non_null(strstr(e.text, "position 26 lies past the end, 25"));
	assert_ok(batch_read(&b, s, 25, 1, 1, &e), &e);
	assert_int_equal(b.n, 0);
	buf_fini(&b.out);
	store_close(s);
}

static void test_an_empty_group_writes_nothing(void **state)
{
	struct store *s = open_store(folder.path);
	struct store_group *g = new_group();
	uint64_t first = 0;
	struct err e = { 0 };

	(void)state;
	(void)commit_units(s, 1, 3, 10);
	assert_true(store_group_is_empty(g));
	assert_ok(store_commit(s, g, &first, &e), &e);
	assert_int_equal(first, 3);
	assert_int_equal(store_end(s), 3);
	store_group_destroy(g);
	store_close(s);
}

/* ---- retention --------------------------------------------------------------------------------------------- */

static void test_retention_by_records_drops_whole_groups(void **state)
{
	struct store_options o = { .path = folder.path, .retain_records = 100 };
	struct store *s = NULL;
	struct err e = { 0 };

	(void)state;
	assert_ok(store_open(&o, &s, &e), &e);
	for (uint64_t i = 1; i <= 50; i++) {
		(void)commit_units(s, 3, 10, 40);
		assert_int_equal(store_first(s), i <= 3 ? 0 : (i - 3) * 30);
	}
	check_log(s, store_first(s), store_end(s), UINT64_MAX, SIZE_MAX);
	(void)commit_units(s, 1, 500, 40); /* larger than the bound by itself: stays alone */
	assert_int_equal(store_first(s), 1500);
	assert_int_equal(store_end(s), 2000);
	store_close(s);
	assert_ok(store_open(&o, &s, &e), &e);
	assert_int_equal(store_first(s), 1500);
	check_log(s, 1500, 2000, UINT64_MAX, SIZE_MAX);
	store_close(s);
}

static void test_retention_by_bytes_keeps_the_file_from_growing(void **state)
{
	struct store_options o = {
		.path = folder.path, .retain_bytes = 1 << 20, .map_bytes = 8 << 20
	};
	struct store *s = NULL;
	struct err e = { 0 };

	(void)state;
	assert_ok(store_open(&o, &s, &e), &e);
	for (int i = 0; i < 200; i++) { /* 20 MB in all, through a map of 8 MB */
		(void)commit_units(s, 10, 5, 10000);
		assert_true(store_end(s) - store_first(s) <= 11 * 50);
	}
	assert_true(store_end(s) - store_first(s) >= 10 * 50);
	check_log(s, store_first(s), store_end(s), UINT64_MAX, SIZE_MAX);
	store_close(s);
}

/* ---- side tables ------------------------------------------------------------------------------------------- */

struct seen {
	size_t n, stop_after;
	char keys[16][8];
	uint8_t values[16];
};

static int note_entry(void *ctx, struct span key, struct span value)
{
	struct seen *seen = ctx;

	assert_true(seen->n < 16 && key.n < 8);
	memcpy(seen->keys[seen->n], key.p, key.n);
	seen->keys[seen->n][key.n] = '\0';
	seen->values[seen->n++] = value.n > 0 ? *(const uint8_t *)value.p : 0;
	return seen->n == seen->stop_after ? 42 : 0;
}

static void test_tables_put_get_delete(void **state)
{
	struct store *s = open_store(folder.path);
	struct store_group *g = new_group();
	struct buf out;
	struct err e = { 0 };
	uint64_t first = 9;

	(void)state;
	buf_init(&out, &mem_heap, 1000);
	assert_int_equal(store_get(s, "marks", KEY("a"), &out, &e), ERR_NOTFOUND);
	put(s, "marks", KEY("a"), KEY("first"));
	assert_ok(store_get(s, "marks", KEY("a"), &out, &e), &e);
	assert_memory_equal(out.p, "first", 5);
	assert_int_equal(store_end(s), 0);

	assert_int_equal(store_group_put(g, "marks", KEY("b"), KEY("x")), 0);
	assert_int_equal(store_group_put(g, "marks", KEY("b"), KEY("later wins")), 0);
	assert_int_equal(store_group_delete(g, "marks", KEY("a")), 0);
	assert_int_equal(store_group_delete(g, "marks", KEY("never there")), 0);
	assert_int_equal(store_group_put(g, "other", KEY("b"), KEY("")), 0);
	add_unit(g, 0, 2, 10);
	assert_ok(store_commit(s, g, &first, &e), &e);
	assert_int_equal(first, 0);
	assert_int_equal(store_end(s), 2);
	store_group_destroy(g);
	store_close(s);

	s = open_store(folder.path);
	assert_int_equal(store_get(s, "marks", KEY("a"), &out, &e), ERR_NOTFOUND);
	assert_ok(store_get(s, "marks", KEY("b"), &out, &e), &e);
	assert_int_equal(out.n, 10);
	assert_memory_equal(out.p, "later wins", 10);
	assert_ok(store_get(s, "other", KEY("b"), &out, &e), &e);
	assert_int_equal(out.n, 0);
	buf_fini(&out);
	store_close(s);
}

static void test_scan_goes_in_bytewise_order_from_a_key(void **state)
{
	struct store *s = open_store(folder.path);
	struct seen seen = { .n = 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(store_scan(s, "t", KEY(""), note_entry, &seen, &e), 0);
	assert_int_equal(seen.n, 0);
	put(s, "t", KEY("b"), KEY("2"));
	put(s, "t", KEY("\xff"), KEY("4"));
	put(s, "t", KEY("a"), KEY("1"));
	put(s, "t", KEY("ba"), KEY("3"));
	put(s, "t.other", KEY("bb"), KEY("9"));
	assert_int_equal(store_scan(s, "t", KEY(""), note_entry, &seen, &e), 0);
	assert_int_equal(seen.n, 4);
	assert_memory_equal(seen.values, "1234", 4);
	seen = (struct seen){ .stop_after = 2 };
	assert_int_equal(store_scan(s, "t", KEY("aa"), note_entry, &seen, &e), 42);
	assert_int_equal(seen.n, 2);
	assert_string_equal(seen.keys[0], "b");
	assert_string_equal(seen.keys[1], "ba");
	store_close(s);
}

static int get_while_scanning(void *ctx, struct span key, struct span value)
{
	struct store *s = ctx;
	struct buf out;
	struct err e = { 0 };

	buf_init(&out, &mem_heap, 100);
	assert_ok(store_get(s, "t", key, &out, &e), &e);
	assert_int_equal(out.n, value.n);
	assert_memory_equal(out.p, value.p, value.n);
	buf_fini(&out);
	return 0;
}

static void test_a_scan_may_look_up_other_keys(void **state)
{
	struct store *s = open_store(folder.path);
	struct err e = { 0 };

	(void)state;
	put(s, "t", KEY("a"), KEY("1"));
	put(s, "t", KEY("b"), KEY("22"));
	assert_int_equal(store_scan(s, "t", KEY(""), get_while_scanning, s, &e), 0);
	store_close(s);
}

static bool span_is(struct span s, const char *text)
{
	return s.n == strlen(text) && memcmp(s.p, text, s.n) == 0;
}

static void test_a_view_shows_what_one_commit_left(void **state)
{
	struct store *s = open_store(folder.path);
	struct store_view *before, *after;
	struct span key, value;

	(void)state;
	put(s, "t", KEY("a"), KEY("1"));
	put(s, "t", KEY("c"), KEY("3"));
	assert_int_equal(store_view_open(s, &before, NULL), 0);
	assert_int_equal(store_view_get(before, "t", KEY("a"), &value, NULL), 0);
	put(s, "t", KEY("a"), KEY("other"));
	put(s, "t", KEY("b"), KEY("2"));
	put(s, "new", KEY("k"), KEY("v"));
	assert_int_equal(store_view_open(s, &after, NULL), 0);
	assert_true(span_is(value, "1"));
	assert_int_equal(store_view_get(before, "t", KEY("b"), &value, NULL), ERR_NOTFOUND);
	assert_int_equal(store_view_from(before, "t", KEY("b"), &key, &value, NULL), 0);
	assert_true(span_is(key, "c") && span_is(value, "3"));
	assert_int_equal(store_view_from(before, "t", KEY("d"), &key, &value, NULL), ERR_NOTFOUND);
	assert_int_equal(store_view_get(before, "new", KEY("k"), &value, NULL), ERR_NOTFOUND);
	assert_int_equal(store_view_from(before, "new", KEY(""), &key, &value, NULL), ERR_NOTFOUND);
	assert_int_equal(store_view_get(after, "t", KEY("a"), &value, NULL), 0);
	assert_true(span_is(value, "other"));
	assert_int_equal(store_view_from(after, "t", KEY("b"), &key, &value, NULL), 0);
	assert_true(span_is(key, "b"));
	assert_int_equal(store_view_from(after, "new", KEY(""), &key, &value, NULL), 0);
	assert_true(span_is(key, "k"));
	store_view_close(before);
	store_view_close(after);
	store_view_close(NULL);
	store_close(s);
}

static void test_big_endian_keys_sort_as_numbers(void **state)
{
	static const uint64_t numbers[] = { 0, 1, 255, 256, 65535, 1u << 31, UINT64_MAX };
	uint8_t a[8], b[8];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		store_key_u64(numbers[i], a);
		assert_int_equal(store_key_read_u64(a), numbers[i]);
		if (i > 0)
			assert_true(memcmp(b, a, 8) < 0);
		memcpy(b, a, 8);
	}
}

static void test_a_ninth_table_is_refused_and_changes_nothing(void **state)
{
	struct store *s = open_store(folder.path);
	struct store_group *g = new_group();
	char name[16];
	struct buf out;
	struct err e = { 0 };
	uint64_t first;

	(void)state;
	buf_init(&out, &mem_heap, 100);
	for (int i = 0; i < 8; i++) {
		(void)snprintf(name, sizeof name, "t%d", i);
		put(s, name, KEY("k"), KEY("v"));
	}
	assert_int_equal(store_group_put(g, "t0", KEY("k2"), KEY("v")), 0);
	assert_int_equal(store_group_put(g, "t8", KEY("k"), KEY("v")), 0);
	add_unit(g, 0, 1, 1);
	assert_int_equal(store_commit(s, g, &first, &e), ERR_FULL);
	assert_non_null(strstr(e.text, "t8"));
	assert_int_equal(store_end(s), 0);
	assert_int_equal(store_get(s, "t0", KEY("k2"), &out, &e), ERR_NOTFOUND);
	store_group_destroy(g);
	store_close(s);
	s = open_store(folder.path);
	assert_ok(store_get(s, "t7", KEY("k"), &out, &e), &e);
	buf_fini(&out);
	store_close(s);
}

/* ---- groups ------------------------------------------------------------------------------------------------ */

static void test_a_group_refuses_what_is_out_of_bounds_and_stays_as_it_was(void **state)
{
	struct store_group *g = NULL;
	uint8_t big[501] = { 1 };
	char name[40];

	(void)state;
	assert_int_equal(store_group_create(&mem_heap, 0, &g), ERR_INVALID);
	assert_int_equal(store_group_create(&mem_heap, 100, &g), 0);
	assert_int_equal(store_group_add(g, (struct span){ big, 101 }, 1), ERR_FULL);
	assert_int_equal(store_group_add(g, (struct span){ big, 10 }, 0), ERR_INVALID);
	assert_int_equal(store_group_add(g, (struct span){ big, 0 }, 1), ERR_INVALID);
	assert_int_equal(store_group_put(g, "t", (struct span){ big, 501 }, KEY("")), ERR_INVALID);
	assert_int_equal(store_group_put(g, "t", KEY(""), KEY("")), ERR_INVALID);
	assert_int_equal(store_group_put(g, "t", KEY("k"), (struct span){ big, 100 }), ERR_FULL);
	assert_int_equal(store_group_put(g, "", KEY("k"), KEY("")), ERR_INVALID);
	memset(name, 'n', sizeof name);
	name[32] = '\0';
	assert_int_equal(store_group_put(g, name, KEY("k"), KEY("")), ERR_INVALID);
	assert_true(store_group_is_empty(g));

	assert_int_equal(store_group_add(g, (struct span){ big, 60 }, 6), 0);
	assert_int_equal(store_group_add(g, (struct span){ big, 41 }, 1), ERR_FULL);
	assert_int_equal(store_group_add(g, (struct span){ big, 40 }, 4), 0);
	assert_int_equal(store_group_bytes(g), 100);
	assert_int_equal(store_group_records(g), 10);
	assert_false(store_group_is_empty(g));
	store_group_reset(g);
	assert_true(store_group_is_empty(g));
	assert_int_equal(store_group_bytes(g), 0);
	name[31] = '\0';
	assert_int_equal(store_group_put(g, name, KEY("k"), KEY("")), 0);
	assert_false(store_group_is_empty(g));
	store_group_destroy(g);
	store_group_destroy(NULL);
}

/* ---- folders and locks ------------------------------------------------------------------------------------- */

static void test_missing_folders_are_made_for_their_owner_alone(void **state)
{
	char path[128];
	struct stat st;

	(void)state;
	(void)snprintf(path, sizeof path, "%s/a/b/c/", folder.path);
	store_close(open_store(path));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	(void)snprintf(path, sizeof path, "%s/a/b/c/data.mdb", folder.path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_a_folder_that_cannot_be_made_is_named(void **state)
{
	struct store_options o = { .path = "/dev/null/store" };
	struct store *s = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(store_open(&o, &s, &e), ERR_IO);
	assert_null(s);
	assert_non_null(strstr(e.text, "/dev/null"));
}

static void test_a_reader_needs_a_store(void **state)
{
	struct store_options o = { .path = folder.path, .read_only = true };
	struct store *s = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(store_open(&o, &s, &e), ERR_NOTFOUND);
	o.path = "/nowhere/at/all";
	assert_int_equal(store_open(&o, &s, &e), ERR_NOTFOUND);
	assert_non_null(strstr(e.text, "/nowhere/at/all"));
	assert_null(s);
}

static void test_a_second_handle_in_the_process_is_refused(void **state)
{
	struct store_options o = { .path = folder.path };
	struct store *s = open_store(folder.path), *second = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(store_open(&o, &second, &e), ERR_BUSY);
	assert_non_null(strstr(e.text, folder.path));
	o.read_only = true;
	assert_int_equal(store_open(&o, &second, &e), ERR_BUSY);
	(void)commit_units(s, 1, 1, 1);
	store_close(s);
	assert_ok(store_open(&o, &second, &e), &e);
	store_close(second);
}

static int expect_busy(void *arg)
{
	struct store_options o = { .path = arg };
	struct store *s = NULL;
	struct err e = { 0 };

	return store_open(&o, &s, &e) == ERR_BUSY && strstr(e.text, arg) != NULL ? 0 : 1;
}

static void test_a_second_writer_is_refused_and_told_the_folder(void **state)
{
	struct store *s = open_store(folder.path);

	(void)state;
	assert_child_succeeds(in_child(expect_busy, folder.path));
	store_close(s);
}

static void test_a_forked_child_does_not_keep_the_lock(void **state)
{
	struct store *s = open_store(folder.path);
	int up[2], down[2];
	char c = 0;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(up), 0);
	assert_int_equal(pipe(down), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) { /* lives until the parent has opened the store again */
		(void)close(down[1]);
		_exit(write(up[1], "1", 1) == 1 && read(down[0], &c, 1) == 0 ? 0 : 1);
	}
	assert_int_equal(read(up[0], &c, 1), 1);
	store_close(s);
	store_close(open_store(folder.path));
	(void)close(up[0]);
	(void)close(up[1]);
	(void)close(down[0]);
	(void)close(down[1]);
	assert_child_succeeds(child);
}

static void test_another_partition_is_refused(void **state)
{
	struct store_options o = { .path = folder.path, .partition = 3 };
	struct store *s = NULL;
	struct err e = { 0 };

	(void)state;
	assert_ok(store_open(&o, &s, &e), &e);
	(void)commit_units(s, 1, 1, 1);
	store_close(s);
	s = NULL;
	o.partition = 4;
	assert_int_equal(store_open(&o, &s, &e), ERR_MISMATCH);
	assert_null(s);
	o.partition = 3;
	assert_ok(store_open(&o, &s, &e), &e);
	store_close(s);
}

int main(void)
{
#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)
	static const struct CMUnitTest plain[] = {
		IN_FOLDER(test_a_read_begins_with_the_unit_that_holds_the_position),
		IN_FOLDER(test_positions_outside_the_log_have_their_errors),
		IN_FOLDER(test_an_empty_group_writes_nothing),
		IN_FOLDER(test_retention_by_records_drops_whole_groups),
		IN_FOLDER(test_retention_by_bytes_keeps_the_file_from_growing),
		IN_FOLDER(test_tables_put_get_delete),
		IN_FOLDER(test_scan_goes_in_bytewise_order_from_a_key),
		IN_FOLDER(test_a_scan_may_look_up_other_keys),
		IN_FOLDER(test_a_view_shows_what_one_commit_left),
		cmocka_unit_test(test_big_endian_keys_sort_as_numbers),
		IN_FOLDER(test_a_ninth_table_is_refused_and_changes_nothing),
		cmocka_unit_test(test_a_group_refuses_what_is_out_of_bounds_and_stays_as_it_was),
		IN_FOLDER(test_missing_folders_are_made_for_their_owner_alone),
		cmocka_unit_test(test_a_folder_that_cannot_be_made_is_named),
		IN_FOLDER(test_a_reader_needs_a_store),
		IN_FOLDER(test_a_second_handle_in_the_process_is_refused),
		IN_FOLDER(test_a_second_writer_is_refused_and_told_the_folder),
		IN_FOLDER(test_a_forked_child_does_not_keep_the_lock),
		IN_FOLDER(test_another_partition_is_refused),
	};
	struct CMUnitTest rows[ARRAY_LEN(shapes) + ARRAY_LEN(stops)];
	size_t n = 0;
	int failed = cmocka_run_group_tests_name("store", plain, NULL, NULL);

	for (size_t i = 0; i < ARRAY_LEN(shapes); i++)
		rows[n++] = (struct CMUnitTest){ .name = shapes[i].name,
			.test_func = test_shape,
			.setup_func = make_folder,
			.teardown_func = remove_folder,
			.initial_state = (void *)(uintptr_t)&shapes[i] };
	for (size_t i = 0; i < ARRAY_LEN(stops); i++)
		rows[n++] = (struct CMUnitTest){ .name = stops[i].name,
			.test_func = test_stop,
			.setup_func = make_folder,
			.teardown_func = remove_folder,
			.initial_state = (void *)(uintptr_t)&stops[i] };
	return failed + cmocka_run_group_tests_name("store rows", rows, NULL, NULL);
}
