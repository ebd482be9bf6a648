"""Rows of a better and a worse answer, however they are kept.

    prompt, chosen, rejected (texts, turns, whole dialogues)
    input {messages}, preferred_output, non_preferred_output         OpenAI
    messages, rejected_response                                      ms-swift
    prompt, text, rejected_text                                      AutoTrain

Rated answers are `ranked.py`'s, comparisons `compared.py`'s. What both dialogues begin with is the prompt.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from functions.on_upload.meaning import words_of_kinds as words
from functions.on_upload.meaning.answers import Sides, preference_of
from functions.on_upload.meaning.compared import find_compared
from functions.on_upload.meaning.images import image_column, images_of
from functions.on_upload.meaning.kinds import (
    SYSTEM,
    TOOLS,
    asking,
    column,
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
from functions.on_upload.meaning.names_of_parts import plain
from functions.on_upload.meaning.ranked import find_ranked
from functions.on_upload.meaning.reading import Problem, Reading, Seen
from functions.on_upload.meaning.transcripts import parse
from functions.on_upload.meaning.turns import is_turns
from functions.on_upload.reading.blocks import Attached, Row
from schemas.samples import Message, Sample

AROUND: Final = frozenset(map(plain, words.AROUND))
_CHOSEN: Final = frozenset(map(plain, words.CHOSEN))
_REJECTED: Final = frozenset(map(plain, words.REJECTED))


class _Columns(NamedTuple):
    """The columns that play a part; `prompt` is None where the answers' dialogues begin with it."""

    chosen: str
    rejected: str
    prompt: str | None = None
    system: str | None = None
    tools: str | None = None
    images: str | None = None
    context: str | None = None
    whole: bool = False
    by_name: bool = True

    def parts(self) -> dict[str, str]:
        named = {
            "question": self.prompt,
            "context": self.context,
            "chosen": self.chosen,
            "rejected": self.rejected,
            "system": self.system,
            "tools": self.tools,
            "images": self.images,
        }
        return {part: name for part, name in named.items() if name}


def find_preference(seen: Seen) -> list[Reading]:
    """Readings as preference: none, one, or one each way where nothing says which answer is the better."""
    named = [_reading(seen, *found) for found in _by_name(seen)]
    rated = named or find_ranked(seen) or find_compared(seen)
    return rated or [_reading(seen, *found) for found in _by_shape(seen)]


def chosen_preference(seen: Seen, parts: Mapping[str, str]) -> Reading:
    """The reading that a person (or a side file) asks for: `chosen` and `rejected`, and others by parts."""
    found = _with_others(seen, parts["chosen"], parts["rejected"])
    found = found._replace(
        prompt=parts.get("question") or parts.get("messages") or found.prompt,
        system=parts.get("system") or found.system,
        tools=parts.get("tools") or found.tools,
        images=parts.get("images") or found.images,
        context=parts.get("context") or found.context,
    )
    return _reading(seen, found, 1.0)


def is_chosen(name: str) -> bool:
    """Whether a column is called as the better answer is."""
    return _bare(name) in _CHOSEN


def is_rejected(name: str) -> bool:
    """Whether a column is called as the worse answer is."""
    return _bare(name) in _REJECTED


def _bare(name: str) -> str:
    words = [word for word in plain(name).split("_") if word not in AROUND]
    return "_".join(words)


def _by_name(seen: Seen) -> list[tuple[_Columns, float]]:
    better = [one for one in seen.columns if is_chosen(one) and mostly(seen, one, _is_side)]
    worse = [one for one in seen.columns if is_rejected(one) and mostly(seen, one, _is_side)]
    if worse and not better:
        return _beside_rejected(seen, worse[0])
    if not better or not worse:
        return []
    found = _with_others(seen, better[0], worse[0])
    alone = found._replace(prompt=None, context=None)
    if found.prompt and not _makes_any(seen, found) and _makes_any(seen, alone):
        found = alone  # no dialogue begins with it: it only says something about them ("source")
    return [(found, 0.97 if found.prompt is None or found.by_name else 0.85)]


def _makes_any(seen: Seen, columns: _Columns) -> bool:
    return any(not isinstance(_built(columns, row, lambda _: None), Problem) for row in seen.rows[:20])


def _beside_rejected(seen: Seen, worse: str) -> list[tuple[_Columns, float]]:
    """The better answer ends `messages` (ms-swift), or is called `text` (AutoTrain)."""
    turns = next((one for one in seen.columns if one != worse and mostly(seen, one, is_turns)), None)
    if turns is not None:
        others = _with_others(seen, turns, worse)
        return [(others._replace(prompt=None, context=None, whole=True), 0.95)]
    text = column(seen, ("text",))
    if text is not None and plain(worse) == "rejected_text":
        return [(_with_others(seen, text, worse), 0.95)]
    return []


