/* The heap of days: each person that will change by itself, under the next day on which it does. */
#include "rules/engine/engine_internal.h"

#include "common/base/err.h"

static void place(struct engine *e, size_t at, struct day_entry entry)
{
	e->days[at] = entry;
	e->people[entry.person]->heap_at = (uint32_t)at + 1;
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

static void take_out(struct engine *e, struct person *p)
{
	size_t at = p->heap_at - 1;
	struct day_entry last = e->days[--e->n_days];

	p->heap_at = 0;
	if (at < e->n_days)
		settle(e, at, last);
}

int days_set(struct engine *e, uint32_t person, day_no day)
{
	struct person *p = e->people[person];
	struct day_entry entry = { day, person };
	int rc;

	p->next_day = day;
	if (day == DAY_NEVER) {
		if (p->heap_at != 0)
			take_out(e, p);
		return 0;
	}
	if (p->heap_at == 0) {
		rc = mem_grow(&e->a, (void **)&e->days, &e->cap_days, e->n_days + 1,
			e->limits.max_people, sizeof *e->days);
		if (rc != 0)
			return rc;
		p->heap_at = (uint32_t)++e->n_days;
	}
	settle(e, p->heap_at - 1, entry);
	return 0;
}
