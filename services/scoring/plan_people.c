/* Moves about certificates: somebody earns one or several, or renews what lapses before the end of the plan.
 *
 * Rules count people by predicates ("holds all of one of these sets"), each person once in each. So what matters of a set
 * of certificates is which predicates its holder satisfies thereby; of sets that do the same the cheapest is a move.
 * People may count in several predicates, so that additions never stand in each other's way, as long as nobody is given
 * two that serve the same one. */
#include "services/scoring/plan_parts.h"

#define PREDICATES_MAX 64
#define PACKAGES_MAX   512
#define PEOPLE_MAX     1024 /* that are looked at one by one; new people suffice beyond */
#define HELD_MAX       8    /* certificates of a person that lapse */

struct predicate {
	const struct people_predicate *holds;
	uint64_t metrics;
	uint32_t need; /* people at most that a metric asks */
};

struct package {
	struct cert_set certs;
	uint64_t serves; /* predicates, a bit each */
	int64_t cost;
	bool dropped;
};

/* A certificate that counts today and not at the end any more. */
struct lapsing {
	int index;
	struct event fact;
};

struct holder {
	struct str id;
	struct cert_set now, later;
	uint64_t given; /* predicates that some move gives them */
	size_t n_lapsing;
	struct lapsing lapsing[HELD_MAX];
};

struct people_work {
	struct plan_work *w;
	size_t n_predicates, n_packages, n_holders;
	struct predicate predicates[PREDICATES_MAX];
	struct package packages[PACKAGES_MAX];
	struct holder *holders;
};

/* ---- sets -------------------------------------------------------------------------------------------------------- */

static bool set_has(const struct cert_set *s, size_t i)
{
	return (s->bits[i / 64] >> (i % 64) & 1) != 0;
}

static void set_add(struct cert_set *s, size_t i)
{
	s->bits[i / 64] |= 1ULL << (i % 64);
}

static bool set_holds(const struct cert_set *s, const struct cert_set *all)
{
	for (size_t i = 0; i < EDITION_CERTIFICATES_MAX / 64; i++)
		if ((all->bits[i] & ~s->bits[i]) != 0)
			return false;
	return true;
}

static bool set_meets(const struct cert_set *a, const struct cert_set *b)
{
	for (size_t i = 0; i < EDITION_CERTIFICATES_MAX / 64; i++)
		if ((a->bits[i] & b->bits[i]) != 0)
			return true;
	return false;
}

static struct cert_set set_union(const struct cert_set *a, const struct cert_set *b)
{
	struct cert_set s;

	for (size_t i = 0; i < EDITION_CERTIFICATES_MAX / 64; i++)
		s.bits[i] = a->bits[i] | b->bits[i];
	return s;
}

static struct cert_set set_without(const struct cert_set *a, const struct cert_set *b)
{
	struct cert_set s;

	for (size_t i = 0; i < EDITION_CERTIFICATES_MAX / 64; i++)
		s.bits[i] = a->bits[i] & ~b->bits[i];
	return s;
}

static bool satisfies(const struct cert_set *s, const struct people_predicate *p)
{
	for (size_t i = 0; i < p->n_any; i++)
		if (set_holds(s, &p->any[i]))
			return true;
	return false;
}

static uint64_t served(const struct people_work *x, const struct cert_set *s)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < x->n_predicates; i++)
		bits |= (satisfies(s, x->predicates[i].holds) ? 1ULL : 0ULL) << i;
	return bits;
}

/* ---- predicates -------------------------------------------------------------------------------------------------- */

static bool is_same(const struct people_predicate *a, const struct people_predicate *b)
{
	return a->n_any == b->n_any && memcmp(a->any, b->any, a->n_any * sizeof *a->any) == 0;
}

static void add_predicate(
	struct people_work *x, const struct people_predicate *p, size_t target, uint32_t need)
{
	size_t i = 0;

	while (i < x->n_predicates && !is_same(x->predicates[i].holds, p))
		i++;
	if (i == PREDICATES_MAX) {
		x->w->rc = ERR_FULL;
		return;
	}
	if (i == x->n_predicates)
		x->predicates[x->n_predicates++] = (struct predicate){ p, 0, 0 };
	x->predicates[i].metrics |= 1ULL << target;
	if (need > x->predicates[i].need)
		x->predicates[i].need = need;
}

