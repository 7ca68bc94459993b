#include "services/cli/letter_replay.h"

#include <inttypes.h>

#include "common/base/hash.h"
#include "services/cli/outbox.h"
#include "services/imports/held.h"
#include "services/imports/side.h"

#define REPLAY_BATCH	  256
#define REPLAY_TIMEOUT_MS 10000

struct replay {
	const struct verb *verb;
	struct endpoints *ep;
	struct files files;
	struct mending mending;
	struct delivery *delivery;
	struct ledger *ledger;
	struct outbox *outbox;
	struct held *held;
	struct reading_changes changes;
	struct reading reading;
	char name[64];
	struct err err;
};

static int on_event(void *ctx, const struct event *ev, struct place at)
{
	(void)ctx;
	(void)ev;
	(void)at;
	return ERR_UNSUPPORTED; /* reports give out changes */
}

static int on_change(void *ctx, const struct change *c)
{
	struct replay *p = ctx;

	return outbox_change(p->outbox, c, p->name, &p->err);
}

static int on_scope(void *ctx, const struct scope_note *n)
{
	struct replay *p = ctx;

	return outbox_scope(p->outbox, n, &p->err);
}

static void on_refusal(void *ctx, const struct fault *f, uint64_t dead_letter)
{
	(void)ctx;
	fault_print(f, stderr);
	fprintf(stderr, "  kept as dead letter %" PRIu64 "\n", dead_letter);
}

static int open_replay(struct replay *p, struct err *e)
{
	struct delivery_options o = {
		.endpoint = endpoint_publish(p->ep),
		.name = p->verb->name,
		.batch_events = REPLAY_BATCH,
		.timeout_ms = REPLAY_TIMEOUT_MS,
		.on_settled = outbox_settled,
		.together = true,
		.on_refusal = on_refusal,
		.ctx = p,
	};
	char dir[4096];
	int rc = delivery_open(&o, &p->delivery, e);

	if (rc != 0)
		return rc;
	if ((size_t)snprintf(dir, sizeof dir, "%s/imports", p->ep->data_dir) >= sizeof dir)
		return err_set(e, ERR_INVALID, "the path of the data folder is too long");
	rc = ledger_open(dir, true, &p->ledger, e);
	if (rc == 0)
		rc = outbox_create(p->ledger, p->delivery, &p->outbox);
	return rc == 0 ? held_create(&mem_heap, &p->held) : rc;
}

static void close_replay(struct replay *p)
{
	delivery_close(&p->delivery); /* no acknowledgement comes any more */
	outbox_destroy(p->outbox);
	held_destroy(p->held);
	ledger_close(&p->ledger);
	files_fini(&p->files);
}

/* Which row it is, is what was refused, however it was mended. */
static struct mending mending_of(const struct wire_dead_letter *letter)
{
	struct hash128 h = hash128_bytes(letter->original.p, letter->original.n, 0);

	return (struct mending){ h.low, h.high };
}

static int set_up(struct replay *p, const struct file_options *options,
	const struct wire_dead_letter *letter, struct err *e)
{
	struct reading_options *o = &p->files.reading_options;
	int rc = files_init(&p->files, p->verb, options, on_event, p, e);

	if (rc != 0)
		return rc;
	(void)snprintf(p->name, sizeof p->name, "letter %" PRIu64, letter->letter);
	p->mending = mending_of(letter);
	rc = open_replay(p, e);
	p->changes = (struct reading_changes){ .ledger = p->ledger,
		.on_change = on_change,
		.on_scope = on_scope,
		.ctx = p,
		.held = p->held };
	o->recorded = letter->recorded;
	o->mending = &p->mending;
	o->changes = &p->changes;
	o->strict = true;
	p->files.reading = &p->reading;
	return rc;
}

static int read_text(struct replay *p, struct str text, struct err *e)
{
	char *bytes = mem_alloc(&mem_heap, text.n + 1);
	struct input in;
	int rc;

	if (bytes == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	memcpy(bytes, text.p, text.n);
	input_open_memory(&in, bytes, text.n);
	rc = facts_read_input(&p->files.reading_options, FACTS_REPORTS, p->name, &in,
		&p->files.handler, &p->reading, e);
	if (rc == 0)
		rc = held_say(p->held, &p->reading, &p->err);
	if (rc == 0)
		rc = outbox_drain(p->outbox, &p->err);
	mem_free(&mem_heap, bytes, text.n + 1);
	return rc;
}

static int tell(const struct replay *p, uint64_t number, bool *ret_replayed)
{
	const struct reading *r = &p->reading;
	const struct delivery_counts *c = delivery_counts_get(p->delivery);

	if (r->superseded > 0 && c->given == 0)
		return cli_fail(p->verb, CLI_REFUSED,
			"letter %" PRIu64
			": a later export of the same partner and month was imported since, which "
			"stands; `capscore deadletter drop %" PRIu64 "` forgets the letter",
			number, number);
	if (r->n_facts == 0)
		return cli_fail(p->verb, CLI_REFUSED,
			"letter %" PRIu64
			": no fact comes of the row; `capscore deadletter drop %" PRIu64
			"` forgets it",
			number, number);
	if (c->refused.total > 0)
		return cli_fail(p->verb, CLI_REFUSED,
			"letter %" PRIu64 ": %" PRIu64 " of its facts were refused by ingestion",
			number, c->refused.total);
	*ret_replayed = true;
	printf("letter %" PRIu64 ": %" PRIu64 " fact%s, %" PRIu64 " event%s logged\n", number,
		r->n_facts, r->n_facts == 1 ? "" : "s", c->accepted + c->duplicates,
		c->accepted + c->duplicates == 1 ? "" : "s");
	return CLI_OK;
}

int letter_replay(const struct verb *verb, struct endpoints *ep, const struct file_options *options,
	const struct wire_dead_letter *letter, struct str text, bool *ret_replayed)
{
	struct replay p = { .verb = verb, .ep = ep };
	struct err e = { 0 };
	int exit_code, rc = set_up(&p, options, letter, &e);

	*ret_replayed = false;
	if (rc == 0)
		rc = read_text(&p, text, &e);
	if (rc == 0)
		exit_code = tell(&p, letter->letter, ret_replayed);
	else if (p.reading.refused.total > 0)
		exit_code = cli_fail(verb, CLI_REFUSED,
			"letter %" PRIu64 ": refused again; nothing of it was sent",
			letter->letter);
	else
		exit_code =
			cli_fail(verb, rc == ERR_UNSUPPORTED ? CLI_REFUSED : cli_exit_of(rc), "%s",
				p.err.code != 0 ? p.err.text
				: e.code != 0	? e.text
						: err_text(rc));
	close_replay(&p);
	return exit_code;
}
