"""What a case of the corpus is, and ways to write its file. No tests here."""

import csv
import io
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
Expected = Literal["conversation", "preference", "feedback", "prompts", "text", "stepwise", "ask", "refuse"]


class Case(NamedTuple):
    """A file and the verdict on it.

    `first` is the first sample in short: a conversation as [(role, text), …]; a preference as (prompt,
    chosen, rejected) of such lists; feedback as (prompt, completion, good); prompts as (prompt, reference);
    a text as it is. None: not compared. `says` has to stand in the words of a question or a refusal.
    """

    about: str
    file: str
    data: bytes
    expected: Expected
    rows: int = 0
    first: Any = None
    dropped: int = 0
    images: bool = False
    settings: Mapping[str, str] = NOTHING
    beside: Mapping[str, str] = NOTHING
    says: str = ""


def table(rows: list[list[str]], delimiter: str = ",", encoding: str = "utf-8", end: str = "\n") -> bytes:
    """Rows, the header first, as CSV."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue().encode(encoding)


def jsonl(*rows: Any) -> bytes:
    """One JSON value a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def array(*rows: Any, indent: int | None = None) -> bytes:
    """One JSON array."""
    return json.dumps(list(rows), ensure_ascii=False, indent=indent).encode()


def said(*turns: str) -> list[tuple[str, str]]:
    """Turns of a user and an assistant, by turns."""
    return [("user" if number % 2 == 0 else "assistant", text) for number, text in enumerate(turns)]


def chat(
    *turns: str, role: str = "role", text: str = "content", names: tuple[str, str] = ("user", "assistant")
):
    """The same as a file has it, under a convention's own names."""
    return [{role: names[number % 2], text: turn} for number, turn in enumerate(turns)]
