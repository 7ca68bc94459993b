/* Tests of the rules: plain text with moving time, run by the engine and the alert decision of the services.
 *
 * A test is a list of steps. A step begins a day or goes on with the day of the step before, brings facts, and says
 * what must hold then: points, status, alerts. docs/rule-tests.md describes the files. Nothing here reads a disk or a
 * clock: the caller brings texts and editions. */
#ifndef TESTING_TESTING_H
#define TESTING_TESTING_H

#include "common/base/alert.h"
#include "common/base/buf.h"
#include "rules/compile/report.h"
#include "rules/engine/engine.h"

#define RULE_TESTS_TEXT_MAX 262144
#define RULE_TESTS_MAX	    1024  /* of one file */
#define RULE_STEPS_MAX	    16384 /* of one file, those of `after` counted again */
#define RULE_DAYS_MAX	    4000  /* that may pass between two steps */
#define RULE_FACTS_MAX	    50000 /* of one file */
#define RULE_MONTHS_MAX	    60	  /* of one range */
#define RULE_TIMES_MAX	    1000  /* that one fact is told */
#define RULE_FAILURES_MAX   50	  /* kept of one test */

enum rule_expect_kind {
	RULE_EXPECT_METRIC,	  /* id, points */
	RULE_EXPECT_MET,	  /* id of a requirement, met */
	RULE_EXPECT_TOTAL,	  /* points */
	RULE_EXPECT_STATUS,	  /* status */
	RULE_EXPECT_TRACK,	  /* id of the track that counts */
	RULE_EXPECT_TRACK_TOTAL,  /* id of a track, points */
	RULE_EXPECT_WINDOW,	  /* days */
	RULE_EXPECT_ANNIVERSARY,  /* days.from */
	RULE_EXPECT_RENEWAL_YEAR, /* year; 0: none, or not known */
	/* Of the edition, the others are about a partner: */
	RULE_EXPECT_VALID,	/* days on which the edition holds */
	RULE_EXPECT_RULE_VALID, /* id of a rule, days on which it holds */
	RULE_EXPECT_WINDOWS,	/* days from which the window of designations has other rules */
};

struct day_range {
	day_no from, until; /* DAY_NONE: none */
};

struct rule_expect {
	enum rule_expect_kind kind;
	struct str area; /* id; empty: every area, with a metric: every area that has it */
	struct str id;	 /* of what the kind says */
	struct ratio points;
	enum area_status status;
	enum met met;
	struct day_range days;
	uint32_t year;
	size_t n_from;
	const day_no *from;
	struct place at;
};

struct rule_alert {
	struct str area;
	enum alert_kind kind;
	enum alert_reason reason;
	struct place at;
};

struct rule_step {
	day_no day;	    /* begins with the step; DAY_NONE: the day goes on */
	struct str partner; /* whom expectations are about */
	size_t n_events;    /* arrive together, as a batch does */
	const struct event *events;
	size_t n_expects;
	const struct rule_expect *expects;
	bool tells_alerts; /* exactly these are sent to the partner in this step, on its day */
	struct place alerts_at;
	size_t n_alerts;
	const struct rule_alert *alerts;
};

struct rule_test {
	struct str id, name;
	struct place at;
	size_t n_steps; /* those of the tests it comes after first */
	const struct rule_step *steps;
};

/* A file that was read. */
struct rule_tests;

/* Finds the edition that a file names: an id, a date, or a path. The edition must outlive the tests.
 * Returns 0, or a code with e set. */
struct rule_editions {
	int (*open)(void *ctx, struct str name, const struct edition **ret_edition, struct err *e);
	void *ctx;
};

/* name        of the file, for messages.
 * ret_report  gets faults as "file:line:col: error: ..." with the source line; may hold warnings on success too.
 * Returns 0, ERR_SYNTAX (see the report), ERR_FULL (text too large), ERR_NOMEM. Copies the text. */
int rule_tests_read(const struct alloc *a, const char *name, struct str text,
	const struct rule_editions *editions, struct buf *ret_report,
	struct rule_tests **ret_tests);
void rule_tests_destroy(struct rule_tests *t); /* accepts NULL */

const struct edition *rule_tests_edition(const struct rule_tests *t);
size_t rule_tests_count(const struct rule_tests *t); /* at least 1 */
const struct rule_test *rule_tests_get(const struct rule_tests *t, size_t i);
const char *rule_tests_name(const struct rule_tests *t);
struct str rule_tests_text(const struct rule_tests *t); /* what the places point into */

struct rule_failure {
	struct place at;
	day_no day;
	struct str partner, area, what; /* what: the key of the expectation, or "alerts" */
	struct str expected, actual;
};

struct rule_result {
	size_t n; /* 0: passed */
	const struct rule_failure *failures;
	size_t n_dropped; /* past RULE_FAILURES_MAX */
};

/* Runs test i from nothing. ar: the result is allocated there.
 * Returns 0 (whether it passed or not), ERR_NOMEM, ERR_FULL (more partners, people or names than it may have). */
int rule_test_run(const struct alloc *a, const struct rule_tests *t, size_t i, struct arena *ar,
	struct rule_result *ret);
/* Appends the failures with their places and source lines. Returns 0 or ERR_NOMEM. */
int rule_result_print(const struct rule_tests *t, const struct rule_result *r, struct buf *out);

/* The tests that ship inside the program: the files of rules/editions/tests. */
struct shipped_tests {
	struct str name; /* "2023-06" */
	const char *file;
	struct str text;
};
/* Generated by scripts/embed-texts.sh. */
extern const struct shipped_tests shipped_tests[];
extern const size_t shipped_tests_count; /* at least 1 */

#endif
