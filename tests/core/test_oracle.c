/* The oracle against published examples and cases of associations, accounts, tracks and statuses worked out by hand: it
 * is what the engine is compared with, so it is not taken on trust itself. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>

#include "tests/oracle/oracle.h"

#define PARTNER STR("partner")
#define OTHER	STR("other")

static struct oracle *o;
static unsigned n_told;

static void begin(enum oracle_edition e)
{
	oracle_destroy(o);
	o = oracle_create(e);
	n_told = 0;
}

static int finish(void **state)
{
	(void)state;
	oracle_destroy(o);
	o = NULL;
	return 0;
}

/* ---- facts ------------------------------------------------------------------------------------------------------ */

static day_no on(int year, unsigned month, unsigned day)
{
	return day_from_civil(year, month, day);
}

static month_no in(int year, int month)
{
	return year * 12 + month - 1;
}

static void tell(struct event *ev, struct str partner)
{
	char id[16];
	int n = snprintf(id, sizeof id, "e%u", n_told);

	ev->id = (struct str){ id, (size_t)n };
	ev->source = STR("urn:test");
	ev->subject = partner;
	ev->recorded = ++n_told;
	oracle_add(o, ev);
}

static void day(day_no d)
{
	struct event ev = { .kind = FACT_DAY };

	ev.u.day.day = d;
	tell(&ev, (struct str){ NULL, 0 });
}

static void use_by(struct str partner, const char *customer, const char *product, month_no month,
	enum measure measure, enum association_kind kind, int64_t units)
{
	struct event ev = { .kind = FACT_USAGE };

	ev.u.usage = (struct fact_usage){ .customer = str_from(customer),
		.product = str_from(product),
		.month = month,
		.measure = measure,
		.association = kind,
		.amount_micro = units * 1000000 };
	tell(&ev, partner);
}
#define USE(...) use_by(PARTNER, __VA_ARGS__)

static void hold(unsigned person, const char *certificate)
{
	struct event ev = { .kind = FACT_CERTIFICATION };
	char id[16];
	int n = snprintf(id, sizeof id, "p%u", person);

	ev.u.certification = (struct fact_certification){ .person = { id, (size_t)n },
		.certificate = str_from(certificate),
		.state = CERT_EARNED,
		.earned_on = on(2022, 1, 1),
		.expires_on = DAY_NONE,
		.ended_on = DAY_NONE };
	tell(&ev, PARTNER);
}

static void associate(struct str partner, const char *customer, enum association_kind kind,
	const char *workload, day_no from, day_no until, enum claim_state claim)
{
	struct event ev = { .kind = FACT_ASSOCIATION };

	ev.u.association = (struct fact_association){ .customer = str_from(customer),
		.kind = kind,
		.workload = str_from(workload),
		.from = from,
		.until = until,
		.claim = claim };
	tell(&ev, partner);
}

static void enroll(const char *area, day_no from, day_no anniversary, const char *track)
{
	struct event ev = { .kind = FACT_ENROLLMENT };

	ev.u.enrollment = (struct fact_enrollment){ .area = str_from(area),
		.state = ENROLL_ENROLLED,
		.on = from,
		.anniversary = anniversary,
		.track = str_from(track) };
	tell(&ev, PARTNER);
}

static void belong(const char *location, struct str to)
{
	struct event ev = { .kind = FACT_ACCOUNT };

	ev.u.account.location = str_from(location);
	tell(&ev, to);
}

/* ---- what the oracle says --------------------------------------------------------------------------------------- */

static struct oracle_score score;

static const struct oracle_area *area_on(const char *id, day_no d)
{
	const struct oracle_area *a;

	assert_true(oracle_score(o, PARTNER, d, &score));
	a = oracle_area_by_id(&score, str_from(id));
	assert_non_null(a);
	return a;
}

/* Points of a metric by a track, or by the only one. */
static struct ratio points(const char *area, const char *track, const char *metric)
{
	const struct oracle_area *a = area_on(area, DAY_NONE);

