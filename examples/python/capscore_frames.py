"""The few protobuf messages that the examples need, read and written without generated code.

A program of your own may generate classes instead:  protoc -Iproto --python_out=. proto/capscore/v1/*.proto
"""


def varint(n):
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def field(number, value):
    """A field of a message: a number, a text, or bytes (a nested message is bytes, too)."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def fields(data):
    """{number: [values]} of a message: numbers as int, everything else as bytes."""
    found, at = {}, 0
    while at < len(data):
        tag, at = read_varint(data, at)
        if tag & 7 == 0:
            value, at = read_varint(data, at)
        elif tag & 7 == 2:
            size, at = read_varint(data, at)
            value, at = data[at : at + size], at + size
        else:
            size = {1: 8, 5: 4}[tag & 7]
            value, at = data[at : at + size], at + size
        found.setdefault(tag >> 3, []).append(value)
    return found


def number(message, key):
    return message.get(key, [0])[-1]


def text(message, key):
    return message.get(key, [b""])[-1].decode()


# Numbers of stream.proto: Frame.protocol 1, .hello 2, .publish 4, .acknowledge 5, .failure 30.


def hello(name):
    return field(1, 1) + field(2, field(1, name))


def publish(batch, content_type):
    return field(1, 1) + field(4, field(1, batch) + field(2, content_type))


def acknowledge(frame):
    """The Acknowledge in a frame; None when it carries something else. Raises when the service refuses to talk."""
    message = fields(frame)
    if 30 in message:
        failure = fields(message[30][-1])
        if text(failure, 2) != "busy":  # busy passes: what is not acknowledged is sent again
            raise RuntimeError(f"{text(failure, 2)}: {text(failure, 3)}")
    if 5 not in message:
        return None
    ack = fields(message[5][-1])
    return {
        "batch": number(ack, 1),
        "accepted": number(ack, 2),
        "duplicates": number(ack, 3),
        "position": number(ack, 4),
        "refusals": [
            {
                "index": number(r, 1),
                "reason": text(r, 2),
                "detail": text(r, 3),
                "dead_letter": number(r, 4),
            }
            for r in map(fields, ack.get(5, []))
        ],
    }


# Numbers of alert.proto.
KINDS = {1: "gained", 2: "at-risk", 3: "recovered", 4: "lost"}


def alert(data):
    message = fields(data)
    return {
        "position": number(message, 2),
        "sequence": number(message, 3),
        "kind": KINDS.get(number(message, 4), "unknown"),
        "partner": text(message, 7),
        "area": text(message, 8),
        "text": text(message, 19),
    }
