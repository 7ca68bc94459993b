/* Why a metric of people has its points: who counts, and who lacks a single certificate. */
#include "rules/engine/explain.h"

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

static bool has_report_of(struct explainer *x, const struct person *p, unsigned certificate)
{
	int index;

	for (size_t i = 0; i < p->n_reports; i++) {
		if (rulebook_certificate(x->e, x->view->book, p->reports[i].name, &index) != 0)
			x->failed = true;
		else if (index == (int)certificate && !p->reports[i].stamp.retracted)
			return true;
	}
	return false;
}

/* The step that a person lacks one certificate for, and would mend with the least: one whose other certificates are
 * held before one whose only certificate has lapsed, before one whose only certificate was never held. */
static bool nearly(struct explainer *x, const struct metric_rule *r, const struct person *p,
	const struct cert_set *active, struct candidate *c)
{
	bool found = false;

	for (size_t i = 0; i < r->u.people.n_steps; i++) {
		unsigned last = 0, size = 0;
		int distance;

		if (missing(&r->u.people.steps[i].holds, active, &last, &size) != 1)
			continue;
		distance = has_report_of(x, p, last) ? 1 : size > 1 ? 0 : 2;
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

static void sort_out_one(
	struct explainer *x, const struct metric_rule *r, uint32_t at, struct people_lists *l)
{
	const struct person *p = x->e->people[at];
	struct candidate c = { .id = person_id(x->e, at) };
	struct cert_set active;
	bool any = false;
	day_no next;

	if (person_active(x->e, x->view->book, p, x->view->day, &active, &next) != 0)
		x->failed = true;
	for (size_t i = 0; i < r->u.people.n_steps && !any; i++)
		any = predicate_holds(&r->u.people.steps[i].holds, &active);
	if (any) {
		c.index = (uint32_t)l->n_counted;
		l->held[l->n_counted] = active;
		l->counted[l->n_counted++] = c;
	}
	if (nearly(x, r, p, &active, &c))
		l->nearly[l->n_nearly++] = c;
}

static void sort_out(struct explainer *x, const struct metric_rule *r, struct people_lists *l)
{
	uint32_t partner = x->view->index;

	for (uint32_t s = partner; s != NONE; s = subject_next(x->e, partner, s))
		for (uint32_t at = x->e->partners[s]->first_person; at != NONE && !x->failed;
			at = x->e->people[at]->next)
			sort_out_one(x, r, at, l);
}

static size_t people_of(const struct explainer *x)
{
	uint32_t partner = x->view->index;
	size_t n = 0;

	for (uint32_t s = partner; s != NONE; s = subject_next(x->e, partner, s))
		for (uint32_t at = x->e->partners[s]->first_person; at != NONE;
			at = x->e->people[at]->next)
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
		const struct certificate *c =
			&x->view->book->edition->certificates[l.nearly[i].index];

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

/* "AZ-104 or AZ-800 and AZ-801": the certificates of a predicate by their codes. */
static struct str predicate_text(struct explainer *x, const struct people_predicate *p)
{
	const struct edition *ed = x->view->book->edition;
	char buf[512];
	struct sink s;

	sink_init(&s, buf, sizeof buf);
	for (size_t k = 0; k < p->n_any; k++) {
		const char *between = k == 0 ? "" : " or ";

		for (size_t i = 0; i < ed->n_certificates; i++)
			if ((p->any[k].bits[i / 64] >> (i % 64) & 1) != 0) {
				sink_printf(&s, "%s" STR_FMT, between,
					STR_ARG(ed->certificates[i].code));
				between = " and ";
			}
	}
	return explain_text(x, "%s", buf);
}

static struct str step_wanted(struct explainer *x, const struct people_step *step)
{
	char each[RATIO_TEXT], max[RATIO_TEXT];

	if (ratio_is_zero(step->points_each))
		return explain_text(x, "at least %u", step->min_people);
	return explain_text(x, "at least %u; %s points each, at most %s",
		step->min_people > 0 ? step->min_people : 1, ratio_format(step->points_each, each),
		ratio_format(step->points_max, max));
}

void people_explain(struct explainer *x, const struct op *op, struct metric_score *ret)
{
	/* Metrics that share an operator have steps of the same meaning and names of their own. */
	const struct metric_rule *r =
		x->metric->rule.kind == RULE_PEOPLE ? &x->metric->rule : op->rule;
	struct explained_condition *c = explain_conditions(x, ret, r->u.people.n_steps);
	const struct people_step *closed = NULL;
	char text[768];
	struct sink s;

	if (c == NULL)
		return;
	sink_init(&s, text, sizeof text);
	for (size_t i = 0; i < r->u.people.n_steps; i++) {
		const struct people_step *step = &r->u.people.steps[i];
		uint32_t n = x->view->counts[op->preds[i]];

		c[i].name = step->name;
		c[i].actual = explain_text(x, "%u", n);
		c[i].met = n >= (step->min_people > 0 ? step->min_people : 1) ? MET : MET_NOT;
		c[i].expected = step_wanted(x, step);
		sink_printf(&s, "%s" STR_FMT ": %u", i == 0 ? "" : ", ", STR_ARG(step->name), n);
		if (step->min_people > 0)
			sink_printf(&s, " of %u needed", step->min_people);
		if (closed == NULL && n < step->min_people && i + 1 < r->u.people.n_steps)
			closed = step;
	}
	ret->sentence = explain_text(x, "people by step: %s", text);
	if (closed != NULL)
		ret->sentence = explain_text(x,
			"too few people for \"" STR_FMT
			"\", so the steps after it earn nothing; " STR_FMT,
			STR_ARG(closed->name), STR_ARG(ret->sentence));
	lists(x, r, ret);
}

void hold_explain(struct explainer *x, const struct op *op, struct metric_score *ret)
{
	const struct people_step step = { .holds = op->rule->u.hold.holds,
		.name = predicate_text(x, &op->rule->u.hold.holds) };
	struct metric_rule as_steps = { .kind = RULE_PEOPLE };
	struct explained_condition *c = explain_conditions(x, ret, 1);
	uint32_t n = x->view->counts[op->preds[0]];

	if (c == NULL)
		return;
	c->name = explain_text(x, "people with " STR_FMT, STR_ARG(step.name));
	c->expected = explain_text(x, "at least %u", op->rule->u.hold.at_least);
	c->actual = explain_text(x, "%u", n);
	c->met = op->kind->met(op, x->view);
	ret->sentence = explain_text(x, "%u of %u people with " STR_FMT, n,
		op->rule->u.hold.at_least, STR_ARG(step.name));
	as_steps.u.people.n_steps = 1;
	as_steps.u.people.steps = &step;
	lists(x, &as_steps, ret);
}
