/* For any history the engine, fed event by event, agrees with the oracle, which recomputes everything from the list:
 * all points of all partners after every settle, whatever the order of arrival, with repeats, corrections, retractions,
 * people who move, and a snapshot loaded half way.
 *
 *   CAPSCORE_PROPERTY_ROUNDS   histories in all (110 unless given)
 *   CAPSCORE_PROPERTY_ONLY     tests whose name holds this, for example "accounts, 2026"
 *   CAPSCORE_PROPERTY_SEED     of the first; each failure prints its own
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "rules/compile/compile.h"
#include "rules/compile/shipped.h"
#include "rules/engine/engine.h"
#include "tests/oracle/oracle.h"
#include "tests/support/history.h"

#define ARRAY_LEN(a)   (sizeof(a) / sizeof((a)[0]))
#define ROUNDS_DEFAULT 110
#define PARTNERS_MAX   64
/* Under the thread sanitizer this takes half an hour, and there is one thread. */
#ifdef __SANITIZE_THREAD__
#define ONE_THREAD_IS_SLOW true
#else
#define ONE_THREAD_IS_SLOW false
#endif
#define AREAS_MAX EDITION_AREAS_MAX
#define AREAS	  3 /* of Azure, the only ones of the edition */

static const struct history_shape shapes[] = {
	{ .name = "ordered",
		.order = HISTORY_ORDERED,
		.min_events = 20,
		.max_events = 160,
		.partners = 2,
		.people = 6,
		.customers = 5,
		.products = 8,
		.usage = 50,
		.certificates = 25,
		.links = 4,
		.markers = 1,
		.days = 18,
		.others = 2,
		.restated = 10,
		.retracted = 5,
		.stale = 3,
		.duplicated = 0,
		.established = 60 },
	{ .name = "nearly ordered",
		.order = HISTORY_NEARLY,
		.min_events = 20,
		.max_events = 120,
		.partners = 2,
		.people = 5,
		.customers = 4,
		.products = 7,
		.usage = 50,
		.certificates = 25,
		.links = 4,
		.markers = 4,
		.days = 18,
		.others = 1,
		.restated = 10,
		.retracted = 5,
		.stale = 3,
		.duplicated = 5,
		.established = 40 },
	{ .name = "shuffled",
		.order = HISTORY_SHUFFLED,
		.min_events = 20,
		.max_events = 120,
		.partners = 2,
		.people = 5,
		.customers = 4,
		.products = 7,
		.usage = 50,
		.certificates = 25,
		.links = 4,
		.markers = 2,
		.days = 10,
		.others = 1,
		.restated = 20,
		.retracted = 8,
		.stale = 5,
		.duplicated = 0,
		.established = 50 },
	{ .name = "duplicated",
		.order = HISTORY_SHUFFLED,
		.min_events = 10,
		.max_events = 60,
		.partners = 2,
		.people = 4,
		.customers = 3,
		.products = 5,
		.usage = 50,
		.certificates = 25,
		.links = 4,
		.markers = 1,
		.days = 10,
		.others = 1,
		.restated = 10,
		.retracted = 5,
		.stale = 3,
		.duplicated = 90,
		.established = 20 },
	{ .name = "corrected",
		.order = HISTORY_NEARLY,
		.min_events = 20,
		.max_events = 120,
		.partners = 1,
		.people = 4,
		.customers = 3,
		.products = 4,
		.usage = 60,
		.certificates = 20,
		.links = 2,
		.markers = 1,
		.days = 12,
		.others = 0,
		.restated = 50,
		.retracted = 5,
		.stale = 15,
		.duplicated = 5,
		.established = 60 },
	{ .name = "retracted",
		.order = HISTORY_NEARLY,
		.min_events = 20,
		.max_events = 120,
		.partners = 2,
		.people = 4,
		.customers = 3,
		.products = 5,
		.usage = 50,
		.certificates = 20,
		.links = 6,
		.markers = 6,
		.days = 12,
		.others = 1,
		.restated = 15,
		.retracted = 35,
		.stale = 5,
		.duplicated = 5,
		.established = 50 },
	{ .name = "sparse",
		.order = HISTORY_ORDERED,
		.min_events = 20,
		.max_events = 120,
		.partners = 25,
		.people = 30,
		.customers = 30,
		.products = 11,
		.usage = 50,
		.certificates = 30,
		.links = 5,
		.markers = 3,
		.days = 15,
		.others = 3,
		.restated = 5,
		.retracted = 2,
		.stale = 2,
		.duplicated = 2,
		.established = 20 },
	{ .name = "dense",
		.order = HISTORY_ORDERED,
		.min_events = 150,
		.max_events = 320,
		.partners = 1,
		.people = 12,
		.customers = 8,
		.products = 11,
		.usage = 60,
		.certificates = 30,
		.links = 1,
		.markers = 1,
		.days = 12,
		.others = 1,
		.restated = 10,
		.retracted = 3,
		.stale = 2,
		.duplicated = 2,
		.established = 70 },
	{ .name = "one key",
		.order = HISTORY_SHUFFLED,
		.min_events = 10,
		.max_events = 80,
		.partners = 1,
		.people = 1,
		.customers = 1,
		.products = 1,
		.usage = 60,
		.certificates = 15,
		.links = 5,
		.markers = 3,
		.days = 10,
		.others = 0,
		.restated = 40,
		.retracted = 15,
		.stale = 10,
		.duplicated = 10,
		.established = 0 },
	{ .name = "people moving",
		.order = HISTORY_NEARLY,
		.min_events = 20,
		.max_events = 120,
		.partners = 3,
		.people = 5,
		.customers = 2,
		.products = 3,
		.usage = 5,
		.certificates = 50,
		.links = 30,
		.markers = 0,
		.days = 15,
		.others = 0,
		.restated = 15,
		.retracted = 8,
		.stale = 5,
		.duplicated = 5,
		.established = 50 },
	{ .name = "marked months",
		.order = HISTORY_NEARLY,
		.min_events = 20,
		.max_events = 120,
		.partners = 2,
		.people = 2,
		.customers = 4,
		.products = 5,
		.usage = 55,
		.certificates = 3,
		.links = 0,
		.markers = 22,
		.days = 20,
		.others = 0,
		.restated = 10,
		.retracted = 12,
		.stale = 5,
		.duplicated = 3,
		.established = 30 },
};

