/* People: what is reported of their certificates, which partner they count for, and on which day that changes. */
#include "rules/engine/engine_internal.h"

#include "common/base/err.h"

#define PERSON_FACTS_MAX ((size_t)1 << 31)

int person_get(struct engine *e, struct str id, uint32_t *ret_index)
{
	struct person *p;
	uint32_t index;
	int rc = intern_put(e->person_ids, id, &index);

	if (rc != 0)
		return rc;
	if (index < e->n_people) {
		*ret_index = index;
		return 0;
	}
	if (names_are_over(e))
		return ERR_FULL;
	rc = mem_grow_tight(&e->a, (void **)&e->people, &e->cap_people, (size_t)index + 1,
		e->limits.max_people, sizeof(struct person *));
	if (rc != 0)
		return rc;
	p = mem_zalloc(&e->a, sizeof(struct person));
	if (p == NULL)
		return ERR_NOMEM;
	p->partner = p->next = p->prev = NONE;
	p->newest_report = p->newest_link = NONE;
	e->people[index] = p;
	e->n_people = index + 1;
	*ret_index = index;
	return 0;
}

void person_destroy(struct engine *e, struct person *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n_reports; i++)
		stamp_fini(&e->a, &p->reports[i].stamp);
	for (size_t i = 0; i < p->n_links; i++)
		stamp_fini(&e->a, &p->links[i].stamp);
	mem_free(&e->a, p->reports, p->cap_reports * sizeof *p->reports);
	mem_free(&e->a, p->links, p->cap_links * sizeof *p->links);
	mem_free(&e->a, p, sizeof(struct person));
}

int report_put(struct engine *e, struct person *p, uint32_t partner, uint32_t name,
	enum fact_kind kind, struct report **ret)
{
	int rc;

	for (size_t i = 0; i < p->n_reports; i++)
		if (p->reports[i].name == name && p->reports[i].partner == partner &&
			p->reports[i].kind == kind) {
			*ret = &p->reports[i];
			return 0;
		}
	rc = mem_grow_tight(&e->a, (void **)&p->reports, &p->cap_reports, p->n_reports + 1,
		PERSON_FACTS_MAX, sizeof *p->reports);
	if (rc != 0)
		return rc;
	*ret = &p->reports[p->n_reports++];
	**ret = (struct report){ .partner = partner, .name = name, .kind = (uint8_t)kind };
	return 0;
}

int link_put(struct engine *e, struct person *p, uint32_t partner, struct person_link **ret)
{
	int rc;

	for (size_t i = 0; i < p->n_links; i++)
		if (p->links[i].partner == partner) {
			*ret = &p->links[i];
			return 0;
		}
	rc = mem_grow_tight(&e->a, (void **)&p->links, &p->cap_links, p->n_links + 1,
		PERSON_FACTS_MAX, sizeof *p->links);
	if (rc != 0)
		return rc;
	*ret = &p->links[p->n_links++];
	**ret = (struct person_link){ .partner = partner };
	return 0;
}

/* ---- what counts ------------------------------------------------------------------------------------------------ */

static day_no day_after(day_no last)
{
	return last == DAY_NONE ? DAY_NEVER : last + 1;
}

static day_no earlier(day_no a, day_no b)
{
	return a < b ? a : b;
}

/* The days a report speaks for: [*ret_from, *ret_until), empty when they are equal. */
static void report_span(
	const struct certificate *c, const struct report *r, day_no *ret_from, day_no *ret_until)
{
	bool ended = r->state == CERT_EXPIRED || r->state == CERT_REVOKED;
	day_no until = day_after(r->expires_on);

	if (r->ended_on != DAY_NONE)
		until = earlier(until, r->ended_on);
	else if (ended)
		until = DAY_NONE;
	if (c->retired_on != DAY_NONE)
		until = r->earned_on < c->retired_on ? earlier(until, day_after(c->counts_until))
						     : DAY_NONE;
	*ret_from = r->earned_on;
	*ret_until = until > r->earned_on ? until : r->earned_on;
}

