"""`data.template`: texts with columns in braces, by which a person says how a row is written as turns.

A doubled brace is a brace. An empty cell is written as nothing; where all columns of a text are empty, the
row has nothing to ask or to answer, and is told. Objects and lists are written as JSON.
"""

import re
from collections.abc import Iterator
from typing import Final

from functions.on_upload.meaning.cells import FILL_IT, is_empty, json_of, text_of
from functions.on_upload.meaning.override import missing
from functions.on_upload.meaning.reading import Problem, Reading, Seen
from functions.on_upload.reading.blocks import Attached, Row
from schemas.data_options import Template
from schemas.errors import BadInput, Fault
from schemas.samples import Conversation, Message, Role, Sample

_PIECE: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
ROLES: Final[dict[str, Role]] = {"system": "system", "question": "user", "answer": "assistant"}
# A text as its pieces: words that stay, and columns.
Pieces = tuple[tuple[str, bool], ...]


def template_reading(seen: Seen, template: Template) -> Reading:
    """The reading that a template gives. Raises BadInput for a column that is not there, or a lone brace."""
    parts: dict[str, Pieces] = {}
    for part in ROLES:
        text = getattr(template, part)
        if text is not None:
            parts[part] = tuple(_pieces(seen, part, text))
    if not any(is_column for _, is_column in parts["answer"]):
        finding = "data.template.answer names no column: every answer would be the same."
        step = "Write a column in braces, such as {answer}."
        raise BadInput(Fault(place="data.template.answer", finding=finding, next_step=step))

    def build(row: Row, attached: Attached) -> Sample | Problem:
        turns = []
        for part, pieces in parts.items():
            text = _written(pieces, row)
            if isinstance(text, Problem):
                if part == "system":
                    continue
                return text
            turns.append(Message(role=ROLES[part], content=text))
        return Conversation(messages=tuple(turns), line=row.line)

    said = f"'{template.question}' is what a person says, '{template.answer}' the answer."
    why = f"Your template writes each row: {said}"
    return Reading("conversation", _columns(parts), why, 1.0, build)


def _pieces(seen: Seen, part: str, text: str) -> Iterator[tuple[str, bool]]:
    at = 0
    for found in _PIECE.finditer(text):
        if found.start() > at:
            yield text[at : found.start()], False
        at = found.end()
        if found[0] in ("{{", "}}"):
            yield found[0][0], False
        elif found[1] is None:
            finding = f"There is a lone '{found[0]}'."
            step = "Write {{ or }} for a brace, and {column} for a column."
            raise BadInput(Fault(place=f"data.template.{part}", finding=finding, next_step=step))
        else:
            yield _column(seen, part, found[1]), True
    if at < len(text):
        yield text[at:], False


def _column(seen: Seen, part: str, name: str) -> str:
    for tried in (name, name.strip()):
        if tried and tried in seen.columns:
            return tried
    raise missing(seen, name, f"data.template.{part}")


def _written(pieces: Pieces, row: Row) -> str | Problem:
    made, empty = [], []
    for piece, is_column in pieces:
        cell = row.cells.get(piece) if is_column else None
        if not is_column:
            made.append(piece)
        elif is_empty(cell):
            empty.append(piece)
        else:
            text = json_of(cell) if isinstance(cell, dict | list | tuple) else text_of(piece, cell)
            if isinstance(text, Problem):
                return text
            made.append(text)
    named = {piece for piece, is_column in pieces if is_column}
    if named and named == set(empty):
        return Problem(f"Column '{empty[0]}' is empty.", FILL_IT)
    return "".join(made)


def _columns(parts: dict[str, Pieces]) -> dict[str, str]:
    """Part → column; a part that is made of several columns numbers them."""
    made: dict[str, str] = {}
    for part, pieces in parts.items():
        columns = dict.fromkeys(piece for piece, is_column in pieces if is_column)
        for number, column in enumerate(columns, 1):
            made[part if number == 1 else f"{part} {number}"] = column
    return made
