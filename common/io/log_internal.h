/* The parts of the logger that only its tests reach for. */
#ifndef IO_LOG_INTERNAL_H
#define IO_LOG_INTERNAL_H

#include "common/base/date.h"

#define LOG_LINE_MAX                                                                               \
	2048 /* bytes of a line with its newline; what is longer is cut and ends in "..." */
#define LOG_PER_SECOND 20  /* lines of one (level, ev) in one second */
#define LOG_EVENTS_MAX 128 /* (level, ev) pairs told apart; further ones share one allowance */

/* Takes the time from `now` instead of the wall clock; NULL gives the clock back. */
void logger_set_clock(event_ms (*now)(void));

#endif
