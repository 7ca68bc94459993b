/* Names as numbers, with what the engine remembers of each. */
#include "rules/engine/engine_internal.h"

#include "common/base/err.h"

bool names_are_over(const struct engine *e)
{
	return (uint64_t)intern_count(e->names) + intern_count(e->partner_ids) +
		       intern_count(e->person_ids) >
	       e->limits.max_names;
}

int name_put(struct engine *e, struct str s, uint32_t *ret_name)
{
	uint32_t n = intern_count(e->names);
	size_t old_cap = e->cap_name_info;
	int rc = intern_put(e->names, s, ret_name);

	if (rc != 0 || *ret_name < n)
		return rc;
	if (names_are_over(e))
		return ERR_FULL;
	rc = mem_grow_tight(&e->a, (void **)&e->name_info, &e->cap_name_info, (size_t)n + 1,
		e->limits.max_names, sizeof *e->name_info);
	if (rc == 0 && e->cap_name_info > old_cap)
		memset(e->name_info + old_cap, 0,
			(e->cap_name_info - old_cap) * sizeof *e->name_info);
	return rc;
}

void note_customer(struct engine *e, uint32_t name)
{
	if ((e->name_info[name] & NAME_IS_CUSTOMER) != 0)
		return;
	e->name_info[name] |= NAME_IS_CUSTOMER;
	e->stats.customers++;
}
