"""A run's page in words: how well the model answers now, how it learned, what was set, what lies where.

`report(...)` is pure and returns the same page twice, as Markdown and as HTML. A figure that was not measured
is not on it. Not here: reading results and metrics, writing the files, the status page (`functions.status`).
"""

import json
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from functions import figures, pages
from functions.on_job_done.curve import MARKED, curve
from infra.ports import Cloud, Gone
from schemas import names
from schemas.methods import Method
from schemas.orders import TrainOrder
from schemas.results import ExportResult, GgufResult, Stretch, TrainResult
from schemas.runs import RunRecord
from schemas.scores import FIGURES, Glimpse

SHOWN_ANSWERS: Final = 20
# Of preferences and judged answers, the wanted answer is not the only right one.
_VERDICTS: Final[Mapping[Method, tuple[str, str]]] = {
    "sft": ("✓ right", "✗ not the same"),
    "grpo": ("✓ full marks", "✗ less than full marks"),
}


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
    """The page of a run as (Markdown, HTML). `losses` are (step, training loss, or mark), in order."""
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
        "curve": curve(losses, order.settings.recipe.training.method),
        "checks": _checks(trained),
        "glimpses": _glimpses(trained),
        "answers": trained.answers[:SHOWN_ANSWERS],
        "verdicts": _VERDICTS.get(order.settings.recipe.training.method or "sft"),
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


def write_report(
    run: RunRecord,
    order: TrainOrder,
    trained: TrainResult,
    exported: ExportResult | None,
    on: Cloud,
    gguf: GgufResult | None = None,
) -> None:
    """Write the run's page to the outbox, both forms; before the run is called done. A repeat overwrites."""
    markdown, html = report(run, order, trained, exported, _losses(run, order, on), gguf)
    on.store.write(on.outbox, names.run_report(run.id, "md"), markdown.encode())
    on.store.write(on.outbox, names.run_report(run.id, "html"), html.encode())


def _losses(run: RunRecord, order: TrainOrder, on: Cloud) -> list[tuple[int, float]]:
    """(step, loss, or mark) of the training whose weights are kept; empty where none were written."""
    what = "reward" if order.settings.recipe.training.method == MARKED else "loss"
    attempt = run.trained or run.attempt
    try:
        lines = on.store.read(on.outbox, names.metrics(run.id, "train", attempt)).decode().splitlines()
    except Gone:
        return []
    told = [json.loads(line) for line in lines if line.strip()]
    return [(int(line["step"]), float(line[what])) for line in told if line.get(what) is not None]
