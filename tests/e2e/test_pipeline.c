/* The whole pipeline over real sockets: events in, scores and alerts out, questions answered, refusals kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/wire/wire.h"
#include "tests/harness/alerts.h"
#include "tests/harness/scene.h"
#include "tests/support/lab.h"

#define INFRA "infrastructure"

/* Gains infrastructure, comes close to losing it, recovers, loses it, and gains it again. */
static void tell_a_story(struct scene *s, const char *partner)
{
	static const char *const steps[] = {
		scene_qualified,
		"revoke $ $-p3 AZ-140 2023-07-01;revoke $ $-p4 AZ-140 2023-07-01;revoke $ $-p5 AZ-140 2023-07-01",
		"cert $ $-p3 AZ-140;cert $ $-p4 AZ-140;cert $ $-p5 AZ-140",
		"revoke $ $-p1 AZ-305 2023-07-02",
		"cert $ $-p1 AZ-305",
	};

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		(void)scene_tell(s, scene_of(s, steps[i], partner));
}

/* ---- alerts --------------------------------------------------------------------------------------------------- */

struct expected {
	enum alert_kind kind;
	enum alert_reason reason;
	enum alert_severity severity;
	int before, after;
	const char *metric; /* that moved; NULL for the first, where all did */
	uint32_t causes;    /* 0: those of its 20 facts that matter */
};

static const struct expected story[] = {
	{ ALERT_GAINED, ALERT_BECAUSE_QUALIFIES, ALERT_INFO, 0, 90, NULL, 0 },
	{ ALERT_AT_RISK, ALERT_BECAUSE_WITHIN_MARGIN, ALERT_WARNING, 90, 78,
		"advanced-certifications", 3 },
	{ ALERT_RECOVERED, ALERT_BECAUSE_MARGIN_RESTORED, ALERT_INFO, 78, 90,
		"advanced-certifications", 3 },
	{ ALERT_LOST, ALERT_BECAUSE_METRIC_AT_ZERO, ALERT_CRITICAL, 90, 70,
		"advanced-certifications", 1 },
	{ ALERT_GAINED, ALERT_BECAUSE_QUALIFIES, ALERT_INFO, 70, 90, "advanced-certifications", 1 },
};
#define STORY (sizeof story / sizeof *story)

static void check_alert(const struct alert *al, const struct expected *want, size_t i)
{
	assert_int_equal(al->kind, want->kind);
	assert_int_equal(al->reason, want->reason);
	assert_int_equal(al->severity, want->severity);
	assert_int_equal(al->sequence, i + 1);
	assert_true(str_eq(al->partner, STR("88")));
	assert_true(str_eq(al->area, STR(INFRA)));
	assert_true(str_eq(al->edition, STR("2023-06")));
	assert_int_equal(al->day, day_from_civil(2023, 7, 20));
	assert_true(ratio_eq(al->total_before, ratio_int(want->before)));
	assert_true(ratio_eq(al->total_after, ratio_int(want->after)));
	if (want->causes > 0)
		assert_int_equal(al->cause_count, want->causes);
	assert_true(al->cause_count <= 20);
	assert_int_equal(al->n_causes, al->cause_count < CAUSES_MAX ? al->cause_count : CAUSES_MAX);
	assert_non_null(strstr(al->text, "88"));
	for (size_t m = 0; m < al->n_metrics; m++)
		assert_int_equal(!ratio_eq(al->before[m], al->after[m]),
			want->metric == NULL || str_eq(al->metrics[m], str_from(want->metric)));
}

static void test_events_become_alerts(void **state)
{
	struct alert_account account = { { 0 } };
	struct scene *s = *state;
	struct tail log;
	struct alert al;
	size_t n = 0;

	(void)scene_tell(s, "day 2023-07-20");
	tell_a_story(s, "88");
	tail_read(&log, &s->h, HARNESS_NOTIFICATION, 0, NULL);
	for (size_t i = 0; i < log.n_units; i++) {
		arena_reset(&s->ar);
		tail_alert(&log, i, &s->ar, &al);
		assert_true(str_eq(al.area, STR(INFRA))); /* the other areas are never reached */
		assert_true(n < STORY);
		check_alert(&al, &story[n], n);
		n++;
	}
	assert_int_equal(n, STORY);
	alerts_check(&log, &account);
	tail_fini(&log);
}

