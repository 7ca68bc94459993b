/* What metrics can measure: units in a range, growth, and parts that are combined. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

#include "common/base/err.h"
#include "tests/harness/rule_text.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#define HEAD                                                                                         \
	"edition: { id: e1, title: Test, valid-from: 2023-06-01 }\n"                                 \
	"sources: { S1: A document }\n"                                                              \
	"settings: { qualifies-at: 70, every-metric-above: 0, usage-ready-day: 20 }\n"               \
	"certificates: [{ code: C-1, title: Certificate One }]\n"                                    \
	"selections:\n"                                                                              \
	"  - { id: seats, measure: paid-units, associations: [cpor], offers: [paid], source: S1 }\n" \
	"  - { id: active, measure: mau, associations: [cpor], offers: [paid], source: S1 }\n"       \
	"areas:\n"                                                                                   \
	"  - id: one\n"                                                                              \
	"    name: Area one\n"                                                                       \
	"    metrics:\n"                                                                             \
	"      - id: m\n"                                                                            \
	"        name: M\n"                                                                          \
	"        rule: R-1\n"                                                                        \
	"        source: S1\n"                                                                       \
	"        maximum: 100\n"

/* Begins in line 17. */
static const char units[] = HEAD "        measure: net-customer-adds\n"
				 "        points: 4\n"
				 "        usage: seats\n"
				 "        customer-exceeds: 10\n"
				 "        customer-at-most: 300\n"
				 "        in-last-months: 2\n"
				 "        compared-months: 12\n"
				 "        in-one-workload: true\n"
				 "        active-share: { usage: active, at-least: 40 }\n";
static const char growth[] = HEAD "        measure: usage-growth\n"
				  "        points: 30\n"
				  "        for-each: 1000\n"
				  "        usage: active\n"
				  "        basis: single-month\n"
				  "        compared-months: 12\n"
				  "        eligible:\n"
				  "          usage: seats\n"
				  "          customer-exceeds: 300\n"
				  "          in-last-months: 1\n";
static const char options[] = HEAD "        options:\n"
				   "          - id: first\n"
				   "            name: First\n"
				   "            measure: products-in-use\n"
				   "            points: 4\n"
				   "            usage: seats\n"
				   "            in-last-months: 12\n"
				   "          - id: second\n"
				   "            name: Second\n"
				   "            maximum: 50\n"
				   "            measure: products-in-use\n"
				   "            points: 2\n"
				   "            usage: active\n"
				   "            in-last-months: 12\n";

struct row {
	const char *text;
	struct rule_row r;
};

