"""Who speaks a turn, under the names that people and tools give speakers; and whether it is to be learned."""

from collections.abc import Mapping
from typing import Any, Final

from functions.on_upload.meaning.reading import Problem
from schemas.samples import Role

_NAMES: Final[dict[Role, str]] = {
    "system": "system developer context instructions",
    "user": "user human input prompter customer question client visitor patient student 0",
    "assistant": "assistant gpt chatgpt chatbot bing bard claude gemini model bot ai output agent answer "
    "support operator representative doctor 1",
    "tool": "tool function observation observations ipython tool_response tool_result function_response "
    "environment",
}
_ROLES: Final = {name: role for role, listed in _NAMES.items() for name in listed.split()}
NOT_LEARNED: Final = frozenset(("0", "0.0", "false", "False"))
LEARNED: Final = frozenset(("1", "1.0", "true", "True"))
CALLERS: Final = frozenset(("function_call", "tool_call"))  # an assistant's turn that is a call


def role_of(given: object) -> Role | None:
    """The role that a speaker's name means; None for one that is not known."""
    if isinstance(given, bool) or not isinstance(given, str | int):
        return None
    name = str(given).strip().casefold().replace(" ", "_").replace("-", "_")
    return "assistant" if name in CALLERS else _ROLES.get(name)


def is_caller(given: object) -> bool:
    """Whether this speaker's turns are calls of tools, as `function_call` in ShareGPT files."""
    return isinstance(given, str) and given.strip().casefold().replace("-", "_") in CALLERS


def is_learned(turn: Mapping[str, Any]) -> bool | Problem:
    """Whether a turn is to be learned; OpenAI's `weight: 0` and its like say that it is context only."""
    for key in ("weight", "train", "loss"):
        given = turn.get(key)
        if given is None or str(given) in LEARNED:
            continue
        if str(given) in NOT_LEARNED:
            return False
        return Problem(f"A turn has the {key} {str(given)[:20]}.", "Write 0 (only read) or 1 (learned).")
    return True
