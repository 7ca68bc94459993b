#include "services/cli/dry_scores.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/wire/wire.h"
#include "services/cli/json_values.h"
#include "services/cli/simulate_view.h"

#define ANSWER_MAX	((size_t)64 << 20)
#define QUESTION_EVENTS (WIRE_BODY_MAX - 65536) /* bytes of events that one question takes */

struct partner {
	char id[EVENT_PARTNER_MAX + 1];
	struct buf events;
	size_t starts[WIRE_SIMULATE_BATCHES]; /* of the batches in `events` */
	size_t n_batches, in_batch;
	bool too_many; /* for one question */
};

struct dry_scores {
	struct partner *partners[DRY_PARTNERS_MAX];
	size_t n, bytes;
	bool more_partners; /* than are kept */
};

int dry_scores_create(struct dry_scores **ret_d)
{
	struct dry_scores *d = calloc(1, sizeof *d);

	if (d == NULL)
		return ERR_NOMEM;
	*ret_d = d;
	return 0;
}

void dry_scores_destroy(struct dry_scores *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->n; i++) {
		buf_fini(&d->partners[i]->events);
		free(d->partners[i]);
	}
	free(d);
}

/* ---- keeping the changes ---------------------------------------------------------------------------------- */

/* *ret NULL: there is no room for another partner. */
static int find_partner(struct dry_scores *d, struct str id, struct partner **ret)
{
	*ret = NULL;
	for (size_t i = 0; i < d->n; i++)
		if (str_eq(str_from(d->partners[i]->id), id)) {
			*ret = d->partners[i];
			return 0;
		}
	d->more_partners |= d->n == DRY_PARTNERS_MAX;
	if (d->n == DRY_PARTNERS_MAX)
		return 0;
	*ret = calloc(1, sizeof **ret);
	if (*ret == NULL)
		return ERR_NOMEM;
	(void)snprintf((*ret)->id, sizeof(*ret)->id, STR_FMT, STR_ARG(id));
	buf_init(&(*ret)->events, &mem_heap, QUESTION_EVENTS);
	d->partners[d->n++] = *ret;
	return 0;
}

/* A batch ends before it is too large, in events or in bytes. */
static bool place_event(struct partner *p, size_t begin)
{
	if (p->n_batches == 0 || p->in_batch == WIRE_BATCH_EVENTS_MAX ||
		p->events.n - p->starts[p->n_batches - 1] > WIRE_BATCH_BYTES_MAX) {
		if (p->n_batches == WIRE_SIMULATE_BATCHES)
			return false;
		p->starts[p->n_batches++] = begin;
		p->in_batch = 0;
	}
	p->in_batch++;
	return true;
}

int dry_scores_add(struct dry_scores *d, const struct event *ev)
{
	struct partner *p;
	size_t begin;
	int rc = find_partner(d, ev->subject, &p);

	if (rc != 0 || p == NULL || p->too_many)
		return rc;
	begin = p->events.n;
	rc = d->bytes > DRY_BYTES_MAX ? ERR_FULL : wire_encode_event(ev, &p->events);
	if (rc == 0 && !place_event(p, begin))
		rc = ERR_FULL;
	d->bytes += p->events.n - begin;
	p->too_many = rc == ERR_FULL;
	return rc == ERR_FULL ? 0 : rc;
}

/* ---- asking ----------------------------------------------------------------------------------------------- */

/* A socket that is not there is told at once. */
static bool is_running(struct endpoints *ep)
{
	const char *endpoint = endpoint_of(ep, SERVICE_SCORING);

	return strncmp(endpoint, "ipc://", 6) != 0 || access(endpoint + 6, F_OK) == 0;
}

static int ask(struct endpoints *ep, const struct partner *p, struct arena *ar, struct frame *ret,
	struct err *e)
{
	struct span batches[WIRE_SIMULATE_BATCHES];
	struct frame q = { .kind = FRAME_SIMULATE_QUERY };

