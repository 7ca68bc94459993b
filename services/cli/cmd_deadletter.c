/* capscore deadletter: what was refused and is kept by ingestion, to be looked at, mended and given back. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/wire/body.h"
#include "common/wire/event_json.h"
#include "common/wire/pb.h"
#include "services/cli/letter_replay.h"
#include "services/cli/verbs.h"

#define ANSWER_MAX ((size_t)16 << 20)
#define PAGE	   500u

struct letters {
	const struct verb *verb;
	struct endpoints ep;
	struct file_options file_options; /* for rows of exports */
	const char *replacement;	  /* file */
	bool all;
	struct arena ar;    /* of the answer of the last question */
	struct arena shown; /* of the letter that is worked on */
	struct buf text;    /* of the replacement */
};

static int ask(struct letters *l, struct frame *q, struct frame *ret_a)
{
	struct err e = { 0 };
	int rc;

	arena_reset(&l->ar);
	q->kind = FRAME_DEAD_LETTER_QUERY;
	q->u.dead_letter_query.request = 1;
	rc = endpoint_ask(&l->ep, SERVICE_INGESTION, q, ASK_TIMEOUT_MS, &l->ar, ret_a, &e);
	if (rc == 0 && ret_a->kind != FRAME_DEAD_LETTER_ANSWER)
		rc = err_set(&e, ERR_PROTOCOL, "ingestion sent another answer than asked for");
	return rc == 0 ? CLI_OK : cli_fail(l->verb, cli_exit_of(rc), "%s", e.text);
}

/* Where a record stood: "azure.csv:7:3: ". */
static void print_place(const struct wire_dead_letter *d, FILE *out)
{
	if (d->format.n == 0)
		return;
	fprintf(out, STR_FMT ":", STR_ARG(d->file));
	if (d->line > 0)
		fprintf(out, "%u:", d->line);
	if (d->column > 0)
		fprintf(out, "%u:", d->column);
	fputc(' ', out);
}

static void print_row(const struct wire_dead_letter *d)
{
	char when[INSTANT_TEXT];

	printf("%8" PRIu64 "  %s  %-12.*s %6u B  %.*s  ", d->letter,
		instant_format(d->received, when), STR_ARG(d->reason), d->size,
		STR_ARG(d->producer));
	print_place(d, stdout);
	printf(STR_FMT "\n", STR_ARG(d->detail));
}

static int list(struct letters *l)
{
	uint64_t after = 0, total = 0, dropped = 0, shown = 0;
	bool more = true;

	while (more) {
		struct frame q = { 0 }, a;
		int rc;

		q.u.dead_letter_query.after = after;
		q.u.dead_letter_query.limit = PAGE;
		rc = ask(l, &q, &a);
		if (rc != CLI_OK)
			return rc;
		for (size_t i = 0; i < a.u.dead_letter_answer.n_letters; i++) {
			const struct wire_dead_letter *d = &a.u.dead_letter_answer.letters[i];

			if (shown++ == 0)
				printf("  letter  received                  reason        size    producer  what is wrong\n");
			print_row(d);
			after = d->letter;
		}
		more = a.u.dead_letter_answer.more && a.u.dead_letter_answer.n_letters > 0;
		total = a.u.dead_letter_answer.total;
		dropped = a.u.dead_letter_answer.dropped;
	}
	printf("%" PRIu64 " dead letter%s", total, total == 1 ? "" : "s");
	if (dropped > 0)
		printf(", %" PRIu64 " older ones dropped because the store was full", dropped);
	putchar('\n');
	return CLI_OK;
}

/* The kept bytes as lines of JSON; false when they are no events that JSON can tell. */
static bool print_events(struct span original, struct arena *ar)
{
	struct decoded_event *events;
	struct buf lines;
	size_t n;
	bool good = wire_guess_content(original) == CONTENT_EVENT_BATCH &&
		    wire_decode_events(original, ar, &events, &n, NULL) == 0 && n > 0;

	buf_init(&lines, &mem_heap, ANSWER_MAX);
	for (size_t i = 0; good && i < n; i++)
		good = event_to_json(&events[i].event, &lines) == 0 &&
		       buf_add(&lines, "\n", 1) == 0;
	if (good)
		good = fwrite(lines.p, 1, lines.n, stdout) == lines.n;
	buf_fini(&lines);
	return good;
}

/* Whether events are in protobuf, for who knows that they are events. */
static bool is_binary(struct span events)
{
	enum wire_content content = wire_guess_content(events);

	return content == CONTENT_CLOUDEVENT_BATCH ||
	       (content == CONTENT_EVENT_BATCH && events.n > 0 &&
		       *(const uint8_t *)events.p == PB_TAG(1, PB_BYTES));
}

