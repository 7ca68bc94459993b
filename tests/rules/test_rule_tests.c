/* Files of tests: with a fault, and the whole report of it; with tests that fail, and what their author is told. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "rules/compile/compile.h"
#include "rules/compile/shipped.h"
#include "rules/testing/testing.h"
#include "tests/support/faulty.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define ARENA_MAX    ((size_t)16 << 20)

/* A file of one test; rows write its steps, or the whole. */
#define HEAD "edition: 2023-06\ntests:\n  - id: A\n    name: a\n    steps:\n"
#define DAY  HEAD "      - on: 2023-08-21\n"
/* One fact, indented by 10. */
#define FACT(text) DAY "        facts:\n          - " text "\n"

static struct edition_box *box;

static int open_edition(
	void *ctx, struct str name, const struct edition **ret_edition, struct err *e)
{
	(void)ctx;
	if (!str_eq(name, STR("2023-06")))
		return err_set(e, ERR_NOTFOUND, "no edition '" STR_FMT "'", STR_ARG(name));
	*ret_edition = edition_box_get(box);
	return 0;
}

static const struct rule_editions editions = { open_edition, NULL };

/* ---- faults ------------------------------------------------------------------------------------------------- */

static const struct row {
	const char *name, *text, *want;
} faults[] = {
	{ "nothing", "# only a remark\n",
		"t.yaml:1:1: error: the file holds no tests; docs/rule-tests.md says what it is made of\n"
		"# only a remark\n^\n" },
	{ "no YAML", "edition: [\n",
		"t.yaml:1:11: error: not YAML: flow sequence without a closing bracket; close the bracket\n"
		"edition: [\n          ^\n" },
	{ "an unknown edition", "edition: 1999-01\ntests: []\n",
		"t.yaml:1:10: error: no edition '1999-01'\nedition: 1999-01\n         ^~~~~~~\n" },
	{ "a misspelt key", HEAD "      - one: 2023-08-21\n",
		"t.yaml:6:9: error: unknown key 'one' in a step; did you mean 'on'?\n"
		"      - one: 2023-08-21\n        ^~~\n"
		"t.yaml:6:9: error: the first step of a test has no 'on'; give its day\n"
		"      - one: 2023-08-21\n        ^\n" },
	{ "time that goes back", DAY "      - on: 2023-08-20\n",
		"t.yaml:7:13: error: 'on' is not after the day of the step before; leave it out to go on "
		"with that day\n      - on: 2023-08-20\n            ^~~~~~~~~~\n" },
	{ "time that leaps", DAY "      - on: 2099-08-20\n",
		"t.yaml:7:13: error: more than 4000 days pass at once\n"
		"      - on: 2099-08-20\n            ^~~~~~~~~~\n" },
	{ "an unknown fact", FACT("usages: [A, B, 2023-07, 1]"),
		"t.yaml:8:13: error: the fact 'usages' is not known; did you mean 'usage'?\n"
		"          - usages: [A, B, 2023-07, 1]\n            ^~~~~~\n" },
	{ "two facts in one entry", FACT("{ leaves: A, joins: B }"),
		"t.yaml:8:13: error: a fact is one name with its values, such as 'usage: [...]', and "
		"perhaps 'times' before it\n"
		"          - { leaves: A, joins: B }\n            ^\n" },
	{ "too many values", FACT("usage-reported: [2023-07, acr, 1]"),
		"t.yaml:8:29: error: 'usage-reported' takes: month, measure; write {member: value, ...} for "
		"others\n          - usage-reported: [2023-07, acr, 1]\n                            ^\n" },
	{ "a person without a certificate", FACT("holds: A"),
		"t.yaml:8:20: error: no valid fact: certification.certificate: missing\n"
		"          - holds: A\n                   ^\n" },
	{ "an unknown member", FACT("usage: { costumer: A }"),
		"t.yaml:8:22: error: the member 'costumer' is not known; did you mean 'customer'?\n"
		"          - usage: { costumer: A }\n                     ^~~~~~~~\n" },
	{ "a member twice", FACT("leaves: { person: A, person: B }"),
		"t.yaml:8:34: error: 'person' is given twice; take one out\n"
		"          - leaves: { person: A, person: B }\n                                 ^~~~~~\n" },
	{ "a bad month", FACT("usage: [A, B, 2023-13, 1]"),
		"t.yaml:8:27: error: 'month' of a fact '2023-13' is no month; write YYYY-MM, 2000-01 to "
		"2199-12\n          - usage: [A, B, 2023-13, 1]\n                          ^~~~~~~\n" },
	{ "a bad amount", FACT("usage: [A, B, 2023-07, -1x]"),
		"t.yaml:8:36: error: 'amount' of a fact '1x' is no amount; write digits with at most six "
		"decimals, no sign, blanks or commas\n"
		"          - usage: [A, B, 2023-07, -1x]\n                                   ^~~\n" },
	{ "a bad name", FACT("usage: [A, B, 2023-07, 1, pall]"),
		"t.yaml:8:39: error: the name 'pall' is not known; did you mean 'pal'?\n"
		"          - usage: [A, B, 2023-07, 1, pall]\n"
		"                                      ^~~~\n" },
	{ "a range of months that ends before it begins",
		FACT("usage: [A, B, 2023-07..2023-06, 1]"),
		"t.yaml:8:27: error: 'month' of a fact is a range of no month or of more than 60\n"
		"          - usage: [A, B, 2023-07..2023-06, 1]\n"
		"                          ^~~~~~~~~~~~~~~~\n" },
	{ "a range of months without an end", FACT("usage: [A, B, 2023-07.., 1]"),
		"t.yaml:8:27: error: 'month' of a fact '2023-07..' is no month; write YYYY-MM, 2000-01 to "
		"2199-12\n          - usage: [A, B, 2023-07.., 1]\n                          ^~~~~~~~~\n" },
	{ "a fact told no times", FACT("{ times: 0, leaves: A }"),
		"t.yaml:8:22: error: 'times' 0 is out of range; write a whole number from 1 to 1000\n"
		"          - { times: 0, leaves: A }\n                     ^\n" },
	{ "an enrollment told several times", FACT("{ times: 2, enrollment: [data-ai, enrolled] }"),
		"t.yaml:8:25: error: 'enrollment' cannot be told several times\n"
		"          - { times: 2, enrollment: [data-ai, enrolled] }\n"
		"                        ^~~~~~~~~~\n" },
	{ "more facts than a file may have",
		DAY
		"        facts:\n          - { times: 1000, usage: [A, B, 2019-01..2023-12, 1] }\n",
		"t.yaml:8:35: error: more than 50000 facts in this file; split it\n"
		"          - { times: 1000, usage: [A, B, 2019-01..2023-12, 1] }\n"
		"                                  ^\n" },
	{ "an unknown area", DAY "        expect: { infrastucture: { total: 1 } }\n",
		"t.yaml:7:19: error: edition 2023-06 has no area 'infrastucture'; did you mean "
		"'infrastructure'?\n        expect: { infrastucture: { total: 1 } }\n"
		"                  ^~~~~~~~~~~~~\n" },
	{ "a metric of another area",
		DAY "        expect: { data-ai: { advanced-certifications: 1 } }\n",
		"t.yaml:7:30: error: there is no metric 'advanced-certifications' here; write the id of a "
		"metric, 'total' or 'status'\n"
		"        expect: { data-ai: { advanced-certifications: 1 } }\n"
		"                             ^~~~~~~~~~~~~~~~~~~~~~~\n" },
	{ "an area that several do not have",
		DAY "        expect: { data-ai+data-bi: { total: 1 } }\n",
		"t.yaml:7:19: error: edition 2023-06 has no area 'data-bi'; did you mean 'data-ai'?\n"
		"        expect: { data-ai+data-bi: { total: 1 } }\n"
		"                  ^~~~~~~~~~~~~~~\n" },
	{ "an unknown track",
		DAY "        expect: { modern-work: { track: large, tracks: { big: 1 } } }\n",
		"t.yaml:7:41: error: modern-work has no track 'large'\n"
		"        expect: { modern-work: { track: large, tracks: { big: 1 } } }\n"
		"                                        ^~~~~\n"
		"t.yaml:7:58: error: modern-work has no track 'big'\n"
		"        expect: { modern-work: { track: large, tracks: { big: 1 } } }\n"
		"                                                         ^~~\n" },
	{ "a track of all areas", DAY "        expect: { all: { track: smb } }\n",
		"t.yaml:7:33: error: tracks are those of one area; name it instead of 'all'\n"
		"        expect: { all: { track: smb } }\n                                ^~~\n" },
	{ "a window without an end", DAY "        expect: { data-ai: { window: [2023-03-15] } }\n",
		"t.yaml:7:38: error: 'window' is a first and a last day; write [2023-03-15, 2023-08-15]\n"
		"        expect: { data-ai: { window: [2023-03-15] } }\n"
		"                                     ^\n" },
	{ "an unknown state of a requirement",
		DAY "        expect: { microsoft-cloud: { data-ai: mett } }\n",
		"t.yaml:7:47: error: the state of a requirement 'mett' is not known; did you mean 'met'?\n"
		"        expect: { microsoft-cloud: { data-ai: mett } }\n"
		"                                              ^~~~\n" },
	{ "a year that is none",
		DAY "        expect: { kubernetes-on-azure: { renewal-year: 0 } }\n",
		"t.yaml:7:56: error: 'renewal-year' 0 is out of range; write a whole number from 1 to 1000\n"
		"        expect: { kubernetes-on-azure: { renewal-year: 0 } }\n"
		"                                                       ^\n" },
	{ "an unknown rule", DAY "        expect: { edition: { rules: { R-NONE: none } } }\n",
		"t.yaml:7:39: error: edition 2023-06 has no rule 'R-NONE'\n"
		"        expect: { edition: { rules: { R-NONE: none } } }\n"
		"                                      ^~~~~~\n" },
	{ "an unknown status", DAY "        expect: { data-ai: { status: qualifid } }\n",
		"t.yaml:7:38: error: 'status' 'qualifid' is not known; did you mean 'qualified'?\n"
		"        expect: { data-ai: { status: qualifid } }\n"
		"                                     ^~~~~~~~\n" },
	{ "an unknown reason",
		DAY "        alerts: [{ area: data-ai, kind: lost, reason: bellow-threshold }]\n",
		"t.yaml:7:55: error: 'reason' of an alert 'bellow-threshold' is not known; did you mean "
		"'below-threshold'?\n"
		"        alerts: [{ area: data-ai, kind: lost, reason: bellow-threshold }]\n"
		"                                                      ^~~~~~~~~~~~~~~~\n" },
	{ "the same id twice", DAY "  - id: A\n    name: a\n    steps: [{ on: 2023-08-21 }]\n",
		"t.yaml:7:9: error: a test 'A' is there already; choose another id\n"
		"  - id: A\n        ^\n" },
	{ "after nothing",
		DAY "  - id: B\n    name: b\n    after: C\n    steps: [{ on: 2023-08-21 }]\n",
		"t.yaml:9:12: error: 'after' names no test above this one\n"
		"    after: C\n           ^\n" },
};

