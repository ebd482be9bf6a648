"""Two ways to go on from one prompt, whatever of it the two repeat."""

from typing import Final, NamedTuple

from functions.on_upload.meaning.reading import Problem
from functions.on_upload.meaning.turns import well_ordered
from functions.on_upload.reading.blocks import Row
from schemas.samples import Image, Message, Preference

SAME_STEP: Final = "Write two different answers, or leave the row out."


class Sides(NamedTuple):
    """What a row says: the prompt (perhaps nothing), and two answers that perhaps repeat it."""

    prompt: tuple[Message, ...]
    chosen: tuple[Message, ...]
    rejected: tuple[Message, ...]


def preference_of(
    sides: Sides, row: Row, tools: str | None, images: tuple[Image, ...]
) -> Preference | Problem:
    """The preference in a row, the prompt in it once; or the problem with it."""
    if _said(sides.chosen) == _said(sides.rejected):
        return Problem("Both answers are the same.", SAME_STEP)
    split = _split(sides)
    if isinstance(split, Problem):
        return split
    if not split.prompt:
        return Problem(
            "The two answers have no common start that could be the prompt.", "Add a column prompt."
        )
    if not split.chosen or not split.rejected:
        return Problem("One answer is only the start of the other.", SAME_STEP)
    for side in (split.chosen, split.rejected):
        ordered = well_ordered((*split.prompt, *side))
        if isinstance(ordered, Problem):
            return ordered
    return Preference(
        prompt=split.prompt,
        chosen=split.chosen,
        rejected=split.rejected,
        tools=tools,
        images=images,
        line=row.line,
    )


def _split(sides: Sides) -> Sides | Problem:
    """The same with nothing of the prompt in either answer."""
    prompt, chosen, rejected = sides
    if rejected[0].role == "assistant" and chosen[0].role != "assistant":  # ms-swift: one whole, one answer
        at = max(place for place, turn in enumerate(chosen) if turn.role != "assistant") + 1
        return _joined(prompt, chosen, at, rejected)
    if chosen[0].role == "assistant":
        return sides
    at = _shared(chosen, rejected)
    return _joined(prompt, chosen, at, rejected[at:])


def _joined(
    prompt: tuple[Message, ...], whole: tuple[Message, ...], at: int, rejected: tuple[Message, ...]
) -> Sides | Problem:
    """A dialogue cut before its answer; a prompt of its own must be what the dialogue begins with."""
    begun = whole[:at]
    spoken = tuple(turn for turn in begun if turn.role != "system")
    system = tuple(turn for turn in prompt if turn.role == "system")
    asked = tuple(turn for turn in prompt if turn.role != "system")
    if _said(spoken[: len(asked)]) != _said(asked):
        return Problem(
            "The answers are whole dialogues, and do not begin with the prompt.",
            "Begin both with the prompt, or write the answers alone.",
        )
    before = () if begun and begun[0].role == "system" else system
    return Sides((*before, *begun), whole[at:], rejected)


def _shared(chosen: tuple[Message, ...], rejected: tuple[Message, ...]) -> int:
    """How many turns both begin with; never an answer that one of them ends with."""
    same = 0
    for one, other in zip(chosen, rejected, strict=False):
        if _said((one,)) != _said((other,)):
            break
        same += 1
    while same and chosen[same - 1].role == "assistant":
        same -= 1
    return same


def _said(turns: tuple[Message, ...]) -> list[object]:
    """What is said, without which turns are learned."""
    return [(turn.role, turn.content, turn.tool_calls, turn.thinking) for turn in turns]
