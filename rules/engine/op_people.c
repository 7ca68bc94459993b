/* People by steps of certificates. State: how many people of the partner satisfy each predicate, kept in
 * partner.counts by people.c. */
#include "rules/engine/explain.h"

/* Steps are gates in order: a step earns only while every step before it has the people it asks for. */
static struct ratio people_points(
	const struct op *op, const struct op_state *states, const uint32_t *counts)
{
	struct ratio sum = RATIO_ZERO;

	(void)states;
	for (size_t i = 0; i < op->rule->u.people.n_steps; i++) {
		const struct people_step *s = &op->rule->u.people.steps[i];

		sum = ratio_add(
			sum, points_capped(s->points_each, counts[op->preds[i]], s->points_max));
		if (counts[op->preds[i]] < s->min_people)
			break;
	}
	return ratio_min(sum, ratio_int(op->maximum));
}

/* ---- explanation ------------------------------------------------------------------------------------------------ */

/* How far a person is from satisfying a predicate: certificates missing from the set that lacks least. */
static unsigned missing(const struct people_predicate *p, const struct cert_set *active,
	unsigned *ret_last, unsigned *ret_size)
{
	unsigned fewest = EDITION_CERTIFICATES_MAX + 1;

	for (size_t k = 0; k < p->n_any; k++) {
		unsigned n = 0, size = 0, last = 0;

		for (unsigned w = 0; w < ARRAY_LEN(active->bits); w++) {
			uint64_t lacks = p->any[k].bits[w] & ~active->bits[w];

			size += (unsigned)__builtin_popcountll(p->any[k].bits[w]);
			n += (unsigned)__builtin_popcountll(lacks);
			if (lacks != 0)
				last = w * 64 + 63 - (unsigned)__builtin_clzll(lacks);
		}
		/* Of equals the larger set: more of it is held already. */
		if (n < fewest || (n == fewest && size > *ret_size)) {
			fewest = n;
			*ret_last = last;
			*ret_size = size;
		}
	}
	return fewest;
}

/* "Azure Administrator; Windows Server": the steps a person satisfies. Empty when none. */
static struct str steps_held(
	struct explainer *x, const struct metric_rule *r, const struct cert_set *active)
{
	char buf[512];
	struct sink s;

	sink_init(&s, buf, sizeof buf);
	for (size_t i = 0; i < r->u.people.n_steps; i++)
		if (predicate_holds(&r->u.people.steps[i].holds, active))
			sink_printf(&s, "%s" STR_FMT, s.len == 0 ? "" : "; ",
				STR_ARG(r->u.people.steps[i].name));
	return s.len == 0 ? (struct str){ "", 0 } : explain_text(x, "%s", buf);
}

static bool has_report_of(const struct person *p, unsigned certificate)
{
	for (size_t i = 0; i < p->n_reports; i++)
		if (p->reports[i].certificate == (int)certificate && !p->reports[i].stamp.retracted)
			return true;
	return false;
}

/* The step that a person lacks one certificate for, and would mend with the least: one whose other certificates are
 * held before one whose only certificate has lapsed, before one whose only certificate was never held. */
static bool nearly(const struct metric_rule *r, const struct person *p,
	const struct cert_set *active, struct candidate *c)
{
	bool found = false;

	for (size_t i = 0; i < r->u.people.n_steps; i++) {
		unsigned last = 0, size = 0;
		int distance;

		if (missing(&r->u.people.steps[i].holds, active, &last, &size) != 1)
			continue;
		distance = has_report_of(p, last) ? 1 : size > 1 ? 0 : 2;
		if (found && distance >= c->distance)
			continue;
		found = true;
		c->distance = distance;
		c->index = last;
		c->month = (month_no)i; /* the step */
	}
	return found;
}

struct people_lists {
	struct candidate *counted, *nearly;
	struct cert_set *held; /* of counted[i].index */
	size_t n_counted, n_nearly;
};

static void sort_out(struct explainer *x, const struct metric_rule *r, struct people_lists *l)
{
	const struct engine *e = x->e;
	uint32_t at = x->view->partner->first_person;

	for (; at != NONE; at = e->people[at]->next) {
		const struct person *p = e->people[at];
		struct candidate c = { .id = person_id(e, at) };
		struct cert_set active;
		bool any = false;
		day_no next;

		person_active(e, p, x->view->day, &active, &next);
		for (size_t i = 0; i < r->u.people.n_steps && !any; i++)
			any = predicate_holds(&r->u.people.steps[i].holds, &active);
		if (any) {
			c.index = (uint32_t)l->n_counted;
			l->held[l->n_counted] = active;
			l->counted[l->n_counted++] = c;
		}
		if (nearly(r, p, &active, &c))
			l->nearly[l->n_nearly++] = c;
	}
}

