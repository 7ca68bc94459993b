/* Rule files with a fault, and the whole report that their author sees. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/err.h"
#include "rules/compile/compile.h"
#include "rules/compile/shipped.h"
#include "tests/harness/rule_text.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* A small edition without a fault. Rows change one place of it. */
static const char base[] = "edition:\n"
			   "  id: e1\n"
			   "  title: Test\n"
			   "  valid-from: 2023-06-01\n"
			   "sources:\n"
			   "  S1: A document\n"
			   "settings:\n"
			   "  qualifies-at: 70\n"
			   "  every-metric-above: 0\n"
			   "  usage-ready-day: 20\n"
			   "certificates:\n"
			   "  - code: C-1\n"
			   "    title: Certificate One\n"
			   "selections:\n"
			   "  - id: all-usage\n"
			   "    measure: acr\n"
			   "    associations: [pal]\n"
			   "    offers: [paid]\n"
			   "    source: S1\n"
			   "areas:\n"
			   "  - id: one\n"
			   "    name: Area one\n"
			   "    metrics:\n"
			   "      - id: adds\n"
			   "        name: Adds\n"
			   "        rule: R-1\n"
			   "        source: S1 page 3\n"
			   "        measure: net-customer-adds\n"
			   "        maximum: 60\n"
			   "        points: 40/6\n"
			   "        usage: all-usage\n"
			   "        customer-reaches: 999.99\n"
			   "        in-last-months: 2\n"
			   "        compared-months: 12\n"
			   "      - id: people\n"
			   "        name: People\n"
			   "        rule: R-2\n"
			   "        source: S1\n"
			   "        measure: people\n"
			   "        maximum: 40\n"
			   "        steps:\n"
			   "          - name: Step\n"
			   "            holds: C-1\n"
			   "            points: 4\n";

