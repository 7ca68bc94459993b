/* Names of kinds, refusals and enumerations, and the way back from a name. */
#include "common/base/event.h"

#include "common/base/event_fields.h"

#define X(name, number, text, help) [name] = text,
static const char *const kind_names[] = { FACT_TABLE(X) };
static const char *const refusal_names[] = { [REFUSED_NOT] = "accepted", REFUSAL_TABLE(X) };
#undef X
#define X(name, number, text, help) [name] = help,
static const char *const refusal_helps[] = { [REFUSED_NOT] = "accepted", REFUSAL_TABLE(X) };
#undef X

#define ENUM_NAMES(table, first_value, end_value, ...)                                             \
	static const char *const table##_text[end_value] = { __VA_ARGS__ };                        \
	const struct enum_names table = { table##_text, first_value, end_value }

ENUM_NAMES(certification_state_names, CERT_EARNED, CERT_REVOKED + 1, [CERT_EARNED] = "earned",
	[CERT_RENEWED] = "renewed", [CERT_EXPIRED] = "expired", [CERT_REVOKED] = "revoked");
ENUM_NAMES(change_names, CHANGE_LINKED,
	CHANGE_UNLINKED + 1, [CHANGE_LINKED] = "linked", [CHANGE_UNLINKED] = "unlinked");
ENUM_NAMES(association_kind_names, ASSOC_CPOR, ASSOC_KIND_END, [ASSOC_CPOR] = "cpor",
	[ASSOC_DPOR] = "dpor", [ASSOC_PAL] = "pal", [ASSOC_CSP_TIER_1] = "csp-tier-1",
	[ASSOC_CSP_TIER_2] = "csp-tier-2", [ASSOC_TRANSACTING_POR] = "transacting-por");
/* Those of usage, where it is no fault to tell none. */
const struct enum_names usage_association_names = { association_kind_names_text, ASSOC_NONE,
	ASSOC_KIND_END };
ENUM_NAMES(claim_state_names, CLAIM_NONE, CLAIM_STATE_END, [CLAIM_NONE] = "none",
	[CLAIM_DRAFT] = "draft", [CLAIM_SUBMITTED] = "submitted",
	[CLAIM_UNDER_REVIEW] = "under-review", [CLAIM_ACTION_REQUIRED] = "action-required",
	[CLAIM_APPROVED] = "approved", [CLAIM_REJECTED] = "rejected", [CLAIM_DISPUTED] = "disputed",
	[CLAIM_REJECTED_FINAL] = "rejected-final");
ENUM_NAMES(measure_names, MEASURE_ACR, MEASURE_END, [MEASURE_ACR] = "acr", [MEASURE_MAU] = "mau",
	[MEASURE_PAID_UNITS] = "paid-units", [MEASURE_CAPACITY] = "capacity",
	[MEASURE_ADJUSTED_REVENUE] = "adjusted-revenue");
ENUM_NAMES(offer_kind_names, OFFER_PAID,
	OFFER_KIND_END, [OFFER_PAID] = "paid", [OFFER_SUPPORT] = "support",
	[OFFER_INTERNAL] = "internal", [OFFER_BENEFIT] = "benefit", [OFFER_TRIAL] = "trial");
ENUM_NAMES(attestation_kind_names, ATTEST_OFFER, ATTEST_KIND_END, [ATTEST_OFFER] = "offer",
	[ATTEST_REFERENCE] = "reference", [ATTEST_AUDIT] = "audit",
	[ATTEST_ENGAGEMENT] = "engagement", [ATTEST_DEPLOYMENT] = "deployment");
ENUM_NAMES(enrollment_state_names, ENROLL_ENROLLED, ENROLL_STATE_END,
	[ENROLL_ENROLLED] = "enrolled", [ENROLL_RENEWED] = "renewed", [ENROLL_LEFT] = "left");

const char *fact_kind_name(enum fact_kind k)
{
	return k > 0 && k < FACT_KIND_END ? kind_names[k] : "unknown";
}

enum fact_kind fact_kind_by_name(struct str name)
{
	for (int k = 1; k < FACT_KIND_END; k++)
		if (str_eq(name, str_from(kind_names[k])))
			return (enum fact_kind)k;
	return (enum fact_kind)0;
}

const char *refusal_name(enum refusal r)
{
	return (unsigned)r < REFUSAL_END ? refusal_names[r] : "unknown";
}

const char *refusal_help(enum refusal r)
{
	return (unsigned)r < REFUSAL_END ? refusal_helps[r] : "unknown";
}

const char *enum_name(const struct enum_names *t, int v)
{
	return v >= t->first && v < t->end ? t->names[v] : NULL;
}

bool enum_by_name(const struct enum_names *t, struct str s, int *ret)
{
	for (int v = t->first; v < t->end; v++)
		if (t->names[v] != NULL && str_eq(s, str_from(t->names[v]))) {
			*ret = v;
			return true;
		}
	return false;
}

#define NAME(prefix)                                                                               \
	const char *prefix##_name(enum prefix v)                                                   \
	{                                                                                          \
		return enum_name(&prefix##_names, (int)v);                                         \
	}
#define BY_NAME(prefix)                                                                            \
	bool prefix##_by_name(struct str s, enum prefix *ret)                                      \
	{                                                                                          \
		int v;                                                                             \
                                                                                                   \
		if (!enum_by_name(&prefix##_names, s, &v))                                         \
			return false;                                                              \
		*ret = (enum prefix)v;                                                             \
		return true;                                                                       \
	}

NAME(certification_state)
NAME(association_kind)
BY_NAME(association_kind)
NAME(measure)
NAME(offer_kind)
BY_NAME(offer_kind)
