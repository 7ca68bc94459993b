#include "services/imports/paths.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "services/imports/recognise.h"

/* ---- what a file is ------------------------------------------------------------------------------------------- */

/* Lines of events say nothing of their order; they come with what feeds no score. */
static int rank_of_content(struct csv *c, struct input *in, const struct report **ret_report)
{
	struct header_match m;
	struct err e = { 0 };

	if (input_skip_bom(in, &e) != 0)
		return RANK_END;
	for (size_t i = 0; i < in->n; i++)
		if (strchr(" \t\r\n", in->p[i]) == NULL) {
			if (in->p[i] == '{')
				return RANK_OTHERS;
			break;
		}
	if (header_read(c, in, &m, &e) != 0)
		return RANK_END;
	*ret_report = m.report;
	return (int)m.report->rank;
}

static int look_into(const struct alloc *a, struct path_item *item)
{
	struct input in;
	struct err e = { 0 };
	struct stat st;
	struct csv *c;
	int rc;

	/* What is read from a pipe is gone. */
	if (stat(item->path, &st) != 0 || !S_ISREG(st.st_mode))
		return 0;
	c = mem_alloc(a, sizeof *c);
	if (c == NULL)
		return ERR_NOMEM;
	rc = input_open(a, item->path, &in, &e);
	if (rc == 0) {
		item->modified = in.modified;
		item->rank = rank_of_content(c, &in, &item->report);
		input_close(&in);
	}
	mem_free(a, c, sizeof *c);
	return rc == ERR_NOMEM ? rc : 0;
}

/* ---- the list ------------------------------------------------------------------------------------------------- */

static int add(struct paths *p, const char *folder, const char *name, struct err *e)
{
	struct path_item item = { .rank = RANK_END };
	int rc = mem_grow(p->a, (void **)&p->items, &p->cap, p->n + 1, PATHS_MAX, sizeof *p->items);

	if (rc == ERR_FULL)
		return err_set(e, rc, "more than %d files; import them in parts", PATHS_MAX);
	if (rc != 0)
		return rc;
	item.size = (folder == NULL ? 0 : strlen(folder) + 1) + strlen(name) + 1;
	item.path = mem_alloc(p->a, item.size);
	if (item.path == NULL)
		return ERR_NOMEM;
	(void)snprintf(item.path, item.size, "%s%s%s", folder == NULL ? "" : folder,
		folder == NULL ? "" : "/", name);
	p->items[p->n++] = item;
	return 0;
}

static bool is_folder(const char *path)
{
	struct stat st;

	return strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && str_eq_nocase(str_from(name + n - m), str_from(end));
}

static bool is_table(const char *name)
{
	static const char *const ends[] = { ".csv", ".tsv", ".txt", ".ndjson", ".jsonl", ".json" };

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (ends_with(name, ends[i]))
			return true;
	return false;
}

static void drop_last(struct paths *p)
{
	struct path_item *last = &p->items[--p->n];

	mem_free(p->a, last->path, last->size);
}

static void pass_over(struct paths *p)
{
	if (p->n_passed++ == 0)
		(void)snprintf(p->passed, sizeof p->passed, "%s", p->items[p->n - 1].path);
	drop_last(p);
}

static int add_folder(struct paths *p, const char *folder, int depth, struct err *e);

/* One entry of a folder: a file joins the list, a folder is walked; links to folders and devices are left out. */
static int add_entry(
	struct paths *p, const char *folder, const char *name, int depth, struct err *e)
{
	struct stat st;
	char *path;
	size_t size;
	int rc = add(p, folder, name, e);

	if (rc != 0)
		return rc;
	path = p->items[p->n - 1].path;
	size = p->items[p->n - 1].size;
	if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		p->n--;
		rc = add_folder(p, path, depth + 1, e);
		mem_free(p->a, path, size);
	} else if (stat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
		drop_last(p);
	} else if (!is_table(name)) {
		pass_over(p);
	}
	return rc;
}

static int add_folder(struct paths *p, const char *folder, int depth, struct err *e)
{
	DIR *d = depth > PATHS_DEPTH_MAX ? NULL : opendir(folder);
	struct dirent *entry;
	int rc = 0;

	if (depth > PATHS_DEPTH_MAX)
		return err_set(e, ERR_FULL, "%s: folders in folders, more than %d deep", folder,
			PATHS_DEPTH_MAX);
	if (d == NULL)
		return err_set(e, ERR_IO, "%s: %s", folder, strerror(errno));
	while (rc == 0 && (entry = readdir(d)) != NULL)
		if (entry->d_name[0] != '.')
			rc = add_entry(p, folder, entry->d_name, depth, e);
	(void)closedir(d);
	return rc;
}

static int by_order(const void *pa, const void *pb)
{
	const struct path_item *a = pa, *b = pb;

	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	if (a->modified != b->modified)
		return a->modified < b->modified ? -1 : 1;
	return strcmp(a->path, b->path);
}

/* Without a slash at its end, so that messages read well. */
static int add_argument(struct paths *p, const char *arg, bool into_folders, struct err *e)
{
	char folder[4096];
	size_t n = strlen(arg);

	if (!into_folders || !is_folder(arg))
		return add(p, NULL, arg, e);
	while (n > 1 && arg[n - 1] == '/')
		n--;
	if (n >= sizeof folder)
		return err_set(e, ERR_FULL, "%s: the path is too long", arg);
	memcpy(folder, arg, n);
	folder[n] = '\0';
	return add_folder(p, folder, 1, e);
}

static int list_names(struct paths *p)
{
	if (p->n == 0)
		return 0;
	p->names = mem_alloc(p->a, p->n * sizeof *p->names);
	if (p->names == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < p->n; i++)
		p->names[i] = p->items[i].path;
	return 0;
}

static bool is_bulk(const struct paths *p)
{
	for (size_t i = 1; i < p->n; i++)
		for (size_t k = 0; k < i; k++)
			if (p->items[i].report != NULL &&
				p->items[i].report == p->items[k].report &&
				(p->items[i].rank == RANK_CLAIMS || p->items[i].rank == RANK_USAGE))
				return true;
	return false;
}

static int sort(struct paths *p)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < p->n; i++)
		rc = look_into(p->a, &p->items[i]);
	if (rc == 0 && p->n > 1)
		qsort(p->items, p->n, sizeof *p->items, by_order);
	p->bulk = is_bulk(p);
	return rc;
}

int paths_collect(const struct alloc *a, int n_args, char *const *args, bool sorted,
	struct paths *ret, struct err *e)
{
	int rc = 0;

	*ret = (struct paths){ .a = a };
	for (int i = 0; rc == 0 && i < n_args; i++)
		rc = add_argument(ret, args[i], sorted, e);
	if (rc == 0 && sorted)
		rc = sort(ret);
	if (rc == 0)
		rc = list_names(ret);
	if (rc != 0) {
		if (rc == ERR_NOMEM)
			(void)err_set(e, rc, "no memory for the list of files");
		paths_fini(ret);
	}
	return rc;
}

void paths_fini(struct paths *p)
{
	mem_free(p->a, p->names, p->n * sizeof *p->names);
	for (size_t i = 0; i < p->n; i++)
		mem_free(p->a, p->items[i].path, p->items[i].size);
	mem_free(p->a, p->items, p->cap * sizeof *p->items);
	*p = (struct paths){ .a = p->a };
}
