"""The dataset's card: what came in, what was understood, what was left out, how long rows are, ten of them.

`card(...)` is pure and returns the same page twice, as Markdown and as HTML. It knows no base model, so it
counts characters, not tokens. Not here: counting (`lengths`), choosing the ten samples, writing the files.
"""

from collections.abc import Sequence
from typing import NamedTuple

from functions import pages
from functions.on_upload.card_rows import rows
from functions.on_upload.lengths import Bar, Lengths, Side, Stats
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


def card(dataset: Dataset, lengths: Lengths, samples: Sequence[Sample]) -> tuple[str, str]:
    """The card of a dataset as (Markdown, HTML)."""
    shown = rows(dataset.source, samples)
    values = {
        "dataset": dataset,
        "errors": dataset.errors.rpartition("/")[2] if dataset.errors else None,
        "parts": _parts(dataset.counts),
        "charts": [chart for name, side in lengths.sides.items() if (chart := _chart(name, side))],
        "samples": shown,
        "learned": dataset.kind == "conversation"
        and not (dataset.images or dataset.tools or dataset.thinking),
        "pictures": any(picture.uri for row in shown for picture in row.pictures),
    }
    return pages.markdown("card", **values), pages.html("card", **values)


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
