#include "services/shared/calendar_status.h"

#include <stdio.h>

#define BEGUN_WITH STR("edition:")
#define PUBLISHED  STR("published:")

uint64_t calendar_status_number(day_no day)
{
	unsigned month, of_month;
	int year;

	if (day == DAY_NONE)
		return 0;
	day_to_civil(day, &year, &month, &of_month);
	return (uint64_t)year * 10000 + month * 100 + of_month;
}

day_no calendar_status_day(uint64_t number)
{
	char text[24];
	day_no day;

	(void)snprintf(text, sizeof text, "%04u-%02u-%02u", (unsigned)(number / 10000 % 10000),
		(unsigned)(number / 100 % 100), (unsigned)(number % 100));
	return number < 100000000 && day_parse(str_from(text), &day) == 0 ? day : DAY_NONE;
}

struct wire_position calendar_status_write(
	const struct calendar_status *c, char buf[CALENDAR_STATUS_BUF])
{
	struct str front = c->published ? PUBLISHED : BEGUN_WITH;

	(void)snprintf(buf, CALENDAR_STATUS_BUF, STR_FMT STR_FMT, STR_ARG(front), STR_ARG(c->id));
	return (struct wire_position){ str_from(buf), calendar_status_number(c->from),
		calendar_status_number(c->until) };
}

static bool after(struct str name, struct str front, struct str *ret_rest)
{
	if (name.n < front.n || memcmp(name.p, front.p, front.n) != 0)
		return false;
	*ret_rest = (struct str){ name.p + front.n, name.n - front.n };
	return true;
}

bool calendar_status_read(const struct wire_position *p, struct calendar_status *ret)
{
	ret->published = after(p->name, PUBLISHED, &ret->id);
	if (!ret->published && !after(p->name, BEGUN_WITH, &ret->id))
		return false;
	ret->from = calendar_status_day(p->first);
	ret->until = calendar_status_day(p->end);
	return true;
}
