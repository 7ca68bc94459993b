/* The pages of `capscore rules show AREA`: areas of an edition in full. */
#include <stdarg.h>

#include "services/cli/layout.h"
#include "services/cli/rules_verbs.h"

#define WORDS_BYTES_MAX ((size_t)64 << 20)
#define USAGES_MAX	32 /* told of one metric */

/* The metrics of an area, or of one of its tracks, being shown. `rc` is sticky. */
struct page {
	FILE *out;
	const struct edition *e;
	const struct area *first; /* of the page: a rule that was told is not told again */
	const struct area *area;
	const struct track *track;
	struct arena ar;
	int rc;
	struct rule_words words[AREA_METRICS_MAX];
	char maxima[AREA_METRICS_MAX][16];
};

static void wrapped(struct page *p, int first, int rest, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Broken into lines that start at column `first`, the others at `rest`. */
static void wrapped(struct page *p, int first, int rest, const char *fmt, ...)
{
	va_list ap, again;
	char *text;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	text = n < 0 || p->rc != 0 ? NULL : arena_alloc(&p->ar, (size_t)n + 1);
	if (text == NULL && p->rc == 0)
		p->rc = ERR_NOMEM;
	if (text != NULL) {
		(void)vsnprintf(text, (size_t)n + 1, fmt, again);
		layout_wrapped(p->out, (struct str){ text, (size_t)n }, first, rest);
	}
	va_end(again);
	va_end(ap);
}

static void unknown(struct page *p, const struct str *texts, size_t n, int at)
{
	for (size_t i = 0; i < n; i++)
		wrapped(p, at, at + 2, "Not known: " STR_FMT, STR_ARG(texts[i]));
}

/* ---- the table ---------------------------------------------------------------------------------------------- */

static struct str cell_name(const struct page *p, size_t i)
{
	return p->track->metrics[i].name;
}

static struct str cell_maximum(const struct page *p, size_t i)
{
	return str_from(p->maxima[i]);
}

static struct str cell_each(const struct page *p, size_t i)
{
	return p->words[i].each;
}

static struct str cell_threshold(const struct page *p, size_t i)
{
	return p->words[i].threshold;
}

static struct str cell_renewal(const struct page *p, size_t i)
{
	return str_from(describe_renewal(p->area, &p->track->metrics[i]));
}

static struct str cell_rule(const struct page *p, size_t i)
{
	return p->track->metrics[i].rule_id;
}

static struct str cell_source(const struct page *p, size_t i)
{
	return p->track->metrics[i].source;
}

struct column {
	const char *title;
	struct str (*cell)(const struct page *p, size_t metric);
	bool right; /* flush */
};

/* The columns of each form of area, to the first without a title. */
static const struct column tables[][7] = {
	[AREA_OF_METRICS] = { { "metric", cell_name, false }, { "maximum", cell_maximum, true },
		{ "points each", cell_each, false }, { "threshold", cell_threshold, false },
		{ "rule", cell_rule, false }, { "source", cell_source, false } },
	[AREA_OF_AREAS] = { { "designation", cell_name, false }, { "rule", cell_rule, false },
		{ "source", cell_source, false } },
	[AREA_OF_REQUIREMENTS] = { { "requirement", cell_name, false },
		{ "needed", cell_threshold, false }, { "at a renewal", cell_renewal, false },
		{ "rule", cell_rule, false }, { "source", cell_source, false } },
};

static void table_cell(const struct page *p, const struct column *c, struct str text, int width)
{
	bool last = c[1].title == NULL;

	if (c->right)
		layout_pad(p->out, width - layout_width(text));
	layout_cell(p->out, text, c->right || last ? layout_width(text) : width);
	fputs(last ? "\n" : "  ", p->out);
}

static void print_table(const struct page *p)
{
	const struct column *columns = tables[p->area->form];
	int widths[7] = { 0 };

	for (size_t c = 0; columns[c].title != NULL; c++) {
		widths[c] = layout_width(str_from(columns[c].title));
		for (size_t i = 0; i < p->area->n_metrics; i++) {
			int w = layout_width(columns[c].cell(p, i));

			widths[c] = w > widths[c] ? w : widths[c];
		}
	}
	fputs("  ", p->out);
	for (size_t c = 0; columns[c].title != NULL; c++)
		table_cell(p, &columns[c], str_from(columns[c].title), widths[c]);
	for (size_t i = 0; i < p->area->n_metrics; i++) {
		fputs("  ", p->out);
		for (size_t c = 0; columns[c].title != NULL; c++)
			table_cell(p, &columns[c], columns[c].cell(p, i), widths[c]);
	}
}

/* ---- certificates ------------------------------------------------------------------------------------------- */

static int codes_width(const struct step_option *options, size_t n, int width)
{
	for (size_t k = 0; k < n; k++)
		for (size_t j = 0; j < options[k].n; j++) {
			int w = layout_width(options[k].certificates[j]->code);

			width = w > width ? w : width;
		}
	return width;
}

static void print_options(
	struct page *p, const struct step_option *options, size_t n, int at, int width)
{
	char retired[RETIREMENT_TEXT];

	for (size_t k = 0; k < n; k++)
		for (size_t i = 0; i < options[k].n; i++) {
			const struct certificate *c = options[k].certificates[i];

			layout_pad(p->out, at);
			fputs(i == 0 ? "   " : " + ", p->out);
			layout_cell(p->out, c->code, width);
			fprintf(p->out, "  " STR_FMT, STR_ARG(c->title));
			describe_retirement(c, retired);
			fprintf(p->out, retired[0] != '\0' ? " (%s)\n" : "%s\n", retired);
		}
}

static void print_steps(struct page *p, const struct rule_words *w, int at)
{
	int width = 0;

	for (size_t i = 0; i < w->n_steps; i++)
		width = codes_width(w->steps[i].options, w->steps[i].n_options, width);
	for (size_t i = 0; i < w->n_steps; i++) {
		wrapped(p, at, at + 2, "Step %zu, " STR_FMT ": " STR_FMT ".", i + 1,
			STR_ARG(w->steps[i].step->name), STR_ARG(w->steps[i].sentence));
		print_options(p, w->steps[i].options, w->steps[i].n_options, at, width);
	}
	print_options(p, w->options, w->n_options, at, codes_width(w->options, w->n_options, 0));
}

/* ---- rules -------------------------------------------------------------------------------------------------- */

/* The parts of a rule as a list, those of a part as a list inside it. */
static void print_parts(struct page *p, const struct rule_words *w, int at)
{
	for (size_t i = 0; i < w->n_parts; i++) {
		const struct rule_words *x = &w->parts[i];
		bool list = x->n_parts > 0 && rule_is_condition(x->kind);

		wrapped(p, at, at + 2, "- " STR_FMT "%s" STR_FMT "%s", STR_ARG(x->name),
			x->name.n > 0 ? ": " : "", STR_ARG(x->head), list ? ":" : "");
		print_steps(p, x, at + 2);
		print_parts(p, x, at + 2);
	}
}

static void print_usages(struct page *p, const struct selection **usages, size_t n, int at)
{
	struct selection_words s;

	if (n > 0 && p->rc == 0) {
		layout_pad(p->out, at);
		fputs("What counts:\n", p->out);
	}
	for (size_t i = 0; i < n && p->rc == 0; i++) {
		p->rc = describe_selection(usages[i], &p->ar, &s);
		if (p->rc == 0 && n == 1)
			wrapped(p, at + 2, at + 2, STR_FMT, STR_ARG(s.sentence));
		else if (p->rc == 0)
			wrapped(p, at + 2, at + 4, "Usage " STR_FMT ": " STR_FMT,
				STR_ARG(usages[i]->id), STR_ARG(s.sentence));
	}
}

/* Where on the page the same rule stands already: the track or area; empty when it does not. */
static struct str told_in(const struct page *p, const struct metric *m)
{
	for (const struct area *a = p->first; a != NULL && a <= p->area; a++)
		for (size_t t = 0; t < a->n_tracks && &a->tracks[t] != p->track; t++)
			for (size_t i = 0; i < a->n_metrics; i++)
				if (str_eq(a->tracks[t].metrics[i].rule_id, m->rule_id))
					return a == p->area ? a->tracks[t].name : a->name;
	return STR("");
}

static void print_metric(struct page *p, size_t i)
{
	const struct metric *m = &p->track->metrics[i];
	const struct rule_words *w = &p->words[i];
	const char *renewal = describe_renewal(p->area, m);
	const struct selection *usages[USAGES_MAX];
	struct str told = told_in(p, m);
	char validity[VALIDITY_TEXT];

	fprintf(p->out, "\n  " STR_FMT "%s" STR_FMT "\n", STR_ARG(m->name),
		told.n == 0 ? "" : ": as in ", STR_ARG(told));
	if (told.n > 0)
		return;
	wrapped(p, 4, 4, STR_FMT "%s", STR_ARG(w->head),
		w->n_parts > 0 && rule_is_condition(w->kind) ? ":" : "");
	print_parts(p, w, 6);
	describe_metric_validity(m, validity);
	if (validity[0] != '\0')
		wrapped(p, 4, 4, "In force %s.", validity);
	print_usages(p, usages, describe_usages(w, usages, USAGES_MAX), 4);
	print_steps(p, w, 4);
	if (renewal != NULL)
		wrapped(p, 4, 4, "A renewal asks for it %s.", renewal);
	unknown(p, m->unknown, m->n_unknown, 4);
}

/* ---- areas -------------------------------------------------------------------------------------------------- */

static void print_track(struct page *p, const struct track *track)
{
	p->track = track;
	for (size_t i = 0; p->rc == 0 && i < p->area->n_metrics; i++) {
		const struct metric *m = &track->metrics[i];

		(void)snprintf(p->maxima[i], sizeof p->maxima[i], "%u", m->maximum);
		p->rc = describe_metric(p->e, m, &p->ar, &p->words[i]);
	}
	if (p->rc != 0)
		return;
	if (track->id.n > 0)
		fprintf(p->out, "\nTrack " STR_FMT ", id " STR_FMT "\n", STR_ARG(track->name),
			STR_ARG(track->id));
	fputs("\n", p->out);
	print_table(p);
	for (size_t i = 0; i < p->area->n_metrics && p->area->form != AREA_OF_AREAS; i++)
		print_metric(p, i);
}

/* The usage that the choice of a track looks at. */
static void print_choice_usages(struct page *p)
{
	for (size_t i = 0; i < p->area->n_tracks && p->rc == 0; i++) {
		const struct selection *usages[USAGES_MAX];
		struct rule_words w;

		if (p->area->tracks[i].when == NULL)
			continue;
		p->rc = describe_condition(p->e, p->area->tracks[i].when, &p->ar, &w);
		if (p->rc == 0)
			print_usages(p, usages, describe_usages(&w, usages, USAGES_MAX), 0);
	}
}

static void print_area_head(struct page *p)
{
	const struct area *a = p->area;
	struct area_words w;

	p->rc = describe_area(p->e, a, &p->ar, &w);
	if (p->rc != 0)
		return;
	fprintf(p->out, "\n" STR_FMT ", id " STR_FMT "\n", STR_ARG(a->name), STR_ARG(a->id));
	if (w.qualifies.n + w.choice.n + w.enrolled.n > 0)
		fputs("\n", p->out);
	if (w.qualifies.n > 0)
		wrapped(p, 0, 0, STR_FMT, STR_ARG(w.qualifies));
	if (w.choice.n > 0)
		wrapped(p, 0, 0, STR_FMT, STR_ARG(w.choice));
	print_choice_usages(p);
	if (w.enrolled.n > 0)
		wrapped(p, 0, 0, STR_FMT, STR_ARG(w.enrolled));
}

static void print_entries(struct page *p)
{
	bool first = true;

	for (size_t i = 0; i < p->e->n_catalogue; i++) {
		const struct catalogue_entry *c = &p->e->catalogue[i];

		if (!rules_entry_is_of(p->e, c, p->area))
			continue;
		if (first)
			fputs("\n  In the catalogue\n", p->out);
		first = false;
		wrapped(p, 4, 6, STR_FMT " (%s): " STR_FMT " [" STR_FMT "]", STR_ARG(c->name),
			catalogue_words(c->kind), STR_ARG(c->text), STR_ARG(c->source));
	}
}

static void print_area(struct page *p, const struct area *area)
{
	p->area = area;
	p->track = NULL;
	arena_reset(&p->ar);
	print_area_head(p);
	for (size_t i = 0; p->rc == 0 && i < area->n_tracks; i++)
		print_track(p, &area->tracks[i]);
	if (p->rc == 0)
		print_entries(p);
}

int rules_print_areas(FILE *out, const struct edition *e, const struct area *only)
{
	struct page *p = mem_zalloc(&mem_heap, sizeof *p);
	int rc;

	if (p == NULL)
		return ERR_NOMEM;
	p->out = out;
	p->e = e;
	p->first = only == NULL ? e->areas : only;
	arena_init(&p->ar, &mem_heap, WORDS_BYTES_MAX);
	if (only != NULL)
		print_area(p, only);
	for (size_t i = 0; only == NULL && p->rc == 0 && i < e->n_areas; i++)
		print_area(p, &e->areas[i]);
	rc = p->rc;
	arena_fini(&p->ar);
	mem_free(&mem_heap, p, sizeof *p);
	return rc;
}
