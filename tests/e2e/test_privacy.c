/* Names, addresses and profile ids of people stay outside: exports whose personal columns hold marks that stand nowhere
 * else go through real services, and afterwards no byte of a mark is in any output, log, snapshot, ledger or dead letter. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/capscore-privacy-XXXXXX";
static pid_t up;
static unsigned n_runs;

static int run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A command in the folder; returns its exit code. */
static int run(const char *fmt, ...)
{
	char command[1024], line[2048];
	va_list ap;
	int status;

	va_start(ap, fmt);
	(void)vsnprintf(command, sizeof command, fmt, ap);
	va_end(ap);
	(void)snprintf(line, sizeof line, "cd %s && %s", folder, command);
	status = system(line);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* `capscore ARGS`, with all it prints kept in the folder's outputs. */
static int capscore(const char *args)
{
	unsigned n = n_runs++;

	return run("CAPSCORE_DATA_DIR=data %s/capscore %s >outputs/%u.out 2>outputs/%u.err",
		getenv("CAPSCORE_BIN"), args, n, n);
}

static void write_file(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	assert_int_equal(fclose(f), 0);
}

/* ---- exports with marks ------------------------------------------------------------------------------------- */

/* What must not be found, in any letter case: names and addresses, and the digits of a profile id. */
#define MARK	"Qvarkonius"
#define PROFILE "9988776655443322"

#define TRAININGS                                                                                  \
	"PGAMpnId,TrainingActivityId,TrainingTitle,TrainingType,IndividualFirstName,"              \
	"IndividualLastName,Email,CorpEmail,TrainingCompletionDate,ExpirationDate,"                \
	"ActivationStatus,Month,IcMCP,MCPID,MpnId,PartnerName,PartnerCityLocation,"                \
	"PartnerCountryLocation\n"
#define PERSON MARK "Maria," MARK "Lind," MARK "@home.example," MARK "@work.example"
#define ROW(title, type, completed, expires, status, profile)                                      \
	"7,a1," title "," type "," PERSON "," completed "," expires "," status                     \
	",2023-06,1," profile ",70," MARK " Ltd," MARK "city,Norway\n"

static void write_exports(void)
{
	write_file("exports/trainings.csv",
		TRAININGS
			/* good, unknown, assessment, passed over */
			ROW("AZ-104", "Certification", "2023-01-10", "2024-01-10", "Active",
				PROFILE "1") ROW("Certificate of nothing", "Certification",
				"2023-01-10", "", "",
				PROFILE "2") ROW("Teams Calling Technical Assessment", "Assessment",
				"2023-01-10", "", "Active", PROFILE "1")
				ROW("AZ-900T00", "Training", "2023-01-10", "", "", PROFILE "3")
		/* refused by each of the checks */
		ROW("AZ-104", "Certification", "soon", "", "Active", PROFILE "4")
			ROW("AZ-104", "Certification", "6/7/2022", "", "Active", PROFILE "5") ROW(
				"AZ-104", "Certification", "2023-01-10", "", "Odd", PROFILE "6")
				ROW("AZ-104", "Certification", "2023-01-10", "2022-01-10", "Active",
					PROFILE "7") ROW("AZ-104", "Certification", "2023-01-10",
					"never", "Active", PROFILE "8") ROW("AZ-\xFF",
					"Certification", "2023-01-10", "", "Active", PROFILE "9")
		/* fields that slipped: a name in the place of the date, of the status, of the title; too few, too many */
		"7,a1,AZ-104,Certification," MARK "," MARK "," MARK "," MARK "," MARK "," MARK
		"," MARK ",2023-06,1," PROFILE ",70,F,Oslo,Norway\n"
		"7,a1," MARK ",Certification," PERSON "," MARK ",,,2023-06,1," PROFILE
		",70,F,Oslo,Norway\n"
		"7,a1,AZ-104,Certification," PERSON ",2023-01-10\n"
		"7,a1,AZ-104,Certification," MARK "," PERSON
		",2023-01-10,,Active,2023-06,1," PROFILE ",70,F,O,N\n"
		"7,a1,\"AZ-104\"x,Certification," PERSON ",2023-01-10,,Active,2023-06,1," PROFILE
		",70,F,O,N\n"
		"7,a1,\"AZ-104,Certification," PERSON ",2023-01-10,,Active,2023-06,1," PROFILE
		",70,F,O,N\n");
	write_file("exports/completions.csv",
		"TrainingTitle,TrainingType,AADUserId,TrainingCompletionDate,Month,IcMCP,MCPID,MPNID,PartnerName\n"
		"AZ-104,Certification," MARK ",2023-01-10,2023-01,1," PROFILE ",70," MARK "\n"
		"AZ-104,Certification," MARK ",,2023-01,1," PROFILE ",70," MARK "\n");
	write_file("exports/learn.csv",
		"PGAMpnId,UserName,UserId,TrainingName,TrainingType,Products,Roles,CompletionDate,MPNId,PartnerName,Country\n"
		"7," MARK ",u@" MARK ".example,Intro,Module,a,b,2023-06-01,70,F,NO\n7," MARK "\n");
	write_file("exports/links.csv", "PGAMpnID,MCPID,LinkedOn,Change\n7," PROFILE
					",2023-01-01,linked\n7," PROFILE "," MARK ",linked\n"
					"7," PROFILE ",2023-01-01,left\n");
	write_file("exports/usage.csv",
		"PGAMpnID,Month,ServiceLevel2,CustomerTenantId,PartnerAttributionType,ACR_USD,CustomerName,PartnerName\n"
		"7,2023-06,Azure Firewall,t1,PAL,2000," MARK "," MARK "\n"
		"7,2023-06,Azure Firewall,t1,PAL,much," MARK "," MARK "\n");
	write_file("exports/office.csv",
		"PGAPartnerID,CustomerTenantId,WorkloadName,Month,PaidAvailableUnits,MonthlyActiveUsers,CustomerName,"
		"PartnerAttributionType\n7,t1,Teams,2023-06,500,300," MARK
		",DPOR\n7,t1,Nothing,2023-06,500,300," MARK ",DPOR\n"
		"7,t1,Teams,2023-06,500,300," MARK ",Friend\n");
	write_file("exports/profile.csv",
		"MPNId,PartnerName,PGA_MPNID,PGA_PartnerName,City,Country,HierarchyLevel\n70," MARK
		",7," MARK "," MARK ",Norway,Location\n71," MARK ",7," MARK "," MARK
		",Norway,Global\n");
	write_file("exports/customers.csv",
		"PGAMpnID,CustomerName,CustomerTenantId,CustomerSegment,Month,PartnerAttributionType,TenantDomainName\n"
		"7," MARK ",t1,SMB,2023-06,CSP Tier 1," MARK ".example\n7," MARK
		",,SMB,2023-06,CSP Tier 1," MARK ".example\n");
}

/* ---- looking for them --------------------------------------------------------------------------------------- */

static void expect_no_mark_in(const char *what)
{
	assert_int_equal(run("! grep -rlaiE '" MARK "|" PROFILE "' %s >&2", what), 0);
}

static void test_the_search_finds_marks(void **state)
{
	(void)state;
	assert_int_equal(run("grep -rlaiE '" MARK "' exports | wc -l | grep -qx 8"), 0);
	assert_int_equal(run("grep -rlaiE '" PROFILE "' exports | wc -l | grep -qx 3"), 0);
}

static void test_exports_go_in_and_facts_come_out(void **state)
{
	(void)state;
	assert_int_equal(capscore("import exports"), 1);
	assert_int_equal(run("grep -q 'certification 2' outputs/*.out"), 0);
	assert_int_equal(run("grep -q 'Certificate of nothing' outputs/*.out"), 0);
	assert_int_equal(run("grep -q 'bad-date' outputs/*.err"), 0);
	/* Once more, in all ways of printing. */
	assert_int_equal(capscore("import --json exports"), 1);
	assert_int_equal(capscore("import --dry-run --fresh exports"), 1);
	assert_int_equal(capscore("import --dry-run --fresh --json exports"), 1);
	assert_int_equal(capscore("import --fresh --max-faults 0 exports"), 1);
	assert_int_equal(capscore("score --offline --as-of 2023-07-20 --explain exports"), 1);
	assert_int_equal(
		capscore("score --offline --as-of 2023-07-20 --explain --json exports"), 1);
	assert_int_equal(capscore("score 7 --explain"), 0);
	assert_int_equal(capscore("score 7 --explain --json"), 0);
	assert_int_equal(capscore("status"), 0);
	assert_int_equal(capscore("deadletter list"), 0);
	for (int i = 1; i < 30; i++) {
		char args[64];

		(void)snprintf(args, sizeof args, "deadletter show %d", i);
		(void)capscore(args);
	}
	expect_no_mark_in("outputs");
}

/* Ended with all they have written: logs, their snapshot, the ledger, dead letters, what they log. */
static void test_nothing_is_left_in_the_data_folder(void **state)
{
	int status = -1;

	(void)state;
	assert_int_equal(kill(up, SIGTERM), 0);
	assert_int_equal(waitpid(up, &status, 0), up);
	up = 0;
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_int_equal(
		run("test -e data/events && test -e data/scoring.snapshot && test -e data/imports"),
		0);
	/* The search would find what is there: the title that no edition knows, and people of refused rows. */
	assert_int_equal(run("grep -rqa 'Certificate of nothing' data"), 0);
	assert_int_equal(run("grep -rqa 'person:' data/events"), 0);
	assert_int_equal(run("grep -qa 'person:' outputs/*.out"), 0);
	expect_no_mark_in("data");
	expect_no_mark_in("outputs");
}

static int set_up(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL || run("mkdir exports outputs") != 0)
		return -1;
	write_exports();
	up = fork();
	if (up < 0)
		return -1;
	if (up == 0) {
		char program[512];

		(void)snprintf(program, sizeof program, "%s/capscore", getenv("CAPSCORE_BIN"));
		if (chdir(folder) == 0)
			(void)execl(program, "capscore", "up", "--data-dir", "data", "--days",
				"producer", "--log-files", (char *)NULL);
		_exit(127);
	}
	write_file("empty.ndjson", "");
	return capscore("send --timeout 60 empty.ndjson") == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	if (up > 0) {
		(void)kill(up, SIGTERM);
		(void)waitpid(up, NULL, 0);
	}
	return run("rm -r %s", folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_search_finds_marks),
		cmocka_unit_test(test_exports_go_in_and_facts_come_out),
		cmocka_unit_test(test_nothing_is_left_in_the_data_folder),
	};

	return cmocka_run_group_tests_name("personal data", tests, set_up, tear_down);
}
