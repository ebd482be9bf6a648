"""Small tables as `understand` sees them, and what it says of them. No tests here."""

from collections.abc import Sequence
from typing import Any

from functions.on_upload.meaning.reading import Problem, Reading, Seen
from functions.on_upload.meaning.understand import understand
from functions.on_upload.reading.blocks import Row
from schemas.data_options import Columns, DataOptions, Template


def no_image(name: str) -> None:
    """Beside these tables lies no image."""


def table(name: str = "file.csv", **columns: Sequence[Any]) -> Seen:
    """A table by columns; its rows start at line 2."""
    rows = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    return seen(*rows, columns=tuple(columns), name=name, first=2)


def seen(
    *rows: dict[str, Any], columns: tuple[str, ...] = (), name: str = "file.jsonl", first: int = 1
) -> Seen:
    """Rows as JSON has them."""
    found = dict.fromkeys(columns)
    for row in rows:
        found |= dict.fromkeys(row)
    return Seen(name, tuple(found), [Row(line, row) for line, row in enumerate(rows, first)], True)


def read(table: Seen, columns: Columns | None = None, template: Template | None = None) -> Reading:
    return understand(table, DataOptions(columns=columns, template=template))


def first(table: Seen, reading: Reading | None = None) -> list[tuple[str, str]] | Problem:
    """The first row's turns as (role, text), or the problem with it."""
    return turns_of(table, reading)[0]


def turns_of(table: Seen, reading: Reading | None = None) -> list[list[tuple[str, str]] | Problem]:
    found = reading or read(table)
    built = [found.build(row, no_image) for row in table.rows]
    return [
        one if isinstance(one, Problem) else [(turn.role, turn.content) for turn in one.messages]
        for one in built
    ]
