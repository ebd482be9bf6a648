"""Excel and OpenDocument workbooks: the cells of their sheets as people see them, at the rows that they show.

A process of its own reads them (`sheets`), with so much memory as the file may need and so much time. Sheets
that have the same header are one dataset; else the one that has rows, or the one that `sheet` names.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import weakref
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

from functions.on_upload.reading.blocks import BadRow, Block, Opened, Row
from functions.on_upload.reading.header import columns_of
from functions.on_upload.reading.json_values import block_of
from functions.on_upload.reading.refusals import refused
from schemas.data_options import DataOptions

MAX_BYTES: Final = 200 << 20  # of the file
MAX_UNPACKED: Final = 1 << 30
LEAST_MEMORY: Final = 300 << 20  # of addresses: what it touches is a quarter of them
MOST_MEMORY: Final = 3 << 30
ROWS_A_BLOCK: Final = 4096
STEP: Final = "Save it anew as .xlsx, or as 'CSV UTF-8'."


class _Sheet(NamedTuple):
    """A sheet's columns, and the row where its data starts (titles and the header are above)."""

    columns: tuple[str, ...]
    has_header: bool
    first: int


def open_workbook(name: str, stream: IO[bytes], options: DataOptions) -> Opened:
    """The sheets of a workbook as one table. Raises BadInput for one that is broken, hostile or unclear."""
    with ExitStack() as stack:
        file = stack.enter_context(tempfile.TemporaryFile())
        _copy(name, stream, file)
        limits = _limits(name, file)
        found = {sheet: _sheet(first) for sheet, first in _lines(name, file, limits, [])}
        filled = {sheet: about for sheet, about in found.items() if about}
        sheets = _wanted(name, filled, options.sheet)
        blocks = _blocks(name, file, limits, sheets)
        weakref.finalize(blocks, stack.pop_all().close)
    first = next(iter(sheets.values()))
    said = []
    if len(found) > 1:
        said.append(f"Read from the sheet{'s' * (len(sheets) > 1)} {', '.join(sheets)}.")
    if not first.has_header:
        said.append("It has no header; its columns are called column_1, column_2 and so on.")
    return Opened("workbook", first.columns, blocks, unit="row", said=tuple(said))


def _copy(name: str, stream: IO[bytes], file: IO[bytes]) -> None:
    """The bytes of a workbook into a file. Raises BadInput when they are too many."""
    while data := stream.read(1 << 20):
        file.write(data)
        if file.tell() > MAX_BYTES:
            finding = f"The workbook is larger than {MAX_BYTES >> 20} MB."
            raise refused(name, finding, "Save its sheets as 'CSV UTF-8'.")


def _limits(name: str, file: IO[bytes]) -> tuple[int, int]:
    """The memory and the seconds that reading it may take. Raises BadInput for a workbook that is a trap."""
    size = file.tell()
    file.seek(0)
    if file.read(2) != b"PK":
        return min(LEAST_MEMORY + 12 * size, MOST_MEMORY), 5 + (size >> 19)
    try:
        with zipfile.ZipFile(file) as packed:
            unpacked = sum(member.file_size for member in packed.infolist())
            if unpacked > MAX_UNPACKED or (unpacked > 100 << 20 and unpacked > 300 * size):
                finding = f"It would unpack to {unpacked >> 20:,} MB, far more than a table of its size."
                raise refused(name, finding, STEP)
            for member in packed.infolist():
                _no_entities(name, packed, member)
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        NotImplementedError,
        RuntimeError,
        EOFError,
        ValueError,
    ) as error:
        raise refused(name, f"The workbook cannot be opened: {error}.", STEP) from error
    return min(LEAST_MEMORY + 10 * unpacked, MOST_MEMORY), 5 + (unpacked >> 20)


def _no_entities(name: str, packed: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    if not member.filename.lower().endswith((".xml", ".rels")):
        return
    with packed.open(member) as part:
        head = part.read(4096)
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
        finding = "It holds XML entities, which no spreadsheet program writes."
        raise refused(name, finding, STEP)


def _lines(name: str, file: IO[bytes], limits: tuple[int, int], sheets: Iterable[str]) -> Iterator[Any]:
    """What the process says, a value a line. Raises BadInput if it fails."""
    file.flush()
    os.lseek(file.fileno(), 0, os.SEEK_SET)  # the process reads on from where the file stands
    script = Path(__file__).with_name("sheets.py")
    with subprocess.Popen(
        [sys.executable, "-P", str(script), *map(str, limits), *sheets],
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            for line in process.stdout:
                if line.endswith(b"\n"):
                    yield json.loads(line)
            told = process.stderr.read().decode("utf-8", "replace")
        finally:
            process.kill()
    if process.returncode:
        raise refused(name, _why(told, process.returncode), STEP)


def _why(told: str, code: int) -> str:
    if "password" in told.lower():
        return "The workbook is protected by a password."
    if "memory allocation" in told or "MemoryError" in told:
        return "The workbook asks for far more memory than a table of its size needs."
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return "The workbook takes far longer to read than a table of its size needs."
    return "The workbook cannot be read; it may be broken, or no workbook at all."


def _sheet(first: list[list[Any]]) -> _Sheet | None:
    """What the first rows of a sheet tell of it; None if there are none below a header."""
    if not first:
        return None
    filled = [sum(map(bool, cells)) for _, cells in first]
    usual = max(set(filled), key=filled.count)
    above = next(place for place, count in enumerate(filled) if 2 * count > usual)  # titles
    rows = first[above:]
    width = max(len(cells) for _, cells in rows)
    columns, has_header = columns_of([[*cells, *[""] * (width - len(cells))] for _, cells in rows])
    if has_header and len(rows) == 1:
        return None
    return _Sheet(columns, has_header, rows[0][0] + has_header)


def _wanted(name: str, filled: dict[str, _Sheet], sheet: str | None) -> dict[str, _Sheet]:
    """The sheets to read. Raises BadInput if none has rows, or two differ and none is named."""
    if sheet is not None:
        if sheet not in filled:
            finding = f"It has no sheet '{sheet}' with rows."
            raise refused(name, finding, f"Sheets with rows: {', '.join(filled) or 'none'}.")
        return {sheet: filled[sheet]}
    if not filled:
        raise refused(name, "The workbook has no row.", "Drop a file that has rows below a header.")
    if len({about.columns for about in filled.values()}) == 1:
        return filled
    finding = f"Its sheets have different columns: {', '.join(filled)}."
    raise refused(name, finding, f"Name the one to read: --set data.sheet={next(iter(filled))}")


def _blocks(
    name: str, file: IO[bytes], limits: tuple[int, int], sheets: dict[str, _Sheet]
) -> Iterator[Block]:
    rows: list[Row] = []
    bad: list[BadRow] = []
    now = next(iter(sheets))
    for sheet, number, cells in _lines(name, file, limits, sheets):
        if sheet != now or len(rows) + len(bad) >= ROWS_A_BLOCK:
            yield block_of(f"{name}/{now}", rows, bad)
            rows, bad, now = [], [], sheet
        columns = sheets[sheet].columns
        if number < sheets[sheet].first:
            continue
        if len(cells) > len(columns):
            finding = f"Found {len(cells)} cells where the header has {len(columns)}."
            bad.append(BadRow(number, finding, "Name every column in the header."))
        else:
            filled = [*cells, *[""] * (len(columns) - len(cells))]
            rows.append(Row(number, dict(zip(columns, filled, strict=True))))
    if rows or bad:
        yield block_of(f"{name}/{now}", rows, bad)
