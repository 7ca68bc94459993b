/* capscore generate population: exports and events of many invented partners. */
#include "services/cli/generate_population.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "common/wire/event_json.h"
#include "services/generate/delay.h"
#include "services/generate/reports.h"
#include "services/generate/shipped.h"
#include "services/generate/stream.h"
#include "services/shared/edition_open.h"

#define MEMORY_MAX     ((size_t)64 * 1024 * 1024)
#define REPORT_MAX     ((size_t)1024 * 1024)
#define LINE_BYTES_MAX ((size_t)64 * 1024)
#define FILE_BUFFER    ((size_t)1024 * 1024)
#define EVENTS_FILE    "events.ndjson"

/* What is asked for. */
struct wish {
	const char *folder; /* "-": events on the standard output */
	const char *through, *format, *edition, *world;
	int64_t partners, customers, people, largest, months, seed;
	int64_t corrections, duplicates, late, late_lines;
	bool days;
	struct option_list reports;
};

struct job {
	const struct verb *verb;
	const struct wish *wish;
	const struct population *p;
	FILE *out;
	uint64_t files, rows, events;
};

/* ---- the world and the edition ------------------------------------------------------------------------------------ */

static int find_world(const char *name, struct arena *keep, const char **ret_path,
	struct str *ret_text, struct err *e)
{
	struct buf text;
	char *copy;
	int rc;

	for (size_t i = 0; i < shipped_worlds_count; i++)
		if (str_eq(shipped_worlds[i].name, str_from(name))) {
			*ret_path = shipped_worlds[i].file;
			*ret_text = shipped_worlds[i].text;
			return 0;
		}
	if (!edition_is_path(name))
		return err_set(e, ERR_INVALID,
			"there is no world '%s'; there is " STR_FMT
			", and any file (a path with a slash, or ending in .yaml)",
			name, STR_ARG(shipped_worlds[0].name));
	buf_init(&text, &mem_heap, EDITION_TEXT_MAX + 1);
	rc = edition_read_file(name, &text, e);
	copy = rc == 0 ? arena_alloc(keep, text.n + 1) : NULL;
	if (copy != NULL) {
		memcpy(copy, text.p, text.n);
		*ret_path = name;
		*ret_text = (struct str){ copy, text.n };
	} else if (rc == 0) {
		rc = err_set(e, ERR_NOMEM, "out of memory");
	}
	buf_fini(&text);
	return rc;
}

/* What is wrong with a file goes to stderr. */
static int load_world(
	const struct verb *verb, const char *name, struct arena *keep, struct world *ret)
{
	const char *path = name;
	struct err e = { 0 };
	struct str text = { NULL, 0 };
	struct buf report;
	int rc = find_world(name, keep, &path, &text, &e);

	if (rc != 0)
		return cli_fail(
			verb, rc == ERR_NOTFOUND ? CLI_UNREACHABLE : cli_exit_of(rc), "%s", e.text);
	buf_init(&report, &mem_heap, REPORT_MAX);
	rc = world_read(keep, path, text, &report, ret);
	if (report.n > 0)
		fwrite(report.p, 1, report.n, stderr);
	buf_fini(&report);
	if (rc == ERR_SYNTAX)
		return cli_fail(verb, CLI_REFUSED, "%s is no world", path);
	if (rc == ERR_FULL)
		return cli_fail(
			verb, CLI_REFUSED, "%s is longer than %d bytes", path, WORLD_TEXT_MAX);
	return rc == 0 ? CLI_OK : cli_fail(verb, CLI_INTERNAL, "out of memory");
}

static int load_edition(
	const struct verb *verb, const char *name, day_no day, struct edition_box **ret_box)
{
	struct err e = { 0 };
	struct buf report;
	int rc;

	buf_init(&report, &mem_heap, REPORT_MAX);
	rc = edition_open(name, day, &report, ret_box, &e);
	if (rc != 0 && report.n > 0)
		fwrite(report.p, 1, report.n, stderr);
	buf_fini(&report);
	if (rc == 0)
		return CLI_OK;
	if (rc == ERR_SYNTAX)
		return cli_fail(verb, CLI_REFUSED, "%s is no edition of the rules", name);
	return cli_fail(verb, rc == ERR_NOTFOUND ? CLI_USAGE : cli_exit_of(rc), "%s", e.text);
}

/* ---- files -------------------------------------------------------------------------------------------------------- */

