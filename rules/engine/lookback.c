/* On which day before today an area last qualified, at a settle: whether it must be looked for, and over which days. Most
 * settles need not look: the area qualifies, its people rule it out, or what came reaches no day before. */
#include "rules/engine/engine_internal.h"

#include "common/base/err.h"

/* By all that its people ever hold, as if it counted at once. */
static int look_who_could(struct engine *e, struct partner *p, const struct standing_view *now)
{
	const struct edition *ed = e->book->edition;
	struct standing_view v = *now;
	uint32_t *counts = arena_alloc(&e->scratch, e->book->plan.n_preds * sizeof *counts + 1);
	int rc = counts == NULL ? ERR_NOMEM : people_count(e, e->book, p, DAY_EVER, counts, false);

	if (rc != 0)
		return rc;
	v.counts = counts;
	p->could = 0;
	for (size_t i = 0; i < ed->n_areas; i++)
		if (ed->areas[i].form == AREA_OF_METRICS && judge_could(&v, i))
			p->could |= 1ULL << i;
	p->could_stale = false;
	return 0;
}

void partner_pass_days(const struct engine *e, struct partner *p)
{
	const struct edition *ed = e->book->edition;

	if (p->settled_on == DAY_NONE || e->day <= p->settled_on)
		return;
	for (size_t i = 0; i < ed->n_areas; i++) {
		struct standing *st = &p->derived->areas[i];

		if (!st->qualifies)
			continue;
		st->last = e->day - 1;
		st->searched = true;
	}
}

/* A search of the days before: all of them, or, where the facts that came are of usage alone, those that they reach. */
struct lookback {
	day_no from[EDITION_AREAS_MAX], found[EDITION_AREAS_MAX];
	uint64_t all, some; /* areas */
	bool usage_alone;
};

static void plan_search(const struct engine *e, const struct partner *p, struct lookback *l,
	size_t area, day_no horizon)
{
	struct standing *st = &p->derived->areas[area];
	day_no reached = month_first_day(p->past_month + 1);

	l->from[area] = horizon;
	if (!l->usage_alone || !st->searched) {
		l->all |= 1ULL << area;
		return;
	}
	if (reached < horizon)
		reached = horizon;
	if (st->last != DAY_NONE && st->last >= reached) {
		l->all |= 1ULL << area;
	} else if (reached < e->day && partner_reaches_past(e, p, p->past_month)) {
		l->from[area] = reached;
		l->some |= 1ULL << area;
	}
}

static void plan_lookback(
	const struct engine *e, const struct partner *p, bool whole, struct lookback *l)
{
	const struct edition *ed = e->book->edition;

	*l = (struct lookback){ .usage_alone = p->past_stale && p->past_month > MONTH_MIN &&
					       !p->facts_stale && !p->could_stale && !e->jumped &&
					       !e->past_books && !whole };
	for (size_t i = 0; i < ed->n_areas; i++) {
		struct standing *st = &p->derived->areas[i];
		day_no horizon;

		if (ed->areas[i].form != AREA_OF_METRICS || st->qualifies || e->day == DAY_NONE) {
			st->last = DAY_NONE;
			st->searched = false;
			continue;
		}
		horizon = standing_horizon(e, ed, p, i, e->day);
		if (horizon < e->day)
			plan_search(e, p, l, i, horizon);
		else
			st->searched = false;
	}
}

static int search(
	struct engine *e, struct partner *p, struct lookback *l, uint64_t areas, month_no month)
{
	int rc = areas == 0 ? 0
			    : past_last(e, e->book, p->self, e->day, l->from, areas, &month,
				      &e->scratch, l->found);

	for (uint64_t bits = areas; rc == 0 && bits != 0; bits &= bits - 1) {
		size_t i = (size_t)__builtin_ctzll(bits);

		if (month == MONTH_MIN || l->found[i] != DAY_NONE)
			p->derived->areas[i].last = l->found[i];
	}
	return rc;
}

int partner_look_back(
	struct engine *e, struct partner *p, const struct standing_view *now, bool whole)
{
	struct lookback l;
	uint64_t areas;
	int rc = 0;

	if (e->points_only)
		return 0;
	plan_lookback(e, p, whole, &l);
	areas = l.all | l.some;
	if (areas != 0 && p->could_stale)
		rc = look_who_could(e, p, now);

	for (uint64_t bits = l.all; bits != 0; bits &= bits - 1)
		p->derived->areas[__builtin_ctzll(bits)].last = DAY_NONE;
	for (uint64_t bits = areas; bits != 0; bits &= bits - 1) {
		size_t i = (size_t)__builtin_ctzll(bits);

		p->derived->areas[i].searched = true;
		/* By the rules of another edition, what people can earn is another matter. */
		if ((p->could >> i & 1) == 0 && calendar_on(e, l.from[i]) == e->book)
			areas &= ~(1ULL << i);
	}
	if (rc == 0)
		rc = search(e, p, &l, l.all & areas, MONTH_MIN);
	return rc == 0 ? search(e, p, &l, l.some & areas, p->past_month) : rc;
}
