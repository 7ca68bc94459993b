/* What if: a partner as it is and as it would be, what would be alerted, and facts in short. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "rules/compile/compile.h"
#include "services/scoring/answers.h"
#include "services/scoring/whatif.h"
#include "tests/support/lab.h"
#include "tests/support/small_rules.h"

/* Three customers of 200 USD are 30 points by the track `many`, a person 40: qualified, with nothing to spare. */
static const char facts[] = "day 2024-05-25;"
			    "usage P c1 Service 2024-03 200;usage P c1 Service 2024-04 200;"
			    "usage P c2 Service 2024-04 200;usage P c3 Service 2024-04 200;"
			    "cert P p1 C-1;cert Q q1 C-1;usage Q c9 Service 2024-04 50";

struct world {
	struct edition_box *box, *next;
	struct lab lab;
	struct whatif *w;
	struct buf batch, bytes;
	struct span batches[1];
	struct frame q, a;
	struct err e;
};
static struct world w;

static int open_edition(void *ctx, struct str id, struct str text, const struct edition **ret)
{
	(void)ctx;
	(void)text;
	if (!str_eq(id, STR("next")))
		return ERR_NOTFOUND;
	*ret = edition_box_get(w.next);
	return 0;
}

static void open_whatif(size_t max_facts)
{
	struct whatif_options o = {
		.engine = w.lab.e, .editions = { .open = open_edition }, .max_facts = max_facts
	};

	whatif_destroy(w.w);
	assert_int_equal(whatif_create(&o, &w.w), 0);
}

static int set_up(void **state)
{
	(void)state;
	memset(&w, 0, sizeof w);
	assert_int_equal(
		compile_edition(&mem_heap, "a.yaml", str_from(small_rules), NULL, &w.box), 0);
	assert_int_equal(
		compile_edition(&mem_heap, "b.yaml", str_from(small_rules_next), NULL, &w.next), 0);
	lab_open(&w.lab, edition_box_get(w.box));
	lab_tell(&w.lab, facts);
	lab_settle(&w.lab);
	open_whatif(WHATIF_FACTS_MAX);
	buf_init(&w.batch, &mem_heap, WIRE_BATCH_BYTES_MAX);
	buf_init(&w.bytes, &mem_heap, WIRE_BODY_MAX);
	w.q = (struct frame){ .kind = FRAME_SIMULATE_QUERY };
	w.q.u.simulate_query.request = 9;
	w.q.u.simulate_query.partner = STR("P");
	w.q.u.simulate_query.day = DAY_NONE;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	whatif_destroy(w.w);
	lab_close(&w.lab);
	edition_box_destroy(w.box);
	edition_box_destroy(w.next);
	buf_fini(&w.batch);
	buf_fini(&w.bytes);
	return 0;
}

static const struct wire_freshness fresh = { 5, 1, 2, 19000 };

/* The question and the answer as they travel. */
static int ask(void)
{
	uint64_t before = engine_digest(w.lab.e);
	struct frame q, a;
	int rc;

	w.e = (struct err){ 0 };
	buf_reset(&w.bytes);
	assert_int_equal(frame_encode(&w.q, &w.bytes), 0);
	assert_int_equal(frame_decode(buf_span(&w.bytes), &w.lab.ar, &q, &w.e), 0);
	rc = whatif_answer(w.w, &q, &fresh, &w.lab.ar, &a, &w.e);
	assert_true(engine_digest(w.lab.e) == before);
	if (rc != 0)
		return rc;
	buf_reset(&w.bytes);
	assert_int_equal(frame_encode(&a, &w.bytes), 0);
	assert_int_equal(frame_decode(buf_span(&w.bytes), &w.lab.ar, &w.a, &w.e), 0);
	assert_int_equal(w.a.u.simulate_answer.request, 9);
	return 0;
}

static void tell(const char *text)
{
	struct lab_words words;
	struct event ev;

	while (lab_next(&text, &words, &ev))
		assert_int_equal(wire_encode_event(&ev, &w.batch), 0);
	w.batches[0] = buf_span(&w.batch);
	w.q.u.simulate_query.n_batches = 1;
	w.q.u.simulate_query.batches = w.batches;
}

