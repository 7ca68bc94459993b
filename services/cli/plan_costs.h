/* What additions to a partner's score cost: the table that ships, or a file of the user's. */
#ifndef CLI_PLAN_COSTS_H
#define CLI_PLAN_COSTS_H

#include "common/base/err.h"
#include "common/wire/frame.h"

extern const char plan_costs_shipped[]; /* the text of the table that ships: a file to begin with */

struct plan_costs {
	struct str unit; /* behind amounts; may be empty */
	size_t n;
	struct wire_plan_cost all[WIRE_PLAN_COSTS_MAX];
};

/* path    NULL: the table that ships.
 * ar      holds all texts.
 * report  gets what is wrong with the text, with places; may stay empty.
 * Returns 0, ERR_SYNTAX (see the report), ERR_IO and others (see e). */
int plan_costs_read(const char *path, struct arena *ar, struct plan_costs *ret, struct buf *report,
	struct err *e);

/* "cost" of a kind as the file calls it: "certificate". */
const char *plan_kind_name(enum wire_plan_kind k);

#endif
