/* Facts in one line, for tests of the engine. Each event gets an id of its own and is recorded a second after the one
 * before, unless the test changes that. Texts are borrowed from the caller. */
#ifndef SUPPORT_FACTS_H
#define SUPPORT_FACTS_H

#include "common/base/event.h"

#define USD(dollars) ((int64_t)(dollars)*1000000)

/* "2023-06-30" and "2023-06"; an assertion fails on a text that is none. "-" is DAY_NONE. */
day_no day(const char *text);
month_no month(const char *text);

/* Starts the ids and the recording time anew. */
void facts_restart(void);
/* The instant at which the n-th second of recording begins. */
event_ms recorded_at(unsigned second);

struct event on_day(const char *when);
/* Paid ACR through a PAL. */
struct event usage(const char *partner, const char *customer, const char *product, const char *when,
	int64_t amount);
struct event reported(const char *partner, const char *when); /* of ACR */
/* Earned two years before 2023-06-30, without expiry. */
struct event cert(const char *partner, const char *person, const char *certificate);
struct event cert_span(const char *partner, const char *person, const char *certificate,
	const char *earned, const char *expires);
struct event revoked(
	const char *partner, const char *person, const char *certificate, const char *ended);
struct event assessment(
	const char *partner, const char *person, const char *name, const char *passed);
struct event person_link(const char *partner, const char *person, bool is_linked);
struct event retraction(struct event ev); /* of the same key, newer */
struct event later(struct event ev, unsigned second,
	const char *id); /* the same, recorded then, under that id */

#endif
