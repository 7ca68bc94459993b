#include "services/notification/notification_core.h"

#include <stdio.h>

#include "common/base/err.h"
#include "common/base/hash.h"
#include "common/base/intern.h"

#define AREAS_PER_PARTNER_MAX 256 /* that were ever held: those of several editions */
#define NAMES_MAX	      4096
#define STATE_BY_TRACK	      1 /* version: a standing for each track, read but not written */
#define STATE_VERSION	      2
#define STATE_HEAD	      9	   /* version and sequence */
#define IDENTITY_MAX	      1024 /* position, kind and three names */

/* What was last told of one area. */
struct standing {
	intern_id area; /* in names */
	bool held;
	uint8_t risk; /* enum alert_reason last told, 0 when not at risk */
};

struct partner {
	uint64_t sequence; /* of its newest alert */
	struct standing *areas;
	size_t n, cap;
};

struct notification {
	const struct alloc *a;
	struct notification_options options;
	struct intern *partners; /* number = index into table */
	struct intern *names;
	struct partner *table;
	size_t table_cap;
	struct alert *alerts; /* of the last step */
	size_t n_alerts, alerts_cap;
	struct notification_stats stats;
};

int notification_create(const struct alloc *a, const struct notification_options *options,
	struct notification **ret_n)
{
	struct notification *n;
	int rc;

	if (options->max_partners == 0 || options->margin.num < 0)
		return ERR_INVALID;
	n = mem_zalloc(a, sizeof *n);
	if (n == NULL)
		return ERR_NOMEM;
	n->a = a;
	n->options = *options;
	rc = intern_create(a, options->max_partners, &n->partners);
	if (rc == 0)
		rc = intern_create(a, NAMES_MAX, &n->names);
	if (rc != 0) {
		notification_destroy(n);
		return rc;
	}
	*ret_n = n;
	return 0;
}

void notification_destroy(struct notification *n)
{
	if (n == NULL)
		return;
	for (size_t i = 0; n->partners != NULL && i < intern_count(n->partners); i++)
		mem_free(n->a, n->table[i].areas, n->table[i].cap * sizeof *n->table[i].areas);
	mem_free(n->a, n->table, n->table_cap * sizeof *n->table);
	mem_free(n->a, n->alerts, n->alerts_cap * sizeof *n->alerts);
	intern_destroy(n->partners);
	intern_destroy(n->names);
	mem_free(n->a, n, sizeof *n);
}

/* ---- state ------------------------------------------------------------------------------------------------ */

static int partner_get(struct notification *n, struct str id, struct partner **ret_p)
{
	uint32_t known = intern_count(n->partners);
	intern_id i;
	int rc;

	/* Room first, so that a partner that has a number also has a place. */
	rc = mem_grow(n->a, (void **)&n->table, &n->table_cap, (size_t)known + 1,
		(size_t)n->options.max_partners + 1, sizeof *n->table);
	if (rc == 0)
		rc = intern_put(n->partners, id, &i);
	if (rc != 0)
		return rc;
	if (i == known) {
		n->table[i] = (struct partner){ 0 };
		n->stats.partners++;
	}
	*ret_p = &n->table[i];
	return 0;
}

/* NULL when nothing was told of the area. */
static struct standing *standing_find(
	const struct notification *n, const struct partner *p, struct str area)
{
	intern_id id = p->n == 0 ? INTERN_NONE : intern_find(n->names, area);

	for (size_t i = 0; id != INTERN_NONE && i < p->n; i++)
		if (p->areas[i].area == id)
			return &p->areas[i];
	return NULL;
}

static int standing_get(
	struct notification *n, struct partner *p, struct str area, struct standing **ret_s)
{
	intern_id id;
	int rc;

