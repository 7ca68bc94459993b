/* What must hold of an alert log by itself. */
#ifndef HARNESS_ALERTS_H
#define HARNESS_ALERTS_H

#include "tests/harness/tail.h"

struct alert_account {
	uint64_t by_kind[ALERT_KIND_END]; /* added to */
};

/* Fails unless every partner's sequence runs from 1 without a gap, no id comes twice, and each partner and area goes
 * through gained, at risk, recovered and lost in an order that makes sense. */
void alerts_check(const struct tail *log, struct alert_account *account);

#endif
