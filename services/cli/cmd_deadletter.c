/* capscore deadletter: the refused events that ingestion keeps. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/wire/body.h"
#include "common/wire/event_json.h"
#include "services/cli/endpoints.h"
#include "services/cli/verbs.h"

#define ANSWER_MAX ((size_t)16 << 20)
#define PAGE	   500u

struct letters {
	const struct verb *verb;
	struct endpoints ep;
	const char *replacement; /* file */
	bool all;
	struct arena ar;
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

static void print_row(const struct wire_dead_letter *d)
{
	char when[INSTANT_TEXT];

	printf("%8" PRIu64 "  %s  %-12.*s %6u B  %.*s  " STR_FMT "\n", d->letter,
		instant_format(d->received, when), STR_ARG(d->reason), d->size,
		STR_ARG(d->producer), STR_ARG(d->detail));
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
	bool good = wire_decode_events(original, ar, &events, &n, NULL) == 0 && n > 0;

	buf_init(&lines, &mem_heap, ANSWER_MAX);
	for (size_t i = 0; good && i < n; i++)
		good = event_to_json(&events[i].event, &lines) == 0 &&
		       buf_add(&lines, "\n", 1) == 0;
	if (good)
		good = fwrite(lines.p, 1, lines.n, stdout) == lines.n;
	buf_fini(&lines);
	return good;
}

/* JSON as it came; false when it is none, or has bytes that do not belong on a terminal. */
static bool print_json(struct span original)
{
	enum wire_content content = wire_guess_content(original);
	const char *text = original.p;

	if (content == CONTENT_EVENT_BATCH || content == CONTENT_CLOUDEVENT_BATCH)
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

static int show(struct letters *l, uint64_t letter)
{
	struct frame q = { 0 }, a;
	const struct wire_dead_letter *d;
	int rc;

	q.u.dead_letter_query.action = DEAD_LETTER_SHOW;
	q.u.dead_letter_query.letter = letter;
	rc = ask(l, &q, &a);
	if (rc != CLI_OK)
		return rc;
	if (a.u.dead_letter_answer.n_letters == 0)
		return cli_fail(l->verb, CLI_REFUSED, "there is no dead letter %" PRIu64, letter);
	d = &a.u.dead_letter_answer.letters[0];
	fprintf(stderr, "letter %" PRIu64 ": " STR_FMT ": " STR_FMT "\n", d->letter,
		STR_ARG(d->reason), STR_ARG(d->detail));
	print_original(d->original, &l->ar);
	return CLI_OK;
}

/* A mended event, one JSON line, as an EventBatch. */
static int read_replacement(struct letters *l, struct buf *text, struct buf *out)
{
	struct json_fault fault;
	struct event ev;
	FILE *f = strcmp(l->replacement, "-") == 0 ? stdin : fopen(l->replacement, "rbe");
	size_t n;
	int rc;

	if (f == NULL)
		return cli_fail(l->verb, CLI_UNREACHABLE, "cannot open %s", l->replacement);
	if (buf_reserve(text, WIRE_BATCH_BYTES_MAX) != 0)
		return cli_fail(l->verb, CLI_INTERNAL, "out of memory");
	n = fread(text->p, 1, WIRE_BATCH_BYTES_MAX, f);
	if (f != stdin)
		(void)fclose(f);
	while (n > 0 && (text->p[n - 1] == '\n' || text->p[n - 1] == '\r'))
		n--;
	rc = event_from_json((struct str){ (const char *)text->p, n }, &l->ar, &ev, &fault);
	if (rc != 0)
		return cli_fail(l->verb, CLI_REFUSED, "%s:%u:%u: %s", l->replacement, fault.line,
			fault.column, fault.text);
	return wire_encode_event(&ev, out) == 0 ? CLI_OK
						: cli_fail(l->verb, CLI_INTERNAL, "out of memory");
}

static int replay_one(
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

static int replay_all(struct letters *l)
{
	uint64_t after = 0, logged = 0, refused = 0;

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
		rc = replay_one(l, after, (struct span){ NULL, 0 }, &replayed);
		if (rc != CLI_OK)
			return rc;
		logged += replayed;
		refused += !replayed;
	}
	printf("%" PRIu64 " logged, %" PRIu64 " refused again\n", logged, refused);
	return refused == 0 ? CLI_OK : CLI_REFUSED;
}

static int replay(struct letters *l, uint64_t letter)
{
	struct buf text, event;
	bool replayed = false;
	int rc = CLI_OK;

	buf_init(&text, &mem_heap, WIRE_BATCH_BYTES_MAX);
	buf_init(&event, &mem_heap, WIRE_BATCH_BYTES_MAX);
	if (l->replacement != NULL)
		rc = read_replacement(l, &text, &event);
	if (rc == CLI_OK)
		rc = replay_one(l, letter, buf_span(&event), &replayed);
	buf_fini(&text);
	buf_fini(&event);
	return rc != CLI_OK ? rc : replayed ? CLI_OK : CLI_REFUSED;
}

static int run(struct letters *l, int n_args, char **args)
{
	char *end = NULL;
	uint64_t letter;

	bool is_replay = n_args > 0 && strcmp(args[0], "replay") == 0;

	if ((l->all || l->replacement != NULL) && !is_replay)
		return cli_fail(l->verb, CLI_USAGE, "--all and --with go with replay");
	if (l->all && (l->replacement != NULL || n_args != 1))
		return cli_fail(l->verb, CLI_USAGE,
			"--all gives back every letter as it stands; leave out --with and numbers");
	if (l->all)
		return replay_all(l);
	if (n_args == 1 && strcmp(args[0], "list") == 0)
		return list(l);
	if (n_args != 2 || (strcmp(args[0], "show") != 0 && strcmp(args[0], "replay") != 0))
		return cli_fail(l->verb, CLI_USAGE,
			"one of: list; show LETTER; replay LETTER; replay --all");
	letter = strtoull(args[1], &end, 10);
	if (letter == 0 || *end != '\0')
		return cli_fail(l->verb, CLI_USAGE,
			"'%s' is no letter number; `capscore deadletter list` shows them", args[1]);
	return strcmp(args[0], "show") == 0 ? show(l, letter) : replay(l, letter);
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
			.help = "replay: log this mended event (one JSON object; - for standard input) instead" },
		{ .name = "all",
			.type = OPTION_FLAG,
			.value = &l.all,
			.help = "replay: every letter, as it stands" },
		ENDPOINT_OPTION(l.ep, SERVICE_INGESTION, "ingestion"),
	};
	int n_args, exit_code;

	if (!cli_parse(verb, specs, sizeof specs / sizeof *specs, argc, argv, &n_args, &exit_code))
		return exit_code;
	arena_init(&l.ar, &mem_heap, ANSWER_MAX);
	exit_code = run(&l, n_args, argv + 1);
	arena_fini(&l.ar);
	return exit_code;
}
