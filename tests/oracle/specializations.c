/* Some specializations, requirement by requirement (SEED cheat sheet; D23 specializations-apply.md). */
#include "tests/oracle/oracle_view.h"

#define ACR   KIND(MEASURE_ACR)
#define USERS KIND(MEASURE_MAU)
#define SEATS KIND(MEASURE_PAID_UNITS)

static enum oracle_met met(bool is)
{
	return is ? ORACLE_MET : ORACLE_NOT_MET;
}

/* ---- what every specialization asks ----------------------------------------------------------------------------- */

/* One of some designations is held on the day. */
static enum oracle_met holds_one(
	struct view *v, day_no day, const enum area_number *areas, size_t n)
{
	day_no from, until;

	for (size_t i = 0; i < n; i++)
		if (oracle_is_held(oracle_status(v, areas[i], day, &from, &until)))
			return ORACLE_MET;
	return ORACLE_NOT_MET;
}

#define HOLDS_ONE(v, day, ...)                                                                     \
	holds_one((v), (day), (const enum area_number[]){ __VA_ARGS__ },                           \
		sizeof((const enum area_number[]){ __VA_ARGS__ }) / sizeof(enum area_number))

static day_no months_before(day_no day, int months)
{
	month_no m = month_of_day(day) - months;
	day_no same = month_first_day(m) + (day_no)day_of_month(day) - 1;
	day_no last = month_first_day(m + 1) - 1;

	return same < last ? same : last;
}

/* So many offers, references, audits or engagements for the specialization that hold on the day; months 0: of any
 * age, otherwise of the last so many months. */
static bool is_attested(struct view *v, enum area_number n, day_no day, enum attestation_kind kind,
	int64_t at_least, int months)
{
	int64_t found = 0;

	for (size_t i = 0; i < v->n_facts; i++) {
		const struct event *ev = v->facts[i];
		const struct fact_attestation *a;

		if (ev->kind != FACT_ATTESTATION)
			continue;
		a = &ev->u.attestation;
		found += a->kind == kind && oracle_same(a->scope, str_from(oracle_area_id(n))) &&
			 a->on <= day && (a->until == DAY_NONE || day <= a->until) &&
			 (months == 0 || a->on > months_before(day, months));
	}
	return found >= at_least;
}

/* What the renewals of years one, three and so on do not ask for. */
static void proven(struct view *v, enum area_number n, day_no day, struct oracle_area *a,
	const char *id, enum oracle_met is)
{
	unsigned year = day == DAY_NONE ? 0 : oracle_renewal_year(v, n, day);

	oracle_require(a, id, year % 2 == 1 ? ORACLE_NOT_ASKED : is);
}

/* An audit, or three references, of the last two years (SEED: they hold two years). */
static void audited(struct view *v, enum area_number n, day_no day, struct oracle_area *a)
{
	proven(v, n, day, a, "audit", met(is_attested(v, n, day, ATTEST_AUDIT, 1, 24)));
}

static void referenced(struct view *v, enum area_number n, day_no day, struct oracle_area *a)
{
	proven(v, n, day, a, "references", met(is_attested(v, n, day, ATTEST_REFERENCE, 3, 24)));
}

#define PEOPLE(v, day, ...) oracle_people((v), (const enum cert[]){ __VA_ARGS__, NO_CERT }, (day))

/* Three people with one of three certificates, and one person at least with each. */
static bool three_of(struct view *v, day_no day, enum cert x, enum cert y, enum cert z)
{
	return PEOPLE(v, day, x, y, z) >= 3 && PEOPLE(v, day, x) >= 1 && PEOPLE(v, day, y) >= 1 &&
	       PEOPLE(v, day, z) >= 1;
}

/* The monthly average of three months, from so many customers. */
static bool averages(
	struct view *v, const struct pick *p, day_no day, int64_t usd, int64_t customers)
{
	month_no last = oracle_last_month(v, p->measures, day);

	return last != MONTH_NONE &&
	       oracle_amount(v, p, -1, -1, last - 2, last) >= UNITS(usd) * 3 &&
	       oracle_customers(v, p, last - 2, last) >= customers;
}

/* Growth of the last month over that a year before. */
static struct amounts grown(struct view *v, const struct growth *g, day_no day)
{
	return oracle_growth(v, g, oracle_last_month(v, g->pick->measures, day));
}

static bool grew_by(struct view *v, const struct growth *g, day_no day, int64_t n)
{
	struct amounts a = grown(v, g, day);

	return oracle_last_month(v, g->pick->measures, day) != MONTH_NONE &&
	       a.now - a.before >= UNITS(n);
}