/* People of a step that earn all there is to earn. */
static uint32_t people_of(const struct people_step *s, uint32_t maximum)
{
	struct ratio most = s->points_max;
	uint32_t n = s->min_people;
	struct ratio each = s->points_each;

	if (ratio_is_zero(each))
		return n;
	if (ratio_is_zero(most) || ratio_cmp(most, ratio_int(maximum)) > 0)
		most = ratio_int(maximum);
	while (ratio_cmp(ratio_make(each.num * n, each.den), most) < 0)
		n++;
	return n;
}

static void take_predicates(struct people_work *x, size_t target, const struct metric_rule *r)
{
	uint32_t maximum = x->w->m->targets[target].metric_of->maximum;

	if (r->kind == RULE_PEOPLE_HOLD)
		add_predicate(x, &r->u.hold.holds, target, r->u.hold.at_least);
	for (size_t i = 0; r->kind == RULE_PEOPLE && i < r->u.people.n_steps; i++)
		add_predicate(x, &r->u.people.steps[i].holds, target,
			people_of(&r->u.people.steps[i], maximum));
}

static void below(struct people_work *x, size_t target, const struct metric_rule *r)
{
	if (r->kind == RULE_COMBINED)
		for (size_t i = 0; i < r->u.combined.n; i++)
			take_predicates(x, target, r->u.combined.parts[i].rule);
	else if (r->kind == RULE_AT_LEAST_OF)
		for (size_t i = 0; i < r->u.of.n; i++)
			below(x, target, r->u.of.conditions[i].rule);
	else
		take_predicates(x, target, r);
}

/* ---- prices ------------------------------------------------------------------------------------------------------ */

static bool counts_in(const struct metric_rule *r, size_t cert)
{
	for (size_t i = 0; r->kind == RULE_PEOPLE && i < r->u.people.n_steps; i++)
		for (size_t k = 0; k < r->u.people.steps[i].holds.n_any; k++)
			if (set_has(&r->u.people.steps[i].holds.any[k], cert))
				return true;
	return false;
}

/* By its code; else by the metrics that count it, the dearest of them; else as any. */
static int64_t price(const struct people_work *x, enum wire_plan_kind kind, size_t cert)
{
	const struct plan_making *m = x->w->m;
	const struct edition *ed = m->edition;
	int64_t any = plan_cost(m->costs, m->n_costs, kind, (struct str){ "", 0 });
	int64_t best = any;

	for (size_t i = 0; i < m->n_costs; i++)
		if (m->costs[i].kind == kind &&
			str_eq_nocase(m->costs[i].name, ed->certificates[cert].code))
			return m->costs[i].amount_micro;
	for (size_t a = 0; a < ed->n_areas; a++)
		for (size_t k = 0; k < ed->areas[a].n_metrics; k++) {
			const struct metric *metric = &ed->areas[a].metrics[k];
			int64_t c = plan_cost(m->costs, m->n_costs, kind, metric->id);

			if (c > best && counts_in(&metric->rule, cert))
				best = c;
		}
	return best;
}

static int64_t price_of(
	const struct people_work *x, enum wire_plan_kind kind, const struct cert_set *s)
{
	int64_t sum = 0;

	for (size_t i = 0; i < x->w->m->edition->n_certificates; i++)
		if (set_has(s, i))
			sum += price(x, kind, i);
	return sum;
}

/* ---- packages ---------------------------------------------------------------------------------------------------- */

/* Earned today it would count to the end. */
static bool can_be_earned(const struct people_work *x, const struct cert_set *s)
{
	const struct plan_making *m = x->w->m;

	for (size_t i = 0; i < m->edition->n_certificates; i++) {
		const struct certificate *c = &m->edition->certificates[i];

		if (set_has(s, i) && c->retired_on != DAY_NONE &&
			(c->retired_on <= m->today || c->counts_until < m->until))
			return false;
	}
	return true;
}

static void add_package(struct people_work *x, const struct cert_set *s)
{
	for (size_t i = 0; i < x->n_packages; i++)
		if (memcmp(&x->packages[i].certs, s, sizeof *s) == 0)
			return;
	if (x->n_packages == PACKAGES_MAX || !can_be_earned(x, s))
		return;
	x->packages[x->n_packages++] =
		(struct package){ *s, served(x, s), price_of(x, PLAN_CERTIFICATE, s), false };
}

