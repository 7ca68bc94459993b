/* Rules in words: each kind, and every metric of the editions that ship. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rules/compile/compile.h"
#include "rules/compile/shipped.h"
#include "rules/describe/describe.h"
#include "rules/describe/kinds.h"
#include "rules/describe/statements.h"
#include "tests/support/edition_wide.h"
#include "tests/support/faulty.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define ARENA_MAX    ((size_t)4 << 20)
#define UNITS	     1000000LL

static const struct certificate certificates[] = {
	{ .code = STR_INIT("C-1"), .title = STR_INIT("One") },
	{ .code = STR_INIT("C-2"), .title = STR_INIT("Two") },
};
enum { USD, PEOPLE, PAID, VALUE };
static const struct selection selections[] = {
	[USD] = { .id = STR_INIT("usd"), .measure = MEASURE_ACR },
	[PEOPLE] = { .id = STR_INIT("people"), .measure = MEASURE_MAU },
	[PAID] = { .id = STR_INIT("paid"), .measure = MEASURE_PAID_UNITS },
	[VALUE] = { .id = STR_INIT("value"), .measure = MEASURE_VALUE },
};
static const struct area areas[] = {
	{ .name = STR_INIT("Work") },
	{ .name = STR_INIT("Data") },
	{ .name = STR_INIT("Apps") },
};
static const struct edition edition = { .n_certificates = 2,
	.certificates = certificates,
	.n_selections = ARRAY_LEN(selections),
	.selections = selections,
	.n_areas = 3,
	.areas = areas };

static const struct cert_set both = { .bits = { 3 } };
static const struct cert_set either[] = { { .bits = { 1 } }, { .bits = { 2 } } };
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

static const struct metric_rule products = {
	.kind = RULE_PRODUCTS_IN_USE, .points_each = { 2, 1 }, .u.products = { USD, 3 }
};
static const struct rule_part parts[] = {
	{ STR_INIT("one"), STR_INIT("One"), 20, &products },
	{ STR_INIT("two"), STR_INIT("Two"), 10, &products },
	{ STR_INIT("three"), STR_INIT("Three"), 10, &products },
};

static const uint16_t all_areas[] = { 0, 1, 2 };
static const struct str segments[] = { STR_INIT("SMB"), STR_INIT("Small") };
static const struct metric_rule audit = { .kind = RULE_ATTESTED,
	.u.attested = { .kind = ATTEST_AUDIT, .at_least = 1 } };
static const struct metric_rule lost = { .kind = RULE_UNKNOWN,
	.u.unknown = { STR_INIT("The cell is empty.") } };
static const struct metric_rule people = { .kind = RULE_PEOPLE_HOLD,
	.u.hold = { { 2, either }, 5 } };
static const struct rule_condition inner[] = { { STR_INIT(""), &audit }, { STR_INIT(""), &lost } };
static const struct metric_rule one_of = { .kind = RULE_AT_LEAST_OF, .u.of = { 1, 2, inner } };
static const struct rule_condition outer[] = { { STR_INIT("People"), &people },
	{ STR_INIT(""), &one_of }, { STR_INIT(""), &audit } };

static const struct row {
	const char *name;
	struct metric_rule rule;
	const char *sentence, *each, *threshold;
	size_t n_terms, n_steps, n_parts;
} rows[] = {
	{ "customers of a single month",
		{ .kind = RULE_NET_CUSTOMER_ADDS,
			.points_each = { 20, 3 },
			.u.units = { .test = { .months = 1,
					     .from_micro = 1234500000,
					     .to_micro = UNIT_NO_BOUND },
				.base_from_micro = 1234500000,
				.compare_months = 12 } },
		"Up to 20 points: 20/3 (6.67) points for each net customer add. A customer counts with "
		"at least 1,234.50 USD of Azure consumed revenue in the last month; the customers of the "
		"same month a year before are taken off.",
		"20/3 (6.67) a net add", "1,234.50 USD in a month", 5, 0, 0 },
	{ "customers of several months",
		{ .kind = RULE_NET_CUSTOMER_ADDS,
			.points_each = { 1, 1 },
			.u.units = { .test = { .selection = PEOPLE,
					     .months = 3,
					     .from_micro = 5 * UNITS,
					     .to_micro = UNIT_NO_BOUND },
				.base_from_micro = 5 * UNITS,
				.compare_months = 6 } },
		"Up to 20 points: 1 point for each net customer add. A customer counts with at least 5 "
		"monthly active users in a single month, in one of the last 3 months; the customers of "
		"the same months 6 months before are taken off.",
		"1 a net add", "5 users in a month", 5, 0, 0 },
	{ "customers within a range, in one workload, promoted",
		{ .kind = RULE_NET_CUSTOMER_ADDS,
			.points_each = { 2, 1 },
			.u.units = { .test = { .selection = PAID,
					     .each_product = true,
					     .months = 1,
					     .from_micro = 11 * UNITS,
					     .to_micro = 300 * UNITS,
					     .promoted_months = 12 },
				.base_from_micro = 11 * UNITS,
				.compare_months = 12 } },
		"Up to 20 points: 2 points for each net customer add. A customer counts with 11 to 300 "
		"paid units in one workload alone in the last month; the customers of the same month a "
		"year before are taken off; one above the range still counts when it was within it in one "
		"of the 12 months before.",
		"2 a net add", "11 to 300 units of one workload in a month", 8, 0, 0 },
	{ "workloads above and below exclusive bounds, with another bound before",
		{ .kind = RULE_NET_CUSTOMER_ADDS,
			.points_each = { 3, 1 },
			.u.units = { .test = { .selection = PAID,
					     .sum = true,
					     .months = 12,
					     .from_micro = 1,
					     .to_micro = 12000 * UNITS - 1 },
				.by_product = true,
				.base_from_micro = 25 * UNITS,
				.compare_months = 12 } },
		"Up to 20 points: 3 points for each net workload add. A workload of a customer counts "
		"with more than 0 and less than 12,000 paid units in the trailing twelve months together; "
		"the workloads of the same months a year before are taken off; in the time before it takes "
		"at least 25 and less than 12,000 paid units.",
		"3 a net add",
		"more than 0 and less than 12,000 units in the trailing twelve months", 8, 0, 0 },
	{ "customers that are new",
		{ .kind = RULE_NET_CUSTOMER_ADDS,
			.points_each = { 1, 1 },
			.u.units = { .test = { .months = 1,
					     .from_micro = 1,
					     .to_micro = UNIT_NO_BOUND },
				.base_from_micro = 1,
				.compare_months = 12,
				.count = UNITS_NEW } },
		"Up to 20 points: 1 point for each new customer. A customer counts with more than 0 USD "
		"of Azure consumed revenue in the last month; one that counted in the same month a year "
		"before already is not new.",
		"1 a new customer", "more than 0 USD in a month", 6, 0, 0 },
	{ "deployments with a share of active use that did not count already",
		{ .kind = RULE_NET_DEPLOYMENTS,
			.points_each = { 5, 2 },
			.u.units = { .test = { .selection = PAID,
					     .each_product = true,
					     .months = 1,
					     .from_micro = 300 * UNITS + 1,
					     .to_micro = UNIT_NO_BOUND,
					     .share_selection = PEOPLE,
					     .share_percent = 40 },
				.base_from_micro = 300 * UNITS + 1,
				.compare_months = 12,
				.not_already = true } },
		"Up to 20 points: 5/2 (2.5) points for each net deployment. A deployment is a customer "
		"with more than 300 paid units in one workload alone in the last month, if the monthly "
		"active usage of the same workload (usage people) is at least 40 per cent of that; the "
		"deployments of the same month a year before are taken off; one that an association begun "
		"in the last 12 months covers does not count when it already did in the month in which "
		"that began.",
		"5/2 (2.5) a net deployment",
		"more than 300 units of one workload in a month, share 40 %", 8, 0, 0 },
	{ "deployments by workload, those of now",
		{ .kind = RULE_NET_DEPLOYMENTS,
			.points_each = { 4, 1 },
			.u.units = { .test = { .selection = VALUE,
					     .months = 2,
					     .from_micro = 10000 * UNITS,
					     .to_micro = UNIT_NO_BOUND },
				.by_product = true,
				.count = UNITS_NOW } },
		"Up to 20 points: 4 points for each deployment. A deployment is a workload of a customer "
		"with at least 10,000 of monthly consumption value in a single month, in the last month or "
		"the one before.",
		"4 a deployment", "10,000 of value in a month", 6, 0, 0 },
	{ "growth over trailing twelve months",
		{ .kind = RULE_USAGE_GROWTH,
			.points_each = { 1, 1 },
			.u.growth = { .window_months = 12,
				.compare_months = 12,
				.minimum_micro = 1000000000 } },
		"Up to 20 points: 1 point for each per cent by which the Azure consumed revenue of the "
		"trailing twelve months exceeds that of the same months a year before. With less than "
		"1,000 USD in the trailing twelve months nothing is earned.",
		"1 a per cent", "1,000 USD in the trailing twelve months", 5, 0, 0 },
	{ "growth above a base",
		{ .kind = RULE_USAGE_GROWTH,
			.points_each = { 1, 1 },
			.u.growth = { .selection = VALUE,
				.window_months = 1,
				.compare_months = 12,
				.base_minimum_micro = 50000 * UNITS } },
		"Up to 20 points: 1 point for each per cent by which the monthly consumption value of the "
		"last month exceeds that of the same month a year before. With less than 50,000 of value a "
		"year before nothing is earned.",
		"1 a per cent", "50,000 of value a year before", 5, 0, 0 },
	{ "growth by an amount, of eligible customers, since the association",
		{ .kind = RULE_USAGE_GROWTH,
			.points_each = { 1, 1 },
			.u.growth = { .selection = PEOPLE,
				.window_months = 1,
				.compare_months = 12,
				.each_micro = 125 * UNITS,
				.filtered = true,
				.filter = { .selection = PAID,
					.months = 1,
					.from_micro = 25 * UNITS,
					.to_micro = UNIT_NO_BOUND },
				.since_association = true } },
		"Up to 20 points: 1 point for each 125 users by which the monthly active usage of the last "
		"month exceeds that of the same month a year before. For both times only the usage counts "
		"of customers with at least 25 paid units in the last month (usage paid). A workload of a "
		"customer whose association began since then is compared with the month in which it "
		"began.",
		"1 for each 125 users", "-", 7, 0, 0 },
	{ "products in use",
		{ .kind = RULE_PRODUCTS_IN_USE, .points_each = { 2, 1 }, .u.products = { 0, 3 } },
		"Up to 20 points: 2 points for each product with Azure consumed revenue above zero in "
		"the last 3 months.",
		"2 a product", "above zero", 3, 0, 0 },
	{ "people by steps", { .kind = RULE_PEOPLE, .u.people = { 2, steps } },
		"Up to 20 points: 5/2 (2.5) points for each person of step 1 (First), at most 10, and at "
		"least 1 of them before the next step counts; then 4 points for each person of step 2 "
		"(Second). A person counts once in a step, and may count in several.",
		"5/2 (2.5) then 4 a person", "1 person in step 1", 0, 2, 0 },
	{ "the higher of two options",
		{ .kind = RULE_COMBINED, .u.combined = { COMBINE_HIGHEST, 2, parts } },
		"Up to 20 points: the higher of 'One' and 'Two' counts; they are never added.",
		"2 a product", "by its parts", 1, 0, 2 },
	{ "parts that are added",
		{ .kind = RULE_COMBINED, .u.combined = { COMBINE_ADDED, 3, parts } },
		"Up to 20 points: the points of 'One', 'Two' and 'Three' are added, each never below "
		"zero.",
		"2 a product", "by its parts", 1, 0, 3 },
	{ "parts in one pool",
		{ .kind = RULE_COMBINED, .u.combined = { COMBINE_POOLED, 2, parts } },
		"Up to 20 points: 'One' and 'Two' make one pool: a loss in one takes off from the others.",
		"2 a product", "by its parts", 1, 0, 2 },
	{ "units reached",
		{ .kind = RULE_UNITS_REACHED,
			.u.units = { .test = { .selection = PEOPLE,
					     .months = 1,
					     .from_micro = 5 * UNITS,
					     .to_micro = UNIT_NO_BOUND },
				.base_from_micro = 5 * UNITS,
				.compare_months = 12,
				.count = UNITS_BOTH,
				.need = 1 } },
		"Met when there is at least 1 customer kept (usage people): a customer counts with at "
		"least 5 monthly active users in the last month; it must have counted in the same month a "
		"year before too.",
		"-", "1 customer kept", 6, 0, 0 },
	{ "growth by per cent reached",
		{ .kind = RULE_GROWTH_REACHED,
			.u.growth = { .selection = PEOPLE,
				.window_months = 1,
				.compare_months = 12,
				.base_minimum_micro = 50 * UNITS,
				.need_micro = 37500000 } },
		"Met when the monthly active usage of the last month (usage people) is at least 37.5 per "
		"cent above that of the same month a year before, which must be at least 50 users.",
		"-", "growth of 37.5 per cent", 5, 0, 0 },
	{ "growth by an amount reached",
		{ .kind = RULE_GROWTH_REACHED,
			.u.growth = { .selection = PAID,
				.window_months = 12,
				.compare_months = 12,
				.each_micro = UNITS,
				.need_micro = 2500 * UNITS } },
		"Met when the number of paid units of the trailing twelve months (usage paid) is at least "
		"2,500 units above that of the same months a year before.",
		"-", "growth of 2,500 units", 4, 0, 0 },
	{ "an average of usage",
		{ .kind = RULE_USAGE_REACHED, .u.level = { USD, 3, true, 500 * UNITS, 2 } },
		"Met when the Azure consumed revenue (usage usd) is at least 500 USD a month on average "
		"over the last 3 months, from at least 2 customers.",
		"-", "500 USD a month over the last 3 months", 4, 0, 0 },
	{ "a total of usage",
		{ .kind = RULE_USAGE_REACHED, .u.level = { USD, 12, false, 500 * UNITS, 0 } },
		"Met when the Azure consumed revenue (usage usd) is at least 500 USD in the trailing "
		"twelve months.",
		"-", "500 USD in the trailing twelve months", 3, 0, 0 },
	{ "a share of usage", { .kind = RULE_USAGE_SHARE, .u.share = { PEOPLE, PAID, 1, 20 } },
		"Met when the monthly active usage (usage people) is at least 20 per cent of the number of "
		"paid units (usage paid) in the last month.",
		"-", "20 % of usage paid", 4, 0, 0 },
	{ "people who hold certificates",
		{ .kind = RULE_PEOPLE_HOLD, .u.hold = { { 2, either }, 5 } },
		"Met when at least 5 people hold C-1 or C-2.", "-", "5 people", 1, 0, 0 },
	{ "one person who holds two together",
		{ .kind = RULE_PEOPLE_HOLD, .u.hold = { { 1, &both }, 1 } },
		"Met when at least 1 person holds C-1 and C-2.", "-", "1 person", 1, 0, 0 },
	{ "references of some months",
		{ .kind = RULE_ATTESTED,
			.u.attested = { .kind = ATTEST_REFERENCE,
				.at_least = 3,
				.within_months = 12 } },
		"Met when at least 3 customer references of the trailing twelve months are attested.",
		"-", "3 customer references", 3, 0, 0 },
	{ "one designation of several", { .kind = RULE_AREAS_HELD, .u.held = { 1, 3, all_areas } },
		"Met when the designation Work, Data or Apps is held.", "-", "1 designation", 2, 0,
		0 },
	{ "some designations of several",
		{ .kind = RULE_AREAS_HELD, .u.held = { 2, 3, all_areas } },
		"Met when at least 2 of the designations Work, Data and Apps are held.", "-",
		"2 designations", 2, 0, 0 },
	{ "customers in segments",
		{ .kind = RULE_SEGMENT_SHARE, .u.segment = { USD, 2, segments, 80 } },
		"Met when of the customers of known segment with usage usd in the last month at least 80 "
		"per cent are in the segment 'SMB' or 'Small'.",
		"-", "80 % in 'SMB' or 'Small'", 3, 0, 0 },
	{ "conditions inside conditions", { .kind = RULE_AT_LEAST_OF, .u.of = { 2, 3, outer } },
		"Met when at least 2 of these 3 hold: at least 5 people hold C-1 or C-2; (one of these "
		"holds: at least 1 passed audit is attested; or something not known (The cell is empty.)); "
		"at least 1 passed audit is attested.",
		"-", "2 of 3", 1, 0, 3 },
	{ "what the sources lost",
		{ .kind = RULE_UNKNOWN, .u.unknown = { STR_INIT("The cell is empty.") } },
		"Not known: The cell is empty.", "-", "not known", 1, 0, 0 },
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
	struct rule_words w;
	struct arena ar;

	arena_init(&ar, &mem_heap, ARENA_MAX);
	assert_int_equal(describe_metric(&edition, &m, &ar, &w), 0);
	assert_text(w.sentence, row->sentence);
	assert_text(w.each, row->each);
	assert_text(w.threshold, row->threshold);
	assert_int_equal(w.n_terms, row->n_terms);
	assert_int_equal(w.n_steps, row->n_steps);
	assert_int_equal(w.n_parts, row->n_parts);
	arena_fini(&ar);
}

static void test_steps_name_their_certificates(void **state)
{
	const struct metric m = { .maximum = 20,
		.rule = { .kind = RULE_PEOPLE, .u.people = { 2, steps } } };
	struct rule_words w;
	struct arena ar;

	(void)state;
	arena_init(&ar, &mem_heap, ARENA_MAX);
	assert_int_equal(describe_metric(&edition, &m, &ar, &w), 0);
	assert_int_equal(w.n_usages, 0);
	assert_int_equal(w.steps[0].n_options, 1);
	assert_text(w.steps[0].options[0].text, "C-1 and C-2");
	assert_text(w.steps[0].sentence,
		"5/2 (2.5) points for each person, at most 10; at least 1 person before the "
		"next step counts");
	arena_fini(&ar);
}

static void test_parts_are_told_below_their_rule(void **state)
{
	const struct metric m = { .maximum = 1,
		.rule = { .kind = RULE_AT_LEAST_OF, .u.of = { 2, 3, outer } } };
	struct rule_words w;
	struct arena ar;

	(void)state;
	arena_init(&ar, &mem_heap, ARENA_MAX);
	assert_int_equal(describe_metric(&edition, &m, &ar, &w), 0);
	assert_text(w.head, "Met when at least 2 of these 3 hold");
	assert_text(w.parts[0].name, "People");
	assert_int_equal(w.parts[0].n_options, 2);
	assert_text(w.parts[1].head, "one of these holds");
	assert_int_equal(w.parts[1].n_parts, 2);
	assert_text(w.parts[1].parts[1].head, "not known: The cell is empty.");
	arena_fini(&ar);
}

static void test_the_usage_of_parts_is_told_once(void **state)
{
	const struct metric *m = &edition_wide.areas[WIDE_WORK].metrics[1];
	const struct selection *usages[4];
	struct rule_words w;
	struct arena ar;

	(void)state;
	arena_init(&ar, &mem_heap, ARENA_MAX);
	assert_int_equal(describe_metric(&edition_wide, m, &ar, &w), 0);
	assert_int_equal(w.n_usages, 0);
	assert_int_equal(w.parts[0].n_usages, 2);
	assert_int_equal(w.parts[0].maximum, 30);
	assert_int_equal(describe_usages(&w, usages, 4), 3);
	assert_ptr_equal(usages[1], &edition_wide.selections[WIDE_PAID]);
	assert_int_equal(describe_usages(&w, usages, 2), 2);
	arena_fini(&ar);
}

static void test_every_kind_of_rule_has_words(void **state)
{
	(void)state;
	for (int k = 1; k < RULE_KIND_END; k++)
		if (kind_words_of((enum rule_kind)k) == NULL)
			fail_msg("kind %d is not in the table", k);
}

static void test_a_kind_that_is_not_in_the_table_is_an_answer(void **state)
{
	const struct metric m = { .maximum = 20, .rule = { .kind = (enum rule_kind)99 } };
	struct rule_words w;
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
		struct rule_words w;
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

static void test_an_unknown_kind_inside_another_is_an_answer(void **state)
{
	const struct metric_rule strange = { .kind = (enum rule_kind)99 };
	const struct rule_condition c = { STR_INIT(""), &strange };
	const struct metric m = { .rule = { .kind = RULE_AT_LEAST_OF, .u.of = { 1, 1, &c } } };
	struct rule_words w;
	struct arena ar;

	(void)state;
	arena_init(&ar, &mem_heap, ARENA_MAX);
	assert_int_equal(describe_metric(&edition, &m, &ar, &w), ERR_UNSUPPORTED);
	arena_fini(&ar);
}

/* ---- selections --------------------------------------------------------------------------------------------- */