/* The same key in two hands is told apart by partner, then by the name used, so that the order of arrival never
 * decides. */
static bool report_is_newer(const struct engine *e, const struct report *a, const struct report *b)
{
	int c = stamp_cmp(e->names, &a->stamp, &b->stamp);

	if (c == 0)
		c = str_cmp(partner_id(e, a->partner), partner_id(e, b->partner));
	if (c == 0)
		c = str_cmp(name_text(e, a->name), name_text(e, b->name));
	return c != 0 ? c > 0 : a->kind > b->kind;
}

/* For each certificate of a book the report that decides, its newest; NONE where there is none. */
static int deciding_reports(
	struct engine *e, struct rulebook *book, const struct person *p, uint32_t *ret_best)
{
	for (size_t i = 0; i < book->edition->n_certificates; i++)
		ret_best[i] = NONE;
	for (size_t i = 0; i < p->n_reports; i++) {
		const struct report *r = &p->reports[i];
		int certificate, rc = rulebook_certificate(e, book, r->name, &certificate);
		uint32_t *best;

		if (rc != 0)
			return rc;
		if (certificate < 0 || r->stamp.retracted)
			continue;
		best = &ret_best[certificate];
		if (*best == NONE || report_is_newer(e, r, &p->reports[*best]))
			*best = (uint32_t)i;
	}
	return 0;
}

int person_active(struct engine *e, struct rulebook *book, const struct person *p, day_no day,
	struct cert_set *ret_active, day_no *ret_next)
{
	uint32_t best[EDITION_CERTIFICATES_MAX];
	int rc = deciding_reports(e, book, p, best);

	memset(ret_active, 0, sizeof *ret_active);
	*ret_next = DAY_NEVER;
	for (size_t c = 0; rc == 0 && c < book->edition->n_certificates; c++) {
		day_no from, until;

		if (best[c] == NONE)
			continue;
		report_span(&book->edition->certificates[c], &p->reports[best[c]], &from, &until);
		if (from == until)
			continue;
		if (day == DAY_NONE) {
			*ret_next = DAY_NONE + 1; /* whichever the first day is */
		} else if (day != DAY_EVER && day < from) {
			*ret_next = earlier(*ret_next, from);
		} else if (day == DAY_EVER || day < until) {
			ret_active->bits[c / 64] |= 1ULL << (c % 64);
			*ret_next = earlier(*ret_next, until);
		}
	}
	return rc;
}

int person_turns(struct engine *e, struct rulebook *book, const struct person *p,
	int (*each)(void *ctx, day_no day), void *ctx)
{
	uint32_t best[EDITION_CERTIFICATES_MAX];
	int rc = deciding_reports(e, book, p, best);

	for (size_t c = 0; rc == 0 && c < book->edition->n_certificates; c++) {
		day_no from, until;

		if (best[c] == NONE)
			continue;
		report_span(&book->edition->certificates[c], &p->reports[best[c]], &from, &until);
		rc = from == until ? 0 : each(ctx, from);
		if (rc == 0 && from != until && until != DAY_NEVER)
			rc = each(ctx, until);
	}
	return rc;
}

static bool set_is_held(const struct cert_set *s, const struct cert_set *active)
{
	for (size_t i = 0; i < ARRAY_LEN(s->bits); i++)
		if ((s->bits[i] & ~active->bits[i]) != 0)
			return false;
	return true;
}

bool predicate_holds(const struct people_predicate *p, const struct cert_set *active)
{
	for (size_t i = 0; i < p->n_any; i++)
		if (set_is_held(&p->any[i], active))
			return true;
	return false;
}

static bool link_is_newer(
	const struct engine *e, const struct person_link *a, const struct person_link *b)
{
	int c = stamp_cmp(e->names, &a->stamp, &b->stamp);

	return c != 0 ? c > 0 : str_cmp(partner_id(e, a->partner), partner_id(e, b->partner)) > 0;
}

static bool link_links(const struct person_link *l)
{
	return l->linked && !l->stamp.retracted;
}

