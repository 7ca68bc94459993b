/* Events from JSON. jansson checks the syntax; the members are taken by the table of event_fields.h. */
#include "common/wire/event_json.h"

#include <jansson.h>
#include <stdio.h>

#include "common/base/event_fields.h"
#include "common/wire/event_attributes.h"

#define SUGGEST_WITHIN 3 /* edits between what was written and what may have been meant */

struct parse {
	struct str text;
	struct arena *ar;
	struct event *ev;
	struct json_fault *fault;
};

/* ---- faults ----------------------------------------------------------------------------------------------- */

/* Where the value of a member begins in a text that is known to be JSON: of the object itself, or of its "data".
 * Returns the offset of the name, or SIZE_MAX. Names written with escapes are not found. */
static size_t find_member(struct str text, bool in_data, struct str name)
{
	unsigned depth = 0, want = in_data ? 2 : 1;
	bool data = false; /* inside the object's "data" */

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '{' || c == '[') {
			depth++;
		} else if (c == '}' || c == ']') {
			depth--;
			data = data && depth >= 2;
		} else if (c == '"') {
			size_t start = i + 1, after;
			struct str s;

			for (i++; i < text.n && text.p[i] != '"'; i++)
				i += text.p[i] == '\\';
			s = (struct str){ text.p + start, i - start };
			for (after = i + 1;
				after < text.n && strchr(" \t\r\n", text.p[after]) != NULL; after++)
				;
			if (after >= text.n || text.p[after] != ':')
				continue;
			if (depth == want && data == in_data && str_eq(s, name))
				return start - 1;
			if (depth == 1)
				data = str_eq(s, STR("data"));
		}
	}
	return SIZE_MAX;
}

static void place(struct parse *p, bool in_data, struct str name)
{
	size_t at = find_member(p->text, in_data, name);

	p->fault->line = p->fault->column = 0;
	if (at == SIZE_MAX)
		return;
	p->fault->line = p->fault->column = 1;
	for (size_t i = 0; i < at; i++) {
		p->fault->column = p->text.p[i] == '\n' ? 1 : p->fault->column + 1;
		p->fault->line += p->text.p[i] == '\n';
	}
}

/* Each returns ERR_INVALID, so that `return fault(...)` reads well. */
#define FAULT(p, why, ...)                                                                         \
	((p)->fault->refusal = (why),                                                              \
		(void)snprintf((p)->fault->text, sizeof(p)->fault->text, __VA_ARGS__),             \
		ERR_INVALID)
#define FAULT_AT(p, in_data, name, why, ...) (place(p, in_data, name), FAULT(p, why, __VA_ARGS__))

static int out_of_memory(struct parse *p)
{
	(void)FAULT(p, REFUSED_MALFORMED, "out of memory");
	return ERR_NOMEM;
}

/* ---- names that are not known ------------------------------------------------------------------------------ */

static struct str member_name(const struct event_field *f)
{
	return f->form == FIELD_AMOUNT ? STR("amount") : str_from(f->name);
}

static int unknown_data_member(struct parse *p, const char *name)
{
	const struct fact_fields *fact = &fact_fields[p->ev->kind];
	struct str given = str_from(name), near = STR("");
	unsigned best = SUGGEST_WITHIN + 1;
	struct sink s;

	for (size_t i = 0; i < fact->n; i++) {
		unsigned d = str_distance(given, member_name(&fact->fields[i]), SUGGEST_WITHIN);

		if (d < best) {
			best = d;
			near = member_name(&fact->fields[i]);
		}
	}
	(void)FAULT_AT(p, true, given, REFUSED_FIELD, "%s", "");
	sink_init(&s, p->fault->text, sizeof p->fault->text);
	sink_printf(&s, "data: unknown member \"%.64s\"", name);
	if (near.n > 0) {
		sink_printf(&s, ", did you mean \"" STR_FMT "\"?", STR_ARG(near));
		return ERR_INVALID;
	}
	sink_printf(&s, "; a %s has", fact_kind_name(p->ev->kind));
	for (size_t i = 0; i < fact->n; i++)
		sink_printf(&s, "%s" STR_FMT, i == 0 ? " " : ", ",
			STR_ARG(member_name(&fact->fields[i])));
	return ERR_INVALID;
}

/* ---- attributes ------------------------------------------------------------------------------------------- */

static int copy_string(struct parse *p, const json_t *v, struct str *ret)
{
	size_t n = json_string_length(v);
	char *copy = arena_alloc(p->ar, n + 1);

	if (copy == NULL)
		return out_of_memory(p);
	memcpy(copy, json_string_value(v), n + 1);
	*ret = (struct str){ copy, n };
	return 0;
}

static bool is_given(const json_t *v)
{
	return v != NULL && !json_is_null(v);
}

