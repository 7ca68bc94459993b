/* Rule files for tests of the compiler: one text without a fault, in which each test changes a place. */
#ifndef HARNESS_RULE_TEXT_H
#define HARNESS_RULE_TEXT_H

#include "rules/compile/compile.h"

/* A test of its own: the whole report that the author of such a file sees. */
struct rule_row {
	const char *name;
	const char
		*find; /* first place in the text that is changed; NULL: `with` is the whole file */
	const char *with;
	const char *want; /* the report */
	int rc;
};

/* `text` with the first `find` changed; freed by the caller. Fails the test when `find` is not there. */
char *rule_text_with(const char *text, const char *find, const char *with);
/* Compiles the changed text, which must be without a fault or a warning. */
struct edition_box *rule_box_with(const char *text, const char *find, const char *with);
/* Each allocation fails once while a text without a fault is compiled; nothing may leak. */
void check_rule_allocations(const char *text);
void check_rule_row(const char *text, const struct rule_row *r);

#endif
