/* Statuses: qualification windows, enrollments and anniversaries. */
#include "rules/engine/engine_internal.h"

#define YEAR_DAYS 365

/* ---- windows ----------------------------------------------------------------------------------------------------- */

const struct window_rule *window_on(const struct edition *ed, bool specialization, day_no day)
{
	/* Without windows who qualifies today is qualified, and an enrollment ends with its anniversary. */
	static const struct window_rule today = { .from = DAY_MIN,
		.open_form = WINDOW_DAYS,
		.open_n = 1,
		.renewal_form = WINDOW_DAYS,
		.renewal_n = 0 };
	size_t n = specialization ? ed->n_specialization_windows : ed->n_windows;
	const struct window_rule *all = specialization ? ed->specialization_windows : ed->windows,
				 *w = &today;

	for (size_t i = 0; i < n && all[i].from <= day; i++)
		w = &all[i];
	return w;
}

static day_no next_rule(const struct edition *ed, bool specialization, day_no day)
{
	size_t n = specialization ? ed->n_specialization_windows : ed->n_windows;
	const struct window_rule *all = specialization ? ed->specialization_windows : ed->windows;

	for (size_t i = 0; i < n; i++)
		if (all[i].from > day)
			return all[i].from;
	return DAY_NEVER;
}

day_no window_open_from(const struct window_rule *w, day_no day)
{
	switch (w->open_form) {
	case WINDOW_DAYS:
		return day - (day_no)w->open_n + 1;
	case WINDOW_SAME_DAY:
		return months_back(day, w->open_n);
	case WINDOW_FULL_MONTHS:
		break;
	}
	return month_first_day(month_of_day(day) - (month_no)w->open_n);
}

/* The first day whose open window leaves `last` behind. */
static day_no window_leaves(const struct window_rule *w, day_no last)
{
	switch (w->open_form) {
	case WINDOW_DAYS:
		return last + (day_no)w->open_n;
	case WINDOW_SAME_DAY:
		return months_forward(last + 1, w->open_n);
	case WINDOW_FULL_MONTHS:
		break;
	}
	return month_first_day(month_of_day(last) + (month_no)w->open_n + 1);
}

void window_renewal(
	const struct window_rule *w, day_no anniversary, day_no *ret_from, day_no *ret_until)
{
	*ret_until = anniversary;
	switch (w->renewal_form) {
	case WINDOW_DAYS:
		*ret_from = anniversary - (day_no)w->renewal_n;
		break;
	case WINDOW_SAME_DAY:
		*ret_from = months_back(anniversary, w->renewal_n);
		break;
	case WINDOW_FULL_MONTHS:
		*ret_from = month_first_day(month_of_day(anniversary) - (month_no)w->renewal_n);
		*ret_until = month_first_day(month_of_day(anniversary) + 1) - 1;
		break;
	}
	if (w->renewal_counts && anniversary + (day_no)w->renewal_days > *ret_until)
		*ret_until = anniversary + (day_no)w->renewal_days;
}

/* ---- enrollments ------------------------------------------------------------------------------------------------- */

/* The enrollment that stands for an area over all subjects of a partner; NULL when none is known. */
static const struct enrollment *standing_enrollment(
	const struct engine *e, const struct partner *p, struct str area)
{
	const struct enrollment *newest = NULL;

	for (uint32_t at = p->self; at != NONE; at = subject_next(e, p->self, at)) {
		const struct dossier *d = e->partners[at]->dossier;

		for (size_t i = 0; d != NULL && i < d->n_enrollments; i++) {
			const struct enrollment *n = &d->enrollments[i];

			if (!n->stamp.retracted && str_eq(name_text(e, n->area), area) &&
				(newest == NULL ||
					stamp_cmp(e->names, &n->stamp, &newest->stamp) > 0))
				newest = n;
		}
	}
	return newest;
}

static bool is_active(const struct enrollment *n, day_no day)
{
	return n != NULL && (n->state == ENROLL_ENROLLED || n->state == ENROLL_RENEWED) &&
	       n->on <= day;
}

bool has_enrollments(const struct engine *e, const struct partner *p)
{
	for (uint32_t at = p->self; at != NONE; at = subject_next(e, p->self, at))
		if (e->partners[at]->dossier != NULL && e->partners[at]->dossier->n_enrollments > 0)
			return true;
	return false;
}

