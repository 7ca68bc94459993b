#include "services/imports/held.h"

#include <stdio.h>
#include <stdlib.h>

#include "services/imports/account_groups.h"
#include "services/imports/event_name.h"
#include "services/imports/fact_bytes.h"
#include "services/imports/gather_internal.h"

#define FED "*fed" /* in place of a report's id */

struct word {
	char partner[EVENT_PARTNER_MAX + 1];
	const char *report; /* its id */
	month_no month;
	enum measure measure;
	event_ms recorded;
};

struct held {
	const struct alloc *a;
	struct word *words;
	size_t n, cap;
	/* Those that were not said, by the first of them. */
	struct word missing;
	char missing_report[LEDGER_REPORT_MAX + 1];
	size_t n_missing;
};

int held_create(const struct alloc *a, struct held **ret_h)
{
	struct held *h = mem_zalloc(a, sizeof *h);

	if (h == NULL)
		return ERR_NOMEM;
	h->a = a;
	*ret_h = h;
	return 0;
}

void held_destroy(struct held *h)
{
	if (h == NULL)
		return;
	mem_free(h->a, h->words, h->cap * sizeof *h->words);
	mem_free(h->a, h, sizeof *h);
}

int held_add(struct held *h, const char *report, struct str partner, enum measure m, month_no month,
	event_ms recorded)
{
	struct word w = { .report = report, .month = month, .measure = m, .recorded = recorded };
	int rc = mem_grow(h->a, (void **)&h->words, &h->cap, h->n + 1, HELD_MAX, sizeof *h->words);

	if (rc != 0)
		return rc;
	(void)snprintf(w.partner, sizeof w.partner, STR_FMT, STR_ARG(partner));
	h->words[h->n++] = w;
	return 0;
}

/* ---- who told of what ------------------------------------------------------------------------------------- */

/* What the records of a partner's month and measure begin with. */
static void fed_prefix(struct str partner, month_no month, enum measure m, struct ledger_key *ret)
{
	ledger_make_key(FED, partner, month, (unsigned)m, (struct span){ NULL, 0 }, ret);
}

void held_fed_key(const char *report, struct str partner, month_no month, enum measure m,
	struct ledger_key *ret)
{
	ledger_make_key(
		FED, partner, month, (unsigned)m, (struct span){ report, strlen(report) }, ret);
}

/* Where it is looked up. */
struct asking {
	struct ledger *ledger; /* NULL: nothing was imported before */
	struct account_groups *groups;
};

/* The reports that told of a month: their ids, one behind the other. */
struct feeders {
	char ids[32][LEDGER_REPORT_MAX + 1];
	size_t n;
};

static bool has_feeder(const struct feeders *f, const char *id)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->ids[i], id) == 0)
			return true;
	return false;
}

static void add_feeder(struct feeders *f, struct span id)
{
	char text[LEDGER_REPORT_MAX + 1];

	(void)snprintf(text, sizeof text, "%.*s", (int)id.n, (const char *)id.p);
	if (!has_feeder(f, text) && f->n < sizeof f->ids / sizeof *f->ids)
		memcpy(f->ids[f->n++], text, sizeof text);
}

static int add_feeders(struct ledger *l, struct str account, month_no month, enum measure m,
	struct feeders *ret, struct err *e)
{
	struct ledger_key prefix;
	struct span rest, value;
	int rc;

	fed_prefix(account, month, m, &prefix);
	rc = ledger_walk(l, &prefix, e);
	while (rc == 0) {
		rc = ledger_walk_next(l, &rest, &value, e);
		if (rc == 0)
			add_feeder(ret, rest);
	}
	return rc == ERR_NOTFOUND ? 0 : rc;
}

/* Of the partner's account and of all that belong together with it. */
static int find_feeders(const struct asking *q, const struct word *w, month_no month,
	struct feeders *ret, struct err *e)
{
	struct account_cursor c = { 0 };
	struct str account;
	int rc = 0;

	ret->n = 0;
	while (rc == 0 && account_groups_next(q->groups, str_from(w->partner), &c, &account))
		rc = add_feeders(q->ledger, account, month, w->measure, ret, e);
	return rc;
}

/* *ret_missing: the report that told of the month before and not of this one; NULL: none. Valid while `before` is. */
static int find_missing(const struct asking *q, const struct word *w, struct feeders *before,
	const char **ret_missing, struct err *e)
{
	struct feeders now;
	int rc = find_feeders(q, w, w->month - 1, before, e);

	if (rc == 0)
		rc = find_feeders(q, w, w->month, &now, e);
	*ret_missing = NULL;
	for (size_t i = 0; rc == 0 && i < before->n && *ret_missing == NULL; i++)
		if (strcmp(before->ids[i], w->report) != 0 && !has_feeder(&now, before->ids[i]))
			*ret_missing = before->ids[i];
	return rc;
}

