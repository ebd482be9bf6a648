"""Which part a column's name speaks of, and how plainly: "Frage des Kunden" is a question, "question_id" not.

A name is evidence and no proof: what the column holds has the last word (`pairs`).
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from functions.on_upload.meaning import words

_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BREAK: Final = re.compile(r"[\W_]+")
_DIGITS: Final = re.compile(r"\d+$")
_WIDE: Final = (("\u3040", "\u30ff"), ("\u3400", "\u9fff"), ("\uac00", "\ud7af"), ("\u0e00", "\u0e7f"))
_MARKS: Final = re.compile(r"[\u0300-\u036f]")
STRONG, MEDIUM, WEAK, NONE = 0.47, 0.42, 0.22, 0.0


class Named(NamedTuple):
    """How plainly a name speaks of each part, 0 to 0.5; `about`: it says something about the row."""

    question: float = NONE
    answer: float = NONE
    summary: bool = False
    label: bool = False
    context: bool = False
    system: bool = False
    history: bool = False
    options: bool = False
    about: bool = False

    @property
    def known(self) -> bool:
        """Whether the name says anything at all."""
        return any(self)


def plain(name: str) -> str:
    """A name without case, accents and punctuation: its words, joined by `_`."""
    split = (
        _CAMEL.sub(" ", name.strip()).replace("ı", "i").replace("İ", "i").replace("ł", "l").replace("ø", "o")
    )
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", split.casefold()))
    return _BREAK.sub("_", unicodedata.normalize("NFC", bare)).strip("_")


def _table(listed: Iterable[str]) -> frozenset[str]:
    return frozenset(plain(word) for word in listed)


@lru_cache(maxsize=1)
def _tables() -> dict[str, frozenset[str]]:
    names = (
        "QUESTION ANSWER ASKED_TOO ANSWERED_TOO ASKED_PERHAPS ANSWERED_PERHAPS SUMMARY LABEL CONTEXT SYSTEM"
    )
    return {name: _table(getattr(words, name)) for name in (*names.split(), "HISTORY", "OPTIONS")}


@lru_cache(maxsize=4096)
def named(column: str) -> Named:
    """What a column's name says."""
    whole = plain(column)
    tables = _tables()
    bare = _DIGITS.sub("", whole).strip("_") or whole
    parts = [part for part in bare.split("_") if part]
    about = bare in words.ABOUT or any(part in words.ABOUT for part in parts)
    about = about or (len(parts) > 1 and "name" in parts)
    if about and not any(bare in table for table in tables.values()):
        return Named(about=True)
    found = _of(bare, tables)
    if found.known:
        return found
    if len(parts) > 1 and words.WRONG & set(parts):
        return Named()
    if words.NOT_IT & set(parts):
        return Named(answer=WEAK)
    telling = [part for part in parts if part not in words.BESIDE] or parts
    # English puts the telling word last ("customer question"), most others first ("Frage des Kunden").
    best = max((_of(part, tables) for part in telling), key=_plainness, default=Named())
    return best if best.known else _inside(bare, tables)


def _plainness(found: Named) -> float:
    return max(found.question, found.answer, 0.35 * any(found[2:]))


def _of(word: str, tables: dict[str, frozenset[str]]) -> Named:
    asks = _strength(word, tables["QUESTION"], tables["ASKED_TOO"], tables["ASKED_PERHAPS"])
    answers = _strength(word, tables["ANSWER"], tables["ANSWERED_TOO"], tables["ANSWERED_PERHAPS"])
    if word in ("a", "q"):
        asks, answers = (MEDIUM if word == "q" else NONE), NONE
    context = word in tables["CONTEXT"]
    summary, label = word in tables["SUMMARY"], _has(word, tables["LABEL"])
    return Named(
        max(asks, WEAK if context else NONE),
        max(answers, MEDIUM if summary else NONE),
        summary=summary,
        label=label,
        context=context,
        system=word in tables["SYSTEM"],
        history=word in tables["HISTORY"],
        options=word in tables["OPTIONS"],
    )


def _strength(word: str, strong: frozenset[str], medium: frozenset[str], weak: frozenset[str]) -> float:
    for table, strength in ((strong, STRONG), (medium, MEDIUM), (weak, WEAK)):
        if _has(word, table):
            return strength
    return NONE


def _has(word: str, table: frozenset[str]) -> bool:
    """Whether the word stands there, or with a short ending ("questions", "Antworten", "вопросы")."""
    if word in table or word.removeprefix("ال") in table or word.removeprefix("ה") in table:
        return True
    return len(word) >= 6 and any(word[:-cut] in table for cut in (1, 2) if len(word) - cut >= 5)


def _is_wide(word: str) -> bool:
    """Whether it holds a letter of a writing without spaces. (A pattern of these takes long to compile.)"""
    if word.isascii():
        return False
    return any(first <= letter <= last for letter in word for first, last in _WIDE)


def _inside(whole: str, tables: dict[str, frozenset[str]]) -> Named:
    """In writing without spaces a telling word stands anywhere: "客户问题"; so in German's long words."""
    best, length = Named(), 0
    for table in tables.values():
        for word in table:
            stands = word in whole if _is_wide(word) else len(word) >= 5 and whole.endswith(word)
            if stands and (len(word) > length or (len(word) == length and whole.endswith(word))):
                best, length = _of(word, tables), len(word)
    return best
