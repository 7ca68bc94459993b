/* Alerts out of occasions. */
#include <stdio.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/hash.h"
#include "services/notification/notification_internal.h"

#define IDENTITY_MAX 1024 /* position, kind and three names */
#define MOVED_BITS   32

static void describe_points(struct alert *al, const struct area_change *c)
{
	if (!str_eq(c->track_before, c->shape->track))
		al->track_before = c->track_before;
	al->n_metrics = c->shape->n_metrics;
	memcpy(al->metrics, c->shape->metrics, al->n_metrics * sizeof *al->metrics);
	memcpy(al->maximum, c->shape->maximum, al->n_metrics * sizeof *al->maximum);
	memcpy(al->before, c->before, al->n_metrics * sizeof *al->before);
	memcpy(al->after, c->after, al->n_metrics * sizeof *al->after);
	al->total_before = score_total(al->before, al->n_metrics);
	al->total_after = score_total(al->after, al->n_metrics);
}

static void describe(struct alert *al, const struct occasion *o)
{
	al->partner = o->change->partner;
	al->day = o->batch->day;
	al->total_before = al->total_after = al->total_then = RATIO_ZERO;
	al->by = al->feed_since = al->feed_newest_on = DAY_NONE;
	al->feed_newest_month = MONTH_NONE;
	if (o->shape != NULL) {
		al->area = o->shape->area;
		al->track = o->shape->track;
		al->edition = o->shape->edition;
		al->conditions = o->shape->conditions;
	}
	if (o->area != NULL)
		describe_points(al, o->area);
	else if (o->outlook != NULL)
		al->total_before = al->total_after = o->outlook->total;
	al->n_causes = o->change->n_causes < CAUSES_MAX ? o->change->n_causes : CAUSES_MAX;
	if (al->n_causes > 0)
		memcpy(al->causes, o->change->causes, al->n_causes * sizeof *al->causes);
	al->cause_count = o->change->cause_count;
	al->score_position = o->position;
	al->event_position = o->batch->event_position;
}

static struct str metric_at(const struct area_shape *shape, uint32_t i)
{
	return i < shape->n_metrics ? shape->metrics[i] : STR("");
}

static int describe_stands(struct notification *n, const struct area_outlook *o, struct alert *al)
{
	struct alert_stand *list = arena_alloc(&n->details, o->n_stands * sizeof *list + 1);

	if (list == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < o->n_stands; i++)
		list[i] = (struct alert_stand){ o->stands[i].kind, o->stands[i].id,
			o->stands[i].total,
			o->stands[i].metric > 0 ? metric_at(o->shape, o->stands[i].metric - 1)
						: STR("") };
	al->stands = list;
	al->n_stands = o->n_stands;
	al->stand_count = o->stand_count;
	return 0;
}

static int describe_additions(
	struct notification *n, const struct area_outlook *o, struct alert *al)
{
	struct alert_addition *list = arena_alloc(&n->details, o->n_additions * sizeof *list + 1);

	if (list == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < o->n_additions; i++)
		list[i] = (struct alert_addition){ o->additions[i].option,
			metric_at(o->shape, o->additions[i].metric), o->additions[i].kind,
			o->additions[i].amount, o->additions[i].what };
	al->additions = list;
	al->n_additions = o->n_additions;
	return 0;
}

static int describe_ahead(struct notification *n, const struct area_outlook *o, struct alert *al)
{
	int rc = describe_stands(n, o, al);

	al->falls = o->falls;
	al->n_falls = o->n_falls;
	al->fall_count = o->fall_count;
	if (o->coast_on != DAY_NONE)
		al->total_then = o->coast_total;
	return rc == 0 ? describe_additions(n, o, al) : rc;
}

int tell_prepare(
	struct notification *n, const struct occasion *o, enum alert_kind kind, struct alert *al)
{
	memset(al, 0, sizeof *al);
	al->kind = kind;
	describe(al, o);
	return kind == ALERT_AT_RISK && o->outlook != NULL ? describe_ahead(n, o->outlook, al) : 0;
}

