#include "tests/mutation/mutation.h"

#include <stdlib.h>

#include "common/base/err.h"
#include "rules/compile/compile.h"
#include "rules/testing/tests.h"

#define TESTS_MAX      2048 /* of one edition */
#define ARENA_MAX      ((size_t)64 << 20)
#define REPORT_MAX     ((size_t)1 << 20)
#define WORD_MIN       3  /* shorter ones stand in every test */
#define SCORE_RECENT   64 /* a test that noticed a change lately; fades with each number */
#define SCORE_PER_WORD 8
#define DAYS_A_FACT    4 /* a fact costs about as much as so many days */

struct candidate {
	struct rule_tests *tests;
	size_t number;
	struct str text; /* of the test in its file */
	uint64_t cost;	 /* grows with the time that it takes */
	size_t recent;	 /* 0..SCORE_RECENT */
	size_t score;	 /* how likely it notices a change of the number at hand */
};

struct lab {
	const struct mutation_source *s;
	struct edition_box *box; /* the edition without a change */
	bool is_other;		 /* the file that is read tests another edition */
	size_t n_files;
	struct rule_tests *files[MUTATION_FILES_MAX];
	size_t n;
	struct candidate *all;		   /* TESTS_MAX */
	const struct candidate **in_order; /* TESTS_MAX */
	struct arena keep, scratch;
	struct buf changed; /* the text with the change */
	struct err *e;
};

/* ---- the tests of the edition ----------------------------------------------------------------------------------- */

static int open_edition(void *ctx, struct str name, const struct edition **ret, struct err *e)
{
	struct lab *l = ctx;

	l->is_other = !str_eq(name, l->s->id);
	if (l->is_other)
		return err_set(e, ERR_NOTFOUND, "of another edition");
	*ret = edition_box_get(l->box);
	return 0;
}

static int read_file(struct lab *l, const struct shipped_tests *file)
{
	struct rule_editions editions = { open_edition, l };
	struct rule_tests *t = NULL;
	struct buf report;
	int rc;

	if (l->n_files == MUTATION_FILES_MAX)
		return err_set(l->e, ERR_FULL, "more than %d files of tests", MUTATION_FILES_MAX);
	l->is_other = false;
	buf_init(&report, &mem_heap, REPORT_MAX);
	rc = rule_tests_read(&mem_heap, file->file, file->text, &editions, &report, &t);
	if (rc == 0)
		l->files[l->n_files++] = t;
	else if (l->is_other)
		rc = 0;
	else
		err_set(l->e, rc, "%s has faults", file->file);
	buf_fini(&report);
	return rc;
}

static uint64_t cost_of(const struct rule_test *t)
{
	uint64_t cost = 1;
	day_no last = DAY_NONE;

	for (size_t i = 0; i < t->n_steps; i++) {
		const struct rule_step *s = &t->steps[i];

		cost += DAYS_A_FACT * s->n_events;
		if (s->day != DAY_NONE && last != DAY_NONE)
			cost += (uint64_t)(s->day - last);
		if (s->day != DAY_NONE)
			last = s->day;
	}
	return cost;
}

static int take_tests(struct lab *l, struct rule_tests *t)
{
	struct str text = rule_tests_text(t);

	for (size_t i = 0; i < rule_tests_count(t); i++) {
		const struct rule_test *x = rule_tests_get(t, i);
		size_t from = x->at.from;
		size_t to =
			i + 1 < rule_tests_count(t) ? rule_tests_get(t, i + 1)->at.from : text.n;

		if (l->n == TESTS_MAX)
			return err_set(l->e, ERR_FULL, "more than %d tests", TESTS_MAX);
		l->all[l->n++] = (struct candidate){ .tests = t,
			.number = i,
			.text = { text.p + from, to - from },
			.cost = cost_of(x) };
	}
	return 0;
}

static int read_tests(struct lab *l)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < l->s->n_tests; i++)
		rc = read_file(l, &l->s->tests[i]);
	for (size_t i = 0; rc == 0 && i < l->n_files; i++)
		rc = take_tests(l, l->files[i]);
	if (rc == 0 && l->n == 0)
		rc = err_set(l->e, ERR_NOTFOUND, "there is no test of edition " STR_FMT,
			STR_ARG(l->s->id));
	return rc;
}

