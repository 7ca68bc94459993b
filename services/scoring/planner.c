#include "services/scoring/planner.h"

#include <stdio.h>
#include <string.h>

#include "services/scoring/answers.h"
#include "services/scoring/area_find.h"
#include "services/scoring/plan_check.h"
#include "services/scoring/plan_goal.h"
#include "services/scoring/plan_steps.h"
#include "services/scoring/plan_table.h"

#define SEARCH_BEST_MAX 2000000u /* combinations looked at for the best plan */
#define SEARCH_MORE_MAX 300000u	 /* and for the others */
#define WAYS_MAX	32	 /* tracks and options that are planned by, one after the other */

#define TABLES_MAX ((size_t)512 << 20)

/* A question being answered. */
struct planning {
	struct engine *engine;
	size_t max_facts;
	const struct frame *q;
	struct arena *ar;
	struct err *err;
	struct plan_goals goals;
	struct partner_score before;
	uint32_t wanted;
	struct plan_answers found;
	bool proven, held;
	struct plan_moves *moves;
	struct search_problem *problem;
	struct search_result *result;
	struct arena tables; /* of one search */
	bool narrow, coarse; /* see struct plan_making */
	unsigned serial;     /* of names made up so far */
};

/* ---- one way ------------------------------------------------------------------------------------------------------ */

/* By one track, and by one part of each metric of which the better part counts. */
struct way {
	struct str track;
	struct plan_target targets[PLAN_METRICS_MAX];
	uint8_t option[PLAN_METRICS_MAX];
	struct plan_making making;
	struct plan_lab lab;
	struct engine *later;
	day_no failed; /* of the last check; DAY_NONE: on no day */
};

static int open_lab(struct planning *p, struct way *w)
{
	int rc = 0;

	w->lab.partner = p->q->u.plan_query.partner;
	for (size_t i = 0; rc == 0 && i < w->lab.n_days; i++)
		rc = plan_fork(p->engine, w->lab.partner, p->max_facts, w->track, true,
			w->lab.days[i], &w->lab.forks[i]);
	return rc;
}

static int make(struct planning *p, struct way *w)
{
	int rc = plan_fork(p->engine, p->q->u.plan_query.partner, p->max_facts, w->track, true,
		p->goals.until, &w->later);

	w->making = (struct plan_making){ .engine = p->engine,
		.edition = p->before.edition,
		.partner = p->q->u.plan_query.partner,
		.today = p->goals.today,
		.until = p->goals.until,
		.n_targets = p->goals.n_targets,
		.targets = w->targets,
		.option = w->option,
		.later = w->later,
		.n_costs = p->q->u.plan_query.n_costs,
		.costs = p->q->u.plan_query.costs,
		.narrow = p->narrow,
		.coarse = p->coarse,
		.serial = p->serial,
		.ar = p->ar,
		.tables = &p->tables };
	if (rc == 0)
		rc = plan_moves_make(&w->making, p->moves);
	return rc;
}

static int search(struct planning *p, struct way *w)
{
	struct search_result best;
	uint64_t beyond;
	int rc;

	memset(p->problem, 0, sizeof *p->problem);
	arena_reset(&p->tables);
	plan_goals_limits(&p->goals, p->before.edition, p->problem);
	rc = plan_tables(&w->lab, &w->making, p->moves, p->problem, &beyond);
	if (rc != 0)
		return rc;
	if (beyond != 0) {
		*p->result = (struct search_result){ .beyond = beyond };
		return 0;
	}
	search_plans(p->problem, 1, SEARCH_BEST_MAX, &best);
	*p->result = best;
	if (best.n > 0 && p->wanted > 1)
		search_plans(p->problem, p->wanted, SEARCH_MORE_MAX, p->result);
	if (p->result->n == 0 || p->result->plans[0].cost > best.plans[0].cost)
		*p->result = best; /* the second search was cut before it came to it */
	p->result->cut = best.cut;
	return 0;
}

