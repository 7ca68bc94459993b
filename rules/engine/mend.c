/* What mends an area: for each metric the least that, added to it alone, makes the area qualify; where no metric alone is
 * enough, a set of them together. Numbers of the operators are raised and the area is judged; more never gives less. */
#include "rules/engine/outlook_internal.h"

#include "common/base/err.h"
#include "common/base/event_fields.h"

#define PEOPLE_MAX 64
#define COUNT_MAX  256
#define USAGE_MAX  ((int64_t)1000000000 * 1000000) /* millionths */

/* A metric's operator that can be raised. */
struct lever {
	size_t metric;
	const struct op *op;
	enum addition_kind kind;
	int64_t max;
};
#define LEVERS_MAX (AREA_METRICS_MAX * EDITION_PARTS_MAX)

struct mending {
	const struct walk *w;
	size_t area;
	struct trial_view t;
	struct op_state *base; /* what levers are pulled from, and what there was */
	uint32_t *base_counts;
	const struct op_state *was;
	const uint32_t *was_counts;
	struct lever levers[LEVERS_MAX];
	size_t n_levers;
	struct addition *out;
	size_t n;
	uint32_t option;
};

/* ---- levers ------------------------------------------------------------------------------------------------------ */

static bool lever_of(const struct op *op, size_t metric, struct lever *ret)
{
	const struct op_kind *k = op->kind;

	*ret = (struct lever){ .metric = metric, .op = op };
	if (k == &op_people || k == &op_hold) {
		ret->kind = ADDITION_PEOPLE;
		ret->max = PEOPLE_MAX;
	} else if (k == &op_units) {
		ret->kind = ADDITION_UNITS;
		ret->max = COUNT_MAX;
	} else if (k == &op_products) {
		ret->kind = ADDITION_PRODUCTS;
		ret->max = COUNT_MAX;
	} else if (k == &op_growth || k == &op_level) {
		ret->kind = ADDITION_USAGE;
		ret->max = USAGE_MAX;
	} else if (k == &op_attested) {
		ret->kind = ADDITION_REQUIREMENT;
		ret->max = COUNT_MAX;
	}
	return ret->max > 0;
}

static void find_levers(struct mending *m, size_t track)
{
	const struct area *a = &m->w->book->edition->areas[m->area];
	const struct plan_track *pt = &m->w->book->plan.areas[m->area].tracks[track];

	for (size_t i = 0; i < a->n_metrics; i++)
		for (size_t k = 0; k < pt->metrics[i].n && m->n_levers < LEVERS_MAX; k++) {
			const struct op *op = &m->w->book->plan.ops[pt->metrics[i].ops[k]];

			m->n_levers += lever_of(op, i, &m->levers[m->n_levers]);
		}
}

/* One more person, where it helps first: at a gate that is closed, then where there is room for points. */
static void add_person(const struct op *op, uint32_t *counts)
{
	const struct people_step *s = op->rule->u.people.steps;
	size_t n = op->rule->u.people.n_steps;

	for (size_t i = 0; i < n; i++) {
		uint32_t *count = &counts[op->preds[i]];

		if (*count < s[i].min_people ||
			ratio_cmp(points_capped(s[i].points_each, *count, s[i].points_max),
				points_capped(s[i].points_each, (int128)*count + 1,
					s[i].points_max)) < 0) {
			*count += 1;
			return;
		}
	}
}

static uint32_t scale_of(const struct mending *m, const struct op *op)
{
	const struct metric_rule *r = op->rule;

	return m->w->book->edition
		->selections[op->kind == &op_growth ? r->u.growth.selection : r->u.level.selection]
		.scale;
}

static void pull(struct mending *m, const struct lever *l, int64_t k)
{
	const struct plan *plan = &m->w->book->plan;
	const struct op *op = l->op;

	memcpy(m->t.states, m->base, plan->n_states * sizeof *m->base);
	memcpy(m->t.counts, m->base_counts, plan->n_preds * sizeof *m->base_counts);
	if (op->kind == &op_people) {
		while (k-- > 0)
			add_person(op, m->t.counts);
	} else if (op->kind == &op_hold) {
		m->t.counts[op->preds[0]] += (uint32_t)k;
	} else if (l->kind == ADDITION_USAGE) {
		m->t.states[op->state].now += (int128)k * scale_of(m, op);
	} else {
		m->t.states[op->state].now += k;
	}
}

