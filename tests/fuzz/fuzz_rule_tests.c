/* Any bytes as a file of rule tests: a report or tests that run, never a crash. The report must be text. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/compile/compile.h"
#include "rules/compile/shipped.h"
#include "rules/testing/testing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct edition_box *box; /* kept from one input to the next */

static int open_edition(
	void *ctx, struct str name, const struct edition **ret_edition, struct err *e)
{
	(void)ctx;
	(void)name;
	(void)e;
	if (box == NULL && compile_edition(&mem_heap, shipped_edition(0)->file,
				   shipped_edition(0)->text, NULL, &box) != 0)
		return ERR_NOMEM;
	*ret_edition = edition_box_get(box);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rule_editions editions = { open_edition, NULL };
	struct rule_tests *tests = NULL;
	struct rule_result result;
	struct buf report;
	struct arena ar;
	int rc;

	buf_init(&report, &mem_heap, 1 << 20);
	arena_init(&ar, &mem_heap, 1 << 24);
	rc = rule_tests_read(&mem_heap, "fuzz.yaml", (struct str){ (const char *)data, size },
		&editions, &report, &tests);
	assert((rc == 0) == (tests != NULL));
	if (rc == 0 && rule_test_run(&mem_heap, tests, 0, &ar, &result) == 0)
		(void)rule_result_print(tests, &result, &report);
	for (size_t i = 0; i < report.n; i++)
		assert(report.p[i] >= 0x20 || report.p[i] == '\n' || report.p[i] == '\t');
	rule_tests_destroy(tests);
	arena_fini(&ar);
	buf_fini(&report);
	return 0;
}
