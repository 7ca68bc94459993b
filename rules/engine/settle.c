/* What changed since the last settle: of touched partners in order of id the operators that moved before and after, the
 * areas whose points, track or status differ. */
#include "rules/engine/engine_internal.h"

#include "common/base/err.h"

#define OUT_KEPT_MAX                                                                               \
	((size_t)64 * 1024 * 1024) /* memory of the last answer that is kept for the next */

/* ---- one partner ------------------------------------------------------------------------------------------------ */

/* A partner at its settle. What was told of it last may be by the rules of another book. */
struct settling {
	struct engine *e;
	uint32_t index;
	struct partner *p;
	const struct touched *t;
	bool whole; /* anything may have moved: `was` holds copies; otherwise only what is remembered did */
	struct standing_view was, is;
	const struct standing *told;	 /* of the areas of was.book */
	uint8_t *status_was, *status_is; /* per area of the active book */
	struct judged *judged;		 /* per area of the active book, where `areas` says so */
	uint64_t areas;			 /* whose points or statuses may differ */
};

static void *scratch(struct settling *s, size_t n, size_t size)
{
	return arena_alloc(&s->e->scratch, n * size + 1);
}

static void view_of(const struct settling *s, struct standing_view *v)
{
	const struct derived *d = s->p->derived;

	*v = (struct standing_view){ .e = s->e,
		.book = d->book,
		.partner = s->p,
		.index = s->index,
		.day = s->e->day,
		.counts = d->counts };
	memcpy(v->reference, s->p->reference, sizeof v->reference);
}

/* States and counts as they were told last: what is there, and in its place what was remembered. */
static int copy_was(struct settling *s)
{
	const struct derived *d = s->p->derived;
	const struct plan *plan = &d->book->plan;
	size_t n_areas = d->book->edition->n_areas;
	struct op_state *states = scratch(s, plan->n_states, sizeof *states);
	uint32_t *counts = scratch(s, plan->n_preds, sizeof *counts);
	struct standing *told = scratch(s, n_areas, sizeof *told);

	if (states == NULL || counts == NULL || told == NULL)
		return ERR_NOMEM;
	kept_states_get(d, states);
	memcpy(counts, d->counts, plan->n_preds * sizeof *counts);
	memcpy(told, d->areas, n_areas * sizeof *told);
	for (const struct memory *m = s->t->memories; m != NULL; m = m->next)
		if (m->is_count)
			counts[m->number] = (uint32_t)m->was.now;
		else
			states[plan->ops[m->number].state] = m->was;
	view_of(s, &s->was);
	memcpy(s->was.reference, s->p->told_reference, sizeof s->was.reference);
	s->was.states = states;
	s->was.counts = counts;
	s->told = told;
	return 0;
}

/* Exchanges what is there with what was remembered. Done twice it changes nothing. */
static void swap_remembered(struct settling *s)
{
	struct derived *d = s->p->derived;

	for (struct memory *m = s->t->memories; m != NULL; m = m->next) {
		struct op_state was;
		size_t state;

		if (m->is_count) {
			uint32_t *count = &d->counts[m->number], n = *count;

			*count = (uint32_t)m->was.now;
			m->was.now = n;
			continue;
		}
		state = d->book->plan.ops[m->number].state;
		was = m->was;
		m->was = kept_state_get(d, state);
		(void)kept_state_set(s->e, d, state, &was); /* it was kept before */
	}
}

/* ---- bringing up to date ---------------------------------------------------------------------------------------- */

static int update(struct settling *s)
{
	struct partner *p = s->p;
	struct engine *e = s->e;
	int rc = 0;

	if (p->derived == NULL || p->anew || p->derived->book != e->book) {
		rc = derive_all(e, s->index);
		p->facts_stale = true;
	} else if (p->recredit) {
		cells_fini(&p->windows, &e->a);
		p->rebuild = UINT8_MAX;
		p->recredit = false;
	}
	if (rc == 0 && p->rebuild != 0)
		rc = partner_renew(e, p, p->rebuild);
	p->rebuild = 0;
	if (p->facts_stale && e->day != DAY_NONE)
		p->turned_on = e->day; /* of an enrollment, perhaps */
	if (rc == 0 && p->facts_stale)
		derive_attested(e, e->book, p, e->day, NULL, &p->next_attested);
	return rc;
}

