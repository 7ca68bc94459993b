/* The events of a population, in the order in which their sources record them.
 *
 * Every partner's systems tell what they know in deliveries: once, on the first day, who and what there is already;
 * every week what became of its people; in the first days of each month the usage of the month before; and later in
 * the month what had been told wrongly. So the stream is thick at the turn of a month and thin in between. Times of
 * usage crowd on the last days of its month.
 *
 * Memory does not grow with the population: partners are drawn anew for each delivery. Order and repeats on the way
 * are another matter (delay.h). */
#ifndef GENERATE_STREAM_H
#define GENERATE_STREAM_H

#include "services/generate/population.h"

/* Texts of the event are valid for the call. Anything but 0 ends the stream. */
typedef int (*stream_sink)(void *ctx, const struct event *ev);

/* Gives out every event, `recorded` never falling. with_days: a `day` event at the beginning of each day as well.
 * Returns 0, or what the sink returned. */
int population_stream(const struct population *p, bool with_days, stream_sink sink, void *ctx);

/* The days of the stream, both inclusive. */
day_no stream_first_day(const struct population_options *o);
day_no stream_last_day(const struct population_options *o);

#endif
