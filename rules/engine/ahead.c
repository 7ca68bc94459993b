/* Many events at once: while one is applied, what the next ones will read is fetched.
 *
 * An event on a partner that was not heard of lately waits for memory some ten times, each time for an address that
 * the last answer gave. So the look-up of each event is cut into steps, and the steps of several events run
 * interleaved: hash the texts and fetch their slots; guess the numbers; fetch the texts and the partner; find the
 * numbers for certain, fetch the rows of its customer and month; apply. Only the last step changes anything, so the
 * order of effects is that of the events. */
#include "rules/engine/engine_internal.h"

#define RING 16 /* a power of two, more than the distance of the first step */

#define FACTS_AHEAD 32 /* of a person: more than one has, except by mistake */

/* How many events before its turn each step of an event runs. */
#define STEP_HASH  12
#define STEP_GUESS 9
#define STEP_FETCH 6
#define STEP_FIND  3

struct ahead {
	uint64_t partner_hash, who_hash; /* who: customer or person */
	struct usage_key key;
	bool found; /* key holds */
};

static size_t at_most(size_t n, size_t max)
{
	return n < max ? n : max;
}

static bool is_usage(const struct event *ev)
{
	return ev->kind == FACT_USAGE;
}

/* The person an event is about; empty for events that are about none. */
static struct str person_of(const struct event *ev)
{
	switch (ev->kind) {
	case FACT_CERTIFICATION:
		return ev->u.certification.person;
	case FACT_ASSESSMENT:
		return ev->u.assessment.person;
	case FACT_PERSON_LINK:
		return ev->u.person_link.person;
	default:
		return (struct str){ NULL, 0 };
	}
}

static const struct intern *who_table(const struct engine *e, const struct event *ev)
{
	return ev->kind == FACT_USAGE ? e->names : e->person_ids;
}

static bool is_fetched(const struct event *ev)
{
	return is_usage(ev) || person_of(ev).n != 0;
}

static void step_hash(const struct engine *e, const struct event *ev, struct ahead *a)
{
	a->found = false;
	if (!is_fetched(ev))
		return;
	a->partner_hash = intern_hash(ev->subject);
	a->who_hash = intern_hash(is_usage(ev) ? ev->u.usage.customer : person_of(ev));
	intern_fetch_slot(e->partner_ids, a->partner_hash);
	intern_fetch_slot(who_table(e, ev), a->who_hash);
}

static void step_guess(const struct engine *e, const struct event *ev, const struct ahead *a)
{
	uint32_t partner, who;

	if (!is_fetched(ev))
		return;
	partner = intern_guess(e->partner_ids, a->partner_hash);
	who = intern_guess(who_table(e, ev), a->who_hash);
	if (partner < e->n_partners)
		__builtin_prefetch(&e->partners[partner]);
	if (ev->kind != FACT_USAGE && who < e->n_people)
		__builtin_prefetch(&e->people[who]);
}

static void fetch_lines(const void *p, size_t bytes)
{
	for (size_t i = 0; i < bytes + 63; i += 64)
		__builtin_prefetch((const char *)p + i, 1);
}

static void step_fetch(const struct engine *e, const struct event *ev, const struct ahead *a)
{
	uint32_t partner, who;

	if (!is_fetched(ev))
		return;
	partner = intern_guess(e->partner_ids, a->partner_hash);
	who = intern_guess(who_table(e, ev), a->who_hash);
	if (partner < e->n_partners) {
		intern_fetch_text(e->partner_ids, partner);
		fetch_lines(e->partners[partner], sizeof(struct partner));
	}
	if (who == INTERN_NONE)
		return;
	intern_fetch_text(who_table(e, ev), who);
	if (ev->kind == FACT_USAGE)
		__builtin_prefetch(&e->name_info[who]);
	else if (who < e->n_people)
		fetch_lines(e->people[who], sizeof(struct person));
}

static void step_find(const struct engine *e, const struct event *ev, struct ahead *a)
{
	uint32_t who;

	if (!is_fetched(ev))
		return;
	if (ev->kind == FACT_USAGE) {
		a->found = usage_find(e, ev, a->partner_hash, a->who_hash, &a->key);
		return;
	}
	who = intern_guess(e->person_ids, a->who_hash);
	if (who < e->n_people) {
		const struct person *p = e->people[who];

		fetch_lines(p->reports, at_most(p->n_reports, FACTS_AHEAD) * sizeof *p->reports);
		fetch_lines(p->links, at_most(p->n_links, FACTS_AHEAD) * sizeof *p->links);
	}
}

int engine_apply_all(struct engine *e, const struct event *events, size_t n, uint32_t first_cause)
{
	struct ahead ring[RING];
	int rc = 0;

	/* `at` runs ahead of the event that is applied by the distance of the first step. */
	for (size_t at = 0; rc == 0 && at < n + STEP_HASH; at++) {
		if (at < n)
			step_hash(e, &events[at], &ring[at % RING]);
		if (at >= STEP_HASH - STEP_GUESS && at - (STEP_HASH - STEP_GUESS) < n) {
			size_t i = at - (STEP_HASH - STEP_GUESS);

			step_guess(e, &events[i], &ring[i % RING]);
		}
		if (at >= STEP_HASH - STEP_FETCH && at - (STEP_HASH - STEP_FETCH) < n) {
			size_t i = at - (STEP_HASH - STEP_FETCH);

			step_fetch(e, &events[i], &ring[i % RING]);
		}
		if (at >= STEP_HASH - STEP_FIND && at - (STEP_HASH - STEP_FIND) < n) {
			size_t i = at - (STEP_HASH - STEP_FIND);

			step_find(e, &events[i], &ring[i % RING]);
		}
		if (at >= STEP_HASH) {
			size_t i = at - STEP_HASH;
			uint32_t cause = first_cause + (uint32_t)i;

			if (!ring[i % RING].found) {
				rc = engine_apply(e, &events[i], cause);
				continue;
			}
			e->stats.events++;
			e->correcting = correction_of(&events[i]);
			rc = usage_commit(e, &events[i], &ring[i % RING].key, &cause);
		}
	}
	return rc;
}
