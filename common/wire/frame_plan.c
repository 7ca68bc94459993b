/* Frames of plans: what a partner is to reach, at which prices, and the ways there (query.proto). */
#include "common/wire/frame_parts.h"

/* ---- questions ----------------------------------------------------------------------------------------------- */

static int64_t unpack_cost(struct unpacking *u, int64_t v, int64_t most, const char *field)
{
	if (v >= 0 && v <= most)
		return v;
	unpack_fail(u, ERR_RANGE, field, "out of range");
	return 0;
}

static void pack_plan_query(struct packing *p, const struct frame *f, void *to)
{
	Capscore__V1__PlanQuery *m = to;

	m->request = f->u.plan_query.request;
	m->partner = pack_text(p, f->u.plan_query.partner);
	m->target = pack_text(p, f->u.plan_query.target);
	m->until = pack_day(f->u.plan_query.until);
	m->plans = f->u.plan_query.plans;
	m->costs = pack_messages(
		p, &capscore__v1__plan_cost__descriptor, f->u.plan_query.n_costs, &m->n_costs);
	for (size_t i = 0; i < m->n_costs; i++) {
		const struct wire_plan_cost *c = &f->u.plan_query.costs[i];

		m->costs[i]->kind = (Capscore__V1__PlanKind)c->kind;
		m->costs[i]->name = pack_text(p, c->name);
		m->costs[i]->amount_micro = c->amount_micro;
	}
}

static void unpack_plan_query(struct unpacking *u, const void *from, struct frame *f)
{
	const Capscore__V1__PlanQuery *m = from;
	struct wire_plan_cost *list = unpack_list(u, m->n_costs, WIRE_PLAN_COSTS_MAX, sizeof *list,
		"PlanQuery.costs", &f->u.plan_query.n_costs);

	f->u.plan_query.request = m->request;
	f->u.plan_query.partner =
		unpack_text(u, m->partner, EVENT_PARTNER_MAX, "PlanQuery.partner");
	f->u.plan_query.target = unpack_text(u, m->target, FRAME_NAME_MAX, "PlanQuery.target");
	f->u.plan_query.until = unpack_day(u, m->until, "PlanQuery.until");
	f->u.plan_query.plans = m->plans;
	if (m->plans > WIRE_PLANS_MAX)
		unpack_fail(u, ERR_RANGE, "PlanQuery.plans", "more than 16");
	f->u.plan_query.costs = list;
	for (size_t i = 0; i < f->u.plan_query.n_costs; i++) {
		list[i].kind = (enum wire_plan_kind)unpack_enum(
			u, (int)m->costs[i]->kind, 1, PLAN_KIND_END - 1, "PlanCost.kind");
		list[i].name = unpack_text(u, m->costs[i]->name, FRAME_NAME_MAX, "PlanCost.name");
		list[i].amount_micro = unpack_cost(
			u, m->costs[i]->amount_micro, WIRE_PLAN_COST_MAX, "PlanCost.amount_micro");
	}
}

FRAME_FORM(plan_query, PLAN_QUERY);

/* ---- answers ------------------------------------------------------------------------------------------------- */

/* Absent for NULL. */
static Capscore__V1__ScoreAnswer *pack_score(struct packing *p, const struct frame *score)
{
	Capscore__V1__ScoreAnswer *m =
		score == NULL ? NULL : pack_message(p, &capscore__v1__score_answer__descriptor);

	if (m != NULL)
		frame_score_answer.pack(p, score, m);
	return m;
}

static const struct frame *unpack_score(struct unpacking *u, const Capscore__V1__ScoreAnswer *m)
{
	struct frame *score;
	size_t n;

	if (m == NULL)
		return NULL;
	score = unpack_list(u, 1, 1, sizeof *score, "PlanAnswer", &n);
	if (n == 0)
		return NULL;
	score->kind = FRAME_SCORE_ANSWER;
	frame_score_answer.unpack(u, m, score);
	return score;
}

static void pack_step(struct packing *p, const struct wire_plan_step *s, Capscore__V1__PlanStep *m)
{
	m->kind = (Capscore__V1__PlanKind)s->kind;
	m->who = pack_text(p, s->who);
	m->what = pack_text(p, s->what);
	m->known = s->known;
	m->count = s->count;
	m->per_cent = s->per_cent;
	m->cost_micro = s->cost_micro;
	m->measure = (Capscore__V1__Measure)s->measure;
	m->amount_micro = s->amount_micro;
}

