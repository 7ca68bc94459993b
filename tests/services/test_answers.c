/* What scoring answers: everything that the engine says of a partner, within the bounds of a frame. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "rules/compile/compile.h"
#include "services/scoring/answers.h"
#include "services/scoring/area_find.h"
#include "tests/support/lab.h"
#include "tests/support/small_rules.h"

/* Three customers of 200 USD: 30 points by the track `many`, none by `few`; with a person 70 in all. */
static const char qualified[] = "day 2024-05-25;"
				"usage P c1 Service 2024-04 200;usage P c2 Service 2024-04 200;"
				"usage P c3 Service 2024-04 200;cert P p1 C-1";

struct world {
	struct edition_box *box;
	struct lab lab;
	struct err e;
};

static int set_up(void **state)
{
	static struct world w;
	struct buf report;

	memset(&w, 0, sizeof w);
	buf_init(&report, &mem_heap, 65536);
	if (compile_edition(&mem_heap, "small.yaml", str_from(small_rules), &report, &w.box) != 0)
		print_error("%.*s\n", (int)report.n, (const char *)report.p);
	buf_fini(&report);
	assert_non_null(w.box);
	lab_open(&w.lab, edition_box_get(w.box));
	*state = &w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	lab_close(&w->lab);
	edition_box_destroy(w->box);
	return 0;
}

static void tell(struct world *w, const char *facts)
{
	lab_tell(&w->lab, facts);
	lab_settle(&w->lab);
}

static void attest(struct world *w, const char *scope, const char *on)
{
	struct event ev = reported("P", "2024-04");

	ev.kind = FACT_ATTESTATION;
	ev.u.attestation = (struct fact_attestation){ .kind = ATTEST_AUDIT,
		.scope = str_from(scope),
		.reference = STR("a"),
		.on = day(on),
		.until = DAY_NONE };
	lab_apply(&w->lab, &ev);
	lab_settle(&w->lab);
}

static void enroll(struct world *w, const char *area, const char *on, const char *anniversary)
{
	struct event ev = reported("P", "2024-04");

	ev.kind = FACT_ENROLLMENT;
	ev.u.enrollment = (struct fact_enrollment){ .area = str_from(area),
		.state = ENROLL_ENROLLED,
		.on = day(on),
		.anniversary = day(anniversary),
		.track = STR("") };
	lab_apply(&w->lab, &ev);
	lab_settle(&w->lab);
}

static const struct wire_freshness fresh = { 5, 1, 2, 19000 };

/* As it travels: encoded and decoded. */
static struct frame sent(struct world *w, const struct frame *answer)
{
	struct buf bytes;
	struct frame got;

	buf_init(&bytes, &mem_heap, WIRE_BODY_MAX);
	assert_int_equal(frame_encode(answer, &bytes), 0);
	assert_int_equal(frame_decode(buf_span(&bytes), &w->lab.ar, &got, &w->e), 0);
	buf_fini(&bytes);
	return got;
}

static struct frame ask_score(struct world *w, const char *area, bool explain)
{
	struct frame q = { .kind = FRAME_SCORE_QUERY }, a;

	q.u.score_query.request = 7;
	q.u.score_query.partner = STR("P");
	q.u.score_query.as_of = DAY_NONE;
	q.u.score_query.explain = explain;
	q.u.score_query.area = str_from(area);
	assert_int_equal(answer_score(w->lab.e, &q, &fresh, &w->lab.ar, &a, &w->e), 0);
	return sent(w, &a);
}

static const struct wire_area_score *area_of(const struct frame *a, const char *id)
{
	for (size_t i = 0; i < a->u.score_answer.n_areas; i++)
		if (str_eq(a->u.score_answer.areas[i].area, str_from(id)))
			return &a->u.score_answer.areas[i];
	fail_msg("no area %s", id);
	return NULL;
}

/* ---- scores ----------------------------------------------------------------------------------------------- */

static void test_an_area_tells_how_it_stands(void **state)
{
	struct world *w = *state;
	const struct wire_area_score *a;
	struct frame f;

	tell(w, qualified);
	f = ask_score(w, "", false);
	assert_int_equal(f.u.score_answer.request, 7);
	assert_int_equal(f.u.score_answer.n_areas, 4);
	assert_int_equal(f.u.score_answer.freshness.day, day("2024-05-25"));
	a = area_of(&f, "work");
	assert_int_equal(a->form, WIRE_OF_METRICS);
	assert_int_equal(a->status, AREA_QUALIFIED);
	assert_true(a->qualifies);
	assert_true(ratio_eq(a->total, ratio_int(70)));
	assert_true(str_eq(a->track, STR("many")));
	assert_true(str_eq(a->track_name, STR("Many customers")));
	assert_false(a->enrolled || a->automatic);
	assert_int_equal(a->enrolled_on, DAY_NONE);
	assert_int_equal(a->anniversary, DAY_NONE);
	assert_int_equal(a->last_qualified, day("2024-05-25"));
	assert_int_equal(a->window_from, day("2024-04-26"));
	assert_int_equal(a->window_until, day("2024-05-25"));
	assert_int_equal(area_of(&f, "all")->form, WIRE_OF_AREAS);
	assert_int_equal(area_of(&f, "deep")->form, WIRE_OF_REQUIREMENTS);
	/* Explanations are not asked for. */
	assert_int_equal(a->n_tracks, 0);
	assert_int_equal(a->n_catalogue, 0);
	assert_false(a->metrics[0].explained);
}

