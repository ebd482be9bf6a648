"""A block of texts mapped whole: columns of questions and answers become conversations, no row at a time.

What a block's rows become here is what `Reading.build` makes of each (a test holds the two together); rows
that it would refuse are only marked, and left to it to explain.
"""

from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa

from functions.on_upload import keys
from functions.on_upload.arrays import computed, flags, integers, numbers, taken, text, texts
from functions.on_upload.keys import ROLES, Keys
from functions.on_upload.meaning.reading import Pair
from functions.on_upload.reading.blocks import Flat
from functions.on_upload.shapes import PLAIN_TURN, Shape
from schemas.samples import Role

# Bytes that white space of Unicode may begin with, in UTF-8.
_MAY_BE_SPACE: Final = np.isin(
    np.arange(256), [*range(0x09, 0x0E), *range(0x1C, 0x21), 0xC2, 0xE1, 0xE2, 0xE3]
)


class Columns(NamedTuple):
    """Texts of some rows, by who says them, in the order they are said; `there`: which rows have that turn.

    `together` are all the texts below one another, one speaker after the other.
    """

    roles: tuple[Role, ...]
    texts: tuple[pa.Array, ...]
    there: tuple[Any, ...]
    together: pa.Array
    lines: Any

    def keys(self) -> Keys:
        """What makes each row the same as another."""
        parts = list(zip((ROLES[role] for role in self.roles), self.texts, strict=True))
        return keys.of_columns(parts, computed("binary_join_element_wise", *self.texts, text("")), self.there)

    def lengths(self) -> tuple[Any, Any]:
        """Characters of what is asked (all that stands before the answer), and of the answer."""
        *asked, answered = map(_characters, self.texts)
        return sum(asked[1:], asked[0]), answered

    def table(self, rows: Any, shape: Shape, source: str) -> pa.Table:
        """Some of the rows, as columns of a shard."""
        each = rows[:, None] + np.arange(len(self.roles)) * len(self.lines)
        said = np.stack([there[rows] for there in self.there], axis=1)
        content = taken(self.together, each[said])
        speaker = np.broadcast_to(np.arange(len(self.roles), dtype=np.int8), each.shape)[said]
        roles = taken(texts(self.roles), speaker)
        starts = np.zeros(len(rows) + 1, np.int32)
        np.cumsum(said.sum(axis=1), out=starts[1:])
        talk = pa.StructArray.from_arrays([roles, content], fields=list(PLAIN_TURN))
        columns = [pa.ListArray.from_arrays(numbers(starts), talk), numbers(self.lines[rows])]
        if shape.several:
            columns.append(pa.repeat(text(source), len(rows)))
        return pa.Table.from_arrays(columns, schema=shape.schema())


def columns_of(block: Flat, pair: Pair) -> Columns | None:
    """The texts of a block by who says them; None where a column is not there, as rows of JSON may differ."""
    names = [name for name in pair if name is not None]
    if not set(names) <= set(block.cells.column_names):
        return None
    question = texts_of(block, pair.question)
    if pair.context is not None:
        context = texts_of(block, pair.context)
        below = computed("binary_join_element_wise", question, context, text("\n"))
        question = computed("if_else", flags(filled(context)), below, question)
    everybody = np.ones(len(question), bool)
    said: list[tuple[Role, pa.Array, Any]] = [("user", question, everybody)]
    said.append(("assistant", texts_of(block, pair.answer), everybody))
    if pair.system is not None:
        system = texts_of(block, pair.system)
        there = filled(system)
        said.insert(0, ("system", computed("if_else", flags(there), system, text("")), there))
    roles, columns, which = zip(*said, strict=True)
    return Columns(roles, columns, which, pa.concat_arrays(columns), integers(block.lines))


def usable(block: Flat, pair: Pair) -> Any:
    """Which rows have both a question and an answer."""
    return filled(texts_of(block, pair.question)) & filled(texts_of(block, pair.answer))


def filled(column: pa.Array) -> Any:
    """Which texts hold more than white space."""
    at = keys.offsets_of(column)
    full: Any = at[1:] > at[:-1]
    if not full.any():
        return full
    data = np.frombuffer(column.buffers()[2], np.uint8)
    first = data[np.minimum(at[:-1], len(data) - 1)]
    doubtful = np.flatnonzero(full & _MAY_BE_SPACE[first])
    if len(doubtful):
        found = taken(column, doubtful).to_pylist()
        full[doubtful] = [not one.isspace() for one in found]
    return full


def texts_of(block: Flat, column: str) -> pa.Array:
    """A column as one array of strings, a missing cell as an empty one."""
    chunked = block.cells.column(column)
    whole = chunked.combine_chunks() if chunked.num_chunks != 1 else chunked.chunk(0)
    narrow = whole if whole.type == pa.string() else whole.cast(pa.string())
    return computed("coalesce", narrow, text("")) if narrow.null_count else narrow


def _characters(column: pa.Array) -> Any:
    """Characters of each text: its bytes, where all of them are ASCII."""
    at = keys.offsets_of(column)
    if at[-1] == at[0]:
        return np.zeros(len(column), np.int64)
    data = np.frombuffer(column.buffers()[2], np.uint8)[at[0] : at[-1]]
    if data.max() < 0x80:
        return np.diff(at).astype(np.int64)
    return integers(computed("utf8_length", column)).astype(np.int64)
