/* A scene: services on a fresh folder, told facts in short words (tests/support/lab.h), one batch at a time, with every
 * step awaited. */
#ifndef HARNESS_SCENE_H
#define HARNESS_SCENE_H

#include "tests/harness/harness.h"
#include "tests/harness/sender.h"
#include "tests/harness/tail.h"

struct scene {
	struct harness h;
	struct buf batch;     /* the last one told */
	struct sender totals; /* account of all batches */
	uint64_t events;      /* in the event log */
	struct arena ar;      /* of answers */
};

/* For cmocka: all services on a fresh folder, days said by producers. *state is the scene. */
int scene_open(void **state);
/* The same, whose scoring is started with that edition. */
int scene_open_by(void **state, const char *edition);
int scene_close(void **state);

/* Encodes facts as one batch. */
void scene_encode(const char *facts, struct buf *out, uint32_t *ret_n);
/* Sends one batch and waits until scoring has applied it and notification has seen all of its score changes. Returns
 * the account of this batch. */
struct sender scene_tell(struct scene *s, const char *facts);
struct sender scene_send(struct scene *s, struct span batch, uint32_t n_events);
/* Waits until scoring and notification have nothing left to do. */
void scene_settle(struct scene *s);

/* A partner that qualifies for infrastructure as of 2023-07-20 with 90 points: 20 for net customer adds, 20 for each kind
 * of certificates, 20 for growth, 10 for deployments. `partner` is put in wherever the text says "$". */
extern const char scene_qualified[];
/* A copy of the text with "$" replaced, in the scene's arena. */
const char *scene_of(struct scene *s, const char *facts, const char *partner);

/* Asks; fails unless the answer is of that kind. Lives until the next call of scene_ask(). */
const struct frame *scene_ask(struct scene *s, enum harness_service to,
	const struct frame *question, enum frame_kind want);
/* The points of a partner in an area, as scoring answers. */
struct ratio scene_points(struct scene *s, const char *partner, const char *area);

#endif
