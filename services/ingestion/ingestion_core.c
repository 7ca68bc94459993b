#include "services/ingestion/ingestion_core.h"

#include <stdio.h>
#include <string.h>

/* Kept apart from the hash input's texts by their length, so ("ab", "c") and ("a", "bc") differ. */
#define HASH_INPUT_MAX (2 + EVENT_SOURCE_MAX + EVENT_ID_MAX)

struct ingestion_core {
	const struct alloc *a;
	enum day_policy days;
	uint64_t seed;
	struct edition_check editions;
	struct dedup *dedup;
	day_no day; /* greatest of the log */
	bool told_clock_back;
	struct hash128 hashes[INGESTION_BATCH_MAX];
	uint32_t accepted[INGESTION_BATCH_MAX];
	struct ingestion_refused refused[INGESTION_BATCH_MAX];
};

int ingestion_core_create(const struct alloc *a, const struct ingestion_core_options *options,
	struct ingestion_core **ret_c)
{
	struct ingestion_core *c = mem_alloc(a, sizeof *c);
	int rc;

	if (c == NULL)
		return ERR_NOMEM;
	c->a = a;
	c->days = options->days;
	c->seed = options->seed;
	c->editions = options->editions;
	c->day = DAY_NONE;
	c->told_clock_back = false;
	c->dedup = NULL;
	rc = dedup_create(a, options->dedup_events, options->dedup_days, &c->dedup);
	if (rc != 0) {
		ingestion_core_destroy(c);
		return rc;
	}
	*ret_c = c;
	return 0;
}

void ingestion_core_destroy(struct ingestion_core *c)
{
	if (c == NULL)
		return;
	dedup_destroy(c->dedup);
	mem_free(c->a, c, sizeof *c);
}

/* The texts are within their limits: event_validate() has seen them. */
static struct hash128 hash_of(const struct ingestion_core *c, const struct event *ev)
{
	uint8_t in[HASH_INPUT_MAX];
	size_t n = ev->source.n < EVENT_SOURCE_MAX ? ev->source.n : EVENT_SOURCE_MAX;
	size_t m = ev->id.n < EVENT_ID_MAX ? ev->id.n : EVENT_ID_MAX;

	in[0] = (uint8_t)n;
	in[1] = (uint8_t)(n >> 8);
	if (n > 0)
		memcpy(in + 2, ev->source.p, n);
	if (m > 0)
		memcpy(in + 2 + n, ev->id.p, m);
	return hash128_bytes(in, 2 + n + m, c->seed);
}

static bool move_day(struct ingestion_core *c, day_no day)
{
	if (c->day != DAY_NONE && day <= c->day)
		return false;
	c->day = day;
	dedup_day(c->dedup, day);
	return true;
}

int ingestion_recall_room(struct ingestion_core *c, size_t n)
{
	return dedup_reserve(c->dedup, n);
}

int ingestion_recall(struct ingestion_core *c, const struct event *logged, size_t n)
{
	int rc = n > INGESTION_BATCH_MAX ? ERR_INVALID : dedup_reserve(c->dedup, n);

	if (rc != 0)
		return rc;
	for (size_t i = 0; i < n; i++) { /* first all, so that the cache misses overlap */
		c->hashes[i] = hash_of(c, &logged[i]);
		dedup_prefetch(c->dedup, c->hashes[i]);
	}
	for (size_t i = 0; i < n; i++) {
		dedup_add(c->dedup, c->hashes[i]);
		if (logged[i].kind == FACT_DAY)
			(void)move_day(c, logged[i].u.day.day);
	}
	return 0;
}

void ingestion_recall_day(struct ingestion_core *c, day_no day)
{
	if (day != DAY_NONE)
		(void)move_day(c, day);
}

/* ---- batches ---------------------------------------------------------------------------------------------- */

/* What policy says of an event that decoded well or badly. */
static enum refusal screen(
	const struct ingestion_core *c, const struct candidate *ca, const char **ret_detail)
{
	*ret_detail = "";
	if (ca->refusal != REFUSED_NOT) {
		if (ca->detail != NULL)
			*ret_detail = ca->detail->text;
		return ca->refusal;
	}
	if (ca->event->kind == FACT_DAY && c->days == DAYS_FROM_CLOCK) {
		*ret_detail = "ingestion runs with --days clock and writes the day records itself";
		return REFUSED_DAY;
	}
	return REFUSED_NOT;
}

