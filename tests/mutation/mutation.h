/* Does a test notice when a number of a rule file changes? Each number is changed by itself, the changed file is compiled,
 * and the tests of its edition run until one fails.
 *
 * A number is killed when every change of it that compiles makes a test fail, refused when the compiler takes none of
 * its changes, and survives when some change of it passes all tests. Numbers that a file inherits from another one
 * belong to that file. */
#ifndef MUTATION_MUTATION_H
#define MUTATION_MUTATION_H

#include "rules/testing/testing.h"
#include "tests/mutation/numbers.h"

#define MUTATION_FILES_MAX 16 /* of tests, for one edition */

struct mutation_source {
	struct str id;	  /* of the edition */
	const char *file; /* for messages */
	struct str text;
	const struct shipped_tests *tests; /* those of other editions among them are left alone */
	size_t n_tests;
};

struct mutation_sample {
	size_t every; /* 1: all numbers; n: one of n, the first of them `first` */
	size_t first; /* modulo every */
};

struct mutation_survivor {
	size_t line;
	struct str line_text; /* without the space around it */
	struct str number;
	const char *mutant; /* what was put in its place */
};

struct mutation_figures {
	size_t n, killed, refused, survive;
	size_t mutants; /* that were compiled */
};

typedef void (*mutation_survives)(void *ctx, const struct mutation_survivor *s);

/* survives  called for each change that no test notices. May be NULL.
 * Returns 0; ERR_SYNTAX: the edition or its tests do not compile, or a test fails without any change; ERR_NOTFOUND:
 * there is no test of the edition; ERR_NOMEM, ERR_FULL. e says more. */
int mutation_run(const struct mutation_source *s, const struct mutation_sample *sample,
	mutation_survives survives, void *ctx, struct mutation_figures *ret, struct err *e);

#endif
