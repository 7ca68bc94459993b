/* A unit of the score log in, alerts out. */
#include "services/notification/notification_core.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "services/notification/notification_internal.h"

#define NAMES_MAX   4096
#define DETAILS_MAX ((size_t)256 << 20)
#define PACKING_MAX ((size_t)1 << 20)

static bool are_valid(const struct notification_options *o)
{
	return o->max_partners > 0 && o->margin.num >= 0 && o->margin.den > 0 &&
	       o->recovery.num >= 0 && o->reach.num >= 0 && o->hold_days <= DAY_MAX &&
	       o->horizon_days <= DAY_MAX;
}

int notification_create(const struct alloc *a, const struct notification_options *options,
	struct notification **ret_n)
{
	struct notification *n;
	int rc;

	if (!are_valid(options))
		return ERR_INVALID;
	n = mem_zalloc(a, sizeof *n);
	if (n == NULL)
		return ERR_NOMEM;
	n->a = a;
	n->options = *options;
	if (n->options.recovery.den == 0)
		n->options.recovery = RATIO_ZERO;
	if (n->options.reach.den == 0)
		n->options.reach = RATIO_ZERO;
	n->due = DAY_NONE;
	arena_init(&n->details, a, DETAILS_MAX);
	buf_init(&n->packing, a, PACKING_MAX);
	rc = intern_create(a, options->max_partners, &n->partners);
	if (rc == 0)
		rc = intern_create(a, NAMES_MAX, &n->names);
	if (rc != 0) {
		notification_destroy(n);
		return rc;
	}
	*ret_n = n;
	return 0;
}

static void partner_fini(struct notification *n, struct subject *p)
{
	for (size_t i = 0; i < p->n; i++)
		standing_wait_no_more(n, p, &p->areas[i]);
	mem_free(n->a, p->areas, p->cap * sizeof *p->areas);
}

void notification_destroy(struct notification *n)
{
	if (n == NULL)
		return;
	for (size_t i = 0; n->partners != NULL && i < intern_count(n->partners); i++)
		partner_fini(n, &n->table[i]);
	mem_free(n->a, n->table, n->table_cap * sizeof *n->table);
	mem_free(n->a, n->alerts, n->alerts_cap * sizeof *n->alerts);
	mem_free(n->a, n->changed, n->changed_cap * sizeof *n->changed);
	arena_fini(&n->details);
	buf_fini(&n->packing);
	intern_destroy(n->partners);
	intern_destroy(n->names);
	mem_free(n->a, n, sizeof *n);
}

/* ---- held, or not ----------------------------------------------------------------------------------------- */

static bool is_held(enum area_status s)
{
	return s == AREA_QUALIFIED || s == AREA_ENROLLED || s == AREA_RENEWAL_DUE;
}

/* A correction turns back what that alert told. */
static bool is_undone(const struct mark *m, const struct score_change *c, const struct alert *al)
{
	return m->sequence != 0 && c->corrected != 0 && c->corrected <= m->day &&
	       (m->moved == 0 || (m->moved & tell_moved(al)) != 0);
}

/* One alert of an occasion. mark: the last alert that it may undo, and what it will be undone by; NULL: none. */
static int tell_kind(struct notification *n, struct subject *p, const struct occasion *o,
	enum alert_kind kind, enum alert_reason reason, struct mark *mark, enum alert_kind undoes)
{
	const struct alert *told;
	struct alert al;
	int rc = tell_prepare(n, o, kind, &al);

	al.reason = reason;
	if (mark != NULL && is_undone(mark, o->change, &al)) {
		al.kind = ALERT_WITHDRAWN;
		al.reason = ALERT_BECAUSE_CORRECTED;
		al.withdraws = mark->sequence;
		al.withdraws_kind = undoes;
	}
	al.severity = kind == ALERT_LOST ? ALERT_CRITICAL : ALERT_INFO;
	if (rc == 0)
		rc = tell(n, p, &al, o->shape->qualifies_at, &told);
	if (rc != 0 || mark == NULL)
		return rc;
	*mark = (struct mark){ 0, al.day, tell_moved(&al) };
	if (al.kind == kind)
		mark->sequence = (uint32_t)told->sequence;
	return 0;
}

static void forget_risk(struct notification *n, struct subject *p, struct standing *s)
{
	memset(s->told, 0, sizeof s->told);
	s->by_told = DAY_NONE;
	s->risked.sequence = 0;
	standing_wait_no_more(n, p, s);
}

