/* Which accounts belong together, as imported profiles say: a global account and its locations.
 *
 * Scoring takes them for one partner, so whoever asks whether all reports of a partner have come must ask for all of
 * them. */
#ifndef IMPORTS_ACCOUNT_GROUPS_H
#define IMPORTS_ACCOUNT_GROUPS_H

#include "services/imports/ledger.h"

#define ACCOUNT_GROUPS_MAX 2000000 /* accounts */

struct account_groups;

/* From the ledger. Returns 0, ERR_NOMEM, ERR_FULL, ERR_IO, ERR_CORRUPT. */
int account_groups_load(
	const struct alloc *a, struct ledger *l, struct account_groups **ret_g, struct err *e);
void account_groups_destroy(struct account_groups *g); /* accepts NULL */

/* A walk over the accounts of a partner's group, itself among them; begins with a cursor of zeros. Returns false at the
 * end. *ret is valid as long as g and partner are. */
struct account_cursor {
	bool begun;
	uint32_t next;
};
bool account_groups_next(const struct account_groups *g, struct str partner,
	struct account_cursor *c, struct str *ret);

#endif
