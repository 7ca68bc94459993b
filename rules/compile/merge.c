#include "rules/compile/merge.h"

#include "rules/compile/read.h"

/* Lists of things that have an id; all others are replaced whole. */
static const struct str keyed[] = { STR_INIT("areas"), STR_INIT("tracks"), STR_INIT("metrics"),
	STR_INIT("shared-metrics"), STR_INIT("selections"), STR_INIT("certificates"),
	STR_INIT("specializations"), STR_INIT("requires"), STR_INIT("catalogue"),
	STR_INIT("options"), STR_INIT("parts"), STR_INIT("pooled-parts") };

#define MERGED_MAX 1024 /* entries of one list or mapping that are merged with a base */

static struct node *merge_values(struct report *r, struct node *base, struct node *own);

/* ---- the parts of a tree ---------------------------------------------------------------------------------------- */

struct node *map_value(const struct node *n, struct str key)
{
	if (n == NULL || n->kind != NODE_MAP)
		return NULL;
	for (struct node *v = n->first; v != NULL; v = v->next)
		if (str_eq(v->key->text, key))
			return v;
	return NULL;
}

static void append(struct node *list, struct node *n)
{
	n->next = NULL;
	if (list->last == NULL)
		list->first = n;
	else
		list->last->next = n;
	list->last = n;
	list->n++;
}

static void unlink_node(struct node *list, struct node *n)
{
	struct node *before = NULL;

	for (struct node *i = list->first; i != n; i = i->next)
		before = i;
	if (before == NULL)
		list->first = n->next;
	else
		before->next = n->next;
	if (list->last == n)
		list->last = before;
	list->n--;
}

static void insert_behind(struct node *list, struct node *at, struct node *n)
{
	n->next = at->next;
	at->next = n;
	if (list->last == at)
		list->last = n;
	list->n++;
}

/* `n` takes the place of `old`. */
static void replace(struct node *list, struct node *old, struct node *n)
{
	if (old == n)
		return;
	insert_behind(list, old, n);
	unlink_node(list, old);
}

static bool is_own(const struct node *n)
{
	return n->base.n == 0;
}

/* An instruction to the merge ("removed: true"), which is taken out of the mapping. */
static struct node *take(struct node *n, struct str key)
{
	struct node *v = map_value(n, key);

	if (v != NULL)
		unlink_node(n, v);
	return v;
}

static bool take_flag(struct report *r, struct node *n, struct str key)
{
	struct node *v = take(n, key);

	if (v == NULL)
		return false;
	if (v->kind == NODE_TEXT && str_eq(v->text, STR("true")))
		return true;
	report_add(r, REPORT_ERROR, v->at, "'%.*s' can only be true; leave it out otherwise",
		SHOWN(key));
	return false;
}

/* ---- lists ------------------------------------------------------------------------------------------------------ */

/* The node that names an entry: its id or code, or itself where it is a text. NULL when there is none. */
static const struct node *name_of(const struct node *n)
{
	const struct node *v = n;

	if (n->kind == NODE_MAP) {
		v = map_value(n, STR("id"));
		if (v == NULL)
			v = map_value(n, STR("code"));
	}
	return v != NULL && v->kind == NODE_TEXT ? v : NULL;
}

static struct str id_of(const struct node *n)
{
	const struct node *name = name_of(n);

	return name != NULL ? name->text : (struct str){ NULL, 0 };
}

static bool has_ids(const struct node *n, bool texts)
{
	for (const struct node *i = n->first; i != NULL; i = i->next)
		if (id_of(i).n == 0 || (i->kind == NODE_TEXT && !texts))
			return false;
	return true;
}

/* Shared metrics are named by their texts; no other list that is merged has texts. */
static bool is_merged(const struct node *base, const struct node *own)
{
	struct str name = own->key == NULL ? STR("") : own->key->text;
	bool texts = str_eq(name, STR("metrics"));

	if (own->n > MERGED_MAX) /* more than any section takes: told when it is read */
		return false;
	for (size_t i = 0; i < sizeof keyed / sizeof keyed[0]; i++)
		if (str_eq(keyed[i], name))
			return has_ids(base, texts) && has_ids(own, texts);
	return false;
}

static struct node *entry(const struct node *list, struct str id)
{
	for (struct node *i = list->first; i != NULL; i = i->next)
		if (str_eq(id_of(i), id))
			return i;
	return NULL;
}

#define NEAR_MAX 256 /* entries among which the nearest is looked for */

