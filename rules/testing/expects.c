/* What a step expects of areas: one table of keys for those that are no metric. */
#include "rules/testing/parts.h"
#include "rules/testing/tests.h"

/* ---- names -------------------------------------------------------------------------------------------------- */

/* 0 has no name in this table. */
static const char *status_at(size_t i)
{
	return i == 0 ? NULL : area_status_name((enum area_status)i);
}

const char *rule_met_name(enum met m)
{
	static const char *const names[] = { [MET_NOT] = "not-met",
		[MET_UNKNOWN] = "unknown",
		[MET] = "met",
		[MET_NOT_ASKED] = "not-asked" };

	return names[m];
}

static const char *met_at(size_t i)
{
	return rule_met_name((enum met)i);
}
#define METS (MET_NOT_ASKED + 1)

const struct area *read_area(struct test_reader *r, const struct node *n, struct str id)
{
	struct str names[EDITION_AREAS_MAX], near;

	for (size_t i = 0; i < r->e->n_areas; i++) {
		if (str_eq(r->e->areas[i].id, id))
			return &r->e->areas[i];
		names[i] = r->e->areas[i].id;
	}
	near = nearest(id, names, r->e->n_areas);
	if (near.n > 0)
		(void)fail(&r->c, n, "edition %.*s has no area '%.*s'; did you mean '%.*s'?",
			SHOWN(r->e->id), SHOWN(id), SHOWN(near));
	else
		(void)fail(&r->c, n,
			"edition %.*s has no area '%.*s'; `capscore rules show` names them",
			SHOWN(r->e->id), SHOWN(id));
	return NULL;
}

static bool has_metric(const struct area *a, struct str id)
{
	for (size_t i = 0; i < a->n_metrics; i++)
		if (str_eq(a->metrics[i].id, id))
			return true;
	return false;
}

/* area NULL: any area. */
static bool is_metric(struct test_reader *r, const struct node *n, const struct area *area)
{
	struct str names[AREA_METRICS_MAX], near = STR("");

	for (size_t i = 0; i < r->e->n_areas; i++) {
		const struct area *a = &r->e->areas[i];

		if (area != NULL && area != a)
			continue;
		if (has_metric(a, n->text))
			return true;
		for (size_t k = 0; k < a->n_metrics; k++)
			names[k] = a->metrics[k].id;
		if (near.n == 0)
			near = nearest(n->text, names, a->n_metrics);
	}
	if (near.n > 0)
		return fail(&r->c, n, "there is no metric '%.*s' here; did you mean '%.*s'?",
			SHOWN(n->text), SHOWN(near));
	return fail(&r->c, n,
		"there is no metric '%.*s' here; write the id of a metric, 'total' or 'status'",
		SHOWN(n->text));
}

/* ---- values ------------------------------------------------------------------------------------------------- */

static bool read_day_or_none(
	struct test_reader *r, const struct node *n, const char *what, day_no *ret)
{
	*ret = DAY_NONE;
	return (n->kind == NODE_TEXT && str_eq(n->text, STR("none"))) ||
	       read_day(&r->c, n, what, ret);
}

/* [FROM, UNTIL], or none. */
static bool read_days(
	struct test_reader *r, const struct node *n, const char *what, struct day_range *ret)
{
	*ret = (struct day_range){ DAY_NONE, DAY_NONE };
	if (n->kind == NODE_TEXT && str_eq(n->text, STR("none")))
		return true;
	if (n->kind != NODE_LIST || n->n != 2)
		return fail(&r->c, n,
			"%s is a first and a last day; write [2023-03-15, 2023-08-15]", what);
	return read_day_or_none(r, n->first, what, &ret->from) &&
	       read_day_or_none(r, n->first->next, what, &ret->until);
}

static bool is_filled_map(struct test_reader *r, const struct node *n, const char *what)
{
	if (n->kind == NODE_MAP && n->n > 0)
		return true;
	return fail(&r->c, n, "%s", what);
}

/* ---- the keys of an area ------------------------------------------------------------------------------------- */

/* What is read now. */
struct expecting {
	const struct area *area; /* NULL: all */
	struct rule_expect *items;
	size_t *n; /* of items, which are enough */
};

static struct rule_expect *add_expect(
	const struct expecting *x, enum rule_expect_kind kind, const struct node *n)
{
	struct rule_expect *e = &x->items[(*x->n)++];

	*e = (struct rule_expect){
		.kind = kind, .area = x->area == NULL ? STR("") : x->area->id, .at = n->at
	};
	return e;
}

static bool read_status(struct test_reader *r, const struct node *n, const struct expecting *x)
{
	struct rule_expect *e = add_expect(x, RULE_EXPECT_STATUS, n);
	size_t status = 0;

	if (!read_choice(&r->c, n, "'status'", status_at, AREA_STATUS_END, &status))
		return false;
	e->status = (enum area_status)status;
	return true;
}

