#include "services/shared/edition_open.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "rules/compile/shipped.h"

static bool has_ending(const char *s, const char *ending)
{
	size_t n = strlen(s), m = strlen(ending);

	return n >= m && strcmp(s + n - m, ending) == 0;
}

bool edition_is_path(const char *name)
{
	return strchr(name, '/') != NULL || has_ending(name, ".yaml") || has_ending(name, ".yml");
}

int edition_read_file(const char *path, struct buf *out, struct err *e)
{
	FILE *f = fopen(path, "rbe");
	int rc;

	if (f == NULL)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_IO, "cannot open %s: %s",
			path, strerror(errno));
	rc = buf_reserve(out, EDITION_TEXT_MAX + 1);
	if (rc == 0) {
		out->n = fread(out->p, 1, EDITION_TEXT_MAX + 1, f);
		if (ferror(f))
			rc = err_set(e, ERR_IO, "cannot read %s: %s", path, strerror(errno));
		else if (out->n > EDITION_TEXT_MAX)
			rc = err_set(e, ERR_FULL,
				"%s is larger than the %d bytes a file of rules may have", path,
				EDITION_TEXT_MAX);
	}
	(void)fclose(f);
	return rc;
}

static int open_path(
	const char *path, struct buf *ret_report, struct edition_box **ret_box, struct err *e)
{
	struct buf text;
	int rc;

	buf_init(&text, &mem_heap, EDITION_TEXT_MAX + 1);
	rc = edition_read_file(path, &text, e);
	if (rc == 0) {
		rc = compile_edition(&mem_heap, path, (struct str){ (const char *)text.p, text.n },
			ret_report, ret_box);
		if (rc != 0)
			(void)err_set(e, rc, "%s is not a valid rule file", path);
	}
	buf_fini(&text);
	return rc;
}

int edition_open(const char *name, day_no day, struct buf *ret_report, struct edition_box **ret_box,
	struct err *e)
{
	const struct shipped_edition *shipped;
	int rc;

	if (name != NULL && edition_is_path(name))
		return open_path(name, ret_report, ret_box, e);
	rc = shipped_choose(str_from(name == NULL ? "" : name), day, &shipped, e);
	if (rc != 0)
		return rc;
	rc = compile_edition(&mem_heap, shipped->file, shipped->text, ret_report, ret_box);
	return rc == 0 ? 0 : err_set(e, rc, "%s is not a valid rule file", shipped->file);
}