/* Shape and seed that every run repeats. A seed that fails joins here. */
static const struct {
	size_t shape;
	uint64_t seed;
} seeds[] = {
	{ 0, 1 }, { 2, 1 }, { 8, 1 },
	{ 7, 555001 }, /* a marker for a month changes what days before it refer to */
};

static struct edition_box *boxes[ORACLE_EDITIONS];

/* ---- one run of a history --------------------------------------------------------------------------------------- */

/* What the changes told so far say a partner stands at. */
struct mirror {
	char partner[64];     /* a copy: engines come and go */
	bool told[AREAS_MAX]; /* of specializations only those that something was met of are told */
	struct ratio points[AREAS_MAX][AREA_METRICS_MAX];
	struct str track[AREAS_MAX];
	enum area_status status[AREAS_MAX];
};

struct trial {
	const struct history_shape *shape;
	enum oracle_edition edition;
	uint64_t seed;
	struct rng rng; /* for how the history is fed, beside the history itself */
	struct engine *engine;
	struct oracle *oracle;
	struct mirror mirrors[PARTNERS_MAX];
	size_t n_mirrors;
	size_t step; /* events applied */
};

#define FAIL(t, ...)                                                                               \
	do {                                                                                       \
		print_error("shape \"%s\", edition %s, seed %" PRIu64 ", after event %zu: ",       \
			(t)->shape->name, oracle_edition_id((t)->edition), (t)->seed, (t)->step);  \
		print_error(__VA_ARGS__);                                                          \
		print_error("\n");                                                                 \
		fail();                                                                            \
	} while (0)

