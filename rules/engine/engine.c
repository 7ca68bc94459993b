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
	int rc = intern_create(&e->a, e->limits.max_names, &e->names);

	if (rc == 0)
		rc = intern_create(&e->a, e->limits.max_partners, &e->partner_ids);
	if (rc == 0)
		rc = intern_create(&e->a, e->limits.max_people, &e->person_ids);
	if (rc == 0)
		rc = name_put(e, (struct str){ "", 0 }, &e->empty_name);
	return rc;
}

int engine_create(const struct alloc *a, const struct edition *edition,
	const struct engine_limits *limits, struct engine **ret_e)
{
	struct engine *e;
	int rc;

	if (limits->max_partners < 1 || limits->max_people < 1 || limits->max_names < 1 ||
		limits->max_partners > DAY_PARTNER || limits->max_people > DAY_PARTNER)
		return ERR_INVALID;
	e = mem_zalloc(a, sizeof *e);
	if (e == NULL)
		return ERR_NOMEM;
	e->counted = (struct counted){ a, sizeof *e };
	e->a = (struct alloc){ counted_resize, &e->counted };
	e->limits = *limits;
	e->day = DAY_NONE;
	e->closed = e->ready = MONTH_NONE;
	arena_init(&e->out, &e->a, SIZE_MAX);
	arena_init(&e->memories, &e->a, SIZE_MAX);
	arena_init(&e->scratch, &e->a, SIZE_MAX);
	rc = parts_create(e);
	if (rc == 0)
		rc = engine_add_edition(e, edition, edition->valid_from);
	if (rc != 0) {
		engine_destroy(e);
		return rc;
	}
	*ret_e = e;
	return 0;
}

void engine_set_source(struct engine *e, const struct edition_source *source)
{
	e->source = *source;
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
	for (size_t i = 0; i < e->n_accounts; i++)
		stamp_fini(&e->a, &e->accounts[i].stamp);
	calendar_fini(e);
	mem_free(&e->a, e->partners, e->cap_partners * sizeof(struct partner *));
	mem_free(&e->a, e->people, e->cap_people * sizeof(struct person *));
	mem_free(&e->a, e->accounts, e->cap_accounts * sizeof *e->accounts);
	mem_free(&e->a, e->claims, e->cap_claims * sizeof *e->claims);
	mem_free(&e->a, e->claim_heads, e->cap_claim_heads * sizeof *e->claim_heads);
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
	arena_fini(&e->memories);
	arena_fini(&e->scratch);
	cells_fini(&e->sums.cells, &e->a);
	cells_fini(&e->whole, &e->a);
	base = e->counted.base;
	mem_free(base, e, sizeof *e);
}

static int refresh_all(struct engine *e, const uint32_t *cause)
{
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < e->n_partners; i++)
		if (e->partners[i]->owner == i)
			rc = partner_refresh(e, i, UINT32_MAX, cause);
	return rc;
}

/* Before the first day there are no enrollments, no windows and no last month. */
static int begin_days(struct engine *e, const uint32_t *cause)
{
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < e->n_partners; i++)
		if (e->partners[i]->owner == i && e->partners[i]->told) {
			e->partners[i]->facts_stale = true;
			rc = engine_touch_facts(e, i, cause);
		}
	return rc;
}

/* Its standing changes by itself, its outlooks are made anew, or a feed comes to be overdue. */
static int wake_partner(struct engine *e, uint32_t index, const uint32_t *cause)
{
	struct partner *p = e->partners[index];
	int rc = 0;

	if (p->next_day <= e->day) {
		p->facts_stale = true;
		p->next_day = DAY_NEVER;
		rc = engine_touch(e, index, cause);
	}
	if (rc == 0 && p->outlook_day <= e->day) {
		p->outlook_day = DAY_NEVER;
		rc = engine_touch(e, index, NULL);
	}
	if (rc == 0 && p->feed_day <= e->day && feeds_turn(e, p))
		rc = engine_touch(e, index, NULL);
	return rc != 0 ? rc : partner_schedule(e, p);
}

