/* The reports: from the text of an export to facts, with what is passed over and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "services/imports/person_key.h"
#include "services/imports/report.h"
#include "tests/support/faulty.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof *(a))

/* ---- a reading of a text, as text ------------------------------------------------------------------------- */

struct capture {
	char events[16384], faults[8192], notes[4096], ids[8192], raw[16384];
	struct sink e, f, n, i, r;
	struct reading reading;
	struct err err;
	int rc;
};

static void put(struct sink *raw, struct str s)
{
	sink_add(raw, s);
	sink_add(raw, STR("\n"));
}

/* Before the row's own words, where there are any: <level 1|group 2|group 3|influencer|system>. */
static void put_finer(struct capture *c, const struct fact_usage *u)
{
	const struct str all[] = { u->level1, u->group2, u->group3, u->influencer, u->compute_os };
	size_t given = 0;

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		given += all[i].n;
	for (size_t i = 0; given > 0 && i < ARRAY_LEN(all); i++) {
		put(&c->r, all[i]);
		sink_printf(&c->e, "%s" STR_FMT "%s", i == 0 ? "<" : "|", STR_ARG(all[i]),
			i + 1 == ARRAY_LEN(all) ? "> " : "");
	}
}

static int on_event(void *ctx, const struct event *ev, struct place at)
{
	struct capture *c = ctx;
	char m[MONTH_TEXT], d1[DAY_TEXT], d2[DAY_TEXT], d3[DAY_TEXT];

	(void)at;
	sink_printf(&c->i, STR_FMT "\n", STR_ARG(ev->id));
	put(&c->r, ev->id);
	put(&c->r, ev->source);
	put(&c->r, ev->subject);
	sink_printf(&c->e, STR_FMT " %s ", STR_ARG(ev->subject), fact_kind_name(ev->kind));
	switch (ev->kind) {
	case FACT_USAGE:
		put(&c->r, ev->u.usage.customer);
		put(&c->r, ev->u.usage.product);
		put(&c->r, ev->u.usage.component);
		put_finer(c, &ev->u.usage);
		sink_printf(&c->e, STR_FMT " [" STR_FMT "] [" STR_FMT "] %s %s %lld\n",
			STR_ARG(ev->u.usage.customer), STR_ARG(ev->u.usage.product),
			STR_ARG(ev->u.usage.component), month_format(ev->u.usage.month, m),
			association_kind_name(ev->u.usage.association),
			(long long)ev->u.usage.amount_micro);
		assert_int_equal(
			ev->time, (event_ms)month_first_day(ev->u.usage.month + 1) * MS_PER_DAY);
		assert_int_equal(ev->u.usage.measure, MEASURE_ACR);
		break;
	case FACT_USAGE_REPORTED:
		sink_printf(&c->e, "%s %s\n", measure_name(ev->u.usage_reported.measure),
			month_format(ev->u.usage_reported.month, m));
		break;
	case FACT_CUSTOMER:
		put(&c->r, ev->u.customer.customer);
		put(&c->r, ev->u.customer.segment);
		sink_printf(&c->e, STR_FMT " " STR_FMT "\n", STR_ARG(ev->u.customer.customer),
			STR_ARG(ev->u.customer.segment));
		break;
	case FACT_CERTIFICATION:
		put(&c->r, ev->u.certification.person);
		put(&c->r, ev->u.certification.certificate);
		/* A person is named by the first letters of the hash, to keep the rows short. */
		sink_printf(&c->e, "%.4s [" STR_FMT "] %s %s %s %s\n", ev->u.certification.person.p,
			STR_ARG(ev->u.certification.certificate),
			certification_state_name(ev->u.certification.state),
			day_format(ev->u.certification.earned_on, d1),
			day_format(ev->u.certification.expires_on, d2),
			day_format(ev->u.certification.ended_on, d3));
		break;
	default:
		fail_msg("an event of kind %s", fact_kind_name(ev->kind));
	}
	assert_int_equal(ev->recorded, 1690000000000);
	return 0;
}

static void on_fault(void *ctx, const struct fault *f)
{
	struct capture *c = ctx;

	assert_string_equal(f->file, "x.csv");
	sink_printf(&c->f, "%u:%u %s: %s\n", f->at.line, f->at.column, f->reason, f->text);
}

static void on_note(void *ctx, const char *file, const char *text)
{
	struct capture *c = ctx;

	assert_string_equal(file, "x.csv");
	sink_printf(&c->n, "%s\n", text);
}

static int public_key(void *ctx, struct person_key *ret_key, struct err *e)
{
	(void)ctx;
	(void)e;
	person_key_public(ret_key);
	return 0;
}

static struct capture *read_with(const char *text, size_t n, const struct reading_options *extra)
{
	struct capture *c = calloc(1, sizeof *c);
	struct reading_handler h = { on_event, on_fault, on_note, c };
	struct reading_options o = *extra;
	char *bytes = malloc(n + 1);
	struct input in;

