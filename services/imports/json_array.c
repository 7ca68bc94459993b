/* Events in a JSON array, or a single one: one element is held at a time, however long the array is.
 *
 * Where an element ends is found by counting brackets (common/wire/json_scan.h); so an element with a fault does not
 * spoil those behind it, as long as its brackets and quotes match. */
#include "common/wire/json_scan.h"

#include "common/wire/event_json.h"
#include "services/imports/facts_reader.h"

#define ARENA_MAX ((size_t)32 * 1024 * 1024) /* for one element */

struct array {
	struct reading *r;
	struct input *in;
	struct arena ar;
	struct place at; /* of the front of the window */
};

/* ---- moving ----------------------------------------------------------------------------------------------- */

static void skip(struct array *a, size_t n)
{
	const char *p = a->in->p;

	for (size_t left = n; left > 0;) {
		const char *end = memchr(p, '\n', left);
		size_t line = end == NULL ? left : (size_t)(end - p) + 1;

		a->at.column = end == NULL ? a->at.column + (unsigned)line : 1;
		a->at.line += end != NULL;
		p += line;
		left -= line;
	}
	input_skip(a->in, n);
}

/* To the next byte that is no blank. Returns 0, ERR_NOTFOUND at the end of the input, ERR_IO. */
static int skip_blanks(struct array *a, struct err *e)
{
	int rc = 0;

	for (;;) {
		skip(a, json_blanks((struct str){ a->in->p, a->in->n }));
		if (a->in->n > 0)
			return 0;
		rc = input_more(a->in, e);
		if (rc != 0)
			return rc;
	}
}

enum end { END_FOUND, END_NONE, END_TOO_LONG };

/* Looks for the end of the element at the front of the window. ret_n: its bytes, as far as they are there. */
static int find_end(
	struct array *a, struct json_scan *s, size_t *ret_n, enum end *ret_end, struct err *e)
{
	size_t looked = 0;

	for (;;) {
		int rc;

		looked += json_scan(s, a->in->p + looked, a->in->n - looked);
		*ret_n = looked;
		*ret_end = looked <= FACTS_LINE_MAX ? END_FOUND : END_TOO_LONG;
		if (looked < a->in->n || looked > FACTS_LINE_MAX)
			return 0;
		rc = input_more(a->in, e);
		if (rc == ERR_NOTFOUND) {
			*ret_end = END_NONE;
			return 0;
		}
		if (rc != 0)
			return rc;
	}
}

/* Drops the rest of an element that is too long to be looked at. */
static int skip_long(struct array *a, struct json_scan *s, size_t n, struct err *e)
{
	for (;;) {
		int rc;

		skip(a, n);
		n = json_scan(s, a->in->p, a->in->n);
		if (n < a->in->n) {
			skip(a, n);
			return 0;
		}
		skip(a, n);
		n = 0;
		rc = input_more(a->in, e);
		if (rc != 0)
			return rc == ERR_NOTFOUND ? 0 : rc;
	}
}

/* ---- elements --------------------------------------------------------------------------------------------- */

/* Where a fault stands in the file, that stands there in the element. */
static struct place place_of(const struct array *a, const struct json_fault *f)
{
	if (f->line == 0)
		return a->at;
	if (f->line > 1)
		return (struct place){ .line = a->at.line + f->line - 1, .column = f->column };
	return (struct place){ .line = a->at.line, .column = a->at.column + f->column - 1 };
}

/* As a line, so that it can be sent again as one: between its members JSON takes any blank, and inside of its strings
 * there are no line ends. */
static struct str as_line(char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] == '\n' || p[i] == '\r')
			p[i] = ' ';
	return (struct str){ p, n };
}

static size_t trimmed(const char *p, size_t n)
{
	while (n > 0 && json_blanks((struct str){ p + n - 1, 1 }) == 1)
		n--;
	return n;
}

