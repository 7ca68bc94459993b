/* Facts of the whole programme: usage of every measure, associations, accounts, segments, attestations, enrollments. */
#include "tests/support/history_maker.h"

#define MICRO	  1000000LL
#define LOCATIONS 3

/* ---- values near the places where rules turn -------------------------------------------------------------------- */

static const int dollars[] = { 1, 25, 100, 250, 500, 600, 750, 1000, 1250, 1500, 3000, 5000, 8000,
	10000, 12000, 15000, 24000, 25000, 30000, 70000, 200000 };
static const int seats[] = { 0, 1, 4, 5, 6, 10, 11, 12, 24, 25, 26, 50, 100, 250, 299, 300, 301,
	302, 400, 1000, 5000 };
static const int users[] = { 0, 1, 4, 5, 6, 9, 10, 11, 24, 25, 49, 50, 51, 67, 68, 119, 120, 121,
	125, 250, 500, 1000, 1125, 2500, 4000, 10000, 12000 };
static const int capacities[] = { 0, 24999, 25000, 49999, 50000, 50001, 125000, 250000, 500000 };

/* One of the values; often as it is, sometimes a millionth, a hundredth or one beside it; now and then a credit. */
static int64_t around(struct rng *r, const int *values, size_t n)
{
	int64_t v = values[rng_below(r, (unsigned)n)] * MICRO;

	switch (rng_below(r, 16)) {
	case 0:
		return v + 1;
	case 1:
		return v - 1;
	case 2:
		return v + 10000;
	case 3:
		return v - 10000;
	case 4:
		return v + MICRO;
	case 5:
		return v - MICRO;
	case 6:
		return -v;
	case 7:
		return v / 12; /* a month of what is asked of twelve */
	case 8:
		return v * (int64_t)(rng_below(r, 40) + 1) / 10;
	default:
		return v;
	}
}

static int64_t amount_of(struct rng *r, enum measure m)
{
	if (per_cent(r, 1))
		return per_cent(r, 50) ? USAGE_AMOUNT_MAX : -USAGE_AMOUNT_MAX;
	switch (m) {
	case MEASURE_PAID_UNITS:
		return around(r, seats, ARRAY_LEN(seats));
	case MEASURE_MAU:
		return around(r, users, ARRAY_LEN(users));
	case MEASURE_CAPACITY:
		return around(r, capacities, ARRAY_LEN(capacities));
	default:
		return around(r, dollars, ARRAY_LEN(dollars));
	}
}