static uint64_t all_areas(const struct settling *s)
{
	size_t n = s->e->book->edition->n_areas;

	return n == 64 ? ~0ULL : (1ULL << n) - 1;
}

static uint64_t areas_of_form(const struct edition *ed, enum area_form form)
{
	uint64_t areas = 0;

	for (size_t i = 0; i < ed->n_areas; i++)
		if (ed->areas[i].form == form)
			areas |= 1ULL << i;
	return areas;
}

static void add_op(uint64_t *ops, size_t op)
{
	ops[op / 64] |= 1ULL << (op % 64);
}

static void add_ops_of_pred(uint64_t *ops, const struct plan *plan, size_t pred)
{
	for (size_t w = 0; w < OP_WORDS; w++)
		ops[w] |= plan->pred_ops[pred][w];
}

static void remembered_ops(const struct settling *s, uint64_t *ops)
{
	for (const struct memory *m = s->t->memories; m != NULL; m = m->next)
		if (m->is_count)
			add_ops_of_pred(ops, &s->e->book->plan, m->number);
		else
			add_op(ops, m->number);
}

static bool states_differ(struct op_state a, struct op_state b)
{
	return a.now != b.now || a.base != b.base;
}

static bool reference_moved(const struct settling *s, const struct op *op)
{
	return op->clock != NO_CLOCK && (s->was.reference[op->clock] == MONTH_NONE) !=
						(s->is.reference[op->clock] == MONTH_NONE);
}

static void differing_ops(const struct settling *s, uint64_t *ops)
{
	const struct plan *plan = &s->e->book->plan;

	for (size_t i = 0; i < plan->n_ops; i++) {
		const struct op *op = &plan->ops[i];
		bool has_state = op->clock != NO_CLOCK || op->kind == &op_attested;

		if (has_state && (reference_moved(s, op) || states_differ(view_state(&s->was, op),
								    view_state(&s->is, op))))
			add_op(ops, i);
	}
	for (size_t k = 0; k < plan->n_preds; k++)
		if (s->was.counts[k] != s->is.counts[k])
			add_ops_of_pred(ops, plan, k);
}

/* What the operators come to, in their order. */
static void values_of(const struct standing_view *v, const uint64_t *ops, struct ratio *ret)
{
	for (size_t w = 0; w < OP_WORDS; w++)
		for (uint64_t bits = ops[w]; bits != 0; bits &= bits - 1)
			*ret++ = judge_op(v, w * 64 + (size_t)__builtin_ctzll(bits));
}

static size_t count_ops(const uint64_t *ops)
{
	size_t n = 0;

	for (size_t w = 0; w < OP_WORDS; w++)
		n += (size_t)__builtin_popcountll(ops[w]);
	return n;
}

/* The areas of the operators that moved and thereby came to something else; most move below a bound, or above it. */
static int moved_areas(struct settling *s, uint64_t *ret_areas)
{
	uint64_t ops[OP_WORDS] = { 0 };
	struct ratio *was, *is;
	size_t n, at = 0;

	if (s->whole)
		differing_ops(s, ops);
	else
		remembered_ops(s, ops);
	n = count_ops(ops);
	was = scratch(s, 2 * n, sizeof *was);
	if (was == NULL)
		return ERR_NOMEM;
	is = was + n;
	values_of(&s->is, ops, is);
	if (!s->whole)
		swap_remembered(s);
	values_of(&s->was, ops, was);
	if (!s->whole)
		swap_remembered(s);
	for (size_t w = 0; w < OP_WORDS; w++)
		for (uint64_t bits = ops[w]; bits != 0; bits &= bits - 1, at++)
			if (!ratio_eq(was[at], is[at]))
				*ret_areas |=
					s->e->book->plan.ops[w * 64 + (size_t)__builtin_ctzll(bits)]
						.areas;
	return 0;
}

