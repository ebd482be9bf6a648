"""CSV row by row, for the blocks that are not clean: what cannot be read costs its own row.

A quote that is never closed would swallow what follows. Where a row of several lines turns out wrong and its
other lines are rows of their own, the quote is taken for the fault of its first line alone.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

import pyarrow as pa

from functions.on_upload.reading.blocks import BadRow, Flat

MAX_CELL: Final = 10_000_000  # characters; the csv module's own limit of 131,072 cuts real documents off
FEW_LINES: Final = 200  # a quote that stays open over more than these is taken for a fault of its line alone
_BAD: Final = re.compile("[\udc80-\udcff]")


class Shape(NamedTuple):
    """How the lines of a file are rows: what is between cells, how the columns are called."""

    source: str
    columns: tuple[str, ...]
    delimiter: str
    skip_space: bool = False
    encoding: str = "UTF-8"


class Taken(NamedTuple):
    """Rows read from the start of some bytes: how many bytes and lines they took."""

    block: Flat
    size: int
    lines: int


QUOTES: Final = 'Put "…" around cells that contain commas.'
OPEN: Final = (
    "A quote is opened here and never closed.",
    "Close the quote, or double it if it is part of the text.",
)


def ragged(count: int, shape: Shape) -> tuple[str, str]:
    """The finding and next step of a row that has another number of cells than the header."""
    finding = f"Found {count} cells where the header has {len(shape.columns)}."
    return finding, QUOTES.replace("commas", WORDS.get(shape.delimiter, "commas"))


WORDS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


def bad_bytes(encoding: str) -> tuple[str, str]:
    """The finding and next step of a row that holds bytes of no character."""
    return f"This line is not {encoding}.", "Save the file as 'CSV UTF-8'."


def take(data: bytes, shape: Shape, line: int, *, ended: bool) -> Taken:
    """The whole rows at the start of `data`, the first of them at `line`; at the end of a file, all of it."""
    lines = split_lines(data.decode("utf-8", "surrogateescape"))
    if not ended and lines and not lines[-1].endswith("\n"):
        lines.pop()  # half a line, or half of its end
    rows = _Rows(lines, shape, line, ended)
    good: list[list[str]] = []
    places: list[int] = []
    for place, cells in rows:
        good.append(cells)
        places.append(place)
    size = sum(len(text.encode("utf-8", "surrogateescape")) for text in lines[: rows.done])
    return Taken(flat(shape, good, places, rows.bad), size, rows.done)


def flat(shape: Shape, rows: Sequence[Sequence[str]], places: Sequence[int], bad: Sequence[BadRow]) -> Flat:
    """Rows as a block."""
    cells = list(zip(*rows, strict=True)) or [()] * len(shape.columns)
    columns = [pa.array(column, pa.string()) for column in cells]
    table = pa.Table.from_arrays(columns, names=list(shape.columns))
    return Flat(shape.source, table, pa.array(places, pa.int64()), tuple(bad))


def split_lines(text: str) -> list[str]:
    r"""Lines with their ends, which are \n, \r\n or \r, as editors count them."""
    return list(io.StringIO(text, newline=""))


class _Rows:
    """Rows with the numbers of their lines; `done` lines are read for good, `bad` rows noted."""

    def __init__(self, lines: Sequence[str], shape: Shape, line: int, ended: bool) -> None:
        self.lines, self.shape, self.line, self.ended = lines, shape, line, ended
        self.done, self.bad = 0, list[BadRow]()
        csv.field_size_limit(MAX_CELL)

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        width = len(self.shape.columns)
        reader, base = self._reader(0), 0
        while (start := self.done) < len(self.lines):
            try:
                cells = next(reader)
            except csv.Error as error:
                if not self._broken(start, base + reader.line_num, str(error)):
                    return
                reader, base = self._reader(self.done), self.done
                continue
            self.done = base + reader.line_num
            if not cells or (len(cells) == 1 < width and not cells[0].strip()):
                continue  # a blank line holds no row
            if len(cells) != width and self._stand_alone(start + 1, self.done):
                self._leave(start, *OPEN, resume=start + 1)
                reader, base = self._reader(self.done), self.done
            elif len(cells) != width:
                self._leave(start, *ragged(len(cells), self.shape), resume=self.done)
            elif any(has_bad_bytes(cell) for cell in cells):
                self._leave(start, *bad_bytes(self.shape.encoding), resume=self.done)
            else:
                yield start + self.line, cells

    def _broken(self, start: int, end: int, error: str) -> bool:
        """Note a row that cannot be read, and where to go on; not if the rest of it is still to come."""
        if "unexpected end of data" in error:
            if not self.ended:
                return False
            alone = end - start > FEW_LINES or self._stand_alone(start + 1, end)
            self._leave(start, *OPEN, resume=start + 1 if alone else end)
            return True
        end = max(end, self._lenient_end(start))
        if self._stand_alone(start + 1, end):
            self._leave(start, *OPEN, resume=start + 1)
        elif "field limit" in error:
            finding = f"A cell has more than {MAX_CELL:,} characters."
            self._leave(start, finding, "Split the text into several rows.", resume=end)
        else:
            step = 'Put "…" around cells with quotes or commas, and double the quotes in them.'
            self._leave(start, f"This line is not CSV: {error}.", step, resume=end)
        return True

    def _leave(self, start: int, finding: str, next_step: str, *, resume: int) -> None:
        self.bad.append(BadRow(start + self.line, finding, next_step))
        self.done = resume

    def _stand_alone(self, start: int, end: int) -> bool:
        """Whether the lines from `start` to `end` are good rows of their own."""
        reader = self._reader(start)
        good = rows = 0
        while start + reader.line_num < end and rows < FEW_LINES:
            rows += 1
            try:
                good += len(next(reader)) in (0, len(self.shape.columns))
            except csv.Error:
                return False
            except StopIteration:
                break
        return rows > 0 and good == rows

    def _lenient_end(self, start: int) -> int:
        """Where a row with broken quotes ends if one is patient with it; its first line if never."""
        reader = self._reader(start, strict=False)
        try:
            next(reader)
        except csv.Error:
            return start + 1
        end = start + reader.line_num
        return end if end < len(self.lines) else start + 1

    def _reader(self, start: int, *, strict: bool = True) -> Any:
        lines = islice(self.lines, start, None) if start else self.lines
        return csv.reader(
            lines,
            delimiter=self.shape.delimiter,
            skipinitialspace=self.shape.skip_space,
            strict=strict,
        )


def has_bad_bytes(text: str) -> bool:
    """Whether bytes that are not UTF-8 were read (PEP 383 keeps them as lone surrogates)."""
    return not text.isascii() and _BAD.search(text) is not None