/* ---- which test goes first -------------------------------------------------------------------------------------- */

static bool holds_word(struct str text, struct str word)
{
	return memmem(text.p, text.n, word.p, word.n) != NULL;
}

/* Only the order depends on it: a test that names what leads to the number most likely looks at it. */
static void judge(struct candidate *c, const struct number *x)
{
	c->score = c->recent;
	for (size_t i = 0; i < x->n_words; i++)
		if (x->words[i].n >= WORD_MIN && holds_word(c->text, x->words[i]))
			c->score += SCORE_PER_WORD * (i + 1);
	c->recent /= 2;
}

static int by_score(const void *a, const void *b)
{
	const struct candidate *x = *(const struct candidate *const *)a;
	const struct candidate *y = *(const struct candidate *const *)b;

	if (x->score != y->score)
		return x->score < y->score ? 1 : -1;
	if (x->cost != y->cost)
		return x->cost < y->cost ? -1 : 1;
	return x < y ? -1 : x > y;
}

static void put_in_order(struct lab *l, const struct number *x)
{
	for (size_t i = 0; i < l->n; i++) {
		judge(&l->all[i], x);
		l->in_order[i] = &l->all[i];
	}
	qsort(l->in_order, l->n, sizeof *l->in_order, by_score);
}

/* ---- one change ------------------------------------------------------------------------------------------------- */

static bool notices(struct lab *l, const struct candidate *c, const struct edition *e)
{
	struct rule_result result = { 0 };
	int rc;

	arena_reset(&l->scratch);
	c->tests->edition = e;
	rc = rule_test_run(&mem_heap, c->tests, c->number, &l->scratch, &result);
	c->tests->edition = edition_box_get(l->box);
	return rc != 0 || result.n > 0;
}

static const struct candidate *first_to_notice(struct lab *l, const struct edition *e)
{
	for (size_t i = 0; i < l->n; i++)
		if (notices(l, l->in_order[i], e))
			return l->in_order[i];
	return NULL;
}

static int change_text(struct lab *l, const struct number *x, const char *mutant)
{
	struct str t = l->s->text;
	int rc;

	buf_reset(&l->changed);
	rc = buf_add(&l->changed, t.p, x->at.from);
	if (rc == 0)
		rc = buf_add(&l->changed, mutant, strlen(mutant));
	return rc == 0 ? buf_add(&l->changed, t.p + x->at.to, t.n - x->at.to) : rc;
}

enum fate { FATE_REFUSED, FATE_KILLED, FATE_SURVIVES };

static int try_mutant(
	struct lab *l, const struct number *x, const char *mutant, enum fate *ret_fate)
{
	const struct candidate *c;
	struct edition_box *box = NULL;
	int rc = change_text(l, x, mutant);

	if (rc != 0)
		return rc;
	rc = compile_edition(&mem_heap, l->s->file,
		(struct str){ (const char *)l->changed.p, l->changed.n }, NULL, &box);
	*ret_fate = FATE_REFUSED;
	if (rc != 0)
		return rc == ERR_SYNTAX ? 0 : rc;
	c = first_to_notice(l, edition_box_get(box));
	*ret_fate = c == NULL ? FATE_SURVIVES : FATE_KILLED;
	if (c != NULL)
		l->all[c - l->all].recent = SCORE_RECENT;
	edition_box_destroy(box);
	return 0;
}

/* ---- all of them ------------------------------------------------------------------------------------------------ */

static struct str line_around(struct str text, size_t at)
{
	size_t from = at, to = at;

	while (from > 0 && text.p[from - 1] != '\n')
		from--;
	while (from < at && text.p[from] == ' ')
		from++;
	while (to < text.n && text.p[to] != '\n')
		to++;
	return (struct str){ text.p + from, to - from };
}

struct trial {
	struct lab *l;
	mutation_survives survives; /* may be NULL */
	void *ctx;
	struct mutation_figures f;
};

