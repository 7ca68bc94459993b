/* capscore rules rehearse: what would become of the partners under an edition. */
#include <inttypes.h>
#include <time.h>

#include "common/io/clock.h"
#include "services/cli/json_values.h"
#include "services/cli/offline.h"
#include "services/cli/rehearse_view.h"
#include "services/cli/rules_verbs.h"
#include "services/cli/score_online.h"
#include "services/shared/edition_open.h"

#define ANSWER_MAX    ((size_t)64 << 20)
#define PROGRESS_NS   2000000000u  /* between two words of it */
#define BUSY_NS	      20000000000u /* how long another rehearsal is waited for */
#define BUSY_PAUSE_MS 200

struct rehearsing {
	const struct verb *verb;
	const char *area; /* NULL: all */
	bool json;
	struct score_source source;
	char name[1024]; /* of the rule file */
	struct buf text;
	struct rehearsed all;
	json_t *partners; /* of --json */
	char after[EVENT_NAME_MAX + 1];
	uint64_t digest; /* 0 before the first answer */
	uint64_t begun_ns, told_ns;
	bool told_report;
};

/* ---- the text --------------------------------------------------------------------------------------------- */

static int read_text(struct rehearsing *r, const char *edition, struct err *e)
{
	const struct shipped_edition *shipped;
	int rc;

	if (edition_is_path(edition)) {
		(void)snprintf(r->name, sizeof r->name, "%s", edition);
		return edition_read_file(edition, &r->text, e);
	}
	rc = shipped_choose(str_from(edition), DAY_NONE, &shipped, e);
	if (rc != 0)
		return rc;
	(void)snprintf(r->name, sizeof r->name, "%s", shipped->file);
	return buf_add(&r->text, shipped->text.p, shipped->text.n);
}

static int open_text(struct rehearsing *r, const char *edition)
{
	struct err e = { 0 };
	int rc = read_text(r, edition, &e);

	if (rc == 0 && r->text.n == 0)
		return cli_fail(r->verb, CLI_REFUSED, "%s is empty", edition);
	if (rc != 0)
		return cli_fail(r->verb,
			rc == ERR_FULL					  ? CLI_REFUSED
			: rc == ERR_NOTFOUND && !edition_is_path(edition) ? CLI_USAGE
									  : cli_exit_of(rc),
			"%s", e.code != 0 ? e.text : err_text(rc));
	if (e.text[0] != '\0') /* the choice needs a word */
		fprintf(stderr, "capscore %s: %s\n", r->verb->name, e.text);
	return CLI_OK;
}

/* ---- pages ------------------------------------------------------------------------------------------------ */

static void fill_question(const struct rehearsing *r, struct frame *q)
{
	*q = (struct frame){ .kind = FRAME_REHEARSE_QUERY };
	q->u.rehearse_query.request = 1;
	q->u.rehearse_query.name = str_from(r->name);
	q->u.rehearse_query.area = str_from(r->area == NULL ? "" : r->area);
	q->u.rehearse_query.after = str_from(r->after);
	q->u.rehearse_query.digest = r->digest;
	if (r->digest == 0)
		q->u.rehearse_query.text = buf_span(&r->text);
}

/* Sends the text again where it was dropped, and waits while another one is rehearsed. */
static int ask_page(struct rehearsing *r, struct arena *ar, struct frame *a, struct err *e)
{
	const struct timespec pause = { 0, BUSY_PAUSE_MS * 1000000 };
	uint64_t begun_ns = clock_mono_ns();

	for (;;) {
		struct frame q;
		int rc;

		fill_question(r, &q);
		arena_reset(ar);
		rc = r->source.ask(r->source.ctx, &q, ar, a, e);
		if (rc == ERR_MISMATCH && r->digest != 0)
			r->digest = 0;
		else if (rc != ERR_AGAIN || clock_mono_ns() - begun_ns > BUSY_NS)
			return rc;
		else
			(void)nanosleep(&pause, NULL);
	}
}

static void tell_progress(struct rehearsing *r)
{
	uint64_t now = clock_mono_ns();

	if (now - r->told_ns < PROGRESS_NS)
		return;
	r->told_ns = now;
	fprintf(stderr, "capscore %s: %" PRIu64 " partners so far, after %" PRIu64 " s\n",
		r->verb->name, r->all.looked_at, (now - r->begun_ns) / 1000000000);
}

static void take_page(struct rehearsing *r, const struct frame *a)
{
	bool first = r->all.n_areas == 0;

	rehearsed_add(&r->all, a);
	if (first && !r->json)
		rehearse_print_head(stdout, &r->all);
	for (size_t i = 0; i < a->u.rehearse_answer.n_partners; i++)
		if (r->json)
			json_add(&r->partners,
				rehearse_partner_json(&a->u.rehearse_answer.partners[i]));
		else
			rehearse_print_partner(stdout, &a->u.rehearse_answer.partners[i]);
	r->digest = a->u.rehearse_answer.digest;
	(void)snprintf(r->after, sizeof r->after, STR_FMT, STR_ARG(a->u.rehearse_answer.last));
}

