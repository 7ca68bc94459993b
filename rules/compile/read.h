/* Readers: a node becomes a value of the edition, or a message that says what was expected.
 *
 * Each takes the node and `what` it is, for messages ("'maximum' of a metric"), returns true and sets its output, or
 * reports and returns false. A NULL node (a key that is not there) returns false without a word: whether a key must
 * be there was checked by read_map(). */
#ifndef COMPILE_READ_H
#define COMPILE_READ_H

#include "common/base/ratio.h"
#include "rules/compile/tree.h"
#include "rules/engine/edition.h"

#define NOTE_TEXT_MAX 1024 /* notes for explanations, and sources */
#define LIST_MAX      512  /* entries of one list of names */

/* What all parts of the compiler share. */
struct compiler {
	struct report *r;
	struct arena *keep; /* lives as long as the edition */
	bool no_memory;	    /* sticky: what is built is incomplete */
};

struct key {
	const char *name;
	bool required;
};

#define KEYS_MAX 48

/* Reads a mapping with known keys. values gets one node per key, NULL where it is not given.
 * Reports every unknown (with the nearest known one), double and missing key. False when n is no mapping. */
bool read_map(struct compiler *c, const struct node *n, const char *what, const struct key *keys,
	size_t n_keys, const struct node **values);

/* Which of `n_of` keys that exclude each other is given: ret gets its place in `of`, n_of when none is. Reports two of
 * them, and none when one is needed. n: the mapping, or what stands for it in messages. */
bool read_one_of(struct compiler *c, const struct node *n, const char *what, const struct key *keys,
	const struct node *const *values, const size_t *of, size_t n_of, bool needed, size_t *ret);

/* n is a list of 1..max entries. */
bool read_list(struct compiler *c, const struct node *n, const char *what, size_t max);

bool read_text(
	struct compiler *c, const struct node *n, const char *what, size_t max, struct str *ret);
/* Lower-case letters, digits, '-' and '.', at most 64. */
bool read_id(struct compiler *c, const struct node *n, const char *what, struct str *ret);
bool read_whole(struct compiler *c, const struct node *n, const char *what, uint32_t min,
	uint32_t max, uint32_t *ret);
/* "1000", "999.99": zero or more, at most six decimals, exact. In millionths. */
bool read_amount(struct compiler *c, const struct node *n, const char *what, int64_t *ret_micro);
/* "4", "2.5" or "40/6": zero or more, at most 1000; both parts at most EDITION_FRACTION_MAX when reduced. */
bool read_points(struct compiler *c, const struct node *n, const char *what, struct ratio *ret);
/* "true" or "false". */
bool read_bool(struct compiler *c, const struct node *n, const char *what, bool *ret);
bool read_day(struct compiler *c, const struct node *n, const char *what, day_no *ret);

/* One of the names 0..count-1 that name() gives (NULL: that number has no name). */
bool read_choice(struct compiler *c, const struct node *n, const char *what,
	const char *(*name)(size_t), size_t count, size_t *ret);
/* A list of such names, as a bit set. */
bool read_choices(struct compiler *c, const struct node *n, const char *what,
	const char *(*name)(size_t), size_t count, uint32_t *ret_bits);
/* A list of texts. */
bool read_texts(struct compiler *c, const struct node *n, const char *what, size_t max_n,
	size_t max_bytes, size_t *ret_n, const struct str **ret);

/* Reports an error at a node. Returns false, so that `return fail(...)` reads well. */
bool fail(struct compiler *c, const struct node *n, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void warn(struct compiler *c, const struct node *n, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Memory that lives as long as the edition; NULL sets no_memory. */
void *keep(struct compiler *c, size_t bytes);
struct str keep_text(struct compiler *c, struct str s);

/* The name nearest to s of the n names, when near enough to be meant; empty otherwise. */
struct str nearest(struct str s, const struct str *names, size_t n);

/* For "%.*s": at most 64 bytes of s, whole characters. */
int shown(struct str s);
#define SHOWN(s) shown(s), (s).p == NULL ? "" : (s).p

#endif
