"""The start of a file, by which its meaning is found: every row of a small one, else the first ten thousand.

What was read ahead is handed on with it, so nothing is read twice. That the rest of the file is like its
start is never assumed: each row is checked as it streams by (`sift`).
"""

from itertools import islice
from typing import Any, Final, NamedTuple

from functions.on_upload.arrays import taken
from functions.on_upload.reading.blocks import BadRow, Block, Flat, Opened, Row
from schemas import names
from schemas.errors import BadInput, Fault

PEEK_ROWS: Final = 10_000


class Peeked(NamedTuple):
    """The first blocks, and their first rows with the columns met in them; `whole`: these rows are all."""

    blocks: tuple[Block, ...]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    whole: bool


def peek(name: str, opened: Opened) -> Peeked:
    """Look at the start of a file. Raises BadInput where there is no row to look at."""
    blocks: list[Block] = []
    rows: list[Row] = []
    whole = True
    for block in opened.blocks:
        blocks.append(block)
        rows += islice(rows_of(block), PEEK_ROWS + 1 - len(rows))
        if len(rows) > PEEK_ROWS:
            rows.pop()
            whole = False
            break
    columns = dict.fromkeys(opened.header or ())
    for block in blocks:
        columns |= dict.fromkeys(columns_of(block))
    if not whole:  # the last block goes on after these rows: what only its later ones have was not met yet
        met = {name for row in rows for name, cell in row.cells.items() if cell is not None}
        columns = {name: None for name in columns if name in met or name in (opened.header or ())}
    _must_hold_something(name, opened, blocks, rows, any(columns))
    return Peeked(tuple(blocks), tuple(columns), tuple(rows), whole)


def columns_of(block: Block) -> list[str]:
    """The columns that a block's rows have, in order."""
    if isinstance(block, Flat):
        return list(block.cells.column_names)
    found: dict[str, None] = {}
    for row in block.rows:
        if not row.cells.keys() <= found.keys():
            found |= dict.fromkeys(row.cells)
    return list(found)


def rows_of(block: Block, some: Any = None) -> list[Row]:
    """A block's rows one by one; `some` (an array of indexes) picks a few."""
    if not isinstance(block, Flat):
        return list(block.rows) if some is None else [block.rows[at] for at in some]
    cells = block.cells if some is None else taken(block.cells, some)
    lines = block.lines if some is None else taken(block.lines, some)
    columns = [cells.column(name).to_pylist() for name in cells.column_names]
    by_row = zip(*columns, strict=True) if columns else ((),) * len(lines)
    return [
        Row(line, dict(zip(cells.column_names, texts, strict=True)))
        for line, texts in zip(lines.to_pylist(), by_row, strict=True)
    ]


def _must_hold_something(
    name: str, opened: Opened, blocks: list[Block], rows: list[Row], columns: bool
) -> None:
    bad = [_fault(block.source, one) for block in blocks for one in block.bad]
    if not rows and not bad:
        finding = "There is a header but no row." if opened.header else "The file has no row."
        raise BadInput(Fault(place=name, finding=finding, next_step="Drop a file that has rows."))
    if opened.header is None and not columns:
        nothing = Fault(place=name, finding="Its rows hold nothing.", next_step="Drop a file that has rows.")
        raise BadInput(bad or nothing)


def _fault(source: str, bad: BadRow) -> Fault:
    return Fault(place=names.place(source, bad.line), finding=bad.finding, next_step=bad.next_step)
