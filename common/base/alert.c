#include "common/base/alert.h"

#define X(name, number, text) [name] = text,
static const char *const kind_names[] = { ALERT_KIND_TABLE(X) };
static const char *const reason_names[] = { ALERT_REASON_TABLE(X) };
static const char *const severity_names[] = { ALERT_SEVERITY_TABLE(X) };
static const char *const sense_names[] = { ALERT_SENSE_TABLE(X) };
#undef X

const char *alert_kind_name(enum alert_kind k)
{
	return k > 0 && k < ALERT_KIND_END ? kind_names[k] : "unknown";
}

const char *alert_reason_name(enum alert_reason r)
{
	return r > 0 && r < ALERT_REASON_END ? reason_names[r] : "unknown";
}

const char *alert_severity_name(enum alert_severity s)
{
	return s > 0 && s < ALERT_SEVERITY_END ? severity_names[s] : "unknown";
}

const char *alert_sense_name(enum alert_sense s)
{
	return s > 0 && s < ALERT_SENSE_END ? sense_names[s] : "unknown";
}

bool alert_kind_by_name(struct str s, enum alert_kind *ret)
{
	for (int k = 1; k < ALERT_KIND_END; k++)
		if (str_eq(s, str_from(kind_names[k]))) {
			*ret = (enum alert_kind)k;
			return true;
		}
	return false;
}

bool alert_sense_by_name(struct str s, enum alert_sense *ret)
{
	for (int k = 1; k < ALERT_SENSE_END; k++)
		if (str_eq(s, str_from(sense_names[k]))) {
			*ret = (enum alert_sense)k;
			return true;
		}
	return false;
}
