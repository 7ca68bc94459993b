/* A reader of comma- and tab-separated files (RFC 4180, read with leniency) that knows where every field stands.
 *
 * Fields are bare or quoted; a quoted field may hold separators, line ends and doubled quotes. Lines end with LF
 * or CRLF. A quote inside a bare field is an ordinary character. Empty lines are passed over. A faulty record is
 * told with its place and reason, and reading goes on behind it: after an unclosed quote with the line that
 * follows the one where the quote was opened, so that one stray quote does not swallow the file.
 *
 * No allocation: fields are slices of the input's window, unescaped in place. Why not libcsv:
 * docs/adr/0007-own-csv-reader.md. */
#ifndef IMPORTS_CSV_H
#define IMPORTS_CSV_H

#include "services/imports/input.h"

#define CSV_FIELDS_MAX 256
#define CSV_FIELD_MAX  ((size_t)64 * 1024)   /* bytes */
#define CSV_RECORD_MAX ((size_t)1024 * 1024) /* bytes */
#define CSV_RAW_MAX    4096		     /* of a faulty line that is kept, bytes */

struct csv_field {
	struct str text; /* unescaped, not trimmed */
	unsigned line,
		column; /* of its first character (the quote where it has one), from 1; columns count characters */
	bool quoted;
};

/* X(enumerator, reason, remedy) */
#define CSV_FAULT_TABLE(X)                                                                                     \
	X(CSV_OPEN_QUOTE, "open-quote",                                                                        \
		"the quote opened here is never closed; close it, or double a quote that belongs to the text") \
	X(CSV_AFTER_QUOTE, "after-quote",                                                                      \
		"characters after a closing quote; double a quote that belongs to the text")                   \
	X(CSV_FIELD_TOO_LONG, "field-too-long",                                                                \
		"a field over 64 KiB; is its closing quote missing?")                                          \
	X(CSV_RECORD_TOO_LONG, "record-too-long", "a record over 1 MiB; is a quote missing?")                  \
	X(CSV_TOO_MANY_FIELDS, "too-many-fields", "more than 256 fields in a record")

enum csv_fault {
	CSV_NO_FAULT = 0,
#define X(name, reason, remedy) name,
	CSV_FAULT_TABLE(X)
#undef X
};
const char *csv_fault_reason(enum csv_fault f);
const char *csv_fault_remedy(enum csv_fault f);

struct csv {
	struct input *in;
	char separator;
	unsigned line;	 /* of the next unread byte */
	size_t consumed; /* bytes of the record given out last, dropped by the next call */
	unsigned consumed_lines;
	/* The record given out last. */
	size_t n_fields;
	struct csv_field fields[CSV_FIELDS_MAX];
	/* After ERR_SYNTAX. */
	enum csv_fault fault;
	unsigned fault_line, fault_column;
	char raw[CSV_RAW_MAX]; /* the faulty line as it stands, without its end */
	size_t n_raw;	       /* 0: it is longer */
};

/* in      borrowed; must outlive the reader. A byte order mark must have been skipped.
 * The separator is the one of comma and tab that stands more often, outside quotes, in the first line.
 * Returns 0 or ERR_IO. */
int csv_init(struct csv *c, struct input *in, struct err *e);

/* The next record, in c->fields; valid until the next call.
 * Returns 0, ERR_NOTFOUND (end), ERR_SYNTAX (a faulty record was passed over: c->fault and its place say why;
 * go on with the next call), ERR_IO. */
int csv_next(struct csv *c, struct err *e);

/* The text of a field without spaces and tabs around it. */
struct str csv_trimmed(const struct csv *c, size_t field);

#endif