static const struct row rows[] = {
	{ units,
		{ .name = "a lower bound is needed",
			.find = "        customer-exceeds: 10\n",
			.with = "",
			.want = "r.yaml:12:9: error: a metric that measures net-customer-adds has no 'customer-reaches' or 'customer-exceeds'; add one of them\n"
				"      - id: m\n"
				"        ^\n",
			.rc = ERR_SYNTAX } },
	{ units,
		{ .name = "two upper bounds exclude each other",
			.find = "        in-last-months: 2\n",
			.with = "        customer-below: 300\n"
				"        in-last-months: 2\n"
				"        sum-of-months: 2\n",
			.want = "r.yaml:22:9: error: 'customer-at-most' and 'customer-below' exclude each other in a metric that measures net-customer-adds; keep one\n"
				"        customer-below: 300\n"
				"        ^~~~~~~~~~~~~~\n"
				"r.yaml:24:9: error: 'in-last-months' and 'sum-of-months' exclude each other in a metric that measures net-customer-adds; keep one\n"
				"        sum-of-months: 2\n"
				"        ^~~~~~~~~~~~~\n",
			.rc = ERR_SYNTAX } },
	{ units,
		{ .name = "a range holds an amount",
			.find = "at-most: 300",
			.with = "at-most: 10",
			.want = "r.yaml:21:27: error: no amount is within this range; the upper bound must not be below the lower one\n"
				"        customer-at-most: 10\n"
				"                          ^~\n",
			.rc = ERR_SYNTAX } },
	{ units,
		{ .name = "a bound of zero bounds nothing",
			.find = "customer-exceeds: 10",
			.with = "customer-reaches: 0",
			.want = "r.yaml:20:27: error: 'customer-reaches' is zero, which everyone reaches; write 'customer-exceeds: 0' for any usage at all\n"
				"        customer-reaches: 0\n"
				"                          ^\n",
			.rc = ERR_SYNTAX } },
	{ units,
		{ .name = "a share is that of one product",
			.find = "        in-one-workload: true\n",
			.with = "",
			.want = "r.yaml:24:9: error: 'active-share' compares one product with itself; add 'unit: workload' or 'in-one-workload: true'\n"
				"        active-share: { usage: active, at-least: 40 }\n"
				"        ^~~~~~~~~~~~\n",
			.rc = ERR_SYNTAX } },
	{ units,
		{ .name = "a share is a whole number of per cent of a selection",
			.find = "usage: active, at-least: 40",
			.with = "usage: actve, at-least: 101",
			.want = "r.yaml:25:32: error: selection 'actve' is not declared; did you mean 'active'?\n"
				"        active-share: { usage: actve, at-least: 101 }\n"
				"                               ^~~~~\n"
				"r.yaml:25:49: error: 'at-least' of 'active-share' 101 is out of range; write a whole number from 1 to 100\n"
				"        active-share: { usage: actve, at-least: 101 }\n"
				"                                                ^~~\n",
			.rc = ERR_SYNTAX } },
	{ units,
		{ .name = "a workload is in one workload",
			.find = "in-one-workload: true",
			.with = "unit: workload\n"
				"        in-one-workload: true",
			.want = "r.yaml:25:9: error: 'in-one-workload' has no meaning with 'unit: workload'; take it out\n"
				"        in-one-workload: true\n"
				"        ^~~~~~~~~~~~~~~\n",
			.rc = ERR_SYNTAX } },
	{ units,
		{ .name = "what is counted now is compared with nothing",
			.find = "compared-months: 12",
			.with = "compared-months: 12\n"
				"        count: now",
			.want = "r.yaml:23:9: error: 'compared-months' has no meaning with 'count: now'; take it out\n"
				"        compared-months: 12\n"
				"        ^~~~~~~~~~~~~~~\n",
			.rc = ERR_SYNTAX } },
	{ units,
		{ .name = "what is not counted now is compared",
			.find = "        compared-months: 12\n",
			.with = "        count: both\n",
			.want = "r.yaml:12:9: error: a metric that measures net-customer-adds has no 'compared-months'; add it\n"
				"      - id: m\n"
				"        ^\n",
			.rc = ERR_SYNTAX } },
	{ units,
		{ .name = "a promotion goes past an upper bound",
			.find = "        customer-at-most: 300\n",
			.with = "        promoted-months: 12\n",
			.want = "r.yaml:21:9: error: 'promoted-months' has no meaning without an upper bound; add 'customer-at-most' or take it out\n"
				"        promoted-months: 12\n"
				"        ^~~~~~~~~~~~~~~\n",
			.rc = ERR_SYNTAX } },
	{ units,
		{ .name = "a flag is true or false",
			.find = "in-one-workload: true",
			.with = "in-one-workload: yes",
			.want = "r.yaml:24:26: error: 'in-one-workload' 'yes' is neither true nor false\n"
				"        in-one-workload: yes\n"
				"                         ^~~\n"
				"r.yaml:25:9: error: 'active-share' compares one product with itself; add 'unit: workload' or 'in-one-workload: true'\n"
				"        active-share: { usage: active, at-least: 40 }\n"
				"        ^~~~~~~~~~~~\n",
			.rc = ERR_SYNTAX } },
	{ units,
		{ .name = "a key of growth has no meaning where units are counted",
			.find = "in-one-workload: true",
			.with = "in-one-workload: true\n"
				"        for-each: 5",
			.want = "r.yaml:25:9: error: 'for-each' has no meaning where a metric measures net-customer-adds; take it out\n"
				"        for-each: 5\n"
				"        ^~~~~~~~\n",
			.rc = ERR_SYNTAX } },
	{ units,
		{ .name = "a rule ends after it begins",
			.find = "        points: 4\n",
			.with = "        since: 2024-01-01\n"
				"        until: 2023-12-31\n"
				"        points: 4\n",
			.want = "r.yaml:19:16: error: 'until' is before 'since'; give the last day on which the rule holds\n"
				"        until: 2023-12-31\n"
				"               ^~~~~~~~~~\n",
			.rc = ERR_SYNTAX } },
	{ growth,
		{ .name = "growth is for each of some amount",
			.find = "for-each: 1000",
			.with = "for-each: 0",
			.want = "r.yaml:19:19: error: 'for-each' is zero; give an amount above it\n"
				"        for-each: 0\n"
				"                  ^\n",
			.rc = ERR_SYNTAX } },
	{ growth,
		{ .name = "what is eligible is said as of units, and no more",
			.find = "          in-last-months: 1\n",
			.with = "          in-last-month: 1\n"
				"          compared-months: 12\n",
			.want = "r.yaml:24:11: error: 'eligible' has no 'in-last-months' or 'sum-of-months'; add one of them\n"
				"          usage: seats\n"
				"          ^\n"
				"r.yaml:26:11: error: unknown key 'in-last-month' in 'eligible'; did you mean 'in-last-months'?\n"
				"          in-last-month: 1\n"
				"          ^~~~~~~~~~~~~\n"
				"r.yaml:27:11: error: unknown key 'compared-months' in 'eligible'; it has: usage, unit, customer-reaches, customer-exceeds, customer-at-most, customer-below, in-last-months, sum-of-months, in-one-workload, promoted-months, active-share\n"
				"          compared-months: 12\n"
				"          ^~~~~~~~~~~~~~~\n",
			.rc = ERR_SYNTAX } },
	{ options,
		{ .name = "a metric of options has no measure of its own",
			.find = "        options:\n",
			.with = "        points: 4\n"
				"        options:\n",
			.want = "r.yaml:17:9: error: 'points' has no meaning where a metric is made of parts; write it in a part\n"
				"        points: 4\n"
				"        ^~~~~~\n",
			.rc = ERR_SYNTAX } },
	{ options,
		{ .name = "a measure and options exclude each other",
			.find = "        options:\n",
			.with = "        measure: people\n"
				"        options:\n",
			.want = "r.yaml:18:9: error: 'measure' and 'options' exclude each other in a metric; keep one\n"
				"        options:\n"
				"        ^~~~~~~\n",
			.rc = ERR_SYNTAX } },
	{ options,
		{ .name = "options have ids of their own",
			.find = "id: second",
			.with = "id: first",
			.want = "r.yaml:24:13: error: part 'first' is in this metric already; take one out\n"
				"          - id: first\n"
				"            ^\n",
			.rc = ERR_SYNTAX } },
	{ options,
		{ .name = "a key that does not fit the measure of a part is told",
			.find = "            in-last-months: 12\n",
			.with = "            basis: single-month\n",
			.want = "r.yaml:18:13: error: a part that measures products-in-use has no 'in-last-months'; add it\n"
				"          - id: first\n"
				"            ^\n"
				"r.yaml:23:13: error: 'basis' has no meaning where a part measures products-in-use; take it out\n"
				"            basis: single-month\n"
				"            ^~~~~\n",
			.rc = ERR_SYNTAX } },
	{ options,
		{ .name = "an option cannot earn more than its metric",
			.find = "maximum: 50",
			.with = "maximum: 101",
			.want = "r.yaml:26:22: error: 'maximum' of a part 101 is out of range; write a whole number from 1 to 100\n"
				"            maximum: 101\n"
				"                     ^~~\n",
			.rc = ERR_SYNTAX } },
	{ options,
		{ .name = "the best option reaches the maximum",
			.find = "            name: First\n",
			.with = "            name: First\n"
				"            maximum: 99\n",
			.want = "r.yaml:18:11: error: the best option earns at most 99 points, but the metric's maximum is 100\n"
				"          - id: first\n"
				"          ^\n",
			.rc = ERR_SYNTAX } },
	{ options,
		{ .name = "the parts reach the maximum together",
			.find = "        options:\n"
				"          - id: first\n"
				"            name: First\n",
			.with = "        parts:\n"
				"          - id: first\n"
				"            name: First\n"
				"            maximum: 49\n",
			.want = "r.yaml:18:11: error: the parts together earn at most 99 points, but the metric's maximum is 100\n"
				"          - id: first\n"
				"          ^\n",
			.rc = ERR_SYNTAX } },
	{ options,
		{ .name = "growth cannot be pooled",
			.find = "        options:\n"
				"          - id: first\n"
				"            name: First\n"
				"            measure: products-in-use\n"
				"            points: 4\n"
				"            usage: seats\n"
				"            in-last-months: 12\n",
			.with = "        pooled-parts:\n"
				"          - id: first\n"
				"            name: First\n"
				"            measure: usage-growth\n"
				"            points: 4\n"
				"            usage: seats\n"
				"            basis: single-month\n"
				"            compared-months: 12\n",
			.want = "r.yaml:18:13: error: growth cannot be pooled with other parts; add it under 'parts' instead\n"
				"          - id: first\n"
				"            ^\n",
			.rc = ERR_SYNTAX } },
	{ options,
		{ .name = "two ways to combine exclude each other",
			.find = "        options:\n",
			.with = "        parts: []\n"
				"        until: 2023-01-01\n"
				"        pooled-parts:\n",
			.want = "r.yaml:19:9: error: 'parts' and 'pooled-parts' exclude each other in a metric; keep one\n"
				"        pooled-parts:\n"
				"        ^~~~~~~~~~~~\n",
			.rc = ERR_SYNTAX } },
};