	for (size_t t = 0; t < a->n_tracks; t++)
		for (size_t m = 0; m < a->n_metrics; m++)
			if (str_eq(str_from(a->tracks[t].id), str_from(track)) &&
				str_eq(str_from(a->metrics[m]), str_from(metric)))
				return a->tracks[t].points[m];
	fail_msg("%s has no %s in track \"%s\"", area, metric, track);
	return RATIO_ZERO;
}

static void expect(const char *area, const char *track, const char *metric, int num, int den)
{
	char text[RATIO_TEXT];
	struct ratio is = points(area, track, metric);

	if (!ratio_eq(is, ratio_make(num, den)))
		fail_msg("%s %s %s: %s, expected %d/%d", area, track, metric,
			ratio_format(is, text), num, den);
}

/* ---- Modern Work ------------------------------------------------------------------------------------------------ */

/* A tenant by one association, with so many seats and users now and a year before. */
static void tenant(const char *name, enum association_kind kind, int seats, int users, int before)
{
	USE(name, "Teams", in(2023, 7), MEASURE_PAID_UNITS, kind, seats);
	USE(name, "Teams", in(2023, 7), MEASURE_MAU, kind, users);
	if (before > 0)
		USE(name, "Teams", in(2022, 7), MEASURE_MAU, kind, before);
}

static void test_options_of_usage_growth_are_never_added(void **state)
{
	(void)state;
	begin(ORACLE_2023_06);
	day(on(2023, 8, 21));
	tenant("a", ASSOC_DPOR, 5000, 2500, 500);
	expect("modern-work", "enterprise", "usage-growth", 15, 1); /* T033 */
	tenant("b", ASSOC_CPOR, 5000, 1600, 100);
	expect("modern-work", "enterprise", "usage-growth", 30, 1); /* T035 */
}

static void test_options_of_deployments_are_never_added(void **state)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f", "g" };

	(void)state;
	begin(ORACLE_2023_06);
	day(on(2023, 8, 21));
	for (size_t i = 0; i < 4; i++)
		tenant(names[i], ASSOC_DPOR, 400, 160, 0);
	expect("modern-work", "enterprise", "deployments", 10, 1); /* T039 */
	for (size_t i = 4; i < 7; i++)
		tenant(names[i], ASSOC_CPOR, 301, 121, 0);
	expect("modern-work", "enterprise", "deployments", 15, 1); /* T041 */
	expect("modern-work", "enterprise", "net-customer-adds", 20, 1);
}

static void test_nine_of_21_seats_are_a_deployment_and_eight_are_not(void **state)
{
	(void)state;
	begin(ORACLE_2023_06);
	day(on(2023, 8, 21));
	tenant("a", ASSOC_CPOR, 21, 8, 0);
	expect("modern-work", "smb", "deployments", 0, 1); /* T060 */
	tenant("b", ASSOC_CPOR, 21, 9, 0);
	expect("modern-work", "smb", "deployments", 5, 1); /* T059 */
}

static void test_a_tenant_active_before_the_association_is_no_deployment(void **state)
{
	(void)state;
	begin(ORACLE_2023_06);
	day(on(2023, 8, 21));
	associate(PARTNER, "a", ASSOC_CPOR, "Teams", on(2023, 3, 10), DAY_NONE, CLAIM_APPROVED);
	tenant("a", ASSOC_CPOR, 400, 300, 0);
	expect("modern-work", "enterprise", "deployments", 5, 1);
	USE("a", "Teams", in(2023, 3), MEASURE_PAID_UNITS, ASSOC_CPOR, 400);
	USE("a", "Teams", in(2023, 3), MEASURE_MAU, ASSOC_CPOR, 159);
	expect("modern-work", "enterprise", "deployments", 5, 1);
	USE("a", "Teams", in(2023, 3), MEASURE_MAU, ASSOC_CPOR, 160);
	expect("modern-work", "enterprise", "deployments", 0, 1);
}

