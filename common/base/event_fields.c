#include "common/base/event_fields.h"

#include <assert.h>
#include <stddef.h>

static_assert(
	sizeof(enum measure) == sizeof(int32_t), "enumerations are written as 32-bit numbers");

#define AT(fact, member) (uint16_t) offsetof(struct event, u.fact.member)
#define KEY_TEXT(fact, member, n)                                                                  \
	{                                                                                          \
#member, AT(fact, member), n, FIELD_TEXT, true, true, EVENT_NAME_MAX, NULL         \
	}
#define KEY_TEXT_OR_EMPTY(fact, member, n)                                                         \
	{                                                                                          \
#member, AT(fact, member), n, FIELD_TEXT, true, false, EVENT_NAME_MAX, NULL        \
	}
#define KEY_TEXT_NAMED(fact, member, n, name)                                                      \
	{                                                                                          \
		name, AT(fact, member), n, FIELD_TEXT, true, false, EVENT_NAME_MAX, NULL           \
	}
#define TEXT_OR_EMPTY(fact, member, n)                                                             \
	{                                                                                          \
#member, AT(fact, member), n, FIELD_TEXT, false, false, EVENT_NAME_MAX, NULL       \
	}
#define DAY(fact, member, n)                                                                       \
	{                                                                                          \
#member, AT(fact, member), n, FIELD_DAY, false, true, 0, NULL                      \
	}
#define DAY_OR_NONE(fact, member, n)                                                               \
	{                                                                                          \
#member, AT(fact, member), n, FIELD_DAY, false, false, 0, NULL                     \
	}
#define KEY_MONTH(fact, member, n)                                                                 \
	{                                                                                          \
#member, AT(fact, member), n, FIELD_MONTH, true, true, 0, NULL                     \
	}
#define KEY_ENUM(fact, member, n, names)                                                           \
	{                                                                                          \
#member, AT(fact, member), n, FIELD_ENUM, true, true, 0, names                     \
	}
#define ENUM(fact, member, n, names)                                                               \
	{                                                                                          \
#member, AT(fact, member), n, FIELD_ENUM, false, true, 0, names                    \
	}

