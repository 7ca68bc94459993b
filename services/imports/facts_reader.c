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

static int read_as(struct reading *r, enum facts_accept accept, struct input *in, struct err *e)
{
	char first = first_byte(in);

	if (first == '{') {
		r->format = "events";
		if ((accept & FACTS_NDJSON) == 0)
			return err_set(e, ERR_UNSUPPORTED, "holds events; use `capscore send`");
		return ndjson_read(r, in, e);
	}
	if (first == '[')
		return err_set(e, ERR_UNSUPPORTED,
			"a JSON array; write one event a line, without [ ] and commas");
	if ((accept & FACTS_REPORTS) == 0)
		return err_set(e, ERR_UNSUPPORTED,
			"not events in JSON, one a line; for exports of Partner Center use `capscore import`");
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
	if (rc == 0)
		rc = input_skip_bom(in, e);
	if (rc == 0 && in->n == 0 && accept == FACTS_NDJSON)
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
	rc = facts_read_input(options, accept, strcmp(path, "-") == 0 ? FACTS_STDIN_NAME : path,
		&in, handler, ret, e);
	input_close(&in);
	return rc;
}
