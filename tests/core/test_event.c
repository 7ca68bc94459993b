/* What event_validate() accepts and refuses, field by field, and that names and their values agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/base/event.h"
#include "common/base/event_fields.h"
#include "tests/support/event_samples.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static char long_text[EVENT_TEXT_MAX + 2];

struct row {
	const char *name;
	enum fact_kind kind;
	void (*spoil)(struct event *ev);
	enum refusal want;
	const char *detail;
};

#define SPOIL(fn, change)                                                                          \
	static void fn(struct event *ev)                                                           \
	{                                                                                          \
		change;                                                                            \
	}

static struct str long_str(size_t n)
{
	return (struct str){ long_text, n };
}

SPOIL(no_id, ev->id = STR(""))
SPOIL(longest_id, ev->id = long_str(EVENT_ID_MAX))
SPOIL(long_id, ev->id = long_str(EVENT_ID_MAX + 1))
SPOIL(control_id, ev->id = STR("a\nb"))
SPOIL(no_source, ev->source = STR(""))
SPOIL(long_source, ev->source = long_str(EVENT_SOURCE_MAX + 1))
SPOIL(bad_source, ev->source = STR("\xC0\x80"))
SPOIL(no_subject, ev->subject = STR(""))
SPOIL(long_subject, ev->subject = long_str(EVENT_PARTNER_MAX + 1))
SPOIL(any_subject, ev->subject = STR("1"))
SPOIL(first_ms, ev->time = ev->recorded = 946684800000LL)
SPOIL(before_first_ms, ev->time = 946684799999LL)
SPOIL(last_ms, ev->time = ev->recorded = 7258118399999LL)
SPOIL(after_last_ms, ev->recorded = 7258118400000LL)
SPOIL(no_kind, ev->kind = (enum fact_kind)0)
SPOIL(unknown_kind, ev->kind = FACT_KIND_END)
SPOIL(no_month, ev->u.usage.month = 0)
SPOIL(first_month, ev->u.usage.month = MONTH_MIN)
SPOIL(late_month, ev->u.usage.month = MONTH_MAX + 1)
SPOIL(no_customer, ev->u.usage.customer = STR(""))
SPOIL(long_customer, ev->u.usage.customer = long_str(EVENT_NAME_MAX + 1))
SPOIL(bad_component, ev->u.usage.component = STR("\xFF"))
SPOIL(no_association, ev->u.usage.association = ASSOC_NONE)
SPOIL(big_association, ev->u.usage.association = ASSOC_KIND_END)
SPOIL(negative_association, ev->u.usage.association = (enum association_kind) - 1)
SPOIL(no_kind_of_association, ev->u.association.kind = ASSOC_NONE)
SPOIL(big_measure, ev->u.usage.measure = MEASURE_END)
SPOIL(negative_offer, ev->u.usage.offer = (enum offer_kind) - 1)
SPOIL(greatest_amount, ev->u.usage.amount_micro = -USAGE_AMOUNT_MAX)
SPOIL(big_amount, ev->u.usage.amount_micro = USAGE_AMOUNT_MAX + 1)
SPOIL(retract_bad_amount, ev->retracted = true; ev->u.usage.amount_micro = INT64_MIN)
SPOIL(retract_bad_month, ev->retracted = true; ev->u.usage.month = 1)
SPOIL(no_earned, ev->u.certification.earned_on = DAY_NONE)
SPOIL(early_earned, ev->u.certification.earned_on = DAY_MIN - 1)
SPOIL(early_expires, ev->u.certification.expires_on = 0)
SPOIL(ended_on_of_earned, ev->u.certification.ended_on = 19001)
SPOIL(expired_without_end, ev->u.certification.state = CERT_EXPIRED)
SPOIL(revoked, ev->u.certification.state = CERT_REVOKED; ev->u.certification.earned_on = DAY_NONE;
	ev->u.certification.ended_on = 19001)
SPOIL(no_state, ev->u.certification.state = (enum certification_state)0)
SPOIL(retract_bare_certificate, ev->retracted = true;
	ev->u.certification.state = (enum certification_state)9;
	ev->u.certification.earned_on = DAY_NONE)
SPOIL(no_passed, ev->u.assessment.passed_on = DAY_NONE)
SPOIL(bad_since, ev->u.person_link.since = -5)
SPOIL(bad_claim, ev->u.association.claim = CLAIM_STATE_END)
SPOIL(deployment, ev->u.attestation.kind = ATTEST_DEPLOYMENT)
SPOIL(unknown_attestation, ev->u.attestation.kind = ATTEST_KIND_END)
SPOIL(long_location, ev->u.account.location = long_str(EVENT_PARTNER_MAX + 1))
SPOIL(retract_day, ev->retracted = true)
SPOIL(longest_text, ev->u.edition.text = long_str(EVENT_TEXT_MAX))
SPOIL(long_edition_text, ev->u.edition.text = long_str(EVENT_TEXT_MAX + 1))
SPOIL(binary_edition_text, ev->u.edition.text = STR("a\001b"))
SPOIL(no_text, ev->u.edition.text = STR(""))

static const struct row rows[] = {
	{ "no id", FACT_USAGE, no_id, REFUSED_ID, "id: missing" },
	{ "the longest id", FACT_USAGE, longest_id, REFUSED_NOT, NULL },
	{ "an id one byte too long", FACT_USAGE, long_id, REFUSED_ID,
		"id: 129 bytes, at most 128" },
	{ "an id with a line end", FACT_USAGE, control_id, REFUSED_ID,
		"id: not clean UTF-8 (invalid bytes or control characters)" },
	{ "no source", FACT_DAY, no_source, REFUSED_SOURCE, "source: missing" },
	{ "a long source", FACT_DAY, long_source, REFUSED_SOURCE,
		"source: 257 bytes, at most 256" },
	{ "an overlong source", FACT_DAY, bad_source, REFUSED_SOURCE,
		"source: not clean UTF-8 (invalid bytes or control characters)" },
	{ "no subject", FACT_ACCOUNT, no_subject, REFUSED_SUBJECT, "subject: missing" },
	{ "a long subject", FACT_ACCOUNT, long_subject, REFUSED_SUBJECT,
		"subject: 65 bytes, at most 64" },
	{ "a day with a subject", FACT_DAY, any_subject, REFUSED_SUBJECT,
		"subject: day events belong to no partner" },
	{ "an edition with a subject", FACT_EDITION, any_subject, REFUSED_SUBJECT,
		"subject: edition events belong to no partner" },
	{ "the first millisecond", FACT_USAGE, first_ms, REFUSED_NOT, NULL },
	{ "a time before the first", FACT_USAGE, before_first_ms, REFUSED_TIME,
		"time 946684799999: expected 2000-01-01 to 2199-12-31 in milliseconds" },
	{ "the last millisecond", FACT_USAGE, last_ms, REFUSED_NOT, NULL },
	{ "recorded after the last", FACT_USAGE, after_last_ms, REFUSED_TIME,
		"recordedtime 7258118400000: expected 2000-01-01 to 2199-12-31 in milliseconds" },
	{ "no fact", FACT_USAGE, no_kind, REFUSED_FACT,
		"fact: none, or one that this version does not know" },
	{ "an unknown fact", FACT_USAGE, unknown_kind, REFUSED_FACT,
		"fact: none, or one that this version does not know" },
	{ "usage without a month", FACT_USAGE, no_month, REFUSED_FIELD,
		"usage.month 0: expected 24000..26399" },
	{ "usage of the first month", FACT_USAGE, first_month, REFUSED_NOT, NULL },
	{ "usage after the last month", FACT_USAGE, late_month, REFUSED_FIELD,
		"usage.month 26400: expected 24000..26399" },
	{ "usage of nobody", FACT_USAGE, no_customer, REFUSED_FIELD, "usage.customer: missing" },
	{ "a long customer", FACT_USAGE, long_customer, REFUSED_FIELD,
		"usage.customer: 257 bytes, at most 256" },
	{ "a component of invalid bytes", FACT_USAGE, bad_component, REFUSED_FIELD,
		"usage.component: not clean UTF-8 (invalid bytes or control characters)" },
	{ "usage without association", FACT_USAGE, no_association, REFUSED_NOT, NULL },
	{ "usage of an unknown association", FACT_USAGE, big_association, REFUSED_FIELD,
		"usage.association 7: expected 0..6" },
	{ "usage of a negative association", FACT_USAGE, negative_association, REFUSED_FIELD,
		"usage.association -1: expected 0..6" },
	{ "an association of no kind", FACT_ASSOCIATION, no_kind_of_association, REFUSED_FIELD,
		"association.kind 0: expected 1..6" },
	{ "an unknown measure", FACT_USAGE, big_measure, REFUSED_FIELD,
		"usage.measure 6: expected 1..5" },
	{ "a negative offer", FACT_USAGE, negative_offer, REFUSED_FIELD,
		"usage.offer -1: expected 0..4" },
	{ "the greatest credit", FACT_USAGE, greatest_amount, REFUSED_NOT, NULL },
	{ "an amount over the greatest", FACT_USAGE, big_amount, REFUSED_FIELD,
		"usage.amount_micro 1000000000000001: expected -1000000000000000..1000000000000000" },
	{ "a retraction with any amount", FACT_USAGE, retract_bad_amount, REFUSED_NOT, NULL },
	{ "a retraction with a bad key", FACT_USAGE, retract_bad_month, REFUSED_FIELD,
		"usage.month 1: expected 24000..26399" },
	{ "earned without a day", FACT_CERTIFICATION, no_earned, REFUSED_FIELD,
		"certification.earned_on: missing, required for earned" },
	{ "earned before 2000", FACT_CERTIFICATION, early_earned, REFUSED_FIELD,
		"certification.earned_on 10956: expected 10957..84005" },
	{ "expires in 1970", FACT_CERTIFICATION, early_expires, REFUSED_FIELD,
		"certification.expires_on 0: expected 10957..84005" },
	{ "earned with an end", FACT_CERTIFICATION, ended_on_of_earned, REFUSED_FIELD,
		"certification.ended_on: only for expired and revoked, the state is earned" },
	{ "expired without an end", FACT_CERTIFICATION, expired_without_end, REFUSED_FIELD,
		"certification.ended_on: missing, required for expired" },
	{ "revoked with an end alone", FACT_CERTIFICATION, revoked, REFUSED_NOT, NULL },
	{ "no state", FACT_CERTIFICATION, no_state, REFUSED_FIELD,
		"certification.state 0: expected 1..4" },
	{ "a retracted certificate needs its key alone", FACT_CERTIFICATION,
		retract_bare_certificate, REFUSED_NOT, NULL },
	{ "an assessment without a day", FACT_ASSESSMENT, no_passed, REFUSED_FIELD,
		"assessment.passed_on: missing" },
	{ "a link since before 2000", FACT_PERSON_LINK, bad_since, REFUSED_FIELD,
		"person-link.since -5: expected 10957..84005" },
	{ "an unknown claim state", FACT_ASSOCIATION, bad_claim, REFUSED_FIELD,
		"association.claim 9: expected 0..8" },
	{ "a deployment confirmed", FACT_ATTESTATION, deployment, REFUSED_NOT, NULL },
	{ "an unknown attestation", FACT_ATTESTATION, unknown_attestation, REFUSED_FIELD,
		"attestation.kind 6: expected 1..5" },
	{ "a long location", FACT_ACCOUNT, long_location, REFUSED_FIELD,
		"account.location: 65 bytes, at most 64" },
	{ "a retracted day", FACT_DAY, retract_day, REFUSED_FIELD,
		"retracted: a day that has begun cannot be withdrawn" },
	{ "the longest rule file", FACT_EDITION, longest_text, REFUSED_NOT, NULL },
	{ "a rule file too long", FACT_EDITION, long_edition_text, REFUSED_FIELD,
		"edition.text: 262145 bytes, at most 262144" },
	{ "a binary rule file", FACT_EDITION, binary_edition_text, REFUSED_FIELD,
		"edition.text: not clean UTF-8 (invalid bytes or control characters)" },
	{ "an edition that ships", FACT_EDITION, no_text, REFUSED_NOT, NULL },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	struct event ev = event_sample_bare(row->kind);
	struct refusal_detail detail = { "untouched" };

	row->spoil(&ev);
	assert_string_equal(refusal_name(event_validate(&ev, &detail)), refusal_name(row->want));
	assert_string_equal(detail.text, row->detail == NULL ? "untouched" : row->detail);
}

static void test_every_fact_has_a_valid_sample(void **state)
{
	(void)state;
	for (int k = 1; k < FACT_KIND_END; k++) {
		struct event bare = event_sample_bare((enum fact_kind)k);
		struct event full = event_sample_full((enum fact_kind)k);
		struct refusal_detail detail = { "" };

		if (event_validate(&bare, &detail) != REFUSED_NOT ||
			event_validate(&full, &detail) != REFUSED_NOT)
			fail_msg("%s: %s", fact_kind_name((enum fact_kind)k), detail.text);
	}
}

/* Every text field of every fact, one byte over its limit and with a byte that is not UTF-8. */
static void test_every_text_field_has_a_limit(void **state)
{
	(void)state;
	for (int k = 1; k < FACT_KIND_END; k++)
		for (size_t i = 0; i < fact_fields[k].n; i++) {
			const struct event_field *f = &fact_fields[k].fields[i];
			struct event ev = event_sample_bare((enum fact_kind)k);
			struct str *s = (struct str *)((char *)&ev + f->offset);
			struct refusal_detail detail;

			if (f->form != FIELD_TEXT && f->form != FIELD_LINES)
				continue;
			*s = long_str(f->max);
			assert_int_equal(event_validate(&ev, &detail), REFUSED_NOT);
			*s = long_str(f->max + 1);
			assert_int_equal(event_validate(&ev, &detail), REFUSED_FIELD);
			*s = STR("ok\xED\xA0\x80");
			assert_int_equal(event_validate(&ev, &detail), REFUSED_FIELD);
			*s = STR("");
			assert_int_equal(event_validate(&ev, &detail),
				f->required ? REFUSED_FIELD : REFUSED_NOT);
		}
}

