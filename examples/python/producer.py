#!/usr/bin/env python3
"""Sends events to Capscore and waits until they are on disk there.

    producer.py ENDPOINT <events.ndjson

ENDPOINT is where ingestion takes events: ipc://DATA/run/ingestion-publish.sock. The standard input has a CloudEvent in
JSON on each line (docs/events.md). Batches without an acknowledgement are sent again, in order; what was logged already
is answered as a duplicate, so running this twice is harmless. Ends with 1 when an event was refused.

Needs pyzmq (Debian: python3-zmq).
"""

import sys
from collections import OrderedDict

import zmq

import capscore_frames as capscore

BATCH = 256  # events, at most 4096
BATCH_BYTES = 1 << 20  # the service takes no more in one batch
WINDOW = 16  # batches under way: more is not sent before some are acknowledged
RESEND_MS = 2000


class Producer:
    def __init__(self, endpoint, name):
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.connect(endpoint)
        self.socket.send(capscore.hello(name))
        self.waiting = OrderedDict()  # batch: its lines
        self.next = 1
        self.accepted = self.duplicates = self.refused = 0

    def _send(self, batch):
        body = b"".join(line for _, line in self.waiting[batch])
        self.socket.send_multipart([capscore.publish(batch, "application/x-ndjson"), body])

    def send(self, lines):
        """lines: (number, bytes) pairs. Waits while too much is under way."""
        while len(self.waiting) >= WINDOW:
            self.take()
        self.waiting[self.next] = lines
        self._send(self.next)
        self.next += 1

    def take(self):
        """Waits for one acknowledgement; sends everything again when none comes."""
        if not self.socket.poll(RESEND_MS):
            for batch in self.waiting:
                self._send(batch)
            return
        ack = capscore.acknowledge(self.socket.recv_multipart()[0])
        if ack is None or ack["batch"] not in self.waiting:
            return  # a welcome, or the answer to a batch that was sent twice
        lines = self.waiting.pop(ack["batch"])
        self.accepted += ack["accepted"]
        self.duplicates += ack["duplicates"]
        for refusal in ack["refusals"]:
            whole = refusal["index"] == 0xFFFFFFFF
            self.refused += len(lines) if whole else 1
            place = "a whole batch" if whole else f"line {lines[refusal['index']][0]}"
            print(f"{place}: {refusal['reason']}: {refusal['detail']}, dead letter {refusal['dead_letter']}", file=sys.stderr)

    def flush(self):
        while self.waiting:
            self.take()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    producer, lines, size = Producer(sys.argv[1], "python-example"), [], 0
    for number, line in enumerate(sys.stdin.buffer, 1):
        line = line.strip() + b"\n"
        if line == b"\n":
            continue
        if lines and (len(lines) == BATCH or size + len(line) > BATCH_BYTES):
            producer.send(lines)
            lines, size = [], 0
        lines.append((number, line))
        size += len(line)
    if lines:
        producer.send(lines)
    producer.flush()
    print(f"{producer.accepted} accepted, {producer.duplicates} duplicates, {producer.refused} refused")
    return 1 if producer.refused else 0


if __name__ == "__main__":
    sys.exit(main())
