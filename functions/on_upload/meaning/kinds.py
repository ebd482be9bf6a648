"""What the finders of the several kinds share: columns by name and by what they hold, and what cells say."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from functions.on_upload.meaning.cells import is_empty, json_of, text_of, value_of
from functions.on_upload.meaning.looks import LOOKED_AT, some
from functions.on_upload.meaning.names_of_parts import MEDIUM, named, plain
from functions.on_upload.meaning.reading import Problem, Seen
from functions.on_upload.meaning.shown import ImagesOfRow
from functions.on_upload.meaning.transcripts import parse_prompt
from functions.on_upload.meaning.turns import is_turn, is_turns, turns
from functions.on_upload.reading.blocks import Attached
from schemas.samples import Message

SYSTEM: Final = "system system_prompt system_message sistema system_instruction".split()
TOOLS: Final = "tools functions".split()


def column(seen: Seen, called: Iterable[str]) -> str | None:
    """The column that has one of these names, the first in the order of the names."""
    spelled: dict[str, str] = {}
    for one in seen.columns:
        spelled.setdefault(plain(one), one)
    return next((spelled[name] for name in map(plain, called) if name in spelled), None)


def asking(seen: Seen, called: Iterable[str]) -> str | None:
    """The column that by its name holds what is asked: one of these names, else the plainest."""
    found = column(seen, called)
    if found is not None:
        return found
    best = max(seen.columns, key=lambda one: named(one).question, default=None)
    return best if best is not None and named(best).question >= MEDIUM else None


def answering(seen: Seen, called: Iterable[str]) -> str | None:
    """The column that by its name holds an answer, found alike."""
    found = column(seen, called)
    if found is not None:
        return found
    best = max(seen.columns, key=lambda one: named(one).answer, default=None)
    return best if best is not None and named(best).answer >= MEDIUM else None


def without(seen: Seen, *taken: str | None) -> Seen:
    """The same with fewer columns."""
    return seen._replace(columns=tuple(one for one in seen.columns if one not in taken))


def cells(seen: Seen, name: str) -> list[Any]:
    """What a column holds, in a fair part of the rows seen; nothing for empty cells."""
    return [cell for row in some(seen.rows, LOOKED_AT) if not is_empty(cell := row.cells.get(name))]


def mostly(seen: Seen, name: str, is_so: Callable[[Any], bool]) -> bool:
    """Whether nearly all that a column holds is of this shape; one odd row makes no other file."""
    held = cells(seen, name)
    return bool(held) and sum(map(is_so, held)) >= 0.9 * len(held)


def listed(value: object) -> list[Any] | None:
    """The list that a cell holds, also as text; None for anything else."""
    found = parsed(value)
    return list(found) if isinstance(found, list | tuple) else None


def parsed(value: object) -> Any:
    """A cell's list or object, also where it is written as text; a text that is no JSON stays itself."""
    try:
        return value_of(value)
    except ValueError:
        return value


def is_text(value: object) -> bool:
    """Whether a cell holds a text that is no list or object."""
    return isinstance(value, str) and not isinstance(parsed(value), list | dict)


def is_said(value: object) -> bool:
    """Whether a cell holds what somebody says: a text, a turn, or turns."""
    return is_text(value) or is_turn(parsed(value)) or is_turns(value)


def said(
    name: str, value: object, role: str, attached: Attached, images: ImagesOfRow
) -> tuple[Message, ...] | Problem:
    """What a cell says: a text as one turn of this role; turns as they are."""
    found = parsed(value)
    if isinstance(found, Mapping) and not is_turn(found):  # OpenAI's {messages, tools}; Gemini's {parts}
        inner = next((found[key] for key in ("messages", "contents") if key in found), None)
        found = [{"role": role, "parts": found["parts"]}] if inner is None and "parts" in found else inner
        if found is None:
            return Problem(f"Column '{name}' holds a JSON object, not turns.", "Write messages.", shape=True)
    if is_turn(found) or (isinstance(found, list | tuple) and found and not isinstance(found[0], str)):
        return turns(found, attached, images=images, column=name)
    if isinstance(found, list | tuple) and len(found) == 1:
        found = found[0]
    text = text_of(name, value if isinstance(value, str) else found)
    if isinstance(text, Problem):
        return text
    dialogue = parse_prompt(text) if role == "user" else None
    if dialogue is not None and not images.given:
        return dialogue
    if role == "user" and images.given:
        return turns([{"role": "user", "content": text}], attached, images=images, column=name)
    return (Message.model_validate({"role": role, "content": text}),)


def with_system(
    said: tuple[Message, ...] | Problem, name: str | None, row: Mapping[str, Any]
) -> tuple[Message, ...] | Problem:
    """The turns after what a column says of how to behave, where it says anything."""
    given = row.get(name) if name else None
    if is_empty(given) or name is None or isinstance(said, Problem):
        return said
    found = parsed(given)
    text: object = given
    if isinstance(found, Mapping):
        text = "".join(
            str(part.get("text", "")) for part in found.get("parts") or () if isinstance(part, Mapping)
        )
    checked = text_of(name, text)
    if isinstance(checked, Problem):
        return checked
    return (Message(role="system", content=checked), *said)


def tools_text(value: object) -> str | Problem | None:
    """The tools that may be called, as the text of a JSON list; None for none."""
    if is_empty(value):
        return None
    found = parsed(value)
    if isinstance(found, Mapping):
        found = [found]
    if not isinstance(found, list | tuple):
        return Problem("The tools of the row are not a JSON list.", 'Write them as [{"name": …, …}].')
    if not found:
        return None
    text = json_of([_tool(one) for one in found])
    return half_character("The tools", text) or text


def half_character(what: str, text: str) -> Problem | None:
    """The problem with a text that holds half of a character, which nothing can write."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return Problem(f"{what} of the row hold half of a character (a lone surrogate).", "Write it whole.")
    return None


def _tool(given: Any) -> Any:
    """OpenAI's older `functions` have no {type, function} around them."""
    bare = isinstance(given, Mapping) and "name" in given and "function" not in given and "type" not in given
    return {"type": "function", "function": given} if bare else given


def shown(names: Sequence[str | None]) -> str:
    """Columns for a sentence."""
    return ", ".join(f"'{name}'" for name in names if name)
