/* The heap of days: each person and partner that will change by itself, under the next day on which it does. */
#include "rules/engine/engine_internal.h"

#include "common/base/err.h"

static uint32_t *heap_at(struct engine *e, uint32_t who)
{
	return (who & DAY_PARTNER) != 0 ? &e->partners[who & ~DAY_PARTNER]->heap_at
					: &e->people[who]->heap_at;
}

static void place(struct engine *e, size_t at, struct day_entry entry)
{
	e->days[at] = entry;
	*heap_at(e, entry.who) = (uint32_t)at + 1;
}

static size_t rise(struct engine *e, size_t at, struct day_entry entry)
{
	while (at > 0 && e->days[(at - 1) / 2].day > entry.day) {
		place(e, at, e->days[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	return at;
}

static size_t sink(struct engine *e, size_t at, struct day_entry entry)
{
	for (size_t child = at * 2 + 1; child < e->n_days; child = at * 2 + 1) {
		if (child + 1 < e->n_days && e->days[child + 1].day < e->days[child].day)
			child++;
		if (e->days[child].day >= entry.day)
			break;
		place(e, at, e->days[child]);
		at = child;
	}
	return at;
}

static void settle(struct engine *e, size_t at, struct day_entry entry)
{
	place(e, sink(e, rise(e, at, entry), entry), entry);
}

static void take_out(struct engine *e, uint32_t *heap_place)
{
	size_t at = *heap_place - 1;
	struct day_entry last = e->days[--e->n_days];

	*heap_place = 0;
	if (at < e->n_days)
		settle(e, at, last);
}

int days_set(struct engine *e, uint32_t who, day_no day)
{
	struct day_entry entry = { day, who };
	uint32_t *at = heap_at(e, who);
	int rc;

	if (day == DAY_NEVER) {
		if (*at != 0)
			take_out(e, at);
		return 0;
	}
	if (*at == 0) {
		rc = mem_grow_tight(&e->a, (void **)&e->days, &e->cap_days, e->n_days + 1,
			(size_t)e->limits.max_people + e->limits.max_partners, sizeof *e->days);
		if (rc != 0)
			return rc;
		*at = (uint32_t)++e->n_days;
	}
	settle(e, *at - 1, entry);
	return 0;
}
