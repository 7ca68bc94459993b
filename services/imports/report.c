#include "services/imports/report.h"

#include <stdarg.h>
#include <stdio.h>

#include "services/imports/letter.h"
#include "services/imports/recognise.h"
#include "services/imports/side.h"

#define VALUE_SHOWN_MAX 80 /* bytes of a value in a message */

static bool row_is_empty(const struct csv *c)
{
	for (size_t i = 0; i < c->n_fields; i++)
		if (csv_trimmed(c, i).n > 0)
			return false;
	return true;
}

/* For the fault that is told next. */
static void keep_letter(const struct report_row *row)
{
	if (row->letter != NULL)
		row->reading->letter = letter_of_row(row->letter, row);
}

/* Whether the columns that are read hold clean text; says which one does not. */
static bool texts_are_clean(const struct report_row *row)
{
	for (size_t i = 0; i < row->report->n_columns; i++) {
		int f = row->field_of[i];

		if (f < 0 || str_is_clean_utf8(row->csv->fields[f].text))
			continue;
		keep_letter(row);
		reading_refuse(row->reading, row_place(row, i), REASON_UTF8,
			"%s: not valid UTF-8, or a control character; save the file as UTF-8",
			row->report->columns[i].name);
		row->reading->letter.n = 0;
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
		row->reading->letter = letter_of_fields(row->letter, c);
		reading_refuse(row->reading, row->at, REASON_FIELD_COUNT,
			"%zu fields where the header has %zu; is a separator or a quote missing or too many?",
			c->n_fields, n_header);
		row->reading->letter.n = 0;
		return lose(state, row->report, NULL);
	}
	return texts_are_clean(row) ? row->report->row(state, row) : lose(state, row->report, row);
}

static int refuse_record(void *state, const struct report_row *row)
{
	const struct csv *c = row->csv;

	row->reading->records++;
	row->reading->letter = letter_of_line(row->letter, c);
	reading_refuse(row->reading, (struct place){ c->fault_line, c->fault_column },
		csv_fault_reason(c->fault), "%s", csv_fault_remedy(c->fault));
	row->reading->letter.n = 0;
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

/* Refused rows are kept with the key that hides people, where the report has some. */
static int open_letter(
	const struct reading *r, const struct report *rep, struct letter **ret_l, struct err *e)
{
	const struct reading_options *o = r->options;
	struct letter *l = mem_alloc(o->a, sizeof *l);
	bool people = false;
	int rc = 0;

	if (l == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the rows");
	for (size_t i = 0; i < rep->n_columns; i++)
		people |= (rep->columns[i].is & COLUMN_PERSON) != 0;
	if (people)
		rc = o->person_key(o->person_key_ctx, &l->key, e);
	if (rc == 0)
		*ret_l = l;
	else
		mem_free(o->a, l, sizeof *l);
	return rc;
}

static int read_report(
	struct reading *r, const struct header_match *m, struct csv *c, struct err *e)
{
	struct report_row row = {
		.reading = r, .report = m->report, .csv = c, .field_of = m->field_of
	};
	void *state = NULL;
	int rc = gather_create(r, m->report, &row.gather);

	if (rc != 0)
		return err_set(e, rc, "no memory for the rows");
	rc = open_letter(r, m->report, &row.letter, e);
	if (rc == 0) {
		letter_set_header(row.letter, m->report, c);
		rc = m->report->create(r, row.gather, &state, e);
	}
	if (rc == 0)
		rc = read_rows(state, &row, c, e);
	if (rc == 0)
		rc = gather_finish(row.gather, state);
	if (rc != 0)
		gather_error(row.gather, e);
	m->report->destroy(state);
	mem_free(r->options->a, row.letter, sizeof *row.letter);
	gather_destroy(row.gather);
	return rc;
}

/* Side files of the run are asked; where there is no run, what this file tells itself. */
static int open_side(struct reading *r, struct side **ret_own, struct err *e)
{
	int rc = 0;

	*ret_own = NULL;
	r->side = r->options->side;
	if (r->side == NULL)
		rc = side_create(r->options->a, ret_own);
	if (rc != 0)
		return err_set(e, rc, "no memory for reading a report");
	if (r->side == NULL)
		r->side = *ret_own;
	return 0;
}

int report_read(struct reading *r, struct input *in, struct err *e)
{
	struct csv *c = mem_alloc(r->options->a, sizeof *c);
	struct header_match m;
	struct side *own = NULL;
	int rc;

	if (c == NULL)
		return err_set(e, ERR_NOMEM, "no memory for reading a report");
	rc = header_read(c, in, &m, e);
	if (rc == 0)
		rc = open_side(r, &own, e);
	if (rc == 0) {
		r->format = m.report->name;
		r->lacks = m.report->lacks;
		rc = read_report(r, &m, c, e);
	}
	side_destroy(own);
	r->side = NULL;
	mem_free(r->options->a, c, sizeof *c);
	if (rc == ERR_FULL && e != NULL && e->code == 0)
		return err_set(e, rc,
			"more months of partners than can be held at once; split the file by month or by partner");
	return rc;
}

struct str row_text(const struct report_row *row, size_t column)
{
	int f = row->field_of[column];

	return f < 0 ? (struct str){ NULL, 0 } : csv_trimmed(row->csv, (size_t)f);
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

/* The value as messages show it, in quotes: cut between characters when it is long, left out where rows hold names. */
static void show_value(const struct report_row *row, size_t column, struct sink *ret)
{
	struct str value = row_text(row, column);
	size_t shown = value.n;

	if (!letter_may_hold(row, column)) {
		sink_printf(ret, "(%zu bytes, not shown: rows of this report hold names)", value.n);
		return;
	}
	if (shown > VALUE_SHOWN_MAX) {
		shown = VALUE_SHOWN_MAX;
		while (shown > 0 && ((unsigned char)value.p[shown] & 0xC0) == 0x80)
			shown--;
	}
	sink_printf(ret, "'%.*s%s'", (int)shown, value.n == 0 ? "" : value.p,
		shown < value.n ? "..." : "");
}

void row_refuse(
	const struct report_row *row, size_t column, const char *reason, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX], value[2 * VALUE_SHOWN_MAX];
	struct sink s;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	sink_init(&s, value, sizeof value);
	show_value(row, column, &s);
	keep_letter(row);
	reading_refuse(row->reading, row_place(row, column), reason, "%s %s: %s",
		row->report->columns[column].name, value, text);
	row->reading->letter.n = 0;
}

void row_pass_over(const struct report_row *row, const char *reason)
{
	tally_add(&row->reading->passed, reason, 1);
}

bool text_is_nothing(struct str s)
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
	*ret_text = text_is_nothing(s) ? (struct str){ NULL, 0 } : s;
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
