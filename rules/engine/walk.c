/* A walk through the coming days of a partner without new facts: from one day on which something turns by itself to the
 * next, with what the partner then comes to. Only what turned is counted again, and only areas that look at it. */
#include "rules/engine/walk.h"

#include "common/base/err.h"
#include "rules/engine/sort.h"

/* ---- people ------------------------------------------------------------------------------------------------------ */

/* Somebody whose certificates turn within the walk. */
struct walker {
	uint32_t person;
	day_no next;
	uint64_t bits[PRED_WORDS]; /* predicates that hold */
};

/* heap_sift() keeps the greatest on top: the earliest day is made that. */
static bool is_later(const void *a, const void *b, void *ctx)
{
	(void)ctx;
	return ((const struct walker *)a)->next > ((const struct walker *)b)->next;
}

static void heap_all(struct walk *w)
{
	for (size_t i = w->n_people / 2; i-- > 0;)
		heap_sift(w->people, i, w->n_people, sizeof *w->people, is_later, NULL);
}

static void stale_ops(struct walk *w, const uint64_t *ops)
{
	for (size_t i = 0; i < OP_WORDS; i++)
		for (uint64_t bits = ops[i]; bits != 0; bits &= bits - 1)
			w->stale |= w->book->plan.ops[i * 64 + (size_t)__builtin_ctzll(bits)].areas;
}

static size_t count_people(const struct walk *w)
{
	size_t n = 0;

	for (uint32_t at = w->index; at != NONE; at = subject_next(w->e, w->index, at))
		for (uint32_t i = w->e->partners[at]->first_person; i != NONE;
			i = w->e->people[i]->next)
			n++;
	return n;
}

static day_no person_next(const struct engine *e, uint32_t person)
{
	uint32_t at = e->people[person]->heap_at;

	return at == 0 ? DAY_NEVER : e->days[at - 1].day;
}

/* The people as they are noted today by the active book. */
static int people_today(struct walk *w)
{
	struct engine *e = w->e;

	w->people = arena_alloc(w->ar, count_people(w) * sizeof *w->people + 1);
	if (w->people == NULL)
		return ERR_NOMEM;
	for (uint32_t at = w->index; at != NONE; at = subject_next(e, w->index, at))
		for (uint32_t i = e->partners[at]->first_person; i != NONE;
			i = e->people[i]->next) {
			struct walker *p = &w->people[w->n_people];

			p->person = i;
			p->next = person_next(e, i);
			memcpy(p->bits, e->people[i]->satisfied, sizeof p->bits);
			w->n_people += p->next <= w->until;
		}
	heap_all(w);
	return 0;
}

static void satisfied(const struct rulebook *book, const struct cert_set *active, uint64_t *ret)
{
	memset(ret, 0, PRED_WORDS * sizeof *ret);
	for (size_t i = 0; i < book->plan.n_preds; i++)
		if (predicate_holds(book->plan.preds[i], active))
			ret[i / 64] |= 1ULL << (i % 64);
}

/* All people anew, by another book. */
static int people_anew(struct walk *w, day_no day)
{
	struct engine *e = w->e;
	int rc = 0;

	w->n_people = 0;
	memset(w->counts, 0, w->book->plan.n_preds * sizeof *w->counts);
	for (uint32_t at = w->index; rc == 0 && at != NONE; at = subject_next(e, w->index, at))
		for (uint32_t i = e->partners[at]->first_person; rc == 0 && i != NONE;
			i = e->people[i]->next) {
			struct walker *p = &w->people[w->n_people];
			struct cert_set active;

			p->person = i;
			rc = person_active(e, w->book, e->people[i], day, &active, &p->next);
			satisfied(w->book, &active, p->bits);
			for (size_t k = 0; k < w->book->plan.n_preds; k++)
				w->counts[k] += p->bits[k / 64] >> (k % 64) & 1;
			w->n_people += p->next <= w->until;
		}
	heap_all(w);
	return rc;
}

static void count_moved(struct walk *w, const uint64_t *old, const uint64_t *new)
{
	for (size_t i = 0; i < PRED_WORDS; i++)
		for (uint64_t bits = old[i] ^ new[i]; bits != 0; bits &= bits - 1) {
			size_t pred = i * 64 + (size_t)__builtin_ctzll(bits);

			w->counts[pred] += (new[i] & bits & -bits) != 0 ? 1 : (uint32_t)-1;
			stale_ops(w, w->book->plan.pred_ops[pred]);
		}
}

