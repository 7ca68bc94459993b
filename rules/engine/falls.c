/* Why an area falls in a step of a walk. */
#include "rules/engine/walk.h"

#include "common/base/err.h"
#include "common/base/event_fields.h"
#include "rules/engine/sort.h"

struct list {
	const struct walk *w;
	struct arena *ar;
	struct fall *all;
	size_t n, cap;
};

static struct fall *add_fall(struct list *l, enum fall_kind kind)
{
	struct fall *more;
	size_t cap = l->cap == 0 ? 16 : l->cap * 2;

	if (l->n == l->cap) {
		more = arena_alloc(l->ar, cap * sizeof *more);
		if (more == NULL)
			return NULL;
		if (l->n > 0)
			memcpy(more, l->all, l->n * sizeof *more);
		l->all = more;
		l->cap = cap;
	}
	l->all[l->n] = (struct fall){
		.kind = kind, .on = l->w->v.day, .who = { "", 0 }, .what = { "", 0 }
	};
	return &l->all[l->n++];
}

static int put(struct list *l, enum fall_kind kind, struct str who, struct str what)
{
	struct fall *f = add_fall(l, kind);

	if (f == NULL)
		return ERR_NOMEM;
	f->who = who;
	f->what = what;
	return 0;
}

static int put_text(struct list *l, enum fall_kind kind, const char *text)
{
	size_t n = strlen(text);
	char *copy = arena_alloc(l->ar, n + 1);

	if (copy == NULL)
		return ERR_NOMEM;
	memcpy(copy, text, n);
	return put(l, kind, (struct str){ "", 0 }, (struct str){ copy, n });
}

/* ---- certificates ------------------------------------------------------------------------------------------------ */

static bool names_certificate(const struct people_predicate *p, size_t c)
{
	for (size_t k = 0; k < p->n_any; k++)
		if ((p->any[k].bits[c / 64] >> (c % 64) & 1) != 0)
			return true;
	return false;
}

/* The certificates of a person that ceased to count and with them one of the predicates. */
static int person_falls(struct list *l, uint32_t person, const uint64_t *preds)
{
	const struct walk *w = l->w;
	const struct rulebook *book = w->book;
	struct cert_set was, is;
	uint64_t lost[ARRAY_LEN(was.bits)] = { 0 };
	day_no next;
	int rc = person_active(w->e, w->book, w->e->people[person], w->v.day - 1, &was, &next);

	if (rc != 0 || next > w->v.day)
		return rc;
	rc = person_active(w->e, w->book, w->e->people[person], w->v.day, &is, &next);
	for (size_t k = 0; k < book->plan.n_preds; k++) {
		const struct people_predicate *p = book->plan.preds[k];

		if ((preds[k / 64] >> (k % 64) & 1) == 0 || !predicate_holds(p, &was) ||
			predicate_holds(p, &is))
			continue;
		for (size_t c = 0; c < book->edition->n_certificates; c++)
			if (((was.bits[c / 64] & ~is.bits[c / 64]) >> (c % 64) & 1) != 0 &&
				names_certificate(p, c))
				lost[c / 64] |= 1ULL << (c % 64);
	}
	for (size_t c = 0; rc == 0 && c < book->edition->n_certificates; c++)
		if ((lost[c / 64] >> (c % 64) & 1) != 0)
			rc = put(l, FALL_CERTIFICATE, person_id(w->e, person),
				book->edition->certificates[c].code);
	return rc;
}

static int people_falls(struct list *l, const uint64_t *preds)
{
	const struct walk *w = l->w;
	uint64_t any = 0;
	int rc = 0;

	for (size_t i = 0; i < PRED_WORDS; i++)
		any |= preds[i];
	for (uint32_t at = any == 0 ? NONE : w->index; rc == 0 && at != NONE;
		at = subject_next(w->e, w->index, at))
		for (uint32_t i = w->e->partners[at]->first_person; rc == 0 && i != NONE;
			i = w->e->people[i]->next)
			rc = person_falls(l, i, preds);
	return rc;
}

/* ---- what a metric looks at -------------------------------------------------------------------------------------- */

/* What the metrics that fell look at, each once. */
struct looked_at {
	uint64_t preds[PRED_WORDS];
	uint32_t clocks;
	uint64_t areas;
	const struct metric_rule *attested[EDITION_PARTS_MAX];
	size_t n_attested;
};

static void look_at_op(const struct walk *w, size_t number, struct looked_at *l)
{
	const struct op *op = &w->book->plan.ops[number];
	const struct metric_rule *r = op->rule;
	size_t steps = op->kind == &op_people ? r->u.people.n_steps : op->kind == &op_hold;

	for (size_t i = 0; i < steps; i++)
		l->preds[op->preds[i] / 64] |= 1ULL << (op->preds[i] % 64);
	if (op->clock != NO_CLOCK)
		l->clocks |= 1U << op->clock;
	if (op->kind == &op_attested && l->n_attested < EDITION_PARTS_MAX)
		l->attested[l->n_attested++] = r;
	for (size_t i = 0; op->kind == &op_held && i < r->u.held.n; i++)
		l->areas |= 1ULL << r->u.held.areas[i];
	for (size_t i = 0; i < op->n_children; i++)
		look_at_op(w, op->children[i], l);
}