static void test_growth_counts_from_the_association_on(void **state)
{
	(void)state;
	begin(ORACLE_2023_06);
	day(on(2023, 8, 21));
	tenant("a", ASSOC_CPOR, 1000, 600, 0);
	expect("modern-work", "enterprise", "usage-growth", 18, 1);
	associate(PARTNER, "a", ASSOC_CPOR, "", on(2023, 3, 31), DAY_NONE, CLAIM_APPROVED);
	USE("a", "Teams", in(2023, 3), MEASURE_MAU, ASSOC_CPOR, 500);
	expect("modern-work", "enterprise", "usage-growth", 3, 1);
}

static void test_the_track_with_the_higher_total_counts(void **state)
{
	(void)state;
	begin(ORACLE_2023_06);
	day(on(2023, 8, 21));
	hold(1, "AZ-104"); /* of equals the first */
	assert_string_equal(area_on("modern-work", DAY_NONE)->track, "enterprise");
	hold(1, "MS-102");
	assert_string_equal(area_on("modern-work", DAY_NONE)->track, "smb");
	expect("modern-work", "smb", "advanced-certifications", 15, 1);	       /* T056 */
	expect("modern-work", "enterprise", "advanced-certifications", 15, 2); /* T058 */
}

static void test_a_tenant_that_grew_stays_small_for_a_year_in_2026(void **state)
{
	(void)state;
	begin(ORACLE_2026);
	day(on(2026, 9, 21));
	USE("a", "Teams", in(2026, 8), MEASURE_PAID_UNITS, ASSOC_CPOR, 301);
	expect("modern-work", "smb", "net-customer-adds", 0, 1);
	USE("a", "Teams", in(2025, 9), MEASURE_PAID_UNITS, ASSOC_CPOR, 300);
	expect("modern-work", "smb", "net-customer-adds", 2, 1);
	expect("modern-work", "enterprise", "net-customer-adds", 4, 1);
}

/* ---- associations ----------------------------------------------------------------------------------------------- */

static void test_a_later_claim_of_another_partner_ends_the_first(void **state)
{
	(void)state;
	begin(ORACLE_2023_06);
	day(on(2023, 8, 21));
	tenant("a", ASSOC_CPOR, 400, 10, 0);
	associate(PARTNER, "a", ASSOC_CPOR, "Teams", on(2022, 1, 1), DAY_NONE, CLAIM_APPROVED);
	associate(OTHER, "a", ASSOC_CPOR, "teams", on(2023, 7, 31), DAY_NONE, CLAIM_SUBMITTED);
	expect("modern-work", "enterprise", "net-customer-adds", 4, 1);
	associate(OTHER, "a", ASSOC_CPOR, "teams", on(2023, 7, 31), DAY_NONE, CLAIM_APPROVED);
	expect("modern-work", "enterprise", "net-customer-adds", 0, 1);
	associate(OTHER, "a", ASSOC_CPOR, "teams", on(2023, 8, 1), DAY_NONE, CLAIM_APPROVED);
	expect("modern-work", "enterprise", "net-customer-adds", 4, 1);
}

static void test_csp_counts_for_the_months_before_it_began(void **state)
{
	(void)state;
	begin(ORACLE_2023_06);
	day(on(2023, 8, 21));
	USE("a", "Storage", in(2023, 7), MEASURE_ACR, ASSOC_DPOR, 1000);
	associate(PARTNER, "a", ASSOC_DPOR, "", on(2023, 8, 1), DAY_NONE, CLAIM_NONE);
	expect("data-ai", "", "net-customer-adds", 0, 1);
	USE("b", "Storage", in(2023, 7), MEASURE_ACR, ASSOC_CSP_TIER_1, 1000);
	associate(PARTNER, "b", ASSOC_CSP_TIER_1, "", on(2023, 8, 1), DAY_NONE, CLAIM_NONE);
	expect("data-ai", "", "net-customer-adds", 10, 1);
}

