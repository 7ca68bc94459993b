/* Areas: solution areas with their metrics or tracks, and areas that are held while others are. */
#include "rules/compile/parts.h"

#include <stdio.h>

/* ---- metrics of an area, and those that areas have in common ---------------------------------------------------- */

void read_shared_metrics(struct program *p, const struct node *n)
{
	size_t k = 0;

	if (!read_list(&p->c, n, "'shared-metrics'", EDITION_METRICS_MAX))
		return;
	p->shared = keep(&p->c, n->n * sizeof *p->shared);
	p->shared_metrics = keep(&p->c, n->n * sizeof *p->shared_metrics);
	if (p->shared == NULL || p->shared_metrics == NULL)
		return;
	for (const struct node *i = n->first; i != NULL; i = i->next) {
		(void)read_metric(p, i, &p->shared_metrics[k]);
		for (size_t j = 0; j < k; j++)
			if (str_eq(p->shared[j].name, p->shared_metrics[k].id))
				fail(&p->c, i,
					"a shared metric '%.*s' is declared already; choose another id",
					SHOWN(p->shared_metrics[k].id));
		p->shared[k] = (struct declared){ .name = p->shared_metrics[k].id, .at = i };
		p->n_shared = ++k;
	}
}

static size_t count_rules(const struct metric_rule *r)
{
	size_t n = 1;

	if (r->kind == RULE_COMBINED)
		for (size_t i = 0; i < r->u.combined.n; i++)
			n += count_rules(r->u.combined.parts[i].rule);
	if (r->kind == RULE_AT_LEAST_OF)
		for (size_t i = 0; i < r->u.of.n; i++)
			n += count_rules(r->u.of.conditions[i].rule);
	return n;
}

bool count_rule(struct program *p, const struct node *n, const struct metric_rule *r)
{
	size_t before = p->n_rules;

	p->n_rules += count_rules(r);
	if (p->n_rules <= EDITION_METRICS_MAX || before > EDITION_METRICS_MAX)
		return true; /* told once */
	return fail(&p->c, n,
		"more than %d rules over all areas and tracks, parts and conditions included; the engine takes no more",
		EDITION_METRICS_MAX);
}

static bool read_area_metric(struct program *p, const struct node *n, struct metric *m)
{
	int i;

	if (n->kind != NODE_TEXT)
		return read_metric(p, n, m);
	i = refer(p, n, "shared metric", p->shared, p->n_shared);
	if (i < 0)
		return false;
	*m = p->shared_metrics[i];
	return m->maximum > 0; /* its own fault was told where it is declared */
}

/* The list under 'metrics' of an area or track. False when one of them has a fault. */
static bool read_metrics(struct program *p, const struct node *n, const char *what, struct str id,
	struct metric **ret, size_t *ret_n)
{
	struct metric *ms;
	uint32_t total = 0;
	size_t k = 0;
	bool ok = true;
	char name[40];

	snprintf(name, sizeof name, "'metrics' of %s %s", what[0] == 'a' ? "an" : "a", what);
	if (!read_list(&p->c, n, name, AREA_METRICS_MAX))
		return false;
	ms = keep(&p->c, n->n * sizeof *ms);
	if (ms == NULL)
		return false;
	memset(ms, 0, n->n * sizeof *ms);
	for (const struct node *i = n->first; i != NULL; i = i->next, k++) {
		ok &= read_area_metric(p, i, &ms[k]) && count_rule(p, i, &ms[k].rule);
		for (size_t j = 0; j < k; j++)
			if (ms[k].id.n > 0 && str_eq(ms[j].id, ms[k].id))
				ok = fail(&p->c, i,
					"metric '%.*s' is in this %s already; take one out",
					SHOWN(ms[k].id), what);
		total += ms[k].maximum;
	}
	*ret = ms;
	*ret_n = k;
	if (ok && total != AREA_POINTS)
		return fail(&p->c, n->key,
			"the metrics of %s '%.*s' have %u points at most; together they must have %d",
			what, SHOWN(id), total, AREA_POINTS);
	return ok;
}

