/* Data files are found beside the program, or by path. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/io/share.h"

/* The folder beside this test program, as share_find() sees it. */
static char kind_folder[PATH_MAX];

static void make_folder(const char *path)
{
	assert_true(mkdir(path, 0777) == 0 || access(path, W_OK) == 0);
}

static void write_file(const char *path)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fclose(f), 0);
}

static int set_up(void **state)
{
	char path[PATH_MAX - 64], file[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);

	(void)state;
	if (n < 0)
		return -1;
	path[n] = '\0';
	*strrchr(path, '/') = '\0'; /* program */
	*strrchr(path, '/') = '\0'; /* its folder */
	(void)snprintf(file, sizeof file, "%s/share", path);
	make_folder(file);
	(void)snprintf(file, sizeof file, "%s/share/capscore", path);
	make_folder(file);
	(void)snprintf(kind_folder, sizeof kind_folder, "%s/share/capscore/tested", path);
	make_folder(kind_folder);
	for (int i = 0; i < 2; i++) {
		int len = snprintf(file, sizeof file, "%.4000s/%s.yaml", kind_folder,
			i == 0 ? "first" : "second");

		assert_true(len > 0 && (size_t)len < sizeof file);
		write_file(file);
	}
	return 0;
}

static void test_a_name_is_found_beside_the_program(void **state)
{
	char path[PATH_MAX] = "";
	struct stat found, made;
	struct err e = { 0 };
	char want[PATH_MAX + 16];

	(void)state;
	assert_int_equal(share_find("tested", "second", path, sizeof path, &e), 0);
	(void)snprintf(want, sizeof want, "%s/second.yaml", kind_folder);
	assert_int_equal(stat(path, &found), 0);
	assert_int_equal(stat(want, &made), 0);
	assert_true(found.st_ino == made.st_ino);
}

static void test_an_unknown_name_lists_the_known_ones(void **state)
{
	char path[PATH_MAX] = "untouched";
	struct err e = { 0 };

	(void)state;
	assert_int_equal(share_find("tested", "third", path, sizeof path, &e), ERR_NOTFOUND);
	assert_string_equal(path, "untouched");
	assert_non_null(strstr(e.text, "third"));
	assert_non_null(strstr(e.text, "first, second"));
}

static void test_an_unknown_kind_lists_none(void **state)
{
	char path[PATH_MAX];
	struct err e = { 0 };

	(void)state;
	assert_int_equal(share_find("no-such-kind", "first", path, sizeof path, &e), ERR_NOTFOUND);
	assert_non_null(strstr(e.text, "none"));
}

static void test_a_path_is_taken_as_it_is(void **state)
{
	char path[PATH_MAX], given[PATH_MAX + 16];
	struct err e = { 0 };

	(void)state;
	(void)snprintf(given, sizeof given, "%s/first.yaml", kind_folder);
	assert_int_equal(share_find("tested", given, path, sizeof path, &e), 0);
	assert_string_equal(path, given);
	assert_int_equal(
		share_find("tested", "/nowhere/x.yaml", path, sizeof path, &e), ERR_NOTFOUND);
	assert_int_equal(share_find("tested", "nowhere.yaml", path, sizeof path, &e), ERR_NOTFOUND);
}

static void test_a_small_buffer_is_refused(void **state)
{
	char path[8] = "same";
	struct err e = { 0 };

	(void)state;
	assert_int_equal(share_find("tested", "first", path, sizeof path, &e), ERR_FULL);
	assert_string_equal(path, "same");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_name_is_found_beside_the_program),
		cmocka_unit_test(test_an_unknown_name_lists_the_known_ones),
		cmocka_unit_test(test_an_unknown_kind_lists_none),
		cmocka_unit_test(test_a_path_is_taken_as_it_is),
		cmocka_unit_test(test_a_small_buffer_is_refused),
	};

	return cmocka_run_group_tests_name("share", tests, set_up, NULL);
}
