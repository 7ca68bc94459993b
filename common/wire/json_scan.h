/* Where the elements of a JSON array end, without reading them: bytes go in as they come, in pieces of any size, and
 * nothing but a few numbers is kept. What an element is, and whether it is JSON at all, its reader tells.
 *
 *   an array is  [ element , element ... ]  ; an element runs to the comma or bracket outside of its own strings and
 *   brackets. Depth is a number here, so nesting costs nothing. */
#ifndef WIRE_JSON_SCAN_H
#define WIRE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/text.h"

struct json_scan {
	uint64_t depth; /* of brackets inside the element */
	bool in_string, escaped;
};

/* Begins a new element: *s = (struct json_scan){ 0 }. Looks at the next bytes of it.
 * Returns how many of them belong to it: less than n when the comma or bracket that ends it stands there. */
size_t json_scan(struct json_scan *s, const char *p, size_t n);

/* Blanks between elements: their number at the front of the text. */
size_t json_blanks(struct str s);

/* The array in a text that is there as a whole. */
struct json_elements {
	struct str rest; /* what was not looked at yet */
	bool begun, ended;
};
/* The next element, without the blanks around it. Returns 1, 0 at the end, ERR_SYNTAX (not an array; an element is
 * missing; no bracket at the end; something behind it); ret_why then says which, for people. */
int json_next_element(struct json_elements *e, struct str *ret_element, const char **ret_why);

#endif
