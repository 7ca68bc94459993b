/* A rehearsal: what partners would be under other rules, page by page, without touching what they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "rules/compile/compile.h"
#include "services/scoring/rehearsal.h"
#include "tests/support/lab.h"
#include "tests/support/small_rules.h"

/* P qualifies by `many` with a person; T has two customers of the kind that `few` counts; Q has next to nothing. */
static const char facts[] = "day 2024-05-25;"
			    "usage P c1 Service 2024-04 200;usage P c2 Service 2024-04 200;"
			    "usage P c3 Service 2024-04 200;cert P p1 C-1;"
			    "usage Q c4 Service 2024-04 2;"
			    "usage T c5 Service 2024-04 5000;usage T c6 Service 2024-04 5000";

static uint64_t clock_ns, tick_ns; /* every reading is so much later than the one before */

static uint64_t read_clock(void)
{
	clock_ns += tick_ns;
	return clock_ns;
}

struct world {
	struct edition_box *box;
	struct lab lab;
	struct rehearsal *r;
	struct err e;
};
static struct world w;

static struct edition_box *compile(const char *text)
{
	struct edition_box *box = NULL;

	assert_int_equal(compile_edition(&mem_heap, "small.yaml", str_from(text), NULL, &box), 0);
	return box;
}

static void open_world(const char *rules)
{
	memset(&w, 0, sizeof w);
	clock_ns = 1;
	tick_ns = 0;
	w.box = compile(rules);
	lab_open(&w.lab, edition_box_get(w.box));
	assert_int_equal(rehearsal_create(w.lab.e, read_clock, 1000, &w.r), 0);
	lab_tell(&w.lab, facts);
	lab_settle(&w.lab);
}

static int set_up(void **state)
{
	(void)state;
	open_world(small_rules);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	rehearsal_destroy(w.r);
	lab_close(&w.lab);
	edition_box_destroy(w.box);
	return 0;
}

static void enroll(const char *partner)
{
	struct event ev = reported(partner, "2024-04");

	ev.kind = FACT_ENROLLMENT;
	ev.u.enrollment = (struct fact_enrollment){ .area = STR("work"),
		.state = ENROLL_ENROLLED,
		.on = day("2024-05-20"),
		.anniversary = day("2025-05-20"),
		.track = STR("") };
	lab_apply(&w.lab, &ev);
	lab_settle(&w.lab);
}

static int ask(
	const char *text, uint64_t digest, const char *area, const char *after, struct frame *ret)
{
	static const struct wire_freshness fresh = { 5, 1, 2, 19868 };
	struct frame q = { .kind = FRAME_REHEARSE_QUERY };

	q.u.rehearse_query.request = 7;
	q.u.rehearse_query.name = STR("mine.yaml");
	q.u.rehearse_query.text = (struct span){ text, text == NULL ? 0 : strlen(text) };
	q.u.rehearse_query.digest = digest;
	q.u.rehearse_query.area = str_from(area);
	q.u.rehearse_query.after = str_from(after);
	return rehearsal_answer(w.r, &q, &fresh, &w.lab.ar, ret, &w.e);
}

static const struct wire_rehearsed_change *change_of(
	const struct frame *a, const char *partner, const char *area)
{
	for (size_t i = 0; i < a->u.rehearse_answer.n_partners; i++) {
		const struct wire_rehearsed_partner *p = &a->u.rehearse_answer.partners[i];

		for (size_t k = 0; k < p->n_changes; k++)
			if (str_eq(p->partner, str_from(partner)) &&
				str_eq(p->changes[k].area, str_from(area)))
				return &p->changes[k];
	}
	return NULL;
}

/* ---- outcomes --------------------------------------------------------------------------------------------- */

static void test_who_loses_is_told_with_what_moves(void **state)
{
	const struct wire_rehearsed_change *c;
	struct frame a;

	(void)state;
	assert_int_equal(ask(small_rules_next, 0, "", "", &a), 0);
	assert_int_equal(a.u.rehearse_answer.request, 7);
	assert_true(str_eq(a.u.rehearse_answer.edition, STR("next")));
	assert_true(str_eq(a.u.rehearse_answer.edition_now, STR("small")));
	assert_int_equal(a.u.rehearse_answer.looked_at, 3);
	assert_false(a.u.rehearse_answer.more);
	c = change_of(&a, "P", "work");
	assert_non_null(c);
	assert_int_equal(c->outcome, OUTCOME_LOSES);
	assert_true(str_eq(c->name, STR("Work at large")));
	assert_int_equal(c->before->status, AREA_QUALIFIED);
	assert_int_equal(c->after->status, AREA_IN_PROGRESS);
	assert_true(ratio_eq(c->before->total, ratio_int(70)));
	assert_true(ratio_eq(c->after->total, ratio_int(50)));
	assert_int_equal(c->n_metrics, 1);
	assert_true(str_eq(c->metrics[0].metric, STR("people")));
	assert_true(ratio_eq(c->metrics[0].before, ratio_int(40)));
	assert_true(ratio_eq(c->metrics[0].after, ratio_int(20)));
	assert_int_equal(c->metrics[0].maximum_after, 40);
	/* What is made of it falls with it; nothing changes for Q. */
	assert_int_equal(change_of(&a, "P", "all")->outcome, OUTCOME_LOSES);
	assert_null(change_of(&a, "Q", "work"));
}

