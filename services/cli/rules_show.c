/* capscore rules show: an edition, one area of it, or its catalogue, for people who run a partner programme. */
#include "services/cli/json_values.h"
#include "services/cli/layout.h"
#include "services/cli/rules_verbs.h"

#define WORDS_BYTES_MAX ((size_t)16 << 20)

/* ---- the edition -------------------------------------------------------------------------------------------- */

static void print_unknown(FILE *out, const struct edition *e)
{
	char text[2048];

	for (size_t i = 0; i < e->n_unknown; i++) {
		(void)snprintf(text, sizeof text, "Not known: " STR_FMT, STR_ARG(e->unknown[i]));
		layout_wrapped(out, str_from(text), 0, 2);
	}
}

static int print_windows(
	FILE *out, const char *of, const struct window_rule *windows, size_t n, struct arena *ar)
{
	struct window_words w;
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++) {
		rc = describe_window(&windows[i], of, ar, &w);
		if (rc == 0)
			layout_wrapped(out, w.sentence, 0, 2);
	}
	return rc;
}

/* only: the area that is shown, whose windows alone are told; NULL: all. */
static int print_head(FILE *out, const struct edition *e, const struct area *only)
{
	bool special = only != NULL && only->form == AREA_OF_REQUIREMENTS;
	char validity[VALIDITY_TEXT];
	struct settings_words w;
	struct arena ar;
	int rc;

	arena_init(&ar, &mem_heap, WORDS_BYTES_MAX);
	rc = describe_settings(e, &ar, &w);
	if (rc == 0) {
		fprintf(out, "Edition " STR_FMT ": " STR_FMT ", valid %s\n", STR_ARG(e->id),
			STR_ARG(e->title), describe_validity(e, validity));
		layout_wrapped(out, w.qualifies, 0, 0);
		layout_wrapped(out, w.month, 0, 0);
	}
	if (rc == 0 && !special)
		rc = print_windows(out, "designation", e->windows, e->n_windows, &ar);
	if (rc == 0 && (only == NULL || special))
		rc = print_windows(out, "specialization", e->specialization_windows,
			e->n_specialization_windows, &ar);
	arena_fini(&ar);
	if (rc == 0)
		print_unknown(out, e);
	return rc;
}

/* "work  Work  5 metrics, tracks enterprise, smb" */
static void print_list_row(FILE *out, const struct area *a, int id_width, int name_width)
{
	static const char *const of[] = { [AREA_OF_METRICS] = "metric",
		[AREA_OF_AREAS] = "designation",
		[AREA_OF_REQUIREMENTS] = "requirement" };

	fputs("  ", out);
	layout_cell(out, a->id, id_width + 2);
	layout_cell(out, a->name, name_width + 2);
	fprintf(out, "%zu %s%s", a->n_metrics, of[a->form], a->n_metrics == 1 ? "" : "s");
	for (size_t i = 0; i < a->n_tracks && a->tracks[i].id.n > 0; i++)
		fprintf(out, "%s" STR_FMT, i == 0 ? ", tracks " : ", ", STR_ARG(a->tracks[i].id));
	fputs("\n", out);
}

static void print_list(FILE *out, const struct edition *e, bool special)
{
	int ids = 0, names = 0;
	bool first = true;

	for (size_t i = 0; i < e->n_areas; i++) {
		int id = layout_width(e->areas[i].id), name = layout_width(e->areas[i].name);

		ids = id > ids ? id : ids;
		names = name > names ? name : names;
	}
	for (size_t i = 0; i < e->n_areas; i++) {
		if ((e->areas[i].form == AREA_OF_REQUIREMENTS) != special)
			continue;
		if (first)
			fputs(special ? "\nSpecializations\n" : "\nAreas\n", out);
		first = false;
		print_list_row(out, &e->areas[i], ids, names);
	}
}

int rules_print_edition(FILE *out, const struct edition *e)
{
	int rc = print_head(out, e, NULL);

	if (rc != 0)
		return rc;
	print_list(out, e, false);
	print_list(out, e, true);
	fputs("\n`capscore rules show AREA` tells one of them by its id or name, --all tells all.\n",
		out);
	if (e->n_catalogue > 0)
		fprintf(out, "--catalogue lists the catalogue, %zu %s.\n", e->n_catalogue,
			e->n_catalogue == 1 ? "entry" : "entries");
	return 0;
}

/* ---- the catalogue ------------------------------------------------------------------------------------------ */

bool rules_entry_is_of(
	const struct edition *e, const struct catalogue_entry *c, const struct area *a)
{
	for (size_t i = 0; i < c->n_areas; i++)
		if (&e->areas[c->areas[i]] == a)
			return true;
	return false;
}

