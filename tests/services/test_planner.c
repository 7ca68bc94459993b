/* Plans: the cheapest of all that can be added, found by trying everything with what-if; what lapses before the end; what is
 * out of reach, and what cannot be known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rules/compile/compile.h"
#include "services/scoring/planner.h"
#include "services/scoring/whatif.h"
#include "tests/support/lab.h"
#include "tests/support/small_rules.h"

#define MICRO	  1000000LL
#define MANY	  5 /* cases at least, so that a comparison is not about nothing */
#define FACTS_MAX ((size_t)1 << 20)

/* Steps with gates, a certificate that two predicates share, a pair that counts as one, growth and services in use. */
static const char gated_rules[] =
	"edition: { id: gated, title: With gates, valid-from: 2022-01-01, source: S }\n"
	"sources: { S: A document }\n"
	"settings: { qualifies-at: 70, every-metric-above: 0, total-is-compared: exact, usage-ready-day: 20 }\n"
	"certificates:\n"
	"  - { code: A-1, title: One }\n"
	"  - { code: A-2, title: Two }\n"
	"  - { code: A-3, title: Three }\n"
	"  - { code: A-4, title: Four }\n"
	"selections:\n"
	"  - { id: acr, measure: acr, associations: [pal], offers: [paid], source: S }\n"
	"areas:\n"
	"  - id: skill\n"
	"    name: Skill\n"
	"    metrics:\n"
	"      - id: plain\n"
	"        name: Plain\n"
	"        rule: R-P\n"
	"        source: S\n"
	"        maximum: 60\n"
	"        measure: people\n"
	"        steps:\n"
	"          - { name: First, holds: A-1, at-least-people: 1 }\n"
	"          - { name: Then, holds: { any: [A-2, { all: [A-3, A-4] }] }, points: 20 }\n"
	"      - id: high\n"
	"        name: High\n"
	"        rule: R-H\n"
	"        source: S\n"
	"        maximum: 40\n"
	"        measure: people\n"
	"        steps: [{ name: Three, holds: A-3, points: 20 }]\n"
	"  - id: trade\n"
	"    name: Trade\n"
	"    metrics:\n"
	"      - { id: adds, name: Adds, rule: R-A, source: S, maximum: 50, measure: net-customer-adds, points: 10, "
	"usage: acr, customer-reaches: 100, in-last-months: 1, compared-months: 12 }\n"
	"      - { id: growth, name: Growth, rule: R-G, source: S, maximum: 30, measure: usage-growth, points: 1, "
	"usage: acr, basis: single-month, minimum: 10, compared-months: 12 }\n"
	"      - { id: services, name: Services, rule: R-S, source: S, maximum: 20, measure: products-in-use, points: 5, "
	"usage: acr, in-last-months: 12 }\n";

struct world {
	struct edition_box *box;
	struct lab lab;
	struct whatif *w;
	struct frame q, a;
	struct buf bytes;
	struct err e;
	struct wire_plan_cost costs[16];
};
static struct world w;
static uint64_t seed;
static unsigned n_reached; /* random cases that needed something and could have it */

static uint32_t draw(uint32_t n)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(seed >> 33) % n;
}

static void set_up(const char *rules, const char *facts)
{
	struct whatif_options o = { .max_facts = FACTS_MAX };

	memset(&w, 0, sizeof w);
	assert_int_equal(compile_edition(&mem_heap, "a.yaml", str_from(rules), NULL, &w.box), 0);
	lab_open(&w.lab, edition_box_get(w.box));
	lab_tell(&w.lab, facts);
	lab_settle(&w.lab);
	o.engine = w.lab.e;
	assert_int_equal(whatif_create(&o, &w.w), 0);
	buf_init(&w.bytes, &mem_heap, WIRE_BODY_MAX);
	w.q = (struct frame){ .kind = FRAME_PLAN_QUERY };
	w.q.u.plan_query.request = 7;
	w.q.u.plan_query.partner = STR("P");
	w.q.u.plan_query.until = DAY_NONE;
	w.q.u.plan_query.plans = 4;
	w.q.u.plan_query.costs = w.costs;
}

