#include "common/wire/event_type.h"

#define X(name, number, text, help) [name] = STR_INIT("capscore." text ".v1"),
static const struct str types[FACT_KIND_END] = { FACT_TABLE(X) };
#undef X

struct str event_type_name(enum fact_kind k)
{
	return (unsigned)k < FACT_KIND_END ? types[k] : types[0];
}

enum fact_kind event_type_by_name(struct str type)
{
	for (int k = 1; k < FACT_KIND_END; k++)
		if (str_eq(type, types[k]))
			return (enum fact_kind)k;
	return (enum fact_kind)0;
}
