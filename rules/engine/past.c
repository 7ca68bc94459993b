/* The days before today: when something changed by itself, and on which day an area last qualified, with the facts known
 * now. Between two such days a score stands still, so one day of each span speaks for all of it. */
#include "rules/engine/engine_internal.h"

#include "common/base/err.h"
#include "rules/engine/sort.h"

/* ---- turns ------------------------------------------------------------------------------------------------------- */

struct turns {
	struct engine *e;
	day_no from, until;
	day_no *days;
	size_t n, cap;
};

static int add_turn(void *ctx, day_no day)
{
	struct turns *t = ctx;
	int rc;

	if (day <= t->from || day > t->until)
		return 0;
	rc = mem_grow(&t->e->a, (void **)&t->days, &t->cap, t->n + 1, SIZE_MAX / sizeof *t->days,
		sizeof *t->days);
	if (rc == 0)
		t->days[t->n++] = day;
	return rc;
}

static int add_months(struct turns *t)
{
	int rc = 0;

	for (month_no m = month_of_day(t->from); rc == 0 && m <= month_of_day(t->until); m++) {
		rc = add_turn(t, month_first_day(m));
		for (size_t i = 0; rc == 0 && i < t->e->n_calendar; i++)
			if (t->e->calendar[i].book != NULL)
				rc = add_turn(t, month_first_day(m) +
							 (day_no)t->e->calendar[i]
								 .book->edition->usage_ready_day -
							 1);
	}
	for (size_t i = 0; rc == 0 && i < t->e->n_calendar; i++)
		rc = add_turn(t, t->e->calendar[i].from);
	return rc;
}

static int add_people(struct turns *t, uint32_t index)
{
	struct engine *e = t->e;
	int rc = 0;

	for (uint32_t at = index; rc == 0 && at != NONE; at = subject_next(e, index, at))
		for (uint32_t i = e->partners[at]->first_person; rc == 0 && i != NONE;
			i = e->people[i]->next)
			for (size_t c = 0; rc == 0 && c < e->n_calendar; c++)
				if (e->calendar[c].book != NULL)
					rc = person_turns(
						e, e->calendar[c].book, e->people[i], add_turn, t);
	return rc;
}

static bool day_less(const void *a, const void *b, void *ctx)
{
	(void)ctx;
	return *(const day_no *)a < *(const day_no *)b;
}

static int add_standing(struct turns *t, uint32_t index)
{
	struct engine *e = t->e;
	int rc = 0;

	for (size_t c = 0; rc == 0 && c < e->n_calendar; c++)
		if (e->calendar[c].book != NULL)
			rc = standing_turns(e, e->calendar[c].book->edition, e->partners[index],
				t->from, t->until, add_turn, t);
	return rc;
}

int past_turns(struct engine *e, uint32_t index, day_no from, day_no until, struct arena *ar,
	day_no **ret_days, size_t *ret_n)
{
	struct turns t = { .e = e, .from = from, .until = until };
	size_t n = 0;
	int rc = add_months(&t);

	if (rc == 0)
		rc = add_people(&t, index);
	if (rc == 0)
		rc = add_standing(&t, index);
	if (rc == 0)
		*ret_days = arena_alloc(ar, (t.n + 1) * sizeof **ret_days);
	if (rc == 0 && *ret_days == NULL)
		rc = ERR_NOMEM;
	if (rc == 0) {
		heap_sort(t.days, t.n, sizeof *t.days, day_less, NULL);
		(*ret_days)[n++] = from;
		for (size_t i = 0; i < t.n; i++)
			if (t.days[i] != (*ret_days)[n - 1])
				(*ret_days)[n++] = t.days[i];
		*ret_n = n;
	}
	mem_free(&e->a, t.days, t.cap * sizeof *t.days);
	return rc;
}

/* ---- the last day on which an area qualified --------------------------------------------------------------------- */

struct search {
	struct engine *e;
	struct rulebook *asking; /* whose areas are asked for */
	uint32_t index;
	struct arena *ar;
	struct rulebook *book; /* whose cells are below */
	struct cells cells;
	struct standing_view seen; /* the span looked at last */
	/* Operator states made last, for these areas: they hold for all spans of those reference months. */
	struct op_state *states;
	const struct rulebook *states_by;
	uint64_t states_of;
	month_no states_at[CLOCKS_MAX];
	const struct rulebook *tracks_by;
	uint64_t tracks_known; /* bit for each area */
	int tracks[EDITION_AREAS_MAX];
};

/* The sums of a partner by a book. */
static int cells_of(struct search *s, struct rulebook *book)
{
	int rc = s->book == book ? 0
				 : sums_all(s->e, book, s->e->partners[s->index], NULL, &s->cells);

	s->book = book;
	return rc;
}

static size_t area_in(const struct edition *ed, struct str id)
{
	size_t i = 0;

	while (i < ed->n_areas && !str_eq(ed->areas[i].id, id))
		i++;
	return i;
}

/* The track that an enrollment of that day fixes. It is the same for every day of the enrollment. */
static int track_fixed(
	struct search *s, struct rulebook *book, size_t area, day_no day, int *ret_track)
{
	uint64_t bit = 1ULL << area;
	int rc = 0;

	*ret_track = -1;
	if (!standing_fixes_track(s->e, book->edition, s->e->partners[s->index], area, day))
		return 0;
	if (s->tracks_by != book)
		s->tracks_known = 0;
	s->tracks_by = book;
	if ((s->tracks_known & bit) == 0)
		rc = standing_track(s->e, book, s->index, area, day, s->ar, &s->tracks[area]);
	s->tracks_known |= bit;
	*ret_track = s->tracks[area];
	return rc;
}

