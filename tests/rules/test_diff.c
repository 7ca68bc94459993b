/* What changes between two editions: each row edits one place of a small edition and names every line that follows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "rules/compile/compile.h"
#include "rules/describe/diff.h"
#include "tests/support/edition_wide.h"
#include "tests/support/faulty.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define ARENA_MAX    ((size_t)4 << 20)

static const char base[] =
	"edition:\n"
	"  id: e1\n"
	"  title: Test\n"
	"  valid-from: 2023-06-01\n"
	"sources: { S1: A document }\n"
	"settings: { qualifies-at: 70, every-metric-above: 0, usage-ready-day: 20 }\n"
	"unknown:\n"
	"  - What is open.\n"
	"certificates:\n"
	"  - { code: C-1, title: One, also: [First] }\n"
	"  - { code: C-2, title: Two }\n"
	"selections:\n"
	"  - id: all-usage\n"
	"    measure: acr\n"
	"    associations: [pal]\n"
	"    offers: [paid]\n"
	"    source: S1\n"
	"areas:\n"
	"  - id: one\n"
	"    name: Area one\n"
	"    metrics:\n"
	"      - id: adds\n"
	"        name: Adds\n"
	"        rule: R-1\n"
	"        source: S1\n"
	"        measure: net-customer-adds\n"
	"        maximum: 60\n"
	"        points: 10\n"
	"        usage: all-usage\n"
	"        customer-reaches: 1000\n"
	"        in-last-months: 2\n"
	"        compared-months: 12\n"
	"      - id: skill\n"
	"        name: Skill\n"
	"        rule: R-2\n"
	"        source: S1\n"
	"        measure: people\n"
	"        maximum: 40\n"
	"        steps:\n"
	"          - { name: Base, holds: C-1, at-least-people: 2 }\n"
	"          - name: Top\n"
	"            holds: { any: [C-1, C-2] }\n"
	"            points: 4\n";

static const struct row {
	const char *name, *find, *with;
	const char *want; /* the lines */
} rows[] = {
	{ "nothing", "title: Test", "title: Test # a remark", "" },
	{ "validity", "2023-06-01", "2023-07-01\n  valid-until: 2023-12-31",
		"valid from: 2023-06-01, now 2023-07-01\nvalid to: open, now 2023-12-31\n" },
	{ "settings", "qualifies-at: 70, every-metric-above: 0, usage-ready-day: 20",
		"qualifies-at: 75, every-metric-above: 1/2, usage-ready-day: 10",
		"points to qualify: 70, now 75\nevery metric above: 0, now 1/2 (0.5)\n"
		"day from which a month counts: 20, now 10\n" },
	{ "what is not known", "What is open.", "What is open now.",
		"removed not known: What is open.\nadded not known: What is open now.\n" },
	{ "a certificate that retires", "title: Two }",
		"title: Two, retired: { on: 2024-01-31, counts-until: 2025-01-31 } }",
		"C-2: retirement: not retired, now retired 2024-01-31, counts to 2025-01-31\n" },
	{ "other names of a certificate", "also: [First]", "also: [Number one]",
		"C-1: removed also: First\nC-1: added also: Number one\n" },
	{ "a certificate that is new", "  - { code: C-2",
		"  - { code: C-3, title: Three }\n  - { code: C-2", "C-3: added Three\n" },
	{ "usage that counts", "associations: [pal]\n    offers: [paid]",
		"associations: [cpor]\n    offers: [paid, trial]\n    except-products: [X]",
		"all-usage: removed association: PAL\nall-usage: added association: CPOR\n"
		"all-usage: added offer: trial\nall-usage: added product left out: X\n" },
	{ "maxima and a threshold", "maximum: 60\n        points: 10",
		"maximum: 60\n        points: 12.5",
		"adds: points for each net customer add: 10, now 25/2 (12.5)\n" },
	{ "people of a step", "at-least-people: 2", "at-least-people: 3",
		"skill: step 'Base': people before the next step counts: 2, now 3\n" },
	{ "certificates of a step", "any: [C-1, C-2]", "any: [C-2, { all: [C-1, C-2] }]",
		"skill: step 'Top': removed certificate: C-1\n"
		"skill: step 'Top': added certificate: C-1 and C-2\n" },
	{ "a step that is new and moves another", "          - name: Top",
		"          - { name: Middle, holds: C-2, at-least-people: 1 }\n          - name: Top",
		"skill: step 'Top': place: 2, now 3\n"
		"skill: added step 'Middle': prerequisite: at least 1 person before the next step counts\n" },
	{ "a metric that is gone is told once, and what took its points",
		"maximum: 60\n        points: 10\n        usage: all-usage\n        customer-reaches: 1000\n"
		"        in-last-months: 2\n        compared-months: 12\n      - id: skill\n        name: Skill\n"
		"        rule: R-2\n        source: S1\n        measure: people\n        maximum: 40\n        steps:\n"
		"          - { name: Base, holds: C-1, at-least-people: 2 }\n          - name: Top\n"
		"            holds: { any: [C-1, C-2] }\n            points: 4\n",
		"maximum: 100\n        points: 10\n        usage: all-usage\n        customer-reaches: 1000\n"
		"        in-last-months: 2\n        compared-months: 12\n",
		"adds: maximum: 60, now 100\n"
		"removed metric skill: Up to 40 points: prerequisite, at least 2 people of step 1 (Base); "
		"then 4 points for each person of step 2 (Top). A person counts once in a step, and may count "
		"in several.\n" },
	{ "an area under another id is another area", "  - id: one\n", "  - id: other\n",
		"removed Area one\nadded Area one\n" },
};