static void keep_pulled(struct mending *m)
{
	const struct plan *plan = &m->w->book->plan;

	memcpy(m->base, m->t.states, plan->n_states * sizeof *m->base);
	memcpy(m->base_counts, m->t.counts, plan->n_preds * sizeof *m->base_counts);
}

static void start_again(struct mending *m)
{
	const struct plan *plan = &m->w->book->plan;

	memcpy(m->base, m->was, plan->n_states * sizeof *m->base);
	memcpy(m->base_counts, m->was_counts, plan->n_preds * sizeof *m->base_counts);
}

/* ---- how far ----------------------------------------------------------------------------------------------------- */

/* What is aimed at: that the area qualifies, or that a metric has as many points. */
struct aim {
	bool area;
	size_t metric;
	struct ratio points; /* at least, and more than none */
};

static bool is_reached(const struct mending *m, const struct aim *aim)
{
	struct judged j;

	trial_judge(&m->t, m->area, &j);
	if (aim->area)
		return j.qualifies;
	return j.points[aim->metric].num > 0 && ratio_cmp(j.points[aim->metric], aim->points) >= 0;
}

/* Pulls a lever as little as reaches the aim, and leaves it so. False where nothing does. */
static bool pull_least(struct mending *m, const struct lever *l, const struct aim *aim)
{
	int64_t low = 0, high = 1;

	pull(m, l, l->max);
	if (!is_reached(m, aim))
		return false;
	for (pull(m, l, high); high < l->max && !is_reached(m, aim); pull(m, l, high)) {
		low = high;
		high = high * 2 < l->max ? high * 2 : l->max;
	}
	while (high - low > 1) {
		int64_t middle = low + (high - low) / 2;

		pull(m, l, middle);
		if (is_reached(m, aim))
			high = middle;
		else
			low = middle;
	}
	pull(m, l, high);
	return true;
}

/* ---- what was added ---------------------------------------------------------------------------------------------- */

static void put(struct mending *m, const struct lever *l, int64_t amount, struct str what)
{
	if (amount > 0 && m->n < OUTLOOK_ADDITIONS_MAX)
		m->out[m->n++] = (struct addition){ .option = m->option,
			.metric = (uint32_t)l->metric,
			.kind = l->kind,
			.amount = amount,
			.what = what };
}

static void put_people(struct mending *m, const struct lever *l)
{
	const struct metric_rule *r = l->op->rule;
	size_t n = l->op->kind == &op_people ? r->u.people.n_steps : 1;

	for (size_t i = 0; i < n; i++) {
		uint16_t pred = l->op->preds[i];
		bool again = false;

		for (size_t k = 0; k < i; k++)
			again |= l->op->preds[k] == pred;
		if (!again)
			put(m, l, (int64_t)m->t.counts[pred] - (int64_t)m->was_counts[pred],
				l->op->kind == &op_people ? r->u.people.steps[i].name
							  : (struct str){ "", 0 });
	}
}

/* The difference between what there is in the trial and what there was. */
static void put_lever(struct mending *m, const struct lever *l)
{
	const struct op *op = l->op;
	int128 more;

	if (l->kind == ADDITION_PEOPLE) {
		put_people(m, l);
		return;
	}
	more = m->t.states[op->state].now - m->was[op->state].now;
	if (l->kind == ADDITION_USAGE)
		more /= scale_of(m, op);
	put(m, l, (int64_t)more,
		op->kind == &op_attested ? str_from(enum_name(&attestation_kind_names,
						   (int)op->rule->u.attested.kind))
					 : (struct str){ "", 0 });
}

/* ---- areas of points --------------------------------------------------------------------------------------------- */

static bool by_one_metric(struct mending *m)
{
	const struct aim qualify = { .area = true };
	bool any = false;

	for (size_t i = 0; i < m->n_levers; i++) {
		if (!pull_least(m, &m->levers[i], &qualify))
			continue;
		m->option++;
		put_lever(m, &m->levers[i]);
		any = true;
	}
	return any;
}

/* Every metric without points gets its first ones. False where one cannot. */
static bool lift_from_zero(struct mending *m, const struct judged *j, bool *used)
{
	const struct area *a = &m->w->book->edition->areas[m->area];

	for (size_t i = 0; i < a->n_metrics; i++) {
		const struct aim some = { .metric = i, .points = RATIO_ZERO };
		size_t k = 0;

		if (j->points[i].num > 0)
			continue;
		while (k < m->n_levers &&
			(m->levers[k].metric != i || !pull_least(m, &m->levers[k], &some)))
			k++;
		if (k == m->n_levers)
			return false;
		used[k] = true;
		keep_pulled(m);
	}
	return true;
}

