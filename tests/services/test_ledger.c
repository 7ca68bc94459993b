/* Imports one after the other: what comes out of a file depends on what files before it have said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "services/imports/fact_bytes.h"
#include "services/imports/held.h"
#include "services/imports/ledger.h"
#include "services/imports/person_key.h"
#include "services/imports/report.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof *(a))

/* ---- an import as `capscore import` does it, without services ---------------------------------------------- */

#define BASE 1690000000000 /* recorded of time 0 */

struct import {
	char folder[64];
	struct ledger *ledger;
	char out[16384];
	struct sink s;
	int left; /* changes until the program dies; -1: it does not */
	struct reading reading;
};

static const char *const kinds[CHANGE_KINDS] = { "+", "*", "-", "=" };

static void print_change(struct sink *s, const struct change *c)
{
	const struct event *ev = c->ev;
	char m[MONTH_TEXT], d[DAY_TEXT];

	sink_printf(s, "%s " STR_FMT " ", kinds[c->kind], STR_ARG(ev->subject));
	switch (ev->kind) {
	case FACT_USAGE:
		sink_printf(s, STR_FMT " " STR_FMT STR_FMT " %s", STR_ARG(ev->u.usage.customer),
			STR_ARG(ev->u.usage.product), STR_ARG(ev->u.usage.compute_os),
			month_format(ev->u.usage.month, m));
		if (!ev->retracted)
			sink_printf(s, " %lld.%06lld",
				(long long)ev->u.usage.amount_micro / 1000000,
				(long long)ev->u.usage.amount_micro % 1000000);
		break;
	case FACT_USAGE_REPORTED:
		sink_printf(s, "complete %s", month_format(ev->u.usage_reported.month, m));
		break;
	case FACT_CUSTOMER:
		sink_printf(s, STR_FMT " is " STR_FMT, STR_ARG(ev->u.customer.customer),
			STR_ARG(ev->u.customer.segment));
		break;
	default:
		sink_printf(s, "[" STR_FMT "] %s", STR_ARG(ev->u.certification.certificate),
			day_format(ev->u.certification.expires_on, d));
	}
	sink_printf(s, " @%lld\n", (long long)(ev->recorded - BASE));
}

static void put_one(struct ledger *l, struct span key, struct span value, bool gone)
{
	struct err e = { 0 };

	assert_int_equal(ledger_begin(l, &e), 0);
	assert_int_equal(gone ? ledger_delete(l, key, &e) : ledger_put(l, key, value, &e), 0);
	assert_int_equal(ledger_commit(l, &e), 0);
}

/* Every change arrives and is confirmed, until the program dies with one that is pending. */
static int on_change(void *ctx, const struct change *c)
{
	struct import *m = ctx;
	unsigned char value[LEDGER_VALUE_MAX];
	struct ledger_entry x;

	print_change(&m->s, c);
	assert_int_equal(c->ev->retracted,
		c->kind == CHANGE_RETRACTED || (c->kind == CHANGE_AGAIN && c->ev->retracted));
	put_one(m->ledger, c->key, c->value, false);
	if (m->left == 0)
		return ERR_IO;
	m->left -= m->left > 0;
	assert_int_equal(ledger_entry_decode(c->value, &x), 0);
	assert_true(x.pending);
	x.pending = false;
	put_one(m->ledger, c->key, (struct span){ value, ledger_entry_encode(&x, value) },
		x.retracted);
	return 0;
}

static int on_scope(void *ctx, const struct scope_note *n)
{
	struct import *m = ctx;

	put_one(m->ledger, n->key, n->value, false);
	return 0;
}

static int on_event(void *ctx, const struct event *ev, struct place at)
{
	(void)ctx;
	(void)at;
	fail_msg("%s outside the changes", fact_kind_name(ev->kind));
	return 0;
}

static void on_fault(void *ctx, const struct fault *f)
{
	struct import *m = ctx;

	sink_printf(&m->s, "refused %s\n", f->reason);
}

static void on_note(void *ctx, const char *file, const char *text)
{
	(void)ctx;
	(void)file;
	(void)text;
}

