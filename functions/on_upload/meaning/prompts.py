"""Rows of prompts that a model answers itself while it learns, and what its answers are graded against.

A question with an answer is a pair to learn from, unless something says otherwise: a column called
`ground_truth` or the like, a solution that ends as mathematics' do (`#### 42`, `\\boxed{42}`), turns that end
with the user beside other columns (OpenAI's reinforcement files), or that there is no answer at all.
"""

import re
from typing import Any, Final

from functions.on_upload.meaning import words_of_kinds as words
from functions.on_upload.meaning.cells import is_empty, json_of
from functions.on_upload.meaning.images import image_column, images_of
from functions.on_upload.meaning.kinds import (
    SYSTEM,
    TOOLS,
    answering,
    asking,
    cells,
    column,
    half_character,
    is_said,
    is_text,
    mostly,
    parsed,
    said,
    shown,
    tools_text,
    with_system,
    without,
)
from functions.on_upload.meaning.names_of_parts import STRONG, named, plain
from functions.on_upload.meaning.reading import Problem, Reading, Seen
from functions.on_upload.meaning.shown import ImagesOfRow
from functions.on_upload.meaning.turns import is_turns, turns, well_ordered
from functions.on_upload.reading.blocks import Attached, Row
from schemas.samples import Prompts, Sample

FINAL: Final = re.compile(r"####\s*\S|\\boxed\{")  # how a worked solution marks its result
MAX_REFERENCE: Final = 1_000_000  # characters of what a row's answers are graded against


def find_prompts(seen: Seen) -> list[Reading]:
    """Readings as prompts to be answered; at most one, less certain the more it looks like a pair."""
    rest = without(seen, image_column(seen))
    asks = rest._replace(columns=tuple(one for one in rest.columns if mostly(seen, one, is_said)))
    prompt = _ending_in_user(asks) or asking(asks, ("prompt", *words.ASKED))
    if prompt is None:
        return []
    talk = mostly(seen, prompt, is_turns)
    if talk and not _ends_in_user(seen, prompt):
        return []
    others = without(rest, prompt, *_about(rest))
    reference = column(others, words.REFERENCE)
    certainty = _certainty(seen, others, reference, talk=talk)
    if certainty is None:
        return []
    return [_reading(seen, prompt, reference, certainty)]


def _certainty(seen: Seen, others: Seen, reference: str | None, *, talk: bool) -> float | None:
    """How sure it is that nothing here is an answer to learn; None where something plainly is."""
    if reference and plain(reference) in words.GRADED:
        answer = answering(without(others, reference), words.ANSWERED)
        return 0.96 if answer is None else 0.4
    if talk:
        answers = [
            one for one in others.columns if named(one).answer == STRONG and mostly(seen, one, is_text)
        ]
        return 0.95 if len(answers) < 2 or reference else 0.5  # of two answers one may be the better
    if any(not mostly(seen, one, is_said) for one in others.columns if plain(one) in words.GRADED):
        return 0.95
    if reference and mostly(seen, reference, lambda cell: bool(FINAL.search(str(cell)))):
        return 0.6  # a pair to learn from as well: it is asked
    texts = [one for one in others.columns if mostly(seen, one, is_said)]
    if not texts:
        return 0.93
    if reference is None or plain(reference) in ("answer", "label", "target", "expected_output"):
        return 0.3 if reference else None
    return 0.5


def _ending_in_user(seen: Seen) -> str | None:
    return next(
        (one for one in seen.columns if mostly(seen, one, is_turns) and _ends_in_user(seen, one)), None
    )


def _ends_in_user(seen: Seen, name: str) -> bool:
    def ends(cell: Any) -> bool:
        found = turns(cell, lambda _: None, images=ImagesOfRow())
        return not isinstance(found, Problem) and found[-1].role in ("user", "tool", "system")

    return all(map(ends, cells(seen, name))) if len(seen.rows) < 20 else mostly(seen, name, ends)


def _about(seen: Seen) -> list[str]:
    """Columns that say something about a row and are no reference."""
    return [one for one in seen.columns if named(one).about and plain(one) not in words.GRADED]


def _reading(seen: Seen, prompt: str, reference: str | None, certainty: float) -> Reading:
    images = image_column(seen)
    system, tools = column(without(seen, prompt), SYSTEM), column(without(seen, prompt), TOOLS)
    taken = (prompt, images, system, tools)

    def build(row: Row, attached: Attached) -> Sample | Problem:
        held = images_of(row, images, attached)
        if isinstance(held, Problem):
            return held
        asked = said(prompt, row.cells.get(prompt), "user", attached, held)
        asked = with_system(asked, system, row.cells)
        asked = asked if isinstance(asked, Problem) else well_ordered(asked, ends="user")
        listed = tools_text(row.cells.get(tools) if tools else None)
        if isinstance(asked, Problem):
            return asked
        if isinstance(listed, Problem):
            return listed
        kept = {key: parsed(cell) if not isinstance(cell, str) else cell for key, cell in row.cells.items()}
        against = json_of(
            {key: cell for key, cell in kept.items() if key not in taken and not is_empty(cell)}
        )
        if len(against) > MAX_REFERENCE:
            return Problem("What answers are graded against is too long.", "Shorten it.")
        if broken := half_character("The columns", against):
            return broken
        return Prompts(prompt=asked, reference=against, tools=listed, images=held.all, line=row.line)

    others = [one for one in seen.columns if one not in taken and one]
    graded = (
        f"Answers are graded against {shown([reference])}." if reference else "The other columns are kept."
    )
    graded = graded if others else "There is nothing else to grade answers against."
    why = f"Column {shown([prompt])} holds prompts that the model answers itself. {graded}"
    parts = {"question": prompt, "reference": reference, "system": system, "tools": tools, "images": images}
    columns = {part: name for part, name in parts.items() if name}
    return Reading("prompts", columns, why, certainty, build, images=images is not None)
