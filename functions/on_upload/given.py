"""The split that data brings along: a column that says which rows are held out, or the Hub's files of them.

It counts more than the default of `data.test_size`; a `test_size` that a person gave counts more than it, and
then the person is told so.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from functions.on_upload.arrays import integers, text
from functions.on_upload.peek import Peeked
from functions.on_upload.reading.blocks import Block, Flat
from schemas import names
from schemas.data_options import DataOptions
from schemas.errors import BadInput, Fault

COLUMNS: Final = ("split", "set", "subset", "fold")
LEARNED: Final = frozenset({"train", "training"})
HELD_OUT: Final = frozenset({"test", "testing", "validation", "valid", "val", "dev", "eval", "evaluation"})
VALUES: Final = "Write train for rows to learn from; test, validation, dev or eval for rows to hold out."


class GivenSplit(NamedTuple):
    """What the data itself says of its split: by a column, or by files; `said` is that in words."""

    column: str | None = None
    files: tuple[str, ...] = ()
    said: str = ""

    def sides(self, block: Block) -> tuple[Any, Any]:
        """Of each row whether it is held out, and whether that is known; (None, None) for no split."""
        count = len(block.lines) if isinstance(block, Flat) else len(block.rows)
        known = np.ones(count, bool)
        if self.files:
            return np.full(count, _is_one_of(block.source, self.files)), known
        if self.column is None:
            return None, None
        words, which = _words(block, self.column)
        held = np.array([word in HELD_OUT for word in words], bool)
        known = held | np.array([word in LEARNED for word in words], bool)
        return held[which], known[which]


def given_split(name: str, seen: Peeked, options: DataOptions, files: tuple[str, ...]) -> GivenSplit:
    """The split to follow. Raises BadInput for a chosen column that is not there or says something else."""
    chosen = options.columns.split if options.columns else None
    wished = "test_size" in options.model_fields_set
    if chosen is not None:
        _must_be_a_split(name, seen, chosen, wished)
        return GivenSplit(column=chosen, said=_follows(chosen))
    found = next((column for column in seen.columns if _is_split(seen, column)), None)
    if wished:
        what = "The Hub's own split" if files else f"The split in column '{found}'"
        unused = f"{what} is not used, since you set data.test_size."
        return GivenSplit(said=unused if files or found else "")
    if files:
        return GivenSplit(files=files, said="The Hub's own held-out files are held out.")
    return GivenSplit(column=found, said=_follows(found)) if found else GivenSplit()


def _follows(column: str) -> str:
    return f"Column '{column}' says which rows are held out."


def _is_split(seen: Peeked, column: str) -> bool:
    """Whether a column is named as a split and speaks of nothing else; of a whole file, of both sides."""
    if column.strip().casefold() not in COLUMNS:
        return False
    said = {_word(row.cells.get(column)) for row in seen.rows}
    sides = bool(said & LEARNED) + bool(said & HELD_OUT)
    return said <= LEARNED | HELD_OUT and sides >= (2 if seen.whole else 1)


def _must_be_a_split(name: str, seen: Peeked, column: str, wished: bool) -> None:
    if wished:
        finding = "data.columns.split and data.test_size both say which rows are held out."
        raise BadInput(Fault(place=name, finding=finding, next_step="Keep one of the two."))
    if column not in seen.columns:
        finding = f"There is no column '{column}' (data.columns.split)."
        step = f"Columns are: {', '.join(seen.columns[:12])}."
        raise BadInput(Fault(place=names.place(name, 1), finding=finding, next_step=step))
    said = {_word(row.cells.get(column)) for row in seen.rows}
    if not said & (LEARNED | HELD_OUT):
        shown = ", ".join(f"'{word[:40]}'" for word in sorted(said)[:5])
        finding = f"Column '{column}' (data.columns.split) names no side of a split; it says {shown}."
        raise BadInput(Fault(place=names.place(name, 1), finding=finding, next_step=VALUES))


def _words(block: Block, column: str) -> tuple[Sequence[str], Any]:
    """The different words in a column, and which of them each row has."""
    if not isinstance(block, Flat):
        said = [_word(row.cells.get(column)) for row in block.rows]
        words, which = np.unique(np.array(said, object), return_inverse=True)
        return list(words), which
    if column not in block.cells.column_names:
        return [""], np.zeros(len(block.lines), np.int64)
    coded = block.cells.column(column).fill_null(text("")).combine_chunks().dictionary_encode()
    coded = coded if not hasattr(coded, "chunks") else coded.combine_chunks()
    return [_word(word) for word in coded.dictionary.to_pylist()], integers(coded.indices)


def _word(cell: object) -> str:
    return cell.strip().casefold() if isinstance(cell, str) else ""


def _is_one_of(source: str, files: Sequence[str]) -> bool:
    """Whether a block's source is one of these files, or inside one (an archive's member, a sheet)."""
    return any(
        source == file or source.startswith(f"{file}/") or source.endswith(f"/{file}") for file in files
    )
