#include "tests/harness/traffic.h"

#include <stdio.h>
#include <string.h>

#include "common/base/hash.h"
#include "common/wire/wire.h"
#include "tests/support/history.h"

#define ARENA_MAX    ((size_t)2 << 30)
#define DAYS	     80	 /* that pass in all */
#define BATCH_MAX    160 /* events */
#define BAD_IN	     40	 /* one run of so many has an event that is refused */
#define DAY_SOURCE   "/harness/days"
#define START_SPREAD 14 /* days within which the groups' histories begin */

/* Near designations from the start, corrected and withdrawn often. The days are the stream's own. */
static const struct history_shape shape = { .name = "traffic",
	.order = HISTORY_NEARLY,
	.min_events = 250,
	.max_events = 350,
	.partners = 3,
	.people = 8,
	.customers = 6,
	.products = 8,
	.usage = 45,
	.certificates = 25,
	.links = 4,
	.markers = 2,
	.days = 0,
	.others = 2,
	.restated = 30,
	.retracted = 5,
	.stale = 4,
	.duplicated = 4,
	.established = 100 };

struct traffic_group {
	struct history history; /* keeps the texts of its events */
	size_t next;		/* event to be woven in */
};

struct maker {
	struct traffic *t;
	struct rng rng;
	size_t left; /* events of the groups not yet woven in */
	size_t total;
	unsigned days; /* told */
	day_no first_day;
	struct buf batch;
	uint32_t n_in_batch;
	uint64_t *seen; /* hashes of (source, id); open addressing */
	size_t seen_cap;
	size_t cap_batches, cap_events;
	unsigned made_bad;
};

static void *take(struct traffic *t, size_t n)
{
	void *p = arena_alloc(&t->ar, n);

	if (p == NULL)
		harness_fail("no memory for traffic");
	return p;
}

/* ---- the groups ----------------------------------------------------------------------------------------------- */

/* The day a history begins on; its own days are left out otherwise. */
static day_no beginning(const struct history *h)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->events[i].kind == FACT_DAY)
			return h->events[i].u.day.day;
	return DAY_NONE;
}

static void strip_days(struct history *h)
{
	size_t n = 0;

	for (size_t i = 0; i < h->n; i++)
		if (h->events[i].kind != FACT_DAY)
			h->events[n++] = h->events[i];
	h->n = n;
}

/* Histories begin anywhere in a year: takes seeds until one begins where the others do. */
static void make_group(struct maker *m, struct traffic_group *g)
{
	for (;;) {
		day_no from;

		if (history_make(&g->history, &shape, rng_next(&m->rng)) != 0)
			harness_fail("no memory for a history");
		from = beginning(&g->history);
		if (from >= m->first_day - START_SPREAD && from < m->first_day)
			break;
		history_fini(&g->history);
	}
	strip_days(&g->history);
	m->left += g->history.n;
}

static struct str named(struct traffic *t, unsigned group, struct str s)
{
	char *p;
	int n;

	if (s.n == 0)
		return s;
	p = take(t, s.n + 8);
	n = snprintf(p, s.n + 8, "g%u-" STR_FMT, group, STR_ARG(s));
	return (struct str){ p, (size_t)n };
}

/* Partners, people, ids and sources of a group are its own; customers lie below their partner anyway. */
static struct event of_group(struct traffic *t, unsigned group, struct event ev)
{
	ev.id = named(t, group, ev.id);
	ev.source = named(t, group, ev.source);
	ev.subject = named(t, group, ev.subject);
	if (ev.kind == FACT_CERTIFICATION)
		ev.u.certification.person = named(t, group, ev.u.certification.person);
	else if (ev.kind == FACT_ASSESSMENT)
		ev.u.assessment.person = named(t, group, ev.u.assessment.person);
	else if (ev.kind == FACT_PERSON_LINK)
		ev.u.person_link.person = named(t, group, ev.u.person_link.person);
	return ev;
}

/* ---- weaving -------------------------------------------------------------------------------------------------- */

/* True when the event was not there before. */
static bool note(struct maker *m, const struct event *ev)
{
	uint64_t h = hash_bytes(ev->id.p, ev->id.n, hash_bytes(ev->source.p, ev->source.n, 1)) | 1;
	size_t i = h & (m->seen_cap - 1);

	while (m->seen[i] != 0 && m->seen[i] != h)
		i = (i + 1) & (m->seen_cap - 1);
	if (m->seen[i] == h)
		return false;
	m->seen[i] = h;
	return true;
}

