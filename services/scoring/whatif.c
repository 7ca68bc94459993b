#include "services/scoring/whatif.h"

#include "common/base/mem.h"
#include "rules/engine/fork.h"
#include "services/scoring/answers.h"
#include "services/scoring/area_find.h"
#include "services/scoring/whatif_alerts.h"
#include "services/scoring/whatif_suppose.h"

#define FACT_BYTES 64 /* of the shortest, encoded, about */

struct whatif {
	struct whatif_options options;
	struct engine *fork;   /* of the last answer; NULL */
	struct rulebook *book; /* of the fork, for an edition that is asked for; NULL */
};

int whatif_create(const struct whatif_options *options, struct whatif **ret_w)
{
	struct whatif *w = mem_zalloc(&mem_heap, sizeof *w);

	if (w == NULL)
		return ERR_NOMEM;
	w->options = *options;
	*ret_w = w;
	return 0;
}

void whatif_tick(struct whatif *w)
{
	if (w->fork == NULL)
		return;
	engine_book_destroy(w->fork, w->book);
	engine_destroy(w->fork);
	w->fork = NULL;
	w->book = NULL;
}

void whatif_set_max_facts(struct whatif *w, size_t max_facts)
{
	w->options.max_facts = max_facts;
}

void whatif_destroy(struct whatif *w)
{
	if (w == NULL)
		return;
	whatif_tick(w);
	mem_free(&mem_heap, w, sizeof *w);
}

/* An answer being made. */
struct asked {
	struct whatif *w;
	const struct frame *q;
	struct arena *ar;
	struct err *err;
	const struct edition *edition; /* asked for; NULL: that of the day */
	day_no day;		       /* asked about */
	struct event *events;
	size_t n_events;
	struct supposed supposed;
	struct partner_score before, without, after;
	bool has_before, has_without, has_after;
};

/* ---- what is asked ------------------------------------------------------------------------------------------- */

static int unknown_edition(struct asked *x)
{
	struct calendar_line lines[EDITIONS_MAX];
	size_t n = engine_calendar(x->w->options.engine, lines);
	char ids[ERR_TEXT_MAX / 2];
	struct sink out;

	sink_init(&out, ids, sizeof ids);
	for (size_t i = 0; i < n; i++)
		sink_printf(&out, "%s" STR_FMT, i == 0 ? "" : ", ", STR_ARG(lines[i].edition->id));
	return err_set(x->err, ERR_SYNTAX, "no edition '" STR_FMT "'; the calendar has: %s",
		STR_ARG(x->q->u.simulate_query.edition), ids);
}

/* Of the facts of the question, the text of an edition of that id; empty when there is none. */
static struct str text_of(const struct asked *x, struct str id)
{
	for (size_t i = x->n_events; i-- > 0;)
		if (x->events[i].kind == FACT_EDITION && !x->events[i].retracted &&
			str_eq(x->events[i].u.edition.edition, id))
			return x->events[i].u.edition.text;
	return (struct str){ "", 0 };
}

/* One that the question brings, one of the calendar, or one that ships. */
static int find_edition(struct asked *x)
{
	const struct edition_source *source = &x->w->options.editions;
	struct str id = x->q->u.simulate_query.edition, text = text_of(x, id);
	struct calendar_line lines[EDITIONS_MAX];
	size_t n = engine_calendar(x->w->options.engine, lines);
	int rc;

	if (id.n == 0)
		return 0;
	for (size_t i = 0; text.n == 0 && i < n; i++)
		if (str_eq(lines[i].edition->id, id)) {
			x->edition = lines[i].edition;
			return 0;
		}
	rc = source->open == NULL ? ERR_NOTFOUND : source->open(source->ctx, id, text, &x->edition);
	if (rc == 0 || rc == ERR_NOMEM)
		return rc;
	return text.n == 0 ? unknown_edition(x)
			   : err_set(x->err, ERR_SYNTAX,
				     "the text of edition '" STR_FMT "' is no rule file of that id",
				     STR_ARG(id));
}

/* The edition by which `after` is told, as far as it is known before any fact is. */
static const struct edition *edition_of(const struct asked *x)
{
	return x->edition != NULL ? x->edition : engine_edition(x->w->options.engine);
}