static int public_key(void *ctx, struct person_key *ret_key, struct err *e)
{
	(void)ctx;
	(void)e;
	person_key_public(ret_key);
	return 0;
}

struct step {
	const char *text;
	int at;	  /* recorded, from BASE */
	int dies; /* with this change, from 1; 0: it does not */
	const char *
		options; /* letters: p partial, f fresh, s strict, m a mended row (n another one) */
	const char *want;
};

static bool has_option(const struct step *s, char c)
{
	return s->options != NULL && strchr(s->options, c) != NULL;
}

static int run_step(struct import *m, const struct step *s)
{
	const struct reading_changes changes = {
		.ledger = m->ledger, .on_change = on_change, .on_scope = on_scope, .ctx = m
	};
	const struct reading_handler h = { on_event, on_fault, on_note, m };
	const struct mending one = { 1, 2 }, other = { 3, 4 };
	const struct reading_options o = { .a = &mem_heap,
		.mending = has_option(s, 'm')	? &one
			   : has_option(s, 'n') ? &other
						: NULL,
		.person_key = public_key,
		.memory = 64 * 1024,
		.changes = &changes,
		.partial = has_option(s, 'p'),
		.fresh = has_option(s, 'f'),
		.strict = has_option(s, 's') };
	char *bytes = strdup(s->text);
	struct err e = { 0 };
	struct input in;
	int rc;

	assert_non_null(bytes);
	m->left = s->dies - 1;
	sink_init(&m->s, m->out, sizeof m->out);
	m->reading = (struct reading){
		.options = &o, .handler = &h, .file = "x.csv", .recorded = BASE + s->at
	};
	input_open_memory(&in, bytes, strlen(bytes));
	rc = report_read(&m->reading, &in, &e);
	free(bytes);
	assert_false(sink_is_cut(&m->s));
	return rc;
}

static void open_ledger(struct import *m)
{
	struct err e = { 0 };

	if (ledger_open(m->folder, true, &m->ledger, &e) != 0)
		fail_msg("%s", e.text);
}

static struct import *begin(void)
{
	struct import *m = calloc(1, sizeof *m);

	assert_non_null(m);
	(void)snprintf(m->folder, sizeof m->folder, "/tmp/capscore-ledger-XXXXXX");
	assert_non_null(mkdtemp(m->folder));
	open_ledger(m);
	return m;
}

static void end(struct import *m)
{
	char command[128];

	ledger_close(&m->ledger);
	(void)snprintf(command, sizeof command, "rm -r %s", m->folder);
	assert_int_equal(system(command), 0);
	free(m);
}

/* ---- tables ----------------------------------------------------------------------------------------------- */

#define AZ                                                                                         \
	"PGAMpnID,Month,ServiceLevel2,CustomerTenantId,PartnerAttributionType,CustomerSegment,ACR_USD\n"
#define AZ_OS                                                                                      \
	"PGAMpnID,Month,ServiceLevel2,CustomerTenantId,PartnerAttributionType,ComputeOS,ACR_USD\n"
#define TR			    "PGAMpnId,TrainingTitle,TrainingType,TrainingCompletionDate,ExpirationDate,MCPID\n"
#define CU			    "PGAMpnID,CustomerTenantId,CustomerSegment,Month\n"
#define FW(month, customer, amount) "7," month ",Fw," customer ",PAL,," amount "\n"
#define CERT(code, until, person)   "7," code ",Certification,2022-07-01," until "," person "\n"

#define MAY_AND_JUNE                                                                               \
	"+ 7 complete 2023-05 @0\n+ 7 t1 Fw 2023-05 1.000000 @0\n+ 7 t1 Fw 2023-06 2.000000 @0\n"  \
	"+ 7 complete 2023-06 @0\n"

