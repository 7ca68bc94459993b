#include "common/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void err_clear(struct err *e)
{
	if (e == NULL)
		return;
	e->code = 0;
	e->text[0] = '\0';
}

int err_set(struct err *e, int code, const char *fmt, ...)
{
	if (e != NULL) {
		va_list ap;

		e->code = code;
		va_start(ap, fmt);
		(void)vsnprintf(e->text, sizeof e->text, fmt, ap);
		va_end(ap);
	}
	return code;
}

int err_wrap(struct err *e, const char *fmt, ...)
{
	char old[ERR_TEXT_MAX];
	va_list ap;
	size_t n;
	int len;

	if (e == NULL)
		return 0;
	memcpy(old, e->text, sizeof old);
	va_start(ap, fmt);
	len = vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	n = len < 0 ? 0 : (size_t)len;
	if (n + 2 < sizeof e->text) {
		size_t room = sizeof e->text - n - 3, len_old = strlen(old);

		memcpy(e->text + n, ": ", 2);
		memcpy(e->text + n + 2, old, len_old < room ? len_old : room);
		e->text[n + 2 + (len_old < room ? len_old : room)] = '\0';
	}
	return e->code;
}

const char *err_text(int code)
{
	switch (code) {
	case 0:
		return "no error";
#define X(name, number, text)                                                                      \
	case name:                                                                                 \
		return text;
		ERR_TABLE(X)
#undef X
	default:
		return "unknown error";
	}
}

const char *err_name(int code)
{
	switch (code) {
	case 0:
		return "OK";
#define X(name, number, text)                                                                      \
	case name:                                                                                 \
		return #name;
		ERR_TABLE(X)
#undef X
	default:
		return "ERR_UNKNOWN";
	}
}
