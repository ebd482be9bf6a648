"""How long the rows of a dataset are, in characters, counted while they stream by.

    lengths = Lengths()
    for sample in samples:
        lengths.add(sample)
    lengths.answers.stats()

Memory is bounded, whatever comes: lengths up to 4,095 are counted exactly, longer ones by their first twelve
binary digits, so that a median or p95 up there is low by at most 0.05%. Minimum and maximum are always exact.
Not here: tokens, which need a base model.
"""

from bisect import bisect_right
from collections import Counter
from typing import Final, NamedTuple

from functions.pages import nice_step
from schemas.samples import Sample

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

    def add(self, length: int) -> None:
        """Count one row."""
        surplus = max(length.bit_length() - EXACT_BITS, 0)
        self._counts[length >> surplus << surplus] += 1
        self._min = length if self._min is None else min(self._min, length)
        self._max = max(self._max, length)

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


class Lengths:
    """Both sides of every row: all that stands before the last answer, and that answer."""

    def __init__(self) -> None:
        self.questions = Side()
        self.answers = Side()

    def add(self, sample: Sample) -> None:
        """Count one row."""
        self.questions.add(sum(len(message.content) for message in sample.prompt))
        self.answers.add(len(sample.answer))


def _even(low: int, high: int) -> list[int]:
    step = max(1, round(nice_step(max(high - low, 1), BARS)))
    first = low // step * step
    return list(range(first, high + step + 1, step))


def _widening(low: int, high: int) -> list[int]:
    """Edges 1, 1.5, 2, 3, 5, 7, 10, 15, … around the lengths; 0 and 1 apart."""
    tens = range(len(str(high)) + 1)
    edges = [0, *sorted({int(10**power * step) for power in tens for step in _LOG_STEPS})]
    return edges[bisect_right(edges, low) - 1 : bisect_right(edges, high) + 1]
