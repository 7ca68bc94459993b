#include "services/cli/history.h"

#define SPANS_MAX 40000 /* days of a century */

/* The spans of all pages, one behind the other. */
struct days {
	struct wire_history_span *all;
	size_t n, cap;
};

static int add_days(struct days *d, const struct wire_history_span *spans, size_t n)
{
	int rc =
		mem_grow(&mem_heap, (void **)&d->all, &d->cap, d->n + n, SPANS_MAX, sizeof *d->all);

	if (rc == 0 && n > 0)
		memcpy(d->all + d->n, spans, n * sizeof *spans);
	d->n += rc == 0 ? n : 0;
	return rc;
}

static int read_days(const struct score_source *source, struct frame *q, struct arena *ar,
	struct days *d, struct err *e)
{
	day_no until = q->u.history_query.until;
	int rc = 0;

	while (rc == 0 && q->u.history_query.from <= until) {
		struct frame a;

		rc = source->ask(source->ctx, q, ar, &a, e);
		if (rc != 0)
			return rc;
		if (a.u.history_answer.until < q->u.history_query.from)
			return err_set(
				e, ERR_PROTOCOL, "an answer about days that nobody asked for");
		q->u.history_query.from = a.u.history_answer.until + 1;
		rc = add_days(d, a.u.history_answer.spans, a.u.history_answer.n_spans);
	}
	return rc == 0 ? 0 : err_set(e, rc, "a history of so many days: %s", err_text(rc));
}

/* ---- by area ---------------------------------------------------------------------------------------------- */

static struct history_area *area_of(struct history *h, struct str id)
{
	for (size_t i = 0; i < h->n_areas; i++)
		if (str_eq(h->areas[i].id, id))
			return &h->areas[i];
	return NULL;
}

/* The newest edition comes first, so that its order is that of the list. */
static int list_areas(const struct days *d, struct arena *ar, struct history *h)
{
	size_t most = 0;

	for (size_t i = d->n; i-- > 0;) {
		const struct wire_history_span *s = &d->all[i];

		if (i + 1 < d->n && str_eq(s->edition, d->all[i + 1].edition))
			continue;
		most += s->n_areas;
	}
	h->areas = arena_alloc(ar, most * sizeof *h->areas);
	if (h->areas == NULL)
		return ERR_NOMEM;
	for (size_t i = d->n; i-- > 0;) {
		const struct wire_history_span *s = &d->all[i];

		if (i + 1 < d->n && str_eq(s->edition, d->all[i + 1].edition))
			continue;
		for (size_t k = 0; k < s->n_areas; k++)
			if (area_of(h, s->areas[k].area) == NULL)
				h->areas[h->n_areas++] =
					(struct history_area){ .id = s->areas[k].area };
	}
	return 0;
}

static bool is_same(const struct history_span *s, const struct wire_area_standing *a,
	struct str edition, day_no from)
{
	const struct wire_area_standing *b = &s->standing;

	return s->until + 1 == from && str_eq(s->edition, edition) && str_eq(a->track, b->track) &&
	       ratio_eq(a->total, b->total) && a->status == b->status &&
	       a->qualifies == b->qualifies && a->not_known == b->not_known;
}

static void note_months(struct history_area *h, const struct history_span *s)
{
	const struct wire_area_standing *a = &s->standing;

	for (month_no m = month_of_day(s->from); m <= month_of_day(s->until); m++) {
		struct history_month *last = &h->months[h->n_months];

		if (h->n_months > 0 && last[-1].month == m) {
			last--;
			if (ratio_cmp(a->total, last->highest) > 0) {
				last->highest = a->total;
				last->maximum = a->maximum;
			}
			last->qualified = last->qualified || a->qualifies;
			continue;
		}
		*last = (struct history_month){ m, a->total, a->maximum, a->qualifies };
		h->n_months++;
	}
}

static int fill_area(const struct days *d, day_no until, size_t n_months, struct arena *ar,
	struct history_area *h)
{
	h->spans = arena_alloc(ar, d->n * sizeof *h->spans);
	h->months = arena_alloc(ar, n_months * sizeof *h->months);
	if (h->spans == NULL || h->months == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < d->n; i++) {
		const struct wire_history_span *s = &d->all[i];
		day_no last = i + 1 < d->n ? d->all[i + 1].from - 1 : until;
		size_t k = 0;

		while (k < s->n_areas && !str_eq(s->areas[k].area, h->id))
			k++;
		if (k == s->n_areas)
			continue;
		if (h->n_spans > 0 &&
			is_same(&h->spans[h->n_spans - 1], &s->areas[k], s->edition, s->from))
			h->spans[h->n_spans - 1].until = last;
		else
			h->spans[h->n_spans++] =
				(struct history_span){ s->from, last, s->edition, s->areas[k] };
	}
	for (size_t i = 0; i < h->n_spans; i++)
		note_months(h, &h->spans[i]);
	return 0;
}

int history_read(const struct score_source *source, struct str partner, struct str area,
	day_no from, day_no until, struct arena *ar, struct history *ret_h, struct err *e)
{
	struct frame q = { .kind = FRAME_HISTORY_QUERY };
	struct history h = { .from = from, .until = until };
	size_t n_months = (size_t)(month_of_day(until) - month_of_day(from) + 1);
	struct days d = { NULL, 0, 0 };
	int rc;

	q.u.history_query.request = 1;
	q.u.history_query.partner = partner;
	q.u.history_query.area = area;
	q.u.history_query.from = from;
	q.u.history_query.until = until;
	rc = read_days(source, &q, ar, &d, e);
	if (rc == 0 && (rc = list_areas(&d, ar, &h)) != 0)
		(void)err_set(e, rc, "%s", err_text(rc));
	for (size_t i = 0; rc == 0 && i < h.n_areas; i++)
		if ((rc = fill_area(&d, until, n_months, ar, &h.areas[i])) != 0)
			(void)err_set(e, rc, "%s", err_text(rc));
	mem_free(&mem_heap, d.all, d.cap * sizeof *d.all);
	if (rc == 0)
		*ret_h = h;
	return rc;
}

bool history_is_something(const struct history_area *a)
{
	for (size_t i = 0; i < a->n_spans; i++) {
		const struct wire_area_standing *s = &a->spans[i].standing;

		if (s->total.num != 0 ||
			(s->status != AREA_IN_PROGRESS && s->status != AREA_UNKNOWN))
			return true;
	}
	return false;
}
