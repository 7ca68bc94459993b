#include "tests/bench/told.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

struct texts {
	char id[40], partner[24], customer[40], person[40];
};

static uint64_t n_events;

static struct event event_of(struct texts *t, enum fact_kind kind, uint32_t partner)
{
	uint64_t n = n_events++;

	(void)snprintf(t->id, sizeof t->id, "%08x-0000-4000-8000-%012" PRIx64, partner, n);
	(void)snprintf(t->partner, sizeof t->partner, "%07u", 1000000 + partner);
	return (struct event){ .id = str_from(t->id),
		.source = STR("//bench/state"),
		.subject = str_from(t->partner),
		.recorded = (event_ms)(1690000000000u + n),
		.kind = kind };
}

static void apply(struct engine *e, const struct event *ev)
{
	int rc = engine_apply(e, ev, 0);

	assert(rc == 0);
}

void told_usage(struct engine *e, uint32_t partner, uint32_t customer, uint32_t months)
{
	struct texts t;
	struct event ev = event_of(&t, FACT_USAGE, partner);
	static const struct {
		const char *product;
		enum measure measure;
		enum association_kind association;
	} kinds[] = {
		{ "SQL Database", MEASURE_ACR, ASSOC_PAL },
		{ "Storage", MEASURE_ACR, ASSOC_CSP_TIER_1 },
		{ "Teams", MEASURE_PAID_UNITS, ASSOC_CPOR },
		{ "Exchange Online", MEASURE_MAU, ASSOC_CPOR },
		{ "Business Central", MEASURE_ADJUSTED_REVENUE, ASSOC_CPOR },
	};
	size_t k = customer % (sizeof kinds / sizeof kinds[0]);

	(void)snprintf(
		t.customer, sizeof t.customer, "%08x-aaaa-4bbb-8ccc-%012x", partner, customer);
	ev.u.usage = (struct fact_usage){ .customer = str_from(t.customer),
		.product = str_from(kinds[k].product),
		.month = 24318 - (month_no)months,
		.association = kinds[k].association,
		.measure = kinds[k].measure,
		.offer = OFFER_PAID,
		.amount_micro =
			(int64_t)(500 + (partner * 31 + customer * 7 + months) % 1500) * 1000000 };
	apply(e, &ev);
}

void told_certificate(struct engine *e, uint32_t partner, uint32_t person, const char *certificate,
	day_no expires_on)
{
	struct texts t;
	struct event ev = event_of(&t, FACT_CERTIFICATION, partner);

	(void)snprintf(t.person, sizeof t.person, "p%08x%04x", partner, person);
	ev.u.certification = (struct fact_certification){ .person = str_from(t.person),
		.certificate = str_from(certificate),
		.state = CERT_EARNED,
		.earned_on = 20400,
		.expires_on = expires_on,
		.ended_on = DAY_NONE };
	apply(e, &ev);
}

size_t told_settle(struct engine *e)
{
	const struct partner_change *changes;
	size_t n;
	int rc = engine_settle(e, &changes, &n);

	assert(rc == 0);
	return n;
}

void told_day(struct engine *e, day_no day, size_t *ret_changed)
{
	struct texts t;
	struct event ev = event_of(&t, FACT_DAY, 0);

	ev.subject = (struct str){ NULL, 0 };
	ev.u.day.day = day;
	apply(e, &ev);
	if (ret_changed != NULL)
		*ret_changed = told_settle(e);
}