static void test_who_changes_track_is_told(void **state)
{
	const struct wire_rehearsed_change *c;
	struct frame a;

	(void)state;
	assert_int_equal(ask(small_rules_next, 0, "work", "", &a), 0);
	c = change_of(&a, "T", "work");
	assert_non_null(c);
	assert_int_equal(c->outcome, OUTCOME_TRACK);
	assert_true(str_eq(c->before->track, STR("few")));
	assert_true(str_eq(c->after->track, STR("many")));
}

static void test_held_by_an_enrollment_alone_is_endangered(void **state)
{
	const struct wire_rehearsed_change *c;
	struct frame a;

	(void)state;
	enroll("P");
	assert_int_equal(ask(small_rules_next, 0, "work", "", &a), 0);
	c = change_of(&a, "P", "work");
	assert_non_null(c);
	assert_int_equal(c->outcome, OUTCOME_ENDANGERED);
	assert_int_equal(c->after->status, AREA_ENROLLED);
	assert_false(c->after->qualifies);
}

static void test_who_gains_and_who_is_safe_again(void **state)
{
	struct frame a;

	tear_down(state);
	open_world(small_rules_next);
	assert_int_equal(ask(small_rules, 0, "work", "", &a), 0);
	assert_int_equal(change_of(&a, "P", "work")->outcome, OUTCOME_GAINS);
	enroll("P");
	assert_int_equal(ask(small_rules, 0, "work", "", &a), 0);
	assert_int_equal(change_of(&a, "P", "work")->outcome, OUTCOME_SAVED);
}

static void test_the_tally_counts_every_partner_once(void **state)
{
	static const uint32_t want[] = { [OUTCOME_UNCHANGED] = 1,
		[OUTCOME_LOSES] = 1,
		[OUTCOME_TRACK] = 1,
		[OUTCOME_SAVED] = 0 };
	struct frame a;

	(void)state;
	assert_int_equal(ask(small_rules_next, 0, "", "", &a), 0);
	assert_int_equal(a.u.rehearse_answer.n_areas, 4);
	assert_true(str_eq(a.u.rehearse_answer.areas[0].area, STR("work")));
	for (int o = 0; o <= OUTCOME_SAVED; o++)
		assert_int_equal(a.u.rehearse_answer.areas[0].n[o], want[o]);
	for (size_t i = 0; i < 4; i++) {
		uint32_t sum = 0;

		for (int o = 0; o < OUTCOME_END; o++)
			sum += a.u.rehearse_answer.areas[i].n[o];
		assert_int_equal(sum, 3);
	}
}

/* The rehearsed score is that of an engine which has those rules. */
static void test_a_rehearsal_tells_what_then_comes(void **state)
{
	struct edition_box *box = compile(small_rules_next);
	struct partner_score score;
	struct lab other;
	struct frame a;

	(void)state;
	lab_open(&other, edition_box_get(box));
	lab_tell(&other, facts);
	lab_settle(&other);
	assert_int_equal(ask(small_rules_next, 0, "work", "", &a), 0);
	for (const char *p = "PT"; *p != '\0'; p++) {
		char id[2] = { *p, '\0' };
		const struct wire_area_standing *then = change_of(&a, id, "work")->after;

		score = lab_score(&other, id, NULL);
		assert_true(ratio_eq(score.areas[0].total, then->total));
		assert_int_equal(score.areas[0].status, then->status);
		assert_true(str_eq(score.areas[0].track->id, then->track));
	}
	lab_close(&other);
	edition_box_destroy(box);
}

