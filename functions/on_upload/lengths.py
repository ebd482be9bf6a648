"""How long the rows of a dataset are, in characters, counted while they stream by.

    lengths = Lengths("conversation")
    lengths.take(kept)
    lengths.sides["What is answered"].stats()

Memory is bounded, whatever comes: lengths up to 4,095 are counted exactly, longer ones by their first twelve
binary digits, so that a median or p95 up there is low by at most 0.05%. Minimum and maximum are always exact.
Not here: tokens, which need a base model.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

import numpy as np

from functions.on_upload.kept import Kept
from functions.pages import nice_step
from schemas.samples import (
    Conversation,
    Feedback,
    Kind,
    Message,
    Preference,
    Prompts,
    Sample,
    Stepwise,
    Text,
)

EXACT_BITS: Final = 12  # at most 2,048 different counts for every doubling of the length
BARS: Final = 14
LONG_TAIL: Final = 8  # a longest row this many times the median would leave even bars nearly all empty
_LOG_STEPS: Final = (1, 1.5, 2, 3, 5, 7)


class Stats(NamedTuple):
    """Characters. The median is the lower one of an even count; p95: 95 in 100 rows are at most this long."""

    rows: int
    min: int
    median: int
    p95: int
    max: int


class Bar(NamedTuple):
    """Rows whose length is at least `low` and under `high`."""

    low: int
    high: int
    rows: int


class Side:
    """Lengths of one side of the rows: what is asked, or what is answered."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self._min: int | None = None
        self._max = 0

    def add(self, lengths: Any) -> None:
        """Count some rows, an array of their lengths."""
        if not len(lengths):
            return
        counted, rows = np.unique(_rounded(lengths), return_counts=True)
        for length, often in zip(counted.tolist(), rows.tolist(), strict=True):
            self._counts[length] += often
        shortest = int(lengths.min())
        self._min = shortest if self._min is None else min(self._min, shortest)
        self._max = max(self._max, int(lengths.max()))

    def stats(self) -> Stats | None:
        """The figures, or None before the first row."""
        if self._min is None:
            return None
        return Stats(self._counts.total(), self._min, self._rank(0.5), self._rank(0.95), self._max)

    def _rank(self, share: float) -> int:
        """The smallest length that `share` of all rows do not exceed (nearest rank)."""
        wanted = share * self._counts.total()
        seen = 0
        for length in sorted(self._counts):
            seen += self._counts[length]
            if seen >= wanted:
                return length
        return self._max

    def bars(self) -> list[Bar]:
        """A histogram without gaps: even bars, or widening ones where few rows are far longer than most."""
        stats = self.stats()
        if stats is None:
            return []
        long_tail = stats.max > LONG_TAIL * max(stats.median, 1)
        edges = _widening(stats.min, stats.max) if long_tail else _even(stats.min, stats.max)
        counts = [0] * (len(edges) - 1)
        for length, rows in self._counts.items():
            counts[bisect_right(edges, length) - 1] += rows
        return [Bar(low, high, rows) for low, high, rows in zip(edges, edges[1:], counts, strict=False)]


# What is told of the rows of each kind: of which parts, and what a chart of them is called.
SIDES: Final[Mapping[Kind, tuple[str, ...]]] = {
    "conversation": ("What is asked", "What is answered"),
    "preference": ("What is asked", "The better answer", "The worse answer"),
    "feedback": ("What is asked", "What is answered"),
    "prompts": ("What is asked",),
    "text": ("The texts",),
    "stepwise": ("What is asked", "The steps"),
}


def lengths_of(sample: Sample) -> tuple[int, ...]:
    """Characters of each side of a row: all that stands before the last answer, and that answer."""
    match sample:
        case Conversation():
            return _characters(sample.prompt), len(sample.answer)
        case Preference():
            return _characters(sample.prompt), _characters(sample.chosen), _characters(sample.rejected)
        case Feedback():
            return _characters(sample.prompt), _characters(sample.completion)
        case Prompts():
            return (_characters(sample.prompt),)
        case Text():
            return (len(sample.text),)
        case Stepwise():
            return _characters(sample.prompt), sum(len(step.text) for step in sample.steps)


def _characters(turns: Iterable[Message]) -> int:
    return sum(len(turn.content) for turn in turns)


class Lengths:
    """Every side of every row of one kind."""

    def __init__(self, kind: Kind) -> None:
        self.sides: dict[str, Side] = {name: Side() for name in SIDES[kind]}

    def take(self, kept: Kept) -> None:
        """Count some rows."""
        for side, counted in zip(self.sides.values(), kept.lengths, strict=True):
            side.add(counted)


def _rounded(lengths: Any) -> Any:
    """Lengths by their first twelve binary digits."""
    bits = np.frexp(np.maximum(lengths, 1).astype(np.float64))[1]  # exact far beyond any text's length
    surplus = np.maximum(bits - EXACT_BITS, 0)
    return lengths >> surplus << surplus


def _even(low: int, high: int) -> list[int]:
    step = max(1, round(nice_step(max(high - low, 1), BARS)))
    first = low // step * step
    return list(range(first, high + step + 1, step))


def _widening(low: int, high: int) -> list[int]:
    """Edges 1, 1.5, 2, 3, 5, 7, 10, 15, … around the lengths; 0 and 1 apart."""
    tens = range(len(str(high)) + 1)
    edges = [0, *sorted({int(10**power * step) for power in tens for step in _LOG_STEPS})]
    return edges[bisect_right(edges, low) - 1 : bisect_right(edges, high) + 1]