static const struct track *track_by_id(const struct area *a, struct str id)
{
	for (size_t t = 0; t < a->n_tracks; t++)
		if (str_eq(a->tracks[t].id, id))
			return &a->tracks[t];
	return NULL;
}

/* Those of the first area that has several: all areas have the same. */
static void list_tracks(const struct edition *ed, struct sink *out)
{
	size_t i = 0;

	while (i < ed->n_areas && ed->areas[i].n_tracks < 2)
		i++;
	for (size_t t = 0; i < ed->n_areas && t < ed->areas[i].n_tracks; t++)
		sink_printf(out, "%s" STR_FMT, t == 0 ? "; there are: " : ", ",
			STR_ARG(ed->areas[i].tracks[t].id));
}

static int check_track(struct asked *x)
{
	const struct edition *ed = edition_of(x);
	struct str id = x->q->u.simulate_query.track;
	char ids[ERR_TEXT_MAX / 2];
	struct sink out;

	if (id.n == 0)
		return 0;
	for (size_t i = 0; i < ed->n_areas; i++)
		if (track_by_id(&ed->areas[i], id) != NULL)
			return 0;
	sink_init(&out, ids, sizeof ids);
	list_tracks(ed, &out);
	return err_set(x->err, ERR_SYNTAX, "edition " STR_FMT " has no track '" STR_FMT "'%s",
		STR_ARG(ed->id), STR_ARG(id), ids);
}

/* ---- facts --------------------------------------------------------------------------------------------------- */

static int take_batch(struct asked *x, size_t batch, struct event *to, size_t *n, size_t cap)
{
	struct decoded_event *events;
	size_t n_events;
	int rc = wire_decode_events(
		x->q->u.simulate_query.batches[batch], x->ar, &events, &n_events, x->err);

	if (rc != 0)
		return rc == ERR_NOMEM ? rc : ERR_SYNTAX;
	for (size_t i = 0; i < n_events && *n < cap; i++) {
		if (events[i].refusal != REFUSED_NOT)
			return err_set(x->err, ERR_SYNTAX, "fact %zu: %s: %s", *n + 1,
				refusal_name(events[i].refusal),
				events[i].detail != NULL ? events[i].detail->text : "");
		to[(*n)++] = events[i].event;
	}
	return 0;
}

static int take_events(struct asked *x)
{
	size_t cap = x->q->u.simulate_query.n_batches * WIRE_BATCH_EVENTS_MAX;
	int rc = 0;

	x->events = arena_alloc(x->ar, cap * sizeof *x->events + 1);
	if (x->events == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; rc == 0 && i < x->q->u.simulate_query.n_batches; i++)
		rc = take_batch(x, i, x->events, &x->n_events, cap);
	return rc;
}

/* Facts in short come behind those of the question. */
static int take_suppositions(struct asked *x)
{
	const struct supposing s = { x->w->options.engine, edition_of(x),
		x->q->u.simulate_query.partner, x->q->u.simulate_query.area, x->ar };
	int rc = suppose(&s, x->q->u.simulate_query.suppositions,
		x->q->u.simulate_query.n_suppositions, &x->supposed, x->err);
	size_t n = x->n_events + x->supposed.n;
	struct event *all;

	if (rc != 0 || x->supposed.n == 0)
		return rc;
	all = arena_alloc(x->ar, n * sizeof *all);
	if (all == NULL)
		return ERR_NOMEM;
	if (x->n_events > 0)
		memcpy(all, x->events, x->n_events * sizeof *all);
	memcpy(all + x->n_events, x->supposed.events, x->supposed.n * sizeof *all);
	x->events = all;
	x->n_events = n;
	return 0;
}

static int gather(struct asked *x)
{
	int rc = take_events(x);

	if (rc == 0)
		rc = find_edition(x);
	if (rc == 0)
		rc = check_track(x);
	return rc == 0 ? take_suppositions(x) : rc;
}

/* ---- scores -------------------------------------------------------------------------------------------------- */

/* An explanation costs as much as the copy. */
static size_t most_facts(const struct asked *x)
{
	return x->w->options.max_facts / (x->q->u.simulate_query.explain ? 2 : 1);
}