static void test_fault(void **state)
{
	const struct row *row = *state;
	struct rule_tests *t = NULL;
	struct buf report;

	buf_init(&report, &mem_heap, 1 << 20);
	assert_int_equal(
		rule_tests_read(&mem_heap, "t.yaml", str_from(row->text), &editions, &report, &t),
		ERR_SYNTAX);
	assert_null(t);
	assert_int_equal(buf_add(&report, "", 1), 0);
	assert_string_equal((const char *)report.p, row->want);
	buf_fini(&report);
}

/* ---- outcomes ----------------------------------------------------------------------------------------------- */

/* Qualifies with 83 points in Infrastructure; one certificate ends on 2023-09-15. */
#define GAINED                                                                                     \
	DAY "        facts:\n"                                                                     \
	    "          - holds: [A, AZ-104, AZ-305, AZ-700, AZ-140]\n"                             \
	    "          - holds: [B, AZ-104, AZ-305, AZ-700, AZ-140]\n"                             \
	    "          - holds: [C, AZ-700, AZ-140]\n"                                             \
	    "          - holds: [D, AZ-700, AZ-140]\n"                                             \
	    "          - certification: [E, AZ-700, 2022-09-15, 2023-09-15]\n"                     \
	    "          - usage: [Old, Storage, 2022-07, 20000]\n"                                  \
	    "          - usage: [Old, Storage, 2023-07, 20000]\n"                                  \
	    "          - usage: [Contoso, Storage, 2023-07, 1000]\n"                               \
	    "          - usage: [Fabrikam, Storage, 2023-07, 1000]\n"                              \
	    "          - usage: [Adatum, Storage, 2023-07, 1000]\n"                                \
	    "          - usage-reported: 2023-07\n"

