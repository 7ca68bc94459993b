/* Enrollments, windows of days and the status of a designation or specialization. */
#include "tests/oracle/oracle_view.h"

/* ---- windows ---------------------------------------------------------------------------------------------------- */

enum form { DAYS, SAME_DAY, FULL_MONTHS };

struct window {
	int year;
	unsigned month, day; /* from then on */
	enum form open;	     /* not enrolled: up to today */
	int open_n;
	enum form renewal; /* enrolled: up to the anniversary */
	int renewal_n;
	int renewal_days; /* after it */
	bool renewal_counts;
	int due_days; /* before it */
};

/* By edition: the last row that has begun holds. */

/* 25 October 2022: 30 days before the anniversary, 30 days after it to renew (renew-mpn-offers.md). Who is not enrolled
 * has the badge at once. 19 September 2023: five full months before the anniversary and its month; not enrolled: from the
 * same day five months before (SEP23, D23). */
#define OCTOBER_2022                                                                               \
	{                                                                                          \
		2022, 10, 25, DAYS, 1, DAYS, 30, 30, false, 0                                      \
	}
#define SEPTEMBER_2023                                                                             \
	{                                                                                          \
		2023, 9, 19, SAME_DAY, 5, FULL_MONTHS, 5, 30, false, 0                             \
	}
/* 2024: not enrolled: full months as well (D24). */
#define FROM_2024                                                                                  \
	{                                                                                          \
		2024, 1, 1, FULL_MONTHS, 5, FULL_MONTHS, 5, 30, false, 0                           \
	}
/* 2026: the days to renew count too (KB26). */
#define JULY_2026                                                                                  \
	{                                                                                          \
		2026, 7, 1, FULL_MONTHS, 5, FULL_MONTHS, 5, 30, true, 0                            \
	}
#define NO_MORE                                                                                    \
	{                                                                                          \
		0, 0, 0, DAYS, 0, DAYS, 0, 0, false, 0                                             \
	}

static const struct window designation_windows[ORACLE_EDITIONS][ORACLE_WINDOWS_MAX] = {
	[ORACLE_FY23] = { OCTOBER_2022, NO_MORE },
	[ORACLE_2023_06] = { OCTOBER_2022, SEPTEMBER_2023, NO_MORE },
	[ORACLE_2023_12] = { OCTOBER_2022, SEPTEMBER_2023, FROM_2024, NO_MORE },
	[ORACLE_2026] = { OCTOBER_2022, SEPTEMBER_2023, FROM_2024, JULY_2026, NO_MORE },
};

/* Open 60 days before the anniversary, closed 30 days after it (D23 specializations.md); reviews since February 2023. */
static const struct window specialization_windows[] = {
	{ 2023, 2, 1, DAYS, 1, DAYS, 60, 30, true, 60 }, NO_MORE
};

/* Without a rule, the day alone counts. */
static const struct window no_window = { 0, 0, 0, DAYS, 1, DAYS, 0, 0, false, 0 };

static const struct window *window_on(const struct view *v, enum area_number n, day_no day)
{
	const struct window *all = n >= FIRST_SPECIALIZATION ? specialization_windows
							     : designation_windows[v->edition];
	const struct window *last = &no_window;

	for (; all->year != 0; all++)
		if (day_from_civil(all->year, all->month, all->day) <= day)
			last = all;
	return last;
}

size_t oracle_window_days(enum oracle_edition e, day_no *ret)
{
	size_t n = 0;

	for (const struct window *w = designation_windows[e]; w->year != 0; w++)
		ret[n++] = day_from_civil(w->year, w->month, w->day);
	return n;
}

static day_no last_day(month_no m)
{
	return month_first_day(m + 1) - 1;
}

/* The same day of the month so many months before, or the last of that month. */
static day_no months_before(day_no day, int months)
{
	month_no m = month_of_day(day) - months;
	day_no same = month_first_day(m) + (day_no)day_of_month(day) - 1;

	return same < last_day(m) ? same : last_day(m);
}

static day_no open_from(const struct window *w, day_no day)
{
	switch (w->open) {
	case SAME_DAY:
		return months_before(day, w->open_n);
	case FULL_MONTHS:
		return month_first_day(month_of_day(day) - w->open_n);
	default:
		return day - w->open_n + 1;
	}
}