static const struct rule_row rows[] = {
	{ .name = "a misspelt key is named with the right one and what is missing",
		.find = "maximum: 60",
		.with = "maximun: 60",
		.want = "r.yaml:24:9: error: a metric has no 'maximum'; add it\n"
			"      - id: adds\n"
			"        ^\n"
			"r.yaml:29:9: error: unknown key 'maximun' in a metric; did you mean 'maximum'?\n"
			"        maximun: 60\n"
			"        ^~~~~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "an unknown key without a neighbour lists what there is",
		.find = "            points: 4\n",
		.with = "            people: 1\n",
		.want = "r.yaml:42:13: error: a step without effect; give it 'at-least-people', 'points' or both\n"
			"          - name: Step\n"
			"            ^\n"
			"r.yaml:44:13: error: unknown key 'people' in a step; it has: name, holds, at-least-people, points, maximum\n"
			"            people: 1\n"
			"            ^~~~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "a missing key points at its mapping",
		.find = "  every-metric-above: 0\n",
		.with = "",
		.want = "r.yaml:8:3: error: 'settings' has no 'every-metric-above' or 'every-metric-at-least'; add one of them\n"
			"  qualifies-at: 70\n"
			"  ^\n",
		.rc = ERR_SYNTAX },
	{ .name = "a key given twice is refused",
		.find = "  title: Test\n",
		.with = "  title: Test\n"
			"  title: Again\n",
		.want = "r.yaml:4:3: error: key 'title' is given twice in 'edition'; take one out\n"
			"  title: Again\n"
			"  ^~~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "a key without a value is refused",
		.find = "title: Test",
		.with = "title:",
		.want = "r.yaml:3:3: error: 'title' of the edition is empty; write a text\n"
			"  title:\n"
			"  ^~~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "points must be a number",
		.find = "points: 40/6",
		.with = "points: 4O",
		.want = "r.yaml:30:17: error: 'points' '4O' is no number of points; write 4, 2.5 or 40/6\n"
			"        points: 4O\n"
			"                ^~\n",
		.rc = ERR_SYNTAX },
	{ .name = "points divided by zero are refused",
		.find = "points: 40/6",
		.with = "points: 40/0",
		.want = "r.yaml:30:17: error: 'points' '40/0' is no number of points; write 4, 2.5 or 40/6\n"
			"        points: 40/0\n"
			"                ^~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "points have a bound",
		.find = "points: 40/6",
		.with = "points: 1001",
		.want = "r.yaml:30:17: error: 'points' 1001 is out of range; at most 1000 points\n"
			"        points: 1001\n"
			"                ^~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "a person cannot earn more than a step can have",
		.find = "            points: 4\n",
		.with = "            points: 61\n",
		.want = "r.yaml:44:21: error: one person would earn more than the step can have; write 40, or raise the maximum\n"
			"            points: 61\n"
			"                    ^~\n",
		.rc = ERR_SYNTAX },
	{ .name = "zero points earn nothing",
		.find = "points: 40/6",
		.with = "points: 0",
		.want = "r.yaml:30:17: error: 'points' is zero; give what one unit earns\n"
			"        points: 0\n"
			"                ^\n",
		.rc = ERR_SYNTAX },
	{ .name = "points with seven decimals are refused",
		.find = "points: 40/6",
		.with = "points: 6.6666667",
		.want = "r.yaml:30:17: error: 'points' '6.6666667' is no number of points; write 4, 2.5 or 40/6\n"
			"        points: 6.6666667\n"
			"                ^~~~~~~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "a negative amount is refused",
		.find = "999.99",
		.with = "-5",
		.want = "r.yaml:32:27: error: 'customer-reaches' '-5' is no amount; write digits with at most six decimals, no sign, blanks or commas\n"
			"        customer-reaches: -5\n"
			"                          ^~\n",
		.rc = ERR_SYNTAX },
	{ .name = "an amount past the bound is refused",
		.find = "999.99",
		.with = "1000000001",
		.want = "r.yaml:32:27: error: 'customer-reaches' 1000000001 is out of range; at most 1000000000\n"
			"        customer-reaches: 1000000001\n"
			"                          ^~~~~~~~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "a whole number out of range names the range",
		.find = "usage-ready-day: 20",
		.with = "usage-ready-day: 40",
		.want = "r.yaml:10:20: error: 'usage-ready-day' 40 is out of range; write a whole number from 1 to 28\n"
			"  usage-ready-day: 40\n"
			"                   ^~\n",
		.rc = ERR_SYNTAX },
	{ .name = "a whole number must be whole",
		.find = "usage-ready-day: 20",
		.with = "usage-ready-day: 20.5",
		.want = "r.yaml:10:20: error: 'usage-ready-day' '20.5' is no whole number; write one from 1 to 28\n"
			"  usage-ready-day: 20.5\n"
			"                   ^~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "a date that does not exist is refused",
		.find = "2023-06-01",
		.with = "2023-02-30",
		.want = "r.yaml:4:15: error: 'valid-from' '2023-02-30' is no date of the calendar; write YYYY-MM-DD, 2000-01-01 to 2199-12-31\n"
			"  valid-from: 2023-02-30\n"
			"              ^~~~~~~~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "an edition cannot end before it begins",
		.find = "  valid-from: 2023-06-01\n",
		.with = "  valid-from: 2023-06-01\n"
			"  valid-until: 2023-05-31\n",
		.want = "r.yaml:5:16: error: 'valid-until' is before 'valid-from'; give the last day on which the edition holds\n"
			"  valid-until: 2023-05-31\n"
			"               ^~~~~~~~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "an unknown certificate suggests one",
		.find = "holds: C-1",
		.with = "holds: C-2",
		.want = "r.yaml:43:20: error: certificate 'C-2' is not declared; did you mean 'C-1'?\n"
			"            holds: C-2\n"
			"                   ^~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "an unknown selection suggests one",
		.find = "usage: all-usage",
		.with = "usage: all-usages",
		.want = "r.yaml:31:16: error: selection 'all-usages' is not declared; did you mean 'all-usage'?\n"
			"        usage: all-usages\n"
			"               ^~~~~~~~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "an unknown shared metric cannot be suggested when there is none",
		.find = "      - id: adds\n",
		.with = "      - growth\n"
			"      - id: adds\n",
		.want = "r.yaml:24:9: error: shared metric 'growth' is not declared; declare it, or name one that is\n"
			"      - growth\n"
			"        ^~~~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "a fault of a shared metric is told where it is declared, once",
		.find = "areas:\n"
			"  - id: one\n"
			"    name: Area one\n"
			"    metrics:\n",
		.with = "shared-metrics:\n"
			"  - id: growth\n"
			"    name: Growth\n"
			"    rule: R-3\n"
			"    source: S1\n"
			"    measure: usage-growth\n"
			"    maximun: 30\n"
			"    points: 1\n"
			"    usage: all-usage\n"
			"    basis: single-month\n"
			"    minimum: 0\n"
			"    compared-months: 12\n"
			"areas:\n"
			"  - id: one\n"
			"    name: Area one\n"
			"    metrics:\n"
			"      - growth\n",
		.want = "r.yaml:21:5: error: a metric has no 'maximum'; add it\n"
			"  - id: growth\n"
			"    ^\n"
			"r.yaml:26:5: error: unknown key 'maximun' in a metric; did you mean 'maximum'?\n"
			"    maximun: 30\n"
			"    ^~~~~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "a source must be listed",
		.find = "source: S1 page 3",
		.with = "source: S9 page 3",
		.want = "r.yaml:27:17: error: 'source' of a metric starts with 'S9', which 'sources' does not list; did you mean 'S1'?\n"
			"        source: S9 page 3\n"
			"                ^~~~~~~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "an association that is none suggests the nearest, and a double is found",
		.find = "[pal]",
		.with = "[pal, dpr, pal, nothing]",
		.want = "r.yaml:17:25: error: 'associations' 'dpr' is not known; did you mean 'dpor'?\n"
			"    associations: [pal, dpr, pal, nothing]\n"
			"                        ^~~\n"
			"r.yaml:17:30: error: 'pal' is listed twice in 'associations'; take one out\n"
			"    associations: [pal, dpr, pal, nothing]\n"
			"                             ^~~\n"
			"r.yaml:17:35: error: 'associations' 'nothing' is not known; choose from: cpor, dpor, pal, csp-tier-1, csp-tier-2, transacting-por\n"
			"    associations: [pal, dpr, pal, nothing]\n"
			"                                  ^~~~~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "the points of an area must add up",
		.find = "maximum: 40",
		.with = "maximum: 41",
		.want = "r.yaml:23:5: error: the metrics of area 'one' have 101 points at most; together they must have 100\n"
			"    metrics:\n"
			"    ^~~~~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "a fraction that the engine cannot hold is refused",
		.find = "points: 40/6",
		.with = "points: 1/999999.5",
		.want = "r.yaml:30:17: error: 'points' 1/999999.5 is too fine; reduced, both parts are at most 1000000\n"
			"        points: 1/999999.5\n"
			"                ^~~~~~~~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "steps that cannot reach the maximum are found",
		.find = "points: 4\n",
		.with = "points: 4\n"
			"            maximum: 20\n",
		.want = "r.yaml:42:11: error: the steps earn at most 20 points together, but the metric's maximum is 40\n"
			"          - name: Step\n"
			"          ^\n",
		.rc = ERR_SYNTAX },
	{ .name = "a step must do something",
		.find = "            points: 4\n",
		.with = "",
		.want = "r.yaml:42:13: error: a step without effect; give it 'at-least-people', 'points' or both\n"
			"          - name: Step\n"
			"            ^\n",
		.rc = ERR_SYNTAX },
	{ .name = "a last step that earns nothing is found",
		.find = "points: 4\n",
		.with = "at-least-people: 2\n",
		.want = "r.yaml:42:13: error: the last step earns no points; a prerequisite comes before what it opens\n"
			"          - name: Step\n"
			"            ^\n",
		.rc = ERR_SYNTAX },
	{ .name = "a list of certificates must say any or all",
		.find = "holds: C-1",
		.with = "holds: [C-1]",
		.want = "r.yaml:43:20: error: a list does not say whether any or all are needed; write 'any: [...]' or 'all: [...]'\n"
			"            holds: [C-1]\n"
			"                   ^\n",
		.rc = ERR_SYNTAX },
	{ .name = "any and all at once are refused",
		.find = "holds: C-1",
		.with = "holds: { any: [C-1], all: [C-1] }",
		.want = "r.yaml:43:20: error: 'holds' needs either 'any' or 'all'\n"
			"            holds: { any: [C-1], all: [C-1] }\n"
			"                   ^\n",
		.rc = ERR_SYNTAX },
	{ .name = "a key of another measure is refused",
		.find = "points: 40/6",
		.with = "points: 40/6\n"
			"        basis: single-month",
		.want = "r.yaml:31:9: error: 'basis' has no meaning where a metric measures net-customer-adds; take it out\n"
			"        basis: single-month\n"
			"        ^~~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "a key that the measure needs is missed",
		.find = "        in-last-months: 2\n",
		.with = "",
		.want = "r.yaml:24:9: error: a metric that measures net-customer-adds has no 'in-last-months' or 'sum-of-months'; add one of them\n"
			"      - id: adds\n"
			"        ^\n",
		.rc = ERR_SYNTAX },
	{ .name = "an unknown measure names those there are",
		.find = "measure: people",
		.with = "measure: persons-certified",
		.want = "r.yaml:39:18: error: 'measure' of a metric 'persons-certified' is not known; choose from: net-customer-adds, people, usage-growth, products-in-use, net-deployments\n"
			"        measure: persons-certified\n"
			"                 ^~~~~~~~~~~~~~~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "two metrics of one id are refused",
		.find = "id: people",
		.with = "id: adds",
		.want = "r.yaml:35:9: error: metric 'adds' is in this area already; take one out\n"
			"      - id: adds\n"
			"        ^\n",
		.rc = ERR_SYNTAX },
	{ .name = "a rule id belongs to one metric",
		.find = "rule: R-2",
		.with = "rule: R-1",
		.want = "r.yaml:37:15: error: rule 'R-1' is given to another metric already; each rule has its own id\n"
			"        rule: R-1\n"
			"              ^~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "an id has its letters",
		.find = "id: e1",
		.with = "id: E 1",
		.want = "r.yaml:2:7: error: 'id' of the edition 'E 1' is no id; use lower-case letters, digits, '-' and '.'\n"
			"  id: E 1\n"
			"      ^~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "a certificate known by two names is refused",
		.find = "    title: Certificate One\n",
		.with = "    title: Certificate One\n"
			"  - code: C-2\n"
			"    title: certificate ONE\n",
		.want = "r.yaml:15:12: error: 'certificate ONE' already names the certificate 'C-1'; a name belongs to one certificate\n"
			"    title: certificate ONE\n"
			"           ^~~~~~~~~~~~~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "a retirement needs both days",
		.find = "    title: Certificate One\n",
		.with = "    title: Certificate One\n"
			"    retired: { on: 2023-07-31 }\n",
		.want = "r.yaml:14:14: error: 'retired' has no 'counts-until'; add it\n"
			"    retired: { on: 2023-07-31 }\n"
			"             ^\n",
		.rc = ERR_SYNTAX },
	{ .name = "a retired certificate cannot stop counting before it retires",
		.find = "    title: Certificate One\n",
		.with = "    title: Certificate One\n"
			"    retired: { on: 2023-07-31, counts-until: 2023-07-30 }\n",
		.want = "r.yaml:14:46: error: 'counts-until' is before the retirement; give the last day on which it counts\n"
			"    retired: { on: 2023-07-31, counts-until: 2023-07-30 }\n"
			"                                             ^~~~~~~~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "a certificate that no rule uses is a warning",
		.find = "    title: Certificate One\n",
		.with = "    title: Certificate One\n"
			"  - code: C-2\n"
			"    title: Certificate Two\n",
		.want = "r.yaml:14:11: warning: certificate 'C-2' is used by no rule; use it or take it out\n"
			"  - code: C-2\n"
			"          ^~~\n",
		.rc = 0 },
	{ .name = "a selection that no rule uses is a warning",
		.find = "areas:\n",
		.with = "  - id: spare\n"
			"    measure: mau\n"
			"    associations: [cpor]\n"
			"    offers: [paid, trial]\n"
			"    source: S1\n"
			"areas:\n",
		.want = "r.yaml:20:9: warning: selection 'spare' is used by no rule; use it or take it out\n"
			"  - id: spare\n"
			"        ^~~~~\n",
		.rc = 0 },
	{ .name = "several faults are reported at once, in order",
		.find = "  title: Test\n"
			"  valid-from: 2023-06-01\n",
		.with = "  titel: Test\n"
			"  valid-from: 2023-13-01\n"
			"  valid-until: never\n",
		.want = "r.yaml:2:3: error: 'edition' has no 'title'; add it\n"
			"  id: e1\n"
			"  ^\n"
			"r.yaml:3:3: error: unknown key 'titel' in 'edition'; did you mean 'title'?\n"
			"  titel: Test\n"
			"  ^~~~~\n"
			"r.yaml:4:15: error: 'valid-from' '2023-13-01' is no date of the calendar; write YYYY-MM-DD, 2000-01-01 to 2199-12-31\n"
			"  valid-from: 2023-13-01\n"
			"              ^~~~~~~~~~\n"
			"r.yaml:5:16: error: 'valid-until' 'never' is no date of the calendar; write YYYY-MM-DD, 2000-01-01 to 2199-12-31\n"
			"  valid-until: never\n"
			"               ^~~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "an open bracket is pointed at",
		.find = "[pal]",
		.with = "[pal",
		.want = "r.yaml:19:5: error: not YAML: wrongly indented flow sequence; close the bracket above\n"
			"    source: S1\n"
			"    ^\n",
		.rc = ERR_SYNTAX },
	{ .name = "an open quotation mark is pointed at",
		.find = "title: Test",
		.with = "title: \"Test",
		.want = "r.yaml:3:10: error: not YAML: wrongly indented double-quoted scalar; close the quotation mark\n"
			"  title: \"Test\n"
			"         ^~~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "a tab is no indentation",
		.find = "  title: Test",
		.with = "\ttitle: Test",
		.want = "r.yaml:3:2: error: not YAML: invalid tab used as indentation; indent with spaces\n"
			"\ttitle: Test\n"
			"\t^\n",
		.rc = ERR_SYNTAX },
	{ .name = "a colon inside a text needs quotes",
		.find = "title: Test",
		.with = "title: a: b",
		.want = "r.yaml:3:11: error: not YAML: invalid nested block mapping on the same line; put a text that holds ': ' in quotes\n"
			"  title: a: b\n"
			"          ^\n",
		.rc = ERR_SYNTAX },
	{ .name = "a text that begins with > needs quotes",
		.find = "Area one",
		.with = "> one",
		.want = "r.yaml:22:13: error: not YAML: block scalar no linebreak found; put a text that begins with '>' or '|' in quotes\n"
			"    name: > one\n"
			"            ^\n",
		.rc = ERR_SYNTAX },
	{ .name = "wrong indentation is pointed at",
		.find = "      - id: people",
		.with = "     - id: people",
		.want = "r.yaml:35:6: error: not YAML: wrong indendation in sequence while in mapping; check the indentation, the quotes and the brackets here and above\n"
			"     - id: people\n"
			"     ^\n",
		.rc = ERR_SYNTAX },
	{ .name = "anchors are refused",
		.find = "holds: C-1",
		.with = "holds: &x C-1",
		.want = "r.yaml:43:21: error: anchors (&name) are not read; write the value where it is needed\n"
			"            holds: &x C-1\n"
			"                    ^\n",
		.rc = ERR_SYNTAX },
	{ .name = "aliases are refused",
		.find = "holds: C-1",
		.with = "holds: *x",
		.want = "r.yaml:43:21: error: aliases (*name) are not read; write the value where it is needed\n"
			"            holds: *x\n"
			"                    ^\n",
		.rc = ERR_SYNTAX },
	{ .name = "tags are refused",
		.find = "holds: C-1",
		.with = "holds: !!str C-1",
		.want = "r.yaml:43:20: error: tags (!name) are not read; take it out\n"
			"            holds: !!str C-1\n"
			"                   ^~~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "an escape that makes a control character is refused",
		.find = "title: Test",
		.with = "title: \"a\\x1b\"",
		.want = "r.yaml:3:11: error: text with a control character; take the escape sequence out\n"
			"  title: \"a\\x1b\"\n"
			"          ^~~~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "columns count characters, carets keep tabs",
		.find = "title: Test",
		.with = "title: été\tx: 1",
		.want = "r.yaml:3:15: error: not YAML: invalid nested block mapping on the same line; put a text that holds ': ' in quotes\n"
			"  title: été\tx: 1\n"
			"            \t ^\n",
		.rc = ERR_SYNTAX },
	{ .name = "an empty file says where to read",
		.with = "",
		.want = "r.yaml:1:1: error: the file holds no rules; rules/README.md says what a rule file is made of\n",
		.rc = ERR_SYNTAX },
	{ .name = "a file of comments says where to read",
		.with = "# nothing\n",
		.want = "r.yaml:1:1: error: the file holds no rules; rules/README.md says what a rule file is made of\n"
			"# nothing\n"
			"^\n",
		.rc = ERR_SYNTAX },
	{ .name = "a file that is a list is refused",
		.with = "- a\n",
		.want = "r.yaml:1:1: error: the rule file must be a mapping; write lines of 'key: value'\n"
			"- a\n"
			"^\n",
		.rc = ERR_SYNTAX },
	{ .name = "a second document is refused",
		.with = "a: 1\n"
			"---\n"
			"b: 2\n",
		.want = "r.yaml:2:1: error: a second document; one file holds one edition\n"
			"---\n"
			"^~~\n",
		.rc = ERR_SYNTAX },
	{ .name = "nesting has a bound",
		.with = "[[[[[[[[[[[[[[[[[[[[[[[[",
		.want = "r.yaml:1:21: error: nested too deeply; at most 20 levels are read\n"
			"[[[[[[[[[[[[[[[[[[[[[[[[\n"
			"                    ^\n",
		.rc = ERR_SYNTAX },
	{ .name = "a list cannot be a key",
		.with = "? [a]\n"
			": 1\n",
		.want = "r.yaml:1:3: error: a mapping or a list cannot be a key; write a plain word before the colon\n"
			"? [a]\n"
			"  ^\n",
		.rc = ERR_SYNTAX },
	{ .name = "bytes that are no text are named and not shown",
		.with = "a: 1\n"
			"b: \001\033[31m\n",
		.want = "r.yaml:2:4: error: byte 0x01 is not clean UTF-8 text; save the file as UTF-8 without control characters\n",
		.rc = ERR_SYNTAX },
	{ .name = "a byte order mark and line ends of Windows are no fault",
		.with = "\xEF\xBB\xBF"
			"a: 1\r\n"
			"b: [\r\n",
		.want = "r.yaml:2:5: error: not YAML: flow sequence without a closing bracket; close the bracket\n"
			"b: [\n"
			"    ^\n",
		.rc = ERR_SYNTAX },
};

