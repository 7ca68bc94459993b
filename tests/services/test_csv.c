/* The CSV reader: fields, places, faults and how reading goes on behind them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "services/imports/csv.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof *(a))

/* Reads all records as "field|field" lines; a fault reads "!reason@line:column". */
static void transcript(struct input *in, char *out, size_t cap)
{
	struct err e = { 0 };
	struct csv *c = malloc(sizeof *c);
	struct sink s;

	assert_non_null(c);
	sink_init(&s, out, cap);
	assert_int_equal(input_skip_bom(in, &e), 0);
	assert_int_equal(csv_init(c, in, &e), 0);
	for (;;) {
		int rc = csv_next(c, &e);

		if (rc == ERR_NOTFOUND)
			break;
		if (rc == ERR_SYNTAX) {
			sink_printf(&s, "!%s@%u:%u\n", csv_fault_reason(c->fault), c->fault_line,
				c->fault_column);
			continue;
		}
		assert_int_equal(rc, 0);
		for (size_t i = 0; i < c->n_fields; i++)
			sink_printf(
				&s, "%s" STR_FMT, i == 0 ? "" : "|", STR_ARG(c->fields[i].text));
		sink_add(&s, STR("\n"));
	}
	assert_false(sink_is_cut(&s));
	free(c);
}

struct row {
	const char *name, *text, *want;
};

static const struct row rows[] = {
	{ "bare fields", "a,b\n1,2\n", "a|b\n1|2\n" },
	{ "the last line needs no line end", "a,b\n1,2", "a|b\n1|2\n" },
	{ "CRLF ends a line and is no part of a field", "a,b\r\n1,2\r\n", "a|b\n1|2\n" },
	{ "a byte order mark is not part of the header",
		"\xEF\xBB\xBF"
		"a,b\n1,2\n",
		"a|b\n1|2\n" },
	{ "tabs separate when the header has more of them", "a\tb,c\td\n1\t2,3\t4\n",
		"a|b,c|d\n1|2,3|4\n" },
	{ "quoted fields hold separators", "a,b\n\"1,5\",2\n", "a|b\n1,5|2\n" },
	{ "quoted fields hold line ends", "a,b\n\"x\ny\",\"p\r\nq\"\nr,s\n",
		"a|b\nx\ny|p\r\nq\nr|s\n" },
	{ "doubled quotes are one", "a,b\n\"say \"\"hi\"\"\",\"\"\n", "a|b\nsay \"hi\"|\n" },
	{ "a quoted last field with CRLF", "a,b\r\n1,\"2\"\r\n3,\"4\"\r\n", "a|b\n1|2\n3|4\n" },
	{ "a quote inside a bare field is itself", "a,b\n5\" disk,2\n", "a|b\n5\" disk|2\n" },
	{ "empty fields", "a,b,c\n,,\n1,,3\n", "a|b|c\n||\n1||3\n" },
	{ "empty lines are passed over", "a,b\n\n\r\n1,2\n\n", "a|b\n1|2\n" },
	{ "records may differ in length", "a,b\n1\n1,2,3\n", "a|b\n1\n1|2|3\n" },
	{ "characters after a closing quote", "a,b\n\"1\"x,2\n3,4\n",
		"a|b\n!after-quote@2:4\n3|4\n" },
	{ "columns count characters", "a,b\n\xC3\xBC,\"1\"x\n3,4\n",
		"a|b\n!after-quote@2:6\n3|4\n" },
	{ "a quote that is never closed costs its own line only", "a,b\n1,\"2\n3,4\n5,6\n",
		"a|b\n!open-quote@2:3\n3|4\n5|6\n" },
	{ "a quote closed by another line's quote is told where it was opened",
		"a,b\n1,\"2\n\"3\",4\n5,6\n", "a|b\n!open-quote@2:3\n3|4\n5|6\n" },
	{ "lines are counted through quoted line ends", "a,b\n\"x\n\ny\",2\n\"1\"x\n",
		"a|b\nx\n\ny|2\n!after-quote@5:4\n" },
	{ "nothing at all", "", "" },
};

