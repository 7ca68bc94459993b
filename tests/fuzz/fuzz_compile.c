/* Any bytes as a rule file: a report or an edition, never a crash. The report must be text for a terminal. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/compile/compile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct edition_box *box = NULL;
	struct buf report;
	int rc;

	buf_init(&report, &mem_heap, 1 << 20);
	rc = compile_edition(
		&mem_heap, "fuzz.yaml", (struct str){ (const char *)data, size }, &report, &box);
	assert((rc == 0) == (box != NULL));
	for (size_t i = 0; i < report.n; i++)
		assert(report.p[i] >= 0x20 || report.p[i] == '\n' || report.p[i] == '\t');
	edition_box_destroy(box);
	buf_fini(&report);
	return 0;
}
