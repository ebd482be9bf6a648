"""Where in a rendering each assistant turn stands, found by marks in place of its texts.

Every text of a conversation (contents, thoughts, names and arguments of calls) is replaced by a mark that no
text contains; the marks are found in the rendering, and the texts put back. A template that changes a text
(beyond stripping white space or writing it as JSON) is noticed, because the result must equal the plain
rendering; so is one that leaves a turn out. Where an answer begins follows from the template too: it is where
the rendering of all that stands before, opened for an answer, leaves off.

Rendering a conversation's beginning and subtracting lengths would not do: many templates rewrite earlier
turns.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from gpu_batch.text.chat import ChatText
from gpu_batch.text.gate import OTHER_BASE, Refusal
from gpu_batch.text.marks import Text, marked
from schemas.errors import BadInput
from schemas.samples import Message

_PRIVATE_USE: Final = (0xE000, 0xF8FF)  # characters that Unicode gives no meaning
_THOUGHT: Final = re.compile(r"\s*<think>(.*?)</think>(.*)", re.DOTALL)
NO_THOUGHTS: Final = (
    "Choose a base_model whose template keeps thoughts; in several turns set training.sft.last_answer_only."
)

Span = tuple[int, int]  # characters [start, end) of a rendering


class Turn(NamedTuple):
    """An assistant's turn in a rendering: it is the model's own from `start`; `written` is where its last
    text ends, None if it has none; the next turn's text begins at `limit`. `plain`: it calls no tool."""

    message: int
    start: int
    written: int | None
    limit: int
    plain: bool

    def moved(self, by: Callable[[int], int]) -> "Turn":
        """The same turn in a rendering where every character has moved."""
        written = None if self.written is None else by(self.written)
        return self._replace(start=by(self.start), written=written, limit=by(self.limit))


class _Place(NamedTuple):
    """A mark's place: its number, and the characters of the plain rendering that its text takes."""

    number: int
    start: int
    end: int


def locate(
    chat: ChatText, messages: Sequence[Message], tools: str | None, learned: Sequence[bool]
) -> tuple[str, list[Turn]]:
    """The plain rendering, and the turns in it that are learned, as `learned` says of every message.

    Raises Refusal where the template alters the conversation, BadInput where it refuses it.
    """
    plain = chat.render(messages, tools=tools)
    try:
        return plain, _located(chat, messages, tools, learned, plain)
    except Refusal:
        apart = [_thought_apart(message) for message in messages]
        if apart == list(messages) or chat.render(apart, tools=tools) != plain:
            raise
        return plain, _located(chat, apart, tools, learned, plain)


def _thought_apart(message: Message) -> Message:
    """A turn with what it thought beside its answer, where it stands in tags before it."""
    found = _THOUGHT.fullmatch(message.content) if message.role == "assistant" else None
    if not found or message.thinking is not None or message.parts:
        return message
    return message.model_copy(update={"thinking": found[1].strip(), "content": found[2].lstrip()})


def _located(
    chat: ChatText, messages: Sequence[Message], tools: str | None, learned: Sequence[bool], plain: str
) -> list[Turn]:
    mark = next(chr(code) for code in range(*_PRIVATE_USE) if chr(code) not in plain)
    with_marks, texts = marked(messages, mark)
    pieces = re.split(f"{mark}([0-9]+){mark}", chat.rendered_before(with_marks, False, tools))
    scaffold, numbers = pieces[::2], [int(number) for number in pieces[1::2]]
    _check_all_there(messages, texts, numbers, learned)
    _check_tools(chat, with_marks, tools)
    places = _put_back(plain, scaffold, numbers, texts)
    at = [0, *(place.end for place in places)]  # where each piece of scaffold begins
    turns = []
    for number, message in enumerate(messages):
        if learned[number]:
            first, last, after = _own(places, texts, number)
            opening = _opening(chat, with_marks[:number], mark, tools, numbers[:first])
            if opening is None:  # nothing to compare with: what the model writes begins with its first text
                begins = len(scaffold[first]) if last is not None else 0
            else:
                begins = _begins(chat, opening, scaffold[first], last is not None)
            if last is not None:
                _check_thought(message, scaffold[first][begins:])
            written = None if last is None else places[last].end
            limit = places[after].start if after < len(places) else len(plain)
            turns.append(Turn(number, at[first] + begins, written, limit, not message.tool_calls))
    return turns


def _begins(chat: ChatText, opening: str, scaffold: str, followed: bool) -> int:
    """Where in the scaffold before a turn's first text (if that follows) the model begins to write."""
    pairs = enumerate(zip(opening, scaffold, strict=False))
    alike = next((n for n, (a, b) in pairs if a != b), min(len(opening), len(scaffold)))
    # Some templates open no answer after a tool's result when asked for one, and yet write an opening there.
    written = scaffold.find(chat.opening, alike) if chat.opening and followed else -1
    return alike if written < 0 else written + len(chat.opening)


