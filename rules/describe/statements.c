#include "rules/describe/statements.h"

#include "common/base/hash.h"
#include "rules/describe/words.h"

/* Where statements go while an edition is told. */
struct teller {
	struct words w;
	struct statements *out;
	enum diff_section section;
	struct str at[DIFF_LEVELS];
};

/* ---- the list ----------------------------------------------------------------------------------------------- */

static uint64_t key_of(const struct statement *s, bool with_value)
{
	uint64_t h = hash_bytes("", 0, (uint64_t)s->section);

	for (size_t i = 0; i < DIFF_LEVELS; i++)
		h = hash_bytes(s->at[i].p, s->at[i].n, h + s->at[i].n);
	h = hash_bytes(s->what.p, s->what.n, h + s->what.n);
	if (with_value)
		h = hash_bytes(s->value.p, s->value.n, h + s->value.n);
	return h | 1; /* 0 stands for none */
}

/* The key of the statement that what `s` is about at that level is there. */
static uint64_t whole_key(const struct statement *s, size_t level)
{
	struct statement whole = { .section = s->section };

	if (s->at[level].n == 0)
		return 0;
	for (size_t i = 0; i <= level; i++)
		whole.at[i] = s->at[i];
	return key_of(&whole, false);
}

static bool grow(struct statements *l)
{
	size_t cap = l->cap == 0 ? 256 : l->cap * 2;
	struct statement *items;

	if (l->n < l->cap)
		return true;
	items = arena_alloc(l->ar, cap * sizeof *items);
	if (items == NULL)
		return false;
	if (l->n > 0)
		memcpy(items, l->items, l->n * sizeof *items);
	l->items = items;
	l->cap = cap;
	return true;
}

static bool make_slots(struct statements *l)
{
	size_t n = 16;

	while (n < 2 * l->n)
		n *= 2;
	l->slots = arena_alloc(l->ar, n * sizeof *l->slots);
	if (l->slots == NULL)
		return false;
	memset(l->slots, 0, n * sizeof *l->slots);
	l->n_slots = n;
	for (size_t i = 0; i < l->n; i++) {
		size_t at = l->items[i].key >> 1 & (n - 1);

		while (l->slots[at] != 0)
			at = (at + 1) & (n - 1);
		l->slots[at] = (uint32_t)i + 1;
	}
	return true;
}

const struct statement *statements_next(const struct statements *l, uint64_t key, size_t *at)
{
	for (; *at < l->n_slots; (*at)++) {
		uint32_t i = l->slots[((key >> 1) + *at) & (l->n_slots - 1)];

		if (i == 0)
			return NULL;
		if (l->items[i - 1].key == key) {
			(*at)++;
			return &l->items[i - 1];
		}
	}
	return NULL;
}

/* ---- telling ------------------------------------------------------------------------------------------------ */

static void state(struct teller *t, struct str what, struct str value, bool member)
{
	struct statement s = {
		.section = t->section, .what = what, .value = value, .member = member
	};

	if (t->w.failed || !grow(t->out)) {
		t->w.failed = true;
		return;
	}
	memcpy(s.at, t->at, sizeof s.at);
	s.key = key_of(&s, member);
	for (size_t i = 0; i < DIFF_LEVELS; i++)
		s.whole[i] = whole_key(&s, i);
	t->out->items[t->out->n++] = s;
}

static void say(struct teller *t, const char *what, struct str value)
{
	state(t, str_from(what), value, false);
}

static void say_member(struct teller *t, const char *what, struct str value)
{
	state(t, str_from(what), value, true);
}

static void say_members(struct teller *t, const char *what, const struct str *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		say_member(t, what, items[i]);
}

static void say_terms(struct teller *t, const struct rule_term *terms, size_t n)
{
	for (size_t i = 0; i < n; i++)
		say(t, terms[i].label, terms[i].value);
}

