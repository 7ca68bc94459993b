#include "common/wire/json_scan.h"

#include "common/base/err.h"

/* False when the character ends the element. */
static bool take(struct json_scan *s, char c)
{
	if (s->in_string) {
		s->in_string = s->escaped || c != '"';
		s->escaped = !s->escaped && c == '\\';
		return true;
	}
	switch (c) {
	case '"':
		s->in_string = true;
		return true;
	case '{':
	case '[':
		s->depth++;
		return true;
	case '}':
	case ']':
		if (s->depth == 0)
			return c == '}'; /* which its reader will not like */
		s->depth--;
		return true;
	case ',':
		return s->depth > 0;
	default:
		return true;
	}
}

size_t json_scan(struct json_scan *s, const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && take(s, p[i]))
		i++;
	return i;
}

size_t json_blanks(struct str s)
{
	size_t i = 0;

	while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\t' || s.p[i] == '\r' || s.p[i] == '\n'))
		i++;
	return i;
}

static void skip(struct json_elements *e, size_t n)
{
	e->rest.p += n;
	e->rest.n -= n;
}

static void skip_blanks(struct json_elements *e)
{
	skip(e, json_blanks(e->rest));
}

static int fail(const char **ret_why, const char *why)
{
	*ret_why = why;
	return ERR_SYNTAX;
}

static int finish(struct json_elements *e, const char **ret_why)
{
	skip(e, 1);
	skip_blanks(e);
	e->ended = true;
	return e->rest.n == 0 ? 0 : fail(ret_why, "something stands behind the array");
}

static struct str trimmed(struct str s)
{
	while (s.n > 0 && json_blanks((struct str){ s.p + s.n - 1, 1 }) == 1)
		s.n--;
	return s;
}

int json_next_element(struct json_elements *e, struct str *ret_element, const char **ret_why)
{
	struct json_scan s = { 0 };
	bool first = !e->begun;
	size_t n;

	if (e->ended)
		return 0;
	skip_blanks(e);
	if (first && (e->rest.n == 0 || e->rest.p[0] != '['))
		return fail(ret_why, "not a JSON array");
	if (e->rest.n == 0)
		return fail(ret_why, "the array has no end");
	if (!first && e->rest.p[0] == ']')
		return finish(e, ret_why);
	e->begun = true;
	skip(e, 1); /* the opening bracket, or the comma */
	skip_blanks(e);
	if (first && e->rest.n > 0 && e->rest.p[0] == ']')
		return finish(e, ret_why);
	n = json_scan(&s, e->rest.p, e->rest.n);
	if (n == e->rest.n)
		return fail(ret_why, "the array has no end");
	*ret_element = trimmed((struct str){ e->rest.p, n });
	skip(e, n);
	return 1;
}
