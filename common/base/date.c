#include "common/base/date.h"

#include <stdio.h>

#include "common/base/err.h"

/* Days from civil and back: the era arithmetic of H. Hinnant, "chrono-compatible low-level date algorithms". */
day_no day_from_civil(int year, unsigned month, unsigned day)
{
	int y = year - (month <= 2);
	int era = (y >= 0 ? y : y - 399) / 400;
	int yoe = y - era * 400;
	int doy = (153 * ((int)month + (month > 2 ? -3 : 9)) + 2) / 5 + (int)day - 1;
	int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + doe - 719468;
}

void day_to_civil(day_no d, int *ret_year, unsigned *ret_month, unsigned *ret_day)
{
	int64_t z = (int64_t)d + 719468;
	int era = (int)((z >= 0 ? z : z - 146096) / 146097);
	int doe = (int)(z - (int64_t)era * 146097);
	int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int mp = (5 * doy + 2) / 153;
	int m = mp < 10 ? mp + 3 : mp - 9;

	*ret_day = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
	*ret_month = (unsigned)m;
	*ret_year = yoe + era * 400 + (m <= 2);
}

month_no month_of_day(day_no d)
{
	int y;
	unsigned m, day;

	day_to_civil(d, &y, &m, &day);
	return y * 12 + (int)m - 1;
}

day_no month_first_day(month_no m)
{
	return day_from_civil(m / 12, (unsigned)(m % 12) + 1, 1);
}

unsigned day_of_month(day_no d)
{
	int y;
	unsigned m, day;

	day_to_civil(d, &y, &m, &day);
	return day;
}

day_no day_of_ms(event_ms t)
{
	event_ms d = t / MS_PER_DAY - (t % MS_PER_DAY < 0);

	return (day_no)(d > INT32_MAX ? INT32_MAX : d <= DAY_NONE ? DAY_NONE + 1 : d);
}

bool day_is_valid(day_no d)
{
	return d >= DAY_MIN && d <= DAY_MAX;
}

bool month_is_valid(month_no m)
{
	return m >= MONTH_MIN && m <= MONTH_MAX;
}

/* Reads exactly n digits at s.p[at]; -1 when they are not there. */
static int digits(struct str s, size_t at, size_t n)
{
	int v = 0;

	if (s.n < at + n)
		return -1;
	for (size_t i = at; i < at + n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return -1;
		v = v * 10 + (s.p[i] - '0');
	}
	return v;
}

static int civil_parse(struct str s, day_no *ret_d)
{
	int y = digits(s, 0, 4), m = digits(s, 5, 2), d = digits(s, 8, 2);
	int back_y;
	unsigned back_m, back_d;
	day_no day;

	if (y < 0 || m < 1 || m > 12 || d < 1 || d > 31 || s.p[4] != '-' || s.p[7] != '-')
		return ERR_INVALID;
	day = day_from_civil(y, (unsigned)m, (unsigned)d);
	day_to_civil(day, &back_y, &back_m, &back_d);
	if (back_d != (unsigned)d || !day_is_valid(day))
		return ERR_INVALID;
	*ret_d = day;
	return 0;
}

int day_parse(struct str s, day_no *ret_d)
{
	return s.n == 10 ? civil_parse(s, ret_d) : ERR_INVALID;
}

int month_parse(struct str s, month_no *ret_m)
{
	int y = digits(s, 0, 4), m = digits(s, 5, 2);
	month_no month;

	if (s.n != 7 || y < 0 || m < 1 || m > 12 || s.p[4] != '-')
		return ERR_INVALID;
	month = y * 12 + m - 1;
	if (!month_is_valid(month))
		return ERR_INVALID;
	*ret_m = month;
	return 0;
}

/* The offset at s.p[at] to the end: "Z" or "+hh:mm"; milliseconds to subtract. */
static int offset_parse(struct str s, size_t at, event_ms *ret_ms)
{
	int h, m;

	if (s.n == at + 1 && (s.p[at] == 'Z' || s.p[at] == 'z')) {
		*ret_ms = 0;
		return 0;
	}
	h = digits(s, at + 1, 2);
	m = digits(s, at + 4, 2);
	if (s.n != at + 6 || s.p[at + 3] != ':' || h < 0 || h > 23 || m < 0 || m > 59)
		return ERR_INVALID;
	if (s.p[at] != '+' && s.p[at] != '-')
		return ERR_INVALID;
	*ret_ms = (event_ms)(h * 60 + m) * 60000 * (s.p[at] == '+' ? 1 : -1);
	return 0;
}

int instant_parse(struct str s, event_ms *ret_t)
{
	day_no day;
	event_ms offset;
	int h, m, sec, ms = 0;
	size_t at = 19;

	if (s.n < 20 || civil_parse(s, &day) != 0)
		return ERR_INVALID;
	h = digits(s, 11, 2);
	m = digits(s, 14, 2);
	sec = digits(s, 17, 2);
	if ((s.p[10] != 'T' && s.p[10] != 't') || s.p[13] != ':' || s.p[16] != ':')
		return ERR_INVALID;
	if (h < 0 || h > 23 || m < 0 || m > 59 || sec < 0 || sec > 60)
		return ERR_INVALID;
	if (s.p[at] == '.') {
		int scale = 100;
		size_t start = ++at;

		for (; at < s.n && s.p[at] >= '0' && s.p[at] <= '9'; at++, scale /= 10)
			ms += (s.p[at] - '0') * scale;
		if (at == start || at == s.n)
			return ERR_INVALID;
	}
	if (offset_parse(s, at, &offset) != 0)
		return ERR_INVALID;
	if (sec == 60)
		sec = 59;
	*ret_t = (event_ms)day * MS_PER_DAY + ((event_ms)(h * 60 + m) * 60 + sec) * 1000 + ms -
		 offset;
	return 0;
}

const char *day_format(day_no d, char *buf)
{
	int y;
	unsigned m, day;

	if (d == DAY_NONE)
		return strcpy(buf, "-");
	day_to_civil(d, &y, &m, &day);
	(void)snprintf(buf, DAY_TEXT, "%04d-%02u-%02u", y % 10000, m % 100, day % 100);
	return buf;
}

const char *month_format(month_no m, char *buf)
{
	if (m == MONTH_NONE)
		return strcpy(buf, "-");
	(void)snprintf(
		buf, MONTH_TEXT, "%04u-%02u", (unsigned)m / 12 % 10000, (unsigned)m % 12 + 1);
	return buf;
}

const char *instant_format(event_ms t, char *buf)
{
	day_no d = day_of_ms(t);
	unsigned ms = (unsigned)(t - (event_ms)d * MS_PER_DAY);
	int y;
	unsigned m, day;

	day_to_civil(d, &y, &m, &day);
	(void)snprintf(buf, INSTANT_TEXT, "%04d-%02u-%02uT%02u:%02u:%02u.%03uZ", y % 10000, m % 100,
		day % 100, ms / 3600000 % 100, ms / 60000 % 60, ms / 1000 % 60, ms % 1000);
	return buf;
}