/* The anniversary that all designations of a partner share: the earliest after `on` that another enrollment names. */
static day_no shared_anniversary(const struct engine *e, const struct edition *ed,
	const struct partner *p, size_t area, day_no on, day_no day)
{
	day_no shared = DAY_NONE;

	for (size_t i = 0; i < ed->n_areas; i++) {
		const struct enrollment *n;

		if (i == area || ed->areas[i].form != AREA_OF_METRICS)
			continue;
		n = standing_enrollment(e, p, ed->areas[i].id);
		if (is_active(n, day) && n->anniversary != DAY_NONE && n->anniversary > on &&
			(shared == DAY_NONE || n->anniversary < shared))
			shared = n->anniversary;
	}
	return shared;
}

static day_no anniversary_of(const struct engine *e, const struct edition *ed,
	const struct partner *p, size_t area, const struct enrollment *n, day_no day)
{
	day_no shared = DAY_NONE;

	if (n->anniversary != DAY_NONE)
		return n->anniversary;
	if (ed->areas[area].form == AREA_OF_METRICS)
		shared = shared_anniversary(e, ed, p, area, n->on, day);
	return shared != DAY_NONE ? shared : n->on + YEAR_DAYS;
}

static void enrolled_by_fact(const struct engine *e, const struct edition *ed,
	const struct partner *p, size_t area, day_no day, struct enrolled *ret)
{
	const struct enrollment *n = standing_enrollment(e, p, ed->areas[area].id);

	*ret = (struct enrolled){ .on = DAY_NONE, .anniversary = DAY_NONE, .track = -1 };
	if (!is_active(n, day))
		return;
	ret->active = true;
	ret->renewed = n->state == ENROLL_RENEWED;
	ret->on = n->on;
	ret->anniversary = anniversary_of(e, ed, p, area, n, day);
	for (size_t t = 0; t < ed->areas[area].n_tracks; t++)
		if (name_text(e, n->track).n > 0 &&
			str_eq(name_text(e, n->track), ed->areas[area].tracks[t].id))
			ret->track = (int)t;
}

/* The enrollment in another area that enrolls this one once it qualifies: of those that last, the latest. */
static void enrolled_by_another(const struct engine *e, const struct edition *ed,
	const struct partner *p, size_t area, day_no day, uint32_t renewal_days,
	struct enrolled *ret)
{
	*ret = (struct enrolled){ .on = DAY_NONE, .anniversary = DAY_NONE, .track = -1 };
	if (ed->areas[area].form != AREA_OF_METRICS)
		return;
	for (size_t i = 0; i < ed->n_areas; i++) {
		struct enrolled other;

		if (i == area || ed->areas[i].form != AREA_OF_METRICS)
			continue;
		enrolled_by_fact(e, ed, p, i, day, &other);
		if (!other.active || day > other.anniversary + (day_no)renewal_days ||
			(ret->active && other.anniversary <= ret->anniversary))
			continue;
		*ret = other;
		ret->automatic = true;
		ret->track = -1;
	}
}

bool standing_renewal(const struct engine *e, const struct edition *ed, const struct partner *p,
	size_t area, day_no day, struct renewal *ret)
{
	struct enrolled n;

	if (ed->areas[area].form != AREA_OF_REQUIREMENTS || day == DAY_NONE)
		return false;
	enrolled_by_fact(e, ed, p, area, day, &n);
	if (!n.active || day > n.anniversary + (day_no)window_on(ed, true, day)->renewal_days)
		return false;
	renewal_of(ed, &n, day, ret);
	return true;
}

/* ---- statuses ---------------------------------------------------------------------------------------------------- */

static day_no earlier(day_no a, day_no b)
{
	return a < b ? a : b;
}

/* The first day on which an enrollment of the partner begins that is not yet. */
static day_no next_enrollment(const struct engine *e, const struct partner *p, day_no day)
{
	day_no next = DAY_NEVER;

	for (uint32_t at = p->self; at != NONE; at = subject_next(e, p->self, at)) {
		const struct dossier *d = e->partners[at]->dossier;

		for (size_t i = 0; d != NULL && i < d->n_enrollments; i++)
			if (!d->enrollments[i].stamp.retracted && d->enrollments[i].on > day)
				next = earlier(next, d->enrollments[i].on);
	}
	return next;
}

