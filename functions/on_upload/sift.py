"""One pass over a file: rows in, samples out, every row that is left out counted and named.

Nothing is held but what duplicates are recognised by (16 bytes and a line number a row). Which side of the
split a row falls on follows from the row and the seed alone, so the same row always falls on the same side,
whatever else the file holds.
"""

import hashlib
import json
from collections.abc import Iterator
from itertools import chain, islice
from typing import IO, Final, Literal

from functions.on_upload.columns import Problem, Understanding, understand
from functions.on_upload.formats import BadRow, Row, open_table
from schemas import names
from schemas.errors import MAX_FAULTS, BadInput, Fault
from schemas.recipe import DataOptions
from schemas.samples import Sample

Split = Literal["train", "test"]
PEEK_ROWS: Final = 100  # JSONL names its columns in its rows; the first hundred say which there are
DUPLICATE: Final = "duplicate"
OTHERS: Final = "others"
MAX_KEYS: Final = 1000  # different keys of JSONL rows that are remembered, to be told as not read
MAX_FINDINGS: Final = 50  # different ones; further ones are counted together


class Findings:
    """What was left out: of each finding the first 20 places, and how often it was made."""

    def __init__(self) -> None:
        self._faults: dict[str, list[Fault]] = {}
        self._counts: dict[str, int] = {}

    def add(self, fault: Fault, group: str | None = None) -> None:
        """Count a finding; `group` joins findings whose words differ from row to row."""
        key = group or fault.finding
        if key not in self._counts and len(self._counts) >= MAX_FINDINGS:
            key = OTHERS  # findings that name something of the row could be as many as there are rows
        self._counts[key] = self._counts.get(key, 0) + 1
        if self._counts[key] <= MAX_FAULTS:
            self._faults.setdefault(key, []).append(fault)

    def each(self) -> tuple[Fault, ...]:
        """The first 20 of each finding, every one with the count of the whole finding."""
        return tuple(
            fault.model_copy(update={"count": self._counts[key]})
            for key, found in self._faults.items()
            for fault in found
        )

    def told(self) -> tuple[Fault, ...]:
        """Each finding once: its first place, the next few, and its count."""
        return tuple(self._once(key, found) for key, found in self._faults.items())

    def _once(self, key: str, found: list[Fault]) -> Fault:
        first, *others = found
        finding = f"Other findings, the first of them: {first.finding}" if key == OTHERS else first.finding
        also = tuple(fault.place for fault in others)
        return first.model_copy(update={"finding": finding, "count": self._counts[key], "also": also})


class Sifted:
    """A file being read. `understanding` is there at once; iterate for the samples; counts grow as you do.

    Raises BadInput at once for a file that cannot be understood, and while iterating for one that turns out
    to be broken as a whole.
    """

    def __init__(self, name: str, stream: IO[bytes], options: DataOptions) -> None:
        self.name = name
        self.read = self.kept = self.dropped = 0
        self.findings = Findings()
        self._table = table = open_table(name, stream)
        self.format = table.format
        first = list(islice(table.rows, PEEK_ROWS))
        columns = table.header if table.header is not None else _keys(first)
        if not first:
            finding = "There is a header but no row." if table.header else "The file has no row."
            raise BadInput(Fault(place=name, finding=finding, next_step="Drop a file that has rows."))
        if table.header is None and not columns:
            nothing = Fault(
                place=name, finding="Its rows hold nothing.", next_step="Drop a file that has rows."
            )
            raise BadInput([_fault(name, row) for row in first if isinstance(row, BadRow)] or nothing)
        self.understanding: Understanding = understand(name, columns, options.columns)
        self._rows = chain(first, table.rows)
        self._seen: dict[bytes, int] = {}
        self._keys: dict[str, None] = dict.fromkeys(columns)

    @property
    def unused(self) -> tuple[str, ...]:
        """Columns of the rows read so far that are not read; complete when the file is at its end."""
        used = set(self.understanding.columns.values())
        if "input" not in self.understanding.columns and self.understanding.reads_inputs:
            used |= {key for key in self._keys if key.strip().casefold() == "input"}
        return tuple(key for key in self._keys if key and key not in used)

    def __iter__(self) -> Iterator[Sample]:
        for row in self._rows:
            self.read += 1
            if isinstance(row, Row) and len(self._keys) < MAX_KEYS:
                self._keys.update(dict.fromkeys(row.cells))
            sample = self._sample(row)
            if sample is None:
                self.dropped += 1
            else:
                self.kept += 1
                yield sample

    def _sample(self, row: Row | BadRow) -> Sample | None:
        """The sample in a row, or None once the reason is noted."""
        if isinstance(row, BadRow):
            self.findings.add(_fault(self.name, row))
            return None
        if not any(_filled(cell) for cell in row.cells.values()):
            self._leave(row.line, "The row is empty.", "Nothing to do; it is left out.")
            return None
        turns = self.understanding.turns(row.cells)
        if isinstance(turns, Problem):
            self._leave(row.line, *turns)
            return None
        sample = Sample(messages=turns, line=row.line)
        first = self._seen.setdefault(_key(sample), row.line)
        if first != row.line:
            finding = f"The row says the same as line {first}."
            self._leave(row.line, finding, "Nothing to do; one of them is kept.", group=DUPLICATE)
            return None
        return sample

    def _leave(self, line: int, finding: str, next_step: str, group: str | None = None) -> None:
        place = names.place(self.name, line)
        self.findings.add(Fault(place=place, finding=finding, next_step=next_step), group)


def side(sample: Sample, options: DataOptions) -> Split:
    """The side of the split of a row: its hash with the seed, as a number in [0, 1), below test_size."""
    seeded = hashlib.blake2b(_key(sample), digest_size=8, key=str(options.seed).encode()).digest()
    return "test" if int.from_bytes(seeded) / 2**64 < options.test_size else "train"


def _key(sample: Sample) -> bytes:
    """What makes two rows the same row: their turns, character by character."""
    turns = json.dumps([[turn.role, turn.content] for turn in sample.messages], ensure_ascii=False)
    return hashlib.blake2b(turns.encode(), digest_size=16).digest()


def _keys(rows: list[Row | BadRow]) -> list[str]:
    keys: dict[str, None] = {}
    for row in rows:
        if isinstance(row, Row):
            keys.update(dict.fromkeys(row.cells))
    return list(keys)


def _filled(cell: object) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None


def _fault(name: str, row: BadRow) -> Fault:
    return Fault(place=names.place(name, row.line), finding=row.finding, next_step=row.next_step)