	assert_non_null(c);
	assert_non_null(bytes);
	memcpy(bytes, text, n);
	sink_init(&c->e, c->events, sizeof c->events);
	sink_init(&c->f, c->faults, sizeof c->faults);
	sink_init(&c->n, c->notes, sizeof c->notes);
	sink_init(&c->i, c->ids, sizeof c->ids);
	sink_init(&c->r, c->raw, sizeof c->raw);
	if (o.a == NULL)
		o.a = &mem_heap;
	o.person_key = public_key;
	c->reading = (struct reading){
		.options = &o, .handler = &h, .file = "x.csv", .recorded = 1690000000000
	};
	input_open_memory(&in, bytes, n);
	c->rc = input_skip_bom(&in, &c->err);
	if (c->rc == 0)
		c->rc = report_read(&c->reading, &in, &c->err);
	free(bytes);
	assert_false(sink_is_cut(&c->e) || sink_is_cut(&c->f) || sink_is_cut(&c->r));
	return c;
}

static struct capture *read_text(const char *text)
{
	return read_with(text, strlen(text), &(struct reading_options){ 0 });
}

/* ---- the Azure usage report ------------------------------------------------------------------------------- */

#define AZ                                                                                         \
	"PGAMpnID,Month,ServiceLevel2,ServiceLevel4,CustomerTenantId,PartnerAttributionType,ACR_USD\n"
#define AZ_DUP                                                                                     \
	"PGAMpnID,Month,ServiceLevel2,CustomerTenantId,PartnerAttributionType,IsACRDuplicateAtPGALevel,ACR_USD\n"
#define AZ_SEG                                                                                     \
	"PGAMpnID,Month,ServiceLevel2,CustomerTenantId,PartnerAttributionType,CustomerSegment,ACR_USD\n"
#define AZ_FINE                                                                                     \
	"PGAMpnID,Month,ServiceLevel1,ServiceLevel2,ServiceGroup2,ServiceGroup3,ServiceInfluencer," \
	"ComputeOS,CustomerTenantId,PartnerAttributionType,ACR_USD\n"
#define ONE "7 usage t1 [Firewall] [] 2023-06 pal 5000000\n7 usage-reported acr 2023-06\n"