static const struct edition *edition_of(const struct trial *t)
{
	return edition_box_get(boxes[t->edition]);
}

static struct engine *new_engine(const struct trial *t)
{
	struct engine_limits limits = { 1000, 1000, 100000 };
	struct engine *e = NULL;

	assert_int_equal(engine_create(&mem_heap, edition_of(t), &limits, &e), 0);
	return e;
}

static struct mirror *mirror_of(struct trial *t, struct str partner)
{
	for (size_t i = 0; i < t->n_mirrors; i++)
		if (str_eq(str_from(t->mirrors[i].partner), partner))
			return &t->mirrors[i];
	return NULL;
}

static struct mirror *new_mirror(struct trial *t, struct str partner)
{
	struct mirror *m = &t->mirrors[t->n_mirrors++];

	if (t->n_mirrors > PARTNERS_MAX)
		FAIL(t, "more partners than this test holds");
	*m = (struct mirror){ .partner = "" };
	(void)snprintf(m->partner, sizeof m->partner, STR_FMT, STR_ARG(partner));
	for (size_t a = 0; a < AREAS_MAX; a++)
		for (size_t k = 0; k < AREA_METRICS_MAX; k++)
			m->points[a][k] = RATIO_ZERO;
	return m;
}

static size_t area_of(struct trial *t, const struct area_change *c)
{
	const struct edition *ed = edition_of(t);

	for (size_t i = 0; i < ed->n_areas; i++)
		for (size_t k = 0; k < ed->areas[i].n_tracks; k++)
			if (engine_shape(t->engine, i, k) == c->shape)
				return i;
	FAIL(t, "a change of an area that is not there");
	return 0;
}

/* Follows one change: it starts from what was told last. */
static void follow(struct trial *t, struct mirror *m, const struct area_change *c)
{
	size_t area = area_of(t, c);

	if (m->told[area] && c->status_before != m->status[area])
		FAIL(t, "area " STR_FMT " changes from status %d, told last was %d",
			STR_ARG(c->shape->area), (int)c->status_before, (int)m->status[area]);
	if (m->told[area] && !str_eq(c->track_before, m->track[area]))
		FAIL(t, "area " STR_FMT " changes from another track than was told last",
			STR_ARG(c->shape->area));
	for (size_t i = 0; i < c->shape->n_metrics; i++) {
		if (!ratio_eq(c->before[i], m->points[area][i]))
			FAIL(t,
				"area " STR_FMT " metric " STR_FMT
				" changes from other points than were told last",
				STR_ARG(c->shape->area), STR_ARG(c->shape->metrics[i]));
		m->points[area][i] = c->after[i];
	}
	m->told[area] = true;
	m->status[area] = c->status_after;
	m->track[area] = c->shape->track;
}

/* A partner is new when it comes, and again when it comes back from being a location. */
static struct mirror *mirror_for(struct trial *t, const struct partner_change *c)
{
	struct mirror *m = mirror_of(t, c->partner);

	if (m != NULL && c->areas[0].status_before != AREA_UNKNOWN)
		return m;
	if (m == NULL)
		return new_mirror(t, c->partner);
	for (size_t a = 0; a < AREAS_MAX; a++)
		m->told[a] = false;
	return m;
}

static void follow_changes(struct trial *t)
{
	const struct partner_change *changes;
	size_t n;

	if (engine_settle(t->engine, &changes, &n) != 0)
		FAIL(t, "settle failed");
	for (size_t i = 0; i < n; i++) {
		struct mirror *m;

		if (i > 0 && str_cmp(changes[i - 1].partner, changes[i].partner) >= 0)
			FAIL(t, "changes are not in order of partner");
		if (changes[i].n_areas == 0)
			FAIL(t, "a change without an area");
		if (changes[i].cause_count == 0)
			FAIL(t, "a change of " STR_FMT " without a cause",
				STR_ARG(changes[i].partner));
		m = mirror_for(t, &changes[i]);
		for (size_t a = 0; a < changes[i].n_areas; a++)
			follow(t, m, &changes[i].areas[a]);
	}
}

