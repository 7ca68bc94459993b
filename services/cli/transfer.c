#include "services/cli/transfer.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/wire/wire.h"
#include "services/cli/delivery.h"
#include "services/cli/endpoints.h"

struct transfer {
	const struct verb *verb;
	struct file_options file_options;
	struct endpoints endpoints;
	int64_t batch, timeout_s;
	bool dry_run;
	const char *rejects;
	struct files files;
	struct delivery *delivery; /* NULL for a dry run */
	uint64_t refusals_shown;
	struct err err; /* of a delivery that failed */
};

static int on_event(void *ctx, const struct event *ev, struct place at)
{
	struct transfer *t = ctx;

	return t->delivery == NULL ? 0 : delivery_add(t->delivery, ev, t->files.file, at, &t->err);
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

static int open_delivery(struct transfer *t, struct err *e)
{
	struct delivery_options o = {
		.endpoint = endpoint_publish(&t->endpoints),
		.name = t->verb->name,
		.batch_events = (uint32_t)t->batch,
		.timeout_ms = (uint64_t)t->timeout_s * 1000,
		.progress = isatty(STDERR_FILENO) == 1,
		.on_refusal = on_refusal,
		.ctx = t,
	};

	return delivery_open(&o, &t->delivery, e);
}

/* One file; a file that cannot be read does not keep the others from being read. Returns an exit code. */
static int take_file(struct transfer *t, enum facts_accept accept, const char *path, bool *ret_stop)
{
	struct reading reading;
	struct err e = { 0 };
	int rc = files_read(&t->files, accept, path, &reading, &e);

	*ret_stop = reading.stop != 0;
	if (reading.stop != 0)
		return cli_fail(t->verb, cli_exit_of(rc), "%s", t->err.text);
	if (rc != 0)
		return cli_fail(t->verb, rc == ERR_UNSUPPORTED ? CLI_REFUSED : cli_exit_of(rc),
			"%s", e.code != 0 ? e.text : err_text(rc));
	files_print_summary(&reading, stdout);
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

static int take_files(struct transfer *t, enum facts_accept accept, int n, char **paths)
{
	int worst = CLI_OK, rc;
	bool stop = false;

	for (int i = 0; i < n && !stop; i++) {
		int exit_code = take_file(t, accept, paths[i], &stop);

		worst = exit_code > worst ? exit_code : worst;
	}
	if (t->delivery == NULL || stop)
		return worst;
	rc = delivery_flush(t->delivery, &t->err);
	print_delivery(t);
	if (rc != 0)
		return cli_fail(t->verb, cli_exit_of(rc), "%s", t->err.text);
	if (worst == CLI_OK && delivery_counts_get(t->delivery)->refused.total > 0)
		worst = CLI_REFUSED;
	return worst;
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

int transfer_run(const struct verb *verb, enum facts_accept accept, int argc, char **argv)
{
	struct transfer t = { .verb = verb };
	const struct option_spec specs[] = {
		{ .name = "dry-run",
			.letter = 'n',
			.type = OPTION_FLAG,
			.value = &t.dry_run,
			.help = "read and check only, send nothing; no service is needed" },
		{ .name = "batch",
			.letter = 'b',
			.type = OPTION_NUMBER,
			.value = &t.batch,
			.initial = "256",
			.min = 1,
			.max = WIRE_BATCH_EVENTS_MAX,
			.metavar = "N",
			.help = "events a batch; the events of a batch are scored together" },
		{ .name = "endpoint",
			.type = OPTION_TEXT,
			.value = &t.endpoints.publish,
			.metavar = "ENDPOINT",
			.help = "where ingestion takes events, when it is not in the data folder" },
		{ .name = "timeout",
			.type = OPTION_NUMBER,
			.value = &t.timeout_s,
			.initial = "10",
			.min = 1,
			.max = 86400,
			.metavar = "SECONDS",
			.help = "give up when the service is silent for so long" },
		{ .name = "rejects",
			.type = OPTION_TEXT,
			.value = &t.rejects,
			.metavar = "FILE",
			.help = "keep refused lines of events here, to be mended and sent again" },
		FILE_OPTIONS(t.file_options),
	};
	struct err e = { 0 };
	struct paths paths = { .a = &mem_heap };
	int n_args, exit_code, rc;

	if (!cli_parse(verb, specs, sizeof specs / sizeof *specs, argc, argv, &n_args, &exit_code))
		return exit_code;
	if (n_args == 0)
		return cli_fail(verb, CLI_USAGE, "name files to read, or - for the standard input");
	t.endpoints.data_dir = t.file_options.data_dir;
	rc = files_init(&t.files, verb, &t.file_options, on_event, &t, &e);
	if (rc == 0 && t.dry_run)
		t.files.public_person_key = true; /* nothing is kept, so no key is made */
	if (rc == 0)
		rc = files_collect(&t.files, accept, n_args, argv + 1, &paths, &e);
	if (rc == 0)
		rc = open_rejects(&t, (int)paths.n, paths.names, &e);
	if (rc == 0 && !t.dry_run)
		rc = open_delivery(&t, &e);
	exit_code = rc != 0 ? cli_fail(verb, cli_exit_of(rc), "%s", e.text)
			    : take_files(&t, accept, (int)paths.n, paths.names);
	delivery_close(&t.delivery);
	exit_code = close_rejects(&t, exit_code);
	paths_fini(&paths);
	files_fini(&t.files);
	return exit_code;
}
