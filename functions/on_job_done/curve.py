"""The curve of a training: what it was told to lower, or to raise, step by step.

    curve(measured, "dpo")

Pure. Of reinforcement that is the mean mark of the model's answers: its loss is near 0, whatever is learned.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from functions import pages
from schemas.methods import Method

POINTS: Final = 240  # of the drawn curve: about one for every two pixels; more are averaged
MARKED: Final[Method] = "grpo"
_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_SAYS: Final[Mapping[Method, str]] = {
    "sft": "The loss says how surprised the model is by the answers in the training rows.",
    "pretrain": "The loss says how surprised the model is by the texts of the training rows.",
    "dpo": "The loss says how badly the model tells better answers from worse ones in the training rows.",
    "orpo": "The loss says how surprised the model is by the better answers of the training rows, and how "
    "badly it tells them from the worse ones.",
    "kto": "The loss says how badly the model tells good answers from bad ones in the training rows.",
    "grpo": "The mark is what the graders gave the model's own answers to the training rows, on average.",
    "reward": "The loss says how badly the model tells better answers from worse ones in the training rows.",
}


class Curve(NamedTuple):
    """Values over the steps, drawn in a box of 1000 × 1000; ticks are (share of the axis, label)."""

    points: str
    x: list[tuple[float, str]]
    y: list[tuple[float, str]]
    first: tuple[int, float]
    last: tuple[int, float]
    blocks: str  # the same in one line of text
    name: str
    says: str


def curve(measured: Sequence[tuple[int, float]], method: Method | None) -> Curve | None:
    """None under two points. A value that is no number (a diverged step) is left out of the line."""
    points = _thinned([(step, value) for step, value in measured if math.isfinite(value)])
    if len(points) < 2 or points[-1][0] <= points[0][0]:
        return None
    start, end = points[0][0], points[-1][0]
    lowest, highest = (found(0.0, *(value for _, value in points)) for found in (min, max))
    rung = pages.nice_step(highest - lowest or 1.0, 5)
    low = math.floor(lowest / rung)
    high = max(math.ceil(highest / rung), low + 1)
    bottom, span = low * rung, (high - low) * rung
    apart = max(1, round(pages.nice_step(end - start, 6)))
    steps = range(-(-start // apart) * apart, end + 1, apart)
    return Curve(
        points=" ".join(
            f"{1000 * (s - start) / (end - start):.1f},{1000 * (1 - (v - bottom) / span):.1f}"
            for s, v in points
        ),
        x=[((step - start) / (end - start), f"{step:,}") for step in steps],
        y=[(1 - (i - low) / (high - low), pages.number(round(i * rung, 9))) for i in range(low, high + 1)],
        first=points[0],
        last=points[-1],
        blocks="".join(_BLOCKS[min(int(8 * (v - bottom) / span), 7)] for _, v in _thinned(points, 48)),
        name="Mark" if method == MARKED else "Loss",
        says=_SAYS[method or "sft"],
    )


def _thinned(points: Sequence[tuple[int, float]], most: int = POINTS) -> list[tuple[int, float]]:
    """At most `most` points: neighbours are averaged, the first and the last step stay."""
    if len(points) <= most:
        return list(points)
    inner = points[1:-1]
    numbered = ((index * (most - 2) // len(inner), point) for index, point in enumerate(inner))
    thinned = [points[0]]
    for _, group in groupby(numbered, key=lambda pair: pair[0]):
        members = [point for _, point in group]
        thinned.append((members[len(members) // 2][0], sum(value for _, value in members) / len(members)))
    return [*thinned, points[-1]]