static void test_nothing_that_is_kept_changes(void **state)
{
	uint64_t before = engine_digest(w.lab.e);
	struct frame a;

	(void)state;
	assert_int_equal(ask(small_rules_next, 0, "", "", &a), 0);
	assert_int_equal(engine_digest(w.lab.e), before);
	lab_settle(&w.lab);
	assert_int_equal(w.lab.n_changes, 0);
}

/* ---- areas ------------------------------------------------------------------------------------------------ */

static void test_one_area_is_rehearsed_alone(void **state)
{
	struct frame a;

	(void)state;
	assert_int_equal(ask(small_rules_next, 0, "All of it", "", &a), 0);
	assert_int_equal(a.u.rehearse_answer.n_areas, 1);
	assert_true(str_eq(a.u.rehearse_answer.areas[0].area, STR("all")));
	assert_non_null(change_of(&a, "P", "all"));
	assert_null(change_of(&a, "P", "work"));
	assert_int_equal(ask(small_rules_next, 0, "wrok", "", &a), ERR_INVALID);
	assert_non_null(strstr(w.e.text, "did you mean 'work'?"));
}

/* An area that only one of the editions has. */
static void test_an_area_that_goes_away_is_lost(void **state)
{
	char text[8192];
	char *at;
	const struct wire_rehearsed_change *c;
	struct frame a;

	(void)state;
	(void)snprintf(text, sizeof text, "%s", small_rules_next);
	at = strstr(text, "  - { id: all,");
	assert_non_null(at);
	memmove(at, strchr(at, '\n') + 1, strlen(strchr(at, '\n')));
	assert_int_equal(ask(text, 0, "all", "", &a), 0);
	c = change_of(&a, "P", "all");
	assert_non_null(c);
	assert_int_equal(c->outcome, OUTCOME_LOSES);
	assert_non_null(c->before);
	assert_null(c->after);
	assert_int_equal(c->metrics[0].maximum_after, 0);
}

/* ---- pages ------------------------------------------------------------------------------------------------ */

static void test_a_page_ends_with_its_time_and_the_next_goes_on(void **state)
{
	static const char *const order[] = { "P", "Q", "T" };
	uint64_t digest = 0;
	char after[8] = "";
	struct frame a;

	(void)state;
	tick_ns = 2000; /* of a budget of 1000: one partner a page */
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(
			ask(i == 0 ? small_rules_next : NULL, digest, "work", after, &a), 0);
		assert_int_equal(a.u.rehearse_answer.looked_at, 1);
		assert_true(str_eq(a.u.rehearse_answer.last, str_from(order[i])));
		assert_int_equal(a.u.rehearse_answer.more, i < 2);
		digest = a.u.rehearse_answer.digest;
		(void)snprintf(after, sizeof after, "%s", order[i]);
		lab_tell(&w.lab, "usage Z c9 Service 2024-03 5"); /* events go on between pages */
		lab_settle(&w.lab);
	}
}

static void test_a_page_of_many_partners_is_bounded(void **state)
{
	uint32_t all = 0, pages = 0;
	char fact[64], after[EVENT_PARTNER_MAX + 1] = "";
	uint64_t digest = 0;
	struct frame a;

	(void)state;
	for (int i = 0; i < 600; i++) {
		(void)snprintf(fact, sizeof fact, "cert X%03d x%d C-1", i, i);
		lab_tell(&w.lab, fact);
	}
	lab_settle(&w.lab);
	do {
		assert_int_equal(
			ask(pages == 0 ? small_rules_next : NULL, digest, "", after, &a), 0);
		assert_true(a.u.rehearse_answer.looked_at <= REHEARSAL_PAGE);
		all += a.u.rehearse_answer.looked_at;
		pages++;
		digest = a.u.rehearse_answer.digest;
		(void)snprintf(after, sizeof after, STR_FMT, STR_ARG(a.u.rehearse_answer.last));
	} while (a.u.rehearse_answer.more);
	assert_int_equal(all, 603);
	assert_int_equal(pages, 3);
}

/* ---- the text --------------------------------------------------------------------------------------------- */

static void test_faults_come_back_with_line_and_caret(void **state)
{
	char report[WIRE_REPORT_MAX + 1];
	struct frame a;

	(void)state;
	assert_int_equal(ask("edition:\n  id: [\n", 0, "", "", &a), 0);
	assert_int_equal(a.u.rehearse_answer.edition.n, 0);
	assert_int_equal(a.u.rehearse_answer.looked_at, 0);
	(void)snprintf(report, sizeof report, "%.*s", (int)a.u.rehearse_answer.report.n,
		(const char *)a.u.rehearse_answer.report.p);
	assert_non_null(strstr(report, "mine.yaml:"));
	assert_non_null(strstr(report, ": error: "));
	assert_non_null(strstr(report, "^"));
	assert_false(rehearsal_is_kept(w.r));
}