static int too_many(const struct asked *x)
{
	return err_set(x->err, ERR_FULL,
		"more than %zu facts bear upon it: simulate it on files, with --offline",
		most_facts(x));
}

/* Before anything is looked at: a question may cost as much as copying four times the facts allowed. Each supposition may
 * look through the partner's facts, at an eighth of what copying costs. */
static int check_size(const struct asked *x)
{
	size_t held = engine_fact_count(x->w->options.engine, x->q->u.simulate_query.partner);
	size_t cost = held + held * x->q->u.simulate_query.n_suppositions / 8;

	for (size_t i = 0; i < x->q->u.simulate_query.n_batches; i++)
		cost += x->q->u.simulate_query.batches[i].n / FACT_BYTES;
	return held > most_facts(x) || cost / 4 > most_facts(x) ? too_many(x) : 0;
}

static int open_fork(struct asked *x)
{
	struct whatif *w = x->w;
	struct fork_request r = { x->q->u.simulate_query.partner, x->events, x->n_events,
		w->options.max_facts, x->q->u.simulate_query.track };
	int rc = x->n_events / 4 > w->options.max_facts
			 ? ERR_FULL
			 : engine_fork(w->options.engine, &mem_heap, &r, &w->fork);

	if (rc == ERR_FULL)
		return too_many(x);
	if (rc != 0)
		return rc;
	if (w->options.editions.open != NULL)
		engine_set_source(w->fork, &w->options.editions);
	/* Of days that are still to come nobody has said that their months were without usage. */
	if (x->day != DAY_NONE && x->day > engine_day(w->fork))
		rc = engine_set_complete(w->fork, false);
	if (rc != 0)
		return rc;
	return x->edition == NULL ? 0 : engine_book_create(w->fork, x->edition, &w->book);
}

/* Of the fork, on the day asked about. */
static int score_fork(struct asked *x, struct partner_score *ret, bool *ret_has)
{
	struct str partner = x->q->u.simulate_query.partner;
	bool explain = x->q->u.simulate_query.explain;
	struct engine *fork = x->w->fork;
	int rc = x->w->book != NULL
			 ? engine_score_by(fork, x->w->book, partner, x->day, explain, x->ar, ret)
			 : engine_score(fork, partner, x->day, explain, x->ar, ret);

	*ret_has = rc == 0;
	return rc == ERR_NOTFOUND ? 0 : rc;
}

static int tell_fork(struct asked *x)
{
	struct engine *fork = x->w->fork;
	const struct partner_change *changes;
	struct event day = { .kind = FACT_DAY };
	size_t n;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < x->n_events; i++)
		rc = engine_apply(fork, &x->events[i], 0);
	day.u.day.day = x->day;
	if (rc == 0 && x->day != DAY_NONE && x->day > engine_day(fork))
		rc = engine_apply(fork, &day, 0);
	return rc == 0 ? engine_settle(fork, &changes, &n) : rc;
}

static int score_all(struct asked *x)
{
	const struct frame *q = x->q;
	day_no today = engine_day(x->w->options.engine);
	bool otherwise = (x->day != DAY_NONE && x->day != today) || x->edition != NULL ||
			 q->u.simulate_query.track.n > 0;
	int rc = open_fork(x); /* it says at once when there are too many facts */

	if (rc == 0) {
		rc = engine_score(x->w->options.engine, q->u.simulate_query.partner, DAY_NONE,
			q->u.simulate_query.explain, x->ar, &x->before);
		x->has_before = rc == 0;
		rc = rc == ERR_NOTFOUND ? 0 : rc;
	}
	if (rc == 0 && otherwise)
		rc = score_fork(x, &x->without, &x->has_without);
	if (rc == 0)
		rc = tell_fork(x);
	return rc == 0 ? score_fork(x, &x->after, &x->has_after) : rc;
}

/* ---- the answer ---------------------------------------------------------------------------------------------- */

/* The area that is told of, in the edition of a score. */
static const struct area *area_of(const struct asked *x, const struct partner_score *s)
{
	struct str name = x->q->u.simulate_query.area;

	return name.n == 0 ? NULL : area_find(s->edition, name);
}

