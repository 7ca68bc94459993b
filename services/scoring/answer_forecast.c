#include "services/scoring/answer_forecast.h"

#include "common/wire/wire.h"
#include "rules/engine/forecast.h"
#include "rules/engine/outlook.h"
#include "services/scoring/answers.h"
#include "services/scoring/area_find.h"
#include "services/scoring/steady.h"

/* A page ends before it would not fit a frame. */
#define PAGE_BYTES_MAX (WIRE_BODY_MAX / 2)
#define STANDING_BYTES 96
#define FALL_BYTES     64

/* An answer in the making; texts of a fork are copied, because it goes before the answer is sent. */
struct telling {
	struct engine *e; /* the engine, or a fork */
	struct arena *ar;
	struct str area; /* id; empty: all */
	size_t bytes;
};

static bool copy_text(const struct telling *t, struct str *s)
{
	char *copy = arena_alloc(t->ar, s->n + 1);

	if (copy == NULL)
		return false;
	if (s->n > 0)
		memcpy(copy, s->p, s->n);
	s->p = copy;
	return true;
}

static struct wire_area_standing standing_of(const struct forecast_area *a)
{
	static const enum wire_area_form forms[] = { [AREA_OF_METRICS] = WIRE_OF_METRICS,
		[AREA_OF_AREAS] = WIRE_OF_AREAS,
		[AREA_OF_REQUIREMENTS] = WIRE_OF_REQUIREMENTS };

	return (struct wire_area_standing){ .area = a->area->id,
		.track = a->track->id,
		.total = a->total,
		.status = a->status,
		.form = forms[a->area->form],
		.maximum = area_maximum(a->area),
		.qualifies = a->qualifies };
}

static int add_falls(struct telling *t, const struct forecast_area *a,
	struct wire_forecast_fall *falls, size_t *n)
{
	for (size_t i = 0; i < a->n_falls && *n < WIRE_FALLS_MAX; i++) {
		struct wire_forecast_fall *f = &falls[(*n)++];

		*f = (struct wire_forecast_fall){ .area = a->area->id,
			.who = a->falls[i].who,
			.what = a->falls[i].what,
			.kind = a->falls[i].kind };
		if (!copy_text(t, &f->who) || !copy_text(t, &f->what))
			return ERR_NOMEM;
		t->bytes += FALL_BYTES + f->area.n + f->who.n + f->what.n;
	}
	return 0;
}

static bool differs(const struct forecast_area *a, const struct forecast_area *b)
{
	return a->area != b->area || a->track != b->track || a->status != b->status ||
	       a->qualifies != b->qualifies || !ratio_eq(a->total, b->total);
}

static int span_of(struct telling *t, const struct forecast_part *part,
	const struct forecast_part *before, struct wire_forecast_span *ret)
{
	struct wire_area_standing *areas = arena_alloc(t->ar, part->n_areas * sizeof *areas + 1);
	struct wire_forecast_fall *falls;
	size_t n = 0, n_falls = 0;
	int rc = 0;

	for (size_t i = 0; i < part->n_areas; i++)
		n += part->areas[i].n_falls;
	falls = arena_alloc(t->ar, n * sizeof *falls + 1);
	if (areas == NULL || falls == NULL)
		return ERR_NOMEM;
	*ret = (struct wire_forecast_span){
		.from = part->from, .edition = part->edition->id, .areas = areas, .falls = falls
	};
	for (size_t i = 0; rc == 0 && i < part->n_areas; i++) {
		const struct forecast_area *a = &part->areas[i];

		if (t->area.n > 0 && !str_eq(t->area, a->area->id))
			continue;
		if (before != NULL && before->edition == part->edition &&
			!differs(a, &before->areas[i]) && a->n_falls == 0)
			continue;
		areas[ret->n_areas++] = standing_of(a);
		t->bytes += STANDING_BYTES + a->area->id.n + a->track->id.n;
		rc = add_falls(t, a, falls, &n_falls);
	}
	ret->n_falls = n_falls;
	ret->qualifies_at =
		(uint32_t)(part->edition->qualifies_at.num / part->edition->qualifies_at.den);
	return rc;
}

/* The parts from a day on, as many as an answer may carry. */
static int tell_parts(struct telling *t, const struct forecast *f, day_no from, struct frame *ret)
{
	struct wire_forecast_span *spans = arena_alloc(t->ar, f->n_parts * sizeof *spans + 1);
	size_t at = 0, n = 0;
	int rc = spans == NULL ? ERR_NOMEM : 0;

	while (at + 1 < f->n_parts && f->parts[at + 1].from <= from)
		at++;
	ret->u.forecast_answer.until = f->until;
	for (; rc == 0 && at < f->n_parts; at++) {
		if (n == WIRE_SPANS_MAX || t->bytes > PAGE_BYTES_MAX) {
			ret->u.forecast_answer.until = f->parts[at].from - 1;
			break;
		}
		rc = span_of(t, &f->parts[at], n == 0 ? NULL : &f->parts[at - 1], &spans[n]);
		if (rc == 0 && n > 0 && spans[n].n_areas == 0)
			continue;
		if (n == 0 && spans[n].from < from)
			spans[n].from = from;
		n++;
	}
	ret->u.forecast_answer.n_spans = n;
	ret->u.forecast_answer.spans = spans;
	return rc;
}