static void take_points(struct alert *al, const struct alert *from)
{
	al->track_before = from->track_before;
	al->n_metrics = from->n_metrics;
	memcpy(al->metrics, from->metrics, sizeof al->metrics);
	memcpy(al->maximum, from->maximum, sizeof al->maximum);
	memcpy(al->before, from->before, sizeof al->before);
	memcpy(al->after, from->after, sizeof al->after);
	al->total_before = from->total_before;
	al->total_after = from->total_after;
}

static void take_causes(struct alert *al, const struct alert *from)
{
	al->n_causes = from->n_causes;
	memcpy(al->causes, from->causes, sizeof al->causes);
	al->cause_count = from->cause_count;
}

static void take_ahead(struct alert *al, const struct alert *from)
{
	al->total_then = from->total_then;
	al->falls = from->falls;
	al->n_falls = from->n_falls;
	al->fall_count = from->fall_count;
	al->stands = from->stands;
	al->n_stands = from->n_stands;
	al->stand_count = from->stand_count;
	al->additions = from->additions;
	al->n_additions = from->n_additions;
}

int tell_complete(
	struct notification *n, const struct standing *s, bool has_outlook, struct alert *al)
{
	struct alert waited;
	uint8_t *bytes;
	int rc;

	if (s->draft == NULL || (al->n_metrics > 0 && has_outlook))
		return 0;
	bytes = arena_alloc(&n->details, s->draft_n);
	if (bytes == NULL)
		return ERR_NOMEM;
	memcpy(bytes, s->draft, s->draft_n);
	rc = draft_unpack((struct span){ bytes, s->draft_n }, &n->details, &waited);
	if (rc != 0)
		return rc;
	if (al->n_metrics == 0)
		take_points(al, &waited);
	if (al->n_causes == 0)
		take_causes(al, &waited);
	if (!has_outlook)
		take_ahead(al, &waited);
	return 0;
}

static void identify(struct alert *al)
{
	char key[IDENTITY_MAX];
	struct sink k;
	struct hash128 h;

	sink_init(&k, key, sizeof key);
	sink_printf(&k, "%llu|%d|" STR_FMT "|" STR_FMT "|" STR_FMT,
		(unsigned long long)al->score_position, (int)al->kind, STR_ARG(al->partner),
		STR_ARG(al->area), STR_ARG(al->track));
	if (al->feed != 0)
		sink_printf(&k, "|%s", feed_kind_name(al->feed));
	h = hash128_bytes(key, k.len < sizeof key ? k.len : sizeof key - 1, 0);
	(void)snprintf(al->id, sizeof al->id, "%016llx%016llx", (unsigned long long)h.high,
		(unsigned long long)h.low);
}

int tell(struct notification *n, struct subject *p, const struct alert *al, uint32_t qualifies_at,
	const struct alert **ret_al)
{
	struct alert *told;
	int rc = mem_grow(n->a, (void **)&n->alerts, &n->alerts_cap, n->n_alerts + 1,
		SIZE_MAX / sizeof *told / 2, sizeof *told);

	if (rc == 0)
		rc = subject_changed(n, p);
	if (rc != 0)
		return rc;
	told = &n->alerts[n->n_alerts++];
	*told = *al;
	told->sequence = ++p->sequence;
	identify(told);
	if (told->text[0] == '\0')
		alert_say(told, qualifies_at);
	n->stats.by_kind[told->kind]++;
	if (ret_al != NULL)
		*ret_al = told;
	return 0;
}

uint32_t tell_moved(const struct alert *al)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < al->n_metrics; i++)
		if (!ratio_eq(al->before[i], al->after[i]))
			bits |= 1U
				<< hash_bytes(al->metrics[i].p, al->metrics[i].n, 0) % MOVED_BITS;
	return bits;
}
