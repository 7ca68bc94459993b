/* Scores on demand. */
#include "rules/engine/explain.h"

#include "common/base/err.h"
#include "rules/engine/sort.h"

/* ---- a partner on a day ----------------------------------------------------------------------------------------- */

/* A question in work. */
struct asked {
	struct engine *e;
	struct rulebook *book;
	uint32_t index;
	bool live; /* what is kept of the partner answers it */
	bool explain;
	struct arena *ar;
	struct standing_view view;
	struct cells cells; /* sums; of a live question without explanation none */
	day_no *last;	    /* per area: the last day before this one on which it qualified */
	int *fixed;	    /* per area: the track that an enrollment fixes */
	uint8_t *status;
	day_no next; /* on which time alone moves a status or a requirement */
};

static int view_live(struct asked *q)
{
	const struct partner *p = q->e->partners[q->index];
	const struct edition *ed = q->book->edition;

	q->view = (struct standing_view){ .e = q->e,
		.book = q->book,
		.partner = p,
		.index = q->index,
		.day = q->e->day,
		.cells = &q->cells,
		.counts = p->derived->counts,
		.next_attested = p->next_attested };
	memcpy(q->view.reference, p->reference, sizeof q->view.reference);
	for (size_t i = 0; i < ed->n_areas; i++) {
		q->last[i] = p->derived->areas[i].last;
		q->fixed[i] = p->derived->areas[i].fixed;
	}
	return q->explain ? sums_all(q->e, q->book, p, NULL, &q->cells) : 0;
}

static int view_aside(struct asked *q, day_no day)
{
	const struct partner *p = q->e->partners[q->index];
	const struct edition *ed = q->book->edition;
	day_no horizon[EDITION_AREAS_MAX];
	uint64_t areas = 0;
	int rc = sums_all(q->e, q->book, p, NULL, &q->cells);

	if (rc == 0)
		rc = derive_aside(q->e, q->book, q->index, day, &q->cells, q->ar, &q->view);
	for (size_t i = 0; rc == 0 && i < ed->n_areas; i++) {
		q->last[i] = DAY_NONE;
		horizon[i] = day == DAY_NONE ? day : standing_horizon(q->e, ed, p, i, day);
		if (ed->areas[i].form == AREA_OF_METRICS && horizon[i] < day)
			areas |= 1ULL << i;
		rc = standing_track(q->e, q->book, q->index, i, day, q->ar, &q->fixed[i]);
	}
	if (rc == 0 && areas != 0)
		rc = past_last(q->e, q->book, q->index, day, horizon, areas, NULL, q->ar, q->last);
	return rc;
}

static enum met met_of(const struct asked *q, size_t area, const struct metric *m,
	const struct plan_metric *pm, struct ratio points)
{
	if (!judge_asks(&q->view, area, m))
		return MET_NOT_ASKED;
	if (rule_is_condition(m->rule.kind))
		return judge_condition(&q->view, pm->ops[0]);
	return ratio_is_zero(points) ? MET_NOT : MET;
}

static int metrics_fill(const struct asked *q, size_t area, const struct judged *j,
	const struct renewal *r, struct metric_score **ret)
{
	const struct area *a = &q->book->edition->areas[area];
	const struct plan_track *pt = &q->book->plan.areas[area].tracks[j->track];
	struct metric_score *metrics = arena_alloc(q->ar, a->n_metrics * sizeof *metrics);
	int rc = metrics == NULL ? ERR_NOMEM : 0;

	for (size_t i = 0; rc == 0 && i < a->n_metrics; i++) {
		const struct metric *m = &a->tracks[j->track].metrics[i];

		metrics[i] = (struct metric_score){ .metric = m,
			.points = j->points[i],
			.met = met_of(q, area, m, &pt->metrics[i], j->points[i]),
			.asked_on = DAY_NONE };
		if (metrics[i].met == MET_NOT_ASKED)
			metrics[i].asked_on = r->asked_on;
		if (q->explain)
			rc = explain_metric(q->e, &q->view, &pt->metrics[i], q->ar, &metrics[i]);
		if (rc == 0 && q->explain && metrics[i].met == MET_NOT_ASKED)
			rc = explain_renewal(r, q->ar, &metrics[i]);
	}
	*ret = metrics;
	return rc;
}

