#include "tests/mutation/numbers.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/base/date.h"
#include "common/base/err.h"
#include "rules/compile/tree.h"

#define NUMBERS_MAX 4096 /* of one file */
#define DIGITS_MAX  12	 /* of a part; two of them and what they become fit NUMBER_TEXT_MAX */

/* Texts, whatever they look like. */
static const struct str texts[] = { STR_INIT("id"), STR_INIT("code"), STR_INIT("title"),
	STR_INIT("name"), STR_INIT("also"), STR_INIT("source"), STR_INIT("sources"),
	STR_INIT("based-on"), STR_INIT("rule"), STR_INIT("text"), STR_INIT("unknown"),
	STR_INIT("products"), STR_INIT("holds"), STR_INIT("after") };

struct finder {
	struct str text;
	struct number *all;
	size_t n;
	size_t n_words; /* on the way to the node at hand */
	struct str words[NUMBER_WORDS_MAX];
	bool is_full;
};

/* ---- what a number is ------------------------------------------------------------------------------------------- */

static size_t digits_at(struct str s, size_t from)
{
	size_t n = 0;

	while (from + n < s.n && s.p[from + n] >= '0' && s.p[from + n] <= '9')
		n++;
	return n;
}

/* Length of "12" or "2.5" at the start of s from there on; 0: there is none. */
static size_t part_at(struct str s, size_t from)
{
	size_t whole = digits_at(s, from), fraction = 0;

	if (whole == 0)
		return 0;
	if (from + whole < s.n && s.p[from + whole] == '.')
		fraction = digits_at(s, from + whole + 1);
	whole = fraction > 0 ? whole + 1 + fraction : whole;
	return whole > DIGITS_MAX ? 0 : whole;
}

static bool is_number(struct str s)
{
	size_t first = part_at(s, 0);
	day_no d;

	if (s.n >= NUMBER_TEXT_MAX || first == 0)
		return false;
	if (day_parse(s, &d) == 0 || first == s.n)
		return true;
	return s.p[first] == '/' && part_at(s, first + 1) > 0 &&
	       first + 1 + part_at(s, first + 1) == s.n;
}

/* ---- the way through the tree ----------------------------------------------------------------------------------- */

static bool is_text(struct str key)
{
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (str_eq(key, texts[i]))
			return true;
	return false;
}

static void push(struct finder *f, struct str word)
{
	if (f->n_words < NUMBER_WORDS_MAX)
		f->words[f->n_words++] = word;
}

static void push_name(struct finder *f, const struct node *map)
{
	for (const struct node *v = map->first; v != NULL; v = v->next)
		if (v->kind == NODE_TEXT &&
			(str_eq(v->key->text, STR("id")) || str_eq(v->key->text, STR("code"))))
			push(f, v->text);
}

/* Quotes stand around the digits in the text, not in the node. */
static struct place bare(const struct finder *f, const struct node *n)
{
	struct place at = n->at;

	if (at.from < f->text.n && (f->text.p[at.from] == '"' || f->text.p[at.from] == '\''))
		at.from++;
	at.to = at.from + (uint32_t)n->text.n;
	return at;
}

static void take_number(struct finder *f, const struct node *n)
{
	struct number *x = &f->all[f->n];

	f->is_full = f->n == NUMBERS_MAX;
	if (f->is_full)
		return;
	*x = (struct number){ .at = bare(f, n), .n_words = f->n_words };
	x->text = (struct str){ f->text.p + x->at.from, n->text.n };
	for (size_t i = 0; i < f->n_words; i++)
		x->words[i] = f->words[i];
	f->n++;
}

/* As deep as the tree, which is at most TREE_DEPTH_MAX. */
static void walk(struct finder *f, const struct node *n)
{
	size_t outer = f->n_words;

	if (n->key != NULL && is_text(n->key->text))
		return;
	if (n->key != NULL)
		push(f, n->key->text);
	if (n->kind == NODE_MAP)
		push_name(f, n);
	if (n->kind == NODE_TEXT && is_number(n->text))
		take_number(f, n);
	for (const struct node *i = n->first; i != NULL; i = i->next)
		walk(f, i);
	f->n_words = outer;
}