static void say_number(struct teller *t, const char *what, size_t n)
{
	say(t, what, words_text(&t->w, "%zu", n));
}

static void begin(struct teller *t, enum diff_section section, struct str subject)
{
	t->section = section;
	memset(t->at, 0, sizeof t->at);
	t->at[DIFF_SUBJECT] = subject;
}

/* Takes up the return code of a function of describe.h. */
static bool told(struct teller *t, int rc)
{
	t->w.failed = t->w.failed || rc == ERR_NOMEM;
	t->w.unsupported = t->w.unsupported || rc == ERR_UNSUPPORTED;
	return rc == 0;
}

static struct str day_text(struct teller *t, day_no d, const char *none)
{
	char text[DAY_TEXT];

	return words_text(&t->w, "%s", d == DAY_NONE ? none : day_format(d, text));
}

/* ---- the edition -------------------------------------------------------------------------------------------- */

static void tell_edition(struct teller *t, const struct edition *e)
{
	begin(t, DIFF_EDITION, STR(""));
	say(t, "id", e->id);
	say(t, "title", e->title);
	say(t, "valid from", day_text(t, e->valid_from, "-"));
	say(t, "valid to", day_text(t, e->valid_until, "open"));
	say_members(t, "not known", e->unknown, e->n_unknown);
	begin(t, DIFF_SETTINGS, STR(""));
	say(t, "points to qualify", words_number(&t->w, e->qualifies_at));
	say(t, e->metric_at_least ? "every metric at least" : "every metric above",
		words_number(&t->w, e->metric_above));
	say(t, "the total is compared",
		e->total_compare == TOTAL_ROUNDED ? STR("rounded to a whole number")
						  : STR("exactly"));
	say(t, "day from which a month counts", words_text(&t->w, "%u", e->usage_ready_day));
}

static void tell_window(struct teller *t, const struct window_rule *r, const char *of)
{
	struct window_words w;

	if (!told(t, describe_window(r, of, t->w.ar, &w)))
		return;
	begin(t, DIFF_WINDOWS, words_text(&t->w, "%ss from " STR_FMT, of, STR_ARG(w.from)));
	say(t, "", w.sentence);
	say_terms(t, w.terms, WINDOW_TERMS);
	say(t, "source", r->source);
}

static void tell_certificate(struct teller *t, const struct certificate *c)
{
	char retired[RETIREMENT_TEXT];

	begin(t, DIFF_CERTIFICATES, c->code);
	describe_retirement(c, retired);
	say(t, "",
		words_text(&t->w, STR_FMT "%s%s", STR_ARG(c->title), retired[0] == '\0' ? "" : ", ",
			retired));
	say(t, "title", c->title);
	say(t, "retirement", words_text(&t->w, "%s", retired[0] == '\0' ? "not retired" : retired));
	say_members(t, "also", c->aliases, c->n_aliases);
	say(t, "source", c->source);
}

/* Each product with what a unit of it is worth, so that a new rate is a change. */
static void tell_rates(struct teller *t, const struct selection *s, const struct selection_words *w)
{
	for (size_t i = 0; i < s->n_rates; i++)
		for (size_t k = 0; k < s->rates[i].n; k++) {
			struct str product = w->product[s->rates[i].first + k];

			state(t, words_text(&t->w, "value of " STR_FMT, STR_ARG(product)),
				w->rate[i], false);
		}
}

static void tell_selection(struct teller *t, const struct selection *s)
{
	struct selection_words w;

	begin(t, DIFF_SELECTIONS, s->id);
	if (!told(t, describe_selection(s, t->w.ar, &w)))
		return;
	say(t, "", w.sentence);
	say(t, "measure", w.measure);
	for (int i = 0; i < ASSOC_KIND_END; i++)
		if ((s->associations >> i & 1) != 0)
			say_member(t, "association",
				str_from(association_words((enum association_kind)i)));
	for (int i = 0; i < OFFER_KIND_END; i++)
		if ((s->offers >> i & 1) != 0)
			say_member(t, "offer", str_from(offer_words((enum offer_kind)i)));
	if (s->n_rates == 0)
		say_members(t, "product", w.product, s->n_products);
	tell_rates(t, s, &w);
	say_members(t, "rows with", w.filter, s->n_filters);
	say_members(t, "product left out", s->excluded, s->n_excluded);
	say(t, "source", s->source);
}

