#include "common/base/score.h"

const char *area_status_name(enum area_status s)
{
	static const char *const names[] = {
		[AREA_UNKNOWN] = "unknown",
		[AREA_IN_PROGRESS] = "in-progress",
		[AREA_QUALIFIED] = "qualified",
		[AREA_ENROLLED] = "enrolled",
		[AREA_RENEWAL_DUE] = "renewal-due",
		[AREA_LAPSED] = "lapsed",
	};

	return (unsigned)s < AREA_STATUS_END ? names[s] : "unknown";
}

struct ratio score_total(const struct ratio *points, size_t n)
{
	struct ratio sum = RATIO_ZERO;

	for (size_t i = 0; i < n; i++)
		sum = ratio_add(sum, points[i]);
	return sum;
}
