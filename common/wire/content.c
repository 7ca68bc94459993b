#include "common/wire/content.h"

static const struct {
	struct str name;
	const char *help;
} contents[CONTENT_END] = {
#define X(name, media_type, help) [name] = { STR_INIT(media_type), help },
	WIRE_CONTENT_TABLE(X)
#undef X
};

struct str content_name(enum wire_content c)
{
	return (unsigned)c < CONTENT_END ? contents[c].name : STR("");
}

const char *content_help(enum wire_content c)
{
	return (unsigned)c < CONTENT_END ? contents[c].help : "";
}

bool content_by_name(struct str name, enum wire_content *ret)
{
	const char *end = name.n == 0 ? NULL : memchr(name.p, ';', name.n);

	if (end != NULL)
		name.n = (size_t)(end - name.p);
	while (name.n > 0 && name.p[name.n - 1] == ' ')
		name.n--;
	for (int c = 0; c < CONTENT_END; c++)
		if (name.n == 0 || str_eq_nocase(name, contents[c].name)) {
			*ret = (enum wire_content)c;
			return true;
		}
	return false;
}