static void assert_selection(const struct selection *s, const char *want)
{
	struct selection_words w;
	struct arena ar;

	arena_init(&ar, &mem_heap, ARENA_MAX);
	assert_int_equal(describe_selection(s, &ar, &w), 0);
	assert_text(w.sentence, want);
	arena_fini(&ar);
}

static void test_a_selection_in_words(void **state)
{
	static const struct product products_of[] = { { .name = STR_INIT("X") },
		{ .name = STR_INIT("Y") } };
	static const struct str components[] = { STR_INIT("Z") }, excluded[] = { STR_INIT("Q") };
	static const struct usage_filter filter = { .components = { 1, components } };
	struct selection s = { .measure = MEASURE_PAID_UNITS,
		.associations = 1u << ASSOC_CPOR | 1u << ASSOC_CSP_TIER_2,
		.offers = 1u << OFFER_PAID | 1u << OFFER_TRIAL,
		.n_products = 2,
		.products = products_of,
		.n_filters = 1,
		.filters = &filter,
		.n_excluded = 1,
		.excluded = excluded };

	(void)state;
	assert_selection(&s,
		"paid units of X and Y, where the row has component Z, but not Q; through CPOR and CSP "
		"tier 2; offers: paid and trial; no rows flagged as duplicates");
	s.n_products = s.n_filters = 0;
	assert_selection(&s,
		"paid units of every product but Q; through CPOR and CSP tier 2; offers: paid and trial; "
		"no rows flagged as duplicates");
}

