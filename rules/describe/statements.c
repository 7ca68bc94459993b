#include "rules/describe/statements.h"

#include "common/base/hash.h"
#include "rules/describe/words.h"

/* Where statements go while an edition is told. */
struct teller {
	struct words w;
	struct statements *out;
	enum diff_section section;
	struct str subject, metric, step;
	int rc;
};

static uint64_t key_of(const struct statement *s, bool with_value)
{
	const struct str parts[] = { s->subject, s->metric, s->step, s->what,
		with_value ? s->value : STR("") };
	uint64_t h = hash_bytes("", 0, (uint64_t)s->section);

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		h = hash_bytes(parts[i].p, parts[i].n, h + parts[i].n);
	return h | 1; /* 0 stands for none */
}

static uint64_t presence_key(
	const struct teller *t, struct str subject, struct str metric, struct str step)
{
	struct statement s = {
		.section = t->section, .subject = subject, .metric = metric, .step = step
	};

	return subject.n == 0 ? 0 : key_of(&s, false);
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

static void state(struct teller *t, struct str what, struct str value, bool member)
{
	struct statement s = { .section = t->section,
		.subject = t->subject,
		.metric = t->metric,
		.step = t->step,
		.what = what,
		.value = value,
		.member = member };

	if (t->w.failed || !grow(t->out)) {
		t->w.failed = true;
		return;
	}
	s.key = key_of(&s, member);
	s.subject_key = presence_key(t, t->subject, STR(""), STR(""));
	if (t->metric.n > 0)
		s.metric_key = presence_key(t, t->subject, t->metric, STR(""));
	if (t->step.n > 0)
		s.step_key = presence_key(t, t->subject, t->metric, t->step);
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

static void begin(struct teller *t, enum diff_section section, struct str subject)
{
	t->section = section;
	t->subject = subject;
	t->metric = t->step = STR("");
}

static struct str day_text(struct teller *t, day_no d, const char *none)
{
	char text[DAY_TEXT];

	return words_text(&t->w, "%s", d == DAY_NONE ? none : day_format(d, text));
}

/* ---- the sections ------------------------------------------------------------------------------------------- */

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
	say(t, "every metric above", words_number(&t->w, e->metric_above));
	say(t, "day from which a month counts", words_text(&t->w, "%u", e->usage_ready_day));
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

static void tell_selection(struct teller *t, const struct selection *s)
{
	struct selection_words w;

	begin(t, DIFF_SELECTIONS, s->id);
	if (describe_selection(s, t->w.ar, &w) != 0) {
		t->w.failed = true;
		return;
	}
	say(t, "", w.sentence);
	say(t, "measure", w.measure);
	for (int i = 0; i < ASSOC_KIND_END; i++)
		if ((s->associations >> i & 1) != 0)
			say_member(t, "association",
				str_from(association_words((enum association_kind)i)));
	for (int i = 0; i < OFFER_KIND_END; i++)
		if ((s->offers >> i & 1) != 0)
			say_member(t, "offer", str_from(offer_words((enum offer_kind)i)));
	for (size_t i = 0; i < s->n_products; i++)
		say_member(t, "product", s->products[i].name);
	for (size_t i = 0; i < s->n_filters; i++)
		say_members(
			t, "component", s->filters[i].components.all, s->filters[i].components.n);
	say_members(t, "product left out", s->excluded, s->n_excluded);
	say(t, "source", s->source);
}

/* Steps go by name; a name that comes again in the metric gets its number. */
static struct str step_name(struct teller *t, const struct metric_words *w, size_t i)
{
	size_t before = 0;

	for (size_t k = 0; k < i; k++)
		before += str_eq(w->steps[k].step->name, w->steps[i].step->name);
	if (before == 0)
		return w->steps[i].step->name;
	return words_text(&t->w, STR_FMT " (%zu)", STR_ARG(w->steps[i].step->name), before + 1);
}

static void tell_step(struct teller *t, const struct metric_words *w, size_t i)
{
	const struct step_words *s = &w->steps[i];

	t->step = step_name(t, w, i);
	say(t, "", s->sentence);
	say(t, "place", words_text(&t->w, "%zu", i + 1));
	say(t, "people before the next step counts", words_text(&t->w, "%u", s->step->min_people));
	say(t, "points for each person", words_number(&t->w, s->step->points_each));
	say(t, "maximum of the step", words_number(&t->w, s->step->points_max));
	for (size_t k = 0; k < s->n_options; k++)
		say_member(t, "certificate", s->options[k].text);
	t->step = STR("");
}

static void tell_metric(struct teller *t, const struct edition *e, const struct metric *m)
{
	struct metric_words w;

	t->rc = describe_metric(e, m, t->w.ar, &w);
	if (t->rc != 0)
		return;
	t->metric = m->id;
	say(t, "", w.sentence);
	say(t, "name", m->name);
	say(t, "measure", str_from(w.measure));
	say(t, "maximum", words_text(&t->w, "%u", m->maximum));
	say(t, "rule", m->rule_id);
	say(t, "source", m->source);
	for (size_t i = 0; i < w.n_terms; i++)
		say(t, w.terms[i].label, w.terms[i].value);
	for (size_t i = 0; i < w.n_steps; i++)
		tell_step(t, &w, i);
	say_members(t, "not known", m->unknown, m->n_unknown);
	t->metric = STR("");
}

static void tell_area(struct teller *t, const struct edition *e, const struct area *a)
{
	begin(t, DIFF_AREAS, a->id);
	say(t, "", a->name);
	say(t, "name", a->name);
	for (size_t i = 0; i < a->n_metrics && t->rc == 0; i++)
		tell_metric(t, e, &a->metrics[i]);
}

int statements_of(const struct edition *e, struct arena *ar, struct statements *ret)
{
	struct statements list = { .ar = ar };
	struct teller t = { .w = { .e = e, .ar = ar }, .out = &list };

	tell_edition(&t, e);
	for (size_t i = 0; i < e->n_certificates; i++)
		tell_certificate(&t, &e->certificates[i]);
	for (size_t i = 0; i < e->n_selections; i++)
		tell_selection(&t, &e->selections[i]);
	for (size_t i = 0; i < e->n_areas && t.rc == 0; i++)
		tell_area(&t, e, &e->areas[i]);
	if (t.rc == 0 && t.w.failed)
		t.rc = ERR_NOMEM;
	if (t.rc == 0)
		*ret = list;
	return t.rc;
}
