"""Graders that hold an answer beside the right one, letter by letter or as numbers. Pure functions."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from schemas.graders import Contains, Number, Similarity

# Digits in groups of three or in one row, a dot, an exponent. A comma is never the decimal point here.
_NUMBER: Final = re.compile(
    r"(?<![\w.])[-+]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)?(?:\.\d+|(?<=\d))(?:[eE][-+]?\d{1,4})?"
)
_LONGEST: Final = 400  # digits: more is no number that anybody means
_MINUS: Final = str.maketrans({"−": "-", "–": "-", "\N{NARROW NO-BREAK SPACE}": "", "\N{NO-BREAK SPACE}": ""})


def exact(answer: str, right: Sequence[str]) -> float:
    """1 if it is one of the right answers."""
    return float(answer in right)


def plainly(text: str) -> str:
    """Without case, punctuation, encodings of accents and runs of white space; signs and symbols stay."""
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    kept = (" " if unicodedata.category(one)[0] in "ZC" else one for one in text if not _pointed(one))
    return " ".join("".join(kept).split())


def _pointed(one: str) -> bool:
    return unicodedata.category(one)[0] == "P" and one not in "-%&#@/"


def normalised(answer: str, right: Sequence[str]) -> float:
    """1 if it is one of the right answers, both written plainly; what is signs alone is taken as it is."""
    return float(any((plainly(answer) or answer) == (plainly(one) or one) for one in right))


def contains(options: Contains, answer: str, right: Sequence[str]) -> float:
    """1 if a right answer stands in it (or every one, where all are asked for)."""
    fold = str.casefold if options.ignore_case else str
    found = [fold(one) in fold(answer) for one in right]
    return float(all(found) if options.all else any(found))


def last_number(text: str) -> float | None:
    """The last number in a text; None if there is none."""
    found = [one[0] for one in _NUMBER.finditer(text.translate(_MINUS)) if len(one[0]) <= _LONGEST]
    return float(found[-1].replace(",", "")) if found else None


def number(options: Number, answer: str, right: Sequence[str]) -> float | None:
    """1 if the last number is a right one; None where the file has no number there."""
    numbers = [one for one in map(last_number, right) if one is not None]
    if not numbers:
        return None
    given = last_number(answer)
    if given is None:
        return 0.0
    return float(
        any(abs(given - one) <= max(options.absolute, options.relative * abs(one)) for one in numbers)
    )


def similarity(options: Similarity, answer: str, right: Sequence[str]) -> float:
    """Shared characters in order, as a share of both lengths: the best among the right answers."""
    from rapidfuzz import fuzz

    how = fuzz.token_sort_ratio if options.ignore_order else fuzz.ratio
    return max(float(how(answer, one)) / 100 for one in right)
