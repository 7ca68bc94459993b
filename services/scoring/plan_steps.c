#include "services/scoring/plan_steps.h"

#include <string.h>

#include "services/scoring/answers.h"

/* ---- steps ------------------------------------------------------------------------------------------------------- */

/* Usage of one customer adds up; new people and customers of one kind are counted. */
static bool goes_with(
	const struct wire_plan_step *s, const struct plan_move *m, const struct plan_unit *u)
{
	if (s->kind != m->kind || s->known != u->known)
		return false;
	if (m->kind == PLAN_GROWTH)
		return s->measure == m->measure && (s->per_cent > 0) == (m->per_cent > 0) &&
		       str_eq(s->who, u->who) && str_eq(s->what, u->what);
	if (m->kind == PLAN_ATTESTATION)
		return str_eq(s->who, u->who) && str_eq(s->what, u->what);
	return !u->known && m->kind != PLAN_DEPLOYMENT && str_eq(s->what, u->what) &&
	       s->measure == m->measure;
}

static void add_unit(struct wire_plan_step *steps, size_t *n, const struct plan_unit *u)
{
	struct wire_plan_step *s = *n > 0 ? &steps[*n - 1] : NULL;
	const struct plan_move *m = u->of;

	if (s == NULL || !goes_with(s, m, u)) {
		s = &steps[(*n)++];
		*s = (struct wire_plan_step){ .kind = m->kind,
			.who = u->who,
			.what = u->what,
			.known = u->known,
			.measure = m->measure };
	}
	s->count++;
	s->per_cent += m->per_cent;
	s->cost_micro += m->cost;
	s->amount_micro += m->amount_micro;
}

int plan_units(const struct plan_moves *moves, const struct found_plan *plan, struct arena *ar,
	const struct plan_unit *const **ret, size_t *ret_n)
{
	struct plan_move *kept = arena_alloc(ar, moves->n * sizeof *kept + 1);
	const struct plan_unit **units;
	size_t n = 0;

	for (size_t i = 0; i < moves->n; i++)
		n += plan->count[i];
	units = arena_alloc(ar, n * sizeof *units + 1);
	if (kept == NULL || units == NULL)
		return ERR_NOMEM;
	memcpy(kept, moves->all, moves->n * sizeof *kept);
	n = 0;
	for (size_t i = 0; i < moves->n; i++)
		for (uint32_t k = 0; k < plan->count[i]; k++) {
			kept[i].units[k].of = &kept[i];
			units[n++] = &kept[i].units[k];
		}
	*ret = units;
	*ret_n = n;
	return 0;
}

/* Copies, as the engine that a text lies in may be gone when it is told. */
static int keep_text(struct str *s, struct arena *ar)
{
	char *copy = arena_alloc(ar, s->n + 1);

	if (copy == NULL)
		return ERR_NOMEM;
	if (s->n > 0)
		memcpy(copy, s->p, s->n);
	copy[s->n] = '\0';
	s->p = copy;
	return 0;
}

static int make_steps(const struct plan_check *c, struct arena *ar, struct plan_told *ret)
{
	struct wire_plan_step *steps = arena_alloc(ar, c->n_units * sizeof *steps + 1);
	int64_t cost = 0;
	size_t n = 0;
	int rc = steps == NULL ? ERR_NOMEM : 0;

	for (size_t i = 0; rc == 0 && i < c->n_units; i++) {
		cost += c->units[i]->of->cost;
		if (n < WIRE_PLAN_STEPS_MAX)
			add_unit(steps, &n, c->units[i]);
	}
	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = keep_text(&steps[i].who, ar);
		if (rc == 0)
			rc = keep_text(&steps[i].what, ar);
	}
	*ret = (struct plan_told){ .cost = cost,
		.n_steps = n,
		.steps = steps,
		.n_units = c->n_units,
		.units = c->units,
		.after = c->after,
		.at_end = c->at_end };
	return rc;
}

