/* What a start takes from the store: the dead letters, the tail of the log, the day. */
#include "services/ingestion/ingestion_internal.h"

#include <inttypes.h>

#include "common/io/log.h"

#define CHUNK_UNITS   4096
#define CHUNK_RECORDS 65536
#define CHUNK_BYTES   ((size_t)4 * 1024 * 1024)
#define UNIT_MAX      ((size_t)64 * 1024 * 1024) /* far above WIRE_BATCH_BYTES_MAX */

/* ---- marks ------------------------------------------------------------------------------------------------ */

/* Returns 0 and the value, or 0 and `missing` when there is no such mark. */
static int get_mark(
	struct ingestion *s, const char *mark, uint64_t missing, uint64_t *ret_value, struct err *e)
{
	int rc;

	buf_reset(&s->scratch);
	rc = store_get(s->store, TABLE_MARKS, (struct span){ mark, strlen(mark) }, &s->scratch, e);
	if (rc == ERR_NOTFOUND) {
		*ret_value = missing;
		return 0;
	}
	if (rc != 0)
		return rc;
	if (s->scratch.n != 8)
		return err_set(e, ERR_CORRUPT, "mark \"%s\" has %zu bytes", mark, s->scratch.n);
	*ret_value = store_key_read_u64(s->scratch.p);
	return 0;
}

/* ---- dead letters ----------------------------------------------------------------------------------------- */

static int visit_letter(void *ctx, struct span key, struct span value)
{
	struct ingestion *s = ctx;
	int rc = key.n == 8 ? letters_recall(s->letters, store_key_read_u64(key.p), value)
			    : ERR_CORRUPT;

	if (rc == ERR_CORRUPT) {
		log_warn("letter_damaged", "bytes=%zu",
			value.n); /* no reason to refuse the service */
		return 0;
	}
	return rc;
}

static int recall_letters(struct ingestion *s, struct err *e)
{
	uint64_t next = 0, dropped = 0;
	uint8_t from[8] = { 0 };
	int rc = store_scan(s->store, TABLE_LETTERS, (struct span){ from, 8 }, visit_letter, s, e);

	if (rc == ERR_NOTFOUND) /* no letter was ever kept */
		rc = 0;
	if (rc == 0)
		rc = get_mark(s, MARK_LETTERS_NEXT, 1, &next, e);
	if (rc == 0)
		rc = get_mark(s, MARK_LETTERS_DROPPED, 0, &dropped, e);
	if (rc == 0)
		letters_recall_marks(s->letters, next, dropped);
	return rc;
}

/* ---- the log ---------------------------------------------------------------------------------------------- */

struct chunk {
	struct buf bytes;
	uint32_t sizes[CHUNK_UNITS], counts[CHUNK_UNITS];
};

static int recall_unit(struct ingestion *s, struct span unit, uint64_t position, struct err *e)
{
	struct event *events = NULL;
	size_t n = 0;
	int rc;

	arena_reset(&s->arena);
	rc = wire_decode_logged_events(unit, &s->arena, &events, &n, e);
	if (rc == 0)
		rc = ingestion_recall(s->core, events, n);
	if (rc != 0)
		(void)err_wrap(e, "the unit at position %" PRIu64, position);
	return rc;
}

/* Recalls one chunk from *position on and moves it. *ret_end tells that there was none. */
static int recall_chunk(
	struct ingestion *s, struct chunk *c, uint64_t *position, bool *ret_end, struct err *e)
{
	uint64_t first = 0;
	size_t n = 0, at = 0;
	int rc = store_read(s->store, *position, CHUNK_RECORDS, CHUNK_BYTES, &c->bytes, c->sizes,
		c->counts, CHUNK_UNITS, &n, &first, e);

	if (rc != 0)
		return rc;
	for (size_t i = 0; i < n; i++) {
		rc = recall_unit(s, (struct span){ c->bytes.p + at, c->sizes[i] }, first, e);
		if (rc != 0)
			return rc;
		at += c->sizes[i];
		first += c->counts[i];
	}
	*ret_end = n == 0;
	if (n > 0)
		*position = first;
	return 0;
}

static int recall_log(struct ingestion *s, struct err *e)
{
	uint64_t first = store_first(s->store), end = store_end(s->store);
	uint64_t window = dedup_window(ingestion_dedup(s->core)),
		 position = end > window ? end - window : 0;
	struct chunk *c = mem_zalloc(&mem_heap, sizeof *c);
	bool at_end = false;
	int rc;

	if (c == NULL)
		return err_set(e, ERR_NOMEM, "reading the log");
	buf_init(&c->bytes, &mem_heap, UNIT_MAX);
	if (position < first)
		position = first;
	rc = ingestion_recall_room(s->core, (size_t)(end - position));
	while (rc == 0 && !at_end && position < end)
		rc = recall_chunk(s, c, &position, &at_end, e);
	buf_fini(&c->bytes);
	mem_free(&mem_heap, c, sizeof *c);
	return rc;
}

/* The day comes last: it matters only when its record lies before the tail. */
int ingestion_recover(struct ingestion *s, struct err *e)
{
	uint64_t day = 0;
	int rc = recall_letters(s, e);

	if (rc == 0)
		rc = recall_log(s, e);
	if (rc == 0)
		rc = get_mark(s, MARK_DAY, (uint64_t)DAY_NONE, &day, e);
	if (rc != 0) {
		(void)err_wrap(e, "reading the store back");
		return rc;
	}
	ingestion_recall_day(s->core, (day_no)(int64_t)day);
	return 0;
}
