#include "rules/describe/diff.h"

#include "rules/describe/statements.h"
#include "rules/describe/words.h"

const char *diff_change_name(enum diff_change c)
{
	static const char *const names[] = { "added", "removed", "changed" };

	return names[c];
}

const char *diff_section_name(enum diff_section s)
{
	static const char *const names[] = { "edition", "settings", "windows", "certificates",
		"selections", "areas", "catalogue" };

	return names[s];
}

/* How the levels are called: where one is added or removed, and before what changes inside it. */
static const struct level_words {
	const char *name, *place;
	bool quoted;
} levels[DIFF_LEVELS] = {
	[DIFF_SUBJECT] = { "subject", "", false },
	[DIFF_TRACK] = { "track", "track ", false },
	[DIFF_METRIC] = { "metric", "", false },
	[DIFF_PART] = { "part", "part ", true },
	[DIFF_STEP] = { "step", "step ", true },
};

const char *diff_level_name(enum diff_level l)
{
	return levels[l].name;
}

static bool is_same_subject(const struct statement *a, const struct statement *b)
{
	for (size_t i = 0; i < DIFF_LEVELS; i++)
		if (!str_eq(a->at[i], b->at[i]))
			return false;
	return a->section == b->section && a->member == b->member && str_eq(a->what, b->what) &&
	       (!a->member || str_eq(a->value, b->value));
}

static const struct statement *find(const struct statements *l, const struct statement *s)
{
	const struct statement *t;
	size_t at = 0;

	while ((t = statements_next(l, s->key, &at)) != NULL)
		if (is_same_subject(t, s))
			return t;
	return NULL;
}

static bool has_key(const struct statements *l, uint64_t key)
{
	size_t at = 0;

	return statements_next(l, key, &at) != NULL;
}

/* The innermost level that the statement names. */
static size_t innermost(const struct statement *s)
{
	size_t level = 0;

	for (size_t i = 0; i < DIFF_LEVELS; i++)
		if (s->at[i].n > 0)
			level = i;
	return level;
}

/* Whether what the statement is about is missing on the other side as a whole, which is told once. Of a track that is
 * missing its metrics are told nevertheless, each as a whole. */
static bool is_told_whole(const struct statements *other, const struct statement *s)
{
	size_t last = innermost(s);

	for (size_t i = 0; i <= last; i++)
		if ((i != DIFF_TRACK || i == last) && s->whole[i] != 0 && s->whole[i] != s->key &&
			!has_key(other, s->whole[i]))
			return true;
	return false;
}

/* ---- entries ------------------------------------------------------------------------------------------------ */

struct differ {
	struct words w;
	struct diff_entry *entries;
	size_t n, cap;
};

static struct str or_none(struct str s)
{
	return s.n == 0 ? STR("none") : s;
}

static struct str level_text(
	struct words *w, const struct statement *s, size_t level, const char *noun)
{
	const char *quote = levels[level].quoted ? "'" : "";

	return words_text(w, "%s%s" STR_FMT "%s: ", noun, quote, STR_ARG(s->at[level]), quote);
}

/* What is added or removed as a whole: "Area one", "metric X: ...", "step 'X': ...". */
static struct str whole_text(struct words *w, const struct statement *s)
{
	size_t level = innermost(s);

	if (level == DIFF_SUBJECT)
		return s->value;
	return words_text(w, "%s " STR_FMT STR_FMT, levels[level].name,
		STR_ARG(level_text(w, s, level, "")), STR_ARG(s->value));
}

/* What of the subject the entry is about: "AZ-900: ", "usage-growth: step 'X': ". */
static struct str entry_place(struct words *w, const struct statement *s)
{
	size_t last = innermost(s);
	struct str t = STR("");

	for (size_t i = 0; i <= last; i++) {
		bool told =
			i == DIFF_SUBJECT ? s->section != DIFF_AREAS : i < last || s->what.n > 0;

		if (told && s->at[i].n > 0)
			t = words_text(w, STR_FMT STR_FMT, STR_ARG(t),
				STR_ARG(level_text(w, s, i, levels[i].place)));
	}
	return t;
}

