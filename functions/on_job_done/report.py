"""A run's page in words: how well the model answers now, how it learned, what was set, what lies where.

`report(...)` is pure and returns the same page twice, as Markdown and as HTML. A figure that was not measured
is not on it. Not here: reading results and metrics, writing the files, the status page (`functions.status`).
"""

import json
import math
from collections.abc import Sequence
from itertools import groupby
from typing import Final, NamedTuple

from functions import figures, pages
from infra.ports import Cloud, Gone
from schemas import names
from schemas.orders import TrainOrder
from schemas.results import ExportResult, GgufResult, Stretch, TrainResult
from schemas.runs import RunRecord
from schemas.scores import FIGURES, Glimpse

POINTS: Final = 240  # of the drawn curve: about one for every two pixels; more are averaged
SHOWN_ANSWERS: Final = 20
_BLOCKS: Final = "▁▂▃▄▅▆▇█"


class _Curve(NamedTuple):
    """The loss over the steps, drawn in a box of 1000 × 1000; ticks are (share of the axis, label)."""

    points: str
    x: list[tuple[float, str]]
    y: list[tuple[float, str]]
    first: tuple[int, float]
    last: tuple[int, float]
    blocks: str  # the same in one line of text


class _Learned(NamedTuple):
    """A row as it was trained on."""

    place: str
    stretches: tuple[Stretch, ...]
    brackets: str


class _Checked(NamedTuple):
    """One measuring on the way, and whether its step's weights are those that are kept."""

    name: str
    step: int
    value: str
    kept: bool


class _Glimpsed(NamedTuple):
    """A held-out row and what was answered to it on the way, each with its step in words."""

    first: Glimpse
    answers: list[tuple[str, Glimpse]]


def report(
    run: RunRecord,
    order: TrainOrder,
    trained: TrainResult,
    exported: ExportResult | None,
    losses: Sequence[tuple[int, float]],
    gguf: GgufResult | None = None,
) -> tuple[str, str]:
    """The page of a run as (Markdown, HTML). `losses` are (step, training loss), in order."""
    outcome = figures.outcome(trained.before, trained.after)
    values = {
        "run": run,
        "order": order,
        "trained": trained,
        "exported": exported,
        "headline": outcome[0].upper() + outcome[1:] + ".",
        "figures": figures.figures(trained.before, trained.after),
        "proven": figures.proven(exported, gguf),
        "unproven": gguf.refused if gguf else (),
        "curve": _curve(losses),
        "checks": _checks(trained),
        "glimpses": _glimpses(trained),
        "answers": trained.answers[:SHOWN_ANSWERS],
        "unshown": max(len(trained.answers) - SHOWN_ANSWERS, 0),
        "previews": _previews(order, trained),
        "settings": order.settings.table(),
        "places": _places(run, order, trained, exported, gguf),
        "spent": _spent(run, trained, exported, gguf),
    }
    return pages.markdown("report", **values), pages.html("report", **values)


def _places(
    run: RunRecord,
    order: TrainOrder,
    trained: TrainResult,
    exported: ExportResult | None,
    gguf: GgufResult | None,
) -> list[tuple[str, str]]:
    """(what, where in the outbox) of everything that the run left."""
    places = [
        ("The trained model, whole", exported.merged if exported else None),
        *((f"The model as GGUF, {file.format}", file.path) for file in (gguf.files if gguf else ())),
        ("The adapter alone", trained.adapter),
        ("The model as training left it", trained.model),
        ("The dataset's card", order.dataset.page),
        ("The order: every setting, pinned", names.order(run.id, "train")),
        ("The result: every figure and answer", names.result(run.id, "train", trained.attempt)),
        ("The loss at every step", names.metrics(run.id, "train", trained.attempt)),
    ]
    return [(what, where) for what, where in places if where]


