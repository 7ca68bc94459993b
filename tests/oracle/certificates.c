/* Certificates: their names in reports, and what editions say of their retirement. */
#include "tests/oracle/certificates.h"

#include "tests/oracle/oracle_list.h"

static const struct {
	enum cert cert;
	const char *names;
} certificates[] = {
	{ AZ_104,
		"AZ-104|Microsoft Certified: Azure Administrator Associate|Azure Administrator Associate" },
	{ AZ_305,
		"AZ-305|Microsoft Certified: Azure Solutions Architect Expert|Azure Solutions Architect Expert" },
	{ AZ_700,
		"AZ-700|Microsoft Certified: Azure Network Engineer Associate|Azure Network Engineer Associate" },
	{ AZ_600,
		"AZ-600|Microsoft Certified: Azure Stack Hub Operator Associate|Azure Stack Hub Operator Associate" },
	{ WS_HYBRID,
		"AZ-800+AZ-801|Microsoft Certified: Windows Server Hybrid Administrator Associate|Windows Server Hybrid Administrator Associate" },
	{ AZ_800, "AZ-800|Administering Windows Server Hybrid Core Infrastructure" },
	{ AZ_801, "AZ-801|Configuring Windows Server Hybrid Advanced Services" },
	{ AZ_140,
		"AZ-140|Microsoft Certified: Azure Virtual Desktop Specialty|Azure Virtual Desktop Specialty" },
	{ AZ_120,
		"AZ-120|Microsoft Certified: Azure for SAP Workloads Specialty|Azure for SAP Workloads Specialty" },
	{ AZ_204,
		"AZ-204|Microsoft Certified: Azure Developer Associate|Azure Developer Associate" },
	{ PL_400,
		"PL-400|Microsoft Certified: Power Platform Developer Associate|Power Platform Developer Associate" },
	{ AZ_220,
		"AZ-220|Microsoft Certified: Azure IoT Developer Specialty|Azure IoT Developer Specialty" },
	{ AZ_400, "AZ-400|Microsoft Certified: DevOps Engineer Expert|DevOps Engineer Expert" },
	{ PL_600,
		"PL-600|Microsoft Certified: Power Platform Solution Architect Expert|Power Platform Solution Architect Expert" },
	{ DP_300,
		"DP-300|Microsoft Certified: Azure Database Administrator Associate|Azure Database Administrator Associate" },
	{ AI_102,
		"AI-102|Microsoft Certified: Azure AI Engineer Associate|Azure AI Engineer Associate" },
	{ DP_100,
		"DP-100|Microsoft Certified: Azure Data Scientist Associate|Azure Data Scientist Associate" },
	{ DP_203,
		"DP-203|Microsoft Certified: Azure Data Engineer Associate|Azure Data Engineer Associate" },
	{ PL_300,
		"PL-300|Microsoft Certified: Power BI Data Analyst Associate|Power BI Data Analyst Associate|Microsoft Certified: Data Analyst Associate|Data Analyst Associate" },
	{ DP_500,
		"DP-500|Microsoft Certified: Azure Enterprise Data Analyst Associate|Azure Enterprise Data Analyst Associate|Azure Enterprise Data Analyst" },
	{ MB_260,
		"MB-260|Microsoft Certified: Customer Data Platform Specialty|Customer Data Platform Specialty" },
	{ DP_420,
		"DP-420|Microsoft Certified: Azure Cosmos DB Developer Specialty|Azure Cosmos DB Developer Specialty" },
	{ DP_600, "DP-600|Microsoft Certified: Fabric Analytics Engineer Associate" },
	{ DP_700, "DP-700|Microsoft Certified: Fabric Data Engineer Associate" },
	{ SQL_AI, "SQL AI Developer|SQL AI Developer Associate" },
	{ AI_APPS, "Azure AI Apps and Agents Developer" },
	{ ML_OPERATIONS, "Machine Learning Operations Engineer" },
	{ DATABRICKS, "Azure Databricks Data Engineer" },
	{ AI_CLOUD, "Azure AI Cloud Developer" },
	{ GITHUB_AGENTIC, "GitHub Agentic AI Developer" },
	{ GITHUB_ACTIONS, "GH-200|GitHub Actions" },
	{ GITHUB_ADMINISTRATION, "GH-100|GitHub Administration" },
	{ GITHUB_SECURITY, "GH-500|GitHub Advanced Security" },
	{ GITHUB_COPILOT, "GH-300|GitHub Copilot" },
	{ AZ_500,
		"AZ-500|Microsoft Certified: Azure Security Engineer Associate|Azure Security Engineer Associate" },
	{ SC_500, "SC-500|Cloud and AI Security Engineer Associate" },
	{ SC_200,
		"SC-200|Microsoft Certified: Security Operations Analyst Associate|Security Operations Analyst Associate" },
	{ MS_500, "MS-500|Microsoft 365 Certified: Security Administrator Associate" },
	{ SC_100, "SC-100|Microsoft Certified: Cybersecurity Architect Expert" },
	{ SC_300, "SC-300|Microsoft Certified: Identity and Access Administrator Associate" },
	{ SC_400,
		"SC-400|Microsoft Certified: Information Protection and Compliance Administrator Associate"
		"|Microsoft Information Protection and Compliance Administrator Associate"
		"|Information Protection and Compliance Administrator Associate"
		"|Microsoft Certified: Information Protection Administrator Associate"
		"|Microsoft Information Protection Administrator"
		"|Information Protection Administrator Associate"
		"|Purview Information Protection Administrator" },
	{ SC_401, "SC-401" },
	{ MS_900, "MS-900|Microsoft 365 Certified: Fundamentals" },
	{ MS_600, "MS-600|Microsoft 365 Certified: Teams Application Developer Associate" },
	{ MS_700, "MS-700|Microsoft 365 Certified: Teams Administrator Associate" },
	{ MS_203, "MS-203|Microsoft 365 Certified: Messaging Administrator Associate" },
	{ MS_721,
		"MS-721|Microsoft 365 Certified: Collaboration Communications Systems Engineer Associate" },
	{ MD_102, "MD-102|MD-100+MD-101|Microsoft 365 Certified: Endpoint Administrator Associate"
		  "|Endpoint Administrator Associate"
		  "|Microsoft 365 Certified: Modern Desktop Administrator Associate"
		  "|Modern Desktop Administrator Associate" },
	{ MD_100, "MD-100" },
	{ MD_101, "MD-101" },
	{ MS_102,
		"MS-102|MS-100+MS-101|Microsoft 365 Certified: Administrator Expert|Administrator Expert"
		"|Microsoft 365 Certified: Enterprise Administrator Expert|Enterprise Administrator Expert" },
	{ MS_100, "MS-100" },
	{ MS_101, "MS-101" },
	{ AB_900, "AB-900|Copilot and Agent Administration Fundamentals" },
	{ TEAMS_MEETINGS,
		"TEAMS-MEETINGS-ASSESSMENT|Teams Meetings and Meeting Rooms Technical Assessment"
		"|Meetings and Meeting Rooms Technical Assessment"
		"|Microsoft Teams Meetings and Meeting Rooms Technical Assessment" },
	{ SERVICE_ADOPTION,
		"SERVICE-ADOPTION-SPECIALIST|Microsoft Service Adoption Specialist assessment|Microsoft Service Adoption Specialist"
		"|Microsoft Services Adoption Specialist Partner University Assessment" },
	{ MB_310, "MB-310" },
	{ MB_340, "MB-340" },
	{ MB_500,
		"MB-500|Microsoft Certified: Dynamics 365 Finance and Operations Apps Developer Associate"
		"|Dynamics 365 Finance and Operations Apps Developer Associate" },
	{ MB_330, "MB-330" },
	{ MB_320, "MB-320" },
	{ MB_230, "MB-230" },
	{ MB_210, "MB-210" },
	{ MB_240, "MB-240" },
	{ MB_800,
		"MB-800|Microsoft Certified: Dynamics 365 Business Central Functional Consultant Associate" },
	{ MB_220, "MB-220" },
	{ PL_100, "PL-100|Microsoft Certified: Power Platform App Maker Associate" },
	{ PL_200, "PL-200|Microsoft Certified: Power Platform Functional Consultant Associate" },
	{ PL_500, "PL-500|Microsoft Certified: Power Automate RPA Developer Associate" },
	{ MB_280, "MB-280" },
	{ SALES_AI, "Sales AI Consultant" },
	{ INTELLIGENT_APPLICATIONS, "Intelligent Applications Builder" },
	{ CONTACT_CENTER_AI, "Contact Center AI Engineer" },
	{ MB_335, "MB-335" },
	{ MB_700, "MB-700|Dynamics 365 Finance and Operations Apps Solution Architect Expert" },
	{ MB_600, "MB-600" },
	{ MB_820, "MB-820" },
	{ AGENTIC_ARCHITECT, "Agentic AI Business Solutions Architect" },
};