static const struct row {
	const char *name, *text, *events;
	const char *faults; /* NULL: none */
} rows[] = {
	{ "a row becomes usage and the word that its month is complete",
		AZ "7,2023-06,Firewall,Firewall Premium,t1,Partner admin link,1234.56\n",
		"7 usage t1 [Firewall] [Firewall Premium] 2023-06 pal 1234560000\n7 usage-reported acr 2023-06\n",
		NULL },
	{ "names of columns in any case, order, with underscores and spaces",
		"acr usd,PARTNERATTACHTYPE,customer_tenant_id,servicelevel2,MONTH,PGA_MPNID\n"
		"5,pal,t1,Firewall,2023-06,7\n",
		ONE, NULL },
	{ "other names for the partner, and columns of no interest",
		"CustomerName,GlobalPartnerID,FiscalMonthName,ServiceLevel2,CustomerTenantId,"
		"PartnerAssociationType,ACR_USD,EOU\nContoso,7,Jun 2023,Firewall,t1,PAL,5,x\n",
		ONE, NULL },
	{ "byte order mark, CRLF, quotes and embedded line ends",
		"\xEF\xBB\xBF\"PGAMpnID\",\"Month\",\"ServiceLevel2\",\"CustomerTenantId\","
		"\"PartnerAttributionType\",\"ACR_USD\",\"CustomerName\"\r\n"
		"\"7\",\"2023-06\",\"Firewall\",\"t1\",\"PAL\",\"5\",\"Fourth,\r\n\"\"Coffee\"\"\"\r\n",
		ONE, NULL },
	{ "tabs",
		"PGAMpnID\tMonth\tServiceLevel2\tCustomerTenantId\tPartnerAttributionType\tACR_USD\n"
		"7\t2023-06\tFirewall\tt1\tPAL\t5\n",
		ONE, NULL },
	{ "rows with one key add up exactly and are rounded once",
		AZ "7,2023-06,Firewall,,t1,PAL,0.0000004\n7,2023-06,Firewall,,t1,PAL,0.0000004\n"
		   "7,2023-06,Firewall,,t1,PAL,0.1\n7,2023-06,Firewall,,t1,PAL,0.2\n"
		   "7,2023-06,Firewall,,t1,PAL,-0.05\n",
		"7 usage t1 [Firewall] [] 2023-06 pal 250001\n7 usage-reported acr 2023-06\n",
		NULL },
	{ "every part of the key keeps rows apart",
		AZ
		"7,2023-06,Firewall,,t1,PAL,1\n7,2023-06,Firewall,,t2,PAL,1\n7,2023-06,Bastion,,t1,PAL,1\n"
		"7,2023-06,Firewall,x,t1,PAL,1\n7,2023-06,Firewall,,t1,CSP Tier 1,1\n"
		"8,2023-06,Firewall,,t1,PAL,1\n",
		"7 usage t1 [Bastion] [] 2023-06 pal 1000000\n7 usage t1 [Firewall] [] 2023-06 pal 1000000\n"
		"7 usage t1 [Firewall] [] 2023-06 csp-tier-1 1000000\n"
		"7 usage t1 [Firewall] [x] 2023-06 pal 1000000\n7 usage t2 [Firewall] [] 2023-06 pal 1000000\n"
		"8 usage t1 [Firewall] [] 2023-06 pal 1000000\n"
		"7 usage-reported acr 2023-06\n8 usage-reported acr 2023-06\n",
		NULL },
	{ "older months are called complete first, the newest last, usage between them by month",
		AZ
		"7,2023-06,Firewall,,t1,PAL,3\n8,2023-05,Firewall,,t1,PAL,4\n7,2022-06,Firewall,,t1,PAL,1\n"
		"7,2023-05,Firewall,,t1,PAL,2\n",
		"7 usage-reported acr 2022-06\n7 usage-reported acr 2023-05\n"
		"7 usage t1 [Firewall] [] 2022-06 pal 1000000\n7 usage t1 [Firewall] [] 2023-05 pal 2000000\n"
		"8 usage t1 [Firewall] [] 2023-05 pal 4000000\n7 usage t1 [Firewall] [] 2023-06 pal 3000000\n"
		"8 usage-reported acr 2023-05\n7 usage-reported acr 2023-06\n",
		NULL },
	{ "all associations that count",
		AZ "7,2023-06,a,,t1,Partner admin link,1\n7,2023-06,b,,t1,Partner of record,1\n"
		   "7,2023-06,c,,t1,CSP Tier 1,1\n7,2023-06,d,,t1,CSP T2,1\n"
		   "7,2023-06,e,,t1,Transacting partner of record,1\n7,2023-06,f,,t1,dpor,1\n",
		"7 usage t1 [a] [] 2023-06 pal 1000000\n7 usage t1 [b] [] 2023-06 dpor 1000000\n"
		"7 usage t1 [c] [] 2023-06 csp-tier-1 1000000\n7 usage t1 [d] [] 2023-06 csp-tier-2 1000000\n"
		"7 usage t1 [e] [] 2023-06 transacting-por 1000000\n7 usage t1 [f] [] 2023-06 dpor 1000000\n"
		"7 usage-reported acr 2023-06\n",
		NULL },
	{ "deal registration, end customers and duplicates do not count",
		AZ_DUP "7,2023-06,Firewall,t1,PAL,0,5\n7,2023-06,Firewall,t1,PAL,1,5\n"
		       "7,2023-06,Firewall,t1,PAL,TRUE,5\n7,2023-06,UNKNOWN,,Deal registration,0,\n"
		       "7,2023-06,Firewall,t1,Partner as end-customer,0,5\n",
		ONE, NULL },
	{ "the segment of the newest month stands",
		AZ_SEG "7,2023-06,Firewall,t1,PAL,SMB,5\n7,2023-05,Firewall,t1,PAL,Enterprise,5\n"
		       "7,2023-06,Firewall,t2,PAL,,5\n",
		"7 customer t1 SMB\n7 usage-reported acr 2023-05\n7 usage t1 [Firewall] [] 2023-05 pal 5000000\n"
		"7 usage t1 [Firewall] [] 2023-06 pal 5000000\n7 usage t2 [Firewall] [] 2023-06 pal 5000000\n"
		"7 usage-reported acr 2023-06\n",
		NULL },
	{ "tenant GUIDs are the same in any case",
		AZ "7,2023-06,Firewall,,AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE,PAL,1\n"
		   "7,2023-06,Firewall,,aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee,PAL,1\n",
		"7 usage aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee [Firewall] [] 2023-06 pal 2000000\n"
		"7 usage-reported acr 2023-06\n",
		NULL },
	{ "a month with a refused row is not called complete",
		AZ
		"7,2023-05,Firewall,,t1,PAL,5\n7,2023-06,Firewall,,t1,PAL,5\n7,2023-06,Firewall,,t2,PAL,five\n"
		"8,2023-06,Firewall,,t1,PAL,5\n",
		"7 usage-reported acr 2023-05\n"
		"7 usage t1 [Firewall] [] 2023-05 pal 5000000\n7 usage t1 [Firewall] [] 2023-06 pal 5000000\n"
		"8 usage t1 [Firewall] [] 2023-06 pal 5000000\n8 usage-reported acr 2023-06\n",
		"4:28 bad-amount: ACR_USD 'five': not an amount; write it like 1234.56\n" },
	{ "every fault of a value is told with its place and the others go on",
		AZ
		",2023-06,Firewall,,t1,PAL,5\n7,someday,Firewall,,t1,PAL,5\n7,1/6/2023,Firewall,,t1,PAL,5\n"
		"7,2023-06,,,t1,PAL,5\n7,2023-06,Firewall,,NULL,PAL,5\n7,2023-06,Firewall,,t1,Friend,5\n"
		"7,2023-06,Firewall,,t1,PAL,\n7,2023-06,Firewall,,t1,PAL\n\"7\"x,2023-06,Firewall,,t1,PAL,5\n"
		"7,2023-06,Fire\xFFwall,,t1,PAL,5\n,,,,,,\n7,2023-06,Firewall,,t1,PAL,5\n",
		"7 usage t1 [Firewall] [] 2023-06 pal 5000000\n",
		"2:1 missing-value: PGAMpnID '': no value; the global account id of the partner\n"
		"3:3 bad-month: Month 'someday': not a month between 2000-01 and 2199-12; write YYYY-MM\n"
		"4:3 ambiguous-date: Month '1/6/2023': day and month cannot be told apart; write YYYY-MM, or say "
		"--dates mdy or --dates dmy\n"
		"5:11 missing-value: ServiceLevel2 '': no value; the service is needed\n"
		"6:21 missing-value: CustomerTenantId 'NULL': no value; customers are told apart by tenant id\n"
		"7:24 unknown-association: PartnerAttributionType 'Friend': not an association that is known: "
		"Partner admin link, Partner of record, CSP Tier 1, CSP Tier 2, Transacting partner of record, CPOR\n"
		"8:28 missing-value: ACR_USD '': no value; is the report downloaded with a role that sees revenue "
		"(Executive report viewer)?\n"
		"9:1 field-count: 6 fields where the header has 7; is a separator or a quote missing or too many?\n"
		"10:4 after-quote: characters after a closing quote; double a quote that belongs to the text\n"
		"11:11 bad-utf-8: ServiceLevel2: not valid UTF-8, or a control character; save the file as UTF-8\n" },
	{ "a flag that is neither", AZ_DUP "7,2023-06,Firewall,t1,PAL,maybe,5\n", "",
		"2:27 bad-flag: IsACRDuplicateAtPGALevel 'maybe': neither 0 nor 1, false nor true\n" },
	{ "bad bytes in a column that is not read do no harm",
		"CustomerName,PGAMpnID,Month,ServiceLevel2,CustomerTenantId,PartnerAttributionType,ACR_USD\n"
		"M\xFCller,7,2023-06,Firewall,t1,PAL,5\n",
		ONE, NULL },
	{ "a row that cannot be read keeps its partner's month from being called complete",
		AZ "7,2023-06,Firewall,,t1,PAL,5\n7,2023-06,Fire\xFFwall,,t2,PAL,5\n"
		   "8,2023-06,Firewall,,t1,PAL,5\n",
		"7 usage t1 [Firewall] [] 2023-06 pal 5000000\n"
		"8 usage t1 [Firewall] [] 2023-06 pal 5000000\n8 usage-reported acr 2023-06\n",
		"3:11 bad-utf-8: ServiceLevel2: not valid UTF-8, or a control character; save the file as UTF-8\n" },
	{ "a row of nobody knows whom keeps every month from being called complete",
		AZ "7,2023-05,Firewall,,t1,PAL,5\n7,2023-06,Firewall,,t1,PAL\n"
		   "8,2023-06,Firewall,,t1,PAL,5\n",
		"7 usage t1 [Firewall] [] 2023-05 pal 5000000\n"
		"8 usage t1 [Firewall] [] 2023-06 pal 5000000\n",
		"3:1 field-count: 6 fields where the header has 7; is a separator or a quote missing or too many?\n" },
	{ "so does a quote that is never closed",
		AZ "7,2023-06,\"Firewall,,t1,PAL,5\n8,2023-06,Firewall,,t1,PAL,5\n",
		"8 usage t1 [Firewall] [] 2023-06 pal 5000000\n",
		"2:11 open-quote: the quote opened here is never closed; close it, or double a quote that belongs to "
		"the text\n" },
	{ "a month that was not over when the export was made is not called complete",
		AZ "7,2023-06,Firewall,,t1,PAL,5\n7,2023-07,Firewall,,t1,PAL,5\n",
		"7 usage-reported acr 2023-06\n7 usage t1 [Firewall] [] 2023-06 pal 5000000\n"
		"7 usage t1 [Firewall] [] 2023-07 pal 5000000\n",
		NULL },
	{ "finer columns become texts of the fact, and what says nothing is empty",
		AZ_FINE "7,2023-06,Compute,VM,IaaS,VMs, SAP ,Linux,t1,PAL,1\n"
			"7,2023-06,UNKNOWN,Firewall,NULL,,n/a,unknown,t1,PAL,5\n",
		"7 usage t1 [Firewall] [] 2023-06 pal 5000000\n"
		"7 usage <Compute|IaaS|VMs|SAP|Linux> t1 [VM] [] 2023-06 pal 1000000\n"
		"7 usage-reported acr 2023-06\n",
		NULL },
	{ "each finer column keeps rows apart, and rows alike in all are added up",
		AZ_FINE
		"7,2023-06,a,VM,,,,,t1,PAL,1\n7,2023-06,b,VM,,,,,t1,PAL,2\n7,2023-06,,VM,a,,,,t1,PAL,3\n"
		"7,2023-06,,VM,,a,,,t1,PAL,4\n7,2023-06,,VM,,,a,,t1,PAL,5\n7,2023-06,,VM,,,,a,t1,PAL,6\n"
		"7,2023-06,,VM,,,,,t1,PAL,7\n7,2023-06,,VM,NULL,,,a,t1,PAL,0.5\n",
		"7 usage t1 [VM] [] 2023-06 pal 7000000\n"
		"7 usage <||||a> t1 [VM] [] 2023-06 pal 6500000\n"
		"7 usage <|||a|> t1 [VM] [] 2023-06 pal 5000000\n"
		"7 usage <||a||> t1 [VM] [] 2023-06 pal 4000000\n"
		"7 usage <|a|||> t1 [VM] [] 2023-06 pal 3000000\n"
		"7 usage <a||||> t1 [VM] [] 2023-06 pal 1000000\n"
		"7 usage <b||||> t1 [VM] [] 2023-06 pal 2000000\n"
		"7 usage-reported acr 2023-06\n",
		NULL },
	{ "a header and nothing else", AZ, "", NULL },
};

