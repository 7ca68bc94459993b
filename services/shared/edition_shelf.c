#include "services/shared/edition_shelf.h"

#include "common/base/mem.h"
#include "services/shared/edition_open.h"

#define REPORT_MAX     ((size_t)256 << 10)
#define EDITIONS_LIMIT 4096u /* far more than a calendar has between two sweeps */
#define FACT_TEXT      "edition.text"
#define ERROR_MARK     ": error: "

/* ---- the edition of a fact -------------------------------------------------------------------------------- */

static bool begins_with(struct str s, struct str front)
{
	return s.n >= front.n && memcmp(s.p, front.p, front.n) == 0;
}

/* A report holds source lines and carets too, and may begin with warnings. */
static struct str first_fault(const struct buf *report)
{
	struct str rest = { (const char *)report->p, report->n };

	while (rest.n > 0) {
		const char *end = memchr(rest.p, '\n', rest.n);
		struct str line = { rest.p, end != NULL ? (size_t)(end - rest.p) : rest.n };

		if (begins_with(line, STR(FACT_TEXT ":")) &&
			memmem(line.p, line.n, ERROR_MARK, sizeof ERROR_MARK - 1) != NULL)
			return line;
		rest.p += line.n + (end != NULL);
		rest.n -= line.n + (end != NULL);
	}
	return STR(FACT_TEXT ": not a valid rule file");
}

static int compile_fact(struct str text, struct edition_box **ret_box, struct err *why)
{
	struct buf report;
	int rc;

	buf_init(&report, &mem_heap, REPORT_MAX);
	rc = compile_edition(&mem_heap, FACT_TEXT, text, &report, ret_box);
	if (rc != 0 && rc != ERR_NOMEM) {
		struct str fault = first_fault(&report);

		rc = err_set(why, ERR_SYNTAX, STR_FMT, STR_ARG(fault));
	}
	buf_fini(&report);
	return rc;
}

static int compile_shipped(struct str id, struct edition_box **ret_box, struct err *why)
{
	const struct shipped_edition *shipped = shipped_by_id(id);
	int rc;

	if (shipped == NULL)
		return err_set(why, ERR_NOTFOUND,
			"edition.text: missing, and no edition '" STR_FMT "' ships", STR_ARG(id));
	rc = compile_edition(&mem_heap, shipped->file, shipped->text, NULL, ret_box);
	return rc == 0 ? 0 : err_set(why, rc, "%s is not a valid rule file", shipped->file);
}

int edition_of_fact(struct str id, struct str text, struct edition_box **ret_box, struct err *why)
{
	struct edition_box *box = NULL;
	int rc = text.n > 0 ? compile_fact(text, &box, why) : compile_shipped(id, &box, why);

	if (rc != 0)
		return rc;
	if (!str_eq(edition_box_get(box)->id, id)) {
		rc = err_set(why, ERR_SYNTAX,
			"edition.text: its id is '" STR_FMT "', the fact says '" STR_FMT "'",
			STR_ARG(edition_box_get(box)->id), STR_ARG(id));
		edition_box_destroy(box);
		return rc;
	}
	*ret_box = box;
	return 0;
}

/* ---- the shelf --------------------------------------------------------------------------------------------- */

struct boxes {
	struct edition_box **all;
	size_t n, cap;
};

struct edition_shelf {
	struct boxes start, told;
	const struct edition **editions; /* of start */
	bool has_shipped;		 /* start is what ships */
	size_t cap_editions;
};

int edition_shelf_create(struct edition_shelf **ret_s)
{
	struct edition_shelf *s = mem_zalloc(&mem_heap, sizeof *s);

	if (s == NULL)
		return ERR_NOMEM;
	*ret_s = s;
	return 0;
}

static void boxes_fini(struct boxes *b)
{
	for (size_t i = 0; i < b->n; i++)
		edition_box_destroy(b->all[i]);
	mem_free(&mem_heap, b->all, b->cap * sizeof *b->all);
}

void edition_shelf_destroy(struct edition_shelf *s)
{
	if (s == NULL)
		return;
	boxes_fini(&s->start);
	boxes_fini(&s->told);
	mem_free(&mem_heap, s->editions, s->cap_editions * sizeof *s->editions);
	mem_free(&mem_heap, s, sizeof *s);
}

/* Takes the box in any case. */
static int boxes_put(struct boxes *b, struct edition_box *box)
{
	int rc = mem_grow(
		&mem_heap, (void **)&b->all, &b->cap, b->n + 1, EDITIONS_LIMIT, sizeof *b->all);

	if (rc != 0)
		edition_box_destroy(box);
	else
		b->all[b->n++] = box;
	return rc;
}

static int start_put(struct edition_shelf *s, struct edition_box *box)
{
	int rc = boxes_put(&s->start, box);

	if (rc == 0)
		rc = mem_grow(&mem_heap, (void **)&s->editions, &s->cap_editions, s->start.n,
			EDITIONS_LIMIT, sizeof *s->editions);
	if (rc == 0)
		s->editions[s->start.n - 1] = edition_box_get(box);
	return rc;
}

int edition_shelf_add_shipped(struct edition_shelf *s, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < shipped_count(); i++) {
		struct edition_box *box;

		rc = compile_shipped(shipped_edition(i)->id, &box, e);
		if (rc == 0)
			rc = start_put(s, box);
	}
	s->has_shipped = true;
	return rc;
}

int edition_shelf_add(
	struct edition_shelf *s, const char *name, struct buf *ret_report, struct err *e)
{
	struct edition_box *box;
	int rc = edition_open(name, DAY_NONE, ret_report, &box, e);

	return rc == 0 ? start_put(s, box) : rc;
}

const struct edition *const *edition_shelf_start(const struct edition_shelf *s, size_t *ret_n)
{
	*ret_n = s->start.n;
	return s->editions;
}

static const struct edition *shipped_here(const struct edition_shelf *s, struct str id)
{
	for (size_t i = 0; s->has_shipped && i < s->start.n; i++)
		if (str_eq(s->editions[i]->id, id))
			return s->editions[i];
	return NULL;
}

int edition_shelf_open(struct edition_shelf *s, struct str id, struct str text,
	const struct edition **ret_edition, struct err *why)
{
	struct edition_box *box;
	int rc;

	if (text.n == 0 && (*ret_edition = shipped_here(s, id)) != NULL)
		return 0;
	rc = edition_of_fact(id, text, &box, why);
	if (rc == 0)
		rc = boxes_put(&s->told, box);
	if (rc == 0)
		*ret_edition = edition_box_get(box);
	return rc;
}

void edition_shelf_sweep(struct edition_shelf *s, const struct edition *const *used, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->told.n; i++) {
		bool is_used = false;

		for (size_t k = 0; k < n && !is_used; k++)
			is_used = used[k] == edition_box_get(s->told.all[i]);
		if (is_used)
			s->told.all[kept++] = s->told.all[i];
		else
			edition_box_destroy(s->told.all[i]);
	}
	s->told.n = kept;
}

size_t edition_shelf_count(const struct edition_shelf *s)
{
	return s->told.n;
}
