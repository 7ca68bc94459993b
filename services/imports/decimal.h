/* Amounts of money as exports print them, added up exactly.
 *
 * An amount is held in units of 10^-24: any number of up to 24 decimals is exact, and digits behind them (what
 * binary floating point leaves in an export) are cut. */
#ifndef IMPORTS_DECIMAL_H
#define IMPORTS_DECIMAL_H

#include "common/base/err.h"
#include "common/base/ratio.h"
#include "common/base/text.h"

typedef int128 decimal24; /* 10^-24 */

#define DECIMAL_WHOLE_MAX                                                                          \
	1000000000 /* of one amount, and of a sum: USAGE_AMOUNT_MAX in whole units */

/* "1234.5", "-3", "+.5", "1,234.56" (groups of three before a decimal point), "6.1E-05".
 * Returns 0, ERR_INVALID (not a number; "1,234" could be either), ERR_RANGE (over DECIMAL_WHOLE_MAX). */
int decimal_parse(struct str s, decimal24 *ret_d);
/* Returns 0, or ERR_RANGE when the sum leaves the range of the type. */
int decimal_add(decimal24 *sum, decimal24 d);
/* Millionths, rounded half away from zero. Returns 0, ERR_RANGE (over DECIMAL_WHOLE_MAX). */
int decimal_to_micro(decimal24 d, int64_t *ret_micro);

#endif