/* Versions of a key only become newer, so the newest of all changes only with the one that changed, unless that was the
 * newest and is withdrawn. This keeps a person with very many reports (a placeholder instead of an id, say) cheap. */
static void note_report(struct engine *e, struct person *p, const struct report *r)
{
	uint32_t i = (uint32_t)(r - p->reports);

	if (r->stamp.retracted) {
		if (p->newest_report == i)
			p->newest_report = NONE;
	} else if (p->newest_report != NONE && p->newest_report != i &&
		   report_is_newer(e, r, &p->reports[p->newest_report])) {
		p->newest_report = i;
	}
}

static void note_link(struct engine *e, struct person *p, const struct person_link *l)
{
	uint32_t i = (uint32_t)(l - p->links);

	if (!link_links(l)) {
		if (p->newest_link == i)
			p->newest_link = NONE;
	} else if (p->newest_link != NONE && p->newest_link != i &&
		   link_is_newer(e, l, &p->links[p->newest_link])) {
		p->newest_link = i;
	}
}

/* Finds the newest where it is not known. Returns whether any link says anything. */
static bool find_newest_link(const struct engine *e, struct person *p)
{
	bool any = p->newest_link != NONE;

	if (any)
		return true;
	for (size_t i = 0; i < p->n_links; i++) {
		const struct person_link *l = &p->links[i];

		any |= !l->stamp.retracted;
		if (link_links(l) &&
			(p->newest_link == NONE || link_is_newer(e, l, &p->links[p->newest_link])))
			p->newest_link = (uint32_t)i;
	}
	return any;
}

static void find_newest_report(const struct engine *e, struct person *p)
{
	if (p->newest_report != NONE)
		return;
	for (size_t i = 0; i < p->n_reports; i++)
		if (!p->reports[i].stamp.retracted &&
			(p->newest_report == NONE ||
				report_is_newer(e, &p->reports[i], &p->reports[p->newest_report])))
			p->newest_report = (uint32_t)i;
}

/* The partner a person counts for: the newest that says "linked" when any says anything of that, otherwise that of
 * the newest report. */
static uint32_t partner_of(const struct engine *e, struct person *p)
{
	if (find_newest_link(e, p))
		return p->newest_link == NONE ? NONE : p->links[p->newest_link].partner;
	find_newest_report(e, p);
	return p->newest_report == NONE ? NONE : p->reports[p->newest_report].partner;
}

/* ---- counting --------------------------------------------------------------------------------------------------- */

/* Adds `step` (1 or -1) to the counts of a subject's partner for each predicate in word w. What is to be derived anew
 * is counted then. */
static int count_bits(struct engine *e, uint32_t subject, size_t w, uint64_t bits, uint32_t step,
	const uint32_t *cause)
{
	struct partner *p = e->partners[e->partners[subject]->owner];
	int rc = bits == 0 ? 0 : engine_touch(e, subject, cause);

	if (p->derived == NULL || p->derived->book != e->book || p->anew)
		return rc;
	for (; rc == 0 && bits != 0; bits &= bits - 1) {
		size_t pred = w * 64 + (size_t)__builtin_ctzll(bits);

		rc = remember_count(e, p, pred, p->derived->counts[pred]);
		p->derived->counts[pred] += step;
	}
	return rc;
}

static void leave(struct engine *e, struct person *p)
{
	if (p->prev != NONE)
		e->people[p->prev]->next = p->next;
	else
		e->partners[p->partner]->first_person = p->next;
	if (p->next != NONE)
		e->people[p->next]->prev = p->prev;
}

static void join(struct engine *e, uint32_t index, uint32_t partner)
{
	struct person *p = e->people[index];

	p->prev = NONE;
	p->next = e->partners[partner]->first_person;
	if (p->next != NONE)
		e->people[p->next]->prev = index;
	e->partners[partner]->first_person = index;
}

static uint64_t satisfied(const struct rulebook *book, const struct cert_set *active, size_t w)
{
	uint64_t bits = 0;

	for (size_t i = w * 64; i < book->plan.n_preds && i < w * 64 + 64; i++)
		if (predicate_holds(book->plan.preds[i], active))
			bits |= 1ULL << (i % 64);
	return bits;
}

