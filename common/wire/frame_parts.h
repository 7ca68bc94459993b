/* What several frames of questions and answers have in common. Used inside common/wire only. */
#ifndef WIRE_FRAME_PARTS_H
#define WIRE_FRAME_PARTS_H

#include "common/wire/frame_forms.h"

Capscore__V1__Points *pack_points(struct packing *p, struct ratio r);
/* 0 when absent. */
struct ratio unpack_points(struct unpacking *u, const Capscore__V1__Points *m, const char *field);

enum area_status unpack_status(
	struct unpacking *u, Capscore__V1__AreaStatus status, const char *field);
enum wire_area_form unpack_form(
	struct unpacking *u, Capscore__V1__AreaForm form, const char *field);

/* Left out when there is nothing in it. */
Capscore__V1__Freshness *pack_freshness(struct packing *p, const struct wire_freshness *f);
struct wire_freshness unpack_freshness(struct unpacking *u, const Capscore__V1__Freshness *m);

Capscore__V1__AreaStanding **pack_standings(
	struct packing *p, const struct wire_area_standing *s, size_t n, size_t *ret_n);
const struct wire_area_standing *unpack_standings(struct unpacking *u,
	Capscore__V1__AreaStanding *const *m, size_t n, const char *field, size_t *ret_n);

#endif