static struct edition_box *compiled(const char *text)
{
	struct edition_box *box = NULL;
	struct buf report;

	buf_init(&report, &mem_heap, 1 << 20);
	if (compile_edition(&mem_heap, "t.yaml", str_from(text), &report, &box) != 0)
		fail_msg("%.*s", (int)report.n, (const char *)report.p);
	buf_fini(&report);
	return box;
}

static struct edition_box *edited(const struct row *r)
{
	const char *at = strstr(base, r->find);
	char *text = malloc(sizeof base + strlen(r->with));
	struct edition_box *box;

	assert_non_null(at);
	assert_non_null(text);
	(void)sprintf(text, "%.*s%s%s", (int)(at - base), base, r->with, at + strlen(r->find));
	box = compiled(text);
	free(text);
	return box;
}

static void test_row(void **state)
{
	const struct row *r = *state;
	struct edition_box *a = compiled(base), *b = edited(r);
	struct edition_diff d;
	char got[4096];
	struct sink out;
	struct arena ar;

	arena_init(&ar, &mem_heap, ARENA_MAX);
	assert_int_equal(edition_diff(edition_box_get(a), edition_box_get(b), &ar, &d), 0);
	sink_init(&out, got, sizeof got);
	for (size_t i = 0; i < d.n; i++)
		sink_printf(&out, STR_FMT "\n", STR_ARG(d.entries[i].text));
	assert_string_equal(got, r->want);
	arena_fini(&ar);
	edition_box_destroy(a);
	edition_box_destroy(b);
}

static void test_what_is_added_one_way_is_removed_the_other_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct edition_box *a = compiled(base), *b = edited(&rows[i]);
		struct edition_diff there, back;
		size_t counts[2][3] = { { 0 } };
		struct arena ar;

		arena_init(&ar, &mem_heap, ARENA_MAX);
		assert_int_equal(
			edition_diff(edition_box_get(a), edition_box_get(b), &ar, &there), 0);
		assert_int_equal(
			edition_diff(edition_box_get(b), edition_box_get(a), &ar, &back), 0);
		for (size_t k = 0; k < there.n; k++)
			counts[0][there.entries[k].change]++;
		for (size_t k = 0; k < back.n; k++)
			counts[1][back.entries[k].change]++;
		assert_int_equal(counts[0][DIFF_ADDED], counts[1][DIFF_REMOVED]);
		assert_int_equal(counts[0][DIFF_REMOVED], counts[1][DIFF_ADDED]);
		assert_int_equal(counts[0][DIFF_CHANGED], counts[1][DIFF_CHANGED]);
		arena_fini(&ar);
		edition_box_destroy(a);
		edition_box_destroy(b);
	}
}

/* ---- what only the tables hold ------------------------------------------------------------------------------ */