int numbers_find(struct arena *ar, const char *name, struct str text, struct numbers *ret)
{
	struct finder f = { .all = arena_alloc(ar, NUMBERS_MAX * sizeof *f.all) };
	struct node *root = NULL;
	struct report r;
	int rc = f.all == NULL ? ERR_NOMEM : report_init(&r, ar, name, text);

	if (rc == 0)
		rc = tree_read(ar, &r, &root);
	if (rc != 0)
		return rc;
	f.text = r.text;
	if (root != NULL)
		walk(&f, root);
	if (f.is_full)
		return ERR_FULL;
	*ret = (struct numbers){ f.n, f.all };
	return 0;
}

/* ---- what takes its place --------------------------------------------------------------------------------------- */

/* The part without its dot. */
static int64_t digits_of(struct str part, size_t *ret_behind)
{
	int64_t value = 0;

	*ret_behind = 0;
	for (size_t i = 0; i < part.n; i++)
		if (part.p[i] == '.')
			*ret_behind = part.n - 1 - i;
		else
			value = value * 10 + (part.p[i] - '0');
	return value;
}

static void write_part(int64_t value, size_t behind, char ret[NUMBER_TEXT_MAX])
{
	char digits[NUMBER_TEXT_MAX];
	int n = snprintf(digits, sizeof digits, "%0*" PRId64, (int)behind + 1, value);

	if (behind == 0)
		(void)snprintf(ret, NUMBER_TEXT_MAX, "%.*s", n, digits);
	else
		(void)snprintf(ret, NUMBER_TEXT_MAX, "%.*s.%s", n - (int)behind, digits,
			digits + n - behind);
}

/* The number with another text in the place of a part. */
static void put_part(
	struct str number, struct str part, const char *text, char ret[NUMBER_TEXT_MAX])
{
	size_t before = (size_t)(part.p - number.p);
	struct sink out;

	sink_init(&out, ret, NUMBER_TEXT_MAX);
	sink_add(&out, (struct str){ number.p, before });
	sink_add(&out, str_from(text));
	sink_add(&out, (struct str){ part.p + part.n, number.n - before - part.n });
}

struct mutants {
	struct str number;
	size_t n;
	char (*texts)[NUMBER_TEXT_MAX]; /* MUTANTS_MAX */
};

static void add_mutant(struct mutants *m, const char *text)
{
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->texts[i], text) == 0)
			return;
	(void)snprintf(m->texts[m->n++], NUMBER_TEXT_MAX, "%s", text);
}

static void put_value(struct mutants *m, struct str part, int64_t value, size_t behind)
{
	char digits[NUMBER_TEXT_MAX], text[NUMBER_TEXT_MAX];

	if (value < 0)
		return;
	write_part(value, behind, digits);
	put_part(m->number, part, digits, text);
	add_mutant(m, text);
}

static void move_part(struct mutants *m, struct str part)
{
	size_t behind;
	int64_t value = digits_of(part, &behind);

	put_value(m, part, value + 1, behind);
	put_value(m, part, value - 1, behind);
}

static void scale_part(struct mutants *m, struct str part)
{
	size_t behind;
	int64_t value = digits_of(part, &behind);

	if (value == 0)
		return;
	put_value(m, part, 2 * value, behind);
	put_value(m, part, value / 2, behind);
}

static void move_day(struct mutants *m, day_no d)
{
	static const int moves[] = { 1, -1, 366, -366 };
	char text[DAY_TEXT];

	for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++)
		add_mutant(m, day_format(d + moves[i], text));
}

size_t number_mutants(struct str number, char ret[MUTANTS_MAX][NUMBER_TEXT_MAX])
{
	struct mutants m = { .number = number, .texts = ret };
	struct str first = { number.p, part_at(number, 0) };
	day_no d;

	if (day_parse(number, &d) == 0) {
		move_day(&m, d);
		return m.n;
	}
	move_part(&m, first);
	if (first.n < number.n)
		move_part(&m, (struct str){ number.p + first.n + 1, number.n - first.n - 1 });
	scale_part(&m, first);
	return m.n;
}
