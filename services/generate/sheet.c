#include "services/generate/sheet.h"

#include <stdarg.h>
#include <sys/stat.h>

#define EXPORT_DAY     20
#define EXPORT_HOUR_MS (6LL * 3600 * 1000)

void sheet_mark(FILE *out, const struct sheet_style *style)
{
	if (style->mark)
		fputs("\xef\xbb\xbf", out);
}

static bool needs_quotes(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == ',' || s.p[i] == '"' || s.p[i] == '\r' || s.p[i] == '\n')
			return true;
	return false;
}

static void put_cell(FILE *out, const struct sheet_style *style, struct str s)
{
	if (!style->quote_all && !needs_quotes(s)) {
		if (s.n > 0)
			fwrite(s.p, 1, s.n, out);
		return;
	}
	putc_unlocked('"', out);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			putc_unlocked('"', out);
		putc_unlocked(s.p[i], out);
	}
	putc_unlocked('"', out);
}

void sheet_row(FILE *out, const struct sheet_style *style, const struct str *cells, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			putc_unlocked(',', out);
		put_cell(out, style, cells[i]);
	}
	fputs(style->bare_lf ? "\n" : "\r\n", out);
}

void sheet_stamp(FILE *out, month_no month)
{
	event_ms at = (event_ms)(month_first_day(month + 1) + EXPORT_DAY - 1) * MS_PER_DAY +
		      EXPORT_HOUR_MS;
	struct timespec t = { .tv_sec = (time_t)(at / 1000), .tv_nsec = 0 };
	struct timespec times[2] = { t, t };

	(void)futimens(fileno(out), times);
}

struct str scratch_put(struct scratch *s, const char *fmt, ...)
{
	va_list ap;
	char *at = s->bytes + s->used;
	size_t left = sizeof s->bytes - s->used;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(at, left, fmt, ap);
	va_end(ap);
	if (n < 0)
		n = 0;
	if ((size_t)n >= left)
		n = left > 0 ? (int)left - 1 : 0;
	s->used += (size_t)n;
	return (struct str){ at, (size_t)n };
}