/* want: the lines that begin with t.yaml. */
static const struct row outcomes[] = {
	{ "points, exactly", GAINED "        expect: { infrastructure: { total: 83.001 } }\n",
		"t.yaml:19:44: error: infrastructure total on 2023-08-21: expected 83001/1000, got 83\n" },
	{ "an amount may be negative",
		FACT("usage: [A, B, 2023-07, -1]") "        expect: { infrastructure+data-ai: { deployments: 2 } }\n",
		"t.yaml:9:58: error: infrastructure deployments on 2023-08-21: expected 2, got 0\n"
		"t.yaml:9:58: error: data-ai deployments on 2023-08-21: expected 2, got 0\n" },
	{ "a metric of all areas that have it",
		DAY "        facts: [{ usage: [A, B, 2023-07, 1] }]\n"
		    "        expect: { all: { advanced-certifications: 1 } }\n",
		"t.yaml:8:51: error: infrastructure advanced-certifications on 2023-08-21: expected 1, got 0\n"
		"t.yaml:8:51: error: digital-app-innovation advanced-certifications on 2023-08-21: expected 1, got 0\n"
		"t.yaml:8:51: error: modern-work advanced-certifications on 2023-08-21: expected 1, got 0\n"
		"t.yaml:8:51: error: business-applications advanced-certifications on 2023-08-21: expected 1, got 0\n" },
	{ "the track, and the totals of all tracks",
		DAY
		"        facts: [{ times: 2, holds: [A, MS-700] }]\n"
		"        expect: { modern-work: { track: enterprise, tracks: { enterprise: 6, smb: 10 } } }\n",
		"t.yaml:8:41: error: modern-work track on 2023-08-21: expected enterprise, got smb\n"
		"t.yaml:8:75: error: modern-work track enterprise on 2023-08-21: expected 6, got 5\n" },
	{ "states, days of a window and of an anniversary",
		DAY
		"        facts: [{ enrollment: [data-ai, enrolled, 2023-08-01, 2024-08-01] }]\n"
		"        expect:\n"
		"          microsoft-cloud: { data-ai: not-met, security: met }\n"
		"          data-ai: { status: qualified, window: none, anniversary: 2024-08-02 }\n",
		"t.yaml:9:39: error: microsoft-cloud data-ai on 2023-08-21: expected not-met, got met\n"
		"t.yaml:9:58: error: microsoft-cloud security on 2023-08-21: expected met, got not-met\n"
		"t.yaml:10:30: error: data-ai status on 2023-08-21: expected qualified, got enrolled\n"
		"t.yaml:10:49: error: data-ai window on 2023-08-21: expected [none, none], got [2024-07-02, "
		"2024-08-01]\n"
		"t.yaml:10:68: error: data-ai anniversary on 2023-08-21: expected 2024-08-02, got 2024-08-01\n" },
	{ "what a renewal asks for",
		DAY "        facts:\n"
		    "          - enrollment: [sap-on-azure, enrolled, 2023-08-01, 2024-08-01]\n"
		    "        expect:\n"
		    "          sap-on-azure: { audit: not-met, renewal-year: 2 }\n"
		    "          kubernetes-on-azure: { audit: not-asked, renewal-year: 1 }\n",
		"t.yaml:10:34: error: sap-on-azure audit on 2023-08-21: expected not-met, got not-asked\n"
		"t.yaml:10:57: error: sap-on-azure renewal-year on 2023-08-21: expected 2, got 1\n"
		"t.yaml:11:41: error: kubernetes-on-azure audit on 2023-08-21: expected not-asked, got not-met\n"
		"t.yaml:11:66: error: kubernetes-on-azure renewal-year on 2023-08-21: expected 1, got none\n" },
	{ "how long the edition and a rule hold",
		DAY
		"        expect: { edition: { valid: [2023-06-13, none], rules: { R-SEC-INT: none } } }\n",
		"t.yaml:7:37: error: valid on 2023-08-21: expected [2023-06-13, none], got [2023-06-13, "
		"2023-11-30]\n"
		"t.yaml:7:77: error: R-SEC-INT on 2023-08-21: expected [none, none], got [none, 2023-11-30]\n" },
	{ "since when windows have their rules",
		DAY "        expect: { edition: { windows: [2022-10-25, 2023-09-20] } }\n",
		"t.yaml:7:39: error: windows on 2023-08-21: expected 2022-10-25, 2023-09-20, got 2022-10-25, "
		"2023-09-19\n" },
	{ "an alert that did not come",
		GAINED "        alerts: [{ area: data-ai, kind: lost, reason: below-threshold }]\n",
		"t.yaml:19:9: error: infrastructure alerts on 2023-08-21: expected no other, got gained "
		"(qualifies) of infrastructure\n"
		"t.yaml:19:18: error: data-ai alerts on 2023-08-21: expected lost (below-threshold) of "
		"data-ai, got gained (qualifies) of infrastructure\n" },
	{ "an alert that nobody expected", GAINED "        alerts: []\n",
		"t.yaml:19:9: error: infrastructure alerts on 2023-08-21: expected none, got gained "
		"(qualifies) of infrastructure\n" },
	{ "an alert of a day between two steps is of that day",
		GAINED "      - on: 2023-10-01\n        alerts: []\n", "" },
	{ "and is named where it is missed",
		GAINED
		"      - on: 2023-10-01\n        alerts:\n"
		"          - { area: infrastructure, kind: at-risk, reason: within-margin }\n",
		"t.yaml:21:13: error: infrastructure alerts on 2023-10-01: expected at-risk "
		"(within-margin) of infrastructure, got at-risk (within-margin) of infrastructure on "
		"2023-09-16\n" },
	{ "partners are apart",
		GAINED
		"      - partner: other\n        facts: [{ usage: [X, Storage, 2023-07, 5] }]\n"
		"        expect: { infrastructure: { deployments: 2, total: 2 } }\n        alerts: []\n"
		"      - expect: { infrastructure: { total: 83 } }\n",
		"" },
	{ "a partner of whom nothing is known",
		DAY "        partner: nobody\n        expect: { data-ai: { total: 0 } }\n",
		"t.yaml:8:37: error: data-ai score on 2023-08-21: expected a score, got no fact that the "
		"edition uses\n" },
};

