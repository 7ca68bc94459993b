/* A partner: its usage rows under their natural keys, the cells they add up to, and the months its measures refer
 * to. */
#include "rules/engine/engine_internal.h"

#include "common/base/err.h"

#define MONTHS_HELD_MAX ((size_t)MEASURE_END * (MONTH_MAX - MONTH_MIN + 1))

/* ---- birth and end ---------------------------------------------------------------------------------------------- */

/* Where the arrays behind a partner begin. */
struct layout {
	size_t states, points, counts, status, size;
};

static size_t align16(size_t n)
{
	return (n + 15) & ~(size_t)15;
}

static struct layout layout_of(const struct engine *e)
{
	struct layout l;

	l.states = align16(sizeof(struct partner));
	l.points = l.states + e->plan.n_states * sizeof(struct op_state);
	l.counts = l.points + e->plan.n_ops * sizeof(struct ratio);
	l.status = l.counts + e->plan.n_preds * sizeof(uint32_t);
	l.size = l.status + e->edition->n_areas;
	return l;
}

static void prefix_of(struct str id, uint64_t *ret)
{
	for (size_t w = 0; w < 2; w++) {
		ret[w] = 0;
		for (size_t i = w * 8; i < w * 8 + 8; i++)
			ret[w] = ret[w] << 8 | (i < id.n ? (unsigned char)id.p[i] : 0);
	}
}

static struct partner *partner_create(struct engine *e, struct str id)
{
	struct layout l = layout_of(e);
	char *at = mem_zalloc(&e->a, l.size);
	struct partner *p = (void *)at;

	if (p == NULL)
		return NULL;
	p->states = (void *)(at + l.states);
	p->points = (void *)(at + l.points);
	p->counts = (void *)(at + l.counts);
	p->status = (void *)(at + l.status);
	for (size_t i = 0; i < e->plan.n_ops; i++)
		p->points[i] = RATIO_ZERO;
	for (size_t i = 0; i < MEASURE_END; i++)
		p->reference[i] = MONTH_NONE;
	p->first_person = NONE;
	prefix_of(id, p->prefix);
	return p;
}

void partner_destroy(struct engine *e, struct partner *p)
{
	if (p == NULL)
		return;
	for (uint32_t i = 0; i < p->rows.cap; i++)
		stamp_fini(&e->a, &p->rows.slots[i].stamp);
	for (size_t i = 0; i < p->n_markers; i++)
		stamp_fini(&e->a, &p->markers[i].stamp);
	mem_free(&e->a, p->rows.slots, p->rows.cap * sizeof *p->rows.slots);
	cells_fini(&p->cells, &e->a);
	cells_fini(&p->windows, &e->a);
	mem_free(&e->a, p->months, p->cap_months * sizeof *p->months);
	mem_free(&e->a, p->markers, p->cap_markers * sizeof *p->markers);
	mem_free(&e->a, p, layout_of(e).size);
}

int partner_get(struct engine *e, struct str id, const uint32_t *cause, uint32_t *ret_index)
{
	uint32_t index;
	int rc = intern_put(e->partner_ids, id, &index);

	if (rc != 0)
		return rc;
	if (index < e->n_partners) {
		*ret_index = index;
		return 0;
	}
	if (names_are_over(e))
		return ERR_FULL;
	rc = mem_grow(&e->a, (void **)&e->partners, &e->cap_partners, (size_t)index + 1,
		e->limits.max_partners, sizeof(struct partner *));
	if (rc != 0)
		return rc;
	e->partners[index] = partner_create(e, id);
	if (e->partners[index] == NULL)
		return ERR_NOMEM;
	e->n_partners = index + 1;
	*ret_index = index;
	rc = engine_touch(e, index, cause);
	return rc != 0 || !e->complete ? rc : partner_refresh(e, index, e->plan.measures, cause);
}

/* ---- reference months ------------------------------------------------------------------------------------------- */

