/* Months and dates in the forms that exports print them.
 *
 * One form is ambiguous: 06/07/2023 is the 7th of June in some countries and the 6th of July in others. Nothing
 * is guessed: a column tells its order by a value that can be read in one way only, or the user tells it. */
#ifndef IMPORTS_CALENDAR_H
#define IMPORTS_CALENDAR_H

#include <stdbool.h>

#include "common/base/date.h"
#include "common/base/err.h"

enum date_order { DATE_ORDER_UNKNOWN = 0, DATE_MONTH_FIRST, DATE_DAY_FIRST };

/* A date as read: either certain, or two numbers and a year of which the order is not known. */
struct date_read {
	day_no day;		 /* DAY_NONE when ambiguous */
	int first, second, year; /* of the form A/B/YYYY; 0 for other forms */
	enum date_order
		order; /* what this value says about the order: 25/12/2023 says DATE_DAY_FIRST */
};

/* Takes 2023-06-30, 2023/06/30, 20230630, "30 Jun 2023", "June 30, 2023", A/B/YYYY (also with . or -), each with or
 * without a time of day behind it ("T10:00:00Z", " 12:00:00 AM"), which is checked and left out.
 * Returns 0, ERR_INVALID (no date, or one outside 2000-01-01 to 2199-12-31). */
int date_read(struct str s, struct date_read *ret_d);
/* The day of a date once the order is known. Returns 0, ERR_AGAIN (order unknown and needed), ERR_INVALID. */
int date_settle(const struct date_read *d, enum date_order order, day_no *ret_day);

/* What the dates of a file show of their order, for those that do not show it themselves. */
struct date_orders {
	bool month_first, day_first;
};
void date_orders_see(struct date_orders *o, const struct date_read *d);
/* told: what the user says, which goes before. DATE_ORDER_UNKNOWN also when the dates contradict each other. */
enum date_order date_orders_get(const struct date_orders *o, enum date_order told);

/* Takes 2023-06, 202306, 06/2023, "Jun 2023", "June 2023", and every date that date_read() takes. A date of the
 * form A/B/YYYY is taken without a known order only when B is 1: the column holds months, so that is the first of
 * month A. Returns 0, ERR_INVALID, ERR_AGAIN (ambiguous). */
int month_read(struct str s, enum date_order order, month_no *ret_m);

#endif
