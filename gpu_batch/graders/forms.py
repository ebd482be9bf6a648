"""Graders of an answer's form: JSON, reasoning tags, length. Pure; a schema is checked in `worker.py`."""

import json
import re
from collections.abc import Sequence
from typing import Any, Final, NoReturn

from schemas.graders import JsonFields, Length, Tags

_NOTHING: Final = object()


def parsed(text: str) -> Any:
    """A text's JSON value. Raises ValueError for what is none (a number that is no number, say)."""

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is no JSON")

    try:
        return json.loads(text, parse_constant=refuse)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def fields_right(options: JsonFields, answer: str, right: Sequence[str]) -> float | None:
    """The share of the fields that are as in a right answer; 1 where only the form counts, 0 for no JSON.

    None where the file's own cell is no JSON.
    """
    try:
        given = parsed(answer)
    except ValueError:
        return 0.0
    if not options.fields:
        return 1.0
    shares = [_share(options.fields, given, one) for one in map(_or_nothing, right) if one is not _NOTHING]
    return max(shares, default=None)


def _or_nothing(text: str) -> Any:
    try:
        return parsed(text)
    except ValueError:
        return _NOTHING


def _share(fields: Sequence[str], given: Any, wanted: Any) -> float:
    pairs = [(_at(given, field), _at(wanted, field)) for field in fields]
    return sum(one is not _NOTHING and _same(one, other) for one, other in pairs) / len(fields)


def _at(value: Any, field: str) -> Any:
    for key in field.split("."):
        if not isinstance(value, dict) or key not in value:
            return _NOTHING
        value = value[key]
    return value


def _same(one: Any, other: Any) -> bool:
    """As JSON compares: 1 is 1.0, true is not 1."""
    if other is _NOTHING:
        return False
    try:
        return json.dumps(_plain(one), sort_keys=True) == json.dumps(_plain(other), sort_keys=True)
    except RecursionError:
        return False


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def tagged(options: Tags, answer: str) -> float:
    """1 if the tags are there as asked: each once, in order, with something inside."""
    text = f"<{options.tags[0]}>{answer}" if options.opened else answer
    once = all(text.count(mark) == 1 for tag in options.tags for mark in (f"<{tag}>", f"</{tag}>"))
    if not once:
        return 0.0
    inside = r"\s*".join(
        rf"<{re.escape(tag)}>[^\x00]*?\S[^\x00]*?</{re.escape(tag)}>" for tag in options.tags
    )
    behind = r"[^\x00]*" if options.after else r"\s*"
    # Every mark is there once, so no part of the expression can match in more than one way.
    return float(re.fullmatch(rf"\s*{inside}{behind}", text.replace("\x00", " ")) is not None)


def long_enough(options: Length, answer: str) -> float:
    """1 within the bounds; below and above it falls evenly, to 0 at nothing and at twice the most."""
    count = len(answer.split()) if options.unit == "words" else len(answer)
    if count < options.least:
        return count / options.least
    if options.most is not None and count > options.most:
        return max(0.0, 2 - count / options.most)
    return 1.0