/* Carries out what was found. Sets w->failed when the first that fails does so on a day that the tables lack. */
static int check_found(struct planning *p, struct way *w)
{
	const struct search_result *r = p->result;
	int rc = 0;

	w->failed = DAY_NONE;
	for (size_t i = 0; rc == 0 && i < r->n; i++) {
		struct plan_check c = { .engine = p->engine,
			.max_facts = p->max_facts,
			.goals = &p->goals,
			.partner = p->q->u.plan_query.partner,
			.ar = p->ar };

		rc = plan_units(p->moves, &r->plans[i], p->ar, &c.units, &c.n_units);
		if (rc == 0)
			rc = plan_check(&c);
		if (rc != 0)
			break;
		if (c.failed == DAY_NONE) {
			rc = plan_answers_add(&p->found, &c, p->wanted, p->ar);
			continue;
		}
		if (c.failed != p->goals.today && c.failed != p->goals.until) {
			w->failed = c.failed;
			break;
		}
		if (w->track.n > 0)
			plan_goals_note(&p->goals, p->ar,
				"a plan by the track '" STR_FMT
				"' was left out: another track would count",
				STR_ARG(w->track));
		else
			p->proven = false;
	}
	return rc;
}

static int plan_way(struct planning *p, struct way *w)
{
	int rc = make(p, w);

	w->lab.n_days = 1;
	w->lab.days[0] = p->goals.today;
	if (p->goals.until > p->goals.today)
		w->lab.days[w->lab.n_days++] = p->goals.until;
	for (;;) {
		if (rc == 0)
			rc = open_lab(p, w);
		if (rc == 0)
			rc = search(p, w);
		if (rc == 0)
			rc = check_found(p, w);
		plan_lab_close(&w->lab);
		if (rc != 0 || w->failed == DAY_NONE || w->lab.n_days == PLAN_DAYS_MAX)
			break;
		w->lab.days[w->lab.n_days++] = w->failed;
	}
	if (rc == 0 && (p->result->cut || w->failed != DAY_NONE))
		p->proven = false;
	if (rc == 0 && p->result->n == 0 && p->found.n == 0)
		plan_goals_beyond(
			&p->goals, p->ar, p->problem, p->result, w->targets, p->before.edition);
	p->serial = rc == 0 ? p->moves->serial : p->serial;
	for (size_t i = 0; rc == 0 && i < p->moves->n_notes; i++)
		plan_goals_note(&p->goals, p->ar, STR_FMT, STR_ARG(p->moves->notes[i]));
	engine_destroy(w->later);
	return rc;
}

/* ---- all ways ----------------------------------------------------------------------------------------------------- */

static size_t options_of(const struct planning *p, const struct metric *m)
{
	return m->rule.kind == RULE_COMBINED &&
			       (p->narrow || m->rule.u.combined.how == COMBINE_HIGHEST)
		       ? m->rule.u.combined.n
		       : 1;
}

/* The next choice of parts; false after the last. */
static bool next_options(const struct planning *p, struct way *w)
{
	for (size_t i = 0; i < p->goals.n_targets; i++) {
		if (++w->option[i] < options_of(p, w->targets[i].metric_of))
			return true;
		w->option[i] = 0;
	}
	return false;
}

static int plan_track(struct planning *p, struct str track, size_t *left)
{
	struct way *w = arena_alloc(p->ar, sizeof *w);
	int rc = 0;

	if (w == NULL)
		return ERR_NOMEM;
	memset(w, 0, sizeof *w);
	w->track = track;
	plan_goals_targets(&p->goals, &p->before, track, w->targets);
	do {
		w->later = NULL;
		if ((*left)-- == 0) {
			*left = 0;
			p->proven = false;
			break;
		}
		rc = plan_way(p, w);
	} while (rc == 0 && next_options(p, w));
	return rc;
}

static int plan_tracks(struct planning *p)
{
	struct str tracks[EDITION_TRACKS_MAX * 2];
	size_t n = plan_goals_tracks(&p->goals, &p->before, tracks, sizeof tracks / sizeof *tracks);
	size_t left = WAYS_MAX;
	int rc = 0;

	p->found.n = 0;
	p->proven = !p->narrow && !p->coarse;
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = plan_track(p, tracks[i], &left);
	return rc;
}

/* Where all parts of all metrics are too much at once: of each metric one part, whichever is best. */
static int plan_goals(struct planning *p)
{
	int rc = plan_tracks(p);

	if (rc != ERR_FULL)
		return rc;
	p->narrow = true;
	rc = plan_tracks(p);
	if (rc == ERR_FULL) {
		p->coarse = true;
		rc = plan_tracks(p);
	}
	if (rc == 0)
		plan_goals_note(&p->goals, p->ar,
			p->coarse
				? "the additions are many: growth was looked at in large steps, and of metrics with several parts one was extended at a time"
				: "the additions are many: of metrics with several parts only one was extended at a time");
	p->narrow = p->coarse = false;
	return rc;
}

