"""Turns as chat templates take them: dictionaries in the form that transformers documents.

    as_turns(messages, Form()) → [{"role": "user", "content": "Hello"}, …]

Thoughts go under both names that templates read. Calls of tools have an id, and each result has the id and
the name of the call that it answers, in order. Not here: the templates, which text is learned.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from schemas.errors import BadInput, Fault
from schemas.samples import Message, ToolCall


class Form(NamedTuple):
    """What a template wants that most do not: arguments of calls as JSON text, every content as parts."""

    arguments_as_text: bool = False
    parts: bool = False


def as_turns(messages: Sequence[Message], form: Form) -> list[dict[str, Any]]:
    """One dictionary a turn. The same turns always give the same."""
    turns: list[dict[str, Any]] = []
    open_calls: list[tuple[str, str]] = []  # (id, name) of calls that have no result yet
    made = 0
    for message in messages:
        turn: dict[str, Any] = {"role": message.role, "content": _content(message, form)}
        if message.thinking is not None:
            turn |= {"reasoning_content": message.thinking, "thinking": message.thinking}
        if message.tool_calls:
            named = [(call.id or f"call{made + n:05}", call) for n, call in enumerate(message.tool_calls)]
            made += len(named)
            turn["tool_calls"] = [_call(given_id, call, form) for given_id, call in named]
            open_calls = [(given_id, call.name) for given_id, call in named]
        if message.role == "tool":
            answered = _answered(message, open_calls)
            turn |= {} if answered is None else {"tool_call_id": answered[0]}
            name = message.name or (answered and answered[1])
            turn |= {"name": name} if name else {}
        turns.append(turn)
    return turns


def _content(message: Message, form: Form) -> str | list[dict[str, str]]:
    if message.parts:
        shown = [
            {"type": "image"} if part.image is not None else {"type": "text", "text": part.text or ""}
            for part in message.parts
        ]
        return shown
    return [{"type": "text", "text": message.content}] if form.parts else message.content


def _call(given_id: str, call: ToolCall, form: Form) -> dict[str, Any]:
    arguments: Any = call.arguments if form.arguments_as_text else arguments_of(call)
    return {"type": "function", "id": given_id, "function": {"name": call.name, "arguments": arguments}}


def _answered(message: Message, open_calls: list[tuple[str, str]]) -> tuple[str, str] | None:
    """The call that a tool's turn answers: the first open one of its name, or the first; it is closed."""
    at = next((n for n, (_, name) in enumerate(open_calls) if name == message.name), 0)
    return open_calls.pop(at) if open_calls else None


def arguments_of(call: ToolCall) -> dict[str, Any]:
    """A call's arguments. Raises BadInput where they are no JSON object."""
    return _object(call.arguments or "{}", f"the arguments of the call of {call.name}")


def _object(text: str, what: str) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        finding = f"It is no JSON object: {what}."
        next_step = 'Write arguments as an object, e.g. {"city": "Oslo"}.'
        raise BadInput(Fault(place="tool_calls", finding=finding, next_step=next_step))
    return read


def tools_of(text: str | None) -> list[Mapping[str, Any]] | None:
    """The tools that may be called, each as {"type": "function", "function": {…}}; None where there are none.

    Raises BadInput where they are no JSON list of objects.
    """
    if not text:
        return None
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, list) or not all(isinstance(tool, dict) for tool in read):
        finding = "The tools that may be called are no JSON list of objects."
        next_step = "Write them as a list, each with `name`, `description` and `parameters`."
        raise BadInput(Fault(place="tools", finding=finding, next_step=next_step))
    bare = [tool for tool in read if "function" not in tool and "name" in tool]
    return [{"type": "function", "function": t} if t in bare else t for t in read] or None