static void test_row(void **state)
{
	const struct row *r = *state;
	char out[4096], *bytes = strdup(r->text);
	struct input in;

	input_open_memory(&in, bytes, strlen(bytes));
	transcript(&in, out, sizeof out);
	assert_string_equal(out, r->want);
	free(bytes);
}

/* Through the window of a real descriptor instead of memory. */
static void test_a_pipe_reads_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char out[4096];
		struct err e = { 0 };
		struct input in;
		int fds[2], saved = dup(STDIN_FILENO);

		assert_int_equal(pipe(fds), 0);
		assert_int_equal(
			write(fds[1], rows[i].text, strlen(rows[i].text)), strlen(rows[i].text));
		close(fds[1]);
		assert_true(dup2(fds[0], STDIN_FILENO) >= 0);
		close(fds[0]);
		assert_int_equal(input_open(&mem_heap, "-", &in, &e), 0);
		transcript(&in, out, sizeof out);
		assert_string_equal(out, rows[i].want);
		input_close(&in);
		assert_true(dup2(saved, STDIN_FILENO) >= 0);
		close(saved);
	}
}

static char *repeated(const char *before, char c, size_t n, const char *after)
{
	size_t b = strlen(before), a = strlen(after);
	char *p = malloc(b + n + a + 1);

	assert_non_null(p);
	memcpy(p, before, b);
	memset(p + b, c, n);
	memcpy(p + b + n, after, a + 1);
	return p;
}

static void check_bound(const char *before, char c, size_t n, const char *want)
{
	char out[8192], *bytes = repeated(before, c, n, "\n3,4\n");
	struct input in;

	input_open_memory(&in, bytes, strlen(bytes));
	transcript(&in, out, sizeof out);
	assert_string_equal(out, want);
	free(bytes);
}

static void test_a_field_too_long_is_refused_and_reading_goes_on(void **state)
{
	(void)state;
	check_bound("a,b\n1,", 'x', CSV_FIELD_MAX + 1, "a|b\n!field-too-long@2:3\n3|4\n");
	check_bound("a,b\n1,\"", 'x', CSV_FIELD_MAX + 1, "a|b\n!field-too-long@2:3\n3|4\n");
	check_bound("a,b\n1,\"", 'x', INPUT_WINDOW * 2, "a|b\n!field-too-long@2:3\n3|4\n");
}

static void test_too_many_fields_are_refused_and_reading_goes_on(void **state)
{
	(void)state;
	check_bound("a,b\n", ',', CSV_FIELDS_MAX, "a|b\n!too-many-fields@2:257\n3|4\n");
}

static void test_a_record_too_long_is_refused_and_reading_goes_on(void **state)
{
	size_t n = CSV_FIELD_MAX - 1, n_fields = CSV_RECORD_MAX / CSV_FIELD_MAX + 1, at = 4;
	char out[256], *bytes = malloc(n_fields * (n + 1) + 16);
	struct input in;

	(void)state;
	assert_non_null(bytes);
	memcpy(bytes, "a,b\n", 4);
	for (size_t i = 0; i < n_fields; i++, at += n + 1) {
		memset(bytes + at, 'x', n);
		bytes[at + n] = ',';
	}
	memcpy(bytes + at, "\n3,4\n", 6);
	input_open_memory(&in, bytes, at + 5);
	transcript(&in, out, sizeof out);
	assert_string_equal(out, "a|b\n!record-too-long@2:1\n3|4\n");
	free(bytes);
}

static void test_utf16_is_told_as_such(void **state)
{
	char bytes[] = "\xFF\xFE"
		       "a\0,\0";
	struct err e = { 0 };
	struct input in;

	(void)state;
	input_open_memory(&in, bytes, sizeof bytes - 1);
	assert_int_equal(input_skip_bom(&in, &e), ERR_UNSUPPORTED);
	assert_non_null(strstr(e.text, "UTF-16"));
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(rows) + 8];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = test_row,
			.initial_state = (void *)(uintptr_t)&rows[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_a_pipe_reads_the_same);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
		test_a_field_too_long_is_refused_and_reading_goes_on);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
		test_too_many_fields_are_refused_and_reading_goes_on);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
		test_a_record_too_long_is_refused_and_reading_goes_on);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_utf16_is_told_as_such);
	return _cmocka_run_group_tests("csv", tests, n, NULL, NULL);
}
