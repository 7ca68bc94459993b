/* What goes into the group that is filling: units of events, day records, dead letters, marks.
 *
 * The core has decided when these run, so a failure here cannot be taken back: the service fails. The group has room
 * for whatever one message may add, because producers are not read past pending_bytes_max. */
#include "services/ingestion/ingestion_internal.h"

#include <inttypes.h>

#include "common/io/log.h"

struct store_group *ingestion_group(struct ingestion *s)
{
	struct store_group *g = committer_group(s->committer);

	if (store_group_is_empty(g))
		s->group_newest++;
	return g;
}

static int failed(struct ingestion *s, int rc, const char *what)
{
	struct err e = { 0 };

	(void)err_set(&e, rc, "%s: %s", what, err_text(rc));
	ingestion_fail(s, &e);
	return rc;
}

static int put_mark(struct store_group *g, const char *mark, uint64_t value)
{
	uint8_t bytes[8];

	store_key_u64(value, bytes);
	return store_group_put(
		g, TABLE_MARKS, (struct span){ mark, strlen(mark) }, (struct span){ bytes, 8 });
}

/* ---- events ----------------------------------------------------------------------------------------------- */

void ingestion_candidates(struct ingestion *s, const struct decoded_event *events, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		s->candidates[i] = (struct candidate){
			.event = &events[i].event,
			.refusal = events[i].refusal,
			.detail = events[i].detail,
		};
	}
}

/* The unit of the accepted events: the batch as it came when it holds nothing else, otherwise their bytes copied
 * together. */
static int make_unit(struct ingestion *s, struct span batch, const struct decoded_event *events,
	size_t n, const struct batch_effects *out, struct span *ret_unit)
{
	size_t bytes = 0;
	int rc = 0;

	for (size_t i = 0; i < out->n_accepted; i++)
		bytes += events[out->accepted[i]].bytes.n;
	if (out->n_accepted == n && bytes == batch.n) {
		*ret_unit = batch;
		return 0;
	}
	buf_reset(&s->unit);
	rc = buf_reserve(&s->unit, bytes);
	for (size_t i = 0; i < out->n_accepted && rc == 0; i++) {
		struct span event = events[out->accepted[i]].bytes;

		rc = buf_add(&s->unit, event.p, event.n);
	}
	*ret_unit = buf_span(&s->unit);
	return rc;
}

int ingestion_append(struct ingestion *s, struct span batch, const struct decoded_event *events,
	size_t n, const struct batch_effects *out)
{
	struct store_group *g;
	struct span unit;
	int rc;

	if (out->n_accepted == 0)
		return 0;
	g = ingestion_group(s);
	rc = make_unit(s, batch, events, n, out, &unit);
	if (rc == 0)
		rc = store_group_add(g, unit, (uint32_t)out->n_accepted);
	if (rc == 0 && out->day != DAY_NONE)
		rc = put_mark(g, MARK_DAY, (uint64_t)out->day);
	if (rc != 0)
		return failed(s, rc, "adding events");
	s->count.accepted += out->n_accepted;
	return 0;
}

/* ---- days ------------------------------------------------------------------------------------------------- */

static int append_day(struct ingestion *s, day_no day)
{
	struct store_group *g = ingestion_group(s);
	char text[INGESTION_DAY_ID];
	struct event ev;
	int rc;

	ingestion_day_event(day, text, &ev);
	buf_reset(&s->unit);
	rc = wire_encode_event(&ev, &s->unit);
	if (rc == 0)
		rc = store_group_add(g, buf_span(&s->unit), 1);
	return rc;
}

void ingestion_log_days(struct ingestion *s)
{
	struct day_effects due;
	char day[DAY_TEXT];
	int rc = 0;

	ingestion_days_due(s->core, ingestion_now(s), &due);
	if (due.clock_back)
		log_warn("clock_behind_log", "log_day=%s", day_format(ingestion_day(s->core), day));
	if (due.skipped > 0)
		log_warn("days_skipped", "n=%" PRIu32 " until=%s", due.skipped,
			day_format(due.first - 1, day));
	if (due.n == 0)
		return;
	for (uint32_t i = 0; i < due.n && rc == 0; i++)
		rc = append_day(s, due.first + (day_no)i);
	if (rc == 0)
		rc = put_mark(ingestion_group(s), MARK_DAY, (uint64_t)ingestion_day(s->core));
	if (rc != 0) {
		(void)failed(s, rc, "adding day records");
		return;
	}
	s->count.days += due.n;
	committer_kick(s->committer);
	log_info("day", "day=%s records=%" PRIu32, day_format(ingestion_day(s->core), day), due.n);
}

/* ---- dead letters ----------------------------------------------------------------------------------------- */

static int delete_letter(struct store_group *g, uint64_t letter)
{
	uint8_t key[8];

	store_key_u64(letter, key);
	return store_group_delete(g, TABLE_LETTERS, (struct span){ key, 8 });
}

/* Makes room in the store for one more, by its bounds. */
static int drop_oldest(struct ingestion *s, struct store_group *g, size_t bytes)
{
	uint64_t before = letters_dropped(s->letters), letter;
	int rc = 0;

	while (rc == 0 && (letter = letters_oldest_over(s->letters, bytes)) != 0) {
		rc = delete_letter(g, letter);
		letters_drop(s->letters);
	}
	if (letters_dropped(s->letters) != before)
		log_warn("letters_dropped", "total=%" PRIu64, letters_dropped(s->letters));
	return rc;
}

int ingestion_keep_letter(
	struct ingestion *s, const struct letter *l, uint64_t *ret_letter, size_t *cost)
{
	uint64_t letter = letters_find(s->letters, l);
	struct store_group *g;
	uint8_t key[8];
	int rc;

	if (letter != 0) {
		*ret_letter = letter;
		return 0;
	}
	g = ingestion_group(s);
	buf_reset(&s->unit);
	rc = letter_encode(l, &s->unit);
	if (rc == 0)
		rc = drop_oldest(s, g, s->unit.n);
	if (rc == 0)
		rc = letters_add(s->letters, l, s->unit.n, &letter);
	if (rc == 0) {
		store_key_u64(letter, key);
		rc = store_group_put(g, TABLE_LETTERS, (struct span){ key, 8 }, buf_span(&s->unit));
	}
	if (rc != 0)
		return failed(s, rc, "keeping a dead letter");
	*cost += s->unit.n + 64; /* key and overhead */
	*ret_letter = letter;
	return 0;
}

int ingestion_mark_letters(struct ingestion *s)
{
	struct store_group *g = ingestion_group(s);
	int rc = put_mark(g, MARK_LETTERS_NEXT, letters_next(s->letters));

	if (rc == 0)
		rc = put_mark(g, MARK_LETTERS_DROPPED, letters_dropped(s->letters));
	return rc == 0 ? 0 : failed(s, rc, "marking dead letters");
}

int ingestion_remove_letter(struct ingestion *s, uint64_t letter)
{
	int rc = delete_letter(ingestion_group(s), letter);

	if (rc != 0)
		return failed(s, rc, "removing a dead letter");
	(void)letters_remove(s->letters,
		letter); /* gone from the book when it is replayed twice before the commit */
	return 0;
}
