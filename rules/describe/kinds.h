/* How each kind of rule is worded: a row each, in the table of kinds.c. The functions of the rows stand in
 * kinds_units.c, kinds_growth.c, kinds_people.c, kinds_points.c and kinds_conditions.c. */
#ifndef DESCRIBE_KINDS_H
#define DESCRIBE_KINDS_H

#include "rules/describe/words.h"

/* A rule being told, with what its place gives it. */
struct rule_told {
	const struct metric_rule *rule;
	uint32_t maximum; /* points at most, of the metric or the part; not for conditions */
};

/* A part of a combined rule, or a condition inside one. */
struct rule_child {
	struct str id, name; /* both empty for a condition without a name */
	struct rule_told told;
};

struct kind_words {
	enum rule_kind kind;
	const char *measure; /* as rule files call it */
	/* Of a kind that earns points: what earns how much, in whole sentences ("Up to 30 points: " comes before it).
	 * Of a condition: a clause, for "Met when ...": "at least 5 people hold AZ-104". */
	struct str (*sentence)(struct words *w, const struct rule_told *t);
	/* Where it is told by itself: above the list of its parts, or in one. NULL: the sentence. */
	struct str (*head)(struct words *w, const struct rule_told *t);
	/* The cells of a table; NULL: "-". */
	struct str (*each)(struct words *w, const struct rule_told *t);
	struct str (*threshold)(struct words *w, const struct rule_told *t);
	/* Fills at most RULE_TERMS_MAX, returns how many. NULL: none, steps or parts say it all. */
	size_t (*terms)(struct words *w, const struct rule_told *t, struct rule_term *out);
	/* Indexes of the selections it looks at, at most RULE_USAGES_MAX. NULL: none. */
	size_t (*usages)(const struct metric_rule *r, uint16_t *out);
	/* Its steps of people; what people must hold. NULL: none. */
	const struct people_step *(*steps)(const struct metric_rule *r, size_t *ret_n);
	const struct people_predicate *(*holds)(const struct metric_rule *r);
	/* What is inside it. NULL: nothing. */
	size_t (*n_parts)(const struct metric_rule *r);
	struct rule_child (*part)(const struct rule_told *t, size_t i);
};

/* NULL when the kind is not in the table. */
const struct kind_words *kind_words_of(enum rule_kind kind);

/* Of a rule inside another one, by its row; "-" where there is none, which is marked in w. */
struct str kind_sentence(struct words *w, const struct rule_told *t);
struct str kind_each(struct words *w, const struct rule_told *t);

/* Customers, workloads and deployments. */
struct str units_sentence(struct words *w, const struct rule_told *t);
struct str units_each(struct words *w, const struct rule_told *t);
struct str units_threshold(struct words *w, const struct rule_told *t);
size_t units_terms(struct words *w, const struct rule_told *t, struct rule_term *out);
size_t units_usages(const struct metric_rule *r, uint16_t *out);
struct str units_reached_sentence(struct words *w, const struct rule_told *t);
struct str units_reached_threshold(struct words *w, const struct rule_told *t);
/* What a unit has that passes: "more than 300 paid units in one workload alone in the last month". */
struct str units_passing(struct words *w, const struct unit_test *test);
/* "promoted": appended where a unit above the range passes for some time; empty otherwise. */
struct str units_promoted(struct words *w, const struct unit_test *test);

/* Growth. */
struct str growth_sentence(struct words *w, const struct rule_told *t);
struct str growth_each(struct words *w, const struct rule_told *t);
struct str growth_threshold(struct words *w, const struct rule_told *t);
size_t growth_terms(struct words *w, const struct rule_told *t, struct rule_term *out);
size_t growth_usages(const struct metric_rule *r, uint16_t *out);
struct str growth_reached_sentence(struct words *w, const struct rule_told *t);
struct str growth_reached_threshold(struct words *w, const struct rule_told *t);

/* People. */
struct str people_sentence(struct words *w, const struct rule_told *t);
struct str people_each(struct words *w, const struct rule_told *t);
struct str people_threshold(struct words *w, const struct rule_told *t);
const struct people_step *people_steps(const struct metric_rule *r, size_t *ret_n);
struct str hold_sentence(struct words *w, const struct rule_told *t);
struct str hold_threshold(struct words *w, const struct rule_told *t);
size_t hold_terms(struct words *w, const struct rule_told *t, struct rule_term *out);
const struct people_predicate *hold_holds(const struct metric_rule *r);
/* The options of a predicate, with the certificates of each; NULL after a failure. */
const struct step_option *people_options(
	struct words *w, const struct people_predicate *holds, size_t *ret_n);

/* Products in use; combined metrics. */
struct str products_sentence(struct words *w, const struct rule_told *t);
struct str products_each(struct words *w, const struct rule_told *t);
struct str products_threshold(struct words *w, const struct rule_told *t);
size_t products_terms(struct words *w, const struct rule_told *t, struct rule_term *out);
size_t products_usages(const struct metric_rule *r, uint16_t *out);
struct str combined_sentence(struct words *w, const struct rule_told *t);
struct str combined_each(struct words *w, const struct rule_told *t);
struct str combined_threshold(struct words *w, const struct rule_told *t);
size_t combined_terms(struct words *w, const struct rule_told *t, struct rule_term *out);
size_t combined_n_parts(const struct metric_rule *r);
struct rule_child combined_part(const struct rule_told *t, size_t i);

/* Conditions. */
struct str level_sentence(struct words *w, const struct rule_told *t);
struct str level_threshold(struct words *w, const struct rule_told *t);
size_t level_terms(struct words *w, const struct rule_told *t, struct rule_term *out);
size_t level_usages(const struct metric_rule *r, uint16_t *out);
struct str share_sentence(struct words *w, const struct rule_told *t);
struct str share_threshold(struct words *w, const struct rule_told *t);
size_t share_terms(struct words *w, const struct rule_told *t, struct rule_term *out);
size_t share_usages(const struct metric_rule *r, uint16_t *out);
struct str attested_sentence(struct words *w, const struct rule_told *t);
struct str attested_threshold(struct words *w, const struct rule_told *t);
size_t attested_terms(struct words *w, const struct rule_told *t, struct rule_term *out);
struct str held_sentence(struct words *w, const struct rule_told *t);
struct str held_threshold(struct words *w, const struct rule_told *t);
size_t held_terms(struct words *w, const struct rule_told *t, struct rule_term *out);
struct str segment_sentence(struct words *w, const struct rule_told *t);
struct str segment_threshold(struct words *w, const struct rule_told *t);
size_t segment_terms(struct words *w, const struct rule_told *t, struct rule_term *out);
size_t segment_usages(const struct metric_rule *r, uint16_t *out);
struct str of_sentence(struct words *w, const struct rule_told *t);
struct str of_head(struct words *w, const struct rule_told *t);
struct str of_threshold(struct words *w, const struct rule_told *t);
size_t of_terms(struct words *w, const struct rule_told *t, struct rule_term *out);
size_t of_n_parts(const struct metric_rule *r);
struct rule_child of_part(const struct rule_told *t, size_t i);
struct str unknown_sentence(struct words *w, const struct rule_told *t);
struct str unknown_head(struct words *w, const struct rule_told *t);
struct str unknown_threshold(struct words *w, const struct rule_told *t);
size_t unknown_terms(struct words *w, const struct rule_told *t, struct rule_term *out);

#endif
