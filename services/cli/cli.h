/* What the verbs of `capscore` share: the verb table's row, the exit codes, and the parsing of options.
 *
 * A verb lives in cmd_NAME.c and is declared in verbs.h; the table is in main.c. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdio.h>

#include "common/base/err.h"
#include "common/io/options.h"

/* Exit codes of every verb, with their meaning; --help prints this table. */
#define CLI_EXIT_TABLE(X)                                                                          \
	X(CLI_OK, 0, "done")                                                                       \
	X(CLI_REFUSED, 1,                                                                          \
		"finished, but some input was refused or the condition asked for is not met")      \
	X(CLI_USAGE, 2, "wrong usage: unknown verb, option or value")                              \
	X(CLI_UNREACHABLE, 3, "a service cannot be reached, or a file cannot be read or written")  \
	X(CLI_INTERNAL, 4, "internal error: out of memory, or a fault of the program")             \
	X(CLI_INTERRUPTED, 130,                                                                    \
		"interrupted (Ctrl-C): what was acknowledged stands, repeating does the rest")

enum cli_exit {
#define X(name, code, text) name = code,
	CLI_EXIT_TABLE(X)
#undef X
};

struct verb {
	const char *name;
	const char *synopsis; /* what follows "capscore NAME" in the usage line */
	const char *summary;  /* one line for the list of verbs */
	const char *help;     /* what --help says between usage and options; lines end with \n */
	/* argv[0] is the verb's name. Returns an exit code. */
	int (*run)(const struct verb *verb, int argc, char **argv);
};

/* Parses the options of a verb; every verb has --help besides.
 * argv       as given to run(); the arguments that are no options end up at argv[1..*ret_n_args].
 * ret_exit   set when the verb is to stop: help was printed (CLI_OK) or an option is wrong (CLI_USAGE, said on
 *            stderr).
 * Returns true when the verb goes on. */
bool cli_parse(const struct verb *verb, const struct option_spec *specs, size_t n_specs, int argc,
	char **argv, int *ret_n_args, int *ret_exit);

void cli_print_verb_help(
	const struct verb *verb, const struct option_spec *specs, size_t n_specs, FILE *out);

/* "capscore VERB: text" on stderr; returns `exit_code`. */
int cli_fail(const struct verb *verb, int exit_code, const char *fmt, ...) ERR_PRINTF(3, 4);

/* The exit code that fits an error code: CLI_INTERNAL for ERR_NOMEM, CLI_USAGE for ERR_INVALID, otherwise
 * CLI_UNREACHABLE. */
int cli_exit_of(int code);

#endif
