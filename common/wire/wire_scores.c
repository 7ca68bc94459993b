/* Score batches from and to their encoding, by hand: scoring writes and notification reads every change.
 *
 * Encoding: one walk collects the shapes that occur and their names, in order of first use, so the same batch
 * gives the same bytes; a second walk writes the changes. Decoding: one walk counts, one reads. */
#include "common/wire/pb.h"
#include "common/wire/wire.h"
#include "common/wire/wire_outlook.h"

#include <assert.h>

#define SHAPES_MAX 256u /* in one batch */
#define NAMES_MAX  2048u

/* Field numbers of score.proto. */
enum {
	BATCH_NAMES = 1,
	BATCH_SHAPES,
	BATCH_CHANGES,
	BATCH_EVENT_POSITION,
	BATCH_DAY,
	BATCH_DAY_BEGAN
};
enum {
	SHAPE_AREA = 1,
	SHAPE_TRACK,
	SHAPE_EDITION,
	SHAPE_METRICS,
	SHAPE_MAXIMUM,
	SHAPE_QUALIFIES_AT,
	SHAPE_CONDITIONS
};
enum {
	CHANGE_PARTNER = 1,
	CHANGE_AREAS,
	CHANGE_CAUSES,
	CHANGE_CAUSE_COUNT,
	CHANGE_OUTLOOKS,
	CHANGE_FEEDS,
	CHANGE_CORRECTED
};
enum {
	AREA_SHAPE = 1,
	AREA_BEFORE_NUM,
	AREA_BEFORE_DEN,
	AREA_AFTER_NUM,
	AREA_AFTER_DEN,
	AREA_HIGH,
	AREA_STATUS_BEFORE,
	AREA_STATUS_AFTER,
	AREA_TRACK_BEFORE
};
enum { CAUSE_POSITION = 1, CAUSE_ID, CAUSE_SOURCE };

#define ROOM_HEAD   (PB_TAG_MAX + PB_LENGTH_MAX)
#define ROOM_NUMBER (PB_TAG_MAX + PB_VARINT_MAX)

/* ---- encoding --------------------------------------------------------------------------------------------- */

struct dictionary {
	size_t n_shapes, n_names;
	size_t guess; /* the shape expected next: changes tend to repeat the same areas in order */
	const struct area_shape *shapes[SHAPES_MAX];
	struct str names[NAMES_MAX];
};

/* The index of a shape, n_shapes when it is not there. */
static size_t shape_index(struct dictionary *d, const struct area_shape *shape)
{
	size_t i = d->guess < d->n_shapes ? d->guess : 0;

	if (i < d->n_shapes && d->shapes[i] != shape)
		for (i = 0; i < d->n_shapes && d->shapes[i] != shape; i++)
			;
	d->guess = i + 1;
	return i;
}

/* The index of a name, n_names when it is not there. */
static size_t name_index(const struct dictionary *d, struct str name)
{
	size_t i = 0;

	while (i < d->n_names && !str_eq(d->names[i], name))
		i++;
	return i;
}

static int add_name(struct dictionary *d, struct str name)
{
	size_t i = name_index(d, name);

	if (i < d->n_names)
		return 0;
	if (i == NAMES_MAX)
		return ERR_FULL;
	d->names[d->n_names++] = name;
	return 0;
}

static int add_shape(struct dictionary *d, const struct area_shape *shape)
{
	int rc;

	if (shape_index(d, shape) < d->n_shapes)
		return 0;
	if (d->n_shapes == SHAPES_MAX)
		return ERR_FULL;
	assert(shape->n_metrics >= 1 && shape->n_metrics <= AREA_METRICS_MAX);
	d->shapes[d->n_shapes++] = shape;
	rc = add_name(d, shape->area);
	if (rc == 0)
		rc = add_name(d, shape->track);
	if (rc == 0)
		rc = add_name(d, shape->edition);
	for (uint32_t m = 0; rc == 0 && m < shape->n_metrics; m++)
		rc = add_name(d, shape->metrics[m]);
	return rc;
}

