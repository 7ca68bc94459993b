#include "common/io/share.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/text.h"

#define SUFFIX	  ".yaml"
#define NAMES_MAX 64

/* The folder of `kind`, beside the folder that holds this program. */
static int share_folder(const char *kind, char *folder, size_t cap, struct err *e)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	char *slash;
	int len;

	if (n < 0)
		return err_set(
			e, ERR_IO, "cannot tell where this program lies: %s", strerror(errno));
	self[n] = '\0';
	slash = strrchr(self, '/');
	if (slash == NULL)
		return err_set(e, ERR_IO, "cannot tell where this program lies");
	*slash = '\0';
	len = snprintf(folder, cap, "%s/../share/capscore/%s", self, kind);
	return len > 0 && (size_t)len < cap ? 0 : err_set(e, ERR_FULL, "the path is too long");
}

static bool has_suffix(const char *name)
{
	size_t n = strlen(name), suffix = strlen(SUFFIX);

	return n > suffix && strcmp(name + n - suffix, SUFFIX) == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_data(const struct dirent *d)
{
	return has_suffix(d->d_name);
}

/* ERR_NOTFOUND, with the names there are. */
static int not_found(const char *folder, const char *kind, const char *name, struct err *e)
{
	char list[256] = "none";
	struct sink s;
	struct dirent **found;
	int n = scandir(folder, &found, is_data, by_name);

	sink_init(&s, list, sizeof list);
	for (int i = 0; i < n; i++) {
		if (i < NAMES_MAX)
			sink_printf(&s, "%s%.*s", i == 0 ? "" : ", ",
				(int)(strlen(found[i]->d_name) - strlen(SUFFIX)), found[i]->d_name);
		free(found[i]);
	}
	if (n >= 0)
		free(found);
	return err_set(e, ERR_NOTFOUND, "no '%s' among the %s in %s; there are: %s", name, kind,
		folder, n > 0 ? list : "none");
}

int share_find(const char *kind, const char *name, char *path, size_t cap, struct err *e)
{
	char folder[PATH_MAX], found[PATH_MAX + NAME_MAX];
	int rc, n;

	if (strchr(name, '/') != NULL || has_suffix(name)) {
		n = snprintf(found, sizeof found, "%s", name);
		if (n < 0 || (size_t)n >= sizeof found)
			return err_set(e, ERR_FULL, "the path is too long");
		if (access(found, F_OK) != 0)
			return err_set(e, ERR_NOTFOUND, "%s: %s", name, strerror(errno));
	} else {
		rc = share_folder(kind, folder, sizeof folder, e);
		if (rc != 0)
			return rc;
		n = snprintf(found, sizeof found, "%s/%s" SUFFIX, folder, name);
		if (n < 0 || (size_t)n >= sizeof found)
			return err_set(e, ERR_FULL, "the path is too long");
		if (access(found, F_OK) != 0)
			return not_found(folder, kind, name, e);
	}
	if ((size_t)n >= cap)
		return err_set(e, ERR_FULL, "the path is too long");
	memcpy(path, found, (size_t)n + 1);
	return 0;
}
