/* Selections: which usage rows rules look at, and what a unit of them is worth. */
#include "rules/compile/parts.h"

#define ALIASES_MAX 64
#define NAMES_MAX   1024 /* of the products of one selection, aliases included */
#define FILTERS_MAX 32
#define RATES_MAX   64
#define MICRO	    1000000

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

/* The products of a selection while they are read. */
struct product_list {
	struct product *all;
	size_t n, n_names;
};

static bool is_taken(const struct product_list *l, struct str name)
{
	for (size_t i = 0; i < l->n; i++) {
		if (str_eq_nocase(l->all[i].name, name))
			return true;
		for (size_t k = 0; k < l->all[i].n_aliases; k++)
			if (str_eq_nocase(l->all[i].aliases[k], name))
				return true;
	}
	return false;
}

static bool check_name(
	struct program *p, const struct node *n, struct product_list *l, struct str name)
{
	if (++l->n_names > NAMES_MAX)
		return fail(&p->c, n,
			"more than %d names of products in one selection; split the selection",
			NAMES_MAX);
	if (is_taken(l, name))
		return fail(&p->c, n,
			"product '%.*s' is in this selection already; name it once (upper and lower case are the same)",
			SHOWN(name));
	return true;
}

/* NAME, or { name: NAME, also: [other names of the same product] }. */
static bool read_product(
	struct program *p, const struct node *n, struct product_list *l, struct product *product)
{
	enum { NAME, ALSO, N };
	static const struct key keys[N] = { { "name", true }, { "also", true } };
	const struct node *v[N];
	bool ok;

	if (n->kind == NODE_TEXT)
		return read_text(&p->c, n, "a product", EVENT_NAME_MAX, &product->name) &&
		       check_name(p, n, l, product->name);
	if (!read_map(&p->c, n, "a product", keys, N, v))
		return false;
	ok = read_text(&p->c, v[NAME], "'name' of a product", EVENT_NAME_MAX, &product->name) &&
	     check_name(p, v[NAME], l, product->name);
	if (!read_texts(&p->c, v[ALSO], "'also' of a product", ALIASES_MAX, EVENT_NAME_MAX,
		    &product->n_aliases, &product->aliases))
		return false;
	for (const struct node *i = v[ALSO]->first; i != NULL; i = i->next) {
		ok &= check_name(p, i, l, i->text);
		if (str_eq_nocase(i->text, product->name))
			ok = fail(&p->c, i, "'%.*s' is the name of this product; take it out",
				SHOWN(i->text));
	}
	return ok;
}

/* Behind those that are there already, up to EDITION_PRODUCTS_MAX over all of the selection. */
static bool read_products(struct program *p, const struct node *n, struct product_list *l)
{
	bool ok = true;

	if (!read_list(&p->c, n, "'products'", EDITION_PRODUCTS_MAX))
		return false;
	if (l->n + n->n > EDITION_PRODUCTS_MAX)
		return fail(&p->c, n, "more than %d products in one selection; split the selection",
			EDITION_PRODUCTS_MAX);
	for (const struct node *i = n->first; i != NULL; i = i->next) {
		struct product product = { .n_aliases = 0 };

		if (!read_product(p, i, l, &product))
			ok = false;
		else
			l->all[l->n++] = product;
	}
	return ok;
}

static bool read_names(
	struct program *p, const struct node *n, const char *what, struct names *names)
{
	return n == NULL ||
	       read_texts(&p->c, n, what, LIST_MAX, EVENT_NAME_MAX, &names->n, &names->all);
}

static void read_filter(struct program *p, const struct node *n, struct usage_filter *f)
{
	enum { PRODUCTS, COMPONENTS, LEVEL_1, GROUP_2, GROUP_3, INFLUENCERS, OS, N };
	static const struct key keys[N] = { { "products", false }, { "components", false },
		{ "level-1", false }, { "group-2", false }, { "group-3", false },
		{ "influencers", false }, { "compute-os", false } };
	const struct node *v[N];

	if (!read_map(&p->c, n, "an entry of 'any'", keys, N, v))
		return;
	if (n->n == 0)
		fail(&p->c, n, "an entry of 'any' without a list lets every row pass; give it one");
	(void)read_names(p, v[PRODUCTS], "'products' of 'any'", &f->products);
	(void)read_names(p, v[COMPONENTS], "'components' of 'any'", &f->components);
	(void)read_names(p, v[LEVEL_1], "'level-1'", &f->level1);
	(void)read_names(p, v[GROUP_2], "'group-2'", &f->group2);
	(void)read_names(p, v[GROUP_3], "'group-3'", &f->group3);
	(void)read_names(p, v[INFLUENCERS], "'influencers'", &f->influencers);
	(void)read_names(p, v[OS], "'compute-os'", &f->compute_os);
}

