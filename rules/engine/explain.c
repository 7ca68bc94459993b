/* Explanations: what the rule kinds have in common when they say why a metric has its points. */
#include "rules/engine/explain.h"

#include "common/base/err.h"
#include "rules/engine/sort.h"

#include <stdarg.h>
#include <stdio.h>

#define TEXT_MAX 1024

/* Bytes of p[0..n) without a character that was cut at the end. */
static size_t whole_characters(const char *p, size_t n)
{
	size_t at = n;

	while (at > 0 && n - at < 4 && ((unsigned char)p[at - 1] & 0xc0) == 0x80)
		at--;
	if (at == 0 || (unsigned char)p[at - 1] < 0xc0)
		return n;
	return str_is_clean_utf8((struct str){ p + at - 1, n - at + 1 }) ? n : at - 1;
}

struct str explain_text(struct explainer *x, const char *fmt, ...)
{
	char buf[TEXT_MAX], *p;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, sizeof buf, fmt, ap);
	va_end(ap);
	if (n < 0)
		n = 0;
	n = (int)whole_characters(buf, n < TEXT_MAX ? (size_t)n : TEXT_MAX - 1);
	buf[n] = '\0';
	p = x->failed ? NULL : arena_alloc(x->ar, (size_t)n + 1);
	if (p == NULL) {
		x->failed = true;
		return (struct str){ "", 0 };
	}
	memcpy(p, buf, (size_t)n + 1);
	return (struct str){ p, (size_t)n };
}

void *explain_array(struct explainer *x, size_t n, size_t size)
{
	void *p;

	if (n == 0 || x->failed)
		return NULL;
	p = n > SIZE_MAX / size ? NULL : arena_alloc(x->ar, n * size);
	if (p == NULL)
		x->failed = true;
	else
		memset(p, 0, n * size);
	return p;
}

/* ---- amounts and months ----------------------------------------------------------------------------------------- */

/* What one unit is called, and how many decimals are always shown. */
static const struct unit {
	const char *name;
	unsigned decimals;
} units[MEASURE_END] = {
	[MEASURE_ACR] = { "USD", 2 },
	[MEASURE_MAU] = { "users", 0 },
	[MEASURE_PAID_UNITS] = { "units", 0 },
	[MEASURE_CAPACITY] = { "capacity units", 0 },
	[MEASURE_ADJUSTED_REVENUE] = { "USD", 2 },
};

static size_t put_grouped(uint128 v, char *buf)
{
	char digits[64];
	size_t n = 0, at = 0;

	do {
		digits[n++] = (char)('0' + (int)(v % 10));
		v /= 10;
	} while (v != 0);
	while (n > 0) {
		buf[at++] = digits[--n];
		if (n > 0 && n % 3 == 0)
			buf[at++] = ',';
	}
	return at;
}

const char *quantity_format_bare(int128 micro, enum measure m, char *buf)
{
	uint128 v = micro < 0 ? (uint128)-micro : (uint128)micro;
	uint32_t rest = (uint32_t)(v % 1000000);
	unsigned decimals = 6;
	size_t n = 0;

	if (micro < 0)
		buf[n++] = '-';
	n += put_grouped(v / 1000000, buf + n);
	while (decimals > units[m].decimals && rest % 10 == 0) {
		rest /= 10;
		decimals--;
	}
	if (decimals > 0)
		n += (size_t)snprintf(buf + n, 16, ".%0*u", (int)decimals, rest);
	buf[n] = '\0';
	return buf;
}

const char *quantity_format(int128 micro, enum measure m, char *buf)
{
	size_t n = strlen(quantity_format_bare(micro, m, buf));

	(void)snprintf(buf + n, AMOUNT_TEXT - n, " %s", units[m].name);
	return buf;
}

const char *span_format(month_no last, uint32_t months, char *buf)
{
	char a[MONTH_TEXT], b[MONTH_TEXT];

	(void)month_format(last, b);
	if (months == 1)
		(void)snprintf(buf, SPAN_TEXT, "%s", b);
	else
		(void)snprintf(buf, SPAN_TEXT, "%s to %s",
			month_format(last - (month_no)months + 1, a), b);
	return buf;
}

/* ---- candidates ------------------------------------------------------------------------------------------------- */

static bool id_less(const void *a, const void *b, void *ctx)
{
	const struct candidate *p = a, *q = b;

	(void)ctx;
	return str_cmp(p->id, q->id) < 0;
}

static bool distance_less(const void *a, const void *b, void *ctx)
{
	const struct candidate *p = a, *q = b;

	return p->distance != q->distance ? p->distance < q->distance : id_less(a, b, ctx);
}

void candidates_sort(struct candidate *c, size_t n, bool by_distance)
{
	heap_sort(c, n, sizeof *c, by_distance ? distance_less : id_less, NULL);
}

/* ---- metrics ---------------------------------------------------------------------------------------------------- */

int explain_metric(const struct engine *e, const struct view *v, const struct op *op,
	struct arena *ar, struct metric_score *ret)
{
	struct explainer x = { .e = e, .view = v, .metric = ret->metric, .ar = ar };

	if (v->day == DAY_NONE)
		ret->sentence = STR("no day has been recorded yet, so nothing counts");
	else if (op->measure != 0 && v->reference[op->measure] == MONTH_NONE)
		ret->sentence = explain_text(
			&x, "no month of %s usage is complete yet", measure_name(op->measure));
	else
		op->kind->explain(&x, op, ret);
	return x.failed ? ERR_NOMEM : 0;
}
