#include "tests/harness/scene.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "common/wire/wire.h"
#include "tests/support/lab.h"

/* Five people, two of them with the certificates that the others build on; three customers now, one a year before. */
const char scene_qualified[] =
	"cert $ $-p1 AZ-104;cert $ $-p2 AZ-104;cert $ $-p1 AZ-305;cert $ $-p2 AZ-305;"
	"cert $ $-p1 AZ-700;cert $ $-p2 AZ-700;cert $ $-p3 AZ-700;cert $ $-p4 AZ-700;cert $ $-p5 AZ-700;"
	"cert $ $-p1 AZ-140;cert $ $-p2 AZ-140;cert $ $-p3 AZ-140;cert $ $-p4 AZ-140;cert $ $-p5 AZ-140;"
	"usage $ c0 Storage 2022-06 3000;"
	"usage $ c1 Storage 2023-06 2000;usage $ c2 Backup 2023-06 2000;usage $ c3 Sentinel 2023-06 2000;"
	"usage $ c1 Functions 2023-06 10;usage $ c1 SQL_Database 2023-06 10";

int scene_open(void **state)
{
	return scene_open_by(state, NULL);
}

int scene_open_by(void **state, const char *edition)
{
	static const char *const ingestion[] = { "--days", "producer", NULL };
	/* By points alone; tests/e2e/test_alerts.c has what lies ahead. */
	static const char *const notification[] = { "--mute", "coast,single", NULL };
	const char *const scoring[] = { "--edition", edition, NULL };
	struct scene *s = calloc(1, sizeof *s);

	if (s == NULL)
		return -1;
	facts_restart();
	buf_init(&s->batch, &mem_heap, WIRE_BATCH_BYTES_MAX);
	arena_init(&s->ar, &mem_heap, (size_t)64 << 20);
	harness_init(&s->h);
	memcpy(s->h.args[HARNESS_INGESTION], ingestion, sizeof ingestion);
	memcpy(s->h.args[HARNESS_NOTIFICATION], notification, sizeof notification);
	if (edition != NULL)
		memcpy(s->h.args[HARNESS_SCORING], scoring, sizeof scoring);
	harness_start_all(&s->h);
	*state = s;
	return 0;
}

int scene_close(void **state)
{
	struct scene *s = *state;

	harness_fini(&s->h);
	buf_fini(&s->batch);
	arena_fini(&s->ar);
	free(s);
	return 0;
}

void scene_encode(const char *facts, struct buf *out, uint32_t *ret_n)
{
	struct lab_words words;
	struct event ev;

	*ret_n = 0;
	while (lab_next(&facts, &words, &ev)) {
		if (wire_encode_event(&ev, out) != 0)
			harness_fail("a fact does not encode");
		++*ret_n;
	}
}

/* Scoring answers with the position of its score log only when it is durable, so its end is asked for until nothing is
 * left to be committed: a clean way is to see every change it has counted. */
void scene_settle(struct scene *s)
{
	harness_wait(&s->h, HARNESS_SCORING, "events-read", s->events);
	harness_wait(&s->h, HARNESS_SCORING, "scores",
		harness_status(&s->h, HARNESS_SCORING, "score-records"));
	harness_wait(&s->h, HARNESS_NOTIFICATION, "scores-read",
		harness_status(&s->h, HARNESS_SCORING, "scores"));
	harness_wait(&s->h, HARNESS_NOTIFICATION, "alerts",
		harness_status(&s->h, HARNESS_NOTIFICATION, "alerts-told"));
}

struct sender scene_send(struct scene *s, struct span batch, uint32_t n_events)
{
	struct sent_batch b = { batch, n_events };
	struct sender account;

	sender_send(&s->h, &b, 1, &account);
	s->totals.accepted += account.accepted;
	s->totals.duplicates += account.duplicates;
	s->totals.refused += account.refused;
	s->totals.acked++;
	s->events = account.position;
	scene_settle(s);
	return account;
}

struct sender scene_tell(struct scene *s, const char *facts)
{
	uint32_t n;

	buf_reset(&s->batch);
	scene_encode(facts, &s->batch, &n);
	return scene_send(s, buf_span(&s->batch), n);
}

const char *scene_of(struct scene *s, const char *facts, const char *partner)
{
	size_t n_partner = strlen(partner), n = 0;
	char *copy = arena_alloc(&s->ar, strlen(facts) * (n_partner + 1) + 1);

	if (copy == NULL)
		harness_fail("no memory");
	for (; *facts != '\0'; facts++) {
		if (*facts == '$') {
			memcpy(copy + n, partner, n_partner);
			n += n_partner;
		} else {
			copy[n++] = *facts;
		}
	}
	copy[n] = '\0';
	return copy;
}

const struct frame *scene_ask(struct scene *s, enum harness_service to,
	const struct frame *question, enum frame_kind want)
{
	static struct frame answer;

	arena_reset(&s->ar);
	harness_ask(&s->h, to, question, &s->ar, &answer);
	if (answer.kind != want)
		harness_fail("an answer of kind %d, not %d%s" STR_FMT, (int)answer.kind, (int)want,
			answer.kind == FRAME_FAILURE ? ": " : "",
			STR_ARG(answer.kind == FRAME_FAILURE ? answer.u.failure.reason : STR("")));
	return &answer;
}

struct ratio scene_points(struct scene *s, const char *partner, const char *area)
{
	struct frame q = { .kind = FRAME_SCORE_QUERY };
	const struct frame *a;

	q.u.score_query.partner = str_from(partner);
	q.u.score_query.as_of = DAY_NONE;
	a = scene_ask(s, HARNESS_SCORING, &q, FRAME_SCORE_ANSWER);
	for (size_t i = 0; i < a->u.score_answer.n_areas; i++)
		if (str_eq(a->u.score_answer.areas[i].area, str_from(area)))
			return a->u.score_answer.areas[i].total;
	harness_fail("%s has no score in %s", partner, area);
}