def _previews(order: TrainOrder, trained: TrainResult) -> list[_Learned]:
    """The first rows, with what was learned of each; in a text of one colour it stands between brackets."""
    return [
        _Learned(
            place=names.place(row.source or order.dataset.source, row.line),
            stretches=row.stretches,
            brackets="".join(f"⟦{one.text}⟧" if one.learned else one.text for one in row.stretches),
        )
        for row in trained.preview
    ]


def _checks(trained: TrainResult) -> list[_Checked]:
    kept = trained.kept_step or trained.steps
    return [
        _Checked(
            name=FIGURES[one.figure],
            step=one.step,
            value="no number" if one.value is None else pages.number(one.value),
            kept=one.step == kept,
        )
        for one in trained.checks
    ]


def _glimpses(trained: TrainResult) -> list[_Glimpsed]:
    """By row, in the order of the steps."""
    rows: dict[tuple[int, str], list[Glimpse]] = {}
    for one in trained.glimpses:
        rows.setdefault((one.line, one.question), []).append(one)
    return [_Glimpsed(those[0], [(f"step {one.step:,}", one) for one in those]) for those in rows.values()]


def _spent(
    run: RunRecord, trained: TrainResult, exported: ExportResult | None, gguf: GgufResult | None
) -> list[tuple[str, float]]:
    """(what, seconds); the whole also counts the waits between."""
    spent = [("Training and measuring", trained.seconds)]
    if exported:
        spent.append(("Exporting", exported.seconds))
    if gguf:
        spent.append(("Exporting to GGUF", gguf.seconds))
    if run.started and run.ended:
        spent.append(("From start to end", (run.ended - run.started).total_seconds()))
    return spent


def _curve(losses: Sequence[tuple[int, float]]) -> _Curve | None:
    """None under two points. A loss that is no number (a diverged step) is left out of the line."""
    points = _thinned([(step, loss) for step, loss in losses if math.isfinite(loss)])
    if len(points) < 2 or points[-1][0] <= points[0][0]:
        return None
    start, end = points[0][0], points[-1][0]
    highest = max(loss for _, loss in points) or 1.0
    rung = pages.nice_step(highest, 5)
    rungs = math.ceil(highest / rung)
    top = rungs * rung
    apart = max(1, round(pages.nice_step(end - start, 6)))
    steps = range(-(-start // apart) * apart, end + 1, apart)
    return _Curve(
        points=" ".join(
            f"{1000 * (s - start) / (end - start):.1f},{1000 * (1 - v / top):.1f}" for s, v in points
        ),
        x=[((step - start) / (end - start), f"{step:,}") for step in steps],
        y=[(1 - i / rungs, pages.number(round(i * rung, 9))) for i in range(rungs + 1)],
        first=points[0],
        last=points[-1],
        blocks="".join(_BLOCKS[min(int(8 * loss / top), 7)] for _, loss in _thinned(points, 48)),
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
        thinned.append((members[len(members) // 2][0], sum(loss for _, loss in members) / len(members)))
    return [*thinned, points[-1]]


def write_report(
    run: RunRecord,
    order: TrainOrder,
    trained: TrainResult,
    exported: ExportResult | None,
    on: Cloud,
    gguf: GgufResult | None = None,
) -> None:
    """Write the run's page to the outbox, both forms; before the run is called done. A repeat overwrites."""
    markdown, html = report(run, order, trained, exported, _losses(run, on), gguf)
    on.store.write(on.outbox, names.run_report(run.id, "md"), markdown.encode())
    on.store.write(on.outbox, names.run_report(run.id, "html"), html.encode())


def _losses(run: RunRecord, on: Cloud) -> list[tuple[int, float]]:
    """(step, loss) of the training whose weights are kept; empty where none were written."""
    attempt = run.trained or run.attempt
    try:
        lines = on.store.read(on.outbox, names.metrics(run.id, "train", attempt)).decode().splitlines()
    except Gone:
        return []
    told = [json.loads(line) for line in lines if line.strip()]
    return [(int(line["step"]), float(line["loss"])) for line in told if line.get("loss") is not None]