static size_t people_of(const struct explainer *x)
{
	size_t n = 0;

	for (uint32_t at = x->view->partner->first_person; at != NONE; at = x->e->people[at]->next)
		n++;
	return n;
}

static void lists(struct explainer *x, const struct metric_rule *r, struct metric_score *ret)
{
	size_t n = people_of(x);
	struct people_lists l = { explain_array(x, n, sizeof *l.counted),
		explain_array(x, n, sizeof *l.nearly), explain_array(x, n, sizeof *l.held), 0, 0 };
	struct explained_item *counted, *near;

	if (x->failed)
		return;
	sort_out(x, r, &l);
	candidates_sort(l.counted, l.n_counted, false);
	candidates_sort(l.nearly, l.n_nearly, true);
	counted = explain_array(
		x, l.n_counted < COUNTED_MAX ? l.n_counted : COUNTED_MAX, sizeof *counted);
	near = explain_array(x, l.n_nearly < NEARLY_MAX ? l.n_nearly : NEARLY_MAX, sizeof *near);
	for (size_t i = 0; !x->failed && i < l.n_counted && i < COUNTED_MAX; i++, ret->n_counted++)
		counted[i] = (struct explained_item){ l.counted[i].id,
			steps_held(x, r, &l.held[l.counted[i].index]) };
	for (size_t i = 0; !x->failed && i < l.n_nearly && i < NEARLY_MAX; i++, ret->n_nearly++) {
		const struct certificate *c = &x->e->edition->certificates[l.nearly[i].index];

		near[i] = (struct explained_item){ l.nearly[i].id,
			explain_text(x, "lacks " STR_FMT " for " STR_FMT "%s", STR_ARG(c->code),
				STR_ARG(r->u.people.steps[l.nearly[i].month].name),
				l.nearly[i].distance == 1 ? " (lapsed or not yet earned)" : "") };
	}
	ret->counted = counted;
	ret->counted_total = l.n_counted;
	ret->nearly = near;
	ret->nearly_total = l.n_nearly;
}

static void people_explain(struct explainer *x, const struct op *op, struct metric_score *ret)
{
	const struct metric_rule *r = &x->metric->rule;
	struct explained_condition *c = explain_array(x, r->u.people.n_steps, sizeof *c);
	const struct people_step *closed = NULL;
	char text[768], each[RATIO_TEXT], max[RATIO_TEXT];
	struct sink s;

	if (x->failed)
		return;
	sink_init(&s, text, sizeof text);
	for (size_t i = 0; i < r->u.people.n_steps; i++) {
		const struct people_step *step = &r->u.people.steps[i];
		uint32_t n = x->view->counts[op->preds[i]];

		c[i].name = step->name;
		c[i].actual = explain_text(x, "%u", n);
		c[i].met = step->min_people > 0 ? n >= step->min_people : n > 0;
		if (ratio_is_zero(step->points_each))
			c[i].expected = explain_text(x, "at least %u", step->min_people);
		else
			c[i].expected = explain_text(x, "at least %u; %s points each, at most %s",
				step->min_people > 0 ? step->min_people : 1,
				ratio_format(step->points_each, each),
				ratio_format(step->points_max, max));
		sink_printf(&s, "%s" STR_FMT ": %u", i == 0 ? "" : ", ", STR_ARG(step->name), n);
		if (step->min_people > 0)
			sink_printf(&s, " of %u needed", step->min_people);
		if (closed == NULL && n < step->min_people && i + 1 < r->u.people.n_steps)
			closed = step;
	}
	ret->conditions = c;
	ret->n_conditions = r->u.people.n_steps;
	ret->sentence = explain_text(x, "people by step: %s", text);
	if (closed != NULL)
		ret->sentence = explain_text(x,
			"too few people for \"" STR_FMT
			"\", so the steps after it earn nothing; " STR_FMT,
			STR_ARG(closed->name), STR_ARG(ret->sentence));
	lists(x, r, ret);
}

const struct op_kind op_people = { NULL, NULL, people_points, people_explain };
