/* The short forms of `capscore simulate`, one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "common/base/mem.h"
#include "services/cli/simulate_forms.h"

#define ARRAY_LEN(a)  (sizeof(a) / sizeof((a)[0]))
#define OPTION(field) offsetof(struct simulate_forms, field)

struct row {
	const char *name;
	size_t option; /* offset of its list */
	const char *text;
	struct wire_supposition want[3];
	size_t n; /* 0: it is refused */
	const char *says;
};

static const struct row rows[] = {
	{ "a certificate", OPTION(cert), "C-1",
		{ { .kind = SUPPOSE_CERTIFICATE, .name = STR_INIT("C-1") } }, 1, NULL },
	{ "several times", OPTION(cert), "C-1x12",
		{ { .kind = SUPPOSE_CERTIFICATE, .name = STR_INIT("C-1"), .count = 12 } }, 1,
		NULL },
	{ "an x that is part of the name", OPTION(cert), "Excel",
		{ { .kind = SUPPOSE_CERTIFICATE, .name = STR_INIT("Excel") } }, 1, NULL },
	{ "a name that ends with an x", OPTION(assessment), "Linux",
		{ { .kind = SUPPOSE_ASSESSMENT, .name = STR_INIT("Linux") } }, 1, NULL },
	{ "nothing but a number of times", OPTION(cert), "x2",
		{ { .kind = SUPPOSE_CERTIFICATE, .name = STR_INIT("x2") } }, 1, NULL },
	{ "of a person", OPTION(assessment), "A@anna",
		{ { .kind = SUPPOSE_ASSESSMENT, .name = STR_INIT("A"), .who = STR_INIT("anna") } },
		1, NULL },
	{ "once, by a person", OPTION(cert), "C-1x1@anna",
		{ { .kind = SUPPOSE_CERTIFICATE,
			.name = STR_INIT("C-1"),
			.who = STR_INIT("anna"),
			.count = 1 } },
		1, NULL },
	{ "twice by one person", OPTION(cert), "C-1x2@anna", { { .kind = 0 } }, 0,
		"one person cannot hold it several times" },
	{ "nobody behind the mark", OPTION(cert), "C-1@", { { .kind = 0 } }, 0, "expected CODE" },
	{ "nothing", OPTION(cert), "", { { .kind = 0 } }, 0, "expected CODE" },
	{ "a certificate that ends", OPTION(expire), "C-1@anna",
		{ { .kind = SUPPOSE_CERTIFICATE_ENDS,
			.name = STR_INIT("C-1"),
			.who = STR_INIT("anna") } },
		1, NULL },
	{ "a certificate of nobody ends", OPTION(expire), "C-1", { { .kind = 0 } }, 0,
		"expected CODE@PERSON" },
	{ "a person that leaves", OPTION(lose_person), "anna",
		{ { .kind = SUPPOSE_PERSON_LEAVES, .who = STR_INIT("anna") } }, 1, NULL },

	{ "a customer", OPTION(customer), "acr=1200.5",
		{ { .kind = SUPPOSE_CUSTOMER,
			.measure = MEASURE_ACR,
			.has_amount = true,
			.amount_micro = 1200500000 } },
		1, NULL },
	{ "a customer with all that can be said", OPTION(customer),
		"mau=300,product=Teams chat,months=2,association=csp-tier-1,count=3",
		{ { .kind = SUPPOSE_CUSTOMER,
			.name = STR_INIT("Teams chat"),
			.measure = MEASURE_MAU,
			.months = 2,
			.count = 3,
			.association = ASSOC_CSP_TIER_1,
			.has_amount = true,
			.amount_micro = 300000000 } },
		1, NULL },
	{ "a customer of two measures is one", OPTION(customer), "paid-units=2,mau=1",
		{ { .kind = SUPPOSE_CUSTOMER,
			  .who = STR_INIT("what-if-new-customer-1"),
			  .measure = MEASURE_MAU,
			  .has_amount = true,
			  .amount_micro = 1000000 },
			{ .kind = SUPPOSE_CUSTOMER,
				.who = STR_INIT("what-if-new-customer-1"),
				.measure = MEASURE_PAID_UNITS,
				.has_amount = true,
				.amount_micro = 2000000 } },
		2, NULL },
	{ "a customer with a name", OPTION(customer), "acr=1,name=big",
		{ { .kind = SUPPOSE_CUSTOMER,
			.who = STR_INIT("big"),
			.measure = MEASURE_ACR,
			.has_amount = true,
			.amount_micro = 1000000 } },
		1, NULL },
	{ "one name for several", OPTION(customer), "acr=1,name=big,count=2", { { .kind = 0 } }, 0,
		"a customer with a name is one" },
	{ "a customer without an amount", OPTION(customer), "product=Teams", { { .kind = 0 } }, 0,
		"without an amount" },
	{ "a key without a value", OPTION(customer), "acr=", { { .kind = 0 } }, 0,
		"expected MEASURE=AMOUNT" },
	{ "an unknown association", OPTION(customer), "acr=1,association=pla", { { .kind = 0 } }, 0,
		"one of cpor, dpor" },
	{ "too many months", OPTION(customer), "acr=1,months=37", { { .kind = 0 } }, 0,
		"from 1 to 36" },
	{ "more than an amount can be", OPTION(customer), "acr=1000000001", { { .kind = 0 } }, 0,
		"the amount is no number" },
	{ "a customer that leaves", OPTION(lose_customer), "t-1,months=5",
		{ { .kind = SUPPOSE_CUSTOMER_LEAVES, .who = STR_INIT("t-1"), .months = 5 } }, 1,
		NULL },
	{ "a customer that leaves with another key", OPTION(lose_customer), "t-1,count=5",
		{ { .kind = 0 } }, 0, "only months=N" },

	{ "a fifth more, of an id with dashes", OPTION(usage), "0a-1b-2c+20%",
		{ { .kind = SUPPOSE_USAGE, .who = STR_INIT("0a-1b-2c"), .change = 2000 } }, 1,
		NULL },
	{ "less by a fraction of a per cent", OPTION(usage), "0a-1b-7.25%,measure=mau",
		{ { .kind = SUPPOSE_USAGE,
			.who = STR_INIT("0a-1b"),
			.measure = MEASURE_MAU,
			.change = -725 } },
		1, NULL },
	{ "all of it less", OPTION(usage), "t-100%",
		{ { .kind = SUPPOSE_USAGE, .who = STR_INIT("t"), .change = -10000 } }, 1, NULL },
	{ "more than all of it less", OPTION(usage), "t-101%", { { .kind = 0 } }, 0,
		"at most -100%" },
	{ "an amount, also negative", OPTION(usage), "t=-5,product=Storage,months=1",
		{ { .kind = SUPPOSE_USAGE,
			.who = STR_INIT("t"),
			.name = STR_INIT("Storage"),
			.months = 1,
			.has_amount = true,
			.amount_micro = -5000000 } },
		1, NULL },
	{ "neither an amount nor a change", OPTION(usage), "t", { { .kind = 0 } }, 0,
		"expected CUSTOMER+N%" },
	{ "a change of nobody", OPTION(usage), "+5%", { { .kind = 0 } }, 0,
		"expected CUSTOMER+N%" },
};