/* What is known of the days before may be wrong for both partners. */
static int note_facts(struct engine *e, uint32_t subject, const uint32_t *cause)
{
	if (subject == NONE)
		return 0;
	e->partners[e->partners[subject]->owner]->could_stale = true;
	return engine_touch_past(e, subject, MONTH_MIN, cause);
}

/* The last day up to today on which a report of a person began or ceased to count, for the partner of a subject. */
struct last_turn {
	const struct engine *e;
	struct partner *partner;
};

static int take_turn(void *ctx, day_no day)
{
	struct last_turn *t = ctx;

	if (day <= t->e->day && day > t->partner->turned_on)
		t->partner->turned_on = day;
	return 0;
}

static int note_turns(struct engine *e, const struct person *p, uint32_t subject)
{
	struct last_turn t = { .e = e };

	if (subject == NONE)
		return 0;
	t.partner = e->partners[e->partners[subject]->owner];
	return person_turns(e, e->book, p, take_turn, &t);
}

int person_update(struct engine *e, uint32_t index, bool fact, const uint32_t *cause)
{
	struct person *p = e->people[index];
	uint32_t partner = partner_of(e, p), before = p->partner;
	struct cert_set active;
	day_no next;
	int rc = person_active(e, e->book, p, e->day, &active, &next);

	if (rc == 0 && fact)
		rc = note_facts(e, before, cause);
	if (rc == 0 && fact && partner != before)
		rc = note_facts(e, partner, cause);
	for (size_t w = 0; rc == 0 && w < PRED_WORDS; w++) {
		uint64_t old = p->satisfied[w], now = satisfied(e->book, &active, w);
		uint64_t gone = partner == before ? old & ~now : old;
		uint64_t come = partner == before ? now & ~old : now;

		p->satisfied[w] = now;
		if (before != NONE)
			rc = count_bits(e, before, w, gone, (uint32_t)-1, cause);
		if (rc == 0 && partner != NONE)
			rc = count_bits(e, partner, w, come, 1, cause);
	}
	if (rc == 0)
		rc = note_turns(e, p, partner);
	if (partner != before) {
		if (before != NONE)
			leave(e, p);
		p->partner = partner;
		if (partner != NONE)
			join(e, index, partner);
	}
	return rc != 0 ? rc : days_set(e, index, next);
}

int people_count(struct engine *e, struct rulebook *book, const struct partner *p, day_no day,
	uint32_t *ret_counts, bool live)
{
	int rc = 0;

	memset(ret_counts, 0, book->plan.n_preds * sizeof *ret_counts);
	for (uint32_t at = p->self; rc == 0 && at != NONE; at = subject_next(e, p->self, at))
		for (uint32_t i = e->partners[at]->first_person; rc == 0 && i != NONE;
			i = e->people[i]->next) {
			struct person *who = e->people[i];
			struct cert_set active;
			day_no next;

			rc = person_active(e, book, who, day, &active, &next);
			for (size_t w = 0; rc == 0 && w < PRED_WORDS; w++) {
				uint64_t bits = satisfied(book, &active, w);

				if (live)
					who->satisfied[w] = bits;
				for (; bits != 0; bits &= bits - 1)
					ret_counts[w * 64 + (size_t)__builtin_ctzll(bits)]++;
			}
			if (rc == 0 && live)
				rc = note_turns(e, who, at);
			if (rc == 0 && live)
				rc = days_set(e, i, next);
		}
	return rc;
}

/* ---- facts ------------------------------------------------------------------------------------------------------ */

/* The feed of skilling lives, also when it says what is known. */
static int skilling_told(struct engine *e, uint32_t subject)
{
	uint32_t owner = e->partners[subject]->owner;
	struct partner *p = e->partners[owner];
	bool first = p->skilling_on == DAY_NONE;

	if (e->outlook.n_borders == 0 || e->day == DAY_NONE || p->skilling_on == e->day)
		return 0;
	p->skilling_on = e->day;
	return first || (p->overdue >> FEED_SKILLING & 1) != 0 ? engine_touch(e, owner, NULL) : 0;
}

