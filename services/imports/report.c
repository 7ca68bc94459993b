#include "services/imports/report.h"

#include <stdarg.h>
#include <stdio.h>

#define VALUE_SHOWN_MAX 80 /* bytes of a value in a message */

static const struct report *const reports[] = { &report_azure, &report_trainings };
#define N_REPORTS (sizeof reports / sizeof *reports)

static struct str trim(struct str s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

/* Equal in letters and digits, ASCII case ignored: "PGA_MPNID" is "PgaMpnId". */
static bool same_name(struct str a, const char *name)
{
	struct str b = str_from(name);
	size_t i = 0, j = 0;

	for (;;) {
		while (i < a.n && strchr(" _-", a.p[i]) != NULL)
			i++;
		while (j < b.n && strchr(" _-", b.p[j]) != NULL)
			j++;
		if (i == a.n || j == b.n)
			return i == a.n && j == b.n;
		if (!str_eq_nocase((struct str){ a.p + i, 1 }, (struct str){ b.p + j, 1 }))
			return false;
		i++;
		j++;
	}
}

static int field_named(const struct csv *c, const char *name)
{
	for (size_t i = 0; i < c->n_fields; i++)
		if (same_name(trim(c->fields[i].text), name))
			return (int)i;
	return -1;
}

/* The field of a column: under its own name, otherwise under the first alias that the header has. */
static int field_of_column(
	const struct csv *c, const struct report_column *col, const char **ret_name)
{
	int f = field_named(c, *ret_name = col->name);

	for (size_t i = 0; f < 0 && i < COLUMN_ALIASES_MAX && col->aliases[i] != NULL; i++)
		f = field_named(c, *ret_name = col->aliases[i]);
	return f;
}

struct match {
	const struct report *report;
	size_t n_required, n_missing;
	int field_of[REPORT_COLUMNS_MAX];
	const char *name_of[REPORT_COLUMNS_MAX]; /* the one it goes by in this header */
};

static struct match match_report(const struct csv *c, const struct report *rep)
{
	struct match m = { .report = rep };

	for (size_t i = 0; i < rep->n_columns; i++) {
		m.field_of[i] = field_of_column(c, &rep->columns[i], &m.name_of[i]);
		m.n_required += rep->columns[i].required;
		m.n_missing += rep->columns[i].required && m.field_of[i] < 0;
	}
	return m;
}

/* The name in the header that looks most like a missing column, or an empty text. */
static struct str near_name(const struct csv *c, const char *name)
{
	struct str best = { NULL, 0 };
	unsigned distance = 4;

	for (size_t i = 0; i < c->n_fields; i++) {
		struct str t = trim(c->fields[i].text);
		unsigned d = str_distance(t, str_from(name), distance);

		if (d < distance && str_is_clean_utf8(t)) {
			distance = d;
			best = t;
		}
	}
	return best;
}

static int unknown_header(const struct csv *c, const struct match *nearest, struct err *e)
{
	char text[ERR_TEXT_MAX];
	struct sink s;
	const char *comma = "";

	sink_init(&s, text, sizeof text);
	for (size_t i = 0; i < N_REPORTS; i++)
		sink_printf(&s, "%s%s", i == 0 ? "" : ", ", reports[i]->name);
	if (nearest->n_missing == nearest->n_required)
		return err_set(e, ERR_UNSUPPORTED,
			"line 1 is not the header of a report that is known here, nor are the lines events in JSON; "
			"reports known: %s",
			text);
	sink_printf(&s, "; nearest: %s, without ", nearest->report->name);
	for (size_t i = 0; i < nearest->report->n_columns; i++) {
		const struct report_column *col = &nearest->report->columns[i];
		struct str near;

		if (!col->required || nearest->field_of[i] >= 0)
			continue;
		near = near_name(c, col->name);
		sink_printf(&s, "%s%s", comma, col->name);
		if (near.n > 0)
			sink_printf(&s, " (is it '" STR_FMT "'?)", STR_ARG(near));
		comma = ", ";
	}
	return err_set(e, ERR_UNSUPPORTED,
		"line 1 is not the header of a report that is known here; known: %s", text);
}

static bool has_byte(struct str s, char byte)
{
	return s.n > 0 && memchr(s.p, byte, s.n) != NULL;
}

/* What shows in a header that the file is of another kind, however well its names read. */
static int check_form(const struct csv *c, struct err *e)
{
	for (size_t i = 0; i < c->n_fields; i++) {
		struct str s = c->fields[i].text;

		if (has_byte(s, '\0'))
			return err_set(e, ERR_UNSUPPORTED,
				"the file is UTF-16, or no text; save it as UTF-8 (in Excel: CSV UTF-8)");
		if (!c->fields[i].quoted && has_byte(s, '\r'))
			return err_set(e, ERR_UNSUPPORTED,
				"lines end with CR alone; save the file with LF or CRLF");
	}
	if (c->n_fields == 1 && has_byte(c->fields[0].text, ';'))
		return err_set(e, ERR_UNSUPPORTED,
			"line 1 is separated by semicolons; save the file with commas or tabs");
	return 0;
}

/* A column that stands twice has two values; which one is meant is not guessed. */
static int check_twice(const struct csv *c, const struct match *m, struct err *e)
{
	for (size_t i = 0; i < m->report->n_columns; i++) {
		int f = m->field_of[i];

		if (f < 0)
			continue;
		for (size_t k = (size_t)f + 1; k < c->n_fields; k++)
			if (same_name(trim(c->fields[k].text), m->name_of[i]))
				return err_set(e, ERR_UNSUPPORTED,
					"the header has column %s twice (fields %d and %zu); leave out one",
					m->name_of[i], f + 1, k + 1);
	}
	return 0;
}

static int recognise(const struct csv *c, struct match *ret_m, struct err *e)
{
	struct match best = match_report(c, reports[0]);

	for (size_t i = 1; i < N_REPORTS; i++) {
		struct match m = match_report(c, reports[i]);

		if (m.n_missing * best.n_required < best.n_missing * m.n_required)
			best = m;
	}
	if (best.n_missing > 0)
		return unknown_header(c, &best, e);
	*ret_m = best;
	return check_twice(c, &best, e);
}

static bool row_is_empty(const struct csv *c)
{
	for (size_t i = 0; i < c->n_fields; i++)
		if (trim(c->fields[i].text).n > 0)
			return false;
	return true;
}

/* Whether the columns that are read hold clean text; says which one does not. */
static bool texts_are_clean(const struct report_row *row)
{
	for (size_t i = 0; i < row->report->n_columns; i++) {
		int f = row->field_of[i];

		if (f < 0 || str_is_clean_utf8(row->csv->fields[f].text))
			continue;
		reading_refuse(row->reading, row_place(row, i), REASON_UTF8,
			"%s: not valid UTF-8, or a control character; save the file as UTF-8",
			row->report->columns[i].name);
		return false;
	}
	return true;
}

/* A row that cannot be read is refused, and the report is told, because something may be missing now.
 * row: NULL when its fields cannot be told apart. */
static int lose(void *state, const struct report *rep, const struct report_row *row)
{
	return rep->lost == NULL ? 0 : rep->lost(state, row);
}

static int take_row(void *state, struct report_row *row, size_t n_header)
{
	const struct csv *c = row->csv;

	row->at = (struct place){ c->fields[0].line, c->fields[0].column };
	row->reading->records++;
	if (row_is_empty(c)) {
		row_pass_over(row, REASON_EMPTY_ROW);
		return 0;
	}
	if (c->n_fields != n_header) {
		reading_refuse(row->reading, row->at, REASON_FIELD_COUNT,
			"%zu fields where the header has %zu; is a separator or a quote missing or too many?",
			c->n_fields, n_header);
		return lose(state, row->report, NULL);
	}
	return texts_are_clean(row) ? row->report->row(state, row) : lose(state, row->report, row);
}

static int refuse_record(void *state, const struct report_row *row)
{
	const struct csv *c = row->csv;

	row->reading->records++;
	reading_refuse(row->reading, (struct place){ c->fault_line, c->fault_column },
		csv_fault_reason(c->fault), "%s", csv_fault_remedy(c->fault));
	return lose(state, row->report, NULL);
}

static int read_rows(void *state, struct report_row *row, struct csv *c, struct err *e)
{
	size_t n_header = c->n_fields;

	for (;;) {
		int rc = csv_next(c, e);

		if (rc == ERR_NOTFOUND)
			return row->report->finish == NULL ? 0 : row->report->finish(state);
		if (rc == ERR_SYNTAX)
			rc = refuse_record(state, row);
		else if (rc == 0)
			rc = take_row(state, row, n_header);
		if (rc == 0)
			rc = reading_check(row->reading);
		if (rc != 0)
			return rc;
		reading_progress(row->reading, c->in);
	}
}

static int read_report(struct reading *r, const struct match *m, struct csv *c, struct err *e)
{
	struct report_row row = {
		.reading = r, .report = m->report, .csv = c, .field_of = m->field_of
	};
	void *state = NULL;
	int rc = gather_create(r, m->report, &row.gather);

	if (rc != 0)
		return err_set(e, rc, "no memory for the rows");
	rc = m->report->create(r, row.gather, &state, e);
	if (rc == 0)
		rc = read_rows(state, &row, c, e);
	if (rc == 0)
		rc = gather_finish(row.gather, state);
	if (rc != 0)
		gather_error(row.gather, e);
	m->report->destroy(state);
	gather_destroy(row.gather);
	return rc;
}

static int read_header(struct csv *c, struct input *in, struct match *ret_m, struct err *e)
{
	int rc = csv_init(c, in, e);

	if (rc == 0)
		rc = csv_next(c, e);
	if (rc == ERR_NOTFOUND)
		return err_set(e, ERR_UNSUPPORTED, "the file is empty");
	if (rc == ERR_SYNTAX)
		return err_set(e, ERR_UNSUPPORTED, "line %u, column %u: no header can be read: %s",
			c->fault_line, c->fault_column, csv_fault_remedy(c->fault));
	if (rc == 0)
		rc = check_form(c, e);
	return rc == 0 ? recognise(c, ret_m, e) : rc;
}

int report_read(struct reading *r, struct input *in, struct err *e)
{
	struct csv *c = mem_alloc(r->options->a, sizeof *c);
	struct match m;
	int rc;

	if (c == NULL)
		return err_set(e, ERR_NOMEM, "no memory for reading a report");
	rc = read_header(c, in, &m, e);
	if (rc == 0) {
		r->format = m.report->name;
		rc = read_report(r, &m, c, e);
	}
	mem_free(r->options->a, c, sizeof *c);
	if (rc == ERR_FULL && e != NULL && e->code == 0)
		return err_set(e, rc,
			"more months of partners than can be held at once; split the file by month or by partner");
	return rc;
}

struct str row_text(const struct report_row *row, size_t column)
{
	int f = row->field_of[column];

	return f < 0 ? (struct str){ NULL, 0 } : trim(row->csv->fields[f].text);
}

bool row_has(const struct report_row *row, size_t column)
{
	return row->field_of[column] >= 0;
}

struct place row_place(const struct report_row *row, size_t column)
{
	int f = row->field_of[column];

	if (f < 0)
		return row->at;
	return (struct place){ row->csv->fields[f].line, row->csv->fields[f].column };
}

void row_refuse(
	const struct report_row *row, size_t column, const char *reason, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	struct str value = row_text(row, column);
	size_t shown = value.n;
	va_list ap;

	if (shown > VALUE_SHOWN_MAX) {
		shown = VALUE_SHOWN_MAX;
		while (shown > 0 && ((unsigned char)value.p[shown] & 0xC0) == 0x80)
			shown--; /* cut between characters */
	}
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	reading_refuse(row->reading, row_place(row, column), reason, "%s '%.*s%s': %s",
		row->report->columns[column].name, (int)shown, value.n == 0 ? "" : value.p,
		shown < value.n ? "..." : "", text);
}

void row_pass_over(const struct report_row *row, const char *reason)
{
	tally_add(&row->reading->passed, reason, 1);
}

static bool is_nothing(struct str s)
{
	static const char *const names[] = { "", "NULL", "UNKNOWN", "N/A",
		"00000000-0000-0000-0000-000000000000" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_eq_nocase(s, str_from(names[i])))
			return true;
	return false;
}

bool row_optional(const struct report_row *row, size_t column, size_t max, struct str *ret_text)
{
	struct str s = row_text(row, column);

	if (s.n > max) {
		row_refuse(
			row, column, REASON_TOO_LONG, "%zu bytes where %zu are allowed", s.n, max);
		return false;
	}
	*ret_text = is_nothing(s) ? (struct str){ NULL, 0 } : s;
	return true;
}

bool row_required(const struct report_row *row, size_t column, size_t max, const char *remedy,
	struct str *ret_text)
{
	struct str s;

	if (!row_optional(row, column, max, &s))
		return false;
	if (s.n == 0) {
		row_refuse(row, column, REASON_MISSING, "no value; %s", remedy);
		return false;
	}
	*ret_text = s;
	return true;
}
