#include "services/cli/json_values.h"

#include <stdio.h>

#include "common/base/err.h"

void json_add(json_t **list, json_t *item)
{
	if (*list == NULL) {
		json_decref(item);
	} else if (json_array_append_new(*list, item) != 0) {
		json_decref(*list);
		*list = NULL;
	}
}

json_t *text_json(struct str s)
{
	return json_stringn(s.n == 0 ? "" : s.p, s.n);
}

json_t *text_or_null_json(struct str s)
{
	return s.n == 0 ? json_null() : text_json(s);
}

json_t *texts_json(const struct str *items, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_add(&list, text_json(items[i]));
	return list;
}

json_t *points_json(struct ratio r)
{
	char fraction[RATIO_TEXT], decimal[RATIO_TEXT];

	return json_pack("{s:s, s:s}", "fraction", ratio_format(r, fraction), "decimal",
		ratio_format_decimal(r, decimal));
}

json_t *day_json(day_no d)
{
	char text[DAY_TEXT];

	return d == DAY_NONE ? json_null() : json_string(day_format(d, text));
}

int json_print(json_t *doc)
{
	int rc = doc != NULL && json_dumpf(doc, stdout, JSON_INDENT(2)) == 0 ? 0 : ERR_NOMEM;

	putchar('\n');
	json_decref(doc);
	return rc;
}
