/* The reports of a generated population have the published columns, can be read, and tell the same as its events. */
#include "tests/services/population_rig.h"

#include "common/base/err.h"
#include "common/wire/event_json.h"
#include "services/generate/reports.h"
#include "services/imports/csv.h"

#define ARGUMENTS "-n 40 -m 6 --seed 20230720"
#define FROM	  (2023 * 12 + 2)
#define THROUGH	  (2023 * 12 + 7)

/* As printed in the documentation of the reports (insights-data-definitions.md, 08/11/2023); the training completions as
 * the query of that name selects them. */
static const struct published {
	const char *report, *columns;
} published[] = {
	{ "partner-profile",
		"MPNId,PartnerName,PGA_MPNID,PGA_PartnerName,City,Country,HierarchyLevel" },
	{ "trainings",
		"PGAMpnId,TrainingActivityId,TrainingTitle,TrainingType,IndividualFirstName,IndividualLastName,Email,"
		"CorpEmail,TrainingCompletionDate,ExpirationDate,ActivationStatus,Month,IcMCP,MCPID,MpnId,PartnerName,"
		"PartnerCityLocation,PartnerCountryLocation" },
	{ "training-completions",
		"TrainingActivityId,TrainingTitle,TrainingType,AADUserId,TrainingCompletionDate,Month,IcMCP,MCPID,MPNID,"
		"PartnerName,PartnerCityLocation,PartnerCountryLocation" },
	{ "customers",
		"PGAMpnID,CustomerName,CustomerTenantId,CustomerTpid,DUNSNumber,CustomerSegment,TopSegment,"
		"CustomerMarket,CustomerStatus,CustomerTenantName,CustomerTenantCountry,TenantDomainName,Product,"
		"RawProductName,SKU,Month,MPNId,PartnerName,PartnerLocation,PartnerAttributionType,SalesChannel,"
		"IndustryName,VerticalName,EOU,IsDuplicateRowForPGA,AvailableSeats,BilledRevenueUSD,"
		"AzureConsumedRevenueUSD,CPORRevenue,CPORPaidSeats,CPORActiveUsers" },
	{ "subscriptions",
		"PGAMpnID,SubscriptionId,SubscriptionStartDate,SubscriptionEndDate,SubscriptionState,Month,IsAutoRenew,"
		"CustomerName,CustomerTenantId,CustomerTpid,DUNSNumber,CustomerSegment,TopSegment,CustomerMarket,"
		"ReportingProductName,Product,RawProductName,ProductPartNumber,SKU,RevSumDivisionName,SolutionArea,MPNID,"
		"PartnerName,PartnerLocation,PartnerAttributionType,SalesChannel,IndustryName,VerticalName,EOU,"
		"PricingLevel,EnrollmentNumber,IsDuplicateRowForPGA,SubscriptionStartMonth,ResellerID,ResellerName,"
		"AvailableSeatsEOP,AvailableSeats,BilledRevenueUSD,AzureConsumedRevenueUSD,CPORRevenue,CPORPaidSeats,"
		"CPORActiveUsers" },
	{ "azure-usage",
		"PGAMpnID,SubscriptionId,SubscriptionStartDate,SubscriptionEndDate,FirstUseDate,SubscriptionState,Month,"
		"ServiceLevel1,ServiceLevel2,ServiceLevel3,ServiceLevel4,ServiceGroup2,ServiceGroup3,ServiceInfluencer,"
		"ComputeOS,ComputeCoreSoftware,UsageUnits,UsageQuantity,CustomerName,CustomerTenantId,CustomerTpid,"
		"CustomerSegment,CustomerMarket,MPNID,PartnerName,PartnerLocation,PartnerAttributionType,SalesChannel,"
		"EnrollmentNumber,IsACRDuplicateAtPGALevel,ResellerID,ResellerName,IndustryName,VerticalName,EOU,"
		"AdminType,AssociationType,ACR_USD" },
	{ "cpor-m365-usage",
		"CustomerTenantId,CustomerName,WorkloadName,MonthlyActiveUsers,PaidAvailableUnits,ClaimId,MpnId,"
		"DateAssociated,PartnerAttributionType,Date" },
	{ "office-365-usage",
		"PGAPartnerID,CustomerTenantId,CustomerTpid,WorkloadName,Month,PaidAvailableUnits,MonthlyActiveUsers,"
		"CustomerName,CustomerMarket,CustomerSegment,IndustryName,VerticalName,EOU,PartnerID,PartnerName,"
		"PartnerLocation,PartnerAttributionType,IsDuplicateRowForPGA" },
	{ "enterprise-mobility-usage",
		"PGAMpnID,SubscriptionId,SubscriptionStartDate,SubscriptionEndDate,SubscriptionStatus,Month,SKU,SKUId,"
		"FreeVsPaidSKU,SalesModel,DetailedSalesModel,CustomerName,CustomerTenantId,CustomerTpid,CustomerSegment,"
		"CustomerMarket,IndustryName,VerticalName,EOU,MPNID,PartnerName,PartnerLocation,PartnerAttributionType,"
		"PartnerHierarchy,PaidAvailableUnits,MonthlyActiveUsers,AATPActiveUsage,MCASActiveUsage,"
		"AADPPaidAvailableUnits,IntunePaidAvailableUnits,AzipPaidAvailableUnits,AADPMonthlyActiveUsers,"
		"IntuneMonthlyActiveUsers,AzipMonthlyActiveUsers,MDM,MAM,SSPR" },
	{ "business-revenue",
		"FiscalMonthName,GlobalPartnerID,PartnerName,PartnerAssociationType,CustomerID,CustomerName,"
		"CustomerTenantID,CustomerTenantName,SubscriptionId,SubscriptionStartDate,Country,WorkloadCategory,"
		"Workloads,AdjustedRevenueAmtCD" },
	{ "business-usage",
		"FiscalMonthName,GlobalPartnerID,PartnerName,PartnerAssociationType,CustomerID,CustomerName,"
		"CustomerTenantID,CustomerTenantName,SubscriptionID,SubscriptionStartDate,MetricType,WorkloadCategory,"
		"Workload,SkuGroup,PAMAU,MAC,MAU" },
	{ "dynamics-365-usage",
		"PGAMpnID,SubscriptionId,SubscriptionStartDate,SubscriptionEndDate,SubscriptionStatus,Month,"
		"RevSumDivisionName,RevSumCategoryName,SKU,SKUId,FreeVsPaidSKU,SalesModel,DetailedSalesModel,CustomerName,"
		"CustomerTenantId,CustomerTpid,CustomerSegment,CustomerMarket,IndustryName,VerticalName,EOU,MPNID,"
		"PartnerName,PartnerLocation,PartnerAttachType,AvailableSeats,AssignedSeats,ActiveSeats,"
		"DeploymentOpportunity,ActiveUsagePercent" },
	{ "power-bi-usage",
		"PGAMpnID,SubscriptionId,SubscriptionStartDate,SubscriptionEndDate,SubscriptionStatus,Month,SKU,SKUId,"
		"FreeVsPaidSKU,SalesModel,DetailedSalesModel,CustomerName,CustomerTenantId,CustomerTpid,CustomerSegment,"
		"CustomerMarket,IndustryName,VerticalName,EOU,MPNId,PartnerName,PartnerLocation,PartnerAttachType,"
		"PartnerHierarchy,AvailableSeats,AssignedSeats,ActiveSeats,DeploymentOpportunity,ActiveUsagePercent" },
	{ "teams-usage",
		"PGAMpnID,CustomerId,CustomerTenantId,CustomerName,CustomerCountryCode,CustomerCountry,CustomerSegment,"
		"MonthKey,SubWorkload,DesktopUsers,WebUsers,MobileUsers,AllUpParticipants,IndustryName,VerticalName,EOU" },
};

