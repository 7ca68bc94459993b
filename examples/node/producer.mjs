#!/usr/bin/env node
// Sends events to Capscore and waits until they are on disk there.
//
//     node producer.mjs ENDPOINT <events.ndjson
//
// ENDPOINT is where ingestion takes events: ipc://DATA/run/ingestion-publish.sock. The standard input has a CloudEvent in
// JSON on each line (docs/events.md); they travel as JSON arrays. Batches without an acknowledgement are sent again, in
// order, after a while and whenever the connection was lost; what was logged already is answered as a duplicate, so
// running this twice is harmless. Ends with 1 when an event was refused.
import { createInterface } from "node:readline";
import { Socket, hello, publish, acknowledge } from "./capscore.mjs";

const BATCH = 256; // events, at most 4096
const BATCH_BYTES = 1 << 20; // the service takes no more in one batch
const WINDOW = 16; // batches under way: more is not read before some are acknowledged
const RESEND_MS = 2000;

if (process.argv.length !== 3) {
  console.error("usage: node producer.mjs ENDPOINT <events.ndjson");
  process.exit(2);
}

const socket = new Socket("DEALER", process.argv[2]);
const waiting = new Map(); // batch: its lines, in order
const count = { accepted: 0, duplicates: 0, refused: 0 };
let next = 1, wake = () => {}, timer;

const sendBatch = (batch) =>
  socket.send(publish(batch, "application/cloudevents-batch+json"), `[${waiting.get(batch).map((l) => l.text).join(",")}]`);

function sendAll() {
  clearTimeout(timer);
  for (const batch of waiting.keys()) sendBatch(batch);
  timer = setTimeout(sendAll, RESEND_MS);
}

socket.on("connect", () => {
  socket.send(hello("node-example"));
  sendAll();
});

socket.on("message", ([first]) => {
  const ack = acknowledge(first);
  if (!waiting.has(ack?.batch)) return; // a welcome, or the answer to a batch that was sent twice
  const lines = waiting.get(ack.batch);
  waiting.delete(ack.batch);
  count.accepted += ack.accepted;
  count.duplicates += ack.duplicates;
  for (const { index, reason, detail, deadLetter } of ack.refusals) {
    const whole = index === 0xffffffff;
    count.refused += whole ? lines.length : 1;
    const place = whole ? "a whole batch" : `line ${lines[index].number}`;
    console.error(`${place}: ${reason}: ${detail}, dead letter ${deadLetter}`);
  }
  clearTimeout(timer);
  timer = setTimeout(sendAll, RESEND_MS);
  wake();
});

const room = async (most) => {
  while (waiting.size > most) await new Promise((resolve) => (wake = resolve));
};

async function send(lines) {
  await room(WINDOW - 1);
  waiting.set(next, lines);
  sendBatch(next++);
}

// What is no JSON would spoil the array that it stands in.
function isJson(text, number) {
  try {
    JSON.parse(text);
    return true;
  } catch (e) {
    console.error(`line ${number}: ${e.message}`);
    count.refused++;
    return false;
  }
}

let lines = [], n = 0, size = 2;
for await (const text of createInterface({ input: process.stdin })) {
  n++;
  if (text.trim() === "" || !isJson(text, n)) continue;
  const bytes = Buffer.byteLength(text) + 1; // with its comma
  if (lines.length > 0 && (lines.length === BATCH || size + bytes > BATCH_BYTES)) {
    await send(lines.splice(0));
    size = 2;
  }
  lines.push({ number: n, text });
  size += bytes;
}
if (lines.length > 0) await send(lines);
await room(0);
clearTimeout(timer);
socket.close();
console.log(`${count.accepted} accepted, ${count.duplicates} duplicates, ${count.refused} refused`);
process.exitCode = count.refused > 0 ? 1 : 0;
