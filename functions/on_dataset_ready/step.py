"""on_dataset_ready's step: a dataset is ready; its drop becomes a run and the run's first job.

Order of effects, each safe to repeat: the base pinned in the drop's record, the fingerprint claimed, the
order (write-once), the run's record, the drop's move, the job (`functions.launch`), the page. Ids follow from
what is pinned, so a repeat finds what the first delivery made.
"""

from functions import status
from functions.answers import answered
from functions.launch import start_waiting
from functions.on_dataset_ready.base import pin_base
from functions.on_dataset_ready.plan import plan
from functions.on_dataset_ready.trainable import must_be_trainable
from functions.on_dataset_ready.wishes import taken_up
from functions.papers import read
from functions.stages import after_training
from infra import ledger
from infra.ports import Cloud
from schemas import layers, names
from schemas.errors import BadInput, Fault, Unavailable
from schemas.events import DatasetReady, Event
from schemas.layers import Resolved
from schemas.orders import BasePin, Dataset, Plan, TrainOrder
from schemas.recipe import Recipe
from schemas.records import DropRecord
from schemas.results import TrainResult
from schemas.runs import FingerprintRecord, RunRecord


def order(event: DatasetReady, on: Cloud) -> list[Event]:
    """A drop with a dataset becomes a run. Returns RunChanged, or nothing once the refusal is recorded.

    An identical run that is alive or succeeded answers the drop, unless it asks `again: true`. A repeat
    returns the event again. Raises Unavailable where trying again may help, noting it in the drop's record.
    """
    ready = ledger.load(on, DropRecord, event.drop_id)
    if ready.state in ("received", "preparing"):
        raise Unavailable(f"The drop {ready.id} is not marked as prepared yet.")
    drop = answered(ready, "prepared", on, lambda: _started(ready, event.dataset_id, on))
    if drop.run_id is not None:
        status.refresh_runs(on, *start_waiting(on))
    status.refresh(on, drop.name)
    if drop.run_id is None:
        return []
    run = ledger.load(on, RunRecord, drop.run_id)
    return [run.changed(drop.id)]


def _started(drop: DropRecord, dataset_id: str, on: Cloud) -> DropRecord:
    """The drop with its run: an identical one that lives or succeeded, or a new one, ordered."""
    if drop.of is not None:
        return taken_up(drop, on)
    settings = layers.resolve(drop.layers)
    base = drop.base or _pin(drop, settings.recipe.base_model, on)
    dataset = read(on, names.manifest(dataset_id), Dataset)
    if dataset is None:
        finding = f"The dataset {dataset_id} is not there any more, or its manifest cannot be read."
        raise BadInput(Fault(place=drop.name, finding=finding, next_step="Drop the file again."))
    must_be_trainable(drop.name, dataset)
    # How large the base is follows from its revision, and may have been unknown once.
    pin = base.model_dump(mode="json", exclude={"weight_bytes", "weight_bits"})
    pinned = {**settings.recipe.pinned(), "base": pin}
    mine = names.run_id(dataset_id, pinned, drop.id)
    fingerprint = names.fingerprint(dataset_id, pinned)
    ordered = read(on, names.order(mine, "train"), TrainOrder)  # before, at the prices of then
    planned = ordered.plan if ordered else plan(base, settings.recipe, on.machines)
    run_id = _claim(fingerprint, mine, settings, on)
    if run_id == mine:
        run = RunRecord(
            id=mine,
            state="asked" if settings.recipe.confirm else "waiting",
            drop_id=drop.id,
            dataset_id=dataset_id,
            fingerprint=fingerprint,
            base=base,
            todo=after_training(settings.recipe),
        )
        # The order lies there before the run can be started by anybody.
        order = _order(run, dataset, settings, planned, drop).model_dump_json(indent=1).encode()
        on.store.write_once(on.outbox, names.order(mine, "train"), order)
        ledger.create(on, run)
    return ledger.change(on, DropRecord, drop.id, lambda it: _moved(it, run_id))


def _moved(drop: DropRecord, run_id: str) -> DropRecord:
    return drop.moved("started", run_id=run_id, waiting=None) if drop.state == "prepared" else drop


def _pin(drop: DropRecord, name: str, on: Cloud) -> BasePin:
    """Pin the base in the drop's record before anything follows from it: its main branch may move."""
    found = pin_base(name, on)

    def pinned(it: DropRecord) -> DropRecord:
        return it if it.base is not None else it.moved(base=found)

    return ledger.change(on, DropRecord, drop.id, pinned).base or found


def _claim(fingerprint: str, mine: str, settings: Resolved, on: Cloud) -> str:
    """The run that answers this request: an identical one that lives or succeeded, else ours.

    One whose money was used up before its last step does not answer who would have it done on other terms.
    """
    claim = ledger.create(on, FingerprintRecord(id=fingerprint, run_id=mine))
    if claim.run_id == mine:
        return mine
    other = ledger.find(on, RunRecord, claim.run_id)
    if other is None:
        raise Unavailable("An identical drop is being ordered at this moment.")
    again, held = settings.recipe.again, claim.run_id
    answers = other.state not in ("failed", "cancelled", "lapsed", "deleted")
    answers |= other.wish is not None and other.state != "deleted"  # it succeeded; a later wish did not
    if answers and not again and not _cut_short(other, settings.recipe, on):
        return other.id

    def taken(it: FingerprintRecord) -> FingerprintRecord:
        # Only from the run we looked at: somebody may have taken it over meanwhile, and theirs is alive.
        return it.moved(run_id=mine) if it.run_id == held or again else it

    return ledger.change(on, FingerprintRecord, fingerprint, taken).run_id


def _cut_short(run: RunRecord, wanted: Recipe, on: Cloud) -> bool:
    """Whether this run's training was stopped by its clock, on other terms than are wanted now."""
    order = read(on, names.order(run.id, "train"), TrainOrder)
    result = read(on, names.result(run.id, "train", run.trained), TrainResult) if run.trained else None
    if order is None or result is None or result.stopped_early is None:
        return False
    return order.settings.recipe.terms() != wanted.terms()


def _order(
    run: RunRecord, dataset: Dataset, settings: Resolved, planned: Plan | None, drop: DropRecord
) -> TrainOrder:
    return TrainOrder(
        run_id=run.id,
        base=run.base,
        dataset=dataset,
        evaluation=settings.recipe.evaluation,
        settings=settings,
        plan=planned,
        drop_name=drop.name,
    )