static void print_entry(FILE *out, const struct edition *e, const struct catalogue_entry *c)
{
	char line[2048];
	struct sink s;

	fprintf(out, "  " STR_FMT ", id " STR_FMT "\n", STR_ARG(c->name), STR_ARG(c->id));
	layout_wrapped(out, c->text, 4, 4);
	sink_init(&s, line, sizeof line);
	for (size_t i = 0; i < c->n_areas; i++)
		sink_printf(&s, "%s" STR_FMT, i == 0 ? "With: " : ", ",
			STR_ARG(e->areas[c->areas[i]].name));
	if (c->n_areas > 0)
		layout_wrapped(out, str_from(line), 4, 6);
	sink_init(&s, line, sizeof line);
	sink_printf(&s, "Source: " STR_FMT, STR_ARG(c->source));
	layout_wrapped(out, str_from(line), 4, 6);
}

int rules_print_catalogue(FILE *out, const struct edition *e, const struct area *only)
{
	static const char *const titles[CATALOGUE_KIND_END] = { [CATALOGUE_BENEFIT] = "Benefits",
		[CATALOGUE_INCENTIVE] = "Incentives",
		[CATALOGUE_COMPETENCY] = "Competencies",
		[CATALOGUE_EXPERT] = "Expert programme" };
	size_t n = 0;

	fprintf(out, "Catalogue of edition " STR_FMT ": " STR_FMT "\n", STR_ARG(e->id),
		STR_ARG(e->title));
	for (int kind = 1; kind < CATALOGUE_KIND_END; kind++) {
		size_t of_kind = 0;

		for (size_t i = 0; i < e->n_catalogue; i++) {
			const struct catalogue_entry *c = &e->catalogue[i];

			if ((int)c->kind != kind ||
				(only != NULL && !rules_entry_is_of(e, c, only)))
				continue;
			if (of_kind++ == 0)
				fprintf(out, "\n%s\n", titles[kind]);
			print_entry(out, e, c);
		}
		n += of_kind;
	}
	if (n == 0)
		fputs("There is nothing in it.\n", out);
	return 0;
}

/* ---- the verb ----------------------------------------------------------------------------------------------- */

struct asked {
	bool json, all, catalogue;
	const struct area *only;
};

static int show(const struct edition *e, const struct asked *a)
{
	int rc;

	if (a->catalogue && a->json)
		return json_print(rules_catalogue_json(e, a->only));
	if (a->catalogue)
		return rules_print_catalogue(stdout, e, a->only);
	if (a->json)
		return json_print(rules_edition_json(e, a->only));
	if (!a->all && a->only == NULL)
		return rules_print_edition(stdout, e);
	rc = print_head(stdout, e, a->only);
	return rc != 0 ? rc : rules_print_areas(stdout, e, a->only);
}

int rules_show(const struct verb *verb, int argc, char **argv)
{
	const char *edition;
	struct asked asked = { 0 };
	const struct option_spec specs[] = {
		{ .name = "edition",
			.letter = 'e',
			.type = OPTION_TEXT,
			.value = &edition,
			.metavar = "E",
			.help = "edition id, a rule file, or a date (default: the edition valid today)" },
		{ .name = "all",
			.type = OPTION_FLAG,
			.value = &asked.all,
			.help = "tell every area in full" },
		{ .name = "catalogue",
			.type = OPTION_FLAG,
			.value = &asked.catalogue,
			.help = "list benefits, incentives and the like, of the area or of all" },
		{ .name = "json",
			.type = OPTION_FLAG,
			.value = &asked.json,
			.help = "print JSON (docs/cli.md)" },
	};
	struct edition_box *box = NULL;
	int n, exit_code, rc;

	if (!cli_parse(verb, specs, sizeof specs / sizeof *specs, argc, argv, &n, &exit_code))
		return exit_code;
	if (n > 1)
		return cli_fail(verb, CLI_USAGE, "name one area, or none for the whole edition");
	if (n == 1 && asked.all)
		return cli_fail(verb, CLI_USAGE, "name an area or say --all, not both");
	if (rules_open(verb, edition, &box, &exit_code) != 0)
		return exit_code;
	if (n == 1)
		asked.only = rules_area(verb, edition_box_get(box), argv[1]);
	if (n == 1 && asked.only == NULL) {
		edition_box_destroy(box);
		return CLI_USAGE;
	}
	rc = show(edition_box_get(box), &asked);
	edition_box_destroy(box);
	return rc == 0 ? CLI_OK : cli_fail(verb, CLI_INTERNAL, "%s", err_text(rc));
}