/* Keeps the first lines of messages; source lines and carets are the report's own matter. */
static void first_lines(const struct buf *report, char *out, size_t cap)
{
	struct sink s;
	size_t from = 0;

	sink_init(&s, out, cap);
	for (size_t i = 0; i < report->n; i++)
		if (report->p[i] == '\n') {
			if (strncmp((const char *)report->p + from, "t.yaml:", 7) == 0)
				sink_add(&s, (struct str){ (const char *)report->p + from,
						     i + 1 - from });
			from = i + 1;
		}
	if (s.len == 0)
		out[0] = '\0';
}

static void test_outcome(void **state)
{
	const struct row *row = *state;
	struct rule_tests *t = NULL;
	struct rule_result result;
	struct buf report;
	struct arena ar;
	char lines[4096];

	buf_init(&report, &mem_heap, 1 << 20);
	arena_init(&ar, &mem_heap, ARENA_MAX);
	if (rule_tests_read(&mem_heap, "t.yaml", str_from(row->text), &editions, &report, &t) != 0)
		fail_msg("%.*s", (int)report.n, (const char *)report.p);
	assert_int_equal(rule_test_run(&mem_heap, t, 0, &ar, &result), 0);
	assert_int_equal(rule_result_print(t, &result, &report), 0);
	first_lines(&report, lines, sizeof lines);
	assert_string_equal(lines, row->want);
	assert_true((result.n == 0) == (row->want[0] == '\0'));
	arena_fini(&ar);
	buf_fini(&report);
	rule_tests_destroy(t);
}

