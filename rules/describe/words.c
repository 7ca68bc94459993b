#include "rules/describe/words.h"

#include <stdarg.h>
#include <stdio.h>

int words_rc(const struct words *w)
{
	return w->failed ? ERR_NOMEM : w->unsupported ? ERR_UNSUPPORTED : 0;
}

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

struct str words_joined(
	struct words *w, const struct str *items, size_t n, const char *between, const char *last)
{
	size_t bytes = 1;
	struct sink out;
	char *p;

	for (size_t i = 0; i < n; i++)
		bytes += items[i].n + strlen(last) + strlen(between);
	p = words_array(w, bytes, 1);
	if (p == NULL)
		return STR("");
	sink_init(&out, p, bytes);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			sink_add(&out, str_from(i + 1 == n ? last : between));
		sink_add(&out, items[i]);
	}
	return (struct str){ p, out.len };
}

struct str words_list(struct words *w, const struct str *items, size_t n, const char *last)
{
	return words_joined(w, items, n, ", ", last);
}

/* ---- amounts ------------------------------------------------------------------------------------------------ */

static const struct measure_words {
	const char *name;    /* of the measure */
	const char *sum;     /* what grows: singular */
	const char *unit;    /* after a number, in short ... */
	const char *counted; /* ... and in full */
	const char *one;     /* of one unit */
} measures[MEASURE_KINDS + 1] = {
	[0] = { "usage", "usage", "units", "units of usage", "unit of usage" },
	[MEASURE_ACR] = { "Azure consumed revenue", "Azure consumed revenue", "USD",
		"USD of Azure consumed revenue", "USD of Azure consumed revenue" },
	[MEASURE_MAU] = { "monthly active usage", "monthly active usage", "users",
		"monthly active users", "monthly active user" },
	[MEASURE_PAID_UNITS] = { "paid units", "number of paid units", "units", "paid units",
		"paid unit" },
	[MEASURE_CAPACITY] = { "capacity", "capacity", "units", "units of capacity",
		"unit of capacity" },
	[MEASURE_ADJUSTED_REVENUE] = { "adjusted revenue", "adjusted revenue", "USD",
		"USD of adjusted revenue", "USD of adjusted revenue" },
	[MEASURE_VALUE] = { "monthly consumption value", "monthly consumption value", "of value",
		"of monthly consumption value", "value" },
};

static const struct measure_words *measure_words_of(enum measure m)
{
	return &measures[m > 0 && m <= MEASURE_VALUE ? m : 0];
}

const char *words_measure(enum measure m)
{
	return measure_words_of(m)->name;
}

const char *words_sum(enum measure m)
{
	return measure_words_of(m)->sum;
}

const char *words_one(enum measure m)
{
	return measure_words_of(m)->one;
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

struct str words_micro(struct words *w, int64_t micro, int decimals_min)
{
	int rest = (int)(micro % 1000000), decimals = 6;
	char digits[48];
	struct sink out;

	sink_init(&out, digits, sizeof digits);
	put_grouped(&out, micro / 1000000);
	if (rest > 0) {
		for (; rest % 10 == 0 && decimals > decimals_min; decimals--)
			rest /= 10;
		sink_printf(&out, ".%0*d", decimals, rest);
	}
	return words_text(w, "%s", digits);
}

struct str words_amount(struct words *w, int64_t micro, enum measure m)
{
	return words_text(
		w, STR_FMT " %s", STR_ARG(words_micro(w, micro, 2)), measure_words_of(m)->unit);
}

/* A bound that is a millionth beyond an amount of two decimals was given as that amount, exclusive. */
static bool is_exceeded(int64_t from)
{
	return from > 0 && (from - 1) % 10000 == 0;
}

static bool is_below(int64_t to)
{
	return (to + 1) % 10000 == 0;
}

/* at_least: what stands before a lower bound that is alone. */
static struct str range_number(struct words *w, int64_t from, int64_t to, const char *at_least)
{
	bool more = is_exceeded(from), less = to != UNIT_NO_BOUND && is_below(to);
	struct str low = words_micro(w, more ? from - 1 : from, 2), high;

	if (to == UNIT_NO_BOUND)
		return words_text(w, "%s" STR_FMT, more ? "more than " : at_least, STR_ARG(low));
	high = words_micro(w, less ? to + 1 : to, 2);
	if (!more && !less)
		return words_text(w, STR_FMT " to " STR_FMT, STR_ARG(low), STR_ARG(high));
	return words_text(w, "%s" STR_FMT " and %s" STR_FMT, more ? "more than " : "at least ",
		STR_ARG(low), less ? "less than " : "at most ", STR_ARG(high));
}

struct str words_range(struct words *w, int64_t from, int64_t to, enum measure m)
{
	return words_text(w, STR_FMT " %s", STR_ARG(range_number(w, from, to, "at least ")),
		measure_words_of(m)->counted);
}

struct str words_range_short(struct words *w, int64_t from, int64_t to, enum measure m)
{
	return words_text(w, STR_FMT " %s", STR_ARG(range_number(w, from, to, "")),
		measure_words_of(m)->unit);
}

bool words_bound(struct words *w, int64_t micro, bool lower, enum measure m, struct str *ret)
{
	bool exclusive = lower ? is_exceeded(micro) : is_below(micro);

	*ret = words_amount(w, exclusive ? micro + (lower ? -1 : 1) : micro, m);
	return exclusive;
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

const struct selection *words_selection(const struct words *w, uint16_t selection)
{
	static const struct selection none = { .id = STR_INIT("-") };

	return selection < w->e->n_selections ? &w->e->selections[selection] : &none;
}

struct str words_names(struct words *w, const struct str *items, size_t n, const char *last)
{
	struct str *quoted = words_array(w, n, sizeof *quoted);

	for (size_t i = 0; quoted != NULL && i < n; i++)
		quoted[i] = words_text(w, "'" STR_FMT "'", STR_ARG(items[i]));
	return quoted == NULL ? STR("") : words_list(w, quoted, n, last);
}
