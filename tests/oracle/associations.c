/* Associations of customers with partners: which months they cover, and under which kind a row of usage counts. */
#include "tests/oracle/oracle_view.h"

/* ---- one CPOR partner for each workload ------------------------------------------------------------------------- */

static bool is_approved_cpor(const struct bond *b)
{
	return b->a->kind == ASSOC_CPOR &&
	       (b->a->claim == CLAIM_NONE || b->a->claim == CLAIM_APPROVED);
}

static bool claim_the_same(const struct bond *x, const struct bond *y)
{
	return oracle_same(x->a->customer, y->a->customer) &&
	       oracle_same_name(x->a->workload, y->a->workload) &&
	       oracle_same_name(x->a->subscription, y->a->subscription);
}

/* By the day from which they hold, one that does not say it first; then by version. */
static bool comes_before(const struct bond *x, const struct bond *y)
{
	if (x->a->from != y->a->from)
		return x->a->from == DAY_NONE ||
		       (y->a->from != DAY_NONE && x->a->from < y->a->from);
	return oracle_version_cmp(x->ev, y->ev) < 0;
}

/* The first claim of another partner after this one takes it over. */
static void take_over(struct bonds *bonds, struct bond *b)
{
	const struct bond *next = NULL;

	if (!is_approved_cpor(b))
		return;
	for (size_t i = 0; i < bonds->n; i++) {
		const struct bond *other = &bonds->all[i];

		if (is_approved_cpor(other) && claim_the_same(b, other) &&
			!oracle_same(b->owner, other->owner) && comes_before(b, other) &&
			(next == NULL || comes_before(other, next)))
			next = other;
	}
	if (next == NULL)
		return;
	b->taken_over = true;
	b->ends_at = next->a->from == DAY_NONE ? MONTH_NONE : month_of_day(next->a->from) - 1;
}

void oracle_bonds_init(const struct oracle *o, struct bonds *ret)
{
	*ret = (struct bonds){ .n = 0 };
	ret->all = oracle_alloc(NULL, o->n * sizeof *ret->all);
	for (size_t i = 0; i < o->n; i++) {
		const struct event *ev = oracle_standing(o, i);

		if (ev == NULL || ev->kind != FACT_ASSOCIATION)
			continue;
		ret->all[ret->n++] = (struct bond){
			.ev = ev, .a = &ev->u.association, .owner = oracle_owner(o, ev->subject)
		};
	}
	for (size_t i = 0; i < ret->n; i++)
		take_over(ret, &ret->all[i]);
}

/* ---- months ----------------------------------------------------------------------------------------------------- */

/* CSP tells the whole history anew, so that it does not matter from when it holds. */
static bool is_csp(enum association_kind k)
{
	return k == ASSOC_CSP_TIER_1 || k == ASSOC_CSP_TIER_2;
}

bool oracle_covers(const struct bond *b, month_no m)
{
	const struct fact_association *a = b->a;

	if (a->claim != CLAIM_NONE && a->claim != CLAIM_APPROVED)
		return false;
	if (a->until != DAY_NONE && month_of_day(a->until) < m)
		return false;
	if (a->from != DAY_NONE && !is_csp(a->kind) && month_of_day(a->from) > m)
		return false;
	return !b->taken_over || (b->ends_at != MONTH_NONE && m <= b->ends_at);
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

/* Speaks of the customer and the product of the row, and is said by the same subject. */
static bool speaks_of(const struct bond *b, const struct event *row)
{
	return oracle_same(b->ev->subject, row->subject) &&
	       oracle_same(b->a->customer, row->u.usage.customer) &&
	       (b->a->workload.n == 0 || oracle_same_name(b->a->workload, row->u.usage.product));
}

static bool kind_covers(
	const struct bonds *bonds, const struct event *row, int kind, bool *ret_spoken)
{
	bool covers = false;

	*ret_spoken = false;
	for (size_t i = 0; i < bonds->n; i++) {
		const struct bond *b = &bonds->all[i];

		if ((int)b->a->kind != kind || !speaks_of(b, row))
			continue;
		*ret_spoken = true;
		covers = covers || oracle_covers(b, row->u.usage.month);
	}
	return covers;
}

int oracle_row_kind(const struct bonds *bonds, const struct event *row)
{
	/* The priority of attributions that cover one row; claims come last. */
	static const int priority[] = { ASSOC_PAL, ASSOC_TRANSACTING_POR, ASSOC_DPOR,
		ASSOC_CSP_TIER_1, ASSOC_CSP_TIER_2, ASSOC_CPOR };
	int given = (int)row->u.usage.association;
	bool spoken;

	if (given != 0)
		return kind_covers(bonds, row, given, &spoken) || !spoken ? given : 0;
	for (size_t i = 0; i < sizeof priority / sizeof *priority; i++)
		if (kind_covers(bonds, row, priority[i], &spoken))
			return priority[i];
	return 0;
}