/* ---- one area after the other ------------------------------------------------------------------------------------- */

/* What was planned so far for other areas. */
struct sequence {
	const struct plan_unit *units[WIRE_PLAN_STEPS_MAX];
	size_t n;
	struct engine *bases[EDITION_AREAS_MAX]; /* forks on which it was carried out */
	size_t n_bases;
};

static int carry_out(struct planning *p, struct sequence *s, struct engine *from)
{
	struct engine *base;
	uint64_t told = 0;
	int rc = plan_fork(from, p->q->u.plan_query.partner, p->max_facts, (struct str){ "", 0 },
		false, p->goals.today, &base);

	if (rc != 0)
		return rc;
	s->bases[s->n_bases++] = base;
	for (size_t i = 0; rc == 0 && i < p->found.all[0].n_units; i++) {
		if (s->n == WIRE_PLAN_STEPS_MAX)
			return ERR_FULL;
		s->units[s->n++] = p->found.all[0].units[i];
		rc = plan_tell(
			base, p->q->u.plan_query.partner, p->found.all[0].units[i], true, &told);
	}
	return rc;
}

/* For one of the goals, on top of what was planned for those before it. */
static int plan_next(struct planning *p, struct sequence *s, size_t goal, bool *ret_reached)
{
	struct planning *one = arena_alloc(p->ar, sizeof *one);
	struct engine *from = s->n_bases > 0 ? s->bases[s->n_bases - 1] : p->engine;
	int rc;

	if (one == NULL)
		return ERR_NOMEM;
	*one = *p;
	one->engine = from;
	one->wanted = 1;
	plan_goals_only(&p->goals, goal, &one->goals);
	rc = engine_score(from, p->q->u.plan_query.partner, DAY_NONE, false, p->ar, &one->before);
	if (rc == 0)
		rc = plan_goals(one);
	p->tables = one->tables;
	p->serial = one->serial;
	for (size_t i = 0; i < one->goals.n_notes; i++)
		plan_goals_note(&p->goals, p->ar, STR_FMT, STR_ARG(one->goals.notes[i]));
	*ret_reached = rc == 0 && one->found.n > 0;
	return *ret_reached ? carry_out(one, s, from) : rc;
}

static int check_sequence(struct planning *p, const struct sequence *s)
{
	const struct plan_unit **units = arena_alloc(p->ar, s->n * sizeof *units + 1);
	struct plan_check c = { .engine = p->engine,
		.max_facts = p->max_facts,
		.goals = &p->goals,
		.partner = p->q->u.plan_query.partner,
		.n_units = s->n,
		.units = units,
		.ar = p->ar };
	int rc = units == NULL ? ERR_NOMEM : 0;

	if (rc == 0) {
		memcpy(units, s->units, s->n * sizeof *units);
		rc = plan_check(&c);
	}
	return rc == 0 && c.failed == DAY_NONE ? plan_answers_add(&p->found, &c, 1, p->ar) : rc;
}

static int plan_sequence(struct planning *p)
{
	struct sequence *s = arena_alloc(p->ar, sizeof *s);
	bool reached = true;
	int rc = 0;

	if (s == NULL)
		return ERR_NOMEM;
	memset(s, 0, sizeof *s);
	for (size_t i = 0; rc == 0 && reached && i < p->goals.n; i++) {
		rc = plan_next(p, s, i, &reached);
		if (rc == 0 && !reached)
			plan_goals_note(&p->goals, p->ar, STR_FMT " is out of reach",
				STR_ARG(p->before.edition->areas[p->goals.areas[i]].name));
	}
	p->found.n = 0;
	p->proven = false;
	if (rc == 0 && reached)
		rc = check_sequence(p, s);
	plan_goals_note(&p->goals, p->ar,
		"the areas were planned one after the other; together they may be had for less");
	for (size_t i = 0; i < s->n_bases; i++)
		engine_destroy(s->bases[i]);
	return rc;
}

