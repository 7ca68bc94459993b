/* The text of a small edition that has one of everything an answer tells: tracks, a combined metric, an area of areas,
 * specializations with and without what the sources lost, a catalogue. */
#ifndef SUPPORT_SMALL_RULES_H
#define SUPPORT_SMALL_RULES_H

/* id "small": valid from 2022-01-01. Area `work` has the tracks `few` (25 points a customer) and `many` (10), and 40 points
 * for a person with C-1; `all` is work; `deep` needs work and an audit, `lost` also something unknown. */
extern const char small_rules[];
/* id "next": valid from 2025-01-01; two people are needed for the 40 points, and a customer has 5 by `few`. */
extern const char small_rules_next[];

#endif
