/* The verb score: what is asked for, and who answers it. */
#ifndef CLI_SCORE_VERB_H
#define CLI_SCORE_VERB_H

#include "services/cli/files.h"

struct score_request {
	const struct verb *verb;
	struct str partner; /* empty: all of them */
	day_no as_of;	    /* DAY_NONE: today */
	const char *
		edition; /* offline: see services/shared/edition_open.h; NULL: of each day its own */
	const char *area; /* id or name of the only area wanted; NULL: all */
	bool explain, json, color;
	bool all;     /* also specializations of which nothing is met */
	bool history; /* how the partner stood from a day to a day; DAY_NONE: as score_history() says */
	day_no from, until;
	const struct file_options *files;
	int n_paths; /* offline: files to read */
	char **paths;
};

/* Scores the files by the engine itself, no service. Returns an exit code. */
int score_offline(const struct score_request *r);

#endif
