#include "services/scoring/steady.h"

#include "common/base/err.h"
#include "rules/engine/fork.h"

#define RECORDED_LATEST ((event_ms)DAY_MAX * MS_PER_DAY) /* newer than what is held */

/* The rows of the last months, and which measures are reported complete. */
struct steady {
	const struct engine *e;
	struct str partner;
	month_no reference[MEASURE_END]; /* MONTH_NONE: no usage */
	bool reported[MEASURE_END];
	struct event *rows;
	size_t n, cap, max;
};

static int add_row(struct steady *s, const struct event *ev)
{
	int rc = mem_grow(&mem_heap, (void **)&s->rows, &s->cap, s->n + 1, s->max, sizeof *s->rows);

	if (rc == 0) {
		s->rows[s->n] = *ev;
		s->rows[s->n++].id = (struct str){ "steady", 6 };
	}
	return rc;
}

static int on_fact(void *ctx, const struct event *ev)
{
	struct steady *s = ctx;

	if (ev->kind == FACT_USAGE_REPORTED)
		s->reported[ev->u.usage_reported.measure] = true;
	if (ev->kind != FACT_USAGE || ev->u.usage.month != s->reference[ev->u.usage.measure])
		return 0;
	return add_row(s, ev);
}

static int tell_month(const struct steady *s, struct engine *fork, month_no month)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < s->n; i++) {
		struct event ev = s->rows[i];

		if (month <= s->reference[ev.u.usage.measure])
			continue;
		ev.recorded = RECORDED_LATEST;
		ev.u.usage.month = month;
		rc = engine_apply(fork, &ev, 0);
	}
	for (int m = 0; rc == 0 && m < MEASURE_END; m++) {
		struct event ev = { .id = STR("steady"),
			.source = STR("urn:capscore:steady"),
			.subject = s->partner,
			.kind = FACT_USAGE_REPORTED,
			.recorded = RECORDED_LATEST };

		if (!s->reported[m] || s->reference[m] == MONTH_NONE || month <= s->reference[m])
			continue;
		ev.u.usage_reported.measure = (enum measure)m;
		ev.u.usage_reported.month = month;
		rc = engine_apply(fork, &ev, 0);
	}
	return rc;
}

static int tell_months(const struct steady *s, struct engine *fork, day_no until)
{
	const struct partner_change *changes;
	month_no first = MONTH_NONE;
	size_t n;
	int rc = 0;

	for (int m = 0; m < MEASURE_END; m++)
		if (s->reference[m] != MONTH_NONE &&
			(first == MONTH_NONE || s->reference[m] < first))
			first = s->reference[m];
	for (month_no m = first; first != MONTH_NONE && rc == 0 && m <= month_of_day(until); m++)
		rc = tell_month(s, fork, m);
	return rc == 0 ? engine_settle(fork, &changes, &n) : rc;
}

int steady_fork(const struct engine *e, struct str partner, day_no until, size_t max_facts,
	struct engine **ret_fork)
{
	struct steady s = { .e = e, .partner = partner, .max = max_facts };
	struct fork_request request = { .partner = partner, .max_facts = max_facts };
	struct engine *fork = NULL;
	size_t months = (size_t)(month_of_day(until) - month_of_day(engine_day(e)) + 2);
	int rc;

	for (int m = 0; m < MEASURE_END; m++)
		s.reference[m] =
			m == 0 ? MONTH_NONE : engine_reference(e, partner, (enum measure)m);
	rc = engine_facts(e, partner, on_fact, &s);
	if (rc == 0 && s.n * months > max_facts)
		rc = ERR_FULL;
	if (rc == 0)
		rc = engine_fork(e, &mem_heap, &request, &fork);
	if (rc == 0)
		rc = tell_months(&s, fork, until);
	mem_free(&mem_heap, s.rows, s.cap * sizeof *s.rows);
	if (rc != 0) {
		engine_destroy(fork);
		return rc;
	}
	*ret_fork = fork;
	return 0;
}
