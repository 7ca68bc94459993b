/* The verbs of `capscore rules`, a file each (rules_NAME.c). cmd_rules.c lists them. */
#ifndef CLI_RULES_VERBS_H
#define CLI_RULES_VERBS_H

#include <stdbool.h>

#include <jansson.h>

#include "rules/compile/compile.h"
#include "rules/describe/describe.h"
#include "rules/describe/diff.h"
#include "services/cli/cli.h"

int rules_check(const struct verb *verb, int argc, char **argv);
int rules_list(const struct verb *verb, int argc, char **argv);
int rules_show(const struct verb *verb, int argc, char **argv);
int rules_diff(const struct verb *verb, int argc, char **argv);
int rules_test(const struct verb *verb, int argc, char **argv);
int rules_rehearse(const struct verb *verb, int argc, char **argv);
int rules_publish(const struct verb *verb, int argc, char **argv);

/* Opens an edition: an id, a date, a rule file, or NULL for the one valid today. Faults of a rule file, and a note
 * where the choice needs one, go to the standard error.
 * Returns 0 or the code of edition_open(), which was told. *ret_exit is then the exit code that fits: CLI_USAGE for
 * an unknown edition, CLI_REFUSED for a rule file with faults, otherwise as cli_exit_of(). */
int rules_open(
	const struct verb *verb, const char *name, struct edition_box **ret_box, int *ret_exit);

/* The area by id, then by name without case; NULL was told on the standard error, with the ids there are. */
const struct area *rules_area(const struct verb *verb, const struct edition *e, const char *name);

/* What `rules show` prints: the edition with a list of its areas; every area of it in full, or only one; the entries
 * of its catalogue, or only those of one area. Each returns 0, ERR_NOMEM, or ERR_UNSUPPORTED for a rule without
 * words. */
int rules_print_edition(FILE *out, const struct edition *e);
int rules_print_areas(FILE *out, const struct edition *e, const struct area *only);
int rules_print_catalogue(FILE *out, const struct edition *e, const struct area *only);

/* A line for each area, and each other part of an edition, that changes from a to b: how much, and the first change in
 * words. Returns 0, ERR_NOMEM, ERR_UNSUPPORTED. */
int rules_print_summary(const struct edition *a, const struct edition *b);
/* What an entry belongs to, as a heading: the name of the area, or of the part. */
struct str rules_diff_heading(
	const struct edition *a, const struct edition *b, const struct diff_entry *x);

/* The objects that `rules show --json` and `rules show --catalogue --json` print. only: NULL for every area. NULL when
 * out of memory. */
json_t *rules_edition_json(const struct edition *e, const struct area *only);
json_t *rules_catalogue_json(const struct edition *e, const struct area *only);

/* The words of a metric as JSON, with its parts and steps. ar: where words go. NULL when out of memory. */
json_t *rules_metric_json(
	const struct edition *e, const struct area *a, const struct metric *m, struct arena *ar);
/* Numbers that something is made of: a list of key, label and value. */
json_t *rules_terms_json(const struct rule_term *terms, size_t n);

/* Whether an entry of the catalogue belongs to the area. */
bool rules_entry_is_of(
	const struct edition *e, const struct catalogue_entry *c, const struct area *a);

#endif
