/* An alert as people and programs read it. */
#ifndef CLI_ALERT_VIEW_H
#define CLI_ALERT_VIEW_H

#include <stdio.h>

#include "common/base/alert.h"

/* One line, and indented lines for metrics that moved and causes when `details`. */
void alert_print(const struct alert *al, bool details, FILE *out);
/* One JSON object on one line; the shape is in docs/cli.md. */
void alert_print_json(const struct alert *al, FILE *out);

#endif