static void test_row(void **state)
{
	const struct row *r = *state;
	struct capture *c = read_text(r->text);

	assert_string_equal(c->faults, r->faults == NULL ? "" : r->faults);
	assert_string_equal(c->events, r->events);
	assert_int_equal(c->rc, 0);
	free(c);
}

static void test_rows_are_counted_by_what_became_of_them(void **state)
{
	struct capture *c = read_text(AZ_DUP
		"7,2023-06,Firewall,t1,PAL,0,5\n7,2023-06,Firewall,t1,PAL,1,5\n"
		"7,2023-06,x,,Deal registration,0,\n7,2023-06,Firewall,t1,PAL,0,?\n7,2023-06,Firewall,t1,PAL,0,?\n");

	(void)state;
	assert_string_equal(c->reading.format, "Azure usage report");
	assert_int_equal(c->reading.records, 5);
	assert_int_equal(c->reading.n_facts, 1);
	assert_int_equal(c->reading.facts[FACT_USAGE], 1);
	assert_int_equal(tally_of(&c->reading.passed, "duplicate-at-global-account"), 1);
	assert_int_equal(tally_of(&c->reading.passed, "deal-registration"), 1);
	assert_int_equal(tally_of(&c->reading.refused, REASON_AMOUNT), 2);
	assert_non_null(strstr(c->notes, "usage of 2023-06 of partner 7 is not called complete"));
	free(c);
}