/* Sets that share a certificate also come together, since it is then earned once. */
static void make_packages(struct people_work *x)
{
	size_t n;

	for (size_t i = 0; i < x->n_predicates; i++)
		for (size_t k = 0; k < x->predicates[i].holds->n_any; k++)
			add_package(x, &x->predicates[i].holds->any[k]);
	n = x->n_packages;
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++)
			if (set_meets(&x->packages[i].certs, &x->packages[k].certs)) {
				struct cert_set both =
					set_union(&x->packages[i].certs, &x->packages[k].certs);

				add_package(x, &both);
			}
}

static bool is_worse(const struct package *a, const struct package *b, bool later)
{
	return (a->serves & ~b->serves) == 0 &&
	       (b->cost < a->cost || (b->cost == a->cost && (b->serves != a->serves || later)));
}

static void drop_packages(struct people_work *x)
{
	for (size_t i = 0; i < x->n_packages; i++)
		for (size_t k = 0; k < x->n_packages && !x->packages[i].dropped; k++)
			if (k != i && !x->packages[k].dropped)
				x->packages[i].dropped =
					is_worse(&x->packages[i], &x->packages[k], k < i);
}

/* ---- who there is ------------------------------------------------------------------------------------------------ */

static bool counts_on(const struct certificate *c, const struct event *ev, day_no day)
{
	const struct fact_certification *f = &ev->u.certification;
	day_no earned = f->earned_on, expires = f->expires_on;

	if (ev->kind == FACT_ASSESSMENT) {
		earned = ev->u.assessment.passed_on;
		expires = ev->u.assessment.expires_on;
	} else if (f->ended_on != DAY_NONE && f->ended_on <= day) {
		return false;
	}
	if (c->retired_on != DAY_NONE && (earned >= c->retired_on || day > c->counts_until))
		return false;
	return earned <= day && (expires == DAY_NONE || day <= expires);
}

static struct holder *holder_of(struct people_work *x, struct str id)
{
	for (size_t i = x->n_holders; i-- > 0;)
		if (str_eq(x->holders[i].id, id))
			return &x->holders[i];
	if (x->n_holders == PEOPLE_MAX)
		return NULL;
	x->holders[x->n_holders] = (struct holder){ .id = id };
	return &x->holders[x->n_holders++];
}

static int take_report(void *ctx, const struct event *ev)
{
	struct people_work *x = ctx;
	const struct plan_making *m = x->w->m;
	bool assessment = ev->kind == FACT_ASSESSMENT;
	struct str person, name;
	struct holder *h;
	int cert;

	if ((ev->kind != FACT_CERTIFICATION && !assessment) || ev->retracted)
		return 0;
	person = assessment ? ev->u.assessment.person : ev->u.certification.person;
	name = assessment ? ev->u.assessment.assessment : ev->u.certification.certificate;
	cert = edition_certificate(m->edition, name);
	h = holder_of(x, person);
	if (h == NULL || cert < 0)
		return 0;
	if (counts_on(&m->edition->certificates[cert], ev, m->today))
		set_add(&h->now, (size_t)cert);
	if (counts_on(&m->edition->certificates[cert], ev, m->until))
		set_add(&h->later, (size_t)cert);
	else if (set_has(&h->now, (size_t)cert) && h->n_lapsing < HELD_MAX)
		h->lapsing[h->n_lapsing++] = (struct lapsing){ cert, *ev };
	return 0;
}

static void find_holders(struct people_work *x)
{
	int rc;

	x->holders = plan_alloc(x->w, PEOPLE_MAX * sizeof *x->holders);
	if (x->holders == NULL)
		return;
	rc = engine_facts(x->w->m->engine, x->w->m->partner, take_report, x);
	if (rc != 0 && rc != ERR_NOTFOUND)
		x->w->rc = rc;
}

/* ---- moves ------------------------------------------------------------------------------------------------------- */

static struct str names_of(struct people_work *x, const struct cert_set *s)
{
	struct str all = { "", 0 };

