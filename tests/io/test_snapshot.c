/* Snapshot files: what was written is read back; anything else is refused, at once and without room for what is not
 * there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/hash.h"
#include "common/io/snapshot.h"

#define FILE_MAX 4096

struct place {
	char dir[64], file[80];
};

static int set_up(void **state)
{
	static struct place p;

	strcpy(p.dir, "/tmp/capscore-test-XXXXXX");
	if (mkdtemp(p.dir) == NULL)
		return -1;
	(void)snprintf(p.file, sizeof p.file, "%s/s", p.dir);
	*state = &p;
	return 0;
}

static int tear_down(void **state)
{
	struct place *p = *state;

	(void)unlink(p->file);
	return rmdir(p->dir);
}

static const struct snapshot_head head = { 11, 12, 13, 14 };

static size_t write_sample(const struct place *p, uint8_t out[FILE_MAX])
{
	struct snapshot_writer *w;
	FILE *f;
	size_t n;

	assert_int_equal(snapshot_create(p->file, &head, &w, NULL), 0);
	assert_int_equal(snapshot_put(w, (struct span){ "one", 3 }), 0);
	assert_int_equal(snapshot_put(w, (struct span){ "second", 6 }), 0);
	assert_int_equal(snapshot_finish(&w, NULL), 0);
	assert_int_equal(snapshot_switch(p->file, NULL), 0);
	f = fopen(p->file, "rb");
	assert_non_null(f);
	n = fread(out, 1, FILE_MAX, f);
	(void)fclose(f);
	assert_in_range(n, 1, FILE_MAX - 1);
	return n;
}

static void write_bytes(const struct place *p, const uint8_t *bytes, size_t n)
{
	FILE *f = fopen(p->file, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

/* Reads the whole file. Returns 0 or what refused it. */
static int read_all(const struct place *p, size_t *ret_blobs)
{
	struct snapshot_reader *r;
	struct snapshot_head h;
	struct span blob = { NULL, 0 };
	int rc = snapshot_open(p->file, &h, &r, NULL);

	*ret_blobs = 0;
	if (rc != 0)
		return rc;
	while ((rc = snapshot_get(r, &blob)) == 0 && blob.p != NULL)
		++*ret_blobs;
	snapshot_close(r);
	return rc;
}

static void test_what_was_written_is_read(void **state)
{
	uint8_t bytes[FILE_MAX];
	size_t blobs;

	(void)write_sample(*state, bytes);
	assert_int_equal(read_all(*state, &blobs), 0);
	assert_int_equal(blobs, 2);
}

static void test_every_truncation_is_refused(void **state)
{
	uint8_t bytes[FILE_MAX];
	size_t n = write_sample(*state, bytes), blobs;

	for (size_t i = 0; i < n; i++) {
		write_bytes(*state, bytes, i);
		assert_int_equal(read_all(*state, &blobs), ERR_CORRUPT);
	}
}

static void test_every_changed_byte_is_refused(void **state)
{
	uint8_t bytes[FILE_MAX];
	size_t n = write_sample(*state, bytes), blobs;

	for (size_t i = 0; i < n; i++) {
		bytes[i] ^= 0x10;
		write_bytes(*state, bytes, n);
		assert_int_equal(read_all(*state, &blobs), ERR_CORRUPT);
		bytes[i] ^= 0x10;
	}
}

/* The most memory this process ever had mapped, in kilobytes. */
static unsigned long mapped_kb(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	unsigned long kb = 0;

	assert_non_null(f);
	while (kb == 0 && fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, "VmPeak:", 7) == 0)
			kb = strtoul(line + 7, NULL, 10);
	(void)fclose(f);
	return kb;
}

/* The claim stands behind a header that is sound, where no checksum covers it. */
static void test_a_length_past_the_end_is_refused_without_room_for_it(void **state)
{
	static const uint64_t claims[] = { (uint64_t)1 << 30, ((uint64_t)1 << 30) + 1, UINT64_MAX };
	uint8_t bytes[FILE_MAX];
	size_t n = write_sample(*state, bytes), at = 0, blobs;
	unsigned long before = mapped_kb();

	while (at < n && memcmp(bytes + at, "one", 3) != 0)
		at++;
	assert_in_range(at, 16, n - 3);
	for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
		memcpy(bytes + at - 16, &claims[i], sizeof claims[i]);
		write_bytes(*state, bytes, n);
		assert_int_equal(read_all(*state, &blobs), ERR_CORRUPT);
	}
	assert_in_range(mapped_kb() - before, 0, 512 * 1024);
}

static void test_what_is_no_file_is_refused_at_once(void **state)
{
	const struct place *p = *state;
	size_t blobs;

	(void)unlink(p->file);
	assert_int_equal(read_all(p, &blobs), ERR_NOTFOUND);
	assert_int_equal(mkfifo(p->file, 0600), 0);
	assert_int_equal(read_all(p, &blobs), ERR_CORRUPT);
	assert_int_equal(unlink(p->file), 0);
	assert_int_equal(mkdir(p->file, 0700), 0);
	assert_int_equal(read_all(p, &blobs), ERR_CORRUPT);
	assert_int_equal(rmdir(p->file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_written_is_read),
		cmocka_unit_test(test_every_truncation_is_refused),
		cmocka_unit_test(test_every_changed_byte_is_refused),
		cmocka_unit_test(test_a_length_past_the_end_is_refused_without_room_for_it),
		cmocka_unit_test(test_what_is_no_file_is_refused_at_once),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
