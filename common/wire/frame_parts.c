#include "common/wire/frame_parts.h"

#include "common/wire/pb.h"

Capscore__V1__Points *pack_points(struct packing *p, struct ratio r)
{
	Capscore__V1__Points *m = pack_message(p, &capscore__v1__points__descriptor);
	struct pb_points words = pb_points(r);

	if (m == NULL)
		return NULL;
	m->num = words.num;
	m->den = words.den;
	m->num_high = words.num_high;
	m->den_high = words.den_high;
	return m;
}

struct ratio unpack_points(struct unpacking *u, const Capscore__V1__Points *m, const char *field)
{
	struct ratio r = RATIO_ZERO;

	if (m != NULL &&
		!pb_ratio(&(struct pb_points){ m->num, m->den, m->num_high, m->den_high }, &r))
		unpack_fail(u, ERR_RANGE, field, "not a fraction of points");
	return r;
}

enum area_status unpack_status(
	struct unpacking *u, Capscore__V1__AreaStatus status, const char *field)
{
	return (enum area_status)unpack_enum(
		u, (int)status, AREA_UNKNOWN, AREA_STATUS_END - 1, field);
}

Capscore__V1__Freshness *pack_freshness(struct packing *p, const struct wire_freshness *f)
{
	Capscore__V1__Freshness *m = NULL;

	if (f->event_position != 0 || f->lag_events != 0 || f->age_ms != 0 || f->day != DAY_NONE)
		m = pack_message(p, &capscore__v1__freshness__descriptor);
	if (m == NULL)
		return NULL;
	m->event_position = f->event_position;
	m->lag_events = f->lag_events;
	m->age_ms = f->age_ms;
	m->day = pack_day(f->day);
	return m;
}

struct wire_freshness unpack_freshness(struct unpacking *u, const Capscore__V1__Freshness *m)
{
	if (m == NULL)
		return (struct wire_freshness){ .day = DAY_NONE };
	return (struct wire_freshness){ m->event_position, m->lag_events, m->age_ms,
		unpack_day(u, m->day, "Freshness.day") };
}

enum wire_area_form unpack_form(struct unpacking *u, Capscore__V1__AreaForm form, const char *field)
{
	return (enum wire_area_form)unpack_enum(
		u, (int)form, WIRE_OF_METRICS, WIRE_OF_REQUIREMENTS, field);
}

Capscore__V1__AreaStanding **pack_standings(
	struct packing *p, const struct wire_area_standing *s, size_t n, size_t *ret_n)
{
	Capscore__V1__AreaStanding **list =
		pack_messages(p, &capscore__v1__area_standing__descriptor, n, ret_n);

	for (size_t i = 0; i < *ret_n; i++) {
		list[i]->area = pack_text(p, s[i].area);
		list[i]->track = pack_text(p, s[i].track);
		list[i]->total = pack_points(p, s[i].total);
		list[i]->status = (Capscore__V1__AreaStatus)s[i].status;
		list[i]->form = (Capscore__V1__AreaForm)s[i].form;
		list[i]->maximum = s[i].maximum;
		list[i]->qualifies = s[i].qualifies;
		list[i]->not_known = s[i].not_known;
	}
	return list;
}

const struct wire_area_standing *unpack_standings(struct unpacking *u,
	Capscore__V1__AreaStanding *const *m, size_t n, const char *field, size_t *ret_n)
{
	struct wire_area_standing *list =
		unpack_list(u, n, FRAME_AREAS_MAX, sizeof *list, field, ret_n);

	for (size_t i = 0; i < *ret_n; i++) {
		list[i].area = unpack_text(u, m[i]->area, FRAME_NAME_MAX, "AreaStanding.area");
		list[i].track = unpack_text(u, m[i]->track, FRAME_NAME_MAX, "AreaStanding.track");
		list[i].total = unpack_points(u, m[i]->total, "AreaStanding.total");
		list[i].status = unpack_status(u, m[i]->status, "AreaStanding.status");
		list[i].form = unpack_form(u, m[i]->form, "AreaStanding.form");
		list[i].maximum = m[i]->maximum;
		list[i].qualifies = m[i]->qualifies != 0;
		list[i].not_known = m[i]->not_known;
	}
	return list;
}
