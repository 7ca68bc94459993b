#include "services/scoring/area_find.h"

#include "common/base/mem.h"

#define ID_WORTH_MAX 40 /* a name longer than this is not compared letter by letter */

const struct area *area_find(const struct edition *ed, struct str name)
{
	for (size_t i = 0; i < ed->n_areas; i++)
		if (str_eq_nocase(ed->areas[i].id, name))
			return &ed->areas[i];
	for (size_t i = 0; i < ed->n_areas; i++)
		if (str_eq_nocase(ed->areas[i].name, name))
			return &ed->areas[i];
	return NULL;
}

/* Of the whole text, or of its beginning where the name may be one; more than `max`: too far. */
static unsigned distance(struct str text, struct str name, unsigned max)
{
	unsigned best = str_distance(text, name, max);

	for (size_t n = name.n - 1; name.n >= 4 && n <= name.n + 1 && n < text.n; n++) {
		unsigned part = str_distance((struct str){ text.p, n }, name, max);

		best = part < best ? part : best;
	}
	return best;
}

static unsigned area_distance(const struct area *a, struct str name, unsigned max)
{
	unsigned by_id = distance(a->id, name, max), by_name = distance(a->name, name, max);

	return by_id < by_name ? by_id : by_name;
}

int area_unknown(const struct edition *ed, struct str name, struct err *e)
{
	unsigned max = name.n < 6 ? 2 : name.n < 12 ? 3 : 4, nearest = max + 1;
	const struct area *best = NULL;
	char ids[ERR_TEXT_MAX / 2];
	struct sink s;

	for (size_t i = 0; name.n <= ID_WORTH_MAX && i < ed->n_areas; i++) {
		unsigned far = area_distance(&ed->areas[i], name, max);

		if (far < nearest) {
			nearest = far;
			best = &ed->areas[i];
		}
	}
	if (best != NULL)
		return err_set(e, ERR_INVALID,
			"edition " STR_FMT " has no area '" STR_FMT "'; did you mean '" STR_FMT
			"'?",
			STR_ARG(ed->id), STR_ARG(name), STR_ARG(best->id));
	sink_init(&s, ids, sizeof ids);
	for (size_t i = 0; i < ed->n_areas; i++)
		if (ed->areas[i].form != AREA_OF_REQUIREMENTS)
			sink_printf(&s, "%s" STR_FMT, i == 0 ? "" : ", ", STR_ARG(ed->areas[i].id));
	return err_set(e, ERR_INVALID,
		"edition " STR_FMT " has no area '" STR_FMT "'; it has %s, and specializations",
		STR_ARG(ed->id), STR_ARG(name), ids);
}