static const struct row {
	const char *name;
	struct step steps[6];
} rows[] = {
	{ "the same file twice yields nothing",
		{ { AZ FW("2023-05", "t1", "1") FW("2023-06", "t1", "2"), 0, 0, NULL,
			  MAY_AND_JUNE },
			{ AZ FW("2023-05", "t1", "1") FW("2023-06", "t1", "2"), 0, 0, NULL,
				"" } } },
	{ "so does a later export that says the same",
		{ { AZ FW("2023-05", "t1", "1") FW("2023-06", "t1", "2"), 0, 0, NULL,
			  MAY_AND_JUNE },
			{ AZ FW("2023-06", "t1", "2") FW("2023-05", "t1", "1"), 9, 0, NULL,
				"" } } },
	{ "the next month's export yields the differences only",
		{ { AZ FW("2023-05", "t1", "1") FW("2023-06", "t1", "2"), 0, 0, NULL,
			  MAY_AND_JUNE },
			{ AZ FW("2023-05", "t1", "1.5") FW("2023-06", "t1", "2")
					FW("2023-06", "t2", "3"),
				9, 0, NULL,
				"* 7 t1 Fw 2023-05 1.500000 @9\n+ 7 t2 Fw 2023-06 3.000000 @9\n" } } },
	{ "a row that disappeared is retracted, in its partner's month only",
		{ { AZ FW("2023-05", "t1", "1") FW("2023-05", "t2", "1")
				  FW("2023-06", "t1", "2") "8,2023-05,Fw,t1,PAL,,4\n",
			  0, 0, NULL,
			  "+ 7 complete 2023-05 @0\n+ 7 t1 Fw 2023-05 1.000000 @0\n"
			  "+ 7 t2 Fw 2023-05 1.000000 @0\n+ 8 t1 Fw 2023-05 4.000000 @0\n"
			  "+ 7 t1 Fw 2023-06 2.000000 @0\n+ 8 complete 2023-05 @0\n"
			  "+ 7 complete 2023-06 @0\n" },
			{ AZ FW("2023-05", "t1", "1"), 9, 0, NULL, "- 7 t2 Fw 2023-05 @9\n" },
			{ AZ FW("2023-05", "t1", "1"), 9, 0, NULL, "" },
			{ AZ FW("2023-05", "t1", "1") FW("2023-05", "t2", "1"), 12, 0, NULL,
				"+ 7 t2 Fw 2023-05 1.000000 @12\n" } } },
	{ "what was retracted and comes back at the same time stands over the retraction",
		{ { AZ FW("2023-05", "t1", "1") FW("2023-05", "t2", "1"), 0, 0, NULL,
			  "+ 7 t1 Fw 2023-05 1.000000 @0\n+ 7 t2 Fw 2023-05 1.000000 @0\n"
			  "+ 7 complete 2023-05 @0\n" },
			{ AZ FW("2023-05", "t1", "1"), 0, 0, NULL, "- 7 t2 Fw 2023-05 @1\n" },
			{ AZ FW("2023-05", "t1", "1") FW("2023-05", "t2", "1"), 0, 0, NULL,
				"+ 7 t2 Fw 2023-05 1.000000 @2\n" },
			{ AZ FW("2023-05", "t1", "3") FW("2023-05", "t2", "1"), 1, 0, NULL,
				"* 7 t1 Fw 2023-05 3.000000 @3\n" } } },
	{ "an older export undoes nothing",
		{ { AZ FW("2023-06", "t1", "2"), 9, 0, NULL,
			  "+ 7 t1 Fw 2023-06 2.000000 @9\n+ 7 complete 2023-06 @9\n" },
			{ AZ FW("2023-06", "t1", "1") FW("2023-06", "t2", "1")
					FW("2023-05", "t1", "5"),
				3, 0, NULL,
				"+ 7 complete 2023-05 @3\n+ 7 t1 Fw 2023-05 5.000000 @3\n" } } },
	{ "rows refused keep their month from being retracted, and no other",
		{ { AZ FW("2023-05", "t1", "1") FW("2023-05", "t2", "1") FW("2023-06", "t1", "2")
				  FW("2023-06", "t2", "2"),
			  0, 0, NULL,
			  "+ 7 complete 2023-05 @0\n+ 7 t1 Fw 2023-05 1.000000 @0\n"
			  "+ 7 t2 Fw 2023-05 1.000000 @0\n+ 7 t1 Fw 2023-06 2.000000 @0\n"
			  "+ 7 t2 Fw 2023-06 2.000000 @0\n+ 7 complete 2023-06 @0\n" },
			{ AZ FW("2023-05", "t1", "1") FW("2023-06", "t1", "4")
					FW("2023-06", "t2", "x"),
				9, 0, NULL,
				"refused bad-amount\n- 7 t2 Fw 2023-05 @9\n* 7 t1 Fw 2023-06 4.000000 @9\n" },
			/* Mended and imported again with the same time. */
			{ AZ FW("2023-05", "t1", "1") FW("2023-06", "t1", "4"), 9, 0, NULL,
				"- 7 t2 Fw 2023-06 @10\n" } } },
	{ "a row of nobody knows whom keeps everything",
		{ { AZ FW("2023-06", "t1", "1") FW("2023-06", "t2", "1"), 0, 0, NULL,
			  "+ 7 t1 Fw 2023-06 1.000000 @0\n+ 7 t2 Fw 2023-06 1.000000 @0\n"
			  "+ 7 complete 2023-06 @0\n" },
			{ AZ FW("2023-06", "t1", "1") "7,2023-06\n", 9, 0, NULL,
				"refused field-count\n" } } },
	{ "a file that holds a part retracts nothing when it is called so",
		{ { AZ FW("2023-06", "t1", "1") FW("2023-06", "t2", "1"), 0, 0, NULL,
			  "+ 7 t1 Fw 2023-06 1.000000 @0\n+ 7 t2 Fw 2023-06 1.000000 @0\n"
			  "+ 7 complete 2023-06 @0\n" },
			{ AZ FW("2023-06", "t2", "2"), 9, 0, "p",
				"* 7 t2 Fw 2023-06 2.000000 @9\n" } } },
	{ "a month of which only rows are left that do not count is empty",
		{ { AZ FW("2023-06", "t1", "1"), 0, 0, NULL,
			  "+ 7 t1 Fw 2023-06 1.000000 @0\n+ 7 complete 2023-06 @0\n" },
			{ AZ "7,2023-06,Fw,t1,Deal registration,,1\n", 9, 0, NULL,
				"- 7 t1 Fw 2023-06 @9\n" } } },
	{ "an export with finer columns replaces one without",
		{ { AZ FW("2023-06", "t1", "3"), 0, 0, NULL,
			  "+ 7 t1 Fw 2023-06 3.000000 @0\n+ 7 complete 2023-06 @0\n" },
			{ AZ_OS "7,2023-06,Fw,t1,PAL,Linux,2\n7,2023-06,Fw,t1,PAL,Windows,1\n", 9,
				0, NULL,
				"+ 7 t1 FwLinux 2023-06 2.000000 @9\n+ 7 t1 FwWindows 2023-06 1.000000 @9\n"
				"- 7 t1 Fw 2023-06 @9\n" } } },
	{ "segments are said of customers, and never retracted",
		{ { AZ "7,2023-06,Fw,t1,PAL,SMB,1\n", 0, 0, NULL,
			  "+ 7 t1 is SMB @0\n+ 7 t1 Fw 2023-06 1.000000 @0\n+ 7 complete 2023-06 @0\n" },
			{ AZ "7,2023-06,Fw,t2,PAL,Enterprise,1\n", 9, 0, NULL,
				"+ 7 t2 is Enterprise @9\n+ 7 t2 Fw 2023-06 1.000000 @9\n"
				"- 7 t1 Fw 2023-06 @9\n" },
			{ AZ "7,2023-07,Fw,t1,PAL,Enterprise,1\n", 5, 0, NULL,
				"* 7 t1 is Enterprise @5\n+ 7 t1 Fw 2023-07 1.000000 @5\n" },
			{ AZ "7,2023-08,Fw,t1,PAL,SMB,1\n", 4, 0, NULL,
				"+ 7 t1 Fw 2023-08 1.000000 @4\n" } } },
	{ "people who disappear from the trainings of a partner are retracted",
		{ { TR CERT("AZ-104", "2023-07-01", "1") CERT("AZ-305", "2023-07-01", "2"), 0, 0,
			  NULL, "+ 7 [AZ-104] 2023-07-01 @0\n+ 7 [AZ-305] 2023-07-01 @0\n" },
			{ TR CERT("AZ-104", "2024-07-01",
				  "1") "8,AZ-900,Certification,2022-07-01,,3\n",
				9, 0, NULL,
				"* 7 [AZ-104] 2024-07-01 @9\n- 7 [AZ-305] 2023-07-01 @9\n"
				"+ 8 [AZ-900] - @9\n" } } },
	{ "but not while the date of one of their partner's cannot be read",
		{ { TR CERT("AZ-104", "2023-07-01", "1") CERT("AZ-305", "2023-07-01", "2"), 0, 0,
			  NULL, "+ 7 [AZ-104] 2023-07-01 @0\n+ 7 [AZ-305] 2023-07-01 @0\n" },
			{ TR CERT("AZ-104", "2023-07-01", "1") CERT("AZ-900", "6/7/2023", "3"), 9,
				0, NULL, "refused ambiguous-date\n" } } },
	{ "an import that died is finished, and what may have arrived is said again as it was",
		{ { AZ FW("2023-05", "t1", "1") FW("2023-06", "t1", "2"), 0, 2, NULL,
			  "+ 7 complete 2023-05 @0\n+ 7 t1 Fw 2023-05 1.000000 @0\n" },
			{ AZ FW("2023-05", "t1", "1") FW("2023-06", "t1", "2"), 0, 0, NULL,
				"= 7 t1 Fw 2023-05 1.000000 @0\n+ 7 t1 Fw 2023-06 2.000000 @0\n"
				"+ 7 complete 2023-06 @0\n" },
			{ AZ FW("2023-05", "t1", "1") FW("2023-06", "t1", "2"), 0, 0, NULL,
				"" } } },
	{ "so is one that restates and retracts",
		{ { AZ FW("2023-05", "t1", "1") FW("2023-05", "t2", "1") FW("2023-05", "t3", "1"),
			  0, 0, NULL,
			  "+ 7 t1 Fw 2023-05 1.000000 @0\n+ 7 t2 Fw 2023-05 1.000000 @0\n"
			  "+ 7 t3 Fw 2023-05 1.000000 @0\n+ 7 complete 2023-05 @0\n" },
			{ AZ FW("2023-05", "t1", "2"), 9, 2, NULL,
				"* 7 t1 Fw 2023-05 2.000000 @9\n- 7 t2 Fw 2023-05 @9\n" },
			{ AZ FW("2023-05", "t1", "2"), 9, 0, NULL,
				"= 7 t2 Fw 2023-05 @9\n- 7 t3 Fw 2023-05 @9\n" },
			{ AZ FW("2023-05", "t1", "2"), 9, 0, NULL, "" } } },
	{ "after an import that died a later export still knows what may have arrived",
		{ { AZ FW("2023-05", "t1", "1") FW("2023-05", "t2", "1"), 0, 2, NULL,
			  "+ 7 t1 Fw 2023-05 1.000000 @0\n+ 7 t2 Fw 2023-05 1.000000 @0\n" },
			{ AZ FW("2023-05", "t1", "1"), 9, 0, NULL,
				"- 7 t2 Fw 2023-05 @9\n+ 7 complete 2023-05 @9\n" } } },
	{ "fresh says everything again, as it was",
		{ { AZ FW("2023-06", "t1", "2"), 0, 0, NULL,
			  "+ 7 t1 Fw 2023-06 2.000000 @0\n+ 7 complete 2023-06 @0\n" },
			{ AZ FW("2023-06", "t1", "2"), 5, 0, "f",
				"= 7 t1 Fw 2023-06 2.000000 @0\n= 7 complete 2023-06 @0\n" } } },
	{ "what another report says too is not retracted: its word stands again",
		{ { AZ "7,2023-06,Fw,t1,PAL,SMB,1\n", 0, 0, NULL,
			  "+ 7 t1 is SMB @0\n+ 7 t1 Fw 2023-06 1.000000 @0\n+ 7 complete 2023-06 @0\n" },
			{ CU "7,t1,Enterprise,2023-06\n7,t2,Enterprise,2023-06\n7,t3,SMB,2023-06\n",
				3, 0, NULL,
				"+ 7 t1 is Enterprise @3\n+ 7 t2 is Enterprise @3\n+ 7 t3 is SMB @3\n" },
			{ CU "7,t3,SMB,2023-07\n", 9, 1, NULL, "* 7 t1 is SMB @9\n" },
			{ CU "7,t3,SMB,2023-07\n", 9, 0, NULL,
				"= 7 t1 is SMB @9\n- 7 t2 is Enterprise @9\n" },
			{ CU "7,t3,SMB,2023-07\n", 9, 0, NULL, "" } } },
	{ "a mended row is added to what its file said, once, and stays when the file comes again",
		{ { AZ FW("2023-06", "t1", "2") FW("2023-06", "t1", "x") FW("2023-06", "t2", "y"),
			  5, 0, NULL,
			  "refused bad-amount\nrefused bad-amount\n+ 7 t1 Fw 2023-06 2.000000 @5\n" },
			{ AZ FW("2023-06", "t1", "0.25"), 5, 0, "m",
				"* 7 t1 Fw 2023-06 2.250000 @6\n" },
			{ AZ FW("2023-06", "t1", "0.25"), 5, 0, "m", "" },
			/* The last one makes the month complete. */
			{ AZ FW("2023-06", "t2", "4"), 5, 0, "n",
				"+ 7 t2 Fw 2023-06 4.000000 @7\n+ 7 complete 2023-06 @7\n" },
			{ AZ FW("2023-06", "t1", "2") FW("2023-06", "t1", "x")
					FW("2023-06", "t2", "y"),
				5, 0, NULL, "refused bad-amount\nrefused bad-amount\n" } } },
	{ "a mended row whose replay died is said again as it was, not added again",
		{ { AZ FW("2023-06", "t1", "2") FW("2023-06", "t1", "x"), 5, 0, NULL,
			  "refused bad-amount\n+ 7 t1 Fw 2023-06 2.000000 @5\n" },
			{ AZ FW("2023-06", "t1", "3"), 5, 1, "m",
				"* 7 t1 Fw 2023-06 5.000000 @6\n" },
			{ AZ FW("2023-06", "t1", "3"), 5, 0, "m",
				"= 7 t1 Fw 2023-06 5.000000 @6\n+ 7 complete 2023-06 @6\n" },
			{ AZ FW("2023-06", "t1", "3"), 5, 0, "m", "" } } },
	{ "a later export knows its own rows: what was mended in the one before is gone",
		{ { AZ FW("2023-06", "t1", "2") FW("2023-06", "t2", "x"), 5, 0, NULL,
			  "refused bad-amount\n+ 7 t1 Fw 2023-06 2.000000 @5\n" },
			{ AZ FW("2023-06", "t2", "3") FW("2023-06", "t1", "1"), 5, 0, "m",
				"* 7 t1 Fw 2023-06 3.000000 @6\n+ 7 t2 Fw 2023-06 3.000000 @6\n"
				"+ 7 complete 2023-06 @6\n" },
			{ AZ FW("2023-06", "t1", "2.5"), 9, 0, NULL,
				"* 7 t1 Fw 2023-06 2.500000 @9\n- 7 t2 Fw 2023-06 @9\n" },
			/* And a row of the earlier one that is mended now says nothing any more. */
			{ AZ FW("2023-06", "t9", "1"), 5, 0, "n", "" } } },
	{ "strict says nothing of a file with a refusal",
		{ { AZ FW("2023-06", "t1", "2") FW("2023-06", "t2", "x") FW("2023-06", "t3", "y"),
			  0, 0, "s", "refused bad-amount\n" },
			{ TR CERT("AZ-104", "2023-07-01", "1") CERT("AZ-900", "6/7/2023", "3"), 0,
				0, "s", "refused ambiguous-date\n" },
			{ AZ FW("2023-06", "t1", "2"), 0, 0, "s",
				"+ 7 t1 Fw 2023-06 2.000000 @0\n+ 7 complete 2023-06 @0\n" } } },
};