static char folder[RIG_FOLDER];

static int write_reports(void **state)
{
	(void)state;
	rig_make(folder);
	assert_int_equal(rig_generate(folder, ARGUMENTS), 0);
	/* The one that is written only when it is asked for. */
	return rig_generate(folder, ARGUMENTS " --format exports --report training-completions");
}

static int remove_reports(void **state)
{
	(void)state;
	rig_remove(folder);
	return 0;
}

/* ---- a file ------------------------------------------------------------------------------------------------------- */

/* A report of a month that is read. */
struct sheet {
	char *text;
	struct input in;
	struct csv csv;
	char header[2048];
	size_t n_columns;
	bool marked, bare_lf, quoted;
};

static void sheet_open(struct sheet *s, const char *report, month_no m)
{
	char name[64], month[MONTH_TEXT];
	struct err e = { 0 };
	size_t n;

	memset(s, 0, sizeof *s);
	(void)snprintf(name, sizeof name, "%s-%s.csv", report, month_format(m, month));
	s->text = rig_read(folder, name, &n);
	s->marked = n > 3 && memcmp(s->text, "\xef\xbb\xbf", 3) == 0;
	s->bare_lf = strstr(s->text, "\r\n") == NULL;
	input_open_memory(&s->in, s->text, n);
	assert_int_equal(input_skip_bom(&s->in, &e), 0);
	assert_int_equal(csv_init(&s->csv, &s->in, &e), 0);
	assert_int_equal(csv_next(&s->csv, &e), 0);
	s->n_columns = s->csv.n_fields;
	s->quoted = s->csv.fields[0].quoted;
	for (size_t i = 0; i < s->n_columns; i++)
		(void)snprintf(s->header + strlen(s->header), sizeof s->header - strlen(s->header),
			"%s" STR_FMT, i == 0 ? "" : ",", STR_ARG(s->csv.fields[i].text));
}

