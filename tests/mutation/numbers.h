/* The numbers of a rule file: amounts, points, people, months, per cents and days, each with its place in the text.
 *
 * A number is a value that is nothing but a number ("70", "2.5", "40/6") or a day ("2023-06-13"). Comments, sentences,
 * names, sources, and ids and codes even where they look like a number ("id: 2026") are none. */
#ifndef MUTATION_NUMBERS_H
#define MUTATION_NUMBERS_H

#include "common/base/mem.h"
#include "rules/compile/report.h"

#define NUMBER_WORDS_MAX 24
#define NUMBER_TEXT_MAX	 32 /* of a number, and of what takes its place */
#define MUTANTS_MAX	 6  /* of one number */

struct number {
	struct place at; /* in the text of the file */
	struct str text; /* "40/6" */
	size_t n_words;	 /* keys, ids and codes that lead to it, outermost first */
	struct str words[NUMBER_WORDS_MAX];
};

struct numbers {
	size_t n;
	const struct number *all; /* in order of their places */
};

/* ar    holds the result, which borrows the text.
 * name  of the file, for messages.
 * Returns 0, ERR_SYNTAX (not YAML), ERR_NOMEM. */
int numbers_find(struct arena *ar, const char *name, struct str text, struct numbers *ret);

/* What is put in the place of a number: the next one up and the next one down, in the last digit that is written, of
 * each part of a fraction; twice the number and half of it; a day and a year later and earlier. Nothing below zero, and
 * nothing twice. Returns how many. */
size_t number_mutants(struct str number, char ret[MUTANTS_MAX][NUMBER_TEXT_MAX]);

#endif
