/* The table of kinds: how each is worded, a row each. */
#include "rules/describe/kinds.h"

static const struct kind_words kinds[] = {
	{ .kind = RULE_NET_CUSTOMER_ADDS,
		.measure = "net-customer-adds",
		.sentence = units_sentence,
		.each = units_each,
		.threshold = units_threshold,
		.terms = units_terms,
		.usages = units_usages },
	{ .kind = RULE_PEOPLE,
		.measure = "people",
		.sentence = people_sentence,
		.each = people_each,
		.threshold = people_threshold,
		.steps = people_steps },
	{ .kind = RULE_USAGE_GROWTH,
		.measure = "usage-growth",
		.sentence = growth_sentence,
		.each = growth_each,
		.threshold = growth_threshold,
		.terms = growth_terms,
		.usages = growth_usages },
	{ .kind = RULE_PRODUCTS_IN_USE,
		.measure = "products-in-use",
		.sentence = products_sentence,
		.each = products_each,
		.threshold = products_threshold,
		.terms = products_terms,
		.usages = products_usages },
	{ .kind = RULE_NET_DEPLOYMENTS,
		.measure = "net-deployments",
		.sentence = units_sentence,
		.each = units_each,
		.threshold = units_threshold,
		.terms = units_terms,
		.usages = units_usages },
	{ .kind = RULE_COMBINED,
		.measure = "combined",
		.sentence = combined_sentence,
		.each = combined_each,
		.threshold = combined_threshold,
		.terms = combined_terms,
		.n_parts = combined_n_parts,
		.part = combined_part },
	{ .kind = RULE_UNITS_REACHED,
		.measure = "units",
		.sentence = units_reached_sentence,
		.threshold = units_reached_threshold,
		.terms = units_terms,
		.usages = units_usages },
	{ .kind = RULE_GROWTH_REACHED,
		.measure = "growth",
		.sentence = growth_reached_sentence,
		.threshold = growth_reached_threshold,
		.terms = growth_terms,
		.usages = growth_usages },
	{ .kind = RULE_USAGE_REACHED,
		.measure = "usage",
		.sentence = level_sentence,
		.threshold = level_threshold,
		.terms = level_terms,
		.usages = level_usages },
	{ .kind = RULE_USAGE_SHARE,
		.measure = "usage-share",
		.sentence = share_sentence,
		.threshold = share_threshold,
		.terms = share_terms,
		.usages = share_usages },
	{ .kind = RULE_PEOPLE_HOLD,
		.measure = "people",
		.sentence = hold_sentence,
		.threshold = hold_threshold,
		.terms = hold_terms,
		.holds = hold_holds },
	{ .kind = RULE_ATTESTED,
		.measure = "attested",
		.sentence = attested_sentence,
		.threshold = attested_threshold,
		.terms = attested_terms },
	{ .kind = RULE_AREAS_HELD,
		.measure = "designations",
		.sentence = held_sentence,
		.threshold = held_threshold,
		.terms = held_terms },
	{ .kind = RULE_SEGMENT_SHARE,
		.measure = "segments",
		.sentence = segment_sentence,
		.threshold = segment_threshold,
		.terms = segment_terms,
		.usages = segment_usages },
	{ .kind = RULE_AT_LEAST_OF,
		.measure = "at-least",
		.sentence = of_sentence,
		.head = of_head,
		.threshold = of_threshold,
		.terms = of_terms,
		.n_parts = of_n_parts,
		.part = of_part },
	{ .kind = RULE_UNKNOWN,
		.measure = "unknown",
		.sentence = unknown_sentence,
		.head = unknown_head,
		.threshold = unknown_threshold,
		.terms = unknown_terms },
};

const struct kind_words *kind_words_of(enum rule_kind kind)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (kinds[i].kind == kind)
			return &kinds[i];
	return NULL;
}

struct str kind_sentence(struct words *w, const struct rule_told *t)
{
	const struct kind_words *k = kind_words_of(t->rule->kind);

	if (k == NULL)
		w->unsupported = true;
	return k == NULL ? STR("-") : k->sentence(w, t);
}

struct str kind_each(struct words *w, const struct rule_told *t)
{
	const struct kind_words *k = kind_words_of(t->rule->kind);

	if (k == NULL)
		w->unsupported = true;
	return k == NULL || k->each == NULL ? STR("-") : k->each(w, t);
}
