/* Points by the edition of June 2023, from the description of the programme: every number below is written here by
 * hand and read from no rule file. */
#include "tests/oracle/oracle_list.h"

#include <stdlib.h>

#define USD 1000000LL /* in millionths */

/* ---- certificates ----------------------------------------------------------------------------------------------- */

enum cert {
	AZ_104,
	AZ_305,
	AZ_700,
	AZ_600,
	WS_HYBRID,
	AZ_800,
	AZ_801,
	AZ_140,
	AZ_120,
	AZ_204,
	PL_400,
	AZ_220,
	AZ_400,
	PL_600,
	DP_300,
	AI_102,
	DP_100,
	DP_203,
	PL_300,
	MB_260,
	DP_420,
	N_CERTS
};

static const struct {
	enum cert cert;
	const char *name;
} names[] = {
	{ AZ_104, "AZ-104" },
	{ AZ_104, "Microsoft Certified: Azure Administrator Associate" },
	{ AZ_104, "Azure Administrator Associate" },
	{ AZ_305, "AZ-305" },
	{ AZ_305, "Microsoft Certified: Azure Solutions Architect Expert" },
	{ AZ_305, "Azure Solutions Architect Expert" },
	{ AZ_700, "AZ-700" },
	{ AZ_700, "Microsoft Certified: Azure Network Engineer Associate" },
	{ AZ_600, "AZ-600" },
	{ AZ_600, "Microsoft Certified: Azure Stack Hub Operator Associate" },
	{ WS_HYBRID, "AZ-800+AZ-801" },
	{ WS_HYBRID, "Microsoft Certified: Windows Server Hybrid Administrator Associate" },
	{ WS_HYBRID, "Windows Server Hybrid Administrator Associate" },
	{ AZ_800, "AZ-800" },
	{ AZ_801, "AZ-801" },
	{ AZ_140, "AZ-140" },
	{ AZ_140, "Microsoft Certified: Azure Virtual Desktop Specialty" },
	{ AZ_120, "AZ-120" },
	{ AZ_120, "Microsoft Certified: Azure for SAP Workloads Specialty" },
	{ AZ_204, "AZ-204" },
	{ AZ_204, "Microsoft Certified: Azure Developer Associate" },
	{ PL_400, "PL-400" },
	{ PL_400, "Microsoft Certified: Power Platform Developer Associate" },
	{ AZ_220, "AZ-220" },
	{ AZ_220, "Microsoft Certified: Azure IoT Developer Specialty" },
	{ AZ_400, "AZ-400" },
	{ AZ_400, "Microsoft Certified: DevOps Engineer Expert" },
	{ PL_600, "PL-600" },
	{ PL_600, "Microsoft Certified: Power Platform Solution Architect Expert" },
	{ DP_300, "DP-300" },
	{ DP_300, "Microsoft Certified: Azure Database Administrator Associate" },
	{ AI_102, "AI-102" },
	{ AI_102, "Microsoft Certified: Azure AI Engineer Associate" },
	{ DP_100, "DP-100" },
	{ DP_100, "Microsoft Certified: Azure Data Scientist Associate" },
	{ DP_203, "DP-203" },
	{ DP_203, "Microsoft Certified: Azure Data Engineer Associate" },
	{ PL_300, "PL-300" },
	{ PL_300, "Microsoft Certified: Power BI Data Analyst Associate" },
	{ PL_300, "Microsoft Certified: Data Analyst Associate" },
	{ MB_260, "MB-260" },
	{ MB_260, "Microsoft Certified: Customer Data Platform Specialty" },
	{ DP_420, "DP-420" },
	{ DP_420, "Microsoft Certified: Azure Cosmos DB Developer Specialty" },
};

static char small(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool is_name(struct str s, const char *name)
{
	size_t i = 0;

	while (i < s.n && name[i] != '\0' && small(s.p[i]) == small(name[i]))
		i++;
	return i == s.n && name[i] == '\0';
}

/* N_CERTS when the edition knows no such certificate. */
static enum cert cert_of(struct str name)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (is_name(name, names[i].name))
			return names[i].cert;
	return N_CERTS;
}

/* What a certification or an assessment says of whom. */
static bool report_of(const struct event *ev, struct fact_certification *ret)
{
	if (ev == NULL)
		return false;
	if (ev->kind == FACT_CERTIFICATION) {
		*ret = ev->u.certification;
		return true;
	}
	if (ev->kind != FACT_ASSESSMENT)
		return false;
	*ret = (struct fact_certification){ .person = ev->u.assessment.person,
		.certificate = ev->u.assessment.assessment,
		.state = CERT_EARNED,
		.earned_on = ev->u.assessment.passed_on,
		.expires_on = ev->u.assessment.expires_on,
		.ended_on = DAY_NONE };
	return true;
}