static void test_months_can_be_called_complete_in_spite_of_refused_rows(void **state)
{
	static const char text[] =
		AZ "7,2023-06,Firewall,,t1,PAL,5\n7,2023-06,Firewall,,t1,PAL,x\n";
	struct capture *c =
		read_with(text, sizeof text - 1, &(struct reading_options){ .complete = true });

	(void)state;
	assert_string_equal(c->events, ONE);
	assert_string_equal(c->notes, "");
	free(c);
}

static void test_the_order_of_rows_does_not_matter(void **state)
{
	struct capture *a = read_text(
		AZ "7,2023-06,a,,t1,PAL,1\n7,2023-05,b,,t2,PAL,2\n8,2023-06,c,,t3,PAL,3\n");
	struct capture *b = read_text(
		AZ "8,2023-06,c,,t3,PAL,3\n7,2023-05,b,,t2,PAL,2\n7,2023-06,a,,t1,PAL,1\n");

	(void)state;
	assert_string_equal(a->events, b->events);
	assert_string_equal(a->ids, b->ids);
	free(a);
	free(b);
}

static void test_ids_are_uuids_and_change_with_the_value_only(void **state)
{
	struct capture *a = read_text(AZ "7,2023-06,a,,t1,PAL,1\n");
	struct capture *b = read_text(AZ "7,2023-06,a,,t1,PAL,1\n");
	struct capture *other = read_text(AZ "7,2023-06,a,,t1,PAL,2\n");

	(void)state;
	assert_string_equal(a->ids, b->ids);
	assert_int_equal(strlen(a->ids), 2 * 37);
	assert_int_equal(strspn(a->ids, "0123456789abcdef-\n"), 2 * 37);
	assert_int_equal(a->ids[14], '8');
	assert_memory_not_equal(a->ids, other->ids, 36);       /* the usage */
	assert_memory_equal(a->ids + 37, other->ids + 37, 36); /* usage-reported */
	free(a);
	free(b);
	free(other);
}

/* Facts without them keep the ids that they had before there were such columns. */
static void test_ids_tell_finer_texts_apart(void **state)
{
	struct capture *none = read_text(AZ "7,2023-06,a,,t1,PAL,1\n");
	struct capture *empty = read_text(AZ_FINE "7,2023-06,,a,NULL,,,UNKNOWN,t1,PAL,1\n");
	struct capture *some = read_text(AZ_FINE "7,2023-06,,a,x,,,,t1,PAL,1\n");
	struct capture *others = read_text(AZ_FINE "7,2023-06,,a,,x,,,t1,PAL,1\n");

	(void)state;
	assert_string_equal(none->ids, empty->ids);
	assert_memory_not_equal(none->ids, some->ids, 36);
	assert_memory_not_equal(some->ids, others->ids, 36);
	free(none);
	free(empty);
	free(some);
	free(others);
}

static void test_a_finer_text_too_long_is_refused(void **state)
{
	char text[1024];
	struct capture *c;

	(void)state;
	(void)snprintf(text, sizeof text, AZ_FINE "7,2023-06,,a,,,,%0257d,t1,PAL,1\n", 0);
	c = read_text(text);
	assert_string_equal(c->events, "");
	assert_int_equal(tally_of(&c->reading.refused, REASON_TOO_LONG), 1);
	assert_non_null(strstr(c->faults, "ComputeOS"));
	free(c);
}