/* Rules that cannot be used never enter the log. *n: editions of the batch looked at so far. */
static enum refusal check_edition(const struct ingestion_core *c, const struct candidate *ca,
	uint32_t *n, const char **ret_detail)
{
	const struct event *ev = ca->event;

	if (ev->kind != FACT_EDITION || ev->retracted || c->editions.is_valid == NULL)
		return REFUSED_NOT;
	if (++*n > INGESTION_EDITIONS_MAX) {
		*ret_detail = "more editions than one batch may bring: send it in another one";
		return REFUSED_EDITION;
	}
	return c->editions.is_valid(c->editions.ctx, &ev->u.edition, ret_detail) ? REFUSED_NOT
										 : REFUSED_EDITION;
}

/* First pass, over the whole batch, so that the table's cache misses overlap. */
static void hash_batch(struct ingestion_core *c, const struct candidate *batch, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (batch[i].refusal != REFUSED_NOT)
			continue;
		c->hashes[i] = hash_of(c, batch[i].event);
		dedup_prefetch(c->dedup, c->hashes[i]);
	}
}

static void accept(struct ingestion_core *c, const struct candidate *ca, uint32_t index,
	struct batch_effects *out)
{
	dedup_add(c->dedup, c->hashes[index]);
	c->accepted[out->n_accepted++] = index;
	if (ca->event->kind == FACT_DAY && move_day(c, ca->event->u.day.day))
		out->day = c->day;
}

int ingestion_decide(struct ingestion_core *c, const struct candidate *batch, size_t n,
	struct batch_effects *ret_out)
{
	struct batch_effects out = {
		.accepted = c->accepted, .refused = c->refused, .day = DAY_NONE
	};
	uint32_t n_editions = 0;
	int rc;

	if (n > INGESTION_BATCH_MAX)
		return ERR_INVALID;
	rc = dedup_reserve(c->dedup, n);
	if (rc != 0)
		return rc;
	hash_batch(c, batch, n);
	for (uint32_t i = 0; i < n; i++) {
		const char *detail;
		enum refusal refusal = screen(c, &batch[i], &detail);

		if (refusal == REFUSED_NOT && dedup_seen(c->dedup, c->hashes[i])) {
			out.n_duplicates++;
			continue;
		}
		if (refusal == REFUSED_NOT)
			refusal = check_edition(c, &batch[i], &n_editions, &detail);
		if (refusal != REFUSED_NOT)
			c->refused[out.n_refused++] =
				(struct ingestion_refused){ i, refusal, detail };
		else
			accept(c, &batch[i], i, &out);
	}
	*ret_out = out;
	return 0;
}

bool ingestion_is_clean(const struct ingestion_core *c, const struct candidate *batch, size_t n,
	struct ingestion_refused *ret_first)
{
	uint32_t n_editions = 0;

	for (uint32_t i = 0; i < n; i++) {
		const char *detail;
		enum refusal refusal = screen(c, &batch[i], &detail);

		if (refusal == REFUSED_NOT)
			refusal = check_edition(c, &batch[i], &n_editions, &detail);
		if (refusal != REFUSED_NOT) {
			*ret_first = (struct ingestion_refused){ i, refusal, detail };
			return false;
		}
	}
	return true;
}

/* ---- days ------------------------------------------------------------------------------------------------- */

void ingestion_days_due(struct ingestion_core *c, event_ms now, struct day_effects *ret_out)
{
	day_no today = day_of_ms(now);
	struct day_effects out = { .first = today, .n = 0 };

	if (c->days == DAYS_FROM_CLOCK && day_is_valid(today)) {
		bool back = c->day != DAY_NONE && today < c->day;

		out.clock_back = back && !c->told_clock_back;
		c->told_clock_back = back;
		if (c->day == DAY_NONE) {
			out.n = 1; /* a log begins with the day it is begun on */
		} else if (today > c->day) {
			out.first = c->day + 1;
			out.n = (uint32_t)(today - c->day);
		}
		if (out.n > INGESTION_DAYS_MAX) {
			out.skipped = out.n - INGESTION_DAYS_MAX;
			out.first += (day_no)out.skipped;
			out.n = INGESTION_DAYS_MAX;
		}
		if (out.n > 0)
			(void)move_day(c, today);
	}
	*ret_out = out;
}

void ingestion_day_event(day_no day, char *text, struct event *ret_event)
{
	char name[DAY_TEXT];
	int n = snprintf(text, INGESTION_DAY_ID, "day-%s", day_format(day, name));

	*ret_event = (struct event){
		.id = { text, (size_t)n },
		.source = STR(INGESTION_DAY_SOURCE),
		.time = (event_ms)day * MS_PER_DAY,
		.recorded = (event_ms)day * MS_PER_DAY,
		.kind = FACT_DAY,
		.u.day.day = day,
	};
}

day_no ingestion_day(const struct ingestion_core *c)
{
	return c->day;
}

const struct dedup *ingestion_dedup(const struct ingestion_core *c)
{
	return c->dedup;
}
