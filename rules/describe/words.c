#include "rules/describe/words.h"

#include <stdarg.h>
#include <stdio.h>

struct str words_text(struct words *w, const char *fmt, ...)
{
	va_list ap, again;
	char *p;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	p = n < 0 || w->failed ? NULL : arena_alloc(w->ar, (size_t)n + 1);
	if (p == NULL)
		w->failed = true;
	else
		(void)vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	va_end(ap);
	return p == NULL ? STR("") : (struct str){ p, (size_t)n };
}

void *words_array(struct words *w, size_t n, size_t size)
{
	void *p = n == 0 || w->failed ? NULL : arena_alloc(w->ar, n * size);

	if (p != NULL)
		memset(p, 0, n * size);
	else if (n > 0)
		w->failed = true;
	return p;
}

struct str words_list(struct words *w, const struct str *items, size_t n, const char *last)
{
	size_t bytes = 1;
	struct sink out;
	char *p;

	for (size_t i = 0; i < n; i++)
		bytes += items[i].n + strlen(last) + 2;
	p = words_array(w, bytes, 1);
	if (p == NULL)
		return STR("");
	sink_init(&out, p, bytes);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			sink_add(&out, i + 1 == n ? str_from(last) : STR(", "));
		sink_add(&out, items[i]);
	}
	return (struct str){ p, out.len };
}

/* ---- amounts ------------------------------------------------------------------------------------------------ */

static const struct {
	const char *name, *unit;
} measures[MEASURE_END] = {
	[0] = { "usage", "units" },
	[MEASURE_ACR] = { "Azure consumed revenue", "USD" },
	[MEASURE_MAU] = { "monthly active usage", "users" },
	[MEASURE_PAID_UNITS] = { "paid units", "units" },
	[MEASURE_CAPACITY] = { "capacity", "units" },
	[MEASURE_ADJUSTED_REVENUE] = { "adjusted revenue", "USD" },
};

const char *words_measure(enum measure m)
{
	return measures[m < MEASURE_END ? m : 0].name;
}

/* Digits of v from the left, with a comma before each group of three. */
static void put_grouped(struct sink *out, int64_t v)
{
	if (v >= 1000) {
		put_grouped(out, v / 1000);
		sink_printf(out, ",%03d", (int)(v % 1000));
	} else {
		sink_printf(out, "%d", (int)v);
	}
}

struct str words_amount(struct words *w, int64_t micro, enum measure m)
{
	int rest = (int)(micro % 1000000), decimals = 6;
	char digits[48];
	struct sink out;

	sink_init(&out, digits, sizeof digits);
	put_grouped(&out, micro / 1000000);
	if (rest > 0) {
		for (; rest % 10 == 0 && decimals > 2; decimals--)
			rest /= 10;
		sink_printf(&out, ".%0*d", decimals, rest);
	}
	return words_text(w, "%s %s", digits, measures[m < MEASURE_END ? m : 0].unit);
}

struct str words_number(struct words *w, struct ratio r)
{
	char exact[RATIO_TEXT], decimal[RATIO_TEXT];

	ratio_format(r, exact);
	ratio_format_decimal(r, decimal);
	if (r.den == 1)
		return words_text(w, "%s", exact);
	return words_text(w, "%s (%s)", exact, decimal);
}

struct str words_points(struct words *w, struct ratio r)
{
	return words_text(w, STR_FMT " point%s", STR_ARG(words_number(w, r)),
		ratio_eq(r, ratio_int(1)) ? "" : "s");
}

struct str words_months(struct words *w, uint32_t n)
{
	if (n == 1)
		return STR("the last month");
	if (n == 12)
		return STR("the trailing twelve months");
	return words_text(w, "the last %u months", n);
}

struct str words_before(struct words *w, uint32_t months)
{
	if (months == 12)
		return STR("a year before");
	return words_text(w, "%u month%s before", months, months == 1 ? "" : "s");
}