/* The track before is named only where it is another. */
static bool has_other_track(const struct area_change *a)
{
	return !str_eq(a->track_before, a->shape->track);
}

static int add_area(struct dictionary *d, const struct area_change *a)
{
	int rc = add_shape(d, a->shape);

	return rc == 0 && has_other_track(a) ? add_name(d, a->track_before) : rc;
}

static int collect(struct dictionary *d, const struct score_batch *batch)
{
	int rc = 0;

	d->n_shapes = d->n_names = d->guess = 0;
	for (size_t i = 0; rc == 0 && i < batch->n_changes; i++) {
		const struct score_change *c = &batch->changes[i];

		for (size_t k = 0; rc == 0 && k < c->n_areas; k++)
			rc = add_area(d, &c->areas[k]);
		for (size_t k = 0; rc == 0 && k < c->n_outlooks; k++)
			rc = add_shape(d, c->outlooks[k].shape);
	}
	d->guess = 0;
	return rc;
}

static uint8_t *put_shape(uint8_t *p, const struct dictionary *d, const struct area_shape *s)
{
	uint8_t *shape = pb_open(p, BATCH_SHAPES), *list;

	p = pb_put_number(shape, SHAPE_AREA, name_index(d, s->area));
	p = pb_put_number(p, SHAPE_TRACK, name_index(d, s->track));
	p = pb_put_number(p, SHAPE_EDITION, name_index(d, s->edition));
	list = p = pb_open(p, SHAPE_METRICS);
	for (uint32_t m = 0; m < s->n_metrics; m++)
		p = pb_put_varint(p, name_index(d, s->metrics[m]));
	p = pb_close(list, p);
	list = p = pb_open(p, SHAPE_MAXIMUM);
	for (uint32_t m = 0; m < s->n_metrics; m++)
		p = pb_put_varint(p, s->maximum[m]);
	p = pb_close(list, p);
	p = pb_put_number(p, SHAPE_QUALIFIES_AT, s->qualifies_at);
	p = pb_put_number(p, SHAPE_CONDITIONS, s->conditions);
	return pb_close(shape, p);
}

static int put_dictionary(const struct dictionary *d, struct buf *out)
{
	size_t room = d->n_shapes * (7 * ROOM_NUMBER + 2 * AREA_METRICS_MAX * PB_VARINT_MAX);
	uint8_t *p;
	int rc;

	if (d->n_shapes == 0)
		return 0;
	for (size_t i = 0; i < d->n_names; i++)
		room += ROOM_HEAD + d->names[i].n;
	rc = buf_reserve(out, room);
	if (rc != 0)
		return rc;
	p = out->p + out->n;
	for (size_t i = 0; i < d->n_names; i++)
		p = pb_put_bytes(p, BATCH_NAMES, d->names[i].p, d->names[i].n);
	for (size_t i = 0; i < d->n_shapes; i++)
		p = put_shape(p, d, d->shapes[i]);
	out->n = (size_t)(p - out->p);
	return 0;
}

enum word { NUM, DEN, NUM_HIGH, DEN_HIGH };

static uint64_t word_of(const struct ratio *r, enum word w)
{
	uint128 v = (uint128)(w == NUM || w == NUM_HIGH ? r->num : r->den);

	return (uint64_t)(w == NUM || w == DEN ? v : v >> 64);
}

static uint8_t *put_words(uint8_t *p, const struct ratio *points, uint32_t n, enum word w)
{
	for (uint32_t i = 0; i < n; i++)
		p = pb_put_varint(p, word_of(&points[i], w));
	return p;
}

static uint8_t *put_points(
	uint8_t *p, unsigned number, const struct ratio *points, uint32_t n, enum word w)
{
	uint8_t *list = pb_open(p, number);

	return pb_close(list, put_words(list, points, n, w));
}

static bool has_high_words(const struct ratio *points, uint32_t n)
{
	uint64_t any = 0;

	for (uint32_t i = 0; i < n; i++)
		any |= word_of(&points[i], NUM_HIGH) | word_of(&points[i], DEN_HIGH);
	return any != 0;
}