/* ---- the feed ------------------------------------------------------------------------------------------------- */

static void read_filtered(struct scene *s, uint64_t from, const char *partner, const char *area,
	const char *kind, struct tail *ret)
{
	struct str partners = str_from(partner), areas = str_from(area), kinds = str_from(kind);
	struct wire_filter f = { .n_partners = partner != NULL,
		.n_areas = area != NULL,
		.n_kinds = kind != NULL,
		.partners = &partners,
		.areas = &areas,
		.kinds = &kinds };

	tail_read(ret, &s->h, HARNESS_NOTIFICATION, from, &f);
}

static void expect_filtered(struct scene *s, uint64_t from, const char *partner, const char *area,
	const char *kind, size_t want)
{
	struct tail t;
	struct alert al;

	read_filtered(s, from, partner, area, kind, &t);
	assert_false(t.refused);
	for (size_t i = 0; i < t.n_units; i++) {
		arena_reset(&s->ar);
		tail_alert(&t, i, &s->ar, &al);
		assert_true(al.position >= from);
		assert_true(partner == NULL || str_eq(al.partner, str_from(partner)));
		assert_true(area == NULL || str_eq(al.area, str_from(area)));
		assert_true(
			kind == NULL || str_eq(str_from(alert_kind_name(al.kind)), str_from(kind)));
	}
	assert_int_equal(t.n_units, want);
	tail_fini(&t);
}

static void test_the_feed_starts_anywhere_and_filters(void **state)
{
	struct scene *s = *state;
	struct tail whole, part;

	(void)scene_tell(s, "day 2023-07-20");
	tell_a_story(s, "88");
	tell_a_story(s, "99");
	tail_read(&whole, &s->h, HARNESS_NOTIFICATION, 0, NULL);
	assert_int_equal(whole.end, 2 * STORY);
	for (uint64_t from = 0; from <= whole.end; from++) {
		tail_read(&part, &s->h, HARNESS_NOTIFICATION, from, NULL);
		assert_int_equal(part.n_units, whole.end - from);
		for (size_t i = 0; i < part.n_units; i++)
			assert_int_equal(part.units[i].first, from + i);
		tail_fini(&part);
	}
	expect_filtered(s, 0, "88", NULL, NULL, STORY);
	expect_filtered(s, 0, "99", INFRA, "gained", 2);
	expect_filtered(s, 0, NULL, NULL, "lost", 2);
	expect_filtered(s, 0, NULL, INFRA, NULL, 2 * STORY);
	expect_filtered(s, 0, NULL, "data-ai", NULL, 0);
	expect_filtered(s, 0, "8", NULL, NULL, 0);
	expect_filtered(s, 7, NULL, NULL, "lost", 1);
	tail_read(&part, &s->h, HARNESS_NOTIFICATION, whole.end + 1, NULL);
	assert_true(part.refused);
	assert_string_equal(part.reason, "position-ahead");
	tail_fini(&part);
	tail_fini(&whole);
}

/* ---- questions ------------------------------------------------------------------------------------------------ */

static void check_freshness(const struct scene *s, const struct wire_freshness *f)
{
	assert_int_equal(f->event_position, s->events);
	assert_int_equal(f->lag_events, 0);
	assert_true(f->age_ms >= 0 && f->age_ms < 60000);
}

static const struct frame *ask_score(
	struct scene *s, const char *partner, day_no as_of, bool explain, enum frame_kind want)
{
	struct frame q = { .kind = FRAME_SCORE_QUERY };

	q.u.score_query.partner = str_from(partner);
	q.u.score_query.as_of = as_of;
	q.u.score_query.explain = explain;
	return scene_ask(s, HARNESS_SCORING, &q, want);
}