static void test_every_form_of_a_fact_is_read(void **state)
{
	static const char text[] = DAY
		"        facts:\n"
		"          - certification: { person: A, certificate: AZ-104, state: renewed, earned_on: 2023-01-01 }\n"
		"          - expired: [A, AZ-305, 2023-01-01]\n"
		"          - revoked: [A, AZ-700, 2023-01-01]\n"
		"          - joins: [A, 2023-01-01]\n"
		"          - person-link: [A, unlinked]\n"
		"          - assessment: [A, AZ-104, 2023-01-01]\n"
		"          - association: [C, cpor]\n"
		"          - customer: [C, SMB]\n"
		"          - attestation: [audit, azure-vmware, 2023-01-01]\n"
		"          - attestation: { kind: deployment, scope: kubernetes, reference: C, on: 2023-01-01 }\n"
		"          - account: 7654321\n"
		"          - enrollment: [data-ai, enrolled, 2023-01-01]\n"
		"          - usage: { customer: C, product: P, month: 2023-07, amount: 1, duplicate: true, measure: mau }\n"
		"          - usage: { customer: C, product: P, month: 2023-07, amount: 1, association: none, "
		"service_level_1: L1, service_group_2: G2, service_group_3: G3, service_influencer: I, compute_os: OS }\n"
		"          - usage: [C, P, 2023-07, 1, none]\n"
		"          - retract: { customer: C }\n"
		"          - active: [C, P, 2023-07, 1]\n"
		"          - seats: [C, P, 2023-07, 1, dpor]\n"
		"          - capacity: [C, P, 2023-07, 1]\n"
		"          - revenue: [C, P, 2023-07, 1]\n"
		"          - association: [C, cpor, \"\", 2023-01-01, \"\", approved, S]\n"
		"          - { times: 2, usage: [C, P, 2023-06..2023-07, 1] }\n"
		"          - { times: 2, attestation: [reference, kubernetes, 2023-01-01] }\n";
	static const enum fact_kind kinds[] = { FACT_CERTIFICATION, FACT_CERTIFICATION,
		FACT_CERTIFICATION, FACT_PERSON_LINK, FACT_PERSON_LINK, FACT_ASSESSMENT,
		FACT_ASSOCIATION, FACT_CUSTOMER, FACT_ATTESTATION, FACT_ATTESTATION, FACT_ACCOUNT,
		FACT_ENROLLMENT, FACT_USAGE, FACT_USAGE, FACT_USAGE, FACT_CUSTOMER, FACT_USAGE,
		FACT_USAGE, FACT_USAGE, FACT_USAGE, FACT_ASSOCIATION, FACT_USAGE, FACT_USAGE,
		FACT_USAGE, FACT_USAGE, FACT_ATTESTATION, FACT_ATTESTATION };
	struct rule_tests *t = NULL;
	const struct fact_association *as;
	const struct fact_usage *u;
	const struct rule_step *s;
	struct buf report;

	(void)state;
	buf_init(&report, &mem_heap, 1 << 20);
	if (rule_tests_read(&mem_heap, "t.yaml", STR(text), &editions, &report, &t) != 0)
		fail_msg("%.*s", (int)report.n, (const char *)report.p);
	s = &rule_tests_get(t, 0)->steps[0];
	assert_int_equal(s->n_events, ARRAY_LEN(kinds));
	for (size_t i = 0; i < s->n_events; i++) {
		assert_int_equal(s->events[i].kind, kinds[i]);
		assert_true(s->events[i].retracted == (i == 15));
		assert_true(i == 0 || s->events[i].recorded > s->events[i - 1].recorded);
	}
	assert_int_equal(s->events[0].u.certification.state, CERT_RENEWED);
	assert_false(s->events[4].u.person_link.linked);
	assert_int_equal(s->events[9].u.attestation.kind, ATTEST_DEPLOYMENT);
	assert_true(str_eq(s->events[9].u.attestation.reference, STR("C")));
	assert_int_equal(s->events[12].u.usage.association, ASSOC_PAL);
	assert_int_equal(s->events[12].u.usage.measure, MEASURE_MAU);
	assert_true(s->events[12].u.usage.duplicate);
	u = &s->events[13].u.usage;
	assert_int_equal(u->association, ASSOC_NONE);
	assert_true(str_eq(u->level1, STR("L1")) && str_eq(u->group2, STR("G2")) &&
		    str_eq(u->group3, STR("G3")) && str_eq(u->influencer, STR("I")) &&
		    str_eq(u->compute_os, STR("OS")));
	assert_int_equal(s->events[14].u.usage.association, ASSOC_NONE);
	assert_int_equal(s->events[16].u.usage.measure, MEASURE_MAU);
	assert_int_equal(s->events[16].u.usage.association, ASSOC_CPOR);
	assert_int_equal(s->events[17].u.usage.measure, MEASURE_PAID_UNITS);
	assert_int_equal(s->events[17].u.usage.association, ASSOC_DPOR);
	assert_int_equal(s->events[18].u.usage.measure, MEASURE_CAPACITY);
	assert_int_equal(s->events[19].u.usage.measure, MEASURE_ADJUSTED_REVENUE);
	as = &s->events[20].u.association;
	assert_true(
		as->workload.n == 0 && as->until == DAY_NONE && str_eq(as->subscription, STR("S")));
	assert_int_equal(as->claim, CLAIM_APPROVED);
	for (size_t i = 21; i < 25; i++) {
		u = &s->events[i].u.usage;
		assert_true(str_eq(u->customer, i < 23 ? STR("C1") : STR("C2")));
		assert_int_equal(u->month, 2023 * 12 + (i % 2 == 1 ? 5 : 6));
	}
	assert_true(str_eq(s->events[25].u.attestation.reference, STR("1")));
	assert_true(str_eq(s->events[26].u.attestation.reference, STR("2")));
	rule_tests_destroy(t);
	buf_fini(&report);
}

