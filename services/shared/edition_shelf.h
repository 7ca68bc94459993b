/* Editions that stay opened: those that ship, one that a user names, and those whose texts events bring.
 *
 * Not for sharing between threads. */
#ifndef SHARED_EDITION_SHELF_H
#define SHARED_EDITION_SHELF_H

#include "rules/compile/compile.h"

/* The edition that an edition fact speaks of: that of its text, which must be of the fact's id; without a text the one
 * of that id that ships.
 * why  the first fault, as "edition.text:12:5: error: ..."; may be NULL.
 * Returns 0, ERR_NOMEM, ERR_SYNTAX (the text is no edition, or that of another id), ERR_NOTFOUND (no text, and none of
 * that id ships). */
int edition_of_fact(struct str id, struct str text, struct edition_box **ret_box, struct err *why);

struct edition_shelf;

int edition_shelf_create(struct edition_shelf **ret_s); /* 0 or ERR_NOMEM */
void edition_shelf_destroy(struct edition_shelf *s);	/* accepts NULL */

/* What a calendar begins with, one of the two: all editions that ship, in order of their first days; or the one that a
 * user names, as edition_open() takes it. Return 0, ERR_SYNTAX, ERR_NOMEM; the second also what edition_open() does. */
int edition_shelf_add_shipped(struct edition_shelf *s, struct err *e);
int edition_shelf_add(
	struct edition_shelf *s, const char *name, struct buf *ret_report, struct err *e);
/* What was added. Belongs to the shelf. */
const struct edition *const *edition_shelf_start(const struct edition_shelf *s, size_t *ret_n);

/* The edition of a fact, kept from then on. What is there already is not opened again. Fails like edition_of_fact(). */
int edition_shelf_open(struct edition_shelf *s, struct str id, struct str text,
	const struct edition **ret_edition, struct err *why);
/* Closes what edition_shelf_open() brought and is none of `used`: what was replaced is not kept for ever. */
void edition_shelf_sweep(struct edition_shelf *s, const struct edition *const *used, size_t n);
size_t edition_shelf_count(
	const struct edition_shelf *s); /* of those that edition_shelf_open() brought */

#endif