/* False at the end. A record that cannot be read fails the test. */
static bool sheet_next(struct sheet *s)
{
	struct err e = { 0 };
	int rc = csv_next(&s->csv, &e);

	if (rc == ERR_NOTFOUND)
		return false;
	if (rc != 0)
		fail_msg("line %u: %s", s->csv.fault_line, csv_fault_reason(s->csv.fault));
	assert_int_equal(s->csv.n_fields, s->n_columns);
	return true;
}

static void sheet_close(struct sheet *s)
{
	input_close(&s->in);
	free(s->text);
}

static struct str cell(const struct sheet *s, const char *column)
{
	const char *at = s->header;
	size_t i = 0, n = strlen(column);

	for (;; i++, at = strchr(at, ',') + 1) {
		if (strncmp(at, column, n) == 0 && (at[n] == ',' || at[n] == '\0'))
			return s->csv.fields[i].text;
		assert_non_null(strchr(at, ','));
	}
}

/* "2023-06-01", "2023-06" or "Jun 2023". */
static month_no month_of(struct str s)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char text[16];
	month_no m;

	if (s.p[0] >= '0' && s.p[0] <= '9') {
		assert_int_equal(month_parse((struct str){ s.p, 7 }, &m), 0);
		return m;
	}
	assert_int_equal(s.n, 8);
	memcpy(text, s.p, 8);
	text[8] = '\0';
	for (m = 0; m < 12; m++)
		if (memcmp(names + 3 * m, text, 3) == 0)
			return atoi(text + 4) * 12 + m;
	fail_msg("no month: %s", text);
	return 0;
}

/* ---- columns and forms -------------------------------------------------------------------------------------------- */

static void test_columns_are_those_of_the_real_reports(void **state)
{
	(void)state;
	assert_int_equal(population_reports_count, ARRAY_LEN(published));
	for (size_t i = 0; i < ARRAY_LEN(published); i++)
		for (month_no m = FROM; m <= THROUGH; m++) {
			struct sheet s;
			size_t rows = 0;

			sheet_open(&s, published[i].report, m);
			assert_string_equal(s.header, published[i].columns);
			while (sheet_next(&s))
				rows++;
			if (rows == 0)
				fail_msg("%s has no rows", published[i].report);
			sheet_close(&s);
		}
}

