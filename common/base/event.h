/* An event: one fact about a partner, with the CloudEvents attributes that say who told it and when.
 *
 * This is the domain form: what ingestion validates, what the rule engine consumes, what the importers make.
 * How it travels is proto/capscore/v1/event.proto; common/wire turns one into the other.
 *
 * Facts are upserts under a natural key (given with each kind below). For one key the event with the greatest
 * (recorded, source, id) stands, whatever the order of arrival, so repeats and stale copies change nothing.
 * A retraction is an event with `retracted` set: its key then has no value, until a later one stands. */
#ifndef BASE_EVENT_H
#define BASE_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/date.h"
#include "common/base/err.h"
#include "common/base/text.h"

/* Kind, name in the CloudEvents type ("capscore.NAME.v1"), and what it says. */
#define FACT_TABLE(X)                                                                              \
	X(FACT_CERTIFICATION, 1, "certification",                                                  \
		"a person's certificate earned, renewed, expired or revoked")                      \
	X(FACT_PERSON_LINK, 2, "person-link", "a person linked to or unlinked from a partner")     \
	X(FACT_ASSESSMENT, 3, "assessment", "a technical assessment passed by a person")           \
	X(FACT_ASSOCIATION, 4, "association", "a customer associated with a partner")              \
	X(FACT_CUSTOMER, 5, "customer", "what is known of a customer: its market segment")         \
	X(FACT_USAGE, 6, "usage", "usage of a product by a customer in a month")                   \
	X(FACT_USAGE_REPORTED, 7, "usage-reported",                                                \
		"all usage of one measure for a month has been delivered")                         \
	X(FACT_ATTESTATION, 8, "attestation",                                                      \
		"offer, reference, audit, engagement or deployment, told by hand")                 \
	X(FACT_ACCOUNT, 9, "account", "a location account belongs to a global account")            \
	X(FACT_ENROLLMENT, 10, "enrollment",                                                       \
		"a partner's enrollment in an area or specialization")                             \
	X(FACT_DAY, 11, "day", "a UTC day has begun")                                              \
	X(FACT_EDITION, 12, "edition", "an edition of the rules was made valid")

enum fact_kind {
#define X(name, number, text, help) name = number,
	FACT_TABLE(X)
#undef X
		FACT_KIND_END = 13,
};

enum certification_state { CERT_EARNED = 1, CERT_RENEWED = 2, CERT_EXPIRED = 3, CERT_REVOKED = 4 };
enum association_kind {
	/* Of usage alone, without a name: no association is told, so those that the partner has with the customer decide,
	 * the best by priority: PAL, transacting partner of record, DPOR, CSP tier 1, CSP tier 2, CPOR. */
	ASSOC_NONE = 0,
	ASSOC_CPOR = 1,
	ASSOC_DPOR = 2,
	ASSOC_PAL = 3,
	ASSOC_CSP_TIER_1 = 4,
	ASSOC_CSP_TIER_2 = 5,
	ASSOC_TRANSACTING_POR = 6, /* transacting partner of record */
	ASSOC_KIND_END
};
enum claim_state {
	CLAIM_NONE = 0,
	CLAIM_DRAFT,
	CLAIM_SUBMITTED,
	CLAIM_UNDER_REVIEW,
	CLAIM_ACTION_REQUIRED,
	CLAIM_APPROVED,
	CLAIM_REJECTED,
	CLAIM_DISPUTED,
	CLAIM_REJECTED_FINAL,
	CLAIM_STATE_END
};
/* What an amount measures, and the unit of which `amount_micro` counts millionths. */
enum measure {
	MEASURE_ACR = 1,	      /* Azure consumed revenue, USD */
	MEASURE_MAU = 2,	      /* monthly active users, people */
	MEASURE_PAID_UNITS = 3,	      /* paid seats or units */
	MEASURE_CAPACITY = 4,	      /* capacity units (for example profiles) */
	MEASURE_ADJUSTED_REVENUE = 5, /* adjusted revenue, USD */
	MEASURE_END,
	MEASURE_VALUE =
		MEASURE_END, /* of rules, never of a fact: amounts weighted by rates (consumption value) */
	MEASURE_KINDS
};
enum offer_kind {
	OFFER_PAID = 0,
	OFFER_SUPPORT,
	OFFER_INTERNAL,
	OFFER_BENEFIT,
	OFFER_TRIAL,
	OFFER_KIND_END
};
enum attestation_kind {
	ATTEST_OFFER = 1,
	ATTEST_REFERENCE,
	ATTEST_AUDIT,
	ATTEST_ENGAGEMENT,
	ATTEST_DEPLOYMENT, /* a customer's production deployment, confirmed by hand */
	ATTEST_KIND_END
};
enum enrollment_state { ENROLL_ENROLLED = 1, ENROLL_RENEWED, ENROLL_LEFT, ENROLL_STATE_END };

