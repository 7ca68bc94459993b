/* Modern Work (SEED, D23, S26): two tracks, the higher score of the whole area counts. */
#include "tests/oracle/oracle_view.h"

/* One workload under the names that reports give it. */
#define INTUNE	   "Intune|Microsoft Intune|MEM-Intune"
#define EXCHANGE   "Exchange Online|Exchange|EXO"
#define APPS_365   "Microsoft 365 Apps|ProPlus|Office 365 ProPlus|Microsoft 365 Apps for enterprise"
#define SHAREPOINT "SharePoint Online|SharePoint|SPO"
#define TEAMS	   "Teams|Microsoft Teams"
#define MEETINGS   "Teams Meetings|Microsoft Teams Meetings"
#define PHONE	   "Teams Phone|Microsoft Teams Phone"
#define CALLING                                                                                    \
	"Teams Phone calling|Phone Calling|Phone Calling 1p|Phone Calling 3p|Phone Calling 1p/3p"
#define PLATFORM   "Teams Platform|Microsoft Teams Platform"
#define TEAMS_APPS "Teams Apps|Microsoft Teams Apps"
#define YAMMER	   "Yammer|Viva Engage"
#define COPILOT	   "M365 Copilot|Microsoft 365 Copilot|Copilot for Microsoft 365"
#define ENTRA_P1   "Entra ID P1|AADP|Azure Active Directory Premium|Microsoft Entra ID P1"
#define FRONTLINE  "Teams for Frontline Workers"

static const struct product of_fy23[] = { { .names = INTUNE }, { .names = EXCHANGE },
	{ .names = APPS_365 }, { .names = SHAREPOINT }, { .names = TEAMS }, { .names = MEETINGS },
	{ .names = CALLING }, { .names = PLATFORM }, { .names = YAMMER }, { .names = NULL } };

/* D23 adds Teams Phone and four of Viva. */
static const struct product of_2023[] = { { .names = INTUNE }, { .names = EXCHANGE },
	{ .names = APPS_365 }, { .names = SHAREPOINT }, { .names = TEAMS }, { .names = MEETINGS },
	{ .names = CALLING }, { .names = PLATFORM }, { .names = YAMMER }, { .names = PHONE },
	{ .names = "Viva Insights|VivaInsights" }, { .names = "Viva Topics|VivaTopics" },
	{ .names = "Viva Learning|VivaLearning" }, { .names = "Viva Connections|VivaConnections" },
	{ .names = NULL } };

/* S26: other names and more of them. */
#define WORKLOADS_2026                                                                             \
	{ .names = EXCHANGE }, { .names = INTUNE }, { .names = COPILOT }, { .names = APPS_365 },   \
		{ .names = ENTRA_P1 }, { .names = SHAREPOINT }, { .names = TEAMS },                \
		{ .names = TEAMS_APPS }, { .names = FRONTLINE }, { .names = MEETINGS },            \
		{ .names = PHONE }, { .names = CALLING },                                          \
		{ .names = "Teams Phone Enabled Users" },                                          \
		{ .names = "Teams Rooms Monthly Active Devices" },                                 \
		{ .names = "Viva Connections|VivaConnections" }, { .names = YAMMER },              \
		{ .names = "Viva Goals|VivaGoals" }, { .names = "Viva Insights|VivaInsights" },    \
		{ .names = "Viva Learning|VivaLearning" }, { .names = "Viva Topics|VivaTopics" },  \
	{                                                                                          \
		.names = "Windows 365"                                                             \
	}
static const struct product of_2026[] = { WORKLOADS_2026, { .names = NULL } };
/* Usage growth and deployments have one more. */
static const struct product more_of_2026[] = { WORKLOADS_2026, { .names = "Teams Premium" },
	{ .names = NULL } };

/* ---- what is looked at, by edition and association -------------------------------------------------------------- */

#define SEATS KIND(MEASURE_PAID_UNITS)
#define USERS KIND(MEASURE_MAU)

enum { ENTERPRISE, SMB };

/* One way to earn growth and deployments. */
struct option {
	struct pick seats, users;
	struct test eligible;
	struct growth growth;
	int for_30_points; /* more active users */
	struct units deployments;
	struct ratio each; /* deployment */
};

/* What a track looks at. */
struct rules {
	struct pick seats;
	struct units adds;
	struct option options[2]; /* the higher of which counts */
};

static const struct product *workloads(enum oracle_edition e)
{
	return e == ORACLE_2026 ? of_2026 : e == ORACLE_FY23 ? of_fy23 : of_2023;
}

/* A tenant with more than 300 seats of one workload; or with 11 to 300, in 2026 also one that has grown above and was in
 * that range within the year before. */
static struct test tenants(enum oracle_edition e, int track, const struct pick *seats)
{
	struct test t = { .pick = seats, .each_product = true, .months = 1 };

	if (track == ENTERPRISE) {
		t.from = MORE_THAN(300);
		return t;
	}
	t.from = UNITS(11);
	t.to = UNITS(300);
	t.promoted = e == ORACLE_2026 ? 12 : 0;
	return t;
}

