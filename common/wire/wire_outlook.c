/* Outlooks: what a batch carries beside points. */
#include "common/wire/wire_outlook.h"

#include <assert.h>

#include "common/base/event.h"

/* Field numbers of score.proto. */
enum {
	OUTLOOK_SHAPE = 1,
	OUTLOOK_HELD,
	OUTLOOK_QUALIFIES,
	OUTLOOK_COAST_DAY,
	OUTLOOK_COAST_TOTAL,
	OUTLOOK_END_DAY,
	OUTLOOK_BORDER,
	OUTLOOK_DECIDE_DAY,
	OUTLOOK_REACHED,
	OUTLOOK_FALLS,
	OUTLOOK_FALL_COUNT,
	OUTLOOK_STANDS,
	OUTLOOK_STAND_COUNT,
	OUTLOOK_ADDITIONS,
	OUTLOOK_TOTAL,
	OUTLOOK_FIELD_END
};
enum { FALL_KIND = 1, FALL_DAY, FALL_WHO, FALL_WHAT, FALL_FIELD_END };
enum { STAND_KIND = 1, STAND_ID, STAND_TOTAL, STAND_METRIC, STAND_FIELD_END };
enum {
	ADDITION_OPTION = 1,
	ADDITION_METRIC,
	ADDITION_KIND,
	ADDITION_AMOUNT,
	ADDITION_WHAT,
	ADDITION_FIELD_END
};
enum { FEED_KIND = 1, FEED_NEWEST_DAY, FEED_NEWEST_MONTH, FEED_OVERDUE_DAY, FEED_FIELD_END };

#define ROOM_NUMBER (PB_TAG_MAX + PB_VARINT_MAX)
#define ROOM_TOTAL  (PB_TAG_MAX + PB_LENGTH_MAX + 4 * PB_VARINT_MAX)

/* ---- encoding ---------------------------------------------------------------------------------------------------- */

size_t outlook_room(const struct area_outlook *o)
{
	size_t room = 12 * ROOM_NUMBER + 2 * ROOM_TOTAL;

	for (size_t i = 0; i < o->n_falls; i++)
		room += 5 * ROOM_NUMBER + o->falls[i].who.n + o->falls[i].what.n;
	for (size_t i = 0; i < o->n_stands; i++)
		room += 4 * ROOM_NUMBER + ROOM_TOTAL + o->stands[i].id.n;
	for (size_t i = 0; i < o->n_additions; i++)
		room += 6 * ROOM_NUMBER + o->additions[i].what.n;
	return room;
}

static uint64_t day_number(int32_t day_or_month)
{
	return day_or_month == DAY_NONE ? 0 : (uint64_t)day_or_month;
}

/* Zero is left out. */
static uint8_t *put_total(uint8_t *p, unsigned number, struct ratio total)
{
	struct pb_points w = pb_points(total);
	uint8_t *list;

	if (ratio_is_zero(total))
		return p;
	list = p = pb_open(p, number);
	p = pb_put_varint(pb_put_varint(p, w.num), w.den);
	if ((w.num_high | w.den_high) != 0)
		p = pb_put_varint(pb_put_varint(p, w.num_high), w.den_high);
	return pb_close(list, p);
}

static uint8_t *put_fall(uint8_t *p, const struct fall *f)
{
	uint8_t *fall = pb_open(p, OUTLOOK_FALLS);

	p = pb_put_number(fall, FALL_KIND, f->kind);
	p = pb_put_number(p, FALL_DAY, day_number(f->on));
	p = pb_put_str(p, FALL_WHO, f->who);
	p = pb_put_str(p, FALL_WHAT, f->what);
	return pb_close(fall, p);
}

static uint8_t *put_stand(uint8_t *p, const struct stand *s)
{
	uint8_t *stand = pb_open(p, OUTLOOK_STANDS);

	p = pb_put_number(stand, STAND_KIND, s->kind);
	p = pb_put_str(p, STAND_ID, s->id);
	p = put_total(p, STAND_TOTAL, s->total);
	p = pb_put_number(p, STAND_METRIC, s->metric);
	return pb_close(stand, p);
}

static uint8_t *put_addition(uint8_t *p, const struct addition *a)
{
	uint8_t *addition = pb_open(p, OUTLOOK_ADDITIONS);

	p = pb_put_number(addition, ADDITION_OPTION, a->option);
	p = pb_put_number(p, ADDITION_METRIC, a->metric);
	p = pb_put_number(p, ADDITION_KIND, a->kind);
	p = pb_put_number(p, ADDITION_AMOUNT, (uint64_t)a->amount);
	p = pb_put_str(p, ADDITION_WHAT, a->what);
	return pb_close(addition, p);
}

