/* What the files that read tests share. */
#ifndef TESTING_PARTS_H
#define TESTING_PARTS_H

#include "rules/compile/read.h"
#include "rules/testing/testing.h"

#define RULE_PARTNER STR("partner") /* where a step names none */

/* How one entry of 'facts' becomes several facts. */
struct spread {
	uint32_t times;	     /* 'times'; 0: once, without a number */
	month_no last_month; /* of the range of months */
};

struct test_reader {
	struct compiler c;
	const struct edition *e;
	uint64_t n_facts;     /* so far: ids and order of recording follow from it */
	struct spread spread; /* of the entry that is being read */
};

/* Facts of a step, as a list that grows. */
struct fact_list {
	size_t n, cap;
	struct event *events;
};

/* Reads one entry of 'facts', which may be several facts. day: of the step. */
bool read_facts(struct test_reader *r, const struct node *n, struct str partner, day_no day,
	struct fact_list *out);

/* Reads 'expect' of a step; NULL: nothing is expected. */
bool read_expects(struct test_reader *r, const struct node *n, struct rule_step *s);
/* The area of that id, NULL after a fault, which is told at n. */
const struct area *read_area(struct test_reader *r, const struct node *n, struct str id);

#endif