/* ---- tracks ----------------------------------------------------------------------------------------------------- */

static const char *choice_at(size_t i)
{
	static const char *const names[] = {
		[TRACK_HIGHEST] = "highest", [TRACK_AUTOMATIC] = "automatic"
	};

	return names[i];
}

/* A track scores by the metrics of the first one, each by its own rule. */
static bool check_same(struct program *p, const struct node *n, const struct track *first,
	const struct track *t, size_t n_first, size_t n_t)
{
	const struct node *at = n->first;

	for (size_t i = 0; i < n_first && i < n_t; i++, at = at->next) {
		const struct metric *a = &first->metrics[i], *b = &t->metrics[i];
		const char *differs = !str_eq(a->id, b->id)	  ? "id"
				      : !str_eq(a->name, b->name) ? "name"
				      : a->maximum != b->maximum  ? "maximum"
								  : NULL;

		if (differs != NULL)
			return fail(&p->c, at,
				"metric '%.*s' differs in its %s from '%.*s' of the first track; tracks have the same metrics in the same order, only the rules differ",
				SHOWN(b->id), differs, SHOWN(a->id));
	}
	if (n_t != n_first)
		return fail(&p->c, n->key,
			"track '%.*s' has %zu metrics and the first track %zu; tracks have the same metrics in the same order",
			SHOWN(t->id), n_t, n_first);
	return true;
}

struct track_reader {
	enum track_choice choice;
	struct track *all;
	size_t n, n_metrics; /* of the first track */
	bool ok;
};

static void read_track_id(
	struct program *p, const struct node *n, const struct track_reader *r, struct track *t)
{
	if (!read_id(&p->c, n, "'id' of a track", &t->id))
		return;
	for (size_t i = 0; i < r->n; i++)
		if (str_eq(r->all[i].id, t->id))
			fail(&p->c, n, "a track '%.*s' is in this area already; choose another id",
				SHOWN(t->id));
}

/* Where the choice is automatic, every track but the last says when it is taken. */
static bool read_when(struct program *p, const struct node *track, const struct node *when,
	enum track_choice choice, struct track *t)
{
	struct metric_rule *rule;
	bool is_last = track->next == NULL;

	if (choice == TRACK_ONLY) /* not read */
		return true;
	if (choice == TRACK_HIGHEST && when != NULL)
		return fail(&p->c, when->key,
			"'when' has no meaning with 'track-choice: highest'; take it out");
	if (choice == TRACK_AUTOMATIC && is_last && when != NULL)
		return fail(&p->c, when->key,
			"the last track is taken when no other is; take its 'when' out");
	if (choice == TRACK_AUTOMATIC && !is_last && when == NULL)
		return fail(&p->c, track,
			"a track before the last has no 'when'; add it, or nothing behind it is ever taken");
	if (when == NULL)
		return true;
	rule = keep(&p->c, sizeof *rule);
	if (rule == NULL || !read_condition(p, when, rule))
		return false;
	t->when = rule;
	return count_rule(p, when, rule);
}

static void read_track(struct program *p, const struct node *n, struct track_reader *r)
{
	enum { ID, NAME, WHEN, METRICS, N };
	static const struct key keys[N] = { { "id", true }, { "name", true }, { "when", false },
		{ "metrics", true } };
	const struct node *v[N];
	struct track *t = &r->all[r->n];
	struct metric *ms = NULL;
	size_t n_ms = 0;
	bool ok;

	if (!read_map(&p->c, n, "a track", keys, N, v)) {
		r->ok = false;
		return;
	}
	read_track_id(p, v[ID], r, t);
	(void)read_text(&p->c, v[NAME], "'name' of a track", EVENT_NAME_MAX, &t->name);
	r->ok &= read_when(p, n, v[WHEN], r->choice, t);
	ok = read_metrics(p, v[METRICS], "track", t->id, &ms, &n_ms);
	t->metrics = ms;
	if (r->n == 0)
		r->n_metrics = n_ms;
	else if (ok && r->ok)
		ok = check_same(p, v[METRICS], &r->all[0], t, r->n_metrics, n_ms);
	r->ok &= ok;
	r->n++;
}