/* AZ-600 and AZ-220 retired on 31 July 2023: earned before, they count to the end of July 2024. */
static bool retired_and_over(enum cert c, day_no earned_on, day_no day)
{
	if (c != AZ_600 && c != AZ_220)
		return false;
	return earned_on >= day_from_civil(2023, 7, 31) || day > day_from_civil(2024, 7, 31);
}

static bool report_counts(const struct fact_certification *f, enum cert c, day_no day)
{
	if ((f->state == CERT_EXPIRED || f->state == CERT_REVOKED) && f->ended_on == DAY_NONE)
		return false;
	if (f->earned_on > day)
		return false;
	if (f->expires_on != DAY_NONE && day > f->expires_on)
		return false;
	if (f->ended_on != DAY_NONE && day >= f->ended_on)
		return false;
	return !retired_and_over(c, f->earned_on, day);
}

/* The newest report of a certificate of a person, whichever partner gave it, decides. */
static bool holds(const struct oracle *o, struct str person, enum cert c, day_no day)
{
	const struct event *newest = NULL;
	struct fact_certification f, best = { .person = { NULL, 0 } };

	for (size_t i = 0; i < o->n; i++) {
		const struct event *ev = oracle_standing(o, i);

		if (!report_of(ev, &f) || !oracle_same(f.person, person) ||
			cert_of(f.certificate) != c)
			continue;
		if (newest == NULL || oracle_version_cmp(ev, newest) > 0) {
			newest = ev;
			best = f;
		}
	}
	return newest != NULL && report_counts(&best, c, day);
}

/* ---- people ----------------------------------------------------------------------------------------------------- */

/* A person belongs to the partner of the newest link; where nothing is said of links, to that of the newest report.
 * Empty: to nobody. */
static struct str partner_of(const struct oracle *o, struct str person)
{
	const struct event *link = NULL, *report = NULL;
	struct fact_certification f;
	bool any_link = false;

	for (size_t i = 0; i < o->n; i++) {
		const struct event *ev = oracle_standing(o, i);

		if (ev != NULL && ev->kind == FACT_PERSON_LINK &&
			oracle_same(ev->u.person_link.person, person)) {
			any_link = true;
			if (ev->u.person_link.linked &&
				(link == NULL || oracle_version_cmp(ev, link) > 0))
				link = ev;
		}
		if (report_of(ev, &f) && oracle_same(f.person, person) &&
			(report == NULL || oracle_version_cmp(ev, report) > 0))
			report = ev;
	}
	if (any_link)
		return link != NULL ? link->subject : (struct str){ NULL, 0 };
	return report != NULL ? report->subject : (struct str){ NULL, 0 };
}

#define PEOPLE_MAX 4096

struct person {
	struct str id;
	bool holds[N_CERTS];
};

struct people {
	size_t n;
	struct person *all;
};

static bool listed(const struct people *p, struct str id)
{
	for (size_t i = 0; i < p->n; i++)
		if (oracle_same(p->all[i].id, id))
			return true;
	return false;
}

/* Everybody with a report who belongs to the partner, and what each holds on the day. */
static void people_of(const struct oracle *o, struct str partner, day_no day, struct people *ret)
{
	struct fact_certification f;

	ret->n = 0;
	for (size_t i = 0; i < o->n; i++) {
		const struct event *ev = oracle_standing(o, i);

		if (!report_of(ev, &f) || listed(ret, f.person) || ret->n == PEOPLE_MAX ||
			!oracle_same(partner_of(o, f.person), partner))
			continue;
		ret->all[ret->n].id = f.person;
		for (int c = 0; c < N_CERTS; c++)
			ret->all[ret->n].holds[c] =
				day != DAY_NONE && holds(o, f.person, (enum cert)c, day);
		ret->n++;
	}
}

static int64_t count(const struct people *p, bool (*is)(const bool *holds))
{
	int64_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += is(p->all[i].holds);
	return n;
}

static bool administrator(const bool *h)
{
	return h[AZ_104];
}

static bool architect(const bool *h)
{
	return h[AZ_305];
}

static bool infrastructure_intermediate(const bool *h)
{
	return h[AZ_700] || h[AZ_600] || h[WS_HYBRID] || (h[AZ_800] && h[AZ_801]);
}

static bool infrastructure_advanced(const bool *h)
{
	return h[AZ_140] || h[AZ_120];
}

static bool apps_intermediate(const bool *h)
{
	return h[AZ_204] || h[PL_400];
}

static bool apps_advanced(const bool *h)
{
	return h[AZ_220] || h[AZ_400] || h[PL_600];
}