static void test_a_sum_too_large_is_refused(void **state)
{
	struct capture *c =
		read_text(AZ "7,2023-06,a,,t1,PAL,900000000\n7,2023-06,a,,t1,PAL,900000000\n");

	(void)state;
	assert_string_equal(c->events, "");
	assert_int_equal(tally_of(&c->reading.refused, REASON_AMOUNT), 1);
	free(c);
}

/* ---- the trainings report --------------------------------------------------------------------------------- */

#define TR                                                                                                      \
	"PGAMpnId,TrainingActivityId,TrainingTitle,TrainingType,IndividualFirstName,IndividualLastName,Email,"  \
	"CorpEmail,TrainingCompletionDate,ExpirationDate,ActivationStatus,Month,IcMCP,MCPID,MpnId,PartnerName," \
	"PartnerCityLocation,PartnerCountryLocation\n"
/* title, type, completed, expires, status, profile */
#define PERSON(title, type, completed, expires, status, profile)                                   \
	"7,act-1," title "," type                                                                  \
	",Maria,Lindqvist,maria@home.example,m.lindqvist@work.example," completed "," expires      \
	"," status ",2023-06,1," profile ",70,Fabrikam,Oslo,Norway\n"

static const struct row training_rows[] = {
	{ "a certificate",
		TR PERSON("Azure Administrator Associate", "Certification", "2022-07-01",
			"2023-07-01", "Active", "99"),
		"7 certification #99 [Azure Administrator Associate] earned 2022-07-01 2023-07-01 -\n",
		NULL },
	{ "without expiry and status",
		TR PERSON(" AZ-104 ", "certifications", "2022-07-01", "", "", "99"),
		"7 certification #99 [AZ-104] earned 2022-07-01 - -\n", NULL },
	{ "an expired one ends the day after its last",
		TR PERSON("AZ-104", "Certification", "2022-07-01", "2023-07-01", "Expired", "99"),
		"7 certification #99 [AZ-104] expired 2022-07-01 2023-07-01 2023-07-02\n", NULL },
	{ "an inactive one counts on no day",
		TR PERSON("AZ-104", "Certification", "2022-07-01", "2023-07-01", "Inactive", "99"),
		"7 certification #99 [AZ-104] revoked 2022-07-01 2023-07-01 2022-07-01\n", NULL },
	{ "trainings and exams without a code are passed over",
		TR PERSON("AZ-900T00", "Training", "2022-07-01", "", "", "99")
			PERSON("Designing things", "Exam", "2022-07-01", "", "Active", "99")
				PERSON("AZ-800: Administering", "Exam", "2022-07-01", "", "", "99"),
		"", NULL },
	{ "an exam counts under its code while it is valid",
		TR PERSON("AZ-800: Administering", "Exam", "2022-07-01", "", "Active", "99") PERSON(
			"Exam AZ-801 Configuring", "Exam", "2022-07-01", "2023-07-01", "", "99"),
		"7 certification #99 [AZ-800] earned 2022-07-01 - -\n"
		"7 certification #99 [AZ-801] earned 2022-07-01 2023-07-01 -\n",
		NULL },
	{ "a renewal joins what it renews",
		TR PERSON("AZ-104", "Certification", "2021-07-01", "2022-07-01", "Expired", "99")
			PERSON("AZ-104", "Certification", "2022-06-15", "2023-07-01", "Active",
				"99"),
		"7 certification #99 [AZ-104] renewed 2021-07-01 2023-07-01 -\n", NULL },
	{ "what was earned anew after a gap starts there",
		TR PERSON("AZ-104", "Certification", "2023-02-01", "2024-02-01", "Active", "99")
			PERSON("AZ-104", "Certification", "2021-07-01", "2022-07-01", "Expired",
				"99"),
		"7 certification #99 [AZ-104] earned 2023-02-01 2024-02-01 -\n", NULL },
	{ "one date shows the order of all",
		TR PERSON("AZ-104", "Certification", "6/7/2022", "6/30/2023", "Active", "99"),
		"7 certification #99 [AZ-104] earned 2022-06-07 2023-06-30 -\n", NULL },
	{ "the other order",
		TR PERSON("AZ-104", "Certification", "6/7/2022", "30/6/2023", "Active", "99"),
		"7 certification #99 [AZ-104] earned 2022-07-06 2023-06-30 -\n", NULL },
	{ "nothing shows the order",
		TR PERSON("AZ-104", "Certification", "6/7/2022", "", "Active", "99"), "",
		"2:90 ambiguous-date: TrainingCompletionDate '6/7/2022': day and month cannot be told apart, and no "
		"other date of the file shows their order; write YYYY-MM-DD, or say --dates mdy or --dates dmy\n" },
	{ "faults",
		TR PERSON("AZ-104", "Certification", "2022-07-01", "", "Active", "") PERSON(
			"AZ-104", "Certification", "soon", "", "Active", "99") PERSON("AZ-104",
			"Certification", "2022-07-01", "", "Pending",
			"99") PERSON("AZ-104", "Certification", "2022-07-01", "", "Expired", "99")
			PERSON("AZ-104", "Certification", "2022-07-01", "2021-07-01", "Active",
				"99") PERSON("", "Certification", "2022-07-01", "", "Active", "99"),
		"",
		"2:119 missing-value: MCPID '': no value; people are told apart by it\n"
		"3:90 bad-date: TrainingCompletionDate (4 bytes, not shown: rows of this report hold names): not a date between 2000-01-01 and 2199-12-31; write "
		"YYYY-MM-DD\n"
		"4:102 unknown-status: ActivationStatus 'Pending': none of Active, Expired, Inactive, Revoked\n"
		"5:101 missing-value: ExpirationDate '': an expired certificate needs the day it expired\n"
		"6:101 bad-date: ExpirationDate '2021-07-01': it expires before it was earned; which of the two dates is "
		"wrong?\n"
		"7:9 missing-value: TrainingTitle '': no value; the certificate is needed\n" },
};

