/* The verbs of `capscore rules`, a file each (rules_NAME.c). cmd_rules.c lists them. */
#ifndef CLI_RULES_VERBS_H
#define CLI_RULES_VERBS_H

#include <stdbool.h>

#include <jansson.h>

#include "rules/compile/compile.h"
#include "services/cli/cli.h"

int rules_check(const struct verb *verb, int argc, char **argv);
int rules_list(const struct verb *verb, int argc, char **argv);
int rules_show(const struct verb *verb, int argc, char **argv);
int rules_diff(const struct verb *verb, int argc, char **argv);
int rules_test(const struct verb *verb, int argc, char **argv);

/* Opens an edition: an id, a date, a rule file, or NULL for the one valid today. Faults of a rule file, and a note
 * where the choice needs one, go to the standard error.
 * Returns 0 or the code of edition_open(), which was told. *ret_exit is then the exit code that fits: CLI_USAGE for
 * an unknown edition, CLI_REFUSED for a rule file with faults, otherwise as cli_exit_of(). */
int rules_open(
	const struct verb *verb, const char *name, struct edition_box **ret_box, int *ret_exit);

/* The area by id, then by name without case; NULL was told on the standard error, with the ids there are. */
const struct area *rules_area(const struct verb *verb, const struct edition *e, const char *name);

/* The object that `rules show --json` prints. only: NULL for every area. NULL when out of memory. */
json_t *rules_edition_json(const struct edition *e, const struct area *only);

#endif