static int turn(struct notification *n, struct subject *p, const struct occasion *o,
	struct standing *s, bool held)
{
	enum alert_reason lack = (enum alert_reason)s->lack;

	s->held = held;
	s->near = false;
	forget_risk(n, p, s);
	if (held)
		return tell_kind(
			n, p, o, ALERT_GAINED, ALERT_BECAUSE_QUALIFIES, &s->stood, ALERT_LOST);
	s->outlook = 0;
	s->by = DAY_NONE;
	return tell_kind(n, p, o, ALERT_LOST, lack != 0 ? lack : ALERT_BECAUSE_BELOW_THRESHOLD,
		&s->stood, ALERT_GAINED);
}

/* ---- at risk ---------------------------------------------------------------------------------------------- */

static enum alert_reason reason_of(const struct standing *s, enum alert_sense sense)
{
	switch (sense) {
	case ALERT_SENSE_COAST:
		return (s->outlook & SEEN_QUALIFIES) != 0 ? ALERT_BECAUSE_COAST_DATE
							  : ALERT_BECAUSE_WINDOW_ENDS;
	case ALERT_SENSE_SINGLE:
		return (s->outlook & SEEN_ONE_CUSTOMER) != 0 ? ALERT_BECAUSE_ONE_CUSTOMER
							     : ALERT_BECAUSE_ONE_PERSON;
	default:
		return (enum alert_reason)s->lack;
	}
}

static void set_risk(const struct standing *s, const struct risk *r, day_no day, struct alert *al)
{
	al->sense = r->gravest;
	al->senses = r->senses;
	al->reason = reason_of(s, r->gravest);
	al->severity = risk_severity(r->gravest, r->level[r->gravest]);
	if ((r->senses & (1U << ALERT_SENSE_UNMET | 1U << ALERT_SENSE_COAST)) != 0) {
		al->by = s->by;
		al->border = risk_border(s->by, day);
	}
}

/* It is told: not again until it gets graver. */
static void note_told(struct standing *s, const struct risk *r, const struct alert *told)
{
	for (int k = 1; k < ALERT_SENSE_END; k++)
		if (r->level[k] > s->told[k])
			s->told[k] = r->level[k];
	s->by_told = s->by;
	s->risked = (struct mark){ (uint32_t)told->sequence, told->day, tell_moved(told) };
}

static bool must_wait(const struct notification *n, const struct standing *s, day_no day)
{
	return n->options.hold_days > 0 && day != DAY_NONE &&
	       (s->since == DAY_NONE || day - s->since < (day_no)n->options.hold_days);
}

static int wait(struct notification *n, struct subject *p, struct standing *s,
	const struct occasion *o, struct alert *al)
{
	day_no due;

	if (s->since == DAY_NONE)
		s->since = o->batch->day;
	due = s->since + (day_no)n->options.hold_days;
	if (n->due == DAY_NONE || due < n->due)
		n->due = due;
	alert_say(al, o->shape->qualifies_at);
	return standing_wait(n, p, s, al);
}

static int tell_risk(struct notification *n, struct subject *p, const struct occasion *o,
	struct standing *s, const struct risk *r)
{
	const struct alert *told;
	struct alert al;
	int rc = tell_prepare(n, o, ALERT_AT_RISK, &al);

	set_risk(s, r, o->batch->day, &al);
	if (rc == 0)
		rc = tell_complete(n, s, o->outlook != NULL, &al);
	if (rc != 0)
		return rc;
	if (!r->graver && must_wait(n, s, o->batch->day))
		return wait(n, p, s, o, &al);
	rc = tell(n, p, &al, o->shape->qualifies_at, &told);
	if (rc != 0)
		return rc;
	note_told(s, r, told);
	standing_wait_no_more(n, p, s);
	return 0;
}

static int recover(
	struct notification *n, struct subject *p, const struct occasion *o, struct standing *s)
{
	bool points = s->told[ALERT_SENSE_UNMET] > 0 || s->told[ALERT_SENSE_MARGIN] > 0;
	int rc = tell_kind(n, p, o, ALERT_RECOVERED,
		points ? ALERT_BECAUSE_MARGIN_RESTORED : ALERT_BECAUSE_RISK_PASSED, &s->risked,
		ALERT_AT_RISK);

	forget_risk(n, p, s);
	return rc;
}

