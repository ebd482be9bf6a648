"""Rows of one answer each, and whether people liked it.

prompt, completion, label            true/false, 0/1, yes/no, thumbs, words of praise; TRL, axolotl
conversations, kto_tag               LLaMA-Factory: the last answer is the one that is judged
question, answer, rating             where a rating has two values, the higher is good
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from functions.on_upload.meaning import words_of_kinds as words
from functions.on_upload.meaning.cells import is_empty
from functions.on_upload.meaning.choices import option_columns
from functions.on_upload.meaning.images import image_column, images_of
from functions.on_upload.meaning.kinds import (
    SYSTEM,
    TOOLS,
    answering,
    asking,
    cells,
    column,
    is_said,
    mostly,
    said,
    shown,
    tools_text,
    with_system,
    without,
)
from functions.on_upload.meaning.names_of_parts import named, plain
from functions.on_upload.meaning.pairs import find_pairs
from functions.on_upload.meaning.ranked import number_of
from functions.on_upload.meaning.reading import Problem, Reading, Seen
from functions.on_upload.meaning.turns import is_turns, well_ordered
from functions.on_upload.meaning.weights import THRESHOLD
from functions.on_upload.reading.blocks import Attached, Row
from schemas.errors import BadInput, Fault
from schemas.samples import Feedback, Message, Sample

GOOD: Final = frozenset(words.GOOD)
BAD: Final = frozenset(words.BAD)
SCALES: Final = frozenset(((1, 5), (0, 5), (1, 10), (0, 10), (0, 100), (-1, 1), (0, 1)))  # worst and best
CALLED: Final = frozenset(map(plain, words.LABEL))
THUMBS: Final = frozenset(("👍", "👎", "up", "down", "thumbs up", "thumbs down", "thumbs_up", "thumbs_down"))
SURE: Final = frozenset(("label", "kto_tag"))  # with prompt and completion: what trainers take
_STEP: Final = "Write true or false."
Judge = Callable[[Any], bool | None]


class _Columns(NamedTuple):
    label: str
    answer: str
    prompt: str | None  # None: the answer's column holds whole conversations
    system: str | None
    tools: str | None
    images: str | None

    def parts(self) -> dict[str, str]:
        named = {
            "question": self.prompt,
            "answer" if self.prompt else "messages": self.answer,
            "label": self.label,
            "system": self.system,
            "tools": self.tools,
            "images": self.images,
        }
        return {part: name for part, name in named.items() if name}


def find_feedback(seen: Seen) -> list[Reading]:
    """Readings as feedback; at most one. Raises BadInput where every answer is judged alike.

    From answers of which all were liked, or none, nothing can be learned by comparing.
    """
    for label in (*_called(seen), *_unnamed(seen)):
        judge = _judge([row.cells.get(label) for row in seen.rows])
        found = _columns(seen, label) if judge else None
        if judge and found:
            return [_reading(seen, found, judge)]
    return []


def _called(seen: Seen) -> list[str]:
    """Columns called as judgements are, in the order of the names."""
    named_so = [one for name in map(plain, words.LABEL) for one in seen.columns if plain(one) == name]
    parts = {one: set(plain(one).split("_")) for one in seen.columns}
    return [*named_so, *(one for one, of in parts.items() if words.LIKED & of and not words.COUNTED & of)]


def _unnamed(seen: Seen) -> list[str]:
    """Columns of thumbs, whatever they are called; of true and false, where the name says nothing at all."""
    found = []
    for one in seen.columns:
        held = {str(cell).strip().casefold().removesuffix("\ufe0f") for cell in cells(seen, one)}
        if len(held) == 2 and (held <= THUMBS or (held == {"true", "false"} and not says_anything(one))):
            found.append(one)
    return found


def chosen_feedback(seen: Seen, parts: Mapping[str, str]) -> Reading:
    """The reading that a person (or a side file) asks for: `label`, and others by parts. Raises BadInput."""
    label = parts["label"]
    judge = _judge([row.cells.get(label) for row in seen.rows])
    if judge is None:
        finding = f"Column '{label}' does not say of an answer whether it was liked."
        raise BadInput(Fault(place=seen.name, finding=finding, next_step=_STEP))
    answer = parts.get("answer") or parts.get("messages")
    found = _columns(seen, label, answer)
    if found is None and answer is None:
        finding = f"No column holds the answers that '{label}' judges."
        step = "Say which: --set data.columns.question=… --set data.columns.answer=…"
        raise BadInput(Fault(place=seen.name, finding=finding, next_step=step))
    found = found or _Columns(label, str(answer), None, None, None, None)
    prompt = parts.get("question") or (None if "messages" in parts else found.prompt)
    system, tools, images = (parts.get(part) for part in ("system", "tools", "images"))
    found = found._replace(
        prompt=prompt,
        system=system or found.system,
        tools=tools or found.tools,
        images=images or found.images,
    )
    return _reading(seen, found, judge, 1.0)


def _reading(seen: Seen, found: _Columns, judge: Judge, certainty: float | None = None) -> Reading:
    label = found.label
    sides = {judge(row.cells.get(label)) for row in seen.rows} - {None}
    alike = f" All of the rows seen are {'good' if True in sides else 'bad'}." if len(sides) == 1 else ""
    if alike and seen.whole:
        raise _all_alike(seen, label, good=True in sides)

    def build(row: Row, attached: Attached) -> Sample | Problem:
        return _built(found, judge, row, attached)

    what, judged = f"{shown([found.answer])} holds conversations", "the last answer"
    if found.prompt:
        what = f"{shown([found.prompt])} is what is asked, {shown([found.answer])} an answer"
        judged = "the answer"
    why = f"{what}, and {shown([label])} says whether {judged} was liked.{alike}"
    sure, shows = certainty or _certainty(found), bool(found.images)
    return Reading("feedback", found.parts(), f"Column {why}", sure, build, images=shows)


def says_anything(name: str) -> bool:
    """Whether a column's name is a word: not "c", "col3" or "Unnamed: 2"."""
    bare = plain(name).rstrip("0123456789_")
    return named(name).known or (len(bare) > 2 and bare not in ("col", "column", "field", "unnamed", "var"))