static void put(struct maker *m, const struct event *ev, unsigned group)
{
	struct traffic *t = m->t;

	if (wire_encode_event(ev, &m->batch) != 0)
		harness_fail("an event does not encode");
	m->n_in_batch++;
	t->n_sent++;
	if (group > TRAFFIC_GROUPS_MAX)
		t->n_refused++;
	else if (note(m, ev))
		t->events[t->n_events++] = (struct traffic_event){ *ev, group };
	else
		t->n_repeats++;
}

/* Of a year before all years: refused, each for itself. */
static void put_bad(struct maker *m)
{
	struct traffic *t = m->t;
	char *id = take(t, 24);
	struct event ev = { .kind = FACT_USAGE_REPORTED,
		.source = STR("/harness/bad"),
		.subject = STR("nobody"),
		.time = 1000,
		.recorded = 1000,
		.u.usage_reported = { MEASURE_ACR, 24281 } };

	(void)snprintf(id, 24, "bad-%u", m->made_bad++);
	ev.id = str_from(id);
	put(m, &ev, TRAFFIC_GROUPS_MAX + 1);
}

static void put_day(struct maker *m)
{
	struct event ev = { .kind = FACT_DAY, .source = STR(DAY_SOURCE), .time = 1690000000000LL };
	char *id = take(m->t, 24);

	m->t->last_day = ev.u.day.day = m->first_day + (day_no)m->days++;
	(void)snprintf(id, 24, "day-%d", (int)ev.u.day.day);
	ev.id = str_from(id);
	ev.recorded = ev.time;
	put(m, &ev, TRAFFIC_GROUPS_MAX);
}

/* A few events of one group, as they come from one partner's system. */
static void put_run(struct maker *m)
{
	unsigned g = rng_below(&m->rng, m->t->n_groups), n = 1 + rng_below(&m->rng, 12);
	struct traffic_group *from;

	while (m->t->groups[g].next == m->t->groups[g].history.n)
		g = (g + 1) % m->t->n_groups;
	from = &m->t->groups[g];
	for (; n > 0 && from->next < from->history.n; n--, m->left--) {
		struct event ev = of_group(m->t, g, from->history.events[from->next++]);

		put(m, &ev, g);
	}
}

static void end_batch(struct maker *m)
{
	struct traffic *t = m->t;
	uint8_t *p = take(t, m->batch.n);

	memcpy(p, m->batch.p, m->batch.n);
	t->batches[t->n_batches++] = (struct sent_batch){ { p, m->batch.n }, m->n_in_batch };
	buf_reset(&m->batch);
	m->n_in_batch = 0;
}

static uint32_t batch_size(struct rng *r)
{
	switch (rng_below(r, 4)) {
	case 0:
		return 1;
	case 1:
		return 1 + rng_below(r, 10);
	default:
		return 1 + rng_below(r, BATCH_MAX);
	}
}

static void weave(struct maker *m)
{
	while (m->left > 0) {
		uint32_t size = batch_size(&m->rng);

		while (m->n_in_batch < size && m->left > 0) {
			if ((m->total - m->left) * DAYS >= (size_t)m->days * m->total)
				put_day(m);
			if (rng_below(&m->rng, BAD_IN) == 0)
				put_bad(m);
			put_run(m);
		}
		end_batch(m);
	}
}

void traffic_make(struct traffic *t, uint64_t seed, unsigned n_groups)
{
	struct maker m = { .t = t, .rng = { seed }, .first_day = day_from_civil(2023, 8, 1) };
	size_t most;

	memset(t, 0, sizeof *t);
	t->n_groups = n_groups;
	arena_init(&t->ar, &mem_heap, ARENA_MAX);
	buf_init(&m.batch, &mem_heap, WIRE_BATCH_BYTES_MAX);
	t->groups = take(t, n_groups * sizeof *t->groups);
	memset(t->groups, 0, n_groups * sizeof *t->groups);
	for (unsigned g = 0; g < n_groups; g++)
		make_group(&m, &t->groups[g]);
	m.total = m.left;
	most = m.total * 2 + DAYS + 16;
	for (m.seen_cap = 1024; m.seen_cap < 2 * most;)
		m.seen_cap *= 2;
	m.seen = take(t, m.seen_cap * sizeof *m.seen);
	memset(m.seen, 0, m.seen_cap * sizeof *m.seen);
	t->events = take(t, most * sizeof *t->events);
	t->batches = take(t, most * sizeof *t->batches);
	weave(&m);
	buf_fini(&m.batch);
}

void traffic_fini(struct traffic *t)
{
	for (unsigned g = 0; g < t->n_groups; g++)
		history_fini(&t->groups[g].history);
	arena_fini(&t->ar);
}
