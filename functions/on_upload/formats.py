"""From bytes to rows, as a stream, every cell as text until its meaning is known.

Two formats today: CSV with a header, and JSONL (one object a line). Numbers stay as they were written
("007" is "007"), an empty cell stays "", a missing one is None. A line that cannot be read costs that line:
it comes as a `BadRow` in its place. What is no such file at all is refused by name.
"""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO, Any, Final, Literal, NamedTuple

from schemas import names
from schemas.errors import BadInput, Fault

Format = Literal["csv", "jsonl"]
SNIFF_BYTES: Final = 64 * 1024
JSON_SUFFIXES: Final = (".jsonl", ".ndjson", ".json")
MAX_CELL: Final = 10_000_000  # characters; the csv module's own limit of 131,072 cuts real documents off

# How files start that people drop and we cannot read today.
SIGNATURES: Final[tuple[tuple[bytes, str], ...]] = (
    (b"PK\x03\x04", "a ZIP or Excel file"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a gzip file"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\xff\xfe", "a text file in UTF-16"),
    (b"\xfe\xff", "a text file in UTF-16"),
)
READABLE: Final = "Jinko reads CSV with a header line and JSONL (one JSON object a line) today, in UTF-8."


class Row(NamedTuple):
    """One row: the 1-based line where it starts, and its cells by column."""

    line: int
    cells: dict[str, Any]


class BadRow(NamedTuple):
    """A row that could not be read: where, why, what to do."""

    line: int
    finding: str
    next_step: str


class Table(NamedTuple):
    """A file opened: its format, its columns as far as the file itself names them, and its rows to come.

    `text` is the reader beneath `rows`: who holds the table keeps the file open until its owner closes it.
    """

    format: Format
    header: list[str] | None
    rows: Iterator[Row | BadRow]
    text: io.TextIOWrapper


def open_table(name: str, stream: IO[bytes]) -> Table:
    """Look at the start of a file and open it as what it is. Raises BadInput for what cannot be read."""
    buffered = io.BufferedReader(stream, SNIFF_BYTES)  # type: ignore[type-var]  # IO[bytes] has readinto
    head = buffered.peek(SNIFF_BYTES)[:SNIFF_BYTES]
    form = _format(name, head)
    newline = "\n" if form == "jsonl" else ""
    # Bytes that are not UTF-8 survive as surrogates, so that they cost their own row and not the file.
    text = io.TextIOWrapper(buffered, encoding="utf-8-sig", errors="surrogateescape", newline=newline)
    return _csv(name, text) if form == "csv" else Table("jsonl", None, _jsonl(text), text)


def _format(name: str, head: bytes) -> Format:
    if not head.strip(b" \t\r\n\xef\xbb\xbf"):
        raise _refused(name, "The file is empty.", "Drop a file that has rows.")
    for start, what in SIGNATURES:
        if head.startswith(start):
            raise _refused(name, f"This is {what}.", f"{READABLE} Save it as one of these.")
    if b"\0" in head:
        raise _refused(name, "This is a binary file, not text.", READABLE)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    suffix = PurePosixPath(name).suffix.lower()
    if start.startswith((b"{\n", b"{\r\n")):
        step = f"{READABLE} Write each object on one line."
        raise _refused(name, "This is JSON written over several lines.", step)
    if start.startswith(b"{"):
        return "jsonl"
    if start.startswith(b"[") and (suffix in JSON_SUFFIXES or start[1:].lstrip().startswith(b"{")):
        step = f"{READABLE} Write each element on a line of its own."
        raise _refused(name, "This is one JSON array.", step)
    if suffix in JSON_SUFFIXES:
        return "jsonl"
    if suffix not in (".csv", "", ".txt"):
        raise _refused(name, f"Files named '*{suffix}' are not read yet.", READABLE)
    return "csv"