static void renewal_window(
	const struct window *w, day_no anniversary, day_no *ret_from, day_no *ret_until)
{
	*ret_until = anniversary;
	if (w->renewal == SAME_DAY)
		*ret_from = months_before(anniversary, w->renewal_n);
	else if (w->renewal == DAYS)
		*ret_from = anniversary - w->renewal_n;
	else {
		*ret_from = month_first_day(month_of_day(anniversary) - w->renewal_n);
		*ret_until = last_day(month_of_day(anniversary));
	}
	if (w->renewal_counts && *ret_until < anniversary + w->renewal_days)
		*ret_until = anniversary + w->renewal_days;
}

/* ---- enrollments ------------------------------------------------------------------------------------------------ */

/* The newest word of any of the partner's accounts on its enrollment in the area, if it is enrolled on the day. */
static const struct fact_enrollment *enrollment(
	const struct view *v, enum area_number n, day_no day)
{
	const struct event *newest = NULL;

	for (size_t i = 0; i < v->n_facts; i++) {
		const struct event *ev = v->facts[i];

		if (ev->kind != FACT_ENROLLMENT ||
			!oracle_same(ev->u.enrollment.area, str_from(oracle_area_id(n))))
			continue;
		if (newest == NULL || oracle_version_cmp(ev, newest) > 0)
			newest = ev;
	}
	if (newest == NULL || newest->u.enrollment.state == ENROLL_LEFT ||
		newest->u.enrollment.on > day)
		return NULL;
	return &newest->u.enrollment;
}

/* The day given; otherwise the next one of the other designations; otherwise a year later. */
static day_no anniversary(const struct view *v, enum area_number n, day_no day)
{
	const struct fact_enrollment *e = enrollment(v, n, day);
	day_no shared = DAY_NONE;

	if (e->anniversary != DAY_NONE)
		return e->anniversary;
	for (int other = 0; n < SOLUTION_AREAS && other < SOLUTION_AREAS; other++) {
		const struct fact_enrollment *f = enrollment(v, (enum area_number)other, day);

		if (other == (int)n || f == NULL || f->anniversary == DAY_NONE ||
			f->anniversary <= e->on)
			continue;
		if (shared == DAY_NONE || f->anniversary < shared)
			shared = f->anniversary;
	}
	return shared != DAY_NONE ? shared : e->on + 365;
}

/* ---- tracks ----------------------------------------------------------------------------------------------------- */

/* SMB when it was the track in one of the six months that end with the enrollment, otherwise the track of that day. */
static int azure_track_at_enrollment(struct view *v, day_no on)
{
	for (month_no m = month_of_day(on) - 5; m <= month_of_day(on); m++) {
		day_no day = last_day(m) < on ? last_day(m) : on;

		if (oracle_azure_track(v, day) == 1)
			return 1;
	}
	return 0;
}

int oracle_enrolled_track(struct view *v, enum area_number n, day_no day)
{
	const struct fact_enrollment *e = enrollment(v, n, day);

	if (e == NULL || day > anniversary(v, n, day) + window_on(v, n, day)->renewal_days)
		return -1;
	if (oracle_same(e->track, STR("enterprise")))
		return 0;
	if (oracle_same(e->track, STR("smb")))
		return 1;
	return n <= DATA_AI ? azure_track_at_enrollment(v, e->on) : -1;
}

/* ---- renewals --------------------------------------------------------------------------------------------------- */

/* That day in another year; 29 February is the 28th there. */
static day_no in_year(int year, day_no like)
{
	int y;
	unsigned month, day;
	day_no end;

	day_to_civil(like, &y, &month, &day);
	end = last_day(month_of_day(day_from_civil(year, month, 1)));
	return day_from_civil(year, month, 1) + (day_no)day - 1 < end
		       ? day_from_civil(year, month, 1) + (day_no)day - 1
		       : end;
}

static int year_of(day_no day)
{
	unsigned month, d;
	int year;

	day_to_civil(day, &year, &month, &d);
	return year;
}

/* SEED, D23: the first renewal is that of year one, and renewals are looked at from February 2023 on. Every year from the
 * enrollment on is gone through up to the anniversary that is known; a day within half a year after the enrollment
 * began is none. */
