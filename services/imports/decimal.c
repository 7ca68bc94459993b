#include "services/imports/decimal.h"

#include "common/base/event.h"

#define DECIMALS     24
#define DIGITS_MAX   34 /* 10^9 with 24 decimals; as a number it fits 128 bits */
#define EXPONENT_MAX 400

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* What stands before the exponent: the first DIGITS_MAX digits, and how far the decimal point lies behind them. */
struct mantissa {
	char digits[DIGITS_MAX];
	int n;
	int scale; /* value = digits * 10^scale */
	bool any;  /* at least one digit, be it zero */
};

static void add_digit(struct mantissa *m, char c, bool fraction)
{
	m->any = true;
	if (m->n == 0 && c == '0') {
		m->scale -= fraction;
		return;
	}
	if (m->n == DIGITS_MAX) {
		m->scale += !fraction;
		return;
	}
	m->digits[m->n++] = c;
	m->scale -= fraction;
}

/* Digits before the point, with or without groups of three. Returns where they end, or -1. */
static long whole_part(struct str s, size_t at, struct mantissa *m)
{
	size_t start = at, group = 0;
	bool grouped = false;

	for (; at < s.n && (is_digit(s.p[at]) || s.p[at] == ','); at++) {
		if (s.p[at] != ',') {
			add_digit(m, s.p[at], false);
			group++;
			continue;
		}
		if (at == start || group > 3 || (grouped && group != 3))
			return -1;
		grouped = true;
		group = 0;
	}
	/* Without a decimal point behind it a comma may just as well be the decimal point of another country. */
	if (grouped && (group != 3 || at == s.n || s.p[at] != '.'))
		return -1;
	return (long)at;
}

static int exponent_part(struct str s, size_t at, int *ret_exponent)
{
	int sign = 1, v = 0;

	if (at < s.n && (s.p[at] == '-' || s.p[at] == '+'))
		sign = s.p[at++] == '-' ? -1 : 1;
	if (at == s.n)
		return ERR_INVALID;
	for (; at < s.n; at++) {
		if (!is_digit(s.p[at]))
			return ERR_INVALID;
		if (v < EXPONENT_MAX)
			v = v * 10 + (s.p[at] - '0');
	}
	*ret_exponent = sign * v;
	return 0;
}

/* digits * 10^scale in units of 10^-24. */
static int scale_up(const struct mantissa *m, int exponent, decimal24 *ret_d)
{
	int shift = m->scale + exponent + DECIMALS;
	int n = m->n;
	decimal24 v = 0;

	if (n + shift > DIGITS_MAX)
		return ERR_RANGE;
	if (shift < 0)
		n += shift; /* digits behind the 24th decimal are cut */
	for (int i = 0; i < n; i++)
		v = v * 10 + (m->digits[i] - '0');
	for (; shift > 0 && v != 0; shift--)
		v *= 10;
	*ret_d = v;
	return 0;
}

static decimal24 unit(void)
{
	decimal24 u = 1;

	for (int i = 0; i < DECIMALS; i++)
		u *= 10;
	return u;
}

int decimal_parse(struct str s, decimal24 *ret_d)
{
	struct mantissa m = { .n = 0 };
	bool negative = false;
	int exponent = 0, rc;
	decimal24 v;
	long end;
	size_t at = 0;

	if (s.n > 0 && (s.p[0] == '-' || s.p[0] == '+'))
		negative = s.p[at++] == '-';
	end = whole_part(s, at, &m);
	if (end < 0)
		return ERR_INVALID;
	at = (size_t)end;
	if (at < s.n && s.p[at] == '.')
		for (at++; at < s.n && is_digit(s.p[at]); at++)
			add_digit(&m, s.p[at], true);
	if (!m.any)
		return ERR_INVALID;
	if (at < s.n && (s.p[at] == 'e' || s.p[at] == 'E')) {
		rc = exponent_part(s, at + 1, &exponent);
		if (rc != 0)
			return rc;
		at = s.n;
	}
	if (at != s.n)
		return ERR_INVALID;
	rc = m.n == 0 ? 0 : scale_up(&m, exponent, &v);
	if (rc != 0)
		return rc;
	if (m.n == 0)
		v = 0;
	if (v > DECIMAL_WHOLE_MAX * unit())
		return ERR_RANGE;
	*ret_d = negative ? -v : v;
	return 0;
}

int decimal_add(decimal24 *sum, decimal24 d)
{
	decimal24 r;

	if (__builtin_add_overflow(*sum, d, &r))
		return ERR_RANGE;
	*sum = r;
	return 0;
}

int decimal_to_micro(decimal24 d, int64_t *ret_micro)
{
	decimal24 micro = unit() / 1000000;
	decimal24 q = d / micro, rest = d % micro;

	if (rest >= micro / 2)
		q++;
	else if (rest <= -(micro / 2))
		q--;
	if (q > USAGE_AMOUNT_MAX || q < -USAGE_AMOUNT_MAX)
		return ERR_RANGE;
	*ret_micro = (int64_t)q;
	return 0;
}