static int area_falls(struct list *l, uint64_t areas)
{
	const struct walk *w = l->w;
	int rc = 0;

	for (uint64_t bits = areas; rc == 0 && bits != 0; bits &= bits - 1) {
		size_t i = (size_t)__builtin_ctzll(bits);

		if (status_is_held((enum area_status)w->status_was[i]) &&
			!status_is_held((enum area_status)w->status[i]))
			rc = put(
				l, FALL_AREA, (struct str){ "", 0 }, w->book->edition->areas[i].id);
	}
	return rc;
}

static int usage_falls(struct list *l, uint32_t clocks)
{
	const struct walk *w = l->w;
	month_no told = MONTH_NONE;
	char text[MONTH_TEXT];
	int rc = 0;

	for (uint32_t bits = clocks; rc == 0 && bits != 0; bits &= bits - 1) {
		size_t c = (size_t)__builtin_ctz(bits);

		if (w->v.reference[c] == w->reference_was[c] || w->v.reference[c] == told)
			continue;
		told = w->v.reference[c];
		rc = put_text(l, FALL_USAGE, month_format(told, text));
	}
	return rc;
}

static int attested_falls(struct list *l, const struct metric_rule *r)
{
	const struct walk *w = l->w;
	day_no next;

	if (attested_on(w->e, w->v.partner, r, w->v.day, &next) >=
		attested_on(w->e, w->v.partner, r, w->v.day - 1, &next))
		return 0;
	return put(l, FALL_ATTESTATION, r->u.attested.scope,
		str_from(enum_name(&attestation_kind_names, (int)r->u.attested.kind)));
}

/* ---- an area ----------------------------------------------------------------------------------------------------- */

/* What the metrics of an area that have fewer points than before look at. */
static void look_at_area(const struct walk *w, size_t area, struct looked_at *l, bool *ret_asks)
{
	const struct walk_area *a = &w->areas[area];
	const struct area *ed = &w->book->edition->areas[area];
	const struct plan_track *pt = &w->book->plan.areas[area].tracks[a->was->track];
	bool more = (w->less_was & ~w->v.asks_less) >> area & 1;

	for (size_t m = 0; m < ed->n_metrics; m++) {
		if (ratio_cmp(a->judged->points[m], a->was->points[m]) >= 0)
			continue;
		if (more && ed->tracks[a->judged->track].metrics[m].renewal != RENEWAL_EVERY_YEAR)
			*ret_asks = true;
		for (size_t k = 0; k < pt->metrics[m].n; k++)
			look_at_op(w, pt->metrics[m].ops[k], l);
	}
}

static int points_fall(struct list *l, size_t area)
{
	const struct walk *w = l->w;
	struct looked_at seen = { 0 };
	char text[DAY_TEXT];
	bool asks = false;
	int rc;

	look_at_area(w, area, &seen, &asks);
	rc = people_falls(l, seen.preds);
	if (rc == 0)
		rc = usage_falls(l, seen.clocks);
	for (size_t i = 0; rc == 0 && i < seen.n_attested; i++)
		rc = attested_falls(l, seen.attested[i]);
	if (rc == 0)
		rc = area_falls(l, seen.areas);
	if (rc == 0 && asks)
		rc = put_text(l, FALL_RENEWAL, day_format(w->v.day - 1, text));
	return rc;
}

static int status_falls(struct list *l, size_t area)
{
	const struct walk *w = l->w;
	const struct area_standing *st = &w->areas[area].st;
	enum area_status was = (enum area_status)w->status_was[area];
	char text[DAY_TEXT];

	if (!status_is_held(was) || status_is_held((enum area_status)w->status[area]) ||
		w->book->edition->areas[area].form == AREA_OF_AREAS)
		return 0;
	if (was != AREA_QUALIFIED)
		return put_text(l, FALL_ENROLLMENT,
			st->enrolled.active ? day_format(st->enrolled.anniversary, text) : "");
	return w->areas[area].judged_on == w->v.day ? 0 : put_text(l, FALL_WINDOW, "");
}

static bool fall_less(const void *a, const void *b, void *ctx)
{
	const struct fall *x = a, *y = b;
	int c = (int)x->kind - (int)y->kind;

	(void)ctx;
	if (c == 0)
		c = str_cmp(x->who, y->who);
	return c != 0 ? c < 0 : str_cmp(x->what, y->what) < 0;
}

/* With another edition, whose metrics may be others. */
static bool fell(const struct walk *w, size_t area)
{
	const struct walk_area *a = &w->areas[area];

	return ratio_cmp(a->judged->total, a->was->total) < 0 ||
	       (a->was->qualifies && !a->judged->qualifies) ||
	       (status_is_held((enum area_status)w->status_was[area]) &&
		       !status_is_held((enum area_status)w->status[area]));
}

int walk_falls(const struct walk *w, size_t area, struct arena *ar, struct fall *falls, size_t max,
	size_t *ret_n, uint32_t *ret_all)
{
	struct list l = { .w = w, .ar = ar };
	int rc = 0;

	if (w->turned_edition && fell(w, area))
		rc = put(&l, FALL_EDITION, (struct str){ "", 0 }, w->book->edition->id);
	else if (!w->turned_edition && w->areas[area].judged_on == w->v.day)
		rc = points_fall(&l, area);
	if (rc == 0 && !w->turned_edition)
		rc = status_falls(&l, area);
	if (rc != 0)
		return rc;
	heap_sort(l.all, l.n, sizeof *l.all, fall_less, NULL);
	*ret_all = (uint32_t)l.n;
	*ret_n = l.n < max ? l.n : max;
	if (*ret_n > 0)
		memcpy(falls, l.all, *ret_n * sizeof *falls);
	return 0;
}
