/* How far the reading of a file has come, on the standard error: rewritten on a terminal, a line every few seconds
 * elsewhere. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "services/imports/reading.h"

struct progress {
	bool on, on_terminal;
	bool shown; /* a line stands on the terminal */
	const char *file;
	uint64_t began_ns, shown_ns;
	uint64_t facts_ns; /* when the first facts were given out; 0: not yet */
};

/* always: also where the standard error is no terminal. */
void progress_init(struct progress *p, bool always);
void progress_begin(struct progress *p, const char *file);
/* size: of the file; 0 when it is not known. */
void progress_show(struct progress *p, uint64_t rows, uint64_t bytes, uint64_t size);
/* How far the comparing and sending of facts has come. */
void progress_facts(struct progress *p, const struct reading *r);
/* Clears the line, so that something else may be printed. */
void progress_end(struct progress *p);

#endif
