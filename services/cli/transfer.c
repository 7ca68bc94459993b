#include "services/cli/transfer.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/wire/wire.h"
#include "services/cli/delivery.h"
#include "services/cli/dry_run.h"
#include "services/cli/dry_scores.h"
#include "services/cli/endpoints.h"
#include "services/cli/import_json.h"
#include "services/cli/interrupt.h"
#include "services/cli/json_values.h"
#include "services/cli/outbox.h"
#include "services/imports/held.h"

#define MEGABYTE ((size_t)1024 * 1024)

struct transfer {
	const struct verb *verb;
	enum facts_accept accept;
	struct file_options file_options;
	struct endpoints endpoints;
	int64_t batch, timeout_s, memory_mb;
	bool dry_run, json, strict, partial, fresh, progress;
	const char *rejects;
	struct files files;
	struct delivery *delivery; /* NULL for a dry run */
	/* Of imports. */
	struct ledger *ledger; /* NULL: for a dry run there may be none yet */
	struct outbox *outbox; /* NULL for a dry run */
	struct reading_changes changes;
	struct held *held;
	struct dry_run dry;
	struct dry_scores *scores; /* of a dry run: which would move */
	json_t *summary;	   /* with --json: a list of what came of each file */
	struct refusals *refusals; /* NULL: refused records are not kept */
	uint64_t refusals_shown;
	struct err err; /* of a delivery or ledger that failed */
};

static bool is_import(const struct transfer *t)
{
	return t->accept == FACTS_REPORTS;
}

static int on_event(void *ctx, const struct event *ev, struct place at)
{
	struct transfer *t = ctx;

	return t->delivery == NULL ? 0 : delivery_add(t->delivery, ev, t->files.file, at, &t->err);
}

static int on_change(void *ctx, const struct change *c)
{
	struct transfer *t = ctx;

	if (t->dry_run) {
		int rc = dry_scores_add(t->scores, c->ev);

		return rc == 0 ? dry_run_change(&t->dry, c) : rc;
	}
	return outbox_change(t->outbox, c, t->files.file, &t->err);
}

static int on_scope(void *ctx, const struct scope_note *n)
{
	struct transfer *t = ctx;

	return t->dry_run ? 0 : outbox_scope(t->outbox, n, &t->err);
}

static void on_refusal(void *ctx, const struct fault *f, uint64_t dead_letter)
{
	struct transfer *t = ctx;

	t->refusals_shown++;
	if (t->file_options.max_faults > 0 &&
		t->refusals_shown > (uint64_t)t->file_options.max_faults)
		return;
	fault_print(f, stderr);
	fprintf(stderr, "  kept as dead letter %" PRIu64 "\n", dead_letter);
}

static int on_wait(void *ctx, int fd, struct err *e)
{
	return delivery_await(((struct transfer *)ctx)->delivery, fd, e);
}

/* ---- opening and closing ---------------------------------------------------------------------------------- */

static int open_delivery(struct transfer *t, struct err *e)
{
	struct delivery_options o = {
		.endpoint = endpoint_publish(&t->endpoints),
		.name = t->verb->name,
		.batch_events = (uint32_t)t->batch,
		.timeout_ms = (uint64_t)t->timeout_s * 1000,
		.progress = t->files.progress.on_terminal && !is_import(t),
		.interrupted = interrupt_mark(),
		.on_settled = outbox_settled,
		.together = is_import(t),
		.on_refusal = on_refusal,
		.ctx = t,
	};

	t->files.reading_options.on_wait = on_wait;
	t->files.reading_options.wait_ctx = t;
	return delivery_open(&o, &t->delivery, e);
}

