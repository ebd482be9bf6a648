"""One pass over a file: blocks of rows in, rows that stay out; every row left out is counted and named.

The start of the file says what it means; from there on its blocks are mapped one by one (`mapped`). What is
held is a block, and what duplicates are recognised by (`doubles`). Rows of another kind than the start of the
file promised cost themselves; more than one in twenty of them, and the file is refused with the counts.
"""

from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any, Final

import numpy as np

from functions.on_upload.doubles import NEW, Doubles
from functions.on_upload.findings import DUPLICATE, Findings, Quarantine
from functions.on_upload.given import VALUES, GivenSplit, given_split
from functions.on_upload.kept import Kept
from functions.on_upload.mapped import Left, mapped
from functions.on_upload.meaning.guarded import known_columns
from functions.on_upload.meaning.reading import Problem, Reading, Seen
from functions.on_upload.meaning.understand import understand
from functions.on_upload.peek import Peeked, columns_of, peek, rows_of
from functions.on_upload.reading.blocks import Block, Opened
from functions.on_upload.shapes import Shape
from schemas import names
from schemas.data_options import DataOptions
from schemas.errors import BadInput, Fault
from schemas.orders import Counts

MAX_KEYS: Final = 1000  # different keys of JSONL rows that are remembered, to be told as not read
ODD_SHARE: Final = 0.05  # rows of another kind than the file's: above it, the file is no one thing
LINE_BITS: Final = 40  # a place as a number: which source, and which line of it