	*ret_s = standing_find(n, p, area);
	if (*ret_s != NULL)
		return 0;
	rc = intern_put(n->names, area, &id);
	if (rc == 0)
		rc = mem_grow(n->a, (void **)&p->areas, &p->cap, p->n + 1, AREAS_PER_PARTNER_MAX,
			sizeof *p->areas);
	if (rc != 0)
		return rc;
	p->areas[p->n] = (struct standing){ .area = id };
	*ret_s = &p->areas[p->n++];
	return 0;
}

static void standing_set(
	struct notification *n, struct standing *s, bool held, enum alert_reason risk)
{
	n->stats.held = n->stats.held + held - s->held;
	n->stats.at_risk = n->stats.at_risk + (risk != 0) - (s->risk != 0);
	s->held = held;
	s->risk = (uint8_t)risk;
}

/* ---- decision --------------------------------------------------------------------------------------------- */

static bool is_held(enum area_status s)
{
	return s == AREA_QUALIFIED || s == AREA_ENROLLED || s == AREA_RENEWAL_DUE;
}

/* Why these points do not qualify, or are close to not qualifying; 0 when neither. */
static enum alert_reason shortfall(const struct notification *n, const struct area_change *c)
{
	struct ratio total = score_total(c->after, c->shape->n_metrics);
	struct ratio threshold = ratio_int(c->shape->qualifies_at);

	if (ratio_cmp(total, threshold) < 0)
		return ALERT_BECAUSE_BELOW_THRESHOLD;
	for (size_t i = 0; i < c->shape->n_metrics; i++)
		if (ratio_is_zero(c->after[i]))
			return ALERT_BECAUSE_METRIC_AT_ZERO;
	if (!c->shape->conditions && ratio_cmp(total, ratio_add(threshold, n->options.margin)) < 0)
		return ALERT_BECAUSE_WITHIN_MARGIN;
	return 0;
}

static enum alert_severity severity_of(enum alert_kind kind, enum alert_reason reason)
{
	if (kind == ALERT_LOST)
		return ALERT_CRITICAL;
	if (kind == ALERT_AT_RISK)
		return reason == ALERT_BECAUSE_WITHIN_MARGIN ? ALERT_WARNING : ALERT_CRITICAL;
	return ALERT_INFO;
}

/* ---- text ------------------------------------------------------------------------------------------------- */

static void say_moves(struct sink *t, const struct alert *al)
{
	char before[RATIO_TEXT], after[RATIO_TEXT];
	bool any = false;

	for (size_t i = 0; i < al->n_metrics; i++) {
		if (ratio_eq(al->before[i], al->after[i]))
			continue;
		sink_printf(t, "%s" STR_FMT " %s to %s",
			any ? ", " : " Moved: ", STR_ARG(al->metrics[i]),
			ratio_format_decimal(al->before[i], before),
			ratio_format_decimal(al->after[i], after));
		any = true;
	}
	if (any)
		sink_add(t, STR("."));
}

static void say_zeros(struct sink *t, const struct alert *al)
{
	const char *separator = ", no points in ";

	for (size_t i = 0; i < al->n_metrics; i++)
		if (ratio_is_zero(al->after[i])) {
			sink_printf(t, "%s" STR_FMT, separator, STR_ARG(al->metrics[i]));
			separator = ", ";
		}
}

static void say_why(struct sink *t, const struct alert *al, struct ratio needed)
{
	struct ratio above = ratio_sub(al->total_after, needed);
	char distance[RATIO_TEXT], total[RATIO_TEXT];

	ratio_format_decimal(needed, total);
	switch (al->reason) {
	case ALERT_BECAUSE_BELOW_THRESHOLD:
		above.num = -above.num;
		if (above.num < 0) /* lost for another reason than its points */
			sink_printf(t, ", %s needed", total);
		else
			sink_printf(t, ", %s short of the %s needed",
				ratio_format_decimal(above, distance), total);
		break;
	case ALERT_BECAUSE_WITHIN_MARGIN:
		sink_printf(t, ", only %s above the %s needed",
			ratio_format_decimal(above, distance), total);
		break;
	case ALERT_BECAUSE_METRIC_AT_ZERO:
		say_zeros(t, al);
		break;
	default:
		sink_printf(t, ", %s needed", total);
	}
}

