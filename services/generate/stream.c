#include "services/generate/stream.h"

#include "services/generate/career.h"

#define SOURCE_TEXT   64
#define ID_TEXT	      96
#define WEEK	      7
#define DELIVERY_LAST 8 /* day of the next month on which usage is delivered at the latest */
#define MEND_FIRST                                                                                 \
	12 /* day of a month on which corrections are delivered, at the earliest and at the latest */
#define MEND_LAST 20
#define ATTESTED  30 /* per cent of what specializations want attested, of enrolled partners */

day_no stream_first_day(const struct population_options *o)
{
	return month_first_day(o->from);
}

day_no stream_last_day(const struct population_options *o)
{
	return month_first_day(o->through + CORRECTED_AFTER_MAX) + MEND_LAST - 1;
}

/* A delivery that is being told. */
struct delivery {
	const struct population *of;
	const struct partner *partner;
	stream_sink sink;
	void *ctx;
	const char *source;
	event_ms begin, width; /* of the partner's share of the day */
	uint32_t told;
	day_no today;
	int rc;
};

/* Fills in who tells it, and when. id and time are set by the caller. */
static void tell(struct delivery *d, struct event *ev, struct str subject)
{
	event_ms offset = d->told < d->width ? d->told : d->width - 1;

	if (d->rc != 0)
		return;
	ev->source = str_from(d->source);
	ev->subject = subject;
	ev->recorded = d->begin + offset;
	if (ev->time > ev->recorded)
		ev->time = ev->recorded;
	d->told++;
	d->rc = d->sink(d->ctx, ev);
}

static event_ms noon(day_no day)
{
	return day * MS_PER_DAY + MS_PER_DAY / 2;
}

/* ---- customers ---------------------------------------------------------------------------------------------------- */

static void tell_customer(struct delivery *d, const struct customer *c, struct str subject)
{
	char id[ID_TEXT];
	struct event ev = { .kind = FACT_CUSTOMER, .time = noon(month_first_day(c->joined)) };

	(void)snprintf(id, sizeof id, "c-%s-%u", d->partner->id, c->index);
	ev.id = str_from(id);
	ev.u.customer = (struct fact_customer){ str_from(c->tenant), c->segment->name };
	tell(d, &ev, subject);
}

/* The customer's claims, one for each of its workloads, as they stand in a month. */
static void tell_claims(struct delivery *d, const struct customer *c, struct str subject,
	enum claim_state state, day_no until, month_no month)
{
	char id[ID_TEXT], text[MONTH_TEXT];

	for (size_t i = 0; i < c->n_workloads; i++) {
		struct event ev = { .kind = FACT_ASSOCIATION,
			.time = noon(until == DAY_NONE ? customer_claim_day(c) : until) };

		(void)snprintf(id, sizeof id, "a-%s-%u-%zu-%s", d->partner->id, c->index, i,
			month_format(month, text));
		ev.id = str_from(id);
		ev.u.association = (struct fact_association){ .customer = str_from(c->tenant),
			.kind = ASSOC_CPOR,
			.workload = d->of->shelf->seats.items[c->workloads[i]].name,
			.from = customer_claim_day(c),
			.until = until,
			.claim = state };
		tell(d, &ev, subject);
	}
}

/* What is new about a customer in a month. before: everything until then at once. */
static void tell_news(
	struct delivery *d, const struct customer *c, struct str subject, month_no m, bool before)
{
	bool comes = before ? customer_is_here(c, m - 1) : c->joined == m;
	bool claims = c->n_workloads > 0 && c->association[TRADE_SEATS]->kind == ASSOC_CPOR;
	bool approved = customer_claim_is_approved(c);