static bool read_tracks(struct program *p, const struct node *n, struct area *a)
{
	struct track_reader r = { .choice = a->choice, .ok = true };

	if (!read_list(&p->c, n, "'tracks'", EDITION_TRACKS_MAX))
		return false;
	if (n->n < 2)
		return fail(&p->c, n,
			"an area with a single track; write its 'metrics' in the area instead");
	r.all = keep(&p->c, n->n * sizeof *r.all);
	if (r.all == NULL)
		return false;
	memset(r.all, 0, n->n * sizeof *r.all);
	for (const struct node *i = n->first; i != NULL; i = i->next)
		read_track(p, i, &r);
	a->n_tracks = r.n;
	a->tracks = r.all;
	a->n_metrics = r.n_metrics;
	a->metrics = r.n > 0 ? r.all[0].metrics : NULL;
	return r.ok;
}

/* ---- areas of metrics ------------------------------------------------------------------------------------------- */

enum { A_ID, A_NAME, A_SOURCE, A_METRICS, A_CHOICE, A_TRACKS, A_ENROLLED, A_ALL_OF, A_RULE, A_N };
static const struct key area_keys[A_N] = { { "id", true }, { "name", true }, { "source", false },
	{ "metrics", false }, { "track-choice", false }, { "tracks", false },
	{ "enrolled-track", false }, { "all-of", false }, { "rule", false } };

/* Keys that belong to another form of area. */
static void check_form(struct program *p, const struct node *const *v)
{
	static const struct {
		int key, needs;
	} bound[] = { { A_CHOICE, A_TRACKS }, { A_ENROLLED, A_TRACKS }, { A_RULE, A_ALL_OF } };

	for (size_t i = 0; i < sizeof bound / sizeof bound[0]; i++)
		if (v[bound[i].key] != NULL && v[bound[i].needs] == NULL)
			fail(&p->c, v[bound[i].key]->key,
				"'%s' has no meaning in an area without '%s'; take it out",
				area_keys[bound[i].key].name, area_keys[bound[i].needs].name);
}

bool one_track(struct program *p, struct area *a, const struct metric *ms, size_t n)
{
	struct track *only = keep(&p->c, sizeof *only);

	if (only == NULL)
		return false;
	*only = (struct track){ .metrics = ms };
	a->n_metrics = n;
	a->metrics = ms;
	a->choice = TRACK_ONLY;
	a->n_tracks = 1;
	a->tracks = only;
	a->enrolled_track = -1;
	return true;
}

static void read_enrolled_track(struct program *p, const struct node *n, struct area *a)
{
	struct declared tracks[EDITION_TRACKS_MAX] = { { .used = false } };

	a->enrolled_track = -1;
	if (n == NULL)
		return;
	if (a->choice == TRACK_HIGHEST) {
		fail(&p->c, n->key,
			"'enrolled-track' has no meaning with 'track-choice: highest'; take it out");
		return;
	}
	for (size_t i = 0; i < a->n_tracks; i++)
		tracks[i].name = a->tracks[i].id;
	a->enrolled_track = refer(p, n, "track", tracks, a->n_tracks);
}

static bool read_track_area(
	struct program *p, const struct node *n, const struct node *const *v, struct area *a)
{
	size_t choice = 0;
	bool ok;