uint8_t *outlook_put(uint8_t *p, unsigned number, const struct area_outlook *o, size_t shape)
{
	uint8_t *outlook = pb_open(p, number);

	assert(o->n_falls <= OUTLOOK_FALLS_MAX && o->n_stands <= OUTLOOK_STANDS_MAX &&
		o->n_additions <= OUTLOOK_ADDITIONS_MAX);
	p = pb_put_number(outlook, OUTLOOK_SHAPE, shape);
	p = pb_put_number(p, OUTLOOK_HELD, o->held);
	p = pb_put_number(p, OUTLOOK_QUALIFIES, o->qualifies);
	p = pb_put_number(p, OUTLOOK_COAST_DAY, day_number(o->coast_on));
	p = put_total(p, OUTLOOK_COAST_TOTAL, o->coast_total);
	p = pb_put_number(p, OUTLOOK_END_DAY, day_number(o->ends_on));
	p = pb_put_number(p, OUTLOOK_BORDER, o->border);
	p = pb_put_number(p, OUTLOOK_DECIDE_DAY, day_number(o->decides_on));
	p = pb_put_number(p, OUTLOOK_REACHED, o->reached);
	for (size_t i = 0; i < o->n_falls; i++)
		p = put_fall(p, &o->falls[i]);
	p = pb_put_number(p, OUTLOOK_FALL_COUNT, o->fall_count);
	for (size_t i = 0; i < o->n_stands; i++)
		p = put_stand(p, &o->stands[i]);
	p = pb_put_number(p, OUTLOOK_STAND_COUNT, o->stand_count);
	for (size_t i = 0; i < o->n_additions; i++)
		p = put_addition(p, &o->additions[i]);
	p = put_total(p, OUTLOOK_TOTAL, o->total);
	return pb_close(outlook, p);
}

uint8_t *outlook_put_feed(uint8_t *p, unsigned number, const struct feed_outlook *f)
{
	uint8_t *feed = pb_open(p, number);

	p = pb_put_number(feed, FEED_KIND, f->kind);
	p = pb_put_number(p, FEED_NEWEST_DAY, day_number(f->newest_on));
	p = pb_put_number(p, FEED_NEWEST_MONTH, day_number(f->newest_month));
	p = pb_put_number(p, FEED_OVERDUE_DAY, day_number(f->overdue_since));
	return pb_close(feed, p);
}

/* ---- decoding ---------------------------------------------------------------------------------------------------- */

#define TOTALS_MAX 2 /* lists of totals in a message */

/* A message whose fields are numbers, texts (bits of `texts`), parts (bits of `parts`, passed over) and totals (the numbers
 * in `totals`). Of a number that stands twice the last one counts. */
struct flat {
	uint32_t end, texts, parts, totals[TOTALS_MAX];
	uint64_t numbers[OUTLOOK_FIELD_END];
	struct str text[OUTLOOK_FIELD_END];
	uint64_t words[TOTALS_MAX][4];
	struct pb_list lists[TOTALS_MAX];
};

/* Which of the totals a field is; TOTALS_MAX: none. */
static size_t total_at(const struct flat *f, uint32_t number)
{
	size_t i = 0;

	while (i < TOTALS_MAX && f->totals[i] != number)
		i++;
	return i;
}

static bool read_flat(struct span bytes, struct flat *f)
{
	struct pb_in in = pb_in(bytes);
	bool ok = true;

	for (size_t i = 0; i < TOTALS_MAX; i++)
		f->lists[i] = (struct pb_list){ f->words[i], 0, 4 };
	while (ok && !pb_is_done(&in)) {
		uint32_t tag = 0, number;

		if (!pb_read_tag(&in, &tag))
			return false;
		number = tag >> 3;
		if (number >= f->end || (f->parts >> number & 1) != 0)
			ok = (number >= f->end || (tag & 7) == PB_BYTES) && pb_skip(&in, tag);
		else if (total_at(f, number) < TOTALS_MAX)
			ok = pb_read_list(&in, tag, &f->lists[total_at(f, number)]);
		else if ((f->texts >> number & 1) != 0)
			ok = (tag & 7) == PB_BYTES && pb_read_str(&in, &f->text[number]);
		else
			ok = (tag & 7) == PB_VARINT && pb_read_varint(&in, &f->numbers[number]);
	}
	return ok;
}

