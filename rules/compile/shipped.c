#include "rules/compile/shipped.h"

/* Generated from rules/editions by scripts/embed-editions.sh; in order of the days on which they begin. */
extern const struct shipped_edition shipped_table[];
extern const size_t shipped_table_count;

size_t shipped_count(void)
{
	return shipped_table_count;
}

const struct shipped_edition *shipped_edition(size_t i)
{
	return i < shipped_table_count ? &shipped_table[i] : NULL;
}

const struct shipped_edition *shipped_by_id(struct str id)
{
	for (size_t i = 0; i < shipped_table_count; i++)
		if (str_eq(shipped_table[i].id, id))
			return &shipped_table[i];
	return NULL;
}

static day_no day_or(struct str s, day_no otherwise)
{
	day_no d;

	return day_parse(s, &d) == 0 ? d : otherwise;
}

static const struct shipped_edition *newest_on(day_no day)
{
	const struct shipped_edition *best = NULL;

	for (size_t i = 0; i < shipped_table_count; i++) {
		const struct shipped_edition *e = &shipped_table[i];

		if (day_or(e->from, DAY_MIN) <= day && day <= day_or(e->until, DAY_MAX))
			best = e;
	}
	return best;
}

/* No edition is valid on that day: the last that began before it, or the oldest. */
static const struct shipped_edition *nearest_to(day_no day, struct err *ret_note)
{
	const struct shipped_edition *best = NULL;
	char text[DAY_TEXT];

	for (size_t i = 0; i < shipped_table_count; i++)
		if (day_or(shipped_table[i].from, DAY_MIN) <= day)
			best = &shipped_table[i];
	if (best == NULL) {
		best = &shipped_table[0];
		(void)err_set(ret_note, 0,
			"%s is before the oldest edition known, " STR_FMT " (from " STR_FMT
			"), which is used",
			day_format(day, text), STR_ARG(best->id), STR_ARG(best->from));
	} else {
		(void)err_set(ret_note, 0,
			"%s is after edition " STR_FMT " (until " STR_FMT "), which is used",
			day_format(day, text), STR_ARG(best->id), STR_ARG(best->until));
	}
	return best;
}

static int not_found(struct str name, struct err *ret_note)
{
	char ids[256];
	struct sink out;

	sink_init(&out, ids, sizeof ids);
	for (size_t i = 0; i < shipped_table_count; i++)
		sink_printf(&out, "%s" STR_FMT, i == 0 ? "" : ", ", STR_ARG(shipped_table[i].id));
	return err_set(ret_note, ERR_NOTFOUND,
		"no edition '" STR_FMT "'; there are: %s, or give a date YYYY-MM-DD", STR_ARG(name),
		ids);
}

int shipped_choose(
	struct str name, day_no day, const struct shipped_edition **ret, struct err *ret_note)
{
	const struct shipped_edition *e = NULL;

	err_clear(ret_note);
	if (name.n > 0) {
		e = shipped_by_id(name);
		if (e == NULL && day_parse(name, &day) != 0)
			return not_found(name, ret_note);
	}
	if (e == NULL && day == DAY_NONE)
		e = &shipped_table[shipped_table_count - 1];
	if (e == NULL)
		e = newest_on(day);
	*ret = e != NULL ? e : nearest_to(day, ret_note);
	return 0;
}
