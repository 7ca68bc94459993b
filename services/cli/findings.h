/* What the reading of a file found besides its facts: what the export cannot tell, and names that nothing here knows. */
#ifndef CLI_FINDINGS_H
#define CLI_FINDINGS_H

#include <jansson.h>
#include <stdio.h>

#include "services/imports/reading.h"

/* Lines under a file's summary. lacks: with what the export cannot tell. */
void findings_print(const struct reading *r, bool lacks, FILE *out);
/* {"cannot_tell": ["..."], "unknown": [{"kind": "certificate", "name": "...", "count": 3, "nearest": "..."}],
 *  "unknown_without_room": 0}; NULL when out of memory. */
json_t *findings_json(const struct reading *r);

#endif
