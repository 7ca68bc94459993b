/* The keys that say how something is measured. They are the same in a metric, in a part of one, in a condition and
 * under 'eligible'; each place takes some of them. */
#ifndef COMPILE_KEYS_H
#define COMPILE_KEYS_H

#include "rules/compile/parts.h"

enum rule_key {
	K_POINTS,
	K_USAGE,
	K_UNIT,
	K_REACHES,
	K_EXCEEDS,
	K_AT_MOST,
	K_BELOW,
	K_LAST,
	K_SUM,
	K_ONE_WORKLOAD,
	K_PROMOTED,
	K_SHARE,
	K_COMPARED,
	K_BASE_REACHES,
	K_NOT_ALREADY,
	K_COUNT,
	K_BASIS,
	K_MINIMUM,
	K_BASE_MINIMUM,
	K_FOR_EACH,
	K_ELIGIBLE,
	K_SINCE_ASSOCIATION,
	K_STEPS,
	K_AT_LEAST,
	K_AT_LEAST_PER_CENT,
	K_END
};
#define KEY_BIT(k) (1U << (k))
/* When a unit passes. */
#define TEST_KEYS                                                                                  \
	(KEY_BIT(K_USAGE) | KEY_BIT(K_UNIT) | KEY_BIT(K_REACHES) | KEY_BIT(K_EXCEEDS) |            \
		KEY_BIT(K_AT_MOST) | KEY_BIT(K_BELOW) | KEY_BIT(K_LAST) | KEY_BIT(K_SUM) |         \
		KEY_BIT(K_ONE_WORKLOAD) | KEY_BIT(K_PROMOTED) | KEY_BIT(K_SHARE))
/* Which units are counted. */
#define UNITS_KEYS                                                                                 \
	(TEST_KEYS | KEY_BIT(K_COMPARED) | KEY_BIT(K_BASE_REACHES) | KEY_BIT(K_NOT_ALREADY) |      \
		KEY_BIT(K_COUNT))

extern const char *const rule_key_names[K_END];

/* A mapping that takes only these keys; `needed` of them must be there. v gets K_END nodes. */
bool read_rule_map(struct program *p, const struct node *n, const char *what, uint32_t takes,
	uint32_t needed, const struct node **v);

/* n is the mapping, `what` it is for messages, v its values by enum rule_key. */
bool read_units(struct program *p, const struct node *n, const char *what,
	const struct node *const *v, struct units_rule *ret);
bool read_growth(struct program *p, const struct node *const *v, struct growth_rule *ret);
/* 'points': not zero. */
bool read_each(struct program *p, const struct node *n, struct ratio *ret);
bool read_months(struct program *p, const struct node *n, const char *what, uint32_t *ret);
bool read_usage(struct program *p, const struct node *n, uint16_t *ret);
/* Whole, 1 to 100. */
bool read_per_cent(struct program *p, const struct node *n, const char *what, uint32_t *ret);

#endif