class Sifted:
    """A file being read. `reading` is there at once; iterate for the rows that stay; counts grow as you do.

    Raises BadInput at once for a file that cannot be understood, and while iterating for one that turns out
    to be broken, or of several kinds, as a whole. `limit` is how many rows to judge it by, None for all.
    """

    def __init__(
        self,
        name: str,
        opened: Opened,
        options: DataOptions,
        quarantine: Quarantine,
        hints: Mapping[str, str] | None = None,
        held_out: tuple[str, ...] = (),
        limit: int | None = None,
    ) -> None:
        self.name, self.opened, self.limit = name, opened, limit
        self.read = self.kept = self.dropped = 0
        self.partial = False
        self.uses: frozenset[str] = frozenset()
        self.findings = Findings()
        self._quarantine = quarantine
        self._doubles = Doubles()
        self._sources: list[str] = []
        seen = peek(name, opened)
        self._rest = _ahead(opened.blocks)
        self._blocks: Iterator[Block] = chain(seen.blocks, self._rest)
        self._keys: dict[str, None] = dict.fromkeys(seen.columns)
        start = Seen(name, seen.columns, seen.rows, seen.whole, {**opened.hints, **(hints or {})})
        self.reading: Reading = understand(start, options)
        self._known = known_columns(start, self.reading)
        self._answered = options.purpose == "answer"  # then each row, also one that was there before
        self.given: GivenSplit = GivenSplit()
        if not self._answered:
            self.given = given_split(name, seen, options, held_out)
        self.shape = _shape(name, self.reading, seen)

    @property
    def columns(self) -> dict[str, str]:
        """Which column plays which part."""
        split = {"split": self.given.column} if self.given.column else {}
        return {**self.reading.columns, **split}

    @property
    def unused(self) -> tuple[str, ...]:
        """Columns of the rows read so far that are not read; complete when the file is at its end."""
        return tuple(c for c in self.reading.unused(tuple(self._keys)) if c != self.given.column)

    @property
    def why(self) -> str:
        """What was understood and from what, and what a person should know of how the file was read."""
        judged = f"Judged on the first {self.read:,} rows; --all reads every row." if self.partial else ""
        return " ".join(filter(None, (self.reading.why, *self.opened.said, self.given.said, judged)))

    def counts(self, train: int, test: int) -> Counts:
        """Where every row went, once the sides are known."""
        return Counts(read=self.read, kept=self.kept, dropped=self.dropped, train=train, test=test)

    def leave_undrawn(self, rows: int) -> None:
        """Count rows that stay out since only a sample was asked for."""
        if rows:
            finding = "The row is not in the sample that data.sample_size asks for."
            step = "Nothing to do; a larger sample_size, or none, takes more of them."
            self.findings.add(Fault(place=self.name, finding=finding, next_step=step, count=rows))
            self.kept -= rows
            self.dropped += rows

    def __iter__(self) -> Iterator[Kept]:
        for block in self._blocks:
            kept = self._sifted(block)
            if kept.rows:
                self.kept += kept.rows
                yield kept
            if self.limit is not None and self.read >= self.limit:
                self.partial = next(self._blocks, None) is not None
                self._rest.close()  # before whoever opened the file closes it under the reader's hands
                break
        self._must_be_of_one_kind()

    def _sifted(self, block: Block) -> Kept:
        """The rows of a block that stay; the others are noted, in the order of their lines."""
        if len(self._keys) < MAX_KEYS:
            self._keys |= dict.fromkeys(columns_of(block))
        found = mapped(block, self.reading, self.shape, self.opened.attached, self._known)
        self.uses |= found.uses
        left = [Left(bad.line, Problem(bad.finding, bad.next_step)) for bad in block.bad]
        self.read += found.kept.rows + len(found.left) + len(left)
        left += found.left
        kept = self._new(self._on_a_side(block, found.kept, left), block.source, left)
        for one in sorted(left, key=lambda one: one.line):
            self._note(block.source, one)
        return kept

    def _on_a_side(self, block: Block, kept: Kept, left: list[Left]) -> Kept:
        """The rows whose side of a given split is known, with it."""
        held, known = self.given.sides(block)
        if held is None:
            return kept
        kept = kept._replace(held_out=held[kept.at])
        known = known[kept.at]
        if known.all():
            return kept
        for row in rows_of(block, kept.at[~known]):
            word = str(row.cells.get(self.given.column or "") or "")[:40]
            said = f"says '{word}', which is no side of a split" if word.strip() else "is empty"
            left.append(Left(row.line, Problem(f"Column '{self.given.column}' {said}.", VALUES)))
        return kept.part(np.flatnonzero(known))

    def _new(self, kept: Kept, source: str, left: list[Left]) -> Kept:
        """The rows that nobody said before."""
        if self._answered:
            return kept
        first = self._doubles.add(kept.keys, kept.lines + (self._number(source) << LINE_BITS))
        new = first == NEW
        if new.all():
            return kept
        for line, place in zip(kept.lines[~new].tolist(), first[~new].tolist(), strict=True):
            at = place & ((1 << LINE_BITS) - 1)
            where = self._sources[place >> LINE_BITS]
            unit = self.opened.unit
            told = f"{unit} {at}" if where == source else f"{unit} {at} of {where}"
            problem = Problem(f"The row says the same as {told}.", "Nothing to do; one of them is kept.")
            left.append(Left(line, problem, DUPLICATE))
        return kept.part(np.flatnonzero(new))

    def _number(self, source: str) -> Any:
        if not self._sources or self._sources[-1] != source:
            if source in self._sources:
                return self._sources.index(source)
            self._sources.append(source)
        return len(self._sources) - 1

    def _note(self, source: str, left: Left) -> None:
        place = names.place(source, left.line)
        finding, next_step, shape = left.problem
        self.dropped += 1
        if self.findings.full(left.group or finding):
            self.findings.count(left.group or finding, 1)
        else:
            self.findings.add(Fault(place=place, finding=finding, next_step=next_step), left.group, shape)
        self._quarantine.add(place, finding, next_step)

    def _must_be_of_one_kind(self) -> None:
        """Raises BadInput where more than one row in twenty is of another kind, naming the first of each."""
        odd = self.findings.shapes()
        count = sum(fault.count for fault in odd)
        if count < 2 or count <= ODD_SHARE * self.read:
            return
        kinds = f"Its rows are of different kinds: {self.read - count:,} of {self.read:,} are as at its start"
        finding = f"{kinds} ({self.reading.kind}), {count:,} are not."
        step = "Put the rows of each kind into a file of their own."
        raise BadInput([Fault(place=self.name, finding=finding, next_step=step), *odd])


def _ahead(blocks: Iterator[Block]) -> Generator[Block, None, None]:
    """The same blocks, each read while the one before it is worked on."""
    with ThreadPoolExecutor(1, "jinko-reader") as reader:
        coming = reader.submit(next, blocks, None)
        while (block := coming.result()) is not None:
            coming = reader.submit(next, blocks, None)
            yield block


def _shape(name: str, reading: Reading, seen: Peeked) -> Shape:
    several = any(block.source != name for block in seen.blocks)
    plain = reading.pair is not None and reading.kind == "conversation"
    return Shape(reading.kind, plain, reading.images, several)