/* The ledger of the data folder. For a dry run it is only read, and there may be none. */
static int open_ledger(struct transfer *t, struct err *e)
{
	char dir[4096];
	int rc;

	if ((size_t)snprintf(dir, sizeof dir, "%s/imports", t->file_options.data_dir) >= sizeof dir)
		return err_set(e, ERR_INVALID, "the path of the data folder is too long");
	rc = ledger_open(dir, !t->dry_run, &t->ledger, e);
	if (rc == ERR_NOTFOUND && t->dry_run) {
		err_clear(e);
		rc = 0;
	}
	if (rc == 0)
		rc = held_create(&mem_heap, &t->held);
	if (rc == 0 && t->dry_run)
		rc = dry_scores_create(&t->scores);
	t->changes = (struct reading_changes){ .ledger = t->ledger,
		.on_change = on_change,
		.on_scope = on_scope,
		.ctx = t,
		.held = t->held };
	t->files.reading_options.changes = &t->changes;
	return rc;
}

/* The services are asked first: without them nothing is made in the data folder. */
static int open_all(struct transfer *t, struct err *e)
{
	int rc = t->dry_run ? 0 : open_delivery(t, e);

	if (rc == 0 && is_import(t))
		rc = open_ledger(t, e);
	if (rc == 0 && is_import(t) && !t->dry_run)
		rc = outbox_create(t->ledger, t->delivery, &t->outbox);
	/* What is to be mended and repeated as a whole leaves no letters. */
	if (rc == 0 && !t->dry_run && !t->strict)
		rc = refusals_create(&t->endpoints, t->verb->name, &t->refusals);
	t->files.refusals = t->refusals;
	return rc;
}

static void close_all(struct transfer *t)
{
	refusals_destroy(t->refusals);
	delivery_close(&t->delivery); /* no acknowledgement comes any more */
	outbox_destroy(t->outbox);
	held_destroy(t->held);
	ledger_close(&t->ledger);
	dry_run_fini(&t->dry);
	dry_scores_destroy(t->scores);
	json_decref(t->summary);
}

