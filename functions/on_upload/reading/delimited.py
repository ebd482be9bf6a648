"""CSV and its relatives: blocks at Arrow's speed where they are clean, row by row where they are not."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from functions.on_upload.reading import csv_fast, csv_rows
from functions.on_upload.reading.blocks import BadRow, Flat, Opened
from functions.on_upload.reading.csv_dialect import dialect_of
from functions.on_upload.reading.refusals import differ, refused
from functions.on_upload.reading.text import Text
from schemas import names

BLOCK_BYTES: Final = 6 << 20
SHORT_LINE: Final = 24  # bytes; so many of shorter ones are in a block that their places outweigh their texts
MAX_ROW_BYTES: Final = 16 << 20  # a row that is longer is left out, and reading goes on after its first line
MAX_COLUMNS: Final = 10_000
_ESCAPED: Final = re.compile(rb'\\([\\"])')


def open_delimited(name: str, text: Text) -> Opened:
    """A table of text, its dialect and its header found by a look at its start."""
    dialect = dialect_of(name, text.head, whole=text.whole)
    if len(dialect.columns) > MAX_COLUMNS:
        finding = f"It has {len(dialect.columns):,} columns; {MAX_COLUMNS:,} can be read."
        raise refused(names.place(name, dialect.line), finding, "Keep the columns that matter.")
    differ(names.place(name, dialect.line), dialect.columns)
    shape = csv_rows.Shape(name, dialect.columns, dialect.delimiter, dialect.skip_space, text.encoding.label)
    read = _unescaped(text.read) if dialect.escaped else text.read
    blocks = _blocks(read, shape, dialect.rows_at, dialect.skip)
    said = (*text.said, *dialect.said)
    return Opened("csv", dialect.columns, blocks, said=said)


def _blocks(read: Callable[[int], bytes], shape: csv_rows.Shape, line: int, skip: int) -> Iterator[Flat]:
    data, back, ended = b"", b"", False
    at_once = BLOCK_BYTES
    while not ended:
        more = back[:at_once] or read(at_once)
        back = back[at_once:]
        data, ended = data + more, not more
        if skip and (len(data) > skip or ended):
            data, skip = data[skip:], 0
        while data and not skip:
            block, size, lines = _one(data, shape, line, ended=ended)
            if not size and len(data) > MAX_ROW_BYTES:
                yield _too_long(data, shape, line)
                data, back, line = b"", _past_first_line(data, read) + back, line + 1
                ended, at_once = False, BLOCK_BYTES // 4
                break
            if not size:
                break
            data, line = data[size:], line + lines
            at_once = BLOCK_BYTES if size > SHORT_LINE * lines else BLOCK_BYTES // 4
            if len(block.lines) or block.bad:
                yield block
            if not ended:
                break  # what is left is part of a row


def _one(data: bytes, shape: csv_rows.Shape, line: int, *, ended: bool) -> csv_rows.Taken:
    found = None if shape.skip_space else csv_fast.cut(data, shape.delimiter, ended=ended)
    if found and not found.size and not ended:
        return csv_rows.Taken(csv_rows.flat(shape, [], [], []), 0, 0)
    block = csv_fast.parse(data, found, shape, line) if found and found.size else None
    if found and block:
        return csv_rows.Taken(block, found.size, len(found.ends))
    return csv_rows.take(data, shape, line, ended=ended)


def _too_long(data: bytes, shape: csv_rows.Shape, line: int) -> Flat:
    """A row without end, left out: its quote was never closed, or its line is longer than any text."""
    finding = f"This line is longer than {MAX_ROW_BYTES >> 20} MB."
    bad = (finding, "Split the text into several rows.") if b"\n" not in data else csv_rows.OPEN
    return csv_rows.flat(shape, [], [], [BadRow(line, *bad)])


def _past_first_line(data: bytes, read: Callable[[int], bytes]) -> bytes:
    while b"\n" not in data and (more := read(BLOCK_BYTES)):
        data = more
    return data.partition(b"\n")[2]


def _unescaped(read: Callable[[int], bytes]) -> Callable[[int], bytes]:
    r"""Texts whose quotes are escaped (`\"`), read as if they were doubled."""

    def read_unescaped(size: int) -> bytes:
        data = read(size)
        if (len(data) - len(data.rstrip(b"\\"))) % 2:
            data += read(1)  # a backslash belongs to what follows it
        return _ESCAPED.sub(lambda found: b'""' if found[1] == b'"' else b"\\", data)

    return read_unescaped
