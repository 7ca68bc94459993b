// What the examples need of ZeroMQ and protobuf, with nothing but Node itself: Debian has no ZeroMQ for Node, and the
// package of npm brings a native module. This is ZMTP 3.0 (https://rfc.zeromq.org/spec/23/) without encryption, for
// one peer. With the `zeromq` package of npm, a Dealer and a Subscriber stand in its place; the frames stay.
import net from "node:net";
import { EventEmitter } from "node:events";

// ---- ZMTP ---------------------------------------------------------------------------------------------------------

const MORE = 1, LONG = 2, COMMAND = 4;

function frame(flags, body) {
  const head = body.length > 255 ? Buffer.alloc(9) : Buffer.alloc(2);
  head[0] = flags | (body.length > 255 ? LONG : 0);
  if (body.length > 255) head.writeBigUInt64BE(BigInt(body.length), 1);
  else head[1] = body.length;
  return Buffer.concat([head, body]);
}

function command(name, body) {
  return frame(COMMAND, Buffer.concat([Buffer.from([name.length]), Buffer.from(name), body]));
}

function greeting() {
  const g = Buffer.alloc(64);
  g[0] = 0xff;
  g[9] = 0x7f;
  g[10] = 3; // version 3.0
  g.write("NULL", 12);
  return g;
}

function ready(type) {
  const value = Buffer.alloc(4);
  value.writeUInt32BE(type.length);
  return command("READY", Buffer.concat([Buffer.from([11]), Buffer.from("Socket-Type"), value, Buffer.from(type)]));
}

// A DEALER or SUB socket, connected to ipc://PATH or tcp://HOST:PORT. Emits "connect" whenever a connection stands, and
// "message" with a list of frames. It connects again by itself; what was under way is lost then.
export class Socket extends EventEmitter {
  constructor(type, endpoint) {
    super();
    this.type = type;
    const tcp = /^tcp:\/\/(.*):(\d+)$/.exec(endpoint), ipc = /^ipc:\/\/(.*)$/.exec(endpoint);
    if (!tcp && !ipc) throw new Error(`${endpoint} is no endpoint like ipc://PATH or tcp://HOST:PORT`);
    this.to = ipc ? { path: ipc[1] } : { host: tcp[1], port: Number(tcp[2]) };
    this.open();
  }

  open() {
    this.data = Buffer.alloc(0);
    this.greeted = this.up = false;
    this.parts = [];
    this.socket = net.connect(this.to);
    this.socket.on("connect", () => this.socket.write(greeting()));
    this.socket.on("data", (data) => this.take(data));
    this.socket.on("error", () => {}); // "close" follows
    this.socket.on("close", () => {
      this.up = false;
      if (!this.closed) this.timer = setTimeout(() => this.open(), 100);
    });
  }

  take(data) {
    this.data = Buffer.concat([this.data, data]);
    if (!this.greeted && this.data.length >= 64) {
      this.greeted = true;
      this.data = this.data.subarray(64);
      this.socket.write(ready(this.type));
    }
    while (this.greeted && this.data.length >= 2) {
      const long = (this.data[0] & LONG) !== 0;
      if (long && this.data.length < 9) return;
      const size = long ? Number(this.data.readBigUInt64BE(1)) : this.data[1], head = long ? 9 : 2;
      if (this.data.length < head + size) return;
      const flags = this.data[0], body = this.data.subarray(head, head + size);
      this.data = this.data.subarray(head + size);
      if (flags & COMMAND) this.obey(body);
      else {
        this.parts.push(Buffer.from(body));
        if (flags & MORE) continue;
        this.emit("message", this.parts);
        this.parts = [];
      }
    }
  }

  obey(body) {
    const name = body.toString("latin1", 1, 1 + body[0]), rest = body.subarray(1 + body[0]);
    if (name === "READY") {
      this.up = true;
      this.emit("connect");
    } else if (name === "PING") {
      this.socket.write(command("PONG", rest.subarray(2))); // behind two bytes of its time to live
    } else if (name === "ERROR") {
      this.socket.destroy();
    }
  }

  // False while there is no connection: nothing was sent.
  send(...parts) {
    if (!this.up) return false;
    parts.forEach((part, i) => this.socket.write(frame(i + 1 < parts.length ? MORE : 0, Buffer.from(part))));
    return true;
  }

  subscribe(topic) {
    this.send(Buffer.concat([Buffer.from([1]), Buffer.from(topic)]));
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.socket.destroy();
  }
}

// ---- protobuf -----------------------------------------------------------------------------------------------------

function varint(n) {
  const out = [];
  for (n = BigInt(n); n >= 0x80n; n >>= 7n) out.push(Number(n & 0x7fn) | 0x80);
  return Buffer.from([...out, Number(n)]);
}

// A field of a message: a number, a text, or bytes (a nested message is bytes, too).
export function field(number, value) {
  if (typeof value === "number") return Buffer.concat([varint(number << 3), varint(value)]);
  const data = Buffer.from(value);
  return Buffer.concat([varint((number << 3) | 2), varint(data.length), data]);
}

// A map from number to values: numbers as Number, everything else as bytes.
export function fields(data) {
  const found = new Map();
  let at = 0;
  const read = () => {
    let value = 0n, shift = 0n;
    for (;;) {
      const byte = data[at++];
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(value);
      shift += 7n;
    }
  };
  while (at < data.length) {
    const tag = read(), type = tag & 7;
    let value;
    if (type === 0) value = read();
    else {
      const size = type === 2 ? read() : type === 1 ? 8 : 4;
      value = data.subarray(at, at + size);
      at += size;
    }
    const number = Math.floor(tag / 8);
    found.set(number, [...(found.get(number) ?? []), value]);
  }
  return found;
}

const number = (message, key) => message.get(key)?.at(-1) ?? 0;
const text = (message, key) => message.get(key)?.at(-1).toString() ?? "";

// Numbers of stream.proto: Frame.protocol 1, .hello 2, .publish 4, .acknowledge 5, .failure 30.
export const hello = (name) => Buffer.concat([field(1, 1), field(2, field(1, name))]);

export const publish = (batch, contentType) =>
  Buffer.concat([field(1, 1), field(4, Buffer.concat([field(1, batch), field(2, contentType)]))]);

// The Acknowledge in a frame; undefined when it carries something else. Throws when the service refuses to talk.
export function acknowledge(data) {
  const message = fields(data);
  if (message.has(30)) {
    const failure = fields(message.get(30).at(-1));
    if (text(failure, 2) !== "busy") throw new Error(`${text(failure, 2)}: ${text(failure, 3)}`); // busy passes
  }
  if (!message.has(5)) return undefined;
  const ack = fields(message.get(5).at(-1));
  const refusals = (ack.get(5) ?? []).map(fields).map((r) => ({
    index: number(r, 1),
    reason: text(r, 2),
    detail: text(r, 3),
    deadLetter: number(r, 4),
  }));
  return { batch: number(ack, 1), accepted: number(ack, 2), duplicates: number(ack, 3), refusals };
}

// Numbers of alert.proto.
const KINDS = ["unknown", "gained", "at-risk", "recovered", "lost"];

export function alert(data) {
  const message = fields(data);
  return {
    sequence: number(message, 3),
    kind: KINDS[number(message, 4)] ?? "unknown",
    partner: text(message, 7),
    area: text(message, 8),
    text: text(message, 19),
  };
}