static void test_an_enrollment_is_told(void **state)
{
	struct world *w = *state;
	const struct wire_area_score *a;
	struct frame f;

	tell(w, qualified);
	enroll(w, "work", "2024-05-01", "2025-05-01");
	f = ask_score(w, "", false);
	a = area_of(&f, "work");
	assert_true(a->enrolled);
	assert_false(a->automatic);
	assert_int_equal(a->enrolled_on, day("2024-05-01"));
	assert_int_equal(a->anniversary, day("2025-05-01"));
}

static void test_requirements_are_met_not_met_or_not_known(void **state)
{
	struct world *w = *state;
	const struct wire_area_score *a;
	struct frame f;

	tell(w, qualified);
	attest(w, "deep", "2024-05-01");
	f = ask_score(w, "", true);
	a = area_of(&f, "deep");
	assert_int_equal(a->status, AREA_QUALIFIED);
	assert_int_equal(a->metrics[0].met, WIRE_MET);
	assert_int_equal(a->metrics[1].met, WIRE_MET);
	a = area_of(&f, "lost");
	assert_int_equal(a->status, AREA_IN_PROGRESS);
	assert_int_equal(a->metrics[0].met, WIRE_MET);
	assert_int_equal(a->metrics[1].met, WIRE_MET_NOT_KNOWN);
	assert_int_equal(a->metrics[1].n_conditions, 1);
	assert_int_equal(a->metrics[1].conditions[0].met, WIRE_MET_NOT_KNOWN);
}

static void test_what_a_renewal_does_not_ask_for_is_told(void **state)
{
	struct world *w = *state;
	const struct wire_area_score *a;
	struct frame f;

	tell(w, qualified);
	enroll(w, "deep", "2024-05-01", "2025-05-01");
	f = ask_score(w, "", true);
	a = area_of(&f, "deep");
	assert_int_equal(a->renewal_on, day("2025-05-01"));
	assert_int_equal(a->renewal_year, 1);
	assert_int_equal(a->metrics[0].met, WIRE_MET);
	assert_int_equal(a->metrics[0].asked_on, DAY_NONE);
	assert_int_equal(a->metrics[1].met, WIRE_MET_NOT_ASKED);
	assert_int_equal(a->metrics[1].asked_on, day("2026-05-01"));
	assert_int_equal(a->metrics[1].conditions[0].met, WIRE_NOT_MET);
	assert_true(a->qualifies);
	a = area_of(&f, "work");
	assert_int_equal(a->renewal_on, DAY_NONE);
	assert_int_equal(a->renewal_year, 0);
}

static void test_an_explanation_unfolds_tracks_parts_and_catalogue(void **state)
{
	struct world *w = *state;
	const struct wire_area_score *a;
	const struct wire_metric_score *m;
	struct frame f;

	tell(w, qualified);
	f = ask_score(w, "", true);
	a = area_of(&f, "work");
	assert_int_equal(a->n_tracks, 2);
	assert_true(str_eq(a->tracks[0].id, STR("few")));
	assert_true(ratio_eq(a->tracks[0].points, ratio_int(40)));
	assert_false(a->tracks[0].counts);
	assert_true(ratio_eq(a->tracks[1].points, ratio_int(70)));
	assert_true(a->tracks[1].counts);
	assert_true(a->track_reason.n > 0);
	assert_int_equal(a->n_catalogue, 2);
	assert_true(str_eq(a->catalogue[0].id, STR("badge")));
	assert_true(str_eq(a->catalogue[0].kind, STR("benefit")));
	assert_true(str_eq(a->catalogue[1].kind, STR("competency")));
	assert_true(str_eq(a->catalogue[1].text, STR("What it became.")));
	m = &a->metrics[1];
	assert_int_equal(m->n_parts, 2);
	assert_true(str_eq(m->parts[0].name, STR("Small ones")));
	assert_true(ratio_eq(m->parts[0].points, ratio_int(30)));
	assert_true(m->parts[0].counts);
	assert_true(ratio_eq(m->parts[1].points, ratio_int(3)));
	assert_false(m->parts[1].counts);
	assert_int_equal(area_of(&f, "deep")->n_catalogue, 1);
	assert_int_equal(area_of(&f, "lost")->n_catalogue, 0);
}