/* A copy of the edition that has one of everything, to be changed in one place. */
static struct wide {
	struct edition e;
	struct area areas[WIDE_AREAS];
	struct track tracks[2];
	struct metric metrics[8];
	struct rule_part parts[2];
	struct metric_rule rule;
	struct rule_condition conditions[3];
	struct selection selections[WIDE_SELECTIONS];
	struct usage_rate rates[3];
	struct product products[3];
	struct window_rule windows[2];
	struct catalogue_entry catalogue[2];
} wide;

static void copy(void *to, const void *from, size_t n, size_t size)
{
	memcpy(to, from, n * size);
}
#define COPY(to, from, n) copy(to, from, n, sizeof(to)[0])

static void make_wide(void)
{
	wide.e = edition_wide;
	COPY(wide.areas, edition_wide.areas, WIDE_AREAS);
	COPY(wide.selections, edition_wide.selections, WIDE_SELECTIONS);
	COPY(wide.windows, edition_wide.windows, 2);
	COPY(wide.catalogue, edition_wide.catalogue, 2);
	wide.e.areas = wide.areas;
	wide.e.selections = wide.selections;
	wide.e.windows = wide.windows;
	wide.e.catalogue = wide.catalogue;
}

/* The tracks of an area and the metrics of one of them can then be changed. */
static struct metric *open_area(size_t area, size_t track)
{
	struct area *a = &wide.areas[area];

	COPY(wide.tracks, a->tracks, a->n_tracks);
	COPY(wide.metrics, a->tracks[track].metrics, a->n_metrics);
	wide.tracks[track].metrics = wide.metrics;
	a->tracks = wide.tracks;
	a->metrics = wide.tracks[0].metrics;
	return wide.metrics;
}

static void threshold_of_a_track(void)
{
	struct units_rule *u = &open_area(WIDE_WORK, 1)[0].rule.u.units;

	u->test.from_micro = u->base_from_micro = 5000000;
	u->test.promoted_months = 0;
}

static void part_of_a_combined_metric(void)
{
	struct metric *m = open_area(WIDE_SECURITY, 0);

	COPY(wide.parts, m[1].rule.u.combined.parts, 2);
	wide.rule = *wide.parts[1].rule;
	wide.rule.u.growth.each_micro = 750000000;
	wide.parts[1].rule = &wide.rule;
	m[1].rule.u.combined.parts = wide.parts;
	m[1].rule.u.combined.how = COMBINE_ADDED;
}

static void part_that_is_gone(void)
{
	open_area(WIDE_SECURITY, 0)[1].rule.u.combined.n = 1;
}

static void choice_of_a_track(void)
{
	open_area(WIDE_BUSINESS, 0);
	wide.rule = *wide.tracks[0].when;
	wide.rule.u.segment.percent = 75;
	wide.tracks[0].when = &wide.rule;
}

static void way_of_choosing(void)
{
	wide.areas[WIDE_BUSINESS].choice = TRACK_HIGHEST;
	wide.areas[WIDE_BUSINESS].enrolled_track = -1;
}

static void track_that_is_new(void)
{
	open_area(WIDE_SECURITY, 0);
	wide.metrics[1] = edition_wide.areas[WIDE_BUSINESS].metrics[0];
	wide.tracks[0].id = STR("smb");
	wide.tracks[0].name = STR("SMB");
}

static void condition_inside_a_named_one(void)
{
	struct metric *m = open_area(WIDE_KUBERNETES, 0);

	COPY(wide.conditions, m[1].rule.u.of.conditions, 2);
	wide.rule = *wide.conditions[1].rule;
	wide.rule.u.of.n = 2;
	wide.conditions[1].rule = &wide.rule;
	m[1].rule.u.of.conditions = wide.conditions;
}

static void requirement(void)
{
	struct metric *m = open_area(WIDE_KUBERNETES, 0);

	m[2].rule.u.hold.at_least = 4;
	m[3].renewal = RENEWAL_EVERY_YEAR;
	m[4].rule.u.unknown.why = STR("Nobody knows.");
}

static void area_of_areas(void)
{
	open_area(WIDE_CLOUD, 0);
	wide.areas[WIDE_CLOUD].n_metrics = 1;
}

static void rates_and_products(void)
{
	struct selection *s = &wide.selections[WIDE_VALUE];

	COPY(wide.rates, s->rates, 3);
	wide.rates[1].weight = 200;
	s->rates = wide.rates;
	s = &wide.selections[WIDE_PAID];
	COPY(wide.products, s->products, 2);
	wide.products[1].n_aliases = 1;
	s->products = wide.products;
	wide.selections[WIDE_CONSUMPTION].n_filters = 1;
}