/* What a certification or an assessment says, in one form. */
struct said {
	struct str person, name;
	enum certification_state state;
	day_no earned_on, expires_on, ended_on;
};

static int report_said(
	struct engine *e, const struct event *ev, const struct said *said, const uint32_t *cause)
{
	uint32_t partner, person, name, source;
	struct report *r;
	int rc, certificate;

	if (!e->book->plan.people)
		e->stats.unused++;
	rc = partner_get(e, ev->subject, cause, &partner);
	if (rc == 0)
		rc = skilling_told(e, partner);
	if (rc == 0)
		rc = person_get(e, said->person, &person);
	if (rc == 0)
		rc = name_put(e, said->name, &name);
	if (rc == 0)
		rc = name_put(e, ev->source, &source);
	if (rc == 0)
		rc = report_put(e, e->people[person], partner, name, ev->kind, &r);
	if (rc != 0)
		return rc;
	rc = rulebook_certificate(e, e->book, name, &certificate);
	if (rc != 0)
		return rc;
	if (certificate < 0 && e->book->plan.people)
		e->stats.unknown_certificates++;
	if (r->stamp.form == 0) {
		e->stats.certificates++;
	} else if (!stamp_is_older(e->names, &r->stamp, ev->recorded, source, ev->id)) {
		e->stats.stale++;
		return 0;
	}
	rc = stamp_set(&e->a, &r->stamp, ev->recorded, source, ev->id, ev->retracted);
	if (rc != 0)
		return rc;
	/* What a retraction says beside its key means nothing. */
	r->state = ev->retracted ? 0 : (uint8_t)said->state;
	r->earned_on = ev->retracted ? DAY_NONE : said->earned_on;
	r->expires_on = ev->retracted ? DAY_NONE : said->expires_on;
	r->ended_on = ev->retracted ? DAY_NONE : said->ended_on;
	note_report(e, e->people[person], r);
	return person_update(e, person, true, cause);
}

int people_certification(struct engine *e, const struct event *ev, const uint32_t *cause)
{
	const struct fact_certification *c = &ev->u.certification;

	return report_said(e, ev,
		&(struct said){ c->person, c->certificate, c->state, c->earned_on, c->expires_on,
			c->ended_on },
		cause);
}

int people_assessment(struct engine *e, const struct event *ev, const uint32_t *cause)
{
	const struct fact_assessment *a = &ev->u.assessment;

	return report_said(e, ev,
		&(struct said){ a->person, a->assessment, CERT_EARNED, a->passed_on, a->expires_on,
			DAY_NONE },
		cause);
}

int people_link(struct engine *e, const struct event *ev, const uint32_t *cause)
{
	const struct fact_person_link *f = &ev->u.person_link;
	uint32_t partner, person, source;
	struct person_link *l;
	int rc;

	if (!e->book->plan.people)
		e->stats.unused++;
	rc = partner_get(e, ev->subject, cause, &partner);
	if (rc == 0)
		rc = skilling_told(e, partner);
	if (rc == 0)
		rc = person_get(e, f->person, &person);
	if (rc == 0)
		rc = name_put(e, ev->source, &source);
	if (rc == 0)
		rc = link_put(e, e->people[person], partner, &l);
	if (rc != 0)
		return rc;
	if (l->stamp.form != 0 &&
		!stamp_is_older(e->names, &l->stamp, ev->recorded, source, ev->id)) {
		e->stats.stale++;
		return 0;
	}
	rc = stamp_set(&e->a, &l->stamp, ev->recorded, source, ev->id, ev->retracted);
	if (rc != 0)
		return rc;
	l->linked = !ev->retracted && f->linked;
	l->since = ev->retracted ? DAY_NONE : f->since;
	note_link(e, e->people[person], l);
	return person_update(e, person, true, cause);
}