/* any: [ ... ], or for short components: [ ... ]. */
static void read_filters(struct program *p, const struct node *any, const struct node *components,
	struct selection *s)
{
	struct usage_filter *f;
	size_t n = any != NULL ? any->n : 1, k = 0;

	if ((any == NULL && components == NULL) ||
		(any != NULL && !read_list(&p->c, any, "'any'", FILTERS_MAX)))
		return;
	f = keep(&p->c, n * sizeof *f);
	if (f == NULL)
		return;
	memset(f, 0, n * sizeof *f);
	if (any == NULL)
		(void)read_names(p, components, "'components'", &f->components);
	else
		for (const struct node *i = any->first; i != NULL; i = i->next)
			read_filter(p, i, &f[k++]);
	s->n_filters = n;
	s->filters = f;
}

/* ---- rates ---------------------------------------------------------------------------------------------------- */

static int64_t gcd(int64_t a, int64_t b)
{
	while (b != 0) {
		int64_t t = a % b;

		a = b;
		b = t;
	}
	return a;
}

struct rate_list {
	struct usage_rate *all;
	int64_t *micro; /* the rates in millionths */
	size_t n;
};

static bool read_rate(
	struct program *p, const struct node *n, struct product_list *products, struct rate_list *l)
{
	enum { MEASURE, RATE, PRODUCTS, ASSOCIATIONS, N };
	static const struct key keys[N] = { { "measure", true }, { "rate", true },
		{ "products", true }, { "associations", false } };
	const struct node *v[N];
	struct usage_rate *r = &l->all[l->n];
	size_t measure = 0;
	bool ok;

	if (!read_map(&p->c, n, "a rate", keys, N, v))
		return false;
	ok = read_choice(
		&p->c, v[MEASURE], "'measure' of a rate", measure_at, MEASURE_END, &measure);
	ok &= read_amount(&p->c, v[RATE], "'rate'", &l->micro[l->n]);
	if (ok && l->micro[l->n] == 0)
		ok = fail(&p->c, v[RATE],
			"'rate' is zero; leave products out that are worth nothing");
	*r = (struct usage_rate){ .measure = (enum measure)measure, .first = products->n };
	ok &= read_products(p, v[PRODUCTS], products);
	r->n = products->n - r->first;
	if (v[ASSOCIATIONS] != NULL)
		ok &= read_choices(&p->c, v[ASSOCIATIONS], "'associations' of a rate",
			association_at, ASSOC_KIND_END, &r->associations);
	l->n++;
	return ok;
}

/* All rates over one denominator, so that a weighted sum is a sum of whole numbers. */
static bool weigh(
	struct program *p, const struct node *n, const struct rate_list *l, struct selection *s)
{
	int64_t scale = 1;
	size_t k = 0;

	for (size_t i = 0; i < l->n; i++) {
		int64_t den = MICRO / gcd(MICRO, l->micro[i]);

		scale *= den / gcd(scale, den);
	}
	s->scale = (uint32_t)scale;
	for (const struct node *i = n->first; i != NULL; i = i->next, k++) {
		int64_t weight = l->micro[k] / (MICRO / scale);

		if (weight > RATE_WEIGHT_MAX)
			return fail(&p->c, i,
				"this rate is %lld times the finest step of all rates (1/%lld); at most %d times are kept exact, round the rates or split the selection",
				(long long)weight, (long long)scale, RATE_WEIGHT_MAX);
		l->all[k].weight = (uint32_t)weight;
		s->measures |= 1U << l->all[k].measure;
	}
	return true;
}

static void read_rates(
	struct program *p, const struct node *n, struct product_list *products, struct selection *s)
{
	struct rate_list l = { .n = 0 };
	bool ok = true;

	if (!read_list(&p->c, n, "'rates'", RATES_MAX))
		return;
	l.all = keep(&p->c, n->n * sizeof *l.all);
	l.micro = keep(&p->c, n->n * sizeof *l.micro);
	if (l.all == NULL || l.micro == NULL)
		return;
	for (const struct node *i = n->first; i != NULL; i = i->next)
		ok &= read_rate(p, i, products, &l);
	s->measure = MEASURE_VALUE;
	s->measures = 0;
	if (!ok || !weigh(p, n, &l, s))
		return;
	s->n_rates = l.n;
	s->rates = l.all;
}

