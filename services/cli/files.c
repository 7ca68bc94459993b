#include "services/cli/files.h"

#include <inttypes.h>

#include "common/io/clock.h"
#include "common/wire/pb.h"
#include "services/cli/findings.h"
#include "services/imports/side.h"

void fault_print(const struct fault *f, FILE *out)
{
	fprintf(out, "%s:", f->file);
	if (f->at.column == PLACE_EVENT)
		fprintf(out, "event %u:", f->at.line);
	else if (f->at.line > 0)
		fprintf(out, "%u:", f->at.line);
	if (f->at.column > 0 && f->at.column != PLACE_EVENT)
		fprintf(out, "%u:", f->at.column);
	fprintf(out, " %s: %s\n", f->reason, f->text);
}

/* As a line, or as an entry of a batch: put together these are a CloudEventBatch or an EventBatch. What cannot be written
 * shows when the file is closed. */
static void write_reject(const struct fault *f, FILE *out)
{
	uint8_t head[PB_TAG_MAX + PB_LENGTH_MAX];
	bool line = f->form == RECORD_LINE;

	if (!line)
		(void)fwrite(head, 1,
			(size_t)(pb_put_varint(
					 pb_put_varint(head, PB_TAG(1, PB_BYTES)), f->record.n) -
				 head),
			out);
	(void)fwrite(f->record.p, 1, f->record.n, out);
	if (line)
		(void)fputc('\n', out);
}

static void on_fault(void *ctx, const struct fault *fault)
{
	struct files *f = ctx;

	f->shown++;
	progress_end(&f->progress);
	if (f->refusals != NULL && f->refusals_err.code == 0)
		(void)refusals_add(f->refusals, fault, f->reading->format, f->reading->recorded,
			&f->refusals_err);
	if (f->rejects != NULL && fault->record.n > 0)
		write_reject(fault, f->rejects);
	if (f->options->max_faults == 0 || f->shown <= (uint64_t)f->options->max_faults)
		fault_print(fault, stderr);
}

static void on_note(void *ctx, const char *file, const char *text)
{
	struct files *f = ctx;

	progress_end(&f->progress);
	fprintf(stderr, "%s: note: %s\n", file, text);
}

static int on_event(void *ctx, const struct event *ev, struct place at)
{
	struct files *f = ctx;

	return f->on_event(f->ctx, ev, at);
}

static void on_progress(void *ctx, const struct reading *r, uint64_t bytes, uint64_t size)
{
	struct files *f = ctx;

	if (r->n_facts == 0 || bytes > 0)
		progress_show(&f->progress, r->records, bytes, size);
	else
		progress_facts(&f->progress, r);
}

static int open_person_key(void *ctx, struct person_key *ret_key, struct err *e)
{
	struct files *f = ctx;
	char path[4096];
	bool made = false;
	int rc;

	if (f->options->person_key != NULL)
		return person_key_load(f->options->person_key, ret_key, e);
	if ((size_t)snprintf(path, sizeof path, "%s/person.key", f->options->data_dir) >=
		sizeof path)
		return err_set(e, ERR_INVALID, "the path of the data folder is too long");
	if (!f->public_person_key) {
		rc = person_key_load_or_make(path, ret_key, &made, e);
		if (made)
			fprintf(stderr,
				"capscore %s: made %s, the key that turns people into opaque ids; keep it, with another "
				"key the same people get other ids\n",
				f->verb->name, path);
		return rc;
	}
	rc = person_key_load(path, ret_key, e);
	if (rc == ERR_NOTFOUND) {
		err_clear(e);
		person_key_public(ret_key);
		return 0;
	}
	return rc;
}

static int read_dates(const char *text, enum date_order *ret, struct err *e)
{
	*ret = DATE_ORDER_UNKNOWN;
	if (text == NULL)
		return 0;
	if (str_eq_nocase(str_from(text), STR("mdy")))
		*ret = DATE_MONTH_FIRST;
	else if (str_eq_nocase(str_from(text), STR("dmy")))
		*ret = DATE_DAY_FIRST;
	else
		return err_set(e, ERR_INVALID, "--dates: '%s' is neither mdy nor dmy", text);
	return 0;
}

static int read_format(const char *text, enum events_format *ret, struct err *e)
{
	if (text == NULL || events_format_by_name(str_from(text), ret))
		return 0;
	return err_set(e, ERR_INVALID,
		"--format: '%s' is none of ndjson, json, json-batch, cloudevent, cloudevent-batch, cloudevent-stream, "
		"event-batch",
		text);
}

int files_init(struct files *f, const struct verb *verb, const struct file_options *options,
	int (*event)(void *ctx, const struct event *ev, struct place at), void *ctx, struct err *e)
{
	struct reading_options *o = &f->reading_options;
	int rc;

	*f = (struct files){ .verb = verb, .options = options, .on_event = event, .ctx = ctx };
	f->handler = (struct reading_handler){ on_event, on_fault, on_note, f };
	o->a = &mem_heap;
	o->now = clock_wall_ms();
	o->complete = options->complete;
	o->person_key = open_person_key;
	o->person_key_ctx = f;
	if (side_create(&mem_heap, &o->side) != 0)
		return err_set(e, ERR_NOMEM, "out of memory");
	o->on_progress = on_progress;
	o->progress_ctx = f;
	if (options->recorded != NULL &&
		(instant_parse(str_from(options->recorded), &o->recorded) != 0 ||
			!day_is_valid(day_of_ms(o->recorded))))
		return err_set(e, ERR_INVALID,
			"--recorded: '%s' is not an instant like 2023-07-21T08:00:00Z between 2000 and 2199",
			options->recorded);
	rc = read_format(options->format, &o->format, e);
	return rc == 0 ? read_dates(options->dates, &o->dates, e) : rc;
}

