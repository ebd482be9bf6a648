"""JSON, one object a line: blocks at Arrow's speed where every cell is plain, line by line where not.

A line that cannot be read costs that line. Arrow is given a block only with the columns and types that the
block before it had, and only if each of its lines is one object.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Final

import pyarrow as pa

from functions.on_upload.reading.blocks import BadRow, Block, Flat, Opened, Row
from functions.on_upload.reading.json_values import bad_text, block_of, cells_of, decoded, no_row
from functions.on_upload.reading.text import Text

BLOCK_BYTES: Final = 6 << 20
MAX_LINE_BYTES: Final = 64 << 20
LF, CR, OPEN, CLOSE = b"\n\r{}"
_MINUS_ZERO: Final = re.compile(rb":\s*-0")
LEARNED_FROM: Final = 100  # rows
ARROW: Final[dict[type, pa.DataType]] = {str: pa.string(), int: pa.int64(), bool: pa.bool_()}


def open_jsonl(name: str, text: Text) -> Opened:
    """Objects that stand on a line each; blank lines are passed over."""
    return Opened("jsonl", None, _blocks(name, text), said=text.said)


def _blocks(name: str, text: Text) -> Iterator[Block]:
    read = _with_line_ends(text)
    data, line, ended = b"", 1, False
    types: dict[str, pa.DataType] = {}
    while not ended:
        more = read(BLOCK_BYTES)
        data, ended = data + more, not more
        size = len(data) if ended else data.rfind(b"\n") + 1
        if not size and len(data) > MAX_LINE_BYTES:
            finding = f"This line is longer than {MAX_LINE_BYTES >> 20} MB."
            yield block_of(name, [], [BadRow(line, finding, "Split it into several rows.")])
            data, line = _past_line(read), line + 1
        if not size:
            continue
        part, data = data[:size], data[size:]
        block: Block | None = _fast(name, part, types, line) if types else None
        if block is None:
            block, types = _slow(name, part, line, text.encoding.label)
        line += part.count(b"\n")
        if block.bad or len(block.lines if isinstance(block, Flat) else block.rows):
            yield block


def _with_line_ends(text: Text) -> Callable[[int], bytes]:
    if b"\r" in text.head and b"\n" not in text.head:
        return lambda size: text.read(size).replace(b"\r", b"\n")
    return text.read


def _past_line(read: Callable[[int], bytes]) -> bytes:
    while more := read(BLOCK_BYTES):
        if b"\n" in more:
            return more.partition(b"\n")[2]
    return b""


def _slow(name: str, part: bytes, line: int, encoding: str) -> tuple[Block, dict[str, pa.DataType]]:
    """Line by line, and the columns and types by which Arrow may read what follows."""
    rows: list[Row] = []
    bad: list[BadRow] = []
    sample: list[str] = []
    for number, raw in enumerate(part.split(b"\n"), line):
        text = raw.decode("utf-8", "surrogateescape").removeprefix("\ufeff").strip(" \t\r")
        if not text:
            continue  # an empty line holds no row; JSONL files often end with one
        found = _row(number, text, encoding)
        if isinstance(found, BadRow):
            bad.append(found)
            continue
        rows.append(found)
        if len(sample) < LEARNED_FROM:
            sample.append(_without_comma(text))
    return block_of(name, rows, bad), _types(sample)


def _row(line: int, text: str, encoding: str) -> Row | BadRow:
    if bad_text(text):
        return BadRow(line, f"This line is not {encoding}.", "Save the file as UTF-8.")
    try:
        value = decoded(_without_comma(text))
    except ValueError as error:
        return BadRow(line, f"This line is not valid JSON: {error}.", "Write one JSON object on each line.")
    cells = cells_of(value)
    return BadRow(line, *no_row(value)) if cells is None else Row(line, cells)


def _without_comma(text: str) -> str:
    """A line as people cut it out of a list, without the comma behind it."""
    return text[:-1] if text.endswith("},") else text


def _types(sample: list[str]) -> dict[str, pa.DataType]:
    """Each column and its type; none if some cell is more than a text, a whole number, true or false."""
    kinds: dict[str, set[type]] = {}
    for text in sample:
        try:
            value = json.loads(text)
        except ValueError:
            return {}  # a number of more digits than Python makes one of
        for key, cell in value.items() if isinstance(value, dict) else [("", [])]:
            kinds.setdefault(key, set()).add(type(cell))
    found = {key: kind - {type(None)} or {str} for key, kind in kinds.items()}
    if any(len(kind) > 1 or not kind <= ARROW.keys() for kind in found.values()):
        return {}
    return {key: ARROW[kind.pop()] for key, kind in found.items()}


def _fast(name: str, part: bytes, types: dict[str, pa.DataType], line: int) -> Flat | None:
    """The block as a table if every line is one object of these columns and types."""
    import pyarrow.json as arrow

    lines = _objects(part)
    if not lines or (ARROW[int] in types.values() and _MINUS_ZERO.search(part)):
        return None  # Arrow would read "-0" as 0
    how = arrow.ParseOptions(
        explicit_schema=pa.schema(list(types.items())), unexpected_field_behavior="error"
    )
    try:
        table = arrow.read_json(
            pa.BufferReader(part), arrow.ReadOptions(block_size=len(part) + 1), parse_options=how
        )
        if not part.isascii():
            table.validate(full=True)  # or bytes that are not UTF-8 would pass
        texts = table.cast(pa.schema([(key, pa.string()) for key in types]))
    except pa.ArrowInvalid:
        return None
    if texts.num_rows != lines:
        return None
    return Flat(name, texts, pa.array(range(line, line + lines), pa.int64()))


def _objects(part: bytes) -> int:
    """How many lines there are if each starts and ends as an object does; 0 if one does not."""
    import numpy as np

    found = np.frombuffer(part, dtype=np.uint8)
    ends = np.flatnonzero(found == LF)
    if not part.endswith(b"\n"):
        ends = np.append(ends, len(part))
    starts = np.concatenate(([0], ends[:-1] + 1))
    last = found[np.maximum(ends - 1, 0)]
    last = np.where(last == CR, found[np.maximum(ends - 2, 0)], last)
    whole = np.all(found[np.minimum(starts, len(part) - 1)] == OPEN) and np.all(last == CLOSE)
    return len(ends) if whole else 0
