#include "common/wire/cloud_event.h"

#include <stdio.h>

#include "common/wire/event_attributes.h"
#include "common/wire/event_type.h"
#include "common/wire/pb.h"

/* Field numbers of CloudEvent, CloudEventAttributeValue, Any and Timestamp. */
enum {
	CLOUD_ID = 1,
	CLOUD_SOURCE = 2,
	CLOUD_SPEC_VERSION = 3,
	CLOUD_TYPE = 4,
	CLOUD_ATTRIBUTES = 5,
	CLOUD_BINARY_DATA = 6,
	CLOUD_TEXT_DATA = 7,
	CLOUD_PROTO_DATA = 8,
	VALUE_BOOLEAN = 1,
	VALUE_INTEGER = 2,
	VALUE_TIMESTAMP = 7,
	VALUE_END = 8,
};
#define BATCH_EVENT PB_TAG(1, PB_BYTES)

/* Returns ERR_INVALID, so that `return FAULT(...)` reads well. */
#define FAULT(f, why, ...)                                                                         \
	((f)->refusal = (why), (void)snprintf((f)->text, sizeof(f)->text, __VA_ARGS__), ERR_INVALID)

/* What stands in the bytes. */
struct cloud {
	struct span id, source, spec_version, type;
	struct span data, any; /* of several the last stands, as in every oneof */
	bool has_data, has_any, is_binary;
	/* Attributes. */
	struct str subject, content;
	event_ms time, recorded;
	bool has_time, has_recorded, retracted;
	unsigned seen; /* bit i: known[i] */
};

struct value {
	unsigned number; /* of the oneof; 0 for none */
	uint64_t varint;
	struct span bytes;
};

static int not_cloud(struct json_fault *f)
{
	(void)FAULT(f, REFUSED_MALFORMED,
		"not a CloudEvent of protobuf: cut short, or a field of a wrong type");
	return ERR_SYNTAX;
}

static struct str text_of(struct span s)
{
	return (struct str){ s.p, s.n };
}

/* ---- attributes ------------------------------------------------------------------------------------------- */

static bool read_value(struct span bytes, struct value *ret)
{
	struct pb_in in = pb_in(bytes);
	uint32_t tag;

	*ret = (struct value){ 0 };
	while (!pb_is_done(&in)) {
		unsigned number;
		bool ok;

		if (!pb_read_tag(&in, &tag))
			return false;
		number = tag >> 3;
		if (number >= VALUE_END) {
			if (!pb_skip(&in, tag))
				return false;
			continue;
		}
		ret->number = number;
		if (number == VALUE_BOOLEAN || number == VALUE_INTEGER)
			ok = (tag & 7) == PB_VARINT && pb_read_varint(&in, &ret->varint);
		else
			ok = (tag & 7) == PB_BYTES && pb_read_bytes(&in, &ret->bytes);
		if (!ok)
			return false;
	}
	return true;
}

static bool is_text(const struct value *v)
{
	return v->number > VALUE_INTEGER && v->number < VALUE_TIMESTAMP;
}

static bool read_timestamp(struct span bytes, event_ms *ret)
{
	struct pb_in in = pb_in(bytes);
	int64_t seconds = 0, nanos = 0;
	uint32_t tag;
	uint64_t v;

	while (!pb_is_done(&in)) {
		if (!pb_read_tag(&in, &tag))
			return false;
		if (tag != PB_TAG(1, PB_VARINT) && tag != PB_TAG(2, PB_VARINT)) {
			if (!pb_skip(&in, tag))
				return false;
			continue;
		}
		if (!pb_read_varint(&in, &v))
			return false;
		if (tag >> 3 == 1)
			seconds = (int64_t)v;
		else
			nanos = (int64_t)v;
	}
	if (seconds < 0 || seconds > 100000000000 || nanos < 0 || nanos > 999999999)
		return false;
	*ret = seconds * 1000 + nanos / 1000000;
	return day_is_valid(day_of_ms(*ret));
}

static int take_instant(
	const char *name, const struct value *v, event_ms *to, bool *ret_has, struct json_fault *f)
{
	*ret_has = true;
	if (v->number == VALUE_TIMESTAMP ? read_timestamp(v->bytes, to)
					 : is_text(v) && instant_parse(text_of(v->bytes), to) == 0)
		return 0;
	return FAULT(f, REFUSED_TIME,
		"%s: expected a ce_timestamp from 2000 to 2199, or an RFC 3339 time in a ce_string",
		name);
}

static int take_text(const char *name, const struct value *v, enum refusal why, struct str *to,
	struct json_fault *f)
{
	if (!is_text(v))
		return FAULT(f, why, "%s: expected a ce_string", name);
	*to = text_of(v->bytes);
	return 0;
}

