"""The dataset's card: what came in, what was understood, what was left out, how long rows are, ten of them.

`card(...)` is pure and returns the same page twice, as Markdown and as HTML. It knows no base model, so it
counts characters, not tokens. Not here: counting (`lengths`), choosing the ten samples, writing the files.
"""

from collections.abc import Sequence
from typing import NamedTuple

from functions import pages
from functions.on_upload.lengths import Bar, Lengths, Side, Stats
from schemas import names
from schemas.orders import Counts, Dataset
from schemas.samples import Sample


class _Part(NamedTuple):
    """A stretch of the bar that shows where the rows went."""

    name: str
    rows: int
    share: float
    colour: str


class _Chart(NamedTuple):
    """One side's lengths; `ticks` are (share of the width, length) under the bars, which may widen."""

    name: str
    stats: Stats
    bars: list[Bar]
    highest: int
    widening: bool
    ticks: list[tuple[float, int]]


class _Row(NamedTuple):
    """One sample: where it stands in the file, and its turns as (role, text)."""

    place: str
    line: int
    turns: list[tuple[str, str]]


def card(dataset: Dataset, lengths: Lengths, samples: Sequence[Sample]) -> tuple[str, str]:
    """The card of a dataset as (Markdown, HTML)."""
    sides = (("What is asked", lengths.questions), ("What is answered", lengths.answers))
    values = {
        "dataset": dataset,
        "parts": _parts(dataset.counts),
        "charts": [chart for name, side in sides if (chart := _chart(name, side))],
        "samples": [_row(dataset.source, sample) for sample in samples],
    }
    return pages.markdown("card", **values), pages.html("card", **values)


def _row(source: str, sample: Sample) -> _Row:
    turns = [(str(message.role), message.content) for message in sample.messages]
    return _Row(names.place(source, sample.line), sample.line, turns)


def _parts(counts: Counts) -> list[_Part]:
    parts = (("to learn from", counts.train), ("held out", counts.test), ("left out", counts.dropped))
    return [
        _Part(name, rows, rows / counts.read, f"c{index}") for index, (name, rows) in enumerate(parts) if rows
    ]


def _chart(name: str, side: Side) -> _Chart | None:
    stats, bars = side.stats(), side.bars()
    if stats is None:
        return None
    edges = [bar.low for bar in bars] + [bars[-1].high]
    apart = max(1, round(len(bars) / 5))  # about five numbers fit under a chart on a phone
    ticks = [(i / len(bars), edge) for i, edge in enumerate(edges) if i % apart == 0]
    widening = edges[-1] - edges[-2] > edges[1] - edges[0]
    return _Chart(name, stats, bars, max(bar.rows for bar in bars), widening, ticks)