	if (v[A_CHOICE] == NULL)
		fail(&p->c, n, "an area with 'tracks' has no 'track-choice'; add it");
	if (read_choice(
		    &p->c, v[A_CHOICE], "'track-choice'", choice_at, TRACK_AUTOMATIC + 1, &choice))
		a->choice = (enum track_choice)choice;
	ok = read_tracks(p, v[A_TRACKS], a);
	read_enrolled_track(p, v[A_ENROLLED], a);
	return ok && a->choice != TRACK_ONLY;
}

static void read_area_of_metrics(
	struct program *p, const struct node *n, const struct node *const *v, struct area *a)
{
	const struct node *at = v[A_TRACKS] != NULL ? v[A_TRACKS] : v[A_METRICS];
	struct metric *ms = NULL;
	const char *inexact;
	size_t n_ms = 0;
	bool ok;

	if (v[A_TRACKS] != NULL)
		ok = read_track_area(p, n, v, a);
	else
		ok = read_metrics(p, v[A_METRICS], "area", a->id, &ms, &n_ms) &&
		     one_track(p, a, ms, n_ms);
	inexact = ok ? edition_inexact(p->e, a) : NULL;
	if (inexact != NULL)
		fail(&p->c, at->key, "area '%.*s': %s", SHOWN(a->id), inexact);
}

/* ---- areas of areas --------------------------------------------------------------------------------------------- */

bool sub_rule_id(
	struct program *p, const struct node *n, struct str rule, struct str id, struct str *ret)
{
	char text[EVENT_NAME_MAX];
	struct str joined = { text, 0 };

	if (rule.n == 0) /* not read, told elsewhere */
		return false;
	if (rule.n + 1 + id.n > sizeof text)
		return fail(&p->c, n,
			"'rule' and the id of what it asks for have more than %d bytes together; shorten one",
			EVENT_NAME_MAX);
	memcpy(text, rule.p, rule.n);
	text[rule.n] = '.';
	for (size_t i = 0; i < id.n; i++)
		text[rule.n + 1 + i] =
			(char)(id.p[i] >= 'a' && id.p[i] <= 'z' ? id.p[i] - 'a' + 'A' : id.p[i]);
	joined.n = rule.n + 1 + id.n;
	*ret = keep_text(&p->c, joined);
	return claim_rule_id(p, n, *ret);
}

/* A metric of an area of areas: one point while the other is held. */
static void held_metric(struct program *p, const struct node *n, uint16_t other, struct str rule,
	struct area *a, struct metric *m)
{
	uint16_t *index = keep(&p->c, sizeof *index);

	if (index == NULL)
		return;
	*index = other;
	*m = (struct metric){ .id = p->e->areas[other].id,
		.name = p->e->areas[other].name,
		.source = a->source,
		.valid_from = DAY_NONE,
		.valid_until = DAY_NONE,
		.maximum = 1 };
	m->rule.kind = RULE_AREAS_HELD;
	m->rule.points_each = RATIO_ZERO;
	m->rule.u.held.need = 1;
	m->rule.u.held.n = 1;
	m->rule.u.held.areas = index;
	(void)sub_rule_id(p, n, rule, m->id, &m->rule_id);
}

static bool is_listed(const struct metric *ms, size_t n, struct str id)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(ms[i].id, id))
			return true;
	return false;
}

static void read_area_of_areas(
	struct program *p, const struct node *n, const struct node *const *v, struct area *a)
{
	struct metric *ms;
	struct str rule = { NULL, 0 };
	size_t k = 0;