/* The areas whose points or requirements may differ. */
static int find_areas(struct settling *s)
{
	int rc = 0;

	s->areas = 0;
	if (!s->p->known || s->was.book != s->e->book)
		s->areas = all_areas(s);
	else
		rc = moved_areas(s, &s->areas);
	return rc;
}

/* ---- statuses --------------------------------------------------------------------------------------------------- */

static int fix_tracks(struct settling *s)
{
	const struct edition *ed = s->e->book->edition;
	bool enrolled = has_enrollments(s->e, s->p) || s->e->asked_track.n > 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ed->n_areas; i++) {
		struct standing *st = &s->p->derived->areas[i];
		int track = -1, before = st->fixed;

		if (enrolled && ed->areas[i].n_tracks > 1)
			rc = standing_track(
				s->e, s->e->book, s->index, i, s->e->day, &s->e->scratch, &track);
		st->fixed = (int8_t)track;
		if (track != before && ed->areas[i].n_tracks > 1)
			s->areas |= 1ULL << i;
	}
	return rc;
}

/* Points and whether they qualify, of the areas of metrics that may differ. */
static void judge_now(struct settling *s)
{
	const struct edition *ed = s->e->book->edition;

	for (uint64_t bits = s->areas & areas_of_form(ed, AREA_OF_METRICS); bits != 0;
		bits &= bits - 1) {
		size_t i = (size_t)__builtin_ctzll(bits);
		struct standing *st = &s->p->derived->areas[i];

		judge_area(&s->is, i, st->fixed, &s->judged[i]);
		st->qualifies = s->judged[i].qualifies;
	}
}

static void stand(struct settling *s, size_t area, day_no *next)
{
	struct standing *st = &s->p->derived->areas[area];
	struct area_standing now;

	standing_of(
		s->e, s->e->book->edition, s->p, area, s->e->day, st->qualifies, st->last, &now);
	s->status_is[area] = (uint8_t)now.status;
	if (now.next < *next)
		*next = now.next;
}

/* Areas that look at other areas come after those. Of those whose requirements did not move only the status is looked at,
 * where time may have moved it: when it did, the ones after it are judged as well. */
static void judge_others(struct settling *s, bool time, day_no *next)
{
	const struct edition *ed = s->e->book->edition;
	bool moved = false;

	for (size_t i = 0; i < ed->n_areas; i++) {
		struct standing *st = &s->p->derived->areas[i];

		if (ed->areas[i].form == AREA_OF_METRICS)
			continue;
		if (!moved && (s->areas >> i & 1) == 0) {
			if (time)
				stand(s, i, next);
			if (s->status_is[i] == st->status)
				continue;
		}
		s->areas |= 1ULL << i;
		judge_area(&s->is, i, -1, &s->judged[i]);
		st->qualifies = s->judged[i].qualifies;
		stand(s, i, next);
		moved |= s->status_is[i] != st->status;
	}
}

/* Whether requirements that follow no operator state are what they were: those about enrollments and attestations, and
 * what a renewal asks for. */
static bool is_asked_alike(const struct settling *s)
{
	return s->was.book == s->e->book && s->p->known && !s->p->facts_stale &&
	       s->was.asks_less == s->is.asks_less;
}

/* Every area's standing when time or facts may have moved it; otherwise those whose points may differ. */
static int stand_all(struct settling *s, bool all, bool others)
{
	const struct edition *ed = s->e->book->edition;
	uint64_t metrics = areas_of_form(ed, AREA_OF_METRICS);
	day_no next = others ? DAY_NEVER : s->p->next_day;
	bool moved = false;

	for (size_t i = 0; i < ed->n_areas; i++) {
		if ((metrics >> i & 1) == 0 || (!all && (s->areas >> i & 1) == 0))
			continue;
		stand(s, i, &next);
		if (s->status_is[i] != s->p->derived->areas[i].status)
			moved = true;
		if (s->status_is[i] != s->p->derived->areas[i].status && (s->areas >> i & 1) == 0) {
			s->areas |= 1ULL << i;
			judge_area(&s->is, i, s->p->derived->areas[i].fixed, &s->judged[i]);
		}
	}
	if (moved || (others && !is_asked_alike(s)))
		s->areas |= ~metrics & all_areas(s);
	judge_others(s, others, &next);
	if (s->p->next_attested < next)
		next = s->p->next_attested;
	if (next == s->p->next_day)
		return 0;
	s->p->next_day = next;
	return partner_schedule(s->e, s->p);
}

