/* capscore rules diff: what changes from one edition to another. */
#include "rules/describe/diff.h"
#include "services/cli/json_values.h"
#include "services/cli/layout.h"
#include "services/cli/rules_verbs.h"

#define DIFF_BYTES_MAX ((size_t)256 << 20)

static const char *const sections[DIFF_SECTION_END] = { "Edition", "Settings", "Windows",
	"Certificates", "Selections of usage", NULL, "Catalogue" };

/* The name of what an entry is about, in either edition. */
static struct str area_name(const struct edition *a, const struct edition *b, struct str id)
{
	const struct edition *both[] = { b, a };

	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < both[k]->n_areas; i++)
			if (str_eq(both[k]->areas[i].id, id))
				return both[k]->areas[i].name;
	return id;
}

struct str rules_diff_heading(
	const struct edition *a, const struct edition *b, const struct diff_entry *x)
{
	return x->section == DIFF_AREAS ? area_name(a, b, x->at[DIFF_SUBJECT])
					: str_from(sections[x->section]);
}

static void print_diff(
	const struct edition *a, const struct edition *b, const struct edition_diff *d)
{
	const struct diff_entry *last = NULL;

	for (size_t i = 0; i < d->n; last = &d->entries[i++]) {
		const struct diff_entry *x = &d->entries[i];
		bool begins = last == NULL || last->section != x->section ||
			      (x->section == DIFF_AREAS &&
				      !str_eq(last->at[DIFF_SUBJECT], x->at[DIFF_SUBJECT]));

		if (begins && last != NULL)
			fputs("\n", stdout);
		if (begins && x->section != DIFF_AREAS)
			printf("%s\n", sections[x->section]);
		else if (begins)
			printf("Area " STR_FMT ", id " STR_FMT "\n",
				STR_ARG(area_name(a, b, x->at[DIFF_SUBJECT])),
				STR_ARG(x->at[DIFF_SUBJECT]));
		layout_wrapped(stdout, x->text, 2, 4);
	}
}

static json_t *entry_json(const struct diff_entry *x)
{
	json_t *o = json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "change",
		diff_change_name(x->change), "section", diff_section_name(x->section), "what",
		text_or_null_json(x->what), "before", text_or_null_json(x->before), "after",
		text_or_null_json(x->after), "text", text_json(x->text));

	for (int l = 0; l < DIFF_LEVELS && o != NULL; l++)
		if (json_object_set_new(o, diff_level_name((enum diff_level)l),
			    text_or_null_json(x->at[l])) != 0) {
			json_decref(o);
			o = NULL;
		}
	return o;
}

static int print_json(
	const struct edition *a, const struct edition *b, const struct edition_diff *d)
{
	json_t *list = json_array();

	for (size_t i = 0; i < d->n; i++)
		json_add(&list, entry_json(&d->entries[i]));
	return json_print(json_pack("{s:b, s:o, s:o, s:o}", "same", (int)(d->n == 0), "a",
		text_json(a->id), "b", text_json(b->id), "changes", list));
}

static int compare(const struct verb *verb, const struct edition *a, const struct edition *b,
	char **names, bool json)
{
	struct edition_diff d;
	struct arena ar;
	int rc;

	arena_init(&ar, &mem_heap, DIFF_BYTES_MAX);
	rc = edition_diff(a, b, &ar, &d);
	if (rc == 0 && json)
		rc = print_json(a, b, &d);
	else if (rc == 0 && d.n == 0)
		printf("%s and %s ask for the same.\n", names[0], names[1]);
	else if (rc == 0)
		print_diff(a, b, &d);
	arena_fini(&ar);
	if (rc != 0)
		return cli_fail(verb, CLI_INTERNAL, "%s", err_text(rc));
	return d.n == 0 ? CLI_OK : CLI_REFUSED;
}

int rules_diff(const struct verb *verb, int argc, char **argv)
{
	bool json;
	const struct option_spec specs[] = {
		{ .name = "json",
			.type = OPTION_FLAG,
			.value = &json,
			.help = "print JSON (docs/cli.md)" },
	};
	struct edition_box *a = NULL, *b = NULL;
	int n, exit_code;

	if (!cli_parse(verb, specs, sizeof specs / sizeof *specs, argc, argv, &n, &exit_code))
		return exit_code;
	if (n != 2)
		return cli_fail(
			verb, CLI_USAGE, "diff compares two editions: ids, dates or rule files");
	if (rules_open(verb, argv[1], &a, &exit_code) == 0 &&
		rules_open(verb, argv[2], &b, &exit_code) == 0)
		exit_code = compare(verb, edition_box_get(a), edition_box_get(b), argv + 1, json);
	else if (exit_code == CLI_REFUSED)
		exit_code = CLI_USAGE; /* 1 says that both were read and differ */
	edition_box_destroy(a);
	edition_box_destroy(b);
	return exit_code;
}
