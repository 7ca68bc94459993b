#include "services/imports/letter.h"

/* Digits and what stands between them in dates and numbers: that is nobody's name. */
static bool is_harmless(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (strchr("0123456789-/.:,+ ", s.p[i]) == NULL)
			return false;
	return true;
}

/* Whether a column of dates holds something else: then fields have slipped, or nobody knows what stands where. */
static bool has_slipped(const struct report_row *row)
{
	bool any = false;

	for (size_t i = 0; i < row->report->n_columns; i++) {
		struct date_read d;
		struct str s = row_text(row, i);

		if ((row->report->columns[i].is & COLUMN_DATE) == 0 || s.n == 0)
			continue;
		if (date_read(s, &d) != 0)
			return true;
		any = true;
	}
	return !any;
}

bool letter_may_hold(const struct report_row *row, size_t column)
{
	if (!row->report->personal || is_harmless(row_text(row, column)))
		return true;
	return (row->report->columns[column].is & (COLUMN_DATE | COLUMN_PERSON)) == 0 &&
	       !has_slipped(row);
}

static void put_quoted(struct sink *s, struct str t)
{
	sink_add(s, STR("\""));
	for (size_t i = 0; i < t.n; i++) {
		if (t.p[i] == '"')
			sink_add(s, STR("\""));
		sink_add(s, (struct str){ t.p + i, 1 });
	}
	sink_add(s, STR("\""));
}

static void put_value(
	struct sink *s, const struct letter *l, const struct report_row *row, size_t i)
{
	struct str text = row_text(row, i);
	char person[PERSON_ID_TEXT];

	if ((row->report->columns[i].is & COLUMN_PERSON) != 0 && !text_is_nothing(text))
		sink_printf(s, "\"" PERSON_HASHED STR_FMT "\"",
			STR_ARG(person_of(&l->key, text, person)));
	else
		put_quoted(s, letter_may_hold(row, i) ? text : STR(""));
}

struct str letter_of_row(struct letter *l, const struct report_row *row)
{
	struct sink s;

	sink_init(&s, l->text, sizeof l->text);
	for (int line = 0; line < 2; line++) {
		const char *comma = "";

		for (size_t i = 0; i < row->report->n_columns; i++) {
			if (!row_has(row, i))
				continue;
			sink_printf(&s, "%s", comma);
			comma = ",";
			if (line == 0)
				put_quoted(&s, str_from(row->report->columns[i].name));
			else
				put_value(&s, l, row, i);
		}
		sink_printf(&s, "\n");
	}
	return sink_is_cut(&s) ? (struct str){ NULL, 0 } : (struct str){ l->text, s.len };
}

/* ---- rows that cannot be told apart ------------------------------------------------------------------------ */

static void put_fields(struct sink *s, const struct csv *c)
{
	for (size_t i = 0; i < c->n_fields; i++) {
		if (i > 0)
			sink_add(s, (struct str){ &c->separator, 1 });
		put_quoted(s, c->fields[i].text);
	}
	sink_add(s, STR("\n"));
}

void letter_set_header(struct letter *l, const struct report *report, const struct csv *c)
{
	struct sink s;

	l->n_header = 0;
	if (report->personal)
		return;
	sink_init(&s, l->header, sizeof l->header);
	put_fields(&s, c);
	if (!sink_is_cut(&s))
		l->n_header = s.len;
}

struct str letter_of_fields(struct letter *l, const struct csv *c)
{
	struct sink s;

	if (l->n_header == 0)
		return (struct str){ NULL, 0 };
	sink_init(&s, l->text, sizeof l->text);
	sink_add(&s, (struct str){ l->header, l->n_header });
	put_fields(&s, c);
	return sink_is_cut(&s) ? (struct str){ NULL, 0 } : (struct str){ l->text, s.len };
}

struct str letter_of_line(struct letter *l, const struct csv *c)
{
	struct sink s;

	if (l->n_header == 0 || c->n_raw == 0)
		return (struct str){ NULL, 0 };
	sink_init(&s, l->text, sizeof l->text);
	sink_add(&s, (struct str){ l->header, l->n_header });
	sink_add(&s, (struct str){ c->raw, c->n_raw });
	sink_add(&s, STR("\n"));
	return sink_is_cut(&s) ? (struct str){ NULL, 0 } : (struct str){ l->text, s.len };
}