static void test_an_association_that_ended_covers_no_later_month(void **state)
{
	(void)state;
	begin(ORACLE_2023_06);
	day(on(2023, 8, 21));
	USE("a", "Storage", in(2023, 7), MEASURE_ACR, ASSOC_PAL, 1000);
	associate(PARTNER, "a", ASSOC_PAL, "", DAY_NONE, on(2023, 6, 30), CLAIM_NONE);
	expect("data-ai", "", "net-customer-adds", 0, 1);
	associate(PARTNER, "a", ASSOC_PAL, "", DAY_NONE, on(2023, 7, 1), CLAIM_NONE);
	expect("data-ai", "", "net-customer-adds", 10, 1);
}

static void test_a_row_without_association_counts_by_priority(void **state)
{
	(void)state;
	begin(ORACLE_2023_06);
	day(on(2023, 8, 21));
	USE("a", "Key Vault", in(2023, 7), MEASURE_ACR, ASSOC_NONE, 1000);
	expect("data-ai", "", "net-customer-adds", 0, 1);
	associate(PARTNER, "a", ASSOC_DPOR, "", DAY_NONE, DAY_NONE, CLAIM_NONE);
	expect("data-ai", "", "net-customer-adds", 10, 1);
	expect("security", "", "net-customer-adds", 0, 1); /* by PAL alone */
	associate(PARTNER, "a", ASSOC_PAL, "key vault", DAY_NONE, DAY_NONE, CLAIM_NONE);
	expect("security", "", "net-customer-adds", 2, 1);
	/* The transacting partner comes before DPOR, and counts nowhere. */
	associate(PARTNER, "b", ASSOC_DPOR, "", DAY_NONE, DAY_NONE, CLAIM_NONE);
	associate(PARTNER, "b", ASSOC_TRANSACTING_POR, "", DAY_NONE, DAY_NONE, CLAIM_NONE);
	USE("b", "Storage", in(2023, 7), MEASURE_ACR, ASSOC_NONE, 1000);
	expect("data-ai", "", "net-customer-adds", 10, 1);
}

/* ---- accounts --------------------------------------------------------------------------------------------------- */

static void test_what_is_told_of_a_location_counts_for_its_global_account(void **state)
{
	(void)state;
	begin(ORACLE_2023_06);
	day(on(2023, 8, 21));
	day(on(2023, 8, 21));
	use_by(STR("branch"), "a", "Storage", in(2023, 7), MEASURE_ACR, ASSOC_PAL, 600);
	USE("a", "Storage", in(2023, 7), MEASURE_ACR, ASSOC_PAL, 400);
	expect("data-ai", "", "net-customer-adds", 0, 1);
	belong("branch", STR("office"));
	belong("office", PARTNER);
	expect("data-ai", "", "net-customer-adds", 10, 1);
	assert_false(oracle_score(o, STR("branch"), DAY_NONE, &score));
	assert_int_equal(oracle_partner_count(o), 1);
	belong("branch", OTHER);
	expect("data-ai", "", "net-customer-adds", 0, 1);
}

static void test_a_circle_of_accounts_is_none(void **state)
{
	(void)state;
	begin(ORACLE_2023_06);
	day(on(2023, 8, 21));
	USE("a", "Storage", in(2023, 7), MEASURE_ACR, ASSOC_PAL, 1000);
	belong("partner", STR("branch"));
	assert_false(oracle_score(o, PARTNER, DAY_NONE, &score));
	belong("branch", PARTNER);
	expect("data-ai", "", "net-customer-adds", 10, 1);
}

/* ---- Security, Business Applications, Azure of 2026 ------------------------------------------------------------- */

static void test_security_pools_azure_and_microsoft_365(void **state)
{
	(void)state;
	begin(ORACLE_2023_06);
	day(on(2023, 8, 21));
	USE("a", "MDE", in(2023, 7), MEASURE_PAID_UNITS, ASSOC_CPOR, 25);
	USE("b", "Entra ID P1", in(2023, 7), MEASURE_PAID_UNITS, ASSOC_CPOR, 25);
	USE("c", "MDE", in(2023, 7), MEASURE_PAID_UNITS, ASSOC_CPOR, 24);
	expect("security", "", "net-customer-adds", 4, 1);
	USE("d", "Sentinel", in(2022, 7), MEASURE_ACR, ASSOC_PAL, 100); /* lost since */
	USE("d", "Sentinel", in(2023, 7), MEASURE_ACR, ASSOC_PAL, 99);
	expect("security", "", "net-customer-adds", 2, 1);
	USE("e", "Storage", in(2023, 7), MEASURE_ACR, ASSOC_PAL, 12000); /* no security service */
	expect("security", "", "deployments", 0, 1);
	USE("e", "Key Vault", in(2022, 8), MEASURE_ACR, ASSOC_PAL, 12000);
	expect("security", "", "deployments", 20, 6);
}