static void tear_down(void)
{
	whatif_destroy(w.w);
	buf_fini(&w.bytes);
	lab_close(&w.lab);
	edition_box_destroy(w.box);
}

static void price(enum wire_plan_kind kind, const char *name, int64_t amount)
{
	w.costs[w.q.u.plan_query.n_costs++] =
		(struct wire_plan_cost){ kind, str_from(name), amount * MICRO };
}

static const struct wire_freshness fresh = { 5, 1, 2, 19000 };

/* The question and the answer as they travel; nothing that the engine keeps is touched. */
static int plan(const char *target)
{
	uint64_t before = engine_digest(w.lab.e);
	struct frame q, a;
	int rc;

	w.e = (struct err){ 0 };
	w.q.u.plan_query.target = str_from(target);
	buf_reset(&w.bytes);
	assert_int_equal(frame_encode(&w.q, &w.bytes), 0);
	assert_int_equal(frame_decode(buf_span(&w.bytes), &w.lab.ar, &q, &w.e), 0);
	rc = plan_answer(w.lab.e, FACTS_MAX, &q, &fresh, &w.lab.ar, &a, &w.e);
	assert_true(engine_digest(w.lab.e) == before);
	if (rc != 0)
		return rc;
	buf_reset(&w.bytes);
	assert_int_equal(frame_encode(&a, &w.bytes), 0);
	assert_int_equal(frame_decode(buf_span(&w.bytes), &w.lab.ar, &w.a, &w.e), 0);
	assert_int_equal(w.a.u.plan_answer.request, 7);
	return 0;
}

static const struct wire_plan *first(void)
{
	assert_true(w.a.u.plan_answer.n_plans > 0);
	return &w.a.u.plan_answer.plans[0];
}

static void assert_outcome(enum wire_plan_outcome outcome)
{
	assert_int_equal(w.a.u.plan_answer.outcome, outcome);
}

static void assert_note(const char *part)
{
	for (size_t i = 0; i < w.a.u.plan_answer.n_notes; i++)
		if (memmem(w.a.u.plan_answer.notes[i].p, w.a.u.plan_answer.notes[i].n, part,
			    strlen(part)) != NULL)
			return;
	fail_msg("no note says '%s'", part);
}

/* ---- everything that could be added ----------------------------------------------------------------------------- */

/* Whether an area qualifies with suppositions, by what-if. */
static bool qualifies(const char *area, const struct wire_supposition *s, size_t n)
{
	struct frame q = { .kind = FRAME_SIMULATE_QUERY }, a;
	const struct frame *after;
	bool is = false;

	q.u.simulate_query.partner = STR("P");
	q.u.simulate_query.day = DAY_NONE;
	q.u.simulate_query.area = str_from(area);
	q.u.simulate_query.n_suppositions = n;
	q.u.simulate_query.suppositions = s;
	if (whatif_answer(w.w, &q, &fresh, &w.lab.ar, &a, &w.e) != 0)
		fail_msg("%s", w.e.text);
	after = a.u.simulate_answer.after;
	for (size_t i = 0; i < after->u.score_answer.n_areas; i++)
		if (str_eq(after->u.score_answer.areas[i].area, str_from(area)))
			is = after->u.score_answer.areas[i].qualifies;
	whatif_tick(w.w);
	return is;
}

static void assert_cheapest(uint64_t of, int64_t best)
{
	int64_t found = w.a.u.plan_answer.n_plans == 0 ? -1 : first()->cost_micro;

	if (found != (best < 0 ? -1 : best * MICRO))
		fail_msg("seed %llu: the least is %lld, the plan costs %lld millionths",
			(unsigned long long)of, (long long)best, (long long)found);
	assert_true(best < 0 || w.a.u.plan_answer.proven);
	n_reached += best > 0;
}

static size_t tell_customers(char *facts, size_t cap)
{
	size_t n = (size_t)snprintf(facts, cap, "day 2024-05-25;usage Q q Service 2024-04 1");

	for (unsigned c = 1; c <= 4; c++) {
		static const int amounts[] = { 0, 5, 150, 1500 };
		int now = amounts[draw(4)], then = amounts[draw(4)];

		if (now > 0)
			n += (size_t)snprintf(facts + n, cap - n,
				";usage P c%u Service%u 2024-04 %d", c, draw(3), now);
		if (then > 0)
			n += (size_t)snprintf(
				facts + n, cap - n, ";usage P c%u Service 2023-04 %d", c, then);
	}
	return n;
}

