"""Files of whole conversations: a column of turns in any convention, or a service's requests and answers.

    messages | conversations | dialog | … [+ system, context, tools, images]
    body {messages} + response {body {choices}}     OpenAI's batches
    request {contents} + response {candidates}      Gemini's

Which column holds turns is told by what is in it; its name only chooses among several.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from functions.on_upload.meaning.cells import is_empty
from functions.on_upload.meaning.images import image_column, images_of
from functions.on_upload.meaning.kinds import SYSTEM, TOOLS, column, tools_text, with_system, without
from functions.on_upload.meaning.logs import alternating, answer_in, read, system_in, tools_in, turns_in
from functions.on_upload.meaning.looks import Look, looks, some
from functions.on_upload.meaning.names_of_parts import MEDIUM, named, plain
from functions.on_upload.meaning.reading import Problem, Reading, Seen
from functions.on_upload.meaning.turns import is_turns, turns, well_ordered
from functions.on_upload.reading.blocks import Attached, Row
from schemas.samples import Conversation, Message, Sample

# In this order where several columns hold turns.
NAMES: Final = (
    "messages conversations conversation contents dialogue dialog chat turns thread history".split()
)
NOT_ANSWERED: Final = Problem("The request was not answered.", "Leave the row out, or ask again.")
NOTHING_LEARNED: Final = Problem(
    "No turn of the assistant is to be learned.", "Write weight 1 for one of them."
)


class _Columns(NamedTuple):
    """The columns of a conversation. `response` holds the answer of a log whose requests `messages` holds."""

    messages: str
    system: str | None = None
    tools: str | None = None
    images: str | None = None
    response: str | None = None
    alternates: bool = False

    def parts(self) -> dict[str, str]:
        named = self._asdict()
        named["answer"] = named.pop("response")
        return {part: name for part, name in named.items() if isinstance(name, str)}


def find_dialogue(seen: Seen) -> list[Reading]:
    """Readings as conversations: mostly none or one; two where two columns hold them, and no name decides."""
    log = _log(seen)
    if log is not None:
        return [reading_of(seen, log, 0.95)]
    found = [
        look
        for look in looks(seen).values()
        if look.turns >= 0.5 or _nests(seen, look) or _alternates(seen, look)
    ]
    if not found or _is_pair(found):
        return []
    best = max(look.filled for look in found)
    near = [look.name for look in found if look.filled >= best / 2]
    ranked = [name for wanted in NAMES for name in near if plain(name) == wanted]
    chosen = ranked[:1] or near
    return [_found(seen, name, 0.97 if len(chosen) == 1 else 0.6) for name in chosen]


def _found(seen: Seen, name: str, certainty: float) -> Reading:
    rest = without(seen, name)
    context = column(rest, ("context",)) if _is_palm(seen, name) else None
    columns = _Columns(name, column(rest, SYSTEM) or context)
    look = looks(seen._replace(columns=(name,))).get(name)
    columns = columns._replace(alternates=look is not None and _alternates(seen, look))
    reading = reading_of(seen, columns, certainty)
    return reading if _ends_answered(seen, reading) else _less_sure(reading)


def _less_sure(reading: Reading) -> Reading:
    return Reading(reading.kind, reading.columns, reading.why, 0.4, reading.build, None, reading.images)


def reading_of(seen: Seen, given: _Columns, certainty: float) -> Reading:
    """The reading of these columns, with the tools and images beside them."""
    used = (given.messages, given.system, given.response)
    images = given.images or next((c for c in [image_column(seen)] if c not in used), None)
    columns = given._replace(tools=given.tools or column(seen, TOOLS), images=images)

    def build(row: Row, attached: Attached) -> Sample | Problem:
        return _built(columns, row, attached)

    shows = columns.images is not None or _shows_images(seen, columns.messages)
    why = f"Column '{columns.messages}' holds whole conversations."
    if columns.response:
        why = f"Column '{columns.messages}' holds what was asked of a model, '{columns.response}' its answer."
    if columns.system:
        why += f" Column '{columns.system}' says how the assistant is to behave."
    return Reading("conversation", columns.parts(), why, certainty, build, images=shows)


def chosen_dialogue(seen: Seen, parts: Mapping[str, str]) -> Reading:
    """The reading that a person (or a side file) asks for, by parts."""
    given = _Columns(parts["messages"], parts.get("system"), parts.get("tools"), parts.get("images"))
    return reading_of(seen, given if given.system else given._replace(system=column(seen, SYSTEM)), 1.0)


def _built(columns: _Columns, row: Row, attached: Attached) -> Sample | Problem:
    value = turns_in(row.cells.get(columns.messages))
    if columns.alternates:
        value = alternating(value) or value
    images = images_of(row, columns.images, attached)
    if isinstance(images, Problem):
        return images
    if columns.response:
        answer = answer_in(row.cells.get(columns.response))
        if answer is None or not isinstance(value, list):
            return NOT_ANSWERED
        value = [*value, answer]
    said = turns(value, attached, images=images, column=columns.messages)
    if isinstance(said, Problem):
        return said
    before = row.cells.get(columns.system) if columns.system else system_in(row.cells.get(columns.messages))
    said = _with_system(said, columns, row, before)
    if isinstance(said, Problem):
        return said
    said = well_ordered(said)
    tools = tools_text(
        row.cells.get(columns.tools) if columns.tools else tools_in(row.cells[columns.messages])
    )
    if isinstance(said, Problem):
        return said
    if isinstance(tools, Problem):
        return tools
    if not any(turn.role == "assistant" and turn.learn for turn in said):
        return NOTHING_LEARNED
    return Conversation(messages=said, tools=tools, images=images.all, line=row.line)


def with_system_beside(seen: Seen, reading: Reading) -> Reading:
    """Dialogues written as text, with the column beside them that says how the assistant is to behave."""
    name = column(seen, SYSTEM)
    if name is None or name in reading.columns.values():
        return reading
    columns, build = _Columns(reading.columns["messages"], name), reading.build

    def with_it(row: Row, attached: Attached) -> Sample | Problem:
        built = build(row, attached)
        if not isinstance(built, Conversation):
            return built
        told = row.cells.get(name)
        told = told.removeprefix("SYSTEM: ") if isinstance(told, str) else told  # a mark, as the turns have
        said = _with_system(built.messages, columns, row, told)
        said = said if isinstance(said, Problem) else well_ordered(said)
        return said if isinstance(said, Problem) else built.model_copy(update={"messages": said})

    why = f"{reading.why} Column '{name}' says how the assistant is to behave."
    return dataclasses.replace(reading, columns=columns.parts(), why=why, build=with_it)


def _with_system(
    said: tuple[Message, ...], columns: _Columns, row: Row, before: object
) -> tuple[Message, ...] | Problem:
    if is_empty(before) or (said[0].role == "system" and said[0].content == before):
        return said
    return with_system(said, columns.system or columns.messages, {columns.system or columns.messages: before})


# ---------------------------------------------------------------- what a file holds


def _log(seen: Seen) -> _Columns | None:
    """Columns of requests and of answers, if the rows are a service's log."""
    rows = some(seen.rows, 100)
    asks = _holds(seen, rows, lambda cell: isinstance(turns_in(cell), list) and is_turns(turns_in(cell)))
    answers = _holds(seen, rows, lambda cell: isinstance(read(cell), Mapping) and answer_in(cell) is not None)
    found = [(one, other) for one in asks for other in answers if one != other]
    return _Columns(found[0][0], column(seen, SYSTEM), response=found[0][1]) if found else None


