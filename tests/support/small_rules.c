#include "tests/support/small_rules.h"

#define RULES(id, from, people, few)                                                                   \
	"edition: { id: " id ", title: A small one, valid-from: " from ", source: S }\n"               \
	"sources: { S: A document }\n"                                                                 \
	"settings: { qualifies-at: 70, every-metric-above: 0, total-is-compared: exact, "              \
	"usage-ready-day: 20 }\n"                                                                      \
	"windows:\n"                                                                                   \
	"  designations:\n"                                                                            \
	"    - { from: " from ", source: S, not-enrolled: { days: 30 }, "                              \
	"renewal: { days: 30 }, renewal-days: 30, due-days-before: 60 }\n"                             \
	"certificates:\n"                                                                              \
	"  - { code: C-1, title: One }\n"                                                              \
	"selections:\n"                                                                                \
	"  - { id: acr, measure: acr, associations: [pal], offers: [paid], source: S }\n"              \
	"shared-metrics:\n"                                                                            \
	"  - id: people\n"                                                                             \
	"    name: People\n"                                                                           \
	"    rule: R-P\n"                                                                              \
	"    source: S\n"                                                                              \
	"    maximum: 40\n"                                                                            \
	"    measure: people\n"                                                                        \
	"    steps: [{ name: First, holds: C-1, points: " people " }]\n"                               \
	"areas:\n"                                                                                     \
	"  - id: work\n"                                                                               \
	"    name: Work at large\n"                                                                    \
	"    track-choice: highest\n"                                                                  \
	"    tracks:\n"                                                                                \
	"      - id: few\n"                                                                            \
	"        name: Few customers\n"                                                                \
	"        metrics:\n"                                                                           \
	"          - people\n"                                                                         \
	"          - { id: adds, name: Adds, rule: R-F, source: S, maximum: 60, "                      \
	"measure: net-customer-adds, points: " few ", usage: acr, customer-reaches: 1000, "            \
	"in-last-months: 1, compared-months: 12 }\n"                                                   \
	"      - id: many\n"                                                                           \
	"        name: Many customers\n"                                                               \
	"        metrics:\n"                                                                           \
	"          - people\n"                                                                         \
	"          - id: adds\n"                                                                       \
	"            name: Adds\n"                                                                     \
	"            rule: R-M\n"                                                                      \
	"            source: S\n"                                                                      \
	"            maximum: 60\n"                                                                    \
	"            options:\n"                                                                       \
	"              - { id: small, name: Small ones, measure: net-customer-adds, points: 10, "      \
	"usage: acr, customer-reaches: 100, in-last-months: 1, compared-months: 12 }\n"                \
	"              - { id: tiny, name: Tiny ones, measure: net-customer-adds, points: 1, "         \
	"usage: acr, customer-reaches: 1, in-last-months: 1, compared-months: 12 }\n"                  \
	"  - { id: all, name: All of it, source: S, rule: R-ALL, all-of: [work] }\n"                   \
	"specializations:\n"                                                                           \
	"  - id: deep\n"                                                                               \
	"    name: Deep work\n"                                                                        \
	"    rule: R-D\n"                                                                              \
	"    source: S\n"                                                                              \
	"    requires:\n"                                                                              \
	"      - { id: designation, name: Designation, designations: { at-least: 1, of: [work] } }\n"  \
	"      - { id: audit, name: Audit, attested: { kind: audit, at-least: 1 }, "                   \
	"renewal: second-year }\n"                                                                     \
	"  - id: lost\n"                                                                               \
	"    name: Lost work\n"                                                                        \
	"    rule: R-L\n"                                                                              \
	"    source: S\n"                                                                              \
	"    requires:\n"                                                                              \
	"      - { id: designation, name: Designation, designations: { at-least: 1, of: [work] } }\n"  \
	"      - { id: page, name: A page, unknown: The page is lost }\n"                              \
	"catalogue:\n"                                                                                 \
	"  - { id: badge, kind: benefit, name: A badge, text: It can be shown., areas: [work, deep], " \
	"source: S }\n"                                                                                \
	"  - { id: gold, kind: competency, name: Gold, text: What it became., areas: [work], "         \
	"source: S }\n"

const char small_rules[] = RULES("small", "2022-01-01", "40", "25");
const char small_rules_next[] = RULES("next", "2025-01-01", "20", "5");
