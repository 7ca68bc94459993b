#include "services/imports/calendar.h"

/* A cursor over the text. */
struct cursor {
	struct str s;
	size_t at;
};

static bool at_end(const struct cursor *c)
{
	return c->at >= c->s.n;
}

static char peek(const struct cursor *c)
{
	return at_end(c) ? '\0' : c->s.p[c->at];
}

static bool take(struct cursor *c, const char *any)
{
	if (at_end(c) || strchr(any, peek(c)) == NULL || peek(c) == '\0')
		return false;
	c->at++;
	return true;
}

static void skip_spaces(struct cursor *c)
{
	while (take(c, " "))
		;
}

/* Reads digits, at most 9; *ret_n is how many there were. */
static int number(struct cursor *c, size_t *ret_n)
{
	size_t start = c->at;
	int v = 0;

	while (!at_end(c) && peek(c) >= '0' && peek(c) <= '9' && c->at - start < 9)
		v = v * 10 + (c->s.p[c->at++] - '0');
	*ret_n = c->at - start;
	return v;
}

/* A month's English name or its first three letters; 0 when none stands there. */
static int month_name(struct cursor *c)
{
	static const char *const names[] = { "January", "February", "March", "April", "May", "June",
		"July", "August", "September", "October", "November", "December" };
	size_t start = c->at;
	struct str word;

	while (!at_end(c) && ((peek(c) | 0x20) >= 'a' && (peek(c) | 0x20) <= 'z'))
		c->at++;
	word = (struct str){ c->s.p + start, c->at - start };
	for (int i = 0; i < 12; i++) {
		struct str name = str_from(names[i]);

		if (str_eq_nocase(word, name) || str_eq_nocase(word, (struct str){ name.p, 3 }) ||
			(i == 8 && str_eq_nocase(word, STR("Sept")))) {
			(void)take(c, ".");
			return i + 1;
		}
	}
	c->at = start;
	return 0;
}

/* What may stand behind a date: nothing, or "[T ]H:MM[:SS[.fff]][ AM|PM][Z|+hh:mm]". */
static bool rest_is_time(struct cursor *c)
{
	size_t n;

	if (at_end(c))
		return true;
	if (!take(c, "T "))
		return false;
	skip_spaces(c);
	if (number(c, &n) > 24 || n < 1 || n > 2 || !take(c, ":"))
		return false;
	if (number(c, &n) > 59 || n != 2)
		return false;
	if (take(c, ":")) {
		if (number(c, &n) > 60 || n != 2)
			return false;
		if (take(c, ".")) {
			(void)number(c, &n);
			if (n == 0)
				return false;
		}
	}
	skip_spaces(c);
	if (take(c, "AaPp") && !take(c, "Mm"))
		return false;
	if (take(c, "Zz"))
		return at_end(c);
	if (take(c, "+-")) {
		(void)number(c, &n);
		if (n != 2 || !take(c, ":"))
			return false;
		(void)number(c, &n);
		if (n != 2)
			return false;
	}
	return at_end(c);
}

static int civil(int year, int month, int day, day_no *ret_d)
{
	char text[16];

	if (year < 0 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31)
		return ERR_INVALID;
	/* day_parse() checks that the day exists and lies in the accepted span. */
	text[0] = (char)('0' + year / 1000);
	text[1] = (char)('0' + year / 100 % 10);
	text[2] = (char)('0' + year / 10 % 10);
	text[3] = (char)('0' + year % 10);
	text[4] = text[7] = '-';
	text[5] = (char)('0' + month / 10);
	text[6] = (char)('0' + month % 10);
	text[8] = (char)('0' + day / 10);
	text[9] = (char)('0' + day % 10);
	return day_parse((struct str){ text, 10 }, ret_d);
}

static int settle_certain(struct cursor *c, int year, int month, int day, struct date_read *ret_d)
{
	struct date_read d = { 0 };

	if (!rest_is_time(c) || civil(year, month, day, &d.day) != 0)
		return ERR_INVALID;
	*ret_d = d;
	return 0;
}

/* A/B/YYYY, its first number read. */
static int read_slashes(struct cursor *c, int first, struct date_read *ret_d)
{
	struct date_read d = { .day = DAY_NONE, .first = first };
	bool as_month_first, as_day_first;
	day_no day;
	size_t n;

	d.second = number(c, &n);
	if (n < 1 || n > 2 || !take(c, "/.-"))
		return ERR_INVALID;
	d.year = number(c, &n);
	if (n != 4 || !rest_is_time(c))
		return ERR_INVALID;
	as_month_first = civil(d.year, d.first, d.second, &day) == 0;
	if (as_month_first)
		d.day = day;
	as_day_first = civil(d.year, d.second, d.first, &day) == 0;
	if (as_day_first)
		d.day = day;
	if (!as_month_first && !as_day_first)
		return ERR_INVALID;
	if (as_month_first && as_day_first && d.first != d.second)
		d.day = DAY_NONE;
	else if (d.first != d.second)
		d.order = as_month_first ? DATE_MONTH_FIRST : DATE_DAY_FIRST;
	*ret_d = d;
	return 0;
}

