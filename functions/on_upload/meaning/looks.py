"""What the columns of a file hold, told from a fair part of its rows: texts, turns, numbers, who asks.

Nothing here decides; `dialogue`, `pairs` and the others weigh it.
"""

import re
from collections.abc import Sequence
from statistics import median
from typing import Any, Final, NamedTuple

from functions.on_upload.meaning import asking
from functions.on_upload.meaning.cells import is_empty, value_of
from functions.on_upload.meaning.reading import Seen
from functions.on_upload.meaning.turns import is_turn
from functions.on_upload.reading.blocks import Row

LOOKED_AT: Final = 400  # rows, evenly over what was seen
_NUMBER: Final = re.compile(r"[-+]?[$€£]?\s?[\d.,\u00a0' ]*\d[\d.,%]*(e[-+]?\d+)?\s?[%$€£]?", re.IGNORECASE)
_DATE: Final = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T]\d{1,2}:\d\d.*)?|\d{1,2}:\d\d(:\d\d)?")
_ADDRESS: Final = re.compile(r"(https?://|www\.|gs://|s3://|/)?\S+\.\S+/\S*|\S+@\S+\.\S+|https?://\S+")
_CODE: Final = re.compile(r"(?=\S*\d)[\w\-:.#/]{3,}|[0-9a-f\-]{16,}", re.IGNORECASE)
_LETTER: Final = re.compile(r"\(?[A-Ha-h][).]?")
_LISTS_OPTIONS: Final = re.compile(r"(?:^|\s)\(?[Bb][).:]\s")
_WORDS: Final = frozenset(("true", "false", "yes", "no", "none", "null", "nan", "n/a"))


class Look(NamedTuple):
    """What one column holds. Shares are of its cells that hold something, `filled` is that of all its cells.

    `length` is the median of characters; `turns`, `listed` and `mapped` count cells that hold a list of
    turns, another list, an object, natively or as text; `text` counts all texts but those of turns.
    """

    name: str
    filled: float
    text: float
    turns: float
    listed: float
    mapped: float
    length: float
    distinct: float
    asks: float
    machine: float
    spaced: float
    values: int
    letters: float  # of texts, those that are one letter, as of an option
    options: float  # of texts, those that list options: A) … B) …

    @property
    def prose(self) -> bool:
        """Whether people wrote it: text that is no number, date, address or code, and not ever the same."""
        plain = self.text >= 0.9 and self.machine < 0.5 and self.listed + self.mapped < 0.5
        return plain and (self.values > 1 or self.distinct == 1)

    @property
    def category(self) -> bool:
        """Whether its texts are a few short words, again and again."""
        return self.text >= 0.9 and self.length <= 40 and self.distinct <= 0.4 and 1 < self.values <= 200

    @property
    def free(self) -> bool:
        """Whether it is prose that is no category."""
        return self.prose and not (self.category and self.spaced < 0.8)


def looks(seen: Seen) -> dict[str, Look]:
    """A look at each column that holds anything."""
    rows = some(seen.rows, LOOKED_AT)
    found = (_look(column, rows) for column in seen.columns if column)
    return {look.name: look for look in found if look is not None}


def some(rows: Sequence[Row], count: int) -> Sequence[Row]:
    """So many of the rows, evenly over all of them; all, if they are fewer."""
    if len(rows) <= count:
        return rows
    step = len(rows) / count
    return [rows[int(place * step)] for place in range(count)]


def _look(column: str, rows: Sequence[Row]) -> Look | None:
    cells = [row.cells.get(column) for row in rows]
    both = [
        (cell, value) for cell, value in zip(cells, map(_value, cells), strict=True) if not is_empty(value)
    ]
    if not both:
        return None
    held = [value for _, value in both]
    texts = [cell for cell, value in both if isinstance(cell, str) and not _is_talk(value)]
    lists = [value for value in held if isinstance(value, list | tuple)]
    talks = [value for value in lists if _is_talk(value)]
    count, different = len(held), len(set(texts))
    return Look(
        name=column,
        filled=count / len(cells),
        text=len(texts) / count,
        turns=len(talks) / count,
        listed=(len(lists) - len(talks)) / count,
        mapped=sum(isinstance(value, dict) for value in held) / count,
        length=median(map(len, texts)) if texts else 0,
        distinct=different / len(texts) if texts else 0,
        asks=_share(texts, asking.asks),
        machine=_share(texts, _is_machine),
        spaced=_share(texts, _is_spaced),
        values=different,
        letters=_share(texts, lambda text: bool(_LETTER.fullmatch(text.strip()))),
        options=_share(texts, lambda text: bool(_LISTS_OPTIONS.search(text))),
    )


def _is_talk(value: object) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(is_turn(element) for element in value)


def _value(cell: object) -> Any:
    try:
        value = value_of(cell)
    except ValueError:
        return cell
    return cell if isinstance(cell, str) and isinstance(value, str) else value


def _share(texts: Sequence[str], holds: Any) -> float:
    return sum(map(holds, texts)) / len(texts) if texts else 0.0


def _is_machine(text: str) -> bool:
    text = text.strip()
    if len(text) > 200 or text.casefold() in _WORDS:
        return len(text) <= 200
    return any(pattern.fullmatch(text) for pattern in (_NUMBER, _DATE, _ADDRESS, _CODE))


def _is_spaced(text: str) -> bool:
    return " " in text.strip() or (not text.isascii() and len(text) >= 4)
