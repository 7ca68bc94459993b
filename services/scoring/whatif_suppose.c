#include "services/scoring/whatif_suppose.h"

#include <stdarg.h>
#include <stdio.h>

#include "services/scoring/area_find.h"

#define SOURCE	      STR("urn:capscore:what-if")
#define RECORDED_LAST (((event_ms)DAY_MAX + 1) * MS_PER_DAY - 1) /* nothing is recorded later */
#define ELSEWHERE     STR("what-if-elsewhere")			 /* where people go who leave */
#define MONTHS	      3
#define NOTE_MAX      512

struct work {
	const struct supposing *x;
	const struct wire_supposition *s;
	size_t number;		    /* of the supposition, from 1 */
	unsigned people, customers; /* invented so far */
	struct supposed *out;
	struct err *err;
};

/* ---- texts and events ---------------------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static struct str text(
	struct work *w, const char *format, ...)
{
	char buf[NOTE_MAX], *copy;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(buf, sizeof buf, format, args);
	va_end(args);
	if (n < 0)
		n = 0;
	if ((size_t)n >= sizeof buf)
		n = sizeof buf - 1;
	copy = arena_alloc(w->x->ar, (size_t)n + 1);
	if (copy == NULL)
		return (struct str){ NULL, 0 };
	memcpy(copy, buf, (size_t)n + 1);
	return (struct str){ copy, (size_t)n };
}

static void note(struct work *w, struct str s)
{
	if (w->out->n_notes < WIRE_NOTES_MAX && s.n > 0)
		w->out->notes[w->out->n_notes++] = s;
}

/* Says which supposition it is about. */
__attribute__((format(printf, 2, 3))) static int refuse(struct work *w, const char *format, ...)
{
	char buf[ERR_TEXT_MAX];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(buf, sizeof buf, format, args);
	va_end(args);
	return err_set(w->err, ERR_SYNTAX, "supposition %zu: %s", w->number, buf);
}

static int grow(struct work *w)
{
	struct supposed *o = w->out;
	size_t cap = o->cap == 0 ? 64 : o->cap * 2;
	struct event *more;

	if (o->n < o->cap)
		return 0;
	if (o->n >= SUPPOSED_EVENTS_MAX)
		return err_set(w->err, ERR_FULL,
			"the suppositions change more than %d rows; suppose less at a time",
			SUPPOSED_EVENTS_MAX);
	more = arena_alloc(w->x->ar, cap * sizeof *more);
	if (more == NULL)
		return ERR_NOMEM;
	if (o->n > 0)
		memcpy(more, o->events, o->n * sizeof *more);
	o->events = more;
	o->cap = cap;
	return 0;
}

/* An event of the partner that stands over everything known, and over those before it. */
static int add(struct work *w, struct event ev, enum fact_kind kind, struct str subject)
{
	int rc = grow(w);

	if (rc != 0)
		return rc;
	ev.id = text(w, "what-if-%06zu", w->out->n + 1);
	ev.source = SOURCE;
	ev.subject = subject;
	ev.recorded = ev.time = RECORDED_LAST;
	ev.retracted = false;
	ev.kind = kind;
	if (ev.id.n == 0)
		return ERR_NOMEM;
	w->out->events[w->out->n++] = ev;
	return 0;
}

static uint32_t count_of(const struct work *w)
{
	return w->s->count == 0 ? 1 : w->s->count;
}

/* Who is named, or somebody new. */
static struct str who(struct work *w, const char *what, unsigned *invented)
{
	return w->s->who.n > 0 ? w->s->who : text(w, "what-if-%s-%u", what, ++*invented);
}

/* ---- people -------------------------------------------------------------------------------------------------- */

/* Whether somebody is known at the partner, and holds something. */
struct known {
	const struct work *w;
	int certificate; /* in the edition; -1 */
	bool person, held;
};

static bool is_same(const struct known *k, struct str name)
{
	return str_eq_nocase(name, k->w->s->name) ||
	       (k->certificate >= 0 &&
		       edition_certificate(k->w->x->edition, name) == k->certificate);
}

static int look_for_person(void *ctx, const struct event *ev)
{
	struct known *k = ctx;
	struct str person, name = { "", 0 };

	if (ev->kind == FACT_CERTIFICATION) {
		person = ev->u.certification.person;
		name = ev->u.certification.certificate;
	} else if (ev->kind == FACT_ASSESSMENT) {
		person = ev->u.assessment.person;
		name = ev->u.assessment.assessment;
	} else if (ev->kind == FACT_PERSON_LINK) {
		person = ev->u.person_link.person;
	} else {
		return 0;
	}
	if (!str_eq(person, k->w->s->who))
		return 0;
	k->person = true;
	k->held = k->held || (name.n > 0 && is_same(k, name));
	return 0;
}

