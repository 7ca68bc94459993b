/* Renewals of specializations: which of them a day leads to, and what it does not ask for again. */
#include "rules/engine/engine_internal.h"

/* An anniversary belongs to an enrollment when it is at least so long after its first day: a late renewal moves the day
 * of the year, and the first one must not be counted twice. */
#define HALF_A_YEAR  183
#define LONGEST_YEAR 366

/* The same day so many years later, or before when negative, cut to the end of its month. */
static day_no same_day(day_no day, int years)
{
	month_no m = month_of_day(day) + (month_no)(12 * years);
	day_no first = month_first_day(m), last = month_first_day(m + 1) - 1;
	day_no same = first + (day_no)day_of_month(day) - 1;

	return same < last ? same : last;
}

/* The most years that one can go back from a day without passing another; 0 where that is later. */
static int years_back_to(day_no day, day_no other)
{
	int n = day > other ? (day - other) / LONGEST_YEAR : 0;

	while (same_day(day, -(n + 1)) >= other)
		n++;
	return n;
}

/* How many years there are from the first anniversary that counts to the one that the enrollment names, both included. */
static int count_anniversaries(const struct enrolled *n, day_no not_before)
{
	day_no first = n->on + HALF_A_YEAR;

	if (n->anniversary < first)
		first = n->anniversary;
	if (first < not_before)
		first = not_before;
	return n->anniversary < first ? 0 : 1 + years_back_to(n->anniversary, first);
}

/* R-SP-RENEWAL */
void renewal_of(const struct edition *ed, const struct enrolled *n, day_no day, struct renewal *ret)
{
	day_no reviewed_from =
		ed->n_specialization_windows > 0 ? ed->specialization_windows[0].from : DAY_MIN;
	int all = count_anniversaries(n, reviewed_from);
	int ahead = years_back_to(n->anniversary, day);
	bool tells_its_number = !n->renewed || count_anniversaries(n, DAY_MIN) > 1;

	if (ahead > all - 1)
		ahead = all > 0 ? all - 1 : 0;
	*ret = (struct renewal){ .year = tells_its_number ? (uint32_t)(all - ahead) : 0,
		.on = same_day(n->anniversary, -ahead),
		.asked_on = same_day(n->anniversary, 1 - ahead),
		.turn = DAY_NEVER };
	if (!renewal_asks_less(ret))
		ret->asked_on = ret->on;
	if (ahead > 0)
		ret->turn = ret->on + 1;
}

bool renewal_asks_less(const struct renewal *r)
{
	return r->year % 2 == 1;
}

uint64_t renewals_asking_less(
	const struct engine *e, const struct edition *ed, const struct partner *p, day_no day)
{
	uint64_t areas = 0;

	if (day == DAY_NONE || !has_enrollments(e, p))
		return 0;
	for (size_t i = 0; i < ed->n_areas; i++) {
		struct renewal r;

		if (standing_renewal(e, ed, p, i, day, &r) && renewal_asks_less(&r))
			areas |= 1ULL << i;
	}
	return areas;
}
