/* The rows of a trainings export that speak of one certificate of one person.
 *
 * An export may hold several: a renewal, a second location. The newest row (by completion, then by expiry) says how it
 * stands now; older rows tell since when it is held without a break: an older row whose validity reaches to the day before
 * the newer one's completion, or further, moves `earned_on` back. */
#ifndef IMPORTS_TRAINING_ROWS_H
#define IMPORTS_TRAINING_ROWS_H

#include "services/imports/calendar.h"
#include "services/imports/reading.h"

struct training_row {
	enum certification_state state; /* EARNED, EXPIRED or REVOKED */
	struct date_read completed,
		expires; /* as read, until the order of day and month is known */
	bool does_expire;
	day_no completed_on, expires_on; /* expires_on DAY_NONE when it does not */
	struct place at, completed_at, expires_at;
};

/* Newest first. The dates must be settled. */
void training_rows_sort(struct training_row *rows, size_t n);
/* What sorted rows say, 1 or more; person and certificate are left as they are. */
void training_rows_merge(
	const struct training_row *rows, size_t n, struct fact_certification *ret_c);

#endif
