/* Events as one line of JSON. */
#include <stdio.h>

#include "common/base/event_fields.h"
#include "common/wire/event_json.h"
#include "common/wire/event_type.h"

/* The output with its first failure; later writes do nothing. */
struct writer {
	struct buf *out;
	int rc;
	bool first; /* no member of the current object yet */
};

static void put(struct writer *w, struct str s)
{
	if (w->rc == 0)
		w->rc = buf_add(w->out, s.p, s.n);
}

/* Bytes of the well-formed character at p, 0 when there is none. */
static size_t character(const char *p, size_t n)
{
	for (size_t len = 1; len <= 4 && len <= n; len++)
		if (str_is_clean_utf8((struct str){ p, len }))
			return len;
	return 0;
}

static struct str escape_of(char c, char *buf)
{
	static const char names[] = "\"\\\n\r\t", letters[] = "\"\\nrt";
	const char *at = c == '\0' ? NULL : strchr(names, c);

	if (at != NULL)
		(void)snprintf(buf, 8, "\\%c", letters[at - names]);
	else
		(void)snprintf(buf, 8, "\\u%04x", (unsigned)(unsigned char)c);
	return str_from(buf);
}

/* How many bytes from p on stand for themselves: printable ASCII but the quote and the backslash. */
static size_t plain_run(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && p[i] >= ' ' && p[i] <= '~' && p[i] != '"' && p[i] != '\\')
		i++;
	return i;
}

/* Bytes that are not UTF-8 become U+FFFD. */
static void put_string(struct writer *w, struct str s)
{
	char buf[8];

	put(w, STR("\""));
	for (size_t i = 0, len; i < s.n; i += len == 0 ? 1 : len) {
		size_t run = plain_run(s.p + i, s.n - i);

		if (run > 0) {
			put(w, (struct str){ s.p + i, run });
			len = run;
			continue;
		}
		len = character(s.p + i, s.n - i);
		if ((len == 1 && (s.p[i] == '"' || s.p[i] == '\\')) ||
			(len == 0 && (s.p[i] & 0x80) == 0))
			put(w, escape_of(s.p[i], buf));
		else if (len == 0)
			put(w, STR("\xEF\xBF\xBD"));
		else
			put(w, (struct str){ s.p + i, len });
	}
	put(w, STR("\""));
}

static void put_name(struct writer *w, const char *name)
{
	put(w, w->first ? STR("\"") : STR(",\""));
	put(w, str_from(name));
	put(w, STR("\":"));
	w->first = false;
}

static void put_text(struct writer *w, const char *name, struct str s)
{
	put_name(w, name);
	put_string(w, s);
}

/* What no name stands for (an event that was not validated) shows as its number. */
static void put_raw_number(struct writer *w, long long v)
{
	char buf[24];

	(void)snprintf(buf, sizeof buf, "%lld", v);
	put(w, str_from(buf));
}

static void put_instant(struct writer *w, const char *name, event_ms t)
{
	char buf[INSTANT_TEXT];

	put_name(w, name);
	if (t < (event_ms)DAY_MIN * MS_PER_DAY || t >= ((event_ms)DAY_MAX + 1) * MS_PER_DAY)
		put_raw_number(w, t);
	else
		put_string(w, str_from(instant_format(t, buf)));
}

static void put_day(struct writer *w, const char *name, day_no d)
{
	char buf[DAY_TEXT];

	if (d == DAY_NONE)
		return;
	put_name(w, name);
	if (day_is_valid(d))
		put_string(w, str_from(day_format(d, buf)));
	else
		put_raw_number(w, d);
}

static void put_month(struct writer *w, const char *name, month_no m)
{
	char buf[MONTH_TEXT];

	put_name(w, name);
	if (month_is_valid(m))
		put_string(w, str_from(month_format(m, buf)));
	else
		put_raw_number(w, m);
}

static void put_enum(struct writer *w, const struct event_field *f, int v)
{
	const char *name = enum_name(f->names, v);

	if (v == 0 && f->names->first == 0)
		return; /* what is meant when nothing is said */
	put_name(w, f->name);
	if (name != NULL)
		put_string(w, str_from(name));
	else
		put_raw_number(w, v);
}

static void put_field(struct writer *w, const struct event_field *f, const void *at)
{
	char buf[AMOUNT_TEXT];

	switch ((enum field_form)f->form) {
	case FIELD_TEXT:
	case FIELD_LINES:
		if (((const struct str *)at)->n > 0)
			put_text(w, f->name, *(const struct str *)at);
		break;
	case FIELD_DAY:
		put_day(w, f->name, *(const day_no *)at);
		break;
	case FIELD_MONTH:
		put_month(w, f->name, *(const month_no *)at);
		break;
	case FIELD_ENUM:
		put_enum(w, f, *(const int32_t *)at);
		break;
	case FIELD_CHANGE:
		put_enum(w, f, *(const bool *)at ? CHANGE_LINKED : CHANGE_UNLINKED);
		break;
	case FIELD_BOOL:
		if (*(const bool *)at) {
			put_name(w, f->name);
			put(w, STR("true"));
		}
		break;
	case FIELD_AMOUNT:
		put_text(w, "amount", str_from(amount_format(*(const int64_t *)at, buf)));
		break;
	}
}

/* A retraction shows its key alone; the rest means nothing. */
static void put_data(struct writer *w, const struct event *ev)
{
	const struct fact_fields *fact = &fact_fields[ev->kind];

	put_name(w, "data");
	put(w, STR("{"));
	w->first = true;
	for (size_t i = 0; i < fact->n; i++)
		if (fact->fields[i].key || !ev->retracted)
			put_field(w, &fact->fields[i], (const char *)ev + fact->fields[i].offset);
	put(w, STR("}"));
}

int event_to_json(const struct event *ev, struct buf *out)
{
	struct writer w = { out, 0, true };
	size_t before = out->n;

	put(&w, STR("{"));
	put_text(&w, "specversion", STR("1.0"));
	put_text(&w, "id", ev->id);
	put_text(&w, "source", ev->source);
	put_text(&w, "type", event_type_name(ev->kind));
	if (ev->subject.n > 0)
		put_text(&w, "subject", ev->subject);
	put_instant(&w, "time", ev->time);
	put_instant(&w, "recordedtime", ev->recorded);
	if (ev->retracted) {
		put_name(&w, "retracted");
		put(&w, STR("true"));
	}
	put_data(&w, ev);
	put(&w, STR("}"));
	if (w.rc != 0)
		out->n = before;
	return w.rc;
}