static void tell(const struct trial *t, const struct number *x, const char *mutant)
{
	struct str text = t->l->s->text;
	struct mutation_survivor s = {
		.line_text = line_around(text, x->at.from), .number = x->text, .mutant = mutant
	};
	size_t column;

	place_position(text, x->at.from, &s.line, &column);
	t->survives(t->ctx, &s);
}

/* worst: so far of this number. */
static int try_change(
	struct trial *t, const struct number *x, const char *mutant, enum fate *ret_worst)
{
	enum fate fate = FATE_REFUSED;
	int rc = try_mutant(t->l, x, mutant, &fate);

	if (rc != 0)
		return rc;
	t->f.mutants += fate != FATE_REFUSED;
	if (fate == FATE_SURVIVES && t->survives != NULL)
		tell(t, x, mutant);
	if (fate > *ret_worst)
		*ret_worst = fate;
	return 0;
}

static int try_number(struct trial *t, const struct number *x)
{
	char mutants[MUTANTS_MAX][NUMBER_TEXT_MAX];
	size_t n = number_mutants(x->text, mutants);
	enum fate worst = FATE_REFUSED;
	int rc = 0;

	put_in_order(t->l, x);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = try_change(t, x, mutants[i], &worst);
	t->f.n++;
	t->f.refused += worst == FATE_REFUSED;
	t->f.killed += worst == FATE_KILLED;
	t->f.survive += worst == FATE_SURVIVES;
	return rc;
}

/* A test that fails anyhow would notice everything. */
static int check_unchanged(struct lab *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (notices(l, &l->all[i], edition_box_get(l->box)))
			return err_set(l->e, ERR_SYNTAX, "%s: test " STR_FMT " fails as it is",
				rule_tests_name(l->all[i].tests),
				STR_ARG(rule_tests_get(l->all[i].tests, l->all[i].number)->id));
	return 0;
}

static int try_numbers(struct trial *t, const struct mutation_sample *sample)
{
	const struct mutation_source *s = t->l->s;
	size_t every = sample->every == 0 ? 1 : sample->every;
	struct numbers numbers = { 0 };
	int rc = numbers_find(&t->l->keep, s->file, s->text, &numbers);

	for (size_t i = sample->first % every; rc == 0 && i < numbers.n; i += every)
		rc = try_number(t, &numbers.all[i]);
	return rc;
}

static int lab_init(struct lab *l, const struct mutation_source *s, struct err *e)
{
	int rc;

	*l = (struct lab){ .s = s, .e = e };
	arena_init(&l->keep, &mem_heap, ARENA_MAX);
	arena_init(&l->scratch, &mem_heap, ARENA_MAX);
	buf_init(&l->changed, &mem_heap, EDITION_TEXT_MAX + NUMBER_TEXT_MAX);
	l->all = arena_alloc(&l->keep, TESTS_MAX * sizeof *l->all);
	l->in_order = arena_alloc(&l->keep, TESTS_MAX * sizeof *l->in_order);
	if (l->all == NULL || l->in_order == NULL)
		return ERR_NOMEM;
	rc = compile_edition(&mem_heap, s->file, s->text, NULL, &l->box);
	return rc == 0 ? 0 : err_set(e, rc, "%s does not compile", s->file);
}

static void lab_fini(struct lab *l)
{
	for (size_t i = 0; i < l->n_files; i++)
		rule_tests_destroy(l->files[i]);
	edition_box_destroy(l->box);
	buf_fini(&l->changed);
	arena_fini(&l->scratch);
	arena_fini(&l->keep);
}

int mutation_run(const struct mutation_source *s, const struct mutation_sample *sample,
	mutation_survives survives, void *ctx, struct mutation_figures *ret, struct err *e)
{
	struct lab l;
	struct trial t = { .l = &l, .survives = survives, .ctx = ctx };
	int rc = lab_init(&l, s, e);

	if (rc == 0)
		rc = read_tests(&l);
	if (rc == 0)
		rc = check_unchanged(&l);
	if (rc == 0)
		rc = try_numbers(&t, sample);
	if (rc == 0)
		*ret = t.f;
	lab_fini(&l);
	return rc;
}