month_no closed_month(day_no day)
{
	return day == DAY_NONE ? MONTH_NONE : month_of_day(day) - 1;
}

month_no ready_month(const struct edition *ed, day_no day)
{
	month_no m = closed_month(day);

	while (m != MONTH_NONE && month_first_day(m + 1) + (day_no)ed->usage_ready_day - 1 > day)
		m--;
	return m;
}

static month_no newest_marker(
	const struct partner *p, enum measure m, month_no closed, bool *ret_any)
{
	month_no newest = MONTH_NONE;

	*ret_any = false;
	for (size_t i = 0; i < p->n_markers; i++) {
		month_no month = MONTH_MIN + p->markers[i].month;

		if (p->markers[i].measure != m || p->markers[i].stamp.retracted)
			continue;
		*ret_any = true;
		if (month <= closed)
			newest = month;
	}
	return newest;
}

month_no partner_reference(
	const struct engine *e, const struct partner *p, enum measure m, day_no day)
{
	month_no closed, ready, newest;
	bool any;

	if (day == DAY_NONE)
		return MONTH_NONE;
	closed = day == e->day ? e->closed : closed_month(day);
	if (e->complete)
		return closed;
	newest = newest_marker(p, m, closed, &any);
	if (any)
		return newest;
	ready = day == e->day ? e->ready : ready_month(e->edition, day);
	for (size_t i = p->n_months; i-- > 0;)
		if (p->months[i].measure == m && p->months[i].n > 0 &&
			MONTH_MIN + p->months[i].month <= ready)
			return MONTH_MIN + p->months[i].month;
	return MONTH_NONE;
}

int partner_refresh(struct engine *e, uint32_t index, uint32_t measures, const uint32_t *cause)
{
	struct partner *p = e->partners[index];

	for (measures &= e->plan.measures; measures != 0; measures &= measures - 1) {
		enum measure m = (enum measure)__builtin_ctz(measures);
		month_no r = partner_reference(e, p, m, e->day);
		int rc;

		if (r == p->reference[m])
			continue;
		rc = engine_touch(e, index, cause);
		if (rc != 0)
			return rc;
		p->reference[m] = r;
		p->rebuild |= (uint8_t)(1U << m);
		engine_dirty_all(e, p, e->plan.measure_ops[m]);
	}
	return 0;
}

/* One row more or less in a month; *ret_edge tells whether the month began or ceased to have rows. */
int partner_count_row(struct engine *e, struct partner *p, enum measure m, month_no month,
	bool more, bool *ret_edge)
{
	uint16_t at_month = (uint16_t)(month - MONTH_MIN);
	size_t at = p->n_months;

	while (at > 0 &&
		(p->months[at - 1].measure > m ||
			(p->months[at - 1].measure == m && p->months[at - 1].month >= at_month)))
		at--;
	if (at == p->n_months || p->months[at].measure != m || p->months[at].month != at_month) {
		int rc = mem_grow(&e->a, (void **)&p->months, &p->cap_months, p->n_months + 1,
			MONTHS_HELD_MAX, sizeof *p->months);

		if (rc != 0)
			return rc;
		memmove(p->months + at + 1, p->months + at, (p->n_months - at) * sizeof *p->months);
		p->months[at] = (struct month_rows){ .measure = (uint16_t)m, .month = at_month };
		p->n_months++;
	}
	*ret_edge = more ? p->months[at].n == 0 : p->months[at].n == 1;
	p->months[at].n += more ? 1U : (uint32_t)-1;
	return 0;
}

int marker_put(
	struct engine *e, struct partner *p, enum measure m, month_no month, struct marker **ret)
{
	uint16_t at_month = (uint16_t)(month - MONTH_MIN);
	size_t at = p->n_markers;

