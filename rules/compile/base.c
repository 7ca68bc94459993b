#include "rules/compile/base.h"

#include "common/base/err.h"
#include "common/base/hash.h"
#include "rules/compile/merge.h"
#include "rules/compile/read.h"

#define SHELF_NEAR_MAX 64 /* ids among which the nearest is looked for */

struct pile {
	struct arena *ar;
	struct report *r;
	const struct base_shelf *shelf;
	struct place at; /* of the value of 'based-on' in the file */
	size_t n;
	struct str ids[BASES_MAX + 1]; /* of the file, its base, the base of that ... */
	uint64_t digest;
};

static const struct shipped_edition *on_shelf(const struct pile *p, struct str id)
{
	for (size_t i = 0; i < p->shelf->n; i++)
		if (str_eq(p->shelf->all[i].id, id))
			return &p->shelf->all[i];
	return NULL;
}

static int not_on_shelf(struct pile *p, struct str id)
{
	struct str ids[SHELF_NEAR_MAX] = { { NULL, 0 } };
	struct str near;
	char known[256];
	struct sink out;
	size_t n = 0;

	sink_init(&out, known, sizeof known);
	for (; n < p->shelf->n && n < SHELF_NEAR_MAX; n++) {
		ids[n] = p->shelf->all[n].id;
		sink_printf(&out, "%s" STR_FMT, n == 0 ? "" : ", ", STR_ARG(ids[n]));
	}
	near = nearest(id, ids, n);
	if (near.n > 0)
		report_add(p->r, REPORT_ERROR, p->at,
			"no edition '%.*s' ships with this program; did you mean '%.*s'?",
			SHOWN(id), SHOWN(near));
	else
		report_add(p->r, REPORT_ERROR, p->at,
			"no edition '%.*s' ships with this program; there are: %s", SHOWN(id),
			known);
	return ERR_SYNTAX;
}

/* Nodes come in the order of the text, so their lines are counted in one walk over it. */
struct walk {
	struct str text, id;
	struct place at;
	uint32_t offset, line;
};

static void mark_node(struct walk *w, struct node *n)
{
	for (; w->offset < n->at.from && w->offset < w->text.n; w->offset++)
		w->line += w->text.p[w->offset] == '\n';
	n->base = w->id;
	n->base_line = w->line;
	n->at = w->at;
}

/* Every node is told as standing in that edition, at the place where the file names its base. */
static void mark(struct walk *w, struct node *n)
{
	mark_node(w, n);
	for (struct node *i = n->first; i != NULL; i = i->next) {
		if (i->key != NULL)
			mark_node(w, i->key);
		mark(w, i);
	}
}

static int read_base(struct pile *p, const struct shipped_edition *e, struct node **ret)
{
	struct report r;
	struct node *root = NULL;
	int rc = report_init(&r, p->ar, e->file, e->text);

	if (rc == 0)
		rc = tree_read(p->ar, &r, &root);
	if (rc == ERR_NOMEM || r.no_memory)
		return ERR_NOMEM;
	if (rc != 0 || root == NULL || root->kind != NODE_MAP) {
		report_add(p->r, REPORT_ERROR, p->at,
			"edition '%.*s' has faults of its own; mend it first", SHOWN(e->id));
		return ERR_SYNTAX;
	}
	mark(&(struct walk){ r.text, e->id, p->at, 0, 1 }, root);
	p->digest = hash_bytes(e->text.p, e->text.n, p->digest);
	*ret = root;
	return 0;
}

static struct node *based_on(const struct node *root)
{
	struct node *v = map_value(map_value(root, STR("edition")), STR("based-on"));

	return v != NULL && v->kind == NODE_TEXT && v->text.n > 0 ? v : NULL;
}

static int check_pile(struct pile *p, struct str id)
{
	for (size_t i = 0; i < p->n; i++)
		if (str_eq(p->ids[i], id)) {
			report_add(p->r, REPORT_ERROR, p->at,
				"edition '%.*s' would be based on itself; name an edition that does not need this one",
				SHOWN(id));
			return ERR_SYNTAX;
		}
	if (p->n > BASES_MAX) {
		report_add(p->r, REPORT_ERROR, p->at,
			"more than %d editions lie one on the other; write one of them out in full",
			BASES_MAX);
		return ERR_SYNTAX;
	}
	p->ids[p->n++] = id;
	return 0;
}

/* The edition `id` with all that it is based on itself. */
static int load(struct pile *p, struct str id, struct node **ret)
{
	const struct shipped_edition *e = on_shelf(p, id);
	struct node *root = NULL, *below = NULL, *next;
	int rc = check_pile(p, id);

	if (rc != 0)
		return rc;
	if (e == NULL)
		return not_on_shelf(p, id);
	rc = read_base(p, e, &root);
	if (rc != 0)
		return rc;
	next = based_on(root);
	if (next != NULL) {
		rc = load(p, next->text, &below); /* at most BASES_MAX calls deep */
		if (rc != 0)
			return rc;
		root = merge_files(p->r, below, root);
	}
	*ret = root;
	return 0;
}

int base_apply(struct arena *ar, struct report *r, const struct base_shelf *shelf,
	struct node **root, uint64_t *digest)
{
	struct pile p = { .ar = ar, .r = r, .shelf = shelf, .digest = *digest };
	const struct node *named = based_on(*root);
	const struct node *own = map_value(map_value(*root, STR("edition")), STR("id"));
	struct node *base = NULL;
	int rc;

	if (named == NULL)
		return 0;
	p.at = named->at;
	if (own != NULL)
		p.ids[p.n++] = own->text;
	else
		p.ids[p.n++] = STR("");
	rc = load(&p, named->text, &base);
	if (rc != 0)
		return rc;
	*root = merge_files(r, base, *root);
	*digest = p.digest;
	return 0;
}
