"""Rows of a problem and the steps of its solution, each judged: prompt, completions, labels."""

from collections.abc import Callable
from typing import Any

from functions.on_upload.meaning import words_of_kinds as words
from functions.on_upload.meaning.feedback import says_anything, truth
from functions.on_upload.meaning.kinds import (
    asking,
    column,
    half_character,
    is_said,
    listed,
    mostly,
    said,
    shown,
    without,
)
from functions.on_upload.meaning.names_of_parts import plain
from functions.on_upload.meaning.reading import Problem, Reading, Seen
from functions.on_upload.meaning.shown import ImagesOfRow
from functions.on_upload.reading.blocks import Attached, Row
from schemas.samples import Sample, Step, Stepwise


def find_stepwise(seen: Seen) -> list[Reading]:
    """Readings as steps that were judged; at most one."""
    steps = _lists(seen, words.STEPS, lambda one: isinstance(one, str) and truth(one) is None)
    labels = _lists(seen, words.STEP_LABELS, lambda one: truth(one) is not None)
    if steps is None or labels is None:
        return []
    if plain(steps) not in words.STEPS and plain(labels) not in words.STEP_LABELS and says_anything(steps):
        return []  # whole answers that were graded, mostly
    rest = without(seen, steps, labels)
    rest = rest._replace(columns=tuple(one for one in rest.columns if mostly(seen, one, is_said)))
    prompt = asking(rest, words.ASKED) or (rest.columns[0] if len(rest.columns) == 1 else None)
    if prompt is None:
        return []
    asks: str = prompt

    def build(row: Row, attached: Attached) -> Sample | Problem:
        start = said(asks, row.cells.get(asks), "user", attached, ImagesOfRow())
        if isinstance(start, Problem):
            return start
        texts, judged = listed(row.cells.get(steps)) or [], listed(row.cells.get(labels)) or []
        good = [truth(one) for one in judged]
        if len(texts) != len(good) or not texts:
            finding = f"There are {len(texts)} steps and {len(good)} labels."
            return Problem(finding, "Write one label, true or false, for each step.")
        made = [
            Step(text=str(text), good=one) for text, one in zip(texts, good, strict=True) if one is not None
        ]
        if broken := half_character("The steps", "".join(step.text for step in made)):
            return broken
        if len(made) != len(texts):
            return Problem("A label is neither true nor false.", "Write true or false.")
        return Stepwise(prompt=start, steps=tuple(made), line=row.line)

    why = (
        f"Column {shown([asks])} is a problem, {shown([steps])} its steps, {shown([labels])} which are right."
    )
    columns = {"question": asks, "answer": steps, "label": labels}
    return [Reading("stepwise", columns, why, 0.96, build)]


def _lists(seen: Seen, called: list[str], is_one: Callable[[Any], bool]) -> str | None:
    """The column of lists of such things: by its name, else the only one."""

    def is_list(value: object) -> bool:
        found = listed(value)
        return bool(found) and all(map(is_one, found or ()))

    there = seen._replace(columns=tuple(one for one in seen.columns if mostly(seen, one, is_list)))
    return column(there, called) or (there.columns[0] if len(there.columns) == 1 else None)
