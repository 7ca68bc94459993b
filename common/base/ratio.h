/* Exact rational numbers for points: points are never rounded, only their display is.
 *
 * Always reduced, denominator positive. 128-bit parts: points come from sums of at most 2^63 micro-units over
 * sums of the same size, and a total adds denominators that divide small numbers (2, 3, 7), so 128 bits hold
 * every sum of an area; ratio_add() asserts it. */
#ifndef BASE_RATIO_H
#define BASE_RATIO_H

#include <stdbool.h>
#include <stdint.h>

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

struct ratio {
	int128 num;
	int128 den; /* > 0 */
};

#define RATIO_ZERO ((struct ratio){ 0, 1 })

struct ratio ratio_make(int128 num, int128 den); /* den != 0; reduces */
static inline struct ratio ratio_int(int64_t n)
{
	return (struct ratio){ n, 1 };
}
struct ratio ratio_add(struct ratio a, struct ratio b);
struct ratio ratio_sub(struct ratio a, struct ratio b);
int ratio_cmp(struct ratio a, struct ratio b); /* -1, 0, 1 */
struct ratio ratio_min(struct ratio a, struct ratio b);
static inline bool ratio_eq(struct ratio a, struct ratio b)
{
	return a.num == b.num && a.den == b.den;
}
static inline bool ratio_is_zero(struct ratio a)
{
	return a.num == 0;
}

/* "40/3", or "20" when whole. RATIO_TEXT bytes hold any value. Returns buf. */
#define RATIO_TEXT 84
const char *ratio_format(struct ratio r, char *buf);
/* At most two decimals, rounded half away from zero, trailing zeros cut: "13.33", "2.5", "20". Returns buf. */
const char *ratio_format_decimal(struct ratio r, char *buf);
/* The nearest double, for bars and plots, never for a comparison. */
double ratio_to_double(struct ratio r);

#endif
