#include "services/imports/gather.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "services/imports/gather_internal.h"

/* In front of every value that is sorted; behind it stand the fact (fact_pack()) and the report's row. */
struct head {
	decimal24 amount; /* of usage */
	int64_t rank;	  /* of other facts */
	uint32_t line, column;
	uint16_t n_fact;
	uint8_t form; /* enum gathered_form */
	uint8_t pad[5];
};
enum gathered_form { FORM_USAGE, FORM_FACT, FORM_ROW };

#define GROUP_BYTES ((size_t)GATHER_GROUP_MAX * GATHER_ROW_MAX)
#define LINE_BYTES  4 /* behind the key of a row: the number of its line */

static struct head head_of(const void *value)
{
	struct head h;

	memcpy(&h, value, sizeof h);
	return h;
}

/* ---- folding ---------------------------------------------------------------------------------------------- */

/* Saturates: a sum that large is refused when it is given out, whatever is added. */
static decimal24 add_amounts(decimal24 a, decimal24 b)
{
	const decimal24 most = (decimal24)((~(uint128)0) >> 1) / 4;
	decimal24 sum = a;

	if (decimal_add(&sum, b) != 0 || sum > most || sum < -most)
		return a > 0 ? most : -most;
	return sum;
}

static bool comes_first(const struct head *a, const struct head *b)
{
	return a->line != b->line ? a->line < b->line : a->column < b->column;
}

static enum sorter_choice fold(
	void *ctx, void *held, size_t n_held, const void *more, size_t n_more)
{
	struct head h = head_of(held), m = head_of(more);
	size_t n = (n_held < n_more ? n_held : n_more) - sizeof h;
	int c;

	(void)ctx;
	if (h.form == FORM_USAGE) {
		h.amount = add_amounts(h.amount, m.amount);
		if (comes_first(&m, &h)) {
			h.line = m.line;
			h.column = m.column;
		}
		memcpy(held, &h, sizeof h);
		return SORTER_KEEP;
	}
	if (h.rank != m.rank)
		return h.rank > m.rank ? SORTER_KEEP : SORTER_TAKE;
	c = memcmp((const char *)held + sizeof h, (const char *)more + sizeof h, n);
	if (c == 0)
		c = (n_held > n_more) - (n_held < n_more);
	if (c == 0)
		return comes_first(&m, &h) ? SORTER_TAKE : SORTER_KEEP;
	return c < 0 ? SORTER_KEEP : SORTER_TAKE;
}

/* ---- life ------------------------------------------------------------------------------------------------- */

int gather_create(struct reading *r, const struct report *report, struct gather **ret_g)
{
	const struct alloc *a = r->options->a;
	struct gather *g = mem_zalloc(a, sizeof *g);
	struct sorter_options o = { .a = a,
		.memory = r->options->memory != 0 ? r->options->memory : GATHER_MEMORY_DEFAULT,
		.dir = r->options->temp_dir,
		.fold = fold };
	int rc;

	if (g == NULL)
		return ERR_NOMEM;
	g->r = r;
	g->report = report;
	(void)snprintf(g->source, sizeof g->source, "urn:capscore:import:%s", report->id);
	rc = intern_create(a, GATHER_SCOPES_MAX, &g->names);
	if (rc == 0)
		rc = intern_create(a, GATHER_SCOPES_MAX, &g->scope_keys);
	if (rc == 0)
		rc = sorter_create(&o, &g->sorter);
	if (rc != 0) {
		gather_destroy(g);
		return rc;
	}
	*ret_g = g;
	return 0;
}

void gather_destroy(struct gather *g)
{
	const struct alloc *a;

	if (g == NULL)
		return;
	a = g->r->options->a;
	sorter_destroy(g->sorter);
	intern_destroy(g->names);
	intern_destroy(g->scope_keys);
	mem_free(a, g->scopes, g->cap_scopes * sizeof *g->scopes);
	mem_free(a, g->group, GROUP_BYTES);
	mem_free(a, g->rows, GATHER_GROUP_MAX * sizeof *g->rows);
	mem_free(a, g->first, sizeof *g->first);
	mem_free(a, g, sizeof *g);
}

/* ---- putting in ------------------------------------------------------------------------------------------- */