/* The areas (bits, of the asking book) that those of a span can be: the others are over, or their people do not reach. */
static uint64_t areas_in_reach(const struct search *s, const struct standing_view *v, day_no last,
	const day_no *horizon, uint64_t *areas, uint64_t *ret_there)
{
	const struct edition *now = s->asking->edition, *then = v->book->edition;
	uint64_t reach = 0;

	*ret_there = 0;
	for (uint64_t bits = *areas; bits != 0; bits &= bits - 1) {
		size_t i = (size_t)__builtin_ctzll(bits), there = area_in(then, now->areas[i].id);

		if (last < horizon[i]) {
			*areas &= ~(1ULL << i);
		} else if (there < then->n_areas && then->areas[there].form == AREA_OF_METRICS &&
			   judge_could(v, there)) {
			reach |= 1ULL << i;
			*ret_there |= 1ULL << there;
		}
	}
	return reach;
}

/* Many turns turn nothing for one partner: then the span is as the one after it, in which the areas did not qualify. */
static bool is_as_seen(const struct search *s, const struct standing_view *v)
{
	return s->seen.book == v->book && !has_enrollments(s->e, s->e->partners[s->index]) &&
	       memcmp(s->seen.reference, v->reference, sizeof v->reference) == 0 &&
	       memcmp(s->seen.counts, v->counts, v->book->plan.n_preds * sizeof *v->counts) == 0;
}

/* Whether usage stands on the span as it does now, so that what is kept of the partner serves. */
static bool is_as_kept(const struct search *s, const struct standing_view *v)
{
	const struct partner *p = s->e->partners[s->index];

	return p->derived != NULL && p->derived->book == v->book && !p->anew && !p->recredit &&
	       p->rebuild == 0 && memcmp(p->reference, v->reference, sizeof v->reference) == 0;
}

static bool are_made(const struct search *s, const struct standing_view *v, uint64_t areas)
{
	return s->states_by == v->book && (areas & ~s->states_of) == 0 &&
	       memcmp(s->states_at, v->reference, sizeof v->reference) == 0;
}

/* Operator states of a span, for these areas (bits, of its book). */
static int states_for(struct search *s, struct standing_view *v, uint64_t areas)
{
	int rc;

	if (is_as_kept(s, v)) {
		v->states = NULL;
		return 0;
	}
	if (are_made(s, v, areas)) {
		v->states = s->states;
		return 0;
	}
	if (s->states_by == v->book)
		areas |= s->states_of; /* those of a span before are likely asked for again */
	rc = cells_of(s, v->book);
	if (rc == 0)
		rc = derive_states(v, &s->cells, areas);
	s->states = v->states;
	s->states_by = v->book;
	s->states_of = areas;
	memcpy(s->states_at, v->reference, sizeof s->states_at);
	return rc;
}

static int look_at_span(struct search *s, day_no first, day_no last, const day_no *horizon,
	uint64_t *areas, day_no *ret_last)
{
	struct rulebook *book = calendar_on(s->e, first);
	struct standing_view v;
	uint64_t reach, there;
	int rc = derive_people(s->e, book, s->index, first, s->ar, &v);

	if (rc != 0)
		return rc;
	reach = areas_in_reach(s, &v, last, horizon, areas, &there);
	if (reach == 0 || is_as_seen(s, &v))
		return 0;
	s->seen = v;
	rc = states_for(s, &v, there);
	for (uint64_t bits = reach; rc == 0 && bits != 0; bits &= bits - 1) {
		size_t i = (size_t)__builtin_ctzll(bits);
		size_t area = area_in(book->edition, s->asking->edition->areas[i].id);
		struct judged j;
		int fixed;

		rc = track_fixed(s, book, area, first, &fixed);
		if (rc == 0)
			judge_area(&v, area, fixed, &j);
		if (rc == 0 && j.qualifies) {
			ret_last[i] = last;
			*areas &= ~(1ULL << i);
		}
	}
	return rc;
}

/* Whether usage of that month, or of a later one, plays a part on a day. */
static bool is_reached(const struct search *s, day_no day, month_no month)
{
	const struct rulebook *book = calendar_on(s->e, day);

	for (size_t c = 0; c < book->plan.n_clocks; c++) {
		month_no r = partner_reference(s->e, book, s->e->partners[s->index], c, day);

		if (r != MONTH_NONE && r >= month)
			return true;
	}
	return false;
}

int past_last(struct engine *e, struct rulebook *book, uint32_t index, day_no before,
	const day_no *horizon, uint64_t areas, const month_no *settled_month, struct arena *ar,
	day_no *ret_last)
{
	struct search s = { .e = e, .asking = book, .index = index, .ar = ar };
	month_no month = settled_month == NULL ? MONTH_MIN : *settled_month;
	day_no from = before, *days;
	size_t n;
	int rc;

	for (uint64_t bits = areas; bits != 0; bits &= bits - 1) {
		size_t i = (size_t)__builtin_ctzll(bits);

		ret_last[i] = DAY_NONE;
		if (horizon[i] < from)
			from = horizon[i];
	}
	if (from >= before)
		return 0;
	rc = past_turns(e, index, from, before, ar, &days, &n);
	if (rc != 0)
		return rc;
	if (days[n - 1] == before)
		n--;
	else if (settled_month != NULL && !has_enrollments(e, e->partners[index]))
		before = days[--n]; /* the last span is as `before` is */
	for (size_t i = n; rc == 0 && areas != 0 && i-- > 0;) {
		day_no last = i + 1 < n ? days[i + 1] - 1 : before - 1;

		if (month == MONTH_MIN || is_reached(&s, days[i], month))
			rc = look_at_span(&s, days[i], last, horizon, &areas, ret_last);
	}
	cells_fini(&s.cells, &e->a);
	return rc;
}