/* "June 30, 2023", its month read. */
static int read_month_day_year(struct cursor *c, int month, struct date_read *ret_d)
{
	size_t n;
	int day, year;

	(void)take(c, " -");
	day = number(c, &n);
	if (n < 1 || n > 2)
		return ERR_INVALID;
	(void)take(c, ",");
	if (!take(c, " -") && peek(c) != '\0' && c->s.p[c->at - 1] != ',')
		return ERR_INVALID;
	year = number(c, &n);
	return n == 4 ? settle_certain(c, year, month, day, ret_d) : ERR_INVALID;
}

/* "30 Jun 2023", its day read and the separator taken. */
static int read_day_month_year(struct cursor *c, int day, struct date_read *ret_d)
{
	int month = month_name(c), year;
	size_t n;

	if (month == 0 || !take(c, " -"))
		return ERR_INVALID;
	year = number(c, &n);
	return n == 4 ? settle_certain(c, year, month, day, ret_d) : ERR_INVALID;
}

int date_read(struct str s, struct date_read *ret_d)
{
	struct cursor c = { .s = s };
	size_t n, n2;
	int month = month_name(&c), first;

	if (month != 0)
		return read_month_day_year(&c, month, ret_d);
	first = number(&c, &n);
	if (n == 8)
		return settle_certain(&c, first / 10000, first / 100 % 100, first % 100, ret_d);
	if (n == 4 && take(&c, "-/.")) {
		month = number(&c, &n);
		if (n < 1 || n > 2 || !take(&c, "-/."))
			return ERR_INVALID;
		int day = number(&c, &n2);

		return n2 < 1 || n2 > 2 ? ERR_INVALID
					: settle_certain(&c, first, month, day, ret_d);
	}
	if (n < 1 || n > 2)
		return ERR_INVALID;
	if (take(&c, " "))
		return read_day_month_year(&c, first, ret_d);
	if (!take(&c, "/.-"))
		return ERR_INVALID;
	if (peek(&c) > '9')
		return read_day_month_year(&c, first, ret_d);
	return read_slashes(&c, first, ret_d);
}

int date_settle(const struct date_read *d, enum date_order order, day_no *ret_day)
{
	if (d->year == 0 || d->first == d->second ||
		(d->day != DAY_NONE && order == DATE_ORDER_UNKNOWN)) {
		*ret_day = d->day;
		return 0;
	}
	if (order == DATE_ORDER_UNKNOWN)
		return ERR_AGAIN;
	return order == DATE_MONTH_FIRST ? civil(d->year, d->first, d->second, ret_day)
					 : civil(d->year, d->second, d->first, ret_day);
}

void date_orders_see(struct date_orders *o, const struct date_read *d)
{
	o->month_first |= d->order == DATE_MONTH_FIRST;
	o->day_first |= d->order == DATE_DAY_FIRST;
}

enum date_order date_orders_get(const struct date_orders *o, enum date_order told)
{
	if (told != DATE_ORDER_UNKNOWN)
		return told;
	if (o->month_first == o->day_first)
		return DATE_ORDER_UNKNOWN;
	return o->month_first ? DATE_MONTH_FIRST : DATE_DAY_FIRST;
}

static int make_month(int year, int month, month_no *ret_m)
{
	month_no m = year * 12 + month - 1;

	if (month < 1 || month > 12 || year > 9999 || !month_is_valid(m))
		return ERR_INVALID;
	*ret_m = m;
	return 0;
}

/* The forms without a day. Returns ERR_INVALID when it is none of them. */
static int read_bare_month(struct str s, month_no *ret_m)
{
	struct cursor c = { .s = s };
	int month = month_name(&c), first, second;
	size_t n, n2;

	if (month != 0) {
		(void)take(&c, ",");
		if (!take(&c, " -/"))
			return ERR_INVALID;
		skip_spaces(&c);
		first = number(&c, &n);
		return n == 4 && at_end(&c) ? make_month(first, month, ret_m) : ERR_INVALID;
	}
	first = number(&c, &n);
	if (n == 6 && at_end(&c))
		return make_month(first / 100, first % 100, ret_m);
	if (!take(&c, "-/."))
		return ERR_INVALID;
	second = number(&c, &n2);
	if (!at_end(&c))
		return ERR_INVALID;
	if (n == 4 && n2 >= 1 && n2 <= 2)
		return make_month(first, second, ret_m);
	if (n >= 1 && n <= 2 && n2 == 4)
		return make_month(second, first, ret_m);
	return ERR_INVALID;
}

int month_read(struct str s, enum date_order order, month_no *ret_m)
{
	struct date_read d;
	day_no day;
	int rc;

	if (read_bare_month(s, ret_m) == 0)
		return 0;
	rc = date_read(s, &d);
	if (rc != 0)
		return rc;
	if (d.year != 0 && order == DATE_ORDER_UNKNOWN) {
		if (d.second != 1)
			return ERR_AGAIN;
		order = DATE_MONTH_FIRST;
	}
	rc = date_settle(&d, order, &day);
	if (rc != 0)
		return rc;
	*ret_m = month_of_day(day);
	return 0;
}
