/* Rows of usage: which a rule takes, their last month, and the sums, units and growth made of them. */
#include "tests/oracle/oracle_view.h"

/* ---- the last month --------------------------------------------------------------------------------------------- */

/* A month that its reports say is complete is the last month as soon as it is over; without such reports a month is
 * taken from the 20th of the next on. */
static month_no last_month_of(const struct view *v, enum measure measure, day_no day)
{
	month_no closed, ready, marked = MONTH_NONE, used = MONTH_NONE;
	bool any = false;

	if (day == DAY_NONE)
		return MONTH_NONE;
	closed = month_of_day(day) - 1;
	ready = day_of_month(day) >= 20 ? closed : closed - 1;
	if (v->o->complete)
		return closed;
	for (size_t i = 0; i < v->n_rows; i++) {
		const struct fact_usage *u = v->rows[i].u;

		if (u->measure == measure && u->month <= ready && u->month > used)
			used = u->month;
	}
	for (size_t i = 0; i < v->n_markers; i++) {
		const struct fact_usage_reported *r = v->markers[i];

		if (r->measure != measure)
			continue;
		any = true;
		if (r->month <= closed && r->month > marked)
			marked = r->month;
	}
	return any ? marked : used;
}

/* Of several measures: the earliest of those that have one. */
month_no oracle_last_month(const struct view *v, unsigned measures, day_no day)
{
	month_no last = MONTH_NONE;

	for (int m = 1; m < MEASURE_END; m++) {
		month_no one = MONTH_NONE;

		if ((measures & KIND(m)) != 0)
			one = last_month_of(v, (enum measure)m, day);
		if (one != MONTH_NONE && (last == MONTH_NONE || one < last))
			last = one;
	}
	return last;
}

/* ---- rows that a pick takes ------------------------------------------------------------------------------------- */

/* The number of the listed product that the row names; -1 when it names none. */
static int listed(const struct pick *p, struct str name)
{
	for (int i = 0; p->products[i].names != NULL; i++)
		if (oracle_names(p->products[i].names, name))
			return i;
	return -1;
}

static bool takes(const struct pick *p, const struct row *r)
{
	const struct fact_usage *u = r->u;

	return !u->duplicate && (p->any_offer || u->offer == OFFER_PAID) && r->kind != 0 &&
	       (p->kinds & KIND(r->kind)) != 0 && (p->measures & KIND(u->measure)) != 0 &&
	       (p->except == NULL || !oracle_names(p->except, u->product)) &&
	       (p->filter == NULL || p->filter(u));
}

static bool take_row(const struct pick *p, const struct row *r, struct taken *ret)
{
	int tenths = 10;

	*ret = (struct taken){ r->customer, r->product, r->u->month, 0 };
	if (!takes(p, r))
		return false;
	if (p->products != NULL) {
		const struct product *one;

		ret->product = listed(p, r->u->product);
		if (ret->product < 0)
			return false;
		one = &p->products[ret->product];
		if ((one->measure != 0 && one->measure != r->u->measure) ||
			(one->kinds != 0 && (one->kinds & KIND(r->kind)) == 0))
			return false;
		tenths = one->tenths != 0 ? one->tenths : 10;
	}
	ret->value = (int128)r->u->amount_micro * tenths;
	return true;
}

static void note_pair(struct takings *t, const struct taken *row)
{
	for (size_t i = 0; i < t->n_pairs; i++)
		if (t->pairs[i].customer == row->customer && t->pairs[i].product == row->product)
			return;
	t->pairs[t->n_pairs++] = *row;
}

const struct takings *oracle_take(struct view *v, const struct pick *p)
{
	struct takings *t;

	for (size_t i = 0; i < v->n_takings; i++)
		if (v->takings[i].pick == p)
			return &v->takings[i];
	if (v->n_takings == TAKINGS_MAX)
		oracle_die("more picks than the view has room for");
	t = &v->takings[v->n_takings++];
	*t = (struct takings){ .pick = p };
	t->all = oracle_alloc(NULL, v->n_rows * sizeof *t->all);
	t->pairs = oracle_alloc(NULL, v->n_rows * sizeof *t->pairs);
	for (size_t i = 0; i < v->n_rows; i++)
		if (take_row(p, &v->rows[i], &t->all[t->n])) {
			note_pair(t, &t->all[t->n]);
			t->n++;
		}
	return t;
}

int128 oracle_amount(struct view *v, const struct pick *p, int customer, int product,
	month_no first, month_no last)
{
	const struct takings *t = oracle_take(v, p);
	int128 sum = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct taken *r = &t->all[i];

		if (r->month >= first && r->month <= last &&
			(customer < 0 || r->customer == customer) &&
			(product < 0 || r->product == product))
			sum += r->value;
	}
	return sum;
}

