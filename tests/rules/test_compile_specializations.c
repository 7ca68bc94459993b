/* Specializations in rule files: requirements, and the conditions that they are made of. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/err.h"
#include "tests/harness/rule_text.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#define REQUIRED "{ usage: { usage: seats, total-of-months: 3, at-least: 1500.5, customers: 2 } }"

/* The requirement that tests change is in line 27. */
static const char base[] =
	"edition: { id: e1, title: Test, valid-from: 2023-06-01 }\n"
	"sources: { S1: A document }\n"
	"settings: { qualifies-at: 70, every-metric-above: 0, usage-ready-day: 20 }\n"
	"certificates: [{ code: C-1, title: Certificate One }, { code: C-2, title: Certificate Two }]\n"
	"selections:\n"
	"  - { id: seats, measure: paid-units, associations: [cpor], offers: [paid], source: S1 }\n"
	"  - { id: active, measure: mau, associations: [cpor], offers: [paid], source: S1 }\n"
	"areas:\n"
	"  - id: one\n"
	"    name: Area one\n"
	"    metrics:\n"
	"      - id: people\n"
	"        name: People\n"
	"        rule: R-1\n"
	"        source: S1\n"
	"        maximum: 100\n"
	"        measure: people\n"
	"        steps: [{ name: S, holds: { any: [C-1, C-2] }, points: 4 }]\n"
	"specializations:\n"
	"  - id: special\n"
	"    name: Special\n"
	"    rule: R-SP\n"
	"    source: S1 page 7\n"
	"    requires:\n"
	"      - { id: first, name: First, usage: { usage: active, average-of-months: 1, at-least: 1 } }\n"
	"      - { id: second, name: Second, source: S1 page 8, all: [\n"
	"          { usage: { usage: seats, total-of-months: 3, at-least: 1500.5, customers: 2 } }\n"
	"        ] }\n";

#define ROW(text, with_, want_)                                                                    \
	{                                                                                          \
		.name = text, .find = REQUIRED, .with = with_, .want = want_, .rc = ERR_SYNTAX     \
	}