static enum area_status enrolled_status(
	const struct window_rule *w, const struct enrolled *n, day_no day, day_no *next)
{
	day_no due = n->anniversary - (day_no)w->due_days,
	       end = n->anniversary + (day_no)w->renewal_days;

	if (day > end)
		return AREA_LAPSED;
	*next = earlier(*next, day < due ? due : day < n->anniversary ? n->anniversary : end + 1);
	return day < due ? AREA_ENROLLED : AREA_RENEWAL_DUE;
}

static enum area_status open_status(const struct window_rule *w, day_no day, bool qualifies,
	day_no last, enum area_status otherwise, day_no *next)
{
	if (qualifies)
		return AREA_QUALIFIED;
	if (last == DAY_NONE || last < window_open_from(w, day))
		return otherwise;
	*next = earlier(*next, window_leaves(w, last));
	return AREA_QUALIFIED;
}

void standing_of(const struct engine *e, const struct edition *ed, const struct partner *p,
	size_t area, day_no day, bool qualifies, day_no last, struct area_standing *ret)
{
	bool specialization = ed->areas[area].form == AREA_OF_REQUIREMENTS;
	const struct window_rule *w;

	*ret = (struct area_standing){ .status = AREA_IN_PROGRESS,
		.enrolled = { .on = DAY_NONE, .anniversary = DAY_NONE, .track = -1 },
		.window_from = DAY_NONE,
		.window_until = DAY_NONE,
		.next = DAY_NEVER };
	if (day == DAY_NONE)
		return;
	w = window_on(ed, specialization, day);
	if (ed->areas[area].form == AREA_OF_AREAS) {
		ret->status = qualifies ? AREA_QUALIFIED : AREA_IN_PROGRESS;
		return;
	}
	ret->next = next_rule(ed, specialization, day);
	ret->window_from = window_open_from(w, day);
	ret->window_until = day;
	if (has_enrollments(e, p)) {
		ret->next = earlier(ret->next, next_enrollment(e, p, day));
		enrolled_by_fact(e, ed, p, area, day, &ret->enrolled);
		if (!ret->enrolled.active) {
			struct enrolled other;

			enrolled_by_another(e, ed, p, area, day, w->renewal_days, &other);
			if (other.active)
				ret->next = earlier(
					ret->next, other.anniversary + (day_no)w->renewal_days + 1);
			if (other.active && (qualifies || (last != DAY_NONE && last >= other.on)))
				ret->enrolled = other;
		}
	}
	if (ret->enrolled.active) {
		struct renewal r = { .turn = DAY_NEVER };

		ret->status = enrolled_status(w, &ret->enrolled, day, &ret->next);
		if (specialization)
			renewal_of(ed, &ret->enrolled, day, &r);
		ret->next = earlier(ret->next, r.turn);
		window_renewal(w, ret->enrolled.anniversary, &ret->window_from, &ret->window_until);
	}
	if (!ret->enrolled.active || ret->status == AREA_LAPSED) {
		ret->window_from = window_open_from(w, day);
		ret->window_until = day;
		ret->status = open_status(w, day, qualifies, last,
			ret->enrolled.active ? AREA_LAPSED : AREA_IN_PROGRESS, &ret->next);
	}
}

day_no standing_horizon(const struct engine *e, const struct edition *ed, const struct partner *p,
	size_t area, day_no day)
{
	const struct window_rule *w = window_on(ed, false, day);
	day_no from = window_open_from(w, day);
	struct enrolled own, other;

	if (ed->areas[area].form != AREA_OF_METRICS)
		return day;
	if (!has_enrollments(e, p))
		return from;
	enrolled_by_fact(e, ed, p, area, day, &own);
	if (own.active)
		return day > own.anniversary + (day_no)w->renewal_days ? from : day;
	enrolled_by_another(e, ed, p, area, day, w->renewal_days, &other);
	return other.active && other.on < from ? other.on : from;
}

