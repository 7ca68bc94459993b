#include "tests/support/history_maker.h"

#include <stdio.h>

#include "common/base/err.h"

#define HISTORY_BYTES ((size_t)64 << 20)
#define RECORDED_FROM 1690000000000LL

uint64_t rng_next(struct rng *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

unsigned rng_below(struct rng *r, unsigned n)
{
	return (unsigned)(rng_next(r) % n);
}

struct str maker_text(struct maker *m, const char *prefix, unsigned number)
{
	char buf[64];
	int n = snprintf(buf, sizeof buf, "%s%u", prefix, number);
	char *p = arena_alloc(&m->h->ar, (size_t)n);

	if (p == NULL) {
		m->no_memory = true;
		return STR("x");
	}
	memcpy(p, buf, (size_t)n);
	return (struct str){ p, (size_t)n };
}

/* ---- values ----------------------------------------------------------------------------------------------------- */

static const char *const certificates[] = { "AZ-104", "AZ-104", "AZ-305", "AZ-305", "az-104",
	"Microsoft Certified: Azure Administrator Associate", "AZURE SOLUTIONS ARCHITECT EXPERT",
	"AZ-700", "AZ-600", "AZ-800", "AZ-801", "AZ-800+AZ-801",
	"Windows Server Hybrid Administrator Associate", "AZ-140", "AZ-120", "AZ-204", "PL-400",
	"AZ-220", "AZ-400", "PL-600", "DP-300", "AI-102", "DP-203", "PL-300", "MB-260", "DP-420",
	"DP-500", "Certificate of Attendance" };

static const char *const products[] = { "Storage", "App Service", "Virtual Machines",
	"Virtual Machines Licenses", "SQL Database", "storage", "virtual machines", "Functions",
	"Backup", "Sentinel", "Virtual Network" };

static const int64_t amounts[] = { 0, 1, -1, 10000, 500000000, -500000000, 999990000, 999999999,
	1000000000, 1000000001, 1000010000, 1010000000, 1200000000, 1500000000, 2000000000,
	-1000000000, 3000000000, 7000000000, USAGE_AMOUNT_MAX, -USAGE_AMOUNT_MAX };

static int64_t amount(struct rng *r)
{
	switch (rng_below(r, 8)) {
	case 0:
		return (int64_t)rng_below(r, 400) * 10000000; /* tens up to 3,990 */
	case 1:
		return (int64_t)(rng_next(r) % 5000000000ULL) - 500000000;
	default:
		return ONE_OF(r, amounts);
	}
}

/* Most around the last month and the same a year before. */
month_no maker_month(struct maker *m)
{
	static const int back[] = { 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 10, 11, 12, 12, 13, 13, 13, 13,
		14, 14, 15, 24, -1 };

	if (per_cent(&m->rng, 5))
		return month_of_day(m->at) - (month_no)rng_below(&m->rng, 40);
	return month_of_day(m->at) - ONE_OF(&m->rng, back);
}

day_no maker_near(struct maker *m, int before, int after)
{
	return m->at - before + (day_no)rng_below(&m->rng, (unsigned)(before + after + 1));
}

static day_no earned_day(struct maker *m)
{
	switch (rng_below(&m->rng, 6)) {
	case 0:
		return day_from_civil(2023, 7, 29 + rng_below(&m->rng, 4));
	case 1:
		return maker_near(m, 5, 5);
	default:
		return maker_near(m, 500, 0);
	}
}

/* ---- facts ------------------------------------------------------------------------------------------------------ */

struct str maker_one_named(struct maker *m, const char *prefix, unsigned of)
{
	return maker_text(m, prefix, rng_below(&m->rng, of));
}

/* Few texts, so that rows meet under one key. */
static void finer(struct maker *m, struct fact_usage *u)
{
	static const char *const texts[] = { "Compute", "Data", "compute" };
	struct str *const all[] = { &u->level1, &u->group2, &u->group3, &u->influencer,
		&u->compute_os };

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (per_cent(&m->rng, 30))
			*all[i] = str_from(ONE_OF(&m->rng, texts));
}

static void usage(struct maker *m, struct event *ev)
{
	static const enum association_kind associations[] = { ASSOC_PAL, ASSOC_PAL, ASSOC_DPOR,
		ASSOC_CSP_TIER_1, ASSOC_CSP_TIER_2, ASSOC_CPOR, ASSOC_TRANSACTING_POR, ASSOC_NONE };
	struct rng *r = &m->rng;

	ev->kind = FACT_USAGE;
	ev->u.usage = (struct fact_usage){ .customer = maker_one_named(
						   m, "customer-", m->shape->customers),
		.product =
			str_from(products[rng_below(r, m->shape->products) % ARRAY_LEN(products)]),
		.component = per_cent(r, 10) ? STR("P1 v3") : STR(""),
		.month = maker_month(m),
		.association = per_cent(r, 70) ? ASSOC_PAL : ONE_OF(r, associations),
		.measure = per_cent(r, 96) ? MEASURE_ACR : MEASURE_MAU,
		.offer = per_cent(r, 94) ? OFFER_PAID
					 : (enum offer_kind)rng_below(r, OFFER_KIND_END),
		.duplicate = per_cent(r, 4),
		.amount_micro = amount(r) };
	if (per_cent(r, 10))
		finer(m, &ev->u.usage);
}

static void certification(struct maker *m, struct event *ev)
{
	struct rng *r = &m->rng;
	unsigned state = rng_below(r, 10);
	struct fact_certification *c = &ev->u.certification;

	ev->kind = FACT_CERTIFICATION;
	*c = (struct fact_certification){ .person = maker_one_named(m, "person-", m->shape->people),
		.certificate = str_from(ONE_OF(r, certificates)),
		.state = state < 7   ? CERT_EARNED
			 : state < 8 ? CERT_RENEWED
			 : state < 9 ? CERT_EXPIRED
				     : CERT_REVOKED,
		.earned_on = earned_day(m),
		.expires_on = per_cent(r, 50) ? DAY_NONE : maker_near(m, 20, 60),
		.ended_on = DAY_NONE };
	if (c->state == CERT_EXPIRED || c->state == CERT_REVOKED) {
		c->ended_on = maker_near(m, 10, 30);
		if (per_cent(r, 50))
			c->earned_on = DAY_NONE;
	}
}

static void assessment(struct maker *m, struct event *ev)
{
	ev->kind = FACT_ASSESSMENT;
	ev->u.assessment =
		(struct fact_assessment){ maker_one_named(m, "person-", m->shape->people),
			str_from(ONE_OF(&m->rng, certificates)), earned_day(m),
			per_cent(&m->rng, 70) ? DAY_NONE : maker_near(m, 20, 60) };
}

static void person_link(struct maker *m, struct event *ev)
{
	ev->kind = FACT_PERSON_LINK;
	ev->u.person_link = (struct fact_person_link){ maker_one_named(
							       m, "person-", m->shape->people),
		per_cent(&m->rng, 60), per_cent(&m->rng, 50) ? DAY_NONE : maker_near(m, 30, 0) };
}

static void marker(struct maker *m, struct event *ev)
{
	ev->kind = FACT_USAGE_REPORTED;
	ev->u.usage_reported =
		(struct fact_usage_reported){ per_cent(&m->rng, 95) ? MEASURE_ACR : MEASURE_MAU,
			month_of_day(m->at) + 1 - (month_no)rng_below(&m->rng, 5) };
}

/* Mostly the next day; often one on which a month ends, becomes ready, or a certificate retires. */
static void day(struct maker *m, struct event *ev)
{
	month_no next = month_of_day(m->at) + 1;

	switch (rng_below(&m->rng, 12)) {
	case 0:
		m->at = month_first_day(next);
		break;
	case 1:
		m->at = month_first_day(next) + 18 + (day_no)rng_below(&m->rng, 2);
		break;
	case 2:
		m->at += (day_no)rng_below(&m->rng, 60);
		break;
	case 3:
		if (m->at < day_from_civil(2024, 7, 30))
			m->at = day_from_civil(2024, 7, 30);
		break;
	case 4: /* an old one, which changes nothing */
		ev->kind = FACT_DAY;
		ev->u.day.day = m->at - (day_no)rng_below(&m->rng, 30);
		return;
	default:
		m->at++;
	}
	ev->kind = FACT_DAY;
	ev->u.day.day = m->at;
}

/* Facts that no rule of the edition uses. */
static void other(struct maker *m, struct event *ev)
{
	switch (rng_below(&m->rng, 4)) {
	case 0:
		ev->kind = FACT_ASSOCIATION;
		ev->u.association =
			(struct fact_association){ .customer = maker_one_named(m, "customer-", 9),
				.kind = ASSOC_PAL,
				.from = DAY_NONE,
				.until = DAY_NONE };
		return;
	case 1:
		ev->kind = FACT_CUSTOMER;
		ev->u.customer =
			(struct fact_customer){ maker_one_named(m, "customer-", 9), STR("SMB") };
		return;
	case 2:
		ev->kind = FACT_ACCOUNT;
		ev->u.account = (struct fact_account){ maker_one_named(m, "location-", 9) };
		return;
	default:
		ev->kind = FACT_ENROLLMENT;
		ev->u.enrollment = (struct fact_enrollment){ .area = STR("infrastructure"),
			.state = ENROLL_ENROLLED,
			.on = m->at,
			.anniversary = DAY_NONE };
	}
}

static void fact(struct maker *m, struct event *ev)
{
	const struct history_shape *s = m->shape;
	unsigned all = s->usage + s->certificates + s->links + s->markers + s->days + s->others;
	unsigned at = rng_below(&m->rng, all);

	if (at < s->usage)
		usage(m, ev);
	else if ((at -= s->usage) < s->certificates)
		per_cent(&m->rng, 95) ? certification(m, ev) : assessment(m, ev);
	else if ((at -= s->certificates) < s->links)
		person_link(m, ev);
	else if ((at -= s->links) < s->markers)
		marker(m, ev);
	else if (at - s->markers < s->days)
		day(m, ev);
	else
		other(m, ev);
	if (ev->kind != FACT_DAY)
		ev->subject = maker_one_named(m, "partner-", s->partners);
}

/* ---- versions --------------------------------------------------------------------------------------------------- */

/* An id in one of the forms that ids come in. */
static struct str new_id(struct maker *m)
{
	char buf[64];
	unsigned n = m->number++;
	char *p;
	int len;

	switch (n % 4) {
	case 0:
		len = snprintf(buf, sizeof buf, "%08x-0000-4000-8000-%012x",
			(unsigned)rng_next(&m->rng), n);
		break;
	case 1:
		len = snprintf(buf, sizeof buf, "%032x", n);
		break;
	case 2:
		len = snprintf(buf, sizeof buf, "event-%u-of-a-history-with-long-names", n);
		break;
	default:
		len = snprintf(buf, sizeof buf, "e%u", n);
	}
	p = arena_alloc(&m->h->ar, (size_t)len);
	if (p == NULL) {
		m->no_memory = true;
		return STR("x");
	}
	memcpy(p, buf, (size_t)len);
	return (struct str){ p, (size_t)len };
}

void maker_envelope(struct maker *m, struct event *ev)
{
	ev->id = new_id(m);
	ev->source = maker_one_named(m, "urn:source-", 3);
	/* Now and then the same instant, so that source and id decide. */
	m->recorded += per_cent(&m->rng, 85) ? 1 + (event_ms)rng_below(&m->rng, 1000) : 0;
	ev->time = ev->recorded = m->recorded;
}

/* Another value for the key of the fact. */
static void restate(struct maker *m, struct event *ev)
{
	switch (ev->kind) {
	case FACT_USAGE:
		ev->u.usage.amount_micro = amount(&m->rng);
		break;
	case FACT_CERTIFICATION: {
		struct fact_certification *c = &ev->u.certification;

		c->expires_on = per_cent(&m->rng, 40) ? DAY_NONE : maker_near(m, 5, 40);
		if (per_cent(&m->rng, 30)) {
			c->state = CERT_REVOKED;
			c->ended_on = maker_near(m, 5, 10);
		} else {
			c->state = CERT_RENEWED;
			c->ended_on = DAY_NONE;
			c->earned_on = earned_day(m);
		}
		break;
	}
	case FACT_PERSON_LINK:
		ev->u.person_link.linked = !ev->u.person_link.linked;
		break;
	default:
		break;
	}
}

/* Draws an earlier event whose fact can be told anew. */
static bool earlier(struct maker *m, struct event *ev)
{
	for (int i = 0; i < 8 && m->h->n > 0; i++) {
		*ev = m->h->events[rng_below(&m->rng, (unsigned)m->h->n)];
		if (ev->kind != FACT_DAY)
			return true;
	}
	return false;
}

void maker_add(struct maker *m, const struct event *ev)
{
	if (m->h->n < m->cap)
		m->h->events[m->h->n++] = *ev;
}

/* Just before, at, or just after the version that is there; or some time ago. */
static event_ms stale_time(struct maker *m, event_ms old)
{
	return per_cent(&m->rng, 60) ? old - 1 + (event_ms)rng_below(&m->rng, 3)
				     : m->recorded - 1 - (event_ms)rng_below(&m->rng, 20000);
}

static void next(struct maker *m)
{
	const struct history_shape *s = m->shape;
	struct event ev = { .kind = 0 };
	unsigned p = rng_below(&m->rng, 100);

	if (p < s->restated + s->retracted + s->stale && earlier(m, &ev)) {
		event_ms old = ev.recorded;

		maker_envelope(m, &ev);
		ev.retracted = p < s->retracted;
		if (!ev.retracted)
			s->themes != 0 ? programme_restate(m, &ev) : restate(m, &ev);
		if (p >= s->restated + s->retracted)
			ev.recorded = stale_time(m, old);
	} else {
		ev = (struct event){ .kind = 0 };
		m->shape->themes != 0 ? programme_fact(m, &ev) : fact(m, &ev);
		maker_envelope(m, &ev);
	}
	maker_add(m, &ev);
}

/* ---- a good start ----------------------------------------------------------------------------------------------- */

static void tell(struct maker *m, unsigned partner, struct event *ev)
{
	ev->subject = maker_text(m, "partner-", partner);
	maker_envelope(m, ev);
	maker_add(m, ev);
}

static void tell_usage(struct maker *m, unsigned partner, unsigned customer, const char *product,
	month_no month, int64_t dollars)
{
	struct event ev = { .kind = FACT_USAGE };

	ev.u.usage = (struct fact_usage){ .customer = maker_text(m, "customer-", customer),
		.product = str_from(product),
		.month = month,
		.association = ASSOC_PAL,
		.measure = MEASURE_ACR,
		.offer = OFFER_PAID,
		.amount_micro = dollars * 1000000 };
	tell(m, partner, &ev);
}

/* People of this start bear the partner's number, so that they are its own until the history moves them. */
static void tell_people(struct maker *m, unsigned partner)
{
	static const char *const held[] = { "AZ-104", "AZ-305", "AZ-700", "AZ-140", "AZ-204",
		"AZ-400", "DP-300", "AI-102" };
	unsigned people = 2 + rng_below(&m->rng, 5);

	for (unsigned i = 0; i < people; i++)
		for (size_t c = 0; c < ARRAY_LEN(held); c++) {
			struct event ev = { .kind = FACT_CERTIFICATION };

			if (i >= 2 && !per_cent(&m->rng, 70))
				continue;
			ev.u.certification = (struct fact_certification){
				.person =
					maker_text(m, "person-", partner + i * m->shape->partners),
				.certificate = str_from(held[c]),
				.state = CERT_EARNED,
				.earned_on = maker_near(m, 300, -100),
				.expires_on =
					per_cent(&m->rng, 50) ? DAY_NONE : maker_near(m, 0, 120),
				.ended_on = DAY_NONE
			};
			tell(m, partner, &ev);
		}
}

static void establish(struct maker *m)
{
	static const char *const used[] = { "Storage", "App Service", "SQL Database", "Functions",
		"Backup" };
	month_no last = month_of_day(m->at) - 1;
	struct event ev = { .kind = FACT_DAY };
	unsigned partners = m->shape->partners < 3 ? m->shape->partners : 3;

	ev.u.day.day = m->at;
	maker_envelope(m, &ev);
	maker_add(m, &ev);
	for (unsigned p = 0; p < partners; p++) {
		tell_people(m, p);
		tell_usage(m, p, 0, "Storage", last - 12, 7000);
		for (unsigned i = 0; i < 2 + rng_below(&m->rng, 4); i++) {
			tell_usage(m, p, i, used[i % 5], last,
				1000 + (int64_t)rng_below(&m->rng, 3000));
			tell_usage(m, p, i, used[i % 5], last - 1,
				900 + (int64_t)rng_below(&m->rng, 300));
		}
	}
}

/* ---- order ------------------------------------------------------------------------------------------------------ */

void history_shuffle(struct rng *r, size_t *order, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = rng_below(r, (unsigned)i), t = order[i - 1];

		order[i - 1] = order[j];
		order[j] = t;
	}
}

