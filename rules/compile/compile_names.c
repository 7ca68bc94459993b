/* The sections that declare names: certificates and selections. */
#include "rules/compile/parts.h"

#define ALIASES_MAX 16

/* Whether a certificate before number `upto` already goes by this name. */
static const struct certificate *named(const struct edition *e, size_t upto, struct str name)
{
	for (size_t i = 0; i < upto; i++) {
		const struct certificate *c = &e->certificates[i];

		if (str_eq_nocase(c->code, name) || str_eq_nocase(c->title, name))
			return c;
		for (size_t k = 0; k < c->n_aliases; k++)
			if (str_eq_nocase(c->aliases[k], name))
				return c;
	}
	return NULL;
}

static void check_name(struct program *p, const struct node *n, size_t index, struct str name)
{
	const struct certificate *other = named(p->e, index, name);

	if (other != NULL && name.n > 0)
		fail(&p->c, n,
			"'%.*s' already names the certificate '%.*s'; a name belongs to one certificate",
			SHOWN(name), SHOWN(other->code));
}

static void read_retirement(struct program *p, const struct node *n, struct certificate *ct)
{
	enum { ON, UNTIL, N };
	static const struct key keys[N] = { { "on", true }, { "counts-until", true } };
	const struct node *v[N];
	day_no on, until;

	if (!read_map(&p->c, n, "'retired'", keys, N, v))
		return;
	if (!read_day(&p->c, v[ON], "'on' of 'retired'", &on) ||
		!read_day(&p->c, v[UNTIL], "'counts-until'", &until))
		return;
	if (until < on) {
		fail(&p->c, v[UNTIL],
			"'counts-until' is before the retirement; give the last day on which it counts");
		return;
	}
	ct->retired_on = on;
	ct->counts_until = until;
}

static void read_certificate(
	struct program *p, const struct node *n, size_t index, struct certificate *ct)
{
	enum { CODE, TITLE, ALSO, RETIRED, SOURCE, N };
	static const struct key keys[N] = { { "code", true }, { "title", true }, { "also", false },
		{ "retired", false }, { "source", false } };
	const struct node *v[N];

	ct->retired_on = ct->counts_until = DAY_NONE;
	p->certificates[index].at = n;
	if (!read_map(&p->c, n, "a certificate", keys, N, v))
		return;
	if (read_text(&p->c, v[CODE], "'code' of a certificate", EVENT_NAME_MAX, &ct->code)) {
		p->certificates[index] = (struct declared){ .name = ct->code, .at = v[CODE] };
		check_name(p, v[CODE], index, ct->code);
	}
	if (read_text(&p->c, v[TITLE], "'title' of a certificate", EVENT_NAME_MAX, &ct->title))
		check_name(p, v[TITLE], index, ct->title);
	if (read_texts(&p->c, v[ALSO], "'also' of a certificate", ALIASES_MAX, EVENT_NAME_MAX,
		    &ct->n_aliases, &ct->aliases))
		for (const struct node *i = v[ALSO]->first; i != NULL; i = i->next)
			check_name(p, i, index, i->text);
	read_retirement(p, v[RETIRED], ct);
	(void)read_source(p, v[SOURCE], "'source' of a certificate", &ct->source);
}

void read_certificates(struct program *p, const struct node *n)
{
	struct certificate *cts;
	size_t k = 0;

	if (!read_list(&p->c, n, "'certificates'", EDITION_CERTIFICATES_MAX))
		return;
	cts = keep(&p->c, n->n * sizeof *cts);
	p->certificates = keep(&p->c, n->n * sizeof *p->certificates);
	if (cts == NULL || p->certificates == NULL)
		return;
	memset(cts, 0, n->n * sizeof *cts);
	memset(p->certificates, 0, n->n * sizeof *p->certificates);
	p->e->certificates = cts;
	for (const struct node *i = n->first; i != NULL; i = i->next, k++) {
		read_certificate(p, i, k, &cts[k]);
		p->e->n_certificates = k + 1;
	}
}

