/* The faults of a rule file: collected while it is read, printed together in order of place.
 *
 * Each becomes "file:line:col: error: what is wrong; remedy", the source line, and a caret line under the
 * place. Lines and columns count from 1, columns in characters. At most REPORT_MESSAGES_MAX are kept; the rest
 * is counted. */
#ifndef COMPILE_REPORT_H
#define COMPILE_REPORT_H

#include <stdarg.h>
#include <stdbool.h>

#include "common/base/buf.h"
#include "common/base/text.h"

#define REPORT_MESSAGES_MAX 100
#define REPORT_TEXT_MAX	    480 /* of one message */

/* Bytes [from, to) of the text. */
struct place {
	uint32_t from, to;
};

enum report_level { REPORT_ERROR, REPORT_WARNING };

struct report_message {
	enum report_level level;
	struct place at;
	struct str text;
};

struct report {
	struct arena *ar; /* holds the texts of the messages */
	const char *name; /* of the file */
	struct str text;
	struct report_message *items; /* REPORT_MESSAGES_MAX of them */
	size_t n;
	size_t n_errors;
	size_t n_dropped; /* past the maximum */
	bool no_memory;	  /* a message was lost for want of memory */
};

/* Skips the byte order mark that editors on Windows put before a text.
 * Everything is borrowed and must outlive the report. Returns 0 or ERR_NOMEM. */
int report_init(struct report *r, struct arena *ar, const char *name, struct str text);

void report_add(struct report *r, enum report_level level, struct place at, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void report_vadd(
	struct report *r, enum report_level level, struct place at, const char *fmt, va_list ap);

/* Line and column of a byte of the text, from 1, as messages give them. */
void place_position(struct str text, uint32_t at, size_t *ret_line, size_t *ret_column);

/* Appends all messages, sorted by place; stops when `out` is full. */
void report_print(struct report *r, struct buf *out);

#endif
