#include "services/scoring/plan_goal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "services/scoring/area_find.h"
#include "services/scoring/planner.h"

#define TEXT_MAX 512

void plan_goals_note(struct plan_goals *g, struct arena *ar, const char *format, ...)
{
	char buf[TEXT_MAX], *copy;
	va_list args;
	size_t n;

	va_start(args, format);
	(void)vsnprintf(buf, sizeof buf, format, args);
	va_end(args);
	n = strlen(buf);
	for (size_t i = 0; i < g->n_notes; i++)
		if (str_eq(g->notes[i], (struct str){ buf, n }))
			return;
	copy = arena_alloc(ar, n + 1);
	if (copy == NULL || g->n_notes == WIRE_NOTES_MAX)
		return;
	memcpy(copy, buf, n + 1);
	g->notes[g->n_notes++] = (struct str){ copy, n };
}

/* ---- which areas ------------------------------------------------------------------------------------------------- */

static void add_area(struct plan_goals *g, size_t area)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->areas[i] == area)
			return;
	g->areas[g->n++] = (uint16_t)area;
}

static bool is_held(const struct area_score *a)
{
	return a->qualifies || a->status == AREA_QUALIFIED || a->status == AREA_ENROLLED ||
	       a->status == AREA_RENEWAL_DUE;
}

/* The designations that a requirement asks: those not held that have the most points, as many as are missing. */
static void add_held(struct plan_goals *g, const struct partner_score *now,
	const struct metric_rule *r, struct arena *ar)
{
	uint32_t missing = r->u.held.need;

	for (size_t i = 0; i < r->u.held.n; i++)
		missing -= missing > 0 && is_held(&now->areas[r->u.held.areas[i]]);
	for (; missing > 0; missing--) {
		const struct area_score *best = NULL;

		for (size_t i = 0; i < r->u.held.n; i++) {
			const struct area_score *a = &now->areas[r->u.held.areas[i]];
			bool taken = is_held(a);

			for (size_t k = 0; k < g->n; k++)
				taken |= g->areas[k] == r->u.held.areas[i];
			if (!taken && (best == NULL || ratio_cmp(a->total, best->total) > 0))
				best = a;
		}
		if (best == NULL)
			return;
		add_area(g, (size_t)(best - now->areas));
		plan_goals_note(g, ar, STR_FMT " has to be reached as well%s",
			STR_ARG(best->area->name),
			r->u.held.n > r->u.held.need
				? ": of those that would do it has the most points"
				: "");
	}
}

static void add_target(
	struct plan_goals *g, const struct partner_score *now, size_t area, struct arena *ar)
{
	const struct area *a = &now->edition->areas[area];

	if (a->form == AREA_OF_AREAS) {
		for (size_t m = 0; m < a->n_metrics; m++)
			for (size_t i = 0; i < a->metrics[m].rule.u.held.n; i++)
				add_area(g, a->metrics[m].rule.u.held.areas[i]);
		return;
	}
	add_area(g, area);
	for (size_t m = 0; a->form == AREA_OF_REQUIREMENTS && m < a->n_metrics; m++)
		if (a->metrics[m].rule.kind == RULE_AREAS_HELD)
			add_held(g, now, &a->metrics[m].rule, ar);
}

static int find_areas(const struct partner_score *now, struct str target, struct arena *ar,
	struct plan_goals *g, struct err *err)
{
	const struct area *only;

	if (target.n == 0 || str_eq_nocase(target, STR("all"))) {
		for (size_t i = 0; i < now->edition->n_areas; i++)
			if (now->edition->areas[i].form == AREA_OF_METRICS)
				add_area(g, i);
		if (target.n > 0)
			return 0;
	}
	if (target.n == 0)
		return 0;
	only = area_find(now->edition, target);
	if (only == NULL)
		return area_unknown(now->edition, target, err);
	add_target(g, now, (size_t)(only - now->edition->areas), ar);
	return 0;
}

/* ---- until when -------------------------------------------------------------------------------------------------- */

static day_no anniversary(const struct plan_goals *g, const struct partner_score *now)
{
	day_no first = DAY_NONE;

	for (size_t i = 0; i < g->n; i++) {
		const struct area_score *a = &now->areas[g->areas[i]];

		if (a->enrolled && a->anniversary != DAY_NONE && a->anniversary > g->today &&
			(first == DAY_NONE || a->anniversary < first))
			first = a->anniversary;
	}
	return first;
}