/* Returns an exit code. */
static int read_page(struct rehearsing *r, struct arena *ar, bool *ret_more)
{
	struct err e = { 0 };
	struct frame a;
	int rc = ask_page(r, ar, &a, &e);

	if (rc != 0)
		return cli_fail(
			r->verb, cli_exit_of(rc), "%s", e.text[0] != '\0' ? e.text : err_text(rc));
	if (!r->told_report)
		rehearse_print_report(stderr, a.u.rehearse_answer.report);
	r->told_report = true;
	if (a.u.rehearse_answer.edition.n == 0)
		return cli_fail(r->verb, CLI_REFUSED, "%s is not a valid rule file", r->name);
	if (a.u.rehearse_answer.more && a.u.rehearse_answer.looked_at == 0)
		return cli_fail(r->verb, CLI_UNREACHABLE, "an answer without end");
	take_page(r, &a);
	*ret_more = a.u.rehearse_answer.more;
	return CLI_OK;
}

static int rehearse(struct rehearsing *r)
{
	bool more = true;
	struct arena ar;
	int rc = CLI_OK;

	r->begun_ns = r->told_ns = clock_mono_ns();
	r->partners = json_array();
	arena_init(&ar, &mem_heap, ANSWER_MAX);
	while (rc == CLI_OK && more) {
		rc = read_page(r, &ar, &more);
		tell_progress(r);
	}
	arena_fini(&ar);
	if (rc == CLI_OK && !r->json)
		rehearse_print_summary(stdout, &r->all);
	else if (rc == CLI_OK && json_print(rehearse_json(&r->all, json_incref(r->partners))) != 0)
		rc = cli_fail(r->verb, CLI_INTERNAL, "out of memory");
	json_decref(r->partners);
	return rc;
}

/* ---- the verb --------------------------------------------------------------------------------------------- */

static int rehearse_files(struct rehearsing *r, const struct offline_options *options)
{
	struct offline *o;
	int exit_code, rc;

	if (options->n_paths == 0)
		return cli_fail(r->verb, CLI_USAGE,
			"--offline needs files to read, or - for the standard input");
	exit_code = offline_open(options, &o);
	if (o == NULL)
		return exit_code;
	r->source = offline_source(o);
	rc = rehearse(r);
	offline_close(o);
	return rc != CLI_OK ? rc : exit_code;
}

static int rehearse_service(
	struct rehearsing *r, struct endpoints *ep, const struct offline_options *options)
{
	if (options->n_paths > 0)
		return cli_fail(r->verb, CLI_USAGE,
			"name one edition; to rehearse it on files, say --offline");
	if (options->edition != NULL || options->as_of != DAY_NONE)
		return cli_fail(r->verb, CLI_USAGE, "--edition and --as-of go with --offline");
	r->source = score_service(ep);
	return rehearse(r);
}

static int read_day(const char *text, day_no *ret)
{
	*ret = DAY_NONE;
	return text == NULL ? 0 : day_parse(str_from(text), ret);
}

int rules_rehearse(const struct verb *verb, int argc, char **argv)
{
	struct rehearsing r = { .verb = verb };
	struct offline_options options = { .verb = verb };
	struct endpoints ep = { 0 };
	struct file_options files;
	const char *as_of;
	bool offline;
	const struct option_spec specs[] = {
		{ .name = "area",
			.letter = 'a',
			.type = OPTION_TEXT,
			.value = &r.area,
			.metavar = "AREA",
			.help = "only this area or specialization, by id or name" },
		{ .name = "json",
			.type = OPTION_FLAG,
			.value = &r.json,
			.help = "print JSON (docs/cli.md)" },
		{ .name = "offline",
			.type = OPTION_FLAG,
			.value = &offline,
			.help = "rehearse on FILES (exports and events, mixed) without any service" },
		{ .name = "as-of",
			.type = OPTION_TEXT,
			.value = &as_of,
			.metavar = "DATE",
			.help = "offline: the day (default: today)" },
		{ .name = "edition",
			.letter = 'e',
			.type = OPTION_TEXT,
			.value = &options.edition,
			.metavar = "E",
			.help = "offline: the rules of now (default: each day by the edition valid on it)" },
		ENDPOINT_OPTION(ep, SERVICE_SCORING, "scoring"),
		FILE_OPTIONS(files),
	};
	int n, exit_code;

	if (!cli_parse(verb, specs, sizeof specs / sizeof *specs, argc, argv, &n, &exit_code))
		return exit_code;
	if (n == 0)
		return cli_fail(verb, CLI_USAGE, "name an edition: an id, a date, or a rule file");
	if (read_day(as_of, &options.as_of) != 0)
		return cli_fail(verb, CLI_USAGE,
			"--as-of: '%s' is not a day like 2023-07-20 between 2000 and 2199", as_of);
	if (offline && options.as_of == DAY_NONE)
		options.as_of = day_of_ms(clock_wall_ms());
	options.files = &files;
	options.n_paths = n - 1;
	options.paths = argv + 2;
	ep.data_dir = files.data_dir;
	buf_init(&r.text, &mem_heap, EDITION_TEXT_MAX + 1);
	exit_code = open_text(&r, argv[1]);
	if (exit_code == CLI_OK)
		exit_code = offline ? rehearse_files(&r, &options)
				    : rehearse_service(&r, &ep, &options);
	buf_fini(&r.text);
	return exit_code;
}