static int open_file(struct job *j, const char *name, char path[PATH_MAX])
{
	int n = snprintf(path, PATH_MAX, "%s/%s", j->wish->folder, name);

	if (n < 0 || n >= PATH_MAX)
		return cli_fail(j->verb, CLI_USAGE, "the path is too long");
	j->out = fopen(path, "wb");
	if (j->out == NULL)
		return cli_fail(j->verb, CLI_UNREACHABLE, "%s: %s", path, strerror(errno));
	(void)setvbuf(j->out, NULL, _IOFBF, FILE_BUFFER);
	return CLI_OK;
}

/* month: the file gets the time of that month's export; MONTH_NONE: it keeps the present. */
static int close_file(struct job *j, const char *path, month_no month)
{
	bool failed = fflush(j->out) != 0 || ferror(j->out) != 0;

	if (!failed && month != MONTH_NONE)
		sheet_stamp(j->out, month);
	if (fclose(j->out) != 0 || failed)
		return cli_fail(j->verb, CLI_UNREACHABLE, "%s: %s", path, strerror(errno));
	j->files++;
	return CLI_OK;
}

static bool is_wanted(const struct wish *w, const struct population_report *report)
{
	for (size_t i = 0; i < w->reports.n; i++)
		if (strcmp(w->reports.items[i], report->name) == 0)
			return true;
	return w->reports.n == 0 && !report->on_request;
}

static int write_exports(struct job *j)
{
	const struct population_options *o = &j->p->o;
	char path[PATH_MAX], name[64], text[MONTH_TEXT];

	for (month_no m = o->from; m <= o->through; m++)
		for (size_t i = 0; i < population_reports_count; i++) {
			const struct population_report *report = &population_reports[i];
			int rc;

			if (!is_wanted(j->wish, report))
				continue;
			(void)snprintf(name, sizeof name, "%s-%s.csv", report->name,
				month_format(m, text));
			rc = open_file(j, name, path);
			if (rc != CLI_OK)
				return rc;
			j->rows += population_export(j->p, report, m, j->out);
			rc = close_file(j, path, m);
			if (rc != CLI_OK)
				return rc;
		}
	return CLI_OK;
}

/* ---- events ------------------------------------------------------------------------------------------------------- */

struct writer {
	struct delay *delay;
	struct buf line;
	FILE *out;
	uint64_t events;
};

static int on_event(void *ctx, const struct event *ev)
{
	struct writer *w = ctx;
	int rc;

	buf_reset(&w->line);
	rc = event_to_json(ev, &w->line);
	if (rc == 0)
		rc = buf_add(&w->line, "\n", 1);
	if (rc != 0)
		return rc;
	w->events++;
	return delay_put(w->delay, buf_span(&w->line), ev->kind == FACT_DAY);
}

static int on_line(void *ctx, struct span line)
{
	struct writer *w = ctx;

	return fwrite(line.p, 1, line.n, w->out) == line.n ? 0 : ERR_IO;
}

static int stream_to(struct job *j, FILE *out, struct writer *w)
{
	const struct wish *wish = j->wish;
	struct delay_options o = { .seed = (uint64_t)wish->seed,
		.bound = (uint32_t)wish->late_lines,
		.held = (uint32_t)wish->late,
		.repeated = (uint32_t)wish->duplicates };
	int rc;

	*w = (struct writer){ .out = out };
	rc = delay_create(&mem_heap, &o, on_line, w, &w->delay);
	if (rc != 0)
		return rc;
	buf_init(&w->line, &mem_heap, LINE_BYTES_MAX);
	rc = population_stream(j->p, wish->days, on_event, w);
	if (rc == 0)
		rc = delay_flush(w->delay);
	buf_fini(&w->line);
	return rc;
}

static int write_events(struct job *j)
{
	bool to_stdout = strcmp(j->wish->folder, "-") == 0;
	char path[PATH_MAX] = "standard output";
	struct writer w;
	int rc = CLI_OK, made;

	if (to_stdout)
		(void)setvbuf(j->out = stdout, NULL, _IOFBF, FILE_BUFFER);
	else
		rc = open_file(j, EVENTS_FILE, path);
	if (rc != CLI_OK)
		return rc;
	made = stream_to(j, j->out, &w);
	if (to_stdout && (fflush(stdout) != 0 || made == ERR_IO))
		rc = cli_fail(j->verb, CLI_UNREACHABLE, "%s: %s", path, strerror(errno));
	else if (!to_stdout)
		rc = close_file(j, path, MONTH_NONE);
	if (rc == CLI_OK && made != 0)
		rc = cli_fail(j->verb, cli_exit_of(made), "%s: %s", path, err_name(made));
	if (rc == CLI_OK && !to_stdout)
		printf("%s: %llu events, %llu held back behind at most %lld later ones, %llu repeated\n",
			path, (unsigned long long)w.events, (unsigned long long)delay_held(w.delay),
			(long long)j->wish->late_lines,
			(unsigned long long)delay_repeated(w.delay));
	delay_destroy(w.delay);
	j->events = w.events;
	return rc;
}

