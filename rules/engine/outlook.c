/* Outlooks of held areas: made by one walk ahead, and told when they differ from what was told last. */
#include "rules/engine/outlook.h"

#include "common/base/err.h"
#include "common/base/hash.h"
#include "rules/engine/outlook_internal.h"

/* ---- making them ------------------------------------------------------------------------------------------------- */

struct making {
	const struct outlook_options *options;
	struct arena *out; /* of what is told */
	struct area_outlook *all;
	size_t n;
	size_t at[EDITION_AREAS_MAX]; /* per area of the first day's book: place + 1 */
	const struct edition *edition;
	uint64_t coasting, ending; /* areas whose date is not known yet */
	day_no today;
};

static void *copy_list(struct arena *ar, const void *list, size_t n, size_t size)
{
	void *copy = arena_alloc(ar, n * size + 1);

	if (copy != NULL && n > 0)
		memcpy(copy, list, n * size);
	return copy;
}

/* Of an enrolled area whether it qualified on some day of the window in which its renewal has to. */
static int look_at_window(const struct walk *w, size_t area, struct area_outlook *o)
{
	const struct area_standing *st = &w->areas[area].st;
	day_no horizon[EDITION_AREAS_MAX], found[EDITION_AREAS_MAX];
	bool points = w->book->edition->areas[area].form == AREA_OF_METRICS;
	int rc;

	o->decides_on = DAY_NONE;
	o->reached = true;
	if (!st->enrolled.active ||
		w->v.day > st->enrolled.anniversary +
				   (day_no)window_on(w->book->edition, !points, w->v.day)
					   ->renewal_days)
		return 0; /* it stands by the open window */
	o->decides_on = st->window_until;
	o->reached = o->qualifies;
	if (o->reached || w->v.day <= st->window_from || !points)
		return 0;
	horizon[area] = st->window_from;
	rc = past_last(
		w->e, w->book, w->index, w->v.day, horizon, 1ULL << area, NULL, w->ar, found);
	o->reached = rc == 0 && found[area] != DAY_NONE && found[area] >= st->window_from;
	return rc;
}

static int copy_stands(struct making *m, const struct stand_list *l, struct area_outlook *o)
{
	o->stand_count = (uint32_t)l->n;
	o->n_stands = l->n < OUTLOOK_STANDS_MAX ? l->n : OUTLOOK_STANDS_MAX;
	o->stands = copy_list(m->out, l->all, o->n_stands, sizeof *o->stands);
	return o->stands == NULL ? ERR_NOMEM : 0;
}

static int add_mends(struct making *m, const struct walk *w, size_t area, struct area_outlook *o)
{
	struct addition additions[OUTLOOK_ADDITIONS_MAX];
	int rc = mend_find(w, area, w->ar, additions, &o->n_additions);

	if (rc != 0)
		return rc;
	o->additions = copy_list(m->out, additions, o->n_additions, sizeof *o->additions);
	return o->additions == NULL ? ERR_NOMEM : 0;
}

static int add_falls(struct making *m, const struct walk *w, size_t area, struct area_outlook *o)
{
	struct fall falls[OUTLOOK_FALLS_MAX];
	int rc = walk_falls(w, area, m->out, falls, OUTLOOK_FALLS_MAX, &o->n_falls, &o->fall_count);

	if (rc != 0)
		return rc;
	o->falls = copy_list(m->out, falls, o->n_falls, sizeof *o->falls);
	return o->falls == NULL ? ERR_NOMEM : 0;
}

static int begin_area(struct making *m, const struct walk *w, size_t area)
{
	const struct judged *j = w->areas[area].judged;
	struct area_outlook *o = &m->all[m->n++];
	int rc;

	m->at[area] = m->n;
	*o = (struct area_outlook){ .shape = &w->book->plan.areas[area].shapes[j->track],
		.held = true,
		.qualifies = j->qualifies,
		.total = j->total,
		.coast_on = DAY_NONE,
		.coast_total = RATIO_ZERO,
		.ends_on = DAY_NONE };
	m->ending |= 1ULL << area;
	if (j->qualifies)
		m->coasting |= 1ULL << area;
	rc = look_at_window(w, area, o);
	return rc == 0 && !j->qualifies ? add_mends(m, w, area, o) : rc;
}

