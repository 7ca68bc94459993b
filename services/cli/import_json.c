#include "services/cli/import_json.h"

#include "services/cli/files.h"
#include "services/cli/findings.h"

static json_t *number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

/* {"bad-month": 2} */
static json_t *tally_json(const struct tally *t)
{
	json_t *j = json_object();

	for (size_t i = 0; i < t->n; i++)
		if (json_object_set_new(j, t->items[i].reason, number(t->items[i].count)) != 0) {
			json_decref(j);
			return NULL;
		}
	return j;
}

static json_t *facts_json(const struct reading *r)
{
	json_t *j = json_object();

	for (int k = 1; k < FACT_KIND_END; k++)
		if (r->facts[k] > 0 && json_object_set_new(j, fact_kind_name((enum fact_kind)k),
					       number(r->facts[k])) != 0) {
			json_decref(j);
			return NULL;
		}
	return j;
}

json_t *reading_json(const struct reading *r)
{
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		"file", r->file, "report", r->format, "rows", number(r->records), "facts",
		facts_json(r), "unchanged", number(r->unchanged), "new",
		number(r->changes[CHANGE_NEW]), "changed", number(r->changes[CHANGE_CHANGED]),
		"retracted", number(r->changes[CHANGE_RETRACTED]), "sent_again",
		number(r->changes[CHANGE_AGAIN]), "superseded", number(r->superseded), "kept",
		number(r->kept), "passed_over", tally_json(&r->passed), "refused",
		tally_json(&r->refused), "findings", findings_json(r));
}

json_t *delivered_json(const struct delivery *d)
{
	const struct delivery_counts *c;

	if (d == NULL)
		return json_null();
	c = delivery_counts_get(d);
	return json_pack("{s:o, s:o, s:o}", "accepted", number(c->accepted), "duplicates",
		number(c->duplicates), "refused", tally_json(&c->refused));
}
