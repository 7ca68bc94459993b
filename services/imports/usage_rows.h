/* What the reports of usage by workload have in common: a row is about a partner, a customer, a workload, a month and an
 * association, and tells one or more amounts. */
#ifndef IMPORTS_USAGE_ROWS_H
#define IMPORTS_USAGE_ROWS_H

#include "services/imports/fields.h"

#define NO_COLUMN SIZE_MAX

/* Which columns of a report those are; NO_COLUMN where it has none. */
struct usage_columns {
	size_t partner, location, customer, month, workload, association, subscription, duplicate,
		offer;
	unsigned measures;		/* what rows of the report tell: bits 1 << enum measure */
	enum association_kind credited; /* of rows without an association */
	bool completes;			/* its months are called complete */
	bool of_partner; /* besides the usage of months it tells what holds for a partner as a whole */
};

struct usage_row {
	struct str partner, customer, product;
	month_no month;
	enum association_kind association;
	enum offer_kind offer;
	char customer_text[FIELD_GUID_TEXT];
};

/* The state of a report that has no other; give both to struct report. */
struct usage_state {
	struct reading *reading;
	struct gather *gather;
};
int usage_state_create(struct reading *r, struct gather *g, void **ret_state, struct err *e);
void usage_state_destroy(void *state);

/* Reads what rows have in common, but for the workload where `workload` is NO_COLUMN, and tells gather what the row is
 * about. Rows of CPOR are about the location that holds the claim, where the file names it: the CPOR export knows no
 * other, so both tell of the same.
 * ret_verdict  ROW_COUNTS: x is filled, go on; otherwise the row is done.
 * Returns 0, or a code that stops the reading. */
int usage_row_read(const struct report_row *row, const struct usage_columns *c, struct usage_row *x,
	enum row_verdict *ret_verdict);
/* A value of a row was refused after usage_row_read(). */
int usage_row_refused(
	const struct report_row *row, const struct usage_columns *c, const struct usage_row *x);
/* Hands in an amount. */
int usage_row_add(
	const struct report_row *row, const struct usage_row *x, enum measure m, decimal24 amount);
/* For struct report.lost: a row that was refused before anything of it was read. */
int usage_row_lost(struct gather *g, const struct report_row *row, const struct usage_columns *c);

#endif