/* ---- changes ---------------------------------------------------------------------------------------------------- */

/* The area of the edition by which areas were told last; its n_areas when there is none of that id. */
static size_t told_area(const struct settling *s, size_t area)
{
	const struct edition *old = s->was.book->edition;
	struct str id = s->e->book->edition->areas[area].id;
	size_t i = 0;

	if (s->was.book == s->e->book)
		return area;
	while (i < old->n_areas && !str_eq(old->areas[i].id, id))
		i++;
	return i;
}

/* Points of an area as they were told last, in the order of its metrics now, and the track that counted. */
static struct str points_told(const struct settling *s, size_t area, struct ratio *ret)
{
	const struct area *a = &s->e->book->edition->areas[area], *b;
	const struct edition *old = s->was.book->edition;
	struct judged j;
	size_t there = told_area(s, area);

	for (size_t i = 0; i < a->n_metrics; i++)
		ret[i] = RATIO_ZERO;
	if (!s->p->known || there == old->n_areas)
		return (struct str){ "", 0 };
	b = &old->areas[there];
	judge_track(&s->was, there, s->told[there].track, &j);
	for (size_t i = 0; i < a->n_metrics; i++)
		for (size_t k = 0; k < b->n_metrics; k++)
			if (str_eq(a->metrics[i].id, b->metrics[k].id))
				ret[i] = j.points[k];
	return b->tracks[s->told[there].track].id;
}

/* Whether there is anything to tell of an area for the first time. */
static bool is_something(const struct area_change *c)
{
	for (size_t i = 0; i < c->shape->n_metrics; i++)
		if (!ratio_is_zero(c->after[i]))
			return true;
	return c->status_after != AREA_IN_PROGRESS;
}

/* Whether another edition asks something else of an area: points that stand still are nearer to it, or further. */
static bool asks_otherwise(const struct settling *s, size_t area, const struct area_shape *is)
{
	const struct area_shape *was;
	size_t there;

	if (s->was.book == s->e->book)
		return false;
	there = told_area(s, area);
	was = &s->was.book->plan.areas[there].shapes[s->told[there].track];
	if (was->qualifies_at != is->qualifies_at || was->n_metrics != is->n_metrics)
		return true;
	for (size_t i = 0; i < is->n_metrics; i++)
		if (was->maximum[i] != is->maximum[i] || !str_eq(was->metrics[i], is->metrics[i]))
			return true;
	return false;
}

static bool differs(const struct settling *s, size_t area, const struct area_change *c)
{
	/* Of a new partner, and of a new area, every designation is told; of specializations those that something is
	 * met of. */
	if (!s->p->known || told_area(s, area) == s->was.book->edition->n_areas)
		return s->e->book->edition->areas[area].form != AREA_OF_REQUIREMENTS ||
		       is_something(c);
	if (c->status_before != c->status_after || !str_eq(c->track_before, c->shape->track) ||
		asks_otherwise(s, area, c->shape))
		return true;
	for (size_t i = 0; i < c->shape->n_metrics; i++)
		if (!ratio_eq(c->before[i], c->after[i]))
			return true;
	return false;
}

static int area_change(struct settling *s, size_t area, struct area_change *ret, size_t *n)
{
	const struct judged *j = &s->judged[area];
	struct standing *st = &s->p->derived->areas[area];
	size_t n_metrics = s->e->book->edition->areas[area].n_metrics;
	struct ratio *points = arena_alloc(&s->e->out, 2 * n_metrics * sizeof *points);

	if (points == NULL)
		return ERR_NOMEM;
	*ret = (struct area_change){ .shape = &s->e->book->plan.areas[area].shapes[j->track],
		.track_before = points_told(s, area, points),
		.before = points,
		.after = points + n_metrics,
		.status_before = s->p->known ? (enum area_status)s->status_was[area] : AREA_UNKNOWN,
		.status_after = (enum area_status)s->status_is[area] };
	if (!s->p->known)
		ret->track_before = ret->shape->track;
	memcpy(points + n_metrics, j->points, n_metrics * sizeof *points);
	st->track = (uint8_t)j->track;
	st->status = s->status_is[area];
	*n += differs(s, area, ret);
	return 0;
}

