#include "services/scoring/plan_moves.h"

#include <stdarg.h>
#include <stdio.h>

#include "services/scoring/plan_parts.h"

#define TEXT_MAX 512

int64_t plan_cost(
	const struct wire_plan_cost *costs, size_t n, enum wire_plan_kind kind, struct str name)
{
	int64_t plain = 0;

	for (size_t i = 0; i < n; i++) {
		if (costs[i].kind != kind)
			continue;
		if (costs[i].name.n == 0)
			plain = costs[i].amount_micro;
		else if (name.n > 0 && str_eq_nocase(costs[i].name, name))
			return costs[i].amount_micro;
	}
	return plain;
}

struct str plan_text(struct plan_work *w, const char *format, ...)
{
	char buf[TEXT_MAX], *copy;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(buf, sizeof buf, format, args);
	va_end(args);
	if (n < 0)
		n = 0;
	if ((size_t)n >= sizeof buf)
		n = sizeof buf - 1;
	copy = plan_alloc(w, (size_t)n + 1);
	if (copy == NULL)
		return (struct str){ "", 0 };
	memcpy(copy, buf, (size_t)n + 1);
	return (struct str){ copy, (size_t)n };
}

/* Once, however often it is said. */
void plan_note(struct plan_work *w, struct str s)
{
	for (size_t i = 0; i < w->out->n_notes; i++)
		if (str_eq(w->out->notes[i], s))
			return;
	if (w->out->n_notes < WIRE_NOTES_MAX && s.n > 0)
		w->out->notes[w->out->n_notes++] = s;
}

void *plan_alloc(struct plan_work *w, size_t bytes)
{
	void *p = w->rc == 0 ? arena_alloc(w->m->ar, bytes + 1) : NULL;

	if (p != NULL)
		memset(p, 0, bytes);
	else if (w->rc == 0)
		w->rc = ERR_NOMEM;
	return p;
}

struct plan_move *plan_move_add(
	struct plan_work *w, enum wire_plan_kind kind, int64_t cost, uint32_t n_units)
{
	struct plan_unit *units = plan_alloc(w, n_units * sizeof *units);
	struct plan_move *move;

	if (w->rc == 0 && w->out->n == PLAN_MOVES_MAX)
		w->rc = ERR_FULL;
	if (w->rc != 0)
		return NULL;
	move = &w->out->all[w->out->n++];
	*move = (struct plan_move){
		.kind = kind, .cost = cost, .n_units = n_units, .units = units
	};
	return move;
}

bool plan_unit_room(struct plan_work *w, struct plan_unit *u, size_t n)
{
	u->on = plan_alloc(w, n * sizeof *u->on);
	u->off = plan_alloc(w, n * sizeof *u->off);
	u->n = 0;
	return w->rc == 0;
}

static void each_rule(struct plan_work *w, size_t target, size_t part, const struct metric_rule *r,
	plan_rule_each each)
{
	if (r->kind == RULE_COMBINED) {
		size_t n = r->u.combined.n, only = w->m->option[target];

		for (size_t i = 0; i < n; i++)
			if ((r->u.combined.how != COMBINE_HIGHEST && !w->m->narrow) || i == only)
				each(w, target, i, r->u.combined.parts[i].rule);
	} else if (r->kind == RULE_AT_LEAST_OF) {
		/* Only conditions one below the other: how deep is bounded when the edition is compiled. */
		for (size_t i = 0; i < r->u.of.n; i++)
			each_rule(w, target, SIZE_MAX, r->u.of.conditions[i].rule, each);
	} else {
		each(w, target, part, r);
	}
}

void plan_rules(struct plan_work *w, plan_rule_each each)
{
	for (size_t i = 0; i < w->m->n_targets && w->rc == 0; i++)
		each_rule(w, i, 0, &w->m->targets[i].metric_of->rule, each);
}

int plan_moves_make(const struct plan_making *m, struct plan_moves *ret)
{
	struct plan_work w = { .m = m, .out = ret, .serial = m->serial };

	ret->n = ret->n_notes = 0;
	plan_people_moves(&w);
	if (w.rc == 0)
		plan_usage_moves(&w);
	ret->serial = w.serial;
	return w.rc;
}
