"""What a cell of objects holds of a conversation: turns inside, a service's requests and answers."""

from collections.abc import Mapping
from typing import Any, Final

from functions.on_upload.meaning.cells import is_empty, value_of
from functions.on_upload.meaning.kinds import TOOLS

INSIDE: Final = ("messages", "contents", "conversations", "conversation", "dialogue", "turns", "chat")
SPEAKERS: Final = ("user", "assistant")
PAIRED: Final = (
    ("input", "output"),
    ("question", "answer"),
    ("prompt", "response"),
    ("prompt", "completion"),
    ("instruction", "output"),
    ("user", "assistant"),
    ("human", "assistant"),
    ("human", "gpt"),
    ("human", "bot"),
)
REQUESTS: Final = ("body", "request", "input", "req")


def turns_in(cell: object) -> object:
    """The turns of a cell, also where an object holds them: {messages}, {body: {messages}}."""
    value = read(cell)
    for key in (*REQUESTS, *INSIDE):
        if isinstance(value, Mapping) and key in value and not isinstance(value[key], str):
            value = value[key]
    return value if isinstance(value, list) else cell


def alternating(value: object) -> list[dict[str, Any]] | None:
    """Turns of which nobody says who speaks: a list of texts, or of questions with answers; else None.

    The person begins.
    """
    listed = read(value)
    if not isinstance(listed, list) or not listed:
        return None
    if all(isinstance(one, str) for one in listed) and len(listed) > 1:
        return [{"role": SPEAKERS[n % 2], "content": one} for n, one in enumerate(listed)]
    keys = next(
        (
            pair
            for pair in PAIRED
            if all(isinstance(one, Mapping) and {*pair} <= one.keys() for one in listed)
        ),
        None,
    )
    if keys is None:
        return None
    return [
        {"role": role, "content": one[key]}
        for one in listed
        for role, key in zip(SPEAKERS, keys, strict=True)
    ]


def read(cell: object) -> Any:
    try:
        return value_of(cell)
    except ValueError:
        return None


def request(cell: object) -> Mapping[str, Any]:
    value = read(cell)
    while isinstance(value, Mapping):
        inner = next((value[key] for key in REQUESTS if isinstance(value.get(key), Mapping)), None)
        if inner is None:
            return value
        value = inner
    return {}


def system_in(cell: object) -> object:
    found = request(cell)
    keys = ("system", "systemInstruction", "system_instruction")
    return next((found[key] for key in keys if not is_empty(found.get(key))), None)


def tools_in(cell: object) -> object:
    found = request(cell)
    return next((found[key] for key in TOOLS if not is_empty(found.get(key))), None)


def answer_in(cell: object) -> Mapping[str, Any] | None:
    """A model's answer as a turn, out of what a service returned."""
    value = read(cell)
    while isinstance(value, Mapping):
        for key in ("choices", "candidates"):
            listed = value.get(key)
            if isinstance(listed, list) and listed and isinstance(listed[0], Mapping):
                found = listed[0].get("message") or listed[0].get("content")
                return found if isinstance(found, Mapping) else None
        if "role" in value and "content" in value:
            return value
        value = next((value[key] for key in ("body", "response", "message", "output") if key in value), None)
    return None
