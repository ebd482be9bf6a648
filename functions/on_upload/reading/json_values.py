"""JSON values with every number as it was written, and what is no such value told in words.

Numbers, true and false become texts of their very characters. Of two equal keys one would be lost without a
word, so they are an error; so is half of a character (a lone surrogate), which no file of ours could hold.
"""

import json
import re
from typing import Any, Final

import pyarrow as pa

from functions.on_upload.reading.blocks import BadRow, Block, Flat, Nested, Row, Written
from functions.on_upload.reading.csv_rows import has_bad_bytes

_HALF: Final = re.compile(r"\\u[dD][89a-fA-F]")
WORDS: Final = {True: Written("true"), False: Written("false")}
CHAT_KEYS: Final = (
    frozenset({"role", "content"}), frozenset({"from", "value"}), frozenset({"role", "value"}),
    frozenset({"author", "content"}), frozenset({"role", "parts"}), frozenset({"role", "tool_calls"}),
)  # fmt: skip


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        doubled = next(key for key in made if sum(key == other for other, _ in pairs) > 1)
        raise ValueError(f"the key '{doubled[:40]}' stands twice")
    return made


DECODER: Final = json.JSONDecoder(
    parse_float=Written, parse_int=Written, parse_constant=str, object_pairs_hook=_once
)


def decoded(text: str) -> Any:
    """The one value that a text is. Raises ValueError, its text fit for "This line is not valid JSON: …"."""
    try:
        value = DECODER.decode(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except json.JSONDecodeError as error:
        raise ValueError(error.msg) from error
    return finished(value, text)


def finished(value: Any, text: str) -> Any:
    """A value just decoded from this text, true and false made texts. ValueError for half a character."""
    if "true" in text or "false" in text:
        value = _texts(value)
    if _HALF.search(text):
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise ValueError("it holds half of a character (a lone surrogate)") from error
    return value


def _texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _texts(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_texts(inner) for inner in value]
    return WORDS[value] if isinstance(value, bool) else value


def is_chat(value: object) -> bool:
    """Whether a list is a conversation: objects that say who speaks and what."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(turn, dict) and any(keys <= turn.keys() for keys in CHAT_KEYS) for turn in value)
    )


def cells_of(value: Any) -> dict[str, Any] | None:
    """A row's cells, if the value can be a row: an object, or the turns of a conversation."""
    if isinstance(value, dict):
        return value
    return {"messages": value} if is_chat(value) else None


def no_row(value: Any) -> tuple[str, str]:
    """The finding and next step of a value that is no row."""
    kind = "a list" if isinstance(value, list) else "nothing" if value is None else "a text or a number"
    return f"Expected a JSON object, found {kind}.", 'Write {"question": …, "answer": …} on each line.'


def block_of(source: str, rows: list[Row], bad: list[BadRow]) -> Block:
    """Rows as a table if all their cells are text or missing; else as they are."""
    keys = dict.fromkeys(key for row in rows for key in row.cells)
    plain = all(cell is None or isinstance(cell, str) for row in rows for cell in row.cells.values())
    if not plain or not keys:
        return Nested(source, tuple(rows), tuple(bad))
    columns = [pa.array([row.cells.get(key) for row in rows], pa.string()) for key in keys]
    lines = pa.array([row.line for row in rows], pa.int64())
    return Flat(source, pa.Table.from_arrays(columns, names=list(keys)), lines, tuple(bad))


def bad_text(text: str) -> bool:
    """Whether the text holds bytes of no character."""
    return has_bad_bytes(text)
