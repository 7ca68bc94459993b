/* Copies of logs, taken by the stream protocol: followed while the services run, or read at once. */
#ifndef HARNESS_TAIL_H
#define HARNESS_TAIL_H

#include "common/base/alert.h"
#include "common/base/buf.h"
#include "common/io/stream.h"
#include "tests/harness/harness.h"
#include "tests/harness/loop.h"

struct tail_unit {
	uint64_t first; /* position of its first record */
	uint32_t n;	/* records */
	size_t at, size;
};

/* What a reader was given, in order. It fails the test when a unit comes twice or one is left out. */
struct tail {
	const char *log;
	bool filtered; /* units may be left out then */
	struct stream_reader *reader;
	struct buf bytes;
	struct tail_unit *units;
	size_t n_units, cap;
	uint64_t from, end; /* records [from, end) are here, but for what a filter left out */
	uint64_t log_end;   /* as told when the reader had everything; UINT64_MAX before */
	bool refused;	    /* the server refused; the reason: */
	char reason[64];
};

/* A reader on a loop. service: whose log it is. filter may be NULL. */
void tail_open(struct tail *t, struct loop *l, const struct harness *h, enum harness_service s,
	uint64_t from, const struct wire_filter *filter);
/* Stops following; the copy stays. */
void tail_close(struct tail *t);
/* Reads from a position to the log's end, or until refused, on a loop of its own. */
void tail_read(struct tail *t, const struct harness *h, enum harness_service s, uint64_t from,
	const struct wire_filter *filter);
void tail_fini(struct tail *t);

static inline struct span tail_span(const struct tail *t, size_t unit)
{
	return (struct span){ t->bytes.p + t->units[unit].at, t->units[unit].size };
}

/* Whether both hold the same units at the same positions, byte for byte; prints where they differ first. */
bool tail_same(const struct tail *a, const struct tail *b);

/* Unit `i` of an alert log, decoded into the arena. */
void tail_alert(const struct tail *t, size_t i, struct arena *ar, struct alert *ret);

#endif
