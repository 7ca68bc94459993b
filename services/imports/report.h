/* Reports: exports of Partner Center, recognised by their header line.
 *
 * A report is a table of columns (with the other names that editions of the export have used) and a reader of its
 * rows. Columns may stand in any order, in any letter case, with spaces or underscores or without; columns that
 * the report does not name are not looked at. docs/imports.md says what is read from which column.
 *
 * Adding a report: a file report_NAME.c with a `struct report`, and its line in the table of report.c. */
#ifndef IMPORTS_REPORT_H
#define IMPORTS_REPORT_H

#include "services/imports/csv.h"
#include "services/imports/gather.h"
#include "services/imports/reading.h"

#define REPORT_COLUMNS_MAX 24
#define COLUMN_ALIASES_MAX 8

enum column_is {
	COLUMN_REQUIRED = 1,
	COLUMN_DATE = 2,
	COLUMN_PERSON = 4, /* an id of a person: it leaves the reader as a keyed hash */
};

struct report_column {
	const char *name;			 /* as the newest documentation spells it */
	const char *aliases[COLUMN_ALIASES_MAX]; /* NULL-terminated unless full */
	unsigned is;				 /* enum column_is */
};

/* Why rows are refused or passed over, apart from csv.h's reasons and those of event_validate(). */
#define REASON_FIELD_COUNT "field-count"
#define REASON_UTF8	   "bad-utf-8"
#define REASON_MISSING	   "missing-value"
#define REASON_MONTH	   "bad-month"
#define REASON_DATE	   "bad-date"
#define REASON_AMBIGUOUS   "ambiguous-date"
#define REASON_AMOUNT	   "bad-amount"
#define REASON_ASSOCIATION "unknown-association"
#define REASON_FLAG	   "bad-flag"
#define REASON_STATUS	   "unknown-status"
#define REASON_TOO_LONG	   "value-too-long"
#define REASON_OFFER	   "unknown-offer"
#define REASON_LEVEL	   "contradicting-level"
#define REASON_MEASURE	   "unknown-measure"
#define REASON_CHANGE	   "unknown-change"
#define REASON_KIND	   "unknown-kind"
#define REASON_EMPTY_ROW   "empty-row"

/* Files of one run are read in this order (paths.h): what tells who belongs to whom first, so that what comes of a file
 * is scored with it. */
enum report_rank {
	RANK_SIDE,    /* side files: they are asked while others are read */
	RANK_PROFILE, /* accounts */
	RANK_PEOPLE,
	RANK_CUSTOMERS,
	RANK_CLAIMS,
	RANK_USAGE,
	RANK_OTHERS, /* what feeds no score */
	RANK_END
};

struct report;
struct letter;

struct report_row {
	struct reading *reading;
	struct gather *gather; /* where the facts of the rows go */
	const struct report *report;
	const struct csv *csv;
	const int *
		field_of; /* per column of the report: index of its field, -1 when the file has none */
	struct place at;       /* of the row */
	struct letter *letter; /* room for a row that is refused (letter.h); NULL: it is not kept */
};

struct report {
	const char *id;	  /* "azure-usage"; the source of its events is "urn:capscore:import:" id */
	const char *name; /* as Partner Center calls it */
	enum report_rank rank;
	bool personal; /* rows hold names of people: what may be one is neither shown nor kept (letter.h) */
	/* Facts count as recorded when they became true, not when the export was made: a fuller report of the same facts
	 * then stands over this one. */
	bool recorded_at_time;
	/* What the report does not tell and scores would need, a sentence each. NULL, or ends with NULL. */
	const char *const *lacks;
	size_t n_columns; /* at most REPORT_COLUMNS_MAX */
	const struct report_column *columns;
	/* Other columns of the export, which are not read but tell it from others. NULL, or ends with NULL. */
	const char *const *marks;
	/* Makes the state of one file; what comes of its rows goes to g. Returns 0 or a code. */
	int (*create)(struct reading *r, struct gather *g, void **ret_state, struct err *e);
	/* One row, its fields clean UTF-8 and as many as the header has. Returns 0 (also for a refused row) or a code
	 * that stops the reading. */
	int (*row)(void *state, const struct report_row *row);
	/* A row that was refused before it came to row(). row: with the fields as they stand, unclean; NULL when they
	 * cannot be told apart. May be NULL. Returns 0 or a code that stops the reading. */
	int (*lost)(void *state, const struct report_row *row);
	/* Rows that together say one fact (gather_row()), in the order of their lines; ev holds its key. Completes the event
	 * but for id, source and recorded, and says where it stands; *ret_good false: no fact comes of it (what is wrong was
	 * refused here, row by row). *ret_refused: rows of it were refused. Only for reports that use gather_row(). */
	void (*combine)(void *state, const struct gather_row *rows, size_t n, struct event *ev,
		struct place *ret_at, bool *ret_good, bool *ret_refused);
	/* After the last row, before what was gathered is given out. May be NULL. Returns 0 or a code. */
	int (*finish)(void *state);
	void (*destroy)(void *state); /* accepts NULL */
};

extern const struct report report_azure;
extern const struct report report_trainings, report_completions;
extern const struct report report_profile;
extern const struct report report_customers, report_subscriptions;
extern const struct report report_cpor, report_office, report_mobility;
extern const struct report report_business_revenue, report_business_usage;
extern const struct report report_dynamics, report_power_bi;
/* Known, but nothing of them scores. */
extern const struct report report_teams_meetings, report_teams_workloads, report_teams_apps;
extern const struct report report_learn, report_resellers, report_csp_eligibility;
/* Side files: what no export tells (docs/imports.md). */
extern const struct report report_side_offers, report_side_production, report_side_products;
extern const struct report report_side_links, report_side_attestations;

/* Reads a report from its header to its end. in: byte order mark skipped.
 * Returns 0, ERR_UNSUPPORTED (the header is none of a known report: e names the known ones, the nearest, and the
 * columns it lacks), ERR_FULL (more than can be held), ERR_NOMEM, ERR_IO, or what a handler returned. */
int report_read(struct reading *r, struct input *in, struct err *e);

/* ---- for reports ------------------------------------------------------------------------------------------- */

/* The text of a column without outer spaces; empty when the file has no such column. */
struct str row_text(const struct report_row *row, size_t column);
bool row_has(const struct report_row *row, size_t column); /* the file has the column */
struct place row_place(const struct report_row *row, size_t column);
/* Refuses the row for what stands in a column; the text begins with the column's name and the value. */
void row_refuse(const struct report_row *row, size_t column, const char *reason, const char *fmt,
	...) ERR_PRINTF(4, 5);
void row_pass_over(const struct report_row *row, const char *reason);
/* "NULL", "UNKNOWN", "N/A", a GUID of zeros, or nothing at all. */
bool text_is_nothing(struct str s);
/* The text of a column that may hold nothing; false (the row is refused) when it is longer than `max` bytes. What is
 * nothing for row_required() is empty. */
bool row_optional(const struct report_row *row, size_t column, size_t max, struct str *ret_text);
/* The text of a column that must hold something of at most `max` bytes; otherwise refuses and returns false. "NULL",
 * "UNKNOWN", "N/A" and a GUID of zeros are nothing. */
bool row_required(const struct report_row *row, size_t column, size_t max, const char *remedy,
	struct str *ret_text);

#endif
