/* Enumerations and days as people say them. */
#include <stdio.h>

#include "common/base/event_fields.h"
#include "rules/describe/describe.h"

const char *association_words(enum association_kind k)
{
	static const char *const names[ASSOC_KIND_END] = {
		[ASSOC_CPOR] = "CPOR",
		[ASSOC_DPOR] = "DPOR",
		[ASSOC_PAL] = "PAL",
		[ASSOC_CSP_TIER_1] = "CSP tier 1",
		[ASSOC_CSP_TIER_2] = "CSP tier 2",
		[ASSOC_TRANSACTING_POR] = "transacting partner of record",
	};

	return k < ASSOC_KIND_END ? names[k] : NULL;
}

const char *offer_words(enum offer_kind k)
{
	static const char *const names[OFFER_KIND_END] = {
		[OFFER_PAID] = "paid",
		[OFFER_SUPPORT] = "support",
		[OFFER_INTERNAL] = "internal use",
		[OFFER_BENEFIT] = "benefit programme",
		[OFFER_TRIAL] = "trial",
	};

	return k < OFFER_KIND_END ? names[k] : NULL;
}

/* By the names that events have for them, so that a kind that is new in event.h is only looked for here. */
const char *attestation_words(enum attestation_kind k, bool many)
{
	static const struct {
		const char *name, *one, *many;
	} words[] = {
		{ "offer", "published offer", "published offers" },
		{ "reference", "customer reference", "customer references" },
		{ "audit", "passed audit", "passed audits" },
		{ "engagement", "customer engagement", "customer engagements" },
		{ "deployment", "customer deployment", "customer deployments" },
	};
	const char *name = enum_name(&attestation_kind_names, (int)k);

	for (size_t i = 0; name != NULL && i < sizeof words / sizeof words[0]; i++)
		if (strcmp(words[i].name, name) == 0)
			return many ? words[i].many : words[i].one;
	return many ? "attestations" : "attestation";
}

static const struct {
	const char *name, *words;
} catalogue_kinds[CATALOGUE_KIND_END] = {
	[CATALOGUE_BENEFIT] = { "benefit", "benefit" },
	[CATALOGUE_INCENTIVE] = { "incentive", "incentive" },
	[CATALOGUE_COMPETENCY] = { "competency", "competency" },
	[CATALOGUE_EXPERT] = { "expert-programme", "expert programme" },
};

const char *catalogue_words(enum catalogue_kind k)
{
	return k < CATALOGUE_KIND_END ? catalogue_kinds[k].words : NULL;
}

const char *catalogue_kind_name(enum catalogue_kind k)
{
	return k < CATALOGUE_KIND_END ? catalogue_kinds[k].name : NULL;
}

/* ---- days --------------------------------------------------------------------------------------------------- */

const char *describe_retirement(const struct certificate *c, char *buf)
{
	char on[DAY_TEXT], until[DAY_TEXT];

	buf[0] = '\0';
	if (c->retired_on != DAY_NONE)
		(void)snprintf(buf, RETIREMENT_TEXT, "retired %s, counts to %s",
			day_format(c->retired_on, on), day_format(c->counts_until, until));
	return buf;
}

static const char *validity(day_no from, day_no until, char *buf)
{
	char a[DAY_TEXT], b[DAY_TEXT];

	if (!day_is_valid(until))
		(void)snprintf(buf, VALIDITY_TEXT, "from %s on", day_format(from, a));
	else
		(void)snprintf(buf, VALIDITY_TEXT, "from %s to %s", day_format(from, a),
			day_format(until, b));
	return buf;
}

const char *describe_validity(const struct edition *e, char *buf)
{
	return validity(e->valid_from, e->valid_until, buf);
}

const char *describe_metric_validity(const struct metric *m, char *buf)
{
	char until[DAY_TEXT];

	buf[0] = '\0';
	if (day_is_valid(m->valid_from))
		return validity(m->valid_from, m->valid_until, buf);
	if (day_is_valid(m->valid_until))
		(void)snprintf(buf, VALIDITY_TEXT, "to %s", day_format(m->valid_until, until));
	return buf;
}