static int find_person(struct work *w, struct known *ret)
{
	int rc;

	*ret = (struct known){ .w = w,
		.certificate =
			w->s->name.n == 0 ? -1 : edition_certificate(w->x->edition, w->s->name) };
	if (w->s->who.n == 0)
		return refuse(w, "no person is named");
	rc = engine_facts(w->x->engine, w->x->partner, look_for_person, ret);
	if (rc == ERR_NOTFOUND || (rc == 0 && !ret->person))
		return refuse(w, "nobody '" STR_FMT "' counts for partner " STR_FMT,
			STR_ARG(w->s->who), STR_ARG(w->x->partner));
	return rc;
}

static int earn(struct work *w, enum fact_kind kind)
{
	day_no today = engine_day(w->x->engine);
	char day[DAY_TEXT];
	int rc = 0;

	if (w->s->name.n == 0)
		return refuse(w, "no certificate is named");
	if (w->s->who.n > 0 && count_of(w) > 1)
		return refuse(w, "%u times by one person", (unsigned)count_of(w));
	for (uint32_t i = 0; rc == 0 && i < count_of(w); i++) {
		struct event ev = { .kind = kind };
		struct str person = who(w, "person", &w->people);

		if (kind == FACT_ASSESSMENT)
			ev.u.assessment =
				(struct fact_assessment){ person, w->s->name, today, DAY_NONE };
		else
			ev.u.certification = (struct fact_certification){ person, w->s->name,
				CERT_EARNED, today, DAY_NONE, DAY_NONE };
		rc = add(w, ev, kind, w->x->partner);
	}
	if (rc == 0)
		note(w, text(w, STR_FMT ": %s on %s by %u, and it does not expire",
				STR_ARG(w->s->name), kind == FACT_ASSESSMENT ? "passed" : "earned",
				day_format(today, day), (unsigned)count_of(w)));
	if (rc == 0 && edition_certificate(w->x->edition, w->s->name) < 0)
		note(w, text(w,
				"edition " STR_FMT " names no certificate '" STR_FMT
				"': it counts for nothing",
				STR_ARG(w->x->edition->id), STR_ARG(w->s->name)));
	return rc;
}

static int end_certificate(struct work *w)
{
	day_no today = engine_day(w->x->engine);
	struct event ev = { .kind = FACT_CERTIFICATION };
	struct known k;
	int rc = find_person(w, &k);

	if (rc == 0 && !k.held)
		return refuse(w, "'" STR_FMT "' holds no '" STR_FMT "'", STR_ARG(w->s->who),
			STR_ARG(w->s->name));
	ev.u.certification = (struct fact_certification){ w->s->who, w->s->name, CERT_EXPIRED,
		DAY_NONE, DAY_NONE, today };
	return rc != 0 ? rc : add(w, ev, FACT_CERTIFICATION, w->x->partner);
}

/* Who was linked anywhere counts where the newest link says. */
static int leave(struct work *w)
{
	struct event ev = { .kind = FACT_PERSON_LINK };
	struct known k;
	int rc = find_person(w, &k);

	ev.u.person_link = (struct fact_person_link){ w->s->who, true, engine_day(w->x->engine) };
	return rc != 0 ? rc : add(w, ev, FACT_PERSON_LINK, ELSEWHERE);
}

/* ---- new customers ------------------------------------------------------------------------------------------- */

static bool is_listed(const struct selection *s, struct str product)
{
	for (size_t i = 0; i < s->n_products; i++) {
		if (str_eq_nocase(s->products[i].name, product))
			return true;
		for (size_t k = 0; k < s->products[i].n_aliases; k++)
			if (str_eq_nocase(s->products[i].aliases[k], product))
				return true;
	}
	return false;
}

/* The selections of a rule and of those below it. Returns the first whose rows may be of the measure and the product. */
static const struct selection *selection_of(
	const struct work *w, const struct metric_rule *r, bool listed);

static const struct selection *take_selection(const struct work *w, uint16_t number, bool listed)
{
	const struct selection *s = &w->x->edition->selections[number];

	if ((s->measures >> w->s->measure & 1) == 0)
		return NULL;
	return !listed || is_listed(s, w->s->name) ? s : NULL;
}