static void say_points(struct sink *t, const struct alert *al, uint32_t qualifies_at)
{
	char before[RATIO_TEXT], after[RATIO_TEXT];

	sink_printf(t, ": %s points, were %s", ratio_format_decimal(al->total_after, after),
		ratio_format_decimal(al->total_before, before));
	say_why(t, al, ratio_int(qualifies_at));
	sink_add(t, STR("."));
	say_moves(t, al);
}

static void say_those(struct sink *t, const struct alert *al, bool met, const char *title)
{
	const char *separator = title;

	for (size_t i = 0; i < al->n_metrics; i++)
		if (!ratio_is_zero(al->after[i]) == met) {
			sink_printf(t, "%s" STR_FMT, separator, STR_ARG(al->metrics[i]));
			separator = ", ";
		}
}

static void say_requirements(struct sink *t, const struct alert *al)
{
	char before[RATIO_TEXT], after[RATIO_TEXT];

	sink_printf(t, ": %s of %zu requirements met, were %s",
		ratio_format_decimal(al->total_after, after), al->n_metrics,
		ratio_format_decimal(al->total_before, before));
	say_those(t, al, true, "; met: ");
	say_those(t, al, false, "; not met: ");
	sink_add(t, STR("."));
}

static void say_track(struct sink *t, const struct alert *al)
{
	if (al->track.n == 0)
		return;
	if (al->track_before.n > 0)
		sink_printf(t, " by the " STR_FMT " track, was " STR_FMT, STR_ARG(al->track),
			STR_ARG(al->track_before));
	else
		sink_printf(t, " (" STR_FMT ")", STR_ARG(al->track));
}

static void say(struct alert *al, uint32_t qualifies_at)
{
	static const char *const verbs[] = {
		[ALERT_GAINED] = "gained",
		[ALERT_AT_RISK] = "is at risk of losing",
		[ALERT_RECOVERED] = "is no longer at risk of losing",
		[ALERT_LOST] = "lost",
	};
	struct sink t;

	sink_init(&t, al->text, sizeof al->text);
	sink_printf(&t, "Partner " STR_FMT " %s " STR_FMT, STR_ARG(al->partner), verbs[al->kind],
		STR_ARG(al->area));
	say_track(&t, al);
	if (al->conditions)
		say_requirements(&t, al);
	else
		say_points(&t, al, qualifies_at);
}

/* ---- step ------------------------------------------------------------------------------------------------- */

static void identify(struct alert *al)
{
	char key[IDENTITY_MAX];
	struct sink k;
	struct hash128 h;

	sink_init(&k, key, sizeof key);
	sink_printf(&k, "%llu|%d|" STR_FMT "|" STR_FMT "|" STR_FMT,
		(unsigned long long)al->score_position, (int)al->kind, STR_ARG(al->partner),
		STR_ARG(al->area), STR_ARG(al->track));
	h = hash128_bytes(key, k.len < sizeof key ? k.len : sizeof key - 1, 0);
	(void)snprintf(al->id, sizeof al->id, "%016llx%016llx", (unsigned long long)h.high,
		(unsigned long long)h.low);
}

struct occasion {
	const struct score_batch *batch;
	const struct score_change *change;
	const struct area_change *area;
	uint64_t position; /* of the change */
};

