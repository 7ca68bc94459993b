/* What the files that put rules into words share. */
#ifndef DESCRIBE_WORDS_H
#define DESCRIBE_WORDS_H

#include "rules/describe/describe.h"

/* Where words go. `failed` is sticky: out of memory. */
struct words {
	const struct edition *e;
	struct arena *ar;
	bool failed;
};

/* A text in the arena; empty after a failure. */
struct str words_text(struct words *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* n * size bytes, zeroed; NULL after a failure and for n = 0. */
void *words_array(struct words *w, size_t n, size_t size);
/* "a, b and c" */
struct str words_list(struct words *w, const struct str *items, size_t n, const char *last);

/* "1,000 USD", "12.5 users" */
struct str words_amount(struct words *w, int64_t micro, enum measure m);
/* "1 point", "6.67 points" (fractions are told beside: "20/3 (6.67) points") */
struct str words_points(struct words *w, struct ratio points);
/* The same without the word. */
struct str words_number(struct words *w, struct ratio points);
const char *words_measure(enum measure m); /* "Azure consumed revenue" */
/* "the last month", "the last 2 months" */
struct str words_months(struct words *w, uint32_t n);
/* "a year before", "6 months before" */
struct str words_before(struct words *w, uint32_t months);

/* How one kind of metric is worded. */
struct kind_words {
	enum rule_kind kind;
	const char *measure; /* as rule files call it */
	/* What earns how much; describe_metric() puts "Up to 30 points: " before it. */
	struct str (*sentence)(struct words *w, const struct metric *m);
	struct str (*each)(struct words *w, const struct metric *m);
	struct str (*threshold)(struct words *w, const struct metric *m); /* NULL: there is none */
	/* Fills at most RULE_TERMS_MAX, returns how many. NULL: steps say it all. */
	size_t (*terms)(struct words *w, const struct metric *m, struct rule_term *out);
	/* The selection it looks at; NULL: none. */
	uint16_t (*usage)(const struct metric_rule *r);
	/* Its steps of people; NULL: none. */
	const struct people_step *(*steps)(const struct metric_rule *r, size_t *ret_n);
};

/* NULL when the kind is not in the table. */
const struct kind_words *kind_words_of(enum rule_kind kind);

#endif