static void test_a_score_is_answered_with_position_and_age(void **state)
{
	static const int points[] = { 20, 20, 20, 20, 10 };
	struct scene *s = *state;
	const struct wire_area_score *area;
	const struct frame *a;

	(void)scene_tell(s, "day 2023-07-20");
	(void)scene_tell(s, scene_of(s, scene_qualified, "88"));
	a = ask_score(s, "88", DAY_NONE, false, FRAME_SCORE_ANSWER);
	check_freshness(s, &a->u.score_answer.freshness);
	assert_int_equal(a->u.score_answer.freshness.day, day_from_civil(2023, 7, 20));
	assert_true(str_eq(a->u.score_answer.edition, STR("2023-06")));
	assert_int_equal(a->u.score_answer.usage_month, day_from_civil(2023, 6, 1));
	assert_true(a->u.score_answer.n_areas >= 7); /* designations, and then specializations */
	area = &a->u.score_answer.areas[0];
	assert_true(str_eq(area->area, STR(INFRA)));
	assert_int_equal(area->status, AREA_QUALIFIED);
	assert_true(ratio_eq(area->total, ratio_int(90)));
	assert_int_equal(area->n_metrics, 5);
	for (size_t i = 0; i < 5; i++) {
		assert_true(ratio_eq(area->metrics[i].points, ratio_int(points[i])));
		assert_false(area->metrics[i].explained);
	}
	a = ask_score(s, "88", day_from_civil(2021, 1, 1), false, FRAME_SCORE_ANSWER);
	assert_true(ratio_is_zero(a->u.score_answer.areas[0].total)); /* nobody held anything yet */
	check_freshness(s, &a->u.score_answer.freshness);
	a = ask_score(s, "nobody", DAY_NONE, false, FRAME_FAILURE);
	assert_true(str_eq(a->u.failure.reason, STR("unknown-partner")));
}

static bool has_item(const struct wire_item *items, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(items[i].id, str_from(id)))
			return true;
	return false;
}

static void test_a_score_is_explained(void **state)
{
	struct scene *s = *state;
	const struct wire_metric_score *m;
	const struct frame *a;

	(void)scene_tell(s, "day 2023-07-20");
	(void)scene_tell(s, scene_of(s, scene_qualified, "88"));
	a = ask_score(s, "88", DAY_NONE, true, FRAME_SCORE_ANSWER);
	for (size_t i = 0; i < a->u.score_answer.n_areas; i++)
		for (size_t k = 0; k < a->u.score_answer.areas[i].n_metrics; k++) {
			m = &a->u.score_answer.areas[i].metrics[k];
			assert_true(m->explained);
			assert_true(m->rule.n > 0 && m->source.n > 0 && m->sentence.n > 0);
		}
	m = &a->u.score_answer.areas[0].metrics[0]; /* net customer adds */
	assert_true(has_item(m->counted, m->n_counted, "c1"));
	m = &a->u.score_answer.areas[0].metrics[2]; /* advanced certifications */
	assert_int_equal(m->counted_total, 5);
	assert_true(has_item(m->counted, m->n_counted, "88-p4"));
	assert_true(m->n_conditions > 0);
}

static const struct frame *ask_partners(struct scene *s, const char *area, enum area_status status,
	const char *after, uint32_t limit)
{
	struct frame q = { .kind = FRAME_PARTNERS_QUERY };

	q.u.partners_query.area = str_from(area);
	q.u.partners_query.status = status;
	q.u.partners_query.after = str_from(after);
	q.u.partners_query.limit = limit;
	return scene_ask(s, HARNESS_SCORING, &q, FRAME_PARTNERS_ANSWER);
}

/* Their ids, in one text. */
static const char *ids_of(const struct frame *a, char buf[128])
{
	size_t n = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < a->u.partners_answer.n_partners; i++)
		n += (size_t)snprintf(buf + n, 128 - n, "%s" STR_FMT, i > 0 ? " " : "",
			STR_ARG(a->u.partners_answer.partners[i].partner));
	return buf;
}

