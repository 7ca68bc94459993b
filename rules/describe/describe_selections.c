/* Which usage counts, in words. */
#include "rules/describe/words.h"

/* ---- filters ------------------------------------------------------------------------------------------------ */

static const struct filter_kind {
	const char *key, *label;
	size_t at;
} filter_kinds[FILTER_LISTS] = {
	{ "products", "product", offsetof(struct usage_filter, products) },
	{ "components", "component", offsetof(struct usage_filter, components) },
	{ "level-1", "service level 1", offsetof(struct usage_filter, level1) },
	{ "group-2", "service group 2", offsetof(struct usage_filter, group2) },
	{ "group-3", "service group 3", offsetof(struct usage_filter, group3) },
	{ "influencers", "influencer", offsetof(struct usage_filter, influencers) },
	{ "compute-os", "operating system", offsetof(struct usage_filter, compute_os) },
};

const struct names *filter_list(const struct usage_filter *f, size_t i, const char **ret_key)
{
	if (ret_key != NULL)
		*ret_key = filter_kinds[i].key;
	return (const struct names *)(const void *)((const char *)f + filter_kinds[i].at);
}

static struct str filter_text(struct words *w, const struct usage_filter *f)
{
	struct str parts[FILTER_LISTS];
	size_t n = 0;

	for (size_t i = 0; i < FILTER_LISTS; i++) {
		const struct names *l = filter_list(f, i, NULL);

		if (l->n > 0)
			parts[n++] = words_text(w, "%s " STR_FMT, filter_kinds[i].label,
				STR_ARG(words_list(w, l->all, l->n, " or ")));
	}
	return n == 0 ? STR("anything") : words_list(w, parts, n, " and ");
}

/* ---- products and rates ------------------------------------------------------------------------------------- */

static struct str product_text(struct words *w, const struct product *p)
{
	if (p->n_aliases == 0)
		return p->name;
	return words_text(w, STR_FMT " (also " STR_FMT ")", STR_ARG(p->name),
		STR_ARG(words_list(w, p->aliases, p->n_aliases, ", ")));
}

static const char *association_at(size_t i)
{
	return association_words((enum association_kind)i);
}

static const char *offer_at(size_t i)
{
	return offer_words((enum offer_kind)i);
}

static struct str bits_list(struct words *w, uint32_t bits, const char *(*name)(size_t), size_t end)
{
	struct str items[32];
	size_t n = 0;

	for (size_t i = 0; i < end && i < 32; i++)
		if ((bits >> i & 1) != 0 && name(i) != NULL)
			items[n++] = str_from(name(i));
	return n == 0 ? STR("none") : words_list(w, items, n, " and ");
}

/* The rate times a million is whole: rule files give at most six decimals. */
static struct str rate_text(
	struct words *w, const struct selection *s, const struct usage_rate *rate)
{
	int64_t micro = (int64_t)rate->weight * 1000000 / (s->scale == 0 ? 1 : s->scale);

	if (rate->associations != 0)
		return words_text(w, STR_FMT " for each %s through " STR_FMT,
			STR_ARG(words_micro(w, micro, 0)), words_one(rate->measure),
			STR_ARG(bits_list(w, rate->associations, association_at, ASSOC_KIND_END)));
	return words_text(w, STR_FMT " for each %s", STR_ARG(words_micro(w, micro, 0)),
		words_one(rate->measure));
}

static struct str *texts(struct words *w, size_t n)
{
	return words_array(w, n, sizeof(struct str));
}

static void tell_lists(struct words *w, const struct selection *s, struct selection_words *ret)
{
	struct str *products = texts(w, s->n_products), *filters = texts(w, s->n_filters),
		   *rates = texts(w, s->n_rates);

	for (size_t i = 0; products != NULL && i < s->n_products; i++)
		products[i] = product_text(w, &s->products[i]);
	for (size_t i = 0; filters != NULL && i < s->n_filters; i++)
		filters[i] = filter_text(w, &s->filters[i]);
	for (size_t i = 0; rates != NULL && i < s->n_rates; i++)
		rates[i] = rate_text(w, s, &s->rates[i]);
	ret->product = products;
	ret->filter = filters;
	ret->rate = rates;
}

/* "1,000 for each monthly active user of Business Central; 0.2 for each unit of capacity of Customer Insights" */
static struct str rated_products(
	struct words *w, const struct selection *s, const struct selection_words *l)
{
	struct str *parts = texts(w, s->n_rates);

	for (size_t i = 0; parts != NULL && i < s->n_rates; i++)
		parts[i] = words_text(w, STR_FMT " of " STR_FMT, STR_ARG(l->rate[i]),
			STR_ARG(words_list(
				w, l->product + s->rates[i].first, s->rates[i].n, " and ")));
	return parts == NULL ? STR("") : words_joined(w, parts, s->n_rates, "; ", "; ");
}

static struct str products_words(
	struct words *w, const struct selection *s, const struct selection_words *l)
{
	struct str t = STR("every product");

	if (w->failed)
		return t;
	if (s->n_rates > 0)
		t = rated_products(w, s, l);
	else if (s->n_products > 0)
		t = words_list(w, l->product, s->n_products, " and ");
	if (s->n_filters > 0)
		t = words_text(w, STR_FMT ", where the row has " STR_FMT, STR_ARG(t),
			STR_ARG(words_joined(w, l->filter, s->n_filters, ", or ", ", or ")));
	if (s->n_excluded == 0)
		return t;
	if (s->n_products == 0 && s->n_filters == 0)
		return words_text(w, "every product but " STR_FMT,
			STR_ARG(words_list(w, s->excluded, s->n_excluded, " and ")));
	return words_text(w, STR_FMT ", but not " STR_FMT, STR_ARG(t),
		STR_ARG(words_list(w, s->excluded, s->n_excluded, " or ")));
}

/* ---- all of it ---------------------------------------------------------------------------------------------- */

int describe_selection(const struct selection *s, struct arena *ar, struct selection_words *ret)
{
	struct words w = { .ar = ar };
	struct selection_words out;

	tell_lists(&w, s, &out);
	out.measure = words_text(&w, "%s", words_measure(s->measure));
	out.products = products_words(&w, s, &out);
	out.through = bits_list(&w, s->associations, association_at, ASSOC_KIND_END);
	out.offers = bits_list(&w, s->offers, offer_at, OFFER_KIND_END);
	out.sentence = words_text(&w,
		STR_FMT "%s " STR_FMT "; through " STR_FMT "; offers: " STR_FMT
			"; no rows flagged as duplicates",
		STR_ARG(out.measure), s->n_rates > 0 ? ":" : " of", STR_ARG(out.products),
		STR_ARG(out.through), STR_ARG(out.offers));
	if (words_rc(&w) == 0)
		*ret = out;
	return words_rc(&w);
}
