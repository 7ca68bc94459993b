#include "services/imports/csv.h"

#include <string.h>

const char *csv_fault_reason(enum csv_fault f)
{
	switch (f) {
#define X(name, reason, remedy)                                                                    \
	case name:                                                                                 \
		return reason;
		CSV_FAULT_TABLE(X)
#undef X
	default:
		return "none";
	}
}

const char *csv_fault_remedy(enum csv_fault f)
{
	switch (f) {
#define X(name, reason, remedy)                                                                    \
	case name:                                                                                 \
		return remedy;
		CSV_FAULT_TABLE(X)
#undef X
	default:
		return "";
	}
}

/* A walk over one record in the window. Offsets are from the start of the record, so that the window may move. */
struct scan {
	size_t at;	   /* next byte */
	size_t line_start; /* offset of the current line */
	size_t continuation; /* UTF-8 continuation bytes since line_start, which are no characters of their own */
	unsigned line;
};

static unsigned column_of(const struct scan *s)
{
	return (unsigned)(s->at - s->line_start - s->continuation) + 1;
}

/* The byte at s->at, or -1 at the end of the input, or an error code below -1. */
static int look(struct csv *c, const struct scan *s, struct err *e)
{
	while (s->at >= c->in->n) {
		int rc = input_more(c->in, e);

		if (rc == ERR_NOTFOUND)
			return -1;
		if (rc != 0)
			return rc;
	}
	return (unsigned char)c->in->p[s->at];
}

static void step(struct scan *s, int byte)
{
	s->at++;
	if (byte == '\n') {
		s->line++;
		s->line_start = s->at;
		s->continuation = 0;
	} else if ((byte & 0xC0) == 0x80) {
		s->continuation++;
	}
}

#define END_OF_INPUT (-1)
/* input_more() never answers this code here: records are shorter than the window. */
#define IS_ERROR(byte) ((byte) < END_OF_INPUT)

static int set_fault(struct csv *c, enum csv_fault f, unsigned line, unsigned column)
{
	c->fault = f;
	c->fault_line = line;
	c->fault_column = column;
	return ERR_SYNTAX;
}

/* Drops everything up to the end of the line in which `from` lies. */
static int skip_line(struct csv *c, struct scan from, struct err *e)
{
	unsigned line = from.line;

	/* What lies before is not needed any more, so that a line of any length passes through the window. */
	for (;;) {
		const char *nl;

		input_skip(c->in, from.at);
		from.at = 0;
		nl = c->in->n == 0 ? NULL : memchr(c->in->p, '\n', c->in->n);
		if (nl != NULL) {
			input_skip(c->in, (size_t)(nl - c->in->p) + 1);
			c->line = line + 1;
			return 0;
		}
		from.at = c->in->n;
		input_skip(c->in, from.at);
		from.at = 0;
		int rc = input_more(c->in, e);

		if (rc == ERR_NOTFOUND) {
			c->line = line;
			return 0;
		}
		if (rc != 0)
			return rc;
	}
}

/* Reads a quoted field whose opening quote is at s->at. On return s->at is behind the closing quote. */
static int scan_quoted(struct csv *c, struct scan *s, bool *ret_doubled, struct err *e)
{
	const struct scan open = *s;
	size_t limit = open.at + CSV_FIELD_MAX;
	int byte;

	step(s, '"');
	for (;;) {
		byte = look(c, s, e);
		if (IS_ERROR(byte))
			return byte;
		if (byte == END_OF_INPUT || s->at > limit)
			return set_fault(c,
				byte == END_OF_INPUT ? CSV_OPEN_QUOTE : CSV_FIELD_TOO_LONG,
				open.line, column_of(&open));
		step(s, byte);
		if (byte != '"')
			continue;
		if (look(c, s, e) != '"')
			return 0;
		step(s, '"');
		*ret_doubled = true;
	}
}

static int scan_bare(struct csv *c, struct scan *s, struct err *e)
{
	const struct scan open = *s;

	for (;;) {
		int byte = look(c, s, e);

		if (IS_ERROR(byte))
			return byte;
		if (byte == END_OF_INPUT || byte == c->separator || byte == '\n')
			return 0;
		if (s->at - open.at >= CSV_FIELD_MAX)
			return set_fault(c, CSV_FIELD_TOO_LONG, open.line, column_of(&open));
		step(s, byte);
	}
}

/* Where a field lies: offsets of its text without quotes. */
struct extent {
	size_t from, to;
	bool doubled; /* holds doubled quotes */
};

static int scan_field(
	struct csv *c, struct scan *s, struct extent *ret_x, struct csv_field *ret_f, struct err *e)
{
	int byte = look(c, s, e);
	int rc;

	*ret_f = (struct csv_field){
		.line = s->line, .column = column_of(s), .quoted = byte == '"'
	};
	*ret_x = (struct extent){ .from = s->at };
	if (IS_ERROR(byte))
		return byte;
	if (byte != '"') {
		rc = scan_bare(c, s, e);
		ret_x->to = s->at;
		/* The CR of a CRLF belongs to the line end. */
		if (rc == 0 && ret_x->to > ret_x->from && look(c, s, e) != c->separator &&
			c->in->p[ret_x->to - 1] == '\r')
			ret_x->to--;
		return rc;
	}
	ret_x->from++;
	rc = scan_quoted(c, s, &ret_x->doubled, e);
	if (rc != 0)
		return rc;
	ret_x->to = s->at - 1;
	byte = look(c, s, e);
	if (byte == '\r') {
		struct scan after = *s;

		step(&after, byte);
		byte = look(c, &after, e);
		if (byte == '\n' || byte == END_OF_INPUT)
			*s = after;
		else if (!IS_ERROR(byte))
			byte = '\r';
	}
	if (IS_ERROR(byte))
		return byte;
	if (byte == c->separator || byte == '\n' || byte == END_OF_INPUT)
		return 0;
	/* A field of several lines that ends so was most likely closed by a quote that opens another one. */
	if (ret_f->line != s->line)
		return set_fault(c, CSV_OPEN_QUOTE, ret_f->line, ret_f->column);
	return set_fault(c, CSV_AFTER_QUOTE, s->line, column_of(s));
}

