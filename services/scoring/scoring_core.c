#include "services/scoring/scoring_core.h"

#include "common/base/err.h"

#define STEP_BYTES_MAX                                                                             \
	((size_t)1                                                                                 \
		<< 30) /* of one step's output; a day that touches every partner is the largest */

struct scoring {
	const struct alloc *a;
	struct engine *engine;
	struct arena out; /* the score batch of the last step */
};

int scoring_create(const struct alloc *a, const struct edition *edition,
	const struct engine_limits *limits, struct scoring **ret_s)
{
	struct scoring *s = mem_zalloc(a, sizeof *s);
	int rc;

	if (s == NULL)
		return ERR_NOMEM;
	s->a = a;
	arena_init(&s->out, a, STEP_BYTES_MAX);
	rc = engine_create(a, edition, limits, &s->engine);
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

int scoring_step(struct scoring *s, const struct scoring_unit *in, struct score_batch *ret_batch)
{
	const struct partner_change *changed;
	size_t n;
	int rc;

	rc = engine_apply_all(s->engine, in->events, in->n, 0);
	if (rc != 0)
		return rc;
	rc = engine_settle(s->engine, &changed, &n);
	if (rc != 0)
		return rc;
	arena_reset(&s->out);
	return fill_batch(s, in, changed, n, ret_batch);
}

struct engine *scoring_engine(struct scoring *s)
{
	return s->engine;
}