static void test_security_asks_two_people_from_december_2023(void **state)
{
	for (int e = ORACLE_2023_06; e <= ORACLE_2023_12; e++) {
		begin((enum oracle_edition)e);
		day(on(2023, 12, 21));
		hold(1, "AZ-500");
		hold(2, "SC-200");
		hold(3, "SC-100");
		/* T028, with SC-200 in the last step as well */
		expect("security", "", "intermediate-certifications", e == ORACLE_2023_06 ? 80 : 0,
			6);
		hold(4, "AZ-500");
		hold(5, "SC-200");
		expect("security", "", "intermediate-certifications",
			e == ORACLE_2023_06 ? 120 : 40, 6);
	}
	(void)state;
}

static void test_consumption_value_weighs_users_and_capacity(void **state)
{
	(void)state;
	begin(ORACLE_2023_06);
	day(on(2023, 8, 21));
	USE("a", "Business Central", in(2023, 7), MEASURE_MAU, ASSOC_DPOR, 10); /* T061 */
	expect("business-applications", "enterprise", "deployments", 4, 1);
	USE("b", "Customer Insights", in(2023, 7), MEASURE_CAPACITY, ASSOC_PAL, 50000); /* T062 */
	expect("business-applications", "enterprise", "deployments", 8, 1);
	/* Power Platform counts by PAL. */
	USE("c", "Power Apps", in(2023, 7), MEASURE_MAU, ASSOC_DPOR, 50);
	expect("business-applications", "enterprise", "deployments", 8, 1);
	USE("c", "Power Apps", in(2023, 7), MEASURE_MAU, ASSOC_PAL, 49);
	expect("business-applications", "enterprise", "deployments", 8, 1);
	expect("business-applications", "smb", "deployments", 12, 1);
}

static void test_five_large_workloads_make_business_applications_enterprise(void **state)
{
	static const char *const sold[] = { "Sales", "Finance", "Power Apps", "Power BI",
		"Marketing" };

	(void)state;
	begin(ORACLE_2023_06);
	day(on(2023, 8, 21));
	hold(1, "MB-800");
	for (size_t i = 0; i < 5; i++) {
		assert_string_equal(area_on("business-applications", DAY_NONE)->track, "smb");
		USE("a", sold[i], in(2023, 7), MEASURE_ADJUSTED_REVENUE, ASSOC_CPOR, 5001);
		USE("a", sold[i], in(2022, 7), MEASURE_ADJUSTED_REVENUE, ASSOC_CPOR, 5001);
	}
	assert_string_equal(area_on("business-applications", DAY_NONE)->track, "enterprise");
	USE("a", "Sales", in(2022, 7), MEASURE_ADJUSTED_REVENUE, ASSOC_CPOR, 5000);
	assert_string_equal(area_on("business-applications", DAY_NONE)->track, "smb");
}

static void segment(const char *customer, const char *name)
{
	struct event ev = { .kind = FACT_CUSTOMER };

	ev.u.customer = (struct fact_customer){ str_from(customer), str_from(name) };
	tell(&ev, PARTNER);
}