def _holds(seen: Seen, rows: Any, is_so: Any) -> list[str]:
    """Columns of which more than half of what they hold is so."""
    found = []
    for name in seen.columns:
        held = [cell for row in rows if not is_empty(cell := row.cells.get(name))]
        if held and sum(bool(is_so(cell)) for cell in held) > len(held) / 2:
            found.append(name)
    return found


def _nests(seen: Seen, look: Look) -> bool:
    """Whether a column holds objects with turns in them."""
    if look.mapped < 0.5:
        return False
    return look.name in _holds(seen, some(seen.rows, 50), lambda cell: is_turns(turns_in(cell)))


def _alternates(seen: Seen, look: Look) -> bool:
    """Whether a column that is called as conversations are holds lists of what is said by turns."""
    if look.listed < 0.9 or plain(look.name) not in NAMES:
        return False
    return look.name in _holds(seen, some(seen.rows, 50), lambda cell: alternating(cell) is not None)


def _is_pair(found: list[Look]) -> bool:
    """Whether two columns of turns are a prompt and its answer, by name: `pairs` reads them."""
    asks = [look for look in found if named(look.name).question >= MEDIUM]
    answers = [look for look in found if named(look.name).answer >= MEDIUM]
    return bool(asks) and bool(answers)


def _is_palm(seen: Seen, name: str) -> bool:
    held = next((row.cells[name] for row in seen.rows if not is_empty(row.cells.get(name))), None)
    value = turns_in(held)
    return isinstance(value, list) and isinstance(value[0], Mapping)


def _ends_answered(seen: Seen, reading: Reading) -> bool:
    """Whether at least one in ten dialogues ends with the assistant; prompts to be answered end otherwise."""
    built = [reading.build(row, lambda _: None) for row in some(seen.rows, 100)]
    unasked = sum(isinstance(one, Problem) and "end with the assistant" in one.finding for one in built)
    return unasked <= 0.9 * len(built)


def _shows_images(seen: Seen, name: str) -> bool:
    return any(
        "image" in str(row.cells.get(name)) and _has_part(row.cells.get(name)) for row in some(seen.rows, 100)
    )


def _has_part(cell: object) -> bool:
    listed = turns_in(cell)
    said = listed if isinstance(listed, list) else []
    contents = [turn.get("content", turn.get("parts")) for turn in said if isinstance(turn, Mapping)]
    parts = [part for content in contents if isinstance(content, list) for part in content]
    return any(
        isinstance(part, Mapping)
        and ("image" in str(part.get("type")) or {"inlineData", "fileData"} & part.keys())
        for part in parts
    )
