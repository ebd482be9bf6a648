"""A file of prompts, and the model that is to answer them, become a run of one stage. Nothing is trained.

`generate.model` names a run (its id, or the file that it learned from: then its newest one), or a model as
`base_model` does. What a run left is used as it is: the whole model, or the adapter beside its base.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from functions.on_dataset_ready.claims import claim, identity, manifest, pinned, started
from functions.on_dataset_ready.plan import plan
from functions.papers import read
from functions.stages import kept
from infra import ledger
from infra.ports import Cloud
from schemas import layers, names
from schemas.errors import BadInput, Fault, Unavailable
from schemas.orders import BasePin, GenerateOrder
from schemas.records import DropRecord
from schemas.runs import RunRecord

ANSWERED: Final = ("prompts", "conversation")  # kinds whose rows can be asked
IDLE: Final = ("base_model", "training", "evaluation", "export", "proof", "publish", "wandb_project")
RUN: Final = re.compile(r"[0-9a-f]{16}")


class _Model(NamedTuple):
    """Who answers: a base, with the adapter or the whole model that a run made of it."""

    base: BasePin
    adapter: str | None = None
    model: str | None = None


def answering(drop: DropRecord, dataset_id: str, named: str, on: Cloud) -> DropRecord:
    """The drop with the run that answers its prompts: an identical one, or a new one. Twice is once.

    Raises BadInput for a model that there is not, for rows that cannot be asked; Unavailable while the run
    that is named is still being trained.
    """
    dataset = manifest(drop.name, dataset_id, on)
    if dataset.kind not in ANSWERED:
        finding = f"The rows of this dataset ({dataset.kind}) are nothing that a model can be asked."
        step = "Drop a file of prompts, one a row, with generate.model."
        raise BadInput(Fault(place=drop.name, finding=finding, next_step=step))
    settings = layers.resolve(drop.layers)
    _must_be_about_answers(drop)
    who = _model(drop, named, on)
    wanted = {**who._asdict(), "base": identity(who.base)}
    wanted |= {"generate": settings.recipe.generate.model_dump(mode="json", exclude={"model"})}
    mine = names.run_id(dataset_id, wanted, drop.id)
    fingerprint = names.fingerprint(dataset_id, wanted)
    before = read(on, names.order(mine, "generate"), GenerateOrder)
    planned = before.plan if before else plan(who.base, settings.recipe, on.machines)
    run_id = claim(fingerprint, mine, settings, on)
    if run_id == mine:
        run = RunRecord(
            id=mine,
            state="asked" if settings.recipe.confirm else "waiting",
            stage="generate",
            drop_id=drop.id,
            dataset_id=dataset_id,
            fingerprint=fingerprint,
            base=who.base,
        )
        order = GenerateOrder(
            run_id=mine,
            base=who.base,
            dataset=dataset,
            evaluation=settings.recipe.evaluation,
            drop_name=drop.name,
            adapter=who.adapter,
            model=who.model,
            settings=settings,
            plan=planned,
        )
        text = order.model_dump_json(indent=1).encode()
        on.store.write_once(on.outbox, names.order(mine, "generate"), text)
        ledger.create(on, run)
    return ledger.move(on, drop, lambda it: started(it, run_id))


def _must_be_about_answers(drop: DropRecord) -> None:
    """Raises BadInput for settings of a training, but for those that a whole folder has."""
    for layer in drop.layers:
        of_all = layer.source == "jinko.yaml"
        idle = [key for key in layer.values if not of_all and key.partition(".")[0] in IDLE]
        if idle:
            finding = f"'{idle[0]}' is about a training, and this file is answered by generate.model."
            step = f"Remove '{idle[0]}', or generate.model."
            raise BadInput(Fault(place=layer.place, finding=finding, next_step=step))


def _model(drop: DropRecord, named: str, on: Cloud) -> _Model:
    """Who is meant. A run's answer is its own weights; anything else is a model as `base_model` has it."""
    run = _run(named, on)
    if run is None and RUN.fullmatch(named):
        finding, step = f"There is no run '{named}'.", "Runs' ids are on the status pages of their files."
        raise BadInput(Fault(place="generate.model", finding=finding, next_step=step))
    if run is None:
        return _Model(_no_run(drop, named, on))
    there = kept(run, on)
    if there.train is None or there.train.weights is None:
        if not run.over:
            raise Unavailable(f"run {run.id}, which is to answer, is still being trained")
        finding, step = f"Run {run.id} left no weights.", "Name another run, or a model."
        raise BadInput(Fault(place="generate.model", finding=finding, next_step=step))
    whole = there.whole
    return _Model(run.base, model=whole) if whole else _Model(run.base, adapter=there.train.adapter)


def _no_run(drop: DropRecord, named: str, on: Cloud) -> BasePin:
    """A model as `base_model` has it; what is wrong with it is told as what it is here."""
    try:
        return pinned(drop, named, on)[1]
    except BadInput as error:
        fault = error.faults[0]
        finding = fault.finding
        if "/" not in named:
            finding = f"'{named}' is no run, no file that was trained on, and no bundled base."
        step = f"{fault.next_step} A run is named by its id, or by the file that it learned from."
        told = {"place": "generate.model", "finding": finding, "next_step": step}
        raise BadInput(fault.model_copy(update=told)) from error


def _run(named: str, on: Cloud) -> RunRecord | None:
    """The run of this id, or the newest training of a file of this name."""
    if RUN.fullmatch(named):
        found = ledger.find(on, RunRecord, named)
        return found if found is None or found.first == "train" else None
    dropped: Sequence[DropRecord] = ledger.every(on, DropRecord, name=named)
    runs = [ledger.find(on, RunRecord, drop.run_id) for drop in dropped if drop.run_id]
    return next((run for run in runs if run is not None and run.first == "train"), None)