/* Customers of 1,000 USD count for every track and option: more than those would be no use. */
static void compare_small(uint64_t of)
{
	int64_t best = -1, person, customer;
	char facts[2048];
	size_t n;

	seed = of;
	n = tell_customers(facts, sizeof facts);
	n += (size_t)snprintf(facts + n, sizeof facts - n, ";cert P x OTHER");
	if (draw(2) == 0)
		(void)snprintf(facts + n, sizeof facts - n, ";cert P p1 C-1");
	set_up(small_rules, facts);
	person = 1 + draw(50);
	customer = 1 + draw(20);
	price(PLAN_CERTIFICATE, "", person);
	price(PLAN_CUSTOMER, "", customer);
	w.q.u.plan_query.until = engine_day(w.lab.e);
	for (uint32_t people = 0; people <= 2; people++)
		for (uint32_t customers = 0; customers <= 12; customers++) {
			struct wire_supposition s[2];
			size_t k = 0;
			int64_t cost = people * person + customers * customer;

			if (best >= 0 && cost >= best)
				continue;
			if (people > 0)
				s[k++] = (struct wire_supposition){ .kind = SUPPOSE_CERTIFICATE,
					.name = STR("C-1"),
					.count = people };
			if (customers > 0)
				s[k++] = (struct wire_supposition){ .kind = SUPPOSE_CUSTOMER,
					.count = customers,
					.measure = MEASURE_ACR,
					.has_amount = true,
					.months = 1,
					.amount_micro = 1000 * MICRO };
			if (qualifies("work", s, k))
				best = cost;
		}
	assert_int_equal(plan("work"), 0);
	assert_cheapest(of, best);
	tear_down();
}

static void test_no_customers_and_people_would_be_cheaper(void **state)
{
	(void)state;
	for (uint64_t i = 1; i <= 150; i++)
		compare_small(i);
	assert_true(n_reached >= MANY);
	n_reached = 0;
}

#define PEOPLE 3
static const char *const people_ids[PEOPLE] = { "p1", "p2", "p3" };
static const char *const codes[4] = { "A-1", "A-2", "A-3", "A-4" };

/* Every set of certificates for each of three people, some of whom hold something: nobody else is needed, as no rule asks
 * for more than three. */
static void compare_gated(uint64_t of)
{
	char facts[512];
	uint32_t held[PEOPLE];
	int64_t best = -1, prices[4];
	size_t n = (size_t)snprintf(facts, sizeof facts, "day 2024-05-25");

	seed = of;
	for (size_t i = 0; i < PEOPLE; i++) {
		held[i] = draw(3) == 0 ? 0 : draw(16);
		n += (size_t)snprintf(
			facts + n, sizeof facts - n, ";cert P %s OTHER", people_ids[i]);
		for (size_t k = 0; k < 4; k++)
			if ((held[i] >> k & 1) != 0)
				n += (size_t)snprintf(facts + n, sizeof facts - n, ";cert P %s %s",
					people_ids[i], codes[k]);
	}
	set_up(gated_rules, facts);
	for (size_t k = 0; k < 4; k++) {
		prices[k] = 1 + draw(9);
		price(PLAN_CERTIFICATE, codes[k], prices[k]);
	}
	w.q.u.plan_query.until = engine_day(w.lab.e);
	for (uint32_t sets = 0; sets < 1U << (4 * PEOPLE); sets++) {
		struct wire_supposition s[4 * PEOPLE];
		size_t given = 0;
		int64_t cost = 0;

		for (size_t i = 0; i < 4 * PEOPLE; i++)
			if ((sets >> i & 1) != 0)
				cost += (held[i / 4] >> (i % 4) & 1) != 0 ? 1000 : prices[i % 4];
		if (cost >= 1000 || (best >= 0 && cost >= best))
			continue;
		for (size_t i = 0; i < 4 * PEOPLE; i++)
			if ((sets >> i & 1) != 0)
				s[given++] = (struct wire_supposition){ .kind = SUPPOSE_CERTIFICATE,
					.who = str_from(people_ids[i / 4]),
					.name = str_from(codes[i % 4]) };
		if (qualifies("skill", s, given))
			best = cost;
	}
	assert_int_equal(plan("skill"), 0);
	assert_cheapest(of, best);
	tear_down();
}