static int changes_of(struct settling *s, struct area_change **ret, size_t *ret_n)
{
	size_t most = (size_t)__builtin_popcountll(s->areas);
	struct area_change *changes = arena_alloc(&s->e->out, most * sizeof *changes + 1);
	int rc = changes == NULL ? ERR_NOMEM : 0;

	*ret_n = 0;
	if (!s->whole)
		swap_remembered(s);
	for (uint64_t bits = s->areas; rc == 0 && bits != 0; bits &= bits - 1)
		rc = area_change(s, (size_t)__builtin_ctzll(bits), &changes[*ret_n], ret_n);
	if (!s->whole)
		swap_remembered(s);
	*ret = changes;
	return rc;
}

static int report(struct settling *s, struct partner_change *ret, size_t *n)
{
	const struct cause_list *list;
	struct area_change *changes;
	uint32_t *causes;
	size_t n_areas;
	int rc = changes_of(s, &changes, &n_areas);

	if (rc != 0 || n_areas == 0)
		return rc;
	list = s->t->causes.count > 0 ? &s->t->causes : &s->t->past_only;
	causes = arena_alloc(&s->e->out, sizeof list->all);
	if (causes == NULL)
		return ERR_NOMEM;
	memcpy(causes, list->all, sizeof list->all);
	ret[(*n)++] = (struct partner_change){ .partner = partner_id(s->e, s->index),
		.n_areas = n_areas,
		.areas = changes,
		.n_causes = list->count < CAUSES_MAX ? list->count : CAUSES_MAX,
		.causes = causes,
		.cause_count = list->count,
		.corrected = s->t->corrected };
	return 0;
}

/* ---- settle ----------------------------------------------------------------------------------------------------- */

static int begin(struct settling *s)
{
	const struct derived *d = s->p->derived;
	size_t n = s->e->book->edition->n_areas;

	s->whole = d == NULL || s->p->anew || s->p->recredit || s->p->rebuild != 0 ||
		   s->p->facts_stale || d->book != s->e->book || !s->p->known;
	s->status_was = scratch(s, n, 1);
	s->status_is = scratch(s, n, 1);
	s->judged = scratch(s, n, sizeof *s->judged);
	if (s->status_was == NULL || s->status_is == NULL || s->judged == NULL)
		return ERR_NOMEM;
	return s->whole && d != NULL ? copy_was(s) : 0;
}

/* The specializations (bits) whose renewal asks for less, as it was told last. */
static uint64_t asked_less(const struct rulebook *book, const struct standing *areas)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < book->edition->n_areas; i++)
		bits |= (uint64_t)areas[i].asks_less << i;
	return bits;
}

/* What renewals ask for now. It changes with enrollments and with days on which a partner is woken: both make it settle
 * as a whole, with all its specializations. */
static void look_at_renewals(struct settling *s)
{
	const struct edition *ed = s->e->book->edition;
	uint64_t less = renewals_asking_less(s->e, ed, s->p, s->e->day);

	for (size_t i = 0; i < ed->n_areas; i++)
		s->p->derived->areas[i].asks_less = (less >> i & 1) != 0;
}

static void views(struct settling *s)
{
	const struct edition *ed = s->e->book->edition;

	if (s->whole)
		look_at_renewals(s);

	for (size_t i = 0; i < ed->n_areas; i++)
		s->status_was[i] = s->status_is[i] = s->p->derived->areas[i].status;
	view_of(s, &s->is);
	s->is.status = s->status_is;
	s->is.asks_less = asked_less(s->e->book, s->p->derived->areas);
	if (!s->whole || s->was.book == NULL) {
		s->was = s->is;
		s->told = s->p->derived->areas;
	}
	s->was.status = s->status_was;
	s->was.asks_less = asked_less(s->was.book, s->told);
}

