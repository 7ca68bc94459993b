/* People and the certificates they hold. */
#include "tests/oracle/oracle_view.h"

/* What a certification or an assessment says of whom. */
static bool report_of(const struct event *ev, struct fact_certification *ret)
{
	if (ev == NULL)
		return false;
	if (ev->kind == FACT_CERTIFICATION) {
		*ret = ev->u.certification;
		return true;
	}
	if (ev->kind != FACT_ASSESSMENT)
		return false;
	*ret = (struct fact_certification){ .person = ev->u.assessment.person,
		.certificate = ev->u.assessment.assessment,
		.state = CERT_EARNED,
		.earned_on = ev->u.assessment.passed_on,
		.expires_on = ev->u.assessment.expires_on,
		.ended_on = DAY_NONE };
	return true;
}

/* ---- who belongs to whom ---------------------------------------------------------------------------------------- */

/* A person belongs to the subject of the newest link; where nothing is said of links, to that of the newest report.
 * Empty: to nobody. */
static struct str subject_of(const struct oracle *o, struct str person)
{
	const struct event *link = NULL, *report = NULL;
	struct fact_certification f;
	bool any_link = false;

	for (size_t i = 0; i < o->n; i++) {
		const struct event *ev = oracle_standing(o, i);

		if (ev != NULL && ev->kind == FACT_PERSON_LINK &&
			oracle_same(ev->u.person_link.person, person)) {
			any_link = true;
			if (ev->u.person_link.linked &&
				(link == NULL || oracle_version_cmp(ev, link) > 0))
				link = ev;
		}
		if (report_of(ev, &f) && oracle_same(f.person, person) &&
			(report == NULL || oracle_version_cmp(ev, report) > 0))
			report = ev;
	}
	if (any_link)
		return link != NULL ? link->subject : (struct str){ NULL, 0 };
	return report != NULL ? report->subject : (struct str){ NULL, 0 };
}

static bool is_listed(const struct view *v, struct str person)
{
	for (size_t i = 0; i < v->n_people; i++)
		if (oracle_same(v->people[i].id, person))
			return true;
	return false;
}

/* The newest report of each certificate of a person, whichever partner gave it, decides. */
static void gather(const struct oracle *o, struct holder *h)
{
	const struct event *newest[N_CERTS] = { NULL };
	struct fact_certification f;

	for (size_t i = 0; i < o->n; i++) {
		const struct event *ev = oracle_standing(o, i);
		int c = o->all[i].cert;

		if (c == NO_CERT || !report_of(ev, &f) || !oracle_same(f.person, h->id))
			continue;
		if (newest[c] != NULL && oracle_version_cmp(ev, newest[c]) < 0)
			continue;
		newest[c] = ev;
		h->reported[c] = true;
		h->newest[c] = f;
	}
}

void oracle_gather_people(struct view *v)
{
	const struct oracle *o = v->o;
	struct fact_certification f;

	for (size_t i = 0; i < o->n; i++) {
		struct str subject;

		if (!report_of(oracle_standing(o, i), &f) || is_listed(v, f.person))
			continue;
		subject = subject_of(o, f.person);
		if (subject.n == 0 || !oracle_same(oracle_owner(o, subject), v->partner))
			continue;
		v->people = oracle_alloc(v->people, (v->n_people + 1) * sizeof *v->people);
		v->people[v->n_people] = (struct holder){ .id = f.person };
		gather(o, &v->people[v->n_people++]);
	}
}

/* ---- what they hold --------------------------------------------------------------------------------------------- */

static bool report_counts(
	enum oracle_edition e, const struct fact_certification *f, enum cert c, day_no day)
{
	day_no retired, until;

	if (day == DAY_NONE)
		return false;
	if ((f->state == CERT_EXPIRED || f->state == CERT_REVOKED) && f->ended_on == DAY_NONE)
		return false;
	if (f->earned_on > day)
		return false;
	if (f->expires_on != DAY_NONE && day > f->expires_on)
		return false;
	if (f->ended_on != DAY_NONE && day >= f->ended_on)
		return false;
	/* A retired certificate counts on for a while when it was earned before. */
	return !oracle_is_retired(e, c, &retired, &until) ||
	       (f->earned_on < retired && day <= until);
}

bool oracle_holds(const struct view *v, const struct holder *h, enum cert c, day_no day)
{
	enum cert a, b;

	if (oracle_needs_both(c, &a, &b))
		return oracle_holds(v, h, a, day) && oracle_holds(v, h, b, day);
	return h->reported[c] && report_counts(v->edition, &h->newest[c], c, day);
}

int64_t oracle_people(const struct view *v, const enum cert *any, day_no day)
{
	int64_t n = 0;

	for (size_t i = 0; i < v->n_people; i++) {
		bool holds = false;

		for (size_t c = 0; any[c] != NO_CERT; c++)
			holds = holds || oracle_holds(v, &v->people[i], any[c], day);
		n += holds;
	}
	return n;
}

struct ratio oracle_skilling(
	const struct view *v, const struct step *steps, size_t n, int most, day_no day)
{
	struct ratio sum = RATIO_ZERO;
	bool open = true;

	for (size_t i = 0; i < n && open; i++) {
		int64_t people = oracle_people(v, steps[i].any, day);

		if (steps[i].each.den != 0) {
			struct ratio points = oracle_times(people, steps[i].each);

			if (steps[i].most > 0)
				points = oracle_capped(points, steps[i].most);
			sum = ratio_add(sum, points);
		}
		open = people >= steps[i].needed;
	}
	return oracle_capped(sum, most);
}