	while (at > 0 &&
		(p->markers[at - 1].measure > m ||
			(p->markers[at - 1].measure == m && p->markers[at - 1].month >= at_month)))
		at--;
	if (at == p->n_markers || p->markers[at].measure != m || p->markers[at].month != at_month) {
		int rc = mem_grow(&e->a, (void **)&p->markers, &p->cap_markers, p->n_markers + 1,
			MONTHS_HELD_MAX, sizeof *p->markers);

		if (rc != 0)
			return rc;
		memmove(p->markers + at + 1, p->markers + at,
			(p->n_markers - at) * sizeof *p->markers);
		p->markers[at] = (struct marker){ .measure = (uint16_t)m, .month = at_month };
		p->n_markers++;
	}
	*ret = &p->markers[at];
	return 0;
}

/* ---- sums ------------------------------------------------------------------------------------------------------- */

static uint32_t who_of(enum feed_by by, const struct shape *s, uint32_t customer)
{
	return by == FEED_BY_CUSTOMER ? customer : by == FEED_BY_PRODUCT ? s->product : 0;
}

static uint32_t count_feeds(const struct plan *plan, uint32_t selections)
{
	uint32_t n = 0;

	for (; selections != 0; selections &= selections - 1)
		n += plan->n_selection_feeds[__builtin_ctz(selections)];
	return n;
}

/* Fetches the cells of a row ahead. */
static void cells_fetch(const struct engine *e, const struct partner *p,
	const struct usage_key *key, month_no month)
{
	const struct shape *s = &e->shapes.all[key->shape];

	for (uint32_t mask = s->selections; mask != 0; mask &= mask - 1) {
		unsigned sel = (unsigned)__builtin_ctz(mask);

		for (size_t i = 0; i < e->plan.n_selection_feeds[sel]; i++) {
			uint8_t f = e->plan.selection_feeds[sel][i];
			const struct feed *feed = &e->plan.feeds[f];

			cells_prefetch(
				&p->cells, cell_key(f, who_of(feed->by, s, key->customer), month));
			if (feed->by == FEED_BY_PRODUCT)
				for (size_t k = 0; k < feed->n_ops; k++)
					cells_prefetch(
						&p->windows, cell_key(feed->ops[k], s->product, 0));
		}
	}
}

static int feed_ops(struct engine *e, uint32_t index, const struct feed *f,
	const struct cell_move *move, const uint32_t *cause)
{
	struct partner *p = e->partners[index];

	for (size_t i = 0; i < f->n_ops; i++) {
		const struct op *op = &e->plan.ops[f->ops[i]];
		int rc;

		if (!op->kind->touch(op, f->ops[i], &p->states[op->state], &p->cells, &p->windows,
			    p->reference[f->measure], move))
			continue;
		rc = engine_touch(e, index, cause);
		if (rc != 0)
			return rc;
		engine_dirty(e, p, f->ops[i]);
	}
	return 0;
}

int partner_add(struct engine *e, uint32_t index, const struct shape *s, uint32_t customer,
	month_no month, int128 delta, const uint32_t *cause)
{
	struct partner *p = e->partners[index];
	int rc;

	if (delta == 0 || s->selections == 0)
		return 0;
	rc = cells_reserve(&p->cells, &e->a, count_feeds(&e->plan, s->selections));
	if (rc == 0 && e->plan.n_product_ops > 0)
		rc = cells_reserve(&p->windows, &e->a, (uint32_t)e->plan.n_product_ops);
	for (uint32_t mask = s->selections; rc == 0 && mask != 0; mask &= mask - 1) {
		unsigned sel = (unsigned)__builtin_ctz(mask);

		for (size_t i = 0; rc == 0 && i < e->plan.n_selection_feeds[sel]; i++) {
			uint8_t number = e->plan.selection_feeds[sel][i];
			const struct feed *f = &e->plan.feeds[number];
			struct cell_move move = { .who = who_of(f->by, s, customer),
				.month = month };
			struct cell *c = cells_put(&p->cells, cell_key(number, move.who, month));

			move.old = cell_sum(c);
			move.new = move.old + delta;
			cell_set(c, move.new);
			if ((p->rebuild >> f->measure & 1) == 0)
				rc = feed_ops(e, index, f, &move, cause);
		}
	}
	return rc;
}