/* Key: (partner, person, certificate). What a person holds is the newest report of any partner; it counts for
 * the partner the person belongs to: by person-link facts where there is one for that person, otherwise the
 * partner of the newest certification or assessment fact of the person. */
struct fact_certification {
	struct str person;	/* opaque id, never a name or an address */
	struct str certificate; /* code ("AZ-104") or official title */
	enum certification_state state;
	day_no earned_on; /* for EARNED and RENEWED: the day it was first earned; otherwise DAY_NONE allowed */
	day_no expires_on; /* last day it counts, DAY_NONE when it does not expire */
	day_no ended_on; /* for EXPIRED and REVOKED: first day it no longer counts; otherwise DAY_NONE */
};

/* Key: (partner, person). */
struct fact_person_link {
	struct str person;
	bool linked;  /* false: unlinked */
	day_no since; /* day of the change, DAY_NONE when not known */
};

/* Key: (partner, person, assessment). */
struct fact_assessment {
	struct str person;
	struct str assessment; /* code or title */
	day_no passed_on;
	day_no expires_on; /* last day it counts, DAY_NONE when it does not expire */
};

/* Key: (partner, customer, kind, workload, subscription). */
struct fact_association {
	struct str customer; /* tenant id */
	enum association_kind kind;
	struct str workload;	 /* may be empty */
	struct str subscription; /* may be empty */
	day_no from;		 /* DAY_NONE when not known */
	day_no until;		 /* last day, DAY_NONE when open */
	enum claim_state claim;	 /* CLAIM_NONE where no claim is needed */
};

/* Key: (partner, customer). */
struct fact_customer {
	struct str customer;
	struct str segment; /* as the export has it; may be empty */
};

/* Key: (partner, customer, product, component, month, association, measure, offer, duplicate, level1, group2, group3,
 * influencer, compute_os): everything but the amount. */
struct fact_usage {
	struct str customer; /* tenant id */
	struct str product;  /* Azure: service level 2; others: workload name */
	struct str
		component; /* finer grain where rules need it (Azure: service level 4); may be empty */
	month_no month;
	enum association_kind association; /* ASSOC_NONE: the associations of the partner decide */
	enum measure measure;
	enum offer_kind offer;
	bool duplicate; /* flagged as a duplicate at global account level: kept, never counted */
	int64_t amount_micro; /* millionths of the measure's unit; negative for credits; |amount| <= 10^15 */
	/* Azure alone, for rules that look closer than at product and component; each may be empty. They stand last, so that
	 * what every row has lies together. */
	struct str level1;     /* service level 1 */
	struct str group2;     /* service group 2 */
	struct str group3;     /* service group 3 */
	struct str influencer; /* service that drives the usage */
	struct str compute_os; /* operating system of a virtual machine */
};
#define USAGE_AMOUNT_MAX 1000000000000000LL

/* Key: (partner, measure, month). */
struct fact_usage_reported {
	enum measure measure;
	month_no month;
};

/* Key: (partner, kind, scope, reference). */
struct fact_attestation {
	enum attestation_kind kind;
	struct str scope;     /* specialization id */
	struct str reference; /* the offer, audit, customer or engagement; may be empty */
	day_no on;
	day_no until; /* DAY_NONE when open */
};

/* Key: (location). The event's subject is the global account. */
struct fact_account {
	struct str location;
};

/* Key: (partner, area). */
struct fact_enrollment {
	struct str area;
	enum enrollment_state state;
	day_no on;	    /* on which it began; a renewal keeps it */
	day_no anniversary; /* up to which it lasts; DAY_NONE when not known */
	struct str track;   /* may be empty */
};

/* No key, no partner: the greatest day stands. */
struct fact_day {
	day_no day;
};

