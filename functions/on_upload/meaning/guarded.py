"""Rows of another kind than the file's: found among the rows seen, and while the rest streams by.

A file whose rows seen are mixed is refused with the counts. Later a row of another kind is a problem that
says so (`Problem.shape`), also one that could be read, but has something beside it that no row before had: a
judgement (read as an answer to learn, a bad answer would be learned), or what the question is about.
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Final

from functions.on_upload.meaning.ask import filled, mixture
from functions.on_upload.meaning.cells import is_empty
from functions.on_upload.meaning.looks import some
from functions.on_upload.meaning.names_of_parts import named, plain
from functions.on_upload.meaning.reading import Problem, Reading, Seen
from functions.on_upload.reading.blocks import Attached, Row
from schemas.samples import Sample

ODD_SHARE: Final = 0.05  # of the rows seen: above it they are no one kind
LOOKED_AT: Final = 1000  # rows that are built to see whether they can be read
# Without these a row is of another kind; of a conversation the first that it is made of.
NEEDED: Final = {
    "conversation": (("messages",), ("question", "answer"), ("images",)),
    "preference": (("chosen", "rejected"), ("chosen",)),
    "feedback": (("label",),),
    "prompts": (("question",),),
    "text": (("text",),),
    "stepwise": (("question", "answer"),),
}
# Rows that lack something are no rows of these kinds; they are rows that lack something.
LESSER: Final = ("prompts", "text")
JUDGEMENTS: Final = frozenset(
    "chosen rejected label kto_tag rejected_response preferred_output non_preferred_output thumbs".split()
)

BESIDE_A_QUESTION: Final = frozenset({"input", "image", "images", "tools"})


def must_be_one_kind(seen: Seen, reading: Reading, read: Callable[[Seen], Reading | None]) -> None:
    """Raises BadInput where a part of the rows seen would be read otherwise, if it stood alone."""
    other_shape = _other_shape(seen, reading)
    odd = [row for row in seen.rows if other_shape(row)]
    if len(odd) < ODD_SHARE * len(seen.rows):
        odd = _unreadable(seen, reading)
    if not odd or len(odd) == len(seen.rows) or len(odd) < ODD_SHARE * len(seen.rows):
        return
    columns = dict.fromkeys(name for row in odd for name, cell in row.cells.items() if not is_empty(cell))
    other = read(seen._replace(columns=tuple(columns), rows=odd))
    if other is None or (other.kind == reading.kind and dict(other.columns) == dict(reading.columns)):
        return
    if other.kind in LESSER and set(other.columns.values()) <= set(reading.columns.values()):
        return
    lines = {id(row) for row in odd}
    rest = [row for row in seen.rows if id(row) not in lines]
    raise mixture(seen, [(reading, rest), (other, odd)])


def _other_shape(seen: Seen, reading: Reading) -> Callable[[Row], bool]:
    """Whether a row has not what this reading needs, but something that its rows never have.

    Of rows of judgements (where it counts most) it is enough that the judgement's column is not there at all.
    """
    needed = needed_by(reading)
    judged = reading.kind in ("preference", "feedback", "stepwise")
    rows = [row for row in seen.rows if filled(row, reading.columns, needed)]
    usual = {name for row in rows for name, cell in row.cells.items() if not is_empty(cell)}

    def is_other(row: Row) -> bool:
        if filled(row, reading.columns, needed):
            return False
        if judged and any(reading.columns[part] not in row.cells for part in needed):
            return True
        return any(name not in usual and not is_empty(cell) for name, cell in row.cells.items())

    return is_other


def _unreadable(seen: Seen, reading: Reading) -> list[Row]:
    """Rows that are not what the reading expects of their columns; all of these, if a part has many."""
    looked = some(seen.rows, LOOKED_AT)

    def is_odd(row: Row) -> bool:
        built = reading.build(row, lambda _: None)
        return isinstance(built, Problem) and built.shape

    odd = [row for row in looked if is_odd(row)]
    if len(odd) < ODD_SHARE * len(looked):
        return []
    return odd if len(looked) == len(seen.rows) else [row for row in seen.rows if is_odd(row)]


def needed_by(reading: Reading) -> Sequence[str]:
    """The parts without which a row is none of this reading's."""
    made_of = (parts for parts in NEEDED[reading.kind] if set(parts) <= reading.columns.keys())
    return next(made_of, ())


def guarded(seen: Seen, reading: Reading) -> Reading:
    """The same reading, whose problems say where a row is of another kind."""
    other_shape = _other_shape(seen, reading)
    known = known_columns(seen, reading)
    build = reading.build

    def checked(row: Row, attached: Attached) -> Sample | Problem:
        found = build(row, attached)
        if isinstance(found, Problem):
            return found._replace(shape=True) if not found.shape and other_shape(row) else found
        if not row.cells.keys() <= known:
            return _with_more(row, known, reading.late) or found
        return found

    return dataclasses.replace(reading, build=checked)


def known_columns(seen: Seen, reading: Reading) -> frozenset[str]:
    """The columns that are read, or would have been if they mattered: those that the rows seen fill.

    Another column may matter by its name alone, as soon as a row has something in it.
    """
    read = reading.columns.values()
    return frozenset(c for c in seen.columns if c in read or not _telling(c) or _is_said(seen, c))


def _telling(column: str) -> bool:
    """Whether rows that have something in a column of this name are other rows than those without it."""
    return plain(column) in JUDGEMENTS or _belongs_to_a_question(column)


def _belongs_to_a_question(column: str) -> bool:
    said = named(column)
    return plain(column) in BESIDE_A_QUESTION or said.context or said.system or said.history


def _is_said(seen: Seen, column: str) -> bool:
    return any(not is_empty(row.cells.get(column)) for row in seen.rows)


def _with_more(row: Row, known: frozenset[str], read: frozenset[str]) -> Problem | None:
    for name in row.cells.keys() - known:
        if plain(name) in read or not _telling(name) or is_empty(row.cells[name]):
            continue
        finding = f"Column '{name[:40]}' says something here, and nothing in the rows before."
        step = "Put rows of another kind into a file of their own."
        if _belongs_to_a_question(name):
            step = (
                "Put some of these rows first, so that the column is read, or all into a file of their own."
            )
        return Problem(finding, step, shape=True)
    return None