/* The areas that are held today. */
static int begin_all(struct making *m, const struct walk *w)
{
	const struct edition *ed = w->book->edition;
	struct stand_list lists[EDITION_AREAS_MAX] = { 0 };
	uint64_t tried = 0;
	int rc = 0;

	m->edition = ed;
	m->today = w->v.day;
	m->all = arena_alloc(m->out, ed->n_areas * sizeof *m->all + 1);
	if (m->all == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; rc == 0 && i < ed->n_areas; i++) {
		if (!status_is_held((enum area_status)w->status[i]))
			continue;
		rc = begin_area(m, w, i);
		if (w->areas[i].judged->qualifies && ed->areas[i].form != AREA_OF_AREAS)
			tried |= 1ULL << i;
	}
	if (rc == 0)
		rc = stands_find(w, tried, w->ar, lists);
	for (size_t i = 0; rc == 0 && i < ed->n_areas; i++)
		if (m->at[i] != 0)
			rc = copy_stands(m, &lists[i], &m->all[m->at[i] - 1]);
	return rc == 0 && m->n == 0 ? 1 : rc;
}

static uint32_t border_of(const struct making *m, day_no on)
{
	uint32_t border = 0;

	for (size_t i = 0; on != DAY_NONE && i < m->options->n_borders; i++)
		if (on - m->today <= (day_no)m->options->borders[i])
			border = m->options->borders[i];
	return border;
}

/* What a later day makes of an area that was held on the first one. here: its number in the edition of that day. */
static int see_area(struct making *m, const struct walk *w, size_t area, size_t here)
{
	struct area_outlook *o = &m->all[m->at[area] - 1];
	bool there = here < w->book->edition->n_areas;
	bool qualifies = there && w->areas[here].judged->qualifies;
	bool held = there && status_is_held((enum area_status)w->status[here]);
	uint64_t bit = 1ULL << area;
	bool coasts = (m->coasting & bit) != 0 && !qualifies;
	int rc = 0;

	if (coasts) {
		m->coasting &= ~bit;
		o->coast_on = w->v.day;
		o->coast_total = there ? w->areas[here].judged->total : RATIO_ZERO;
	}
	if (there && (coasts || ((m->ending & bit) != 0 && !held && o->n_falls == 0)))
		rc = add_falls(m, w, here, o);
	if (rc == 0 && there && coasts && border_of(m, w->v.day) != 0)
		rc = add_mends(m, w, here, o);
	if ((m->ending & bit) != 0 && !held) {
		m->ending &= ~bit;
		o->ends_on = w->v.day;
	}
	return rc;
}

static size_t area_in(const struct edition *ed, struct str id)
{
	size_t i = 0;

	while (i < ed->n_areas && !str_eq(ed->areas[i].id, id))
		i++;
	return i;
}

static int on_day(void *ctx, const struct walk *w)
{
	struct making *m = ctx;
	int rc = 0;

	if (w->day == w->v.day)
		return begin_all(m, w);
	for (uint64_t bits = m->coasting | m->ending; rc == 0 && bits != 0; bits &= bits - 1) {
		size_t i = (size_t)__builtin_ctzll(bits),
		       here = w->book->edition == m->edition
				      ? i
				      : area_in(w->book->edition, m->edition->areas[i].id);

		if (here == w->book->edition->n_areas || (w->changed >> here & 1) != 0)
			rc = see_area(m, w, i, here);
	}
	return rc == 0 && (m->coasting | m->ending) == 0 ? 1 : rc;
}

/* The date that matters of an outlook; DAY_NONE. */
static day_no date_of(const struct area_outlook *o)
{
	if (o->qualifies)
		return o->coast_on;
	return o->reached ? o->ends_on : o->decides_on;
}

static int make_all(struct engine *e, uint32_t index, const struct outlook_options *options,
	struct arena *out, struct area_outlook **ret, size_t *ret_n)
{
	struct making m = { .options = options, .out = out };
	int rc = walk_ahead(e, index, true, e->day + OUTLOOK_DAYS, &e->scratch, on_day, &m);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < m.n; i++)
		m.all[i].border = border_of(&m, date_of(&m.all[i]));
	*ret = m.all;
	*ret_n = m.n;
	return 0;
}

/* ---- what was told ----------------------------------------------------------------------------------------------- */

