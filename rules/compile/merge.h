/* Two trees of rule files become one: the later file over its base. */
#ifndef COMPILE_MERGE_H
#define COMPILE_MERGE_H

#include "rules/compile/tree.h"

/* Merges `own` into `base`, both mappings, and returns the result, which is made of their nodes: neither may be used
 * afterwards. Faults go to r at the places of own nodes. */
struct node *merge_files(struct report *r, struct node *base, struct node *own);

/* The value of a key in a mapping, NULL when there is none (or n is no mapping). */
struct node *map_value(const struct node *n, struct str key);

#endif