/* ---- the verb ----------------------------------------------------------------------------------------------------- */

enum { WRITE_EXPORTS = 1, WRITE_EVENTS = 2 };

static int read_format(const struct verb *verb, const struct wish *w, unsigned *ret)
{
	static const char *const names[] = { "exports", "events", "both" };

	for (unsigned i = 0; i < 3; i++)
		if (strcmp(w->format, names[i]) == 0) {
			*ret = i + 1;
			if (strcmp(w->folder, "-") == 0 && *ret != WRITE_EVENTS)
				return cli_fail(verb, CLI_USAGE,
					"only --format events goes to the standard output");
			return CLI_OK;
		}
	return cli_fail(
		verb, CLI_USAGE, "--format: '%s' is none of exports, events, both", w->format);
}

static int check_reports(const struct verb *verb, const struct wish *w)
{
	for (size_t i = 0; i < w->reports.n; i++) {
		size_t k = 0;

		while (k < population_reports_count &&
			strcmp(population_reports[k].name, w->reports.items[i]) != 0)
			k++;
		if (k == population_reports_count) {
			fprintf(stderr, "reports are:");
			for (k = 0; k < population_reports_count; k++)
				fprintf(stderr, " %s", population_reports[k].name);
			fputc('\n', stderr);
			return cli_fail(verb, CLI_USAGE, "--report: there is no report '%s'",
				w->reports.items[i]);
		}
	}
	return CLI_OK;
}

static int write_all(struct job *j, unsigned format)
{
	const struct wish *w = j->wish;
	const struct population_options *o = &j->p->o;
	char from[MONTH_TEXT], through[MONTH_TEXT];
	int rc = CLI_OK;

	if (strcmp(w->folder, "-") != 0 && mkdir(w->folder, 0777) != 0 && errno != EEXIST)
		return cli_fail(j->verb, CLI_UNREACHABLE, "%s: %s", w->folder, strerror(errno));
	if ((format & WRITE_EXPORTS) != 0) {
		rc = write_exports(j);
		if (rc == CLI_OK)
			printf("%s: %llu reports, %llu rows, %s to %s\n", w->folder,
				(unsigned long long)j->files, (unsigned long long)j->rows,
				month_format(o->from, from), month_format(o->through, through));
	}
	if (rc == CLI_OK && (format & WRITE_EVENTS) != 0)
		rc = write_events(j);
	return rc;
}

/* Draws the population of a world by an edition, and writes it. */
static int run_world(const struct verb *verb, const struct wish *w, const struct world *world,
	const struct population_options *o, unsigned format)
{
	struct shelf *shelf = mem_alloc(&mem_heap, sizeof *shelf);
	struct edition_box *box = NULL;
	struct population p;
	struct job j = { .verb = verb, .wish = w, .p = &p };
	struct err e = { 0 };
	int rc;

	if (shelf == NULL)
		return cli_fail(verb, CLI_INTERNAL, "out of memory");
	rc = load_edition(verb, w->edition, month_first_day(o->through + 1) - 1, &box);
	if (rc == CLI_OK) {
		shelf_fill(shelf, edition_box_get(box));
		rc = population_init(&p, o, world, shelf, &e);
		rc = rc == 0 ? write_all(&j, format)
			     : cli_fail(verb, cli_exit_of(rc), "%s", e.text);
	}
	edition_box_destroy(box);
	mem_free(&mem_heap, shelf, sizeof *shelf);
	return rc;
}

static int run_wish(const struct verb *verb, const struct wish *w)
{
	struct population_options o = { .seed = (uint64_t)w->seed,
		.partners = (uint32_t)w->partners,
		.customers = (uint32_t)w->customers,
		.people = (uint32_t)w->people,
		.largest = (uint32_t)w->largest,
		.corrections = (uint32_t)w->corrections };
	struct world world;
	struct arena keep;
	unsigned format = 0;
	int rc = read_format(verb, w, &format);

	if (rc == CLI_OK)
		rc = check_reports(verb, w);
	if (rc != CLI_OK)
		return rc;
	if (month_parse(str_from(w->through), &o.through) != 0)
		return cli_fail(
			verb, CLI_USAGE, "--through: '%s' is no month such as 2023-08", w->through);
	o.from = o.through - (month_no)w->months + 1;
	arena_init(&keep, &mem_heap, MEMORY_MAX);
	rc = load_world(verb, w->world, &keep, &world);
	if (rc == CLI_OK)
		rc = run_world(verb, w, &world, &o, format);
	arena_fini(&keep);
	return rc;
}