/* ---- selections ----------------------------------------------------------------------------------------------- */

enum {
	S_ID,
	S_MEASURE,
	S_RATES,
	S_ASSOCIATIONS,
	S_OFFERS,
	S_PRODUCTS,
	S_ANY,
	S_COMPONENTS,
	S_EXCEPT,
	S_SOURCE,
	S_N
};
static const struct key selection_keys[S_N] = { { "id", true }, { "measure", false },
	{ "rates", false }, { "associations", true }, { "offers", true }, { "products", false },
	{ "any", false }, { "components", false }, { "except-products", false },
	{ "source", true } };

static void read_selection_id(
	struct program *p, const struct node *n, size_t index, struct selection *s)
{
	if (!read_id(&p->c, n, "'id' of a selection", &s->id))
		return;
	for (size_t i = 0; i < index; i++)
		if (str_eq(p->selections[i].name, s->id))
			fail(&p->c, n, "a selection '%.*s' is declared already; choose another id",
				SHOWN(s->id));
	p->selections[index] = (struct declared){ .name = s->id, .at = n };
}

/* The most products that the lists under 'rates' can have together. */
static size_t room_for_rates(const struct node *n)
{
	size_t room = 0;

	for (const struct node *i = n->first; i != NULL; i = i->next)
		for (const struct node *v = i->first; v != NULL; v = v->next)
			room += v->n;
	return room;
}

/* What is measured: one measure of some products, or products each with its rate. */
static void read_measured(
	struct program *p, const struct node *n, const struct node *const *v, struct selection *s)
{
	static const size_t either[] = { S_MEASURE, S_RATES }, listed[] = { S_RATES, S_PRODUCTS };
	struct product_list products = { .n = 0 };
	size_t measure = 0, which, room;

	s->scale = 1;
	(void)read_one_of(&p->c, n, "a selection", selection_keys, v, either, 2, true, &which);
	(void)read_one_of(&p->c, n, "a selection", selection_keys, v, listed, 2, false, &which);
	if (read_choice(&p->c, v[S_MEASURE], "'measure' of a selection", measure_at, MEASURE_END,
		    &measure))
		s->measure = (enum measure)measure;
	s->measures = 1U << s->measure;
	if (v[S_RATES] == NULL && v[S_PRODUCTS] == NULL)
		return;
	room = v[S_RATES] != NULL ? room_for_rates(v[S_RATES]) : v[S_PRODUCTS]->n;
	products.all = keep(&p->c, room * sizeof *products.all);
	if (products.all == NULL)
		return;
	if (v[S_RATES] != NULL)
		read_rates(p, v[S_RATES], &products, s);
	else
		(void)read_products(p, v[S_PRODUCTS], &products);
	s->n_products = products.n;
	s->products = products.all;
}

/* What a rate admits must be admitted by the selection. */
static void check_rate_associations(
	struct program *p, const struct node *n, const struct selection *s)
{
	size_t i = 0;

	for (const struct node *r = n == NULL ? NULL : n->first; r != NULL && i < s->n_rates;
		r = r->next, i++)
		if ((s->rates[i].associations & ~s->associations) != 0)
			fail(&p->c, r,
				"this rate has an association that the selection has not; add it to those of the selection");
}

static void read_selection(
	struct program *p, const struct node *n, size_t index, struct selection *s)
{
	static const size_t filters[] = { S_ANY, S_COMPONENTS };
	const struct node *v[S_N];
	size_t which;

	p->selections[index].at = n;
	if (!read_map(&p->c, n, "a selection", selection_keys, S_N, v))
		return;
	read_selection_id(p, v[S_ID], index, s);
	read_measured(p, n, v, s);
	(void)read_choices(&p->c, v[S_ASSOCIATIONS], "'associations'", association_at,
		ASSOC_KIND_END, &s->associations);
	check_rate_associations(p, v[S_RATES], s);
	(void)read_choices(&p->c, v[S_OFFERS], "'offers'", offer_at, OFFER_KIND_END, &s->offers);
	(void)read_one_of(&p->c, n, "a selection", selection_keys, v, filters, 2, false, &which);
	read_filters(p, v[S_ANY], v[S_COMPONENTS], s);
	(void)read_texts(&p->c, v[S_EXCEPT], "'except-products'", LIST_MAX, EVENT_NAME_MAX,
		&s->n_excluded, &s->excluded);
	(void)read_source(p, v[S_SOURCE], "'source' of a selection", &s->source);
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