/* Performance and certificates of 2026 are printed nowhere. */
static void unknown_2026(struct oracle_area *a)
{
	oracle_require(a, "performance", ORACLE_NOT_KNOWN);
	oracle_require(a, "skilling", ORACLE_NOT_KNOWN);
}

/* ---- Azure (SEED cheat sheet; filters of consumption: D23 specializations-apply.md) ----------------------------- */

#define AZURE .measures = ACR, .kinds = PAL | DPOR | CSP

static bool is_kubernetes(const struct fact_usage *u)
{
	return oracle_names("AKS|AKS-Engine", u->influencer) || oracle_names("ARO", u->group3);
}

static const struct pick kubernetes_pick = { AZURE, .except = "Unknown", .filter = is_kubernetes };

/* Row 24. */
static void kubernetes(struct view *v, day_no day, struct oracle_area *a)
{
	oracle_require(a, "designation", HOLDS_ONE(v, day, DATA_AI, APPS));
	if (v->edition == ORACLE_2026) {
		unknown_2026(a);
	} else {
		oracle_require(a, "performance", met(averages(v, &kubernetes_pick, day, 5000, 3)));
		oracle_require(a, "skilling", met(three_of(v, day, AZ_104, DP_203, AZ_400)));
	}
	audited(v, KUBERNETES, day, a);
}

static bool is_sap(const struct fact_usage *u)
{
	return oracle_names("Cloud Services MS Series|Virtual Machines MS Series|"
			    "Virtual Machines MS Series Windows|Virtual Machines MSv2 Series|"
			    "Virtual Machines MSv2 Series Windows|MS Series Dedicated Host|"
			    "MSv2 Series Dedicated Host|SAP HANA on Azure Large Instances|"
			    "SAP Cloud Platform Alert Notification|"
			    "SAP Cloud Platform Extension Factory - Kyma Runtime|"
			    "SAP Cloud Platform Integration Suite - Additional Messages|"
			    "SAP Cloud Platform Integration Suite - Standard Edition|"
			    "SAP Cloud Platform Transport Management|SAP Edge Services|"
			    "SAP Embrace API Management|SAP Embrace Application Logging|"
			    "SAP Embrace Application Runtime|SAP Embrace Bandwidth|"
			    "SAP Embrace Business Application Studio|SAP Embrace Business Rules|"
			    "SAP Embrace Cloud Integration|SAP Embrace Credential Store|"
			    "SAP Embrace Custom Domain|SAP Embrace Data Intelligence|"
			    "SAP Embrace Enterprise Messaging|SAP Embrace Extension Factory, "
			    "serverless runtime|SAP Embrace HANA Cloud|"
			    "SAP Embrace Identity Authentication|SAP Embrace Job Scheduler|"
			    "SAP Embrace MACC|SAP Embrace Mobile Services|"
			    "SAP Embrace Object Store Service|SAP Embrace Open Connectors|"
			    "SAP Embrace Portal|SAP Embrace Process Visibility|"
			    "SAP Embrace Web Analytics|SAP Embrace Workflow|SAP HANA Service|"
			    "SAP Web IDE|BareMetal Infrastructure|Virtual Machines MdSv2 Series|"
			    "Virtual Machines MdSv2 Series Windows",
		u->component);
}

static const struct pick sap_pick = { AZURE, .filter = is_sap };

/* Row 19. */
static void sap(struct view *v, day_no day, struct oracle_area *a)
{
	oracle_require(a, "designation", HOLDS_ONE(v, day, INFRASTRUCTURE));
	if (v->edition == ORACLE_2026) {
		unknown_2026(a);
	} else {
		oracle_require(a, "performance", met(averages(v, &sap_pick, day, 8000, 3)));
		oracle_require(a, "skilling", met(PEOPLE(v, day, AZ_120) >= 3));
	}
	audited(v, SAP_ON_AZURE, day, a);
}

static const struct pick any_azure = { AZURE };

/* Row 26: consumption, or two engagements of the last twelve months. */
static void devops(struct view *v, day_no day, struct oracle_area *a)
{
	oracle_require(a, "designation", HOLDS_ONE(v, day, APPS));
	if (v->edition == ORACLE_2026) {
		unknown_2026(a);
	} else {
		oracle_require(a, "performance",
			met(averages(v, &any_azure, day, 10000, 3) ||
				is_attested(v, DEVOPS, day, ATTEST_ENGAGEMENT, 2, 12)));
		oracle_require(a, "skilling", met(PEOPLE(v, day, AZ_400) >= 3));
	}
	audited(v, DEVOPS, day, a);
}

static const struct product stack_hci[] = { { .names = "Azure Stack HCI" }, { .names = NULL } };
static const struct pick hybrid_pick = { AZURE, .products = stack_hci };

