"""Rows to be answered by a model (`generate.model`): which part is the prompt, and what stays beside it.

Nothing is learned from them, so an answer that a row holds already is no answer to learn: it is kept as the
reference that the model's own is measured against. What a row has besides is kept too, and comes back beside
its answer: ids, OpenAI's `custom_id`. Not here: who answers, and how (`gpu_batch.generate`).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from functions.on_upload.meaning.ask import listed
from functions.on_upload.meaning.cells import is_empty, json_of, text_of
from functions.on_upload.meaning.images import image_column, images_of
from functions.on_upload.meaning.kinds import (
    SYSTEM,
    TOOLS,
    asking,
    column,
    half_character,
    is_said,
    mostly,
    parsed,
    said,
    shown,
    tools_text,
    with_system,
    without,
)
from functions.on_upload.meaning.override import must_be_there
from functions.on_upload.meaning.pairs import find_pairs
from functions.on_upload.meaning.prompts import find_prompts
from functions.on_upload.meaning.reading import Ambiguous, Problem, Reading, Seen
from functions.on_upload.meaning.turns import is_turns, well_ordered
from functions.on_upload.meaning.weights import THRESHOLD
from functions.on_upload.reading.blocks import Attached, Row
from schemas import names
from schemas.data_options import Columns
from schemas.errors import Fault
from schemas.samples import Message, Prompts, Sample

ANSWER: Final = "answer"  # what a row's own answer is called among what stays beside the prompt
BODY: Final = "body"  # of a line of OpenAI's batch files: {custom_id, method, url, body: {messages}}


class _Parts(NamedTuple):
    """The columns that are read: the prompt, what it is about, what is before it, images and tools."""

    prompt: str
    context: str | None = None
    system: str | None = None
    images: str | None = None
    tools: str | None = None
    answer: str | None = None

    def columns(self) -> dict[str, str]:
        told = {"question": self.prompt, **self._asdict()}
        del told["prompt"]
        return {part: name for part, name in told.items() if name}


def asked_reading(seen: Seen, columns: Columns | None) -> Reading:
    """How each row is asked. Raises Ambiguous where no column is plainly the prompt.

    Raises BadInput for a column that is named and not there.
    """
    given = columns.model_dump(exclude_none=True) if columns else {}
    must_be_there(seen, given)
    rest = without(seen, given.get("images") or image_column(seen))
    parts = _parts(seen, rest, given)
    if parts is None:
        raise _question(seen)

    def build(row: Row, attached: Attached) -> Sample | Problem:
        return _built(parts, row, attached)

    why = f"Column {shown([parts.prompt])} holds what is asked."
    if parts.answer:
        why += f" Column {shown([parts.answer])} is kept to measure the answers against."
    return Reading("prompts", parts.columns(), why, 1.0, build, images=parts.images is not None)


def _parts(seen: Seen, rest: Seen, given: Mapping[str, str]) -> _Parts | None:
    beside = {
        "images": given.get("images") or image_column(seen),
        "system": given.get("system") or column(rest, SYSTEM),
        "tools": given.get("tools") or column(rest, TOOLS),
        "context": given.get("context"),
        "answer": given.get("answer") or given.get("reference"),
    }
    named = given.get("question") or given.get("messages") or given.get("text") or _talk(rest)
    if named is not None:
        return _Parts(named, **beside)
    found = max((*find_prompts(seen), *find_pairs(seen)), key=lambda one: one.certainty, default=None)
    if found is None or found.certainty < THRESHOLD:
        texts = [one for one in rest.columns if mostly(seen, one, is_said)]
        alone = texts[0] if len(texts) == 1 else asking(rest._replace(columns=tuple(texts)), ("prompt",))
        return _Parts(alone, **beside) if alone else None
    of = found.columns
    more = {part: beside[part] or of.get(part) for part in beside}
    more["answer"] = more["answer"] or of.get("reference")
    return _Parts(of["question"], **more)


def _talk(seen: Seen) -> str | None:
    """The column that holds turns, or the body of OpenAI's batch files."""
    if BODY in seen.columns and mostly(seen, BODY, lambda cell: "messages" in _object(cell)):
        return BODY
    return next((one for one in seen.columns if mostly(seen, one, is_turns)), None)


def _object(cell: object) -> Mapping[str, Any]:
    found = parsed(cell)
    return found if isinstance(found, Mapping) else {}


def _built(parts: _Parts, row: Row, attached: Attached) -> Sample | Problem:
    held = images_of(row, parts.images, attached)
    if isinstance(held, Problem):
        return held
    turns = said(parts.prompt, row.cells.get(parts.prompt), "user", attached, held)
    if isinstance(turns, Problem):
        return turns
    turns, answer = _without_answer(turns)
    asked = with_system(_about(parts, turns, row), parts.system, row.cells)
    asked = asked if isinstance(asked, Problem) else well_ordered(asked, ends="user")
    tools = tools_text(row.cells.get(parts.tools) if parts.tools else None)
    if isinstance(asked, Problem):
        return asked
    if isinstance(tools, Problem):
        return tools
    beside = _beside(parts, row, answer)
    if broken := half_character("The columns", beside):
        return broken
    return Prompts(prompt=asked, reference=beside, tools=tools, images=held.all, line=row.line)


def _without_answer(turns: tuple[Message, ...]) -> tuple[tuple[Message, ...], str | None]:
    """The turns up to what is to be answered, and the answer that stands there already."""
    if len(turns) > 1 and turns[-1].role == "assistant":
        return turns[:-1], turns[-1].content
    return turns, None


def _about(parts: _Parts, turns: tuple[Message, ...], row: Row) -> tuple[Message, ...] | Problem:
    """With what the question is about, which stands below it after one line break."""
    cell = row.cells.get(parts.context) if parts.context else None
    if parts.context is None or is_empty(cell):
        return turns
    text = text_of(parts.context, cell)
    if isinstance(text, Problem):
        return text
    last = turns[-1]
    return (*turns[:-1], last.model_copy(update={"content": f"{last.content}\n{text}"}))


def _beside(parts: _Parts, row: Row, answer: str | None) -> str:
    """What comes back beside the answer: every other cell, and the answer that there was."""
    taken = {parts.prompt, parts.context, parts.system, parts.images, parts.tools}
    kept = {key: cell for key, cell in row.cells.items() if key not in taken and not is_empty(cell)}
    if parts.answer and not is_empty(row.cells.get(parts.answer)):
        answer = str(kept.pop(parts.answer, row.cells[parts.answer]))
    told = {key: cell if isinstance(cell, str) else parsed(cell) for key, cell in kept.items()}
    return json_of(told | ({ANSWER: answer} if answer is not None else {}))


def _question(seen: Seen) -> Ambiguous:
    columns: Sequence[str] = [one for one in seen.columns if one]
    finding = f"Which column is to be answered? There are {listed(columns)}."
    step = f"Set data.columns.question, e.g. data.columns.question={columns[0] if columns else 'prompt'}."
    return Ambiguous(Fault(place=names.place(seen.name, 1), finding=finding, next_step=step))
