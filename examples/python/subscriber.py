#!/usr/bin/env python3
"""Follows the alerts that Capscore publishes.

    subscriber.py ENDPOINT [COUNT]

ENDPOINT is where notification publishes: ipc://DATA/run/alerts.sock. Ends after COUNT alerts; without it, never. A
PUB socket drops messages for a slow subscriber and tells nothing of what was before: who must not miss anything reads the
feed (docs/protocol.md). The sequence of each partner shows what is missing.

Needs pyzmq (Debian: python3-zmq).
"""

import sys

import zmq

import capscore_frames as capscore


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    left = int(sys.argv[2]) if len(sys.argv) == 3 else -1
    socket = zmq.Context.instance().socket(zmq.SUB)
    socket.connect(sys.argv[1])
    socket.subscribe(b"alert/")  # or b"alert/1234567/", b"alert/1234567/infrastructure/lost"
    socket.subscribe(b"welcome")
    newest = {}
    while left != 0:
        topic, *body = socket.recv_multipart()
        if topic.startswith(b"welcome"):
            print("listening", flush=True)
            continue
        alert = capscore.alert(body[0])
        if alert["sequence"] > newest.get(alert["partner"], alert["sequence"] - 1) + 1:
            print(f"some alerts of {alert['partner']} are missing: read the feed", file=sys.stderr)
        newest[alert["partner"]] = alert["sequence"]
        print(f"{alert['kind']:10} {alert['text']}", flush=True)
        left -= 1


if __name__ == "__main__":
    main()