/* Row 13. */
static void hybrid(struct view *v, day_no day, struct oracle_area *a)
{
	oracle_require(a, "designation", HOLDS_ONE(v, day, INFRASTRUCTURE, DATA_AI, APPS));
	if (v->edition == ORACLE_2026) {
		unknown_2026(a);
	} else {
		oracle_require(a, "performance", met(averages(v, &hybrid_pick, day, 500, 2)));
		oracle_require(a, "skilling", met(three_of(v, day, AZ_104, AZ_305, AZ_400)));
	}
	audited(v, HYBRID, day, a);
}

/* ---- Security --------------------------------------------------------------------------------------------------- */

static bool is_cloud_security(const struct fact_usage *u)
{
	return oracle_names(
		"Microsoft Defender for SQL|Microsoft Defender for container registries|"
		"Microsoft Defender for Kubernetes|Microsoft Defender for Storage|"
		"Microsoft Defender for IoT|Microsoft Defender for App Service|"
		"Microsoft Defender for servers|Application Gateway WAF v2|"
		"WAF Application Gateway|Azure Active Directory B2C|"
		"Azure Active Directory Domain Services|"
		"Azure Active Directory for External Identities|Azure Bastion|"
		"Azure DDOS Protection|Azure Firewall|Azure Firewall Manager|"
		"Azure Front Door Service|Azure Dedicated HSM|Key Vault|Network Watcher|Sentinel",
		u->component);
}

static const struct pick cloud_security_pick = { AZURE, .filter = is_cloud_security };

/* Row 12: 200,000 USD in twelve months. */
static void cloud_security(struct view *v, day_no day, struct oracle_area *a)
{
	month_no last = oracle_last_month(v, ACR, day);

	oracle_require(a, "designation", HOLDS_ONE(v, day, SECURITY));
	if (v->edition == ORACLE_2026) {
		unknown_2026(a);
		proven(v, CLOUD_SECURITY, day, a, "references", ORACLE_NOT_KNOWN); /* or an audit */
		return;
	}
	oracle_require(a, "performance",
		met(last != MONTH_NONE && oracle_amount(v, &cloud_security_pick, -1, -1, last - 11,
						  last) >= UNITS(200000)));
	oracle_require(
		a, "skilling", met(PEOPLE(v, day, AZ_500) >= 6 && PEOPLE(v, day, SC_200) >= 4));
	referenced(v, CLOUD_SECURITY, day, a);
}

/* ---- Business Applications -------------------------------------------------------------------------------------- */

static const struct product business_central[] = {
	{ .names = "Business Central|Dynamics 365 Business Central" }, { .names = NULL }
};
static const struct pick business_central_pick = {
	.measures = USERS, .kinds = CPOR | CSP | DPOR, .products = business_central
};
static const struct units five_users = {
	.test = { .pick = &business_central_pick, .months = 1, .from = UNITS(5) }
};
static const struct growth business_central_growth = { .pick = &business_central_pick,
	.window = 1 };

/* Row 2: 10 customers with five users and 35 % more users over a base of 50; in 2026 15 customers and 15 %. */
static void small_business(struct view *v, day_no day, struct oracle_area *a)
{
	bool now = v->edition == ORACLE_2026;
	month_no last = oracle_last_month(v, USERS, day);
	struct amounts g = grown(v, &business_central_growth, day);
	bool offers = is_attested(v, SMALL_BUSINESS, day, ATTEST_OFFER, 1, 0);

	oracle_require(a, "designation", HOLDS_ONE(v, day, BUSINESS));
	oracle_require(a, "deployments",
		met(oracle_count_units(v, &five_users, last).now >= (now ? 15 : 10)));
	oracle_require(a, "performance",
		met(g.before >= UNITS(50) &&
			(g.now - g.before) * 100 >= g.before * (now ? 15 : 35)));
	if (now) {
		oracle_require(a, "skilling", ORACLE_NOT_KNOWN);
		oracle_require(a, "offer", offers ? ORACLE_MET : ORACLE_NOT_KNOWN);
		return;
	}
	oracle_require(a, "skilling", met(PEOPLE(v, day, MB_800) >= 5));
	oracle_require(a, "offer", met(offers));
}

/* ---- Modern Work ------------------------------------------------------------------------------------------------ */

#define EXCHANGE   "Exchange Online|Exchange|EXO"
#define SHAREPOINT "SharePoint Online|SharePoint|SPO"
#define TEAMS	   "Teams|Microsoft Teams"
#define YAMMER	   "Yammer|Viva Engage"

static const struct product adoption_products[] = { { .names = SHAREPOINT }, { .names = TEAMS },
	{ .names = YAMMER }, { .names = NULL } };