/* JSON as it came; false when it is none, or has bytes that do not belong on a terminal. */
static bool print_json(struct span original)
{
	const char *text = original.p;

	if (is_binary(original))
		return false;
	for (size_t i = 0, n; i < original.n; i += n + 1) {
		const char *end = memchr(text + i, '\n', original.n - i);

		n = end == NULL ? original.n - i : (size_t)(end - text) - i;
		if (!str_is_clean_utf8((struct str){ text + i, n }))
			return false;
	}
	return fwrite(text, 1, original.n, stdout) == original.n && putchar('\n') == '\n';
}

/* As events where they are some, otherwise in hexadecimal. */
static void print_original(struct span original, struct arena *ar)
{
	if (print_json(original) || print_events(original, ar))
		return;
	for (size_t i = 0; i < original.n; i++)
		printf("%02x%s", ((const uint8_t *)original.p)[i], i % 32 == 31 ? "\n" : "");
	putchar('\n');
}

/* Asks for a letter, which stays in l->shown. */
static int find(struct letters *l, uint64_t letter, struct wire_dead_letter *ret)
{
	struct frame q = { 0 }, a;
	struct err e = { 0 };
	int rc;

	q.kind = FRAME_DEAD_LETTER_QUERY;
	q.u.dead_letter_query.request = 1;
	q.u.dead_letter_query.action = DEAD_LETTER_SHOW;
	q.u.dead_letter_query.letter = letter;
	arena_reset(&l->shown);
	rc = endpoint_ask(&l->ep, SERVICE_INGESTION, &q, ASK_TIMEOUT_MS, &l->shown, &a, &e);
	if (rc != 0)
		return cli_fail(l->verb, cli_exit_of(rc), "%s", e.text);
	if (a.kind != FRAME_DEAD_LETTER_ANSWER || a.u.dead_letter_answer.n_letters == 0)
		return cli_fail(l->verb, CLI_REFUSED, "there is no dead letter %" PRIu64, letter);
	*ret = a.u.dead_letter_answer.letters[0];
	return CLI_OK;
}

/* As it was kept, so that it can be written to a file, mended, and given back. */
static void print_text(struct str text)
{
	(void)fwrite(text.p, 1, text.n, stdout);
	if (text.n == 0 || text.p[text.n - 1] != '\n')
		putchar('\n');
}

static int show(struct letters *l, uint64_t letter)
{
	struct wire_dead_letter d;
	int rc = find(l, letter, &d);

	if (rc != CLI_OK)
		return rc;
	fprintf(stderr, "letter %" PRIu64 ": ", d.letter);
	if (d.format.n > 0)
		fprintf(stderr, STR_FMT " ", STR_ARG(d.format));
	print_place(&d, stderr);
	fprintf(stderr, STR_FMT ": " STR_FMT "\n", STR_ARG(d.reason), STR_ARG(d.detail));
	if (d.format.n == 0 || (str_eq(d.format, STR("events")) && is_binary(d.original)))
		print_original(d.original, &l->ar);
	else
		print_text((struct str){ d.original.p, d.original.n });
	return CLI_OK;
}

/* ---- giving back ------------------------------------------------------------------------------------------ */

/* The file of --with, in l->text. */
static int read_replacement(struct letters *l, struct str *ret_text)
{
	FILE *f = strcmp(l->replacement, "-") == 0 ? stdin : fopen(l->replacement, "rbe");
	size_t n;

	if (f == NULL)
		return cli_fail(l->verb, CLI_UNREACHABLE, "cannot open %s", l->replacement);
	if (buf_reserve(&l->text, WIRE_BATCH_BYTES_MAX) != 0)
		return cli_fail(l->verb, CLI_INTERNAL, "out of memory");
	n = fread(l->text.p, 1, WIRE_BATCH_BYTES_MAX, f);
	if (f != stdin)
		(void)fclose(f);
	*ret_text = (struct str){ (const char *)l->text.p, n };
	return CLI_OK;
}