static int people_turn(struct walk *w, day_no day)
{
	int rc = 0;

	while (rc == 0 && w->n_people > 0 && w->people[0].next <= day) {
		struct walker *p = &w->people[0];
		struct cert_set active;
		uint64_t bits[PRED_WORDS];

		rc = person_active(w->e, w->book, w->e->people[p->person], day, &active, &p->next);
		satisfied(w->book, &active, bits);
		count_moved(w, p->bits, bits);
		memcpy(p->bits, bits, sizeof bits);
		if (p->next > w->until)
			*p = w->people[--w->n_people];
		heap_sift(w->people, 0, w->n_people, sizeof *w->people, is_later, NULL);
	}
	return rc;
}

/* ---- usage ------------------------------------------------------------------------------------------------------- */

/* Whether a month waits that the rules do not look at yet. */
static bool has_months_ahead(const struct walk *w)
{
	const struct engine *e = w->e;

	if (e->complete)
		return true;
	for (uint32_t at = w->index; at != NONE; at = subject_next(e, w->index, at)) {
		const struct partner *p = e->partners[at];

		for (size_t i = 0; i < p->n_markers; i++)
			if (!p->markers[i].stamp.retracted &&
				MONTH_MIN + p->markers[i].month > e->closed)
				return true;
		for (size_t i = 0; i < p->n_months; i++)
			if (p->months[i].n > 0 && MONTH_MIN + p->months[i].month > e->ready)
				return true;
	}
	return false;
}

static int own_states(struct walk *w)
{
	if (w->v.states != NULL)
		return 0;
	w->v.states = arena_alloc(w->ar, w->book->plan.n_states * sizeof *w->v.states + 1);
	if (w->v.states == NULL)
		return ERR_NOMEM;
	kept_states_get(w->v.partner->derived, w->v.states);
	return 0;
}

static int own_cells(struct walk *w)
{
	int rc =
		w->cells_by == w->book ? 0 : sums_all(w->e, w->book, w->v.partner, NULL, &w->cells);

	w->cells_by = w->book;
	return rc;
}

static int rebuild(struct walk *w, uint32_t clocks)
{
	struct cells windows = { 0 };
	int rc = own_states(w);

	if (rc == 0)
		rc = own_cells(w);
	if (rc == 0)
		rc = partner_rebuild(w->e, w->book, w->v.partner, &w->cells, clocks, UINT64_MAX,
			w->v.reference, w->v.states, &windows);
	cells_fini(&windows, &w->e->a);
	return rc;
}

static int months_turn(struct walk *w, day_no day)
{
	uint32_t moved = 0;

	for (size_t c = 0; w->months_ahead && c < w->book->plan.n_clocks; c++) {
		month_no r = partner_reference(w->e, w->book, w->v.partner, c, day);

		if (r == w->v.reference[c])
			continue;
		w->v.reference[c] = r;
		moved |= 1U << c;
		stale_ops(w, w->book->plan.clock_ops[c]);
	}
	return moved == 0 ? 0 : rebuild(w, moved);
}

/* The next first day of a month, or day on which usage of the month before is ready. */
static day_no next_month(const struct walk *w, day_no day)
{
	month_no m = month_of_day(day);
	day_no ready = month_first_day(m) + (day_no)w->book->edition->usage_ready_day - 1;
	day_no first = month_first_day(m + 1);

	return ready > day && ready < first ? ready : first;
}

/* ---- areas ------------------------------------------------------------------------------------------------------- */

static int attestations_turn(struct walk *w, day_no day)
{
	int rc;

	if (day < w->v.next_attested)
		return 0;
	rc = own_states(w);
	if (rc != 0)
		return rc;
	derive_attested(w->e, w->book, w->v.partner, day, w->v.states, &w->v.next_attested);
	for (size_t i = 0; i < w->book->plan.n_ops; i++)
		if (w->book->plan.ops[i].kind == &op_attested)
			w->stale |= w->book->plan.ops[i].areas;
	return 0;
}