	if (comes)
		tell_customer(d, c, subject);
	if (!claims)
		return;
	if (comes)
		tell_claims(d, c, subject,
			approved ? CLAIM_APPROVED
			: before ? CLAIM_REJECTED
				 : CLAIM_UNDER_REVIEW,
			DAY_NONE, before ? m - 1 : m);
	else if (!approved && c->joined + 1 == m)
		tell_claims(d, c, subject, CLAIM_REJECTED, DAY_NONE, m);
	else if (approved && c->left == m)
		tell_claims(d, c, subject, CLAIM_APPROVED, month_first_day(m) - 1, m);
	else if (approved && c->back == m)
		tell_claims(d, c, subject, CLAIM_APPROVED, DAY_NONE, m);
}

/* ---- usage ---------------------------------------------------------------------------------------------------------- */

/* When it happened: crowded on the last two days of the month. */
static event_ms happened(
	const struct delivery *d, const struct customer *c, month_no m, uint32_t number)
{
	uint64_t at = (uint64_t)m << 16 | number;
	day_no first = month_first_day(m), next = month_first_day(m + 1);
	event_ms span = (event_ms)(next - first) * MS_PER_DAY, last = 2 * MS_PER_DAY;

	if (draw_below(&c->key, DRAW_HAPPENED_LAST, at, 100) < d->of->world->month_end)
		return next * MS_PER_DAY - 1 -
		       (event_ms)draw_below(&c->key, DRAW_HAPPENED, at, (uint64_t)last);
	return first * MS_PER_DAY +
	       (event_ms)draw_below(&c->key, DRAW_HAPPENED, at, (uint64_t)(span - last));
}

static void fill_azure(const struct scene_service *s, struct fact_usage *u)
{
	u->product = s->levels[1];
	u->component = s->levels[3];
	u->level1 = s->levels[0];
	u->group2 = s->groups[0];
	u->group3 = s->groups[1];
	u->influencer = s->influencer;
	u->compute_os = s->os;
}

static enum measure measure_of(const struct population *p, const struct line *l)
{
	switch (l->kind) {
	case LINE_AZURE:
		return MEASURE_ACR;
	case LINE_SEATS:
		return MEASURE_MAU;
	default:
		return line_product(p->shelf, l)->measure;
	}
}

/* One fact of a line. mark: what of the line it is, for the id. */
static void tell_usage(struct delivery *d, const struct customer *c, struct str subject,
	struct event *ev, const struct line *l, month_no m, uint32_t later, char mark)
{
	char id[ID_TEXT], text[MONTH_TEXT];

	(void)snprintf(id, sizeof id, "u-%s-%u-%u-%s-%u%c", d->partner->id, c->index, l->number,
		month_format(m, text), later, mark);
	ev->id = str_from(id);
	tell(d, ev, subject);
}

static void tell_line(struct delivery *d, const struct customer *c, struct str subject,
	const struct line *l, month_no m, uint32_t later)
{
	struct event ev = { .kind = FACT_USAGE, .time = happened(d, c, m, l->number) };
	struct fact_usage *u = &ev.u.usage;

	*u = (struct fact_usage){ .customer = str_from(c->tenant),
		.month = m,
		.association = l->association->kind,
		.measure = measure_of(d->of, l),
		.amount_micro = l->amount_micro };
	if (l->kind == LINE_AZURE)
		fill_azure(&d->of->world->scene.services[l->item], u);
	else
		u->product = line_product(d->of->shelf, l)->name;
	tell_usage(d, c, subject, &ev, l, m, later, 'a');
	if (l->kind == LINE_SEATS && later == 0) {
		u->measure = MEASURE_PAID_UNITS;
		u->amount_micro = l->seats_micro;
		tell_usage(d, c, subject, &ev, l, m, later, 's');
		return;
	}
	if (l->second == NULL)
		return;
	u->association = l->second->kind;
	u->duplicate = true;
	tell_usage(d, c, subject, &ev, l, m, later, 'd');
}

