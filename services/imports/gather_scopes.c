/* What a file speaks of: partners, and months of partners. */
#include <stdlib.h>

#include "services/imports/gather_internal.h"

struct str scope_partner(const struct gather *g, const struct scope *s)
{
	return intern_text(g->names, s->partner);
}

static bool is_last(const struct gather *g, struct str partner, enum measure m, month_no month)
{
	const struct scope *s;

	if (g->last_scope >= g->n_scopes)
		return false;
	s = &g->scopes[g->last_scope];
	return s->month == month && s->measure == (uint8_t)m &&
	       str_eq(scope_partner(g, s), partner);
}

/* The scope's place in g->scopes, a new one when it is not known. */
static int find_scope(
	struct gather *g, struct str partner, enum measure m, month_no month, size_t *ret_at)
{
	struct scope s = { .month = month, .measure = (uint8_t)m };
	uint32_t key[3];
	intern_id id;
	int rc = intern_put(g->names, partner, &s.partner);

	if (rc == 0)
		rc = mem_grow(g->r->options->a, (void **)&g->scopes, &g->cap_scopes,
			g->n_scopes + 1, GATHER_SCOPES_MAX + 1, sizeof *g->scopes);
	key[0] = s.partner;
	key[1] = (uint32_t)month;
	key[2] = (uint32_t)m;
	if (rc == 0)
		rc = intern_put(g->scope_keys, (struct str){ (const char *)key, sizeof key }, &id);
	if (rc != 0)
		return rc;
	if (id == g->n_scopes)
		g->scopes[g->n_scopes++] = s;
	*ret_at = id;
	return 0;
}

int gather_scope(struct gather *g, struct str partner, enum measure m, month_no month, bool refused)
{
	int rc = 0;

	if (partner.n == 0 || partner.n > EVENT_PARTNER_MAX) {
		g->refused_anywhere |= refused;
		g->n_refused_anywhere += refused;
		return 0;
	}
	if (!is_last(g, partner, m, month))
		rc = find_scope(g, partner, m, month, &g->last_scope);
	if (rc == 0 && refused) {
		g->scopes[g->last_scope].refused = true;
		g->scopes[g->last_scope].n_refused++;
	}
	return rc;
}

static int by_number(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_scopes(const void *pa, const void *pb, void *ctx)
{
	const struct scope *a = pa, *b = pb;
	int c = by_number(a->month, b->month); /* MONTH_NONE is the least */

	if (c == 0 && a->partner != b->partner)
		c = str_cmp(scope_partner(ctx, a), scope_partner(ctx, b));
	return c != 0 ? c : by_number(a->measure, b->measure);
}

/* A refused row of which only the partner is known may be one of any month. */
static void spread_refused(struct gather *g, bool *of_partner)
{
	for (size_t i = 0; i < g->n_scopes; i++)
		if (g->scopes[i].month == MONTH_NONE && g->scopes[i].refused)
			of_partner[g->scopes[i].partner] = true;
	for (size_t i = 0; i < g->n_scopes; i++)
		g->scopes[i].refused |= of_partner[g->scopes[i].partner];
}

/* Months are sorted, so the newest of a partner and measure is the last that names them. */
static void mark_newest(struct gather *g, bool *seen)
{
	for (size_t i = g->n_scopes; i-- > 0;) {
		size_t k = (size_t)g->scopes[i].partner * MEASURE_END + g->scopes[i].measure;

		g->scopes[i].newest = !seen[k];
		seen[k] = true;
	}
}

int scopes_sort(struct gather *g)
{
	const struct alloc *a = g->r->options->a;
	size_t partners = intern_count(g->names), n = partners * (MEASURE_END + 1) + 1;
	bool *marks = mem_zalloc(a, n);

	if (marks == NULL)
		return ERR_NOMEM;
	if (g->n_scopes > 1)
		qsort_r(g->scopes, g->n_scopes, sizeof *g->scopes, compare_scopes, g);
	g->scopes_sorted = true;
	mark_newest(g, marks);
	spread_refused(g, marks + partners * MEASURE_END);
	mem_free(a, marks, n);
	return 0;
}

static int compare_place(
	const struct gather *g, const struct scope *s, struct str partner, month_no m)
{
	int c = by_number(s->month, m);

	return c != 0 ? c : str_cmp(scope_partner(g, s), partner);
}

size_t scopes_find(const struct gather *g, struct str partner, month_no month)
{
	size_t low = 0, high = g->n_scopes;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (compare_place(g, &g->scopes[mid], partner, month) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool scope_is_of(const struct gather *g, size_t i, struct str partner, month_no month)
{
	return i < g->n_scopes && compare_place(g, &g->scopes[i], partner, month) == 0;
}

void scopes_refuse(struct gather *g, struct str partner, month_no month)
{
	size_t i;

	if (!g->scopes_sorted) {
		if (gather_scope(g, partner, (enum measure)0, month, true) != 0)
			g->refused_anywhere = true;
		return;
	}
	i = scopes_find(g, partner, month);
	g->refused_anywhere |= !scope_is_of(g, i, partner, month);
	for (; scope_is_of(g, i, partner, month); i++) {
		g->scopes[i].refused = true;
		g->scopes[i].n_refused++;
	}
}

bool scope_has_refused(const struct gather *g, const struct scope *s)
{
	return s->refused || g->refused_anywhere;
}