/* A person or a partner whose day has come. */
static int wake(struct engine *e, uint32_t who, const uint32_t *cause)
{
	int rc;

	if ((who & DAY_PARTNER) == 0) {
		/* Of several days at once, what begins and ends between them leaves no other trace. */
		uint32_t at = e->people[who]->partner;

		rc = e->jumped && at != NONE ? engine_touch_past(e, at, MONTH_MIN, cause) : 0;
		return rc != 0 ? rc : person_update(e, who, false, cause);
	}
	return wake_partner(e, who & ~DAY_PARTNER, cause);
}

/* A look at every partner only when the months that may be referred to, or the edition, move. */
static int pass_day(struct engine *e, day_no day, const uint32_t *cause)
{
	month_no closed = closed_month(day), ready;
	int rc = e->day == DAY_NONE ? begin_days(e, cause) : 0;

	e->jumped = e->jumped || e->day == DAY_NONE || day > e->day + 1;
	e->day = day;
	e->day_came = true;
	if (rc == 0)
		rc = calendar_turn(e, cause);
	ready = ready_month(e->book->edition, day);
	if (closed != e->closed || ready != e->ready) {
		e->closed = closed;
		e->ready = ready;
		if (rc == 0)
			rc = refresh_all(e, cause);
	}
	while (rc == 0 && e->n_days > 0 && e->days[0].day <= e->day)
		rc = wake(e, e->days[0].who, cause);
	return rc;
}

/* Facts that the rules of the day do not look at are kept all the same. */
static void count_unused(struct engine *e, const struct event *ev)
{
	const struct plan *plan = &e->book->plan;
	bool unused = false;

	if (ev->kind == FACT_CUSTOMER)
		unused = !plan->segments;
	else if (ev->kind == FACT_ATTESTATION)
		unused = !plan->attestations;
	e->stats.unused += unused;
}

int engine_apply(struct engine *e, const struct event *ev, uint32_t cause)
{
	e->stats.events++;
	e->correcting = correction_of(ev);
	count_unused(e, ev);
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
	case FACT_ASSOCIATION:
		return association_apply(e, ev, &cause);
	case FACT_CUSTOMER:
		return dossier_customer(e, ev, &cause);
	case FACT_ATTESTATION:
		return dossier_attestation(e, ev, &cause);
	case FACT_ENROLLMENT:
		return dossier_enrollment(e, ev, &cause);
	case FACT_ACCOUNT:
		return account_apply(e, ev, &cause);
	case FACT_EDITION:
		return calendar_apply(e, ev, &cause);
	case FACT_DAY:
		if (!ev->retracted && ev->u.day.day > e->day)
			return pass_day(e, ev->u.day.day, &cause);
		e->stats.stale++;
		return 0;
	case FACT_KIND_END:
		break;
	}
	e->stats.unused++;
	return 0;
}

int engine_set_complete(struct engine *e, bool complete)
{
	int rc = 0;

	if (e->complete == complete)
		return 0;
	e->complete = complete;
	/* The days before refer to other months as well. */
	for (uint32_t i = 0; rc == 0 && i < e->n_partners; i++)
		rc = engine_touch_past(e, i, MONTH_MIN, NULL);
	return rc != 0 ? rc : refresh_all(e, NULL);
}

const struct area_shape *engine_shape(const struct engine *e, size_t area, size_t track)
{
	const struct edition *ed = e->book->edition;

	return area < ed->n_areas && track < ed->areas[area].n_tracks
		       ? &e->book->plan.areas[area].shapes[track]
		       : NULL;
}

day_no engine_day(const struct engine *e)
{
	return e->day;
}

const struct edition *engine_edition(const struct engine *e)
{
	return e->book->edition;
}

void engine_stats_get(const struct engine *e, struct engine_stats *ret)
{
	*ret = e->stats;
	ret->partners = e->n_partners;
	ret->people = e->n_people;
	ret->names = (uint64_t)intern_count(e->names) + e->n_partners + e->n_people;
	ret->bytes = e->counted.bytes;
}
