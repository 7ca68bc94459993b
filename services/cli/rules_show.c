/* capscore rules show: an edition, or one area of it, for people who run a partner programme. */
#include "rules/describe/describe.h"
#include "services/cli/json_values.h"
#include "services/cli/layout.h"
#include "services/cli/rules_verbs.h"

#define WORDS_BYTES_MAX ((size_t)64 << 20)

enum { COL_NAME, COL_MAXIMUM, COL_EACH, COL_THRESHOLD, COL_RULE, COL_SOURCE, N_COLS };
static const char *const titles[N_COLS] = { "metric", "maximum", "points each", "threshold", "rule",
	"source" };

/* An area being shown, with its metrics in words. */
struct page {
	const struct edition *e;
	const struct area *area;
	const struct area
		*before; /* areas shown before this one: a rule they have is not told again */
	struct arena ar;
	struct metric_words words[AREA_METRICS_MAX];
	char maxima[AREA_METRICS_MAX][16];
};

static struct str cell_of(const struct page *p, size_t metric, int column)
{
	const struct metric *m = &p->area->metrics[metric];

	switch (column) {
	case COL_NAME:
		return m->name;
	case COL_MAXIMUM:
		return str_from(p->maxima[metric]);
	case COL_EACH:
		return p->words[metric].each;
	case COL_THRESHOLD:
		return p->words[metric].threshold;
	case COL_RULE:
		return m->rule_id;
	default:
		return m->source;
	}
}

static void print_table_row(const struct page *p, const int *widths, int metric)
{
	fputs("  ", stdout);
	for (int c = 0; c < N_COLS; c++) {
		struct str text = metric < 0 ? str_from(titles[c]) : cell_of(p, (size_t)metric, c);

		if (c == COL_MAXIMUM)
			layout_pad(stdout, widths[c] - layout_width(text));
		if (c == COL_SOURCE)
			printf(STR_FMT, STR_ARG(text));
		else
			layout_cell(
				stdout, text, c == COL_MAXIMUM ? layout_width(text) : widths[c]);
		fputs(c + 1 < N_COLS ? "  " : "\n", stdout);
	}
}

static void print_table(const struct page *p)
{
	int widths[N_COLS];

	for (int c = 0; c < N_COLS; c++) {
		widths[c] = layout_width(str_from(titles[c]));
		for (size_t i = 0; i < p->area->n_metrics; i++) {
			int w = layout_width(cell_of(p, i, c));

			widths[c] = w > widths[c] ? w : widths[c];
		}
	}
	for (int i = -1; i < (int)p->area->n_metrics; i++)
		print_table_row(p, widths, i);
}

static void print_unknown(const struct str *unknown, size_t n, int at)
{
	char text[2048];

	for (size_t i = 0; i < n; i++) {
		(void)snprintf(text, sizeof text, "Not known: " STR_FMT, STR_ARG(unknown[i]));
		layout_wrapped(stdout, str_from(text), at, at + 2);
	}
}

static void print_option(const struct step_option *o, int code_width)
{
	char retired[RETIREMENT_TEXT];

	for (size_t i = 0; i < o->n; i++) {
		const struct certificate *c = o->certificates[i];

		fputs(i == 0 ? "       " : "     + ", stdout);
		layout_cell(stdout, c->code, code_width);
		printf("  " STR_FMT, STR_ARG(c->title));
		describe_retirement(c, retired);
		printf(retired[0] != '\0' ? " (%s)\n" : "%s\n", retired);
	}
}

static void print_steps(const struct metric_words *w)
{
	char text[1024];
	int width = 0;

	for (size_t i = 0; i < w->n_steps; i++)
		for (size_t k = 0; k < w->steps[i].n_options; k++)
			for (size_t j = 0; j < w->steps[i].options[k].n; j++) {
				int n = layout_width(w->steps[i].options[k].certificates[j]->code);

				width = n > width ? n : width;
			}
	for (size_t i = 0; i < w->n_steps; i++) {
		(void)snprintf(text, sizeof text, "Step %zu, " STR_FMT ": " STR_FMT ".", i + 1,
			STR_ARG(w->steps[i].step->name), STR_ARG(w->steps[i].sentence));
		layout_wrapped(stdout, str_from(text), 4, 6);
		for (size_t k = 0; k < w->steps[i].n_options; k++)
			print_option(&w->steps[i].options[k], width);
	}
}

/* The area before this one on the page that has the same rule; NULL when there is none. */
static const struct area *told_in(const struct page *p, const struct metric *m)
{
	for (const struct area *a = p->before; a != NULL && a < p->area; a++)
		for (size_t i = 0; i < a->n_metrics; i++)
			if (str_eq(a->metrics[i].rule_id, m->rule_id))
				return a;
	return NULL;
}