/* A score without the area that is asked for has nothing to tell. */
static int tell_score(struct asked *x, const struct partner_score *s, bool has,
	const struct wire_freshness *freshness, const struct frame **ret)
{
	struct frame *a;
	int rc;

	*ret = NULL;
	if (!has)
		return 0;
	a = arena_alloc(x->ar, sizeof *a);
	if (a == NULL)
		return ERR_NOMEM;
	rc = answer_of_score(s, area_of(x, s), x->q->u.simulate_query.explain, freshness, x->ar, a);
	if (rc == 0 && x->q->u.simulate_query.area.n > 0 && area_of(x, s) == NULL)
		a->u.score_answer.n_areas = 0;
	*ret = a;
	return rc;
}

static int check_area(const struct asked *x)
{
	struct str name = x->q->u.simulate_query.area;

	if (name.n == 0 || (x->has_before && area_of(x, &x->before) != NULL) ||
		(x->has_after && area_of(x, &x->after) != NULL))
		return 0;
	return area_unknown(x->has_after ? x->after.edition : x->before.edition, name, x->err);
}

static int tell_alerts(struct asked *x, struct frame *ret)
{
	const struct area *only = x->has_after ? area_of(x, &x->after) : NULL;
	bool none = x->q->u.simulate_query.area.n > 0 && only == NULL;

	return whatif_alerts(x->has_before ? &x->before : NULL,
		x->has_after && !none ? &x->after : NULL,
		only != NULL ? only->id : (struct str){ "", 0 }, x->ar,
		&ret->u.simulate_answer.alerts, &ret->u.simulate_answer.n_alerts);
}

/* Editions are rules, not facts. */
static uint32_t fact_count(const struct asked *x)
{
	uint32_t n = 0;

	for (size_t i = 0; i < x->n_events; i++)
		n += x->events[i].kind != FACT_EDITION;
	return n;
}

static int tell(struct asked *x, const struct wire_freshness *freshness, struct frame *ret)
{
	struct str *notes = arena_alloc(x->ar, x->supposed.n_notes * sizeof *notes + 1);
	int rc = notes == NULL ? ERR_NOMEM : check_area(x);

	if (rc == 0)
		rc = tell_score(
			x, &x->before, x->has_before, freshness, &ret->u.simulate_answer.before);
	if (rc == 0)
		rc = tell_score(
			x, &x->without, x->has_without, freshness, &ret->u.simulate_answer.without);
	if (rc == 0)
		rc = tell_score(
			x, &x->after, x->has_after, freshness, &ret->u.simulate_answer.after);
	if (rc == 0)
		rc = tell_alerts(x, ret);
	if (rc != 0)
		return rc;
	memcpy(notes, x->supposed.notes, x->supposed.n_notes * sizeof *notes);
	ret->u.simulate_answer.notes = notes;
	ret->u.simulate_answer.n_notes = x->supposed.n_notes;
	ret->u.simulate_answer.facts = fact_count(x);
	ret->u.simulate_answer.request = x->q->u.simulate_query.request;
	ret->u.simulate_answer.freshness = *freshness;
	return 0;
}

int whatif_answer(struct whatif *w, const struct frame *query,
	const struct wire_freshness *freshness, struct arena *ar, struct frame *ret_frame,
	struct err *err)
{
	struct asked x = {
		.w = w, .q = query, .ar = ar, .err = err, .day = query->u.simulate_query.day
	};
	struct frame answer = { .kind = FRAME_SIMULATE_ANSWER };
	int rc;

	whatif_tick(w);
	if (query->u.simulate_query.partner.n == 0)
		return err_set(err, ERR_SYNTAX, "no partner is named");
	if (x.day != DAY_NONE && !day_is_valid(x.day))
		return ERR_RANGE;
	rc = check_size(&x);
	if (rc == 0)
		rc = gather(&x);
	if (rc == 0)
		rc = score_all(&x);
	if (rc == 0 && !x.has_before && !x.has_after)
		rc = ERR_NOTFOUND;
	if (rc == 0)
		rc = tell(&x, freshness, &answer);
	if (rc == 0)
		*ret_frame = answer;
	return rc;
}