def _by_shape(seen: Seen) -> list[tuple[_Columns, float]]:
    """Two columns of dialogues that begin alike and end otherwise: which is the better, nobody says."""
    found = [one for one in seen.columns if mostly(seen, one, is_turns)]
    if len(found) != 2 or not seen.rows:
        return []
    one, other = found
    for row in seen.rows[:20]:
        first, second = parsed(row.cells.get(one)), parsed(row.cells.get(other))
        if not first or not second or first[0] != second[0] or len(first) < 2:
            return []
    return [(_Columns(one, other), 0.5), (_Columns(other, one), 0.5)]


def _with_others(seen: Seen, better: str, worse: str) -> _Columns:
    rest = without(seen, better, worse)
    images = image_column(rest)
    system, tools = column(rest, SYSTEM), column(rest, TOOLS)
    rest = without(rest, images, system, tools)
    asks = rest._replace(columns=tuple(one for one in rest.columns if mostly(seen, one, _is_prompt)))
    prompt = asking(asks, words.ASKED)
    by_name = prompt is not None
    if prompt is None and not mostly(seen, better, is_turns) and not mostly(seen, better, _is_transcript):
        texts = [one for one in asks.columns if mostly(seen, one, is_said) and _has_words(seen, one)]
        prompt = texts[0] if len(texts) == 1 else None
    context = column(rest, ("input",)) if prompt and plain(prompt) == "instruction" else None
    return _Columns(better, worse, prompt, system, tools, images, context, by_name=by_name)


def _has_words(seen: Seen, name: str) -> bool:
    return mostly(seen, name, lambda cell: not isinstance(cell, str) or len(cell.split()) > 1)


def _is_side(value: object) -> bool:
    return is_said(value) or isinstance(parsed(value), list)


def _is_prompt(value: object) -> bool:
    found = parsed(value)
    told = isinstance(found, list) and all(isinstance(one, str) for one in found)
    return is_said(value) or told or isinstance(found, dict)


def _is_transcript(value: object) -> bool:
    return isinstance(value, str) and parse(value) is not None


def _reading(seen: Seen, columns: _Columns, certainty: float) -> Reading:
    if columns.prompt is None and not columns.whole and mostly(seen, columns.chosen, is_text):
        certainty = certainty if mostly(seen, columns.chosen, _is_transcript) else 0.3

    def build(row: Row, attached: Attached) -> Sample | Problem:
        return _built(columns, row, attached)

    start = (
        f"Column {shown([columns.prompt])} is what is asked"
        if columns.prompt
        else "Both dialogues begin alike"
    )
    if columns.whole:
        start = f"Column {shown([columns.chosen])} holds conversations that end with the better answer"
    better = "" if columns.whole else f"{shown([columns.chosen])} is the better answer, "
    why = f"{start}; {better}{shown([columns.rejected])} {'is ' if columns.whole else ''}the worse."
    return Reading("preference", columns.parts(), why, certainty, build, images=columns.images is not None)


def _built(columns: _Columns, row: Row, attached: Attached) -> Sample | Problem:
    images = images_of(row, columns.images, attached)
    if isinstance(images, Problem):
        return images
    prompt: tuple[Message, ...] | Problem = ()
    tools = row.cells.get(columns.tools) if columns.tools else None
    if columns.prompt:
        given = parsed(row.cells.get(columns.prompt))
        if isinstance(given, dict):
            tools = tools or given.get("tools")
        prompt = said(columns.prompt, row.cells.get(columns.prompt), "user", attached, images)
        if isinstance(prompt, Problem):
            return prompt
        prompt = _with_context(prompt, columns.context, row)
    sides: list[tuple[Message, ...]] = []
    for name in (columns.chosen, columns.rejected):
        cell = row.cells.get(name)
        talk = parse(cell) if isinstance(cell, str) and not prompt else None
        side = talk or said(name, cell, "assistant", attached, images)
        if isinstance(side, Problem):
            return side
        sides.append(side)
    prompt = with_system(prompt, columns.system, row.cells)
    listed = tools_text(tools)
    if isinstance(prompt, Problem):
        return prompt
    if isinstance(listed, Problem):
        return listed
    return preference_of(Sides(prompt, *sides), row, listed, images.all)


def _with_context(prompt: tuple[Message, ...], context: str | None, row: Row) -> tuple[Message, ...]:
    """Alpaca's input stands on the line below the instruction."""
    below = row.cells.get(context) if context else None
    if len(prompt) != 1 or not isinstance(below, str) or not below.strip():
        return prompt
    return (prompt[0].model_copy(update={"content": f"{prompt[0].content}\n{below}"}),)
