/* Stories are read strictly, and the exports they make have the real columns and say what the story says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/err.h"
#include "services/generate/export.h"
#include "services/generate/shipped.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof(*(a)))
#define SEED	     20230720

/* As printed in the documentation of the reports (insights-data-definitions.md, 08/11/2023). */
static const char usage_header[] =
	"PGAMpnID,SubscriptionId,SubscriptionStartDate,SubscriptionEndDate,FirstUseDate,SubscriptionState,Month,"
	"ServiceLevel1,ServiceLevel2,ServiceLevel3,ServiceLevel4,ServiceGroup2,ServiceGroup3,ServiceInfluencer,"
	"ComputeOS,ComputeCoreSoftware,UsageUnits,UsageQuantity,CustomerName,CustomerTenantId,CustomerTpid,"
	"CustomerSegment,CustomerMarket,MPNID,PartnerName,PartnerLocation,PartnerAttributionType,SalesChannel,"
	"EnrollmentNumber,IsACRDuplicateAtPGALevel,ResellerID,ResellerName,IndustryName,VerticalName,EOU,AdminType,"
	"AssociationType,ACR_USD\r\n";
static const char trainings_header[] =
	"PGAMpnId,TrainingActivityId,TrainingTitle,TrainingType,IndividualFirstName,IndividualLastName,Email,CorpEmail,"
	"TrainingCompletionDate,ExpirationDate,ActivationStatus,Month,IcMCP,MCPID,MpnId,PartnerName,"
	"PartnerCityLocation,PartnerCountryLocation\r\n";

struct fixture {
	struct arena keep;
	struct generator g;
	struct story story;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	if (f == NULL)
		return -1;
	arena_init(&f->keep, &mem_heap, 64 << 20);
	if (story_read(&f->keep, shipped_stories[0].file, shipped_stories[0].text, NULL,
		    &f->story) != 0)
		return -1;
	f->g = (struct generator){ .story = &f->story, .seed = SEED };
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	arena_fini(&f->keep);
	free(f);
	return 0;
}

/* Text of an export; freed by the caller. */
struct text {
	char *p;
	size_t n;
	uint64_t rows;
};

static struct text usage_of(
	const struct generator *g, size_t partner, uint32_t copy, const char *month)
{
	struct text t = { NULL, 0, 0 };
	FILE *out = open_memstream(&t.p, &t.n);
	month_no m;

	assert_non_null(out);
	assert_int_equal(month_parse(str_from(month), &m), 0);
	t.rows = export_usage(g, partner, copy, m, out);
	assert_int_equal(fclose(out), 0);
	return t;
}

static struct text trainings_of(
	const struct generator *g, size_t partner, uint32_t copy, const char *month)
{
	struct text t = { NULL, 0, 0 };
	FILE *out = open_memstream(&t.p, &t.n);
	month_no m;

	assert_non_null(out);
	assert_int_equal(month_parse(str_from(month), &m), 0);
	t.rows = export_trainings(g, partner, copy, m, out);
	assert_int_equal(fclose(out), 0);
	return t;
}

/* Splits the next line into cells, unquoting them in place. Returns the number of cells, 0 at the end. */
static size_t next_row(char **at, char *cells[64])
{
	char *p = *at, *w;
	size_t n = 0;

	if (*p == '\0')
		return 0;
	for (;;) {
		assert_true(n < 64);
		cells[n++] = w = p;
		if (*p == '"') {
			for (p++; *p != '"' || p[1] == '"'; p++) {
				assert_true(*p != '\0');
				if (*p == '"')
					p++;
				*w++ = *p;
			}
			p++;
		} else {
			w = p += strcspn(p, ",\r");
		}
		if (*p == ',') {
			*w = '\0';
			p++;
			continue;
		}
		assert_memory_equal(p, "\r\n", 2);
		*w = '\0';
		*at = p + 2;
		return n;
	}
}

static size_t column(const char *header, const char *name)
{
	size_t n = 0, length = strlen(name);

	for (const char *p = header;; p += strcspn(p, ",\r") + 1, n++) {
		if (strncmp(p, name, length) == 0 && (p[length] == ',' || p[length] == '\r'))
			return n;
		assert_non_null(strchr(p, ','));
	}
}
#define USAGE(name)    cells[column(usage_header, name)]
#define TRAINING(name) cells[column(trainings_header, name)]

static void test_headers_are_those_of_the_real_reports(void **state)
{
	char *p = NULL;
	size_t n;
	FILE *out = open_memstream(&p, &n);

	(void)state;
	assert_non_null(out);
	export_usage_header(out);
	export_trainings_header(out);
	assert_int_equal(fclose(out), 0);
	assert_true(strncmp(p, usage_header, strlen(usage_header)) == 0);
	assert_string_equal(p + strlen(usage_header), trainings_header);
	free(p);
}

static int64_t cents(const char *text)
{
	char *end;
	long long whole = strtoll(text, &end, 10);

	assert_true(*end == '.' && strlen(end) == 3);
	return whole * 100 + strtoll(end + 1, NULL, 10);
}