static void describe(struct alert *al, const struct occasion *o)
{
	const struct area_shape *shape = o->area->shape;

	al->partner = o->change->partner;
	al->area = shape->area;
	al->track = shape->track;
	if (!str_eq(o->area->track_before, shape->track))
		al->track_before = o->area->track_before;
	al->conditions = shape->conditions;
	al->edition = shape->edition;
	al->day = o->batch->day;
	al->n_metrics = shape->n_metrics;
	memcpy(al->metrics, shape->metrics, shape->n_metrics * sizeof *al->metrics);
	memcpy(al->maximum, shape->maximum, shape->n_metrics * sizeof *al->maximum);
	memcpy(al->before, o->area->before, shape->n_metrics * sizeof *al->before);
	memcpy(al->after, o->area->after, shape->n_metrics * sizeof *al->after);
	al->total_before = score_total(al->before, al->n_metrics);
	al->total_after = score_total(al->after, al->n_metrics);
	al->n_causes = o->change->n_causes < CAUSES_MAX ? o->change->n_causes : CAUSES_MAX;
	if (al->n_causes > 0)
		memcpy(al->causes, o->change->causes, al->n_causes * sizeof *al->causes);
	al->cause_count = o->change->cause_count;
	al->score_position = o->position;
	al->event_position = o->batch->event_position;
}

static int tell(struct notification *n, struct partner *p, const struct occasion *o,
	enum alert_kind kind, enum alert_reason reason)
{
	struct alert *al;
	int rc;

	rc = mem_grow(n->a, (void **)&n->alerts, &n->alerts_cap, n->n_alerts + 1,
		SIZE_MAX / sizeof *al / 2, sizeof *al);
	if (rc != 0)
		return rc;
	al = &n->alerts[n->n_alerts++];
	memset(al, 0, sizeof *al);
	al->sequence = ++p->sequence;
	al->kind = kind;
	al->reason = reason;
	al->severity = severity_of(kind, reason);
	describe(al, o);
	identify(al);
	say(al, o->area->shape->qualifies_at);
	n->stats.by_kind[kind]++;
	return 0;
}

/* What there is to tell of an area that is held, or was. */
static int decide(struct notification *n, struct partner *p, const struct occasion *o,
	struct standing *s, bool held)
{
	enum alert_reason lack = shortfall(n, o->area), risk = held ? lack : 0;
	enum alert_reason told = (enum alert_reason)s->risk;
	int rc = 0;

	if (held && !s->held)
		rc = tell(n, p, o, ALERT_GAINED, ALERT_BECAUSE_QUALIFIES);
	else if (!held && s->held)
		rc = tell(n, p, o, ALERT_LOST, lack != 0 ? lack : ALERT_BECAUSE_BELOW_THRESHOLD);
	if (rc != 0)
		return rc;
	if (risk != 0 && told != 0 &&
		severity_of(ALERT_AT_RISK, risk) <= severity_of(ALERT_AT_RISK, told))
		risk = told; /* a lighter risk is not told; so the state changes only where there is an alert */
	else if (risk != 0)
		rc = tell(n, p, o, ALERT_AT_RISK, risk);
	else if (held && told != 0)
		rc = tell(n, p, o, ALERT_RECOVERED, ALERT_BECAUSE_MARGIN_RESTORED);
	standing_set(n, s, held, risk);
	return rc;
}

static int take(struct notification *n, struct partner *p, const struct occasion *o)
{
	struct str area = o->area->shape->area;
	bool held = is_held(o->area->status_after);
	struct standing *s = standing_find(n, p, area);
	int rc = 0;

	if (!held && (s == NULL || !s->held)) /* by far the most changes */
		return 0;
	if (s == NULL)
		rc = standing_get(n, p, area, &s);
	return rc == 0 ? decide(n, p, o, s, held) : rc;
}

int notification_step(struct notification *n, const struct score_batch *batch, uint64_t first,
	const struct alert **ret_alerts, size_t *ret_n)
{
	n->n_alerts = 0;
	for (size_t i = 0; i < batch->n_changes; i++) {
		const struct score_change *c = &batch->changes[i];
		struct partner *p;
		int rc = partner_get(n, c->partner, &p);

		for (size_t j = 0; rc == 0 && j < c->n_areas; j++) {
			struct occasion o = { batch, c, &c->areas[j], first + i };

			rc = take(n, p, &o);
		}
		if (rc != 0)
			return rc;
	}
	*ret_alerts = n->alerts;
	*ret_n = n->n_alerts;
	return 0;
}

