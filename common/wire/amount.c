/* Decimal amounts as text: exact, in millionths. */
#include <stdio.h>

#include "common/wire/event_json.h"

#define MICRO	 1000000
#define DECIMALS 6

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int amount_parse(struct str s, int64_t *ret_micro)
{
	bool negative = s.n > 0 && s.p[0] == '-';
	size_t i = negative, start = i, decimals = 0;
	int64_t v = 0;
	bool over = false;

	for (; i < s.n && is_digit(s.p[i]); i++) {
		v = v * 10 + (s.p[i] - '0');
		over = over || v > USAGE_AMOUNT_MAX / MICRO;
		v = over ? 0 : v;
	}
	if (i == start)
		return ERR_INVALID;
	v *= MICRO;
	if (i < s.n && s.p[i] == '.') {
		int64_t unit = MICRO / 10;

		for (i++; i < s.n && is_digit(s.p[i]); i++, unit /= 10, decimals++)
			v += (s.p[i] - '0') * unit;
		if (decimals == 0 || decimals > DECIMALS)
			return ERR_INVALID;
	}
	if (i != s.n)
		return ERR_INVALID;
	if (over || v > USAGE_AMOUNT_MAX)
		return ERR_RANGE;
	*ret_micro = negative ? -v : v;
	return 0;
}

const char *amount_format(int64_t micro, char *buf)
{
	uint64_t u = micro < 0 ? 0 - (uint64_t)micro : (uint64_t)micro;
	int n = snprintf(
		buf, AMOUNT_TEXT, "%s%llu", micro < 0 ? "-" : "", (unsigned long long)(u / MICRO));

	if (u % MICRO != 0) {
		n += snprintf(buf + n, AMOUNT_TEXT - (size_t)n, ".%06u", (unsigned)(u % MICRO));
		while (buf[n - 1] == '0')
			buf[--n] = '\0';
	}
	return buf;
}