static void test_selections_with_aliases_filters_and_rates(void **state)
{
	(void)state;
	assert_selection(&edition_wide.selections[WIDE_PAID],
		"paid units of Exchange and Directory (also AADP, Azure AD Premium); through CPOR; offers: "
		"paid; no rows flagged as duplicates");
	assert_selection(&edition_wide.selections[WIDE_CONSUMPTION],
		"Azure consumed revenue of every product, where the row has component Windows or Linux and "
		"service group 2 Databases, or influencer Arc, but not Support; through PAL and CSP tier "
		"1; offers: paid; no rows flagged as duplicates");
	assert_selection(&edition_wide.selections[WIDE_VALUE],
		"monthly consumption value: 1,000 for each monthly active user of Central; 200 for each "
		"monthly active user of Apps; 0.2 for each unit of capacity of Insights; through CPOR; "
		"offers: paid; no rows flagged as duplicates");
}

/* ---- areas, settings, windows ------------------------------------------------------------------------------- */

static const struct area_row {
	const char *name;
	int area;
	const char *qualifies, *choice, *enrolled;
} area_rows[] = {
	{ "tracks of which the best counts", WIDE_WORK, "",
		"Every track is scored; the one with the most points of the whole area counts, of equals "
		"the first.",
		"An enrolled partner has the track that the enrollment names; without one the track goes "
		"on being chosen so." },
	{ "tracks that are chosen by a condition", WIDE_BUSINESS, "",
		"The track is chosen: SMB when of the customers of known segment with usage consumption in "
		"the last month at least 80 per cent are in the segment 'SMB' or 'Small'; otherwise "
		"Enterprise.",
		"Once enrolled the track stays for the enrollment: the one that the enrollment names, "
		"otherwise SMB if it was the track of any month of the window before it, otherwise the "
		"track at that time." },
	{ "an area without tracks", WIDE_SECURITY, "", "", "" },
	{ "an area of areas", WIDE_CLOUD,
		"Held while all of these designations are held: Work and Security.", "", "" },
	{ "a specialization", WIDE_KUBERNETES, "Qualifies with all of its 5 requirements.", "",
		"" },
};

