/* Log lines as they come out on standard error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/io/clock.h"
#include "common/io/log.h"
#include "common/io/log_internal.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define T0	     1688169600000 /* 2023-07-01T00:00:00Z */

static event_ms fake_now;
static FILE *captured;
static int saved_stderr;

static event_ms read_fake_now(void)
{
	return fake_now;
}

static int start_capture(void **state)
{
	(void)state;
	captured = tmpfile();
	assert_non_null(captured);
	saved_stderr = dup(STDERR_FILENO);
	assert_true(dup2(fileno(captured), STDERR_FILENO) >= 0);
	fake_now = T0;
	logger_set_clock(read_fake_now);
	logger_init("test", LOG_INFO);
	return 0;
}

static int end_capture(void **state)
{
	(void)state;
	(void)dup2(saved_stderr, STDERR_FILENO);
	(void)close(saved_stderr);
	(void)fclose(captured);
	logger_set_clock(NULL);
	return 0;
}

/* Everything written since the capture began. */
static const char *output(void)
{
	static char text[1 << 20];
	ssize_t n = pread(fileno(captured), text, sizeof text - 1, 0);

	assert_true(n >= 0);
	text[n] = '\0';
	return text;
}

static size_t n_lines(void)
{
	size_t n = 0;

	for (const char *p = output(); *p != '\0'; p++)
		n += *p == '\n';
	return n;
}

static void test_a_line_carries_time_level_service_event_and_fields(void **state)
{
	(void)state;
	fake_now = T0 + 1234;
	log_info("ready", "events=%d partners=%s", 1200, "7");
	assert_string_equal(output(), "ts=2023-07-01T00:00:01.234Z level=info svc=test ev=ready "
				      "events=1200 partners=7\n");
}

static void test_a_line_without_fields_ends_after_the_event(void **state)
{
	(void)state;
	log_warn("stopping", "%s", "");
	assert_string_equal(
		output(), "ts=2023-07-01T00:00:00.000Z level=warn svc=test ev=stopping\n");
}

static void test_levels_below_the_threshold_are_silent(void **state)
{
	(void)state;
	log_debug("step", "n=%d", 1);
	assert_int_equal(n_lines(), 0);
	logger_init("test", LOG_DEBUG);
	log_debug("step", "n=%d", 1);
	assert_int_equal(n_lines(), 1);
}

static void test_levels_have_names(void **state)
{
	(void)state;
	assert_int_equal(logger_level_by_name("error"), LOG_ERROR);
	assert_int_equal(logger_level_by_name("debug"), LOG_DEBUG);
	assert_int_equal(logger_level_by_name("loud"), -1);
}

static void test_repeats_are_held_back_and_counted_in_the_next_line(void **state)
{
	(void)state;
	for (int i = 0; i < LOG_PER_SECOND + 17; i++)
		log_warn("event_late", "i=%d", i);
	assert_int_equal(n_lines(), LOG_PER_SECOND);
	fake_now += 999;
	log_warn("event_late", "i=%d", 99);
	assert_int_equal(n_lines(), LOG_PER_SECOND);
	fake_now += 1;
	log_warn("event_late", "i=%d", 100);
	assert_int_equal(n_lines(), LOG_PER_SECOND + 1);
	assert_non_null(strstr(output(), "ev=event_late held_back=18 i=100\n"));
	log_warn("event_late", "i=%d", 101);
	assert_non_null(strstr(output(), "ev=event_late i=101\n"));
}

static void test_each_level_and_event_has_its_own_allowance(void **state)
{
	(void)state;
	for (int i = 0; i < 2 * LOG_PER_SECOND; i++)
		log_warn("event_late", "i=%d", i);
	log_error("event_late", "i=%d", 1);
	log_warn("other", "i=%d", 1);
	assert_int_equal(n_lines(), LOG_PER_SECOND + 2);
}

static void test_events_past_the_table_share_one_allowance(void **state)
{
	char ev[32];

	(void)state;
	for (int i = 0; i < LOG_EVENTS_MAX; i++) {
		(void)snprintf(ev, sizeof ev, "known%d", i);
		log_info(ev, "i=%d", i);
	}
	for (int i = 0; i < LOG_PER_SECOND + 5; i++) {
		(void)snprintf(ev, sizeof ev, "further%d", i);
		log_info(ev, "i=%d", i);
	}
	assert_int_equal(n_lines(), LOG_EVENTS_MAX + LOG_PER_SECOND);
}