/* That all has been delivered: of every measure, also of those of which the partner has nothing (any more). */
static void tell_reported(struct delivery *d, month_no m)
{
	char id[ID_TEXT], text[MONTH_TEXT];

	for (int k = MEASURE_ACR; k < MEASURE_END; k++) {
		struct event ev = { .kind = FACT_USAGE_REPORTED,
			.time = (event_ms)month_first_day(m + 1) * MS_PER_DAY };

		(void)snprintf(
			id, sizeof id, "r-%s-%s-%d", d->partner->id, month_format(m, text), k);
		ev.id = str_from(id);
		ev.u.usage_reported = (struct fact_usage_reported){ (enum measure)k, m };
		tell(d, &ev, str_from(d->partner->id));
	}
}

/* The usage of a month, and whose it is when that is new. */
static void deliver_month(struct delivery *d, month_no m)
{
	struct line lines[POPULATION_LINES_MAX];
	char location[PARTNER_ID_TEXT];

	for (uint32_t i = 0; i < d->partner->n_customers && d->rc == 0; i++) {
		struct customer c;
		struct str subject;
		size_t n;

		customer_draw(d->partner, i, &c);
		subject = str_from(partner_location(d->partner, c.location, location));
		tell_news(d, &c, subject, m, false);
		n = customer_lines(&c, m, 0, lines);
		for (size_t k = 0; k < n; k++)
			tell_line(d, &c, subject, &lines[k], m, 0);
	}
	tell_reported(d, m);
}

/* What was told wrongly about the months before. */
static void deliver_corrections(struct delivery *d, month_no now)
{
	const struct population_options *o = &d->of->o;
	struct line lines[POPULATION_LINES_MAX];
	char location[PARTNER_ID_TEXT];

	for (uint32_t i = 0; i < d->partner->n_customers && d->rc == 0; i++) {
		struct customer c;

		customer_draw(d->partner, i, &c);
		for (uint32_t after = CORRECTED_AFTER_MAX; after > 0; after--) {
			month_no m = now - (month_no)after;
			size_t n = m < o->from || m > o->through
					   ? 0
					   : customer_lines(&c, m, after, lines);

			for (size_t k = 0; k < n; k++)
				if (lines[k].corrected_after == after)
					tell_line(d, &c,
						str_from(partner_location(
							d->partner, c.location, location)),
						&lines[k], m, after);
		}
	}
}

/* ---- people --------------------------------------------------------------------------------------------------------- */

static void tell_link(struct delivery *d, const struct person *p, bool linked, day_no since)
{
	char id[ID_TEXT];
	struct event ev = { .kind = FACT_PERSON_LINK, .time = noon(since) };

	(void)snprintf(id, sizeof id, "l-%s-%u-%d", d->partner->id, p->index, linked);
	ev.id = str_from(id);
	ev.u.person_link = (struct fact_person_link){ str_from(p->id), linked, since };
	tell(d, &ev, str_from(d->partner->id));
}

static void tell_term(
	struct delivery *d, const struct person *p, size_t i, const struct term *t, day_no as_of)
{
	char id[ID_TEXT];
	struct event ev = { .kind = FACT_CERTIFICATION };
	bool ended = t->ends && t->until < as_of;

	(void)snprintf(id, sizeof id, "q-%s-%u-%zu-%d%c", d->partner->id, p->index, i, t->on,
		ended ? 'e' : 'b');
	ev.id = str_from(id);
	ev.time = noon(ended ? t->until + 1 : t->on);
	ev.u.certification = person_certification(p, i, t, as_of);
	tell(d, &ev, str_from(d->partner->id));
}

/* What happened to a person from a day up to yesterday. */
static void tell_person(struct delivery *d, const struct person *p, day_no from)
{
	struct term terms[TERMS_MAX];
	bool comes = p->joined >= from;

	if (p->joined >= d->today || (p->left != DAY_NONE && p->left < from))
		return;
	if (comes)
		tell_link(d, p, true, p->joined);
	for (size_t i = 0; i < p->n_certificates; i++) {
		size_t n = person_terms(p, i, d->today - 1, terms);

		for (size_t k = 0; k < n; k++) {
			bool lapses = terms[k].ends && terms[k].until < d->today - 1;

			if (comes ? k + 1 == n && !lapses : terms[k].on >= from)
				tell_term(d, p, i, &terms[k], terms[k].on);
			if (lapses && (comes ? k + 1 == n : terms[k].until + 1 >= from))
				tell_term(d, p, i, &terms[k], d->today - 1);
		}
	}
	if (p->left != DAY_NONE && p->left < d->today)
		tell_link(d, p, false, p->left);
}

