/* send, import and day against real services: what is delivered, what is refused, and that repeating is harmless. */
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

static char folder[] = "/tmp/capscore-send-XXXXXX";
static pid_t up;

struct run {
	int exit_code;
	char out[65536], err[65536];
};

static void read_all(const char *name, char *buf, size_t cap)
{
	char path[128];
	size_t n;
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(buf, 1, cap - 1, f);
	buf[n] = '\0';
	(void)fclose(f);
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

static struct run *capscore(const char *args)
{
	struct run *r = calloc(1, sizeof *r);
	char command[4096];
	int status;

	assert_non_null(r);
	(void)snprintf(command, sizeof command,
		"cd %s && CAPSCORE_DATA_DIR=data %s/capscore %s >out 2>err", folder,
		getenv("CAPSCORE_BIN"), args);
	status = system(command);
	assert_true(WIFEXITED(status));
	r->exit_code = WEXITSTATUS(status);
	read_all("out", r->out, sizeof r->out);
	read_all("err", r->err, sizeof r->err);
	return r;
}

/* out, err: what must stand there. */
static void expect(const char *args, int exit_code, const char *out, const char *err)
{
	struct run *r = capscore(args);

	if (r->exit_code != exit_code || strstr(r->out, out) == NULL || strstr(r->err, err) == NULL)
		fail_msg("%s: exit code %d\n%s\n%s", args, r->exit_code, r->out, r->err);
	free(r);
}

#define EVENT(id, customer)                                                                               \
	"{\"specversion\":\"1.0\",\"id\":\"" id                                                           \
	"\",\"source\":\"/crm\",\"type\":\"capscore.usage.v1\","                                          \
	"\"subject\":\"77\",\"time\":\"2023-07-01T00:00:00Z\",\"data\":{\"customer\":\"" customer         \
	"\",\"product\":\"Key Vault\",\"month\":\"2023-06\",\"association\":\"pal\",\"measure\":\"acr\"," \
	"\"amount\":\"2000\"}}\n"

static void test_events_are_delivered_once(void **state)
{
	(void)state;
	write_file("e.ndjson", EVENT("a1", "t1") EVENT("a2", "t2") EVENT("a3", "t3"));
	expect("send e.ndjson", 0, "delivered: 3 accepted, 0 duplicates, 0 refused", "");
	expect("send --batch 1 e.ndjson", 0, "delivered: 0 accepted, 3 duplicates, 0 refused", "");
	expect("send - <e.ndjson", 0, "delivered: 0 accepted, 3 duplicates, 0 refused", "");
}

static void test_a_faulty_line_is_told_and_kept_and_the_others_go(void **state)
{
	char rejects[1024];

	(void)state;
	write_file("f.ndjson", EVENT("b1", "t1") "nonsense\n" EVENT("b2", "t2") EVENT("", "t2"));
	expect("send --rejects rejects.ndjson f.ndjson", 1,
		"delivered: 2 accepted, 0 duplicates, 0 refused", "f.ndjson:2:");
	read_all("rejects.ndjson", rejects, sizeof rejects);
	assert_string_equal(rejects, "nonsense\n" EVENT("", "t2"));
}

static void test_rejects_do_not_overwrite_a_file_to_read(void **state)
{
	char text[1024];

	(void)state;
	write_file("i.ndjson", "nonsense\n");
	expect("send --rejects ./i.ndjson i.ndjson", 2, "", "is one of the files to read");
	read_all("i.ndjson", text, sizeof text);
	assert_string_equal(text, "nonsense\n");
}

static void test_a_dry_run_sends_nothing(void **state)
{
	(void)state;
	write_file("g.ndjson", EVENT("c1", "t1"));
	expect("send --dry-run g.ndjson", 0, "facts                 1  usage 1", "");
	expect("send g.ndjson", 0, "delivered: 1 accepted, 0 duplicates, 0 refused", "");
}

static void test_an_export_imported_twice_changes_nothing(void **state)
{
	(void)state;
	write_file("az.csv",
		"PGAMpnID,Month,ServiceLevel2,CustomerTenantId,PartnerAttributionType,ACR_USD\n"
		"88,2023-06,Azure Firewall,t1,PAL,2000\n88,2022-06,Azure Firewall,t1,PAL,1000\n");
	write_file("tr.csv",
		"PGAMpnId,TrainingTitle,TrainingType,TrainingCompletionDate,ExpirationDate,ActivationStatus,MCPID\n"
		"88,AZ-104,Certification,2023-01-05,2024-01-05,Active,11\n");
	expect("import az.csv tr.csv", 0, "delivered: 5 accepted, 0 duplicates, 0 refused",
		"person.key");
	expect("import tr.csv az.csv", 0, "delivered: 0 accepted, 0 duplicates, 0 refused", "");
	/* What is not known to be there is sent again, and recognised. */
	expect("import --fresh tr.csv az.csv", 0, "delivered: 0 accepted, 5 duplicates, 0 refused",
		"");
	/* Nor does an older export. */
	expect("import --recorded 2023-07-21T08:00:00Z az.csv", 0, "superseded            4", "");
}

/* From the file to the event log: rows alike in all texts are one fact, others are facts of their own. */
static void test_an_export_with_finer_columns_gives_finer_facts(void **state)
{
	(void)state;
	write_file("fine.csv",
		"PGAMpnID,Month,ServiceLevel1,ServiceLevel2,ServiceGroup2,ServiceGroup3,ServiceInfluencer,ComputeOS,"
		"CustomerTenantId,PartnerAttributionType,ACR_USD\n"
		"89,2023-06,Compute,Virtual Machines,IaaS,VMs,SAP,Linux,t1,PAL,600\n"
		"89,2023-06,Compute,Virtual Machines,IaaS,VMs,SAP,Linux,t1,PAL,300\n"
		"89,2023-06,Compute,Virtual Machines,IaaS,VMs,SAP,Windows,t1,PAL,200\n"
		"89,2023-06,Compute,Virtual Machines,IaaS,VMs,UNKNOWN,NULL,t1,PAL,100\n"
		"89,2023-06,Compute,Virtual Machines,IaaS,VMs,,,t1,PAL,50\n");
	expect("import fine.csv", 0, "facts                 4  usage 3, usage-reported 1", "");
	expect("import fine.csv", 0, "delivered: 0 accepted, 0 duplicates, 0 refused", "");
	/* Rules that do not look so close see one customer with all of it. */
	expect("score --offline --as-of 2023-07-20 --explain fine.csv", 0,
		"t1: 1,250.00 USD in 2023-06", "");
}

static void test_a_file_that_cannot_be_read_does_not_hold_up_the_others(void **state)
{
	(void)state;
	write_file("h.ndjson", EVENT("d1", "t1"));
	write_file("other.csv", "name,phone\n");
	expect("send missing.ndjson h.ndjson", 3, "delivered: 1 accepted",
		"missing.ndjson: No such file");
	expect("import other.csv", 1, "delivered: 0 accepted",
		"other.csv: line 1 is not the header");
	expect("send other.csv", 1, "", "use `capscore import`");
	expect("import h.ndjson", 1, "", "use `capscore send`");
}

static void test_many_small_batches_pass_the_window(void **state)
{
	char path[128];
	FILE *f;

	(void)state;
	(void)snprintf(path, sizeof path, "%s/many.ndjson", folder);
	f = fopen(path, "w");
	assert_non_null(f);
	for (int i = 0; i < 40000; i++)
		fprintf(f,
			"{\"specversion\":\"1.0\",\"id\":\"m%d\",\"source\":\"/crm\",\"type\":\"capscore.customer.v1\","
			"\"subject\":\"77\",\"time\":\"2023-07-01T00:00:00Z\",\"data\":{\"customer\":\"t%d\"}}\n",
			i, i);
	assert_int_equal(fclose(f), 0);
	expect("send --batch 3 many.ndjson", 0,
		"delivered: 40000 accepted, 0 duplicates, 0 refused", "");
}

static void test_days_are_taken_once(void **state)
{
	(void)state;
	expect("day 2023-07-18 2023-07-20", 0, "days: 3 accepted, 0 duplicates, 0 refused", "");
	expect("day 2023-07-20", 0, "days: 0 accepted, 1 duplicates, 0 refused", "");
	expect("day 2023-07-20 2023-07-18", 2, "", "lies before");
	expect("day someday", 2, "", "'someday' is not a day");
}

static void test_nobody_there(void **state)
{
	(void)state;
	write_file("i.ndjson", EVENT("z1", "t1"));
	expect("send --data-dir elsewhere --timeout 1 i.ndjson", 3, "",
		"start the services with `capscore up`");
	expect("import --endpoint nonsense az.csv", 2, "", "nonsense");
}

/* The services start with the first test; the greeting of `send` waits for them. */
static int set_up(void **state)
{
	char path[4096];

	(void)state;
	if (getenv("CAPSCORE_BIN") == NULL || mkdtemp(folder) == NULL)
		return -1;
	up = fork();
	if (up == 0) {
		(void)snprintf(path, sizeof path, "%s/capscore", getenv("CAPSCORE_BIN"));
		if (chdir(folder) == 0 && freopen("up.out", "w", stdout) != NULL && dup2(1, 2) == 2)
			(void)execl(path, "capscore", "up", "--data-dir", "data", "--days",
				"producer", "--log-files", (char *)NULL);
		_exit(127);
	}
	write_file("empty.ndjson", "");
	expect("send --timeout 60 empty.ndjson", 0, "delivered: 0 accepted", "");
	return 0;
}

static int tear_down(void **state)
{
	char command[128];
	int status = -1;

	(void)state;
	(void)kill(up, SIGTERM);
	(void)waitpid(up, &status, 0);
	(void)snprintf(command, sizeof command, "rm -r %s", folder);
	return system(command) == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events_are_delivered_once),
		cmocka_unit_test(test_a_faulty_line_is_told_and_kept_and_the_others_go),
		cmocka_unit_test(test_rejects_do_not_overwrite_a_file_to_read),
		cmocka_unit_test(test_a_dry_run_sends_nothing),
		cmocka_unit_test(test_an_export_imported_twice_changes_nothing),
		cmocka_unit_test(test_an_export_with_finer_columns_gives_finer_facts),
		cmocka_unit_test(test_a_file_that_cannot_be_read_does_not_hold_up_the_others),
		cmocka_unit_test(test_many_small_batches_pass_the_window),
		cmocka_unit_test(test_days_are_taken_once),
		cmocka_unit_test(test_nobody_there),
	};

	return cmocka_run_group_tests_name("send, import and day", tests, set_up, tear_down);
}