static const struct selection *selection_below(
	const struct work *w, const struct metric_rule *r, bool listed)
{
	const struct selection *s = NULL;

	if (r->kind == RULE_COMBINED)
		for (size_t i = 0; s == NULL && i < r->u.combined.n; i++)
			s = selection_of(w, r->u.combined.parts[i].rule, listed);
	if (r->kind == RULE_AT_LEAST_OF)
		for (size_t i = 0; s == NULL && i < r->u.of.n; i++)
			s = selection_of(w, r->u.of.conditions[i].rule, listed);
	return s;
}

static const struct selection *selection_of(
	const struct work *w, const struct metric_rule *r, bool listed)
{
	switch (r->kind) {
	case RULE_NET_CUSTOMER_ADDS:
	case RULE_NET_DEPLOYMENTS:
	case RULE_UNITS_REACHED:
		return take_selection(w, r->u.units.test.selection, listed);
	case RULE_USAGE_GROWTH:
	case RULE_GROWTH_REACHED:
		return take_selection(w, r->u.growth.selection, listed);
	case RULE_PRODUCTS_IN_USE:
		return take_selection(w, r->u.products.selection, listed);
	case RULE_USAGE_REACHED:
		return take_selection(w, r->u.level.selection, listed);
	case RULE_USAGE_SHARE:
		return take_selection(w, r->u.share.selection, listed);
	default:
		return selection_below(w, r, listed);
	}
}

static const struct selection *selection_in(const struct work *w, const struct area *a, bool listed)
{
	for (size_t t = 0; t < a->n_tracks; t++)
		for (size_t m = 0; m < a->n_metrics; m++) {
			const struct selection *s =
				selection_of(w, &a->tracks[t].metrics[m].rule, listed);

			if (s != NULL)
				return s;
		}
	return NULL;
}

/* Where a product is named, a selection that lists it comes before one that merely takes the measure. */
static const struct selection *choose_selection(const struct work *w, const struct area *only)
{
	const struct edition *ed = w->x->edition;
	const struct selection *s = NULL;

	for (int listed = w->s->name.n > 0; s == NULL && listed >= 0; listed--)
		for (size_t i = 0; s == NULL && i < ed->n_areas; i++)
			if (only == NULL || only == &ed->areas[i])
				s = selection_in(w, &ed->areas[i], listed == 1);
	return s;
}

static struct str first_of(const struct names *n)
{
	return n->n > 0 ? n->all[0] : (struct str){ "", 0 };
}

static enum association_kind first_association(const struct selection *s, size_t product)
{
	static const enum association_kind order[] = { ASSOC_PAL, ASSOC_DPOR, ASSOC_CSP_TIER_1,
		ASSOC_CSP_TIER_2, ASSOC_CPOR, ASSOC_TRANSACTING_POR };
	uint32_t admitted = s->associations;

	for (size_t r = 0; r < s->n_rates; r++)
		if (s->rates[r].associations != 0 && product >= s->rates[r].first &&
			product < s->rates[r].first + s->rates[r].n)
			admitted = s->rates[r].associations;
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		if ((admitted >> order[i] & 1) != 0)
			return order[i];
	return ASSOC_NONE;
}

/* The first product of a selection that has rows of the measure. */
static size_t first_product(const struct work *w, const struct selection *s)
{
	for (size_t r = 0; r < s->n_rates; r++)
		if (s->rates[r].measure == w->s->measure && s->rates[r].n > 0)
			return s->rates[r].first;
	return 0;
}

/* A row that the selection lets pass, as far as nothing else was said. */
static struct fact_usage row_for(const struct work *w, const struct selection *s)
{
	size_t product = first_product(w, s);
	struct fact_usage u = { .product = w->s->name,
		.component = STR(""),
		.measure = w->s->measure,
		.association = w->s->association != ASSOC_NONE ? w->s->association
							       : first_association(s, product),
		.amount_micro = w->s->amount_micro };

	while (u.offer + 1 < OFFER_KIND_END && (s->offers >> u.offer & 1) == 0)
		u.offer++;
	if (w->s->name.n == 0 && s->n_filters > 0) {
		const struct usage_filter *f = &s->filters[0];

		u.product = first_of(&f->products);
		u.component = first_of(&f->components);
		u.level1 = first_of(&f->level1);
		u.group2 = first_of(&f->group2);
		u.group3 = first_of(&f->group3);
		u.influencer = first_of(&f->influencers);
		u.compute_os = first_of(&f->compute_os);
	}
	if (u.product.n == 0)
		u.product = s->n_products > 0 ? s->products[product].name : STR("any product");
	return u;
}

