#include "services/cli/dry_run.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/base/event_fields.h"
#include "common/wire/event_json.h"
#include "services/cli/files.h"
#include "services/cli/json_values.h"
#include "services/imports/fact_bytes.h"

#define JSON_MAX ((size_t)1024 * 1024)

void dry_run_init(struct dry_run *d, bool json)
{
	memset(d, 0, sizeof *d);
	d->json = json;
	if (json)
		d->list = json_array();
}

void dry_run_fini(struct dry_run *d)
{
	json_decref(d->list);
	d->list = NULL;
}

/* ---- as text ---------------------------------------------------------------------------------------------- */

static void print_field(const struct event *ev, const struct event_field *f)
{
	char text[MONTH_TEXT > DAY_TEXT ? MONTH_TEXT : DAY_TEXT];
	int64_t n;
	struct str s;

	if (f->form == FIELD_TEXT || f->form == FIELD_LINES) {
		s = event_field_text(ev, f);
		if (s.n > 0)
			printf(" %s '" STR_FMT "'", f->name, STR_ARG(s));
		return;
	}
	n = event_field_number(ev, f);
	if (f->form == FIELD_MONTH)
		printf(" %s", month_format((month_no)n, text));
	else if (f->form == FIELD_DAY && n != DAY_NONE)
		printf(" %s %s", f->name, day_format((day_no)n, text));
	else if (f->form == FIELD_AMOUNT)
		printf(" amount %" PRId64 ".%06" PRId64, n / 1000000, (n < 0 ? -n : n) % 1000000);
	else if (f->form == FIELD_ENUM && enum_name(f->names, (int)n) != NULL)
		printf(" %s", enum_name(f->names, (int)n));
}

static void print_fields(const struct event *ev, bool key)
{
	const struct fact_fields *fact = &fact_fields[ev->kind];

	for (size_t i = 0; i < event_fields_given(ev); i++)
		if (fact->fields[i].key == key)
			print_field(ev, &fact->fields[i]);
}

static void print_change(const struct change *c)
{
	static const char marks[CHANGE_KINDS] = { '+', '*', '-', '=' };

	printf("    %c " STR_FMT " %s", marks[c->kind], STR_ARG(c->ev->subject),
		fact_kind_name(c->ev->kind));
	print_fields(c->ev, true);
	if (c->kind != CHANGE_RETRACTED)
		print_fields(c->ev, false);
	if (c->before != NULL) {
		fputs("  (was", stdout);
		print_fields(c->before, false);
		putchar(')');
	}
	putchar('\n');
}

static month_no month_of(const struct event *ev)
{
	return ev->kind == FACT_USAGE		 ? ev->u.usage.month
	       : ev->kind == FACT_USAGE_REPORTED ? ev->u.usage_reported.month
						 : MONTH_NONE;
}

static bool is_same(const struct dry_scope *s, const struct event *ev)
{
	return s->month == month_of(ev) && str_eq(str_from(s->partner), ev->subject);
}

/* Changes come by kind of fact, so a scope may come again: it is looked for among those that are shown. */
static void count(struct dry_run *d, const struct change *c)
{
	size_t n = d->n_scopes < DRY_RUN_SHOWN ? (size_t)d->n_scopes : DRY_RUN_SHOWN;
	struct dry_scope *s = NULL;

	for (size_t i = 0; i < n && s == NULL; i++)
		if (is_same(&d->scopes[i], c->ev))
			s = &d->scopes[i];
	if (s == NULL && is_same(&d->last, c->ev))
		s = &d->last;
	if (s == NULL) {
		s = n < DRY_RUN_SHOWN ? &d->scopes[n] : &d->last;
		memset(s, 0, sizeof *s);
		(void)snprintf(s->partner, sizeof s->partner, STR_FMT, STR_ARG(c->ev->subject));
		s->month = month_of(c->ev);
		d->n_scopes++;
	}
	s->counts[c->kind]++;
}

static void print_scope(const struct dry_scope *s)
{
	char month[MONTH_TEXT];
	const char *comma = "";

	printf("  partner %s%s%s: ", s->partner, s->month == MONTH_NONE ? "" : ", ",
		s->month == MONTH_NONE ? "" : month_format(s->month, month));
	for (int k = 0; k < CHANGE_KINDS; k++) {
		if (s->counts[k] == 0)
			continue;
		printf("%s%" PRIu64 " %s", comma, s->counts[k],
			change_kind_name((enum change_kind)k));
		comma = ", ";
	}
	putchar('\n');
}

/* ---- as JSON ---------------------------------------------------------------------------------------------- */

static json_t *event_json(const struct event *ev)
{
	struct buf text;
	json_t *j = NULL;

	buf_init(&text, &mem_heap, JSON_MAX);
	if (event_to_json(ev, &text) == 0)
		j = json_loadb((const char *)text.p, text.n, 0, NULL);
	buf_fini(&text);
	return j;
}

/* The data of what was said before; null where nothing was. */
static json_t *before_json(const struct change *c)
{
	struct event was;
	json_t *whole, *data;

	if (c->before == NULL)
		return json_null();
	was = *c->before;
	was.id = c->ev->id;
	was.source = c->ev->source;
	was.recorded = c->ev->recorded;
	whole = event_json(&was);
	data = json_incref(json_object_get(whole, "data"));
	json_decref(whole);
	return data;
}

static int add_json(struct dry_run *d, const struct change *c)
{
	json_add(&d->list, json_pack("{s:s, s:o, s:o}", "change", change_kind_name(c->kind),
				   "event", event_json(c->ev), "before", before_json(c)));
	return d->list == NULL ? ERR_NOMEM : 0;
}

/* ---- both ------------------------------------------------------------------------------------------------- */

int dry_run_change(struct dry_run *d, const struct change *c)
{
	if (d->json)
		return add_json(d, c);
	count(d, c);
	if (d->n_changes == 0)
		puts("would change (+ new, * changed, - retracted, = sent again):");
	if (d->n_changes++ < DRY_RUN_SHOWN)
		print_change(c);
	return 0;
}

void dry_run_end_file(struct dry_run *d)
{
	uint64_t shown = d->n_scopes < DRY_RUN_SHOWN ? d->n_scopes : DRY_RUN_SHOWN;

	if (d->n_changes > DRY_RUN_SHOWN)
		printf("    %" PRIu64 " changes in all; --json shows every one\n", d->n_changes);
	for (uint64_t i = 0; i < shown; i++)
		print_scope(&d->scopes[i]);
	if (d->n_scopes > shown)
		printf("  and %" PRIu64 " more months or partners\n", d->n_scopes - shown);
	d->n_changes = d->n_scopes = 0;
	memset(&d->last, 0, sizeof d->last);
}

json_t *dry_run_take(struct dry_run *d)
{
	json_t *list = d->list;

	d->list = NULL;
	return list;
}
