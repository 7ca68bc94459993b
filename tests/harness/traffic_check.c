/* What must hold when traffic has gone through; the oracle's word on what scoring answers, by the edition of the day. */
#include "tests/harness/traffic.h"

#include <signal.h>
#include <stdio.h>

#include "common/io/query.h"
#include "common/wire/wire.h"
#include "rules/compile/shipped.h"
#include "tests/oracle/oracle.h"

#define ANSWER_MS	 10000
#define AREAS_OF_METRICS 6 /* in every edition; the oracle has them first */

struct check {
	const struct traffic *t;
	struct loop loop;
	struct query_client *client;
	struct oracle *oracles[ORACLE_EDITIONS]; /* of the group at hand */
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

/* A status looks at the days of a window. The oracle judges all of them by one edition, so it has a word on the status
 * only where all lie in that edition's time. */
static bool is_of_one_edition(const struct oracle_area *want, day_no edition_from)
{
	return want->window_from == DAY_NONE || want->window_from >= edition_from;
}

static void compare_area(const struct question *q, const struct wire_area_score *is,
	const struct oracle_area *want, day_no edition_from)
{
	if (is->n_metrics != want->n_metrics || !str_eq(is->track, str_from(want->track)))
		differs(q, want->id);
	for (size_t i = 0; i < want->n_metrics; i++)
		if (!str_eq(is->metrics[i].metric, str_from(want->metrics[i])) ||
			!ratio_eq(is->metrics[i].points, want->points[i]))
			differs(q, want->metrics[i]);
	if (!ratio_eq(is->total, want->total))
		differs(q, "a total");
	if (is_of_one_edition(want, edition_from) && is->status != want->status)
		differs(q, "a status");
}

/* Areas of metrics: those of areas and of requirements follow from them, and have tests of their own. */
static void compare_areas(const struct question *q, const struct wire_area_score *areas, size_t n,
	const struct oracle_score *want, day_no edition_from)
{
	size_t compared = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < AREAS_OF_METRICS; k++)
			if (str_eq(areas[i].area, str_from(want->areas[k].id))) {
				compare_area(q, &areas[i], &want->areas[k], edition_from);
				compared++;
			}
	if (compared != AREAS_OF_METRICS)
		differs(q, "the areas");
}

/* The edition of a day by the calendar of those that ship. */
static enum oracle_edition edition_on(day_no day, day_no *ret_from)
{
	const struct shipped_edition *shipped = NULL;
	enum oracle_edition e;

	if (shipped_choose(STR(""), day, &shipped, NULL) != 0 ||
		!oracle_edition_by_id(shipped->id, &e) || day_parse(shipped->from, ret_from) != 0)
		harness_fail("no edition of the oracle for a day");
	return e;
}

static void on_answer(
	void *ctx, uint64_t request, int rc, const struct frame *a, const struct err *e)
{
	struct question *q = ctx;
	day_no from, day = q->day == DAY_NONE ? q->c->t->last_day : q->day;
	enum oracle_edition edition = edition_on(day, &from);
	struct oracle_score want;

	(void)request;
	if (rc != 0)
		harness_fail("no answer about " STR_FMT ": %s", STR_ARG(q->partner), e->text);
	if (a->kind == FRAME_FAILURE)
		harness_fail("scoring does not answer about " STR_FMT ": " STR_FMT,
			STR_ARG(q->partner), STR_ARG(a->u.failure.reason));
	if (!str_eq(a->u.score_answer.edition, str_from(oracle_edition_id(edition))))
		differs(q, "the edition");
	if (!oracle_score(q->c->oracles[edition], q->partner, q->day, &want))
		differs(q, "whether it is known");
	/* Without Azure usage scoring names the month of another measure. */
	if (want.reference != MONTH_NONE &&
		a->u.score_answer.usage_month != month_first_day(want.reference))
		differs(q, "the last month");
	if (a->u.score_answer.freshness.event_position != q->c->t->n_events ||
		a->u.score_answer.freshness.lag_events != 0)
		differs(q, "the position");
	compare_areas(q, a->u.score_answer.areas, a->u.score_answer.n_areas, &want, from);
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

	for (int e = 0; e < ORACLE_EDITIONS; e++) {
		c->oracles[e] = oracle_create((enum oracle_edition)e);
		for (size_t i = 0; i < t->n_events; i++)
			if (t->events[i].group == group || t->events[i].group == TRAFFIC_GROUPS_MAX)
				oracle_add(c->oracles[e], &t->events[i].ev);
	}
	for (size_t p = 0; p < oracle_partner_count(c->oracles[0]); p++) {
		for (size_t d = 0; d < sizeof days / sizeof *days; d++) {
			q[d] = (struct question){ c, oracle_partner(c->oracles[0], p), days[d] };
			ask(c, &q[d]);
		}
		loop_until(&c->loop, is_answered, c, false, "answers about a partner");
	}
	for (int e = 0; e < ORACLE_EDITIONS; e++)
		oracle_destroy(c->oracles[e]);
}

/* A service that was started again is busy until it has read its log. */
static void wait_for_answers(struct harness *h)
{
	struct frame q = { .kind = FRAME_PARTNERS_QUERY }, a;
	struct arena ar;

	q.u.partners_query.limit = 1;
	arena_init(&ar, &mem_heap, SIZE_MAX);
	harness_ask(h, HARNESS_SCORING, &q, &ar, &a);
	arena_fini(&ar);
}

size_t traffic_check_scores(const struct traffic *t, struct harness *h)
{
	struct check c = { .t = t };
	struct err e = { 0 };

	wait_for_answers(h);
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