def truth(value: object) -> bool | None:
    """What a word, a number or a sign says of an answer: liked or not; None for anything else."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().casefold().replace(" ", "_").removesuffix("\ufe0f")
    return True if word in GOOD else False if word in BAD else None


def _judge(held: list[Any]) -> Judge | None:
    """How to read the values of a column of judgements; None where they are none."""
    given = [value for value in held if not is_empty(value)]
    if not given:
        return None
    if sum(truth(value) is not None for value in given) >= 0.95 * len(given):
        return truth
    values = {number for value in given if (number := number_of(value)) is not None}
    ends = (min(values, default=0), max(values, default=0))
    numbers = sum(number_of(value) is not None for value in given)
    if ends not in SCALES or len(values) != 2 or numbers < 0.95 * len(given):
        return None
    high = max(values)

    def rated(value: Any) -> bool | None:
        number = number_of(value)
        return None if number not in values else number == high

    return rated


def _columns(seen: Seen, label: str, chosen: str | None = None) -> _Columns | None:
    rest = without(seen, label)
    images = image_column(rest)
    system, tools = column(rest, SYSTEM), column(rest, TOOLS)
    rest = without(rest, images, system, tools)
    if not chosen and any(len(one) > 1 for one in option_columns(rest)):
        return None  # it says which option is the right one
    rest = rest._replace(columns=tuple(one for one in rest.columns if mostly(seen, one, is_said)))
    answer = chosen or answering(rest, words.ANSWERED)
    prompt = asking(without(rest, answer), words.ASKED)
    if answer and prompt and not (chosen and mostly(seen, chosen, is_turns)):
        return _Columns(label, answer, prompt, system, tools, images)
    pairs = find_pairs(rest) if answer is None or prompt is None else []
    if not chosen and pairs and pairs[0].certainty >= THRESHOLD:
        return _Columns(
            label, pairs[0].columns["answer"], pairs[0].columns["question"], system, tools, images
        )
    talk = next((one for one in rest.columns if mostly(seen, one, is_turns)), None)
    return _Columns(label, talk, None, system, tools, images) if talk else None


def _certainty(found: _Columns) -> float:
    if found.prompt is None:
        return 0.95
    if plain(found.label) not in CALLED:
        return 0.85
    usual = plain(found.answer) in ("completion", "response", "output") or plain(found.label) == "kto_tag"
    return 0.97 if plain(found.label) in SURE and usual else 0.9


def _all_alike(seen: Seen, label: str, *, good: bool) -> BadInput:
    finding = f"Column '{label}' says of every answer it judges that it was {'' if good else 'not '}liked."
    step = "Add answers that were judged otherwise" + (
        f"; or, to learn all of them as they are, remove column '{label}'." if good else "."
    )
    return BadInput(Fault(place=seen.name, finding=finding, next_step=step))


def _built(found: _Columns, judge: Judge, row: Row, attached: Attached) -> Sample | Problem:
    given = row.cells.get(found.label)
    good = judge(given)
    if good is None:
        if is_empty(given):
            return Problem(f"Column '{found.label}' is empty.", _STEP)
        return Problem(f"Column '{found.label}' says '{str(given)[:40]}', neither good nor bad.", _STEP)
    images = images_of(row, found.images, attached)
    if isinstance(images, Problem):
        return images
    prompt: tuple[Message, ...] | Problem = ()
    if found.prompt:
        prompt = said(found.prompt, row.cells.get(found.prompt), "user", attached, images)
    answer = said(found.answer, row.cells.get(found.answer), "assistant", attached, images)
    if isinstance(prompt, Problem):
        return prompt
    if isinstance(answer, Problem):
        return answer
    whole = with_system((*prompt, *answer), found.system, row.cells)
    ordered = whole if isinstance(whole, Problem) else well_ordered(whole)
    tools = tools_text(row.cells.get(found.tools) if found.tools else None)
    if isinstance(ordered, Problem):
        return ordered
    if isinstance(tools, Problem):
        return tools
    at = 1 + max(place for place, turn in enumerate(ordered) if turn.role == "user")
    return Feedback(
        prompt=ordered[:at],
        completion=ordered[at:],
        good=good,
        tools=tools,
        images=images.all,
        line=row.line,
    )