static uint8_t *put_high_words(uint8_t *p, const struct area_change *a, uint32_t n)
{
	uint8_t *list = p = pb_open(p, AREA_HIGH);

	p = put_words(p, a->before, n, NUM_HIGH);
	p = put_words(p, a->before, n, DEN_HIGH);
	p = put_words(p, a->after, n, NUM_HIGH);
	p = put_words(p, a->after, n, DEN_HIGH);
	return pb_close(list, p);
}

static uint8_t *put_area(uint8_t *p, struct dictionary *d, const struct area_change *a)
{
	uint8_t *area = pb_open(p, CHANGE_AREAS);
	uint32_t n = a->shape->n_metrics;

	p = pb_put_number(area, AREA_SHAPE, shape_index(d, a->shape));
	p = put_points(p, AREA_BEFORE_NUM, a->before, n, NUM);
	p = put_points(p, AREA_BEFORE_DEN, a->before, n, DEN);
	p = put_points(p, AREA_AFTER_NUM, a->after, n, NUM);
	p = put_points(p, AREA_AFTER_DEN, a->after, n, DEN);
	if (has_high_words(a->before, n) || has_high_words(a->after, n))
		p = put_high_words(p, a, n);
	p = pb_put_number(p, AREA_STATUS_BEFORE, a->status_before);
	p = pb_put_number(p, AREA_STATUS_AFTER, a->status_after);
	if (has_other_track(a))
		p = pb_put_number(p, AREA_TRACK_BEFORE, name_index(d, a->track_before) + 1);
	return pb_close(area, p);
}

static uint8_t *put_cause(uint8_t *p, const struct cause *c)
{
	uint8_t *cause = pb_open(p, CHANGE_CAUSES);

	p = pb_put_number(cause, CAUSE_POSITION, c->position);
	p = pb_put_str(p, CAUSE_ID, c->id);
	p = pb_put_str(p, CAUSE_SOURCE, c->source);
	return pb_close(cause, p);
}

static size_t room_for_change(const struct score_change *c)
{
	size_t room = 5 * ROOM_NUMBER + c->partner.n;

	for (size_t i = 0; i < c->n_areas; i++)
		room += 11 * ROOM_NUMBER +
			c->areas[i].shape->n_metrics * (size_t)(8 * PB_VARINT_MAX);
	for (size_t i = 0; i < c->n_causes; i++)
		room += 4 * ROOM_NUMBER + c->causes[i].id.n + c->causes[i].source.n;
	for (size_t i = 0; i < c->n_outlooks; i++)
		room += outlook_room(&c->outlooks[i]);
	return room + c->n_feeds * FEED_OUTLOOK_ROOM;
}

static int put_change(const struct score_change *c, struct dictionary *d, struct buf *out)
{
	int rc = buf_reserve(out, room_for_change(c));
	uint8_t *change, *p;

	if (rc != 0)
		return rc;
	change = pb_open(out->p + out->n, BATCH_CHANGES);
	p = pb_put_str(change, CHANGE_PARTNER, c->partner);
	for (size_t i = 0; i < c->n_areas; i++)
		p = put_area(p, d, &c->areas[i]);
	for (size_t i = 0; i < c->n_causes; i++)
		p = put_cause(p, &c->causes[i]);
	p = pb_put_number(p, CHANGE_CAUSE_COUNT, c->cause_count);
	for (size_t i = 0; i < c->n_outlooks; i++)
		p = outlook_put(
			p, CHANGE_OUTLOOKS, &c->outlooks[i], shape_index(d, c->outlooks[i].shape));
	for (size_t i = 0; i < c->n_feeds; i++)
		p = outlook_put_feed(p, CHANGE_FEEDS, &c->feeds[i]);
	p = pb_put_number(p, CHANGE_CORRECTED, (uint64_t)(int64_t)c->corrected);
	out->n = (size_t)(pb_close(change, p) - out->p);
	return 0;
}

