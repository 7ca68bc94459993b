#include "rules/compile/compile.h"

#include "common/base/err.h"
#include "common/base/hash.h"
#include "rules/compile/base.h"
#include "rules/compile/parts.h"

#define BOX_BYTES_MAX	  ((size_t)16 << 20)
#define SCRATCH_BYTES_MAX ((size_t)64 << 20)
#define SOURCES_MAX	  64

struct edition_box {
	const struct alloc *a;
	struct arena keep;
	struct edition e;
};

static void read_edition(struct program *p, const struct node *n)
{
	enum { ID, TITLE, FROM, UNTIL, SOURCE, BASED, N };
	static const struct key keys[N] = { { "id", true }, { "title", true },
		{ "valid-from", true }, { "valid-until", false }, { "source", false },
		{ "based-on", false } };
	const struct node *v[N];
	struct edition *e = p->e;
	struct str source, based;
	bool ok;

	e->valid_until = DAY_NONE;
	if (!read_map(&p->c, n, "'edition'", keys, N, v))
		return;
	(void)read_id(&p->c, v[ID], "'id' of the edition", &e->id);
	(void)read_text(&p->c, v[TITLE], "'title' of the edition", EVENT_NAME_MAX, &e->title);
	(void)read_source(p, v[SOURCE], "'source' of the edition", &source);
	(void)read_id(&p->c, v[BASED], "'based-on'", &based); /* base_apply() has used it */
	ok = read_day(&p->c, v[FROM], "'valid-from'", &e->valid_from);
	ok = read_day(&p->c, v[UNTIL], "'valid-until'", &e->valid_until) && ok;
	if (ok && e->valid_until < e->valid_from)
		fail(&p->c, v[UNTIL],
			"'valid-until' is before 'valid-from'; give the last day on which the edition holds");
}

/* KEY: what document it stands for. The keys are the author's own. */
static void read_sources(struct program *p, const struct node *n)
{
	struct str text;

	if (n == NULL)
		return;
	if (n->kind != NODE_MAP || n->n == 0) {
		fail(&p->c, n, "'sources' must be a mapping; write lines of 'KEY: which document'");
		return;
	}
	if (n->n > SOURCES_MAX) {
		fail(&p->c, n, "'sources' has %u entries; at most %d are read", n->n, SOURCES_MAX);
		return;
	}
	p->sources = keep(&p->c, n->n * sizeof *p->sources);
	if (p->sources == NULL)
		return;
	for (const struct node *v = n->first; v != NULL; v = v->next) {
		if (!read_text(&p->c, v, "a source", NOTE_TEXT_MAX, &text))
			continue;
		for (size_t i = 0; i < p->n_sources; i++)
			if (str_eq(p->sources[i], v->key->text))
				fail(&p->c, v->key, "source '%.*s' is listed twice; take one out",
					SHOWN(v->key->text));
		p->sources[p->n_sources++] = keep_text(&p->c, v->key->text);
	}
}

/* A file that starts from another need not use all of it. */
static void warn_unused(struct program *p, const char *what, const struct declared *d, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!d[i].used && d[i].at->base.n == 0)
			warn(&p->c, d[i].at, "%s '%.*s' is used by no rule; use it or take it out",
				what, SHOWN(d[i].name));
}

static void read_program(struct program *p, const struct node *root)
{
	enum {
		EDITION,
		SOURCES,
		SETTINGS,
		WINDOWS,
		UNKNOWN,
		CERTIFICATES,
		SELECTIONS,
		SHARED,
		AREAS,
		SPECIALIZATIONS,
		CATALOGUE,
		N
	};
	static const struct key keys[N] = { { "edition", true }, { "sources", true },
		{ "settings", true }, { "windows", false }, { "unknown", false },
		{ "certificates", false }, { "selections", false }, { "shared-metrics", false },
		{ "areas", true }, { "specializations", false }, { "catalogue", false } };
	const struct node *v[N];

	if (!read_map(&p->c, root, "the rule file", keys, N, v))
		return;
	read_sources(p, v[SOURCES]);
	read_edition(p, v[EDITION]);
	read_settings(p, v[SETTINGS]);
	read_windows(p, v[WINDOWS]);
	read_unknown(p, v[UNKNOWN], &p->e->n_unknown, &p->e->unknown);
	read_certificates(p, v[CERTIFICATES]);
	read_selections(p, v[SELECTIONS]);
	read_shared_metrics(p, v[SHARED]);
	read_areas(p, v[AREAS], v[SPECIALIZATIONS]);
	read_specializations(p, v[SPECIALIZATIONS]);
	read_catalogue(p, v[CATALOGUE]);
	/* After an error a rule may have been passed over, and with it the use. */
	if (p->c.r->n_errors > 0)
		return;
	warn_unused(p, "certificate", p->certificates, p->e->n_certificates);
	warn_unused(p, "selection", p->selections, p->e->n_selections);
	warn_unused(p, "shared metric", p->shared, p->n_shared);
}

static int compile_text(struct edition_box *box, struct arena *scratch, struct report *r,
	const struct base_shelf *shelf)
{
	struct program *p = arena_alloc(scratch, sizeof *p);
	struct node *root = NULL;
	int rc;

	if (p == NULL)
		return ERR_NOMEM;
	*p = (struct program){ .c = { .r = r, .keep = &box->keep }, .e = &box->e };
	rc = tree_read(scratch, r, &root);
	if (rc == 0 && root != NULL)
		rc = base_apply(scratch, r, shelf, &root, &box->e.digest);
	if (rc != 0)
		return r->no_memory ? ERR_NOMEM : rc;
	if (root == NULL)
		report_add(r, REPORT_ERROR, (struct place){ 0, 0 },
			"the file holds no rules; rules/README.md says what a rule file is made of");
	else
		read_program(p, root);
	if (p->c.no_memory || r->no_memory)
		return ERR_NOMEM;
	return r->n_errors > 0 ? ERR_SYNTAX : 0;
}

int compile_edition(const struct alloc *a, const char *name, struct str text,
	struct buf *ret_report, struct edition_box **ret_box)
{
	return compile_edition_on(
		a, name, text, shipped_edition(0), shipped_count(), ret_report, ret_box);
}

int compile_edition_on(const struct alloc *a, const char *name, struct str text,
	const struct shipped_edition *bases, size_t n_bases, struct buf *ret_report,
	struct edition_box **ret_box)
{
	const struct base_shelf shelf = { bases, n_bases };
	struct edition_box *box;
	struct arena scratch;
	struct report r;
	int rc;

	if (text.n > EDITION_TEXT_MAX)
		return ERR_FULL;
	box = mem_zalloc(a, sizeof *box);
	if (box == NULL)
		return ERR_NOMEM;
	box->a = a;
	box->e.digest = hash_bytes(text.p, text.n, 0);
	arena_init(&box->keep, a, BOX_BYTES_MAX);
	arena_init(&scratch, a, SCRATCH_BYTES_MAX);
	rc = report_init(&r, &scratch, name, text);
	if (rc == 0) {
		rc = compile_text(box, &scratch, &r, &shelf);
		if (ret_report != NULL)
			report_print(&r, ret_report);
	}
	arena_fini(&scratch);
	if (rc != 0) {
		edition_box_destroy(box);
		return rc;
	}
	*ret_box = box;
	return 0;
}

const struct edition *edition_box_get(const struct edition_box *box)
{
	return &box->e;
}

void edition_box_destroy(struct edition_box *box)
{
	if (box == NULL)
		return;
	arena_fini(&box->keep);
	mem_free(box->a, box, sizeof *box);
}
