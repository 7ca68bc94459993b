#include "services/cli/service_calendar.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WAIT_MS 1000
#define IPC	"ipc://"

static bool has_socket(const char *endpoint)
{
	return strncmp(endpoint, IPC, sizeof IPC - 1) != 0 ||
	       access(endpoint + sizeof IPC - 1, F_OK) == 0;
}

void service_calendar_ask(struct endpoints *ep, struct arena *ar, struct service_calendar *ret)
{
	struct frame q = { .kind = FRAME_STATUS_QUERY }, a;
	struct err e = { 0 };

	*ret = (struct service_calendar){ .day = DAY_NONE };
	q.u.status_query.request = 1;
	if (!has_socket(endpoint_of(ep, SERVICE_SCORING)) ||
		endpoint_ask(ep, SERVICE_SCORING, &q, WAIT_MS, ar, &a, &e) != 0 ||
		a.kind != FRAME_STATUS_ANSWER)
		return;
	ret->reached = true;
	for (size_t i = 0; i < a.u.status_answer.n_positions; i++)
		if (ret->n < SERVICE_CALENDAR_MAX &&
			calendar_status_read(&a.u.status_answer.positions[i], &ret->lines[ret->n]))
			ret->n++;
	for (size_t i = 0; i < a.u.status_answer.n_counters; i++)
		if (str_eq(a.u.status_answer.counters[i].name, STR(CALENDAR_STATUS_DAY)))
			ret->day = calendar_status_day(a.u.status_answer.counters[i].value);
}

const struct calendar_status *service_calendar_on(const struct service_calendar *c, day_no day)
{
	const struct calendar_status *best = c->n > 0 ? &c->lines[0] : NULL;

	for (size_t i = 0; i < c->n; i++)
		if (c->lines[i].from <= day)
			best = &c->lines[i];
	return best;
}

const char *service_calendar_span(const struct calendar_status *c, char buf[CALENDAR_SPAN_TEXT])
{
	const char *told = c->published ? ", published" : "";
	char from[DAY_TEXT], until[DAY_TEXT];

	(void)day_format(c->from, from);
	if (c->until == DAY_NONE)
		(void)snprintf(buf, CALENDAR_SPAN_TEXT, "from %s%s", from, told);
	else if (c->until <= c->from)
		(void)snprintf(buf, CALENDAR_SPAN_TEXT, "from %s, never%s", from, told);
	else
		(void)snprintf(buf, CALENDAR_SPAN_TEXT, "from %s to %s%s", from,
			day_format(c->until - 1, until), told);
	return buf;
}
