"""A block of rows as rows that can be used, and those that cannot with the reason: by columns, or row by row.

Both ways give the same columns and the same reasons; by columns it takes no object for a row.
"""

from collections.abc import Container
from typing import Final, NamedTuple

import numpy as np

from functions.on_upload import keys, pairs
from functions.on_upload.kept import Kept
from functions.on_upload.lengths import SIDES, lengths_of
from functions.on_upload.meaning.reading import Problem, Reading
from functions.on_upload.peek import rows_of
from functions.on_upload.reading.blocks import Attached, Block, Flat, Row
from functions.on_upload.shapes import Shape
from schemas.samples import Sample

EMPTY: Final = Problem("The row is empty.", "Nothing to do; it is left out.")


class Left(NamedTuple):
    """A row that is left out. `group` joins problems whose words differ from row to row."""

    line: int
    problem: Problem
    group: str | None = None


class Mapped(NamedTuple):
    """What became of a block's rows; `uses` are things met in them that not every base can learn."""

    kept: Kept
    left: list[Left]
    uses: frozenset[str] = frozenset()


def mapped(block: Block, reading: Reading, shape: Shape, attached: Attached, known: Container[str]) -> Mapped:
    """The rows of a block, as this reading takes them. `known` are the columns that it was found by."""
    if isinstance(block, Flat) and not _says_more(block, known):
        by_columns = _by_columns(block, reading, shape, attached)
        if by_columns is not None:
            return by_columns
    return by_row(block, reading, shape, attached)


def _says_more(block: Flat, known: Container[str]) -> bool:
    """Whether any row has something in a column that the reading was not found by."""
    return any(
        c not in known and pairs.filled(pairs.texts_of(block, c)).any() for c in block.cells.column_names
    )


def _by_columns(block: Flat, reading: Reading, shape: Shape, attached: Attached) -> Mapped | None:
    """A block mapped whole; None where that cannot be, since the reading of each row has the last word."""
    columns = pairs.columns_of(block, reading.pair) if reading.pair else None
    if reading.pair is None or columns is None:
        return None
    usable = pairs.usable(block, reading.pair)
    left: list[Left] = []
    for row in rows_of(block, np.flatnonzero(~usable)):
        built = built_from(row, reading, attached)
        if not isinstance(built, Problem):
            return None
        left.append(Left(row.line, built))
    every = Kept(
        np.arange(len(columns.lines)),
        columns.lines,
        columns.keys(),
        columns.lengths(),
        lambda rows: columns.table(rows, shape, block.source),
    )
    return Mapped(every.part(np.flatnonzero(usable)) if left else every, left)


def by_row(block: Block, reading: Reading, shape: Shape, attached: Attached) -> Mapped:
    """A block row by row."""
    samples: list[Sample] = []
    at: list[int] = []
    left: list[Left] = []
    for index, row in enumerate(rows_of(block)):
        built = built_from(row, reading, attached)
        if isinstance(built, Problem):
            left.append(Left(row.line, built))
        else:
            samples.append(built)
            at.append(index)
    characters = [lengths_of(sample) for sample in samples]
    sides = np.array(characters, np.int64).reshape(-1, len(SIDES[shape.kind])).T
    kept = Kept(
        np.array(at, np.int64),
        np.array([sample.line for sample in samples], np.int64),
        keys.of_samples(samples),
        tuple(sides),
        lambda rows: shape.table([samples[row] for row in rows], block.source),
    )
    return Mapped(kept, left, frozenset().union(*map(uses, samples)))


def built_from(row: Row, reading: Reading, attached: Attached) -> Sample | Problem:
    """A row as a sample, or the problem with it."""
    if not any(_filled(cell) for cell in row.cells.values()):
        return EMPTY
    return reading.build(row, attached)


def uses(sample: Sample) -> frozenset[str]:
    """Of "tools" and "thinking", what a row holds."""
    found = set()
    if getattr(sample, "tools", None) is not None:
        found.add("tools")
    for name in ("messages", "prompt", "chosen", "rejected", "completion"):
        for turn in getattr(sample, name, ()):
            if turn.role == "tool" or turn.tool_calls:
                found.add("tools")
            if turn.thinking is not None:
                found.add("thinking")
    return frozenset(found)


def _filled(cell: object) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None