def _check_thought(message: Message, scaffold: str) -> None:
    """A template that writes an empty thought of its own before a text that holds one would teach two."""
    if "</think>" in scaffold and message.thinking is None and _THOUGHT.fullmatch(message.content):
        finding = "The chat template writes <think> marks of its own before a text that holds such marks."
        raise Refusal(
            finding, "Give what was thought apart from the answer, as reasoning_content of the turn."
        )


# ---------------------------------------------------------------- what the template did with them


def _check_all_there(
    messages: Sequence[Message], texts: Sequence[Text], numbers: Sequence[int], learned: Sequence[bool]
) -> None:
    """Every text once (the name of a call also again, with its result), and the turns in their order."""
    for number, text in enumerate(texts):
        often, role = numbers.count(number), messages[text.message].role
        if often == 1 or (often > 1 and text.what == "name"):
            continue
        if text.what == "thinking" and often == 0:
            if learned[text.message]:
                finding = f"The chat template leaves out what was thought before turn {text.message + 1}."
                raise Refusal(finding, NO_THOUGHTS)
            continue
        if text.what in ("name", "argument") and often == 0:
            finding = f"The chat template leaves out the call of a tool in turn {text.message + 1}."
            raise Refusal(finding, "Choose a base_model whose chat template knows tools.")
        whose = "an assistant" if role == "assistant" else f"a {role}'s"
        raise Refusal(f"The chat template leaves out or repeats {whose} turn.", OTHER_BASE)
    order = [texts[number].message for number in dict.fromkeys(numbers)]
    if order != sorted(order):
        finding = "The chat template writes the parts of the conversation in another order."
        raise Refusal(
            finding, "Give an answer and a call of a tool a turn each, or choose another base_model."
        )


def _check_tools(chat: ChatText, messages: tuple[Message, ...], tools: str | None) -> None:
    """The list of tools makes a difference, or it was left out."""
    if not tools:
        return
    try:
        without = chat.rendered_before(messages, False, None)
    except BadInput:  # a template that wants a list where tools are called
        return
    if without == chat.rendered_before(messages, False, tools):
        finding = "The chat template leaves out the tools that may be called."
        raise Refusal(finding, "Choose a base_model whose chat template knows tools, or leave the tools out.")


def _put_back(
    plain: str, scaffold: Sequence[str], numbers: Sequence[int], texts: Sequence[Text]
) -> list[_Place]:
    """Where each text is, if scaffold and texts together are the plain rendering."""
    places: list[_Place] = []
    at = len(scaffold[0])
    whole = plain.startswith(scaffold[0])
    for number, after in zip(numbers, scaffold[1:], strict=True):
        text = texts[number]
        fitting = (one for one in _as_templates_write(text.text) if plain.startswith(one + after, at))
        found = next(fitting, None) if whole else None
        if found is None:
            kept = any(plain.startswith(one, at) for one in _as_templates_write(text.text))
            following = (
                next((n for n in numbers if texts[n].message > text.message), number) if kept else number
            )
            raise Refusal(
                f"The chat template does not keep the text of turn {texts[following].message + 1}: it moves "
                "or drops part of it.",
                "Take marks such as <think> out of the texts, or choose another base_model.",
            )
        places.append(_Place(number, at, at + len(found)))
        at += len(found) + len(after)
    if at != len(plain):
        raise Refusal("The chat template writes the conversation differently for these texts.", OTHER_BASE)
    return places


def _as_templates_write(text: str) -> Iterator[str]:
    """What templates make of a text; as it stands first, so that nothing is lost."""
    yield text
    yield from (text.rstrip(), text.lstrip(), text.strip())
    yield from (text.rstrip("\n"), text.lstrip("\n"), text.strip("\n"))
    for inside in (text, text.strip()):
        yield json.dumps(inside, ensure_ascii=False)[1:-1]


def _own(places: Sequence[_Place], texts: Sequence[Text], message: int) -> tuple[int, int | None, int]:
    """Of a turn's places: the first (or where it would be), the last (None without any), the next turn's."""
    seen: set[int] = set()
    first, last = len(places), None
    for n, place in enumerate(places):
        again = place.number in seen  # a call's name, said again where its result stands
        seen.add(place.number)
        whose = texts[place.number].message
        if again:
            continue
        if whose >= message:
            first = min(first, n)
        if whose == message:
            last = n
        if whose > message:
            return first, last, n
    return first, last, len(places)


def _opening(
    chat: ChatText, before: tuple[Message, ...], mark: str, tools: str | None, numbers: Sequence[int]
) -> str | None:
    """What the template writes after the last text before a turn, up to where an answer begins.

    None where it cannot be known: nothing stands before, or the last text is not the same one.
    """
    if not before:
        return None
    pieces = re.split(f"{mark}([0-9]+){mark}", chat.rendered_before(before, True, tools))
    same = pieces[-2:-1] == [str(numbers[-1])] if numbers else len(pieces) == 1
    return pieces[-1] if same else None