static uint64_t chain_number(uint64_t h, int64_t v)
{
	return digest_chain(h, &v, sizeof v);
}

static uint64_t chain_text(uint64_t h, struct str s)
{
	return digest_chain(chain_number(h, (int64_t)s.n), s.p, s.n);
}

static uint64_t chain_ratio(uint64_t h, struct ratio r)
{
	return digest_chain(digest_chain(h, &r.num, sizeof r.num), &r.den, sizeof r.den);
}

static uint64_t digest_of(const struct area_outlook *o)
{
	uint64_t h = chain_text(chain_text(0, o->shape->track), o->shape->edition);
	const int64_t numbers[] = { o->held, o->qualifies, o->coast_on, o->ends_on, o->border,
		o->decides_on, o->reached, o->fall_count, o->stand_count };

	h = digest_chain(h, numbers, sizeof numbers);
	h = chain_ratio(chain_ratio(h, o->total), o->coast_total);
	for (size_t i = 0; i < o->n_falls; i++)
		h = chain_text(
			chain_text(chain_number(chain_number(h, o->falls[i].kind), o->falls[i].on),
				o->falls[i].who),
			o->falls[i].what);
	for (size_t i = 0; i < o->n_stands; i++)
		h = chain_ratio(chain_text(chain_number(h, o->stands[i].metric), o->stands[i].id),
			o->stands[i].total);
	for (size_t i = 0; i < o->n_additions; i++) {
		const struct addition *a = &o->additions[i];

		h = chain_number(chain_number(chain_number(h, a->option), a->metric), a->kind);
		h = chain_text(chain_number(h, a->amount), a->what);
	}
	return h;
}

static struct outlook_told *told_of(const struct partner *p, uint32_t area)
{
	for (size_t i = 0; i < p->n_outlooks; i++)
		if (p->outlooks[i].area == area)
			return &p->outlooks[i];
	return NULL;
}

int outlook_keep(struct engine *e, struct partner *p, uint32_t area, uint64_t digest)
{
	struct outlook_told *more = e->a.resize(e->a.ctx, p->outlooks, p->n_outlooks * sizeof *more,
		(p->n_outlooks + (size_t)1) * sizeof *more);

	if (more == NULL)
		return ERR_NOMEM;
	p->outlooks = more;
	p->outlooks[p->n_outlooks++] = (struct outlook_told){ digest, area };
	return 0;
}

void outlook_fini(struct engine *e, struct partner *p)
{
	mem_free(&e->a, p->outlooks, p->n_outlooks * sizeof *p->outlooks);
	p->outlooks = NULL;
	p->n_outlooks = 0;
}

/* Those that differ from what was told last, and areas that are held no more, in the edition's order. */
struct telling {
	struct engine *e;
	struct partner *p;
	struct area_outlook *out;
	size_t n;
};

static int tell_held(struct telling *t, const struct area_outlook *o, uint32_t area)
{
	struct outlook_told *told = told_of(t->p, area);
	uint64_t digest = digest_of(o);

	if (told != NULL && told->digest == digest)
		return 0;
	t->out[t->n++] = *o;
	if (told == NULL)
		return outlook_keep(t->e, t->p, area, digest);
	told->digest = digest;
	return 0;
}

static void forget(struct telling *t, size_t area, struct outlook_told *told)
{
	const struct rulebook *book = t->e->book;
	size_t track = t->p->derived != NULL && t->p->derived->book == book
			       ? t->p->derived->areas[area].track
			       : 0;

	t->out[t->n++] = (struct area_outlook){ .shape = &book->plan.areas[area].shapes[track],
		.total = RATIO_ZERO,
		.coast_on = DAY_NONE,
		.coast_total = RATIO_ZERO,
		.ends_on = DAY_NONE,
		.decides_on = DAY_NONE };
	*told = (struct outlook_told){ .area = NONE };
}

/* Closes the gaps that areas left which are held no more, or which no rule knows any more. */
static int close_gaps(struct engine *e, struct partner *p, const bool *stays)
{
	size_t n = 0, before = p->n_outlooks;
	struct outlook_told *less;

	for (size_t i = 0; i < before; i++)
		if (stays[i])
			p->outlooks[n++] = p->outlooks[i];
	if (n == before)
		return 0;
	if (n == 0) {
		mem_free(&e->a, p->outlooks, before * sizeof *p->outlooks);
		p->outlooks = NULL;
		p->n_outlooks = 0;
		return 0;
	}
	less = mem_alloc(&e->a, n * sizeof *less);
	if (less == NULL)
		return ERR_NOMEM;
	memcpy(less, p->outlooks, n * sizeof *less);
	mem_free(&e->a, p->outlooks, before * sizeof *less);
	p->outlooks = less;
	p->n_outlooks = (uint16_t)n;
	return 0;
}

