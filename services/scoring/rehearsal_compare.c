#include "services/scoring/rehearsal_compare.h"

#include "common/base/err.h"
#include "services/scoring/answers.h"

#define CHANGE_BYTES 256 /* of a change besides its texts and metrics */
#define METRIC_BYTES 64

static const struct area *area_by_id(const struct edition *ed, struct str id)
{
	for (size_t i = 0; i < ed->n_areas; i++)
		if (str_eq(ed->areas[i].id, id))
			return &ed->areas[i];
	return NULL;
}

size_t rehearsal_pairs(
	const struct edition *now, const struct edition *then, struct rehearsed_pair *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < then->n_areas; i++)
		ret[n++] = (struct rehearsed_pair){ area_by_id(now, then->areas[i].id),
			&then->areas[i] };
	for (size_t i = 0; i < now->n_areas; i++)
		if (area_by_id(then, now->areas[i].id) == NULL)
			ret[n++] = (struct rehearsed_pair){ &now->areas[i], NULL };
	return n;
}

static const struct area_score *score_of(const struct partner_score *s, const struct area *area)
{
	return area == NULL ? NULL : &s->areas[area - s->edition->areas];
}

/* ---- outcomes --------------------------------------------------------------------------------------------- */

static bool is_held(const struct area_score *a)
{
	return a != NULL && (a->status == AREA_QUALIFIED || a->status == AREA_ENROLLED ||
				    a->status == AREA_RENEWAL_DUE);
}

static enum wire_outcome outcome_of(const struct area_score *now, const struct area_score *then)
{
	bool held = is_held(now), will_be = is_held(then);

	if (held != will_be)
		return will_be ? OUTCOME_GAINS : OUTCOME_LOSES;
	if (held && now->qualifies != then->qualifies)
		return then->qualifies ? OUTCOME_SAVED : OUTCOME_ENDANGERED;
	if (now != NULL && then != NULL && !str_eq(now->track->id, then->track->id))
		return OUTCOME_TRACK;
	return OUTCOME_UNCHANGED;
}

/* ---- metrics ---------------------------------------------------------------------------------------------- */

static const struct metric_score *metric_by_id(const struct area_score *a, struct str id)
{
	for (size_t i = 0; a != NULL && i < a->n_metrics; i++)
		if (str_eq(a->metrics[i].metric->id, id))
			return &a->metrics[i];
	return NULL;
}

/* Adds a metric unless both have it with the same points of the same maximum. */
static void add_metric(const struct metric_score *now, const struct metric_score *then,
	struct wire_rehearsed_metric *list, size_t *n)
{
	struct wire_rehearsed_metric m = { .before = RATIO_ZERO, .after = RATIO_ZERO };

	if (now != NULL && then != NULL && ratio_eq(now->points, then->points) &&
		now->metric->maximum == then->metric->maximum)
		return;
	if (now != NULL) {
		m.metric = now->metric->id;
		m.before = now->points;
		m.maximum_before = now->metric->maximum;
	}
	if (then != NULL) {
		m.metric = then->metric->id;
		m.after = then->points;
		m.maximum_after = then->metric->maximum;
	}
	list[(*n)++] = m;
}

static int metrics_of(const struct area_score *now, const struct area_score *then, struct arena *ar,
	struct wire_rehearsed_change *ret)
{
	struct wire_rehearsed_metric *list = arena_alloc(ar, 2 * AREA_METRICS_MAX * sizeof *list);

	if (list == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; then != NULL && i < then->n_metrics; i++)
		add_metric(metric_by_id(now, then->metrics[i].metric->id), &then->metrics[i], list,
			&ret->n_metrics);
	for (size_t i = 0; now != NULL && i < now->n_metrics; i++)
		if (metric_by_id(then, now->metrics[i].metric->id) == NULL)
			add_metric(&now->metrics[i], NULL, list, &ret->n_metrics);
	ret->metrics = list;
	return 0;
}

/* ---- partners --------------------------------------------------------------------------------------------- */

static int standing_in(
	const struct area_score *a, struct arena *ar, const struct wire_area_standing **ret)
{
	struct wire_area_standing *s;

	*ret = NULL;
	if (a == NULL)
		return 0;
	s = arena_alloc(ar, sizeof *s);
	if (s == NULL)
		return ERR_NOMEM;
	*s = standing_of_score(a);
	*ret = s;
	return 0;
}

static int change_of(const struct area_score *now, const struct area_score *then,
	enum wire_outcome outcome, struct arena *ar, struct wire_rehearsed_change *ret)
{
	const struct area *area = then != NULL ? then->area : now->area;
	int rc;

	*ret = (struct wire_rehearsed_change){
		.outcome = outcome, .area = area->id, .name = area->name
	};
	rc = standing_in(now, ar, &ret->before);
	if (rc == 0)
		rc = standing_in(then, ar, &ret->after);
	return rc == 0 ? metrics_of(now, then, ar, ret) : rc;
}

int rehearsal_compare(const struct partner_score *now, const struct partner_score *then,
	const struct rehearsed_pair *pairs, size_t n_pairs, struct wire_rehearsed_area *tally,
	struct arena *ar, struct wire_rehearsed_partner *ret, size_t *ret_bytes)
{
	struct wire_rehearsed_change *changes = NULL;
	int rc = 0;

	*ret = (struct wire_rehearsed_partner){ .partner = now->partner };
	*ret_bytes = now->partner.n + CHANGE_BYTES;
	for (size_t i = 0; rc == 0 && i < n_pairs; i++) {
		const struct area_score *before = score_of(now, pairs[i].now),
					*after = score_of(then, pairs[i].then);
		enum wire_outcome outcome = outcome_of(before, after);

		tally[i].n[outcome]++;
		if (outcome == OUTCOME_UNCHANGED)
			continue;
		if (changes == NULL &&
			(changes = arena_alloc(ar, n_pairs * sizeof *changes)) == NULL)
			return ERR_NOMEM;
		rc = change_of(before, after, outcome, ar, &changes[ret->n_changes]);
		*ret_bytes += CHANGE_BYTES + 3 * changes[ret->n_changes].area.n +
			      changes[ret->n_changes].name.n +
			      changes[ret->n_changes].n_metrics * METRIC_BYTES;
		ret->n_changes++;
	}
	ret->changes = changes;
	return rc;
}
