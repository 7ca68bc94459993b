#include "services/generate/career.h"

#define EARLIER_DAYS	   540 /* before the first month, the first certificates were earned in these */
#define STAYED_DAYS	   720 /* before the first month, those who are here then joined in these */
#define LATER_SHARE	   25 /* per cent that join, or earn a certificate, only during the months */
#define RENEWAL_DAYS	   150 /* before the end, in which a renewal is made */
#define AGAIN_FIRST	   30  /* days after a lapse, and how many more, until it is earned again */
#define AGAIN_DAYS	   210
#define PROFILES_A_PARTNER 10000ULL
#define FIRST_PROFILE	   1000000000ULL

static bool percent(const struct draw_key *k, enum draw_for what, uint64_t index, uint32_t share)
{
	return draw_below(k, what, index, 100) < share;
}

/* A day before the first month, or for a few one during the months. */
static day_no draw_day(
	const struct person *p, enum draw_for what, uint64_t index, uint64_t days_before)
{
	const struct population_options *o = &p->partner->of->o;
	day_no first = month_first_day(o->from);
	uint64_t days = (uint64_t)(month_first_day(o->through + 1) - first);

	if (draw_below(&p->key, what, index << 8 | 1, 100) < LATER_SHARE)
		return first + (day_no)draw_below(&p->key, what, index << 8 | 2, days);
	return first - 1 - (day_no)draw_below(&p->key, what, index << 8 | 3, days_before);
}

static void draw_stay(struct person *p)
{
	const struct population *of = p->partner->of;
	day_no first = month_first_day(of->o.from), end = month_first_day(of->o.through + 1), start;

	p->joined = draw_day(p, DRAW_PERSON_JOINED, 0, STAYED_DAYS);
	p->left = DAY_NONE;
	start = p->joined < first ? first : p->joined;
	for (uint32_t year = 0; start < end; year++, start += 365)
		if (percent(&p->key, DRAW_PERSON_LEFT, year, of->world->people_leave_a_year)) {
			p->left = start + 1 +
				  (day_no)draw_below(&p->key, DRAW_PERSON_LEFT, 1000 + year, 365);
			return;
		}
}

/* A certificate of an area the partner works in. */
static uint16_t draw_certificate(const struct person *p, size_t i)
{
	const struct shelf *s = p->partner->of->shelf;
	size_t area = draw_below(&p->key, DRAW_CERTIFICATE_AREA, i, s->n_areas);
	const struct shelf_area *a;

	while ((p->partner->focus >> area & 1) == 0)
		area = (area + 1) % s->n_areas;
	a = &s->areas[area];
	/* Those that open an area stand first in it and are held by more people. */
	if (percent(&p->key, DRAW_CERTIFICATE, 2 * i, 40))
		return a->certificates[draw_below(&p->key, DRAW_CERTIFICATE, 2 * i + 1,
			a->n_certificates < 2 ? a->n_certificates : 2)];
	return a->certificates[draw_below(&p->key, DRAW_CERTIFICATE, 2 * i + 1, a->n_certificates)];
}

static void draw_certificates(struct person *p)
{
	const struct population *of = p->partner->of;
	size_t n = 1 + draw_below(&p->key, DRAW_CERTIFICATES, 0, of->world->certificates_most);

	for (size_t i = 0; i < n; i++) {
		uint16_t c = draw_certificate(p, i);
		size_t k = 0;

		while (k < p->n_certificates && p->certificates[k] != c)
			k++;
		if (k == p->n_certificates)
			p->certificates[p->n_certificates++] = c;
	}
}

void person_draw(const struct partner *p, uint32_t index, struct person *ret)
{
	*ret = (struct person){ .partner = p, .index = index };
	ret->key = (struct draw_key){
		.seed = p->of->o.seed, .partner = p->index, .copy = DOMAIN_PERSON, .group = index
	};
	(void)snprintf(ret->id, sizeof ret->id, "p-%016llx",
		(unsigned long long)draw(&ret->key, DRAW_PERSON_ID, 0));
	(void)snprintf(ret->profile, sizeof ret->profile, "%llu",
		FIRST_PROFILE + p->index * PROFILES_A_PARTNER + index);
	draw_stay(ret);
	draw_certificates(ret);
}

/* The term after t, or false: none. */
static bool next_term(const struct person *p, size_t certificate, size_t n, const struct term *t,
	struct term *ret)
{
	const struct world *w = p->partner->of->world;
	uint64_t at = (uint64_t)certificate << 16 | n;

	if (!t->ends) {
		day_no early = (day_no)draw_below(&p->key, DRAW_RENEWED_EARLY, at, RENEWAL_DAYS);

		ret->on = t->until - early;
		ret->until = t->until + TERM_DAYS;
		ret->since = t->since;
	} else {
		if (!percent(&p->key, DRAW_AGAIN, at, w->earn_again))
			return false;
		ret->on = ret->since =
			t->until + AGAIN_FIRST +
			(day_no)draw_below(&p->key, DRAW_AGAIN_LATER, at, AGAIN_DAYS);
		ret->until = ret->on + TERM_DAYS;
	}
	ret->ends = !percent(&p->key, DRAW_RENEWED, at + 1, w->renew);
	return true;
}

size_t person_terms(
	const struct person *p, size_t certificate, day_no through, struct term terms[TERMS_MAX])
{
	const struct population *of = p->partner->of;
	const struct certificate *c =
		&of->shelf->edition->certificates[p->certificates[certificate]];
	struct term t = { .on = draw_day(p, DRAW_EARNED, certificate, EARLIER_DAYS) };
	size_t n = 0;

	if (p->left != DAY_NONE && through >= p->left)
		through = p->left - 1;
	t.until = t.on + TERM_DAYS;
	t.since = t.on;
	t.ends = !percent(&p->key, DRAW_RENEWED, (uint64_t)certificate << 16, of->world->renew);
	while (n < TERMS_MAX && t.on <= through) {
		struct term next;

		if (c->retired_on != DAY_NONE && t.on >= c->retired_on) {
			if (n > 0)
				terms[n - 1].ends = true; /* nothing renews what is retired */
			break;
		}
		terms[n++] = t;
		if (!next_term(p, certificate, n, &t, &next))
			break;
		t = next;
	}
	return n;
}

struct fact_certification person_certification(
	const struct person *p, size_t certificate, const struct term *t, day_no day)
{
	const struct edition *ed = p->partner->of->shelf->edition;
	bool ended = t->ends && t->until < day;

	return (struct fact_certification){ .person = str_from(p->id),
		.certificate = ed->certificates[p->certificates[certificate]].code,
		.state = ended		     ? CERT_EXPIRED
			 : t->on == t->since ? CERT_EARNED
					     : CERT_RENEWED,
		.earned_on = t->since,
		.expires_on = t->until,
		.ended_on = ended ? t->until + 1 : DAY_NONE };
}