/* A text attribute; absent is empty. */
static int take_text(
	struct parse *p, const json_t *o, const char *name, enum refusal why, struct str *ret)
{
	const json_t *v = json_object_get(o, name);

	*ret = (struct str){ NULL, 0 };
	if (!is_given(v))
		return 0;
	if (!json_is_string(v))
		return FAULT_AT(p, false, str_from(name), why, "%s: expected a string", name);
	return copy_string(p, v, ret);
}

static int take_instant(struct parse *p, const json_t *o, const char *name, event_ms *to)
{
	const json_t *v = json_object_get(o, name);

	if (json_is_string(v) &&
		instant_parse((struct str){ json_string_value(v), json_string_length(v) }, to) == 0)
		return 0;
	return FAULT_AT(p, false, str_from(name), REFUSED_TIME,
		"%s: expected an RFC 3339 time from 2000 to 2199, for example \"2023-06-30T12:00:00Z\"",
		name);
}

static int take_times(struct parse *p, const json_t *o)
{
	int rc = take_instant(p, o, "time", &p->ev->time);

	p->ev->recorded = p->ev->time;
	if (rc == 0 && is_given(json_object_get(o, "recordedtime")))
		rc = take_instant(p, o, "recordedtime", &p->ev->recorded);
	return rc;
}

static int take_type(struct parse *p, const json_t *o)
{
	struct str type;
	int rc = take_text(p, o, "type", REFUSED_TYPE, &type);

	if (rc == 0)
		rc = attribute_type(type, &p->ev->kind, p->fault);
	if (rc != 0)
		place(p, false, STR("type"));
	return rc;
}

static int take_retracted(struct parse *p, const json_t *o)
{
	const json_t *v = json_object_get(o, "retracted");

	if (is_given(v) && !json_is_boolean(v))
		return FAULT_AT(p, false, STR("retracted"), REFUSED_FIELD,
			"retracted: expected true or false");
	p->ev->retracted = json_is_true(v);
	return 0;
}

static int check_envelope(struct parse *p, json_t *o)
{
	const json_t *version = json_object_get(o, "specversion");
	const json_t *content = json_object_get(o, "datacontenttype");
	const char *name;
	json_t *v;

	json_object_foreach(o, name, v)
	{
		int rc = attribute_check(str_from(name), p->fault);

		if (rc != 0) {
			place(p, false, str_from(name));
			return rc;
		}
	}
	if (!json_is_string(version) || strcmp(json_string_value(version), "1.0") != 0)
		return FAULT_AT(p, false, STR("specversion"), REFUSED_MALFORMED,
			"specversion: expected \"1.0\"");
	if (is_given(content) && (!json_is_string(content) || !attribute_content_is_json(str_from(
								      json_string_value(content)))))
		return FAULT_AT(p, false, STR("datacontenttype"), REFUSED_MALFORMED,
			"datacontenttype: expected \"application/json\"");
	return 0;
}

static int take_envelope(struct parse *p, json_t *o)
{
	int rc = check_envelope(p, o);

	if (rc == 0)
		rc = take_text(p, o, "id", REFUSED_ID, &p->ev->id);
	if (rc == 0)
		rc = take_text(p, o, "source", REFUSED_SOURCE, &p->ev->source);
	if (rc == 0)
		rc = take_type(p, o);
	if (rc == 0)
		rc = take_text(p, o, "subject", REFUSED_SUBJECT, &p->ev->subject);
	if (rc == 0)
		rc = take_times(p, o);
	if (rc == 0)
		rc = take_retracted(p, o);
	return rc;
}

/* ---- data ------------------------------------------------------------------------------------------------- */

#define DATA_FAULT(p, f, ...) field_fault(p, f, FAULT(p, REFUSED_FIELD, __VA_ARGS__))

/* Puts "usage.month: " before the text of a fault and finds its place. */
static int field_fault(struct parse *p, const struct event_field *f, int rc)
{
	struct str name = member_name(f);
	char text[ERR_TEXT_MAX];

	(void)snprintf(text, sizeof text, "%s." STR_FMT ": %.400s", fact_kind_name(p->ev->kind),
		STR_ARG(name), p->fault->text);
	memcpy(p->fault->text, text, sizeof text);
	place(p, true, name);
	return rc;
}

static int take_enum(struct parse *p, const struct event_field *f, const json_t *v, int *ret)
{
	const char *before = " ";
	struct sink s;

	if (json_is_string(v) &&
		enum_by_name(
			f->names, (struct str){ json_string_value(v), json_string_length(v) }, ret))
		return 0;
	p->fault->refusal = REFUSED_FIELD;
	sink_init(&s, p->fault->text, sizeof p->fault->text);
	sink_printf(&s, "expected one of");
	for (int i = f->names->first; i < f->names->end; i++)
		if (enum_name(f->names, i) != NULL) {
			sink_printf(&s, "%s%s", before, enum_name(f->names, i));
			before = ", ";
		}
	if (json_is_string(v))
		sink_printf(&s, ", not \"%.64s\"", json_string_value(v));
	return field_fault(p, f, ERR_INVALID);
}