static uint32_t months_of(const struct work *w)
{
	return w->s->months == 0 ? MONTHS : w->s->months;
}

static int add_customer(struct work *w, struct fact_usage u, month_no last)
{
	int rc = 0;

	u.customer = who(w, "customer", &w->customers);
	for (month_no m = last - (month_no)months_of(w) + 1; rc == 0 && m <= last; m++) {
		struct event ev = { .kind = FACT_USAGE };

		u.month = m;
		ev.u.usage = u;
		rc = add(w, ev, FACT_USAGE, w->x->partner);
	}
	return rc;
}

static int find_area(struct work *w, const struct area **ret)
{
	*ret = NULL;
	if (w->x->area.n == 0)
		return 0;
	*ret = area_find(w->x->edition, w->x->area);
	return *ret == NULL ? area_unknown(w->x->edition, w->x->area, w->err) : 0;
}

static int come(struct work *w)
{
	const struct selection *s;
	const struct area *only;
	char from[MONTH_TEXT], until[MONTH_TEXT];
	struct fact_usage u;
	month_no last;
	int rc = find_area(w, &only);

	if (rc != 0)
		return rc;
	if (w->s->measure == 0 || !w->s->has_amount)
		return refuse(w, "a new customer needs a measure and an amount");
	if (w->s->who.n > 0 && count_of(w) > 1)
		return refuse(w, "one customer, %u times", (unsigned)count_of(w));
	last = engine_reference(w->x->engine, w->x->partner, w->s->measure);
	s = choose_selection(w, only);
	if (s == NULL)
		return refuse(w, "edition " STR_FMT " has no rule%s about %s",
			STR_ARG(w->x->edition->id), only != NULL ? " of that area" : "",
			measure_name(w->s->measure));
	u = row_for(w, s);
	for (uint32_t i = 0; rc == 0 && i < count_of(w); i++)
		rc = add_customer(w, u, last);
	if (rc == 0)
		note(w, text(w, "a new customer: %s of '" STR_FMT "' by %s in %s to %s",
				measure_name(u.measure), STR_ARG(u.product),
				association_kind_name(u.association) != NULL
					? association_kind_name(u.association)
					: "no association",
				month_format(last - (month_no)months_of(w) + 1, from),
				month_format(last, until)));
	return rc;
}

/* ---- usage that changes -------------------------------------------------------------------------------------- */

/* The rows of a customer that are changed: events in the output, whose amounts are still those known. */
struct rows_found {
	struct work *w;
	size_t first; /* of w->out->events */
	month_no from[MEASURE_END];
	bool customer; /* it has rows at all */
	int rc;
};

static int take_row(void *ctx, const struct event *ev)
{
	struct rows_found *f = ctx;
	const struct fact_usage *u = &ev->u.usage;
	const struct wire_supposition *s = f->w->s;

	if (ev->kind != FACT_USAGE || !str_eq(u->customer, s->who))
		return 0;
	f->customer = true;
	if ((s->measure != 0 && u->measure != s->measure) || u->month < f->from[u->measure] ||
		(s->name.n > 0 && !str_eq_nocase(s->name, u->product)))
		return 0;
	/* As it is known at its own subject, which may be a location of the partner. */
	f->rc = add(f->w, *ev, FACT_USAGE, ev->subject);
	return f->rc;
}

static int find_rows(struct work *w, struct rows_found *f)
{
	int rc;

	*f = (struct rows_found){ .w = w, .first = w->out->n };
	for (int m = 1; m < MEASURE_END; m++)
		f->from[m] = engine_reference(w->x->engine, w->x->partner, (enum measure)m) -
			     (month_no)months_of(w) + 1;
	if (w->s->who.n == 0)
		return refuse(w, "no customer is named");
	rc = engine_facts(w->x->engine, w->x->partner, take_row, f);
	if (rc == ERR_NOTFOUND || (rc == 0 && !f->customer))
		return refuse(w, "partner " STR_FMT " has no usage of customer '" STR_FMT "'",
			STR_ARG(w->x->partner), STR_ARG(w->s->who));
	if (rc == 0 && w->out->n == f->first)
		return refuse(w,
			"customer '" STR_FMT "' has no such usage in the last %u months known; say "
			"months=N for more",
			STR_ARG(w->s->who), (unsigned)months_of(w));
	return rc;
}