def _csv(name: str, text: io.TextIOWrapper) -> Table:
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(text, strict=True)
    try:
        header = next((cells for cells in reader if any(cell.strip() for cell in cells)), [])
    except csv.Error as error:
        raise _refused(names.place(name, 1), f"The header line cannot be read: {error}.", READABLE) from error
    columns = [cell.strip() for cell in header]
    if any(_has_bad_bytes(column) for column in columns):
        raise _refused(names.place(name, 1), "The header is not UTF-8.", "Save the file as 'CSV UTF-8'.")
    if len(columns) == 1:
        for mark, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            if mark in columns[0]:
                finding = f"The columns are separated by {word}."
                raise _refused(
                    names.place(name, 1), finding, "Save the file with commas between the columns."
                )
    doubled = sorted({column for column in columns if column and columns.count(column) > 1})
    if doubled:
        finding = f"Two columns have the same name: {', '.join(doubled)}."
        raise _refused(names.place(name, 1), finding, "Give each column a name of its own.")
    return Table("csv", columns, _csv_rows(name, columns, reader), text)


def _csv_rows(name: str, columns: list[str], reader: Any) -> Iterator[Row | BadRow]:
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "unexpected end of data" in str(error):
                # Everything after the quote was swallowed: going on would lose rows without a count.
                finding = "A quote is opened here and never closed, so the rest of the file is one cell."
                raise _refused(names.place(name, line), finding, "Close the quote, or double it.") from error
            yield BadRow(
                line, f"This line is not CSV: {error}.", 'Put "…" around cells with quotes or commas.'
            )
            continue
        if cells and len(cells) != len(columns):
            finding = f"Found {len(cells)} cells where the header has {len(columns)}."
            yield BadRow(line, finding, 'Put "…" around cells that contain commas.')
        elif any(_has_bad_bytes(cell) for cell in cells):
            yield BadRow(line, "This line is not UTF-8.", "Save the file as 'CSV UTF-8'.")
        else:
            yield Row(line, dict(zip(columns, cells, strict=False)))


def _jsonl(text: io.TextIOWrapper) -> Iterator[Row | BadRow]:
    for line, raw in enumerate(text, start=1):
        if not raw.strip():
            continue  # an empty line holds no row; JSONL files often end with one
        if _has_bad_bytes(raw):
            yield BadRow(line, "This line is not UTF-8.", "Save the file as UTF-8.")
            continue
        try:
            # Numbers keep the very characters that were written.
            cells = json.loads(
                raw, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_once
            )
        except (ValueError, RecursionError) as error:
            what = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
            what = error.msg if isinstance(error, json.JSONDecodeError) else what
            yield BadRow(line, f"This line is not valid JSON: {what}.", "Write one JSON object on each line.")
            continue
        if isinstance(cells, dict) and any(_is_broken(key) for key in cells):
            finding = "A key on this line holds half of a character (a lone surrogate)."
            yield BadRow(line, finding, "Write the whole character.")
        elif isinstance(cells, dict):
            yield Row(line, cells)
        else:
            kind = {list: "a list", str: "a text or a number", bool: "true or false"}.get(
                type(cells), "nothing"
            )
            finding = f"Expected a JSON object, found {kind}."
            yield BadRow(line, finding, 'Write {"question": …, "answer": …} on each line.')


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object whose keys differ; of two equal ones, one would be lost without a word."""
    made = dict(pairs)
    if len(made) != len(pairs):
        doubled = next(key for key in made if sum(key == other for other, _ in pairs) > 1)
        raise ValueError(f"the key '{doubled[:40]}' stands twice")
    return made


def _has_bad_bytes(text: str) -> bool:
    """Whether bytes that are not UTF-8 were read (PEP 383 keeps them as lone surrogates)."""
    return not text.isascii() and any("\udc80" <= character <= "\udcff" for character in text)


def _is_broken(text: str) -> bool:
    """Whether JSON's escapes left half of a character, which no file of ours could hold."""
    return not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)


def _refused(place: str, finding: str, next_step: str) -> BadInput:
    return BadInput(Fault(place=place, finding=finding, next_step=next_step))
