"""A block of CSV at once: where its records end, at which lines they start, and Arrow's parse of it.

Arrow reads broken quotes in silence, so a block is given to it only where every quote stands as it should:
at the edge of a cell, or doubled. `None` says that a block is to be read row by row instead.
"""

from typing import Any, Final, NamedTuple

import pyarrow as pa

from functions.on_upload import arrays
from functions.on_upload.reading.blocks import BadRow, Flat
from functions.on_upload.reading.csv_rows import Shape, ragged

BOM: Final = b"\xef\xbb\xbf"
LF, CR, QUOTE = 10, 13, 34


class Cut(NamedTuple):
    """`size` bytes of whole records: where each starts, and the place of every line's end within them."""

    size: int
    starts: Any
    ends: Any


def cut(data: bytes, delimiter: str, *, ended: bool) -> Cut | None:
    """The whole records at the start of `data`, of no size if the first goes on behind it.

    None if some quote or carriage return is out of place.
    """
    import numpy as np

    found = np.frombuffer(data, dtype=np.uint8)
    lines = np.flatnonzero(found == LF)
    # Half of a line's end (a CR whose LF comes with the next bytes) is no end of its own.
    told = found[:-1] if data.endswith(b"\r") and not ended else found
    if b"\r" in data and np.count_nonzero(told == CR) != np.count_nonzero(
        found[np.maximum(lines - 1, 0)] == CR
    ):
        lines = _with_lone_returns(told, lines)
    quotes = np.flatnonzero(found == QUOTE) if b'"' in data else lines[:0]
    if len(quotes) and not _in_place(found, quotes, ord(delimiter)):
        return None
    outside = lines if not len(quotes) else lines[(np.searchsorted(quotes, lines) & 1) == 0]
    if np.any(found[outside] == CR):
        return None
    if ended and len(quotes) % 2 == 0 and data and (not len(outside) or outside[-1] != len(data) - 1):
        outside = np.append(outside, len(data))  # the last line need not end
    if not len(outside):
        return Cut(0, lines[:0], lines[:0])
    size = min(int(outside[-1]) + 1, len(data))
    starts = np.concatenate((outside[:1] * 0, outside[:-1] + 1))
    length = outside - starts
    blank = (length == 0) | ((length == 1) & (found[np.minimum(starts, len(data) - 1)] == CR))
    return Cut(size, starts[~blank], lines[: np.searchsorted(lines, size)])


def _with_lone_returns(found: Any, lines: Any) -> Any:
    import numpy as np

    returns = np.flatnonzero(found == CR)
    following = found[np.minimum(returns + 1, len(found) - 1)]  # the last byte may be one: it is no LF
    return np.sort(np.concatenate((lines, returns[following != LF])))


def _in_place(found: Any, quotes: Any, delimiter: int) -> bool:
    """Whether quotes open after an edge and close before one, taken in pairs; a doubled one is both."""
    import numpy as np

    opening, closing = quotes[::2], quotes[1::2]
    before = found[opening - 1]
    if opening[0] == 0:
        before[0] = LF
    doubled = np.zeros(len(opening), dtype=bool)
    doubled[1:] = opening[1:] == closing[: len(opening) - 1] + 1
    edge = (before == delimiter) | (before == LF) | (before == CR)
    if not np.all(edge | doubled):
        return False
    after = found[np.minimum(closing + 1, len(found) - 1)]
    if len(closing) and closing[-1] == len(found) - 1:
        after[-1] = LF
    again = np.zeros(len(closing), dtype=bool)
    again[: len(opening) - 1] = doubled[1:]
    return bool(np.all((after == delimiter) | (after == LF) | (after == CR) | again))


def parse(data: bytes, records: Cut, shape: Shape, line: int) -> Flat | None:
    """The records as a table, the first of them starting at `line`."""
    import numpy as np

    block = data if records.size == len(data) else data[: records.size]
    if block.startswith(BOM):
        return None  # Arrow takes it for a mark; in the middle of a file it is a character
    starts = line + np.searchsorted(records.ends, records.starts)
    wrong: list[tuple[int, int]] = []
    table = _table(block, shape, None)
    if table is None and _is_utf8(block):  # Arrow tells of wrong rows as text, which they have to be
        table = _table(block, shape, wrong)
    if table is None or table.num_rows + len(wrong) != len(starts):
        return None
    bad: list[BadRow] = []
    if wrong:
        numbers = np.array([number - 1 for number, _ in wrong])
        following = np.append(starts, line + len(records.ends) + 1)
        if np.any(following[numbers + 1] - following[numbers] > 1):
            return None  # several lines in a row that is ragged: perhaps a quote was never closed
        bad = [BadRow(int(starts[number - 1]), *ragged(count, shape)) for number, count in wrong if count]
        starts = np.delete(starts, numbers)
    return Flat(shape.source, table, arrays.numbers(starts), tuple(bad))


def _is_utf8(block: bytes) -> bool:
    try:
        block.decode()
    except UnicodeDecodeError:
        return False
    return True


def _table(block: bytes, shape: Shape, wrong: list[tuple[int, int]] | None) -> pa.Table | None:
    """Every cell as text. Rows of another length go to `wrong`, by number (a blank one as of none);
    without it they are an error."""
    import pyarrow.csv as arrow

    def leave(row: Any) -> str:
        assert wrong is not None
        blank = row.actual_columns == 1 and not row.text.strip()
        wrong.append((row.number, 0 if blank else row.actual_columns))
        return "skip"

    read = arrow.ReadOptions(
        column_names=list(shape.columns), block_size=len(block) + 1, use_threads=wrong is None
    )
    how = arrow.ParseOptions(
        delimiter=shape.delimiter,
        newlines_in_values=True,
        invalid_row_handler=None if wrong is None else leave,
    )
    convert = arrow.ConvertOptions(
        column_types=dict.fromkeys(shape.columns, pa.string()), strings_can_be_null=False
    )
    try:
        return arrow.read_csv(
            pa.BufferReader(block), read_options=read, parse_options=how, convert_options=convert
        )
    except pa.ArrowInvalid:
        return None