int partner_rebuild(const struct engine *e, const struct cells *cells, uint32_t measures,
	const month_no *reference, struct op_state *states, struct cells *windows)
{
	const struct plan *plan = &e->plan;
	int rc = 0;

	for (size_t i = 0; i < plan->n_ops; i++)
		if ((measures >> plan->ops[i].measure & 1) != 0 && plan->ops[i].measure != 0)
			states[plan->ops[i].state] = (struct op_state){ 0, 0 };
	for (uint32_t i = 0; i < windows->cap; i++)
		if (windows->slots[i].key != 0 &&
			(measures >> plan->ops[cell_slot(&windows->slots[i])].measure & 1) != 0)
			cell_set(&windows->slots[i], 0);
	for (uint32_t i = 0; rc == 0 && i < cells->cap; i++) {
		const struct cell *c = &cells->slots[i];
		const struct feed *f;

		if (c->key == 0)
			continue;
		f = &plan->feeds[cell_slot(c)];
		if ((measures >> f->measure & 1) == 0 || reference[f->measure] == MONTH_NONE)
			continue;
		if (f->by == FEED_BY_PRODUCT)
			rc = cells_reserve(windows, &e->a, f->n_ops);
		for (size_t k = 0; rc == 0 && k < f->n_ops; k++) {
			const struct op *op = &plan->ops[f->ops[k]];

			op->kind->gather(op, f->ops[k], &states[op->state], cells, windows,
				reference[f->measure], c);
		}
	}
	return rc;
}

void note_customer(struct engine *e, uint32_t name)
{
	if ((e->name_info[name] & NAME_IS_CUSTOMER) != 0)
		return;
	e->name_info[name] |= NAME_IS_CUSTOMER;
	e->stats.customers++;
}

/* ---- facts ------------------------------------------------------------------------------------------------------ */

static struct shape shape_of(const struct fact_usage *u)
{
	return (struct shape){ .measure = (uint8_t)u->measure,
		.association = (uint8_t)u->association,
		.offer = (uint8_t)u->offer,
		.duplicate = u->duplicate };
}

static int usage_names(struct engine *e, const struct event *ev, struct usage_key *ret)
{
	const struct fact_usage *u = &ev->u.usage;
	struct shape shape = shape_of(u);
	int rc = name_put(e, ev->source, &ret->source);

	if (rc == 0)
		rc = name_put(e, u->product, &shape.product);
	if (rc == 0)
		rc = name_put(e, u->component, &shape.component);
	if (rc == 0)
		rc = name_put(e, u->customer, &ret->customer);
	if (rc == 0)
		rc = shape_get(e, &shape, &ret->shape);
	return rc;
}

bool usage_find(const struct engine *e, const struct event *ev, uint64_t partner_hash,
	uint64_t customer_hash, struct usage_key *ret)
{
	const struct fact_usage *u = &ev->u.usage;
	struct shape shape = shape_of(u);
	const struct partner *p;

	ret->partner = intern_find_hashed(e->partner_ids, ev->subject, partner_hash);
	ret->customer = intern_find_hashed(e->names, u->customer, customer_hash);
	ret->source = intern_find(e->names, ev->source);
	shape.product = intern_find(e->names, u->product);
	shape.component = intern_find(e->names, u->component);
	if (ret->partner == NONE || ret->customer == NONE || ret->source == NONE ||
		shape.product == NONE || shape.component == NONE)
		return false;
	ret->shape = shape_find(&e->shapes, &shape);
	p = e->partners[ret->partner];
	if (ret->shape == NONE || p->rows.cap == 0)
		return false;
	row_fetch(&p->rows, ret, u->month);
	cells_fetch(e, p, ret, u->month);
	return true;
}