static int tell_all(struct telling *t, const struct area_outlook *all, const size_t *at)
{
	const struct edition *ed = t->e->book->edition;
	bool stays[2 * EDITION_AREAS_MAX] = { false };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ed->n_areas; i++) {
		struct outlook_told *told;
		uint32_t area;

		rc = name_put(t->e, ed->areas[i].id, &area);
		if (rc != 0)
			break;
		told = told_of(t->p, area);
		if (at[i] != 0)
			rc = tell_held(t, &all[at[i] - 1], area);
		else if (told != NULL)
			forget(t, i, told);
		told = told_of(t->p, area);
		if (told != NULL)
			stays[told - t->p->outlooks] = true;
	}
	return rc == 0 ? close_gaps(t->e, t->p, stays) : rc;
}

/* ---- the next day ------------------------------------------------------------------------------------------------ */

static day_no earlier(day_no a, day_no b)
{
	return a < b ? a : b;
}

int partner_schedule(struct engine *e, const struct partner *p)
{
	return days_set(e, p->self | DAY_PARTNER,
		earlier(p->next_day, earlier(p->outlook_day, p->feed_day)));
}

/* The next coming day on which a date enters a border. */
static day_no next_border(const struct engine *e, const struct area_outlook *all, size_t n)
{
	day_no next = DAY_NEVER;

	for (size_t i = 0; i < n; i++)
		for (size_t b = 0; b < e->outlook.n_borders; b++) {
			day_no on = date_of(&all[i]);

			if (on != DAY_NONE && on - (day_no)e->outlook.borders[b] > e->day)
				next = earlier(next, on - (day_no)e->outlook.borders[b]);
		}
	/* A date further away than is looked moves into sight one day. */
	return n > 0 ? earlier(next, e->day + OUTLOOK_DAYS / 2) : next;
}

int outlook_stale(struct engine *e, uint32_t partner)
{
	struct partner *p = e->partners[e->partners[partner]->owner];

	if (p->n_outlooks == 0 || e->day == DAY_NONE || p->outlook_day <= e->day + 1)
		return 0;
	p->outlook_day = e->day + 1;
	return partner_schedule(e, p);
}

int outlook_all_stale(struct engine *e)
{
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < e->n_partners; i++)
		rc = outlook_stale(e, i);
	return rc;
}

/* ---- feeds ------------------------------------------------------------------------------------------------------- */

static month_no newest_usage(const struct engine *e, const struct partner *p)
{
	month_no newest = MONTH_NONE;

	for (uint32_t at = p->self; at != NONE; at = subject_next(e, p->self, at)) {
		const struct partner *s = e->partners[at];

		for (size_t i = 0; i < s->n_months; i++)
			if (s->months[i].n > 0 && MONTH_MIN + s->months[i].month > newest)
				newest = MONTH_MIN + s->months[i].month;
		for (size_t i = 0; i < s->n_markers; i++)
			if (!s->markers[i].stamp.retracted &&
				MONTH_MIN + s->markers[i].month > newest)
				newest = MONTH_MIN + s->markers[i].month;
	}
	return newest;
}

/* The first day on which a feed is overdue, if it tells nothing more; DAY_NONE: it never told anything. */
static day_no overdue_from(const struct engine *e, const struct partner *p, enum feed_kind kind)
{
	month_no newest;

	if (kind == FEED_SKILLING)
		return p->skilling_on == DAY_NONE ? DAY_NONE
						  : p->skilling_on + FEED_SKILLING_DAYS + 1;
	newest = newest_usage(e, p);
	return newest == MONTH_NONE || newest >= MONTH_MAX - 2
		       ? DAY_NONE
		       : month_first_day(newest + 2) + (day_no)e->book->edition->usage_ready_day;
}