static const struct rule_row rows[] = {
	ROW("a condition is of a kind", "{ name: None }",
		"r.yaml:27:11: error: a condition has no 'designations', 'usage', 'usage-share', 'growth', 'units', 'people', 'attested', 'segments', 'at-least', 'any', 'all' or 'unknown'; add one of them\n"
		"          { name: None }\n"
		"          ^\n"),
	ROW("a condition is of one kind", "{ unknown: Lost, any: [] }",
		"r.yaml:27:13: error: 'any' and 'unknown' exclude each other in a condition; keep one\n"
		"          { unknown: Lost, any: [] }\n"
		"            ^~~~~~~\n"),
	ROW("a misspelt kind of condition suggests the right one", "{ usages: {} }",
		"r.yaml:27:11: error: a condition has no 'designations', 'usage', 'usage-share', 'growth', 'units', 'people', 'attested', 'segments', 'at-least', 'any', 'all' or 'unknown'; add one of them\n"
		"          { usages: {} }\n"
		"          ^\n"
		"r.yaml:27:13: error: unknown key 'usages' in a condition; did you mean 'usage'?\n"
		"          { usages: {} }\n"
		"            ^~~~~~\n"),
	ROW("usage is a total or an average", "{ usage: { usage: seats, at-least: 0 } }",
		"r.yaml:27:20: error: 'usage' has no 'total-of-months' or 'average-of-months'; add one of them\n"
		"          { usage: { usage: seats, at-least: 0 } }\n"
		"                   ^\n"),
	ROW("a condition can fail", "{ usage: { usage: seats, total-of-months: 1, at-least: 0 } }",
		"r.yaml:27:66: error: 'at-least' of 'usage' is zero, so the condition is always met; give an amount or 'customers'\n"
		"          { usage: { usage: seats, total-of-months: 1, at-least: 0 } }\n"
		"                                                                 ^\n"),
	ROW("a share is of another selection",
		"{ usage-share: { usage: seats, of: sets, in-months: 61, at-least: 0 } }",
		"r.yaml:27:46: error: selection 'sets' is not declared; did you mean 'seats'?\n"
		"          { usage-share: { usage: seats, of: sets, in-months: 61, at-least: 0 } }\n"
		"                                             ^~~~\n"
		"r.yaml:27:63: error: 'in-months' 61 is out of range; write a whole number from 1 to 60\n"
		"          { usage-share: { usage: seats, of: sets, in-months: 61, at-least: 0 } }\n"
		"                                                              ^~\n"
		"r.yaml:27:77: error: 'at-least' of 'usage-share' 0 is out of range; write a whole number from 1 to 100\n"
		"          { usage-share: { usage: seats, of: sets, in-months: 61, at-least: 0 } }\n"
		"                                                                            ^\n"),
	ROW("growth is needed as an amount or per cent",
		"{ growth: { usage: seats, basis: single-month, compared-months: 12, at-least: 1, at-least-per-cent: 1 } }",
		"r.yaml:27:92: error: 'at-least' and 'at-least-per-cent' exclude each other in 'growth'; keep one\n"
		"          { growth: { usage: seats, basis: single-month, compared-months: 12, at-least: 1, at-least-per-cent: 1 } }\n"
		"                                                                                           ^~~~~~~~~~~~~~~~~\n"),
	ROW("growth per cent has a bound",
		"{ growth: { usage: seats, basis: single-month, compared-months: 12, at-least-per-cent: 1000.1 } }",
		"r.yaml:27:98: error: 'at-least-per-cent' is out of range; at most 1000\n"
		"          { growth: { usage: seats, basis: single-month, compared-months: 12, at-least-per-cent: 1000.1 } }\n"
		"                                                                                                 ^~~~~~\n"),
	ROW("units in a condition earn no points",
		"{ units: { usage: seats, customer-reaches: 1, in-last-months: 1, count: now, at-least: 3, points: 4 } }",
		"r.yaml:27:101: error: unknown key 'points' in 'units'; it has: usage, unit, customer-reaches, customer-exceeds, customer-at-most, customer-below, in-last-months, sum-of-months, in-one-workload, promoted-months, active-share, compared-months, base-reaches ... (rules/README.md lists all)\n"
		"          { units: { usage: seats, customer-reaches: 1, in-last-months: 1, count: now, at-least: 3, points: 4 } }\n"
		"                                                                                                    ^~~~~~\n"),
	ROW("people hold certificates", "{ people: { holds: { any: [C-3] }, at-least: 0 } }",
		"r.yaml:27:38: error: certificate 'C-3' is not declared; did you mean 'C-1'?\n"
		"          { people: { holds: { any: [C-3] }, at-least: 0 } }\n"
		"                                     ^~~\n"
		"r.yaml:27:56: error: 'at-least' of 'people' 0 is out of range; write a whole number from 1 to 1000\n"
		"          { people: { holds: { any: [C-3] }, at-least: 0 } }\n"
		"                                                       ^\n"),
	ROW("an attestation is of a kind", "{ attested: { kind: offr, at-least: 1 } }",
		"r.yaml:27:31: error: 'kind' of 'attested' 'offr' is not known; did you mean 'offer'?\n"
		"          { attested: { kind: offr, at-least: 1 } }\n"
		"                              ^~~~\n"),
	ROW("as many designations as are listed can be held",
		"{ designations: { at-least: 3, of: [one, one, special] } }",
		"r.yaml:27:52: error: area 'one' is listed twice in 'designations'; take one out\n"
		"          { designations: { at-least: 3, of: [one, one, special] } }\n"
		"                                                   ^~~\n"
		"r.yaml:27:57: error: area 'special' is not declared; declare it, or name one that is\n"
		"          { designations: { at-least: 3, of: [one, one, special] } }\n"
		"                                                        ^~~~~~~\n"),
	ROW("at least so many of fewer are never met",
		"{ at-least: { number: 2, of: [{ unknown: Lost }] } }",
		"r.yaml:27:33: error: 'number' is 2, but 'of' has only 1 of them\n"
		"          { at-least: { number: 2, of: [{ unknown: Lost }] } }\n"
		"                                ^\n"),
	ROW("conditions are nested four deep",
		"{ any: [{ any: [{ any: [{ any: [{ unknown: Lost }] }] }] }] }",
		"r.yaml:27:43: error: conditions are nested too deeply; at most 4 levels are read\n"
		"          { any: [{ any: [{ any: [{ any: [{ unknown: Lost }] }] }] }] }\n"
		"                                          ^\n"),
	{ .name = "a requirement says what it asks for",
		.find = "usage: { usage: active, average-of-months: 1, at-least: 1 }",
		.with = "unknown: [Much], renewal: third-year",
		.want = "r.yaml:25:9: error: a requirement has no 'designations', 'usage', 'usage-share', 'growth', 'units', 'people', 'attested', 'segments', 'at-least', 'any', 'all' or 'unknown'; add one of them\n"
			"      - { id: first, name: First, unknown: [Much], renewal: third-year }\n"
			"        ^\n"
			"r.yaml:25:61: error: 'renewal' 'third-year' is not known; choose from: every-year, second-year\n"
			"      - { id: first, name: First, unknown: [Much], renewal: third-year }\n"
			"                                                            ^~~~~~~~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "two requirements have two ids",
		.find = "id: second",
		.with = "id: first",
		.want = "r.yaml:26:15: error: rule 'R-SP.FIRST' is given to another metric already; each rule has its own id\n"
			"      - { id: first, name: Second, source: S1 page 8, all: [\n"
			"              ^~~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "a specialization has an id of its own",
		.find = "id: special",
		.with = "id: one",
		.want = "r.yaml:20:9: error: an area 'one' is there already; choose another id\n"
			"  - id: one\n"
			"        ^~~\n",
		.rc = ERR_SYNTAX },
};