static int put_end(const struct score_batch *batch, struct buf *out)
{
	int rc = buf_reserve(out, 3 * ROOM_NUMBER);
	uint8_t *p;

	if (rc != 0)
		return rc;
	p = pb_put_number(out->p + out->n, BATCH_EVENT_POSITION, batch->event_position);
	if (batch->day != DAY_NONE)
		p = pb_put_number(p, BATCH_DAY, (uint64_t)(int64_t)batch->day);
	p = pb_put_number(p, BATCH_DAY_BEGAN, batch->day_began);
	out->n = (size_t)(p - out->p);
	return 0;
}

int wire_encode_scores(const struct score_batch *batch, struct buf *out)
{
	struct dictionary d;
	size_t before = out->n;
	int rc = collect(&d, batch);

	if (rc == 0)
		rc = put_dictionary(&d, out);
	for (size_t i = 0; rc == 0 && i < batch->n_changes; i++)
		rc = put_change(&batch->changes[i], &d, out);
	if (rc == 0)
		rc = put_end(batch, out);
	if (rc != 0)
		out->n = before;
	return rc;
}

/* ---- decoding --------------------------------------------------------------------------------------------- */

struct reading {
	struct arena *ar;
	struct err *e;
	size_t n_names, n_shapes, n_changes; /* counted, then read */
	struct str *names;
	struct area_shape *shapes;
	struct score_change *changes;
	uint64_t event_position, day, day_began;
};

#define BROKEN(r, ...) err_set((r)->e, ERR_SYNTAX, __VA_ARGS__)

static int count_parts(struct reading *r, struct span unit)
{
	struct pb_in in = pb_in(unit);
	uint32_t tag;

	while (!pb_is_done(&in)) {
		if (!pb_read_tag(&in, &tag) || !pb_skip(&in, tag))
			return BROKEN(r, "%zu bytes that are not a ScoreBatch", unit.n);
		r->n_names += tag == PB_TAG(BATCH_NAMES, PB_BYTES);
		r->n_shapes += tag == PB_TAG(BATCH_SHAPES, PB_BYTES);
		r->n_changes += tag == PB_TAG(BATCH_CHANGES, PB_BYTES);
	}
	if (r->n_names > NAMES_MAX || r->n_shapes > SHAPES_MAX)
		return BROKEN(r, "%zu names and %zu shapes: at most %u and %u", r->n_names,
			r->n_shapes, NAMES_MAX, SHAPES_MAX);
	return 0;
}

static bool is_text(struct str s, size_t max)
{
	return s.n <= max && str_is_clean_utf8(s);
}

static bool get_name(const struct reading *r, uint64_t index, struct str *ret)
{
	if (index >= r->n_names)
		return false;
	*ret = r->names[index];
	return true;
}

/* The metrics and their maxima, one list each, become arrays in the arena. */
static int set_metrics(struct reading *r, const struct pb_list *metrics,
	const struct pb_list *maximum, struct area_shape *shape)
{
	struct str *names;
	uint32_t *most;

	if (metrics->n == 0 || metrics->n != maximum->n)
		return BROKEN(r, "a shape with %zu metrics and %zu maxima", metrics->n, maximum->n);
	names = arena_alloc(r->ar, metrics->n * sizeof *names);
	most = arena_alloc(r->ar, metrics->n * sizeof *most);
	if (names == NULL || most == NULL)
		return err_set(r->e, ERR_NOMEM, "a shape of %zu metrics", metrics->n);
	for (size_t i = 0; i < metrics->n; i++) {
		if (!get_name(r, metrics->v[i], &names[i]))
			return BROKEN(r, "a metric whose name is not there");
		most[i] = (uint32_t)maximum->v[i];
	}
	shape->n_metrics = (uint32_t)metrics->n;
	shape->metrics = names;
	shape->maximum = most;
	return 0;
}