static void test_partners_are_listed_by_status(void **state)
{
	struct scene *s = *state;
	const struct frame *a;
	char ids[128];

	(void)scene_tell(s, "day 2023-07-20");
	(void)scene_tell(s, scene_of(s, scene_qualified, "b"));
	(void)scene_tell(s, scene_of(s, scene_qualified, "d"));
	(void)scene_tell(s, "cert a p AZ-104;cert c q AZ-104");
	a = ask_partners(s, NULL, AREA_UNKNOWN, NULL, 0);
	assert_string_equal(ids_of(a, ids), "a b c d");
	check_freshness(s, &a->u.partners_answer.freshness);
	a = ask_partners(s, INFRA, AREA_QUALIFIED, NULL, 0);
	assert_string_equal(ids_of(a, ids), "b d");
	assert_false(a->u.partners_answer.more);
	a = ask_partners(s, INFRA, AREA_IN_PROGRESS, NULL, 1);
	assert_string_equal(ids_of(a, ids), "a");
	assert_true(a->u.partners_answer.more);
	a = ask_partners(s, INFRA, AREA_IN_PROGRESS, "a", 1);
	assert_string_equal(ids_of(a, ids), "c");
	assert_false(a->u.partners_answer.more);
	a = ask_partners(s, "data-ai", AREA_QUALIFIED, NULL, 0);
	assert_string_equal(ids_of(a, ids), "");
}

/* ---- corrections ---------------------------------------------------------------------------------------------- */

static void expect_points(struct scene *s, const char *facts, int points)
{
	(void)scene_tell(s, scene_of(s, facts, "88"));
	assert_true(ratio_eq(scene_points(s, "88", INFRA), ratio_int(points)));
}

static void test_corrections_and_retractions_are_followed(void **state)
{
	struct scene *s = *state;
	struct sender account;

	(void)scene_tell(s, "day 2023-07-20");
	expect_points(s, scene_qualified, 90);
	expect_points(s, "usage $ c3 Sentinel 2023-06 999", 80); /* no net add any more */
	expect_points(s, "usage $ c3 Sentinel 2023-06 1000", 90);
	expect_points(s, "!usage $ c1 Functions 2023-06 0", 88); /* one product less */
	expect_points(s, "!cert $ $-p5 AZ-700", 84);
	expect_points(s, "cert $ $-p5 AZ-700", 88);
	expect_points(s, "usage $ c1 Functions 2023-06 -5;usage $ c1 Functions 2023-06 5", 90);
	expect_points(s, "unlink $ $-p1", 50); /* takes AZ-104 and AZ-305 along */
	expect_points(s, "link $ $-p1", 90);
	/* A stale copy, recorded before what stands, arrives late and changes nothing. */
	facts_restart();
	account = scene_tell(s, scene_of(s, "usage $ c3 Sentinel 2023-06 1", "88"));
	assert_int_equal(account.accepted + account.duplicates, 1);
	assert_true(ratio_eq(scene_points(s, "88", INFRA), ratio_int(90)));
}

static void test_duplicates_are_answered_and_logged_once(void **state)
{
	struct scene *s = *state;
	struct sender account;
	struct tail log;
	struct buf twice;
	uint32_t n;

	(void)scene_tell(s, "day 2023-07-20");
	account = scene_tell(s, scene_of(s, scene_qualified, "88"));
	assert_int_equal(account.accepted, 20);
	account = scene_send(s, buf_span(&s->batch), 20);
	assert_int_equal(account.accepted, 0);
	assert_int_equal(account.duplicates, 20);
	buf_init(&twice, &mem_heap, WIRE_BATCH_BYTES_MAX);
	scene_encode("cert 88 new AZ-104", &twice, &n);
	assert_int_equal(buf_reserve(&twice, twice.n), 0);
	assert_int_equal(buf_add(&twice, twice.p, twice.n), 0);
	account = scene_send(s, buf_span(&twice), 2);
	assert_int_equal(account.accepted, 1);
	assert_int_equal(account.duplicates, 1);
	tail_read(&log, &s->h, HARNESS_INGESTION, 0, NULL);
	assert_int_equal(log.end, 22);
	/* At least: a producer that is kept waiting on a busy machine sends again, and that counts too. */
	assert_true(harness_status(&s->h, HARNESS_INGESTION, "duplicates") >= 21);
	tail_fini(&log);
	buf_fini(&twice);
}

