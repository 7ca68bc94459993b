#include "rules/compile/report.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/base/err.h"

/* A source line longer than this is not shown: such a line is not something a person wrote. */
#define SOURCE_LINE_MAX 400

int report_init(struct report *r, struct arena *ar, const char *name, struct str text)
{
	if (text.n >= 3 && memcmp(text.p, "\xEF\xBB\xBF", 3) == 0)
		text = (struct str){ text.p + 3, text.n - 3 };
	*r = (struct report){ .ar = ar, .name = name, .text = text };
	r->items = arena_alloc(ar, REPORT_MESSAGES_MAX * sizeof *r->items);
	return r->items == NULL ? ERR_NOMEM : 0;
}

void report_vadd(
	struct report *r, enum report_level level, struct place at, const char *fmt, va_list ap)
{
	char text[REPORT_TEXT_MAX];
	char *copy;
	size_t n;
	int want = vsnprintf(text, sizeof text, fmt, ap);

	if (level == REPORT_ERROR)
		r->n_errors++;
	if (r->n == REPORT_MESSAGES_MAX) {
		r->n_dropped++;
		return;
	}
	n = want < 0 ? 0 : (size_t)want < sizeof text ? (size_t)want : sizeof text - 1;
	copy = arena_alloc(r->ar, n + 1);
	if (copy == NULL) {
		r->no_memory = true;
		return;
	}
	memcpy(copy, text, n);
	r->items[r->n++] = (struct report_message){ level, at, { copy, n } };
}

void report_add(struct report *r, enum report_level level, struct place at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report_vadd(r, level, at, fmt, ap);
	va_end(ap);
}

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xC0) == 0x80;
}

static size_t count_characters(const char *p, size_t n)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		k += !is_continuation(p[i]);
	return k;
}

struct line {
	size_t number;	 /* from 1 */
	size_t from, to; /* bytes, without the line break */
};

static struct line line_of(struct str text, size_t at)
{
	struct line l = { 1, 0, 0 };

	for (size_t i = 0; i < at; i++)
		if (text.p[i] == '\n') {
			l.number++;
			l.from = i + 1;
		}
	l.to = l.from;
	while (l.to < text.n && text.p[l.to] != '\n')
		l.to++;
	if (l.to > l.from && text.p[l.to - 1] == '\r')
		l.to--;
	return l;
}

void place_position(struct str text, uint32_t at, size_t *ret_line, size_t *ret_column)
{
	size_t byte = at < text.n ? at : text.n;
	struct line l = line_of(text, byte);

	*ret_line = l.number;
	*ret_column = count_characters(text.p + l.from, byte - l.from) + 1;
}

static void put(struct buf *out, const char *p, size_t n)
{
	(void)buf_add(out, p, n);
}

/* Blanks under the line up to the place (tabs stay tabs, so that the caret stands right), then ^~~~. */
static void put_caret(struct buf *out, const char *line, size_t from, size_t to)
{
	size_t n;

	for (size_t i = 0; i < from; i++)
		if (!is_continuation(line[i]))
			put(out, line[i] == '\t' ? "\t" : " ", 1);
	put(out, "^", 1);
	n = to > from ? count_characters(line + from, to - from) : 0;
	for (size_t i = 1; i < n; i++)
		put(out, "~", 1);
	put(out, "\n", 1);
}

/* Whether a line may go to a terminal: UTF-8 without control characters but tabs. */
static bool is_showable(const char *p, size_t n)
{
	size_t from = 0;

	for (size_t i = 0; i <= n; i++)
		if (i == n || p[i] == '\t') {
			if (!str_is_clean_utf8((struct str){ p + from, i - from }))
				return false;
			from = i + 1;
		}
	return true;
}

static void print_message(struct report *r, const struct report_message *m, struct buf *out)
{
	size_t at = m->at.from < r->text.n ? m->at.from : r->text.n;
	struct line l;
	char head[64];
	int n;

	/* At the very end of the text: the place is the end of the last line that has one. */
	if (at == r->text.n && at > 0 && r->text.p[at - 1] == '\n')
		at--;
	l = line_of(r->text, at);
	if (at > l.to)
		at = l.to;
	n = snprintf(head, sizeof head, ":%zu:%zu: %s: ", l.number,
		count_characters(r->text.p + l.from, at - l.from) + 1,
		m->level == REPORT_ERROR ? "error" : "warning");
	if (buf_reserve(out, strlen(r->name) + (size_t)n + m->text.n + 1) != 0)
		return;
	put(out, r->name, strlen(r->name));
	put(out, head, (size_t)n);
	put(out, m->text.p, m->text.n);
	put(out, "\n", 1);
	if (l.to == l.from || l.to - l.from > SOURCE_LINE_MAX ||
		!is_showable(r->text.p + l.from, l.to - l.from))
		return;
	if (buf_reserve(out, 2 * (l.to - l.from) + 4) != 0)
		return;
	put(out, r->text.p + l.from, l.to - l.from);
	put(out, "\n", 1);
	put_caret(
		out, r->text.p + l.from, at - l.from, (m->at.to < l.to ? m->at.to : l.to) - l.from);
}

/* Insertion sort: stable, and messages come nearly in order. */
static void sort_by_place(struct report_message *m, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct report_message x = m[i];
		size_t j = i;

		for (; j > 0 && m[j - 1].at.from > x.at.from; j--)
			m[j] = m[j - 1];
		m[j] = x;
	}
}

void report_print(struct report *r, struct buf *out)
{
	char more[64];

	sort_by_place(r->items, r->n);
	for (size_t i = 0; i < r->n; i++)
		print_message(r, &r->items[i], out);
	if (r->n_dropped > 0) {
		int n = snprintf(
			more, sizeof more, ": %zu more messages not shown\n", r->n_dropped);

		put(out, r->name, strlen(r->name));
		put(out, more, (size_t)n);
	}
}
