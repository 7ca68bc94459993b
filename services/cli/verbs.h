/* The verbs, one file each (cmd_NAME.c). main.c lists them. */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include "services/cli/cli.h"

int cmd_send(const struct verb *verb, int argc, char **argv);
int cmd_import(const struct verb *verb, int argc, char **argv);
int cmd_day(const struct verb *verb, int argc, char **argv);
int cmd_score(const struct verb *verb, int argc, char **argv);
int cmd_forecast(const struct verb *verb, int argc, char **argv);
int cmd_history(const struct verb *verb, int argc, char **argv);
int cmd_simulate(const struct verb *verb, int argc, char **argv);
int cmd_plan(const struct verb *verb, int argc, char **argv);
int cmd_rules(const struct verb *verb, int argc, char **argv);
int cmd_generate(const struct verb *verb, int argc, char **argv);
int cmd_up(const struct verb *verb, int argc, char **argv);
int cmd_watch(const struct verb *verb, int argc, char **argv);
int cmd_status(const struct verb *verb, int argc, char **argv);
int cmd_deadletter(const struct verb *verb, int argc, char **argv);

#endif
