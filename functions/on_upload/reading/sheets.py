"""A workbook's cells as lines of JSON, in a process of its own.

`python sheets.py BYTES SECONDS NAMES… < book.xlsx`

Workbooks are formats in which a small file may ask for any amount of memory, or end the process that reads
it. So one that may only take so much reads them, and knows nothing of Jinko. Without names it tells of each
sheet its first rows; with names it gives every row of those sheets: its number and its cells as shown.
Formulas are their values as they were last calculated. Hidden sheets are sheets.
"""

import datetime
import json
import resource
import sys
from collections.abc import Iterator
from typing import Any

FIRST = 100  # rows that tell of a sheet


def main(memory: int, seconds: int, wanted: list[str]) -> None:
    """Write lines to stdout. What cannot be read ends with an exit code that is not 0."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))  # bytes
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(sys.stdin.buffer)
    for name in wanted or book.sheet_names:
        sheet = book.get_sheet_by_name(name)
        rows = _rows(sheet)
        if wanted:
            for number, cells in rows:
                _say([name, number, cells])
        else:
            first = [row for row, _ in zip(rows, range(FIRST), strict=False)]
            _say([name, first])


def _rows(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold something, without the cells behind their last."""
    rows = sheet.iter_rows() if sheet.start else ()
    for number, cells in enumerate(rows, 1):
        shown = [_shown(cell) for cell in cells]
        while shown and not shown[-1]:
            shown.pop()
        if shown:
            yield number, shown


def _shown(cell: Any) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e21 else format(cell, ".15g")
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(" ").removesuffix(" 00:00:00")
    return str(cell)


def _say(value: Any) -> None:
    sys.stdout.write(json.dumps(value) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
