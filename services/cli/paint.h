/* Colour for people: only on a terminal, and not when NO_COLOR is set (no-color.org). */
#ifndef CLI_PAINT_H
#define CLI_PAINT_H

#include <stdbool.h>
#include <stdio.h>

enum paint { PAINT_NONE, PAINT_GOOD, PAINT_WARN, PAINT_BAD, PAINT_DIM, PAINT_STRONG };

bool paint_is_on(FILE *out);
/* Escape sequences, or empty texts when painting is off. */
const char *paint_on(FILE *out, enum paint p);
const char *paint_off(FILE *out);

#endif
