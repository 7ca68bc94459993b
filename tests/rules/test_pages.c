/* What `rules show` prints of an edition that has one of everything, as text and as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "services/cli/rules_verbs.h"
#include "tests/support/edition_wide.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* ---- text --------------------------------------------------------------------------------------------------- */

static int print_all(FILE *out, const struct edition *e, const struct area *only)
{
	(void)only;
	return rules_print_areas(out, e, NULL);
}

static int print_edition(FILE *out, const struct edition *e, const struct area *only)
{
	(void)only;
	return rules_print_edition(out, e);
}

static int print_whole_catalogue(FILE *out, const struct edition *e, const struct area *only)
{
	(void)only;
	return rules_print_catalogue(out, e, NULL);
}

static const struct row {
	const char *name;
	int (*print)(FILE *out, const struct edition *e, const struct area *only);
	int area;
	const char *has;   /* a part of what is printed */
	const char * not ; /* must not be there; NULL: no matter */
} rows[] = {
	{ "the list of areas", print_edition, 0,
		"\nAreas\n"
		"  work        Work             2 metrics, tracks enterprise, smb\n"
		"  business    Business         1 metric, tracks smb, enterprise\n"
		"  security    Security         2 metrics\n"
		"  cloud       The whole cloud  2 designations\n"
		"\nSpecializations\n"
		"  kubernetes  Kubernetes       5 requirements\n",
		"Net customer adds" },
	{ "the settings of an edition", print_edition, 0,
		"An area qualifies with 70 points or more in all, rounded half up to a whole\n"
		"number, and 1 or more in every metric.\n",
		NULL },
	{ "the windows of an edition", print_edition, 0,
		"From 2022-10-25 on: a specialization counts as qualified when it qualifies on\n"
		"  the day itself.",
		NULL },
	{ "the way to its catalogue", print_edition, 0,
		"--catalogue lists the catalogue, 2 entries.\n", NULL },
	{ "the table of each track", rules_print_areas, WIDE_WORK,
		"Track SMB, id smb\n\n"
		"  metric             maximum  points each                                     threshold "
		"                                  rule        source\n"
		"  Net customer adds       20  2 a net add                                     11 to 300 "
		"units of one workload in a month  R-SMB-ADDS  S1, a section\n",
		NULL },
	{ "how the track is chosen", rules_print_areas, WIDE_BUSINESS,
		"Business, id business\n\n"
		"The track is chosen: SMB when of the customers of known segment with usage\n"
		"consumption in the last month at least 80 per cent are in the segment 'SMB' or\n"
		"'Small'; otherwise Enterprise.\n"
		"What counts:\n"
		"  Azure consumed revenue of every product",
		NULL },
	{ "the parts of a combined metric", rules_print_areas, WIDE_SECURITY,
		"    Up to 30 points: 'Active users' and 'Azure' make one pool: a loss in one\n"
		"    takes off from the others.\n"
		"      - Active users: Up to 30 points: 1 point for each 1,000 users by which the\n"
		"        monthly active usage of the last month exceeds",
		NULL },
	{ "each usage of the parts once", rules_print_areas, WIDE_SECURITY,
		"    What counts:\n      Usage active: monthly active usage of Exchange", NULL },
	{ "a rule of another track once", rules_print_areas, WIDE_WORK,
		"  Usage growth: as in Enterprise\n", "Net customer adds: as in" },
	{ "since when a rule is in force", rules_print_areas, WIDE_BUSINESS,
		"    In force from 2023-07-02 on.\n", NULL },
	{ "an area of areas", rules_print_areas, WIDE_CLOUD,
		"Held while all of these designations are held: Work and Security.\n\n"
		"  designation  rule     source\n"
		"  Work         R-CLOUD  S1, a section\n",
		"Met when" },
	{ "the table of a specialization", rules_print_areas, WIDE_KUBERNETES,
		"  requirement  needed          at a renewal       rule                   source\n"
		"  Designation  1 designation   every year         R-SP-KUBE.DESIGNATION  S1, a section\n"
		"  Performance  all of 2        every year         R-SP-KUBE.PERFORMANCE  S1, a section\n"
		"  People       3 people        every year         R-SP-KUBE.PEOPLE       S1, a section\n"
		"  Audit        1 passed audit  every second year  R-SP-KUBE.AUDIT        S1, a section\n"
		"  More         not known       every year         R-SP-KUBE.MORE         S1, a section\n",
		NULL },
	{ "conditions as lists inside lists", rules_print_areas, WIDE_KUBERNETES,
		"    Met when both of these hold:\n"
		"      - Consumption: the Azure consumed revenue (usage consumption) is at least\n"
		"        300 USD a month on average over the last 3 months, from at least 2\n"
		"        customers\n"
		"      - Use: at least 2 of these 3 hold:\n"
		"        - the monthly active usage (usage active) is at least 20 per cent of the\n"
		"          number of paid units (usage paid) in the trailing twelve months\n"
		"        - the monthly active usage of the last month (usage active) is at least\n"
		"          35 per cent above that of the same month a year before, which must be\n"
		"          at least 50 users\n"
		"        - not known: The number of people is not printed.\n",
		NULL },
	{ "the certificates of a condition", rules_print_areas, WIDE_KUBERNETES,
		"    Met when at least 3 people hold C-1, or C-2 and C-3.\n"
		"       C-1  One\n"
		"       C-2  Two\n"
		"     + C-3  Three (retired 2023-07-31, counts to 2024-07-31)\n"
		"    A renewal asks for it every year.\n",
		NULL },
	{ "an unknown requirement", rules_print_areas, WIDE_KUBERNETES,
		"  More\n    Not known: The cell is lost.\n", "Met when something" },
	{ "a later renewal", rules_print_areas, WIDE_KUBERNETES,
		"A renewal asks for it every second year.\n", NULL },
	{ "the catalogue of an area", rules_print_areas, WIDE_KUBERNETES,
		"  In the catalogue\n    Licences (benefit): A hundred seats. [S1]\n", "Gold" },
	{ "every area of it", print_all, 0, "\nKubernetes, id kubernetes\n", NULL },
	{ "the whole catalogue", print_whole_catalogue, 0,
		"Benefits\n"
		"  Licences, id licences\n"
		"    A hundred seats.\n"
		"    With: Work, Kubernetes\n"
		"    Source: S1\n"
		"\nCompetencies\n"
		"  Gold, id gold\n",
		NULL },
	{ "the catalogue for an area", rules_print_catalogue, WIDE_WORK, "Licences, id licences\n",
		"Gold" },
	{ "nothing in the catalogue for an area", rules_print_catalogue, WIDE_CLOUD,
		"There is nothing in it.\n", "Licences" },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	assert_non_null(out);
	assert_int_equal(row->print(out, &edition_wide, &edition_wide.areas[row->area]), 0);
	fclose(out);
	if (strstr(text, row->has) == NULL)
		fail_msg("'%s' is not in:\n%s", row->has, text);
	if (row->not != NULL && strstr(text, row->not ) != NULL)
		fail_msg("'%s' is in:\n%s", row->not, text);
	free(text);
}