static void make_option(enum oracle_edition e, int track, unsigned kinds, struct option *o)
{
	const struct product *list = e == ORACLE_2026 ? more_of_2026 : workloads(e);

	o->seats = (struct pick){ .measures = SEATS, .kinds = kinds, .products = list };
	o->users = (struct pick){ .measures = USERS, .kinds = kinds, .products = list };
	o->eligible = tenants(e, track, &o->seats);
	/* Active users of eligible tenants, from the moment of association on. */
	o->growth = (struct growth){ .pick = &o->users,
		.window = 1,
		.filter = &o->eligible,
		.filtered = CUSTOMERS,
		.since = true };
	/* 40 % of the paid seats active; not what was so already when the partner was associated in the year. */
	o->deployments.test = o->eligible;
	o->deployments.test.share = &o->users;
	o->deployments.test.percent = 40;
	o->deployments.not_already = true;
}

static void make(enum oracle_edition e, int track, struct rules *r)
{
	unsigned other = track == ENTERPRISE ? DPOR : CSP;

	r->seats =
		(struct pick){ .measures = SEATS, .kinds = CPOR | other, .products = workloads(e) };
	r->adds.test = tenants(e, track, &r->seats);
	make_option(e, track, CPOR, &r->options[0]);
	make_option(e, track, other, &r->options[1]);
	/* Enterprise: 1,000 users by CPOR, 4,000 by DPOR; SMB: 500 by CPOR, 2,000 by CSP. */
	r->options[0].for_30_points = track == ENTERPRISE ? 1000 : 500;
	r->options[1].for_30_points = track == ENTERPRISE ? 4000 : 2000;
	/* 25 points for 5 deployments by CPOR, for 10 by the other. */
	r->options[0].each = ratio_int(5);
	r->options[1].each = ratio_make(5, 2);
}

static struct rules *rules_of(enum oracle_edition e, int track)
{
	static struct rules rules[ORACLE_EDITIONS][2];

	if (rules[e][track].seats.products == NULL)
		make(e, track, &rules[e][track]);
	return &rules[e][track];
}

/* ---- skilling --------------------------------------------------------------------------------------------------- */

static const enum cert *intermediate(enum oracle_edition e)
{
	static const enum cert fy23[] = { MS_900, MS_203, MD_102, BOTH_MD_100_101, MS_700, MS_600,
		NO_CERT };
	static const enum cert in_2023[] = { MS_900, MS_600, MS_700, MS_203, SC_300, MS_721, MD_102,
		BOTH_MD_100_101, NO_CERT };
	static const enum cert in_2026[] = { MS_900, MS_700, SC_300, MS_721, MD_102, AB_900,
		NO_CERT };

	return e == ORACLE_2026 ? in_2026 : e == ORACLE_FY23 ? fy23 : in_2023;
}

static const enum cert *advanced(enum oracle_edition e)
{
	static const enum cert fy23[] = { MS_102, BOTH_MS_100_101, NO_CERT };
	static const enum cert in_2023[] = { MS_102, BOTH_MS_100_101, TEAMS_MEETINGS, NO_CERT };
	static const enum cert in_2026[] = { MS_102, TEAMS_MEETINGS, NO_CERT };

	return e == ORACLE_2026 ? in_2026 : e == ORACLE_FY23 ? fy23 : in_2023;
}

/* Each person earns an even part of the most. */
static struct ratio people(
	const struct view *v, const enum cert *any, int most, int needed, day_no day)
{
	return oracle_capped(
		oracle_times(oracle_people(v, any, day), ratio_make(most, needed)), most);
}

/* ---- points ----------------------------------------------------------------------------------------------------- */

static struct ratio higher(struct ratio a, struct ratio b)
{
	return ratio_cmp(a, b) > 0 ? a : b;
}

static struct ratio growth(struct view *v, const struct option *o, day_no day)
{
	return oracle_capped(oracle_more(v, &o->growth, o->for_30_points, ratio_int(30), day), 30);
}

static struct ratio deployments(struct view *v, const struct option *o, day_no day)
{
	return oracle_capped(oracle_net(v, &o->deployments, o->each, day), 25);
}

static void score(struct view *v, int track, day_no day, struct ratio *points)
{
	bool enterprise = track == ENTERPRISE;
	const struct rules *r = rules_of(v->edition, track);
	const struct option *o = r->options;

	/* 5 adds for 20 points; SMB: 10. */
	points[0] = oracle_capped(oracle_net(v, &r->adds, ratio_int(enterprise ? 4 : 2), day), 20);
	/* 4 people and 2; SMB: 2 and 1. */
	points[1] = people(v, intermediate(v->edition), 10, enterprise ? 4 : 2, day);
	points[2] = people(v, advanced(v->edition), 15, enterprise ? 2 : 1, day);
	points[3] = higher(growth(v, &o[0], day), growth(v, &o[1], day));
	points[4] = higher(deployments(v, &o[0], day), deployments(v, &o[1], day));
}

void oracle_modern_work(struct view *v, day_no day, struct oracle_area *a)
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
