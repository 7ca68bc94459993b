/* Why a requirement is met or not: each condition as a line, with what is expected and what there is. */
#include "rules/engine/explain.h"

#include "common/base/err.h"

static struct explained_condition *only(
	struct explainer *x, const struct op *op, struct metric_score *ret)
{
	struct explained_condition *c = explain_conditions(x, ret, 1);

	if (c != NULL)
		c->met = op->kind->met(op, x->view);
	return c;
}

/* "what: actual (wanted expected)" */
static void say(struct explainer *x, const struct explained_condition *c, struct metric_score *ret)
{
	ret->sentence = explain_text(x, STR_FMT ": " STR_FMT " (wanted: " STR_FMT ")",
		STR_ARG(c->name), STR_ARG(c->actual), STR_ARG(c->expected));
}

int explain_renewal(const struct renewal *r, struct arena *ar, struct metric_score *ret)
{
	struct explainer x = { .metric = ret->metric, .ar = ar };
	char on[DAY_TEXT], again[DAY_TEXT];

	ret->sentence = explain_text(&x,
		"not asked for in the renewal of %s (year %u), asked for again in that of %s (year "
		"%u). " STR_FMT,
		day_format(r->on, on), r->year, day_format(r->asked_on, again), r->year + 1,
		STR_ARG(ret->sentence));
	return x.failed ? ERR_NOMEM : 0;
}

void level_explain(struct explainer *x, const struct op *op, struct metric_score *ret)
{
	const struct metric_rule *r = op->rule;
	const struct op_state s = view_state(x->view, op);
	uint32_t scale = x->view->book->edition->selections[r->u.level.selection].scale;
	struct explained_condition *c = only(x, op, ret);
	char a[AMOUNT_TEXT], n[SPAN_TEXT];
	int128 shown = r->u.level.average ? s.now / (int128)r->u.level.months : s.now;

	if (c == NULL)
		return;
	c->name = explain_text(x, STR_FMT " %s %s",
		STR_ARG(x->view->book->edition->selections[r->u.level.selection].id),
		r->u.level.average ? "a month over" : "in",
		span_format(x->view->reference[op->clock], r->u.level.months, n));
	(void)selection_amount(
		x, r->u.level.selection, (int128)r->u.level.at_least_micro * scale, a);
	c->expected = r->u.level.customers == 0
			      ? explain_text(x, "at least %s", a)
			      : explain_text(x, "at least %s from at least %u customers", a,
					r->u.level.customers);
	c->actual = explain_text(x, "%s from %lld %s",
		selection_amount(x, r->u.level.selection, shown, a), (long long)s.base,
		s.base == 1 ? "customer" : "customers");
	say(x, c, ret);
}

void share_explain(struct explainer *x, const struct op *op, struct metric_score *ret)
{
	const struct metric_rule *r = op->rule;
	const struct op_state s = view_state(x->view, op);
	struct explained_condition *c = only(x, op, ret);
	char a[AMOUNT_TEXT], b[AMOUNT_TEXT], n[SPAN_TEXT];

	if (c == NULL)
		return;
	c->name = explain_text(x, STR_FMT " of " STR_FMT " in %s",
		STR_ARG(x->view->book->edition->selections[r->u.share.selection].id),
		STR_ARG(x->view->book->edition->selections[r->u.share.of_selection].id),
		span_format(x->view->reference[op->clock], r->u.share.months, n));
	c->expected = explain_text(x, "at least %u %%", r->u.share.percent);
	c->actual = explain_text(x, "%s of %s",
		selection_amount_bare(x, r->u.share.selection, s.now, a),
		selection_amount(x, r->u.share.of_selection, s.base, b));
	say(x, c, ret);
}

void segment_explain(struct explainer *x, const struct op *op, struct metric_score *ret)
{
	const struct op_state s = view_state(x->view, op);
	struct explained_condition *c = only(x, op, ret);
	char n[MONTH_TEXT];

	if (c == NULL)
		return;
	c->name = explain_text(x, "customers with usage in %s that are in the segment",
		month_format(x->view->reference[op->clock], n));
	c->expected = explain_text(x, "at least %u %%", op->rule->u.segment.percent);
	c->actual = explain_text(
		x, "%lld of %lld whose segment is known", (long long)s.now, (long long)s.base);
	say(x, c, ret);
}

