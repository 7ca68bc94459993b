#include "services/scoring/plan_check.h"

#include "services/scoring/plan_table.h"

#define DAYS_MAX 512

/* Days after today, up to the last, on which facts end. */
struct days {
	const struct plan_check *c;
	size_t n;
	day_no all[DAYS_MAX];
};

static void add_day(struct days *d, day_no last)
{
	if (last == DAY_NONE || last < d->c->goals->today || last >= d->c->goals->until ||
		d->n == DAYS_MAX)
		return;
	for (size_t i = 0; i < d->n; i++)
		if (d->all[i] == last + 1)
			return;
	d->all[d->n++] = last + 1;
}

static int take_end(void *ctx, const struct event *ev)
{
	struct days *d = ctx;

	switch ((int)ev->kind) {
	case FACT_CERTIFICATION:
		add_day(d, ev->u.certification.expires_on);
		if (ev->u.certification.ended_on != DAY_NONE)
			add_day(d, ev->u.certification.ended_on - 1);
		break;
	case FACT_ASSESSMENT:
		add_day(d, ev->u.assessment.expires_on);
		break;
	case FACT_ASSOCIATION:
		add_day(d, ev->u.association.until);
		break;
	case FACT_ATTESTATION:
		add_day(d, ev->u.attestation.until);
		break;
	case FACT_ENROLLMENT:
		add_day(d, ev->u.enrollment.anniversary);
		break;
	default:
		break;
	}
	return 0;
}

static int find_days(struct days *d)
{
	int rc = engine_facts(d->c->engine, d->c->partner, take_end, d);

	for (size_t i = 0; i < d->c->goals->n; i++) /* certificates that cease to count */
		for (size_t k = 0; k < engine_edition(d->c->engine)->n_certificates; k++)
			add_day(d, engine_edition(d->c->engine)->certificates[k].counts_until);
	add_day(d, d->c->goals->until - 1);
	for (size_t i = 1; i < d->n; i++)
		for (size_t k = i; k > 0 && d->all[k] < d->all[k - 1]; k--) {
			day_no t = d->all[k];

			d->all[k] = d->all[k - 1];
			d->all[k - 1] = t;
		}
	return rc == ERR_NOTFOUND ? 0 : rc;
}

static int carry_out(struct plan_check *c, struct engine *fork)
{
	uint64_t told = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < c->n_units; i++)
		rc = plan_tell(fork, c->partner, c->units[i], true, &told);
	return rc;
}

static int judge(struct plan_check *c, struct engine *fork, day_no day)
{
	int rc = plan_fork_day(fork, day);

	if (rc == 0)
		rc = engine_score(fork, c->partner, DAY_NONE, false, c->ar, &c->at_end);
	if (rc == 0 && !plan_goals_reached(c->goals, &c->at_end))
		c->failed = day;
	return rc;
}

static int judge_all(struct plan_check *c, struct engine *fork, const struct days *d)
{
	int rc = carry_out(c, fork);

	if (rc == 0)
		rc = judge(c, fork, c->goals->today);
	c->after = c->at_end;
	for (size_t i = 0; rc == 0 && c->failed == DAY_NONE && i < d->n; i++)
		rc = judge(c, fork, d->all[i]);
	return rc;
}

int plan_check(struct plan_check *c)
{
	struct days *d = arena_alloc(c->ar, sizeof *d);
	struct engine *fork = NULL;
	int rc;

	if (d == NULL)
		return ERR_NOMEM;
	*d = (struct days){ .c = c };
	c->failed = DAY_NONE;
	rc = find_days(d);
	if (rc == 0)
		rc = plan_fork(c->engine, c->partner, c->max_facts, (struct str){ "", 0 }, false,
			c->goals->today, &fork);
	if (rc == 0)
		rc = judge_all(c, fork, d);
	engine_destroy(fork);
	return rc;
}