static bool read_total(struct test_reader *r, const struct node *n, const struct expecting *x)
{
	return read_points(&r->c, n, "the points", &add_expect(x, RULE_EXPECT_TOTAL, n)->points);
}

/* n: what is reported when the area has no such track. */
static bool is_track(
	struct test_reader *r, const struct node *n, struct str id, const struct expecting *x)
{
	if (x->area == NULL)
		return fail(&r->c, n, "tracks are those of one area; name it instead of 'all'");
	for (size_t i = 0; i < x->area->n_tracks; i++)
		if (str_eq(x->area->tracks[i].id, id))
			return true;
	return fail(&r->c, n, "%.*s has no track '%.*s'", SHOWN(x->area->id), SHOWN(id));
}

static bool read_track(struct test_reader *r, const struct node *n, const struct expecting *x)
{
	return is_track(r, n, n->text, x) && read_text(&r->c, n, "'track'", EVENT_NAME_MAX,
						     &add_expect(x, RULE_EXPECT_TRACK, n)->id);
}

static bool read_tracks(struct test_reader *r, const struct node *n, const struct expecting *x)
{
	bool ok = true;

	if (!is_filled_map(r, n, "'tracks' is a mapping; write '{ TRACK: POINTS }'"))
		return false;
	for (const struct node *v = n->first; v != NULL; v = v->next) {
		struct rule_expect *e;

		if (!is_track(r, v->key, v->key->text, x)) {
			ok = false;
			continue;
		}
		e = add_expect(x, RULE_EXPECT_TRACK_TOTAL, v);
		e->id = keep_text(&r->c, v->key->text);
		ok = read_points(&r->c, v, "the points", &e->points) && ok;
	}
	return ok;
}

static bool read_window(struct test_reader *r, const struct node *n, const struct expecting *x)
{
	return read_days(r, n, "'window'", &add_expect(x, RULE_EXPECT_WINDOW, n)->days);
}

static bool read_anniversary(struct test_reader *r, const struct node *n, const struct expecting *x)
{
	return read_day_or_none(
		r, n, "'anniversary'", &add_expect(x, RULE_EXPECT_ANNIVERSARY, n)->days.from);
}

#define YEARS_MAX 1000

static bool read_year(struct test_reader *r, const struct node *n, const struct expecting *x)
{
	struct rule_expect *e = add_expect(x, RULE_EXPECT_RENEWAL_YEAR, n);

	return (n->kind == NODE_TEXT && str_eq(n->text, STR("none"))) ||
	       read_whole(&r->c, n, "'renewal-year'", 1, YEARS_MAX, &e->year);
}

/* Points, or whether a requirement is met. */
static bool read_metric(struct test_reader *r, const struct node *n, const struct expecting *x)
{
	struct rule_expect *e;
	size_t met = 0;

	if (!is_metric(r, n->key, x->area))
		return false;
	e = add_expect(x, RULE_EXPECT_METRIC, n);
	e->id = keep_text(&r->c, n->key->text);
	if (n->kind != NODE_TEXT || n->text.n == 0 || (n->text.p[0] >= '0' && n->text.p[0] <= '9'))
		return read_points(&r->c, n, "the points", &e->points);
	e->kind = RULE_EXPECT_MET;
	if (!read_choice(&r->c, n, "the state of a requirement", met_at, METS, &met))
		return false;
	e->met = (enum met)met;
	return true;
}

static bool read_expect(struct test_reader *r, const struct node *n, const struct expecting *x)
{
	static const struct {
		const char *key;
		bool (*read)(struct test_reader *, const struct node *, const struct expecting *);
	} keys[] = {
		{ "status", read_status },
		{ "total", read_total },
		{ "track", read_track },
		{ "tracks", read_tracks },
		{ "window", read_window },
		{ "anniversary", read_anniversary },
		{ "renewal-year", read_year },
	};

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (str_eq(n->key->text, str_from(keys[i].key)))
			return keys[i].read(r, n, x);
	return read_metric(r, n, x);
}

/* ---- the edition --------------------------------------------------------------------------------------------- */

const struct metric *rule_metric(const struct edition *e, struct str rule)
{
	for (size_t i = 0; i < e->n_areas; i++)
		for (size_t t = 0; t < e->areas[i].n_tracks; t++)
			for (size_t k = 0; k < e->areas[i].n_metrics; k++)
				if (str_eq(e->areas[i].tracks[t].metrics[k].rule_id, rule))
					return &e->areas[i].tracks[t].metrics[k];
	return NULL;
}

