/* On which days editions and single rules hold, by the dates of their sources. */
#include "tests/oracle/oracle_view.h"

struct civil {
	int year; /* 0: no day */
	unsigned month, day;
};

static day_no day_of(struct civil c)
{
	return c.year == 0 ? DAY_NONE : day_from_civil(c.year, c.month, c.day);
}

/* Designations since October 2022 (SEED); the pages of 13 June 2023 (D23); the certificates that they announce for
 * December 2023 (D23); the pages after the change of July 2026 (S26). */
static const struct {
	struct civil from, until;
} editions[ORACLE_EDITIONS] = {
	[ORACLE_FY23] = { { 2022, 10, 3 }, { 2023, 6, 12 } },
	[ORACLE_2023_06] = { { 2023, 6, 13 }, { 2023, 11, 30 } },
	[ORACLE_2023_12] = { { 2023, 12, 1 }, { 2026, 6, 30 } },
	[ORACLE_2026] = { { 2026, 7, 1 }, { 0, 0, 0 } },
};

struct oracle_days oracle_edition_days(enum oracle_edition e)
{
	return (struct oracle_days){ day_of(editions[e].from), day_of(editions[e].until) };
}

/* D23 prints two sets of certificates for these three, the second from December 2023 on. */
bool oracle_rule_days(enum oracle_edition e, struct str rule, struct oracle_days *ret)
{
	*ret = (struct oracle_days){ DAY_NONE, DAY_NONE };
	if (!oracle_names("R-SEC-INT|R-BA-ENT-INT|R-BA-SMB-INT", rule))
		return false;
	if (e == ORACLE_2023_06)
		ret->until = day_from_civil(2023, 11, 30);
	if (e == ORACLE_2023_12)
		ret->from = day_from_civil(2023, 12, 1);
	return true;
}
