/* Days, months and instants, each with a type of its own. Proleptic Gregorian calendar, UTC throughout.
 * Nothing here reads a clock. */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/text.h"

typedef int32_t day_no;	  /* days since 1970-01-01; day 0 is that day */
typedef int32_t month_no; /* year * 12 + (month - 1); 2023-06 is 24281 */
typedef int64_t event_ms; /* milliseconds since 1970-01-01T00:00:00Z */

/* The span that Capscore accepts: 2000-01-01 to 2199-12-31. DAY_NONE and MONTH_NONE stand for "not given". */
#define DAY_NONE   INT32_MIN
#define MONTH_NONE INT32_MIN
#define DAY_MIN	   10957
#define DAY_MAX	   84005
#define MONTH_MIN  (2000 * 12)
#define MONTH_MAX  (2199 * 12 + 11)
#define MS_PER_DAY 86400000LL

/* month 1..12; day may run past the month. */
day_no day_from_civil(int year, unsigned month, unsigned day);
void day_to_civil(day_no d, int *ret_year, unsigned *ret_month, unsigned *ret_day);
month_no month_of_day(day_no d);
day_no month_first_day(month_no m);
unsigned day_of_month(day_no d); /* 1..31 */
day_no day_of_ms(event_ms t); /* floor; the nearest day_no, never DAY_NONE, where there is none */
bool day_is_valid(day_no d);  /* DAY_MIN..DAY_MAX */
bool month_is_valid(month_no m); /* MONTH_MIN..MONTH_MAX */

/* "2023-06-30" exactly, a day that exists and lies in the accepted span. Returns 0 or ERR_INVALID. */
int day_parse(struct str s, day_no *ret_d);
/* "2023-06" exactly. Returns 0 or ERR_INVALID. */
int month_parse(struct str s, month_no *ret_m);
/* RFC 3339, for example "2023-06-30T12:00:00.250+02:00"; fractions past milliseconds are cut; a leap second
 * (:60) reads as :59. The date as written lies in the accepted span; its offset may lead out of it by a day.
 * Returns 0 or ERR_INVALID. */
int instant_parse(struct str s, event_ms *ret_t);

#define DAY_TEXT     12
#define MONTH_TEXT   9
#define INSTANT_TEXT 26
/* Each writes into `buf` (of at least the size above) and returns it. NONE prints as "-". */
const char *day_format(day_no d, char *buf);
const char *month_format(month_no m, char *buf);
const char *instant_format(event_ms t, char *buf); /* "2023-06-30T10:00:00.250Z" */

#endif
