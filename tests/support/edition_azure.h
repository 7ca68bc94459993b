/* The three Azure areas of June 2023 as C tables, made by hand: tests of the engine need no rule file. */
#ifndef SUPPORT_EDITION_AZURE_H
#define SUPPORT_EDITION_AZURE_H

#include "rules/engine/edition.h"

extern const struct edition edition_azure;

/* Areas and metrics by their place. */
enum { AREA_INFRA, AREA_APPS, AREA_DATA };
enum { METRIC_ADDS, METRIC_GROWTH, METRIC_PRODUCTS, METRIC_INTERMEDIATE, METRIC_ADVANCED };

#endif