static struct str track_reason(const struct asked *q, size_t area)
{
	const struct area *a = &q->book->edition->areas[area];

	if (standing_asked_track(q->e, a) >= 0)
		return STR("asked for");
	if (q->fixed[area] >= 0)
		return STR("fixed by the enrollment");
	if (a->choice == TRACK_HIGHEST)
		return STR("the track with the most points counts");
	return STR("chosen by what the partner's customers are");
}

static int tracks_fill(
	const struct asked *q, size_t area, const struct judged *j, struct area_score *ret)
{
	const struct area *a = &q->book->edition->areas[area];
	struct part_score *tracks;
	struct judged other;

	if (!q->explain || a->n_tracks < 2)
		return 0;
	tracks = arena_alloc(q->ar, a->n_tracks * sizeof *tracks);
	if (tracks == NULL)
		return ERR_NOMEM;
	for (size_t t = 0; t < a->n_tracks; t++) {
		judge_track(&q->view, area, t, &other);
		tracks[t] = (struct part_score){ a->tracks[t].id, a->tracks[t].name, other.total,
			100, t == j->track };
	}
	ret->n_tracks = a->n_tracks;
	ret->tracks = tracks;
	ret->track_reason = track_reason(q, area);
	return 0;
}

/* The day told as the last that qualified: one further back than a status may depend on is known or not, as it came. */
static day_no last_told(const struct asked *q, size_t area, bool qualifies)
{
	day_no day = q->view.day, last = q->last[area];

	if (qualifies || day == DAY_NONE)
		return qualifies ? day : DAY_NONE;
	return last != DAY_NONE && last < standing_horizon(q->e, q->book->edition, q->view.partner,
						  area, day)
		       ? DAY_NONE
		       : last;
}

static int area_fill(struct asked *q, size_t area, struct area_score *ret)
{
	const struct edition *ed = q->book->edition;
	const struct area *a = &ed->areas[area];
	struct metric_score *metrics;
	struct area_standing st;
	struct renewal renewal = { .on = DAY_NONE };
	struct judged j;
	int rc;

	(void)standing_renewal(q->e, ed, q->view.partner, area, q->view.day, &renewal);
	judge_area(&q->view, area, q->fixed[area], &j);
	standing_of(q->e, ed, q->view.partner, area, q->view.day, j.qualifies, q->last[area], &st);
	q->status[area] = (uint8_t)st.status;
	if (st.next < q->next)
		q->next = st.next;
	rc = metrics_fill(q, area, &j, &renewal, &metrics);
	if (rc != 0)
		return rc;
	*ret = (struct area_score){ .area = a,
		.track = &a->tracks[j.track],
		.total = j.total,
		.status = st.status,
		.qualifies = j.qualifies,
		.enrolled = st.enrolled.active,
		.automatic = st.enrolled.automatic,
		.enrolled_on = st.enrolled.on,
		.anniversary = st.enrolled.anniversary,
		.renewal_on = renewal.on,
		.renewal_year = renewal.year,
		.window_from = st.window_from,
		.window_until = st.window_until,
		.last_qualified = last_told(q, area, j.qualifies),
		.n_metrics = a->n_metrics,
		.metrics = metrics };
	return tracks_fill(q, area, &j, ret);
}

static month_no month_shown(const struct asked *q)
{
	const struct plan *plan = &q->book->plan;

	for (size_t c = 0; c < plan->n_clocks; c++)
		if (plan->clocks[c] == 1U << MEASURE_ACR && q->view.reference[c] != MONTH_NONE)
			return q->view.reference[c];
	for (size_t c = 0; c < plan->n_clocks; c++)
		if (q->view.reference[c] != MONTH_NONE)
			return q->view.reference[c];
	return MONTH_NONE;
}