/* ---- survival --------------------------------------------------------------------------------------------- */

/* Version, sequence (little-endian), then per area: its length in 16 bits, its text, held, risk. */
int notification_save_partner(const struct notification *n, struct str partner, struct buf *out)
{
	intern_id i = intern_find(n->partners, partner);
	const struct partner *p;
	uint8_t head[STATE_HEAD] = { STATE_VERSION };
	int rc;

	if (i == INTERN_NONE)
		return ERR_NOTFOUND;
	p = &n->table[i];
	for (int b = 0; b < 8; b++)
		head[1 + b] = (uint8_t)(p->sequence >> (8 * b));
	rc = buf_add(out, head, sizeof head);
	for (size_t k = 0; rc == 0 && k < p->n; k++) {
		const struct standing *s = &p->areas[k];
		struct str area = intern_text(n->names, s->area);
		uint8_t length[2] = { (uint8_t)area.n, (uint8_t)(area.n >> 8) };
		uint8_t flags[2] = { s->held, s->risk };

		rc = buf_add(out, length, sizeof length);
		if (rc == 0)
			rc = buf_add(out, area.p, area.n);
		if (rc == 0)
			rc = buf_add(out, flags, sizeof flags);
	}
	return rc;
}

static enum alert_reason graver(enum alert_reason a, enum alert_reason b)
{
	if (a == 0 || b == 0)
		return a == 0 ? b : a;
	return severity_of(ALERT_AT_RISK, b) > severity_of(ALERT_AT_RISK, a) ? b : a;
}

/* Reads one standing at *at and moves past it. An area that stands twice, once by each track, is held when one is. */
static int load_standing(
	struct notification *n, struct partner *p, struct span state, uint8_t version, size_t *at)
{
	const uint8_t *b = (const uint8_t *)state.p + *at, *flags;
	size_t left = state.n - *at, head = version == STATE_BY_TRACK ? 4 : 2, area_n, texts_n;
	struct standing *s;
	int rc;

	if (left < head)
		return ERR_CORRUPT;
	area_n = texts_n = (size_t)b[0] | (size_t)b[1] << 8;
	if (version == STATE_BY_TRACK)
		texts_n += (size_t)b[2] | (size_t)b[3] << 8;
	if (left - head < texts_n + 2)
		return ERR_CORRUPT;
	flags = b + head + texts_n;
	if (flags[0] > 1 || flags[1] >= ALERT_REASON_END)
		return ERR_CORRUPT;
	rc = standing_get(n, p, (struct str){ (const char *)b + head, area_n }, &s);
	if (rc != 0)
		return rc;
	standing_set(n, s, flags[0] == 1 || s->held,
		graver((enum alert_reason)s->risk, (enum alert_reason)flags[1]));
	*at += head + texts_n + 2;
	return 0;
}

int notification_load_partner(struct notification *n, struct str partner, struct span state)
{
	const uint8_t *b = state.p;
	size_t at = STATE_HEAD;
	struct partner *p;
	int rc;

	if (state.n < STATE_HEAD || (b[0] != STATE_VERSION && b[0] != STATE_BY_TRACK))
		return ERR_CORRUPT;
	rc = partner_get(n, partner, &p);
	if (rc != 0)
		return rc;
	for (; p->n > 0; p->n--)
		standing_set(n, &p->areas[p->n - 1], false, 0);
	p->sequence = 0;
	for (int i = 0; i < 8; i++)
		p->sequence |= (uint64_t)b[1 + i] << (8 * i);
	while (rc == 0 && at < state.n)
		rc = load_standing(n, p, state, b[0], &at);
	return rc;
}

void notification_stats_get(const struct notification *n, struct notification_stats *ret)
{
	*ret = n->stats;
}

uint64_t notification_sequence(const struct notification *n, struct str partner)
{
	intern_id i = intern_find(n->partners, partner);

	return i == INTERN_NONE ? 0 : n->table[i].sequence;
}
