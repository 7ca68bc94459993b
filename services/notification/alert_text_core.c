/* The sentence of an alert, for people. */
#include "services/notification/notification_internal.h"

#define STANDS_SAID 3

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
	case ALERT_BECAUSE_FEW_POINTS:
	case ALERT_BECAUSE_WINDOW_ENDS:
	case ALERT_BECAUSE_CORRECTED:
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
	case ALERT_BECAUSE_ONE_METRIC:
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

/* Of an alert that came without a change of points. */
static void say_total(struct sink *t, const struct alert *al, uint32_t needed)
{
	char total[RATIO_TEXT];

	sink_printf(t, ": %s %s, %u needed.", ratio_format_decimal(al->total_after, total),
		al->conditions ? "requirements met" : "points", needed);
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

/* ---- what lies ahead ------------------------------------------------------------------------------------------ */

static void say_falls(struct sink *t, const struct alert *al)
{
	char day[DAY_TEXT];

	for (size_t i = 0; i < al->n_falls; i++) {
		const struct fall *f = &al->falls[i];

		sink_printf(t, "%s%s", i == 0 ? ": " : ", ", fall_kind_name(f->kind));
		if (f->what.n > 0)
			sink_printf(t, " " STR_FMT, STR_ARG(f->what));
		if (f->who.n > 0)
			sink_printf(t, " of " STR_FMT, STR_ARG(f->who));
		if (f->on != al->by)
			sink_printf(t, " (%s)", day_format(f->on, day));
	}
	if (al->fall_count > al->n_falls)
		sink_printf(t, " and %u more", al->fall_count - (uint32_t)al->n_falls);
}

static void say_day(struct sink *t, const struct alert *al)
{
	char day[DAY_TEXT], total[RATIO_TEXT];

	if (al->by == DAY_NONE)
		return;
	(void)day_format(al->by, day);
	if (al->sense == ALERT_SENSE_UNMET)
		sink_printf(t, " It %s to qualify until %s to be renewed.",
			al->day == DAY_NONE || al->by >= al->day ? "has" : "had", day);
	else if (al->reason == ALERT_BECAUSE_WINDOW_ENDS)
		sink_printf(t, " It is held until %s by days on which it did qualify.", day);
	else if (al->reason == ALERT_BECAUSE_COAST_DATE) {
		sink_printf(t, " From %s on it has %s %s", day,
			ratio_format_decimal(al->total_then, total),
			al->conditions ? "requirements met" : "points");
		say_falls(t, al);
		sink_add(t, STR("."));
	}
}

static void say_stands(struct sink *t, const struct alert *al)
{
	size_t n = al->n_stands < STANDS_SAID ? al->n_stands : STANDS_SAID;
	char total[RATIO_TEXT];

	if ((al->senses >> ALERT_SENSE_SINGLE & 1) == 0)
		return;
	for (size_t i = 0; i < n; i++) {
		const struct alert_stand *s = &al->stands[i];

		sink_printf(t, "%s %s " STR_FMT ": %s", i == 0 ? " Without" : ", without",
			stand_kind_name(s->kind), STR_ARG(s->id),
			ratio_format_decimal(s->total, total));
		if (s->metric.n > 0)
			sink_printf(t, ", nothing in " STR_FMT, STR_ARG(s->metric));
	}
	if (n > 0 && al->stand_count > n)
		sink_printf(t, ", and %u more", al->stand_count - (uint32_t)n);
	if (n > 0)
		sink_add(t, STR("."));
}

static void say_addition(struct sink *t, const struct alert_addition *x)
{
	char amount[RATIO_TEXT];

	switch (x->kind) {
	case ADDITION_PEOPLE:
		sink_printf(t, "%lld more %s", (long long)x->amount,
			x->amount == 1 ? "person" : "people");
		break;
	case ADDITION_USAGE:
		sink_printf(t, "%s more",
			ratio_format_decimal((struct ratio){ x->amount, 1000000 }, amount));
		break;
	case ADDITION_REQUIREMENT:
		sink_add(t, STR("the requirement"));
		break;
	default:
		sink_printf(t, "%lld more", (long long)x->amount);
	}
	if (x->what.n > 0)
		sink_printf(t, " with " STR_FMT, STR_ARG(x->what));
	if (x->metric.n > 0)
		sink_printf(t, " (" STR_FMT ")", STR_ARG(x->metric));
}

static void say_additions(struct sink *t, const struct alert *al)
{
	for (size_t i = 0; i < al->n_additions; i++) {
		bool same = i > 0 && al->additions[i].option == al->additions[i - 1].option;

		sink_add(t, i == 0 ? STR(" To mend it: ") : same ? STR(" and ") : STR(", or "));
		say_addition(t, &al->additions[i]);
	}
	if (al->n_additions > 0)
		sink_add(t, STR("."));
}

/* ---- sentences ------------------------------------------------------------------------------------------------ */

static void say_feed(struct sink *t, const struct alert *al)
{
	char newest[DAY_TEXT], since[DAY_TEXT];
	bool usage = al->feed == FEED_USAGE;

	newest[0] = '\0';
	if (usage && al->feed_newest_month != MONTH_NONE)
		(void)month_format(al->feed_newest_month, newest);
	else if (!usage && al->feed_newest_on != DAY_NONE)
		(void)day_format(al->feed_newest_on, newest);
	if (al->kind == ALERT_FEED_RESUMED)
		sink_printf(t, "Partner " STR_FMT ": %s has come again", STR_ARG(al->partner),
			feed_kind_name(al->feed));
	else
		sink_printf(t, "Partner " STR_FMT ": %s is overdue since %s", STR_ARG(al->partner),
			feed_kind_name(al->feed), day_format(al->feed_since, since));
	if (newest[0] != '\0')
		sink_printf(t, ", the newest is of %s", newest);
	sink_add(t, STR("."));
}

static void say_subject(struct sink *t, const struct alert *al)
{
	static const char *const verbs[ALERT_KIND_END] = {
		[ALERT_GAINED] = "gained",
		[ALERT_AT_RISK] = "is at risk of losing",
		[ALERT_RECOVERED] = "is no longer at risk of losing",
		[ALERT_LOST] = "lost",
		[ALERT_RENEWED] = "renewed",
		[ALERT_WITHIN_REACH] = "is within reach of",
	};

	if (al->kind == ALERT_WITHDRAWN)
		sink_printf(t,
			"Partner " STR_FMT ": a correction undid alert %llu (%s) of " STR_FMT,
			STR_ARG(al->partner), (unsigned long long)al->withdraws,
			alert_kind_name(al->withdraws_kind), STR_ARG(al->area));
	else
		sink_printf(t, "Partner " STR_FMT " %s " STR_FMT, STR_ARG(al->partner),
			verbs[al->kind], STR_ARG(al->area));
	say_track(t, al);
}

void alert_say(struct alert *al, uint32_t qualifies_at)
{
	struct sink t;

	sink_init(&t, al->text, sizeof al->text);
	if (al->feed != 0) {
		say_feed(&t, al);
		return;
	}
	say_subject(&t, al);
	if (al->n_metrics == 0)
		say_total(&t, al, qualifies_at);
	else if (al->conditions)
		say_requirements(&t, al);
	else
		say_points(&t, al, qualifies_at);
	if (al->kind != ALERT_AT_RISK)
		return;
	say_day(&t, al);
	say_stands(&t, al);
	say_additions(&t, al);
}
