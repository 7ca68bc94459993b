/* Business Applications (SEED, D23, S26): the track is chosen by revenue. */
#include "tests/oracle/oracle_view.h"

#define REVENUE	 KIND(MEASURE_ADJUSTED_REVENUE)
#define USERS	 KIND(MEASURE_MAU)
#define CAPACITY KIND(MEASURE_CAPACITY)

/* ---- products --------------------------------------------------------------------------------------------------- */

#define BUSINESS_CENTRAL  "Business Central|Dynamics 365 Business Central"
#define CUSTOMER_INSIGHTS "Customer Insights|Dynamics 365 Customer Insights"
#define CUSTOMER_SERVICE  "Customer Service|Dynamics 365 Customer Service"
#define FIELD_SERVICE	  "Field Service|Dynamics 365 Field Service"
#define HUMAN_RESOURCES	  "HR|Human Resources|HR (Human Resources)|Dynamics 365 Human Resources"
#define POWER_APPS	  "Power Apps|Power App"
#define POWER_BI	  "Power BI|Power BI Pro|Power BI Premium"
#define SUPPLY_CHAIN	  "Supply Chain|Supply Chain Management|Dynamics 365 Supply Chain Management"

/* For net customer adds. */
#define IN_EVERY_EDITION                                                                           \
	{ .names = "AI Builder" }, { .names = BUSINESS_CENTRAL }, { .names = "CE Bundle" },        \
		{ .names = "Commerce|Dynamics 365 Commerce" }, { .names = CUSTOMER_INSIGHTS },     \
		{ .names = CUSTOMER_SERVICE }, { .names = "F&O Bundle" },                          \
		{ .names = FIELD_SERVICE }, { .names = "Finance|Dynamics 365 Finance" },           \
		{ .names = HUMAN_RESOURCES }, { .names = "Mixed Reality" },                        \
		{ .names = POWER_APPS }, { .names = "Power Automate" }, { .names = POWER_BI },     \
		{ .names = "Power Virtual Agent|Power Virtual Agents" },                           \
		{ .names = "Project Operations|Dynamics 365 Project Operations" },                 \
		{ .names = "Sales|Dynamics 365 Sales" },                                           \
	{                                                                                          \
		.names = SUPPLY_CHAIN                                                              \
	}
#define UP_TO_2023                                                                                 \
	{ .names = "Fraud Protection|Dynamics 365 Fraud Protection" },                             \
	{                                                                                          \
		.names = "Marketing|Dynamics 365 Marketing"                                        \
	}
#define FROM_2023                                                                                  \
	{ .names = "Intelligent Order Management|Dynamics 365 Intelligent Order Management" },     \
		{ .names = "Omni Channel|Omnichannel" }, { .names = "Power Pages" },               \
	{                                                                                          \
		.names = "Non-workload specific|Non workload specific"                             \
	}

static const struct product revenue_fy23[] = { IN_EVERY_EDITION, UP_TO_2023,
	{ .names = "Customer Voice|Dynamics 365 Customer Voice" }, { .names = NULL } };
static const struct product revenue_2023[] = { IN_EVERY_EDITION, UP_TO_2023, FROM_2023,
	{ .names = NULL } };
static const struct product revenue_2026[] = { IN_EVERY_EDITION, FROM_2023,
	{ .names = "Contact Center|Dynamics 365 Contact Center" }, { .names = "Copilot Studio" },
	{ .names = "Copilot Studio PAYG" }, { .names = "Non-workload specific (F&O)" },
	{ .names = NULL } };

/* Monthly consumption value of a user, or of a unit of capacity, in tenths (D23, S26; monthly consumption value). Power Platform and
 * Customer Insights count by PAL, all others by the associations of Dynamics 365. */
#define D365(name, worth)                                                                          \
	{                                                                                          \
		.names = (name), .measure = MEASURE_MAU, .tenths = (worth)*10,                     \
		.kinds = CPOR | DPOR | CSP                                                         \
	}
#define PLATFORM(name, worth)                                                                      \
	{                                                                                          \
		.names = (name), .measure = MEASURE_MAU, .tenths = (worth)*10, .kinds = PAL        \
	}
#define ENGAGEMENT                                                                                 \
	"Customer Engagement|Common data service (Customer Engagement)|Common Data Service|Sales|" \
	"Sales Insights|Customer Service|Field Service"
