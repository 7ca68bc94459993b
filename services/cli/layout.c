#include "services/cli/layout.h"

int layout_width(struct str s)
{
	int n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xC0) != 0x80;
	return n;
}

void layout_pad(FILE *out, int n)
{
	if (n > 0)
		fprintf(out, "%*s", n, "");
}

void layout_cell(FILE *out, struct str s, int width)
{
	while (layout_width(s) > width)
		for (s.n--; s.n > 0 && ((unsigned char)s.p[s.n] & 0xC0) == 0x80; s.n--)
			;
	fprintf(out, STR_FMT, STR_ARG(s));
	layout_pad(out, width - layout_width(s));
}

void layout_wrapped(FILE *out, struct str s, int first, int rest)
{
	int at = first;
	bool fresh = true; /* nothing on this line yet */

	layout_pad(out, first);
	for (size_t i = 0; i < s.n;) {
		size_t from = i;
		struct str word;

		while (i < s.n && s.p[i] != ' ')
			i++;
		word = (struct str){ s.p + from, i - from };
		if (!fresh && at + 1 + layout_width(word) > LAYOUT_WIDTH) {
			fputc('\n', out);
			layout_pad(out, rest);
			at = rest;
		} else if (!fresh) {
			fputc(' ', out);
			at++;
		}
		fprintf(out, STR_FMT, STR_ARG(word));
		at += layout_width(word);
		fresh = false;
		while (i < s.n && s.p[i] == ' ')
			i++;
	}
	fputc('\n', out);
}
