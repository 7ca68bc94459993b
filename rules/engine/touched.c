/* The partners that events touched since the last settle, and by which events. */
#include "rules/engine/engine_internal.h"

static void add_cause(struct touched *t, uint32_t cause)
{
	size_t n = t->cause_count < CAUSES_MAX ? t->cause_count : CAUSES_MAX;

	if (t->cause_count > 0 && t->last_cause == cause)
		return;
	for (size_t i = 0; i < n; i++)
		if (t->causes[i] == cause)
			return;
	if (n < CAUSES_MAX)
		t->causes[n] = cause;
	t->last_cause = cause;
	t->cause_count++;
}

int engine_touch(struct engine *e, uint32_t partner, const uint32_t *cause)
{
	struct partner *p = e->partners[partner];

	if (p->touched == 0) {
		int rc = mem_grow(&e->a, (void **)&e->touched, &e->cap_touched, e->n_touched + 1,
			e->limits.max_partners, sizeof *e->touched);

		if (rc != 0)
			return rc;
		e->touched[e->n_touched] = (struct touched){ .partner = partner };
		p->touched = (uint32_t)++e->n_touched;
	}
	if (cause != NULL)
		add_cause(&e->touched[p->touched - 1], *cause);
	return 0;
}
