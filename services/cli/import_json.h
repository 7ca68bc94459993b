/* What became of imported files, as the JSON of docs/cli.md. */
#ifndef CLI_IMPORT_JSON_H
#define CLI_IMPORT_JSON_H

#include <jansson.h>

#include "services/cli/delivery.h"

/* NULL when out of memory. */
json_t *reading_json(const struct reading *r);
json_t *delivered_json(const struct delivery *d); /* null for NULL */

#endif
