/* capscore generate: exports of invented partners, in the real formats, from a story and a seed; and its other verb,
 * capscore generate population. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "services/generate/export.h"
#include "services/generate/sheet.h"
#include "services/generate/shipped.h"
#include "services/cli/generate_population.h"
#include "services/cli/verbs.h"

#define MEMORY_MAX ((size_t)64 * 1024 * 1024)
#define REPORT_MAX ((size_t)1024 * 1024)

struct job {
	const struct verb *verb;
	struct generator g;
	const char *folder;
	month_no from, through;
	const char *partner; /* only this one; NULL for all */
	int64_t copies;
	uint64_t files, rows;
};

/* The story of that name, or the file. path gets what messages call it. */
static int find_story(const char *name, struct arena *keep, const char **ret_path,
	struct str *ret_text, struct err *e)
{
	FILE *f;
	char *text;
	size_t n;
	bool failed;

	for (size_t i = 0; i < shipped_stories_count; i++)
		if (str_eq(shipped_stories[i].name, str_from(name))) {
			*ret_path = shipped_stories[i].file;
			*ret_text = shipped_stories[i].text;
			return 0;
		}
	f = fopen(name, "rb");
	if (f == NULL && errno == ENOENT && strchr(name, '/') == NULL)
		return err_set(e, ERR_INVALID,
			"there is no story '%s'; there is " STR_FMT ", and any file", name,
			STR_ARG(shipped_stories[0].name));
	if (f == NULL)
		return err_set(e, ERR_IO, "%s: %s", name, strerror(errno));
	text = arena_alloc(keep, STORY_TEXT_MAX + 1);
	if (text == NULL) {
		fclose(f);
		return err_set(e, ERR_NOMEM, "out of memory");
	}
	n = fread(text, 1, STORY_TEXT_MAX + 1, f);
	failed = ferror(f) != 0;
	fclose(f);
	if (failed)
		return err_set(e, ERR_IO, "%s: cannot be read", name);
	*ret_path = name;
	*ret_text = (struct str){ text, n };
	return 0;
}

/* Finds, reads and checks the story. What is wrong with it is said on stderr. */
static int load_story(
	const struct verb *verb, const char *name, struct arena *keep, struct story *ret_story)
{
	const char *path = name;
	struct err e = { 0 };
	struct str text = { NULL, 0 };
	struct buf report;
	int rc = find_story(name, keep, &path, &text, &e);

	if (rc != 0)
		return cli_fail(verb, cli_exit_of(rc), "%s", e.text);
	buf_init(&report, &mem_heap, REPORT_MAX);
	rc = story_read(keep, path, text, &report, ret_story);
	if (report.n > 0)
		fwrite(report.p, 1, report.n, stderr);
	buf_fini(&report);
	if (rc == ERR_SYNTAX)
		return cli_fail(verb, CLI_REFUSED, "%s is no story", path);
	if (rc == ERR_FULL)
		return cli_fail(
			verb, CLI_REFUSED, "%s is longer than %d bytes", path, STORY_TEXT_MAX);
	return rc == 0 ? CLI_OK : cli_fail(verb, CLI_INTERNAL, "out of memory");
}

typedef uint64_t (*export_fn)(const struct generator *, size_t, uint32_t, month_no, FILE *);

static int write_export(
	struct job *j, const char *kind, month_no month, void (*header)(FILE *), export_fn rows)
{
	const struct story *story = j->g.story;
	char path[PATH_MAX], text[MONTH_TEXT];
	int n = snprintf(
		path, sizeof path, "%s/%s-%s.csv", j->folder, kind, month_format(month, text));
	FILE *f;
	bool failed;

	if (n < 0 || (size_t)n >= sizeof path)
		return cli_fail(j->verb, CLI_USAGE, "the path is too long");
	f = fopen(path, "wb");
	if (f == NULL)
		return cli_fail(j->verb, CLI_UNREACHABLE, "%s: %s", path, strerror(errno));
	header(f);
	for (size_t p = 0; p < story->n_partners; p++)
		for (int64_t copy = 0; copy < j->copies; copy++)
			if (j->partner == NULL ||
				str_eq(story->partners[p].id, str_from(j->partner)))
				j->rows += rows(&j->g, p, (uint32_t)copy, month, f);
	failed = fflush(f) != 0 || ferror(f);
	if (!failed)
		sheet_stamp(f, month);
	if (fclose(f) != 0 || failed)
		return cli_fail(j->verb, CLI_UNREACHABLE, "%s: %s", path, strerror(errno));
	j->files++;
	return CLI_OK;
}

