#include "tests/oracle/oracle_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *enlarge(void *p, size_t bytes)
{
	void *q = realloc(p, bytes);

	if (q == NULL) {
		fprintf(stderr, "oracle: out of memory\n");
		abort();
	}
	return q;
}

struct oracle *oracle_create(void)
{
	struct oracle *o = enlarge(NULL, sizeof *o);

	*o = (struct oracle){ .day = DAY_NONE };
	return o;
}

void oracle_destroy(struct oracle *o)
{
	if (o == NULL)
		return;
	for (size_t i = 0; i < o->n; i++)
		free(o->all[i].texts);
	free(o->all);
	free(o->partners);
	free(o);
}

void oracle_set_complete(struct oracle *o, bool complete)
{
	o->complete = complete;
}

day_no oracle_day(const struct oracle *o)
{
	return o->day;
}

int oracle_text_cmp(struct str a, struct str b)
{
	size_t i = 0;

	while (i < a.n && i < b.n && a.p[i] == b.p[i])
		i++;
	if (i == a.n || i == b.n)
		return a.n < b.n ? -1 : a.n > b.n;
	return (unsigned char)a.p[i] < (unsigned char)b.p[i] ? -1 : 1;
}

bool oracle_same(struct str a, struct str b)
{
	return oracle_text_cmp(a, b) == 0;
}

int oracle_version_cmp(const struct event *a, const struct event *b)
{
	int c;

	if (a->recorded != b->recorded)
		return a->recorded < b->recorded ? -1 : 1;
	c = oracle_text_cmp(a->source, b->source);
	return c != 0 ? c : oracle_text_cmp(a->id, b->id);
}

/* The natural keys, as common/base/event.h gives them with each kind of fact. */
static bool same_key(const struct event *a, const struct event *b)
{
	if (a->kind != b->kind || !oracle_same(a->subject, b->subject))
		return false;
	switch (a->kind) {
	case FACT_CERTIFICATION:
		return oracle_same(a->u.certification.person, b->u.certification.person) &&
		       oracle_same(a->u.certification.certificate, b->u.certification.certificate);
	case FACT_ASSESSMENT:
		return oracle_same(a->u.assessment.person, b->u.assessment.person) &&
		       oracle_same(a->u.assessment.assessment, b->u.assessment.assessment);
	case FACT_PERSON_LINK:
		return oracle_same(a->u.person_link.person, b->u.person_link.person);
	case FACT_USAGE:
		return oracle_same(a->u.usage.customer, b->u.usage.customer) &&
		       oracle_same(a->u.usage.product, b->u.usage.product) &&
		       oracle_same(a->u.usage.component, b->u.usage.component) &&
		       a->u.usage.month == b->u.usage.month &&
		       a->u.usage.association == b->u.usage.association &&
		       a->u.usage.measure == b->u.usage.measure &&
		       a->u.usage.offer == b->u.usage.offer &&
		       a->u.usage.duplicate == b->u.usage.duplicate;
	case FACT_USAGE_REPORTED:
		return a->u.usage_reported.measure == b->u.usage_reported.measure &&
		       a->u.usage_reported.month == b->u.usage_reported.month;
	default:
		return false; /* nothing in this edition depends on it */
	}
}

const struct event *oracle_standing(const struct oracle *o, size_t i)
{
	const struct kept *k = &o->all[i];

	return k->superseded || k->ev.retracted ? NULL : &k->ev;
}

/* ---- copies ----------------------------------------------------------------------------------------------------- */

static size_t slices_of(struct event *ev, struct str **out)
{
	size_t n = 0;

	out[n++] = &ev->id;
	out[n++] = &ev->source;
	out[n++] = &ev->subject;
	switch (ev->kind) {
	case FACT_CERTIFICATION:
		out[n++] = &ev->u.certification.person;
		out[n++] = &ev->u.certification.certificate;
		break;
	case FACT_ASSESSMENT:
		out[n++] = &ev->u.assessment.person;
		out[n++] = &ev->u.assessment.assessment;
		break;
	case FACT_PERSON_LINK:
		out[n++] = &ev->u.person_link.person;
		break;
	case FACT_USAGE:
		out[n++] = &ev->u.usage.customer;
		out[n++] = &ev->u.usage.product;
		out[n++] = &ev->u.usage.component;
		break;
	default:
		break;
	}
	return n;
}

static struct kept copy(const struct event *ev)
{
	struct kept k = { .ev = *ev };
	struct str *slices[8];
	size_t n = slices_of(&k.ev, slices), bytes = 1, at = 0;

	for (size_t i = 0; i < n; i++)
		bytes += slices[i]->n;
	k.texts = enlarge(NULL, bytes);
	for (size_t i = 0; i < n; i++) {
		if (slices[i]->n > 0)
			memcpy(k.texts + at, slices[i]->p, slices[i]->n);
		slices[i]->p = k.texts + at;
		at += slices[i]->n;
	}
	return k;
}

/* Facts that say something of a partner's score in this edition. */
static bool counts(const struct event *ev)
{
	switch (ev->kind) {
	case FACT_CERTIFICATION:
	case FACT_ASSESSMENT:
	case FACT_PERSON_LINK:
		return true;
	case FACT_USAGE:
		return ev->u.usage.measure == MEASURE_ACR;
	case FACT_USAGE_REPORTED:
		return ev->u.usage_reported.measure == MEASURE_ACR;
	default:
		return false;
	}
}

static void note_partner(struct oracle *o, struct str partner)
{
	for (size_t i = 0; i < o->n_partners; i++)
		if (oracle_same(o->partners[i], partner))
			return;
	if (o->n_partners == o->cap_partners) {
		o->cap_partners = o->cap_partners * 2 + 8;
		o->partners = enlarge(o->partners, o->cap_partners * sizeof *o->partners);
	}
	o->partners[o->n_partners++] = partner;
}

void oracle_add(struct oracle *o, const struct event *ev)
{
	struct kept k = copy(ev);

	if (ev->kind == FACT_DAY && ev->u.day.day > o->day)
		o->day = ev->u.day.day;
	for (size_t i = 0; i < o->n; i++) {
		if (!same_key(&o->all[i].ev, ev))
			continue;
		if (oracle_version_cmp(&o->all[i].ev, ev) < 0)
			o->all[i].superseded = true;
		else
			k.superseded = true; /* also a repeat of what is there */
	}
	if (o->n == o->cap) {
		o->cap = o->cap * 2 + 64;
		o->all = enlarge(o->all, o->cap * sizeof *o->all);
	}
	o->all[o->n++] = k;
	if (counts(ev))
		note_partner(o, k.ev.subject);
}

size_t oracle_partner_count(const struct oracle *o)
{
	return o->n_partners;
}

struct str oracle_partner(const struct oracle *o, size_t i)
{
	return o->partners[i];
}
