#include "tests/support/facts.h"

#include <assert.h>
#include <stdio.h>

#define IDS 65536

static char ids[IDS][12];
static unsigned made;

day_no day(const char *text)
{
	day_no d = DAY_NONE;
	int rc = strcmp(text, "-") == 0 ? 0 : day_parse(str_from(text), &d);

	assert(rc == 0);
	return d;
}

month_no month(const char *text)
{
	month_no m = MONTH_NONE;
	int rc = month_parse(str_from(text), &m);

	assert(rc == 0);
	return m;
}

void facts_restart(void)
{
	made = 0;
}

event_ms recorded_at(unsigned second)
{
	return (event_ms)19500 * MS_PER_DAY + (event_ms)second * 1000;
}

static struct event make(enum fact_kind kind, const char *partner)
{
	unsigned n = made++;
	char *id = ids[n % IDS];

	(void)snprintf(id, sizeof ids[0], "e%u", n);
	return (struct event){ .id = str_from(id),
		.source = STR("//test"),
		.subject = str_from(partner),
		.time = recorded_at(n),
		.recorded = recorded_at(n),
		.kind = kind };
}

struct event on_day(const char *when)
{
	struct event ev = make(FACT_DAY, "");

	ev.u.day.day = day(when);
	return ev;
}

struct event usage(const char *partner, const char *customer, const char *product, const char *when,
	int64_t amount)
{
	struct event ev = make(FACT_USAGE, partner);

	ev.u.usage = (struct fact_usage){ .customer = str_from(customer),
		.product = str_from(product),
		.component = STR(""),
		.month = month(when),
		.association = ASSOC_PAL,
		.measure = MEASURE_ACR,
		.offer = OFFER_PAID,
		.amount_micro = amount };
	return ev;
}

struct event reported(const char *partner, const char *when)
{
	struct event ev = make(FACT_USAGE_REPORTED, partner);

	ev.u.usage_reported = (struct fact_usage_reported){ MEASURE_ACR, month(when) };
	return ev;
}

struct event cert_span(const char *partner, const char *person, const char *certificate,
	const char *earned, const char *expires)
{
	struct event ev = make(FACT_CERTIFICATION, partner);

	ev.u.certification = (struct fact_certification){ .person = str_from(person),
		.certificate = str_from(certificate),
		.state = CERT_EARNED,
		.earned_on = day(earned),
		.expires_on = day(expires),
		.ended_on = DAY_NONE };
	return ev;
}

struct event cert(const char *partner, const char *person, const char *certificate)
{
	return cert_span(partner, person, certificate, "2021-06-30", "-");
}

struct event revoked(
	const char *partner, const char *person, const char *certificate, const char *ended)
{
	struct event ev = cert_span(partner, person, certificate, "-", "-");

	ev.u.certification.state = CERT_REVOKED;
	ev.u.certification.ended_on = day(ended);
	return ev;
}

struct event assessment(
	const char *partner, const char *person, const char *name, const char *passed)
{
	struct event ev = make(FACT_ASSESSMENT, partner);

	ev.u.assessment =
		(struct fact_assessment){ str_from(person), str_from(name), day(passed), DAY_NONE };
	return ev;
}

struct event person_link(const char *partner, const char *person, bool is_linked)
{
	struct event ev = make(FACT_PERSON_LINK, partner);

	ev.u.person_link = (struct fact_person_link){ str_from(person), is_linked, DAY_NONE };
	return ev;
}

struct event retraction(struct event ev)
{
	struct event r = make(ev.kind, "");

	ev.id = r.id;
	ev.recorded = r.recorded;
	ev.retracted = true;
	return ev;
}

struct event later(struct event ev, unsigned second, const char *id)
{
	ev.recorded = recorded_at(second);
	ev.id = str_from(id);
	return ev;
}