static void test_a_text_that_is_not_kept_is_asked_for_again(void **state)
{
	struct frame a;

	(void)state;
	assert_int_equal(ask(NULL, 1, "", "", &a), ERR_MISMATCH);
	assert_int_equal(ask(small_rules_next, 0, "", "", &a), 0);
	assert_int_equal(ask(NULL, a.u.rehearse_answer.digest, "", "P", &a), 0);
	assert_int_equal(a.u.rehearse_answer.looked_at, 2);
	assert_int_equal(ask(NULL, a.u.rehearse_answer.digest + 1, "", "", &a), ERR_MISMATCH);
}

static void test_one_text_at_a_time(void **state)
{
	struct frame a;

	(void)state;
	tick_ns = 2000; /* a page is a partner */
	assert_int_equal(ask(small_rules_next, 0, "", "", &a), 0);
	assert_true(a.u.rehearse_answer.more);
	assert_int_equal(ask(small_rules_next, 0, "", "", &a), 0); /* the same is no other */
	assert_int_equal(ask(small_rules, 0, "", "", &a), ERR_AGAIN);
	/* Its client went away. */
	clock_ns += REHEARSAL_BUSY_NS;
	assert_int_equal(ask(small_rules, 0, "", "", &a), 0);
	assert_true(str_eq(a.u.rehearse_answer.edition, STR("small")));
	/* Or had all its pages. */
	tick_ns = 0;
	assert_int_equal(ask(NULL, a.u.rehearse_answer.digest, "", "P", &a), 0);
	assert_false(a.u.rehearse_answer.more);
	assert_int_equal(ask(small_rules_next, 0, "", "", &a), 0);
	assert_int_equal(ask(small_rules, 0, "", "", &a), 0);
	assert_true(str_eq(a.u.rehearse_answer.edition, STR("small")));
	assert_int_equal(a.u.rehearse_answer.n_partners, 0); /* the rules of now change nothing */
}

static void test_a_text_that_nobody_asks_about_is_dropped(void **state)
{
	struct frame a;

	(void)state;
	rehearsal_tick(w.r);
	assert_int_equal(ask(small_rules_next, 0, "", "", &a), 0);
	clock_ns += REHEARSAL_IDLE_NS;
	rehearsal_tick(w.r);
	assert_true(rehearsal_is_kept(w.r));
	clock_ns += 1;
	rehearsal_tick(w.r);
	assert_false(rehearsal_is_kept(w.r));
}

/* An answer of every kind travels. */
static void test_an_answer_fits_its_frame(void **state)
{
	struct frame a, got;
	struct buf bytes;

	(void)state;
	buf_init(&bytes, &mem_heap, WIRE_BODY_MAX);
	assert_int_equal(ask(small_rules_next, 0, "", "", &a), 0);
	assert_int_equal(frame_encode(&a, &bytes), 0);
	assert_int_equal(frame_decode(buf_span(&bytes), &w.lab.ar, &got, &w.e), 0);
	assert_int_equal(change_of(&got, "P", "work")->outcome, OUTCOME_LOSES);
	assert_int_equal(got.u.rehearse_answer.areas[0].n[OUTCOME_TRACK], 1);
	buf_fini(&bytes);
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH_WORLD(test_who_loses_is_told_with_what_moves),
		WITH_WORLD(test_who_changes_track_is_told),
		WITH_WORLD(test_held_by_an_enrollment_alone_is_endangered),
		WITH_WORLD(test_who_gains_and_who_is_safe_again),
		WITH_WORLD(test_the_tally_counts_every_partner_once),
		WITH_WORLD(test_a_rehearsal_tells_what_then_comes),
		WITH_WORLD(test_nothing_that_is_kept_changes),
		WITH_WORLD(test_one_area_is_rehearsed_alone),
		WITH_WORLD(test_an_area_that_goes_away_is_lost),
		WITH_WORLD(test_a_page_ends_with_its_time_and_the_next_goes_on),
		WITH_WORLD(test_a_page_of_many_partners_is_bounded),
		WITH_WORLD(test_faults_come_back_with_line_and_caret),
		WITH_WORLD(test_a_text_that_is_not_kept_is_asked_for_again),
		WITH_WORLD(test_one_text_at_a_time),
		WITH_WORLD(test_a_text_that_nobody_asks_about_is_dropped),
		WITH_WORLD(test_an_answer_fits_its_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
