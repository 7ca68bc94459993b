/* How exports name the way a partner is associated with a customer. */
#ifndef IMPORTS_ASSOCIATIONS_H
#define IMPORTS_ASSOCIATIONS_H

#include "common/base/event.h"

enum association_reading {
	ASSOCIATION_READ,	 /* *ret_kind is set */
	ASSOCIATION_NOT_COUNTED, /* known, but the program counts no usage by it: *ret_reason says why */
	ASSOCIATION_NOT_KNOWN,
};

/* Spaces, hyphens and letter case do not matter: "CSP Tier 1", "CSP T1", "csp-tier-1" are the same. Of several
 * ("CSP T1, DPOR, PAL", parted by commas, semicolons or bars) the one that the programme credits is read: PAL, transacting
 * partner of record, DPOR, CSP tier 1, CSP tier 2, CPOR, in that order; all must be known. All kinds of CPOR are one. */
enum association_reading association_read(
	struct str s, enum association_kind *ret_kind, const char **ret_reason);

#endif
