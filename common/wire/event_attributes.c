#include "common/wire/event_attributes.h"

#include <stdio.h>

#include "common/wire/event_type.h"

#define TYPE_WITHIN 4 /* edits between a type that was written and what may have been meant */

/* Returns ERR_INVALID, so that `return FAIL(...)` reads well. */
#define FAIL(f, why, ...)                                                                          \
	((f)->refusal = (why), (void)snprintf((f)->text, sizeof(f)->text, __VA_ARGS__), ERR_INVALID)

static const char *const attributes[] = { "specversion", "id", "source", "type", "subject", "time",
	"recordedtime", "datacontenttype", "dataschema", "retracted", "data", "data_base64" };
#define N_ATTRIBUTES (sizeof attributes / sizeof attributes[0])

int attribute_check(struct str name, struct json_fault *fault)
{
	bool regular = name.n > 0;

	for (size_t i = 0; i < N_ATTRIBUTES; i++)
		if (str_eq(name, str_from(attributes[i])))
			return 0;
	for (size_t i = 0; i < N_ATTRIBUTES; i++)
		if (str_distance(name, str_from(attributes[i]), 1) <= 1)
			return FAIL(fault, REFUSED_MALFORMED,
				"unknown attribute \"%.*s\", did you mean \"%s\"?",
				(int)(name.n < 64 ? name.n : 64), name.p, attributes[i]);
	for (size_t i = 0; i < name.n; i++)
		regular = regular && ((name.p[i] >= 'a' && name.p[i] <= 'z') ||
					     (name.p[i] >= '0' && name.p[i] <= '9'));
	if (!regular)
		return FAIL(fault, REFUSED_MALFORMED,
			"unknown attribute \"%.*s\": names of attributes are lower-case letters and digits",
			(int)(name.n < 64 ? name.n : 64), name.p == NULL ? "" : name.p);
	return 0;
}

int attribute_type(struct str type, enum fact_kind *ret_kind, struct json_fault *fault)
{
	struct str near = STR("");
	unsigned best = TYPE_WITHIN + 1;
	int n = (int)(type.n < 64 ? type.n : 64);

	*ret_kind = event_type_by_name(type);
	if (*ret_kind != 0)
		return 0;
	if (type.n == 0)
		return FAIL(fault, REFUSED_TYPE,
			"type: missing, expected \"capscore.NAME.v1\", for example \"capscore.usage.v1\"");
	for (int k = 1; k < FACT_KIND_END; k++) {
		unsigned d = str_distance(type, event_type_name((enum fact_kind)k), best - 1);

		if (d < best) {
			best = d;
			near = event_type_name((enum fact_kind)k);
		}
	}
	if (near.n > 0)
		return FAIL(fault, REFUSED_TYPE, "type: \"%.*s\" is no fact, did you mean \"%s\"?",
			n, type.p, near.p);
	return FAIL(fault, REFUSED_TYPE,
		"type: \"%.*s\" is no fact; expected \"capscore.NAME.v1\", for example \"capscore.usage.v1\"",
		n, type.p);
}

bool attribute_content_is_json(struct str type)
{
	static const struct str json = STR_INIT("application/json");

	if (type.n < json.n || !str_eq_nocase((struct str){ type.p, json.n }, json))
		return false;
	return type.n == json.n || type.p[json.n] == ';' || type.p[json.n] == ' ';
}

void fault_make_printable(char *text)
{
	for (char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	if (str_is_clean_utf8(str_from(text)))
		return;
	for (char *c = text; *c != '\0'; c++)
		if ((*c & 0x80) != 0)
			*c = '?';
}

/* ---- base64 ----------------------------------------------------------------------------------------------- */

/* 0..63, or -1. */
static int sextet(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int base64_decode(struct str coded, struct arena *ar, struct str *ret)
{
	char *out;
	uint32_t bits = 0;
	size_t n = 0;

	if (coded.n % 4 == 0)
		for (int i = 0; i < 2 && coded.n > 0 && coded.p[coded.n - 1] == '='; i++)
			coded.n--;
	if (coded.n % 4 == 1)
		return ERR_SYNTAX;
	out = arena_alloc(ar, coded.n / 4 * 3 + 3);
	if (out == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < coded.n; i++) {
		int v = sextet(coded.p[i]);

		if (v < 0)
			return ERR_SYNTAX;
		bits = bits << 6 | (uint32_t)v;
		if (i % 4 != 0)
			out[n++] = (char)(uint8_t)(bits >> (6 - i % 4 * 2));
	}
	*ret = (struct str){ out, n };
	return 0;
}
