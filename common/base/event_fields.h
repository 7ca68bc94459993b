/* The fields of every fact, as one table: the validator, the wire and the JSON form all read it.
 *
 * `name` is the name in event.proto and in the "data" object of JSON; `number` is the field's number in
 * event.proto (tests compare both with the generated descriptors). */
#ifndef BASE_EVENT_FIELDS_H
#define BASE_EVENT_FIELDS_H

#include "common/base/event.h"

enum field_form {
	FIELD_TEXT = 1, /* struct str without control characters */
	FIELD_LINES,	/* struct str in which tabs and line ends are allowed */
	FIELD_DAY,	/* day_no */
	FIELD_MONTH,	/* month_no */
	FIELD_ENUM,	/* an enumeration with `names` */
	FIELD_CHANGE,	/* bool on our side, an enumeration linked / unlinked outside */
	FIELD_BOOL,	/* bool */
	FIELD_AMOUNT,	/* int64_t, millionths */
};

/* Names of an enumeration: names[v] for first <= v < end. Where first is 0, that is what is meant when nothing is said;
 * it may have no name. */
struct enum_names {
	const char *const *names;
	int first, end;
};

struct event_field {
	const char *name;
	uint16_t offset;		/* of the value in struct event */
	uint8_t number;			/* 1..EVENT_FIELDS_MAX, in event.proto */
	uint8_t form;			/* enum field_form */
	bool key;			/* part of the natural key: validated in retractions too */
	bool required;			/* an empty text or a missing day is refused */
	uint32_t max;			/* bytes of a text */
	const struct enum_names *names; /* FIELD_ENUM and FIELD_CHANGE */
};

#define EVENT_FIELDS_MAX 15 /* so that every tag takes one byte */

struct fact_fields {
	const struct event_field
		*fields; /* in order of their numbers, which run from 1 without gaps */
	uint16_t n;	 /* 1..EVENT_FIELDS_MAX */
	uint16_t
		n_usual; /* those behind them are texts that few events have; none of them is required */
	uint16_t size; /* of the fact in struct event */
	uint16_t days; /* bit (1 << i) for each fields[i] that is a day which may be missing */
};

extern const struct fact_fields fact_fields[FACT_KIND_END]; /* indexed by kind; entry 0 is empty */

/* How many fields of an event say something: where all the texts that few events have are empty, nothing but the usual
 * ones. So the fields that are there for a few cost the many next to nothing. */
static inline size_t event_fields_given(const struct event *ev)
{
	const struct fact_fields *fact = &fact_fields[ev->kind];
	size_t bytes = 0;

	for (size_t i = fact->n_usual; i < fact->n; i++)
		bytes |= ((const struct str *)((const char *)ev + fact->fields[i].offset))->n;
	return bytes == 0 ? fact->n_usual : fact->n;
}

/* The name of v, NULL when it has none. */
const char *enum_name(const struct enum_names *t, int v);
/* True and the value for an exact name. */
bool enum_by_name(const struct enum_names *t, struct str s, int *ret);

extern const struct enum_names certification_state_names, change_names, association_kind_names,
	usage_association_names, claim_state_names, measure_names, offer_kind_names,
	attestation_kind_names, enrollment_state_names;

enum { CHANGE_LINKED = 1, CHANGE_UNLINKED = 2 };

#endif