/* A number that a double holds without doubt: the nearest millionth reads back as the same double. */
static int amount_of_real(double x, int64_t *ret)
{
	int64_t micro;

	if (!(x * 1e6 < 9007199254740992.0 && x * 1e6 > -9007199254740992.0)) /* 2^53 */
		return ERR_RANGE;
	micro = (int64_t)(x * 1e6 + (x < 0 ? -0.5 : 0.5));
	if ((double)micro / 1e6 != x)
		return ERR_INVALID;
	if (micro > USAGE_AMOUNT_MAX || micro < -USAGE_AMOUNT_MAX)
		return ERR_RANGE;
	*ret = micro;
	return 0;
}

static int take_amount(struct parse *p, const struct event_field *f, const json_t *v, int64_t *ret)
{
	int rc = ERR_INVALID;
	char text[AMOUNT_TEXT];

	if (json_is_string(v)) {
		rc = amount_parse((struct str){ json_string_value(v), json_string_length(v) }, ret);
	} else if (json_is_integer(v)) {
		(void)snprintf(text, sizeof text, "%lld", (long long)json_integer_value(v));
		rc = amount_parse(str_from(text), ret);
	} else if (json_is_real(v)) {
		rc = amount_of_real(json_real_value(v), ret);
		if (rc == ERR_INVALID)
			return DATA_FAULT(p, f,
				"a number that cannot be read exactly; write it as a string "
				"with at most six decimals");
	}
	if (rc == ERR_RANGE)
		return DATA_FAULT(p, f, "expected at most 1000000000 and at least -1000000000");
	if (rc != 0)
		return DATA_FAULT(p, f,
			"expected a decimal with at most six decimals, for example \"1234.56\"");
	return 0;
}

static int take_date(struct parse *p, const struct event_field *f, const json_t *v, int32_t *ret)
{
	struct str s = { json_string_value(v), json_is_string(v) ? json_string_length(v) : 0 };

	if (f->form == FIELD_MONTH)
		return month_parse(s, ret) == 0
			       ? 0
			       : DATA_FAULT(p, f, "expected a month, for example \"2023-06\"");
	return day_parse(s, ret) == 0
		       ? 0
		       : DATA_FAULT(p, f, "expected a day, for example \"2023-06-30\"");
}

static int take_field(struct parse *p, const struct event_field *f, const json_t *v, void *to)
{
	int value = 0, rc;

	switch ((enum field_form)f->form) {
	case FIELD_TEXT:
	case FIELD_LINES:
		if (!json_is_string(v))
			return DATA_FAULT(p, f, "expected a string");
		return copy_string(p, v, to);
	case FIELD_DAY:
	case FIELD_MONTH:
		return take_date(p, f, v, to);
	case FIELD_ENUM:
		rc = take_enum(p, f, v, &value);
		*(int32_t *)to = value;
		return rc;
	case FIELD_CHANGE:
		rc = take_enum(p, f, v, &value);
		*(bool *)to = value == CHANGE_LINKED;
		return rc;
	case FIELD_BOOL:
		if (!json_is_boolean(v))
			return DATA_FAULT(p, f, "expected true or false");
		*(bool *)to = json_is_true(v);
		return 0;
	case FIELD_AMOUNT:
		return take_amount(p, f, v, to);
	}
	return 0;
}

/* What an absent member means. Missing texts and days are told by event_validate(). */
static int take_nothing(struct parse *p, const struct event_field *f, void *to)
{
	bool needed = f->key || !p->ev->retracted;

	if (f->form == FIELD_DAY)
		*(day_no *)to = DAY_NONE;
	if (!needed)
		return 0;
	if (f->form == FIELD_MONTH || f->form == FIELD_AMOUNT || f->form == FIELD_CHANGE)
		return DATA_FAULT(p, f, "missing");
	if (f->form == FIELD_ENUM && f->names->first > 0) {
		int unused;

		return take_enum(p, f, NULL, &unused);
	}
	return 0;
}

static const struct event_field *field_by_name(const struct fact_fields *fact, const char *name)
{
	for (size_t i = 0; i < fact->n; i++)
		if (str_eq(member_name(&fact->fields[i]), str_from(name)))
			return &fact->fields[i];
	return NULL;
}

static int syntax_fault(struct parse *p, const json_error_t *error)
{
	if (json_error_code(error) == json_error_out_of_memory)
		return out_of_memory(p);
	(void)FAULT(p, REFUSED_MALFORMED, "not JSON: %s", error->text);
	p->fault->line = error->line > 0 ? (unsigned)error->line : 0;
	p->fault->column = error->column > 0 ? (unsigned)error->column : 0;
	return ERR_SYNTAX;
}