static int read_shape(struct reading *r, struct span bytes, struct area_shape *shape)
{
	uint64_t metrics[AREA_METRICS_MAX], maximum[AREA_METRICS_MAX];
	uint64_t area = 0, track = 0, edition = 0, qualifies_at = 0, conditions = 0;
	struct pb_list metric_list = { metrics, 0, AREA_METRICS_MAX };
	struct pb_list maximum_list = { maximum, 0, AREA_METRICS_MAX };
	struct pb_in in = pb_in(bytes);
	bool ok = true;

	while (ok && !pb_is_done(&in)) {
		uint32_t tag = 0;

		ok = pb_read_tag(&in, &tag);
		if (!ok)
			break;
		switch (tag) {
		case PB_TAG(SHAPE_AREA, PB_VARINT):
			ok = pb_read_varint(&in, &area);
			break;
		case PB_TAG(SHAPE_TRACK, PB_VARINT):
			ok = pb_read_varint(&in, &track);
			break;
		case PB_TAG(SHAPE_EDITION, PB_VARINT):
			ok = pb_read_varint(&in, &edition);
			break;
		case PB_TAG(SHAPE_METRICS, PB_BYTES):
		case PB_TAG(SHAPE_METRICS, PB_VARINT):
			ok = pb_read_list(&in, tag, &metric_list);
			break;
		case PB_TAG(SHAPE_MAXIMUM, PB_BYTES):
		case PB_TAG(SHAPE_MAXIMUM, PB_VARINT):
			ok = pb_read_list(&in, tag, &maximum_list);
			break;
		case PB_TAG(SHAPE_QUALIFIES_AT, PB_VARINT):
			ok = pb_read_varint(&in, &qualifies_at);
			break;
		case PB_TAG(SHAPE_CONDITIONS, PB_VARINT):
			ok = pb_read_varint(&in, &conditions);
			break;
		default:
			ok = tag >> 3 > SHAPE_CONDITIONS && pb_skip(&in, tag);
		}
	}
	if (!ok || !get_name(r, area, &shape->area) || !get_name(r, track, &shape->track) ||
		!get_name(r, edition, &shape->edition))
		return BROKEN(r, "a shape that is cut short or names what is not there");
	shape->qualifies_at = (uint32_t)qualifies_at;
	shape->conditions = conditions != 0;
	return set_metrics(r, &metric_list, &maximum_list, shape);
}

/* The numbers of one AreaChange as they stand. */
struct raw_area {
	uint64_t shape, status_before, status_after, track_before;
	uint64_t words[4][AREA_METRICS_MAX]; /* before num, before den, after num, after den */
	uint64_t high[4 * AREA_METRICS_MAX];
	struct pb_list lists[4], high_list;
};

static bool read_raw_area(struct pb_in in, struct raw_area *a)
{
	bool ok = true;

	a->shape = a->status_before = a->status_after = a->track_before = 0;
	for (size_t i = 0; i < 4; i++)
		a->lists[i] = (struct pb_list){ a->words[i], 0, AREA_METRICS_MAX };
	a->high_list = (struct pb_list){ a->high, 0, (size_t)4 * AREA_METRICS_MAX };
	while (ok && !pb_is_done(&in)) {
		uint32_t tag;

		if (!pb_read_tag(&in, &tag))
			return false;
		if (tag == PB_TAG(AREA_SHAPE, PB_VARINT))
			ok = pb_read_varint(&in, &a->shape);
		else if (tag >> 3 >= AREA_BEFORE_NUM && tag >> 3 <= AREA_AFTER_DEN)
			ok = pb_read_list(&in, tag, &a->lists[(tag >> 3) - AREA_BEFORE_NUM]);
		else if (tag >> 3 == AREA_HIGH)
			ok = pb_read_list(&in, tag, &a->high_list);
		else if (tag == PB_TAG(AREA_STATUS_BEFORE, PB_VARINT))
			ok = pb_read_varint(&in, &a->status_before);
		else if (tag == PB_TAG(AREA_STATUS_AFTER, PB_VARINT))
			ok = pb_read_varint(&in, &a->status_after);
		else if (tag == PB_TAG(AREA_TRACK_BEFORE, PB_VARINT))
			ok = pb_read_varint(&in, &a->track_before);
		else
			ok = tag >> 3 > AREA_TRACK_BEFORE && pb_skip(&in, tag);
	}
	return ok;
}

