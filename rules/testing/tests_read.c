/* A file of tests: its structure. */
#include "common/base/err.h"
#include "rules/testing/parts.h"
#include "rules/testing/tests.h"

#define KEEP_BYTES_MAX	  ((size_t)64 << 20)
#define SCRATCH_BYTES_MAX ((size_t)64 << 20)
#define ID_MAX		  64
#define MARGIN_MAX	  30

/* ---- names -------------------------------------------------------------------------------------------------- */

/* 0 has no name in these tables. */
static const char *kind_at(size_t i)
{
	return i == 0 ? NULL : alert_kind_name((enum alert_kind)i);
}

static const char *reason_at(size_t i)
{
	return i == 0 ? NULL : alert_reason_name((enum alert_reason)i);
}

/* ---- alerts ------------------------------------------------------------------------------------------------- */

static bool read_alert(struct test_reader *r, const struct node *n, struct rule_alert *al)
{
	enum { AREA, KIND, REASON, N };
	static const struct key keys[N] = { { "area", true }, { "kind", true },
		{ "reason", true } };
	const struct node *v[N];
	size_t kind = 0, reason = 0;
	const struct area *area;

	al->at = n->at;
	if (!read_map(&r->c, n, "an alert", keys, N, v) || v[AREA] == NULL)
		return false;
	area = read_area(r, v[AREA], v[AREA]->text);
	if (area == NULL)
		return false;
	if (!read_choice(&r->c, v[KIND], "'kind' of an alert", kind_at, ALERT_KIND_END, &kind) ||
		!read_choice(&r->c, v[REASON], "'reason' of an alert", reason_at, ALERT_REASON_END,
			&reason))
		return false;
	al->area = area->id;
	al->kind = (enum alert_kind)kind;
	al->reason = (enum alert_reason)reason;
	return true;
}

static bool read_alerts(struct test_reader *r, const struct node *n, struct rule_step *s)
{
	struct rule_alert *items;
	bool ok = true;

	if (n == NULL)
		return true;
	if (n->kind != NODE_LIST)
		return fail(&r->c, n,
			"'alerts' is a list; write '- { area: ..., kind: ..., reason: ... }', or [] for none");
	items = keep(&r->c, (n->n + 1) * sizeof *items);
	if (items == NULL)
		return false;
	for (const struct node *v = n->first; v != NULL; v = v->next)
		ok = read_alert(r, v, &items[s->n_alerts++]) && ok;
	s->tells_alerts = true;
	s->alerts_at = n->key->at;
	s->alerts = items;
	return ok;
}

/* ---- steps -------------------------------------------------------------------------------------------------- */

static bool read_step_day(
	struct test_reader *r, const struct node *n, const struct node *step, day_no *day)
{
	day_no next;

	if (n == NULL && *day == DAY_NONE)
		return fail(&r->c, step, "the first step of a test has no 'on'; give its day");
	if (n == NULL)
		return true;
	if (!read_day(&r->c, n, "'on' of a step", &next))
		return false;
	if (*day != DAY_NONE && next <= *day)
		return fail(&r->c, n,
			"'on' is not after the day of the step before; leave it out to go on with that day");
	if (*day != DAY_NONE && next - *day > RULE_DAYS_MAX)
		return fail(&r->c, n, "more than %d days pass at once", RULE_DAYS_MAX);
	*day = next;
	return true;
}

/* day: of the step before, then of this one. */
static bool read_step(struct test_reader *r, const struct node *n, day_no *day, struct rule_step *s)
{
	enum { ON, PARTNER, FACTS, EXPECT, ALERTS, N };
	static const struct key keys[N] = { { "on", false }, { "partner", false },
		{ "facts", false }, { "expect", false }, { "alerts", false } };
	const struct node *v[N];
	struct fact_list facts = { 0 };
	bool ok;

	*s = (struct rule_step){ .day = DAY_NONE, .partner = RULE_PARTNER };
	if (!read_map(&r->c, n, "a step", keys, N, v) || !read_step_day(r, v[ON], n, day))
		return false;
	if (v[ON] != NULL)
		s->day = *day;
	ok = v[PARTNER] == NULL ||
	     read_text(&r->c, v[PARTNER], "'partner' of a step", EVENT_PARTNER_MAX, &s->partner);
	if (v[FACTS] != NULL && read_list(&r->c, v[FACTS], "'facts'", TREE_NODES_MAX))
		for (const struct node *f = v[FACTS]->first; f != NULL; f = f->next)
			ok = read_facts(r, f, s->partner, *day, &facts) && ok;
	s->events = facts.events;
	s->n_events = facts.n;
	ok = read_expects(r, v[EXPECT], s) && ok;
	return read_alerts(r, v[ALERTS], s) && ok;
}

