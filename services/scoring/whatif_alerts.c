#include "services/scoring/whatif_alerts.h"

#include "services/notification/notification_core.h"

static const struct area_score *area_in(const struct partner_score *s, struct str id)
{
	for (size_t i = 0; s != NULL && i < s->n_areas; i++)
		if (str_eq(s->areas[i].area->id, id))
			return &s->areas[i];
	return NULL;
}

static struct ratio points_in(const struct area_score *a, struct str metric)
{
	for (size_t i = 0; a != NULL && i < a->n_metrics; i++)
		if (str_eq(a->metrics[i].metric->id, metric))
			return a->metrics[i].points;
	return RATIO_ZERO;
}

/* The shape of an area as it came out. */
static int shape_of(const struct edition *ed, const struct area_score *a, struct arena *ar,
	struct area_shape *ret)
{
	struct str *metrics = arena_alloc(ar, a->n_metrics * sizeof *metrics);
	uint32_t *maximum = arena_alloc(ar, a->n_metrics * sizeof *maximum);
	bool points = a->area->form == AREA_OF_METRICS;

	if (metrics == NULL || maximum == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < a->n_metrics; i++) {
		metrics[i] = a->metrics[i].metric->id;
		maximum[i] = a->metrics[i].metric->maximum;
	}
	*ret = (struct area_shape){ .area = a->area->id,
		.track = a->track->id,
		.edition = ed->id,
		.n_metrics = (uint32_t)a->n_metrics,
		.metrics = metrics,
		.maximum = maximum,
		.qualifies_at = points ? (uint32_t)ed->qualifies_at.num : (uint32_t)a->n_metrics,
		.conditions = !points };
	return 0;
}

/* From nothing to `from`, or from there to `to`; of an area that the step before has not, all points come from zero. */
static int change_of(const struct edition *ed, const struct area_score *from,
	const struct area_score *to, struct arena *ar, struct area_change *ret)
{
	struct area_shape *shape = arena_alloc(ar, sizeof *shape);
	struct ratio *points = arena_alloc(ar, 2 * to->n_metrics * sizeof *points);
	int rc = shape == NULL || points == NULL ? ERR_NOMEM : shape_of(ed, to, ar, shape);

	if (rc != 0)
		return rc;
	for (size_t i = 0; i < to->n_metrics; i++) {
		points[i] = points_in(from, to->metrics[i].metric->id);
		points[to->n_metrics + i] = to->metrics[i].points;
	}
	*ret = (struct area_change){ .shape = shape,
		.before = points,
		.after = points + to->n_metrics,
		.status_before = from != NULL ? from->status : AREA_UNKNOWN,
		.status_after = to->status,
		.track_before = from != NULL ? from->track->id : to->track->id };
	return 0;
}

struct step {
	struct area_change changes[EDITION_AREAS_MAX];
	size_t n;
};

static int step_of(const struct partner_score *from, const struct partner_score *to,
	struct str only, struct arena *ar, struct step *ret)
{
	int rc = 0;

	ret->n = 0;
	for (size_t i = 0; rc == 0 && to != NULL && i < to->n_areas; i++) {
		const struct area_score *a = &to->areas[i];

		if (only.n == 0 || str_eq(only, a->area->id))
			rc = change_of(to->edition, area_in(from, a->area->id), a, ar,
				&ret->changes[ret->n++]);
	}
	return rc;
}

static int run(struct notification *n, const struct step *s, const struct partner_score *score,
	const struct alert **ret_alerts, size_t *ret_n)
{
	struct score_change change = {
		.partner = score->partner, .n_areas = s->n, .areas = s->changes
	};
	struct score_batch batch = { .n_changes = 1, .changes = &change, .day = score->day };

	return notification_step(n, &batch, 0, ret_alerts, ret_n);
}

static int keep(const struct alert *alerts, size_t n, struct arena *ar,
	const struct wire_simulated_alert **ret_alerts, size_t *ret_n)
{
	struct wire_simulated_alert *list;

	if (n > WIRE_SIMULATED_ALERTS)
		n = WIRE_SIMULATED_ALERTS;
	list = arena_alloc(ar, n * sizeof *list + 1);
	if (list == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++) {
		size_t length = strlen(alerts[i].text);
		char *copy = arena_alloc(ar, length + 1);

		if (copy == NULL)
			return ERR_NOMEM;
		memcpy(copy, alerts[i].text, length + 1);
		list[i] = (struct wire_simulated_alert){ alerts[i].kind, alerts[i].reason,
			alerts[i].severity, alerts[i].area, { copy, length } };
	}
	*ret_alerts = list;
	*ret_n = n;
	return 0;
}

int whatif_alerts(const struct partner_score *before, const struct partner_score *after,
	struct str only, struct arena *ar, const struct wire_simulated_alert **ret_alerts,
	size_t *ret_n)
{
	struct notification_options options = NOTIFICATION_DEFAULTS(1);
	struct notification *n = NULL;
	const struct alert *alerts;
	struct step *steps;
	size_t n_alerts = 0;
	int rc;

	*ret_n = 0;
	if (after == NULL)
		return 0;
	steps = arena_alloc(ar, 2 * sizeof *steps);
	rc = steps == NULL ? ERR_NOMEM : step_of(NULL, before, only, ar, &steps[0]);
	if (rc == 0)
		rc = step_of(before, after, only, ar, &steps[1]);
	if (rc == 0)
		rc = notification_create(&mem_heap, &options, &n);
	/* What is told already on the way to `before` is not told again. */
	if (rc == 0 && before != NULL)
		rc = run(n, &steps[0], before, &alerts, &n_alerts);
	if (rc == 0)
		rc = run(n, &steps[1], after, &alerts, &n_alerts);
	if (rc == 0)
		rc = keep(alerts, n_alerts, ar, ret_alerts, ret_n);
	notification_destroy(n);
	return rc;
}