static void deliver_people(struct delivery *d, day_no from)
{
	for (uint32_t i = 0; i < d->partner->n_people && d->rc == 0; i++) {
		struct person p;

		person_draw(d->partner, i, &p);
		tell_person(d, &p, from);
	}
}

/* ---- the partner itself --------------------------------------------------------------------------------------------- */

static void tell_enrollment(struct delivery *d, day_no from)
{
	char id[ID_TEXT];
	struct event ev = { .kind = FACT_ENROLLMENT };
	size_t area;
	day_no on;

	if (!partner_enrollment(d->partner, &on, &area))
		return;
	for (day_no year = 0; on + year < d->today; year += TERM_DAYS) {
		if (on + year < from)
			continue;
		(void)snprintf(id, sizeof id, "e-%s-%d", d->partner->id, on + year);
		ev.id = str_from(id);
		ev.time = noon(on + year);
		ev.u.enrollment = (struct fact_enrollment){ .area = d->of->shelf->areas[area].id,
			.state = year == 0 ? ENROLL_ENROLLED : ENROLL_RENEWED,
			.on = on + year,
			.anniversary = on + year + TERM_DAYS };
		tell(d, &ev, str_from(d->partner->id));
	}
}

/* What specializations of the edition want attested, of partners that are enrolled at some time. */
static void tell_attestations(struct delivery *d)
{
	const struct edition *ed = d->of->shelf->edition;
	char id[ID_TEXT], reference[ID_TEXT];
	size_t area;
	day_no on;

	if (!partner_enrollment(d->partner, &on, &area))
		return;
	for (size_t a = 0; a < ed->n_areas; a++)
		for (size_t m = 0; m < ed->areas[a].n_metrics; m++) {
			const struct metric_rule *r = &ed->areas[a].metrics[m].rule;
			struct event ev = { .kind = FACT_ATTESTATION };

			if (r->kind != RULE_ATTESTED || draw_below(&d->partner->key, DRAW_ENROLLED,
								1000 + a, 100) >= ATTESTED)
				continue;
			for (uint32_t i = 0; i < r->u.attested.at_least; i++) {
				(void)snprintf(
					id, sizeof id, "t-%s-%zu-%zu-%u", d->partner->id, a, m, i);
				(void)snprintf(reference, sizeof reference, "%zu-%u", m, i);
				ev.id = str_from(id);
				ev.time = noon(d->today - 20);
				ev.u.attestation =
					(struct fact_attestation){ .kind = r->u.attested.kind,
						.scope = r->u.attested.scope,
						.reference = str_from(reference),
						.on = d->today - 20,
						.until = DAY_NONE };
				tell(d, &ev, str_from(d->partner->id));
			}
		}
}

static void tell_accounts(struct delivery *d)
{
	char id[ID_TEXT], location[PARTNER_ID_TEXT];

	for (uint32_t i = 0; i < d->partner->n_locations && d->partner->n_locations > 1; i++) {
		struct event ev = { .kind = FACT_ACCOUNT, .time = noon(d->today - 30) };

		(void)snprintf(id, sizeof id, "o-%s-%u", d->partner->id, i);
		ev.id = str_from(id);
		ev.u.account.location = str_from(partner_location(d->partner, i, location));
		tell(d, &ev, str_from(d->partner->id));
	}
}

