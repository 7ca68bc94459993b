/* The front end of everything that reads files: a file in, facts out.
 *
 * What a file is, its content tells: NDJSON of CloudEvents (common/wire/event_json.h), or one of the reports of
 * report.h. Faults do not stop the reading; they are told one by one and counted. */
#ifndef IMPORTS_FACTS_READER_H
#define IMPORTS_FACTS_READER_H

#include "services/imports/input.h"
#include "services/imports/reading.h"

#define FACTS_LINE_MAX ((size_t)2 * 1024 * 1024) /* of an NDJSON line, bytes */

#define FACTS_STDIN_NAME "(standard input)" /* how messages call it */

enum facts_accept { FACTS_NDJSON = 1, FACTS_REPORTS = 2, FACTS_ANY = 3 };

/* path      "-" is the standard input.
 * ret       what was read and what came of it; filled also when reading stopped early.
 * Returns 0 (with or without refused records), ERR_NOTFOUND or ERR_IO (the file cannot be read), ERR_UNSUPPORTED
 * (neither events nor a known report, or a kind that is not accepted here), ERR_INVALID (no usable `recorded`),
 * ERR_FULL, ERR_NOMEM, or what the handler returned. e begins with the file's name. */
int facts_read(const struct reading_options *options, enum facts_accept accept, const char *path,
	const struct reading_handler *handler, struct reading *ret, struct err *e);

/* The same from an open input; `name` is what messages call it. */
int facts_read_input(const struct reading_options *options, enum facts_accept accept,
	const char *name, struct input *in, const struct reading_handler *handler,
	struct reading *ret, struct err *e);

/* Reads NDJSON to its end. Blank lines are passed over. */
int ndjson_read(struct reading *r, struct input *in, struct err *e);

#endif
