/* Which scores an import would move: the changes of each partner are put to the scoring service as a what-if question.
 *
 * Bounded: of at most DRY_PARTNERS_MAX partners the changes are kept, DRY_BYTES_MAX in all and as much of each partner as
 * one question takes; of others it is said that they were not asked about. */
#ifndef CLI_DRY_SCORES_H
#define CLI_DRY_SCORES_H

#include <jansson.h>

#include "services/cli/endpoints.h"
#include "services/imports/reading.h"

#define DRY_PARTNERS_MAX 100
#define DRY_BYTES_MAX	 ((size_t)64 << 20)

struct dry_scores;

int dry_scores_create(struct dry_scores **ret_d); /* Returns 0, ERR_NOMEM */
void dry_scores_destroy(struct dry_scores *d);	  /* accepts NULL */

/* A change of a partner. Returns 0, ERR_NOMEM. */
int dry_scores_add(struct dry_scores *d, const struct event *ev);

/* Asks about each partner and prints what would move; where scoring does not answer, that. */
void dry_scores_print(struct dry_scores *d, struct endpoints *ep);
/* The same: a list of {"partner", "simulation"} (docs/cli.md), or null where scoring does not answer. NULL when out of
 * memory. */
json_t *dry_scores_json(struct dry_scores *d, struct endpoints *ep);

#endif