static void no_such_entry(struct report *r, const struct node *list, const struct node *at,
	struct str id, const char *remedy)
{
	struct str ids[NEAR_MAX] = { { NULL, 0 } };
	struct str near;
	size_t n = 0;

	for (const struct node *i = list->first; i != NULL && n < NEAR_MAX; i = i->next)
		ids[n++] = id_of(i);
	near = nearest(id, ids, n);
	if (near.n > 0)
		report_add(r, REPORT_ERROR, at->at,
			"'%.*s' is not in this list of the base; did you mean '%.*s'?", SHOWN(id),
			SHOWN(near));
	else
		report_add(r, REPORT_ERROR, at->at, "'%.*s' is not in this list of the base; %s",
			SHOWN(id), remedy);
}

/* Moves an entry of the list behind the one that `after` names. */
static void place_behind(
	struct report *r, struct node *list, struct node *n, const struct node *after)
{
	struct node *at = after->kind == NODE_TEXT ? entry(list, after->text) : NULL;

	if (at == NULL)
		no_such_entry(r, list, after, after->kind == NODE_TEXT ? after->text : STR("after"),
			"name an entry that stands there");
	else if (at != n) {
		unlink_node(list, n);
		insert_behind(list, at, n);
	}
}

/* { id: X } with nothing else, which names a shared metric like a plain X but can be placed. */
static struct node *plain_id(struct node *own)
{
	if (own->kind == NODE_MAP && own->n == 1 && str_eq(own->first->key->text, STR("id"))) {
		own->first->key = NULL;
		return own->first;
	}
	return own;
}

static void merge_entry(struct report *r, struct node *list, struct node *own)
{
	struct str id = id_of(own);
	struct node *old = entry(list, id), *after = take(own, STR("after")), *made = own;
	const struct node *name = name_of(own);

	if (take_flag(r, own, STR("removed"))) {
		if (old == NULL)
			no_such_entry(r, list, name, id, "take the entry out");
		else
			unlink_node(list, old);
		return;
	}
	if (old != NULL && is_own(old)) {
		report_add(r, REPORT_ERROR, name->at,
			"'%.*s' is in this list twice; put both together", SHOWN(id));
		return;
	}
	if (old == NULL || old->kind == NODE_TEXT)
		made = str_eq(list->key->text, STR("metrics")) ? plain_id(own) : own;
	if (old != NULL) {
		made = merge_values(r, old, made);
		replace(list, old, made);
	} else
		append(list, made);
	if (after != NULL)
		place_behind(r, list, made, after);
}

static struct node *merge_lists(struct report *r, struct node *base, struct node *own)
{
	struct node *next;

	base->at = own->at;
	base->key = own->key;
	base->base = own->base;
	for (struct node *i = own->first; i != NULL; i = next) {
		next = i->next;
		merge_entry(r, base, i);
	}
	return base;
}

/* ---- mappings --------------------------------------------------------------------------------------------------- */

static void merge_value(struct report *r, struct node *map, struct node *own)
{
	struct node *old = map_value(map, own->key->text), *made;

	if (old == NULL) {
		append(map, own);
		return;
	}
	if (is_own(old)) {
		report_add(r, REPORT_ERROR, own->key->at, "key '%.*s' is given twice; take one out",
			SHOWN(own->key->text));
		return;
	}
	if (own->kind == NODE_TEXT && own->text.n == 0) { /* takes the key out */
		unlink_node(map, old);
		return;
	}
	made = merge_values(r, old, own);
	replace(map, old, made);
	if (made->kind == NODE_LIST && made->n == 0) /* nothing is left of it */
		unlink_node(map, made);
}

static struct node *merge_maps(struct report *r, struct node *base, struct node *own)
{
	struct node *next;

	if (own->n > MERGED_MAX || take_flag(r, own, STR("replaces")))
		return own;
	base->at = own->at;
	base->key = own->key;
	base->base = own->base;
	for (struct node *v = own->first; v != NULL; v = next) {
		next = v->next;
		merge_value(r, base, v);
	}
	return base;
}

static struct node *merge_values(struct report *r, struct node *base, struct node *own)
{
	if (base->kind == NODE_MAP && own->kind == NODE_MAP)
		return merge_maps(r, base, own);
	if (base->kind == NODE_LIST && own->kind == NODE_LIST && is_merged(base, own))
		return merge_lists(r, base, own);
	return own;
}

struct node *merge_files(struct report *r, struct node *base, struct node *own)
{
	(void)take(base, STR("edition"));
	return merge_maps(r, base, own);
}
