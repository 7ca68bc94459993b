/* Options: command line over environment over default, and what is wrong in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/io/options.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof *(a))

struct values {
	const char *data_dir;
	int64_t batch;
	bool verbose;
	struct option_list areas;
};

static int parse(struct values *v, const char **argv, int *ret_n_args, struct err *e)
{
	const struct option_spec specs[] = {
		{ .name = "data-dir",
			.letter = 'd',
			.type = OPTION_TEXT,
			.value = &v->data_dir,
			.initial = "./data",
			.metavar = "DIR",
			.help = "folder" },
		{ .name = "batch",
			.type = OPTION_NUMBER,
			.value = &v->batch,
			.initial = "256",
			.min = 1,
			.max = 4096,
			.help = "events a batch" },
		{ .name = "verbose",
			.letter = 'v',
			.type = OPTION_FLAG,
			.value = &v->verbose,
			.help = "say more" },
		{ .name = "area",
			.letter = 'a',
			.type = OPTION_LIST,
			.value = &v->areas,
			.help = "areas" },
	};
	int argc = 0;

	while (argv[argc] != NULL)
		argc++;
	return options_parse(specs, ARRAY_LEN(specs), argc, (char **)argv, ret_n_args, e);
}

static int clear_environment(void **state)
{
	(void)state;
	unsetenv("CAPSCORE_DATA_DIR");
	unsetenv("CAPSCORE_BATCH");
	unsetenv("CAPSCORE_VERBOSE");
	unsetenv("CAPSCORE_AREA");
	return 0;
}

static void test_defaults_stand_where_nothing_is_given(void **state)
{
	struct values v;
	const char *argv[] = { "prog", NULL };
	int n = -1;

	(void)state;
	assert_int_equal(parse(&v, argv, &n, NULL), 0);
	assert_int_equal(n, 0);
	assert_string_equal(v.data_dir, "./data");
	assert_int_equal(v.batch, 256);
	assert_false(v.verbose);
	assert_int_equal(v.areas.n, 0);
}

static void test_the_environment_stands_over_the_default_and_the_command_line_over_both(
	void **state)
{
	struct values v;
	const char *argv[] = { "prog", "--batch=7", "-a", "x", "--area", "y", NULL };
	int n;

	(void)state;
	setenv("CAPSCORE_DATA_DIR", "/env", 1);
	setenv("CAPSCORE_BATCH", "9", 1);
	setenv("CAPSCORE_VERBOSE", "true", 1);
	setenv("CAPSCORE_AREA", "env", 1);
	assert_int_equal(parse(&v, argv, &n, NULL), 0);
	assert_string_equal(v.data_dir, "/env");
	assert_int_equal(v.batch, 7);
	assert_true(v.verbose);
	assert_int_equal(v.areas.n, 2);
	assert_string_equal(v.areas.items[1], "y");
}

static void test_arguments_come_to_the_front_in_order(void **state)
{
	struct values v;
	const char *argv[] = { "prog", "one", "-vd/x", "two", "-", "--", "--batch", NULL };
	int n;

	(void)state;
	assert_int_equal(parse(&v, argv, &n, NULL), 0);
	assert_int_equal(n, 4);
	assert_string_equal(argv[1], "one");
	assert_string_equal(argv[2], "two");
	assert_string_equal(argv[3], "-");
	assert_string_equal(argv[4], "--batch");
	assert_true(v.verbose);
	assert_string_equal(v.data_dir, "/x");
}

static const struct row {
	const char *name;
	const char *argv[4];
	const char *want; /* part of the text */
} rows[] = {
	{ "an unknown option names a near one", { "prog", "--bacth", "3" },
		"did you mean '--batch'?" },
	{ "an unknown letter", { "prog", "-q" }, "'-q'" },
	{ "a value is missing", { "prog", "--data-dir" }, "needs a value: DIR" },
	{ "a value is forgotten before an option", { "prog", "--data-dir", "--verbose" },
		"--data-dir needs a value: DIR" },
	{ "an unknown option far from all", { "prog", "--frobnicate" },
		"there is no option '--frobnicate'" },
	{ "an empty number", { "prog", "--batch=" }, "'' is not a whole number" },
	{ "not a number", { "prog", "--batch", "many" }, "'many' is not a whole number" },
	{ "a number and more", { "prog", "--batch=3x" }, "'3x' is not a whole number" },
	{ "out of range", { "prog", "--batch", "0" }, "not between 1 and 4096" },
	{ "far out of range", { "prog", "--batch", "99999999999999999999" },
		"not between 1 and 4096" },
	{ "a flag with another value", { "prog", "--verbose=maybe" }, "neither true nor false" },
};