/* What the story says a partner's customers use in a month, in cents. */
static int64_t told_cents(const struct story_partner *p, month_no m)
{
	int64_t sum = 0;

	for (size_t i = 0; i < p->n_customers; i++)
		sum += (int64_t)p->customers[i].count * (story_usd(&p->customers[i], m) / 10000);
	return sum;
}

static void test_usage_adds_up_to_what_the_story_tells(void **state)
{
	struct fixture *f = *state;

	for (size_t p = 0; p < f->story.n_partners; p++)
		for (month_no m = f->story.from; m <= f->story.through; m++) {
			char month[MONTH_TEXT], *cells[64], *at;
			struct text t = usage_of(&f->g, p, 0, month_format(m, month));
			int64_t sum = 0;
			uint64_t rows = 0;

			for (at = t.p; next_row(&at, cells) != 0; rows++)
				if (strcmp(USAGE("IsACRDuplicateAtPGALevel"), "0") == 0 &&
					strcmp(USAGE("PartnerAttributionType"),
						"Deal registration") != 0)
					sum += cents(USAGE("ACR_USD"));
			assert_int_equal(sum, told_cents(&f->story.partners[p], m));
			assert_int_equal(rows, t.rows);
			free(t.p);
		}
}

static void test_usage_rows_have_the_real_grain(void **state)
{
	struct fixture *f = *state;
	struct text t = usage_of(&f->g, 0, 0, "2023-06");
	char *cells[64], *at = t.p;
	size_t n, duplicates = 0, deals = 0, attributions = 0;

	while ((n = next_row(&at, cells)) != 0) {
		assert_int_equal(n, 38);
		assert_string_equal(USAGE("PGAMpnID"), "4567001");
		assert_string_equal(USAGE("MPNID"), "4567002");
		assert_string_equal(USAGE("Month"), "2023-06-01");
		assert_true(
			strlen(USAGE("ServiceLevel1")) > 0 && strlen(USAGE("ServiceLevel4")) > 0);
		assert_int_equal(strlen(USAGE("SubscriptionId")), 36);
		duplicates += strcmp(USAGE("IsACRDuplicateAtPGALevel"), "1") == 0;
		deals += strcmp(USAGE("CustomerTenantId"), "UNKNOWN") == 0;
		attributions += strcmp(USAGE("PartnerAttributionType"), "CSP Tier 2") == 0;
	}
	assert_int_equal(
		duplicates, 6 + 2 * 3); /* of the customers that a second attribution names too */
	assert_int_equal(deals, 1);
	assert_int_equal(attributions, 3 * 2);
	free(t.p);
}

static void test_a_customer_that_left_has_no_rows(void **state)
{
	struct fixture *f = *state;
	struct text before = usage_of(&f->g, 0, 0, "2023-06"),
		    after = usage_of(&f->g, 0, 0, "2023-07");

	assert_int_equal(before.rows - after.rows, 2 * 3 * 2);
	free(before.p);
	free(after.p);
}

static void test_trainings_tell_what_was_earned_and_what_ran_out(void **state)
{
	struct fixture *f = *state;
	struct text t = trainings_of(&f->g, 0, 0, "2023-08");
	char *cells[64], *at = t.p;
	size_t n, earned = 0, expired = 0;

	while ((n = next_row(&at, cells)) != 0) {
		assert_int_equal(n, 18);
		assert_true(strcmp(TRAINING("TrainingCompletionDate"), "2023-08-31") <= 0);
		assert_non_null(strstr(TRAINING("Email"), "@example.net"));
		assert_non_null(strstr(TRAINING("CorpEmail"), ".example"));
		if (TRAINING("ActivationStatus")[0] == '\0')
			continue;
		earned++;
		assert_true(strlen(TRAINING("ExpirationDate")) == 10);
		if (strcmp(TRAINING("ActivationStatus"), "Expired") == 0) {
			expired++;
			assert_true(strcmp(TRAINING("ExpirationDate"), "2023-08-31") < 0);
		}
	}
	assert_int_equal(earned, 2 * 3 + 2 + 1 + 1 + 1);
	assert_int_equal(expired, 2);
	free(t.p);
}

static void test_the_seed_decides_everything(void **state)
{
	struct fixture *f = *state;
	struct generator other = { &f->story, SEED + 1 };
	struct text a = usage_of(&f->g, 1, 0, "2023-05"), b = usage_of(&f->g, 1, 0, "2023-05"),
		    c = usage_of(&other, 1, 0, "2023-05");

	assert_string_equal(a.p, b.p);
	assert_true(strcmp(a.p, c.p) != 0);
	assert_int_equal(a.rows, c.rows);
	free(a.p);
	free(b.p);
	free(c.p);
}

