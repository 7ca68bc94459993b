#include "tests/harness/cli.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

static char folder[] = "/tmp/capscore-cli-XXXXXX";

int cli_folder_make(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL ? -1 : 0;
}

int cli_folder_remove(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof command, "rm -r %s", folder);
	return system(command);
}

const char *cli_folder(void)
{
	return folder;
}

static void read_all(const char *name, char *buf, size_t cap)
{
	char path[128];
	size_t n;
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(buf, 1, cap - 1, f);
	assert_true(n < cap - 1);
	buf[n] = '\0';
	(void)fclose(f);
}

void cli_write(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	assert_int_equal(fclose(f), 0);
}

struct cli_run *cli(const char *args)
{
	struct cli_run *r = calloc(1, sizeof *r);
	const char *bin = getenv("CAPSCORE_BIN");
	char command[4096];
	int status;

	assert_non_null(r);
	if (bin == NULL)
		fail_msg("CAPSCORE_BIN must name the folder of the programs");
	(void)snprintf(
		command, sizeof command, "cd %s && %s/capscore %s >out 2>err", folder, bin, args);
	status = system(command);
	assert_true(WIFEXITED(status));
	r->exit_code = WEXITSTATUS(status);
	read_all("out", r->out, sizeof r->out);
	read_all("err", r->err, sizeof r->err);
	return r;
}

struct cli_run *cli_expect(const char *args, int exit_code)
{
	struct cli_run *r = cli(args);

	if (r->exit_code != exit_code)
		fail_msg("%s: exit code %d\n%s\n%s", args, r->exit_code, r->out, r->err);
	return r;
}

void assert_contains(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("'%s' does not hold '%s'", text, part);
}

void assert_absent(const char *text, const char *part)
{
	if (strstr(text, part) != NULL)
		fail_msg("'%s' holds '%s'", text, part);
}