static void test_area(void **state)
{
	const struct area_row *row = *state;
	struct area_words w;
	struct arena ar;

	arena_init(&ar, &mem_heap, ARENA_MAX);
	assert_int_equal(describe_area(&edition_wide, &edition_wide.areas[row->area], &ar, &w), 0);
	assert_text(w.qualifies, row->qualifies);
	assert_text(w.choice, row->choice);
	assert_text(w.enrolled, row->enrolled);
	arena_fini(&ar);
}

static void test_settings_in_words(void **state)
{
	struct edition e = edition_wide;
	struct settings_words w;
	struct arena ar;

	(void)state;
	arena_init(&ar, &mem_heap, ARENA_MAX);
	assert_int_equal(describe_settings(&e, &ar, &w), 0);
	assert_text(w.qualifies,
		"An area qualifies with 70 points or more in all, rounded half up to a whole number, and "
		"1 or more in every metric.");
	e.total_compare = TOTAL_EXACT;
	e.metric_at_least = false;
	e.metric_above = RATIO_ZERO;
	assert_int_equal(describe_settings(&e, &ar, &w), 0);
	assert_text(w.qualifies,
		"An area qualifies with 70 points or more in all, and more than 0 in every metric.");
	arena_fini(&ar);
}

static const struct window_row {
	const char *name;
	struct window_rule rule;
	const char *sentence;
} window_rows[] = {
	{ "days", { 19290, STR_INIT(""), WINDOW_DAYS, 1, WINDOW_DAYS, 30, 30, false, 0 },
		"From 2022-10-25 on: a designation counts as qualified when it qualifies on the day "
		"itself. For a renewal it must qualify on the anniversary or any of the 30 days before it. "
		"The renewal can be made to the end of the 30 days after the anniversary." },
	{ "from the same day, and whole months",
		{ 19606, STR_INIT(""), WINDOW_SAME_DAY, 5, WINDOW_FULL_MONTHS, 5, 30, true, 60 },
		"From 2023-09-06 on: a designation counts as qualified when it qualifies on any day since "
		"the same day of the month 5 months before. For a renewal it must qualify on any day of "
		"the month of the anniversary or the 5 months before it, and of the 30 days after it. The "
		"renewal is due from 60 days before the anniversary on and can be made to the end of the "
		"30 days after the anniversary." },
	{ "whole months, and renewal on the day",
		{ 19606, STR_INIT(""), WINDOW_FULL_MONTHS, 1, WINDOW_SAME_DAY, 5, 0, true, 0 },
		"From 2023-09-06 on: a designation counts as qualified when it qualifies on any day of "
		"this month or the 1 month before it. For a renewal it must qualify on any day from the "
		"same day 5 months before the anniversary to it. The renewal can be made on the "
		"anniversary." },
};

