/* The people of a population: when they came and left, which certificates they earned, renewed, and let lapse. Drawn like
 * everything of a population (population.h). */
#ifndef GENERATE_CAREER_H
#define GENERATE_CAREER_H

#include "services/generate/population.h"

#define PERSON_TEXT 24

struct person {
	const struct partner *partner;
	uint32_t index;
	struct draw_key key;
	char id[PERSON_TEXT];	   /* an opaque id, as events have it */
	char profile[PERSON_TEXT]; /* number of the certification profile, as exports have it */
	day_no joined, left;	   /* left: first day away; DAY_NONE: still here */
	size_t n_certificates;
	uint16_t certificates[WORLD_CERTIFICATES_MOST]; /* of the edition, each once */
};

/* A certificate is good for a year. */
#define TERM_DAYS 365
#define TERMS_MAX 24

/* One such year, or what a renewal adds to one. */
struct term {
	day_no on;    /* earned or renewed */
	day_no until; /* last day */
	day_no since; /* first earned without a gap; equals `on` when it was earned */
	bool ends;    /* lapses: there is a gap behind it, or nothing */
};

/* index  0..partner->n_people - 1. The partner is borrowed. */
void person_draw(const struct partner *p, uint32_t index, struct person *ret);

/* The terms of one of the person's certificates that began up to a day, oldest first: those of the person's time with
 * the partner. Returns how many. */
size_t person_terms(
	const struct person *p, size_t certificate, day_no through, struct term terms[TERMS_MAX]);

/* The state a term has at the end of a day, as a fact. person and certificate are filled as well. */
struct fact_certification person_certification(
	const struct person *p, size_t certificate, const struct term *t, day_no day);

#endif
