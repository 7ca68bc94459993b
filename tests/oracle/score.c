/* The score of a partner on a day. */
#include "tests/oracle/oracle_view.h"

static bool is_known(const struct oracle *o, struct str partner)
{
	for (size_t i = 0; i < o->n_partners; i++)
		if (oracle_same(o->partners[i], partner))
			return oracle_same(oracle_owner(o, partner), partner);
	return false;
}

bool oracle_score(const struct oracle *o, struct str partner, day_no day, struct oracle_score *ret)
{
	struct view *v;

	if (!is_known(o, partner))
		return false;
	day = day == DAY_NONE ? o->day : day;
	v = oracle_view_create(o, partner, day);
	*ret = (struct oracle_score){ .reference = oracle_last_month(v, KIND(MEASURE_ACR), day) };
	for (int n = 0; n < AREAS; n++) {
		struct oracle_area *a = &ret->areas[ret->n_areas++];

		oracle_area_on(v, (enum area_number)n, day, a);
		a->status = oracle_status(
			v, (enum area_number)n, day, &a->window_from, &a->window_until);
		a->anniversary = oracle_anniversary(v, (enum area_number)n, day);
		a->renewal_year =
			day == DAY_NONE ? 0 : oracle_renewal_year(v, (enum area_number)n, day);
	}
	oracle_view_destroy(v);
	return true;
}

const struct oracle_area *oracle_area_by_id(const struct oracle_score *s, struct str id)
{
	for (size_t i = 0; i < s->n_areas; i++)
		if (oracle_same(id, str_from(s->areas[i].id)))
			return &s->areas[i];
	return NULL;
}