static void renewals_turn(struct walk *w, day_no day)
{
	uint64_t less;

	w->less_was = w->v.asks_less;
	if (!w->enrolled)
		return;
	less = renewals_asking_less(w->e, w->book->edition, w->v.partner, day);
	w->stale |= less ^ w->v.asks_less;
	w->v.asks_less = less;
}

/* The track that an enrollment fixes: it is the same on all days on which it fixes one. */
static int fix_track(struct walk *w, size_t area, day_no day)
{
	const struct edition *ed = w->book->edition;
	struct walk_area *a = &w->areas[area];
	int track = -1, rc = 0;

	if (ed->areas[area].n_tracks < 2 ||
		!standing_fixes_track(w->e, ed, w->v.partner, area, day)) {
		track = -1;
	} else if (a->track_known) {
		track = a->enrolled_track;
	} else {
		rc = standing_track(w->e, w->book, w->index, area, day, w->ar, &track);
		a->enrolled_track = track;
		a->track_known = true;
	}
	if (track != a->fixed)
		w->stale |= 1ULL << area;
	a->fixed = track;
	return rc;
}

/* The days before today are looked at when a status begins to depend on them: with the end of an enrollment. */
static int look_back(struct walk *w, size_t area, day_no day)
{
	struct walk_area *a = &w->areas[area];
	day_no horizon[EDITION_AREAS_MAX], found[EDITION_AREAS_MAX];
	int rc;

	if (w->book->edition->areas[area].form != AREA_OF_METRICS || a->judged->qualifies ||
		(a->last != DAY_NONE && a->last >= a->looked_from))
		return 0;
	horizon[area] = standing_horizon(w->e, w->book->edition, w->v.partner, area, day);
	if (horizon[area] >= a->looked_from)
		return 0;
	rc = past_last(
		w->e, w->book, w->index, w->e->day, horizon, 1ULL << area, NULL, w->ar, found);
	a->looked_from = horizon[area];
	if (rc == 0)
		a->last = found[area];
	return rc;
}

static bool same_points(const struct judged *a, const struct judged *b, size_t n)
{
	if (a->track != b->track || a->qualifies != b->qualifies || !ratio_eq(a->total, b->total))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!ratio_eq(a->points[i], b->points[i]))
			return false;
	return true;
}

static void judge(struct walk *w, size_t area, day_no day)
{
	struct walk_area *a = &w->areas[area];
	struct judged *was = a->judged;

	a->judged = a->was;
	a->was = was;
	a->judged_on = day;
	judge_area(&w->v, area, a->fixed, a->judged);
	if (w->day == DAY_NONE)
		return;
	if (was->qualifies && !a->judged->qualifies &&
		w->book->edition->areas[area].form == AREA_OF_METRICS) {
		a->last = day - 1;
		a->looked_from = w->e->day;
	}
	if (!same_points(was, a->judged, w->book->edition->areas[area].n_metrics))
		w->changed |= 1ULL << area;
}

static int stand(struct walk *w, size_t area, day_no day)
{
	struct walk_area *a = &w->areas[area];
	int rc = look_back(w, area, day);

	if (rc != 0)
		return rc;
	standing_of(w->e, w->book->edition, w->v.partner, area, day, a->judged->qualifies, a->last,
		&a->st);
	if (w->status[area] != a->st.status)
		w->changed |= 1ULL << area;
	w->status[area] = (uint8_t)a->st.status;
	return 0;
}

/* Areas that look at other areas come after those. */
static int judge_all(struct walk *w, day_no day)
{
	const struct edition *ed = w->book->edition;
	bool moved = false;
	int rc = 0;

	memcpy(w->status_was, w->status, ed->n_areas);
	w->changed = 0;
	for (size_t i = 0; rc == 0 && i < ed->n_areas; i++) {
		bool again =
			(w->stale >> i & 1) != 0 || (moved && ed->areas[i].form != AREA_OF_METRICS);
		bool turns = day >= w->areas[i].st.next;

		if (turns && w->enrolled) {
			rc = fix_track(w, i, day);
			again = again || (w->stale >> i & 1) != 0;
		}
		if (again)
			judge(w, i, day);
		if (rc == 0 && (again || turns))
			rc = stand(w, i, day);
		moved = moved || w->status[i] != w->status_was[i];
	}
	w->stale = 0;
	return rc;
}

/* ---- beginning, and another edition -------------------------------------------------------------------------------- */