static void swap(struct event *a, struct event *b)
{
	struct event t = *a;

	*a = *b;
	*b = t;
}

static void disorder(struct maker *m)
{
	struct history *h = m->h;

	for (size_t i = h->n; m->shape->order == HISTORY_SHUFFLED && i > 1; i--)
		swap(&h->events[i - 1], &h->events[rng_below(&m->rng, (unsigned)i)]);
	for (size_t i = 1; m->shape->order == HISTORY_NEARLY && i < h->n; i++)
		if (per_cent(&m->rng, 30))
			swap(&h->events[i],
				&h->events[i - 1 - rng_below(&m->rng, (unsigned)(i < 5 ? i : 5))]);
}

static void duplicate(struct maker *m)
{
	size_t n = m->h->n;

	for (size_t i = 0; i < n; i++)
		if (per_cent(&m->rng, m->shape->duplicated))
			maker_add(m, &m->h->events[rng_below(&m->rng, (unsigned)n)]);
}

int history_make(struct history *h, const struct history_shape *shape, uint64_t seed)
{
	struct maker m = { .h = h, .shape = shape, .rng = { seed }, .recorded = RECORDED_FROM };
	unsigned n;

	*h = (struct history){ .n = 0 };
	arena_init(&h->ar, &mem_heap, HISTORY_BYTES);
	n = shape->min_events + rng_below(&m.rng, shape->max_events - shape->min_events + 1);
	m.cap = (size_t)n * 2 + 2048;
	h->events = arena_alloc(&h->ar, m.cap * sizeof *h->events);
	if (h->events == NULL)
		return ERR_NOMEM;
	m.at = shape->themes != 0 ? programme_begin(&m)
				  : day_from_civil(2023, 7, 1) + (day_no)rng_below(&m.rng, 400);
	if (per_cent(&m.rng, shape->established))
		shape->themes != 0 ? programme_establish(&m) : establish(&m);
	for (unsigned i = 0; i < n; i++)
		next(&m);
	duplicate(&m);
	disorder(&m);
	return m.no_memory ? ERR_NOMEM : 0;
}

void history_fini(struct history *h)
{
	arena_fini(&h->ar);
}