static void test_small_customers_choose_the_azure_track_of_2026(void **state)
{
	static const char *const names[] = { "a", "b", "c", "d", "e" };

	(void)state;
	begin(ORACLE_2026);
	day(on(2026, 9, 21));
	for (size_t i = 0; i < 5; i++) {
		USE(names[i], "Storage", in(2026, 8), MEASURE_ACR, ASSOC_PAL, 500);
		segment(names[i], i == 4 ? "Enterprise" : "smb");
	}
	assert_string_equal(area_on("infrastructure", DAY_NONE)->track, "smb"); /* T163 */
	expect("infrastructure", "smb", "net-customer-adds", 30, 1);
	expect("infrastructure", "enterprise", "net-customer-adds", 0, 1);
	segment("a", "Enterprise");
	assert_string_equal(area_on("infrastructure", DAY_NONE)->track, "enterprise");
	enroll("infrastructure", on(2026, 8, 1), DAY_NONE, "smb");
	assert_string_equal(area_on("infrastructure", DAY_NONE)->track, "smb");
	assert_string_equal(area_on("data-ai", DAY_NONE)->track, "enterprise");
}

/* ---- windows and statuses --------------------------------------------------------------------------------------- */

/* Qualified in Data & AI from 20 August 2023 on, while July is the last month. */
static void qualify(void)
{
	for (unsigned p = 0; p < 10; p++) {
		hold(p, "AZ-104");
		hold(p, "AZ-305");
		hold(p, "DP-300");
	}
	USE("old", "Storage", in(2022, 7), MEASURE_ACR, ASSOC_PAL, 1000);
	USE("a", "Storage", in(2023, 7), MEASURE_ACR, ASSOC_PAL, 1000);
	USE("b", "Functions", in(2023, 7), MEASURE_ACR, ASSOC_PAL, 1000);
}

static void expect_status(const char *area, day_no d, enum area_status want)
{
	const struct oracle_area *a = area_on(area, d);

	if (a->status != want)
		fail_msg("%s: %s, expected %s", area, area_status_name(a->status),
			area_status_name(want));
}

static void expect_window(const char *area, day_no d, day_no from, day_no until)
{
	const struct oracle_area *a = area_on(area, d);

	assert_int_equal(a->window_from, from);
	assert_int_equal(a->window_until, until);
}

static void test_windows_are_those_of_the_published_examples(void **state)
{
	(void)state;
	begin(ORACLE_2023_12);
	day(on(2023, 8, 21));
	hold(1, "AZ-104");
	/* T166, two months later: the page is of September 2023 */
	expect_window("data-ai", on(2023, 10, 15), on(2023, 5, 15), on(2023, 10, 15));
	expect_window("data-ai", on(2023, 8, 15), on(2023, 8, 15), on(2023, 8, 15));
	expect_window("data-ai", on(2024, 8, 15), on(2024, 3, 1), on(2024, 8, 15));
	enroll("data-ai", on(2023, 8, 15), on(2024, 8, 15), "");
	expect_window("data-ai", on(2023, 12, 1), on(2024, 3, 1), on(2024, 8, 31)); /* T168 */
}

static void test_a_qualifying_day_in_the_window_is_enough(void **state)
{
	(void)state;
	begin(ORACLE_2023_06);
	day(on(2023, 10, 20));
	qualify();
	USE("b", "Functions", in(2023, 9), MEASURE_ACR, ASSOC_PAL, 100); /* less, in September */
	assert_false(area_on("data-ai", DAY_NONE)->qualifies);
	expect_status("data-ai", on(2023, 8, 19), AREA_IN_PROGRESS);
	expect_status("data-ai", on(2023, 8, 20), AREA_QUALIFIED);
	expect_status("data-ai", DAY_NONE, AREA_QUALIFIED);
	/* The last qualifying day is 19 October, before September is there. */
	expect_status("data-ai", on(2024, 3, 19), AREA_QUALIFIED);
	expect_status("data-ai", on(2024, 3, 20), AREA_IN_PROGRESS);
}

