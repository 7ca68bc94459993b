/* What changes between two editions, a line for each area and each other part of an edition. */
#include "rules/describe/diff.h"
#include "services/cli/layout.h"
#include "services/cli/rules_verbs.h"

#define DIFF_BYTES_MAX ((size_t)256 << 20)
#define HEADING_WIDTH  28
#define COUNT_WIDTH    12

/* As much of the words as the line has room for. */
static void print_cut(struct str s, int width)
{
	struct str rest = s;
	bool cut = layout_width(s) > width;
	int n = 0;

	while (cut && n < width - 1) {
		do
			rest.p++, rest.n--;
		while (rest.n > 0 && ((unsigned char)*rest.p & 0xC0) == 0x80);
		n++;
	}
	if (cut)
		s.n -= rest.n;
	printf(STR_FMT "%s\n", STR_ARG(s), cut ? "…" : "");
}

static bool is_same_group(const struct diff_entry *a, const struct diff_entry *b)
{
	return a->section == b->section &&
	       (a->section != DIFF_AREAS || str_eq(a->at[DIFF_SUBJECT], b->at[DIFF_SUBJECT]));
}

/* What is new in b stands behind everything that was in a, so a group may lie apart. */
static bool is_told(const struct edition_diff *d, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (is_same_group(&d->entries[k], &d->entries[i]))
			return true;
	return false;
}

/* A group by the first of its entries; a change of a source says least. */
static void print_group(const struct edition *a, const struct edition *b,
	const struct edition_diff *d, const struct diff_entry *first)
{
	const struct diff_entry *shown = NULL;
	char count[32];
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++) {
		const struct diff_entry *x = &d->entries[i];

		if (!is_same_group(first, x))
			continue;
		if (shown == NULL && !str_eq(x->what, STR("source")))
			shown = x;
		n++;
	}
	(void)snprintf(count, sizeof count, "%zu change%s", n, n == 1 ? "" : "s");
	fputs("  ", stdout);
	layout_cell(stdout, rules_diff_heading(a, b, first), HEADING_WIDTH);
	fputs("  ", stdout);
	layout_cell(stdout, str_from(count), COUNT_WIDTH);
	print_cut((shown != NULL ? shown : first)->text,
		LAYOUT_WIDTH - 4 - HEADING_WIDTH - COUNT_WIDTH);
}

int rules_print_summary(const struct edition *a, const struct edition *b)
{
	struct edition_diff d;
	struct arena ar;
	size_t n_groups = 0;
	int rc;

	arena_init(&ar, &mem_heap, DIFF_BYTES_MAX);
	rc = edition_diff(a, b, &ar, &d);
	for (size_t i = 0; rc == 0 && i < d.n; i++) {
		if (d.entries[i].section == DIFF_EDITION || is_told(&d, i))
			continue; /* of the edition: id, title and days are told apart */
		print_group(a, b, &d, &d.entries[i]);
		n_groups++;
	}
	if (rc == 0 && n_groups == 0)
		printf("  nothing: both ask for the same\n");
	arena_fini(&ar);
	return rc;
}
