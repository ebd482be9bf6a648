"""Calls of tools and their results, as any of the usual tools writes them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from functions.on_upload.meaning.cells import is_empty, json_of, value_of
from functions.on_upload.meaning.reading import Problem
from functions.on_upload.meaning.roles import is_learned
from schemas.samples import Message, ToolCall

STEP: Final = 'Write a call as {"type": "function", "function": {"name": …, "arguments": {…}}}.'

# Hermes', Qwen's and others' way to write a call inside what is said, and what the tool returned.
CALL: Final = "<tool_call>"
CALL_END: Final = "</tool_call>"
RETURNED: Final = "<tool_response>"
RETURNED_END: Final = "</tool_response>"


def calls_of(given: object) -> tuple[ToolCall, ...] | Problem:
    """One call or a list of them (or the JSON of these as text)."""
    try:
        value = value_of(given)
    except ValueError:
        return Problem("A tool call is not JSON.", STEP)
    listed = value if isinstance(value, list) else [value]
    calls = []
    for one in listed:
        call = _call(one)
        if isinstance(call, Problem):
            return call
        calls.append(call)
    return tuple(calls) or Problem("A tool call is empty.", STEP)


def _call(given: object) -> ToolCall | Problem:
    if not isinstance(given, Mapping):
        return Problem("A tool call is not an object with a name.", STEP)
    inner = given.get("function")
    called: Mapping[str, Any] = inner if isinstance(inner, Mapping) else given
    name = called.get("name")
    if not isinstance(name, str) or not name.strip():
        return Problem("A tool call has no name.", STEP)
    arguments: Any = next(
        (called[key] for key in ("arguments", "args", "input", "parameters") if key in called), {}
    )
    text = arguments_of(arguments)
    if isinstance(text, Problem):
        return text
    ident = given.get("id") or called.get("id")
    return ToolCall(name=name, arguments=text, id=ident if isinstance(ident, str) else None)


def arguments_of(given: object) -> str | Problem:
    """A call's arguments as the text of a JSON object; a text that is one stays as it was written."""
    if is_empty(given):
        return "{}"
    try:
        value = value_of(given)
    except ValueError:
        return Problem("A tool call's arguments are not JSON.", STEP)
    if not isinstance(value, Mapping):
        return Problem("A tool call's arguments are not a JSON object.", STEP)
    return given if isinstance(given, str) and '"' in given else json_of(dict(value))


def calls_in(turn: Mapping[str, Any], in_parts: tuple[ToolCall, ...]) -> tuple[ToolCall, ...] | Problem:
    """The calls of an assistant's turn: those of its parts, and those that stand beside its content."""
    keys = ("tool_calls", "function_call")
    given = next((turn[key] for key in keys if not is_empty(turn.get(key))), None)
    calls = calls_of(given) if given is not None else ()
    return calls if isinstance(calls, Problem) else in_parts + calls


def calls_in_text(text: str) -> tuple[str, tuple[ToolCall, ...]] | None:
    """What is said before the calls that an answer ends with, and these; None where they cannot be read."""
    said, *written = text.split(CALL)
    made: list[ToolCall] = []
    for one in written:
        inside, end, after = one.partition(CALL_END)
        calls = calls_of(inside.strip())
        if not end or after.strip() or isinstance(calls, Problem):
            return None
        made += calls
    return (said.removesuffix("\n"), tuple(made)) if made else None


def are_calls(value: object) -> bool:
    """Whether a cell holds a list of calls, as sets for learning to call tools have them as answers."""
    try:
        found = value_of(value)
    except ValueError:
        return False
    return (
        isinstance(found, list)
        and bool(found)
        and all(isinstance(one, Mapping) and {"name", "arguments"} <= one.keys() for one in found)
    )


def calling_turn(turn: Mapping[str, Any], what: object) -> list[Message] | Problem:
    """ShareGPT's turn of its own for a call."""
    calls, learn = calls_of(what), is_learned(turn)
    if isinstance(calls, Problem):
        return calls
    if isinstance(learn, Problem):
        return learn
    return [Message(role="assistant", content="", learn=learn, tool_calls=calls)]


def result_turn(turn: Mapping[str, Any], what: object, text: str, before: Sequence[Message]) -> Message:
    """What a tool answered; a value that is no text as JSON."""
    given = next((turn[key] for key in ("name", "tool_call_id") if not is_empty(turn.get(key))), "")
    said = text if text or what is None else what if isinstance(what, str) else json_of(what)
    bare = said.strip()
    if bare.startswith(RETURNED) and bare.endswith(RETURNED_END) and bare.count(RETURNED) == 1:
        said = bare.removeprefix(RETURNED).removesuffix(RETURNED_END)
        said = said.removeprefix("\n").removesuffix("\n")
    return Message(role="tool", content=said, name=called(str(given), before))


def called(given: str, before: Sequence[Message]) -> str | None:
    """The tool whose result this is: by its name, or by the id of the call it answers."""
    for turn in reversed(before):
        for call in turn.tool_calls:
            if given and call.id == given:
                return call.name
    return given or None