static const char *measure_at(size_t i)
{
	return measure_name((enum measure)i);
}

static const char *association_at(size_t i)
{
	return association_kind_name((enum association_kind)i);
}

static const char *offer_at(size_t i)
{
	return offer_kind_name((enum offer_kind)i);
}

static void read_products(struct program *p, const struct node *n, struct selection *s)
{
	const struct str *names;
	struct product *products;
	size_t count;

	if (!read_texts(&p->c, n, "'products'", LIST_MAX, EVENT_NAME_MAX, &count, &names))
		return;
	products = keep(&p->c, count * sizeof *products);
	if (products == NULL)
		return;
	for (size_t i = 0; i < count; i++)
		products[i] = (struct product){ .name = names[i] };
	s->n_products = count;
	s->products = products;
}

static void read_components(struct program *p, const struct node *n, struct selection *s)
{
	struct usage_filter *filter;
	const struct str *names;
	size_t count;

	if (!read_texts(&p->c, n, "'components'", LIST_MAX, EVENT_NAME_MAX, &count, &names))
		return;
	filter = keep(&p->c, sizeof *filter);
	if (filter == NULL)
		return;
	*filter = (struct usage_filter){ .components = { count, names } };
	s->n_filters = 1;
	s->filters = filter;
}

static void read_selection(
	struct program *p, const struct node *n, size_t index, struct selection *s)
{
	enum { ID, MEASURE, ASSOCIATIONS, OFFERS, PRODUCTS, COMPONENTS, EXCEPT, SOURCE, N };
	static const struct key keys[N] = { { "id", true }, { "measure", true },
		{ "associations", true }, { "offers", true }, { "products", false },
		{ "components", false }, { "except-products", false }, { "source", true } };
	const struct node *v[N];
	size_t measure = 0;

	p->selections[index].at = n;
	if (!read_map(&p->c, n, "a selection", keys, N, v))
		return;
	if (read_id(&p->c, v[ID], "'id' of a selection", &s->id)) {
		for (size_t i = 0; i < index; i++)
			if (str_eq(p->selections[i].name, s->id))
				fail(&p->c, v[ID],
					"a selection '%.*s' is declared already; choose another id",
					SHOWN(s->id));
		p->selections[index] = (struct declared){ .name = s->id, .at = v[ID] };
	}
	if (read_choice(&p->c, v[MEASURE], "'measure' of a selection", measure_at, MEASURE_END,
		    &measure))
		s->measure = (enum measure)measure;
	s->measures = 1U << s->measure;
	s->scale = 1;
	(void)read_choices(&p->c, v[ASSOCIATIONS], "'associations'", association_at, ASSOC_KIND_END,
		&s->associations);
	(void)read_choices(&p->c, v[OFFERS], "'offers'", offer_at, OFFER_KIND_END, &s->offers);
	read_products(p, v[PRODUCTS], s);
	read_components(p, v[COMPONENTS], s);
	(void)read_texts(&p->c, v[EXCEPT], "'except-products'", LIST_MAX, EVENT_NAME_MAX,
		&s->n_excluded, &s->excluded);
	(void)read_source(p, v[SOURCE], "'source' of a selection", &s->source);
}

void read_selections(struct program *p, const struct node *n)
{
	struct selection *ss;
	size_t k = 0;

	if (!read_list(&p->c, n, "'selections'", EDITION_SELECTIONS_MAX))
		return;
	ss = keep(&p->c, n->n * sizeof *ss);
	p->selections = keep(&p->c, n->n * sizeof *p->selections);
	if (ss == NULL || p->selections == NULL)
		return;
	memset(ss, 0, n->n * sizeof *ss);
	memset(p->selections, 0, n->n * sizeof *p->selections);
	for (const struct node *i = n->first; i != NULL; i = i->next, k++)
		read_selection(p, i, k, &ss[k]);
	p->e->selections = ss;
	p->e->n_selections = k;
}