static bool lists_fit(const struct raw_area *a, size_t n)
{
	for (size_t i = 0; i < 4; i++)
		if (a->lists[i].n != n)
			return false;
	return a->high_list.n == 0 || a->high_list.n == 4 * n;
}

static bool join_words(
	const struct raw_area *a, size_t n, struct ratio *before, struct ratio *after)
{
	bool high = a->high_list.n > 0;

	for (size_t i = 0; i < n; i++) {
		struct pb_points b = { a->words[0][i], a->words[1][i], high ? a->high[i] : 0,
			high ? a->high[n + i] : 0 };
		struct pb_points c = { a->words[2][i], a->words[3][i],
			high ? a->high[2 * n + i] : 0, high ? a->high[3 * n + i] : 0 };

		if (!pb_ratio(&b, &before[i]) || !pb_ratio(&c, &after[i]))
			return false;
	}
	return pb_can_add_up(before, n) && pb_can_add_up(after, n);
}

static int read_area(struct reading *r, struct span bytes, struct area_change *ret)
{
	struct raw_area a;
	struct ratio *points;
	struct str track;
	size_t n;

	if (!read_raw_area(pb_in(bytes), &a) || a.shape >= r->n_shapes)
		return BROKEN(r, "an area that is cut short or has no shape");
	n = r->shapes[a.shape].n_metrics;
	if (!lists_fit(&a, n) || a.status_before >= AREA_STATUS_END ||
		a.status_after >= AREA_STATUS_END)
		return BROKEN(
			r, "an area whose lists do not fit its shape, or of an unknown status");
	track = r->shapes[a.shape].track;
	if (a.track_before != 0 && !get_name(r, a.track_before - 1, &track))
		return BROKEN(r, "an area whose track before is not there");
	points = arena_alloc(r->ar, 2 * n * sizeof *points);
	if (points == NULL)
		return err_set(r->e, ERR_NOMEM, "points of an area");
	if (!join_words(&a, n, points, points + n))
		return BROKEN(r, "points out of range");
	*ret = (struct area_change){ .shape = &r->shapes[a.shape],
		.before = points,
		.after = points + n,
		.status_before = (enum area_status)a.status_before,
		.status_after = (enum area_status)a.status_after,
		.track_before = track };
	return 0;
}

static int read_cause(struct reading *r, struct span bytes, struct cause *ret)
{
	struct pb_in in = pb_in(bytes);
	struct cause c = { 0 };
	bool ok = true;

	while (ok && !pb_is_done(&in)) {
		uint32_t tag = 0;

		ok = pb_read_tag(&in, &tag);
		if (!ok)
			break;
		if (tag == PB_TAG(CAUSE_POSITION, PB_VARINT))
			ok = pb_read_varint(&in, &c.position);
		else if (tag == PB_TAG(CAUSE_ID, PB_BYTES))
			ok = pb_read_str(&in, &c.id);
		else if (tag == PB_TAG(CAUSE_SOURCE, PB_BYTES))
			ok = pb_read_str(&in, &c.source);
		else
			ok = tag >> 3 > CAUSE_SOURCE && pb_skip(&in, tag);
	}
	if (!ok || !is_text(c.id, EVENT_ID_MAX) || !is_text(c.source, EVENT_SOURCE_MAX))
		return BROKEN(r, "a cause that is cut short, or texts that are not clean");
	*ret = c;
	return 0;
}

/* The parts of a change, counted and then filled. */
struct change_parts {
	size_t n[CHANGE_FEEDS + 1]; /* by field number */
	struct area_change *areas;
	struct cause *causes;
	struct area_outlook *outlooks;
	struct feed_outlook *feeds;
};