static int weigh(
	struct notification *n, struct subject *p, const struct occasion *o, struct standing *s)
{
	struct risk r;

	risk_look(n, s, o->batch->day, &r);
	if (r.gravest != 0)
		return tell_risk(n, p, o, s, &r);
	standing_wait_no_more(n, p, s);
	return r.senses == 0 && standing_is_at_risk(s) ? recover(n, p, o, s) : 0;
}

/* ---- an area ---------------------------------------------------------------------------------------------- */

static int approach(struct notification *n, struct subject *p, const struct occasion *o,
	struct standing *s, enum nearness near, enum alert_reason reason, bool just_lost)
{
	bool was = s->near;

	if (near != NEAR_ABOUT)
		s->near = near == NEAR_WITHIN;
	return s->near && !was && !just_lost
		       ? tell_kind(n, p, o, ALERT_WITHIN_REACH, reason, NULL, 0)
		       : 0;
}

static bool is_renewed(const struct area_change *c)
{
	return c->status_before == AREA_RENEWAL_DUE && c->status_after == AREA_ENROLLED;
}

static int decide(struct notification *n, struct subject *p, const struct occasion *o,
	struct standing *s, enum nearness near, enum alert_reason near_reason)
{
	bool was_held = s->held, held = is_held(o->area->status_after);
	int rc = 0;

	s->lack = (uint8_t)risk_lack(n, o->area, held && s->told[ALERT_SENSE_MARGIN] > 0);
	if (o->outlook != NULL)
		risk_see(s, o->outlook);
	if (held != was_held)
		rc = turn(n, p, o, s, held);
	else if (held && is_renewed(o->area))
		rc = tell_kind(n, p, o, ALERT_RENEWED, ALERT_BECAUSE_ANNIVERSARY, NULL, 0);
	if (rc != 0)
		return rc;
	return held ? weigh(n, p, o, s) : approach(n, p, o, s, near, near_reason, held != was_held);
}

/* Of an area of which nothing but the outlook is new. */
static int look_ahead(
	struct notification *n, struct subject *p, const struct occasion *o, struct standing *s)
{
	risk_see(s, o->outlook);
	return weigh(n, p, o, s);
}

/* near   of an area whose points changed. */
static int take_known(struct notification *n, struct subject *p, const struct occasion *o,
	struct standing *s, enum nearness near, enum alert_reason near_reason)
{
	struct standing was = *s;
	int rc;

	standing_count(n, s, false);
	rc = o->area != NULL ? decide(n, p, o, s, near, near_reason) : look_ahead(n, p, o, s);
	standing_count(n, s, true);
	return rc == 0 && memcmp(&was, s, sizeof was) != 0 ? subject_changed(n, p) : rc;
}

static int take_change(struct notification *n, struct subject *p, const struct occasion *o)
{
	enum alert_reason reason = 0;
	bool held = is_held(o->area->status_after);
	struct standing *s = standing_find(n, p, o->shape->area);
	enum nearness near = held ? NEAR_NOT : risk_nearness(n, o->area, &reason);
	int rc = 0;

	if (!held && near != NEAR_WITHIN && (s == NULL || (!s->held && !s->near)))
		return 0; /* by far the most changes */
	if (s == NULL)
		rc = standing_get(n, p, o->shape->area, &s);
	return rc == 0 ? take_known(n, p, o, s, near, reason) : rc;
}

static int take_outlook(struct notification *n, struct subject *p, const struct occasion *o)
{
	struct standing *s = standing_find(n, p, o->shape->area);

	return s != NULL && s->held ? take_known(n, p, o, s, NEAR_NOT, 0) : 0;
}

/* ---- feeds ------------------------------------------------------------------------------------------------ */

static int tell_feed(struct notification *n, struct subject *p, const struct occasion *o,
	enum feed_kind kind, enum alert_kind told)
{
	bool overdue = told == ALERT_FEED_OVERDUE;
	struct alert al;
	int rc = tell_prepare(n, o, told, &al);

	al.reason = !overdue		 ? ALERT_BECAUSE_REPORTED
		    : kind == FEED_USAGE ? ALERT_BECAUSE_USAGE_LATE
					 : ALERT_BECAUSE_SKILLING_LATE;
	al.severity = overdue ? ALERT_WARNING : ALERT_INFO;
	al.feed = kind;
	al.feed_since = p->feed[kind].since;
	al.feed_newest_on = p->feed[kind].newest_on;
	al.feed_newest_month = p->feed[kind].newest_month;
	return rc == 0 ? tell(n, p, &al, 0, NULL) : rc;
}