/* ---- tests -------------------------------------------------------------------------------------------------- */

static bool read_test_id(
	struct test_reader *r, const struct node *n, struct rule_tests *t, struct rule_test *x)
{
	if (!read_text(&r->c, n, "'id' of a test", ID_MAX, &x->id))
		return false;
	for (size_t i = 0; i < x->id.n; i++)
		if (x->id.p[i] == ' ')
			return fail(&r->c, n, "'id' of a test is one word; say more in 'name'");
	for (size_t i = 0; i < t->n; i++)
		if (str_eq(t->tests[i].id, x->id))
			return fail(&r->c, n, "a test '%.*s' is there already; choose another id",
				SHOWN(x->id));
	return true;
}

static const struct rule_test *find_after(
	struct test_reader *r, const struct node *n, const struct rule_tests *t)
{
	for (size_t i = 0; n->kind == NODE_TEXT && i < t->n; i++)
		if (str_eq(t->tests[i].id, n->text))
			return &t->tests[i];
	(void)fail(&r->c, n, "'after' names no test above this one");
	return NULL;
}

static day_no last_day(const struct rule_step *steps, size_t n)
{
	day_no day = DAY_NONE;

	for (size_t i = 0; i < n; i++)
		day = steps[i].day != DAY_NONE ? steps[i].day : day;
	return day;
}

static bool read_steps(struct test_reader *r, const struct node *n, const struct rule_test *after,
	struct rule_tests *t, struct rule_test *x)
{
	size_t before = after == NULL ? 0 : after->n_steps;
	struct rule_step *steps;
	day_no day;
	bool ok = true;

	if (!read_list(&r->c, n, "'steps' of a test", RULE_STEPS_MAX))
		return false;
	t->n_steps += before + n->n;
	if (t->n_steps > RULE_STEPS_MAX)
		return fail(&r->c, n, "more than %d steps in this file; split it", RULE_STEPS_MAX);
	steps = keep(&r->c, (before + n->n) * sizeof *steps);
	if (steps == NULL)
		return false;
	if (before > 0)
		memcpy(steps, after->steps, before * sizeof *steps);
	day = last_day(steps, before);
	x->n_steps = before;
	for (const struct node *v = n->first; v != NULL; v = v->next)
		ok = read_step(r, v, &day, &steps[x->n_steps++]) && ok;
	x->steps = steps;
	return ok;
}

static bool read_test(
	struct test_reader *r, const struct node *n, struct rule_tests *t, struct rule_test *x)
{
	enum { ID, NAME, AFTER, STEPS, N };
	static const struct key keys[N] = { { "id", true }, { "name", true }, { "after", false },
		{ "steps", true } };
	const struct node *v[N];
	const struct rule_test *after = NULL;
	bool ok;

	*x = (struct rule_test){ .at = n->at };
	if (!read_map(&r->c, n, "a test", keys, N, v))
		return false;
	ok = v[ID] != NULL && read_test_id(r, v[ID], t, x);
	ok = read_text(&r->c, v[NAME], "'name' of a test", EVENT_NAME_MAX, &x->name) && ok;
	if (v[AFTER] != NULL) {
		after = find_after(r, v[AFTER], t);
		ok = ok && after != NULL;
	}
	return v[STEPS] != NULL && read_steps(r, v[STEPS], after, t, x) && ok;
}

static bool read_tests(struct test_reader *r, const struct node *n, struct rule_tests *t)
{
	bool ok = true;

	if (!read_list(&r->c, n, "'tests'", RULE_TESTS_MAX))
		return false;
	t->tests = keep(&r->c, n->n * sizeof *t->tests);
	if (t->tests == NULL)
		return false;
	for (const struct node *v = n->first; v != NULL; v = v->next) {
		ok = read_test(r, v, t, &t->tests[t->n]) && ok;
		t->n++;
	}
	return ok;
}

