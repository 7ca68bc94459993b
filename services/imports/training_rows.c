#include "services/imports/training_rows.h"

#include <stdlib.h>

static int by_number(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

static day_no last_day(const struct training_row *r)
{
	return r->expires_on == DAY_NONE ? DAY_MAX : r->expires_on;
}

static int compare_rows(const void *pa, const void *pb)
{
	const struct training_row *a = pa, *b = pb;
	int c = by_number(b->completed_on, a->completed_on);

	if (c == 0)
		c = by_number(last_day(b), last_day(a));
	return c != 0 ? c : by_number(a->state, b->state); /* a good state before a bad one */
}

void training_rows_sort(struct training_row *rows, size_t n)
{
	if (n > 1)
		qsort(rows, n, sizeof *rows, compare_rows);
}

void training_rows_merge(
	const struct training_row *rows, size_t n, struct fact_certification *ret_c)
{
	struct fact_certification c = *ret_c;

	c.state = rows[0].state;
	c.earned_on = rows[0].completed_on;
	c.expires_on = rows[0].expires_on;
	c.ended_on = DAY_NONE;
	for (size_t i = 1; i < n && last_day(&rows[i]) >= c.earned_on - 1; i++) {
		if (c.state == CERT_EARNED && rows[i].completed_on < c.earned_on)
			c.state = CERT_RENEWED;
		c.earned_on = rows[i].completed_on;
	}
	if (c.state == CERT_EXPIRED)
		c.ended_on = c.expires_on + 1;
	/* The export does not say since when: it counts on no day. */
	if (c.state == CERT_REVOKED)
		c.ended_on = c.earned_on;
	*ret_c = c;
}