static void test_row(void **state)
{
	const struct row *r = *state;
	struct import *m = begin();

	for (size_t i = 0; i < ARRAY_LEN(r->steps) && r->steps[i].text != NULL; i++) {
		const struct step *s = &r->steps[i];
		int rc = run_step(m, s);

		assert_string_equal(m->out, s->want);
		assert_int_equal(rc, s->dies > 0 ? ERR_IO
				     : has_option(s, 's') && m->reading.refused.total > 0
					     ? ERR_INVALID
					     : 0);
		/* A later run opens it anew. */
		ledger_close(&m->ledger);
		open_ledger(m);
	}
	end(m);
}

static void test_facts_are_counted_by_what_became_of_them(void **state)
{
	const struct step first = { .text = AZ FW("2023-05", "t1", "1") FW("2023-05", "t2", "1")
					    FW("2023-06", "t1", "1") };
	const struct step second = { .text = AZ FW("2023-05", "t1", "2") FW("2023-06", "t1", "1")
					     FW("2023-06", "t3", "x"),
		.at = 5 };
	const struct step older = { .text = AZ FW("2023-06", "t1", "7"), .at = 3 };
	struct import *m = begin();

	(void)state;
	assert_int_equal(run_step(m, &first), 0);
	assert_int_equal(m->reading.changes[CHANGE_NEW], 5);
	assert_int_equal(m->reading.n_facts, 5);
	assert_int_equal(run_step(m, &second), 0);
	assert_int_equal(m->reading.n_facts, 3);
	assert_int_equal(m->reading.unchanged, 2);
	assert_int_equal(m->reading.changes[CHANGE_CHANGED], 1);
	assert_int_equal(m->reading.changes[CHANGE_RETRACTED], 1);
	assert_int_equal(m->reading.changes[CHANGE_NEW], 0);
	assert_int_equal(run_step(m, &older), 0);
	assert_int_equal(m->reading.superseded, 2);
	assert_int_equal(m->reading.unchanged, 0);
	end(m);
}

