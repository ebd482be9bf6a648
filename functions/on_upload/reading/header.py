"""Whether the first row of a table names its columns, and how they are called.

A row is a header unless its cells look like the cells below them: sentences above sentences, numbers above
numbers, the same word again and again. In doubt it is a header, as in most files.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final, Literal

Looks = Literal["empty", "number", "prose", "short"]
LONG: Final = 48  # characters; names of columns are shorter, most answers are longer
_NUMBER: Final = re.compile(r"^[-+]?[\d.,:/\- ]*\d[\d.,:/\- ]*%?$")
_SENTENCE_END: Final = (".", "?", "!", "。", "？", "！", "؟", "…")
# Names that people give columns: one of them is enough for a header.
KNOWN: Final = frozenset(
    "id text prompt completion question answer instruction input output response context system label chosen "
    "rejected messages conversation conversations category source target title body date name subject "
    "resolution description summary article document content query reply reference score rating user "
    "assistant human bot split image file_name caption timestamp url type status email index idx "
    "frage antwort pregunta respuesta domanda risposta réponse вопрос ответ "
    "问题 回答 答案 質問 질문 답변".split()
)


def columns_of(rows: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], bool]:
    """The columns' names, and whether the first row holds them. Nameless ones are called by their place."""
    first, *others = rows
    has_header = is_header(first, others)
    given = [cell.strip().removeprefix("\ufeff").strip() if has_header else "" for cell in first]
    return tuple(name or _free(place, given) for place, name in enumerate(given, 1)), has_header


def _free(place: int, given: Sequence[str]) -> str:
    name = f"column_{place}"
    while name in given:
        name += "_"
    return name


def is_header(first: Sequence[str], others: Sequence[Sequence[str]]) -> bool:
    """Whether these cells name columns, given the rows below them."""
    if any(is_known(cell) for cell in first):
        return True
    others = [cells for cells in others if len(cells) == len(first)]
    votes = [_vote(cell, [cells[place] for cells in others]) for place, cell in enumerate(first)]
    return votes.count("data") <= votes.count("header")


def _vote(cell: str, below: Sequence[str]) -> Literal["header", "data", "neither"]:
    looks = _looks(cell)
    if not below:
        return "data" if looks in ("prose", "number") else "neither"
    counts = Counter(_looks(other) for other in below)
    if looks == "short":
        if cell in below and len(set(below)) <= len(below) / 2:
            return "data"  # a word of a few that stand in the column
        return "header" if counts["short"] + counts["empty"] < 0.5 * len(below) else "neither"
    if looks == "empty":
        return "neither"
    return "data" if counts[looks] >= 0.3 * len(below) else "header"


def _looks(cell: str) -> Looks:
    cell = cell.strip()
    if not cell:
        return "empty"
    if _NUMBER.match(cell):
        return "number"
    prose = len(cell) > LONG or "\n" in cell or cell.endswith(_SENTENCE_END)
    return "prose" if prose else "short"


def is_known(cell: str) -> bool:
    """Whether people call columns so."""
    return cell.strip().removeprefix("\ufeff").strip().casefold() in KNOWN
