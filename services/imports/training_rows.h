/* The certificates that the rows of a trainings export speak of, one each for (partner, person, certificate).
 *
 * An export may hold several rows of one certificate: a renewal, a second location. The newest row (by completion,
 * then by expiry) says how it stands now; older rows tell since when it is held without a break: an older row
 * whose validity reaches to the day before the newer one's completion, or further, moves `earned_on` back. */
#ifndef IMPORTS_TRAINING_ROWS_H
#define IMPORTS_TRAINING_ROWS_H

#include "common/base/intern.h"
#include "services/imports/calendar.h"
#include "services/imports/person_key.h"
#include "services/imports/reading.h"

#define TRAINING_ROWS_MAX 8000000

struct training_row {
	intern_id partner, person, certificate;
	enum certification_state state; /* EARNED, EXPIRED or REVOKED */
	struct date_read completed,
		expires; /* as read, until the order of day and month is known */
	bool does_expire;
	day_no completed_on, expires_on; /* expires_on DAY_NONE when it does not */
	struct place at, completed_at, expires_at;
};

struct training_rows {
	const struct alloc *a;
	struct intern *names;
	struct training_row *rows;
	size_t n, cap;
};

int training_rows_init(struct training_rows *t, const struct alloc *a); /* Returns 0 or ERR_NOMEM */
void training_rows_fini(struct training_rows *t);
int training_rows_add(
	struct training_rows *t, const struct training_row *row); /* 0, ERR_NOMEM, ERR_FULL */

/* Sorts by partner, person, certificate, then newest first. The dates must be settled. */
void training_rows_sort(struct training_rows *t);
/* How many rows from `from` on are of the same key. */
size_t training_rows_group(const struct training_rows *t, size_t from);
/* What a sorted group says; sets person and certificate too. */
void training_rows_merge(
	const struct training_rows *t, size_t from, size_t n, struct fact_certification *ret_c);

#endif