static void test_one_area_is_asked_for_by_id_or_name(void **state)
{
	static const char *const names[] = { "deep", "DEEP", "Deep work", "deep WORK" };
	struct world *w = *state;

	tell(w, qualified);
	for (size_t i = 0; i < 4; i++) {
		struct frame f = ask_score(w, names[i], true);

		assert_int_equal(f.u.score_answer.n_areas, 1);
		assert_true(str_eq(f.u.score_answer.areas[0].area, STR("deep")));
	}
}

/* ---- names ------------------------------------------------------------------------------------------------ */

static void test_an_unknown_area_is_answered_with_the_nearest(void **state)
{
	static const struct {
		const char *name, *says;
	} rows[] = {
		{ "wrk", "edition small has no area 'wrk'; did you mean 'work'?" },
		{ "deepp", "did you mean 'deep'?" },
		{ "Lost wrok", "did you mean 'lost'?" },
		{ "work at l", "did you mean 'work'?" },
		{ "kubernetes", "has no area 'kubernetes'; it has work, all, and specializations" },
	};
	struct world *w = *state;

	tell(w, qualified);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct frame q = { .kind = FRAME_SCORE_QUERY }, a;

		q.u.score_query.partner = STR("P");
		q.u.score_query.as_of = DAY_NONE;
		q.u.score_query.area = str_from(rows[i].name);
		assert_int_equal(
			answer_score(w->lab.e, &q, &fresh, &w->lab.ar, &a, &w->e), ERR_INVALID);
		assert_non_null(strstr(w->e.text, rows[i].says));
		q.kind = FRAME_PARTNERS_QUERY;
		memset(&q.u, 0, sizeof q.u);
		q.u.partners_query.area = str_from(rows[i].name);
		assert_int_equal(
			answer_partners(w->lab.e, &q, &fresh, &w->lab.ar, &a, &w->e), ERR_INVALID);
		assert_non_null(strstr(w->e.text, rows[i].says));
	}
}

static void test_an_unknown_partner_is_not_found(void **state)
{
	struct world *w = *state;
	struct frame q = { .kind = FRAME_SCORE_QUERY }, a;

	tell(w, qualified);
	q.u.score_query.partner = STR("Q");
	q.u.score_query.as_of = DAY_NONE;
	assert_int_equal(answer_score(w->lab.e, &q, &fresh, &w->lab.ar, &a, &w->e), ERR_NOTFOUND);
	q.kind = FRAME_HISTORY_QUERY;
	memset(&q.u, 0, sizeof q.u);
	q.u.history_query.partner = STR("Q");
	q.u.history_query.from = q.u.history_query.until = day("2024-05-25");
	assert_int_equal(answer_history(w->lab.e, &q, &fresh, &w->lab.ar, &a, &w->e), ERR_NOTFOUND);
}

/* ---- partners --------------------------------------------------------------------------------------------- */

static struct frame ask_partners(struct world *w, const char *area, enum area_status status,
	const char *after, uint32_t limit)
{
	struct frame q = { .kind = FRAME_PARTNERS_QUERY }, a;

	q.u.partners_query.area = str_from(area);
	q.u.partners_query.status = status;
	q.u.partners_query.after = str_from(after);
	q.u.partners_query.limit = limit;
	assert_int_equal(answer_partners(w->lab.e, &q, &fresh, &w->lab.ar, &a, &w->e), 0);
	return sent(w, &a);
}

static void test_a_list_tells_forms_and_what_is_not_known(void **state)
{
	struct world *w = *state;
	struct frame f;

	tell(w, qualified);
	f = ask_partners(w, "", AREA_UNKNOWN, "", 0);
	assert_int_equal(f.u.partners_answer.n_partners, 1);
	assert_int_equal(f.u.partners_answer.partners[0].n_areas, 4);
	f = ask_partners(w, "Lost work", AREA_UNKNOWN, "", 0);
	assert_int_equal(f.u.partners_answer.partners[0].n_areas, 1);
	assert_int_equal(f.u.partners_answer.partners[0].areas[0].form, WIRE_OF_REQUIREMENTS);
	assert_int_equal(f.u.partners_answer.partners[0].areas[0].maximum, 2);
	assert_int_equal(f.u.partners_answer.partners[0].areas[0].not_known, 1);
	assert_false(f.u.partners_answer.partners[0].areas[0].qualifies);
	f = ask_partners(w, "work", AREA_LAPSED, "", 0);
	assert_int_equal(f.u.partners_answer.n_partners, 0);
}