static int generate_population(const struct verb *verb, int argc, char **argv)
{
	struct wish w = { .folder = NULL };
	const struct option_spec specs[] = {
		{ "partners", 'n', OPTION_NUMBER, &w.partners, "100", 1, POPULATION_PARTNERS_MAX,
			"N", "how many" },
		{ "months", 'm', OPTION_NUMBER, &w.months, "18", 1, POPULATION_MONTHS_MAX, "N",
			"of usage, up to --through" },
		{ "through", 0, OPTION_TEXT, &w.through, "2023-08", 0, 0, "MONTH",
			"last month of usage" },
		{ "seed", 0, OPTION_NUMBER, &w.seed, "1", 0, INT64_MAX, "N",
			"everything follows from it: same seed and options, same bytes" },
		{ "customers", 0, OPTION_NUMBER, &w.customers, "10", 1, POPULATION_MEAN_MAX, "N",
			"a partner has on average; sizes follow Zipf's law" },
		{ "people", 0, OPTION_NUMBER, &w.people, "5", 1, POPULATION_MEAN_MAX, "N",
			"the same of certified people" },
		{ "largest", 0, OPTION_NUMBER, &w.largest, "2000", 1, POPULATION_LARGEST_MAX, "N",
			"customers or people of the largest partner at most" },
		{ "format", 'f', OPTION_TEXT, &w.format, "both", 0, 0, "exports|events|both",
			"reports as CSV, events as NDJSON" },
		{ "report", 0, OPTION_LIST, &w.reports, NULL, 0, 0, "NAME",
			"only this report; may be given several times" },
		{ "corrections", 0, OPTION_NUMBER, &w.corrections, "10", 0, POPULATION_MILLE_MAX,
			"PER MILLE", "of amounts, told anew one or two months later" },
		{ "duplicates", 0, OPTION_NUMBER, &w.duplicates, "10", 0, 5000, "PER 10000",
			"of events, sent twice under the same id" },
		{ "late", 0, OPTION_NUMBER, &w.late, "20", 0, POPULATION_MILLE_MAX, "PER MILLE",
			"of events, held back behind later ones" },
		{ "late-lines", 0, OPTION_NUMBER, &w.late_lines, "200", 1, DELAY_BOUND_MAX, "N",
			"later events that may pass one that is held back, at most" },
		{ "days", 0, OPTION_FLAG, &w.days, NULL, 0, 0, NULL,
			"day records among the events, for services run with --days producer" },
		{ "edition", 0, OPTION_TEXT, &w.edition, "", 0, 0, "E",
			"rules whose certificates and products are used (valid in the last month)" },
		{ "world", 'w', OPTION_TEXT, &w.world, "default", 0, 0, "NAME|FILE",
			"what partners sell and how that changes; FILE is YAML like "
			"services/generate/worlds/default.yaml" },
	};
	int n_args, rc;

	if (!cli_parse(verb, specs, sizeof specs / sizeof *specs, argc, argv, &n_args, &rc))
		return rc;
	if (n_args != 1)
		return cli_fail(verb, CLI_USAGE, "one folder to write into is needed; see --help");
	w.folder = argv[1];
	return run_wish(verb, &w);
}

const struct verb population_verb = { "generate population", "FOLDER | -",
	"write exports and events of many invented partners",
	"Invents partners of every size, and writes what they would download from Partner Center, a file\n"
	"for each report and month, and what their systems would send, as one stream of events\n"
	"(FOLDER/events.ndjson; - writes it to the standard output).\n\n"
	"Customers come, go and return; usage follows the seasons and crowds at the end of months; people\n"
	"earn certificates, renew some and let others lapse; amounts are corrected later; some events are\n"
	"late and some come twice. Memory does not grow with the number of partners.\n\n"
	"  capscore generate population sample                               100 partners, both forms\n"
	"  capscore generate population - --format events | capscore send -  straight into the services\n"
	"  capscore generate population big -n 1000000 -m 2 --customers 1    a million small ones",
	generate_population };