/* ---- dead letters --------------------------------------------------------------------------------------------- */

static const struct frame *ask_letters(struct scene *s, enum dead_letter_action action,
	uint64_t letter, uint32_t limit, struct span replacement)
{
	struct frame q = { .kind = FRAME_DEAD_LETTER_QUERY };

	q.u.dead_letter_query.action = action;
	q.u.dead_letter_query.letter = letter;
	q.u.dead_letter_query.after = action == DEAD_LETTER_LIST ? letter : 0;
	q.u.dead_letter_query.limit = limit;
	q.u.dead_letter_query.replacement = replacement;
	return scene_ask(s, HARNESS_INGESTION, &q, FRAME_DEAD_LETTER_ANSWER);
}

/* One good event between two of another century. */
static void tell_bad(struct scene *s)
{
	struct buf b;
	struct event ev;
	struct lab_words words;
	const char *facts = "cert 88 p1 AZ-104;cert 88 p2 AZ-104;cert 88 p3 AZ-104";
	struct sender account;

	buf_init(&b, &mem_heap, WIRE_BATCH_BYTES_MAX);
	for (int i = 0; lab_next(&facts, &words, &ev); i++) {
		if (i != 1)
			ev.time = ev.recorded = 1;
		assert_int_equal(wire_encode_event(&ev, &b), 0);
	}
	account = scene_send(s, buf_span(&b), 3);
	assert_int_equal(account.accepted, 1);
	assert_int_equal(account.refused, 2);
	buf_fini(&b);
}

static void test_dead_letters_are_listed_shown_and_replayed(void **state)
{
	const struct span none = { NULL, 0 };
	struct scene *s = *state;
	const struct frame *a;
	const struct wire_dead_letter *l;
	struct decoded_event *events;
	struct buf mended;
	uint64_t first;
	uint32_t n;
	size_t n_events;

	tell_bad(s);
	a = ask_letters(s, DEAD_LETTER_LIST, 0, 0, none);
	assert_int_equal(a->u.dead_letter_answer.n_letters, 2);
	assert_int_equal(a->u.dead_letter_answer.total, 2);
	l = a->u.dead_letter_answer.letters;
	assert_true(str_eq(l[0].reason, STR("bad-time")) && str_eq(l[0].producer, STR("harness")));
	first = l[0].letter;
	a = ask_letters(s, DEAD_LETTER_LIST, 0, 1, none);
	assert_int_equal(a->u.dead_letter_answer.n_letters, 1);
	assert_true(a->u.dead_letter_answer.more);
	a = ask_letters(s, DEAD_LETTER_LIST, first, 1, none);
	assert_int_equal(a->u.dead_letter_answer.letters[0].letter, first + 1);
	assert_false(a->u.dead_letter_answer.more);
	a = ask_letters(s, DEAD_LETTER_SHOW, first, 0, none);
	assert_int_equal(a->u.dead_letter_answer.n_letters, 1);
	assert_int_equal(wire_decode_events(a->u.dead_letter_answer.letters[0].original, &s->ar,
				 &events, &n_events, NULL),
		0);
	assert_int_equal(n_events, 1);
	assert_int_equal(events[0].refusal, REFUSED_TIME);
	/* As it is, it is refused again; mended, it is logged. */
	a = ask_letters(s, DEAD_LETTER_REPLAY, first, 0, none);
	assert_false(a->u.dead_letter_answer.replayed);
	assert_true(str_eq(a->u.dead_letter_answer.reason, STR("bad-time")));
	buf_init(&mended, &mem_heap, WIRE_BATCH_BYTES_MAX);
	scene_encode("cert 88 p1 AZ-104", &mended, &n);
	a = ask_letters(s, DEAD_LETTER_REPLAY, first, 0, buf_span(&mended));
	assert_true(a->u.dead_letter_answer.replayed);
	assert_int_equal(a->u.dead_letter_answer.total, 1);
	assert_int_equal(harness_status(&s->h, HARNESS_INGESTION, "events"), 2);
	harness_wait(&s->h, HARNESS_SCORING, "events-read", 2);
	a = ask_letters(s, DEAD_LETTER_SHOW, first, 0, none);
	assert_true(str_eq(a->u.dead_letter_answer.reason, STR("unknown-letter")));
	buf_fini(&mended);
}

