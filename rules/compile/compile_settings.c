/* What makes a designation: the points that are needed, and the windows in which they are. */
#include "rules/compile/parts.h"

#define WINDOW_DAYS_MAX	  400
#define WINDOW_MONTHS_MAX 60

/* ---- settings --------------------------------------------------------------------------------------------------- */

static const char *compared_at(size_t i)
{
	static const char *const names[] = { [TOTAL_EXACT] = "exact", [TOTAL_ROUNDED] = "rounded" };

	return names[i];
}

static void read_every_metric(
	struct program *p, const struct node *n, bool at_least, const char *what)
{
	struct edition *e = p->e;

	e->metric_at_least = at_least;
	if (read_points(&p->c, n, what, &e->metric_above) &&
		ratio_cmp(e->metric_above, ratio_int(100)) >= 0)
		fail(&p->c, n, "%s must be less than 100", what);
}

void read_settings(struct program *p, const struct node *n)
{
	enum { QUALIFIES, ABOVE, AT_LEAST, COMPARED, READY, N };
	static const struct key keys[N] = { { "qualifies-at", true },
		{ "every-metric-above", false }, { "every-metric-at-least", false },
		{ "total-is-compared", false }, { "usage-ready-day", true } };
	static const size_t either[] = { ABOVE, AT_LEAST };
	const struct node *v[N];
	struct edition *e = p->e;
	size_t compared = TOTAL_EXACT, which;

	if (!read_map(&p->c, n, "'settings'", keys, N, v))
		return;
	(void)read_whole(&p->c, v[READY], "'usage-ready-day'", 1, 28, &e->usage_ready_day);
	if (read_points(&p->c, v[QUALIFIES], "'qualifies-at'", &e->qualifies_at) &&
		ratio_cmp(e->qualifies_at, ratio_int(100)) > 0)
		fail(&p->c, v[QUALIFIES], "'qualifies-at' is over 100, the most an area can have");
	else if (e->qualifies_at.den > 1)
		fail(&p->c, v[QUALIFIES], "'qualifies-at' is a whole number of points");
	(void)read_one_of(&p->c, n, "'settings'", keys, v, either, 2, true, &which);
	if (v[ABOVE] != NULL)
		read_every_metric(p, v[ABOVE], false, "'every-metric-above'");
	else
		read_every_metric(p, v[AT_LEAST], true, "'every-metric-at-least'");
	if (v[COMPARED] != NULL && read_choice(&p->c, v[COMPARED], "'total-is-compared'",
					   compared_at, TOTAL_ROUNDED + 1, &compared))
		e->total_compare = (enum total_compare)compared;
}

/* ---- windows ---------------------------------------------------------------------------------------------------- */

static void read_form(struct program *p, const struct node *n, const char *what,
	enum window_form *ret_form, uint32_t *ret_n)
{
	static const struct key keys[] = { [WINDOW_DAYS] = { "days", false },
		[WINDOW_SAME_DAY] = { "same-day-months", false },
		[WINDOW_FULL_MONTHS] = { "full-months", false } };
	static const size_t forms[] = { WINDOW_DAYS, WINDOW_SAME_DAY, WINDOW_FULL_MONTHS };
	const struct node *v[3];
	size_t form;

	if (!read_map(&p->c, n, what, keys, 3, v) ||
		!read_one_of(&p->c, n, what, keys, v, forms, 3, true, &form))
		return;
	*ret_form = (enum window_form)forms[form];
	if (forms[form] == WINDOW_DAYS)
		(void)read_whole(&p->c, v[WINDOW_DAYS], "'days'", 1, WINDOW_DAYS_MAX, ret_n);
	else if (forms[form] == WINDOW_SAME_DAY)
		(void)read_whole(&p->c, v[WINDOW_SAME_DAY], "'same-day-months'", 1,
			WINDOW_MONTHS_MAX, ret_n);
	else
		(void)read_whole(
			&p->c, v[WINDOW_FULL_MONTHS], "'full-months'", 1, WINDOW_MONTHS_MAX, ret_n);
}

static void read_window(struct program *p, const struct node *n, const struct window_rule *before,
	struct window_rule *w)
{
	enum { FROM, SOURCE, OPEN, RENEWAL, DAYS, COUNT, DUE, N };
	static const struct key keys[N] = { { "from", true }, { "source", true },
		{ "not-enrolled", true }, { "renewal", true }, { "renewal-days", true },
		{ "renewal-days-count", false }, { "due-days-before", false } };
	const struct node *v[N];

	w->from = DAY_NONE;
	if (!read_map(&p->c, n, "a window", keys, N, v))
		return;
	if (read_day(&p->c, v[FROM], "'from' of a window", &w->from) && before != NULL &&
		before->from != DAY_NONE && w->from <= before->from)
		fail(&p->c, v[FROM],
			"'from' is not after that of the window before; write windows in order of their first day");
	(void)read_source(p, v[SOURCE], "'source' of a window", &w->source);
	read_form(p, v[OPEN], "'not-enrolled'", &w->open_form, &w->open_n);
	read_form(p, v[RENEWAL], "'renewal'", &w->renewal_form, &w->renewal_n);
	(void)read_whole(&p->c, v[DAYS], "'renewal-days'", 0, WINDOW_DAYS_MAX, &w->renewal_days);
	if (v[COUNT] != NULL)
		(void)read_bool(&p->c, v[COUNT], "'renewal-days-count'", &w->renewal_counts);
	if (v[DUE] != NULL)
		(void)read_whole(
			&p->c, v[DUE], "'due-days-before'", 0, WINDOW_DAYS_MAX, &w->due_days);
}

static void read_window_list(struct program *p, const struct node *n, const char *what,
	size_t *ret_n, const struct window_rule **ret)
{
	struct window_rule *all;
	size_t k = 0;

	if (!read_list(&p->c, n, what, EDITION_WINDOWS_MAX))
		return;
	all = keep(&p->c, n->n * sizeof *all);
	if (all == NULL)
		return;
	memset(all, 0, n->n * sizeof *all);
	for (const struct node *i = n->first; i != NULL; i = i->next, k++)
		read_window(p, i, k > 0 ? &all[k - 1] : NULL, &all[k]);
	*ret_n = k;
	*ret = all;
}

void read_windows(struct program *p, const struct node *n)
{
	enum { DESIGNATIONS, SPECIALIZATIONS, N };
	static const struct key keys[N] = { { "designations", false },
		{ "specializations", false } };
	const struct node *v[N];
	struct edition *e = p->e;

	if (!read_map(&p->c, n, "'windows'", keys, N, v))
		return;
	read_window_list(p, v[DESIGNATIONS], "'designations'", &e->n_windows, &e->windows);
	read_window_list(p, v[SPECIALIZATIONS], "'specializations'", &e->n_specialization_windows,
		&e->specialization_windows);
}