/* ---- words that months are complete ------------------------------------------------------------------------ */

static void feed(struct import *m, const char *report, month_no month)
{
	struct ledger_key k;

	held_fed_key(report, STR("7"), month, MEASURE_MAU, &k);
	put_one(m->ledger, (struct span){ k.p, k.n }, (struct span){ "", 1 }, false);
}

static void say_held(struct import *m, struct held *h)
{
	const struct reading_changes changes = {
		.ledger = m->ledger, .on_change = on_change, .on_scope = on_scope, .ctx = m
	};
	const struct reading_handler handler = { on_event, on_fault, on_note, m };
	const struct reading_options o = { .a = &mem_heap, .changes = &changes };
	struct reading r = { .options = &o, .handler = &handler, .file = "import" };
	struct err e = { 0 };

	m->left = -1;
	sink_init(&m->s, m->out, sizeof m->out);
	assert_int_equal(held_say(h, &r, &e), 0);
}

static void test_a_month_is_complete_when_every_report_of_the_month_before_has_come(void **state)
{
	const month_no may = 2023 * 12 + 4, june = may + 1;
	struct import *m = begin();
	struct held *h = NULL;

	(void)state;
	assert_int_equal(held_create(&mem_heap, &h), 0);
	/* Two reports told of May; of June only one does. */
	feed(m, "one", may);
	feed(m, "two", may);
	feed(m, "one", june);
	assert_int_equal(held_add(h, "one", STR("7"), MEASURE_MAU, june, BASE), 0);
	say_held(m, h);
	assert_string_equal(m->out, "");
	/* The other one comes: both have it. Of the words the newer month is said first. */
	feed(m, "two", june);
	assert_int_equal(held_add(h, "two", STR("7"), MEASURE_MAU, june, BASE + 1), 0);
	assert_int_equal(held_add(h, "one", STR("7"), MEASURE_MAU, may, BASE + 2), 0);
	say_held(m, h);
	assert_string_equal(m->out, "+ 7 complete 2023-06 @1\n+ 7 complete 2023-05 @2\n");
	/* A report that did not come for a month is not waited for in the next one. */
	feed(m, "two", june + 1);
	feed(m, "two", june + 2);
	assert_int_equal(held_add(h, "two", STR("7"), MEASURE_MAU, june + 2, BASE + 3), 0);
	say_held(m, h);
	assert_string_equal(m->out, "+ 7 complete 2023-08 @3\n");
	say_held(m, h);
	assert_string_equal(m->out, "");
	held_destroy(h);
	end(m);
}