static bool read_rules(struct test_reader *r, const struct node *n, const struct expecting *x)
{
	bool ok = true;

	if (!is_filled_map(r, n, "'rules' is a mapping; write '{ RULE: [FROM, UNTIL] }'"))
		return false;
	for (const struct node *v = n->first; v != NULL; v = v->next) {
		struct rule_expect *e;

		if (rule_metric(r->e, v->key->text) == NULL) {
			ok = fail(&r->c, v->key, "edition %.*s has no rule '%.*s'", SHOWN(r->e->id),
				SHOWN(v->key->text));
			continue;
		}
		e = add_expect(x, RULE_EXPECT_RULE_VALID, v);
		e->id = keep_text(&r->c, v->key->text);
		ok = read_days(r, v, "the validity of a rule", &e->days) && ok;
	}
	return ok;
}

static bool read_windows(struct test_reader *r, const struct node *n, const struct expecting *x)
{
	struct rule_expect *e = add_expect(x, RULE_EXPECT_WINDOWS, n);
	day_no *from;
	bool ok = true;

	if (!read_list(&r->c, n, "'windows'", EDITION_WINDOWS_MAX))
		return false;
	from = keep(&r->c, n->n * sizeof *from);
	if (from == NULL)
		return false;
	e->from = from;
	for (const struct node *v = n->first; v != NULL; v = v->next)
		ok = read_day(&r->c, v, "a day of 'windows'", &from[e->n_from++]) && ok;
	return ok;
}

static bool read_edition(struct test_reader *r, const struct node *n, const struct expecting *x)
{
	enum { VALID, RULES, WINDOWS, N };
	static const struct key keys[N] = { { "valid", false }, { "rules", false },
		{ "windows", false } };
	const struct node *v[N];
	bool ok = true;

	if (!read_map(&r->c, n, "what is expected of the edition", keys, N, v))
		return false;
	if (v[VALID] != NULL)
		ok = read_days(
			r, v[VALID], "'valid'", &add_expect(x, RULE_EXPECT_VALID, v[VALID])->days);
	if (v[WINDOWS] != NULL)
		ok = read_windows(r, v[WINDOWS], x) && ok;
	return (v[RULES] == NULL || read_rules(r, v[RULES], x)) && ok;
}

/* ---- all of it ----------------------------------------------------------------------------------------------- */

static bool read_keys(struct test_reader *r, const struct node *n, struct expecting x)
{
	bool ok = true;

	if (!is_filled_map(r, n, "an area expects a mapping; write '{ METRIC: POINTS }'"))
		return false;
	for (const struct node *v = n->first; v != NULL; v = v->next)
		ok = read_expect(r, v, &x) && ok;
	return ok;
}

/* The first of the names that '+' joins; it is taken off them. */
static struct str next_name(struct str *names)
{
	struct str one = *names;

	for (one.n = 0; one.n < names->n && names->p[one.n] != '+'; one.n++)
		;
	names->p += one.n;
	names->n -= one.n;
	if (names->n > 0) {
		names->p++;
		names->n--;
	}
	return one;
}

/* One area, several joined by '+', or all. */
static bool read_areas(struct test_reader *r, const struct node *n, struct expecting x)
{
	struct str names = n->key->text;
	bool ok = true;

	if (str_eq(names, STR("edition")))
		return read_edition(r, n, &x);
	if (str_eq(names, STR("all")))
		return read_keys(r, n, x);
	do {
		x.area = read_area(r, n->key, next_name(&names));
		ok = x.area != NULL && read_keys(r, n, x) && ok;
	} while (names.n > 0);
	return ok;
}

/* At most so many expectations: for each area a value, or those of a mapping below. */
static size_t count_expects(const struct node *n)
{
	size_t count = 1;

	for (const struct node *a = n->first; a != NULL; a = a->next) {
		size_t areas = 1, values = 0;

		for (size_t i = 0; i < a->key->text.n; i++)
			areas += a->key->text.p[i] == '+';
		for (const struct node *v = a->first; v != NULL; v = v->next)
			values += 1 + v->n;
		count += areas * values;
	}
	return count;
}

bool read_expects(struct test_reader *r, const struct node *n, struct rule_step *s)
{
	struct expecting x = { .n = &s->n_expects };
	bool ok = true;

	if (n == NULL)
		return true;
	if (!is_filled_map(r, n, "'expect' is a mapping; write 'AREA: { METRIC: POINTS }'"))
		return false;
	x.items = keep(&r->c, count_expects(n) * sizeof *x.items);
	if (x.items == NULL)
		return false;
	s->expects = x.items;
	for (const struct node *a = n->first; a != NULL; a = a->next)
		ok = read_areas(r, a, x) && ok;
	return ok;
}