static void test_fields_are_numbered_without_gaps(void **state)
{
	(void)state;
	for (int k = 1; k < FACT_KIND_END; k++) {
		assert_in_range(fact_fields[k].n, 1, EVENT_FIELDS_MAX);
		for (size_t i = 0; i < fact_fields[k].n; i++)
			assert_int_equal(fact_fields[k].fields[i].number, i + 1);
	}
}

/* What stands beside the fields of a fact says the same as they do. */
static void test_a_fact_agrees_with_its_fields(void **state)
{
	(void)state;
	for (int k = 1; k < FACT_KIND_END; k++) {
		const struct fact_fields *fact = &fact_fields[k];

		assert_in_range(fact->n_usual, 1, fact->n);
		for (size_t i = 0; i < fact->n; i++) {
			const struct event_field *f = &fact->fields[i];
			bool may_be_missing = f->form == FIELD_DAY && !f->required;

			assert_int_equal(fact->days >> i & 1, may_be_missing);
			assert_in_range(f->offset, offsetof(struct event, u),
				offsetof(struct event, u) + fact->size - 1);
			if (i >= fact->n_usual)
				assert_true(f->form == FIELD_TEXT && !f->required);
		}
		assert_int_equal(fact->days >> fact->n, 0);
	}
}

static void test_one_rare_text_makes_all_fields_given(void **state)
{
	const struct fact_fields *fact = &fact_fields[FACT_USAGE];
	struct event ev = event_sample_bare(FACT_USAGE);

	(void)state;
	assert_true(fact->n_usual < fact->n);
	assert_int_equal(event_fields_given(&ev), fact->n_usual);
	for (size_t i = fact->n_usual; i < fact->n; i++) {
		struct str *s = (struct str *)((char *)&ev + fact->fields[i].offset);

		*s = STR("x");
		assert_int_equal(event_fields_given(&ev), fact->n);
		*s = STR("");
	}
}