static void feed_waits(struct notification *n, struct subject *p, enum feed_kind kind, bool waits)
{
	uint8_t bit = (uint8_t)(1U << kind);

	if (waits == ((p->feeds_waiting & bit) != 0))
		return;
	p->feeds_waiting ^= bit;
	n->feeds_waiting += waits ? 1 : UINT64_MAX;
}

static int take_feed(struct notification *n, struct subject *p, const struct occasion *o,
	const struct feed_outlook *f)
{
	uint8_t bit = (uint8_t)(1U << f->kind);
	bool was_told = (p->feeds & bit) != 0, overdue = f->overdue_since != DAY_NONE;

	if (overdue == (was_told || (p->feeds_waiting & bit) != 0))
		return 0;
	p->feed[f->kind].since = f->overdue_since;
	p->feed[f->kind].newest_on = f->newest_on;
	p->feed[f->kind].newest_month = f->newest_month;
	feed_waits(n, p, f->kind, overdue);
	if (was_told) {
		p->feeds ^= bit;
		return tell_feed(n, p, o, f->kind, ALERT_FEED_RESUMED);
	}
	return subject_changed(n, p);
}

/* The day has begun, and they still are overdue. */
static int tell_feeds(struct notification *n, struct subject *p, const struct occasion *o)
{
	int rc = 0;

	for (int k = 1; rc == 0 && k < FEED_KIND_END; k++) {
		enum feed_kind kind = (enum feed_kind)k;

		if ((p->feeds_waiting >> k & 1) == 0)
			continue;
		feed_waits(n, p, kind, false);
		p->feeds |= (uint8_t)(1U << k);
		rc = tell_feed(n, p, o, kind, ALERT_FEED_OVERDUE);
	}
	return rc;
}

/* ---- a unit ----------------------------------------------------------------------------------------------- */

static const struct area_outlook *outlook_of(
	const struct notification *n, const struct score_change *c, struct str area)
{
	for (size_t i = 0; !n->options.points_only && i < c->n_outlooks; i++)
		if (str_eq(c->outlooks[i].shape->area, area))
			return &c->outlooks[i];
	return NULL;
}

static bool has_change_of(const struct score_change *c, struct str area)
{
	for (size_t i = 0; i < c->n_areas; i++)
		if (str_eq(c->areas[i].shape->area, area))
			return true;
	return false;
}

/* Feeds, and what lies ahead of areas whose points did not change. */
static int take_ahead(struct notification *n, struct subject *p, const struct occasion *of_change)
{
	const struct score_change *c = of_change->change;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < c->n_outlooks; i++) {
		struct occasion o = *of_change;

		o.outlook = &c->outlooks[i];
		o.shape = o.outlook->shape;
		if (!has_change_of(c, o.shape->area))
			rc = take_outlook(n, p, &o);
	}
	for (size_t i = 0; rc == 0 && i < c->n_feeds; i++)
		rc = take_feed(n, p, of_change, &c->feeds[i]);
	return rc;
}

static int take(struct notification *n, const struct score_batch *batch,
	const struct score_change *c, uint64_t position)
{
	struct occasion o = { .batch = batch, .change = c, .position = position };
	struct subject *p;
	int rc = subject_get(n, c->partner, &p);

	for (size_t i = 0; rc == 0 && i < c->n_areas; i++) {
		struct occasion of_area = o;

		of_area.area = &c->areas[i];
		of_area.shape = c->areas[i].shape;
		of_area.outlook = outlook_of(n, c, of_area.shape->area);
		rc = take_change(n, p, &of_area);
	}
	return rc == 0 && !n->options.points_only ? take_ahead(n, p, &o) : rc;
}

/* ---- what waits, and its day has come ---------------------------------------------------------------------- */

static bool is_due(const struct notification *n, const struct standing *s, day_no day)
{
	return s->draft != NULL && day - s->since >= (day_no)n->options.hold_days;
}

