#include "common/wire/body.h"

#include "common/wire/cloud_event.h"
#include "common/wire/json_scan.h"
#include "common/wire/pb.h"

/* The events of a body one by one. */
struct pieces {
	enum wire_content content;
	struct str rest;	       /* single events, lines */
	struct span cloud;	       /* CloudEventBatch */
	struct json_elements elements; /* array */
	const char *why;	       /* set with ERR_SYNTAX */
};

static struct str without_bom(struct span body)
{
	struct str s = { body.p, body.n };

	if (s.n >= 3 && memcmp(s.p, "\xEF\xBB\xBF", 3) == 0)
		return (struct str){ s.p + 3, s.n - 3 };
	return s;
}

static struct pieces pieces_of(enum wire_content content, struct span body)
{
	struct str text = without_bom(body);

	return (struct pieces){ .content = content,
		.rest = text,
		.cloud = body,
		.elements = { .rest = text },
		.why = "" };
}

static int next_line(struct pieces *p, struct span *ret)
{
	while (p->rest.n > 0) {
		const char *end = memchr(p->rest.p, '\n', p->rest.n);
		struct str line = { p->rest.p,
			end == NULL ? p->rest.n : (size_t)(end - p->rest.p) };
		size_t passed = line.n + (end != NULL);

		p->rest = (struct str){ p->rest.p + passed, p->rest.n - passed };
		while (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		if (json_blanks(line) == line.n)
			continue;
		*ret = (struct span){ line.p, line.n };
		return 1;
	}
	return 0;
}

static int next_single(struct pieces *p, struct span *ret)
{
	*ret = (struct span){ p->rest.p, p->rest.n };
	p->rest.n = 0;
	return ret->n > 0;
}

/* Returns 1, 0 at the end, ERR_SYNTAX. */
static int next_piece(struct pieces *p, struct span *ret)
{
	struct str element = { NULL, 0 };
	int rc;

	switch (p->content) {
	case CONTENT_CLOUDEVENT_BATCH:
		rc = cloud_next_event(&p->cloud, ret);
		p->why = "not a CloudEventBatch of protobuf";
		return rc;
	case CONTENT_JSON_BATCH:
		rc = json_next_element(&p->elements, &element, &p->why);
		*ret = (struct span){ element.p, element.n };
		return rc;
	case CONTENT_NDJSON:
		return next_line(p, ret);
	case CONTENT_CLOUDEVENT: /* as it is: it has no text, so no mark before it */
		p->rest = p->cloud.n > 0 ? (struct str){ p->cloud.p, p->cloud.n } : STR("");
		p->cloud.n = 0;
		return next_single(p, ret);
	case CONTENT_EVENT_BATCH:
	case CONTENT_JSON:
	case CONTENT_END:
		break;
	}
	return next_single(p, ret);
}

static bool is_cloud(enum wire_content content)
{
	return content == CONTENT_CLOUDEVENT || content == CONTENT_CLOUDEVENT_BATCH;
}

/* ---- one event -------------------------------------------------------------------------------------------- */

static int keep(struct arena *ar, struct span from, struct span *ret)
{
	void *copy = arena_alloc(ar, from.n);

	if (copy == NULL)
		return ERR_NOMEM;
	memcpy(copy, from.p, from.n);
	*ret = (struct span){ copy, from.n };
	return 0;
}

/* What came, in a form of which wire_guess_content() knows what it is. */
static int keep_original(
	enum wire_content content, struct span piece, struct arena *ar, struct span *ret)
{
	uint8_t *copy;

	if (!is_cloud(content)) {
		*ret = piece;
		return 0;
	}
	copy = arena_alloc(ar, piece.n + PB_TAG_MAX + PB_LENGTH_MAX);
	if (copy == NULL)
		return ERR_NOMEM;
	*ret = (struct span){ copy, (size_t)(pb_put_bytes(copy, 1, piece.p, piece.n) - copy) };
	return 0;
}

/* As much of it as fits, without half a character at the end. */
static void copy_detail(const char *text, struct refusal_detail *to)
{
	size_t n = strlen(text);

	n = n < sizeof to->text ? n : sizeof to->text - 1;
	while (n > 0 && !str_is_clean_utf8((struct str){ text, n }))
		n--;
	memcpy(to->text, text, n);
	to->text[n] = '\0';
}

static int refuse(struct decoded_event *d, const struct json_fault *f, struct arena *ar)
{
	d->refusal = f->refusal;
	d->detail = arena_alloc(ar, sizeof *d->detail);
	if (d->detail == NULL)
		return ERR_NOMEM;
	copy_detail(f->text, d->detail);
	d->bytes = (struct span){ NULL, 0 };
	return 0;
}

static int decode_piece(enum wire_content content, struct span piece, struct arena *ar,
	struct buf *entry, struct decoded_event *d)
{
	struct json_fault fault = { 0 };
	int rc = is_cloud(content)
			 ? event_from_cloud(piece, ar, &d->event, &fault)
			 : event_from_json((struct str){ piece.p, piece.n }, ar, &d->event, &fault);

	if (rc != ERR_NOMEM && keep_original(content, piece, ar, &d->original) != 0)
		rc = ERR_NOMEM;
	if (rc == ERR_NOMEM)
		return rc;
	if (rc != 0)
		return refuse(d, &fault, ar);
	d->refusal = REFUSED_NOT;
	d->detail = NULL;
	buf_reset(entry);
	rc = wire_encode_event(&d->event, entry);
	return rc == 0 ? keep(ar, buf_span(entry), &d->bytes) : rc;
}

/* ---- the body --------------------------------------------------------------------------------------------- */

static int count_pieces(enum wire_content content, struct span body, size_t *ret_n, struct err *e)
{
	struct pieces p = pieces_of(content, body);
	struct span piece;
	int rc;

	*ret_n = 0;
	while ((rc = next_piece(&p, &piece)) > 0)
		++*ret_n;
	if (rc < 0)
		return err_set(e, rc, "%s, after %zu events", p.why, *ret_n);
	if (*ret_n > WIRE_BATCH_EVENTS_MAX)
		return err_set(e, ERR_FULL, "a batch of %zu events, at most %u", *ret_n,
			WIRE_BATCH_EVENTS_MAX);
	return 0;
}

static int decode_pieces(
	enum wire_content content, struct span body, struct arena *ar, struct decoded_event *events)
{
	struct pieces p = pieces_of(content, body);
	struct span piece;
	struct buf entry;
	int rc = 0;

	buf_init(&entry, &mem_heap, 2 * WIRE_BATCH_BYTES_MAX);
	for (size_t i = 0; rc == 0 && next_piece(&p, &piece) > 0; i++)
		rc = decode_piece(content, piece, ar, &entry, &events[i]);
	buf_fini(&entry);
	return rc;
}

int wire_decode_body(enum wire_content content, struct span body, struct arena *ar,
	struct decoded_event **ret_events, size_t *ret_n, struct err *e)
{
	struct decoded_event *events;
	size_t n;
	int rc;

	if (content == CONTENT_EVENT_BATCH)
		return wire_decode_events(body, ar, ret_events, ret_n, e);
	if (body.n > WIRE_BATCH_BYTES_MAX)
		return err_set(e, ERR_FULL, "a batch of %zu bytes, at most %zu", body.n,
			WIRE_BATCH_BYTES_MAX);
	rc = count_pieces(content, body, &n, e);
	if (rc != 0)
		return rc;
	events = arena_alloc(ar, n * sizeof *events);
	if (events == NULL || decode_pieces(content, body, ar, events) != 0)
		return err_set(e, ERR_NOMEM, "%zu events", n);
	*ret_events = events;
	*ret_n = n;
	return 0;
}

/* Whether nothing stands behind the object that the text begins with. */
static bool is_one_object(struct str text)
{
	struct json_scan s = { 0 };
	size_t i = 0;

	do
		i += json_scan(&s, text.p + i, 1);
	while (i < text.n && (s.depth > 0 || s.in_string));
	text = (struct str){ text.p + i, text.n - i };
	return json_blanks(text) == text.n;
}

enum wire_content wire_guess_content(struct span bytes)
{
	struct str text = without_bom(bytes);
	size_t blanks = json_blanks(text);

	if (blanks < text.n && text.p[blanks] == '[')
		return CONTENT_JSON_BATCH;
	if (blanks < text.n && text.p[blanks] == '{')
		return is_one_object((struct str){ text.p + blanks, text.n - blanks })
			       ? CONTENT_JSON
			       : CONTENT_NDJSON;
	return cloud_is_batch(bytes) ? CONTENT_CLOUDEVENT_BATCH : CONTENT_EVENT_BATCH;
}