/* ret_next  may be NULL: the day on which time alone moves a status or a requirement. */
static int score_index(struct engine *e, struct rulebook *book, uint32_t index, day_no day,
	bool explain, struct arena *ar, struct partner_score *ret, day_no *ret_next)
{
	const struct partner *p = e->partners[index];
	size_t n = book->edition->n_areas;
	struct asked q = { .e = e,
		.book = book,
		.index = index,
		.explain = explain,
		.ar = ar,
		.next = DAY_NEVER };
	struct area_score *areas = arena_alloc(ar, n * sizeof *areas);
	int rc;

	q.last = arena_alloc(ar, n * sizeof *q.last);
	q.fixed = arena_alloc(ar, n * sizeof *q.fixed);
	q.status = arena_alloc(ar, n);
	if (areas == NULL || q.last == NULL || q.fixed == NULL || q.status == NULL)
		return ERR_NOMEM;
	memset(q.status, 0, n);
	q.live = day == e->day && book == e->book && p->touched == 0 && p->derived != NULL;
	rc = q.live ? view_live(&q) : view_aside(&q, day);
	q.view.status = q.status;
	if (rc == 0)
		q.view.asks_less = renewals_asking_less(e, book->edition, p, day);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = area_fill(&q, i, &areas[i]);
	cells_fini(&q.cells, &e->a);
	if (rc != 0)
		return rc;
	if (ret_next != NULL)
		*ret_next = q.next < q.view.next_attested ? q.next : q.view.next_attested;
	*ret = (struct partner_score){ .partner = partner_id(e, index),
		.edition = book->edition,
		.day = day,
		.reference_month = month_shown(&q),
		.n_areas = n,
		.areas = areas };
	return 0;
}

static uint32_t find_partner(const struct engine *e, struct str partner)
{
	uint32_t index = intern_find(e->partner_ids, partner);

	return index == INTERN_NONE || !e->partners[index]->told || partner_is_location(e, index)
		       ? NONE
		       : index;
}

static struct rulebook *book_of_day(struct engine *e, day_no day)
{
	return day == e->day || day == DAY_NONE ? e->book : calendar_on(e, day);
}

int engine_score(struct engine *e, struct str partner, day_no day, bool explain, struct arena *ar,
	struct partner_score *ret_score)
{
	uint32_t index = find_partner(e, partner);

	if (day == DAY_NONE)
		day = e->day;
	return index == NONE ? ERR_NOTFOUND
			     : score_index(e, book_of_day(e, day), index, day, explain, ar,
				       ret_score, NULL);
}

int engine_book_create(struct engine *e, const struct edition *edition, struct rulebook **ret_book)
{
	return rulebook_create(&e->a, edition, ret_book);
}

void engine_book_destroy(struct engine *e, struct rulebook *book)
{
	rulebook_destroy(&e->a, book);
}

int engine_score_by(struct engine *e, struct rulebook *book, struct str partner, day_no day,
	bool explain, struct arena *ar, struct partner_score *ret_score)
{
	uint32_t index = find_partner(e, partner);

	if (day == DAY_NONE)
		day = e->day;
	return index == NONE ? ERR_NOTFOUND
			     : score_index(e, book, index, day, explain, ar, ret_score, NULL);
}

/* The scores that stand on the first days of spans. */
struct past_scores {
	struct partner_score *all;
	size_t n, cap;
	struct arena *ar;
};

static int one_more(struct past_scores *s, struct partner_score **ret)
{
	struct partner_score *more;
	size_t cap = s->cap == 0 ? 16 : s->cap * 2;

	if (s->n == s->cap) {
		more = arena_alloc(s->ar, cap * sizeof *more);
		if (more == NULL)
			return ERR_NOMEM;
		if (s->n > 0)
			memcpy(more, s->all, s->n * sizeof *more);
		s->all = more;
		s->cap = cap;
	}
	*ret = &s->all[s->n++];
	return 0;
}

int engine_history(struct engine *e, struct str partner, day_no from, day_no until,
	struct arena *ar, struct partner_score **ret_scores, size_t *ret_n)
{
	uint32_t index = find_partner(e, partner);
	struct past_scores s = { .ar = ar };
	day_no *turns;
	size_t n;
	int rc;

