/* str_is_clean_utf8() looks at eight bytes at a time where it can: every byte at every place, against one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "common/base/text.h"

static void test_every_byte_at_every_place(void **state)
{
	char text[20];

	(void)state;
	for (size_t n = 1; n <= sizeof text; n++)
		for (size_t at = 0; at < n; at++)
			for (int v = 0; v < 256; v++) {
				memset(text, at % 2 == 0 ? ' ' : '~', sizeof text);
				text[at] = (char)v;
				assert_int_equal(str_is_clean_utf8((struct str){ text, n }),
					v >= 0x20 && v < 0x7f);
			}
}

static void test_every_pair_of_bytes_in_a_word(void **state)
{
	(void)state;
	for (int a = 0; a < 128; a++)
		for (int b = 0; b < 128; b++) {
			char text[8] = { 'x', (char)a, (char)b, 'x', 'x', 'x', 'x', 'x' };
			bool clean = a >= 0x20 && a < 0x7f && b >= 0x20 && b < 0x7f;

			assert_int_equal(str_is_clean_utf8((struct str){ text, 8 }), clean);
		}
}

static void test_characters_that_straddle_words(void **state)
{
	static const struct str characters[] = { STR_INIT("\xC3\xA9"), STR_INIT("\xE2\x82\xAC"),
		STR_INIT("\xF0\x9F\x8E\x93") };
	char text[24];

	(void)state;
	for (size_t c = 0; c < 3; c++)
		for (size_t at = 0; at + characters[c].n <= sizeof text; at++) {
			memset(text, 'a', sizeof text);
			memcpy(text + at, characters[c].p, characters[c].n);
			assert_true(str_is_clean_utf8((struct str){ text, sizeof text }));
			text[at + characters[c].n - 1] = 'a';
			assert_false(str_is_clean_utf8((struct str){ text, sizeof text }));
		}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_byte_at_every_place),
		cmocka_unit_test(test_every_pair_of_bytes_in_a_word),
		cmocka_unit_test(test_characters_that_straddle_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
