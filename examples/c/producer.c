/* Sends events to Capscore and waits until they are on disk there, with the client library.
 *
 *     cc -o producer producer.c $(pkg-config --cflags --libs capscore-client)
 *     ./producer ENDPOINT <events.ndjson
 *
 * ENDPOINT is where ingestion takes events: ipc://DATA/run/ingestion-publish.sock. The standard input has a CloudEvent in
 * JSON on each line (docs/events.md). Ends with 1 when an event was refused, with 3 when the service does not answer. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <capscore_client.h>

struct counts {
	uint64_t accepted, duplicates, refused;
};

/* The tags are numbers of lines. */
static void on_ack(void *ctx, const struct capscore_ack *ack)
{
	struct counts *counts = ctx;

	counts->accepted += ack->accepted;
	counts->duplicates += ack->duplicates;
	counts->refused += ack->n_refusals;
	for (size_t i = 0; i < ack->n_refusals; i++)
		fprintf(stderr, "line %" PRIu64 ": %s: %s, dead letter %" PRIu64 "\n",
			ack->refusals[i].tag, ack->refusals[i].reason, ack->refusals[i].detail,
			ack->refusals[i].dead_letter);
}

/* Adds a line; waits while the window is full. Returns 0 also when the line has a fault, which is told. */
static int add(struct capscore_client *c, const char *line, size_t n, uint64_t number,
	struct counts *counts, struct capscore_error *e)
{
	int rc;

	while ((rc = capscore_client_add(c, CAPSCORE_JSON, line, n, number, e)) ==
		CAPSCORE_E_AGAIN) {
		rc = capscore_client_poll(c, -1, e);
		if (rc < 0)
			return rc;
	}
	if (rc != CAPSCORE_E_SYNTAX && rc != CAPSCORE_E_INVALID)
		return rc;
	fprintf(stderr, "line %" PRIu64 ": %s\n", number, e->text);
	counts->refused++;
	return 0;
}

static int send_lines(struct capscore_client *c, struct counts *counts, struct capscore_error *e)
{
	char *line = NULL;
	size_t room = 0;
	uint64_t number = 0;
	ssize_t n;
	int rc = 0;

	while (rc == 0 && (n = getline(&line, &room, stdin)) >= 0) {
		number++;
		if (line[strspn(line, " \t\r\n")] != '\0')
			rc = add(c, line, (size_t)n, number, counts, e);
	}
	free(line);
	return rc == 0 ? capscore_client_flush(c, -1, e) : rc;
}

int main(int argc, char **argv)
{
	struct counts counts = { 0 };
	struct capscore_client_options options = {
		.name = "c-example", .silence_ms = 10000, .on_ack = on_ack, .ctx = &counts
	};
	struct capscore_client *c = NULL;
	struct capscore_error e = { 0 };
	int rc;

	if (argc != 2) {
		fprintf(stderr, "usage: %s ENDPOINT <events.ndjson\n", argv[0]);
		return 2;
	}
	options.endpoint = argv[1];
	rc = capscore_client_open(&options, &c, &e);
	if (rc == 0)
		rc = send_lines(c, &counts, &e);
	capscore_client_close(&c);
	if (rc != 0) {
		fprintf(stderr, "%s\n", e.text);
		return 3;
	}
	printf("%" PRIu64 " accepted, %" PRIu64 " duplicates, %" PRIu64 " refused\n",
		counts.accepted, counts.duplicates, counts.refused);
	return counts.refused > 0 ? 1 : 0;
}