/* ---- plans ------------------------------------------------------------------------------------------------------- */

/* As much of the same, or more. Who it is matters of no addition but a renewal. */
static bool covers(const struct wire_plan_step *s, const struct wire_plan_step *of)
{
	bool person = s->kind == PLAN_CERTIFICATE || s->kind == PLAN_RENEWAL;

	return s->kind == of->kind && s->measure == of->measure &&
	       s->amount_micro >= of->amount_micro && (!person || str_eq(s->what, of->what)) &&
	       (s->kind != PLAN_RENEWAL || str_eq(s->who, of->who));
}

/* How much a plan has of a step, over all of its own that cover it. */
static uint32_t amount_of(const struct plan_told *p, const struct wire_plan_step *of)
{
	uint32_t n = 0;

	for (size_t i = 0; i < p->n_steps; i++)
		if (covers(&p->steps[i], of))
			n += p->steps[i].count;
	return n;
}

/* Whether a plan has all of another one: then it is no way of its own. */
static bool contains(const struct plan_told *p, const struct plan_told *other)
{
	for (size_t i = 0; i < other->n_steps; i++) {
		uint32_t asked = 0;

		for (size_t k = 0; k < other->n_steps; k++)
			if (covers(&other->steps[i], &other->steps[k]) &&
				covers(&other->steps[k], &other->steps[i]))
				asked += other->steps[k].count;
		if (amount_of(p, &other->steps[i]) < asked)
			return false;
	}
	return true;
}

static void drop_containing(struct plan_answers *x, const struct plan_told *told)
{
	size_t n = 0;

	for (size_t i = 0; i < x->n; i++)
		if (x->all[i].cost < told->cost || !contains(&x->all[i], told))
			x->all[n++] = x->all[i];
	x->n = n;
}

int plan_answers_add(
	struct plan_answers *x, const struct plan_check *c, uint32_t wanted, struct arena *ar)
{
	struct plan_told told;
	size_t at = 0;
	int rc = make_steps(c, ar, &told);

	if (rc != 0)
		return rc;
	for (size_t i = 0; i < x->n; i++)
		if (x->all[i].cost <= told.cost && contains(&told, &x->all[i]))
			return 0;
	drop_containing(x, &told);
	while (at < x->n && x->all[at].cost <= told.cost)
		at++;
	if (at >= wanted)
		return 0;
	if (x->n >= wanted)
		x->n = wanted - 1;
	memmove(&x->all[at + 1], &x->all[at], (x->n - at) * sizeof *x->all);
	x->all[at] = told;
	x->n++;
	return 0;
}

static int tell_score(const struct partner_score *score, const struct wire_freshness *freshness,
	struct str partner, struct arena *ar, const struct frame **ret)
{
	struct frame *f = arena_alloc(ar, sizeof *f);
	struct partner_score s = *score;
	int rc;

	if (f == NULL)
		return ERR_NOMEM;
	s.partner = partner; /* that of the fork is gone */
	rc = answer_of_score(&s, NULL, false, freshness, ar, f);
	*ret = f;
	return rc;
}

int plan_answers_tell(const struct plan_answers *x, const struct wire_freshness *freshness,
	struct str partner, struct arena *ar, struct frame *ret)
{
	struct wire_plan *plans = arena_alloc(ar, x->n * sizeof *plans + 1);
	int rc = plans == NULL ? ERR_NOMEM : 0;

	for (size_t i = 0; rc == 0 && i < x->n; i++) {
		const struct plan_told *t = &x->all[i];

		plans[i] = (struct wire_plan){
			.cost_micro = t->cost, .n_steps = t->n_steps, .steps = t->steps
		};
		rc = tell_score(&t->after, freshness, partner, ar, &plans[i].after);
		if (rc == 0)
			rc = tell_score(&t->at_end, freshness, partner, ar, &plans[i].at_end);
	}
	ret->u.plan_answer.plans = plans;
	ret->u.plan_answer.n_plans = x->n;
	return rc;
}
