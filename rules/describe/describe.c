#include "rules/describe/describe.h"

#include <stdio.h>

#include "rules/describe/words.h"

/* ---- metrics ------------------------------------------------------------------------------------------------ */

static bool has(const struct cert_set *set, size_t i)
{
	return (set->bits[i / 64] >> (i % 64) & 1) != 0;
}

static void describe_option(struct words *w, const struct cert_set *set, struct step_option *ret)
{
	const struct certificate **certificates;
	struct str *codes;
	size_t n = 0;

	for (size_t i = 0; i < w->e->n_certificates; i++)
		n += has(set, i);
	certificates = words_array(w, n, sizeof(const struct certificate *));
	codes = words_array(w, n, sizeof *codes);
	if (certificates == NULL || codes == NULL)
		return;
	n = 0;
	for (size_t i = 0; i < w->e->n_certificates; i++)
		if (has(set, i)) {
			codes[n] = w->e->certificates[i].code;
			certificates[n++] = &w->e->certificates[i];
		}
	ret->n = n;
	ret->certificates = certificates;
	ret->text = words_list(w, codes, n, " and ");
}

static struct str step_sentence(
	struct words *w, const struct people_step *s, uint32_t maximum, bool last)
{
	struct str gate = STR(""), points, cap = STR("");

	if (s->min_people > 0 && !last)
		gate = words_text(w, "at least %u %s before the next step counts", s->min_people,
			s->min_people == 1 ? "person" : "people");
	if (ratio_is_zero(s->points_each))
		return words_text(w, "prerequisite: " STR_FMT, STR_ARG(gate));
	points = words_points(w, s->points_each);
	if (ratio_cmp(s->points_max, ratio_int(maximum)) < 0)
		cap = words_text(w, ", at most " STR_FMT, STR_ARG(words_number(w, s->points_max)));
	return words_text(w, STR_FMT " for each person" STR_FMT "%s" STR_FMT, STR_ARG(points),
		STR_ARG(cap), gate.n > 0 ? "; " : "", STR_ARG(gate));
}

static void describe_steps(struct words *w, const struct people_step *steps, size_t n,
	uint32_t maximum, struct metric_words *ret)
{
	struct step_words *out = words_array(w, n, sizeof *out);

	for (size_t i = 0; out != NULL && i < n; i++) {
		const struct people_predicate *holds = &steps[i].holds;
		struct step_option *options = words_array(w, holds->n_any, sizeof *options);

		for (size_t k = 0; options != NULL && k < holds->n_any; k++)
			describe_option(w, &holds->any[k], &options[k]);
		out[i] = (struct step_words){ .step = &steps[i],
			.sentence = step_sentence(w, &steps[i], maximum, i + 1 == n),
			.n_options = options == NULL ? 0 : holds->n_any,
			.options = options };
	}
	ret->steps = out;
	ret->n_steps = out == NULL ? 0 : n;
}

int describe_metric(
	const struct edition *e, const struct metric *m, struct arena *ar, struct metric_words *ret)
{
	const struct kind_words *k = kind_words_of(m->rule.kind);
	struct words w = { .e = e, .ar = ar };
	const struct people_step *steps;
	struct metric_words out = { 0 };
	size_t n;

	if (k == NULL)
		return ERR_UNSUPPORTED;
	out.measure = k->measure;
	out.sentence = words_text(&w, "Up to %u point%s: " STR_FMT, m->maximum,
		m->maximum == 1 ? "" : "s", STR_ARG(k->sentence(&w, m)));
	out.each = k->each(&w, m);
	out.threshold = k->threshold == NULL ? STR("-") : k->threshold(&w, m);
	out.n_terms = k->terms == NULL ? 0 : k->terms(&w, m, out.terms);
	if (k->usage != NULL && k->usage(&m->rule) < e->n_selections)
		out.usage = &e->selections[k->usage(&m->rule)];
	if (k->steps != NULL) {
		steps = k->steps(&m->rule, &n);
		describe_steps(&w, steps, n, m->maximum, &out);
	}
	if (w.failed)
		return ERR_NOMEM;
	*ret = out;
	return 0;
}