static void test_row(void **state)
{
	check_rule_row(base, *state);
}

static const struct metric *first_metric(const struct edition_box *box, size_t i)
{
	return &edition_box_get(box)->areas[0].metrics[i];
}

static void test_every_value_arrives_exactly(void **state)
{
	struct edition_box *box = rule_box_with(base, "Test", "Test");
	const struct edition *e = edition_box_get(box);
	const struct metric *m = first_metric(box, 0);

	(void)state;
	assert_true(str_eq(e->id, STR("e1")));
	assert_int_equal(e->valid_from, day_from_civil(2023, 6, 1));
	assert_int_equal(e->valid_until, DAY_NONE);
	assert_true(ratio_eq(e->qualifies_at, ratio_int(70)));
	assert_int_equal(e->usage_ready_day, 20);
	assert_int_equal(m->rule.kind, RULE_NET_CUSTOMER_ADDS);
	assert_true(ratio_eq(m->rule.points_each, ratio_make(20, 3)));
	assert_int_equal(m->rule.u.units.test.from_micro, 999990000);
	assert_int_equal(m->rule.u.units.test.months, 2);
	assert_int_equal(m->rule.u.units.compare_months, 12);
	assert_int_equal(e->selections[0].associations, 1u << ASSOC_PAL);
	assert_int_equal(e->selections[0].offers, 1u << OFFER_PAID);
	m = first_metric(box, 1);
	assert_int_equal(m->rule.u.people.n_steps, 1);
	assert_true(ratio_eq(m->rule.u.people.steps[0].points_max, ratio_int(40)));
	assert_true(str_eq(m->source, STR("S1")));
	edition_box_destroy(box);
}

