/* What an import would change, shown and not done. */
#ifndef CLI_DRY_RUN_H
#define CLI_DRY_RUN_H

#include <jansson.h>

#include "services/imports/reading.h"

#define DRY_RUN_SHOWN 20 /* changes of a file that are shown as text; --json shows all */

/* Changes of one partner's month, or of the partner as a whole. */
struct dry_scope {
	char partner[EVENT_PARTNER_MAX + 1];
	month_no month;
	uint64_t counts[CHANGE_KINDS];
};

struct dry_run {
	bool json;
	json_t *list; /* with json: every change; NULL when out of memory */
	/* Of this file: how many changes there are, and what scopes they are of, the first ones by name. */
	uint64_t n_changes, n_scopes;
	struct dry_scope scopes[DRY_RUN_SHOWN];
	struct dry_scope last; /* the one being counted */
};

void dry_run_init(struct dry_run *d, bool json);
void dry_run_fini(struct dry_run *d);

int dry_run_change(struct dry_run *d, const struct change *c);
/* After each file. */
void dry_run_end_file(struct dry_run *d);
/* The list, which the caller owns from now on; NULL when out of memory. */
json_t *dry_run_take(struct dry_run *d);

#endif
