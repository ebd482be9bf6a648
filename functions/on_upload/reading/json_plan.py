"""Where the rows of one JSON document are: it is a list of them, holds one under some key, or its columns.

Lists of turns are conversations, never lists of rows.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

from functions.on_upload.reading.blocks import Written
from functions.on_upload.reading.json_values import is_chat
from functions.on_upload.reading.refusals import refused
from schemas.errors import BadInput

SPLITS: Final = frozenset({"train", "training", "test", "validation", "valid", "val", "dev", "eval"})
WRAPPERS: Final = (
    "data",
    "rows",
    "examples",
    "samples",
    "records",
    "items",
    "instances",
    "results",
    "entries",
)

# Keys of one row. A list beside one of them is a part of the row: answers with their ranks, sources, tools.
OF_A_ROW: Final = frozenset(
    "prompt question query instruction input text context system messages conversation conversations "
    "response answer output completion chosen rejected image images".split()
)


class Plan(NamedTuple):
    """`path` leads to a list of rows; `splits` are keys of such lists, side by side, at its end."""

    how: Literal["list", "splits", "columns", "table", "values", "row"]
    path: tuple[str, ...] = ()
    splits: tuple[str, ...] = ()


def plan_of(name: str, value: Mapping[str, Any], path: tuple[str, ...] = ()) -> Plan:
    """Where the rows of a document are that is one object. Raises BadInput if two lists could be them."""
    lists = {key: inner for key, inner in value.items() if _is_rows(inner)}
    if any(is_chat(inner) for inner in value.values()):
        return Plan("row", path)
    if len(lists) > 1 and all(key.casefold() in SPLITS for key in lists):
        return Plan("splits", path, tuple(lists))
    if isinstance(value.get("columns"), list) and isinstance(value.get("data"), list):
        return Plan("table", path)
    if _are_columns(value):
        return Plan("columns", path)
    if len(lists) > 1:
        lists = {key: inner for key, inner in lists.items() if key.casefold() in WRAPPERS} or lists
    if len(lists) == 1 and _holds(value, next(iter(lists))):
        return Plan("list", (*path, next(iter(lists))))
    if len(lists) > 1 and len(lists) == sum(isinstance(inner, list) for inner in value.values()) and not path:
        finding = f"It holds several lists of rows: {', '.join(lists)}."
        raise refused(name, finding, "Drop a file that holds one of them.")
    return _of_objects(name, value, path)


def _of_objects(name: str, value: Mapping[str, Any], path: tuple[str, ...]) -> Plan:
    objects = {key: inner for key, inner in value.items() if isinstance(inner, dict)}
    if len(objects) == len(value) > 1 and _alike(list(objects.values())):
        inner = next(iter(objects.values()))
        return Plan("columns" if all(key.isdigit() for key in inner) else "values", path)
    deeper = [plan_of(name, inner, (*path, key)) for key, inner in objects.items() if len(path) < 5]
    found = [plan for plan in deeper if plan.how != "row"]
    if len(found) == 1:
        return found[0]
    return Plan("row", path)


def _is_rows(value: object) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and not is_chat(value)
        and all(isinstance(element, dict) or is_chat(element) for element in value[:20])
    )


def _holds(value: Mapping[str, Any], key: str) -> bool:
    """Whether the list under a key is what the document is for, and not a part of one row."""
    beside = [other for other in value if other != key]
    texts = any(isinstance(value[other], str) and len(value[other]) > 200 for other in beside)
    is_row = texts or any(other.casefold() in OF_A_ROW for other in beside)
    return key.casefold() in WRAPPERS or not beside or (not is_row and len(value[key]) > 1)


def is_envelope(value: Mapping[str, Any]) -> bool:
    """Whether an object that is all of a file of lines holds rows beyond doubt, and is not its one row."""
    try:
        plan = plan_of("", value)
    except BadInput:
        return False
    if plan.how == "list":
        return len(plan.path) > 1 or plan.path[0].casefold() in WRAPPERS
    if plan.how == "columns" and not plan.path:
        firsts = [column[0] for column in value.values() if isinstance(column, list)]
        return all(isinstance(cell, str) and not isinstance(cell, Written) for cell in firsts)
    return plan.how != "row"


def _are_columns(value: Mapping[str, Any]) -> bool:
    lists = [inner for inner in value.values() if isinstance(inner, list)]
    lengths = {len(inner) for inner in lists}
    return (
        len(lists) == len(value) > 0
        and len(lengths) == 1
        and lengths != {0}
        and (len(value) > 1 or not isinstance(lists[0][0], dict))
    )


def _alike(objects: Sequence[Mapping[str, Any]]) -> bool:
    """Whether all objects have the keys of the first, or nearly."""
    first = objects[0].keys()
    return bool(first) and all(
        len(first & other.keys()) >= 0.5 * len(first | other.keys()) for other in objects
    )


def unnested(value: Any) -> list[Any]:
    """An element of a list as rows: what the Hub's viewer wraps, and SQuAD's paragraphs, are taken out."""
    if not isinstance(value, dict):
        return [value]
    if isinstance(value.get("row"), dict) and value.keys() <= {"row", "row_idx", "truncated_cells"}:
        return [value["row"]]
    for key in ("paragraphs", "qas"):
        inner = value.get(key)
        if isinstance(inner, list) and inner and all(isinstance(each, dict) for each in inner):
            above = {other: cell for other, cell in value.items() if other != key}
            return [row for each in inner for row in unnested({**above, **each})]
    return [value]
