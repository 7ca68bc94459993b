#include "services/cli/chronicle.h"

#include <stdlib.h>
#include <string.h>

#define MONTHS                                                                                     \
	6 /* shown by day when no day is named: the month of the last day and the five before */
#define PAGES_MAX  4096u
#define POINTS_MAX ((size_t)1 << 20)

/* ---- pages ------------------------------------------------------------------------------------------------ */

struct pages {
	struct endpoints *ep;
	struct frame question;
	struct arena *ar;
	struct wire_chronicle_point *points;
	size_t n, cap;
};

static int ask(struct pages *p, struct frame *ret, struct err *e)
{
	int rc = endpoint_ask(p->ep, SERVICE_HISTORY, &p->question, ASK_TIMEOUT_MS, p->ar, ret, e);

	if (rc == 0 && ret->kind != FRAME_CHRONICLE_ANSWER)
		rc = err_set(e, ERR_PROTOCOL, "history answers something else than asked for");
	return rc;
}

static int add_points(struct pages *p, const struct frame *a, struct err *e)
{
	size_t n = a->u.chronicle_answer.n_points;
	int rc = mem_grow(&mem_heap, (void **)&p->points, &p->cap, p->n + n + 1, POINTS_MAX,
		sizeof *p->points);

	if (rc != 0)
		return err_set(e, rc, "so long a history does not fit memory");
	if (n > 0)
		memcpy(p->points + p->n, a->u.chronicle_answer.points, n * sizeof *p->points);
	p->n += n;
	return 0;
}

/* The first page into ret_first, the points of all of them into p. */
static int read_pages(struct pages *p, struct frame *ret_first, struct err *e)
{
	day_no asked = p->question.u.chronicle_query.from;
	struct frame a;
	int rc = ask(p, ret_first, e);

	a = *ret_first;
	for (unsigned i = 0; rc == 0; i++) {
		rc = add_points(p, &a, e);
		if (rc != 0 || !a.u.chronicle_answer.more)
			break;
		p->question.u.chronicle_query.from = a.u.chronicle_answer.next;
		if (i == PAGES_MAX || (asked != DAY_NONE && a.u.chronicle_answer.next < asked))
			return err_set(e, ERR_PROTOCOL, "history sends pages without end");
		asked = a.u.chronicle_answer.next;
		rc = ask(p, &a, e);
	}
	return rc;
}

/* ---- by area ---------------------------------------------------------------------------------------------- */

struct sorting {
	struct chronicle_area *areas;
	size_t n, cap;
	struct arena *ar;
};

static struct chronicle_area *area_of(struct sorting *s, struct str id)
{
	for (size_t i = 0; i < s->n; i++)
		if (str_eq(s->areas[i].id, id))
			return &s->areas[i];
	if (s->n == s->cap)
		return NULL;
	s->areas[s->n] = (struct chronicle_area){ .id = id };
	return &s->areas[s->n++];
}

static bool is_special(const struct chronicle_area *a)
{
	return a->before != NULL ? a->before->conditions
				 : a->n_steps > 0 && a->steps[0].area->conditions;
}

static int by_kind_and_id(const void *x, const void *y)
{
	const struct chronicle_area *a = x, *b = y;

	return is_special(a) != is_special(b) ? is_special(a) - is_special(b)
					      : str_cmp(a->id, b->id);
}

/* Counts the steps of each area first, so that every list is as long as it must be. */
static int count_steps(struct sorting *s, const struct frame *first, const struct pages *p)
{
	s->cap = WIRE_CHRONICLE_AREAS;
	s->areas = arena_alloc(s->ar, s->cap * sizeof *s->areas);
	for (size_t i = 0; s->areas != NULL && i < first->u.chronicle_answer.n_before; i++) {
		struct chronicle_area *a = area_of(s, first->u.chronicle_answer.before[i].area);

		if (a == NULL)
			return ERR_FULL;
		a->before = &first->u.chronicle_answer.before[i];
	}
	for (size_t i = 0; s->areas != NULL && i < p->n; i++)
		for (size_t k = 0; k < p->points[i].n_areas; k++) {
			struct chronicle_area *a = area_of(s, p->points[i].areas[k].area);

			if (a == NULL)
				return ERR_FULL;
			a->n_steps++;
		}
	return s->areas == NULL ? ERR_NOMEM : 0;
}

static int sort_by_area(struct sorting *s, const struct frame *first, const struct pages *p)
{
	int rc = count_steps(s, first, p);

	for (size_t i = 0; rc == 0 && i < s->n; i++) {
		struct chronicle_area *a = &s->areas[i];
		struct chronicle_step *steps = arena_alloc(s->ar, a->n_steps * sizeof *steps);
		size_t n = 0;

		if (steps == NULL)
			return ERR_NOMEM;
		for (size_t k = 0; k < p->n; k++)
			for (size_t m = 0; m < p->points[k].n_areas; m++)
				if (str_eq(p->points[k].areas[m].area, a->id))
					steps[n++] = (struct chronicle_step){ p->points[k].from,
						p->points[k].month, &p->points[k].areas[m] };
		a->steps = steps;
	}
	if (rc == 0)
		qsort(s->areas, s->n, sizeof *s->areas, by_kind_and_id);
	return rc;
}

