#include "common/base/ratio.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

static unsigned trailing_zeros(uint128 v)
{
	uint64_t low = (uint64_t)v;

	return low != 0 ? (unsigned)__builtin_ctzll(low)
			: 64 + (unsigned)__builtin_ctzll((uint64_t)(v >> 64));
}

static uint64_t gcd64(uint64_t a, uint64_t b)
{
	unsigned shift;

	if (a == 0 || b == 0)
		return a | b;
	shift = (unsigned)__builtin_ctzll(a | b);
	a >>= __builtin_ctzll(a);
	do {
		b >>= __builtin_ctzll(b);
		if (a > b) {
			uint64_t t = a;

			a = b;
			b = t;
		}
		b -= a;
	} while (b != 0);
	return a << shift;
}

/* Binary gcd; drops to 64 bits as soon as both parts fit, which is nearly always. */
static uint128 gcd(uint128 a, uint128 b)
{
	unsigned shift;

	if ((a >> 64) == 0 && (b >> 64) == 0)
		return gcd64((uint64_t)a, (uint64_t)b);
	if (a == 0 || b == 0)
		return a | b;
	shift = trailing_zeros(a | b);
	a >>= trailing_zeros(a);
	do {
		b >>= trailing_zeros(b);
		if (a > b) {
			uint128 t = a;

			a = b;
			b = t;
		}
		b -= a;
		if ((a >> 64) == 0 && (b >> 64) == 0)
			return (uint128)gcd64((uint64_t)a, (uint64_t)b) << shift;
	} while (b != 0);
	return a << shift;
}

struct ratio ratio_make(int128 num, int128 den)
{
	uint128 g;

	assert(den != 0);
	if (den < 0) {
		num = -num;
		den = -den;
	}
	g = gcd(num < 0 ? (uint128)-num : (uint128)num, (uint128)den);
	return (struct ratio){ num / (int128)g, den / (int128)g };
}

static int128 mul_checked(int128 a, int128 b)
{
	int128 r;
	bool overflowed = __builtin_mul_overflow(a, b, &r);

	assert(!overflowed);
	return r;
}

static int128 add_checked(int128 a, int128 b)
{
	int128 r;
	bool overflowed = __builtin_add_overflow(a, b, &r);

	assert(!overflowed);
	return r;
}

struct ratio ratio_add(struct ratio a, struct ratio b)
{
	int128 g;

	if (a.den == 1 && b.den == 1)
		return (struct ratio){ add_checked(a.num, b.num), 1 };
	g = (int128)gcd((uint128)a.den, (uint128)b.den);
	return ratio_make(add_checked(mul_checked(a.num, b.den / g), mul_checked(b.num, a.den / g)),
		mul_checked(a.den, b.den / g));
}

struct ratio ratio_sub(struct ratio a, struct ratio b)
{
	b.num = -b.num;
	return ratio_add(a, b);
}

int ratio_cmp(struct ratio a, struct ratio b)
{
	struct ratio d;

	if (a.den == b.den)
		return a.num < b.num ? -1 : a.num > b.num;
	d = ratio_sub(a, b);
	return d.num < 0 ? -1 : d.num > 0;
}

struct ratio ratio_min(struct ratio a, struct ratio b)
{
	return ratio_cmp(a, b) <= 0 ? a : b;
}

static size_t format_int(int128 v, char *buf)
{
	char digits[44];
	size_t n = 0, at = 0;
	uint128 u = v < 0 ? (uint128)-v : (uint128)v;

	do {
		digits[n++] = (char)('0' + (int)(u % 10));
		u /= 10;
	} while (u != 0);
	if (v < 0)
		buf[at++] = '-';
	while (n > 0)
		buf[at++] = digits[--n];
	buf[at] = '\0';
	return at;
}

const char *ratio_format(struct ratio r, char *buf)
{
	size_t n = format_int(r.num, buf);

	if (r.den != 1) {
		buf[n++] = '/';
		(void)format_int(r.den, buf + n);
	}
	return buf;
}

const char *ratio_format_decimal(struct ratio r, char *buf)
{
	bool negative = r.num < 0;
	int128 a = negative ? -r.num : r.num;
	int128 whole = a / r.den, rest = a % r.den;
	int128 cents;
	size_t n = 0;

	assert(r.den < (int128)1 << 119); /* rest * 200 + den stays in 128 bits */
	cents = (rest * 200 + r.den) / (2 * r.den);
	if (cents == 100) {
		whole++;
		cents = 0;
	}
	if (negative && (whole != 0 || cents != 0))
		buf[n++] = '-';
	n += format_int(whole, buf + n);
	if (cents != 0) {
		buf[n++] = '.';
		buf[n++] = (char)('0' + (int)(cents / 10));
		if (cents % 10 != 0)
			buf[n++] = (char)('0' + (int)(cents % 10));
		buf[n] = '\0';
	}
	return buf;
}

double ratio_to_double(struct ratio r)
{
	return (double)r.num / (double)r.den;
}