void files_fini(struct files *f)
{
	side_destroy(f->reading_options.side);
	f->reading_options.side = NULL;
}

#define FILES_ARGS_MAX 4096

int files_collect(struct files *f, enum facts_accept accept, int n_args, char *const *args,
	struct paths *ret, struct err *e)
{
	const char *with = f->options->with;
	char **all = NULL;
	int rc;

	if (n_args > FILES_ARGS_MAX)
		return err_set(
			e, ERR_FULL, "more than %d arguments; name a folder", FILES_ARGS_MAX);
	all = mem_alloc(&mem_heap, ((size_t)n_args + 1) * sizeof *all);
	if (all == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	memcpy(all, args, (size_t)n_args * sizeof *all);
	if (with != NULL)
		all[n_args] = (char *)with; /* only read */
	rc = paths_collect(&mem_heap, n_args + (with != NULL), all, accept != FACTS_NDJSON, ret, e);
	mem_free(&mem_heap, all, ((size_t)n_args + 1) * sizeof *all);
	if (rc == 0 && ret->n == 0) {
		paths_fini(ret);
		rc = err_set(e, ERR_NOTFOUND, "no files to read in the folders that were named");
	}
	if (rc == 0)
		f->reading_options.bulk = ret->bulk;
	if (rc == 0 && ret->n_passed > 0)
		fprintf(stderr,
			"note: %zu files are no tables by their names and were passed over: %s%s\n",
			ret->n_passed, ret->passed, ret->n_passed > 1 ? " ..." : "");
	return rc;
}

int files_read(struct files *f, enum facts_accept accept, const char *path, struct reading *ret,
	struct err *e)
{
	int rc;

	f->shown = 0;
	f->reading = ret;
	f->file = strcmp(path, "-") == 0 ? FACTS_STDIN_NAME : path;
	progress_begin(&f->progress, f->file);
	rc = facts_read(&f->reading_options, accept, path, &f->handler, ret, e);
	progress_end(&f->progress);
	if (f->options->max_faults > 0 && f->shown > (uint64_t)f->options->max_faults)
		fprintf(stderr,
			"%s: %" PRIu64 " further faults are not shown; --max-faults 0 shows all\n",
			ret->file, f->shown - (uint64_t)f->options->max_faults);
	f->records += ret->records;
	f->facts += ret->n_facts;
	tally_merge(&f->passed, &ret->passed);
	tally_merge(&f->refused, &ret->refused);
	return rc;
}

void tally_print(const struct tally *t, FILE *out)
{
	for (size_t i = 0; i < t->n; i++)
		fprintf(out, "%s%s %" PRIu64, i == 0 ? "" : ", ", t->items[i].reason,
			t->items[i].count);
}

static void print_count(FILE *out, const char *what, uint64_t n)
{
	fprintf(out, "  %-12s %10" PRIu64, what, n);
}

static void print_tally(FILE *out, const char *what, const struct tally *t)
{
	print_count(out, what, t->total);
	if (t->n > 0)
		fputs("  ", out);
	tally_print(t, out);
	fputc('\n', out);
}

static void print_facts(const struct reading *r, FILE *out)
{
	const char *comma = "  ";

	print_count(out, "facts", r->n_facts);
	for (int k = 1; k < FACT_KIND_END; k++) {
		if (r->facts[k] == 0)
			continue;
		fprintf(out, "%s%s %" PRIu64, comma, fact_kind_name((enum fact_kind)k),
			r->facts[k]);
		comma = ", ";
	}
	fputc('\n', out);
}

const char *change_kind_name(enum change_kind k)
{
	static const char *const names[CHANGE_KINDS] = { [CHANGE_NEW] = "new",
		[CHANGE_CHANGED] = "changed",
		[CHANGE_RETRACTED] = "retracted",
		[CHANGE_AGAIN] = "sent-again" };

	return names[k];
}

/* What of the facts differs from earlier imports. */
static void print_changes(const struct reading *r, FILE *out)
{
	const char *comma = "  ";
	uint64_t n = 0;

	for (int k = 0; k < CHANGE_KINDS; k++)
		n += r->changes[k];
	print_count(out, "unchanged", r->unchanged);
	fputc('\n', out);
	print_count(out, "changes", n);
	for (int k = 0; k < CHANGE_KINDS; k++) {
		if (r->changes[k] == 0)
			continue;
		fprintf(out, "%s%s %" PRIu64, comma, change_kind_name((enum change_kind)k),
			r->changes[k]);
		comma = ", ";
	}
	fputc('\n', out);
	if (r->superseded > 0) {
		print_count(out, "superseded", r->superseded);
		fputs("  facts of what a later export said, which stands\n", out);
	}
	if (r->kept > 0) {
		print_count(out, "kept", r->kept);
		fputs("  facts that are not in the file and not retracted, because rows were refused or --partial\n",
			out);
	}
}

void files_print_summary(const struct reading *r, FILE *out)
{
	bool lines = strcmp(r->format, "events") == 0;
	bool events = strncmp(r->format, "events", 6) == 0; /* "events, a JSON array" */

	fprintf(out, "%s: %s\n", r->file, r->format);
	print_count(out, "read", r->records);
	fputs(lines ? "  lines\n" : events ? "  events\n" : "  rows\n", out);
	print_facts(r, out);
	if (r->options->changes != NULL && !events)
		print_changes(r, out);
	if (r->passed.total > 0)
		print_tally(out, "passed over", &r->passed);
	print_tally(out, "refused", &r->refused);
	findings_print(r, true, out);
}
