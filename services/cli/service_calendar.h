/* The calendar of editions of a running scoring service. */
#ifndef CLI_SERVICE_CALENDAR_H
#define CLI_SERVICE_CALENDAR_H

#include "services/cli/endpoints.h"
#include "services/shared/calendar_status.h"

#define SERVICE_CALENDAR_MAX 64

struct service_calendar {
	bool reached; /* a service answers; otherwise the rest is empty */
	day_no day;   /* of its log; DAY_NONE: none yet */
	size_t n;
	struct calendar_status
		lines[SERVICE_CALENDAR_MAX]; /* in order of first days; ids in the arena */
};

/* Asks and waits a second at most; not at all where there is no socket. */
void service_calendar_ask(struct endpoints *ep, struct arena *ar, struct service_calendar *ret);

/* The entry valid on a day; before the first the first one. NULL without entries. */
const struct calendar_status *service_calendar_on(const struct service_calendar *c, day_no day);

/* "from 2023-06-13 to 2023-09-30, published" */
#define CALENDAR_SPAN_TEXT 64
const char *service_calendar_span(const struct calendar_status *c, char buf[CALENDAR_SPAN_TEXT]);

#endif