static void test_any_inside_all_becomes_each_combination(void **state)
{
	char *text = rule_text_with(base, "    title: Certificate One\n",
		"    title: Certificate One\n"
		"  - { code: A, title: TA }\n"
		"  - { code: B, title: TB }\n");
	struct edition_box *box =
		rule_box_with(text, "holds: C-1", "holds: { all: [C-1, { any: [A, B] }] }");
	const struct people_predicate *p = &first_metric(box, 1)->rule.u.people.steps[0].holds;

	(void)state;
	assert_int_equal(p->n_any, 2);
	assert_int_equal(p->any[0].bits[0], 1 | 2);
	assert_int_equal(p->any[1].bits[0], 1 | 4);
	edition_box_destroy(box);
	free(text);
}

/* 3 x 5 x 5 combinations are more than the 64 that a step may have. */
static void test_combinations_have_a_bound(void **state)
{
	char *text = rule_text_with(base, "holds: C-1",
		"holds: { all: [{ any: [C-1, C-1, C-1] }, { any: [C-1, C-1, C-1, C-1, C-1] }, "
		"{ any: [C-1, C-1, C-1, C-1, C-1] }] }");
	struct edition_box *box = NULL;
	struct buf report;

	(void)state;
	buf_init(&report, &mem_heap, 1 << 20);
	assert_int_equal(
		compile_edition(&mem_heap, "r.yaml", str_from(text), &report, &box), ERR_SYNTAX);
	assert_int_equal(buf_add(&report, "", 1), 0);
	assert_non_null(strstr((const char *)report.p, "more than 64 combinations"));
	buf_fini(&report);
	free(text);
}