static int tell_outlook(const struct telling *t, struct str partner, struct frame *ret)
{
	struct score_change change = { .partner = partner };
	struct score_batch batch = { .n_changes = 1, .changes = &change, .day = engine_day(t->e) };
	struct area_outlook *all;
	struct buf out;
	void *copy;
	size_t n = 0;
	int rc = engine_outlook(t->e, partner, t->ar, &all, &n);

	if (rc == ERR_AGAIN || (rc == 0 && n == 0))
		return 0; /* none is told */
	if (rc != 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		if (t->area.n == 0 || str_eq(t->area, all[i].shape->area))
			all[change.n_outlooks++] = all[i];
	change.outlooks = all;
	buf_init(&out, &mem_heap, WIRE_OUTLOOK_MAX);
	rc = wire_encode_scores(&batch, &out);
	copy = rc == 0 ? arena_alloc(t->ar, out.n + 1) : NULL;
	if (rc == 0 && copy == NULL)
		rc = ERR_NOMEM;
	if (rc == 0) {
		memcpy(copy, out.p, out.n);
		ret->u.forecast_answer.outlook = (struct span){ copy, out.n };
	}
	buf_fini(&out);
	return rc == ERR_FULL ? 0 : rc;
}

/* The id of the area in the edition of today, or in one of the coming ones. */
static int find_area(const struct forecast *f, struct str name, struct str *ret_id, struct err *err)
{
	const struct area *found = NULL;

	*ret_id = (struct str){ "", 0 };
	if (name.n == 0)
		return 0;
	for (size_t i = 0; found == NULL && i < f->n_parts; i++)
		if (i == 0 || f->parts[i].edition != f->parts[i - 1].edition)
			found = area_find(f->parts[i].edition, name);
	if (found == NULL)
		return area_unknown(f->parts[0].edition, name, err);
	*ret_id = found->id;
	return 0;
}

static int tell_all(struct telling *t, const struct frame *query, day_no until, struct frame *ret,
	struct err *err)
{
	struct str partner = query->u.forecast_query.partner;
	struct forecast f;
	int rc = engine_forecast(t->e, partner, until, t->ar, &f);

	if (rc == 0)
		rc = find_area(&f, query->u.forecast_query.area, &t->area, err);
	if (rc == 0)
		rc = tell_parts(t, &f,
			query->u.forecast_query.from == DAY_NONE ? f.from
								 : query->u.forecast_query.from,
			ret);
	return rc == 0 ? tell_outlook(t, partner, ret) : rc;
}

/* The last day that is asked for; false where it, or the first one, is out of range. */
static bool has_range(const struct engine *e, const struct frame *query, day_no *ret_until)
{
	day_no today = engine_day(e), from = query->u.forecast_query.from;
	uint32_t days = query->u.forecast_query.days;

	*ret_until = query->u.forecast_query.until;
	if (today == DAY_NONE || days > FORECAST_DAYS_MAX)
		return false;
	if (*ret_until == DAY_NONE)
		*ret_until = today + (day_no)(days == 0 ? FORECAST_DAYS_DEFAULT : days);
	return *ret_until >= today && *ret_until - today <= FORECAST_DAYS_MAX &&
	       (from == DAY_NONE || from <= *ret_until);
}

int answer_forecast(struct engine *e, const struct frame *query,
	const struct wire_freshness *freshness, struct arena *ar, struct frame *ret_frame,
	struct err *err)
{
	day_no until;
	struct frame answer = { .kind = FRAME_FORECAST_ANSWER };
	struct telling t = { .e = e, .ar = ar };
	struct engine *fork = NULL;
	int rc = 0;

	if (!has_range(e, query, &until))
		return err_set(err, ERR_RANGE,
			"days from today to %d days ahead can be forecast, once a day has begun",
			FORECAST_DAYS_MAX);
	if (query->u.forecast_query.steady)
		rc = steady_fork(
			e, query->u.forecast_query.partner, until, STEADY_FACTS_MAX, &fork);
	if (rc == ERR_FULL)
		(void)err_set(err, rc,
			"usage of so many customers for so many months is more than %d facts; ask for fewer days",
			STEADY_FACTS_MAX);
	if (fork != NULL)
		t.e = fork;
	if (rc == 0)
		rc = tell_all(&t, query, until, &answer, err);
	engine_destroy(fork);
	if (rc != 0)
		return rc;
	answer.u.forecast_answer.request = query->u.forecast_query.request;
	answer.u.forecast_answer.freshness = *freshness;
	answer.u.forecast_answer.partner = query->u.forecast_query.partner;
	*ret_frame = answer;
	return 0;
}
