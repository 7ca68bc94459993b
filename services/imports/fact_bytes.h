/* Facts as bytes: a key that sorts, and the whole fact to be kept in a file.
 *
 * Both go by the table of event_fields.h, so every kind that has a partner can be written. */
#ifndef IMPORTS_FACT_BYTES_H
#define IMPORTS_FACT_BYTES_H

#include "common/base/buf.h"
#include "common/base/event_fields.h"

#define FACT_KEY_MAX   400  /* bytes of a key */
#define FACT_BYTES_MAX 8192 /* bytes of a fact */

/* The natural key but for the partner: kind, then the key fields in their order, so that keys compared bytewise (a
 * shorter prefix first) are in the order of their fields. A key over FACT_KEY_MAX ends in a hash of the whole.
 * buf: FACT_KEY_MAX bytes. Returns its length. */
size_t fact_key(const struct event *ev, unsigned char *buf);

/* What the event says, with subject and time; without id, source, recorded and retracted.
 * buf: FACT_BYTES_MAX bytes. Returns 0, or ERR_RANGE when the texts do not fit (longer than any that is valid). */
int fact_pack(const struct event *ev, unsigned char *buf, size_t *ret_n);
/* Whether two packed facts say the same, whatever their times. */
bool fact_same(struct span a, struct span b);

/* One field of an event: a text, or a number of any other form. */
struct str event_field_text(const struct event *ev, const struct event_field *f);
int64_t event_field_number(const struct event *ev, const struct event_field *f);

/* The way back; texts point into `bytes`. Returns 0, ERR_CORRUPT. */
int fact_unpack(struct span bytes, struct event *ret_ev);

#endif