static void compare_metrics(struct trial *t, struct str partner, const struct area_score *is,
	const struct oracle_area *want)
{
	char a[RATIO_TEXT], b[RATIO_TEXT];

	if (is->n_metrics != want->n_metrics)
		FAIL(t, "%s has %zu metrics, oracle %zu", want->id, is->n_metrics, want->n_metrics);
	for (size_t i = 0; i < want->n_metrics; i++) {
		if (!str_eq(is->metrics[i].metric->id, str_from(want->metrics[i])))
			FAIL(t, "%s: metric " STR_FMT ", oracle %s", want->id,
				STR_ARG(is->metrics[i].metric->id), want->metrics[i]);
		if (is->area->form != AREA_OF_METRICS) {
			static const enum met same[] = { [ORACLE_NOT_MET] = MET_NOT,
				[ORACLE_MET] = MET,
				[ORACLE_NOT_KNOWN] = MET_UNKNOWN,
				[ORACLE_NOT_ASKED] = MET_NOT_ASKED };

			if (is->metrics[i].met != same[want->met[i]])
				FAIL(t, STR_FMT " %s %s: engine %d, oracle %d", STR_ARG(partner),
					want->id, want->metrics[i], (int)is->metrics[i].met,
					(int)same[want->met[i]]);
			continue;
		}
		if (!ratio_eq(is->metrics[i].points, want->points[i]))
			FAIL(t, STR_FMT " %s %s: engine %s, oracle %s", STR_ARG(partner), want->id,
				want->metrics[i], ratio_format(is->metrics[i].points, a),
				ratio_format(want->points[i], b));
	}
	if (is->area->form == AREA_OF_METRICS && !ratio_eq(is->total, want->total))
		FAIL(t, STR_FMT " %s total: engine %s, oracle %s", STR_ARG(partner), want->id,
			ratio_format(is->total, a), ratio_format(want->total, b));
}

static void compare_area(struct trial *t, struct str partner, const struct area_score *is,
	const struct oracle_area *want)
{
	char a[RATIO_TEXT], b[RATIO_TEXT];

	if (!str_eq(is->track->id, str_from(want->track)))
		FAIL(t, STR_FMT " %s: track " STR_FMT ", oracle %s", STR_ARG(partner), want->id,
			STR_ARG(is->track->id), want->track);
	compare_metrics(t, partner, is, want);
	if (is->qualifies != want->qualifies)
		FAIL(t, STR_FMT " %s: qualifies %d, oracle %d", STR_ARG(partner), want->id,
			is->qualifies, want->qualifies);
	if (is->status != want->status)
		FAIL(t, STR_FMT " %s: engine %s, oracle %s", STR_ARG(partner), want->id,
			area_status_name(is->status), area_status_name(want->status));
	if (is->window_from != want->window_from || is->window_until != want->window_until)
		FAIL(t, STR_FMT " %s: window %d to %d, oracle %d to %d", STR_ARG(partner), want->id,
			(int)is->window_from, (int)is->window_until, (int)want->window_from,
			(int)want->window_until);
	if (is->anniversary != want->anniversary || is->renewal_year != want->renewal_year)
		FAIL(t, STR_FMT " %s: anniversary %d, year %u; oracle %d, year %u",
			STR_ARG(partner), want->id, (int)is->anniversary, is->renewal_year,
			(int)want->anniversary, want->renewal_year);
	for (size_t i = 0; i < is->n_tracks; i++)
		for (size_t k = 0; k < want->n_tracks; k++)
			if (str_eq(is->tracks[i].id, str_from(want->tracks[k].id)) &&
				!ratio_eq(is->tracks[i].points, want->tracks[k].total))
				FAIL(t, STR_FMT " %s: the total of track %s: engine %s, oracle %s",
					STR_ARG(partner), want->id, want->tracks[k].id,
					ratio_format(is->tracks[i].points, a),
					ratio_format(want->tracks[k].total, b));
}

