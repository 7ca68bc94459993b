/* Runs `capscore` as a user does, in a folder of the test's own. Faults of the harness fail the running test. */
#ifndef HARNESS_CLI_H
#define HARNESS_CLI_H

#include <stddef.h>

struct cli_run {
	int exit_code;
	char out[4194304], err[65536];
};

/* Group fixtures of cmocka: make the folder, remove it with all it holds. */
int cli_folder_make(void **state);
int cli_folder_remove(void **state);
const char *cli_folder(void);

void cli_write(const char *name, const char *text); /* a file in the folder */
/* `capscore ARGS` in the folder, through the shell. Freed with free(). */
struct cli_run *cli(const char *args);
/* The same, whose exit code is checked. */
struct cli_run *cli_expect(const char *args, int exit_code);

void assert_contains(const char *text, const char *part);
void assert_absent(const char *text, const char *part);

#endif
