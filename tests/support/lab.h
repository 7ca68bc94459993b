/* An engine under test, told facts in short words:
 *
 *   day 2023-06-30
 *   usage PARTNER CUSTOMER PRODUCT MONTH DOLLARS       '_' in a name stands for a space
 *   reported PARTNER MONTH
 *   cert PARTNER PERSON CODE [EARNED [EXPIRES]]        earned 2021-06-30 and without expiry when not said
 *   revoke PARTNER PERSON CODE ENDED
 *   assess PARTNER PERSON CODE PASSED
 *   link PARTNER PERSON       unlink PARTNER PERSON
 *
 * one after the other, parted by ';'. '!' before a fact retracts its key. Facts are recorded a second apart. */
#ifndef SUPPORT_LAB_H
#define SUPPORT_LAB_H

#include "rules/engine/engine.h"
#include "tests/support/facts.h"

struct lab {
	struct engine *e;
	struct arena ar;		      /* of answers; emptied by lab_score() */
	uint32_t cause;			      /* of the next event */
	const struct partner_change *changes; /* of the last lab_settle() */
	size_t n_changes;
};

/* Each asserts that nothing fails. */
void lab_open(struct lab *l, const struct edition *ed);
void lab_close(struct lab *l);
void lab_apply(struct lab *l, const struct event *ev);
void lab_tell(struct lab *l, const char *facts);
void lab_settle(struct lab *l);
/* As of a day (NULL: the current one), with explanations. */
struct partner_score lab_score(struct lab *l, const char *partner, const char *as_of);
struct ratio lab_points(struct lab *l, const char *partner, size_t area, size_t metric);

/* Takes one fact off the front of a text as above; false at its end. Texts lie in `buf`. */
struct lab_words {
	char buf[256];
};
bool lab_next(const char **text, struct lab_words *buf, struct event *ret);

#endif
