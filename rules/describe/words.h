/* What the files that put rules into words share. How each kind of rule is worded: kinds.h. */
#ifndef DESCRIBE_WORDS_H
#define DESCRIBE_WORDS_H

#include "rules/describe/describe.h"

/* Where words go. Both marks are sticky. */
struct words {
	const struct edition *e;
	struct arena *ar;
	bool failed;	  /* out of memory */
	bool unsupported; /* a rule of a kind without words */
};

/* 0, or what the marks say. */
int words_rc(const struct words *w);

/* A text in the arena, with a NUL after it; empty after a failure. */
struct str words_text(struct words *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* n * size bytes, zeroed; NULL after a failure and for n = 0. */
void *words_array(struct words *w, size_t n, size_t size);
/* The items with `between` between them, before the last one `last`. */
struct str words_joined(
	struct words *w, const struct str *items, size_t n, const char *between, const char *last);
/* "a, b and c" */
struct str words_list(struct words *w, const struct str *items, size_t n, const char *last);
/* "'a', 'b' and 'c'" */
struct str words_names(struct words *w, const struct str *items, size_t n, const char *last);

/* "1,234.50": at least so many decimals where it is not whole. micro >= 0. */
struct str words_micro(struct words *w, int64_t micro, int decimals_min);
/* "1,000 USD", "12.50 users" */
struct str words_amount(struct words *w, int64_t micro, enum measure m);
/* "at least 1,000 USD of Azure consumed revenue", "more than 300 paid units", "11 to 300 paid units" */
struct str words_range(struct words *w, int64_t from, int64_t to, enum measure m);
/* "1,000 USD", "more than 300 units", "11 to 300 units" */
struct str words_range_short(struct words *w, int64_t from, int64_t to, enum measure m);
/* One bound of a range as rule files give it: returns whether it is exclusive. */
bool words_bound(struct words *w, int64_t micro, bool lower, enum measure m, struct str *ret);
const char *words_measure(enum measure m); /* "Azure consumed revenue", "paid units" */
const char *words_sum(enum measure m);	   /* what grows: "number of paid units" */
const char *words_one(enum measure m);	   /* "monthly active user" */

/* "1 point", "20/3 (6.67) points" */
struct str words_points(struct words *w, struct ratio points);
/* The same without the word. */
struct str words_number(struct words *w, struct ratio points);
/* "the last month", "the last 2 months" */
struct str words_months(struct words *w, uint32_t n);
/* "a year before", "6 months before" */
struct str words_before(struct words *w, uint32_t months);

static inline struct rule_term words_term(const char *key, const char *label, struct str value)
{
	return (struct rule_term){ key, label, value };
}

/* The selection of that index; one with the id "-" when there is none. */
const struct selection *words_selection(const struct words *w, uint16_t selection);

#endif
