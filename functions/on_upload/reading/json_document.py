"""JSON that is one document, or objects over several lines: rows from wherever they are, as a stream.

A list of objects, alone or under a key (`{"data": […]}`, SQuAD's nests, splits side by side), is read a row
at a time. Columns (`{"question": […], "answer": […]}`) are in memory as a whole, up to 256 MB.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any, Final

from functions.on_upload.reading.blocks import BadRow, Block, Row
from functions.on_upload.reading.header import columns_of
from functions.on_upload.reading.json_cursor import Broken, Cursor
from functions.on_upload.reading.json_plan import Plan, unnested
from functions.on_upload.reading.json_values import bad_text, block_of, cells_of, is_chat
from functions.on_upload.reading.refusals import refused
from schemas import names

ROWS_A_BLOCK: Final = 4096
CHARACTERS_A_BLOCK: Final = 6_000_000
Found = tuple[int, Any] | BadRow
STEP: Final = "Mend it there, or write one JSON object on each line."


def blocks(name: str, cursor: Cursor, plan: Plan | None) -> Iterator[Block]:
    """The rows of a document; without a plan it is values one after the other."""
    if plan is None:
        yield from _gathered(name, cursor, _values(name, cursor, end=""))
    elif plan.how in ("list", "splits"):
        yield from _gathered(name, cursor, _lists(name, cursor, plan))
    else:
        yield from _gathered(name, cursor, _whole(name, cursor, plan))


def _gathered(name: str, cursor: Cursor, found: Iterable[Found]) -> Iterator[Block]:
    rows: list[Row] = []
    bad: list[BadRow] = []
    taken = cursor.taken
    for each in _as_rows(found):
        if isinstance(each, BadRow):
            bad.append(each)
        else:
            rows.append(each)
        if len(rows) + len(bad) >= ROWS_A_BLOCK or cursor.taken - taken > CHARACTERS_A_BLOCK:
            yield block_of(name, rows, bad)
            rows, bad, taken = [], [], cursor.taken
    if rows or bad:
        yield block_of(name, rows, bad)


def _as_rows(found: Iterable[Found]) -> Iterator[Row | BadRow]:
    """Elements as rows; lists of cells have a header, or columns without names."""
    found = iter(found)
    first = list(islice(found, 100))
    tables = [each[1] for each in first if not isinstance(each, BadRow) and _is_cells(each[1])]
    columns: tuple[str, ...] = ()
    if tables:
        columns, has_header = columns_of([[_shown(cell) for cell in cells] for cells in tables])
        if has_header:
            first.remove(next(e for e in first if not isinstance(e, BadRow) and e[1] is tables[0]))
    for each in chain(first, found):
        if isinstance(each, BadRow):
            yield each
            continue
        for value in unnested(each[1]):
            yield _row(each[0], value, columns)


def _row(line: int, value: Any, columns: tuple[str, ...]) -> Row | BadRow:
    if _is_cells(value) and columns:
        if len(value) == len(columns):
            return Row(line, dict(zip(columns, value, strict=True)))
        finding = f"Found {len(value)} cells where the others have {len(columns)}."
        return BadRow(line, finding, "Write as many cells in each row.")
    cells = {"text": value} if isinstance(value, str) else cells_of(value)
    if cells is None:
        kind = "a list" if isinstance(value, list) else "nothing"
        return BadRow(line, f"Expected a JSON object, found {kind}.", 'Write {"question": …, "answer": …}.')
    if bad_text(json.dumps(cells, ensure_ascii=False)):
        return BadRow(line, "This row is not UTF-8.", "Save the file as UTF-8.")
    return Row(line, cells)


def _is_cells(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and not is_chat(value)


def _shown(cell: Any) -> str:
    return cell if isinstance(cell, str) else json.dumps(cell)


def _values(name: str, cursor: Cursor, end: str) -> Iterator[Found]:
    """Values with commas or nothing between them, up to the character `end`; each with its line."""
    while (here := cursor.peek()) != end:
        if here == ",":
            cursor.skip()
            continue
        line = cursor.line
        if not here:
            yield BadRow(line, "The file ends before its list does.", STEP)
            return
        indent = cursor.indent()
        try:
            yield line, cursor.value()
        except Broken as error:
            finding = (
                "The file ends in the middle of this row." if error.cut else f"This is no JSON: {error}."
            )
            yield BadRow(line, finding, STEP)
            if error.past or cursor.resume(indent):
                continue
            if error.cut:
                return
            raise refused(names.place(name, line), f"The JSON breaks here: {error}.", STEP) from error


def _lists(name: str, cursor: Cursor, plan: Plan) -> Iterator[Found]:
    if not plan.path and plan.how == "list":
        cursor.peek()
        cursor.skip()
        yield from _values(name, cursor, end="]")
        return
    wanted = plan.splits or plan.path[-1:]
    yield from _under(name, cursor, plan.path if plan.splits else plan.path[:-1], wanted, plan)


def _under(
    name: str, cursor: Cursor, path: tuple[str, ...], wanted: tuple[str, ...], plan: Plan
) -> Iterator[Found]:
    """The lists under some keys of the object at hand, or of one deeper in it."""
    cursor.peek()
    cursor.skip()
    try:
        while cursor.peek() not in ("}", ""):
            if cursor.peek() == ",":
                cursor.skip()
                continue
            key = cursor.value()
            cursor.peek()
            cursor.skip()
            if path and key == path[0]:
                yield from _under(name, cursor, path[1:], wanted, plan)
            elif not path and key in wanted and cursor.peek() == "[":
                cursor.skip()
                for found in _values(name, cursor, end="]"):
                    yield _with_split(found, key) if plan.splits else found
                cursor.skip()
            else:
                cursor.value()
    except Broken as error:
        yield BadRow(cursor.line, f"This is no JSON: {error}.", STEP)
        return
    cursor.skip()


def _with_split(found: Found, split: str) -> Found:
    if isinstance(found, BadRow) or not isinstance(found[1], dict):
        return found
    return found[0], {**found[1], "split": found[1].get("split", split)}


def _whole(name: str, cursor: Cursor, plan: Plan) -> Iterator[Found]:
    cursor.peek()
    try:
        value = cursor.value()
    except Broken as error:
        raise refused(names.place(name, cursor.line), f"This is no JSON: {error}.", STEP) from error
    for key in plan.path if plan.how != "row" else ():
        value = value[key]
    yield from enumerate(_rows_of(value, plan), 1)


def _rows_of(value: Mapping[str, Any], plan: Plan) -> Iterator[Any]:
    if plan.how == "table":
        yield value["columns"]
        yield from value["data"]
    elif plan.how == "values":
        yield from value.values()
    elif plan.how == "columns" and isinstance(next(iter(value.values())), dict):
        numbers = dict.fromkeys(key for column in value.values() for key in column)
        yield from ({key: column.get(n) for key, column in value.items()} for n in numbers)
    elif plan.how == "columns":
        yield from (dict(zip(value, cells, strict=True)) for cells in zip(*value.values(), strict=True))
    else:
        yield value
