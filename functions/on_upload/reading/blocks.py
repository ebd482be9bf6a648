"""What readers give: a file's rows in blocks, every cell as it was written until its meaning is known.

Two kinds of block. `Flat` is a table of texts, as CSV and most JSONL files hold: it can be mapped a
column at a time. `Nested` has rows of JSON values: texts, lists and objects. Numbers, true and false are
texts of the characters that were written ("1.50", "007", "true"). In both an empty cell is "", a missing one
None. A row that cannot be read costs that row: it is a `BadRow` in its block.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from schemas.samples import Image


class Written(str):
    """A number, true or false inside a JSON value, as it was written: a text but for writing JSON again."""

    __slots__ = ()


class Row(NamedTuple):
    """One row: the 1-based line where it starts (of a table without lines: its number), and its cells."""

    line: int
    cells: dict[str, Any]


class BadRow(NamedTuple):
    """A row that could not be read: where, why, what to do."""

    line: int
    finding: str
    next_step: str


class Flat(NamedTuple):
    """Rows whose cells are all text: `cells` has string columns of one length, as `lines` (int64)."""

    source: str
    cells: pa.Table
    lines: pa.Array
    bad: tuple[BadRow, ...] = ()


class Nested(NamedTuple):
    """Rows whose cells may be any JSON value."""

    source: str
    rows: tuple[Row, ...]
    bad: tuple[BadRow, ...] = ()


Block = Flat | Nested
# An image that lies beside a table (in its archive, in its folder), by the name that a cell gives it.
Attached = Callable[[str], Image | None]


class Opened(NamedTuple):
    """A source opened. `blocks` is read once; whoever holds it keeps the file open until it is done.

    `hints` are side files that lay in the archive beside the data (dataset_info.json), by name: their text.
    `source` of each block names the file as people should see it in a place: `poems.csv`, `data.zip/a.csv`,
    `book.xlsx/Sheet1`. `unit` is what `line` counts. `said` is what a person should know of how the file was
    read, one sentence each ("It is in UTF-16.", "Columns are separated by semicolons.").
    """

    format: str
    header: tuple[str, ...] | None
    blocks: Iterator[Block]
    unit: str = "line"
    said: tuple[str, ...] = ()
    attached: Attached = lambda name: None
    hints: Mapping[str, str] = {}