/* ---- rules -------------------------------------------------------------------------------------------------- */

/* Steps go by name; a name that comes again in the metric gets its number. */
static struct str step_name(struct teller *t, const struct rule_words *w, size_t i)
{
	size_t before = 0;

	for (size_t k = 0; k < i; k++)
		before += str_eq(w->steps[k].step->name, w->steps[i].step->name);
	if (before == 0)
		return w->steps[i].step->name;
	return words_text(&t->w, STR_FMT " (%zu)", STR_ARG(w->steps[i].step->name), before + 1);
}

static void tell_options(struct teller *t, const struct step_option *options, size_t n)
{
	for (size_t i = 0; i < n; i++)
		say_member(t, "certificate", options[i].text);
}

static void tell_step(struct teller *t, const struct rule_words *w, size_t i)
{
	const struct step_words *s = &w->steps[i];

	t->at[DIFF_STEP] = step_name(t, w, i);
	say(t, "", s->sentence);
	say_number(t, "place", i + 1);
	say_number(t, "people before the next step counts", s->step->min_people);
	say(t, "points for each person", words_number(&t->w, s->step->points_each));
	say(t, "maximum of the step", words_number(&t->w, s->step->points_max));
	tell_options(t, s->options, s->n_options);
	t->at[DIFF_STEP] = STR("");
}

static void tell_parts(struct teller *t, const struct rule_words *w);

/* What the rule is made of, whole or part. */
static void tell_rule(struct teller *t, const struct rule_words *w)
{
	say_terms(t, w->terms, w->n_terms);
	for (size_t i = 0; i < w->n_steps; i++)
		tell_step(t, w, i);
	tell_options(t, w->options, w->n_options);
	tell_parts(t, w);
}

static void tell_part(struct teller *t, const struct rule_words *p, struct str name)
{
	struct str outer = t->at[DIFF_PART];

	t->at[DIFF_PART] = outer.n == 0 ? name
					: words_text(&t->w, STR_FMT " > " STR_FMT, STR_ARG(outer),
						  STR_ARG(name));
	say(t, "", p->sentence);
	say(t, "measure", str_from(p->measure));
	if (p->id.n > 0) {
		say(t, "name", p->name);
		say_number(t, "maximum", p->maximum);
	}
	tell_rule(t, p);
	t->at[DIFF_PART] = outer;
}

/* A condition without a name is known by what it asks for: it can only come and go. */
static void tell_parts(struct teller *t, const struct rule_words *w)
{
	for (size_t i = 0; i < w->n_parts; i++) {
		const struct rule_words *p = &w->parts[i];

		if (p->id.n > 0 || p->name.n > 0)
			tell_part(t, p, p->id.n > 0 ? p->id : p->name);
		else
			say_member(t, "condition", p->sentence);
	}
}

static void tell_metric(struct teller *t, const struct area *a, const struct metric *m)
{
	const char *renewal = describe_renewal(a, m);
	char validity[VALIDITY_TEXT];
	struct rule_words w;

	if (!told(t, describe_metric(t->w.e, m, t->w.ar, &w)))
		return;
	t->at[DIFF_METRIC] = m->id;
	say(t, "", w.sentence);
	say(t, "name", m->name);
	say(t, "measure", str_from(w.measure));
	say_number(t, "maximum", m->maximum);
	say(t, "rule", m->rule_id);
	say(t, "source", m->source);
	describe_metric_validity(m, validity);
	say(t, "in force",
		words_text(&t->w, "%s", validity[0] == '\0' ? "as the edition" : validity));
	if (renewal != NULL)
		say(t, "a renewal asks for it", str_from(renewal));
	tell_rule(t, &w);
	say_members(t, "not known", m->unknown, m->n_unknown);
	t->at[DIFF_METRIC] = STR("");
}