static void test_names_lead_back_to_their_values(void **state)
{
	static const struct enum_names *const all[] = { &certification_state_names, &change_names,
		&association_kind_names, &claim_state_names, &measure_names, &offer_kind_names,
		&attestation_kind_names, &enrollment_state_names };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		int back = -7;

		assert_null(enum_name(all[i], all[i]->first - 1));
		assert_null(enum_name(all[i], all[i]->end));
		assert_false(enum_by_name(all[i], STR("no such name"), &back));
		assert_int_equal(back, -7);
		for (int v = all[i]->first; v < all[i]->end; v++) {
			assert_non_null(enum_name(all[i], v));
			assert_true(enum_by_name(all[i], str_from(enum_name(all[i], v)), &back));
			assert_int_equal(back, v);
		}
	}
	for (int k = 1; k < FACT_KIND_END; k++)
		assert_int_equal(fact_kind_by_name(str_from(fact_kind_name((enum fact_kind)k))), k);
	assert_int_equal(fact_kind_by_name(STR("Usage")), 0);
	assert_string_equal(fact_kind_name(FACT_KIND_END), "unknown");
	assert_string_equal(refusal_name(REFUSED_NOT), "accepted");
	assert_string_equal(refusal_name(REFUSED_DAY), "day-not-accepted");
	assert_string_equal(refusal_name(REFUSAL_END), "unknown");
	assert_non_null(refusal_help(REFUSED_TOO_LARGE));
}