int64_t oracle_customers(struct view *v, const struct pick *p, month_no first, month_no last)
{
	int64_t n = 0;

	for (int c = 0; c < (int)v->n_customers; c++)
		n += oracle_amount(v, p, c, -1, first, last) > 0;
	return n;
}

/* ---- units ------------------------------------------------------------------------------------------------------ */

/* A customer (product -1) or a product of a customer. */
struct unit_id {
	int customer, product;
};

static bool is_shared(struct view *v, const struct test *t, struct unit_id u, month_no first,
	month_no last, int128 x)
{
	if (t->percent == 0)
		return true;
	return x > 0 && oracle_amount(v, t->share, u.customer, u.product, first, last) * 100 >=
				x * t->percent;
}

/* In the range over the months together. */
static bool in_range(
	struct view *v, const struct test *t, struct unit_id u, month_no first, month_no last)
{
	int128 x = oracle_amount(v, t->pick, u.customer, u.product, first, last);

	return x >= t->from && (t->to == 0 || x <= t->to) && is_shared(v, t, u, first, last, x);
}

static bool in_bounds(
	struct view *v, const struct test *t, struct unit_id u, month_no first, month_no last)
{
	int128 x = oracle_amount(v, t->pick, u.customer, u.product, first, last);

	return x >= t->from && (t->to == 0 || x <= t->to);
}

static bool above_range(
	struct view *v, const struct test *t, struct unit_id u, month_no first, month_no last)
{
	int128 x = oracle_amount(v, t->pick, u.customer, u.product, first, last);

	return t->to != 0 && x > t->to && is_shared(v, t, u, first, last, x);
}

/* Whether something holds of the months that end with `last` together, or of one of them. */
static bool in_months(struct view *v, const struct test *t, struct unit_id u, month_no last,
	bool (*is)(struct view *, const struct test *, struct unit_id, month_no, month_no))
{
	if (t->sum)
		return is(v, t, u, last - t->months + 1, last);
	for (month_no m = last - t->months + 1; m <= last; m++)
		if (is(v, t, u, m, m))
			return true;
	return false;
}

static bool passes_alone(struct view *v, const struct test *t, struct unit_id u, month_no last)
{
	if (in_months(v, t, u, last, in_range))
		return true;
	if (t->promoted == 0 || !in_months(v, t, u, last, above_range))
		return false;
	for (int k = 1; k <= t->promoted; k++)
		if (in_months(v, t, u, last - k, in_bounds))
			return true;
	return false;
}

static bool passes(struct view *v, const struct test *t, struct unit_id u, month_no last)
{
	const struct takings *taken = oracle_take(v, t->pick);

	if (u.product >= 0 || !t->each_product)
		return passes_alone(v, t, u, last);
	for (size_t i = 0; i < taken->n_pairs; i++)
		if (taken->pairs[i].customer == u.customer &&
			passes_alone(v, t, (struct unit_id){ u.customer, taken->pairs[i].product },
				last))
			return true;
	return false;
}

/* Whether the workload of an association is a product of the pick, or the one given. */
static bool is_workload(
	const struct view *v, const struct pick *p, int product, struct str workload)
{
	if (workload.n == 0 || (product < 0 && p->products == NULL))
		return true;
	if (p->products != NULL)
		return product < 0 ? listed(p, workload) >= 0
				   : oracle_names(p->products[product].names, workload);
	for (size_t i = 0; i < v->n_rows; i++)
		if (v->rows[i].product == product)
			return oracle_same_name(v->rows[i].u->product, workload);
	return false;
}

/* The month from which on an association that covers `last` holds, the earliest of several; MONTH_NONE without one. */
static month_no associated_in(
	const struct view *v, const struct pick *p, struct unit_id u, month_no last)
{
	month_no first = MONTH_NONE;

	for (size_t i = 0; i < v->bonds.n; i++) {
		const struct bond *b = &v->bonds.all[i];

		if (!oracle_same(b->owner, v->partner) || (p->kinds & KIND(b->a->kind)) == 0 ||
			!oracle_same(b->a->customer, v->customers[u.customer]) ||
			!is_workload(v, p, u.product, b->a->workload) || !oracle_covers(b, last) ||
			b->a->from == DAY_NONE)
			continue;
		if (first == MONTH_NONE || month_of_day(b->a->from) < first)
			first = month_of_day(b->a->from);
	}
	return first;
}

static bool was_there_already(
	struct view *v, const struct units *rule, struct unit_id u, month_no last)
{
	month_no since = associated_in(v, rule->test.pick, u, last);

	return since != MONTH_NONE && since > last - 12 && since <= last &&
	       passes(v, &rule->test, u, since);
}

static void count_unit(
	struct view *v, const struct units *rule, struct unit_id u, month_no last, struct counts *c)
{
	struct test base = rule->test;
	bool before, now;

