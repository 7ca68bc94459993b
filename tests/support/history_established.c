/* Partners near their designations at the beginning of a history of the whole programme. */
#include "tests/support/history_maker.h"

struct start {
	struct maker *m;
	unsigned partner;
	month_no last; /* months that are over: this one and the one before have usage */
};

static void tell(struct start *s, struct event *ev)
{
	ev->subject = maker_text(s->m, "partner-", s->partner);
	maker_envelope(s->m, ev);
	maker_add(s->m, ev);
}

static void tell_month(struct start *s, struct fact_usage u, month_no month, int64_t units)
{
	struct event ev = { .kind = FACT_USAGE };

	u.month = month;
	u.amount_micro = units * 1000000;
	ev.u.usage = u;
	tell(s, &ev);
}

/* So much in the last months, so much a year before. */
static void tell_usage(struct start *s, unsigned customer, const char *product,
	enum measure measure, enum association_kind kind, int64_t now, int64_t before)
{
	struct fact_usage u = { .customer = maker_text(s->m, "customer-", customer),
		.product = str_from(product),
		.association = kind,
		.measure = measure,
		.offer = OFFER_PAID };

	for (month_no m = s->last - 1; now != 0 && m <= s->last; m++)
		tell_month(s, u, m, now);
	for (month_no m = s->last - 13; before != 0 && m <= s->last - 12; m++)
		tell_month(s, u, m, before);
}

/* The first people hold all of the certificates, the others most of them. */
static void tell_people(struct start *s, unsigned people, const char *const *certificates, size_t n)
{
	struct maker *m = s->m;

	for (unsigned i = 0; i < people; i++)
		for (size_t c = 0; c < n; c++) {
			struct event ev = { .kind = FACT_CERTIFICATION };

			if (i >= 2 && !per_cent(&m->rng, 75))
				continue;
			ev.u.certification = (struct fact_certification){
				.person = maker_text(
					m, "person-", s->partner + i * m->shape->partners),
				.certificate = str_from(certificates[c]),
				.state = CERT_EARNED,
				.earned_on = maker_near(m, 300, -100),
				.expires_on =
					per_cent(&m->rng, 60) ? DAY_NONE : maker_near(m, 0, 200),
				.ended_on = DAY_NONE
			};
			tell(s, &ev);
		}
}

static unsigned some(struct start *s, unsigned least, unsigned most)
{
	return least + rng_below(&s->m->rng, most - least + 1);
}

static void azure(struct start *s)
{
	static const char *const held[] = { "AZ-104", "AZ-305", "AZ-700", "AZ-140", "AZ-204",
		"AZ-400", "DP-300", "AI-102" };
	static const char *const used[] = { "Storage", "App Service", "SQL Database", "Functions",
		"Azure Stack HCI" };

	tell_people(s, some(s, 3, 8), held, ARRAY_LEN(held));
	tell_usage(s, 0, "Storage", MEASURE_ACR, ASSOC_PAL, 1500, 4000);
	for (unsigned i = 1; i < some(s, 3, 6); i++)
		tell_usage(s, i, used[i % 5], MEASURE_ACR, ASSOC_PAL, some(s, 900, 3000), 0);
}

/* Tenants of one size with users, more than a year before. */
static void tenants(struct start *s, const char *product, unsigned n, unsigned least, unsigned most,
	enum association_kind kind)
{
	for (unsigned i = 0; i < n; i++) {
		unsigned seats = some(s, least, most);

		tell_usage(s, i, product, MEASURE_PAID_UNITS, kind, seats, i == 0 ? seats : 0);
		tell_usage(s, i, product, MEASURE_MAU, kind, seats * some(s, 30, 90) / 100,
			i == 0 ? seats / 3 : 0);
	}
}

static void modern_work(struct start *s)
{
	static const char *const held[] = { "MS-900", "MS-700", "MS-102" };
	bool enterprise = some(s, 0, 1) == 0;

	tell_people(s, some(s, 2, 5), held, ARRAY_LEN(held));
	if (enterprise)
		tenants(s, "Teams", some(s, 4, 8), 301, 900, ASSOC_CPOR);
	else
		tenants(s, "Teams", some(s, 6, 12), 11, 330,
			some(s, 0, 2) > 0 ? ASSOC_CPOR : ASSOC_CSP_TIER_1);
}