#define VALUES(engagement)                                                                            \
	D365(BUSINESS_CENTRAL, 1000), D365("Core HR", 1000),                                          \
		D365("Guides|Dynamics 365 Guides", 1000),                                             \
		D365("Remote Assist|Dynamics 365 Remote Assist", 1000),                               \
		D365("Talent Attract", 1000), D365("Talent Onboard", 1000),                           \
		D365(ENGAGEMENT, engagement),                                                         \
		D365("Finance & Operations|Finance and Operations|Finance|Project Operations",        \
			100),                                                                         \
		D365("Retail", 100), PLATFORM(POWER_APPS, 200), PLATFORM("Power Automate", 200),      \
		PLATFORM(POWER_BI, 200),                                                              \
	{                                                                                             \
		.names =                                                                              \
			"Customer Insights|Customer Insights Partner|Dynamics 365 Customer Insights", \
		.measure = MEASURE_CAPACITY, .tenths = 2, .kinds = PAL                                \
	}

/* Customer Engagement was 40 before spring 2023. */
static const struct product values_fy23[] = { VALUES(40), { .names = NULL } };
static const struct product values_2023[] = { VALUES(200), { .names = NULL } };
static const struct product values_2026[] = { VALUES(200),
	D365("Contact Center|Dynamics 365 Contact Center", 200), PLATFORM("Portals", 100),
	{ .names = NULL } };

/* ---- what is looked at ------------------------------------------------------------------------------------------ */

enum { ENTERPRISE, SMB };

struct rules {
	bool made;
	struct pick revenue, value;
	struct units adds, deployments;
	struct growth growth;
	/* Of the edition and track. */
	struct ratio each_add, each_deployment, each_per_cent;
	int base;		    /* value of the month a year before, at least */
	int intermediate, advanced; /* people for all points */
};

static void make_fy23(int track, struct rules *r)
{
	bool enterprise = track == ENTERPRISE;

	/* 10 adds of 1,500 USD; SMB: 20 of 500. Workloads of tenants, as documents of 2022 have it. */
	r->adds.test.from = UNITS(enterprise ? 1500 : 500);
	r->each_add = ratio_make(15, enterprise ? 10 : 20);
	/* 30 % of growth; SMB: 45 %. */
	r->each_per_cent = ratio_make(30, enterprise ? 30 : 45);
	r->base = 50000;
	/* 5 deployments of 10,000 a month; SMB: 10 of 5,000. */
	r->each_deployment = ratio_make(20, enterprise ? 5 : 10);
}

static void make_2023(int track, struct rules *r)
{
	bool enterprise = track == ENTERPRISE;

	/* Workloads of tenants: 5 adds of 1,500 USD; SMB: of 250. */
	r->adds.test.from = UNITS(enterprise ? 1500 : 250);
	r->each_add = ratio_int(3);
	r->each_per_cent = ratio_int(1);
	r->base = enterprise ? 50000 : 25000;
	r->each_deployment = ratio_int(4);
}

static void make(enum oracle_edition e, int track, struct rules *r)
{
	bool enterprise = track == ENTERPRISE;

	r->revenue = (struct pick){ .measures = REVENUE,
		.kinds = CPOR | CSP | DPOR,
		.products = e == ORACLE_2026   ? revenue_2026
			    : e == ORACLE_FY23 ? revenue_fy23
					       : revenue_2023 };
	r->value = (struct pick){ .measures = USERS | CAPACITY,
		.kinds = CPOR | CSP | DPOR | PAL,
		.products = e == ORACLE_2026   ? values_2026
			    : e == ORACLE_FY23 ? values_fy23
					       : values_2023 };
	if (e == ORACLE_FY23)
		make_fy23(track, r);
	else
		make_2023(track, r);
	r->adds.unit = WORKLOADS;
	r->adds.test.pick = &r->revenue;
	r->adds.test.months = 1;
	r->growth = (struct growth){ .pick = &r->value, .window = 1 };
	r->deployments.unit = WORKLOADS;
	r->deployments.test = (struct test){
		.pick = &r->value, .months = 1, .from = UNITS(enterprise ? 10000 : 5000)
	};
	r->intermediate = enterprise ? 20 : 5;
	r->advanced = enterprise ? 7 : 2;
	r->made = true;
}

