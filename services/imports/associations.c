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
	{ "dealregistration", NOT_COUNTED, "deal-registration" },
	{ "partnerasendcustomer", NOT_COUNTED, "partner-as-end-customer" },
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

enum association_reading association_read(
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
