/* The months of a partner: which have rows, which were reported complete, and which one a measure refers to. */
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

static month_no newest_marker(
	const struct partner *p, enum measure m, month_no closed, bool *ret_any)
{
	month_no newest = MONTH_NONE;

	*ret_any = false;
	for (size_t i = 0; i < p->n_markers; i++) {
		month_no month = MONTH_MIN + p->markers[i].month;

		if (p->markers[i].measure != m || p->markers[i].stamp.retracted)
			continue;
		*ret_any = true;
		if (month <= closed)
			newest = month;
	}
	return newest;
}

month_no partner_reference(
	const struct engine *e, const struct partner *p, enum measure m, day_no day)
{
	month_no closed, ready, newest;
	bool any;

	if (day == DAY_NONE)
		return MONTH_NONE;
	closed = day == e->day ? e->closed : closed_month(day);
	if (e->complete)
		return closed;
	newest = newest_marker(p, m, closed, &any);
	if (any)
		return newest;
	ready = day == e->day ? e->ready : ready_month(e->edition, day);
	for (size_t i = p->n_months; i-- > 0;)
		if (p->months[i].measure == m && p->months[i].n > 0 &&
			MONTH_MIN + p->months[i].month <= ready)
			return MONTH_MIN + p->months[i].month;
	return MONTH_NONE;
}

int partner_refresh(struct engine *e, uint32_t index, uint32_t measures, const uint32_t *cause)
{
	struct partner *p = e->partners[index];

	for (measures &= e->plan.measures; measures != 0; measures &= measures - 1) {
		enum measure m = (enum measure)__builtin_ctz(measures);
		month_no r = partner_reference(e, p, m, e->day);
		int rc;

		if (r == p->reference[m])
			continue;
		rc = engine_touch(e, index, cause);
		if (rc != 0)
			return rc;
		p->reference[m] = r;
		p->rebuild |= (uint8_t)(1U << m);
		engine_dirty_all(e, p, e->plan.measure_ops[m]);
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
		int rc = mem_grow(&e->a, (void **)&p->months, &p->cap_months, p->n_months + 1,
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
		int rc = mem_grow(&e->a, (void **)&p->markers, &p->cap_markers, p->n_markers + 1,
			MONTHS_HELD_MAX, sizeof *p->markers);

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
