/* The calendar of editions inside a status answer of scoring: a position for each edition, "edition:2023-06" for one that
 * was there from the start, "published:2023-10" for one that an event brought, from its first day to the day on which
 * another one is valid (0: none known). Days are numbers that people can read, 20230613; so is the counter "day", the
 * day of the log (0: none yet). */
#ifndef SHARED_CALENDAR_STATUS_H
#define SHARED_CALENDAR_STATUS_H

#include <stdbool.h>

#include "common/base/date.h"
#include "common/wire/frame.h"

#define CALENDAR_STATUS_DAY "day"
#define CALENDAR_STATUS_BUF 96 /* the longest name: an id has at most 64 bytes */

struct calendar_status {
	struct str id;
	day_no from, until; /* DAY_NONE: open */
	bool published;
};

/* buf  holds the name, as long as the position. */
struct wire_position calendar_status_write(
	const struct calendar_status *c, char buf[CALENDAR_STATUS_BUF]);
/* False for a position of another kind. ret->id is borrowed. */
bool calendar_status_read(const struct wire_position *p, struct calendar_status *ret);

uint64_t calendar_status_number(day_no day); /* 0 for DAY_NONE */
day_no calendar_status_day(uint64_t number); /* DAY_NONE for 0, and for what is no day */

#endif