static void test_no_certificates_of_anybody_would_be_cheaper(void **state)
{
	(void)state;
	for (uint64_t i = 1; i <= 120; i++)
		compare_gated(i);
	assert_true(n_reached >= MANY);
	n_reached = 0;
}

/* Customers, services and growth at one that is there bear upon each other's metrics. now, base: of customer c1, USD. */
static bool trade_qualifies(
	uint32_t customers, uint32_t services, uint32_t growth, int64_t now, int64_t base)
{
	static const char *const names[] = { "s1", "s2", "s3", "s4" };
	struct wire_supposition x[8];
	size_t n = 0;

	if (customers > 0)
		x[n++] = (struct wire_supposition){ .kind = SUPPOSE_CUSTOMER,
			.count = customers,
			.measure = MEASURE_ACR,
			.has_amount = true,
			.months = 1,
			.amount_micro = 100 * MICRO };
	for (uint32_t i = 0; i < services; i++)
		x[n++] = (struct wire_supposition){ .kind = SUPPOSE_CUSTOMER,
			.who = STR("c1"),
			.name = str_from(names[i]),
			.measure = MEASURE_ACR,
			.has_amount = true,
			.months = 1,
			.amount_micro = MICRO };
	if (growth > 0)
		x[n++] = (struct wire_supposition){ .kind = SUPPOSE_USAGE,
			.who = STR("c1"),
			.name = STR("Service"),
			.months = 1,
			.has_amount = true,
			.amount_micro = now * MICRO + growth * base * MICRO / 100 };
	return qualifies("trade", x, n);
}

static void compare_trade(uint64_t of)
{
	int64_t best = -1, customer, growth, service, base, now;
	char facts[512];

	seed = of;
	base = 200 + 100 * draw(8);
	now = base - 10 * draw(8);
	(void)snprintf(facts, sizeof facts,
		"day 2024-05-25;usage P c1 Service 2023-04 %d;usage P c1 Service 2024-04 %d;"
		"usage P c2 Other 2024-04 %u",
		(int)base, (int)now, 20 + 50 * draw(3));
	set_up(gated_rules, facts);
	customer = 20 + draw(80);
	growth = 1 + draw(12);
	service = 1 + draw(40);
	price(PLAN_CUSTOMER, "", customer);
	price(PLAN_GROWTH, "trade", growth);
	price(PLAN_GROWTH, "", 1000);
	price(PLAN_DEPLOYMENT, "", service);
	w.q.u.plan_query.until = engine_day(w.lab.e);
	for (uint32_t c = 0; c <= 6; c++)
		for (uint32_t s = 0; s <= 4; s++)
			for (uint32_t g = 0; g <= 45; g++) {
				int64_t cost = c * customer + s * service + g * growth;

				if ((best < 0 || cost < best) &&
					trade_qualifies(c, s, g, now, base))
					best = cost;
			}
	assert_int_equal(plan("trade"), 0);
	assert_cheapest(of, best);
	tear_down();
}

static void test_no_mix_of_customers_services_and_growth_would_be_cheaper(void **state)
{
	(void)state;
	for (uint64_t i = 1; i <= 40; i++)
		compare_trade(i);
	assert_true(n_reached >= MANY);
	n_reached = 0;
}

/* ---- through a day ------------------------------------------------------------------------------------------------ */

static const char lapsing[] = "day 2024-05-25;usage P c1 Service 2024-04 1500;"
			      "usage P c2 Service 2024-04 1500;cert P p1 C-1 2023-06-30 2024-06-30";