static int take_retracted(const struct value *v, bool *to, struct json_fault *f)
{
	if (v->number == VALUE_BOOLEAN) {
		*to = v->varint != 0;
		return 0;
	}
	*to = is_text(v) && str_eq(text_of(v->bytes), STR("true"));
	if (*to || (is_text(v) && str_eq(text_of(v->bytes), STR("false"))))
		return 0;
	return FAULT(f, REFUSED_FIELD, "retracted: expected a ce_boolean");
}

enum known { SUBJECT, TIME, RECORDED, RETRACTED, CONTENT, SCHEMA, KNOWN_END };
static const char *const known[KNOWN_END] = { "subject", "time", "recordedtime", "retracted",
	"datacontenttype", "dataschema" };

static int take_known(
	struct cloud *c, enum known which, const struct value *v, struct json_fault *f)
{
	if ((c->seen >> which & 1) != 0)
		return FAULT(f, REFUSED_MALFORMED, "attribute \"%s\" stands twice", known[which]);
	c->seen |= 1u << which;
	switch (which) {
	case SUBJECT:
		return take_text("subject", v, REFUSED_SUBJECT, &c->subject, f);
	case TIME:
		return take_instant("time", v, &c->time, &c->has_time, f);
	case RECORDED:
		return take_instant("recordedtime", v, &c->recorded, &c->has_recorded, f);
	case RETRACTED:
		return take_retracted(v, &c->retracted, f);
	case CONTENT:
		return take_text("datacontenttype", v, REFUSED_MALFORMED, &c->content, f);
	case SCHEMA:
	case KNOWN_END:
		break;
	}
	return 0;
}

/* Names of the required attributes have fields of their own. */
static bool has_field(struct str name)
{
	return str_eq(name, STR("id")) || str_eq(name, STR("source")) ||
	       str_eq(name, STR("type")) || str_eq(name, STR("specversion")) ||
	       str_eq(name, STR("data")) || str_eq(name, STR("data_base64"));
}

/* An entry of the map. */
static int take_attribute(struct cloud *c, struct span entry, struct json_fault *f)
{
	struct pb_in in = pb_in(entry);
	struct span key = { 0 }, bytes = { 0 };
	struct str name;
	struct value v;
	uint32_t tag;
	int rc;

	while (!pb_is_done(&in)) {
		if (!pb_read_tag(&in, &tag))
			return not_cloud(f);
		if (tag == PB_TAG(1, PB_BYTES)	     ? !pb_read_bytes(&in, &key)
			: tag == PB_TAG(2, PB_BYTES) ? !pb_read_bytes(&in, &bytes)
						     : !pb_skip(&in, tag))
			return not_cloud(f);
	}
	if (!read_value(bytes, &v))
		return not_cloud(f);
	name = text_of(key);
	for (int i = 0; i < KNOWN_END; i++)
		if (str_eq(name, str_from(known[i])))
			return take_known(c, (enum known)i, &v, f);
	rc = attribute_check(name, f);
	if (rc == 0 && has_field(name))
		rc = FAULT(f, REFUSED_MALFORMED,
			"attribute \"" STR_FMT
			"\" has a field of its own and does not stand in the map",
			STR_ARG(name));
	return rc;
}

/* ---- the message ------------------------------------------------------------------------------------------ */

static int take_field(struct cloud *c, uint32_t tag, struct pb_in *in, struct json_fault *f)
{
	struct span bytes;

	if (tag >> 3 > CLOUD_PROTO_DATA)
		return pb_skip(in, tag) ? 0 : not_cloud(f);
	if ((tag & 7) != PB_BYTES || !pb_read_bytes(in, &bytes))
		return not_cloud(f);
	switch (tag >> 3) {
	case CLOUD_ID:
		c->id = bytes;
		return 0;
	case CLOUD_SOURCE:
		c->source = bytes;
		return 0;
	case CLOUD_SPEC_VERSION:
		c->spec_version = bytes;
		return 0;
	case CLOUD_TYPE:
		c->type = bytes;
		return 0;
	case CLOUD_ATTRIBUTES:
		return take_attribute(c, bytes, f);
	case CLOUD_PROTO_DATA:
		c->any = bytes;
		c->has_any = true;
		c->has_data = false;
		return 0;
	default:
		c->data = bytes;
		c->has_data = true;
		c->has_any = false;
		c->is_binary = tag >> 3 == CLOUD_BINARY_DATA;
		return 0;
	}
}