static void windows(void)
{
	wide.windows[1].renewal_counts = false;
	wide.windows[1].open_form = WINDOW_FULL_MONTHS;
	wide.e.n_specialization_windows = 0;
}

static void settings(void)
{
	wide.e.metric_at_least = false;
	wide.e.total_compare = TOTAL_EXACT;
}

static void catalogue(void)
{
	wide.catalogue[0].n_areas = 1;
	wide.catalogue[0].text = STR("Two hundred seats.");
	wide.e.n_catalogue = 1;
}

static void days_of_a_rule(void)
{
	open_area(WIDE_BUSINESS, 1)[0].valid_until = 19540;
}

static const struct wide_row {
	const char *name;
	void (*change)(void);
	const char *want;
} wide_rows[] = {
	{ "a threshold in one track", threshold_of_a_track,
		"track smb: adds: a customer reaches: 11 units, now 5 units\n"
		"track smb: adds: removed months that one above the range counts on: 12\n" },
	{ "a part of a combined metric, and how its parts are combined", part_of_a_combined_metric,
		"growth: of its parts: they make one pool, now they are added\n"
		"growth: part 'azure': points are for each: 1,250 USD, now 750 USD\n" },
	{ "a part that is gone is told once", part_that_is_gone,
		"growth: removed part 'azure': Up to 20 points: 1 point for each 1,250 USD by which the "
		"Azure consumed revenue of the trailing twelve months exceeds that of the same months a "
		"year before.\n" },
	{ "what chooses a track", choice_of_a_track,
		"track smb: chosen when: of the customers of known segment with usage consumption in the "
		"last month at least 80 per cent are in the segment 'SMB' or 'Small', now of the customers "
		"of known segment with usage consumption in the last month at least 75 per cent are in the "
		"segment 'SMB' or 'Small'\n" },
	{ "how tracks are chosen, and of the enrolled", way_of_choosing,
		"the track that counts: the first whose condition is met, now the one with the most "
		"points\n"
		"track of the enrolled: SMB, now as the enrollment names it\n" },
	{ "a track that is new tells its metrics", track_that_is_new,
		"removed metric skilling: Up to 40 points: 4 points for each person of step 1 (Base), at "
		"most 4, and at least 1 of them before the next step counts; then 20/3 (6.67) points for "
		"each person of step 2 (Top). A person counts once in a step, and may count in several.\n"
		"removed metric growth: Up to 30 points: 'Active users' and 'Azure' make one pool: a loss "
		"in one takes off from the others.\n"
		"added track smb: SMB\n"
		"track smb: added metric skilling: Up to 40 points: 4 points for each person of step 1 "
		"(Base), at most 4, and at least 1 of them before the next step counts; then 20/3 (6.67) "
		"points for each person of step 2 (Top). A person counts once in a step, and may count in "
		"several.\n"
		"track smb: added metric deployments: Up to 20 points: 4 points for each net deployment. A "
		"deployment is a workload of a customer with at least 5,000 of monthly consumption value "
		"in the last month; the deployments of the same month a year before are taken off; one "
		"that an association begun in the last 12 months covers does not count when it already did "
		"in the month in which that began.\n" },
	{ "a condition inside a named one", condition_inside_a_named_one,
		"performance: part 'Use': conditions needed: 2 of 3, now all of 2\n"
		"performance: part 'Use': removed condition: something not known (The number of people is "
		"not printed.)\n" },
	{ "requirements", requirement,
		"people: people needed: 3, now 4\n"
		"audit: a renewal asks for it: every second year, now every year\n"
		"more: what is not known: The cell is lost., now Nobody knows.\n" },
	{ "a designation that others no longer need", area_of_areas,
		"removed metric security: Met when the designation Security is held.\n" },
	{ "rates, names of products and filters", rates_and_products,
		"paid: removed product: Directory (also AADP, Azure AD Premium)\n"
		"paid: added product: Directory (also AADP)\n"
		"consumption: removed rows with: influencer Arc\n"
		"value: value of Apps: 200 for each monthly active user, now 40 for each monthly active "
		"user\n" },
	{ "windows", windows,
		"designations from 2023-09-06: without an enrollment it must qualify on: any day since the "
		"same day of the month 5 months before, now any day of this month or the 5 months before "
		"it\n"
		"designations from 2023-09-06: for a renewal it must qualify on: any day of the month of "
		"the anniversary or the 5 months before it, and of the 30 days after it, now any day of the "
		"month of the anniversary or the 5 months before it\n"
		"designations from 2023-09-06: the days for a renewal count for it: yes, now no\n"
		"specializations from 2022-10-25: removed From 2022-10-25 on: a specialization counts as "
		"qualified when it qualifies on the day itself. For a renewal it must qualify on the "
		"anniversary or any of the 30 days before it. The renewal can be made to the end of the 30 "
		"days after the anniversary.\n" },
	{ "how the total and the metrics are compared", settings,
		"removed every metric at least: 1\n"
		"the total is compared: rounded to a whole number, now exactly\n"
		"added every metric above: 1\n" },
	{ "the catalogue", catalogue,
		"licences: text: A hundred seats., now Two hundred seats.\n"
		"licences: removed area: kubernetes\n"
		"gold: removed competency 'Gold'\n" },
	{ "the days in which a rule is in force", days_of_a_rule,
		"track enterprise: deployments: in force: from 2023-07-02 on, now from 2023-07-02 to "
		"2023-07-02\n" },
};

