#include "tests/support/score_text.h"

#include <stdarg.h>
#include <stdio.h>

struct lines {
	struct buf *out;
	int rc;
};

__attribute__((format(printf, 2, 3))) static void add(struct lines *l, const char *format, ...)
{
	char line[2048];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof line, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof line)
		l->rc = ERR_FULL;
	if (l->rc == 0)
		l->rc = buf_add(l->out, line, (size_t)n);
}

static void add_parts(struct lines *l, const char *what, const struct part_score *parts, size_t n)
{
	char points[RATIO_TEXT];

	for (size_t i = 0; i < n; i++)
		add(l, "   %s " STR_FMT " %s of %u%s\n", what, STR_ARG(parts[i].id),
			ratio_format(parts[i].points, points), parts[i].maximum,
			parts[i].counts ? " counts" : "");
}

static void add_items(
	struct lines *l, const char *what, const struct explained_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add(l, "   %s " STR_FMT ": " STR_FMT "\n", what, STR_ARG(items[i].id),
			STR_ARG(items[i].detail));
}

static void add_metric(struct lines *l, const struct metric_score *m)
{
	char points[RATIO_TEXT];

	add(l, "  " STR_FMT " %s met %d asked on %d: " STR_FMT "\n", STR_ARG(m->metric->id),
		ratio_format(m->points, points), (int)m->met, (int)m->asked_on,
		STR_ARG(m->sentence));
	for (size_t i = 0; i < m->n_conditions; i++)
		add(l, "   [%d] " STR_FMT ": " STR_FMT ", wanted " STR_FMT "\n",
			(int)m->conditions[i].met, STR_ARG(m->conditions[i].name),
			STR_ARG(m->conditions[i].actual), STR_ARG(m->conditions[i].expected));
	add_parts(l, "part", m->parts, m->n_parts);
	add(l, "   %zu count, %zu nearly\n", m->counted_total, m->nearly_total);
	add_items(l, "counts", m->counted, m->n_counted);
	add_items(l, "nearly", m->nearly, m->n_nearly);
}

int score_text(const struct partner_score *s, struct buf *out)
{
	struct lines l = { .out = out };
	char total[RATIO_TEXT];

	add(&l, STR_FMT " by " STR_FMT " on %d, month %d\n", STR_ARG(s->partner),
		STR_ARG(s->edition->id), (int)s->day, (int)s->reference_month);
	for (size_t i = 0; i < s->n_areas; i++) {
		const struct area_score *a = &s->areas[i];

		add(&l, " " STR_FMT " " STR_FMT " %s status %d qualifies %d enrolled %d %d %d %d",
			STR_ARG(a->area->id), STR_ARG(a->track->id), ratio_format(a->total, total),
			(int)a->status, a->qualifies, a->enrolled, a->automatic,
			(int)a->enrolled_on, (int)a->anniversary);
		add(&l, " window %d to %d last %d renewal %d year %u " STR_FMT "\n",
			(int)a->window_from, (int)a->window_until, (int)a->last_qualified,
			(int)a->renewal_on, (unsigned)a->renewal_year, STR_ARG(a->track_reason));
		for (size_t k = 0; k < a->n_metrics; k++)
			add_metric(&l, &a->metrics[k]);
		add_parts(&l, "track", a->tracks, a->n_tracks);
	}
	return l.rc;
}

int change_text(const struct partner_change *c, struct buf *out)
{
	struct lines l = { .out = out };
	char before[RATIO_TEXT], after[RATIO_TEXT];

	add(&l, "change of " STR_FMT "\n", STR_ARG(c->partner));
	for (size_t i = 0; i < c->n_areas; i++) {
		const struct area_change *a = &c->areas[i];

		add(&l, " " STR_FMT " " STR_FMT " to " STR_FMT " status %d to %d\n",
			STR_ARG(a->shape->area), STR_ARG(a->track_before), STR_ARG(a->shape->track),
			(int)a->status_before, (int)a->status_after);
		for (size_t k = 0; k < a->shape->n_metrics; k++)
			add(&l, "  " STR_FMT " %s to %s\n", STR_ARG(a->shape->metrics[k]),
				ratio_format(a->before[k], before),
				ratio_format(a->after[k], after));
	}
	return l.rc;
}