static void security(struct start *s)
{
	static const char *const held[] = { "AZ-500", "SC-200", "MS-500", "SC-300", "SC-100" };

	tell_people(s, some(s, 3, 8), held, ARRAY_LEN(held));
	tenants(s, "MDE", some(s, 4, 8), some(s, 0, 1) == 0 ? 5 : 280, 600, ASSOC_CPOR);
	for (unsigned i = 0; i < some(s, 3, 8); i++)
		tell_usage(s, i, "Key Vault", MEASURE_ACR, ASSOC_PAL, some(s, 300, 7000),
			i == 0 ? 200 : 0);
}

static void business(struct start *s)
{
	static const char *const held[] = { "MB-800", "MB-700", "PL-200" };
	static const char *const sold[] = { "Sales", "Finance", "Power Apps", "Field Service" };
	unsigned large = some(s, 2, 8);

	tell_people(s, some(s, 2, 9), held, ARRAY_LEN(held));
	for (unsigned i = 0; i < large; i++)
		tell_usage(s, i / 4, sold[i % 4], MEASURE_ADJUSTED_REVENUE, ASSOC_CPOR,
			some(s, 4900, 9000), some(s, 4900, 9000));
	for (unsigned i = 0; i < some(s, 3, 6); i++)
		tell_usage(s, i, "Business Central", MEASURE_ADJUSTED_REVENUE, ASSOC_CSP_TIER_1,
			some(s, 240, 2500), 0);
	tell_usage(s, 0, "Business Central", MEASURE_MAU, ASSOC_DPOR, some(s, 45, 70),
		some(s, 24, 55));
	for (unsigned i = 1; i < some(s, 3, 7); i++)
		tell_usage(s, i, "Business Central", MEASURE_MAU, ASSOC_CPOR, some(s, 4, 15), 0);
}

/* ---- specializations -------------------------------------------------------------------------------------------- */

static void attest(struct start *s, enum attestation_kind kind, const char *scope, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct event ev = { .kind = FACT_ATTESTATION };

		ev.u.attestation = (struct fact_attestation){ .kind = kind,
			.scope = str_from(scope),
			.reference = maker_text(s->m, "reference-", i),
			.on = maker_near(s->m, 740, 0),
			.until = DAY_NONE };
		tell(s, &ev);
	}
}

static void tell_component(struct start *s, unsigned customer, const char *component, int64_t usd)
{
	struct fact_usage u = { .customer = maker_text(s->m, "customer-", customer),
		.product = STR("Virtual Machines"),
		.component = str_from(component),
		.association = ASSOC_PAL,
		.measure = MEASURE_ACR,
		.offer = OFFER_PAID };

	for (month_no m = s->last - 3; m <= s->last; m++)
		tell_month(s, u, m, usd);
}

static void tell_kubernetes(struct start *s, unsigned customer, int64_t usd)
{
	struct fact_usage u = { .customer = maker_text(s->m, "customer-", customer),
		.product = STR("Virtual Machines"),
		.influencer = STR("AKS"),
		.association = ASSOC_DPOR,
		.measure = MEASURE_ACR,
		.offer = OFFER_PAID };

	for (month_no m = s->last - 3; m <= s->last; m++)
		tell_month(s, u, m, usd);
}