static void test_one_happening_stays_one_line(void **state)
{
	(void)state;
	log_info("odd", "text=%s", "a\nts=forged\x1b[31m");
	assert_int_equal(n_lines(), 1);
	assert_non_null(strstr(output(), "text=a?ts=forged?[31m\n"));
}

static void test_a_line_too_long_is_cut_and_says_so(void **state)
{
	char big[2 * LOG_LINE_MAX];

	(void)state;
	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	log_info("big", "text=%s", big);
	assert_int_equal(strlen(output()), LOG_LINE_MAX - 1);
	assert_non_null(strstr(output(), "xxx...\n"));
}

static void test_clocks_run(void **state)
{
	uint64_t a = clock_mono_ns();

	(void)state;
	assert_true(clock_wall_ms() > T0);
	while (clock_mono_ns() == a)
		;
	assert_true(clock_mono_ns() > a);
}

static const struct quote_row {
	const char *name, *text;
	unsigned size;
	const char *want;
} quote_rows[] = {
	{ "quote: a plain word stays as it is", "ready", 64, "ready" },
	{ "quote: an empty text is quoted", "", 64, "\"\"" },
	{ "quote: a blank asks for quotes", "no space left", 64, "\"no space left\"" },
	{ "quote: an equals sign asks for quotes", "a=b", 64, "\"a=b\"" },
	{ "quote: quotes and backslashes are escaped", "a\"b\\c", 64, "\"a\\\"b\\\\c\"" },
	{ "quote: a newline is escaped", "a\nb", 64, "\"a\\nb\"" },
	{ "quote: control characters are escaped", "a\x1b\x7f", 64, "\"a\\x1b\\x7f\"" },
	{ "quote: UTF-8 stays as it is", "Gr\xc3\xbc\xc3\x9f", 64, "Gr\xc3\xbc\xc3\x9f" },
	{ "quote: what is not UTF-8 is escaped", "a\xff", 64, "\"a\\xff\"" },
	{ "quote: a plain text is cut to fit", "abcdef", 4, "abc" },
	{ "quote: a quoted text keeps its closing quote when cut", "a bcdef", 6, "\"a b\"" },
	{ "quote: an escape is cut as a whole", "a \nb", 6, "\"a \"" },
	{ "quote: a character is cut as a whole", "ab\xc3\xbc", 4, "ab" },
	{ "quote: no room gives nothing", "abc", 2, "" },
};

static void test_quote(void **state)
{
	const struct quote_row *row = *state;
	char buf[64];

	memset(buf, 'Z', sizeof buf);
	assert_ptr_equal(logger_quote(row->text, buf, row->size), buf);
	assert_string_equal(buf, row->want);
}

int main(void)
{
#define CAPTURED(f) cmocka_unit_test_setup_teardown(f, start_capture, end_capture)
	static const struct CMUnitTest plain[] = {
		CAPTURED(test_a_line_carries_time_level_service_event_and_fields),
		CAPTURED(test_a_line_without_fields_ends_after_the_event),
		CAPTURED(test_levels_below_the_threshold_are_silent),
		cmocka_unit_test(test_levels_have_names),
		CAPTURED(test_repeats_are_held_back_and_counted_in_the_next_line),
		CAPTURED(test_each_level_and_event_has_its_own_allowance),
		CAPTURED(test_events_past_the_table_share_one_allowance),
		CAPTURED(test_one_happening_stays_one_line),
		CAPTURED(test_a_line_too_long_is_cut_and_says_so),
		cmocka_unit_test(test_clocks_run),
	};
	struct CMUnitTest quotes[ARRAY_LEN(quote_rows)];
	int failed = cmocka_run_group_tests_name("log", plain, NULL, NULL);

	for (size_t i = 0; i < ARRAY_LEN(quote_rows); i++)
		quotes[i] = (struct CMUnitTest){ .name = quote_rows[i].name,
			.test_func = test_quote,
			.initial_state = (void *)(uintptr_t)&quote_rows[i] };
	return failed + cmocka_run_group_tests_name("quote", quotes, NULL, NULL);
}
