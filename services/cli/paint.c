#include "services/cli/paint.h"

#include <stdlib.h>
#include <unistd.h>

bool paint_is_on(FILE *out)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fileno(out)) && (no == NULL || no[0] == '\0') && term != NULL &&
	       term[0] != 'd';
}

const char *paint_on(FILE *out, enum paint p)
{
	static const char *const codes[] = { "", "\033[32m", "\033[33m", "\033[31m", "\033[2m",
		"\033[1m" };

	return paint_is_on(out) ? codes[p] : "";
}

const char *paint_off(FILE *out)
{
	return paint_is_on(out) ? "\033[0m" : "";
}