static bool data(const bool *h)
{
	return h[DP_300] || h[AI_102] || h[DP_100] || h[DP_203] || h[PL_300] || h[MB_260] ||
	       h[DP_420];
}

static struct ratio capped(int64_t points, int64_t max)
{
	return ratio_int(points > max ? max : points < 0 ? 0 : points);
}

/* 4 points for each person, once two people meet the prerequisite. */
static struct ratio skilling(
	const struct people *p, bool (*before)(const bool *), bool (*is)(const bool *), int64_t max)
{
	return count(p, before) < 2 ? RATIO_ZERO : capped(4 * count(p, is), max);
}

/* ---- usage ------------------------------------------------------------------------------------------------------ */

static const struct fact_usage *usage_of(const struct event *ev, struct str partner)
{
	if (ev == NULL || ev->kind != FACT_USAGE || ev->u.usage.measure != MEASURE_ACR ||
		!oracle_same(ev->subject, partner))
		return NULL;
	return &ev->u.usage;
}

/* CSP tier 1 and 2, DPOR, PAL; paid offers; never a duplicate. */
static bool row_counts(const struct fact_usage *u)
{
	return !u->duplicate && u->offer == OFFER_PAID &&
	       (u->association == ASSOC_PAL || u->association == ASSOC_DPOR ||
		       u->association == ASSOC_CSP_TIER_1 || u->association == ASSOC_CSP_TIER_2);
}

/* A month that its reports say is complete is the last month as soon as it is over; without such reports a month is
 * taken from the 20th of the next on. */
static month_no reference(const struct oracle *o, struct str partner, day_no day)
{
	month_no closed, ready, marked = MONTH_NONE, used = MONTH_NONE;
	bool any = false;

	if (day == DAY_NONE)
		return MONTH_NONE;
	closed = month_of_day(day) - 1;
	ready = day_of_month(day) >= 20 ? closed : closed - 1;
	if (o->complete)
		return closed;
	for (size_t i = 0; i < o->n; i++) {
		const struct event *ev = oracle_standing(o, i);
		const struct fact_usage *u = usage_of(ev, partner);

		if (u != NULL && u->month <= ready && u->month > used)
			used = u->month;
		if (ev == NULL || ev->kind != FACT_USAGE_REPORTED ||
			!oracle_same(ev->subject, partner) ||
			ev->u.usage_reported.measure != MEASURE_ACR)
			continue;
		any = true;
		if (ev->u.usage_reported.month <= closed && ev->u.usage_reported.month > marked)
			marked = ev->u.usage_reported.month;
	}
	return any ? marked : used;
}

static int128 used_by(
	const struct oracle *o, struct str partner, struct str customer, month_no month)
{
	int128 sum = 0;

	for (size_t i = 0; i < o->n; i++) {
		const struct fact_usage *u = usage_of(oracle_standing(o, i), partner);

		if (u != NULL && row_counts(u) && u->month == month &&
			oracle_same(u->customer, customer))
			sum += u->amount_micro;
	}
	return sum;
}

/* 1,000 USD in the month or in the one before. */
static bool eligible(
	const struct oracle *o, struct str partner, struct str customer, month_no month)
{
	return used_by(o, partner, customer, month) >= 1000 * USD ||
	       used_by(o, partner, customer, month - 1) >= 1000 * USD;
}

static bool customer_seen_before(
	const struct oracle *o, struct str partner, size_t i, struct str customer)
{
	for (size_t j = 0; j < i; j++) {
		const struct fact_usage *u = usage_of(oracle_standing(o, j), partner);

		if (u != NULL && oracle_same(u->customer, customer))
			return true;
	}
	return false;
}

static struct ratio net_customer_adds(const struct oracle *o, struct str partner, month_no last)
{
	int64_t now = 0, before = 0;

	for (size_t i = 0; i < o->n; i++) {
		const struct fact_usage *u = usage_of(oracle_standing(o, i), partner);

		if (u == NULL || customer_seen_before(o, partner, i, u->customer))
			continue;
		now += eligible(o, partner, u->customer, last);
		before += eligible(o, partner, u->customer, last - 12);
	}
	return capped(10 * (now - before), 30);
}

static int128 total(const struct oracle *o, struct str partner, month_no month)
{
	int128 sum = 0;

	for (size_t i = 0; i < o->n; i++) {
		const struct fact_usage *u = usage_of(oracle_standing(o, i), partner);

		if (u != NULL && row_counts(u) && u->month == month)
			sum += u->amount_micro;
	}
	return sum;
}

/* 1 point for each per cent over the same month a year before, from 1,000 USD on, at most 20. */
static struct ratio usage_growth(const struct oracle *o, struct str partner, month_no last)
{
	int128 now = total(o, partner, last), before = total(o, partner, last - 12);
	struct ratio points;