/* Opening the file for the rejects empties it: that must not happen to a file that is yet to be read. */
static bool is_an_input(const char *rejects, int n, char **paths)
{
	struct stat out, in;

	if (stat(rejects, &out) != 0 || !S_ISREG(out.st_mode))
		return false;
	for (int i = 0; i < n; i++) {
		int rc =
			strcmp(paths[i], "-") == 0 ? fstat(STDIN_FILENO, &in) : stat(paths[i], &in);

		if (rc == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
			return true;
	}
	return false;
}

static int open_rejects(struct transfer *t, int n, char **paths, struct err *e)
{
	if (t->rejects == NULL)
		return 0;
	if (is_an_input(t->rejects, n, paths))
		return err_set(e, ERR_INVALID,
			"--rejects: %s is one of the files to read; name another", t->rejects);
	t->files.rejects = fopen(t->rejects, "we");
	return t->files.rejects != NULL ? 0
					: err_set(e, ERR_IO, "%s: %s", t->rejects, strerror(errno));
}

/* Lines that did not reach the file are lost to the user, so that counts as a failure. */
static int close_rejects(struct transfer *t, int exit_code)
{
	bool failed;

	if (t->files.rejects == NULL)
		return exit_code;
	failed = ferror(t->files.rejects) != 0;
	failed |= fclose(t->files.rejects) != 0;
	return failed ? cli_fail(t->verb, CLI_UNREACHABLE,
				"%s: not all refused lines could be written", t->rejects)
		      : exit_code;
}

/* ---- files ------------------------------------------------------------------------------------------------ */

static void tell_file(struct transfer *t, const struct reading *r)
{
	if (t->json)
		json_add(&t->summary, reading_json(r));
	else
		files_print_summary(r, stdout);
	if (t->dry_run && is_import(t))
		dry_run_end_file(&t->dry);
}

/* What is under way still arrives; it is waited for, without letting a second signal be missed. */
static int tell_interrupted(struct transfer *t, const struct reading *r)
{
	const struct delivery_counts *c = NULL;
	struct err e = { 0 };
	int rc = 0;

	if (t->delivery != NULL) {
		delivery_go_on(t->delivery);
		rc = t->outbox != NULL ? outbox_drain(t->outbox, &e)
				       : delivery_flush(t->delivery, &e);
		c = delivery_counts_get(t->delivery);
	}
	if (c == NULL || c->given == 0)
		return cli_fail(t->verb, CLI_INTERRUPTED,
			"interrupted at %s, row or line %" PRIu64
			"; nothing was sent, repeat the command to do all of it",
			r->file, r->records);
	return cli_fail(t->verb, CLI_INTERRUPTED,
		"interrupted at %s; %" PRIu64
		" events are on disk%s; repeat the command to do the rest",
		r->file, c->accepted + c->duplicates, rc == 0 ? "" : " for certain, others may be");
}

static int tell_strict(struct transfer *t)
{
	struct err e = { 0 };
	int rc = 0;

	if (!is_import(t) && t->delivery != NULL)
		rc = delivery_flush(t->delivery, &e);
	return cli_fail(t->verb, rc == 0 ? CLI_REFUSED : cli_exit_of(rc),
		"stopped at the first refusal (--strict); %s",
		rc != 0	       ? e.text
		: is_import(t) ? "nothing of this file was sent"
			       : "the lines before it were sent");
}

static int tell_stop(struct transfer *t, const struct reading *r, int rc)
{
	if (*interrupt_mark() != 0)
		return tell_interrupted(t, r);
	if (t->strict && r->refused.total > 0 && t->err.code == 0)
		return tell_strict(t);
	return cli_fail(
		t->verb, cli_exit_of(rc), "%s", t->err.code != 0 ? t->err.text : err_text(rc));
}

/* One file; a file that cannot be read does not keep the others from being read. Returns an exit code. */
static int take_file(struct transfer *t, const char *path, bool *ret_stop)
{
	struct reading reading;
	struct err e = { 0 };
	int rc = files_read(&t->files, t->accept, path, &reading, &e);

	if (rc == 0 && t->outbox != NULL)
		rc = reading.stop = outbox_drain(t->outbox, &t->err);
	*ret_stop = reading.stop != 0;
	if (reading.stop != 0)
		return tell_stop(t, &reading, rc);
	if (rc != 0)
		return cli_fail(t->verb, rc == ERR_UNSUPPORTED ? CLI_REFUSED : cli_exit_of(rc),
			"%s", e.code != 0 ? e.text : err_text(rc));
	tell_file(t, &reading);
	return reading.refused.total > 0 ? CLI_REFUSED : CLI_OK;
}

static void print_delivery(const struct transfer *t)
{
	const struct delivery_counts *c = delivery_counts_get(t->delivery);

	printf("delivered: %" PRIu64 " accepted, %" PRIu64 " duplicates, %" PRIu64 " refused",
		c->accepted, c->duplicates, c->refused.total);
	if (c->refused.total > 0) {
		fputs(": ", stdout);
		tally_print(&c->refused, stdout);
	}
	putchar('\n');
}

/* What was refused on the way in, and where it is. Returns an exit code. */
static int keep_refusals(struct transfer *t)
{
	const struct refusals_counts *c;

	if (t->refusals == NULL)
		return CLI_OK;
	if (t->files.refusals_err.code == 0)
		(void)refusals_flush(t->refusals, &t->files.refusals_err);
	if (t->files.refusals_err.code != 0)
		return cli_fail(t->verb, CLI_UNREACHABLE, "%s", t->files.refusals_err.text);
	c = refusals_counts_get(t->refusals);
	if (t->json || c->kept + c->not_kept == 0)
		return CLI_OK;
	printf("dead letters: %" PRIu64 " kept", c->kept);
	if (c->kept > 0)
		printf(" (%" PRIu64 " to %" PRIu64
		       "; `capscore deadletter` shows, mends and replays them)",
			c->first, c->last);
	if (c->not_kept > 0)
		printf(", %" PRIu64 " not: their bytes may hold names, or are not known any more",
			c->not_kept);
	putchar('\n');
	return CLI_OK;
}

/* The JSON document of an import. */
static int print_json(struct transfer *t, int exit_code)
{
	json_t *doc = json_pack("{s:O, s:o, s:o, s:o}", "files", t->summary, "delivered",
		delivered_json(t->delivery), "changes",
		t->dry_run ? dry_run_take(&t->dry) : json_null(), "scores",
		t->dry_run ? dry_scores_json(t->scores, &t->endpoints) : json_null());

	return json_print(doc) == 0 ? exit_code : cli_fail(t->verb, CLI_INTERNAL, "out of memory");
}

/* The newest months are called complete once all files are read. */
static int say_held(struct transfer *t)
{
	struct reading r = {
		.options = &t->files.reading_options, .handler = &t->files.handler, .file = "import"
	};
	int rc = t->held == NULL ? 0 : held_say(t->held, &r, &t->err);

	if (rc == 0 && t->dry_run && !t->json)
		dry_run_end_file(&t->dry);
	return rc == 0 && t->outbox != NULL ? outbox_drain(t->outbox, &t->err) : rc;
}

static int end(struct transfer *t, int worst)
{
	int rc = say_held(t);

	if (rc == 0 && t->delivery != NULL)
		rc = delivery_flush(t->delivery, &t->err);
	if (t->json)
		worst = print_json(t, worst);
	else if (t->delivery != NULL)
		print_delivery(t);
	else if (t->scores != NULL)
		dry_scores_print(t->scores, &t->endpoints);
	if (rc == ERR_CLOSED)
		return tell_interrupted(t, &(struct reading){ .file = t->files.file });
	if (rc != 0)
		return cli_fail(t->verb, cli_exit_of(rc), "%s", t->err.text);
	if (worst == CLI_OK && t->delivery != NULL &&
		delivery_counts_get(t->delivery)->refused.total > 0)
		worst = CLI_REFUSED;
	return worst;
}

static int worse(int a, int b)
{
	return a > b ? a : b;
}

static int take_files(struct transfer *t, int n, char **paths)
{
	int worst = CLI_OK;
	bool stop = false;

	for (int i = 0; i < n && !stop; i++)
		worst = worse(worst, take_file(t, paths[i], &stop));
	worst = worse(worst, keep_refusals(t));
	return stop ? worst : end(t, worst);
}

/* ---- options ---------------------------------------------------------------------------------------------- */

static int set_up(struct transfer *t, int n_args, char **args, struct paths *paths, struct err *e)
{
	struct reading_options *o = &t->files.reading_options;
	int rc = files_init(&t->files, t->verb, &t->file_options, on_event, t, e);

	if (rc != 0)
		return rc;
	t->endpoints.data_dir = t->file_options.data_dir;
	t->files.public_person_key = t->dry_run; /* nothing is kept, so no key is made */
	o->strict = t->strict;
	o->partial = t->partial;
	o->fresh = t->fresh;
	o->memory = (size_t)t->memory_mb * MEGABYTE;
	o->interrupted = interrupt_mark();
	progress_init(&t->files.progress, t->progress);
	dry_run_init(&t->dry, t->json);
	if (t->json)
		t->summary = json_array();
	interrupt_watch();
	rc = files_collect(&t->files, t->accept, n_args, args, paths, e);
	if (rc == 0)
		rc = open_rejects(t, (int)paths->n, paths->names, e);
	return rc == 0 ? open_all(t, e) : rc;
}

static int run(struct transfer *t, int n_args, char **args)
{
	struct paths paths = { .a = &mem_heap };
	struct err e = { 0 };
	int exit_code, rc = set_up(t, n_args, args, &paths, &e);

	exit_code = rc == 0 ? take_files(t, (int)paths.n, paths.names)
			    : cli_fail(t->verb, cli_exit_of(rc), "%s", e.text);
	close_all(t);
	exit_code = close_rejects(t, exit_code);
	paths_fini(&paths);
	files_fini(&t->files);
	return exit_code;
}

#define COMMON_OPTIONS(t)                                                                            \
	{ .name = "dry-run",                                                                         \
		.letter = 'n',                                                                       \
		.type = OPTION_FLAG,                                                                 \
		.value = &(t).dry_run,                                                               \
		.help = "read, check and say what would change; send nothing" },                     \
		{ .name = "batch",                                                                   \
			.letter = 'b',                                                               \
			.type = OPTION_NUMBER,                                                       \
			.value = &(t).batch,                                                         \
			.initial = "256",                                                            \
			.min = 1,                                                                    \
			.max = WIRE_BATCH_EVENTS_MAX,                                                \
			.metavar = "N",                                                              \
			.help = "events a batch; the events of a batch are scored together" },       \
		{ .name = "endpoint",                                                                \
			.type = OPTION_TEXT,                                                         \
			.value = &(t).endpoints.publish,                                             \
			.metavar = "ENDPOINT",                                                       \
			.help = "where ingestion takes events, when it is not in the data folder" }, \
		{ .name = "timeout",                                                                 \
			.type = OPTION_NUMBER,                                                       \
			.value = &(t).timeout_s,                                                     \
			.initial = "10",                                                             \
			.min = 1,                                                                    \
			.max = 86400,                                                                \
			.metavar = "SECONDS",                                                        \
			.help = "give up when the service is silent for so long" },                  \
		{ .name = "strict",                                                                  \
			.type = OPTION_FLAG,                                                         \
			.value = &(t).strict,                                                        \
			.help = "stop at the first refusal" },                                       \
		ENDPOINT_OPTION((t).endpoints, SERVICE_INGESTION, "ingestion"),                      \
	{                                                                                            \
		.name = "progress", .type = OPTION_FLAG, .value = &(t).progress,                     \
		.help = "tell how far the reading has come, also where stderr is no terminal"        \
	}

int transfer_send(const struct verb *verb, int argc, char **argv)
{
	struct transfer t = { .verb = verb, .accept = FACTS_NDJSON };
	const struct option_spec specs[] = {
		COMMON_OPTIONS(t),
		{ .name = "rejects",
			.type = OPTION_TEXT,
			.value = &t.rejects,
			.metavar = "FILE",
			.help = "keep refused lines here too, to be mended and sent again" },
		FILE_OPTIONS(t.file_options),
	};
	int n_args, exit_code;

	if (!cli_parse(verb, specs, sizeof specs / sizeof *specs, argc, argv, &n_args, &exit_code))
		return exit_code;
	if (n_args == 0)
		return cli_fail(verb, CLI_USAGE, "name files to read, or - for the standard input");
	return run(&t, n_args, argv + 1);
}

int transfer_import(const struct verb *verb, int argc, char **argv)
{
	struct transfer t = { .verb = verb, .accept = FACTS_REPORTS };
	const struct option_spec specs[] = {
		COMMON_OPTIONS(t),
		{ .name = "json",
			.type = OPTION_FLAG,
			.value = &t.json,
			.help = "the summary as JSON, with --dry-run every change" },
		ENDPOINT_OPTION(t.endpoints, SERVICE_SCORING, "scoring"),
		{ .name = "partial",
			.type = OPTION_FLAG,
			.value = &t.partial,
			.help = "the files hold a part of their months only: retract nothing" },
		{ .name = "fresh",
			.type = OPTION_FLAG,
			.value = &t.fresh,
			.help = "send every fact again, whatever was imported before; for an event log begun anew" },
		{ .name = "memory",
			.type = OPTION_NUMBER,
			.value = &t.memory_mb,
			.initial = "64",
			.min = 1,
			.max = 2048,
			.metavar = "MIB",
			.help = "memory for the facts of a file; more than that is sorted in temporary files" },
		FILE_OPTIONS(t.file_options),
	};
	int n_args, exit_code;

	if (!cli_parse(verb, specs, sizeof specs / sizeof *specs, argc, argv, &n_args, &exit_code))
		return exit_code;
	if (n_args == 0)
		return cli_fail(verb, CLI_USAGE, "name files to read, or - for the standard input");
	return run(&t, n_args, argv + 1);
}