/* The row now holds what stands; `was` and `is` tell whether it had and has a value. */
static int row_changed(struct engine *e, uint32_t index, const struct row *r, bool was, int64_t old,
	const uint32_t *cause)
{
	const struct shape *s = &e->shapes.all[r->shape];
	bool is = !r->stamp.retracted, edge = false;
	int rc = 0;

	if (was != is) {
		rc = partner_count_row(
			e, e->partners[index], (enum measure)s->measure, row_month(r), is, &edge);
		if (rc == 0 && edge)
			rc = partner_refresh(e, index, 1U << s->measure, cause);
	}
	if (rc == 0)
		rc = partner_add(
			e, index, s, r->customer, row_month(r), (int128)r->amount - old, cause);
	return rc;
}

int usage_resolve(
	struct engine *e, const struct event *ev, const uint32_t *cause, struct usage_key *ret)
{
	int rc = partner_get(e, ev->subject, cause, &ret->partner);

	if (rc == 0)
		rc = usage_names(e, ev, ret);
	if (rc == 0)
		rc = rows_reserve(&e->partners[ret->partner]->rows, &e->a);
	if (rc != 0)
		return rc;
	row_fetch(&e->partners[ret->partner]->rows, ret, ev->u.usage.month);
	cells_fetch(e, e->partners[ret->partner], ret, ev->u.usage.month);
	return 0;
}

int usage_commit(struct engine *e, const struct event *ev, const struct usage_key *key,
	const uint32_t *cause)
{
	const struct fact_usage *u = &ev->u.usage;
	struct partner *p = e->partners[key->partner];
	struct row *r;
	int64_t old;
	bool was;
	int rc = rows_reserve(&p->rows, &e->a);

	if (rc != 0)
		return rc;
	note_customer(e, key->customer);
	r = rows_put(&p->rows, key->customer, key->shape, u->month);
	if (r->stamp.form == 0) {
		e->stats.usage_rows++;
		was = false;
	} else if (stamp_is_older(e->names, &r->stamp, ev->recorded, key->source, ev->id)) {
		was = !r->stamp.retracted;
	} else {
		e->stats.stale++;
		return 0;
	}
	old = r->amount;
	rc = stamp_set(&e->a, &r->stamp, ev->recorded, key->source, ev->id, ev->retracted);
	if (rc != 0)
		return rc;
	r->amount = ev->retracted ? 0 : u->amount_micro;
	return row_changed(e, key->partner, r, was, old, cause);
}

int partner_usage(struct engine *e, const struct event *ev, const uint32_t *cause)
{
	struct usage_key key;
	int rc;

	if ((e->plan.measures >> ev->u.usage.measure & 1) == 0) {
		e->stats.unused++;
		return 0;
	}
	rc = usage_resolve(e, ev, cause, &key);
	return rc != 0 ? rc : usage_commit(e, ev, &key, cause);
}

int partner_usage_reported(struct engine *e, const struct event *ev, const uint32_t *cause)
{
	const struct fact_usage_reported *u = &ev->u.usage_reported;
	uint32_t index, source;
	struct marker *m;
	int rc;

	if ((e->plan.measures >> u->measure & 1) == 0) {
		e->stats.unused++;
		return 0;
	}
	rc = partner_get(e, ev->subject, cause, &index);
	if (rc == 0)
		rc = name_put(e, ev->source, &source);
	if (rc == 0)
		rc = marker_put(e, e->partners[index], u->measure, u->month, &m);
	if (rc != 0)
		return rc;
	if (m->stamp.form != 0 &&
		!stamp_is_older(e->names, &m->stamp, ev->recorded, source, ev->id)) {
		e->stats.stale++;
		return 0;
	}
	rc = stamp_set(&e->a, &m->stamp, ev->recorded, source, ev->id, ev->retracted);
	return rc != 0 ? rc : partner_refresh(e, index, 1U << u->measure, cause);
}