	if (rule->base != 0)
		base.from = rule->base;
	before = passes(v, &base, u, last - 12);
	now = passes(v, &rule->test, u, last) &&
	      !(rule->not_already && was_there_already(v, rule, u, last));

	c->now += now;
	c->before += before;
	c->both += now && before;
}

/* ---- what is worked out once ------------------------------------------------------------------------------------ */

struct memo *oracle_memo(struct view *v, const void *rule, month_no last, bool *ret_new)
{
	for (size_t i = 0; i < v->n_memos; i++)
		if (v->memos[i].rule == rule && v->memos[i].month == last) {
			*ret_new = false;
			return &v->memos[i];
		}
	if (v->n_memos == MEMO_MAX)
		oracle_die("more months than the view has room for");
	v->memos[v->n_memos] = (struct memo){ .rule = rule, .month = last };
	*ret_new = true;
	return &v->memos[v->n_memos++];
}

struct counts oracle_count_units(struct view *v, const struct units *rule, month_no last)
{
	const struct takings *t = oracle_take(v, rule->test.pick);
	struct counts c = { 0, 0, 0 };
	bool is_new;
	struct memo *m = oracle_memo(v, rule, last, &is_new);

	if (!is_new)
		return m->counts;
	if (last == MONTH_NONE)
		return c;
	for (int i = 0; rule->unit == CUSTOMERS && i < (int)v->n_customers; i++)
		count_unit(v, rule, (struct unit_id){ i, -1 }, last, &c);
	for (size_t i = 0; rule->unit == WORKLOADS && i < t->n_pairs; i++)
		count_unit(v, rule, (struct unit_id){ t->pairs[i].customer, t->pairs[i].product },
			last, &c);
	m->counts = c;
	return c;
}

/* The month that ends the window with which a product of a customer is compared. */
static month_no compared_with(
	const struct view *v, const struct growth *g, struct unit_id u, month_no last)
{
	month_no since = g->since ? associated_in(v, g->pick, u, last) : MONTH_NONE;

	return since != MONTH_NONE && since > last - 12 && since <= last ? since : last - 12;
}

struct amounts oracle_growth(struct view *v, const struct growth *g, month_no last)
{
	const struct takings *t = oracle_take(v, g->pick);
	struct amounts sum = { 0, 0 };
	bool is_new;
	struct memo *m = oracle_memo(v, g, last, &is_new);

	if (!is_new)
		return m->amounts;
	for (size_t i = 0; last != MONTH_NONE && i < t->n_pairs; i++) {
		struct unit_id u = { t->pairs[i].customer, t->pairs[i].product };
		struct unit_id eligible = { u.customer, g->filtered == WORKLOADS ? u.product : -1 };
		month_no before = compared_with(v, g, u, last);

		if (g->filter != NULL && !passes(v, g->filter, eligible, last))
			continue;
		sum.now += oracle_amount(
			v, g->pick, u.customer, u.product, last - g->window + 1, last);
		sum.before += oracle_amount(
			v, g->pick, u.customer, u.product, before - g->window + 1, before);
	}
	m->amounts = sum;
	return sum;
}

int64_t oracle_products(struct view *v, const struct pick *p, month_no first, month_no last)
{
	const struct takings *t = oracle_take(v, p);
	bool is_new;
	struct memo *m = oracle_memo(v, p, last, &is_new);

	for (size_t i = 0; is_new && i < t->n_pairs; i++) {
		int product = t->pairs[i].product;
		size_t earlier = 0;

		while (t->pairs[earlier].product != product)
			earlier++;
		if (earlier == i)
			m->counts.now += oracle_amount(v, p, -1, product, first, last) > 0;
	}
	return m->counts.now;
}

/* ---- points ----------------------------------------------------------------------------------------------------- */

struct ratio oracle_net(struct view *v, const struct units *u, struct ratio each, day_no day)
{
	month_no last = oracle_last_month(v, u->test.pick->measures, day);
	struct counts c = oracle_count_units(v, u, last);

	return oracle_times(c.now - c.before, each);
}

struct ratio oracle_more(
	struct view *v, const struct growth *g, int for_each, struct ratio each, day_no day)
{
	struct amounts a = oracle_growth(v, g, oracle_last_month(v, g->pick->measures, day));

	if (a.now <= a.before)
		return RATIO_ZERO;
	return ratio_make((a.now - a.before) * each.num, UNITS(for_each) * each.den);
}

struct ratio oracle_per_cent(
	struct view *v, const struct growth *g, int least_now, int least_before, day_no day)
{
	struct amounts a = oracle_growth(v, g, oracle_last_month(v, g->pick->measures, day));

	if (a.before <= 0 || a.now <= a.before || a.now < UNITS(least_now) ||
		a.before < UNITS(least_before))
		return RATIO_ZERO;
	return ratio_make((a.now - a.before) * 100, a.before);
}