/* ---- the question ----------------------------------------------------------------------------------------- */

/* What is not said about the days, by the newest one of the log: asked for with days that no log has come to. */
static int fill_in(struct pages *p, struct chronicle *c, struct err *e)
{
	struct frame now;
	int rc;

	if (c->from != DAY_NONE && c->until != DAY_NONE)
		return 0;
	p->question.u.chronicle_query.from = p->question.u.chronicle_query.until = DAY_MAX;
	rc = ask(p, &now, e);
	if (rc != 0)
		return rc;
	c->today = now.u.chronicle_answer.freshness.day;
	if (c->until == DAY_NONE)
		c->until = c->today;
	if (c->from == DAY_NONE && !c->by_month && c->until != DAY_NONE)
		c->from = month_first_day(month_of_day(c->until) - (MONTHS - 1));
	if (c->from != DAY_NONE && c->from < DAY_MIN)
		c->from = DAY_MIN;
	return 0;
}

static int read_all(struct pages *p, struct chronicle *c, struct err *e)
{
	struct sorting s = { .ar = p->ar };
	struct frame first;
	int rc = fill_in(p, c, e);

	if (rc == 0 && c->until != DAY_NONE && c->from != DAY_NONE && c->until < c->from)
		rc = err_set(e, ERR_INVALID, "--from lies behind the last day asked for");
	if (rc != 0)
		return rc;
	p->question.u.chronicle_query.from = c->from;
	p->question.u.chronicle_query.until = c->until;
	rc = read_pages(p, &first, e);
	if (rc != 0)
		return rc;
	rc = sort_by_area(&s, &first, p);
	if (rc != 0)
		return err_set(e, rc, "sorting the answer: %s", err_text(rc));
	c->partner = first.u.chronicle_answer.partner;
	c->today = first.u.chronicle_answer.freshness.day;
	c->lag = first.u.chronicle_answer.freshness.lag_events;
	c->days_from = first.u.chronicle_answer.days_from;
	c->whole_from = first.u.chronicle_answer.whole_from;
	c->areas = s.areas;
	c->n_areas = s.n;
	if (c->from == DAY_NONE && p->n > 0) /* by month, all there is */
		c->from = p->points[0].from;
	return 0;
}

int chronicle_read(struct endpoints *ep, struct str partner, struct str area, day_no from,
	day_no until, bool by_month, struct arena *ar, struct chronicle *ret, struct err *e)
{
	struct pages p = { .ep = ep, .ar = ar, .question = { .kind = FRAME_CHRONICLE_QUERY } };
	struct chronicle c = {
		.from = from, .until = until, .by_month = by_month, .today = DAY_NONE
	};
	int rc;

	p.question.u.chronicle_query.request = 1;
	p.question.u.chronicle_query.partner = partner;
	p.question.u.chronicle_query.area = area;
	p.question.u.chronicle_query.by_month = by_month;
	rc = read_all(&p, &c, e);
	mem_free(&mem_heap, p.points, p.cap * sizeof *p.points);
	if (rc == 0)
		*ret = c;
	return rc;
}

/* ---- what there is to tell -------------------------------------------------------------------------------- */

static int by_position(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

int chronicle_causes(
	const struct chronicle *c, struct arena *ar, uint64_t **ret_positions, size_t *ret_n)
{
	uint64_t *list;
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < c->n_areas; i++)
		for (size_t k = 0; k < c->areas[i].n_steps; k++)
			n += c->areas[i].steps[k].area->n_causes;
	list = arena_alloc(ar, n * sizeof *list);
	if (list == NULL)
		return ERR_NOMEM;
	n = 0;
	for (size_t i = 0; i < c->n_areas; i++)
		for (size_t k = 0; k < c->areas[i].n_steps; k++) {
			const struct wire_chronicle_area *a = c->areas[i].steps[k].area;

			for (size_t m = 0; m < a->n_causes; m++)
				list[n++] = a->causes[m];
		}
	qsort(list, n, sizeof *list, by_position);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || list[kept - 1] != list[i])
			list[kept++] = list[i];
	*ret_positions = list;
	*ret_n = kept;
	return 0;
}

static bool has_points(const struct wire_chronicle_area *a)
{
	return !ratio_is_zero(a->highest) || !ratio_is_zero(a->total);
}

bool chronicle_has_points(const struct chronicle_area *a)
{
	if (a->before != NULL && has_points(a->before))
		return true;
	for (size_t i = 0; i < a->n_steps; i++)
		if (has_points(a->steps[i].area))
			return true;
	return false;
}

bool chronicle_is_something(const struct chronicle_area *a)
{
	return !is_special(a) || chronicle_has_points(a);
}