	if (now < 1000 * USD || before <= 0)
		return RATIO_ZERO;
	points = ratio_make((now - before) * 100, before);
	if (ratio_cmp(points, RATIO_ZERO) < 0)
		return RATIO_ZERO;
	return ratio_cmp(points, ratio_int(20)) > 0 ? ratio_int(20) : points;
}

static bool is_virtual_machine(struct str product)
{
	return is_name(product, "Virtual Machines") ||
	       is_name(product, "Virtual Machines Licenses") ||
	       is_name(product, "Virtual Machine Licenses");
}

static bool product_in_use(
	const struct oracle *o, struct str partner, struct str product, month_no last)
{
	int128 sum = 0;

	for (size_t i = 0; i < o->n; i++) {
		const struct fact_usage *u = usage_of(oracle_standing(o, i), partner);

		if (u != NULL && row_counts(u) && u->month <= last && u->month > last - 12 &&
			oracle_same(u->product, product))
			sum += u->amount_micro;
	}
	return sum > 0;
}

static bool product_seen_before(
	const struct oracle *o, struct str partner, size_t i, struct str product)
{
	for (size_t j = 0; j < i; j++) {
		const struct fact_usage *u = usage_of(oracle_standing(o, j), partner);

		if (u != NULL && oracle_same(u->product, product))
			return true;
	}
	return false;
}

/* 2 points for each service of the last twelve months but the two of virtual machines, at most 10. */
static struct ratio deployments(const struct oracle *o, struct str partner, month_no last)
{
	int64_t n = 0;

	for (size_t i = 0; i < o->n; i++) {
		const struct fact_usage *u = usage_of(oracle_standing(o, i), partner);

		if (u == NULL || is_virtual_machine(u->product) ||
			product_seen_before(o, partner, i, u->product))
			continue;
		n += product_in_use(o, partner, u->product, last);
	}
	return capped(2 * n, 10);
}

/* ---- areas ------------------------------------------------------------------------------------------------------ */

static void put(struct oracle_area *a, const char *metric, struct ratio points)
{
	a->metrics[a->n_metrics] = metric;
	a->points[a->n_metrics++] = points;
}

static void finish(struct oracle_area *a)
{
	a->total = RATIO_ZERO;
	a->qualified = true;
	for (size_t i = 0; i < a->n_metrics; i++) {
		a->total = ratio_add(a->total, a->points[i]);
		if (ratio_is_zero(a->points[i]))
			a->qualified = false;
	}
	if (ratio_cmp(a->total, ratio_int(70)) < 0)
		a->qualified = false;
}

static bool is_known(const struct oracle *o, struct str partner)
{
	for (size_t i = 0; i < o->n_partners; i++)
		if (oracle_same(o->partners[i], partner))
			return true;
	return false;
}

bool oracle_score(const struct oracle *o, struct str partner, day_no day, struct oracle_score *ret)
{
	static const char *const ids[ORACLE_AREAS] = { "infrastructure", "digital-app-innovation",
		"data-ai" };
	struct ratio adds = RATIO_ZERO, growth = RATIO_ZERO, services = RATIO_ZERO;
	struct people p = { 0, NULL };
	struct ratio intermediate[ORACLE_AREAS], advanced[ORACLE_AREAS];

	if (!is_known(o, partner))
		return false;
	day = day == DAY_NONE ? o->day : day;
	p.all = calloc(PEOPLE_MAX, sizeof *p.all);
	if (p.all == NULL)
		abort();
	people_of(o, partner, day, &p);
	ret->reference = reference(o, partner, day);
	if (ret->reference != MONTH_NONE) {
		adds = net_customer_adds(o, partner, ret->reference);
		growth = usage_growth(o, partner, ret->reference);
		services = deployments(o, partner, ret->reference);
	}
	intermediate[0] = skilling(&p, administrator, infrastructure_intermediate, 20);
	advanced[0] = skilling(&p, architect, infrastructure_advanced, 20);
	intermediate[1] = skilling(&p, administrator, apps_intermediate, 20);
	advanced[1] = skilling(&p, architect, apps_advanced, 20);
	intermediate[2] =
		count(&p, administrator) < 2 ? RATIO_ZERO : skilling(&p, architect, data, 40);
	for (size_t i = 0; i < ORACLE_AREAS; i++) {
		struct oracle_area *a = &ret->areas[i];

		*a = (struct oracle_area){ .id = ids[i] };
		put(a, "net-customer-adds", adds);
		put(a, "intermediate-certifications", intermediate[i]);
		if (i != 2)
			put(a, "advanced-certifications", advanced[i]);
		put(a, "usage-growth", growth);
		put(a, "deployments", services);
		finish(a);
	}
	free(p.all);
	return true;
}
