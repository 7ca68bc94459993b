/* The months of a partner: which have rows, which were reported complete, and which one a clock refers to. */
#include "rules/engine/engine_internal.h"

#include "common/base/err.h"

#define MONTHS_HELD_MAX ((size_t)MEASURE_END * (MONTH_MAX - MONTH_MIN + 1))

month_no closed_month(day_no day)
{
	return day == DAY_NONE ? MONTH_NONE : month_of_day(day) - 1;
}

month_no ready_month(const struct edition *ed, day_no day)
{
	month_no m = closed_month(day);

	while (m != MONTH_NONE && month_first_day(m + 1) + (day_no)ed->usage_ready_day - 1 > day)
		m--;
	return m;
}

static unsigned month_length(month_no m)
{
	return (unsigned)(month_first_day(m + 1) - month_first_day(m));
}

day_no months_back(day_no day, uint32_t n)
{
	month_no m = month_of_day(day) - (month_no)n;
	unsigned d = day_of_month(day), last = month_length(m);

	return month_first_day(m) + (day_no)(d < last ? d : last) - 1;
}

day_no months_forward(day_no day, uint32_t n)
{
	month_no m = month_of_day(day) + (month_no)n;
	unsigned d = day_of_month(day);

	return d <= month_length(m) ? month_first_day(m) + (day_no)d - 1 : month_first_day(m + 1);
}

/* What the subjects of a partner say of one measure. */
struct months_told {
	bool any_marker;
	month_no marked; /* newest closed month that was reported */
	month_no used;	 /* newest ready month with rows */
};

static void look(const struct partner *p, enum measure m, month_no closed, month_no ready,
	struct months_told *t)
{
	for (size_t i = 0; i < p->n_markers; i++) {
		month_no month = MONTH_MIN + p->markers[i].month;

		if (p->markers[i].measure != m || p->markers[i].stamp.retracted)
			continue;
		t->any_marker = true;
		if (month <= closed && month > t->marked)
			t->marked = month;
	}
	for (size_t i = p->n_months; i-- > 0;) {
		month_no month = MONTH_MIN + p->months[i].month;

		if (p->months[i].measure != m || p->months[i].n == 0 || month > ready)
			continue;
		if (month > t->used)
			t->used = month;
		return;
	}
}

static month_no measure_reference(const struct engine *e, const struct partner *p, enum measure m,
	month_no closed, month_no ready)
{
	struct months_told t = { false, MONTH_NONE, MONTH_NONE };

	look(p, m, closed, ready, &t);
	for (uint32_t at = p->members; at != NONE; at = e->partners[at]->next_member)
		look(e->partners[at], m, closed, ready, &t);
	return t.any_marker ? t.marked : t.used;
}

month_no measure_month(const struct engine *e, const struct partner *p, enum measure m)
{
	return e->complete ? e->closed : measure_reference(e, p, m, e->closed, e->ready);
}

month_no partner_reference(const struct engine *e, const struct rulebook *book,
	const struct partner *p, size_t clock, day_no day)
{
	month_no closed, ready, first = MONTH_NONE;

	if (day == DAY_NONE)
		return MONTH_NONE;
	closed = day == e->day ? e->closed : closed_month(day);
	if (e->complete)
		return closed;
	ready = day == e->day && book == e->book ? e->ready : ready_month(book->edition, day);
	for (uint32_t m = book->plan.clocks[clock]; m != 0; m &= m - 1) {
		month_no r = measure_reference(e, p, (enum measure)__builtin_ctz(m), closed, ready);

		if (r != MONTH_NONE && (first == MONTH_NONE || r < first))
			first = r;
	}
	return first;
}

int partner_refresh(struct engine *e, uint32_t index, uint32_t measures, const uint32_t *cause)
{
	const struct plan *plan = &e->book->plan;
	uint32_t owner = e->partners[index]->owner;
	struct partner *p = e->partners[owner];

	if (p->derived == NULL || p->derived->book != e->book)
		return 0; /* everything is derived anew at the next settle */
	for (size_t c = 0; c < plan->n_clocks; c++) {
		month_no r;
		int rc;

		if ((plan->clocks[c] & measures) == 0)
			continue;
		r = partner_reference(e, e->book, p, c, e->day);
		if (r == p->reference[c])
			continue;
		rc = engine_touch(e, owner, cause);
		if (rc != 0)
			return rc;
		p->reference[c] = r;
		p->rebuild |= (uint8_t)(1U << c);
	}
	return 0;
}

int partner_count_row(struct engine *e, struct partner *p, enum measure m, month_no month,
	bool more, bool *ret_edge)
{
	uint16_t at_month = (uint16_t)(month - MONTH_MIN);
	size_t at = p->n_months;

	while (at > 0 &&
		(p->months[at - 1].measure > m ||
			(p->months[at - 1].measure == m && p->months[at - 1].month >= at_month)))
		at--;
	if (at == p->n_months || p->months[at].measure != m || p->months[at].month != at_month) {
		int rc = mem_grow_tight(&e->a, (void **)&p->months, &p->cap_months, p->n_months + 1,
			MONTHS_HELD_MAX, sizeof *p->months);

		if (rc != 0)
			return rc;
		memmove(p->months + at + 1, p->months + at, (p->n_months - at) * sizeof *p->months);
		p->months[at] = (struct month_rows){ .measure = (uint16_t)m, .month = at_month };
		p->n_months++;
	}
	*ret_edge = more ? p->months[at].n == 0 : p->months[at].n == 1;
	p->months[at].n += more ? 1U : (uint32_t)-1;
	return 0;
}

int marker_put(
	struct engine *e, struct partner *p, enum measure m, month_no month, struct marker **ret)
{
	uint16_t at_month = (uint16_t)(month - MONTH_MIN);
	size_t at = p->n_markers;

	while (at > 0 &&
		(p->markers[at - 1].measure > m ||
			(p->markers[at - 1].measure == m && p->markers[at - 1].month >= at_month)))
		at--;
	if (at == p->n_markers || p->markers[at].measure != m || p->markers[at].month != at_month) {
		int rc = mem_grow_tight(&e->a, (void **)&p->markers, &p->cap_markers,
			p->n_markers + 1, MONTHS_HELD_MAX, sizeof *p->markers);

		if (rc != 0)
			return rc;
		memmove(p->markers + at + 1, p->markers + at,
			(p->n_markers - at) * sizeof *p->markers);
		p->markers[at] = (struct marker){ .measure = (uint16_t)m, .month = at_month };
		p->n_markers++;
	}
	*ret = &p->markers[at];
	return 0;
}
