"""Conversations as ChatGPT exports them: a tree of messages (`mapping`), of which one path was gone.

    mapping {id: {message, parent, children}, …}, current_node

The path to `current_node` is what the person saw in the end; other tries at an answer are left out. What was
never shown (empty system texts, thoughts, what the person told about themselves) is no turn of it.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, Final

from functions.on_upload.meaning.cells import is_empty
from functions.on_upload.meaning.dialogue import chosen_dialogue
from functions.on_upload.meaning.kinds import column, mostly, parsed
from functions.on_upload.meaning.reading import Problem, Reading, Seen
from functions.on_upload.reading.blocks import Attached, Row
from schemas.samples import Sample

HIDDEN: Final = frozenset("thoughts reasoning_recap user_editable_context model_editable_context".split())
SURE: Final = 0.97


def find_exported(seen: Seen) -> list[Reading]:
    """The reading of trees of messages; none where no column holds them."""
    name = next((one for one in seen.columns if mostly(seen, one, is_tree)), None)
    if name is None:
        return []
    current = column(seen, ("current_node",))

    def told(row: Row) -> Row:
        return Row(row.line, {**row.cells, name: _path(row.cells.get(name), row.cells.get(current or ""))})

    found = chosen_dialogue(seen._replace(rows=[told(row) for row in seen.rows]), {"messages": name})

    def build(row: Row, attached: Attached) -> Sample | Problem:
        return found.build(told(row), attached)

    why = f"Column '{name}' holds conversations as ChatGPT exports them; of each its last course is read."
    return [dataclasses.replace(found, why=why, certainty=SURE, build=build)]


def is_tree(cell: object) -> bool:
    """Whether a cell holds messages by their ids, each with its parent and its children."""
    found = parsed(cell)
    return (
        isinstance(found, Mapping)
        and bool(found)
        and all(isinstance(one, Mapping) and {"parent", "children"} <= one.keys() for one in found.values())
    )


def _path(cell: object, current: object) -> object:
    """The turns from the start to the current message; a cell that is no tree as it is."""
    tree = parsed(cell)
    if not isinstance(tree, Mapping) or not is_tree(cell):
        return cell
    at = current if isinstance(current, str) and current in tree else next(reversed(tree))
    found: list[Any] = []
    while isinstance(at, str) and at in tree and len(found) <= len(tree):
        found.append(tree[at].get("message"))
        at = tree[at]["parent"]
    return [turn for one in reversed(found) for turn in _turns(one)]


def _turns(message: object) -> Iterator[dict[str, Any]]:
    """The message as a turn; none for one that was not shown."""
    if not isinstance(message, Mapping):
        return
    author, content, about = (_object(message, key) for key in ("author", "content", "metadata"))
    hidden = str(about.get("is_visually_hidden_from_conversation")).casefold() == "true"
    if hidden or content.get("content_type") in HIDDEN:
        return
    parts = content.get("parts")
    pieces = [_piece(one) for one in parts] if isinstance(parts, list) else content.get("text")
    said = pieces if not isinstance(pieces, list) else [one for one in pieces if one]
    if author.get("role") == "system" and is_empty(said):
        return
    yield {"role": author.get("role"), "content": said, "name": author.get("name")}


def _piece(part: Any) -> Any:
    if isinstance(part, Mapping):
        return {**part, "type": part.get("content_type")}
    return {"type": "text", "text": part} if part else None


def _object(message: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = message.get(key)
    return found if isinstance(found, Mapping) else {}
