"""Which rows that stay are learned from, which are held out, and which a sample leaves away.

A share is drawn row by row: a row's side follows from the row and the seed alone. A number of rows
(`test_size` from 1 on, `sample_size`) are those with the smallest draws, which only the end of the file
tells: until then the rows that may yet be among them wait in a file, and no other does.
"""

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from functions.on_upload import keys
from functions.on_upload.arrays import flags, numbers, taken
from functions.on_upload.kept import Kept
from functions.on_upload.keys import Keys
from schemas.data_options import DataOptions

TEST_DRAW, SAMPLE_DRAW = 0, 1
_BESIDE: Final = ("_high", "_low", "_at", "_line", "_held")


class Takes(Protocol):
    """Who takes the rows of a side."""

    def take(self, kept: Kept) -> None:
        """Take these rows, after those that came before."""


class Draw:
    """The `count` smallest numbers of all that were offered."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._smallest = np.zeros(0, np.uint64)

    def offer(self, numbers: Any) -> Any:
        """Which of these are among the smallest so far: only they can be at the end."""
        every = np.concatenate([self._smallest, numbers])
        if len(every) > self.count:
            every = np.partition(every, self.count - 1)[: self.count]
        self._smallest = every
        return self.among(numbers)

    def among(self, numbers: Any) -> Any:
        """Which of these are among the smallest of all."""
        return numbers <= self._smallest.max() if len(self._smallest) else np.zeros(len(numbers), bool)


class Split:
    """Sends rows to their sides, and those of both sides to `every`. Use as a context.

    `not_drawn` counts those that a sample leaves away.
    """

    def __init__(self, options: DataOptions, train: Takes, test: Takes, *every: Takes) -> None:
        self.seed, self.train, self.test, self.every = options.seed, train, test, every
        self.not_drawn = 0
        self.share = options.test_size if options.test_size < 1 else None
        self._test = Draw(int(options.test_size)) if self.share is None else None
        self._sample = Draw(options.sample_size) if options.sample_size is not None else None
        self._waiting = Waiting()
        # Where nobody asked for a share, a file of a row or two is not all held out: the first rows wait
        # until one is learned from.
        self._lenient = self.share is not None and "test_size" not in options.model_fields_set
        self._first: list[Kept] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._waiting.close()

    def take(self, kept: Kept) -> None:
        """Rows in the file's order."""
        if self._sample is not None:
            maybe = self._sample.offer(keys.drawn(kept.keys, self.seed, SAMPLE_DRAW))
            self.not_drawn += kept.rows
            self._waiting.add(kept.part(np.flatnonzero(maybe)))
        elif self._test is not None and kept.held_out is None:
            maybe = self._test.offer(keys.drawn(kept.keys, self.seed, TEST_DRAW))
            self._note(kept.part(np.flatnonzero(~maybe)))
            self._send(kept, ~maybe, self.train)
            self._waiting.add(kept.part(np.flatnonzero(maybe)))
        else:
            self._divide(kept)

    def all_of(self, rows: Iterable[Kept]) -> None:
        """Take all rows that there are, and send each on."""
        for kept in rows:
            self.take(kept)
        self.finish()

    def finish(self) -> None:
        """Send the rows that waited."""
        if self._sample is not None and self._test is not None:
            for kept in self._sampled():
                self._test.offer(keys.drawn(kept.keys, self.seed, TEST_DRAW))
        for kept in self._sampled():
            self.not_drawn -= kept.rows if self._sample is not None else 0
            self._divide(kept)
        for kept in self._first:
            self._send(kept, np.ones(kept.rows, bool), self.train)

    def _sampled(self) -> Iterator[Kept]:
        """The rows that wait, but for those that a sample left away in the end."""
        for kept in self._waiting:
            if self._sample is None:
                yield kept
            else:
                drawn = self._sample.among(keys.drawn(kept.keys, self.seed, SAMPLE_DRAW))
                yield kept.part(np.flatnonzero(drawn))

    def _divide(self, kept: Kept) -> None:
        held = self._held_out(kept)
        self._note(kept)
        if self._lenient and kept.held_out is None:
            if held.all():
                self._first.append(kept)
                return
            for early in self._first:
                self._send(early, np.ones(early.rows, bool), self.test)
            self._first, self._lenient = [], False
        self._send(kept, held, self.test)
        self._send(kept, ~held, self.train)

    def _note(self, kept: Kept) -> None:
        for one in self.every:
            one.take(kept)

    def _held_out(self, kept: Kept) -> Any:
        if kept.held_out is not None:
            return kept.held_out
        drawn = keys.drawn(kept.keys, self.seed, TEST_DRAW)
        return self._test.among(drawn) if self._test is not None else keys.share(drawn) < self.share

    def _send(self, kept: Kept, which: Any, to: Takes) -> None:
        if which.any():
            to.take(kept if which.all() else kept.part(np.flatnonzero(which)))


class Tally:
    """Takes rows and only counts them."""

    def __init__(self) -> None:
        self.rows = 0

    def take(self, kept: Kept) -> None:
        """Count these."""
        self.rows += kept.rows


class Waiting:
    """Rows on disk, to be gone through in their order as often as need be."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._writer: Any = None

    def add(self, kept: Kept) -> None:
        """Put rows down."""
        if not kept.rows:
            return
        table = kept.table(np.arange(kept.rows))
        held = pa.nulls(kept.rows, pa.bool_()) if kept.held_out is None else flags(kept.held_out)
        counted = map(numbers, (kept.keys.high, kept.keys.low, kept.at, kept.lines))
        for name, column in zip(_BESIDE, (*counted, held), strict=True):
            table = table.append_column(name, column)
        for side, lengths in enumerate(kept.lengths):
            table = table.append_column(f"_length{side}", numbers(lengths))
        if self._writer is None:
            self._folder = tempfile.TemporaryDirectory(prefix="jinko-")
            self._writer = pq.ParquetWriter(
                self._path(), table.schema, compression="lz4", use_dictionary=False
            )
        self._writer.write_table(table)

    def __iter__(self) -> Iterator[Kept]:
        if self._writer is None:
            return
        self._writer.close()
        with pq.ParquetFile(self._path()) as file:
            for group in range(file.num_row_groups):
                yield _read(file.read_row_group(group))

    def close(self) -> None:
        """Remove what lies on disk."""
        if self._folder is not None:
            self._writer.close()
            self._folder.cleanup()

    def _path(self) -> Path:
        assert self._folder is not None
        return Path(self._folder.name) / "waiting.parquet"


def _read(table: pa.Table) -> Kept:
    high, low, at, lines, held = (table.column(name) for name in _BESIDE)
    sides = sorted(name for name in table.column_names if name.startswith("_length"))
    rows = table.drop_columns([*_BESIDE, *sides])
    return Kept(
        at.to_numpy(),
        lines.to_numpy(),
        Keys(high.to_numpy(), low.to_numpy()),
        tuple(table.column(name).to_numpy() for name in sides),
        lambda some: taken(rows, some),
        None if held.null_count else held.to_numpy(),
    )