static void test_a_page_of_partners_is_bounded(void **state)
{
	struct world *w = *state;
	char fact[64];
	struct frame f;

	tell(w, "day 2024-05-25");
	for (int i = 0; i < 300; i++) {
		(void)snprintf(fact, sizeof fact, "cert Q%03d p%d C-1", i, i);
		lab_tell(&w->lab, fact);
	}
	lab_settle(&w->lab);
	f = ask_partners(w, "", AREA_UNKNOWN, "", 1000);
	assert_int_equal(f.u.partners_answer.n_partners, PARTNERS_LIMIT_MAX);
	assert_true(f.u.partners_answer.more);
	f = ask_partners(w, "", AREA_UNKNOWN, "Q249", 1000);
	assert_int_equal(f.u.partners_answer.n_partners, 50);
	assert_false(f.u.partners_answer.more);
}

/* ---- history ---------------------------------------------------------------------------------------------- */

static int history(
	struct world *w, const char *from, const char *until, const char *area, struct frame *ret)
{
	struct frame q = { .kind = FRAME_HISTORY_QUERY }, a;
	int rc;

	q.u.history_query.request = 9;
	q.u.history_query.partner = STR("P");
	q.u.history_query.area = str_from(area);
	q.u.history_query.from = day(from);
	q.u.history_query.until = day(until);
	rc = answer_history(w->lab.e, &q, &fresh, &w->lab.ar, &a, &w->e);
	if (rc == 0)
		*ret = sent(w, &a);
	return rc;
}

/* April's usage counts from the 20th of May on. */
static void test_a_history_tells_what_changed_and_when(void **state)
{
	struct world *w = *state;
	const struct wire_history_span *s;
	struct frame f;
	size_t n;

	tell(w, qualified);
	assert_int_equal(history(w, "2024-05-10", "2024-05-25", "work", &f), 0);
	n = f.u.history_answer.n_spans;
	s = f.u.history_answer.spans;
	assert_int_equal(f.u.history_answer.request, 9);
	assert_int_equal(f.u.history_answer.until, day("2024-05-25"));
	assert_true(n >= 2);
	assert_int_equal(s[0].from, day("2024-05-10"));
	assert_int_equal(s[0].n_areas, 1);
	assert_true(str_eq(s[0].edition, STR("small")));
	assert_true(ratio_eq(s[0].areas[0].total, ratio_int(40)));
	assert_int_equal(s[n - 1].from, day("2024-05-20"));
	assert_true(ratio_eq(s[n - 1].areas[0].total, ratio_int(70)));
	assert_int_equal(s[n - 1].areas[0].status, AREA_QUALIFIED);
	assert_int_equal(s[n - 1].areas[0].maximum, 100);
}

static void test_a_long_history_comes_in_pages(void **state)
{
	struct world *w = *state;
	struct frame f;

	tell(w, qualified);
	assert_int_equal(history(w, "2024-01-01", "2024-05-25", "", &f), 0);
	assert_int_equal(f.u.history_answer.until, day("2024-01-31"));
	assert_int_equal(f.u.history_answer.spans[0].n_areas, 4);
}

static void test_a_history_of_no_days_is_refused(void **state)
{
	struct world *w = *state;
	struct frame f;

	tell(w, qualified);
	assert_int_equal(history(w, "2024-05-26", "2024-05-25", "", &f), ERR_RANGE);
	assert_int_equal(history(w, "-", "2024-05-25", "", &f), ERR_RANGE);
	assert_int_equal(history(w, "2024-05-01", "2024-05-25", "wrok", &f), ERR_INVALID);
	assert_non_null(strstr(w->e.text, "did you mean 'work'?"));
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH_WORLD(test_an_area_tells_how_it_stands),
		WITH_WORLD(test_an_enrollment_is_told),
		WITH_WORLD(test_what_a_renewal_does_not_ask_for_is_told),
		WITH_WORLD(test_requirements_are_met_not_met_or_not_known),
		WITH_WORLD(test_an_explanation_unfolds_tracks_parts_and_catalogue),
		WITH_WORLD(test_one_area_is_asked_for_by_id_or_name),
		WITH_WORLD(test_an_unknown_area_is_answered_with_the_nearest),
		WITH_WORLD(test_an_unknown_partner_is_not_found),
		WITH_WORLD(test_a_list_tells_forms_and_what_is_not_known),
		WITH_WORLD(test_a_page_of_partners_is_bounded),
		WITH_WORLD(test_a_history_tells_what_changed_and_when),
		WITH_WORLD(test_a_long_history_comes_in_pages),
		WITH_WORLD(test_a_history_of_no_days_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