static void test_row(void **state)
{
	const struct row *r = *state;
	struct err e = { 0 };
	struct values v;
	const char *argv[ARRAY_LEN(r->argv) + 1] = { NULL };
	int n;

	memcpy(argv, r->argv, sizeof r->argv);
	assert_int_equal(parse(&v, argv, &n, &e), ERR_INVALID);
	assert_non_null(strstr(e.text, r->want));
}

static void test_a_wrong_environment_is_told_by_its_name(void **state)
{
	struct err e = { 0 };
	struct values v;
	const char *argv[] = { "prog", NULL };
	int n;

	(void)state;
	setenv("CAPSCORE_BATCH", "x", 1);
	assert_int_equal(parse(&v, argv, &n, &e), ERR_INVALID);
	assert_non_null(strstr(e.text, "CAPSCORE_BATCH"));
}

static void test_a_wrong_environment_does_no_harm_where_the_command_line_speaks(void **state)
{
	struct err e = { 0 };
	struct values v;
	const char *argv[] = { "prog", "--batch", "3", "--verbose=no", NULL };
	int n;

	(void)state;
	setenv("CAPSCORE_BATCH", "x", 1);
	setenv("CAPSCORE_VERBOSE", "yes", 1);
	assert_int_equal(parse(&v, argv, &n, &e), 0);
	assert_int_equal(v.batch, 3);
	assert_false(v.verbose);
}

static void test_an_empty_variable_is_not_given(void **state)
{
	struct values v;
	const char *argv[] = { "prog", "--data-dir=--odd", NULL };
	int n;

	(void)state;
	setenv("CAPSCORE_BATCH", "", 1);
	setenv("CAPSCORE_AREA", "one,item", 1);
	assert_int_equal(parse(&v, argv, &n, NULL), 0);
	assert_int_equal(v.batch, 256);
	assert_string_equal(v.data_dir, "--odd");
	assert_int_equal(v.areas.n, 1);
	assert_string_equal(v.areas.items[0], "one,item");
}

static void test_a_list_has_an_end(void **state)
{
	const char *argv[OPTION_LIST_MAX + 3] = { "prog" };
	struct err e = { 0 };
	struct values v;
	int n;

	(void)state;
	for (int i = 1; i <= OPTION_LIST_MAX; i++)
		argv[i] = "-ax";
	assert_int_equal(parse(&v, argv, &n, &e), 0);
	assert_int_equal(v.areas.n, OPTION_LIST_MAX);
	argv[OPTION_LIST_MAX + 1] = "-ax";
	assert_int_equal(parse(&v, argv, &n, &e), ERR_INVALID);
	assert_non_null(strstr(e.text, "--area: given more than 64 times"));
}

static void test_help_names_every_option_within_the_width(void **state)
{
	const char *dir;
	const struct option_spec specs[] = {
		{ .name = "data-dir",
			.letter = 'd',
			.type = OPTION_TEXT,
			.value = &dir,
			.initial = "./data",
			.metavar = "DIR",
			.help = "a long text that tells what the folder is for, who makes it, who may read it, and what "
				"stands in it after the first start of the program" },
		{ .name = "an-option-with-a-very-long-name",
			.type = OPTION_TEXT,
			.value = &dir,
			.metavar = "X",
			.help = "help" },
	};
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	(void)state;
	options_print(specs, ARRAY_LEN(specs), out);
	(void)fclose(out);
	assert_non_null(strstr(text, "-d, --data-dir DIR"));
	assert_non_null(strstr(text, "(default: ./data)"));
	assert_non_null(strstr(text, "--an-option-with-a-very-long-name X\n"));
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
		assert_true(strlen(line) <= 100);
	free(text);
}

#define TEST(f) ((struct CMUnitTest){ .name = #f, .test_func = f, .setup_func = clear_environment })

int main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(rows) + 8] = {
		TEST(test_defaults_stand_where_nothing_is_given),
		TEST(test_the_environment_stands_over_the_default_and_the_command_line_over_both),
		TEST(test_arguments_come_to_the_front_in_order),
		TEST(test_a_wrong_environment_is_told_by_its_name),
		TEST(test_a_wrong_environment_does_no_harm_where_the_command_line_speaks),
		TEST(test_an_empty_variable_is_not_given),
		TEST(test_a_list_has_an_end),
		TEST(test_help_names_every_option_within_the_width),
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		tests[8 + i] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = test_row,
			.setup_func = clear_environment,
			.initial_state = (void *)(uintptr_t)&rows[i] };
	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
