#include "services/generate/shelf.h"

#define BIT(m) (1u << (m))

bool shelf_is_called(const struct shelf_product *p, struct str name)
{
	if (str_eq_nocase(p->name, name))
		return true;
	for (size_t i = 0; i < p->n_aliases; i++)
		if (str_eq_nocase(p->aliases[i], name))
			return true;
	return false;
}

/* ---- products ----------------------------------------------------------------------------------------------------- */

/* Two selections may know one product by different names: it is one when any name is the same. */
static struct shelf_product *find_product(struct shelf_products *list, const struct product *p)
{
	for (size_t i = 0; i < list->n; i++) {
		if (shelf_is_called(&list->items[i], p->name))
			return &list->items[i];
		for (size_t k = 0; k < p->n_aliases; k++)
			if (shelf_is_called(&list->items[i], p->aliases[k]))
				return &list->items[i];
	}
	return NULL;
}

static void add_products(struct shelf_products *list, const struct product *products, size_t n,
	uint32_t associations, enum measure measure)
{
	for (size_t i = 0; i < n; i++) {
		struct shelf_product *p = find_product(list, &products[i]);

		if (p == NULL) {
			if (list->n == SHELF_PRODUCTS_MAX)
				return;
			p = &list->items[list->n++];
			*p = (struct shelf_product){ .name = products[i].name,
				.n_aliases = products[i].n_aliases,
				.aliases = products[i].aliases,
				.measure = measure };
		}
		p->associations |= associations;
	}
}

static void add_selection(struct shelf *s, uint16_t index)
{
	const struct selection *sel = &s->edition->selections[index];

	for (size_t i = 0; i < sel->n_rates; i++)
		add_products(&s->value, sel->products + sel->rates[i].first, sel->rates[i].n,
			sel->rates[i].associations != 0 ? sel->rates[i].associations
							: sel->associations,
			sel->rates[i].measure);
	if (sel->n_rates > 0)
		return;
	if ((sel->measures & (BIT(MEASURE_PAID_UNITS) | BIT(MEASURE_MAU))) != 0)
		add_products(
			&s->seats, sel->products, sel->n_products, sel->associations, MEASURE_MAU);
	if ((sel->measures & BIT(MEASURE_ADJUSTED_REVENUE)) != 0)
		add_products(&s->revenue, sel->products, sel->n_products, sel->associations,
			MEASURE_ADJUSTED_REVENUE);
}

/* ---- certificates ----------------------------------------------------------------------------------------------------- */

static void add_certificates(struct shelf_area *area, const struct cert_set *set)
{
	for (uint16_t c = 0; c < EDITION_CERTIFICATES_MAX; c++) {
		size_t i = 0;

		if ((set->bits[c / 64] >> (c % 64) & 1) == 0)
			continue;
		while (i < area->n_certificates && area->certificates[i] != c)
			i++;
		if (i == area->n_certificates)
			area->certificates[area->n_certificates++] = c;
	}
}

static void add_rule(struct shelf *s, struct shelf_area *area, const struct metric_rule *r)
{
	switch (r->kind) {
	case RULE_NET_CUSTOMER_ADDS:
	case RULE_NET_DEPLOYMENTS:
		add_selection(s, r->u.units.test.selection);
		break;
	case RULE_USAGE_GROWTH:
		add_selection(s, r->u.growth.selection);
		break;
	case RULE_PRODUCTS_IN_USE:
		add_selection(s, r->u.products.selection);
		break;
	case RULE_PEOPLE:
		for (size_t i = 0; i < r->u.people.n_steps; i++)
			for (size_t k = 0; k < r->u.people.steps[i].holds.n_any; k++)
				add_certificates(area, &r->u.people.steps[i].holds.any[k]);
		break;
	case RULE_COMBINED:
		for (size_t i = 0; i < r->u.combined.n; i++)
			add_rule(s, area, r->u.combined.parts[i].rule);
		break;
	default: /* conditions are of specializations */
		break;
	}
}

void shelf_fill(struct shelf *s, const struct edition *ed)
{
	memset(s, 0, sizeof *s);
	s->edition = ed;
	for (size_t i = 0; i < ed->n_areas; i++) {
		const struct area *a = &ed->areas[i];
		struct shelf_area *area;

		if (a->form != AREA_OF_METRICS)
			continue;
		area = &s->areas[s->n_areas++];
		area->id = a->id;
		for (size_t t = 0; t < a->n_tracks; t++)
			for (size_t m = 0; m < a->n_metrics; m++)
				add_rule(s, area, &a->tracks[t].metrics[m].rule);
	}
}
