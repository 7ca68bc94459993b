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
	p->facts_ns = 0;
}

/* Whether it is time to show something; *ret_now is the present then. */
static bool is_due(struct progress *p, uint64_t *ret_now)
{
	if (!p->on)
		return false;
	*ret_now = clock_mono_ns();
	if (*ret_now - p->shown_ns < (p->on_terminal ? TERMINAL_NS : LINES_NS))
		return false;
	p->shown_ns = *ret_now;
	p->shown = p->on_terminal;
	return true;
}

void progress_show(struct progress *p, uint64_t rows, uint64_t bytes, uint64_t size)
{
	double seconds, mib = (double)bytes / (1024 * 1024);
	char part[32] = "";
	uint64_t now;

	if (!is_due(p, &now))
		return;
	seconds = (double)(now - p->began_ns) / 1e9;
	if (size > 0)
		(void)snprintf(
			part, sizeof part, " %3.0f %%,", 100.0 * (double)bytes / (double)size);
	fprintf(stderr, "%s%s:%s %" PRIu64 " rows, %.0f MiB, %.0f rows/s, %.1f MiB/s%s",
		p->on_terminal ? "\r" : "", p->file, part, rows, mib, (double)rows / seconds,
		mib / seconds, p->on_terminal ? "\033[K" : "\n");
}

void progress_facts(struct progress *p, const struct reading *r)
{
	uint64_t now, changes = 0;

	if (p->on && p->facts_ns == 0)
		p->facts_ns = clock_mono_ns();
	if (!is_due(p, &now))
		return;
	for (int k = 0; k < CHANGE_KINDS; k++)
		changes += r->changes[k];
	fprintf(stderr, "%s%s: %" PRIu64 " facts, %" PRIu64 " changes sent, %.0f facts/s%s",
		p->on_terminal ? "\r" : "", p->file, r->n_facts, changes,
		(double)r->n_facts / ((double)(now - p->facts_ns) / 1e9),
		p->on_terminal ? "\033[K" : "\n");
}

void progress_end(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}
