/* In which senses something held is at risk, and how gravely. */
#include "services/notification/notification_internal.h"

/* Levels of senses that have a day they come to. */
enum { LEVEL_FAR = 1, LEVEL_90, LEVEL_60, LEVEL_30, LEVEL_7 };
#define LEVEL_ONLY   1 /* of senses without */
#define EASES_BEYOND 7 /* days by which a date moves away before it counts as another one */

static const struct {
	day_no days;
	uint8_t level;
} borders[] = { { 7, LEVEL_7 }, { 30, LEVEL_30 }, { 60, LEVEL_60 }, { 90, LEVEL_90 } };

#define N_BORDERS (sizeof borders / sizeof *borders)

enum alert_reason risk_lack(const struct notification *n, const struct area_change *c, bool told)
{
	struct ratio total = score_total(c->after, c->shape->n_metrics);
	struct ratio line = ratio_int(c->shape->qualifies_at);

	if (ratio_cmp(total, line) < 0)
		return ALERT_BECAUSE_BELOW_THRESHOLD;
	for (size_t i = 0; i < c->shape->n_metrics; i++)
		if (ratio_is_zero(c->after[i]))
			return ALERT_BECAUSE_METRIC_AT_ZERO;
	line = ratio_add(line, n->options.margin);
	if (told)
		line = ratio_add(line, n->options.recovery);
	return !c->shape->conditions && ratio_cmp(total, line) < 0 ? ALERT_BECAUSE_WITHIN_MARGIN
								   : 0;
}

void risk_see(struct standing *s, const struct area_outlook *o)
{
	s->outlook = 0;
	s->by = DAY_NONE;
	if (!o->held)
		return;
	s->outlook = SEEN_OUTLOOK;
	s->outlook |= o->qualifies ? SEEN_QUALIFIES : 0;
	s->outlook |= o->reached ? SEEN_REACHED : 0;
	if (o->n_stands > 0)
		s->outlook |=
			o->stands[0].kind == STAND_CUSTOMER ? SEEN_ONE_CUSTOMER : SEEN_ONE_PERSON;
	s->by = o->qualifies ? o->coast_on : o->reached ? o->ends_on : o->decides_on;
}

uint32_t risk_border(day_no by, day_no day)
{
	for (size_t i = 0; by != DAY_NONE && day != DAY_NONE && i < N_BORDERS; i++)
		if (by - day <= borders[i].days)
			return (uint32_t)borders[i].days;
	return 0;
}

/* 0: no day is known. */
static uint8_t level_by(day_no by, day_no day)
{
	if (by == DAY_NONE || day == DAY_NONE)
		return 0;
	for (size_t i = 0; i < N_BORDERS; i++)
		if (by - day <= borders[i].days)
			return borders[i].level;
	return LEVEL_FAR;
}

static uint8_t coast_level(const struct notification *n, const struct standing *s, day_no day)
{
	uint8_t level = level_by(s->by, day);

	return level > 0 && s->by - day <= (day_no)n->options.horizon_days ? level : 0;
}

static bool is_unmet(const struct standing *s)
{
	return s->lack == ALERT_BECAUSE_BELOW_THRESHOLD || s->lack == ALERT_BECAUSE_METRIC_AT_ZERO;
}

/* Muted senses included. */
static void set_levels(
	const struct notification *n, const struct standing *s, day_no day, uint8_t *level)
{
	bool seen_unmet = (s->outlook & (SEEN_OUTLOOK | SEEN_QUALIFIES)) == SEEN_OUTLOOK;

	if (is_unmet(s) && !seen_unmet) {
		level[ALERT_SENSE_UNMET] = LEVEL_7;
	} else if (is_unmet(s) && (s->outlook & SEEN_REACHED) == 0) {
		level[ALERT_SENSE_UNMET] = level_by(s->by, day);
		if (level[ALERT_SENSE_UNMET] == 0)
			level[ALERT_SENSE_UNMET] = LEVEL_7;
	} else if (is_unmet(s)) {
		level[ALERT_SENSE_COAST] = coast_level(n, s, day);
	} else if (s->outlook != 0 && !seen_unmet) {
		level[ALERT_SENSE_COAST] = coast_level(n, s, day);
		if ((s->outlook & (SEEN_ONE_CUSTOMER | SEEN_ONE_PERSON)) != 0)
			level[ALERT_SENSE_SINGLE] = LEVEL_ONLY;
	}
	if (s->lack == ALERT_BECAUSE_WITHIN_MARGIN)
		level[ALERT_SENSE_MARGIN] = LEVEL_ONLY;
}

