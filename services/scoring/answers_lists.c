/* Answers about many partners, and about many days of one. */
#include "services/scoring/answers.h"
#include "services/scoring/area_find.h"

/* A page ends before it would not fit a frame; what a standing takes besides its texts is less than this. */
#define PAGE_BYTES_MAX (WIRE_BODY_MAX / 2)
#define STANDING_BYTES 96

/* The standings of a score: of all areas, or of the one of that id. */
static int standings_of(const struct partner_score *from, struct str only, struct arena *ar,
	const struct wire_area_standing **ret_areas, size_t *ret_n)
{
	struct wire_area_standing *areas = arena_alloc(ar, from->n_areas * sizeof *areas);
	size_t n = 0;

	if (areas == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < from->n_areas; i++)
		if (only.n == 0 || str_eq(only, from->areas[i].area->id))
			areas[n++] = standing_of_score(&from->areas[i]);
	*ret_areas = areas;
	*ret_n = n;
	return 0;
}

static size_t bytes_of(const struct wire_area_standing *areas, size_t n)
{
	size_t bytes = 0;

	for (size_t i = 0; i < n; i++)
		bytes += STANDING_BYTES + areas[i].area.n + areas[i].track.n;
	return bytes;
}

/* ---- partners --------------------------------------------------------------------------------------------- */

static size_t limit_of(uint32_t asked)
{
	return asked == 0		    ? PARTNERS_LIMIT_DEFAULT
	       : asked > PARTNERS_LIMIT_MAX ? PARTNERS_LIMIT_MAX
					    : asked;
}

static int list(struct engine *e, const struct frame *query, struct str area, struct arena *ar,
	struct frame *ret)
{
	size_t limit = limit_of(query->u.partners_query.limit), n = 0, bytes = 0;
	struct partner_score *scores = arena_alloc(ar, limit * sizeof *scores);
	struct wire_partner_standing *partners = arena_alloc(ar, limit * sizeof *partners);
	bool more = false;
	size_t i = 0;
	int rc;

	if (scores == NULL || partners == NULL)
		return ERR_NOMEM;
	rc = engine_list(e, query->u.partners_query.after, area, query->u.partners_query.status,
		limit, ar, scores, &n, &more);
	for (; rc == 0 && i < n && (i == 0 || bytes < PAGE_BYTES_MAX); i++) {
		partners[i].partner = scores[i].partner;
		rc = standings_of(&scores[i], area, ar, &partners[i].areas, &partners[i].n_areas);
		bytes += bytes_of(partners[i].areas, partners[i].n_areas);
	}
	ret->u.partners_answer.n_partners = i;
	ret->u.partners_answer.partners = partners;
	ret->u.partners_answer.more = more || i < n;
	return rc;
}

int answer_partners(struct engine *e, const struct frame *query,
	const struct wire_freshness *freshness, struct arena *ar, struct frame *ret_frame,
	struct err *err)
{
	struct str name = query->u.partners_query.area, area = { "", 0 };
	struct frame answer = { .kind = FRAME_PARTNERS_ANSWER };
	const struct area *only;
	int rc;

	if (name.n > 0) {
		only = area_find(engine_edition(e), name);
		if (only == NULL)
			return area_unknown(engine_edition(e), name, err);
		area = only->id;
	}
	rc = list(e, query, area, ar, &answer);
	if (rc != 0)
		return rc;
	answer.u.partners_answer.request = query->u.partners_query.request;
	answer.u.partners_answer.freshness = *freshness;
	*ret_frame = answer;
	return 0;
}

/* ---- history ---------------------------------------------------------------------------------------------- */

/* The id of the area in any of the editions of the scores; of the last one that has none is what the error speaks of. */
static int area_in_any(const struct partner_score *scores, size_t n, struct str name,
	struct str *ret_id, struct err *err)
{
	const struct area *found = NULL;

	*ret_id = (struct str){ "", 0 };
	if (name.n == 0 || n == 0)
		return 0;
	for (size_t i = n; found == NULL && i-- > 0;)
		if (i + 1 == n || scores[i].edition != scores[i + 1].edition)
			found = area_find(scores[i].edition, name);
	if (found == NULL)
		return area_unknown(scores[n - 1].edition, name, err);
	*ret_id = found->id;
	return 0;
}

/* As many of the scores as an answer may carry. */
static int spans_of(const struct partner_score *scores, size_t n, struct str area, struct arena *ar,
	struct frame *ret)
{
	struct wire_history_span *spans = arena_alloc(ar, n * sizeof *spans);
	size_t i = 0, bytes = 0;
	int rc = spans == NULL ? ERR_NOMEM : 0;

	for (; rc == 0 && i < n && i < WIRE_SPANS_MAX && (i == 0 || bytes < PAGE_BYTES_MAX); i++) {
		spans[i].from = scores[i].day;
		spans[i].edition = scores[i].edition->id;
		rc = standings_of(&scores[i], area, ar, &spans[i].areas, &spans[i].n_areas);
		bytes += bytes_of(spans[i].areas, spans[i].n_areas);
	}
	if (i < n)
		ret->u.history_answer.until = scores[i].day - 1;
	ret->u.history_answer.n_spans = i;
	ret->u.history_answer.spans = spans;
	return rc;
}

int answer_history(struct engine *e, const struct frame *query,
	const struct wire_freshness *freshness, struct arena *ar, struct frame *ret_frame,
	struct err *err)
{
	day_no from = query->u.history_query.from, until = query->u.history_query.until;
	struct frame answer = { .kind = FRAME_HISTORY_ANSWER };
	struct partner_score *scores;
	struct str area;
	size_t n;
	int rc;

	if (!day_is_valid(from) || !day_is_valid(until) || until < from)
		return ERR_RANGE;
	if (until - from >= HISTORY_DAYS_MAX)
		until = from + HISTORY_DAYS_MAX - 1;
	answer.u.history_answer.until = until;
	rc = engine_history(e, query->u.history_query.partner, from, until, ar, &scores, &n);
	if (rc == 0)
		rc = area_in_any(scores, n, query->u.history_query.area, &area, err);
	if (rc == 0)
		rc = spans_of(scores, n, area, ar, &answer);
	if (rc != 0)
		return rc;
	answer.u.history_answer.request = query->u.history_query.request;
	answer.u.history_answer.freshness = *freshness;
	answer.u.history_answer.partner = query->u.history_query.partner;
	*ret_frame = answer;
	return 0;
}
