"""Answers that are not one text: SQuAD's lists of them, and questions with options of which one is right."""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any, Final

from functions.on_upload.meaning import words
from functions.on_upload.meaning.cells import FILL_IT, is_empty, json_of, text_of, value_of
from functions.on_upload.meaning.names_of_parts import plain
from functions.on_upload.meaning.reading import Problem, Seen

Options = Sequence[tuple[str, str]]
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_OPTION: Final = re.compile(rf"((?:{'|'.join(words.OPTION)})?)_?([a-h1-8])")
_LETTER: Final = re.compile(rf"(?:(?:{'|'.join(words.OPTION)})[\s_]*)?\(?([a-z])[).:]?", re.IGNORECASE)
_NUMBER: Final = re.compile(r"-?[0-9]+(?:\.0)?")
NO_ANSWER: Final = "Add an answer, or leave the row out."


class Counting(Enum):
    """What a number among the answers of a file means, where its options have no names of their own."""

    FROM_0 = "the first option is 0"
    FROM_1 = "the first option is 1"
    TEXTS = "it is the text of an option"
    UNCLEAR = "nothing tells"


def first_text(column: str, cell: object) -> str | Problem:
    """The answer in a cell: a text as it is; of SQuAD's {text: [...]} or a list of answers the first.

    Other objects, and lists of them, are what is to be written: their JSON.
    """
    if cell is None or (isinstance(cell, str) and not is_squad(cell)):
        return text_of(column, cell)
    value = value_of(cell)
    while isinstance(value, Mapping | list | tuple) and not is_empty(value):
        key = _key_of_answer(value) if isinstance(value, Mapping) else None
        if isinstance(value, Mapping) and key:
            value = value[key]
        elif not isinstance(value, Mapping) and (isinstance(value[0], str) or _is_answer(value[0])):
            value = value[0]
        else:
            return text_of(column, json_of(value))
    if is_empty(value):
        return Problem(f"Column '{column}' holds no answer.", NO_ANSWER)
    return text_of(column, value)


def _is_answer(value: object) -> bool:
    return isinstance(value, Mapping) and _key_of_answer(value) is not None


def _key_of_answer(value: Mapping[Any, Any]) -> str | None:
    """The key under which an object holds an answer: SQuAD's, TriviaQA's, DROP's, or the only one."""
    known = ("text", "value", "spans", "answer")
    key = next((key for key in known if key in value), None)
    if key is None:
        return None
    marked = isinstance(value[key], list) or not {"answer_start", "aliases"}.isdisjoint(value)
    return key if marked or len(value) == 1 else None


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


def is_right(column: str) -> bool:
    """Whether a column is called as those are that say which option is the right one."""
    name = plain(column)
    return name in words.RIGHT or not words.RIGHT_PARTS.isdisjoint(name.split("_"))


def picks(cell: object, options: Options) -> bool:
    """Whether a cell names one of these options: by letter, by number or by its text."""
    if is_empty(cell) or not isinstance(cell, str):
        return False
    said = cell.strip()
    return bool(_LETTER.fullmatch(said) or _NUMBER.fullmatch(said)) or said in [text for _, text in options]


def counting_of(rows: Iterable[tuple[object, Options | None]], *, numbered: bool) -> Counting:
    """What numbers among answers mean, by all rows together; `numbered` says that the options' columns are.

    A 0 tells that places are counted from 0, the number of options that it is from 1. Where neither is ever
    said, nothing but the columns' own numbers can tell.
    """
    counted = zeros = lasts = texts = beyond = 0
    for cell, options in rows:
        said = first_text("", cell)
        if isinstance(said, Problem) or not options or not _NUMBER.fullmatch(said.strip()):
            continue
        said = said.strip()
        if any(said == letter for letter, _ in options):
            continue
        counted += 1
        zeros += float(said) == 0
        lasts += float(said) == len(options)
        beyond += float(said) > len(options)
        texts += any(said == text.strip() for _, text in options)
    if texts == counted and (beyond or not counted):
        return Counting.TEXTS
    if beyond > counted / 20 or texts == counted:
        return Counting.UNCLEAR
    if zeros and zeros >= 10 * lasts:
        return Counting.FROM_0
    from_1 = lasts >= 10 * zeros if lasts else numbered and not zeros
    return Counting.FROM_1 if from_1 else Counting.UNCLEAR


def written(options: Options) -> list[str]:
    """The options as a person reads them, one a line: `A. four`; those with a letter as they are."""
    return [text if _has_letter(letter, text) else f"{letter}. {text}" for letter, text in options]


def _has_letter(letter: str, text: str) -> bool:
    return text[: len(letter)] == letter and text[len(letter) : len(letter) + 1] in (")", ".", ":")


def right_option(column: str, cell: Any, options: Options, counting: Counting) -> str | Problem:
    """The right option, as `written` has it, by its letter, its number or its text.

    A cell that is none of these stands as it is, if it is a text of its own.
    """
    given = first_text(column, cell)
    if isinstance(given, Problem):
        return given
    said, shown = given.strip(), written(options)
    number = bool(_NUMBER.fullmatch(said))
    letter = _LETTER.fullmatch(said)
    letters = {said.casefold(), letter[1].casefold()} if letter else {said.casefold()}
    for place, (mark, text) in enumerate(options):
        by_text = said.casefold() == text.strip().casefold() and not (
            number and counting is not Counting.TEXTS
        )
        if mark.casefold() in letters or by_text or said == shown[place]:
            return shown[place]
    return _numbered(column, said, shown, counting) if number else given


def _numbered(column: str, said: str, shown: Sequence[str], counting: Counting) -> str | Problem:
    place = int(float(said)) - (counting is Counting.FROM_1)
    if counting in (Counting.FROM_0, Counting.FROM_1) and 0 <= place < len(shown):
        return shown[place]
    if counting is Counting.UNCLEAR:
        finding = f"Column '{column}' names option {said[:20]}; whether the first is 0 or 1 is not clear."
        return Problem(finding, "Write the options' letters (A, B, …) or their texts instead of numbers.")
    finding = f"Column '{column}' names option {said[:20]}, but there are {len(shown)} options."
    return Problem(finding, FILL_IT)