static void test_a_text_over_the_limit_is_refused_unread(void **state)
{
	struct edition_box *box = NULL;
	char *text = malloc(EDITION_TEXT_MAX + 1);

	(void)state;
	assert_non_null(text);
	memset(text, '#', EDITION_TEXT_MAX + 1);
	assert_int_equal(compile_edition(&mem_heap, "r.yaml",
				 (struct str){ text, EDITION_TEXT_MAX + 1 }, NULL, &box),
		ERR_FULL);
	assert_null(box);
	free(text);
}

/* A hundred messages are kept, the rest is counted, and a small report buffer does no harm. */
static void test_messages_are_bounded(void **state)
{
	struct edition_box *box = NULL;
	char *text = malloc(64 * 1024);
	struct buf report;
	size_t n = 0;

	(void)state;
	assert_non_null(text);
	for (int i = 0; i < 1000; i++)
		n += (size_t)sprintf(text + n, "key-number-%d: 1\n", i);
	buf_init(&report, &mem_heap, 1 << 20);
	assert_int_equal(
		compile_edition(&mem_heap, "r.yaml", (struct str){ text, n }, &report, &box),
		ERR_SYNTAX);
	assert_int_equal(buf_add(&report, "", 1), 0);
	assert_non_null(strstr((const char *)report.p, "r.yaml: 904 more messages not shown\n"));
	buf_fini(&report);
	buf_init(&report, &mem_heap, 50);
	assert_int_equal(
		compile_edition(&mem_heap, "r.yaml", (struct str){ text, n }, &report, &box),
		ERR_SYNTAX);
	assert_in_range(report.n, 0, 50);
	buf_fini(&report);
	free(text);
}

