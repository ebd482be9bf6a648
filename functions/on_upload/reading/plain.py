"""Plain text and Markdown: a file is one text, to go on learning from.

A long one is split where a blank line stands, into texts of at most 100,000 characters; joined, they are the
file to the letter. A text with bytes of no character is left out, told by the line of the first of them.
"""

import codecs
from collections.abc import Iterator
from typing import Final

import pyarrow as pa

from functions.on_upload.reading.blocks import BadRow, Flat, Opened
from functions.on_upload.reading.csv_rows import bad_bytes, has_bad_bytes
from functions.on_upload.reading.text import Text

MAX_TEXT: Final = 100_000  # characters
STEP_BYTES: Final = 1 << 20


def open_plain(name: str, text: Text) -> Opened:
    """The file as texts in one column, `text`."""
    said = list(text.said)
    if not text.whole or len(text.head) > MAX_TEXT:
        said.append(f"It is split at blank lines into texts of at most {MAX_TEXT:,} characters.")
    return Opened("text", ("text",), _blocks(name, text), said=tuple(said))


def _blocks(name: str, text: Text) -> Iterator[Flat]:
    decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
    held, line, ended = "", 1, False
    while not ended:
        raw = text.read(STEP_BYTES)
        ended = not raw
        held += decoder.decode(raw, final=ended)
        pieces, lines = [], []
        bad: list[BadRow] = []
        while held and (ended or len(held) > MAX_TEXT):
            piece = held[: _cut(held)]
            held = held[len(piece) :]
            if has_bad_bytes(piece):
                first = next(place for place, each in enumerate(piece) if has_bad_bytes(each))
                bad.append(BadRow(line + piece.count("\n", 0, first), *bad_bytes(text.encoding.label)))
            else:
                pieces.append(piece)
                lines.append(line)
            line += piece.count("\n")
        if pieces or bad:
            table = pa.table({"text": pa.array(pieces, pa.string())})
            yield Flat(name, table, pa.array(lines, pa.int64()), tuple(bad))


def _cut(text: str) -> int:
    """Where the first text ends: behind the last blank line, line or character that fits."""
    if len(text) <= MAX_TEXT:
        return len(text)
    for mark in ("\n\n", "\r\n\r\n", "\n"):
        found = text.rfind(mark, 0, MAX_TEXT)
        if found > 0:
            return found + len(mark)
    return MAX_TEXT
