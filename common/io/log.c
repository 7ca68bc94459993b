/* Writes logfmt lines to standard error, each with one write(), and holds repeats back. */
#include "common/io/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/hash.h"
#include "common/base/text.h"
#include "common/io/clock.h"
#include "common/io/log_internal.h"

static const char *const level_names[] = { "error", "warn", "info", "debug" };
#define N_LEVELS (sizeof level_names / sizeof level_names[0])

/* How many lines of one (level, ev) were written in the current second, and how many were not. */
struct allowance {
	uint64_t key; /* hash of level and ev; 0 for a free slot */
	int64_t second;
	uint32_t written;
	uint64_t held;
};

static struct {
	const char *service;
	enum log_level level;
	event_ms (*now)(void);
	size_t n;
	struct allowance
		seen[LOG_EVENTS_MAX + 1]; /* the last one is shared by all that found no slot */
} logger = { .service = "capscore", .level = LOG_INFO };

void logger_init(const char *service, enum log_level level)
{
	logger.service = service;
	logger.level = level;
	logger.n = 0;
	memset(logger.seen, 0, sizeof logger.seen);
}

int logger_level_by_name(const char *name)
{
	for (size_t i = 0; i < N_LEVELS; i++)
		if (strcmp(name, level_names[i]) == 0)
			return (int)i;
	return -1;
}

void logger_set_clock(event_ms (*now)(void))
{
	logger.now = now;
}

static struct allowance *allowance_of(enum log_level level, const char *ev)
{
	uint64_t key = hash_bytes(ev, strlen(ev), (uint64_t)level + 1) | 1;

	for (size_t i = 0; i < logger.n; i++)
		if (logger.seen[i].key == key)
			return &logger.seen[i];
	if (logger.n == LOG_EVENTS_MAX)
		return &logger.seen[LOG_EVENTS_MAX];
	logger.seen[logger.n].key = key;
	return &logger.seen[logger.n++];
}

/* Whether a line may be written now; if so, *ret_held is the number held back before it. */
static bool is_allowed(enum log_level level, const char *ev, event_ms now, uint64_t *ret_held)
{
	struct allowance *a = allowance_of(level, ev);

	if (a->second != now / 1000) {
		a->second = now / 1000;
		a->written = 0;
	}
	if (a->written == LOG_PER_SECOND) {
		a->held++;
		return false;
	}
	a->written++;
	*ret_held = a->held;
	a->held = 0;
	return true;
}

/* Ends the line, marks a cut, and makes sure that one happening stays one line. */
static size_t finish_line(struct sink *s)
{
	size_t n = s->len;

	if (n > s->cap - 2) {
		n = s->cap - 2;
		memcpy(s->buf + n - 3, "...", 3);
	}
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s->buf[i] < 0x20)
			s->buf[i] = '?';
	s->buf[n] = '\n';
	return n + 1;
}

static void write_line(const char *p, size_t n)
{
	while (n > 0) {
		ssize_t w = write(STDERR_FILENO, p, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return; /* nowhere left to say so */
		p += w;
		n -= (size_t)w;
	}
}

void logger_write(enum log_level level, const char *ev, const char *fields, ...)
{
	event_ms now;
	uint64_t held;
	char line[LOG_LINE_MAX], ts[INSTANT_TEXT], text[LOG_LINE_MAX];
	struct sink s;
	va_list ap;

	if (level > logger.level)
		return;
	now = logger.now != NULL ? logger.now() : clock_wall_ms();
	if (!is_allowed(level, ev, now, &held))
		return;
	va_start(ap, fields);
	if (vsnprintf(text, sizeof text, fields, ap) < 0)
		text[0] = '\0';
	va_end(ap);
	sink_init(&s, line, sizeof line);
	sink_printf(&s, "ts=%s level=%s svc=%s ev=%s", instant_format(now, ts), level_names[level],
		logger.service, ev);
	if (held > 0)
		sink_printf(&s, " held_back=%llu", (unsigned long long)held);
	if (text[0] != '\0')
		sink_printf(&s, " %s", text);
	write_line(line, finish_line(&s));
}

/* One byte (or UTF-8 sequence) as it stands between quotes. Returns the bytes written to out, *ret_used those read. */
static size_t escape(const unsigned char *p, bool is_utf8, char out[8], size_t *ret_used)
{
	*ret_used = 1;
	if (*p == '"' || *p == '\\') {
		out[0] = '\\';
		out[1] = (char)*p;
		return 2;
	}
	if (*p == '\n' || *p == '\t') {
		out[0] = '\\';
		out[1] = *p == '\n' ? 'n' : 't';
		return 2;
	}
	if (*p < 0x20 || *p == 0x7f || (*p >= 0x80 && !is_utf8))
		return (size_t)snprintf(out, 8, "\\x%02x", *p);
	if (*p >= 0x80)
		*ret_used = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;
	memcpy(out, p, *ret_used);
	return *ret_used;
}

const char *logger_quote(const char *text, char *buf, unsigned size)
{
	size_t len = strlen(text), n = 0, used;
	bool is_utf8 = str_is_clean_utf8((struct str){ text, len });
	bool is_plain = is_utf8 && len > 0 && strpbrk(text, " \"=\\") == NULL;
	char piece[8];

	if (size < 3) {
		if (size > 0)
			buf[0] = '\0';
		return buf;
	}
	if (!is_plain)
		buf[n++] = '"';
	for (size_t i = 0; i < len; i += used) {
		size_t add = escape((const unsigned char *)text + i, is_utf8, piece, &used);

		if (n + add + (is_plain ? 0 : 1) >= size)
			break;
		memcpy(buf + n, piece, add);
		n += add;
	}
	if (!is_plain)
		buf[n++] = '"';
	buf[n] = '\0';
	return buf;
}
