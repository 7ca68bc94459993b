/* The catalogue: what comes with areas, or came before them. */
#include "rules/compile/parts.h"

#define CATALOGUE_MAX 256

static const char *kind_at(size_t i)
{
	static const char *const names[CATALOGUE_KIND_END] = { [CATALOGUE_BENEFIT] = "benefit",
		[CATALOGUE_INCENTIVE] = "incentive",
		[CATALOGUE_COMPETENCY] = "competency",
		[CATALOGUE_EXPERT] = "expert-programme" };

	return names[i];
}

static void read_entry_areas(struct program *p, const struct node *n, struct catalogue_entry *entry)
{
	uint16_t *areas;
	size_t k = 0;

	if (!read_list(&p->c, n, "'areas' of an entry", EDITION_AREAS_MAX))
		return;
	areas = keep(&p->c, n->n * sizeof *areas);
	if (areas == NULL)
		return;
	for (const struct node *i = n->first; i != NULL; i = i->next) {
		int area = refer_area(p, i, p->e->n_areas);

		if (area < 0)
			continue;
		for (size_t j = 0; j < k; j++)
			if (areas[j] == area)
				fail(&p->c, i,
					"area '%.*s' is listed twice in this entry; take one out",
					SHOWN(i->text));
		areas[k++] = (uint16_t)area;
	}
	entry->n_areas = k;
	entry->areas = areas;
}

static void read_entry(
	struct program *p, const struct node *n, size_t index, struct catalogue_entry *all)
{
	enum { ID, KIND, NAME, TEXT, AREAS, SOURCE, N };
	static const struct key keys[N] = { { "id", true }, { "kind", true }, { "name", true },
		{ "text", true }, { "areas", false }, { "source", true } };
	const struct node *v[N];
	struct catalogue_entry *entry = &all[index];
	size_t kind = 0;

	if (!read_map(&p->c, n, "an entry of the catalogue", keys, N, v))
		return;
	if (read_id(&p->c, v[ID], "'id' of an entry", &entry->id))
		for (size_t i = 0; i < index; i++)
			if (str_eq(all[i].id, entry->id))
				fail(&p->c, v[ID],
					"an entry '%.*s' is in the catalogue already; choose another id",
					SHOWN(entry->id));
	if (read_choice(&p->c, v[KIND], "'kind' of an entry", kind_at, CATALOGUE_KIND_END, &kind))
		entry->kind = (enum catalogue_kind)kind;
	(void)read_text(&p->c, v[NAME], "'name' of an entry", EVENT_NAME_MAX, &entry->name);
	(void)read_text(&p->c, v[TEXT], "'text' of an entry", NOTE_TEXT_MAX, &entry->text);
	(void)read_source(p, v[SOURCE], "'source' of an entry", &entry->source);
	read_entry_areas(p, v[AREAS], entry);
}

void read_catalogue(struct program *p, const struct node *n)
{
	struct catalogue_entry *all;
	size_t k = 0;

	if (!read_list(&p->c, n, "'catalogue'", CATALOGUE_MAX))
		return;
	all = keep(&p->c, n->n * sizeof *all);
	if (all == NULL)
		return;
	memset(all, 0, n->n * sizeof *all);
	for (const struct node *i = n->first; i != NULL; i = i->next)
		read_entry(p, i, k++, all);
	p->e->catalogue = all;
	p->e->n_catalogue = k;
}