/* One partner on a day, both ways. */
static void compare_score(struct trial *t, struct str partner, day_no day, bool explain,
	struct oracle_score *ret_want)
{
	struct partner_score is;
	struct arena ar;

	arena_init(&ar, &mem_heap, (size_t)64 << 20);
	if (engine_score(t->engine, partner, day, explain, &ar, &is) != 0)
		FAIL(t, "the engine does not know " STR_FMT, STR_ARG(partner));
	if (!oracle_score(t->oracle, partner, day, ret_want))
		FAIL(t, "the oracle does not know " STR_FMT, STR_ARG(partner));
	if (ret_want->reference != MONTH_NONE && is.reference_month != ret_want->reference)
		FAIL(t, STR_FMT ": last month %d, oracle %d", STR_ARG(partner),
			(int)is.reference_month, (int)ret_want->reference);
	for (size_t i = 0; i < is.n_areas; i++) {
		const struct oracle_area *want = NULL;

		for (size_t k = 0; k < ret_want->n_areas; k++)
			if (str_eq(is.areas[i].area->id, str_from(ret_want->areas[k].id)))
				want = &ret_want->areas[k];
		if (want != NULL)
			compare_area(t, partner, &is.areas[i], want);
		else if (is.areas[i].area->form != AREA_OF_REQUIREMENTS)
			FAIL(t, "the oracle has no area " STR_FMT, STR_ARG(is.areas[i].area->id));
	}
	arena_fini(&ar);
}

/* What was told through changes is what holds now. */
static void compare_mirror(struct trial *t, struct str partner)
{
	const struct mirror *m = mirror_of(t, partner);
	struct partner_score is;
	struct arena ar;

	if (m == NULL)
		FAIL(t, STR_FMT " was never told", STR_ARG(partner));
	arena_init(&ar, &mem_heap, (size_t)64 << 20);
	assert_int_equal(engine_score(t->engine, partner, DAY_NONE, false, &ar, &is), 0);
	for (size_t a = 0; a < is.n_areas; a++) {
		const struct area_score *s = &is.areas[a];

		for (size_t i = 0; i < s->n_metrics; i++)
			if (!ratio_eq(m->points[a][i], s->metrics[i].points))
				FAIL(t, STR_FMT " " STR_FMT " " STR_FMT ": the change was not told",
					STR_ARG(partner), STR_ARG(s->area->id),
					STR_ARG(s->metrics[i].metric->id));
		if (m->told[a] ? m->status[a] != s->status : s->status != AREA_IN_PROGRESS)
			FAIL(t, STR_FMT " " STR_FMT ": the status was not told", STR_ARG(partner),
				STR_ARG(s->area->id));
		if (m->told[a] && !str_eq(m->track[a], s->track->id))
			FAIL(t, STR_FMT " " STR_FMT ": the track was not told", STR_ARG(partner),
				STR_ARG(s->area->id));
	}
	arena_fini(&ar);
}

static void compare_all(struct trial *t)
{
	follow_changes(t);
	if (engine_day(t->engine) != oracle_day(t->oracle))
		FAIL(t, "days differ");
	for (size_t i = 0; i < oracle_partner_count(t->oracle); i++) {
		struct str partner = oracle_partner(t->oracle, i);
		struct oracle_score want;

		compare_score(t, partner, DAY_NONE, rng_below(&t->rng, 8) == 0, &want);
		compare_mirror(t, partner);
		if (rng_below(&t->rng, 16) == 0 && oracle_day(t->oracle) != DAY_NONE)
			compare_score(t, partner,
				oracle_day(t->oracle) - 200 + (day_no)rng_below(&t->rng, 500),
				false, &want);
	}
}