static uint8_t overdue_now(const struct engine *e, const struct partner *p, day_no *ret_next)
{
	uint8_t bits = 0;

	*ret_next = DAY_NEVER;
	for (int k = FEED_USAGE; k < FEED_KIND_END; k++) {
		day_no from = overdue_from(e, p, (enum feed_kind)k);

		if (from == DAY_NONE)
			continue;
		if (from <= e->day)
			bits |= (uint8_t)(1U << k);
		else
			*ret_next = earlier(*ret_next, from);
	}
	return bits;
}

bool feeds_turn(struct engine *e, struct partner *p)
{
	return overdue_now(e, p, &p->feed_day) != p->overdue;
}

static int tell_feeds(struct engine *e, struct partner *p, struct feed_outlook **ret, size_t *ret_n)
{
	uint8_t now = overdue_now(e, p, &p->feed_day), moved = now ^ p->overdue;
	struct feed_outlook *all;

	*ret_n = 0;
	p->overdue = now;
	if (moved == 0)
		return 0;
	all = arena_alloc(&e->out, FEED_KIND_END * sizeof *all);
	if (all == NULL)
		return ERR_NOMEM;
	for (int k = FEED_USAGE; k < FEED_KIND_END; k++)
		if ((moved >> k & 1) != 0)
			all[(*ret_n)++] = (struct feed_outlook){ .kind = (enum feed_kind)k,
				.newest_on = k == FEED_SKILLING ? p->skilling_on : DAY_NONE,
				.newest_month = k == FEED_USAGE ? newest_usage(e, p) : MONTH_NONE,
				.overdue_since = (now >> k & 1) != 0
							 ? overdue_from(e, p, (enum feed_kind)k)
							 : DAY_NONE };
	*ret = all;
	return 0;
}

/* ---- with a settle ----------------------------------------------------------------------------------------------- */

int outlook_tell(struct engine *e, uint32_t index, struct area_outlook **ret, size_t *ret_n)
{
	struct partner *p = e->partners[index];
	struct telling t = { .e = e, .p = p };
	size_t at[EDITION_AREAS_MAX] = { 0 }, n = 0;
	struct area_outlook *all = NULL;
	bool gone = partner_is_location(e, index) || e->day == DAY_NONE;
	int rc = gone ? 0 : make_all(e, index, &e->outlook, &e->out, &all, &n);

	if (rc != 0)
		return rc;
	t.out = arena_alloc(&e->out, (n + p->n_outlooks) * sizeof *t.out + 1);
	if (t.out == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		at[area_in(e->book->edition, all[i].shape->area)] = i + 1;
	if (n > 0 || p->n_outlooks > 0)
		rc = tell_all(&t, all, at);
	p->outlook_day = next_border(e, all, n);
	*ret = t.out;
	*ret_n = t.n;
	return rc;
}

int outlook_tell_feeds(struct engine *e, uint32_t index, struct feed_outlook **ret, size_t *ret_n)
{
	return tell_feeds(e, e->partners[index], ret, ret_n);
}

/* ---- for those who ask ------------------------------------------------------------------------------------------- */

int engine_set_outlook(struct engine *e, const struct outlook_options *o)
{
	if (o->n_borders < 1 || o->n_borders > OUTLOOK_BORDERS_MAX || e->n_partners > 0)
		return ERR_INVALID;
	for (size_t i = 0; i < o->n_borders; i++)
		if (o->borders[i] < 1 || o->borders[i] > OUTLOOK_DAYS ||
			(i > 0 && o->borders[i] >= o->borders[i - 1]))
			return ERR_INVALID;
	e->outlook = *o;
	return 0;
}

int engine_outlook(struct engine *e, struct str partner, struct arena *ar,
	struct area_outlook **ret_outlooks, size_t *ret_n)
{
	const struct outlook_options standard = OUTLOOK_OPTIONS_DEFAULT;
	uint32_t index = intern_find(e->partner_ids, partner);
	int rc;

	if (e->day == DAY_NONE)
		return ERR_INVALID;
	if (index == INTERN_NONE || !e->partners[index]->told || partner_is_location(e, index))
		return ERR_NOTFOUND;
	if (!walk_is_live(e, index))
		return ERR_AGAIN;
	rc = make_all(e, index, e->outlook.n_borders > 0 ? &e->outlook : &standard, ar,
		ret_outlooks, ret_n);
	arena_reset(&e->scratch);
	return rc;
}