/* ---- areas, catalogue --------------------------------------------------------------------------------------- */

static void tell_track(struct teller *t, const struct area *a, size_t i, struct str when)
{
	const struct track *track = &a->tracks[i];

	t->at[DIFF_TRACK] = track->id;
	if (track->id.n > 0) {
		say(t, "",
			when.n == 0 ? track->name
				    : words_text(&t->w, STR_FMT ", chosen when " STR_FMT,
					      STR_ARG(track->name), STR_ARG(when)));
		say(t, "name", track->name);
		say(t, "chosen when", when);
	}
	for (size_t k = 0; k < a->n_metrics; k++)
		tell_metric(t, a, &track->metrics[k]);
	t->at[DIFF_TRACK] = STR("");
}

static const char *const choices[] = { [TRACK_ONLY] = "there are no tracks",
	[TRACK_HIGHEST] = "the one with the most points",
	[TRACK_AUTOMATIC] = "the first whose condition is met" };

static struct str enrolled_track(const struct area *a)
{
	if (a->enrolled_track < 0 || (size_t)a->enrolled_track >= a->n_tracks)
		return STR("as the enrollment names it");
	return a->tracks[a->enrolled_track].name;
}

static void tell_area(struct teller *t, const struct area *a)
{
	struct area_words w;

	begin(t, DIFF_AREAS, a->id);
	if (!told(t, describe_area(t->w.e, a, t->w.ar, &w)))
		return;
	say(t, "", a->name);
	say(t, "name", a->name);
	say(t, "made of", str_from(area_form_name(a->form)));
	say(t, "source", a->source);
	say(t, "the track that counts", str_from(choices[a->choice]));
	say(t, "track of the enrolled", enrolled_track(a));
	for (size_t i = 0; i < a->n_tracks; i++)
		tell_track(t, a, i, w.when[i]);
}

static void tell_catalogue(struct teller *t, const struct catalogue_entry *c)
{
	begin(t, DIFF_CATALOGUE, c->id);
	say(t, "",
		words_text(&t->w, "%s '" STR_FMT "'", catalogue_words(c->kind), STR_ARG(c->name)));
	say(t, "kind", str_from(catalogue_words(c->kind)));
	say(t, "name", c->name);
	say(t, "text", c->text);
	for (size_t i = 0; i < c->n_areas; i++)
		say_member(t, "area", t->w.e->areas[c->areas[i]].id);
	say(t, "source", c->source);
}

int statements_of(const struct edition *e, struct arena *ar, struct statements *ret)
{
	struct statements list = { .ar = ar };
	struct teller t = { .w = { .e = e, .ar = ar }, .out = &list };

	tell_edition(&t, e);
	for (size_t i = 0; i < e->n_windows; i++)
		tell_window(&t, &e->windows[i], "designation");
	for (size_t i = 0; i < e->n_specialization_windows; i++)
		tell_window(&t, &e->specialization_windows[i], "specialization");
	for (size_t i = 0; i < e->n_certificates; i++)
		tell_certificate(&t, &e->certificates[i]);
	for (size_t i = 0; i < e->n_selections; i++)
		tell_selection(&t, &e->selections[i]);
	for (size_t i = 0; i < e->n_areas; i++)
		tell_area(&t, &e->areas[i]);
	for (size_t i = 0; i < e->n_catalogue; i++)
		tell_catalogue(&t, &e->catalogue[i]);
	if (words_rc(&t.w) == 0 && !make_slots(&list))
		t.w.failed = true;
	if (words_rc(&t.w) == 0)
		*ret = list;
	return words_rc(&t.w);
}
