/* The Partner profile report: which location accounts belong to which global account. */
#include "services/imports/fields.h"

enum { COL_LOCATION, COL_GLOBAL, COL_LEVEL };

static const struct report_column columns[] = {
	[COL_LOCATION] = { "MPNId", { "PartnerID" }, COLUMN_REQUIRED },
	[COL_GLOBAL] = { "PGA_MPNID", { "PGAPartnerID", "GlobalPartnerID" }, COLUMN_REQUIRED },
	[COL_LEVEL] = { "HierarchyLevel", { "AccountType" }, COLUMN_REQUIRED },
};

static const char *const marks[] = { "PartnerName", "PGA_PartnerName", "City", "Country", NULL };

static const char *const lacks[] = {
	"since when a location belongs to its global account: its usage of all months counts there",
	NULL,
};

static int create(struct reading *r, struct gather *g, void **ret_state, struct err *e)
{
	(void)r;
	(void)e;
	*ret_state = g; /* for lost(): there is no other state */
	return 0;
}

static void destroy(void *state)
{
	(void)state;
}

static bool holds(struct str s, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= s.n; i++)
		if (str_eq_nocase((struct str){ s.p + i, n }, (struct str){ word, n }))
			return true;
	return false;
}

enum level { LEVEL_NOT_TOLD, LEVEL_GLOBAL, LEVEL_LOCATION };

/* The values of the column are not published. What they say is only compared with what the ids say. */
static enum level read_level(const struct report_row *row)
{
	struct str s = row_text(row, COL_LEVEL);
	struct unknown *u;

	if (text_is_nothing(s))
		return LEVEL_NOT_TOLD;
	if (holds(s, "global") || holds(s, "PGA") || holds(s, "headquarter") ||
		str_eq_nocase(s, STR("HQ")))
		return LEVEL_GLOBAL;
	if (holds(s, "location") || holds(s, "PLA"))
		return LEVEL_LOCATION;
	(void)unknowns_add(&row->reading->unknowns, UNKNOWN_LEVEL, s, &u);
	return LEVEL_NOT_TOLD;
}

static int note_scope(struct gather *g, struct str partner, bool refused)
{
	return gather_scope(g, partner, (enum measure)0, MONTH_NONE, refused);
}

static int add_account(const struct report_row *row, struct str global, struct str location)
{
	struct event ev = { .kind = FACT_ACCOUNT, .subject = global };

	ev.time = row->reading->recorded;
	ev.u.account.location = location;
	return gather_fact(row->gather, &ev, MONTH_NONE, 0, row->at);
}

static int profile_row(void *state, const struct report_row *row)
{
	struct str location, global;
	int rc;

	if (!row_required(row, COL_GLOBAL, EVENT_PARTNER_MAX,
		    "the global account id of the partner", &global))
		return note_scope(state, (struct str){ NULL, 0 }, true);
	if (!row_required(row, COL_LOCATION, EVENT_PARTNER_MAX,
		    "the id of the account that the row is about", &location))
		return note_scope(state, global, true);
	if (str_eq(location, global)) {
		row_pass_over(row, "global-account");
		return note_scope(state, global, false);
	}
	if (read_level(row) == LEVEL_GLOBAL) {
		row_refuse(row, COL_LEVEL, REASON_LEVEL,
			"the row calls account " STR_FMT
			" global, and says that it belongs to " STR_FMT "; which of them is wrong?",
			STR_ARG(location), STR_ARG(global));
		return note_scope(state, global, true);
	}
	rc = note_scope(state, global, false);
	return rc != 0 ? rc : add_account(row, global, location);
}

static int lost(void *state, const struct report_row *row)
{
	struct str global = { NULL, 0 };

	if (row != NULL && str_is_clean_utf8(row_text(row, COL_GLOBAL)))
		global = row_text(row, COL_GLOBAL);
	return note_scope(state, global, true);
}

const struct report report_profile = {
	.id = "profile",
	.name = "Partner profile report",
	.rank = RANK_PROFILE,
	.lacks = lacks,
	.n_columns = sizeof columns / sizeof *columns,
	.columns = columns,
	.marks = marks,
	.create = create,
	.row = profile_row,
	.lost = lost,
	.destroy = destroy,
};