/* Everything there is on the first day. */
static void deliver_opening(struct delivery *d)
{
	char location[PARTNER_ID_TEXT];

	tell_accounts(d);
	tell_attestations(d);
	for (uint32_t i = 0; i < d->partner->n_customers && d->rc == 0; i++) {
		struct customer c;

		customer_draw(d->partner, i, &c);
		tell_news(d, &c, str_from(partner_location(d->partner, c.location, location)),
			d->of->o.from, true);
	}
	deliver_people(d, DAY_MIN);
}

/* ---- days ----------------------------------------------------------------------------------------------------------- */

/* The day of a month on which the partner's usage of the month before comes: of ten partners five on the first. */
static unsigned delivery_day(const struct draw_key *k, month_no m)
{
	uint64_t at = draw_below(k, DRAW_DELIVERY, (uint64_t)m, 100);

	return at < 48 ? 1 : at < 72 ? 2 : at < 86 ? 3 : 4 + (unsigned)(at % (DELIVERY_LAST - 3));
}

static unsigned correction_day(const struct draw_key *k, month_no m)
{
	return MEND_FIRST + (unsigned)draw_below(k, DRAW_CORRECTION_DAY, (uint64_t)m,
				    MEND_LAST - MEND_FIRST + 1);
}

/* All that one partner tells on a day. */
static void deliver(struct delivery *d, uint32_t index)
{
	const struct population_options *o = &d->of->o;
	struct draw_key k = { .seed = o->seed, .partner = index, .copy = DOMAIN_PARTNER };
	day_no first = stream_first_day(o);
	month_no now = month_of_day(d->today);
	unsigned day = day_of_month(d->today);
	bool opening = d->today == first;
	bool people =
		!opening && (uint64_t)d->today % WEEK == draw_below(&k, DRAW_WEEKDAY, 0, WEEK);
	bool month = now > o->from && now <= o->through + 1 && day <= DELIVERY_LAST &&
		     day == delivery_day(&k, now);
	bool mend = now > o->from && day >= MEND_FIRST && day <= MEND_LAST &&
		    day == correction_day(&k, now);
	struct partner partner;

	if (!opening && !people && !month && !mend)
		return;
	partner_draw(d->of, index, &partner);
	d->partner = &partner;
	d->told = 0;
	if (opening)
		deliver_opening(d);
	if (people) {
		day_no from = d->today - WEEK < first ? first : d->today - WEEK;

		tell_enrollment(d, from);
		deliver_people(d, from);
	}
	if (month)
		deliver_month(d, now - 1);
	if (mend)
		deliver_corrections(d, now);
}

static int tell_day(const struct delivery *d)
{
	char id[ID_TEXT], text[DAY_TEXT];
	struct event ev = { .kind = FACT_DAY, .source = str_from(d->source) };

	(void)snprintf(id, sizeof id, "day-%s", day_format(d->today, text));
	ev.id = str_from(id);
	ev.time = ev.recorded = (event_ms)d->today * MS_PER_DAY;
	ev.u.day.day = d->today;
	return d->sink(d->ctx, &ev);
}

int population_stream(const struct population *p, bool with_days, stream_sink sink, void *ctx)
{
	char source[SOURCE_TEXT];
	struct delivery d = { .of = p, .sink = sink, .ctx = ctx, .source = source };
	uint32_t n = p->o.partners;

	(void)snprintf(source, sizeof source, "urn:capscore:population:%llu",
		(unsigned long long)p->o.seed);
	d.width = MS_PER_DAY / n;
	for (d.today = stream_first_day(&p->o); d.today <= stream_last_day(&p->o); d.today++) {
		struct draw_key k = { .seed = p->o.seed, .partner = (uint32_t)d.today };
		uint32_t first = (uint32_t)draw_below(&k, DRAW_ORDER, 1, n);

		if (with_days)
			d.rc = tell_day(&d);
		for (uint32_t i = 0; i < n && d.rc == 0; i++) {
			d.begin = (event_ms)d.today * MS_PER_DAY + i * d.width;
			deliver(&d, (uint32_t)(((uint64_t)first + i) % n));
		}
		if (d.rc != 0)
			return d.rc;
	}
	return 0;
}