static void test_row(void **state)
{
	const struct row *row = *state;

	check_rule_row(row->text, &row->r);
}

static const struct metric_rule *only_rule(const struct edition_box *box)
{
	return &edition_box_get(box)->areas[0].metrics[0].rule;
}

/* The certificate of HEAD is used by no rule of these files, so warnings are looked away from. */
static struct edition_box *box_with(const char *text, const char *find, const char *with)
{
	char *bare =
		rule_text_with(text, "certificates: [{ code: C-1, title: Certificate One }]\n", "");
	struct edition_box *box = rule_box_with(bare, find, with);

	free(bare);
	return box;
}

static void test_a_unit_has_its_range_and_its_share(void **state)
{
	struct edition_box *box = box_with(units, "points: 4", "points: 4");
	const struct metric_rule *r = only_rule(box);
	const struct unit_test *t = &r->u.units.test;

	(void)state;
	assert_int_equal(r->kind, RULE_NET_CUSTOMER_ADDS);
	assert_int_equal(t->selection, 0);
	assert_true(t->each_product);
	assert_false(t->sum);
	assert_int_equal(t->months, 2);
	assert_int_equal(t->from_micro, 10000001);
	assert_int_equal(t->to_micro, 300000000);
	assert_int_equal(t->promoted_months, 0);
	assert_int_equal(t->share_selection, 1);
	assert_int_equal(t->share_percent, 40);
	assert_false(r->u.units.by_product);
	assert_int_equal(r->u.units.base_from_micro, 10000001);
	assert_int_equal(r->u.units.compare_months, 12);
	assert_int_equal(r->u.units.count, UNITS_NET);
	assert_false(r->u.units.not_already);
	edition_box_destroy(box);
}