	a->form = AREA_OF_AREAS;
	for (int i = A_SOURCE; i <= A_RULE; i += A_RULE - A_SOURCE)
		if (v[i] == NULL)
			fail(&p->c, n, "an area with 'all-of' has no '%s'; add it",
				area_keys[i].name);
	if (read_text(&p->c, v[A_RULE], "'rule' of an area", EVENT_NAME_MAX, &rule))
		(void)claim_rule_id(p, v[A_RULE], rule);
	if (!read_list(&p->c, v[A_ALL_OF], "'all-of'", AREA_METRICS_MAX))
		return;
	ms = keep(&p->c, v[A_ALL_OF]->n * sizeof *ms);
	if (ms == NULL)
		return;
	for (const struct node *i = v[A_ALL_OF]->first; i != NULL; i = i->next) {
		int other = refer_area(p, i, p->n_metric_areas);

		if (other < 0)
			continue;
		if (is_listed(ms, k, p->e->areas[other].id)) {
			fail(&p->c, i, "area '%.*s' is listed twice in 'all-of'; take one out",
				SHOWN(i->text));
			continue;
		}
		held_metric(p, i, (uint16_t)other, rule, a, &ms[k]);
		(void)count_rule(p, i, &ms[k++].rule);
	}
	(void)one_track(p, a, ms, k);
}

/* ---- the section ------------------------------------------------------------------------------------------------ */

bool declare_area(struct program *p, const struct node *n, struct area *a)
{
	if (!read_id(&p->c, n, "'id' of an area", &a->id))
		return false;
	for (size_t i = 0; i < p->e->n_areas; i++)
		if (str_eq(p->areas[i].id, a->id))
			return fail(&p->c, n, "an area '%.*s' is there already; choose another id",
				SHOWN(a->id));
	return true;
}

int refer_area(struct program *p, const struct node *n, size_t n_areas)
{
	struct declared names[EDITION_AREAS_MAX] = { { .used = false } };

	for (size_t i = 0; i < n_areas; i++)
		names[i].name = p->areas[i].id;
	return refer(p, n, "area", names, n_areas);
}

static bool is_area_of_areas(const struct node *n)
{
	if (n->kind != NODE_MAP)
		return false;
	for (const struct node *v = n->first; v != NULL; v = v->next)
		if (str_eq(v->key->text, STR("all-of")))
			return true;
	return false;
}

static void read_area(struct program *p, const struct node *n)
{
	static const size_t forms[] = { A_METRICS, A_TRACKS, A_ALL_OF };
	const struct node *v[A_N];
	struct area *a = &p->areas[p->e->n_areas];
	size_t form;

	if (!read_map(&p->c, n, "an area", area_keys, A_N, v))
		return;
	a->enrolled_track = -1;
	(void)declare_area(p, v[A_ID], a);
	(void)read_text(&p->c, v[A_NAME], "'name' of an area", EVENT_NAME_MAX, &a->name);
	if (v[A_SOURCE] != NULL)
		(void)read_source(p, v[A_SOURCE], "'source' of an area", &a->source);
	if (read_one_of(&p->c, n, "an area", area_keys, v, forms, 3, true, &form)) {
		check_form(p, v);
		if (forms[form] == A_ALL_OF)
			read_area_of_areas(p, n, v, a);
		else
			read_area_of_metrics(p, n, v, a);
	}
	p->e->n_areas++;
}

void read_areas(struct program *p, const struct node *n, const struct node *specializations)
{
	size_t room = 0;

	if (!read_list(&p->c, n, "'areas'", EDITION_AREAS_MAX))
		return;
	room = n->n + (specializations != NULL ? specializations->n : 0);
	if (room > EDITION_AREAS_MAX) {
		fail(&p->c, specializations,
			"areas and specializations are %zu together; at most %d are read", room,
			EDITION_AREAS_MAX);
		return;
	}
	p->areas = keep(&p->c, room * sizeof *p->areas);
	if (p->areas == NULL)
		return;
	memset(p->areas, 0, room * sizeof *p->areas);
	p->e->areas = p->areas;
	for (const struct node *i = n->first; i != NULL; i = i->next)
		if (!is_area_of_areas(i))
			read_area(p, i);
	p->n_metric_areas = p->e->n_areas;
	for (const struct node *i = n->first; i != NULL; i = i->next)
		if (is_area_of_areas(i))
			read_area(p, i);
}