static int take_members(struct parse *p, json_t *data)
{
	const struct fact_fields *fact = &fact_fields[p->ev->kind];
	const char *name;
	json_t *v;
	int rc = 0;

	json_object_foreach(data, name, v)
	{
		if (field_by_name(fact, name) == NULL)
			return unknown_data_member(p, name);
	}
	for (size_t i = 0; rc == 0 && i < fact->n; i++) {
		const struct event_field *f = &fact->fields[i];
		void *to = (char *)p->ev + f->offset;

		v = json_object_getn(data, member_name(f).p, member_name(f).n);
		rc = is_given(v) ? take_field(p, f, v, to) : take_nothing(p, f, to);
	}
	return rc;
}

int event_data_from_json(
	struct str text, struct arena *ar, struct event *ev, struct json_fault *ret_fault)
{
	struct json_fault fault = { 0 };
	struct parse p = { text, ar, ev, &fault };
	json_error_t error;
	json_t *data =
		json_loadb(text.n == 0 ? "" : text.p, text.n, JSON_REJECT_DUPLICATES, &error);
	int rc;

	if (data == NULL)
		rc = syntax_fault(&p, &error);
	else if (!json_is_object(data))
		rc = FAULT(&p, REFUSED_FACT, "expected an object");
	else
		rc = take_members(&p, data);
	json_decref(data);
	if (rc == 0)
		return 0;
	fault.line = fault.column = 0; /* the text stands inside another one */
	(void)snprintf(ret_fault->text, sizeof ret_fault->text, "data: %.480s", fault.text);
	ret_fault->refusal = fault.refusal;
	fault_make_printable(ret_fault->text);
	return rc;
}

static int take_base64(struct parse *p, const json_t *v)
{
	struct str coded = { json_string_value(v), json_is_string(v) ? json_string_length(v) : 0 };
	struct str text;
	int rc;

	if (!json_is_string(v))
		return FAULT_AT(p, false, STR("data_base64"), REFUSED_FACT,
			"data_base64: expected a string");
	rc = base64_decode(coded, p->ar, &text);
	if (rc == ERR_NOMEM)
		return out_of_memory(p);
	if (rc != 0)
		return FAULT_AT(
			p, false, STR("data_base64"), REFUSED_FACT, "data_base64: not base64");
	rc = event_data_from_json(text, p->ar, p->ev, p->fault);
	if (rc != 0)
		place(p, false, STR("data_base64"));
	return rc == ERR_SYNTAX ? ERR_INVALID : rc; /* of the event, which itself is JSON */
}

static int take_data(struct parse *p, const json_t *o)
{
	json_t *data = json_object_get(o, "data"), *coded = json_object_get(o, "data_base64");

	if (is_given(coded) && is_given(data))
		return FAULT_AT(p, false, STR("data_base64"), REFUSED_FACT,
			"data and data_base64: one of the two only");
	if (is_given(coded))
		return take_base64(p, coded);
	if (!json_is_object(data))
		return FAULT_AT(p, false, STR("data"), REFUSED_FACT, "data: %s",
			data == NULL ? "missing" : "expected an object");
	return take_members(p, data);
}

/* ---- the whole -------------------------------------------------------------------------------------------- */

static int take_event(struct parse *p, json_t *o)
{
	struct refusal_detail detail;
	enum refusal why;
	int rc;

	if (!json_is_object(o))
		return FAULT(p, REFUSED_MALFORMED, "expected an object: one event");
	rc = take_envelope(p, o);
	if (rc == 0)
		rc = take_data(p, o);
	if (rc != 0)
		return rc;
	why = event_validate(p->ev, &detail);
	return why == REFUSED_NOT ? 0 : FAULT(p, why, "%s", detail.text);
}

int event_from_json(
	struct str text, struct arena *ar, struct event *ret_event, struct json_fault *ret_fault)
{
	struct event ev;
	struct json_fault fault = { 0 };
	struct parse p = { text, ar, &ev, &fault };
	json_error_t error;
	json_t *o;
	int rc;

	memset(&ev, 0, sizeof ev);
	if (text.n > WIRE_BATCH_BYTES_MAX) {
		rc = FAULT(&p, REFUSED_TOO_LARGE, "an event of %zu bytes, at most %zu", text.n,
			WIRE_BATCH_BYTES_MAX);
	} else {
		o = json_loadb(text.n == 0 ? "" : text.p, text.n, JSON_REJECT_DUPLICATES, &error);
		rc = o == NULL ? syntax_fault(&p, &error) : take_event(&p, o);
		json_decref(o);
	}
	if (rc == 0) {
		*ret_event = ev;
		return 0;
	}
	fault_make_printable(fault.text);
	*ret_fault = fault;
	return rc;
}