static void test_deployments_can_be_workloads_that_are_new(void **state)
{
	struct edition_box *box = box_with(units,
		"        measure: net-customer-adds\n"
		"        points: 4\n"
		"        usage: seats\n"
		"        customer-exceeds: 10\n"
		"        customer-at-most: 300\n"
		"        in-last-months: 2\n"
		"        compared-months: 12\n"
		"        in-one-workload: true\n",
		"        measure: net-deployments\n"
		"        points: 2.5\n"
		"        usage: seats\n"
		"        unit: workload\n"
		"        customer-reaches: 10\n"
		"        customer-below: 300\n"
		"        sum-of-months: 3\n"
		"        compared-months: 6\n"
		"        base-reaches: 5\n"
		"        promoted-months: 12\n"
		"        not-already: true\n"
		"        count: new\n");
	const struct metric_rule *r = only_rule(box);
	const struct unit_test *t = &r->u.units.test;

	(void)state;
	assert_int_equal(r->kind, RULE_NET_DEPLOYMENTS);
	assert_true(ratio_eq(r->points_each, ratio_make(5, 2)));
	assert_true(r->u.units.by_product);
	assert_false(t->each_product);
	assert_true(t->sum);
	assert_int_equal(t->months, 3);
	assert_int_equal(t->from_micro, 10000000);
	assert_int_equal(t->to_micro, 299999999);
	assert_int_equal(t->promoted_months, 12);
	assert_int_equal(r->u.units.base_from_micro, 5000000);
	assert_int_equal(r->u.units.compare_months, 6);
	assert_int_equal(r->u.units.count, UNITS_NEW);
	assert_true(r->u.units.not_already);
	edition_box_destroy(box);
}