static void test_an_enrollment_holds_to_its_anniversary_whatever_the_points(void **state)
{
	(void)state;
	begin(ORACLE_2023_06);
	day(on(2023, 8, 21));
	hold(1, "AZ-104");
	enroll("infrastructure", on(2023, 9, 1), on(2024, 5, 10), "");
	expect_status("infrastructure", on(2023, 8, 31), AREA_IN_PROGRESS);
	expect_status("infrastructure", on(2024, 5, 9), AREA_ENROLLED);
	expect_status("infrastructure", on(2024, 5, 10), AREA_RENEWAL_DUE);
	expect_status("infrastructure", on(2024, 6, 9), AREA_RENEWAL_DUE);
	expect_status("infrastructure", on(2024, 6, 10), AREA_LAPSED);
	expect_status("data-ai", on(2024, 5, 9), AREA_IN_PROGRESS);
}

static void test_who_is_enrolled_is_so_in_the_next_area_once_it_qualifies(void **state)
{
	(void)state;
	begin(ORACLE_2023_06);
	day(on(2023, 8, 21));
	qualify();
	enroll("infrastructure", on(2023, 8, 1), on(2024, 5, 10), "");
	expect_status("data-ai", on(2023, 8, 19), AREA_IN_PROGRESS);
	expect_status("data-ai", on(2023, 8, 20), AREA_ENROLLED);
	expect_status("data-ai", on(2024, 5, 10), AREA_RENEWAL_DUE);
	expect_window("data-ai", on(2023, 12, 1), on(2023, 12, 1), on(2024, 5, 31));
}

/* ---- specializations -------------------------------------------------------------------------------------------- */

static enum oracle_met met(const char *area, const char *requirement, day_no d)
{
	const struct oracle_area *a = area_on(area, d);

	for (size_t i = 0; i < a->n_metrics; i++)
		if (str_eq(str_from(a->metrics[i]), str_from(requirement)))
			return a->met[i];
	fail_msg("%s does not ask %s", area, requirement);
	return ORACLE_NOT_KNOWN;
}

static void attest(enum attestation_kind kind, const char *scope, const char *reference, day_no d)
{
	struct event ev = { .kind = FACT_ATTESTATION };

	ev.u.attestation = (struct fact_attestation){ .kind = kind,
		.scope = str_from(scope),
		.reference = str_from(reference),
		.on = d,
		.until = DAY_NONE };
	tell(&ev, PARTNER);
}

static void test_every_requirement_of_stack_hci_makes_the_specialization(void **state)
{
	const char *hci = "azure-stack-hci";

	(void)state;
	begin(ORACLE_2023_06);
	day(on(2023, 8, 21));
	enroll("data-ai", on(2023, 8, 1), DAY_NONE, "");
	hold(1, "AZ-104");
	hold(2, "AZ-305");
	hold(3, "AZ-305");
	assert_int_equal(met(hci, "skilling", DAY_NONE), ORACLE_NOT_MET);
	hold(1, "AZ-400");
	assert_int_equal(met(hci, "skilling", DAY_NONE), ORACLE_MET);
	USE("a", "Azure Stack HCI", in(2023, 5), MEASURE_ACR, ASSOC_CSP_TIER_2, 1499);
	USE("b", "Azure Stack HCI", in(2023, 7), MEASURE_ACR, ASSOC_PAL, 1);
	assert_int_equal(met(hci, "performance", DAY_NONE), ORACLE_MET);
	USE("b", "Azure Stack HCI", in(2023, 7), MEASURE_ACR, ASSOC_PAL, 0);
	USE("a", "Azure Stack HCI", in(2023, 7), MEASURE_ACR, ASSOC_PAL, 1);
	assert_int_equal(met(hci, "performance", DAY_NONE), ORACLE_NOT_MET);
	USE("b", "Azure Stack HCI", in(2023, 7), MEASURE_ACR, ASSOC_PAL, 1);
	expect_status(hci, DAY_NONE, AREA_IN_PROGRESS);
	attest(ATTEST_AUDIT, hci, "audit", on(2021, 8, 22));
	expect_status(hci, DAY_NONE, AREA_QUALIFIED);
	assert_int_equal(met(hci, "audit", on(2023, 8, 22)), ORACLE_NOT_MET);
}

