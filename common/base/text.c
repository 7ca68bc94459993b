#include "common/base/text.h"

#include <stdarg.h>
#include <stdio.h>

int str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n == 0 ? 0 : memcmp(a.p, b.p, n);

	if (c != 0)
		return c;
	return a.n < b.n ? -1 : a.n > b.n;
}

static unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool str_eq_nocase(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

/* Length of the well-formed sequence at p (RFC 3629, table of section 4), 0 when malformed. */
static size_t utf8_sequence(const unsigned char *p, size_t n)
{
	unsigned char lo = 0x80, hi = 0xBF;
	size_t len;

	if (p[0] < 0xC2 || p[0] > 0xF4)
		return 0;
	len = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
	if (n < len)
		return 0;
	if (p[0] == 0xE0)
		lo = 0xA0;
	else if (p[0] == 0xED)
		hi = 0x9F;
	else if (p[0] == 0xF0)
		lo = 0x90;
	else if (p[0] == 0xF4)
		hi = 0x8F;
	if (p[1] < lo || p[1] > hi)
		return 0;
	for (size_t i = 2; i < len; i++)
		if (p[i] < 0x80 || p[i] > 0xBF)
			return 0;
	return len;
}

/* All eight bytes are 0x20..0x7E: no top bit, none below 0x20, none 0x7F (adding 1 would set its top bit). */
static bool is_printable_ascii8(const unsigned char *p)
{
	const uint64_t ones = 0x0101010101010101ULL;
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return ((v | (v - 0x20 * ones) | (v + ones)) & (0x80 * ones)) == 0;
}

bool str_is_clean_utf8(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t i = 0;

	while (i < s.n) {
		size_t len = 1;

		if (s.n - i >= 8 && is_printable_ascii8(p + i)) {
			i += 8;
			continue;
		}
		/* The rest is shorter than a word: the last eight bytes hold it, whole characters before it or not. */
		if (s.n >= 8 && s.n - i < 8 && is_printable_ascii8(p + s.n - 8))
			return true;
		if (p[i] < 0x20 || p[i] == 0x7F)
			return false;
		if (p[i] >= 0x80)
			len = utf8_sequence(p + i, s.n - i);
		if (len == 0)
			return false;
		i += len;
	}
	return true;
}

unsigned str_distance(struct str a, struct str b, unsigned max)
{
	unsigned row[65];

	if (a.n > 64 || b.n > 64)
		return max + 1;
	for (unsigned j = 0; j <= b.n; j++)
		row[j] = j;
	for (unsigned i = 1; i <= a.n; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= b.n; j++) {
			unsigned best = diagonal + (lower(a.p[i - 1]) != lower(b.p[j - 1]));

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[b.n] > max ? max + 1 : row[b.n];
}

void sink_init(struct sink *s, char *buf, size_t cap)
{
	s->buf = buf;
	s->cap = cap;
	s->len = 0;
	if (cap > 0)
		buf[0] = '\0';
}

void sink_add(struct sink *s, struct str t)
{
	if (s->len + 1 < s->cap) {
		size_t room = s->cap - s->len - 1;
		size_t n = t.n < room ? t.n : room;

		if (n > 0)
			memcpy(s->buf + s->len, t.p, n);
		s->buf[s->len + n] = '\0';
	}
	s->len += t.n;
}

void sink_printf(struct sink *s, const char *fmt, ...)
{
	size_t room = s->len < s->cap ? s->cap - s->len : 0;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(room > 0 ? s->buf + s->len : NULL, room, fmt, ap);
	va_end(ap);
	if (n > 0)
		s->len += (size_t)n;
}

bool sink_is_cut(const struct sink *s)
{
	return s->len >= s->cap;
}