/* clang-format off: a table reads by its columns. */
static const struct event_field certification[] = {
	KEY_TEXT(certification, person, 1), KEY_TEXT(certification, certificate, 2),
	ENUM(certification, state, 3, &certification_state_names),
	DAY_OR_NONE(certification, earned_on, 4), /* by state: event_validate.c */
	DAY_OR_NONE(certification, expires_on, 5),
	DAY_OR_NONE(certification, ended_on, 6), /* likewise */
};
static const struct event_field person_link[] = {
	KEY_TEXT(person_link, person, 1),
	{ "change", AT(person_link, linked), 2, FIELD_CHANGE, false, true, 0, &change_names },
	DAY_OR_NONE(person_link, since, 3),
};
static const struct event_field assessment[] = {
	KEY_TEXT(assessment, person, 1),
	KEY_TEXT(assessment, assessment, 2),
	DAY(assessment, passed_on, 3),
	DAY_OR_NONE(assessment, expires_on, 4),
};
static const struct event_field association[] = {
	KEY_TEXT(association, customer, 1),
	KEY_ENUM(association, kind, 2, &association_kind_names),
	KEY_TEXT_OR_EMPTY(association, workload, 3),
	KEY_TEXT_OR_EMPTY(association, subscription, 4),
	DAY_OR_NONE(association, from, 5),
	DAY_OR_NONE(association, until, 6),
	ENUM(association, claim, 7, &claim_state_names),
};
static const struct event_field customer[] = {
	KEY_TEXT(customer, customer, 1),
	TEXT_OR_EMPTY(customer, segment, 2),
};
static const struct event_field usage[] = {
	KEY_TEXT(usage, customer, 1),
	KEY_TEXT(usage, product, 2),
	KEY_TEXT_OR_EMPTY(usage, component, 3),
	KEY_MONTH(usage, month, 4),
	KEY_ENUM(usage, association, 5, &usage_association_names),
	KEY_ENUM(usage, measure, 6, &measure_names),
	KEY_ENUM(usage, offer, 7, &offer_kind_names),
	{ "duplicate", AT(usage, duplicate), 8, FIELD_BOOL, true, false, 0, NULL },
	{ "amount_micro", AT(usage, amount_micro), 9, FIELD_AMOUNT, false, false, 0, NULL },
	KEY_TEXT_NAMED(usage, level1, 10, "service_level_1"),
	KEY_TEXT_NAMED(usage, group2, 11, "service_group_2"),
	KEY_TEXT_NAMED(usage, group3, 12, "service_group_3"),
	KEY_TEXT_NAMED(usage, influencer, 13, "service_influencer"),
	KEY_TEXT_OR_EMPTY(usage, compute_os, 14),
};
static const struct event_field usage_reported[] = {
	KEY_ENUM(usage_reported, measure, 1, &measure_names),
	KEY_MONTH(usage_reported, month, 2),
};
static const struct event_field attestation[] = {
	KEY_ENUM(attestation, kind, 1, &attestation_kind_names),
	KEY_TEXT(attestation, scope, 2),
	KEY_TEXT_OR_EMPTY(attestation, reference, 3),
	DAY(attestation, on, 4),
	DAY_OR_NONE(attestation, until, 5),
};
static const struct event_field account[] = {
	{ "location", AT(account, location), 1, FIELD_TEXT, true, true, EVENT_PARTNER_MAX, NULL },
};
static const struct event_field enrollment[] = {
	KEY_TEXT(enrollment, area, 1),
	ENUM(enrollment, state, 2, &enrollment_state_names),
	DAY(enrollment, on, 3),
	DAY_OR_NONE(enrollment, anniversary, 4),
	TEXT_OR_EMPTY(enrollment, track, 5),
};
static const struct event_field day[] = {
	DAY(day, day, 1),
};
static const struct event_field edition[] = {
	KEY_TEXT(edition, edition, 1),
	DAY(edition, valid_from, 2),
	{ "text", AT(edition, text), 3, FIELD_LINES, false, false, EVENT_TEXT_MAX, NULL },
};

#define BIT(number) (1 << ((number)-1))
#define FIELDS(table, n_usual, days)                                                               \
	{                                                                                          \
		table, sizeof table / sizeof table[0], n_usual,                                    \
			sizeof((struct event *)NULL)->u.table, days                                \
	}
#define ALL(table) sizeof table / sizeof table[0]
const struct fact_fields fact_fields[FACT_KIND_END] = {
	[FACT_CERTIFICATION] = FIELDS(certification, ALL(certification), BIT(4) | BIT(5) | BIT(6)),
	[FACT_PERSON_LINK] = FIELDS(person_link, ALL(person_link), BIT(3)),
	[FACT_ASSESSMENT] = FIELDS(assessment, ALL(assessment), BIT(4)),
	[FACT_ASSOCIATION] = FIELDS(association, ALL(association), BIT(5) | BIT(6)),
	[FACT_CUSTOMER] = FIELDS(customer, ALL(customer), 0),
	[FACT_USAGE] = FIELDS(usage, 9, 0),
	[FACT_USAGE_REPORTED] = FIELDS(usage_reported, ALL(usage_reported), 0),
	[FACT_ATTESTATION] = FIELDS(attestation, ALL(attestation), BIT(5)),
	[FACT_ACCOUNT] = FIELDS(account, ALL(account), 0),
	[FACT_ENROLLMENT] = FIELDS(enrollment, ALL(enrollment), BIT(4)),
	[FACT_DAY] = FIELDS(day, ALL(day), 0),
	[FACT_EDITION] = FIELDS(edition, ALL(edition), 0),
};
/* clang-format on */