static bool is_text(struct str s)
{
	return s.n <= EVENT_NAME_MAX && str_is_clean_utf8(s);
}

static bool get_day(uint64_t v, day_no *ret)
{
	*ret = v == 0 ? DAY_NONE : (day_no)v;
	return v == 0 || (v <= DAY_MAX && day_is_valid((day_no)v));
}

static bool get_total(const struct flat *f, size_t at, struct ratio *ret)
{
	const uint64_t *words = f->words[at];
	size_t n = f->lists[at].n;
	struct pb_points w = { words[0], words[1], n == 4 ? words[2] : 0, n == 4 ? words[3] : 0 };

	*ret = RATIO_ZERO;
	return n == 0 || ((n == 4 || n == 2) && pb_ratio(&w, ret));
}

static int read_fall(struct span bytes, const struct area_shape *shape, void *ret)
{
	struct flat f = { .end = FALL_FIELD_END, .texts = 1U << FALL_WHO | 1U << FALL_WHAT };
	struct fall *fall = ret;

	(void)shape;
	if (!read_flat(bytes, &f) || f.numbers[FALL_KIND] == 0 ||
		f.numbers[FALL_KIND] >= FALL_KIND_END || !get_day(f.numbers[FALL_DAY], &fall->on) ||
		!is_text(f.text[FALL_WHO]) || !is_text(f.text[FALL_WHAT]))
		return ERR_SYNTAX;
	fall->kind = (enum fall_kind)f.numbers[FALL_KIND];
	fall->who = f.text[FALL_WHO];
	fall->what = f.text[FALL_WHAT];
	return 0;
}

static int read_stand(struct span bytes, const struct area_shape *shape, void *ret)
{
	struct flat f = {
		.end = STAND_FIELD_END, .texts = 1U << STAND_ID, .totals = { STAND_TOTAL }
	};
	struct stand *s = ret;

	if (!read_flat(bytes, &f) || f.numbers[STAND_KIND] == 0 ||
		f.numbers[STAND_KIND] >= STAND_KIND_END || !is_text(f.text[STAND_ID]) ||
		f.numbers[STAND_METRIC] > shape->n_metrics || !get_total(&f, 0, &s->total))
		return ERR_SYNTAX;
	s->kind = (enum stand_kind)f.numbers[STAND_KIND];
	s->id = f.text[STAND_ID];
	s->metric = (uint32_t)f.numbers[STAND_METRIC];
	return 0;
}

static int read_addition(struct span bytes, const struct area_shape *shape, void *ret)
{
	struct flat f = { .end = ADDITION_FIELD_END, .texts = 1U << ADDITION_WHAT };
	struct addition *a = ret;

	if (!read_flat(bytes, &f) || f.numbers[ADDITION_KIND] == 0 ||
		f.numbers[ADDITION_KIND] >= ADDITION_KIND_END ||
		f.numbers[ADDITION_OPTION] > UINT32_MAX ||
		f.numbers[ADDITION_METRIC] >= shape->n_metrics ||
		f.numbers[ADDITION_AMOUNT] > INT64_MAX || !is_text(f.text[ADDITION_WHAT]))
		return ERR_SYNTAX;
	*a = (struct addition){ .option = (uint32_t)f.numbers[ADDITION_OPTION],
		.metric = (uint32_t)f.numbers[ADDITION_METRIC],
		.kind = (enum addition_kind)f.numbers[ADDITION_KIND],
		.amount = (int64_t)f.numbers[ADDITION_AMOUNT],
		.what = f.text[ADDITION_WHAT] };
	return 0;
}

/* The parts under a field number become an array in the arena. */
struct parts {
	unsigned number;
	size_t max, size;
	int (*read)(struct span bytes, const struct area_shape *shape, void *ret);
};

static int read_parts(struct span bytes, struct arena *ar, const struct area_shape *shape,
	const struct parts *parts, void *ret_all, size_t *ret_n)
{
	struct pb_in in = pb_in(bytes);
	char *all = arena_alloc(ar, parts->max * parts->size);
	size_t n = 0;
	int rc = all == NULL ? ERR_NOMEM : 0;

	while (rc == 0 && !pb_is_done(&in)) {
		struct span s = { NULL, 0 };
		uint32_t tag = 0;

		(void)pb_read_tag(&in, &tag); /* framing is known to be right */
		if (tag >> 3 != parts->number) {
			(void)pb_skip(&in, tag);
			continue;
		}
		(void)pb_read_bytes(&in, &s);
		rc = n == parts->max ? ERR_SYNTAX : parts->read(s, shape, all + n++ * parts->size);
	}
	if (rc == 0) {
		memcpy(ret_all, &all, sizeof all);
		*ret_n = n;
	}
	return rc;
}

