/* The partners that events touched since the last settle, by which events, and what their operators were before. */
#include "rules/engine/engine_internal.h"

#include "common/base/err.h"

static void add_cause(struct cause_list *l, const uint32_t *cause)
{
	size_t n = l->count < CAUSES_MAX ? l->count : CAUSES_MAX;

	if (cause == NULL || (l->count > 0 && l->last == *cause))
		return;
	for (size_t i = 0; i < n; i++)
		if (l->all[i] == *cause)
			return;
	if (n < CAUSES_MAX)
		l->all[n] = *cause;
	l->last = *cause;
	l->count++;
}

/* Of usage its month, of everything else the day on which it happened. Rules that are withdrawn correct no fact. */
day_no correction_of(const struct event *ev)
{
	if (!ev->retracted || ev->kind == FACT_EDITION)
		return 0;
	if (ev->kind == FACT_USAGE)
		return month_first_day(ev->u.usage.month);
	if (ev->kind == FACT_USAGE_REPORTED)
		return month_first_day(ev->u.usage_reported.month);
	return day_is_valid(day_of_ms(ev->time)) ? day_of_ms(ev->time) : DAY_MIN;
}

static void note_correction(const struct engine *e, struct touched *t)
{
	if (e->correcting != 0 && (t->corrected == 0 || e->correcting < t->corrected))
		t->corrected = e->correcting;
}

static int touch(struct engine *e, uint32_t subject, struct touched **ret)
{
	struct partner *p = e->partners[subject];

	if (p->touched == 0) {
		int rc = mem_grow(&e->a, (void **)&e->touched, &e->cap_touched, e->n_touched + 1,
			e->limits.max_partners, sizeof *e->touched);

		if (rc != 0)
			return rc;
		e->touched[e->n_touched] = (struct touched){ .partner = subject };
		p->touched = (uint32_t)++e->n_touched;
	}
	*ret = &e->touched[p->touched - 1];
	note_correction(e, *ret);
	return 0;
}

int engine_touch_self(struct engine *e, uint32_t subject, const uint32_t *cause)
{
	struct touched *t;
	int rc = touch(e, subject, &t);

	if (rc == 0)
		add_cause(&t->causes, cause);
	return rc;
}

int engine_touch(struct engine *e, uint32_t partner, const uint32_t *cause)
{
	return engine_touch_self(e, e->partners[partner]->owner, cause);
}

void partner_note_past(struct partner *p, month_no month)
{
	if (!p->past_stale || month < p->past_month)
		p->past_month = month;
	p->past_stale = true;
}

int engine_touch_past(struct engine *e, uint32_t partner, month_no month, const uint32_t *cause)
{
	uint32_t owner = e->partners[partner]->owner;
	struct touched *t;
	int rc = touch(e, owner, &t);

	partner_note_past(e->partners[owner], month);
	if (rc == 0)
		add_cause(&t->past_only, cause);
	return rc;
}

int engine_touch_facts(struct engine *e, uint32_t partner, const uint32_t *cause)
{
	partner_note_past(e->partners[e->partners[partner]->owner], MONTH_MIN);
	return engine_touch(e, partner, cause);
}

int engine_touch_anew(struct engine *e, uint32_t partner, const uint32_t *cause)
{
	e->partners[e->partners[partner]->owner]->anew = true;
	return engine_touch_facts(e, partner, cause);
}

static int remember(struct engine *e, const struct partner *p, bool is_count, size_t number,
	const struct op_state *was)
{
	struct touched *t = &e->touched[p->touched - 1];
	uint64_t *bits = is_count ? t->counted : t->dirty, bit = 1ULL << (number % 64);
	struct memory *m;

	if ((bits[number / 64] & bit) != 0)
		return 0;
	m = arena_alloc(&e->memories, sizeof *m);
	if (m == NULL)
		return ERR_NOMEM;
	*m = (struct memory){ t->memories, (uint32_t)number, is_count, *was };
	t->memories = m;
	bits[number / 64] |= bit;
	return 0;
}

int remember_state(struct engine *e, const struct partner *p, size_t op, const struct op_state *was)
{
	return remember(e, p, false, op, was);
}

int remember_count(struct engine *e, const struct partner *p, size_t pred, uint32_t was)
{
	return remember(e, p, true, pred, &(struct op_state){ was, 0 });
}

/* ---- order ------------------------------------------------------------------------------------------------------ */

static bool comes_after(
	const struct engine *e, const struct sort_entry *a, const struct sort_entry *b)
{
	if (a->prefix[0] != b->prefix[0])
		return a->prefix[0] > b->prefix[0];
	if (a->prefix[1] != b->prefix[1])
		return a->prefix[1] > b->prefix[1];
	return str_cmp(partner_id(e, a->partner), partner_id(e, b->partner)) > 0;
}

#define RUN 16

static void insertion_sort(const struct engine *e, struct sort_entry *s, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct sort_entry x = s[i];
		size_t at = i;

		for (; at > 0 && comes_after(e, &s[at - 1], &x); at--)
			s[at] = s[at - 1];
		s[at] = x;
	}
}

static void merge(const struct engine *e, const struct sort_entry *a, size_t n_a,
	const struct sort_entry *b, size_t n_b, struct sort_entry *out)
{
	while (n_a > 0 && n_b > 0)
		if (comes_after(e, a, b)) {
			*out++ = *b++;
			n_b--;
		} else {
			*out++ = *a++;
			n_a--;
		}
	memcpy(out, n_a > 0 ? a : b, (n_a + n_b) * sizeof *out);
}

/* The touched partners in order of id: merge sort, in e->order. */
static void sort_touched(struct engine *e)
{
	struct sort_entry *from = e->order, *to = e->order_spare, *t;
	size_t n = e->n_touched;

	for (size_t i = 0; i < n; i += RUN)
		insertion_sort(e, from + i, n - i < RUN ? n - i : RUN);
	for (size_t run = RUN; run < n; run *= 2) {
		for (size_t i = 0; i < n; i += run * 2) {
			size_t n_a = n - i < run ? n - i : run;
			size_t n_b = n - i - n_a < run ? n - i - n_a : run;

			merge(e, from + i, n_a, from + i + n_a, n_b, to + i);
		}
		t = from;
		from = to;
		to = t;
	}
	if (from != e->order)
		memcpy(e->order, from, n * sizeof *from);
}

int touched_order(struct engine *e)
{
	int rc = mem_grow(&e->a, (void **)&e->order, &e->cap_order, e->n_touched,
		SIZE_MAX / sizeof *e->order, sizeof *e->order);

	if (rc == 0)
		rc = mem_grow(&e->a, (void **)&e->order_spare, &e->cap_order_spare, e->n_touched,
			SIZE_MAX / sizeof *e->order, sizeof *e->order);
	if (rc != 0)
		return rc;
	for (size_t i = 0; i < e->n_touched; i++) {
		const struct partner *p = e->partners[e->touched[i].partner];

		e->order[i] = (struct sort_entry){ .prefix = { p->prefix[0], p->prefix[1] },
			.partner = e->touched[i].partner,
			.touched = (uint32_t)i };
	}
	sort_touched(e);
	return 0;
}
