"""Which JSON a text is: one object a line, one document, or objects over several lines; or none at all."""

import json
import re
from typing import Any, Final

from functions.on_upload.reading.blocks import Opened
from functions.on_upload.reading.csv_dialect import is_table
from functions.on_upload.reading.json_cursor import LOOSE, Cursor
from functions.on_upload.reading.json_document import blocks
from functions.on_upload.reading.json_plan import Plan, is_envelope, plan_of
from functions.on_upload.reading.jsonl import open_jsonl
from functions.on_upload.reading.refusals import JSONS, suffix_of
from functions.on_upload.reading.text import Text

LINE_BY_LINE: Final = (".jsonl", ".ndjson")
LINES: Final = 20  # looked at
_LIST: Final = re.compile(r'\[\s*([\[{"]|$)')


def open_json(name: str, text: Text) -> Opened | None:
    """The rows of a JSON file; None if the text is no JSON."""
    head = text.head.decode("utf-8", "surrogateescape").lstrip("\ufeff \t\r\n")
    named = suffix_of(name) in JSONS
    if not head.startswith(("{", "[")):
        lines = head.split("\n")[:LINES]
        is_json = any(_is_object(line) for line in lines) or not is_table(text.head, whole=text.whole)
        return open_jsonl(name, text) if named and is_json else None
    try:
        value, end = LOOSE.raw_decode(head)
    except (ValueError, RecursionError):
        return _unfinished(name, text, head, named=named)
    after = head[end:].strip(" \t\r\n\ufeff")
    if not after and text.whole:
        return _document(name, text, value, is_line="\n" not in head[:end])
    if not named and after and not after.startswith(("{", "[", ",")):
        return None  # a line of text in brackets, or a header such as [id],[name]
    if "\n" not in head[:end].strip() and (not after or head[end:].lstrip(" \t,")[:1] in "\r\n"):
        return open_jsonl(name, text)
    return _of(name, text, None)


def _unfinished(name: str, text: Text, head: str, *, named: bool) -> Opened | None:
    """JSON whose first value is broken, or longer than what was looked at."""
    lines = [line.strip(" \t\r,") for line in head.split("\n")[:LINES]]
    if sum(_is_object(line) for line in lines) and not head.startswith("["):
        return open_jsonl(name, text)
    if head.startswith("["):
        return _of(name, text, Plan("list")) if named or _LIST.match(head) else None
    if not named and not re.match(r'\{\s*"', head):
        return None
    if suffix_of(name) in LINE_BY_LINE and (text.whole or "\n" in head):
        return open_jsonl(name, text)
    path = _path(head)
    return _of(name, text, Plan("list", path) if path else Plan("row") if not text.whole else None)


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _path(head: str) -> tuple[str, ...]:
    """The keys that lead to the first list of objects or lists in a document too long to look at whole."""
    path: list[str] = []
    at = 0
    try:
        while True:
            at = _spaces(head, at + 1)  # past a brace or a comma
            key, at = LOOSE.raw_decode(head, at)
            at = _spaces(head, _spaces(head, at) + 1)
            if head[at] == "{" and len(path) < 5 and isinstance(key, str):
                path.append(key)
            elif head[at] == "[" and head[_spaces(head, at + 1)] in "{[" and isinstance(key, str):
                return (*path, key)
            else:
                at = _spaces(head, LOOSE.raw_decode(head, at)[1])
                while path and head[at] == "}":
                    path.pop()
                    at = _spaces(head, at + 1)
    except (ValueError, IndexError, RecursionError):
        return ()


def _spaces(head: str, at: int) -> int:
    while at < len(head) and head[at] in " \t\r\n":
        at += 1
    return at


def _document(name: str, text: Text, value: Any, *, is_line: bool) -> Opened:
    """One value that is all of the file. An object on one line of a file called JSONL is one row."""
    if isinstance(value, list):
        return _of(name, text, Plan("list"))
    if is_line and suffix_of(name) in LINE_BY_LINE and not is_envelope(value):
        return open_jsonl(name, text)
    return _of(name, text, plan_of(name, value))


def _of(name: str, text: Text, plan: Plan | None) -> Opened:
    said = text.said
    if plan and plan.path and plan.how == "list":
        said = (*said, f"The rows are under '{'.'.join(plan.path)}'.")
    if plan and plan.splits:
        said = (*said, f"The rows are under {', '.join(repr(key) for key in plan.splits)}.")
    unit = "line" if plan is None or plan.how in ("list", "splits") else "row"
    return Opened("json", None, blocks(name, Cursor(text), plan), unit, said)
