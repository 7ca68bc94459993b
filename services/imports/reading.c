#include "services/imports/reading.h"

#include <stdarg.h>
#include <stdio.h>

#include "services/imports/input.h"

#define PROGRESS_ROWS 1024 /* between two looks at the clock */

void tally_add(struct tally *t, const char *reason, uint64_t count)
{
	t->total += count;
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->items[i].reason, reason) == 0) {
			t->items[i].count += count;
			return;
		}
	if (t->n < TALLY_MAX) {
		t->items[t->n].reason = reason;
		t->items[t->n++].count = count;
	}
}

void tally_merge(struct tally *t, const struct tally *from)
{
	for (size_t i = 0; i < from->n; i++)
		tally_add(t, from->items[i].reason, from->items[i].count);
}

uint64_t tally_of(const struct tally *t, const char *reason)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->items[i].reason, reason) == 0)
			return t->items[i].count;
	return 0;
}

void reading_refuse(struct reading *r, struct place at, const char *reason, const char *fmt, ...)
{
	struct fault f = { .file = r->file,
		.at = at,
		.reason = reason,
		.record = r->record,
		.form = r->form,
		.letter = r->letter };
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(f.text, sizeof f.text, fmt, ap);
	va_end(ap);
	tally_add(&r->refused, reason, 1);
	r->handler->on_fault(r->handler->ctx, &f);
}

void reading_note(struct reading *r, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	r->handler->on_note(r->handler->ctx, r->file, text);
}

bool reading_accepts(struct reading *r, const struct event *ev, struct place at)
{
	struct refusal_detail detail = { "" };
	enum refusal why = event_validate(ev, &detail);

	if (why != REFUSED_NOT)
		reading_refuse(r, at, refusal_name(why), "%s", detail.text);
	return why == REFUSED_NOT;
}

int reading_emit(struct reading *r, const struct event *ev, struct place at)
{
	if (!reading_accepts(r, ev, at))
		return 0;
	r->facts[ev->kind]++;
	r->n_facts++;
	r->stop = r->handler->on_event(r->handler->ctx, ev, at);
	return r->stop;
}

int reading_change(struct reading *r, const struct change *c)
{
	if (!reading_accepts(r, c->ev, c->at))
		return 0;
	r->changes[c->kind]++;
	r->stop = r->options->changes->on_change(r->options->changes->ctx, c);
	return r->stop;
}

int reading_check(struct reading *r)
{
	const struct reading_options *o = r->options;

	if (r->stop != 0)
		return r->stop;
	if (r->n_facts > 0 && r->n_facts % PROGRESS_ROWS == 0 && o->on_progress != NULL)
		o->on_progress(o->progress_ctx, r, 0, 0);
	if (r->options->interrupted != NULL && *r->options->interrupted != 0)
		r->stop = ERR_CLOSED;
	else if (r->options->strict && r->refused.total > 0)
		r->stop = ERR_INVALID;
	return r->stop;
}

void reading_progress(const struct reading *r, const struct input *in)
{
	const struct reading_options *o = r->options;

	if (o->on_progress != NULL && r->records % PROGRESS_ROWS == 0)
		o->on_progress(o->progress_ctx, r, in->taken - in->n, in->size);
}
