/* The files of one run: those that were named and those in named folders, in the order in which they are best read.
 *
 * What tells who belongs to whom comes first (side files, profile, people, customers, claims), then usage, the oldest
 * file first, so that what comes of a file is scored with what it depends on. A folder stands for the tables in it and in
 * the folders below: files called .csv, .tsv, .txt, .ndjson, .jsonl or .json that are not hidden. Others are counted. */
#ifndef IMPORTS_PATHS_H
#define IMPORTS_PATHS_H

#include "services/imports/report.h"

#define PATHS_MAX	10000
#define PATHS_DEPTH_MAX 8 /* folders in folders */

struct path_item {
	char *path; /* as it was named, or folder and name */
	size_t size;
	const struct report *report; /* NULL: of another kind, or not known */
	int rank;	   /* enum report_rank; RANK_END: of another kind, or the standard input */
	event_ms modified; /* 0: not known */
};

struct paths {
	const struct alloc *a;
	struct path_item *items;
	size_t n, cap;
	char **names;	  /* the paths of the items, for callers that know no more */
	bool bulk;	  /* several files are of one report of usage: many months, most likely */
	size_t n_passed;  /* files in folders that are no tables by their name */
	char passed[256]; /* the first of them */
};

/* args    files, folders, "-" for the standard input (read last). Files that cannot be opened are in the list all the
 *         same: reading them tells why.
 * sorted  false: files stay as they were named, and folders are not looked into.
 * Returns 0, ERR_IO (a folder cannot be read), ERR_FULL (more than PATHS_MAX files, or too deep), ERR_NOMEM. */
int paths_collect(const struct alloc *a, int n_args, char *const *args, bool sorted,
	struct paths *ret, struct err *e);
void paths_fini(struct paths *p);

#endif