/* Halves doubled quotes in place; returns the length. */
static size_t halve_quotes(char *p, size_t n)
{
	size_t to = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] == '"' && i + 1 < n && p[i + 1] == '"')
			i++;
		p[to++] = p[i];
	}
	return to;
}

/* Scans one record from the front of the window. */
static int scan_record(struct csv *c, struct scan *s, struct extent *x, struct err *e)
{
	c->n_fields = 0;
	for (;;) {
		struct csv_field *f = &c->fields[c->n_fields];
		int byte, rc;

		if (c->n_fields == CSV_FIELDS_MAX)
			return set_fault(c, CSV_TOO_MANY_FIELDS, s->line, column_of(s));
		rc = scan_field(c, s, &x[c->n_fields], f, e);
		if (rc != 0)
			return rc;
		c->n_fields++;
		if (s->at > CSV_RECORD_MAX)
			return set_fault(c, CSV_RECORD_TOO_LONG, c->fields[0].line, 1);
		byte = look(c, s, e);
		if (IS_ERROR(byte))
			return byte;
		if (byte == END_OF_INPUT)
			return 0;
		step(s, byte);
		if (byte == '\n')
			return 0;
	}
}

/* Where the faulty line begins, from the start of the record. */
static size_t fault_offset(const struct csv *c)
{
	size_t offset = 0;

	for (unsigned l = c->line; l < c->fault_line; l++) {
		const char *p = c->in->p + offset;
		const char *nl = memchr(p, '\n', c->in->n - offset);

		offset += (size_t)(nl - p) + 1;
	}
	return offset;
}

/* Copies the faulty line, so that it can be shown and mended. */
static void keep_raw(struct csv *c, struct err *e)
{
	size_t from = fault_offset(c), n;
	const char *nl;

	c->n_raw = 0;
	while ((nl = memchr(c->in->p + from, '\n', c->in->n - from)) == NULL &&
		c->in->n - from <= sizeof c->raw)
		if (input_more(c->in, e) != 0)
			break;
	n = nl == NULL ? c->in->n - from : (size_t)(nl - (c->in->p + from));
	if (n > 0 && c->in->p[from + n - 1] == '\r')
		n--;
	if (n > sizeof c->raw)
		return;
	memcpy(c->raw, c->in->p + from, n);
	c->n_raw = n;
}

static int pass_over_fault(struct csv *c, const struct scan *at, struct err *e)
{
	struct scan from = *at;

	keep_raw(c, e);
	/* A quote that was never closed may have swallowed good lines: go back to where it was opened. Only the
	 * bytes before the end of that line are dropped. */
	if (c->fault == CSV_OPEN_QUOTE || c->fault == CSV_FIELD_TOO_LONG ||
		c->fault == CSV_RECORD_TOO_LONG)
		from = (struct scan){ .at = fault_offset(c), .line = c->fault_line };
	c->n_fields = 0;
	return skip_line(c, from, e);
}

int csv_next(struct csv *c, struct err *e)
{
	struct extent x[CSV_FIELDS_MAX];
	struct scan s;
	int rc;

	do {
		input_skip(c->in, c->consumed);
		c->line += c->consumed_lines;
		c->consumed = 0;
		c->consumed_lines = 0;
		s = (struct scan){ .line = c->line };
		if (look(c, &s, e) == END_OF_INPUT)
			return ERR_NOTFOUND;
		rc = scan_record(c, &s, x, e);
		if (rc == ERR_SYNTAX) {
			rc = pass_over_fault(c, &s, e);
			return rc == 0 ? ERR_SYNTAX : rc;
		}
		if (rc != 0)
			return rc;
		c->consumed = s.at;
		c->consumed_lines = s.line - c->line;
	} while (c->n_fields == 1 && !c->fields[0].quoted && x[0].from == x[0].to);
	for (size_t i = 0; i < c->n_fields; i++) {
		char *p = c->in->p + x[i].from;
		size_t n = x[i].to - x[i].from;

		c->fields[i].text = (struct str){ p, x[i].doubled ? halve_quotes(p, n) : n };
	}
	return 0;
}

int csv_init(struct csv *c, struct input *in, struct err *e)
{
	struct scan s = { .line = 1 };
	size_t commas = 0, tabs = 0;
	bool quoted = false;

	memset(c, 0, sizeof *c);
	c->in = in;
	c->line = 1;
	while (s.at < CSV_RECORD_MAX) {
		int byte = look(c, &s, e);

		if (IS_ERROR(byte))
			return byte;
		if (byte == END_OF_INPUT || (byte == '\n' && !quoted))
			break;
		if (byte == '"')
			quoted = !quoted;
		commas += byte == ',' && !quoted;
		tabs += byte == '\t' && !quoted;
		step(&s, byte);
	}
	c->separator = tabs > commas ? '\t' : ',';
	return 0;
}

struct str csv_trimmed(const struct csv *c, size_t field)
{
	struct str s = c->fields[field].text;

	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}
