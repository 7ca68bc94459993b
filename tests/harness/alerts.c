#include "tests/harness/alerts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct standing {
	char partner[EVENT_PARTNER_MAX + 1];
	char area[EVENT_NAME_MAX + 1]; /* empty: the partner's sequence */
	uint64_t sequence;
	bool held, at_risk;
};

struct book {
	struct standing *all;
	size_t n, cap;
	char (*ids)[ALERT_ID_TEXT];
};

static struct standing *find(struct book *b, struct str partner, struct str area)
{
	struct standing *s;

	for (size_t i = 0; i < b->n; i++)
		if (str_eq(str_from(b->all[i].partner), partner) &&
			str_eq(str_from(b->all[i].area), area))
			return &b->all[i];
	if (mem_grow(&mem_heap, (void **)&b->all, &b->cap, b->n + 1, SIZE_MAX / sizeof *b->all,
		    sizeof *b->all) != 0)
		harness_fail("no memory");
	s = &b->all[b->n++];
	memset(s, 0, sizeof *s);
	(void)snprintf(s->partner, sizeof s->partner, STR_FMT, STR_ARG(partner));
	(void)snprintf(s->area, sizeof s->area, STR_FMT, STR_ARG(area));
	return s;
}

static bool follows(struct standing *s, enum alert_kind kind)
{
	bool was_held = s->held, was_at_risk = s->at_risk;

	switch (kind) {
	case ALERT_GAINED:
		s->held = true;
		return !was_held;
	case ALERT_LOST:
		s->held = s->at_risk = false;
		return was_held;
	case ALERT_AT_RISK: /* again when it gets graver */
		s->at_risk = true;
		return was_held;
	case ALERT_RECOVERED:
		s->at_risk = false;
		return was_held && was_at_risk;
	case ALERT_RENEWED:
		return was_held;
	case ALERT_WITHIN_REACH:
		return !was_held;
	case ALERT_FEED_OVERDUE:
	case ALERT_FEED_RESUMED:
		return true;
	default:
		return false;
	}
}

/* What the alert that is withdrawn told no longer is so. */
static bool turns_back(struct book *b, const struct alert *al)
{
	struct standing *s = find(b, al->partner, al->area);
	enum alert_kind natural = al->withdraws_kind == ALERT_GAINED ? ALERT_LOST
				  : al->withdraws_kind == ALERT_LOST ? ALERT_GAINED
								     : ALERT_RECOVERED;

	return al->withdraws < al->sequence && follows(s, natural);
}

static void check_one(struct book *b, const struct alert *al)
{
	struct standing *partner = find(b, al->partner, STR(""));

	if (al->sequence != partner->sequence + 1)
		harness_fail("alert %llu of partner " STR_FMT " comes after %llu",
			(unsigned long long)al->sequence, STR_ARG(al->partner),
			(unsigned long long)partner->sequence);
	partner->sequence = al->sequence;
	if (!(al->kind == ALERT_WITHDRAWN ? turns_back(b, al)
					  : follows(find(b, al->partner, al->area), al->kind)))
		harness_fail("partner " STR_FMT ", " STR_FMT ": %s at the wrong time",
			STR_ARG(al->partner), STR_ARG(al->area), alert_kind_name(al->kind));
}

static int by_id(const void *a, const void *b)
{
	return strcmp(a, b);
}

void alerts_check(const struct tail *log, struct alert_account *account)
{
	struct book b = { .ids = calloc(log->n_units + 1, sizeof *b.ids) };
	struct arena ar;

	if (b.ids == NULL)
		harness_fail("no memory");
	arena_init(&ar, &mem_heap, (size_t)1 << 20);
	for (size_t i = 0; i < log->n_units; i++) {
		struct alert al;

		arena_reset(&ar);
		tail_alert(log, i, &ar, &al);
		check_one(&b, &al);
		account->by_kind[al.kind]++;
		memcpy(b.ids[i], al.id, sizeof b.ids[i]);
	}
	qsort(b.ids, log->n_units, sizeof *b.ids, by_id);
	for (size_t i = 1; i < log->n_units; i++)
		if (strcmp(b.ids[i - 1], b.ids[i]) == 0)
			harness_fail("two alerts have the id %s", b.ids[i]);
	mem_free(&mem_heap, b.all, b.cap * sizeof *b.all);
	free(b.ids);
	arena_fini(&ar);
}