/* The first or the last day of a month around now or a year before, or any near day. */
static day_no border(struct maker *m)
{
	static const int back[] = { -1, 0, 1, 2, 3, 6, 11, 12, 13, 14, 25 };
	month_no month = month_of_day(m->at) - ONE_OF(&m->rng, back);

	switch (rng_below(&m->rng, 3)) {
	case 0:
		return month_first_day(month);
	case 1:
		return month_first_day(month + 1) - 1;
	default:
		return month_first_day(month) + (day_no)rng_below(&m->rng, 28);
	}
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

static const char *const services[] = { "Storage", "App Service", "Virtual Machines",
	"Virtual Machines Licenses", "SQL Database", "storage", "Key Vault", "Sentinel",
	"Application Gateway", "Azure Stack HCI", "Functions", "Unknown" };
static const char *const components[] = { "", "", "", "P1 v3", "Sentinel", "Azure Firewall",
	"Key Vault", "azure bastion", "SAP HANA on Azure Large Instances",
	"Virtual Machines MSv2 Series" };
static const char *const modern_work[] = { "Exchange Online", "Teams", "SharePoint Online",
	"Exchange Online", "Teams", "SharePoint Online", "Yammer", "Intune", "Microsoft 365 Apps",
	"exchange online", "Microsoft Teams", "EXO", "Teams Platform", "Teams Apps",
	"Teams Premium", "Viva Insights", "Windows 365", "Skype" };
static const char *const security[] = { "AADP", "MDO", "MDE", "MDI", "MIP", "Intune", "Entra ID P1",
	"Azure Active Directory Premium", "mde", "Microsoft Defender for Office 365" };
static const char *const business[] = { "Business Central", "Sales", "Customer Service",
	"Power Apps", "Power BI", "Power Automate", "Customer Insights", "Finance", "Retail",
	"Dynamics 365 Business Central", "Field Service", "Supply Chain", "Marketing",
	"Contact Center", "Portals", "power apps", "Power Pages" };

static const char *const certificates_of[][24] = {
	{ "AZ-104", "AZ-305", "AZ-104", "AZ-305", "AZ-700", "AZ-600", "AZ-800", "AZ-801",
		"AZ-800+AZ-801", "AZ-140", "AZ-120", "AZ-204", "PL-400", "AZ-220", "AZ-400",
		"PL-600", "DP-300", "AI-102", "DP-203", "PL-300", "DP-600", "GH-200", "GH-300",
		"SQL AI Developer" },
	{ "MS-900", "MS-700", "MS-203", "SC-300", "MD-102", "MD-100", "MD-101", "MS-102", "MS-100",
		"MS-101", "TEAMS-MEETINGS-ASSESSMENT", "AB-900", "MS-600", "MS-721",
		"SERVICE-ADOPTION-SPECIALIST", "MD-100+MD-101" },
	{ "AZ-500", "SC-200", "MS-500", "SC-100", "SC-300", "SC-400", "AZ-500", "SC-200", "MS-500",
		"SC-401", "SC-500" },
	{ "MB-800", "PL-200", "PL-400", "MB-310", "MB-230", "PL-100", "PL-300", "MB-335", "MB-700",
		"PL-600", "MB-600", "MB-820", "MB-280", "PL-500", "Sales AI Consultant" },
};

static const char *const areas[] = { "infrastructure", "digital-app-innovation", "data-ai",
	"modern-work", "security", "business-applications" };
static const char *const specializations[] = { "kubernetes-on-azure", "cloud-security",
	"sap-on-azure", "small-midsize-business-management", "adoption-change-management",
	"teamwork-deployment", "devops-with-github", "azure-stack-hci" };

/* One of the shape's themes. */
static unsigned theme(struct maker *m)
{
	unsigned t;

	do
		t = 1U << rng_below(&m->rng, 4);
	while ((m->shape->themes & t) == 0);
	return t;
}

/* One of the first so many names as the shape has products; now and then any. */
static const char *name_of(struct maker *m, const char *const *names, size_t n)
{
	unsigned few = m->shape->products < n ? m->shape->products : (unsigned)n;

	return names[rng_below(&m->rng, per_cent(&m->rng, 85) ? few : (unsigned)n)];
}
#define NAME_OF(m, list) name_of((m), (list), ARRAY_LEN(list))

static const char *workload(struct maker *m, unsigned t)
{
	switch (t) {
	case HISTORY_MODERN_WORK:
		return NAME_OF(m, modern_work);
	case HISTORY_SECURITY:
		return NAME_OF(m, security);
	case HISTORY_BUSINESS:
		return NAME_OF(m, business);
	default:
		return NAME_OF(m, services);
	}
}

/* ---- usage ------------------------------------------------------------------------------------------------------ */

static enum measure measure_of(struct rng *r, unsigned t)
{
	static const enum measure of_business[] = { MEASURE_ADJUSTED_REVENUE,
		MEASURE_ADJUSTED_REVENUE, MEASURE_MAU, MEASURE_MAU, MEASURE_CAPACITY };

	if (per_cent(r, 2))
		return (enum measure)(1 + rng_below(r, MEASURE_END - 1));
	if (t == HISTORY_AZURE)
		return MEASURE_ACR;
	if (t == HISTORY_BUSINESS)
		return ONE_OF(r, of_business);
	if (t == HISTORY_SECURITY && per_cent(r, 40))
		return MEASURE_ACR;
	return per_cent(r, 50) ? MEASURE_PAID_UNITS : MEASURE_MAU;
}

/* As reports of the measure have it, most of the time. */
static enum association_kind association_of(struct maker *m, unsigned t, enum measure measure)
{
	static const enum association_kind clouds[] = { ASSOC_PAL, ASSOC_PAL, ASSOC_PAL, ASSOC_DPOR,
		ASSOC_CSP_TIER_1, ASSOC_CSP_TIER_2 };
	static const enum association_kind seats_of[] = { ASSOC_CPOR, ASSOC_CPOR, ASSOC_CPOR,
		ASSOC_DPOR, ASSOC_CSP_TIER_1, ASSOC_CSP_TIER_2 };
	struct rng *r = &m->rng;

	if (per_cent(r, m->shape->unassociated))
		return ASSOC_NONE;
	if (per_cent(r, 5))
		return (enum association_kind)(1 + rng_below(r, ASSOC_KIND_END - 1));
	if (measure == MEASURE_ACR)
		return ONE_OF(r, clouds);
	if (t == HISTORY_BUSINESS && measure != MEASURE_ADJUSTED_REVENUE && per_cent(r, 40))
		return ASSOC_PAL;
	return ONE_OF(r, seats_of);
}

/* What drives the usage, and the group of the service. */
static void finer(struct rng *r, struct fact_usage *u)
{
	static const char *const influencers[] = { "AKS", "AKS", "aks-engine", "NATIVE AVD", "" };
	static const char *const groups[] = { "ARO", "ARO", "Databricks", "", "" };

	u->influencer = str_from(ONE_OF(r, influencers));
	u->group3 = str_from(ONE_OF(r, groups));
	u->compute_os = per_cent(r, 20) ? STR("Linux") : STR("");
}

static void usage(struct maker *m, struct event *ev)
{
	struct rng *r = &m->rng;
	unsigned t = theme(m);
	enum measure measure = measure_of(r, t);
	bool is_service = measure == MEASURE_ACR;

	ev->kind = FACT_USAGE;
	ev->u.usage = (struct fact_usage){ .customer = maker_one_named(
						   m, "customer-", m->shape->customers),
		.product = str_from(workload(m, is_service ? HISTORY_AZURE : t)),
		.component = is_service ? str_from(ONE_OF(r, components)) : STR(""),
		.month = maker_month(m),
		.association = association_of(m, t, measure),
		.measure = measure,
		.offer = per_cent(r, 96) ? OFFER_PAID
					 : (enum offer_kind)rng_below(r, OFFER_KIND_END),
		.duplicate = per_cent(r, 3),
		.amount_micro = amount_of(r, measure) };
	if (is_service && per_cent(r, 15))
		finer(r, &ev->u.usage);
}

/* Active users of seats that were told before, around 15, 20 and 40 % of them. */
static bool active_users(struct maker *m, struct event *ev)
{
	static const int shares[] = { 15, 15, 20, 40, 40, 40, 41, 39, 90 };
	static const int beside[] = { 0, 0, 0, 1, -1 };

	for (int tries = 0; tries < 8 && m->h->n > 0; tries++) {
		const struct event *e = &m->h->events[rng_below(&m->rng, (unsigned)m->h->n)];

		if (e->kind != FACT_USAGE || e->u.usage.measure != MEASURE_PAID_UNITS ||
			e->u.usage.amount_micro > 100000 * MICRO)
			continue;
		*ev = (struct event){ .kind = FACT_USAGE, .subject = e->subject };
		ev->u.usage = e->u.usage;
		ev->u.usage.measure = MEASURE_MAU;
		ev->u.usage.amount_micro = e->u.usage.amount_micro * ONE_OF(&m->rng, shares) / 100 +
					   ONE_OF(&m->rng, beside) * MICRO;
		return true;
	}
	return false;
}

static void marker(struct maker *m, struct event *ev)
{
	ev->kind = FACT_USAGE_REPORTED;
	ev->u.usage_reported = (struct fact_usage_reported){ measure_of(&m->rng, theme(m)),
		month_of_day(m->at) + 1 - (month_no)rng_below(&m->rng, 5) };
}

/* ---- people ----------------------------------------------------------------------------------------------------- */

static struct str certificate(struct maker *m)
{
	unsigned t = theme(m), i = 0, n = 0;

	while ((t >> i) > 1)
		i++;
	while (n < ARRAY_LEN(certificates_of[0]) && certificates_of[i][n] != NULL)
		n++;
	return str_from(certificates_of[i][rng_below(&m->rng, n)]);
}

static void certification(struct maker *m, struct event *ev)
{
	struct rng *r = &m->rng;
	struct fact_certification *c = &ev->u.certification;

	ev->kind = FACT_CERTIFICATION;
	*c = (struct fact_certification){ .person = maker_one_named(m, "person-", m->shape->people),
		.certificate = certificate(m),
		.state = per_cent(r, 80) ? CERT_EARNED : CERT_REVOKED,
		.earned_on = maker_near(m, 500, 0),
		.expires_on = per_cent(r, 60) ? DAY_NONE : maker_near(m, 20, 200),
		.ended_on = DAY_NONE };
	if (c->state == CERT_REVOKED)
		c->ended_on = maker_near(m, 10, 60);
}

static void assessment(struct maker *m, struct event *ev)
{
	ev->kind = FACT_ASSESSMENT;
	ev->u.assessment =
		(struct fact_assessment){ maker_one_named(m, "person-", m->shape->people),
			certificate(m), maker_near(m, 400, 5),
			per_cent(&m->rng, 70) ? DAY_NONE : maker_near(m, 20, 60) };
}

static void person_link(struct maker *m, struct event *ev)
{
	ev->kind = FACT_PERSON_LINK;
	ev->u.person_link =
		(struct fact_person_link){ maker_one_named(m, "person-", m->shape->people),
			per_cent(&m->rng, 65), DAY_NONE };
}

/* ---- associations, accounts and the rest ------------------------------------------------------------------------ */

static enum claim_state claim(struct rng *r, enum association_kind kind)
{
	if (kind != ASSOC_CPOR)
		return per_cent(r, 90) ? CLAIM_NONE : CLAIM_APPROVED;
	return per_cent(r, 75) ? CLAIM_APPROVED : (enum claim_state)rng_below(r, CLAIM_STATE_END);
}

static void association(struct maker *m, struct event *ev)
{
	struct rng *r = &m->rng;
	enum association_kind kind =
		per_cent(r, 55) ? ASSOC_CPOR
				: (enum association_kind)(1 + rng_below(r, ASSOC_KIND_END - 1));

	ev->kind = FACT_ASSOCIATION;
	ev->u.association = (struct fact_association){ .customer = maker_one_named(
							       m, "customer-", m->shape->customers),
		.kind = kind,
		.workload = per_cent(r, 40) ? STR("") : str_from(workload(m, theme(m))),
		.subscription = per_cent(r, 85) ? STR("") : STR("subscription-1"),
		.from = per_cent(r, 25) ? DAY_NONE : border(m),
		.until = per_cent(r, 70) ? DAY_NONE : border(m),
		.claim = claim(r, kind) };
}

/* Locations of partners, of other locations, and partners that belong to others: chains and circles. */
static void account(struct maker *m, struct event *ev)
{
	ev->kind = FACT_ACCOUNT;
	ev->u.account.location = per_cent(&m->rng, 75)
					 ? maker_one_named(m, "location-", LOCATIONS)
					 : maker_one_named(m, "partner-", m->shape->partners);
}

static void customer(struct maker *m, struct event *ev)
{
	static const char *const segments[] = { "SMB", "SMB", "SMB", "smb",
		"Small and Medium Business", "Enterprise", "Corporate", "" };

	ev->kind = FACT_CUSTOMER;
	ev->u.customer =
		(struct fact_customer){ maker_one_named(m, "customer-", m->shape->customers),
			str_from(ONE_OF(&m->rng, segments)) };
}

/* Some just as old as may be: a year, or two. */
static void attestation(struct maker *m, struct event *ev)
{
	static const int days[] = { 0, 30, 364, 365, 366, 700, 729, 730, 731, 732 };
	struct rng *r = &m->rng;

	ev->kind = FACT_ATTESTATION;
	ev->u.attestation = (struct fact_attestation){
		.kind = per_cent(r, 40)
				? ATTEST_REFERENCE
				: (enum attestation_kind)(1 + rng_below(r, ATTEST_KIND_END - 1)),
		.scope = per_cent(r, 97) ? str_from(ONE_OF(r, specializations))
					 : STR("no-such-specialization"),
		.reference = maker_one_named(m, "reference-", 5),
		.on = m->at - ONE_OF(r, days) + (day_no)rng_below(r, 3),
		.until = per_cent(r, 85) ? DAY_NONE : maker_near(m, 20, 60)
	};
}

static void enrollment(struct maker *m, struct event *ev)
{
	static const char *const tracks[] = { "", "", "", "smb", "enterprise", "other" };
	static const enum enrollment_state states[] = { ENROLL_ENROLLED, ENROLL_ENROLLED,
		ENROLL_ENROLLED, ENROLL_RENEWED, ENROLL_LEFT };
	struct rng *r = &m->rng;
	day_no on = maker_near(m, 420, 5);

	ev->kind = FACT_ENROLLMENT;
	ev->u.enrollment =
		(struct fact_enrollment){ .area = per_cent(r, 80) ? str_from(ONE_OF(r, areas))
						  : per_cent(r, 90)
							  ? str_from(ONE_OF(r, specializations))
							  : STR("no-such-area"),
			.state = ONE_OF(r, states),
			.on = on,
			.anniversary = per_cent(r, 30)	 ? DAY_NONE
				       : per_cent(r, 50) ? on + 365
							 : maker_near(m, 45, 90),
			.track = str_from(ONE_OF(r, tracks)) };
}

/* Of a specialization, over one year or several; the anniversary beside the day on which it began, near half a year from
 * it, or on 29 February. */
static void renewed_enrollment(struct maker *m, struct event *ev)
{
	static const int beside[] = { -183, -182, -90, -1, 0, 0, 0, 1, 30, 182, 183, 184 };
	struct rng *r = &m->rng;
	day_no on = maker_near(m, 1300, 0);

	ev->kind = FACT_ENROLLMENT;
	ev->u.enrollment = (struct fact_enrollment){ .area = str_from(ONE_OF(r, specializations)),
		.state = per_cent(r, 5)	   ? ENROLL_LEFT
			 : per_cent(r, 50) ? ENROLL_RENEWED
					   : ENROLL_ENROLLED,
		.on = on,
		.anniversary = per_cent(r, 15)	 ? DAY_NONE
			       : per_cent(r, 10) ? day_from_civil(2024, 2, 29)
						 : on + 365 * (1 + (day_no)rng_below(r, 4)) +
							   ONE_OF(r, beside),
		.track = STR("") };
}

static void some_enrollment(struct maker *m, struct event *ev)
{
	m->shape->renewals > 0 && per_cent(&m->rng, m->shape->renewals) ? renewed_enrollment(m, ev)
									: enrollment(m, ev);
}

/* Onto, or beside, the same day as an anniversary that was told, a year or more before it. */
static bool turn_of_year(struct maker *m, struct event *ev)
{
	static const int beside[] = { -1, 0, 1, 2, 30, 31 };

	for (int tries = 0; tries < 16 && m->h->n > 0; tries++) {
		const struct event *e = &m->h->events[rng_below(&m->rng, (unsigned)m->h->n)];
		day_no day;

		if (e->kind != FACT_ENROLLMENT || e->u.enrollment.anniversary == DAY_NONE)
			continue;
		day = e->u.enrollment.anniversary - 365 * (day_no)rng_below(&m->rng, 3) +
		      ONE_OF(&m->rng, beside);
		if (day <= m->at || day > m->at + 370)
			continue;
		m->at = day;
		ev->kind = FACT_DAY;
		ev->u.day.day = day;
		return true;
	}
	return false;
}

/* Onto an anniversary that was told, beside it, or around the end of the days to renew. */
static bool anniversary(struct maker *m, struct event *ev)
{
	static const int beside[] = { -60, -1, 0, 1, 30, 31 };

	for (int tries = 0; tries < 8 && m->h->n > 0; tries++) {
		const struct event *e = &m->h->events[rng_below(&m->rng, (unsigned)m->h->n)];
		day_no day;

		if (e->kind != FACT_ENROLLMENT || e->u.enrollment.anniversary == DAY_NONE)
			continue;
		day = e->u.enrollment.anniversary + ONE_OF(&m->rng, beside);
		if (day <= m->at || day > m->at + 120)
			continue;
		m->at = day;
		ev->kind = FACT_DAY;
		ev->u.day.day = day;
		return true;
	}
	return false;
}

/* ---- a fact ----------------------------------------------------------------------------------------------------- */

day_no programme_begin(struct maker *m)
{
	int year = m->shape->year != 0 ? m->shape->year : 2023;

	return day_from_civil(year, 7, 1) + (day_no)rng_below(&m->rng, 400);
}

static void subject(struct maker *m, struct event *ev)
{
	ev->subject = per_cent(&m->rng, m->shape->located)
			      ? maker_one_named(m, "location-", LOCATIONS)
			      : maker_one_named(m, "partner-", m->shape->partners);
}

static void some_usage(struct maker *m, struct event *ev)
{
	unsigned with_seats = HISTORY_MODERN_WORK | HISTORY_SECURITY;

	if ((m->shape->themes & with_seats) != 0 && per_cent(&m->rng, 25) && active_users(m, ev))
		return;
	usage(m, ev);
}

static void some_certificate(struct maker *m, struct event *ev)
{
	per_cent(&m->rng, 92) ? certification(m, ev) : assessment(m, ev);
}

/* Mostly the next day; often one on which a month ends or becomes ready, or the same day of the next month. */
static void some_day(struct maker *m, struct event *ev)
{
	month_no next = month_of_day(m->at) + 1;

	if (m->shape->renewals > 0 && per_cent(&m->rng, m->shape->renewals) && turn_of_year(m, ev))
		return;
	if (per_cent(&m->rng, 25) && anniversary(m, ev))
		return;
	switch (rng_below(&m->rng, 10)) {
	case 0:
		m->at = month_first_day(next) - (day_no)rng_below(&m->rng, 2);
		break;
	case 1:
		m->at = month_first_day(next) + 18 + (day_no)rng_below(&m->rng, 2);
		break;
	case 2:
		m->at += 28 + (day_no)rng_below(&m->rng, 4);
		break;
	case 3:
		m->at += (day_no)rng_below(&m->rng, 60);
		break;
	default:
		m->at++;
	}
	ev->kind = FACT_DAY;
	/* Now and then an old one, which changes nothing. */
	ev->u.day.day = m->at - (day_no)(per_cent(&m->rng, 5) ? rng_below(&m->rng, 30) : 0);
}

void programme_fact(struct maker *m, struct event *ev)
{
	const struct history_shape *s = m->shape;
	const struct {
		unsigned weight;
		void (*make)(struct maker *m, struct event *ev);
	} kinds[] = { { s->usage, some_usage }, { s->certificates, some_certificate },
		{ s->links, person_link }, { s->markers, marker }, { s->days, some_day },
		{ s->associations, association }, { s->accounts, account },
		{ s->customers_known, customer }, { s->attestations, attestation },
		{ s->enrollments, some_enrollment } };
	unsigned all = 0, at;
	size_t i = 0;

	for (size_t k = 0; k < ARRAY_LEN(kinds); k++)
		all += kinds[k].weight;
	at = rng_below(&m->rng, all);
	while (at >= kinds[i].weight)
		at -= kinds[i++].weight;
	kinds[i].make(m, ev);
	if (ev->kind != FACT_DAY && ev->subject.n == 0)
		subject(m, ev);
}

/* Another value for the key of the fact: what the fact would be drawn anew, but for its key. */
void programme_restate(struct maker *m, struct event *ev)
{
	struct event other = { .kind = 0 };

	switch (ev->kind) {
	case FACT_USAGE:
		ev->u.usage.amount_micro = amount_of(&m->rng, ev->u.usage.measure);
		break;
	case FACT_CERTIFICATION:
		certification(m, &other);
		other.u.certification.person = ev->u.certification.person;
		other.u.certification.certificate = ev->u.certification.certificate;
		ev->u.certification = other.u.certification;
		break;
	case FACT_PERSON_LINK:
		ev->u.person_link.linked = !ev->u.person_link.linked;
		break;
	case FACT_ASSOCIATION:
		ev->u.association.from = per_cent(&m->rng, 25) ? DAY_NONE : border(m);
		ev->u.association.until = per_cent(&m->rng, 70) ? DAY_NONE : border(m);
		ev->u.association.claim = claim(&m->rng, ev->u.association.kind);
		break;
	case FACT_ACCOUNT: /* the location moves */
		subject(m, ev);
		break;
	case FACT_CUSTOMER:
		customer(m, &other);
		ev->u.customer.segment = other.u.customer.segment;
		break;
	case FACT_ATTESTATION:
		attestation(m, &other);
		ev->u.attestation.on = other.u.attestation.on;
		ev->u.attestation.until = other.u.attestation.until;
		break;
	case FACT_ENROLLMENT:
		some_enrollment(m, &other);
		other.u.enrollment.area = ev->u.enrollment.area;
		ev->u.enrollment = other.u.enrollment;
		break;
	default:
		break;
	}
}