static void test_window(void **state)
{
	const struct window_row *row = *state;
	struct window_words w;
	struct arena ar;

	arena_init(&ar, &mem_heap, ARENA_MAX);
	assert_int_equal(describe_window(&row->rule, "designation", &ar, &w), 0);
	assert_text(w.sentence, row->sentence);
	arena_fini(&ar);
}

/* ---- names -------------------------------------------------------------------------------------------------- */

static void test_enumerations_have_words_and_nothing_beyond_them(void **state)
{
	(void)state;
	for (int k = 1; k < ATTEST_KIND_END; k++)
		assert_string_not_equal(
			attestation_words((enum attestation_kind)k, false), "attestation");
	assert_string_equal(attestation_words(ATTEST_KIND_END, true), "attestations");
	for (int k = 1; k < CATALOGUE_KIND_END; k++) {
		assert_non_null(catalogue_words((enum catalogue_kind)k));
		assert_non_null(catalogue_kind_name((enum catalogue_kind)k));
	}
	assert_null(catalogue_words(CATALOGUE_KIND_END));
}

static void test_a_metric_tells_its_own_days(void **state)
{
	struct metric m = { .valid_from = DAY_NONE, .valid_until = DAY_NONE };
	char text[VALIDITY_TEXT];

	(void)state;
	assert_string_equal(describe_metric_validity(&m, text), "");
	m.valid_until = 19540;
	assert_string_equal(describe_metric_validity(&m, text), "to 2023-07-02");
	m.valid_from = 19509;
	assert_string_equal(describe_metric_validity(&m, text), "from 2023-06-01 to 2023-07-02");
	m.valid_until = DAY_NONE;
	assert_string_equal(describe_metric_validity(&m, text), "from 2023-06-01 on");
}