static void suppose(const struct wire_supposition *s, size_t n)
{
	w.q.u.simulate_query.n_suppositions = n;
	w.q.u.simulate_query.suppositions = s;
}

static const struct wire_area_score *area_of(const struct frame *a, const char *id)
{
	assert_non_null(a);
	for (size_t i = 0; i < a->u.score_answer.n_areas; i++)
		if (str_eq(a->u.score_answer.areas[i].area, str_from(id)))
			return &a->u.score_answer.areas[i];
	fail_msg("no area %s", id);
	return NULL;
}

static void assert_total(const struct frame *score, int points)
{
	char text[RATIO_TEXT];
	struct ratio total = area_of(score, "work")->total;

	if (!ratio_eq(total, ratio_int(points)))
		fail_msg("%s points, expected %d", ratio_format(total, text), points);
}

#define BEFORE	(w.a.u.simulate_answer.before)
#define WITHOUT (w.a.u.simulate_answer.without)
#define AFTER	(w.a.u.simulate_answer.after)

/* ---- events ----------------------------------------------------------------------------------------------- */

/* What the service answers to a score query, encoded. */
static void score_bytes(const char *partner, struct buf *out)
{
	struct frame q = { .kind = FRAME_SCORE_QUERY }, a;

	q.u.score_query.partner = str_from(partner);
	q.u.score_query.as_of = DAY_NONE;
	q.u.score_query.explain = true;
	assert_int_equal(answer_score(w.lab.e, &q, &fresh, &w.lab.ar, &a, NULL), 0);
	assert_int_equal(frame_encode(&a, out), 0);
}

static void test_what_is_simulated_comes_out_byte_for_byte(void **state)
{
	static const char more[] = "usage P c4 Service 2024-04 300;usage P c1 Service 2024-04 20;"
				   "cert P p2 C-1;link P q1;day 2024-06-21";
	struct buf said, is;

	(void)state;
	buf_init(&said, &mem_heap, WIRE_BODY_MAX);
	buf_init(&is, &mem_heap, WIRE_BODY_MAX);
	tell(more);
	w.q.u.simulate_query.explain = true;
	assert_int_equal(ask(), 0);
	assert_int_equal(frame_encode(AFTER, &said), 0);
	score_bytes("P", &is);
	assert_memory_not_equal(said.p, is.p, said.n < is.n ? said.n : is.n);
	buf_reset(&is);
	facts_restart();
	lab_tell(&w.lab, facts); /* recorded anew, as the events of the question were after them */
	lab_tell(&w.lab, more);
	lab_settle(&w.lab);
	score_bytes("P", &is);
	assert_int_equal(said.n, is.n);
	assert_memory_equal(said.p, is.p, is.n);
	buf_fini(&said);
	buf_fini(&is);
}

