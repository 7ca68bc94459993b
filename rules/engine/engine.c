/* The engine's life, and events on their way in. */
#include "rules/engine/engine_internal.h"

#include "common/base/err.h"

static void *counted_resize(void *ctx, void *p, size_t old_size, size_t size)
{
	struct counted *c = ctx;
	void *q = c->base->resize(c->base->ctx, p, old_size, size);

	if (size == 0 || q != NULL)
		c->bytes = c->bytes - old_size + size;
	return q;
}

static int parts_create(struct engine *e)
{
	int rc = plan_init(&e->plan, e->edition, &e->fixed);

	if (rc == 0)
		rc = intern_create(&e->a, e->limits.max_names, &e->names);
	if (rc == 0)
		rc = intern_create(&e->a, e->limits.max_partners, &e->partner_ids);
	if (rc == 0)
		rc = intern_create(&e->a, e->limits.max_people, &e->person_ids);
	if (rc != 0)
		return rc;
	e->new_points = arena_alloc(&e->fixed, e->plan.n_ops * sizeof *e->new_points);
	return e->new_points == NULL ? ERR_NOMEM : 0;
}

int engine_create(const struct alloc *a, const struct edition *edition,
	const struct engine_limits *limits, struct engine **ret_e)
{
	struct engine *e;
	int rc;

	if (limits->max_partners < 1 || limits->max_people < 1 || limits->max_names < 1)
		return ERR_INVALID;
	e = mem_zalloc(a, sizeof *e);
	if (e == NULL)
		return ERR_NOMEM;
	e->counted = (struct counted){ a, sizeof *e };
	e->a = (struct alloc){ counted_resize, &e->counted };
	e->edition = edition;
	e->limits = *limits;
	e->day = DAY_NONE;
	e->closed = e->ready = MONTH_NONE;
	arena_init(&e->fixed, &e->a, SIZE_MAX);
	arena_init(&e->out, &e->a, SIZE_MAX);
	rc = parts_create(e);
	if (rc != 0) {
		engine_destroy(e);
		return rc;
	}
	*ret_e = e;
	return 0;
}

void engine_destroy(struct engine *e)
{
	const struct alloc *base;

	if (e == NULL)
		return;
	for (uint32_t i = 0; i < e->n_partners; i++)
		partner_destroy(e, e->partners[i]);
	for (uint32_t i = 0; i < e->n_people; i++)
		person_destroy(e, e->people[i]);
	mem_free(&e->a, e->partners, e->cap_partners * sizeof(struct partner *));
	mem_free(&e->a, e->people, e->cap_people * sizeof(struct person *));
	mem_free(&e->a, e->days, e->cap_days * sizeof *e->days);
	mem_free(&e->a, e->name_info, e->cap_name_info * sizeof *e->name_info);
	mem_free(&e->a, e->shapes.all, e->shapes.cap * sizeof *e->shapes.all);
	mem_free(&e->a, e->shapes.slots, e->shapes.n_slots * sizeof *e->shapes.slots);
	mem_free(&e->a, e->touched, e->cap_touched * sizeof *e->touched);
	mem_free(&e->a, e->order, e->cap_order * sizeof *e->order);
	mem_free(&e->a, e->order_spare, e->cap_order_spare * sizeof *e->order_spare);
	intern_destroy(e->names);
	intern_destroy(e->partner_ids);
	intern_destroy(e->person_ids);
	arena_fini(&e->out);
	arena_fini(&e->fixed);
	base = e->counted.base;
	mem_free(base, e, sizeof *e);
}

static int refresh_all(struct engine *e, const uint32_t *cause)
{
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < e->n_partners; i++)
		rc = partner_refresh(e, i, e->plan.measures, cause);
	return rc;
}

/* A look at every partner only when the months that may be referred to move. */
static int pass_day(struct engine *e, day_no day, const uint32_t *cause)
{
	month_no closed = closed_month(day), ready = ready_month(e->edition, day);
	bool moved = closed != e->closed || ready != e->ready;
	int rc = 0;

	e->day = day;
	e->closed = closed;
	e->ready = ready;
	if (moved)
		rc = refresh_all(e, cause);
	return rc != 0 ? rc : people_pass_day(e, cause);
}

int engine_apply(struct engine *e, const struct event *ev, uint32_t cause)
{
	e->stats.events++;
	switch (ev->kind) {
	case FACT_USAGE:
		return usage_apply(e, ev, &cause);
	case FACT_USAGE_REPORTED:
		return usage_reported(e, ev, &cause);
	case FACT_CERTIFICATION:
		return people_certification(e, ev, &cause);
	case FACT_ASSESSMENT:
		return people_assessment(e, ev, &cause);
	case FACT_PERSON_LINK:
		return people_link(e, ev, &cause);
	case FACT_DAY:
		if (!ev->retracted && ev->u.day.day > e->day)
			return pass_day(e, ev->u.day.day, &cause);
		e->stats.stale++;
		return 0;
	case FACT_ASSOCIATION:
	case FACT_CUSTOMER:
	case FACT_ATTESTATION:
	case FACT_ACCOUNT:
	case FACT_ENROLLMENT:
	case FACT_EDITION:
	case FACT_KIND_END:
		break;
	}
	e->stats.unused++;
	return 0;
}

int engine_set_complete(struct engine *e, bool complete)
{
	if (e->complete == complete)
		return 0;
	e->complete = complete;
	return refresh_all(e, NULL);
}

const struct area_shape *engine_shape(const struct engine *e, size_t i)
{
	return i < e->edition->n_areas ? &e->plan.shapes[i] : NULL;
}

day_no engine_day(const struct engine *e)
{
	return e->day;
}

const struct edition *engine_edition(const struct engine *e)
{
	return e->edition;
}

void engine_stats_get(const struct engine *e, struct engine_stats *ret)
{
	*ret = e->stats;
	ret->partners = e->n_partners;
	ret->people = e->n_people;
	ret->names = (uint64_t)intern_count(e->names) + e->n_partners + e->n_people;
	ret->bytes = e->counted.bytes;
}