/* No partner. Key: (edition). */
struct fact_edition {
	struct str edition;
	day_no valid_from;
	struct str text; /* the edition's rule file, or empty for one that ships with the program */
};

struct event {
	struct str id;	   /* 1..EVENT_ID_MAX bytes; (source, id) names the event */
	struct str source; /* URI-reference, 1..EVENT_SOURCE_MAX bytes */
	struct str
		subject;   /* partner global account id; empty only for FACT_DAY and FACT_EDITION */
	event_ms time;	   /* when it became true */
	event_ms recorded; /* when the source recorded it; order between versions of one fact */
	bool retracted;
	enum fact_kind kind;
	union {
		struct fact_certification certification;
		struct fact_person_link person_link;
		struct fact_assessment assessment;
		struct fact_association association;
		struct fact_customer customer;
		struct fact_usage usage;
		struct fact_usage_reported usage_reported;
		struct fact_attestation attestation;
		struct fact_account account;
		struct fact_enrollment enrollment;
		struct fact_day day;
		struct fact_edition edition;
	} u;
};

#define EVENT_ID_MAX	  128
#define EVENT_SOURCE_MAX  256
#define EVENT_PARTNER_MAX 64
#define EVENT_NAME_MAX	  256	 /* customers, persons, products, certificates, areas ... */
#define EVENT_TEXT_MAX	  262144 /* the rule file inside an edition fact */

/* Why an event is refused. The name is the counter label and what the acknowledgement carries. */
#define REFUSAL_TABLE(X)                                                                           \
	X(REFUSED_MALFORMED, 1, "malformed", "bytes that are not an event of this schema")         \
	X(REFUSED_ID, 2, "bad-id", "id missing, too long, or not clean UTF-8")                     \
	X(REFUSED_SOURCE, 3, "bad-source", "source missing, too long, or not clean UTF-8")         \
	X(REFUSED_TYPE, 4, "bad-type", "type does not name the fact that the event carries")       \
	X(REFUSED_SUBJECT, 5, "bad-subject", "partner id missing, too long, or not allowed")       \
	X(REFUSED_TIME, 6, "bad-time", "time missing or outside 2000-01-01 to 2199-12-31")         \
	X(REFUSED_FACT, 7, "no-fact", "no fact, or a fact this version does not know")             \
	X(REFUSED_FIELD, 8, "bad-field",                                                           \
		"a field of the fact is missing, too long, or out of range")                       \
	X(REFUSED_DAY, 9, "day-not-accepted",                                                      \
		"day records come from the clock in this deployment")                              \
	X(REFUSED_TOO_LARGE, 10, "too-large", "the batch is over the limit of events or bytes")    \
	X(REFUSED_EDITION, 11, "bad-edition", "the rule file of an edition event cannot be used")

enum refusal {
	REFUSED_NOT = 0, /* accepted */
#define X(name, number, text, help) name = number,
	REFUSAL_TABLE(X)
#undef X
		REFUSAL_END
};

#define REFUSAL_DETAIL_MAX 128
/* Detail for people: the field and what was wrong with it. */
struct refusal_detail {
	char text[REFUSAL_DETAIL_MAX];
};

/* Checks every field against the limits above (text lengths, clean UTF-8, days, months, enumerations, amount).
 * Returns REFUSED_NOT or the first fault, with its detail. Pure; O(bytes of the event). */
enum refusal event_validate(const struct event *ev, struct refusal_detail *ret_detail);

const char *fact_kind_name(enum fact_kind k);	   /* "certification"; "unknown" for others */
enum fact_kind fact_kind_by_name(struct str name); /* 0 when not known */
const char *refusal_name(enum refusal r);	   /* "bad-id"; "accepted" for REFUSED_NOT */
const char *refusal_help(enum refusal r);

/* The names used in NDJSON, rule files and output; NULL for a value without a name. Those of the other enumerations,
 * and the way back for all of them, are tables of event_fields.h. */
const char *certification_state_name(enum certification_state v);
const char *association_kind_name(enum association_kind v);
const char *measure_name(enum measure v);
const char *offer_kind_name(enum offer_kind v);
/* True and the value for an exact name. */
bool association_kind_by_name(struct str s, enum association_kind *ret);
bool offer_kind_by_name(struct str s, enum offer_kind *ret);

#endif