static void assert_same(const struct wire_supposition *is, const struct wire_supposition *want)
{
	assert_int_equal(is->kind, want->kind);
	assert_true(str_eq(is->who, want->who));
	assert_true(str_eq(is->name, want->name));
	assert_int_equal(is->count, want->count);
	assert_int_equal(is->months, want->months);
	assert_int_equal(is->measure, want->measure);
	assert_int_equal(is->association, want->association);
	assert_int_equal(is->has_amount, want->has_amount);
	assert_int_equal(is->amount_micro, want->amount_micro);
	assert_int_equal(is->change, want->change);
}

static void test_row(void **state)
{
	static struct simulate_suppositions got;
	static struct simulate_forms forms;
	const struct row *r = *state;
	struct option_list *list = (void *)((char *)&forms + r->option);
	struct err e = { 0 };
	struct arena ar;
	int rc;

	memset(&forms, 0, sizeof forms);
	list->n = 1;
	list->items[0] = r->text;
	arena_init(&ar, &mem_heap, SIZE_MAX);
	rc = simulate_forms_read(&forms, &ar, &got, &e);
	assert_int_equal(rc, r->n > 0 ? 0 : ERR_INVALID);
	if (r->n == 0 && strstr(e.text, r->says) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", e.text, r->says);
	if (r->n > 0)
		assert_int_equal(got.n, r->n);
	for (size_t i = 0; i < r->n; i++)
		assert_same(&got.all[i], &r->want[i]);
	arena_fini(&ar);
}

static void test_customers_of_several_measures_are_told_apart(void **state)
{
	static struct simulate_suppositions got;
	static struct simulate_forms forms;
	struct arena ar;

	(void)state;
	memset(&forms, 0, sizeof forms);
	forms.customer.n = 2;
	forms.customer.items[0] = "mau=1,paid-units=2,count=2";
	forms.customer.items[1] = "mau=1,paid-units=2";
	arena_init(&ar, &mem_heap, SIZE_MAX);
	assert_int_equal(simulate_forms_read(&forms, &ar, &got, NULL), 0);
	assert_int_equal(got.n, 6);
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(got.all[i].who.p[got.all[i].who.n - 1], '1' + (int)i / 2);
		assert_true(got.all[i].count <= 1);
	}
	arena_fini(&ar);
}

static void test_too_many_suppositions(void **state)
{
	static struct simulate_suppositions got;
	static struct simulate_forms forms;
	struct err e = { 0 };
	struct arena ar;

	(void)state;
	memset(&forms, 0, sizeof forms);
	forms.customer.n = 1;
	forms.customer.items[0] = "mau=1,paid-units=2,count=129";
	arena_init(&ar, &mem_heap, SIZE_MAX);
	assert_int_equal(simulate_forms_read(&forms, &ar, &got, &e), ERR_INVALID);
	assert_non_null(strstr(e.text, "more than 256 suppositions"));
	arena_fini(&ar);
}

int main(void)
{
	static struct CMUnitTest tests[ARRAY_LEN(rows) + 2];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = test_row,
			.initial_state = (void *)(uintptr_t)&rows[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
		test_customers_of_several_measures_are_told_apart);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_too_many_suppositions);
	return _cmocka_run_group_tests("forms of simulate", tests, n, NULL, NULL);
}