static int find_until(const struct engine *e, const struct partner_score *now, day_no until,
	struct arena *ar, struct plan_goals *g, struct err *err)
{
	struct calendar_line lines[EDITIONS_MAX];
	size_t n = engine_calendar(e, lines);
	char day[DAY_TEXT];

	g->today = now->day;
	if (until != DAY_NONE && until < g->today)
		return err_set(err, ERR_SYNTAX, "the plan would end before %s, which is today",
			day_format(g->today, day));
	g->until = until != DAY_NONE ? until : anniversary(g, now);
	if (g->until == DAY_NONE)
		g->until = g->today + PLAN_DAYS_DEFAULT;
	if (g->until > DAY_MAX)
		g->until = DAY_MAX;
	for (size_t i = 0; i < n; i++)
		if (lines[i].from > g->today && lines[i].from <= g->until &&
			(lines[i].until == DAY_NONE || lines[i].until > lines[i].from)) {
			g->until = lines[i].from - 1;
			plan_goals_note(g, ar,
				"edition " STR_FMT
				" is valid from %s on; the plan ends the day before",
				STR_ARG(lines[i].edition->id), day_format(lines[i].from, day));
		}
	return 0;
}

/* ---- which metrics ----------------------------------------------------------------------------------------------- */

/* What no addition bears upon in a way that could be planned. */
static bool is_planned(struct plan_goals *g, struct arena *ar, const struct area *a,
	const struct metric *m, enum met met)
{
	if (m->rule.kind == RULE_AREAS_HELD || met == MET_NOT_ASKED)
		return false;
	if (m->rule.kind == RULE_UNKNOWN ||
		(met == MET_UNKNOWN && rule_is_condition(m->rule.kind))) {
		plan_goals_note(g, ar,
			STR_FMT
			": whether '" STR_FMT
			"' is met cannot be known, as the sources lost what it asks; the plan reaches the rest",
			STR_ARG(a->name), STR_ARG(m->name));
		return false;
	}
	return true;
}

static int find_targets(
	const struct partner_score *now, struct arena *ar, struct plan_goals *g, struct err *err)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct area *a = &now->edition->areas[g->areas[i]];

		for (size_t m = 0; m < a->n_metrics; m++) {
			if (!is_planned(g, ar, a, &a->metrics[m],
				    now->areas[g->areas[i]].metrics[m].met))
				continue;
			if (g->n_targets == PLAN_METRICS_MAX)
				return err_set(err, ERR_SYNTAX,
					"more than %d metrics at a time; plan for one area",
					PLAN_METRICS_MAX);
			g->targets[g->n_targets].goal = (uint16_t)i;
			g->targets[g->n_targets++].metric = (uint16_t)m;
		}
	}
	return 0;
}

int plan_goals_find(const struct engine *e, const struct partner_score *now, struct str target,
	day_no until, struct arena *ar, struct plan_goals *ret, struct err *err)
{
	int rc = find_areas(now, target, ar, ret, err);

	if (rc == 0)
		rc = find_until(e, now, until, ar, ret, err);
	return rc == 0 ? find_targets(now, ar, ret, err) : rc;
}

void plan_goals_only(const struct plan_goals *g, size_t goal, struct plan_goals *ret)
{
	*ret = (struct plan_goals){ .today = g->today, .until = g->until, .n = 1 };
	ret->areas[0] = g->areas[goal];
	for (size_t i = 0; i < g->n_targets; i++) {
		if (g->targets[i].goal != goal)
			continue;
		ret->targets[ret->n_targets] = g->targets[i];
		ret->targets[ret->n_targets++].goal = 0;
	}
}

/* ---- tracks ------------------------------------------------------------------------------------------------------ */

static size_t add_track(struct str *list, size_t n, size_t cap, struct str id)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(list[i], id))
			return n;
	if (n < cap)
		list[n++] = id;
	return n;
}

size_t plan_goals_tracks(
	const struct plan_goals *g, const struct partner_score *now, struct str *ret, size_t cap)
{
	size_t n = 0;

	for (size_t i = 0; i < g->n; i++) {
		const struct area_score *a = &now->areas[g->areas[i]];

		if (a->area->n_tracks < 2)
			continue;
		n = add_track(ret, n, cap, a->track->id);
		for (size_t t = 0; a->area->choice == TRACK_HIGHEST && t < a->area->n_tracks; t++)
			n = add_track(ret, n, cap, a->area->tracks[t].id);
	}
	return n > 0 ? n : add_track(ret, 0, cap, (struct str){ "", 0 });
}