enum alert_severity risk_severity(enum alert_sense sense, uint8_t level)
{
	switch (sense) {
	case ALERT_SENSE_UNMET:
		return level > LEVEL_FAR ? ALERT_CRITICAL : ALERT_WARNING;
	case ALERT_SENSE_COAST:
		return level >= LEVEL_30 ? ALERT_CRITICAL : ALERT_WARNING;
	default:
		return ALERT_WARNING;
	}
}

static void ease(struct standing *s, const uint8_t *level)
{
	if (s->by == DAY_NONE || s->by_told == DAY_NONE || s->by <= s->by_told + EASES_BEYOND)
		return;
	for (int k = ALERT_SENSE_UNMET; k <= ALERT_SENSE_COAST; k++)
		if (s->told[k] > level[k])
			s->told[k] = level[k] > 0 ? level[k] : LEVEL_FAR;
	s->by_told = s->by;
}

void risk_look(const struct notification *n, struct standing *s, day_no day, struct risk *ret_r)
{
	struct risk r = { .gravest = 0 };

	set_levels(n, s, day, r.level);
	ease(s, r.level);
	for (int k = 1; k < ALERT_SENSE_END; k++) {
		enum alert_sense sense = (enum alert_sense)k;

		if ((n->options.muted >> k & 1) != 0)
			r.level[k] = 0;
		r.senses |= r.level[k] > 0 ? 1U << k : 0;
		if (r.level[k] <= s->told[k])
			continue;
		r.graver |= s->told[k] > 0;
		if (r.gravest == 0 || risk_severity(sense, r.level[k]) >
					      risk_severity(r.gravest, r.level[r.gravest]))
			r.gravest = sense;
	}
	*ret_r = r;
}

void risk_told_before(struct standing *s, enum alert_reason reason)
{
	if (reason == ALERT_BECAUSE_WITHIN_MARGIN && !standing_is_at_risk(s))
		s->told[ALERT_SENSE_MARGIN] = LEVEL_ONLY;
	else if (reason != 0 && reason != ALERT_BECAUSE_WITHIN_MARGIN)
		s->told[ALERT_SENSE_UNMET] = LEVEL_7;
}

/* ---- within reach --------------------------------------------------------------------------------------------- */

static enum nearness requirements_nearness(size_t n_metrics, size_t zeros, enum alert_reason *ret)
{
	*ret = ALERT_BECAUSE_ONE_REQUIREMENT;
	return n_metrics > 1 && zeros == 1 ? NEAR_WITHIN : NEAR_NOT;
}

enum nearness risk_nearness(
	const struct notification *n, const struct area_change *c, enum alert_reason *ret_reason)
{
	struct ratio total, line = ratio_int(c->shape->qualifies_at);
	size_t zeros = 0;

	if (n->options.reach.num == 0)
		return NEAR_NOT;
	for (size_t i = 0; i < c->shape->n_metrics; i++)
		zeros += ratio_is_zero(c->after[i]);
	if (c->shape->conditions)
		return requirements_nearness(c->shape->n_metrics, zeros, ret_reason);
	if (zeros > 1)
		return NEAR_NOT;
	total = score_total(c->after, c->shape->n_metrics);
	*ret_reason = zeros > 0 ? ALERT_BECAUSE_ONE_METRIC : ALERT_BECAUSE_FEW_POINTS;
	if (ratio_cmp(total, line) >= 0)
		return NEAR_WITHIN;
	line = ratio_sub(line, n->options.reach);
	if (zeros == 0 && ratio_cmp(total, line) >= 0)
		return NEAR_WITHIN;
	return ratio_cmp(total, ratio_sub(line, n->options.recovery)) >= 0 ? NEAR_ABOUT : NEAR_NOT;
}