static void specialized_in_azure(struct start *s)
{
	static const char *const held[] = { "AZ-104", "AZ-305", "AZ-400", "AZ-120", "DP-203",
		"AZ-500", "SC-200" };

	tell_people(s, some(s, 2, 7), held, ARRAY_LEN(held));
	for (unsigned i = 0; i < 3; i++) {
		tell_usage(s, i, "Azure Stack HCI", MEASURE_ACR, ASSOC_CSP_TIER_1,
			some(s, 200, 600), 0);
		tell_component(s, i, "SAP HANA on Azure Large Instances", some(s, 2000, 5000));
		tell_component(s, i, "Key Vault", some(s, 12000, 30000));
		tell_kubernetes(s, i, some(s, 1000, 2600));
	}
	attest(s, ATTEST_AUDIT, "azure-stack-hci", some(s, 0, 2));
	attest(s, ATTEST_AUDIT, "sap-on-azure", some(s, 0, 2));
	attest(s, ATTEST_AUDIT, "kubernetes-on-azure", some(s, 0, 2));
	attest(s, ATTEST_AUDIT, "devops-with-github", some(s, 0, 2));
	attest(s, ATTEST_ENGAGEMENT, "devops-with-github", some(s, 1, 3));
	attest(s, ATTEST_REFERENCE, "cloud-security", some(s, 2, 4));
}

static void specialized_in_workloads(struct start *s)
{
	static const char *const held[] = { "MS-203", "MS-700", "SERVICE-ADOPTION-SPECIALIST",
		"MB-800", "MB-800" };
	static const char *const workloads[] = { "Exchange Online", "SharePoint Online", "Teams",
		"Yammer" };

	tell_people(s, some(s, 2, 7), held, ARRAY_LEN(held));
	for (unsigned w = 0; w < ARRAY_LEN(workloads); w++) {
		tell_usage(s, w, workloads[w], MEASURE_MAU, ASSOC_CPOR, some(s, 2400, 6000),
			some(s, 0, 200));
		tell_usage(s, w, workloads[w], MEASURE_PAID_UNITS, ASSOC_CPOR,
			some(s, 10000, 20000), 0);
	}
	for (unsigned i = 0; i < some(s, 8, 16); i++) {
		tell_usage(s, i, "Business Central", MEASURE_MAU, ASSOC_CPOR, some(s, 5, 30),
			i == 0 ? some(s, 45, 80) : 0);
		tell_usage(s, 20 + i, "Teams", MEASURE_PAID_UNITS, ASSOC_CPOR, 1, 0);
	}
	attest(s, ATTEST_REFERENCE, "adoption-change-management", some(s, 2, 4));
	attest(s, ATTEST_REFERENCE, "teamwork-deployment", some(s, 2, 4));
	attest(s, ATTEST_OFFER, "small-midsize-business-management", some(s, 0, 1));
}

/* Some are enrolled in an area or two. */
static void enroll(struct start *s)
{
	static const char *const areas[] = { "infrastructure", "data-ai", "modern-work", "security",
		"business-applications", "kubernetes-on-azure", "cloud-security" };
	struct maker *m = s->m;

	for (unsigned i = 0; i < some(s, 1, 2); i++) {
		struct event ev = { .kind = FACT_ENROLLMENT };
		day_no on = maker_near(m, 360, 0);

		ev.u.enrollment =
			(struct fact_enrollment){ .area = str_from(ONE_OF(&m->rng, areas)),
				.state = ENROLL_ENROLLED,
				.on = on,
				.anniversary = per_cent(&m->rng, 70) ? on + 365 : DAY_NONE };
		tell(s, &ev);
	}
}

void programme_establish(struct maker *m)
{
	const struct history_shape *shape = m->shape;
	struct event ev = { .kind = FACT_DAY };
	unsigned partners = shape->partners < 2 ? shape->partners : 2;

	ev.u.day.day = m->at;
	maker_envelope(m, &ev);
	maker_add(m, &ev);
	for (unsigned p = 0; p < partners; p++) {
		struct start s = { m, p, month_of_day(m->at) - 1 };

		if ((shape->themes & HISTORY_AZURE) != 0)
			azure(&s);
		if ((shape->themes & HISTORY_MODERN_WORK) != 0)
			modern_work(&s);
		if ((shape->themes & HISTORY_SECURITY) != 0)
			security(&s);
		if ((shape->themes & HISTORY_BUSINESS) != 0)
			business(&s);
		if ((shape->themes & HISTORY_SPECIALIZED) != 0) {
			specialized_in_azure(&s);
			specialized_in_workloads(&s);
		}
		if (shape->enrollments > 0 && per_cent(&m->rng, 60))
			enroll(&s);
	}
}
