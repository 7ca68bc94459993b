#include "services/imports/event_name.h"

#include <assert.h>
#include <stdio.h>

#include "common/base/hash.h"
#include "services/imports/fact_bytes.h"

/* The bytes that are hashed: numbers in eight bytes, little-endian; texts with their length in front. An event of
 * these kinds has at most ten texts. */
struct name_bytes {
	unsigned char p[EVENT_SOURCE_MAX + EVENT_PARTNER_MAX + 8 * EVENT_NAME_MAX + 32 * 8];
	size_t n;
};

static void add_number(struct name_bytes *b, int64_t v)
{
	assert(b->n + 8 <= sizeof b->p);
	for (int i = 0; i < 8; i++)
		b->p[b->n++] = (unsigned char)((uint64_t)v >> (8 * i));
}

static void add_text(struct name_bytes *b, struct str s)
{
	size_t room = sizeof b->p - b->n - 8;
	/* Longer texts are refused when the event is validated; their hash only has to exist. */
	size_t n = s.n < room ? s.n : room;

	n = n > EVENT_NAME_MAX ? EVENT_NAME_MAX : n;
	add_number(b, (int64_t)s.n);
	if (n > 0)
		memcpy(b->p + b->n, s.p, n);
	b->n += n;
}

/* Where none is given nothing is added, so that such a fact is called what it was called before there were these. It
 * stays unambiguous: they are the last. */
static void add_finer(struct name_bytes *b, const struct fact_usage *u)
{
	const struct str texts[] = { u->level1, u->group2, u->group3, u->influencer,
		u->compute_os };
	size_t given = 0;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		given += texts[i].n;
	for (size_t i = 0; given > 0 && i < sizeof texts / sizeof *texts; i++)
		add_text(b, texts[i]);
}

static void add_usage(struct name_bytes *b, const struct fact_usage *u)
{
	add_text(b, u->customer);
	add_text(b, u->product);
	add_text(b, u->component);
	add_number(b, u->month);
	add_number(b, u->association);
	add_number(b, u->measure);
	add_number(b, u->offer);
	add_number(b, u->duplicate);
	add_number(b, u->amount_micro);
	add_finer(b, u);
}

static void add_certification(struct name_bytes *b, const struct fact_certification *c)
{
	add_text(b, c->person);
	add_text(b, c->certificate);
	add_number(b, c->state);
	add_number(b, c->earned_on);
	add_number(b, c->expires_on);
	add_number(b, c->ended_on);
}

/* The kinds that were there before the table keep their own order of bytes above, so that ids stay what they were. */
static void add_by_table(struct name_bytes *b, const struct event *ev)
{
	const struct fact_fields *fact = &fact_fields[ev->kind];

	for (size_t i = 0; i < fact->n; i++) {
		const struct event_field *f = &fact->fields[i];

		if (f->form == FIELD_TEXT || f->form == FIELD_LINES)
			add_text(b, event_field_text(ev, f));
		else
			add_number(b, event_field_number(ev, f));
	}
}

static void add_fact(struct name_bytes *b, const struct event *ev)
{
	switch (ev->kind) {
	case FACT_USAGE:
		add_usage(b, &ev->u.usage);
		break;
	case FACT_USAGE_REPORTED:
		add_number(b, ev->u.usage_reported.measure);
		add_number(b, ev->u.usage_reported.month);
		break;
	case FACT_CERTIFICATION:
		add_certification(b, &ev->u.certification);
		break;
	case FACT_CUSTOMER:
		add_text(b, ev->u.customer.customer);
		add_text(b, ev->u.customer.segment);
		break;
	default:
		add_by_table(b, ev);
	}
}

const char *event_name(const struct event *ev, char *buf)
{
	struct name_bytes b = { .n = 0 };
	struct hash128 h;

	add_text(&b, ev->source);
	add_text(&b, ev->subject);
	add_number(&b, ev->kind);
	add_number(&b, ev->retracted);
	add_number(&b, ev->recorded);
	add_fact(&b, ev);
	h = hash128_bytes(b.p, b.n, 0);
	h.high = (h.high & ~0xF000ULL) | 0x8000ULL; /* version 8: by rules of our own */
	h.low = (h.low & 0x3FFFFFFFFFFFFFFFULL) |
		0x8000000000000000ULL; /* the variant of RFC 9562 */
	(void)snprintf(buf, EVENT_NAME_TEXT, "%08x-%04x-%04x-%04x-%012llx",
		(unsigned)(h.high >> 32), (unsigned)(h.high >> 16) & 0xFFFFu,
		(unsigned)h.high & 0xFFFFu, (unsigned)(h.low >> 48),
		(unsigned long long)h.low & 0xFFFFFFFFFFFFULL);
	return buf;
}
