"""The stages of a run: which it goes through, what is kept of each, and the order of the next one.

    train → export (merged) → gguf → publish        generate (a run of its own)

A stage's order is made of what the stages before it left, and lies in the outbox under a key that follows
from what it is made of: written before the run turns to the stage, and written twice as the same object.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from functions.papers import read_once
from infra import ledger
from infra.ports import Cloud
from schemas import layers, names
from schemas.errors import BadInput, Fault
from schemas.exports import quantizations
from schemas.layers import Resolved
from schemas.names import Stage
from schemas.orders import ExportOrder, GenerateOrder, GgufOrder, Plan, PublishOrder, TrainOrder
from schemas.recipe import Recipe
from schemas.records import DropRecord
from schemas.results import (
    RESULTS,
    ExportResult,
    GenerateResult,
    GgufResult,
    PublishResult,
    Result,
    TrainResult,
)
from schemas.runs import RunRecord

DOING: Final[Mapping[Stage, str]] = {
    "train": "the training",
    "export": "the export of the trained model",
    "gguf": "the export to GGUF",
    "publish": "the publishing",
    "generate": "the answering",
}
ON_CPU: Final[frozenset[Stage]] = frozenset({"gguf", "publish"})  # stages that need no accelerator


class Kept(NamedTuple):
    """What is kept of a run: the result of every stage that went well, None of the others."""

    train: TrainResult | None
    export: ExportResult | None
    gguf: GgufResult | None
    publish: PublishResult | None
    generate: GenerateResult | None

    @property
    def whole(self) -> str | None:
        """Where a complete model lies: merged, or as full fine-tuning left it."""
        merged = self.export.merged if self.export else None
        return merged or (self.train.model if self.train else None)


def after_training(recipe: Recipe) -> tuple[Stage, ...]:
    """The stages that a recipe asks for beside the training. GGUF files are made of a merged model."""
    gguf, publish = bool(quantizations(recipe.export)), bool(recipe.publish.repository)
    scores = recipe.training.method == "reward"  # it is used as it is trained: it has no answers to prove
    wanted: dict[Stage, bool] = {
        "export": not scores and (gguf or "merged" in recipe.export),
        "gguf": gguf and not scores,
        "publish": publish,
    }
    return tuple(stage for stage, is_wanted in wanted.items() if is_wanted)


def result(run: RunRecord, stage: Stage, attempt: int, on: Cloud) -> Result | None:
    """What an attempt at a stage left; None if it is not there or does not parse."""
    return read_once(on, names.result(run.id, stage, attempt), RESULTS[stage])


def kept(run: RunRecord, on: Cloud) -> Kept:
    """Every result that is kept; of GGUF files, those of every request, where each format is the newest.

    Of a deleted run none, whatever is left of its files.
    """
    if run.state == "deleted":
        return Kept(None, None, None, None, None)

    def of(stage: Stage) -> Result | None:
        attempt = run.kept.get(stage)
        return result(run, stage, attempt, on) if attempt else None

    there = Kept(*map(of, names.STAGES))  # type: ignore[arg-type]  # in the order of the stages, as they are
    return there._replace(gguf=_with_earlier(run, there.gguf, on)) if there.gguf else there


def _with_earlier(run: RunRecord, newest: GgufResult, on: Cloud) -> GgufResult:
    """A request makes what it names; what was made before lies where it was, and stays part of the run."""
    files = newest.files
    for attempt in range(newest.attempt - 1, 0, -1):
        earlier = read_once(on, names.result(run.id, "gguf", attempt), GgufResult)
        made = {file.format for file in files}
        files = tuple(file for file in (earlier.files if earlier else ()) if file.format not in made) + files
    return newest.model_copy(update={"files": files})


def first_order(run: RunRecord, on: Cloud) -> TrainOrder | GenerateOrder | None:
    """The order that the run began with: its settings and its plan."""
    if run.first == "generate":
        return read_once(on, names.order(run.id, "generate"), GenerateOrder)
    return read_once(on, names.order(run.id, "train"), TrainOrder)


def plan_of(run: RunRecord, on: Cloud) -> tuple[Plan, Resolved] | None:
    """The machine of a run, and its settings; None where no machines are lent or there is no order."""
    order = first_order(run, on)
    return (order.plan, order.settings) if order and order.plan else None


def wanted(run: RunRecord, order: TrainOrder, on: Cloud) -> Resolved:
    """The settings of what is being done now: the run's own, or those of the request that came later."""
    if run.wish is None:
        return order.settings
    return layers.resolve(ledger.load(on, DropRecord, run.wish).layers)


def write_order(run: RunRecord, stage: Stage, on: Cloud) -> str:
    """Write the order of a later stage of this run; its key. A repeat finds it there.

    Raises BadInput where what it is made of is not there any more.
    """
    order = _order(run, stage, on)
    key = names.digest(stage, dict(sorted(run.kept.items())), run.wish)
    on.store.write_once(on.outbox, names.order(run.id, stage, key), order.model_dump_json(indent=1).encode())
    return key


def _order(run: RunRecord, stage: Stage, on: Cloud) -> ExportOrder | GgufOrder | PublishOrder:
    order = read_once(on, names.order(run.id, "train"), TrainOrder)
    if order is None:
        finding, step = "The run's order is not there any more, or cannot be read.", "Drop the file again."
        step = f"{step} What was trained is safe; do not write into the outbox by hand."
        raise BadInput(Fault(place=names.order(run.id, "train"), finding=finding, next_step=step))
    there = kept(run, on)
    if there.train is None or there.train.weights is None:
        finding, step = "Its training left no weights.", "Train it first: drop its file again."
        raise BadInput(Fault(place=f"run {run.id}", finding=finding, next_step=step))
    settings, trained = wanted(run, order, on), there.train
    if stage in ("export", "gguf") and order.settings.recipe.training.method == "reward":
        finding = "It is a reward model: it scores answers and gives none, so it is used as it was trained."
        step = "See its page for how to use it; or publish it."
        raise BadInput(Fault(place=f"run {run.id}", finding=finding, next_step=step))
    common: dict[str, Any] = {
        "run_id": run.id,
        "base": run.base,
        "dataset": order.dataset,
        "evaluation": order.evaluation,
        "drop_name": order.drop_name,
    }
    if stage == "export":
        return ExportOrder(
            **common,
            adapter=trained.adapter,
            model=trained.model,
            answers=trained.answers if trained.model else (),
            formats=("merged",),
            proof=settings.recipe.proof,
        )
    if stage == "gguf":
        if there.whole is None:
            finding, step = (
                "There is no merged model to make GGUF files of.",
                "Ask for export: merged as well.",
            )
            raise BadInput(Fault(place=f"run {run.id}", finding=finding, next_step=step))
        return GgufOrder(
            **common,
            merged=there.whole,
            quantizations=quantizations(settings.recipe.export),
            proof=settings.recipe.proof,
            answers=trained.answers,
            replies=there.export.replies if there.export else (),
            loss=there.export.proof.loss if there.export and there.export.proof else None,
        )
    return PublishOrder(
        **common,
        publish=settings.recipe.publish,
        settings=order.settings,
        trained=trained,
        exported=there.export,
        gguf=there.gguf,
        plan=order.plan,
    )
