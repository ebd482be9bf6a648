"""What one cell holds: a text exactly as it stands, or a JSON value, be it written as text or not."""

import ast
import json
from typing import Any, Final

from functions.on_upload.meaning.reading import Problem
from functions.on_upload.reading.blocks import Written
from functions.on_upload.reading.json_values import decoded

FILL_IT: Final = "Fill it, or leave the row out."


def is_empty(value: object) -> bool:
    """Whether a cell holds nothing: missing, only white space, a list or an object of nothing."""
    return not value.strip() if isinstance(value, str) else value is None or value in ([], {})


def text_of(column: str, value: object) -> str | Problem:
    """A cell as text, exactly as it stands. True and false are words, a missing or empty cell no text."""
    if isinstance(value, str):
        if not value.strip():
            return Problem(f"Column '{column}' is empty.", FILL_IT)
        if value.isascii():
            return value
        try:
            value.encode()
        except UnicodeEncodeError:
            what = f"Column '{column}' holds half of a character (a lone surrogate)."
            return Problem(what, "Write the whole character.")
        return value
    if value is None:
        return Problem(f"Column '{column}' is empty.", FILL_IT)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    what = f"Column '{column}' holds a {'list' if isinstance(value, list) else 'JSON object'}, not text."
    return Problem(what, "Write it as text, or use 'messages' for conversations.", shape=True)


def value_of(value: object) -> Any:
    """A list or an object, also where a cell holds one as text (JSON, or as Python prints it).

    Any other text stays the text. ValueError for one that begins as JSON and is none.
    """
    if not isinstance(value, str) or value.lstrip()[:1] not in ("[", "{"):
        return value
    try:
        return decoded(value)
    except ValueError:
        return _printed(value)


def _printed(text: str) -> Any:
    """What pandas writes into a CSV for a list: Python's own print of it."""
    if "'" not in text:
        raise ValueError("This is no JSON.")
    try:
        return ast.literal_eval(text.strip())
    except (SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise ValueError("This is no JSON.") from error


def json_of(value: object) -> str:
    """A value as JSON text: numbers, true and false as they were written."""
    if isinstance(value, Written):
        return str(value)
    if isinstance(value, dict):
        inside = (f"{json.dumps(str(key), ensure_ascii=False)}: {json_of(one)}" for key, one in value.items())
        return "{" + ", ".join(inside) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(json_of(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False, default=str)