static void test_training_row(void **state)
{
	const struct row *r = *state;
	struct capture *c = read_text(r->text);
	char want[4096], id[PERSON_ID_TEXT];
	struct person_key key;
	struct sink s;

	/* "#99" stands for the first letters of the hash of profile 99. */
	person_key_public(&key);
	(void)person_id(&key, STR("99"), id);
	sink_init(&s, want, sizeof want);
	for (const char *p = r->events; *p != '\0'; p++) {
		if (strncmp(p, "#99", 3) == 0) {
			sink_add(&s, (struct str){ id, 4 });
			p += 2;
		} else {
			sink_add(&s, (struct str){ p, 1 });
		}
	}
	assert_string_equal(c->faults, r->faults == NULL ? "" : r->faults);
	assert_string_equal(c->events, want);
	assert_int_equal(c->rc, 0);
	free(c);
}

static void test_nothing_personal_leaves_the_reader(void **state)
{
	static const char *const personal[] = { "Maria", "Lindqvist", "maria", "home.example",
		"work.example", "998877665", "act-1", "Oslo", "Fabrikam" };
	struct capture *c = read_text(TR PERSON("AZ-104", "Certification", "2022-07-01", "",
		"Active", "998877665") PERSON("AZ-104", "Certification", "6/7/2022", "", "Odd",
		"998877665") PERSON("AZ-104", "Certification", "never", "", "Active", "998877665"));

	(void)state;
	assert_int_equal(c->reading.n_facts, 1);
	assert_int_equal(c->reading.refused.total, 2);
	for (size_t i = 0; i < ARRAY_LEN(personal); i++) {
		assert_null(strstr(c->raw, personal[i]));
		assert_null(strstr(c->events, personal[i]));
		assert_null(strstr(c->faults, personal[i]));
		assert_null(strstr(c->notes, personal[i]));
	}
	free(c);
}

/* ---- failing memory --------------------------------------------------------------------------------------- */

/* Succeeding allocations one more each time, until the reading succeeds. */
static void sweep(const char *text)
{
	int rc = ERR_NOMEM;

	for (long n = 0; rc == ERR_NOMEM; n++) {
		struct faulty f = { .left = n };
		struct reading_options o = { .a = faulty_alloc(&f) };
		struct capture *c = read_with(text, strlen(text), &o);

		rc = c->rc;
		assert_int_equal(f.live, 0);
		assert_int_equal(f.live_bytes, 0);
		assert_int_equal(c->reading.refused.total, 0);
		free(c);
		assert_true(n < 10000);
	}
	assert_int_equal(rc, 0);
}

static void test_failing_memory_stops_the_reading_and_leaks_nothing(void **state)
{
	(void)state;
	sweep(AZ_SEG "7,2023-06,Firewall,t1,PAL,SMB,5\n7,2023-05,Bastion,t2,PAL,Enterprise,5\n"
		     "8,2023-06,Firewall,t3,PAL,SMB,5\n");
	sweep(TR PERSON("AZ-104", "Certification", "2022-07-01", "", "Active", "99")
			PERSON("AZ-305", "Certification", "2022-07-01", "", "Active", "98"));
}

/* ---- people ----------------------------------------------------------------------------------------------- */

static void test_a_person_is_the_same_under_one_key_and_another_under_another(void **state)
{
	char a[PERSON_ID_TEXT], b[PERSON_ID_TEXT];
	struct person_key key, other;

	(void)state;
	person_key_public(&key);
	other = key;
	other.bytes[31] ^= 1;
	assert_string_equal(person_id(&key, STR("Ab-12"), a), person_id(&key, STR(" aB-12 "), b));
	assert_string_not_equal(
		person_id(&key, STR("ab-12"), a), person_id(&other, STR("ab-12"), b));
	assert_string_not_equal(person_id(&key, STR("ab-12"), a), person_id(&key, STR("ab-13"), b));
	assert_int_equal(strlen(a), PERSON_ID_TEXT - 1);
}