unsigned oracle_renewal_year(const struct view *v, enum area_number n, day_no day)
{
	const day_no reviews = day_from_civil(2023, 2, 1);
	const struct fact_enrollment *e = enrollment(v, n, day);
	unsigned earlier = 0, number = 0;
	bool is_reached = false;
	day_no end;

	if (e == NULL || n < FIRST_SPECIALIZATION)
		return 0;
	end = anniversary(v, n, day);
	if (day > end + window_on(v, n, day)->renewal_days)
		return 0;
	for (int year = year_of(e->on); year <= year_of(end); year++) {
		day_no one = in_year(year, end);

		if (one - e->on < 183 && one != end)
			continue;
		earlier += one != end;
		if (one >= reviews && !is_reached)
			number++;
		is_reached = one >= reviews && one >= day;
	}
	if (end < e->on && end >= reviews)
		number = 1; /* odd, but so it was told */
	if (e->state == ENROLL_RENEWED && earlier == 0)
		return 0; /* the fact begins with some renewal */
	return number;
}

/* ---- status ----------------------------------------------------------------------------------------------------- */

static bool qualified_in(struct view *v, enum area_number n, day_no from, day_no until)
{
	for (day_no d = from; d <= until; d++)
		if (oracle_qualifies(v, n, d))
			return true;
	return false;
}

static enum area_status enrolled_until(const struct window *w, day_no end, day_no day)
{
	return day < end - w->due_days ? AREA_ENROLLED : AREA_RENEWAL_DUE;
}

/* Who is enrolled in one area is enrolled in another as soon as it qualifies there: the day of the anniversary that
 * both then have, DAY_NONE when it is not so. */
static day_no enrolled_with_another(
	struct view *v, enum area_number n, day_no day, const struct window *w)
{
	const struct fact_enrollment *latest = NULL;
	day_no end = DAY_NONE;

	for (int other = 0; n < SOLUTION_AREAS && other < SOLUTION_AREAS; other++) {
		const struct fact_enrollment *e = enrollment(v, (enum area_number)other, day);

		if (other == (int)n || e == NULL ||
			(latest != NULL && anniversary(v, (enum area_number)other, day) <= end))
			continue;
		latest = e;
		end = anniversary(v, (enum area_number)other, day);
	}
	if (latest == NULL || day > end + w->renewal_days || !qualified_in(v, n, latest->on, day))
		return DAY_NONE;
	return end;
}

static enum area_status cloud_status(struct view *v, day_no day)
{
	day_no from, until;

	for (int n = 0; n < SOLUTION_AREAS; n++)
		if (!oracle_is_held(oracle_status(v, (enum area_number)n, day, &from, &until)))
			return AREA_IN_PROGRESS;
	return AREA_QUALIFIED;
}

day_no oracle_anniversary(struct view *v, enum area_number n, day_no day)
{
	if (day == DAY_NONE || n == MICROSOFT_CLOUD)
		return DAY_NONE;
	return enrollment(v, n, day) != NULL
		       ? anniversary(v, n, day)
		       : enrolled_with_another(v, n, day, window_on(v, n, day));
}

enum area_status oracle_status(
	struct view *v, enum area_number n, day_no day, day_no *ret_from, day_no *ret_until)
{
	const struct window *w;
	bool enrolled;
	day_no end;

	*ret_from = *ret_until = DAY_NONE;
	if (day == DAY_NONE)
		return AREA_IN_PROGRESS;
	if (n == MICROSOFT_CLOUD)
		return cloud_status(v, day);
	w = window_on(v, n, day);
	enrolled = enrollment(v, n, day) != NULL;
	end = enrolled ? anniversary(v, n, day) : enrolled_with_another(v, n, day, w);
	if (end != DAY_NONE && day <= end + w->renewal_days) {
		renewal_window(w, end, ret_from, ret_until);
		return enrolled_until(w, end, day);
	}
	*ret_from = open_from(w, day);
	*ret_until = day;
	if (qualified_in(v, n, *ret_from, day))
		return AREA_QUALIFIED;
	return enrolled ? AREA_LAPSED : AREA_IN_PROGRESS;
}
