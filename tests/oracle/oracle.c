#include "tests/oracle/oracle_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/oracle/oracle_view.h"

static const char *const edition_ids[ORACLE_EDITIONS] = { "fy23", "2023-06", "2023-12", "2026" };

const char *oracle_edition_id(enum oracle_edition e)
{
	return edition_ids[e];
}

bool oracle_edition_by_id(struct str id, enum oracle_edition *ret)
{
	for (int e = 0; e < ORACLE_EDITIONS; e++)
		if (oracle_same(id, str_from(edition_ids[e]))) {
			*ret = (enum oracle_edition)e;
			return true;
		}
	return false;
}

void *oracle_alloc(void *p, size_t bytes)
{
	void *q = realloc(p, bytes == 0 ? 1 : bytes);

	if (q == NULL) {
		fprintf(stderr, "oracle: out of memory\n");
		abort();
	}
	return q;
}

struct oracle *oracle_create(enum oracle_edition edition)
{
	struct oracle *o = oracle_alloc(NULL, sizeof *o);

	*o = (struct oracle){ .edition = edition, .day = DAY_NONE };
	return o;
}

void oracle_destroy(struct oracle *o)
{
	if (o == NULL)
		return;
	for (size_t i = 0; i < o->n; i++)
		free(o->all[i].texts);
	free(o->all);
	free(o->accounts);
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

/* ---- texts ------------------------------------------------------------------------------------------------------ */

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
	return a.n == b.n && oracle_text_cmp(a, b) == 0;
}

static char small(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool oracle_same_name(struct str a, struct str b)
{
	size_t i = 0;

	if (a.n != b.n)
		return false;
	while (i < a.n && small(a.p[i]) == small(b.p[i]))
		i++;
	return i == a.n;
}

bool oracle_names(const char *names, struct str text)
{
	const char *from = names;

	for (const char *at = names;; at++) {
		if (*at != '|' && *at != '\0')
			continue;
		if (oracle_same_name((struct str){ from, (size_t)(at - from) }, text))
			return true;
		if (*at == '\0')
			return false;
		from = at + 1;
	}
}

/* ---- versions and keys ------------------------------------------------------------------------------------------ */

int oracle_version_cmp(const struct event *a, const struct event *b)
{
	int c;

	if (a->recorded != b->recorded)
		return a->recorded < b->recorded ? -1 : 1;
	c = oracle_text_cmp(a->source, b->source);
	return c != 0 ? c : oracle_text_cmp(a->id, b->id);
}

static bool same_usage(const struct fact_usage *a, const struct fact_usage *b)
{
	return oracle_same(a->customer, b->customer) && oracle_same(a->product, b->product) &&
	       oracle_same(a->component, b->component) && a->month == b->month &&
	       a->association == b->association && a->measure == b->measure &&
	       a->offer == b->offer && a->duplicate == b->duplicate &&
	       oracle_same(a->level1, b->level1) && oracle_same(a->group2, b->group2) &&
	       oracle_same(a->group3, b->group3) && oracle_same(a->influencer, b->influencer) &&
	       oracle_same(a->compute_os, b->compute_os);
}

static bool same_association(const struct fact_association *a, const struct fact_association *b)
{
	return oracle_same(a->customer, b->customer) && a->kind == b->kind &&
	       oracle_same(a->workload, b->workload) &&
	       oracle_same(a->subscription, b->subscription);
}

static bool same_attestation(const struct fact_attestation *a, const struct fact_attestation *b)
{
	return a->kind == b->kind && oracle_same(a->scope, b->scope) &&
	       oracle_same(a->reference, b->reference);
}

/* The natural keys, as common/base/event.h gives them with each kind of fact. */
static bool same_key(const struct event *a, const struct event *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == FACT_ACCOUNT) /* whichever global account says it */
		return oracle_same(a->u.account.location, b->u.account.location);
	if (!oracle_same(a->subject, b->subject))
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
		return same_usage(&a->u.usage, &b->u.usage);
	case FACT_USAGE_REPORTED:
		return a->u.usage_reported.measure == b->u.usage_reported.measure &&
		       a->u.usage_reported.month == b->u.usage_reported.month;
	case FACT_ASSOCIATION:
		return same_association(&a->u.association, &b->u.association);
	case FACT_CUSTOMER:
		return oracle_same(a->u.customer.customer, b->u.customer.customer);
	case FACT_ATTESTATION:
		return same_attestation(&a->u.attestation, &b->u.attestation);
	case FACT_ENROLLMENT:
		return oracle_same(a->u.enrollment.area, b->u.enrollment.area);
	default:
		return false; /* days and editions have no versions here */
	}
}