static enum gather_phase phase_of(enum fact_kind k)
{
	switch (k) {
	case FACT_ACCOUNT:
		return PHASE_ACCOUNTS;
	case FACT_PERSON_LINK:
	case FACT_CERTIFICATION:
	case FACT_ASSESSMENT:
		return PHASE_PEOPLE;
	case FACT_CUSTOMER:
		return PHASE_CUSTOMERS;
	case FACT_ASSOCIATION:
		return PHASE_ASSOCIATIONS;
	case FACT_USAGE:
		return PHASE_USAGE;
	default:
		return PHASE_OTHERS;
	}
}

/* The whole key: phase, month, partner, natural key. The month is one greater, so that none is 0. */
struct sort_key {
	unsigned char p[SORTER_KEY_MAX];
	size_t n;
};
#define KEY_PARTNER 5 /* where the partner begins */

static void make_key(const struct event *ev, month_no month, struct sort_key *ret)
{
	uint32_t m = month == MONTH_NONE ? 0 : (uint32_t)month + 1;

	ret->p[0] = (unsigned char)phase_of(ev->kind);
	for (int i = 0; i < 4; i++)
		ret->p[1 + i] = (unsigned char)(m >> (24 - 8 * i));
	memcpy(ret->p + KEY_PARTNER, ev->subject.p, ev->subject.n);
	ret->n = KEY_PARTNER + ev->subject.n;
	ret->p[ret->n++] = 0;
	ret->n += fact_key(ev, ret->p + ret->n);
}

static int put(struct gather *g, const struct event *ev, month_no month, struct head *h,
	struct span row, struct place at)
{
	unsigned char value[sizeof *h + FACT_BYTES_MAX + GATHER_ROW_MAX];
	struct sort_key key;
	size_t n = 0;

	assert(ev->subject.n > 0 && ev->subject.n <= EVENT_PARTNER_MAX && row.n <= GATHER_ROW_MAX);
	if (fact_pack(ev, value + sizeof *h, &n) != 0) {
		reading_refuse(g->r, at, REASON_TOO_LONG, "the texts of the row are too long");
		scopes_refuse(g, ev->subject, month);
		return 0;
	}
	h->line = at.line;
	h->column = at.column;
	h->n_fact = (uint16_t)n;
	memcpy(value, h, sizeof *h);
	if (row.n > 0)
		memcpy(value + sizeof *h + n, row.p, row.n);
	make_key(ev, month, &key);
	if (h->form == FORM_ROW)
		for (int i = 0; i < LINE_BYTES; i++)
			key.p[key.n++] = (unsigned char)(at.line >> (24 - 8 * i));
	return sorter_put(g->sorter, (struct span){ key.p, key.n },
		(struct span){ value, sizeof *h + n + row.n }, &g->err);
}

int gather_usage(struct gather *g, const struct event *ev, decimal24 amount, struct place at)
{
	struct head h = { .form = FORM_USAGE, .amount = amount };
	struct event usage = *ev;

	assert(ev->kind == FACT_USAGE);
	usage.time = (event_ms)month_first_day(ev->u.usage.month + 1) * MS_PER_DAY;
	usage.u.usage.amount_micro = 0;
	return put(g, &usage, ev->u.usage.month, &h, (struct span){ NULL, 0 }, at);
}

int gather_fact(struct gather *g, const struct event *ev, month_no scope_month, int64_t rank,
	struct place at)
{
	struct head h = { .form = FORM_FACT, .rank = rank };

	assert(ev->kind != FACT_USAGE_REPORTED);
	return put(g, ev, scope_month, &h, (struct span){ NULL, 0 }, at);
}

int gather_row(struct gather *g, const struct event *ev, month_no scope_month, struct span row,
	struct place at)
{
	struct head h = { .form = FORM_ROW };

	return put(g, ev, scope_month, &h, row, at);
}

/* ---- coming out ------------------------------------------------------------------------------------------- */

static int next_record(struct gather *g, struct span *ret_key, struct span *ret_value)
{
	if (!g->has_ahead)
		return sorter_next(g->sorter, ret_key, ret_value, &g->err);
	g->has_ahead = false;
	*ret_key = g->ahead_key;
	*ret_value = g->ahead_value;
	return 0;
}

/* What the key says: all but the fact. */
static void read_key(struct span key, struct gathered *f)
{
	const unsigned char *p = key.p;
	uint32_t m = (uint32_t)p[1] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 8 | p[4];

	f->phase = (enum gather_phase)p[0];
	f->month = m == 0 ? MONTH_NONE : (month_no)(m - 1);
	f->partner = str_from((const char *)p + KEY_PARTNER);
	f->key.p = p + KEY_PARTNER + f->partner.n + 1;
	f->key.n = key.n - KEY_PARTNER - f->partner.n - 1;
}

