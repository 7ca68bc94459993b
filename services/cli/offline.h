/* Partners of files, scored without any service: the engine of the scoring service, run here, with the same editions and
 * the same facts. */
#ifndef CLI_OFFLINE_H
#define CLI_OFFLINE_H

#include "rules/engine/engine.h"
#include "services/cli/files.h"
#include "services/cli/score_source.h"

struct offline;

struct offline_options {
	const struct verb *verb;
	const char *
		edition; /* see services/shared/edition_open.h; NULL: every day by the edition that ships for it */
	day_no as_of; /* stands for the day records of the files */
	const struct file_options *files;
	int n_paths;
	char **paths;
};

/* Reads the files. What went wrong was told on the standard error.
 * ret_o  NULL when there is nothing to go on with; freed with offline_close().
 * Returns an exit code: CLI_REFUSED together with *ret_o when some of the input was refused. */
int offline_open(const struct offline_options *options, struct offline **ret_o);
void offline_close(struct offline *o); /* accepts NULL */

struct engine *offline_engine(struct offline *o);
/* Answers the questions that the scoring service answers. Valid until offline_close(). */
struct score_source offline_source(struct offline *o);

#endif