static void test_row(void **state)
{
	check_rule_row(base, *state);
}

static const struct area *special(const struct edition_box *box)
{
	return &edition_box_get(box)->areas[1];
}

static void test_requirements_become_metrics_of_one_point(void **state)
{
	struct edition_box *box = rule_box_with(base, "    requires:\n",
		"    unknown: [When it began, What it costs]\n"
		"    requires:\n"
		"      - { id: audit, name: Audit, attested: { kind: audit, at-least: 1 },\n"
		"          renewal: second-year, unknown: [Who audits] }\n");
	const struct area *a = special(box);
	const struct metric *m = a->metrics;

	(void)state;
	assert_int_equal(a->form, AREA_OF_REQUIREMENTS);
	assert_true(str_eq(a->source, STR("S1 page 7")));
	assert_int_equal(a->n_tracks, 1);
	assert_int_equal(a->n_metrics, 3);
	assert_true(str_eq(m[0].rule_id, STR("R-SP.AUDIT")));
	assert_true(str_eq(m[0].source, STR("S1 page 7")));
	assert_int_equal(m[0].maximum, 1);
	assert_int_equal(m[0].renewal, RENEWAL_SECOND_YEAR);
	assert_int_equal(m[0].valid_from, DAY_NONE);
	assert_int_equal(m[0].n_unknown, 3);
	assert_true(str_eq(m[0].unknown[1], STR("What it costs")));
	assert_true(str_eq(m[0].unknown[2], STR("Who audits")));
	assert_int_equal(m[0].rule.kind, RULE_ATTESTED);
	assert_int_equal(m[0].rule.u.attested.kind, ATTEST_AUDIT);
	assert_true(str_eq(m[0].rule.u.attested.scope, STR("special")));
	assert_int_equal(m[0].rule.u.attested.at_least, 1);
	assert_int_equal(m[0].rule.u.attested.within_months, 0);
	assert_int_equal(m[1].renewal, RENEWAL_EVERY_YEAR);
	assert_true(m[1].rule.u.level.average);
	assert_int_equal(m[1].n_unknown, 0);
	assert_true(str_eq(m[2].source, STR("S1 page 8")));
	edition_box_destroy(box);
}

/* The conditions under `all` of the second requirement. */
static const struct metric_rule *condition(const struct edition_box *box, size_t i)
{
	return special(box)->metrics[1].rule.u.of.conditions[i].rule;
}