int oracle_certificate_of(const struct event *ev)
{
	struct str name;

	if (ev->kind == FACT_CERTIFICATION)
		name = ev->u.certification.certificate;
	else if (ev->kind == FACT_ASSESSMENT)
		name = ev->u.assessment.assessment;
	else
		return NO_CERT;
	for (size_t i = 0; i < sizeof certificates / sizeof *certificates; i++)
		if (oracle_names(certificates[i].names, name))
			return (int)certificates[i].cert;
	return NO_CERT;
}

bool oracle_needs_both(enum cert c, enum cert *ret_a, enum cert *ret_b)
{
	static const struct {
		enum cert c, a, b;
	} both[] = {
		{ BOTH_AZ_800_801, AZ_800, AZ_801 },
		{ BOTH_MD_100_101, MD_100, MD_101 },
		{ BOTH_MS_100_101, MS_100, MS_101 },
	};

	for (size_t i = 0; i < sizeof both / sizeof *both; i++)
		if (both[i].c == c) {
			*ret_a = both[i].a;
			*ret_b = both[i].b;
			return true;
		}
	return false;
}

/* ---- retirements ------------------------------------------------------------------------------------------------ */

struct date {
	int year;
	unsigned month, day;
};

static const struct {
	enum oracle_edition first, last;
	enum cert cert;
	struct date retired, until;
} retirements[] = {
	/* "Counts to July 2024" and "to June 2024": the last day of the month (D23, footnotes). */
	{ ORACLE_FY23, ORACLE_2023_12, AZ_600, { 2023, 7, 31 }, { 2024, 7, 31 } },
	{ ORACLE_FY23, ORACLE_2023_12, AZ_220, { 2023, 7, 31 }, { 2024, 7, 31 } },
	{ ORACLE_FY23, ORACLE_2023_12, MS_500, { 2023, 6, 30 }, { 2024, 6, 30 } },
	{ ORACLE_FY23, ORACLE_2023_12, MB_230, { 2023, 6, 30 }, { 2024, 6, 30 } },
	/* Not counted from 1 July 2023 on (D23 solutions-partner-business.md). */
	{ ORACLE_FY23, ORACLE_2023_12, MB_600, { 2022, 6, 30 }, { 2023, 6, 30 } },
	/* A retired certificate counts one more year (S26). */
	{ ORACLE_2023_12, ORACLE_2026, AI_102, { 2026, 6, 30 }, { 2027, 6, 30 } },
	{ ORACLE_2023_12, ORACLE_2026, DP_100, { 2026, 6, 1 }, { 2027, 6, 1 } },
	{ ORACLE_2023_12, ORACLE_2026, AZ_204, { 2026, 7, 31 }, { 2027, 7, 31 } },
	{ ORACLE_2023_12, ORACLE_2026, AZ_500, { 2026, 8, 31 }, { 2027, 8, 31 } },
	{ ORACLE_2023_12, ORACLE_2026, SC_400, { 2025, 5, 31 }, { 2026, 5, 31 } },
	{ ORACLE_2023_12, ORACLE_2026, MS_900, { 2026, 3, 31 }, { 2027, 3, 31 } },
	{ ORACLE_2023_12, ORACLE_2026, MS_102, { 2026, 11, 30 }, { 2027, 11, 30 } },
	{ ORACLE_2023_12, ORACLE_2026, TEAMS_MEETINGS, { 2026, 6, 15 }, { 2027, 6, 15 } },
	{ ORACLE_2023_12, ORACLE_2026, MB_240, { 2026, 6, 30 }, { 2027, 6, 30 } },
	{ ORACLE_2023_12, ORACLE_2026, PL_200, { 2026, 8, 31 }, { 2027, 8, 31 } },
	{ ORACLE_2023_12, ORACLE_2026, PL_500, { 2026, 6, 30 }, { 2027, 6, 30 } },
	{ ORACLE_2026, ORACLE_2026, MB_280, { 2026, 7, 31 }, { 2027, 7, 31 } },
	{ ORACLE_2023_12, ORACLE_2026, MB_335, { 2026, 6, 30 }, { 2027, 6, 30 } },
	{ ORACLE_2023_12, ORACLE_2026, MB_700, { 2026, 6, 30 }, { 2027, 6, 30 } },
	{ ORACLE_2023_12, ORACLE_2026, PL_600, { 2026, 6, 30 }, { 2027, 6, 30 } },
};

static day_no day_of(struct date d)
{
	return day_from_civil(d.year, d.month, d.day);
}

bool oracle_is_retired(enum oracle_edition e, enum cert c, day_no *ret_retired, day_no *ret_until)
{
	for (size_t i = 0; i < sizeof retirements / sizeof *retirements; i++)
		if (retirements[i].cert == c && e >= retirements[i].first &&
			e <= retirements[i].last) {
			*ret_retired = day_of(retirements[i].retired);
			*ret_until = day_of(retirements[i].until);
			return true;
		}
	return false;
}
