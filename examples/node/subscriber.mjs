#!/usr/bin/env node
// Follows the alerts that Capscore publishes.
//
//     node subscriber.mjs ENDPOINT [COUNT]
//
// ENDPOINT is where notification publishes: ipc://DATA/run/alerts.sock. Ends after COUNT alerts; without it, never. A PUB
// socket drops messages for a slow subscriber and tells nothing of what was before: who must not miss anything reads
// the feed (docs/protocol.md). The sequence of each partner shows what is missing.
import { Socket, alert } from "./capscore.mjs";

if (process.argv.length < 3 || process.argv.length > 4) {
  console.error("usage: node subscriber.mjs ENDPOINT [COUNT]");
  process.exit(2);
}

const socket = new Socket("SUB", process.argv[2]);
const newest = new Map();
let left = Number(process.argv[3] ?? Infinity);

socket.on("connect", () => {
  socket.subscribe("alert/"); // or "alert/1234567/", "alert/1234567/infrastructure/lost"
  socket.subscribe("welcome");
});

socket.on("message", ([topic, body]) => {
  if (topic.toString("latin1").startsWith("welcome")) {
    console.log("listening");
    return;
  }
  const { kind, partner, sequence, text } = alert(body);
  if (sequence > (newest.get(partner) ?? sequence - 1) + 1)
    console.error(`some alerts of ${partner} are missing: read the feed`);
  newest.set(partner, sequence);
  console.log(`${kind.padEnd(10)} ${text}`);
  if (--left === 0) socket.close();
});