static int read_all_parts(struct span bytes, struct arena *ar, struct area_outlook *o)
{
	static const struct parts falls = { OUTLOOK_FALLS, OUTLOOK_FALLS_MAX, sizeof(struct fall),
		read_fall };
	static const struct parts stands = { OUTLOOK_STANDS, OUTLOOK_STANDS_MAX,
		sizeof(struct stand), read_stand };
	static const struct parts additions = { OUTLOOK_ADDITIONS, OUTLOOK_ADDITIONS_MAX,
		sizeof(struct addition), read_addition };
	int rc = read_parts(bytes, ar, o->shape, &falls, &o->falls, &o->n_falls);

	if (rc == 0)
		rc = read_parts(bytes, ar, o->shape, &stands, &o->stands, &o->n_stands);
	if (rc == 0)
		rc = read_parts(bytes, ar, o->shape, &additions, &o->additions, &o->n_additions);
	return rc;
}

static bool take_numbers(const struct flat *f, struct area_outlook *o)
{
	o->held = f->numbers[OUTLOOK_HELD] != 0;
	o->qualifies = f->numbers[OUTLOOK_QUALIFIES] != 0;
	o->border = (uint32_t)f->numbers[OUTLOOK_BORDER];
	o->reached = f->numbers[OUTLOOK_REACHED] != 0;
	o->fall_count = (uint32_t)f->numbers[OUTLOOK_FALL_COUNT];
	o->stand_count = (uint32_t)f->numbers[OUTLOOK_STAND_COUNT];
	return get_day(f->numbers[OUTLOOK_COAST_DAY], &o->coast_on) &&
	       get_day(f->numbers[OUTLOOK_END_DAY], &o->ends_on) &&
	       get_day(f->numbers[OUTLOOK_DECIDE_DAY], &o->decides_on) &&
	       get_total(f, 0, &o->coast_total) && get_total(f, 1, &o->total);
}

int outlook_read(struct span bytes, struct arena *ar, const struct area_shape *shapes,
	size_t n_shapes, struct area_outlook *ret, struct err *e)
{
	struct flat f = { .end = OUTLOOK_FIELD_END,
		.parts = 1U << OUTLOOK_FALLS | 1U << OUTLOOK_STANDS | 1U << OUTLOOK_ADDITIONS,
		.totals = { OUTLOOK_COAST_TOTAL, OUTLOOK_TOTAL } };
	int rc = ERR_SYNTAX;

	if (read_flat(bytes, &f) && f.numbers[OUTLOOK_SHAPE] < n_shapes && take_numbers(&f, ret)) {
		ret->shape = &shapes[f.numbers[OUTLOOK_SHAPE]];
		rc = read_all_parts(bytes, ar, ret);
	}
	return rc == 0 ? 0
		       : err_set(e, rc,
				 rc == ERR_NOMEM ? "parts of an outlook"
						 : "an outlook that is cut short or out of range");
}

int outlook_read_feed(struct span bytes, struct feed_outlook *ret, struct err *e)
{
	struct flat f = { .end = FEED_FIELD_END };
	uint64_t month;

	if (!read_flat(bytes, &f) || f.numbers[FEED_KIND] == 0 ||
		f.numbers[FEED_KIND] >= FEED_KIND_END ||
		!get_day(f.numbers[FEED_NEWEST_DAY], &ret->newest_on) ||
		!get_day(f.numbers[FEED_OVERDUE_DAY], &ret->overdue_since))
		return err_set(e, ERR_SYNTAX, "a feed that is cut short or out of range");
	month = f.numbers[FEED_NEWEST_MONTH];
	if (month != 0 && (month > MONTH_MAX || !month_is_valid((month_no)month)))
		return err_set(e, ERR_SYNTAX, "a feed whose month is out of range");
	ret->kind = (enum feed_kind)f.numbers[FEED_KIND];
	ret->newest_month = month == 0 ? MONTH_NONE : (month_no)month;
	return 0;
}