static void test_a_key_file_is_made_once_for_its_owner_only(void **state)
{
	char folder[] = "/tmp/capscore-key-XXXXXX", path[64], command[96];
	struct person_key first, second;
	struct err e = { 0 };
	bool made;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof path, "%s/data/person.key", folder);
	assert_int_equal(person_key_load(path, &first, &e), ERR_NOTFOUND);
	assert_int_equal(person_key_load_or_make(path, &first, &made, &e), 0);
	assert_true(made);
	assert_int_equal(person_key_load_or_make(path, &second, &made, &e), 0);
	assert_false(made);
	assert_memory_equal(&first, &second, sizeof first);
	(void)snprintf(command, sizeof command, "test \"$(stat -c %%a %s)\" = 600", path);
	assert_int_equal(system(command), 0);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("not a key\n", f);
	(void)fclose(f);
	assert_int_equal(person_key_load_or_make(path, &second, &made, &e), ERR_SYNTAX);
	(void)snprintf(command, sizeof command, "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

/* ---- headers ---------------------------------------------------------------------------------------------- */

static const struct header_row {
	const char *name, *text;
	const char *want[3]; /* parts of the error */
} headers[] = {
	{ "a column that is missing is named, with one that looks like it",
		"PGAMpnID,Month,ServiceLevel2,CustomerTenant,PartnerAttributionType,ACR_USD\n",
		{ "nearest: Azure usage report, without CustomerTenantId (is it 'CustomerTenant'?)" } },
	{ "the nearest is the one that lacks the least",
		"PGAPartnerID,CustomerTenantId,WorkloadName,Month,PaidAvailableUnits\n",
		{ "is not the header of a report that is known",
			"nearest: Office 365 license usage report, without MonthlyActiveUsers, "
			"PartnerAttributionType" } },
	{ "something else", "name,phone\nx,1\n",
		{ "is not the header of a report that is known",
			"nor are the lines events in JSON" } },
	{ "an empty file", "", { "the file is empty" } },
	{ "a column that stands twice",
		"PGAMpnID,Month,ServiceLevel2,CustomerTenantId,month,PartnerAttributionType,ACR_USD\n",
		{ "the header has column Month twice (fields 2 and 5)" } },
	{ "an alias that stands twice",
		"PGAPartnerID,Month,ServiceLevel2,CustomerTenantId,PartnerAttributionType,ACR_USD,PGA_Partner_ID\n",
		{ "the header has column PGAPartnerID twice (fields 1 and 7)" } },
	{ "lines that end with CR alone",
		"PGAMpnID,Month,ServiceLevel2,CustomerTenantId,PartnerAttributionType,ACR_USD\r7,2023-06\r",
		{ "lines end with CR alone" } },
	{ "semicolons", "PGAMpnID;Month;ServiceLevel2;CustomerTenantId;ACR_USD\n7;2023-06;x;t1;1\n",
		{ "separated by semicolons" } },
	{ "a broken header", "\"PGAMpnID\"x,Month\n",
		{ "line 1, column 11", "no header can be read" } },
};

static void test_header(void **state)
{
	const struct header_row *r = *state;
	struct capture *c = read_text(r->text);

	assert_int_equal(c->rc, ERR_UNSUPPORTED);
	for (size_t i = 0; i < ARRAY_LEN(r->want) && r->want[i] != NULL; i++)
		if (strstr(c->err.text, r->want[i]) == NULL)
			fail_msg("'%s' does not hold '%s'", c->err.text, r->want[i]);
	free(c);
}

/* As some programs save "Unicode text": every second byte is zero, and no mark says so. */
static void test_utf_16_without_a_mark_is_told(void **state)
{
	static const char header[] =
		"PGAMpnID,Month,ServiceLevel2,CustomerTenantId,PartnerAttributionType,ACR_USD\n";
	char text[2 * sizeof header] = { 0 };
	struct capture *c;

	(void)state;
	for (size_t i = 0; i < sizeof header - 1; i++)
		text[2 * i] = header[i];
	c = read_with(text, 2 * (sizeof header - 1), &(struct reading_options){ 0 });
	assert_int_equal(c->rc, ERR_UNSUPPORTED);
	assert_non_null(strstr(c->err.text, "UTF-16"));
	free(c);
}

#define ROWS(table, func)                                                                          \
	for (size_t i = 0; i < ARRAY_LEN(table); i++)                                              \
		tests[n++] = (struct CMUnitTest)                                                   \
		{                                                                                  \
			.name = table[i].name, .test_func = func,                                  \
			.initial_state = (void *)(uintptr_t)&table[i]                              \
		}
#define TEST(func) tests[n++] = (struct CMUnitTest)cmocka_unit_test(func)

int main(void)
{
	struct CMUnitTest
		tests[ARRAY_LEN(rows) + ARRAY_LEN(training_rows) + ARRAY_LEN(headers) + 16];
	size_t n = 0;

	ROWS(rows, test_row);
	ROWS(training_rows, test_training_row);
	ROWS(headers, test_header);
	TEST(test_rows_are_counted_by_what_became_of_them);
	TEST(test_months_can_be_called_complete_in_spite_of_refused_rows);
	TEST(test_utf_16_without_a_mark_is_told);
	TEST(test_the_order_of_rows_does_not_matter);
	TEST(test_ids_are_uuids_and_change_with_the_value_only);
	TEST(test_ids_tell_finer_texts_apart);
	TEST(test_a_finer_text_too_long_is_refused);
	TEST(test_a_sum_too_large_is_refused);
	TEST(test_nothing_personal_leaves_the_reader);
	TEST(test_failing_memory_stops_the_reading_and_leaks_nothing);
	TEST(test_a_person_is_the_same_under_one_key_and_another_under_another);
	TEST(test_a_key_file_is_made_once_for_its_owner_only);
	return _cmocka_run_group_tests("reports", tests, n, NULL, NULL);
}
