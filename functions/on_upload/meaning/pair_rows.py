"""A row of a question and an answer as a conversation: what stands where, and nothing of it altered.

    the question, below it a context (or Alpaca's input) after one line break, below that the options

A system text is a turn before it, earlier turns stand between the two. An empty context, system text or
history is as none. The answer of a question with options is the right one of them.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from functions.on_upload.meaning.calls import are_calls, calls_of
from functions.on_upload.meaning.cells import is_empty, text_of
from functions.on_upload.meaning.choices import Counting, first_text, options_of, right_option, written
from functions.on_upload.meaning.history import earlier_turns
from functions.on_upload.meaning.images import images_of
from functions.on_upload.meaning.kinds import tools_text
from functions.on_upload.meaning.names_of_parts import plain
from functions.on_upload.meaning.reading import Pair, Problem, Reading
from functions.on_upload.meaning.shown import ImagesOfRow
from functions.on_upload.meaning.turns import all_shown, is_turns, turns, well_ordered
from functions.on_upload.reading.blocks import Attached, Row
from schemas.samples import Conversation, Message, Part, Sample, ToolCall

LATE: Final = frozenset({"input"})


class Parts(NamedTuple):
    """Which columns a pair is made of. `each` holds one option each, if `options` does not hold them all.

    `nested` says that texts of the two may be JSON: turns, or several answers; `counting` what numbers among
    the answers mean beside options; `notes` are sentences about columns beside that are not read.
    """

    question: str
    answer: str
    context: str | None = None
    system: str | None = None
    history: str | None = None
    options: str | None = None
    images: str | None = None
    tools: str | None = None
    reflection: str | None = None
    corrected: str | None = None
    each: tuple[str, ...] = ()
    nested: bool = False
    counting: Counting = Counting.TEXTS
    notes: tuple[str, ...] = ()

    def columns(self) -> dict[str, str]:
        """Part → column, of those that are there."""
        found = {part: name for part, name in self._asdict().items() if isinstance(name, str)}
        return found | {f"option {number}": name for number, name in enumerate(self.each, 1)}

    def pair(self) -> Pair | None:
        """The same for whole columns at once, where texts are all there is to it."""
        if any(
            (self.history, self.options, self.images, self.tools, self.reflection, self.each, self.nested)
        ):
            return None
        return Pair(self.question, self.answer, self.context, self.system)


def reading_of(parts: Parts, certainty: float, why: str = "") -> Reading:
    """The reading of these columns."""

    def build(row: Row, attached: Attached) -> Sample | Problem:
        return _built(parts, row, attached)

    return Reading(
        "conversation",
        parts.columns(),
        why or " ".join(_why(parts)),
        certainty,
        build,
        parts.pair(),
        bool(parts.images),
        LATE if _takes_input(parts) else frozenset(),
    )


def _why(parts: Parts) -> Iterator[str]:
    yield f"Column '{parts.question}' is what a person says, '{parts.answer}' the answer to learn."
    if parts.context:
        yield f"Column '{parts.context}' is added below what the person says."
    if parts.system:
        yield f"Column '{parts.system}' says how the assistant is to behave."
    if parts.history:
        yield f"Column '{parts.history}' holds the turns before."
    if parts.each:
        yield f"Columns '{parts.each[0]}' to '{parts.each[-1]}' hold the options to choose from."
    if parts.options:
        yield f"Column '{parts.options}' holds the options to choose from."
    if parts.reflection:
        yield f"The answer is looked at in '{parts.reflection}' and set right in '{parts.corrected}'."
    yield from parts.notes


def _built(parts: Parts, row: Row, attached: Attached) -> Sample | Problem:
    cells = row.cells
    images = images_of(row, parts.images, attached)
    if isinstance(images, Problem):
        return images
    asked = _asked(parts, cells, attached, images)
    if isinstance(asked, Problem):
        return asked
    answered = _answered(parts, cells, attached, images)
    if isinstance(answered, Problem):
        return answered
    asked = _with_context(parts, cells, asked)
    if isinstance(asked, Problem):
        return asked
    before = _before(parts, cells)
    if isinstance(before, Problem):
        return before
    tools = tools_text(cells.get(parts.tools)) if parts.tools else None
    if isinstance(tools, Problem):
        return tools
    whole = (*before, *asked, *answered)
    shown = all_shown(whole, images) if images.given else whole
    if isinstance(shown, Problem):
        return shown
    if len(shown) > 2:
        ordered = well_ordered(shown)
        if isinstance(ordered, Problem):
            return ordered
    return Conversation(messages=shown, tools=tools, images=images.all, line=row.line)


def _asked(
    parts: Parts, cells: Mapping[str, object], attached: Attached, images: ImagesOfRow
) -> tuple[Message, ...] | Problem:
    value = cells.get(parts.question)
    if (parts.nested or not isinstance(value, str)) and is_turns(value):
        return turns(value, attached, images=images, column=parts.question)
    text = text_of(parts.question, value)
    if isinstance(text, Problem):
        return text
    if not images.given:
        return (Message(role="user", content=text),)
    turn = {"role": "user", "content": text}
    return turns([turn], attached, images=images, column=parts.question)


def _answered(
    parts: Parts, cells: Mapping[str, object], attached: Attached, images: ImagesOfRow
) -> tuple[Message, ...] | Problem:
    value = cells.get(parts.answer)
    if value is not None and (parts.nested or not isinstance(value, str)) and is_turns(value):
        return turns(value, attached, images=images, column=parts.answer)
    if parts.tools and are_calls(value):
        calls = calls_of(value)
        return calls if isinstance(calls, Problem) else (_calling(calls),)
    options = options_in(parts, cells)
    text = right_option(parts.answer, value, options, parts.counting) if options else _text(parts, value)
    if isinstance(text, Problem):
        return text
    if parts.reflection is None or parts.corrected is None:
        return (Message(role="assistant", content=text),)
    looked, right = (text_of(one, cells.get(one)) for one in (parts.reflection, parts.corrected))
    if isinstance(looked, Problem):
        return looked
    if isinstance(right, Problem):
        return right
    return (
        Message(role="assistant", content=text, learn=False),
        Message(role="user", content=looked),
        Message(role="assistant", content=right),
    )


def _calling(calls: tuple[ToolCall, ...]) -> Message:
    return Message(role="assistant", content="", tool_calls=calls)


def options_in(parts: Parts, cells: Mapping[str, object]) -> list[tuple[str, str]] | None:
    """The options of a row as (letter, text); None where it has none."""
    if parts.options:
        return options_of(cells.get(parts.options))
    held = [cells.get(name) for name in parts.each]
    return options_of([one for one in held if not is_empty(one)]) if parts.each else None


def _text(parts: Parts, value: object) -> str | Problem:
    if isinstance(value, str) and not parts.nested:
        return text_of(parts.answer, value)
    return first_text(parts.answer, value)


def _with_context(
    parts: Parts, cells: Mapping[str, object], asked: tuple[Message, ...]
) -> tuple[Message, ...] | Problem:
    """The question with what stands below it: its context, its options."""
    below = []
    context = parts.context or _input_of(parts, cells)
    value = cells.get(context) if context else None
    if context and not is_empty(value):
        text = text_of(context, value)
        if isinstance(text, Problem):
            return text
        below.append(text)
    options = options_in(parts, cells)
    below += written(options) if options else []
    if not below:
        return asked
    last, added = asked[-1], "".join(f"\n{text}" for text in below)
    shown = (*last.parts, Part(text=added)) if last.parts else ()
    return (*asked[:-1], last.model_copy(update={"content": last.content + added, "parts": shown}))


def _input_of(parts: Parts, cells: Mapping[str, object]) -> str | None:
    """Alpaca's input where the first rows had none: rows of JSON need not agree."""
    if not _takes_input(parts):
        return None
    taken = parts.columns().values()
    return next((name for name in cells if name not in taken and plain(name) in LATE), None)


def _takes_input(parts: Parts) -> bool:
    return parts.context is None and plain(parts.question) == "instruction"


def _before(parts: Parts, cells: Mapping[str, object]) -> tuple[Message, ...] | Problem:
    """The system turn, and earlier turns."""
    found: list[Message] = []
    value = cells.get(parts.system) if parts.system else None
    if parts.system and not is_empty(value):
        text = text_of(parts.system, value)
        if isinstance(text, Problem):
            return text
        found.append(Message(role="system", content=text))
    earlier = cells.get(parts.history) if parts.history else None
    if parts.history is None or is_empty(earlier):
        return tuple(found)
    turns_before = earlier_turns(parts.history, earlier)
    return turns_before if isinstance(turns_before, Problem) else (*found, *turns_before)
