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
} units[MEASURE_KINDS] = {
	[MEASURE_ACR] = { "USD", 2 },
	[MEASURE_MAU] = { "users", 0 },
	[MEASURE_PAID_UNITS] = { "units", 0 },
	[MEASURE_CAPACITY] = { "capacity units", 0 },
	[MEASURE_ADJUSTED_REVENUE] = { "USD", 2 },
	[MEASURE_VALUE] = { "consumption value", 0 },
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

/* An amount of a selection: weighted ones are kept finer than they are told. */
const char *selection_amount(
	const struct explainer *x, uint16_t selection, int128 amount, char *buf)
{
	const struct selection *s = &x->view->book->edition->selections[selection];

	return quantity_format(amount / (int128)s->scale, s->measure, buf);
}

const char *selection_amount_bare(
	const struct explainer *x, uint16_t selection, int128 amount, char *buf)
{
	const struct selection *s = &x->view->book->edition->selections[selection];

	return quantity_format_bare(amount / (int128)s->scale, s->measure, buf);
}

struct explained_condition *explain_conditions(
	struct explainer *x, struct metric_score *ret, size_t n)
{
	struct explained_condition *c = explain_array(x, n, sizeof *c);

	if (c != NULL) {
		ret->conditions = c;
		ret->n_conditions = n;
	}
	return c;
}

/* ---- metrics ---------------------------------------------------------------------------------------------------- */

static void explain_op(struct explainer *x, size_t number, struct metric_score *ret)
{
	const struct op *op = &x->view->book->plan.ops[number];

	x->rule = op->rule;
	if (x->view->day == DAY_NONE)
		ret->sentence = STR("no day has been recorded yet, so nothing counts");
	else if (op->clock != NO_CLOCK && x->view->reference[op->clock] == MONTH_NONE)
		ret->sentence = explain_text(x, "no month of %s usage is complete yet",
			measure_name((enum measure)__builtin_ctz(
				x->view->book->plan.clocks[op->clock])));
	else
		op->kind->explain(x, op, ret);
}

/* Points of one part of a combined metric. */
static struct ratio part_points(const struct explainer *x, size_t number)
{
	const struct op *op = &x->view->book->plan.ops[number];

	return op->kind->points(op, x->view);
}

static void append_conditions(struct explainer *x, struct metric_score *ret,
	const struct metric_score *part, struct str name)
{
	struct explained_condition *all =
		explain_array(x, ret->n_conditions + part->n_conditions, sizeof *all);

	if (all == NULL)
		return;
	if (ret->n_conditions > 0)
		memcpy(all, ret->conditions, ret->n_conditions * sizeof *all);
	for (size_t i = 0; i < part->n_conditions; i++) {
		all[ret->n_conditions + i] = part->conditions[i];
		all[ret->n_conditions + i].name = explain_text(
			x, STR_FMT ": " STR_FMT, STR_ARG(name), STR_ARG(part->conditions[i].name));
	}
	ret->conditions = all;
	ret->n_conditions += part->n_conditions;
}

static void append_items(struct explainer *x, const struct explained_item **list, size_t *n,
	size_t *total, const struct explained_item *more, size_t n_more, size_t more_total,
	size_t max)
{
	size_t room = max - *n < n_more ? max - *n : n_more;
	struct explained_item *all = explain_array(x, *n + room, sizeof *all);

	*total += more_total;
	if (all == NULL)
		return;
	if (*n > 0)
		memcpy(all, *list, *n * sizeof *all);
	if (room > 0)
		memcpy(all + *n, more, room * sizeof *all);
	*list = all;
	*n += room;
}

void explain_child(struct explainer *x, size_t op, struct str name, struct metric_score *ret)
{
	const struct metric_rule *outer = x->rule;
	struct metric_score child = { .metric = x->metric };
	struct explained_condition *all;

	explain_op(x, op, &child);
	x->rule = outer;
	if (child.n_conditions == 0) { /* no month yet */
		all = explain_conditions(x, &child, 1);
		if (all != NULL)
			*all = (struct explained_condition){ child.sentence, STR("-"), STR("-"),
				judge_condition(x->view, op) };
	}
	all = explain_array(x, ret->n_conditions + child.n_conditions, sizeof *all);
	if (all == NULL)
		return;
	memcpy(all, ret->conditions, ret->n_conditions * sizeof *all);
	for (size_t i = 0; i < child.n_conditions; i++) {
		struct explained_condition *c = &all[ret->n_conditions + i];

		*c = child.conditions[i];
		c->name = explain_text(x, "  " STR_FMT "%s" STR_FMT,
			STR_ARG(i == 0 ? name : STR("")), i == 0 && name.n > 0 ? ": " : "",
			STR_ARG(child.conditions[i].name));
	}
	ret->conditions = all;
	ret->n_conditions += child.n_conditions;
	append_items(x, &ret->counted, &ret->n_counted, &ret->counted_total, child.counted,
		child.n_counted, child.counted_total, COUNTED_MAX);
	append_items(x, &ret->nearly, &ret->n_nearly, &ret->nearly_total, child.nearly,
		child.n_nearly, child.nearly_total, NEARLY_MAX);
}

/* What the parts say, each under its name. People and customers are those of the option that counts, or of all parts. */
static void explain_parts(
	struct explainer *x, const struct plan_metric *pm, struct metric_score *ret)
{
	const struct metric_rule *r = &x->metric->rule;
	struct part_score *parts = explain_array(x, pm->n, sizeof *parts);
	size_t best = 0;

	if (parts == NULL)
		return;
	for (size_t i = 0; i < pm->n; i++) {
		const struct rule_part *part = &r->u.combined.parts[i];

		parts[i] = (struct part_score){ part->id, part->name, part_points(x, pm->ops[i]),
			part->maximum, r->u.combined.how != COMBINE_HIGHEST };
		if (ratio_cmp(parts[i].points, parts[best].points) > 0)
			best = i;
	}
	parts[best].counts = true;
	ret->parts = parts;
	ret->n_parts = pm->n;
	ret->sentence = STR("");
	for (size_t i = 0; !x->failed && i < pm->n; i++) {
		struct metric_score part = { .metric = x->metric };

		explain_op(x, pm->ops[i], &part);
		append_conditions(x, ret, &part, parts[i].name);
		ret->sentence =
			explain_text(x, STR_FMT "%s" STR_FMT ": " STR_FMT, STR_ARG(ret->sentence),
				i == 0 ? "" : "; ", STR_ARG(parts[i].name), STR_ARG(part.sentence));
		if (!parts[i].counts)
			continue;
		append_items(x, &ret->counted, &ret->n_counted, &ret->counted_total, part.counted,
			part.n_counted, part.counted_total, COUNTED_MAX);
		append_items(x, &ret->nearly, &ret->n_nearly, &ret->nearly_total, part.nearly,
			part.n_nearly, part.nearly_total, NEARLY_MAX);
	}
}

int explain_metric(struct engine *e, const struct standing_view *v, const struct plan_metric *pm,
	struct arena *ar, struct metric_score *ret)
{
	struct explainer x = { .e = e, .view = v, .metric = ret->metric, .ar = ar };

	if (ret->metric->rule.kind == RULE_COMBINED) {
		explain_parts(&x, pm, ret);
	} else {
		explain_op(&x, pm->ops[0], ret);
	}
	return x.failed ? ERR_NOMEM : 0;
}