static bool find_edition(struct test_reader *r, const struct node *n,
	const struct rule_editions *editions, struct rule_tests *t)
{
	struct err e = { 0 };
	struct str name;
	int rc;

	if (!read_text(&r->c, n, "'edition'", RULE_NAME_MAX, &name))
		return false;
	rc = editions->open(editions->ctx, name, &t->edition, &e);
	if (rc == ERR_NOMEM)
		r->c.no_memory = true;
	r->e = t->edition;
	return rc == 0 || fail(&r->c, n, "%s", e.text[0] != '\0' ? e.text : err_text(rc));
}

static void read_file(struct test_reader *r, const struct node *root,
	const struct rule_editions *editions, struct rule_tests *t)
{
	enum { EDITION, MARGIN, TESTS, N };
	static const struct key keys[N] = { { "edition", true }, { "margin", false },
		{ "tests", true } };
	const struct node *v[N];

	if (!read_map(&r->c, root, "a file of tests", keys, N, v) || v[EDITION] == NULL ||
		!find_edition(r, v[EDITION], editions, t))
		return;
	(void)read_whole(&r->c, v[MARGIN], "'margin'", 0, MARGIN_MAX, &t->margin);
	(void)read_tests(r, v[TESTS], t);
}

static int read_text_of(struct rule_tests *t, struct arena *scratch, struct report *report,
	const struct rule_editions *editions)
{
	struct test_reader r = { .c = { .r = report, .keep = &t->keep } };
	struct node *root = NULL;
	int rc = tree_read(scratch, report, &root);

	if (rc != 0)
		return rc;
	if (root == NULL)
		report_add(report, REPORT_ERROR, (struct place){ 0, 0 },
			"the file holds no tests; docs/rule-tests.md says what it is made of");
	else
		read_file(&r, root, editions, t);
	if (r.c.no_memory || report->no_memory)
		return ERR_NOMEM;
	return report->n_errors > 0 ? ERR_SYNTAX : 0;
}

static int copy_texts(struct rule_tests *t, const char *name, struct str text)
{
	size_t n = strlen(name) + 1;
	char *copy = arena_alloc(&t->keep, text.n + 1), *name_copy = arena_alloc(&t->keep, n);

	if (copy == NULL || name_copy == NULL)
		return ERR_NOMEM;
	if (text.n > 0)
		memcpy(copy, text.p, text.n);
	memcpy(name_copy, name, n);
	t->text = (struct str){ copy, text.n };
	t->name = name_copy;
	return 0;
}

int rule_tests_read(const struct alloc *a, const char *name, struct str text,
	const struct rule_editions *editions, struct buf *ret_report, struct rule_tests **ret_tests)
{
	struct rule_tests *t;
	struct arena scratch;
	struct report report;
	int rc;

	if (text.n > RULE_TESTS_TEXT_MAX)
		return ERR_FULL;
	t = mem_zalloc(a, sizeof *t);
	if (t == NULL)
		return ERR_NOMEM;
	t->a = a;
	t->margin = NOTIFICATION_MARGIN;
	arena_init(&t->keep, a, KEEP_BYTES_MAX);
	arena_init(&scratch, a, SCRATCH_BYTES_MAX);
	rc = copy_texts(t, name, text);
	if (rc == 0)
		rc = report_init(&report, &scratch, t->name, t->text);
	if (rc == 0) {
		rc = read_text_of(t, &scratch, &report, editions);
		report_print(&report, ret_report);
	}
	arena_fini(&scratch);
	if (rc == 0)
		*ret_tests = t;
	else
		rule_tests_destroy(t);
	return rc;
}

void rule_tests_destroy(struct rule_tests *t)
{
	if (t == NULL)
		return;
	arena_fini(&t->keep);
	mem_free(t->a, t, sizeof *t);
}

const struct edition *rule_tests_edition(const struct rule_tests *t)
{
	return t->edition;
}

size_t rule_tests_count(const struct rule_tests *t)
{
	return t->n;
}

const struct rule_test *rule_tests_get(const struct rule_tests *t, size_t i)
{
	return &t->tests[i];
}

const char *rule_tests_name(const struct rule_tests *t)
{
	return t->name;
}

struct str rule_tests_text(const struct rule_tests *t)
{
	return t->text;
}
