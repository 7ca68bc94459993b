/* Selections in rule files: products under several names, filters, and rates. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/base/err.h"
#include "tests/harness/rule_text.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static const char base[] =
	"edition: { id: e1, title: Test, valid-from: 2023-06-01 }\n"
	"sources: { S1: A document }\n"
	"settings: { qualifies-at: 70, every-metric-above: 0, usage-ready-day: 20 }\n"
	"selections:\n"
	"  - id: seats\n"
	"    measure: paid-units\n"
	"    associations: [cpor]\n"
	"    offers: [paid]\n"
	"    source: S1\n"
	"areas:\n"
	"  - id: one\n"
	"    name: Area one\n"
	"    metrics:\n"
	"      - id: products\n"
	"        name: Products\n"
	"        rule: R-1\n"
	"        source: S1\n"
	"        measure: products-in-use\n"
	"        maximum: 100\n"
	"        points: 4\n"
	"        usage: seats\n"
	"        in-last-months: 12\n";

static const struct rule_row rows[] = {
	{ .name = "a product has one name in a selection, whatever its letters",
		.find = "    source: S1\n",
		.with = "    products: [Mail, { name: Chat, also: [MAIL, chat] }, mail]\n"
			"    source: S1\n",
		.want = "r.yaml:9:43: error: product 'MAIL' is in this selection already; name it once (upper and lower case are the same)\n"
			"    products: [Mail, { name: Chat, also: [MAIL, chat] }, mail]\n"
			"                                          ^~~~\n"
			"r.yaml:9:49: error: 'chat' is the name of this product; take it out\n"
			"    products: [Mail, { name: Chat, also: [MAIL, chat] }, mail]\n"
			"                                                ^~~~\n"
			"r.yaml:9:58: error: product 'mail' is in this selection already; name it once (upper and lower case are the same)\n"
			"    products: [Mail, { name: Chat, also: [MAIL, chat] }, mail]\n"
			"                                                         ^~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "a product without other names is a plain text",
		.find = "    source: S1\n",
		.with = "    products: [{ name: Mail }]\n"
			"    source: S1\n",
		.want = "r.yaml:9:16: error: a product has no 'also'; add it\n"
			"    products: [{ name: Mail }]\n"
			"               ^\n",
		.rc = ERR_SYNTAX },
	{ .name = "a filter knows its lists",
		.find = "    source: S1\n",
		.with = "    any: [{ group2: [A] }, {}]\n"
			"    source: S1\n",
		.want = "r.yaml:9:13: error: unknown key 'group2' in an entry of 'any'; did you mean 'group-2'?\n"
			"    any: [{ group2: [A] }, {}]\n"
			"            ^~~~~~\n"
			"r.yaml:9:28: error: an entry of 'any' without a list lets every row pass; give it one\n"
			"    any: [{ group2: [A] }, {}]\n"
			"                           ^\n",
		.rc = ERR_SYNTAX },
	{ .name = "components are short for any",
		.find = "    source: S1\n",
		.with = "    any: [{ group-2: [A] }]\n"
			"    components: [B]\n"
			"    source: S1\n",
		.want = "r.yaml:10:5: error: 'any' and 'components' exclude each other in a selection; keep one\n"
			"    components: [B]\n"
			"    ^~~~~~~~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "a selection measures something",
		.find = "    measure: paid-units\n",
		.with = "",
		.want = "r.yaml:5:5: error: a selection has no 'measure' or 'rates'; add one of them\n"
			"  - id: seats\n"
			"    ^\n",
		.rc = ERR_SYNTAX },
	{ .name = "rates take the place of the measure and the products",
		.find = "    source: S1\n",
		.with = "    rates: [{ measure: mau, rate: 1, products: [Mail] }]\n"
			"    products: [Mail]\n"
			"    source: S1\n",
		.want = "r.yaml:9:5: error: 'measure' and 'rates' exclude each other in a selection; keep one\n"
			"    rates: [{ measure: mau, rate: 1, products: [Mail] }]\n"
			"    ^~~~~\n"
			"r.yaml:10:5: error: 'rates' and 'products' exclude each other in a selection; keep one\n"
			"    products: [Mail]\n"
			"    ^~~~~~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "a product has one rate",
		.find = "    measure: paid-units\n",
		.with = "    rates:\n"
			"      - { measure: mau, rate: 1, products: [Mail] }\n"
			"      - { measure: capacity, rate: 0, products: [mail] }\n",
		.want = "r.yaml:8:36: error: 'rate' is zero; leave products out that are worth nothing\n"
			"      - { measure: capacity, rate: 0, products: [mail] }\n"
			"                                   ^\n"
			"r.yaml:8:50: error: product 'mail' is in this selection already; name it once (upper and lower case are the same)\n"
			"      - { measure: capacity, rate: 0, products: [mail] }\n"
			"                                                 ^~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "rates too far apart would not stay exact",
		.find = "    measure: paid-units\n",
		.with = "    rates:\n"
			"      - { measure: mau, rate: 1000, products: [Mail] }\n"
			"      - { measure: capacity, rate: 0.1, products: [Chat] }\n",
		.want = "r.yaml:7:9: error: this rate is 10000 times the finest step of all rates (1/10); at most 8191 times are kept exact, round the rates or split the selection\n"
			"      - { measure: mau, rate: 1000, products: [Mail] }\n"
			"        ^\n",
		.rc = ERR_SYNTAX },
};

static void test_row(void **state)
{
	check_rule_row(base, *state);
}

static void test_products_keep_their_other_names(void **state)
{
	struct edition_box *box = rule_box_with(base, "    source: S1\n",
		"    products: [Mail, { name: Chat, also: [Talk, Call] }]\n    source: S1\n");
	const struct selection *s = &edition_box_get(box)->selections[0];

	(void)state;
	assert_int_equal(s->n_products, 2);
	assert_true(str_eq(s->products[0].name, STR("Mail")));
	assert_int_equal(s->products[0].n_aliases, 0);
	assert_true(str_eq(s->products[1].name, STR("Chat")));
	assert_int_equal(s->products[1].n_aliases, 2);
	assert_true(str_eq(s->products[1].aliases[1], STR("Call")));
	assert_int_equal(s->measure, MEASURE_PAID_UNITS);
	assert_int_equal(s->measures, 1U << MEASURE_PAID_UNITS);
	assert_int_equal(s->scale, 1);
	edition_box_destroy(box);
}

static void test_every_list_of_a_filter_has_its_place(void **state)
{
	struct edition_box *box = rule_box_with(base, "    source: S1\n",
		"    any:\n"
		"      - { products: [P1, P2], components: [C], level-1: [L] }\n"
		"      - { group-2: [G2], group-3: [G3], influencers: [I], compute-os: [OS] }\n"
		"    except-products: [No]\n"
		"    source: S1\n");
	const struct selection *s = &edition_box_get(box)->selections[0];
	const struct usage_filter *f = s->filters;

	(void)state;
	assert_int_equal(s->n_filters, 2);
	assert_int_equal(f[0].products.n, 2);
	assert_true(str_eq(f[0].products.all[1], STR("P2")));
	assert_true(str_eq(f[0].components.all[0], STR("C")));
	assert_true(str_eq(f[0].level1.all[0], STR("L")));
	assert_int_equal(f[0].group2.n, 0);
	assert_int_equal(f[1].products.n, 0);
	assert_true(str_eq(f[1].group2.all[0], STR("G2")));
	assert_true(str_eq(f[1].group3.all[0], STR("G3")));
	assert_true(str_eq(f[1].influencers.all[0], STR("I")));
	assert_true(str_eq(f[1].compute_os.all[0], STR("OS")));
	assert_int_equal(s->n_excluded, 1);
	edition_box_destroy(box);
}

static void test_rates_become_whole_weights_over_one_scale(void **state)
{
	struct edition_box *box = rule_box_with(base, "    measure: paid-units\n",
		"    rates:\n"
		"      - { measure: mau, rate: 100, products: [Finance, Sales] }\n"
		"      - { measure: capacity, rate: 0.2, products: [{ name: Data, also: [D] }] }\n"
		"      - { measure: mau, rate: 2.5, products: [Talk] }\n");
	const struct selection *s = &edition_box_get(box)->selections[0];

	(void)state;
	assert_int_equal(s->measure, MEASURE_VALUE);
	assert_int_equal(s->measures, (1U << MEASURE_MAU) | (1U << MEASURE_CAPACITY));
	assert_int_equal(s->n_products, 4);
	assert_true(str_eq(s->products[2].name, STR("Data")));
	assert_int_equal(s->products[2].n_aliases, 1);
	assert_int_equal(s->scale, 10);
	assert_int_equal(s->n_rates, 3);
	assert_int_equal(s->rates[0].first, 0);
	assert_int_equal(s->rates[0].n, 2);
	assert_int_equal(s->rates[0].weight, 1000);
	assert_int_equal(s->rates[1].measure, MEASURE_CAPACITY);
	assert_int_equal(s->rates[1].first, 2);
	assert_int_equal(s->rates[1].weight, 2);
	assert_int_equal(s->rates[2].weight, 25);
	edition_box_destroy(box);
}

static void test_every_failed_allocation_is_survived(void **state)
{
	(void)state;
	check_rule_allocations(base);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(test_every_failed_allocation_is_survived),
		cmocka_unit_test(test_products_keep_their_other_names),
		cmocka_unit_test(test_every_list_of_a_filter_has_its_place),
		cmocka_unit_test(test_rates_become_whole_weights_over_one_scale),
	};
	struct CMUnitTest tests[ARRAY_LEN(rows) + ARRAY_LEN(others)];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = test_row,
			.initial_state = (void *)(uintptr_t)&rows[i] };
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		tests[n++] = others[i];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
