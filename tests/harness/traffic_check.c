/* What must hold when traffic has gone through; the oracle's word on what scoring answers. */
#include "tests/harness/traffic.h"

#include <signal.h>
#include <stdio.h>

#include "common/io/query.h"
#include "common/wire/wire.h"
#include "tests/oracle/oracle.h"

#define ANSWER_MS 10000

struct check {
	const struct traffic *t;
	struct loop loop;
	struct query_client *client;
	struct oracle *oracle; /* of the group at hand */
	size_t asked, answered;
};

struct question {
	struct check *c;
	struct str partner;
	day_no day;
};

static _Noreturn void differs(const struct question *q, const char *what)
{
	char day[DAY_TEXT];

	harness_fail("partner " STR_FMT " as of %s: scoring and the oracle differ in %s",
		STR_ARG(q->partner), day_format(q->day, day), what);
}

static void compare_area(
	const struct question *q, const struct wire_area_score *is, const struct oracle_area *want)
{
	if (!str_eq(is->area, str_from(want->id)) || is->n_metrics != want->n_metrics)
		differs(q, "an area");
	for (size_t i = 0; i < want->n_metrics; i++)
		if (!str_eq(is->metrics[i].metric, str_from(want->metrics[i])) ||
			!ratio_eq(is->metrics[i].points, want->points[i]))
			differs(q, want->metrics[i]);
	if (!ratio_eq(is->total, want->total))
		differs(q, "a total");
	if ((is->status == AREA_QUALIFIED) != want->qualified)
		differs(q, "a status");
}

static void on_answer(
	void *ctx, uint64_t request, int rc, const struct frame *a, const struct err *e)
{
	struct question *q = ctx;
	struct oracle_score want;

	(void)request;
	if (rc != 0)
		harness_fail("no answer about " STR_FMT ": %s", STR_ARG(q->partner), e->text);
	if (a->kind == FRAME_FAILURE)
		harness_fail("scoring does not answer about " STR_FMT ": " STR_FMT,
			STR_ARG(q->partner), STR_ARG(a->u.failure.reason));
	if (!oracle_score(q->c->oracle, q->partner, q->day, &want))
		differs(q, "whether it is known");
	if (a->u.score_answer.n_areas != ORACLE_AREAS)
		differs(q, "the areas");
	if (a->u.score_answer.usage_month !=
		(want.reference == MONTH_NONE ? DAY_NONE : month_first_day(want.reference)))
		differs(q, "the last month");
	if (a->u.score_answer.freshness.event_position != q->c->t->n_events ||
		a->u.score_answer.freshness.lag_events != 0)
		differs(q, "the position");
	for (size_t i = 0; i < ORACLE_AREAS; i++)
		compare_area(q, &a->u.score_answer.areas[i], &want.areas[i]);
	q->c->answered++;
}

static bool is_answered(void *ctx)
{
	const struct check *c = ctx;

	return c->answered == c->asked;
}

static void ask(struct check *c, struct question *q)
{
	struct frame f = { .kind = FRAME_SCORE_QUERY };

	f.u.score_query.partner = q->partner;
	f.u.score_query.as_of = q->day;
	if (query_send(c->client, &f, ANSWER_MS, on_answer, q, NULL) != 0)
		harness_fail("a question was not sent");
	c->asked++;
}

static void check_group(struct check *c, unsigned group)
{
	const struct traffic *t = c->t;
	const day_no days[] = { DAY_NONE, t->last_day - 40, t->last_day + 35, t->last_day - 200 };
	struct question q[sizeof days / sizeof *days];

	c->oracle = oracle_create();
	for (size_t i = 0; i < t->n_events; i++)
		if (t->events[i].group == group || t->events[i].group == TRAFFIC_GROUPS_MAX)
			oracle_add(c->oracle, &t->events[i].ev);
	for (size_t p = 0; p < oracle_partner_count(c->oracle); p++) {
		for (size_t d = 0; d < sizeof days / sizeof *days; d++) {
			q[d] = (struct question){ c, oracle_partner(c->oracle, p), days[d] };
			ask(c, &q[d]);
		}
		loop_until(&c->loop, is_answered, c, false, "answers about a partner");
	}
	oracle_destroy(c->oracle);
}

size_t traffic_check_scores(const struct traffic *t, struct harness *h)
{
	struct check c = { .t = t };
	struct err e = { 0 };

	loop_start(&c.loop);
	if (query_client_create(
		    c.loop.bus, &c.loop.uv, h->endpoint[HARNESS_SCORING], &c.client, &e) != 0)
		harness_fail("cannot ask scoring: %s", e.text);
	for (unsigned g = 0; g < t->n_groups; g++)
		check_group(&c, g);
	query_client_close(&c.client);
	loop_stop(&c.loop);
	return c.answered;
}

/* A clean stop makes durable what a service has worked out. */
static void restart(struct harness *h, enum harness_service s)
{
	int rc = harness_end(h, s, SIGTERM);

	if (rc != 0)
		harness_fail("service %d ended with %d after SIGTERM", (int)s, rc);
	harness_start(h, s);
}

void traffic_settle(const struct traffic *t, struct harness *h)
{
	harness_wait(h, HARNESS_SCORING, "events-read", t->n_events);
	restart(h, HARNESS_SCORING);
	harness_wait(h, HARNESS_NOTIFICATION, "scores-read",
		harness_status(h, HARNESS_SCORING, "scores"));
	restart(h, HARNESS_NOTIFICATION);
}

void traffic_check_log(const struct traffic *t, const struct tail *log)
{
	struct arena ar;
	size_t at = 0;

	arena_init(&ar, &mem_heap, (size_t)64 << 20);
	for (size_t i = 0; i < log->n_units; i++) {
		struct event *events;
		struct err e = { 0 };
		size_t n;

		arena_reset(&ar);
		if (wire_decode_logged_events(tail_span(log, i), &ar, &events, &n, &e) != 0)
			harness_fail("unit %zu of the event log: %s", i, e.text);
		if (n != log->units[i].n || at != log->units[i].first)
			harness_fail("unit %zu of the event log holds %zu events at %zu", i, n, at);
		for (size_t k = 0; k < n; k++, at++) {
			const struct event *want = at < t->n_events ? &t->events[at].ev : NULL;

			if (want == NULL || !str_eq(events[k].id, want->id) ||
				!str_eq(events[k].source, want->source))
				harness_fail("event " STR_FMT " at position %zu, where " STR_FMT
					     " was sent",
					STR_ARG(events[k].id), at,
					STR_ARG(want == NULL ? STR("none") : want->id));
		}
	}
	if (at != t->n_events)
		harness_fail("%zu events in the log, %zu were sent", at, t->n_events);
	arena_fini(&ar);
}