/* `head`, then `entry` with the numbers 0..n-1, the report goes to `report`. */
static int compile_many(const char *head, const char *entry, int n, struct buf *report)
{
	struct edition_box *box = NULL;
	char *text = malloc(EDITION_TEXT_MAX);
	size_t len;
	int rc;

	assert_non_null(text);
	len = (size_t)sprintf(text, "%s", head);
	for (int i = 0; i < n; i++)
		len += (size_t)sprintf(text + len, "%s%d }\n", entry, i);
	buf_init(report, &mem_heap, 1 << 20);
	rc = compile_edition(&mem_heap, "r.yaml", (struct str){ text, len }, report, &box);
	assert_int_equal(buf_add(report, "", 1), 0);
	edition_box_destroy(box);
	free(text);
	return rc;
}

static void test_counts_are_bounded(void **state)
{
	static const struct {
		const char *head, *entry;
		int n;
		const char *want;
	} many[] = {
		{ "certificates:\n", "  - { title: T, code: ", EDITION_CERTIFICATES_MAX + 1,
			"'certificates' has 257 entries; at most 256 are read" },
		{ "selections:\n", "  - { id: ", EDITION_SELECTIONS_MAX + 1,
			"'selections' has 129 entries; at most 128 are read" },
		{ "areas:\n", "  - { id: ", EDITION_AREAS_MAX + 1,
			"'areas' has 65 entries; at most 64 are read" },
		{ "areas:\n  - id: a\n    name: A\n    metrics:\n",
			"      - { id: ", AREA_METRICS_MAX + 1,
			"'metrics' of an area has 17 entries; at most 16 are read" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(many); i++) {
		struct buf report;

		assert_int_equal(
			compile_many(many[i].head, many[i].entry, many[i].n, &report), ERR_SYNTAX);
		if (strstr((const char *)report.p, many[i].want) == NULL)
			fail_msg("wanted: %s\ngot: %s", many[i].want, (const char *)report.p);
		buf_fini(&report);
	}
}

static void test_every_failed_allocation_is_survived(void **state)
{
	(void)state;
	check_rule_allocations(base);
}

static void test_shipped_editions_compile_without_a_word(void **state)
{
	(void)state;
	assert_true(shipped_count() >= 1);
	for (size_t i = 0; i < shipped_count(); i++) {
		const struct shipped_edition *s = shipped_edition(i);
		struct edition_box *box = NULL;
		struct buf report;
		const struct edition *e;
		char text[DAY_TEXT];

		buf_init(&report, &mem_heap, 1 << 20);
		assert_int_equal(compile_edition(&mem_heap, s->file, s->text, &report, &box), 0);
		assert_int_equal(report.n, 0);
		e = edition_box_get(box);
		assert_true(str_eq(e->id, s->id));
		assert_true(str_eq(str_from(day_format(e->valid_from, text)), s->from));
		assert_true(e->valid_until == DAY_NONE
				    ? s->until.n == 0
				    : str_eq(str_from(day_format(e->valid_until, text)), s->until));
		assert_ptr_equal(shipped_by_id(e->id), s);
		edition_box_destroy(box);
		buf_fini(&report);
	}
	assert_null(shipped_edition(shipped_count()));
}

static void test_each_shipped_edition_begins_when_the_one_before_ends(void **state)
{
	day_no from, until;

	(void)state;
	for (size_t i = 1; i < shipped_count(); i++) {
		assert_int_equal(day_parse(shipped_edition(i - 1)->until, &until), 0);
		assert_int_equal(day_parse(shipped_edition(i)->from, &from), 0);
		assert_int_equal(from, until + 1);
	}
	assert_int_equal(shipped_edition(shipped_count() - 1)->until.n, 0);
}

static void test_an_edition_is_chosen_by_id_by_date_or_as_the_newest(void **state)
{
	const struct shipped_edition *oldest = shipped_edition(0),
				     *newest = shipped_edition(shipped_count() - 1), *s;
	struct err note;
	day_no from;

	(void)state;
	assert_int_equal(day_parse(oldest->from, &from), 0);
	assert_int_equal(shipped_choose(oldest->id, DAY_NONE, &s, &note), 0);
	assert_ptr_equal(s, oldest);
	assert_int_equal(shipped_choose(oldest->from, DAY_NONE, &s, &note), 0);
	assert_ptr_equal(s, oldest);
	assert_string_equal(note.text, "");
	assert_int_equal(shipped_choose(STR(""), DAY_NONE, &s, NULL), 0);
	assert_ptr_equal(s, newest);
	assert_int_equal(shipped_choose(STR(""), from, &s, &note), 0);
	assert_ptr_equal(s, oldest);
	assert_int_equal(shipped_choose(STR(""), from - 1, &s, &note), 0);
	assert_ptr_equal(s, oldest);
	assert_string_equal(note.text,
		"2022-10-02 is before the oldest edition known, fy23 (from 2022-10-03), which is used");
	assert_int_equal(shipped_choose(STR("2019-99"), DAY_NONE, &s, &note), ERR_NOTFOUND);
	assert_non_null(strstr(note.text, "2023-06"));
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(test_every_value_arrives_exactly),
		cmocka_unit_test(test_any_inside_all_becomes_each_combination),
		cmocka_unit_test(test_combinations_have_a_bound),
		cmocka_unit_test(test_a_text_over_the_limit_is_refused_unread),
		cmocka_unit_test(test_messages_are_bounded),
		cmocka_unit_test(test_counts_are_bounded),
		cmocka_unit_test(test_every_failed_allocation_is_survived),
		cmocka_unit_test(test_shipped_editions_compile_without_a_word),
		cmocka_unit_test(test_each_shipped_edition_begins_when_the_one_before_ends),
		cmocka_unit_test(test_an_edition_is_chosen_by_id_by_date_or_as_the_newest),
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