static const struct rules *rules_of(enum oracle_edition e, int track)
{
	static struct rules rules[ORACLE_EDITIONS][2];

	if (!rules[e][track].made)
		make(e, track, &rules[e][track]);
	return &rules[e][track];
}

/* Enterprise when five workloads of tenants exceed 5,000 USD in the last month and in that a year before. */
int oracle_business_track(struct view *v, day_no day)
{
	static struct units large = { .unit = WORKLOADS,
		.test = { .months = 1, .from = MORE_THAN(5000) } };
	/* One rule for each edition, since the products differ. */
	static struct units by_edition[ORACLE_EDITIONS];
	struct units *u = &by_edition[v->edition];

	*u = large;
	u->test.pick = &rules_of(v->edition, ENTERPRISE)->revenue;
	return oracle_count_units(v, u, oracle_last_month(v, REVENUE, day)).both >= 5 ? ENTERPRISE
										      : SMB;
}

/* ---- skilling --------------------------------------------------------------------------------------------------- */

static const enum cert *intermediate(enum oracle_edition e)
{
	static const enum cert in_2023_06[] = { MB_310, MB_340, MB_500, MB_330, MB_320, MB_230,
		MB_210, MB_240, MB_800, MB_220, PL_100, PL_300, PL_200, PL_400, MB_260, DP_500,
		PL_500, NO_CERT };
	/* Without Power Platform App Maker from 1 December 2023 on. */
	static const enum cert in_2023_12[] = { MB_310, MB_340, MB_500, MB_330, MB_320, MB_230,
		MB_210, MB_240, MB_800, MB_220, PL_300, PL_200, PL_400, MB_260, DP_500, PL_500,
		NO_CERT };
	static const enum cert in_2026[] = { MB_310, MB_500, MB_330, MB_230, MB_240, MB_800, PL_300,
		PL_200, PL_400, PL_500, MB_280, SALES_AI, INTELLIGENT_APPLICATIONS,
		CONTACT_CENTER_AI, NO_CERT };

	return e == ORACLE_2026 ? in_2026 : e == ORACLE_2023_12 ? in_2023_12 : in_2023_06;
}

static const enum cert *advanced(enum oracle_edition e)
{
	static const enum cert in_2023[] = { MB_335, MB_700, MB_600, PL_600, NO_CERT };
	static const enum cert in_2026[] = { MB_335, MB_700, PL_600, MB_820, AGENTIC_ARCHITECT,
		NO_CERT };

	return e == ORACLE_2026 ? in_2026 : in_2023;
}

static struct ratio people(
	const struct view *v, const enum cert *any, int most, int needed, day_no day)
{
	return oracle_capped(
		oracle_times(oracle_people(v, any, day), ratio_make(most, needed)), most);
}

/* ---- points ----------------------------------------------------------------------------------------------------- */

static struct ratio growth(struct view *v, const struct rules *r, day_no day)
{
	struct ratio per_cent = oracle_per_cent(v, &r->growth, 0, r->base, day);

	return oracle_capped(ratio_make(per_cent.num * r->each_per_cent.num,
				     per_cent.den * r->each_per_cent.den),
		30);
}

static void score(struct view *v, int track, day_no day, struct ratio *points)
{
	const struct rules *r = rules_of(v->edition, track);

	points[0] = oracle_capped(oracle_net(v, &r->adds, r->each_add, day), 15);
	points[1] = people(v, intermediate(v->edition), 20, r->intermediate, day);
	points[2] = people(v, advanced(v->edition), 15, r->advanced, day);
	points[3] = growth(v, r, day);
	points[4] = oracle_capped(oracle_net(v, &r->deployments, r->each_deployment, day), 20);
}

void oracle_business(struct view *v, day_no day, struct oracle_area *a)
{
	oracle_metric(a, "net-customer-adds");
	oracle_metric(a, "intermediate-certifications");
	oracle_metric(a, "advanced-certifications");
	oracle_metric(a, "usage-growth");
	oracle_metric(a, "deployments");
	a->n_tracks = 2;
	a->tracks[ENTERPRISE].id = "enterprise";
	a->tracks[SMB].id = "smb";
	score(v, ENTERPRISE, day, a->tracks[ENTERPRISE].points);
	score(v, SMB, day, a->tracks[SMB].points);
}
