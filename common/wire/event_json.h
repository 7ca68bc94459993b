/* CloudEvents in JSON: one event an object, as in NDJSON files and in output. docs/events.md describes it.
 *
 *   {"specversion":"1.0","id":"e1","source":"/crm","type":"capscore.usage.v1","subject":"1234567",
 *    "time":"2023-07-01T00:00:00Z","recordedtime":"2023-07-03T10:00:00Z",
 *    "data":{"customer":"...","product":"Azure Firewall","month":"2023-06","association":"pal",
 *            "measure":"acr","amount":"1234.56"}}
 *
 * Days are "YYYY-MM-DD", months "YYYY-MM", amounts decimal numbers or strings with at most six decimals,
 * enumerations their names (event.h). "retracted": true withdraws the fact. Instead of "data" there may be
 * "data_base64": the same object as text in base64. */
#ifndef WIRE_EVENT_JSON_H
#define WIRE_EVENT_JSON_H

#include "common/wire/wire.h"

struct json_fault {
	unsigned line, column; /* from 1, inside the text given; 0 when not known */
	enum refusal
		refusal; /* REFUSED_MALFORMED for a syntax error, otherwise what event_validate() would say */
	char text[ERR_TEXT_MAX]; /* what is wrong and what to do about it, naming the field */
};

/* Texts of ret_event live in the arena. Missing "recordedtime" means the same as "time".
 * Returns 0, ERR_SYNTAX (not JSON), ERR_INVALID (not an event; unknown members of "data" are refused with a
 * suggestion), ERR_NOMEM; on failure ret_fault is filled. */
int event_from_json(
	struct str text, struct arena *ar, struct event *ret_event, struct json_fault *ret_fault);

/* The same for "data" alone, of an event whose kind and `retracted` are known: its fact is filled in, and not yet
 * validated. No line and column in the fault. */
int event_data_from_json(
	struct str text, struct arena *ar, struct event *ev, struct json_fault *ret_fault);

/* Appends the event as one line of JSON without a newline. Returns 0, ERR_NOMEM, ERR_FULL. */
int event_to_json(const struct event *ev, struct buf *out);

/* A decimal with at most six decimals ("-1234.5", "12", "1e3" is refused) in millionths. Returns 0, ERR_INVALID,
 * ERR_RANGE (over USAGE_AMOUNT_MAX). */
int amount_parse(struct str s, int64_t *ret_micro);
#define AMOUNT_TEXT 32
const char *amount_format(int64_t micro, char *buf); /* shortest: "1234.5" */

#endif