static void test_a_rule_without_words_is_an_answer(void **state)
{
	struct edition e = edition_wide;
	struct area area = e.areas[WIDE_SECURITY];
	struct metric metrics[2] = { area.metrics[0], area.metrics[1] };
	const struct track track = { .metrics = metrics };
	FILE *out = fopen("/dev/null", "w");

	(void)state;
	assert_non_null(out);
	metrics[1].rule.kind = (enum rule_kind)99;
	area.tracks = &track;
	area.metrics = metrics;
	assert_int_equal(rules_print_areas(out, &e, &area), ERR_UNSUPPORTED);
	fclose(out);
}

/* ---- JSON --------------------------------------------------------------------------------------------------- */

static json_t *member(json_t *o, const char *name)
{
	json_t *v = json_object_get(o, name);

	if (v == NULL)
		fail_msg("no member '%s'", name);
	return v;
}

static json_t *item(json_t *o, const char *name, size_t i)
{
	json_t *v = json_array_get(member(o, name), i);

	if (v == NULL)
		fail_msg("no item %zu in '%s'", i, name);
	return v;
}

static size_t count(json_t *o, const char *name)
{
	assert_true(json_is_array(member(o, name)));
	return json_array_size(member(o, name));
}

static void assert_member(json_t *o, const char *name, const char *want)
{
	json_t *v = member(o, name);

	if (want == NULL)
		assert_true(json_is_null(v));
	else if (!json_is_string(v) || strcmp(json_string_value(v), want) != 0)
		fail_msg("'%s' is not '%s'", name, want);
}

static int set_up(void **state)
{
	*state = rules_edition_json(&edition_wide, NULL);
	return *state == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
	json_decref(*state);
	return 0;
}

static void test_json_of_the_settings_and_windows(void **state)
{
	json_t *windows = member(*state, "windows"), *w = item(windows, "designations", 1);

	assert_true(json_is_null(member(*state, "every_metric_above")));
	assert_member(member(*state, "every_metric_at_least"), "fraction", "1");
	assert_member(*state, "total_is_compared", "rounded");
	assert_int_equal(count(windows, "designations"), 2);
	assert_int_equal(count(windows, "specializations"), 1);
	assert_member(w, "from", "2023-09-06");
	assert_int_equal(count(w, "terms"), 5);
	assert_member(item(w, "terms", 3), "key", "renewal-days-count");
	assert_member(item(w, "terms", 3), "value", "yes");
}