	for (size_t i = 0; i < x->w->m->edition->n_certificates; i++)
		if (set_has(s, i))
			all = plan_text(x->w, STR_FMT "%s" STR_FMT, STR_ARG(all),
				all.n == 0 ? "" : ", ",
				STR_ARG(x->w->m->edition->certificates[i].code));
	return all;
}

static void earn(struct people_work *x, struct plan_unit *u, const struct cert_set *s)
{
	const struct edition *ed = x->w->m->edition;
	size_t n = 0;

	for (size_t i = 0; i < ed->n_certificates; i++)
		n += set_has(s, i);
	u->what = names_of(x, s);
	if (!plan_unit_room(x->w, u, n))
		return;
	for (size_t i = 0; i < ed->n_certificates; i++) {
		struct event ev = { .kind = FACT_CERTIFICATION };

		if (!set_has(s, i))
			continue;
		ev.u.certification = (struct fact_certification){ u->who, ed->certificates[i].code,
			CERT_EARNED, x->w->m->today, DAY_NONE, DAY_NONE };
		u->on[u->n] = u->off[u->n] = ev;
		u->off[u->n++].retracted = true;
	}
}

static uint64_t metrics_of(const struct people_work *x, uint64_t serves)
{
	uint64_t metrics = 0;

	for (size_t i = 0; i < x->n_predicates; i++)
		if ((serves >> i & 1) != 0)
			metrics |= x->predicates[i].metrics;
	return metrics;
}

static uint32_t need_of(const struct people_work *x, uint64_t serves)
{
	uint32_t need = 0;

	for (size_t i = 0; i < x->n_predicates; i++)
		if ((serves >> i & 1) != 0 && x->predicates[i].need > need)
			need = x->predicates[i].need;
	return need;
}

/* Holds nothing of the set, is in none of its predicates, and no other move puts them there. */
static bool may_take(const struct people_work *x, const struct holder *h, const struct package *p)
{
	struct cert_set with = set_union(&h->later, &p->certs);

	return !set_meets(&h->now, &p->certs) && !set_meets(&h->later, &p->certs) &&
	       ((served(x, &h->now) | h->given) & p->serves) == 0 &&
	       (served(x, &with) & ~served(x, &h->later)) == p->serves;
}

static void package_move(struct people_work *x, const struct package *p)
{
	uint32_t need = need_of(x, p->serves);
	struct plan_move *move =
		need == 0 ? NULL : plan_move_add(x->w, PLAN_CERTIFICATE, p->cost, need);
	size_t at = 0;

	if (move == NULL)
		return;
	move->metrics = metrics_of(x, p->serves);
	for (uint32_t i = 0; i < need && x->w->rc == 0; i++) {
		struct plan_unit *u = &move->units[i];

		while (at < x->n_holders && !may_take(x, &x->holders[at], p))
			at++;
		u->known = at < x->n_holders;
		if (u->known) {
			u->who = x->holders[at].id;
			x->holders[at].given |= p->serves;
		} else {
			u->who = plan_text(x->w, "new-person-%u", ++x->w->serial);
		}
		earn(x, u, &p->certs);
	}
}

/* The move of a kind, price and effect; made with room for everybody when there is none. */
static struct plan_move *move_like(struct people_work *x, size_t first, enum wire_plan_kind kind,
	int64_t cost, uint64_t metrics, uint64_t serves, uint64_t *of)
{
	struct plan_move *m;

	for (size_t i = first; i < x->w->out->n; i++)
		if (x->w->out->all[i].kind == kind && x->w->out->all[i].cost == cost &&
			of[i] == serves)
			return &x->w->out->all[i];
	m = plan_move_add(x->w, kind, cost, need_of(x, serves));
	if (m == NULL)
		return NULL;
	m->metrics = metrics;
	m->n_units = 0;
	of[x->w->out->n - 1] = serves;
	return m;
}

