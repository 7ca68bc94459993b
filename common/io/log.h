/* Log lines of the services: one logfmt line per happening on standard error.
 *
 *   ts=2023-07-01T00:00:00.000Z level=info svc=scoring ev=ready events=1200
 *
 * Only *_service.c, main.c and common/io log, once per happening. Values are quoted when they need it; payloads
 * and personal data never appear. More than 20 lines of one (level, ev) in a second are held back and counted in
 * the next line ("held_back=17"). Not for use from other threads than the loop's. */
#ifndef IO_LOG_H
#define IO_LOG_H

enum log_level { LOG_ERROR = 0, LOG_WARN, LOG_INFO, LOG_DEBUG };

void logger_init(const char *service, enum log_level level);
int logger_level_by_name(const char *name); /* -1 when not known */
/* `fields` is a printf format of "key=value ..." with values as they are; use %s only for safe texts and
 * logger_quote() for others. */
void logger_write(enum log_level level, const char *ev, const char *fields, ...)
	__attribute__((format(printf, 3, 4)));
/* Quotes a text for a log value into buf, cut to fit. Returns buf. */
const char *logger_quote(const char *text, char *buf, unsigned size);

#define log_error(...) logger_write(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  logger_write(LOG_WARN, __VA_ARGS__)
#define log_info(...)  logger_write(LOG_INFO, __VA_ARGS__)
#define log_debug(...) logger_write(LOG_DEBUG, __VA_ARGS__)

#endif