static void test_a_copy_is_another_partner_with_other_customers_and_people(void **state)
{
	struct fixture *f = *state;
	struct text own = usage_of(&f->g, 0, 0, "2023-05"),
		    copy = usage_of(&f->g, 0, 12, "2023-05");
	struct text people = trainings_of(&f->g, 0, 12, "2023-05");
	char *cells[64], *at = own.p, tenant[64];

	assert_true(next_row(&at, cells) > 0);
	(void)snprintf(tenant, sizeof tenant, "%s", USAGE("CustomerTenantId"));
	assert_null(strstr(copy.p, tenant));
	at = copy.p;
	assert_true(next_row(&at, cells) > 0);
	assert_string_equal(USAGE("PGAMpnID"), "456700100012");
	at = people.p;
	assert_true(next_row(&at, cells) > 0);
	assert_string_equal(TRAINING("PGAMpnId"), "456700100012");
	assert_int_equal(own.rows, copy.rows);
	free(own.p);
	free(copy.p);
	free(people.p);
}

/* ---- faulty stories ------------------------------------------------------------------------------------------- */

static const struct fault_row {
	const char *name;
	const char *from, *to; /* the shipped story with this text replaced */
	const char *says;
} faults[] = {
	{ "an unknown key is named", "title: One", "titel: One", "titel" },
	{ "a month that is none is refused", "from: 2022-05", "from: 2022-13", "2022-13" },
	{ "an end before the beginning is refused", "through: 2023-08", "through: 2021-12",
		"before" },
	{ "a service that is not there is named", "services: [vm-linux, vault, storage]",
		"services: [vm-linux, safe, storage]", "'safe'" },
	{ "a training that is not there is named", "training: desktop, on: 2022-08-05",
		"training: desktops, on: 2022-08-05", "'desktops'" },
	{ "months out of order are refused", "{2022-05: 4400, 2023-07: 4000}",
		"{2023-07: 4400, 2022-05: 4000}", "order" },
	{ "three levels are too few", "[Storage, Storage, Tiered Block Blob, Hot LRS Data Stored]",
		"[Storage, Storage, Tiered Block Blob]", "4 entries" },
	{ "a price of nothing is refused", "usd_per_unit: 0.03", "usd_per_unit: 0", "more than 0" },
	{ "a group of nobody is refused", "{count: 3, earned:", "{count: 0, earned:", "count" },
	{ "text that is no YAML is refused", "services:", "services: [", "error" },
};

static char *replaced(struct str text, const char *from, const char *to)
{
	const char *at = memmem(text.p, text.n, from, strlen(from));
	size_t before, n = text.n + strlen(to) - strlen(from);
	char *s = malloc(n + 1);

	assert_non_null(at);
	assert_non_null(s);
	before = (size_t)(at - text.p);
	memcpy(s, text.p, before);
	memcpy(s + before, to, strlen(to));
	memcpy(s + before + strlen(to), at + strlen(from), text.n - before - strlen(from));
	s[n] = '\0';
	return s;
}

static void test_fault(void **state)
{
	const struct fault_row *row = *state;
	char *text = replaced(shipped_stories[0].text, row->from, row->to);
	struct story story = { .n_partners = 77 };
	struct arena keep;
	struct buf report;

	arena_init(&keep, &mem_heap, 64 << 20);
	buf_init(&report, &mem_heap, 1 << 20);
	assert_int_equal(
		story_read(&keep, "story.yaml", str_from(text), &report, &story), ERR_SYNTAX);
	assert_int_equal(story.n_partners, 77);
	assert_int_equal(buf_add(&report, "", 1), 0);
	if (strstr((char *)report.p, row->says) == NULL ||
		strstr((char *)report.p, "story.yaml:") == NULL)
		fail_msg("wanted \"%s\" in: %s", row->says, (char *)report.p);
	buf_fini(&report);
	arena_fini(&keep);
	free(text);
}

static void test_an_empty_story_is_refused(void **state)
{
	struct story story;
	struct arena keep;

	(void)state;
	arena_init(&keep, &mem_heap, 64 << 20);
	assert_int_equal(story_read(&keep, "x", STR("# nothing\n"), NULL, &story), ERR_SYNTAX);
	assert_int_equal(
		story_read(&keep, "x", (struct str){ "", STORY_TEXT_MAX + 1 }, NULL, &story),
		ERR_FULL);
	arena_fini(&keep);
}

int main(void)
{
	struct CMUnitTest tests[16 + ARRAY_LEN(faults)] = {
		cmocka_unit_test(test_headers_are_those_of_the_real_reports),
		cmocka_unit_test_setup_teardown(
			test_usage_adds_up_to_what_the_story_tells, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_usage_rows_have_the_real_grain, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_customer_that_left_has_no_rows, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_trainings_tell_what_was_earned_and_what_ran_out, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_the_seed_decides_everything, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_copy_is_another_partner_with_other_customers_and_people, set_up,
			tear_down),
		cmocka_unit_test(test_an_empty_story_is_refused),
	};
	size_t n = 8;

	for (size_t i = 0; i < ARRAY_LEN(faults); i++)
		tests[n++] = (struct CMUnitTest){ .name = faults[i].name,
			.test_func = test_fault,
			.initial_state = (void *)(uintptr_t)&faults[i] };
	return _cmocka_run_group_tests("generate", tests, n, NULL, NULL);
}
