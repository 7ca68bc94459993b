/* Options of a program, one table each: name, type, default, range and help stand once, and the command line, the
 * environment (CAPSCORE_NAME_WITH_UNDERSCORES) and --help all follow from it. The command line wins. */
#ifndef IO_OPTIONS_H
#define IO_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base/err.h"

enum option_type {
	OPTION_TEXT,
	OPTION_NUMBER,
	OPTION_FLAG,
	OPTION_LIST /* may be given several times */
};

#define OPTION_LIST_MAX 64
struct option_list {
	size_t n;
	const char *items[OPTION_LIST_MAX];
};

struct option_spec {
	const char *name; /* "data-dir"; on the command line --data-dir VALUE or --data-dir=VALUE */
	char letter;	  /* short form, 0 for none */
	enum option_type type;
	void *value; /* const char **, int64_t *, bool *, struct option_list *; set to the default first */
	const char *
		initial; /* default as text, NULL for none (text stays NULL, number 0, flag false) */
	int64_t min, max;    /* of a number */
	const char *metavar; /* "DIR" in the help, NULL for flags */
	const char *help;
};

/* Parses argv[1..]. Texts point into argv or the environment. Arguments that are no options are moved to the
 * front of argv, *ret_n_args of them starting at argv[1]; "--" ends the options.
 * Returns 0, or ERR_INVALID with a text that names the option, what is wrong, and a near name. --help is not
 * treated here: give it as a flag. */
int options_parse(const struct option_spec *specs, size_t n_specs, int argc, char **argv,
	int *ret_n_args, struct err *e);
/* Prints the table, wrapped at 100 columns, with defaults. */
void options_print(const struct option_spec *specs, size_t n_specs, FILE *out);

#endif
