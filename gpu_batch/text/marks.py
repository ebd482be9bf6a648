"""A conversation with a mark in place of each of its texts, so that they can be found in a rendering.

Not a program; `located.py` finds them. Contents, thoughts, names and arguments of calls are marked, where
they are more than white space: an empty text has no place of its own, and templates look whether one is
empty.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from gpu_batch.text.turns import arguments_of
from schemas.samples import Message, Part, ToolCall

What = Literal["content", "thinking", "name", "argument"]
Put = Callable[[int, What, str], str]


class Text(NamedTuple):
    """A text that a mark stands for: of which turn, what it is there, and its words."""

    message: int
    what: What
    text: str


def marked(messages: Sequence[Message], mark: str) -> tuple[tuple[Message, ...], list[Text]]:
    """The conversation with a numbered mark for each text that is more than white space; and the texts."""
    texts: list[Text] = []

    def put(message: int, what: What, text: str) -> str:
        if not text.strip():
            return text
        texts.append(Text(message, what, text))
        return f"{mark}{len(texts) - 1}{mark}"

    return tuple(_with_marks(n, message, put) for n, message in enumerate(messages)), texts


def _with_marks(number: int, message: Message, put: Put) -> Message:
    changed: dict[str, Any] = {"learn": True}
    if message.thinking is not None:
        changed["thinking"] = put(number, "thinking", message.thinking)
    if message.parts:
        changed["parts"] = tuple(
            Part(text=put(number, "content", part.text)) if part.text is not None else part
            for part in message.parts
        )
    else:
        changed["content"] = put(number, "content", message.content)
    if message.tool_calls:
        changed["tool_calls"] = tuple(_call_with_marks(number, call, put) for call in message.tool_calls)
    return message.model_copy(update=changed)


def _call_with_marks(number: int, call: ToolCall, put: Put) -> ToolCall:
    def within(value: Any) -> Any:
        if isinstance(value, str):
            return put(number, "argument", value)
        if isinstance(value, Mapping):
            return {key: within(one) for key, one in value.items()}
        return [within(one) for one in value] if isinstance(value, list) else value

    name = put(number, "name", call.name)
    arguments = json.dumps(within(arguments_of(call)), ensure_ascii=False)
    return call.model_copy(update={"name": name, "arguments": arguments})
