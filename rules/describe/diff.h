/* What changes between two editions of the rules, in words.
 *
 * Both are told as a list of statements ("area a, metric m: maximum is 30"), and the lists are compared. So what is
 * compared is exactly what the tables of the engine hold and describe.h puts into words; comments, order of areas
 * and wording of the YAML make no difference. */
#ifndef DESCRIBE_DIFF_H
#define DESCRIBE_DIFF_H

#include "rules/describe/describe.h"

enum diff_change { DIFF_ADDED, DIFF_REMOVED, DIFF_CHANGED };

enum diff_section {
	DIFF_EDITION,
	DIFF_SETTINGS,
	DIFF_WINDOWS,
	DIFF_CERTIFICATES,
	DIFF_SELECTIONS,
	DIFF_AREAS,
	DIFF_CATALOGUE,
	DIFF_SECTION_END
};

/* What an entry is about, from the outside in; a level is empty where it does not apply. */
enum diff_level {
	DIFF_SUBJECT, /* certificate code, selection or area id, windows, catalogue id; empty for edition and settings */
	DIFF_TRACK,  /* id; empty in areas without tracks */
	DIFF_METRIC, /* id */
	DIFF_PART, /* id of a part of a combined metric, name of a condition; "A > B" for one inside another */
	DIFF_STEP, /* name of a step */
	DIFF_LEVELS
};

const char *diff_change_name(enum diff_change c);   /* "added" */
const char *diff_section_name(enum diff_section s); /* "certificates" */
const char *diff_level_name(enum diff_level l);	    /* "metric" */

struct diff_entry {
	enum diff_change change;
	enum diff_section section;
	struct str at[DIFF_LEVELS];
	struct str what;	  /* "maximum"; empty when the subject itself is added or removed */
	struct str before, after; /* empty where it was not or is no more */
	struct str
		text; /* the sentence, under the heading of its section or area: "deployments: maximum: 30, now 25" */
};

struct edition_diff {
	size_t n; /* 0: both say the same */
	const struct diff_entry
		*entries; /* by section, then in the order of `a`, then what is new in `b` */
};

/* Everything is allocated in `ar` or borrowed from the editions.
 * Returns 0, ERR_NOMEM, ERR_UNSUPPORTED (a metric of a kind without words). Cost: O(statements of both), and
 * the square of the entries. */
int edition_diff(const struct edition *a, const struct edition *b, struct arena *ar,
	struct edition_diff *ret);

#endif