static int make_room(struct walk *w)
{
	const struct rulebook *book = w->book;
	size_t n = book->edition->n_areas;
	struct judged *judged = arena_alloc(w->ar, 2 * n * sizeof *judged + 1);

	w->areas = arena_alloc(w->ar, n * sizeof *w->areas + 1);
	w->status = arena_alloc(w->ar, 2 * n + 1);
	w->counts = arena_alloc(w->ar, book->plan.n_preds * sizeof *w->counts + 1);
	if (judged == NULL || w->areas == NULL || w->status == NULL || w->counts == NULL)
		return ERR_NOMEM;
	memset(w->status, 0, 2 * n);
	w->status_was = w->status + n;
	for (size_t i = 0; i < n; i++)
		w->areas[i] = (struct walk_area){ .judged = &judged[2 * i],
			.was = &judged[2 * i + 1],
			.last = DAY_NONE,
			.looked_from = w->e->day,
			.fixed = -1,
			.st = { .next = DAY_MIN } };
	w->v.counts = w->counts;
	w->v.status = w->status;
	return 0;
}

static uint64_t all_areas(const struct walk *w)
{
	size_t n = w->book->edition->n_areas;

	return n == 64 ? ~0ULL : (1ULL << n) - 1;
}

static int judge_first(struct walk *w)
{
	int rc;

	renewals_turn(w, w->e->day);
	w->less_was = w->v.asks_less;
	w->stale = all_areas(w);
	rc = judge_all(w, w->e->day);
	w->changed = 0;
	return rc;
}

static int begin_live(struct walk *w)
{
	const struct partner *p = w->e->partners[w->index];
	const struct edition *ed = w->book->edition;
	int rc = make_room(w);

	if (rc == 0)
		rc = people_today(w);
	if (rc != 0)
		return rc;
	memcpy(w->counts, p->derived->counts, w->book->plan.n_preds * sizeof *w->counts);
	memcpy(w->v.reference, p->reference, sizeof w->v.reference);
	w->v.next_attested = p->next_attested;
	w->months_ahead = has_months_ahead(w);
	for (size_t i = 0; i < ed->n_areas; i++) {
		const struct standing *st = &p->derived->areas[i];
		struct walk_area *a = &w->areas[i];

		a->fixed = st->fixed == TRACK_NOT_LOOKED_UP ? -1 : st->fixed;
		a->track_known = a->fixed >= 0;
		a->enrolled_track = a->fixed;
		if (ed->areas[i].form != AREA_OF_METRICS)
			continue;
		a->last = st->last;
		if (st->searched && !st->qualifies)
			a->looked_from = standing_horizon(w->e, ed, p, i, w->e->day);
	}
	return judge_first(w);
}

static size_t area_in(const struct edition *ed, struct str id)
{
	size_t i = 0;

	while (i < ed->n_areas && !str_eq(ed->areas[i].id, id))
		i++;
	return i;
}

/* What was known of areas goes over to those of the same id. */
static void take_over(struct walk *w, const struct edition *old, const struct walk_area *was,
	const uint8_t *status, day_no day)
{
	const struct edition *ed = w->book->edition;

	for (size_t i = 0; i < ed->n_areas; i++) {
		size_t there = area_in(old, ed->areas[i].id);
		struct walk_area *a = &w->areas[i];

		*a->judged = (struct judged){ .total = RATIO_ZERO };
		if (there == old->n_areas)
			continue;
		w->status[i] = status[there];
		*a->judged = *was[there].judged; /* of total and whether it qualifies */
		if (ed->areas[i].form != AREA_OF_METRICS ||
			old->areas[there].form != AREA_OF_METRICS)
			continue;
		a->last = was[there].judged->qualifies ? day - 1 : was[there].last;
		a->looked_from = was[there].looked_from;
	}
}

/* Everything counted by the book of the walk. */
static int count_anew(struct walk *w, day_no day)
{
	const struct rulebook *book = w->book;
	int rc;

	w->v.states = arena_alloc(w->ar, book->plan.n_states * sizeof *w->v.states + 1);
	if (w->v.states == NULL)
		return ERR_NOMEM;
	memset(w->v.states, 0, book->plan.n_states * sizeof *w->v.states);
	for (size_t c = 0; c < CLOCKS_MAX; c++)
		w->v.reference[c] = c < book->plan.n_clocks
					    ? partner_reference(w->e, book, w->v.partner, c, day)
					    : MONTH_NONE;
	rc = rebuild(w, UINT8_MAX);
	if (rc == 0)
		rc = people_anew(w, day);
	w->v.next_attested = day;
	return rc;
}

