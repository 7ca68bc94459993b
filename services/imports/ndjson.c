/* Events in JSON, one a line. */
#include "common/wire/event_json.h"
#include "services/imports/facts_reader.h"

#define ARENA_MAX ((size_t)32 * 1024 * 1024) /* for one line */

/* The end of the line at the front of the window (its LF, or the end of input); -1 when the line is too long. */
static int find_line(struct input *in, size_t *ret_n, bool *ret_long, struct err *e)
{
	size_t looked = 0;

	*ret_long = false;
	for (;;) {
		const char *nl =
			in->n == looked ? NULL : memchr(in->p + looked, '\n', in->n - looked);
		int rc;

		if (nl != NULL) {
			*ret_n = (size_t)(nl - in->p) + 1;
			return 0;
		}
		looked = in->n;
		if (looked > FACTS_LINE_MAX) {
			*ret_long = true;
			*ret_n = looked;
			return 0;
		}
		rc = input_more(in, e);
		if (rc == ERR_NOTFOUND) {
			*ret_n = in->n;
			return in->n == 0 ? ERR_NOTFOUND : 0;
		}
		if (rc != 0)
			return rc;
	}
}

static struct str without_line_end(struct str s)
{
	while (s.n > 0 && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
		s.n--;
	return s;
}

static bool is_blank(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != ' ' && s.p[i] != '\t')
			return false;
	return true;
}

static int take_line(struct reading *r, struct str text, unsigned line, struct arena *ar)
{
	struct json_fault fault = { 0 };
	struct event ev;
	int rc;

	r->records++;
	r->record = text;
	rc = event_from_json(text, ar, &ev, &fault);
	if (rc == ERR_NOMEM)
		return rc;
	if (rc != 0) {
		reading_refuse(r, (struct place){ line, fault.column }, refusal_name(fault.refusal),
			"%s", fault.text);
		return 0;
	}
	return reading_emit(r, &ev, (struct place){ line, 1 });
}

/* Drops the rest of a line that is too long to be looked at. */
static int skip_long_line(struct input *in, size_t n, struct err *e)
{
	for (;;) {
		const char *nl;
		int rc;

		input_skip(in, n);
		nl = in->n == 0 ? NULL : memchr(in->p, '\n', in->n);
		if (nl != NULL) {
			input_skip(in, (size_t)(nl - in->p) + 1);
			return 0;
		}
		input_skip(in, in->n);
		n = 0;
		rc = input_more(in, e);
		if (rc != 0)
			return rc == ERR_NOTFOUND ? 0 : rc;
	}
}

static int read_lines(struct reading *r, struct input *in, struct arena *ar, struct err *e)
{
	for (unsigned line = 1;; line++) {
		bool too_long;
		struct str text;
		size_t n;
		int rc = find_line(in, &n, &too_long, e);

		if (rc != 0)
			return rc == ERR_NOTFOUND ? 0 : rc;
		if (too_long) {
			r->records++;
			reading_refuse(r, (struct place){ line, 1 },
				refusal_name(REFUSED_TOO_LARGE),
				"a line over %zu bytes; write one event a line", FACTS_LINE_MAX);
			rc = skip_long_line(in, n, e);
		} else {
			text = without_line_end((struct str){ in->p, n });
			if (!is_blank(text))
				rc = take_line(r, text, line, ar);
			r->record = (struct str){ NULL, 0 };
			arena_reset(ar);
			input_skip(in, n);
		}
		if (rc == 0)
			rc = reading_check(r);
		if (rc != 0)
			return rc;
		reading_progress(r, in);
	}
}

int ndjson_read(struct reading *r, struct input *in, struct err *e)
{
	struct arena ar;
	int rc;

	arena_init(&ar, r->options->a, ARENA_MAX);
	rc = read_lines(r, in, &ar, e);
	arena_fini(&ar);
	return rc;
}