static int print_metric(struct page *p, size_t i)
{
	const struct metric *m = &p->area->metrics[i];
	const struct metric_words *w = &p->words[i];
	const struct area *told = told_in(p, m);
	struct selection_words usage;
	int rc = 0;

	printf("\n  " STR_FMT "%s" STR_FMT "\n", STR_ARG(m->name), told == NULL ? "" : ": as in ",
		STR_ARG(told == NULL ? STR("") : told->name));
	if (told != NULL)
		return 0;
	layout_wrapped(stdout, w->sentence, 4, 4);
	if (w->usage != NULL) {
		rc = describe_selection(w->usage, &p->ar, &usage);
		if (rc != 0)
			return rc;
		fputs("    What counts:\n", stdout);
		layout_wrapped(stdout, usage.sentence, 6, 6);
	}
	print_steps(w);
	print_unknown(m->unknown, m->n_unknown, 4);
	return 0;
}

static int print_area(
	const struct edition *e, const struct area *area, const struct area *before, struct page *p)
{
	int rc = 0;

	p->e = e;
	p->area = area;
	p->before = before;
	arena_reset(&p->ar);
	for (size_t i = 0; rc == 0 && i < area->n_metrics; i++) {
		(void)snprintf(p->maxima[i], sizeof p->maxima[i], "%u", area->metrics[i].maximum);
		rc = describe_metric(e, &area->metrics[i], &p->ar, &p->words[i]);
	}
	if (rc != 0)
		return rc;
	printf("\n" STR_FMT ", id " STR_FMT, STR_ARG(area->name), STR_ARG(area->id));
	if (area->tracks[0].id.n > 0)
		printf(", track " STR_FMT, STR_ARG(area->tracks[0].id));
	fputs("\n\n", stdout);
	print_table(p);
	for (size_t i = 0; rc == 0 && i < area->n_metrics; i++)
		rc = print_metric(p, i);
	return rc;
}

static void print_head(const struct edition *e)
{
	char validity[VALIDITY_TEXT], text[512], at[RATIO_TEXT], above[RATIO_TEXT];

	printf("Edition " STR_FMT ": " STR_FMT ", valid %s\n", STR_ARG(e->id), STR_ARG(e->title),
		describe_validity(e, validity));
	(void)snprintf(text, sizeof text,
		"An area qualifies with %s points or more in all, and more than %s in every metric.",
		ratio_format(e->qualifies_at, at), ratio_format(e->metric_above, above));
	layout_wrapped(stdout, str_from(text), 0, 0);
	(void)snprintf(text, sizeof text,
		"A month of usage counts once it is reported complete; without such word from day %u "
		"of the next month on.",
		e->usage_ready_day);
	layout_wrapped(stdout, str_from(text), 0, 0);
	print_unknown(e->unknown, e->n_unknown, 0);
}

static int print_edition(const struct edition *e, const struct area *only)
{
	struct page *p = mem_zalloc(&mem_heap, sizeof *p);
	int rc = 0;

	if (p == NULL)
		return ERR_NOMEM;
	arena_init(&p->ar, &mem_heap, WORDS_BYTES_MAX);
	print_head(e);
	if (only != NULL)
		rc = print_area(e, only, NULL, p);
	for (size_t i = 0; only == NULL && rc == 0 && i < e->n_areas; i++)
		rc = print_area(e, &e->areas[i], e->areas, p);
	arena_fini(&p->ar);
	mem_free(&mem_heap, p, sizeof *p);
	return rc;
}

int rules_show(const struct verb *verb, int argc, char **argv)
{
	const char *edition;
	bool json;
	const struct option_spec specs[] = {
		{ .name = "edition",
			.letter = 'e',
			.type = OPTION_TEXT,
			.value = &edition,
			.metavar = "E",
			.help = "edition id, a rule file, or a date (default: the edition valid today)" },
		{ .name = "json",
			.type = OPTION_FLAG,
			.value = &json,
			.help = "print JSON (docs/cli.md)" },
	};
	struct edition_box *box = NULL;
	const struct area *only = NULL;
	int n, exit_code, rc;

	if (!cli_parse(verb, specs, sizeof specs / sizeof *specs, argc, argv, &n, &exit_code))
		return exit_code;
	if (n > 1)
		return cli_fail(verb, CLI_USAGE, "name one area, or none for the whole edition");
	if (rules_open(verb, edition, &box, &exit_code) != 0)
		return exit_code;
	if (n == 1)
		only = rules_area(verb, edition_box_get(box), argv[1]);
	if (n == 1 && only == NULL) {
		edition_box_destroy(box);
		return CLI_USAGE;
	}
	rc = json ? json_print(rules_edition_json(edition_box_get(box), only))
		  : print_edition(edition_box_get(box), only);
	edition_box_destroy(box);
	return rc == 0 ? CLI_OK : cli_fail(verb, CLI_INTERNAL, "%s", err_text(rc));
}