static const struct pick adoption_pick = {
	.measures = USERS, .kinds = CPOR, .products = adoption_products
};
static const struct growth adoption_growth = { .pick = &adoption_pick, .window = 1 };

/* Row 3: 10,000 users more. */
static void adoption(struct view *v, day_no day, struct oracle_area *a)
{
	oracle_require(a, "designation", HOLDS_ONE(v, day, MODERN_WORK));
	if (v->edition == ORACLE_2026) {
		unknown_2026(a);
	} else {
		oracle_require(a, "performance", met(grew_by(v, &adoption_growth, day, 10000)));
		oracle_require(a, "skilling", met(PEOPLE(v, day, SERVICE_ADOPTION) >= 2));
	}
	referenced(v, ADOPTION, day, a);
}

#define TEAMWORK_WORKLOADS 4

static const struct product teamwork_products[TEAMWORK_WORKLOADS + 1] = { { .names = EXCHANGE },
	{ .names = SHAREPOINT }, { .names = TEAMS }, { .names = YAMMER }, { .names = NULL } };
static const struct product alone[TEAMWORK_WORKLOADS][2] = {
	{ { .names = EXCHANGE }, { .names = NULL } },
	{ { .names = SHAREPOINT }, { .names = NULL } },
	{ { .names = TEAMS }, { .names = NULL } },
	{ { .names = YAMMER }, { .names = NULL } },
};

#define USERS_OF(i)                                                                                \
	{                                                                                          \
		.measures = USERS, .kinds = CPOR, .products = alone[i]                             \
	}
static const struct pick users_of[TEAMWORK_WORKLOADS] = { USERS_OF(0), USERS_OF(1), USERS_OF(2),
	USERS_OF(3) };
#define GROWTH_OF(i)                                                                               \
	{                                                                                          \
		.pick = &users_of[i], .window = 1                                                  \
	}
static const struct growth growth_of[TEAMWORK_WORKLOADS] = { GROWTH_OF(0), GROWTH_OF(1),
	GROWTH_OF(2), GROWTH_OF(3) };
static const struct pick teamwork_seats = {
	.measures = SEATS, .kinds = CPOR, .products = teamwork_products
};

/* 20 % of the seats active over twelve months together. */
static bool is_active(struct view *v, int workload, day_no day)
{
	month_no last = oracle_last_month(v, USERS, day);
	int128 users, seats;

	if (last == MONTH_NONE)
		return false;
	users = oracle_amount(v, &users_of[workload], -1, -1, last - 11, last);
	seats = oracle_amount(v, &teamwork_seats, -1, workload, last - 11, last);
	return seats > 0 && users * 100 >= seats * 20;
}

/* Customers with seats in a month of the last twelve, and in none of the twelve before. */
static int64_t new_customers(struct view *v, day_no day)
{
	static const struct units any_seats = {
		.test = { .pick = &teamwork_seats, .months = 12, .from = MORE_THAN(0) }
	};
	struct counts c = oracle_count_units(v, &any_seats, oracle_last_month(v, SEATS, day));

	return c.now - c.both;
}

/* Row 7: for three of four workloads 2,500 users more, and for three 20 % of the seats active. */
static void teamwork(struct view *v, day_no day, struct oracle_area *a)
{
	int growing = 0, active = 0;

	oracle_require(a, "designation", HOLDS_ONE(v, day, MODERN_WORK));
	if (v->edition == ORACLE_2026) {
		unknown_2026(a);
		referenced(v, TEAMWORK, day, a);
		return;
	}
	for (int i = 0; i < TEAMWORK_WORKLOADS; i++) {
		growing += grew_by(v, &growth_of[i], day, 2500);
		active += is_active(v, i, day);
	}
	oracle_require(a, "performance", met(growing >= 3));
	oracle_require(a, "active-use", met(active >= 3));
	oracle_require(a, "new-customers", met(new_customers(v, day) >= 12));
	oracle_require(
		a, "skilling", met(PEOPLE(v, day, MS_203) >= 2 && PEOPLE(v, day, MS_700) >= 2));
	referenced(v, TEAMWORK, day, a);
}

void oracle_specialization(struct view *v, enum area_number n, day_no day, struct oracle_area *a)
{
	static void (*const of[AREAS])(struct view *, day_no, struct oracle_area *) = {
		[KUBERNETES] = kubernetes,
		[CLOUD_SECURITY] = cloud_security,
		[SAP_ON_AZURE] = sap,
		[SMALL_BUSINESS] = small_business,
		[ADOPTION] = adoption,
		[TEAMWORK] = teamwork,
		[DEVOPS] = devops,
		[HYBRID] = hybrid,
	};

	of[n](v, day, a);
}
