"""Protocol Buffers, as much of them as the stand-in speaks: fields by their numbers."""


def part(field: int, content: str | bytes) -> bytes:
    """A field that holds text, bytes or another message."""
    content = content.encode() if isinstance(content, str) else content
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def number(field: int, value: int) -> bytes:
    """A field that holds a number or a yes; 0 is not sent."""
    return _varint(field << 3) + _varint(int(value)) if value else b""


def fields(message: bytes) -> dict[int, bytes]:
    """The last of each field of a message that holds text, bytes or another message; numbers are left out."""
    found: dict[int, bytes] = {}
    at = 0
    while at < len(message):
        key, at = _read(message, at)
        value, at = _read(message, at)
        if key & 7 == 2:
            found[key >> 3] = message[at : at + value]
            at += value
    return found


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _read(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (message[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if message[at - 1] < 0x80:
            return value, at