static int write_all(struct job *j)
{
	char from[MONTH_TEXT], through[MONTH_TEXT];

	if (mkdir(j->folder, 0777) != 0 && errno != EEXIST)
		return cli_fail(j->verb, CLI_UNREACHABLE, "%s: %s", j->folder, strerror(errno));
	for (month_no m = j->from; m <= j->through; m++) {
		int rc = write_export(j, "azure-usage", m, export_usage_header, export_usage);

		if (rc == CLI_OK)
			rc = write_export(
				j, "trainings", m, export_trainings_header, export_trainings);
		if (rc != CLI_OK)
			return rc;
	}
	printf("%s: %llu files, %llu rows, %s to %s\n  " STR_FMT "\n", j->folder,
		(unsigned long long)j->files, (unsigned long long)j->rows,
		month_format(j->from, from), month_format(j->through, through),
		STR_ARG(j->g.story->title));
	return CLI_OK;
}

static bool has_partner(const struct story *story, const char *id)
{
	for (size_t i = 0; i < story->n_partners; i++)
		if (str_eq(story->partners[i].id, str_from(id)))
			return true;
	return false;
}

/* Months outside the story have nothing to tell. */
static int choose_months(struct job *j, const char *from, const char *through)
{
	const struct story *story = j->g.story;
	char first[MONTH_TEXT], last[MONTH_TEXT];

	j->from = story->from;
	j->through = story->through;
	if (from != NULL && month_parse(str_from(from), &j->from) != 0)
		return cli_fail(
			j->verb, CLI_USAGE, "--from: '%s' is no month such as 2023-06", from);
	if (through != NULL && month_parse(str_from(through), &j->through) != 0)
		return cli_fail(
			j->verb, CLI_USAGE, "--through: '%s' is no month such as 2023-06", through);
	if (j->from > j->through || j->from < story->from || j->through > story->through)
		return cli_fail(j->verb, CLI_USAGE, "the story tells of %s to %s",
			month_format(story->from, first), month_format(story->through, last));
	return CLI_OK;
}

static int generate_story(const struct verb *verb, int argc, char **argv)
{
	const char *story_name, *from, *through;
	int64_t seed;
	struct job j = { .verb = verb };
	const struct option_spec specs[] = {
		{ "story", 's', OPTION_TEXT, &story_name, "demo", 0, 0, "NAME|FILE",
			"the story to tell; FILE is YAML like services/generate/stories/demo.yaml" },
		{ "seed", 0, OPTION_NUMBER, &seed, "1", 0, INT64_MAX, "N",
			"names, ids and the spread of amounts follow from it; scores do not" },
		{ "partner", 'p', OPTION_TEXT, &j.partner, NULL, 0, 0, "ID",
			"only this partner of the story" },
		{ "copies", 0, OPTION_NUMBER, &j.copies, "1", 1, 100000, "N",
			"tell the story of N partners each, with ids of their own, for volume" },
		{ "from", 0, OPTION_TEXT, &from, NULL, 0, 0, "MONTH",
			"first month (the story's first)" },
		{ "through", 0, OPTION_TEXT, &through, NULL, 0, 0, "MONTH",
			"last month (the story's last)" },
	};
	struct story story;
	struct arena keep;
	int n_args, rc;

	if (!cli_parse(verb, specs, sizeof specs / sizeof *specs, argc, argv, &n_args, &rc))
		return rc;
	if (n_args != 1)
		return cli_fail(verb, CLI_USAGE, "one folder to write into is needed; see --help");
	j.folder = argv[1];
	arena_init(&keep, &mem_heap, MEMORY_MAX);
	rc = load_story(verb, story_name, &keep, &story);
	if (rc == CLI_OK) {
		j.g = (struct generator){ .story = &story, .seed = (uint64_t)seed };
		if (j.partner != NULL && !has_partner(&story, j.partner))
			rc = cli_fail(verb, CLI_USAGE, "the story has no partner '%s'", j.partner);
	}
	if (rc == CLI_OK)
		rc = choose_months(&j, from, through);
	if (rc == CLI_OK)
		rc = write_all(&j);
	arena_fini(&keep);
	return rc;
}

int cmd_generate(const struct verb *verb, int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], population_verb.name + sizeof "generate") == 0)
		return population_verb.run(&population_verb, argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "story") == 0)
		return generate_story(verb, argc - 1, argv + 1);
	return generate_story(verb, argc, argv);
}
