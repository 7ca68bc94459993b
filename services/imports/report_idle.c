/* Reports of Partner Center that are known but feed no score: no rule takes what they tell. Their rows are counted, and
 * the summary says why nothing came of them. */
#include "services/imports/report.h"

static int create(struct reading *r, struct gather *g, void **ret_state, struct err *e)
{
	(void)r;
	(void)g;
	(void)e;
	*ret_state = NULL;
	return 0;
}

static int row_counted(void *state, const struct report_row *row)
{
	(void)state;
	row_pass_over(row, "feeds-no-score");
	return 0;
}

static void destroy(void *state)
{
	(void)state;
}

#define IDLE(symbol, report_id, report_name, report_columns, report_marks, why, names)             \
	const struct report symbol = {                                                             \
		.id = report_id,                                                                   \
		.name = report_name,                                                               \
		.rank = RANK_OTHERS,                                                               \
		.personal = names,                                                                 \
		.lacks = why,                                                                      \
		.n_columns = sizeof report_columns / sizeof *report_columns,                       \
		.columns = report_columns,                                                         \
		.marks = report_marks,                                                             \
		.create = create,                                                                  \
		.row = row_counted,                                                                \
		.destroy = destroy,                                                                \
	}

/* ---- Teams ------------------------------------------------------------------------------------------------ */

static const char *const teams_why[] = {
	"paid seats, and the association of the partner: the programme counts Teams by the CPOR-M365 and the Office 365 "
	"license usage reports, so nothing of this one is used",
	NULL,
};
static const char *const teams_marks[] = { "PGAMpnID", "CustomerId", "CustomerName",
	"CustomerCountryCode", "CustomerCountry", "CustomerSegment", "IndustryName", "VerticalName",
	"EOU", "DesktopUsers", "WebUsers", "MobileUsers", "Meeting duration", NULL };

static const struct report_column meetings_columns[] = {
	{ "CustomerTenantId", { NULL }, COLUMN_REQUIRED },
	{ "DateKey", { "MonthKey" }, COLUMN_REQUIRED },
	{ "Subworkload", { NULL }, COLUMN_REQUIRED },
	{ "Meeting count", { "MeetingCount" }, COLUMN_REQUIRED },
};
static const struct report_column workloads_columns[] = {
	{ "CustomerTenantId", { NULL }, COLUMN_REQUIRED },
	{ "MonthKey", { "DateKey" }, COLUMN_REQUIRED },
	{ "SubWorkload", { NULL }, COLUMN_REQUIRED },
	{ "AllUpParticipants", { "AllUpPartiticipants" }, COLUMN_REQUIRED },
};
static const struct report_column apps_columns[] = {
	{ "CustomerTenantId", { NULL }, COLUMN_REQUIRED },
	{ "DateKey", { "MonthKey" }, COLUMN_REQUIRED },
	{ "AppName", { NULL }, COLUMN_REQUIRED },
	{ "Usercount", { NULL }, COLUMN_REQUIRED },
};

IDLE(report_teams_meetings, "teams-meetings", "Teams meetings and calls report", meetings_columns,
	teams_marks, teams_why, false);
IDLE(report_teams_workloads, "teams-usage", "Teams monthly usage report", workloads_columns,
	teams_marks, teams_why, false);
IDLE(report_teams_apps, "teams-apps", "Teams usage 3P apps report", apps_columns, teams_marks,
	teams_why, false);

/* ---- others ----------------------------------------------------------------------------------------------- */

static const char *const learn_why[] = {
	"certificates: trainings of Microsoft Learn earn no points",
	NULL,
};
static const char *const learn_marks[] = { "PGAMpnId", "MPNId", "PartnerName", "Country",
	"CustomerMarket", NULL };
static const struct report_column learn_columns[] = {
	{ "TrainingName", { NULL }, COLUMN_REQUIRED },
	{ "TrainingType", { NULL }, COLUMN_REQUIRED },
	{ "Products", { NULL }, COLUMN_REQUIRED },
	{ "Roles", { NULL }, COLUMN_REQUIRED },
};

static const char *const resellers_why[] = {
	"usage of customers: what resellers sold earns the provider no points",
	NULL,
};
static const char *const resellers_marks[] = { "PGAMpnID", "ResellerMarket", "IndirectProviderName",
	"Month", "Product", "SubscriptionID", "AvailableSeats", "AssignedSeats", "BilledRevenueUSD",
	"CustomerName", "CustomerTPid", "CustomerSegment", "CustomerMarket", "ResellerStatus",
	"IndustryName", "VerticalName", "EOU", NULL };
static const struct report_column resellers_columns[] = {
	{ "ResellerMpnID", { NULL }, COLUMN_REQUIRED },
	{ "ResellerName", { NULL }, COLUMN_REQUIRED },
	{ "IndirectProviderMpnID", { NULL }, COLUMN_REQUIRED },
};

static const char *const csp_why[] = {
	"anything that scores: it is about being a direct partner",
	NULL,
};
static const char *const csp_marks[] = { "PGAMpnID", "PartnerName", "MPNID", "CustomerName",
	"CustomerID", "CustomerTenantId", "MonthKey", "SubscriptionId", "PartnerAttributionType",
	"ProductPartNumber", "Product", "IsDuplicateRowForPGA", "BilledRevenueUSD", NULL };
static const struct report_column csp_columns[] = {
	{ "MPNType", { NULL }, COLUMN_REQUIRED },
	{ "ReportingPricingLevel", { NULL }, COLUMN_REQUIRED },
	{ "SummaryPricingLevel", { "DetailPricingLevelName" }, COLUMN_REQUIRED },
};

IDLE(report_learn, "learn", "Microsoft Learn report", learn_columns, learn_marks, learn_why, true);
IDLE(report_resellers, "resellers", "Reseller performance report", resellers_columns,
	resellers_marks, resellers_why, false);
IDLE(report_csp_eligibility, "csp-eligibility", "CSP Direct Partner eligibility report",
	csp_columns, csp_marks, csp_why, false);