static void test_wide_row(void **state)
{
	const struct wide_row *r = *state;
	struct edition_diff d;
	char got[8192];
	struct sink out;
	struct arena ar;

	make_wide();
	arena_init(&ar, &mem_heap, ARENA_MAX);
	assert_int_equal(edition_diff(&edition_wide, &wide.e, &ar, &d), 0);
	assert_int_equal(d.n, 0);
	r->change();
	assert_int_equal(edition_diff(&edition_wide, &wide.e, &ar, &d), 0);
	sink_init(&out, got, sizeof got);
	for (size_t i = 0; i < d.n; i++)
		sink_printf(&out, STR_FMT "\n", STR_ARG(d.entries[i].text));
	assert_string_equal(got, r->want);
	arena_fini(&ar);
}

static void test_an_entry_names_its_place(void **state)
{
	struct edition_diff d;
	struct arena ar;

	(void)state;
	make_wide();
	part_of_a_combined_metric();
	arena_init(&ar, &mem_heap, ARENA_MAX);
	assert_int_equal(edition_diff(&edition_wide, &wide.e, &ar, &d), 0);
	assert_int_equal(d.n, 2);
	assert_true(str_eq(d.entries[1].at[DIFF_SUBJECT], STR("security")));
	assert_int_equal(d.entries[1].at[DIFF_TRACK].n, 0);
	assert_true(str_eq(d.entries[1].at[DIFF_METRIC], STR("growth")));
	assert_true(str_eq(d.entries[1].at[DIFF_PART], STR("azure")));
	assert_int_equal(d.entries[1].at[DIFF_STEP].n, 0);
	arena_fini(&ar);
}

static void test_no_memory_is_an_answer_wherever_it_ends(void **state)
{
	struct edition_box *a = compiled(base), *b = edited(&rows[ARRAY_LEN(rows) - 1]);

	(void)state;
	for (int n = 0, rc = ERR_NOMEM; rc == ERR_NOMEM; n++) {
		struct faulty f = { .left = n };
		struct edition_diff d;
		struct arena ar;

		arena_init(&ar, faulty_alloc(&f), ARENA_MAX);
		rc = edition_diff(edition_box_get(a), edition_box_get(b), &ar, &d);
		assert_true(rc == 0 || rc == ERR_NOMEM);
		arena_fini(&ar);
		assert_int_equal(f.live, 0);
	}
	edition_box_destroy(a);
	edition_box_destroy(b);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(rows) + ARRAY_LEN(wide_rows) + 4];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = test_row,
			.initial_state = (void *)(uintptr_t)&rows[i] };
	for (size_t i = 0; i < ARRAY_LEN(wide_rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = wide_rows[i].name,
			.test_func = test_wide_row,
			.initial_state = (void *)(uintptr_t)&wide_rows[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_an_entry_names_its_place);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
		test_what_is_added_one_way_is_removed_the_other_way);
	tests[n++] =
		(struct CMUnitTest)cmocka_unit_test(test_no_memory_is_an_answer_wherever_it_ends);
	return _cmocka_run_group_tests("changes between editions", tests, n, NULL, NULL);
}
