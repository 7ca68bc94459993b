#include "services/scoring/scoring_core.h"

#include "common/base/err.h"
#include "common/base/hash.h"

/* Of one step's output, beside what the engine holds of it. The largest steps are those that touch every partner: a day
 * on which months or the edition turn, and an edition that becomes valid or is withdrawn. A partner takes a change of
 * 56 bytes and, as it is one event that touches them all, one cause of 40: 96 MB for a million partners. So
 * the bound is met at some ten million. The engine's own list is larger, up to 3 kB for a partner of whom seven areas change,
 * points before and after being fractions of 32 bytes; what bounds that is the memory of the machine. */
#define STEP_BYTES_MAX ((size_t)1 << 30)

/* Points of one metric take at most 80 bytes (before and after, two words of a numerator and two of a denominator each),
 * what else stands in an area less than that. Partners, causes, shapes and names leave 1.8 MiB of a unit's 4 for them. */
#define UNIT_POINTS_MAX 20480u

struct scoring {
	const struct alloc *a;
	struct engine *engine;
	struct arena out; /* the score batch of the last step */
};

static int begin_calendar(
	struct scoring *s, const struct scoring_rules *rules, const struct engine_limits *limits)
{
	int rc = rules->n_editions == 0
			 ? ERR_INVALID
			 : engine_create(s->a, rules->editions[0], limits, &s->engine);

	for (size_t i = 1; rc == 0 && i < rules->n_editions; i++)
		rc = engine_add_edition(
			s->engine, rules->editions[i], rules->editions[i]->valid_from);
	if (rc == 0 && rules->source.open != NULL)
		engine_set_source(s->engine, &rules->source);
	return rc;
}

int scoring_create(const struct alloc *a, const struct scoring_rules *rules,
	const struct engine_limits *limits, struct scoring **ret_s)
{
	struct scoring *s = mem_zalloc(a, sizeof *s);
	int rc;

	if (s == NULL)
		return ERR_NOMEM;
	s->a = a;
	arena_init(&s->out, a, STEP_BYTES_MAX);
	rc = begin_calendar(s, rules, limits);
	if (rc != 0) {
		scoring_destroy(s);
		return rc;
	}
	*ret_s = s;
	return 0;
}

void scoring_destroy(struct scoring *s)
{
	if (s == NULL)
		return;
	engine_destroy(s->engine);
	arena_fini(&s->out);
	mem_free(s->a, s, sizeof *s);
}

static int name_causes(struct scoring *s, const struct scoring_unit *in,
	const struct partner_change *p, struct score_change *c)
{
	struct cause *causes = arena_alloc(&s->out, p->n_causes * sizeof *causes);

	if (causes == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < p->n_causes; i++) {
		const struct event *ev = &in->events[p->causes[i]];

		causes[i] = (struct cause){ in->first + p->causes[i], ev->id, ev->source };
	}
	c->causes = causes;
	c->n_causes = p->n_causes;
	c->cause_count = p->cause_count;
	return 0;
}

static int fill_batch(struct scoring *s, const struct scoring_unit *in,
	const struct partner_change *changed, size_t n, struct score_batch *ret_batch)
{
	struct score_change *changes = arena_alloc(&s->out, n * sizeof *changes);

	if (changes == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++) {
		int rc;

		changes[i].partner = changed[i].partner;
		changes[i].n_areas = changed[i].n_areas;
		changes[i].areas = changed[i].areas;
		rc = name_causes(s, in, &changed[i], &changes[i]);
		if (rc != 0)
			return rc;
	}
	*ret_batch = (struct score_batch){
		.n_changes = n,
		.changes = changes,
		.event_position = in->first + in->n,
		.day = engine_day(s->engine),
	};
	return 0;
}

int scoring_take(struct scoring *s, const struct scoring_unit *in)
{
	return engine_apply_all(s->engine, in->events, in->n, 0);
}

int scoring_part(struct scoring *s, const struct scoring_unit *in, struct score_batch *ret_batch,
	bool *ret_done)
{
	const struct partner_change *changed;
	size_t n;
	int rc = engine_settle_part(s->engine, SCORING_PART_PARTNERS, &changed, &n, ret_done);

	if (rc != 0)
		return rc;
	arena_reset(&s->out);
	return fill_batch(s, in, changed, n, ret_batch);
}

size_t scoring_unit_changes(const struct score_batch *batch, size_t at)
{
	size_t points = 0, n = 0;

	for (; at + n < batch->n_changes && n < SCORING_UNIT_CHANGES_MAX; n++) {
		const struct score_change *c = &batch->changes[at + n];

		for (size_t i = 0; i < c->n_areas; i++)
			points += c->areas[i].shape->n_metrics + 1;
		if (points > UNIT_POINTS_MAX && n > 0)
			break;
	}
	return n;
}

struct engine *scoring_engine(struct scoring *s)
{
	return s->engine;
}

uint64_t scoring_rules_digest(const struct edition *const *editions, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t one[2] = { editions[i]->digest, (uint64_t)editions[i]->valid_from };

		sum += digest_chain(0, one, sizeof one);
	}
	return sum;
}