static int read_cloud(struct span bytes, struct cloud *c, struct json_fault *f)
{
	struct pb_in in = pb_in(bytes);
	uint32_t tag;
	int rc = 0;

	while (rc == 0 && !pb_is_done(&in))
		rc = pb_read_tag(&in, &tag) ? take_field(c, tag, &in, f) : not_cloud(f);
	if (rc == 0 && !str_eq(text_of(c->spec_version), STR("1.0")))
		rc = FAULT(f, REFUSED_MALFORMED, "spec_version: expected \"1.0\"");
	return rc;
}

/* ---- the fact --------------------------------------------------------------------------------------------- */

struct str cloud_fact_name(enum fact_kind k)
{
	static const struct str names[FACT_KIND_END] = {
		[FACT_CERTIFICATION] = STR_INIT("Certification"),
		[FACT_PERSON_LINK] = STR_INIT("PersonLink"),
		[FACT_ASSESSMENT] = STR_INIT("Assessment"),
		[FACT_ASSOCIATION] = STR_INIT("Association"),
		[FACT_CUSTOMER] = STR_INIT("Customer"),
		[FACT_USAGE] = STR_INIT("Usage"),
		[FACT_USAGE_REPORTED] = STR_INIT("UsageReported"),
		[FACT_ATTESTATION] = STR_INIT("Attestation"),
		[FACT_ACCOUNT] = STR_INIT("Account"),
		[FACT_ENROLLMENT] = STR_INIT("Enrollment"),
		[FACT_DAY] = STR_INIT("Day"),
		[FACT_EDITION] = STR_INIT("EditionValid"),
	};

	return (unsigned)k < FACT_KIND_END ? names[k] : names[0];
}

/* "anything/capscore.v1.Usage". */
static bool names_fact(struct str url, enum fact_kind kind)
{
	static const struct str package = STR_INIT("capscore.v1.");
	struct str want = cloud_fact_name(kind);
	const char *slash = url.n == 0 ? NULL : memrchr(url.p, '/', url.n);

	if (slash == NULL)
		return false;
	url = (struct str){ slash + 1, url.n - (size_t)(slash + 1 - url.p) };
	return url.n == package.n + want.n && memcmp(url.p, package.p, package.n) == 0 &&
	       memcmp(url.p + package.n, want.p, want.n) == 0;
}

static bool read_any(struct span bytes, struct str *ret_url, struct span *ret_value)
{
	struct pb_in in = pb_in(bytes);
	uint32_t tag;

	*ret_url = STR("");
	*ret_value = (struct span){ bytes.p, 0 };
	while (!pb_is_done(&in)) {
		bool ok;

		if (!pb_read_tag(&in, &tag))
			return false;
		if (tag == PB_TAG(1, PB_BYTES))
			ok = pb_read_str(&in, ret_url);
		else if (tag == PB_TAG(2, PB_BYTES))
			ok = pb_read_bytes(&in, ret_value);
		else
			ok = pb_skip(&in, tag);
		if (!ok)
			return false;
	}
	return true;
}

/* An Event with nothing but the fact in it, which is then read as every Event is. */
static int decode_fact(struct span value, struct event *ev, struct arena *ar, struct json_fault *f)
{
	uint8_t *start = arena_alloc(ar, value.n + 256 + ev->id.n + ev->source.n + ev->subject.n);
	uint8_t *event, *p;
	struct decoded_event *decoded;
	size_t n;
	int rc;

	if (start == NULL)
		return ERR_NOMEM;
	event = pb_open(start, BATCH_EVENT >> 3);
	p = pb_put_str(event, 1, ev->id);
	p = pb_put_str(p, 2, ev->source);
	p = pb_put_str(p, 3, event_type_name(ev->kind));
	p = pb_put_str(p, 4, ev->subject);
	p = pb_put_zigzag(p, 5, ev->time);
	p = pb_put_zigzag(p, 6, ev->recorded);
	p = pb_put_number(p, 7, ev->retracted);
	p = pb_close(event, pb_put_bytes(p, 9 + (unsigned)ev->kind, value.p, value.n));
	rc = wire_decode_events(
		(struct span){ start, (size_t)(p - start) }, ar, &decoded, &n, NULL);
	if (rc == ERR_NOMEM)
		return rc;
	if (rc != 0)
		return FAULT(f, REFUSED_TOO_LARGE, "an event of %zu bytes, at most %zu", value.n,
			WIRE_BATCH_BYTES_MAX);
	if (decoded[0].refusal != REFUSED_NOT)
		return FAULT(f, decoded[0].refusal, "%s", decoded[0].detail->text);
	*ev = decoded[0].event;
	return 0;
}