static void assert_step(size_t i, enum wire_plan_kind kind, const char *who, bool known)
{
	const struct wire_plan_step *s = &first()->steps[i];

	assert_int_equal(s->kind, kind);
	assert_true(s->known == known);
	assert_true(who == NULL || str_eq(s->who, str_from(who)));
}

static void test_nothing_is_needed_while_nothing_lapses(void **state)
{
	(void)state;
	set_up(small_rules, lapsing);
	w.q.u.plan_query.until = engine_day(w.lab.e) + 30;
	assert_int_equal(plan("work"), 0);
	assert_outcome(PLAN_HELD);
	assert_int_equal(first()->cost_micro, 0);
	tear_down();
}

static void test_a_certificate_that_lapses_is_renewed(void **state)
{
	(void)state;
	set_up(small_rules, lapsing);
	price(PLAN_CERTIFICATE, "", 100);
	price(PLAN_RENEWAL, "", 10);
	assert_int_equal(plan("work"), 0);
	assert_outcome(PLAN_FOUND);
	assert_int_equal(w.a.u.plan_answer.until, engine_day(w.lab.e) + PLAN_DAYS_DEFAULT);
	assert_int_equal(first()->n_steps, 1);
	assert_step(0, PLAN_RENEWAL, "p1", true);
	assert_int_equal(first()->cost_micro, 10 * MICRO);
	assert_int_equal(w.a.u.plan_answer.n_plans, 2); /* the other way is somebody new */
	assert_int_equal(w.a.u.plan_answer.plans[1].cost_micro, 100 * MICRO);
	tear_down();
}

static void test_somebody_else_earns_it_when_that_is_cheaper(void **state)
{
	(void)state;
	set_up(small_rules, lapsing);
	price(PLAN_CERTIFICATE, "C-1", 5);
	price(PLAN_CERTIFICATE, "", 500);
	price(PLAN_RENEWAL, "", 10);
	assert_int_equal(plan("work"), 0);
	assert_step(0, PLAN_CERTIFICATE, NULL, false);
	assert_int_equal(first()->cost_micro, 5 * MICRO);
	tear_down();
}

static void test_a_plan_holds_on_the_days_between(void **state)
{
	(void)state;
	/* p1 lapses; p2 counts from a later day on, so that only the days between are without anybody. */
	set_up(small_rules, "day 2024-05-25;usage P c1 Service 2024-04 1500;"
			    "usage P c2 Service 2024-04 1500;cert P p1 C-1 2023-06-30 2024-06-10;"
			    "cert P p2 C-1 2024-07-20");
	price(PLAN_CERTIFICATE, "", 100);
	price(PLAN_RENEWAL, "", 10);
	assert_int_equal(plan("work"), 0);
	assert_outcome(PLAN_FOUND);
	assert_step(0, PLAN_RENEWAL, "p1", true);
	assert_int_equal(first()->cost_micro, 10 * MICRO);
	assert_true(w.a.u.plan_answer.proven);
	tear_down();
}

/* ---- other answers ------------------------------------------------------------------------------------------------ */

static void test_people_who_are_there_come_before_new_ones(void **state)
{
	(void)state;
	set_up(small_rules, "day 2024-05-25;usage P c1 Service 2024-04 1500;"
			    "usage P c2 Service 2024-04 1500;cert P p1 OTHER");
	price(PLAN_CERTIFICATE, "", 100);
	assert_int_equal(plan("work"), 0);
	assert_step(0, PLAN_CERTIFICATE, "p1", true);
	tear_down();
}

static void test_what_is_not_known_is_told_and_the_rest_is_reached(void **state)
{
	(void)state;
	set_up(small_rules, "day 2024-05-25;cert P p1 C-1");
	price(PLAN_CUSTOMER, "", 7);
	assert_int_equal(plan("lost"), 0);
	assert_outcome(PLAN_FOUND);
	assert_int_equal(w.a.u.plan_answer.n_goals, 2);
	assert_int_equal(
		first()->cost_micro, 2 * 7 * MICRO); /* two of 25 points each, by the track `few` */
	assert_note("'A page' is met cannot be known");
	assert_note("Work at large has to be reached as well");
	tear_down();
}