static const char *attestation_name(enum attestation_kind k)
{
	static const char *const names[] = { [ATTEST_OFFER] = "offers published",
		[ATTEST_REFERENCE] = "references approved",
		[ATTEST_AUDIT] = "audits passed",
		[ATTEST_ENGAGEMENT] = "engagements committed",
		[ATTEST_DEPLOYMENT] = "deployments confirmed" };

	return k < ARRAY_LEN(names) && names[k] != NULL ? names[k] : "attestations";
}

void attested_explain(struct explainer *x, const struct op *op, struct metric_score *ret)
{
	const struct metric_rule *r = op->rule;
	struct explained_condition *c = only(x, op, ret);

	if (c == NULL)
		return;
	c->name = explain_text(x, "%s", attestation_name(r->u.attested.kind));
	c->expected = r->u.attested.within_months == 0
			      ? explain_text(x, "at least %u", r->u.attested.at_least)
			      : explain_text(x, "at least %u in the last %u months",
					r->u.attested.at_least, r->u.attested.within_months);
	c->actual = explain_text(x, "%lld", (long long)view_state(x->view, op).now);
	say(x, c, ret);
}

void held_explain(struct explainer *x, const struct op *op, struct metric_score *ret)
{
	const struct metric_rule *r = op->rule;
	struct explained_condition *c = only(x, op, ret);
	char held[512], all[512];
	struct sink a, b;

	if (c == NULL)
		return;
	sink_init(&a, held, sizeof held);
	sink_init(&b, all, sizeof all);
	for (size_t i = 0; i < r->u.held.n; i++) {
		struct str id = x->view->book->edition->areas[r->u.held.areas[i]].id;

		sink_printf(&b, "%s" STR_FMT, i == 0 ? "" : ", ", STR_ARG(id));
		if (status_is_held((enum area_status)x->view->status[r->u.held.areas[i]]))
			sink_printf(&a, "%s" STR_FMT, a.len == 0 ? "" : ", ", STR_ARG(id));
	}
	c->name = STR("designations held");
	c->expected = r->u.held.n == 1 ? explain_text(x, "%s", all)
				       : explain_text(x, "%u of %s", r->u.held.need, all);
	c->actual = a.len == 0 ? STR("none") : explain_text(x, "%s", held);
	say(x, c, ret);
}

void unknown_explain(struct explainer *x, const struct op *op, struct metric_score *ret)
{
	struct explained_condition *c = only(x, op, ret);

	if (c == NULL)
		return;
	c->name = op->rule->u.unknown.why;
	c->expected = STR("not known");
	c->actual = STR("not known");
	ret->sentence = explain_text(x, "not known: " STR_FMT, STR_ARG(op->rule->u.unknown.why));
}

/* The conditions below, each under its name; people and customers of all of them. */
void of_explain(struct explainer *x, const struct op *op, struct metric_score *ret)
{
	const struct metric_rule *r = op->rule;
	struct explained_condition *head = explain_conditions(x, ret, 1);
	size_t met = 0, open = 0;

	for (size_t i = 0; i < op->n_children; i++) {
		enum met m = judge_condition(x->view, op->children[i]);

		met += m == MET;
		open += m == MET_UNKNOWN;
	}
	if (head == NULL)
		return;
	head->name = r->u.of.need == r->u.of.n ? STR("all of the following")
		     : r->u.of.need == 1       ? STR("any of the following")
					       : STR("so many of the following");
	head->expected = explain_text(x, "%u of %zu", r->u.of.need, r->u.of.n);
	head->actual = open == 0 ? explain_text(x, "%zu", met)
				 : explain_text(x, "%zu, %zu not known", met, open);
	head->met = op->kind->met(op, x->view);
	say(x, head, ret);
	for (size_t i = 0; i < op->n_children && !x->failed; i++)
		explain_child(x, op->children[i], r->u.of.conditions[i].name, ret);
}