static bool count_in_change(struct pb_in in, struct change_parts *parts)
{
	uint32_t tag;

	while (!pb_is_done(&in)) {
		if (!pb_read_tag(&in, &tag) || !pb_skip(&in, tag))
			return false;
		if (tag >> 3 <= CHANGE_FEEDS && (tag & 7) == PB_BYTES)
			parts->n[tag >> 3]++;
	}
	return parts->n[CHANGE_CAUSES] <= CAUSES_MAX && parts->n[CHANGE_FEEDS] < FEED_KIND_END;
}

static int fill_part(struct reading *r, uint32_t number, struct span s, struct score_change *ret,
	struct change_parts *parts)
{
	switch (number) {
	case CHANGE_PARTNER:
		ret->partner = (struct str){ s.p, s.n };
		return 0;
	case CHANGE_AREAS:
		return read_area(r, s, &parts->areas[ret->n_areas++]);
	case CHANGE_CAUSES:
		return read_cause(r, s, &parts->causes[ret->n_causes++]);
	case CHANGE_OUTLOOKS:
		return outlook_read(s, r->ar, r->shapes, r->n_shapes,
			&parts->outlooks[ret->n_outlooks++], r->e);
	default:
		return outlook_read_feed(s, &parts->feeds[ret->n_feeds++], r->e);
	}
}

/* Framing is known to be right; the parts have room. */
static int fill_change(
	struct reading *r, struct pb_in in, struct score_change *ret, struct change_parts *parts)
{
	int rc = 0;

	while (rc == 0 && !pb_is_done(&in)) {
		struct span s = { NULL, 0 };
		uint64_t v = 0;
		uint32_t tag = 0;

		(void)pb_read_tag(&in, &tag);
		if (tag == PB_TAG(CHANGE_CAUSE_COUNT, PB_VARINT)) {
			(void)pb_read_varint(&in, &v);
			ret->cause_count = (uint32_t)v;
		} else if (tag == PB_TAG(CHANGE_CORRECTED, PB_VARINT)) {
			(void)pb_read_varint(&in, &v);
			if (v > DAY_MAX || (v != 0 && !day_is_valid((day_no)v)))
				return BROKEN(r, "a day of a correction that is out of range");
			ret->corrected = (day_no)v;
		} else if (tag >> 3 > CHANGE_CORRECTED) {
			(void)pb_skip(&in, tag);
		} else if ((tag & 7) != PB_BYTES || tag >> 3 == CHANGE_CAUSE_COUNT ||
			   tag >> 3 == CHANGE_CORRECTED) {
			return BROKEN(r, "a change with a field of another wire type");
		} else {
			(void)pb_read_bytes(&in, &s);
			rc = fill_part(r, tag >> 3, s, ret, parts);
		}
	}
	return rc;
}

static bool make_room(struct arena *ar, struct change_parts *parts)
{
	parts->areas = arena_alloc(ar, parts->n[CHANGE_AREAS] * sizeof *parts->areas);
	parts->causes = arena_alloc(ar, parts->n[CHANGE_CAUSES] * sizeof *parts->causes);
	parts->outlooks = arena_alloc(ar, parts->n[CHANGE_OUTLOOKS] * sizeof *parts->outlooks);
	parts->feeds = arena_alloc(ar, parts->n[CHANGE_FEEDS] * sizeof *parts->feeds);
	return parts->areas != NULL && parts->causes != NULL && parts->outlooks != NULL &&
	       parts->feeds != NULL;
}

static int read_change(struct reading *r, struct span bytes, struct score_change *ret)
{
	struct change_parts parts = { 0 };
	int rc;

	if (!count_in_change(pb_in(bytes), &parts))
		return BROKEN(r,
			"a change that is cut short or has more than %d causes or %d feeds",
			CAUSES_MAX, FEED_KIND_END - 1);
	if (!make_room(r->ar, &parts))
		return err_set(r->e, ERR_NOMEM, "%zu areas", parts.n[CHANGE_AREAS]);
	*ret = (struct score_change){ .areas = parts.areas,
		.causes = parts.causes,
		.outlooks = parts.outlooks,
		.feeds = parts.feeds };
	rc = fill_change(r, pb_in(bytes), ret, &parts);
	if (rc == 0 && (ret->partner.n == 0 || !is_text(ret->partner, EVENT_PARTNER_MAX)))
		rc = BROKEN(r, "a change without a partner, or whose partner is not clean");
	return rc;
}