static void test_an_audit_is_a_step(void **state)
{
	(void)state;
	set_up(small_rules, lapsing);
	price(PLAN_ATTESTATION, "audit", 9);
	w.q.u.plan_query.until = engine_day(w.lab.e);
	assert_int_equal(plan("deep"), 0);
	assert_int_equal(first()->n_steps, 1);
	assert_step(0, PLAN_ATTESTATION, "deep", true);
	assert_int_equal(first()->cost_micro, 9 * MICRO);
	tear_down();
}

static void test_what_is_out_of_reach_says_why(void **state)
{
	(void)state;
	set_up(gated_rules, "day 2024-05-25;usage P c1 Service 2024-04 500");
	assert_int_equal(plan("trade"), 0);
	assert_outcome(PLAN_BEYOND);
	assert_int_equal(w.a.u.plan_answer.n_plans, 0);
	assert_note("Trade: 'Growth' stays at 0");
	assert_note("nothing was used a year before");
	tear_down();
}

static void test_all_is_every_solution_area(void **state)
{
	(void)state;
	set_up(small_rules, "day 2024-05-25;cert P p1 C-1");
	assert_int_equal(plan("all"), 0);
	assert_int_equal(w.a.u.plan_answer.n_goals, 1);
	assert_true(str_eq(w.a.u.plan_answer.goals[0], STR("work")));
	tear_down();
}

static void test_a_plan_ends_before_the_rules_change(void **state)
{
	struct edition_box *next;

	(void)state;
	set_up(small_rules, "day 2024-12-01;cert P p1 C-1");
	assert_int_equal(
		compile_edition(&mem_heap, "b.yaml", str_from(small_rules_next), NULL, &next), 0);
	assert_int_equal(engine_add_edition(
				 w.lab.e, edition_box_get(next), edition_box_get(next)->valid_from),
		0);
	lab_settle(&w.lab);
	assert_int_equal(plan("work"), 0);
	assert_int_equal(w.a.u.plan_answer.until, edition_box_get(next)->valid_from - 1);
	assert_note("edition next is valid from 2025-01-01 on");
	tear_down();
	edition_box_destroy(next);
}

static void test_what_cannot_be_planned_is_refused(void **state)
{
	(void)state;
	set_up(small_rules, "day 2024-05-25;cert P p1 C-1");
	assert_int_equal(plan("wrk"), ERR_INVALID);
	assert_non_null(strstr(w.e.text, "did you mean 'work'"));
	w.q.u.plan_query.until = engine_day(w.lab.e) - 1;
	assert_int_equal(plan("work"), ERR_SYNTAX);
	assert_non_null(strstr(w.e.text, "before 2024-05-25"));
	w.q.u.plan_query.until = DAY_NONE;
	w.q.u.plan_query.partner = STR("nobody");
	assert_int_equal(plan("work"), ERR_NOTFOUND);
	tear_down();
	set_up(small_rules, "cert P p1 C-1");
	assert_int_equal(plan("work"), ERR_SYNTAX);
	assert_non_null(strstr(w.e.text, "no day has begun"));
	tear_down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_customers_and_people_would_be_cheaper),
		cmocka_unit_test(test_no_certificates_of_anybody_would_be_cheaper),
		cmocka_unit_test(test_no_mix_of_customers_services_and_growth_would_be_cheaper),
		cmocka_unit_test(test_nothing_is_needed_while_nothing_lapses),
		cmocka_unit_test(test_a_certificate_that_lapses_is_renewed),
		cmocka_unit_test(test_somebody_else_earns_it_when_that_is_cheaper),
		cmocka_unit_test(test_a_plan_holds_on_the_days_between),
		cmocka_unit_test(test_people_who_are_there_come_before_new_ones),
		cmocka_unit_test(test_what_is_not_known_is_told_and_the_rest_is_reached),
		cmocka_unit_test(test_an_audit_is_a_step),
		cmocka_unit_test(test_what_is_out_of_reach_says_why),
		cmocka_unit_test(test_all_is_every_solution_area),
		cmocka_unit_test(test_a_plan_ends_before_the_rules_change),
		cmocka_unit_test(test_what_cannot_be_planned_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