static int plan_all(struct planning *p)
{
	int rc;

	if (p->goals.n == 1)
		return plan_goals(p);
	rc = plan_tracks(p);
	return rc == ERR_FULL ? plan_sequence(p) : rc;
}

/* ---- the answer --------------------------------------------------------------------------------------------------- */

static int tell(struct planning *p, const struct wire_freshness *freshness, struct frame *ret)
{
	struct frame *before = arena_alloc(p->ar, sizeof *before);
	struct str *goals = arena_alloc(p->ar, (p->goals.n + 1) * sizeof *goals);
	int rc = before == NULL || goals == NULL ? ERR_NOMEM : 0;

	if (rc == 0)
		rc = answer_of_score(&p->before, NULL, false, freshness, p->ar, before);
	if (rc == 0)
		rc = plan_answers_tell(
			&p->found, freshness, p->q->u.plan_query.partner, p->ar, ret);
	if (rc != 0)
		return rc;
	for (size_t i = 0; i < p->goals.n; i++)
		goals[i] = p->before.edition->areas[p->goals.areas[i]].id;
	ret->u.plan_answer.request = p->q->u.plan_query.request;
	ret->u.plan_answer.freshness = *freshness;
	ret->u.plan_answer.outcome = p->found.n == 0 ? (p->result->cut ? PLAN_CUT : PLAN_BEYOND)
				     : p->found.all[0].n_steps == 0 ? PLAN_HELD
								    : PLAN_FOUND;
	ret->u.plan_answer.proven = p->proven;
	ret->u.plan_answer.until = p->goals.until;
	ret->u.plan_answer.before = before;
	ret->u.plan_answer.n_goals = p->goals.n;
	ret->u.plan_answer.goals = goals;
	ret->u.plan_answer.n_notes = p->goals.n_notes;
	ret->u.plan_answer.notes = p->goals.notes;
	return 0;
}

static int begin(struct planning *p)
{
	const struct frame *q = p->q;
	int rc;

	if (q->u.plan_query.partner.n == 0)
		return err_set(p->err, ERR_SYNTAX, "no partner is named");
	if (engine_day(p->engine) == DAY_NONE)
		return err_set(p->err, ERR_SYNTAX, "no day has begun yet: nothing can be planned");
	rc = engine_score(p->engine, q->u.plan_query.partner, DAY_NONE, false, p->ar, &p->before);
	if (rc == 0)
		rc = plan_goals_find(p->engine, &p->before, q->u.plan_query.target,
			q->u.plan_query.until, p->ar, &p->goals, p->err);
	p->moves = arena_alloc(p->ar, sizeof *p->moves);
	p->problem = arena_alloc(p->ar, sizeof *p->problem);
	p->result = arena_alloc(p->ar, sizeof *p->result);
	if (rc == 0 && (p->moves == NULL || p->problem == NULL || p->result == NULL))
		rc = ERR_NOMEM;
	if (rc == 0)
		memset(p->result, 0, sizeof *p->result);
	p->wanted = q->u.plan_query.plans == 0 ? PLANS_DEFAULT : q->u.plan_query.plans;
	return rc;
}

int plan_answer(struct engine *engine, size_t max_facts, const struct frame *query,
	const struct wire_freshness *freshness, struct arena *ar, struct frame *ret_frame,
	struct err *err)
{
	struct frame answer = { .kind = FRAME_PLAN_ANSWER };
	struct planning *p = arena_alloc(ar, sizeof *p);
	int rc;

	if (p == NULL)
		return ERR_NOMEM;
	memset(p, 0, sizeof *p);
	p->engine = engine;
	p->max_facts = max_facts;
	p->q = query;
	p->ar = ar;
	p->err = err;
	arena_init(&p->tables, &mem_heap, TABLES_MAX);
	rc = begin(p);
	if (rc == 0)
		rc = plan_all(p);
	if (rc == 0)
		rc = tell(p, freshness, &answer);
	arena_fini(&p->tables);
	if (rc == ERR_FULL && err != NULL && err->text[0] == '\0')
		(void)err_set(err, rc,
			engine_fact_count(engine, query->u.plan_query.partner) > max_facts
				? "more facts bear upon it than a service copies: plan on files, with --offline"
				: "more combinations of additions than can be compared");
	if (rc == 0)
		*ret_frame = answer;
	return rc;
}