/* A mended event, one JSON line, as an EventBatch. */
static int encode_event(struct letters *l, struct str text, struct buf *out)
{
	const char *name = l->replacement != NULL ? l->replacement : "the letter";
	struct json_fault fault;
	struct event ev;

	while (text.n > 0 && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r'))
		text.n--;
	arena_reset(&l->ar);
	if (event_from_json(text, &l->ar, &ev, &fault) != 0)
		return fault.line == 0 ? cli_fail(l->verb, CLI_REFUSED, "%s: %s", name, fault.text)
				       : cli_fail(l->verb, CLI_REFUSED, "%s:%u:%u: %s", name,
						 fault.line, fault.column, fault.text);
	return wire_encode_event(&ev, out) == 0 ? CLI_OK
						: cli_fail(l->verb, CLI_INTERNAL, "out of memory");
}

static int replay_event(
	struct letters *l, uint64_t letter, struct span replacement, bool *ret_replayed)
{
	struct frame q = { 0 }, a;
	int rc;

	q.u.dead_letter_query.action = DEAD_LETTER_REPLAY;
	q.u.dead_letter_query.letter = letter;
	q.u.dead_letter_query.replacement = replacement;
	rc = ask(l, &q, &a);
	if (rc != CLI_OK)
		return rc;
	*ret_replayed = a.u.dead_letter_answer.replayed;
	if (str_eq(a.u.dead_letter_answer.reason, STR("unknown-letter")))
		return cli_fail(l->verb, CLI_REFUSED, "there is no dead letter %" PRIu64, letter);
	if (*ret_replayed)
		printf("letter %" PRIu64 ": logged\n", letter);
	else
		printf("letter %" PRIu64 ": refused again: " STR_FMT ": " STR_FMT "\n", letter,
			STR_ARG(a.u.dead_letter_answer.reason),
			STR_ARG(a.u.dead_letter_answer.detail));
	return CLI_OK;
}

/* An event instead of what was kept; one in protobuf is read by ingestion. */
static int replay_text(struct letters *l, uint64_t letter, struct str text, bool *ret_replayed)
{
	struct buf event;
	int rc;

	if (is_binary((struct span){ text.p, text.n }))
		return replay_event(l, letter, (struct span){ text.p, text.n }, ret_replayed);
	buf_init(&event, &mem_heap, WIRE_BATCH_BYTES_MAX);
	rc = encode_event(l, text, &event);
	if (rc == CLI_OK)
		rc = replay_event(l, letter, buf_span(&event), ret_replayed);
	buf_fini(&event);
	return rc;
}

static int drop(struct letters *l, uint64_t letter)
{
	struct frame q = { 0 }, a;
	int rc;

	q.u.dead_letter_query.action = DEAD_LETTER_DROP;
	q.u.dead_letter_query.letter = letter;
	rc = ask(l, &q, &a);
	if (rc == CLI_OK && !a.u.dead_letter_answer.removed)
		return cli_fail(l->verb, CLI_REFUSED, "there is no dead letter %" PRIu64, letter);
	return rc;
}

static bool is_event(struct str text)
{
	size_t i = 0;

	while (i < text.n && strchr(" \t\r\n", text.p[i]) != NULL)
		i++;
	return i < text.n && text.p[i] == '{';
}

/* A row of an export goes through the reader of its report, and the letter only when its facts are on disk. */
static int replay_row(
	struct letters *l, const struct wire_dead_letter *d, struct str text, bool *ret_replayed)
{
	int rc;

	l->file_options.data_dir = l->ep.data_dir;
	rc = letter_replay(l->verb, &l->ep, &l->file_options, d, text, ret_replayed);
	return rc == CLI_OK && *ret_replayed ? drop(l, d->letter) : rc;
}

static int replay_one(struct letters *l, uint64_t letter, bool *ret_replayed)
{
	struct wire_dead_letter d;
	struct str text;
	int rc = find(l, letter, &d);

	if (rc != CLI_OK)
		return rc;
	text = (struct str){ d.original.p, d.original.n };
	if (l->replacement != NULL)
		rc = read_replacement(l, &text);
	if (rc != CLI_OK)
		return rc;
	if (d.format.n > 0 && !is_event(text) && !str_eq(d.format, STR("events")))
		return replay_row(l, &d, text, ret_replayed);
	return d.format.n > 0 || l->replacement != NULL
		       ? replay_text(l, letter, text, ret_replayed)
		       : replay_event(l, letter, (struct span){ NULL, 0 }, ret_replayed);
}

/* A letter that cannot be given back does not hold up the others. */
static int for_all(struct letters *l, bool dropping)
{
	uint64_t after = 0, done = 0, left = 0;

	for (;;) {
		struct frame q = { 0 }, a;
		bool replayed = false;
		int rc;

		q.u.dead_letter_query.after = after;
		q.u.dead_letter_query.limit = 1;
		rc = ask(l, &q, &a);
		if (rc != CLI_OK)
			return rc;
		if (a.u.dead_letter_answer.n_letters == 0)
			break;
		after = a.u.dead_letter_answer.letters[0].letter;
		rc = dropping ? drop(l, after) : replay_one(l, after, &replayed);
		if (rc != CLI_OK && rc != CLI_REFUSED)
			return rc;
		done += dropping ? rc == CLI_OK : replayed;
		left += !dropping && !replayed;
	}
	if (dropping)
		printf("%" PRIu64 " dropped\n", done);
	else
		printf("%" PRIu64 " logged, %" PRIu64 " refused again\n", done, left);
	return left == 0 ? CLI_OK : CLI_REFUSED;
}

static int one(struct letters *l, const char *action, uint64_t letter)
{
	bool replayed = false;
	int rc;

	if (strcmp(action, "show") == 0)
		return show(l, letter);
	if (strcmp(action, "drop") == 0) {
		rc = drop(l, letter);
		if (rc == CLI_OK)
			printf("letter %" PRIu64 ": dropped\n", letter);
		return rc;
	}
	rc = replay_one(l, letter, &replayed);
	return rc != CLI_OK ? rc : replayed ? CLI_OK : CLI_REFUSED;
}

static int run(struct letters *l, int n_args, char **args)
{
	const char *action = n_args > 0 ? args[0] : "";
	bool is_replay = strcmp(action, "replay") == 0, is_drop = strcmp(action, "drop") == 0;
	char *end = NULL;
	uint64_t letter;

	if (l->replacement != NULL && !is_replay)
		return cli_fail(l->verb, CLI_USAGE, "--with goes with replay");
	if (l->all && !is_replay && !is_drop)
		return cli_fail(l->verb, CLI_USAGE, "--all goes with replay and drop");
	if (l->all && (l->replacement != NULL || n_args != 1))
		return cli_fail(l->verb, CLI_USAGE,
			"--all takes every letter as it stands; leave out --with and numbers");
	if (l->all)
		return for_all(l, is_drop);
	if (n_args == 1 && strcmp(action, "list") == 0)
		return list(l);
	if (n_args != 2 || !(is_replay || is_drop || strcmp(action, "show") == 0))
		return cli_fail(l->verb, CLI_USAGE,
			"one of: list; show LETTER; replay LETTER; replay --all; drop LETTER; drop --all");
	letter = strtoull(args[1], &end, 10);
	if (letter == 0 || *end != '\0')
		return cli_fail(l->verb, CLI_USAGE,
			"'%s' is no letter number; `capscore deadletter list` shows them", args[1]);
	return one(l, action, letter);
}

int cmd_deadletter(const struct verb *verb, int argc, char **argv)
{
	struct letters l = { .verb = verb };
	const struct option_spec specs[] = {
		ENDPOINT_DATA_DIR(l.ep),
		{ .name = "with",
			.type = OPTION_TEXT,
			.value = &l.replacement,
			.metavar = "FILE",
			.help = "replay: take this instead: a mended event (one JSON object), or a mended row with its "
				"header line; - for standard input" },
		{ .name = "all",
			.type = OPTION_FLAG,
			.value = &l.all,
			.help = "replay, drop: every letter, as it stands" },
		{ .name = "dates",
			.type = OPTION_TEXT,
			.value = &l.file_options.dates,
			.metavar = "mdy|dmy",
			.help = "replay: order of day and month in dates like 6/7/2023 of a row" },
		{ .name = "person-key",
			.type = OPTION_TEXT,
			.value = &l.file_options.person_key,
			.metavar = "FILE",
			.help = "replay: key that turns people into opaque ids (default: person.key in the data folder)" },
		{ .name = "endpoint",
			.type = OPTION_TEXT,
			.value = &l.ep.publish,
			.metavar = "ENDPOINT",
			.help = "replay: where ingestion takes events, when it is not in the data folder" },
		ENDPOINT_OPTION(l.ep, SERVICE_INGESTION, "ingestion"),
	};
	int n_args, exit_code;

	if (!cli_parse(verb, specs, sizeof specs / sizeof *specs, argc, argv, &n_args, &exit_code))
		return exit_code;
	arena_init(&l.ar, &mem_heap, ANSWER_MAX);
	arena_init(&l.shown, &mem_heap, ANSWER_MAX);
	buf_init(&l.text, &mem_heap, WIRE_BATCH_BYTES_MAX);
	exit_code = run(&l, n_args, argv + 1);
	buf_fini(&l.text);
	arena_fini(&l.shown);
	arena_fini(&l.ar);
	return exit_code;
}