static int begin_anew(struct walk *w)
{
	int rc = make_room(w);

	if (rc != 0)
		return rc;
	w->people = arena_alloc(w->ar, count_people(w) * sizeof *w->people + 1);
	if (w->people == NULL)
		return ERR_NOMEM;
	w->months_ahead = true;
	rc = count_anew(w, w->e->day);
	if (rc == 0)
		rc = attestations_turn(w, w->e->day);
	return rc == 0 ? judge_first(w) : rc;
}

static int turn_edition(struct walk *w, struct rulebook *book, day_no day)
{
	const struct edition *old = w->book->edition;
	const struct walk_area *areas = w->areas;
	const uint8_t *status = w->status;
	int rc;

	w->book = book;
	w->v.book = book;
	w->months_ahead = true; /* months may be ready on other days */
	rc = make_room(w);
	if (rc != 0)
		return rc;
	take_over(w, old, areas, status, day);
	w->stale = all_areas(w);
	return count_anew(w, day);
}

/* ---- the walk ---------------------------------------------------------------------------------------------------- */

static day_no earlier(day_no a, day_no b)
{
	return a < b ? a : b;
}

static day_no next_edition(const struct engine *e, day_no day)
{
	day_no next = DAY_NEVER;

	for (size_t i = 0; i < e->n_calendar; i++)
		if (e->calendar[i].book != NULL && e->calendar[i].from > day)
			next = earlier(next, e->calendar[i].from);
	return next;
}

static day_no next_turn(const struct walk *w)
{
	day_no next = earlier(next_edition(w->e, w->day), w->v.next_attested);

	if (w->n_people > 0)
		next = earlier(next, w->people[0].next);
	if (w->months_ahead)
		next = earlier(next, next_month(w, w->day));
	for (size_t i = 0; i < w->book->edition->n_areas; i++)
		next = earlier(next, w->areas[i].st.next);
	return next > w->day ? next : w->day + 1;
}

static int step(struct walk *w, day_no day)
{
	struct rulebook *book = calendar_on(w->e, day);
	int rc = 0;

	w->turned_edition = book != w->book;
	memcpy(w->reference_was, w->v.reference, sizeof w->reference_was);
	if (w->turned_edition) {
		rc = turn_edition(w, book, day);
	} else {
		rc = months_turn(w, day);
		if (rc == 0)
			rc = people_turn(w, day);
	}
	w->v.day = day;
	if (rc == 0)
		rc = attestations_turn(w, day);
	if (rc == 0) {
		renewals_turn(w, day);
		rc = judge_all(w, day);
	}
	if (w->turned_edition)
		w->changed = all_areas(w);
	return rc;
}

bool walk_is_live(const struct engine *e, uint32_t index)
{
	const struct partner *p = e->partners[index];

	return p->touched == 0 && p->derived != NULL && p->derived->book == e->book;
}

int walk_ahead(struct engine *e, uint32_t index, bool live, day_no until, struct arena *ar,
	int (*each)(void *ctx, const struct walk *w), void *ctx)
{
	struct walk w = { .e = e,
		.book = e->book,
		.index = index,
		.ar = ar,
		.until = until,
		.day = DAY_NONE,
		.v = { .e = e,
			.book = e->book,
			.partner = e->partners[index],
			.index = index,
			.day = e->day } };
	int rc;

	w.enrolled = has_enrollments(e, w.v.partner) || e->asked_track.n > 0;
	rc = live ? begin_live(&w) : begin_anew(&w);
	w.day = e->day;
	if (rc == 0)
		rc = each(ctx, &w);
	for (day_no day; rc == 0 && (day = next_turn(&w)) <= until; w.day = day) {
		rc = step(&w, day);
		if (rc == 0 && (w.changed != 0 || memcmp(w.reference_was, w.v.reference,
							  sizeof w.reference_was) != 0))
			rc = each(ctx, &w);
	}
	cells_fini(&w.cells, &e->a);
	return rc;
}
