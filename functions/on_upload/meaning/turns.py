"""Lists of turns, of every convention in use, as messages: nothing trimmed, joined or left out of a text.

    images = ImagesOfRow()
    turns([{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}], attached, images=images)

Knows {role, content}, {from, value}, {author, content}, {role, value}, {role, parts}; parts of texts, images,
calls and results (OpenAI, Anthropic, Gemini, axolotl); `weight: 0`; calls of tools and their results. Which
order of turns can be learned from is told by `well_ordered`, not here: a prompt ends otherwise.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final, Literal

from functions.on_upload.meaning.calls import CALL, called, calling_turn, calls_in, calls_in_text, result_turn
from functions.on_upload.meaning.calls import STEP as CALLS_STEP
from functions.on_upload.meaning.cells import FILL_IT, is_empty, value_of
from functions.on_upload.meaning.pieces import Pieces, pieces_of, with_images
from functions.on_upload.meaning.reading import Problem
from functions.on_upload.meaning.roles import is_caller, is_learned, role_of
from functions.on_upload.meaning.shown import MANY_STEP, ImagesOfRow
from functions.on_upload.reading.blocks import Attached
from schemas.samples import Message, Part, Role

WHO: Final = ("role", "from", "author", "speaker", "sender")
WHAT: Final = ("content", "value", "parts", "text", "message", "utterance")
THOUGHT: Final = ("thinking", "reasoning_content", "reasoning")
STEP: Final = 'Write [{"role": "user", "content": …}, {"role": "assistant", "content": …}].'
PLAIN: Final = ("user", "assistant")


def turns(
    value: object, attached: Attached, *, images: ImagesOfRow, column: str = "messages"
) -> tuple[Message, ...] | Problem:
    """The turns that a cell holds: a list, its JSON as text, or one turn alone; or the problem with it.

    Images that turns hold are added to `images`; those of a column are shown where turns say so, or, where
    none does, before the first thing the person says. `column` is for the words of a problem.
    """
    if is_empty(value):
        return Problem(f"Column '{column}' is empty.", FILL_IT)
    try:
        listed = value_of(value)
    except ValueError:
        return Problem(f"Column '{column}' is not JSON.", STEP)
    listed = [listed] if isinstance(listed, Mapping) and _who(listed) else listed
    if not isinstance(listed, list | tuple):
        return Problem(f"Column '{column}' is not a list of turns.", STEP, shape=True)
    said: list[Message] = []
    for element in listed:
        found = _messages(element, said, attached, images)
        if isinstance(found, Problem):
            return found
        said += found
    if not said:
        return Problem(f"Column '{column}' is empty.", FILL_IT)
    return all_shown(tuple(said), images)


def is_turn(element: object) -> bool:
    """Whether this says who speaks, and what."""
    return (
        isinstance(element, Mapping)
        and _who(element) is not None
        and any(key in element for key in (*WHAT, "tool_calls", "function_call"))
    )


def is_turns(value: object) -> bool:
    """Whether a cell holds turns: a list of them, or that list as text."""
    try:
        listed = value_of(value)
    except ValueError:
        return False
    return isinstance(listed, list | tuple) and bool(listed) and all(is_turn(element) for element in listed)


def well_ordered(
    said: tuple[Message, ...], *, ends: Literal["assistant", "user"] = "assistant"
) -> tuple[Message, ...] | Problem:
    """The same turns, if chat templates render them: [system], user and assistant in turn, tools in between.

    A prompt `ends` with the user (or a tool's result), a conversation with the assistant.
    """
    spoken = said[1:] if said and said[0].role == "system" else said
    if any(turn.role == "system" for turn in spoken):
        return Problem("A system turn stands after the start.", "Put the one system turn first.")
    if spoken and spoken[0].role != "user":
        finding = "The first turn is not the user's: nothing was asked before it."
        return Problem(finding, "Begin with what the person says, or remove what stands before it.")
    if any(turn.role == "tool" and not _may_return(before) for before, turn in pairwise(spoken)):
        finding = "A tool's result stands where no tool was called, or the call is written as text."
        return Problem(finding, f"{CALLS_STEP} Put it into the turn's tool_calls.")
    if not spoken or not _in_turn(spoken):
        finding = f"The turns do not go user, assistant, … and end with the {ends}."
        return Problem(finding, "Join neighbouring turns of one speaker, and end with the answer to learn.")
    if ends == "assistant" and spoken[-1].role != "assistant":
        finding = "The turns do not go user, assistant, … and end with the assistant."
        return Problem(finding, "Add the answer to learn, or remove what was not answered.")
    if ends == "user" and spoken[-1].role == "assistant":
        return Problem("The prompt does not end with the user.", "End it with what is to be answered.")
    return said


def _may_return(before: Message) -> bool:
    return before.role == "tool" or bool(before.tool_calls)


def _in_turn(spoken: tuple[Message, ...]) -> bool:
    if spoken[0].role != "user":
        return False
    for before, turn in pairwise(spoken):
        called = bool(before.tool_calls)
        follows = {
            "user": ("assistant",),
            "assistant": ("tool",) if called else ("user",),
            "tool": ("tool", "assistant"),
        }
        if turn.role not in follows[before.role]:
            return False
    return True


def all_shown(said: tuple[Message, ...], images: ImagesOfRow) -> tuple[Message, ...] | Problem:
    """The turns with those images of the row's column that none of them named: all of them, or a problem."""
    left = images.left
    if not left:
        return said
    if len(left) < images.given:
        finding = f"The row has {images.given} images, but its turns show {images.given - len(left)}."
        return Problem(finding, MANY_STEP)
    for place, turn in enumerate(said):
        if turn.role == "user":
            shown = tuple(Part(image=index) for index in images.take_left())
            text = turn.parts or ((Part(text=turn.content),) if turn.content else ())
            return (*said[:place], turn.model_copy(update={"parts": shown + text}), *said[place + 1 :])
    return Problem("The row has images, but nobody asks about them.", "Add what the person says.")


def _who(element: Mapping[str, Any]) -> str | None:
    return next((key for key in WHO if element.get(key) is not None), None)


def _messages(
    element: object, before: list[Message], attached: Attached, images: ImagesOfRow
) -> list[Message] | Problem:
    """The messages of one element: mostly one; tools' results that stand in it are turns of their own."""
    if not isinstance(element, Mapping):
        return Problem("A turn is not an object with 'role' and 'content'.", STEP, shape=True)
    who = _who(element)
    if who is None or not is_turn(element):
        return Problem("A turn is not an object with 'role' and 'content'.", STEP)
    role = role_of(element[who])
    calling = is_caller(element[who])
    if role in PLAIN and len(element) == 2 and not images.given and not calling:
        text = element.get("content", element.get("value"))
        if isinstance(text, str) and text.isascii() and text.strip() and CALL not in text:
            return [Message(role=role, content=text)]  # nearly all turns there are
    if role is None:
        return _unknown(element[who])
    what = next((element[key] for key in WHAT if not is_empty(element.get(key))), None)
    if calling:
        return calling_turn(element, what)
    if isinstance(what, list | Mapping):
        pieces = pieces_of(what, attached, images)
    else:
        pieces = with_images(what, images)
    if isinstance(pieces, Problem):
        return pieces
    if role == "tool" and not pieces.results:
        return [result_turn(element, what, pieces.text, before)]
    results = [Message(role="tool", content=text, name=called(name, before)) for name, text in pieces.results]
    if role == "tool" or (results and not pieces.text and not pieces.parts):
        return results
    if role == "system" and not pieces.text:
        return []  # as a system column that is empty
    spoken = _spoken(role, element, pieces)
    return spoken if isinstance(spoken, Problem) else [*results, spoken]


def _unknown(given: object) -> Problem:
    shown = repr(str(given) if isinstance(given, str) else given)
    shown = (shown if len(shown) <= 40 else f"{shown[:40]}…").encode(errors="backslashreplace").decode()
    step = "Roles are: system, user, assistant, tool and their usual names."
    return Problem(f"A turn has the role {shown}.", step)


def _spoken(role: Role, element: Mapping[str, Any], pieces: Pieces) -> Message | Problem:
    """What somebody says, with the calls that go with it."""
    calls, text = calls_in(element, pieces.calls), pieces.text
    if isinstance(calls, Problem):
        return calls
    written = calls_in_text(text) if role == "assistant" and not calls and not pieces.parts else None
    if written is not None:
        text, calls = written
    if not text and not pieces.parts and not calls:
        return Problem("Column 'content' is empty.", FILL_IT)
    learn = is_learned(element)
    if isinstance(learn, Problem):
        return learn
    thought = next((element[key] for key in THOUGHT if not is_empty(element.get(key))), pieces.thinking)
    name = element.get("name") if role == "assistant" else None
    return Message(
        role=role,
        content=text,
        learn=learn,
        thinking=thought if isinstance(thought, str) and thought else None,
        tool_calls=calls,
        name=name if isinstance(name, str) and name else None,
        parts=pieces.parts,
    )