/* Who lacks a part of a set only: cheaper than somebody who has nothing of it. */
static void complete(struct people_work *x, struct holder *h, size_t first, uint64_t *of)
{
	for (size_t i = 0; i < x->n_packages && x->w->rc == 0; i++) {
		const struct package *p = &x->packages[i];
		struct cert_set lacks = set_without(&p->certs, &h->later), with;
		uint64_t serves;
		int64_t cost;
		struct plan_move *m;

		if (!set_meets(&h->later, &p->certs) || set_holds(&h->later, &p->certs))
			continue;
		with = set_union(&h->later, &lacks);
		serves = served(x, &with) & ~served(x, &h->later) & ~served(x, &h->now);
		cost = price_of(x, PLAN_CERTIFICATE, &lacks);
		if (serves == 0 || (serves & h->given) != 0 || cost >= p->cost)
			continue;
		m = move_like(x, first, PLAN_CERTIFICATE, cost, metrics_of(x, serves), serves, of);
		if (m == NULL || m->n_units == need_of(x, serves))
			continue;
		h->given |= serves;
		m->units[m->n_units] = (struct plan_unit){ .who = h->id, .known = true };
		earn(x, &m->units[m->n_units++], &lacks);
	}
}

static void renew_unit(struct people_work *x, struct plan_unit *u, const struct holder *h,
	const struct cert_set *certs)
{
	*u = (struct plan_unit){ .who = h->id, .known = true, .what = names_of(x, certs) };
	if (!plan_unit_room(x->w, u, h->n_lapsing))
		return;
	for (size_t i = 0; i < h->n_lapsing; i++) {
		struct event ev = h->lapsing[i].fact;

		if (!set_has(certs, (size_t)h->lapsing[i].index))
			continue;
		u->off[u->n] = ev;
		if (ev.kind == FACT_ASSESSMENT) {
			ev.u.assessment.expires_on = DAY_NONE;
		} else {
			ev.u.certification.state = CERT_RENEWED;
			ev.u.certification.expires_on = ev.u.certification.ended_on = DAY_NONE;
		}
		u->on[u->n++] = ev;
	}
}

/* For each predicate that is lost: the certificates that lapse of the set that costs least to renew. */
static void renew(struct people_work *x, struct holder *h, size_t first, uint64_t *of)
{
	uint64_t lost = served(x, &h->now) & ~served(x, &h->later);

	for (size_t i = 0; i < x->n_predicates && lost != 0 && x->w->rc == 0; i++) {
		const struct people_predicate *p = x->predicates[i].holds;
		struct cert_set best = { { 0 } }, with;
		int64_t cost = -1;
		struct plan_move *m;
		uint64_t serves;

		for (size_t k = 0; (lost >> i & 1) != 0 && k < p->n_any; k++) {
			struct cert_set lapse = set_without(&p->any[k], &h->later);
			int64_t c = price_of(x, PLAN_RENEWAL, &lapse);

			if (set_holds(&h->now, &p->any[k]) && can_be_earned(x, &lapse) &&
				(cost < 0 || c < cost)) {
				best = lapse;
				cost = c;
			}
		}
		if (cost < 0)
			continue;
		with = set_union(&h->later, &best);
		serves = served(x, &with) & lost & ~h->given;
		if ((serves >> i & 1) == 0)
			continue;
		m = move_like(x, first, PLAN_RENEWAL, cost, metrics_of(x, serves), serves, of);
		if (m == NULL || m->n_units == need_of(x, serves))
			continue;
		lost &= ~serves;
		h->given |= serves;
		renew_unit(x, &m->units[m->n_units++], h, &best);
	}
}

static void make_moves(struct people_work *x)
{
	size_t first = x->w->out->n;
	uint64_t of[PLAN_MOVES_MAX] = { 0 };

	for (size_t i = 0; i < x->n_holders && x->w->rc == 0; i++)
		renew(x, &x->holders[i], first, of);
	for (size_t i = 0; i < x->n_holders && x->w->rc == 0; i++)
		complete(x, &x->holders[i], first, of);
	for (size_t i = 0; i < x->n_packages && x->w->rc == 0; i++)
		if (!x->packages[i].dropped)
			package_move(x, &x->packages[i]);
}

void plan_people_moves(struct plan_work *w)
{
	struct people_work *x = plan_alloc(w, sizeof *x);

	if (x == NULL)
		return;
	x->w = w;
	for (size_t i = 0; i < w->m->n_targets; i++)
		below(x, i, &w->m->targets[i].metric_of->rule);
	if (x->n_predicates == 0 || w->rc != 0)
		return;
	make_packages(x);
	drop_packages(x);
	find_holders(x);
	if (w->rc == 0)
		make_moves(x);
}