static void test_a_certificate_that_no_rule_names_is_a_warning(void **state)
{
	static const char text[] = FACT("holds: [A, AZ-1O4]");
	struct rule_tests *t = NULL;
	struct buf report;

	(void)state;
	buf_init(&report, &mem_heap, 1 << 20);
	assert_int_equal(
		rule_tests_read(&mem_heap, "t.yaml", STR(text), &editions, &report, &t), 0);
	assert_int_equal(buf_add(&report, "", 1), 0);
	assert_non_null(strstr((const char *)report.p,
		"t.yaml:8:24: warning: edition 2023-06 names no certificate 'AZ-1O4'"));
	rule_tests_destroy(t);
	buf_fini(&report);
}

static void test_no_memory_is_an_answer_wherever_it_ends(void **state)
{
	static const char text[] = GAINED "        alerts: []\n";

	(void)state;
	for (int n = 0, rc = ERR_NOMEM; rc == ERR_NOMEM; n++) {
		struct faulty f = { .left = n };
		struct rule_tests *t = NULL;
		struct rule_result result = { 0 };
		struct buf report;
		struct arena ar;

		buf_init(&report, &mem_heap, 1 << 20);
		arena_init(&ar, faulty_alloc(&f), ARENA_MAX);
		rc = rule_tests_read(faulty_alloc(&f), "t.yaml", STR(text), &editions, &report, &t);
		if (rc == 0)
			rc = rule_test_run(faulty_alloc(&f), t, 0, &ar, &result);
		assert_true(rc == 0 || rc == ERR_NOMEM);
		assert_true(rc != 0 || result.n == 1);
		arena_fini(&ar);
		rule_tests_destroy(t);
		buf_fini(&report);
		assert_int_equal(f.live, 0);
	}
}

static int set_up(void **state)
{
	const struct shipped_edition *s = shipped_by_id(STR("2023-06"));

	(void)state;
	return compile_edition(&mem_heap, s->file, s->text, NULL, &box);
}

static int tear_down(void **state)
{
	(void)state;
	edition_box_destroy(box);
	return 0;
}

#define ROWS(table, func)                                                                          \
	for (size_t i = 0; i < ARRAY_LEN(table); i++)                                              \
		tests[n++] = (struct CMUnitTest)                                                   \
		{                                                                                  \
			.name = table[i].name, .test_func = func,                                  \
			.initial_state = (void *)(uintptr_t)&table[i]                              \
		}
#define TEST(func) tests[n++] = (struct CMUnitTest)cmocka_unit_test(func)

int main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(faults) + ARRAY_LEN(outcomes) + 4];
	size_t n = 0;

	ROWS(faults, test_fault);
	ROWS(outcomes, test_outcome);
	TEST(test_every_form_of_a_fact_is_read);
	TEST(test_a_certificate_that_no_rule_names_is_a_warning);
	TEST(test_no_memory_is_an_answer_wherever_it_ends);
	return _cmocka_run_group_tests("tests of rules", tests, n, set_up, tear_down);
}