static void test_units_without_an_upper_bound_can_be_counted_now(void **state)
{
	struct edition_box *box = box_with(units,
		"        customer-at-most: 300\n"
		"        in-last-months: 2\n"
		"        compared-months: 12\n",
		"        in-last-months: 2\n"
		"        count: now\n"
		"        since: 2023-01-01\n"
		"        until: 2023-12-31\n");
	const struct metric *m = &edition_box_get(box)->areas[0].metrics[0];

	(void)state;
	assert_int_equal(m->rule.u.units.test.to_micro, UNIT_NO_BOUND);
	assert_int_equal(m->rule.u.units.count, UNITS_NOW);
	assert_int_equal(m->rule.u.units.compare_months, 0);
	assert_int_equal(m->valid_from, day_from_civil(2023, 1, 1));
	assert_int_equal(m->valid_until, day_from_civil(2023, 12, 31));
	edition_box_destroy(box);
}

static void test_growth_by_amount_knows_whose_usage_counts(void **state)
{
	struct edition_box *box = box_with(growth, "        eligible:\n",
		"        minimum: 7\n"
		"        base-minimum: 8\n"
		"        since-association: true\n"
		"        eligible:\n"
		"          unit: workload\n"
		"          active-share: { usage: active, at-least: 1 }\n");
	const struct growth_rule *g = &only_rule(box)->u.growth;

	(void)state;
	assert_int_equal(g->selection, 1);
	assert_int_equal(g->window_months, 1);
	assert_int_equal(g->compare_months, 12);
	assert_int_equal(g->each_micro, 1000000000);
	assert_int_equal(g->minimum_micro, 7000000);
	assert_int_equal(g->base_minimum_micro, 8000000);
	assert_true(g->since_association);
	assert_true(g->filtered);
	assert_true(g->filter_by_product);
	assert_int_equal(g->filter.selection, 0);
	assert_int_equal(g->filter.from_micro, 300000001);
	assert_int_equal(g->filter.to_micro, UNIT_NO_BOUND);
	assert_int_equal(g->filter.months, 1);
	assert_int_equal(g->filter.share_percent, 1);
	edition_box_destroy(box);
}

static void test_growth_without_for_each_is_per_cent(void **state)
{
	struct edition_box *box = box_with(growth,
		"        for-each: 1000\n"
		"        usage: active\n"
		"        basis: single-month\n"
		"        compared-months: 12\n"
		"        eligible:\n"
		"          usage: seats\n"
		"          customer-exceeds: 300\n"
		"          in-last-months: 1\n",
		"        usage: active\n"
		"        basis: trailing-twelve-months\n"
		"        compared-months: 12\n"
		"        eligible: { usage: seats, customer-reaches: 1, sum-of-months: 12 }\n");
	const struct growth_rule *g = &only_rule(box)->u.growth;

	(void)state;
	assert_int_equal(g->each_micro, 0);
	assert_int_equal(g->window_months, 12);
	assert_int_equal(g->minimum_micro, 0);
	assert_true(g->filter.sum);
	assert_int_equal(g->filter.months, 12);
	edition_box_destroy(box);
}

