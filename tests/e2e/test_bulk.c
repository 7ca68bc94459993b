/* A folder of many months imported at once: what is told is the state that it leads to, and none that it passes. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/capscore-bulk-XXXXXX";
static pid_t up;

static int run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A command in the folder, with $C for the program; returns its exit code. */
static int run(const char *fmt, ...)
{
	char command[1024], line[2048];
	va_list ap;
	int status;

	va_start(ap, fmt);
	(void)vsnprintf(command, sizeof command, fmt, ap);
	va_end(ap);
	(void)snprintf(line, sizeof line,
		"cd %s && export CAPSCORE_DATA_DIR=data && C=%s/capscore && { %s; }", folder,
		getenv("CAPSCORE_BIN"), command);
	status = system(line);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* In order of their texts, since alerts of one moment have none. */
static void expect_alerts(void)
{
	assert_int_equal(run("$C watch --from start --until-end >alerts"), 0);
	assert_int_equal(run("cut -c13-66 alerts | sort >sorted; printf '%%s\\n' "
			     "'at-risk       Partner 4570003 is at risk of losing dig' "
			     "'gained        Partner 4567001 gained infrastructure: 4' "
			     "'gained        Partner 4570003 gained digital-app-innov' "
			     "'within-reach  Partner 4570003 is within reach of devop' >want; "
			     "diff want sorted >&2"),
		0);
}

/* The story's sixteen months. On the day of the import one partner is qualified by an earlier day of the window and stays so
 * for months, one qualifies with the help of single people, one is neither; month by month there were more alerts. */
static void test_only_the_last_state_is_told(void **state)
{
	(void)state;
	assert_int_equal(run("$C generate exports >/dev/null"), 0);
	assert_int_equal(run("test $(ls exports/azure-usage-* | wc -l) = 16"), 0);
	assert_int_equal(run("$C day 2023-09-20 >/dev/null"), 0);
	assert_int_equal(run("$C import exports >out 2>err"), 0);
	assert_int_equal(run("timeout 120 $C watch --from start --count 4 >/dev/null"), 0);
	expect_alerts();
}

static void test_the_folder_again_says_nothing_new(void **state)
{
	(void)state;
	assert_int_equal(
		run("$C import exports 2>err | grep -q 'delivered: 0 accepted, 0 duplicates, 0 "
		    "refused'"),
		0);
	expect_alerts();
}

static int set_up(void **state)
{
	(void)state;
	if (getenv("CAPSCORE_BIN") == NULL || mkdtemp(folder) == NULL)
		return -1;
	up = fork();
	if (up < 0)
		return -1;
	if (up == 0) {
		char program[512];

		(void)snprintf(program, sizeof program, "%s/capscore", getenv("CAPSCORE_BIN"));
		if (chdir(folder) == 0 && freopen("up.out", "w", stdout) != NULL && dup2(1, 2) == 2)
			(void)execl(program, "capscore", "up", "--data-dir", "data", "--days",
				"producer", (char *)NULL);
		_exit(127);
	}
	return run(": >empty.ndjson; $C send --timeout 60 empty.ndjson >/dev/null");
}

static int tear_down(void **state)
{
	int status = -1;

	(void)state;
	(void)kill(up, SIGTERM);
	(void)waitpid(up, &status, 0);
	return run("rm -r %s", folder) == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0
											     : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_the_last_state_is_told),
		cmocka_unit_test(test_the_folder_again_says_nothing_new),
	};

	return cmocka_run_group_tests_name("many months at once", tests, set_up, tear_down);
}