/* Statuses were told by the order of areas of the book that was. */
static int statuses_told(struct settling *s)
{
	const struct edition *old = s->was.book->edition;
	uint8_t *status;

	if (s->was.book == s->e->book)
		return 0;
	status = scratch(s, old->n_areas, 1);
	if (status == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < old->n_areas; i++)
		status[i] = s->told[i].status;
	s->was.status = status;
	return 0;
}

static int partner_settle(struct settling *s, struct partner_change *ret, size_t *n)
{
	struct partner *p = s->p;
	bool all, others;
	int rc = begin(s);

	if (rc == 0)
		rc = update(s);
	if (rc != 0)
		return rc;
	views(s);
	rc = statuses_told(s);
	if (rc == 0)
		rc = find_areas(s);
	others = s->whole || p->settled_on != s->e->day || p->facts_stale;
	all = others || p->could_stale || (p->past_stale && (p->could != 0 || s->e->past_books));
	if (rc == 0 && (p->facts_stale || (p->past_stale && p->dossier != NULL) || !p->known))
		rc = fix_tracks(s);
	partner_pass_days(s->e, p);
	judge_now(s);
	if (rc == 0 && all && (p->past_stale || s->e->jumped || p->facts_stale))
		rc = partner_look_back(s->e, p, &s->is, s->whole);
	if (rc == 0)
		rc = stand_all(s, all, others);
	if (rc == 0)
		rc = report(s, ret, n);
	memcpy(p->told_reference, p->reference, sizeof p->told_reference);
	p->seeking = p->could;
	for (uint64_t bits = p->could; bits != 0; bits &= bits - 1)
		if (p->derived->areas[__builtin_ctzll(bits)].qualifies)
			p->seeking &= ~(bits & -bits);
	p->known = true;
	p->past_stale = p->facts_stale = false;
	p->settled_on = s->e->day;
	return rc;
}

static int report_nothing_left(struct settling *s, struct partner_change *ret, size_t *n)
{
	int rc;

	s->p->anew = true; /* `was` is a copy */
	rc = begin(s);
	if (rc == 0)
		rc = derive_room(s->e, s->p);
	if (rc != 0)
		return rc;
	views(s);
	rc = statuses_told(s);
	s->areas = all_areas(s);
	for (size_t i = 0; i < s->e->book->edition->n_areas; i++) {
		s->judged[i] = (struct judged){ .total = RATIO_ZERO };
		for (size_t k = 0; k < AREA_METRICS_MAX; k++)
			s->judged[i].points[k] = RATIO_ZERO;
		s->status_is[i] = AREA_IN_PROGRESS;
	}
	return rc == 0 ? report(s, ret, n) : rc;
}

/* A partner that became a location of another has no score of its own any more. */
static int vanish(struct settling *s, struct partner_change *ret, size_t *n)
{
	struct partner *p = s->p;
	int rc = 0;

	if (p->known && p->derived != NULL)
		rc = report_nothing_left(s, ret, n);
	derived_free(s->e, p);
	cells_fini(&p->windows, &s->e->a);
	p->known = p->anew = p->recredit = false;
	p->rebuild = 0;
	p->next_day = p->outlook_day = p->feed_day = DAY_NEVER;
	return rc != 0 ? rc : partner_schedule(s->e, p);
}

/* Which areas are held, and which of those qualify. */
struct held {
	const struct rulebook *book;
	uint64_t held, qualify;
};

static struct held held_of(const struct partner *p)
{
	const struct derived *d = p->derived;
	struct held h = { .book = d == NULL ? NULL : d->book };

	for (size_t i = 0; d != NULL && i < d->book->edition->n_areas; i++)
		if (status_is_held((enum area_status)d->areas[i].status)) {
			h.held |= 1ULL << i;
			h.qualify |= (uint64_t)d->areas[i].qualifies << i;
		}
	return h;
}

/* The change of a partner that is just settled: the last one, when it is of that partner, otherwise a new one. */
static struct partner_change *change_of(
	const struct settling *s, struct partner_change *ret, size_t before, size_t *n)
{
	if (*n == before)
		ret[(*n)++] = (struct partner_change){ .partner = partner_id(s->e, s->index) };
	return &ret[*n - 1];
}

