/* The kinds of conditions as keys of a mapping: alone, or beside the keys of a requirement. */
#ifndef COMPILE_CONDITIONS_H
#define COMPILE_CONDITIONS_H

#include "rules/compile/keys.h"

enum condition_key {
	C_DESIGNATIONS,
	C_USAGE,
	C_USAGE_SHARE,
	C_GROWTH,
	C_UNITS,
	C_PEOPLE,
	C_ATTESTED,
	C_SEGMENTS,
	C_AT_LEAST,
	C_ANY,
	C_ALL,
	C_UNKNOWN,
	C_N
};
extern const struct key condition_keys[C_N];

/* v: nodes by enum condition_key, of which exactly one is to be given. depth: of conditions around it. */
bool read_condition_keys(struct program *p, const struct node *n, const char *what,
	const struct node *const *v, unsigned depth, struct metric_rule *ret);

#endif
