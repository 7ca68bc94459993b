/* The front end of everything that reads files: a file in, facts out.
 *
 * What a file is, its content tells: CloudEvents in JSON (lines, or an array) or protobuf (single, batch, a stream of
 * them), or one of the reports of report.h. Faults do not stop the reading; they are told one by one and counted. */
#ifndef IMPORTS_FACTS_READER_H
#define IMPORTS_FACTS_READER_H

#include "services/imports/input.h"
#include "services/imports/reading.h"

/* The format of that name or media type; false when there is none. */
bool events_format_by_name(struct str name, enum events_format *ret);
const char *events_format_help(enum events_format f); /* what it is, for people */

#define FACTS_LINE_MAX ((size_t)2 * 1024 * 1024) /* of an NDJSON line, bytes */

#define FACTS_STDIN_NAME "(standard input)" /* how messages call it */

/* FACTS_NDJSON takes in events of every form. */
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

/* ---- the readers of events, each to the end of its input; what returns they share --------------------------- */

/* NDJSON. Blank lines are passed over. */
int ndjson_read(struct reading *r, struct input *in, struct err *e);
/* A JSON array of events, of any length: one element is held at a time. */
int json_array_read(struct reading *r, struct input *in, struct err *e);
/* One event in JSON. */
int json_single_read(struct reading *r, struct input *in, struct err *e);
/* Events in protobuf (EVENTS_CLOUDEVENT to EVENTS_EVENT_BATCH), one held at a time. Where the framing breaks, what
 * stands behind cannot be read: that is told as one refusal. */
int protobuf_read(struct reading *r, enum events_format format, struct input *in, struct err *e);
/* Which of those the bytes in the window seem to be; EVENTS_BY_CONTENT for none. *ret_more: more bytes may tell. */
enum events_format protobuf_recognise(const struct input *in, bool *ret_more);

#endif
