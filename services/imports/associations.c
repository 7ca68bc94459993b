#include "services/imports/associations.h"

#define NOT_COUNTED ASSOC_KIND_END

/* Names without spaces and hyphens. The first of each kind is the export's own. */
static const struct {
	const char *name;
	enum association_kind kind;
	const char *reason; /* of those not counted */
} names[] = {
	{ "partneradminlink", ASSOC_PAL, NULL },
	{ "pal", ASSOC_PAL, NULL },
	{ "partnerofrecord", ASSOC_DPOR, NULL },
	{ "digitalpartnerofrecord", ASSOC_DPOR, NULL },
	{ "dpor", ASSOC_DPOR, NULL },
	{ "csptier1", ASSOC_CSP_TIER_1, NULL },
	{ "cspt1", ASSOC_CSP_TIER_1, NULL },
	{ "csptier2", ASSOC_CSP_TIER_2, NULL },
	{ "cspt2", ASSOC_CSP_TIER_2, NULL },
	{ "transactingpartnerofrecord", ASSOC_TRANSACTING_POR, NULL },
	{ "transactingpor", ASSOC_TRANSACTING_POR, NULL },
	{ "tpor", ASSOC_TRANSACTING_POR, NULL },
	{ "claimingpartnerofrecord", ASSOC_CPOR, NULL },
	{ "cpor", ASSOC_CPOR, NULL },
	{ "cporosa", ASSOC_CPOR, NULL },
	{ "cporosu", ASSOC_CPOR, NULL },
	{ "cporrevrec", ASSOC_CPOR, NULL },
	{ "cporrevrecperformance", ASSOC_CPOR, NULL },
	{ "cporcompetency", ASSOC_CPOR, NULL },
	{ "cporfrp", ASSOC_CPOR, NULL },
	{ "dealregistration", NOT_COUNTED, "deal-registration" },
	{ "partnerasendcustomer", NOT_COUNTED, "partner-as-end-customer" },
	{ "advisor", NOT_COUNTED, "association-not-of-the-programme" },
	{ "channelpartner", NOT_COUNTED, "association-not-of-the-programme" },
	{ "distributor", NOT_COUNTED, "association-not-of-the-programme" },
};

static bool same(struct str s, const char *name)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == ' ' || c == '-')
			continue;
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (*name++ != c)
			return false;
	}
	return *name == '\0';
}

static enum association_reading read_one(
	struct str s, enum association_kind *ret_kind, const char **ret_reason)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (!same(s, names[i].name))
			continue;
		if (names[i].kind == NOT_COUNTED) {
			*ret_reason = names[i].reason;
			return ASSOCIATION_NOT_COUNTED;
		}
		*ret_kind = names[i].kind;
		return ASSOCIATION_READ;
	}
	return ASSOCIATION_NOT_KNOWN;
}

/* Which of several is credited: the lower number. */
static int priority(enum association_kind k)
{
	static const int numbers[ASSOC_KIND_END] = {
		[ASSOC_PAL] = 0,
		[ASSOC_TRANSACTING_POR] = 1,
		[ASSOC_DPOR] = 2,
		[ASSOC_CSP_TIER_1] = 3,
		[ASSOC_CSP_TIER_2] = 4,
		[ASSOC_CPOR] = 5,
	};

	return numbers[k];
}

static struct str take_part(struct str *rest)
{
	struct str part = *rest;

	for (part.n = 0; part.n < rest->n && strchr(",;|", rest->p[part.n]) == NULL;)
		part.n++;
	rest->p += part.n;
	rest->n -= part.n;
	if (rest->n > 0) {
		rest->p++;
		rest->n--;
	}
	return part;
}

enum association_reading association_read(
	struct str s, enum association_kind *ret_kind, const char **ret_reason)
{
	enum association_reading all = ASSOCIATION_NOT_KNOWN;

	do {
		enum association_kind kind;
		enum association_reading one = read_one(take_part(&s), &kind, ret_reason);

		if (one == ASSOCIATION_NOT_KNOWN)
			return one;
		if (one == ASSOCIATION_READ &&
			(all != ASSOCIATION_READ || priority(kind) < priority(*ret_kind)))
			*ret_kind = kind;
		if (all != ASSOCIATION_READ)
			all = one;
	} while (s.n > 0);
	return all;
}