static void test_json_of_an_area_with_tracks(void **state)
{
	json_t *a = item(*state, "areas", WIDE_BUSINESS), *smb = item(a, "tracks", 0);

	assert_member(a, "form", "metrics");
	assert_member(a, "track", "smb");
	assert_member(a, "track_choice", "automatic");
	assert_member(a, "enrolled_track", "smb");
	assert_int_equal(count(a, "tracks"), 2);
	assert_member(item(a, "tracks", 1), "when", NULL);
	assert_true(json_is_string(member(smb, "when")));
	assert_true(json_equal(member(a, "metrics"), member(smb, "metrics")));
	assert_member(item(smb, "metrics", 0), "since", "2023-07-02");
	assert_member(item(smb, "metrics", 0), "until", NULL);
	a = item(*state, "areas", WIDE_SECURITY);
	assert_int_equal(count(a, "tracks"), 0);
	assert_member(a, "track", NULL);
	assert_member(a, "track_choice", "only");
}

static void test_json_of_parts(void **state)
{
	json_t *m = item(item(*state, "areas", WIDE_SECURITY), "metrics", 1);
	json_t *p = item(m, "parts", 0);

	assert_member(m, "measure", "combined");
	assert_member(m, "selection", NULL);
	assert_member(m, "renewal", NULL);
	assert_int_equal(count(m, "parts"), 2);
	assert_member(p, "id", "users");
	assert_member(p, "name", "Active users");
	assert_member(p, "measure", "usage-growth");
	assert_int_equal(json_integer_value(member(p, "maximum")), 30);
	assert_member(p, "selection", "active");
	assert_int_equal(count(p, "selections"), 2);
	assert_int_equal(count(p, "parts"), 0);
}

static void test_json_of_requirements(void **state)
{
	json_t *a = item(*state, "areas", WIDE_KUBERNETES), *m = item(a, "metrics", 1), *p;

	assert_member(a, "form", "requirements");
	assert_member(a, "qualifies", "Qualifies with all of its 5 requirements.");
	assert_member(m, "measure", "at-least");
	assert_member(m, "renewal", "every year");
	p = item(m, "parts", 1);
	assert_member(p, "id", NULL);
	assert_member(p, "name", "Use");
	assert_member(p, "maximum", NULL);
	assert_int_equal(count(p, "parts"), 3);
	assert_member(item(p, "parts", 2), "measure", "unknown");
	m = item(a, "metrics", 2);
	assert_int_equal(count(m, "any_of"), 2);
	assert_string_equal(json_string_value(json_array_get(item(m, "any_of", 1), 1)), "C-3");
	assert_member(item(a, "metrics", 3), "renewal", "every second year");
}

static void test_json_of_selections(void **state)
{
	json_t *paid = item(*state, "selections", WIDE_PAID);
	json_t *consumption = item(*state, "selections", WIDE_CONSUMPTION);
	json_t *value = item(*state, "selections", WIDE_VALUE), *f, *r;

	assert_member(paid, "measure", "paid-units");
	assert_member(item(paid, "products", 1), "name", "Directory");
	assert_int_equal(count(item(paid, "products", 1), "also"), 2);
	assert_string_equal(json_string_value(item(paid, "associations", 0)), "cpor");
	f = item(consumption, "any", 0);
	assert_int_equal(count(f, "components"), 2);
	assert_string_equal(json_string_value(item(f, "group-2", 0)), "Databases");
	assert_null(json_object_get(f, "influencers"));
	assert_string_equal(json_string_value(item(consumption, "except_products", 0)), "Support");
	assert_member(value, "measure", NULL);
	r = item(value, "rates", 2);
	assert_member(r, "measure", "capacity");
	assert_member(member(r, "rate"), "fraction", "1/5");
	assert_member(item(r, "products", 0), "name", "Insights");
}

static void test_json_of_the_catalogue(void **state)
{
	json_t *c = item(*state, "catalogue", 0), *doc;

	assert_int_equal(count(*state, "catalogue"), 2);
	assert_member(c, "id", "licences");
	assert_member(c, "kind", "benefit");
	assert_member(c, "text", "A hundred seats.");
	assert_int_equal(count(c, "areas"), 2);
	assert_string_equal(json_string_value(item(c, "areas", 1)), "kubernetes");
	doc = rules_catalogue_json(&edition_wide, &edition_wide.areas[WIDE_CLOUD]);
	assert_member(doc, "edition", "wide");
	assert_int_equal(count(doc, "catalogue"), 0);
	json_decref(doc);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(rows) + 8];
	const struct CMUnitTest single[] = {
		cmocka_unit_test(test_a_rule_without_words_is_an_answer),
		cmocka_unit_test_setup_teardown(
			test_json_of_the_settings_and_windows, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_json_of_an_area_with_tracks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_json_of_parts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_json_of_requirements, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_json_of_selections, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_json_of_the_catalogue, set_up, tear_down),
	};
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = test_row,
			.initial_state = (void *)(uintptr_t)&rows[i] };
	for (size_t i = 0; i < ARRAY_LEN(single); i++)
		tests[n++] = single[i];
	return _cmocka_run_group_tests("pages of the rules", tests, n, NULL, NULL);
}