static struct str entry_text(struct words *w, const struct diff_entry *x, const struct statement *s)
{
	struct str place = entry_place(w, s),
		   value = x->change == DIFF_REMOVED ? x->before : x->after;

	if (s->what.n == 0)
		return words_text(w, STR_FMT "%s " STR_FMT, STR_ARG(place),
			diff_change_name(x->change), STR_ARG(whole_text(w, s)));
	if (x->change == DIFF_CHANGED)
		return words_text(w, STR_FMT STR_FMT ": " STR_FMT ", now " STR_FMT, STR_ARG(place),
			STR_ARG(s->what), STR_ARG(or_none(x->before)), STR_ARG(or_none(x->after)));
	return words_text(w, STR_FMT "%s " STR_FMT ": " STR_FMT, STR_ARG(place),
		diff_change_name(x->change), STR_ARG(s->what), STR_ARG(value));
}

static void add(struct differ *d, enum diff_change change, const struct statement *s,
	struct str before, struct str after)
{
	struct diff_entry *x;

	if (d->w.failed)
		return;
	x = &d->entries[d->n++];
	*x = (struct diff_entry){ .change = change,
		.section = s->section,
		.what = s->what,
		.before = before,
		.after = after };
	memcpy(x->at, s->at, sizeof x->at);
	x->text = entry_text(&d->w, x, s);
}

/* What a says and b does not, or says otherwise. */
static void removed_and_changed(struct differ *d, const struct statements *a,
	const struct statements *b, enum diff_section section)
{
	for (size_t i = 0; i < a->n; i++) {
		const struct statement *s = &a->items[i], *t;

		if (s->section != section || is_told_whole(b, s))
			continue;
		t = find(b, s);
		if (t == NULL)
			add(d, DIFF_REMOVED, s, s->value, STR(""));
		else if (s->what.n > 0 && !str_eq(s->value, t->value))
			add(d, DIFF_CHANGED, s, s->value, t->value);
	}
}

static void added(struct differ *d, const struct statements *a, const struct statements *b,
	enum diff_section section)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct statement *s = &b->items[i];

		if (s->section == section && !is_told_whole(a, s) && find(a, s) == NULL)
			add(d, DIFF_ADDED, s, STR(""), s->value);
	}
}

static bool is_same_group(const struct diff_entry *a, const struct diff_entry *b)
{
	return a->section == b->section && str_eq(a->at[DIFF_SUBJECT], b->at[DIFF_SUBJECT]) &&
	       str_eq(a->at[DIFF_TRACK], b->at[DIFF_TRACK]) &&
	       str_eq(a->at[DIFF_METRIC], b->at[DIFF_METRIC]);
}

/* By subject, so that what is new of a metric stands beside what has changed of it. Insertion sort: stable; the
 * rank of a subject is its first mention. */
static void group(struct differ *d)
{
	for (size_t i = 1; i < d->n; i++) {
		struct diff_entry x = d->entries[i];
		size_t at = i, j;

		for (j = 0; j < i; j++)
			if (is_same_group(&d->entries[j], &x))
				at = j + 1;
		for (j = i; j > at; j--)
			d->entries[j] = d->entries[j - 1];
		d->entries[at] = x;
	}
}

int edition_diff(const struct edition *a, const struct edition *b, struct arena *ar,
	struct edition_diff *ret)
{
	struct differ d = { .w = { .ar = ar } };
	struct statements of_a, of_b;
	int rc = statements_of(a, ar, &of_a);

	if (rc == 0)
		rc = statements_of(b, ar, &of_b);
	if (rc != 0)
		return rc;
	d.entries = words_array(&d.w, of_a.n + of_b.n, sizeof *d.entries);
	for (int s = 0; s < DIFF_SECTION_END; s++) {
		removed_and_changed(&d, &of_a, &of_b, (enum diff_section)s);
		added(&d, &of_a, &of_b, (enum diff_section)s);
	}
	if (d.w.failed)
		return ERR_NOMEM;
	group(&d);
	*ret = (struct edition_diff){ d.n, d.entries };
	return 0;
}