/* Tells outlooks and feeds, or notes that outlooks are to be made with the next day. */
static int look_out(struct settling *s, const struct held *was, struct partner_change *ret,
	size_t before, size_t *n)
{
	const struct held is = held_of(s->p);
	struct area_outlook *outlooks = NULL;
	struct feed_outlook *feeds = NULL;
	size_t n_outlooks = 0, n_feeds = 0;
	int rc = 0;

	if (s->p->n_outlooks == 0 && is.held == 0)
		s->p->outlook_day = DAY_NEVER;
	else if (s->e->day_came || s->p->outlook_day <= s->e->day || is.book != was->book ||
		 is.held != was->held || is.qualify != was->qualify)
		rc = outlook_tell(s->e, s->index, &outlooks, &n_outlooks);
	else
		rc = outlook_stale(s->e, s->index);
	if (rc == 0 && !partner_is_location(s->e, s->index))
		rc = outlook_tell_feeds(s->e, s->index, &feeds, &n_feeds);
	if (rc == 0 && n_outlooks + n_feeds > 0) {
		struct partner_change *c = change_of(s, ret, before, n);

		c->n_outlooks = n_outlooks;
		c->outlooks = outlooks;
		c->n_feeds = n_feeds;
		c->feeds = feeds;
	}
	return rc != 0 ? rc : partner_schedule(s->e, s->p);
}

/* quiet: what is kept of it is made again, and nothing is told. */
static int settle_one(struct engine *e, const struct touched *t, bool quiet,
	struct partner_change *ret, size_t *n)
{
	struct settling s = { .e = e, .index = t->partner, .p = e->partners[t->partner], .t = t };
	bool looks_out = e->outlook.n_borders > 0 && s.p->told && !quiet;
	struct held was = { 0 };
	size_t before;
	int rc = 0;

	if (looks_out)
		was = held_of(s.p);
	before = *n;
	arena_reset(&e->scratch);
	if (partner_is_location(e, t->partner))
		rc = vanish(&s, ret, n);
	else if (s.p->told)
		rc = partner_settle(&s, ret, n);
	s.p->touched = 0;
	if (rc == 0 && looks_out && e->day != DAY_NONE)
		rc = look_out(&s, &was, ret, before, n);
	return rc;
}

int partner_restore(struct engine *e, uint32_t index)
{
	struct touched t = { .partner = index };
	struct partner_change change;
	size_t n = 0;
	int rc = settle_one(e, &t, true, &change, &n);

	arena_reset(&e->out);
	if (rc != 0 || e->outlook.n_borders == 0)
		return rc;
	(void)feeds_turn(e, e->partners[index]);
	return partner_schedule(e, e->partners[index]);
}

int engine_settle_part(struct engine *e, size_t most, const struct partner_change **ret_changes,
	size_t *ret_n, bool *ret_done)
{
	struct partner_change *changes;
	size_t n = 0, end;
	int rc = e->n_settled == 0 ? touched_order(e) : 0;

	if (e->out.total > OUT_KEPT_MAX)
		arena_fini(&e->out);
	arena_reset(&e->out);
	end = e->n_touched - e->n_settled < most ? e->n_touched : e->n_settled + most;
	changes = arena_alloc(&e->out, (end - e->n_settled) * sizeof *changes + 1);
	if (changes == NULL)
		return ERR_NOMEM;
	for (; rc == 0 && e->n_settled < end; e->n_settled++)
		rc = settle_one(e, &e->touched[e->order[e->n_settled].touched], false, changes, &n);
	if (rc != 0)
		return rc;
	*ret_done = e->n_settled == e->n_touched;
	if (*ret_done) {
		e->n_touched = e->n_settled = 0;
		arena_reset(&e->memories);
		e->jumped = e->day_came = false;
		calendar_settled(e);
	}
	*ret_changes = changes;
	*ret_n = n;
	return 0;
}

int engine_settle(struct engine *e, const struct partner_change **ret_changes, size_t *ret_n)
{
	bool done;

	return engine_settle_part(e, SIZE_MAX, ret_changes, ret_n, &done);
}