static void test_files_differ_in_the_ways_that_real_ones_do(void **state)
{
	size_t marked = 0, bare = 0, quoted = 0, all = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(published); i++)
		for (month_no m = FROM; m <= THROUGH; m++) {
			struct sheet s;

			sheet_open(&s, published[i].report, m);
			marked += s.marked;
			bare += s.bare_lf;
			quoted += s.quoted;
			all++;
			sheet_close(&s);
		}
	rig_about("files with a byte order mark", marked, all, 5000);
	rig_about("files with bare line ends", bare, all, 2500);
	rig_about("files with all fields quoted", quoted, all, 3333);
}

/* ---- rows --------------------------------------------------------------------------------------------------------- */

static void test_deals_and_duplicates_are_among_the_rows(void **state)
{
	uint64_t own = 0, flagged = 0, deals = 0;

	(void)state;
	for (month_no m = FROM; m <= THROUGH; m++) {
		struct sheet s;

		sheet_open(&s, "azure-usage", m);
		while (sheet_next(&s)) {
			month_no of = month_of(cell(&s, "Month"));

			assert_in_range(of, m - 2, m);
			assert_true(of >= FROM);
			if (str_eq(cell(&s, "PartnerAttributionType"), STR("Deal registration"))) {
				assert_true(str_eq(cell(&s, "CustomerTenantId"), STR("UNKNOWN")));
				deals++;
			} else if (str_eq(cell(&s, "IsACRDuplicateAtPGALevel"), STR("1"))) {
				flagged++;
			} else {
				own++;
			}
		}
		sheet_close(&s);
	}
	assert_true(deals > 20);
	assert_true(flagged * 100 > own * 5 && flagged * 100 < own * 20);
}

static void test_lapsed_certificates_are_told_in_the_month_of_their_end(void **state)
{
	uint64_t expired = 0, active = 0;

	(void)state;
	for (month_no m = FROM; m <= THROUGH; m++) {
		struct sheet s;

		sheet_open(&s, "trainings", m);
		while (sheet_next(&s)) {
			day_no until, on;

			assert_int_equal(day_parse(cell(&s, "TrainingCompletionDate"), &on), 0);
			assert_true(on < month_first_day(m + 1));
			if (cell(&s, "ExpirationDate").n == 0)
				continue;
			assert_int_equal(day_parse(cell(&s, "ExpirationDate"), &until), 0);
			if (str_eq(cell(&s, "ActivationStatus"), STR("Expired"))) {
				expired++;
				assert_true(until < month_first_day(m + 1) - 1);
			} else {
				active++;
			}
		}
		sheet_close(&s);
	}
	assert_true(expired > 10 && active > expired);
}

static void test_every_location_has_its_global_account(void **state)
{
	struct sheet s;
	uint64_t locations = 0, own = 0;

	(void)state;
	sheet_open(&s, "partner-profile", THROUGH);
	while (sheet_next(&s)) {
		bool same = str_eq(cell(&s, "MPNId"), cell(&s, "PGA_MPNID"));

		own += same;
		locations += !same;
		assert_int_equal(str_eq(cell(&s, "HierarchyLevel"), STR("Location")), !same);
	}
	assert_int_equal(own, 40);
	assert_true(locations >= 2 * 5);
	sheet_close(&s);
}

/* ---- both forms --------------------------------------------------------------------------------------------------- */

/* One telling of an amount. */
struct amount {
	uint64_t key;
	int64_t order, micro;
};

struct amounts {
	size_t n;
	struct amount items[200000];
};

static void add_amount(struct amounts *a, struct str tenant, struct str product,
	struct str component, month_no m, int64_t order, int64_t micro)
{
	uint64_t h = hash_bytes(tenant.p, tenant.n, (uint64_t)m);

	h = hash_bytes(product.p, product.n, h);
	h = hash_bytes(component.p, component.n, h);
	assert_true(a->n < ARRAY_LEN(a->items));
	a->items[a->n++] = (struct amount){ h, order, micro };
}

