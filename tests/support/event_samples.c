#include "tests/support/event_samples.h"

#include "common/base/event_fields.h"

#define NOON 1688126400000LL /* 2023-06-30T12:00:00Z */

static struct event envelope(enum fact_kind kind)
{
	struct event ev = { .id = STR("e1"), .source = STR("/crm"), .subject = STR("1234567") };

	if (kind == FACT_DAY || kind == FACT_EDITION)
		ev.subject = STR("");
	ev.time = ev.recorded = NOON;
	ev.kind = kind;
	return ev;
}

struct event event_sample_bare(enum fact_kind kind)
{
	struct event ev = envelope(kind);

	switch (kind) {
	case FACT_CERTIFICATION:
		ev.u.certification = (struct fact_certification){ STR("p1"), STR("AZ-104"),
			CERT_EARNED, 19000, DAY_NONE, DAY_NONE };
		break;
	case FACT_PERSON_LINK:
		ev.u.person_link = (struct fact_person_link){ STR("p1"), true, DAY_NONE };
		break;
	case FACT_ASSESSMENT:
		ev.u.assessment = (struct fact_assessment){ STR("p1"), STR("A"), 19000, DAY_NONE };
		break;
	case FACT_ASSOCIATION:
		ev.u.association = (struct fact_association){ STR("c1"), ASSOC_PAL, STR(""),
			STR(""), DAY_NONE, DAY_NONE, CLAIM_NONE };
		break;
	case FACT_CUSTOMER:
		ev.u.customer = (struct fact_customer){ STR("c1"), STR("") };
		break;
	case FACT_USAGE:
		ev.u.usage = (struct fact_usage){ .customer = STR("c1"),
			.product = STR("Azure Firewall"),
			.month = 24281,
			.association = ASSOC_PAL,
			.measure = MEASURE_ACR };
		break;
	case FACT_USAGE_REPORTED:
		ev.u.usage_reported = (struct fact_usage_reported){ MEASURE_ACR, 24281 };
		break;
	case FACT_ATTESTATION:
		ev.u.attestation = (struct fact_attestation){ ATTEST_DEPLOYMENT, STR("s1"), STR(""),
			19000, DAY_NONE };
		break;
	case FACT_ACCOUNT:
		ev.u.account = (struct fact_account){ STR("7654321") };
		break;
	case FACT_ENROLLMENT:
		ev.u.enrollment = (struct fact_enrollment){ STR("infrastructure"), ENROLL_ENROLLED,
			19000, DAY_NONE, STR("") };
		break;
	case FACT_DAY:
		ev.u.day = (struct fact_day){ 19538 };
		break;
	case FACT_EDITION:
		ev.u.edition = (struct fact_edition){ STR("2023-06"), 19500, STR("") };
		break;
	case FACT_KIND_END:
		break;
	}
	return ev;
}

struct event event_sample_full(enum fact_kind kind)
{
	struct event ev = envelope(kind);

	ev.id = STR("00000000-0000-0000-0000-000000000001");
	ev.source = STR("//crm.example/exports/\xC3\xA9t\xC3\xA9");
	ev.time = NOON + 1;
	ev.recorded = NOON + 86400250;
	switch (kind) {
	case FACT_CERTIFICATION:
		ev.u.certification = (struct fact_certification){ STR("person-9f"),
			STR("Microsoft Certified: Azure Administrator Associate"), CERT_REVOKED,
			19000, 19365, 19100 };
		break;
	case FACT_PERSON_LINK:
		ev.u.person_link = (struct fact_person_link){ STR("person-9f"), false, 19200 };
		break;
	case FACT_ASSESSMENT:
		ev.u.assessment = (struct fact_assessment){ STR("person-9f"),
			STR("MS Azure VMware"), 19000, 19730 };
		break;
	case FACT_ASSOCIATION:
		ev.u.association = (struct fact_association){ STR("tenant-7"), ASSOC_CPOR,
			STR("Exchange Online"), STR("sub-3"), 19000, 19364, CLAIM_REJECTED_FINAL };
		break;
	case FACT_CUSTOMER:
		ev.u.customer = (struct fact_customer){ STR("tenant-7"), STR("SMB") };
		break;
	case FACT_USAGE:
		ev.u.usage = (struct fact_usage){ STR("tenant-7"), STR("Virtual Machines"),
			STR("D2 v3/D2s v3"), 24281, ASSOC_TRANSACTING_POR, MEASURE_ADJUSTED_REVENUE,
			OFFER_TRIAL, true, -1234560001, STR("Compute"), STR("IaaS"),
			STR("Virtual Machines"), STR("SAP on Azure"), STR("Linux") };
		break;
	case FACT_USAGE_REPORTED:
		ev.u.usage_reported = (struct fact_usage_reported){ MEASURE_CAPACITY, 26399 };
		break;
	case FACT_ATTESTATION:
		ev.u.attestation = (struct fact_attestation){ ATTEST_ENGAGEMENT,
			STR("azure-vmware"), STR("eng-12"), 19000, 19730 };
		break;
	case FACT_ACCOUNT:
		ev.u.account = (struct fact_account){ STR("location-77") };
		break;
	case FACT_ENROLLMENT:
		ev.u.enrollment = (struct fact_enrollment){ STR("modern-work"), ENROLL_LEFT, 19000,
			19365, STR("smb") };
		break;
	case FACT_DAY:
		ev.u.day = (struct fact_day){ DAY_MAX };
		break;
	case FACT_EDITION:
		ev.u.edition = (struct fact_edition){ STR("2099-01"), 47000,
			STR("edition: 2099-01\n\t# \"x\"\r\n") };
		break;
	case FACT_KIND_END:
		break;
	}
	return ev;
}

static bool field_eq(const struct event_field *f, const void *a, const void *b)
{
	switch ((enum field_form)f->form) {
	case FIELD_TEXT:
	case FIELD_LINES:
		return str_eq(*(const struct str *)a, *(const struct str *)b);
	case FIELD_DAY:
	case FIELD_MONTH:
	case FIELD_ENUM:
		return *(const int32_t *)a == *(const int32_t *)b;
	case FIELD_CHANGE:
	case FIELD_BOOL:
		return *(const bool *)a == *(const bool *)b;
	case FIELD_AMOUNT:
		return *(const int64_t *)a == *(const int64_t *)b;
	}
	return false;
}

bool event_sample_eq(const struct event *a, const struct event *b)
{
	const struct fact_fields *fact;

	if (a->kind != b->kind || !str_eq(a->id, b->id) || !str_eq(a->source, b->source) ||
		!str_eq(a->subject, b->subject) || a->time != b->time ||
		a->recorded != b->recorded || a->retracted != b->retracted)
		return false;
	fact = &fact_fields[a->kind];
	for (size_t i = 0; i < fact->n; i++)
		if (!field_eq(&fact->fields[i], (const char *)a + fact->fields[i].offset,
			    (const char *)b + fact->fields[i].offset))
			return false;
	return true;
}