/* ---- snapshot --------------------------------------------------------------------------------------------------- */

struct blobs {
	struct arena ar;
	struct span all[512];
	size_t n, at;
};

static int put_blob(void *ctx, struct span blob)
{
	struct blobs *b = ctx;
	void *copy = arena_alloc(&b->ar, blob.n);

	if (copy == NULL || b->n == ARRAY_LEN(b->all))
		return ERR_FULL;
	memcpy(copy, blob.p, blob.n);
	b->all[b->n++] = (struct span){ copy, blob.n };
	return 0;
}

static int get_blob(void *ctx, struct span *ret_blob)
{
	struct blobs *b = ctx;

	*ret_blob = b->at < b->n ? b->all[b->at++] : (struct span){ NULL, 0 };
	return 0;
}

/* Goes on with an engine that was filled from what this one saved. */
static void save_and_load(struct trial *t)
{
	struct blobs *b = calloc(1, sizeof *b);
	uint64_t digest = engine_digest(t->engine);
	struct err err = { .code = 0 };

	assert_non_null(b);
	arena_init(&b->ar, &mem_heap, (size_t)64 << 20);
	if (engine_save(t->engine, put_blob, b) != 0)
		FAIL(t, "saving failed");
	engine_destroy(t->engine);
	t->engine = new_engine(t);
	if (engine_load(t->engine, get_blob, b, &err) != 0)
		FAIL(t, "loading failed: %s", err.text);
	if (engine_digest(t->engine) != digest)
		FAIL(t, "the digest is another after loading");
	arena_fini(&b->ar);
	free(b);
}

/* ---- a history -------------------------------------------------------------------------------------------------- */

static void feed(struct trial *t, const struct event *ev)
{
	struct refusal_detail detail;

	if (event_validate(ev, &detail) != REFUSED_NOT)
		FAIL(t, "the history holds an invalid event: %s", detail.text);
	if (engine_apply(t->engine, ev, (uint32_t)t->step) != 0)
		FAIL(t, "the engine refused an event");
	oracle_add(t->oracle, ev);
	t->step++;
}

/* The same facts in another order, all at once, end in the same state. */
static void check_other_order(struct trial *t, const struct history *h, bool complete)
{
	struct engine *first = t->engine;
	size_t *order = malloc((h->n + 1) * sizeof *order);
	const struct partner_change *changes;
	size_t n;

	assert_non_null(order);
	for (size_t i = 0; i < h->n; i++)
		order[i] = i;
	history_shuffle(&t->rng, order, h->n);
	t->engine = new_engine(t);
	assert_int_equal(engine_set_complete(t->engine, complete), 0);
	for (size_t i = 0; i < h->n; i++)
		if (engine_apply(t->engine, &h->events[order[i]], 0) != 0)
			FAIL(t, "the engine refused an event");
	assert_int_equal(engine_settle(t->engine, &changes, &n), 0);
	for (size_t i = 0; i < oracle_partner_count(t->oracle); i++) {
		struct oracle_score want;

		compare_score(t, oracle_partner(t->oracle, i), DAY_NONE, false, &want);
	}
	if (engine_digest(t->engine) != engine_digest(first))
		FAIL(t, "another order of arrival gives another digest");
	engine_destroy(t->engine);
	t->engine = first;
	free(order);
}