static void test_enumeration_lookups(void **state)
{
	enum association_kind a = ASSOC_PAL;
	int c;

	(void)state;
	assert_string_equal(association_kind_name(ASSOC_CSP_TIER_2), "csp-tier-2");
	assert_null(association_kind_name(ASSOC_NONE));
	assert_null(enum_name(&usage_association_names, ASSOC_NONE));
	for (int v = ASSOC_CPOR; v < ASSOC_KIND_END; v++)
		assert_string_equal(enum_name(&usage_association_names, v),
			association_kind_name((enum association_kind)v));
	assert_true(association_kind_by_name(STR("transacting-por"), &a));
	assert_int_equal(a, ASSOC_TRANSACTING_POR);
	assert_true(enum_by_name(&claim_state_names, STR("none"), &c));
	assert_int_equal(c, CLAIM_NONE);
	assert_false(enum_by_name(&claim_state_names, STR(""), &c));
}

int main(void)
{
	static const struct CMUnitTest plain[] = {
		cmocka_unit_test(test_every_fact_has_a_valid_sample),
		cmocka_unit_test(test_every_text_field_has_a_limit),
		cmocka_unit_test(test_fields_are_numbered_without_gaps),
		cmocka_unit_test(test_a_fact_agrees_with_its_fields),
		cmocka_unit_test(test_one_rare_text_makes_all_fields_given),
		cmocka_unit_test(test_names_lead_back_to_their_values),
		cmocka_unit_test(test_enumeration_lookups),
	};
	static struct CMUnitTest tests[ARRAY_LEN(rows) + ARRAY_LEN(plain)];
	size_t n = 0;

	memset(long_text, 'x', sizeof long_text);
	for (; n < ARRAY_LEN(rows); n++)
		tests[n] = (struct CMUnitTest){ .name = rows[n].name,
			.test_func = test_row,
			.initial_state = (void *)(uintptr_t)&rows[n] };
	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		tests[n++] = plain[i];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