static int allocate_parts(struct reading *r)
{
	r->names = arena_alloc(r->ar, r->n_names * sizeof *r->names);
	r->shapes = arena_alloc(r->ar, r->n_shapes * sizeof *r->shapes);
	r->changes = arena_alloc(r->ar, r->n_changes * sizeof *r->changes);
	if (r->names == NULL || r->shapes == NULL || r->changes == NULL)
		return err_set(r->e, ERR_NOMEM, "%zu changes", r->n_changes);
	return 0;
}

static int read_name(struct reading *r, struct span bytes, struct str *ret)
{
	*ret = (struct str){ bytes.p, bytes.n };
	return is_text(*ret, EVENT_NAME_MAX) ? 0 : BROKEN(r, "a name that is not clean");
}

/* Reads the parts under one field number, in order. Names come before shapes and shapes before changes, whatever
 * the order of the bytes, because each refers to those before. */
static int read_parts(struct reading *r, struct span unit, uint32_t number)
{
	struct pb_in in = pb_in(unit);
	size_t i = 0;
	int rc = 0;

	while (rc == 0 && !pb_is_done(&in)) {
		struct span s = { NULL, 0 };
		uint32_t tag = 0;

		(void)pb_read_tag(&in, &tag);
		if (tag >> 3 != number) {
			(void)pb_skip(&in, tag);
			continue;
		}
		if ((tag & 7) != PB_BYTES)
			return BROKEN(r, "a ScoreBatch with a field of another wire type");
		(void)pb_read_bytes(&in, &s);
		if (number == BATCH_NAMES)
			rc = read_name(r, s, &r->names[i]);
		else if (number == BATCH_SHAPES)
			rc = read_shape(r, s, &r->shapes[i]);
		else
			rc = read_change(r, s, &r->changes[i]);
		i++;
	}
	return rc;
}

static int read_end(struct reading *r, struct span unit)
{
	struct pb_in in = pb_in(unit);

	while (!pb_is_done(&in)) {
		uint32_t tag = 0;

		(void)pb_read_tag(&in, &tag);
		if (tag >> 3 < BATCH_EVENT_POSITION || tag >> 3 > BATCH_DAY_BEGAN)
			(void)pb_skip(&in, tag);
		else if ((tag & 7) != PB_VARINT)
			return BROKEN(r, "a ScoreBatch with a field of another wire type");
		else
			(void)pb_read_varint(&in, tag >> 3 == BATCH_DAY ? &r->day
						  : tag >> 3 == BATCH_DAY_BEGAN
							  ? &r->day_began
							  : &r->event_position);
	}
	if (r->day != 0 && (r->day > DAY_MAX || !day_is_valid((day_no)r->day)))
		return BROKEN(r, "a day out of range");
	return 0;
}

int wire_decode_scores(
	struct span unit, struct arena *ar, struct score_batch *ret_batch, struct err *e)
{
	struct reading r = { .ar = ar, .e = e };
	int rc = count_parts(&r, unit);

	if (rc == 0)
		rc = allocate_parts(&r);
	if (rc == 0)
		rc = read_end(&r, unit);
	for (uint32_t number = BATCH_NAMES; rc == 0 && number <= BATCH_CHANGES; number++)
		rc = read_parts(&r, unit, number);
	if (rc != 0)
		return rc;
	*ret_batch = (struct score_batch){ .n_changes = r.n_changes,
		.changes = r.changes,
		.event_position = r.event_position,
		.day = r.day == 0 ? DAY_NONE : (day_no)r.day,
		.day_began = r.day_began != 0 };
	return 0;
}