static void test_every_kind_of_condition_arrives(void **state)
{
	struct edition_box *box = rule_box_with(base, REQUIRED,
		REQUIRED
		",\n"
		"          { name: Share, usage-share: { usage: active, of: seats, in-months: 6, at-least: 25 } },\n"
		"          { growth: { usage: active, basis: trailing-twelve-months, compared-months: 12, at-least: 7, base-minimum: 3 } },\n"
		"          { growth: { usage: active, basis: single-month, compared-months: 6, at-least-per-cent: 2.5 } },\n"
		"          { units: { usage: seats, unit: workload, customer-exceeds: 5, in-last-months: 2, compared-months: 12, count: new, at-least: 4 } },\n"
		"          { people: { holds: { all: [C-1, C-2] }, at-least: 5 } },\n"
		"          { attested: { kind: reference, at-least: 3, in-last-months: 12 } },\n"
		"          { segments: { usage: active, in: [Small], at-least: 80 } },\n"
		"          { at-least: { number: 2, of: [{ unknown: Lost }, { designations: { at-least: 1, of: [one] } }, { any: [{ unknown: Gone }] }] } }");
	const struct metric_rule *r = &special(box)->metrics[1].rule;

	(void)state;
	assert_int_equal(r->kind, RULE_AT_LEAST_OF);
	assert_int_equal(r->u.of.n, 9);
	assert_int_equal(r->u.of.need, 9);
	r = condition(box, 0);
	assert_int_equal(r->kind, RULE_USAGE_REACHED);
	assert_int_equal(r->u.level.selection, 0);
	assert_int_equal(r->u.level.months, 3);
	assert_false(r->u.level.average);
	assert_int_equal(r->u.level.at_least_micro, 1500500000);
	assert_int_equal(r->u.level.customers, 2);
	assert_true(str_eq(special(box)->metrics[1].rule.u.of.conditions[1].name, STR("Share")));
	r = condition(box, 1);
	assert_int_equal(r->kind, RULE_USAGE_SHARE);
	assert_int_equal(r->u.share.selection, 1);
	assert_int_equal(r->u.share.of_selection, 0);
	assert_int_equal(r->u.share.months, 6);
	assert_int_equal(r->u.share.percent, 25);
	r = condition(box, 2);
	assert_int_equal(r->kind, RULE_GROWTH_REACHED);
	assert_int_equal(r->u.growth.window_months, 12);
	assert_int_equal(r->u.growth.each_micro, 1000000);
	assert_int_equal(r->u.growth.need_micro, 7000000);
	assert_int_equal(r->u.growth.base_minimum_micro, 3000000);
	r = condition(box, 3);
	assert_int_equal(r->u.growth.each_micro, 0);
	assert_int_equal(r->u.growth.need_micro, 2500000);
	assert_int_equal(r->u.growth.compare_months, 6);
	r = condition(box, 4);
	assert_int_equal(r->kind, RULE_UNITS_REACHED);
	assert_true(r->u.units.by_product);
	assert_int_equal(r->u.units.test.from_micro, 5000001);
	assert_int_equal(r->u.units.count, UNITS_NEW);
	assert_int_equal(r->u.units.need, 4);
	r = condition(box, 5);
	assert_int_equal(r->kind, RULE_PEOPLE_HOLD);
	assert_int_equal(r->u.hold.at_least, 5);
	assert_int_equal(r->u.hold.holds.n_any, 1);
	assert_int_equal(r->u.hold.holds.any[0].bits[0], 3);
	r = condition(box, 6);
	assert_int_equal(r->u.attested.kind, ATTEST_REFERENCE);
	assert_int_equal(r->u.attested.at_least, 3);
	assert_int_equal(r->u.attested.within_months, 12);
	r = condition(box, 7);
	assert_int_equal(r->kind, RULE_SEGMENT_SHARE);
	assert_int_equal(r->u.segment.percent, 80);
	r = condition(box, 8);
	assert_int_equal(r->kind, RULE_AT_LEAST_OF);
	assert_int_equal(r->u.of.need, 2);
	assert_int_equal(r->u.of.n, 3);
	assert_int_equal(r->u.of.conditions[0].rule->kind, RULE_UNKNOWN);
	assert_true(str_eq(r->u.of.conditions[0].rule->u.unknown.why, STR("Lost")));
	assert_int_equal(r->u.of.conditions[1].rule->kind, RULE_AREAS_HELD);
	assert_int_equal(r->u.of.conditions[1].rule->u.held.areas[0], 0);
	assert_int_equal(r->u.of.conditions[2].rule->u.of.need, 1);
	edition_box_destroy(box);
}

static void test_a_requirement_can_be_unknown(void **state)
{
	struct edition_box *box = rule_box_with(base,
		"usage: { usage: active, average-of-months: 1, at-least: 1 } }",
		"unknown: The page is lost }\n"
		"      - { id: third, name: Third, usage: { usage: active, total-of-months: 1, at-least: 1 } }");
	const struct metric *m = &special(box)->metrics[0];

	(void)state;
	assert_int_equal(m->rule.kind, RULE_UNKNOWN);
	assert_true(str_eq(m->rule.u.unknown.why, STR("The page is lost")));
	assert_int_equal(m->n_unknown, 0);
	edition_box_destroy(box);
}

static void test_every_failed_allocation_is_survived(void **state)
{
	(void)state;
	check_rule_allocations(base);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(test_every_failed_allocation_is_survived),
		cmocka_unit_test(test_requirements_become_metrics_of_one_point),
		cmocka_unit_test(test_every_kind_of_condition_arrives),
		cmocka_unit_test(test_a_requirement_can_be_unknown),
	};
	struct CMUnitTest tests[ARRAY_LEN(rows) + ARRAY_LEN(others)];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = test_row,
			.initial_state = (void *)(uintptr_t)&rows[i] };
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		tests[n++] = others[i];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
