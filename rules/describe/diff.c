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
	static const char *const names[] = { "edition", "settings", "certificates", "selections",
		"areas" };

	return names[s];
}

static bool is_same_subject(const struct statement *a, const struct statement *b)
{
	return a->key == b->key && a->section == b->section && a->member == b->member &&
	       str_eq(a->subject, b->subject) && str_eq(a->metric, b->metric) &&
	       str_eq(a->step, b->step) && str_eq(a->what, b->what) &&
	       (!a->member || str_eq(a->value, b->value));
}

static const struct statement *find(const struct statements *l, const struct statement *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (is_same_subject(&l->items[i], s))
			return &l->items[i];
	return NULL;
}

static bool has_key(const struct statements *l, uint64_t key)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->items[i].key == key)
			return true;
	return false;
}

/* Whether what the statement is about is missing on the other side as a whole, which is told once. */
static bool is_told_whole(const struct statements *other, const struct statement *s)
{
	const uint64_t keys[] = { s->subject_key, s->metric_key, s->step_key };

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (keys[i] != 0 && keys[i] != s->key && !has_key(other, keys[i]))
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

/* What is added or removed as a whole: "area", "metric X", "step X". */
static struct str whole_text(struct words *w, const struct statement *s)
{
	if (s->step.n > 0)
		return words_text(
			w, "step '" STR_FMT "': " STR_FMT, STR_ARG(s->step), STR_ARG(s->value));
	if (s->metric.n > 0)
		return words_text(
			w, "metric " STR_FMT ": " STR_FMT, STR_ARG(s->metric), STR_ARG(s->value));
	return s->value;
}

/* What of the subject the entry is about: "AZ-900: ", "usage-growth: step 'X': ". */
static struct str entry_place(struct words *w, const struct statement *s)
{
	struct str t = STR("");

	if (s->section != DIFF_AREAS && s->subject.n > 0)
		t = words_text(w, STR_FMT ": ", STR_ARG(s->subject));
	if (s->metric.n > 0 && (s->what.n > 0 || s->step.n > 0))
		t = words_text(w, STR_FMT STR_FMT ": ", STR_ARG(t), STR_ARG(s->metric));
	if (s->step.n > 0 && s->what.n > 0)
		t = words_text(w, STR_FMT "step '" STR_FMT "': ", STR_ARG(t), STR_ARG(s->step));
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
		.subject = s->subject,
		.metric = s->metric,
		.step = s->step,
		.what = s->what,
		.before = before,
		.after = after };
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

/* By subject, so that what is new of a metric stands beside what has changed of it. Insertion sort: stable; the
 * rank of a subject is its first mention. */
static void group(struct differ *d)
{
	for (size_t i = 1; i < d->n; i++) {
		struct diff_entry x = d->entries[i];
		size_t at = i, j;

		for (j = 0; j < i; j++)
			if (d->entries[j].section == x.section &&
				str_eq(d->entries[j].subject, x.subject) &&
				str_eq(d->entries[j].metric, x.metric))
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
