/* Values as the JSON of docs/cli.md has them. Each returns NULL when out of memory. */
#ifndef CLI_JSON_VALUES_H
#define CLI_JSON_VALUES_H

#include <jansson.h>

#include "common/base/date.h"
#include "common/base/ratio.h"
#include "common/base/text.h"

json_t *text_json(struct str s);
json_t *text_or_null_json(struct str s); /* null for an empty text */
json_t *texts_json(const struct str *items, size_t n);
json_t *points_json(struct ratio r); /* {"fraction": "40/3", "decimal": "13.33"} */
json_t *day_json(day_no d);	     /* null for DAY_NONE */
/* Appends an item and takes it over. When there is no memory, or item is NULL, *list becomes NULL and stays so. */
void json_add(json_t **list, json_t *item);
/* Prints the document, indented, and a line end. Takes doc over; NULL stands for one that found no memory.
 * Returns 0 or ERR_NOMEM. */
int json_print(json_t *doc);

#endif
