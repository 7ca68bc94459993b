/* Microsoft 365 usage by licences: the Office 365 license usage report, one workload a row, and the Enterprise Mobility
 * license usage report, several workloads in the columns of a row. */
#include "services/imports/side.h"
#include "services/imports/usage_rows.h"

#define SEATS_AND_USERS (1U << MEASURE_MAU | 1U << MEASURE_PAID_UNITS)

static int lost(void *state, const struct report_row *row, const struct usage_columns *roles)
{
	return usage_row_lost(((struct usage_state *)state)->gather, row, roles);
}

/* ---- Office 365 license usage report ---------------------------------------------------------------------- */

enum {
	OFFICE_PARTNER,
	OFFICE_LOCATION,
	OFFICE_CUSTOMER,
	OFFICE_WORKLOAD,
	OFFICE_MONTH,
	OFFICE_SEATS,
	OFFICE_USERS,
	OFFICE_ASSOCIATION,
	OFFICE_DUPLICATE,
};

static const struct report_column office_columns[] = {
	[OFFICE_PARTNER] = { "PGAPartnerID",
		{ "PGAMpnID", "GlobalPartnerID", "PartnerID", "MPNId" }, COLUMN_REQUIRED },
	[OFFICE_LOCATION] = { "PartnerID", { "MPNId" }, 0 },
	[OFFICE_CUSTOMER] = { "CustomerTenantId", { NULL }, COLUMN_REQUIRED },
	[OFFICE_WORKLOAD] = { "WorkloadName", { "Workload", "Workloads" }, COLUMN_REQUIRED },
	[OFFICE_MONTH] = { "Month", { "MonthKey", "DateKey" }, COLUMN_REQUIRED },
	[OFFICE_SEATS] = { "PaidAvailableUnits", { NULL }, COLUMN_REQUIRED },
	[OFFICE_USERS] = { "MonthlyActiveUsers", { NULL }, COLUMN_REQUIRED },
	[OFFICE_ASSOCIATION] = { "PartnerAttributionType",
		{ "PartnerAttachType", "PartnerAssociationType" }, COLUMN_REQUIRED },
	[OFFICE_DUPLICATE] = { "IsDuplicateRowForPGA", { "IsDuplicateAtPGALevel" }, 0 },
};

static const char *const office_marks[] = { "CustomerTpid", "CustomerName", "CustomerMarket",
	"CustomerSegment", "IndustryName", "VerticalName", "EOU", "PartnerName", "PartnerLocation",
	"PartnerLocationID", NULL };

static const char *const office_lacks[] = {
	"since when a customer is associated: growth counts in every month that the export has",
	NULL,
};

static const struct usage_columns office_roles = {
	.partner = OFFICE_PARTNER,
	.location = OFFICE_LOCATION,
	.customer = OFFICE_CUSTOMER,
	.month = OFFICE_MONTH,
	.workload = OFFICE_WORKLOAD,
	.association = OFFICE_ASSOCIATION,
	.subscription = NO_COLUMN,
	.duplicate = OFFICE_DUPLICATE,
	.offer = NO_COLUMN,
	.measures = SEATS_AND_USERS,
	.completes = true,
};

static int office_row(void *state, const struct report_row *row)
{
	struct usage_row x;
	enum row_verdict v;
	decimal24 seats, users;
	bool has_seats, has_users;
	int rc = usage_row_read(row, &office_roles, &x, &v);

	(void)state;
	if (rc != 0 || v != ROW_COUNTS)
		return rc;
	if (!field_amount_optional(row, OFFICE_SEATS, &seats, &has_seats) ||
		!field_amount_optional(row, OFFICE_USERS, &users, &has_users))
		return usage_row_refused(row, &office_roles, &x);
	if (has_users)
		rc = usage_row_add(row, &x, MEASURE_MAU, users);
	if (rc == 0 && has_seats)
		rc = usage_row_add(row, &x, MEASURE_PAID_UNITS, seats);
	return rc;
}

static int office_lost(void *state, const struct report_row *row)
{
	return lost(state, row, &office_roles);
}

const struct report report_office = {
	.id = "office-usage",
	.name = "Office 365 license usage report",
	.rank = RANK_USAGE,
	.lacks = office_lacks,
	.n_columns = sizeof office_columns / sizeof *office_columns,
	.columns = office_columns,
	.marks = office_marks,
	.create = usage_state_create,
	.row = office_row,
	.lost = office_lost,
	.destroy = usage_state_destroy,
};

/* ---- Enterprise Mobility license usage report ------------------------------------------------------------- */

enum {
	EMS_PARTNER,
	EMS_LOCATION,
	EMS_CUSTOMER,
	EMS_SUBSCRIPTION,
	EMS_MONTH,
	EMS_OFFER,
	EMS_ASSOCIATION,
	EMS_WORKLOADS, /* the first of the columns below, in the order of ems_workloads[] */
};

/* Which columns tell of which workload; products.csv knows it by this name. */
static const struct ems_workload {
	const char *name;
	int seats, users; /* columns from EMS_WORKLOADS on; -1: none */
} ems_workloads[] = {
	{ "AADP", 0, 1 },
	{ "Intune", 2, 3 },
	{ "AZIP", 4, 5 },
	{ "AATP", -1, 6 },
	{ "MCAS", -1, 7 },
};
#define N_EMS_WORKLOADS (sizeof ems_workloads / sizeof *ems_workloads)

