/* The only reader of clocks. */
#ifndef IO_CLOCK_H
#define IO_CLOCK_H

#include <stdint.h>

#include "common/base/date.h"

event_ms clock_wall_ms(void); /* UTC since 1970 */
uint64_t clock_mono_ns(void); /* for intervals */

#endif
