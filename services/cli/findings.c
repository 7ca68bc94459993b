#include "services/cli/findings.h"

#include <inttypes.h>

#include "services/cli/json_values.h"

static void print_lacks(const struct reading *r, FILE *out)
{
	for (const char *const *l = r->lacks; l != NULL && *l != NULL; l++)
		fprintf(out, "  %-12s %s\n", l == r->lacks ? "cannot tell" : "", *l);
}

static void print_kind(const struct reading *r, enum unknown_kind kind, FILE *out)
{
	bool said = false;

	for (size_t i = 0; i < r->unknowns.n; i++) {
		const struct unknown *u = &r->unknowns.items[i];

		if (u->kind != kind)
			continue;
		if (!said)
			fprintf(out, "  %-12s %s:\n", "not counted", unknown_kind_text(kind));
		said = true;
		fprintf(out, "    '%s', %" PRIu64 " rows", u->name, u->count);
		if (u->nearest[0] != '\0')
			fprintf(out, "; nearest: '%s'", u->nearest);
		fputc('\n', out);
	}
}

void findings_print(const struct reading *r, bool lacks, FILE *out)
{
	if (lacks)
		print_lacks(r, out);
	for (int k = 0; k < UNKNOWN_KIND_END; k++)
		print_kind(r, (enum unknown_kind)k, out);
	if (r->unknowns.without_room > 0)
		fprintf(out, "    and others, %" PRIu64 " rows\n", r->unknowns.without_room);
}

static json_t *unknown_json(const struct unknown *u)
{
	return json_pack("{s:s, s:o, s:I, s:o}", "kind", unknown_kind_name(u->kind), "name",
		text_json(str_from(u->name)), "count", (json_int_t)u->count, "nearest",
		text_or_null_json(str_from(u->nearest)));
}

json_t *findings_json(const struct reading *r)
{
	json_t *lacks = json_array(), *unknown = json_array();

	for (const char *const *l = r->lacks; l != NULL && *l != NULL; l++)
		json_add(&lacks, text_json(str_from(*l)));
	for (size_t i = 0; i < r->unknowns.n; i++)
		json_add(&unknown, unknown_json(&r->unknowns.items[i]));
	return json_pack("{s:o, s:o, s:I}", "cannot_tell", lacks, "unknown", unknown,
		"unknown_without_room", (json_int_t)r->unknowns.without_room);
}
