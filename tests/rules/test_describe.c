/* Rules in words: each kind of metric, and every metric of the editions that ship. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rules/compile/compile.h"
#include "rules/compile/shipped.h"
#include "rules/describe/describe.h"
#include "tests/support/faulty.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define ARENA_MAX    ((size_t)1 << 20)

static const struct certificate certificates[] = {
	{ .code = STR_INIT("C-1"), .title = STR_INIT("One") },
	{ .code = STR_INIT("C-2"), .title = STR_INIT("Two") },
};
static const struct selection selections[] = {
	{ .id = STR_INIT("usd"), .measure = MEASURE_ACR },
	{ .id = STR_INIT("people"), .measure = MEASURE_MAU },
};
static const struct edition edition = { .n_certificates = 2,
	.certificates = certificates,
	.n_selections = 2,
	.selections = selections };

static const struct cert_set both = { .bits = { 3 } };
static const struct people_step steps[] = {
	{ .holds = { 1, &both },
		.min_people = 1,
		.points_each = { 5, 2 },
		.points_max = { 10, 1 },
		.name = STR_INIT("First") },
	{ .holds = { 1, &both },
		.points_each = { 4, 1 },
		.points_max = { 20, 1 },
		.name = STR_INIT("Second") },
};

static const struct row {
	const char *name;
	struct metric_rule rule;
	const char *sentence, *each, *threshold;
	size_t n_terms, n_steps;
} rows[] = {
	{ "customers of a single month",
		{ .kind = RULE_NET_CUSTOMER_ADDS,
			.points_each = { 20, 3 },
			.u.units = { .test = { .months = 1, .from_micro = 1234500000 },
				.compare_months = 12 } },
		"Up to 20 points: 20/3 (6.67) points for each net customer add. A customer counts with "
		"at least 1,234.50 USD of Azure consumed revenue in a single month, in the last month; "
		"the customers of the same month a year before are taken off.",
		"20/3 (6.67) a net add", "1,234.50 USD in a month", 5, 0 },
	{ "customers of several months",
		{ .kind = RULE_NET_CUSTOMER_ADDS,
			.points_each = { 1, 1 },
			.u.units = { .test = { .selection = 1, .months = 3, .from_micro = 5000000 },
				.compare_months = 6 } },
		"Up to 20 points: 1 point for each net customer add. A customer counts with at least 5 "
		"users of monthly active usage in a single month, in one of the last 3 months; the "
		"customers of the same months 6 months before are taken off.",
		"1 a net add", "5 users in a month", 5, 0 },
	{ "growth over trailing twelve months",
		{ .kind = RULE_USAGE_GROWTH,
			.points_each = { 1, 1 },
			.u.growth = { .window_months = 12,
				.compare_months = 12,
				.minimum_micro = 1000000000 } },
		"Up to 20 points: 1 point for each per cent by which the Azure consumed revenue of the "
		"trailing twelve months exceeds that of the same months a year before. With less than "
		"1,000 USD in the trailing twelve months nothing is earned.",
		"1 a per cent", "1,000 USD in the trailing twelve months", 5, 0 },
	{ "products in use",
		{ .kind = RULE_PRODUCTS_IN_USE, .points_each = { 2, 1 }, .u.products = { 0, 3 } },
		"Up to 20 points: 2 points for each product with Azure consumed revenue above zero in "
		"the last 3 months.",
		"2 a product", "above zero", 3, 0 },
	{ "people by steps", { .kind = RULE_PEOPLE, .u.people = { 2, steps } },
		"Up to 20 points: 5/2 (2.5) points for each person of step 1 (First), at most 10, and at "
		"least 1 of them before the next step counts; then 4 points for each person of step 2 "
		"(Second). A person counts once in a step, and may count in several.",
		"5/2 (2.5) then 4 a person", "1 person in step 1", 0, 2 },
};

static void assert_text(struct str got, const char *want)
{
	if (!str_eq(got, str_from(want)))
		fail_msg("'" STR_FMT "' is not '%s'", STR_ARG(got), want);
}

static void test_row(void **state)
{
	const struct row *row = *state;
	const struct metric m = { .maximum = 20, .rule = row->rule };
	struct metric_words w;
	struct arena ar;

	arena_init(&ar, &mem_heap, ARENA_MAX);
	assert_int_equal(describe_metric(&edition, &m, &ar, &w), 0);
	assert_text(w.sentence, row->sentence);
	assert_text(w.each, row->each);
	assert_text(w.threshold, row->threshold);
	assert_int_equal(w.n_terms, row->n_terms);
	assert_int_equal(w.n_steps, row->n_steps);
	assert_true((w.usage == NULL) == (row->n_steps > 0));
	if (row->n_steps > 0) {
		assert_int_equal(w.steps[0].n_options, 1);
		assert_text(w.steps[0].options[0].text, "C-1 and C-2");
		assert_text(w.steps[0].sentence,
			"5/2 (2.5) points for each person, at most 10; at least 1 person before the "
			"next step counts");
	}
	arena_fini(&ar);
}

static void test_a_kind_that_is_not_in_the_table_is_an_answer(void **state)
{
	const struct metric m = { .maximum = 20, .rule = { .kind = (enum rule_kind)99 } };
	struct metric_words w;
	struct arena ar;

	(void)state;
	arena_init(&ar, &mem_heap, ARENA_MAX);
	assert_int_equal(describe_metric(&edition, &m, &ar, &w), ERR_UNSUPPORTED);
	arena_fini(&ar);
}

static void test_every_metric_that_ships_can_be_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < shipped_count(); i++) {
		const struct shipped_edition *s = shipped_edition(i);
		struct edition_box *box = NULL;
		const struct edition *e;
		struct metric_words w;
		struct arena ar;

		assert_int_equal(compile_edition(&mem_heap, s->file, s->text, NULL, &box), 0);
		e = edition_box_get(box);
		arena_init(&ar, &mem_heap, ARENA_MAX);
		for (size_t a = 0; a < e->n_areas; a++)
			for (size_t m = 0; m < e->areas[a].n_metrics; m++)
				if (describe_metric(e, &e->areas[a].metrics[m], &ar, &w) != 0)
					fail_msg("%s: '" STR_FMT "' has no words", s->file,
						STR_ARG(e->areas[a].metrics[m].id));
		arena_fini(&ar);
		edition_box_destroy(box);
	}
}

static void test_a_selection_in_words(void **state)
{
	static const struct product products[] = { { .name = STR_INIT("X") },
		{ .name = STR_INIT("Y") } };
	static const struct str components[] = { STR_INIT("Z") }, excluded[] = { STR_INIT("Q") };
	static const struct usage_filter filter = { .components = { 1, components } };
	const struct selection s = { .measure = MEASURE_PAID_UNITS,
		.associations = 1u << ASSOC_CPOR | 1u << ASSOC_CSP_TIER_2,
		.offers = 1u << OFFER_PAID | 1u << OFFER_TRIAL,
		.n_products = 2,
		.products = products,
		.n_filters = 1,
		.filters = &filter,
		.n_excluded = 1,
		.excluded = excluded };
	struct selection_words w;
	struct arena ar;

	(void)state;
	arena_init(&ar, &mem_heap, ARENA_MAX);
	assert_int_equal(describe_selection(&s, &ar, &w), 0);
	assert_text(w.sentence,
		"paid units of X and Y, of which Z but Q; through CPOR and CSP tier 2; offers: paid and "
		"trial; no rows flagged as duplicates");
	arena_fini(&ar);
}

static void test_no_memory_is_an_answer_wherever_it_ends(void **state)
{
	const struct metric m = { .maximum = 20, .rule = rows[ARRAY_LEN(rows) - 1].rule };

	(void)state;
	for (int n = 0, rc = ERR_NOMEM; rc == ERR_NOMEM; n++) {
		struct faulty f = { .left = n };
		struct metric_words w;
		struct arena ar;

		arena_init(&ar, faulty_alloc(&f), ARENA_MAX);
		rc = describe_metric(&edition, &m, &ar, &w);
		assert_true(rc == 0 || rc == ERR_NOMEM);
		arena_fini(&ar);
		assert_int_equal(f.live, 0);
	}
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(rows) + 8];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = test_row,
			.initial_state = (void *)(uintptr_t)&rows[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
		test_a_kind_that_is_not_in_the_table_is_an_answer);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_every_metric_that_ships_can_be_told);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_a_selection_in_words);
	tests[n++] =
		(struct CMUnitTest)cmocka_unit_test(test_no_memory_is_an_answer_wherever_it_ends);
	return _cmocka_run_group_tests("rules in words", tests, n, NULL, NULL);
}