/* ---- selections --------------------------------------------------------------------------------------------- */

const char *association_words(enum association_kind k)
{
	static const char *const names[ASSOC_KIND_END] = {
		[ASSOC_CPOR] = "CPOR",
		[ASSOC_DPOR] = "DPOR",
		[ASSOC_PAL] = "PAL",
		[ASSOC_CSP_TIER_1] = "CSP tier 1",
		[ASSOC_CSP_TIER_2] = "CSP tier 2",
		[ASSOC_TRANSACTING_POR] = "transacting partner of record",
	};

	return k < ASSOC_KIND_END ? names[k] : NULL;
}

const char *offer_words(enum offer_kind k)
{
	static const char *const names[OFFER_KIND_END] = {
		[OFFER_PAID] = "paid",
		[OFFER_SUPPORT] = "support",
		[OFFER_INTERNAL] = "internal use",
		[OFFER_BENEFIT] = "benefit programme",
		[OFFER_TRIAL] = "trial",
	};

	return k < OFFER_KIND_END ? names[k] : NULL;
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

static struct str products_words(struct words *w, const struct selection *s)
{
	struct str t = STR("every product");

	struct str names[EDITION_PRODUCTS_MAX];

	for (size_t i = 0; i < s->n_products; i++)
		names[i] = s->products[i].name;
	if (s->n_products > 0)
		t = words_list(w, names, s->n_products, " and ");
	for (size_t i = 0; i < s->n_filters; i++)
		t = words_text(w, STR_FMT ", of which " STR_FMT, STR_ARG(t),
			STR_ARG(words_list(w, s->filters[i].components.all,
				s->filters[i].components.n, " and ")));
	if (s->n_excluded > 0)
		t = words_text(w, STR_FMT " but " STR_FMT, STR_ARG(t),
			STR_ARG(words_list(w, s->excluded, s->n_excluded, " and ")));
	return t;
}

int describe_selection(const struct selection *s, struct arena *ar, struct selection_words *ret)
{
	struct words w = { .ar = ar };
	struct selection_words out;

	out.measure = words_text(&w, "%s", words_measure(s->measure));
	out.products = products_words(&w, s);
	out.through = bits_list(&w, s->associations, association_at, ASSOC_KIND_END);
	out.offers = bits_list(&w, s->offers, offer_at, OFFER_KIND_END);
	out.sentence = words_text(&w,
		STR_FMT " of " STR_FMT "; through " STR_FMT "; offers: " STR_FMT
			"; no rows flagged as duplicates",
		STR_ARG(out.measure), STR_ARG(out.products), STR_ARG(out.through),
		STR_ARG(out.offers));
	if (w.failed)
		return ERR_NOMEM;
	*ret = out;
	return 0;
}

/* ---- days --------------------------------------------------------------------------------------------------- */

const char *describe_retirement(const struct certificate *c, char *buf)
{
	char on[DAY_TEXT], until[DAY_TEXT];

	buf[0] = '\0';
	if (c->retired_on != DAY_NONE)
		(void)snprintf(buf, RETIREMENT_TEXT, "retired %s, counts to %s",
			day_format(c->retired_on, on), day_format(c->counts_until, until));
	return buf;
}

const char *describe_validity(const struct edition *e, char *buf)
{
	char from[DAY_TEXT], until[DAY_TEXT];

	if (e->valid_until == DAY_NONE)
		(void)snprintf(buf, VALIDITY_TEXT, "from %s on", day_format(e->valid_from, from));
	else
		(void)snprintf(buf, VALIDITY_TEXT, "from %s to %s", day_format(e->valid_from, from),
			day_format(e->valid_until, until));
	return buf;
}
