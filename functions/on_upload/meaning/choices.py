"""Answers that are not one text: SQuAD's lists of them, and questions with options of which one is right."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from functions.on_upload.meaning.cells import FILL_IT, is_empty, text_of, value_of
from functions.on_upload.meaning.names_of_parts import plain
from functions.on_upload.meaning.reading import Problem, Seen

LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_OPTION: Final = re.compile(r"((?:option|opt|op|choice|answer|ans|alternative)?)_?([a-h1-8])")
NO_ANSWER: Final = "Add an answer, or leave the row out."


def first_text(column: str, cell: object) -> str | Problem:
    """The answer in a cell: a text as it is; of SQuAD's {text: [...]} or a list of answers the first."""
    if cell is None or (isinstance(cell, str) and not is_squad(cell)):
        return text_of(column, cell)
    value = value_of(cell)
    while isinstance(value, Mapping | list | tuple):
        if isinstance(value, Mapping):
            value = next((value[key] for key in ("text", "answer", "value", "aliases") if key in value), None)
        else:
            value = value[0] if value else None
    if is_empty(value):
        return Problem(f"Column '{column}' holds no answer.", NO_ANSWER)
    return text_of(column, value)


def is_squad(cell: object) -> bool:
    """Whether a cell holds SQuAD's answers: their texts, and where in the context they start."""
    try:
        value = value_of(cell)
    except ValueError:
        return False
    return isinstance(value, Mapping) and {"text", "answer_start"} <= value.keys()


def options_of(cell: object) -> list[tuple[str, str]] | None:
    """The options in a cell as (letter, text); None where it holds none."""
    try:
        value = value_of(cell)
    except ValueError:
        return None
    if isinstance(value, Mapping) and isinstance(value.get("text"), list):
        letters = value.get("label") if isinstance(value.get("label"), list) else list(LETTERS)
        return [(str(letter), str(text)) for letter, text in zip(letters or (), value["text"], strict=False)]
    if isinstance(value, Mapping):
        return [(str(letter), str(text)) for letter, text in value.items() if not is_empty(text)]
    if not isinstance(value, list | tuple) or not value:
        return None
    if all(isinstance(one, Mapping) and "text" in one for one in value):
        return [(str(one.get("label", LETTERS[n % 26])), str(one["text"])) for n, one in enumerate(value)]
    return [(LETTERS[n % 26], str(text)) for n, text in enumerate(value)]


def option_columns(seen: Seen) -> tuple[str, ...]:
    """Columns that hold one option each: A, B, C; option_1, option_2; opa, opb. None unless they begin so."""
    found: dict[str, dict[str, str]] = {}
    for name in seen.columns:
        match = _OPTION.fullmatch(plain(name))
        if match:
            found.setdefault(match[1], {}).setdefault(match[2], name)
    for named in found.values():
        for order in ("abcdefgh", "12345678"):
            ours = [named[mark] for mark in order if mark in named]
            if len(ours) >= 2 and ours == [named.get(mark) for mark in order[: len(ours)]]:
                return tuple(ours)
    return ()


def written(options: Sequence[tuple[str, str]]) -> list[str]:
    """The options as a person reads them, one a line: `A. four`; those with a letter as they are."""
    return [text if _has_letter(letter, text) else f"{letter}. {text}" for letter, text in options]


def _has_letter(letter: str, text: str) -> bool:
    return text[: len(letter)] == letter and text[len(letter) : len(letter) + 1] in (")", ".", ":")


def right_option(column: str, cell: Any, options: Sequence[tuple[str, str]]) -> str | Problem:
    """The right option, as `written` has it, by its letter, its number (from 0) or its text.

    A cell that is none of these stands as it is, if it is a text of its own.
    """
    given = first_text(column, cell)
    if isinstance(given, Problem):
        return given
    said, shown = given.strip(), written(options)
    for place, (letter, text) in enumerate(options):
        if said.casefold() in (letter.casefold(), text.strip().casefold()) or said == shown[place]:
            return shown[place]
    if said.isdigit():
        if int(said) < len(options):
            return shown[int(said)]
        finding = f"Column '{column}' names option {said[:20]}, but there are {len(options)} options."
        return Problem(finding, FILL_IT)
    return given