static int by_order(const void *a, const void *b)
{
	const struct amount *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* The last telling of each, in order of keys. */
static void settle(struct amounts *a)
{
	size_t n = 0;

	qsort(a->items, a->n, sizeof *a->items, by_order);
	for (size_t i = 0; i < a->n; i++)
		if (i + 1 == a->n || a->items[i + 1].key != a->items[i].key)
			a->items[n++] = a->items[i];
	a->n = n;
}

static void read_azure(struct amounts *a)
{
	for (month_no m = FROM; m <= THROUGH; m++) {
		struct sheet s;

		sheet_open(&s, "azure-usage", m);
		while (sheet_next(&s)) {
			int64_t micro;

			if (str_eq(cell(&s, "IsACRDuplicateAtPGALevel"), STR("1")) ||
				str_eq(cell(&s, "CustomerTenantId"), STR("UNKNOWN")) ||
				month_of(cell(&s, "Month")) > THROUGH - 2)
				continue;
			assert_int_equal(amount_parse(cell(&s, "ACR_USD"), &micro), 0);
			add_amount(a, cell(&s, "CustomerTenantId"), cell(&s, "ServiceLevel2"),
				cell(&s, "ServiceLevel4"), month_of(cell(&s, "Month")), m, micro);
		}
		sheet_close(&s);
	}
}

static void read_events(struct amounts *a)
{
	struct arena ar;
	size_t n;
	char *text = rig_read(folder, "events.ndjson", &n), *end;

	arena_init(&ar, &mem_heap, 1 << 20);
	for (char *at = text; *at != '\0'; at = end + 1) {
		struct json_fault fault;
		struct event ev;

		end = strchr(at, '\n');
		assert_int_equal(
			event_from_json((struct str){ at, (size_t)(end - at) }, &ar, &ev, &fault),
			0);
		if (ev.kind == FACT_USAGE && ev.u.usage.measure == MEASURE_ACR &&
			!ev.u.usage.duplicate && ev.u.usage.month <= THROUGH - 2)
			add_amount(a, ev.u.usage.customer, ev.u.usage.product, ev.u.usage.component,
				ev.u.usage.month, ev.recorded, ev.u.usage.amount_micro);
		arena_reset(&ar);
	}
	arena_fini(&ar);
	free(text);
}

static void test_a_hundredth_of_the_amounts_is_restated_in_a_later_file(void **state)
{
	struct amounts *a = calloc(1, sizeof *a);
	uint64_t keys = 0, restated = 0, repeated = 0;

	(void)state;
	assert_non_null(a);
	read_azure(a);
	qsort(a->items, a->n, sizeof *a->items, by_order);
	for (size_t i = 0; i < a->n; i++) {
		if (i == 0 || a->items[i].key != a->items[i - 1].key) {
			keys++;
			continue;
		}
		restated += a->items[i].micro != a->items[i - 1].micro;
		repeated += a->items[i].micro == a->items[i - 1].micro;
	}
	rig_about("restated amounts", restated, keys, 100);
	assert_true(repeated > restated); /* a month that is told again is told whole */
	free(a);
}

static void test_reports_and_events_tell_the_same_in_the_end(void **state)
{
	struct amounts *reports = calloc(1, sizeof *reports), *events = calloc(1, sizeof *events);

	(void)state;
	assert_non_null(reports);
	assert_non_null(events);
	read_azure(reports);
	read_events(events);
	settle(reports);
	settle(events);
	assert_true(reports->n > 1000);
	assert_int_equal(reports->n, events->n);
	for (size_t i = 0; i < reports->n; i++) {
		assert_true(reports->items[i].key == events->items[i].key);
		assert_int_equal(reports->items[i].micro, events->items[i].micro);
	}
	free(reports);
	free(events);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns_are_those_of_the_real_reports),
		cmocka_unit_test(test_files_differ_in_the_ways_that_real_ones_do),
		cmocka_unit_test(test_deals_and_duplicates_are_among_the_rows),
		cmocka_unit_test(test_a_hundredth_of_the_amounts_is_restated_in_a_later_file),
		cmocka_unit_test(test_lapsed_certificates_are_told_in_the_month_of_their_end),
		cmocka_unit_test(test_every_location_has_its_global_account),
		cmocka_unit_test(test_reports_and_events_tell_the_same_in_the_end),
	};

	return cmocka_run_group_tests(tests, write_reports, remove_reports);
}