/* The lever, of those that were not pulled full, whose metric has the most room. */
static size_t most_room(const struct mending *m, const struct judged *j, const bool *full)
{
	const struct metric *all = m->w->book->edition->areas[m->area].tracks[j->track].metrics;
	size_t best = m->n_levers;
	struct ratio most = RATIO_ZERO;

	for (size_t i = 0; i < m->n_levers; i++) {
		size_t metric = m->levers[i].metric;
		struct ratio room =
			ratio_sub(ratio_int((int64_t)all[metric].maximum), j->points[metric]);

		if (!full[i] && ratio_cmp(room, most) > 0) {
			most = room;
			best = i;
		}
	}
	return best;
}

static void by_several(struct mending *m)
{
	const struct aim qualify = { .area = true };
	bool used[LEVERS_MAX] = { false }, full[LEVERS_MAX] = { false };
	struct judged j;

	trial_judge(&m->t, m->area, &j);
	if (!lift_from_zero(m, &j, used))
		return;
	for (;;) {
		size_t i;

		pull(m, &m->levers[0], 0);
		trial_judge(&m->t, m->area, &j);
		if (j.qualifies)
			break;
		i = most_room(m, &j, full);
		if (i == m->n_levers)
			return;
		used[i] = full[i] = true;
		if (pull_least(m, &m->levers[i], &qualify))
			break;
		pull(m, &m->levers[i], m->levers[i].max);
		trial_judge(&m->t, m->area, &j);
		if (pull_least(m, &m->levers[i],
			    &(struct aim){ .metric = m->levers[i].metric,
				    .points = j.points[m->levers[i].metric] }))
			keep_pulled(m);
	}
	m->option = 1;
	for (size_t i = 0; i < m->n_levers; i++)
		if (used[i])
			put_lever(m, &m->levers[i]);
}

/* ---- areas of requirements --------------------------------------------------------------------------------------- */

/* All that are not met are needed together. */
static void by_requirements(struct mending *m, const struct judged *j)
{
	const struct area *a = &m->w->book->edition->areas[m->area];

	m->option = 1;
	for (size_t i = 0; i < a->n_metrics; i++) {
		const struct aim met = { .metric = i, .points = ratio_int(1) };
		struct lever other = { .metric = i, .kind = ADDITION_REQUIREMENT };
		size_t k = 0;

		if (j->points[i].num > 0)
			continue;
		start_again(m);
		while (k < m->n_levers &&
			(m->levers[k].metric != i || !pull_least(m, &m->levers[k], &met)))
			k++;
		if (k < m->n_levers)
			put_lever(m, &m->levers[k]);
		else
			put(m, &other, 1, (struct str){ "", 0 });
	}
}

int mend_find(const struct walk *w, size_t area, struct arena *ar,
	struct addition ret[OUTLOOK_ADDITIONS_MAX], size_t *ret_n)
{
	struct mending *m = arena_alloc(ar, sizeof *m);
	struct trial_view was;
	struct judged j;
	int rc = m == NULL ? ERR_NOMEM : trial_begin(&was, w, ar);

	*ret_n = 0;
	if (rc != 0 || w->book->edition->areas[area].form == AREA_OF_AREAS)
		return rc;
	*m = (struct mending){ .w = w, .area = area, .out = ret };
	rc = trial_begin(&m->t, w, ar);
	m->base = arena_alloc(ar, w->book->plan.n_states * sizeof *m->base + 1);
	m->base_counts = arena_alloc(ar, w->book->plan.n_preds * sizeof *m->base_counts + 1);
	if (rc != 0 || m->base == NULL || m->base_counts == NULL)
		return ERR_NOMEM;
	m->was = was.states;
	m->was_counts = was.counts;
	start_again(m);
	trial_judge(&was, area, &j);
	find_levers(m, j.track);
	if (j.qualifies)
		return 0;
	if (w->book->edition->areas[area].form == AREA_OF_REQUIREMENTS)
		by_requirements(m, &j);
	else if (m->n_levers > 0 && !by_one_metric(m))
		by_several(m);
	*ret_n = m->n;
	return 0;
}
