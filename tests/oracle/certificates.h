/* Certificates and assessments by their codes, and when they retired. */
#ifndef ORACLE_CERTIFICATES_H
#define ORACLE_CERTIFICATES_H

#include "common/base/event.h"
#include "tests/oracle/oracle.h"

enum cert {
	NO_CERT,
	/* Azure */
	AZ_104,
	AZ_305,
	AZ_700,
	AZ_600,
	WS_HYBRID, /* AZ-800+AZ-801 */
	AZ_800,
	AZ_801,
	AZ_140,
	AZ_120,
	AZ_204,
	PL_400,
	AZ_220,
	AZ_400,
	PL_600,
	DP_300,
	AI_102,
	DP_100,
	DP_203,
	PL_300,
	DP_500,
	MB_260,
	DP_420,
	DP_600,
	DP_700,
	SQL_AI,
	AI_APPS,
	ML_OPERATIONS,
	DATABRICKS,
	AI_CLOUD,
	GITHUB_AGENTIC,
	GITHUB_ACTIONS,
	GITHUB_ADMINISTRATION,
	GITHUB_SECURITY,
	GITHUB_COPILOT,
	/* Security */
	AZ_500,
	SC_500,
	SC_200,
	MS_500,
	SC_100,
	SC_300,
	SC_400,
	SC_401,
	/* Modern Work */
	MS_900,
	MS_600,
	MS_700,
	MS_203,
	MS_721,
	MD_102,
	MD_100,
	MD_101,
	MS_102,
	MS_100,
	MS_101,
	AB_900,
	TEAMS_MEETINGS,
	SERVICE_ADOPTION,
	/* Business Applications */
	MB_310,
	MB_340,
	MB_500,
	MB_330,
	MB_320,
	MB_230,
	MB_210,
	MB_240,
	MB_800,
	MB_220,
	PL_100,
	PL_200,
	PL_500,
	MB_280,
	SALES_AI,
	INTELLIGENT_APPLICATIONS,
	CONTACT_CENTER_AI,
	MB_335,
	MB_700,
	MB_600,
	MB_820,
	AGENTIC_ARCHITECT,
	/* Both of two exams. */
	BOTH_AZ_800_801,
	BOTH_MD_100_101,
	BOTH_MS_100_101,
	N_CERTS
};

/* The certificate that a certification or an assessment speaks of; NO_CERT for other facts and names not known. */
int oracle_certificate_of(const struct event *ev);
/* Whether the name stands for two exams that must both be held. */
bool oracle_needs_both(enum cert c, enum cert *ret_a, enum cert *ret_b);
/* Whether an edition says that the certificate retired: earned before ret_retired it counts to ret_until. */
bool oracle_is_retired(enum oracle_edition e, enum cert c, day_no *ret_retired, day_no *ret_until);

#endif
