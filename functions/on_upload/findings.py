"""What was left out of a dataset: counted and told to a person, and every row of it written down.

`Findings` holds of each finding the first 20 places and how often it was made, however many rows there are.
`Quarantine` is the file that has them all: a line of JSON for each row left out.
"""

import json
import tempfile
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from schemas.errors import MAX_FAULTS, Fault

DUPLICATE: Final = "duplicate"
OTHERS: Final = "others"
MAX_FINDINGS: Final = 50  # different ones; further ones are counted together


class Findings:
    """What was left out: of each finding the first 20 places, and how often it was made."""

    def __init__(self) -> None:
        self._faults: dict[str, list[Fault]] = {}
        self._counts: dict[str, int] = {}
        self._shapes: dict[str, None] = {}

    def add(self, fault: Fault, group: str | None = None, shape: bool = False) -> None:
        """Count a finding (`fault.count` times); `group` joins such whose words differ from row to row.

        `shape` says that the row is of another kind than its file's.
        """
        key = group or fault.finding
        if key not in self._counts and len(self._counts) >= MAX_FINDINGS:
            key = OTHERS  # findings that name something of the row could be as many as there are rows
        self._counts[key] = self._counts.get(key, 0) + fault.count
        if shape:
            self._shapes[key] = None
        told = self._faults.setdefault(key, [])
        if len(told) < MAX_FAULTS:
            told.append(fault)

    def full(self, group: str) -> bool:
        """Whether further places of a group would not be told: then `count` is enough."""
        return len(self._faults.get(group, ())) >= MAX_FAULTS

    def count(self, group: str, more: int) -> None:
        """Count more of a group that is told in full."""
        self._counts[group] += more

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

    def shapes(self) -> tuple[Fault, ...]:
        """Of `told`, those that say that rows are of another kind than the file's."""
        return tuple(self._once(key, self._faults[key]) for key in self._shapes)

    def _once(self, key: str, found: list[Fault]) -> Fault:
        first, *others = found
        finding = f"Other findings, the first of them: {first.finding}" if key == OTHERS else first.finding
        also = tuple(fault.place for fault in others)
        return first.model_copy(update={"finding": finding, "count": self._counts[key], "also": also})


class Quarantine:
    """A file of every row left out, on disk while it grows: place, finding and next step, a line each."""

    def __init__(self) -> None:
        self.rows = 0
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, place: str, finding: str, next_step: str) -> None:
        """Write one row down."""
        if self._file is None:
            self._file = tempfile.NamedTemporaryFile(prefix="jinko-")  # noqa: SIM115  # closed by __exit__
        told = {"place": place, "finding": finding, "next_step": next_step}
        self._file.write(json.dumps(told, ensure_ascii=False).encode(errors="replace") + b"\n")
        self.rows += 1

    def path(self) -> Path | None:
        """Where the file lies while this is open; None where no row was left out."""
        if self._file is None:
            return None
        self._file.flush()
        return Path(self._file.name)