static int tell_waited(struct notification *n, struct subject *p, struct standing *s, day_no day)
{
	uint8_t *bytes = arena_alloc(&n->details, s->draft_n);
	const struct alert *told;
	struct alert al;
	struct risk r;
	int rc;

	if (bytes == NULL)
		return ERR_NOMEM;
	memcpy(bytes, s->draft, s->draft_n);
	rc = draft_unpack((struct span){ bytes, s->draft_n }, &n->details, &al);
	if (rc != 0)
		return rc;
	standing_count(n, s, false);
	risk_look(n, s, day, &r);
	al.partner = subject_id(n, p);
	al.day = day;
	al.border = risk_border(al.by, day);
	al.severity = risk_severity(al.sense, r.level[al.sense]);
	rc = tell(n, p, &al, 0, &told);
	if (rc == 0)
		note_told(s, &r, told);
	standing_wait_no_more(n, p, s);
	standing_count(n, s, true);
	return rc;
}

struct due {
	struct str id;
	struct subject *p;
};

static int by_id(const void *a, const void *b)
{
	return str_cmp(((const struct due *)a)->id, ((const struct due *)b)->id);
}

/* Those with something due, in order of id, which does not depend on how their numbers came about. */
static int find_due(struct notification *n, day_no day, struct due **ret_due, size_t *ret_n)
{
	uint32_t partners = intern_count(n->partners);
	size_t waiting = (size_t)(n->stats.waiting + n->feeds_waiting), found = 0;
	struct due *list = arena_alloc(&n->details, waiting * sizeof *list + 1);

	if (list == NULL)
		return ERR_NOMEM;
	n->due = DAY_NONE;
	for (uint32_t i = 0; i < partners; i++) {
		struct subject *p = &n->table[i];
		bool any = p->feeds_waiting != 0;

		for (size_t k = 0; p->n_waiting > 0 && k < p->n; k++) {
			const struct standing *s = &p->areas[k];
			day_no due;

			if (s->draft == NULL)
				continue;
			due = s->since + (day_no)n->options.hold_days;
			any |= is_due(n, s, day);
			if (due > day && (n->due == DAY_NONE || due < n->due))
				n->due = due;
		}
		if (any)
			list[found++] = (struct due){ subject_id(n, p), p };
	}
	qsort(list, found, sizeof *list, by_id);
	*ret_due = list;
	*ret_n = found;
	return 0;
}

static int tell_due(struct notification *n, struct subject *p, const struct occasion *of_day)
{
	struct score_change nobody = { .partner = subject_id(n, p) };
	struct occasion o = *of_day;
	int rc = 0;

	o.change = &nobody;
	for (size_t k = 0; rc == 0 && k < p->n; k++)
		if (is_due(n, &p->areas[k], o.batch->day))
			rc = tell_waited(n, p, &p->areas[k], o.batch->day);
	return rc == 0 ? tell_feeds(n, p, &o) : rc;
}

/* position   of the unit's last record. */
static int pass_day(struct notification *n, const struct score_batch *batch, uint64_t position)
{
	struct occasion o = { .batch = batch, .position = position };
	bool any = n->due != DAY_NONE && batch->day >= n->due;
	struct due *list;
	size_t n_due;
	int rc;

	if (batch->day == DAY_NONE || (!any && n->feeds_waiting == 0))
		return 0;
	rc = find_due(n, batch->day, &list, &n_due);
	for (size_t i = 0; rc == 0 && i < n_due; i++)
		rc = tell_due(n, list[i].p, &o);
	return rc;
}

int notification_step(struct notification *n, const struct score_batch *batch, uint64_t first,
	const struct alert **ret_alerts, size_t *ret_n)
{
	int rc = 0;

	n->n_alerts = n->n_changed = 0;
	n->step = n->step == UINT32_MAX ? 1 : n->step + 1;
	arena_reset(&n->details);
	for (size_t i = 0; rc == 0 && i < batch->n_changes; i++)
		rc = take(n, batch, &batch->changes[i], first + i);
	if (rc == 0 && batch->day_began)
		rc = pass_day(n, batch, first + score_batch_records(batch) - 1);
	if (rc != 0)
		return rc;
	*ret_alerts = n->alerts;
	*ret_n = n->n_alerts;
	return 0;
}

void notification_changed(
	const struct notification *n, const struct str **ret_partners, size_t *ret_n)
{
	*ret_partners = n->changed;
	*ret_n = n->n_changed;
}

void notification_stats_get(const struct notification *n, struct notification_stats *ret)
{
	*ret = n->stats;
}

uint64_t notification_sequence(const struct notification *n, struct str partner)
{
	intern_id i = intern_find(n->partners, partner);

	return i == INTERN_NONE ? 0 : n->table[i].sequence;
}
