/* What the verbs that read files share: their options, the printing of faults, and the summary. */
#ifndef CLI_FILES_H
#define CLI_FILES_H

#include "services/cli/cli.h"
#include "services/cli/progress.h"
#include "services/cli/refusals.h"
#include "services/imports/facts_reader.h"
#include "services/imports/paths.h"
#include "services/imports/person_key.h"

#define FILES_DATA_DIR "./capscore-data"

struct file_options {
	const char *data_dir, *recorded, *dates, *person_key, *with, *format;
	bool complete;
	int64_t max_faults;
};
#define FILE_OPTIONS(f)                                                                                             \
	{ .name = "data-dir",                                                                                       \
		.letter = 'd',                                                                                      \
		.type = OPTION_TEXT,                                                                                \
		.value = &(f).data_dir,                                                                             \
		.initial = FILES_DATA_DIR,                                                                          \
		.metavar = "DIR",                                                                                   \
		.help = "data folder of the services" },                                                            \
		{ .name = "recorded",                                                                               \
			.type = OPTION_TEXT,                                                                        \
			.value = &(f).recorded,                                                                     \
			.metavar = "INSTANT",                                                                       \
			.help = "when the exports were made, like 2023-07-21T08:00:00Z; of two exports that "       \
				"disagree the later one stands (default: the file's modification time)" },          \
		{ .name = "dates",                                                                                  \
			.type = OPTION_TEXT,                                                                        \
			.value = &(f).dates,                                                                        \
			.metavar = "mdy|dmy",                                                                       \
			.help = "order of day and month in dates like 6/7/2023, where the file does not show it" }, \
		{ .name = "person-key",                                                                             \
			.type = OPTION_TEXT,                                                                        \
			.value = &(f).person_key,                                                                   \
			.metavar = "FILE",                                                                          \
			.help = "key that turns people into opaque ids (default: person.key in the data folder)" }, \
		{ .name = "format",                                                                                 \
			.type = OPTION_TEXT,                                                                        \
			.value = &(f).format,                                                                       \
			.metavar = "FORMAT",                                                                        \
			.help = "how events are written, where the content does not tell: ndjson, json, "           \
				"json-batch, cloudevent, cloudevent-batch, cloudevent-stream (each behind its "     \
				"length as a varint), event-batch, or the media type" },                            \
		{ .name = "with",                                                                                   \
			.type = OPTION_TEXT,                                                                        \
			.value = &(f).with,                                                                         \
			.metavar = "PATH",                                                                          \
			.help = "a side file, or a folder of them: what no export tells (docs/imports.md)" },       \
		{ .name = "complete",                                                                               \
			.type = OPTION_FLAG,                                                                        \
			.value = &(f).complete,                                                                     \
			.help = "call months complete although rows of theirs were refused" },                      \
	{                                                                                                           \
		.name = "max-faults", .type = OPTION_NUMBER, .value = &(f).max_faults,                              \
		.initial = "100", .min = 0, .max = INT64_MAX, .metavar = "N",                                       \
		.help = "faults shown per file; all are counted; 0 shows every one"                                 \
	}
#define FILE_OPTIONS_COUNT 8

/* Reads files one after the other, printing faults and notes on stderr. */
struct files {
	const struct verb *verb;
	const struct file_options *options;
	struct reading_options reading_options;
	struct reading_handler handler;
	bool public_person_key; /* without a key file: the key that everybody knows, instead of making one */
	int (*on_event)(void *ctx, const struct event *ev, struct place at);
	void *ctx;
	const char *file; /* being read, as messages call it; lives as long as its path */
	uint64_t shown;	  /* faults of this file */
	struct progress progress;
	const struct reading *reading; /* of this file */
	struct refusals *refusals;     /* where refused records are kept; NULL: nowhere */
	struct err refusals_err;       /* why they could not be */
	FILE *rejects; /* where refused records go as they are, one a line; NULL for nowhere */
	/* Over all files. */
	uint64_t records, facts;
	struct tally passed, refused;
};

/* Checks the options. on_event is what reading_handler's is. Returns 0, ERR_INVALID. */
int files_init(struct files *f, const struct verb *verb, const struct file_options *options,
	int (*on_event)(void *ctx, const struct event *ev, struct place at), void *ctx,
	struct err *e);
void files_fini(struct files *f); /* also of one that could not be initialised */

/* The files of a run in the order of their reading, with those of --with: paths.h. Lines of events alone (FACTS_NDJSON)
 * stay in the order in which they were named. Names on stderr what is passed over. ret: freed with paths_fini(). Returns
 * what paths_collect() returns. */
int files_collect(struct files *f, enum facts_accept accept, int n_args, char *const *args,
	struct paths *ret, struct err *e);
/* ret holds this file's counts. Returns what facts_read() returns. */
int files_read(struct files *f, enum facts_accept accept, const char *path, struct reading *ret,
	struct err *e);

/* What became of one file, or of all (title), in a few lines. */
void files_print_summary(const struct reading *r, FILE *out);
const char *change_kind_name(enum change_kind k);   /* "sent-again" */
void tally_print(const struct tally *t, FILE *out); /* "bad-month 2, bad-amount 1" */

/* "FILE:LINE:COL: REASON: text", without what is not known. */
void fault_print(const struct fault *f, FILE *out);

#endif
