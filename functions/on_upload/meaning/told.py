"""The reading that another tool's side file asks for: its columns, its keys of turns, who speaks."""

from collections.abc import Mapping
from typing import Any, Final

from functions.on_upload.meaning.dialogue import chosen_dialogue
from functions.on_upload.meaning.feedback import chosen_feedback
from functions.on_upload.meaning.kinds import parsed
from functions.on_upload.meaning.pair_rows import Parts
from functions.on_upload.meaning.pair_rows import reading_of as pair_reading
from functions.on_upload.meaning.preference import chosen_preference
from functions.on_upload.meaning.reading import Problem, Reading, Seen
from functions.on_upload.meaning.sidecars import Told, mapping
from functions.on_upload.meaning.text import chosen_text
from functions.on_upload.reading.blocks import Attached, Row
from schemas.samples import Sample

SURE: Final = 0.99


def find_told(seen: Seen) -> list[Reading]:
    """The reading that the side files beside the data tell; none where they tell none."""
    told = mapping(seen)
    if told is None:
        return []
    translated = seen._replace(rows=[_row(row, told) for row in seen.rows])
    found = _reading(translated, told.columns)
    if found is None:
        return []
    plain = not (told.speaker or told.text or told.roles)

    def build(row: Row, attached: Attached) -> Sample | Problem:
        return found.build(row if plain else _row(row, told), attached)

    why = f"{told.by} beside the data says so: {found.why[0].lower()}{found.why[1:]}"
    return [Reading(found.kind, found.columns, why, SURE, build, found.pair if plain else None, found.images)]


def _reading(seen: Seen, parts: Mapping[str, str]) -> Reading | None:
    if "chosen" in parts and "rejected" in parts:
        return chosen_preference(seen, parts)
    if "label" in parts:
        return chosen_feedback(seen, parts)
    if "messages" in parts:
        return chosen_dialogue(seen, parts)
    if "question" in parts and "answer" in parts:
        pair = Parts(parts["question"], parts["answer"], parts.get("context"), parts.get("system"))
        pair = pair._replace(
            history=parts.get("history"), images=parts.get("images"), tools=parts.get("tools")
        )
        return pair_reading(pair, SURE)
    return chosen_text(seen, parts) if "text" in parts else None


def _row(row: Row, told: Told) -> Row:
    """The row with its turns as {role, content}, speakers called as we call them."""
    if not (told.speaker or told.text or told.roles):
        return row
    turned = [told.columns[part] for part in ("messages", "chosen", "rejected") if part in told.columns]
    return Row(row.line, {**row.cells, **{name: _turned(row.cells.get(name), told) for name in turned}})


def _turned(cell: Any, told: Told) -> Any:
    found = parsed(cell)
    if isinstance(found, Mapping):
        return _turn(found, told)
    return [_turn(one, told) for one in found] if isinstance(found, list | tuple) else cell


def _turn(given: Any, told: Told) -> Any:
    if not isinstance(given, Mapping):
        return given
    turn = dict(given)
    for named, ours in ((told.speaker, "role"), (told.text, "content")):
        if named and named in turn:
            turn[ours] = turn.pop(named)
    who = next((key for key in ("role", "from") if key in turn), None)
    if who and isinstance(turn[who], str):
        turn[who] = told.roles.get(turn[who], turn[who])
    return turn