static void test_options_and_parts_keep_their_maxima(void **state)
{
	static const struct {
		const char *key;
		enum combine how;
	} ways[] = { { "        options:\n", COMBINE_HIGHEST },
		{ "        parts:\n", COMBINE_ADDED },
		{ "        pooled-parts:\n", COMBINE_POOLED } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		struct edition_box *box = box_with(options, "        options:\n", ways[i].key);
		const struct metric_rule *r = only_rule(box);

		assert_int_equal(r->kind, RULE_COMBINED);
		assert_int_equal(r->u.combined.how, ways[i].how);
		assert_int_equal(r->u.combined.n, 2);
		assert_true(str_eq(r->u.combined.parts[0].id, STR("first")));
		assert_int_equal(r->u.combined.parts[0].maximum, 100);
		assert_true(str_eq(r->u.combined.parts[1].name, STR("Second")));
		assert_int_equal(r->u.combined.parts[1].maximum, 50);
		assert_int_equal(r->u.combined.parts[1].rule->kind, RULE_PRODUCTS_IN_USE);
		assert_true(ratio_eq(r->u.combined.parts[1].rule->points_each, ratio_int(2)));
		assert_int_equal(r->u.combined.parts[1].rule->u.products.selection, 1);
		edition_box_destroy(box);
	}
}

static void test_a_part_can_measure_people(void **state)
{
	struct edition_box *box = rule_box_with(options,
		"            measure: products-in-use\n"
		"            points: 4\n"
		"            usage: seats\n"
		"            in-last-months: 12\n",
		"            measure: people\n"
		"            steps: [{ name: S, holds: C-1, points: 1 }]\n"
		"          - id: third\n"
		"            name: Third\n"
		"            measure: products-in-use\n"
		"            points: 4\n"
		"            usage: seats\n"
		"            in-last-months: 12\n");
	const struct rule_part *part = &only_rule(box)->u.combined.parts[0];

	(void)state;
	assert_int_equal(part->rule->kind, RULE_PEOPLE);
	assert_true(ratio_eq(part->rule->u.people.steps[0].points_max, ratio_int(100)));
	edition_box_destroy(box);
}

static void test_a_metric_has_at_most_four_parts(void **state)
{
	static const char want[] = "'options' has 5 entries; at most 4 are read";
	char *text = rule_text_with(options, "        options:\n",
		"        options:\n"
		"          - id: p3\n"
		"          - id: p4\n"
		"          - id: p5\n");
	struct edition_box *box = NULL;
	struct buf report;

	(void)state;
	buf_init(&report, &mem_heap, 1 << 20);
	assert_int_equal(
		compile_edition(&mem_heap, "r.yaml", str_from(text), &report, &box), ERR_SYNTAX);
	assert_int_equal(buf_add(&report, "", 1), 0);
	assert_non_null(strstr((const char *)report.p, want));
	buf_fini(&report);
	free(text);
}

static void test_every_failed_allocation_is_survived(void **state)
{
	(void)state;
	check_rule_allocations(units);
	check_rule_allocations(growth);
	check_rule_allocations(options);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(test_every_failed_allocation_is_survived),
		cmocka_unit_test(test_a_unit_has_its_range_and_its_share),
		cmocka_unit_test(test_deployments_can_be_workloads_that_are_new),
		cmocka_unit_test(test_units_without_an_upper_bound_can_be_counted_now),
		cmocka_unit_test(test_growth_by_amount_knows_whose_usage_counts),
		cmocka_unit_test(test_growth_without_for_each_is_per_cent),
		cmocka_unit_test(test_options_and_parts_keep_their_maxima),
		cmocka_unit_test(test_a_part_can_measure_people),
		cmocka_unit_test(test_a_metric_has_at_most_four_parts),
	};
	struct CMUnitTest tests[ARRAY_LEN(rows) + ARRAY_LEN(others)];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].r.name,
			.test_func = test_row,
			.initial_state = (void *)(uintptr_t)&rows[i] };
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		tests[n++] = others[i];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