void plan_goals_targets(const struct plan_goals *g, const struct partner_score *now,
	struct str track, struct plan_target *ret)
{
	for (size_t i = 0; i < g->n_targets; i++) {
		size_t goal = g->targets[i].goal, metric = g->targets[i].metric, t = 0;
		const struct area_score *a = &now->areas[g->areas[goal]];

		while (t < a->area->n_tracks && !str_eq(a->area->tracks[t].id, track))
			t++;
		if (t == a->area->n_tracks)
			t = (size_t)(a->track - a->area->tracks);
		ret[i] = (struct plan_target){ .goal = goal,
			.area = g->areas[goal],
			.track = t,
			.metric = metric,
			.metric_of = &a->area->tracks[t].metrics[metric] };
	}
}

/* ---- limits ------------------------------------------------------------------------------------------------------ */

void plan_goals_limits(
	const struct plan_goals *g, const struct edition *ed, struct search_problem *p)
{
	p->n_goals = g->n;
	for (size_t i = 0; i < g->n; i++) {
		bool points = ed->areas[g->areas[i]].form == AREA_OF_METRICS;
		struct ratio need = ed->qualifies_at;

		if (ed->total_compare == TOTAL_ROUNDED)
			need = ratio_sub(need, ratio_make(1, 2));
		p->goals[i] =
			points ? (struct search_goal){ need, ed->metric_above, ed->metric_at_least }
			       : (struct search_goal){ RATIO_ZERO, ratio_int(1), true };
	}
}

static bool requirement_holds(
	const struct plan_goals *g, size_t goal, const struct metric_score *m, size_t metric)
{
	bool planned = m->metric->rule.kind == RULE_AREAS_HELD;

	for (size_t i = 0; i < g->n_targets; i++)
		planned |= g->targets[i].goal == goal && g->targets[i].metric == metric;
	return !planned || m->met == MET || m->met == MET_NOT_ASKED;
}

bool plan_goals_reached(const struct plan_goals *g, const struct partner_score *s)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct area_score *a = &s->areas[g->areas[i]];

		if (a->area->form == AREA_OF_METRICS && !a->qualifies)
			return false;
		for (size_t m = 0; a->area->form == AREA_OF_REQUIREMENTS && m < a->n_metrics; m++)
			if (!requirement_holds(g, i, &a->metrics[m], m))
				return false;
	}
	return true;
}

/* ---- out of reach ------------------------------------------------------------------------------------------------ */

static struct ratio most_of(const struct search_problem *p, const struct search_metric *t)
{
	size_t at = 0, stride = 1;
	struct ratio least;

	for (size_t i = 0; i < t->n_moves; i++) {
		at += p->most[t->moves[i]] * stride;
		stride *= p->most[t->moves[i]] + 1;
	}
	least = t->points[at * p->n_days];
	for (size_t d = 1; d < p->n_days; d++)
		least = ratio_min(least, t->points[at * p->n_days + d]);
	return least;
}

static void tell_goal(struct plan_goals *g, struct arena *ar, const struct search_problem *p,
	size_t goal, const struct plan_target *targets, struct str name)
{
	struct ratio total = RATIO_ZERO;
	char text[RATIO_TEXT];

	for (size_t i = 0; i < g->n_targets; i++) {
		struct ratio points = most_of(p, &p->metrics[i]);
		const struct search_goal *limit = &p->goals[goal];
		int c = ratio_cmp(points, limit->above);

		if (targets[i].goal != goal)
			continue;
		total = ratio_add(total, points);
		if (c < 0 || (c == 0 && !limit->or_equal))
			plan_goals_note(g, ar,
				STR_FMT ": '" STR_FMT
					"' stays at %s with everything that can be added",
				STR_ARG(name), STR_ARG(targets[i].metric_of->name),
				ratio_format_decimal(points, text));
	}
	if (ratio_cmp(total, p->goals[goal].at_least) < 0)
		plan_goals_note(g, ar,
			STR_FMT ": with everything that can be added the total comes to %s",
			STR_ARG(name), ratio_format_decimal(total, text));
}

void plan_goals_beyond(struct plan_goals *g, struct arena *ar, const struct search_problem *p,
	const struct search_result *r, const struct plan_target *targets, const struct edition *ed)
{
	for (size_t i = 0; i < g->n; i++)
		if ((r->beyond >> i & 1) != 0)
			tell_goal(g, ar, p, i, targets, ed->areas[g->areas[i]].name);
}