static void test_no_memory_is_an_answer_wherever_it_ends(void **state)
{
	(void)state;
	for (int n = 0, rc = ERR_NOMEM; rc == ERR_NOMEM; n++) {
		struct faulty f = { .left = n };
		struct statements l;
		struct arena ar;

		arena_init(&ar, faulty_alloc(&f), ARENA_MAX);
		rc = statements_of(&edition_wide, &ar, &l);
		assert_true(rc == 0 || rc == ERR_NOMEM);
		arena_fini(&ar);
		assert_int_equal(f.live, 0);
	}
}

/* The arena asks for whole blocks, so its own limit is what ends between any two texts. */
static void test_an_arena_that_is_full_is_an_answer_wherever_it_ends(void **state)
{
	const struct metric *m = &edition_wide.areas[WIDE_KUBERNETES].metrics[1];

	(void)state;
	for (size_t max = 64, rc = 1; rc != 0; max += 64) {
		struct rule_words w;
		struct arena ar;
		int got;

		arena_init(&ar, &mem_heap, max);
		got = describe_metric(&edition_wide, m, &ar, &w);
		assert_true(got == 0 || got == ERR_NOMEM);
		rc = got != 0;
		arena_fini(&ar);
	}
}

static size_t add_tests(struct CMUnitTest *tests)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = test_row,
			.initial_state = (void *)(uintptr_t)&rows[i] };
	for (size_t i = 0; i < ARRAY_LEN(area_rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = area_rows[i].name,
			.test_func = test_area,
			.initial_state = (void *)(uintptr_t)&area_rows[i] };
	for (size_t i = 0; i < ARRAY_LEN(window_rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = window_rows[i].name,
			.test_func = test_window,
			.initial_state = (void *)(uintptr_t)&window_rows[i] };
	return n;
}

int main(void)
{
	const struct CMUnitTest single[] = {
		cmocka_unit_test(test_steps_name_their_certificates),
		cmocka_unit_test(test_parts_are_told_below_their_rule),
		cmocka_unit_test(test_the_usage_of_parts_is_told_once),
		cmocka_unit_test(test_every_kind_of_rule_has_words),
		cmocka_unit_test(test_a_kind_that_is_not_in_the_table_is_an_answer),
		cmocka_unit_test(test_an_unknown_kind_inside_another_is_an_answer),
		cmocka_unit_test(test_every_metric_that_ships_can_be_told),
		cmocka_unit_test(test_a_selection_in_words),
		cmocka_unit_test(test_selections_with_aliases_filters_and_rates),
		cmocka_unit_test(test_settings_in_words),
		cmocka_unit_test(test_enumerations_have_words_and_nothing_beyond_them),
		cmocka_unit_test(test_a_metric_tells_its_own_days),
		cmocka_unit_test(test_no_memory_is_an_answer_wherever_it_ends),
		cmocka_unit_test(test_an_arena_that_is_full_is_an_answer_wherever_it_ends),
	};
	struct CMUnitTest tests[ARRAY_LEN(rows) + ARRAY_LEN(area_rows) + ARRAY_LEN(window_rows) +
				ARRAY_LEN(single)];
	size_t n = add_tests(tests);

	for (size_t i = 0; i < ARRAY_LEN(single); i++)
		tests[n++] = single[i];
	return _cmocka_run_group_tests("rules in words", tests, n, NULL, NULL);
}