static void run_history(
	const struct history_shape *shape, enum oracle_edition edition, uint64_t seed)
{
	struct trial *t = calloc(1, sizeof *t);
	unsigned batch, save_at;
	struct history h;
	bool complete;

	assert_non_null(t);
	*t = (struct trial){
		.shape = shape, .edition = edition, .seed = seed, .rng = { seed ^ 0x5eed }
	};
	assert_int_equal(history_make(&h, shape, seed), 0);
	t->engine = new_engine(t);
	t->oracle = oracle_create(t->edition);
	batch = rng_below(&t->rng, 3) == 0 ? 1 : 1 + rng_below(&t->rng, 24);
	save_at = rng_below(&t->rng, (unsigned)h.n + 1);
	complete = rng_below(&t->rng, 5) == 0;
	assert_int_equal(engine_set_complete(t->engine, complete), 0);
	oracle_set_complete(t->oracle, complete);
	for (size_t i = 0; i < h.n; i++) {
		feed(t, &h.events[i]);
		if (i % batch == batch - 1 || i + 1 == h.n || i == save_at)
			compare_all(t);
		if (i == save_at) {
			save_and_load(t);
			assert_int_equal(engine_set_complete(t->engine, complete), 0);
		}
	}
	check_other_order(t, &h, complete);
	engine_destroy(t->engine);
	oracle_destroy(t->oracle);
	history_fini(&h);
	free(t);
}

/* ---- tests ------------------------------------------------------------------------------------------------------ */

/* A shape of histories by the rules of an edition. The old shapes speak of Azure, in 2023. */
struct trials {
	const struct history_shape *shape;
	enum oracle_edition edition;
	char name[96];
};
static struct trials all[ARRAY_LEN(shapes) + 64 * ORACLE_EDITIONS];
static size_t n_all;

static uint64_t number_of(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text == NULL || *text == '\0' ? otherwise : strtoull(text, NULL, 10);
}

static void test_shape(void **state)
{
	const struct trials *x = *state;
	uint64_t rounds = number_of("CAPSCORE_PROPERTY_ROUNDS", ROUNDS_DEFAULT) / n_all + 1;
	uint64_t first = number_of("CAPSCORE_PROPERTY_SEED", 20230613);

	print_message("%s: seeds %" PRIu64 " to %" PRIu64 "\n", x->name, first, first + rounds - 1);
	for (uint64_t i = 0; i < rounds; i++)
		run_history(x->shape, x->edition, first + i);
}

static void test_kept_seeds(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(seeds); i++)
		run_history(&shapes[seeds[i].shape], ORACLE_2023_06, seeds[i].seed);
}

static void add_trials(const struct history_shape *shape, enum oracle_edition edition)
{
	struct trials *x = &all[n_all++];

	x->shape = shape;
	x->edition = edition;
	(void)snprintf(x->name, sizeof x->name, "%s, %s", shape->name, oracle_edition_id(edition));
}

static int compile(void **state)
{
	(void)state;
	for (int e = 0; e < ORACLE_EDITIONS; e++) {
		const struct shipped_edition *s =
			shipped_by_id(str_from(oracle_edition_id((enum oracle_edition)e)));

		if (s == NULL || compile_edition(&mem_heap, s->file, s->text, NULL, &boxes[e]) != 0)
			return -1;
	}
	return 0;
}

static int release(void **state)
{
	(void)state;
	for (int e = 0; e < ORACLE_EDITIONS; e++)
		edition_box_destroy(boxes[e]);
	return 0;
}

int main(void)
{
	static struct CMUnitTest tests[ARRAY_LEN(all) + 1];
	const char *only = getenv("CAPSCORE_PROPERTY_ONLY");
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(shapes); i++)
		add_trials(&shapes[i], ORACLE_2023_06);
	for (size_t i = 0; !ONE_THREAD_IS_SLOW && i < history_shape_count && i < 64; i++)
		for (int e = 0; e < ORACLE_EDITIONS; e++)
			add_trials(&history_shapes[i], (enum oracle_edition)e);
	for (size_t i = 0; i < n_all; i++)
		if (only == NULL || strstr(all[i].name, only) != NULL)
			tests[n++] = (struct CMUnitTest){ .name = all[i].name,
				.test_func = test_shape,
				.initial_state = &all[i] };
	if (only == NULL)
		tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_kept_seeds);
	return _cmocka_run_group_tests("property", tests, n, compile, release);
}
