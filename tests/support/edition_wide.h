/* A small edition that has one of everything the tables of an edition can hold: tracks that are chosen in both ways,
 * units, growth and combined metrics, conditions inside conditions, weighted usage, windows and a catalogue. For tests
 * of what reads editions; the numbers are invented. */
#ifndef SUPPORT_EDITION_WIDE_H
#define SUPPORT_EDITION_WIDE_H

#include "rules/engine/edition.h"

enum { WIDE_PAID, WIDE_ACTIVE, WIDE_CONSUMPTION, WIDE_VALUE, WIDE_SELECTIONS };
enum { WIDE_WORK, WIDE_BUSINESS, WIDE_SECURITY, WIDE_CLOUD, WIDE_KUBERNETES, WIDE_AREAS };

extern const struct edition edition_wide;

#endif
