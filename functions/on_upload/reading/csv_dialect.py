"""What stands between the cells of a table of text, and how its columns are called: a fair look.

Every separator is tried on the first rows, and the one under which they agree with each other is taken. The
first line (`sep=;`, as Excel writes it) may name it. Whether there is a header is told by `header`.
"""

import csv
import re
from typing import Final, NamedTuple

from functions.on_upload.reading.csv_rows import MAX_CELL, has_bad_bytes, split_lines
from functions.on_upload.reading.header import columns_of, is_known
from functions.on_upload.reading.refusals import refused
from schemas import names

SEPARATORS: Final = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "bars"}
NEVER: Final = "\x1f"  # stands between the cells of a table of one column: nothing does
TITLES: Final = 20  # lines looked at for a header below titles
LOOKED_AT: Final = 200  # rows
_NAMED: Final = re.compile(r"^\ufeff?\"?sep=(.)\"?\r?\n?$", re.IGNORECASE)
_ESCAPED: Final = re.compile(r'\\([\\"])')


class Dialect(NamedTuple):
    """`skip` bytes (once escaped quotes are doubled) are above the first row, which is at line `rows_at`."""

    delimiter: str
    columns: tuple[str, ...]
    escaped: bool
    skip_space: bool
    skip: int
    line: int
    rows_at: int
    said: tuple[str, ...]


class _Look(NamedTuple):
    """The first rows under one separator, and how many of them agree with the first (0 to 1)."""

    delimiter: str
    skip_space: bool
    rows: list[list[str]]
    used: int
    agree: float


def dialect_of(name: str, head: bytes, *, whole: bool) -> Dialect:
    """How a table that starts with `head` is written. Raises BadInput for a header that cannot be read."""
    text = head.decode("utf-8", "surrogateescape")
    escaped = r"\"" in text and _is_escaped(text)
    if escaped:
        text = _ESCAPED.sub(lambda found: '""' if found[1] == '"' else "\\", text)
    lines = split_lines(text)
    if not whole and len(lines) > 1:
        lines.pop()
    named = _NAMED.match(lines[0]) if lines else None
    above = 1 if named else 0
    while above < len(lines) and not lines[above].strip(" \r\n\ufeff"):
        above += 1
    named_by = named[1] if named else None
    look = _best(lines[above:], named_by, whole=whole)
    titles = _titles(lines[above:], named_by)
    if titles:
        above += titles
        look = _best(lines[above:], named_by, whole=whole)
    if not look.rows:
        step = "Close its quotes, or write one short line that names the columns."
        raise refused(names.place(name, above + 1), "The header line cannot be read.", step)
    if any(has_bad_bytes(cell) for cell in look.rows[0]):
        raise refused(
            names.place(name, above + 1), "The header is not UTF-8.", "Save the file as 'CSV UTF-8'."
        )
    columns, has_header = columns_of(look.rows)
    said = _said(look, has_header=has_header, escaped=escaped)
    if titles:
        said = (*said, f"Its header is line {above + 1}; what stands above is not read.")
    taken = lines[: above + (look.used if has_header else 0)]
    skip = sum(len(line.encode("utf-8", "surrogateescape")) for line in taken)
    return Dialect(look.delimiter, columns, escaped, look.skip_space, skip, above + 1, len(taken) + 1, said)


def _said(look: _Look, *, has_header: bool, escaped: bool) -> tuple[str, ...]:
    said = []
    if look.delimiter == NEVER:
        said.append("It has one column; each line is one cell.")
    elif look.delimiter != ",":
        word = SEPARATORS.get(look.delimiter, f"'{look.delimiter}'")
        said.append(f"Columns are separated by {word}.")
    if escaped:
        said.append("Quotes inside cells are written with a backslash.")
    if not has_header:
        said.append("It has no header; its columns are called column_1, column_2 and so on.")
    return tuple(said)


def _titles(lines: list[str], named: str | None) -> int:
    """How many lines are above the header: titles and comments, of one cell at most, above names we know."""
    for mark in [named] if named else SEPARATORS:
        try:
            rows = list(csv.reader(lines[:TITLES], delimiter=mark))
        except csv.Error:
            continue
        for place, cells in enumerate(rows[1:], 1):
            above = rows[place - 1]
            if sum(bool(cell.strip()) for cell in above) > 1 and not lines[place - 1].startswith("#"):
                break  # a row like others
            if any(is_known(cell) for cell in above):
                break  # a column's name
            if len(set(cells)) != len(cells) or not all(cell.strip() for cell in cells) or len(cells) < 2:
                continue
            below = rows[place + 1 :]
            like = sum(len(other) == len(cells) for other in below)
            is_plain = not any("\n" in cell for row in rows[:place] for cell in row)
            if is_plain and any(is_known(cell) for cell in cells) and below and 2 * like > len(below):
                return place
    return 0


def _best(lines: list[str], named: str | None, *, whole: bool) -> _Look:
    """The separator under which most rows have as many cells as the first, and more than one."""
    tried = [named] if named else list(SEPARATORS)
    looks = [_look(lines, mark, whole=whole) for mark in tried]
    best = max(looks, key=lambda look: look.agree)
    if best.agree < 1 and any(f'{mark} "' in "".join(lines[:20]) for mark in tried):
        looks = [_look(lines, mark, skip_space=True, whole=whole) for mark in tried]
        spaced = max(looks, key=lambda look: look.agree)
        best = spaced if spaced.agree > best.agree else best
    if best.agree == 0 and not named:
        return _look(lines, NEVER, whole=whole)
    return best


def _look(lines: list[str], mark: str, *, whole: bool, skip_space: bool = False) -> _Look:
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(lines, delimiter=mark, skipinitialspace=skip_space)
    rows: list[list[str]] = []
    used = 0
    for cells in reader:
        if cells and (len(cells) > 1 or cells[0].strip()):
            rows.append(cells)
            used = used or reader.line_num
        if len(rows) > LOOKED_AT:
            break
    else:
        if len(rows) > 1 and not whole:
            rows.pop()  # the look may end in the middle of it
    width = len(rows[0]) if rows else 0
    same = sum(len(cells) == width for cells in rows)
    return _Look(mark, skip_space, rows, used, same / len(rows) if width > 1 else 0)


def _is_escaped(text: str) -> bool:
    r"""Whether quotes in quoted cells are written as `\"`: read otherwise, cells would break."""
    inside = re.findall(r'\\"(?=[^,;\t|\r\n"])', text)
    doubled = re.findall(r'[^,;\t|\r\n"\\]""[^,;\t|\r\n"]', text)
    return bool(inside) and len(inside) > len(doubled)


def is_table(head: bytes, *, whole: bool) -> bool:
    """Whether a text that is not called a table is one: its rows agree, and it has names for its columns."""
    text = head.decode("utf-8", "surrogateescape")
    lines = split_lines(text)
    if lines and _NAMED.match(lines[0]):
        return True
    if not whole and len(lines) > 1:
        lines.pop()
    look = _best([line for line in lines if line.strip()], None, whole=whole)
    if look.delimiter == NEVER or len(look.rows) < 2 or look.agree < 0.95:
        return False
    first = look.rows[0]
    if any(is_known(cell) for cell in first) and len(set(first)) == len(first):
        return True
    return len(look.rows) >= (3 if look.delimiter == "\t" else 10) and look.agree == 1