	if (index == NONE)
		return ERR_NOTFOUND;
	rc = past_turns(e, index, from, until, ar, &turns, &n);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		day_no end = i + 1 < n ? turns[i + 1] - 1 : until, day = turns[i], next;

		/* Points stand still until the next turn, statuses may not. */
		while (rc == 0 && day <= end) {
			struct partner_score *score;

			rc = one_more(&s, &score);
			if (rc == 0)
				rc = score_index(e, book_of_day(e, day), index, day, false, ar,
					score, &next);
			day = next > day ? next : end + 1;
		}
	}
	*ret_scores = s.all;
	*ret_n = s.n;
	return rc;
}

/* ---- lists ------------------------------------------------------------------------------------------------------ */

static bool is_before(const struct engine *e, uint32_t a, uint32_t b)
{
	const struct partner *p = e->partners[a], *q = e->partners[b];

	if (p->prefix[0] != q->prefix[0])
		return p->prefix[0] < q->prefix[0];
	return str_cmp(partner_id(e, a), partner_id(e, b)) < 0;
}

static bool index_less(const void *a, const void *b, void *ctx)
{
	return is_before(ctx, *(const uint32_t *)a, *(const uint32_t *)b);
}

/* Statuses are those of the last settle; a partner touched since is computed. */
static int partner_matches(struct engine *e, uint32_t index, struct str area,
	enum area_status status, struct arena *ar, bool *ret)
{
	const struct partner *p = e->partners[index];
	struct partner_score score;
	int rc = 0;

	bool live = p->touched == 0 && p->derived != NULL;

	*ret = false;
	if (!p->told || partner_is_location(e, index))
		return 0;
	if (!live)
		rc = score_index(e, e->book, index, e->day, false, ar, &score, NULL);
	for (size_t i = 0; rc == 0 && i < e->book->edition->n_areas; i++) {
		enum area_status s = live ? (enum area_status)p->derived->areas[i].status
					  : score.areas[i].status;

		if (area.n != 0 && !str_eq(area, e->book->edition->areas[i].id))
			continue;
		if (status == AREA_UNKNOWN || s == status)
			*ret = true;
	}
	return rc;
}

/* Keeps the smallest `limit` in a heap with the greatest on top. Sets *ret_more when one had to go. */
static void keep_smallest(const struct engine *e, uint32_t *heap, size_t *n, size_t limit,
	uint32_t index, bool *ret_more)
{
	void *ctx = (void *)(uintptr_t)e;
	size_t at;

	if (*n == limit) {
		*ret_more = true;
		if (limit == 0 || !is_before(e, index, heap[0]))
			return;
		heap[0] = index;
		heap_sift(heap, 0, *n, sizeof *heap, index_less, ctx);
		return;
	}
	for (at = (*n)++; at > 0 && is_before(e, heap[(at - 1) / 2], index); at = (at - 1) / 2)
		heap[at] = heap[(at - 1) / 2];
	heap[at] = index;
}

int engine_list(struct engine *e, struct str after, struct str area, enum area_status status,
	size_t limit, struct arena *ar, struct partner_score *ret_scores, size_t *ret_n,
	bool *ret_more)
{
	size_t room = limit < e->n_partners ? limit : e->n_partners, n = 0;
	uint32_t *heap = arena_alloc(ar, room * sizeof *heap + 1);
	bool more = false, matches;
	int rc = heap == NULL ? ERR_NOMEM : 0;

	for (uint32_t i = 0; rc == 0 && i < e->n_partners; i++) {
		if (after.n != 0 && str_cmp(partner_id(e, i), after) <= 0)
			continue;
		rc = partner_matches(e, i, area, status, ar, &matches);
		if (rc == 0 && matches)
			keep_smallest(e, heap, &n, room, i, &more);
	}
	if (rc != 0)
		return rc;
	heap_sort(heap, n, sizeof *heap, index_less, (void *)(uintptr_t)e);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = score_index(e, e->book, heap[i], e->day, false, ar, &ret_scores[i], NULL);
	if (rc != 0)
		return rc;
	*ret_n = n;
	*ret_more = more;
	return 0;
}