static void put_account(struct import *m, const char *global, const char *location)
{
	struct event ev = { .kind = FACT_ACCOUNT, .subject = str_from(global) };
	unsigned char key[FACT_KEY_MAX], bytes[FACT_BYTES_MAX], value[LEDGER_VALUE_MAX];
	struct ledger_entry x = { .recorded = BASE };
	struct ledger_key k;

	ev.time = BASE;
	ev.u.account.location = str_from(location);
	assert_int_equal(fact_pack(&ev, bytes, &x.fact.n), 0);
	x.fact.p = bytes;
	ledger_make_key(
		"profile", ev.subject, MONTH_NONE, 1, (struct span){ key, fact_key(&ev, key) }, &k);
	put_one(m->ledger, (struct span){ k.p, k.n },
		(struct span){ value, ledger_entry_encode(&x, value) }, false);
}

static void feed_account(struct import *m, const char *account, const char *report, month_no month)
{
	struct ledger_key k;

	held_fed_key(report, str_from(account), month, MEASURE_MAU, &k);
	put_one(m->ledger, (struct span){ k.p, k.n }, (struct span){ "", 1 }, false);
}

/* Claims are a location's, licences the global account's: scoring takes both for one partner. */
static void test_reports_of_a_location_are_waited_for_by_its_global_account(void **state)
{
	const month_no may = 2023 * 12 + 4, june = may + 1;
	struct import *m = begin();
	struct held *h = NULL;

	(void)state;
	assert_int_equal(held_create(&mem_heap, &h), 0);
	put_account(m, "7", "70");
	put_account(m, "7", "71");
	put_account(m, "8", "80");
	feed_account(m, "70", "claims", may);
	feed_account(m, "7", "licences", may);
	feed_account(m, "80", "claims", may);
	feed_account(m, "70", "claims", june);
	feed_account(m, "80", "claims", june);
	assert_int_equal(held_add(h, "claims", STR("70"), MEASURE_MAU, june, BASE), 0);
	assert_int_equal(held_add(h, "claims", STR("80"), MEASURE_MAU, june, BASE), 0);
	say_held(m, h);
	assert_string_equal(m->out, "+ 80 complete 2023-06 @0\n");
	feed_account(m, "7", "licences", june);
	assert_int_equal(held_add(h, "licences", STR("7"), MEASURE_MAU, june, BASE + 1), 0);
	say_held(m, h);
	assert_string_equal(m->out, "+ 7 complete 2023-06 @1\n");
	held_destroy(h);
	end(m);
}

static void test_a_second_writer_is_refused(void **state)
{
	struct import *m = begin();
	struct ledger *other = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(ledger_open(m->folder, true, &other, &e), ERR_BUSY);
	assert_non_null(strstr(e.text, "another import is at work"));
	end(m);
	e = (struct err){ 0 };
	assert_int_equal(
		ledger_open("/tmp/capscore-no-such-ledger", false, &other, &e), ERR_NOTFOUND);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(rows) + 8];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = test_row,
			.initial_state = (void *)(uintptr_t)&rows[i] };
	tests[n++] =
		(struct CMUnitTest)cmocka_unit_test(test_facts_are_counted_by_what_became_of_them);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
		test_a_month_is_complete_when_every_report_of_the_month_before_has_come);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
		test_reports_of_a_location_are_waited_for_by_its_global_account);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_a_second_writer_is_refused);
	return _cmocka_run_group_tests("imports one after the other", tests, n, NULL, NULL);
}