/* Consumption of July that something drives, or of a group of services. */
static void drive(
	const char *customer, const char *product, struct str influencer, struct str group)
{
	struct event ev = { .kind = FACT_USAGE };

	ev.u.usage = (struct fact_usage){ .customer = str_from(customer),
		.product = str_from(product),
		.month = in(2023, 7),
		.measure = MEASURE_ACR,
		.association = ASSOC_PAL,
		.amount_micro = 5000000000,
		.influencer = influencer,
		.group3 = group };
	tell(&ev, PARTNER);
}

static void test_kubernetes_is_known_by_what_drives_the_usage(void **state)
{
	const char *kubernetes = "kubernetes-on-azure";

	(void)state;
	begin(ORACLE_2023_06);
	day(on(2023, 8, 21));
	drive("a", "Virtual Machines", STR("aks"), STR(""));
	drive("b", "Storage", STR(""), STR("ARO"));
	drive("c", "Unknown", STR("AKS"), STR(""));
	assert_int_equal(met(kubernetes, "performance", DAY_NONE), ORACLE_NOT_MET);
	drive("c", "Storage", STR("AKS-Engine"), STR(""));
	assert_int_equal(met(kubernetes, "performance", DAY_NONE), ORACLE_MET);
}

static void test_what_no_source_of_2026_prints_is_unknown(void **state)
{
	(void)state;
	begin(ORACLE_2026);
	day(on(2026, 9, 21));
	hold(1, "AZ-400");
	assert_int_equal(met("devops-with-github", "skilling", DAY_NONE), ORACLE_NOT_KNOWN);
	assert_int_equal(
		met("small-midsize-business-management", "offer", DAY_NONE), ORACLE_NOT_KNOWN);
	attest(ATTEST_OFFER, "small-midsize-business-management", "offer", on(2026, 1, 1));
	assert_int_equal(met("small-midsize-business-management", "offer", DAY_NONE), ORACLE_MET);
	assert_false(area_on("small-midsize-business-management", DAY_NONE)->qualifies);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options_of_usage_growth_are_never_added),
		cmocka_unit_test(test_options_of_deployments_are_never_added),
		cmocka_unit_test(test_nine_of_21_seats_are_a_deployment_and_eight_are_not),
		cmocka_unit_test(test_a_tenant_active_before_the_association_is_no_deployment),
		cmocka_unit_test(test_growth_counts_from_the_association_on),
		cmocka_unit_test(test_the_track_with_the_higher_total_counts),
		cmocka_unit_test(test_a_tenant_that_grew_stays_small_for_a_year_in_2026),
		cmocka_unit_test(test_a_later_claim_of_another_partner_ends_the_first),
		cmocka_unit_test(test_csp_counts_for_the_months_before_it_began),
		cmocka_unit_test(test_an_association_that_ended_covers_no_later_month),
		cmocka_unit_test(test_a_row_without_association_counts_by_priority),
		cmocka_unit_test(test_what_is_told_of_a_location_counts_for_its_global_account),
		cmocka_unit_test(test_a_circle_of_accounts_is_none),
		cmocka_unit_test(test_security_pools_azure_and_microsoft_365),
		cmocka_unit_test(test_security_asks_two_people_from_december_2023),
		cmocka_unit_test(test_consumption_value_weighs_users_and_capacity),
		cmocka_unit_test(test_five_large_workloads_make_business_applications_enterprise),
		cmocka_unit_test(test_small_customers_choose_the_azure_track_of_2026),
		cmocka_unit_test(test_windows_are_those_of_the_published_examples),
		cmocka_unit_test(test_a_qualifying_day_in_the_window_is_enough),
		cmocka_unit_test(test_an_enrollment_holds_to_its_anniversary_whatever_the_points),
		cmocka_unit_test(test_who_is_enrolled_is_so_in_the_next_area_once_it_qualifies),
		cmocka_unit_test(test_every_requirement_of_stack_hci_makes_the_specialization),
		cmocka_unit_test(test_kubernetes_is_known_by_what_drives_the_usage),
		cmocka_unit_test(test_what_no_source_of_2026_prints_is_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, finish);
}