const struct event *oracle_standing(const struct oracle *o, size_t i)
{
	const struct kept *k = &o->all[i];

	return k->superseded || k->ev.retracted ? NULL : &k->ev;
}

/* ---- copies ----------------------------------------------------------------------------------------------------- */

#define SLICES_MAX 12

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
		out[n++] = &ev->u.usage.level1;
		out[n++] = &ev->u.usage.group2;
		out[n++] = &ev->u.usage.group3;
		out[n++] = &ev->u.usage.influencer;
		out[n++] = &ev->u.usage.compute_os;
		break;
	case FACT_ASSOCIATION:
		out[n++] = &ev->u.association.customer;
		out[n++] = &ev->u.association.workload;
		out[n++] = &ev->u.association.subscription;
		break;
	case FACT_CUSTOMER:
		out[n++] = &ev->u.customer.customer;
		out[n++] = &ev->u.customer.segment;
		break;
	case FACT_ATTESTATION:
		out[n++] = &ev->u.attestation.scope;
		out[n++] = &ev->u.attestation.reference;
		break;
	case FACT_ACCOUNT:
		out[n++] = &ev->u.account.location;
		break;
	case FACT_ENROLLMENT:
		out[n++] = &ev->u.enrollment.area;
		out[n++] = &ev->u.enrollment.track;
		break;
	default:
		break;
	}
	return n;
}

static struct kept copy(const struct event *ev)
{
	struct kept k = { .ev = *ev };
	struct str *slices[SLICES_MAX];
	size_t n = slices_of(&k.ev, slices), bytes = 1, at = 0;

	for (size_t i = 0; i < n; i++)
		bytes += slices[i]->n;
	k.texts = oracle_alloc(NULL, bytes);
	for (size_t i = 0; i < n; i++) {
		if (slices[i]->n > 0)
			memcpy(k.texts + at, slices[i]->p, slices[i]->n);
		slices[i]->p = k.texts + at;
		at += slices[i]->n;
	}
	k.cert = oracle_certificate_of(&k.ev);
	return k;
}

/* ---- the list --------------------------------------------------------------------------------------------------- */

/* Facts that say something of a partner. */
static bool counts(const struct event *ev)
{
	return ev->kind != FACT_DAY && ev->kind != FACT_EDITION;
}

static void note_partner(struct oracle *o, struct str partner)
{
	for (size_t i = 0; i < o->n_partners; i++)
		if (oracle_same(o->partners[i], partner))
			return;
	if (o->n_partners == o->cap_partners) {
		o->cap_partners = o->cap_partners * 2 + 8;
		o->partners = oracle_alloc(o->partners, o->cap_partners * sizeof *o->partners);
	}
	o->partners[o->n_partners++] = partner;
}

static void note_account(struct oracle *o, size_t i)
{
	if (o->n_accounts == o->cap_accounts) {
		o->cap_accounts = o->cap_accounts * 2 + 8;
		o->accounts = oracle_alloc(o->accounts, o->cap_accounts * sizeof *o->accounts);
	}
	o->accounts[o->n_accounts++] = i;
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
		o->all = oracle_alloc(o->all, o->cap * sizeof *o->all);
	}
	if (ev->kind == FACT_ACCOUNT)
		note_account(o, o->n);
	o->all[o->n++] = k;
	if (counts(ev))
		note_partner(o, k.ev.subject);
}

/* ---- partners --------------------------------------------------------------------------------------------------- */

size_t oracle_partner_count(const struct oracle *o)
{
	size_t n = 0;

	for (size_t i = 0; i < o->n_partners; i++)
		n += oracle_same(oracle_owner(o, o->partners[i]), o->partners[i]);
	return n;
}

struct str oracle_partner(const struct oracle *o, size_t i)
{
	for (size_t k = 0; k < o->n_partners; k++)
		if (oracle_same(oracle_owner(o, o->partners[k]), o->partners[k]) && i-- == 0)
			return o->partners[k];
	return (struct str){ NULL, 0 };
}