static int take_any(const struct cloud *c, struct event *ev, struct arena *ar, struct json_fault *f)
{
	struct span value;
	struct str url;

	if (!read_any(c->any, &url, &value))
		return not_cloud(f);
	if (!names_fact(url, ev->kind))
		return FAULT(f, REFUSED_FACT,
			"proto_data: expected type.googleapis.com/capscore.v1." STR_FMT
			", not \"%.*s\"",
			STR_ARG(cloud_fact_name(ev->kind)), (int)(url.n < 100 ? url.n : 100),
			url.n == 0 ? "" : url.p);
	return decode_fact(value, ev, ar, f);
}

static int take_json(
	const struct cloud *c, struct event *ev, struct arena *ar, struct json_fault *f)
{
	struct refusal_detail detail;
	enum refusal why;
	int rc;

	if ((c->seen >> CONTENT & 1) != 0 && !attribute_content_is_json(c->content))
		return FAULT(f, REFUSED_MALFORMED,
			"datacontenttype: expected \"application/json\" beside %s",
			c->is_binary ? "binary_data" : "text_data");
	rc = event_data_from_json(text_of(c->data), ar, ev, f);
	if (rc != 0)
		return rc == ERR_SYNTAX ? ERR_INVALID : rc;
	why = event_validate(ev, &detail);
	return why == REFUSED_NOT ? 0 : FAULT(f, why, "%s", detail.text);
}

static int take_event(
	const struct cloud *c, struct event *ev, struct arena *ar, struct json_fault *f)
{
	int rc = attribute_type(text_of(c->type), &ev->kind, f);

	if (rc != 0)
		return rc;
	if (!c->has_time)
		return FAULT(f, REFUSED_TIME, "time: missing; a ce_timestamp in the attributes");
	ev->id = text_of(c->id);
	ev->source = text_of(c->source);
	ev->subject = c->subject;
	ev->time = c->time;
	ev->recorded = c->has_recorded ? c->recorded : c->time;
	ev->retracted = c->retracted;
	if (c->has_any)
		return take_any(c, ev, ar, f);
	if (c->has_data)
		return take_json(c, ev, ar, f);
	return FAULT(f, REFUSED_FACT,
		"data: missing; proto_data with capscore.v1." STR_FMT ", or JSON in text_data",
		STR_ARG(cloud_fact_name(ev->kind)));
}

int event_from_cloud(
	struct span bytes, struct arena *ar, struct event *ret_event, struct json_fault *ret_fault)
{
	struct json_fault fault = { 0 };
	struct cloud c = { 0 };
	struct event ev;
	int rc;

	memset(&ev, 0, sizeof ev);
	if (bytes.n > WIRE_BATCH_BYTES_MAX)
		rc = FAULT(&fault, REFUSED_TOO_LARGE, "an event of %zu bytes, at most %zu", bytes.n,
			WIRE_BATCH_BYTES_MAX);
	else
		rc = read_cloud(bytes, &c, &fault);
	if (rc == 0)
		rc = take_event(&c, &ev, ar, &fault);
	if (rc == 0) {
		*ret_event = ev;
		return 0;
	}
	if (rc == ERR_NOMEM)
		(void)FAULT(&fault, REFUSED_MALFORMED, "out of memory");
	fault.line = fault.column = 0;
	fault_make_printable(fault.text);
	*ret_fault = fault;
	return rc;
}

/* ---- batches ---------------------------------------------------------------------------------------------- */

int cloud_next_event(struct span *rest, struct span *ret_event)
{
	struct pb_in in = pb_in(*rest);
	uint32_t tag;
	int rc = 0;

	while (rc == 0 && !pb_is_done(&in)) {
		if (!pb_read_tag(&in, &tag))
			return ERR_SYNTAX;
		if (tag == BATCH_EVENT)
			rc = pb_read_bytes(&in, ret_event) ? 1 : ERR_SYNTAX;
		else if (tag >> 3 == BATCH_EVENT >> 3 || !pb_skip(&in, tag))
			rc = ERR_SYNTAX;
	}
	if (rc >= 0)
		*rest = (struct span){ in.p, (size_t)(in.end - in.p) };
	return rc;
}

bool cloud_is_batch(struct span bytes)
{
	struct span event;
	struct pb_in in;
	uint32_t tag;

	if (cloud_next_event(&bytes, &event) != 1)
		return false;
	in = pb_in(event);
	while (!pb_is_done(&in) && pb_read_tag(&in, &tag)) {
		struct str s;

		if (tag == PB_TAG(CLOUD_SPEC_VERSION, PB_BYTES))
			return pb_read_str(&in, &s) && str_eq(s, STR("1.0"));
		if (!pb_skip(&in, tag))
			return false;
	}
	return false;
}