	for (size_t i = 0; i < p->n_batches; i++) {
		size_t end = i + 1 < p->n_batches ? p->starts[i + 1] : p->events.n;

		batches[i] = (struct span){ p->events.p + p->starts[i], end - p->starts[i] };
	}
	q.u.simulate_query.request = 1;
	q.u.simulate_query.partner = str_from(p->id);
	q.u.simulate_query.n_batches = p->n_batches;
	q.u.simulate_query.batches = batches;
	q.u.simulate_query.day = DAY_NONE;
	if (!is_running(ep))
		return err_set(e, ERR_TIMEOUT, "it is not running on this data folder");
	arena_reset(ar);
	return endpoint_ask(ep, SERVICE_SCORING, &q, ASK_TIMEOUT_MS, ar, ret, e);
}

static int compare_partners(const void *a, const void *b)
{
	return strcmp((*(struct partner *const *)a)->id, (*(struct partner *const *)b)->id);
}

/* Asks about all of them in the order of their ids. show() false ends it. */
static void ask_all(struct dry_scores *d, struct endpoints *ep,
	bool (*show)(void *ctx, const struct partner *p, int rc, const struct frame *a,
		const struct err *e),
	void *ctx)
{
	struct arena ar;
	bool go_on = true;

	if (d->n > 1)
		qsort(d->partners, d->n, sizeof *d->partners, compare_partners);
	arena_init(&ar, &mem_heap, ANSWER_MAX);
	for (size_t i = 0; go_on && i < d->n; i++) {
		const struct partner *p = d->partners[i];
		struct frame a = { 0 };
		struct err e = { 0 };
		int rc = ERR_FULL;

		if (!p->too_many)
			rc = ask(ep, p, &ar, &a, &e);
		go_on = show(ctx, p, rc, &a, &e);
	}
	arena_fini(&ar);
}

/* Nobody is there to ask, so asking about the others is in vain. */
static bool is_out_of_reach(int rc)
{
	return rc == ERR_TIMEOUT || rc == ERR_IO || rc == ERR_CLOSED;
}

static bool print_one(
	void *ctx, const struct partner *p, int rc, const struct frame *a, const struct err *e)
{
	struct simulate_view v = { .answer = a, .partner = str_from(p->id) };

	(void)ctx;
	if (is_out_of_reach(rc)) {
		fprintf(stderr,
			"which scores would move is not known, scoring does not answer: %s\n",
			e->text);
		return false;
	}
	putchar('\n');
	if (rc == 0)
		simulate_print(&v, stdout);
	else
		printf("Partner %s: which scores would move is not known: %s\n", p->id,
			p->too_many ? "more changes than one question takes" : e->text);
	return true;
}

void dry_scores_print(struct dry_scores *d, struct endpoints *ep)
{
	ask_all(d, ep, print_one, NULL);
	if (d->more_partners)
		printf("\nOf further partners (more than %d) which scores would move was not asked.\n",
			DRY_PARTNERS_MAX);
}

struct answers {
	json_t *list;
	bool out_of_reach;
};

static bool add_one(
	void *ctx, const struct partner *p, int rc, const struct frame *a, const struct err *e)
{
	struct simulate_view v = { .answer = a, .partner = str_from(p->id) };
	struct answers *all = ctx;

	if (is_out_of_reach(rc)) {
		fprintf(stderr,
			"which scores would move is not known, scoring does not answer: %s\n",
			e->text);
		all->out_of_reach = true;
		return false;
	}
	json_add(&all->list, json_pack("{s:s, s:o}", "partner", p->id, "simulation",
				     rc == 0 ? simulate_json(&v) : json_null()));
	return true;
}

json_t *dry_scores_json(struct dry_scores *d, struct endpoints *ep)
{
	struct answers all = { .list = json_array() };

	ask_all(d, ep, add_one, &all);
	if (!all.out_of_reach)
		return all.list;
	json_decref(all.list);
	return json_null();
}
