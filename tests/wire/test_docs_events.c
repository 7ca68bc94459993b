/* docs/events.md is true: its JSON is read as events, and its tables name every fact, member and refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/base/event_fields.h"
#include "common/wire/event_json.h"
#include "tests/support/event_samples.h"

#define PAGE "docs/events.md"

static char *page;

static int read_page(void **state)
{
	size_t cap = (size_t)1024 * 1024;
	FILE *in = fopen(PAGE, "rb");

	(void)state;
	if (in == NULL)
		fail_msg(PAGE " does not open (tests run from the root of the tree)");
	page = malloc(cap);
	assert_non_null(page);
	page[fread(page, 1, cap - 1, in)] = '\0';
	(void)fclose(in);
	return 0;
}

static int free_page(void **state)
{
	(void)state;
	free(page);
	return 0;
}

/* Calls with every line of every ```json block. */
static void for_every_example(void (*call)(void *ctx, struct str line), void *ctx)
{
	char *at = page;

	while ((at = strstr(at, "\n```json\n")) != NULL) {
		at += strlen("\n```json\n");
		while (strncmp(at, "```", 3) != 0) {
			size_t n = strcspn(at, "\n");

			assert_true(at[n] == '\n');
			call(ctx, (struct str){ at, n });
			at += n + 1;
		}
	}
}

struct seen {
	unsigned n, of_kind[FACT_KIND_END], retracted;
	struct arena arena;
	struct buf buf;
};

static void take_example(void *ctx, struct str line)
{
	struct seen *seen = ctx;
	struct event ev, again;
	struct json_fault fault;

	if (event_from_json(line, &seen->arena, &ev, &fault) != 0)
		fail_msg("%.*s\n%s", (int)line.n, line.p, fault.text);
	buf_reset(&seen->buf);
	assert_int_equal(event_to_json(&ev, &seen->buf), 0);
	assert_int_equal(event_from_json((struct str){ (char *)seen->buf.p, seen->buf.n },
				 &seen->arena, &again, &fault),
		0);
	assert_true(ev.retracted || event_sample_eq(&ev, &again));
	seen->n++;
	seen->of_kind[ev.kind]++;
	seen->retracted += ev.retracted;
}

static void test_every_example_is_an_event(void **state)
{
	struct seen seen = { 0 };

	(void)state;
	arena_init(&seen.arena, &mem_heap, 1 << 20);
	buf_init(&seen.buf, &mem_heap, 1 << 20);
	for_every_example(take_example, &seen);
	for (int k = 1; k < FACT_KIND_END; k++)
		if (seen.of_kind[k] == 0)
			fail_msg("no example of %s", fact_kind_name((enum fact_kind)k));
	assert_true(seen.retracted > 0);
	buf_fini(&seen.buf);
	arena_fini(&seen.arena);
}

/* The text from "### NAME" to the next heading. */
static struct str section(const char *name)
{
	char heading[64];
	const char *start, *end;

	(void)snprintf(heading, sizeof heading, "\n### %s\n", name);
	start = strstr(page, heading);
	if (start == NULL)
		fail_msg("no section %s", name);
	start += strlen(heading);
	end = strstr(start, "\n##");
	return (struct str){ start, (size_t)(end - start) };
}

static bool says(struct str text, const char *what)
{
	return memmem(text.p, text.n, what, strlen(what)) != NULL;
}

/* The row of a member in a section, up to its line's end. */
static struct str row_of(struct str text, const struct event_field *f)
{
	char start[64];
	const char *at;

	(void)snprintf(
		start, sizeof start, "\n| `%s` |", f->form == FIELD_AMOUNT ? "amount" : f->name);
	at = memmem(text.p, text.n, start, strlen(start));
	if (at == NULL)
		fail_msg("no row%s", start);
	return (struct str){ at + 1, strcspn(at + 1, "\n") };
}

static void check_names(struct str row, const struct enum_names *names)
{
	if (says(row, "as in `"))
		return; /* described where it points to */
	for (int v = names->first; v < names->end; v++) {
		char quoted[64];

		(void)snprintf(quoted, sizeof quoted, "`%s`", enum_name(names, v));
		if (!says(row, quoted))
			fail_msg("%s is not in the row %.*s", quoted, (int)row.n, row.p);
	}
}

static void test_every_member_and_name_is_described(void **state)
{
	(void)state;
	for (int k = 1; k < FACT_KIND_END; k++) {
		struct str text = section(fact_kind_name((enum fact_kind)k));
		size_t rows = 0;

		for (size_t i = 0; i + 4 < text.n; i++)
			rows += memcmp(text.p + i, "\n| `", 4) == 0;
		assert_int_equal(rows, fact_fields[k].n);
		for (size_t i = 0; i < fact_fields[k].n; i++) {
			const struct event_field *f = &fact_fields[k].fields[i];
			struct str row = row_of(text, f);

			if (f->names != NULL)
				check_names(row, f->names);
		}
	}
}

static void test_every_refusal_is_described(void **state)
{
	(void)state;
	for (int r = REFUSED_NOT + 1; r < REFUSAL_END; r++) {
		char row[256];

		(void)snprintf(row, sizeof row, "\n| `%s` | %s |\n", refusal_name((enum refusal)r),
			refusal_help((enum refusal)r));
		if (strstr(page, row) == NULL)
			fail_msg("no row%s", row);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_example_is_an_event),
		cmocka_unit_test(test_every_member_and_name_is_described),
		cmocka_unit_test(test_every_refusal_is_described),
	};

	return cmocka_run_group_tests(tests, read_page, free_page);
}