static int take_group_memory(struct gather *g)
{
	const struct alloc *a = g->r->options->a;

	if (g->group == NULL)
		g->group = mem_alloc(a, GROUP_BYTES);
	if (g->rows == NULL)
		g->rows = mem_alloc(a, GATHER_GROUP_MAX * sizeof *g->rows);
	if (g->first == NULL)
		g->first = mem_alloc(a, sizeof *g->first);
	return g->group == NULL || g->rows == NULL || g->first == NULL ? ERR_NOMEM : 0;
}

static void add_to_group(struct gather *g, struct span value, size_t *n, size_t *used)
{
	struct head h = head_of(value.p);
	size_t n_row = value.n - sizeof h - h.n_fact;

	if (*n == GATHER_GROUP_MAX)
		return;
	memcpy(g->group + *used, (const char *)value.p + sizeof h + h.n_fact, n_row);
	g->rows[*n] = (struct gather_row){ { g->group + *used, n_row }, { h.line, h.column } };
	*used += n_row;
	++*n;
}

/* All rows of one key go to g->group, the first of them also to g->first. */
static int collect_group(struct gather *g, struct span key, struct span value, size_t *ret_n)
{
	size_t n = 0, used = 0;
	int rc = take_group_memory(g);
	struct gather_first *k = g->first;

	if (rc != 0)
		return rc;
	memcpy(k->key, key.p, key.n);
	memcpy(k->value, value.p, value.n);
	k->n_key = key.n - LINE_BYTES;
	while (rc == 0) {
		add_to_group(g, value, &n, &used);
		rc = sorter_next(g->sorter, &key, &value, &g->err);
		if (rc != 0)
			break;
		if (key.n == k->n_key + LINE_BYTES && memcmp(key.p, k->key, k->n_key) == 0)
			continue;
		g->has_ahead = true;
		g->ahead_key = key;
		g->ahead_value = value;
		break;
	}
	*ret_n = n;
	return rc == ERR_NOTFOUND ? 0 : rc;
}

/* *ret_good false: no fact comes of the rows. */
static int next_of_rows(
	struct gather *g, struct span key, struct span value, struct gathered *f, bool *ret_good)
{
	struct head h = head_of(value.p);
	const struct gather_first *k;
	bool refused = false;
	size_t n;
	int rc = collect_group(g, key, value, &n);

	if (rc != 0)
		return rc;
	k = g->first;
	read_key((struct span){ k->key, k->n_key }, f);
	rc = fact_unpack((struct span){ k->value + sizeof h, h.n_fact }, &f->ev);
	if (rc != 0)
		return rc;
	f->is_sum = false;
	f->amount = 0;
	f->at = g->rows[0].at;
	*ret_good = true;
	g->report->combine(g->state, g->rows, n, &f->ev, &f->at, ret_good, &refused);
	if (refused)
		scopes_refuse(g, f->partner, f->month);
	return 0;
}

static int next_of_fact(
	struct gather *g, struct span key, struct span value, struct gathered *f, bool *ret_good)
{
	struct head h = head_of(value.p);
	int rc;

	read_key(key, f);
	rc = fact_unpack((struct span){ (const char *)value.p + sizeof h, h.n_fact }, &f->ev);
	if (rc != 0)
		return rc;
	f->at = (struct place){ h.line, h.column };
	f->is_sum = h.form == FORM_USAGE;
	f->amount = h.amount;
	*ret_good = true;
	if (h.form == FORM_USAGE && decimal_to_micro(h.amount, &f->ev.u.usage.amount_micro) != 0) {
		reading_refuse(g->r, f->at, REASON_AMOUNT,
			"the rows of this customer, product and month add up to more than a thousand million");
		scopes_refuse(g, f->partner, f->month);
		*ret_good = false;
	}
	return 0;
}

int gather_next(struct gather *g, struct gathered *ret)
{
	bool good = false;
	int rc = 0;

	while (rc == 0 && !good) {
		struct span key, value;

		rc = next_record(g, &key, &value);
		if (rc != 0)
			break;
		rc = head_of(value.p).form == FORM_ROW ? next_of_rows(g, key, value, ret, &good)
						       : next_of_fact(g, key, value, ret, &good);
	}
	return rc;
}
