/* Text for people in columns: counted in characters, not in bytes. */
#ifndef CLI_LAYOUT_H
#define CLI_LAYOUT_H

#include <stdio.h>

#include "common/base/text.h"

#define LAYOUT_WIDTH 80

int layout_width(struct str s); /* in characters */
void layout_pad(FILE *out, int n);
/* At most `width` characters, filled up with spaces. */
void layout_cell(FILE *out, struct str s, int width);
/* The words of s, broken at LAYOUT_WIDTH, with a line end; the first line starts at column `first`, the others at
 * `rest`. */
void layout_wrapped(FILE *out, struct str s, int first, int rest);

#endif