static void change_rows(struct work *w, size_t first, int32_t change)
{
	for (size_t i = first; i < w->out->n; i++) {
		int64_t *amount = &w->out->events[i].u.usage.amount_micro;
		int128 to = (int128)*amount * (10000 + change) / 10000;

		*amount = to > USAGE_AMOUNT_MAX	   ? USAGE_AMOUNT_MAX
			  : to < -USAGE_AMOUNT_MAX ? -USAGE_AMOUNT_MAX
						   : (int64_t)to;
	}
}

/* The rows of one month share the amount as they did; what rounding leaves goes to the first. */
static void share_out(struct work *w, size_t first, month_no month)
{
	int128 sum = 0, left = w->s->amount_micro;
	struct fact_usage *whole = NULL;

	for (size_t i = first; i < w->out->n; i++) {
		struct fact_usage *u = &w->out->events[i].u.usage;

		if (u->month == month && u->amount_micro > 0 && !u->duplicate)
			sum += u->amount_micro;
	}
	for (size_t i = first; i < w->out->n; i++) {
		struct fact_usage *u = &w->out->events[i].u.usage;

		if (u->month != month || u->duplicate)
			continue;
		u->amount_micro =
			sum == 0 || u->amount_micro < 0
				? 0
				: (int64_t)((int128)w->s->amount_micro * u->amount_micro / sum);
		left -= u->amount_micro;
		if (whole == NULL)
			whole = u;
	}
	if (whole != NULL)
		whole->amount_micro += (int64_t)left;
}

static int set_rows(struct work *w, size_t first)
{
	enum measure measure = w->out->events[first].u.usage.measure;

	for (size_t i = first; i < w->out->n; i++)
		if (w->out->events[i].u.usage.measure != measure)
			return refuse(w,
				"customer '" STR_FMT "' has usage of %s and of %s; say which",
				STR_ARG(w->s->who), measure_name(measure),
				measure_name(w->out->events[i].u.usage.measure));
	for (size_t i = first; i < w->out->n; i++) {
		month_no month = w->out->events[i].u.usage.month;
		size_t k = first;

		while (w->out->events[k].u.usage.month != month)
			k++;
		if (k == i)
			share_out(w, first, month);
	}
	return 0;
}

static int change_usage(struct work *w, bool leaves)
{
	char month[MONTH_TEXT];
	struct rows_found f;
	month_no from = MONTH_MAX;
	int rc = find_rows(w, &f);

	if (rc != 0)
		return f.rc != 0 ? f.rc : rc;
	for (size_t i = f.first; i < w->out->n; i++)
		if (w->out->events[i].u.usage.month < from)
			from = w->out->events[i].u.usage.month;
	if (!leaves && w->s->has_amount)
		rc = set_rows(w, f.first);
	else
		change_rows(w, f.first, leaves ? -10000 : w->s->change);
	if (rc == 0)
		note(w, text(w, "customer '" STR_FMT "': usage from %s on changes (%zu row%s)",
				STR_ARG(w->s->who), month_format(from, month), w->out->n - f.first,
				w->out->n - f.first == 1 ? "" : "s"));
	return rc;
}

/* ---- one by one ---------------------------------------------------------------------------------------------- */

static int suppose_one(struct work *w)
{
	switch (w->s->kind) {
	case SUPPOSE_CERTIFICATE:
		return earn(w, FACT_CERTIFICATION);
	case SUPPOSE_CERTIFICATE_ENDS:
		return end_certificate(w);
	case SUPPOSE_ASSESSMENT:
		return earn(w, FACT_ASSESSMENT);
	case SUPPOSE_PERSON_LEAVES:
		return leave(w);
	case SUPPOSE_CUSTOMER:
		return come(w);
	case SUPPOSE_CUSTOMER_LEAVES:
		return change_usage(w, true);
	case SUPPOSE_USAGE:
		return change_usage(w, false);
	case SUPPOSE_END:
		break;
	}
	return refuse(w, "a kind that this version does not know");
}

int suppose(const struct supposing *x, const struct wire_supposition *list, size_t n,
	struct supposed *ret, struct err *err)
{
	struct work w = { .x = x, .out = ret, .err = err };
	int rc = 0;

	ret->n = ret->cap = ret->n_notes = 0;
	ret->events = NULL;
	if (n > 0 && engine_day(x->engine) == DAY_NONE)
		return err_set(
			err, ERR_SYNTAX, "no day has begun yet: nothing can be supposed of it");
	for (size_t i = 0; rc == 0 && i < n; i++) {
		w.s = &list[i];
		w.number = i + 1;
		rc = suppose_one(&w);
	}
	return rc;
}