static struct wire_plan_step unpack_step(struct unpacking *u, const Capscore__V1__PlanStep *m)
{
	return (struct wire_plan_step){ .kind = (enum wire_plan_kind)unpack_enum(u, (int)m->kind, 1,
						PLAN_KIND_END - 1, "PlanStep.kind"),
		.who = unpack_text(u, m->who, FRAME_NAME_MAX, "PlanStep.who"),
		.what = unpack_text(u, m->what, FRAME_TEXT_MAX, "PlanStep.what"),
		.known = m->known != 0,
		.count = m->count,
		.per_cent = m->per_cent,
		.cost_micro = unpack_cost(u, m->cost_micro, INT64_MAX, "PlanStep.cost_micro"),
		.measure = (enum measure)unpack_enum(
			u, (int)m->measure, 0, MEASURE_END - 1, "PlanStep.measure"),
		.amount_micro = m->amount_micro };
}

static void pack_plan(struct packing *p, const struct wire_plan *x, Capscore__V1__Plan *m)
{
	m->cost_micro = x->cost_micro;
	m->steps = pack_messages(p, &capscore__v1__plan_step__descriptor, x->n_steps, &m->n_steps);
	for (size_t i = 0; i < m->n_steps; i++)
		pack_step(p, &x->steps[i], m->steps[i]);
	m->after = pack_score(p, x->after);
	m->at_end = pack_score(p, x->at_end);
}

static void unpack_plan(struct unpacking *u, const Capscore__V1__Plan *m, struct wire_plan *ret)
{
	struct wire_plan_step *steps = unpack_list(
		u, m->n_steps, WIRE_PLAN_STEPS_MAX, sizeof *steps, "Plan.steps", &ret->n_steps);

	for (size_t i = 0; i < ret->n_steps; i++)
		steps[i] = unpack_step(u, m->steps[i]);
	ret->steps = steps;
	ret->cost_micro = unpack_cost(u, m->cost_micro, INT64_MAX, "Plan.cost_micro");
	ret->after = unpack_score(u, m->after);
	ret->at_end = unpack_score(u, m->at_end);
}

static void pack_plan_answer(struct packing *p, const struct frame *f, void *to)
{
	Capscore__V1__PlanAnswer *m = to;

	m->request = f->u.plan_answer.request;
	m->freshness = pack_freshness(p, &f->u.plan_answer.freshness);
	m->outcome = (Capscore__V1__PlanOutcome)f->u.plan_answer.outcome;
	m->proven = f->u.plan_answer.proven;
	m->until = pack_day(f->u.plan_answer.until);
	m->before = pack_score(p, f->u.plan_answer.before);
	m->goals = pack_texts(p, f->u.plan_answer.goals, f->u.plan_answer.n_goals, &m->n_goals);
	m->plans = pack_messages(
		p, &capscore__v1__plan__descriptor, f->u.plan_answer.n_plans, &m->n_plans);
	for (size_t i = 0; i < m->n_plans; i++)
		pack_plan(p, &f->u.plan_answer.plans[i], m->plans[i]);
	m->notes = pack_texts(p, f->u.plan_answer.notes, f->u.plan_answer.n_notes, &m->n_notes);
}

static void unpack_plan_answer(struct unpacking *u, const void *from, struct frame *f)
{
	const Capscore__V1__PlanAnswer *m = from;
	struct wire_plan *plans = unpack_list(u, m->n_plans, WIRE_PLANS_MAX, sizeof *plans,
		"PlanAnswer.plans", &f->u.plan_answer.n_plans);

	f->u.plan_answer.request = m->request;
	f->u.plan_answer.freshness = unpack_freshness(u, m->freshness);
	f->u.plan_answer.outcome = (enum wire_plan_outcome)unpack_enum(
		u, (int)m->outcome, 1, PLAN_OUTCOME_END - 1, "PlanAnswer.outcome");
	f->u.plan_answer.proven = m->proven != 0;
	f->u.plan_answer.until = unpack_day(u, m->until, "PlanAnswer.until");
	f->u.plan_answer.before = unpack_score(u, m->before);
	f->u.plan_answer.goals = unpack_texts(u, m->goals, m->n_goals, WIRE_PLAN_GOALS_MAX,
		FRAME_NAME_MAX, "PlanAnswer.goals", &f->u.plan_answer.n_goals);
	f->u.plan_answer.plans = plans;
	for (size_t i = 0; i < f->u.plan_answer.n_plans; i++)
		unpack_plan(u, m->plans[i], &plans[i]);
	f->u.plan_answer.notes = unpack_texts(u, m->notes, m->n_notes, WIRE_NOTES_MAX,
		FRAME_TEXT_MAX, "PlanAnswer.notes", &f->u.plan_answer.n_notes);
}

FRAME_FORM(plan_answer, PLAN_ANSWER);
