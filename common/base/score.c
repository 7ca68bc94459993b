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

static const char *name_at(const char *const *names, size_t n, size_t at)
{
	return at < n && names[at] != NULL ? names[at] : "unknown";
}

const char *fall_kind_name(enum fall_kind k)
{
	static const char *const names[FALL_KIND_END] = {
		[FALL_CERTIFICATE] = "certificate",
		[FALL_ATTESTATION] = "attestation",
		[FALL_USAGE] = "usage",
		[FALL_EDITION] = "edition",
		[FALL_RENEWAL] = "renewal",
		[FALL_ENROLLMENT] = "enrollment",
		[FALL_AREA] = "area",
		[FALL_WINDOW] = "window",
	};

	return name_at(names, FALL_KIND_END, k);
}

const char *stand_kind_name(enum stand_kind k)
{
	static const char *const names[STAND_KIND_END] = {
		[STAND_CUSTOMER] = "customer",
		[STAND_PERSON] = "person",
	};

	return name_at(names, STAND_KIND_END, k);
}

const char *addition_kind_name(enum addition_kind k)
{
	static const char *const names[ADDITION_KIND_END] = {
		[ADDITION_PEOPLE] = "people",
		[ADDITION_UNITS] = "units",
		[ADDITION_PRODUCTS] = "products",
		[ADDITION_USAGE] = "usage",
		[ADDITION_REQUIREMENT] = "requirement",
	};

	return name_at(names, ADDITION_KIND_END, k);
}

const char *feed_kind_name(enum feed_kind k)
{
	static const char *const names[FEED_KIND_END] = {
		[FEED_USAGE] = "usage",
		[FEED_SKILLING] = "skilling",
	};

	return name_at(names, FEED_KIND_END, k);
}

uint32_t score_batch_records(const struct score_batch *batch)
{
	return batch->n_changes > 0 ? (uint32_t)batch->n_changes : batch->day_began;
}

struct ratio score_total(const struct ratio *points, size_t n)
{
	struct ratio sum = RATIO_ZERO;

	for (size_t i = 0; i < n; i++)
		sum = ratio_add(sum, points[i]);
	return sum;
}