static int take(struct array *a, size_t n)
{
	struct json_fault fault = { 0 };
	struct event ev;
	int rc;

	a->r->records++;
	n = trimmed(a->in->p, n);
	arena_reset(&a->ar);
	rc = event_from_json((struct str){ a->in->p, n }, &a->ar, &ev, &fault);
	if (rc == ERR_NOMEM)
		return rc;
	if (rc == 0)
		return reading_emit(a->r, &ev, a->at);
	/* Only now: the place was found by its line ends. */
	a->r->record = as_line(a->in->p, n);
	if (n == 0)
		reading_refuse(
			a->r, a->at, refusal_name(REFUSED_MALFORMED), "an event is missing here");
	else
		reading_refuse(
			a->r, place_of(a, &fault), refusal_name(fault.refusal), "%s", fault.text);
	a->r->record = (struct str){ NULL, 0 };
	return 0;
}

static void refuse(struct array *a, enum refusal why, const char *text)
{
	a->r->records++;
	reading_refuse(a->r, a->at, refusal_name(why), "%s", text);
}

/* The element at the front of the window, up to what ends it. */
static int take_element(struct array *a, struct err *e)
{
	struct json_scan s = { 0 };
	enum end end;
	size_t n;
	int rc = find_end(a, &s, &n, &end, e);

	if (rc != 0)
		return rc;
	if (end == END_TOO_LONG) {
		refuse(a, REFUSED_TOO_LARGE, "an event over 2097152 bytes");
		return skip_long(a, &s, n, e);
	}
	if (end == END_FOUND)
		rc = take(a, n);
	skip(a, n);
	return rc;
}

/* ---- the whole -------------------------------------------------------------------------------------------- */

static int finish(struct array *a, const char *behind, struct err *e)
{
	int rc = skip_blanks(a, e);

	if (rc == 0)
		refuse(a, REFUSED_MALFORMED, behind);
	return rc == ERR_NOTFOUND ? 0 : rc;
}

static int read_array(struct array *a, struct err *e)
{
	int rc;

	skip(a, 1); /* the bracket */
	rc = skip_blanks(a, e);
	while (rc == 0 && a->in->p[0] != ']') {
		rc = take_element(a, e);
		if (rc == 0)
			rc = skip_blanks(a, e);
		if (rc == 0 && a->in->p[0] == ',') {
			skip(a, 1);
			rc = skip_blanks(a, e);
			if (rc == 0 && a->in->p[0] == ']')
				refuse(a, REFUSED_MALFORMED, "an event is missing here");
		}
	}
	if (rc == ERR_NOTFOUND) {
		refuse(a, REFUSED_MALFORMED,
			"the array has no end: the file is cut short, or a quote or bracket does not match");
		return 0;
	}
	if (rc != 0)
		return rc;
	skip(a, 1);
	return finish(a, "something stands behind the array, and is not read", e);
}

static int start(struct array *a, struct reading *r, struct input *in, struct err *e)
{
	*a = (struct array){ .r = r, .in = in, .at = { .line = 1, .column = 1 } };
	arena_init(&a->ar, r->options->a, ARENA_MAX);
	return skip_blanks(a, e);
}

int json_array_read(struct reading *r, struct input *in, struct err *e)
{
	struct array a;
	int rc = start(&a, r, in, e);

	if (rc == 0 && in->p[0] != '[') {
		refuse(&a, REFUSED_MALFORMED, "not a JSON array");
	} else if (rc == 0) {
		rc = read_array(&a, e);
	}
	arena_fini(&a.ar);
	return rc == ERR_NOTFOUND ? 0 : rc;
}

int json_single_read(struct reading *r, struct input *in, struct err *e)
{
	struct array a;
	int rc = start(&a, r, in, e);

	while (rc == 0 && in->n <= FACTS_LINE_MAX)
		rc = input_more(in, e);
	if (rc == 0)
		refuse(&a, REFUSED_TOO_LARGE, "an event over 2097152 bytes");
	else if (rc == ERR_NOTFOUND)
		rc = in->n == 0 ? 0 : take(&a, in->n);
	arena_fini(&a.ar);
	return rc;
}
