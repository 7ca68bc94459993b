#include "services/cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "common/io/clock.h"

#define TERMINAL_NS 200000000ULL
#define LINES_NS    2000000000ULL

void progress_init(struct progress *p, bool always)
{
	*p = (struct progress){ .on_terminal = isatty(STDERR_FILENO) == 1 };
	p->on = always || p->on_terminal;
}

void progress_begin(struct progress *p, const char *file)
{
	p->file = file;
	p->began_ns = p->shown_ns = clock_mono_ns();
}

void progress_show(struct progress *p, uint64_t rows, uint64_t bytes, uint64_t size)
{
	uint64_t now = p->on ? clock_mono_ns() : 0;
	double seconds, mib = (double)bytes / (1024 * 1024);
	char part[32] = "";

	if (!p->on || now - p->shown_ns < (p->on_terminal ? TERMINAL_NS : LINES_NS))
		return;
	p->shown_ns = now;
	seconds = (double)(now - p->began_ns) / 1e9;
	if (size > 0)
		(void)snprintf(
			part, sizeof part, " %3.0f %%,", 100.0 * (double)bytes / (double)size);
	fprintf(stderr, "%s%s:%s %" PRIu64 " rows, %.0f MiB, %.0f rows/s, %.1f MiB/s%s",
		p->on_terminal ? "\r" : "", p->file, part, rows, mib, (double)rows / seconds,
		mib / seconds, p->on_terminal ? "\033[K" : "\n");
	p->shown = p->on_terminal;
}

void progress_end(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}