static void assert_alert(enum alert_kind kind, enum alert_reason reason, const char *text)
{
	const struct wire_simulated_alert *a = w.a.u.simulate_answer.alerts;

	assert_true(w.a.u.simulate_answer.n_alerts > 0);
	assert_int_equal(a->kind, kind);
	assert_int_equal(a->reason, reason);
	assert_true(str_eq(a->area, STR("work")));
	if (strstr(a->text.p, text) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", a->text.p, text);
}

static void test_a_loss_is_what_would_be_alerted(void **state)
{
	(void)state;
	tell("usage P c1 Service 2024-04 0");
	assert_int_equal(ask(), 0);
	assert_null(WITHOUT);
	assert_total(BEFORE, 70);
	assert_total(AFTER, 60);
	assert_int_equal(w.a.u.simulate_answer.facts, 1);
	assert_int_equal(w.a.u.simulate_answer.n_alerts, 2); /* and of all areas together */
	assert_alert(
		ALERT_LOST, ALERT_BECAUSE_BELOW_THRESHOLD, "lost work (many): 60 points, were 70");
}

static void test_a_gain_and_a_risk_are_what_would_be_alerted(void **state)
{
	(void)state;
	tell("usage P c4 Service 2024-04 200");
	assert_int_equal(ask(), 0);
	assert_alert(ALERT_RECOVERED, ALERT_BECAUSE_MARGIN_RESTORED, "80 points, were 70");
	lab_tell(&w.lab, "usage P c4 Service 2024-04 200");
	lab_settle(&w.lab);
	buf_reset(&w.batch);
	tell("usage P c1 Service 2024-04 0");
	assert_int_equal(ask(), 0);
	assert_alert(ALERT_AT_RISK, ALERT_BECAUSE_WITHIN_MARGIN, "70 points, were 80");
	buf_reset(&w.batch);
	tell("usage Q c1 Service 2024-04 100;usage Q c2 Service 2024-04 100;"
	     "usage Q c3 Service 2024-04 100");
	w.q.u.simulate_query.partner = STR("Q");
	assert_int_equal(ask(), 0);
	assert_alert(ALERT_GAINED, ALERT_BECAUSE_QUALIFIES, "gained work (many): 70 points");
}

static void test_the_day_that_is_asked_about_is_told_without_the_facts_too(void **state)
{
	(void)state;
	/* By then April is no longer the last month of those with usage in May. */
	tell("usage P c1 Service 2024-05 200;usage P c2 Service 2024-05 200");
	w.q.u.simulate_query.day = day("2024-06-25");
	assert_int_equal(ask(), 0);
	assert_total(BEFORE, 70);
	assert_total(WITHOUT, 70);
	assert_total(AFTER, 60);
	assert_int_equal(BEFORE->u.score_answer.freshness.day, day("2024-05-25"));
	assert_int_equal(WITHOUT->u.score_answer.freshness.day, day("2024-06-25"));
	assert_int_equal(AFTER->u.score_answer.usage_month, day("2024-05-01"));
	w.q.u.simulate_query.day = day("2024-05-01");
	assert_int_equal(ask(), 0);
	assert_int_equal(AFTER->u.score_answer.freshness.day, day("2024-05-01"));
}

static void test_another_edition_and_another_track(void **state)
{
	(void)state;
	w.q.u.simulate_query.edition = STR("next");
	assert_int_equal(ask(), 0);
	assert_total(BEFORE, 70);
	assert_total(WITHOUT, 50); /* two people are needed for the 40 points */
	assert_total(AFTER, 50);
	assert_true(str_eq(AFTER->u.score_answer.edition, STR("next")));
	w.q.u.simulate_query.edition = STR("");
	w.q.u.simulate_query.track = STR("few");
	assert_int_equal(ask(), 0);
	assert_total(AFTER, 40);
	assert_true(str_eq(area_of(AFTER, "work")->track, STR("few")));
}

static void test_a_partner_that_nobody_knows(void **state)
{
	(void)state;
	w.q.u.simulate_query.partner = STR("N");
	assert_int_equal(ask(), ERR_NOTFOUND);
	tell("cert N n1 C-1;usage N c1 Service 2024-04 200");
	assert_int_equal(ask(), 0);
	assert_null(BEFORE);
	assert_total(AFTER, 50);
	/* The facts are those of others alone: their effect upon this one is what counts. */
	w.q.u.simulate_query.partner = STR("Q");
	assert_int_equal(ask(), 0);
	assert_total(BEFORE, 41);
	assert_total(AFTER, 41);
}

static void test_one_area_is_told_alone(void **state)
{
	(void)state;
	tell("usage P c1 Service 2024-04 0");
	w.q.u.simulate_query.area = STR("Work at large");
	assert_int_equal(ask(), 0);
	assert_int_equal(BEFORE->u.score_answer.n_areas, 1);
	assert_int_equal(AFTER->u.score_answer.n_areas, 1);
	assert_int_equal(w.a.u.simulate_answer.n_alerts, 1);
	w.q.u.simulate_query.area = STR("wrk");
	assert_int_equal(ask(), ERR_INVALID);
	assert_non_null(strstr(w.e.text, "did you mean"));
}

static void test_more_facts_than_allowed(void **state)
{
	(void)state;
	open_whatif(5);
	assert_int_equal(ask(), 0);
	open_whatif(4);
	assert_int_equal(ask(), ERR_FULL);
	assert_non_null(strstr(w.e.text, "--offline"));
	assert_int_equal(ask(), ERR_FULL);
	/* An explanation counts as much as the copy. */
	w.q.u.simulate_query.explain = true;
	open_whatif(9);
	assert_int_equal(ask(), ERR_FULL);
	open_whatif(10);
	assert_int_equal(ask(), 0);
}

/* ---- suppositions ----------------------------------------------------------------------------------------- */

struct row {
	const char *name;
	struct wire_supposition s;
	int points;	  /* of `work` after it; 0: it is refused */
	const char *says; /* a part of the note, or of the fault */
};

#define ROW_USD(n) .measure = MEASURE_ACR, .has_amount = true, .amount_micro = USD(n)

static const struct row rows[] = {
	{ "a certificate of somebody new changes nothing beyond the maximum",
		{ .kind = SUPPOSE_CERTIFICATE, .name = STR_INIT("C-1"), .count = 2 }, 70,
		"C-1: earned on 2024-05-25 by 2" },
	{ "a certificate that the edition does not name",
		{ .kind = SUPPOSE_CERTIFICATE, .name = STR_INIT("C-9") }, 70,
		"counts for nothing" },
	{ "a certificate ends",
		{ .kind = SUPPOSE_CERTIFICATE_ENDS,
			.who = STR_INIT("p1"),
			.name = STR_INIT("One") },
		30, NULL },
	{ "nobody of that name holds anything",
		{ .kind = SUPPOSE_CERTIFICATE_ENDS,
			.who = STR_INIT("q1"),
			.name = STR_INIT("C-1") },
		0, "nobody 'q1' counts for partner P" },
	{ "a certificate that the person does not hold",
		{ .kind = SUPPOSE_CERTIFICATE_ENDS,
			.who = STR_INIT("p1"),
			.name = STR_INIT("C-2") },
		0, "'p1' holds no 'C-2'" },
	{ "a person leaves", { .kind = SUPPOSE_PERSON_LEAVES, .who = STR_INIT("p1") }, 30, NULL },
	{ "a new customer under what the small track asks",
		{ .kind = SUPPOSE_CUSTOMER, ROW_USD(99) }, 70, "acr of" },
	{ "two new customers", { .kind = SUPPOSE_CUSTOMER, .count = 2, ROW_USD(100) }, 90,
		"by pal in 2024-02 to 2024-04" },
	{ "a new customer of a measure that no rule takes",
		{ .kind = SUPPOSE_CUSTOMER, .measure = MEASURE_MAU, .has_amount = true }, 0,
		"has no rule about mau" },
	{ "a new customer without an amount", { .kind = SUPPOSE_CUSTOMER, .measure = MEASURE_ACR },
		0, "needs a measure and an amount" },
	{ "a customer leaves", { .kind = SUPPOSE_CUSTOMER_LEAVES, .who = STR_INIT("c1") }, 60,
		"usage from 2024-03 on changes (2 rows)" },
	{ "a customer that is not there",
		{ .kind = SUPPOSE_CUSTOMER_LEAVES, .who = STR_INIT("c9") }, 0,
		"no usage of customer 'c9'" },
	{ "half of a customer's usage is what is asked",
		{ .kind = SUPPOSE_USAGE, .who = STR_INIT("c1"), .change = -5000 }, 70, NULL },
	{ "less than half is not",
		{ .kind = SUPPOSE_USAGE, .who = STR_INIT("c1"), .change = -5001 }, 60, NULL },
	{ "an amount a month", { .kind = SUPPOSE_USAGE, .who = STR_INIT("c1"), ROW_USD(99) }, 60,
		NULL },
	{ "usage of another product than there is",
		{ .kind = SUPPOSE_USAGE, .who = STR_INIT("c1"), .name = STR_INIT("Other") }, 0,
		"no such usage in the last 3 months" },
	{ "one person twice",
		{ .kind = SUPPOSE_CERTIFICATE,
			.who = STR_INIT("p1"),
			.name = STR_INIT("C-1"),
			.count = 2 },
		0, "2 times by one person" },
};

static void test_row(void **state)
{
	const struct row *r = *state;

	(void)set_up(NULL);
	suppose(&r->s, 1);
	if (r->points == 0) {
		assert_int_equal(ask(), ERR_SYNTAX);
		if (strstr(w.e.text, r->says) == NULL)
			fail_msg("\"%s\" does not say \"%s\"", w.e.text, r->says);
		(void)tear_down(NULL);
		return;
	}
	assert_int_equal(ask(), 0);
	assert_total(BEFORE, 70);
	assert_total(AFTER, r->points);
	if (r->says != NULL) {
		bool said = false;

		for (size_t i = 0; i < w.a.u.simulate_answer.n_notes; i++) {
			struct str n = w.a.u.simulate_answer.notes[i];

			said = said || (n.n > 0 && memmem(n.p, n.n, r->says, strlen(r->says)));
		}
		if (!said)
			fail_msg("no note says \"%s\"", r->says);
	}
	(void)tear_down(NULL);
}

static void test_rows_of_a_month_share_an_amount_as_they_did(void **state)
{
	static const struct wire_supposition s = {
		.kind = SUPPOSE_USAGE, .who = STR_INIT("c7"), ROW_USD(1000)
	};

	(void)state;
	lab_tell(&w.lab, "usage P c7 A 2024-04 1;usage P c7 B 2024-04 2");
	lab_settle(&w.lab);
	suppose(&s, 1);
	w.q.u.simulate_query.track = STR("few"); /* from 1,000 USD on: not a cent is lost */
	assert_int_equal(ask(), 0);
	assert_total(WITHOUT, 40);
	assert_total(AFTER, 65);
}

static void test_named_people_and_customers_are_one_over_all_suppositions(void **state)
{
	static const struct wire_supposition s[] = {
		{ .kind = SUPPOSE_CUSTOMER,
			.who = STR_INIT("n"),
			.name = STR_INIT("A"),
			ROW_USD(600) },
		{ .kind = SUPPOSE_CUSTOMER,
			.who = STR_INIT("n"),
			.name = STR_INIT("B"),
			ROW_USD(400) },
	};

	(void)state;
	suppose(s, 2);
	w.q.u.simulate_query.track = STR("few");
	assert_int_equal(ask(), 0);
	assert_total(AFTER, 65);
}

/* ---- faults ----------------------------------------------------------------------------------------------- */

static void test_faults_say_what_is_wrong(void **state)
{
	(void)state;
	w.q.u.simulate_query.edition = STR("nxt");
	assert_int_equal(ask(), ERR_SYNTAX);
	assert_non_null(strstr(w.e.text, "no edition 'nxt'; the calendar has: small"));
	w.q.u.simulate_query.edition = STR("");
	w.q.u.simulate_query.track = STR("some");
	assert_int_equal(ask(), ERR_SYNTAX);
	assert_non_null(strstr(w.e.text, "no track 'some'; there are: few, many"));
	w.q.u.simulate_query.track = STR("");
	tell("usage P c1 Service 2024-04 1;usage P c1 Service 2024-05 1000000000000");
	assert_int_equal(ask(), ERR_SYNTAX);
	assert_non_null(strstr(w.e.text, "fact 2: bad-field: usage.amount"));
	w.batches[0] = (struct span){ "\xff", 1 };
	assert_int_equal(ask(), ERR_SYNTAX);
}

int main(void)
{
	static const struct CMUnitTest by_hand[] = {
		cmocka_unit_test_setup_teardown(
			test_what_is_simulated_comes_out_byte_for_byte, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_loss_is_what_would_be_alerted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_gain_and_a_risk_are_what_would_be_alerted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_the_day_that_is_asked_about_is_told_without_the_facts_too, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_another_edition_and_another_track, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_partner_that_nobody_knows, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_one_area_is_told_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_more_facts_than_allowed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_rows_of_a_month_share_an_amount_as_they_did, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_named_people_and_customers_are_one_over_all_suppositions, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(test_faults_say_what_is_wrong, set_up, tear_down),
	};
	static struct CMUnitTest tests[64];
	size_t n = 0;

	for (size_t i = 0; i < sizeof by_hand / sizeof *by_hand; i++)
		tests[n++] = by_hand[i];
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = test_row,
			.initial_state = (void *)(uintptr_t)&rows[i] };
	return _cmocka_run_group_tests("what if", tests, n, NULL, NULL);
}
