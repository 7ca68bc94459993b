/* A file of tests in memory: what the reader fills and the runner runs. */
#ifndef TESTING_TESTS_H
#define TESTING_TESTS_H

#include "rules/testing/testing.h"
#include "services/notification/notification_core.h"

#define RULE_NAME_MAX 4096 /* of an edition, which may be a path */

struct rule_tests {
	const struct alloc *a;
	struct arena keep;
	const char *name;
	struct str text;
	const struct edition *edition;
	uint32_t margin; /* points, as the notification service takes it */
	size_t n, n_steps;
	struct rule_test *tests;
};

const char *rule_met_name(enum met m); /* "met", "not-met", "unknown", "not-asked" */
/* The metric or requirement of that rule, the first of several; NULL when there is none. */
const struct metric *rule_metric(const struct edition *e, struct str rule);

#endif