/* ---- tracks of enrollments --------------------------------------------------------------------------------------- */

#define WINDOW_MONTHS                                                                              \
	5 /* before the month of the enrollment: the rows of the window that are looked at */

static int looked_at(struct engine *e, struct rulebook *book, uint32_t index, size_t area,
	day_no day, struct arena *ar, size_t *ret_track)
{
	struct standing_view v;
	struct judged j;
	int rc = derive_aside(e, book, index, day, NULL, ar, &v);

	if (rc != 0)
		return rc;
	judge_area(&v, area, -1, &j);
	*ret_track = j.track;
	return 0;
}

int standing_asked_track(const struct engine *e, const struct area *a)
{
	for (size_t t = 0; e->asked_track.n > 0 && t < a->n_tracks; t++)
		if (str_eq(a->tracks[t].id, e->asked_track))
			return (int)t;
	return -1;
}

bool standing_fixes_track(const struct engine *e, const struct edition *ed, const struct partner *p,
	size_t area, day_no day)
{
	struct enrolled n;

	if (standing_asked_track(e, &ed->areas[area]) >= 0)
		return true;
	if (ed->areas[area].n_tracks < 2 || day == DAY_NONE || !has_enrollments(e, p))
		return false;
	enrolled_by_fact(e, ed, p, area, day, &n);
	return n.active && day <= n.anniversary + (day_no)window_on(ed, false, day)->renewal_days;
}

static int fixed_turns(const struct engine *e, const struct edition *ed, const struct partner *p,
	day_no day, int (*each)(void *ctx, day_no day), void *ctx)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ed->n_areas; i++) {
		struct enrolled n;

		if (ed->areas[i].n_tracks < 2)
			continue;
		enrolled_by_fact(e, ed, p, i, day, &n);
		for (size_t w = 0; rc == 0 && n.active && w < ed->n_windows; w++)
			rc = each(ctx, n.anniversary + (day_no)ed->windows[w].renewal_days + 1);
	}
	return rc;
}

int standing_turns(const struct engine *e, const struct edition *ed, const struct partner *p,
	day_no from, day_no until, int (*each)(void *ctx, day_no day), void *ctx)
{
	int rc = has_enrollments(e, p) ? fixed_turns(e, ed, p, from, each, ctx) : 0;

	for (size_t w = 0; rc == 0 && w < ed->n_windows; w++)
		rc = each(ctx, ed->windows[w].from);
	for (uint32_t at = p->self; at != NONE; at = subject_next(e, p->self, at)) {
		const struct dossier *d = e->partners[at]->dossier;

		for (size_t i = 0; rc == 0 && d != NULL && i < d->n_enrollments; i++) {
			day_no on = d->enrollments[i].on;

			if (on <= from || on > until)
				continue;
			rc = each(ctx, on);
			if (rc == 0) /* it may bring an anniversary for all of them */
				rc = fixed_turns(e, ed, p, on, each, ctx);
		}
	}
	return rc;
}

int standing_track(struct engine *e, struct rulebook *book, uint32_t index, size_t area, day_no day,
	struct arena *ar, int *ret_track)
{
	const struct edition *ed = book->edition;
	const struct area *a = &ed->areas[area];
	const struct partner *p = e->partners[index];
	struct enrolled n;
	size_t track = 0;
	int rc = 0;

	*ret_track = -1;
	if (!standing_fixes_track(e, ed, p, area, day))
		return 0;
	*ret_track = standing_asked_track(e, a);
	if (*ret_track >= 0)
		return 0;
	enrolled_by_fact(e, ed, p, area, day, &n);
	*ret_track = n.track;
	if (n.track >= 0 || a->enrolled_track < 0)
		return 0;
	for (month_no m = month_of_day(n.on) - WINDOW_MONTHS; rc == 0 && m < month_of_day(n.on);
		m++) {
		rc = looked_at(e, book, index, area, month_first_day(m + 1) - 1, ar, &track);
		if (rc == 0 && track == (size_t)a->enrolled_track) {
			*ret_track = a->enrolled_track;
			return 0;
		}
	}
	if (rc == 0)
		rc = looked_at(e, book, index, area, n.on, ar, &track);
	*ret_track = (int)track;
	return rc;
}