static const struct report_column ems_columns[] = {
	[EMS_PARTNER] = { "PGAMpnID", { "PGAPartnerID", "GlobalPartnerID", "MPNId", "PartnerID" },
		COLUMN_REQUIRED },
	[EMS_LOCATION] = { "MPNID", { "PartnerID" }, 0 },
	[EMS_CUSTOMER] = { "CustomerTenantId", { NULL }, COLUMN_REQUIRED },
	[EMS_SUBSCRIPTION] = { "SubscriptionId", { NULL }, 0 },
	[EMS_MONTH] = { "Month", { "MonthKey", "DateKey" }, COLUMN_REQUIRED },
	[EMS_OFFER] = { "FreeVsPaidSKU", { NULL }, 0 },
	[EMS_ASSOCIATION] = { "PartnerAttributionType",
		{ "PartnerAttachType", "PartnerAssociationType" }, COLUMN_REQUIRED },
	[EMS_WORKLOADS + 0] = { "AADPPaidAvailableUnits", { NULL }, COLUMN_REQUIRED },
	[EMS_WORKLOADS + 1] = { "AADPMonthlyActiveUsers", { NULL }, COLUMN_REQUIRED },
	[EMS_WORKLOADS + 2] = { "IntunePaidAvailableUnits", { NULL }, 0 },
	[EMS_WORKLOADS + 3] = { "IntuneMonthlyActiveUsers", { NULL }, 0 },
	[EMS_WORKLOADS + 4] = { "AzipPaidAvailableUnits", { NULL }, 0 },
	[EMS_WORKLOADS + 5] = { "AzipMonthlyActiveUsers", { NULL }, 0 },
	[EMS_WORKLOADS + 6] = { "AATPActiveUsage", { NULL }, 0 },
	[EMS_WORKLOADS + 7] = { "MCASActiveUsage", { NULL }, 0 },
};
#define N_EMS_COLUMNS (sizeof ems_columns / sizeof *ems_columns)

static const char *const ems_marks[] = { "SubscriptionStartDate", "SubscriptionEndDate",
	"SubscriptionStatus", "SKU", "SKUId", "SalesModel", "DetailedSalesModel", "CustomerName",
	"CustomerTpid", "CustomerSegment", "CustomerMarket", "PartnerHierarchy", "PartnerName",
	"PaidAvailableUnits", "MonthlyActiveUsers", "MDM", "MAM", "SSPR", NULL };

static const char *const ems_lacks[] = {
	"seats of Defender for Identity: it counts by users only",
	"since when a customer is associated: growth counts in every month that the export has",
	NULL,
};

static const struct usage_columns ems_roles = {
	.partner = EMS_PARTNER,
	.location = EMS_LOCATION,
	.customer = EMS_CUSTOMER,
	.month = EMS_MONTH,
	.workload = NO_COLUMN,
	.association = EMS_ASSOCIATION,
	.subscription = EMS_SUBSCRIPTION,
	.duplicate = NO_COLUMN,
	.offer = EMS_OFFER,
	.measures = SEATS_AND_USERS,
	.completes = true,
};

/* All amounts of a row are read before one is handed in: a row counts whole or not at all. */
struct ems_amounts {
	decimal24 amount[N_EMS_COLUMNS - EMS_WORKLOADS];
	bool told[N_EMS_COLUMNS - EMS_WORKLOADS];
};

static bool read_amounts(const struct report_row *row, struct ems_amounts *a)
{
	for (size_t i = 0; i < N_EMS_COLUMNS - EMS_WORKLOADS; i++)
		if (!field_amount_optional(row, EMS_WORKLOADS + i, &a->amount[i], &a->told[i]))
			return false;
	return true;
}

static int add_measure(const struct report_row *row, const struct usage_row *x,
	const struct ems_amounts *a, enum measure m, int column)
{
	return column < 0 || !a->told[column] ? 0 : usage_row_add(row, x, m, a->amount[column]);
}

static int ems_row(void *state, const struct report_row *row)
{
	struct usage_row x;
	enum row_verdict v;
	struct ems_amounts a;
	int rc = usage_row_read(row, &ems_roles, &x, &v);

	(void)state;
	if (rc != 0 || v != ROW_COUNTS)
		return rc;
	if (!read_amounts(row, &a))
		return usage_row_refused(row, &ems_roles, &x);
	for (size_t i = 0; rc == 0 && i < N_EMS_WORKLOADS; i++) {
		const struct ems_workload *w = &ems_workloads[i];
		bool told = a.told[w->users] || (w->seats >= 0 && a.told[w->seats]);

		if (!told)
			continue;
		name_product(row, str_from(w->name), ems_roles.measures, &x.product);
		rc = add_measure(row, &x, &a, MEASURE_MAU, w->users);
		if (rc == 0)
			rc = add_measure(row, &x, &a, MEASURE_PAID_UNITS, w->seats);
	}
	return rc;
}

static int ems_lost(void *state, const struct report_row *row)
{
	return lost(state, row, &ems_roles);
}

const struct report report_mobility = {
	.id = "mobility-usage",
	.name = "Enterprise Mobility license usage report",
	.rank = RANK_USAGE,
	.lacks = ems_lacks,
	.n_columns = N_EMS_COLUMNS,
	.columns = ems_columns,
	.marks = ems_marks,
	.create = usage_state_create,
	.row = ems_row,
	.lost = ems_lost,
	.destroy = usage_state_destroy,
};
