#include "common/wire/pb.h"

#include <assert.h>

bool pb_read_long_varint(struct pb_in *in, unsigned max_bytes, uint64_t *ret)
{
	const uint8_t *p = in->p;
	uint64_t v = 0;

	for (unsigned i = 0; i < max_bytes && p + i != in->end; i++) {
		v |= (uint64_t)(p[i] & 0x7f) << (7 * i);
		if (p[i] < 0x80) {
			in->p = p + i + 1;
			*ret = v;
			return true;
		}
	}
	return false;
}

static bool skip_fixed(struct pb_in *in, size_t n)
{
	if ((size_t)(in->end - in->p) < n)
		return false;
	in->p += n;
	return true;
}

bool pb_skip(struct pb_in *in, uint32_t tag)
{
	struct span s;
	uint64_t v;

	switch (tag & 7) {
	case PB_VARINT:
		return pb_read_varint(in, &v);
	case PB_FIXED64:
		return skip_fixed(in, 8);
	case PB_BYTES:
		return pb_read_bytes(in, &s);
	case PB_FIXED32:
		return skip_fixed(in, 4);
	default: /* groups, and types that do not exist */
		return false;
	}
}

static bool read_item(struct pb_in *in, struct pb_list *l)
{
	return l->n < l->cap && pb_read_varint(in, &l->v[l->n++]);
}

bool pb_read_list(struct pb_in *in, uint32_t tag, struct pb_list *l)
{
	struct span s;
	struct pb_in packed;

	if ((tag & 7) == PB_VARINT)
		return read_item(in, l);
	if ((tag & 7) != PB_BYTES || !pb_read_bytes(in, &s))
		return false;
	packed = pb_in(s);
	while (!pb_is_done(&packed))
		if (!read_item(&packed, l))
			return false;
	return true;
}

struct pb_points pb_points(struct ratio r)
{
	uint128 num = (uint128)r.num, den = (uint128)r.den;

	return (struct pb_points){ (uint64_t)num, (uint64_t)den, (uint64_t)(num >> 64),
		(uint64_t)(den >> 64) };
}

bool pb_ratio(const struct pb_points *v, struct ratio *ret)
{
	int128 num = (int128)((uint128)v->num_high << 64 | v->num);
	int128 den = (int128)((uint128)v->den_high << 64 | v->den);
	int128 num_bound = (int128)1 << 126, den_bound = (int128)1 << 118;

	if (den <= 0 || den >= den_bound || num <= -num_bound || num >= num_bound)
		return false;
	*ret = (struct ratio){ num, den };
	return true;
}

static int128 gcd(int128 a, int128 b)
{
	while (b != 0) {
		int128 t = a % b;

		a = b;
		b = t;
	}
	return a;
}

/* Adds over the least common denominator, telling of overflow where ratio_add() would stop the program. */
static bool can_add_slowly(const struct ratio *points, size_t n)
{
	struct ratio sum = RATIO_ZERO;
	int128 a, b, den, num, bound = (int128)1 << 126;

	for (size_t i = 0; i < n; i++) {
		int128 g = gcd(sum.den, points[i].den);

		if (__builtin_mul_overflow(sum.num, points[i].den / g, &a) ||
			__builtin_mul_overflow(points[i].num, sum.den / g, &b) ||
			__builtin_mul_overflow(sum.den, points[i].den / g, &den) ||
			__builtin_add_overflow(a, b, &num) || num >= bound || num <= -bound)
			return false;
		sum = ratio_make(num, den);
	}
	return sum.den < (int128)1 << 118;
}

bool pb_can_add_up(const struct ratio *points, size_t n)
{
	uint128 product = 1, bound = (uint128)1 << 60;

	for (size_t i = 0; i < n; i++) {
		if ((uint128)points[i].den >= bound || points[i].num < 0 ||
			(uint128)points[i].num >= bound)
			return can_add_slowly(points, n);
		product *= (uint128)points[i].den;
		if (product >= bound)
			return can_add_slowly(points, n);
	}
	return true; /* at most 16 terms below 2^60 over a denominator below 2^60 */
}
