"""What a person says about columns (`data.columns`): used or refused.

The columns that are given are called by the names that the finders know best, so that what was said counts as
the plainest of names; the rest is found as ever.
"""

import dataclasses
import difflib
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from functions.on_upload.meaning.ask import listed
from functions.on_upload.meaning.reading import Problem, Reading, Seen
from functions.on_upload.reading.blocks import Attached, Row
from schemas import names
from schemas.data_options import Columns
from schemas.errors import BadInput, Fault
from schemas.samples import Kind, Sample

# What the finders of each kind know best.
CALLED: Final = {
    "question": "question",
    "answer": "answer",
    "system": "system",
    "context": "context",
    "history": "history",
    "messages": "messages",
    "tools": "tools",
    "chosen": "chosen",
    "rejected": "rejected",
    "label": "label",
    "reference": "ground_truth",
    "text": "text",
    "images": "images",
}
OF_KIND: Final[dict[str, dict[str, str]]] = {
    "preference": {"question": "prompt"},
    "feedback": {"question": "prompt", "answer": "completion"},
    "prompts": {"question": "prompt"},
}


class Given(NamedTuple):
    """Which column plays which part by order; `kind` follows from the parts, None if they leave it open."""

    parts: Mapping[str, str]
    kind: Kind | None


def given_by(columns: Columns) -> Given:
    """What a person says, but for the split, which is none of a row's meaning."""
    parts = columns.model_dump(exclude_none=True, exclude={"split"})
    return Given(parts, _kind(parts))


def _kind(parts: Mapping[str, str]) -> Kind | None:
    if "chosen" in parts or "rejected" in parts:
        return "preference"
    if "label" in parts:
        return "feedback"
    if "reference" in parts and "answer" not in parts:
        return "prompts"
    if "messages" in parts or "question" in parts or "answer" in parts:
        return "conversation"
    return "text" if "text" in parts else None


def must_be_there(seen: Seen, parts: Mapping[str, str]) -> None:
    """Raises BadInput for a column that is not there, and for one that is given two parts."""
    for part, column in parts.items():
        if column not in seen.columns:
            raise missing(seen, column, f"data.columns.{part}")
    for part, column in parts.items():
        twice = [other for other, same in parts.items() if same == column and other != part]
        if twice:
            finding = f"{part.capitalize()} and {twice[0]} are the same column."
            step = f"Set data.columns.{part} and data.columns.{twice[0]} to two of them."
            raise _fault(seen, finding, f"Columns are: {listed(seen.columns)}. {step}")


def missing(seen: Seen, column: str, setting: str) -> BadInput:
    """The refusal of a column that is not there, with the nearest that is."""
    folded = {one.strip().casefold(): one for one in seen.columns if one}
    near = difflib.get_close_matches(column.strip().casefold(), list(folded), n=1, cutoff=0.6)
    meant = f" Did you mean '{folded[near[0]]}'?" if near else ""
    return _fault(
        seen, f"There is no column '{column}' ({setting}).", f"Columns are: {listed(seen.columns)}.{meant}"
    )


def _fault(seen: Seen, finding: str, step: str) -> BadInput:
    return BadInput(Fault(place=names.place(seen.name, 1), finding=finding, next_step=step))


def unusable(seen: Seen, given: Given) -> BadInput:
    """The refusal of parts that go together in no reading."""
    said = ", ".join(f"data.columns.{part}={column}" for part, column in given.parts.items())
    step = "Name the columns of one kind: question and answer, messages, chosen and rejected, or text."
    return _fault(seen, f"These columns make no rows to learn from: {said}.", step)


def renamed(seen: Seen, given: Given, find: Callable[[Seen], Sequence[Reading]]) -> list[Reading]:
    """The readings of a file whose given columns are called as the finders know them; in its own names."""
    called = {**CALLED, **OF_KIND.get(given.kind or "", {})}
    new = {column: called[part] for part, column in given.parts.items()}
    taken = set(new.values())
    for column in seen.columns:
        if column in taken and column not in new:
            new[column] = f"{column} (not chosen)"  # no finder knows such a name
    back = {name: column for column, name in new.items()}

    def row_of(row: Row) -> Row:
        return Row(row.line, {new.get(name, name): cell for name, cell in row.cells.items()})

    columns = tuple(new.get(column, column) for column in seen.columns)
    found = find(seen._replace(columns=columns, rows=[row_of(row) for row in seen.rows], hints={}))
    return [_in_own_names(reading, back, row_of) for reading in found]


def _in_own_names(reading: Reading, back: Mapping[str, str], row_of: Callable[[Row], Row]) -> Reading:
    inner, why = reading.build, reading.why

    def build(row: Row, attached: Attached) -> Sample | Problem:
        found = inner(row_of(row), attached)
        if isinstance(found, Problem):
            return found._replace(finding=_own(found.finding, back), next_step=_own(found.next_step, back))
        return found

    columns = {part: back.get(name, name) for part, name in reading.columns.items()}
    pair = reading.pair
    if pair is not None:
        pair = type(pair)(*(back.get(name, name) if name else None for name in pair))  # type: ignore[arg-type]
    return dataclasses.replace(reading, columns=columns, why=_own(why, back), build=build, pair=pair)


def _own(text: str, back: Mapping[str, str]) -> str:
    for name, column in back.items():
        text = text.replace(f"'{name}'", f"'\0{column}'")
    return text.replace("\0", "")