/* ---- status --------------------------------------------------------------------------------------------------- */

static void expect_status(
	struct scene *s, enum harness_service who, const char *name, uint64_t want)
{
	uint64_t got = harness_status(&s->h, who, name);

	if (got != want)
		print_error("%s is %llu\n", name, (unsigned long long)got);
	assert_int_equal(got, want);
}

static void test_status_counts_what_happened(void **state)
{
	static const char *const names[] = { "ingestion", "scoring", "notification" };
	struct frame q = { .kind = FRAME_STATUS_QUERY };
	struct scene *s = *state;

	(void)scene_tell(s, "day 2023-07-20");
	tell_a_story(s, "88");
	tell_bad(s);
	(void)scene_send(s, buf_span(&s->batch), 1); /* the story's last step again */
	for (int i = 0; i < HARNESS_PIPELINE; i++) {
		const struct frame *a =
			scene_ask(s, (enum harness_service)i, &q, FRAME_STATUS_ANSWER);

		assert_true(str_eq(a->u.status_answer.service, str_from(names[i])));
		assert_true(str_eq(a->u.status_answer.state, STR("running")));
		assert_true(str_eq(a->u.status_answer.version, STR(CAPSCORE_VERSION)));
		assert_int_equal(a->u.status_answer.health, HEALTH_HEALTHY);
		assert_true(a->u.status_answer.uptime_ms >= 0);
	}
	expect_status(s, HARNESS_INGESTION, "events", 30);
	expect_status(s, HARNESS_INGESTION, "accepted", 30);
	/* At least: a producer that is kept waiting on a busy machine sends again. */
	assert_true(harness_status(&s->h, HARNESS_INGESTION, "duplicates") >= 1);
	assert_true(harness_status(&s->h, HARNESS_INGESTION, "batches") >= 8);
	expect_status(s, HARNESS_INGESTION, "refused-bad-time", 2);
	expect_status(s, HARNESS_INGESTION, "dead-letters", 2);
	expect_status(s, HARNESS_INGESTION, "pending-answers", 0);
	expect_status(s, HARNESS_INGESTION, "readers", 1);
	expect_status(s, HARNESS_SCORING, "events-read", 30);
	expect_status(s, HARNESS_SCORING, "events-applied", 30);
	expect_status(s, HARNESS_SCORING, "lag", 0);
	expect_status(s, HARNESS_SCORING, "partners", 1);
	expect_status(s, HARNESS_SCORING, "readers", 1);
	expect_status(s, HARNESS_NOTIFICATION, "alerts", STORY);
	expect_status(s, HARNESS_NOTIFICATION, "alerts-gained", 2);
	expect_status(s, HARNESS_NOTIFICATION, "alerts-at-risk", 1);
	expect_status(s, HARNESS_NOTIFICATION, "alerts-recovered", 1);
	expect_status(s, HARNESS_NOTIFICATION, "alerts-lost", 1);
	expect_status(s, HARNESS_NOTIFICATION, "designations-held", 1);
	expect_status(s, HARNESS_NOTIFICATION, "designations-at-risk", 0);
	expect_status(s, HARNESS_NOTIFICATION, "lag", 0);
	expect_status(s, HARNESS_NOTIFICATION, "published", STORY);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, scene_open, scene_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(test_events_become_alerts),
		SCENE(test_the_feed_starts_anywhere_and_filters),
		SCENE(test_a_score_is_answered_with_position_and_age),
		SCENE(test_a_score_is_explained),
		SCENE(test_partners_are_listed_by_status),
		SCENE(test_corrections_and_retractions_are_followed),
		SCENE(test_duplicates_are_answered_and_logged_once),
		SCENE(test_dead_letters_are_listed_shown_and_replayed),
		SCENE(test_status_counts_what_happened),
	};

	return cmocka_run_group_tests_name("the pipeline", tests, NULL, NULL);
}
