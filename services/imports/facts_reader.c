#include "services/imports/facts_reader.h"

#include "services/imports/report.h"

/* The first byte that is no white space, 0 when there is none in the window. */
static char first_byte(const struct input *in)
{
	for (size_t i = 0; i < in->n; i++)
		if (strchr(" \t\r\n", in->p[i]) == NULL || in->p[i] == '\0')
			return in->p[i];
	return '\0';
}

static int set_recorded(struct reading *r, const struct input *in, struct err *e)
{
	r->recorded = r->options->recorded;
	if (r->recorded == 0)
		r->recorded = in->modified != 0 ? in->modified : r->options->now;
	if (!day_is_valid(day_of_ms(r->recorded)))
		return err_set(e, ERR_INVALID,
			"the file's modification time lies outside 2000-01-01 to 2199-12-31; say --recorded");
	return 0;
}

/* ---- events ------------------------------------------------------------------------------------------------ */

static const struct {
	const char *name, *media_type, *help;
} formats[EVENTS_FORMAT_END] = {
#define X(format, text, media_type, help) [format] = { text, media_type, help },
	EVENTS_FORMAT_TABLE(X)
#undef X
};

bool events_format_by_name(struct str name, enum events_format *ret)
{
	for (int i = EVENTS_BY_CONTENT + 1; i < EVENTS_FORMAT_END; i++)
		if (str_eq(name, str_from(formats[i].name)) ||
			(formats[i].media_type[0] != '\0' &&
				str_eq_nocase(name, str_from(formats[i].media_type)))) {
			*ret = (enum events_format)i;
			return true;
		}
	return false;
}

const char *events_format_help(enum events_format f)
{
	return (unsigned)f < EVENTS_FORMAT_END && formats[f].help != NULL ? formats[f].help : "";
}

/* Whether a brace stands alone on the first line, as in a single event that is written for people: on a line of its own
 * it would be no event. */
static bool is_brace_alone(const struct input *in)
{
	const char *brace = memchr(in->p, '{', in->n);
	size_t left = in->n - (size_t)(brace + 1 - in->p), i = 0;

	while (i < left && (brace[1 + i] == ' ' || brace[1 + i] == '\t' || brace[1 + i] == '\r'))
		i++;
	return i < left && brace[1 + i] == '\n';
}

/* Asks for more only while more may tell: a stream may come slowly. */
static int recognise(struct input *in, enum events_format *ret, struct err *e)
{
	char first = first_byte(in);
	bool more = true;
	int rc = 0;

	*ret = EVENTS_BY_CONTENT;
	if (first == '{' || first == '[') {
		*ret = first == '['	    ? EVENTS_JSON_BATCH
		       : is_brace_alone(in) ? EVENTS_JSON
					    : EVENTS_NDJSON;
		return 0;
	}
	while (rc == 0) {
		*ret = protobuf_recognise(in, &more);
		if (*ret != EVENTS_BY_CONTENT || !more)
			return 0;
		rc = input_more(in, e);
	}
	return rc == ERR_NOTFOUND || rc == ERR_FULL ? 0 : rc;
}

static int read_events(
	struct reading *r, enum events_format format, struct input *in, struct err *e)
{
	switch (format) {
	case EVENTS_NDJSON:
		r->format = "events";
		return ndjson_read(r, in, e);
	case EVENTS_JSON_BATCH:
		r->format = "events, a JSON array";
		return json_array_read(r, in, e);
	case EVENTS_JSON:
		r->format = "events, one in JSON";
		return json_single_read(r, in, e);
	default:
		r->format = format == EVENTS_EVENT_BATCH ? "events, EventBatch"
							 : "events, CloudEvents in protobuf";
		return protobuf_read(r, format, in, e);
	}
}

static int read_as(struct reading *r, enum facts_accept accept, struct input *in, struct err *e)
{
	enum events_format format = r->options->format;
	int rc = format == EVENTS_BY_CONTENT ? recognise(in, &format, e) : 0;

	if (rc != 0)
		return rc;
	if (format != EVENTS_BY_CONTENT && (accept & FACTS_NDJSON) == 0)
		return err_set(e, ERR_UNSUPPORTED, "holds events; use `capscore send`");
	if (format != EVENTS_BY_CONTENT)
		return read_events(r, format, in, e);
	if ((accept & FACTS_REPORTS) == 0)
		return err_set(e, ERR_UNSUPPORTED,
			"not events, in JSON or protobuf (--format says which where the content does not); for exports "
			"of Partner Center use `capscore import`");
	return report_read(r, in, e);
}

int facts_read_input(const struct reading_options *options, enum facts_accept accept,
	const char *name, struct input *in, const struct reading_handler *handler,
	struct reading *ret, struct err *e)
{
	int rc;

	*ret = (struct reading){
		.options = options, .handler = handler, .file = name, .format = "unknown"
	};
	rc = set_recorded(ret, in, e);
	if (rc == 0 && options->format < EVENTS_CLOUDEVENT) /* bytes of protobuf are no mark */
		rc = input_skip_bom(in, e);
	if (rc == 0 && in->n == 0 && options->format < EVENTS_CLOUDEVENT && accept == FACTS_NDJSON)
		return 0; /* no events */
	if (rc == 0)
		rc = read_as(ret, accept, in, e);
	if (rc != 0 && ret->stop == 0) {
		if (e != NULL && e->code == 0)
			(void)err_set(e, rc, "%s", err_text(rc));
		(void)err_wrap(e, "%s", name);
	}
	return rc;
}

int facts_read(const struct reading_options *options, enum facts_accept accept, const char *path,
	const struct reading_handler *handler, struct reading *ret, struct err *e)
{
	struct input in;
	int rc = input_open(options->a, path, &in, e);

	if (rc != 0) {
		*ret = (struct reading){
			.options = options, .handler = handler, .file = path, .format = "unknown"
		};
		return rc;
	}
	in.on_wait = options->on_wait;
	in.wait_ctx = options->wait_ctx;
	rc = facts_read_input(options, accept, strcmp(path, "-") == 0 ? FACTS_STDIN_NAME : path,
		&in, handler, ret, e);
	input_close(&in);
	return rc;
}
