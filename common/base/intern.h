/* Each distinct text once, under a small number.
 *
 * Numbers are given in order of arrival, 0, 1, 2 ...; they say nothing about order, so never sort output by
 * them. Texts are copied and never move or go away. Memory: up to 5 bytes of index and 12 of slots per text, 4 for its
 * length, and the bytes, up to 16 GiB. Not for sharing between threads. */
#ifndef BASE_INTERN_H
#define BASE_INTERN_H

#include "common/base/mem.h"
#include "common/base/text.h"

typedef uint32_t intern_id;
#define INTERN_NONE UINT32_MAX

struct intern;

/* max: how many texts it may hold, 1..UINT32_MAX-1. Returns 0, ERR_INVALID, ERR_NOMEM. */
int intern_create(const struct alloc *a, uint32_t max, struct intern **ret_t);
void intern_destroy(struct intern *t); /* accepts NULL */

/* The number of s, a new one when s is not known. Amortised O(1).
 * Returns 0, ERR_NOMEM, ERR_FULL (nothing changed). */
int intern_put(struct intern *t, struct str s, intern_id *ret_id);
/* The number of s, or INTERN_NONE. */
intern_id intern_find(const struct intern *t, struct str s);
/* The same in steps, for a caller that knows what it will look for next and wants the memory to arrive meanwhile:
 * the hash of a text; its slot fetched; the number that the slot suggests (INTERN_NONE, or most likely the right one:
 * its text was not compared) with the place of its text fetched; the text itself fetched; and the look-up. */
uint64_t intern_hash(struct str s);
void intern_fetch_slot(const struct intern *t, uint64_t hash);
intern_id intern_guess(const struct intern *t, uint64_t hash);
void intern_fetch_text(const struct intern *t, intern_id id);
intern_id intern_find_hashed(const struct intern *t, struct str s, uint64_t hash);

/* The text of a number given by this table; borrowed, valid until destroy. */
struct str intern_text(const struct intern *t, intern_id id);
uint32_t intern_count(const struct intern *t);

#endif
