#include "tests/harness/rule_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "common/base/err.h"
#include "tests/support/faulty.h"

char *rule_text_with(const char *text, const char *find, const char *with)
{
	const char *at = find == NULL ? NULL : strstr(text, find);
	size_t n = strlen(text) + strlen(with) + 1;
	char *made;

	if (find == NULL)
		return strdup(with);
	assert_non_null(at);
	made = malloc(n);
	assert_non_null(made);
	snprintf(made, n, "%.*s%s%s", (int)(at - text), text, with, at + strlen(find));
	return made;
}

struct edition_box *rule_box_with(const char *text, const char *find, const char *with)
{
	struct edition_box *box = NULL;
	char *made = rule_text_with(text, find, with);
	struct buf report;
	int rc;

	buf_init(&report, &mem_heap, 1 << 20);
	rc = compile_edition(&mem_heap, "r.yaml", str_from(made), &report, &box);
	if (rc != 0 || report.n > 0)
		fail_msg("%d: %.*s", rc, (int)report.n, (const char *)report.p);
	buf_fini(&report);
	free(made);
	return box;
}

void check_rule_allocations(const char *text)
{
	int rc = ERR_NOMEM;

	for (int n = 0; rc == ERR_NOMEM; n++) {
		struct faulty f = { .left = n };
		struct edition_box *box = NULL;

		rc = compile_edition(faulty_alloc(&f), "r.yaml", str_from(text), NULL, &box);
		assert_int_equal(box == NULL, rc != 0);
		edition_box_destroy(box);
		assert_int_equal(f.live, 0);
	}
	assert_int_equal(rc, 0);
}

void check_rule_row(const char *text, const struct rule_row *r)
{
	struct edition_box *box = NULL;
	char *made = rule_text_with(text, r->find, r->with);
	struct buf report;
	int rc;

	buf_init(&report, &mem_heap, 1 << 20);
	rc = compile_edition(&mem_heap, "r.yaml", str_from(made), &report, &box);
	assert_int_equal(buf_add(&report, "", 1), 0);
	assert_string_equal((const char *)report.p, r->want);
	assert_int_equal(rc, r->rc);
	assert_int_equal(box != NULL, rc == 0);
	edition_box_destroy(box);
	buf_fini(&report);
	free(made);
}