/* ---- saying ----------------------------------------------------------------------------------------------- */

static int compare_words(const void *pa, const void *pb)
{
	const struct word *a = pa, *b = pb;
	int c = (a->month < b->month) - (a->month > b->month);

	if (c == 0)
		c = strcmp(a->partner, b->partner);
	if (c == 0)
		c = (a->measure > b->measure) - (a->measure < b->measure);
	return c != 0 ? c : strcmp(a->report, b->report);
}

static int say(struct reading *r, const struct word *w)
{
	const struct reading_changes *to = r->options->changes;
	unsigned char key[FACT_KEY_MAX], bytes[FACT_BYTES_MAX], value[LEDGER_VALUE_MAX];
	struct event ev = { .kind = FACT_USAGE_REPORTED, .recorded = w->recorded };
	struct ledger_entry x = { .pending = true, .recorded = w->recorded };
	struct change c = { .kind = CHANGE_NEW, .ev = &ev };
	char id[EVENT_NAME_TEXT], source[64];
	struct ledger_key k;

	(void)snprintf(source, sizeof source, "urn:capscore:import:%s", w->report);
	ev.source = str_from(source);
	ev.subject = str_from(w->partner);
	ev.time = (event_ms)month_first_day(w->month + 1) * MS_PER_DAY;
	ev.u.usage_reported.measure = w->measure;
	ev.u.usage_reported.month = w->month;
	ev.id = str_from(event_name(&ev, id));
	if (fact_pack(&ev, bytes, &x.fact.n) != 0)
		return ERR_CORRUPT;
	x.fact.p = bytes;
	ledger_make_key(w->report, ev.subject, w->month, PHASE_COMPLETE,
		(struct span){ key, fact_key(&ev, key) }, &k);
	c.key = (struct span){ k.p, k.n };
	c.value = (struct span){ value, ledger_entry_encode(&x, value) };
	return to->on_change(to->ctx, &c);
}

static void note_missing(const struct held *h, struct reading *r)
{
	char month[MONTH_TEXT];

	if (h->n_missing == 0)
		return;
	reading_note(r,
		"usage (%s) of %s of partner %s%s is not called complete: %s told of the month before and has not been "
		"imported for this one; scores stay on the last complete month",
		measure_name(h->missing.measure), month_format(h->missing.month, month),
		h->missing.partner, h->n_missing > 1 ? " and of others" : "", h->missing_report);
}

static int say_or_note(struct held *h, struct reading *r, const struct asking *q,
	const struct word *w, struct err *e)
{
	struct feeders before;
	const char *missing = NULL;
	int rc = q->groups == NULL ? 0 : find_missing(q, w, &before, &missing, e);

	if (rc != 0)
		return rc;
	if (missing == NULL)
		return say(r, w);
	if (h->n_missing++ == 0) {
		h->missing = *w;
		(void)snprintf(h->missing_report, sizeof h->missing_report, "%s", missing);
	}
	return 0;
}

int held_say(struct held *h, struct reading *r, struct err *e)
{
	struct asking q = { .ledger = r->options->changes->ledger };
	int rc = 0;

	if (h->n > 0 && q.ledger != NULL && !r->options->complete)
		rc = account_groups_load(h->a, q.ledger, &q.groups, e);
	if (h->n > 1)
		qsort(h->words, h->n, sizeof *h->words, compare_words);
	h->n_missing = 0;
	for (size_t i = 0; rc == 0 && i < h->n; i++)
		rc = say_or_note(h, r, &q, &h->words[i], e);
	h->n = 0;
	account_groups_destroy(q.groups);
	note_missing(h, r);
	return rc;
}

int held_begin(
	struct reading *r, const char *report, struct str partner, enum measure m, struct err *e)
{
	struct word w = {
		.report = report, .month = MONTH_MIN, .measure = m, .recorded = r->recorded
	};
	struct event ev = { .kind = FACT_USAGE_REPORTED };
	unsigned char key[FACT_KEY_MAX];
	struct ledger_entry before;
	struct ledger_key k;
	struct span stored;
	int rc;

	(void)snprintf(w.partner, sizeof w.partner, STR_FMT, STR_ARG(partner));
	ev.u.usage_reported.measure = m;
	ev.u.usage_reported.month = MONTH_MIN;
	ledger_make_key(report, partner, MONTH_MIN, PHASE_COMPLETE,
		(struct span){ key, fact_key(&ev, key) }, &k);
	rc = ledger_get(r->options->changes->ledger, &k, &stored, e);
	if (rc == ERR_NOTFOUND)
		return say(r, &w);
	if (rc == 0)
		rc = ledger_entry_decode(stored, &before);
	if (rc != 0 || (!before.pending && !r->options->fresh))
		return rc;
	w.recorded = before.recorded;
	return say(r, &w);
}
